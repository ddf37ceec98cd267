//! The rule set as the kernel has it, and its text.

mod show;

use bytes::BytesMut;
use nlmsg::nft::*;
use nlmsg::payload::{Be, Headed, Selector, Slot, Span as Bytes};
use nlmsg::{AttrSet, Message, Nest, frame::NlmF};

use super::expr::{Expr, Value, get, set_name};
use super::keys::Key;
use super::sets::{Known, Part, RawElem, decode};
use super::stmt::Elem;
use super::types::{self, Type};
pub(super) use show::*;

use crate::exchange::Error;
use crate::socket::Socket;

#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) family: u8,
    pub(super) name: String,
    handle: u64,
    flags: u32,
    comment: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    pub(super) family: u8,
    pub(super) table: String,
    pub(super) name: String,
    pub(super) handle: u64,
    /// Number and priority.
    hook: Option<(u32, i32)>,
    devices: Vec<String>,
    kind: String,
    policy: Option<Verdict>,
    flags: u32,
    comment: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) family: u8,
    pub(super) table: String,
    pub(super) chain: String,
    pub(super) handle: u64,
    /// Of an event: the rule that it stands beside.
    pub(super) position: Option<u64>,
    exprs: Vec<Expr>,
    comment: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) family: u8,
    pub(super) table: String,
    pub(super) name: String,
    handle: u64,
    pub(super) flags: u32,
    pub(super) key_type: u32,
    pub(super) key_len: u32,
    pub(super) data_type: Option<u32>,
    pub(super) object: Option<u32>,
    pub(super) timeout: u64,
    gc: u32,
    size: u32,
    policy: u32,
    comment: Option<String>,
    pub(super) merge: bool,
    /// The expressions that its types come from, if they are known; of what it gives none for a verdict.
    key_kept: Option<Vec<Key>>,
    data_kept: Option<Vec<Key>>,
    /// Lengths of a concatenation's parts.
    fields: Vec<u32>,
    exprs: Vec<Expr>,
    pub(super) elems: Vec<RawElem>,
    /// Whether it is from a request: its elements have the order in which they were sent.
    pub(super) sent: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    pub(super) family: u8,
    pub(super) table: String,
    pub(super) name: String,
    kind: u32,
    handle: u64,
    comment: Option<String>,
    value: Option<Expr>,
    /// Of a helper: its name and the protocols of both layers.
    helper: Option<(String, u16, u8)>,
}

