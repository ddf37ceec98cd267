//! `meta`: reads what the kernel knows of a packet besides its bytes, or sets it.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_meta_keys`. Names take 16 bytes of a register, times eight, other values four or fewer: in
    /// host order, but `NFT_META_PROTOCOL` and `NFT_META_BRI_IIFVPROTO` in network order.
    pub enum MetaKey(u32) {
        NFT_META_LEN = 0 => "length",
        NFT_META_PROTOCOL = 1 => "protocol",
        NFT_META_PRIORITY = 2 => "priority",
        NFT_META_MARK = 3 => "mark",
        NFT_META_IIF = 4 => "iif",
        NFT_META_OIF = 5 => "oif",
        NFT_META_IIFNAME = 6 => "iifname",
        NFT_META_OIFNAME = 7 => "oifname",
        NFT_META_IFTYPE = 8 => "iiftype",
        NFT_META_OIFTYPE = 9 => "oiftype",
        NFT_META_SKUID = 10 => "skuid",
        NFT_META_SKGID = 11 => "skgid",
        NFT_META_NFTRACE = 12 => "nftrace",
        NFT_META_RTCLASSID = 13 => "rtclassid",
        NFT_META_SECMARK = 14 => "secmark",
        NFT_META_NFPROTO = 15 => "nfproto",
        NFT_META_L4PROTO = 16 => "l4proto",
        NFT_META_BRI_IIFNAME = 17 => "ibrname",
        NFT_META_BRI_OIFNAME = 18 => "obrname",
        NFT_META_PKTTYPE = 19 => "pkttype",
        NFT_META_CPU = 20 => "cpu",
        NFT_META_IIFGROUP = 21 => "iifgroup",
        NFT_META_OIFGROUP = 22 => "oifgroup",
        NFT_META_CGROUP = 23 => "cgroup",
        NFT_META_PRANDOM = 24 => "random",
        NFT_META_SECPATH = 25 => "ipsec",
        NFT_META_IIFKIND = 26 => "iifkind",
        NFT_META_OIFKIND = 27 => "oifkind",
        NFT_META_BRI_IIFPVID = 28 => "ibrpvid",
        NFT_META_BRI_IIFVPROTO = 29 => "ibrvproto",
        NFT_META_TIME_NS = 30 => "time",
        NFT_META_TIME_DAY = 31 => "day",
        NFT_META_TIME_HOUR = 32 => "hour",
        NFT_META_SDIF = 33 => "sdif",
        NFT_META_SDIFNAME = 34 => "sdifname",
        NFT_META_BRI_BROUTE = 35 => "broute",
    }
}

/// The header's second name of [`NFT_META_IFTYPE`].
pub const NFT_META_IIFTYPE: MetaKey = NFT_META_IFTYPE;

attrs! {
    /// `enum nft_meta_attributes`.
    pub enum NftaMeta<'a> in "netfilter/nf_tables.h" {
        /// Where the value goes.
        NFTA_META_DREG(Be<Reg>) = 1,
        /// What to read or set.
        NFTA_META_KEY(Be<MetaKey>) = 2,
        /// Where the value to be set is.
        NFTA_META_SREG(Be<Reg>) = 3,
    }
}
