//! rtnetlink: links, addresses, routes, neighbours, rules and namespace identifiers (linux/rtnetlink.h).
//!
//! Every message is a fixed header whose first byte is an address family, then attributes. Three verbs for
//! each object: `NEW` makes, changes or reports it, `DEL` removes it or reports that, `GET` asks.
//!
//! | messages | header | attributes | file |
//! | --- | --- | --- | --- |
//! | `RTM_*LINK`, `RTM_*LINKPROP` | [`IfInfoMsg`] | [`Ifla`] | [`link`] |
//! | `RTM_*ADDR`, `RTM_*MULTICAST`, `RTM_*ANYCAST` | [`IfAddrMsg`] | [`Ifa`] | [`addr`] |
//! | `RTM_*ROUTE` | [`RtMsg`] | [`Rta`] | [`mod@route`] |
//! | `RTM_*NEIGH` | [`NdMsg`] | [`Nda`] | [`neigh`] |
//! | `RTM_*NEIGHTBL` | [`NdtMsg`] | [`Ndta`] | [`neigh`] |
//! | `RTM_*RULE` | [`FibRuleHdr`] | [`Fra`] | [`rule`] |
//! | `RTM_*NSID` | [`RtGenMsg`] | [`Netnsa`] | [`nsid`] |
//! | `RTM_*NETCONF` | [`NetconfMsg`] | [`Netconfa`] | [`netconf`] |
//! | `RTM_*STATS` | [`IfStatsMsg`] | [`IflaStats`], [`IflaStatsGetset`] | [`link::stats`] |
//! | `RTM_*VLAN` | [`BrVlanMsg`] | [`BridgeVlandb`], [`BridgeVlandbDump`] | [`vlan`] |
//! | `RTM_*MDB` | [`BrPortMsg`] | [`Mdba`]; asked with [`MdbaSetEntry`], [`MdbaGetEntry`] | [`mdb`] |
//! | `RTM_*TUNNEL` | [`TunnelMsg`] | [`VxlanVnifilter`] | [`tunnel`] |
//! | `RTM_*NEXTHOP`, `RTM_*NEXTHOPBUCKET` | [`NhMsg`] | [`Nha`] | [`nexthop`] |
//! | `RTM_NEWPREFIX` | [`PrefixMsg`] | [`Prefix`] | [`prefix`] |
//! | `RTM_*ADDRLABEL` | [`IfAddrLblMsg`] | [`Ifal`] | [`addrlabel`] |

pub mod addr;
pub mod addrlabel;
pub mod link;
pub mod mdb;
pub mod neigh;
pub mod netconf;
pub mod nexthop;
pub mod nsid;
pub mod prefix;
// the object is called what the protocol is called
#[allow(clippy::module_inception)]
pub mod route;
pub mod rule;
pub mod tunnel;
pub mod vlan;

pub use addr::*;
pub use addrlabel::*;
pub use link::af_spec::*;
pub use link::kind::*;
pub use link::stats::*;
pub use link::*;
pub use mdb::*;
pub use neigh::*;
pub use netconf::*;
pub use nexthop::*;
pub use nsid::*;
pub use prefix::*;
pub use route::*;
pub use rule::*;
pub use tunnel::*;
pub use vlan::*;

use crate::payload::Headed;

