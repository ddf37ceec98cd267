//! `rt`: reads what the kernel knows of a packet's route.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_rt_keys`.
    pub enum RtKey(u32) {
        NFT_RT_CLASSID = 0 => "classid",
        NFT_RT_NEXTHOP4 = 1 => "ip nexthop",
        NFT_RT_NEXTHOP6 = 2 => "ip6 nexthop",
        NFT_RT_TCPMSS = 3 => "mtu",
        NFT_RT_XFRM = 4 => "ipsec",
    }
}

attrs! {
    /// `enum nft_rt_attributes`.
    pub enum NftaRt<'a> in "netfilter/nf_tables.h" {
        /// Where the value goes.
        NFTA_RT_DREG(Be<Reg>) = 1,
        /// What to read.
        NFTA_RT_KEY(Be<RtKey>) = 2,
    }
}
