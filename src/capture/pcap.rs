//! pcap files of `LINKTYPE_NETLINK`, as tcpdump writes them of an nlmon device.
//!
//! ```text
//! file    | u32 0xa1b2c3d4, or 0xa1b23c4d for nanoseconds | u16 2 | u16 4 | u32 0 | u32 0 | u32 snaplen | u32 link type |
//! record  | u32 seconds | u32 fraction | u32 bytes here | u32 bytes there were | a packet |
//! packet  | u16 packet type | u16 824 | 10 zeros | u16 netlink protocol | the datagram |
//! ```
//!
//! File and records are in the byte order of the magic number, the packet's cooked header is in network order,
//! the datagram in that of the machine.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use nlmsg::frame::{NLM_F_REQUEST, Netlink};

use super::input::{Input, limit};
use super::{ARPHRD_NETLINK, Datagram, Direction, Error, LIMIT, LINKTYPE_NETLINK, Place, Sink, Source, What, guess, header};

/// Fractions of a second are microseconds, and nanoseconds.
const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;
/// Bytes before the first record.
const FILE: u64 = 24;
/// Bytes before each packet.
const RECORD: u64 = 16;
/// Bytes of a packet before the datagram.
pub(super) const COOKED: usize = 16;
/// The cooked header is also used for mixed captures (`LINKTYPE_LINUX_SLL`).
const LINKTYPE_LINUX_SLL: u32 = 113;
/// Packet types (linux/if_packet.h).
const PACKET_HOST: u16 = 0;
const PACKET_OUTGOING: u16 = 4;
const PACKET_USER: u16 = 6;
const PACKET_KERNEL: u16 = 7;

/// Whether a file that begins so is one.
pub(super) fn is_magic(magic: [u8; 4]) -> bool {
    [u32::from_le_bytes(magic), u32::from_be_bytes(magic)].iter().any(|magic| [MICRO, NANO].contains(magic))
}

/// Numbers of a file in the byte order of who wrote it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) little: bool,
}

impl Order {
    /// The number at `at`; 0 where there are no bytes.
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    /// As [`u32`](Self::u32).
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    /// Whether it is that of another machine.
    fn is_foreign(self) -> bool {
        self.little != cfg!(target_endian = "little")
    }
}

/// Whether packets of that link type have a cooked header that can say netlink.
pub(super) fn is_netlink(link_type: u32) -> bool {
    [LINKTYPE_NETLINK, LINKTYPE_LINUX_SLL].contains(&link_type)
}

/// Reads a packet: cooked header and datagram.
pub(super) fn packet<'a>(packet: &'a [u8], len: u64, order: Order, place: Place) -> Result<Datagram<'a>, Error> {
    let Some((cooked, bytes)) = packet.split_at_checked(COOKED) else {
        let (len, least) = (packet.len() as u64, COOKED as u64);
        return Err(Error { place, what: What::TooShort { what: "a packet", len, least } });
    };
    let field = |at: usize| u16::from_be_bytes([cooked[at], cooked[at + 1]]);
    if field(2) != ARPHRD_NETLINK {
        return Err(Error { place, what: What::DeviceType { found: field(2) } });
    }
    let foreign = header(bytes).filter(|header| order.is_foreign() && header.nlmsg_len as usize > bytes.len());
    if foreign.is_some_and(|header| header.nlmsg_len.swap_bytes() as usize <= bytes.len()) {
        return Err(Error { place, what: What::ByteOrder });
    }
    let asks = |bytes| header(bytes).is_some_and(|header| header.nlmsg_flags.contains(NLM_F_REQUEST));
    let direction = match field(0) {
        PACKET_HOST | PACKET_USER => Some(Direction::Received),
        PACKET_KERNEL => Some(Direction::Sent),
        // an nlmon device says that of everything that it shows
        PACKET_OUTGOING if asks(bytes) => Some(Direction::Sent),
        _ => None,
    };
    let len = (len as usize).saturating_sub(COOKED).max(bytes.len());
    Ok(Datagram { bytes, len, direction, protocol: Some(Netlink(field(14))), place, ..Datagram::default() })
}

/// Reads a pcap file.
pub struct Pcap<'r> {
    input: Input<'r>,
    order: Order,
    /// Nanoseconds of a fraction.
    fraction: u32,
    header: Vec<u8>,
    packet: Vec<u8>,
    /// What is wrong after the datagram that was given last.
    broken: Option<Error>,
}

