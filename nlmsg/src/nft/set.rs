//! Sets and maps, and their elements (linux/netfilter/nf_tables.h).

use super::{Data, DataType, NftaExpr, NftaExprList, ObjType, Udata};
use crate::payload::{Be, Nest, Slot, Str};

names! {
    /// `enum nft_set_flags`.
    pub flags SetFlags(u32) {
        /// Made for one rule: its name ends in `%d`, which the kernel makes a number.
        NFT_SET_ANONYMOUS = 1,
        /// Its elements do not change once a rule uses it.
        NFT_SET_CONSTANT = 2 => "constant",
        /// Its elements are the edges of intervals.
        NFT_SET_INTERVAL = 4 => "interval",
        /// A map: elements have data.
        NFT_SET_MAP = 8,
        /// Its elements go after a time.
        NFT_SET_TIMEOUT = 16 => "timeout",
        /// Rules add elements.
        NFT_SET_EVAL = 32 => "dynamic",
        /// A map whose data is objects.
        NFT_SET_OBJECT = 64,
        /// Its keys are fields side by side.
        NFT_SET_CONCAT = 128,
        /// Its elements have expressions of their own.
        NFT_SET_EXPR = 256,
    }
}

names! {
    /// What a set is to be good at: `enum nft_set_policies`.
    pub enum SetPolicy(u32) {
        NFT_SET_POL_PERFORMANCE = 0 => "performance",
        NFT_SET_POL_MEMORY = 1 => "memory",
    }
}

names! {
    /// `enum nft_set_elem_flags`.
    pub flags SetElemFlags(u32) {
        /// The first value that is no longer in the interval before.
        NFT_SET_ELEM_INTERVAL_END = 1,
        /// Stands for all keys that no other element has.
        NFT_SET_ELEM_CATCHALL = 2,
    }
}

attrs! {
    /// A field of a concatenation: `enum nft_set_field_attributes`.
    pub enum NftaSetField<'a> in "netfilter/nf_tables.h" {
        /// Its length in bytes (the header says bits).
        NFTA_SET_FIELD_LEN(Be<u32>) = 1,
    }
}

attrs! {
    /// Fields of a concatenation: `enum nft_list_attributes`, repeated.
    pub enum NftaSetFieldList<'a> in "netfilter/nf_tables.h" {
        /// One field.
        NFTA_LIST_ELEM(Nest<'a, NftaSetField<'a>>) = 1,
    }
}

attrs! {
    /// What a set will hold: `enum nft_set_desc_attributes`.
    pub enum NftaSetDesc<'a> in "netfilter/nf_tables.h" {
        /// How many elements at most.
        NFTA_SET_DESC_SIZE(Be<u32>) = 1,
        /// The fields of its keys.
        NFTA_SET_DESC_CONCAT(Nest<'a, NftaSetFieldList<'a>>) = 2,
    }
}

