//! Small files that are there whole or not at all: written under another name, and then renamed or linked.

use std::fs::File;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};

/// Makes a file that only its owner reads. What has its name goes away and is not written over: it may be a link to
/// something that matters.
///
/// # Errors
/// Of the system.
pub(super) fn fresh(dir: &OwnedFd, name: &str) -> Result<File, Errno> {
    let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let create = || openat(dir, name, flags, Mode::from_bits_truncate(0o600));
    let fd = match create() {
        Err(Errno::EEXIST) => unlinkat(dir, name, UnlinkatFlags::NoRemoveDir).and_then(|()| create()),
        fd => fd,
    };
    fd.map(File::from)
}
