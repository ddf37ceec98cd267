//! The CNI plugins beside Debian's: wall time, processor time and memory of the plugins as a runtime runs them, and the
//! marks that they are held to.
//!
//! ```sh
//! cargo build --release --target x86_64-unknown-linux-musl
//! cargo run --release --manifest-path benches/Cargo.toml --bin cni -- [plain|masq|floor|many|leases|size]...
//! ```
//!
//! The originals are those in `/usr/lib/cni` (package containernetworking-plugins), or in `ORIGINALS`; ours is what
//! `BARELINK` names, or the musl program. `ROUNDS` and `LEASES` say how often and how many. Leases are on the disk of
//! the temporary folder.

#[allow(dead_code)] // what `ip` needs besides
#[path = "../ip/child.rs"]
mod child;
mod floor;
#[allow(dead_code)]
#[path = "../ip/place.rs"]
mod place;

use std::env;
use std::error::Error;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use barelink::NetNs;

use child::{Run, Took, size, summary};

/// Our program, as the command above makes it.
const MUSL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/x86_64-unknown-linux-musl/release/barelink");

/// How long a container lives. Were it deleted at once, `DEL` would wait for a grace period that `ADD` has begun, and then
/// for its own.
const LIFE: Duration = Duration::from_millis(100);

type Done<T> = Result<T, Box<dyn Error>>;

/// One of the two.
struct Side {
    /// The folder of the plugins.
    plugins: PathBuf,
    /// The folder of leases, results and configurations.
    data: PathBuf,
}

impl Side {
    /// A configuration of the plugin `bridge`, with more keys, and with a result from before.
    fn config(&self, name: &str, more: &str, previous: Option<&str>) -> String {
        let previous = previous.map_or(String::new(), |result| format!(",\"prevResult\":{result}"));
        format!(
            r#"{{"cniVersion":"1.0.0","name":"{name}","type":"bridge","bridge":"bench0","isDefaultGateway":true{more},
            "ipam":{{"type":"host-local","dataDir":"{}","subnet":"10.77.0.0/16"}}{previous}}}"#,
            self.data.join("networks").display()
        )
    }

    fn run<'n>(&self, plugin: &str, command: &str, id: &str, netns: &str, host: &'n NetNs, config: &str) -> Run<'n> {
        let program = self.plugins.join(plugin).to_string_lossy().into_owned();
        let vars = vec![
            ("CNI_COMMAND", command.to_string()),
            ("CNI_CONTAINERID", id.to_string()),
            ("CNI_NETNS", netns.to_string()),
            ("CNI_IFNAME", "eth0".to_string()),
            ("CNI_PATH", self.plugins.to_string_lossy().into_owned()),
        ];
        Run { vars, input: config.into(), ..Run::new(&[program], "").within(host) }
    }
}

/// Both sides, and where they keep things; it goes away in the end.
struct Sides([Side; 2], PathBuf);

impl Sides {
    fn new() -> Done<Sides> {
        let root = env::temp_dir().join(format!("barelink-bench-{}", std::process::id()));
        let side = |name: &str| Side { plugins: root.join(name).join("plugins"), data: root.join(name) };
        let sides = [side("ours"), side("theirs")];
        for side in &sides {
            fs::create_dir_all(&side.plugins)?;
        }
        // how the page cache holds a program depends on who wrote it, and counts: both are copied now
        let program = root.join("barelink");
        fs::copy(env::var("BARELINK").unwrap_or_else(|_| MUSL.into()), &program)?;
        let theirs = PathBuf::from(env::var("ORIGINALS").unwrap_or_else(|_| "/usr/lib/cni".into()));
        for name in ["bridge", "host-local", "loopback"] {
            symlink(&program, sides[0].plugins.join(name))?;
            fs::copy(theirs.join(name), sides[1].plugins.join(name))?;
        }
        Ok(Sides(sides, root))
    }
}

impl Drop for Sides {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.1);
    }
}

