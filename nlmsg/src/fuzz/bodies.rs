//! What must hold for any bytes. Each body panics where it does not.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use bytes::BytesMut;

use super::mutate::{Mutator, no_bytes};
use crate::ack::Ack;
use crate::explain::{self, Label, explain};
use crate::frame::{self, Messages, NLA_HDRLEN, NLMSG_HDRLEN, Netlink, RawAttrs, align};
use crate::make::Gen;
use crate::payload::{AttrSet, MessageInfo, Nest, Record, Slot, Span, Visitor, prose};
use crate::{nft, route};

/// A fuzz target: a name, and what must hold for any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name, also of the program in `fuzz/fuzz_targets` and of the folder in `fuzz/regressions`.
    pub name: &'static str,
    /// What must hold; panics if it does not.
    pub body: fn(&[u8]),
    /// The messages that the bytes are, for the mutator; `None` where they are something else.
    pub protocol: Option<&'static [MessageInfo]>,
}

/// The targets of this crate.
pub const TARGETS: &[Target] = &[
    Target { name: "framing", body: framing, protocol: Some(route::MESSAGES) },
    Target { name: "attributes", body: attributes, protocol: None },
    Target { name: "route", body: |bytes| lossless(bytes, route::MESSAGES), protocol: Some(route::MESSAGES) },
    Target { name: "nft", body: |bytes| lossless(bytes, nft::MESSAGES), protocol: Some(nft::MESSAGES) },
    Target { name: "typed_route", body: typed, protocol: Some(route::MESSAGES) },
    Target { name: "typed_nft", body: typed, protocol: Some(nft::MESSAGES) },
    Target { name: "ack", body: |bytes| acknowledgement(bytes, route::MESSAGES), protocol: Some(route::MESSAGES) },
    Target { name: "explain_route", body: |bytes| explained(bytes, route::MESSAGES), protocol: Some(route::MESSAGES) },
    Target { name: "explain_nft", body: |bytes| explained(bytes, nft::MESSAGES), protocol: Some(nft::MESSAGES) },
    Target { name: "generated", body: generated, protocol: None },
    Target { name: "mutated", body: |bytes| mutated(bytes, route::MESSAGES), protocol: Some(route::MESSAGES) },
];

/// Cuts a datagram into messages and puts them together again: the bytes are the same, padding aside, every message lies
/// where the walk says, and an error ends the walk.
///
/// # Panics
/// That does not hold.
pub fn framing(datagram: &[u8]) {
    let mut messages = Messages::new(datagram);
    let mut again = BytesMut::new();
    loop {
        let start = messages.offset();
        let Some(message) = messages.next() else { break };
        let Ok(message) = message else {
            assert!(message.is_err_and(|error| error.what.is_framing() && error.offset as usize == start));
            assert_eq!(messages.next(), None, "an error ends the walk");
            return;
        };
        let len = message.header.nlmsg_len as usize;
        assert!(len >= NLMSG_HDRLEN && start + len <= datagram.len(), "a message lies inside");
        assert_eq!(messages.offset(), (start + align(len)).min(datagram.len()), "the next message is aligned");
        again.clear();
        message.header.write(&mut again);
        again.extend_from_slice(message.payload);
        assert_eq!(again, datagram[start..start + len], "a message comes back");
        // and as the encoder writes it, which speaks for nobody else
        again.clear();
        let header = message.header;
        assert_eq!(frame::message(&mut again, header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq, &message.payload), Ok(()));
        assert_eq!((again[..12] == datagram[start..start + 12], again.len()), (true, align(len)), "the encoder's frame");
        assert_eq!(again[NLMSG_HDRLEN..len], *message.payload);
        assert_eq!(message.body::<&[u8]>(), Ok(message.payload), "a payload whose parts nobody asks for");
    }
    assert_eq!(messages.offset(), datagram.len(), "the walk ends where the bytes do");
}

