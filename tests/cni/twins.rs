//! Each network of `configs.txt` once with the original plugins and once with ours: results and the kernel's state
//! are the same, but for what is listed here.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{path::Path, thread};

use serde_json::Value;

use super::side::{Step, difference, made_up, steps};
use super::twin::{self, Program, Scratch};
use super::{ORIGINALS, able, grammar, plugins};

/// Where we differ from the original (1.1.1) everywhere, and why.
const DIFFERENCES: &[&str] = &[
    "a bridge has an address of its own from the start; the original's takes that of its first port",
    "addresses have IFA_F_NODAD, on the bridge too: with duplicate address detection IPv6 takes seconds",
    "the queues of veths have the kernel's length; the original says 0, later versions do not",
    "dns is left out of 1.0.0 results if it is empty, as later versions do",
    "an ADD that fails leaves nothing; the original leaves the bridge, a veth pair, rules",
    "CHECK and DEL of a network without IPAM plugin work",
    "CHECK does not mind that the address of a bridge changed; the original's bridge changes it with its ports",
    "a bridge that is there filters VLANs from then on; the original leaves it as it is, and VLANs have no effect",
    "loopback's result has the form of the version that is asked for",
    "a route without any gateway has scope link, so that there can be gateways behind it; with the original such an ADD fails",
    "masquerading and the check of senders are in tables of our own, with nothing to delete for a container",
];

/// How many networks by chance every run tries.
const USUAL: usize = 6;

/// A network of the data.
#[derive(Debug, Default)]
struct Config {
    name: String,
    args: String,
    setup: String,
    fails: bool,
    original_fails: bool,
    /// Nothing is said of whether it fails.
    either: bool,
    differs: Vec<String>,
    json: String,
}

fn configs(text: &str) -> Vec<Config> {
    let mut configs: Vec<Config> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(name) = line.strip_prefix("= ") {
            configs.push(Config { name: name.into(), ..Config::default() });
            continue;
        }
        let config = configs.last_mut().expect("a line before the first name");
        match line.split_once(": ") {
            _ if line.starts_with('{') => config.json = line.into(),
            Some(("args", args)) => config.args = args.into(),
            Some(("setup", setup)) => config.setup = setup.into(),
            Some(("fails", _)) => config.fails = true,
            Some(("original fails", _)) => config.original_fails = true,
            Some(("differs", what)) => config.differs.push(what.split(':').next().unwrap_or_default().into()),
            _ => panic!("{line}: what is this?"),
        }
    }
    configs
}

/// Compares networks that are made of a grammar. One that the original refuses need not fail with ours: what it refuses
/// for no good reason is in `configs.txt`.
pub(crate) fn by_chance(grammar: &str) {
    if !able("CNI networks by chance") || !Path::new(ORIGINALS).join("bridge").exists() {
        return;
    }
    let (seed, count) = grammar::wanted(USUAL);
    let made = grammar::Grammar::parse(grammar).commands(seed, count);
    let network = |(i, json): (usize, &String)| Config {
        name: format!("CHANCE={seed}:{count}, {i}: {json}"),
        either: true,
        // as configs.txt says, the original does not find what it has made, or makes a second one fail
        differs: vec!["check".into()],
        json: json.clone(),
        ..Config::default()
    };
    let (failures, count) = compared(&made.iter().enumerate().map(network).collect::<Vec<_>>());
    twin::say(&format!("CNI networks by chance, CHANCE={seed}:{count}: {} fell short", failures.matches("CHANCE=").count()));
    assert!(failures.is_empty(), "\n{failures}");
}

