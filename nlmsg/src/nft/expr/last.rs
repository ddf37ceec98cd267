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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaLast::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // from the kernel: nft last
        expr(
            "090001006c617374000000001800020008000100000000010c00020000000000000014b8",
            "last",
            ExprData::Last(Nest::List(&[NFTA_LAST_SET(Be(1)), NFTA_LAST_MSECS(Be(5304))])),
        );
    }
}