/// Cuts bytes into attributes: joined, and with what is left, they are the bytes; and what is padded with zeros is what the
/// encoder writes.
///
/// # Panics
/// That does not hold.
pub fn attributes(bytes: &[u8]) {
    let mut attrs = RawAttrs::new(bytes, 7);
    let mut at = 0;
    let mut again = BytesMut::new();
    while let Some(raw) = attrs.try_next() {
        let Ok(raw) = raw else {
            let error = raw.err();
            assert!(error.is_some_and(|error| error.what.is_framing() && error.offset as usize == 7 + at));
            assert_eq!(attrs.try_next(), None, "an error ends the walk");
            assert!(!attrs.rest().is_empty());
            break;
        };
        let (whole, len) = (raw.whole(), NLA_HDRLEN + raw.value().len());
        assert_eq!(raw.offset() as usize, 7 + at);
        assert_eq!(whole, &bytes[at..at + whole.len()], "an attribute lies where the walk says");
        assert_eq!(raw.value(), &whole[NLA_HDRLEN..len]);
        assert_eq!(u16::from_ne_bytes([whole[2], whole[3]]), raw.number() | raw.flags());
        let padded = whole.len() == align(len) && whole[len..].iter().all(|byte| *byte == 0);
        assert_eq!(raw.is_padded(), padded, "what is padded");
        again.clear();
        let start = frame::open(&mut again, raw.number() | raw.flags());
        again.extend_from_slice(raw.value());
        assert_eq!(frame::close(&mut again, start), Ok(()));
        assert_eq!(again == whole, padded, "the encoder pads");
        at += whole.len();
    }
    assert_eq!(attrs.rest(), &bytes[at..], "what is left is what was not walked");
}

/// Decodes every message of a datagram as what its type says, and encodes it again: the bytes are the same.
///
/// # Panics
/// They are not.
pub fn lossless(datagram: &[u8], protocol: &'static [MessageInfo]) {
    for message in Messages::new(datagram).map_while(Result::ok) {
        let known = protocol.iter().find(|info| info.number == message.header.nlmsg_type);
        known.into_iter().for_each(|info| comes_back(info, message.payload));
    }
}

fn comes_back(info: &MessageInfo, payload: &[u8]) {
    if !payload.is_empty() {
        let mut again = BytesMut::new();
        assert_eq!((info.again)(payload, &mut again), Ok(()), "{} is read", info.name);
        assert_eq!(again, payload, "{} comes back", info.name);
    }
}

/// Reads every message of a datagram as all the types of its protocol's bodies, whatever its own type says: by the walk, by
/// the strict walk, by the walk over raw attributes, by a visitor, as a text, and as the list that would be sent to say the
/// same; all of them are of one mind.
///
/// # Panics
/// They are not.
pub fn typed(datagram: &[u8]) {
    for message in Messages::new(datagram).map_while(Result::ok) {
        macro_rules! bodies {
            ($($Body:ty),*) => {
                {$(if let Ok(body) = message.body::<$Body>() {
                    let list: Vec<_> = body.attrs.iter().map_while(Result::ok).collect();
                    ways(body.attrs, &list);
                    let same = body;
                    assert!(body == same, "a body is itself");
                    assert_eq!(write!(Counted(0), "{body:?}"), Ok(()));
                })*}
            };
        }
        match message.header.nlmsg_type {
            0..2560 => bodies!(
                route::Link<'_>,
                route::Addr<'_>,
                route::Route<'_>,
                route::Neigh<'_>,
                route::NeighTbl<'_>,
                route::Rule<'_>,
                route::Nsid<'_>,
                route::Netconf<'_>,
                route::Stats<'_>,
                route::StatsRequest<'_>,
                route::Vlan<'_>,
                route::VlanRequest<'_>,
                route::Tunnel<'_>
            ),
            _ => bodies!(
                nft::Table<'_>,
                nft::Chain<'_>,
                nft::Rule<'_>,
                nft::Set<'_>,
                nft::SetElems<'_>,
                nft::Gen<'_>,
                nft::Obj<'_>,
                nft::Flowtable<'_>,
                nft::Trace<'_>,
                nft::BatchMark<'_>,
                nft::Compat<'_>
            ),
        }
        // and with numbers that are no names
        let attrs = message.payload.get(4..).unwrap_or_default();
        let slots: Nest<'_, Slot<'_, u32>> = Nest::Walk(Span::new(attrs, 20, 0));
        let list: Vec<_> = slots.iter().map_while(Result::ok).collect();
        ways(slots, &list);
    }
}

/// All ways to read `attrs`, of which `list` is what the walk gives.
fn ways<'a, T: AttrSet<'a> + PartialEq>(attrs: Nest<'a, T>, list: &'a [T]) {
    assert_eq!(attrs.raw().count(), list.len(), "raw attributes are as many");
    let broken = attrs.iter().nth(list.len());
    let mut odd = 0;
    for attr in attrs.strict() {
        match attr {
            Ok(_) => {}
            Err(error) if error.what.is_framing() => assert!(matches!(broken, Some(Err(last)) if last == error)),
            Err(error) => {
                odd += 1;
                assert_eq!(error.set, Some(T::set()));
                assert_eq!(write!(Counted(0), "{error} {error:?}"), Ok(()));
            }
        }
    }
    assert!(odd <= list.iter().filter(|attr| attr.unknown().is_some()).count());
    let mut visited = Visited(attrs.into_iter());
    assert_eq!(attrs.accept(&mut visited).is_err(), broken.is_some());
    assert!(visited.0.next() == broken, "a visitor sees all up to where the framing is broken");
    // what was read can be sent, and says the same
    let sent = Nest::List(list);
    assert!(sent.iter().map_while(Result::ok).eq(list.iter().copied()), "an attribute is itself");
    let mut visited = Visited(sent.iter());
    assert_eq!(sent.accept(&mut visited), Ok(()));
    assert!(visited.0.next().is_none() && sent.raw().next().is_none(), "a list has no bytes");
    assert!(sent == attrs || broken.is_some(), "what was read is what would be sent");
}

