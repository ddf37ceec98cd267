//! Packet headers and their fields, one row each.

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
    pub(super) id: u32,
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
        "cfi" INTEGER 115 + 1;
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

/// What follows a number that belongs to none of them.
pub(super) const UNKNOWN: &Proto = &Proto { name: "unknown", id: 0, base: TRANSPORT, needs: Needs::Nothing, fields: &[] };

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
