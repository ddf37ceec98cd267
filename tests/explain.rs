//! The walkthroughs, byte for byte: every command of `tests/explain/walkthroughs.txt` is planned, said once more in the
//! words that its requests give, and carried out; what it says and hears is explained, and put on the page
//! `tests/explain/walkthroughs.md`. `BLESS=1` writes the page anew.

#[path = "explain/equivalent.rs"]
mod equivalent;
#[path = "chance/grammar.rs"]
mod grammar;
mod sandbox;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use barelink::capture::{self, Datagram, Sink, Source};
use barelink::explain::tree::Tree;
use barelink::explain::{Explain, Form, Style};
use barelink::socket::Direction;
use equivalent::{Questions, Wrong, again};
use nix::mount::{MsFlags, mount};
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

/// The same with what differs from run to run put straight: sequence numbers, processes, descriptors, made-up
/// hardware addresses.
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
                "nlmsg_seq" => places.push((value, next.to_ne_bytes().to_vec())),
                "IFLA_NET_NS_PID" => places.push((value, 4242u32.to_ne_bytes().to_vec())),
                "IFLA_NET_NS_FD" | "NETNSA_FD" => places.push((value, 3u32.to_ne_bytes().to_vec())),
                "IFLA_ADDRESS" => places.push((value, vec![2, 0, 0, 0, 0, 1])),
                _ => {}
            }
        });
        for (place, value) in places {
            bytes[at + place..at + place + value.len()].copy_from_slice(&value);
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
        for folder in ["bin", "net.d"] {
            fs::create_dir_all(dir.join(folder)).unwrap();
        }
        // where plugins keep what they have given away
        mount(Some("tmpfs"), "/var/lib", Some("tmpfs"), MsFlags::empty(), None::<&str>).unwrap();
        for tool in ["ip", "nft", "bridge", "brctl", "cnitool", "host-local"] {
            symlink(EXE, dir.join("bin").join(tool)).unwrap();
        }
        Place { dir }
    }

    /// Runs a line of the shell, with these options of ours behind its first word.
    fn run(&self, line: &str, options: &str) -> Output {
        let (tool, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut command = Command::new("bash");
        command.args(["-c", &format!("{tool} {options} {rest}")]);
        self.output(&mut command)
    }

    /// Runs a line of the shell, and records what all its processes say.
    fn trace(&self, line: &str, pcap: &str) -> Output {
        let words = ["trace", "-f", "--no-peeks", "-o", "/dev/null", "--pcap", pcap, "--", "bash", "-c", line];
        self.output(Command::new(EXE).args(words))
    }

    fn output(&self, command: &mut Command) -> Output {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.dir.join("bin").display());
        command
            .current_dir(&self.dir)
            .env("PATH", path)
            .env("CNI_PATH", self.dir.join("bin"))
            .env("NETCONFPATH", self.dir.join("net.d"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
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
             numbers, process numbers, descriptors and hardware addresses are made up; all else is as it was sent.\n\n",
        );
        // the uplink of the walkthroughs
        assert!(place.run("ip link add up0 index 1000 type veth peer name up1 index 1001", "").status.success());
        let mut requests = 0;
        for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(title) = line.strip_prefix("== ") {
                let _ = writeln!(text, "## {title}\n");
                continue;
            }
            if let Some((name, json)) = line.strip_prefix("< ").and_then(|rest| rest.split_once(' ')) {
                fs::write(place.dir.join(name), json).unwrap();
                let _ = writeln!(text, "### `{name}`\n\n```json\n{json}\n```\n");
                continue;
            }
            let (fails, line) = line.strip_prefix("! ").map_or((false, line), |line| (true, line));
            // plugins are processes of their own, which go by what the one before has made
            if line.starts_with("cnitool ") || line.starts_with("CNI_COMMAND=") {
                let output = place.trace(line, "real.pcap");
                assert!(output.status.success(), "{line}: {output:?}");
                let talks = read(&place.dir.join("real.pcap"));
                talks.iter().for_each(|talk| check(line, talk));
                requests += asked(&talks).len();
                page(line, fails, &talks, &mut text);
                continue;
            }
            let plan = place.run(line, "--dry-run --pcap plan.pcap");
            let plan_talks = read(&place.dir.join("plan.pcap"));
            if plan.status.success() {
                match again(&place, line, &plan_talks) {
                    // a namespace is named by a descriptor; of what brctl takes out of a bridge, the message does not say which
                    Err(Wrong::Untold(..)) if line.contains(" netns ") || line.contains("brctl delif") => {}
                    told => told.map(drop).unwrap_or_else(|wrong| panic!("{line}: {wrong}")),
                }
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

#[test]
fn what_cannot_be_planned_is_refused_and_not_done() {
    sandbox::run("what_cannot_be_planned_is_refused_and_not_done", || {
        let place = Place::new();
        fs::write(place.dir.join("net.d/net.conf"), r#"{"cniVersion":"0.4.0","name":"net","type":"bridge"}"#).unwrap();
        assert!(place.run("ip netns add c1", "").status.success());
        let links = || place.run("ip -o link", "").stdout;
        let before = links();
        for line in [
            "cnitool --dry-run add net /run/netns/c1".to_owned(),
            format!("{EXE} --dry-run cnitool add net /run/netns/c1"),
            format!("{EXE} explain cnitool add net /run/netns/c1"),
            format!("{EXE} demo --dry-run --keep"),
            format!("{EXE} cni install --dry-run made"),
        ] {
            let output = place.run(&line, "");
            assert!(!output.status.success() && output.stdout.is_empty(), "{line}: {output:?}");
            assert!(text(&output.stderr).contains("cannot be planned"), "{line}: {output:?}");
        }
        assert_eq!(links(), before);
        let netns = fs::read_dir("/run/netns").unwrap().count();
        assert_eq!((netns, place.dir.join("made").exists(), Path::new("/var/lib/cni").exists()), (1, false, false));
    });
}

/// Runs the program with these bytes as its input.
fn decode(options: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(EXE)
        .arg("decode")
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("COLUMNS")
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // it may end before it has read all
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// `ip link add ve1 type veth peer name ve2`.
const VETH: &str = "54000000100005062e9b3e6b0000000000000000000000000000000000000000\
                    08000300766531002c0012000800010076657468200002001c00010000000000\
                    00000000000000000000000008000300766532 00";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_form_keeps_every_byte() {
    let veth = VETH.replace(' ', "");
    let mut input = veth.clone();
    for form in [&["--code", "rust"][..], &["--code", "c"], &["--hex"]] {
        let output = decode(form, input.as_bytes());
        assert!(output.status.success(), "{form:?}: {output:?}");
        input = text(&output.stdout).to_owned();
    }
    // what the hexdump says is the message still
    let json = decode(&["--json"], input.as_bytes());
    assert!(text(&json.stdout).contains(&format!("\"bytes\":\"{veth}\"")), "{json:?}");
    let tree = decode(&[], veth.as_bytes());
    for part in
        ["make link ve1 of kind veth, peer ve2", "$ ip link add name ve1 type veth peer name ve2", "linux/veth.h", "host order"]
    {
        assert!(text(&tree.stdout).contains(part), "{part}: {}", text(&tree.stdout));
    }
    assert!(!text(&tree.stdout).contains('\x1b'));
    let brief = decode(&["--brief"], veth.as_bytes());
    assert_eq!(text(&brief.stdout), "1 -> route RTM_NEWLINK 84 make link ve1 of kind veth, peer ve2\n");
    let html = std::env::temp_dir().join(format!("barelink-{}.html", std::process::id()));
    let output = decode(&["--html", html.to_str().unwrap()], veth.as_bytes());
    let page = fs::read_to_string(&html).unwrap();
    fs::remove_file(&html).unwrap();
    assert!(output.status.success() && page.contains(&format!("data-hex=\"{veth}\"")) && page.ends_with("</html>\n"));
    // nothing is fetched
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("src="));
}

#[test]
fn json_is_json() {
    if Command::new("jq").arg("--version").output().is_err() {
        println!("SKIPPED json_is_json: no jq here");
        return;
    }
    let odd = format!("{}\n\n10000000990a01000100000000000000\n", VETH.replace(' ', ""));
    let json = decode(&["--json"], odd.as_bytes());
    let mut jq = Command::new("jq")
        .args(["-r", ".[0].rows | map(.length) | add"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    jq.stdin.take().unwrap().write_all(&json.stdout).unwrap();
    let output = jq.wait_with_output().unwrap();
    assert_eq!((output.status.success(), text(&output.stdout)), (true, "84\n"), "{}", text(&json.stdout));
}

#[test]
fn two_conversations_are_compared() {
    let folder = std::env::temp_dir().join(format!("barelink-diff-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (a, b) = (folder.join("a"), folder.join("b"));
    let veth = VETH.replace(' ', "");
    fs::write(&a, &veth).unwrap();
    // another number, which does not count
    fs::write(&b, veth.replacen("2e9b3e6b", "2f9b3e6b", 1)).unwrap();
    let diff = || {
        let output = Command::new(EXE).args(["decode", "--diff"]).args([&a, &b]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(diff().0, Some(0));
    fs::write(&b, veth.replacen("76653200", "76653900", 1)).unwrap();
    let (status, shown) = diff();
    fs::remove_dir_all(&folder).unwrap();
    let marked: Vec<&str> = shown.lines().filter(|line| line.starts_with('!')).collect();
    assert_eq!((status, marked.len()), (Some(1), 2), "{shown}");
    assert!(marked[1].contains("IFLA_IFNAME") || shown.contains("ve9"), "{shown}");
}

#[test]
fn a_refusal_points_at_the_bytes_that_it_means() {
    sandbox::run("a_refusal_points_at_the_bytes_that_it_means", || {
        let place = Place::new();
        let output = place.run("ip link add toolongname123456 type bridge", "--explain");
        let said = text(&output.stderr);
        assert!(!output.status.success(), "{said}");
        for part in [
            "in #1, at byte 32: IFLA_IFNAME",
            "ERANGE",
            "16 00 03 00 74 6f 6f 6c",
            "^^^^^^^^^^^^",
            "at most 15 bytes",
            "answers #1",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        // a missing attribute is named, and a look-up is one
        let explained = Command::new(EXE).args(["explain", "ip", "link", "set", "nowhere", "up"]).output().unwrap();
        let said = text(&explained.stdout);
        for part in ["a look-up", "refused: ENODEV", "not sent", "(the index of nowhere)", "$ ip link set dev nowhere up"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let before = Command::new("ip").args(["-o", "link"]).output().unwrap().stdout;
        assert!(place.run("ip link add br9 type bridge", "--dry-run").status.success());
        assert!(Command::new(EXE).args(["ip", "netns", "add", "n1", "--dry-run"]).status().unwrap().success());
        assert_eq!(Command::new("ip").args(["-o", "link"]).output().unwrap().stdout, before);
        assert!(!Path::new("/run/netns/n1").exists());
    });
}

#[test]
fn bad_input_is_shown_and_bounded() {
    for (input, options, said) in [
        (&b""[..], &[][..], "nothing here"),
        (b"zz top", &["--from", "hex"], "hex digit"),
        (b"abc", &[], ""),
        (&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0], &[], "LINKTYPE_NETLINK"),
    ] {
        let output = decode(options, input);
        assert_eq!(output.status.code(), Some(1), "{input:02x?}: {output:?}");
        assert!(text(&output.stderr).contains(said), "{input:02x?}: {output:?}");
    }
    // lengths that lie, and nothing but zeros
    let zeros = vec![0; 16 << 20];
    for (input, options) in [
        (&b"ffffff7f100005060000000000000000"[..], &["--protocol", "route"][..]),
        (b"18000000100005060000000000000000ffff0300aabbccdd", &["--protocol", "route"]),
        (&zeros, &["--from", "raw", "--protocol", "route"]),
    ] {
        let output = decode(options, input);
        assert!(output.stdout.len() < 1 << 20, "{} bytes", output.stdout.len());
        assert!(output.status.code().is_some_and(|code| code < 2), "{:?}", output.status);
    }
    // attributes in attributes, 10,000 deep, which no table knows
    let deep = 10_000u16;
    let mut message = vec![0; 32];
    for level in 0..deep {
        message.extend(((deep - level) * 4).to_ne_bytes());
        message.extend(0xbff0u16.to_ne_bytes());
    }
    let len = message.len() as u32;
    message[..4].copy_from_slice(&len.to_ne_bytes());
    message[4] = 16;
    for form in ["--tree", "--brief", "--json", "--hex"] {
        let output = decode(&["--from", "raw", "--protocol", "route", form], &message);
        assert!(output.status.success() && output.stdout.len() < 1 << 20, "{form}: {} bytes", output.stdout.len());
    }
}

/// Takes what is printed, and only counts it.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn made_messages_are_explained_in_every_form() {
    use barelink::explain::{brief::Brief, code::*, hex::Hex, html::Html, json::Json};
    let style = Style { colour: true, width: 80 };
    let mut forms: Vec<Explain<Box<dyn Form + Send>, Count>> = Vec::new();
    let boxed: [Box<dyn Form + Send>; 7] = [
        Box::new(Tree::new(style)),
        Box::new(Brief::new(style)),
        Box::new(Json::default()),
        Box::new(Hex::new(style)),
        Box::new(Code::new(Language::Rust)),
        Box::new(Html),
        Box::new(Questions::default()),
    ];
    forms.extend(boxed.into_iter().map(|form| Explain::new(form, Count(0))));
    for (netlink, protocol) in
        [(nlmsg::frame::NETLINK_ROUTE, nlmsg::route::MESSAGES), (nlmsg::frame::NETLINK_NETFILTER, nlmsg::nft::MESSAGES)]
    {
        for seed in 0..200 {
            let mut bytes = bytes::BytesMut::new();
            let mut generator = nlmsg::make::Gen::half_valid(seed, 20);
            generator.message(&protocol[seed as usize % protocol.len()], &mut bytes);
            check_made(&bytes, netlink);
            for (direction, form) in [Direction::Sent, Direction::Received].into_iter().cycle().zip(&mut forms) {
                let datagram = Datagram {
                    bytes: &bytes,
                    len: bytes.len(),
                    direction: Some(direction),
                    protocol: Some(netlink),
                    ..Datagram::default()
                };
                form.datagram(&datagram).unwrap();
            }
        }
    }
    forms.iter_mut().for_each(|form| form.finish().unwrap());
}

/// The rows of a message, joined, are the message, whatever it is.
fn check_made(bytes: &[u8], netlink: Netlink) {
    for netlink in [netlink, Netlink(4), Netlink(6), Netlink(16), Netlink(99)] {
        let mut joined = Vec::new();
        explain_in(bytes, netlink, &mut |row| joined.extend_from_slice(row.bytes));
        assert_eq!(joined, bytes);
    }
}
