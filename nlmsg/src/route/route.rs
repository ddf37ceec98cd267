//! Routes (linux/rtnetlink.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! |  rtm_family   |  rtm_dst_len  |  rtm_src_len  |    rtm_tos    |
//! +---------------+---------------+---------------+---------------+
//! |   rtm_table   | rtm_protocol  |   rtm_scope   |   rtm_type    |
//! +---------------+---------------+---------------+---------------+
//! |                           rtm_flags                           |
//! +---------------------------------------------------------------+
//! ```

use core::net::IpAddr;

use super::Af;
use crate::payload::{Be, Hops, Low8, Nest, Slot, Str, View};

record! {
    /// `struct rtmsg` (linux/rtnetlink.h).
    pub struct RtMsg("rtmsg") {
        /// The addresses' family.
        rtm_family: Af,
        /// Bits of `RTA_DST`.
        rtm_dst_len: u8,
        /// Bits of `RTA_SRC`.
        rtm_src_len: u8,
        /// Type of service.
        rtm_tos: u8,
        /// The table, if below 256; a larger one is in `RTA_TABLE` alone.
        rtm_table: Low8<RtTable>,
        /// Who made the route.
        rtm_protocol: RtProt,
        /// How far the destination is.
        rtm_scope: RtScope,
        /// What happens to packets.
        rtm_type: Rtn,
        /// Flags; the low byte are those of the next hop, [`RtnhF`].
        rtm_flags: RtmF,
    }
}

names! {
    /// What a route does with packets (linux/rtnetlink.h).
    pub enum Rtn(u8) {
        RTN_UNSPEC = 0 => "none",
        RTN_UNICAST = 1 => "unicast",
        RTN_LOCAL = 2 => "local",
        RTN_BROADCAST = 3 => "broadcast",
        RTN_ANYCAST = 4 => "anycast",
        RTN_MULTICAST = 5 => "multicast",
        RTN_BLACKHOLE = 6 => "blackhole",
        RTN_UNREACHABLE = 7 => "unreachable",
        RTN_PROHIBIT = 8 => "prohibit",
        RTN_THROW = 9 => "throw",
        RTN_NAT = 10 => "nat",
        RTN_XRESOLVE = 11 => "xresolve",
    }
}

names! {
    /// Who made a route, rule or neighbour (linux/rtnetlink.h).
    pub enum RtProt(u8) {
        RTPROT_UNSPEC = 0 => "unspec",
        RTPROT_REDIRECT = 1 => "redirect",
        RTPROT_KERNEL = 2 => "kernel",
        RTPROT_BOOT = 3 => "boot",
        RTPROT_STATIC = 4 => "static",
        RTPROT_GATED = 8 => "gated",
        RTPROT_RA = 9 => "ra",
        RTPROT_MRT = 10 => "mrt",
        RTPROT_ZEBRA = 11 => "zebra",
        RTPROT_BIRD = 12 => "bird",
        RTPROT_DNROUTED = 13 => "dnrouted",
        RTPROT_XORP = 14 => "xorp",
        RTPROT_NTK = 15 => "ntk",
        RTPROT_DHCP = 16 => "dhcp",
        RTPROT_MROUTED = 17 => "mrouted",
        RTPROT_KEEPALIVED = 18 => "keepalived",
        RTPROT_BABEL = 42 => "babel",
        RTPROT_OVN = 84 => "ovn",
        RTPROT_OPENR = 99 => "openr",
        RTPROT_BGP = 186 => "bgp",
        RTPROT_ISIS = 187 => "isis",
        RTPROT_OSPF = 188 => "ospf",
        RTPROT_RIP = 189 => "rip",
        RTPROT_EIGRP = 192 => "eigrp",
    }
}

names! {
    /// How far something is: `enum rt_scope_t` (linux/rtnetlink.h).
    pub enum RtScope(u8) {
        RT_SCOPE_UNIVERSE = 0 => "global",
        RT_SCOPE_SITE = 200 => "site",
        RT_SCOPE_LINK = 253 => "link",
        RT_SCOPE_HOST = 254 => "host",
        RT_SCOPE_NOWHERE = 255 => "nowhere",
    }
}

