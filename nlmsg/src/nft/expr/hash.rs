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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaHash::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn jenkins() {
        // nft add rule ip t c meta mark set jhash ip saddr mod 16 seed 0xa
        expr(
            "0900010068617368000000003c0002800800010000000002080002000000000108000300000000040800040000000010\
             080005000000000a08000600000000000800070000000000",
            "hash",
            ExprData::Hash(Nest::Nested(&[
                NFTA_HASH_SREG(Be(NFT_REG_2)),
                NFTA_HASH_DREG(Be(NFT_REG_1)),
                NFTA_HASH_LEN(Be(4)),
                NFTA_HASH_MODULUS(Be(16)),
                NFTA_HASH_SEED(Be(10)),
                NFTA_HASH_OFFSET(Be(0)),
                NFTA_HASH_TYPE(Be(NFT_HASH_JENKINS)),
            ])),
        );
        // the same from the kernel
        expr(
            "090001006861736800000000340002000800010000000002080002000000000108000300000000040800040000000010\
             080005000000000a0800070000000000",
            "hash",
            ExprData::Hash(Nest::List(&[
                NFTA_HASH_SREG(Be(NFT_REG_2)),
                NFTA_HASH_DREG(Be(NFT_REG_1)),
                NFTA_HASH_LEN(Be(4)),
                NFTA_HASH_MODULUS(Be(16)),
                NFTA_HASH_SEED(Be(10)),
                NFTA_HASH_TYPE(Be(NFT_HASH_JENKINS)),
            ])),
        );
    }

    #[test]
    fn symmetric() {
        // nft add rule ip t c meta mark set symhash mod 2
        expr(
            "090001006861736800000000240002800800020000000001080004000000000208000600000000000800070000000001",
            "hash",
            ExprData::Hash(Nest::Nested(&[
                NFTA_HASH_DREG(Be(NFT_REG_1)),
                NFTA_HASH_MODULUS(Be(2)),
                NFTA_HASH_OFFSET(Be(0)),
                NFTA_HASH_TYPE(Be(NFT_HASH_SYM)),
            ])),
        );
        // the same from the kernel
        expr(
            "0900010068617368000000001c000200080002000000000108000400000000020800070000000001",
            "hash",
            ExprData::Hash(Nest::List(&[
                NFTA_HASH_DREG(Be(NFT_REG_1)),
                NFTA_HASH_MODULUS(Be(2)),
                NFTA_HASH_TYPE(Be(NFT_HASH_SYM)),
            ])),
        );
    }
}
