//! A mutator that knows netlink: it moves, repeats, nests, makes and breaks attributes, and sets the lengths around them
//! right, or wrong on purpose.

mod map;

use alloc::vec::Vec;
use core::ops::Range;

use bytes::BytesMut;

use self::map::{Kind, Map, Node};
use crate::frame::{NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_HDRLEN, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN, align, close, open};
use crate::make::Gen;
use crate::payload::{Context, MessageInfo};

/// How often one call changes something, at most.
const STEPS: u32 = 4;
/// Lengths that are worth a try.
const LENGTHS: [u32; 12] = [0, 1, 3, 4, 5, 8, 15, 16, 17, 0x7fff, 0xffff, u32::MAX];

/// Changes `data[..len]` in place, which may grow up to `max`; gives the new length: libFuzzer's `LLVMFuzzerMutate`.
pub type Bytes<'b> = dyn FnMut(&mut [u8], usize, usize) -> usize + 'b;

/// For fuzzers that have no mutator of bytes: leaves them as they are.
pub fn no_bytes(_: &mut [u8], len: usize, _: usize) -> usize {
    len
}

/// A structure-aware mutator for the messages of one protocol.
#[derive(Clone, Copy, Debug)]
pub struct Mutator {
    protocol: &'static [MessageInfo],
}

impl Mutator {
    /// A mutator for a protocol's messages: [`route::MESSAGES`](crate::route::MESSAGES),
    /// [`nft::MESSAGES`](crate::nft::MESSAGES), or a list of one's own.
    pub const fn new(protocol: &'static [MessageInfo]) -> Mutator {
        Mutator { protocol }
    }

    /// Changes the datagram `data[..len]`, which may grow up to `max` bytes, and gives its new length. `seed` decides what
    /// is changed. Values, and now and then everything, are left to `bytes`.
    pub fn mutate(&self, data: &mut [u8], len: usize, max: usize, seed: u32, bytes: &mut Bytes<'_>) -> usize {
        let mut make = Gen::half_valid(seed.into(), 24);
        let (len, max) = (len.min(data.len()), max.min(data.len()));
        if make.below(12) == 0 {
            return bytes(data, len, max).min(max);
        }
        let mut work = Work { datagram: data[..len].to_vec(), max, make, protocol: self.protocol, bytes };
        for _ in 0..=work.make.below(STEPS) {
            work.step();
        }
        work.give(data)
    }

    /// Puts attributes of `b` into `a`, and the result into `out`; gives its length.
    pub fn crossover(&self, a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
        let (max, bytes) = (out.len(), &mut no_bytes);
        let make = Gen::half_valid(seed.into(), 24);
        let mut work = Work { datagram: a.to_vec(), max, make, protocol: self.protocol, bytes };
        let donor = Map::of(b, self.protocol);
        for _ in 0..=work.make.below(STEPS) {
            let map = Map::of(&work.datagram, self.protocol);
            let Some(given) = work.pick(&donor, |_| true) else { break };
            let piece = b[given.at..given.next].to_vec();
            match given.kind {
                Kind::Message => {
                    let at = work.pick(&map, |node| node.kind == Kind::Message).map_or(work.datagram.len(), |node| node.next);
                    work.splice(&map, None, at..at, &piece);
                }
                _ => match work.pick_list(&map, |node| node.inside == given.own) {
                    Some(list) => work.insert(&map, list, &piece),
                    None => break,
                },
            }
        }
        work.give(out)
    }
}

/// A datagram that is being changed.
struct Work<'b, 'f> {
    datagram: Vec<u8>,
    max: usize,
    make: Gen,
    protocol: &'static [MessageInfo],
    bytes: &'b mut Bytes<'f>,
}

impl Work<'_, '_> {
    fn give(self, data: &mut [u8]) -> usize {
        let len = self.datagram.len().min(self.max);
        data[..len].copy_from_slice(&self.datagram[..len]);
        len
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.make.below(many) == 0
    }

    /// One of the nodes that will do.
    fn pick(&mut self, map: &Map, will_do: impl Fn(&Node) -> bool) -> Option<Node> {
        let count = map.nodes.iter().filter(|node| will_do(node)).count();
        let nth = self.make.below(count.try_into().ok().filter(|count| *count > 0)?) as usize;
        map.nodes.iter().filter(|node| will_do(node)).nth(nth).copied()
    }

    fn pick_attr(&mut self, map: &Map) -> Option<Node> {
        self.pick(map, |node| node.kind == Kind::Attr)
    }

    /// A node with attributes in it, seven times of eight one that also `suits`.
    fn pick_list(&mut self, map: &Map, suits: impl Fn(&Node) -> bool) -> Option<Node> {
        let any = self.one_in(8);
        let suited = if any { None } else { self.pick(map, |node| node.inside.is_some() && suits(node)) };
        suited.or_else(|| self.pick(map, |node| node.inside.is_some()))
    }

