//! `flow_offload`: lets the packets of a connection take the short way of a flowtable.

use crate::payload::Str;

attrs! {
    /// `enum nft_offload_attributes`.
    pub enum NftaFlow<'a> in "netfilter/nf_tables.h" {
        /// The name of the flowtable.
        NFTA_FLOW_TABLE_NAME(Str<'a>) = 1,
    }
}
