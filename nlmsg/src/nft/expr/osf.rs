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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaOsf::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c osf name "Linux"
        expr(
            "080001006f7366001400028008000100000000010500020000000000",
            "osf",
            ExprData::Osf(Nest::Nested(&[NFTA_OSF_DREG(Be(NFT_REG_1)), NFTA_OSF_TTL(0)])),
        );
        // the same from the kernel
        expr(
            "080001006f7366001c000200050002000000000008000300000000000800010000000001",
            "osf",
            ExprData::Osf(Nest::List(&[NFTA_OSF_TTL(0), NFTA_OSF_FLAGS(Be(OsfFlags(0))), NFTA_OSF_DREG(Be(NFT_REG_1))])),
        );
    }
}
