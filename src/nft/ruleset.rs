//! The rule set as the kernel has it, and its text.

use nlmsg::nft::*;
use nlmsg::payload::{Be, Selector, Slot};
use nlmsg::{
    Body, Message, Nest,
    frame::{NLM_F_APPEND, NlmF},
};

use super::expr::{Expr, Value, get};
use super::lift;
use super::sets::{Known, Part, RawElem, decode};
use super::simple;
use super::stmt::{Elem, show_period, show_verdict};
use super::types::{self, Style, Type};
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
    /// Lengths of a concatenation's parts.
    fields: Vec<u32>,
    exprs: Vec<Expr>,
    elems: Vec<RawElem>,
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

/// All that `list ruleset` shows.
#[derive(Debug, Default)]
pub(super) struct Ruleset {
    pub(super) tables: Vec<Table>,
    pub(super) chains: Vec<Chain>,
    pub(super) rules: Vec<Rule>,
    pub(super) sets: Vec<Set>,
    pub(super) objects: Vec<Object>,
}

fn comment(udata: Option<Udata<'_>>, kind: u8) -> Option<String> {
    udata.and_then(|udata| udata.text(kind)).map(String::from)
}

fn header(family: u8) -> NfGenMsg {
    NfGenMsg::new(NfProto(family))
}

