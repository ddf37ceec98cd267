//! `lookup`: looks a register up in a set or map.

use crate::nft::Reg;
use crate::payload::{Be, Str};

names! {
    /// `enum nft_lookup_flags`.
    pub flags LookupFlags(u32) {
        /// Go on only if the set does not have the key.
        NFT_LOOKUP_F_INV = 1 => "!=",
    }
}

attrs! {
    /// `enum nft_lookup_attributes`.
    pub enum NftaLookup<'a> in "netfilter/nf_tables.h" {
        /// The name of the set.
        NFTA_LOOKUP_SET(Str<'a>) = 1,
        /// Where the key is.
        NFTA_LOOKUP_SREG(Be<Reg>) = 2,
        /// Where a map puts its data; a map of verdicts in `NFT_REG_VERDICT`.
        NFTA_LOOKUP_DREG(Be<Reg>) = 3,
        /// The set, by `NFTA_SET_ID`.
        NFTA_LOOKUP_SET_ID(Be<u32>) = 4,
        /// `NFT_LOOKUP_F_*`.
        NFTA_LOOKUP_FLAGS(Be<LookupFlags>) = 5,
    }
}
