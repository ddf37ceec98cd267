//! `last`: remembers when a packet came by.

use crate::payload::Be;

attrs! {
    /// `enum nft_last_attributes`.
    pub enum NftaLast<'a> in "netfilter/nf_tables.h" {
        /// Whether one came.
        NFTA_LAST_SET(Be<u32>) = 1,
        /// How long ago, in milliseconds.
        NFTA_LAST_MSECS(Be<u64>) = 2,
        /// Fills up to eight bytes.
        NFTA_LAST_PAD(&'a [u8]) = 3,
    }
}