/// `RTM_*LINK`: a device.
pub type Link<'a> = Headed<'a, IfInfoMsg, Ifla<'a>>;
/// `RTM_*ADDR`: an address of a device.
pub type Addr<'a> = Headed<'a, IfAddrMsg, Ifa<'a>>;
/// `RTM_*ROUTE`: a route.
pub type Route<'a> = Headed<'a, RtMsg, Rta<'a>>;
/// `RTM_*NEIGH`: a neighbour, or an address that a bridge knows.
pub type Neigh<'a> = Headed<'a, NdMsg, Nda<'a>>;
/// `RTM_*NEIGHTBL`: a table of neighbours.
pub type NeighTbl<'a> = Headed<'a, NdtMsg, Ndta<'a>>;
/// `RTM_*RULE`: a rule.
pub type Rule<'a> = Headed<'a, FibRuleHdr, Fra<'a>>;
/// `RTM_*NSID`: an identifier of a namespace.
pub type Nsid<'a> = Headed<'a, RtGenMsg, Netnsa<'a>>;
/// `RTM_*NETCONF`: forwarding and its kin.
pub type Netconf<'a> = Headed<'a, NetconfMsg, Netconfa<'a>>;
/// `RTM_NEWSTATS`: counters of a device.
pub type Stats<'a> = Headed<'a, IfStatsMsg, IflaStats<'a>>;
/// `RTM_GETSTATS`, `RTM_SETSTATS`: a request for counters.
pub type StatsRequest<'a> = Headed<'a, IfStatsMsg, IflaStatsGetset<'a>>;
/// `RTM_*MDB`: multicast groups of a bridge, as the kernel tells them.
pub type Mdb<'a> = Headed<'a, BrPortMsg, Mdba<'a>>;
/// `RTM_NEWMDB`, `RTM_DELMDB`: a request about one entry.
pub type MdbRequest<'a> = Headed<'a, BrPortMsg, MdbaSetEntry<'a>>;
/// `RTM_NEWVLAN`, `RTM_DELVLAN`: VLANs of a bridge or bridge port.
pub type Vlan<'a> = Headed<'a, BrVlanMsg, BridgeVlandb<'a>>;
/// `RTM_GETVLAN`: a request for VLANs.
pub type VlanRequest<'a> = Headed<'a, BrVlanMsg, BridgeVlandbDump<'a>>;
/// `RTM_*TUNNEL`: network identifiers of a VXLAN device.
pub type Tunnel<'a> = Headed<'a, TunnelMsg, VxlanVnifilter<'a>>;
/// `RTM_*NEXTHOP`, `RTM_*NEXTHOPBUCKET`: a next hop, a group of them, or a bucket of one.
pub type Nexthop<'a> = Headed<'a, NhMsg, Nha<'a>>;
/// `RTM_NEWPREFIX`: a prefix that a router announced.
pub type AnnouncedPrefix<'a> = Headed<'a, PrefixMsg, Prefix<'a>>;
/// `RTM_*ADDRLABEL`: a label of addresses.
pub type AddrLabel<'a> = Headed<'a, IfAddrLblMsg, Ifal<'a>>;

