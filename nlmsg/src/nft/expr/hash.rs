//! `hash`: makes a number from a register, or from the packet's addresses and ports.

use crate::nft::Reg;
use crate::payload::{Be, Str};

names! {
    /// `enum nft_hash_types`.
    pub enum HashType(u32) {
        NFT_HASH_JENKINS = 0 => "jhash",
        NFT_HASH_SYM = 1 => "symhash",
    }
}

attrs! {
    /// `enum nft_hash_attributes`.
    pub enum NftaHash<'a> in "netfilter/nf_tables.h" {
        /// The register, of `NFT_HASH_JENKINS`.
        NFTA_HASH_SREG(Be<Reg>) = 1,
        /// Where the number goes.
        NFTA_HASH_DREG(Be<Reg>) = 2,
        /// How many bytes of the register.
        NFTA_HASH_LEN(Be<u32>) = 3,
        /// The number is less than this.
        NFTA_HASH_MODULUS(Be<u32>) = 4,
        /// What the number depends on besides.
        NFTA_HASH_SEED(Be<u32>) = 5,
        /// What is added to it.
        NFTA_HASH_OFFSET(Be<u32>) = 6,
        /// How it is made.
        NFTA_HASH_TYPE(Be<HashType>) = 7,
        /// Name of a map to look the number up in; kernels refuse it.
        NFTA_HASH_SET_NAME(Str<'a>) = 8,
        /// That map, by `NFTA_SET_ID`.
        NFTA_HASH_SET_ID(Be<u32>) = 9,
    }
}
