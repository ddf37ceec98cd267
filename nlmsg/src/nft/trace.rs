//! Traces: the way of a packet with `NFT_META_NFTRACE` through the rules, sent to group `NFNLGRP_NFTRACE`
//! (linux/netfilter/nf_tables.h).

use super::{CtDir, CtState, NftaVerdict, Verdict};
use crate::payload::{Be, Nest, Str};

names! {
    /// What a packet met: `enum nft_trace_types`.
    pub enum TraceType(u32) {
        NFT_TRACETYPE_UNSPEC = 0,
        NFT_TRACETYPE_POLICY = 1 => "policy",
        NFT_TRACETYPE_RETURN = 2 => "return",
        NFT_TRACETYPE_RULE = 3 => "rule",
    }
}

attrs! {
    /// A step: `enum nft_trace_attributes`.
    pub enum NftaTrace<'a> in "netfilter/nf_tables.h" {
        /// The table.
        NFTA_TRACE_TABLE(Str<'a>) = 1,
        /// The chain.
        NFTA_TRACE_CHAIN(Str<'a>) = 2,
        /// The rule.
        NFTA_TRACE_RULE_HANDLE(Be<u64>) = 3,
        /// What the packet met.
        NFTA_TRACE_TYPE(Be<TraceType>) = 4,
        /// The verdict that it got.
        NFTA_TRACE_VERDICT(Nest<'a, NftaVerdict<'a>>) = 5,
        /// The same number in all steps of a packet.
        NFTA_TRACE_ID(Be<u32>) = 6,
        /// Its link-layer header.
        NFTA_TRACE_LL_HEADER(&'a [u8]) = 7,
        /// Its network header.
        NFTA_TRACE_NETWORK_HEADER(&'a [u8]) = 8,
        /// Its transport header.
        NFTA_TRACE_TRANSPORT_HEADER(&'a [u8]) = 9,
        /// Index of the device that it came by.
        NFTA_TRACE_IIF(Be<u32>) = 10,
        /// `ARPHRD_*` of that device.
        NFTA_TRACE_IIFTYPE(Be<u16>) = 11,
        /// Index of the device that it leaves by.
        NFTA_TRACE_OIF(Be<u32>) = 12,
        /// `ARPHRD_*` of that device.
        NFTA_TRACE_OIFTYPE(Be<u16>) = 13,
        /// Its mark.
        NFTA_TRACE_MARK(Be<u32>) = 14,
        /// `NFPROTO_*` of the packet.
        NFTA_TRACE_NFPROTO(Be<u32>) = 15,
        /// The policy that decided.
        NFTA_TRACE_POLICY(Be<Verdict>) = 16,
        /// Fills up to eight bytes.
        NFTA_TRACE_PAD(&'a [u8]) = 17,
        /// Number of its connection. Since Linux 6.16.
        NFTA_TRACE_CT_ID(Be<u32>) = 18,
        /// Direction in its connection. Since Linux 6.16.
        NFTA_TRACE_CT_DIRECTION(CtDir) = 19,
        /// `IPS_*` of its connection. Since Linux 6.16.
        NFTA_TRACE_CT_STATUS(Be<u32>) = 20,
        /// Its state in its connection. Since Linux 6.16.
        NFTA_TRACE_CT_STATE(Be<CtState>) = 21,
    }
}
