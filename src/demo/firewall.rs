//! The half of the demo that speaks nf_tables.
//!
//! Changes go in a batch: `NFNL_MSG_BATCH_BEGIN`, messages, `NFNL_MSG_BATCH_END`, all in one datagram, and the
//! kernel does all of it or nothing. A rule is a little program: expressions that load a register, compare it,
//! and end in a verdict. Integers are big-endian, which is what `Be` says.

use bytes::BytesMut;
use nlmsg::frame::{Body, NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NlmF};
use nlmsg::nft::NftaChain::*;
use nlmsg::nft::NftaCmp::*;
use nlmsg::nft::NftaCounter::*;
use nlmsg::nft::NftaData::*;
use nlmsg::nft::NftaExpr::*;
use nlmsg::nft::NftaExprList::NFTA_LIST_ELEM;
use nlmsg::nft::NftaHook::*;
use nlmsg::nft::NftaImmediate::*;
use nlmsg::nft::NftaMeta::*;
use nlmsg::nft::NftaPayload::*;
use nlmsg::nft::NftaRule::*;
use nlmsg::nft::NftaTable::NFTA_TABLE_NAME;
use nlmsg::nft::NftaVerdict::NFTA_VERDICT_CODE;
use nlmsg::nft::{
    Batch, Chain, ExprData, HookNum, InetHook, MetaKey, NF_ACCEPT, NFPROTO_IPV4, NFT_CMP_EQ, NFT_CMP_NEQ, NFT_META_OIFNAME,
    NFT_MSG_GETRULE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWTABLE, NFT_PAYLOAD_NETWORK_HEADER, NFT_REG_1, NFT_REG_VERDICT,
    NfGenMsg, NftaExpr, NftaExprList, Rule, Table, Verdict,
};
use nlmsg::payload::{Be, Nest, Selector, Str};

use super::place::body;
use super::wire::Wire;
use crate::exchange::{Error, Protocol};
use crate::{NetNs, Socket};

/// Where the source address is in an IPv4 header.
const SADDR: u32 = 12;

/// The packet filter of one namespace.
pub(super) struct Firewall {
    nft: Socket,
}

/// What a rule with a counter has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

/// Every message of nf_tables begins with the family of the table: `ip` is IPv4.
const IP: NfGenMsg = NfGenMsg::new(NFPROTO_IPV4);

impl Firewall {
    pub(super) fn new(ns: &NetNs, wire: &Wire) -> Result<Firewall, Error> {
        Ok(Firewall { nft: wire.open(|protocol| Socket::open_in(ns, protocol), Protocol::Netfilter)? })
    }

    /// `nft add table ip NAME`
    pub(super) fn add_table(&mut self, name: &str) -> Result<(), Error> {
        self.change(NFT_MSG_NEWTABLE, NLM_F_CREATE, &Table::new(IP, Nest::List(&[NFTA_TABLE_NAME(Str::new(name))])))
    }

    /// `nft add chain ip TABLE NAME '{ type KIND hook HOOK priority PRIORITY; [policy POLICY;] }'`
    pub(super) fn add_chain(
        &mut self,
        table: &str,
        name: &str,
        (kind, hook, priority): (&str, InetHook, i32),
        policy: Option<Verdict>,
    ) -> Result<(), Error> {
        let place = [NFTA_HOOK_HOOKNUM(HookNum::Inet(Be(hook))), NFTA_HOOK_PRIORITY(Be(priority))];
        let mut attrs =
            vec![NFTA_CHAIN_TABLE(Str::new(table)), NFTA_CHAIN_NAME(Str::new(name)), NFTA_CHAIN_HOOK(Nest::Nested(&place))];
        attrs.extend(policy.map(|policy| NFTA_CHAIN_POLICY(Be(policy))));
        attrs.push(NFTA_CHAIN_TYPE(Str::new(kind)));
        self.change(NFT_MSG_NEWCHAIN, NLM_F_CREATE, &Chain::new(IP, Nest::List(&attrs)))
    }

    /// `nft add rule ip filter FORWARD KEY DEVICE accept`, where KEY is `iifname` or `oifname`
    pub(super) fn accept(&mut self, key: MetaKey, device: &str) -> Result<(), Error> {
        self.add_rule(
            "filter",
            "FORWARD",
            NLM_F_APPEND,
            &[
                // put the device's name in register 1
                expr(&named("meta", ExprData::Meta(Nest::Nested(&[NFTA_META_KEY(Be(key)), NFTA_META_DREG(Be(NFT_REG_1))])))),
                // go on if it is this one
                expr(&named(
                    "cmp",
                    ExprData::Cmp(Nest::Nested(&[
                        NFTA_CMP_SREG(Be(NFT_REG_1)),
                        NFTA_CMP_OP(Be(NFT_CMP_EQ)),
                        NFTA_CMP_DATA(Nest::Nested(&[NFTA_DATA_VALUE(&padded(device))])),
                    ])),
                )),
                // put "accept" in the register that decides
                expr(&named(
                    "immediate",
                    ExprData::Immediate(Nest::Nested(&[
                        NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                        NFTA_IMMEDIATE_DATA(Nest::Nested(&[NFTA_DATA_VERDICT(Nest::Nested(&[NFTA_VERDICT_CODE(Be(
                            NF_ACCEPT,
                        ))]))])),
                    ])),
                )),
            ],
        )
    }