/// Sees that what it visits is what an iterator gives.
struct Visited<I>(I);

impl<T: PartialEq, I: Iterator<Item = Result<T, crate::Error>>> Visitor<T> for Visited<I> {
    type Out = ();

    fn visit(&mut self, attr: T) {
        assert!(self.0.next() == Some(Ok(attr)), "a visitor sees what the walk gives");
    }
}

/// Counts the bytes of a text.
struct Counted(usize);

impl Write for Counted {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Explains every message of a datagram, and what follows the last: the rows joined are the bytes, each lies inside, none
/// is empty, their text is bounded, and the path of an offset leads to a row that holds it.
///
/// # Panics
/// That does not hold.
pub fn explained(datagram: &[u8], protocol: &'static [MessageInfo]) {
    let mut messages = Messages::new(datagram);
    loop {
        let start = messages.offset();
        match messages.next() {
            None => return,
            Some(Ok(_)) => rows(&datagram[start..messages.offset()], protocol),
            Some(Err(_)) => return rows(&datagram[start..], protocol),
        }
    }
}

/// The parts of the kernel that can be talked to.
const PROTOCOLS: core::ops::Range<u16> = 0..22;
/// One in how many of them; where every step is watched, `NETLINK_ROUTE` and `NETLINK_NETFILTER` alone.
const EACH: usize = if cfg!(miri) { 12 } else { 1 };
/// In how many places of a message a path is asked for.
const PLACES: usize = if cfg!(miri) { 2 } else { 8 };

fn rows(whole: &[u8], protocol: &'static [MessageInfo]) {
    let (mut at, mut count) = (0, 0usize);
    let mut text = Counted(0);
    explain(whole, protocol, &mut |row| {
        assert_eq!(row.offset, at, "the rows leave no gap");
        assert!(!row.bytes.is_empty(), "no row is empty");
        assert_eq!(row.bytes, &whole[at..at + row.bytes.len()], "the rows are the message");
        assert!(row.scope >= row.bytes.len() && row.offset + row.scope <= whole.len(), "a row ends inside");
        assert!(row.depth <= explain::MAX_DEPTH, "depth is bounded");
        assert_eq!(write!(text, "{}{}", row.label, row.value), Ok(()));
        let _ = (row.value.inside(), row.value.order(), row.defined_in());
        assert!(!prose(row.doc()).to_string().contains(['`', '[', ']']), "a doc is plain words");
        if let Some(shape) = row.value.shape {
            assert_eq!(write!(Counted(0), "{}", explain::shown(shape, row.bytes)), Ok(()));
        }
        assert!(row.header().len() <= row.bytes.len() && row.padding().len() <= row.scope, "the parts of a row lie inside");
        at += row.bytes.len();
        count += 1;
    });
    assert_eq!(at, whole.len(), "the rows are all of the message");
    // the same in words, for whichever part of the kernel it is, and of expressions what they do
    for netlink in PROTOCOLS.step_by(EACH).map(Netlink) {
        for role in [explain::Role::Request, explain::Role::Reply, explain::Role::Event] {
            assert_eq!(explain::words(whole, netlink, role, &mut Counted(0)), Ok(()));
        }
    }
    // of whichever part it is, it comes back
    if let Some(Ok(message)) = Messages::new(whole).next() {
        let known =
            PROTOCOLS.step_by(EACH).filter_map(|netlink| explain::known(Netlink(netlink), &message.header, message.payload));
        known.for_each(|info| comes_back(info, message.payload));
    }
    let expressions = whole.get(NLMSG_HDRLEN..).unwrap_or_default();
    for start in (0..expressions.len().min(64)).step_by(4) {
        assert_eq!(explain::effect(&expressions[start..], 2, &mut Counted(0)), Ok(()));
    }
    let mut all = 0;
    explain::explain_in(whole, Netlink(whole.get(4).map_or(0, |byte| u16::from(byte % 22))), &mut |row| all += row.bytes.len());
    assert_eq!(all, whole.len(), "as a message of any protocol it has all of its bytes");
    // a name for each row, and for each bit of a value at most
    assert!(text.0 <= 64 * count + 256 * whole.len(), "the text is bounded: {} of {} bytes", text.0, whole.len());
    let step = whole.len() / PLACES + 1;
    for offset in (0..whole.len()).step_by(step) {
        let path = explain::path(whole, protocol, offset);
        let last = path.last().map(|row| (row.offset..row.offset + row.scope).contains(&offset));
        assert_eq!(last, Some(true), "the path leads there");
        assert_eq!(write!(text, "{path}"), Ok(()));
        let other = explain::path_in(whole, Netlink((offset % 22) as u16), offset);
        assert!(
            other.last().is_some_and(|row| (row.offset..row.offset + row.scope).contains(&offset)),
            "so it does in any protocol"
        );
    }
    assert!(explain::path(whole, protocol, whole.len()).last().is_none(), "nothing is past the end");
}

/// Reads the verdicts in a datagram: what they hold lies inside, and all that they can say is said without a panic.
///
/// # Panics
/// That does not hold.
pub fn acknowledgement(datagram: &[u8], protocol: &'static [MessageInfo]) {
    for message in Messages::new(datagram).map_while(Result::ok) {
        let ack = match Ack::parse(&message) {
            Ok(Some(ack)) => ack,
            Ok(None) => continue,
            Err(error) => {
                assert!(error.what.is_framing() && error.offset as usize == NLMSG_HDRLEN);
                continue;
            }
        };
        let request = ack.request.map_or(0, |_| NLMSG_HDRLEN);
        let error = message.payload.len().min(4);
        let ext: usize = ack.ext.raw().map(|raw| raw.whole().len()).sum();
        assert!(error + request + ack.echo.len() + ext <= message.payload.len(), "the parts lie inside");
        for attr in ack.ext.strict() {
            if let Err(error) = attr {
                assert!(error.offset as usize >= NLMSG_HDRLEN);
                assert_eq!(write!(Counted(0), "{error}"), Ok(()));
            }
        }
        if let Some(text) = ack.message() {
            assert_eq!(write!(Counted(0), "{text}"), Ok(()));
        }
        let _ = (ack.missing(), write!(Counted(0), "{ack:?}"));
        if let Some(offset) = ack.offset() {
            let echo = &message.payload[error..error + request + ack.echo.len()];
            assert_eq!(write!(Counted(0), "{}", explain::path(echo, protocol, offset as usize)), Ok(()));
        }
    }
}

/// Takes the first bytes as a seed: what the generator makes of it comes back and explains itself, and if nothing odd was
/// asked for, nothing in it is odd.
///
/// # Panics
/// That does not hold.
pub fn generated(bytes: &[u8]) {
    let mut seed = [0; 8];
    let known = bytes.len().min(8);
    seed[..known].copy_from_slice(&bytes[..known]);
    let seed = u64::from_le_bytes(seed);
    let odd = bytes.get(8).map_or(0, |odd| u32::from(odd % 8));
    let which = bytes.get(9).map_or(0, |which| usize::from(*which));
    for protocol in [route::MESSAGES, nft::MESSAGES] {
        let info = &protocol[which % protocol.len()];
        let mut message = BytesMut::new();
        Gen::half_valid(seed, odd).message(info, &mut message);
        lossless(&message, protocol);
        explained(&message, protocol);
        if odd == 0 {
            explain(&message, protocol, &mut |row| {
                assert!(row.value.wrong.is_none(), "{} of a valid message: {:?}", row.label, row.value.wrong);
                // a struct of another kernel ends anywhere
                assert!(!matches!(row.label, Label::Rest) || row.depth > 0, "a valid message has no rest");
            });
        }
    }
}

/// Mutates a datagram, seeded by its last bytes: the result is within bounds and, like all bytes, comes back. A mutation
/// that the mutator makes depends on nothing but its seed.
///
/// # Panics
/// That does not hold.
pub fn mutated(datagram: &[u8], protocol: &'static [MessageInfo]) {
    let seed = datagram.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
    let max = datagram.len() + 64;
    let mutator = Mutator::new(protocol);
    let once = || {
        let mut data = BytesMut::from(datagram);
        data.resize(max, 0);
        let len = mutator.mutate(&mut data, datagram.len(), max, seed, &mut no_bytes);
        assert!(len <= max, "the mutator keeps to its room");
        data.truncate(len);
        data
    };
    let data = once();
    assert_eq!(data, once(), "a seed says all");
    lossless(&data, protocol);
    let half = datagram.len() / 2;
    let mut out = [0; 512];
    let len = mutator.crossover(&datagram[..half], &data, &mut out, seed);
    assert!(len <= out.len());
    lossless(&out[..len], protocol);
}
