//! The monitors of the originals and ours, side by side in one namespace, while commands by chance change things there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use regex_lite::Regex;

use crate::grammar::{self, Grammar};
use crate::{sandbox, twin};

/// How many commands of each grammar every run tries.
const USUAL: usize = 40;
/// How many share a namespace: after that there is little left that changes.
const SECTION: usize = 100;
/// The grammars, and how many monitors show what they do.
const TRIED: &[(&str, usize)] = &[("ip-change", 12), ("bridge", 12)];
/// What monitors are made of.
const MONITORS: &str = "
command = ip <flag>* monitor <ip>* | ip <flag>* monitor <ip>* | bridge <bridge-flag>* monitor <bridge>*
flag = -4 | -6 | -d | -s | -o | -br | -c | -t | -ts | -N | -h | -iec | -j | -p
ip = all | label | all-nsid | link | address | route | neigh | rule | nsid | netconf | dev v1 | dev br0
bridge-flag = -d | -s | -o | -c | -t | -j | -p | -4
bridge = all | link | fdb | mdb | vlan | vni
";
/// What is not the same: times; where an original goes by what was when it began, the flags of lower links; and where it
/// gives another namespace's number the name that the number has here.
const MASK: &str = r"Timestamp: .* usec|\[[0-9][-0-9T:.]*\] |,M-DOWN|,LOWERLAYERDOWN|(\[nsid \d+\](\[NSID\])?nsid \d+ )\(.*\)";
/// What changes names, after which the originals' monitors keep the first one.
const RENAMES: &str = " name newname";
/// How long monitors may take to read what waits for them.
const PATIENCE: Duration = Duration::from_secs(20);

/// A monitor that runs.
struct Monitor {
    words: String,
    child: Child,
    out: PathBuf,
    /// What it had shown when all were there.
    before: usize,
}

impl Monitor {
    fn start(words: &str, tools: Option<&Path>, out: PathBuf) -> Monitor {
        let (program, args) = words.split_once(' ').unwrap();
        let file = File::create(&out).unwrap();
        // not all that the originals show is written at once
        let mut command = Command::new(if tools.is_none() { "stdbuf" } else { "env" });
        command.args(tools.is_none().then_some("-o0"));
        let child = command
            .arg(tools.map_or(PathBuf::from(program), |tools| tools.join(program)))
            .args(args.split(' '))
            .stdin(Stdio::null())
            .stderr(file.try_clone().unwrap())
            .stdout(file)
            .spawn()
            .unwrap();
        Monitor { words: words.to_owned(), child, out, before: 0 }
    }

    /// Whether it waits for something.
    fn sleeps(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
    }

    fn end(mut self) -> (String, String) {
        self.child.wait().unwrap();
        let shown = String::from_utf8_lossy(&fs::read(&self.out).unwrap()[self.before..]).into_owned();
        (std::mem::take(&mut self.words), shown)
    }
}

