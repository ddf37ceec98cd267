//! `ptrace(2)`, `wait(2)` and `process_vm_readv(2)`, as far as a tracer of system calls needs them.

use std::ffi::{c_int, c_long, c_ulong};
use std::fs::File;
use std::io::IoSliceMut;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

// linux/ptrace.h; the C libraries disagree on the type of these
const CONT: c_long = 7;
const SYSCALL: c_long = 24;
const DETACH: c_long = 17;
const GETEVENTMSG: c_long = 0x4201;
const SEIZE: c_long = 0x4206;
const INTERRUPT: c_long = 0x4207;
const LISTEN: c_long = 0x4208;
const GET_SYSCALL_INFO: c_long = 0x420e;

/// Stops at system calls are told from those of a SIGTRAP.
pub(super) const O_TRACESYSGOOD: usize = 1;
pub(super) const O_TRACEFORK: usize = 1 << 1;
pub(super) const O_TRACEVFORK: usize = 1 << 2;
pub(super) const O_TRACECLONE: usize = 1 << 3;
pub(super) const O_TRACEEXEC: usize = 1 << 4;
pub(super) const O_TRACESECCOMP: usize = 1 << 7;
pub(super) const O_EXITKILL: usize = 1 << 20;

const EVENT_FORK: c_int = 1;
const EVENT_VFORK: c_int = 2;
const EVENT_CLONE: c_int = 3;
const EVENT_EXEC: c_int = 4;
const EVENT_SECCOMP: c_int = 7;
const EVENT_STOP: c_int = 128;

/// How a thread goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Resume {
    /// To the next event; with a filter that is the next system call of interest.
    Run,
    /// To the next end, or begin, of a system call.
    ToSyscall,
}

/// What `wait` tells of a thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    Exited(i32),
    Killed(i32),
    /// A system call begins (there is no filter) or ends.
    Syscall,
    /// The filter has stopped a system call.
    Seccomp,
    /// There is a new thread or process.
    New,
    Exec,
    /// A new thread waits to begin, or one has followed an [`interrupt`].
    Ready,
    /// All of the process is stopped by a signal, as by ^Z.
    GroupStop,
    /// A signal is about to arrive.
    Signal(i32),
}

/// A system call, at its begin or its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Call {
    /// It begins.
    Entry { number: u64, args: [u64; 6], arch: u32 },
    /// It ends, with this result: a negative `errno` if it failed.
    Exit(i64),
    /// There is none.
    Neither,
}

/// `struct ptrace_syscall_info` (linux/ptrace.h).
#[repr(C)]
#[derive(Default)]
struct SyscallInfo {
    op: u8,
    pad: [u8; 3],
    arch: u32,
    instruction_pointer: u64,
    stack_pointer: u64,
    /// Of a begin: number, six arguments, what the filter says. Of an end: the result, and whether it is an error.
    union: [u64; 8],
}

fn ptrace(request: c_long, tid: i32, addr: usize, data: usize) -> Result<c_long, Errno> {
    // SAFETY: the callers below hand over numbers, or a pointer to a live value of the size that they say.
    Errno::result(unsafe { libc::syscall(libc::SYS_ptrace, request, tid as c_long, addr, data) })
}

/// Begins to trace a thread, without stopping it.
pub(super) fn seize(tid: i32, options: usize) -> Result<(), Errno> {
    ptrace(SEIZE, tid, 0, options).map(drop)
}

/// Stops a thread that runs.
pub(super) fn interrupt(tid: i32) -> Result<(), Errno> {
    ptrace(INTERRUPT, tid, 0, 0).map(drop)
}

/// Lets a thread go on, with a signal if that is not 0.
pub(super) fn resume(tid: i32, how: Resume, signal: i32) -> Result<(), Errno> {
    let request = if how == Resume::Run { CONT } else { SYSCALL };
    ptrace(request, tid, 0, signal as usize).map(drop)
}