    /// Changes one thing.
    fn step(&mut self) {
        let map = Map::of(&self.datagram, self.protocol);
        let attr = self.pick_attr(&map);
        match (self.make.below(16), attr) {
            (0, _) => self.add_message(&map),
            (1, _) => self.change_header(&map),
            (2, _) => self.move_message(&map),
            (3, _) => self.break_length(&map),
            (4, _) => {
                let cut = self.make.below(self.datagram.len() as u32 + 1) as usize;
                self.datagram.truncate(cut.max(NLMSG_HDRLEN));
            }
            (5..=7, _) | (_, None) => self.make_attr(&map),
            (8, Some(attr)) => self.splice(&map, attr.parent, attr.at..attr.next, &[]),
            (9, Some(attr)) => {
                let times = 1 + self.make.below(3) as usize;
                let copies = self.datagram[attr.at..attr.next].repeat(times);
                self.splice(&map, attr.parent, attr.next..attr.next, &copies);
            }
            (10, Some(attr)) => self.swap(&map, attr),
            (11, Some(attr)) => self.nest(&map, attr),
            (12, Some(attr)) => self.change_type(attr),
            (_, Some(attr)) => self.change_value(&map, attr),
        }
    }

    /// Replaces a range that lies in node `parent`, and sets the lengths of all nodes around it right.
    fn splice(&mut self, map: &Map, parent: Option<usize>, range: Range<usize>, with: &[u8]) {
        let grown = self.datagram.len() - range.len() + with.len();
        if grown > self.max {
            return;
        }
        let by = with.len() as i64 - range.len() as i64;
        // one in many stays wrong
        if !self.one_in(32) {
            map.around(parent).for_each(|node| node.grow(&mut self.datagram, by));
        }
        self.datagram.splice(range, with.iter().copied());
    }

    /// Puts a piece at the end of a list, or before one of its attributes.
    fn insert(&mut self, map: &Map, list: Node, piece: &[u8]) {
        let index = map.index(&list);
        let before = self.pick(map, |node| node.parent == index && node.kind == Kind::Attr);
        match before {
            Some(attr) if self.one_in(2) => self.splice(map, index, attr.at..attr.at, piece),
            _ => self.splice(map, index, list.end..list.end, piece),
        }
    }

    fn add_message(&mut self, map: &Map) {
        let mut made = BytesMut::new();
        match self.make.below(6) {
            // the kernel's word on a message that is there, or on none
            0 => {
                let of = self.pick(map, Node::is_whole_message);
                let echo = of.map_or(&[0; NLMSG_HDRLEN][..], |node| &self.datagram[node.at..node.end]);
                let ends = self.make.below(3);
                let capped = if ends == 0 { NLMSG_HDRLEN } else { echo.len() };
                let flags = (u16::from(ends == 0) << 8) | if self.make.below(2) == 0 { 0x200 } else { 0 };
                let kind = if ends == 2 { NLMSG_DONE.0 } else { NLMSG_ERROR.0 };
                let error = -(self.make.below(100) as i32);
                made.extend_from_slice(&[0; 4]);
                made.extend_from_slice(&kind.to_ne_bytes());
                made.extend_from_slice(&flags.to_ne_bytes());
                made.extend_from_slice(echo.get(8..16).unwrap_or(&[0; 8]));
                made.extend_from_slice(&error.to_ne_bytes());
                if ends < 2 {
                    made.extend_from_slice(&echo[..capped]);
                    made.resize(align(made.len()), 0);
                }
                if flags & 0x200 != 0 {
                    self.make.attrs(map::ext(), Context::new(0), 3, &mut made);
                }
                let len = made.len() as u32;
                made[..4].copy_from_slice(&len.to_ne_bytes());
            }
            _ if !self.protocol.is_empty() => {
                let info = &self.protocol[self.make.below(self.protocol.len() as u32) as usize];
                self.make.message(info, &mut made);
            }
            _ => return,
        }
        let at = if self.one_in(2) { 0 } else { self.datagram.len() };
        let at = self.pick(map, |node| node.kind == Kind::Message).map_or(at, |node| node.next);
        self.splice(map, None, at..at, &made);
    }

