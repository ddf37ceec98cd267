//! The messages of a batch, and where in the text each of their attributes comes from.

use bytes::BytesMut;
use nlmsg::frame::{NLA_HDRLEN, NLM_F_REQUEST, NLMSG_HDRLEN, NlmF};
use nlmsg::nft::*;
use nlmsg::payload::{Be, Selector, Slot, Span as Bytes, Str};
use nlmsg::{AttrSet, Error, Nest, Record};

use super::command::ChainSpec;
use super::expr::Expr;
use super::kept;
use super::keys::Key;
use super::lex::Span;
use super::nearest::{Sought, What};
use super::parse::Name;
use super::sets::RawElem;
use super::types::{self, Type};

/// The longest list of elements that goes into one message.
const ELEMENTS: usize = 60_000;

/// A message of a batch.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) kind: u16,
    pub(super) flags: NlmF,
    pub(super) family: u8,
    pub(super) attrs: BytesMut,
    /// Whether `-e` tells of it.
    pub(super) echoed: bool,
    /// The command.
    pub(super) whole: Span,
    /// What must be there for it, if the text can name the wrong one.
    pub(super) sought: Option<Sought>,
    /// From which byte of the message on an error means which part of the text.
    marks: Vec<(u32, Span)>,
}

impl Request {
    pub(super) fn new(kind: u16, flags: NlmF, family: u8, whole: Span) -> Request {
        let echoed = matches!(
            kind,
            NFT_MSG_NEWTABLE | NFT_MSG_NEWCHAIN | NFT_MSG_NEWRULE | NFT_MSG_NEWSET | NFT_MSG_NEWSETELEM | NFT_MSG_NEWOBJ
        );
        Request {
            echoed,
            kind,
            flags: flags | NLM_F_REQUEST,
            family,
            attrs: BytesMut::new(),
            whole,
            sought: None,
            marks: Vec::new(),
        }
    }

    /// Whether nft sends it without having read what there is.
    pub(super) fn is_blind(&self) -> bool {
        self.kind == NFT_MSG_NEWTABLE || self.kind == NFT_MSG_DELTABLE && self.attrs.is_empty()
    }

    /// Bytes from the message's start to the next attribute.
    fn at(&self) -> u32 {
        (NLMSG_HDRLEN + NfGenMsg::SIZE + self.attrs.len()) as u32
    }

    /// Appends an attribute.
    pub(super) fn put<'a, T: AttrSet<'a>>(&mut self, attr: T) -> Result<(), Error> {
        attr.encode(&mut self.attrs)
    }

    /// Appends an attribute that an error can point at.
    pub(super) fn put_named<'a, T: AttrSet<'a>>(&mut self, attr: T, span: Span) -> Result<(), Error> {
        self.marks.push((self.at(), span));
        self.put(attr)?;
        self.marks.push((self.at(), self.whole));
        Ok(())
    }

    /// Says what must be there.
    pub(super) fn seek(&mut self, what: What, table: &Name, name: &str) {
        self.sought = Some(Sought { what, table: table.clone(), name: name.to_owned() });
    }

    /// The part of the text that an offset in the message means.
    pub(super) fn span_at(&self, offset: Option<u32>) -> Span {
        let Some(offset) = offset else { return self.whole };
        self.marks.iter().rev().find(|(from, _)| *from <= offset).map_or(self.whole, |(_, span)| *span)
    }

    /// Appends a rule's expressions.
    pub(super) fn put_exprs(&mut self, exprs: &[Expr], spans: &[Span]) -> Result<(), Error> {
        let start = self.at() + 4;
        let mut list = BytesMut::new();
        for (i, expr) in exprs.iter().enumerate() {
            self.marks.push((start + list.len() as u32, spans.get(i).copied().unwrap_or(self.whole)));
            expr.put(&mut list)?;
        }
        self.put(NftaRule::NFTA_RULE_EXPRESSIONS(Nest::Walk(Bytes::new(&list, 0, self.family).nested())))?;
        self.marks.push((self.at(), self.whole));
        Ok(())
    }
}

/// One comment as user data.
pub(super) fn comment(text: &str) -> [Tlv<'_>; 1] {
    [Tlv::text(0, text)]
}

/// What makes a set.
#[derive(Debug, Default)]
pub(super) struct SetSpec {
    pub(super) flags: u32,
    pub(super) key: Vec<&'static Type>,
    /// The expressions that the key is the type of.
    pub(super) keys: Vec<Key>,
    /// The same of what a map gives; none for a verdict.
    pub(super) data_keys: Vec<Key>,
    /// Bytes of each part of the key.
    pub(super) sizes: Vec<u32>,
    /// Of a map.
    pub(super) data: Option<Vec<&'static Type>>,
    pub(super) object: Option<u32>,
    pub(super) size: Option<u32>,
    pub(super) policy: Option<u32>,
    pub(super) timeout: u64,
    pub(super) gc: u32,
    pub(super) merge: bool,
    pub(super) comment: Option<String>,
    pub(super) exprs: Vec<Expr>,
}

