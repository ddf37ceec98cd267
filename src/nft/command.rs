//! The grammar of commands.

use nlmsg::nft::{NFT_OBJECT_COUNTER, NFT_OBJECT_LIMIT, NFT_OBJECT_QUOTA, NfProto};

use super::expr::Expr;
use super::lex::{Kind, Span};
use super::message::SetSpec;
use super::parse::{Fault, MapTo, Name, Parser, RuleText};
use super::ruleset::{hook_number, priorities};
use super::simple;
use super::stmt::Elem;
use super::types::{self, Type};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Create,
    Insert,
    Replace,
    Delete,
    Flush,
    List,
    Reset,
}

const VERBS: &[(&str, Verb)] = &[
    ("add", Verb::Add),
    ("create", Verb::Create),
    ("insert", Verb::Insert),
    ("replace", Verb::Replace),
    ("delete", Verb::Delete),
    ("flush", Verb::Flush),
    ("list", Verb::List),
    ("reset", Verb::Reset),
];

/// Which object: by name or by handle.
#[derive(Clone, Debug)]
pub(super) enum Which {
    Name(Name),
    Handle(u64, Span),
}

/// Where a chain hangs.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) kind: String,
    pub(super) hook: u32,
    pub(super) priority: i32,
    pub(super) devices: Vec<String>,
}

/// What is said about a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainSpec {
    pub(super) base: Option<Base>,
    pub(super) policy: Option<bool>,
    pub(super) comment: Option<String>,
    pub(super) offload: bool,
}

/// What a command is about.
#[derive(Debug)]
pub(super) enum Subject {
    Table {
        name: Which,
        flags: u32,
        comment: Option<String>,
    },
    Chain {
        table: Name,
        name: Which,
        spec: ChainSpec,
    },
    Rule {
        table: Name,
        chain: Name,
        rule: Option<RuleText>,
        handle: Option<(u64, Span)>,
        index: Option<(u64, Span)>,
    },
    Set {
        table: Name,
        name: Which,
        spec: SetSpec,
        elems: Vec<Elem>,
    },
    Elements {
        table: Name,
        set: Name,
        elems: ElemText,
    },
    Object {
        table: Name,
        name: Which,
        kind: u32,
        value: Option<Expr>,
        comment: Option<String>,
    },
    Ruleset,
    /// All objects of a kind: `tables`, `chains`, `sets`, `maps`, `counters`, ...
    All(String, Option<Name>),
}

/// Elements can be read only when the set's types are known: their tokens are kept.
#[derive(Debug)]
pub(super) struct ElemText {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A command.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) verb: Verb,
    /// 0 where none was said and all are meant.
    pub(super) family: u8,
    pub(super) subject: Subject,
    pub(super) span: Span,
}

/// `NFPROTO_IPV4`: what a command without a family means.
const DEFAULT_FAMILY: u8 = 2;

/// What of a table's block goes in which order.
#[derive(Default)]
struct Block {
    chains: Vec<Command>,
    objects: Vec<Command>,
    sets: Vec<Command>,
    rules: Vec<Command>,
}

/// Reads all commands of a text.
pub(super) fn parse(p: &mut Parser<'_>) -> Result<Vec<Command>, Fault> {
    let mut commands = Vec::new();
    loop {
        while p.kind() == Kind::Newline || p.is(";") {
            p.advance();
        }
        if p.kind() == Kind::End {
            return Ok(commands);
        }
        command(p, &mut commands)?;
        if p.kind() != Kind::Newline && p.kind() != Kind::End && !p.is(";") {
            return Err(p.expecting("end of file or newline or semicolon"));
        }
    }
}

fn family(p: &mut Parser<'_>) -> Option<u8> {
    let family = NfProto::from_word(p.text()).filter(|_| p.kind() == Kind::Word)?;
    p.advance();
    Some(family.0)
}

