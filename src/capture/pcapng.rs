//! pcapng files with an interface of `LINKTYPE_NETLINK`, as Wireshark and dumpcap write them.
//!
//! ```text
//! block     | u32 type | u32 length | body, filled up to a multiple of four | u32 length |
//! section   type 0x0a0d0d0a: | u32 0x1a2b3c4d | u16 1 | u16 0 | i64 length | options |
//! interface type 1:          | u16 link type | u16 0 | u32 snaplen | options |
//! packet    type 6:          | u32 interface | u32 time, high | u32 time, low | u32 bytes here | u32 bytes there were | packet | options |
//! simple    type 3:          | u32 bytes there were | packet |
//! option    | u16 code | u16 length | value, filled up to a multiple of four |
//! ```
//!
//! A packet is as in a pcap file. Interfaces that are not netlink are passed over.

use std::io::BufRead;
use std::time::Duration;

use super::input::{Input, limit};
use super::pcap::{COOKED, Order, is_netlink, packet};
use super::{Datagram, Direction, Error, Place, Source, What};

/// The type of a section's block, the same in both byte orders.
pub(super) const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE: u32 = 3;
const PACKET: u32 = 6;
/// Options of an interface: how long a unit of time is, and what is added to all times, in seconds.
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
/// Option of a packet: the lowest two bits are 1 inbound, 2 outbound.
const EPB_FLAGS: u16 = 2;
/// Bytes of a block around its body.
const AROUND: u64 = 12;
/// Interfaces that are remembered; nobody has more, and a file could claim any number.
const INTERFACES: usize = 4096;

/// An interface of the section.
#[derive(Clone, Copy)]
struct Interface {
    link_type: u32,
    snaplen: u32,
    /// Units of time in a second; `None` if they are too small for any clock.
    units: Option<u64>,
    /// Seconds added to all times.
    offset: i64,
}

/// Reads a pcapng file.
pub struct PcapNg<'r> {
    input: Input<'r>,
    order: Order,
    interfaces: Vec<Interface>,
    /// The first link type that was passed over, while no netlink packet was met.
    passed: Option<(Place, u32)>,
    met: bool,
    header: Vec<u8>,
    body: Vec<u8>,
}

