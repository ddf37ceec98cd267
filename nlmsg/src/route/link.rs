//! Links: network devices (linux/rtnetlink.h, linux/if_link.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+-------------------------------+
//! |  ifi_family   |   __ifi_pad   |           ifi_type            |
//! +---------------+---------------+-------------------------------+
//! |                           ifi_index                           |
//! +---------------------------------------------------------------+
//! |                           ifi_flags                           |
//! +---------------------------------------------------------------+
//! |                          ifi_change                           |   which of ifi_flags a request means
//! +---------------------------------------------------------------+
//! ```
//!
//! `ifi_family` is `AF_UNSPEC` for the device itself. With `AF_BRIDGE` the same messages speak of a bridge
//! port, with `AF_INET6` of the IPv6 side of a device; [`LinkAfSpec`] and [`ProtInfo`] follow it.

pub mod af_spec;
pub mod kind;
pub mod port;
pub mod stats;
pub mod vf;

use self::af_spec::{IflaAfSpec, IflaBridge, IflaInet6};
use self::kind::{IflaBrport, InfoData, InfoSlaveData};
use self::port::{IflaPort, IflaVfPorts};
use self::stats::{RtnlLinkStats, RtnlLinkStats64};
use self::vf::IflaVfInfoList;
use super::Af;
use crate::payload::{BySize, Bytes, Hw, Nest, Selector, Slot, Str, View};

record! {
    /// `struct ifinfomsg` (linux/rtnetlink.h).
    pub struct IfInfoMsg("ifinfomsg") {
        /// What the message is about: the device, a bridge port, its IPv6 side.
        ifi_family: Af,
        /// A gap.
        __ifi_pad: u8,
        /// What the device's link layer is.
        ifi_type: Arphrd,
        /// The device; 0 where a name says which, or in a request to make one.
        ifi_index: i32,
        /// The device's state.
        ifi_flags: Iff,
        /// In a request: the bits of `ifi_flags` that it means.
        ifi_change: Iff,
    }
}

names! {
    /// Flags of a device, with the words of `ip link` (linux/if.h). Without a word: not printed by its own name.
    pub flags Iff(u32) {
        IFF_UP = 0x1 => "UP",
        IFF_BROADCAST = 0x2 => "BROADCAST",
        IFF_DEBUG = 0x4 => "DEBUG",
        IFF_LOOPBACK = 0x8 => "LOOPBACK",
        IFF_POINTOPOINT = 0x10 => "POINTOPOINT",
        IFF_NOTRAILERS = 0x20 => "NOTRAILERS",
        IFF_RUNNING = 0x40 => "RUNNING",
        IFF_NOARP = 0x80 => "NOARP",
        IFF_PROMISC = 0x100 => "PROMISC",
        IFF_ALLMULTI = 0x200 => "ALLMULTI",
        IFF_MASTER = 0x400 => "MASTER",
        IFF_SLAVE = 0x800 => "SLAVE",
        IFF_MULTICAST = 0x1000 => "MULTICAST",
        IFF_PORTSEL = 0x2000 => "PORTSEL",
        IFF_AUTOMEDIA = 0x4000 => "AUTOMEDIA",
        IFF_DYNAMIC = 0x8000 => "DYNAMIC",
        IFF_LOWER_UP = 0x10000 => "LOWER_UP",
        IFF_DORMANT = 0x20000 => "DORMANT",
        IFF_ECHO = 0x40000 => "ECHO",
    }
}

