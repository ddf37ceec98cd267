//! Network identifiers that a VXLAN device takes (linux/if_link.h).
//!
//! The header is `struct tunnel_msg`: a family, flags, two bytes that fill up, and the index of the device.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::Af;
use crate::payload::Nest;

record! {
    /// `struct tunnel_msg` (linux/if_link.h).
    pub struct TunnelMsg("tunnel_msg") {
        /// Always `AF_BRIDGE`.
        family: Af,
        /// What a dump shall hold.
        flags: TunnelMsgFlags,
        /// A gap.
        reserved2: u16,
        /// The device; 0 is all.
        ifindex: u32,
    }
}

names! {
    /// What a dump shall hold (linux/if_link.h).
    pub flags TunnelMsgFlags(u8) {
        TUNNEL_MSG_FLAG_STATS = 0x1,
    }
}

attrs! {
    /// Attributes that follow `struct tunnel_msg` (linux/if_link.h).
    pub enum VxlanVnifilter<'a> in "if_link.h" {
        /// An identifier or a range; there may be many of these.
        VXLAN_VNIFILTER_ENTRY(Nest<'a, VxlanVnifilterEntry<'a>>) = 1,
    }
}

attrs! {
    /// Network identifiers (linux/if_link.h).
    pub enum VxlanVnifilterEntry<'a> in "if_link.h" {
        /// The first.
        VXLAN_VNIFILTER_ENTRY_START(u32) = 1,
        /// The last.
        VXLAN_VNIFILTER_ENTRY_END(u32) = 2,
        /// Multicast group or default remote, IPv4.
        VXLAN_VNIFILTER_ENTRY_GROUP(Ipv4Addr) = 3,
        /// Multicast group or default remote, IPv6.
        VXLAN_VNIFILTER_ENTRY_GROUP6(Ipv6Addr) = 4,
        /// Counters.
        VXLAN_VNIFILTER_ENTRY_STATS(Nest<'a, VnifilterEntryStats<'a>>) = 5,
    }
}

attrs! {
    /// Counters of a network identifier (linux/if_link.h).
    pub enum VnifilterEntryStats<'a> in "if_link.h" {
        /// Bytes received.
        VNIFILTER_ENTRY_STATS_RX_BYTES(u64) = 1,
        /// Packets received.
        VNIFILTER_ENTRY_STATS_RX_PKTS(u64) = 2,
        /// Received packets that were dropped.
        VNIFILTER_ENTRY_STATS_RX_DROPS(u64) = 3,
        /// Bad packets received.
        VNIFILTER_ENTRY_STATS_RX_ERRORS(u64) = 4,
        /// Bytes sent.
        VNIFILTER_ENTRY_STATS_TX_BYTES(u64) = 5,
        /// Packets sent.
        VNIFILTER_ENTRY_STATS_TX_PKTS(u64) = 6,
        /// Packets that were dropped and not sent.
        VNIFILTER_ENTRY_STATS_TX_DROPS(u64) = 7,
        /// Packets that could not be sent.
        VNIFILTER_ENTRY_STATS_TX_ERRORS(u64) = 8,
        /// Aligns what follows.
        VNIFILTER_ENTRY_STATS_PAD(&'a [u8]) = 9,
    }
}