impl Object {
    /// Whether it is the one of this kind and name.
    pub(super) fn is(&self, family: u8, table: &str, name: &str, kind: u32) -> bool {
        self.family == family && self.table == table && self.name == name && self.kind == kind
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Flowtable {
    pub(super) family: u8,
    pub(super) table: String,
    pub(super) name: String,
    handle: u64,
    flags: u32,
    hook: u32,
    priority: i32,
    devices: Vec<String>,
}

/// All that `list ruleset` shows.
#[derive(Debug, Default)]
pub(super) struct Ruleset {
    pub(super) tables: Vec<Table>,
    pub(super) chains: Vec<Chain>,
    pub(super) rules: Vec<Rule>,
    pub(super) sets: Vec<Set>,
    pub(super) flowtables: Vec<Flowtable>,
    pub(super) objects: Vec<Object>,
}

fn comment(udata: Option<Udata<'_>>, kind: u8) -> Option<String> {
    udata.and_then(|udata| udata.text(kind)).map(String::from)
}

fn header(family: u8) -> NfGenMsg {
    NfGenMsg::new(NfProto(family))
}

/// Asks for all objects of a kind, of any family or one, that have these attributes.
pub(super) fn dump<T>(
    socket: &mut Socket,
    kind: u16,
    family: u8,
    attrs: &[u8],
    pick: fn(Message<'_>) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut list = Vec::new();
    each(socket, kind, family, attrs, &mut |message| list.extend(pick(message)))?;
    Ok(list)
}

/// The same, and does something with each.
fn each(socket: &mut Socket, kind: u16, family: u8, attrs: &[u8], take: &mut dyn FnMut(Message<'_>)) -> Result<(), Error> {
    let attrs = Nest::<NftaTable<'_>>::Walk(Bytes::new(attrs, 0, family));
    socket.dump(kind, NlmF(0), &Headed::new(header(family), attrs), |message| {
        take(message);
        Ok::<(), Error>(())
    })?;
    Ok(())
}

macro_rules! text {
    ($nest:expr, $attr:path) => {
        get!($nest, $attr).map(|text| text.to_string()).unwrap_or_default()
    };
}

macro_rules! number {
    ($nest:expr, $attr:path) => {
        get!($nest, $attr).map_or(0, |Be(number)| number)
    };
}

impl Ruleset {
    /// Asks the kernel for everything.
    pub(super) fn read(socket: &mut Socket) -> Result<Ruleset, Error> {
        let tables = dump(socket, NFT_MSG_GETTABLE, 0, &[], table)?;
        let chains = dump(socket, NFT_MSG_GETCHAIN, 0, &[], chain)?;
        let rules = dump(socket, NFT_MSG_GETRULE, 0, &[], rule)?;
        let mut sets = read_sets(socket)?;
        for set in &mut sets {
            set.elems = elements(socket, set)?;
        }
        let flowtables = dump(socket, NFT_MSG_GETFLOWTABLE, 0, &[], flowtable)?;
        let objects = dump(socket, NFT_MSG_GETOBJ, 0, &[], object)?;
        Ok(Ruleset { tables, chains, rules, sets, flowtables, objects })
    }

    /// The table of this family and name.
    pub(super) fn table(&self, family: u8, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.family == family && table.name == name)
    }

    /// The chain of this table.
    pub(super) fn chain(&self, family: u8, table: &str, name: &str) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.family == family && chain.table == table && chain.name == name)
    }

    /// The set of this table.
    pub(super) fn set(&self, family: u8, table: &str, name: &str) -> Option<&Set> {
        self.sets.iter().find(|set| set.is(family, table, name))
    }
}

/// All sets, without their elements.
pub(super) fn read_sets(socket: &mut Socket) -> Result<Vec<Set>, Error> {
    dump(socket, NFT_MSG_GETSET, 0, &[], set)
}

pub(super) fn table(message: Message<'_>) -> Option<Table> {
    let body = message.body::<nlmsg::nft::Table<'_>>().ok()?;
    let a = body.attrs;
    Some(Table {
        family: body.header.nfgen_family.0,
        name: text!(a, NftaTable::NFTA_TABLE_NAME),
        handle: number!(a, NftaTable::NFTA_TABLE_HANDLE),
        flags: get!(a, NftaTable::NFTA_TABLE_FLAGS).map_or(0, |Be(flags)| flags.0),
        comment: comment(get!(a, NftaTable::NFTA_TABLE_USERDATA), NFTNL_UDATA_TABLE_COMMENT),
    })
}

pub(super) fn rule(message: Message<'_>) -> Option<Rule> {
    let body = message.body::<nlmsg::nft::Rule<'_>>().ok()?;
    let a = body.attrs;
    Some(Rule {
        family: body.header.nfgen_family.0,
        table: text!(a, NftaRule::NFTA_RULE_TABLE),
        chain: text!(a, NftaRule::NFTA_RULE_CHAIN),
        handle: number!(a, NftaRule::NFTA_RULE_HANDLE),
        position: get!(a, NftaRule::NFTA_RULE_POSITION).map(|Be(handle)| handle),
        exprs: get!(a, NftaRule::NFTA_RULE_EXPRESSIONS).map(Expr::read_all).unwrap_or_default(),
        comment: comment(get!(a, NftaRule::NFTA_RULE_USERDATA), NFTNL_UDATA_RULE_COMMENT),
    })
}

fn flowtable(message: Message<'_>) -> Option<Flowtable> {
    let body = message.body::<nlmsg::nft::Flowtable<'_>>().ok()?;
    let a = body.attrs;
    let hook = get!(a, NftaFlowtable::NFTA_FLOWTABLE_HOOK)?;
    Some(Flowtable {
        family: body.header.nfgen_family.0,
        table: text!(a, NftaFlowtable::NFTA_FLOWTABLE_TABLE),
        name: text!(a, NftaFlowtable::NFTA_FLOWTABLE_NAME),
        handle: number!(a, NftaFlowtable::NFTA_FLOWTABLE_HANDLE),
        flags: get!(a, NftaFlowtable::NFTA_FLOWTABLE_FLAGS).map_or(0, |Be(flags)| flags.0),
        hook: get!(hook, NftaFlowtableHook::NFTA_FLOWTABLE_HOOK_NUM).map_or(0, |Be(hook)| hook.0),
        priority: number!(hook, NftaFlowtableHook::NFTA_FLOWTABLE_HOOK_PRIORITY),
        devices: get!(hook, NftaFlowtableHook::NFTA_FLOWTABLE_HOOK_DEVS).map(devices_of).unwrap_or_default(),
    })
}

fn devices_of(list: Nest<'_, NftaDevice<'_>>) -> Vec<String> {
    let name = |device| match device {
        NftaDevice::NFTA_DEVICE_NAME(name) => Some(name.to_string()),
        _ => None,
    };
    list.iter().map_while(Result::ok).filter_map(name).collect()
}

pub(super) fn chain(message: Message<'_>) -> Option<Chain> {
    let body = message.body::<nlmsg::nft::Chain<'_>>().ok()?;
    let a = body.attrs;
    let hook = get!(a, NftaChain::NFTA_CHAIN_HOOK);
    let mut devices = Vec::new();
    if let Some(hook) = hook {
        devices.extend(get!(hook, NftaHook::NFTA_HOOK_DEV).map(|name| name.to_string()));
        if let Some(list) = get!(hook, NftaHook::NFTA_HOOK_DEVS) {
            devices = devices_of(list);
        }
    }
    Some(Chain {
        family: body.header.nfgen_family.0,
        table: text!(a, NftaChain::NFTA_CHAIN_TABLE),
        name: text!(a, NftaChain::NFTA_CHAIN_NAME),
        handle: number!(a, NftaChain::NFTA_CHAIN_HANDLE),
        hook: hook.and_then(|hook| {
            let number = match get!(hook, NftaHook::NFTA_HOOK_HOOKNUM)? {
                HookNum::Arp(Be(hook)) => hook.0,
                HookNum::Netdev(Be(hook)) => hook.0,
                HookNum::Inet(Be(hook)) => hook.0,
                HookNum::Other(_) => return None,
            };
            Some((number, get!(hook, NftaHook::NFTA_HOOK_PRIORITY)?.0))
        }),
        devices,
        kind: text!(a, NftaChain::NFTA_CHAIN_TYPE),
        policy: get!(a, NftaChain::NFTA_CHAIN_POLICY).map(|Be(policy)| policy),
        flags: get!(a, NftaChain::NFTA_CHAIN_FLAGS).map_or(0, |Be(flags)| flags.0),
        comment: comment(get!(a, NftaChain::NFTA_CHAIN_USERDATA), NFTNL_UDATA_CHAIN_COMMENT),
    })
}

pub(super) fn set(message: Message<'_>) -> Option<Set> {
    let body = message.body::<nlmsg::nft::Set<'_>>().ok()?;
    let a = body.attrs;
    let udata = get!(a, NftaSet::NFTA_SET_USERDATA);
    let desc = get!(a, NftaSet::NFTA_SET_DESC);
    let merge = udata.and_then(|udata| udata.iter().find(|tlv| tlv.kind == NFTNL_UDATA_SET_MERGE_ELEMENTS));
    let kept = |kind| {
        let tlv = udata?.iter().find(|tlv| tlv.kind == kind)?;
        super::kept::kept(tlv.value())
    };
    let one = get!(a, NftaSet::NFTA_SET_EXPR).map(|expr| vec![Expr::read(expr)]);
    let fields = desc.and_then(|desc| get!(desc, NftaSetDesc::NFTA_SET_DESC_CONCAT)).map(|list| {
        let field = |attr| match attr {
            NftaSetFieldList::NFTA_LIST_ELEM(field) => get!(field, NftaSetField::NFTA_SET_FIELD_LEN).map(|Be(len)| len),
            NftaSetFieldList::Unknown(_) => None,
        };
        list.iter().map_while(Result::ok).filter_map(field).collect()
    });
    Some(Set {
        family: body.header.nfgen_family.0,
        table: text!(a, NftaSet::NFTA_SET_TABLE),
        name: set_name(get!(a, NftaSet::NFTA_SET_NAME).unwrap_or("".into()), get!(a, NftaSet::NFTA_SET_ID)),
        handle: number!(a, NftaSet::NFTA_SET_HANDLE),
        flags: get!(a, NftaSet::NFTA_SET_FLAGS).map_or(0, |Be(flags)| flags.0),
        key_type: get!(a, NftaSet::NFTA_SET_KEY_TYPE).map_or(0, |Be(ty)| ty.0),
        key_len: number!(a, NftaSet::NFTA_SET_KEY_LEN),
        data_type: get!(a, NftaSet::NFTA_SET_DATA_TYPE).map(|Be(ty)| ty.0),
        object: get!(a, NftaSet::NFTA_SET_OBJ_TYPE).map(|Be(ty)| ty.0),
        timeout: number!(a, NftaSet::NFTA_SET_TIMEOUT),
        gc: number!(a, NftaSet::NFTA_SET_GC_INTERVAL),
        size: desc.and_then(|desc| get!(desc, NftaSetDesc::NFTA_SET_DESC_SIZE)).map_or(0, |Be(size)| size),
        policy: get!(a, NftaSet::NFTA_SET_POLICY).map_or(0, |Be(policy)| policy.0),
        comment: comment(udata, NFTNL_UDATA_SET_COMMENT),
        key_kept: kept(NFTNL_UDATA_SET_KEY_TYPEOF),
        data_kept: kept(NFTNL_UDATA_SET_DATA_TYPEOF),
        merge: merge.is_some_and(|tlv| tlv.value().iter().any(|&byte| byte != 0)),
        fields: fields.unwrap_or_default(),
        exprs: one.or_else(|| get!(a, NftaSet::NFTA_SET_EXPRESSIONS).map(Expr::read_all)).unwrap_or_default(),
        elems: Vec::new(),
        sent: false,
    })
}

pub(super) fn object(message: Message<'_>) -> Option<Object> {
    let body = message.body::<Obj<'_>>().ok()?;
    let a = body.attrs;
    let data = get!(a, NftaObj::NFTA_OBJ_DATA);
    let helper = match data {
        Some(ObjData::CtHelper(nest)) => Some((
            text!(nest, NftaCtHelper::NFTA_CT_HELPER_NAME),
            number!(nest, NftaCtHelper::NFTA_CT_HELPER_L3PROTO),
            get!(nest, NftaCtHelper::NFTA_CT_HELPER_L4PROTO).unwrap_or(0),
        )),
        _ => None,
    };
    Some(Object {
        family: body.header.nfgen_family.0,
        table: text!(a, NftaObj::NFTA_OBJ_TABLE),
        name: text!(a, NftaObj::NFTA_OBJ_NAME),
        kind: get!(a, NftaObj::NFTA_OBJ_TYPE).map_or(0, |Selector(Be(kind))| kind.0),
        handle: number!(a, NftaObj::NFTA_OBJ_HANDLE),
        comment: comment(get!(a, NftaObj::NFTA_OBJ_USERDATA), NFTNL_UDATA_OBJ_COMMENT),
        value: data.as_ref().and_then(Expr::read_object),
        helper,
    })
}

fn elements(socket: &mut Socket, set: &Set) -> Result<Vec<RawElem>, Error> {
    let (table, name) = (set.table.as_str(), set.name.as_str());
    let ask = [NftaSetElemList::NFTA_SET_ELEM_LIST_TABLE(table.into()), NftaSetElemList::NFTA_SET_ELEM_LIST_SET(name.into())];
    let mut attrs = BytesMut::new();
    for attr in ask {
        attr.encode(&mut attrs)?;
    }
    let mut list = Vec::new();
    each(socket, NFT_MSG_GETSETELEM, set.family, &attrs, &mut |message| {
        list.extend(elements_in(message).unwrap_or_default());
    })?;
    Ok(list)
}

/// The elements that one message has.
pub(super) fn elements_in(message: Message<'_>) -> Option<Vec<RawElem>> {
    let body = message.body::<SetElems<'_>>().ok()?;
    let elems = get!(body.attrs, NftaSetElemList::NFTA_SET_ELEM_LIST_ELEMENTS)?;
    let slot = |attr| match attr {
        Slot::At(_, elem) => Some(element(elem)),
        Slot::Unknown(_) => None,
    };
    Some(elems.iter().map_while(Result::ok).filter_map(slot).collect())
}

fn element(a: Nest<'_, NftaSetElem<'_>>) -> RawElem {
    let bytes = |data: Option<Data<'_>>| data.and_then(|data| data.value()).map(<[u8]>::to_vec);
    let one = get!(a, NftaSetElem::NFTA_SET_ELEM_EXPR).map(|expr| vec![Expr::read(expr)]);
    RawElem {
        key: bytes(get!(a, NftaSetElem::NFTA_SET_ELEM_KEY)).unwrap_or_default(),
        key_end: bytes(get!(a, NftaSetElem::NFTA_SET_ELEM_KEY_END)),
        flags: get!(a, NftaSetElem::NFTA_SET_ELEM_FLAGS).map_or(0, |Be(flags)| flags.0),
        data: get!(a, NftaSetElem::NFTA_SET_ELEM_DATA).map(Value::read),
        object: get!(a, NftaSetElem::NFTA_SET_ELEM_OBJREF).map(|name| name.to_string()),
        timeout: number!(a, NftaSetElem::NFTA_SET_ELEM_TIMEOUT),
        expires: number!(a, NftaSetElem::NFTA_SET_ELEM_EXPIRATION),
        comment: comment(get!(a, NftaSetElem::NFTA_SET_ELEM_USERDATA), NFTNL_UDATA_SET_ELEM_COMMENT),
        exprs: one.or_else(|| get!(a, NftaSetElem::NFTA_SET_ELEM_EXPRESSIONS).map(Expr::read_all)).unwrap_or_default(),
        span: None,
    }
}

/// The sets of one table, for those who read its rules.
struct TableSets<'a> {
    ruleset: &'a Ruleset,
    family: u8,
    table: &'a str,
}

