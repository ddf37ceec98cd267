//! VLANs of bridges and bridge ports (linux/if_bridge.h).
//!
//! The header is `struct br_vlan_msg`: a family, three bytes that fill up, and the index of the device.

use super::Af;
use super::link::af_spec::BridgeVlanInfo;
use super::link::kind::bridge::{BrState, BridgeQuerier, McastRouter};
use super::mdb::MdbaRouter;
use crate::payload::{Nest, View};

record! {
    /// `struct br_vlan_msg` (linux/if_bridge.h).
    pub struct BrVlanMsg("br_vlan_msg") {
        /// Always `AF_BRIDGE`.
        family: Af,
        /// A gap.
        reserved1: u8,
        /// A gap.
        reserved2: u16,
        /// The bridge or port; 0 is all.
        ifindex: u32,
    }
}

attrs! {
    /// What a request to dump holds (linux/if_bridge.h).
    pub enum BridgeVlandbDump<'a> in "if_bridge.h" {
        /// What to dump.
        BRIDGE_VLANDB_DUMP_FLAGS(BridgeVlandbDumpf) = 1,
    }
}

names! {
    /// What to dump (linux/if_bridge.h).
    pub flags BridgeVlandbDumpf(u32) {
        BRIDGE_VLANDB_DUMPF_STATS = 0x1 => "stats",
        BRIDGE_VLANDB_DUMPF_GLOBAL = 0x2 => "global",
    }
}

attrs! {
    /// VLANs (linux/if_bridge.h).
    pub enum BridgeVlandb<'a> in "if_bridge.h" {
        /// A VLAN of a port, or a range; there may be many of these.
        BRIDGE_VLANDB_ENTRY(Nest<'a, BridgeVlandbEntry<'a>>) = 1,
        /// A VLAN of the whole bridge, or a range; there may be many of these.
        BRIDGE_VLANDB_GLOBAL_OPTIONS(Nest<'a, BridgeVlandbGopts<'a>>) = 2,
    }
}

attrs! {
    /// A VLAN of a port, or a range (linux/if_bridge.h).
    pub enum BridgeVlandbEntry<'a> in "if_bridge.h" {
        /// The VLAN.
        BRIDGE_VLANDB_ENTRY_INFO(View<'a, BridgeVlanInfo>) = 1,
        /// The last VLAN of a range.
        BRIDGE_VLANDB_ENTRY_RANGE(u16) = 2,
        /// Spanning tree state.
        BRIDGE_VLANDB_ENTRY_STATE(BrState) = 3,
        /// Its tunnel identifier.
        BRIDGE_VLANDB_ENTRY_TUNNEL_INFO(Nest<'a, BridgeVlandbTinfo<'a>>) = 4,
        /// Its counters.
        BRIDGE_VLANDB_ENTRY_STATS(Nest<'a, BridgeVlandbStats<'a>>) = 5,
        /// Whether a multicast router is in it.
        BRIDGE_VLANDB_ENTRY_MCAST_ROUTER(McastRouter) = 6,
        /// Groups.
        BRIDGE_VLANDB_ENTRY_MCAST_N_GROUPS(u32) = 7,
        /// Most groups; 0 is no limit.
        BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS(u32) = 8,
        /// Whether ARP and neighbour discovery are answered and not flooded.
        BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS(u8) = 9,
    }
}

attrs! {
    /// Tunnel identifier of a VLAN (linux/if_bridge.h).
    pub enum BridgeVlandbTinfo<'a> in "if_bridge.h" {
        /// The identifier.
        BRIDGE_VLANDB_TINFO_ID(u32) = 1,
        /// In a request: `RTM_SETLINK` sets it, `RTM_DELLINK` removes it.
        BRIDGE_VLANDB_TINFO_CMD(u32) = 2,
    }
}

attrs! {
    /// Counters of a VLAN (linux/if_bridge.h).
    pub enum BridgeVlandbStats<'a> in "if_bridge.h" {
        /// Bytes received.
        BRIDGE_VLANDB_STATS_RX_BYTES(u64) = 1,
        /// Packets received.
        BRIDGE_VLANDB_STATS_RX_PACKETS(u64) = 2,
        /// Bytes sent.
        BRIDGE_VLANDB_STATS_TX_BYTES(u64) = 3,
        /// Packets sent.
        BRIDGE_VLANDB_STATS_TX_PACKETS(u64) = 4,
        /// Aligns what follows.
        BRIDGE_VLANDB_STATS_PAD(&'a [u8]) = 5,
    }
}

attrs! {
    /// A VLAN of the whole bridge (linux/if_bridge.h). Times are in hundredths of a second.
    pub enum BridgeVlandbGopts<'a> in "if_bridge.h" {
        /// The VLAN.
        BRIDGE_VLANDB_GOPTS_ID(u16) = 1,
        /// The last VLAN of a range.
        BRIDGE_VLANDB_GOPTS_RANGE(u16) = 2,
        /// Whether multicast goes only where it is wanted.
        BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING(u8) = 3,
        /// IGMP version: 2 or 3.
        BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION(u8) = 4,
        /// MLD version: 1 or 2.
        BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION(u8) = 5,
        /// Queries before a group is dropped.
        BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT(u32) = 6,
        /// Queries at the start.
        BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT(u32) = 7,
        /// Time between queries before a group is dropped.
        BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL(u64) = 8,
        /// Aligns what follows.
        BRIDGE_VLANDB_GOPTS_PAD(&'a [u8]) = 9,
        /// How long a membership counts.
        BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL(u64) = 10,
        /// How long another querier counts.
        BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL(u64) = 11,
        /// Time between queries.
        BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL(u64) = 12,
        /// Time in which members shall answer.
        BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL(u64) = 13,
        /// Time between queries at the start.
        BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL(u64) = 14,
        /// Whether the bridge asks for members.
        BRIDGE_VLANDB_GOPTS_MCAST_QUERIER(u8) = 15,
        /// Ports with multicast routers.
        BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS(Nest<'a, MdbaRouter<'a>>) = 16,
        /// The queriers that are known.
        BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_STATE(Nest<'a, BridgeQuerier<'a>>) = 17,
        /// The spanning tree instance.
        BRIDGE_VLANDB_GOPTS_MSTI(u16) = 18,
    }
}
