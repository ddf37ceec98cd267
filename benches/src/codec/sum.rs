//! The visible work: what every decoder must make of the same bytes.
//!
//! Numbers and enums count as their value, IPv4 addresses as a number, IPv6 addresses as the number in their low
//! half, texts and bytes as their length, structs and arrays as the sum of their fields and elements, fixed
//! headers as the sum of theirs. All of it is added up, over all messages and all levels. Two decoders that come
//! to the same sum have looked at the same values.

use std::ffi::CStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a decoder has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Sum {
    /// Everything added up, modulo 2^64.
    pub total: u64,
    /// Values that were there and not understood.
    pub missed: u64,
}

impl Sum {
    #[inline]
    pub fn add(&mut self, value: impl Value) {
        self.total = self.total.wrapping_add(value.number());
    }

    /// Each of an array of u32.
    pub fn add_all_u32(&mut self, bytes: &[u8]) {
        bytes.as_chunks().0.iter().for_each(|&chunk| self.add(u32::from_ne_bytes(chunk)));
    }

    /// Each of an array of i32.
    pub fn add_all_s32(&mut self, bytes: &[u8]) {
        bytes.as_chunks().0.iter().for_each(|&chunk| self.add(i32::from_ne_bytes(chunk)));
    }

    /// Each of an array of u64.
    pub fn add_all_u64(&mut self, bytes: &[u8]) {
        bytes.as_chunks().0.iter().for_each(|&chunk| self.add(u64::from_ne_bytes(chunk)));
    }
}

/// What a leaf counts as.
pub trait Value {
    fn number(&self) -> u64;
}

macro_rules! integers {
    ($($int:ident)*) => { $(
        impl Value for $int {
            #[inline]
            fn number(&self) -> u64 { *self as u64 }
        }
    )* };
}
integers!(bool u8 u16 u32 u64 i8 i16 i32 i64);

impl Value for [u8] {
    #[inline]
    fn number(&self) -> u64 {
        self.len() as u64
    }
}

impl Value for str {
    #[inline]
    fn number(&self) -> u64 {
        self.len() as u64
    }
}

impl Value for CStr {
    #[inline]
    fn number(&self) -> u64 {
        self.count_bytes() as u64
    }
}

impl Value for Ipv4Addr {
    #[inline]
    fn number(&self) -> u64 {
        self.to_bits().into()
    }
}

impl Value for Ipv6Addr {
    #[inline]
    fn number(&self) -> u64 {
        // only these eight: a read of all sixteen, hoisted above the match of an `IpAddr`, stalls on the four of an IPv4
        let [.., a, b, c, d, e, f, g, h] = self.octets();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl Value for IpAddr {
    #[inline]
    fn number(&self) -> u64 {
        match self {
            IpAddr::V4(ip) => ip.number(),
            IpAddr::V6(ip) => ip.number(),
        }
    }
}

impl<V: Value + ?Sized> Value for &V {
    #[inline]
    fn number(&self) -> u64 {
        (**self).number()
    }
}

/// Adds the named fields of a struct.
macro_rules! add_fields {
    ($sum:expr, $of:expr; $($field:ident)*) => {{
        let of = &$of;
        $($sum.add(of.$field);)*
    }};
}

/// Adds the fields of a `rtnl_link_stats` or `rtnl_link_stats64`, which nearly all peers call the same; `+` those
/// that only one of them has.
macro_rules! add_stats {
    ($sum:expr, $of:expr $(; + $($more:ident)*)?) => {
        add_fields!($sum, $of; rx_packets tx_packets rx_bytes tx_bytes rx_errors tx_errors rx_dropped tx_dropped multicast
            collisions rx_length_errors rx_over_errors rx_crc_errors rx_frame_errors rx_fifo_errors rx_missed_errors
            tx_aborted_errors tx_carrier_errors tx_fifo_errors tx_heartbeat_errors tx_window_errors rx_compressed
            tx_compressed rx_nohandler $($($more)*)?)
    };
}
