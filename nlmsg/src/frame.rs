//! `struct nlmsghdr` and `struct nlattr` (linux/netlink.h): cutting a buffer into messages and attributes,
//! and putting them together.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------------------------------------------------------+
//! |                           nlmsg_len                           |   header included
//! +-------------------------------+-------------------------------+
//! |          nlmsg_type           |          nlmsg_flags          |
//! +-------------------------------+-------------------------------+
//! |                           nlmsg_seq                           |
//! +---------------------------------------------------------------+
//! |                           nlmsg_pid                           |
//! +---------------------------------------------------------------+
//! |  a fixed header (struct ifinfomsg, ...), then attributes      |
//!
//! +-------------------------------+-+-+---------------------------+
//! |            nla_len            |N|B|         nla_type          |   nla_len includes these 4 bytes
//! +-------------------------------+-+-+---------------------------+   N: NLA_F_NESTED
//! |  value, filled up with zeros to a multiple of four            |   B: NLA_F_NET_BYTEORDER
//! ```
//!
//! All header integers are in the host's byte order.

use bytes::BytesMut;

use crate::error::{Error, What};
use crate::payload::Record;

/// Bytes of `struct nlmsghdr`.
pub const NLMSG_HDRLEN: usize = 16;
/// Bytes of `struct nlattr`.
pub const NLA_HDRLEN: usize = 4;
/// Type bit: the value is attributes again.
pub const NLA_F_NESTED: u16 = 0x8000;
/// Type bit: the value is in network byte order (set by hand, seldom true of what does not carry it).
pub const NLA_F_NET_BYTEORDER: u16 = 0x4000;
/// The type without its flag bits.
pub const NLA_TYPE_MASK: u16 = 0x3fff;

names! {
    /// Flags of `nlmsg_flags` (linux/netlink.h). Some bits mean different things in different messages; these
    /// are the names that go with requests and replies of every kind. The others: [`NLM_F_REPLACE`] and
    /// neighbours in requests that make something, [`NLM_F_ROOT`] and [`NLM_F_MATCH`] in requests that
    /// read, [`NLM_F_NONREC`] and [`NLM_F_BULK`] in requests that delete, [`NLM_F_CAPPED`] and
    /// [`NLM_F_ACK_TLVS`] in acknowledgements.
    pub flags NlmF(u16) {
        NLM_F_REQUEST = 0x01,
        NLM_F_MULTI = 0x02,
        NLM_F_ACK = 0x04,
        NLM_F_ECHO = 0x08,
        NLM_F_DUMP_INTR = 0x10,
        NLM_F_DUMP_FILTERED = 0x20,
        NLM_F_REPLACE = 0x100,
        NLM_F_EXCL = 0x200,
        NLM_F_CREATE = 0x400,
        NLM_F_APPEND = 0x800,
    }
}
/// In a request that reads: return the whole table.
pub const NLM_F_ROOT: NlmF = NlmF(0x100);
/// In a request that reads: return all that match.
pub const NLM_F_MATCH: NlmF = NlmF(0x200);
/// In a request that reads: a dump, [`NLM_F_ROOT`] and [`NLM_F_MATCH`] together.
pub const NLM_F_DUMP: NlmF = NlmF(0x300);
/// In a request that reads: one state of the table, which needs a privilege and which few tables do.
pub const NLM_F_ATOMIC: NlmF = NlmF(0x400);
/// In a request that deletes: refuse to delete what holds other objects.
pub const NLM_F_NONREC: NlmF = NlmF(0x100);
/// In a request that deletes: delete many objects.
pub const NLM_F_BULK: NlmF = NlmF(0x200);
/// In an acknowledgement: only the header of the request is echoed.
pub const NLM_F_CAPPED: NlmF = NlmF(0x100);
/// In an acknowledgement: attributes follow what is echoed.
pub const NLM_F_ACK_TLVS: NlmF = NlmF(0x200);

names! {
    /// Message types that every netlink protocol shares (linux/netlink.h).
    pub enum NlmsgType(u16) {
        NLMSG_NOOP = 1,
        NLMSG_ERROR = 2,
        NLMSG_DONE = 3,
        NLMSG_OVERRUN = 4,
    }
}

