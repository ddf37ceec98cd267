//! What a statement needs to be said before it, and what it says about the packets: which headers they have.

use nlmsg::nft::*;

use super::expr::Expr;
use super::keys::{self, Key, LINK, NETWORK, Needs, Proto, TRANSPORT};
use super::lex::Span;
use super::lower::Lower;
use super::parse::{At, Fault};
use super::stmt::{Op, Right, SetRef, Source, Stmt};

impl Lower<'_> {
    /// Appends the matches that a statement needs before it.
    pub(super) fn needs(&mut self, at: &At, reject_family: u8, out: &mut Vec<Stmt>) -> Result<(), Fault> {
        for key in keys_of(&at.stmt) {
            if let Key::Field(proto, _) = key {
                self.need(proto, at.key, out)?;
                if key.is_echo()
                    && !self.icmp_type
                    && let Some(field) = proto.field("type")
                {
                    // these fields are those of an echo
                    let values: &[u8] = if *proto == keys::ICMP { &[8, 0] } else { &[128, 129] };
                    let elems = values.iter().map(|&value| super::stmt::Elem::new(Right::Value(vec![value]))).collect();
                    out.push(Stmt::Match {
                        keys: vec![Key::Field(proto, field)],
                        mask: None,
                        op: Op::Eq,
                        right: Right::Set(SetRef::Anonymous(elems)),
                    });
                    self.icmp_type = true;
                }
            }
        }
        match &at.stmt {
            Stmt::Simple(Expr::Reject { kind, .. }) if *kind == NFT_REJECT_TCP_RST.0 => self.need(keys::TCP, at.key, out),
            Stmt::Simple(Expr::Reject { .. }) if reject_family != 0 => match Proto::family(reject_family) {
                Some(proto) if !matches!(self.family, 2 | 10) => self.need(proto, at.key, out),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn need(&mut self, proto: &'static Proto, span: Span, out: &mut Vec<Stmt>) -> Result<(), Fault> {
        let base = proto.base as usize;
        if proto.needs == Needs::Nothing {
            return Ok(());
        }
        match self.protos[base] {
            Some(known) if known == proto => return Ok(()),
            Some(known) if known == keys::VLAN && proto == keys::ETHER => return Ok(()),
            // what the frame holds is not known yet
            Some(known) if known == keys::ETHER && proto == keys::VLAN && self.protos[NETWORK as usize].is_none() => {}
            Some(known) => {
                return Err(Fault::new(format!("conflicting protocols specified: {} vs. {}", known.name, proto.name), span));
            }
            _ => {}
        }
        match proto.needs {
            Needs::Nothing => {}
            Needs::Ether => out.extend(Key::meta("iiftype").map(|key| Stmt::is(key, 1))),
            Needs::Network(ether_type, family) => {
                let link = self.protos[LINK as usize];
                let by_ether = |name| keys::ETHER.field(name).map(|field| Key::Field(keys::ETHER, field));
                if proto == keys::VLAN {
                    self.need(keys::ETHER, span, out)?;
                    out.extend(by_ether("type").map(|key| Stmt::is(key, u64::from(ether_type))));
                } else if link == Some(keys::VLAN) {
                    out.extend(
                        keys::VLAN.field("type").map(|field| Stmt::is(Key::Field(keys::VLAN, field), u64::from(ether_type))),
                    );
                } else if self.family == 1 && matches!(family, 2 | 10) {
                    out.extend(Key::meta("nfproto").map(|key| Stmt::is(key, u64::from(family))));
                } else if self.family == 1 {
                    return Err(Fault::new(format!("conflicting protocols specified: inet vs. {}", proto.name), span));
                } else if self.family == 7 && family == 3 {
                    out.extend(by_ether("type").map(|key| Stmt::is(key, u64::from(ether_type))));
                } else {
                    out.extend(Key::meta("protocol").map(|key| Stmt::is(key, u64::from(ether_type))));
                }
            }
            Needs::Transport(number) => {
                let network = match number {
                    1 | 2 => Some(keys::IP),
                    58 => Some(keys::IP6),
                    _ => None,
                };
                if let Some(network) = network
                    && self.protos[NETWORK as usize].is_none()
                {
                    match (self.family, network.needs, keys::ETHER.field("type")) {
                        (7, Needs::Network(ty, _), Some(field)) => {
                            out.push(Stmt::is(Key::Field(keys::ETHER, field), u64::from(ty)));
                            self.protos[NETWORK as usize] = Some(network);
                        }
                        _ => self.need(network, span, out)?,
                    }
                }
                out.extend(Key::meta("l4proto").map(|key| Stmt::is(key, u64::from(number))));
                self.transport = true;
            }
        }
        self.protos[base] = Some(proto);
        Ok(())
    }

    /// Notes what a match says about the packet.
    pub(super) fn learn(&mut self, stmt: &Stmt) {
        if let Stmt::Match { keys, .. } | Stmt::Vmap { keys, .. } = stmt {
            let equal = !matches!(stmt, Stmt::Match { op, .. } if *op != Op::Eq);
            self.transport |= keys.iter().any(|key| match key {
                // ports of any protocol do not say which it is
                Key::Field(proto, _) if proto.base == TRANSPORT => *proto != keys::TH,
                key => equal && is_transport(key),
            });
            self.icmp_type |= keys.iter().any(|key| {
                matches!(key, Key::Field(proto, field)
                if (*proto == keys::ICMP || *proto == keys::ICMPV6) && field.name == "type")
            });
        }
        if let Some((key, number)) = stmt.equals()
            && let Some((base, proto)) = implied(key, number, self.family).or_else(|| unknown(key))
        {
            // what was said last counts
            self.protos[base as usize] = Some(proto);
        }
    }
}

fn keys_of(stmt: &Stmt) -> Vec<&Key> {
    fn of(source: &Source) -> &[Key] {
        match source {
            Source::Value(_) => &[],
            Source::Key(key, _) => std::slice::from_ref(key),
            Source::Map(keys, _) => keys,
        }
    }
    let mut list: Vec<&Key> = match stmt {
        Stmt::Match { keys, .. } | Stmt::Vmap { keys, .. } | Stmt::ObjectMap { keys, .. } => keys.iter().collect(),
        Stmt::Assign { key, source } => of(source).iter().chain([key]).collect(),
        Stmt::Dynset { keys, data, .. } => keys.iter().chain(data.iter().flat_map(of)).collect(),
        Stmt::Nat(nat) => nat.addr.iter().chain(&nat.port).flat_map(of).collect(),
        Stmt::Dup { addr, dev, .. } => addr.iter().chain(dev).flat_map(of).collect(),
        _ => Vec::new(),
    };
    // what a hash is made of has to be there too
    let nested: Vec<&Key> = list
        .iter()
        .flat_map(|key| match key {
            Key::Hash { keys, .. } => keys.iter().collect(),
            _ => Vec::new(),
        })
        .collect();
    list.extend(nested);
    list
}

/// Whether a key says what the transport protocol is.
pub(super) fn is_transport(key: &Key) -> bool {
    match key {
        Key::Meta(row) => row.number == NFT_META_L4PROTO.0,
        Key::Field(proto, field) => {
            *proto == keys::IP && field.name == "protocol" || *proto == keys::IP6 && field.name == "nexthdr"
        }
        _ => false,
    }
}

/// The header that a match makes sure of.
pub(super) fn implied(key: &Key, number: u64, family: u8) -> Option<(u32, &'static Proto)> {
    let by_ether = |number| Some((NETWORK, Proto::network(u16::try_from(number).ok()?).filter(|proto| proto.base == NETWORK)?));
    match key {
        key if is_transport(key) => Some((TRANSPORT, Proto::transport(u8::try_from(number).ok()?)?)),
        Key::Meta(row) if row.number == NFT_META_NFPROTO.0 => Some((NETWORK, Proto::family(u8::try_from(number).ok()?)?)),
        // elsewhere nft asks for the family itself
        Key::Meta(row) if row.number == NFT_META_PROTOCOL.0 && matches!(family, 5 | 7) => by_ether(number),
        Key::Meta(row) if row.number == NFT_META_IFTYPE.0 && number == 1 => Some((LINK, keys::ETHER)),
        Key::Field(proto, field) if *proto == keys::ETHER && field.name == "type" && number == 0x8100 => Some((LINK, keys::VLAN)),
        Key::Field(proto, field) if (*proto == keys::ETHER || *proto == keys::VLAN) && field.name == "type" => by_ether(number),
        _ => None,
    }
}

/// A transport protocol that has no header here.
fn unknown(key: &Key) -> Option<(u32, &'static Proto)> {
    matches!(key, Key::Meta(row) if row.number == NFT_META_L4PROTO.0).then_some((TRANSPORT, keys::UNKNOWN))
}
