//! `byteorder`: turns numbers in a register around.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_byteorder_ops`.
    pub enum ByteorderOp(u32) {
        NFT_BYTEORDER_NTOH = 0 => "ntoh",
        NFT_BYTEORDER_HTON = 1 => "hton",
    }
}

attrs! {
    /// `enum nft_byteorder_attributes`.
    pub enum NftaByteorder<'a> in "netfilter/nf_tables.h" {
        /// The register.
        NFTA_BYTEORDER_SREG(Be<Reg>) = 1,
        /// Where the result goes.
        NFTA_BYTEORDER_DREG(Be<Reg>) = 2,
        /// From network order or to it.
        NFTA_BYTEORDER_OP(Be<ByteorderOp>) = 3,
        /// How many bytes.
        NFTA_BYTEORDER_LEN(Be<u32>) = 4,
        /// Bytes of each number: 2, 4 or 8.
        NFTA_BYTEORDER_SIZE(Be<u32>) = 5,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaByteorder::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c meta mark 1-9
        expr(
            "0e000100627974656f726465720000002c00028008000100000000010800020000000001080003000000000108000400\
             000000040800050000000004",
            "byteorder",
            ExprData::Byteorder(Nest::Nested(&[
                NFTA_BYTEORDER_SREG(Be(NFT_REG_1)),
                NFTA_BYTEORDER_DREG(Be(NFT_REG_1)),
                NFTA_BYTEORDER_OP(Be(NFT_BYTEORDER_HTON)),
                NFTA_BYTEORDER_LEN(Be(4)),
                NFTA_BYTEORDER_SIZE(Be(4)),
            ])),
        );
        // the same from the kernel
        expr(
            "0e000100627974656f726465720000002c00020008000100000000010800020000000001080003000000000108000400\
             000000040800050000000004",
            "byteorder",
            ExprData::Byteorder(Nest::List(&[
                NFTA_BYTEORDER_SREG(Be(NFT_REG_1)),
                NFTA_BYTEORDER_DREG(Be(NFT_REG_1)),
                NFTA_BYTEORDER_OP(Be(NFT_BYTEORDER_HTON)),
                NFTA_BYTEORDER_LEN(Be(4)),
                NFTA_BYTEORDER_SIZE(Be(4)),
            ])),
        );
    }
}
