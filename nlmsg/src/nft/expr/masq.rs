//! `masq`: gives packets the address of the device that they leave by. Only in chains of type nat at postrouting.

use crate::nft::{NatFlags, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_masq_attributes`. None is needed.
    pub enum NftaMasq<'a> in "netfilter/nf_tables.h" {
        /// `NF_NAT_RANGE_*`.
        NFTA_MASQ_FLAGS(Be<NatFlags>) = 1,
        /// Register of the lowest port.
        NFTA_MASQ_REG_PROTO_MIN(Be<Reg>) = 2,
        /// Register of the highest port.
        NFTA_MASQ_REG_PROTO_MAX(Be<Reg>) = 3,
    }
}
