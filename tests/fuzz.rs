//! Every corpus, and everything that a fuzzer ever found, goes through every fuzz target. `fuzz/README.md` says how to fuzz.
#![cfg(feature = "fuzz")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nlmsg::fuzz::{Corpus, Target};

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Targets of the crate `fuzz/`, whose own tests feed them.
const PEERS: [&str; 3] = ["peer", "differential_packet", "differential_bindings"];

fn targets() -> impl Iterator<Item = Target> {
    nlmsg::fuzz::TARGETS.iter().chain(barelink::fuzz::TARGETS).copied()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Runs a body so that a panic says what it was fed.
fn feed(target: &Target, story: &str, bytes: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| (target.body)(bytes)) {
        eprintln!("{} falls over {story}", target.name);
        std::panic::resume_unwind(panic);
    }
}

/// Everything that there is goes through every target that it is for.
#[test]
fn seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for target in targets() {
        let seeds = barelink::fuzz::seeds(root, &target).unwrap();
        seeds.iter().for_each(|(story, bytes)| feed(&target, story, bytes));
        assert!(seeds.len() > 500, "{} has {} seeds", target.name, seeds.len());
    }
}

#[test]
fn every_regression_has_its_story() {
    let stories = fs::read_to_string(home().join("regressions/README.md")).unwrap();
    let names: Vec<_> = targets().map(|target| target.name).chain(PEERS).collect();
    for entry in fs::read_dir(home().join("regressions")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(names.contains(&name.as_str()), "regressions/{name} belongs to a target");
            for file in files(&path) {
                let file = format!("{name}/{}", file.file_name().unwrap().to_string_lossy());
                assert!(stories.contains(&file), "{file} has a story in regressions/README.md");
            }
        }
    }
}

#[test]
fn every_datagram_of_the_corpus_has_its_story() {
    let (mut known, mut size) = (BTreeSet::new(), 0);
    for file in files(&home().join("corpus")) {
        let text = fs::read_to_string(&file).unwrap();
        size += text.len();
        for entry in Corpus::new(&text) {
            assert!(!entry.command.is_empty() && !entry.place.is_empty(), "{file:?}: a datagram without a story");
            assert!(["route", "netfilter"].contains(&entry.protocol), "{file:?}: {}", entry.protocol);
            assert!(known.insert(entry.datagram), "{file:?}, $ {}: twice", entry.command);
        }
        let lines = text.lines().filter(|line| line.starts_with(['>', '<', '*'])).count();
        assert_eq!(Corpus::new(&text).count(), lines, "{file:?}: a line that is none");
    }
    assert!(known.len() > 500, "{} datagrams", known.len());
    assert!(size < 2 << 20, "the corpus is small: {size} bytes");
}

/// The dictionary of the tables is what they make; `BLESS=1` writes it anew, and that of the twins' words.
#[test]
fn dictionaries() {
    let mut tables = String::new();
    nlmsg::fuzz::dictionary(&[nlmsg::route::MESSAGES, nlmsg::nft::MESSAGES], &mut tables).unwrap();
    let mut known = BTreeSet::new();
    for folder in ["ip", "bridge", "nft"] {
        for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned);
            known.extend(lines.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()));
        }
    }
    let plain =
        |word: &&String| word.len() < 20 && word.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_=:,{}@".contains(&byte));
    let words: String = known.iter().filter(plain).map(|word| format!("\"{word}\"\n")).collect();
    // host order is in it
    if cfg!(target_endian = "big") {
        return;
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(home().join("tables.dict"), &tables).unwrap();
        fs::write(home().join("words.dict"), &words).unwrap();
    }
    // the words grow with every test; those of some while ago do as well
    let known = fs::read_to_string(home().join("tables.dict")).unwrap_or_default();
    assert!(known == tables, "fuzz/tables.dict is old: BLESS=1 cargo test --test fuzz dictionaries");
}