/// Compares the networks of a file: all, of which there must be `at_least` so many, or those that have `only` in their name.
pub(crate) fn compare_all(file: &str, text: &str, only: Option<&str>, at_least: usize) {
    if !able("CNI plugins beside the originals") {
        return;
    }
    if !Path::new(ORIGINALS).join("bridge").exists() {
        return twin::say("left out: CNI plugins beside the originals: no containernetworking-plugins on this machine");
    }
    let mut configs = configs(text);
    configs.retain(|config| only.is_none_or(|only| config.name.contains(only)));
    assert!(only.is_some() || configs.len() >= at_least, "{} networks are too few", configs.len());
    let (failures, count) = compared(&configs);
    let short = failures.matches(":\n").count().min(1);
    twin::say(&format!("{file}: {count} networks, {short} fell short"));
    DIFFERENCES.iter().for_each(|what| twin::say(&format!("differs on purpose: {what}")));
    assert!(failures.is_empty(), "\n{failures}");
}

/// What is wrong with these, and how many they are.
fn compared(configs: &[Config]) -> (String, usize) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(String::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(config) = configs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = compare(config);
                    if !wrong.is_empty() {
                        let _ = writeln!(failures.lock().expect("no thread died"), "{}:\n{wrong}", config.name);
                    }
                }
            });
        }
    });
    (failures.into_inner().expect("no thread died"), configs.len())
}

fn run(config: &Config, cni: &Path) -> Vec<Step> {
    let value: Value = serde_json::from_str(&config.json).expect("the data is JSON");
    let version = value["cniVersion"].as_str().unwrap_or("0.1.0");
    let check = if version >= "0.4.0" { "yes" } else { "no" };
    let args = [&cni.to_string_lossy(), config.json.as_str(), &config.args, &config.setup, check];
    let output = twin::in_namespaces(include_str!("side.sh"), Path::new("/nowhere"), &args).expect("there are namespaces");
    let known = format!("{} {}", config.json, config.setup);
    let steps = steps(&String::from_utf8_lossy(&output.stdout), &known);
    assert!(!steps.is_empty(), "{}: {}", config.name, String::from_utf8_lossy(&output.stderr));
    steps
}

fn compare(config: &Config) -> String {
    let scratch = Scratch::new();
    let (theirs, ours) = thread::scope(|scope| {
        let theirs = scope.spawn(|| run(config, Path::new(ORIGINALS)));
        let ours = run(config, &plugins(&scratch));
        (theirs.join().expect("the original's side ends"), ours)
    });
    let mut wrong = String::new();
    if config.either && failed(&theirs) {
        unchanged(&ours, &mut wrong);
        return wrong;
    }
    if config.fails || config.original_fails {
        for (steps, who, fails) in
            [(&theirs, "the original", true), (&ours, "ours", config.fails || Program::subject().is_original())]
        {
            if failed(steps) != fails {
                let _ = writeln!(wrong, "  {who}: ADD {}: {:?}", if fails { "works" } else { "fails" }, steps.get(1));
            }
        }
    }
    unchanged(&ours, &mut wrong);
    if config.fails {
        let [Some(Step::State(before)), Some(Step::State(after))] =
            [ours.first(), ours.iter().rfind(|step| matches!(step, Step::State(_)))]
        else {
            return wrong + "  no states\n";
        };
        if before != after {
            let _ = writeln!(wrong, "  an ADD that fails, and DEL, change something:\n{}", difference(before, after));
        }
        return wrong;
    }
    if config.setup.is_empty() {
        mac_addresses(&ours, &mut wrong);
    }
    if config.original_fails {
        return wrong;
    }
    if failed(&theirs) && failed(&ours) {
        let _ = writeln!(wrong, "  ADD fails, the original's too, and should not: {:?} {:?}", ours.get(1), theirs.get(1));
        return wrong;
    }
    if theirs.len() != ours.len() {
        let _ = writeln!(wrong, "  {} steps, the original took {}", ours.len(), theirs.len());
    }
    // once a step failed, the original leaves things behind
    let mut clean = true;
    let differs = |what: &str| config.differs.iter().any(|differs| differs == what);
    for (theirs, ours) in theirs.iter().zip(&ours) {
        match (theirs, ours) {
            (Step::State(theirs), Step::State(ours)) => {
                let difference = difference(theirs, ours);
                if !difference.is_empty() && clean {
                    let _ = writeln!(wrong, "  states differ (- original, + ours):\n{difference}");
                    return wrong;
                }
            }
            (Step::Run(name, their_status, their_output), Step::Run(other, status, output)) if name == other => {
                clean &= *their_status == 0 || !name.starts_with("add");
                // the CHECK that must fail fails for another reason
                let moved = their_output.contains("Mac doesn't match");
                if name.starts_with("check") && *status == 0 && (differs("check") || moved) {
                    continue;
                }
                if (*their_status == 0) != (*status == 0) {
                    let _ = writeln!(
                        wrong,
                        "  {name}: exit status {status}, the original's is {their_status}\n    {output}\n    {their_output}"
                    );
                }
                if *their_status == 0 && *status == 0 {
                    result(config, name, their_output, output, &mut wrong);
                }
            }
            (theirs, ours) => {
                let _ = writeln!(wrong, "  steps are not the same: {theirs:?} {ours:?}");
                return wrong;
            }
        }
    }
    if differs("second") && clean {
        let _ = writeln!(wrong, "  the second ADD is said to fail");
    }
    wrong
}

