//! `quota`: goes on with the rule until so many bytes came, or after.

use crate::payload::Be;

names! {
    /// `enum nft_quota_flags`.
    pub flags QuotaFlags(u32) {
        /// Go on only past the quota.
        NFT_QUOTA_F_INV = 1 => "over",
        /// All bytes came; only in replies.
        NFT_QUOTA_F_DEPLETED = 2,
    }
}

attrs! {
    /// `enum nft_quota_attributes`.
    pub enum NftaQuota<'a> in "netfilter/nf_tables.h" {
        /// How many bytes.
        NFTA_QUOTA_BYTES(Be<u64>) = 1,
        /// `NFT_QUOTA_F_*`.
        NFTA_QUOTA_FLAGS(Be<QuotaFlags>) = 2,
        /// Fills up to eight bytes.
        NFTA_QUOTA_PAD(&'a [u8]) = 3,
        /// How many bytes came so far.
        NFTA_QUOTA_CONSUMED(Be<u64>) = 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaQuota::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c quota over 25 mbytes
        expr(
            "0a00010071756f7461000000240002800c00010000000000019000000c00040000000000000000000800020000000001",
            "quota",
            ExprData::Quota(Nest::Nested(&[
                NFTA_QUOTA_BYTES(Be(26214400)),
                NFTA_QUOTA_CONSUMED(Be(0)),
                NFTA_QUOTA_FLAGS(Be(NFT_QUOTA_F_INV)),
            ])),
        );
        // the same from the kernel
        expr(
            "0a00010071756f7461000000240002000c00010000000000019000000c00040000000000000000000800020000000001",
            "quota",
            ExprData::Quota(Nest::List(&[
                NFTA_QUOTA_BYTES(Be(26214400)),
                NFTA_QUOTA_CONSUMED(Be(0)),
                NFTA_QUOTA_FLAGS(Be(NFT_QUOTA_F_INV)),
            ])),
        );
    }
}
