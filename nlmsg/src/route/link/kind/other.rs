//! Kinds whose tables are only a few lines (linux/if_link.h).

use crate::payload::{Be, Flag, View};

attrs! {
    /// Kind `bareudp`: a protocol in UDP (linux/if_link.h).
    pub enum IflaBareudp<'a> in "if_link.h" {
        /// UDP destination port.
        IFLA_BAREUDP_PORT(Be<u16>) = 1,
        /// What is inside.
        IFLA_BAREUDP_ETHERTYPE(Be<u16>) = 2,
        /// Lowest UDP source port.
        IFLA_BAREUDP_SRCPORT_MIN(u16) = 3,
        /// Takes IPv6 with IPv4, and MPLS multicast with unicast.
        IFLA_BAREUDP_MULTIPROTO_MODE(Flag) = 4,
    }
}

attrs! {
    /// Kind `ppp`: point-to-point protocol (linux/if_link.h).
    pub enum IflaPpp<'a> in "if_link.h" {
        /// In a request: the open `/dev/ppp`.
        IFLA_PPP_DEV_FD(i32) = 1,
    }
}

attrs! {
    /// Kind `ipoib`: IP over InfiniBand (linux/if_link.h).
    pub enum IflaIpoib<'a> in "if_link.h" {
        /// Partition key.
        IFLA_IPOIB_PKEY(u16) = 1,
        /// How packets are sent.
        IFLA_IPOIB_MODE(IpoibMode) = 2,
        /// Whether programs may join groups.
        IFLA_IPOIB_UMCAST(u16) = 3,
    }
}

names! {
    /// How IP packets go over InfiniBand (linux/if_link.h).
    pub enum IpoibMode(u16) {
        IPOIB_MODE_DATAGRAM = 0 => "datagram",
        IPOIB_MODE_CONNECTED = 1 => "connected",
    }
}

attrs! {
    /// Kind `rmnet`: a channel of a modem (linux/if_link.h).
    pub enum IflaRmnet<'a> in "if_link.h" {
        /// The channel.
        IFLA_RMNET_MUX_ID(u16) = 1,
        /// Switches.
        IFLA_RMNET_FLAGS(View<'a, IflaRmnetFlags>) = 2,
    }
}

record! {
    /// `struct ifla_rmnet_flags` (linux/if_link.h).
    pub struct IflaRmnetFlags("ifla_rmnet_flags") {
        /// Which are on.
        flags: u32,
        /// Which are meant in a request.
        mask: u32,
    }
}

attrs! {
    /// Kind `dsa`: a port of a switch (linux/if_link.h).
    pub enum IflaDsa<'a> in "if_link.h" {
        /// Index of the device that leads to the switch.
        IFLA_DSA_CONDUIT(u32) = 1,
    }
}

attrs! {
    /// Kind `xfrm`: a device in front of IPsec (linux/if_link.h).
    pub enum IflaXfrm<'a> in "if_link.h" {
        /// Index of the device below.
        IFLA_XFRM_LINK(u32) = 1,
        /// Identifier that policies and states carry.
        IFLA_XFRM_IF_ID(u32) = 2,
        /// Routes and rules say where packets go.
        IFLA_XFRM_COLLECT_METADATA(Flag) = 3,
    }
}

attrs! {
    /// Kind `ovpn`: OpenVPN's data channel (linux/if_link.h).
    pub enum IflaOvpn<'a> in "if_link.h" {
        /// How many peers.
        IFLA_OVPN_MODE(OvpnMode) = 1,
    }
}

names! {
    /// How many peers an OpenVPN device has: `enum ovpn_mode` (linux/if_link.h).
    pub enum OvpnMode(u8) {
        OVPN_MODE_P2P = 0 => "p2p",
        OVPN_MODE_MP = 1 => "multi-peer",
    }
}
