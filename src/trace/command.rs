//! `barelink trace`: its words, where what it sees goes, and how it ends.

use std::fs::File;
use std::io::{self, BufWriter, Write, stderr};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, Signal, raise, signal};

use super::behind::behind;
use super::{End, Error, Options, attach, run};
use crate::capture::{Datagram, Note, PcapWriter, Sink};
use crate::cli::see::{self, AnyForm};
use crate::explain::{Explain, Style};

/// The words that it takes.
pub fn grammar() -> Command {
    Command::new("trace")
        .about("Run a program and show its netlink conversation")
        .override_usage("barelink trace [OPTIONS] [--] PROGRAM [ARGS...]\n       barelink trace [OPTIONS] -p PID...")
        .arg(Arg::new("output").short('o').value_name("FILE").help("Write what is seen to FILE instead of standard error"))
        .arg(Arg::new("pcap").long("pcap").value_name("FILE").help("Record it in FILE too, for Wireshark and tshark"))
        .arg(Arg::new("follow").short('f').action(ArgAction::SetTrue).help("Show the processes that the program starts too"))
        .arg(
            Arg::new("no-peeks")
                .long("no-peeks")
                .action(ArgAction::SetTrue)
                .help("Leave out looks (MSG_PEEK) at what is received later; the program runs faster"),
        )
        .arg(
            Arg::new("pid")
                .short('p')
                .value_name("PID")
                .value_parser(value_parser!(i32).range(1..))
                .action(ArgAction::Append)
                .help("Attach to a process that runs; ^C leaves it"),
        )
        .arg(
            Arg::new("program")
                .value_name("PROGRAM")
                .num_args(1..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .required_unless_present("pid")
                .conflicts_with("pid"),
        )
        .args(see::form_args())
}

/// Where what is seen goes: a form, and a recording beside it.
struct Both<'a> {
    shown: &'a mut (dyn Sink + Send),
    recorded: Option<PcapWriter<BufWriter<File>>>,
}

impl Sink for Both<'_> {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        if let Some(recorded) = &mut self.recorded {
            recorded.datagram(datagram)?;
        }
        self.shown.datagram(datagram)
    }

    fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
        self.shown.note(note)
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(recorded) = &mut self.recorded {
            recorded.flush()?;
        }
        self.shown.flush()
    }
}

/// Runs the command. Returns the exit status, which is the program's; a signal that ended the program ends us too.
pub fn main(matches: &ArgMatches) -> i32 {
    match trace(matches) {
        Ok(Some(End::Exited(code))) => code,
        Ok(Some(End::Killed(signal))) => die_of(signal),
        Ok(None) => 0,
        Err(error) => {
            let _ = writeln!(stderr(), "barelink trace: {error}");
            match error {
                // as shells do
                Failure::Trace(Error::Program { errno: nix::errno::Errno::ENOENT, .. }) => 127,
                Failure::Trace(Error::Program { .. }) => 126,
                _ => 1,
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Trace(#[from] Error),
    #[error("{0}: {1}")]
    File(String, io::Error),
}

fn create(name: &str) -> Result<File, Failure> {
    File::create(name).map_err(|error| Failure::File(name.to_owned(), error))
}

fn trace(matches: &ArgMatches) -> Result<Option<End>, Failure> {
    let options = Options { follow: matches.get_flag("follow"), no_peeks: matches.get_flag("no-peeks") };
    let file = |name| matches.get_one::<String>(name).map(|name| create(name).map(|file| (name, file))).transpose();
    // what is not asked for live is written in large pieces
    let to = if matches.contains_id("html") { file("html")? } else { file("output")? };
    let (out, live, style): (Box<dyn Write + Send>, bool, Style) = match to {
        Some((_, file)) => {
            let (live, style) = (!file.metadata().is_ok_and(|file| file.is_file()), Style::of(&file));
            (Box::new(BufWriter::new(file)), live, style)
        }
        None => (Box::new(BufWriter::new(stderr())), true, Style::of(&stderr())),
    };
    let recorded = match file("pcap")? {
        Some((name, file)) => {
            let writer = PcapWriter::new(BufWriter::new(file));
            Some(writer.map_err(|error| Failure::File(name.clone(), error))?)
        }
        None => None,
    };
    let mut shown = Shown { explain: Explain::new(see::form(matches, style), out), live };
    let mut sink = Both { shown: &mut shown, recorded };
    let trace = |sink: &mut dyn Sink| match matches.get_many::<i32>("pid") {
        Some(pids) => attach(&pids.copied().collect::<Vec<_>>(), &options, sink).map(|()| None),
        None => {
            let words: Vec<String> = matches.get_many("program").unwrap_or_default().cloned().collect();
            run(&words, &options, sink).map(Some)
        }
    };
    let traced = if live { trace(&mut sink) } else { behind(&mut sink, trace).map_err(Error::Sink)? };
    Ok(traced?)
}

/// Ends as the program did, so that whoever waits for us sees the same; without a second core dump.
fn die_of(number: i32) -> i32 {
    if let Ok(died) = Signal::try_from(number) {
        if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_CORE) {
            let _ = setrlimit(Resource::RLIMIT_CORE, 0, hard);
        }
        // SAFETY: no handler is installed.
        let _ = unsafe { signal(died, SigHandler::SigDfl) };
        let _ = raise(died);
    }
    // what shells say of it
    128 + number
}

/// Shows what is seen, at once if somebody may be waiting for it.
struct Shown {
    explain: Explain<AnyForm, Box<dyn Write + Send>>,
    live: bool,
}

impl Shown {
    fn settle(&mut self) -> io::Result<()> {
        if self.live { self.explain.flush() } else { Ok(()) }
    }
}

impl Sink for Shown {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        self.explain.datagram(datagram)?;
        self.settle()
    }

    fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
        self.explain.note(note)?;
        self.settle()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.explain.flush()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        // what could not be written was said when it was tried
        let _ = self.explain.finish();
    }
}
