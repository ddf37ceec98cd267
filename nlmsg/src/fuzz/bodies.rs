//! What must hold for any bytes. Each body panics where it does not.

use core::fmt::{self, Write};

use bytes::BytesMut;

use super::mutate::{Mutator, no_bytes};
use crate::ack::Ack;
use crate::explain::{self, Label, explain};
use crate::frame::{self, Messages, NLA_HDRLEN, NLMSG_HDRLEN, Netlink, RawAttrs, align};
use crate::make::Gen;
use crate::payload::{AttrSet, Headed, MessageInfo, Record, Visitor};
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
    let mut again = BytesMut::new();
    for message in Messages::new(datagram).map_while(Result::ok) {
        let known = protocol.iter().find(|info| info.number == message.header.nlmsg_type);
        if let Some(info) = known.filter(|_| !message.payload.is_empty()) {
            again.clear();
            let read = (info.again)(message.payload, &mut again);
            assert_eq!(read, Ok(()), "{} is read", info.name);
            assert_eq!(again, message.payload, "{} comes back", info.name);
        }
    }
}

/// Reads every message of a datagram as all the types of its protocol's bodies, whatever its own type says: by the walk, by
/// the strict walk, by the walk over raw attributes and as a text, which are of one mind.
///
/// # Panics
/// They are not.
pub fn typed(datagram: &[u8]) {
    fn one<'a, H: Record + fmt::Debug + PartialEq, T: AttrSet<'a> + PartialEq>(body: Result<Headed<'a, H, T>, crate::Error>) {
        let Ok(body) = body else { return };
        let attrs = body.attrs;
        let walked = attrs.iter().take_while(Result::is_ok).count();
        assert_eq!(attrs.raw().count(), walked, "raw attributes are as many");
        let broken = attrs.iter().nth(walked);
        let mut odd = 0;
        for attr in attrs.strict() {
            match attr {
                Ok(_) => {}
                Err(error) if error.what.is_framing() => assert!(matches!(broken, Some(Err(last)) if last == error)),
                Err(error) => {
                    odd += 1;
                    assert_eq!(error.set, Some(T::set()));
                    assert_eq!(write!(Counted(0), "{error}"), Ok(()));
                }
            }
        }
        assert!(odd <= attrs.iter().map_while(Result::ok).filter(|attr| attr.unknown().is_some()).count());
        for attr in attrs.into_iter().map_while(Result::ok) {
            let same = attr;
            assert!(attr == same, "an attribute is itself");
        }
        let same = body;
        assert!(body == same, "a body is itself");
        let mut visited = Visited(0);
        assert_eq!(attrs.accept(&mut visited).is_err(), broken.is_some());
        assert_eq!(visited.0, walked, "a visitor sees as many");
        assert_eq!(write!(Counted(0), "{body:?}"), Ok(()));
    }
    for message in Messages::new(datagram).map_while(Result::ok) {
        match message.header.nlmsg_type {
            0..2560 => {
                one(message.body::<route::Link<'_>>());
                one(message.body::<route::Addr<'_>>());
                one(message.body::<route::Route<'_>>());
                one(message.body::<route::Neigh<'_>>());
                one(message.body::<route::NeighTbl<'_>>());
                one(message.body::<route::Rule<'_>>());
                one(message.body::<route::Nsid<'_>>());
                one(message.body::<route::Netconf<'_>>());
                one(message.body::<route::Stats<'_>>());
                one(message.body::<route::StatsRequest<'_>>());
                one(message.body::<route::Vlan<'_>>());
                one(message.body::<route::VlanRequest<'_>>());
                one(message.body::<route::Tunnel<'_>>());
            }
            _ => {
                one(message.body::<nft::Table<'_>>());
                one(message.body::<nft::Chain<'_>>());
                one(message.body::<nft::Rule<'_>>());
                one(message.body::<nft::Set<'_>>());
                one(message.body::<nft::SetElems<'_>>());
                one(message.body::<nft::Gen<'_>>());
                one(message.body::<nft::Obj<'_>>());
                one(message.body::<nft::Flowtable<'_>>());
                one(message.body::<nft::Trace<'_>>());
                one(message.body::<nft::BatchMark<'_>>());
                one(message.body::<nft::Compat<'_>>());
            }
        }
    }
}

/// Counts attributes.
struct Visited(usize);

impl<T> Visitor<T> for Visited {
    type Out = ();

    fn visit(&mut self, _: T) {
        self.0 += 1;
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
        let _ = (row.value.inside(), row.value.order(), row.doc(), row.defined_in());
        assert!(row.header().len() <= row.bytes.len() && row.padding().len() <= row.scope, "the parts of a row lie inside");
        at += row.bytes.len();
        count += 1;
    });
    assert_eq!(at, whole.len(), "the rows are all of the message");
    // the same in words, for whichever part of the kernel it is, and of expressions what they do
    for netlink in (0..22).map(Netlink) {
        for role in [explain::Role::Request, explain::Role::Reply, explain::Role::Event] {
            assert_eq!(explain::words(whole, netlink, role, &mut Counted(0)), Ok(()));
        }
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
    let step = whole.len() / 8 + 1;
    for offset in (0..whole.len()).step_by(step) {
        let path = explain::path(whole, protocol, offset);
        let last = path.last().map(|row| (row.offset..row.offset + row.scope).contains(&offset));
        assert_eq!(last, Some(true), "the path leads there");
        assert_eq!(write!(text, "{path}"), Ok(()));
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
