//! `tproxy`: gives packets to a local socket, their addresses unchanged.

use crate::nft::{Family, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_tproxy_attributes`.
    pub enum NftaTproxy<'a> in "netfilter/nf_tables.h" {
        /// `NFPROTO_*` of the address.
        NFTA_TPROXY_FAMILY(Be<Family>) = 1,
        /// Where the socket's address is.
        NFTA_TPROXY_REG_ADDR(Be<Reg>) = 2,
        /// Where the socket's port is.
        NFTA_TPROXY_REG_PORT(Be<Reg>) = 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaTproxy::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t pre meta l4proto tcp tproxy to :50080
        expr(
            "0b0001007470726f787900001400028008000100000000020800030000000001",
            "tproxy",
            ExprData::Tproxy(Nest::Nested(&[NFTA_TPROXY_FAMILY(Be(NFPROTO_IPV4.into())), NFTA_TPROXY_REG_PORT(Be(NFT_REG_1))])),
        );
        // the same from the kernel
        expr(
            "0b0001007470726f787900001400020008000100000000020800030000000001",
            "tproxy",
            ExprData::Tproxy(Nest::List(&[NFTA_TPROXY_FAMILY(Be(NFPROTO_IPV4.into())), NFTA_TPROXY_REG_PORT(Be(NFT_REG_1))])),
        );
    }
}
