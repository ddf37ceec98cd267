//! A generator of messages, valid and half-valid, for tests and fuzzing. It knows what the tables know.

use bytes::BytesMut;

use crate::frame::{NLA_F_NESTED, NLMSG_HDRLEN, NlMsgHdr, close, open};
use crate::payload::{Attr, Context, FieldInfo, Form, MessageInfo, Names, Pick, Record, Set, Shape};

/// How deep nests go.
const DEPTH: u32 = 6;

/// A source of choices. The same seed makes the same messages.
#[derive(Clone, Debug)]
pub struct Gen {
    state: u64,
    /// One in this many choices is a wrong one; 0 is never.
    odd: u32,
}

impl Gen {
    /// A generator of valid messages.
    pub fn new(seed: u64) -> Gen {
        Gen { state: seed, odd: 0 }
    }

    /// A generator that breaks about one attribute in `odd`: its length, type, flags, or padding.
    pub fn half_valid(seed: u64, odd: u32) -> Gen {
        Gen { state: seed, odd }
    }

    /// The next 64 bits (splitmix64).
    #[allow(clippy::should_implement_trait)] // it never ends
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `end`, which is not 0.
    pub fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end)) as u32
    }

    /// An integer: often small, often an edge.
    pub fn integer(&mut self) -> u64 {
        let any = self.next();
        match any % 5 {
            0 => (any >> 8) % 8,
            1 => u64::MAX,
            2 => 1 << ((any >> 8) % 64),
            3 => any >> 56,
            _ => any,
        }
    }

    /// Fills bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        bytes.iter_mut().for_each(|byte| *byte = self.integer() as u8);
    }

    /// A value, mostly one that has a name.
    pub fn named(&mut self, names: &Names) -> i64 {
        match self.below(8) {
            0 => self.integer() as i64,
            _ if names.names.is_empty() => 0,
            _ => names.names[self.below(names.names.len() as u32) as usize].value,
        }
    }
}

/// What walks the tables, of which only this feature keeps how to make a value.
#[cfg(feature = "fuzz")]
impl Gen {
    fn odd(&mut self) -> bool {
        self.odd != 0 && self.below(self.odd) == 0
    }

    /// Appends a message of this type, with some of its attributes.
    pub fn message(&mut self, info: &MessageInfo, out: &mut BytesMut) {
        let start = out.len();
        let flags = crate::frame::NlmF(self.next() as u16 & 0x0f37);
        NlMsgHdr { nlmsg_len: 0, nlmsg_type: info.number, nlmsg_flags: flags, nlmsg_seq: self.next() as u32, nlmsg_pid: 0 }
            .write(out);
        let family = self.fields(info.header, out).unwrap_or(0);
        self.attrs(info.set_of(flags), Context::new(family), DEPTH, out);
        let len = (out.len() - start) as u32;
        debug_assert!(len as usize >= NLMSG_HDRLEN);
        out[start..start + 4].copy_from_slice(&len.to_ne_bytes());
    }

    /// Appends fields; returns the first byte, which is the address family in headers.
    fn fields(&mut self, fields: &[FieldInfo], out: &mut BytesMut) -> Option<u8> {
        let start = out.len();
        for field in fields {
            (field.shape.make)(self, out);
        }
        if fields.first().is_some_and(|field| field.size == 1) {
            const FAMILIES: [u8; 6] = [0, 2, 10, 7, 1, 5];
            out[start] = FAMILIES[self.below(6) as usize];
        }
        out.get(start).copied()
    }

    /// Appends some attributes of a set.
    pub fn attrs(&mut self, set: &'static Set, mut cx: Context<'static>, depth: u32, out: &mut BytesMut) {
        if depth == 0 {
            return;
        }
        for _ in 0..self.below(6) {
            let (number, shape) = match set.slots {
                Some(shape) => (self.below(8) as u16, shape),
                None if set.attrs.is_empty() => return,
                None => {
                    let attr = &set.attrs[self.below(set.attrs.len() as u32) as usize];
                    (attr.number, attr.shape)
                }
            };
            match shape.form {
                // what a selector picks brings its selector along
                Form::Pick(Pick { slot: Some(slot), keys, .. }) if !keys.is_empty() => {
                    let key = keys[self.below(keys.len() as u32) as usize];
                    let selects = |attr: &&Attr| matches!(attr.shape.form, Form::Selector(s, _) if s == *slot);
                    if let Some(selector) = set.attrs.iter().find(selects) {
                        let start = open(out, selector.number);
                        out.extend_from_slice(key);
                        close_made(out, start);
                        cx.select(*slot, key);
                    }
                }
                // a made selector is any text, which picks nothing
                Form::Selector(slot, _) => cx.select(slot, &[]),
                _ => {}
            }
            self.attr(number, shape, cx, depth, out);
        }
    }

