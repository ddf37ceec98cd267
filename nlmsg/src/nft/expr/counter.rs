//! `counter`: counts packets and bytes. Chains, elements and objects have one too.

use crate::payload::{Be, Nest};

attrs! {
    /// `enum nft_counter_attributes`.
    pub enum NftaCounter<'a> in "netfilter/nf_tables.h" {
        /// Bytes counted.
        NFTA_COUNTER_BYTES(Be<u64>) = 1,
        /// Packets counted.
        NFTA_COUNTER_PACKETS(Be<u64>) = 2,
        /// Fills up to eight bytes.
        NFTA_COUNTER_PAD(&'a [u8]) = 3,
    }
}

/// A counter's numbers.
pub type Counter<'a> = Nest<'a, NftaCounter<'a>>;