/// A line of the table: the medians of wall times and their ratio, then that of the least, which a busy machine spoils
/// less, and that of the least processor times.
fn line(what: &str, took: [&[Took]; 2], mark: f64) {
    let least = took.map(|took| took.iter().map(|took| took.wall).fold(f64::INFINITY, f64::min));
    let [ours, theirs] = took.map(summary);
    let (wall, least, cpu) = (ours.wall / theirs.wall, least[0] / least[1], ours.cpu / theirs.cpu);
    let holds = if wall <= mark { "holds" } else { "missed" };
    let (ours, theirs) = (ours.wall * 1e3, theirs.wall * 1e3);
    println!("| {what} | {ours:.2} ms | {theirs:.2} ms | {wall:.3} | {least:.3} | {cpu:.3} | {mark:.2} | {holds} |");
}

/// A line about a limit.
fn limit(what: &str, ours: u64, theirs: u64, mark: u64) {
    let holds = if ours <= mark { "holds" } else { "missed" };
    println!("| {what} | {ours} KiB | {theirs} KiB | {:.3} | | | {mark} KiB | {holds} |", ours as f64 / theirs as f64);
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() -> Done<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let wanted = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    place::enter()?;
    let sides = Sides::new()?;
    println!("| what | ours | Debian's | ratio | of the least | of CPU | mark | |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    if wanted("plain") {
        one("", "plain", &sides, [0.20, 0.25, 0.80])?;
    }
    if wanted("masq") {
        one(",\"ipMasq\":true", "ipMasq", &sides, [0.10, 0.25, 0.35])?;
    }
    if wanted("floor") {
        least(&sides)?;
    }
    if wanted("many") {
        many("", "plain", &sides)?;
        many(",\"ipMasq\":true", "ipMasq", &sides)?;
    }
    if wanted("leases") {
        leases(&sides)?;
    }
    if wanted("size") {
        let program = fs::canonicalize(sides.0[0].plugins.join("bridge"))?;
        let theirs = sides.0[1].plugins.join("bridge");
        let [ours, theirs] = [program, theirs].map(|path| size(&path.to_string_lossy()).unwrap_or(0) / 1024);
        limit("size: all of barelink, and their `bridge` alone", ours, theirs, theirs);
    }
    Ok(())
}

/// ADD, CHECK and DEL of one container on a bridge that is there already, as it is on a node.
fn one(more: &str, what: &str, sides: &Sides, marks: [f64; 3]) -> Done<()> {
    let mut took: [[Vec<Took>; 2]; 3] = Default::default();
    let mut memory = [0, 0];
    let hosts = [place::fresh()?.0, place::fresh()?.0];
    let rounds = number("ROUNDS", 21);
    // the kernel goes on working when a namespace is made or deleted, and that is not what is measured
    let name = |i: usize, round: usize| format!("{what}{i}-{round}");
    let all =
        |work: &dyn Fn(String) -> Done<()>| (0..=rounds).try_for_each(|round| (0..2).try_for_each(|i| work(name(i, round))));
    all(&|name| Ok(NetNs::create(name).map(drop)?))?;
    for round in 0..=rounds {
        for (i, side) in sides.0.iter().enumerate() {
            let netns = format!("/run/netns/{}", name(i, round));
            let id = format!("{what}{round}");
            let run = |command, config: &str| side.run("bridge", command, &id, &netns, &hosts[i], config);
            let config = side.config(what, more, None);
            let add = run("ADD", &config);
            if round == 0 {
                // the bridge is made, the programs are read from the disk
                memory[i] = add.memory_at_end();
                run("DEL", &config).time();
                continue;
            }
            let (add, result) = add.time_of_answer();
            let config = side.config(what, more, Some(std::str::from_utf8(&result)?));
            let check = run("CHECK", &config).time();
            std::thread::sleep(LIFE);
            let del = run("DEL", &config).time();
            for (took, of) in took.iter_mut().zip([add, check, del]) {
                took[i].push(of);
            }
        }
    }
    all(&|name| Ok(NetNs::delete(name)?))?;
    for ((command, took), mark) in ["ADD", "CHECK", "DEL"].iter().zip(&took).zip(marks) {
        line(&format!("{command}, {what}"), [&took[0], &took[1]], mark);
    }
    limit(&format!("memory of `bridge`, ADD, {what}"), memory[0], memory[1], 2048);
    Ok(())
}

