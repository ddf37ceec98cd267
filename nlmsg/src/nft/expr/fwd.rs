//! `fwd`: sends packets out of another device.

use crate::nft::Reg;
use crate::payload::Be;

attrs! {
    /// `enum nft_fwd_attributes`.
    pub enum NftaFwd<'a> in "netfilter/nf_tables.h" {
        /// Where the index of the device is.
        NFTA_FWD_SREG_DEV(Be<Reg>) = 1,
        /// Where the address of the neighbour is.
        NFTA_FWD_SREG_ADDR(Be<Reg>) = 2,
        /// `NFPROTO_*` of that address.
        NFTA_FWD_NFPROTO(Be<u32>) = 3,
    }
}
