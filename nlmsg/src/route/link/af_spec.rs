//! Settings of the protocols above a device: `IFLA_AF_SPEC` (linux/if_link.h, linux/if_bridge.h).
//!
//! For a device it holds one nest an address family, numbered `AF_*`; in `AF_BRIDGE` messages it holds the
//! VLANs and protocols of a bridge port.

use core::net::Ipv6Addr;

use super::kind::IflaBridgeMst;
use crate::payload::{Array, ByFlag, Nest, Slot, View};

pub use super::kind::bridge_cfm::IflaBridgeCfm;
pub use super::kind::bridge_mrp::IflaBridgeMrp;

attrs! {
    /// One nest an address family.
    pub enum IflaAfSpec<'a> in "socket.h" {
        /// IPv4.
        AF_INET(Nest<'a, IflaInet<'a>>) = 2,
        /// IPv6.
        AF_INET6(Nest<'a, IflaInet6<'a>>) = 10,
        /// Management component transport protocol.
        AF_MCTP(Nest<'a, IflaMctp<'a>>) = 45,
    }
}

attrs! {
    /// IPv4 settings of a device (linux/if_link.h).
    pub enum IflaInet<'a> in "if_link.h" {
        /// Settings by number: [`Ipv4Devconf`] as places in a request; all of them from number 1 on in a reply.
        IFLA_INET_CONF(ByFlag<Nest<'a, Slot<'a, u32>>, Array<'a, u32>>) = 1,
    }
}

