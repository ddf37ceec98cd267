//! The walkthroughs, byte for byte: every command of `tests/explain/walkthroughs.txt` is planned, said once more in the
//! words that its requests give, and carried out; what it says and hears is explained, and put on the page
//! `tests/explain/walkthroughs.md`. `BLESS=1` writes the page anew.

mod sandbox;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use barelink::capture::{self, Datagram, Note, Sink, Source};
use barelink::explain::tree::Tree;
use barelink::explain::{Explain, Form, Seen, Style};
use barelink::socket::Direction;
use nlmsg::explain::{Label, Verb, explain_in, known, verb};
use nlmsg::frame::{Messages, Netlink, NlMsgHdr};
use nlmsg::payload::Record;

const EXE: &str = env!("CARGO_BIN_EXE_barelink");

/// One datagram of a recording.
struct Talk {
    netlink: Netlink,
    way: Direction,
    bytes: Vec<u8>,
}

fn read(path: &Path) -> Vec<Talk> {
    let file = io::BufReader::new(fs::File::open(path).unwrap());
    let mut source = capture::open(Box::new(file), None, None).unwrap();
    let mut talks = Vec::new();
    while let Some(datagram) = source.next().unwrap() {
        talks.push(Talk { netlink: datagram.protocol.unwrap(), way: datagram.way(), bytes: datagram.bytes.to_vec() });
    }
    talks
}

/// The same with what differs from run to run put straight: sequence numbers, processes, descriptors.
fn steady(talk: &Talk, next: &mut u32) -> Vec<u8> {
    let mut bytes = talk.bytes.clone();
    let mut at = 0;
    while let Some(Ok(_)) = Messages::new(&talk.bytes[at..]).next() {
        let mut places = Vec::new();
        let len = NlMsgHdr::read(&talk.bytes[at..]).nlmsg_len as usize;
        explain_in(&talk.bytes[at..at + len], talk.netlink, &mut |row| {
            let name = row.label.to_string();
            let value = row.offset + row.header().len();
            match name.as_str() {
                "nlmsg_seq" => places.push((value, *next)),
                "IFLA_NET_NS_PID" => places.push((value, 4242)),
                "IFLA_NET_NS_FD" | "NETNSA_FD" => places.push((value, 3)),
                _ => {}
            }
        });
        for (place, number) in places {
            bytes[at + place..at + place + 4].copy_from_slice(&number.to_ne_bytes());
        }
        *next += 1;
        at += len.next_multiple_of(4).min(talk.bytes.len() - at);
    }
    bytes
}

fn changes(talk: &Talk) -> bool {
    let header = NlMsgHdr::read(&talk.bytes);
    talk.way == Direction::Sent && verb(&header, known(talk.netlink, &header, &talk.bytes[16..])) != Verb::Get
}

/// What changes something, in steady bytes.
fn asked(talks: &[Talk]) -> Vec<Vec<u8>> {
    let mut next = 1;
    talks.iter().filter(|talk| changes(talk)).map(|talk| steady(talk, &mut next)).collect()
}

/// Every row of every message: the bytes joined are the message, and nothing is unknown.
fn check(line: &str, talk: &Talk) {
    let mut messages = Messages::new(&talk.bytes);
    loop {
        let at = messages.offset();
        let Some(message) = messages.next() else { break };
        message.unwrap();
        let bytes = &talk.bytes[at..messages.offset()];
        let mut joined = Vec::new();
        explain_in(bytes, talk.netlink, &mut |row| {
            joined.extend_from_slice(row.bytes);
            assert!(!matches!(row.label, Label::UnknownAttr(_) | Label::Rest), "{line}: {} {:02x?}", row.label, row.bytes);
            assert_eq!(row.value.wrong, None, "{line}: {}", row.label);
        });
        assert_eq!(joined, bytes, "{line}");
    }
}

/// Gathers the commands that requests are said to be.
#[derive(Clone, Default)]
struct Commands(Arc<Mutex<Vec<String>>>);

impl Form for Commands {
    fn message(&mut self, seen: &Seen<'_>, _: &mut dyn Write) -> io::Result<()> {
        if seen.info().is_some_and(|info| !info.name.contains("GET")) {
            self.0.lock().unwrap().extend(seen.command());
        }
        Ok(())
    }

    fn note(&mut self, _: &Note<'_>, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn explain<F: Form>(form: F, talks: &[Talk], out: &mut Vec<u8>) {
    let mut explain = Explain::new(form, out);
    for talk in talks {
        let datagram = Datagram {
            bytes: &talk.bytes,
            len: talk.bytes.len(),
            direction: Some(talk.way),
            protocol: Some(talk.netlink),
            ..Datagram::default()
        };
        explain.datagram(&datagram).unwrap();
    }
    explain.finish().unwrap();
}

struct Place {
    dir: PathBuf,
}

impl Place {
    fn new() -> Place {
        let dir = PathBuf::from("/run/work");
        fs::create_dir_all(dir.join("bin")).unwrap();
        for tool in ["ip", "nft", "bridge", "brctl"] {
            symlink(EXE, dir.join("bin").join(tool)).unwrap();
        }
        Place { dir }
    }

