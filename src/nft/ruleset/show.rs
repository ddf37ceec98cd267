//! Tables and what is in them, as text.

use nlmsg::nft::{
    ArpHook, BridgePriority, InetHook, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING, NF_INET_PRE_ROUTING, NFT_CHAIN_HW_OFFLOAD,
    NFT_FLOWTABLE_COUNTER, NFT_FLOWTABLE_HW_OFFLOAD, NFT_SET_ANONYMOUS, NFT_SET_CONSTANT, NFT_SET_EVAL, NFT_SET_INTERVAL,
    NFT_SET_MAP, NFT_SET_OBJECT, NFT_SET_POL_MEMORY, NFT_SET_TIMEOUT, NetdevHook, NfProto, ObjType, Priority, TableFlags,
};

use super::super::expr::Expr;
use super::super::keys::show_all;
use super::super::lift;
use super::super::sets::{Part, RawElem, decode};
use super::super::simple;
use super::super::stmt::{show_period, show_verdict};
use super::super::types::{self, Style, Type};
use super::{Chain, Flowtable, Object, Rule, Ruleset, Set, Table, TableSets};

/// `" # handle 1"` where handles are asked for.
fn handle(style: Style, number: u64) -> String {
    if style.handles { format!(" # handle {number}") } else { String::new() }
}

fn family_word(family: u8) -> &'static str {
    NfProto(family).word().unwrap_or("unknown")
}