fn packed(types: &[&'static Type]) -> u32 {
    types.iter().fold(0, |id, ty| id << 6 | ty.id)
}

impl SetSpec {
    fn anonymous(&self) -> bool {
        self.flags & NFT_SET_ANONYMOUS.0 != 0
    }

    /// What `nft` keeps about a set for itself.
    fn udata(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |kind: u8, value: &[u8]| {
            out.push(kind);
            out.push(value.len() as u8);
            out.extend_from_slice(value);
        };
        let order = |types: &[&'static Type], host: Option<bool>| -> u32 {
            match types {
                // nft gives these types no order of their own
                [ty] if ty.id == types::VERDICT.id || host.is_none() && ty.id == types::INET_PROTO.id => 0,
                [ty] => {
                    if host.unwrap_or(ty.host) {
                        1
                    } else {
                        2
                    }
                }
                _ => 0,
            }
        };
        let key_host = match self.keys.as_slice() {
            [key] => Some(key.host()),
            _ => None,
        };
        put(NFTNL_UDATA_SET_KEYBYTEORDER, &order(&self.key, key_host).to_ne_bytes());
        if let Some(data) = &self.data {
            put(NFTNL_UDATA_SET_DATABYTEORDER, &order(data, None).to_ne_bytes());
        }
        if self.merge {
            put(NFTNL_UDATA_SET_MERGE_ELEMENTS, &1u32.to_ne_bytes());
        }
        let named = !self.anonymous();
        let told = named || self.key.len() > 1 || self.data.is_none();
        if let Some(value) = kept::keep(&self.keys, self.key.len(), named).filter(|_| told) {
            put(NFTNL_UDATA_SET_KEY_TYPEOF, &value);
        }
        if let Some(data) = &self.data {
            let verdict = matches!(data.as_slice(), [ty] if ty.id == types::VERDICT.id);
            let value = if verdict { kept::verdict() } else { kept::keep(&self.data_keys, data.len(), true) };
            if let Some(value) = value.filter(|_| !named || !self.keys.is_empty()) {
                put(NFTNL_UDATA_SET_DATA_TYPEOF, &value);
            }
            put(NFTNL_UDATA_SET_DATA_INTERVAL, &0u32.to_ne_bytes());
        }
        if let Some(text) = &self.comment {
            put(NFTNL_UDATA_SET_COMMENT, &[text.as_bytes(), b"\0"].concat());
        }
        out
    }

    /// The message that makes the set.
    pub(super) fn request(
        &self,
        flags: NlmF,
        family: u8,
        table: &Name,
        name: &Name,
        id: u32,
        whole: Span,
    ) -> Result<Request, Error> {
        let mut request = Request::new(NFT_MSG_NEWSET, flags, family, whole);
        let r = &mut request;
        r.put_named(NftaSet::NFTA_SET_TABLE(Str::new(&table.0)), table.1)?;
        r.put_named(NftaSet::NFTA_SET_NAME(Str::new(&name.0)), name.1)?;
        r.put(NftaSet::NFTA_SET_FLAGS(Be(SetFlags(self.flags))))?;
        r.put(NftaSet::NFTA_SET_KEY_TYPE(Be(DataType(packed(&self.key)))))?;
        let sizes = || self.sizes.iter();
        let total = match self.sizes.as_slice() {
            [one] => *one,
            many => many.iter().map(|size| size.next_multiple_of(4)).sum(),
        };
        r.put(NftaSet::NFTA_SET_KEY_LEN(Be(total)))?;
        match &self.data {
            Some(data) if matches!(data.as_slice(), [ty] if ty.id == types::VERDICT.id) => {
                r.put(NftaSet::NFTA_SET_DATA_TYPE(Be(NFT_DATA_VERDICT)))?;
                r.put(NftaSet::NFTA_SET_DATA_LEN(Be(0)))?;
            }
            Some(data) => {
                let size = |ty: &&Type| ty.bits.div_ceil(8);
                let len = if let [one] = data.as_slice() {
                    size(one)
                } else {
                    data.iter().map(|ty| size(ty).next_multiple_of(4)).sum()
                };
                r.put(NftaSet::NFTA_SET_DATA_TYPE(Be(DataType(packed(data)))))?;
                r.put(NftaSet::NFTA_SET_DATA_LEN(Be(len)))?;
            }
            None => {}
        }
        if let Some(kind) = self.object {
            r.put(NftaSet::NFTA_SET_OBJ_TYPE(Be(ObjType(kind))))?;
        }
        r.put(NftaSet::NFTA_SET_ID(Be(id)))?;
        if let Some(policy) = self.policy {
            r.put(NftaSet::NFTA_SET_POLICY(Be(SetPolicy(policy))))?;
        }
        let mut desc = BytesMut::new();
        if let Some(size) = self.size {
            NftaSetDesc::NFTA_SET_DESC_SIZE(Be(size)).encode(&mut desc)?;
        }
        if self.flags & NFT_SET_CONCAT.0 != 0 {
            let mut fields = BytesMut::new();
            for size in sizes() {
                let field = [NftaSetField::NFTA_SET_FIELD_LEN(Be(*size))];
                NftaSetFieldList::NFTA_LIST_ELEM(Nest::Nested(&field)).encode(&mut fields)?;
            }
            NftaSetDesc::NFTA_SET_DESC_CONCAT(Nest::Walk(Bytes::new(&fields, 0, family).nested())).encode(&mut desc)?;
        }
        if !desc.is_empty() {
            r.put(NftaSet::NFTA_SET_DESC(Nest::Walk(Bytes::new(&desc, 0, family).nested())))?;
        }
        if self.timeout != 0 {
            r.put(NftaSet::NFTA_SET_TIMEOUT(Be(self.timeout)))?;
        }
        if self.gc != 0 {
            r.put(NftaSet::NFTA_SET_GC_INTERVAL(Be(self.gc)))?;
        }
        r.put(NftaSet::NFTA_SET_USERDATA(Udata::Walk(&self.udata())))?;
        if let Some(expr) = self.exprs.first() {
            expr.with(&mut |expr| r.put(NftaSet::NFTA_SET_EXPR(Nest::Nested(expr))))?;
        }
        Ok(request)
    }
}

/// A set that elements go to or are taken from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) family: u8,
    pub(super) table: &'a Name,
    pub(super) set: &'a Name,
    /// The set's number in the batch.
    pub(super) id: Option<u32>,
}

