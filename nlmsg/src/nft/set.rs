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
        /// How the kernel keeps it: `nft_set_hash_fast_type`, or a pointer where the kernel has no symbols; only in
        /// replies. Since Linux 6.16.
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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{
        NftaCounter::*, NftaData::*, NftaExpr::*, NftaSet::*, NftaSetDesc::*, NftaSetElem::*, NftaSetElemList::*,
        NftaSetField::*, NftaVerdict::*, *,
    };
    use crate::payload::{Be, Nest, Selector, Slot, Str};

    #[test]
    fn interval() {
        // nft add set ip t s { type ipv4_addr; flags interval; comment "bad ones";
        //     elements = { 10.0.0.0/8 comment "all of ten" } }
        captured(
            NFPROTO_IPV4,
            "0600010074000000060002007300000008000300000000040800040000000007080005000000000408000a0000000001\
             15000d000004020000000709626164206f6e657300000000",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("s")),
                NFTA_SET_FLAGS(Be(NFT_SET_INTERVAL)),
                NFTA_SET_KEY_TYPE(Be(TYPE_IPADDR)),
                NFTA_SET_KEY_LEN(Be(4)),
                NFTA_SET_ID(Be(1)),
                NFTA_SET_USERDATA(Udata::List(&[Tlv::new(0, &[2, 0, 0, 0]), Tlv::text(7, "bad ones")])),
            ],
        );
        // its elements, of the same command
        captured(
            NFPROTO_IPV4,
            "060001007400000006000200730000000800040000000001580003801800018008000300000000010c00018008000100\
             00000000240002800c000180080001000a00000011000600000b616c6c206f662074656e000000001800038008000300\
             000000010c000180080001000b000000",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("s")),
                NFTA_SET_ELEM_LIST_SET_ID(Be(1)),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Nested(&[
                    Slot::At(
                        1,
                        Nest::Nested(&[
                            NFTA_SET_ELEM_FLAGS(Be(NFT_SET_ELEM_INTERVAL_END)),
                            NFTA_SET_ELEM_KEY(value(&[0, 0, 0, 0])),
                        ]),
                    ),
                    Slot::At(
                        2,
                        Nest::Nested(&[
                            NFTA_SET_ELEM_KEY(value(&[10, 0, 0, 0])),
                            NFTA_SET_ELEM_USERDATA(Udata::List(&[Tlv::text(0, "all of ten")])),
                        ]),
                    ),
                    Slot::At(
                        3,
                        Nest::Nested(&[
                            NFTA_SET_ELEM_FLAGS(Be(NFT_SET_ELEM_INTERVAL_END)),
                            NFTA_SET_ELEM_KEY(value(&[11, 0, 0, 0])),
                        ]),
                    ),
                ])),
            ],
        );
    }

    #[test]
    fn timeout() {
        // nft add set ip t tm { type inet_service; flags timeout; timeout 1h; gc-interval 1m; size 100;
        //     elements = { 22 timeout 30s } }
        captured(
            NFPROTO_IPV4,
            "060001007400000007000200746d00000800030000000010080004000000000d080005000000000208000a0000000001\
             0c00098008000100000000640c000b00000000000036ee8008000c000000ea600a000d000004020000000000",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("tm")),
                NFTA_SET_FLAGS(Be(NFT_SET_TIMEOUT)),
                NFTA_SET_KEY_TYPE(Be(TYPE_INET_SERVICE)),
                NFTA_SET_KEY_LEN(Be(2)),
                NFTA_SET_ID(Be(1)),
                NFTA_SET_DESC(Nest::Nested(&[NFTA_SET_DESC_SIZE(Be(100))])),
                NFTA_SET_TIMEOUT(Be(3600000)),
                NFTA_SET_GC_INTERVAL(Be(60000)),
                NFTA_SET_USERDATA(Udata::List(&[Tlv::new(0, &[2, 0, 0, 0])])),
            ],
        );
        // its elements, of the same command
        captured(
            NFPROTO_IPV4,
            "060001007400000007000200746d00000800040000000001200003801c0001800c00040000000000000075300c000180\
             0600010000160000",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("tm")),
                NFTA_SET_ELEM_LIST_SET_ID(Be(1)),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Nested(&[Slot::At(
                    1,
                    Nest::Nested(&[NFTA_SET_ELEM_TIMEOUT(Be(30000)), NFTA_SET_ELEM_KEY(value(&[0, 22]))]),
                )])),
            ],
        );
        // the same from the kernel
        captured(
            NFPROTO_IPV4,
            "060001007400000007000200746d00000c00100000000000000000050800030000000010080004000000000d08000500\
             000000020c000b00000000000036ee8008000c000000ea600a000d0000040200000000000c0009000800010000000064\
             1700130030786666666666666666383235303766343000000800140000000001",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("tm")),
                NFTA_SET_HANDLE(Be(5)),
                NFTA_SET_FLAGS(Be(NFT_SET_TIMEOUT)),
                NFTA_SET_KEY_TYPE(Be(TYPE_INET_SERVICE)),
                NFTA_SET_KEY_LEN(Be(2)),
                NFTA_SET_TIMEOUT(Be(3600000)),
                NFTA_SET_GC_INTERVAL(Be(60000)),
                NFTA_SET_USERDATA(Udata::List(&[Tlv::new(0, &[2, 0, 0, 0])])),
                NFTA_SET_DESC(Nest::List(&[NFTA_SET_DESC_SIZE(Be(100))])),
                NFTA_SET_TYPE(Str::new("0xffffffff82507f40")),
                NFTA_SET_COUNT(Be(1)),
            ],
        );
    }

    #[test]
    fn concatenation() {
        // nft add set ip t cc { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.1-10.0.0.9 . 80 } }
        captured(
            NFPROTO_IPV4,
            "06000100740000000700020063630000080003000000008408000400000001cd080005000000000808000a0000000001\
             200009801c0002800c00018008000100000000040c000180080001000000000214000d00000400000000030800040d00\
             00000100",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("cc")),
                NFTA_SET_FLAGS(Be(NFT_SET_INTERVAL | NFT_SET_CONCAT)),
                NFTA_SET_KEY_TYPE(Be(DataType(461))),
                NFTA_SET_KEY_LEN(Be(8)),
                NFTA_SET_ID(Be(1)),
                NFTA_SET_DESC(Nest::Nested(&[NFTA_SET_DESC_CONCAT(Nest::Nested(&[
                    NftaSetFieldList::NFTA_LIST_ELEM(Nest::Nested(&[NFTA_SET_FIELD_LEN(Be(4))])),
                    NftaSetFieldList::NFTA_LIST_ELEM(Nest::Nested(&[NFTA_SET_FIELD_LEN(Be(2))])),
                ]))])),
                NFTA_SET_USERDATA(Udata::List(&[Tlv::new(0, &[0, 0, 0, 0]), Tlv::new(3, &[0, 4, 13, 0, 0, 0, 1, 0])])),
            ],
        );
        // its elements, of the same command
        captured(
            NFPROTO_IPV4,
            "0600010074000000070002006363000008000400000000012800038024000180100001800c0001000a00000100500000\
             10000a800c0001000a00000900500000",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("cc")),
                NFTA_SET_ELEM_LIST_SET_ID(Be(1)),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Nested(&[Slot::At(
                    1,
                    Nest::Nested(&[
                        NFTA_SET_ELEM_KEY(value(&[10, 0, 0, 1, 0, 80, 0, 0])),
                        NFTA_SET_ELEM_KEY_END(value(&[10, 0, 0, 9, 0, 80, 0, 0])),
                    ]),
                )])),
            ],
        );
    }

    #[test]
    fn map_of_verdicts() {
        // nft add map ip t v { type inet_service : verdict; elements = { 22 : jump plain } }
        captured(
            NFPROTO_IPV4,
            "060001007400000006000200760000000800030000000008080004000000000d080005000000000208000600ffffff00\
             080007000000000008000a000000000116000d000004020000000104000000000604000000000000",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("v")),
                NFTA_SET_FLAGS(Be(NFT_SET_MAP)),
                NFTA_SET_KEY_TYPE(Be(TYPE_INET_SERVICE)),
                NFTA_SET_KEY_LEN(Be(2)),
                NFTA_SET_DATA_TYPE(Be(NFT_DATA_VERDICT)),
                NFTA_SET_DATA_LEN(Be(0)),
                NFTA_SET_ID(Be(1)),
                NFTA_SET_USERDATA(Udata::List(&[
                    Tlv::new(0, &[2, 0, 0, 0]),
                    Tlv::new(1, &[0, 0, 0, 0]),
                    Tlv::new(6, &[0, 0, 0, 0]),
                ])),
            ],
        );
        // its elements, of the same command
        captured(
            NFPROTO_IPV4,
            "060001007400000006000200760000000800040000000001300003802c0001800c00018006000100001600001c000280\
             1800028008000100fffffffd0a000200706c61696e000000",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("v")),
                NFTA_SET_ELEM_LIST_SET_ID(Be(1)),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Nested(&[Slot::At(
                    1,
                    Nest::Nested(&[
                        NFTA_SET_ELEM_KEY(value(&[0, 22])),
                        NFTA_SET_ELEM_DATA(Nest::Nested(&[NFTA_DATA_VERDICT(Nest::Nested(&[
                            NFTA_VERDICT_CODE(Be(NFT_JUMP)),
                            NFTA_VERDICT_CHAIN(Str::new("plain")),
                        ]))])),
                    ]),
                )])),
            ],
        );
    }

    #[test]
    fn map_of_objects() {
        // nft add map ip t om { type ipv4_addr : counter; elements = { 10.0.0.1 : "web" } }
        captured(
            NFPROTO_IPV4,
            "0600010074000000070002006f6d000008000300000000400800040000000007080005000000000408000f0000000001\
             08000a000000000110000d00000402000000060400000000",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("om")),
                NFTA_SET_FLAGS(Be(NFT_SET_OBJECT)),
                NFTA_SET_KEY_TYPE(Be(TYPE_IPADDR)),
                NFTA_SET_KEY_LEN(Be(4)),
                NFTA_SET_OBJ_TYPE(Be(NFT_OBJECT_COUNTER)),
                NFTA_SET_ID(Be(1)),
                NFTA_SET_USERDATA(Udata::List(&[Tlv::new(0, &[2, 0, 0, 0]), Tlv::new(6, &[0, 0, 0, 0])])),
            ],
        );
        // its elements, of the same command
        captured(
            NFPROTO_IPV4,
            "0600010074000000070002006f6d000008000400000000011c000380180001800c000180080001000a00000108000900\
             77656200",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("om")),
                NFTA_SET_ELEM_LIST_SET_ID(Be(1)),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Nested(&[Slot::At(
                    1,
                    Nest::Nested(&[NFTA_SET_ELEM_KEY(value(&[10, 0, 0, 1])), NFTA_SET_ELEM_OBJREF(Str::new("web"))]),
                )])),
            ],
        );
    }

    #[test]
    fn with_counters() {
        // nft add set ip t ctr { type ipv4_addr; counter; elements = { 10.0.0.1 counter packets 1 bytes 84 } }
        captured(
            NFPROTO_IPV4,
            "0600010074000000080002006374720008000300000000000800040000000007080005000000000408000a0000000001\
             0a000d000004020000000000140011800c000100636f756e7465720004000280",
            &[
                NFTA_SET_TABLE(Str::new("t")),
                NFTA_SET_NAME(Str::new("ctr")),
                NFTA_SET_FLAGS(Be(SetFlags(0))),
                NFTA_SET_KEY_TYPE(Be(TYPE_IPADDR)),
                NFTA_SET_KEY_LEN(Be(4)),
                NFTA_SET_ID(Be(1)),
                NFTA_SET_USERDATA(Udata::List(&[Tlv::new(0, &[2, 0, 0, 0])])),
                NFTA_SET_EXPR(Nest::Nested(&[
                    NFTA_EXPR_NAME(Selector(Str::new("counter"))),
                    NFTA_EXPR_DATA(ExprData::Counter(Nest::Nested(&[]))),
                ])),
            ],
        );
        // the same from the kernel
        captured(
            NFPROTO_IPV4,
            "06000100740000000800020063747200400003003c0001000c000100080001000a0000012c0007000c000100636f756e\
             746572001c0002000c00010000000000000000540c0002000000000000000001",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("ctr")),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::List(&[Slot::At(
                    1,
                    Nest::List(&[
                        NFTA_SET_ELEM_KEY(value_list(&[10, 0, 0, 1])),
                        NFTA_SET_ELEM_EXPR(Nest::List(&[
                            NFTA_EXPR_NAME(Selector(Str::new("counter"))),
                            NFTA_EXPR_DATA(ExprData::Counter(Nest::List(&[
                                NFTA_COUNTER_BYTES(Be(84)),
                                NFTA_COUNTER_PACKETS(Be(1)),
                            ]))),
                        ])),
                    ]),
                )])),
            ],
        );
    }

    #[test]
    fn elements() {
        // from the kernel: nft list ruleset
        captured(
            NFPROTO_IPV4,
            "0600010074000000060002007300000058000300180001000c000100080001000b000000080003000000000124000100\
             0c000100080001000a00000011000600000b616c6c206f662074656e00000000180001000c0001000800010000000000\
             0800030000000001",
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new("t")),
                NFTA_SET_ELEM_LIST_SET(Str::new("s")),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::List(&[
                    Slot::At(
                        1,
                        Nest::List(&[
                            NFTA_SET_ELEM_KEY(value_list(&[11, 0, 0, 0])),
                            NFTA_SET_ELEM_FLAGS(Be(NFT_SET_ELEM_INTERVAL_END)),
                        ]),
                    ),
                    Slot::At(
                        1,
                        Nest::List(&[
                            NFTA_SET_ELEM_KEY(value_list(&[10, 0, 0, 0])),
                            NFTA_SET_ELEM_USERDATA(Udata::List(&[Tlv::text(0, "all of ten")])),
                        ]),
                    ),
                    Slot::At(
                        1,
                        Nest::List(&[
                            NFTA_SET_ELEM_KEY(value_list(&[0, 0, 0, 0])),
                            NFTA_SET_ELEM_FLAGS(Be(NFT_SET_ELEM_INTERVAL_END)),
                        ]),
                    ),
                ])),
            ],
        );
    }
}
