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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaXfrm::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c ipsec in ip saddr 10.0.0.1
        expr(
            "090001007866726d00000000240002800800020000000003050003000000000008000400000000000800010000000001",
            "xfrm",
            ExprData::Xfrm(Nest::Nested(&[
                NFTA_XFRM_KEY(Be(NFT_XFRM_KEY_SADDR_IP4)),
                NFTA_XFRM_DIR(XFRM_POLICY_IN),
                NFTA_XFRM_SPNUM(Be(0)),
                NFTA_XFRM_DREG(Be(NFT_REG_1)),
            ])),
        );
        // the same from the kernel
        expr(
            "090001007866726d00000000240002000800010000000001080002000000000305000300000000000800040000000000",
            "xfrm",
            ExprData::Xfrm(Nest::List(&[
                NFTA_XFRM_DREG(Be(NFT_REG_1)),
                NFTA_XFRM_KEY(Be(NFT_XFRM_KEY_SADDR_IP4)),
                NFTA_XFRM_DIR(XFRM_POLICY_IN),
                NFTA_XFRM_SPNUM(Be(0)),
            ])),
        );
    }
}
