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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{
        NftaCounter::*, NftaCtExpect::*, NftaCtHelper::*, NftaCtTimeout::*, NftaLimit::*, NftaObj::*, NftaQuota::*,
        NftaSecmark::*, NftaSynproxy::*, *,
    };
    use crate::payload::{Be, Nest, Selector, Slot, Str};

    #[test]
    fn counter() {
        // nft add counter ip t web { packets 3 bytes 252; comment "seen"; }
        captured(
            NFPROTO_IPV4,
            "0600010074000000080002007765620008000300000000010b00080000057365656e00001c0004800c00010000000000\
             000000fc0c0002000000000000000003",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("web")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_COUNTER))),
                NFTA_OBJ_USERDATA(Udata::List(&[Tlv::text(0, "seen")])),
                NFTA_OBJ_DATA(ObjData::Counter(Nest::Nested(&[NFTA_COUNTER_BYTES(Be(252)), NFTA_COUNTER_PACKETS(Be(3))]))),
            ],
        );
        // the same from the kernel
        captured(
            NFPROTO_IPV4,
            "0600010074000000080002007765620008000300000000010c000600000000000000000908000500000000011c000400\
             0c00010000000000000000fc0c00020000000000000000030b00080000057365656e0000",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("web")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_COUNTER))),
                NFTA_OBJ_HANDLE(Be(9)),
                NFTA_OBJ_USE(Be(1)),
                NFTA_OBJ_DATA(ObjData::Counter(Nest::List(&[NFTA_COUNTER_BYTES(Be(252)), NFTA_COUNTER_PACKETS(Be(3))]))),
                NFTA_OBJ_USERDATA(Udata::List(&[Tlv::text(0, "seen")])),
            ],
        );
    }

    #[test]
    fn quota() {
        // nft add quota ip t q { over 25 mbytes }
        captured(
            NFPROTO_IPV4,
            "060001007400000006000200710000000800030000000002240004800c00010000000000019000000c00040000000000\
             000000000800020000000001",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("q")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_QUOTA))),
                NFTA_OBJ_DATA(ObjData::Quota(Nest::Nested(&[
                    NFTA_QUOTA_BYTES(Be(26214400)),
                    NFTA_QUOTA_CONSUMED(Be(0)),
                    NFTA_QUOTA_FLAGS(Be(NFT_QUOTA_F_INV)),
                ]))),
            ],
        );
        // the same from the kernel
        captured(
            NFPROTO_IPV4,
            "0600010074000000060002007100000008000300000000020c000600000000000000000a080005000000000024000400\
             0c00010000000000019000000c00040000000000000000000800020000000001",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("q")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_QUOTA))),
                NFTA_OBJ_HANDLE(Be(10)),
                NFTA_OBJ_USE(Be(0)),
                NFTA_OBJ_DATA(ObjData::Quota(Nest::List(&[
                    NFTA_QUOTA_BYTES(Be(26214400)),
                    NFTA_QUOTA_CONSUMED(Be(0)),
                    NFTA_QUOTA_FLAGS(Be(NFT_QUOTA_F_INV)),
                ]))),
            ],
        );
    }

    #[test]
    fn limit() {
        // nft add limit ip t l { rate 10/second }
        captured(
            NFPROTO_IPV4,
            "0600010074000000060002006c0000000800030000000004340004800c000100000000000000000a0c00020000000000\
             00000001080003000000000508000400000000000800050000000000",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("l")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_LIMIT))),
                NFTA_OBJ_DATA(ObjData::Limit(Nest::Nested(&[
                    NFTA_LIMIT_RATE(Be(10)),
                    NFTA_LIMIT_UNIT(Be(NFT_LIMIT_UNIT_SECOND)),
                    NFTA_LIMIT_BURST(Be(5)),
                    NFTA_LIMIT_TYPE(Be(NFT_LIMIT_PKTS)),
                    NFTA_LIMIT_FLAGS(Be(LimitFlags(0))),
                ]))),
            ],
        );
    }

    #[test]
    fn ct_helper() {
        // nft add ct helper ip t ftp { type "ftp" protocol tcp; }
        captured(
            NFPROTO_IPV4,
            "0600010074000000080002006674700008000300000000031400048007000100667470000500030006000000",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("ftp")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_CT_HELPER))),
                NFTA_OBJ_DATA(ObjData::CtHelper(Nest::Nested(&[
                    NFTA_CT_HELPER_NAME(Str::bare("ftp")),
                    NFTA_CT_HELPER_L4PROTO(6),
                ]))),
            ],
        );
    }

    #[test]
    fn ct_timeout() {
        // nft add ct timeout ip t ct1 { protocol tcp; policy = { established: 100, close: 5 }; }
        captured(
            NFPROTO_IPV4,
            "0600010074000000080002006374310008000300000000076800048005000200060000005c0003800800010000000078\
             080002000000003c08000300000000640800040000000078080005000000003c080006000000001e0800070000000078\
             0800080000000005080009000000007808000a000000012c08000b000000012c",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("ct1")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_CT_TIMEOUT))),
                NFTA_OBJ_DATA(ObjData::CtTimeout(Nest::Nested(&[
                    NFTA_CT_TIMEOUT_L4PROTO(6),
                    NFTA_CT_TIMEOUT_DATA(Nest::Nested(&[
                        Slot::At(1, Be(120)),
                        Slot::At(2, Be(60)),
                        Slot::At(3, Be(100)),
                        Slot::At(4, Be(120)),
                        Slot::At(5, Be(60)),
                        Slot::At(6, Be(30)),
                        Slot::At(7, Be(120)),
                        Slot::At(8, Be(5)),
                        Slot::At(9, Be(120)),
                        Slot::At(10, Be(300)),
                        Slot::At(11, Be(300)),
                    ])),
                ]))),
            ],
        );
    }

    #[test]
    fn ct_expectation() {
        // nft add ct expectation ip t e { protocol tcp; dport 9876; timeout 2m; size 12; l3proto ip; }
        captured(
            NFPROTO_IPV4,
            "0600010074000000060002006500000008000300000000092c0004800600010000020000050002000600000006000300\
             2694000008000400c0d40100050005000c000000",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("e")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_CT_EXPECT))),
                NFTA_OBJ_DATA(ObjData::CtExpect(Nest::Nested(&[
                    NFTA_CT_EXPECT_L3PROTO(Be(2)),
                    NFTA_CT_EXPECT_L4PROTO(6),
                    NFTA_CT_EXPECT_DPORT(Be(9876)),
                    NFTA_CT_EXPECT_TIMEOUT(120000),
                    NFTA_CT_EXPECT_SIZE(12),
                ]))),
            ],
        );
    }

    #[test]
    fn synproxy() {
        // nft add synproxy ip t sy { mss 1460; wscale 7; timestamp; }
        captured(
            NFPROTO_IPV4,
            "06000100740000000700020073790000080003000000000a1c0004800600010005b40000050002000700000008000300\
             0000000b",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("sy")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_SYNPROXY))),
                NFTA_OBJ_DATA(ObjData::Synproxy(Nest::Nested(&[
                    NFTA_SYNPROXY_MSS(Be(1460)),
                    NFTA_SYNPROXY_WSCALE(7),
                    NFTA_SYNPROXY_FLAGS(Be(NF_SYNPROXY_OPT_MSS | NF_SYNPROXY_OPT_WSCALE | NF_SYNPROXY_OPT_TIMESTAMP)),
                ]))),
            ],
        );
    }

    #[test]
    fn secmark() {
        // nft add secmark ip t sm { "system_u:object_r:ssh_server_packet_t:s0" }
        captured(
            NFPROTO_IPV4,
            "060001007400000007000200736d00000800030000000008300004802c00010073797374656d5f753a6f626a6563745f\
             723a7373685f7365727665725f7061636b65745f743a7330",
            &[
                NFTA_OBJ_TABLE(Str::new("t")),
                NFTA_OBJ_NAME(Str::new("sm")),
                NFTA_OBJ_TYPE(Selector(Be(NFT_OBJECT_SECMARK))),
                NFTA_OBJ_DATA(ObjData::Secmark(Nest::Nested(&[NFTA_SECMARK_CTX(Str::bare(
                    "system_u:object_r:ssh_server_packet_t:s0",
                ))]))),
            ],
        );
    }
}