impl Known for TableSets<'_> {
    fn sizes(&self, set: &str) -> Option<Vec<u32>> {
        let set = self.ruleset.set(self.family, self.table, set)?;
        if !set.fields.is_empty() {
            return Some(set.fields.clone());
        }
        match set.types() {
            Some(types) if types.len() > 1 => Some(types.iter().map(|ty| ty.bits.div_ceil(8).max(1)).collect()),
            _ => Some(vec![set.key_len]),
        }
    }

    fn anonymous(&self, set: &str, parts: &[Part<'_>]) -> Option<Vec<Elem>> {
        let set = self.ruleset.set(self.family, self.table, set).filter(|set| set.flags & NFT_SET_ANONYMOUS.0 != 0)?;
        let data = set.data_types();
        Some(decode(&set.elems, parts, &data, set.flags & NFT_SET_INTERVAL.0 != 0, !set.sent))
    }

    fn object(&self, set: &str) -> Option<String> {
        let kind = self.ruleset.set(self.family, self.table, set)?.object?;
        ObjType(kind).word().map(String::from)
    }
}

impl Rule {
    /// Whether its text would leave out something: an expression that nobody knows, the elements of a set that was not seen.
    pub(super) fn names_unknown(&self, ruleset: &Ruleset) -> bool {
        self.exprs.iter().any(|expr| match expr {
            Expr::Other(name) => name != "notrack",
            Expr::Lookup { set, .. } => set.starts_with("__") && ruleset.set(self.family, &self.table, set).is_none(),
            _ => false,
        })
    }
}

