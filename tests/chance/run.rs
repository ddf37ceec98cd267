//! Runs commands by chance as twins do.

use std::fmt::Write;
use std::path::Path;
use std::{fs, thread};

use crate::{grammar, twin};

/// How many commands of each grammar every run tries.
const USUAL: usize = 30;

/// Tries the grammars that `TWIN` names, or those that are `usual`; CNI and nft have other ways to compare.
///
/// # Panics
/// A command falls short.
pub(crate) fn all(usual: fn(&str) -> bool) {
    if !twin::able("commands by chance") {
        return;
    }
    let only = std::env::var("TWIN").ok();
    let wanted = |name: &str| match &only {
        Some(only) => only.split(',').any(|one| one == name),
        None => usual(name),
    };
    let (seed, count) = grammar::wanted(USUAL);
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chance");
    let mut names: Vec<String> = fs::read_dir(home)
        .expect("the grammars")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".txt")?.to_owned()))
        .filter(|name| !["cni", "nft"].contains(&name.as_str()) && wanted(name))
        .collect();
    names.sort();
    let mut failures = String::new();
    let reports = thread::scope(|scope| {
        let tried: Vec<_> = names.iter().map(|name| scope.spawn(move || by_chance(name, seed, count))).collect();
        tried.into_iter().map(|one| one.join().expect("both sides end")).collect::<Vec<_>>()
    });
    for (name, report) in names.iter().zip(reports) {
        twin::say(&format!("{name}, CHANCE={seed}:{count}: {} commands, {} fell short", report.ran, report.failures.len()));
        report.left_out.iter().take(1).for_each(|what| twin::say(&format!("left out: {what}")));
        report.failures.iter().for_each(|failure| _ = writeln!(failures, "{failure}"));
        assert!(report.ran > 0 || !report.left_out.is_empty(), "{name}: no command ran\n{failures}");
    }
    assert!(failures.is_empty(), "\n{failures}");
}

fn by_chance(name: &str, seed: u64, count: usize) -> twin::Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/chance/{name}.txt"));
    let grammar = grammar::Grammar::parse(&fs::read_to_string(path).expect("a grammar"));
    twin::compare(&format!("{name} (CHANCE={seed}:{count})"), &grammar.twins(seed, count), &twin::Program::subject())
}
