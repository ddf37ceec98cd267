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
