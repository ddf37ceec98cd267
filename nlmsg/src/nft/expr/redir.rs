//! `redir`: sends packets to this machine itself. Only in chains of type nat at prerouting and output.

use crate::nft::{NatFlags, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_redir_attributes`. None is needed.
    pub enum NftaRedir<'a> in "netfilter/nf_tables.h" {
        /// Register of the lowest port, in network order.
        NFTA_REDIR_REG_PROTO_MIN(Be<Reg>) = 1,
        /// Register of the highest port, in network order.
        NFTA_REDIR_REG_PROTO_MAX(Be<Reg>) = 2,
        /// `NF_NAT_RANGE_*`.
        NFTA_REDIR_FLAGS(Be<NatFlags>) = 3,
    }
}
