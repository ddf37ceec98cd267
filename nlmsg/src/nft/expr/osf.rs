//! `osf`: guesses the sender's operating system from a SYN packet.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_osf_flags`.
    pub flags OsfFlags(u32) {
        /// Give the version too.
        NFT_OSF_F_VERSION = 1 => "version",
    }
}

attrs! {
    /// `enum nft_osf_attributes`.
    pub enum NftaOsf<'a> in "netfilter/nf_tables.h" {
        /// Where the name goes, 16 bytes.
        NFTA_OSF_DREG(Be<Reg>) = 1,
        /// How to compare the time to live: 0 by a guess, 1 less than the usual value (loose), 2 not at all (skip).
        NFTA_OSF_TTL(u8) = 2,
        /// `NFT_OSF_F_*`.
        NFTA_OSF_FLAGS(Be<OsfFlags>) = 3,
    }
}
