//! Prefixes that routers announce, as the kernel tells of them (linux/rtnetlink.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! | prefix_family |  prefix_pad1  |          prefix_pad2          |
//! +---------------+---------------+---------------+---------------+
//! |                        prefix_ifindex                         |
//! +---------------+---------------+---------------+---------------+
//! |  prefix_type  |  prefix_len   | prefix_flags  |  prefix_pad3  |
//! +---------------+---------------+---------------+---------------+
//! ```

use core::net::Ipv6Addr;

use super::Af;
use crate::payload::View;

record! {
    /// `struct prefixmsg` (linux/rtnetlink.h).
    pub struct PrefixMsg("prefixmsg") {
        /// Always `AF_INET6`.
        prefix_family: Af,
        /// A gap.
        prefix_pad1: u8,
        /// A gap.
        prefix_pad2: u16,
        /// The device on whose link it was announced.
        prefix_ifindex: i32,
        /// The option of neighbour discovery that announced it; 3 is a prefix (RFC 4861, section 4.6.2).
        prefix_type: u8,
        /// Bits of the prefix.
        prefix_len: u8,
        /// What hosts shall do with it.
        prefix_flags: IfPrefix,
        /// A gap.
        prefix_pad3: u8,
    }
}

names! {
    /// What hosts shall do with a prefix (net/if_inet6.h). Newer kernels send the bits of the option itself instead (seen
    /// on 6.18): 0x80 for the first, 0x40 for the second (RFC 4861, section 4.6.2).
    pub flags IfPrefix(u8) {
        IF_PREFIX_ONLINK = 0x1 => "onlink",
        IF_PREFIX_AUTOCONF = 0x2 => "autoconf",
    }
}

attrs! {
    /// Attributes that follow `struct prefixmsg` (linux/rtnetlink.h).
    pub enum Prefix<'a> in "rtnetlink.h" {
        /// The prefix.
        PREFIX_ADDRESS(Ipv6Addr) = 1,
        /// Lifetimes.
        PREFIX_CACHEINFO(View<'a, PrefixCacheinfo>) = 2,
    }
}

record! {
    /// `struct prefix_cacheinfo` (linux/rtnetlink.h).
    pub struct PrefixCacheinfo("prefix_cacheinfo") {
        /// Seconds for which addresses may be used for new connections.
        preferred_time: u32,
        /// Seconds for which addresses are valid.
        valid_time: u32,
    }
}