names! {
    /// Netlink protocols: the third argument of `socket(2)` (linux/netlink.h). A message type means something only
    /// together with one of these.
    pub enum Netlink(u16) {
        NETLINK_ROUTE = 0 => "route",
        NETLINK_UNUSED = 1 => "unused",
        NETLINK_USERSOCK = 2 => "usersock",
        NETLINK_FIREWALL = 3 => "firewall",
        NETLINK_SOCK_DIAG = 4 => "sock_diag",
        NETLINK_NFLOG = 5 => "nflog",
        NETLINK_XFRM = 6 => "xfrm",
        NETLINK_SELINUX = 7 => "selinux",
        NETLINK_ISCSI = 8 => "iscsi",
        NETLINK_AUDIT = 9 => "audit",
        NETLINK_FIB_LOOKUP = 10 => "fib_lookup",
        NETLINK_CONNECTOR = 11 => "connector",
        NETLINK_NETFILTER = 12 => "netfilter",
        NETLINK_IP6_FW = 13 => "ip6_fw",
        NETLINK_DNRTMSG = 14 => "dnrtmsg",
        NETLINK_KOBJECT_UEVENT = 15 => "uevent",
        NETLINK_GENERIC = 16 => "generic",
        NETLINK_SCSITRANSPORT = 18 => "scsitransport",
        NETLINK_ECRYPTFS = 19 => "ecryptfs",
        NETLINK_RDMA = 20 => "rdma",
        NETLINK_CRYPTO = 21 => "crypto",
        NETLINK_SMC = 22 => "smc",
    }
}

record! {
    /// `struct nlmsghdr` (linux/netlink.h).
    pub struct NlMsgHdr("nlmsghdr") {
        /// Bytes of the message, this header included, padding at the end not.
        nlmsg_len: u32,
        /// What the message is: below 16 one of [`NlmsgType`], above the protocol's own.
        nlmsg_type: u16,
        /// `NLM_F_*`.
        nlmsg_flags: NlmF,
        /// Chosen by who asks, echoed by who answers.
        nlmsg_seq: u32,
        /// Port of the socket that asked; 0 is the kernel.
        nlmsg_pid: u32,
    }
}

/// Rounds a length up to a multiple of four, as `NLMSG_ALIGN` and `NLA_ALIGN` do.
pub const fn align(len: usize) -> usize {
    (len + 3) & !3
}

/// One message: its header, and the bytes that follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message<'a> {
    /// The header.
    pub header: NlMsgHdr,
    /// What follows the header, without padding at the end.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// The message's fixed header and attributes, read as `B` ([`route::Link`](crate::route::Link), ...).
    ///
    /// # Errors
    /// The payload is too short for the fixed header's first byte.
    pub fn body<B: Body<'a>>(&self) -> Result<B, Error> {
        B::read(self.payload, NLMSG_HDRLEN as u32)
    }
}

/// What can follow `struct nlmsghdr`.
pub trait Body<'a>: Sized {
    /// Reads a message's payload, which begins `at` bytes from where offsets count.
    ///
    /// # Errors
    /// The payload cannot be cut at all.
    fn read(payload: &'a [u8], at: u32) -> Result<Self, Error>;
    /// Appends the payload.
    ///
    /// # Errors
    /// A value is longer than an attribute can be, or a text holds a NUL byte.
    fn write(&self, out: &mut BytesMut) -> Result<(), Error>;
}

/// A payload whose parts somebody else knows.
impl<'a> Body<'a> for &'a [u8] {
    fn read(payload: &'a [u8], _: u32) -> Result<Self, Error> {
        Ok(payload)
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Error> {
        out.extend_from_slice(self);
        Ok(())
    }
}

/// Cuts a datagram into messages. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
    at: u32,
}

