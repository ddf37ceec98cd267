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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaSynproxy::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn as_captured() {
        // nft add rule ip t c tcp dport 80 synproxy mss 1460 wscale 7 timestamp sack-perm
        expr(
            "0d00010073796e70726f7879000000001c0002800600010005b400000500020007000000080003000000000f",
            "synproxy",
            ExprData::Synproxy(Nest::Nested(&[
                NFTA_SYNPROXY_MSS(Be(1460)),
                NFTA_SYNPROXY_WSCALE(7),
                NFTA_SYNPROXY_FLAGS(Be(NF_SYNPROXY_OPT_MSS
                    | NF_SYNPROXY_OPT_WSCALE
                    | NF_SYNPROXY_OPT_SACK_PERM
                    | NF_SYNPROXY_OPT_TIMESTAMP)),
            ])),
        );
        // the same from the kernel
        expr(
            "0d00010073796e70726f7879000000001c0002000600010005b400000500020007000000080003000000000f",
            "synproxy",
            ExprData::Synproxy(Nest::List(&[
                NFTA_SYNPROXY_MSS(Be(1460)),
                NFTA_SYNPROXY_WSCALE(7),
                NFTA_SYNPROXY_FLAGS(Be(NF_SYNPROXY_OPT_MSS
                    | NF_SYNPROXY_OPT_WSCALE
                    | NF_SYNPROXY_OPT_SACK_PERM
                    | NF_SYNPROXY_OPT_TIMESTAMP)),
            ])),
        );
    }
}
