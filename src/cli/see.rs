//! `decode`, `explain`, and the options `--explain`, `--pcap` and `--dry-run` that every command takes.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write, stderr, stdin, stdout};
use std::sync::PoisonError;

use clap::{Arg, ArgAction, ArgMatches, Command};
use nlmsg::frame::Netlink;

use crate::capture::{self, Datagram, Format, Note, PcapWriter, Sink, Source};
use crate::explain::brief::Brief;
use crate::explain::code::{Code, Language};
use crate::explain::diff::{self, Gather, Line};
use crate::explain::hex::Hex;
use crate::explain::html::Html;
use crate::explain::json::Json;
use crate::explain::tree::Tree;
use crate::explain::{Explain, Form, Seen, Style};
use crate::socket::Direction;
use crate::watch;

/// A form that can go from thread to thread.
pub(crate) type AnyForm = Box<dyn Form + Send>;

/// Makes a form.
type Make = fn(Style) -> AnyForm;

/// The forms that have a name: of `--explain=NAME`, and as options.
const FORMS: &[(&str, Make, &str)] = &[
    (
        "tree",
        |style| Box::new(Tree::new(style)),
        "A tree: offset, bytes, name and value of every field and attribute (the default)",
    ),
    ("brief", |style| Box::new(Brief::new(style)), "A line a message"),
    ("json", |_| Box::new(Json::default()), "JSON: an array, a message a line"),
    ("hex", |style| Box::new(Hex::new(style)), "A hexdump with what begins in each line under it"),
    ("rust", |_| Box::new(Code::new(Language::Rust)), "Byte literals of Rust, with comments"),
    ("c", |_| Box::new(Code::new(Language::C)), "Byte literals of C, with comments"),
];

fn named(name: &str) -> Option<Make> {
    FORMS.iter().find(|(form, ..)| *form == name).map(|(_, make, _)| *make)
}

/// The options that choose a form.
pub(crate) fn form_args() -> Vec<Arg> {
    let flag = |name: &'static str| {
        let help = FORMS.iter().find(|(form, ..)| *form == name).map_or("", |(.., help)| *help);
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help).overrides_with_all(["tree", "brief", "json", "hex"])
    };
    vec![
        flag("tree"),
        flag("brief"),
        flag("json"),
        flag("hex"),
        Arg::new("code").long("code").value_name("LANGUAGE").value_parser(["rust", "c"]).help("Byte literals with comments"),
        Arg::new("html").long("html").value_name("FILE").help("Write a page for a browser, which needs nothing else"),
    ]
}

/// The form that the options choose, in this style.
pub(crate) fn form(matches: &ArgMatches, style: Style) -> AnyForm {
    if matches.contains_id("html") {
        return Box::new(Html);
    }
    let name = match matches.get_one::<String>("code") {
        Some(language) => language,
        None => ["brief", "json", "hex"].into_iter().find(|name| matches.get_flag(name)).unwrap_or("tree"),
    };
    named(name).unwrap_or(|style| Box::new(Tree::new(style)))(style)
}

/// Prints messages in the form that the options choose, into the file of `--html` or to standard output.
fn printer(matches: &ArgMatches) -> io::Result<Explain<AnyForm, Box<dyn Write + Send>>> {
    let out: Box<dyn Write + Send> = match matches.get_one::<String>("html") {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(|error| named_error(path, error))?)),
        None => Box::new(BufWriter::with_capacity(64 * 1024, super::Stdout)),
    };
    Ok(Explain::new(form(matches, Style::of(&stdout())), out))
}

