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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaRange::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c tcp dport != 1000-2000
        expr(
            "0a00010072616e67650000002c000280080001000000000108000200000000010c0003800600010003e800000c000480\
             0600010007d00000",
            "range",
            ExprData::Range(Nest::Nested(&[
                NFTA_RANGE_SREG(Be(NFT_REG_1)),
                NFTA_RANGE_OP(Be(NFT_RANGE_NEQ)),
                NFTA_RANGE_FROM_DATA(value(&[3, 232])),
                NFTA_RANGE_TO_DATA(value(&[7, 208])),
            ])),
        );
        // the same from the kernel
        expr(
            "0a00010072616e67650000002c000200080001000000000108000200000000010c0003000600010003e800000c000400\
             0600010007d00000",
            "range",
            ExprData::Range(Nest::List(&[
                NFTA_RANGE_SREG(Be(NFT_REG_1)),
                NFTA_RANGE_OP(Be(NFT_RANGE_NEQ)),
                NFTA_RANGE_FROM_DATA(value_list(&[3, 232])),
                NFTA_RANGE_TO_DATA(value_list(&[7, 208])),
            ])),
        );
    }
}
