//! `objref`: uses a stateful object, named here or found in a map.

use crate::nft::{ObjType, Reg};
use crate::payload::{Be, Str};

attrs! {
    /// `enum nft_objref_attributes`.
    pub enum NftaObjref<'a> in "netfilter/nf_tables.h" {
        /// The type of the object named.
        NFTA_OBJREF_IMM_TYPE(Be<ObjType>) = 1,
        /// Its name.
        NFTA_OBJREF_IMM_NAME(Str<'a>) = 2,
        /// Where the key is that the map has the object for.
        NFTA_OBJREF_SET_SREG(Be<Reg>) = 3,
        /// The name of the map.
        NFTA_OBJREF_SET_NAME(Str<'a>) = 4,
        /// The map, by `NFTA_SET_ID`.
        NFTA_OBJREF_SET_ID(Be<u32>) = 5,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaObjref::*, *};
    use crate::payload::{Be, Nest, Str};

    #[test]
    fn by_name() {
        // nft add rule ip t c counter name "web"
        expr(
            "0b0001006f626a72656600001400028008000100000000010700020077656200",
            "objref",
            ExprData::Objref(Nest::Nested(&[
                NFTA_OBJREF_IMM_TYPE(Be(NFT_OBJECT_COUNTER)),
                NFTA_OBJREF_IMM_NAME(Str::bare("web")),
            ])),
        );
        // the same from the kernel
        expr(
            "0b0001006f626a72656600001400020008000200776562000800010000000001",
            "objref",
            ExprData::Objref(Nest::List(&[NFTA_OBJREF_IMM_NAME(Str::new("web")), NFTA_OBJREF_IMM_TYPE(Be(NFT_OBJECT_COUNTER))])),
        );
    }

    #[test]
    fn by_map() {
        // nft add rule ip t c counter name ip saddr map { 10.0.0.1 : "web" }
        expr(
            "0b0001006f626a72656600002400028008000300000000010e0004005f5f6f626a6d6170256400000800050000000002",
            "objref",
            ExprData::Objref(Nest::Nested(&[
                NFTA_OBJREF_SET_SREG(Be(NFT_REG_1)),
                NFTA_OBJREF_SET_NAME(Str::bare("__objmap%d")),
                NFTA_OBJREF_SET_ID(Be(2)),
            ])),
        );
        // the same from the kernel
        expr(
            "0b0001006f626a72656600001c00020008000300000000010e0004005f5f6f626a6d617030000000",
            "objref",
            ExprData::Objref(Nest::List(&[NFTA_OBJREF_SET_SREG(Be(NFT_REG_1)), NFTA_OBJREF_SET_NAME(Str::new("__objmap0"))])),
        );
    }
}