impl<'r> Pcap<'r> {
    /// Reads the file's header.
    ///
    /// # Errors
    /// It is no pcap file, or of another link type.
    pub fn new(reader: Box<dyn BufRead + 'r>) -> Result<Pcap<'r>, Error> {
        let (mut input, mut header, place) = (Input::new(reader), Vec::new(), Place::Byte(0));
        let found = input.bytes(FILE, &mut header)?;
        let little = Order { little: true };
        let order = match little.u32(&header, 0) {
            MICRO | NANO => little,
            magic if [MICRO, NANO].contains(&magic.swap_bytes()) => Order { little: false },
            _ => return Err(Error { place, what: What::Magic("pcap") }),
        };
        if found < FILE {
            return Err(Error { place, what: What::Cut { what: "the file's header", need: FILE, left: found } });
        }
        // the high bits are about checksums
        let found = order.u32(&header, 20) & 0xffff;
        if !is_netlink(found) {
            return Err(Error { place: Place::Byte(20), what: What::LinkType { found } });
        }
        let fraction = if order.u32(&header, 0) == NANO { 1 } else { 1000 };
        Ok(Pcap { input, order, fraction, header, packet: Vec::new(), broken: None })
    }
}

impl Source for Pcap<'_> {
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        let place = self.input.place();
        if !self.input.whole("a packet's record", RECORD, &mut self.header)? {
            return Ok(None);
        }
        let field = |index: usize| self.order.u32(&self.header, index * 4);
        let need = u64::from(field(2));
        limit(place, "a packet", need)?;
        let left = self.input.bytes(need, &mut self.packet)?;
        if left < need {
            let cut = Error { place, what: What::Cut { what: "a packet", need, left } };
            if left <= COOKED as u64 {
                return Err(cut);
            }
            self.broken = Some(cut);
        }
        let nanos = u64::from(field(1)) * u64::from(self.fraction);
        let time = Duration::from_secs(field(0).into()) + Duration::from_nanos(nanos);
        let len = u64::from(field(3)).max(need);
        Ok(Some(Datagram { time: Some(time), ..packet(&self.packet, len, self.order, place)? }))
    }
}

/// Writes a pcap file with nanoseconds, in this machine's byte order. What was only looked at, and what did not
/// work, is left out: each datagram is in it once.
pub struct PcapWriter<W> {
    out: W,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file's header.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(mut out: W) -> io::Result<PcapWriter<W>> {
        let mut header = [0; FILE as usize];
        header[..4].copy_from_slice(&NANO.to_ne_bytes());
        header[4..6].copy_from_slice(&2u16.to_ne_bytes());
        header[6..8].copy_from_slice(&4u16.to_ne_bytes());
        header[16..20].copy_from_slice(&(LIMIT as u32).to_ne_bytes());
        header[20..].copy_from_slice(&LINKTYPE_NETLINK.to_ne_bytes());
        out.write_all(&header)?;
        Ok(PcapWriter { out })
    }

    /// Writes what is left, and gives back what was written to.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Sink for PcapWriter<W> {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        if datagram.peeked || datagram.errno != 0 || datagram.bytes.is_empty() {
            return Ok(());
        }
        let time = datagram.time.unwrap_or_default();
        let bytes = &datagram.bytes[..datagram.bytes.len().min(LIMIT as usize - COOKED)];
        let len = |len: usize| u32::try_from(len + COOKED).unwrap_or(u32::MAX);
        let record = [time.as_secs() as u32, time.subsec_nanos(), len(bytes.len()), len(datagram.len.max(bytes.len()))];
        let mut head = [0; RECORD as usize + COOKED];
        for (place, number) in head.as_chunks_mut().0.iter_mut().zip(record) {
            *place = number.to_ne_bytes();
        }
        let cooked = &mut head[RECORD as usize..];
        let kind = if datagram.way() == Direction::Sent { PACKET_OUTGOING } else { PACKET_HOST };
        let protocol = datagram.protocol.or_else(|| guess(bytes)).unwrap_or_default();
        cooked[..2].copy_from_slice(&kind.to_be_bytes());
        cooked[2..4].copy_from_slice(&ARPHRD_NETLINK.to_be_bytes());
        cooked[14..].copy_from_slice(&protocol.0.to_be_bytes());
        self.out.write_all(&head)?;
        self.out.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
