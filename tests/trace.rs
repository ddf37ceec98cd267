//! `barelink trace` beside strace: the same bytes, and programs that do not notice.

#[path = "trace/programs.rs"]
mod programs;
mod sandbox;
#[path = "tools/signals.rs"]
mod signals;
mod tools;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use barelink::capture::{self, Datagram, Direction, Format, Source};
use nlmsg::frame::{NLMSG_ERROR, NLMSG_HDRLEN, Netlink};
use tools::{Folder, has, path};

const BARELINK: &str = env!("CARGO_BIN_EXE_barelink");
/// A command is tried anew this often if clocks and random numbers made it differ.
const TRIES: usize = 4;

/// Runs words, then a shell line, in a network of their own, after the set-up lines.
fn run_in_place(setup: &[&str], words: &[&str], line: &str) -> Output {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "mount -t tmpfs none /run; mkdir /run/work; cd /run/work; {}\nexec {} bash -c \"$LINE\"",
        setup.iter().map(|line| format!("{line} >&2 </dev/null || exit 99; ")).collect::<String>(),
        quoted.join(" ")
    );
    let mut command = Command::new("unshare");
    command.args(["-n", "-m", "bash", "-c", &script]).env("LINE", line).stdin(Stdio::null());
    command.env("PATH", path());
    command.output().unwrap()
}

/// A datagram without what two runs cannot share: sequence numbers and ports.
#[derive(Clone, Debug, PartialEq)]
struct Bare {
    direction: Direction,
    protocol: Option<Netlink>,
    len: usize,
    bytes: Vec<u8>,
}

impl Bare {
    fn new(datagram: &Datagram<'_>) -> Bare {
        let mut bytes = datagram.bytes.to_vec();
        let mut at = 0;
        while let Some(&[l0, l1, l2, l3, t0, t1, ..]) = bytes.get(at..).filter(|rest| rest.len() >= NLMSG_HDRLEN) {
            bytes[at + 8..at + 16].fill(0);
            // the request in an acknowledgement
            let echo = at + NLMSG_HDRLEN + 4;
            if u16::from_ne_bytes([t0, t1]) == NLMSG_ERROR.0 && bytes.len() >= echo + NLMSG_HDRLEN {
                bytes[echo + 8..echo + 16].fill(0);
            }
            let len = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
            if len < NLMSG_HDRLEN {
                break;
            }
            at += len.next_multiple_of(4);
        }
        Bare { direction: datagram.way(), protocol: datagram.protocol, len: datagram.len, bytes }
    }
}

/// What a file holds, without looks that come again and what did not work.
fn read(path: &str, format: Format) -> Vec<Bare> {
    let file = BufReader::new(File::open(path).unwrap());
    let mut out = Vec::new();
    let mut source = match capture::open(Box::new(file), Some(format), None) {
        Ok(source) => source,
        // nothing was said
        Err(error) if matches!(error.what, capture::What::Empty) => return out,
        Err(error) => panic!("{path}: {error}"),
    };
    while let Some(datagram) = source.next().unwrap_or_else(|error| panic!("{path}: {error}")) {
        if !datagram.peeked && datagram.errno == 0 && !datagram.bytes.is_empty() {
            out.push(Bare::new(&datagram));
        }
    }
    out
}

fn shapes(all: &[Bare]) -> Vec<(Direction, Option<Netlink>, usize)> {
    all.iter().map(|one| (one.direction, one.protocol, one.len)).collect()
}

/// Whether a third run agrees with two others wherever those agree with one another.
fn agrees(a: &[Bare], b: &[Bare], ours: &[Bare]) -> Result<(), String> {
    if shapes(a) != shapes(b) {
        return Err("two runs of strace differ".into());
    }
    if shapes(a) != shapes(ours) {
        return Err(format!("strace: {:?}\ntrace: {:?}", shapes(a), shapes(ours)));
    }
    for (number, ((a, b), ours)) in a.iter().zip(b).zip(ours).enumerate() {
        if a.bytes.len() != ours.bytes.len() {
            return Err(format!("datagram {number}: {} and {} bytes", a.bytes.len(), ours.bytes.len()));
        }
        let words = a.bytes.chunks(4).zip(b.bytes.chunks(4)).zip(ours.bytes.chunks(4));
        for (at, ((a, b), ours)) in words.enumerate() {
            if a == b && a != ours {
                return Err(format!("datagram {number}, byte {}: {a:02x?} and {ours:02x?}", at * 4));
            }
        }
    }
    Ok(())
}

