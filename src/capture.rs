//! Netlink conversations as they were recorded: datagrams, and what surrounds them.
//!
//! A [`Source`] gives them one after the other, each borrowed from the source's buffer; a [`Sink`] takes them.
//! Neither keeps more than one.

use std::fmt;
use std::io;
use std::time::Duration;

use nlmsg::frame::{NETLINK_NETFILTER, NETLINK_ROUTE, NLM_F_REQUEST, NLMSG_ERROR, NLMSG_HDRLEN, Netlink, NlMsgHdr};
use nlmsg::nft::{NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES};
use nlmsg::payload::Record;

use crate::exchange::Protocol;
pub use crate::socket::Direction;

/// One datagram of a netlink socket, or a try to send or receive one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Its bytes, as far as they were recorded: whole messages, one after the other.
    pub bytes: &'a [u8],
    /// Bytes that it had when it was sent or received; more than `bytes` has if it was cut.
    pub len: usize,
    /// Which way it went; `None` if the source does not know. [`way`](Self::way) guesses then.
    pub direction: Option<Direction>,
    /// The protocol; `None` if the source does not know. [`guess`] may.
    pub protocol: Option<Netlink>,
    /// When, since 1970 in UTC; `None` if the source does not know.
    pub time: Option<Duration>,
    /// Whose socket it was.
    pub socket: Socket,
    /// The port of the other side (`nl_pid`): 0 is the kernel. `None` if the source does not know.
    pub peer: Option<u32>,
    /// The multicast group it came to, or the groups it was sent to; 0 is none.
    pub groups: u32,
    /// Only looked at (`MSG_PEEK`): it comes once more.
    pub peeked: bool,
    /// The receiver's buffer was too small (`MSG_TRUNC`): the program has not seen what is missing, and never will.
    pub truncated: bool,
    /// The system call failed with this `errno`. Nothing was sent, or nothing came; 0 is success.
    pub errno: i32,
    /// Where it begins in its source.
    pub place: Place,
}

/// The socket of a [`Datagram`], as far as its source knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Socket {
    /// The file descriptor in its process.
    pub fd: Option<i32>,
    /// Its own port (`nl_pid`).
    pub port: Option<u32>,
    /// The process.
    pub pid: Option<i32>,
    /// The thread; of the first thread the same as the process.
    pub tid: Option<i32>,
    /// The inode of the network namespace it is in, as `readlink /proc/PID/ns/net` shows it.
    pub netns: Option<u64>,
}

impl Datagram<'_> {
    /// Which way it went; if the source did not know, requests were sent and all else was received.
    pub fn way(&self) -> Direction {
        self.direction.unwrap_or_else(|| match header(self.bytes) {
            Some(header) if header.nlmsg_flags.contains(NLM_F_REQUEST) => Direction::Sent,
            _ => Direction::Received,
        })
    }

    /// Bytes that the recording lacks.
    pub fn missing(&self) -> usize {
        self.len.saturating_sub(self.bytes.len())
    }
}

/// The first message's header.
fn header(bytes: &[u8]) -> Option<NlMsgHdr> {
    (bytes.len() >= NLMSG_HDRLEN).then(|| NlMsgHdr::read(bytes))
}

/// The protocol of messages about which nothing else is known: from the first message's type, or of an
/// acknowledgement from that of the request in it. Types of the two protocols that nlmsg has tables of do not
/// collide but for the two that enclose an nf_tables batch; other protocols are not guessed.
pub fn guess(bytes: &[u8]) -> Option<Netlink> {
    let header = header(bytes)?;
    let body = &bytes[NLMSG_HDRLEN..];
    if header.nlmsg_type == NLMSG_ERROR.0 {
        // struct nlmsgerr: the error, then the request's header
        return match body.get(4..) {
            Some(request) if self::header(request).is_some_and(|header| header.nlmsg_type >= FIRST_TYPE) => guess(request),
            _ => None,
        };
    }
    let has = |protocol: Protocol| protocol.message(header.nlmsg_type).is_some();
    // struct nfgenmsg of a batch's begin and end: AF_UNSPEC, version 0, the subsystem in network order
    let batch = body.get(..4) == Some(&[0, 0, 0, 10]) && header.nlmsg_len <= BATCH_LEN;
    match header.nlmsg_type {
        FIRST_TYPE..=NFNL_MSG_BATCH_END if batch => Some(NETLINK_NETFILTER),
        _ if has(Protocol::Route) => Some(NETLINK_ROUTE),
        // the subsystem is the type's high byte
        nlmsg_type if has(Protocol::Netfilter) || nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES.0 => Some(NETLINK_NETFILTER),
        _ => None,
    }
}

