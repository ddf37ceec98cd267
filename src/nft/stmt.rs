//! Statements: what a rule says, between text and expressions; and their text.

use nlmsg::nft::{DynsetOp, NFT_CONTINUE, NFT_GOTO, NFT_JUMP, Verdict};

use super::expr::Expr;
use super::keys::{Key, show_all};
use super::lex::Span;
use super::nat::Nat;
use super::simple;
use super::types::{self, Style, Type};

/// How a key is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Gt,
    Le,
    Ge,
}

/// The operators' words, the plain one left out.
pub(super) const OPS: &[(&str, Op)] =
    &[("==", Op::Eq), ("!=", Op::Ne), ("<", Op::Lt), (">", Op::Gt), ("<=", Op::Le), (">=", Op::Ge)];

/// What a key is compared with. Values are big-endian numbers, see [`types`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Right {
    Value(Vec<u8>),
    Prefix(Vec<u8>, u32),
    Range(Vec<u8>, Vec<u8>),
    /// A name that begins so.
    Wild(String),
    /// Bits of which any may be set.
    Any(Vec<u8>),
    /// Bits of which none may be set.
    NoneOf(Vec<u8>),
    /// Bits as they must be, and which of them count.
    Masked(Vec<u8>, Vec<u8>),
    /// Parts of a concatenation.
    Parts(Vec<Right>),
    /// All that no other element is.
    Rest,
    Set(SetRef),
}

/// A set in a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SetRef {
    Named(String),
    Anonymous(Vec<Elem>),
}

/// What a map gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Datum {
    Verdict(Verdict, Option<String>),
    Value(Right),
    /// A stateful object's name.
    Object(String),
}

/// An element of a set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Elem {
    pub(super) key: Right,
    pub(super) data: Option<Datum>,
    /// Milliseconds, 0 for none.
    pub(super) timeout: u64,
    pub(super) expires: u64,
    pub(super) comment: Option<String>,
    /// Counters and the like.
    pub(super) exprs: Vec<Expr>,
    /// Where the text has its key.
    pub(super) span: Option<Span>,
}

impl Elem {
    /// An element that is only a key.
    pub(super) fn new(key: Right) -> Elem {
        Elem { key, data: None, timeout: 0, expires: 0, comment: None, exprs: Vec::new(), span: None }
    }
}

/// Where an assigned value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    Value(Right),
    /// A key, after AND with the first and XOR with the second value.
    Key(Key, Option<(Vec<u8>, Vec<u8>)>),
    Map(Vec<Key>, SetRef),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stmt {
    /// The rule goes on only if this holds.
    Match {
        keys: Vec<Key>,
        mask: Option<Vec<u8>>,
        op: Op,
        right: Right,
    },
    /// A map of verdicts.
    Vmap {
        keys: Vec<Key>,
        set: SetRef,
    },
    /// `meta mark set 1`.
    Assign {
        key: Key,
        source: Source,
    },
    Verdict(Verdict, Option<String>),
    /// What is one expression and needs nothing else.
    Simple(Expr),
    Nat(Nat),
    /// Rules that add to sets.
    Dynset {
        op: DynsetOp,
        set: String,
        keys: Vec<Key>,
        data: Option<Source>,
        timeout: u64,
        exprs: Vec<Expr>,
    },
    /// `dup to`, `fwd to`: a copy, to an address and a device.
    Dup {
        fwd: bool,
        addr: Option<Source>,
        dev: Option<Source>,
    },
    /// An object that a map gives: its kind's word.
    ObjectMap {
        kind: String,
        keys: Vec<Key>,
        set: SetRef,
    },
    /// `reject` alone: the refusal that the packets' family has.
    Refuse,
    /// A refusal as it is read, with the families of the table and of the packets.
    Reject {
        kind: u32,
        code: u8,
        table: u8,
        family: u8,
    },
    /// What we cannot show.
    Unknown(String),
}

impl Stmt {
    /// A match with one key, one value.
    pub(super) fn is(key: Key, number: u64) -> Stmt {
        let right = Right::Value(types::be(number, key.bits()));
        Stmt::Match { keys: vec![key], mask: None, op: Op::Eq, right }
    }