/// What a line does on its own and traced: output and exit status, and the bytes.
fn twin(setup: &[&str], line: &str, folder: &Folder) -> Result<usize, String> {
    let file = |name: &str| folder.file(name);
    let (first, second, dump, shown) = (file("first"), file("second"), file("dump.pcap"), file("shown"));
    let strace = |to: &str| {
        let calls = "trace=%network,read,write,readv,writev,close,dup,dup2,dup3,fcntl";
        run_in_place(
            setup,
            &["strace", "-f", "-qq", "-e", "signal=none", "-e", calls, "-e", "read=all", "-e", "write=all", "-o", to],
            line,
        )
    };
    let alone = run_in_place(setup, &[], line);
    if alone.status.code() == Some(99) {
        return Err(format!("set-up: {}", String::from_utf8_lossy(&alone.stderr)));
    }
    let (a, b) = (strace(&first), strace(&second));
    let ours = run_in_place(setup, &[BARELINK, "trace", "-f", "-o", &shown, "--pcap", &dump, "--"], line);
    for (what, other) in [("strace", &a), ("strace", &b), ("trace", &ours)] {
        if alone.status != other.status {
            return Err(format!("{}, and under {what} {}", alone.status, other.status));
        }
        if alone.stdout != other.stdout || alone.stderr != other.stderr {
            let text = |output: &Output| {
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
            };
            return Err(format!("prints\n{}and under {what}\n{}", text(&alone), text(other)));
        }
    }
    let all = read(&dump, Format::Pcap);
    agrees(&read(&first, Format::Strace), &read(&second, Format::Strace), &all)?;
    Ok(all.len())
}

#[test]
fn traced_bytes_are_those_that_strace_shows() {
    sandbox::run("traced_bytes_are_those_that_strace_shows", || {
        if !has("trace beside strace", &["strace", "ip", "nft", "unshare"]) {
            return;
        }
        let folder = Folder::new("trace");
        let (mut setup, mut count, mut failed) = (Vec::new(), 0, Vec::new());
        let only = std::env::var("TRACE").unwrap_or_default();
        for line in include_str!("trace/commands.txt").lines().filter(|line| !line.starts_with('#')) {
            match (line.strip_prefix("+ "), line) {
                (Some(line), _) => setup.push(line),
                (None, "fresh") => setup.clear(),
                (None, line) if !line.contains(&only) => {}
                (None, line) => {
                    count += 1;
                    let mut last = Ok(0);
                    for _ in 0..TRIES {
                        last = twin(&setup, line, &folder);
                        if last.is_ok() {
                            break;
                        }
                    }
                    match last {
                        // names of namespaces are files
                        Ok(0) if !line.starts_with("ip netns ") => failed.push(format!("{line}: no datagram was seen")),
                        Ok(_) => {}
                        Err(error) => failed.push(format!("{line}: {error}")),
                    }
                }
            }
        }
        assert!(failed.is_empty(), "{} of {count} commands:\n{}", failed.len(), failed.join("\n"));
        assert!(!only.is_empty() || count >= 80, "{count} commands");
    });
}

/// `barelink trace` with these options, of a shell line.
fn trace(options: &[&str], line: &str) -> Command {
    let mut command = Command::new(BARELINK);
    command.arg("trace").args(options).args(["--", "bash", "-c", line]).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn programs_end_as_they_do_alone() {
    signals::end_programs();
    let folder = Folder::new("ends");
    let shown = folder.file("shown");
    let run = |line: &str| trace(&["-f", "-o", &shown], line).output().unwrap();
    for code in [0, 1, 7, 255] {
        assert_eq!(run(&format!("exit {code}")).status.code(), Some(code));
    }
    for signal in [1, 2, 9, 15] {
        // through the shell, whose own disposition of SIGINT is not the default one
        let output = run(&format!("kill -{signal} $$"));
        assert_eq!(output.status.signal(), Some(signal), "{}", text(&output.stderr));
    }
    // signals that a program handles, and one that stops it and one that lets it go on
    let output = run("trap 'echo usr1' USR1; kill -USR1 $$; (sleep 0.05; kill -CONT $$) & kill -STOP $$; echo on; wait");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("usr1\non\n", Some(0)), "{}", text(&output.stderr));
    // standard input, and a process that outlives the one that started it
    let mut child = trace(&["-f", "-o", &shown], "cat; (sleep 0.1; echo late) & exit 5").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("hello\nlate\n", Some(5)));
    // what cannot be run
    let output = Command::new(BARELINK).args(["trace", "--", "/nonexistent/program"]).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(text(&output.stderr).contains("/nonexistent/program: "), "{}", text(&output.stderr));
    let output = Command::new(BARELINK).args(["trace", "-o", &shown, "--", "/"]).output().unwrap();
    assert_eq!(output.status.code(), Some(126), "{}", text(&output.stderr));
}

