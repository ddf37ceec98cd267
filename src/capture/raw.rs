//! Messages as the kernel takes and gives them, one after the other, each filled up to a multiple of four.

use std::io::BufRead;

use nlmsg::frame::{NLMSG_HDRLEN, NlMsgHdr, align};
use nlmsg::payload::Record;

use super::input::{Input, limit};
use super::{Datagram, Error, Source, What};

/// Reads messages. Where a datagram began is not known: each message is one.
pub struct Raw<'r> {
    input: Input<'r>,
    header: Vec<u8>,
    message: Vec<u8>,
    /// What is wrong after the message that was given last.
    broken: Option<Error>,
}

impl<'r> Raw<'r> {
    /// Starts with the first message.
    pub fn new(reader: Box<dyn BufRead + 'r>) -> Raw<'r> {
        Raw { input: Input::new(reader), header: Vec::new(), message: Vec::new(), broken: None }
    }
}

impl Source for Raw<'_> {
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        let place = self.input.place();
        if !self.input.whole("a message's header", NLMSG_HDRLEN as u64, &mut self.header)? {
            return Ok(None);
        }
        let len = u64::from(NlMsgHdr::read(&self.header).nlmsg_len);
        if len < NLMSG_HDRLEN as u64 {
            return Err(Error { place, what: What::TooShort { what: "a message", len, least: NLMSG_HDRLEN as u64 } });
        }
        limit(place, "a message", len)?;
        let rest = align(len as usize) - NLMSG_HDRLEN;
        let got = NLMSG_HDRLEN as u64 + self.input.bytes(rest as u64, &mut self.message)?;
        self.message.splice(..0, self.header.iter().copied());
        if got < len {
            self.broken = Some(Error { place, what: What::Cut { what: "a message", need: len, left: got } });
        }
        Ok(Some(Datagram { bytes: &self.message, len: (len as usize).max(self.message.len()), place, ..Datagram::default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, failure};
    use super::*;

    fn raw(bytes: &'static [u8]) -> Raw<'static> {
        Raw::new(Box::new(bytes))
    }

    #[test]
    fn messages_are_cut_by_their_lengths() {
        const TWO: &[u8] = &[
            17, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, //
            16, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(all(raw(TWO)), [TWO[..20].to_vec(), TWO[20..].to_vec()]);
        // the last one need not be filled up
        assert_eq!(all(raw(&TWO[..17])), [TWO[..17].to_vec()]);
    }

    #[test]
    fn bad_lengths_are_refused_at_their_place() {
        assert_eq!(failure(raw(&[0; 100])), "byte 0: a message of 0 bytes; there is none below 16");
        assert_eq!(failure(raw(&[0xff; 100])), "byte 0: a message of 4294967295 bytes; there is none above 16777216");
        assert_eq!(failure(raw(&[16; 7])), "byte 0: cut off: a message's header has 16 bytes, and 7 are left");
        let mut cut = Raw::new(Box::new(&[20, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1][..]));
        let datagram = cut.next().unwrap().unwrap();
        assert_eq!((datagram.bytes.len(), datagram.len, datagram.missing()), (17, 20, 3));
        assert_eq!(failure(cut), "byte 0: cut off: a message has 20 bytes, and 17 are left");
    }
}