/// The least that `ADD` and `DEL` can take: a process that does nothing, and what `floor` does.
fn least(sides: &Sides) -> Done<()> {
    let (host, _socket) = place::fresh()?;
    let side = &sides.0[0];
    let config = side.config("floor", "", None);
    let rounds = number("ROUNDS", 21);
    let process: Vec<Took> = (0..rounds).map(|_| side.run("bridge", "VERSION", "floor", "", &host, &config).time()).collect();
    let process = summary(&process).wall;
    for (command, kernel) in ["ADD", "DEL"].iter().zip(floor::measure(&side.data, rounds)?) {
        let (all, process, kernel) = ((process + kernel) * 1e3, process * 1e3, kernel * 1e3);
        println!(
            "| the floor of {command}: {process:.2} ms a process, {kernel:.2} ms kernel and disk | {all:.2} ms | | | | | | |"
        );
    }
    Ok(())
}

/// A hundred at once, on a bridge that none of them finds.
fn many(more: &str, what: &str, sides: &Sides) -> Done<()> {
    const MANY: usize = 100;
    let mut took: [Vec<Took>; 2] = Default::default();
    for _ in 0..3 {
        for (i, side) in sides.0.iter().enumerate() {
            let (host, _socket) = place::fresh()?;
            let config = side.config("many", more, None);
            let mut runs = Vec::new();
            for n in 0..MANY {
                NetNs::create(format!("many{n}"))?;
                runs.push(side.run("bridge", "ADD", &format!("many{n}"), &format!("/run/netns/many{n}"), &host, &config));
            }
            let start = Instant::now();
            let children: Vec<_> = runs.iter().map(Run::start).collect();
            let each: Vec<Took> = runs.iter().zip(children).map(|(run, child)| run.wait(start, child)).collect();
            let cpu = each.iter().map(|took| took.cpu).sum();
            took[i].push(Took { cpu, wall: start.elapsed().as_secs_f64() });
            for n in 0..MANY {
                NetNs::delete(format!("many{n}"))?;
            }
            fs::remove_dir_all(side.data.join("networks/many"))?;
        }
    }
    line(&format!("{MANY} ADDs at once, {what}"), [&took[0], &took[1]], 0.30);
    Ok(())
}

/// host-local where there are very many leases, made by the original.
fn leases(sides: &Sides) -> Done<()> {
    let many = number("LEASES", 60_000) as u32;
    let (host, _socket) = place::fresh()?;
    for side in &sides.0 {
        let dir = side.data.join("networks/full");
        fs::create_dir_all(&dir)?;
        for i in 0..many {
            let addr = Ipv4Addr::from(0x0a4d_0002 + i).to_string();
            fs::write(dir.join(&addr), format!("{i:064x}\r\neth0"))?;
            if i + 1 == many {
                fs::write(dir.join("last_reserved_ip.0"), addr)?;
            }
        }
    }
    let mut first = Vec::new();
    let mut took: [[Vec<Took>; 2]; 2] = Default::default();
    for round in 0..number("ROUNDS", 11).min(11) {
        for (i, side) in sides.0.iter().enumerate() {
            let config = side.config("full", "", None);
            let run = |command| side.run("host-local", command, &format!("full{round}"), "/dev/null", &host, &config).time();
            let add = run("ADD");
            if round == 0 {
                first.push(add);
            } else {
                took[0][i].push(add);
            }
            took[1][i].push(run("DEL"));
        }
    }
    let [add, del] = took.each_ref().map(|[ours, theirs]| [&ours[..], &theirs[..]]);
    line(&format!("`host-local` with {many} leases, ADD"), add, 0.02);
    line(&format!("`host-local` with {many} leases, DEL"), del, 0.02);
    line("the very first ADD, which reads them all", [&first[..1], &first[1..]], 1.0);
    Ok(())
}
