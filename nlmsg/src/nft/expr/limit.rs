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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaLimit::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn packets() {
        // nft add rule ip t c limit rate over 10/minute burst 7 packets
        expr(
            "0a0001006c696d6974000000340002800c000100000000000000000a0c000200000000000000003c0800030000000007\
             08000400000000000800050000000001",
            "limit",
            ExprData::Limit(Nest::Nested(&[
                NFTA_LIMIT_RATE(Be(10)),
                NFTA_LIMIT_UNIT(Be(NFT_LIMIT_UNIT_MINUTE)),
                NFTA_LIMIT_BURST(Be(7)),
                NFTA_LIMIT_TYPE(Be(NFT_LIMIT_PKTS)),
                NFTA_LIMIT_FLAGS(Be(NFT_LIMIT_F_INV)),
            ])),
        );
        // the same from the kernel
        expr(
            "0a0001006c696d6974000000340002000c000100000000000000000a0c000200000000000000003c0800030000000007\
             08000400000000000800050000000001",
            "limit",
            ExprData::Limit(Nest::List(&[
                NFTA_LIMIT_RATE(Be(10)),
                NFTA_LIMIT_UNIT(Be(NFT_LIMIT_UNIT_MINUTE)),
                NFTA_LIMIT_BURST(Be(7)),
                NFTA_LIMIT_TYPE(Be(NFT_LIMIT_PKTS)),
                NFTA_LIMIT_FLAGS(Be(NFT_LIMIT_F_INV)),
            ])),
        );
    }

    #[test]
    fn bytes() {
        // nft add rule ip t c limit rate 5 kbytes/second
        expr(
            "0a0001006c696d69740000002c0002800c00010000000000000014000c00020000000000000000010800040000000001\
             0800050000000000",
            "limit",
            ExprData::Limit(Nest::Nested(&[
                NFTA_LIMIT_RATE(Be(5120)),
                NFTA_LIMIT_UNIT(Be(NFT_LIMIT_UNIT_SECOND)),
                NFTA_LIMIT_TYPE(Be(NFT_LIMIT_PKT_BYTES)),
                NFTA_LIMIT_FLAGS(Be(LimitFlags(0))),
            ])),
        );
        // the same from the kernel
        expr(
            "0a0001006c696d6974000000340002000c00010000000000000014000c00020000000000000000010800030000000000\
             08000400000000010800050000000000",
            "limit",
            ExprData::Limit(Nest::List(&[
                NFTA_LIMIT_RATE(Be(5120)),
                NFTA_LIMIT_UNIT(Be(NFT_LIMIT_UNIT_SECOND)),
                NFTA_LIMIT_BURST(Be(0)),
                NFTA_LIMIT_TYPE(Be(NFT_LIMIT_PKT_BYTES)),
                NFTA_LIMIT_FLAGS(Be(LimitFlags(0))),
            ])),
        );
    }
}
