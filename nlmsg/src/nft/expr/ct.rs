//! `ct`: reads what connection tracking knows of a packet, or sets it.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_ct_keys`.
    pub enum CtKey(u32) {
        NFT_CT_STATE = 0 => "state",
        NFT_CT_DIRECTION = 1 => "direction",
        NFT_CT_STATUS = 2 => "status",
        NFT_CT_MARK = 3 => "mark",
        NFT_CT_SECMARK = 4 => "secmark",
        NFT_CT_EXPIRATION = 5 => "expiration",
        NFT_CT_HELPER = 6 => "helper",
        NFT_CT_L3PROTOCOL = 7 => "l3proto",
        NFT_CT_SRC = 8 => "saddr",
        NFT_CT_DST = 9 => "daddr",
        NFT_CT_PROTOCOL = 10 => "protocol",
        NFT_CT_PROTO_SRC = 11 => "proto-src",
        NFT_CT_PROTO_DST = 12 => "proto-dst",
        NFT_CT_LABELS = 13 => "label",
        NFT_CT_PKTS = 14 => "packets",
        NFT_CT_BYTES = 15 => "bytes",
        NFT_CT_AVGPKT = 16 => "avgpkt",
        NFT_CT_ZONE = 17 => "zone",
        NFT_CT_EVENTMASK = 18 => "event",
        NFT_CT_SRC_IP = 19 => "ip saddr",
        NFT_CT_DST_IP = 20 => "ip daddr",
        NFT_CT_SRC_IP6 = 21 => "ip6 saddr",
        NFT_CT_DST_IP6 = 22 => "ip6 daddr",
        NFT_CT_ID = 23 => "id",
    }
}

names! {
    /// Direction of a connection: `enum ip_conntrack_dir` (linux/netfilter/nf_conntrack_tuple_common.h).
    pub enum CtDir(u8) {
        IP_CT_DIR_ORIGINAL = 0 => "original",
        IP_CT_DIR_REPLY = 1 => "reply",
    }
}

names! {
    /// What `NFT_CT_STATE` reads: the macros `NF_CT_STATE_BIT(IP_CT_*)` and neighbours
    /// (linux/netfilter/nf_conntrack_common.h), spelled out.
    pub flags CtState(u32) {
        NF_CT_STATE_INVALID_BIT = 1 => "invalid",
        NF_CT_STATE_ESTABLISHED_BIT = 2 => "established",
        NF_CT_STATE_RELATED_BIT = 4 => "related",
        NF_CT_STATE_NEW_BIT = 8 => "new",
        NF_CT_STATE_UNTRACKED_BIT = 64 => "untracked",
    }
}

attrs! {
    /// `enum nft_ct_attributes`.
    pub enum NftaCt<'a> in "netfilter/nf_tables.h" {
        /// Where the value goes.
        NFTA_CT_DREG(Be<Reg>) = 1,
        /// What to read or set.
        NFTA_CT_KEY(Be<CtKey>) = 2,
        /// Of which direction, where both have one.
        NFTA_CT_DIRECTION(CtDir) = 3,
        /// Where the value to be set is.
        NFTA_CT_SREG(Be<Reg>) = 4,
    }
}
