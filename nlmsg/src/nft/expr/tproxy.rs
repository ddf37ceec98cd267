//! `tproxy`: gives packets to a local socket, their addresses unchanged.

use crate::nft::Reg;
use crate::payload::Be;

attrs! {
    /// `enum nft_tproxy_attributes`.
    pub enum NftaTproxy<'a> in "netfilter/nf_tables.h" {
        /// `NFPROTO_*` of the address.
        NFTA_TPROXY_FAMILY(Be<u32>) = 1,
        /// Where the socket's address is.
        NFTA_TPROXY_REG_ADDR(Be<Reg>) = 2,
        /// Where the socket's port is.
        NFTA_TPROXY_REG_PORT(Be<Reg>) = 3,
    }
}
