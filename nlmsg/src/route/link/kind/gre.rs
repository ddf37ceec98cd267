//! Kinds `gre`, `gretap`, `erspan` and their IPv6 twins: generic routing encapsulation (linux/if_tunnel.h).

use core::net::IpAddr;

use super::iptun::TunnelEncap;
use crate::payload::{Be, Flag};

attrs! {
    /// Settings of a GRE tunnel (linux/if_tunnel.h).
    pub enum IflaGre<'a> in "if_tunnel.h" {
        /// Index of the device below; 0 is any.
        IFLA_GRE_LINK(u32) = 1,
        /// What received packets carry.
        IFLA_GRE_IFLAGS(Be<GreFlags>) = 2,
        /// What sent packets carry.
        IFLA_GRE_OFLAGS(Be<GreFlags>) = 3,
        /// Key of received packets.
        IFLA_GRE_IKEY(Be<u32>) = 4,
        /// Key of sent packets.
        IFLA_GRE_OKEY(Be<u32>) = 5,
        /// The near end.
        IFLA_GRE_LOCAL(IpAddr) = 6,
        /// The far end.
        IFLA_GRE_REMOTE(IpAddr) = 7,
        /// Time to live; 0 inherits.
        IFLA_GRE_TTL(u8) = 8,
        /// Type of service; 1 inherits.
        IFLA_GRE_TOS(u8) = 9,
        /// Whether the path MTU is found out.
        IFLA_GRE_PMTUDISC(u8) = 10,
        /// How often a packet may be put in tunnels, IPv6.
        IFLA_GRE_ENCAP_LIMIT(u8) = 11,
        /// Traffic class and flow label, IPv6.
        IFLA_GRE_FLOWINFO(Be<u32>) = 12,
        /// `IP6_TNL_F_*` of the kernel, IPv6.
        IFLA_GRE_FLAGS(u32) = 13,
        /// What is put around.
        IFLA_GRE_ENCAP_TYPE(TunnelEncap) = 14,
        /// `TUNNEL_ENCAP_FLAG_*` of the kernel.
        IFLA_GRE_ENCAP_FLAGS(u16) = 15,
        /// UDP source port around it; 0 chooses.
        IFLA_GRE_ENCAP_SPORT(Be<u16>) = 16,
        /// UDP destination port around it.
        IFLA_GRE_ENCAP_DPORT(Be<u16>) = 17,
        /// Routes and rules say where packets go.
        IFLA_GRE_COLLECT_METADATA(Flag) = 18,
        /// Whether packets are fragmented although they forbid it.
        IFLA_GRE_IGNORE_DF(u8) = 19,
        /// Mark of the packets around.
        IFLA_GRE_FWMARK(u32) = 20,
        /// ERSPAN index, 20 bits.
        IFLA_GRE_ERSPAN_INDEX(u32) = 21,
        /// ERSPAN version: 0, 1 or 2.
        IFLA_GRE_ERSPAN_VER(u8) = 22,
        /// ERSPAN direction: 0 ingress, 1 egress.
        IFLA_GRE_ERSPAN_DIR(u8) = 23,
        /// ERSPAN hardware, 6 bits.
        IFLA_GRE_ERSPAN_HWID(u16) = 24,
    }
}

names! {
    /// What the GRE header carries (linux/if_tunnel.h).
    pub flags GreFlags(u16) {
        GRE_CSUM = 0x8000 => "csum",
        GRE_ROUTING = 0x4000,
        GRE_KEY = 0x2000 => "key",
        GRE_SEQ = 0x1000 => "seq",
        GRE_STRICT = 0x800,
        GRE_REC = 0x700,
        GRE_ACK = 0x80,
    }
}
