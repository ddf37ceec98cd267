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
