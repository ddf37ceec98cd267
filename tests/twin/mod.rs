//! Twins: the same commands once with the original tools and once with ours, side by side, each in network and
//! mount namespaces of its own. Output, exit codes, requests and the kernel's state must be the same.
//!
//! The commands are data; `README.md` beside this file says how to write them. `BARELINK_SUBJECT` puts another
//! program in our place: a path to a binary, a folder that goes in front of `PATH`, or `original`, which compares
//! the original tools with themselves and so tests the data.
#![allow(dead_code, unreachable_pub)] // every test program has its own copy and needs its own part of it

pub mod data;
pub mod disturbed;
pub mod requests;
pub mod text;

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::{fs, thread};

use data::{Kind, Line, Requests, Section};

/// The names that our program answers to.
const APPLETS: [&str; 8] = ["ip", "nft", "bridge", "brctl", "cnitool", "host-local", "loopback", "barelink"];
/// How many failures of a section are shown in full: what follows the first ones follows from them.
const SHOWN: usize = 8;

/// Says something on standard error, past libtest's capture: what was left out must be seen when tests pass.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether a program can be found and run.
pub fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", "command -v \"$0\""]).arg(program).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// What gives namespaces here: as root, as an ordinary user in a user namespace, or not at all.
pub static UNSHARE: LazyLock<Option<&'static str>> = LazyLock::new(|| {
    let works = |flags: &&&str| {
        let script = "mount -t tmpfs twin /run";
        let tried = Command::new("unshare").args([flags, &"sh", &"-c", &script]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    ["-nm", "-Urnm"].iter().find(works).copied()
});