names! {
    /// Kinds of link layer (linux/if_arp.h).
    pub enum Arphrd(u16) {
        ARPHRD_NETROM = 0 => "generic",
        ARPHRD_ETHER = 1 => "ether",
        ARPHRD_EETHER = 2 => "eether",
        ARPHRD_AX25 = 3 => "ax25",
        ARPHRD_PRONET = 4 => "pronet",
        ARPHRD_CHAOS = 5 => "chaos",
        ARPHRD_IEEE802 = 6 => "ieee802",
        ARPHRD_ARCNET = 7 => "arcnet",
        ARPHRD_APPLETLK = 8 => "atalk",
        ARPHRD_DLCI = 15 => "dlci",
        ARPHRD_ATM = 19 => "atm",
        ARPHRD_METRICOM = 23 => "metricom",
        ARPHRD_IEEE1394 = 24 => "ieee1394",
        ARPHRD_EUI64 = 27,
        ARPHRD_INFINIBAND = 32 => "infiniband",
        ARPHRD_SLIP = 256 => "slip",
        ARPHRD_CSLIP = 257 => "cslip",
        ARPHRD_SLIP6 = 258 => "slip6",
        ARPHRD_CSLIP6 = 259 => "cslip6",
        ARPHRD_RSRVD = 260 => "rsrvd",
        ARPHRD_ADAPT = 264 => "adapt",
        ARPHRD_ROSE = 270 => "rose",
        ARPHRD_X25 = 271 => "x25",
        ARPHRD_HWX25 = 272 => "hwx25",
        ARPHRD_CAN = 280 => "can",
        ARPHRD_MCTP = 290 => "mctp",
        ARPHRD_PPP = 512 => "ppp",
        ARPHRD_CISCO = 513 => "hdlc",
        ARPHRD_LAPB = 516 => "lapb",
        ARPHRD_DDCMP = 517 => "ddcmp",
        ARPHRD_RAWHDLC = 518 => "rawhdlc",
        ARPHRD_RAWIP = 519 => "rawip",
        ARPHRD_TUNNEL = 768 => "ipip",
        ARPHRD_TUNNEL6 = 769 => "tunnel6",
        ARPHRD_FRAD = 770 => "frad",
        ARPHRD_SKIP = 771 => "skip",
        ARPHRD_LOOPBACK = 772 => "loopback",
        ARPHRD_LOCALTLK = 773 => "ltalk",
        ARPHRD_FDDI = 774 => "fddi",
        ARPHRD_BIF = 775 => "bif",
        ARPHRD_SIT = 776 => "sit",
        ARPHRD_IPDDP = 777 => "ip/ddp",
        ARPHRD_IPGRE = 778 => "gre",
        ARPHRD_PIMREG = 779 => "pimreg",
        ARPHRD_HIPPI = 780 => "hippi",
        ARPHRD_ASH = 781 => "ash",
        ARPHRD_ECONET = 782 => "econet",
        ARPHRD_IRDA = 783 => "irda",
        ARPHRD_FCPP = 784 => "fcpp",
        ARPHRD_FCAL = 785 => "fcal",
        ARPHRD_FCPL = 786 => "fcpl",
        ARPHRD_FCFABRIC = 787 => "fcfb0",
        ARPHRD_IEEE802_TR = 800 => "tr",
        ARPHRD_IEEE80211 = 801 => "ieee802.11",
        ARPHRD_IEEE80211_PRISM = 802 => "ieee802.11/prism",
        ARPHRD_IEEE80211_RADIOTAP = 803 => "ieee802.11/radiotap",
        ARPHRD_IEEE802154 = 804 => "ieee802.15.4",
        ARPHRD_IEEE802154_MONITOR = 805 => "ieee802.15.4/monitor",
        ARPHRD_PHONET = 820 => "phonet",
        ARPHRD_PHONET_PIPE = 821 => "phonet_pipe",
        ARPHRD_CAIF = 822 => "caif",
        ARPHRD_IP6GRE = 823 => "gre6",
        ARPHRD_NETLINK = 824 => "netlink",
        ARPHRD_6LOWPAN = 825 => "6lowpan",
        ARPHRD_VSOCKMON = 826 => "vsockmon",
        ARPHRD_NONE = 65534 => "none",
        ARPHRD_VOID = 65535 => "void",
    }
}

names! {
    /// Operational state of a device, RFC 2863 (linux/if.h).
    pub enum IfOper(u8) {
        IF_OPER_UNKNOWN = 0 => "UNKNOWN",
        IF_OPER_NOTPRESENT = 1 => "NOTPRESENT",
        IF_OPER_DOWN = 2 => "DOWN",
        IF_OPER_LOWERLAYERDOWN = 3 => "LOWERLAYERDOWN",
        IF_OPER_TESTING = 4 => "TESTING",
        IF_OPER_DORMANT = 5 => "DORMANT",
        IF_OPER_UP = 6 => "UP",
    }
}