impl<'r> PcapNg<'r> {
    /// Reads the first section's header.
    ///
    /// # Errors
    /// It is no pcapng file.
    pub fn new(reader: Box<dyn BufRead + 'r>) -> Result<PcapNg<'r>, Error> {
        let mut reader = PcapNg {
            input: Input::new(reader),
            order: Order { little: true },
            interfaces: Vec::new(),
            passed: None,
            met: false,
            header: Vec::new(),
            body: Vec::new(),
        };
        let place = Place::Byte(0);
        let got = reader.input.bytes(8, &mut reader.header)?;
        if got < 4 || reader.header[..4] != SECTION {
            return Err(Error { place, what: What::Magic("pcapng") });
        }
        if got < 8 {
            return Err(Error { place, what: What::Cut { what: "a section's header", need: 8, left: got } });
        }
        reader.section(place)?;
        Ok(reader)
    }

    /// Reads the rest of a section's block, of which the first eight bytes are read.
    fn section(&mut self, place: Place) -> Result<(), Error> {
        let mut magic = Vec::new();
        if !self.input.whole("a section's header", 4, &mut magic)? {
            return Err(Error { place, what: What::Cut { what: "a section's header", need: 12, left: 8 } });
        }
        self.order = match (Order { little: true }).u32(&magic, 0) {
            BYTE_ORDER => Order { little: true },
            magic if magic.swap_bytes() == BYTE_ORDER => Order { little: false },
            _ => return Err(Error { place, what: What::Magic("pcapng") }),
        };
        self.interfaces.clear();
        let len = self.block_len("a section", place, 28)?;
        self.rest_of("a section", place, len, 12)
    }

    /// The length of the block whose type and length were read.
    fn block_len(&self, what: &'static str, place: Place, least: u64) -> Result<u64, Error> {
        let len = u64::from(self.order.u32(&self.header, 4));
        if len < least || !len.is_multiple_of(4) {
            return Err(Error { place, what: What::TooShort { what, len, least } });
        }
        Ok(len)
    }

    /// Passes over what is left of a block.
    fn rest_of(&mut self, what: &'static str, place: Place, need: u64, read: u64) -> Result<(), Error> {
        let left = read + self.input.skip(need - read)?;
        if left < need { Err(Error { place, what: What::Cut { what, need, left } }) } else { Ok(()) }
    }

    fn interface(&mut self) {
        let mut interface = Interface {
            link_type: self.order.u16(&self.body, 0).into(),
            snaplen: self.order.u32(&self.body, 4),
            units: Some(1_000_000),
            offset: 0,
        };
        for (code, value) in options(&self.body, 8, self.order) {
            match (code, value) {
                (IF_TSRESOL, &[exponent, ..]) => {
                    let base: u64 = if exponent & 0x80 == 0 { 10 } else { 2 };
                    interface.units = base.checked_pow((exponent & 0x7f).into());
                }
                (IF_TSOFFSET, value) if value.len() == 8 => {
                    let (first, second) = (self.order.u32(value, 0), self.order.u32(value, 4));
                    let (low, high) = if self.order.little { (first, second) } else { (second, first) };
                    interface.offset = (u64::from(high) << 32 | u64::from(low)) as i64;
                }
                _ => {}
            }
        }
        if self.interfaces.len() < INTERFACES {
            self.interfaces.push(interface);
        }
    }

    /// Reads blocks up to the next netlink packet: where it is, and its kind.
    fn packet_block(&mut self) -> Result<Option<(Place, u32, Interface)>, Error> {
        loop {
            let place = self.input.place();
            if !self.input.whole("a block", 8, &mut self.header)? {
                return match self.passed {
                    Some((place, found)) if !self.met => Err(Error { place, what: What::LinkType { found } }),
                    _ => Ok(None),
                };
            }
            if self.header[..4] == SECTION {
                self.section(place)?;
                continue;
            }
            let kind = self.order.u32(&self.header, 0);
            let (what, least) = match kind {
                INTERFACE => ("an interface", 8),
                OBSOLETE_PACKET | PACKET => ("a packet", 20),
                SIMPLE => ("a packet", 4),
                _ => {
                    let len = self.block_len("a block", place, AROUND)?;
                    self.rest_of("a block", place, len, 8)?;
                    continue;
                }
            };
            let len = self.block_len(what, place, AROUND + least)?;
            limit(place, what, len)?;
            let left = self.input.bytes(len - 8, &mut self.body)?;
            if left < len - 8 {
                return Err(Error { place, what: What::Cut { what, need: len, left: left + 8 } });
            }
            self.body.truncate(self.body.len() - 4);
            if kind == INTERFACE {
                self.interface();
                continue;
            }
            let number = match kind {
                PACKET => self.order.u32(&self.body, 0),
                OBSOLETE_PACKET => self.order.u16(&self.body, 0).into(),
                _ => 0,
            };
            let interface = self.interfaces.get(number as usize).copied();
            let interface = interface.ok_or(Error { place, what: What::Interface(number) })?;
            if is_netlink(interface.link_type) {
                self.met = true;
                return Ok(Some((place, kind, interface)));
            }
            self.passed.get_or_insert((place, interface.link_type));
        }
    }
}

impl Source for PcapNg<'_> {
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error> {
        let Some((place, kind, interface)) = self.packet_block()? else { return Ok(None) };
        let (body, order) = (&self.body[..], self.order);
        let (start, here, len) = match kind {
            SIMPLE => {
                let len = order.u32(body, 0);
                let here = if interface.snaplen == 0 { len } else { len.min(interface.snaplen) };
                (4, here.min(body.len() as u32 - 4), len)
            }
            _ => (20, order.u32(body, 12), order.u32(body, 16)),
        };
        let here = here as usize;
        let Some(bytes) = body.get(start..).and_then(|bytes| bytes.get(..here)) else {
            let left = (body.len() - start) as u64;
            return Err(Error { place, what: What::Cut { what: "a packet", need: here as u64, left } });
        };
        let mut datagram = packet(bytes, u64::from(len).max(bytes.len() as u64), order, place)?;
        if kind != SIMPLE {
            datagram.time = time(&interface, u64::from(order.u32(body, 4)) << 32 | u64::from(order.u32(body, 8)));
        }
        let after = start + bytes.len().next_multiple_of(4);
        for (_, flags) in options(body, after, order).filter(|option| kind == PACKET && option.0 == EPB_FLAGS) {
            datagram.direction = match order.u32(flags, 0) & 3 {
                1 => Some(Direction::Received),
                2 => Some(Direction::Sent),
                _ => datagram.direction,
            };
        }
        debug_assert!(datagram.bytes.len() + COOKED == bytes.len());
        Ok(Some(datagram))
    }
}

/// A time of an interface's clock, since 1970.
fn time(interface: &Interface, time: u64) -> Option<Duration> {
    let units = interface.units?;
    let nanos = u128::from(time % units) * 1_000_000_000 / u128::from(units);
    Some(Duration::new((time / units).checked_add_signed(interface.offset)?, nanos as u32))
}

/// The options from `at` on, as far as they are whole.
fn options(bytes: &[u8], at: usize, order: Order) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes.get(at..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (head, after) = rest.split_at_checked(4)?;
        let (code, len) = (order.u16(head, 0), usize::from(order.u16(head, 2)));
        let value = after.get(..len).filter(|_| code != 0)?;
        rest = after.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    })
}
