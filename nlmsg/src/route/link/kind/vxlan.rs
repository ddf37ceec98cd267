//! Kind `vxlan`: Ethernet in UDP (linux/if_link.h).

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::payload::{Be, Flag, FlagOrU8, View};

attrs! {
    /// Settings of a VXLAN device (linux/if_link.h).
    pub enum IflaVxlan<'a> in "if_link.h" {
        /// The network identifier, 24 bits.
        IFLA_VXLAN_ID(u32) = 1,
        /// Multicast group or default remote, IPv4.
        IFLA_VXLAN_GROUP(Ipv4Addr) = 2,
        /// Index of the device below.
        IFLA_VXLAN_LINK(u32) = 3,
        /// Source address, IPv4.
        IFLA_VXLAN_LOCAL(Ipv4Addr) = 4,
        /// Time to live; 0 inherits or chooses.
        IFLA_VXLAN_TTL(u8) = 5,
        /// Type of service; 1 inherits.
        IFLA_VXLAN_TOS(u8) = 6,
        /// Whether remote addresses are learned.
        IFLA_VXLAN_LEARNING(u8) = 7,
        /// How long a learned address counts, in seconds.
        IFLA_VXLAN_AGEING(u32) = 8,
        /// Most learned addresses; 0 is no limit.
        IFLA_VXLAN_LIMIT(u32) = 9,
        /// UDP source ports.
        IFLA_VXLAN_PORT_RANGE(View<'a, IflaVxlanPortRange>) = 10,
        /// Whether ARP is answered.
        IFLA_VXLAN_PROXY(u8) = 11,
        /// Whether routes short-circuit.
        IFLA_VXLAN_RSC(u8) = 12,
        /// Whether unknown link-layer addresses are notified.
        IFLA_VXLAN_L2MISS(u8) = 13,
        /// Whether unknown IP addresses are notified.
        IFLA_VXLAN_L3MISS(u8) = 14,
        /// UDP destination port.
        IFLA_VXLAN_PORT(Be<u16>) = 15,
        /// Multicast group or default remote, IPv6.
        IFLA_VXLAN_GROUP6(Ipv6Addr) = 16,
        /// Source address, IPv6.
        IFLA_VXLAN_LOCAL6(Ipv6Addr) = 17,
        /// Whether UDP has a checksum over IPv4.
        IFLA_VXLAN_UDP_CSUM(u8) = 18,
        /// Whether UDP is sent without a checksum over IPv6.
        IFLA_VXLAN_UDP_ZERO_CSUM6_TX(u8) = 19,
        /// Whether UDP without a checksum is taken over IPv6.
        IFLA_VXLAN_UDP_ZERO_CSUM6_RX(u8) = 20,
        /// Whether checksum offload is sent to the remote.
        IFLA_VXLAN_REMCSUM_TX(u8) = 21,
        /// Whether checksum offload is taken from the remote.
        IFLA_VXLAN_REMCSUM_RX(u8) = 22,
        /// Group policy extension.
        IFLA_VXLAN_GBP(Flag) = 23,
        /// Checksum offload without partial checksums.
        IFLA_VXLAN_REMCSUM_NOPARTIAL(Flag) = 24,
        /// Whether routes and rules say where packets go.
        IFLA_VXLAN_COLLECT_METADATA(u8) = 25,
        /// IPv6 flow label.
        IFLA_VXLAN_LABEL(Be<u32>) = 26,
        /// Generic protocol extension.
        IFLA_VXLAN_GPE(Flag) = 27,
        /// Whether the time to live of the inner packet is taken.
        IFLA_VXLAN_TTL_INHERIT(FlagOrU8) = 28,
        /// The IPv4 flag "don't fragment".
        IFLA_VXLAN_DF(VxlanDf) = 29,
        /// Whether only listed network identifiers are taken.
        IFLA_VXLAN_VNIFILTER(u8) = 30,
        /// Whether packets to a local VXLAN device take a shorter way.
        IFLA_VXLAN_LOCALBYPASS(u8) = 31,
        /// Where the flow label comes from.
        IFLA_VXLAN_LABEL_POLICY(VxlanLabelPolicy) = 32,
        /// Bits of the VXLAN header that are not looked at, 8 bytes.
        IFLA_VXLAN_RESERVED_BITS(&'a [u8]) = 33,
        /// Whether multicast packets are routed by multicast routes.
        IFLA_VXLAN_MC_ROUTE(u8) = 34,
    }
}

record! {
    /// `struct ifla_vxlan_port_range` (linux/if_link.h).
    pub struct IflaVxlanPortRange("ifla_vxlan_port_range") {
        /// The first.
        low: Be<u16>,
        /// The last.
        high: Be<u16>,
    }
}

names! {
    /// The IPv4 flag "don't fragment": `enum ifla_vxlan_df` (linux/if_link.h).
    pub enum VxlanDf(u8) {
        VXLAN_DF_UNSET = 0 => "unset",
        VXLAN_DF_SET = 1 => "set",
        VXLAN_DF_INHERIT = 2 => "inherit",
    }
}

names! {
    /// Where the flow label comes from: `enum ifla_vxlan_label_policy` (linux/if_link.h).
    pub enum VxlanLabelPolicy(u32) {
        VXLAN_LABEL_FIXED = 0,
        VXLAN_LABEL_INHERIT = 1 => "inherit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::same;
    use crate::payload::{Be, FlagOrU8, Nest, Selector, Str, View};
    use crate::route::{Ifla::*, IflaInfo::*, link::kind::vxlan::IflaVxlan::*, *};

    #[test]
    fn a_request() {
        // ip link add vxr type vxlan id 7 local 10.1.0.1 remote 10.1.0.9 dstport 4789 dev br0
        same(
            RTM_NEWLINK,
            "6c0000001000050601000000000000000000000000000000000000000000000008000300767872004400120009000100\
             76786c616e0000003400020008000300020000000800010007000000080004000a010001080002000a01000905000700\
             0100000006000f0012b50000",
            Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_IFNAME(Str::new("vxr")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::bare("vxlan"))),
                        IFLA_INFO_DATA(InfoData::Vxlan(Nest::List(&[
                            IFLA_VXLAN_LINK(2),
                            IFLA_VXLAN_ID(7),
                            IFLA_VXLAN_LOCAL("10.1.0.1".parse().unwrap()),
                            IFLA_VXLAN_GROUP("10.1.0.9".parse().unwrap()),
                            IFLA_VXLAN_LEARNING(1),
                            IFLA_VXLAN_PORT(Be(4789)),
                        ]))),
                    ])),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on: ip link add vx0 type vxlan id 42 dev v0 dstport 4789 group 239.1.1.1 ttl 5
        same(
            RTM_NEWLINK,
            "10010000100000000100000000000000000001000500000002100000000000000800030076783000e80012000a000100\
             76786c616e000000d8000200080001002a00000008000200ef0101010800030004000000050005000500000005001c00\
             00000000050006000000000005001d000000000008001a00000000000800200000000000050007000100000005000b00\
             0000000005000c000000000005000d000000000005000e00000000000500190000000000080008002c01000008000900\
             0000000006000f0012b50000050012000100000005001300000000000500140000000000050015000000000005001600\
             0000000005001f000100000008000a00000000000c002100f7ffffff000000ff",
            Link::new(
                IfInfoMsg {
                    ifi_type: ARPHRD_ETHER,
                    ifi_index: 5,
                    ifi_flags: IFF_BROADCAST | IFF_MULTICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    IFLA_IFNAME(Str::new("vx0")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::new("vxlan"))),
                        IFLA_INFO_DATA(InfoData::Vxlan(Nest::List(&[
                            IFLA_VXLAN_ID(42),
                            IFLA_VXLAN_GROUP("239.1.1.1".parse().unwrap()),
                            IFLA_VXLAN_LINK(4),
                            IFLA_VXLAN_TTL(5),
                            IFLA_VXLAN_TTL_INHERIT(FlagOrU8(Some(0))),
                            IFLA_VXLAN_TOS(0),
                            IFLA_VXLAN_DF(VXLAN_DF_UNSET),
                            IFLA_VXLAN_LABEL(Be(0)),
                            IFLA_VXLAN_LABEL_POLICY(VXLAN_LABEL_FIXED),
                            IFLA_VXLAN_LEARNING(1),
                            IFLA_VXLAN_PROXY(0),
                            IFLA_VXLAN_RSC(0),
                            IFLA_VXLAN_L2MISS(0),
                            IFLA_VXLAN_L3MISS(0),
                            IFLA_VXLAN_COLLECT_METADATA(0),
                            IFLA_VXLAN_AGEING(300),
                            IFLA_VXLAN_LIMIT(0),
                            IFLA_VXLAN_PORT(Be(4789)),
                            IFLA_VXLAN_UDP_CSUM(1),
                            IFLA_VXLAN_UDP_ZERO_CSUM6_TX(0),
                            IFLA_VXLAN_UDP_ZERO_CSUM6_RX(0),
                            IFLA_VXLAN_REMCSUM_TX(0),
                            IFLA_VXLAN_REMCSUM_RX(0),
                            IFLA_VXLAN_LOCALBYPASS(1),
                            IFLA_VXLAN_PORT_RANGE(View::new(&IflaVxlanPortRange { low: Be(0), high: Be(0) }.to_bytes())),
                            IFLA_VXLAN_RESERVED_BITS(&[247, 255, 255, 255, 0, 0, 0, 255]),
                        ]))),
                    ])),
                ]),
            ),
        );
    }
}
