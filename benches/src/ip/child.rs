//! What a program takes: processor time of the child alone, wall time, memory.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use barelink::NetNs;

/// A program with its words, and the namespace that it runs in.
pub struct Run<'n> {
    /// The program, then its words.
    pub words: Vec<String>,
    /// Where it runs; `None` is here.
    pub ns: Option<&'n NetNs>,
    /// What is added to the environment.
    pub vars: Vec<(&'static str, String)>,
    /// What it reads, from a pipe that holds all of it.
    pub input: Vec<u8>,
}

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// User and system time, in seconds.
    pub cpu: f64,
    /// From before the start to after the end, in seconds.
    pub wall: f64,
}

impl<'n> Run<'n> {
    /// A run of `program` with words that blanks part.
    pub fn new(program: &[String], words: &str) -> Run<'n> {
        let words = program.iter().cloned().chain(words.split_whitespace().map(str::to_string)).collect();
        Run { words, ns: None, vars: Vec::new(), input: Vec::new() }
    }

    /// The same in a namespace.
    pub fn within(self, ns: &'n NetNs) -> Run<'n> {
        Run { ns: Some(ns), ..self }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).envs(self.vars.iter().cloned()).stdin(Stdio::null()).stdout(Stdio::null());
        if !self.input.is_empty() {
            let (reader, mut writer) = io::pipe().expect("a pipe");
            writer.write_all(&self.input).expect("the input");
            command.stdin(reader);
        }
        if let Some(ns) = self.ns {
            use std::os::fd::AsFd;
            let fd = ns.as_fd().as_raw_fd();
            // SAFETY: between fork and exec only `setns` is called, which touches no memory of ours.
            unsafe {
                command.pre_exec(move || match libc::setns(fd, libc::CLONE_NEWNET) {
                    0 => Ok(()),
                    _ => Err(io::Error::last_os_error()),
                });
            }
        }
        command
    }

    /// Runs it and measures.
    pub fn time(&self) -> Took {
        let start = Instant::now();
        self.wait(start, self.start())
    }

    /// The same, and gives what it wrote, which a pipe has to hold.
    pub fn time_of_answer(&self) -> (Took, Vec<u8>) {
        let start = Instant::now();
        let mut command = self.command();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.words));
        let mut stdout = child.stdout.take().expect("a pipe");
        let took = self.wait(start, child);
        let mut answer = Vec::new();
        stdout.read_to_end(&mut answer).expect("the answer");
        (took, answer)
    }

    /// Starts it.
    pub fn start(&self) -> Child {
        self.command().spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.words))
    }

    /// Waits for its end.
    pub fn wait(&self, start: Instant, child: Child) -> Took {
        let mut status = 0;
        // SAFETY: all bits zero is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are ours and live; the child is ours and nobody else waits for it.
        let pid = unsafe { libc::wait4(child.id() as i32, &mut status, 0, &mut usage) };
        assert!(pid == child.id() as i32 && status == 0, "{:?} ended with status {status:#x}", self.words);
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        Took { cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), wall: start.elapsed().as_secs_f64() }
    }

    /// Runs it, stops it where it ends, and gives its largest resident set, in KiB: for what is over too soon for
    /// [`memory`](Self::memory).
    #[allow(clippy::zombie_processes)] // it is waited for by its number
    pub fn memory_at_end(&self) -> u64 {
        let mut command = self.command();
        // SAFETY: between fork and exec only `ptrace` is called, which touches no memory of ours.
        unsafe {
            command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            });
        }
        let child = command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.words));
        let (pid, mut status, mut most) = (child.id() as i32, 0, 0);
        loop {
            // SAFETY: the pointer is ours and live; the child is ours and nobody else waits for it.
            assert!(unsafe { libc::waitpid(pid, &mut status, libc::__WALL) } == pid, "{:?} cannot be traced", self.words);
            if !libc::WIFSTOPPED(status) {
                assert!(status == 0, "{:?} ended with status {status:#x}", self.words);
                return most;
            }
            let (signal, event) = (libc::WSTOPSIG(status), status >> 16);
            if event == libc::PTRACE_EVENT_EXIT {
                most = resident(pid as u32).unwrap_or(0);
            } else if signal == libc::SIGTRAP {
                // SAFETY: requests about a child of ours that is stopped, with numbers only.
                unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, libc::PTRACE_O_TRACEEXIT) };
            }
            let signal = if signal == libc::SIGTRAP { 0 } else { signal };
            // SAFETY: as above.
            unsafe { libc::ptrace(libc::PTRACE_CONT, pid, 0, signal) };
        }
    }

    /// Runs it and gives its largest resident set, in KiB. `ru_maxrss` would begin with ours, so `VmHWM` is read as
    /// it runs.
    pub fn memory(&self) -> u64 {
        let mut child = self.command().spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.words));
        let mut most = 0;
        while child.try_wait().ok().flatten().is_none() {
            most = most.max(resident(child.id()).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(3));
        }
        most
    }
}

/// The largest resident set of a process so far, in KiB.
fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

/// Each run in turn, again and again, so that all meet the same noise: the least of the processor times, the middle
/// of the wall times.
pub fn compare(runs: &[Run<'_>], rounds: usize) -> Vec<Took> {
    let mut all: Vec<Vec<Took>> = vec![Vec::new(); runs.len()];
    for _ in 0..rounds {
        for (run, took) in runs.iter().zip(&mut all) {
            took.push(run.time());
        }
    }
    all.into_iter().map(|took| summary(&took)).collect()
}

/// The least processor time and the median wall time.
pub fn summary(took: &[Took]) -> Took {
    let mut walls: Vec<f64> = took.iter().map(|took| took.wall).collect();
    walls.sort_by(f64::total_cmp);
    Took { cpu: took.iter().map(|took| took.cpu).fold(f64::INFINITY, f64::min), wall: walls[walls.len() / 2] }
}

/// Bytes of a file; `None` if there is none.
pub fn size(path: &str) -> Option<u64> {
    File::open(path).ok()?.metadata().ok().map(|meta| meta.len())
}
