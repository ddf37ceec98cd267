//! The original `nft` and ours, side by side: each list of commands in `tests/nft` runs with both, each in a fresh
//! network namespace, and everything that can be seen is compared: exit codes, text, the bytes of each batch
//! (sequence and port aside), and afterwards how both list what each of them made.

#[path = "chance/grammar.rs"]
mod grammar;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the script leaves behind for one side.
struct Side {
    dir: PathBuf,
}

fn have(tool: &str) -> bool {
    Command::new(tool).arg("-V").output().is_ok()
}

/// The options that a command begins with, and its text.
fn options(command: &str) -> (&str, &str) {
    let mut at = 0;
    while command[at..].starts_with('-') {
        at += command[at..].find(' ').unwrap() + 1;
    }
    command.split_at(at)
}

/// Whatever differs from run to run: process ids, and how long an element still stays.
fn steady(text: &str) -> String {
    regex_lite::Regex::new("(by process|expires) [0-9]+[0-9a-z]*").unwrap().replace_all(text, "$1").into_owned()
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl Side {
    /// Runs all commands with one tool in a namespace of their own.
    fn run(dir: PathBuf, tool: &str, ours: &Path, commands: &[String]) -> Side {
        fs::create_dir_all(&dir).unwrap();
        let mut script = format!("cd {}\n", quoted(dir.to_str().unwrap()));
        for (i, command) in commands.iter().enumerate() {
            let (options, text) = options(command);
            let text = format!("{options} {}", quoted(text));
            script += &format!(
                "strace -o {i}.strace -s 1 -e trace=sendmsg,sendto -e write=all {tool} {text} >{i}.out 2>{i}.err; echo $? >{i}.code\n"
            );
        }
        let ours = quoted(ours.to_str().unwrap());
        for (i, options) in ["", "-a", "-n", "-s", "-t"].iter().enumerate() {
            for what in ["ruleset", "chains", "sets", "tables"] {
                script += &format!(
                    "nft {options} list {what} >nft.{i}.{what} 2>&1; {ours} {options} list {what} >ours.{i}.{what} 2>&1\n"
                );
            }
        }
        // what we print can be read again, by both
        script += &format!("{ours} -s list ruleset >printed\n");
        script += &format!("{ours} flush ruleset; {ours} -f printed 2>again.err; {ours} -s list ruleset >again\n");
        script += "nft flush ruleset; nft -f printed 2>nft-again.err; nft -s list ruleset >nft-again\n";
        let root = nix::unistd::geteuid().is_root();
        let flags = if root { "-n" } else { "-rn" };
        let status = Command::new("unshare").args([flags, "sh", "-c", &script]).status().unwrap();
        assert!(status.success());
        Side { dir }
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.dir.join(name)).unwrap()).into_owned()
    }

    /// The messages of the batches that a command sent.
    fn batches(&self, index: usize) -> Vec<Vec<u8>> {
        let mut datagrams: Vec<Vec<u8>> = Vec::new();
        for line in self.read(&format!("{index}.strace")).lines() {
            match line.strip_prefix(" | ") {
                Some(dump) => {
                    let hex: String = dump.chars().skip(7).take(49).filter(char::is_ascii_hexdigit).collect();
                    let bytes = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap());
                    datagrams.last_mut().unwrap().extend(bytes);
                }
                None if line.starts_with("send") => datagrams.push(Vec::new()),
                None => {}
            }
        }
        // a batch begins with NFNL_MSG_BATCH_BEGIN
        datagrams.retain(|datagram| datagram.get(4..6) == Some(&0x10u16.to_ne_bytes()));
        datagrams.iter_mut().for_each(|datagram| mask(datagram));
        datagrams
    }
}

/// Clears sequence numbers and ports.
fn mask(datagram: &mut [u8]) {
    let mut at = 0;
    while let Some(head) = datagram.get_mut(at..at + 16) {
        let len = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]) as usize;
        head[8..].fill(0);
        at += len.max(16).next_multiple_of(4);
    }
}

/// Two lists of batches from where they begin to differ.
fn difference(want: &[Vec<u8>], got: &[Vec<u8>]) -> String {
    let (want, got) = (want.concat(), got.concat());
    let same = want.iter().zip(&got).take_while(|(want, got)| want == got).count();
    let from = same.saturating_sub(16) / 4 * 4;
    let hex = |bytes: &[u8]| bytes[from.min(bytes.len())..].iter().take(64).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("at {from}\nnft:  {}\nours: {}", hex(&want), hex(&got))
}

