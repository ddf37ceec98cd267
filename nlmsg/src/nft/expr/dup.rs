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
