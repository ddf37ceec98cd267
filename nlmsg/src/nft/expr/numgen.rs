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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaNg::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c meta mark set numgen inc mod 4 offset 1
        expr(
            "0b0001006e756d67656e0000240002800800010000000001080002000000000408000300000000000800040000000001",
            "numgen",
            ExprData::Numgen(Nest::Nested(&[
                NFTA_NG_DREG(Be(NFT_REG_1)),
                NFTA_NG_MODULUS(Be(4)),
                NFTA_NG_TYPE(Be(NFT_NG_INCREMENTAL)),
                NFTA_NG_OFFSET(Be(1)),
            ])),
        );
        // the same from the kernel
        expr(
            "0b0001006e756d67656e0000240002000800010000000001080002000000000408000300000000000800040000000001",
            "numgen",
            ExprData::Numgen(Nest::List(&[
                NFTA_NG_DREG(Be(NFT_REG_1)),
                NFTA_NG_MODULUS(Be(4)),
                NFTA_NG_TYPE(Be(NFT_NG_INCREMENTAL)),
                NFTA_NG_OFFSET(Be(1)),
            ])),
        );
    }
}
