//! `ip` beside iproute2: processor time, wall time and memory of whole programs, and the marks they are held to.
//!
//! ```sh
//! cargo build --release --target x86_64-unknown-linux-musl
//! RUSTFLAGS='-C target-feature=+crt-static -C relocation-model=static' cargo build --release --target x86_64-unknown-linux-gnu
//! cargo run --release --manifest-path benches/Cargo.toml --bin ip -- [routes|routes6|batch|links|start|size]...
//! ```
//!
//! The original is the `ip` on `PATH`; ours is what `BARELINK` names, or the musl program. `ROUTES` says how many
//! routes are listed.

#[allow(dead_code)] // what `cni` needs besides
mod child;
mod place;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs, io};

use child::{Run, Took, compare, size, summary};

/// Our programs, as the commands above make them.
const MUSL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/x86_64-unknown-linux-musl/release/barelink");
const GLIBC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/x86_64-unknown-linux-gnu/release/barelink");

type Done = Result<(), Box<dyn Error>>;

/// A line of the table: what was measured, ours beside the other, and the mark.
fn line(what: &str, ours: f64, other: f64, unit: &str, mark: f64) {
    let ratio = ours / other;
    let holds = if ratio <= mark { "holds" } else { "missed" };
    println!("| {what} | {ours:.3} {unit} | {other:.3} {unit} | {ratio:.2} | {mark:.2} | {holds} |");
}

/// A line of the table about a limit that is not a ratio.
fn limit(what: &str, ours: u64, other: u64, unit: &str, mark: u64) {
    let holds = if ours <= mark { "holds" } else { "missed" };
    let other = if other == 0 { String::new() } else { format!("{other} {unit}") };
    println!("| {what} | {ours} {unit} | {other} | | {mark} | {holds} |");
}

fn main() -> Done {
    let words: Vec<String> = env::args().skip(1).collect();
    if let Some(family) = words.first().and_then(|word| word.strip_prefix("receive")) {
        return place::receive(family == "6");
    }
    let wanted = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let program = env::var("BARELINK").unwrap_or_else(|_| MUSL.into());
    let ours = [program, "ip".into()];
    let theirs = ["ip".to_string()];
    let own = [env::current_exe()?.to_string_lossy().into_owned()];
    place::enter()?;
    println!("| what | ours | beside | ratio | mark | |\n| --- | --- | --- | --- | --- | --- |");
    if wanted("routes") {
        routes(false, &ours, &theirs, &own)?;
    }
    if wanted("routes6") {
        routes(true, &ours, &theirs, &own)?;
    }
    if wanted("batch") {
        batch(&ours, &theirs)?;
    }
    if wanted("links") {
        links(&ours, &theirs)?;
    }
    if wanted("start") {
        start(&theirs[0])?;
    }
    if wanted("size") {
        limit("size of the static musl program", size(MUSL).unwrap_or(0) / 1024, 0, "KiB", 700);
    }
    Ok(())
}

fn routes(v6: bool, ours: &[String], theirs: &[String], own: &[String]) -> Done {
    let count = env::var("ROUTES").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let (ns, mut socket) = place::fresh()?;
    place::routes(&mut socket, v6, count)?;
    let (family, receive) = if v6 { ("-6 ", "receive6") } else { ("", "receive") };
    let run = |program, words: String| Run::new(program, &words).within(&ns);
    let runs = [
        run(own, receive.into()),
        run(ours, format!("{family}route show")),
        run(ours, format!("{family}-j route show")),
        run(theirs, format!("{family}route show")),
    ];
    let took = compare(&runs, 11);
    let what = format!("`ip {family}route show`, {count} routes");
    line(&format!("{what}: CPU beside a bare receive loop"), took[1].cpu, took[0].cpu, "s", 1.10);
    line(&format!("{what}, `-json`: the same"), took[2].cpu, took[0].cpu, "s", 1.15);
    line(&format!("{what}: CPU beside iproute2"), took[1].cpu, took[3].cpu, "s", 1.0);
    limit(&format!("{what}: memory"), runs[1].memory(), runs[3].memory(), "KiB", 3 * 1024);
    limit(&format!("{what}, `-json`: memory"), runs[2].memory(), 0, "KiB", 3 * 1024);
    Ok(())
}

