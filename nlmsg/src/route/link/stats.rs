//! Counters of devices: in `RTM_NEWLINK`, and alone in `RTM_NEWSTATS` (linux/if_link.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+-------------------------------+
//! |    family     |     pad1      |             pad2              |
//! +---------------+---------------+-------------------------------+
//! |                            ifindex                            |
//! +---------------------------------------------------------------+
//! |                          filter_mask                          |   bit n-1 is attribute n
//! +---------------------------------------------------------------+
//! ```

use crate::payload::{Array, Nest, Slot, View};
use crate::route::Af;

record! {
    /// `struct if_stats_msg` (linux/if_link.h).
    pub struct IfStatsMsg("if_stats_msg") {
        /// Always `AF_UNSPEC`.
        family: Af,
        /// A gap.
        pad1: u8,
        /// A gap.
        pad2: u16,
        /// The device; 0 is all.
        ifindex: u32,
        /// Which attributes: bit n-1 is attribute n.
        filter_mask: u32,
    }
}

attrs! {
    /// Counters of one device (linux/if_link.h).
    pub enum IflaStats<'a> in "if_link.h" {
        /// The same as `IFLA_STATS64`.
        IFLA_STATS_LINK_64(View<'a, RtnlLinkStats64>) = 1,
        /// Counters of its kind.
        IFLA_STATS_LINK_XSTATS(Nest<'a, LinkXstats<'a>>) = 2,
        /// Counters of it as a part of another device.
        IFLA_STATS_LINK_XSTATS_SLAVE(Nest<'a, LinkXstats<'a>>) = 3,
        /// Counters of the hardware.
        IFLA_STATS_LINK_OFFLOAD_XSTATS(Nest<'a, IflaOffloadXstats<'a>>) = 4,
        /// Counters of the protocols above, by address family.
        IFLA_STATS_AF_SPEC(Nest<'a, Slot<'a, Nest<'a, Slot<'a, &'a [u8]>>>>) = 5,
    }
}

attrs! {
    /// What requests for counters hold (linux/if_link.h).
    pub enum IflaStatsGetset<'a> in "if_link.h" {
        /// Bits by attribute: which of the attributes inside of it.
        IFLA_STATS_GET_FILTERS(Nest<'a, Slot<'a, u32>>) = 1,
        /// Whether the hardware shall count packets that it routes.
        IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS(u8) = 2,
    }
}

attrs! {
    /// Counters of a kind (linux/if_link.h).
    pub enum LinkXstats<'a> in "if_link.h" {
        /// Of a bridge or bridge port.
        LINK_XSTATS_TYPE_BRIDGE(Nest<'a, BridgeXstats<'a>>) = 1,
        /// Of a bond (linux/if_bonding.h).
        LINK_XSTATS_TYPE_BOND(Nest<'a, Slot<'a, u64>>) = 2,
    }
}