#[test]
fn signals_to_the_tracer_reach_the_program() {
    let folder = Folder::new("signals");
    let shown = folder.file("shown");
    let mut child =
        trace(&["-f", "-o", &shown], "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.01; done").spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    signal(&child, libc::SIGTERM);
    line.clear();
    stdout.read_to_string(&mut line).unwrap();
    assert_eq!((line.as_str(), child.wait().unwrap().code()), ("term\n", Some(3)));
}

fn signal(child: &Child, signal: i32) {
    // SAFETY: a signal to a child of ours that was not waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, signal) }, 0);
}

#[test]
fn children_are_shown_if_asked_for() {
    sandbox::run("children_are_shown_if_asked_for", || {
        if !has("trace of children", &["ip"]) {
            return;
        }
        let folder = Folder::new("children");
        let (shown, dump) = (folder.file("shown"), folder.file("dump.pcap"));
        let seen = |options: &[&str], line: &str| {
            let output = trace(&[options, &["-o", &shown, "--pcap", &dump]].concat(), line).output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            read(&dump, Format::Pcap).len()
        };
        assert_eq!(seen(&[], "ip link show lo >/dev/null; true"), 0);
        let one = seen(&["-f"], "ip link show lo >/dev/null; true");
        assert!(one > 1);
        assert_eq!(seen(&["-f"], "ip link show lo >/dev/null | ip link show lo >/dev/null; true"), 2 * one);
        assert_eq!(seen(&["-f", "--no-peeks"], "ip link show lo >/dev/null; true"), one);
        // the program itself is shown without being asked for
        assert_eq!(seen(&[], "exec ip link show lo >/dev/null"), one);
    });
}

#[test]
fn a_running_program_is_attached_to_and_left() {
    sandbox::run("a_running_program_is_attached_to_and_left", || {
        if !has("trace -p", &["ip"]) {
            return;
        }
        let folder = Folder::new("attach");
        let dump = folder.file("dump.pcap");
        let mut monitor = Command::new("ip").args(["monitor", "link"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut heard = BufReader::new(monitor.stdout.take().unwrap());
        // events happen until something has been waited for
        let churn = |wait: &mut dyn FnMut()| {
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        for state in ["up", "down"] {
                            assert!(Command::new("ip").args(["link", "set", "lo", state]).status().unwrap().success());
                        }
                    }
                });
                wait();
                done.store(true, Ordering::Relaxed);
            });
        };
        let mut line = String::new();
        // it listens once it has heard something
        churn(&mut || assert!(heard.read_line(&mut line).unwrap() > 0));
        assert!(line.contains("lo"), "{line}");
        let mut tracer = Command::new(BARELINK)
            .args(["trace", "--pcap", &dump, "-p", &monitor.id().to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // until it has seen something, which it writes to standard error at once
        let mut shown = BufReader::new(tracer.stderr.take().unwrap());
        let mut first = [0; 1];
        churn(&mut || shown.read_exact(&mut first).unwrap());
        signal(&tracer, libc::SIGINT);
        shown.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(tracer.wait().unwrap().code(), Some(0));
        assert!(read(&dump, Format::Pcap).iter().all(|seen| seen.direction == Direction::Received));
        // it goes on, untraced
        assert_eq!(monitor.try_wait().unwrap(), None);
        let status = std::fs::read_to_string(format!("/proc/{}/status", monitor.id())).unwrap();
        assert!(status.contains("TracerPid:\t0\n"), "{status}");
        monitor.kill().unwrap();
        monitor.wait().unwrap();
        let missing = Command::new(BARELINK).args(["trace", "-p", "2147483647"]).output().unwrap();
        assert_eq!(missing.status.code(), Some(1));
        assert!(text(&missing.stderr).contains("cannot be traced"), "{}", text(&missing.stderr));
    });
}
