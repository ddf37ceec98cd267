//! nlmsg: every attribute of every level, as the tables type it.

use std::hint::black_box;
use std::net::{IpAddr, Ipv6Addr};

use bytes::BytesMut;
use nlmsg::frame::{NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NlmF, message};
use nlmsg::nft::{self, *};
use nlmsg::payload::{Array, AttrSet, Be, ByFlag, BySize, Flag, Headed, Hw, Low8, Nest, Selector, Slot, Str, View, Visitor};
use nlmsg::route::link::kind::bridge::{BrState, IflaBridgeId, McastRouter};
use nlmsg::route::link::kind::{IflaBrport, VethInfo};
use nlmsg::route::{self, *};
use nlmsg::{Body, Field, Message, Messages};

use crate::requests::{RouteRequest, VethRequest};
use crate::sum::Sum;

/// Something whose values can be added up.
trait Visit {
    fn visit(&self, sum: &mut Sum);
}

macro_rules! numbers {
    ($($ty:ty)*) => { $(
        impl Visit for $ty {
            #[inline]
            fn visit(&self, sum: &mut Sum) { sum.add(*self) }
        }
    )* };
}
numbers!(u8 u16 u32 u64 i8 i16 i32 i64 Ipv6Addr);

impl Visit for IpAddr {
    /// Looked at where it lies: a copy is more bytes than were written, and waits for them.
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        sum.add(self);
    }
}

macro_rules! named_numbers {
    ($($ty:ident)*) => { $(
        impl Visit for $ty {
            #[inline]
            fn visit(&self, sum: &mut Sum) { sum.add(self.0) }
        }
    )* };
}
named_numbers!(
    Af Arphrd BitwiseOp BrState CmpOp CtDir CtKey Family Icmpv6RouterPref IfLinkMode IfOper IfaF IfaProt Iff IflaEventType Inet6Flags
    In6AddrGenMode LogFlags LogLevel LookupFlags LwtunnelEncap McastRouter MetaKey NatFlags NatType NfProto PayloadBase
    PayloadCsum PayloadCsumFlags Reg RejectType RtExtFilter RtProt RtScope RtTable RtaxFeature RtmF Rtn Verdict XdpAttached
    XdpFlags
);

macro_rules! records {
    ($($Record:ident { $($field:ident)* })*) => { $(
        impl Visit for View<'_, $Record> {
            #[inline]
            fn visit(&self, sum: &mut Sum) {
                match self.get() {
                    Some(record) => add_fields!(sum, record; $($field)*),
                    None => sum.missed += 1,
                }
            }
        }
    )* };
}
records! {
    IfaCacheinfo { ifa_prefered ifa_valid cstamp tstamp }
    IflaCacheinfo { max_reasm_len tstamp reachable_time retrans_time }
    RtnlLinkIfmap { mem_start mem_end base_addr irq dma port }
    RtaCacheinfo { rta_clntref rta_lastuse rta_expires rta_error rta_used rta_id rta_ts rta_tsage }
}

impl Visit for View<'_, RtnlLinkStats> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self.get() {
            Some(stats) => add_stats!(sum, stats),
            None => sum.missed += 1,
        }
    }
}

impl Visit for View<'_, RtnlLinkStats64> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self.get() {
            Some(stats) => add_stats!(sum, stats; + rx_otherhost_dropped),
            None => sum.missed += 1,
        }
    }
}

impl Visit for View<'_, IflaBridgeId> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self.get() {
            Some(id) => id.prio.0.iter().chain(&id.addr.0).for_each(|&byte| sum.add(byte)),
            None => sum.missed += 1,
        }
    }
}

impl<T: Visit> Visit for Be<T> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        self.0.visit(sum);
    }
}

impl<T: Visit, const SLOT: usize> Visit for Selector<T, SLOT> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        self.0.visit(sum);
    }
}

impl<A: Visit, B: Visit> Visit for BySize<A, B> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self {
            BySize::Short(value) => value.visit(sum),
            BySize::Long(value) => value.visit(sum),
        }
    }
}

impl<A: Visit, B: Visit> Visit for ByFlag<A, B> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self {
            ByFlag::Nested(value) => value.visit(sum),
            ByFlag::Plain(value) => value.visit(sum),
        }
    }
}

impl<F: Field + Visit> Visit for Array<'_, F> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        self.iter().for_each(|value| value.visit(sum));
    }
}

