//! `dup`: sends a copy of packets to another machine.

use crate::nft::Reg;
use crate::payload::Be;

attrs! {
    /// `enum nft_dup_attributes`.
    pub enum NftaDup<'a> in "netfilter/nf_tables.h" {
        /// Where its address is.
        NFTA_DUP_SREG_ADDR(Be<Reg>) = 1,
        /// Where the index of the device is.
        NFTA_DUP_SREG_DEV(Be<Reg>) = 2,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaDup::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c dup to 10.0.0.9
        expr(
            "08000100647570000c0002800800010000000001",
            "dup",
            ExprData::Dup(Nest::Nested(&[NFTA_DUP_SREG_ADDR(Be(NFT_REG_1))])),
        );
        // the same from the kernel
        expr("08000100647570000c0002000800010000000001", "dup", ExprData::Dup(Nest::List(&[NFTA_DUP_SREG_ADDR(Be(NFT_REG_1))])));
    }
}
