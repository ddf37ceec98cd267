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