attrs! {
    /// A set or map: `enum nft_set_attributes`.
    pub enum NftaSet<'a> in "netfilter/nf_tables.h" {
        /// The table that it is in.
        NFTA_SET_TABLE(Str<'a>) = 1,
        /// Its name.
        NFTA_SET_NAME(Str<'a>) = 2,
        /// `NFT_SET_*`.
        NFTA_SET_FLAGS(Be<SetFlags>) = 3,
        /// What its keys are; only user space looks at it.
        NFTA_SET_KEY_TYPE(Be<DataType>) = 4,
        /// Bytes of a key.
        NFTA_SET_KEY_LEN(Be<u32>) = 5,
        /// What a map's data is; the kernel only knows `NFT_DATA_VERDICT`.
        NFTA_SET_DATA_TYPE(Be<DataType>) = 6,
        /// Bytes of a map's data.
        NFTA_SET_DATA_LEN(Be<u32>) = 7,
        /// `NFT_SET_POL_*`.
        NFTA_SET_POLICY(Be<SetPolicy>) = 8,
        /// What it will hold.
        NFTA_SET_DESC(Nest<'a, NftaSetDesc<'a>>) = 9,
        /// A number of the sender's by which other messages of the batch name the set.
        NFTA_SET_ID(Be<u32>) = 10,
        /// How long elements stay, in milliseconds.
        NFTA_SET_TIMEOUT(Be<u64>) = 11,
        /// How often old elements are cleared away, in milliseconds.
        NFTA_SET_GC_INTERVAL(Be<u32>) = 12,
        /// How `nft` shows it, and a comment: `NFTNL_UDATA_SET_*`.
        NFTA_SET_USERDATA(Udata<'a>) = 13,
        /// Fills up to eight bytes.
        NFTA_SET_PAD(&'a [u8]) = 14,
        /// The type of the objects, of a map to objects.
        NFTA_SET_OBJ_TYPE(Be<ObjType>) = 15,
        /// Its number, given by the kernel.
        NFTA_SET_HANDLE(Be<u64>) = 16,
        /// An expression that each new element gets.
        NFTA_SET_EXPR(Nest<'a, NftaExpr<'a>>) = 17,
        /// Several of these.
        NFTA_SET_EXPRESSIONS(Nest<'a, NftaExprList<'a>>) = 18,
        /// How the kernel keeps it (`nft_set_hash_fast_type`); only in replies. Since Linux 6.16.
        NFTA_SET_TYPE(Str<'a>) = 19,
        /// How many elements it has; only in replies. Since Linux 6.16.
        NFTA_SET_COUNT(Be<u32>) = 20,
    }
}

attrs! {
    /// An element: `enum nft_set_elem_attributes`.
    pub enum NftaSetElem<'a> in "netfilter/nf_tables.h" {
        /// The key; of a concatenation of intervals the lower end.
        NFTA_SET_ELEM_KEY(Data<'a>) = 1,
        /// What a map gives for the key.
        NFTA_SET_ELEM_DATA(Data<'a>) = 2,
        /// `NFT_SET_ELEM_*`.
        NFTA_SET_ELEM_FLAGS(Be<SetElemFlags>) = 3,
        /// How long it stays, in milliseconds.
        NFTA_SET_ELEM_TIMEOUT(Be<u64>) = 4,
        /// How long it still stays, in milliseconds.
        NFTA_SET_ELEM_EXPIRATION(Be<u64>) = 5,
        /// A comment, flags: `NFTNL_UDATA_SET_ELEM_*`.
        NFTA_SET_ELEM_USERDATA(Udata<'a>) = 6,
        /// An expression of its own, such as a counter.
        NFTA_SET_ELEM_EXPR(Nest<'a, NftaExpr<'a>>) = 7,
        /// Fills up to eight bytes.
        NFTA_SET_ELEM_PAD(&'a [u8]) = 8,
        /// The name of the object that a map gives for the key.
        NFTA_SET_ELEM_OBJREF(Str<'a>) = 9,
        /// The upper end of a concatenation of intervals.
        NFTA_SET_ELEM_KEY_END(Data<'a>) = 10,
        /// Several expressions of its own.
        NFTA_SET_ELEM_EXPRESSIONS(Nest<'a, NftaExprList<'a>>) = 11,
    }
}

/// Elements. `nft` numbers them from 1, the kernel calls each `NFTA_LIST_ELEM` (1); neither looks at it.
pub type NftaSetElems<'a> = Slot<'a, Nest<'a, NftaSetElem<'a>>>;

attrs! {
    /// Elements of one set: `enum nft_set_elem_list_attributes`.
    pub enum NftaSetElemList<'a> in "netfilter/nf_tables.h" {
        /// The table that the set is in.
        NFTA_SET_ELEM_LIST_TABLE(Str<'a>) = 1,
        /// The set's name.
        NFTA_SET_ELEM_LIST_SET(Str<'a>) = 2,
        /// The elements.
        NFTA_SET_ELEM_LIST_ELEMENTS(Nest<'a, NftaSetElems<'a>>) = 3,
        /// The set, by `NFTA_SET_ID`.
        NFTA_SET_ELEM_LIST_SET_ID(Be<u32>) = 4,
    }
}
