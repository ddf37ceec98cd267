//! `fwd`: sends packets out of another device.

use crate::nft::{Family, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_fwd_attributes`.
    pub enum NftaFwd<'a> in "netfilter/nf_tables.h" {
        /// Where the index of the device is.
        NFTA_FWD_SREG_DEV(Be<Reg>) = 1,
        /// Where the address of the neighbour is.
        NFTA_FWD_SREG_ADDR(Be<Reg>) = 2,
        /// `NFPROTO_*` of that address.
        NFTA_FWD_NFPROTO(Be<Family>) = 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaFwd::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule netdev n c fwd to "lo"
        expr("08000100667764000c0002800800010000000001", "fwd", ExprData::Fwd(Nest::Nested(&[NFTA_FWD_SREG_DEV(Be(NFT_REG_1))])));
        // the same from the kernel
        expr("08000100667764000c0002000800010000000001", "fwd", ExprData::Fwd(Nest::List(&[NFTA_FWD_SREG_DEV(Be(NFT_REG_1))])));
    }
}