    /// Another type, other flags, another number or sender.
    fn change_header(&mut self, map: &Map) {
        let Some(message) = self.pick(map, Node::is_whole_message) else { return self.add_message(map) };
        let header = message.at;
        match self.make.below(6) {
            0 => {
                let wild = self.make.next() as u16;
                let common = self.make.below(6) as u16;
                let kind = if self.one_in(2) { common } else { wild };
                self.put(header + 4, &kind.to_ne_bytes());
            }
            1 if !self.protocol.is_empty() => {
                let info = &self.protocol[self.make.below(self.protocol.len() as u32) as usize];
                self.put(header + 4, &info.number.to_ne_bytes());
            }
            2 => {
                let bit = 1u16 << self.make.below(12);
                let flags = u16::from_ne_bytes([self.datagram[header + 6], self.datagram[header + 7]]);
                self.put(header + 6, &(flags ^ bit).to_ne_bytes());
            }
            3 => {
                let seq = self.make.integer() as u32;
                self.put(header + 8, &seq.to_ne_bytes());
            }
            4 => {
                let port = self.make.integer() as u32;
                self.put(header + 12, &port.to_ne_bytes());
            }
            // the fixed header, of which the family is the first byte
            _ => {
                let fixed = message.inner - header - NLMSG_HDRLEN;
                if fixed > 0 {
                    let families = [0, 1, 2, 5, 7, 10];
                    let at = header + NLMSG_HDRLEN;
                    if self.one_in(2) {
                        self.datagram[at] = families[self.make.below(6) as usize];
                    } else {
                        let at = at + self.make.below(fixed as u32) as usize;
                        self.datagram[at] = self.make.integer() as u8;
                    }
                }
            }
        }
    }

    fn move_message(&mut self, map: &Map) {
        let Some(message) = self.pick(map, |node| node.kind == Kind::Message) else { return };
        let whole = self.datagram[message.at..message.next].to_vec();
        match self.make.below(3) {
            0 => self.splice(map, None, message.at..message.next, &[]),
            1 => self.splice(map, None, message.at..message.at, &whole),
            _ => {
                self.splice(map, None, message.at..message.next, &[]);
                let end = self.datagram.len();
                if end + whole.len() <= self.max {
                    self.datagram.extend_from_slice(&whole);
                }
            }
        }
    }

    /// A length that lies, a little or a lot.
    fn break_length(&mut self, map: &Map) {
        let Some(node) = self.pick(map, |_| true) else { return };
        let near = self.make.below(17) as i64 - 8;
        if self.one_in(2) {
            node.grow(&mut self.datagram, near);
        } else {
            let len = LENGTHS[self.make.below(LENGTHS.len() as u32) as usize];
            node.set_len(&mut self.datagram, len);
        }
    }

    /// An attribute of the set that a list has, as the generator makes it.
    fn make_attr(&mut self, map: &Map) {
        let Some(list) = self.pick_list(map, |_| true) else { return self.add_message(map) };
        let Some(set) = list.inside else { return };
        let mut made = BytesMut::new();
        let depth = 1 + self.make.below(4);
        // one in six lists is made empty
        for _ in 0..3 {
            self.make.attrs(set, Context::new(list.family), depth, &mut made);
            if !made.is_empty() {
                break;
            }
        }
        self.insert(map, list, &made);
    }

    /// Two attributes change places, of one list or of two.
    fn swap(&mut self, map: &Map, attr: Node) {
        let same = !self.one_in(4);
        let apart = |node: &Node| node.kind == Kind::Attr && (node.next <= attr.at || node.at >= attr.next);
        let Some(other) = self.pick(map, |node| apart(node) && (!same || node.parent == attr.parent)) else { return };
        let (first, second) = if attr.at < other.at { (attr, other) } else { (other, attr) };
        let pieces = [first, second].map(|node| self.datagram[node.at..node.next].to_vec());
        // from behind, so that what is in front stays where the map says
        self.splice(map, second.parent, second.at..second.next, &pieces[0]);
        self.splice(map, first.parent, first.at..first.next, &pieces[1]);
    }

    /// An attribute moves into another one, or takes the place of the one that it is in.
    fn nest(&mut self, map: &Map, attr: Node) {
        let whole = self.datagram[attr.at..attr.next].to_vec();
        match self.make.below(3) {
            // inside one of its own kind, or of any
            0 => {
                let number = u16::from_ne_bytes([whole[2], whole[3]]);
                let number = if self.one_in(2) { number } else { self.make.below(64) as u16 };
                let mut around = BytesMut::new();
                let start = open(&mut around, number | if self.one_in(2) { NLA_F_NESTED } else { 0 });
                around.extend_from_slice(&whole);
                if close(&mut around, start).is_ok() {
                    self.splice(map, attr.parent, attr.at..attr.next, &around);
                }
            }
            1 => {
                let Some(list) = self.pick_list(map, |node| node.inside == attr.own) else { return };
                // not into itself
                let within = attr.at <= list.at && list.next <= attr.next;
                self.insert(map, list, &whole);
                if !within && list.end <= attr.at && self.one_in(2) {
                    let again = Map::of(&self.datagram, self.protocol);
                    let moved = again.nodes.iter().rev().find(|node| self.datagram[node.at..node.next] == whole).copied();
                    if let Some(moved) = moved {
                        self.splice(&again, moved.parent, moved.at..moved.next, &[]);
                    }
                }
            }
            _ => {
                let inner = self.datagram[attr.inner..attr.end].to_vec();
                self.splice(map, attr.parent, attr.at..attr.next, &inner);
            }
        }
    }