fn named_error(path: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

fn fail(error: &dyn std::fmt::Display) -> i32 {
    let _ = writeln!(stderr(), "Error: {error}");
    1
}

pub(super) fn decode_grammar() -> Command {
    let formats: Vec<&str> = Format::ALL.iter().map(|(name, _)| *name).collect();
    Command::new("decode")
        .about("Show recorded netlink messages: hex digits, pcap, pcapng, the output of strace, raw messages")
        .override_usage("barelink decode [OPTIONS] [FILE...]\n       barelink decode --diff A B")
        .after_help(
            "Without a FILE, or with -, standard input is read. To record: strace -e trace=%network -e write=all -e read=all,\n\
             strace -xx, barelink trace -o FILE, barelink --pcap FILE ip ..., or tcpdump -i nlmon0 -w FILE.",
        )
        .arg(Arg::new("FILE").num_args(0..).help("What to read"))
        .arg(
            Arg::new("from")
                .long("from")
                .value_name("FORMAT")
                .value_parser(formats)
                .help("The format, if it is not to be guessed"),
        )
        .arg(
            Arg::new("protocol")
                .long("protocol")
                .value_name("NAME")
                .help("The protocol, where the source does not say it: route, netfilter, generic, ... or its number"),
        )
        .arg(Arg::new("diff").long("diff").action(ArgAction::SetTrue).help("Compare two conversations side by side"))
        .args(form_args())
}

pub(super) fn decode(matches: &ArgMatches) -> i32 {
    match try_decode(matches) {
        Ok(status) => status,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 1,
        Err(error) => fail(&error),
    }
}

fn open<'r>(path: &str, matches: &ArgMatches) -> Result<capture::Opened<'r>, String> {
    let from = matches.get_one::<String>("from").and_then(|name| Format::from_name(name));
    let protocol = match matches.get_one::<String>("protocol") {
        None => None,
        Some(name) => {
            let number = name.parse().ok().map(Netlink);
            let known = || name.strip_prefix("NETLINK_").map(str::to_lowercase).unwrap_or_else(|| name.to_lowercase());
            match number.or_else(|| Netlink::from_word(&known())) {
                Some(protocol) => Some(protocol),
                None => {
                    let words: Vec<&str> = Netlink::TABLE.names.iter().map(|name| name.word).collect();
                    return Err(format!("--protocol {name}: there is no such netlink protocol; one of: {}", words.join(" ")));
                }
            }
        }
    };
    let reader: Box<dyn Read> = match path {
        "-" => Box::new(stdin()),
        path => Box::new(File::open(path).map_err(|error| format!("{path}: {error}"))?),
    };
    capture::open(Box::new(BufReader::with_capacity(64 * 1024, reader)), from, protocol)
        .map_err(|error| format!("{path}: {error}"))
}

/// Hands all datagrams of a source on; says what is wrong with it where it ends.
fn pour(path: &str, source: &mut dyn Source, sink: &mut dyn Sink) -> io::Result<Option<String>> {
    loop {
        match source.next() {
            Ok(Some(datagram)) => sink.datagram(&datagram)?,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some(format!("{path}: {error}"))),
        }
    }
}

fn try_decode(matches: &ArgMatches) -> io::Result<i32> {
    let files: Vec<&str> =
        matches.get_many::<String>("FILE").map(|files| files.map(String::as_str).collect()).unwrap_or_default();
    if matches.get_flag("diff") {
        let [a, b] = files[..] else { return Ok(fail(&"--diff compares two files: barelink decode --diff A B")) };
        let mut sides = Vec::new();
        for path in [a, b] {
            match gather(path, matches)? {
                Ok(lines) => sides.push(lines),
                Err(error) => return Ok(fail(&error) + 1),
            }
        }
        let mut out = BufWriter::new(super::Stdout);
        let same = diff::show(&sides[0], &sides[1], Style::of(&stdout()), &mut out)?;
        out.flush()?;
        return Ok(i32::from(!same));
    }
    let mut printer = printer(matches)?;
    let mut status = 0;
    for path in if files.is_empty() { &["-"][..] } else { &files[..] } {
        let wrong = match open(path, matches) {
            Ok(mut source) => pour(path, &mut source, &mut printer)?,
            Err(error) => Some(error),
        };
        if let Some(error) = wrong {
            // what came before it stands before it
            printer.flush()?;
            status = fail(&error);
        }
    }
    printer.finish()?;
    Ok(status)
}

fn gather(path: &str, matches: &ArgMatches) -> io::Result<Result<Vec<Line>, String>> {
    let form = Gather::default();
    let lines = form.lines.clone();
    let mut explain = Explain::new(form, io::sink());
    let mut source = match open(path, matches) {
        Ok(source) => source,
        Err(error) => return Ok(Err(error)),
    };
    if let Some(error) = pour(path, &mut source, &mut explain)? {
        return Ok(Err(error));
    }
    Ok(Ok(std::mem::take(&mut *lines.lock().unwrap_or_else(PoisonError::into_inner))))
}