messages! {
    /// All message types of rtnetlink that are known here.
    pub MESSAGES + 0 {
        /// Makes, changes or reports a device.
        RTM_NEWLINK = 16: IfInfoMsg, Ifla;
        /// Removes a device, or reports that.
        RTM_DELLINK = 17: IfInfoMsg, Ifla;
        /// Asks for devices.
        RTM_GETLINK = 18: IfInfoMsg, Ifla;
        /// Changes a device or bridge port.
        RTM_SETLINK = 19: IfInfoMsg, Ifla;
        /// Makes or reports an address.
        RTM_NEWADDR = 20: IfAddrMsg, Ifa;
        /// Removes an address, or reports that.
        RTM_DELADDR = 21: IfAddrMsg, Ifa;
        /// Asks for addresses.
        RTM_GETADDR = 22: IfAddrMsg, Ifa;
        /// Makes, changes or reports a route.
        RTM_NEWROUTE = 24: RtMsg, Rta;
        /// Removes a route, or reports that.
        RTM_DELROUTE = 25: RtMsg, Rta;
        /// Asks for routes, or for the one that a packet would take.
        RTM_GETROUTE = 26: RtMsg, Rta;
        /// Makes, changes or reports a neighbour.
        RTM_NEWNEIGH = 28: NdMsg, Nda;
        /// Removes a neighbour, or reports that.
        RTM_DELNEIGH = 29: NdMsg, Nda;
        /// Asks for neighbours.
        RTM_GETNEIGH = 30: NdMsg, Nda;
        /// Makes or reports a rule.
        RTM_NEWRULE = 32: FibRuleHdr, Fra;
        /// Removes a rule, or reports that.
        RTM_DELRULE = 33: FibRuleHdr, Fra;
        /// Asks for rules.
        RTM_GETRULE = 34: FibRuleHdr, Fra;
        /// Reports a prefix that a router has announced.
        RTM_NEWPREFIX = 52: PrefixMsg, Prefix;
        /// Reports a multicast address that a device takes.
        RTM_NEWMULTICAST = 56: IfAddrMsg, Ifa;
        /// Reports a multicast address that a device does not take any more.
        RTM_DELMULTICAST = 57: IfAddrMsg, Ifa;
        /// Asks for the multicast addresses that devices take.
        RTM_GETMULTICAST = 58: IfAddrMsg, Ifa;
        /// Reports an anycast address that a device takes.
        RTM_NEWANYCAST = 60: IfAddrMsg, Ifa;
        /// Reports an anycast address that a device does not take any more.
        RTM_DELANYCAST = 61: IfAddrMsg, Ifa;
        /// Asks for the anycast addresses that devices take.
        RTM_GETANYCAST = 62: IfAddrMsg, Ifa;
        /// Reports a table of neighbours.
        RTM_NEWNEIGHTBL = 64: NdtMsg, Ndta;
        /// Asks for the tables of neighbours.
        RTM_GETNEIGHTBL = 66: NdtMsg, Ndta;
        /// Changes a table of neighbours.
        RTM_SETNEIGHTBL = 67: NdtMsg, Ndta;
        /// Reports forwarding and its kin.
        RTM_NEWNETCONF = 80: NetconfMsg, Netconfa;
        /// Reports that a device with such settings went away.
        RTM_DELNETCONF = 81: NetconfMsg, Netconfa;
        /// Asks for forwarding and its kin.
        RTM_GETNETCONF = 82: NetconfMsg, Netconfa;
        /// Makes or reports a label of addresses.
        RTM_NEWADDRLABEL = 72: IfAddrLblMsg, Ifal;
        /// Removes a label of addresses.
        RTM_DELADDRLABEL = 73: IfAddrLblMsg, Ifal;
        /// Asks for labels of addresses.
        RTM_GETADDRLABEL = 74: IfAddrLblMsg, Ifal;
        /// Makes or reports an entry of a bridge's multicast database.
        RTM_NEWMDB = 84: BrPortMsg, Mdba, MdbaSetEntry;
        /// Removes an entry of a bridge's multicast database, or reports that.
        RTM_DELMDB = 85: BrPortMsg, Mdba, MdbaSetEntry;
        /// Asks for multicast databases of bridges, and answers.
        RTM_GETMDB = 86: BrPortMsg, Mdba, MdbaGetEntry;
        /// Gives or reports the identifier of a namespace.
        RTM_NEWNSID = 88: RtGenMsg, Netnsa;
        /// Reports that an identifier went away.
        RTM_DELNSID = 89: RtGenMsg, Netnsa;
        /// Asks for identifiers.
        RTM_GETNSID = 90: RtGenMsg, Netnsa;
        /// Reports counters.
        RTM_NEWSTATS = 92: IfStatsMsg, IflaStats;
        /// Asks for counters.
        RTM_GETSTATS = 94: IfStatsMsg, IflaStatsGetset;
        /// Says which counters shall be kept.
        RTM_SETSTATS = 95: IfStatsMsg, IflaStatsGetset;
        /// Makes, changes or reports a next hop.
        RTM_NEWNEXTHOP = 104: NhMsg, Nha;
        /// Removes a next hop, or reports that.
        RTM_DELNEXTHOP = 105: NhMsg, Nha;
        /// Asks for next hops.
        RTM_GETNEXTHOP = 106: NhMsg, Nha;
        /// Adds alternative names.
        RTM_NEWLINKPROP = 108: IfInfoMsg, Ifla;
        /// Removes alternative names.
        RTM_DELLINKPROP = 109: IfInfoMsg, Ifla;
        /// Asks for alternative names.
        RTM_GETLINKPROP = 110: IfInfoMsg, Ifla;
        /// Makes, changes or reports VLANs of a bridge.
        RTM_NEWVLAN = 112: BrVlanMsg, BridgeVlandb;
        /// Removes VLANs of a bridge, or reports that.
        RTM_DELVLAN = 113: BrVlanMsg, BridgeVlandb;
        /// Asks for VLANs of bridges.
        RTM_GETVLAN = 114: BrVlanMsg, BridgeVlandbDump;
        /// Reports a bucket of a resilient group.
        RTM_NEWNEXTHOPBUCKET = 116: NhMsg, Nha;
        /// Reports that a bucket is gone.
        RTM_DELNEXTHOPBUCKET = 117: NhMsg, Nha;
        /// Asks for buckets of a resilient group.
        RTM_GETNEXTHOPBUCKET = 118: NhMsg, Nha;
        /// Adds or reports network identifiers.
        RTM_NEWTUNNEL = 120: TunnelMsg, VxlanVnifilter;
        /// Removes network identifiers, or reports that.
        RTM_DELTUNNEL = 121: TunnelMsg, VxlanVnifilter;
        /// Asks for network identifiers.
        RTM_GETTUNNEL = 122: TunnelMsg, VxlanVnifilter;
    }
}

