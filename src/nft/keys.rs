//! What a rule can look at: packet fields, meta data, connection tracking, routing. One row each; from it come
//! the words, the expression that loads it, the way back, and what sets remember of it.

use nlmsg::nft;
use nlmsg::payload::Names;

use super::expr::Expr;
use super::types::{self, Type};

/// A field of a protocol's header.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) ty: &'static Type,
    /// Bits before it in the header.
    pub(super) offset: u32,
    /// Bits of it.
    pub(super) bits: u32,
}

/// How one knows that a header is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Needs {
    /// Nothing to know.
    Nothing,
    /// Ethernet.
    Ether,
    /// This Ethernet type; and this netfilter family, if it has one.
    Network(u16, u8),
    /// This transport protocol; the family that it needs besides, 0 for any.
    Transport(u8),
}

/// A protocol header.
#[derive(Debug)]
pub(super) struct Proto {
    pub(super) name: &'static str,
    /// The number that sets remember it by.
    id: u32,
    /// `NFT_PAYLOAD_*`.
    pub(super) base: u32,
    pub(super) needs: Needs,
    pub(super) fields: &'static [Field],
}

impl PartialEq for Proto {
    fn eq(&self, other: &Proto) -> bool {
        self.id == other.id && self.name == other.name
    }
}

/// `NFT_PAYLOAD_LL_HEADER`.
pub(super) const LINK: u32 = 0;
/// `NFT_PAYLOAD_NETWORK_HEADER`.
pub(super) const NETWORK: u32 = 1;
/// `NFT_PAYLOAD_TRANSPORT_HEADER`.
pub(super) const TRANSPORT: u32 = 2;
/// `NFT_PAYLOAD_INNER_HEADER`.
const INNER: u32 = 3;

/// The words for the bases, in `@th,16,16`.
pub(super) const BASES: &[(&str, u32)] = &[("ll", LINK), ("nh", NETWORK), ("th", TRANSPORT), ("ih", INNER)];

macro_rules! protocols {
    ($($NAME:ident = $name:literal $id:literal $base:ident $needs:expr => {
        $($field:literal $ty:ident $offset:literal + $bits:literal;)*
    })*) => {
        $(pub(super) const $NAME: &Proto = &Proto {
            name: $name,
            id: $id,
            base: $base,
            needs: $needs,
            fields: &[$(Field { name: $field, ty: types::$ty, offset: $offset, bits: $bits }),*],
        };)*
        /// All headers.
        pub(super) const PROTOS: &[&Proto] = &[$($NAME),*];
    };
}

