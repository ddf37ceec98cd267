//! Statements to expressions: what a statement needs to know about the packet first, then the loads, comparisons
//! and jumps that it is made of.

use nlmsg::nft::*;

use super::expr::{Expr, Value};
use super::keys::{self, Key, LINK, NETWORK, Proto, next_register};
use super::lex::Span;
use super::merge::merge;
use super::parse::{At, Fault, RuleText, prefix_byte};
use super::stmt::{Op, Right, SetRef, Source, Stmt};
use super::types::{self, Type};

/// A set that a rule brings along.
#[derive(Debug)]
pub(super) struct NewSet {
    pub(super) keys: Vec<Key>,
    /// The types of a map's data; `None` for a set, no types for verdicts.
    pub(super) data: Option<Vec<&'static Type>>,
    pub(super) elems: Vec<super::stmt::Elem>,
}

/// Who makes the sets that rules bring along, and knows those that are there.
pub(super) trait Sets {
    /// Makes a set; returns its name and number in the batch.
    fn make(&mut self, set: NewSet) -> Result<(String, u32), Fault>;
    /// The number of a named set.
    fn id(&self, name: &str, span: Span) -> Result<Option<u32>, Fault>;
}

/// A translation of one rule.
pub(super) struct Lower<'a> {
    pub(super) family: u8,
    /// The header of each base, as far as it is known.
    pub(super) protos: [Option<&'static Proto>; 3],
    /// Some statement has looked at the transport protocol.
    pub(super) transport: bool,
    /// An ICMP type was asked for.
    pub(super) icmp_type: bool,
    pub(super) out: Vec<Expr>,
    /// For each expression the part of the text that it stands for.
    marks: Vec<Span>,
    span: Span,
    set_span: Span,
    key_span: Span,
    sets: &'a mut dyn Sets,
}

/// A rule's expressions, and the part of the text that each stands for.
pub(super) type Lowered = (Vec<Expr>, Vec<Span>);

/// Translates a rule of a table of this family.
pub(super) fn lower(rule: &RuleText, family: u8, sets: &mut dyn Sets) -> Result<Lowered, Fault> {
    let mut protos = [None; 3];
    protos[NETWORK as usize] = Proto::family(family);
    protos[LINK as usize] = (family == 7).then_some(keys::ETHER);
    let mut l = Lower {
        family,
        protos,
        transport: false,
        icmp_type: false,
        out: Vec::new(),
        marks: Vec::new(),
        span: Span::default(),
        set_span: Span::default(),
        key_span: Span::default(),
        sets,
    };
    let mut stmts = Vec::new();
    let mut terminal: Option<&At> = None;
    for at in &rule.stmts {
        if let Some(last) = terminal {
            let text = "Statement after terminal statement has no effect";
            return Err(Fault::new(text, at.named()).marking(last.named()));
        }
        terminal = Some(at).filter(|at| at.stmt.is_terminal());
        let mut before = Vec::new();
        l.needs(at, rule.reject_family, &mut before)?;
        // what a refusal needs goes before everything else
        let place = if at.stmt.is_reject() { 0 } else { stmts.len() };
        stmts.splice(place..place, before.into_iter().map(|stmt| At { stmt, ..*at }));
        stmts.push(at.clone());
        l.learn(&at.stmt);
    }
    merge(&mut stmts);
    // what all packets of the family are is not asked, unless nothing follows
    let last = stmts.pop();
    stmts.retain(|at| !is_of_family(&at.stmt, family));
    stmts.extend(last);
    for at in &stmts {
        l.learn(&at.stmt);
        l.span = at.span;
        l.set_span = at.set;
        l.key_span = at.key;
        l.stmt(at)?;
        l.marks.resize(l.out.len(), at.key);
    }
    Ok((l.out, l.marks))
}

