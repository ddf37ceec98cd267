//! Forwarding and its kin, as a notification and to be read (linux/netconf.h). To change it see
//! [`IFLA_INET_CONF`](super::link::af_spec::IflaInet::IFLA_INET_CONF).

use super::Af;
use crate::payload::Bytes;

record! {
    /// `struct netconfmsg` (linux/netconf.h), filled up to four bytes.
    pub struct NetconfMsg("netconfmsg") {
        /// `AF_INET`, `AF_INET6` or `AF_MPLS`.
        ncm_family: Af,
        /// A gap.
        __pad: Bytes<3>,
    }
}

attrs! {
    /// Attributes that follow `struct netconfmsg` (linux/netconf.h).
    pub enum Netconfa<'a> in "netconf.h" {
        /// The device; -1 is all, -2 the default for new ones.
        NETCONFA_IFINDEX(i32) = 1,
        /// Whether packets for others are forwarded.
        NETCONFA_FORWARDING(i32) = 2,
        /// Whether the way back is checked: 0 no, 1 strictly, 2 loosely.
        NETCONFA_RP_FILTER(i32) = 3,
        /// Whether multicast is forwarded.
        NETCONFA_MC_FORWARDING(i32) = 4,
        /// Whether ARP or neighbour discovery is answered for others.
        NETCONFA_PROXY_NEIGH(i32) = 5,
        /// Whether routes without a carrier count.
        NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN(i32) = 6,
        /// Whether MPLS packets are taken.
        NETCONFA_INPUT(i32) = 7,
        /// Whether broadcast is forwarded.
        NETCONFA_BC_FORWARDING(i32) = 8,
        /// Whether IPv6 forwarding goes by the device alone.
        NETCONFA_FORCE_FORWARDING(i32) = 9,
    }
}