impl Visit for Str<'_> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        sum.add(self.as_bytes());
    }
}

impl Visit for &[u8] {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        sum.add(*self);
    }
}

impl Visit for Hw<'_> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        sum.add(self.0);
    }
}

impl Visit for Flag {
    #[inline]
    fn visit(&self, _: &mut Sum) {}
}

impl Visit for Udata<'_> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self {
            Udata::Walk(bytes) => sum.add(*bytes),
            Udata::List(_) => sum.missed += 1,
        }
    }
}

/// Adds up whatever it is given.
struct Adds<'s>(&'s mut Sum);

impl<T: Visit> Visitor<T> for Adds<'_> {
    type Out = ();
    #[inline(always)]
    fn visit(&mut self, attr: T) {
        attr.visit(self.0)
    }
}

impl<'a, T: AttrSet<'a> + Visit> Visit for Nest<'a, T> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        if self.accept(&mut Adds(sum)).is_err() {
            sum.missed += 1;
        }
    }
}

impl<P: Visit> Visit for Slot<'_, P> {
    #[inline]
    fn visit(&self, sum: &mut Sum) {
        match self {
            Slot::At(_, value) => value.visit(sum),
            Slot::Unknown(_) => sum.missed += 1,
        }
    }
}

/// The attributes of each set that are added up: nearly all. Those left out are decoded all the same (so says
/// `black_box`), but their nests are not walked; a run in which one of them occurs is refused.
macro_rules! sets {
    ($($Set:ident { $($ATTR:ident)* })*) => { $(
        impl Visit for $Set<'_> {
            #[inline(always)]
            fn visit(&self, sum: &mut Sum) {
                #[allow(unreachable_patterns)]
                match self {
                    $($Set::$ATTR(value) => value.visit(sum),)*
                    other => {
                        black_box(*other);
                        sum.missed += 1;
                    }
                }
            }
        }
    )* };
}
sets! {
    Ifla {
        IFLA_ADDRESS IFLA_BROADCAST IFLA_IFNAME IFLA_MTU IFLA_LINK IFLA_QDISC IFLA_STATS IFLA_COST IFLA_PRIORITY
        IFLA_MASTER IFLA_WIRELESS IFLA_TXQLEN IFLA_MAP IFLA_WEIGHT IFLA_OPERSTATE IFLA_LINKMODE IFLA_LINKINFO
        IFLA_NET_NS_PID IFLA_IFALIAS IFLA_NUM_VF IFLA_STATS64 IFLA_AF_SPEC IFLA_GROUP IFLA_NET_NS_FD IFLA_EXT_MASK
        IFLA_PROMISCUITY IFLA_NUM_TX_QUEUES IFLA_NUM_RX_QUEUES IFLA_CARRIER IFLA_PHYS_PORT_ID IFLA_CARRIER_CHANGES
        IFLA_PHYS_SWITCH_ID IFLA_LINK_NETNSID IFLA_PHYS_PORT_NAME IFLA_PROTO_DOWN IFLA_GSO_MAX_SEGS IFLA_GSO_MAX_SIZE
        IFLA_PAD IFLA_XDP IFLA_EVENT IFLA_NEW_NETNSID IFLA_TARGET_NETNSID IFLA_CARRIER_UP_COUNT
        IFLA_CARRIER_DOWN_COUNT IFLA_NEW_IFINDEX IFLA_MIN_MTU IFLA_MAX_MTU IFLA_PROP_LIST IFLA_ALT_IFNAME
        IFLA_PERM_ADDRESS IFLA_PROTO_DOWN_REASON IFLA_PARENT_DEV_NAME IFLA_PARENT_DEV_BUS_NAME IFLA_GRO_MAX_SIZE
        IFLA_TSO_MAX_SIZE IFLA_TSO_MAX_SEGS IFLA_ALLMULTI IFLA_DEVLINK_PORT IFLA_DPLL_PIN IFLA_GSO_IPV4_MAX_SIZE IFLA_GRO_IPV4_MAX_SIZE
        IFLA_MAX_PACING_OFFLOAD_HORIZON IFLA_NETNS_IMMUTABLE IFLA_HEADROOM IFLA_TAILROOM
    }
    IflaInfo {
        IFLA_INFO_KIND IFLA_INFO_XSTATS IFLA_INFO_SLAVE_KIND IFLA_INFO_SLAVE_DATA
    }
    IflaBrport {
        IFLA_BRPORT_STATE IFLA_BRPORT_PRIORITY IFLA_BRPORT_COST IFLA_BRPORT_MODE IFLA_BRPORT_GUARD IFLA_BRPORT_PROTECT
        IFLA_BRPORT_FAST_LEAVE IFLA_BRPORT_LEARNING IFLA_BRPORT_UNICAST_FLOOD IFLA_BRPORT_PROXYARP
        IFLA_BRPORT_LEARNING_SYNC IFLA_BRPORT_PROXYARP_WIFI IFLA_BRPORT_ROOT_ID IFLA_BRPORT_BRIDGE_ID
        IFLA_BRPORT_DESIGNATED_PORT IFLA_BRPORT_DESIGNATED_COST IFLA_BRPORT_ID IFLA_BRPORT_NO
        IFLA_BRPORT_TOPOLOGY_CHANGE_ACK IFLA_BRPORT_CONFIG_PENDING IFLA_BRPORT_MESSAGE_AGE_TIMER
        IFLA_BRPORT_FORWARD_DELAY_TIMER IFLA_BRPORT_HOLD_TIMER IFLA_BRPORT_FLUSH IFLA_BRPORT_MULTICAST_ROUTER
        IFLA_BRPORT_PAD IFLA_BRPORT_MCAST_FLOOD IFLA_BRPORT_MCAST_TO_UCAST IFLA_BRPORT_VLAN_TUNNEL
        IFLA_BRPORT_BCAST_FLOOD IFLA_BRPORT_GROUP_FWD_MASK IFLA_BRPORT_NEIGH_SUPPRESS IFLA_BRPORT_ISOLATED
        IFLA_BRPORT_BACKUP_PORT IFLA_BRPORT_MRP_RING_OPEN IFLA_BRPORT_MRP_IN_OPEN IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT
        IFLA_BRPORT_MCAST_EHT_HOSTS_CNT IFLA_BRPORT_LOCKED IFLA_BRPORT_MAB IFLA_BRPORT_MCAST_N_GROUPS
        IFLA_BRPORT_MCAST_MAX_GROUPS IFLA_BRPORT_NEIGH_VLAN_SUPPRESS IFLA_BRPORT_BACKUP_NHID
    }
    IflaXdp {
        IFLA_XDP_FD IFLA_XDP_ATTACHED IFLA_XDP_FLAGS IFLA_XDP_PROG_ID IFLA_XDP_DRV_PROG_ID IFLA_XDP_SKB_PROG_ID
        IFLA_XDP_HW_PROG_ID IFLA_XDP_EXPECTED_FD
    }
    IflaProtoDownReason {
        IFLA_PROTO_DOWN_REASON_MASK IFLA_PROTO_DOWN_REASON_VALUE
    }
    IflaAfSpec {
        AF_INET AF_INET6
    }
    IflaInet {
        IFLA_INET_CONF
    }
    IflaInet6 {
        IFLA_INET6_FLAGS IFLA_INET6_CONF IFLA_INET6_STATS IFLA_INET6_MCAST IFLA_INET6_CACHEINFO IFLA_INET6_ICMP6STATS
        IFLA_INET6_TOKEN IFLA_INET6_ADDR_GEN_MODE IFLA_INET6_RA_MTU
    }
    Ifa {
        IFA_ADDRESS IFA_LOCAL IFA_LABEL IFA_BROADCAST IFA_ANYCAST IFA_CACHEINFO IFA_MULTICAST IFA_FLAGS
        IFA_RT_PRIORITY IFA_TARGET_NETNSID IFA_PROTO
    }
    Rta {
        RTA_DST RTA_SRC RTA_IIF RTA_OIF RTA_GATEWAY RTA_PRIORITY RTA_PREFSRC RTA_METRICS RTA_PROTOINFO RTA_FLOW
        RTA_CACHEINFO RTA_SESSION RTA_MP_ALGO RTA_TABLE RTA_MARK RTA_NEWDST RTA_PREF RTA_ENCAP_TYPE RTA_EXPIRES
        RTA_PAD RTA_UID RTA_TTL_PROPAGATE RTA_IP_PROTO RTA_SPORT RTA_DPORT RTA_NH_ID RTA_FLOWLABEL
    }
    Rtax {
        RTAX_LOCK RTAX_MTU RTAX_WINDOW RTAX_RTT RTAX_RTTVAR RTAX_SSTHRESH RTAX_CWND RTAX_ADVMSS RTAX_REORDERING
        RTAX_HOPLIMIT RTAX_INITCWND RTAX_FEATURES RTAX_RTO_MIN RTAX_INITRWND RTAX_QUICKACK RTAX_CC_ALGO
        RTAX_FASTOPEN_NO_COOKIE
    }
    NftaRule {
        NFTA_RULE_TABLE NFTA_RULE_CHAIN NFTA_RULE_HANDLE NFTA_RULE_EXPRESSIONS NFTA_RULE_POSITION NFTA_RULE_USERDATA
        NFTA_RULE_PAD NFTA_RULE_ID NFTA_RULE_POSITION_ID NFTA_RULE_CHAIN_ID
    }
    NftaData {
        NFTA_DATA_VALUE NFTA_DATA_VERDICT
    }
    NftaVerdict {
        NFTA_VERDICT_CODE NFTA_VERDICT_CHAIN NFTA_VERDICT_CHAIN_ID
    }
    NftaBitwise {
        NFTA_BITWISE_SREG NFTA_BITWISE_DREG NFTA_BITWISE_LEN NFTA_BITWISE_MASK NFTA_BITWISE_XOR NFTA_BITWISE_OP
        NFTA_BITWISE_DATA NFTA_BITWISE_SREG2
    }
    NftaCmp {
        NFTA_CMP_SREG NFTA_CMP_OP NFTA_CMP_DATA
    }
    NftaCounter {
        NFTA_COUNTER_BYTES NFTA_COUNTER_PACKETS NFTA_COUNTER_PAD
    }
    NftaCt {
        NFTA_CT_DREG NFTA_CT_KEY NFTA_CT_DIRECTION NFTA_CT_SREG
    }
    NftaImmediate {
        NFTA_IMMEDIATE_DREG NFTA_IMMEDIATE_DATA
    }
    NftaLog {
        NFTA_LOG_GROUP NFTA_LOG_PREFIX NFTA_LOG_SNAPLEN NFTA_LOG_QTHRESHOLD NFTA_LOG_LEVEL NFTA_LOG_FLAGS
    }
    NftaLookup {
        NFTA_LOOKUP_SET NFTA_LOOKUP_SREG NFTA_LOOKUP_DREG NFTA_LOOKUP_SET_ID NFTA_LOOKUP_FLAGS
    }
    NftaMeta {
        NFTA_META_DREG NFTA_META_KEY NFTA_META_SREG
    }
    NftaNat {
        NFTA_NAT_TYPE NFTA_NAT_FAMILY NFTA_NAT_REG_ADDR_MIN NFTA_NAT_REG_ADDR_MAX NFTA_NAT_REG_PROTO_MIN
        NFTA_NAT_REG_PROTO_MAX NFTA_NAT_FLAGS
    }
    NftaPayload {
        NFTA_PAYLOAD_DREG NFTA_PAYLOAD_BASE NFTA_PAYLOAD_OFFSET NFTA_PAYLOAD_LEN NFTA_PAYLOAD_SREG
        NFTA_PAYLOAD_CSUM_TYPE NFTA_PAYLOAD_CSUM_OFFSET NFTA_PAYLOAD_CSUM_FLAGS
    }
    NftaReject {
        NFTA_REJECT_TYPE NFTA_REJECT_ICMP_CODE
    }
    DpllA { DPLL_A_PIN_ID }
    NftaExprList { NFTA_LIST_ELEM }
    NftaExpr { NFTA_EXPR_NAME NFTA_EXPR_DATA }
}