/// The messages that add elements to a set or delete them from it.
pub(super) fn elements(
    kind: u16,
    flags: NlmF,
    target: Target<'_>,
    elems: &[RawElem],
    whole: Span,
) -> Result<Vec<Request>, Error> {
    let Target { family, table, set, id } = target;
    let mut requests = Vec::new();
    let mut rest = elems;
    while !rest.is_empty() {
        let mut r = Request::new(kind, flags, family, whole);
        r.put_named(NftaSetElemList::NFTA_SET_ELEM_LIST_TABLE(Str::new(&table.0)), table.1)?;
        r.put_named(NftaSetElemList::NFTA_SET_ELEM_LIST_SET(Str::new(&set.0)), set.1)?;
        if let Some(id) = id {
            r.put(NftaSetElemList::NFTA_SET_ELEM_LIST_SET_ID(Be(id)))?;
        }
        let mut list = BytesMut::new();
        let mut number = 0;
        while let Some((elem, more)) = rest.split_first() {
            if list.len() > ELEMENTS {
                break;
            }
            number += 1;
            if let Some(span) = elem.span {
                r.marks.push((r.at() + NLA_HDRLEN as u32 + list.len() as u32, span));
            }
            put_element(number, elem, &mut list)?;
            rest = more;
        }
        r.put(NftaSetElemList::NFTA_SET_ELEM_LIST_ELEMENTS(Nest::Walk(Bytes::new(&list, 0, family).nested())))?;
        r.marks.push((r.at(), whole));
        requests.push(r);
    }
    Ok(requests)
}

fn put_element(number: u16, elem: &RawElem, out: &mut BytesMut) -> Result<(), Error> {
    let mut attrs = BytesMut::new();
    if elem.flags != 0 {
        NftaSetElem::NFTA_SET_ELEM_FLAGS(Be(SetElemFlags(elem.flags))).encode(&mut attrs)?;
    }
    if elem.timeout != 0 {
        NftaSetElem::NFTA_SET_ELEM_TIMEOUT(Be(elem.timeout)).encode(&mut attrs)?;
    }
    if elem.expires != 0 {
        NftaSetElem::NFTA_SET_ELEM_EXPIRATION(Be(elem.expires)).encode(&mut attrs)?;
    }
    if !elem.key.is_empty() {
        NftaSetElem::NFTA_SET_ELEM_KEY(Nest::Nested(&[NftaData::NFTA_DATA_VALUE(&elem.key)])).encode(&mut attrs)?;
    }
    if let Some(end) = &elem.key_end {
        NftaSetElem::NFTA_SET_ELEM_KEY_END(Nest::Nested(&[NftaData::NFTA_DATA_VALUE(end)])).encode(&mut attrs)?;
    }
    if let Some(value) = &elem.data {
        value.with(|data| NftaSetElem::NFTA_SET_ELEM_DATA(data).encode(&mut attrs))?;
    }
    if let Some(text) = &elem.comment {
        NftaSetElem::NFTA_SET_ELEM_USERDATA(Udata::List(&comment(text))).encode(&mut attrs)?;
    }
    if let Some(name) = &elem.object {
        NftaSetElem::NFTA_SET_ELEM_OBJREF(Str::new(name)).encode(&mut attrs)?;
    }
    if let Some(expr) = elem.exprs.first() {
        expr.with(&mut |expr| NftaSetElem::NFTA_SET_ELEM_EXPR(Nest::Nested(expr)).encode(&mut attrs))?;
    }
    let nest: Nest<'_, NftaSetElem<'_>> = Nest::Walk(Bytes::new(&attrs, 0, 0).nested());
    Slot::At(number, nest).encode(out)
}