fn handle(p: &mut Parser<'_>) -> Result<Option<(u64, Span)>, Fault> {
    if !p.eat("handle") {
        return Ok(None);
    }
    let span = p.span();
    Ok(Some((p.number()?, span)))
}

fn which(p: &mut Parser<'_>) -> Result<Which, Fault> {
    match handle(p)? {
        Some((handle, span)) => Ok(Which::Handle(handle, span)),
        None => p.name().map(Which::Name),
    }
}

fn command(p: &mut Parser<'_>, out: &mut Vec<Command>) -> Result<(), Fault> {
    let start = p.span();
    let verb = VERBS.iter().find(|(word, _)| *word == p.text() && p.kind() == Kind::Word).map(|(_, verb)| *verb);
    if verb.is_some() {
        p.advance();
    }
    let verb = verb.unwrap_or(Verb::Add);
    let object = p.text().to_string();
    let makes = matches!(verb, Verb::Add | Verb::Create);
    let at = out.len();
    match object.as_str() {
        "ruleset" if matches!(verb, Verb::List | Verb::Flush) => {
            p.advance();
            let family = family(p).unwrap_or(0);
            out.push(Command { verb, family, subject: Subject::Ruleset, span: start });
        }
        "tables" | "chains" | "sets" | "maps" | "counters" | "quotas" | "limits" | "flowtables" | "meters"
            if matches!(verb, Verb::List | Verb::Reset) =>
        {
            p.advance();
            let family = family(p).unwrap_or(0);
            let table = if p.eat("table") {
                self::family(p);
                Some(p.name()?)
            } else {
                None
            };
            out.push(Command { verb, family, subject: Subject::All(object, table), span: start });
        }
        "table" => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let name = if verb == Verb::Delete { which(p)? } else { Which::Name(p.name()?) };
            out.push(Command {
                verb,
                family,
                subject: Subject::Table { name: name.clone(), flags: 0, comment: None },
                span: start,
            });
            if makes
                && p.is("{")
                && let Which::Name(name) = name
            {
                let mut block = Block::default();
                let (flags, comment) = table_block(p, family, &name, verb, &mut block)?;
                out[at].subject = Subject::Table { name: Which::Name(name), flags, comment };
                out[at].span = start.to(p.last_span());
                out.extend(block.chains.into_iter().chain(block.objects).chain(block.sets).chain(block.rules));
                return Ok(());
            }
        }
        "chain" => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let table = p.name()?;
            let name = if verb == Verb::Delete { which(p)? } else { Which::Name(p.name()?) };
            let mut spec = ChainSpec::default();
            let mut rules = Vec::new();
            if makes && p.eat("{") {
                chain_block(p, family, &mut spec, &mut rules)?;
            }
            if let Some((_, span)) = rules.first() {
                return Err(Fault::new("syntax error, unexpected rule", *span));
            }
            out.push(Command { verb, family, subject: Subject::Chain { table, name, spec }, span: start });
        }
        "set" | "map" if p.kind() == Kind::Word => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let table = p.name()?;
            let name = if verb == Verb::Delete { which(p)? } else { Which::Name(p.name()?) };
            let (mut spec, mut elems) = (SetSpec::default(), Vec::new());
            if makes {
                (spec, elems) = set_block(p, family, object == "map")?;
            }
            out.push(Command { verb, family, subject: Subject::Set { table, name, spec, elems }, span: start });
        }
        "element" => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let (table, set) = (p.name()?, p.name()?);
            let elems = p.skip_braces()?;
            out.push(Command { verb, family, subject: Subject::Elements { table, set, elems }, span: start });
        }
        "counter" | "quota" | "limit" => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let table = p.name()?;
            let name = if verb == Verb::Delete { which(p)? } else { Which::Name(p.name()?) };
            let (value, comment) = if makes { object_block(p, &object)? } else { (None, None) };
            let kind = object_kind(&object);
            out.push(Command { verb, family, subject: Subject::Object { table, name, kind, value, comment }, span: start });
        }
        _ if matches!(verb, Verb::List | Verb::Flush | Verb::Reset | Verb::Create) => return Err(p.unexpected()),
        _ => {
            p.eat("rule");
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let (table, chain) = (p.name()?, p.name()?);
            let mut place = handle(p)?;
            let mut index = None;
            if verb == Verb::Delete || verb == Verb::Replace {
                if place.is_none() {
                    return Err(p.expecting("handle"));
                }
            } else if p.eat("position") {
                let span = p.span();
                place = Some((p.number()?, span));
            } else if p.eat("index") {
                let span = p.span();
                index = Some((p.number()?, span));
            }
            let rule = if verb == Verb::Delete { None } else { Some(p.rule(family)?) };
            out.push(Command { verb, family, subject: Subject::Rule { table, chain, rule, handle: place, index }, span: start });
        }
    }
    for command in &mut out[at..] {
        command.span = start.to(p.last_span());
        // the end of these is known only by what comes after
        let open = match &command.subject {
            Subject::Rule { rule, .. } => rule.is_some(),
            Subject::Chain { spec, .. } => spec.base.is_some(),
            _ => false,
        };
        if open {
            command.span.to += 1;
        }
    }
    Ok(())
}

