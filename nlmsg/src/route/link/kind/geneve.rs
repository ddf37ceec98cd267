//! Kind `geneve`: Ethernet in UDP with options (linux/if_link.h).

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::payload::{Be, Flag, View};

attrs! {
    /// Settings of a GENEVE device (linux/if_link.h).
    pub enum IflaGeneve<'a> in "if_link.h" {
        /// The network identifier, 24 bits.
        IFLA_GENEVE_ID(u32) = 1,
        /// The far end, IPv4.
        IFLA_GENEVE_REMOTE(Ipv4Addr) = 2,
        /// Time to live; 0 chooses.
        IFLA_GENEVE_TTL(u8) = 3,
        /// Type of service; 1 inherits.
        IFLA_GENEVE_TOS(u8) = 4,
        /// UDP destination port.
        IFLA_GENEVE_PORT(Be<u16>) = 5,
        /// Routes and rules say where packets go.
        IFLA_GENEVE_COLLECT_METADATA(Flag) = 6,
        /// The far end, IPv6.
        IFLA_GENEVE_REMOTE6(Ipv6Addr) = 7,
        /// Whether UDP has a checksum over IPv4.
        IFLA_GENEVE_UDP_CSUM(u8) = 8,
        /// Whether UDP is sent without a checksum over IPv6.
        IFLA_GENEVE_UDP_ZERO_CSUM6_TX(u8) = 9,
        /// Whether UDP without a checksum is taken over IPv6.
        IFLA_GENEVE_UDP_ZERO_CSUM6_RX(u8) = 10,
        /// IPv6 flow label.
        IFLA_GENEVE_LABEL(Be<u32>) = 11,
        /// Whether the time to live of the inner packet is taken.
        IFLA_GENEVE_TTL_INHERIT(u8) = 12,
        /// The IPv4 flag "don't fragment".
        IFLA_GENEVE_DF(GeneveDf) = 13,
        /// Carries IP packets without Ethernet.
        IFLA_GENEVE_INNER_PROTO_INHERIT(Flag) = 14,
        /// UDP source ports.
        IFLA_GENEVE_PORT_RANGE(View<'a, IflaGenevePortRange>) = 15,
    }
}

record! {
    /// `struct ifla_geneve_port_range` (linux/if_link.h).
    pub struct IflaGenevePortRange("ifla_geneve_port_range") {
        /// The first.
        low: Be<u16>,
        /// The last.
        high: Be<u16>,
    }
}

names! {
    /// The IPv4 flag "don't fragment": `enum ifla_geneve_df` (linux/if_link.h).
    pub enum GeneveDf(u8) {
        GENEVE_DF_UNSET = 0 => "unset",
        GENEVE_DF_SET = 1 => "set",
        GENEVE_DF_INHERIT = 2 => "inherit",
    }
}
