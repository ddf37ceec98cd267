//! `snat`, `dnat`, `masquerade`, `redirect`: words, expressions, and back.

use nlmsg::nft::*;

use super::expr::{Expr, Value};
use super::lex::{Kind, Span};
use super::lift::Lift;
use super::lower::Lower;
use super::parse::{Fault, Parser};
use super::stmt::{Right, Source};
use super::types::{self, Style, Type};

/// Which of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NatKind {
    Snat,
    Dnat,
    Masquerade,
    Redirect,
}

const KINDS: &[(&str, NatKind)] =
    &[("snat", NatKind::Snat), ("dnat", NatKind::Dnat), ("masquerade", NatKind::Masquerade), ("redirect", NatKind::Redirect)];

/// The flags' words, in the order in which `nft` prints them.
const FLAGS: &[(&str, u32)] = &[
    ("random", NF_NAT_RANGE_PROTO_RANDOM.0),
    ("fully-random", NF_NAT_RANGE_PROTO_RANDOM_FULLY.0),
    ("persistent", NF_NAT_RANGE_PERSISTENT.0),
];

/// A translation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Nat {
    pub(super) kind: NatKind,
    /// `ip` or `ip6`, where the table's family leaves that open.
    pub(super) family: Option<u8>,
    pub(super) addr: Option<Source>,
    pub(super) port: Option<Source>,
    pub(super) flags: u32,
    /// Where it stands in the text: the word, and the port, or the address if there is none.
    pub(super) spans: (Span, Span),
}

fn address_type(family: u8) -> &'static Type {
    if family == 10 { types::IPV6_ADDR } else { types::IPV4_ADDR }
}

impl Nat {
    /// Reads a translation; `None` if the next word begins none.
    pub(super) fn parse(p: &mut Parser<'_>, table: u8) -> Result<Option<Nat>, Fault> {
        let Some(&(_, kind)) = KINDS.iter().find(|(word, _)| *word == p.text() && p.kind() == Kind::Word) else {
            return Ok(None);
        };
        let mut nat = Nat { kind, family: None, addr: None, port: None, flags: 0, spans: (p.span(), p.span()) };
        p.advance();
        if matches!(kind, NatKind::Snat | NatKind::Dnat) {
            match p.text() {
                "ip" => nat.family = Some(2),
                "ip6" => nat.family = Some(10),
                _ => {}
            }
            if nat.family.is_some() {
                p.advance();
            }
            if p.eat("prefix") {
                nat.flags |= NF_NAT_RANGE_NETMAP.0;
            }
            // the word may be left out
            p.eat("to");
            nat.parse_target(p, table)?;
        } else if p.eat("to") {
            p.expect(":")?;
            nat.parse_port(p)?;
        }
        while let Some((_, flag)) = FLAGS.iter().find(|(word, _)| *word == p.text()) {
            nat.flags |= flag;
            p.advance();
            if !p.eat(",") {
                break;
            }
        }
        Ok(Some(nat))
    }