impl Drop for Monitor {
    /// It never ends by itself, and the test may have failed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often in a row all is calm when monitors have begun: groups above 32 are not listed, so that nothing else says so.
const BEGUN: usize = 40;
/// The same after a command: one of them may just be asking something.
const READ: usize = 2;

/// Waits until each has a socket, nothing waits in any, and all monitors sleep.
fn settle(monitors: &[Monitor], often: usize) {
    let deadline = Instant::now() + PATIENCE;
    let mut calm = 0;
    while calm < often {
        let sockets = fs::read_to_string("/proc/thread-self/net/netlink").unwrap();
        assert!(Instant::now() < deadline, "the monitors do not come to rest:\n{sockets}{}", awake(monitors));
        // sk Eth Pid Groups Rmem ...
        let rows = sockets.lines().skip(1).map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
        let unread: Vec<bool> = rows.filter(|row| row[1] == "0" && row[2] != "0").map(|row| row[4] != "0").collect();
        let rests = unread.len() >= monitors.len() && !unread.contains(&true) && monitors.iter().all(Monitor::sleeps);
        calm = if rests { calm + 1 } else { 0 };
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The monitors that do something, or that have ended.
fn awake(monitors: &[Monitor]) -> String {
    let awake = monitors.iter().filter(|monitor| !monitor.sleeps());
    awake.map(|monitor| format!("{}: {}\n", monitor.words, fs::read_to_string(&monitor.out).unwrap())).collect()
}

fn shell(line: &str) {
    let silent = || Stdio::null();
    let _ = Command::new("sh").args(["-c", line]).stdin(silent()).stdout(silent()).stderr(silent()).status().unwrap();
}

/// Runs commands in a namespace that is new and goes with what is in it; how many lines were shown, and what differs.
fn watched(grammar: &Grammar, shows: &[String], commands: &[String]) -> (usize, Vec<String>) {
    unshare(CloneFlags::CLONE_NEWNET).unwrap();
    grammar.setup.lines().filter_map(|line| line.strip_prefix("real ")).for_each(shell);
    let scratch = twin::Scratch::new();
    let tools = scratch.0.join("tools");
    fs::create_dir(&tools).unwrap();
    for tool in ["ip", "bridge"] {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_barelink"), tools.join(tool)).unwrap();
    }
    let mut monitors = Vec::new();
    for (nth, words) in shows.iter().enumerate() {
        monitors.push(Monitor::start(words, None, scratch.0.join(format!("{nth}.theirs"))));
        monitors.push(Monitor::start(words, Some(&tools), scratch.0.join(format!("{nth}.ours"))));
    }
    settle(&monitors, BEGUN);
    for monitor in &mut monitors {
        monitor.before = fs::metadata(&monitor.out).unwrap().len() as usize;
    }
    for command in commands {
        shell(command);
        settle(&monitors, READ);
    }
    let mask = Regex::new(MASK).unwrap();
    // at once, as something can happen meanwhile
    monitors.iter_mut().for_each(|monitor| monitor.child.kill().unwrap());
    let mut ends = monitors.into_iter().map(Monitor::end);
    let mut differ = Vec::new();
    let mut shown = 0;
    while let (Some((words, theirs)), Some((_, ours))) = (ends.next(), ends.next()) {
        let (theirs, ours) = (mask.replace_all(&theirs, "$1"), mask.replace_all(&ours, "$1"));
        shown += theirs.lines().count();
        if theirs != ours {
            let at = theirs.lines().zip(ours.lines()).position(|(theirs, ours)| theirs != ours);
            let at = at.unwrap_or(theirs.lines().count().min(ours.lines().count()));
            let lines = |text: &str| {
                text.lines().skip(at.saturating_sub(2)).take(6).map(|line| format!("    {line}\n")).collect::<String>()
            };
            differ.push(format!("{words}, line {}:\n  theirs\n{}  ours\n{}", at + 1, lines(&theirs), lines(&ours)));
        }
    }
    (shown, differ)
}

/// `CHANCE=SEED:COUNT` and `TWIN` as for commands.
#[test]
fn monitors_by_chance() {
    let only = std::env::var("TWIN").ok();
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only.split(',').any(|one| one == name));
    let (seed, count) = grammar::wanted(USUAL);
    if !["ip", "bridge"].into_iter().all(twin::has) {
        return twin::say("left out: monitors by chance: no ip or no bridge");
    }
    sandbox::run("monitors::monitors_by_chance", || {
        let mut differ = Vec::new();
        let monitors = Grammar::parse(MONITORS);
        for (name, shown) in TRIED.iter().filter(|(name, _)| wanted(name)) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/chance/{name}.txt"));
            let grammar = Grammar::parse(&fs::read_to_string(path).unwrap());
            let mut commands = grammar.commands(seed, count);
            commands.retain(|command| !command.contains(RENAMES));
            let before = differ.len();
            let lines = commands.chunks(SECTION).zip(seed..).map(|(commands, seed)| {
                let (lines, found) = watched(&grammar, &monitors.commands(seed, *shown), commands);
                differ.extend(found);
                lines
            });
            let lines: usize = lines.sum();
            assert!(lines > 0, "{name}: the monitors have shown nothing");
            let fell = differ.len() - before;
            twin::say(&format!("{name}, CHANCE={seed}:{count}: {shown} monitors, {lines} lines, {fell} differ"));
        }
        assert!(differ.is_empty(), "CHANCE={seed}:{count}\n{}", differ.concat());
    });
}
