//! `barelink demo` as people run it: as root, as an ordinary user, interrupted, and where it may not.

#[path = "tools/signals.rs"]
mod signals;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

/// A user that owns nothing.
const NOBODY: &str = "65534";

/// A folder with a copy of the program that every user can read, as its only file.
struct Room {
    dir: PathBuf,
}

impl Room {
    fn new() -> Room {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("barelink-demo-{}-{number}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        // by another process: a file that is open for writing here is so in the children of other tests too, and
        // then cannot be run
        assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_barelink")).arg(&dir).status().unwrap().success());
        Room { dir }
    }

    /// The program with these words, run by root or by an ordinary user.
    fn command(&self, root: bool, words: &[&str]) -> Command {
        let program = self.dir.join("barelink");
        let mut command = if !root && geteuid().is_root() {
            let mut command = Command::new("setpriv");
            let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
            command.args(user).args(["--clear-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(words).current_dir(&self.dir).env("TMPDIR", &self.dir).env("SHELL", "/bin/sh");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let files: Vec<_> = fs::read_dir(&self.dir).unwrap().flatten().map(|entry| entry.file_name()).collect();
        fs::remove_dir_all(&self.dir).unwrap();
        if !std::thread::panicking() {
            assert_eq!(files, ["barelink"], "something was left in the working folder");
        }
    }
}

/// The namespaces of a running demo, by inode.
struct Traces {
    namespaces: BTreeSet<u64>,
    outside: Vec<String>,
}

/// What of a demo could be seen from here: mounts, and files under `/run`.
fn outside() -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mounts = mounts.lines().filter(|line| ["testns", "uplink", "/run/barelink"].iter().any(|word| line.contains(word)));
    let files = ["/run/barelink", "/run/netns/testns", "/run/netns/uplink"];
    mounts.chain(files.into_iter().filter(|file| Path::new(file).exists())).map(str::to_owned).collect()
}

fn ns(pid: u32, kind: &str) -> Option<u64> {
    Some(fs::metadata(format!("/proc/{pid}/ns/{kind}")).ok()?.ino())
}

impl Traces {
    /// Waits until the demo has built something, and notes where it is.
    fn of(demo: &Child) -> Traces {
        let outside = outside();
        let own = ["net", "mnt"].map(|kind| ns(std::process::id(), kind));
        let begin = Instant::now();
        let mut namespaces = BTreeSet::new();
        while begin.elapsed() < Duration::from_secs(2) && namespaces.len() < 4 {
            let its = ["net", "mnt"].map(|kind| ns(demo.id(), kind)).into_iter().flatten();
            namespaces.extend(its.filter(|&inode| !own.contains(&Some(inode))));
            if !namespaces.is_empty() {
                let names = fs::read_dir(format!("/proc/{}/root/run/netns", demo.id())).into_iter().flatten().flatten();
                namespaces.extend(names.filter_map(|entry| Some(entry.path().metadata().ok()?.ino())));
            }
            sleep(Duration::from_millis(5));
        }
        Traces { namespaces, outside }
    }

    /// Nothing is left of it: no process or open file holds one of its namespaces, no mount and no file is seen here.
    fn are_gone(&self) {
        assert!(self.namespaces.len() >= 2, "the demo was not found at work");
        let begin = Instant::now();
        while let Some(holder) = self.holder() {
            assert!(begin.elapsed() < Duration::from_secs(2), "{holder} is still in the demo's namespaces");
            sleep(Duration::from_millis(10));
        }
        assert_eq!(outside(), self.outside);
    }

    fn holder(&self) -> Option<String> {
        let nsfs = fs::metadata("/proc/self/ns/net").unwrap().dev();
        fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
            let dir = entry.path();
            let _: u32 = dir.file_name()?.to_str()?.parse().ok()?;
            let fds = fs::read_dir(dir.join("fd")).into_iter().flatten().flatten().map(|fd| fd.path());
            let mut all = [dir.join("ns/net"), dir.join("ns/mnt")].into_iter().chain(fds);
            let holds =
                all.any(|file| file.metadata().is_ok_and(|meta| meta.dev() == nsfs && self.namespaces.contains(&meta.ino())));
            holds.then(|| format!("{}: {:?}", dir.display(), fs::read_to_string(dir.join("cmdline"))))
        })
    }
}

/// Says so and returns true where this user may have no namespaces.
fn cannot(output: &Output) -> bool {
    let text = String::from_utf8_lossy(&output.stderr);
    let forbidden = text.contains("cannot make namespaces of its own");
    if forbidden {
        println!("SKIPPED: {text}");
    }
    forbidden
}

fn tells_the_story(root: bool) {
    let room = Room::new();
    let child = room.command(root, &["demo"]).spawn().unwrap();
    let traces = Traces::of(&child);
    let output = child.wait_with_output().unwrap();
    if cannot(&output) {
        return;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    for line in [
        "$ ip link add ve1 type veth peer name ve2\n      RTM_NEWLINK, 84 bytes -> done\n",
        "$ ip link show testbr\n      RTM_GETLINK, 44 bytes -> RTM_NEWLINK, 1884 bytes\n  ✓ it is UP",
        "RTM_NEWROUTE, 44 bytes -> ENETUNREACH, \"Nexthop has invalid gateway\"\n  ✓ the kernel refuses",
        "ping -c1 192.168.2.1\n      ICMP echo request, 64 bytes -> nothing within 500 ms\n  ✓ lost",
        "✓ now the router answers",
        "NFT_MSG_NEWTABLE, 32 bytes in a batch of 72 -> done",
        "counter packets 1 bytes 84 masquerade",
        "10.100.0.1/24   192.168.2.101/24 │",
        "✓ All 7 expectations came true.",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    assert!(!text.contains('✗') && !text.contains('\x1b') && !text.contains("no answer"), "{text}");
    traces.are_gone();
}

#[test]
fn as_root() {
    tells_the_story(true);
}

#[test]
fn as_an_ordinary_user() {
    tells_the_story(false);
}

#[test]
fn killed_or_interrupted_it_leaves_nothing() {
    signals::end_programs();
    for signal in [Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM] {
        let room = Room::new();
        let mut child = room.command(true, &["demo"]).spawn().unwrap();
        let traces = Traces::of(&child);
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        let status = child.wait().unwrap();
        if traces.namespaces.is_empty() && status.code() == Some(1) {
            return println!("SKIPPED: no namespaces here");
        }
        assert!(!status.success());
        traces.are_gone();
    }
}

#[test]
fn the_shell_is_inside_and_all_goes_with_it() {
    for root in [true, false] {
        let room = Room::new();
        let mut child = room.command(root, &["demo", "--keep"]).stdin(Stdio::piped()).spawn().unwrap();
        // what runs in the background must go too
        let script = "ip link show testbr; ip netns exec testns ip route; command -v ip; sleep 100 & exit 3\n";
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let traces = Traces::of(&child);
        let output = child.wait_with_output().unwrap();
        if cannot(&output) {
            return;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains("`exit` ends it"), "{text}");
        assert!(text.contains(": testbr: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500"), "{text}");
        assert!(text.contains("default via 10.100.0.1 dev ve2"), "{text}");
        assert!(text.ends_with("/run/barelink/ip\n"), "{text}");
        traces.are_gone();
    }
}

#[test]
fn the_shell_does_not_outlive_the_demo() {
    let room = Room::new();
    let mut child = room.command(false, &["demo", "--keep"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"sleep 100 & echo IN; read line\n").unwrap();
    let traces = Traces::of(&child);
    let reached = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).any(|line| line == "IN");
    let seen = traces.holder();
    child.kill().unwrap();
    child.wait().unwrap();
    if !reached {
        return println!("SKIPPED: no namespaces here");
    }
    assert!(seen.is_some(), "who looks for traces must find what is there");
    traces.are_gone();
}

#[test]
fn where_it_may_not_it_says_what_to_do() {
    let room = Room::new();
    let script = "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all ./barelink demo";
    let outer = Command::new("unshare").args(["-Ur", "sh", "-c", script]).current_dir(&room.dir).output();
    let Ok(output) = outer else { return println!("SKIPPED: no unshare here") };
    let text = String::from_utf8(output.stderr).unwrap();
    if text.contains("unshare") && !text.contains("barelink") {
        return println!("SKIPPED: {text}");
    }
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(output.stdout.is_empty());
    assert_eq!(
        text,
        "barelink demo: cannot make namespaces of its own: No space left on device\n  \
         user.max_user_namespaces = 0: nobody may make user namespaces. As root: sysctl -w user.max_user_namespaces=10000\n  \
         Or run it as root, who needs no user namespace: sudo barelink demo\n"
    );
}

#[test]
fn own_words() {
    let room = Room::new();
    let run = |words: &[&str]| {
        let output = room.command(true, words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, out, err) = run(&[]);
    assert_eq!((status, &*err), (Some(0), ""));
    assert!(out.contains("barelink demo") && out.contains("Usage:"), "{out}");
    assert_eq!(run(&["--help"]).1, out);
    assert_eq!(run(&["--version"]), (Some(0), format!("barelink {}\n", env!("CARGO_PKG_VERSION")), String::new()));
    for words in [&["frobnicate"][..], &["demo", "--frobnicate"], &["demo", "now"], &["--frobnicate"]] {
        let (status, out, err) = run(words);
        assert_eq!((status, &*out), (Some(2), ""));
        assert!(err.contains(words[words.len() - 1]), "{err}");
    }
    assert!(run(&["demo", "--help"]).1.contains("--keep"));
}

/// A reader that has seen enough ends the program in silence.
#[test]
fn a_closed_pipe_is_no_panic() {
    let room = Room::new();
    for words in [&["ip", "address", "show"][..], &["demo"], &[]] {
        let mut child = room.command(true, words).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
    }
}
