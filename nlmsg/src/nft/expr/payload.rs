//! `payload`: reads bytes of a packet, or changes them.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// What offsets count from: `enum nft_payload_bases`.
    pub enum PayloadBase(u32) {
        NFT_PAYLOAD_LL_HEADER = 0 => "ll",
        NFT_PAYLOAD_NETWORK_HEADER = 1 => "nh",
        NFT_PAYLOAD_TRANSPORT_HEADER = 2 => "th",
        NFT_PAYLOAD_INNER_HEADER = 3 => "ih",
        NFT_PAYLOAD_TUN_HEADER = 4,
    }
}

names! {
    /// `enum nft_payload_csum_types`.
    pub enum PayloadCsum(u32) {
        NFT_PAYLOAD_CSUM_NONE = 0,
        /// The checksum of IPv4, TCP and UDP.
        NFT_PAYLOAD_CSUM_INET = 1,
        /// CRC-32c.
        NFT_PAYLOAD_CSUM_SCTP = 2,
    }
}

names! {
    /// `enum nft_payload_csum_flags`.
    pub flags PayloadCsumFlags(u32) {
        /// The bytes are part of the pseudo header of the transport checksum, which changes too.
        NFT_PAYLOAD_L4CSUM_PSEUDOHDR = 1,
    }
}

attrs! {
    /// `enum nft_payload_attributes`.
    pub enum NftaPayload<'a> in "netfilter/nf_tables.h" {
        /// Where the bytes go.
        NFTA_PAYLOAD_DREG(Be<Reg>) = 1,
        /// What the offset counts from.
        NFTA_PAYLOAD_BASE(Be<PayloadBase>) = 2,
        /// Bytes from there to the first.
        NFTA_PAYLOAD_OFFSET(Be<u32>) = 3,
        /// How many bytes.
        NFTA_PAYLOAD_LEN(Be<u32>) = 4,
        /// Where the new bytes are.
        NFTA_PAYLOAD_SREG(Be<Reg>) = 5,
        /// The checksum that a change goes into.
        NFTA_PAYLOAD_CSUM_TYPE(Be<PayloadCsum>) = 6,
        /// Bytes from the base to that checksum.
        NFTA_PAYLOAD_CSUM_OFFSET(Be<u32>) = 7,
        /// `NFT_PAYLOAD_L4CSUM_*`.
        NFTA_PAYLOAD_CSUM_FLAGS(Be<PayloadCsumFlags>) = 8,
    }
}
