//! Virtual functions of a card: `IFLA_VFINFO_LIST` (linux/if_link.h).

use super::kind::vlan::VlanProtocol;
use crate::payload::{Be, Bytes, Nest, View};

attrs! {
    /// The virtual functions (linux/if_link.h).
    pub enum IflaVfInfoList<'a> in "if_link.h" {
        /// One; there are many of these.
        IFLA_VF_INFO(Nest<'a, IflaVf<'a>>) = 1,
    }
}

attrs! {
    /// One virtual function (linux/if_link.h). Each value starts with its number.
    pub enum IflaVf<'a> in "if_link.h" {
        /// Its MAC address.
        IFLA_VF_MAC(View<'a, IflaVfMac>) = 1,
        /// Its VLAN.
        IFLA_VF_VLAN(View<'a, IflaVfVlan>) = 2,
        /// Its largest rate.
        IFLA_VF_TX_RATE(View<'a, IflaVfTxRate>) = 3,
        /// Whether its source address is checked.
        IFLA_VF_SPOOFCHK(View<'a, IflaVfSetting>) = 4,
        /// Whether its link follows the card's.
        IFLA_VF_LINK_STATE(View<'a, IflaVfLinkState>) = 5,
        /// Its smallest and largest rate.
        IFLA_VF_RATE(View<'a, IflaVfRate>) = 6,
        /// Whether it may ask for the receive hash.
        IFLA_VF_RSS_QUERY_EN(View<'a, IflaVfSetting>) = 7,
        /// Its counters.
        IFLA_VF_STATS(Nest<'a, IflaVfStats<'a>>) = 8,
        /// Whether it is trusted.
        IFLA_VF_TRUST(View<'a, IflaVfSetting>) = 9,
        /// Its InfiniBand node.
        IFLA_VF_IB_NODE_GUID(View<'a, IflaVfGuid>) = 10,
        /// Its InfiniBand port.
        IFLA_VF_IB_PORT_GUID(View<'a, IflaVfGuid>) = 11,
        /// Its VLANs with their tags.
        IFLA_VF_VLAN_LIST(Nest<'a, IflaVfVlanList<'a>>) = 12,
        /// Its broadcast address. Has no number.
        IFLA_VF_BROADCAST(View<'a, IflaVfBroadcast>) = 13,
    }
}

record! {
    /// `struct ifla_vf_mac` (linux/if_link.h).
    pub struct IflaVfMac("ifla_vf_mac") {
        /// The virtual function.
        vf: u32,
        /// MAC address, filled up with zeros.
        mac: Bytes<32>,
    }
}

record! {
    /// `struct ifla_vf_broadcast` (linux/if_link.h).
    pub struct IflaVfBroadcast("ifla_vf_broadcast") {
        /// Broadcast address, filled up with zeros.
        broadcast: Bytes<32>,
    }
}

record! {
    /// `struct ifla_vf_vlan` (linux/if_link.h).
    pub struct IflaVfVlan("ifla_vf_vlan") {
        /// The virtual function.
        vf: u32,
        /// The VLAN; 0 is none.
        vlan: u32,
        /// Priority in the tag.
        qos: u32,
    }
}

record! {
    /// `struct ifla_vf_tx_rate` (linux/if_link.h).
    pub struct IflaVfTxRate("ifla_vf_tx_rate") {
        /// The virtual function.
        vf: u32,
        /// Largest rate in Mbit/s; 0 is no limit.
        rate: u32,
    }
}

record! {
    /// `struct ifla_vf_rate` (linux/if_link.h).
    pub struct IflaVfRate("ifla_vf_rate") {
        /// The virtual function.
        vf: u32,
        /// Smallest rate in Mbit/s.
        min_tx_rate: u32,
        /// Largest rate in Mbit/s; 0 is no limit.
        max_tx_rate: u32,
    }
}

record! {
    /// `struct ifla_vf_spoofchk`, `ifla_vf_rss_query_en` and `ifla_vf_trust` (linux/if_link.h).
    pub struct IflaVfSetting("ifla_vf_spoofchk") {
        /// The virtual function.
        vf: u32,
        /// Whether it is on; all ones if unknown.
        setting: u32,
    }
}

record! {
    /// `struct ifla_vf_guid` (linux/if_link.h).
    pub struct IflaVfGuid("ifla_vf_guid") {
        /// The virtual function.
        vf: u32,
        /// A gap.
        __pad: u32,
        /// The identifier.
        guid: u64,
    }
}

record! {
    /// `struct ifla_vf_link_state` (linux/if_link.h).
    pub struct IflaVfLinkState("ifla_vf_link_state") {
        /// The virtual function.
        vf: u32,
        /// Whether its link follows the card's.
        link_state: VfLinkState,
    }
}

names! {
    /// Whether a virtual function's link follows the card's (linux/if_link.h).
    pub enum VfLinkState(u32) {
        IFLA_VF_LINK_STATE_AUTO = 0 => "auto",
        IFLA_VF_LINK_STATE_ENABLE = 1 => "enable",
        IFLA_VF_LINK_STATE_DISABLE = 2 => "disable",
    }
}

attrs! {
    /// VLANs of a virtual function (linux/if_link.h).
    pub enum IflaVfVlanList<'a> in "if_link.h" {
        /// One; there may be many of these.
        IFLA_VF_VLAN_INFO(View<'a, IflaVfVlanInfo>) = 1,
    }
}

record! {
    /// `struct ifla_vf_vlan_info` (linux/if_link.h).
    pub struct IflaVfVlanInfo("ifla_vf_vlan_info") {
        /// The virtual function.
        vf: u32,
        /// The VLAN; 0 is none.
        vlan: u32,
        /// Priority in the tag.
        qos: u32,
        /// Which tag.
        vlan_proto: Be<VlanProtocol>,
        /// A gap.
        __pad: u16,
    }
}

attrs! {
    /// Counters of a virtual function (linux/if_link.h).
    pub enum IflaVfStats<'a> in "if_link.h" {
        /// Packets received.
        IFLA_VF_STATS_RX_PACKETS(u64) = 0,
        /// Packets sent.
        IFLA_VF_STATS_TX_PACKETS(u64) = 1,
        /// Bytes received.
        IFLA_VF_STATS_RX_BYTES(u64) = 2,
        /// Bytes sent.
        IFLA_VF_STATS_TX_BYTES(u64) = 3,
        /// Broadcast packets received.
        IFLA_VF_STATS_BROADCAST(u64) = 4,
        /// Multicast packets received.
        IFLA_VF_STATS_MULTICAST(u64) = 5,
        /// Aligns what follows.
        IFLA_VF_STATS_PAD(&'a [u8]) = 6,
        /// Received packets that were dropped.
        IFLA_VF_STATS_RX_DROPPED(u64) = 7,
        /// Packets that were dropped and not sent.
        IFLA_VF_STATS_TX_DROPPED(u64) = 8,
    }
}