/// Leaves a thread stopped with its process, until the process goes on.
pub(super) fn listen(tid: i32) -> Result<(), Errno> {
    ptrace(LISTEN, tid, 0, 0).map(drop)
}

/// Stops tracing a thread, which goes on.
pub(super) fn detach(tid: i32, signal: i32) -> Result<(), Errno> {
    ptrace(DETACH, tid, 0, signal as usize).map(drop)
}

/// The number that comes with an event: the new thread's, or the thread's before an exec.
pub(super) fn event_message(tid: i32) -> Result<u64, Errno> {
    let mut message: c_ulong = 0;
    ptrace(GETEVENTMSG, tid, 0, (&raw mut message).addr())?;
    Ok(message as u64)
}

/// The system call in which a stopped thread is.
pub(super) fn call(tid: i32) -> Result<Call, Errno> {
    let mut info = SyscallInfo::default();
    ptrace(GET_SYSCALL_INFO, tid, size_of::<SyscallInfo>(), (&raw mut info).addr())?;
    let [number, a, b, c, d, e, f, _] = info.union;
    Ok(match info.op {
        // PTRACE_SYSCALL_INFO_ENTRY, _SECCOMP, _EXIT
        1 | 3 => Call::Entry { number, args: [a, b, c, d, e, f], arch: info.arch },
        2 => Call::Exit(number as i64),
        _ => Call::Neither,
    })
}

/// Waits for any thread's event. `None` if there is no thread left.
///
/// # Errors
/// `EINTR`: a signal came.
pub(super) fn wait() -> Result<Option<(i32, Event)>, Errno> {
    let mut status: c_int = 0;
    // SAFETY: `status` is written to during the call only.
    let tid = match Errno::result(unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) }) {
        Err(Errno::ECHILD) => return Ok(None),
        tid => tid?,
    };
    let signal = libc::WSTOPSIG(status);
    let event = if libc::WIFEXITED(status) {
        Event::Exited(libc::WEXITSTATUS(status))
    } else if libc::WIFSIGNALED(status) {
        Event::Killed(libc::WTERMSIG(status))
    } else {
        match (status >> 16, signal) {
            (EVENT_SECCOMP, _) => Event::Seccomp,
            (EVENT_FORK | EVENT_VFORK | EVENT_CLONE, _) => Event::New,
            (EVENT_EXEC, _) => Event::Exec,
            (EVENT_STOP, libc::SIGTRAP) => Event::Ready,
            (EVENT_STOP, _) => Event::GroupStop,
            (_, signal) if signal == libc::SIGTRAP | 0x80 => Event::Syscall,
            (_, signal) => Event::Signal(signal),
        }
    };
    Ok(Some((tid, event)))
}

/// Reads another process's memory; returns how much of it could be read.
pub(super) fn read(tid: i32, address: u64, out: &mut [u8]) -> usize {
    let remote = [RemoteIoVec { base: address as usize, len: out.len() }];
    process_vm_readv(Pid::from_raw(tid), &mut [IoSliceMut::new(out)], &remote).unwrap_or(0)
}

/// Reads several pieces one after the other into `out`; returns how much could be read.
pub(super) fn read_pieces(tid: i32, pieces: &[RemoteIoVec], out: &mut [u8]) -> usize {
    process_vm_readv(Pid::from_raw(tid), &mut [IoSliceMut::new(out)], pieces).unwrap_or(0)
}

/// Another process's memory by its file in `/proc`, which takes two thirds of the time. What the process itself cannot
/// read is read too: it is for what [`read`] could.
#[derive(Default)]
pub(super) struct Memory(Option<Option<File>>);

impl Memory {
    /// Reads one piece; returns how much of it could be read.
    pub(super) fn read(&mut self, tid: i32, address: u64, out: &mut [u8]) -> usize {
        let open = || File::open(format!("/proc/{tid}/mem")).ok();
        match self.0.get_or_insert_with(open) {
            Some(file) => file.read_at(out, address).unwrap_or(0),
            None => read(tid, address, out),
        }
    }
}
