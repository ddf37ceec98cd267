//! From a request, the command that would have sent it: commands by chance are planned, and planned again in the words that
//! their requests give.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use barelink::capture::Note;
use barelink::explain::{Form, Seen};
use nlmsg::explain::Role;
use nlmsg::frame::NLM_F_DUMP;

use super::{Commands, Place, asked, changes, explain, grammar, read, sandbox};

/// A question, and the command that would ask it.
type Question = (Vec<u8>, Option<String>);

/// Gathers what is asked.
#[derive(Clone, Default)]
struct Questions(Arc<Mutex<Vec<Question>>>);

impl Form for Questions {
    fn message(&mut self, seen: &Seen<'_>, _: &mut dyn Write) -> io::Result<()> {
        // a single link is looked up by all commands
        let named = seen.info().filter(|info| !["RTM_GETLINK", "RTM_GETNSID"].contains(&info.name) || is_dump(seen));
        if named.is_some() && seen.role == Role::Request {
            self.0.lock().unwrap().push((seen.bytes.to_vec(), seen.command()));
        }
        Ok(())
    }

    fn note(&mut self, _: &Note<'_>, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn is_dump(seen: &Seen<'_>) -> bool {
    seen.header.is_some_and(|header| header.nlmsg_flags.contains(NLM_F_DUMP))
}

/// How many commands of each grammar every run tries.
const USUAL: usize = 60;

/// What no command would have sent again, and why.
const NONE: &[(&str, &str)] = &[
    ("nosuch", "what stands for a link that is not there has no name in a recording"),
    ("@nh,", "nft's text of it names the fields that are there"),
    ("@th,", "the same: a port, and the set of ports is another set"),
    ("ether type ip ", "nft's text leaves out what an address says already, and asks for it earlier"),
    ("meta protocol ip ", "the same"),
    ("ip6 nexthdr ", "the same"),
    ("ct status & (", "nft's text of it is compared with a set of flags"),
    ("tcp flags & syn != 0", "the same"),
    ("10.0.0.0/8, 10.1.0.0/16", "of elements that are one nft sends one, and of one alone no set"),
    ("{ 80-90, 91-95 }", "the same"),
    ("{ 1-5, 3-7 }", "the same"),
    (
        "flags interval; elements = {",
        "a set that comes with intervals has an end before the first of them, which one that gets them does not",
    ),
    (" bogus", "iproute2 takes any word of kinds that have none, and sends an empty nest for it"),
];

/// Whether a line asks for something, and the commands that its requests give ask for the same.
fn again(place: &Place, line: &str) -> Result<bool, String> {
    let plan = place.run(line, "--dry-run --pcap plan.pcap");
    if !plan.status.success() {
        return Ok(false);
    }
    let plan = read(&place.dir.join("plan.pcap"));
    let commands = Commands::default();
    explain(commands.clone(), &plan, &mut Vec::new());
    let mut commands = commands.0.lock().unwrap().clone();
    let messages = plan.iter().filter(|talk| changes(talk)).count();
    // of a batch, which is one datagram, each message can be a command: all of them are the batch
    if line.starts_with("nft ") && commands.len() > 1 {
        let texts = commands.iter().map(|command| command.trim_start_matches("nft ").trim_matches('\''));
        commands = vec![format!("nft '{}'", texts.collect::<Vec<_>>().join("; "))];
    }
    if commands.len() != messages {
        return Err(format!("{messages} requests give {commands:?}"));
    }
    let mut said = Vec::new();
    for command in &commands {
        let output = place.run(command, "--dry-run --pcap again.pcap");
        if !output.status.success() {
            return Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        said.extend(read(&place.dir.join("again.pcap")));
    }
    let (said, wanted) = (asked(&said), asked(&plan));
    if said != wanted {
        return Err(format!("{commands:?} are other requests:\n  {wanted:02x?}\n  {said:02x?}"));
    }
    Ok(!wanted.is_empty())
}

/// Makes what a grammar begins with, as far as the kernel at hand has it: what it lacks can be planned all the same.
fn furnish(place: &Place, name: &str, line: fn(&str) -> String) -> grammar::Grammar {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/chance/{name}.txt"));
    let grammar = grammar::Grammar::parse(&fs::read_to_string(path).unwrap());
    for setup in grammar.setup.lines().filter(|setup| !setup.contains(": ")) {
        for setup in setup.trim_start_matches("real ").split("; ").filter(|setup| setup.contains(' ')) {
            let output = place.run(&line(setup), "");
            if !output.status.success() {
                println!("not done: {setup}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
    }
    grammar
}

fn grammar(name: &str, line: fn(&str) -> String) {
    let test = format!("equivalent::requests_by_chance_of_{name}");
    sandbox::run(&test.replace('-', "_"), || {
        let place = Place::new();
        let grammar = furnish(&place, name, line);
        let (seed, count) = grammar::wanted(USUAL);
        let commands = grammar.commands(seed, count);
        let lines = commands.iter().map(|command| line(command));
        let known = |line: &str| NONE.iter().any(|(part, _)| line.contains(part));
        let (mut tried, mut wrong) = (0, Vec::new());
        for line in lines.filter(|line| !known(line)) {
            match again(&place, &line) {
                Ok(asks) => tried += usize::from(asks),
                Err(what) => wrong.push(format!("{line}\n  {what}")),
            }
        }
        assert!(wrong.is_empty(), "CHANCE={seed}:{count}: {} of {count}\n{}", wrong.len(), wrong.join("\n"));
        assert!(tried * 4 > count, "only {tried} of {count} lines ask for anything");
    });
}

fn asked_in(place: &Place, pcap: &str) -> Vec<Question> {
    let questions = Questions::default();
    explain(questions.clone(), &read(&place.dir.join(pcap)), &mut Vec::new());
    std::mem::take(&mut questions.0.lock().unwrap())
}

/// What is asked is asked again by the command that the question gives.
fn questions(name: &str) {
    let test = format!("equivalent::questions_by_chance_of_{name}");
    sandbox::run(&test.replace('-', "_"), || {
        let place = Place::new();
        let grammar = furnish(&place, name, str::to_owned);
        let (seed, count) = grammar::wanted(USUAL);
        let (mut tried, mut wrong) = (0, Vec::new());
        for line in grammar.commands(seed, count) {
            let output = place.run(&line, "--pcap plan.pcap");
            if !output.status.success() {
                continue;
            }
            for (bytes, command) in asked_in(&place, "plan.pcap") {
                let Some(command) = command else {
                    wrong.push(format!("{line}: no command asks {bytes:02x?}"));
                    continue;
                };
                tried += 1;
                place.run(&command, "--pcap again.pcap");
                if !asked_in(&place, "again.pcap").iter().any(|(other, _)| other[..8] == bytes[..8] && other[16..] == bytes[16..])
                {
                    wrong.push(format!("{line}\n  {command} does not ask {bytes:02x?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "CHANCE={seed}:{count}: {} of {tried}\n{}", wrong.len(), wrong.join("\n"));
        assert!(tried > count / 4, "only {tried} questions");
    });
}

#[test]
fn questions_by_chance_of_ip_show() {
    questions("ip-show");
}

#[test]
fn requests_by_chance_of_ip_change() {
    grammar("ip-change", str::to_owned);
}

#[test]
fn requests_by_chance_of_stock_kinds() {
    grammar("stock-kinds", str::to_owned);
}

#[test]
fn requests_by_chance_of_stock_vlan() {
    grammar("stock-vlan", str::to_owned);
}

#[test]
fn requests_by_chance_of_bridge() {
    grammar("bridge", str::to_owned);
}

#[test]
fn requests_by_chance_of_nft() {
    grammar("nft", |command| format!("nft '{command}'"));
}
