//! `lookup`: looks a register up in a set or map.

use crate::nft::Reg;
use crate::payload::{Be, Str};

names! {
    /// `enum nft_lookup_flags`.
    pub flags LookupFlags(u32) {
        /// Go on only if the set does not have the key.
        NFT_LOOKUP_F_INV = 1 => "!=",
    }
}

attrs! {
    /// `enum nft_lookup_attributes`.
    pub enum NftaLookup<'a> in "netfilter/nf_tables.h" {
        /// The name of the set.
        NFTA_LOOKUP_SET(Str<'a>) = 1,
        /// Where the key is.
        NFTA_LOOKUP_SREG(Be<Reg>) = 2,
        /// Where a map puts its data; a map of verdicts in `NFT_REG_VERDICT`.
        NFTA_LOOKUP_DREG(Be<Reg>) = 3,
        /// The set, by `NFTA_SET_ID`.
        NFTA_LOOKUP_SET_ID(Be<u32>) = 4,
        /// `NFT_LOOKUP_F_*`.
        NFTA_LOOKUP_FLAGS(Be<LookupFlags>) = 5,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaLookup::*, *};
    use crate::payload::{Be, Nest, Str};

    #[test]
    fn has() {
        // nft add rule ip t c ip saddr @s
        expr(
            "0b0001006c6f6f6b757000001c000280080002000000000106000100730000000800040000000001",
            "lookup",
            ExprData::Lookup(Nest::Nested(&[
                NFTA_LOOKUP_SREG(Be(NFT_REG_1)),
                NFTA_LOOKUP_SET(Str::new("s")),
                NFTA_LOOKUP_SET_ID(Be(1)),
            ])),
        );
        // the same from the kernel
        expr(
            "0b0001006c6f6f6b757000001c000200060001007300000008000200000000010800050000000000",
            "lookup",
            ExprData::Lookup(Nest::List(&[
                NFTA_LOOKUP_SET(Str::new("s")),
                NFTA_LOOKUP_SREG(Be(NFT_REG_1)),
                NFTA_LOOKUP_FLAGS(Be(LookupFlags(0))),
            ])),
        );
    }

    #[test]
    fn has_not() {
        // nft add rule ip t c ip saddr != @s
        expr(
            "0b0001006c6f6f6b75700000240002800800020000000001060001007300000008000400000000010800050000000001",
            "lookup",
            ExprData::Lookup(Nest::Nested(&[
                NFTA_LOOKUP_SREG(Be(NFT_REG_1)),
                NFTA_LOOKUP_SET(Str::new("s")),
                NFTA_LOOKUP_SET_ID(Be(1)),
                NFTA_LOOKUP_FLAGS(Be(NFT_LOOKUP_F_INV)),
            ])),
        );
        // the same from the kernel
        expr(
            "0b0001006c6f6f6b757000001c000200060001007300000008000200000000010800050000000001",
            "lookup",
            ExprData::Lookup(Nest::List(&[
                NFTA_LOOKUP_SET(Str::new("s")),
                NFTA_LOOKUP_SREG(Be(NFT_REG_1)),
                NFTA_LOOKUP_FLAGS(Be(NFT_LOOKUP_F_INV)),
            ])),
        );
    }
}