    /// Runs a line of the shell, with these options of ours behind its first word.
    fn run(&self, line: &str, options: &str) -> Output {
        let (tool, rest) = line.split_once(' ').unwrap();
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.dir.join("bin").display());
        Command::new("bash")
            .args(["-c", &format!("{tool} {options} {rest}")])
            .current_dir(&self.dir)
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

/// The command again, from what it would say.
fn again(place: &Place, line: &str, plan: &[Talk]) {
    let commands = Commands::default();
    explain(commands.clone(), plan, &mut Vec::new());
    let commands = commands.0.lock().unwrap().clone();
    let wanted = asked(plan);
    // a batch is one datagram, and its messages are commands of their own; a descriptor belongs to a process that is gone
    let ours: Vec<&String> = commands.iter().filter(|command| !command.contains("/proc/")).collect();
    let messages: usize = plan.iter().filter(|talk| changes(talk)).count();
    if ours.len() != messages {
        // of what brctl takes out of a bridge, the message does not say which
        assert!(
            line.contains(" netns ") || line.contains("brctl delif") || wanted.is_empty(),
            "{line}: {messages} requests, but {commands:?}"
        );
        return;
    }
    let inside = line.strip_prefix("ip netns exec ").and_then(|rest| rest.split(' ').next());
    let mut said = Vec::new();
    for command in ours {
        let command = inside.map_or_else(|| command.clone(), |name| format!("ip netns exec {name} {command}"));
        let output = place.run(&command, "--dry-run --pcap again.pcap");
        assert!(output.status.success(), "{line}: {command}: {output:?}");
        said.extend(read(&place.dir.join("again.pcap")));
    }
    assert_eq!(asked(&said), wanted, "{line}: again as {commands:?}");
}

/// A part of the page: the line, and what it says.
fn page(line: &str, refused: bool, talks: &[Talk], out: &mut String) {
    let _ = writeln!(out, "### `{line}`\n");
    let reads = talks.iter().filter(|talk| talk.way == Direction::Sent && !changes(talk)).count();
    let mut next = 1;
    let told: Vec<Talk> = talks
        .iter()
        .filter(|talk| changes(talk))
        .map(|talk| Talk { netlink: talk.netlink, way: talk.way, bytes: steady(talk, &mut next) })
        .collect();
    let mut names: Vec<String> = Vec::new();
    for talk in talks.iter().filter(|talk| talk.way == Direction::Sent && !changes(talk)) {
        let header = NlMsgHdr::read(&talk.bytes);
        let mut words = String::new();
        nlmsg::explain::words(&talk.bytes, talk.netlink, nlmsg::explain::Role::Request, &mut words).unwrap();
        let name = known(talk.netlink, &header, &talk.bytes[16..]).map_or("?", |info| info.name);
        let entry = format!("`{name}`: {words}");
        if !names.contains(&entry) {
            names.push(entry);
        }
    }
    match (reads, told.is_empty()) {
        (0, true) => out.push_str("No netlink.\n"),
        (0, false) => {}
        _ => {
            let _ = writeln!(out, "It asks: {}.\n", names.join("; "));
        }
    }
    if !told.is_empty() {
        let mut text = Vec::new();
        explain(Tree::new(Style { colour: false, width: 110 }), &told, &mut text);
        let _ = writeln!(out, "```text\n{}```", String::from_utf8(text).unwrap());
    }
    if refused {
        out.push_str("\nThe kernel refuses this.\n");
    }
    out.push('\n');
}

#[test]
fn walkthroughs() {
    sandbox::run("walkthroughs", || {
        let place = Place::new();
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
        let list = fs::read_to_string(home.join("walkthroughs.txt")).unwrap();
        let mut text = String::from(
            "# What the walkthroughs say to the kernel\n\n\
             Each command, and each request of it that changes something, byte for byte: offset, bytes, name, value. Sequence\n\
             numbers, process numbers and descriptors are made up; all else is as it was sent.\n\n",
        );
        // the uplink of the walkthroughs
        assert!(place.run("ip link add up0 index 1000 type veth peer name up1 index 1001", "").status.success());
        let mut requests = 0;
        for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(title) = line.strip_prefix("== ") {
                let _ = writeln!(text, "## {title}\n");
                continue;
            }
            let (fails, line) = line.strip_prefix("! ").map_or((false, line), |line| (true, line));
            let plan = place.run(line, "--dry-run --pcap plan.pcap");
            let plan_talks = read(&place.dir.join("plan.pcap"));
            if plan.status.success() {
                again(&place, line, &plan_talks);
            }
            let output = place.run(line, "--pcap real.pcap");
            assert_eq!(output.status.success(), !fails, "{line}: {output:?}");
            let talks = read(&place.dir.join("real.pcap"));
            talks.iter().for_each(|talk| check(line, talk));
            if plan.status.success() {
                assert_eq!(asked(&talks), asked(&plan_talks), "{line}: what is planned is what is sent");
            }
            requests += asked(&talks).len();
            page(line, fails, &talks, &mut text);
        }
        assert!(requests > 60, "{requests}");
        let path = home.join("walkthroughs.md");
        if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
            fs::write(&path, &text).unwrap();
        }
        let old = fs::read_to_string(&path).unwrap_or_default();
        let differs = old.lines().zip(text.lines()).enumerate().find(|(_, (old, new))| old != new);
        assert!(old == text, "{} is not what is said now; BLESS=1 writes it anew: {differs:?}", path.display());
    });
}
