//! `immediate`: puts a value in a register. A verdict goes in `NFT_REG_VERDICT` and ends the rule.

use crate::nft::{Data, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_immediate_attributes`.
    pub enum NftaImmediate<'a> in "netfilter/nf_tables.h" {
        /// Where the value goes.
        NFTA_IMMEDIATE_DREG(Be<Reg>) = 1,
        /// The value.
        NFTA_IMMEDIATE_DATA(Data<'a>) = 2,
    }
}
