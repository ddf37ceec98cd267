//! `reject`: drops packets and tells the sender.

use crate::payload::Be;

names! {
    /// `enum nft_reject_types`.
    pub enum RejectType(u32) {
        NFT_REJECT_ICMP_UNREACH = 0 => "icmp",
        NFT_REJECT_TCP_RST = 1 => "tcp reset",
        NFT_REJECT_ICMPX_UNREACH = 2 => "icmpx",
    }
}

names! {
    /// Codes of `NFT_REJECT_ICMPX_UNREACH`, which become those of ICMP or ICMPv6: `enum nft_reject_inet_code`.
    pub enum RejectInetCode(u8) {
        NFT_REJECT_ICMPX_NO_ROUTE = 0 => "no-route",
        NFT_REJECT_ICMPX_PORT_UNREACH = 1 => "port-unreachable",
        NFT_REJECT_ICMPX_HOST_UNREACH = 2 => "host-unreachable",
        NFT_REJECT_ICMPX_ADMIN_PROHIBITED = 3 => "admin-prohibited",
    }
}

attrs! {
    /// `enum nft_reject_attributes`.
    pub enum NftaReject<'a> in "netfilter/nf_tables.h" {
        /// With what to tell.
        NFTA_REJECT_TYPE(Be<RejectType>) = 1,
        /// The code: [`RejectInetCode`], or that of ICMP or ICMPv6 in their own families.
        NFTA_REJECT_ICMP_CODE(u8) = 2,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaReject::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn icmp() {
        // nft add rule ip t c reject with icmp admin-prohibited
        expr(
            "0b00010072656a6563740000140002800800010000000000050002000d000000",
            "reject",
            ExprData::Reject(Nest::Nested(&[NFTA_REJECT_TYPE(Be(NFT_REJECT_ICMP_UNREACH)), NFTA_REJECT_ICMP_CODE(13)])),
        );
        // the same from the kernel
        expr(
            "0b00010072656a6563740000140002000800010000000000050002000d000000",
            "reject",
            ExprData::Reject(Nest::List(&[NFTA_REJECT_TYPE(Be(NFT_REJECT_ICMP_UNREACH)), NFTA_REJECT_ICMP_CODE(13)])),
        );
    }

    #[test]
    fn tcp_reset() {
        // nft add rule ip t c ip protocol tcp reject with tcp reset
        expr(
            "0b00010072656a65637400001400028008000100000000010500020000000000",
            "reject",
            ExprData::Reject(Nest::Nested(&[NFTA_REJECT_TYPE(Be(NFT_REJECT_TCP_RST)), NFTA_REJECT_ICMP_CODE(0)])),
        );
        // the same from the kernel
        expr(
            "0b00010072656a65637400000c0002000800010000000001",
            "reject",
            ExprData::Reject(Nest::List(&[NFTA_REJECT_TYPE(Be(NFT_REJECT_TCP_RST))])),
        );
    }

    #[test]
    fn icmpx() {
        // nft add rule inet i c reject with icmpx host-unreachable
        expr(
            "0b00010072656a65637400001400028008000100000000020500020002000000",
            "reject",
            ExprData::Reject(Nest::Nested(&[NFTA_REJECT_TYPE(Be(NFT_REJECT_ICMPX_UNREACH)), NFTA_REJECT_ICMP_CODE(2)])),
        );
        // the same from the kernel
        expr(
            "0b00010072656a65637400001400020008000100000000020500020002000000",
            "reject",
            ExprData::Reject(Nest::List(&[NFTA_REJECT_TYPE(Be(NFT_REJECT_ICMPX_UNREACH)), NFTA_REJECT_ICMP_CODE(2)])),
        );
    }
}
