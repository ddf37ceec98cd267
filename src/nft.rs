//! `nft`: tables, chains, rules and sets of the packet filter, in the words of `nft`.
//!
//! A text becomes tokens (`lex.rs`), these become commands (`command.rs`) with statements (`stmt.rs`) in them, and
//! statements become expressions (`expr.rs`): see `lower.rs`. What the kernel sends goes the other way: see `lift.rs`
//! and `ruleset.rs`. All changes of one call go in one batch, so that they happen together or not at all.

mod change;
mod command;
mod echo;
mod expr;
mod headers;
mod kept;
mod keys;
mod lex;
mod lift;
mod list;
mod lower;
mod merge;
mod message;
mod names;
mod nat;
mod nearest;
mod needs;
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

use self::change::LocalSet;
use self::command::{Command, Subject, Verb, Which};
use self::keys::Key;
use self::lex::{Span, Token, tokens};
use self::lower::{NewSet, Sets};
use self::message::{Request, SetSpec, Target};
use self::options::{Options, read_options};
use self::parse::{Fault, Name, Parser};
use self::report::report;
use self::ruleset::Ruleset;
use self::sets::Part;
use self::stmt::Elem;
use self::types::Type;
use crate::exchange::{Error, Protocol, Refusal, strerror};
use crate::socket::Socket;

pub(crate) use self::echo::Reader;

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

/// Runs the commands of a text, as if they were in a file; returns the exit code.
#[cfg(feature = "fuzz")]
pub(crate) fn text(text: &str, out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    run_text(text, None, &Options::default(), out, err).unwrap_or(1)
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
                let why = strerror(error.raw_os_error().unwrap_or(0));
                writeln!(err, "internal:0:0-0: Error: Could not open file \"{name}\": {why}\n\n")?;
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
            if error.errno() == Some(Errno::EPERM) {
                writeln!(err, "{} (you must be root)", strerror(libc::EPERM))?;
            }
            match error.errno() {
                Some(errno) => writeln!(err, "netlink: Error: cache initialization failed: {}", strerror(errno as i32))?,
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

/// One run: what was read, and what is to be sent.
struct Session<'a> {
    tokens: &'a [Token],
    options: &'a Options,
    socket: Option<Socket>,
    ruleset: Option<Ruleset>,
    requests: Vec<Request>,
    /// Tables that earlier commands make.
    tables: Vec<(u8, String)>,
    sets: Vec<LocalSet>,
    /// The kernel's sets, once they were asked for.
    known: Option<Vec<ruleset::Set>>,
    /// Sets are numbered from 1 on, the kernel's first.
    next_id: u32,
}

fn missing(span: Span) -> Failure {
    Failure::At(Fault::new(strerror(libc::ENOENT), span), None)
}

impl<'a> Session<'a> {
    fn new(tokens: &'a [Token], options: &'a Options) -> Session<'a> {
        Session {
            tokens,
            options,
            socket: None,
            ruleset: None,
            requests: Vec::new(),
            tables: Vec::new(),
            sets: Vec::new(),
            known: None,
            next_id: 1,
        }
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

    /// Whether there is such a table, or an earlier command makes it.
    fn has_table(&mut self, family: u8, name: &str) -> Result<bool, Error> {
        let is = |made: &(u8, String)| made.0 == family && made.1 == name;
        if self.tables.iter().any(is) {
            return Ok(true);
        }
        let there = ruleset::dump(self.socket()?, NFT_MSG_GETTABLE, 0, &[], ruleset::table)?;
        self.tables.extend(there.into_iter().map(|table| (table.family, table.name)));
        // a command that is only planned may name what an earlier one would have made
        Ok(self.tables.iter().any(is) || crate::watch::planned())
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
        let style = self.options.style;
        for command in &commands {
            match command.verb {
                Verb::List => list::show(self.read()?, command, style, out)?,
                Verb::Reset => list::show(&self.reset(command)?, command, style, out)?,
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
        let (check, echo) = (self.options.check, self.options.echo);
        let mut bytes = BytesMut::new();
        let mut batch = Batch::begin(&mut bytes, 0, None)?;
        for request in &requests {
            let attrs = Nest::<NftaTable<'_>>::Walk(Bytes::new(&request.attrs, 0, request.family));
            let header = NfGenMsg::new(NfProto(request.family));
            let heard = if echo && request.echoed { NLM_F_ECHO } else { NlmF(0) };
            batch.add(request.kind, request.flags | heard, &Headed::new(header, attrs))?;
        }
        if !check {
            batch.end()?;
        }
        let mut events = Vec::new();
        let sent = self.socket()?.batch(&mut bytes, |_, message| {
            events.extend(echo::event(message));
            Ok::<(), Error>(())
        });
        match sent {
            Ok(()) if events.is_empty() || check => Ok(()),
            Ok(()) => self.echo(&events, out),
            // nft would not have come as far as this: it reads what there is before most changes
            Err(error) if error.errno() == Some(Errno::EPERM) && !requests.iter().all(Request::is_blind) => {
                Err(Failure::Netlink(error))
            }
            Err(error) => {
                let Some(refusal) = error.refusal() else { return Err(Failure::Netlink(error)) };
                let request = refusal.index.checked_sub(1).and_then(|at| requests.get(at)).or(requests.first());
                let span = request.map_or_else(Span::default, |request| request.span_at(refusal.offset));
                let sought = request.and_then(|request| Some((request.family, request.sought.as_ref()?)));
                // what the kernel says of the whole command needs no other name
                let named = request.is_some_and(|request| span != request.whole);
                if let Some((family, sought)) = sought.filter(|_| named && refusal.errno() == Errno::ENOENT)
                    && let Some((instead, table)) = self.read().ok().and_then(|ruleset| ruleset.nearest(family, sought))
                {
                    let fault = Fault::new(nearest::absent(Some(instead)), table.unwrap_or(span));
                    return Err(Failure::At(fault, refusal.text.clone()));
                }
                Err(refused(error, |_| span))
            }
        }
    }
}

/// What the kernel's refusal says about the part of the text that `span` finds.
fn refused(error: Error, span: impl FnOnce(&Refusal) -> Span) -> Failure {
    let Some(refusal) = error.refusal() else { return Failure::Netlink(error) };
    let text = format!("Could not process rule: {}", strerror(refusal.code));
    Failure::At(Fault::new(text, span(refusal)), refusal.text.clone())
}