macro_rules! picks {
    ($($Pick:ident { $($Variant:ident)* })*) => { $(
        impl Visit for $Pick<'_> {
            #[inline]
            fn visit(&self, sum: &mut Sum) {
                match self {
                    $($Pick::$Variant(value) => value.visit(sum),)*
                    other => {
                        black_box(*other);
                        sum.missed += 1;
                    }
                }
            }
        }
    )* };
}
picks! {
    InfoSlaveData { Bridge }
    LinkAfSpec { Families }
    ExprData { Bitwise Cmp Counter Ct Immediate Log Lookup Meta Nat Payload Reject }
}

fn decode<'a, B: Body<'a>>(bytes: &'a [u8], visit: impl Fn(&B, &mut Sum)) -> Sum {
    let mut sum = Sum::default();
    let mut one = |message: Result<Message<'a>, nlmsg::Error>| {
        let message = message?;
        sum.add(message.header.nlmsg_type);
        visit(&message.body()?, &mut sum);
        Ok::<(), nlmsg::Error>(())
    };
    let broken = Messages::new(bytes).filter_map(|message| one(message).err()).count();
    sum.missed += broken as u64;
    sum
}

pub fn links(bytes: &[u8]) -> Sum {
    decode::<route::Link<'_>>(bytes, |link, sum| {
        let header = &link.header;
        header.ifi_family.visit(sum);
        header.ifi_type.visit(sum);
        header.ifi_index.visit(sum);
        header.ifi_flags.visit(sum);
        header.ifi_change.visit(sum);
        link.attrs.visit(sum);
    })
}