fn object_kind(word: &str) -> u32 {
    match word {
        "counter" | "counters" => NFT_OBJECT_COUNTER.0,
        "quota" | "quotas" => NFT_OBJECT_QUOTA.0,
        _ => NFT_OBJECT_LIMIT.0,
    }
}

/// The end of a line in a block.
fn end_of_line(p: &mut Parser<'_>) -> Result<(), Fault> {
    if p.kind() == Kind::Newline || p.is(";") {
        p.advance();
        return Ok(());
    }
    if p.is("}") { Ok(()) } else { Err(p.expecting("newline or semicolon")) }
}

fn skip(p: &mut Parser<'_>) {
    while p.kind() == Kind::Newline || p.is(";") {
        p.advance();
    }
}

fn table_block(
    p: &mut Parser<'_>,
    family: u8,
    table: &Name,
    verb: Verb,
    block: &mut Block,
) -> Result<(u32, Option<String>), Fault> {
    p.expect("{")?;
    let (mut flags, mut comment) = (0, None);
    loop {
        skip(p);
        let start = p.span();
        let word = p.text().to_string();
        match word.as_str() {
            "}" => {
                p.advance();
                return Ok((flags, comment));
            }
            "flags" => {
                p.advance();
                p.expect("dormant")?;
                flags |= 1;
                end_of_line(p)?;
            }
            "comment" => {
                p.advance();
                comment = Some(p.text_value()?.0);
                end_of_line(p)?;
            }
            "chain" => {
                p.advance();
                let name = p.name()?;
                let (mut spec, mut rules) = (ChainSpec::default(), Vec::new());
                p.expect("{")?;
                chain_block(p, family, &mut spec, &mut rules)?;
                let span = start.to(p.last_span());
                let subject = Subject::Chain { table: table.clone(), name: Which::Name(name.clone()), spec };
                block.chains.push(Command { verb, family, subject, span });
                for (rule, span) in rules {
                    let (table, chain) = (table.clone(), name.clone());
                    let subject = Subject::Rule { table, chain, rule: Some(rule), handle: None, index: None };
                    block.rules.push(Command { verb: Verb::Add, family, subject, span });
                }
            }
            "set" | "map" => {
                p.advance();
                let name = Which::Name(p.name()?);
                let (spec, elems) = set_block(p, family, word == "map")?;
                let subject = Subject::Set { table: table.clone(), name, spec, elems };
                block.sets.push(Command { verb, family, subject, span: start.to(p.last_span()) });
            }
            "counter" | "quota" | "limit" => {
                p.advance();
                let name = Which::Name(p.name()?);
                let (value, comment) = object_block(p, &word)?;
                let subject = Subject::Object { table: table.clone(), name, kind: object_kind(&word), value, comment };
                block.objects.push(Command { verb, family, subject, span: start.to(p.last_span()) });
            }
            _ => return Err(p.unexpected()),
        }
    }
}

