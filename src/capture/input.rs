//! What all readers read from: bytes that are counted, and never more of them than asked for.

use std::io::{BufRead, Read};

use super::{Error, LIMIT, LINE_LIMIT, Place, What};

/// A reader that knows how far it is.
pub(super) struct Input<'r> {
    reader: Box<dyn BufRead + 'r>,
    at: u64,
    line: u64,
}

impl<'r> Input<'r> {
    pub(super) fn new(reader: Box<dyn BufRead + 'r>) -> Input<'r> {
        Input { reader, at: 0, line: 0 }
    }

    /// Bytes read.
    pub(super) fn place(&self) -> Place {
        Place::Byte(self.at)
    }

    /// The line that was read last.
    pub(super) fn line_place(&self) -> Place {
        Place::Line(self.line)
    }

    /// Reads up to `len` bytes into `out`, which takes no more memory than there are bytes. Returns how many came:
    /// fewer only at the end.
    pub(super) fn bytes(&mut self, len: u64, out: &mut Vec<u8>) -> Result<u64, Error> {
        out.clear();
        let got = (&mut *self.reader).take(len).read_to_end(out);
        let got = got.map_err(|error| Error { place: self.place(), what: What::Io(error) })? as u64;
        self.at += got;
        Ok(got)
    }

    /// Reads what is called `what` and has `len` bytes; false at the end, before its first byte.
    pub(super) fn whole(&mut self, what: &'static str, len: u64, out: &mut Vec<u8>) -> Result<bool, Error> {
        let place = self.place();
        match self.bytes(len, out)? {
            got if got == len => Ok(true),
            0 => Ok(false),
            left => Err(Error { place, what: What::Cut { what, need: len, left } }),
        }
    }

    /// Passes over `len` bytes; returns how many there were.
    pub(super) fn skip(&mut self, mut len: u64) -> Result<u64, Error> {
        let start = self.at;
        while len > 0 {
            let here = self.reader.fill_buf().map_err(|error| Error { place: Place::Byte(self.at), what: What::Io(error) })?;
            if here.is_empty() {
                break;
            }
            let step = (here.len() as u64).min(len);
            self.reader.consume(step as usize);
            self.at += step;
            len -= step;
        }
        Ok(self.at - start)
    }

    /// Reads a line, without its end; false at the end of the source.
    pub(super) fn line(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        out.clear();
        self.line += 1;
        let got = (&mut *self.reader).take(LINE_LIMIT).read_until(b'\n', out);
        let got = got.map_err(|error| Error { place: self.line_place(), what: What::Io(error) })? as u64;
        self.at += got;
        match out.last() {
            None => return Ok(false),
            Some(b'\n') => _ = out.pop(),
            Some(_) if got == LINE_LIMIT => return Err(Error { place: self.line_place(), what: What::Line }),
            Some(_) => {}
        }
        if out.last() == Some(&b'\r') {
            out.pop();
        }
        Ok(true)
    }
}

/// Refuses what nothing can be as long as.
pub(super) fn limit(place: Place, what: &'static str, len: u64) -> Result<(), Error> {
    if len > LIMIT { Err(Error { place, what: What::TooLong { what, len } }) } else { Ok(()) }
}
