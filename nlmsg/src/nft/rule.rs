//! Rules: lists of expressions (linux/netfilter/nf_tables.h).

use super::{NftaExprList, Udata};
use crate::payload::{Be, Nest, Str};

names! {
    /// `enum nft_rule_compat_flags`.
    pub flags RuleCompatFlags(u32) {
        NFT_RULE_COMPAT_F_UNUSED = 1,
        /// The protocol is any but the one named.
        NFT_RULE_COMPAT_F_INV = 2,
        NFT_RULE_COMPAT_F_MASK = 2,
    }
}

attrs! {
    /// What an iptables rule says of its packets' protocol: `enum nft_rule_compat_attributes`.
    pub enum NftaRuleCompat<'a> in "netfilter/nf_tables.h" {
        /// `IPPROTO_*`.
        NFTA_RULE_COMPAT_PROTO(Be<u32>) = 1,
        /// `NFT_RULE_COMPAT_F_*`.
        NFTA_RULE_COMPAT_FLAGS(Be<RuleCompatFlags>) = 2,
    }
}

attrs! {
    /// A rule: `enum nft_rule_attributes`.
    pub enum NftaRule<'a> in "netfilter/nf_tables.h" {
        /// The table that it is in.
        NFTA_RULE_TABLE(Str<'a>) = 1,
        /// The chain that it is in.
        NFTA_RULE_CHAIN(Str<'a>) = 2,
        /// Its number, given by the kernel.
        NFTA_RULE_HANDLE(Be<u64>) = 3,
        /// What it does, in order.
        NFTA_RULE_EXPRESSIONS(Nest<'a, NftaExprList<'a>>) = 4,
        /// Of a rule made by iptables.
        NFTA_RULE_COMPAT(Nest<'a, NftaRuleCompat<'a>>) = 5,
        /// In requests the handle of the rule to stand before or after, in replies of the rule before.
        NFTA_RULE_POSITION(Be<u64>) = 6,
        /// A comment: [`NFTNL_UDATA_RULE_COMMENT`](super::NFTNL_UDATA_RULE_COMMENT).
        NFTA_RULE_USERDATA(Udata<'a>) = 7,
        /// Fills up to eight bytes.
        NFTA_RULE_PAD(&'a [u8]) = 8,
        /// A number of the sender's by which other messages of the batch name the rule.
        NFTA_RULE_ID(Be<u32>) = 9,
        /// As [`NFTA_RULE_POSITION`](Self::NFTA_RULE_POSITION), by `NFTA_RULE_ID`.
        NFTA_RULE_POSITION_ID(Be<u32>) = 10,
        /// The chain that it is in, by `NFTA_CHAIN_ID`.
        NFTA_RULE_CHAIN_ID(Be<u32>) = 11,
    }
}
