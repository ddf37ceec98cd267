//! `byteorder`: turns numbers in a register around.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_byteorder_ops`.
    pub enum ByteorderOp(u32) {
        NFT_BYTEORDER_NTOH = 0 => "ntoh",
        NFT_BYTEORDER_HTON = 1 => "hton",
    }
}

attrs! {
    /// `enum nft_byteorder_attributes`.
    pub enum NftaByteorder<'a> in "netfilter/nf_tables.h" {
        /// The register.
        NFTA_BYTEORDER_SREG(Be<Reg>) = 1,
        /// Where the result goes.
        NFTA_BYTEORDER_DREG(Be<Reg>) = 2,
        /// From network order or to it.
        NFTA_BYTEORDER_OP(Be<ByteorderOp>) = 3,
        /// How many bytes.
        NFTA_BYTEORDER_LEN(Be<u32>) = 4,
        /// Bytes of each number: 2, 4 or 8.
        NFTA_BYTEORDER_SIZE(Be<u32>) = 5,
    }
}