/// What of a table is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nft) enum What<'a> {
    All,
    /// One chain.
    Chain(&'a str),
    /// All chains without their rules.
    Chains,
    /// One set or map.
    Set(&'a str),
    /// All sets, or all maps.
    Sets(bool),
    /// One flowtable, or all.
    Flowtables(Option<&'a str>),
    /// Objects of one kind, one of them or all.
    Objects(u32, Option<&'a str>),
}

impl Ruleset {
    /// A table's text.
    pub(in crate::nft) fn show_table(&self, table: &Table, what: What<'_>, style: Style) -> String {
        let known = TableSets { ruleset: self, family: table.family, table: &table.name };
        let mut out = format!("table {} {} {{", family_word(table.family), table.name);
        let whole = what == What::All;
        out += &if whole { handle(style, table.handle) } else { String::new() };
        out.push('\n');
        let mut parts: Vec<String> = Vec::new();
        let mine = |family: u8, name: &str| family == table.family && name == table.name;
        if whole {
            let mut head = String::new();
            if table.flags != 0 {
                head += &format!("\tflags {}\n", table.flag_words());
            }
            if let Some(text) = &table.comment {
                head += &format!("\tcomment \"{text}\"\n");
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
        for set in self.sets.iter().filter(|set| mine(set.family, &set.table) && !set.anonymous()) {
            let shown = match what {
                What::All => true,
                What::Set(name) => name == set.name,
                What::Sets(maps) => maps == (set.word() == "map"),
                _ => false,
            };
            if shown {
                parts.push(show_set(set, style));
            }
        }
        for flowtable in self.flowtables.iter().filter(|flowtable| mine(flowtable.family, &flowtable.table)) {
            let shown = match what {
                What::All => true,
                What::Flowtables(name) => name.is_none_or(|name| name == flowtable.name),
                _ => false,
            };
            if shown {
                parts.push(show_flowtable(flowtable, style));
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
        let between = if what == What::Chains || matches!(what, What::Sets(_) | What::Objects(..) | What::Flowtables(_)) {
            ""
        } else {
            "\n"
        };
        out += &parts.join(between);
        out += "}\n";
        out
    }

    fn show_chain(&self, chain: &Chain, known: &TableSets<'_>, rules: bool, style: Style) -> String {
        let mut out = format!("\tchain {} {{{}\n", chain.name, handle(style, chain.handle));
        if let Some(text) = &chain.comment {
            out += &format!("\t\tcomment \"{text}\"\n");
        }
        if chain.hook.is_some() {
            out += &format!("\t\t{}", chain.base(style));
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

    /// The end of the command that makes a rule.
    pub(in crate::nft) fn echo_rule(&self, rule: &Rule, style: Style) -> String {
        let known = TableSets { ruleset: self, family: rule.family, table: &rule.table };
        let beside = rule.position.map(|handle| format!("handle {handle} ")).unwrap_or_default();
        format!("{} {beside}{}", place("rule", rule.family, &rule.table, &rule.chain), show_rule(rule, &known, style))
    }

    /// The handle of a chain's rule by its place, counted from 0.
    pub(in crate::nft) fn rule_at(&self, family: u8, table: &str, chain: &str, index: u64) -> Option<u64> {
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
    let word = set.word();
    let mut out = format!("\t{word} {} {{{}\n", set.name, handle(style, set.handle));
    let Some(types) = set.types().filter(|types| !types.is_empty()) else {
        return out + &format!("\t\t# unknown type {}\n\t}}\n", set.key_type);
    };
    let data = set.data_types();
    let (by, key) = match &set.key_kept {
        Some(keys) if !keys.is_empty() => ("typeof", show_all(keys)),
        _ => ("type", Set::type_name(&types)),
    };
    out += &format!("\t\t{by} {key}");
    if let Some(kind) = set.object {
        out += &format!(" : {}", ObjType(kind).word().unwrap_or("object"));
    } else if word == "map" {
        let kept = set.data_kept.as_ref().filter(|keys| by == "typeof" && !keys.is_empty());
        out += &format!(" : {}", kept.map_or_else(|| Set::type_name(&data), |keys| show_all(keys)));
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
        let texts = set.texts(&set.elems, style);
        let lines: Vec<_> = texts.chunks(per_line(&types)).map(|chunk| chunk.join(", ")).collect();
        out += &format!("\t\telements = {{ {} }}\n", lines.join(",\n\t\t\t     "));
    }
    out + "\t}\n"
}

/// Where something stands, as a command says it.
fn place(kind: &str, family: u8, table: &str, name: &str) -> String {
    format!("{kind} {} {table} {name}", family_word(family))
}

/// A block of a listing in one line, as the end of a command: its lines with `end` after each.
fn in_line(block: &str, end: &str) -> String {
    let mut lines = block.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let (_, open) = first.split_once('{').unwrap_or_default();
    let mut out = format!("{{{open}");
    for line in lines.filter(|line| *line != "}") {
        out += &format!(" {line}{end}");
    }
    out + " } "
}

impl Table {
    /// The end of the command that makes it.
    pub(in crate::nft) fn echo(&self, style: Style) -> String {
        let flags = if self.flags == 0 { String::new() } else { format!(" {{ flags {}; }}", self.flag_words()) };
        format!("table {} {}{flags}{}", family_word(self.family), self.name, handle(style, self.handle))
    }

    fn flag_words(&self) -> String {
        let flags = TableFlags::TABLE.names.iter().filter(|name| i64::from(self.flags) & name.value != 0);
        flags.map(|name| name.word).collect::<Vec<_>>().join(",")
    }
}

impl Chain {
    /// `type ... policy ...;` of a base chain.
    fn base(&self, style: Style) -> String {
        let Some((hook, priority)) = self.hook else { return String::new() };
        let word = hook_word(self.family, hook);
        let devices = match self.devices.as_slice() {
            [] => String::new(),
            [one] => format!(" device \"{one}\""),
            many => {
                let names: Vec<_> = many.iter().map(|name| format!("\"{name}\"")).collect();
                format!(" devices = {{ {} }}", names.join(", "))
            }
        };
        let priority = show_priority(self.family, hook, priority, style);
        let mut out = format!("type {} hook {word}{devices} priority {priority};", self.kind);
        if let Some(policy) = self.policy {
            out += &format!(" policy {};", show_verdict(policy, None));
        }
        out
    }

    /// The end of the command that makes it.
    pub(in crate::nft) fn echo(&self, style: Style) -> String {
        let base = match (&self.hook, self.policy) {
            (Some(_), _) => format!(" {{ {} }}", self.base(style)),
            // the kernel has no such chain, but it can be asked for one
            (None, Some(policy)) => format!(" {{ policy {}; }}", show_verdict(policy, None)),
            (None, None) => String::new(),
        };
        place("chain", self.family, &self.table, &self.name) + &base + &handle(style, self.handle)
    }
}

impl Rule {
    /// The end of the command that deletes it.
    pub(in crate::nft) fn place(&self) -> String {
        format!("{} handle {}", place("rule", self.family, &self.table, &self.chain), self.handle)
    }
}

impl Object {
    /// The end of the command that makes it.
    pub(in crate::nft) fn echo(&self, style: Style) -> String {
        let word = ObjType(self.kind).word().unwrap_or("object");
        place(word, self.family, &self.table, &self.name) + " " + &in_line(&show_object(self, style), "")
    }
}

impl Set {
    fn anonymous(&self) -> bool {
        self.flags & NFT_SET_ANONYMOUS.0 != 0
    }

    fn word(&self) -> &'static str {
        if self.flags & (NFT_SET_MAP.0 | NFT_SET_OBJECT.0) != 0 { "map" } else { "set" }
    }

    /// Each of these elements.
    fn texts(&self, elems: &[RawElem], style: Style) -> Vec<String> {
        let (types, data) = (self.types().unwrap_or_default(), self.data_types());
        let parts: Vec<_> = types.iter().map(|ty| Part::Type(ty)).collect();
        let mut elems = decode(elems, &parts, &data, self.flags & NFT_SET_INTERVAL.0 != 0, !self.sent);
        for elem in &mut elems {
            // an element that stays as long as all others says nothing about it
            if elem.timeout == self.timeout {
                elem.timeout = 0;
            }
        }
        elems.iter().map(|elem| elem.show(&types, Some(&data), style)).collect()
    }

    /// The command that makes it, unless a rule brings it along.
    pub(in crate::nft) fn echo(&self, verb: &str, style: Style) -> String {
        if self.anonymous() {
            return String::new();
        }
        let place = place(self.word(), self.family, &self.table, &self.name);
        format!("{verb} {place} {}\n", in_line(&show_set(self, style), ";"))
    }

    /// The end of the command that adds these elements.
    pub(in crate::nft) fn with(&self, elems: &[RawElem], style: Style) -> String {
        let place = place("element", self.family, &self.table, &self.name);
        format!("{place} {{ {} }}", self.texts(elems, style).join(", "))
    }

    /// The commands that add these elements, one each.
    pub(in crate::nft) fn echo_elements(&self, verb: &str, elems: &[RawElem], style: Style) -> String {
        if self.anonymous() {
            return String::new();
        }
        let place = place("element", self.family, &self.table, &self.name);
        self.texts(elems, style).iter().map(|text| format!("{verb} {place} {{ {text} }}\n")).collect()
    }
}

impl Flowtable {
    /// Whether it is the one of this name.
    pub(in crate::nft) fn is(&self, family: u8, table: &str, name: &str) -> bool {
        self.family == family && self.table == table && self.name == name
    }
}

fn show_flowtable(flowtable: &Flowtable, style: Style) -> String {
    /// `NFPROTO_NETDEV`: the hooks of flowtables are a device's.
    const NETDEV: u8 = 5;
    let Flowtable { name, hook, priority, devices, flags, .. } = flowtable;
    let word = hook_word(NETDEV, *hook);
    let priority = show_priority(NETDEV, *hook, *priority, style);
    let mut out = format!("\tflowtable {name} {{{}\n\t\thook {word} priority {priority}\n", handle(style, flowtable.handle));
    if !devices.is_empty() {
        out += &format!("\t\tdevices = {{ {} }}\n", devices.join(", "));
    }
    if flags & NFT_FLOWTABLE_HW_OFFLOAD.0 != 0 {
        out += "\t\tflags offload\n";
    }
    if flags & NFT_FLOWTABLE_COUNTER.0 != 0 {
        out += "\t\tcounter\n";
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
pub(in crate::nft) fn hook_word(family: u8, hook: u32) -> String {
    let word = match family {
        3 => ArpHook(hook).word(),
        5 => NetdevHook(hook).word(),
        _ => InetHook(hook).word(),
    };
    word.map_or_else(|| hook.to_string(), String::from)
}

/// The number of a hook's word.
pub(in crate::nft) fn hook_number(family: u8, word: &str) -> Option<u32> {
    match family {
        3 => ArpHook::from_word(word).map(|hook| hook.0),
        5 => NetdevHook::from_word(word).map(|hook| hook.0),
        7 => InetHook::from_word(word).map(|hook| hook.0).filter(|&hook| hook < 5),
        1 => InetHook::from_word(word).map(|hook| hook.0),
        _ => InetHook::from_word(word).map(|hook| hook.0).filter(|&hook| hook < 5),
    }
}

/// The named priorities of a family's hook.
pub(in crate::nft) fn priorities(family: u8, hook: u32) -> Vec<(&'static str, i32)> {
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
