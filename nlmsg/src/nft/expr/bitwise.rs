//! `bitwise`: computes with the bits of a register.

use crate::nft::{Data, Reg};
use crate::payload::Be;

names! {
    /// `enum nft_bitwise_ops`. Those of two registers are there since Linux 6.13.
    pub enum BitwiseOp(u32) {
        /// `(sreg & mask) ^ xor`.
        NFT_BITWISE_MASK_XOR = 0,
        NFT_BITWISE_LSHIFT = 1 => "<<",
        NFT_BITWISE_RSHIFT = 2 => ">>",
        NFT_BITWISE_AND = 3 => "&",
        NFT_BITWISE_OR = 4 => "|",
        NFT_BITWISE_XOR = 5 => "^",
        /// The older name of `NFT_BITWISE_MASK_XOR`.
        NFT_BITWISE_BOOL = 0,
    }
}

attrs! {
    /// `enum nft_bitwise_attributes`.
    pub enum NftaBitwise<'a> in "netfilter/nf_tables.h" {
        /// The register.
        NFTA_BITWISE_SREG(Be<Reg>) = 1,
        /// Where the result goes.
        NFTA_BITWISE_DREG(Be<Reg>) = 2,
        /// How many bytes.
        NFTA_BITWISE_LEN(Be<u32>) = 3,
        /// The bits that are kept.
        NFTA_BITWISE_MASK(Data<'a>) = 4,
        /// The bits that are then turned over.
        NFTA_BITWISE_XOR(Data<'a>) = 5,
        /// What to compute.
        NFTA_BITWISE_OP(Be<BitwiseOp>) = 6,
        /// How far to shift: a `u32` in host order; or what the register is computed with.
        NFTA_BITWISE_DATA(Data<'a>) = 7,
        /// The register that the first is computed with. Since Linux 6.13.
        NFTA_BITWISE_SREG2(Be<Reg>) = 8,
    }
}
