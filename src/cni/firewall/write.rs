//! Changes of the rule set, written into one batch. A rule is a list of [`Step`]s.

use bytes::BytesMut;
use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NlmF};
use nlmsg::nft::NftaBitwise::*;
use nlmsg::nft::NftaChain::*;
use nlmsg::nft::NftaCmp::*;
use nlmsg::nft::NftaData::*;
use nlmsg::nft::NftaExpr::*;
use nlmsg::nft::NftaExprList::NFTA_LIST_ELEM;
use nlmsg::nft::NftaHook::*;
use nlmsg::nft::NftaImmediate::*;
use nlmsg::nft::NftaLookup::*;
use nlmsg::nft::NftaMeta::*;
use nlmsg::nft::NftaPayload::*;
use nlmsg::nft::NftaRule::*;
use nlmsg::nft::NftaSet::*;
use nlmsg::nft::NftaSetDesc::*;
use nlmsg::nft::NftaSetElem::*;
use nlmsg::nft::NftaSetElemList::*;
use nlmsg::nft::NftaSetField::*;
use nlmsg::nft::NftaTable::NFTA_TABLE_NAME;
use nlmsg::nft::NftaVerdict::NFTA_VERDICT_CODE;
use nlmsg::nft::{
    Batch, CmpOp, DataType, ExprData, HookNum, InetHook, LookupFlags, MetaKey, NF_ACCEPT, NFT_CMP_EQ, NFT_CMP_NEQ,
    NFT_LOOKUP_F_INV, NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELSETELEM, NFT_MSG_DELTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE,
    NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFT_MSG_NEWTABLE, NFT_PAYLOAD_LL_HEADER, NFT_PAYLOAD_NETWORK_HEADER, NFT_REG_1,
    NFT_REG_2, NFT_REG_VERDICT, NFT_SET_CONCAT, NFT_SET_ELEM_INTERVAL_END, NFT_SET_INTERVAL, NFTNL_UDATA_RULE_COMMENT,
    NFTNL_UDATA_SET_KEYBYTEORDER, NfGenMsg, NfProto, NftaExpr, NftaExprList, NftaSetFieldList, PayloadBase, Reg, SetFlags,
    TYPE_IFNAME, Tlv, Udata, Verdict,
};
use nlmsg::payload::{Be, Headed, Nest, Selector, Slot, Span, Str};
use nlmsg::{AttrSet, Error};

use super::TABLE;

