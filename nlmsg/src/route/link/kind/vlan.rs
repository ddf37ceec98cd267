//! Kind `vlan`: one VLAN of another device (linux/if_link.h, linux/if_vlan.h).

use crate::payload::{Be, Nest, View};

attrs! {
    /// Settings of a VLAN device (linux/if_link.h).
    pub enum IflaVlan<'a> in "if_link.h" {
        /// The VLAN, 0 to 4095.
        IFLA_VLAN_ID(u16) = 1,
        /// Switches.
        IFLA_VLAN_FLAGS(View<'a, IflaVlanFlags>) = 2,
        /// From packet priority to the tag's priority.
        IFLA_VLAN_EGRESS_QOS(Nest<'a, IflaVlanQos<'a>>) = 3,
        /// From the tag's priority to packet priority.
        IFLA_VLAN_INGRESS_QOS(Nest<'a, IflaVlanQos<'a>>) = 4,
        /// Which tag.
        IFLA_VLAN_PROTOCOL(Be<VlanProtocol>) = 5,
    }
}

names! {
    /// Ethertypes of VLAN tags (linux/if_ether.h).
    pub enum VlanProtocol(u16) {
        ETH_P_8021Q = 33024 => "802.1Q",
        ETH_P_8021AD = 34984 => "802.1ad",
    }
}

record! {
    /// `struct ifla_vlan_flags` (linux/if_link.h).
    pub struct IflaVlanFlags("ifla_vlan_flags") {
        /// Which are on.
        flags: VlanFlags,
        /// Which are meant in a request.
        mask: u32,
    }
}

names! {
    /// Switches of a VLAN device (linux/if_vlan.h).
    pub flags VlanFlags(u32) {
        VLAN_FLAG_REORDER_HDR = 0x1 => "REORDER_HDR",
        VLAN_FLAG_GVRP = 0x2 => "GVRP",
        VLAN_FLAG_LOOSE_BINDING = 0x4 => "LOOSE_BINDING",
        VLAN_FLAG_MVRP = 0x8 => "MVRP",
        VLAN_FLAG_BRIDGE_BINDING = 0x10 => "BRIDGE_BINDING",
    }
}

attrs! {
    /// A map of priorities (linux/if_link.h).
    pub enum IflaVlanQos<'a> in "if_link.h" {
        /// One pair; there are many of these.
        IFLA_VLAN_QOS_MAPPING(View<'a, IflaVlanQosMapping>) = 1,
    }
}

record! {
    /// `struct ifla_vlan_qos_mapping` (linux/if_link.h).
    pub struct IflaVlanQosMapping("ifla_vlan_qos_mapping") {
        /// This priority.
        from: u32,
        /// Becomes that one.
        to: u32,
    }
}
