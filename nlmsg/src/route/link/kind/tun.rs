//! Kind `tun`: a device whose other end is an open file (linux/if_link.h). The settings are read-only.

attrs! {
    /// Settings of a TUN or TAP device (linux/if_link.h).
    pub enum IflaTun<'a> in "if_link.h" {
        /// User who may open it.
        IFLA_TUN_OWNER(u32) = 1,
        /// Group who may open it.
        IFLA_TUN_GROUP(u32) = 2,
        /// Which layer's packets.
        IFLA_TUN_TYPE(TunType) = 3,
        /// Whether packets start with `struct tun_pi`.
        IFLA_TUN_PI(u8) = 4,
        /// Whether packets start with `struct virtio_net_hdr`.
        IFLA_TUN_VNET_HDR(u8) = 5,
        /// Whether it stays without an open file.
        IFLA_TUN_PERSIST(u8) = 6,
        /// Whether it can be opened more than once.
        IFLA_TUN_MULTI_QUEUE(u8) = 7,
        /// Queues, one an open file.
        IFLA_TUN_NUM_QUEUES(u32) = 8,
        /// Queues that are switched off.
        IFLA_TUN_NUM_DISABLED_QUEUES(u32) = 9,
    }
}

names! {
    /// Which layer's packets (linux/if_tun.h).
    pub enum TunType(u8) {
        IFF_TUN = 1 => "tun",
        IFF_TAP = 2 => "tap",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::same;
    use crate::payload::{Nest, Selector, Str};
    use crate::route::{Ifla::*, IflaInfo::*, link::kind::tun::IflaTun::*, *};

    #[test]
    fn a_reply() {
        // The kernel on: ip tuntap add t0 mode tap
        same(
            RTM_NEWLINK,
            "600000001000000001000000000000000000010007000000021000000000000007000300743000003800120008000100\
             74756e002c00020005000300020000000500040000000000050005000000000005000600010000000500070000000000",
            Link::new(
                IfInfoMsg {
                    ifi_type: ARPHRD_ETHER,
                    ifi_index: 7,
                    ifi_flags: IFF_BROADCAST | IFF_MULTICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    IFLA_IFNAME(Str::new("t0")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::new("tun"))),
                        IFLA_INFO_DATA(InfoData::Tun(Nest::List(&[
                            IFLA_TUN_TYPE(IFF_TAP),
                            IFLA_TUN_PI(0),
                            IFLA_TUN_VNET_HDR(0),
                            IFLA_TUN_PERSIST(1),
                            IFLA_TUN_MULTI_QUEUE(0),
                        ]))),
                    ])),
                ]),
            ),
        );
    }
}
