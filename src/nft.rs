//! `nft`: tables, chains, rules and sets of the packet filter, in the words of `nft`.
//!
//! A text becomes tokens (`lex.rs`), these become commands (`command.rs`) with statements (`stmt.rs`) in them, and
//! statements become expressions (`expr.rs`): see `lower.rs`. What the kernel sends goes the other way: see `lift.rs`
//! and `ruleset.rs`. All changes of one call go in one batch, so that they happen together or not at all.

mod command;
mod expr;
mod headers;
mod keys;
mod lex;
mod lift;
mod lower;
mod merge;
mod message;
mod names;
mod nat;
mod options;
mod parse;
mod report;
mod ruleset;
mod sets;
mod simple;
mod stmt;
mod types;

use std::io::Write;

use bytes::BytesMut;
use nix::errno::Errno;
use nlmsg::Nest;
use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::nft::*;
use nlmsg::payload::{Be, Headed, Span as Bytes, Str};

use self::command::{Command, Subject, Verb, Which};
use self::keys::Key;
use self::lex::{Span, Token, tokens};
use self::lower::{NewSet, Sets};
use self::message::{Request, SetSpec, Target};
use self::options::{Options, read_options};
use self::parse::{Fault, Name, Parser};
use self::report::report;
use self::ruleset::{Ruleset, What};
use self::sets::Part;
use self::stmt::Elem;
use self::types::Type;
use crate::exchange::{Error, Protocol};
use crate::socket::Socket;

/// Why a run failed.
#[derive(Debug)]
enum Failure {
    /// The text is wrong, or the kernel refused a part of it; with the kernel's own words.
    At(Fault, Option<String>),
    Netlink(Error),
    Output(std::io::Error),
    Encode(nlmsg::Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::At(fault, None)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Netlink(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<nlmsg::Error> for Failure {
    fn from(error: nlmsg::Error) -> Failure {
        Failure::Encode(error)
    }
}

/// Runs `nft` with these arguments, the program's name not among them; returns the exit code. Data goes to `out`,
/// everything else to `err`.
pub fn main(args: &[String], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    run(args, out, err).unwrap_or(1)
}

fn run(args: &[String], out: &mut dyn Write, err: &mut dyn Write) -> std::io::Result<i32> {
    let (options, words) = match read_options(args, out, err)? {
        Ok(read) => read,
        Err(code) => return Ok(code),
    };
    if options.files.is_empty() && words.is_empty() {
        writeln!(err, "nft: no command specified")?;
        return Ok(1);
    }
    if options.files.is_empty() {
        return run_text(&format!("{}\n", words.join(" ")), None, &options, out, err);
    }
    for file in &options.files {
        let text = match file.as_str() {
            "-" | "/dev/stdin" => std::io::read_to_string(std::io::stdin()),
            path => std::fs::read_to_string(path),
        };
        let name = if file == "-" { "/dev/stdin" } else { file };
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
                writeln!(err, "internal:0:0-0: Error: Could not open file \"{name}\": {}\n\n", errno.desc())?;
                return Ok(1);
            }
        };
        let code = run_text(&text, Some(name), &options, out, err)?;
        if code != 0 {
            return Ok(code);
        }
    }
    Ok(0)
}

fn run_text(text: &str, file: Option<&str>, options: &Options, out: &mut dyn Write, err: &mut dyn Write) -> std::io::Result<i32> {
    let tokens = tokens(text);
    let done = command::parse(&mut Parser::new(&tokens)).map_err(Failure::from).and_then(|commands| {
        let mut session = Session::new(&tokens, options);
        session.run(commands, out)
    });
    match done {
        Ok(()) => Ok(0),
        Err(Failure::At(fault, words)) => {
            report(text, file, &fault, words.as_deref(), err)?;
            Ok(1)
        }
        Err(Failure::Netlink(error)) => {
            match error.errno() {
                Some(errno) => writeln!(err, "netlink: Error: cache initialization failed: {}", describe(errno as i32))?,
                None => writeln!(err, "netlink: Error: {error}")?,
            }
            Ok(1)
        }
        Err(Failure::Encode(error)) => {
            writeln!(err, "Error: {error}")?;
            Ok(1)
        }
        Err(Failure::Output(error)) => Err(error),
    }
}

/// A set that an earlier command of the same text makes.
struct LocalSet {
    family: u8,
    table: String,
    name: String,
    id: u32,
    key: Vec<&'static Type>,
    data: Option<Vec<&'static Type>>,
    object: Option<u32>,
    interval: bool,
    merge: bool,
}

/// One run: what was read, and what is to be sent.
struct Session<'a> {
    tokens: &'a [Token],
    options: &'a Options,
    socket: Option<Socket>,
    ruleset: Option<Ruleset>,
    requests: Vec<Request>,
    sets: Vec<LocalSet>,
    /// The kernel's sets, once they were asked for.
    known: Option<Vec<ruleset::Set>>,
    /// Sets are numbered from 1 on, the kernel's first.
    next_id: u32,
}