/// One expression of a rule. Values are in register 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// Loads something about the packet.
    Meta(MetaKey),
    /// Loads bytes of the network header: offset and length.
    Network(u32, u32),
    /// Loads the sender's link-layer address behind what is loaded.
    EtherSaddr,
    /// Keeps these bits.
    Mask(&'a [u8]),
    /// Goes on if the value is this.
    Is(&'a [u8]),
    /// Goes on if the value is not this.
    IsNot(&'a [u8]),
    /// Goes on if the value is in this set.
    In(&'a str),
    /// Goes on if the value is not in this set.
    NotIn(&'a str),
    /// Gives the packet the address of the device that it leaves by.
    Masquerade,
    /// Decides.
    Verdict(Verdict),
}

impl Step<'_> {
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        let mut put = |name: &str, data: ExprData<'_>| expression(name, data, out);
        let payload = |base: PayloadBase, offset: u32, len: u32, reg: Reg| {
            [NFTA_PAYLOAD_DREG(Be(reg)), NFTA_PAYLOAD_BASE(Be(base)), NFTA_PAYLOAD_OFFSET(Be(offset)), NFTA_PAYLOAD_LEN(Be(len))]
        };
        let lookup = |set, flags| [NFTA_LOOKUP_SET(Str::new(set)), NFTA_LOOKUP_SREG(Be(NFT_REG_1)), NFTA_LOOKUP_FLAGS(Be(flags))];
        match *self {
            Step::Meta(key) => {
                put("meta", ExprData::Meta(Nest::Nested(&[NFTA_META_KEY(Be(key)), NFTA_META_DREG(Be(NFT_REG_1))])))
            }
            Step::Network(offset, len) => {
                put("payload", ExprData::Payload(Nest::Nested(&payload(NFT_PAYLOAD_NETWORK_HEADER, offset, len, NFT_REG_1))))
            }
            Step::EtherSaddr => put("payload", ExprData::Payload(Nest::Nested(&payload(NFT_PAYLOAD_LL_HEADER, 6, 6, NFT_REG_2)))),
            Step::Mask(mask) => put(
                "bitwise",
                ExprData::Bitwise(Nest::Nested(&[
                    NFTA_BITWISE_SREG(Be(NFT_REG_1)),
                    NFTA_BITWISE_DREG(Be(NFT_REG_1)),
                    NFTA_BITWISE_LEN(Be(mask.len() as u32)),
                    NFTA_BITWISE_MASK(Nest::Nested(&[NFTA_DATA_VALUE(mask)])),
                    NFTA_BITWISE_XOR(Nest::Nested(&[NFTA_DATA_VALUE(&[0; 16][..mask.len().min(16)])])),
                ])),
            ),
            Step::Is(value) => put("cmp", ExprData::Cmp(Nest::Nested(&compare(NFT_CMP_EQ, &[NFTA_DATA_VALUE(value)])))),
            Step::IsNot(value) => put("cmp", ExprData::Cmp(Nest::Nested(&compare(NFT_CMP_NEQ, &[NFTA_DATA_VALUE(value)])))),
            Step::In(set) => put("lookup", ExprData::Lookup(Nest::Nested(&lookup(set, LookupFlags(0))))),
            Step::NotIn(set) => put("lookup", ExprData::Lookup(Nest::Nested(&lookup(set, NFT_LOOKUP_F_INV)))),
            Step::Masquerade => put("masq", ExprData::Masq(Nest::Nested(&[]))),
            Step::Verdict(verdict) => put(
                "immediate",
                ExprData::Immediate(Nest::Nested(&[
                    NFTA_IMMEDIATE_DREG(Be(NFT_REG_VERDICT)),
                    NFTA_IMMEDIATE_DATA(Nest::Nested(&[NFTA_DATA_VERDICT(Nest::Nested(&[NFTA_VERDICT_CODE(Be(verdict))]))])),
                ])),
            ),
        }
    }
}

fn compare<'a>(op: CmpOp, data: &'a [nlmsg::nft::NftaData<'a>]) -> [nlmsg::nft::NftaCmp<'a>; 3] {
    [NFTA_CMP_SREG(Be(NFT_REG_1)), NFTA_CMP_OP(Be(op)), NFTA_CMP_DATA(Nest::Nested(data))]
}

fn expression(name: &str, data: ExprData<'_>, out: &mut BytesMut) -> Result<(), Error> {
    let attrs: [NftaExpr<'_>; 2] = [NFTA_EXPR_NAME(Selector(Str::new(name))), NFTA_EXPR_DATA(data)];
    NFTA_LIST_ELEM(Nest::Nested(&attrs)).encode(out)
}

/// A set: the types of its keys' fields, and their lengths in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys(pub(super) &'static [(DataType, u32)], pub(super) SetFlags);

/// Where an element of an interval set begins or ends, or an element of another set.
pub(super) type Edge = (Vec<u8>, bool);

/// Writes changes of our tables into a batch. What makes something does nothing if it is there.
#[derive(Debug)]
pub(super) struct Writer<'b>(pub(super) Batch<'b>);

impl Writer<'_> {
    fn put<'a, T: AttrSet<'a>>(&mut self, nlmsg_type: u16, flags: NlmF, family: NfProto, attrs: &'a [T]) -> Result<(), Error> {
        self.0.add(nlmsg_type, flags, &Headed::new(NfGenMsg::new(family), Nest::List(attrs))).map(drop)
    }

    pub(super) fn table(&mut self, family: NfProto) -> Result<(), Error> {
        self.put(NFT_MSG_NEWTABLE, NLM_F_CREATE, family, &[NFTA_TABLE_NAME(Str::new(TABLE))])
    }

    pub(super) fn delete_table(&mut self, family: NfProto) -> Result<(), Error> {
        self.put(NFT_MSG_DELTABLE, NlmF(0), family, &[NFTA_TABLE_NAME(Str::new(TABLE))])
    }

    pub(super) fn chain(&mut self, family: NfProto, name: &str, kind: &str, hook: InetHook, priority: i32) -> Result<(), Error> {
        self.put(
            NFT_MSG_NEWCHAIN,
            NLM_F_CREATE,
            family,
            &[
                NFTA_CHAIN_TABLE(Str::new(TABLE)),
                NFTA_CHAIN_NAME(Str::new(name)),
                NFTA_CHAIN_HOOK(Nest::Nested(&[NFTA_HOOK_HOOKNUM(HookNum::Inet(Be(hook))), NFTA_HOOK_PRIORITY(Be(priority))])),
                NFTA_CHAIN_POLICY(Be(NF_ACCEPT)),
                NFTA_CHAIN_TYPE(Str::new(kind)),
            ],
        )
    }

    pub(super) fn set(&mut self, family: NfProto, name: &str, id: u32, Keys(fields, flags): Keys) -> Result<(), Error> {
        // each field of several fills whole registers; the type of them all is theirs, six bits each
        let len = match fields {
            [(_, len)] => *len,
            fields => fields.iter().map(|(_, len)| len.next_multiple_of(4)).sum(),
        };
        let kind = fields.iter().fold(0, |kind, (field, _)| kind << 6 | field.0);
        let lens: Vec<_> = fields.iter().map(|(_, len)| [NFTA_SET_FIELD_LEN(Be(*len))]).collect();
        let list: Vec<_> = lens.iter().map(|len| NftaSetFieldList::NFTA_LIST_ELEM(Nest::Nested(len))).collect();
        let desc = [NFTA_SET_DESC_CONCAT(Nest::Nested(&list))];
        // names of devices are shown in the host's order, addresses in that of the network, and several as what they are
        let order: u32 = match fields {
            [(TYPE_IFNAME, _)] => 1,
            [_] => 2,
            _ => 0,
        };
        let order = order.to_ne_bytes();
        let order = [Tlv::new(NFTNL_UDATA_SET_KEYBYTEORDER, &order)];
        let mut attrs = vec![
            NFTA_SET_TABLE(Str::new(TABLE)),
            NFTA_SET_NAME(Str::new(name)),
            NFTA_SET_FLAGS(Be(flags)),
            NFTA_SET_KEY_TYPE(Be(DataType(kind))),
            NFTA_SET_KEY_LEN(Be(len)),
            NFTA_SET_ID(Be(id)),
            NFTA_SET_USERDATA(Udata::List(&order)),
        ];
        attrs.extend(flags.contains(NFT_SET_CONCAT).then_some(NFTA_SET_DESC(Nest::Nested(&desc))));
        self.put(NFT_MSG_NEWSET, NLM_F_CREATE, family, &attrs)
    }

    pub(super) fn delete_set(&mut self, family: NfProto, name: &str) -> Result<(), Error> {
        self.put(NFT_MSG_DELSET, NlmF(0), family, &[NFTA_SET_TABLE(Str::new(TABLE)), NFTA_SET_NAME(Str::new(name))])
    }

    /// Adds a rule at the end of a chain.
    pub(super) fn rule(&mut self, family: NfProto, chain: &str, comment: &str, steps: &[Step<'_>]) -> Result<(), Error> {
        let mut exprs = BytesMut::new();
        steps.iter().try_for_each(|step| step.encode(&mut exprs))?;
        self.put(
            NFT_MSG_NEWRULE,
            NLM_F_CREATE | NLM_F_APPEND,
            family,
            &[
                NFTA_RULE_TABLE(Str::new(TABLE)),
                NFTA_RULE_CHAIN(Str::new(chain)),
                NFTA_RULE_EXPRESSIONS(Nest::<NftaExprList<'_>>::Walk(Span::new(&exprs, 0, family.0))),
                NFTA_RULE_USERDATA(Udata::List(&[Tlv::text(NFTNL_UDATA_RULE_COMMENT, comment)])),
            ],
        )
    }

    pub(super) fn delete_rule(&mut self, family: NfProto, chain: &str, handle: u64) -> Result<(), Error> {
        let attrs = [NFTA_RULE_TABLE(Str::new(TABLE)), NFTA_RULE_CHAIN(Str::new(chain)), NFTA_RULE_HANDLE(Be(handle))];
        self.put(NFT_MSG_DELRULE, NlmF(0), family, &attrs)
    }

    /// Adds elements to a set, or takes them away.
    pub(super) fn elements(&mut self, add: bool, family: NfProto, set: &str, edges: &[Edge]) -> Result<(), Error> {
        let keys: Vec<_> = edges.iter().map(|(key, _)| [NFTA_DATA_VALUE(key)]).collect();
        let mut attrs = Vec::new();
        for (key, (_, end)) in keys.iter().zip(edges) {
            let mut elem = vec![NFTA_SET_ELEM_KEY(Nest::Nested(key))];
            elem.extend(end.then_some(NFTA_SET_ELEM_FLAGS(Be(NFT_SET_ELEM_INTERVAL_END))));
            attrs.push(elem);
        }
        let elems: Vec<_> = (1..).zip(&attrs).map(|(number, attrs)| Slot::At(number, Nest::Nested(attrs))).collect();
        let (nlmsg_type, flags) = if add { (NFT_MSG_NEWSETELEM, NLM_F_CREATE) } else { (NFT_MSG_DELSETELEM, NlmF(0)) };
        self.put(
            nlmsg_type,
            flags,
            family,
            &[
                NFTA_SET_ELEM_LIST_TABLE(Str::new(TABLE)),
                NFTA_SET_ELEM_LIST_SET(Str::new(set)),
                NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Nested(&elems)),
            ],
        )
    }
}

/// The bytes of a subnet as an interval set has them: its first address, and the first one that is not in it.
pub(super) fn interval(net: crate::words::Prefix) -> Vec<Edge> {
    let (start, bits): (u128, u32) = match net.addr {
        std::net::IpAddr::V4(addr) => (u128::from(u32::from(addr)), 32),
        std::net::IpAddr::V6(addr) => (u128::from(addr), 128),
    };
    let host = u32::from(net.len).min(bits);
    let size = 1u128.checked_shl(bits - host);
    let start = size.map_or(0, |size| start & !(size - 1));
    let bytes = |number: u128| number.to_be_bytes()[16 - bits as usize / 8..].to_vec();
    let mut edges = vec![(bytes(start), false)];
    // what ends with the last address there is has no end
    if let Some(end) = size.and_then(|size| start.checked_add(size)).filter(|end| bits == 128 || *end >> bits == 0) {
        edges.push((bytes(end), true));
    }
    edges
}

/// Flags of a set of intervals.
pub(super) const INTERVALS: SetFlags = NFT_SET_INTERVAL;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        let of = |text| interval(crate::cni::config::cidr(text).unwrap());
        assert_eq!(of("10.9.1.7/24"), [(vec![10, 9, 1, 0], false), (vec![10, 9, 2, 0], true)]);
        assert_eq!(of("0.0.0.0/0"), [(vec![0; 4], false)]);
        assert_eq!(of("255.0.0.0/8"), [(vec![255, 0, 0, 0], false)]);
        assert_eq!(of("::/0"), [(vec![0; 16], false)]);
        assert_eq!(of("fd00::1/64")[1].0[..8], [0xfd, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(of("ffff::/16").len(), 1);
    }
}