    /// Another number of the same set, another one altogether, or other flags.
    fn change_type(&mut self, attr: Node) {
        let at = attr.at + 2;
        let kind = u16::from_ne_bytes([self.datagram[at], self.datagram[at + 1]]);
        let kind = match (self.make.below(4), attr.own.map(|set| set.attrs)) {
            (0, _) => kind ^ NLA_F_NESTED,
            (1, _) => kind ^ NLA_F_NET_BYTEORDER,
            (2, Some(attrs)) if !attrs.is_empty() => attrs[self.make.below(attrs.len() as u32) as usize].number,
            _ => self.make.integer() as u16,
        };
        self.put(at, &kind.to_ne_bytes());
    }

    /// A value of the attribute's shape, or of a wrong length, or whatever the fuzzer likes; or wrong padding.
    fn change_value(&mut self, map: &Map, attr: Node) {
        let len = attr.end - attr.inner;
        let mut kind = u16::from_ne_bytes([self.datagram[attr.at + 2], self.datagram[attr.at + 3]]);
        let mut value = BytesMut::from(&self.datagram[attr.inner..attr.end]);
        match (self.make.below(8), attr.shape) {
            (0, _) if attr.next > attr.end => {
                let at = attr.end + self.make.below((attr.next - attr.end) as u32) as usize;
                self.datagram[at] ^= 1;
                return;
            }
            (1, _) => {
                let len = (len + self.make.below(9) as usize).saturating_sub(4);
                value.resize(len, 0xa5);
            }
            (2, _) => value.truncate(self.make.below(len as u32 + 1) as usize),
            (3, _) if len > 0 => {
                let at = self.make.below(len as u32) as usize;
                value[at] = self.make.integer() as u8;
            }
            (4 | 5, Some(shape)) => {
                value.clear();
                kind = (kind & !NLA_F_NESTED) | self.make.value(shape, Context::new(attr.family), 3, &mut value);
            }
            _ => {
                // room for what the fuzzer likes to put in
                let max = len + 64;
                value.resize(max, 0);
                let len = (self.bytes)(&mut value, len, max);
                value.truncate(len);
            }
        }
        let mut whole = BytesMut::new();
        let start = open(&mut whole, kind);
        whole.extend_from_slice(&value);
        if close(&mut whole, start).is_ok() {
            debug_assert!(whole.len() >= NLA_HDRLEN);
            self.splice(map, attr.parent, attr.at..attr.next, &whole);
        }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.datagram.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Messages;
    use crate::fuzz::{lossless, mutated};
    use crate::{nft, route};

    /// How many are tried; fewer where every step is watched.
    const ROUNDS: u32 = if cfg!(miri) { 12 } else { 2000 };

    /// What is changed stays within bounds, and most of it can still be walked to its end: that is what the mutator is for.
    #[test]
    fn most_mutations_keep_the_lengths_right() {
        for protocol in [route::MESSAGES, nft::MESSAGES] {
            let (mut walked, mut changed) = (0, 0);
            for seed in 0..ROUNDS {
                let mut start = BytesMut::new();
                let info = &protocol[seed as usize % protocol.len()];
                Gen::new(seed.into()).message(info, &mut start);
                let len = start.len();
                let before = start.clone();
                start.resize(len + 256, 0);
                let len = Mutator::new(protocol).mutate(&mut start, len, len + 256, seed, &mut no_bytes);
                start.truncate(len);
                lossless(&start, protocol);
                changed += u32::from(start != before);
                walked += u32::from(Messages::new(&start).all(|message| message.is_ok()));
            }
            assert!(changed > ROUNDS / 4 * 3, "{changed} of {ROUNDS} changed");
            assert!(walked > ROUNDS / 3 * 2, "{walked} of {ROUNDS} can be walked");
        }
    }

    #[test]
    fn anything_can_be_mutated() {
        let mut make = Gen::new(3);
        let mut bytes = [0; 160];
        for round in 0..ROUNDS as usize {
            make.fill(&mut bytes);
            let len = round % bytes.len();
            if len >= 16 && round % 2 == 0 {
                bytes[..4].copy_from_slice(&(len as u32).to_ne_bytes());
                let info = &route::MESSAGES[round % route::MESSAGES.len()];
                bytes[4..6].copy_from_slice(&info.number.to_ne_bytes());
            }
            mutated(&bytes[..len], route::MESSAGES);
        }
    }
}