/// A printer that shows each datagram at once, and ends its form when it goes.
struct Live<W: Write>(Explain<AnyForm, W>);

impl<W: Write> Sink for Live<W> {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        self.0.datagram(datagram)?;
        self.0.flush()
    }

    fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
        self.0.note(note)?;
        self.0.flush()
    }
}

impl<W: Write> Drop for Live<W> {
    fn drop(&mut self) {
        let _ = self.0.finish();
    }
}

/// Of a command that is only explained: the requests whole, the answers to its look-ups in a line each.
struct Asking {
    whole: AnyForm,
    brief: Brief,
}

impl Form for Asking {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.whole.begin(out)
    }

    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        if seen.way() == Direction::Received { self.brief.message(seen, out) } else { self.whole.message(seen, out) }
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.whole.note(note, out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.whole.end(out)
    }
}

pub(super) fn explain_grammar() -> Command {
    Command::new("explain")
        .about("Show what a command would say to the kernel; nothing that changes anything is sent")
        .override_usage("barelink explain [OPTIONS] COMMAND WORDS...")
        .after_help(
            "Names are looked up where they are there already, which is shown; for what is not there yet stands what it\n\
             would be. No privilege is needed. Try: barelink explain ip link add ve1 type veth peer name ve2",
        )
        .arg(Arg::new("replies").long("replies").action(ArgAction::SetTrue).help("Show the answers to look-ups whole, too"))
        .arg(Arg::new("pcap").long("pcap").value_name("FILE").help("Record the requests in FILE as well"))
        .args(form_args())
        .arg(Arg::new("COMMAND").num_args(1..).required(true).trailing_var_arg(true).allow_hyphen_values(true))
}

pub(super) fn explain(matches: &ArgMatches) -> i32 {
    let words: Vec<String> = matches.get_many::<String>("COMMAND").map(|words| words.cloned().collect()).unwrap_or_default();
    let Some((tool, applet)) = words.first().and_then(|word| Some((word, super::applet(word)?))) else {
        let known: Vec<&str> = super::APPLETS.iter().map(|(name, _)| *name).collect();
        return fail(&format!("explain takes a command of {}", known.join(", ")));
    };
    if let Err(error) = plannable(tool) {
        return fail(&error);
    }
    let printer = match printer(matches) {
        Ok(printer) => printer,
        Err(error) => return fail(&error),
    };
    let whole = ["json", "brief"].iter().any(|form| matches.get_flag(form))
        || matches.get_flag("replies")
        || matches.contains_id("code")
        || matches.contains_id("html");
    let mut printer = match whole {
        true => printer,
        false => {
            let style = Style::of(&stdout());
            printer.in_form(|whole| -> AnyForm { Box::new(Asking { whole, brief: Brief::new(style) }) })
        }
    };
    printer.planned = true;
    let mut sinks: Vec<Box<dyn Sink + Send>> = vec![Box::new(Live(printer))];
    if let Some(error) = matches.get_one::<String>("pcap").and_then(|path| add_pcap(path, &mut sinks).err()) {
        return fail(&error);
    }
    if !watch::start(sinks, true) {
        return fail(&"this run is watched already: explain takes no --explain, --pcap or --dry-run before it");
    }
    let mut said = Vec::new();
    let status = applet(&words[1..], &mut io::sink(), &mut said);
    drop(watch::finish());
    let _ = stderr().write_all(&said);
    if status != 0 {
        let _ = writeln!(stderr(), "{tool} would end with status {status}");
    }
    status
}

fn add_pcap(path: &str, sinks: &mut Vec<Box<dyn Sink + Send>>) -> io::Result<()> {
    let file = File::create(path).and_then(|file| PcapWriter::new(BufWriter::new(file)));
    let writer = file.map_err(|error| named_error(path, error))?;
    sinks.push(Box::new(writer));
    Ok(())
}

