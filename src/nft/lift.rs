//! Expressions to statements: follows values through the registers, names packet fields by what the matches
//! before have made sure of, and drops the matches that their text implies.

use std::collections::BTreeMap;

use nlmsg::nft::*;

use super::expr::{Expr, Value};
use super::keys::{self, Key, LINK, NETWORK, Proto, TRANSPORT};
use super::lower::wire;
use super::nat::Nat;
use super::needs::implied;
use super::sets::{Known, Part};
use super::stmt::{Op, Right, SetRef, Source, Stmt};
use super::types::{self, Style, Type};

/// What a register holds.
#[derive(Clone, Debug)]
enum Held {
    /// A key, after AND and XOR, and whether it was turned to network order.
    Key {
        key: Key,
        ops: Option<(Vec<u8>, Vec<u8>)>,
        turned: bool,
    },
    Const(Vec<u8>),
    Map(Vec<Key>, SetRef),
}

/// A rule on its way to statements.
pub(super) struct Lift<'a> {
    pub(super) family: u8,
    protos: [Option<&'static Proto>; 3],
    /// For each header the match that made sure of it, while nothing used it.
    deps: [Option<usize>; 3],
    regs: BTreeMap<u32, Held>,
    sets: &'a dyn Known,
    out: Vec<Option<Stmt>>,
}

/// Reads a rule of a table of this family.
pub(super) fn lift(exprs: &[Expr], family: u8, sets: &dyn Known) -> Vec<Stmt> {
    let mut protos = [None; 3];
    protos[NETWORK as usize] = Proto::family(family);
    protos[LINK as usize] = matches!(family, 5 | 7).then_some(keys::ETHER);
    let mut l = Lift { family, protos, deps: [None; 3], regs: BTreeMap::new(), sets, out: Vec::new() };
    let mut rest = exprs;
    while let Some((expr, next)) = rest.split_first() {
        rest = next;
        if let (Expr::Cmp { sreg, op: NFT_CMP_GTE, value: from }, Some(Expr::Cmp { sreg: other, op: NFT_CMP_LTE, value: to })) =
            (expr, rest.first())
            && sreg == other
        {
            rest = &rest[1..];
            l.range(*sreg, Op::Eq, from, to);
            continue;
        }
        l.expr(expr);
    }
    l.out.into_iter().flatten().collect()
}

/// A rule's text. Reject statements need to know the packets' family.
pub(super) fn show(exprs: &[Expr], family: u8, sets: &dyn Known, style: Style) -> String {
    lift(exprs, family, sets).iter().map(|stmt| stmt.show(style)).collect::<Vec<_>>().join(" ")
}

/// A register's place, in pieces of four bytes.
fn place(reg: u32) -> u32 {
    if reg < 8 { reg.saturating_sub(1) * 4 } else { reg - 8 }
}