pub fn addrs(bytes: &[u8]) -> Sum {
    decode::<route::Addr<'_>>(bytes, |addr, sum| {
        let header = &addr.header;
        header.ifa_family.visit(sum);
        header.ifa_prefixlen.visit(sum);
        header.ifa_flags.get().visit(sum);
        header.ifa_scope.visit(sum);
        header.ifa_index.visit(sum);
        addr.attrs.visit(sum);
    })
}

pub fn routes(bytes: &[u8]) -> Sum {
    decode::<route::Route<'_>>(bytes, |route, sum| {
        let header = &route.header;
        header.rtm_family.visit(sum);
        header.rtm_dst_len.visit(sum);
        header.rtm_src_len.visit(sum);
        header.rtm_tos.visit(sum);
        header.rtm_table.get().visit(sum);
        header.rtm_protocol.visit(sum);
        header.rtm_scope.visit(sum);
        header.rtm_type.visit(sum);
        header.rtm_flags.visit(sum);
        route.attrs.visit(sum);
    })
}

pub fn rules(bytes: &[u8]) -> Sum {
    decode::<nft::Rule<'_>>(bytes, |rule, sum| {
        rule.header.nfgen_family.visit(sum);
        rule.header.version.visit(sum);
        rule.header.res_id.visit(sum);
        rule.attrs.visit(sum);
    })
}