/// What the options say that every command takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Watch {
    explain: Option<String>,
    pcap: Option<String>,
    dry: bool,
}

impl Watch {
    /// Takes the options out of a command line, wherever they stand but behind `exec`, whose words belong to another
    /// program, and behind `--`.
    pub(super) fn take(words: &[String]) -> Result<(Watch, Vec<String>), String> {
        let mut watch = Watch::default();
        let mut left = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match (word.as_str(), word.strip_prefix("--explain="), word.strip_prefix("--pcap=")) {
                ("--explain", ..) => watch.explain = Some("tree".into()),
                ("--dry-run", ..) => watch.dry = true,
                ("--pcap", ..) => {
                    watch.pcap = Some(words.next().ok_or("--pcap takes the name of a file")?.clone());
                }
                (_, Some(form), _) => match named(form) {
                    Some(_) => watch.explain = Some(form.into()),
                    None => {
                        let known: Vec<&str> = FORMS.iter().map(|(name, ..)| *name).collect();
                        return Err(format!("--explain={form}: there is no such form; one of: {}", known.join(" ")));
                    }
                },
                (.., Some(path)) => watch.pcap = Some(path.into()),
                ("--" | "exec", ..) => {
                    left.push(word.clone());
                    left.extend(words.by_ref().cloned());
                }
                _ => left.push(word.clone()),
            }
        }
        Ok((watch, left))
    }

    /// Begins to watch a tool; does nothing if nothing was asked for.
    pub(super) fn start(&self, tool: &str) -> Result<(), String> {
        if self.dry {
            plannable(tool)?;
        }
        let mut sinks: Vec<Box<dyn Sink + Send>> = Vec::new();
        if let Some(make) =
            self.explain.as_deref().or(self.dry.then_some("brief").filter(|_| self.pcap.is_none())).and_then(named)
        {
            let mut printer = Explain::new(make(Style::of(&stderr())), BufWriter::new(stderr()));
            printer.planned = self.dry;
            sinks.push(Box::new(Live(printer)));
        }
        if let Some(path) = &self.pcap {
            add_pcap(path, &mut sinks).map_err(|error| error.to_string())?;
        }
        if self.dry || !sinks.is_empty() {
            watch::start(sinks, self.dry);
        }
        if tool == "cnitool" {
            watch::note("plugins are programs of their own, and not seen from here: barelink trace -f shows what they say");
        }
        Ok(())
    }
}

/// Whether a run of a tool can be planned without being done.
fn plannable(tool: &str) -> Result<(), String> {
    Err(match tool {
        "cnitool" => {
            "cnitool cannot be planned: it runs plugins, programs of their own, and each does what it does with what the one \
             before has made. To see what they say while they say it: barelink trace -f -- cnitool WORDS..."
        }
        "demo" => {
            "demo cannot be planned: each step needs what the one before has made. It takes no privilege and leaves nothing; \
             to see what it says: barelink demo --explain"
        }
        "cni" => "cni cannot be planned: it makes links to this program, and says nothing to the kernel",
        _ => return Ok(()),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(line: &str) -> (Watch, String) {
        let words: Vec<String> = line.split(' ').map(String::from).collect();
        let (watch, left) = Watch::take(&words).unwrap();
        (watch, left.join(" "))
    }

    #[test]
    fn the_options_stand_anywhere_but_in_anothers_words() {
        let explained = |form: &str| Watch { explain: Some(form.into()), ..Watch::default() };
        assert_eq!(taken("--explain ip link"), (explained("tree"), "ip link".into()));
        assert_eq!(taken("ip --explain=brief link"), (explained("brief"), "ip link".into()));
        assert_eq!(taken("ip link --dry-run"), (Watch { dry: true, ..Watch::default() }, "ip link".into()));
        assert_eq!(taken("ip --pcap f link"), (Watch { pcap: Some("f".into()), ..Watch::default() }, "ip link".into()));
        let theirs = "ip netns exec c1 tool --explain --dry-run";
        assert_eq!(taken(theirs), (Watch::default(), theirs.into()));
        assert!(Watch::take(&["--pcap".into()]).is_err());
        assert!(Watch::take(&["--explain=nonsense".into()]).is_err());
    }
}