/// The same words with both programs, each time in a namespace that is new.
fn anew(ours: &[String], theirs: &[String], words: &str, rounds: usize) -> Result<[Took; 2], Box<dyn Error>> {
    let mut took = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (program, took) in [ours, theirs].into_iter().zip(&mut took) {
            let (ns, _socket) = place::fresh()?;
            took.push(Run::new(program, words).within(&ns).time());
        }
    }
    Ok(took.map(|took| summary(&took)))
}

fn batch(ours: &[String], theirs: &[String]) -> Done {
    place::route_batch("/run/routes", 100_000)?;
    place::veth_batch("/run/pairs", 1000)?;
    let what = "`ip -batch`, 100000 routes";
    let [own, other] = anew(ours, theirs, "-batch /run/routes", 5)?;
    line(&format!("{what}: CPU"), own.cpu, other.cpu, "s", 0.55);
    let [own, other] = anew(ours, theirs, "-force -batch /run/routes", 5)?;
    line(&format!("{what}, `-force`: CPU"), own.cpu, other.cpu, "s", 0.30);
    for force in ["", "-force "] {
        let (ns, _socket) = place::fresh()?;
        let memory = Run::new(ours, &format!("{force}-batch /run/routes")).within(&ns).memory();
        limit(&format!("`ip {force}-batch`, 100000 routes: memory"), memory, 0, "KiB", 8 * 1024);
    }
    let [own, other] = anew(ours, theirs, "-batch /run/pairs", 3)?;
    line("`ip -batch`, 1000 veth pairs: CPU", own.cpu, other.cpu, "s", 1.0);
    line("`ip -batch`, 1000 veth pairs: wall time", own.wall, other.wall, "s", 1.0);
    Ok(())
}

fn links(ours: &[String], theirs: &[String]) -> Done {
    let (ns, mut socket) = place::fresh()?;
    place::containers(&mut socket, 1000)?;
    for (words, rounds) in [("link show", 10), ("link show v500", 30)] {
        let took = compare(&[Run::new(ours, words).within(&ns), Run::new(theirs, words).within(&ns)], rounds);
        line(&format!("`ip {words}`, 1000 links to 1000 namespaces: CPU"), took[0].cpu * 1e3, took[1].cpu * 1e3, "ms", 0.6);
    }
    Ok(())
}

/// Copies of programs, made now: how the page cache holds a file depends on who wrote it, and is a tenth of what a start takes.
struct Copies(PathBuf);

impl Copies {
    fn new() -> io::Result<Copies> {
        let folder = env::temp_dir().join(format!("barelink-bench-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Copies(folder))
    }

    fn of(&self, program: &str, name: &str) -> io::Result<String> {
        let copy = self.0.join(name);
        fs::copy(program, &copy)?;
        Ok(copy.to_string_lossy().into_owned())
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where a program is on `PATH`.
fn found(name: &str) -> Option<String> {
    let paths = env::var_os("PATH")?;
    let file = env::split_paths(&paths).map(|folder| folder.join(name)).find(|file| file.is_file())?;
    Some(file.to_string_lossy().into_owned())
}

fn start(theirs: &str) -> Done {
    let words = "link show lo";
    let copies = Copies::new()?;
    let theirs = [copies.of(&found(theirs).ok_or("no ip on PATH")?, "ip")?];
    for (libc, path, mark) in [("musl", MUSL, 0.30), ("glibc", GLIBC, 0.55)] {
        if size(path).is_none() {
            println!("| static {libc}: not built | | | | {mark:.2} | |");
            continue;
        }
        let ours = [copies.of(path, libc)?, "ip".into()];
        let took = compare(&[Run::new(&ours, words), Run::new(&theirs, words)], 300);
        let (own, other) = (took[0].wall * 1e3, took[1].wall * 1e3);
        line(&format!("`ip link show lo`, start to end, static {libc}: wall time"), own, other, "ms", mark);
    }
    Ok(())
}