/// All objects of a kind.
fn dump<'b, B: Body<'b>, T>(
    socket: &mut Socket,
    kind: u16,
    body: &B,
    mut pick: impl FnMut(Message<'_>) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut list = Vec::new();
    socket.dump(kind, NlmF(0), body, |message| {
        list.extend(pick(message));
        Ok::<(), Error>(())
    })?;
    Ok(list)
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
        let tables = dump(socket, NFT_MSG_GETTABLE, &nlmsg::nft::Table::new(header(0), Nest::List(&[])), |message| {
            let body = message.body::<nlmsg::nft::Table<'_>>().ok()?;
            let a = body.attrs;
            Some(Table {
                family: body.header.nfgen_family.0,
                name: text!(a, NftaTable::NFTA_TABLE_NAME),
                handle: number!(a, NftaTable::NFTA_TABLE_HANDLE),
                flags: get!(a, NftaTable::NFTA_TABLE_FLAGS).map_or(0, |Be(flags)| flags.0),
                comment: comment(get!(a, NftaTable::NFTA_TABLE_USERDATA), NFTNL_UDATA_TABLE_COMMENT),
            })
        })?;
        let chains = dump(socket, NFT_MSG_GETCHAIN, &nlmsg::nft::Chain::new(header(0), Nest::List(&[])), chain)?;
        let rules = dump(socket, NFT_MSG_GETRULE, &nlmsg::nft::Rule::new(header(0), Nest::List(&[])), |message| {
            let body = message.body::<nlmsg::nft::Rule<'_>>().ok()?;
            let a = body.attrs;
            Some(Rule {
                family: body.header.nfgen_family.0,
                table: text!(a, NftaRule::NFTA_RULE_TABLE),
                chain: text!(a, NftaRule::NFTA_RULE_CHAIN),
                handle: number!(a, NftaRule::NFTA_RULE_HANDLE),
                exprs: get!(a, NftaRule::NFTA_RULE_EXPRESSIONS).map(Expr::read_all).unwrap_or_default(),
                comment: comment(get!(a, NftaRule::NFTA_RULE_USERDATA), NFTNL_UDATA_RULE_COMMENT),
            })
        })?;
        let mut sets = read_sets(socket)?;
        for set in &mut sets {
            set.elems = elements(socket, set)?;
        }
        let objects = dump(socket, NFT_MSG_GETOBJ, &Obj::new(header(0), Nest::List(&[])), object)?;
        Ok(Ruleset { tables, chains, rules, sets, objects })
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
    dump(socket, NFT_MSG_GETSET, &nlmsg::nft::Set::new(header(0), Nest::List(&[])), set)
}

fn chain(message: Message<'_>) -> Option<Chain> {
    let body = message.body::<nlmsg::nft::Chain<'_>>().ok()?;
    let a = body.attrs;
    let hook = get!(a, NftaChain::NFTA_CHAIN_HOOK);
    let mut devices = Vec::new();
    if let Some(hook) = hook {
        devices.extend(get!(hook, NftaHook::NFTA_HOOK_DEV).map(|name| name.to_string()));
        if let Some(list) = get!(hook, NftaHook::NFTA_HOOK_DEVS) {
            devices.clear();
            devices.extend(list.iter().map_while(Result::ok).filter_map(|device| match device {
                NftaDevice::NFTA_DEVICE_NAME(name) => Some(name.to_string()),
                _ => None,
            }));
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

fn set(message: Message<'_>) -> Option<Set> {
    let body = message.body::<nlmsg::nft::Set<'_>>().ok()?;
    let a = body.attrs;
    let udata = get!(a, NftaSet::NFTA_SET_USERDATA);
    let desc = get!(a, NftaSet::NFTA_SET_DESC);
    let merge = udata.and_then(|udata| udata.iter().find(|tlv| tlv.kind == NFTNL_UDATA_SET_MERGE_ELEMENTS));
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
        name: text!(a, NftaSet::NFTA_SET_NAME),
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
        merge: merge.is_some_and(|tlv| tlv.value().iter().any(|&byte| byte != 0)),
        fields: fields.unwrap_or_default(),
        exprs: one.or_else(|| get!(a, NftaSet::NFTA_SET_EXPRESSIONS).map(Expr::read_all)).unwrap_or_default(),
        elems: Vec::new(),
    })
}

fn object(message: Message<'_>) -> Option<Object> {
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
    let mut list = Vec::new();
    let body = SetElems::new(header(set.family), Nest::List(&ask));
    socket.dump(NFT_MSG_GETSETELEM, NlmF(0), &body, |message| {
        let body = message.body::<SetElems<'_>>();
        if let Some(elems) = body.ok().and_then(|body| get!(body.attrs, NftaSetElemList::NFTA_SET_ELEM_LIST_ELEMENTS)) {
            list.extend(elems.iter().map_while(Result::ok).filter_map(|attr| match attr {
                Slot::At(_, elem) => Some(element(elem)),
                Slot::Unknown(_) => None,
            }));
        }
        Ok::<(), Error>(())
    })?;
    Ok(list)
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
        Some(decode(&set.elems, parts, &data, set.flags & NFT_SET_INTERVAL.0 != 0))
    }

    fn object(&self, set: &str) -> Option<String> {
        let kind = self.ruleset.set(self.family, self.table, set)?.object?;
        ObjType(kind).word().map(String::from)
    }
}

impl Set {
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

/// `" # handle 1"` where handles are asked for.
fn handle(style: Style, number: u64) -> String {
    if style.handles { format!(" # handle {number}") } else { String::new() }
}

fn family_word(family: u8) -> &'static str {
    NfProto(family).word().unwrap_or("unknown")
}

/// What of a table is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'a> {
    All,
    /// One chain.
    Chain(&'a str),
    /// All chains without their rules.
    Chains,
    /// One set or map.
    Set(&'a str),
    /// All sets, or all maps.
    Sets(bool),
    /// Objects of one kind, one of them or all.
    Objects(u32, Option<&'a str>),
}

impl Ruleset {
    /// A table's text.
    pub(super) fn show_table(&self, table: &Table, what: What<'_>, style: Style) -> String {
        let known = TableSets { ruleset: self, family: table.family, table: &table.name };
        let mut out = format!("table {} {} {{", family_word(table.family), table.name);
        let whole = what == What::All;
        out += &if whole { handle(style, table.handle) } else { String::new() };
        out.push('\n');
        let mut parts: Vec<String> = Vec::new();
        let mine = |family: u8, name: &str| family == table.family && name == table.name;
        if whole {
            let mut head = String::new();
            if let Some(text) = &table.comment {
                head += &format!("\tcomment \"{text}\"\n");
            }
            let flags = TableFlags::TABLE.names.iter().filter(|name| i64::from(table.flags) & name.value != 0);
            let flags: Vec<_> = flags.map(|name| name.word).collect();
            if !flags.is_empty() {
                head += &format!("\tflags {}\n", flags.join(","));
            }
            if !head.is_empty() {
                parts.push(head);
            }
        }
        for object in self.objects.iter().filter(|object| mine(object.family, &object.table)) {
            let shown = match what {
                What::All => true,
                What::Objects(kind, name) => kind == object.kind && name.is_none_or(|name| name == object.name),
                _ => false,
            };
            if shown {
                parts.push(show_object(object, style));
            }
        }
        for set in self.sets.iter().filter(|set| mine(set.family, &set.table) && set.flags & NFT_SET_ANONYMOUS.0 == 0) {
            let map = set.flags & (NFT_SET_MAP.0 | NFT_SET_OBJECT.0) != 0;
            let shown = match what {
                What::All => true,
                What::Set(name) => name == set.name,
                What::Sets(maps) => maps == map,
                _ => false,
            };
            if shown {
                parts.push(show_set(set, style));
            }
        }
        for chain in self.chains.iter().filter(|chain| mine(chain.family, &chain.table)) {
            let shown = match what {
                What::All | What::Chains => true,
                What::Chain(name) => name == chain.name,
                _ => false,
            };
            if shown {
                parts.push(self.show_chain(chain, &known, what != What::Chains, style));
            }
        }
        // lists of one kind stand close together
        let between = if what == What::Chains || matches!(what, What::Sets(_) | What::Objects(..)) { "" } else { "\n" };
        out += &parts.join(between);
        out += "}\n";
        out
    }

    fn show_chain(&self, chain: &Chain, known: &TableSets<'_>, rules: bool, style: Style) -> String {
        let mut out = format!("\tchain {} {{{}\n", chain.name, handle(style, chain.handle));
        if let Some(text) = &chain.comment {
            out += &format!("\t\tcomment \"{text}\"\n");
        }
        if let Some((hook, priority)) = chain.hook {
            let word = hook_word(chain.family, hook);
            let devices = match chain.devices.as_slice() {
                [] => String::new(),
                [one] => format!(" device \"{one}\""),
                many => {
                    let names: Vec<_> = many.iter().map(|name| format!("\"{name}\"")).collect();
                    format!(" devices = {{ {} }}", names.join(", "))
                }
            };
            let priority = show_priority(chain.family, hook, priority, style);
            out += &format!("\t\ttype {} hook {word}{devices} priority {priority};", chain.kind);
            if let Some(policy) = chain.policy {
                out += &format!(" policy {};", show_verdict(policy, None));
            }
            out.push('\n');
            if chain.flags & NFT_CHAIN_HW_OFFLOAD.0 != 0 {
                out += "\t\tflags offload\n";
            }
        }
        if rules {
            let mine = |rule: &&Rule| rule.family == chain.family && rule.table == chain.table && rule.chain == chain.name;
            for rule in self.rules.iter().filter(mine) {
                out += &format!("\t\t{}\n", show_rule(rule, known, style));
            }
        }
        out + "\t}\n"
    }

    /// The text of a rule that was just added with these attributes, as a command.
    pub(super) fn show_added(&self, attrs: Nest<'_, NftaRule<'_>>, family: u8, flags: NlmF, style: Style) -> String {
        let (table, chain) = (text!(attrs, NftaRule::NFTA_RULE_TABLE), text!(attrs, NftaRule::NFTA_RULE_CHAIN));
        let mine = |rule: &&Rule| rule.family == family && rule.table == table && rule.chain == chain;
        // the newest has the highest handle
        let Some(rule) = self.rules.iter().filter(mine).max_by_key(|rule| rule.handle) else { return String::new() };
        let word = if flags.contains(NLM_F_APPEND) { "add" } else { "insert" };
        let known = TableSets { ruleset: self, family, table: &table };
        format!("{word} rule {} {table} {chain} {}\n", family_word(family), show_rule(rule, &known, style))
    }

    /// The handle of a chain's rule by its place, counted from 0.
    pub(super) fn rule_at(&self, family: u8, table: &str, chain: &str, index: u64) -> Option<u64> {
        let mine = |rule: &&Rule| rule.family == family && rule.table == table && rule.chain == chain;
        self.rules.iter().filter(mine).nth(usize::try_from(index).ok()?).map(|rule| rule.handle)
    }
}

fn show_rule(rule: &Rule, known: &TableSets<'_>, style: Style) -> String {
    let mut out = lift::show(&rule.exprs, rule.family, known, style);
    if let Some(text) = &rule.comment {
        out += &format!(" comment \"{text}\"");
    }
    out + &handle(style, rule.handle)
}

fn show_object(object: &Object, style: Style) -> String {
    let word = ObjType(object.kind).word().unwrap_or("object");
    let mut out = format!("\t{word} {} {{{}\n", object.name, handle(style, object.handle));
    if let Some(text) = &object.comment {
        out += &format!("\t\tcomment \"{text}\"\n");
    }
    match &object.value {
        Some(Expr::Counter { .. }) if style.stateless => {}
        Some(Expr::Counter { packets, bytes }) => out += &format!("\t\tpackets {packets} bytes {bytes}\n"),
        Some(quota @ Expr::Quota { .. }) => out += &format!("\t\t{}\n", simple::show_quota(quota, style)),
        Some(limit @ Expr::Limit { .. }) => out += &format!("\t\t{}\n", simple::show_limit(limit)),
        _ => {}
    }
    if let Some((name, l3, l4)) = &object.helper {
        let l3 = if *l3 == 10 { "ip6" } else { "ip" };
        out += &format!("\t\ttype \"{name}\" protocol {}\n\t\tl3proto {l3}\n", types::INET_PROTO.show(&[*l4], style));
    }
    out + "\t}\n"
}

fn show_set(set: &Set, style: Style) -> String {
    let map = set.flags & (NFT_SET_MAP.0 | NFT_SET_OBJECT.0) != 0;
    let word = if map { "map" } else { "set" };
    let mut out = format!("\t{word} {} {{{}\n", set.name, handle(style, set.handle));
    let Some(types) = set.types().filter(|types| !types.is_empty()) else {
        return out + &format!("\t\t# unknown type {}\n\t}}\n", set.key_type);
    };
    let data = set.data_types();
    out += &format!("\t\ttype {}", Set::type_name(&types));
    if let Some(kind) = set.object {
        out += &format!(" : {}", ObjType(kind).word().unwrap_or("object"));
    } else if map {
        out += &format!(" : {}", Set::type_name(&data));
    }
    out.push('\n');
    if set.policy == NFT_SET_POL_MEMORY.0 {
        out += "\t\tpolicy memory\n";
    }
    if set.size != 0 && set.flags & NFT_SET_CONSTANT.0 == 0 {
        out += &format!("\t\tsize {}\n", set.size);
    }
    let timed = set.flags & NFT_SET_TIMEOUT.0 != 0 && set.timeout == 0;
    let words = [
        (NFT_SET_CONSTANT.0, "constant"),
        (NFT_SET_EVAL.0, "dynamic"),
        (NFT_SET_INTERVAL.0, "interval"),
        (NFT_SET_TIMEOUT.0, "timeout"),
    ];
    let flags: Vec<_> = words.iter().filter(|(bit, _)| set.flags & bit != 0).map(|(_, word)| *word).collect();
    if flags.iter().any(|word| *word != "timeout") || timed {
        out += &format!("\t\tflags {}\n", flags.join(","));
    }
    for expr in &set.exprs {
        out += &format!("\t\t{}\n", simple::show(expr, Style { stateless: true, ..style }));
    }
    if set.merge {
        out += "\t\tauto-merge\n";
    }
    if set.timeout != 0 {
        out += &format!("\t\ttimeout {}\n", show_period(set.timeout, style));
    }
    if set.gc != 0 {
        out += &format!("\t\tgc-interval {}\n", show_period(u64::from(set.gc), style));
    }
    if let Some(text) = &set.comment {
        out += &format!("\t\tcomment \"{text}\"\n");
    }
    if !set.elems.is_empty() && !style.terse {
        let parts: Vec<_> = types.iter().map(|ty| Part::Type(ty)).collect();
        let mut elems = decode(&set.elems, &parts, &data, set.flags & NFT_SET_INTERVAL.0 != 0);
        for elem in &mut elems {
            // an element that stays as long as all others says nothing about it
            if elem.timeout == set.timeout {
                elem.timeout = 0;
            }
        }
        let texts: Vec<_> = elems.iter().map(|elem| elem.show(&types, Some(&data), style)).collect();
        let row = per_line(&types);
        let lines: Vec<_> = texts.chunks(row).map(|chunk| chunk.join(", ")).collect();
        out += &format!("\t\telements = {{ {} }}\n", lines.join(",\n\t\t\t     "));
    }
    out + "\t}\n"
}

/// How many elements stand in a line.
fn per_line(types: &[&'static Type]) -> usize {
    match types {
        [ty] => match ty.id {
            2 | 4 | 11 | 12 | 13 | 15 | 16 | 19 | 20 | 23 | 24 | 25 | 26 | 27 | 28 | 31 | 35 | 38 | 39 => 5,
            7 | 14 | 29 => 2,
            _ => 1,
        },
        _ => 1,
    }
}

/// The word for a hook.
pub(super) fn hook_word(family: u8, hook: u32) -> String {
    let word = match family {
        3 => ArpHook(hook).word(),
        5 => NetdevHook(hook).word(),
        _ => InetHook(hook).word(),
    };
    word.map_or_else(|| hook.to_string(), String::from)
}

/// The number of a hook's word.
pub(super) fn hook_number(family: u8, word: &str) -> Option<u32> {
    match family {
        3 => ArpHook::from_word(word).map(|hook| hook.0),
        5 => NetdevHook::from_word(word).map(|hook| hook.0),
        7 => InetHook::from_word(word).map(|hook| hook.0).filter(|&hook| hook < 5),
        1 => InetHook::from_word(word).map(|hook| hook.0),
        _ => InetHook::from_word(word).map(|hook| hook.0).filter(|&hook| hook < 5),
    }
}

/// The named priorities of a family's hook.
pub(super) fn priorities(family: u8, hook: u32) -> Vec<(&'static str, i32)> {
    let table = if family == 7 { BridgePriority::TABLE } else { Priority::TABLE };
    let valid = |word: &str| match word {
        "" => false,
        "filter" => true,
        "dstnat" => hook == NF_INET_PRE_ROUTING.0 && !matches!(family, 3 | 5),
        "srcnat" => hook == NF_INET_POST_ROUTING.0 && !matches!(family, 3 | 5),
        "out" => hook == NF_INET_LOCAL_OUT.0,
        _ => matches!(family, 1 | 2 | 10),
    };
    table.names.iter().filter(|name| valid(name.word)).map(|name| (name.word, name.value as i32)).collect()
}

/// How far from a named priority a number may be to be told by it.
const REACH: i64 = 10;

fn show_priority(family: u8, hook: u32, priority: i32, style: Style) -> String {
    let distance = |value: i32| i64::from(priority) - i64::from(value);
    let names = priorities(family, hook);
    let nearest =
        names.into_iter().filter(|(_, value)| distance(*value).abs() <= REACH).min_by_key(|(_, value)| distance(*value).abs());
    match nearest {
        Some((word, value)) if !style.priority => match distance(value) {
            0 => word.into(),
            offset if offset > 0 => format!("{word} + {offset}"),
            offset => format!("{word} - {}", -offset),
        },
        _ => priority.to_string(),
    }
}