    /// The key and the number, if it is such a match.
    pub(super) fn equals(&self) -> Option<(&Key, u64)> {
        match self {
            Stmt::Match { keys, mask: None, op: Op::Eq, right: Right::Value(value) } => match keys.as_slice() {
                [key] => Some((key, types::integer(value))),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it uses a set.
    pub(super) fn uses_set(&self) -> bool {
        let source = |source: &Source| matches!(source, Source::Map(..));
        match self {
            // the echo of these is asked for with a set of types
            Stmt::Match { keys, right, .. } => matches!(right, Right::Set(_)) || keys.iter().any(Key::is_echo),
            Stmt::Vmap { .. } | Stmt::ObjectMap { .. } | Stmt::Dynset { .. } => true,
            Stmt::Assign { source: from, .. } => source(from),
            Stmt::Nat(nat) => nat.addr.iter().chain(&nat.port).any(source),
            _ => false,
        }
    }

    /// Whether no statement after it can be reached.
    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Stmt::Verdict(code, _) => *code != NFT_CONTINUE,
            Stmt::Nat(_) => true,
            Stmt::Simple(Expr::Queue { .. }) => true,
            _ => self.is_reject(),
        }
    }

    /// Whether it refuses packets.
    pub(super) fn is_reject(&self) -> bool {
        matches!(self, Stmt::Refuse | Stmt::Reject { .. } | Stmt::Simple(Expr::Reject { .. }))
    }

    /// The statement's text.
    pub(super) fn show(&self, style: Style) -> String {
        match self {
            Stmt::Match { keys, mask, op, right } => {
                let ty = keys[0].ty();
                let left = match mask {
                    Some(mask) => format!("{} & {}", show_all(keys), ty.show(mask, style)),
                    None => show_all(keys),
                };
                let types: Vec<_> = keys.iter().map(Key::ty).collect();
                let plain = *op == Op::Eq && mask.is_none() && !(ty.flags() && matches!(right, Right::Value(_)));
                let word = match right {
                    Right::NoneOf(_) => "! ".into(),
                    _ if plain => String::new(),
                    _ => OPS.iter().find(|(_, other)| other == op).map_or_else(String::new, |(word, _)| format!("{word} ")),
                };
                format!("{left} {word}{}", right.show(&types, style))
            }
            Stmt::Vmap { keys, set } => {
                let types: Vec<_> = keys.iter().map(Key::ty).collect();
                format!("{} vmap {}", show_all(keys), set.show(&types, Some(&[types::VERDICT]), style))
            }
            Stmt::Assign { key, source } => {
                let key_text = match key {
                    Key::Meta(row) => format!("meta {}", row.name()),
                    _ => key.show(),
                };
                format!("{key_text} set {}", source.show(key.ty(), style))
            }
            Stmt::Verdict(code, chain) => show_verdict(*code, chain.as_deref()),
            Stmt::Simple(expr) => simple::show(expr, style),
            Stmt::Nat(nat) => nat.show(style),
            Stmt::Dynset { op, set, keys, data, timeout, exprs } => {
                let mut out = format!("{} @{set} {{ {}", op.word().unwrap_or_default(), show_all(keys));
                if *timeout != 0 {
                    out += &format!(" timeout {}", show_period(*timeout, style));
                }
                for expr in exprs {
                    // a rule's own elements have no count of their own yet
                    out += &format!(" {}", simple::show(expr, Style { stateless: true, ..style }));
                }
                if let Some(source) = data {
                    out += &format!(" : {}", source.show(types::HOST_INTEGER, style));
                }
                out + " }"
            }
            Stmt::Dup { fwd, addr, dev } => {
                let mut out = String::from(if *fwd { "fwd to" } else { "dup to" });
                if let Some(addr) = addr {
                    let ty = if addr.bytes() == 16 { types::IPV6_ADDR } else { types::IPV4_ADDR };
                    out += &format!(" {}", addr.show(ty, style));
                }
                if let Some(dev) = dev {
                    let word = if addr.is_some() { " device" } else { "" };
                    out += &format!("{word} {}", dev.show(types::IFACE_INDEX, style));
                }
                out
            }
            Stmt::ObjectMap { kind, keys, set } => {
                let types: Vec<_> = keys.iter().map(Key::ty).collect();
                format!("{kind} name {} map {}", show_all(keys), set.show(&types, Some(&[types::STRING]), style))
            }
            Stmt::Refuse => "reject".into(),
            Stmt::Reject { kind, code, table, family } => simple::show_reject(*kind, *code, *table, *family, style),
            Stmt::Unknown(name) => format!("# unknown expression '{name}'"),
        }
    }
}

/// How long an element stays.
pub(super) fn show_period(ms: u64, style: Style) -> String {
    types::TIME.show(&types::be(ms, 64), style)
}

/// A verdict's text.
pub(super) fn show_verdict(code: Verdict, chain: Option<&str>) -> String {
    let word = code.word().map_or_else(|| format!("{}", code.0), String::from);
    match chain {
        Some(chain) if code == NFT_JUMP || code == NFT_GOTO => format!("{word} {chain}"),
        _ => word,
    }
}

impl Source {
    fn bytes(&self) -> usize {
        match self {
            Source::Value(Right::Value(value)) => value.len(),
            Source::Key(key, _) => key.size() as usize,
            _ => 0,
        }
    }

