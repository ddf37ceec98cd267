//! Tables: what holds chains, sets, objects and flowtables (linux/netfilter/nf_tables.h).

use super::Udata;
use crate::payload::{Be, Str};

names! {
    /// `enum nft_table_flags`.
    pub flags TableFlags(u32) {
        /// The table's chains see no packets.
        NFT_TABLE_F_DORMANT = 1 => "dormant",
        /// Only the socket that made the table can change it, and takes it along when it closes.
        NFT_TABLE_F_OWNER = 2 => "owner",
        /// The table stays when its owner goes.
        NFT_TABLE_F_PERSIST = 4 => "persist",
    }
}

attrs! {
    /// A table: `enum nft_table_attributes`.
    pub enum NftaTable<'a> in "netfilter/nf_tables.h" {
        /// Its name.
        NFTA_TABLE_NAME(Str<'a>) = 1,
        /// `NFT_TABLE_F_*`.
        NFTA_TABLE_FLAGS(Be<TableFlags>) = 2,
        /// How many chains, sets, objects and flowtables are in it.
        NFTA_TABLE_USE(Be<u32>) = 3,
        /// Its number, given by the kernel.
        NFTA_TABLE_HANDLE(Be<u64>) = 4,
        /// Fills up to eight bytes.
        NFTA_TABLE_PAD(&'a [u8]) = 5,
        /// A comment: [`NFTNL_UDATA_TABLE_COMMENT`](super::NFTNL_UDATA_TABLE_COMMENT).
        NFTA_TABLE_USERDATA(Udata<'a>) = 6,
        /// Port of the socket that owns it.
        NFTA_TABLE_OWNER(Be<u32>) = 7,
    }
}
