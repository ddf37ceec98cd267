//! IP addresses of devices (linux/if_addr.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! |  ifa_family   | ifa_prefixlen |   ifa_flags   |   ifa_scope   |
//! +---------------+---------------+---------------+---------------+
//! |                           ifa_index                           |
//! +---------------------------------------------------------------+
//! ```

use core::net::IpAddr;

use super::{Af, RtScope};
use crate::payload::{Low8, Str, View};

record! {
    /// `struct ifaddrmsg` (linux/if_addr.h).
    pub struct IfAddrMsg("ifaddrmsg") {
        /// `AF_INET` or `AF_INET6`.
        ifa_family: Af,
        /// Bits of the network.
        ifa_prefixlen: u8,
        /// The low bits of `IFA_FLAGS`.
        ifa_flags: Low8<IfaF>,
        /// How far the address is valid.
        ifa_scope: RtScope,
        /// The device.
        ifa_index: u32,
    }
}

names! {
    /// Flags of an address, with the words of `ip address` (linux/if_addr.h).
    pub flags IfaF(u32) {
        IFA_F_SECONDARY = 0x1 => "secondary",
        IFA_F_TEMPORARY = 0x1 => "temporary",
        IFA_F_NODAD = 0x2 => "nodad",
        IFA_F_OPTIMISTIC = 0x4 => "optimistic",
        IFA_F_DADFAILED = 0x8 => "dadfailed",
        IFA_F_HOMEADDRESS = 0x10 => "home",
        IFA_F_DEPRECATED = 0x20 => "deprecated",
        IFA_F_TENTATIVE = 0x40 => "tentative",
        IFA_F_PERMANENT = 0x80 => "permanent",
        IFA_F_MANAGETEMPADDR = 0x100 => "mngtmpaddr",
        IFA_F_NOPREFIXROUTE = 0x200 => "noprefixroute",
        IFA_F_MCAUTOJOIN = 0x400 => "autojoin",
        IFA_F_STABLE_PRIVACY = 0x800 => "stable-privacy",
    }
}

attrs! {
    /// Attributes that follow `struct ifaddrmsg` (linux/if_addr.h).
    pub enum Ifa<'a> in "if_addr.h" {
        /// The address, or the far end of a point-to-point link.
        IFA_ADDRESS(IpAddr) = 1,
        /// The address; IPv4 needs it, IPv6 has it only beside a far end.
        IFA_LOCAL(IpAddr) = 2,
        /// IPv4: a name that starts with the device's.
        IFA_LABEL(Str<'a>) = 3,
        /// IPv4: the broadcast address.
        IFA_BROADCAST(IpAddr) = 4,
        /// An anycast address.
        IFA_ANYCAST(IpAddr) = 5,
        /// How long it lasts.
        IFA_CACHEINFO(View<'a, IfaCacheinfo>) = 6,
        /// A multicast address.
        IFA_MULTICAST(IpAddr) = 7,
        /// Flags, all of them.
        IFA_FLAGS(IfaF) = 8,
        /// Metric of the route to the network.
        IFA_RT_PRIORITY(u32) = 9,
        /// The namespace that a dump asks for or comes from. Requests that change something ignore it.
        IFA_TARGET_NETNSID(i32) = 10,
        /// Who made the address.
        IFA_PROTO(IfaProt) = 11,
    }
}

names! {
    /// Who made an address (linux/if_addr.h).
    pub enum IfaProt(u8) {
        IFAPROT_UNSPEC = 0 => "unspec",
        IFAPROT_KERNEL_LO = 1 => "kernel_lo",
        IFAPROT_KERNEL_RA = 2 => "kernel_ra",
        IFAPROT_KERNEL_LL = 3 => "kernel_ll",
    }
}

record! {
    /// `struct ifa_cacheinfo` (linux/if_addr.h).
    pub struct IfaCacheinfo("ifa_cacheinfo") {
        /// Seconds in which it is preferred; all ones is forever.
        ifa_prefered: u32,
        /// Seconds in which it is valid; all ones is forever.
        ifa_valid: u32,
        /// When it was made, in hundredths of a second of uptime.
        cstamp: u32,
        /// When it was changed, in hundredths of a second of uptime.
        tstamp: u32,
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::{Low8, Nest, Str, View};
    use crate::route::{Ifa::*, *};

    #[test]
    fn a_request() {
        // ip address add 10.2.0.1/24 brd + dev v1
        same(
            RTM_NEWADDR,
            "300000001400050601000000000000000218000003000000080002000a020001080001000a020001080004000a0200ff",
            Addr::new(
                IfAddrMsg { ifa_family: AF_INET, ifa_prefixlen: 24, ifa_index: 3, ..Default::default() },
                Nest::List(&[
                    IFA_LOCAL("10.2.0.1".parse().unwrap()),
                    IFA_ADDRESS("10.2.0.1".parse().unwrap()),
                    IFA_BROADCAST("10.2.0.255".parse().unwrap()),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on: ip address add 10.1.0.1/24 brd + dev br0
        same(
            RTM_NEWADDR,
            "540000001400020001000000000000000218800002000000080001000a010001080002000a010001080004000a0100ff\
             0800030062723000080008008000000014000600ffffffffffffffff4a1905004a190500",
            Addr::new(
                IfAddrMsg {
                    ifa_family: AF_INET,
                    ifa_prefixlen: 24,
                    ifa_flags: Low8::new(128),
                    ifa_index: 2,
                    ..Default::default()
                },
                Nest::List(&[
                    IFA_ADDRESS("10.1.0.1".parse().unwrap()),
                    IFA_LOCAL("10.1.0.1".parse().unwrap()),
                    IFA_BROADCAST("10.1.0.255".parse().unwrap()),
                    IFA_LABEL(Str::new("br0")),
                    IFA_FLAGS(IFA_F_PERMANENT),
                    IFA_CACHEINFO(View::new(
                        &IfaCacheinfo { ifa_prefered: u32::MAX, ifa_valid: u32::MAX, cstamp: 334154, tstamp: 334154 }.to_bytes(),
                    )),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply_of_ipv6() {
        // The kernel on: ip address add fd00::1/64 dev br0 nodad
        same(
            RTM_NEWADDR,
            "480000001400020001000000000000000a4082000200000014000100fd00000000000000000000000000000114000600\
             ffffffffffffffff4b1905004b1905000800080082000000",
            Addr::new(
                IfAddrMsg {
                    ifa_family: AF_INET6,
                    ifa_prefixlen: 64,
                    ifa_flags: Low8::new(130),
                    ifa_index: 2,
                    ..Default::default()
                },
                Nest::List(&[
                    IFA_ADDRESS("fd00::1".parse().unwrap()),
                    IFA_CACHEINFO(View::new(
                        &IfaCacheinfo { ifa_prefered: u32::MAX, ifa_valid: u32::MAX, cstamp: 334155, tstamp: 334155 }.to_bytes(),
                    )),
                    IFA_FLAGS(IFA_F_NODAD | IFA_F_PERMANENT),
                ]),
            ),
        );
    }
}