names! {
    /// Who decides that a device is operational (linux/if.h).
    pub enum IfLinkMode(u8) {
        IF_LINK_MODE_DEFAULT = 0 => "DEFAULT",
        IF_LINK_MODE_DORMANT = 1 => "DORMANT",
        IF_LINK_MODE_TESTING = 2 => "TESTING",
    }
}

names! {
    /// What a request wants besides or not at all: `IFLA_EXT_MASK` (linux/rtnetlink.h).
    pub flags RtExtFilter(u32) {
        RTEXT_FILTER_VF = 0x1,
        RTEXT_FILTER_BRVLAN = 0x2,
        RTEXT_FILTER_BRVLAN_COMPRESSED = 0x4,
        RTEXT_FILTER_SKIP_STATS = 0x8,
        RTEXT_FILTER_MRP = 0x10,
        RTEXT_FILTER_CFM_CONFIG = 0x20,
        RTEXT_FILTER_CFM_STATUS = 0x40,
        RTEXT_FILTER_MST = 0x80,
        RTEXT_FILTER_NAME_ONLY = 0x100,
    }
}

names! {
    /// What made the kernel send a notification (linux/if_link.h).
    pub enum IflaEventType(u32) {
        IFLA_EVENT_NONE = 0 => "NONE",
        IFLA_EVENT_REBOOT = 1 => "REBOOT",
        IFLA_EVENT_FEATURES = 2 => "FEATURE CHANGE",
        IFLA_EVENT_BONDING_FAILOVER = 3 => "BONDING FAILOVER",
        IFLA_EVENT_NOTIFY_PEERS = 4 => "NOTIFY PEERS",
        IFLA_EVENT_IGMP_RESEND = 5 => "RESEND IGMP",
        IFLA_EVENT_BONDING_OPTIONS = 6 => "BONDING OPTION",
    }
}

record! {
    /// `struct rtnl_link_ifmap` (linux/if_link.h): the resources of an old card.
    pub struct RtnlLinkIfmap("rtnl_link_ifmap") {
        /// First address of its shared memory.
        mem_start: u64,
        /// Last address of its shared memory.
        mem_end: u64,
        /// Its I/O port.
        base_addr: u64,
        /// Its interrupt.
        irq: u16,
        /// Its DMA channel.
        dma: u8,
        /// Its connector.
        port: u8,
        /// A gap at the end.
        __pad: Bytes<4>,
    }
}

