//! Kind `bridge`, and its ports (linux/if_link.h, linux/if_bridge.h).
//!
//! Times are in hundredths of a second, whatever the kernel's tick.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::vlan::VlanProtocol;
use crate::payload::{Be, Bytes, Flag, Hw, Nest, View};

attrs! {
    /// Settings of a bridge (linux/if_link.h).
    pub enum IflaBr<'a> in "if_link.h" {
        /// Time in listening and in learning state.
        IFLA_BR_FORWARD_DELAY(u32) = 1,
        /// Time between hello packets.
        IFLA_BR_HELLO_TIME(u32) = 2,
        /// How long a received hello counts.
        IFLA_BR_MAX_AGE(u32) = 3,
        /// How long an address stays known.
        IFLA_BR_AGEING_TIME(u32) = 4,
        /// Spanning tree: 0 off, 1 kernel, 2 a program.
        IFLA_BR_STP_STATE(u32) = 5,
        /// The bridge's priority in the spanning tree.
        IFLA_BR_PRIORITY(u16) = 6,
        /// Whether VLANs count.
        IFLA_BR_VLAN_FILTERING(u8) = 7,
        /// Which tag counts.
        IFLA_BR_VLAN_PROTOCOL(Be<VlanProtocol>) = 8,
        /// Which link-local groups are forwarded: bit n is 01:80:c2:00:00:0n.
        IFLA_BR_GROUP_FWD_MASK(u16) = 9,
        /// The root of the spanning tree.
        IFLA_BR_ROOT_ID(View<'a, IflaBridgeId>) = 10,
        /// This bridge.
        IFLA_BR_BRIDGE_ID(View<'a, IflaBridgeId>) = 11,
        /// The port towards the root.
        IFLA_BR_ROOT_PORT(u16) = 12,
        /// What the way to the root costs.
        IFLA_BR_ROOT_PATH_COST(u32) = 13,
        /// Whether a topology change is going on.
        IFLA_BR_TOPOLOGY_CHANGE(u8) = 14,
        /// Whether this bridge detected one.
        IFLA_BR_TOPOLOGY_CHANGE_DETECTED(u8) = 15,
        /// Time until the next hello.
        IFLA_BR_HELLO_TIMER(u64) = 16,
        /// Time until the next topology change notification.
        IFLA_BR_TCN_TIMER(u64) = 17,
        /// Time until the topology change ends.
        IFLA_BR_TOPOLOGY_CHANGE_TIMER(u64) = 18,
        /// Time until old addresses are looked for.
        IFLA_BR_GC_TIMER(u64) = 19,
        /// Group that spanning tree packets go to.
        IFLA_BR_GROUP_ADDR(Hw<'a>) = 20,
        /// In a request: forget all learned addresses.
        IFLA_BR_FDB_FLUSH(Flag) = 21,
        /// Whether the bridge counts as a multicast router.
        IFLA_BR_MCAST_ROUTER(McastRouter) = 22,
        /// Whether multicast goes only where it is wanted.
        IFLA_BR_MCAST_SNOOPING(u8) = 23,
        /// Whether queries carry the bridge's address.
        IFLA_BR_MCAST_QUERY_USE_IFADDR(u8) = 24,
        /// Whether the bridge asks for members.
        IFLA_BR_MCAST_QUERIER(u8) = 25,
        /// Not used by the kernel any more.
        IFLA_BR_MCAST_HASH_ELASTICITY(u32) = 26,
        /// Most groups that are kept.
        IFLA_BR_MCAST_HASH_MAX(u32) = 27,
        /// Queries before a group is dropped.
        IFLA_BR_MCAST_LAST_MEMBER_CNT(u32) = 28,
        /// Queries at the start.
        IFLA_BR_MCAST_STARTUP_QUERY_CNT(u32) = 29,
        /// Time between queries before a group is dropped.
        IFLA_BR_MCAST_LAST_MEMBER_INTVL(u64) = 30,
        /// How long a membership counts.
        IFLA_BR_MCAST_MEMBERSHIP_INTVL(u64) = 31,
        /// How long another querier counts.
        IFLA_BR_MCAST_QUERIER_INTVL(u64) = 32,
        /// Time between queries.
        IFLA_BR_MCAST_QUERY_INTVL(u64) = 33,
        /// Time in which members shall answer.
        IFLA_BR_MCAST_QUERY_RESPONSE_INTVL(u64) = 34,
        /// Time between queries at the start.
        IFLA_BR_MCAST_STARTUP_QUERY_INTVL(u64) = 35,
        /// Whether IPv4 packets pass the rules of iptables.
        IFLA_BR_NF_CALL_IPTABLES(u8) = 36,
        /// Whether IPv6 packets pass the rules of ip6tables.
        IFLA_BR_NF_CALL_IP6TABLES(u8) = 37,
        /// Whether ARP packets pass the rules of arptables.
        IFLA_BR_NF_CALL_ARPTABLES(u8) = 38,
        /// VLAN of untagged packets on a new port; 0 is none.
        IFLA_BR_VLAN_DEFAULT_PVID(u16) = 39,
        /// Aligns what follows.
        IFLA_BR_PAD(&'a [u8]) = 40,
        /// Whether VLANs have counters.
        IFLA_BR_VLAN_STATS_ENABLED(u8) = 41,
        /// Whether multicast has counters.
        IFLA_BR_MCAST_STATS_ENABLED(u8) = 42,
        /// IGMP version: 2 or 3.
        IFLA_BR_MCAST_IGMP_VERSION(u8) = 43,
        /// MLD version: 1 or 2.
        IFLA_BR_MCAST_MLD_VERSION(u8) = 44,
        /// Whether VLANs have counters on each port.
        IFLA_BR_VLAN_STATS_PER_PORT(u8) = 45,
        /// Switches by bit.
        IFLA_BR_MULTI_BOOLOPT(View<'a, BrBooloptMulti>) = 46,
        /// The queriers that are known.
        IFLA_BR_MCAST_QUERIER_STATE(Nest<'a, BridgeQuerier<'a>>) = 47,
        /// Addresses that are learned.
        IFLA_BR_FDB_N_LEARNED(u32) = 48,
        /// Most addresses that are learned; 0 is no limit.
        IFLA_BR_FDB_MAX_LEARNED(u32) = 49,
    }
}

record! {
    /// `struct ifla_bridge_id` (linux/if_link.h).
    pub struct IflaBridgeId("ifla_bridge_id") {
        /// Priority, in network order.
        prio: Bytes<2>,
        /// MAC address.
        addr: Bytes<6>,
    }
}

record! {
    /// `struct br_boolopt_multi` (linux/if_bridge.h): bit n is the option [`BrBoolopt`] n.
    pub struct BrBooloptMulti("br_boolopt_multi") {
        /// Which are on.
        optval: u32,
        /// Which are meant in a request, or known in a reply.
        optmask: u32,
    }
}

names! {
    /// Switches of a bridge: places of bits (linux/if_bridge.h).
    pub enum BrBoolopt(u32) {
        BR_BOOLOPT_NO_LL_LEARN = 0 => "no_linklocal_learn",
        BR_BOOLOPT_MCAST_VLAN_SNOOPING = 1 => "mcast_vlan_snooping",
        BR_BOOLOPT_MST_ENABLE = 2 => "mst_enabled",
        BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION = 3 => "mdb_offload_fail_notification",
        BR_BOOLOPT_FDB_LOCAL_VLAN_0 = 4 => "fdb_local_vlan_0",
    }
}

attrs! {
    /// The queriers that are known (linux/if_bridge.h).
    pub enum BridgeQuerier<'a> in "if_bridge.h" {
        /// Address of the IPv4 querier.
        BRIDGE_QUERIER_IP_ADDRESS(Ipv4Addr) = 1,
        /// Index of the port behind which it is.
        BRIDGE_QUERIER_IP_PORT(u32) = 2,
        /// How long it still counts.
        BRIDGE_QUERIER_IP_OTHER_TIMER(u64) = 3,
        /// Aligns what follows.
        BRIDGE_QUERIER_PAD(&'a [u8]) = 4,
        /// Address of the IPv6 querier.
        BRIDGE_QUERIER_IPV6_ADDRESS(Ipv6Addr) = 5,
        /// Index of the port behind which it is.
        BRIDGE_QUERIER_IPV6_PORT(u32) = 6,
        /// How long it still counts.
        BRIDGE_QUERIER_IPV6_OTHER_TIMER(u64) = 7,
    }
}

names! {
    /// Whether something counts as a multicast router (linux/if_bridge.h).
    pub enum McastRouter(u8) {
        MDB_RTR_TYPE_DISABLED = 0,
        MDB_RTR_TYPE_TEMP_QUERY = 1,
        MDB_RTR_TYPE_PERM = 2,
        MDB_RTR_TYPE_TEMP = 3,
    }
}

attrs! {
    /// Settings of a bridge port (linux/if_link.h).
    pub enum IflaBrport<'a> in "if_link.h" {
        /// Spanning tree state.
        IFLA_BRPORT_STATE(BrState) = 1,
        /// Priority in the spanning tree.
        IFLA_BRPORT_PRIORITY(u16) = 2,
        /// What the way over the port costs.
        IFLA_BRPORT_COST(u32) = 3,
        /// Hairpin: whether packets may leave by the port they came by.
        IFLA_BRPORT_MODE(u8) = 4,
        /// Whether hello packets shut the port.
        IFLA_BRPORT_GUARD(u8) = 5,
        /// Whether the port can never become the root port.
        IFLA_BRPORT_PROTECT(u8) = 6,
        /// Whether a group is dropped at once.
        IFLA_BRPORT_FAST_LEAVE(u8) = 7,
        /// Whether addresses are learned.
        IFLA_BRPORT_LEARNING(u8) = 8,
        /// Whether packets to unknown addresses go out.
        IFLA_BRPORT_UNICAST_FLOOD(u8) = 9,
        /// Whether ARP is answered for others.
        IFLA_BRPORT_PROXYARP(u8) = 10,
        /// Whether the hardware's learned addresses are taken over.
        IFLA_BRPORT_LEARNING_SYNC(u8) = 11,
        /// As `IFLA_BRPORT_PROXYARP`, as the wireless standard wants it.
        IFLA_BRPORT_PROXYARP_WIFI(u8) = 12,
        /// The root that the port heard of.
        IFLA_BRPORT_ROOT_ID(View<'a, IflaBridgeId>) = 13,
        /// The bridge that the port heard of.
        IFLA_BRPORT_BRIDGE_ID(View<'a, IflaBridgeId>) = 14,
        /// That bridge's port.
        IFLA_BRPORT_DESIGNATED_PORT(u16) = 15,
        /// What that bridge's way to the root costs.
        IFLA_BRPORT_DESIGNATED_COST(u16) = 16,
        /// The port's identifier.
        IFLA_BRPORT_ID(u16) = 17,
        /// The port's number.
        IFLA_BRPORT_NO(u16) = 18,
        /// Whether a topology change is to be acknowledged.
        IFLA_BRPORT_TOPOLOGY_CHANGE_ACK(u8) = 19,
        /// Whether a hello is to be sent.
        IFLA_BRPORT_CONFIG_PENDING(u8) = 20,
        /// Time until what was heard is too old.
        IFLA_BRPORT_MESSAGE_AGE_TIMER(u64) = 21,
        /// Time until the next state.
        IFLA_BRPORT_FORWARD_DELAY_TIMER(u64) = 22,
        /// Time until the next hello may be sent.
        IFLA_BRPORT_HOLD_TIMER(u64) = 23,
        /// In a request: forget the addresses learned by this port.
        IFLA_BRPORT_FLUSH(Flag) = 24,
        /// Whether a multicast router is behind the port.
        IFLA_BRPORT_MULTICAST_ROUTER(McastRouter) = 25,
        /// Aligns what follows.
        IFLA_BRPORT_PAD(&'a [u8]) = 26,
        /// Whether multicast to unknown groups goes out.
        IFLA_BRPORT_MCAST_FLOOD(u8) = 27,
        /// Whether multicast is sent to each member alone.
        IFLA_BRPORT_MCAST_TO_UCAST(u8) = 28,
        /// Whether VLANs are mapped to tunnel identifiers.
        IFLA_BRPORT_VLAN_TUNNEL(u8) = 29,
        /// Whether broadcast goes out.
        IFLA_BRPORT_BCAST_FLOOD(u8) = 30,
        /// Which link-local groups are forwarded.
        IFLA_BRPORT_GROUP_FWD_MASK(u16) = 31,
        /// Whether ARP and neighbour discovery are answered and not flooded.
        IFLA_BRPORT_NEIGH_SUPPRESS(u8) = 32,
        /// Whether the port speaks only to ports that are not isolated.
        IFLA_BRPORT_ISOLATED(u8) = 33,
        /// Index of the port that takes over without a carrier.
        IFLA_BRPORT_BACKUP_PORT(u32) = 34,
        /// Whether the MRP ring lost frames.
        IFLA_BRPORT_MRP_RING_OPEN(u8) = 35,
        /// Whether the MRP interconnect lost frames.
        IFLA_BRPORT_MRP_IN_OPEN(u8) = 36,
        /// Most hosts that are tracked.
        IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT(u32) = 37,
        /// Hosts that are tracked.
        IFLA_BRPORT_MCAST_EHT_HOSTS_CNT(u32) = 38,
        /// Whether unknown senders are shut out.
        IFLA_BRPORT_LOCKED(u8) = 39,
        /// Whether shut out senders are noted for a program.
        IFLA_BRPORT_MAB(u8) = 40,
        /// Groups of the port.
        IFLA_BRPORT_MCAST_N_GROUPS(u32) = 41,
        /// Most groups of the port; 0 is no limit.
        IFLA_BRPORT_MCAST_MAX_GROUPS(u32) = 42,
        /// As `IFLA_BRPORT_NEIGH_SUPPRESS`, by VLAN.
        IFLA_BRPORT_NEIGH_VLAN_SUPPRESS(u8) = 43,
        /// Next hop that packets to the backup port carry.
        IFLA_BRPORT_BACKUP_NHID(u32) = 44,
    }
}

names! {
    /// Spanning tree state of a port (linux/if_bridge.h).
    pub enum BrState(u8) {
        BR_STATE_DISABLED = 0 => "disabled",
        BR_STATE_LISTENING = 1 => "listening",
        BR_STATE_LEARNING = 2 => "learning",
        BR_STATE_FORWARDING = 3 => "forwarding",
        BR_STATE_BLOCKING = 4 => "blocking",
    }
}

attrs! {
    /// Spanning tree states of a port by instance (linux/if_bridge.h).
    pub enum IflaBridgeMst<'a> in "if_bridge.h" {
        /// One instance; there are many of these.
        IFLA_BRIDGE_MST_ENTRY(Nest<'a, IflaBridgeMstEntry<'a>>) = 1,
    }
}

attrs! {
    /// One spanning tree instance (linux/if_bridge.h).
    pub enum IflaBridgeMstEntry<'a> in "if_bridge.h" {
        /// The instance.
        IFLA_BRIDGE_MST_ENTRY_MSTI(u16) = 1,
        /// The port's state in it.
        IFLA_BRIDGE_MST_ENTRY_STATE(BrState) = 2,
    }
}