/// The message that makes a stateful object.
pub(super) fn object(
    flags: NlmF,
    family: u8,
    table: &Name,
    name: &Name,
    value: &Expr,
    text: Option<&str>,
    whole: Span,
) -> Result<Request, Error> {
    let kind = match value {
        Expr::Counter { .. } => NFT_OBJECT_COUNTER,
        Expr::Quota { .. } => NFT_OBJECT_QUOTA,
        _ => NFT_OBJECT_LIMIT,
    };
    let mut r = Request::new(NFT_MSG_NEWOBJ, flags, family, whole);
    r.put_named(NftaObj::NFTA_OBJ_TABLE(Str::new(&table.0)), table.1)?;
    r.put_named(NftaObj::NFTA_OBJ_NAME(Str::new(&name.0)), name.1)?;
    r.put(NftaObj::NFTA_OBJ_TYPE(Selector(Be(kind))))?;
    if let Some(text) = text {
        r.put(NftaObj::NFTA_OBJ_USERDATA(Udata::List(&comment(text))))?;
    }
    match value {
        Expr::Counter { packets, bytes } => r.put(NftaObj::NFTA_OBJ_DATA(ObjData::Counter(Nest::Nested(&[
            NftaCounter::NFTA_COUNTER_BYTES(Be(*bytes)),
            NftaCounter::NFTA_COUNTER_PACKETS(Be(*packets)),
        ]))))?,
        Expr::Quota { .. } => {
            value.with_quota(|attrs| r.put(NftaObj::NFTA_OBJ_DATA(ObjData::Quota(Nest::Nested(attrs)))))?;
        }
        value => value.with_limit(|attrs| r.put(NftaObj::NFTA_OBJ_DATA(ObjData::Limit(Nest::Nested(attrs)))))?,
    }
    Ok(r)
}

/// Appends what is said about a chain.
pub(super) fn put_chain(r: &mut Request, spec: &ChainSpec, family: u8) -> Result<(), Error> {
    if let Some(base) = &spec.base {
        r.put(NftaChain::NFTA_CHAIN_TYPE(Str::new(&base.kind)))?;
    }
    if let Some((accept, span)) = spec.policy {
        r.put_named(NftaChain::NFTA_CHAIN_POLICY(Be(if accept { NF_ACCEPT } else { NF_DROP })), span)?;
    }
    if let Some(base) = &spec.base {
        let number = match family {
            3 => HookNum::Arp(Be(ArpHook(base.hook))),
            5 => HookNum::Netdev(Be(NetdevHook(base.hook))),
            _ => HookNum::Inet(Be(InetHook(base.hook))),
        };
        let mut hook = vec![NftaHook::NFTA_HOOK_HOOKNUM(number), NftaHook::NFTA_HOOK_PRIORITY(Be(base.priority))];
        let devices: Vec<_> = base.devices.iter().map(|name| NftaDevice::NFTA_DEVICE_NAME(Str::new(name))).collect();
        match base.devices.as_slice() {
            [] => {}
            [one] => hook.push(NftaHook::NFTA_HOOK_DEV(Str::new(one))),
            _ => hook.push(NftaHook::NFTA_HOOK_DEVS(Nest::Nested(&devices))),
        }
        r.put(NftaChain::NFTA_CHAIN_HOOK(Nest::Nested(&hook)))?;
    }
    if spec.offload {
        r.put(NftaChain::NFTA_CHAIN_FLAGS(Be(NFT_CHAIN_BASE | NFT_CHAIN_HW_OFFLOAD)))?;
    }
    if let Some(text) = &spec.comment {
        r.put(NftaChain::NFTA_CHAIN_USERDATA(Udata::List(&comment(text))))?;
    }
    Ok(())
}
