//! What a rule can look at: packet fields, meta data, connection tracking, routing. One row each; from it come
//! the words, the expression that loads it, the way back, and what sets remember of it.

use nlmsg::nft;
use nlmsg::payload::Names;

use super::expr::Expr;
pub(super) use super::headers::*;
use super::types::{self, Type};

/// A row of one of the tables below.
#[derive(Debug)]
pub(super) struct Row {
    /// The kernel's number.
    pub(super) number: u32,
    /// The words for the numbers of its table.
    names: &'static Names,
    pub(super) ty: &'static Type,
    pub(super) bits: u32,
    /// Whether the register is in host order.
    pub(super) host: bool,
    /// Where the word needs no `meta` before it: when read, and when printed.
    pub(super) bare: bool,
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.number == other.number && std::ptr::eq(self.names, other.names)
    }
}

impl Row {
    /// The word for it.
    pub(super) fn name(&self) -> &'static str {
        self.names.word(i64::from(self.number)).unwrap_or_default()
    }
}

macro_rules! rows {
    ($(#[$doc:meta])* $NAME:ident: $Names:ident { $($KEY:ident $ty:ident $bits:literal $order:ident $($bare:ident)?;)* }) => {
        $(#[$doc])*
        pub(super) const $NAME: &[Row] = &[$(Row {
            number: nft::$KEY.0,
            names: nft::$Names::TABLE,
            ty: types::$ty,
            bits: $bits,
            host: rows!(@$order),
            bare: rows!(@$($bare)?),
        }),*];
    };
    (@host) => { true };
    (@net) => { false };
    (@bare) => { true };
    (@) => { false };
}

rows! {
    /// `enum nft_meta_keys`.
    META: MetaKey {
        NFT_META_LEN HOST_INTEGER 32 host;
        NFT_META_PROTOCOL ETHER_TYPE 16 net;
        NFT_META_PRIORITY CLASSID 32 host;
        NFT_META_MARK MARK 32 host;
        NFT_META_IIF IFACE_INDEX 32 host bare;
        NFT_META_OIF IFACE_INDEX 32 host bare;
        NFT_META_IIFNAME IFNAME 128 host bare;
        NFT_META_OIFNAME IFNAME 128 host bare;
        NFT_META_IFTYPE IFACE_TYPE 16 host;
        NFT_META_OIFTYPE IFACE_TYPE 16 host;
        NFT_META_SKUID UID 32 host;
        NFT_META_SKGID GID 32 host;
        NFT_META_NFTRACE HOST_INTEGER 1 host;
        NFT_META_RTCLASSID REALM 32 host;
        NFT_META_SECMARK HOST_INTEGER 32 host;
        NFT_META_NFPROTO NFPROTO 8 host;
        NFT_META_L4PROTO INET_PROTO 8 host;
        NFT_META_BRI_IIFNAME IFNAME 128 host;
        NFT_META_BRI_OIFNAME IFNAME 128 host;
        NFT_META_PKTTYPE PKT_TYPE 8 host;
        NFT_META_CPU HOST_INTEGER 32 host;
        NFT_META_IIFGROUP DEVGROUP 32 host bare;
        NFT_META_OIFGROUP DEVGROUP 32 host bare;
        NFT_META_CGROUP HOST_INTEGER 32 host;
        NFT_META_PRANDOM INTEGER 32 net;
        NFT_META_SECPATH BOOLEAN 1 host;
        NFT_META_IIFKIND IFNAME 128 host;
        NFT_META_OIFKIND IFNAME 128 host;
        NFT_META_BRI_IIFPVID HOST_INTEGER 16 host;
        NFT_META_BRI_IIFVPROTO ETHER_TYPE 16 net;
        NFT_META_TIME_DAY DAY 8 host;
        NFT_META_TIME_HOUR HOUR 32 host;
        NFT_META_SDIF IFACE_INDEX 32 host;
        NFT_META_SDIFNAME IFNAME 128 host;
    }
}

/// Words that may go without `meta` though they are printed with it.
pub(super) const BARE: &[&str] = &[
    "mark",
    "iif",
    "oif",
    "iifname",
    "oifname",
    "iiftype",
    "oiftype",
    "skuid",
    "skgid",
    "nftrace",
    "rtclassid",
    "ibrname",
    "obrname",
    "pkttype",
    "cpu",
    "iifgroup",
    "oifgroup",
    "cgroup",
    "random",
];

rows! {
    /// `enum nft_ct_keys`.
    CT: CtKey {
        NFT_CT_STATE CT_STATE 32 host;
        NFT_CT_DIRECTION CT_DIR 8 host;
        NFT_CT_STATUS CT_STATUS 32 host;
        NFT_CT_MARK MARK 32 host;
        NFT_CT_SECMARK HOST_INTEGER 32 host;
        NFT_CT_EXPIRATION TIME 32 host;
        NFT_CT_HELPER STRING 128 host;
        NFT_CT_L3PROTOCOL NFPROTO 8 host;
        NFT_CT_SRC IPV4_ADDR 32 net;
        NFT_CT_DST IPV4_ADDR 32 net;
        NFT_CT_PROTOCOL INET_PROTO 8 net;
        NFT_CT_PROTO_SRC INET_SERVICE 16 net;
        NFT_CT_PROTO_DST INET_SERVICE 16 net;
        NFT_CT_LABELS CT_LABEL 128 host;
        NFT_CT_PKTS HOST_INTEGER 64 host;
        NFT_CT_BYTES HOST_INTEGER 64 host;
        NFT_CT_AVGPKT HOST_INTEGER 64 host;
        NFT_CT_ZONE HOST_INTEGER 16 host;
        NFT_CT_EVENTMASK CT_EVENT 32 host;
        NFT_CT_SRC_IP IPV4_ADDR 32 net;
        NFT_CT_DST_IP IPV4_ADDR 32 net;
        NFT_CT_SRC_IP6 IPV6_ADDR 128 net;
        NFT_CT_DST_IP6 IPV6_ADDR 128 net;
        NFT_CT_ID INTEGER 32 net;
    }
}

rows! {
    /// `enum nft_rt_keys`.
    RT: RtKey {
        NFT_RT_CLASSID REALM 32 host;
        NFT_RT_NEXTHOP4 IPV4_ADDR 32 net;
        NFT_RT_NEXTHOP6 IPV6_ADDR 128 net;
        NFT_RT_TCPMSS HOST_INTEGER 16 host;
        NFT_RT_XFRM BOOLEAN 1 host;
    }
}

rows! {
    /// `enum nft_socket_keys`.
    SOCKET: SocketKey {
        NFT_SOCKET_TRANSPARENT HOST_INTEGER 8 host;
        NFT_SOCKET_MARK MARK 32 host;
        NFT_SOCKET_WILDCARD HOST_INTEGER 8 host;
    }
}

rows! {
    /// `enum nft_fib_result`.
    FIB: FibResult {
        NFT_FIB_RESULT_OIF IFACE_INDEX 32 host;
        NFT_FIB_RESULT_OIFNAME IFNAME 128 host;
        NFT_FIB_RESULT_ADDRTYPE FIB_ADDRTYPE 32 host;
    }
}

/// `NFTA_FIB_F_*`, in the order in which `nft` prints them.
pub(super) const FIB_FLAGS: &[(&str, u32)] = &[("saddr", 1), ("daddr", 2), ("mark", 4), ("iif", 8), ("oif", 16)];
/// `NFTA_FIB_F_PRESENT`: only whether there is a route.
pub(super) const FIB_PRESENT: u32 = 32;

/// TCP options that `tcp option NAME` knows.
pub(super) const TCP_OPTIONS: &[(&str, u8, &[Field])] = &[
    ("maxseg", 2, &[Field { name: "size", ty: types::INTEGER, offset: 16, bits: 16 }]),
    ("window", 3, &[Field { name: "count", ty: types::INTEGER, offset: 16, bits: 8 }]),
    ("sack-perm", 4, &[]),
    ("sack", 5, &[]),
    (
        "timestamp",
        8,
        &[
            Field { name: "tsval", ty: types::INTEGER, offset: 16, bits: 32 },
            Field { name: "tsecr", ty: types::INTEGER, offset: 48, bits: 32 },
        ],
    ),
    ("mptcp", 30, &[]),
    ("eol", 0, &[]),
    ("nop", 1, &[]),
    ("fastopen", 34, &[]),
    ("md5sig", 19, &[]),
];

/// One thing that a rule can look at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    Field(&'static Proto, &'static Field),
    /// Bits of a header: base, offset, length.
    Raw(u32, u32, u32),
    Meta(&'static Row),
    /// The direction: original, reply.
    Ct(&'static Row, Option<u8>),
    Rt(&'static Row),
    Socket(&'static Row),
    /// `NFTA_FIB_F_*` and the result.
    Fib(u32, &'static Row),
    /// A TCP option's field; its presence without one.
    TcpOption(u8, Option<&'static Field>),
    /// `inc` or `random`, modulus, offset.
    Numgen {
        random: bool,
        modulus: u32,
        offset: u32,
    },
    /// A hash of keys, or the packet's own without any.
    Hash {
        keys: Vec<Key>,
        modulus: u32,
        seed: Option<u32>,
        offset: u32,
    },
}

impl Key {
    /// The meta key of this name.
    pub(super) fn meta(name: &str) -> Option<Key> {
        META.iter().find(|row| row.name() == name).map(Key::Meta)
    }

    /// The type of its values.
    pub(super) fn ty(&self) -> &'static Type {
        match self {
            Key::Field(_, field) | Key::TcpOption(_, Some(field)) => field.ty,
            Key::Raw(..) => types::RAW,
            Key::Fib(flags, _) if flags & FIB_PRESENT != 0 => types::BOOLEAN,
            Key::Meta(row) | Key::Ct(row, _) | Key::Rt(row) | Key::Socket(row) | Key::Fib(_, row) => row.ty,
            Key::TcpOption(_, None) => types::BOOLEAN,
            Key::Numgen { .. } | Key::Hash { .. } => types::HOST_INTEGER,
        }
    }

    /// How many bits its values have.
    pub(super) fn bits(&self) -> u32 {
        match self {
            Key::Field(_, field) | Key::TcpOption(_, Some(field)) => field.bits,
            Key::Raw(_, _, bits) => *bits,
            Key::Fib(flags, _) if flags & FIB_PRESENT != 0 => 32,
            Key::Meta(row) | Key::Ct(row, _) | Key::Rt(row) | Key::Socket(row) | Key::Fib(_, row) => row.bits,
            Key::TcpOption(_, None) => 1,
            Key::Numgen { .. } | Key::Hash { .. } => 32,
        }
    }

    /// Bytes that its values have.
    pub(super) fn size(&self) -> u32 {
        self.bits().div_ceil(8)
    }

    /// Whether the register is in host order.
    pub(super) fn host(&self) -> bool {
        match self {
            Key::Field(..) | Key::Raw(..) | Key::TcpOption(_, Some(_)) => false,
            Key::Meta(row) | Key::Ct(row, _) | Key::Rt(row) | Key::Socket(row) | Key::Fib(_, row) => row.host,
            Key::TcpOption(_, None) | Key::Numgen { .. } | Key::Hash { .. } => true,
        }
    }

    /// Whether it is a field that only echo messages have.
    pub(super) fn is_echo(&self) -> bool {
        matches!(self, Key::Field(proto, field) if (*proto == ICMP || *proto == ICMPV6) && matches!(field.name, "id" | "sequence"))
    }

    /// Where the key lies in a header: base, bits before it, bits.
    pub(super) fn place(&self) -> Option<(u32, u32, u32)> {
        match self {
            Key::Field(proto, field) => Some((proto.base, field.offset, field.bits)),
            Key::Raw(base, offset, bits) => Some((*base, *offset, *bits)),
            _ => None,
        }
    }

    /// A value as the register holds it, or back.
    pub(super) fn wire(&self, value: &[u8]) -> Vec<u8> {
        let ty = self.ty();
        if self.host() { Type { host: true, ..*ty }.wire(value) } else { value.to_vec() }
    }

    /// Appends the expressions that load it.
    pub(super) fn load(&self, dreg: u32, out: &mut Vec<Expr>) {
        let expr = match *self {
            Key::Field(..) | Key::Raw(..) => {
                let (base, offset, bits) = self.place().unwrap_or_default();
                let first = offset / 8;
                Expr::Payload { dreg, base, offset: first, len: (offset + bits).div_ceil(8) - first }
            }
            Key::Meta(row) => Expr::Meta { key: row.number, dreg },
            Key::Ct(row, dir) => Expr::Ct { key: row.number, dreg, dir },
            Key::Rt(row) => Expr::Rt { key: row.number, dreg },
            Key::Socket(row) => Expr::Socket { key: row.number, dreg },
            Key::Fib(flags, row) => Expr::Fib { flags, result: row.number, dreg },
            Key::TcpOption(kind, field) => match field {
                Some(field) => Expr::TcpOption { dreg, kind, offset: field.offset / 8, len: field.bits / 8, present: false },
                None => Expr::TcpOption { dreg, kind, offset: 0, len: 1, present: true },
            },
            Key::Numgen { random, modulus, offset } => Expr::Numgen { dreg, random, modulus, offset },
            Key::Hash { ref keys, modulus, seed, offset } => {
                // the sources take the registers after the result
                let mut reg = dreg + 1;
                let start = reg;
                for key in keys {
                    key.load(reg, out);
                    reg = next_register(reg, key.size());
                }
                let len = match keys.as_slice() {
                    [one] => one.size(),
                    many => many.iter().map(|key| key.size().next_multiple_of(4)).sum(),
                };
                Expr::Hash { sreg: (!keys.is_empty()).then_some(start), dreg, len, modulus, seed, offset }
            }
        };
        out.push(expr);
    }

    /// The words for it.
    pub(super) fn show(&self) -> String {
        match self {
            Key::Field(proto, field) if proto.name == "arp" && field.name.contains(' ') => format!("arp {}", field.name),
            Key::Field(proto, field) => format!("{} {}", proto.name, field.name),
            Key::Raw(base, offset, bits) => {
                let word = BASES.iter().find(|(_, number)| number == base).map_or("ll", |(word, _)| word);
                format!("@{word},{offset},{bits}")
            }
            Key::Meta(row) if row.bare => row.name().into(),
            Key::Meta(row) => format!("meta {}", row.name()),
            Key::Ct(row, dir) => {
                let dir = dir.map_or("", |dir| if dir == 0 { "original " } else { "reply " });
                let family = if matches!(row.number, 8 | 9) { "ip " } else { "" };
                format!("ct {dir}{family}{}", row.name())
            }
            Key::Rt(row) => format!("rt {}", row.name()),
            Key::Socket(row) => format!("socket {}", row.name()),
            Key::Fib(flags, row) => {
                let flags = FIB_FLAGS.iter().filter(|(_, flag)| flags & flag != 0).map(|(word, _)| *word);
                format!("fib {} {}", flags.collect::<Vec<_>>().join(" . "), row.name())
            }
            Key::TcpOption(kind, field) => {
                let name = TCP_OPTIONS.iter().find(|(_, number, _)| number == kind);
                let name = name.map_or_else(|| kind.to_string(), |(name, ..)| (*name).into());
                match field {
                    Some(field) => format!("tcp option {name} {}", field.name),
                    None => format!("tcp option {name}"),
                }
            }
            Key::Numgen { random, modulus, offset } => {
                let kind = if *random { "random" } else { "inc" };
                let offset = if *offset == 0 { String::new() } else { format!(" offset {offset}") };
                format!("numgen {kind} mod {modulus}{offset}")
            }
            Key::Hash { keys, modulus, seed, offset } => {
                let of = if keys.is_empty() { "symhash".into() } else { format!("jhash {}", show_all(keys)) };
                let seed = seed.map_or_else(String::new, |seed| format!(" seed 0x{seed:x}"));
                let offset = if *offset == 0 { String::new() } else { format!(" offset {offset}") };
                format!("{of} mod {modulus}{seed}{offset}")
            }
        }
    }
}

/// Keys of a concatenation.
pub(super) fn show_all(keys: &[Key]) -> String {
    keys.iter().map(Key::show).collect::<Vec<_>>().join(" . ")
}

/// The register after one that holds this many bytes: whole ones where they are filled, quarters elsewhere.
pub(super) fn next_register(reg: u32, size: u32) -> u32 {
    let place = if reg < 8 { reg.saturating_sub(1) * 4 } else { reg - 8 } + size.div_ceil(4);
    if place.is_multiple_of(4) { place / 4 + 1 } else { place + 8 }
}