attrs! {
    /// Counters of a bridge or bridge port (linux/if_bridge.h).
    pub enum BridgeXstats<'a> in "if_bridge.h" {
        /// Of one VLAN; there are many of these.
        BRIDGE_XSTATS_VLAN(View<'a, BridgeVlanXstats>) = 1,
        /// Of IGMP and MLD: `struct br_mcast_stats`.
        BRIDGE_XSTATS_MCAST(Array<'a, u64>) = 2,
        /// Aligns what follows.
        BRIDGE_XSTATS_PAD(&'a [u8]) = 3,
        /// Of the spanning tree.
        BRIDGE_XSTATS_STP(View<'a, BridgeStpXstats>) = 4,
    }
}

record! {
    /// `struct bridge_vlan_xstats` (linux/if_bridge.h).
    pub struct BridgeVlanXstats("bridge_vlan_xstats") {
        /// Bytes received.
        rx_bytes: u64,
        /// Packets received.
        rx_packets: u64,
        /// Bytes sent.
        tx_bytes: u64,
        /// Packets sent.
        tx_packets: u64,
        /// The VLAN.
        vid: u16,
        /// What the VLAN is to the port: `BRIDGE_VLAN_INFO_*`.
        flags: u16,
        /// A gap.
        pad2: u32,
    }
}

record! {
    /// `struct bridge_stp_xstats` (linux/if_bridge.h).
    pub struct BridgeStpXstats("bridge_stp_xstats") {
        /// How often the port was blocked.
        transition_blk: u64,
        /// How often the port forwarded again.
        transition_fwd: u64,
        /// Hello packets received.
        rx_bpdu: u64,
        /// Hello packets sent.
        tx_bpdu: u64,
        /// Topology change notifications received.
        rx_tcn: u64,
        /// Topology change notifications sent.
        tx_tcn: u64,
    }
}

attrs! {
    /// Counters of the hardware (linux/if_link.h).
    pub enum IflaOffloadXstats<'a> in "if_link.h" {
        /// Packets that reached the processor.
        IFLA_OFFLOAD_XSTATS_CPU_HIT(View<'a, RtnlLinkStats64>) = 1,
        /// Which counters the hardware keeps, by attribute.
        IFLA_OFFLOAD_XSTATS_HW_S_INFO(Nest<'a, Slot<'a, Nest<'a, IflaOffloadXstatsHwSInfo<'a>>>>) = 2,
        /// Packets that the hardware routed.
        IFLA_OFFLOAD_XSTATS_L3_STATS(View<'a, RtnlHwStats64>) = 3,
    }
}

attrs! {
    /// Whether the hardware keeps counters (linux/if_link.h).
    pub enum IflaOffloadXstatsHwSInfo<'a> in "if_link.h" {
        /// Whether they are asked for.
        IFLA_OFFLOAD_XSTATS_HW_S_INFO_REQUEST(u8) = 1,
        /// Whether they are kept.
        IFLA_OFFLOAD_XSTATS_HW_S_INFO_USED(u8) = 2,
    }
}

record! {
    /// `struct rtnl_link_stats` (linux/if_link.h): the fields of [`RtnlLinkStats64`] that wrap at 32 bits.
    pub struct RtnlLinkStats("rtnl_link_stats") {
        /// Packets received.
        rx_packets: u32,
        /// Packets sent.
        tx_packets: u32,
        /// Bytes received.
        rx_bytes: u32,
        /// Bytes sent.
        tx_bytes: u32,
        /// Bad packets received.
        rx_errors: u32,
        /// Packets that could not be sent.
        tx_errors: u32,
        /// Received packets that were dropped.
        rx_dropped: u32,
        /// Packets that were dropped and not sent.
        tx_dropped: u32,
        /// Multicast packets received.
        multicast: u32,
        /// Collisions.
        collisions: u32,
        /// Of `rx_errors`: wrong length.
        rx_length_errors: u32,
        /// Of `rx_errors`: overflow of the ring.
        rx_over_errors: u32,
        /// Of `rx_errors`: wrong checksum.
        rx_crc_errors: u32,
        /// Of `rx_errors`: wrong alignment.
        rx_frame_errors: u32,
        /// Of `rx_errors`: overflow of the queue.
        rx_fifo_errors: u32,
        /// Packets that the host had no room for.
        rx_missed_errors: u32,
        /// Of `tx_errors`: given up.
        tx_aborted_errors: u32,
        /// Of `tx_errors`: no carrier.
        tx_carrier_errors: u32,
        /// Of `tx_errors`: underrun of the queue.
        tx_fifo_errors: u32,
        /// Of `tx_errors`: no heartbeat.
        tx_heartbeat_errors: u32,
        /// Of `tx_errors`: late collision.
        tx_window_errors: u32,
        /// Compressed packets received.
        rx_compressed: u32,
        /// Compressed packets sent.
        tx_compressed: u32,
        /// Packets that nobody wanted.
        rx_nohandler: u32,
    }
}

record! {
    /// `struct rtnl_link_stats64` (linux/if_link.h).
    pub struct RtnlLinkStats64("rtnl_link_stats64") {
        /// Packets received.
        rx_packets: u64,
        /// Packets sent.
        tx_packets: u64,
        /// Bytes received.
        rx_bytes: u64,
        /// Bytes sent.
        tx_bytes: u64,
        /// Bad packets received.
        rx_errors: u64,
        /// Packets that could not be sent.
        tx_errors: u64,
        /// Received packets that were dropped.
        rx_dropped: u64,
        /// Packets that were dropped and not sent.
        tx_dropped: u64,
        /// Multicast packets received.
        multicast: u64,
        /// Collisions.
        collisions: u64,
        /// Of `rx_errors`: wrong length.
        rx_length_errors: u64,
        /// Of `rx_errors`: overflow of the ring.
        rx_over_errors: u64,
        /// Of `rx_errors`: wrong checksum.
        rx_crc_errors: u64,
        /// Of `rx_errors`: wrong alignment.
        rx_frame_errors: u64,
        /// Of `rx_errors`: overflow of the queue.
        rx_fifo_errors: u64,
        /// Packets that the host had no room for.
        rx_missed_errors: u64,
        /// Of `tx_errors`: given up.
        tx_aborted_errors: u64,
        /// Of `tx_errors`: no carrier.
        tx_carrier_errors: u64,
        /// Of `tx_errors`: underrun of the queue.
        tx_fifo_errors: u64,
        /// Of `tx_errors`: no heartbeat.
        tx_heartbeat_errors: u64,
        /// Of `tx_errors`: late collision.
        tx_window_errors: u64,
        /// Compressed packets received.
        rx_compressed: u64,
        /// Compressed packets sent.
        tx_compressed: u64,
        /// Packets that nobody wanted.
        rx_nohandler: u64,
        /// Packets for other hosts that were dropped.
        rx_otherhost_dropped: u64,
    }
}

record! {
    /// `struct rtnl_hw_stats64` (linux/if_link.h).
    pub struct RtnlHwStats64("rtnl_hw_stats64") {
        /// Packets received.
        rx_packets: u64,
        /// Packets sent.
        tx_packets: u64,
        /// Bytes received.
        rx_bytes: u64,
        /// Bytes sent.
        tx_bytes: u64,
        /// Bad packets received.
        rx_errors: u64,
        /// Packets that could not be sent.
        tx_errors: u64,
        /// Received packets that were dropped.
        rx_dropped: u64,
        /// Packets that were dropped and not sent.
        tx_dropped: u64,
        /// Multicast packets received.
        multicast: u64,
    }
}
