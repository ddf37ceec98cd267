//! `cmp`: goes on with the rule only if a register compares so with a value.

use crate::nft::{Data, Reg};
use crate::payload::Be;

names! {
    /// `enum nft_cmp_ops`. Less and more compare bytes in the order of memory, so numbers must be big-endian.
    pub enum CmpOp(u32) {
        NFT_CMP_EQ = 0 => "==",
        NFT_CMP_NEQ = 1 => "!=",
        NFT_CMP_LT = 2 => "<",
        NFT_CMP_LTE = 3 => "<=",
        NFT_CMP_GT = 4 => ">",
        NFT_CMP_GTE = 5 => ">=",
    }
}

attrs! {
    /// `enum nft_cmp_attributes`.
    pub enum NftaCmp<'a> in "netfilter/nf_tables.h" {
        /// The register.
        NFTA_CMP_SREG(Be<Reg>) = 1,
        /// How it compares.
        NFTA_CMP_OP(Be<CmpOp>) = 2,
        /// With what; its length says how much of the register counts.
        NFTA_CMP_DATA(Data<'a>) = 3,
    }
}
