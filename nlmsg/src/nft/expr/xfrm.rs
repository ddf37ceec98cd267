//! `xfrm`: reads what IPsec did, or will do, to a packet.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_xfrm_keys`.
    pub enum XfrmKey(u32) {
        NFT_XFRM_KEY_UNSPEC = 0,
        NFT_XFRM_KEY_DADDR_IP4 = 1 => "ip daddr",
        NFT_XFRM_KEY_DADDR_IP6 = 2 => "ip6 daddr",
        NFT_XFRM_KEY_SADDR_IP4 = 3 => "ip saddr",
        NFT_XFRM_KEY_SADDR_IP6 = 4 => "ip6 saddr",
        NFT_XFRM_KEY_REQID = 5 => "reqid",
        NFT_XFRM_KEY_SPI = 6 => "spi",
    }
}

names! {
    /// Direction of a policy (linux/xfrm.h).
    pub enum XfrmDir(u8) {
        XFRM_POLICY_IN = 0 => "in",
        XFRM_POLICY_OUT = 1 => "out",
    }
}

attrs! {
    /// `enum nft_xfrm_attributes`.
    pub enum NftaXfrm<'a> in "netfilter/nf_tables.h" {
        /// Where the value goes.
        NFTA_XFRM_DREG(Be<Reg>) = 1,
        /// What to read.
        NFTA_XFRM_KEY(Be<XfrmKey>) = 2,
        /// In or out.
        NFTA_XFRM_DIR(XfrmDir) = 3,
        /// Which of the packet's transforms, from 0.
        NFTA_XFRM_SPNUM(Be<u32>) = 4,
    }
}