impl Set {
    /// Whether it has no name of its own, and lives in a rule.
    pub(super) fn is_unnamed(&self) -> bool {
        self.flags & NFT_SET_ANONYMOUS.0 != 0
    }

    /// Whether it is the one of this name.
    pub(super) fn is(&self, family: u8, table: &str, name: &str) -> bool {
        self.family == family && self.table == table && self.name == name
    }

    /// The types of the parts of its key.
    pub(super) fn types(&self) -> Option<Vec<&'static Type>> {
        Type::parts(self.key_type)
    }

    /// The types of the parts of its data.
    pub(super) fn data_types(&self) -> Vec<&'static Type> {
        match self.data_type {
            None | Some(0) => Vec::new(),
            Some(ty) if ty == NFT_DATA_VERDICT.0 => vec![types::VERDICT],
            Some(ty) => Type::parts(ty).unwrap_or_default(),
        }
    }

    fn type_name(types: &[&'static Type]) -> String {
        types.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(" . ")
    }
}

#[cfg(test)]
mod tests {
    use nlmsg::frame::Messages;

    use super::*;

    #[test]
    fn a_flowtable_is_shown_with_its_hook_and_devices() {
        // nft add flowtable inet i f { hook ingress priority 5; devices = { lo }; }, as it was sent: a kernel without
        // flowtables cannot be asked
        let hex = "4c000000160a01040000000000000000010000000600010069000000060002006600000020000380080001000000000008000200\
                   000000050c000380070001006c6f00000800070000000000";
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let message = Messages::new(&bytes).next().unwrap().unwrap();
        let ruleset = Ruleset {
            tables: vec![Table { family: 1, name: "i".into(), ..Table::default() }],
            flowtables: vec![flowtable(message).unwrap()],
            ..Ruleset::default()
        };
        let text = "table inet i {\n\tflowtable f {\n\t\thook ingress priority filter + 5\n\t\tdevices = { lo }\n\t}\n}\n";
        for what in [What::All, What::Flowtables(None), What::Flowtables(Some("f"))] {
            assert_eq!(ruleset.show_table(&ruleset.tables[0], what, Default::default()), text);
        }
    }
}
