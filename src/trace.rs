//! Runs a program, or attaches to one, and hands its netlink conversation to a [`Sink`].
//!
//! It works with `ptrace(2)`: a started program has a seccomp filter that stops it at the system calls of interest
//! only; one that is attached to stops at every call. The bytes are read from the program's memory, the program's
//! own output, input and signals are left alone.
//!
//! A call is shown when it ends. Not seen are 32-bit programs elsewhere than on x86_64, which is said, and io_uring.

mod abi;
mod behind;
mod call;
pub mod command;
mod pin;
mod ptrace;
mod sockets;
mod start;
mod tracer;

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::capture::Sink;
pub use tracer::End;
use tracer::Tracer;

/// What is traced.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Processes that a traced process starts are shown too.
    pub follow: bool,
    /// Calls of `recvmsg` that only look (`MSG_PEEK`) are not shown; what they see comes again. Many programs look at
    /// each datagram before they receive it, and run faster so.
    pub no_peeks: bool,
}

/// Why nothing can be traced.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program cannot be run.
    #[error("{program}: {errno}")]
    Program {
        /// What was to be run.
        program: String,
        /// Why not.
        errno: Errno,
    },
    /// A word has a NUL byte in it.
    #[error("{0:?} has a NUL byte in it")]
    Nul(String),
    /// The process cannot be traced.
    #[error("process {pid} cannot be traced: {errno}; {}", advice(.errno))]
    Attach {
        /// Which process.
        pid: i32,
        /// Why not.
        errno: Errno,
    },
    /// The kernel refuses something half-way.
    #[error("tracing: {0}")]
    System(Errno),
    /// The sink takes no more; what was traced has gone on to its end.
    #[error("writing what was seen: {0}")]
    Sink(std::io::Error),
}

fn advice(errno: &Errno) -> &'static str {
    match errno {
        Errno::ESRCH => "there is none of that number",
        Errno::EPERM => "another tracer has it, or it takes root, or /proc/sys/kernel/yama/ptrace_scope forbids it",
        _ => "tracing takes Linux 5.3 or newer",
    }
}

const OPTIONS: usize = ptrace::O_TRACESYSGOOD | ptrace::O_TRACEEXEC | FOLLOW;
/// With a filter, every child must have a tracer: its calls would fail otherwise.
const FOLLOW: usize = ptrace::O_TRACEFORK | ptrace::O_TRACEVFORK | ptrace::O_TRACECLONE;

/// The process that gets the signals that are meant to end us.
static CHILD: AtomicI32 = AtomicI32::new(0);
/// Somebody wants us to end.
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn pass_on(signal: i32) {
    match CHILD.load(Ordering::Relaxed) {
        0 => STOP.store(true, Ordering::Relaxed),
        // SAFETY: numbers only; `kill` may be called in a handler.
        child => _ = unsafe { libc::kill(child, signal) },
    }
}

/// Signal dispositions, which are put back when this goes away.
struct Signals(Vec<(Signal, SigAction)>);

impl Signals {
    fn set(actions: &[(Signal, SigHandler)]) -> Signals {
        Signals::put(actions, SaFlags::empty())
    }

    fn put(actions: &[(Signal, SigHandler)], flags: SaFlags) -> Signals {
        let mut before = Vec::new();
        for &(signal, handler) in actions {
            let action = SigAction::new(handler, flags, SigSet::empty());
            // SAFETY: the handler stores a number and calls `kill`, both of which a handler may.
            if let Ok(old) = unsafe { sigaction(signal, &action) } {
                before.push((signal, old));
            }
        }
        Signals(before)
    }

