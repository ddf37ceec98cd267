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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaRedir::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t pnat tcp dport 80 redirect to :8080
        expr(
            "0a00010072656469720000001400028008000100000000010800030000000002",
            "redir",
            ExprData::Redir(Nest::Nested(&[
                NFTA_REDIR_REG_PROTO_MIN(Be(NFT_REG_1)),
                NFTA_REDIR_FLAGS(Be(NF_NAT_RANGE_PROTO_SPECIFIED)),
            ])),
        );
        // the same from the kernel
        expr(
            "0a00010072656469720000001c000200080001000000000108000200000000010800030000000002",
            "redir",
            ExprData::Redir(Nest::List(&[
                NFTA_REDIR_REG_PROTO_MIN(Be(NFT_REG_1)),
                NFTA_REDIR_REG_PROTO_MAX(Be(NFT_REG_1)),
                NFTA_REDIR_FLAGS(Be(NF_NAT_RANGE_PROTO_SPECIFIED)),
            ])),
        );
    }
}