attrs! {
    /// Attributes that follow `struct ifinfomsg` (linux/if_link.h).
    pub enum Ifla<'a> in "if_link.h" {
        /// The device's link-layer address.
        IFLA_ADDRESS(Hw<'a>) = 1,
        /// The link-layer broadcast address, or the far end of a point-to-point link.
        IFLA_BROADCAST(Hw<'a>) = 2,
        /// The device's name, up to 15 bytes.
        IFLA_IFNAME(Str<'a>) = 3,
        /// Largest packet, in bytes, that the device carries.
        IFLA_MTU(u32) = 4,
        /// Index of the device below, in the namespace of `IFLA_LINK_NETNSID` where that is present.
        IFLA_LINK(u32) = 5,
        /// Name of the root queueing discipline.
        IFLA_QDISC(Str<'a>) = 6,
        /// Counters that wrap at 32 bits.
        IFLA_STATS(View<'a, RtnlLinkStats>) = 7,
        /// Not used by the kernel.
        IFLA_COST(&'a [u8]) = 8,
        /// Not used by the kernel.
        IFLA_PRIORITY(&'a [u8]) = 9,
        /// Index of the bridge, bond or VRF that the device belongs to; 0 in a request frees it.
        IFLA_MASTER(u32) = 10,
        /// An event of the old wireless extensions.
        IFLA_WIRELESS(&'a [u8]) = 11,
        /// Settings of a bridge port, or of the IPv6 side, by the family of the header.
        IFLA_PROTINFO(ProtInfo<'a>) = 12,
        /// Length of the send queue, in packets.
        IFLA_TXQLEN(u32) = 13,
        /// Resources of an old card.
        IFLA_MAP(View<'a, RtnlLinkIfmap>) = 14,
        /// Receive weight. Not used by today's kernels.
        IFLA_WEIGHT(u32) = 15,
        /// Operational state.
        IFLA_OPERSTATE(IfOper) = 16,
        /// Who decides that the device is operational.
        IFLA_LINKMODE(IfLinkMode) = 17,
        /// What kind of device it is, and that kind's own settings.
        IFLA_LINKINFO(Nest<'a, IflaInfo<'a>>) = 18,
        /// In a request: the namespace of this process.
        IFLA_NET_NS_PID(u32) = 19,
        /// Free text, up to 255 bytes.
        IFLA_IFALIAS(Str<'a>) = 20,
        /// Virtual functions that the device has.
        IFLA_NUM_VF(u32) = 21,
        /// The virtual functions, one each.
        IFLA_VFINFO_LIST(Nest<'a, IflaVfInfoList<'a>>) = 22,
        /// Counters that do not wrap.
        IFLA_STATS64(View<'a, RtnlLinkStats64>) = 23,
        /// Port profiles of virtual functions.
        IFLA_VF_PORTS(Nest<'a, IflaVfPorts<'a>>) = 24,
        /// Port profile of the device itself.
        IFLA_PORT_SELF(Nest<'a, IflaPort<'a>>) = 25,
        /// Settings of the protocols above the device, by address family.
        IFLA_AF_SPEC(LinkAfSpec<'a>) = 26,
        /// A number that names a group of devices.
        IFLA_GROUP(u32) = 27,
        /// In a request: the namespace of this open file.
        IFLA_NET_NS_FD(u32) = 28,
        /// In a request: what to say besides or to leave out.
        IFLA_EXT_MASK(RtExtFilter) = 29,
        /// How many ask for promiscuous mode.
        IFLA_PROMISCUITY(u32) = 30,
        /// Send queues.
        IFLA_NUM_TX_QUEUES(u32) = 31,
        /// Receive queues.
        IFLA_NUM_RX_QUEUES(u32) = 32,
        /// Whether there is a carrier.
        IFLA_CARRIER(u8) = 33,
        /// Identifies a port of a card with several.
        IFLA_PHYS_PORT_ID(&'a [u8]) = 34,
        /// How often the carrier came or went.
        IFLA_CARRIER_CHANGES(u32) = 35,
        /// Identifies the switch that the port belongs to.
        IFLA_PHYS_SWITCH_ID(&'a [u8]) = 36,
        /// Namespace of `IFLA_LINK`, as an identifier local to this namespace; -1 if it has none.
        IFLA_LINK_NETNSID(i32) = 37,
        /// Name of a port of a card or switch.
        IFLA_PHYS_PORT_NAME(Str<'a>) = 38,
        /// Whether a protocol holds the device down.
        IFLA_PROTO_DOWN(u8) = 39,
        /// Largest number of segments that the device is given at once.
        IFLA_GSO_MAX_SEGS(u32) = 40,
        /// Largest packet, in bytes, that the device is given to segment.
        IFLA_GSO_MAX_SIZE(u32) = 41,
        /// Aligns what follows.
        IFLA_PAD(&'a [u8]) = 42,
        /// The BPF program at the driver's door.
        IFLA_XDP(Nest<'a, IflaXdp<'a>>) = 43,
        /// Why this notification was sent.
        IFLA_EVENT(IflaEventType) = 44,
        /// In a notification: the namespace that the device moved to.
        IFLA_NEW_NETNSID(i32) = 45,
        /// Namespace that a request is about, or that a reply is from.
        IFLA_TARGET_NETNSID(i32) = 46,
        /// How often the carrier came.
        IFLA_CARRIER_UP_COUNT(u32) = 47,
        /// How often the carrier went.
        IFLA_CARRIER_DOWN_COUNT(u32) = 48,
        /// The index that the device has, or shall have, in the namespace it moves to.
        IFLA_NEW_IFINDEX(i32) = 49,
        /// Smallest MTU that the device takes.
        IFLA_MIN_MTU(u32) = 50,
        /// Largest MTU that the device takes; 0 is no limit.
        IFLA_MAX_MTU(u32) = 51,
        /// The alternative names, as `IFLA_ALT_IFNAME`.
        IFLA_PROP_LIST(Nest<'a, Ifla<'a>>) = 52,
        /// An alternative name, up to 127 bytes.
        IFLA_ALT_IFNAME(Str<'a>) = 53,
        /// The address that the hardware came with.
        IFLA_PERM_ADDRESS(Hw<'a>) = 54,
        /// Which protocols hold the device down.
        IFLA_PROTO_DOWN_REASON(Nest<'a, IflaProtoDownReason<'a>>) = 55,
        /// Name of the device's parent on its bus.
        IFLA_PARENT_DEV_NAME(Str<'a>) = 56,
        /// Name of that bus.
        IFLA_PARENT_DEV_BUS_NAME(Str<'a>) = 57,
        /// Largest packet, in bytes, that receiving joins.
        IFLA_GRO_MAX_SIZE(u32) = 58,
        /// Largest packet, in bytes, that the hardware segments.
        IFLA_TSO_MAX_SIZE(u32) = 59,
        /// Largest number of segments that the hardware makes.
        IFLA_TSO_MAX_SEGS(u32) = 60,
        /// How many ask for all multicast packets.
        IFLA_ALLMULTI(u32) = 61,
        /// The devlink port (linux/devlink.h).
        IFLA_DEVLINK_PORT(Nest<'a, Slot<'a, &'a [u8]>>) = 62,
        /// As `IFLA_GSO_MAX_SIZE`, for IPv4.
        IFLA_GSO_IPV4_MAX_SIZE(u32) = 63,
        /// As `IFLA_GRO_MAX_SIZE`, for IPv4.
        IFLA_GRO_IPV4_MAX_SIZE(u32) = 64,
        /// The pin that feeds the device's clock.
        IFLA_DPLL_PIN(Nest<'a, DpllA<'a>>) = 65,
        /// How far ahead, in nanoseconds, the hardware takes packets with a send time.
        IFLA_MAX_PACING_OFFLOAD_HORIZON(BySize<u32, u64>) = 66,
        /// Whether the device must stay in its namespace.
        IFLA_NETNS_IMMUTABLE(u8) = 67,
        /// Bytes that the device wants before a packet.
        IFLA_HEADROOM(u16) = 68,
        /// Bytes that the device wants after a packet.
        IFLA_TAILROOM(u16) = 69,
    }
}

attrs! {
    /// What kind a device is (linux/if_link.h).
    pub enum IflaInfo<'a> in "if_link.h" {
        /// The kind, which picks what `IFLA_INFO_DATA` holds.
        IFLA_INFO_KIND(Selector<Str<'a>>) = 1,
        /// The kind's own settings.
        IFLA_INFO_DATA(InfoData<'a>) = 2,
        /// The kind's own counters.
        IFLA_INFO_XSTATS(&'a [u8]) = 3,
        /// The kind of device that this one belongs to, which picks `IFLA_INFO_SLAVE_DATA`.
        IFLA_INFO_SLAVE_KIND(Selector<Str<'a>, 1>) = 4,
        /// Settings of this device as a part of that one.
        IFLA_INFO_SLAVE_DATA(InfoSlaveData<'a>) = 5,
    }
}

attrs! {
    /// Which protocols hold a device down (linux/if_link.h).
    pub enum IflaProtoDownReason<'a> in "if_link.h" {
        /// Bits of `VALUE` that a request means.
        IFLA_PROTO_DOWN_REASON_MASK(u32) = 1,
        /// One bit a reason.
        IFLA_PROTO_DOWN_REASON_VALUE(u32) = 2,
    }
}

attrs! {
    /// BPF programs at the driver's door (linux/if_link.h).
    pub enum IflaXdp<'a> in "if_link.h" {
        /// In a request: the open program; -1 takes it away.
        IFLA_XDP_FD(i32) = 1,
        /// Where a program is attached.
        IFLA_XDP_ATTACHED(XdpAttached) = 2,
        /// How to attach.
        IFLA_XDP_FLAGS(XdpFlags) = 3,
        /// The program, where there is one.
        IFLA_XDP_PROG_ID(u32) = 4,
        /// The program in the driver.
        IFLA_XDP_DRV_PROG_ID(u32) = 5,
        /// The program in the generic path.
        IFLA_XDP_SKB_PROG_ID(u32) = 6,
        /// The program in the hardware.
        IFLA_XDP_HW_PROG_ID(u32) = 7,
        /// In a request: the program that must be there to be replaced.
        IFLA_XDP_EXPECTED_FD(i32) = 8,
    }
}

names! {
    /// Where a BPF program is attached (linux/if_link.h).
    pub enum XdpAttached(u8) {
        XDP_ATTACHED_NONE = 0,
        XDP_ATTACHED_DRV = 1 => "xdp",
        XDP_ATTACHED_SKB = 2 => "xdpgeneric",
        XDP_ATTACHED_HW = 3 => "xdpoffload",
        XDP_ATTACHED_MULTI = 4 => "xdpmulti",
    }
}

names! {
    /// How to attach a BPF program (linux/if_link.h).
    pub flags XdpFlags(u32) {
        XDP_FLAGS_UPDATE_IF_NOEXIST = 0x1,
        XDP_FLAGS_SKB_MODE = 0x2,
        XDP_FLAGS_DRV_MODE = 0x4,
        XDP_FLAGS_HW_MODE = 0x8,
        XDP_FLAGS_REPLACE = 0x10,
    }
}

attrs! {
    /// What `IFLA_DPLL_PIN` holds (linux/dpll.h).
    pub enum DpllA<'a> in "dpll.h" {
        /// The pin.
        DPLL_A_PIN_ID(u32) = 1,
    }
}

pick! {
    /// What `IFLA_PROTINFO` holds, by the family of the header.
    pub enum ProtInfo<'a> by family {
        7 => Bridge(Nest<'a, IflaBrport<'a>>),
        10 => Inet6(Nest<'a, IflaInet6<'a>>),
    }
}

pick! {
    /// What `IFLA_AF_SPEC` holds, by the family of the header.
    pub enum LinkAfSpec<'a> by family {
        7 => Bridge(Nest<'a, IflaBridge<'a>>),
        _ => Families(Nest<'a, IflaAfSpec<'a>>),
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::{Hw, Nest, Str};
    use crate::route::{Ifla::*, IflaXdp::*, *};

    #[test]
    fn a_device() {
        // The kernel on `lo`; its counters, address families and limits are left out.
        same(
            RTM_NEWLINK,
            "7000000010000000010000000000000000000403010000004900010000000000070003006c6f00000500100000000000\
             050011000000000008000400000001000a00010000000000000000000a00020000000000000000000c002b0005000200\
             000000000c0006006e6f717565756500",
            Link::new(
                IfInfoMsg {
                    ifi_type: ARPHRD_LOOPBACK,
                    ifi_index: 1,
                    ifi_flags: IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_LOWER_UP,
                    ..Default::default()
                },
                Nest::List(&[
                    IFLA_IFNAME(Str::new("lo")),
                    IFLA_OPERSTATE(IF_OPER_UNKNOWN),
                    IFLA_LINKMODE(IF_LINK_MODE_DEFAULT),
                    IFLA_MTU(65536),
                    IFLA_ADDRESS(Hw(&[0, 0, 0, 0, 0, 0])),
                    IFLA_BROADCAST(Hw(&[0, 0, 0, 0, 0, 0])),
                    IFLA_XDP(Nest::List(&[IFLA_XDP_ATTACHED(XDP_ATTACHED_NONE)])),
                    IFLA_QDISC(Str::new("noqueue")),
                ]),
            ),
        );
    }

    #[test]
    fn up() {
        // ip link set v1 up
        same(
            RTM_NEWLINK,
            "2000000010000500010000000000000000000000030000000100000001000000",
            Link::new(IfInfoMsg { ifi_index: 3, ifi_flags: IFF_UP, ifi_change: IFF_UP, ..Default::default() }, Nest::List(&[])),
        );
    }

    #[test]
    fn into_a_namespace() {
        // ip link set v0 netns other
        same(
            RTM_NEWLINK,
            "280000001000050001000000000000000000000004000000000000000000000008001c0004000000",
            Link::new(IfInfoMsg { ifi_index: 4, ..Default::default() }, Nest::List(&[IFLA_NET_NS_FD(4)])),
        );
    }
}
