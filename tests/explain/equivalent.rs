//! From a request, the command that would have sent it: commands by chance are planned, and planned again in the words that
//! their requests give.

use std::fs;
use std::path::Path;

use super::{Commands, Place, asked, changes, explain, grammar, read, sandbox};

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

fn grammar(name: &str, line: fn(&str) -> String) {
    let test = format!("equivalent::requests_by_chance_of_{name}");
    sandbox::run(&test.replace('-', "_"), || {
        let place = Place::new();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/chance/{name}.txt"));
        let grammar = grammar::Grammar::parse(&fs::read_to_string(path).unwrap());
        for setup in grammar.setup.lines().filter(|setup| !setup.contains(": ")) {
            for setup in setup.trim_start_matches("real ").split("; ").filter(|setup| setup.contains(' ')) {
                let output = place.run(&line(setup), "");
                // what the kernel at hand lacks is planned all the same
                if !output.status.success() {
                    println!("not done: {setup}: {}", String::from_utf8_lossy(&output.stderr));
                }
            }
        }
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