protocols! {
    ETHER = "ether" 17 LINK Needs::Ether => {
        "daddr" ETHER_ADDR 0 + 48;
        "saddr" ETHER_ADDR 48 + 48;
        "type" ETHER_TYPE 96 + 16;
    }
    VLAN = "vlan" 16 LINK Needs::Network(0x8100, 0) => {
        "pcp" INTEGER 112 + 3;
        "dei" INTEGER 115 + 1;
        "id" INTEGER 116 + 12;
        "type" ETHER_TYPE 128 + 16;
    }
    ARP = "arp" 15 NETWORK Needs::Network(0x0806, 3) => {
        "htype" INTEGER 0 + 16;
        "ptype" ETHER_TYPE 16 + 16;
        "hlen" INTEGER 32 + 8;
        "plen" INTEGER 40 + 8;
        "operation" ARP_OP 48 + 16;
        "saddr ether" ETHER_ADDR 64 + 48;
        "daddr ether" ETHER_ADDR 144 + 48;
        "saddr ip" IPV4_ADDR 112 + 32;
        "daddr ip" IPV4_ADDR 192 + 32;
    }
    IP = "ip" 12 NETWORK Needs::Network(0x0800, 2) => {
        "version" INTEGER 0 + 4;
        "hdrlength" INTEGER 4 + 4;
        "dscp" DSCP 8 + 6;
        "ecn" ECN 14 + 2;
        "length" INTEGER 16 + 16;
        "id" INTEGER 32 + 16;
        "frag-off" INTEGER 48 + 16;
        "ttl" INTEGER 64 + 8;
        "protocol" INET_PROTO 72 + 8;
        "checksum" INTEGER 80 + 16;
        "saddr" IPV4_ADDR 96 + 32;
        "daddr" IPV4_ADDR 128 + 32;
    }
    IP6 = "ip6" 13 NETWORK Needs::Network(0x86dd, 10) => {
        "version" INTEGER 0 + 4;
        "dscp" DSCP 4 + 6;
        "ecn" ECN 10 + 2;
        "flowlabel" INTEGER 12 + 20;
        "length" INTEGER 32 + 16;
        "nexthdr" INET_PROTO 48 + 8;
        "hoplimit" INTEGER 56 + 8;
        "saddr" IPV6_ADDR 64 + 128;
        "daddr" IPV6_ADDR 192 + 128;
    }
    AH = "ah" 1 TRANSPORT Needs::Transport(51) => {
        "nexthdr" INET_PROTO 0 + 8;
        "hdrlength" INTEGER 8 + 8;
        "reserved" INTEGER 16 + 16;
        "spi" INTEGER 32 + 32;
        "sequence" INTEGER 64 + 32;
    }
    ESP = "esp" 2 TRANSPORT Needs::Transport(50) => {
        "spi" INTEGER 0 + 32;
        "sequence" INTEGER 32 + 32;
    }
    COMP = "comp" 3 TRANSPORT Needs::Transport(108) => {
        "nexthdr" INET_PROTO 0 + 8;
        "flags" INTEGER 8 + 8;
        "cpi" INTEGER 16 + 16;
    }
    ICMP = "icmp" 4 TRANSPORT Needs::Transport(1) => {
        "type" ICMP_TYPE 0 + 8;
        "code" ICMP_CODE 8 + 8;
        "checksum" INTEGER 16 + 16;
        "id" INTEGER 32 + 16;
        "sequence" INTEGER 48 + 16;
        "gateway" INTEGER 32 + 32;
        "mtu" INTEGER 48 + 16;
    }
    IGMP = "igmp" 5 TRANSPORT Needs::Transport(2) => {
        "type" IGMP_TYPE 0 + 8;
        "mrt" INTEGER 8 + 8;
        "checksum" INTEGER 16 + 16;
        "group" IPV4_ADDR 32 + 32;
    }
    UDP = "udp" 6 TRANSPORT Needs::Transport(17) => {
        "sport" INET_SERVICE 0 + 16;
        "dport" INET_SERVICE 16 + 16;
        "length" INTEGER 32 + 16;
        "checksum" INTEGER 48 + 16;
    }
    UDPLITE = "udplite" 7 TRANSPORT Needs::Transport(136) => {
        "sport" INET_SERVICE 0 + 16;
        "dport" INET_SERVICE 16 + 16;
        "csumcov" INTEGER 32 + 16;
        "checksum" INTEGER 48 + 16;
    }
    TCP = "tcp" 8 TRANSPORT Needs::Transport(6) => {
        "sport" INET_SERVICE 0 + 16;
        "dport" INET_SERVICE 16 + 16;
        "sequence" INTEGER 32 + 32;
        "ackseq" INTEGER 64 + 32;
        "doff" INTEGER 96 + 4;
        "reserved" INTEGER 100 + 4;
        "flags" TCP_FLAG 104 + 8;
        "window" INTEGER 112 + 16;
        "checksum" INTEGER 128 + 16;
        "urgptr" INTEGER 144 + 16;
    }
    DCCP = "dccp" 9 TRANSPORT Needs::Transport(33) => {
        "sport" INET_SERVICE 0 + 16;
        "dport" INET_SERVICE 16 + 16;
    }
    SCTP = "sctp" 10 TRANSPORT Needs::Transport(132) => {
        "sport" INET_SERVICE 0 + 16;
        "dport" INET_SERVICE 16 + 16;
        "vtag" INTEGER 32 + 32;
        "checksum" INTEGER 64 + 32;
    }
    TH = "th" 11 TRANSPORT Needs::Nothing => {
        "sport" INET_SERVICE 0 + 16;
        "dport" INET_SERVICE 16 + 16;
    }
    ICMPV6 = "icmpv6" 14 TRANSPORT Needs::Transport(58) => {
        "type" ICMPV6_TYPE 0 + 8;
        "code" ICMPV6_CODE 8 + 8;
        "checksum" INTEGER 16 + 16;
        "parameter-problem" INTEGER 32 + 32;
        "mtu" INTEGER 32 + 32;
        "id" INTEGER 32 + 16;
        "sequence" INTEGER 48 + 16;
        "max-delay" INTEGER 32 + 16;
    }
}

