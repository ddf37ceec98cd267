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
