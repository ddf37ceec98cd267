//! `connlimit`: goes on with the rule while there are so few connections. An object can be one too.

use crate::payload::Be;

names! {
    /// `enum nft_connlimit_flags`.
    pub flags ConnlimitFlags(u32) {
        /// Go on only with more.
        NFT_CONNLIMIT_F_INV = 1 => "over",
    }
}

attrs! {
    /// `enum nft_connlimit_attributes`.
    pub enum NftaConnlimit<'a> in "netfilter/nf_tables.h" {
        /// How many connections.
        NFTA_CONNLIMIT_COUNT(Be<u32>) = 1,
        /// `NFT_CONNLIMIT_F_*`.
        NFTA_CONNLIMIT_FLAGS(Be<ConnlimitFlags>) = 2,
    }
}
