//! The grammar of keys: words to [`Key`].

use super::super::keys::{self, Field, Key, Proto};
use super::super::lex::Kind;
use super::{Fault, Parser};

/// What the error about an unknown key lists, in nft's order.
const META_KEYS: &str = "length, protocol, priority, mark, iif, oif, iifname, oifname, iiftype, oiftype, skuid, skgid, nftrace, \
    rtclassid, secmark, nfproto, l4proto, ibrname, obrname, pkttype, cpu, iifgroup, oifgroup, cgroup, random, ipsec, iifkind, \
    oifkind, ibrpvid, ibrvproto, time, day, hour, sdif, sdifname";

impl Parser<'_> {
    /// Whether the next token begins a key.
    pub(in crate::nft) fn at_key(&self) -> bool {
        match self.kind() {
            Kind::Word => {
                let text = self.text();
                let ether = text == "ether" || text == "vlan" || text == "arp";
                let proto = Proto::by_name(text).is_some();
                ether
                    || proto
                    || keys::BARE.contains(&text)
                    || matches!(text, "meta" | "ct" | "rt" | "socket" | "fib" | "numgen" | "jhash" | "symhash")
            }
            Kind::Sign => self.is("@") && keys::BASES.iter().any(|(word, _)| *word == self.peek(1)) && self.peek(2) == ",",
            _ => false,
        }
    }

    /// Keys with dots between them.
    pub(in crate::nft) fn keys(&mut self, family: u8) -> Result<Vec<Key>, Fault> {
        let mut keys = vec![self.key(family)?];
        while self.eat(".") {
            keys.push(self.key(family)?);
        }
        Ok(keys)
    }

    pub(super) fn key(&mut self, family: u8) -> Result<Key, Fault> {
        if !self.at_key() {
            return Err(self.unexpected());
        }
        let start = self.span();
        let word = self.text();
        self.advance();
        if word == "@" {
            let base = keys::BASES.iter().find(|(name, _)| *name == self.text()).map_or(0, |(_, base)| *base);
            self.advance();
            self.expect(",")?;
            let offset = self.number_up_to(65535)? as u32;
            self.expect(",")?;
            let bits = self.number_up_to(128)? as u32;
            if bits == 0 {
                return Err(Fault::new("raw payload length must be at least 1", start));
            }
            return Ok(Key::Raw(base, offset, bits));
        }
        if word == "tcp" && self.eat("option") {
            return self.tcp_option();
        }
        if let Some(proto) = Proto::by_name(word) {
            return self.field(proto);
        }
        match word {
            "meta" => {
                let known = |p: &Self| {
                    let text = format!("syntax error, unexpected {}, known keys are {META_KEYS}", p.text());
                    Fault::new(text, start.to(p.span()))
                };
                let key = Key::meta(self.text()).ok_or_else(|| known(self))?;
                if self.is("nfproto") && !matches!(family, 1 | 5) {
                    return Err(Fault::new("meta nfproto is only useful in the inet family", start.to(self.span())));
                }
                self.advance();
                Ok(key)
            }
            "ct" => self.ct(family),
            "rt" => {
                let name = match (self.text(), self.peek(1)) {
                    ("nexthop", _) if family == 2 => "ip nexthop".into(),
                    ("nexthop", _) if family == 10 => "ip6 nexthop".into(),
                    ("nexthop", _) => {
                        let text = "cannot determine ip protocol version, use \"ip nexthop\" or \"ip6 nexthop\" instead";
                        return Err(Fault::new(text, start.to(self.span())));
                    }
                    (version @ ("ip" | "ip6"), next) => {
                        self.advance();
                        format!("{version} {next}")
                    }
                    (name, _) => name.to_string(),
                };
                let row = keys::RT.iter().find(|row| row.name() == name).ok_or_else(|| self.unexpected())?;
                self.advance();
                Ok(Key::Rt(row))
            }
            "socket" => {
                let row = keys::SOCKET.iter().find(|row| row.name() == self.text()).ok_or_else(|| self.unexpected())?;
                self.advance();
                Ok(Key::Socket(row))
            }
            "fib" => {
                let mut flags = 0;
                loop {
                    let flag = keys::FIB_FLAGS.iter().find(|(name, _)| *name == self.text());
                    flags |= flag.ok_or_else(|| self.unexpected())?.1;
                    self.advance();
                    if !self.eat(".") {
                        break;
                    }
                }
                let row = keys::FIB.iter().find(|row| row.name() == self.text()).ok_or_else(|| self.unexpected())?;
                self.advance();
                if matches!(self.text(), "exists" | "missing") {
                    flags |= keys::FIB_PRESENT;
                }
                Ok(Key::Fib(flags, row))
            }
            "numgen" => {
                let random = self.is("random");
                if !random && !self.is("inc") {
                    return Err(self.unexpected());
                }
                self.advance();
                self.expect("mod")?;
                let modulus = self.number_up_to(u64::from(u32::MAX))? as u32;
                Ok(Key::Numgen { random, modulus, offset: self.offset()? })
            }
            "jhash" | "symhash" => {
                let keys = if word == "jhash" { self.keys(family)? } else { Vec::new() };
                self.expect("mod")?;
                let modulus = self.number_up_to(u64::from(u32::MAX))? as u32;
                let seed = if self.eat("seed") { Some(self.number_up_to(u64::from(u32::MAX))? as u32) } else { None };
                Ok(Key::Hash { keys, modulus, seed, offset: self.offset()? })
            }
            bare => Key::meta(bare).ok_or_else(|| self.unexpected_last()),
        }
    }

    fn offset(&mut self) -> Result<u32, Fault> {
        if self.eat("offset") { Ok(self.number_up_to(u64::from(u32::MAX))? as u32) } else { Ok(0) }
    }

    fn field(&mut self, proto: &'static Proto) -> Result<Key, Fault> {
        let two = format!("{} {}", self.text(), self.peek(1));
        let field: &'static Field = match proto.field(&two) {
            Some(field) => {
                self.advance();
                field
            }
            None => proto.field(self.text()).ok_or_else(|| self.unexpected())?,
        };
        self.advance();
        Ok(Key::Field(proto, field))
    }

    fn tcp_option(&mut self) -> Result<Key, Fault> {
        let option = keys::TCP_OPTIONS.iter().find(|(name, ..)| *name == self.text());
        let (_, kind, fields) = option.ok_or_else(|| self.unexpected())?;
        self.advance();
        let field = fields.iter().find(|field| field.name == self.text());
        if field.is_some() {
            self.advance();
        }
        Ok(Key::TcpOption(*kind, field))
    }

    fn ct(&mut self, family: u8) -> Result<Key, Fault> {
        let start = self.span();
        let dir = match self.text() {
            "original" => Some(0),
            "reply" => Some(1),
            _ => None,
        };
        if dir.is_some() {
            self.advance();
        }
        let mut name = self.text().to_string();
        if matches!(name.as_str(), "ip" | "ip6") {
            self.advance();
            name = format!("{name} {}", self.text());
        }
        if matches!(name.as_str(), "saddr" | "daddr") && family != 2 {
            if family != 10 {
                let text = "cannot determine ip protocol version, use \"ip saddr\" or \"ip6 saddr\" instead";
                return Err(Fault::new(text, start.to(self.span())));
            }
            name = format!("ip6 {name}");
        }
        let row = keys::CT.iter().find(|row| row.name() == name).ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(Key::Ct(row, dir))
    }
}
