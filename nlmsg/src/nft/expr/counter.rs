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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaCounter::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c counter packets 3 bytes 252
        expr(
            "0c000100636f756e746572001c0002800c00010000000000000000fc0c0002000000000000000003",
            "counter",
            ExprData::Counter(Nest::Nested(&[NFTA_COUNTER_BYTES(Be(252)), NFTA_COUNTER_PACKETS(Be(3))])),
        );
        // the same from the kernel
        expr(
            "0c000100636f756e746572001c0002000c00010000000000000000fc0c0002000000000000000003",
            "counter",
            ExprData::Counter(Nest::List(&[NFTA_COUNTER_BYTES(Be(252)), NFTA_COUNTER_PACKETS(Be(3))])),
        );
    }
}