/// Compares the commands of a file.
fn compare(name: &str) {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nft").join(name);
    let text = fs::read_to_string(list).unwrap();
    let commands = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let wrong = differences(name, &commands.map(String::from).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs when both run these commands, one after the other.
fn differences(name: &str, commands: &[String]) -> Vec<String> {
    if !have("nft") || !have("strace") {
        println!("skipped: nft and strace are needed");
        return Vec::new();
    }
    let probe = Command::new("unshare")
        .args([if nix::unistd::geteuid().is_root() { "-n" } else { "-rn" }, "nft", "list", "ruleset"])
        .output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("skipped: no namespace can be made, or it has no nf_tables");
        return Vec::new();
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("nft-{name}-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let ours = dir.join("nft");
    symlink(env!("CARGO_BIN_EXE_barelink"), &ours).unwrap();
    let model = Side::run(dir.join("model"), "nft", &ours, commands);
    let mine = Side::run(dir.join("mine"), ours.to_str().unwrap(), &ours, commands);

    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for (i, command) in commands.iter().enumerate() {
        for part in ["code", "out", "err"] {
            let [want, got] = [&model, &mine].map(|side| steady(&side.read(&format!("{i}.{part}"))));
            // an error may say more than nft's, after it
            let more = part == "err" && !want.is_empty() && got.starts_with(&want);
            if want != got && !more {
                wrong.insert(format!("{command} ({part})"), format!("nft:  {want}ours: {got}"));
            }
        }
        let (want, got) = (model.batches(i), mine.batches(i));
        if want != got {
            wrong.insert(format!("{command} (bytes)"), difference(&want, &got));
        }
    }
    for side in [&model, &mine] {
        for i in 0..5 {
            for what in ["ruleset", "chains", "sets", "tables"] {
                let [want, got] = ["nft", "ours"].map(|who| steady(&side.read(&format!("{who}.{i}.{what}"))));
                let lines = want.lines().zip(got.lines()).filter(|(want, got)| want != got);
                let lines: Vec<_> = lines.map(|(want, got)| format!("nft:  {want}\nours: {got}")).collect();
                if want != got {
                    wrong.insert(format!("list {what} {i}"), lines.join("\n"));
                }
            }
        }
        // nft makes a set of one element that element when it reads its own text
        let [want, got] = ["nft-again", "again"].map(|what| steady(&side.read(what)));
        if want != got || want.lines().count() != side.read("printed").lines().count() {
            let lines = want.lines().zip(got.lines()).filter(|(want, got)| want != got);
            let lines: String = lines.map(|(want, got)| format!("nft:  {want}\nours: {got}\n")).collect();
            wrong.insert("reading again what we printed".into(), side.read("nft-again.err") + &side.read("again.err") + &lines);
        }
    }
    let [want, got] = [&model, &mine].map(|side| steady(&side.read("nft.1.ruleset")));
    if want != got {
        wrong.insert("the rule set that was made".into(), format!("nft:  {want}\nours: {got}"));
    }
    fs::remove_dir_all(&dir).unwrap();
    wrong.iter().map(|(what, how)| format!("### {what}\n{how}")).collect()
}

/// `CHANCE=SEED:COUNT` tries others than those of every run.
#[test]
fn by_chance() {
    let grammar = grammar::Grammar::parse(include_str!("chance/nft.txt"));
    let (seed, count) = grammar::wanted(60);
    let mut wrong = Vec::new();
    for (part, commands) in grammar.commands(seed, count).chunks(100).enumerate() {
        let setup = grammar.setup.lines().map(String::from);
        wrong.extend(differences(&format!("chance-{part}"), &setup.chain(commands.iter().cloned()).collect::<Vec<_>>()));
    }
    assert!(wrong.is_empty(), "CHANCE={seed}:{count}: {} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// An ordinary user gets the same answers.
#[test]
fn without_privilege() {
    if !have("nft") || !have("setpriv") || !nix::unistd::geteuid().is_root() {
        println!("skipped: nft, setpriv and root are needed");
        return;
    }
    // somewhere that everybody can reach
    let dir = std::env::temp_dir().join(format!("barelink-nft-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_barelink"), dir.join("nft")).unwrap();
    for words in [
        "list ruleset",
        "list tables",
        "add table ip t",
        "-c add table ip t",
        "add table ip t; add chain ip t c",
        "add rule ip t c accept",
        "add element ip t s { 1 }",
        "delete table ip t",
        "flush ruleset",
        "reset counters",
        "rename chain ip t c d",
        "-f /dev/null",
    ] {
        let run = |tool: &Path| {
            let command = ["-n", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
            let output = Command::new("unshare").args(command).arg(tool).args(words.split(' ')).output().unwrap();
            (output.status.code(), String::from_utf8(output.stderr).unwrap())
        };
        assert_eq!(run(&dir.join("nft")), run(Path::new("nft")), "{words}");
    }
    fs::remove_dir_all(&dir).unwrap();
}

/// nft complains about what comes after a word that it does not know; we point at the word itself too.
#[test]
fn an_unknown_word_is_pointed_at() {
    let words = ["nft", "add rule ip t c tcp dport 80 acept"];
    let output = Command::new(env!("CARGO_BIN_EXE_barelink")).args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let last: Vec<&str> = text.lines().rev().take(3).collect();
    assert_eq!(last[2], "\"acept\" is no match, statement or verdict");
    assert_eq!(last[0].find('^'), last[1].find("acept"));
}

macro_rules! lists {
    ($($test:ident $file:literal;)*) => { $(
        #[test]
        fn $test() {
            compare($file);
        }
    )* };
}

lists! {
    the_walkthrough "walkthrough.txt";
    rules_of_family_ip "rules-ip.txt";
    rules_of_family_inet "rules-inet.txt";
    neighbouring_fields "neighbours.txt";
    address_translation "nat.txt";
    more_rules "more.txt";
    objects "objects.txt";
    reset_rename_and_echo "reset.txt";
    types_of_expressions "typeof.txt";
    what_may_have_been_meant "meant.txt";
    bad_input "bad.txt";
}
