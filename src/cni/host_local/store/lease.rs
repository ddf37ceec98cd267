//! A lease on its way to the disk, before it has a name.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use nix::unistd::fdatasync;

use super::{Holder, Store, failed};
use crate::cni::error::CniError;

/// A lease on its way to the disk. It holds no address yet.
#[derive(Debug)]
pub struct Lease {
    pub(super) dir: OwnedFd,
    pub(super) path: PathBuf,
    /// A file without a name, if there can be one.
    pub(super) file: Option<File>,
}

impl Lease {
    /// Writes a lease of `holder` for an address of a network, and makes what is missing. It reaches the disk while
    /// something else is done.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn write(data_dir: &Path, network: &str, holder: Holder<'_>) -> Result<Lease, CniError> {
        let path = data_dir.join(network);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o755).create(&path).map_err(failed("make", &path))?;
        let dir = directory(&path)?.ok_or_else(|| CniError::io("open the leases")(Errno::ENOENT.into()))?;
        let file = unnamed(&dir, holder).map_err(failed("write a lease in", &path))?;
        Ok(Lease { dir, path, file })
    }

    /// Waits until it is on the disk, and locks the leases, after whoever has them. It can be given addresses then.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn store(self) -> Result<Store, CniError> {
        if let Some(file) = &self.file {
            fdatasync(file).map_err(failed("flush a lease in", &self.path))?;
        }
        Store::locked(self)
    }
}

/// Opens the directory of a network's leases; `None` if there is none.
pub(super) fn directory(path: &Path) -> Result<Option<OwnedFd>, CniError> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    match open(path, flags, Mode::empty()) {
        Err(Errno::ENOENT) => Ok(None),
        dir => dir.map(Some).map_err(failed("open", path)),
    }
}

/// Writes a lease to a file without a name, and has it sent to the disk; `None` where the file system or a missing `/proc`
/// does not let that get a name later.
fn unnamed(dir: &OwnedFd, holder: Holder<'_>) -> io::Result<Option<File>> {
    let flags = OFlag::O_TMPFILE | OFlag::O_WRONLY | OFlag::O_CLOEXEC;
    let mut file = match openat(dir, ".", flags, Mode::from_bits_truncate(0o600)) {
        Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::EINVAL) => return Ok(None),
        fd => File::from(fd?),
    };
    if !Path::new("/proc/self/fd").exists() {
        return Ok(None);
    }
    file.write_all(holder.lease().as_bytes())?;
    start_flush(&file);
    Ok(Some(file))
}

/// Has the content of a file written to the disk without a wait. That is a hint: only `fdatasync` says that it is there.
fn start_flush(file: &File) {
    // SAFETY: the call gets numbers and a descriptor that is open; it touches no memory of ours.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}
