//! `dynset`: puts a register in a set as a key, or takes it out.

use crate::nft::{NftaExpr, NftaExprList, Reg};
use crate::payload::{Be, Nest, Str};

names! {
    /// `enum nft_dynset_ops`.
    pub enum DynsetOp(u32) {
        NFT_DYNSET_OP_ADD = 0 => "add",
        NFT_DYNSET_OP_UPDATE = 1 => "update",
        NFT_DYNSET_OP_DELETE = 2 => "delete",
    }
}

names! {
    /// `enum nft_dynset_flags`.
    pub flags DynsetFlags(u32) {
        /// Go on only if the set could not be changed.
        NFT_DYNSET_F_INV = 1,
        /// New elements get expressions.
        NFT_DYNSET_F_EXPR = 2,
    }
}

attrs! {
    /// `enum nft_dynset_attributes`.
    pub enum NftaDynset<'a> in "netfilter/nf_tables.h" {
        /// The name of the set.
        NFTA_DYNSET_SET_NAME(Str<'a>) = 1,
        /// The set, by `NFTA_SET_ID`.
        NFTA_DYNSET_SET_ID(Be<u32>) = 2,
        /// What to do.
        NFTA_DYNSET_OP(Be<DynsetOp>) = 3,
        /// Where the key is.
        NFTA_DYNSET_SREG_KEY(Be<Reg>) = 4,
        /// Where a map's data is.
        NFTA_DYNSET_SREG_DATA(Be<Reg>) = 5,
        /// How long the element stays, in milliseconds.
        NFTA_DYNSET_TIMEOUT(Be<u64>) = 6,
        /// An expression that the element gets.
        NFTA_DYNSET_EXPR(Nest<'a, NftaExpr<'a>>) = 7,
        /// Fills up to eight bytes.
        NFTA_DYNSET_PAD(&'a [u8]) = 8,
        /// `NFT_DYNSET_F_*`.
        NFTA_DYNSET_FLAGS(Be<DynsetFlags>) = 9,
        /// Several expressions that the element gets.
        NFTA_DYNSET_EXPRESSIONS(Nest<'a, NftaExprList<'a>>) = 10,
    }
}
