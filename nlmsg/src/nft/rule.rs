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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{
        NftaCmp::*, NftaData::*, NftaExpr::*, NftaImmediate::*, NftaMeta::*, NftaPayload::*, NftaRule::*, NftaVerdict::*, *,
    };
    use crate::payload::{Be, Nest, Selector, Str};

    #[test]
    fn with_comment() {
        // nft add rule ip t c tcp dport 22 accept comment "ssh"
        captured(
            NFPROTO_IPV4,
            "06000100740000000600020063000000e400048024000180090001006d65746100000000140002800800020000000010\
             08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c00038005000100\
             06000000340001800c0001007061796c6f61640024000280080001000000000108000200000000020800030000000002\
             08000400000000022c00018008000100636d700020000280080001000000000108000200000000000c00038006000100\
             00160000300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c00028008000100\
             000000010a0007000004737368000000",
            &[
                NFTA_RULE_TABLE(Str::new("t")),
                NFTA_RULE_CHAIN(Str::new("c")),
                NFTA_RULE_EXPRESSIONS(Nest::Nested(&[
                    NftaExprList::NFTA_LIST_ELEM(Nest::Nested(&[
                        NFTA_EXPR_NAME(Selector(Str::new("meta"))),
                        NFTA_EXPR_DATA(ExprData::Meta(Nest::Nested(&[
                            NFTA_META_KEY(Be(NFT_META_L4PROTO)),
                            NFTA_META_DREG(Be(NFT_REG_1)),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::Nested(&[
                        NFTA_EXPR_NAME(Selector(Str::new("cmp"))),
                        NFTA_EXPR_DATA(ExprData::Cmp(Nest::Nested(&[
                            NFTA_CMP_SREG(Be(NFT_REG_1)),
                            NFTA_CMP_OP(Be(NFT_CMP_EQ)),
                            NFTA_CMP_DATA(value(&[6])),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::Nested(&[
                        NFTA_EXPR_NAME(Selector(Str::new("payload"))),
                        NFTA_EXPR_DATA(ExprData::Payload(Nest::Nested(&[
                            NFTA_PAYLOAD_DREG(Be(NFT_REG_1)),
                            NFTA_PAYLOAD_BASE(Be(NFT_PAYLOAD_TRANSPORT_HEADER)),
                            NFTA_PAYLOAD_OFFSET(Be(2)),
                            NFTA_PAYLOAD_LEN(Be(2)),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::Nested(&[
                        NFTA_EXPR_NAME(Selector(Str::new("cmp"))),
                        NFTA_EXPR_DATA(ExprData::Cmp(Nest::Nested(&[
                            NFTA_CMP_SREG(Be(NFT_REG_1)),
                            NFTA_CMP_OP(Be(NFT_CMP_EQ)),
                            NFTA_CMP_DATA(value(&[0, 22])),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::Nested(&[
                        NFTA_EXPR_NAME(Selector(Str::new("immediate"))),
                        NFTA_EXPR_DATA(ExprData::Immediate(Nest::Nested(&[
                            NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                            NFTA_IMMEDIATE_DATA(Nest::Nested(&[NFTA_DATA_VERDICT(Nest::Nested(&[NFTA_VERDICT_CODE(Be(
                                NF_ACCEPT,
                            ))]))])),
                        ]))),
                    ])),
                ])),
                NFTA_RULE_USERDATA(Udata::List(&[Tlv::text(0, "ssh")])),
            ],
        );
        // the same from the kernel
        captured(
            NFPROTO_IPV4,
            "060001007400000006000200630000000c0003000000000000000003e400040024000100090001006d65746100000000\
             14000200080002000000001008000100000000012c00010008000100636d700020000200080001000000000108000200\
             000000000c0003000500010006000000340001000c0001007061796c6f61640024000200080001000000000108000200\
             00000002080003000000000208000400000000022c00010008000100636d700020000200080001000000000108000200\
             000000000c0003000600010000160000300001000e000100696d6d6564696174650000001c0002000800010000000000\
             100002000c00020008000100000000010a0007000004737368000000",
            &[
                NFTA_RULE_TABLE(Str::new("t")),
                NFTA_RULE_CHAIN(Str::new("c")),
                NFTA_RULE_HANDLE(Be(3)),
                NFTA_RULE_EXPRESSIONS(Nest::List(&[
                    NftaExprList::NFTA_LIST_ELEM(Nest::List(&[
                        NFTA_EXPR_NAME(Selector(Str::new("meta"))),
                        NFTA_EXPR_DATA(ExprData::Meta(Nest::List(&[
                            NFTA_META_KEY(Be(NFT_META_L4PROTO)),
                            NFTA_META_DREG(Be(NFT_REG_1)),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::List(&[
                        NFTA_EXPR_NAME(Selector(Str::new("cmp"))),
                        NFTA_EXPR_DATA(ExprData::Cmp(Nest::List(&[
                            NFTA_CMP_SREG(Be(NFT_REG_1)),
                            NFTA_CMP_OP(Be(NFT_CMP_EQ)),
                            NFTA_CMP_DATA(value_list(&[6])),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::List(&[
                        NFTA_EXPR_NAME(Selector(Str::new("payload"))),
                        NFTA_EXPR_DATA(ExprData::Payload(Nest::List(&[
                            NFTA_PAYLOAD_DREG(Be(NFT_REG_1)),
                            NFTA_PAYLOAD_BASE(Be(NFT_PAYLOAD_TRANSPORT_HEADER)),
                            NFTA_PAYLOAD_OFFSET(Be(2)),
                            NFTA_PAYLOAD_LEN(Be(2)),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::List(&[
                        NFTA_EXPR_NAME(Selector(Str::new("cmp"))),
                        NFTA_EXPR_DATA(ExprData::Cmp(Nest::List(&[
                            NFTA_CMP_SREG(Be(NFT_REG_1)),
                            NFTA_CMP_OP(Be(NFT_CMP_EQ)),
                            NFTA_CMP_DATA(value_list(&[0, 22])),
                        ]))),
                    ])),
                    NftaExprList::NFTA_LIST_ELEM(Nest::List(&[
                        NFTA_EXPR_NAME(Selector(Str::new("immediate"))),
                        NFTA_EXPR_DATA(ExprData::Immediate(Nest::List(&[
                            NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                            NFTA_IMMEDIATE_DATA(Nest::List(&[NFTA_DATA_VERDICT(Nest::List(&[NFTA_VERDICT_CODE(Be(
                                NF_ACCEPT,
                            ))]))])),
                        ]))),
                    ])),
                ])),
                NFTA_RULE_USERDATA(Udata::List(&[Tlv::text(0, "ssh")])),
            ],
        );
    }
}
