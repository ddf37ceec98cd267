//! Netlink conversations as they were recorded: datagrams, and what surrounds them.
//!
//! | reader | of |
//! | --- | --- |
//! | [`Hex`] | hex digits: bare, of `xxd`, of `hexdump -C`, byte literals of C and Rust |
//! | [`Pcap`], [`PcapNg`] | files of `tcpdump` and Wireshark, of an nlmon device; [`PcapWriter`] writes one |
//! | [`Strace`] | what `strace -e write=all -e read=all` or `strace -xx` prints |
//! | [`Raw`] | messages as the kernel takes and gives them |
//!
//! [`open`] finds out which of these a file is. A [`Source`] gives them one after the other, each borrowed from the source's buffer; a [`Sink`] takes them.
//! Neither keeps more than one.

mod hex;
mod input;
mod pcap;
mod pcapng;
mod raw;
mod strace;

use std::fmt;
use std::io::{self, BufRead, Cursor, Read};
use std::time::Duration;

use nlmsg::frame::{NETLINK_NETFILTER, NETLINK_ROUTE, NLM_F_REQUEST, NLMSG_ERROR, NLMSG_HDRLEN, Netlink, NlMsgHdr};
use nlmsg::nft::{NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES};
use nlmsg::payload::Record;

use crate::exchange::Protocol;
pub use crate::socket::Direction;
pub use hex::Hex;
pub use pcap::{Pcap, PcapWriter};
pub use pcapng::PcapNg;
pub use raw::Raw;
pub use strace::Strace;

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
    pub what: What,
}

/// What can be wrong with a source.
#[derive(Debug, thiserror::Error)]
pub enum What {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// It has no bytes at all.
    #[error("there is nothing here")]
    Empty,
    /// It is text, but has neither hex digits nor system calls.
    #[error("neither hex digits nor strace's output nor a capture file; name the format")]
    Nothing,
    /// The source ends in the middle of something.
    #[error("cut off: {what} has {need} bytes, and {left} are left")]
    Cut {
        /// What is cut.
        what: &'static str,
        /// Bytes that it says it has.
        need: u64,
        /// Bytes that there are.
        left: u64,
    },
    /// Something claims to be longer than it can be.
    #[error("{what} of {len} bytes; there is none above {LIMIT}")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Bytes that it says it has.
        len: u64,
    },
    /// Something claims to be shorter than it can be.
    #[error("{what} of {len} bytes; there is none below {least}")]
    TooShort {
        /// What it is.
        what: &'static str,
        /// Bytes that it says it has.
        len: u64,
        /// Bytes that it has at least.
        least: u64,
    },
    /// A line has no end.
    #[error("a line of more than {LINE_LIMIT} bytes")]
    Line,
    /// A character that is no hex digit.
    #[error("column {column}: {found:?} is no hex digit")]
    NotHex {
        /// Bytes of the line before it, and one.
        column: usize,
        /// What is there.
        found: char,
    },
    /// A byte of which half is missing, or a number that is no byte.
    #[error("column {column}: `{found}` is not made of whole bytes of two hex digits")]
    NotBytes {
        /// Bytes of the line before it, and one.
        column: usize,
        /// What is there.
        found: String,
    },
    /// An escape or a quote that is not finished.
    #[error("column {column}: a string or an escape in it has no end")]
    Unfinished {
        /// Bytes of the line before it, and one.
        column: usize,
    },
    /// A line of a hex dump that does not follow the one before it.
    #[error("offset {found:#x} comes where {expected:#x} is due: lines are missing")]
    Gap {
        /// Offset that the line says it has.
        found: u64,
        /// Bytes before it.
        expected: u64,
    },
    /// It is not the file that it was said to be.
    #[error("not a {0} file: its first bytes are different")]
    Magic(&'static str),
    /// The packets are those of another kind of network.
    #[error(
        "link type {found}, not LINKTYPE_NETLINK ({LINKTYPE_NETLINK}): these packets are not netlink; capture on an nlmon device"
    )]
    LinkType {
        /// The link type.
        found: u32,
    },
    /// A packet that no netlink device gave.
    #[error("a cooked header of device type {found}, not ARPHRD_NETLINK ({ARPHRD_NETLINK})")]
    DeviceType {
        /// The `ARPHRD_*`.
        found: u16,
    },
    /// The messages in it are in the other byte order.
    #[error("captured on a machine of the other byte order; netlink's numbers are in the order of the machine that speaks it")]
    ByteOrder,
    /// A packet of an interface that was not described before.
    #[error("a packet of interface {0}, which the file does not describe")]
    Interface(u32),
    /// strace has turned bytes into words that do not lead back.
    #[error("strace has put these bytes into words ({0}), which do not lead back; record with -e write=all -e read=all")]
    Words(String),
}