impl Lift<'_> {
    fn push(&mut self, stmt: Stmt) {
        if let Stmt::Match { keys, .. } | Stmt::Vmap { keys, .. } | Stmt::Dynset { keys, .. } = &stmt {
            let used: Vec<&'static Proto> = keys
                .iter()
                .flat_map(|key| match key {
                    Key::Hash { keys, .. } => keys.iter().collect(),
                    key => vec![key],
                })
                .filter_map(|key| if let Key::Field(proto, _) = key { Some(*proto) } else { None })
                .collect();
            used.into_iter().for_each(|proto| self.used(proto));
        }
        if let Some((key, number)) = stmt.equals()
            && let Some((base, proto)) = implied(key, number, self.family)
        {
            self.protos[base as usize] = Some(proto);
            self.deps[base as usize] = Some(self.out.len());
        }
        if !matches!(stmt, Stmt::Match { .. }) {
            self.deps = [None; 3];
        }
        self.out.push(Some(stmt));
    }

    /// A field of this header is named: what made sure of the header need not be.
    fn used(&mut self, proto: &'static Proto) {
        let base = proto.base as usize;
        let Some(at) = self.deps[base] else { return };
        let by_network = |stmt: &Stmt| matches!(stmt.equals(), Some((Key::Field(proto, _), _)) if proto.base == NETWORK);
        if base == TRANSPORT as usize && matches!(self.family, 1 | 5 | 7) && self.out[at].as_ref().is_some_and(by_network) {
            return;
        }
        // any protocol could have these fields
        if proto == keys::TH {
            return;
        }
        self.out[at] = None;
        self.deps[base] = None;
        let network = match proto.name {
            "icmp" => Some(keys::IP),
            "icmpv6" => Some(keys::IP6),
            _ => None,
        };
        if network.is_some()
            && network == self.protos[NETWORK as usize]
            && let Some(at) = self.deps[NETWORK as usize].take()
        {
            self.out[at] = None;
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if let Some(nat) = Nat::lift(expr, self) {
            return self.push(Stmt::Nat(nat));
        }
        match expr {
            Expr::Immediate { dreg: 0, value: Value::Verdict(code, chain) } => self.push(Stmt::Verdict(*code, chain.clone())),
            Expr::Immediate { dreg, value: Value::Bytes(bytes) } => self.hold(*dreg, Held::Const(bytes.clone())),
            Expr::Cmp { sreg, op, value } => self.compare(*sreg, *op, value),
            Expr::Range { sreg, op, from, to } => {
                self.range(*sreg, if *op == NFT_RANGE_NEQ { Op::Ne } else { Op::Eq }, from, to);
            }
            Expr::Bitwise { sreg, dreg, mask, xor, .. } => {
                let held = match self.regs.get(&place(*sreg)) {
                    Some(Held::Key { key, ops: None, turned }) => {
                        Some(Held::Key { key: key.clone(), ops: Some((mask.clone(), xor.clone())), turned: *turned })
                    }
                    _ => None,
                };
                self.put_or_unknown(*dreg, held, "bitwise");
            }
            Expr::Byteorder { sreg, dreg, .. } => {
                let held = match self.regs.get(&place(*sreg)) {
                    Some(Held::Key { key, ops, .. }) => Some(Held::Key { key: key.clone(), ops: ops.clone(), turned: true }),
                    _ => None,
                };
                self.put_or_unknown(*dreg, held, "byteorder");
            }
            Expr::Lookup { set, sreg, dreg, inverted, .. } => self.lookup(set, *sreg, *dreg, *inverted),
            Expr::MetaSet { key, sreg } => {
                let key = keys::META.iter().find(|row| row.number == *key).map(Key::Meta);
                self.assign(key, *sreg, "meta");
            }
            Expr::CtSet { key, sreg, dir } => {
                let key = keys::CT.iter().find(|row| row.number == *key).map(|row| Key::Ct(row, *dir));
                self.assign(key, *sreg, "ct");
            }
            Expr::TcpOptionSet { sreg, kind, offset, len } => {
                let key = tcp_option(*kind, *offset, *len, false);
                self.assign(key, *sreg, "exthdr");
            }
            Expr::PayloadSet { sreg, base, offset, len, .. } => self.assign_field(*sreg, (*base, offset * 8, len * 8)),
            Expr::Dynset { set, op, key, data, timeout, exprs, .. } => {
                let keys = self.sets.sizes(set).and_then(|sizes| self.keys_at(*key, &sizes));
                let data = data.and_then(|reg| self.source(reg, types::HOST_INTEGER));
                match keys {
                    Some(keys) => {
                        self.push(Stmt::Dynset { op: *op, set: set.clone(), keys, data, timeout: *timeout, exprs: exprs.clone() })
                    }
                    None => self.push(Stmt::Unknown("dynset".into())),
                }
            }
            Expr::ObjrefMap { set, sreg, .. } => {
                let keys = self.sets.sizes(set).and_then(|sizes| self.keys_at(*sreg, &sizes));
                match (keys, self.sets.object(set)) {
                    (Some(keys), Some(kind)) => {
                        let set = self.set_ref(set, &keys);
                        self.push(Stmt::ObjectMap { kind, keys, set });
                    }
                    _ => self.push(Stmt::Unknown("objref".into())),
                }
            }
            Expr::Dup { addr, dev } => {
                let ty = if self.family == 10 { types::IPV6_ADDR } else { types::IPV4_ADDR };
                let addr = addr.and_then(|reg| self.source(reg, ty));
                let dev = dev.and_then(|reg| self.source(reg, types::IFACE_INDEX));
                self.push(Stmt::Dup { fwd: false, addr, dev });
            }
            Expr::Fwd { dev } => {
                let dev = self.source(*dev, types::IFACE_INDEX);
                self.push(Stmt::Dup { fwd: true, addr: None, dev });
            }
            Expr::Reject { kind, code } => self.reject(*kind, *code),
            Expr::Other(name) => {
                // it can have written to any register
                self.regs.clear();
                self.push(Stmt::Unknown(name.clone()));
            }
            expr => match self.loaded(expr) {
                Some((dreg, Some(key))) => self.hold(dreg, Held::Key { key, ops: None, turned: false }),
                Some((dreg, None)) => {
                    self.regs.remove(&place(dreg));
                    self.push(Stmt::Unknown("load".into()));
                }
                None => self.push(Stmt::Simple(expr.clone())),
            },
        }
    }

    fn hold(&mut self, reg: u32, held: Held) {
        self.regs.insert(place(reg), held);
    }

    fn put_or_unknown(&mut self, reg: u32, held: Option<Held>, name: &str) {
        match held {
            Some(held) => self.hold(reg, held),
            None => {
                self.regs.remove(&place(reg));
                self.push(Stmt::Unknown(name.into()));
            }
        }
    }

    /// The register and the key, if the expression loads one; no key if it is one that we do not know.
    fn loaded(&self, expr: &Expr) -> Option<(u32, Option<Key>)> {
        Some(match expr {
            Expr::Payload { dreg, base, offset, len } => (*dreg, Some(Key::Raw(*base, offset * 8, len * 8))),
            Expr::Meta { key, dreg } => (*dreg, keys::META.iter().find(|row| row.number == *key).map(Key::Meta)),
            Expr::Ct { key, dreg, dir } => (*dreg, keys::CT.iter().find(|row| row.number == *key).map(|row| Key::Ct(row, *dir))),
            Expr::Rt { key, dreg } => (*dreg, keys::RT.iter().find(|row| row.number == *key).map(Key::Rt)),
            Expr::Socket { key, dreg } => (*dreg, keys::SOCKET.iter().find(|row| row.number == *key).map(Key::Socket)),
            Expr::Fib { flags, result, dreg } => {
                (*dreg, keys::FIB.iter().find(|row| row.number == *result).map(|row| Key::Fib(*flags, row)))
            }
            Expr::TcpOption { dreg, kind, offset, len, present } => (*dreg, tcp_option(*kind, *offset, *len, *present)),
            Expr::Numgen { dreg, random, modulus, offset } => {
                (*dreg, Some(Key::Numgen { random: *random, modulus: *modulus, offset: *offset }))
            }
            Expr::Hash { sreg, dreg, len, modulus, seed, offset } => {
                let keys = match sreg {
                    None => Some(Vec::new()),
                    Some(sreg) => self.keys_of_length(*sreg, *len),
                };
                let seed = sreg.and(*seed).filter(|&seed| seed != 0);
                (*dreg, keys.map(|keys| Key::Hash { keys, modulus: *modulus, seed, offset: *offset }))
            }
            _ => return None,
        })
    }

    /// The keys that lie side by side from a register on, `len` bytes in all.
    fn keys_of_length(&self, reg: u32, len: u32) -> Option<Vec<Key>> {
        let (mut at, mut left, mut keys) = (place(reg), len, Vec::new());
        while left > 0 {
            let Some(Held::Key { key, .. }) = self.regs.get(&at) else { return None };
            let key = self.named(key, None);
            let padded = key.size().div_ceil(4) * 4;
            left = left.saturating_sub(padded);
            at += padded / 4;
            keys.push(key);
        }
        Some(keys)
    }

    /// The keys in registers from `reg` on, one for each part of a set's key.
    fn keys_at(&self, reg: u32, sizes: &[u32]) -> Option<Vec<Key>> {
        let mut at = place(reg);
        let mut keys = Vec::new();
        for size in sizes {
            let Some(Held::Key { key, ops, .. }) = self.regs.get(&at) else { return None };
            keys.push(self.named(key, ops.as_ref().map(|(mask, _)| mask.as_slice())));
            at += size.div_ceil(4);
        }
        Some(keys)
    }

    /// The headers that a field of this base can be in, likeliest first.
    fn candidates(&self, base: u32) -> Vec<&'static Proto> {
        match (base, self.protos.get(base as usize).copied().flatten()) {
            (LINK, Some(proto)) if proto == keys::VLAN => vec![keys::VLAN, keys::ETHER],
            (_, Some(proto)) => vec![proto],
            (TRANSPORT, None) => vec![keys::TH],
            _ => Vec::new(),
        }
    }

    /// The field that a raw key is, all of it or as much as the mask leaves; else the raw key.
    fn named(&self, key: &Key, mask: Option<&[u8]>) -> Key {
        let Key::Raw(base, offset, bits) = key else { return key.clone() };
        let (mut offset_of, mut bits_of) = (*offset, *bits);
        if let Some(mask) = mask {
            if mask.len() > 16 {
                return key.clone();
            }
            let number = mask.iter().fold(0u128, |number, &byte| number << 8 | u128::from(byte));
            let unused = 128 - mask.len() as u32 * 8;
            offset_of += number.leading_zeros() - unused.min(number.leading_zeros());
            bits_of = number.count_ones();
        }
        let protos = self.candidates(*base);
        let fields = protos.iter().flat_map(|proto| proto.fields.iter().map(move |field| (*proto, field)));
        let found = fields.into_iter().find(|(_, field)| field.offset == offset_of && field.bits == bits_of);
        found.map_or_else(|| key.clone(), |(proto, field)| Key::Field(proto, field))
    }

    /// Whether a mask leaves exactly a field that does not fill its bytes.
    fn odd_field(&self, key: &Key, mask: &[u8]) -> Option<Key> {
        let found = self.named(key, Some(mask));
        let Key::Field(_, field) = &found else { return None };
        let whole = field.offset % 8 == 0 && field.bits % 8 == 0;
        let ones = vec![0xff; field.bits.div_ceil(8) as usize];
        let fits = !whole && wire(&found, &trimmed(ones, field.bits)) == mask;
        fits.then_some(found)
    }

    fn compare(&mut self, sreg: u32, op: CmpOp, value: &[u8]) {
        let Some(Held::Key { key, ops, turned }) = self.regs.get(&place(sreg)).cloned() else {
            return self.push(Stmt::Unknown("cmp".into()));
        };
        let op = match op {
            NFT_CMP_EQ => Op::Eq,
            NFT_CMP_NEQ => Op::Ne,
            NFT_CMP_LT => Op::Lt,
            NFT_CMP_GT => Op::Gt,
            NFT_CMP_LTE => Op::Le,
            _ => Op::Ge,
        };
        let exact = matches!(op, Op::Eq | Op::Ne);
        let one = |key: Key, mask, op, right| Stmt::Match { keys: vec![key], mask, op, right };
        if let Some((mask, xor)) = &ops {
            if xor.iter().any(|&byte| byte != 0) {
                return self.push(Stmt::Unknown("bitwise".into()));
            }
            if let Some(field) = self.odd_field(&key, mask) {
                let right = Right::Value(unwire(&field, value));
                return self.push(one(field, None, op, right));
            }
            let key = self.named(&key, None);
            let host = |bytes: &[u8]| if turned { bytes.to_vec() } else { key.wire(bytes) };
            let (mask, value) = (host(mask), host(value));
            let zero = value.iter().all(|&byte| byte == 0);
            let ty = key.ty();
            let len = prefix_length(&mask);
            let bits = ty.flags() || matches!(ty.kind, types::Kind::Label);
            let stmt = match (op, len) {
                (Op::Ne, _) if bits && zero => one(key, None, Op::Eq, Right::Any(mask)),
                (Op::Eq, _) if bits && zero => one(key, None, Op::Eq, Right::NoneOf(mask)),
                _ if bits && exact => one(key, None, op, Right::Masked(value, mask)),
                (_, Some(len)) if ty.prefixes() && exact => one(key, None, op, Right::Prefix(value, len)),
                _ => one(key, Some(mask), op, Right::Value(value)),
            };
            return self.push(stmt);
        }
        if let Key::Raw(base, offset, bits) = key {
            if exact
                && value.len() as u32 * 8 == bits
                && let Some(fields) = self.split(base, offset, bits, value)
                && (fields.len() == 1 || op == Op::Eq)
            {
                for (field, right) in fields {
                    self.push(one(field, None, op, right));
                }
                return;
            }
            let named = self.named(&key, None);
            return self.push(one(named, None, op, Right::Value(value.to_vec())));
        }
        let size = key.size() as usize;
        let right = match key.ty().kind {
            types::Kind::Text if value.len() < size => Right::Wild(String::from_utf8_lossy(value).into()),
            _ if value.len() < size && !key.host() => {
                let mut whole = value.to_vec();
                whole.resize(size, 0);
                Right::Prefix(whole, value.len() as u32 * 8)
            }
            _ if turned => Right::Value(value.to_vec()),
            _ => Right::Value(key.wire(value)),
        };
        self.push(one(key, None, op, right));
    }

    /// Cuts a comparison of header bytes into the fields that they are.
    fn split(&self, base: u32, offset: u32, bits: u32, value: &[u8]) -> Option<Vec<(Key, Right)>> {
        let protos = self.candidates(base);
        let mut fields = Vec::new();
        let mut at = offset;
        while at < offset + bits {
            let left = offset + bits - at;
            let all = protos.iter().flat_map(|proto| proto.fields.iter().map(move |field| (*proto, field)));
            let (proto, field) =
                all.into_iter().find(|(_, field)| field.offset == at && (field.bits <= left || field.ty.prefixes()))?;
            // the name of no header in particular is given to whole fields only
            if proto == keys::TH && field.bits != bits {
                return None;
            }
            let take = field.bits.min(left);
            let bytes = bits_of(value, at - offset, take);
            let key = Key::Field(proto, field);
            if take < field.bits {
                let mut whole = bytes;
                whole.resize((field.bits / 8) as usize, 0);
                fields.push((key, Right::Prefix(whole, take)));
            } else {
                fields.push((key, Right::Value(bytes)));
            }
            at += take;
        }
        Some(fields)
    }

    fn range(&mut self, sreg: u32, op: Op, from: &[u8], to: &[u8]) {
        let Some(Held::Key { key, ops, turned }) = self.regs.get(&place(sreg)).cloned() else {
            return self.push(Stmt::Unknown("range".into()));
        };
        let mask = ops.map(|(mask, _)| mask);
        let odd = mask.as_ref().and_then(|mask| self.odd_field(&key, mask));
        let key_of = odd.clone().unwrap_or_else(|| self.named(&key, None));
        let side = |bytes: &[u8]| match odd {
            Some(_) => unwire(&key_of, bytes),
            None if turned => bytes.to_vec(),
            None => key_of.wire(bytes),
        };
        let right = Right::Range(side(from), side(to));
        let mask = mask.filter(|_| odd.is_none());
        self.push(Stmt::Match { keys: vec![key_of], mask, op, right });
    }

    fn set_ref(&self, name: &str, keys: &[Key]) -> SetRef {
        let parts: Vec<Part<'_>> = keys.iter().map(Part::Key).collect();
        match self.sets.anonymous(name, &parts) {
            Some(elems) => SetRef::Anonymous(elems),
            None => SetRef::Named(name.into()),
        }
    }

    fn lookup(&mut self, name: &str, sreg: u32, dreg: Option<u32>, inverted: bool) {
        let keys = self.sets.sizes(name).and_then(|sizes| self.keys_at(sreg, &sizes));
        let Some(keys) = keys else { return self.push(Stmt::Unknown("lookup".into())) };
        let set = self.set_ref(name, &keys);
        match dreg {
            None => {
                let op = if inverted { Op::Ne } else { Op::Eq };
                self.push(Stmt::Match { keys, mask: None, op, right: Right::Set(set) });
            }
            Some(0) => self.push(Stmt::Vmap { keys, set }),
            Some(dreg) => {
                for key in &keys {
                    if let Key::Field(proto, _) = key {
                        self.used(proto);
                    }
                }
                self.hold(dreg, Held::Map(keys, set));
            }
        }
    }

    /// What a register holds, as a value of this type.
    pub(super) fn source(&self, reg: u32, ty: &'static Type) -> Option<Source> {
        Some(match self.regs.get(&place(reg))? {
            Held::Const(bytes) => Source::Value(Right::Value(ty.wire(bytes))),
            Held::Map(keys, set) => Source::Map(keys.clone(), set.clone()),
            Held::Key { key, ops, .. } => {
                let key = self.named(key, None);
                let ops = ops.as_ref().map(|(mask, xor)| (key.wire(mask), key.wire(xor)));
                Source::Key(key, ops)
            }
        })
    }

    fn assign(&mut self, key: Option<Key>, sreg: u32, name: &str) {
        let source = key.as_ref().and_then(|key| match self.regs.get(&place(sreg))? {
            Held::Const(bytes) => Some(Source::Value(Right::Value(key.wire(bytes)))),
            _ => self.source(sreg, key.ty()),
        });
        match (key, source) {
            (Some(key), Some(source)) => self.push(Stmt::Assign { key, source }),
            _ => self.push(Stmt::Unknown(name.into())),
        }
    }

    fn assign_field(&mut self, sreg: u32, (base, offset, bits): (u32, u32, u32)) {
        let raw = Key::Raw(base, offset, bits);
        if let Some(Held::Key { key, ops: Some((mask, xor)), .. }) = self.regs.get(&place(sreg))
            && *key == raw
        {
            let field: Vec<u8> = mask.iter().map(|byte| !byte).collect();
            if let found @ Key::Field(proto, row) = self.named(&raw, Some(&field)) {
                let value = bits_of(xor, row.offset - offset, row.bits);
                self.used(proto);
                return self.push(Stmt::Assign { key: found, source: Source::Value(Right::Value(value)) });
            }
        }
        let key = self.named(&raw, None);
        if let Key::Field(proto, _) = key {
            self.used(proto);
        }
        self.assign(Some(key), sreg, "payload");
    }

    fn reject(&mut self, kind: u32, code: u8) {
        let network = self.protos[NETWORK as usize];
        let family = if network == Some(keys::IP6) { 10 } else { 2 };
        if kind == NFT_REJECT_ICMP_UNREACH.0
            && let Some(at) = self.deps[NETWORK as usize].take()
        {
            self.out[at] = None;
        }
        if kind == NFT_REJECT_TCP_RST.0
            && matches!(self.family, 2 | 10)
            && let Some(at) = self.deps[TRANSPORT as usize].take()
        {
            self.out[at] = None;
        }
        self.push(Stmt::Reject { kind, code, table: self.family, family });
    }
}