/// The sets that one rule brings along.
struct RuleSets<'s, 'a> {
    session: &'s mut Session<'a>,
    family: u8,
    table: Name,
    whole: Span,
    failed: Option<nlmsg::Error>,
}

impl Sets for RuleSets<'_, '_> {
    fn make(&mut self, set: NewSet) -> Result<(String, u32), Fault> {
        let interval = sets::is_interval(&set.elems);
        let map = set.data.is_some();
        let name = if map { "__map%d" } else { "__set%d" };
        let mut flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
        if interval {
            flags |= NFT_SET_INTERVAL;
        }
        if interval && set.keys.len() > 1 {
            flags |= NFT_SET_CONCAT;
        }
        if map {
            flags |= NFT_SET_MAP;
        }
        let data = set.data.map(|data| if data.is_empty() { vec![types::VERDICT] } else { data });
        let parts: Vec<_> = set.keys.iter().map(Part::Key).collect();
        let merge = interval && !map;
        let raws = sets::encode(&set.elems, &parts, data.as_deref().unwrap_or_default(), interval, merge, true);
        let id = self.session.id();
        let spec = SetSpec {
            flags: flags.0,
            key: set.keys.iter().map(Key::ty).collect(),
            sizes: set.keys.iter().map(Key::size).collect(),
            data,
            size: Some(if interval && parts.len() == 1 { sets::edges(&raws) } else { raws.len() as u32 }),
            merge,
            keys: set.keys.clone(),
            ..SetSpec::default()
        };
        let named = (name.to_string(), self.whole);
        let made = spec.request(NLM_F_CREATE, self.family, &self.table, &named, id, self.whole).and_then(|request| {
            self.session.requests.push(request);
            let kind = NFT_MSG_NEWSETELEM;
            let list = message::elements(
                kind,
                NLM_F_CREATE,
                Target { family: self.family, table: &self.table, set: &named, id: Some(id) },
                &raws,
                self.whole,
            )?;
            self.session.requests.extend(list);
            Ok(())
        });
        self.failed = made.err();
        Ok((name.into(), id))
    }

    fn id(&self, name: &str, span: Span) -> Result<Option<u32>, Fault> {
        let (family, table) = (self.family, self.table.0.as_str());
        let session = &self.session;
        if let Some(local) = session.sets.iter().find(|set| set.family == family && set.table == table && set.name == name) {
            return Ok(Some(local.id));
        }
        let known = session.known.iter().flatten().position(|set| set.is(family, table, name));
        match known {
            Some(at) => Ok(Some(at as u32 + 1)),
            None => Err(Fault::new(Errno::ENOENT.desc(), span)),
        }
    }
}

