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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaRt::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c rt nexthop 10.0.0.1
        expr(
            "07000100727400001400028008000200000000010800010000000001",
            "rt",
            ExprData::Rt(Nest::Nested(&[NFTA_RT_KEY(Be(NFT_RT_NEXTHOP4)), NFTA_RT_DREG(Be(NFT_REG_1))])),
        );
        // the same from the kernel
        expr(
            "07000100727400001400020008000200000000010800010000000001",
            "rt",
            ExprData::Rt(Nest::List(&[NFTA_RT_KEY(Be(NFT_RT_NEXTHOP4)), NFTA_RT_DREG(Be(NFT_REG_1))])),
        );
    }
}
