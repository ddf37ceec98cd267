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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaCmp::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn not_equal() {
        // nft add rule ip t c tcp dport != 22
        expr(
            "08000100636d700020000280080001000000000108000200000000010c0003800600010000160000",
            "cmp",
            ExprData::Cmp(Nest::Nested(&[
                NFTA_CMP_SREG(Be(NFT_REG_1)),
                NFTA_CMP_OP(Be(NFT_CMP_NEQ)),
                NFTA_CMP_DATA(value(&[0, 22])),
            ])),
        );
        // the same from the kernel
        expr(
            "08000100636d700020000200080001000000000108000200000000010c0003000600010000160000",
            "cmp",
            ExprData::Cmp(Nest::List(&[
                NFTA_CMP_SREG(Be(NFT_REG_1)),
                NFTA_CMP_OP(Be(NFT_CMP_NEQ)),
                NFTA_CMP_DATA(value_list(&[0, 22])),
            ])),
        );
    }

    #[test]
    fn at_least() {
        // nft add rule ip t c meta mark 1-9
        expr(
            "08000100636d700020000280080001000000000108000200000000030c0003800800010000000009",
            "cmp",
            ExprData::Cmp(Nest::Nested(&[
                NFTA_CMP_SREG(Be(NFT_REG_1)),
                NFTA_CMP_OP(Be(NFT_CMP_LTE)),
                NFTA_CMP_DATA(value(&[0, 0, 0, 9])),
            ])),
        );
        // the same from the kernel
        expr(
            "08000100636d700020000200080001000000000108000200000000030c0003000800010000000009",
            "cmp",
            ExprData::Cmp(Nest::List(&[
                NFTA_CMP_SREG(Be(NFT_REG_1)),
                NFTA_CMP_OP(Be(NFT_CMP_LTE)),
                NFTA_CMP_DATA(value_list(&[0, 0, 0, 9])),
            ])),
        );
    }
}