impl<'a> Messages<'a> {
    /// Starts at a datagram's first byte.
    pub fn new(datagram: &'a [u8]) -> Messages<'a> {
        Messages { rest: datagram, at: 0 }
    }

    /// Bytes of the datagram before the message that comes next.
    pub fn offset(&self) -> usize {
        self.at as usize
    }

    /// Takes the next message if it is whole and `wanted`. What is not is still there, for [`next`](Iterator::next).
    #[inline(always)]
    pub fn next_if(&mut self, wanted: impl FnOnce(&Message<'a>) -> bool) -> Option<Message<'a>> {
        let header = NlMsgHdr::read(self.rest.first_chunk::<NLMSG_HDRLEN>()?);
        let len = header.nlmsg_len as usize;
        let message = Message { header, payload: self.rest.get(NLMSG_HDRLEN..len)? };
        if !wanted(&message) {
            return None;
        }
        self.skip(len);
        Some(message)
    }

    /// Goes past a message of `len` bytes and its padding, which can be missing at the end.
    #[inline(always)]
    fn skip(&mut self, len: usize) {
        let step = align(len).min(self.rest.len());
        self.rest = &self.rest[step..];
        self.at += step as u32;
    }

    fn stop(&mut self, what: What) -> Option<Result<Message<'a>, Error>> {
        self.rest = &[];
        Some(Err(Error::new(self.at, what)))
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let left = self.rest.len();
        if left < NLMSG_HDRLEN {
            return self.stop(What::Short { left: left as u32, need: NLMSG_HDRLEN as u32 });
        }
        let header = NlMsgHdr::read(self.rest);
        let len = header.nlmsg_len as usize;
        if len < NLMSG_HDRLEN {
            return self.stop(What::LengthTooSmall { len: header.nlmsg_len });
        }
        if len > left {
            return self.stop(What::LengthTooLarge { len: header.nlmsg_len, left: left as u32 });
        }
        let payload = &self.rest[NLMSG_HDRLEN..len];
        self.skip(len);
        Some(Ok(Message { header, payload }))
    }
}

/// Appends one message. `nlmsg_len` and the padding are filled in, `nlmsg_pid` is 0.
///
/// # Errors
/// As [`Body::write`]; `out` is then as it was.
#[inline(always)]
pub fn message<'a, B: Body<'a>>(
    out: &mut BytesMut,
    nlmsg_type: u16,
    nlmsg_flags: NlmF,
    nlmsg_seq: u32,
    body: &B,
) -> Result<(), Error> {
    let start = out.len();
    let header = NlMsgHdr { nlmsg_len: 0, nlmsg_type, nlmsg_flags, nlmsg_seq, nlmsg_pid: 0 };
    header.write(out);
    let written = body.write(out);
    finish(out, start, written)
}

/// Fills in the length of the message that begins at `start` and pads it, or takes it away.
#[inline]
fn finish(out: &mut BytesMut, start: usize, written: Result<(), Error>) -> Result<(), Error> {
    if written.is_err() {
        out.truncate(start);
        return written;
    }
    let len = out.len() - start;
    out[start..start + 4].copy_from_slice(&(len as u32).to_ne_bytes());
    pad(out, len);
    Ok(())
}

/// One attribute as it came: header, value and padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a> {
    whole: &'a [u8],
    at: u32,
    len: u16,
    nla_type: u16,
}

impl<'a> Raw<'a> {
    /// The attribute's number: its type without flag bits.
    #[inline]
    pub fn number(&self) -> u16 {
        self.nla_type & NLA_TYPE_MASK
    }

    /// The type's flag bits.
    #[inline]
    pub fn flags(&self) -> u16 {
        self.nla_type & !NLA_TYPE_MASK
    }

    /// The value, without header and padding.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        &self.whole[NLA_HDRLEN..self.len as usize]
    }

    /// Header, value and padding.
    pub fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// Bytes before the attribute's header.
    pub fn offset(&self) -> u32 {
        self.at
    }

    /// Whether the attribute is filled up with zeros to a multiple of four.
    #[inline]
    pub fn is_padded(&self) -> bool {
        let len = self.len as usize;
        // the last four bytes, without those of the value
        let last = |whole: &[u8]| whole.last_chunk().map_or(1, |last| u32::from_be_bytes(*last));
        len.is_multiple_of(4) || (self.whole.len() == align(len) && last(self.whole) << (len % 4 * 8) == 0)
    }
}

impl Raw<'_> {
    /// Whether no type of payload stands in the way of reading the value: padded, and not said to be in network order.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.flags() & !NLA_F_NESTED == 0 && self.is_padded()
    }
}

impl core::fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Raw({:#06x}, {:02x?})", self.nla_type, self.value())
    }
}

/// Cuts bytes into attributes. Ends after the first error.
#[derive(Clone, Debug)]
pub struct RawAttrs<'a> {
    rest: &'a [u8],
    at: u32,
    /// The framing is broken, and that was said.
    over: bool,
}

impl<'a> RawAttrs<'a> {
    /// Starts at the first attribute's header, which is `at` bytes from where offsets count.
    #[inline]
    pub fn new(bytes: &'a [u8], at: u32) -> RawAttrs<'a> {
        RawAttrs { rest: bytes, at, over: false }
    }

    /// The bytes that are not walked yet; after an error, those that could not be walked.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The first of the attributes not walked yet that has this number; what comes after broken framing is not found.
    pub fn find(mut self, number: u16) -> Option<Raw<'a>> {
        core::iter::from_fn(|| self.step()).find(|raw| raw.number() == number)
    }

