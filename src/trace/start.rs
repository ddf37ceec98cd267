//! Starting a program that stops at the system calls of interest and at no others.

use std::ffi::{CString, c_long};
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::{ForkResult, fork, pipe2, read, write};

use super::abi::When::{Always, Equal, Lacks};
use super::abi::{ABIS, Does, Shape};
use super::ptrace;
use crate::capture::Direction;

/// A classic BPF program for seccomp: the calls of interest stop, of `recvmsg` those that only look if `peeks` says so;
/// all else passes.
fn filter(peeks: bool) -> Vec<libc::sock_filter> {
    let op = |code: u32, jt: usize, jf: usize, k: u32| libc::sock_filter { code: code as u16, jt: jt as u8, jf: jf as u8, k };
    let load = |offset: u32| op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    let equal = |k: u32, jt: usize, jf: usize| op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, jt, jf, k);
    let set = |k: u32, jt: usize, jf: usize| op(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, jt, jf, k);
    let give = |k: u32| op(libc::BPF_RET | libc::BPF_K, 0, 0, k);
    // struct seccomp_data: the number, the architecture, the instruction pointer, six arguments of eight bytes
    const ARCH: u32 = 4;
    let arg = |index: u32| 16 + 8 * index + if cfg!(target_endian = "little") { 0 } else { 4 };
    const PASS: u32 = libc::SECCOMP_RET_ALLOW;
    const STOP: u32 = libc::SECCOMP_RET_TRACE;
    let mut program = vec![load(ARCH)];
    for abi in ABIS {
        // after the comparisons come: pass, stop, and what looks at an argument
        let count = abi.calls.len();
        let (mut body, mut tail) = (vec![load(0)], vec![give(PASS), give(STOP)]);
        for (i, &(call, when, does)) in abi.calls.iter().enumerate() {
            let looks = !peeks && does == Does::Moves(Direction::Received, Shape::Message);
            let when = if looks { Lacks(2, libc::MSG_PEEK) } else { when };
            body.push(equal(call as u32, count - 1 - i + if when == Always { 1 } else { tail.len() }, 0));
            match when {
                Always => {}
                Equal(index, value) => tail.extend([load(arg(index)), equal(value as u32, 0, 1), give(STOP), give(PASS)]),
                Lacks(index, bit) => tail.extend([load(arg(index)), set(bit as u32, 1, 0), give(STOP), give(PASS)]),
            }
        }
        body.extend(tail);
        program.push(equal(abi.arch, 0, body.len()));
        program.extend(body);
    }
    program.push(give(PASS));
    program
}

/// Puts the filter in place; whoever lacks the privilege gives up gaining privileges, which a traced process cannot.
fn install(program: &libc::sock_fprog) -> Result<(), Errno> {
    let set = || {
        // SAFETY: `program` and what it points to live through the call, and the kernel copies them.
        Errno::result(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER as c_long, 0, program) })
    };
    if set().is_err() {
        // SAFETY: a process attribute is set; no memory is involved.
        Errno::result(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
        set()?;
    }
    Ok(())
}

/// A program that was started, and that is traced.
pub(super) struct Started {
    pub(super) pid: i32,
    failed: OwnedFd,
}

impl Started {
    /// Why the program could not be run, once the process is gone.
    pub(super) fn failure(&self) -> Option<Errno> {
        let mut errno = [0; 4];
        (read(&self.failed, &mut errno) == Ok(4)).then(|| Errno::from_raw(i32::from_ne_bytes(errno)))
    }
}

/// Starts a program with this process's environment and descriptors; `before` runs in the child, and makes system
/// calls only.
pub(super) fn start(words: &[CString], peeks: bool, before: impl FnOnce()) -> Result<Started, Errno> {
    let mut argv: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
    argv.push(std::ptr::null());
    let mut code = filter(peeks);
    let program = libc::sock_fprog { len: code.len() as u16, filter: code.as_mut_ptr() };
    let (go, may_go) = pipe2(OFlag::O_CLOEXEC)?;
    let (says, failed) = pipe2(OFlag::O_CLOEXEC)?;
    // SAFETY: the child makes system calls only, with what was prepared above, until it is another program or ends.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(may_go);
            // nobody to trace us: there is no use in going on
            if read(&go, &mut [0]) != Ok(1) {
                // SAFETY: ends the process at once.
                unsafe { libc::_exit(127) }
            }
            before();
            let errno = install(&program).err().unwrap_or_else(|| {
                // SAFETY: the pointers are to strings that end in NUL and to a list that ends in null.
                unsafe { libc::execvp(argv[0], argv.as_ptr()) };
                Errno::last()
            });
            let _ = write(&failed, &(errno as i32).to_ne_bytes());
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            drop((go, failed));
            let pid = child.as_raw();
            let seized = ptrace::seize(pid, super::OPTIONS | ptrace::O_TRACESECCOMP | ptrace::O_EXITKILL);
            if let Err(errno) = seized {
                drop(may_go);
                let _ = nix::sys::wait::waitpid(child, None);
                return Err(errno);
            }
            write(&may_go, &[1])?;
            Ok(Started { pid, failed: says })
        }
    }
}