names! {
    /// Routing tables: `enum rt_class_t` (linux/rtnetlink.h).
    pub enum RtTable(u32) {
        RT_TABLE_UNSPEC = 0 => "unspec",
        RT_TABLE_COMPAT = 252,
        RT_TABLE_DEFAULT = 253 => "default",
        RT_TABLE_MAIN = 254 => "main",
        RT_TABLE_LOCAL = 255 => "local",
    }
}

names! {
    /// Flags of a route (linux/rtnetlink.h).
    pub flags RtmF(u32) {
        RTM_F_NOTIFY = 0x100 => "notify",
        RTM_F_CLONED = 0x200 => "cloned",
        RTM_F_EQUALIZE = 0x400 => "equalize",
        RTM_F_PREFIX = 0x800,
        RTM_F_LOOKUP_TABLE = 0x1000,
        RTM_F_FIB_MATCH = 0x2000,
        RTM_F_OFFLOAD = 0x4000 => "rt_offload",
        RTM_F_TRAP = 0x8000 => "rt_trap",
        RTM_F_OFFLOAD_FAILED = 0x20000000 => "rt_offload_failed",
    }
}

attrs! {
    /// Attributes that follow `struct rtmsg`: `enum rtattr_type_t` (linux/rtnetlink.h).
    pub enum Rta<'a> in "rtnetlink.h" {
        /// The destination. In `AF_MPLS` messages four bytes of label.
        RTA_DST(IpAddr) = 1,
        /// The source that packets must have.
        RTA_SRC(IpAddr) = 2,
        /// Index of the device that packets come by.
        RTA_IIF(u32) = 3,
        /// Index of the device that packets leave by.
        RTA_OIF(u32) = 4,
        /// The next hop.
        RTA_GATEWAY(IpAddr) = 5,
        /// Metric: the smallest wins.
        RTA_PRIORITY(u32) = 6,
        /// Source address for packets of this host.
        RTA_PREFSRC(IpAddr) = 7,
        /// What is known of the way.
        RTA_METRICS(Nest<'a, Rtax<'a>>) = 8,
        /// Several next hops.
        RTA_MULTIPATH(Hops<'a, RtNextHop, Rta<'a>>) = 9,
        /// Not used by the kernel.
        RTA_PROTOINFO(&'a [u8]) = 10,
        /// Realms, for the classifier.
        RTA_FLOW(u32) = 11,
        /// Use and age.
        RTA_CACHEINFO(View<'a, RtaCacheinfo>) = 12,
        /// Not used by the kernel.
        RTA_SESSION(&'a [u8]) = 13,
        /// Not used by the kernel.
        RTA_MP_ALGO(&'a [u8]) = 14,
        /// The table.
        RTA_TABLE(RtTable) = 15,
        /// The mark that packets must have.
        RTA_MARK(u32) = 16,
        /// Counters of a multicast route.
        RTA_MFC_STATS(View<'a, RtaMfcStats>) = 17,
        /// The next hop, of another address family.
        RTA_VIA(View<'a, RtVia>) = 18,
        /// The labels that packets get, four bytes each.
        RTA_NEWDST(&'a [u8]) = 19,
        /// Preference among announced routers.
        RTA_PREF(Icmpv6RouterPref) = 20,
        /// What `RTA_ENCAP` says.
        RTA_ENCAP_TYPE(LwtunnelEncap) = 21,
        /// What is put around packets; the numbers depend on `RTA_ENCAP_TYPE` (linux/lwtunnel.h), which comes after it.
        RTA_ENCAP(Nest<'a, Slot<'a, &'a [u8]>>) = 22,
        /// Seconds until the route goes away.
        RTA_EXPIRES(u32) = 23,
        /// Aligns what follows.
        RTA_PAD(&'a [u8]) = 24,
        /// The user whose packets are meant.
        RTA_UID(u32) = 25,
        /// Whether the time to live goes from label to packet.
        RTA_TTL_PROPAGATE(u8) = 26,
        /// Protocol of the packet that a request asks about.
        RTA_IP_PROTO(u8) = 27,
        /// Source port of the packet that a request asks about.
        RTA_SPORT(Be<u16>) = 28,
        /// Destination port of the packet that a request asks about.
        RTA_DPORT(Be<u16>) = 29,
        /// A next hop object.
        RTA_NH_ID(u32) = 30,
        /// Flow label of the packet that a request asks about.
        RTA_FLOWLABEL(Be<u32>) = 31,
        /// In an event: why the kernel deleted the route.
        RTA_DEL_REASON(u32) = 32,
    }
}

record! {
    /// `struct rtnexthop` (linux/rtnetlink.h): one of several next hops.
    pub struct RtNextHop("rtnexthop") {
        /// Bytes of this next hop with its attributes.
        rtnh_len: u16,
        /// Its state.
        rtnh_flags: RtnhF,
        /// Its weight, less one.
        rtnh_hops: u8,
        /// Its device.
        rtnh_ifindex: i32,
    }
}

names! {
    /// State of a next hop (linux/rtnetlink.h).
    pub flags RtnhF(u8) {
        RTNH_F_DEAD = 0x1 => "dead",
        RTNH_F_PERVASIVE = 0x2 => "pervasive",
        RTNH_F_ONLINK = 0x4 => "onlink",
        RTNH_F_OFFLOAD = 0x8 => "offload",
        RTNH_F_LINKDOWN = 0x10 => "linkdown",
        RTNH_F_UNRESOLVED = 0x20 => "unresolved",
        RTNH_F_TRAP = 0x40 => "trap",
    }
}

record! {
    /// `struct rtvia` (linux/rtnetlink.h). The address follows.
    pub struct RtVia("rtvia") {
        /// `AF_*` of the address.
        rtvia_family: u16,
    }
}

record! {
    /// `struct rta_cacheinfo` (linux/rtnetlink.h).
    pub struct RtaCacheinfo("rta_cacheinfo") {
        /// Users.
        rta_clntref: u32,
        /// Time since the last use, in hundredths of a second.
        rta_lastuse: u32,
        /// Time until it goes away, in hundredths of a second; 0 is never.
        rta_expires: i32,
        /// The `errno` that packets are answered with.
        rta_error: u32,
        /// How often it was used.
        rta_used: u32,
        /// Not used any more.
        rta_id: u32,
        /// Not used any more.
        rta_ts: u32,
        /// Not used any more.
        rta_tsage: u32,
    }
}

record! {
    /// `struct rta_mfc_stats` (linux/rtnetlink.h).
    pub struct RtaMfcStats("rta_mfc_stats") {
        /// Packets.
        mfcs_packets: u64,
        /// Bytes.
        mfcs_bytes: u64,
        /// Packets that came by another device.
        mfcs_wrong_if: u64,
    }
}

attrs! {
    /// What is known of a way: `RTA_METRICS` (linux/rtnetlink.h).
    pub enum Rtax<'a> in "rtnetlink.h" {
        /// Bits by number: which of these stay as they are.
        RTAX_LOCK(u32) = 1,
        /// Path MTU, in bytes.
        RTAX_MTU(u32) = 2,
        /// Largest window, in bytes.
        RTAX_WINDOW(u32) = 3,
        /// Round trip time, in eighths of a millisecond.
        RTAX_RTT(u32) = 4,
        /// Its variance, in quarters of a millisecond.
        RTAX_RTTVAR(u32) = 5,
        /// Slow start threshold, in packets.
        RTAX_SSTHRESH(u32) = 6,
        /// Largest congestion window, in packets.
        RTAX_CWND(u32) = 7,
        /// Segment size to announce, in bytes.
        RTAX_ADVMSS(u32) = 8,
        /// Packets that may overtake one.
        RTAX_REORDERING(u32) = 9,
        /// Time to live.
        RTAX_HOPLIMIT(u32) = 10,
        /// First congestion window, in packets.
        RTAX_INITCWND(u32) = 11,
        /// What the far end is known to take.
        RTAX_FEATURES(RtaxFeature) = 12,
        /// Shortest time before a packet is sent again, in milliseconds.
        RTAX_RTO_MIN(u32) = 13,
        /// First receive window, in packets.
        RTAX_INITRWND(u32) = 14,
        /// Whether to acknowledge at once.
        RTAX_QUICKACK(u32) = 15,
        /// Congestion control.
        RTAX_CC_ALGO(Str<'a>) = 16,
        /// Whether TCP fast open goes without a cookie.
        RTAX_FASTOPEN_NO_COOKIE(u32) = 17,
    }
}

names! {
    /// What the far end is known to take (linux/rtnetlink.h).
    pub flags RtaxFeature(u32) {
        RTAX_FEATURE_ECN = 0x1 => "ecn",
        RTAX_FEATURE_SACK = 0x2,
        RTAX_FEATURE_TIMESTAMP = 0x4,
        RTAX_FEATURE_ALLFRAG = 0x8,
        RTAX_FEATURE_TCP_USEC_TS = 0x10 => "tcp_usec_ts",
    }
}

names! {
    /// Preference among announced routers (linux/icmpv6.h).
    pub enum Icmpv6RouterPref(u8) {
        ICMPV6_ROUTER_PREF_MEDIUM = 0 => "medium",
        ICMPV6_ROUTER_PREF_HIGH = 1 => "high",
        ICMPV6_ROUTER_PREF_INVALID = 2,
        ICMPV6_ROUTER_PREF_LOW = 3 => "low",
    }
}

names! {
    /// What a route puts around packets: `enum lwtunnel_encap_types` (linux/lwtunnel.h).
    pub enum LwtunnelEncap(u16) {
        LWTUNNEL_ENCAP_NONE = 0 => "none",
        LWTUNNEL_ENCAP_MPLS = 1 => "mpls",
        LWTUNNEL_ENCAP_IP = 2 => "ip",
        LWTUNNEL_ENCAP_ILA = 3 => "ila",
        LWTUNNEL_ENCAP_IP6 = 4 => "ip6",
        LWTUNNEL_ENCAP_SEG6 = 5 => "seg6",
        LWTUNNEL_ENCAP_BPF = 6 => "bpf",
        LWTUNNEL_ENCAP_SEG6_LOCAL = 7 => "seg6local",
        LWTUNNEL_ENCAP_RPL = 8 => "rpl",
        LWTUNNEL_ENCAP_IOAM6 = 9 => "ioam6",
        LWTUNNEL_ENCAP_XFRM = 10 => "xfrm",
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::{Hop, Hops, Low8, Nest};
    use crate::route::{Rta::*, Rtax::*, *};

    #[test]
    fn a_request_with_hops() {
        // ip route add 203.0.113.0/24 nexthop via 10.1.0.2 weight 2 nexthop via 10.1.0.3
        same(
            RTM_NEWROUTE,
            "4800000018000506010000000000000002180000fe0300010000000008000100cb007100240009001000000100000000\
             080005000a0100021000000000000000080005000a010003",
            Route::new(
                RtMsg {
                    rtm_family: AF_INET,
                    rtm_dst_len: 24,
                    rtm_table: Low8::new(254),
                    rtm_protocol: RTPROT_BOOT,
                    rtm_type: RTN_UNICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    RTA_DST("203.0.113.0".parse().unwrap()),
                    RTA_MULTIPATH(Hops::List(&[
                        Hop {
                            header: RtNextHop { rtnh_len: 16, rtnh_hops: 1, ..Default::default() },
                            attrs: Nest::List(&[RTA_GATEWAY("10.1.0.2".parse().unwrap())]),
                        },
                        Hop {
                            header: RtNextHop { rtnh_len: 16, ..Default::default() },
                            attrs: Nest::List(&[RTA_GATEWAY("10.1.0.3".parse().unwrap())]),
                        },
                    ])),
                ]),
            ),
        );
    }

    #[test]
    fn a_request_with_metrics() {
        // ip route add 203.0.113.0/25 via 10.1.0.2 mtu lock 1300
        same(
            RTM_NEWROUTE,
            "4000000018000506010000000000000002190000fe0300010000000008000100cb007100080005000a01000214000800\
             08000200140500000800010004000000",
            Route::new(
                RtMsg {
                    rtm_family: AF_INET,
                    rtm_dst_len: 25,
                    rtm_table: Low8::new(254),
                    rtm_protocol: RTPROT_BOOT,
                    rtm_type: RTN_UNICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    RTA_DST("203.0.113.0".parse().unwrap()),
                    RTA_GATEWAY("10.1.0.2".parse().unwrap()),
                    RTA_METRICS(Nest::List(&[RTAX_MTU(1300), RTAX_LOCK(4)])),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on the network of an address.
        same(
            RTM_NEWROUTE,
            "3c00000018002200010000000000000002180000fe02fd011000000008000f00fe000000080001000a01000008000700\
             0a0100010800040002000000",
            Route::new(
                RtMsg {
                    rtm_family: AF_INET,
                    rtm_dst_len: 24,
                    rtm_table: Low8::new(254),
                    rtm_protocol: RTPROT_KERNEL,
                    rtm_scope: RT_SCOPE_LINK,
                    rtm_type: RTN_UNICAST,
                    rtm_flags: RtmF(0x10),
                    ..Default::default()
                },
                Nest::List(&[
                    RTA_TABLE(RT_TABLE_MAIN),
                    RTA_DST("10.1.0.0".parse().unwrap()),
                    RTA_PREFSRC("10.1.0.1".parse().unwrap()),
                    RTA_OIF(2),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply_with_metrics() {
        // The kernel on: ip route add 192.0.2.0/24 via 10.1.0.2 metric 5 mtu 1300 advmss lock 1260
        same(
            RTM_NEWROUTE,
            "6000000018002200010000000000000002180000fe0300011000000008000f00fe00000008000100c000020008000600\
             050000001c0008000800010000010000080002001405000008000800ec040000080005000a0100020800040002000000",
            Route::new(
                RtMsg {
                    rtm_family: AF_INET,
                    rtm_dst_len: 24,
                    rtm_table: Low8::new(254),
                    rtm_protocol: RTPROT_BOOT,
                    rtm_type: RTN_UNICAST,
                    rtm_flags: RtmF(0x10),
                    ..Default::default()
                },
                Nest::List(&[
                    RTA_TABLE(RT_TABLE_MAIN),
                    RTA_DST("192.0.2.0".parse().unwrap()),
                    RTA_PRIORITY(5),
                    RTA_METRICS(Nest::List(&[RTAX_LOCK(256), RTAX_MTU(1300), RTAX_ADVMSS(1260)])),
                    RTA_GATEWAY("10.1.0.2".parse().unwrap()),
                    RTA_OIF(2),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply_with_hops() {
        // The kernel on: ip route add 198.51.100.0/24 nexthop via 10.1.0.2 weight 2 nexthop via 10.1.0.3
        same(
            RTM_NEWROUTE,
            "5000000018002200010000000000000002180000fe0300011000000008000f00fe00000008000100c633640024000900\
             1000100102000000080005000a0100021000100002000000080005000a010003",
            Route::new(
                RtMsg {
                    rtm_family: AF_INET,
                    rtm_dst_len: 24,
                    rtm_table: Low8::new(254),
                    rtm_protocol: RTPROT_BOOT,
                    rtm_type: RTN_UNICAST,
                    rtm_flags: RtmF(0x10),
                    ..Default::default()
                },
                Nest::List(&[
                    RTA_TABLE(RT_TABLE_MAIN),
                    RTA_DST("198.51.100.0".parse().unwrap()),
                    RTA_MULTIPATH(Hops::List(&[
                        Hop {
                            header: RtNextHop { rtnh_len: 16, rtnh_flags: RTNH_F_LINKDOWN, rtnh_hops: 1, rtnh_ifindex: 2 },
                            attrs: Nest::List(&[RTA_GATEWAY("10.1.0.2".parse().unwrap())]),
                        },
                        Hop {
                            header: RtNextHop {
                                rtnh_len: 16,
                                rtnh_flags: RTNH_F_LINKDOWN,
                                rtnh_ifindex: 2,
                                ..Default::default()
                            },
                            attrs: Nest::List(&[RTA_GATEWAY("10.1.0.3".parse().unwrap())]),
                        },
                    ])),
                ]),
            ),
        );
    }
}
