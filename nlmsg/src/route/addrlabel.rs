//! Labels of addresses, by which IPv6 chooses a source (linux/if_addrlabel.h; RFC 6724, section 2.1).

use core::net::IpAddr;

use super::Af;

record! {
    /// `struct ifaddrlblmsg` (linux/if_addrlabel.h).
    pub struct IfAddrLblMsg("ifaddrlblmsg") {
        /// Always `AF_INET6`.
        ifal_family: Af,
        /// A gap.
        __ifal_reserved: u8,
        /// Bits of the prefix.
        ifal_prefixlen: u8,
        /// None is defined.
        ifal_flags: u8,
        /// The device that it is for; 0 is any.
        ifal_index: u32,
        /// Changes with the table.
        ifal_seq: u32,
    }
}

attrs! {
    /// Attributes that follow `struct ifaddrlblmsg` (linux/if_addrlabel.h).
    pub enum Ifal<'a> in "if_addrlabel.h" {
        /// The prefix: of IPv6, as the kernel says to those who send another.
        IFAL_ADDRESS(IpAddr) = 1,
        /// Its label.
        IFAL_LABEL(u32) = 2,
    }
}