names! {
    /// Address families, with the words of `ip` (linux/socket.h). The values above 127 are rtnetlink's own.
    pub enum Af(u8) {
        AF_UNSPEC = 0,
        AF_UNIX = 1,
        AF_INET = 2 => "inet",
        AF_BRIDGE = 7 => "bridge",
        AF_INET6 = 10 => "inet6",
        AF_PACKET = 17 => "link",
        AF_MPLS = 28 => "mpls",
        AF_CAN = 29,
        AF_MCTP = 45 => "mctp",
        RTNL_FAMILY_IPMR = 128 => "ipmr",
        RTNL_FAMILY_IP6MR = 129 => "ip6mr",
    }
}

names! {
    /// Groups of notifications: `enum rtnetlink_groups` (linux/rtnetlink.h).
    pub enum RtnlGrp(u32) {
        RTNLGRP_NONE = 0,
        RTNLGRP_LINK = 1,
        RTNLGRP_NOTIFY = 2,
        RTNLGRP_NEIGH = 3,
        RTNLGRP_TC = 4,
        RTNLGRP_IPV4_IFADDR = 5,
        RTNLGRP_IPV4_MROUTE = 6,
        RTNLGRP_IPV4_ROUTE = 7,
        RTNLGRP_IPV4_RULE = 8,
        RTNLGRP_IPV6_IFADDR = 9,
        RTNLGRP_IPV6_MROUTE = 10,
        RTNLGRP_IPV6_ROUTE = 11,
        RTNLGRP_IPV6_IFINFO = 12,
        RTNLGRP_DECnet_IFADDR = 13,
        RTNLGRP_NOP2 = 14,
        RTNLGRP_DECnet_ROUTE = 15,
        RTNLGRP_DECnet_RULE = 16,
        RTNLGRP_NOP4 = 17,
        RTNLGRP_IPV6_PREFIX = 18,
        RTNLGRP_IPV6_RULE = 19,
        RTNLGRP_ND_USEROPT = 20,
        RTNLGRP_PHONET_IFADDR = 21,
        RTNLGRP_PHONET_ROUTE = 22,
        RTNLGRP_DCB = 23,
        RTNLGRP_IPV4_NETCONF = 24,
        RTNLGRP_IPV6_NETCONF = 25,
        RTNLGRP_MDB = 26,
        RTNLGRP_MPLS_ROUTE = 27,
        RTNLGRP_NSID = 28,
        RTNLGRP_MPLS_NETCONF = 29,
        RTNLGRP_IPV4_MROUTE_R = 30,
        RTNLGRP_IPV6_MROUTE_R = 31,
        RTNLGRP_NEXTHOP = 32,
        RTNLGRP_BRVLAN = 33,
        RTNLGRP_MCTP_IFADDR = 34,
        RTNLGRP_TUNNEL = 35,
        RTNLGRP_STATS = 36,
        RTNLGRP_IPV4_MCADDR = 37,
        RTNLGRP_IPV6_MCADDR = 38,
        RTNLGRP_IPV6_ACADDR = 39,
    }
}