    /// The text of a value of this type.
    pub(super) fn show(&self, ty: &'static Type, style: Style) -> String {
        match self {
            Source::Value(right) => right.show(&[ty], style),
            Source::Key(key, None) => key_with_meta(key),
            Source::Key(key, Some((mask, xor))) => {
                let ones = mask.iter().all(|&byte| byte == 0xff);
                let zero = xor.iter().all(|&byte| byte == 0);
                // x & mask ^ xor, told as the operators that make it
                let or = mask.iter().zip(xor).all(|(mask, xor)| mask & xor == 0);
                let full: Vec<u8> = mask.iter().zip(xor).map(|(mask, xor)| mask | xor).collect();
                let and = full.iter().all(|&byte| byte == 0xff);
                let key_text = key_with_meta(key);
                match (ones, zero, or) {
                    (_, true, _) => format!("{key_text} & {}", ty.show(mask, style)),
                    (true, ..) => format!("{key_text} ^ {}", ty.show(xor, style)),
                    (_, _, true) if and => format!("{key_text} | {}", ty.show(xor, style)),
                    (_, _, true) => format!("{key_text} & {} | {}", ty.show(&full, style), ty.show(xor, style)),
                    _ => format!("{key_text} & {} ^ {}", ty.show(mask, style), ty.show(xor, style)),
                }
            }
            Source::Map(keys, set) => {
                let types: Vec<_> = keys.iter().map(Key::ty).collect();
                format!("{} map {}", show_all(keys), set.show(&types, Some(&[ty]), style))
            }
        }
    }
}

fn key_with_meta(key: &Key) -> String {
    match key {
        Key::Meta(row) if !row.bare => format!("meta {}", row.name()),
        _ => key.show(),
    }
}

impl Right {
    /// The text of a value of these types; more than one are a concatenation's.
    pub(super) fn show(&self, types: &[&'static Type], style: Style) -> String {
        let ty = types.first().copied().unwrap_or(types::INTEGER);
        match self {
            Right::Value(value) | Right::Any(value) | Right::NoneOf(value) => ty.show(value, style),
            Right::Prefix(value, len) => format!("{}/{len}", ty.show(value, style)),
            Right::Range(from, to) => {
                // the ends of a range are numbers even where they have names
                let style = Style { symbols: true, proto: true, services: false, ..style };
                format!("{}-{}", ty.show(from, style), ty.show(to, style))
            }
            Right::Wild(name) => format!("\"{name}*\""),
            Right::Masked(value, mask) => format!("{} / {}", ty.show(value, style), ty.show(mask, style)),
            Right::Rest => "*".into(),
            Right::Parts(parts) => {
                let part = |(part, ty): (&Right, &&'static Type)| part.show(&[ty], style);
                parts.iter().zip(types).map(part).collect::<Vec<_>>().join(" . ")
            }
            Right::Set(set) => set.show(types, None, style),
        }
    }
}

impl SetRef {
    fn show(&self, types: &[&'static Type], data: Option<&[&'static Type]>, style: Style) -> String {
        match self {
            SetRef::Named(name) => format!("@{name}"),
            SetRef::Anonymous(elems) => {
                let elems: Vec<_> = elems.iter().map(|elem| elem.show(types, data, style)).collect();
                format!("{{ {} }}", elems.join(", "))
            }
        }
    }
}

impl Elem {
    /// The element's text.
    pub(super) fn show(&self, types: &[&'static Type], data: Option<&[&'static Type]>, style: Style) -> String {
        let mut out = self.key.show(types, style);
        for expr in &self.exprs {
            out += &format!(" {}", simple::show(expr, style));
        }
        if self.timeout != 0 {
            out += &format!(" timeout {}", show_period(self.timeout, style));
        }
        if self.expires != 0 && !style.stateless {
            out += &format!(" expires {}", show_period(self.expires, style));
        }
        if let Some(comment) = &self.comment {
            out += &format!(" comment \"{comment}\"");
        }
        match &self.data {
            Some(Datum::Verdict(code, chain)) => out += &format!(" : {}", show_verdict(*code, chain.as_deref())),
            Some(Datum::Value(right)) => out += &format!(" : {}", right.show(data.unwrap_or(&[types::INTEGER]), style)),
            Some(Datum::Object(name)) => out += &format!(" : \"{name}\""),
            None => {}
        }
        out
    }
}
