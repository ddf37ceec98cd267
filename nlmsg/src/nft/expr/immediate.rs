//! `immediate`: puts a value in a register. A verdict goes in `NFT_REG_VERDICT` and ends the rule.

use crate::nft::{Data, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_immediate_attributes`.
    pub enum NftaImmediate<'a> in "netfilter/nf_tables.h" {
        /// Where the value goes.
        NFTA_IMMEDIATE_DREG(Be<Reg>) = 1,
        /// The value.
        NFTA_IMMEDIATE_DATA(Data<'a>) = 2,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaData::*, NftaImmediate::*, NftaVerdict::*, *};
    use crate::payload::{Be, Nest, Str};

    #[test]
    fn jump() {
        // nft add rule ip t c jump back
        expr(
            "0e000100696d6d6564696174650000002800028008000100000000001c0002801800028008000100fffffffd09000200\
             6261636b00000000",
            "immediate",
            ExprData::Immediate(Nest::Nested(&[
                NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                NFTA_IMMEDIATE_DATA(Nest::Nested(&[NFTA_DATA_VERDICT(Nest::Nested(&[
                    NFTA_VERDICT_CODE(Be(NFT_JUMP)),
                    NFTA_VERDICT_CHAIN(Str::new("back")),
                ]))])),
            ])),
        );
        // the same from the kernel
        expr(
            "0e000100696d6d6564696174650000002800020008000100000000001c0002001800020008000100fffffffd09000200\
             6261636b00000000",
            "immediate",
            ExprData::Immediate(Nest::List(&[
                NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                NFTA_IMMEDIATE_DATA(Nest::List(&[NFTA_DATA_VERDICT(Nest::List(&[
                    NFTA_VERDICT_CODE(Be(NFT_JUMP)),
                    NFTA_VERDICT_CHAIN(Str::new("back")),
                ]))])),
            ])),
        );
    }

    #[test]
    fn accept() {
        // nft add rule ip t c accept
        expr(
            "0e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001",
            "immediate",
            ExprData::Immediate(Nest::Nested(&[
                NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                NFTA_IMMEDIATE_DATA(Nest::Nested(&[NFTA_DATA_VERDICT(Nest::Nested(&[NFTA_VERDICT_CODE(Be(NF_ACCEPT))]))])),
            ])),
        );
        // the same from the kernel
        expr(
            "0e000100696d6d6564696174650000001c0002000800010000000000100002000c0002000800010000000001",
            "immediate",
            ExprData::Immediate(Nest::List(&[
                NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                NFTA_IMMEDIATE_DATA(Nest::List(&[NFTA_DATA_VERDICT(Nest::List(&[NFTA_VERDICT_CODE(Be(NF_ACCEPT))]))])),
            ])),
        );
    }

    #[test]
    fn mark() {
        // nft add rule ip t c meta mark set 0x10
        expr(
            "0e000100696d6d6564696174650000001800028008000100000000010c0002800800010010000000",
            "immediate",
            ExprData::Immediate(Nest::Nested(&[NFTA_IMMEDIATE_DREG(Be(NFT_REG_1)), NFTA_IMMEDIATE_DATA(value(&[16, 0, 0, 0]))])),
        );
        // the same from the kernel
        expr(
            "0e000100696d6d6564696174650000001800020008000100000000010c0002000800010010000000",
            "immediate",
            ExprData::Immediate(Nest::List(&[
                NFTA_IMMEDIATE_DREG(Be(NFT_REG_1)),
                NFTA_IMMEDIATE_DATA(value_list(&[16, 0, 0, 0])),
            ])),
        );
    }
}
