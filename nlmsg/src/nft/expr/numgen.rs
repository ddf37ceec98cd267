//! `numgen`: makes numbers, one after the other or at random.

use crate::nft::Reg;
use crate::payload::{Be, Str};

names! {
    /// `enum nft_ng_types`.
    pub enum NgType(u32) {
        NFT_NG_INCREMENTAL = 0 => "inc",
        NFT_NG_RANDOM = 1 => "random",
    }
}

attrs! {
    /// `enum nft_ng_attributes`.
    pub enum NftaNg<'a> in "netfilter/nf_tables.h" {
        /// Where the number goes.
        NFTA_NG_DREG(Be<Reg>) = 1,
        /// The number is less than this.
        NFTA_NG_MODULUS(Be<u32>) = 2,
        /// How it is made.
        NFTA_NG_TYPE(Be<NgType>) = 3,
        /// What is added to it.
        NFTA_NG_OFFSET(Be<u32>) = 4,
        /// Name of a map to look the number up in; kernels refuse it.
        NFTA_NG_SET_NAME(Str<'a>) = 5,
        /// That map, by `NFTA_SET_ID`.
        NFTA_NG_SET_ID(Be<u32>) = 6,
    }
}