fn chain_block(p: &mut Parser<'_>, family: u8, spec: &mut ChainSpec, rules: &mut Vec<(RuleText, Span)>) -> Result<(), Fault> {
    loop {
        skip(p);
        let start = p.span();
        match p.text() {
            "}" => {
                p.advance();
                return Ok(());
            }
            "type" => {
                p.advance();
                spec.base = Some(base(p, family)?);
            }
            "policy" => {
                p.advance();
                spec.policy = Some(match p.text() {
                    "accept" => true,
                    "drop" => false,
                    _ => return Err(p.expecting("accept or drop or '$'")),
                });
                p.advance();
            }
            "flags" => {
                p.advance();
                p.expect("offload")?;
                spec.offload = true;
            }
            "comment" => {
                p.advance();
                spec.comment = Some(p.text_value()?.0);
            }
            _ => {
                let rule = p.rule(family)?;
                rules.push((rule, start.to(p.last_span())));
            }
        }
        end_of_line(p)?;
    }
}

fn base(p: &mut Parser<'_>, family: u8) -> Result<Base, Fault> {
    let (kind, span) = p.word()?;
    if !matches!(kind.as_str(), "filter" | "nat" | "route") {
        return Err(Fault::new("unknown chain type", span));
    }
    p.expect("hook")?;
    let (word, span) = p.word()?;
    let hook = hook_number(family, &word).ok_or_else(|| Fault::new("unknown chain hook", span))?;
    let mut devices = Vec::new();
    if p.eat("device") {
        devices.push(p.text_value()?.0);
    } else if p.eat("devices") {
        p.expect("=")?;
        p.expect("{")?;
        loop {
            devices.push(p.text_value()?.0);
            if !p.eat(",") {
                break;
            }
        }
        p.expect("}")?;
    }
    p.expect("priority")?;
    let start = p.span();
    let named = if p.kind() == Kind::Word { Some(p.word()?.0) } else { None };
    let sign = if p.eat("-") {
        -1
    } else {
        p.eat("+");
        1
    };
    let offset = if named.is_none() || p.kind() == Kind::Number { p.number_up_to(i32::MAX as u64)? as i32 } else { 0 };
    let from = match named {
        None => 0,
        Some(word) => match priorities(family, hook).into_iter().find(|(name, _)| *name == word) {
            Some((_, value)) => value,
            None => return Err(Fault::new("invalid priority expression value in this context.", start)),
        },
    };
    Ok(Base { kind, hook, priority: from.saturating_add(sign * offset), devices })
}

fn object_block(p: &mut Parser<'_>, word: &str) -> Result<(Option<Expr>, Option<String>), Fault> {
    let (mut value, mut comment) = (None, None);
    if p.eat("{") {
        loop {
            skip(p);
            if p.eat("}") {
                break;
            }
            if p.eat("comment") {
                comment = Some(p.text_value()?.0);
            } else {
                value = Some(match word {
                    "counter" => simple::parse_counter(p)?,
                    "quota" => simple::parse_quota(p)?,
                    _ => simple::parse_limit(p)?,
                });
            }
            end_of_line(p)?;
        }
    }
    match (value, word) {
        (None, "counter") => Ok((Some(Expr::Counter { packets: 0, bytes: 0 }), comment)),
        (None, _) => Err(p.unexpected()),
        (value, _) => Ok((value, comment)),
    }
}