    fn attr(&mut self, number: u16, shape: &'static Shape, cx: Context<'static>, depth: u32, out: &mut BytesMut) {
        let number = if self.odd() { self.next() as u16 } else { number };
        let start = open(out, number);
        let flags = self.value(shape, cx, depth, out);
        let flagged = u16::from_ne_bytes([out[start + 2], out[start + 3]]) | flags;
        out[start + 2..start + 4].copy_from_slice(&flagged.to_ne_bytes());
        if self.odd() {
            let cut = self.below(9) as usize;
            out.resize((out.len() + 4).saturating_sub(cut).max(start + 4), 0xa5);
        }
        close_made(out, start);
        if self.odd() {
            let last = out.len() - 1;
            out[last] ^= 1;
        }
    }

    /// Appends a value of a shape; says which flags its attribute has: of a nest, `NLA_F_NESTED` or none.
    pub fn value(&mut self, shape: &'static Shape, cx: Context<'static>, depth: u32, out: &mut BytesMut) -> u16 {
        match shape.form {
            Form::Leaf | Form::Selector(..) => (shape.make)(self, out),
            Form::Nest(set) => {
                self.attrs(set(), Context::new(cx.family), depth.saturating_sub(1), out);
                return self.nested();
            }
            Form::Record(fields) => {
                let start = out.len();
                self.fields(fields, out);
                if self.below(6) == 0 {
                    let len = self.below((out.len() - start + 8) as u32) as usize;
                    out.resize(start + len, 0);
                }
            }
            Form::Headed(fields, set) => {
                let family = self.fields(fields, out).unwrap_or(0);
                self.attrs(set(), Context::new(family), depth.saturating_sub(1), out);
                return self.nested();
            }
            Form::Hops(fields, set) => {
                for _ in 0..self.below(4) {
                    let start = out.len();
                    self.fields(fields, out);
                    self.attrs(set(), Context::new(cx.family), depth.saturating_sub(1), out);
                    close_made(out, start);
                }
                return self.nested();
            }
            Form::Pick(pick) => match (pick.pick)(&cx) {
                Some(shape) => return self.value(shape, cx, depth, out),
                None => (<&[u8] as crate::Payload<'_>>::SHAPE.make)(self, out),
            },
            // here the flag is not a matter of taste
            Form::ByFlag(_, plain) if self.below(2) == 0 => {
                let _ = self.value(plain, cx, depth, out);
            }
            Form::ByFlag(nested, _) => return self.value(nested, cx, depth, out) | NLA_F_NESTED,
        }
        0
    }

    fn nested(&mut self) -> u16 {
        if self.below(2) == 0 { NLA_F_NESTED } else { 0 }
    }
}

/// Fills in a length; a generated value that is too long is dropped.
fn close_made(out: &mut BytesMut, start: usize) {
    if close(out, start).is_err() {
        out.truncate(start);
    }
}

/// All attributes of a set and of the sets in it, each set once: for those who check the tables.
pub fn sets(roots: &[fn() -> &'static Set], visit: &mut dyn FnMut(&'static Set)) {
    fn add(found: &mut [Option<&'static Set>], set: &'static Set) -> bool {
        for place in found {
            match place {
                Some(known) if core::ptr::eq(*known, set) || (*known == set && set.slots.is_none()) => return false,
                Some(_) => {}
                None => {
                    *place = Some(set);
                    return true;
                }
            }
        }
        false
    }
    fn walk(found: &mut [Option<&'static Set>], set: &'static Set, visit: &mut dyn FnMut(&'static Set)) {
        if add(found, set) {
            visit(set);
            set.attrs.iter().map(|attr: &Attr| attr.shape).chain(set.slots).for_each(|shape| shapes(found, shape, visit));
        }
    }
    fn shapes(found: &mut [Option<&'static Set>], shape: &'static Shape, visit: &mut dyn FnMut(&'static Set)) {
        match shape.form {
            Form::Leaf | Form::Selector(..) | Form::Record(_) => {}
            Form::Nest(set) | Form::Headed(_, set) | Form::Hops(_, set) => walk(found, set(), visit),
            Form::ByFlag(a, b) => [a, b].iter().for_each(|shape| shapes(found, shape, visit)),
            Form::Pick(pick) => {
                let keys = pick.keys.iter().map(|key| {
                    let mut cx = Context::default();
                    (0..2).for_each(|slot| cx.select(slot, key));
                    cx
                });
                let mut before: Option<&'static Shape> = None;
                for cx in keys.chain((0..=u8::MAX).map(Context::new)) {
                    let Some(shape) = (pick.pick)(&cx) else { continue };
                    // most families pick the same
                    if !before.is_some_and(|before| core::ptr::eq(before, shape)) {
                        shapes(found, shape, visit);
                    }
                    before = Some(shape);
                }
            }
        }
    }
    let mut found = [None; 512];
    roots.iter().for_each(|root| walk(&mut found, root(), visit));
}
