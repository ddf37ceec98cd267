//! `exthdr`: reads or changes IPv6 extension headers, and options of IPv4, TCP, SCTP and DCCP.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_exthdr_flags`.
    pub flags ExthdrFlags(u32) {
        /// Give only whether it is there.
        NFT_EXTHDR_F_PRESENT = 1,
    }
}

names! {
    /// `enum nft_exthdr_op`.
    pub enum ExthdrOp(u32) {
        NFT_EXTHDR_OP_IPV6 = 0 => "exthdr",
        NFT_EXTHDR_OP_TCPOPT = 1 => "tcp option",
        NFT_EXTHDR_OP_IPV4 = 2 => "ip option",
        NFT_EXTHDR_OP_SCTP = 3 => "sctp chunk",
        NFT_EXTHDR_OP_DCCP = 4 => "dccp option",
    }
}

attrs! {
    /// `enum nft_exthdr_attributes`.
    pub enum NftaExthdr<'a> in "netfilter/nf_tables.h" {
        /// Where the bytes go.
        NFTA_EXTHDR_DREG(Be<Reg>) = 1,
        /// Number of the header or option.
        NFTA_EXTHDR_TYPE(u8) = 2,
        /// Bytes from its start to the first.
        NFTA_EXTHDR_OFFSET(Be<u32>) = 3,
        /// How many bytes.
        NFTA_EXTHDR_LEN(Be<u32>) = 4,
        /// `NFT_EXTHDR_F_*`.
        NFTA_EXTHDR_FLAGS(Be<ExthdrFlags>) = 5,
        /// What kind of header or option.
        NFTA_EXTHDR_OP(Be<ExthdrOp>) = 6,
        /// Where the new bytes are. Without either register a TCP option is taken out.
        NFTA_EXTHDR_SREG(Be<Reg>) = 7,
    }
}
