//! `range`: goes on with the rule only if a register is, or is not, between two values.

use crate::nft::{Data, Reg};
use crate::payload::Be;

names! {
    /// `enum nft_range_ops`.
    pub enum RangeOp(u32) {
        NFT_RANGE_EQ = 0 => "==",
        NFT_RANGE_NEQ = 1 => "!=",
    }
}

attrs! {
    /// `enum nft_range_attributes`.
    pub enum NftaRange<'a> in "netfilter/nf_tables.h" {
        /// The register.
        NFTA_RANGE_SREG(Be<Reg>) = 1,
        /// Inside or outside.
        NFTA_RANGE_OP(Be<RangeOp>) = 2,
        /// The lowest value inside.
        NFTA_RANGE_FROM_DATA(Data<'a>) = 3,
        /// The highest value inside.
        NFTA_RANGE_TO_DATA(Data<'a>) = 4,
    }
}