    fn parse_target(&mut self, p: &mut Parser<'_>, table: u8) -> Result<(), Fault> {
        if !p.is(":") {
            // a bracket can only hold an IPv6 address
            let bracket = p.is("[");
            let family = self.family.unwrap_or(match table {
                10 => 10,
                2 => 2,
                _ if bracket || p.text().contains(':') => 10,
                _ => 2,
            });
            let ty = address_type(family);
            let value = |p: &mut Parser<'_>| -> Result<Vec<u8>, Fault> {
                let bracket = p.eat("[");
                let value = p.value(ty, ty.bits)?;
                if bracket {
                    p.expect("]")?;
                }
                Ok(value)
            };
            if p.at_key() {
                self.addr = Some(p.source(ty, table)?);
                return Ok(());
            }
            let start = p.span();
            let from = value(p)?;
            self.addr = Some(Source::Value(if p.eat("-") {
                Right::Range(from, value(p)?)
            } else if p.eat("/") {
                p.prefix(from, start)?
            } else {
                Right::Value(from)
            }));
            self.spans.1 = start.to(p.last_span());
        }
        if p.eat(":") { self.parse_port(p) } else { Ok(()) }
    }

    fn parse_port(&mut self, p: &mut Parser<'_>) -> Result<(), Fault> {
        let from = p.span();
        let low = p.value(types::INET_SERVICE, 16)?;
        self.port = Some(Source::Value(if p.eat("-") {
            Right::Range(low, p.value(types::INET_SERVICE, 16)?)
        } else {
            Right::Value(low)
        }));
        self.spans.1 = from.to(p.last_span());
        Ok(())
    }

    /// Appends the expressions.
    pub(super) fn lower(&self, l: &mut Lower<'_>) -> Result<(), Fault> {
        if self.port.is_some() && !l.transport_known() {
            let text = "transport protocol mapping is only valid after transport protocol match";
            return Err(Fault::new(text, self.spans.1).marking(self.spans.0));
        }
        let mut next = 1;
        let mut put = |l: &mut Lower<'_>, source: &Option<Source>, ty: &'static Type| -> Result<_, Fault> {
            let mut immediate = |l: &mut Lower<'_>, value: &[u8]| {
                l.out.push(Expr::Immediate { dreg: next, value: Value::Bytes(value.to_vec()) });
                next += 1;
                Some(next - 1)
            };
            Ok(match source {
                None => (None, None),
                Some(Source::Value(right)) => match right.bounds() {
                    Some((from, to)) if from != to => (immediate(l, &from), immediate(l, &to)),
                    Some((from, _)) => (immediate(l, &from), None),
                    None => (None, None),
                },
                Some(source) => {
                    l.source(source, ty, next)?;
                    next += 1;
                    (Some(next - 1), None)
                }
            })
        };
        let known = self.family.or(l.known_family());
        if self.addr.is_some() && known.is_none() {
            return Err(Fault::new("ip or ip6 must be specified with address for inet tables.", self.spans.0));
        }
        let family = known.unwrap_or(l.network_family());
        let size = address_type(family).bits / 8;
        if let Some(Source::Value(Right::Value(value) | Right::Range(value, _) | Right::Prefix(value, _))) = &self.addr
            && value.len() as u32 != size
        {
            let text = "Could not resolve hostname: Address family for hostname not supported";
            return Err(Fault::new(text, self.spans.1));
        }
        let addr = put(l, &self.addr, address_type(family))?;
        let proto = put(l, &self.port, types::INET_SERVICE)?;
        let flags = if self.port.is_some() { self.flags | NF_NAT_RANGE_PROTO_SPECIFIED.0 } else { self.flags };
        l.out.push(match self.kind {
            NatKind::Masquerade => Expr::Masq { proto, flags },
            NatKind::Redirect => Expr::Redir { proto, flags },
            NatKind::Snat => Expr::Nat { kind: 0, family: u32::from(family), addr, proto, flags },
            NatKind::Dnat => Expr::Nat { kind: 1, family: u32::from(family), addr, proto, flags },
        });
        Ok(())
    }

    /// Reads the expressions back; `None` if the expression is none of these.
    pub(super) fn lift(expr: &Expr, l: &Lift<'_>) -> Option<Nat> {
        let (kind, family, addr, proto, flags) = match expr {
            Expr::Masq { proto, flags } => (NatKind::Masquerade, None, (None, None), *proto, *flags),
            Expr::Redir { proto, flags } => (NatKind::Redirect, None, (None, None), *proto, *flags),
            Expr::Nat { kind, family, addr, proto, flags } => {
                let kind = if *kind == 0 { NatKind::Snat } else { NatKind::Dnat };
                (kind, Some(*family as u8), *addr, *proto, *flags)
            }
            _ => return None,
        };
        let source = |(from, to): (Option<u32>, Option<u32>), ty: &'static Type| {
            let low = l.source(from?, ty)?;
            Some(match (low, to.and_then(|to| l.source(to, ty))) {
                (Source::Value(Right::Value(from)), Some(Source::Value(Right::Value(to)))) if from != to => {
                    Source::Value(Right::spanning(from, to, ty))
                }
                (low, _) => low,
            })
        };
        let addr = source(addr, address_type(family.unwrap_or(2)));
        let shown = family.filter(|_| l.family == 1);
        let kept = FLAGS.iter().map(|(_, flag)| flag).sum::<u32>() | NF_NAT_RANGE_NETMAP.0;
        let port = source(proto, types::INET_SERVICE);
        Some(Nat { kind, family: shown, addr, port, flags: flags & kept, spans: Default::default() })
    }

    /// The statement's text.
    pub(super) fn show(&self, style: Style) -> String {
        let word = KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or("nat", |(word, _)| word);
        let mut out = String::from(word);
        match self.family {
            Some(2) => out += " ip",
            Some(10) => out += " ip6",
            _ => {}
        }
        if self.flags & NF_NAT_RANGE_NETMAP.0 != 0 {
            out += " prefix";
        }
        if self.addr.is_some() || self.port.is_some() {
            out += " to ";
        }
        if let Some(addr) = &self.addr {
            out += &match addr {
                Source::Value(Right::Value(value)) if value.len() == 16 && self.port.is_some() => {
                    format!("[{}]", types::IPV6_ADDR.show(value, style))
                }
                Source::Value(Right::Range(from, to)) if from.len() == 16 && self.port.is_some() => {
                    let show = |value: &[u8]| types::IPV6_ADDR.show(value, style);
                    format!("[{}]-[{}]", show(from), show(to))
                }
                Source::Value(Right::Value(value) | Right::Range(value, _) | Right::Prefix(value, _)) => {
                    addr.show(if value.len() == 16 { types::IPV6_ADDR } else { types::IPV4_ADDR }, style)
                }
                _ => addr.show(address_type(self.family.unwrap_or(2)), style),
            };
        }
        if let Some(port) = &self.port {
            out += &format!(":{}", port.show(types::INET_SERVICE, style));
        }
        let flags: Vec<_> = FLAGS.iter().filter(|(_, flag)| self.flags & flag != 0).map(|(word, _)| *word).collect();
        if !flags.is_empty() {
            out += &format!(" {}", flags.join(","));
        }
        out
    }
}