impl Proto {
    /// The header of this name.
    pub(super) fn by_name(name: &str) -> Option<&'static Proto> {
        PROTOS.iter().copied().find(|proto| proto.name == name)
    }

    /// The header that follows a transport protocol's number.
    pub(super) fn transport(number: u8) -> Option<&'static Proto> {
        PROTOS.iter().copied().find(|proto| proto.needs == Needs::Transport(number))
    }

    /// The network header of an Ethernet type.
    pub(super) fn network(ether_type: u16) -> Option<&'static Proto> {
        PROTOS.iter().copied().find(|proto| matches!(proto.needs, Needs::Network(ty, _) if ty == ether_type))
    }

    /// The network header of a family.
    pub(super) fn family(family: u8) -> Option<&'static Proto> {
        PROTOS.iter().copied().find(|proto| family != 0 && matches!(proto.needs, Needs::Network(_, of) if of == family))
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields_static().iter().find(|field| field.name == name)
    }

    fn fields_static(&self) -> &'static [Field] {
        self.fields
    }
}

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

    /// What `NFTNL_UDATA_SET_KEY_TYPEOF` remembers: the kind of expression, and entries about it. `None` where
    /// `nft` keeps nothing.
    pub(super) fn typeof_udata(&self) -> Option<(u32, Vec<u8>)> {
        let entry = |kind: u8, value: u32| [&[kind, 4][..], &value.to_ne_bytes()].concat();
        Some(match self {
            Key::Field(proto, field) if field.bits % 8 == 0 && field.offset % 8 == 0 => {
                let place = proto.fields.iter().position(|other| other == *field)? as u32 + 1;
                let mut bytes = [entry(0, proto.id), entry(1, place)].concat();
                if *field.ty == *types::INTEGER {
                    bytes.extend(entry(4, field.bits));
                }
                (7, bytes)
            }
            Key::Meta(row) => (9, entry(0, row.number)),
            Key::Ct(row, dir) => (12, [entry(0, row.number), entry(1, dir.map_or(u32::MAX, u32::from))].concat()),
            Key::Rt(row) => (23, entry(0, row.number)),
            Key::Socket(row) => (20, entry(0, row.number)),
            Key::Fib(flags, row) => (26, [entry(0, row.number), entry(1, *flags)].concat()),
            _ => return None,
        })
    }
}

/// Keys of a concatenation.
pub(super) fn show_all(keys: &[Key]) -> String {
    keys.iter().map(Key::show).collect::<Vec<_>>().join(" . ")
}

/// The register after one that holds this many bytes: whole ones where they are filled, quarters elsewhere.
pub(super) fn next_register(reg: u32, size: u32) -> u32 {
    let place = if reg < 8 { (reg - 1) * 4 } else { reg - 8 } + size.div_ceil(4);
    if place.is_multiple_of(4) { place / 4 + 1 } else { place + 8 }
}
