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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::same;
    use crate::payload::{Bytes, Hw, Nest, Selector, Str, View};
    use crate::route::{Ifla::*, IflaInfo::*, link::kind::bridge::IflaBr::*, link::kind::bridge::IflaBrport::*, *};

    #[test]
    fn a_request() {
        // ip link add brx type bridge stp_state 1
        same(
            RTM_NEWLINK,
            "440000001000050601000000000000000000000000000000000000000000000008000300627278001c0012000a000100\
             62726964676500000c0002000800050001000000",
            Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_IFNAME(Str::new("brx")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::bare("bridge"))),
                        IFLA_INFO_DATA(InfoData::Bridge(Nest::List(&[IFLA_BR_STP_STATE(1)]))),
                    ])),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on: ip link add br0 type bridge forward_delay 200
        same(
            RTM_NEWLINK,
            "c40100001000000001000000000000000000010002000000031000000000000008000300627230009c0112000b000100\
             62726964676500008c0102000c00100000000000000000000c00110000000000000000000c0012000000000000000000\
             0c0013001d7500000000000008000100c800000008000200c800000008000300d0070000080004003075000008000500\
             000000000600060000800000050007000000000006000900000000000c000b0080006afc7bf3912e0c000a0080006afc\
             7bf3912e06000c000000000008000d000000000005000e000000000005000f00000000000a0014000180c20000000000\
             0c002e00000000001f000000080030000000000008003100000000000500160001000000050017000100000005001800\
             00000000050019000000000005002a000000000008001a001000000008001b000010000008001c000200000008001d00\
             0200000005002b000200000005002c00010000000c001e0064000000000000000c001f0090650000000000000c002000\
             9c630000000000000c002100d4300000000000000c002200e8030000000000000c002300340c00000000000005002400\
             0000000005002500000000000500260000000000",
            Link::new(
                IfInfoMsg {
                    ifi_type: ARPHRD_ETHER,
                    ifi_index: 2,
                    ifi_flags: IFF_UP | IFF_BROADCAST | IFF_MULTICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    IFLA_IFNAME(Str::new("br0")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::new("bridge"))),
                        IFLA_INFO_DATA(InfoData::Bridge(Nest::List(&[
                            IFLA_BR_HELLO_TIMER(0),
                            IFLA_BR_TCN_TIMER(0),
                            IFLA_BR_TOPOLOGY_CHANGE_TIMER(0),
                            IFLA_BR_GC_TIMER(29981),
                            IFLA_BR_FORWARD_DELAY(200),
                            IFLA_BR_HELLO_TIME(200),
                            IFLA_BR_MAX_AGE(2000),
                            IFLA_BR_AGEING_TIME(30000),
                            IFLA_BR_STP_STATE(0),
                            IFLA_BR_PRIORITY(32768),
                            IFLA_BR_VLAN_FILTERING(0),
                            IFLA_BR_GROUP_FWD_MASK(0),
                            IFLA_BR_BRIDGE_ID(View::new(
                                &IflaBridgeId { prio: Bytes([0x80, 0x00]), addr: Bytes([0x6a, 0xfc, 0x7b, 0xf3, 0x91, 0x2e]) }
                                    .to_bytes(),
                            )),
                            IFLA_BR_ROOT_ID(View::new(
                                &IflaBridgeId { prio: Bytes([0x80, 0x00]), addr: Bytes([0x6a, 0xfc, 0x7b, 0xf3, 0x91, 0x2e]) }
                                    .to_bytes(),
                            )),
                            IFLA_BR_ROOT_PORT(0),
                            IFLA_BR_ROOT_PATH_COST(0),
                            IFLA_BR_TOPOLOGY_CHANGE(0),
                            IFLA_BR_TOPOLOGY_CHANGE_DETECTED(0),
                            IFLA_BR_GROUP_ADDR(Hw(&[1, 128, 194, 0, 0, 0])),
                            IFLA_BR_MULTI_BOOLOPT(View::new(&BrBooloptMulti { optval: 0, optmask: 31 }.to_bytes())),
                            IFLA_BR_FDB_N_LEARNED(0),
                            IFLA_BR_FDB_MAX_LEARNED(0),
                            IFLA_BR_MCAST_ROUTER(MDB_RTR_TYPE_TEMP_QUERY),
                            IFLA_BR_MCAST_SNOOPING(1),
                            IFLA_BR_MCAST_QUERY_USE_IFADDR(0),
                            IFLA_BR_MCAST_QUERIER(0),
                            IFLA_BR_MCAST_STATS_ENABLED(0),
                            IFLA_BR_MCAST_HASH_ELASTICITY(16),
                            IFLA_BR_MCAST_HASH_MAX(4096),
                            IFLA_BR_MCAST_LAST_MEMBER_CNT(2),
                            IFLA_BR_MCAST_STARTUP_QUERY_CNT(2),
                            IFLA_BR_MCAST_IGMP_VERSION(2),
                            IFLA_BR_MCAST_MLD_VERSION(1),
                            IFLA_BR_MCAST_LAST_MEMBER_INTVL(100),
                            IFLA_BR_MCAST_MEMBERSHIP_INTVL(26000),
                            IFLA_BR_MCAST_QUERIER_INTVL(25500),
                            IFLA_BR_MCAST_QUERY_INTVL(12500),
                            IFLA_BR_MCAST_QUERY_RESPONSE_INTVL(1000),
                            IFLA_BR_MCAST_STARTUP_QUERY_INTVL(3124),
                            IFLA_BR_NF_CALL_IPTABLES(0),
                            IFLA_BR_NF_CALL_IP6TABLES(0),
                            IFLA_BR_NF_CALL_ARPTABLES(0),
                        ]))),
                    ])),
                ]),
            ),
        );
    }

    #[test]
    fn a_port_request() {
        // ip link set v0 type bridge_slave hairpin on
        same(
            RTM_NEWLINK,
            "400000001000050001000000000000000000000004000000000000000000000020001200100001006272696467655f73\
             6c6176650c0005000500040001000000",
            Link::new(
                IfInfoMsg { ifi_index: 4, ..Default::default() },
                Nest::List(&[IFLA_LINKINFO(Nest::List(&[
                    IFLA_INFO_KIND(Selector(Str::bare("bridge_slave"))),
                    IFLA_INFO_SLAVE_DATA(InfoSlaveData::Kind(SlaveKindData::Bridge(Nest::List(&[IFLA_BRPORT_MODE(1)])))),
                ]))]),
            ),
        );
    }

    #[test]
    fn a_port_reply() {
        // The kernel on: bridge link
        same(
            RTM_NEWLINK,
            "a401000010000200010000000000000007000100040000000310000000000000070003007630000008000a0002000000\
             08000400dc05000005001000030000000a0001006afc7bf3912e0000080005000300000050010c800500010000000000\
             060002002000000008000300020000000500040000000000050005000000000005000600000000000500070000000000\
             05001c00000000000500080001000000050009000100000005001b000100000005001e000100000005000a0000000000\
             05000c00000000000c000d0080006afc7bf3912e0c000e0080006afc7bf3912e06000f00018000000600100000000000\
             060011000180000006001200010000000500130000000000050014000000000005001d000000000006001f0000000000\
             050020000000000005002300000000000500240000000000050021000000000005002700000000000500280000000000\
             05002b00000000000c00150000000000000000000c00160000000000000000000c001700000000000000000005001900\
             0100000008002500000200000800260000000000080029000000000008002a0000000000",
            Link::new(
                IfInfoMsg {
                    ifi_family: AF_BRIDGE,
                    ifi_type: ARPHRD_ETHER,
                    ifi_index: 4,
                    ifi_flags: IFF_UP | IFF_BROADCAST | IFF_MULTICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    IFLA_IFNAME(Str::new("v0")),
                    IFLA_MASTER(2),
                    IFLA_MTU(1500),
                    IFLA_OPERSTATE(IF_OPER_LOWERLAYERDOWN),
                    IFLA_ADDRESS(Hw(&[106, 252, 123, 243, 145, 46])),
                    IFLA_LINK(3),
                    IFLA_PROTINFO(ProtInfo::Bridge(Nest::Nested(&[
                        IFLA_BRPORT_STATE(BR_STATE_DISABLED),
                        IFLA_BRPORT_PRIORITY(32),
                        IFLA_BRPORT_COST(2),
                        IFLA_BRPORT_MODE(0),
                        IFLA_BRPORT_GUARD(0),
                        IFLA_BRPORT_PROTECT(0),
                        IFLA_BRPORT_FAST_LEAVE(0),
                        IFLA_BRPORT_MCAST_TO_UCAST(0),
                        IFLA_BRPORT_LEARNING(1),
                        IFLA_BRPORT_UNICAST_FLOOD(1),
                        IFLA_BRPORT_MCAST_FLOOD(1),
                        IFLA_BRPORT_BCAST_FLOOD(1),
                        IFLA_BRPORT_PROXYARP(0),
                        IFLA_BRPORT_PROXYARP_WIFI(0),
                        IFLA_BRPORT_ROOT_ID(View::new(
                            &IflaBridgeId { prio: Bytes([0x80, 0x00]), addr: Bytes([0x6a, 0xfc, 0x7b, 0xf3, 0x91, 0x2e]) }
                                .to_bytes(),
                        )),
                        IFLA_BRPORT_BRIDGE_ID(View::new(
                            &IflaBridgeId { prio: Bytes([0x80, 0x00]), addr: Bytes([0x6a, 0xfc, 0x7b, 0xf3, 0x91, 0x2e]) }
                                .to_bytes(),
                        )),
                        IFLA_BRPORT_DESIGNATED_PORT(32769),
                        IFLA_BRPORT_DESIGNATED_COST(0),
                        IFLA_BRPORT_ID(32769),
                        IFLA_BRPORT_NO(1),
                        IFLA_BRPORT_TOPOLOGY_CHANGE_ACK(0),
                        IFLA_BRPORT_CONFIG_PENDING(0),
                        IFLA_BRPORT_VLAN_TUNNEL(0),
                        IFLA_BRPORT_GROUP_FWD_MASK(0),
                        IFLA_BRPORT_NEIGH_SUPPRESS(0),
                        IFLA_BRPORT_MRP_RING_OPEN(0),
                        IFLA_BRPORT_MRP_IN_OPEN(0),
                        IFLA_BRPORT_ISOLATED(0),
                        IFLA_BRPORT_LOCKED(0),
                        IFLA_BRPORT_MAB(0),
                        IFLA_BRPORT_NEIGH_VLAN_SUPPRESS(0),
                        IFLA_BRPORT_MESSAGE_AGE_TIMER(0),
                        IFLA_BRPORT_FORWARD_DELAY_TIMER(0),
                        IFLA_BRPORT_HOLD_TIMER(0),
                        IFLA_BRPORT_MULTICAST_ROUTER(MDB_RTR_TYPE_TEMP_QUERY),
                        IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT(512),
                        IFLA_BRPORT_MCAST_EHT_HOSTS_CNT(0),
                        IFLA_BRPORT_MCAST_N_GROUPS(0),
                        IFLA_BRPORT_MCAST_MAX_GROUPS(0),
                    ]))),
                ]),
            ),
        );
    }
}
