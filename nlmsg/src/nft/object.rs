//! Stateful objects: counters, quotas and others with a name, which rules and elements of maps share
//! (linux/netfilter/nf_tables.h).

use super::{NftaConnlimit, NftaCounter, NftaLimit, NftaQuota, NftaSynproxy, NftaTunnelKey, Udata};
use crate::payload::{Be, Nest, Selector, Slot, Str};

names! {
    /// `NFT_OBJECT_*`.
    pub enum ObjType(u32) {
        NFT_OBJECT_UNSPEC = 0,
        NFT_OBJECT_COUNTER = 1 => "counter",
        NFT_OBJECT_QUOTA = 2 => "quota",
        NFT_OBJECT_CT_HELPER = 3 => "ct helper",
        NFT_OBJECT_LIMIT = 4 => "limit",
        NFT_OBJECT_CONNLIMIT = 5,
        NFT_OBJECT_TUNNEL = 6 => "tunnel",
        NFT_OBJECT_CT_TIMEOUT = 7 => "ct timeout",
        NFT_OBJECT_SECMARK = 8 => "secmark",
        NFT_OBJECT_CT_EXPECT = 9 => "ct expectation",
        NFT_OBJECT_SYNPROXY = 10 => "synproxy",
    }
}

attrs! {
    /// Which helper tracks a connection: `enum nft_ct_helper_attributes`.
    pub enum NftaCtHelper<'a> in "netfilter/nf_tables.h" {
        /// The helper: `ftp`, `sip`.
        NFTA_CT_HELPER_NAME(Str<'a>) = 1,
        /// `NFPROTO_*`.
        NFTA_CT_HELPER_L3PROTO(Be<u16>) = 2,
        /// `IPPROTO_*`.
        NFTA_CT_HELPER_L4PROTO(u8) = 3,
    }
}

attrs! {
    /// How long a connection is remembered: `enum nft_ct_timeout_timeout_attributes`.
    pub enum NftaCtTimeout<'a> in "netfilter/nf_tables.h" {
        /// `NFPROTO_*`.
        NFTA_CT_TIMEOUT_L3PROTO(Be<u16>) = 1,
        /// `IPPROTO_*`, which says what the places of the data are.
        NFTA_CT_TIMEOUT_L4PROTO(u8) = 2,
        /// Seconds in each state: the places are `CTA_TIMEOUT_*` of the protocol
        /// (linux/netfilter/nfnetlink_cttimeout.h).
        NFTA_CT_TIMEOUT_DATA(Nest<'a, Slot<'a, Be<u32>>>) = 3,
    }
}

attrs! {
    /// A connection to expect: `enum nft_ct_expectation_attributes`.
    pub enum NftaCtExpect<'a> in "netfilter/nf_tables.h" {
        /// `NFPROTO_*`.
        NFTA_CT_EXPECT_L3PROTO(Be<u16>) = 1,
        /// `IPPROTO_*`.
        NFTA_CT_EXPECT_L4PROTO(u8) = 2,
        /// Its destination port.
        NFTA_CT_EXPECT_DPORT(Be<u16>) = 3,
        /// How long to expect it, in milliseconds; in host order.
        NFTA_CT_EXPECT_TIMEOUT(u32) = 4,
        /// How many at once.
        NFTA_CT_EXPECT_SIZE(u8) = 5,
    }
}

attrs! {
    /// A label for packets: `enum nft_secmark_attributes`.
    pub enum NftaSecmark<'a> in "netfilter/nf_tables.h" {
        /// The security context.
        NFTA_SECMARK_CTX(Str<'a>) = 1,
    }
}

pick! {
    /// What an object is, picked by `NFTA_OBJ_TYPE`.
    pub enum ObjData<'a> by selector 0 {
        b"\0\0\0\x01" => Counter(Nest<'a, NftaCounter<'a>>),
        b"\0\0\0\x02" => Quota(Nest<'a, NftaQuota<'a>>),
        b"\0\0\0\x03" => CtHelper(Nest<'a, NftaCtHelper<'a>>),
        b"\0\0\0\x04" => Limit(Nest<'a, NftaLimit<'a>>),
        b"\0\0\0\x05" => Connlimit(Nest<'a, NftaConnlimit<'a>>),
        b"\0\0\0\x06" => Tunnel(Nest<'a, NftaTunnelKey<'a>>),
        b"\0\0\0\x07" => CtTimeout(Nest<'a, NftaCtTimeout<'a>>),
        b"\0\0\0\x08" => Secmark(Nest<'a, NftaSecmark<'a>>),
        b"\0\0\0\x09" => CtExpect(Nest<'a, NftaCtExpect<'a>>),
        b"\0\0\0\x0a" => Synproxy(Nest<'a, NftaSynproxy<'a>>),
    }
}

attrs! {
    /// A stateful object: `enum nft_object_attributes`.
    pub enum NftaObj<'a> in "netfilter/nf_tables.h" {
        /// The table that it is in.
        NFTA_OBJ_TABLE(Str<'a>) = 1,
        /// Its name.
        NFTA_OBJ_NAME(Str<'a>) = 2,
        /// What it is.
        NFTA_OBJ_TYPE(Selector<Be<ObjType>>) = 3,
        /// Its state.
        NFTA_OBJ_DATA(ObjData<'a>) = 4,
        /// How many rules and elements use it.
        NFTA_OBJ_USE(Be<u32>) = 5,
        /// Its number, given by the kernel.
        NFTA_OBJ_HANDLE(Be<u64>) = 6,
        /// Fills up to eight bytes.
        NFTA_OBJ_PAD(&'a [u8]) = 7,
        /// A comment: [`NFTNL_UDATA_OBJ_COMMENT`](super::NFTNL_UDATA_OBJ_COMMENT).
        NFTA_OBJ_USERDATA(Udata<'a>) = 8,
    }
}
