//! Kinds `ipip`, `sit`, `ip6tnl`, `vti` and `vti6`: IP in IP, and with IPsec around (linux/if_tunnel.h).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::payload::{Be, BySize, Flag};

attrs! {
    /// Settings of an IP tunnel (linux/if_tunnel.h).
    pub enum IflaIptun<'a> in "if_tunnel.h" {
        /// Index of the device below; 0 is any.
        IFLA_IPTUN_LINK(u32) = 1,
        /// The near end.
        IFLA_IPTUN_LOCAL(IpAddr) = 2,
        /// The far end.
        IFLA_IPTUN_REMOTE(IpAddr) = 3,
        /// Time to live; 0 inherits.
        IFLA_IPTUN_TTL(u8) = 4,
        /// Type of service; 1 inherits.
        IFLA_IPTUN_TOS(u8) = 5,
        /// How often a packet may be put in tunnels, IPv6.
        IFLA_IPTUN_ENCAP_LIMIT(u8) = 6,
        /// Traffic class and flow label, IPv6.
        IFLA_IPTUN_FLOWINFO(Be<u32>) = 7,
        /// `SIT_ISATAP` of `sit` in network order, or `IP6_TNL_F_*` of `ip6tnl`.
        IFLA_IPTUN_FLAGS(BySize<Be<u16>, u32>) = 8,
        /// Protocol inside: `IPPROTO_*`, 0 any.
        IFLA_IPTUN_PROTO(u8) = 9,
        /// Whether the path MTU is found out.
        IFLA_IPTUN_PMTUDISC(u8) = 10,
        /// The provider's IPv6 prefix.
        IFLA_IPTUN_6RD_PREFIX(Ipv6Addr) = 11,
        /// IPv4 prefix that all customers share.
        IFLA_IPTUN_6RD_RELAY_PREFIX(Ipv4Addr) = 12,
        /// Bits of the IPv6 prefix.
        IFLA_IPTUN_6RD_PREFIXLEN(u16) = 13,
        /// Bits of the IPv4 prefix.
        IFLA_IPTUN_6RD_RELAY_PREFIXLEN(u16) = 14,
        /// What is put around.
        IFLA_IPTUN_ENCAP_TYPE(TunnelEncap) = 15,
        /// `TUNNEL_ENCAP_FLAG_*` of the kernel.
        IFLA_IPTUN_ENCAP_FLAGS(u16) = 16,
        /// UDP source port around it; 0 chooses.
        IFLA_IPTUN_ENCAP_SPORT(Be<u16>) = 17,
        /// UDP destination port around it.
        IFLA_IPTUN_ENCAP_DPORT(Be<u16>) = 18,
        /// Routes and rules say where packets go.
        IFLA_IPTUN_COLLECT_METADATA(Flag) = 19,
        /// Mark of the packets around.
        IFLA_IPTUN_FWMARK(u32) = 20,
    }
}

names! {
    /// What is put around a tunnel: `enum tunnel_encap_types` (linux/if_tunnel.h).
    pub enum TunnelEncap(u16) {
        TUNNEL_ENCAP_NONE = 0 => "none",
        TUNNEL_ENCAP_FOU = 1 => "fou",
        TUNNEL_ENCAP_GUE = 2 => "gue",
        TUNNEL_ENCAP_MPLS = 3,
    }
}

attrs! {
    /// Settings of a tunnel with IPsec around (linux/if_tunnel.h).
    pub enum IflaVti<'a> in "if_tunnel.h" {
        /// Index of the device below; 0 is any.
        IFLA_VTI_LINK(u32) = 1,
        /// Key of received packets.
        IFLA_VTI_IKEY(Be<u32>) = 2,
        /// Key of sent packets.
        IFLA_VTI_OKEY(Be<u32>) = 3,
        /// The near end.
        IFLA_VTI_LOCAL(IpAddr) = 4,
        /// The far end.
        IFLA_VTI_REMOTE(IpAddr) = 5,
        /// Mark of the packets around.
        IFLA_VTI_FWMARK(u32) = 6,
    }
}