/// Whether a statement asks for the protocol that each packet of the family has.
fn is_of_family(stmt: &Stmt, family: u8) -> bool {
    let proto = Proto::family(family).filter(|_| matches!(family, 2 | 10));
    matches!(stmt.equals(), Some((Key::Meta(row), number))
        if row.number == NFT_META_PROTOCOL.0 && proto.is_some() && u16::try_from(number).ok().and_then(Proto::network) == proto)
}

impl Lower<'_> {
    /// Whether a port means something.
    pub(super) fn transport_known(&self) -> bool {
        self.transport
    }

    /// The family of the packets' addresses, if it is known.
    pub(super) fn known_family(&self) -> Option<u8> {
        (self.family != 1 || self.protos[NETWORK as usize].is_some()).then(|| self.network_family())
    }

    /// `ip` or `ip6`, as far as it is known.
    pub(super) fn network_family(&self) -> u8 {
        match (self.family, self.protos[NETWORK as usize]) {
            (2 | 10, _) => self.family,
            (_, Some(proto)) if proto == keys::IP6 => 10,
            _ => 2,
        }
    }

    fn stmt(&mut self, at: &At) -> Result<(), Fault> {
        match &at.stmt {
            Stmt::Match { keys, mask, op, right } => self.comparison(keys, mask.as_deref(), *op, right),
            Stmt::Vmap { keys, set } => {
                let (set, id) = self.set(set, keys, Some(Vec::new()))?;
                self.load(keys);
                self.out.push(Expr::Lookup { set, id, sreg: 1, dreg: Some(0), inverted: false });
                Ok(())
            }
            Stmt::Assign { key, source } => self.assign(key, source),
            Stmt::Verdict(code, chain) => {
                self.out.push(Expr::Immediate { dreg: 0, value: Value::Verdict(*code, chain.clone()) });
                Ok(())
            }
            Stmt::Simple(expr) => {
                self.out.push(expr.clone());
                Ok(())
            }
            Stmt::Nat(nat) => nat.lower(self),
            Stmt::Dynset { op, set, keys, data, timeout, exprs } => {
                let id = self.sets.id(set, self.set_span)?;
                self.load(keys);
                let data_reg = keys.iter().fold(1, |reg, key| next_register(reg, key.size()));
                if let Some(source) = data {
                    self.source(source, types::HOST_INTEGER, data_reg)?;
                }
                self.out.push(Expr::Dynset {
                    set: set.clone(),
                    id,
                    op: *op,
                    key: 1,
                    data: data.as_ref().map(|_| data_reg),
                    timeout: *timeout,
                    exprs: exprs.clone(),
                });
                Ok(())
            }
            Stmt::Dup { fwd, addr, dev } => {
                let ty = if self.family == 10 { types::IPV6_ADDR } else { types::IPV4_ADDR };
                let mut next = 1;
                let mut put = |l: &mut Self, source: &Option<Source>, ty| -> Result<Option<u32>, Fault> {
                    let Some(source) = source else { return Ok(None) };
                    l.source(source, ty, next)?;
                    next += 1;
                    Ok(Some(next - 1))
                };
                let addr = put(self, addr, ty)?;
                let dev = put(self, dev, types::IFACE_INDEX)?;
                self.out.push(match dev {
                    Some(dev) if *fwd => Expr::Fwd { dev },
                    dev => Expr::Dup { addr, dev },
                });
                Ok(())
            }
            Stmt::ObjectMap { set, keys, .. } => {
                let (set, id) = self.set(set, keys, Some(vec![types::STRING]))?;
                self.load(keys);
                self.out.push(Expr::ObjrefMap { set, id, sreg: 1 });
                Ok(())
            }
            Stmt::Refuse => {
                let icmp = NFT_REJECT_ICMP_UNREACH.0;
                self.out.push(match Proto::family(self.family).or(self.protos[NETWORK as usize]) {
                    Some(proto) if proto == keys::IP => Expr::Reject { kind: icmp, code: 3 },
                    Some(proto) if proto == keys::IP6 => Expr::Reject { kind: icmp, code: 4 },
                    _ => Expr::Reject { kind: NFT_REJECT_ICMPX_UNREACH.0, code: NFT_REJECT_ICMPX_PORT_UNREACH.0 },
                });
                Ok(())
            }
            Stmt::Reject { kind, code, .. } => {
                self.out.push(Expr::Reject { kind: *kind, code: *code });
                Ok(())
            }
            Stmt::Unknown(name) => Err(Fault::new(format!("cannot send the expression '{name}'"), at.span)),
        }
    }

    /// Loads keys side by side, from register 1 on.
    fn load(&mut self, keys: &[Key]) {
        let mut reg = 1;
        for key in keys {
            key.load(reg, &mut self.out);
            self.trim(key, reg);
            reg = next_register(reg, key.size());
        }
    }

    /// Clears the bits around a field that does not fill its bytes.
    fn trim(&mut self, key: &Key, reg: u32) {
        if let Some((before, len)) = odd(key) {
            let size = (before + key.bits()).div_ceil(8);
            let mask = shifted(&ones(key.bits()), before, len, size);
            let xor = vec![0; mask.len()];
            self.out.push(Expr::Bitwise { sreg: reg, dreg: reg, mask, xor, op: true });
        }
    }

    fn set(&mut self, set: &SetRef, keys: &[Key], data: Option<Vec<&'static Type>>) -> Result<(String, Option<u32>), Fault> {
        match set {
            SetRef::Named(name) => Ok((name.clone(), self.sets.id(name, self.set_span)?)),
            SetRef::Anonymous(elems) => {
                let new = NewSet { keys: keys.to_vec(), data, elems: elems.clone() };
                self.sets.make(new).map(|(name, id)| (name, Some(id)))
            }
        }
    }

    fn comparison(&mut self, keys: &[Key], mask: Option<&[u8]>, op: Op, right: &Right) -> Result<(), Fault> {
        let key = &keys[0];
        let inverted = op == Op::Ne;
        let cmp = |op, value| Expr::Cmp { sreg: 1, op, value };
        let equal = if inverted { NFT_CMP_NEQ } else { NFT_CMP_EQ };
        if let Right::Set(set) = right {
            let interval = matches!(set, SetRef::Anonymous(elems) if super::sets::is_interval(elems));
            let (set, id) = self.set(set, keys, None)?;
            self.load(keys);
            if interval && keys.len() == 1 {
                self.turn(key);
            }
            self.out.push(Expr::Lookup { set, id, sreg: 1, dreg: None, inverted });
            return Ok(());
        }
        if keys.len() > 1 {
            let text = "Use concatenations with sets and maps, not singleton values";
            let rest = Span { from: self.key_span.to + 1, to: self.span.to };
            return Err(Fault::new(text, self.key_span).marking(rest));
        }
        // a packet field's first whole bytes are enough for a prefix
        if let Right::Prefix(value, len) = right
            && len % 8 == 0
            && *len > 0
            && !key.host()
            && mask.is_none()
        {
            let size = len / 8;
            key.load(1, &mut self.out);
            if let Some(Expr::Payload { len, .. }) = self.out.last_mut() {
                *len = size;
            }
            self.out.push(cmp(equal, value[..size as usize].to_vec()));
            return Ok(());
        }
        key.load(1, &mut self.out);
        self.trim(key, 1);
        let and = |l: &mut Self, mask: &[u8], op: bool| {
            let mask = wire(key, mask);
            let xor = vec![0; mask.len()];
            l.out.push(Expr::Bitwise { sreg: 1, dreg: 1, mask, xor, op });
        };
        if let Some(mask) = mask {
            and(self, mask, true);
        }
        match right {
            Right::Value(value) => {
                let op = match op {
                    Op::Eq => NFT_CMP_EQ,
                    Op::Ne => NFT_CMP_NEQ,
                    Op::Lt => NFT_CMP_LT,
                    Op::Gt => NFT_CMP_GT,
                    Op::Le => NFT_CMP_LTE,
                    Op::Ge => NFT_CMP_GTE,
                };
                let ordered = !matches!(op, NFT_CMP_EQ | NFT_CMP_NEQ);
                let value = if ordered && self.turn(key) { value.clone() } else { wire(key, value) };
                self.out.push(cmp(op, value));
            }
            Right::Prefix(value, len) => {
                let ones: Vec<u8> = (0..value.len()).map(|i| prefix_byte(*len, i as u32)).collect();
                and(self, &ones, false);
                self.out.push(cmp(equal, wire(key, value)));
            }
            Right::Range(from, to) => {
                let network = self.turn(key);
                let side = |value: &[u8]| if network { value.to_vec() } else { wire(key, value) };
                let (from, to) = (side(from), side(to));
                if inverted {
                    self.out.push(Expr::Range { sreg: 1, op: NFT_RANGE_NEQ, from, to });
                } else {
                    self.out.extend([cmp(NFT_CMP_GTE, from), cmp(NFT_CMP_LTE, to)]);
                }
            }
            Right::Wild(name) => self.out.push(cmp(equal, name.as_bytes().to_vec())),
            Right::Any(bits) => {
                and(self, bits, false);
                self.out.push(cmp(NFT_CMP_NEQ, vec![0; bits.len()]));
            }
            Right::NoneOf(bits) => {
                and(self, bits, false);
                self.out.push(cmp(NFT_CMP_EQ, vec![0; bits.len()]));
            }
            Right::Masked(value, mask) => {
                and(self, mask, true);
                self.out.push(cmp(equal, wire(key, value)));
            }
            Right::Parts(_) | Right::Rest | Right::Set(_) => {
                return Err(Fault::new("this value can stand in a set only", self.span));
            }
        }
        Ok(())
    }

    /// Turns a value in host order round, so that it can be compared as greater or less.
    fn turn(&mut self, key: &Key) -> bool {
        let len = key.size();
        let turn = key.host() && len > 1 && !matches!(key.ty().kind, types::Kind::Text);
        if turn {
            self.out.push(Expr::Byteorder { sreg: 1, dreg: 1, hton: true, len, size: len });
        }
        turn
    }

    /// Puts a value into a register.
    pub(super) fn source(&mut self, source: &Source, ty: &'static Type, dreg: u32) -> Result<(), Fault> {
        match source {
            Source::Value(right) => {
                if let Some((value, _)) = right.bounds() {
                    self.out.push(Expr::Immediate { dreg, value: Value::Bytes(ty.wire(&value)) });
                }
            }
            Source::Key(key, ops) => {
                key.load(dreg, &mut self.out);
                if let Some((mask, xor)) = ops {
                    let (mask, xor) = (wire(key, mask), wire(key, xor));
                    self.out.push(Expr::Bitwise { sreg: dreg, dreg, mask, xor, op: true });
                }
            }
            Source::Map(keys, set) => {
                let (set, id) = self.set(set, keys, Some(vec![ty]))?;
                self.load(keys);
                self.out.push(Expr::Lookup { set, id, sreg: 1, dreg: Some(dreg), inverted: false });
            }
        }
        Ok(())
    }

    fn assign(&mut self, key: &Key, source: &Source) -> Result<(), Fault> {
        let Some((base, offset, bits)) = key.place() else {
            match (key, source) {
                (Key::Meta(_) | Key::Ct(..) | Key::TcpOption(_, Some(_)), Source::Value(right)) => {
                    if let Some((value, _)) = right.bounds() {
                        self.out.push(Expr::Immediate { dreg: 1, value: Value::Bytes(key.wire(&value)) });
                    }
                }
                (_, source) => self.source(source, key.ty(), 1)?,
            }
            match key {
                Key::Meta(row) => self.out.push(Expr::MetaSet { key: row.number, sreg: 1 }),
                Key::Ct(row, dir) => self.out.push(Expr::CtSet { key: row.number, sreg: 1, dir: *dir }),
                Key::TcpOption(kind, Some(field)) => {
                    if matches!(source, Source::Key(key, _) if key.host()) {
                        let size = field.bits / 8;
                        self.out.push(Expr::Byteorder { sreg: 1, dreg: 1, hton: true, len: size, size });
                    }
                    let (offset, len) = (field.offset / 8, field.bits / 8);
                    self.out.push(Expr::TcpOptionSet { sreg: 1, kind: *kind, offset, len });
                }
                _ => return Err(Fault::new("this cannot be set", self.span)),
            }
            return Ok(());
        };
        // checksums are made of two bytes at a time, so at least as much is written
        let even = |offset: u32, bits: u32| (offset / 16 * 16, (offset + bits).div_ceil(16) * 16 - offset / 16 * 16);
        let csum = checksum(key);
        let whole = bits % 16 == 0 && offset % 16 == 0 || csum.is_none() && bits % 8 == 0;
        let (start, len) = if whole { (offset, bits) } else { even(offset, bits) };
        if whole {
            self.source(source, key.ty(), 1)?;
        } else {
            let Source::Value(right) = source else { return Err(Fault::new("this needs a constant value", self.span)) };
            let Some((value, _)) = right.bounds() else { return Err(Fault::new("this needs a constant value", self.span)) };
            let (before, size) = (offset - start, len / 8);
            let field = shifted(&ones(bits), before, bits, size);
            let mask = field.iter().map(|byte| !byte).collect();
            let xor = shifted(&value, before, bits, size);
            self.out.push(Expr::Payload { dreg: 1, base, offset: start / 8, len: size });
            self.out.push(Expr::Bitwise { sreg: 1, dreg: 1, mask, xor, op: true });
        }
        self.out.push(Expr::PayloadSet { sreg: 1, base, offset: start / 8, len: len / 8, csum });
        Ok(())
    }
}

