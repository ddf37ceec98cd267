//! Kind `gtp`: the tunnel of mobile networks (linux/if_link.h).

use core::net::{Ipv4Addr, Ipv6Addr};

attrs! {
    /// Settings of a GTP device (linux/if_link.h).
    pub enum IflaGtp<'a> in "if_link.h" {
        /// In a request: open socket of version 0.
        IFLA_GTP_FD0(u32) = 1,
        /// In a request: open socket of version 1.
        IFLA_GTP_FD1(u32) = 2,
        /// Size of the table of contexts.
        IFLA_GTP_PDP_HASHSIZE(u32) = 3,
        /// Which end this is.
        IFLA_GTP_ROLE(GtpRole) = 4,
        /// In a request: whether the kernel opens the sockets.
        IFLA_GTP_CREATE_SOCKETS(u8) = 5,
        /// What echo answers carry.
        IFLA_GTP_RESTART_COUNT(u8) = 6,
        /// Source address, IPv4.
        IFLA_GTP_LOCAL(Ipv4Addr) = 7,
        /// Source address, IPv6.
        IFLA_GTP_LOCAL6(Ipv6Addr) = 8,
    }
}

names! {
    /// `enum ifla_gtp_role` (linux/if_link.h).
    pub enum GtpRole(u32) {
        GTP_ROLE_GGSN = 0 => "ggsn",
        GTP_ROLE_SGSN = 1 => "sgsn",
    }
}