/// Whether strace may trace here.
pub static STRACE: LazyLock<bool> = LazyLock::new(|| {
    let tried = Command::new("strace").args(["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
});

/// A folder of our own under the system's place for such, gone when dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        Scratch::within(&std::env::temp_dir()).expect("a temporary folder")
    }

    /// For very many small files, which take a disk's file system longer than what they tell of: in memory, if there is
    /// a place.
    pub fn in_memory() -> Scratch {
        Scratch::within(Path::new("/dev/shm")).unwrap_or_else(|_| Scratch::new())
    }

    fn within(folder: &Path) -> std::io::Result<Scratch> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let path = folder.join(format!("barelink-twin-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir(&path).map(|()| Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Who runs the commands.
#[derive(Clone, Debug)]
pub enum Program {
    /// The tools that the machine has.
    Original,
    /// A binary that goes by the names of the applets.
    Binary(PathBuf),
    /// A folder that goes in front of `PATH`.
    Folder(PathBuf),
}

impl Program {
    /// Ours, unless `BARELINK_SUBJECT` names another.
    pub fn subject() -> Program {
        match std::env::var_os("BARELINK_SUBJECT") {
            Some(name) if name == "original" => Program::Original,
            Some(name) => {
                let path = fs::canonicalize(&name).unwrap_or_else(|error| panic!("BARELINK_SUBJECT {name:?}: {error}"));
                if path.is_dir() { Program::Folder(path) } else { Program::Binary(path) }
            }
            // without the feature `cli` there is no program, and `able` says so
            None => Program::Binary(option_env!("CARGO_BIN_EXE_barelink").unwrap_or_default().into()),
        }
    }

    pub fn is_original(&self) -> bool {
        matches!(self, Program::Original)
    }

    /// The folder that goes in front of `PATH`, made inside `scratch`.
    pub fn folder(&self, scratch: &Path) -> PathBuf {
        let bin = scratch.join("bin");
        fs::create_dir_all(&bin).expect("a folder for links");
        match self {
            Program::Folder(folder) => return folder.clone(),
            Program::Binary(binary) => {
                for name in APPLETS {
                    symlink(binary, bin.join(name)).expect("a link to the program");
                }
            }
            // the originals have no umbrella: `barelink ip ...` is `ip ...` there
            Program::Original => {
                let umbrella = bin.join("barelink");
                fs::write(&umbrella, "#!/bin/sh\nexec \"$@\"\n").expect("a script");
                fs::set_permissions(&umbrella, fs::Permissions::from_mode(0o755)).expect("an executable");
            }
        }
        bin
    }
}

/// Runs a shell script in namespaces of its own, with this folder in front of `PATH`; `None` where there are none.
/// `args` become `$1` and so on. Whatever it started ends with it.
pub fn in_namespaces(script: &str, bin: &Path, args: &[&str]) -> Option<Output> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("unshare");
    command.arg((*UNSHARE)?).args(["bash", "-c", script, "bash"]).args(args);
    command.env("PATH", format!("{}:{path}:/usr/sbin:/sbin", bin.display())).env("LC_ALL", "C");
    Some(finish(command))
}

/// Waits for a process and takes its whole group along.
fn finish(mut command: Command) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().expect("a process can be started");
    let group = nix::unistd::Pid::from_raw(child.id() as i32);
    let output = child.wait_with_output().expect("a process can be waited for");
    let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    output
}

/// What one side did on one line.
#[derive(Default)]
struct Done {
    code: Option<i32>,
    out: String,
    err: String,
    state: Option<String>,
    requests: Vec<requests::Request>,
}

/// What became of a file.
#[derive(Default)]
pub struct Report {
    /// Commands under test that ran on both sides.
    pub ran: usize,
    /// One text per line that fell short, beginning with `file:line`.
    pub failures: Vec<String>,
    /// What could not be tried here, and why.
    pub left_out: Vec<String>,
    /// Where requests differ on purpose, and why.
    pub differ: Vec<String>,
}

/// Runs one section on one side. Returns what each line did, and the need that was not met.
fn side(section: &Section, program: &Program, data: &str) -> (Vec<Done>, Done, Option<usize>) {
    let (scratch, results) = (Scratch::new(), Scratch::in_memory());
    let bin = program.folder(&scratch.0);
    let (plan, results) = (scratch.0.join("plan"), &results.0);
    let mut lines = String::new();
    for line in section {
        let kind = match line.kind {
            Kind::Run | Kind::Fails | Kind::Refused | Kind::Either => "run",
            Kind::Real => "real",
            Kind::State => "state",
            Kind::Needs => "needs",
        };
        let _ = writeln!(lines, "{kind}\t{}", line.command);
    }
    fs::write(&plan, lines).expect("a plan");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("unshare");
    command.arg(UNSHARE.expect("there are namespaces")).arg("bash");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/twin/side.sh")).args([&plan, results, &bin]);
    command.arg(if *STRACE { "yes" } else { "no" });
    command.env("PATH", format!("{path}:/usr/sbin:/sbin")).env("LC_ALL", "C").env_remove("NO_COLOR").env_remove("COLORFGBG");
    let output = finish(command);
    let noise = String::from_utf8_lossy(&output.stderr);

    let read = |number: usize, what: &str| fs::read(results.join(format!("{number}.{what}"))).ok();
    let text = |number, what| read(number, what).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (mut steady, mut pids, mut unmet) = (text::Steady::new(data), requests::Pids::new(), None);
    let before = Done { state: text(0, "state").map(|state| steady.text(&state, &[])), err: noise.into(), ..Done::default() };
    let mut done = Vec::new();
    for (index, line) in section.iter().enumerate() {
        let number = index + 1;
        if text(number, "needs").is_some() {
            unmet = Some(index);
        }
        let code = text(number, "code").and_then(|code| code.trim().parse().ok());
        let out = steady.text(&text(number, "out").unwrap_or_default(), &line.masks);
        let err = steady.text(&text(number, "err").unwrap_or_default(), &line.masks);
        let state = text(number, "state").map(|state| steady.text(&state, &line.masks));
        let requests = text(number, "trace").map(|trace| requests::parse(&trace, &mut pids)).unwrap_or_default();
        done.push(Done { code, out, err, state, requests });
    }
    (done, before, unmet)
}

/// What is wrong with a line, or nothing.
fn judge(line: &Line, theirs: &Done, ours: &Done, before: (&Done, &Done), subject: &Program) -> String {
    let mut wrong = String::new();
    let mut say = |what: &str, detail: &str| {
        let _ = writeln!(wrong, "  {what}");
        detail.lines().for_each(|row| _ = writeln!(wrong, "    {row}"));
    };
    let (Some(their_code), Some(our_code)) = (theirs.code, ours.code) else {
        say("did not run", &format!("original: {:?}, ours: {:?}", theirs.code, ours.code));
        return wrong;
    };
    let either = line.kind == Kind::Either;
    let fails = matches!(line.kind, Kind::Fails | Kind::Refused) || (either && their_code != 0);
    if !either && fails == (their_code == 0) {
        say(&format!("the data is wrong: the original's exit code is {their_code}"), &theirs.err);
    }
    if our_code != their_code {
        say(&format!("exit code {our_code}, the original's is {their_code}"), &ours.err);
    }
    // an error leaves the originals' JSON open, now and then; ours is closed
    let bare = |text: &str| text.trim_end_matches([']', '}', ' ', '\n']).to_owned();
    let closed = fails && theirs.out.starts_with('[') && bare(&ours.out) == bare(&theirs.out);
    if ours.out != theirs.out && !closed {
        say("standard output differs (- original, + ours)", &text::diff(&theirs.out, &ours.out));
    }
    // the usage of some link kinds goes to standard output
    if fails && !either && ours.err.trim().is_empty() && ours.out.trim().is_empty() {
        say("no message on standard error", "");
    }
    if !fails && ours.err != theirs.err {
        say("standard error differs (- original, + ours)", &text::diff(&theirs.err, &ours.err));
    }
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    if either && fails && !theirs.err.is_empty() && first(&ours.err) != first(&theirs.err) {
        say("the first line of standard error differs (- original, + ours)", &text::diff(&first(&theirs.err), &first(&ours.err)));
    }
    for words in line.says.iter().filter(|words| !ours.err.contains(words.as_str())) {
        say(&format!("standard error does not say: {words}"), &ours.err);
    }
    if ours.state != theirs.state {
        let (old, new) = (theirs.state.as_deref().unwrap_or_default(), ours.state.as_deref().unwrap_or_default());
        say("the kernel's state differs (- original, + ours)", &text::diff(old, new));
    }
    if fails && theirs.state == before.0.state && ours.state != before.1.state {
        say("it failed, and something changed", "");
    }
    let unasked = matches!(line.kind, Kind::Fails | Kind::Real) || either && fails;
    if *STRACE && !unasked && line.requests != Requests::None {
        let diff = requests::diff(&theirs.requests, &ours.requests, line.requests == Requests::Reads);
        match (diff, &line.differs) {
            (Some(diff), None) => say("requests differ (- original, + ours)", &diff),
            (None, Some(reason)) if !subject.is_original() => say("requests are said to differ, but do not", reason),
            _ => {}
        }
    }
    wrong
}

/// Runs the commands of one data file, `text`, on both sides.
pub fn compare(name: &str, text: &str, subject: &Program) -> Report {
    let mut report = Report::default();
    for section in data::parse(name, text) {
        let (theirs, ours) = thread::scope(|scope| {
            let theirs = scope.spawn(|| side(&section, &Program::Original, text));
            let ours = side(&section, subject, text);
            (theirs.join().expect("the original's side ends"), ours)
        });
        let mut failed = 0;
        let mut before = (&theirs.1, &ours.1);
        if theirs.1.state.is_none() || theirs.1.state != ours.1.state {
            report.failures.push(format!("{name}: the sides do not start alike: {}{}", theirs.1.err, ours.1.err));
        }
        for (index, line) in section.iter().enumerate() {
            let at = format!("{name}:{}: {}", line.number, line.command);
            if theirs.2 == Some(index) || ours.2 == Some(index) {
                let rest = section[index..].iter().filter(|line| line.kind.is_tried()).count();
                report.left_out.push(format!("{at}: not here, so {rest} commands were left out"));
                break;
            }
            let (their, our) = (&theirs.0[index], &ours.0[index]);
            match line.kind {
                Kind::Needs | Kind::State => continue,
                Kind::Real if their.code != Some(0) || our.code != Some(0) => {
                    report.failures.push(format!("{at}\n  the set-up failed: {}{}", their.err, our.err));
                    break;
                }
                Kind::Real => {}
                Kind::Run | Kind::Fails | Kind::Refused | Kind::Either => {
                    report.ran += 1;
                    if let Some(reason) = &line.differs {
                        report.differ.push(format!("{at}: {reason}"));
                    }
                    let wrong = judge(line, their, our, before, subject);
                    if !wrong.is_empty() {
                        failed += 1;
                        report.failures.push(if failed <= SHOWN { format!("{at}\n{wrong}") } else { at });
                    }
                }
            }
            // what comes after it would differ by that
            if line.kind == Kind::Either && their.state != our.state {
                break;
            }
            before = (their, our);
        }
    }
    report
}

/// Why nothing can be compared here, if so.
fn missing() -> Option<String> {
    if UNSHARE.is_none() {
        return Some("no privilege to make namespaces, not even in a user namespace".to_owned());
    }
    if option_env!("CARGO_BIN_EXE_barelink").is_none() {
        return Some("there is no program without the feature cli".to_owned());
    }
    ["bash", "ip", "nft"].into_iter().find(|tool| !has(tool)).map(|tool| format!("no {tool} on this machine"))
}

/// Whether twins can run here; if not, says what is left out.
pub fn able(what: &str) -> bool {
    match missing() {
        Some(why) => say(&format!("left out: {what}: {why}")),
        None if !*STRACE => say(&format!("left out: requests of {what}: strace is missing, or may not trace")),
        None => return true,
    }
    missing().is_none()
}

/// Compares all data files of a folder of `tests/`, or those that `TWIN` names (`TWIN=link,addr`).
///
/// # Panics
/// Something differs, or nothing was tried.
pub fn folder(folder: &str) {
    if !able(&format!("tests/{folder}")) {
        return;
    }
    let subject = Program::subject();
    let only = std::env::var("TWIN").ok();
    let wanted = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        path.extension().is_some_and(|ext| ext == "txt")
            && only.as_ref().is_none_or(|only| only.split(',').any(|name| name == stem))
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(home).expect("a folder of data").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(wanted);
    // the longest first, so that none is begun when the others end
    files.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).map_or(0, |file| file.len())));
    assert!(!files.is_empty() || only.is_some(), "tests/{folder} has no data");
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = format!("tests/{folder}/{}", path.file_name().unwrap_or_default().to_string_lossy());
                    let text = fs::read_to_string(path).expect("a data file");
                    let report = compare(&name, &text, &subject);
                    reports.lock().expect("no worker died").push((name, report));
                }
            });
        }
    });
    let mut failures = String::new();
    let mut reports = reports.into_inner().expect("no worker died");
    reports.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, report) in &reports {
        say(&format!("{name}: {} commands, {} fell short", report.ran, report.failures.len()));
        report.left_out.iter().for_each(|what| say(&format!("left out: {what}")));
        report.differ.iter().for_each(|what| say(&format!("differs on purpose: {what}")));
        report.failures.iter().for_each(|failure| _ = writeln!(failures, "{failure}"));
        if report.ran == 0 && report.left_out.is_empty() {
            let _ = writeln!(failures, "{name}: no command ran");
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
