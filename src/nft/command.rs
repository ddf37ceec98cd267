//! The grammar of commands.

mod block;

use nlmsg::nft::{NFT_OBJECT_COUNTER, NFT_OBJECT_CT_HELPER, NFT_OBJECT_LIMIT, NFT_OBJECT_QUOTA, NfProto};

use self::block::{chain_block, object_block, set_block, table_block};
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
    Rename,
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
    ("rename", Verb::Rename),
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
    /// Whether what no rule decides is accepted, and where the text says so.
    pub(super) policy: Option<(bool, Span)>,
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
    /// A chain gets another name.
    Rename {
        table: Name,
        chain: Name,
        to: String,
    },
    Flowtable {
        table: Name,
        name: Name,
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
        "chain" if verb == Verb::Rename => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let subject = Subject::Rename { table: p.name()?, chain: p.name()?, to: p.name()?.0 };
            out.push(Command { verb, family, subject, span: start });
        }
        _ if verb == Verb::Rename => return Err(p.expecting("chain")),
        object if verb == Verb::Reset && !matches!(object, "counter" | "counters" | "quota" | "quotas") => {
            return Err(p.expecting("counter or counters or quotas or quota"));
        }
        "flowtables" if verb == Verb::List => {
            p.advance();
            let family = family(p).unwrap_or(0);
            out.push(Command { verb, family, subject: Subject::All(object, None), span: start });
        }
        "ct" if verb == Verb::List && matches!(p.peek(1), "helper" | "helpers") => {
            p.advance();
            let all = p.is("helpers");
            p.advance();
            if all {
                p.expect("table")?;
            }
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let table = p.name()?;
            let subject = if all {
                Subject::All("ct helpers".into(), Some(table))
            } else {
                let name = Which::Name(p.name()?);
                Subject::Object { table, name, kind: NFT_OBJECT_CT_HELPER.0, value: None, comment: None }
            };
            out.push(Command { verb, family, subject, span: start });
        }
        "flowtable" if verb == Verb::List => {
            p.advance();
            let family = family(p).unwrap_or(DEFAULT_FAMILY);
            let subject = Subject::Flowtable { table: p.name()?, name: p.name()? };
            out.push(Command { verb, family, subject, span: start });
        }
        "ruleset" if matches!(verb, Verb::List | Verb::Flush) => {
            p.advance();
            let family = family(p).unwrap_or(0);
            out.push(Command { verb, family, subject: Subject::Ruleset, span: start });
        }
        "tables" | "chains" | "sets" | "maps" | "counters" | "quotas" | "limits" if matches!(verb, Verb::List | Verb::Reset) => {
            p.advance();
            let (family, table) = if p.eat("table") {
                (family(p).unwrap_or(DEFAULT_FAMILY), Some(p.name()?))
            } else {
                (family(p).unwrap_or(0), None)
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
        object if object != "rule" && p.kind() == Kind::Word && !p.at_name() && NfProto::from_word(object).is_none() => {
            return Err(p.unexpected());
        }
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
            Subject::Rename { .. } | Subject::Table { .. } | Subject::Ruleset => true,
            Subject::Object { .. } => verb == Verb::Reset,
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

/// What the elements of a map with this data give.
pub(super) fn map_to(data: &Option<Vec<&'static Type>>, object: Option<u32>) -> Option<MapTo> {
    match (data, object) {
        (_, Some(_)) => Some(MapTo::Object),
        (Some(types), _) if matches!(types.as_slice(), [ty] if ty.id == types::VERDICT.id) => Some(MapTo::Verdict),
        (Some(types), _) => Some(MapTo::Types(types.clone())),
        (None, None) => None,
    }
}
