//! `barelink trace` beside strace, and `barelink decode`: how much they slow a program, and how fast they read.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --manifest-path benches/Cargo.toml --bin trace
//! ```
//!
//! It needs `ip` and `strace`. Ours is what `BARELINK` names, or the release program. `ROUNDS` says how often each
//! contender runs (5).

#[allow(dead_code)] // what `ip` and `cni` need besides
#[path = "../ip/child.rs"]
mod child;
#[allow(dead_code)] // what `ip` needs besides
#[path = "../ip/place.rs"]
mod place;

use std::env;
use std::error::Error;

use child::{Run, Took, size, summary};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/barelink");
/// Routes that the batch adds.
const BATCH: u32 = 10_000;
/// Routes of the dump that is decoded.
const DUMP: u32 = 100_000;
/// How many times slower a traced program may be.
const SLOWER: f64 = 4.0;
/// Messages that are decoded in a second, at least.
const MESSAGES: f64 = 200_000.0;
/// KiB that it takes, at most.
const MEMORY: u64 = 8 * 1024;

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    let program = env::var("BARELINK").unwrap_or_else(|_| PROGRAM.into());
    place::enter()?;
    println!("| what | takes | beside `ip` alone | mark | |\n| --- | --- | --- | --- | --- |");
    batch(&program)?;
    decode(&program)
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(String::from).collect()
}

/// All contenders in turn, each time in a namespace that is new.
fn batch(program: &str) -> Done {
    let rounds = env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    place::route_batch("/run/routes", BATCH)?;
    let contenders = [
        ("`ip` alone", String::new(), false),
        ("`trace --brief`", format!("{program} trace --brief -o /run/shown --"), true),
        ("`trace --brief --no-peeks`", format!("{program} trace --brief --no-peeks -o /run/shown --"), false),
        ("`trace`, the tree", format!("{program} trace -o /run/shown --"), false),
        ("`strace -f`", "strace -f -o /run/shown".into(), false),
        (
            "`strace -f -e trace=%network`, with dumps",
            "strace -f -e trace=%network -e read=all -e write=all -o /run/shown".into(),
            false,
        ),
        (
            "the same, `--seccomp-bpf`",
            "strace -f --seccomp-bpf -e trace=%network -e read=all -e write=all -o /run/shown".into(),
            false,
        ),
    ];
    let mut all: Vec<Vec<Took>> = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        for ((_, tracer, _), took) in contenders.iter().zip(&mut all) {
            let (ns, _socket) = place::fresh()?;
            took.push(Run::new(&words(tracer), "ip -batch /run/routes").within(&ns).time());
        }
    }
    let all: Vec<Took> = all.iter().map(|took| summary(took)).collect();
    for ((name, _, marked), took) in contenders.iter().zip(&all) {
        let (wall, cpu) = (took.wall / all[0].wall, took.cpu / all[0].cpu);
        let mark = match (marked, wall <= SLOWER) {
            (false, _) => "| |".to_owned(),
            (true, held) => format!("| {SLOWER:.1} | {}", if held { "holds" } else { "missed" }),
        };
        println!(
            "| `ip -batch`, {BATCH} routes, {name} | {:.0} ms, CPU {:.0} ms | {wall:.1}, CPU {cpu:.1} {mark} |",
            took.wall * 1e3,
            took.cpu * 1e3
        );
    }
    Ok(())
}

fn decode(program: &str) -> Done {
    let (ns, mut socket) = place::fresh()?;
    place::routes(&mut socket, false, DUMP)?;
    let record = words(&format!("{program} trace --no-peeks --brief -o /dev/null --pcap /run/dump.pcap -- ip"));
    Run::new(&record, "route show").within(&ns).time();
    let run = Run::new(&[program.to_owned()], "decode --brief /run/dump.pcap");
    let took = summary(&(0..5).map(|_| run.time()).collect::<Vec<_>>());
    let (rate, memory) = (f64::from(DUMP) / took.cpu, run.memory());
    let held = |held: bool| if held { "holds" } else { "missed" };
    let kib = size("/run/dump.pcap").unwrap_or(0) / 1024;
    println!(
        "| `decode --brief`, a dump of {DUMP} routes ({kib} KiB) | {rate:.0} messages a second of CPU | | {MESSAGES:.0} | {} |",
        held(rate >= MESSAGES)
    );
    println!("| the same: memory | {memory} KiB | | {MEMORY} | {} |", held(memory <= MEMORY));
    Ok(())
}
