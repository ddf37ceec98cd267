//! Every corpus, and everything that a fuzzer ever found, goes through every fuzz target. `fuzz/README.md` says how to fuzz.
#![cfg(feature = "fuzz")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nlmsg::fuzz::{Corpus, Target};

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

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

/// Commands of the twins' data that begin with this word, without it.
fn twins(folder: &str, tool: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut commands = Vec::new();
    for file in files(&folder) {
        let text = fs::read_to_string(&file).unwrap();
        let plain = |line: &str| line.strip_prefix("! ").or(line.strip_prefix("refused: ")).unwrap_or(line).to_owned();
        commands.extend(text.lines().map(plain).filter_map(|line| line.strip_prefix(tool).map(str::to_owned)));
    }
    assert!(commands.len() > 50, "{folder:?} has commands of {tool}");
    commands
}

#[test]
fn regressions() {
    for target in targets() {
        for file in files(&home().join("regressions").join(target.name)) {
            feed(&target, &file.to_string_lossy(), &fs::read(&file).unwrap());
        }
    }
    // every file has its story, and is fed to a target
    let stories = fs::read_to_string(home().join("regressions/README.md")).unwrap();
    let names: Vec<_> = targets().map(|target| target.name).collect();
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
fn corpus() {
    let (mut fed, mut size) = (0, 0);
    for file in files(&home().join("corpus")).iter().filter(|file| file.extension().is_some_and(|ext| ext == "txt")) {
        let text = fs::read_to_string(file).unwrap();
        size += text.len();
        for entry in Corpus::new(&text) {
            assert!(!entry.command.is_empty() && !entry.place.is_empty(), "{file:?}: every datagram has a story");
            let story = format!("{file:?}, $ {}", entry.command);
            let first = [0, 4, 20, 100].map(|at: u8| [&[at][..], &entry.datagram].concat());
            for target in targets() {
                match target.name {
                    "words" | "nft_text" => {}
                    "views" => first.iter().for_each(|bytes| feed(&target, &story, bytes)),
                    "attributes" => feed(&target, &story, entry.datagram.get(20..).unwrap_or_default()),
                    _ => feed(&target, &story, &entry.datagram),
                }
            }
            fed += 1;
        }
    }
    assert!(fed > 500, "{fed} datagrams");
    assert!(size < 2 << 20, "the corpus is small: {size} bytes");
}

#[test]
fn words() {
    let target = targets().find(|target| target.name == "words").unwrap();
    for (folder, tool) in [("ip", "ip "), ("bridge", "bridge ")] {
        for command in twins(folder, tool) {
            feed(&target, &command, format!("{tool}{command}").as_bytes());
        }
    }
}

/// The lines of the twins' data for `nft`, each behind the line that makes what it needs.
#[test]
fn nft_text() {
    let target = targets().find(|target| target.name == "nft_text").unwrap();
    let mut fed = 0;
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nft")) {
        let text = fs::read_to_string(&file).unwrap();
        let mut made = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with("add table") {
                made = line;
            }
            feed(&target, line, format!("{made}\n{line}").as_bytes());
            fed += 1;
        }
    }
    assert!(fed > 500, "{fed} lines");
}

/// The dictionaries are what the tables and the twins' words make; `BLESS=1` writes them anew.
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
    let plain = |word: &&String| word.len() < 20 && word.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_=:,{}@".contains(&byte));
    let words: String = known.iter().filter(plain).map(|word| format!("\"{word}\"\n")).collect();
    // host order is in it
    if cfg!(target_endian = "big") {
        return;
    }
    for (name, made) in [("tables.dict", tables), ("words.dict", words)] {
        let path = home().join(name);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &made).unwrap();
        }
        assert!(fs::read_to_string(&path).unwrap_or_default() == made, "{name} is old: BLESS=1 cargo test --test fuzz");
    }
}