fn failed(steps: &[Step]) -> bool {
    matches!(steps.get(1), Some(Step::Run(name, status, _)) if name == "add-a" && *status != 0)
}

/// An `ADD` that fails leaves everything as it was, and says why.
fn unchanged(steps: &[Step], wrong: &mut String) {
    for around in steps.windows(3) {
        let [Step::State(before), Step::Run(name, status, output), Step::State(after)] = around else { continue };
        if *status == 0 || !name.starts_with("add") || Program::subject().is_original() {
            continue;
        }
        if before != after {
            let _ = writeln!(wrong, "  {name} failed and changed something:\n{}", difference(before, after));
        }
        let error: Value = serde_json::from_str(output).unwrap_or_default();
        if !error["code"].is_u64() || error["msg"].as_str().is_none_or(str::is_empty) {
            let _ = writeln!(wrong, "  {name} failed and did not say why: {output}");
        }
    }
}

/// The addresses in a result are those of the devices.
fn mac_addresses(steps: &[Step], wrong: &mut String) {
    let Some(Step::Run(_, 0, output)) = steps.get(1) else { return };
    let result: Value = serde_json::from_str(output).unwrap_or_default();
    let macs: Vec<&str> =
        result["interfaces"].as_array().into_iter().flatten().filter_map(|interface| interface["mac"].as_str()).collect();
    let mut distinct = macs.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() != macs.len() && !Program::subject().is_original() {
        let _ = writeln!(wrong, "  two interfaces have one address: {macs:?}");
    }
}

/// Results are the same; so is their layout.
fn result(config: &Config, step: &str, theirs: &str, ours: &str, wrong: &mut String) {
    let version = |text: &str| {
        serde_json::from_str(text).map(|value: Value| value["cniVersion"].as_str().map(str::to_owned)).unwrap_or_default()
    };
    let mut theirs = made_up(theirs, &config.json);
    let mut ours = made_up(ours, &config.json);
    if config.differs.iter().any(|differs| differs == "dns") {
        for text in [&mut theirs, &mut ours] {
            text.truncate(text.find("\"dns\"").unwrap_or(text.len()));
        }
    }
    if version(&theirs).is_some_and(|version| version.as_str() >= "1.0.0") {
        theirs = theirs.replace(",\n    \"dns\": {}", "");
    }
    let loopback = config.json.contains("\"loopback\"") && !Program::subject().is_original();
    if theirs != ours && loopback {
        // the original gives the form of 1.0.0 to all
        theirs = theirs.replace("            \"interface\"", "            \"version\"");
        let lines = |text: &str| {
            text.lines()
                .filter(|line| !line.contains("\"version\"") && !line.contains("\"interface\":"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        if lines(&theirs) == lines(&ours) {
            return;
        }
    }
    if theirs != ours {
        let _ = writeln!(wrong, "  {step}: results differ (- original, + ours):\n{}", twin::text::diff(&theirs, &ours));
    }
}
