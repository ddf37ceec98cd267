//! Two steps that must not be torn: they run in a process of their own.
//!
//! A name of a namespace is a file and a mount on it, and no single system call makes both. If the process that
//! makes them is killed in between, half a name is left. So a child in a session of its own makes them: who kills
//! the parent does not hit the child, which finishes; who kills the child leaves a parent that cleans up.

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, pipe2, read, setsid, write};

/// Runs `steps` in a child and waits. `Err(None)` if the child was killed before it was done.
///
/// `steps` runs after a `fork` of a process that may have other threads: it must neither allocate nor take a lock,
/// only make system calls with what was prepared before.
pub(super) fn run(steps: impl FnOnce() -> Result<(), Errno>) -> Result<(), Option<Errno>> {
    let (from, to) = pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(Some)?;
    // SAFETY: the child runs `steps`, which allocates nothing and takes no lock (the callers' contract above),
    // makes two system calls itself, and leaves without running any destructor.
    match unsafe { fork() }.map_err(Some)? {
        ForkResult::Child => {
            let _ = setsid();
            let errno = steps().err().map_or(0, |errno| errno as i32);
            let _ = write(&to, &errno.to_ne_bytes());
            // SAFETY: `_exit` ends the process at once; nothing of the parent's is touched.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop(to);
            let mut errno = [0; 4];
            let got = loop {
                match read(&from, &mut errno) {
                    Err(Errno::EINTR) => {}
                    got => break got,
                }
            };
            while let Err(Errno::EINTR) | Ok(WaitStatus::StillAlive) = waitpid(child, None) {}
            match (got, i32::from_ne_bytes(errno)) {
                (Ok(4), 0) => Ok(()),
                (Ok(4), errno) => Err(Some(Errno::from_raw(errno))),
                _ => Err(None),
            }
        }
    }
}
