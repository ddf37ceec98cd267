//! Kind `hsr`: seamless redundancy over two devices (linux/if_link.h).

use crate::payload::Hw;

attrs! {
    /// Settings of an HSR device (linux/if_link.h).
    pub enum IflaHsr<'a> in "if_link.h" {
        /// Index of the first device.
        IFLA_HSR_SLAVE1(u32) = 1,
        /// Index of the second device.
        IFLA_HSR_SLAVE2(u32) = 2,
        /// Last byte of the supervision address.
        IFLA_HSR_MULTICAST_SPEC(u8) = 3,
        /// Group that supervision frames go to.
        IFLA_HSR_SUPERVISION_ADDR(Hw<'a>) = 4,
        /// Number of the next frame.
        IFLA_HSR_SEQ_NR(u16) = 5,
        /// Version of the protocol, 0 or 1.
        IFLA_HSR_VERSION(u8) = 6,
        /// Which protocol.
        IFLA_HSR_PROTOCOL(HsrProtocol) = 7,
        /// Index of the device towards other networks.
        IFLA_HSR_INTERLINK(u32) = 8,
    }
}

names! {
    /// Which redundancy protocol (linux/if_link.h).
    pub enum HsrProtocol(u8) {
        HSR_PROTOCOL_HSR = 0 => "hsr",
        HSR_PROTOCOL_PRP = 1 => "prp",
    }
}
