//! `synproxy`: answers SYN packets in the place of a server until a client proves real. An object can be one too.

use crate::payload::Be;

names! {
    /// TCP options (linux/netfilter/nf_SYNPROXY.h).
    pub flags SynproxyFlags(u32) {
        NF_SYNPROXY_OPT_MSS = 1 => "mss",
        NF_SYNPROXY_OPT_WSCALE = 2 => "wscale",
        NF_SYNPROXY_OPT_SACK_PERM = 4 => "sack-perm",
        NF_SYNPROXY_OPT_TIMESTAMP = 8 => "timestamp",
        NF_SYNPROXY_OPT_ECN = 16 => "ecn",
    }
}

attrs! {
    /// `enum nft_synproxy_attributes`.
    pub enum NftaSynproxy<'a> in "netfilter/nf_tables.h" {
        /// Largest segment to offer, in bytes.
        NFTA_SYNPROXY_MSS(Be<u16>) = 1,
        /// Window scale to offer.
        NFTA_SYNPROXY_WSCALE(u8) = 2,
        /// `NF_SYNPROXY_OPT_*`.
        NFTA_SYNPROXY_FLAGS(Be<SynproxyFlags>) = 3,
    }
}