/// Bytes that a datagram has at most; what claims more is refused before it takes memory.
pub const LIMIT: u64 = 16 << 20;
/// Bytes that a line has at most: a datagram as `\x00`, and what stands around it.
pub const LINE_LIMIT: u64 = 4 * LIMIT + (1 << 16);
/// The link type of netlink in pcap files.
pub const LINKTYPE_NETLINK: u32 = 253;
/// `ARPHRD_NETLINK`: the device type of netlink in a cooked header.
pub const ARPHRD_NETLINK: u16 = 824;

/// What a source is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Hex digits, see [`Hex`].
    Hex,
    /// A pcap file, see [`Pcap`].
    Pcap,
    /// A pcapng file, see [`PcapNg`].
    PcapNg,
    /// strace's output, see [`Strace`].
    Strace,
    /// Messages as they are, see [`Raw`].
    Raw,
}

impl Format {
    /// All of them, and their names.
    pub const ALL: [(&str, Format); 5] = [
        ("hex", Format::Hex),
        ("pcap", Format::Pcap),
        ("pcapng", Format::PcapNg),
        ("strace", Format::Strace),
        ("raw", Format::Raw),
    ];

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        Self::ALL.into_iter().find_map(|(known, format)| (known == name).then_some(format))
    }

    /// The format's name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find_map(|(name, format)| (format == self).then_some(name)).unwrap_or_default()
    }

    /// What a source that begins with these bytes is; `None` if it is nothing that is known.
    pub fn guess(head: &[u8]) -> Option<Format> {
        match head.first_chunk() {
            Some(magic) if pcap::is_magic(*magic) => return Some(Format::Pcap),
            Some(&pcapng::SECTION) => return Some(Format::PcapNg),
            _ => {}
        }
        // a message has zeros: its length takes four bytes
        if head.iter().any(|&byte| byte < b' ' && !byte.is_ascii_whitespace()) {
            return Some(Format::Raw);
        }
        if strace::looks_like(head) {
            return Some(Format::Strace);
        }
        head.iter().any(u8::is_ascii_hexdigit).then_some(Format::Hex)
    }
}

/// Bytes from which a format is guessed.
const HEAD: u64 = 16 * 1024;

/// Opens a source of the format `from`, or of one that is guessed from its first bytes. Datagrams whose protocol
/// the source does not know are said to be of `protocol`; without that it is guessed for each datagram, and what
/// gives no hint is of the protocol of the datagram before it.
///
/// # Errors
/// It cannot be read, is empty, or is not of that format.
pub fn open<'r>(mut reader: Box<dyn BufRead + 'r>, from: Option<Format>, protocol: Option<Netlink>) -> Result<Opened<'r>, Error> {
    let place = Place::default();
    let mut head = Vec::new();
    (&mut *reader).take(HEAD).read_to_end(&mut head).map_err(|error| Error { place, what: What::Io(error) })?;
    if head.is_empty() {
        return Err(Error { place, what: What::Empty });
    }
    let format = from.or_else(|| Format::guess(&head)).ok_or(Error { place, what: What::Nothing })?;
    let reader: Box<dyn BufRead + 'r> = Box::new(Cursor::new(head).chain(reader));
    let source: Box<dyn Source + 'r> = match format {
        Format::Hex => Box::new(Hex::new(reader)),
        Format::Pcap => Box::new(Pcap::new(reader)?),
        Format::PcapNg => Box::new(PcapNg::new(reader)?),
        Format::Strace => Box::new(Strace::new(reader)),
        Format::Raw => Box::new(Raw::new(reader)),
    };
    Ok(Opened { format, source, protocol, last: None })
}

/// A source that [`open`] opened.
pub struct Opened<'r> {
    format: Format,
    source: Box<dyn Source + 'r>,
    protocol: Option<Netlink>,
    last: Option<Netlink>,
}

impl Opened<'_> {
    /// What it is written in.
    pub fn format(&self) -> Format {
        self.format
    }
}

impl Source for Opened<'_> {
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error> {
        let Some(mut datagram) = self.source.next()? else { return Ok(None) };
        datagram.protocol = datagram.protocol.or(self.protocol).or_else(|| guess(datagram.bytes)).or(self.last);
        self.last = datagram.protocol;
        Ok(Some(datagram))
    }
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

    /// All bytes of a source, datagram by datagram.
    pub(super) fn all(mut source: impl Source) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            match source.next() {
                Ok(Some(datagram)) => out.push(datagram.bytes.to_vec()),
                Ok(None) => return out,
                Err(error) => panic!("{error}, after {} datagrams", out.len()),
            }
        }
    }

    /// The error that a source ends with.
    pub(super) fn failure(mut source: impl Source) -> String {
        loop {
            match source.next() {
                Ok(Some(_)) => {}
                Ok(None) => return "no error".into(),
                Err(error) => return error.to_string(),
            }
        }
    }
}
