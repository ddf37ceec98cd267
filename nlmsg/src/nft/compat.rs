//! What connects nf_tables with the extensions of iptables (linux/netfilter/nf_tables_compat.h): the expressions
//! `match` and `target`, and the question which revision the kernel has.

use crate::payload::{Be, Str};

attrs! {
    /// Expression `target`: `enum nft_target_attributes`.
    pub enum NftaTarget<'a> in "netfilter/nf_tables_compat.h" {
        /// Name of the extension.
        NFTA_TARGET_NAME(Str<'a>) = 1,
        /// Its revision.
        NFTA_TARGET_REV(Be<u32>) = 2,
        /// Its own C struct.
        NFTA_TARGET_INFO(&'a [u8]) = 3,
    }
}

attrs! {
    /// Expression `match`: `enum nft_match_attributes`.
    pub enum NftaMatch<'a> in "netfilter/nf_tables_compat.h" {
        /// Name of the extension.
        NFTA_MATCH_NAME(Str<'a>) = 1,
        /// Its revision.
        NFTA_MATCH_REV(Be<u32>) = 2,
        /// Its own C struct.
        NFTA_MATCH_INFO(&'a [u8]) = 3,
    }
}

attrs! {
    /// Attributes of `NFNL_MSG_COMPAT_GET`.
    pub enum NftaCompat<'a> in "netfilter/nf_tables_compat.h" {
        /// Name of the extension.
        NFTA_COMPAT_NAME(Str<'a>) = 1,
        /// Its revision: the one asked for, then the highest.
        NFTA_COMPAT_REV(Be<u32>) = 2,
        /// 0 a match, 1 a target.
        NFTA_COMPAT_TYPE(Be<u32>) = 3,
    }
}
