//! From a request, the command that would have sent it: commands by chance are planned, and planned again in the words that
//! their requests give.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use barelink::capture::Note;
use barelink::explain::{Form, Seen};
use nlmsg::explain::{Role, Verb, verb};
use nlmsg::frame::NLM_F_DUMP;
use thiserror::Error;

use super::{Place, Talk, asked, changes, decode, explain, grammar, read, sandbox, text};

/// A request, and the command that would send it.
#[derive(Clone)]
pub(super) struct Question {
    bytes: Vec<u8>,
    verb: Verb,
    /// It looks for one link or number, as all commands do on their way.
    looks_up: bool,
    command: Option<String>,
}

/// Gathers the requests.
#[derive(Clone, Default)]
pub(super) struct Questions(Arc<Mutex<Vec<Question>>>);

impl Form for Questions {
    fn message(&mut self, seen: &Seen<'_>, _: &mut dyn Write) -> io::Result<()> {
        if let (Some(header), Some(info), Role::Request) = (seen.header, seen.info(), seen.role) {
            let one = !header.nlmsg_flags.contains(NLM_F_DUMP);
            self.0.lock().unwrap().push(Question {
                bytes: seen.bytes.to_vec(),
                verb: verb(&header, Some(info)),
                looks_up: one && ["RTM_GETLINK", "RTM_GETNSID"].contains(&info.name),
                command: seen.command(),
            });
        }
        Ok(())
    }

    fn note(&mut self, _: &Note<'_>, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn questions(talks: &[Talk]) -> Vec<Question> {
    let questions = Questions::default();
    explain(questions.clone(), talks, &mut Vec::new());
    std::mem::take(&mut questions.0.lock().unwrap())
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
    ("via any via ", "the second gateway gives a family that the first did not have"),
    ("via default dev v1 via ", "the same"),
    ("addrlabel flush", "what was listed is sent back as it came, with the list's number and in another order"),
    (" bogus", "iproute2 takes any word of kinds that have none, and sends an empty nest for it"),
];

/// How what requests give as their commands can miss them.
#[derive(Debug, Error)]
pub(super) enum Wrong {
    #[error("{0} requests give {1:?}")]
    Untold(usize, Vec<String>),
    #[error("{command}: {complaint}")]
    Refused { command: String, complaint: String },
    #[error("{commands:?} are other requests:\n  {wanted:02x?}\n  {said:02x?}")]
    Differs { commands: Vec<String>, wanted: Vec<Vec<u8>>, said: Vec<Vec<u8>> },
}

/// Of a line and what it would ask for: the commands that its requests give, which ask for the same.
pub(super) fn again(place: &Place, line: &str, plan: &[Talk]) -> Result<Vec<String>, Wrong> {
    let inside = line.strip_prefix("ip netns exec ").and_then(|rest| rest.split(' ').next());
    let changing = questions(plan).into_iter().filter(|question| question.verb != Verb::Get);
    // a descriptor belongs to a process that is gone
    let mut commands: Vec<String> =
        changing.filter_map(|question| question.command).filter(|command| !command.contains("/proc/")).collect();
    let messages = plan.iter().filter(|talk| changes(talk)).count();
    // of a batch, which is one datagram, each message can be a command: all of them are the batch
    if messages == 1 && commands.len() > 1 && commands.iter().all(|command| command.starts_with("nft ")) {
        let texts = commands.iter().map(|command| command.trim_start_matches("nft ").trim_matches('\''));
        commands = vec![format!("nft '{}'", texts.collect::<Vec<_>>().join("; "))];
    }
    if commands.len() != messages {
        return Err(Wrong::Untold(messages, commands));
    }
    let mut said = Vec::new();
    for command in &commands {
        let within = inside.map_or_else(|| command.clone(), |name| format!("ip netns exec {name} {command}"));
        let output = place.run(&within, "--dry-run --pcap again.pcap");
        if !output.status.success() {
            return Err(Wrong::Refused { command: within, complaint: text(&output.stderr).to_owned() });
        }
        said.extend(read(&place.dir.join("again.pcap")));
    }
    let (said, wanted) = (asked(&said), asked(plan));
    if said != wanted {
        return Err(Wrong::Differs { commands, wanted, said });
    }
    Ok(commands)
}

/// A line that is well formed is planned, and planned again.
fn planned(place: &Place, line: &str) -> Result<Vec<String>, Wrong> {
    let plan = place.run(line, "--dry-run --pcap plan.pcap");
    if plan.status.success() { again(place, line, &read(&place.dir.join("plan.pcap"))) } else { Ok(Vec::new()) }
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
            match planned(&place, &line) {
                Ok(commands) => tried += usize::from(!commands.is_empty()),
                Err(what) => wrong.push(format!("{line}\n  {what}")),
            }
        }
        assert!(wrong.is_empty(), "CHANCE={seed}:{count}: {} of {count}\n{}", wrong.len(), wrong.join("\n"));
        assert!(tried * 4 > count, "only {tried} of {count} lines ask for anything");
    });
}