    /// `nft insert rule ip nat POSTROUTING oifname != DEVICE ip saddr NETWORK/24 counter masquerade`
    pub(super) fn masquerade(&mut self, device: &str, network: [u8; 3]) -> Result<(), Error> {
        self.add_rule(
            "nat",
            "POSTROUTING",
            // NLM_F_CREATE without NLM_F_APPEND: at the head of the chain
            NlmF(0),
            &[
                expr(&named(
                    "meta",
                    ExprData::Meta(Nest::Nested(&[NFTA_META_KEY(Be(NFT_META_OIFNAME)), NFTA_META_DREG(Be(NFT_REG_1))])),
                )),
                expr(&named(
                    "cmp",
                    ExprData::Cmp(Nest::Nested(&[
                        NFTA_CMP_SREG(Be(NFT_REG_1)),
                        NFTA_CMP_OP(Be(NFT_CMP_NEQ)),
                        NFTA_CMP_DATA(Nest::Nested(&[NFTA_DATA_VALUE(&padded(device))])),
                    ])),
                )),
                // of a /24 only the first three bytes of the source address count
                expr(&named(
                    "payload",
                    ExprData::Payload(Nest::Nested(&[
                        NFTA_PAYLOAD_DREG(Be(NFT_REG_1)),
                        NFTA_PAYLOAD_BASE(Be(NFT_PAYLOAD_NETWORK_HEADER)),
                        NFTA_PAYLOAD_OFFSET(Be(SADDR)),
                        NFTA_PAYLOAD_LEN(Be(3)),
                    ])),
                )),
                expr(&named(
                    "cmp",
                    ExprData::Cmp(Nest::Nested(&[
                        NFTA_CMP_SREG(Be(NFT_REG_1)),
                        NFTA_CMP_OP(Be(NFT_CMP_EQ)),
                        NFTA_CMP_DATA(Nest::Nested(&[NFTA_DATA_VALUE(&network)])),
                    ])),
                )),
                expr(&named(
                    "counter",
                    ExprData::Counter(Nest::Nested(&[NFTA_COUNTER_BYTES(Be(0)), NFTA_COUNTER_PACKETS(Be(0))])),
                )),
                expr(&named("masq", ExprData::Masq(Nest::Nested(&[])))),
            ],
        )
    }

    fn add_rule(&mut self, table: &str, chain: &str, place: NlmF, exprs: &[NftaExprList<'_>]) -> Result<(), Error> {
        let attrs =
            [NFTA_RULE_TABLE(Str::new(table)), NFTA_RULE_CHAIN(Str::new(chain)), NFTA_RULE_EXPRESSIONS(Nest::Nested(exprs))];
        self.change(NFT_MSG_NEWRULE, NLM_F_CREATE | place, &Rule::new(IP, Nest::List(&attrs)))
    }

    /// A batch of one message. `nft` asks for no acknowledgement and takes silence for a yes; we want to hear it.
    fn change<'a, B: Body<'a>>(&mut self, nlmsg_type: u16, flags: NlmF, body: &B) -> Result<(), Error> {
        let mut bytes = BytesMut::new();
        let mut batch = Batch::begin(&mut bytes, 0, None).map_err(Error::Request)?;
        batch.add(nlmsg_type, flags | NLM_F_ACK, body).map_err(Error::Request)?;
        batch.end().map_err(Error::Request)?;
        self.nft.batch(&mut bytes, |_, _| Ok(()))
    }

    /// `nft list chain ip nat POSTROUTING`: reads the chain's rules back, and what the one that masquerades has
    /// counted.
    pub(super) fn masqueraded(&mut self) -> Result<Option<Counted>, Error> {
        let attrs = [NFTA_RULE_TABLE(Str::new("nat")), NFTA_RULE_CHAIN(Str::new("POSTROUTING"))];
        let rules = self.nft.list(NFT_MSG_GETRULE, NlmF(0), &Rule::new(IP, Nest::List(&attrs)), |answer| {
            let rule: Rule<'_> = body(&answer)?;
            let exprs = rule.attrs.find(|attr| match attr {
                NFTA_RULE_EXPRESSIONS(exprs) => Some(exprs),
                _ => None,
            });
            let (mut counted, mut masquerades) = (None, false);
            for item in exprs.iter().flat_map(Nest::iter).map_while(Result::ok) {
                let NFTA_LIST_ELEM(expr) = item else { continue };
                let data = expr.find(|attr| match attr {
                    NFTA_EXPR_DATA(data) => Some(data),
                    _ => None,
                });
                match data {
                    Some(ExprData::Counter(counter)) => {
                        let mut sum = Counted::default();
                        for attr in counter.iter().map_while(Result::ok) {
                            match attr {
                                NFTA_COUNTER_PACKETS(Be(packets)) => sum.packets = packets,
                                NFTA_COUNTER_BYTES(Be(bytes)) => sum.bytes = bytes,
                                _ => {}
                            }
                        }
                        counted = Some(sum);
                    }
                    Some(ExprData::Masq(_)) => masquerades = true,
                    _ => {}
                }
            }
            Ok::<_, Error>(counted.filter(|_| masquerades))
        })?;
        Ok(rules.items.into_iter().next())
    }
}

/// An expression: its name, which says how to read its data, then the data.
fn named<'a>(name: &'a str, data: ExprData<'a>) -> [NftaExpr<'a>; 2] {
    [NFTA_EXPR_NAME(Selector(Str::new(name))), NFTA_EXPR_DATA(data)]
}

/// An expression's place in a rule's list.
fn expr<'a>(attrs: &'a [NftaExpr<'a>]) -> NftaExprList<'a> {
    NFTA_LIST_ELEM(Nest::Nested(attrs))
}

/// A device's name as it lies in a register: `IFNAMSIZ` bytes, filled up with zeros.
fn padded(device: &str) -> [u8; 16] {
    let mut name = [0; 16];
    name.iter_mut().zip(device.bytes().take(15)).for_each(|(to, from)| *to = from);
    name
}
