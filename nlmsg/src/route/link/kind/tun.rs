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