/// What a line asks for, beside what it looks up.
fn asked_by(place: &Place, line: &str) -> Option<Vec<Question>> {
    let output = place.run(line, "--pcap asked.pcap");
    let asked = questions(&read(&place.dir.join("asked.pcap"))).into_iter().filter(|question| !question.looks_up);
    output.status.success().then(|| asked.collect())
}

/// What is asked is asked again by the command that the question gives.
fn shown(name: &str) {
    let test = format!("equivalent::questions_by_chance_of_{name}");
    sandbox::run(&test.replace('-', "_"), || {
        let place = Place::new();
        let grammar = furnish(&place, name, str::to_owned);
        let (seed, count) = grammar::wanted(USUAL);
        let (mut tried, mut wrong) = (0, Vec::new());
        for line in grammar.commands(seed, count) {
            for Question { bytes, command, .. } in asked_by(&place, &line).unwrap_or_default() {
                let Some(command) = command else {
                    wrong.push(format!("{line}: no command asks {bytes:02x?}"));
                    continue;
                };
                tried += 1;
                // but for the number that a request has
                let same = |other: &Question| other.bytes[..8] == bytes[..8] && other.bytes[16..] == bytes[16..];
                if !asked_by(&place, &command).is_some_and(|asked| asked.iter().any(same)) {
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
    shown("ip-show");
}

#[test]
fn requests_by_chance_of_ip_change() {
    grammar("ip-change", str::to_owned);
}

#[test]
fn requests_by_chance_of_ip_nexthop() {
    grammar("ip-nexthop", str::to_owned);
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

/// Each gives itself.
const SELVES: &[&str] = &[
    "bridge link set dev ve1 guard on hairpin off fastleave on root_block on flood off mcast_router 2 mcast_flood off",
    "bridge link set dev ve1 learning off cost 7 priority 33 state blocking isolated on locked off",
    "bridge link set dev ve1 backup_port ve2 self master",
    "bridge link set dev ve1 nobackup_port master",
    "bridge link set dev ve1 hwmode vepa",
    "bridge vlan add vid 5 dev ve1",
    "bridge vlan add vid 5 dev ve1 pvid untagged self",
    "bridge vlan add vid 10-20 dev ve1 untagged master",
    "bridge vlan add vid 10 dev ve1 tunnel_info id 1000",
    "bridge vlan add vid 10-20 dev ve1 tunnel_info id 1000-1010",
    "bridge vlan del vid 5 dev ve1",
    "bridge vlan del vid 10-4094 dev br0 self",
    "bridge mdb add dev br0 port ve1 grp 239.1.1.1 src 10.0.0.1 permanent vid 5",
    "bridge mdb add dev br0 port br0 grp ff05::1",
    "bridge vni add vni 5,7-9 remote 10.0.0.7 dev ve1",
    "bridge vni delete vni 5 dev ve1",
    "bridge mdb del dev br0 port ve1 grp 01:00:5e:01:01:01",
    "ip link add name x0 type vxlan tos 0x16 ttl 5 id 9 learning",
    "ip link add name x0 type gre ikey 7 oseq local 10.0.0.1 remote 10.0.0.9 ttl 5",
    "ip link add name x0 link ve1 type vlan protocol 802.1ad id 7 reorder_hdr off",
    "ip route add 10.9.0.0/16 via 10.0.0.1 dev ve1 mtu lock 1400 advmss 1300",
    "ip route add 10.9.0.0/16 nexthop via 10.0.0.1 weight 2 nexthop via 10.0.0.2",
    "ip rule add from 10.0.0.0/8 fwmark 0x1/0xff priority 7 table 100",
    "ip addr add 10.0.0.1/24 broadcast 10.0.0.255 valid_lft 100 preferred_lft 50 scope link dev ve1",
    "nft 'add rule ip t c ip saddr { 10.0.0.1, 10.0.0.2 } tcp dport { 22, 80 } accept'",
];

#[test]
fn requests_give_their_commands() {
    sandbox::run("equivalent::requests_give_their_commands", || {
        let place = Place::new();
        for line in ["ip link add br0 type bridge", "ip link add ve1 type veth peer name ve2", "ip link set ve1 master br0"] {
            assert!(place.run(line, "").status.success(), "{line}");
        }
        let told = SELVES.iter().map(|line| (line, planned(&place, line)));
        let wrong: Vec<_> = told.filter(|(line, told)| !matches!(told, Ok(commands) if commands == &[**line])).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        // `cost 0` and `state 200` cannot be said
        for port in ["0800030000000000", "05000100c8000000"] {
            let bytes = format!("2c00000013000500 0100000000000000 07000000 01000000 00000000 00000000 0c000c80{port}");
            let output = decode(&["--protocol", "route", "--from", "hex"], bytes.replace(' ', "").as_bytes());
            assert!(text(&output.stdout).contains("IFLA_PROTINFO") && !text(&output.stdout).contains('$'), "{output:?}");
        }
    });
}
