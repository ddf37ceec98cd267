//! `connlimit`: goes on with the rule while there are so few connections. An object can be one too.

use crate::payload::Be;

names! {
    /// `enum nft_connlimit_flags`.
    pub flags ConnlimitFlags(u32) {
        /// Go on only with more.
        NFT_CONNLIMIT_F_INV = 1 => "over",
    }
}

attrs! {
    /// `enum nft_connlimit_attributes`.
    pub enum NftaConnlimit<'a> in "netfilter/nf_tables.h" {
        /// How many connections.
        NFTA_CONNLIMIT_COUNT(Be<u32>) = 1,
        /// `NFT_CONNLIMIT_F_*`.
        NFTA_CONNLIMIT_FLAGS(Be<ConnlimitFlags>) = 2,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaConnlimit::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c ct count over 20
        expr(
            "0e000100636f6e6e6c696d69740000001400028008000100000000140800020000000001",
            "connlimit",
            ExprData::Connlimit(Nest::Nested(&[NFTA_CONNLIMIT_COUNT(Be(20)), NFTA_CONNLIMIT_FLAGS(Be(NFT_CONNLIMIT_F_INV))])),
        );
        // the same from the kernel
        expr(
            "0e000100636f6e6e6c696d69740000001400020008000100000000140800020000000001",
            "connlimit",
            ExprData::Connlimit(Nest::List(&[NFTA_CONNLIMIT_COUNT(Be(20)), NFTA_CONNLIMIT_FLAGS(Be(NFT_CONNLIMIT_F_INV))])),
        );
    }
}
