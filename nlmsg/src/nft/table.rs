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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaTable::*, *};
    use crate::payload::{Be, Str};

    #[test]
    fn dormant_with_comment() {
        // nft add table ip t { flags dormant; comment "the outer one"; }
        captured(
            NFPROTO_IPV4,
            "0600010074000000080002000000000114000600000e746865206f75746572206f6e6500",
            &[
                NFTA_TABLE_NAME(Str::new("t")),
                NFTA_TABLE_FLAGS(Be(NFT_TABLE_F_DORMANT)),
                NFTA_TABLE_USERDATA(Udata::List(&[Tlv::text(0, "the outer one")])),
            ],
        );
        // the same from the kernel
        captured(
            NFPROTO_IPV4,
            "060001007400000008000300000000100c0004000000000000000002080002000000000114000600000e746865206f75\
             746572206f6e6500",
            &[
                NFTA_TABLE_NAME(Str::new("t")),
                NFTA_TABLE_USE(Be(16)),
                NFTA_TABLE_HANDLE(Be(2)),
                NFTA_TABLE_FLAGS(Be(NFT_TABLE_F_DORMANT)),
                NFTA_TABLE_USERDATA(Udata::List(&[Tlv::text(0, "the outer one")])),
            ],
        );
    }
}
