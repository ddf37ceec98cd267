//! Kind `bond`: several devices as one (linux/if_link.h, linux/if_bonding.h).
//!
//! Times are in milliseconds.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::payload::{Hw, Nest, Slot};

attrs! {
    /// Settings of a bond (linux/if_link.h).
    pub enum IflaBond<'a> in "if_link.h" {
        /// How the devices share the work.
        IFLA_BOND_MODE(BondMode) = 1,
        /// Index of the device in use; 0 in a request is none.
        IFLA_BOND_ACTIVE_SLAVE(u32) = 2,
        /// Time between looks at the carrier.
        IFLA_BOND_MIIMON(u32) = 3,
        /// Time until a device that came up is used.
        IFLA_BOND_UPDELAY(u32) = 4,
        /// Time until a device that went down is not used.
        IFLA_BOND_DOWNDELAY(u32) = 5,
        /// How the carrier is looked at.
        IFLA_BOND_USE_CARRIER(u8) = 6,
        /// Time between ARP requests.
        IFLA_BOND_ARP_INTERVAL(u32) = 7,
        /// Whom they ask for.
        IFLA_BOND_ARP_IP_TARGET(Nest<'a, Slot<'a, Ipv4Addr>>) = 8,
        /// Which ARP packets are looked at.
        IFLA_BOND_ARP_VALIDATE(BondArpValidate) = 9,
        /// How many targets must answer.
        IFLA_BOND_ARP_ALL_TARGETS(BondArpAllTargets) = 10,
        /// Index of the device that is preferred.
        IFLA_BOND_PRIMARY(u32) = 11,
        /// When it is taken again.
        IFLA_BOND_PRIMARY_RESELECT(BondPriReselect) = 12,
        /// What happens to MAC addresses.
        IFLA_BOND_FAIL_OVER_MAC(BondFom) = 13,
        /// What picks the device that sends.
        IFLA_BOND_XMIT_HASH_POLICY(BondXmitPolicy) = 14,
        /// Membership reports after a change.
        IFLA_BOND_RESEND_IGMP(u32) = 15,
        /// Notifications of peers after a change.
        IFLA_BOND_NUM_PEER_NOTIF(u8) = 16,
        /// Whether packets of idle devices are taken.
        IFLA_BOND_ALL_SLAVES_ACTIVE(u8) = 17,
        /// Devices with a carrier that the bond's carrier needs.
        IFLA_BOND_MIN_LINKS(u32) = 18,
        /// Seconds between learning packets.
        IFLA_BOND_LP_INTERVAL(u32) = 19,
        /// Packets before the next device sends; 0 is random.
        IFLA_BOND_PACKETS_PER_SLAVE(u32) = 20,
        /// How often LACP packets are asked for.
        IFLA_BOND_AD_LACP_RATE(BondLacpRate) = 21,
        /// Which aggregator is used.
        IFLA_BOND_AD_SELECT(BondAdSelect) = 22,
        /// The aggregator in use.
        IFLA_BOND_AD_INFO(Nest<'a, IflaBondAdInfo<'a>>) = 23,
        /// System priority of this end.
        IFLA_BOND_AD_ACTOR_SYS_PRIO(u16) = 24,
        /// Key part that the user chooses.
        IFLA_BOND_AD_USER_PORT_KEY(u16) = 25,
        /// System address of this end.
        IFLA_BOND_AD_ACTOR_SYSTEM(Hw<'a>) = 26,
        /// Whether load moves between devices.
        IFLA_BOND_TLB_DYNAMIC_LB(u8) = 27,
        /// Time between notifications of peers.
        IFLA_BOND_PEER_NOTIF_DELAY(u32) = 28,
        /// Whether LACP packets are sent unasked.
        IFLA_BOND_AD_LACP_ACTIVE(u8) = 29,
        /// Checks that may fail.
        IFLA_BOND_MISSED_MAX(u8) = 30,
        /// Whom neighbour solicitations ask for.
        IFLA_BOND_NS_IP6_TARGET(Nest<'a, Slot<'a, Ipv6Addr>>) = 31,
        /// Whether sending and receiving are switched together.
        IFLA_BOND_COUPLED_CONTROL(u8) = 32,
        /// Whether ARP and neighbour discovery go out of all devices.
        IFLA_BOND_BROADCAST_NEIGH(u8) = 33,
    }
}

attrs! {
    /// The aggregator in use (linux/if_link.h).
    pub enum IflaBondAdInfo<'a> in "if_link.h" {
        /// Its identifier.
        IFLA_BOND_AD_INFO_AGGREGATOR(u16) = 1,
        /// Its ports.
        IFLA_BOND_AD_INFO_NUM_PORTS(u16) = 2,
        /// Key of this end.
        IFLA_BOND_AD_INFO_ACTOR_KEY(u16) = 3,
        /// Key of the far end.
        IFLA_BOND_AD_INFO_PARTNER_KEY(u16) = 4,
        /// System address of the far end.
        IFLA_BOND_AD_INFO_PARTNER_MAC(Hw<'a>) = 5,
    }
}