    /// Steps to the next attribute; `None` at the end or where the framing is broken.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Option<Raw<'a>> {
        // one load; the two halves lie as the host's order puts them
        let header = u32::from_ne_bytes(*self.rest.first_chunk()?);
        let (len, nla_type) = match cfg!(target_endian = "little") {
            true => (header as u16, (header >> 16) as u16),
            false => ((header >> 16) as u16, header as u16),
        };
        if (len as usize) < NLA_HDRLEN || len as usize > self.rest.len() {
            return None;
        }
        // a branch and not a minimum: the next step need not wait for the comparison
        let (whole, rest) = match self.rest.split_at_checked(align(len as usize)) {
            Some(cut) => cut,
            None => unfilled(self.rest),
        };
        let raw = Raw { whole, at: self.at, len, nla_type };
        self.rest = rest;
        self.at += whole.len() as u32;
        Some(raw)
    }

    /// Why [`step`](Self::step) could not go on.
    #[cold]
    fn broken(&self) -> Error {
        let left = self.rest.len() as u32;
        let what = match *self.rest {
            [l0, l1, _, _, ..] => match u16::from_ne_bytes([l0, l1]) as u32 {
                len if (len as usize) < NLA_HDRLEN => What::LengthTooSmall { len },
                len => What::LengthTooLarge { len, left },
            },
            _ => What::Short { left, need: NLA_HDRLEN as u32 },
        };
        Error::new(self.at, what)
    }

    /// The next attribute.
    ///
    /// # Errors
    /// Broken framing. After that there is nothing more.
    #[inline(always)]
    pub fn try_next(&mut self) -> Option<Result<Raw<'a>, Error>> {
        match self.step() {
            Some(raw) => Some(Ok(raw)),
            None if self.rest.is_empty() || self.over => None,
            None => {
                self.over = true;
                Some(Err(self.broken()))
            }
        }
    }

    /// As [`try_next`](Self::try_next), one copy for all who need not be fast.
    #[inline(never)]
    pub(crate) fn advance(&mut self) -> Option<Result<Raw<'a>, Error>> {
        self.try_next()
    }

    /// Whether the walk ended where the bytes do.
    #[inline(always)]
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.broken()) }
    }
}

/// Cuts off a last attribute that is not filled up to a multiple of four.
#[cold]
#[inline(never)]
fn unfilled(rest: &[u8]) -> (&[u8], &[u8]) {
    (rest, &[])
}

/// Opens an attribute whose type, flag bits included, is `nla_type`; [`close`] fills in its length. Between the
/// two, whatever belongs in it is appended.
#[inline]
pub fn open(out: &mut BytesMut, nla_type: u16) -> usize {
    let start = out.len();
    let [t0, t1] = nla_type.to_ne_bytes();
    out.extend_from_slice(&[0, 0, t0, t1]);
    start
}

/// Fills in the length of the attribute that [`open`] began at `start`, and pads it.
///
/// # Errors
/// The value has more than 65531 bytes; the attribute is then taken away.
#[inline]
pub fn close(out: &mut BytesMut, start: usize) -> Result<(), What> {
    let len = out.len() - start;
    let Ok(nla_len) = u16::try_from(len) else {
        out.truncate(start);
        return Err(What::TooLong { len: len - NLA_HDRLEN });
    };
    out[start..start + 2].copy_from_slice(&nla_len.to_ne_bytes());
    pad(out, len);
    Ok(())
}

/// Appends up to four zeros: four at once, and the surplus is taken back, which beats a copy of varying length.
#[inline]
pub(crate) fn zeros(out: &mut BytesMut, count: usize) {
    let end = out.len() + count;
    out.extend_from_slice(&[0; 4]);
    out.truncate(end);
}

/// Fills up to a multiple of four what has `len` bytes.
#[inline]
fn pad(out: &mut BytesMut, len: usize) {
    if !len.is_multiple_of(4) {
        zeros(out, align(len) - len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_lie_end_the_walk_with_their_offset() {
        let header = |len: u16, nla_type: u16| [len.to_ne_bytes(), nla_type.to_ne_bytes()].concat();
        for (bytes, what) in [
            (header(8, 1)[..3].to_vec(), What::Short { left: 3, need: 4 }),
            (header(3, 1), What::LengthTooSmall { len: 3 }),
            ([header(9, 1), std::vec![1, 2, 3, 4]].concat(), What::LengthTooLarge { len: 9, left: 8 }),
        ] {
            let whole = [header(4, 7), bytes.clone()].concat();
            let mut attrs = RawAttrs::new(&whole, 100);
            assert_eq!(attrs.try_next().unwrap().unwrap().number(), 7);
            assert_eq!(attrs.try_next(), Some(Err(Error::new(104, what))));
            assert_eq!(attrs.try_next(), None);
            assert_eq!(attrs.rest(), bytes);
        }
    }

    #[test]
    fn a_message_shorter_than_its_header_ends_the_datagram() {
        let mut bytes = [0u8; 20];
        bytes[..4].copy_from_slice(&15u32.to_ne_bytes());
        let mut messages = Messages::new(&bytes);
        assert_eq!(messages.next(), Some(Err(Error::new(0, What::LengthTooSmall { len: 15 }))));
        assert_eq!(messages.next(), None);
    }
}