/// The bits from `from` on as a value.
fn bits_of(value: &[u8], from: u32, bits: u32) -> Vec<u8> {
    let size = bits.div_ceil(8);
    let mut out = vec![0; size as usize];
    for i in 0..bits {
        let (source, target) = (from + i, size * 8 - bits + i);
        let bit = value.get((source / 8) as usize).map_or(0, |byte| byte >> (7 - source % 8) & 1);
        out[(target / 8) as usize] |= bit << (7 - target % 8);
    }
    out
}

fn trimmed(mut value: Vec<u8>, bits: u32) -> Vec<u8> {
    if let Some(first) = value.first_mut().filter(|_| !bits.is_multiple_of(8)) {
        *first = (1 << (bits % 8)) - 1;
    }
    value
}

/// A value from how it is compared; the way back of [`wire`].
pub(super) fn unwire(key: &Key, bytes: &[u8]) -> Vec<u8> {
    match key.place() {
        Some((_, offset, bits)) if offset % 8 != 0 || bits % 8 != 0 => bits_of(bytes, offset % 8, bits),
        _ => key.wire(bytes),
    }
}

/// The length of a mask that is a prefix; no field is longer than an IPv6 address.
fn prefix_length(mask: &[u8]) -> Option<u32> {
    if mask.len() > 16 {
        return None;
    }
    let number = mask.iter().fold(0u128, |number, &byte| number << 8 | u128::from(byte));
    let len = number.count_ones();
    let size = mask.len() as u32 * 8;
    let first = if len == 0 { 0 } else { ((1u128 << (len - 1)) | ((1u128 << (len - 1)) - 1)) << (size - len) };
    (number == first).then_some(len)
}

fn tcp_option(kind: u8, offset: u32, len: u32, present: bool) -> Option<Key> {
    if present {
        return Some(Key::TcpOption(kind, None));
    }
    let (_, _, fields) = keys::TCP_OPTIONS.iter().find(|(_, number, _)| *number == kind)?;
    let field = fields.iter().find(|field| field.offset == offset * 8 && field.bits == len * 8)?;
    Some(Key::TcpOption(kind, Some(field)))
}
