//! Kind `netkit`: a pair of devices with a BPF program at each end (linux/if_link.h).

use crate::payload::Headed;
use crate::route::link::{IfInfoMsg, Ifla};

attrs! {
    /// Settings of a netkit pair (linux/if_link.h).
    pub enum IflaNetkit<'a> in "if_link.h" {
        /// The peer as a whole link: `struct ifinfomsg`, then attributes.
        IFLA_NETKIT_PEER_INFO(Headed<'a, IfInfoMsg, Ifla<'a>>) = 1,
        /// Whether this is the end that sets the programs.
        IFLA_NETKIT_PRIMARY(u8) = 2,
        /// What happens to packets of this end without a program.
        IFLA_NETKIT_POLICY(NetkitAction) = 3,
        /// What happens to packets of the peer without a program.
        IFLA_NETKIT_PEER_POLICY(NetkitAction) = 4,
        /// On which layer it works.
        IFLA_NETKIT_MODE(NetkitMode) = 5,
        /// Whether this end's packets lose their mark and priority.
        IFLA_NETKIT_SCRUB(NetkitScrub) = 6,
        /// Whether the peer's packets lose them.
        IFLA_NETKIT_PEER_SCRUB(NetkitScrub) = 7,
        /// Bytes wanted before a packet.
        IFLA_NETKIT_HEADROOM(u16) = 8,
        /// Bytes wanted after a packet.
        IFLA_NETKIT_TAILROOM(u16) = 9,
    }
}

names! {
    /// What happens to a packet: `enum netkit_action` (linux/if_link.h).
    pub enum NetkitAction(u32) {
        NETKIT_NEXT = 4294967295,
        NETKIT_PASS = 0 => "forward",
        NETKIT_DROP = 2 => "blackhole",
        NETKIT_REDIRECT = 7,
    }
}

names! {
    /// On which layer a netkit pair works: `enum netkit_mode` (linux/if_link.h).
    pub enum NetkitMode(u32) {
        NETKIT_L2 = 0 => "l2",
        NETKIT_L3 = 1 => "l3",
    }
}

names! {
    /// Whether packets lose mark and priority: `enum netkit_scrub` (linux/if_link.h).
    pub enum NetkitScrub(u32) {
        NETKIT_SCRUB_NONE = 0 => "none",
        NETKIT_SCRUB_DEFAULT = 1 => "default",
    }
}