/// An error number in the C library's words.
fn describe(code: i32) -> String {
    let text = std::io::Error::from_raw_os_error(code).to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

fn missing(span: Span) -> Failure {
    Failure::At(Fault::new(Errno::ENOENT.desc(), span), None)
}

impl<'a> Session<'a> {
    fn new(tokens: &'a [Token], options: &'a Options) -> Session<'a> {
        Session { tokens, options, socket: None, ruleset: None, requests: Vec::new(), sets: Vec::new(), known: None, next_id: 1 }
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn socket(&mut self) -> Result<&mut Socket, Error> {
        if self.socket.is_none() {
            self.socket = Some(Socket::open(Protocol::Netfilter)?);
        }
        self.socket.as_mut().ok_or(Error::Stale)
    }

    /// Reads the rule set, once.
    fn read(&mut self) -> Result<&Ruleset, Error> {
        if self.ruleset.is_none() {
            self.ruleset = Some(Ruleset::read(self.socket()?)?);
        }
        self.ruleset.as_ref().ok_or(Error::Stale)
    }

    /// Asks which sets there are, once.
    fn known_sets(&mut self) -> Result<&[ruleset::Set], Error> {
        if self.known.is_none() {
            let sets = ruleset::read_sets(self.socket()?)?;
            self.next_id += sets.len() as u32;
            self.known = Some(sets);
        }
        Ok(self.known.as_deref().unwrap_or_default())
    }

    fn run(&mut self, commands: Vec<Command>, out: &mut dyn Write) -> Result<(), Failure> {
        for command in &commands {
            match command.verb {
                Verb::List | Verb::Reset => self.list(command, out)?,
                _ => self.change(command)?,
            }
        }
        if self.requests.is_empty() {
            return Ok(());
        }
        self.send(out)
    }

    /// Sends all changes in one batch.
    fn send(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let requests = std::mem::take(&mut self.requests);
        let echo = if self.options.echo { NLM_F_ECHO } else { NlmF(0) };
        let check = self.options.check;
        let mut bytes = BytesMut::new();
        let mut batch = Batch::begin(&mut bytes, 0, None)?;
        for request in &requests {
            let attrs = Nest::<NftaTable<'_>>::Walk(Bytes::new(&request.attrs, 0, request.family));
            let header = NfGenMsg::new(NfProto(request.family));
            batch.add(request.kind, request.flags | echo, &Headed::new(header, attrs))?;
        }
        if !check {
            batch.end()?;
        }
        let sent = self.socket()?.batch(&mut bytes, |_, _| Ok::<(), Error>(()));
        match sent {
            Ok(()) if self.options.echo && !check => self.echo(&requests, out),
            Ok(()) => Ok(()),
            Err(error) => {
                let refusal = error.refusal().map(|refusal| {
                    let request = refusal.index.checked_sub(1).and_then(|at| requests.get(at)).or(requests.first());
                    let span = request.map_or_else(Span::default, |request| request.span_at(refusal.offset));
                    let text = format!("Could not process rule: {}", describe(refusal.code));
                    Failure::At(Fault::new(text, span), refusal.text.clone())
                });
                Err(refusal.unwrap_or(Failure::Netlink(error)))
            }
        }
    }

    /// Prints the commands again, now that they are done.
    fn echo(&mut self, requests: &[Request], out: &mut dyn Write) -> Result<(), Failure> {
        self.ruleset = None;
        let style = self.options.style;
        let ruleset = self.read()?;
        for request in requests.iter().filter(|request| request.kind == NFT_MSG_NEWRULE) {
            let span = Bytes::new(&request.attrs, 0, request.family);
            write!(out, "{}", ruleset.show_added(Nest::Walk(span), request.family, request.flags, style))?;
        }
        Ok(())
    }

    fn list(&mut self, command: &Command, out: &mut dyn Write) -> Result<(), Failure> {
        let style = self.options.style;
        let family = command.family;
        let ruleset = self.read()?;
        let table_of = |table: &Name| ruleset.table(family, &table.0).ok_or_else(|| missing(table.1));
        let of_family = |table: &&ruleset::Table| family == 0 || table.family == family;
        match &command.subject {
            Subject::Ruleset => {
                for table in ruleset.tables.iter().filter(of_family) {
                    write!(out, "{}", ruleset.show_table(table, What::All, style))?;
                }
            }
            Subject::Table { name: Which::Name(name), .. } => {
                write!(out, "{}", ruleset.show_table(table_of(name)?, What::All, style))?;
            }
            Subject::Chain { table, name: Which::Name(name), .. } => {
                let of = table_of(table)?;
                ruleset.chain(family, &table.0, &name.0).ok_or_else(|| missing(name.1))?;
                write!(out, "{}", ruleset.show_table(of, What::Chain(&name.0), style))?;
            }
            Subject::Set { table, name: Which::Name(name), .. } => {
                let of = table_of(table)?;
                ruleset.set(family, &table.0, &name.0).ok_or_else(|| missing(name.1))?;
                write!(out, "{}", ruleset.show_table(of, What::Set(&name.0), style))?;
            }
            Subject::Object { table, name: Which::Name(name), kind, .. } => {
                let of = table_of(table)?;
                let found = ruleset.objects.iter().any(|object| object.is(family, &table.0, &name.0, *kind));
                if !found {
                    return Err(missing(name.1));
                }
                write!(out, "{}", ruleset.show_table(of, What::Objects(*kind, Some(&name.0)), style))?;
            }
            Subject::All(word, only) => {
                let only = |table: &&ruleset::Table| only.as_ref().is_none_or(|name| name.0 == table.name);
                for table in ruleset.tables.iter().filter(of_family).filter(only) {
                    if word == "tables" {
                        writeln!(out, "table {} {}", NfProto(table.family).word().unwrap_or("unknown"), table.name)?;
                        continue;
                    }
                    let what = match word.as_str() {
                        "chains" => What::Chains,
                        "sets" => What::Sets(false),
                        "maps" => What::Sets(true),
                        "counters" => What::Objects(NFT_OBJECT_COUNTER.0, None),
                        "quotas" => What::Objects(NFT_OBJECT_QUOTA.0, None),
                        "limits" => What::Objects(NFT_OBJECT_LIMIT.0, None),
                        _ => continue,
                    };
                    write!(out, "{}", ruleset.show_table(table, what, style))?;
                }
            }
            _ => return Err(Fault::new("this cannot be listed", command.span).into()),
        }
        Ok(())
    }

    /// Appends the messages of a command that changes something.
    fn change(&mut self, command: &Command) -> Result<(), Failure> {
        let (verb, family, whole) = (command.verb, command.family, command.span);
        let flags = match verb {
            Verb::Create => NLM_F_CREATE | NLM_F_EXCL,
            _ => NLM_F_CREATE,
        };
        match &command.subject {
            Subject::Ruleset => self.requests.push(Request::new(NFT_MSG_DELTABLE, NlmF(0), family, whole)),
            Subject::Table { name, flags: table_flags, comment } => {
                let kind = match verb {
                    Verb::Delete => NFT_MSG_DELTABLE,
                    Verb::Flush => NFT_MSG_DELRULE,
                    _ => NFT_MSG_NEWTABLE,
                };
                // a table is made if it is not there, with or without the flag
                let flags = if verb == Verb::Create { NLM_F_EXCL } else { NlmF(0) };
                let mut r = Request::new(kind, flags, family, whole);
                match name {
                    Which::Name((text, span)) => r.put_named(NftaTable::NFTA_TABLE_NAME(Str::new(text)), *span)?,
                    Which::Handle(number, span) => r.put_named(NftaTable::NFTA_TABLE_HANDLE(Be(*number)), *span)?,
                }
                if kind == NFT_MSG_NEWTABLE {
                    r.put(NftaTable::NFTA_TABLE_FLAGS(Be(TableFlags(*table_flags))))?;
                    if let Some(text) = comment {
                        r.put(NftaTable::NFTA_TABLE_USERDATA(Udata::List(&message::comment(text))))?;
                    }
                }
                self.requests.push(r);
            }
            Subject::Chain { table, name: Which::Name(name), .. } if verb == Verb::Flush => {
                let mut r = Request::new(NFT_MSG_DELRULE, NlmF(0), family, whole);
                r.put_named(NftaRule::NFTA_RULE_TABLE(Str::new(&table.0)), table.1)?;
                r.put_named(NftaRule::NFTA_RULE_CHAIN(Str::new(&name.0)), name.1)?;
                self.requests.push(r);
            }
            Subject::Chain { table, name, spec } => {
                let delete = verb == Verb::Delete;
                let (kind, flags) = if delete { (NFT_MSG_DELCHAIN, NlmF(0)) } else { (NFT_MSG_NEWCHAIN, flags) };
                let mut r = Request::new(kind, flags, family, whole);
                r.put_named(NftaChain::NFTA_CHAIN_TABLE(Str::new(&table.0)), table.1)?;
                match name {
                    Which::Name((text, span)) => r.put_named(NftaChain::NFTA_CHAIN_NAME(Str::new(text)), *span)?,
                    Which::Handle(number, span) => r.put_named(NftaChain::NFTA_CHAIN_HANDLE(Be(*number)), *span)?,
                }
                if !delete {
                    message::put_chain(&mut r, spec, family)?;
                }
                self.requests.push(r);
            }
            Subject::Rule { table, chain, rule, handle, index } => {
                let place = match index {
                    Some((index, span)) => {
                        let at = self.read()?.rule_at(family, &table.0, &chain.0, *index);
                        Some((at.ok_or_else(|| missing(*span))?, *span))
                    }
                    None => *handle,
                };
                let (exprs, spans, text) = match rule {
                    Some(rule) => {
                        if rule.stmts.iter().any(|at| at.stmt.uses_set()) {
                            self.known_sets()?;
                        }
                        let mut sets = RuleSets { session: self, family, table: table.clone(), whole, failed: None };
                        let (exprs, spans) = lower::lower(rule, family, &mut sets)?;
                        if let Some(error) = sets.failed {
                            return Err(error.into());
                        }
                        (exprs, spans, rule.comment.as_deref())
                    }
                    None => (Vec::new(), Vec::new(), None),
                };
                let (kind, flags) = match verb {
                    Verb::Delete => (NFT_MSG_DELRULE, NlmF(0)),
                    Verb::Replace => (NFT_MSG_NEWRULE, NLM_F_REPLACE),
                    Verb::Insert => (NFT_MSG_NEWRULE, NLM_F_CREATE),
                    _ => (NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND),
                };
                let mut r = Request::new(kind, flags, family, whole);
                r.put_named(NftaRule::NFTA_RULE_TABLE(Str::new(&table.0)), table.1)?;
                r.put_named(NftaRule::NFTA_RULE_CHAIN(Str::new(&chain.0)), chain.1)?;
                let by_handle = matches!(verb, Verb::Delete | Verb::Replace);
                if let Some((number, span)) = place.filter(|_| by_handle) {
                    r.put_named(NftaRule::NFTA_RULE_HANDLE(Be(number)), span)?;
                }
                if rule.is_some() {
                    r.put_exprs(&exprs, &spans)?;
                }
                if let Some((number, span)) = place.filter(|_| !by_handle) {
                    r.put_named(NftaRule::NFTA_RULE_POSITION(Be(number)), span)?;
                }
                if let Some(text) = text {
                    r.put(NftaRule::NFTA_RULE_USERDATA(Udata::List(&message::comment(text))))?;
                }
                self.requests.push(r);
            }
            Subject::Set { table, name, spec, elems } => self.change_set(command, table, name, spec, elems, flags)?,
            Subject::Elements { table, set, elems } => self.change_elements(command, table, set, elems)?,
            Subject::Object { table, name: Which::Name(name), value: Some(value), comment, .. } => {
                self.requests.push(message::object(flags, family, table, name, value, comment.as_deref(), whole)?);
            }
            Subject::Object { table, name, kind, .. } => {
                let mut r = Request::new(NFT_MSG_DELOBJ, NlmF(0), family, whole);
                r.put_named(NftaObj::NFTA_OBJ_TABLE(Str::new(&table.0)), table.1)?;
                if let Which::Name((text, span)) = name {
                    r.put_named(NftaObj::NFTA_OBJ_NAME(Str::new(text)), *span)?;
                }
                r.put(NftaObj::NFTA_OBJ_TYPE(nlmsg::payload::Selector(Be(ObjType(*kind)))))?;
                if let Which::Handle(number, span) = name {
                    r.put_named(NftaObj::NFTA_OBJ_HANDLE(Be(*number)), *span)?;
                }
                self.requests.push(r);
            }
            Subject::All(..) => return Err(Fault::new("this can only be listed", whole).into()),
        }
        Ok(())
    }

    fn change_set(
        &mut self,
        command: &Command,
        table: &Name,
        name: &Which,
        spec: &SetSpec,
        elems: &[Elem],
        flags: NlmF,
    ) -> Result<(), Failure> {
        let (family, whole) = (command.family, command.span);
        if command.verb == Verb::Flush {
            let Which::Name(name) = name else { return Err(missing(whole)) };
            let known = self.known_sets()?.iter().any(|set| set.is(family, &table.0, &name.0));
            if !known {
                return Err(missing(name.1));
            }
            let mut r = Request::new(NFT_MSG_DELSETELEM, NlmF(0), family, whole);
            r.put_named(NftaSetElemList::NFTA_SET_ELEM_LIST_SET(Str::new(&name.0)), name.1)?;
            r.put_named(NftaSetElemList::NFTA_SET_ELEM_LIST_TABLE(Str::new(&table.0)), table.1)?;
            self.requests.push(r);
            return Ok(());
        }
        if command.verb == Verb::Delete {
            let mut r = Request::new(NFT_MSG_DELSET, NlmF(0), family, whole);
            r.put_named(NftaSet::NFTA_SET_TABLE(Str::new(&table.0)), table.1)?;
            match name {
                Which::Name((text, span)) => r.put_named(NftaSet::NFTA_SET_NAME(Str::new(text)), *span)?,
                Which::Handle(number, span) => r.put_named(NftaSet::NFTA_SET_HANDLE(Be(*number)), *span)?,
            }
            self.requests.push(r);
            return Ok(());
        }
        let Which::Name(name) = name else { return Err(missing(whole)) };
        let id = self.id();
        self.requests.push(spec.request(flags, family, table, name, id, whole)?);
        let local = LocalSet {
            family,
            table: table.0.clone(),
            name: name.0.clone(),
            id,
            key: spec.key.clone(),
            data: spec.data.clone(),
            object: spec.object,
            interval: spec.flags & NFT_SET_INTERVAL.0 != 0,
            merge: spec.merge,
        };
        let parts: Vec<_> = local.key.iter().map(|ty| Part::Type(ty)).collect();
        let data = local.data.clone().unwrap_or_default();
        let raws = sets::encode(elems, &parts, &data, local.interval, local.merge, true);
        self.sets.push(local);
        let list = message::elements(NFT_MSG_NEWSETELEM, flags, Target { family, table, set: name, id: Some(id) }, &raws, whole)?;
        self.requests.extend(list);
        Ok(())
    }

    fn change_elements(&mut self, command: &Command, table: &Name, set: &Name, text: &command::ElemText) -> Result<(), Failure> {
        let (family, whole) = (command.family, command.span);
        let mine = |local: &&LocalSet| local.family == family && local.table == table.0 && local.name == set.0;
        let (key, data, object, interval, merge, id) = match self.sets.iter().find(mine) {
            Some(local) => (local.key.clone(), local.data.clone(), local.object, local.interval, local.merge, Some(local.id)),
            None => {
                let sets = self.known_sets()?;
                let at = sets.iter().position(|known| known.is(family, &table.0, &set.0)).ok_or_else(|| missing(set.1))?;
                let known = &sets[at];
                let data = known.data_type.map(|_| known.data_types());
                let interval = known.flags & NFT_SET_INTERVAL.0 != 0;
                (known.types().unwrap_or_default(), data, known.object, interval, known.merge, Some(at as u32 + 1))
            }
        };
        let types: Vec<_> = key.iter().map(|ty| (*ty, ty.bits)).collect();
        let adds = matches!(command.verb, Verb::Add | Verb::Create);
        let map = command::map_to(&data, object).filter(|_| adds);
        let mut p = Parser::new(&self.tokens[text.from..text.to]);
        let elems = p.elements(&types, map.as_ref())?;
        let parts: Vec<_> = key.iter().map(|ty| Part::Type(ty)).collect();
        let raws = sets::encode(&elems, &parts, data.as_deref().unwrap_or_default(), interval, merge, false);
        let flags = match command.verb {
            Verb::Add => NLM_F_CREATE,
            Verb::Create => NLM_F_CREATE | NLM_F_EXCL,
            _ => NlmF(0),
        };
        let kind = if adds { NFT_MSG_NEWSETELEM } else { NFT_MSG_DELSETELEM };
        let list = message::elements(kind, flags, Target { family, table, set, id: id.filter(|_| adds) }, &raws, whole)?;
        self.requests.extend(list);
        Ok(())
    }
}
