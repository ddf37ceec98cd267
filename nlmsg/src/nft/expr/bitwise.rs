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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaBitwise::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn mask() {
        // nft add rule ip t c ip daddr 10.1.0.0/15
        expr(
            "0c0001006269747769736500340002800800010000000001080002000000000108000300000000040c00048008000100\
             fffe00000c0005800800010000000000",
            "bitwise",
            ExprData::Bitwise(Nest::Nested(&[
                NFTA_BITWISE_SREG(Be(NFT_REG_1)),
                NFTA_BITWISE_DREG(Be(NFT_REG_1)),
                NFTA_BITWISE_LEN(Be(4)),
                NFTA_BITWISE_MASK(value(&[255, 254, 0, 0])),
                NFTA_BITWISE_XOR(value(&[0, 0, 0, 0])),
            ])),
        );
        // the same from the kernel
        expr(
            "0c00010062697477697365003c0002000800010000000001080002000000000108000300000000040800060000000000\
             0c00040008000100fffe00000c0005000800010000000000",
            "bitwise",
            ExprData::Bitwise(Nest::List(&[
                NFTA_BITWISE_SREG(Be(NFT_REG_1)),
                NFTA_BITWISE_DREG(Be(NFT_REG_1)),
                NFTA_BITWISE_LEN(Be(4)),
                NFTA_BITWISE_OP(Be(NFT_BITWISE_MASK_XOR)),
                NFTA_BITWISE_MASK(value_list(&[255, 254, 0, 0])),
                NFTA_BITWISE_XOR(value_list(&[0, 0, 0, 0])),
            ])),
        );
    }

    #[test]
    fn shift() {
        // nft add rule ip t c meta mark set mark << 4
        expr(
            "0c0001006269747769736500300002800800010000000001080002000000000108000600000000010800030000000004\
             0c0007800800010004000000",
            "bitwise",
            ExprData::Bitwise(Nest::Nested(&[
                NFTA_BITWISE_SREG(Be(NFT_REG_1)),
                NFTA_BITWISE_DREG(Be(NFT_REG_1)),
                NFTA_BITWISE_OP(Be(NFT_BITWISE_LSHIFT)),
                NFTA_BITWISE_LEN(Be(4)),
                NFTA_BITWISE_DATA(value(&[4, 0, 0, 0])),
            ])),
        );
        // the same from the kernel
        expr(
            "0c0001006269747769736500300002000800010000000001080002000000000108000300000000040800060000000001\
             0c0007000800010004000000",
            "bitwise",
            ExprData::Bitwise(Nest::List(&[
                NFTA_BITWISE_SREG(Be(NFT_REG_1)),
                NFTA_BITWISE_DREG(Be(NFT_REG_1)),
                NFTA_BITWISE_LEN(Be(4)),
                NFTA_BITWISE_OP(Be(NFT_BITWISE_LSHIFT)),
                NFTA_BITWISE_DATA(value_list(&[4, 0, 0, 0])),
            ])),
        );
    }

    #[test]
    fn two_registers() {
        // from Linux 6.18: nft 1.0.6 does not know it
        expr(
            "0c00010062697477697365002c0002000800010000000001080002000000000308000300000000040800060000000004\
             0800080000000002",
            "bitwise",
            ExprData::Bitwise(Nest::List(&[
                NFTA_BITWISE_SREG(Be(NFT_REG_1)),
                NFTA_BITWISE_DREG(Be(NFT_REG_3)),
                NFTA_BITWISE_LEN(Be(4)),
                NFTA_BITWISE_OP(Be(NFT_BITWISE_OR)),
                NFTA_BITWISE_SREG2(Be(NFT_REG_2)),
            ])),
        );
    }
}