/// Where the checksum over a field is, and whether it covers a pseudo header.
fn checksum(key: &Key) -> Option<(u32, u32)> {
    let Key::Field(proto, field) = key else { return None };
    let pseudo = u32::from(matches!(field.name, "saddr" | "daddr"));
    match proto.name {
        "ip" => Some((10, pseudo)),
        "tcp" => Some((16, 0)),
        "udp" | "udplite" => Some((6, 0)),
        "icmp" | "icmpv6" | "igmp" => Some((2, 0)),
        _ => None,
    }
}

/// Bits before a field in its first byte and its length, if it does not fill whole bytes.
fn odd(key: &Key) -> Option<(u32, u32)> {
    let (_, offset, bits) = key.place()?;
    (offset % 8 != 0 || bits % 8 != 0).then_some((offset % 8, bits))
}

fn ones(bits: u32) -> Vec<u8> {
    let mut value = vec![0xff; bits.div_ceil(8) as usize];
    if !bits.is_multiple_of(8) {
        value[0] = (1 << (bits % 8)) - 1;
    }
    value
}

/// A value of `bits` bits, put `before` bits from the start of `size` bytes.
fn shifted(value: &[u8], before: u32, bits: u32, size: u32) -> Vec<u8> {
    let number = value.iter().fold(0u128, |number, &byte| number << 8 | u128::from(byte));
    let bytes = (number << (size * 8 - before - bits)).to_be_bytes();
    bytes[16 - size as usize..].to_vec()
}

/// A value as it is compared: in the key's byte order, at its place in whole bytes.
pub(super) fn wire(key: &Key, value: &[u8]) -> Vec<u8> {
    match odd(key) {
        Some((before, bits)) => shifted(value, before, bits, (before + bits).div_ceil(8)),
        None => key.wire(value),
    }
}