attrs! {
    /// A device that belongs to a bond (linux/if_link.h).
    pub enum IflaBondSlave<'a> in "if_link.h" {
        /// Whether it is in use.
        IFLA_BOND_SLAVE_STATE(BondState) = 1,
        /// Whether its link is up.
        IFLA_BOND_SLAVE_MII_STATUS(BondLink) = 2,
        /// How often its link went down.
        IFLA_BOND_SLAVE_LINK_FAILURE_COUNT(u32) = 3,
        /// The MAC address that it came with.
        IFLA_BOND_SLAVE_PERM_HWADDR(Hw<'a>) = 4,
        /// Send queue that it belongs to.
        IFLA_BOND_SLAVE_QUEUE_ID(u16) = 5,
        /// Its aggregator.
        IFLA_BOND_SLAVE_AD_AGGREGATOR_ID(u16) = 6,
        /// LACP state of this end.
        IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE(u8) = 7,
        /// LACP state of the far end.
        IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE(u16) = 8,
        /// How much it is preferred.
        IFLA_BOND_SLAVE_PRIO(i32) = 9,
        /// LACP priority of the port.
        IFLA_BOND_SLAVE_ACTOR_PORT_PRIO(u16) = 10,
        /// Whether this end fails to settle.
        IFLA_BOND_SLAVE_AD_CHURN_ACTOR_STATE(u8) = 11,
        /// Whether the far end fails to settle.
        IFLA_BOND_SLAVE_AD_CHURN_PARTNER_STATE(u8) = 12,
    }
}

names! {
    /// How devices share the work (linux/if_bonding.h).
    pub enum BondMode(u8) {
        BOND_MODE_ROUNDROBIN = 0 => "balance-rr",
        BOND_MODE_ACTIVEBACKUP = 1 => "active-backup",
        BOND_MODE_XOR = 2 => "balance-xor",
        BOND_MODE_BROADCAST = 3 => "broadcast",
        BOND_MODE_8023AD = 4 => "802.3ad",
        BOND_MODE_TLB = 5 => "balance-tlb",
        BOND_MODE_ALB = 6 => "balance-alb",
    }
}

names! {
    /// What picks the device that sends (linux/if_bonding.h).
    pub enum BondXmitPolicy(u8) {
        BOND_XMIT_POLICY_LAYER2 = 0 => "layer2",
        BOND_XMIT_POLICY_LAYER34 = 1 => "layer3+4",
        BOND_XMIT_POLICY_LAYER23 = 2 => "layer2+3",
        BOND_XMIT_POLICY_ENCAP23 = 3 => "encap2+3",
        BOND_XMIT_POLICY_ENCAP34 = 4 => "encap3+4",
        BOND_XMIT_POLICY_VLAN_SRCMAC = 5 => "vlan+srcmac",
    }
}

names! {
    /// Whether a device of a bond is in use (linux/if_bonding.h).
    pub enum BondState(u8) {
        BOND_STATE_ACTIVE = 0 => "ACTIVE",
        BOND_STATE_BACKUP = 1 => "BACKUP",
    }
}

names! {
    /// Link of a device of a bond (linux/if_bonding.h).
    pub enum BondLink(u8) {
        BOND_LINK_UP = 0 => "UP",
        BOND_LINK_FAIL = 1 => "GOING_DOWN",
        BOND_LINK_DOWN = 2 => "DOWN",
        BOND_LINK_BACK = 3 => "GOING_BACK",
    }
}

names! {
    /// Which ARP packets are looked at (the kernel's net/bonding.h).
    pub enum BondArpValidate(u32) {
        BOND_ARP_VALIDATE_NONE = 0 => "none",
        BOND_ARP_VALIDATE_ACTIVE = 1 => "active",
        BOND_ARP_VALIDATE_BACKUP = 2 => "backup",
        BOND_ARP_VALIDATE_ALL = 3 => "all",
        BOND_ARP_FILTER = 4 => "filter",
        BOND_ARP_FILTER_ACTIVE = 5 => "filter_active",
        BOND_ARP_FILTER_BACKUP = 6 => "filter_backup",
    }
}

names! {
    /// How often LACP packets are asked for (the kernel's net/bond_3ad.h).
    pub enum BondLacpRate(u8) {
        AD_LACP_SLOW = 0 => "slow",
        AD_LACP_FAST = 1 => "fast",
    }
}

names! {
    /// How many targets must answer (the kernel's net/bonding.h).
    pub enum BondArpAllTargets(u32) {
        BOND_ARP_TARGETS_ANY = 0 => "any",
        BOND_ARP_TARGETS_ALL = 1 => "all",
    }
}

names! {
    /// When the preferred device is taken again (the kernel's net/bonding.h).
    pub enum BondPriReselect(u8) {
        BOND_PRI_RESELECT_ALWAYS = 0 => "always",
        BOND_PRI_RESELECT_BETTER = 1 => "better",
        BOND_PRI_RESELECT_FAILURE = 2 => "failure",
    }
}

names! {
    /// What happens to MAC addresses (the kernel's net/bonding.h).
    pub enum BondFom(u8) {
        BOND_FOM_NONE = 0 => "none",
        BOND_FOM_ACTIVE = 1 => "active",
        BOND_FOM_FOLLOW = 2 => "follow",
    }
}

names! {
    /// Which aggregator is used (the kernel's net/bond_3ad.h).
    pub enum BondAdSelect(u8) {
        BOND_AD_STABLE = 0 => "stable",
        BOND_AD_BANDWIDTH = 1 => "bandwidth",
        BOND_AD_COUNT = 2 => "count",
    }
}
