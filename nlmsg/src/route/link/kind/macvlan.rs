//! Kinds `macvlan` and `macvtap`: a device with its own MAC address on top of another (linux/if_link.h).

use crate::payload::{Hw, Nest};

attrs! {
    /// Settings of a macvlan (linux/if_link.h).
    pub enum IflaMacvlan<'a> in "if_link.h" {
        /// Who may speak to whom.
        IFLA_MACVLAN_MODE(MacvlanMode) = 1,
        /// Switches.
        IFLA_MACVLAN_FLAGS(MacvlanFlags) = 2,
        /// In a request: what to do with source addresses.
        IFLA_MACVLAN_MACADDR_MODE(MacvlanMacaddrMode) = 3,
        /// One source address.
        IFLA_MACVLAN_MACADDR(Hw<'a>) = 4,
        /// Source addresses, as `IFLA_MACVLAN_MACADDR`.
        IFLA_MACVLAN_MACADDR_DATA(Nest<'a, IflaMacvlan<'a>>) = 5,
        /// How many source addresses there are.
        IFLA_MACVLAN_MACADDR_COUNT(u32) = 6,
        /// Length of the broadcast queue that is asked for.
        IFLA_MACVLAN_BC_QUEUE_LEN(u32) = 7,
        /// Length of the broadcast queue of the device below.
        IFLA_MACVLAN_BC_QUEUE_LEN_USED(u32) = 8,
        /// From how many members on multicast goes through the queue; -1 is none.
        IFLA_MACVLAN_BC_CUTOFF(i32) = 9,
    }
}

names! {
    /// Who may speak to whom: `enum macvlan_mode` (linux/if_link.h).
    pub enum MacvlanMode(u32) {
        MACVLAN_MODE_PRIVATE = 1 => "private",
        MACVLAN_MODE_VEPA = 2 => "vepa",
        MACVLAN_MODE_BRIDGE = 4 => "bridge",
        MACVLAN_MODE_PASSTHRU = 8 => "passthru",
        MACVLAN_MODE_SOURCE = 16 => "source",
    }
}

names! {
    /// Switches of a macvlan (linux/if_link.h).
    pub flags MacvlanFlags(u16) {
        MACVLAN_FLAG_NOPROMISC = 0x1 => "nopromisc",
        MACVLAN_FLAG_NODST = 0x2 => "nodst",
    }
}

names! {
    /// What to do with source addresses: `enum macvlan_macaddr_mode` (linux/if_link.h).
    pub enum MacvlanMacaddrMode(u32) {
        MACVLAN_MACADDR_ADD = 0 => "add",
        MACVLAN_MACADDR_DEL = 1 => "del",
        MACVLAN_MACADDR_FLUSH = 2 => "flush",
        MACVLAN_MACADDR_SET = 3 => "set",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::same;
    use crate::payload::{Nest, Selector, Str};
    use crate::route::{Ifla::*, IflaInfo::*, link::kind::macvlan::IflaMacvlan::*, *};

    #[test]
    fn a_request() {
        // ip link add mv1 link v1 type macvlan mode bridge
        same(
            RTM_NEWLINK,
            "4c000000100005060100000000000000000000000000000000000000000000000800050003000000080003006d763100\
             1c0012000b0001006d6163766c616e000c0002000800010004000000",
            Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_LINK(3),
                    IFLA_IFNAME(Str::new("mv1")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::bare("macvlan"))),
                        IFLA_INFO_DATA(InfoData::Macvlan(Nest::List(&[IFLA_MACVLAN_MODE(MACVLAN_MODE_BRIDGE)]))),
                    ])),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on the same.
        same(
            RTM_NEWLINK,
            "6c00000010000000010000000000000000000100060000000210000000000000080003006d7630003c0012000c000100\
             6d6163766c616e002c00020008000100040000000600020000000000080006000000000008000700e803000008000800\
             e80300000800050003000000",
            Link::new(
                IfInfoMsg {
                    ifi_type: ARPHRD_ETHER,
                    ifi_index: 6,
                    ifi_flags: IFF_BROADCAST | IFF_MULTICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    IFLA_IFNAME(Str::new("mv0")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::new("macvlan"))),
                        IFLA_INFO_DATA(InfoData::Macvlan(Nest::List(&[
                            IFLA_MACVLAN_MODE(MACVLAN_MODE_BRIDGE),
                            IFLA_MACVLAN_FLAGS(MacvlanFlags(0)),
                            IFLA_MACVLAN_MACADDR_COUNT(0),
                            IFLA_MACVLAN_BC_QUEUE_LEN(1000),
                            IFLA_MACVLAN_BC_QUEUE_LEN_USED(1000),
                        ]))),
                    ])),
                    IFLA_LINK(3),
                ]),
            ),
        );
    }
}