/// The types between `type` and the end of the line or `:`.
fn type_list(p: &mut Parser<'_>) -> Result<Vec<&'static Type>, Fault> {
    let mut list = Vec::new();
    loop {
        let (word, span) = p.word()?;
        list.push(Type::by_name(&word).ok_or_else(|| Fault::new(format!("unknown datatype {word}"), span))?);
        if !p.eat(".") {
            return Ok(list);
        }
    }
}

fn set_block(p: &mut Parser<'_>, family: u8, map: bool) -> Result<(SetSpec, Vec<Elem>), Fault> {
    use nlmsg::nft::*;
    let (mut spec, mut elems) = (SetSpec::default(), Vec::new());
    p.expect("{")?;
    loop {
        skip(p);
        match p.text() {
            "}" => {
                if spec.key.is_empty() {
                    return Err(p.fault("set definition does not specify key"));
                }
                p.advance();
                break;
            }
            "type" => {
                p.advance();
                spec.key = type_list(p)?;
                spec.sizes = spec.key.iter().map(|ty| ty.bits.div_ceil(8)).collect();
                if map {
                    p.expect(":")?;
                    spec.flags |= NFT_SET_MAP.0;
                    match p.text() {
                        word @ ("counter" | "quota" | "limit") => {
                            spec.object = Some(object_kind(word));
                            spec.flags = spec.flags & !NFT_SET_MAP.0 | NFT_SET_OBJECT.0;
                            p.advance();
                        }
                        _ => spec.data = Some(type_list(p)?),
                    }
                }
            }
            "typeof" if !map => {
                p.advance();
                spec.keys = p.keys(family)?;
                spec.key = spec.keys.iter().map(|key| key.ty()).collect();
                spec.sizes = spec.keys.iter().map(|key| key.size()).collect();
            }
            "flags" => {
                p.advance();
                loop {
                    spec.flags |= match p.text() {
                        "constant" => NFT_SET_CONSTANT.0,
                        "interval" => NFT_SET_INTERVAL.0,
                        "timeout" => NFT_SET_TIMEOUT.0,
                        "dynamic" => NFT_SET_EVAL.0,
                        _ => return Err(p.unexpected()),
                    };
                    p.advance();
                    if !p.eat(",") {
                        break;
                    }
                }
            }
            "timeout" => {
                p.advance();
                spec.timeout = p.time()?;
                spec.flags |= NFT_SET_TIMEOUT.0;
            }
            "gc-interval" => {
                p.advance();
                spec.gc = u32::try_from(p.time()?).unwrap_or(u32::MAX);
            }
            "size" => {
                p.advance();
                spec.size = Some(p.number_up_to(u64::from(u32::MAX))? as u32);
            }
            "policy" => {
                p.advance();
                let policy = SetPolicy::from_word(p.text()).ok_or_else(|| p.unexpected())?;
                spec.policy = Some(policy.0);
                p.advance();
            }
            "auto-merge" => {
                p.advance();
                spec.merge = true;
            }
            "comment" => {
                p.advance();
                spec.comment = Some(p.text_value()?.0);
            }
            "elements" => {
                p.advance();
                p.expect("=")?;
                let data = map_to(&spec.data, spec.object);
                let types: Vec<_> = spec.key.iter().map(|ty| (*ty, ty.bits)).collect();
                elems = p.elements(&types, data.as_ref())?;
            }
            _ => match simple::parse(p, family)? {
                Some(expr) => {
                    spec.exprs.push(expr);
                    spec.flags |= NFT_SET_EVAL.0;
                }
                None => return Err(p.unexpected()),
            },
        }
        end_of_line(p)?;
    }
    if spec.flags & NFT_SET_INTERVAL.0 != 0 && spec.key.len() > 1 {
        spec.flags |= NFT_SET_CONCAT.0;
    }
    Ok((spec, elems))
}

/// What the elements of a map with this data give.
pub(super) fn map_to(data: &Option<Vec<&'static Type>>, object: Option<u32>) -> Option<MapTo> {
    match (data, object) {
        (_, Some(_)) => Some(MapTo::Object),
        (Some(types), _) if matches!(types.as_slice(), [ty] if ty.id == types::VERDICT.id) => Some(MapTo::Verdict),
        (Some(types), _) => Some(MapTo::Types(types.clone())),
        (None, None) => None,
    }
}