/// `NLMSG_MIN_TYPE`, `NFNL_MSG_BATCH_BEGIN`: what is below means the same in every protocol.
const FIRST_TYPE: u16 = 16;
/// Bytes that a batch's begin has at most: `nlmsghdr`, `nfgenmsg`, `NFNL_BATCH_GENID`.
const BATCH_LEN: u32 = 28;

/// Where something stands in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes before it.
    Byte(u64),
    /// Its line, counted from 1.
    Line(u64),
}

impl Default for Place {
    fn default() -> Place {
        Place::Byte(0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Byte(byte) => write!(f, "byte {byte}"),
            Place::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// What is wrong with a source, and where.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Error {
    /// Where.
    pub place: Place,
    /// What.
    #[source]
    pub what: What,
}

/// What can be wrong with a source.
#[derive(Debug, thiserror::Error)]
pub enum What {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(io::Error),
}

/// Gives datagrams. After an error there is nothing more.
pub trait Source {
    /// The next datagram; `None` at the end.
    ///
    /// # Errors
    /// The source is broken here.
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error>;
}

/// Takes what happens, as it happens.
pub trait Sink {
    /// Takes a datagram.
    ///
    /// # Errors
    /// It cannot be written; whoever feeds the sink stops feeding it.
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()>;

    /// Takes what is worth knowing besides: a process began or ended, something could not be seen.
    ///
    /// # Errors
    /// As [`datagram`](Self::datagram).
    fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
        let _ = note;
        Ok(())
    }

    /// Nothing comes for now: what is held back is written.
    ///
    /// # Errors
    /// As [`datagram`](Self::datagram).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Something worth knowing that is no datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// When, since 1970 in UTC.
    pub time: Option<Duration>,
    /// The process it is about.
    pub pid: Option<i32>,
    /// A line of plain words, without its end.
    pub text: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(nlmsg_type: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = (16 + body.len() as u32).to_ne_bytes().to_vec();
        bytes.extend(nlmsg_type.to_ne_bytes());
        bytes.resize(NLMSG_HDRLEN, 0);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn protocols_are_guessed() {
        let link = message(16, &[0; 16]);
        let begin = message(16, &[0, 0, 0, 10]);
        let rule = message(0x0a06, &[2, 0, 0, 0]);
        let refused = |request: &[u8]| message(2, &[&[0xff; 4], request].concat());
        for (bytes, protocol) in [
            (link.clone(), Some(NETLINK_ROUTE)),
            (begin.clone(), Some(NETLINK_NETFILTER)),
            (rule.clone(), Some(NETLINK_NETFILTER)),
            (refused(&link), Some(NETLINK_ROUTE)),
            (refused(&rule), Some(NETLINK_NETFILTER)),
            (refused(&refused(&link)), None),
            (message(3, &[0; 4]), None),
            (message(0x7777, &[]), None),
            (vec![0; 15], None),
        ] {
            assert_eq!(guess(&bytes), protocol, "{bytes:02x?}");
        }
    }

    #[test]
    fn without_a_direction_requests_were_sent() {
        let mut bytes = message(16, &[0; 16]);
        let way = |bytes: &[u8]| Datagram { bytes, ..Datagram::default() }.way();
        assert_eq!(way(&bytes), Direction::Received);
        bytes[6] = NLM_F_REQUEST.0 as u8;
        assert_eq!(way(&bytes), Direction::Sent);
        assert_eq!(way(&bytes[..9]), Direction::Received);
    }
}