const MAKE: NlmF = NlmF(1 | NLM_F_ACK.0 | NLM_F_CREATE.0 | NLM_F_EXCL.0);

pub fn encode_route(out: &mut BytesMut, request: &RouteRequest) -> Result<(), nlmsg::Error> {
    use Rta::*;
    let header = RtMsg {
        rtm_family: AF_INET,
        rtm_dst_len: request.dst_len,
        rtm_table: Low8::new(RT_TABLE_MAIN.0 as u8),
        rtm_protocol: RTPROT_STATIC,
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    };
    let attrs =
        [RTA_DST(request.dst.into()), RTA_GATEWAY(request.gateway.into()), RTA_OIF(request.oif), RTA_PRIORITY(request.priority)];
    message(out, RTM_NEWROUTE, MAKE, 1, &Headed::new(header, Nest::List(&attrs)))
}

pub fn encode_veth(out: &mut BytesMut, request: &VethRequest<'_>) -> Result<(), nlmsg::Error> {
    use Ifla::*;
    use IflaInfo::*;
    use VethInfo::*;
    let header = IfInfoMsg { ifi_flags: IFF_UP, ifi_change: IFF_UP, ..IfInfoMsg::default() };
    let peer = [IFLA_IFNAME(Str::new(request.peer)), IFLA_NET_NS_FD(request.netns_fd)];
    let attrs = [
        IFLA_IFNAME(Str::new(request.name)),
        IFLA_MASTER(request.master),
        IFLA_LINKINFO(Nest::Nested(&[
            IFLA_INFO_KIND(Selector(Str::new("veth"))),
            IFLA_INFO_DATA(InfoData::Veth(Nest::Nested(&[VETH_INFO_PEER(Headed::new(
                IfInfoMsg::default(),
                Nest::Nested(&peer),
            ))]))),
        ])),
    ];
    message(out, RTM_NEWLINK, MAKE, 1, &Headed::new(header, Nest::List(&attrs)))
}
