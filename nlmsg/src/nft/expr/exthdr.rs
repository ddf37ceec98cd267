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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaExthdr::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c tcp option maxseg size set 1400
        expr(
            "0b00010065787468647200002c0002800800070000000001050002000200000008000300000000020800040000000002\
             0800060000000001",
            "exthdr",
            ExprData::Exthdr(Nest::Nested(&[
                NFTA_EXTHDR_SREG(Be(NFT_REG_1)),
                NFTA_EXTHDR_TYPE(2),
                NFTA_EXTHDR_OFFSET(Be(2)),
                NFTA_EXTHDR_LEN(Be(2)),
                NFTA_EXTHDR_OP(Be(NFT_EXTHDR_OP_TCPOPT)),
            ])),
        );
        // the same from the kernel
        expr(
            "0b0001006578746864720000340002000800070000000001050002000200000008000300000000020800040000000002\
             08000500000000000800060000000001",
            "exthdr",
            ExprData::Exthdr(Nest::List(&[
                NFTA_EXTHDR_SREG(Be(NFT_REG_1)),
                NFTA_EXTHDR_TYPE(2),
                NFTA_EXTHDR_OFFSET(Be(2)),
                NFTA_EXTHDR_LEN(Be(2)),
                NFTA_EXTHDR_FLAGS(Be(ExthdrFlags(0))),
                NFTA_EXTHDR_OP(Be(NFT_EXTHDR_OP_TCPOPT)),
            ])),
        );
    }
}
