//! Starting a program that stops at the system calls of interest and at no others.

use std::ffi::{CString, c_long};
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::{ForkResult, fork, pipe2, read, write};

use super::ptrace::{self, AUDIT_ARCH};

/// Which calls of a number stop: argument and value, or argument and bit.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Always,
    Equal(u32, i32),
    Lacks(u32, i32),
}

use When::{Always, Equal, Lacks};

/// The system calls that move datagrams, that change what a descriptor is or what can be read, or that see or hand on a
/// mask of processors.
const CALLS: &[(c_long, When)] = &[
    (libc::SYS_sendto, Always),
    (libc::SYS_sendmsg, Always),
    (libc::SYS_recvmsg, Always),
    (libc::SYS_sendmmsg, Always),
    (libc::SYS_write, Always),
    (libc::SYS_writev, Always),
    (libc::SYS_recvfrom, Always),
    (libc::SYS_recvmmsg, Always),
    (libc::SYS_read, Always),
    (libc::SYS_readv, Always),
    (libc::SYS_pread64, Always),
    (libc::SYS_preadv, Always),
    (libc::SYS_preadv2, Always),
    (libc::SYS_close, Always),
    (libc::SYS_close_range, Always),
    (libc::SYS_dup3, Always),
    (libc::SYS_socket, Equal(0, libc::AF_NETLINK)),
    (libc::SYS_bind, Always),
    (libc::SYS_setsockopt, Equal(1, libc::SOL_NETLINK)),
    (libc::SYS_mprotect, Lacks(2, libc::PROT_READ)),
    (libc::SYS_pkey_mprotect, Lacks(2, libc::PROT_READ)),
    (libc::SYS_mmap, Lacks(2, libc::PROT_READ)),
    (libc::SYS_clone, Always),
    (libc::SYS_clone3, Always),
    (libc::SYS_sched_getaffinity, Always),
    (libc::SYS_sched_setaffinity, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_dup2, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_fork, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_vfork, Always),
];

/// A classic BPF program for seccomp: [`CALLS`] stop, of `recvmsg` those that only look if `peeks` says so; all else
/// passes.
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
    // after the comparisons come: pass, stop, and what looks at an argument
    let count = CALLS.len();
    let mut program = vec![load(ARCH), equal(AUDIT_ARCH, 0, count + 1), load(0)];
    let mut tail = vec![give(PASS), give(STOP)];
    for (i, &(call, when)) in CALLS.iter().enumerate() {
        let when = if call == libc::SYS_recvmsg && !peeks { Lacks(2, libc::MSG_PEEK) } else { when };
        program.push(equal(call as u32, count - 1 - i + if when == Always { 1 } else { tail.len() }, 0));
        match when {
            Always => {}
            Equal(index, value) => tail.extend([load(arg(index)), equal(value as u32, 0, 1), give(STOP), give(PASS)]),
            Lacks(index, bit) => tail.extend([load(arg(index)), set(bit as u32, 1, 0), give(STOP), give(PASS)]),
        }
    }
    program.extend(tail);
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
