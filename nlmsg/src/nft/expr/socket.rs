//! `socket`: reads what the kernel knows of the local socket that a packet is for.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_socket_keys`.
    pub enum SocketKey(u32) {
        NFT_SOCKET_TRANSPARENT = 0 => "transparent",
        NFT_SOCKET_MARK = 1 => "mark",
        NFT_SOCKET_WILDCARD = 2 => "wildcard",
        NFT_SOCKET_CGROUPV2 = 3 => "cgroupv2",
    }
}

attrs! {
    /// `enum nft_socket_attributes`.
    pub enum NftaSocket<'a> in "netfilter/nf_tables.h" {
        /// What to read.
        NFTA_SOCKET_KEY(Be<SocketKey>) = 1,
        /// Where the value goes.
        NFTA_SOCKET_DREG(Be<Reg>) = 2,
        /// How deep in the tree of control groups, of `NFT_SOCKET_CGROUPV2`.
        NFTA_SOCKET_LEVEL(Be<u32>) = 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaSocket::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t pre socket transparent 1
        expr(
            "0b000100736f636b657400001c000280080001000000000008000200000000010800030000000000",
            "socket",
            ExprData::Socket(Nest::Nested(&[
                NFTA_SOCKET_KEY(Be(NFT_SOCKET_TRANSPARENT)),
                NFTA_SOCKET_DREG(Be(NFT_REG_1)),
                NFTA_SOCKET_LEVEL(Be(0)),
            ])),
        );
        // the same from the kernel
        expr(
            "0b000100736f636b657400001400020008000100000000000800020000000001",
            "socket",
            ExprData::Socket(Nest::List(&[NFTA_SOCKET_KEY(Be(NFT_SOCKET_TRANSPARENT)), NFTA_SOCKET_DREG(Be(NFT_REG_1))])),
        );
    }
}