attrs! {
    /// IPv6 settings of a device (linux/if_link.h).
    pub enum IflaInet6<'a> in "if_link.h" {
        /// State of the device for IPv6.
        IFLA_INET6_FLAGS(Inet6Flags) = 1,
        /// Settings by number: [`Ipv6Devconf`] from 0 on.
        IFLA_INET6_CONF(Array<'a, i32>) = 2,
        /// Counters; the first says how many numbers there are.
        IFLA_INET6_STATS(Array<'a, u64>) = 3,
        /// Not used by the kernel.
        IFLA_INET6_MCAST(&'a [u8]) = 4,
        /// Times of the neighbour table.
        IFLA_INET6_CACHEINFO(View<'a, IflaCacheinfo>) = 5,
        /// ICMPv6 counters; the first says how many numbers there are.
        IFLA_INET6_ICMP6STATS(Array<'a, u64>) = 6,
        /// The interface identifier for addresses that routers announce.
        IFLA_INET6_TOKEN(Ipv6Addr) = 7,
        /// How a link-local address is made.
        IFLA_INET6_ADDR_GEN_MODE(In6AddrGenMode) = 8,
        /// The MTU that a router announced; 0 if none did.
        IFLA_INET6_RA_MTU(u32) = 9,
    }
}

names! {
    /// The state of a device for IPv6; the kernel keeps these to itself, and tells them all the same (net/if_inet6.h).
    pub flags Inet6Flags(u32) {
        IF_RS_SENT = 0x10,
        IF_RA_RCVD = 0x20,
        IF_RA_MANAGED = 0x40,
        IF_RA_OTHERCONF = 0x80,
        IF_READY = 0x8000_0000,
    }
}

names! {
    /// How IPv6 addresses are made (linux/if_link.h).
    pub enum In6AddrGenMode(u8) {
        IN6_ADDR_GEN_MODE_EUI64 = 0 => "eui64",
        IN6_ADDR_GEN_MODE_NONE = 1 => "none",
        IN6_ADDR_GEN_MODE_STABLE_PRIVACY = 2 => "stable_secret",
        IN6_ADDR_GEN_MODE_RANDOM = 3 => "random",
    }
}

record! {
    /// `struct ifla_cacheinfo` (linux/if_link.h).
    pub struct IflaCacheinfo("ifla_cacheinfo") {
        /// Largest packet, in bytes, that is put together from fragments.
        max_reasm_len: u32,
        /// When the interface was changed last, in hundredths of a second of uptime.
        tstamp: u32,
        /// How long a neighbour is taken as reachable, in milliseconds.
        reachable_time: u32,
        /// Time between solicitations, in milliseconds.
        retrans_time: u32,
    }
}

attrs! {
    /// MCTP settings of a device (linux/if_link.h).
    pub enum IflaMctp<'a> in "if_link.h" {
        /// The network that the device is on.
        IFLA_MCTP_NET(u32) = 1,
        /// The physical transport binding.
        IFLA_MCTP_PHYS_BINDING(u8) = 2,
    }
}

attrs! {
    /// What `IFLA_AF_SPEC` holds of a bridge or bridge port (linux/if_bridge.h).
    pub enum IflaBridge<'a> in "if_bridge.h" {
        /// Whom a request means: the bridge or the port's driver.
        IFLA_BRIDGE_FLAGS(BridgeFlags) = 0,
        /// `BRIDGE_MODE_VEB` (0) or `BRIDGE_MODE_VEPA` (1) of hardware.
        IFLA_BRIDGE_MODE(u16) = 1,
        /// A VLAN, or one end of a range.
        IFLA_BRIDGE_VLAN_INFO(View<'a, BridgeVlanInfo>) = 2,
        /// A VLAN and its tunnel identifier.
        IFLA_BRIDGE_VLAN_TUNNEL_INFO(Nest<'a, IflaBridgeVlanTunnel<'a>>) = 3,
        /// Media redundancy protocol.
        IFLA_BRIDGE_MRP(Nest<'a, IflaBridgeMrp<'a>>) = 4,
        /// Connectivity fault management.
        IFLA_BRIDGE_CFM(Nest<'a, IflaBridgeCfm<'a>>) = 5,
        /// Spanning tree states by instance.
        IFLA_BRIDGE_MST(Nest<'a, IflaBridgeMst<'a>>) = 6,
    }
}

names! {
    /// Whom a request to a bridge port means (linux/if_bridge.h).
    pub flags BridgeFlags(u16) {
        BRIDGE_FLAGS_MASTER = 0x1 => "master",
        BRIDGE_FLAGS_SELF = 0x2 => "self",
    }
}

record! {
    /// `struct bridge_vlan_info` (linux/if_bridge.h).
    pub struct BridgeVlanInfo("bridge_vlan_info") {
        /// What the VLAN is to the port.
        flags: BridgeVlanFlags,
        /// The VLAN.
        vid: u16,
    }
}

names! {
    /// What a VLAN is to a port (linux/if_bridge.h).
    pub flags BridgeVlanFlags(u16) {
        BRIDGE_VLAN_INFO_MASTER = 0x1,
        BRIDGE_VLAN_INFO_PVID = 0x2 => "PVID",
        BRIDGE_VLAN_INFO_UNTAGGED = 0x4 => "Egress Untagged",
        BRIDGE_VLAN_INFO_RANGE_BEGIN = 0x8,
        BRIDGE_VLAN_INFO_RANGE_END = 0x10,
        BRIDGE_VLAN_INFO_BRENTRY = 0x20,
        BRIDGE_VLAN_INFO_ONLY_OPTS = 0x40,
    }
}

attrs! {
    /// A VLAN and its tunnel identifier (linux/if_bridge.h).
    pub enum IflaBridgeVlanTunnel<'a> in "if_bridge.h" {
        /// The tunnel identifier.
        IFLA_BRIDGE_VLAN_TUNNEL_ID(u32) = 1,
        /// The VLAN.
        IFLA_BRIDGE_VLAN_TUNNEL_VID(u16) = 2,
        /// One end of a range.
        IFLA_BRIDGE_VLAN_TUNNEL_FLAGS(BridgeVlanFlags) = 3,
    }
}

names! {
    /// IPv4 settings of a device, `net.ipv4.conf.*` (linux/ip.h).
    pub enum Ipv4Devconf(u16) {
        IPV4_DEVCONF_FORWARDING = 1 => "forwarding",
        IPV4_DEVCONF_MC_FORWARDING = 2 => "mc_forwarding",
        IPV4_DEVCONF_PROXY_ARP = 3 => "proxy_arp",
        IPV4_DEVCONF_ACCEPT_REDIRECTS = 4 => "accept_redirects",
        IPV4_DEVCONF_SECURE_REDIRECTS = 5 => "secure_redirects",
        IPV4_DEVCONF_SEND_REDIRECTS = 6 => "send_redirects",
        IPV4_DEVCONF_SHARED_MEDIA = 7 => "shared_media",
        IPV4_DEVCONF_RP_FILTER = 8 => "rp_filter",
        IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE = 9 => "accept_source_route",
        IPV4_DEVCONF_BOOTP_RELAY = 10 => "bootp_relay",
        IPV4_DEVCONF_LOG_MARTIANS = 11 => "log_martians",
        IPV4_DEVCONF_TAG = 12 => "tag",
        IPV4_DEVCONF_ARPFILTER = 13 => "arpfilter",
        IPV4_DEVCONF_MEDIUM_ID = 14 => "medium_id",
        IPV4_DEVCONF_NOXFRM = 15 => "noxfrm",
        IPV4_DEVCONF_NOPOLICY = 16 => "nopolicy",
        IPV4_DEVCONF_FORCE_IGMP_VERSION = 17 => "force_igmp_version",
        IPV4_DEVCONF_ARP_ANNOUNCE = 18 => "arp_announce",
        IPV4_DEVCONF_ARP_IGNORE = 19 => "arp_ignore",
        IPV4_DEVCONF_PROMOTE_SECONDARIES = 20 => "promote_secondaries",
        IPV4_DEVCONF_ARP_ACCEPT = 21 => "arp_accept",
        IPV4_DEVCONF_ARP_NOTIFY = 22 => "arp_notify",
        IPV4_DEVCONF_ACCEPT_LOCAL = 23 => "accept_local",
        IPV4_DEVCONF_SRC_VMARK = 24 => "src_vmark",
        IPV4_DEVCONF_PROXY_ARP_PVLAN = 25 => "proxy_arp_pvlan",
        IPV4_DEVCONF_ROUTE_LOCALNET = 26 => "route_localnet",
        IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL = 27 => "igmpv2_unsolicited_report_interval",
        IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL = 28 => "igmpv3_unsolicited_report_interval",
        IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN = 29 => "ignore_routes_with_linkdown",
        IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST = 30 => "drop_unicast_in_l2_multicast",
        IPV4_DEVCONF_DROP_GRATUITOUS_ARP = 31 => "drop_gratuitous_arp",
        IPV4_DEVCONF_BC_FORWARDING = 32 => "bc_forwarding",
        IPV4_DEVCONF_ARP_EVICT_NOCARRIER = 33 => "arp_evict_nocarrier",
    }
}

names! {
    /// IPv6 settings of a device, `net.ipv6.conf.*` (linux/ipv6.h).
    pub enum Ipv6Devconf(u16) {
        DEVCONF_FORWARDING = 0 => "forwarding",
        DEVCONF_HOPLIMIT = 1 => "hoplimit",
        DEVCONF_MTU6 = 2 => "mtu6",
        DEVCONF_ACCEPT_RA = 3 => "accept_ra",
        DEVCONF_ACCEPT_REDIRECTS = 4 => "accept_redirects",
        DEVCONF_AUTOCONF = 5 => "autoconf",
        DEVCONF_DAD_TRANSMITS = 6 => "dad_transmits",
        DEVCONF_RTR_SOLICITS = 7 => "rtr_solicits",
        DEVCONF_RTR_SOLICIT_INTERVAL = 8 => "rtr_solicit_interval",
        DEVCONF_RTR_SOLICIT_DELAY = 9 => "rtr_solicit_delay",
        DEVCONF_USE_TEMPADDR = 10 => "use_tempaddr",
        DEVCONF_TEMP_VALID_LFT = 11 => "temp_valid_lft",
        DEVCONF_TEMP_PREFERED_LFT = 12 => "temp_prefered_lft",
        DEVCONF_REGEN_MAX_RETRY = 13 => "regen_max_retry",
        DEVCONF_MAX_DESYNC_FACTOR = 14 => "max_desync_factor",
        DEVCONF_MAX_ADDRESSES = 15 => "max_addresses",
        DEVCONF_FORCE_MLD_VERSION = 16 => "force_mld_version",
        DEVCONF_ACCEPT_RA_DEFRTR = 17 => "accept_ra_defrtr",
        DEVCONF_ACCEPT_RA_PINFO = 18 => "accept_ra_pinfo",
        DEVCONF_ACCEPT_RA_RTR_PREF = 19 => "accept_ra_rtr_pref",
        DEVCONF_RTR_PROBE_INTERVAL = 20 => "rtr_probe_interval",
        DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN = 21 => "accept_ra_rt_info_max_plen",
        DEVCONF_PROXY_NDP = 22 => "proxy_ndp",
        DEVCONF_OPTIMISTIC_DAD = 23 => "optimistic_dad",
        DEVCONF_ACCEPT_SOURCE_ROUTE = 24 => "accept_source_route",
        DEVCONF_MC_FORWARDING = 25 => "mc_forwarding",
        DEVCONF_DISABLE_IPV6 = 26 => "disable_ipv6",
        DEVCONF_ACCEPT_DAD = 27 => "accept_dad",
        DEVCONF_FORCE_TLLAO = 28 => "force_tllao",
        DEVCONF_NDISC_NOTIFY = 29 => "ndisc_notify",
        DEVCONF_MLDV1_UNSOLICITED_REPORT_INTERVAL = 30 => "mldv1_unsolicited_report_interval",
        DEVCONF_MLDV2_UNSOLICITED_REPORT_INTERVAL = 31 => "mldv2_unsolicited_report_interval",
        DEVCONF_SUPPRESS_FRAG_NDISC = 32 => "suppress_frag_ndisc",
        DEVCONF_ACCEPT_RA_FROM_LOCAL = 33 => "accept_ra_from_local",
        DEVCONF_USE_OPTIMISTIC = 34 => "use_optimistic",
        DEVCONF_ACCEPT_RA_MTU = 35 => "accept_ra_mtu",
        DEVCONF_STABLE_SECRET = 36 => "stable_secret",
        DEVCONF_USE_OIF_ADDRS_ONLY = 37 => "use_oif_addrs_only",
        DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT = 38 => "accept_ra_min_hop_limit",
        DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN = 39 => "ignore_routes_with_linkdown",
        DEVCONF_DROP_UNICAST_IN_L2_MULTICAST = 40 => "drop_unicast_in_l2_multicast",
        DEVCONF_DROP_UNSOLICITED_NA = 41 => "drop_unsolicited_na",
        DEVCONF_KEEP_ADDR_ON_DOWN = 42 => "keep_addr_on_down",
        DEVCONF_RTR_SOLICIT_MAX_INTERVAL = 43 => "rtr_solicit_max_interval",
        DEVCONF_SEG6_ENABLED = 44 => "seg6_enabled",
        DEVCONF_SEG6_REQUIRE_HMAC = 45 => "seg6_require_hmac",
        DEVCONF_ENHANCED_DAD = 46 => "enhanced_dad",
        DEVCONF_ADDR_GEN_MODE = 47 => "addr_gen_mode",
        DEVCONF_DISABLE_POLICY = 48 => "disable_policy",
        DEVCONF_ACCEPT_RA_RT_INFO_MIN_PLEN = 49 => "accept_ra_rt_info_min_plen",
        DEVCONF_NDISC_TCLASS = 50 => "ndisc_tclass",
        DEVCONF_RPL_SEG_ENABLED = 51 => "rpl_seg_enabled",
        DEVCONF_RA_DEFRTR_METRIC = 52 => "ra_defrtr_metric",
        DEVCONF_IOAM6_ENABLED = 53 => "ioam6_enabled",
        DEVCONF_IOAM6_ID = 54 => "ioam6_id",
        DEVCONF_IOAM6_ID_WIDE = 55 => "ioam6_id_wide",
        DEVCONF_NDISC_EVICT_NOCARRIER = 56 => "ndisc_evict_nocarrier",
        DEVCONF_ACCEPT_UNTRACKED_NA = 57 => "accept_untracked_na",
        DEVCONF_ACCEPT_RA_MIN_LFT = 58 => "accept_ra_min_lft",
        DEVCONF_FORCE_FORWARDING = 59 => "force_forwarding",
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv6Addr;
    use std::vec::Vec;

    use crate::captured::{hex, same};
    use crate::frame::Messages;
    use crate::payload::{ByFlag, Nest, View};
    use crate::route::{Ifla::*, IflaBridge::*, *};

    #[test]
    fn a_vlan_of_a_port() {
        // bridge vlan add dev v0 vid 5
        same(
            RTM_SETLINK,
            "2c000000130005000100000000000000070000000400000000000000000000000c001a000800020000000500",
            Link::new(
                IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: 4, ..Default::default() },
                Nest::List(&[IFLA_AF_SPEC(LinkAfSpec::Bridge(Nest::List(&[IFLA_BRIDGE_VLAN_INFO(View::new(
                    &BridgeVlanInfo { flags: BridgeVlanFlags(0), vid: 5 }.to_bytes(),
                ))])))]),
            ),
        );
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn settings_by_family() {
        // The kernel on `lo`; all other attributes are left out.
        let text = "e001000010000000010000000000000000000403010000004900010000000000c0011a008c0002008800010000000000\
             000000000000000001000000010000000100000001000000000000000100000000000000000000000000000000000000\
             000000000100000001000000000000000000000000000000000000000000000000000000000000000000000000000000\
             0000000010270000e8030000000000000000000000000000000000000100000030010a00080001000000008014000500\
             ffff000046190500ac970000e8030000f400020000000000400000000000010001000000010000000100000001000000\
             ffffffffa00f0000e8030000ffffffff803a090080510100030000005802000010000000000000000100000001000000\
             0100000060ea0000000000000000000000000000000000000000000000000000ffffffff000000000000000010270000\
             e80300000100000000000000000000000100000000000000000000000100000000000000000000000000000000000000\
             80ee360000000000000000000100000000000000000000000000000000000000000000000004000000000000ffff0000\
             ffffffff0100000000000000000000000000000014000700000000000000000000000000000000000500080000000000";
        let bytes = hex(text);
        let message = Messages::new(&bytes).next().unwrap().unwrap();
        let link: Link<'_> = message.body().unwrap();
        let Some(LinkAfSpec::Families(families)) = link.attrs.find(|attr| match attr {
            IFLA_AF_SPEC(spec) => Some(spec),
            _ => None,
        }) else {
            panic!("{link:?}")
        };
        for family in families.strict() {
            match family.unwrap() {
                IflaAfSpec::AF_INET(inet) => {
                    let Some(Ok(IflaInet::IFLA_INET_CONF(ByFlag::Plain(conf)))) = inet.iter().next() else { panic!("{inet:?}") };
                    assert_eq!(conf.iter().count(), 33);
                    assert_eq!(conf.get(usize::from(IPV4_DEVCONF_FORCE_IGMP_VERSION.0) - 1), Some(0));
                    assert_eq!(conf.get(usize::from(IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL.0) - 1), Some(10000));
                }
                IflaAfSpec::AF_INET6(inet6) => {
                    let known: Vec<_> = inet6.strict().map(Result::unwrap).collect();
                    let [_, IflaInet6::IFLA_INET6_CACHEINFO(info), IflaInet6::IFLA_INET6_CONF(conf), token, mode] = known[..]
                    else {
                        panic!("{known:?}")
                    };
                    assert_eq!(info.max_reasm_len(), Some(65535));
                    assert_eq!(conf.get(usize::from(DEVCONF_HOPLIMIT.0)), Some(64));
                    assert_eq!(conf.get(usize::from(DEVCONF_FORCE_FORWARDING.0)), Some(0));
                    assert_eq!(token, IflaInet6::IFLA_INET6_TOKEN(Ipv6Addr::UNSPECIFIED));
                    assert_eq!(mode, IflaInet6::IFLA_INET6_ADDR_GEN_MODE(IN6_ADDR_GEN_MODE_EUI64));
                }
                other => panic!("{other:?}"),
            }
        }
        same(RTM_NEWLINK, text, link);
    }
}
