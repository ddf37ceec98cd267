//! `limit`: goes on with the rule only as often as a rate allows.

use crate::payload::Be;

names! {
    /// `enum nft_limit_type`.
    pub enum LimitType(u32) {
        NFT_LIMIT_PKTS = 0 => "packets",
        NFT_LIMIT_PKT_BYTES = 1 => "bytes",
    }
}

names! {
    /// `enum nft_limit_flags`.
    pub flags LimitFlags(u32) {
        /// Go on only past the rate.
        NFT_LIMIT_F_INV = 1 => "over",
    }
}

names! {
    /// The time that a rate is for, in seconds. The numbers are the kernel's, the names are not.
    pub enum LimitUnit(u64) {
        NFT_LIMIT_UNIT_SECOND = 1 => "second",
        NFT_LIMIT_UNIT_MINUTE = 60 => "minute",
        NFT_LIMIT_UNIT_HOUR = 3600 => "hour",
        NFT_LIMIT_UNIT_DAY = 86400 => "day",
        NFT_LIMIT_UNIT_WEEK = 604800 => "week",
    }
}

attrs! {
    /// `enum nft_limit_attributes`.
    pub enum NftaLimit<'a> in "netfilter/nf_tables.h" {
        /// Packets or bytes in each unit of time.
        NFTA_LIMIT_RATE(Be<u64>) = 1,
        /// The unit of time, in seconds.
        NFTA_LIMIT_UNIT(Be<LimitUnit>) = 2,
        /// How much more may come at once.
        NFTA_LIMIT_BURST(Be<u32>) = 3,
        /// Packets or bytes.
        NFTA_LIMIT_TYPE(Be<LimitType>) = 4,
        /// `NFT_LIMIT_F_*`.
        NFTA_LIMIT_FLAGS(Be<LimitFlags>) = 5,
        /// Fills up to eight bytes.
        NFTA_LIMIT_PAD(&'a [u8]) = 6,
    }
}