    fn restore(&self) {
        for (signal, action) in &self.0 {
            // SAFETY: it is what was there before.
            let _ = unsafe { sigaction(*signal, action) };
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Starts a program, its name and arguments in `words`, and shows its conversation to `sink` until it and all that
/// it has started are gone. Returns how it ended.
///
/// Terminal signals go to the program itself, as it is in the same group; what is sent to this process alone
/// (SIGTERM, SIGHUP) is passed on to it. Only one trace can run in a process at a time, as its children are
/// waited for.
///
/// # Errors
/// The program cannot be run or traced; the sink fails, after the program has ended.
pub fn run(words: &[String], options: &Options, sink: &mut dyn Sink) -> Result<End, Error> {
    let program = words.first().cloned().unwrap_or_default();
    let words: Result<Vec<CString>, Error> =
        words.iter().map(|word| CString::new(word.as_str()).map_err(|_| Error::Nul(word.clone()))).collect();
    let words = words?;
    let fail = |errno| Error::Program { program: program.clone(), errno };
    if words.is_empty() {
        return Err(fail(Errno::ENOENT));
    }
    CHILD.store(0, Ordering::Relaxed);
    // the stops of a traced program are waited for: a signal for each would be a waste
    let flags = SaFlags::SA_NOCLDSTOP;
    let children = Signals::put(&[(Signal::SIGCHLD, SigHandler::SigDfl)], flags);
    let handler = SigHandler::Handler(pass_on);
    let (ours, ignored) = ([Signal::SIGTERM, Signal::SIGHUP], [Signal::SIGINT, Signal::SIGQUIT]);
    let actions = ours.map(|signal| (signal, handler)).into_iter().chain(ignored.map(|signal| (signal, SigHandler::SigIgn)));
    let signals = Signals::set(&actions.collect::<Vec<_>>());
    let started = start::start(&words, !options.no_peeks, || {
        signals.restore();
        children.restore();
    })
    .map_err(fail)?;
    CHILD.store(started.pid, Ordering::Relaxed);
    let shown = if options.follow { Vec::new() } else { vec![started.pid] };
    let mut tracer = Tracer::new(sink, Some(started.pid), shown, true);
    let result = tracer.run(&|| false);
    CHILD.store(0, Ordering::Relaxed);
    let (end, broken) = (tracer.end, tracer.broken.take());
    if let Some(errno) = started.failure() {
        return Err(fail(errno));
    }
    result.map_err(Error::System)?;
    if let Some(error) = broken.or_else(|| sink.flush().err()) {
        return Err(Error::Sink(error));
    }
    end.ok_or(Error::System(Errno::ECHILD))
}

/// Attaches to processes and shows their conversation to `sink` until they are gone, or until SIGINT, SIGTERM or
/// SIGHUP comes; they go on then.
///
/// # Errors
/// There is no such process, or it cannot be traced; the sink fails.
pub fn attach(pids: &[i32], options: &Options, sink: &mut dyn Sink) -> Result<(), Error> {
    CHILD.store(0, Ordering::Relaxed);
    STOP.store(false, Ordering::Relaxed);
    let handler = SigHandler::Handler(pass_on);
    let _signals = Signals::set(&[Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].map(|signal| (signal, handler)));
    let mut tracer = Tracer::new(sink, None, if options.follow { Vec::new() } else { pids.to_vec() }, false);
    let flags = if options.follow { OPTIONS } else { OPTIONS & !FOLLOW | ptrace::O_TRACECLONE };
    let mut attached = Ok(());
    for &pid in pids {
        attached = attached.and_then(|()| seize(&mut tracer, pid, flags).map_err(|errno| Error::Attach { pid, errno }));
    }
    let result = attached.and_then(|()| tracer.run(&|| STOP.load(Ordering::Relaxed)).map_err(Error::System));
    tracer.detach();
    let broken = tracer.broken.take();
    result?;
    match broken.or_else(|| sink.flush().err()) {
        Some(error) => Err(Error::Sink(error)),
        None => Ok(()),
    }
}

/// Seizes all threads of a process; new ones may come while that goes on.
fn seize(tracer: &mut Tracer<'_>, pid: i32, flags: usize) -> Result<(), Errno> {
    let mut seized = Vec::new();
    loop {
        let before = seized.len();
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).map_err(|_| Errno::ESRCH)?;
        for tid in tasks.flatten().filter_map(|task| task.file_name().to_str()?.parse::<i32>().ok()) {
            if seized.contains(&tid) || tracer.has(tid) {
                continue;
            }
            match ptrace::seize(tid, flags) {
                // it is gone, or a thread that is traced already has made it
                Err(_) if tid != pid => {}
                seized => seized?,
            }
            seized.push(tid);
            tracer.add(tid);
            ptrace::interrupt(tid)?;
        }
        if seized.len() == before {
            return Ok(());
        }
    }
}
