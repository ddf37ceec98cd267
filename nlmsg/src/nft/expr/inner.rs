//! `inner`: runs an expression on the packet inside a tunnel's packet.

use crate::nft::NftaExpr;
use crate::payload::{Be, Nest};

names! {
    /// `enum nft_inner_type`.
    pub enum InnerType(u32) {
        NFT_INNER_UNSPEC = 0,
        NFT_INNER_VXLAN = 1 => "vxlan",
        NFT_INNER_GENEVE = 2 => "geneve",
    }
}

names! {
    /// What the packet inside has: `enum nft_inner_flags`.
    pub flags InnerFlags(u32) {
        /// A tunnel header of `NFTA_INNER_HDRSIZE` bytes.
        NFT_INNER_HDRSIZE = 1,
        /// A link-layer header.
        NFT_INNER_LL = 2,
        /// A network header.
        NFT_INNER_NH = 4,
        /// A transport header.
        NFT_INNER_TH = 8,
    }
}

attrs! {
    /// `enum nft_inner_attributes`.
    pub enum NftaInner<'a> in "netfilter/nf_tables.h" {
        /// How many tunnels deep, from 0.
        NFTA_INNER_NUM(Be<u32>) = 1,
        /// The kind of tunnel.
        NFTA_INNER_TYPE(Be<InnerType>) = 2,
        /// `NFT_INNER_*`.
        NFTA_INNER_FLAGS(Be<InnerFlags>) = 3,
        /// Bytes of the tunnel's header.
        NFTA_INNER_HDRSIZE(Be<u32>) = 4,
        /// The expression: `payload` or `meta`.
        NFTA_INNER_EXPR(Nest<'a, NftaExpr<'a>>) = 5,
    }
}
