//! Network namespaces: a descriptor that keeps one alive, the ways to get it, and the ways to be inside.
//!
//! | I have | I want | so |
//! | --- | --- | --- |
//! | nothing | a namespace without a name | [`NetNs::new`] |
//! | a name | what `ip netns add` makes | [`NetNs::create`], [`NetNs::open`], [`NetNs::delete`], [`NetNs::list`] |
//! | a process, a path, my own thread | its namespace | [`NetNs::from_pid`], [`NetNs::from_path`], [`NetNs::current`] |
//! | a namespace | to do something inside | [`NetNs::within`], [`NetNs::enter`], [`Socket::open_in`](crate::Socket::open_in) |
//! | a namespace | to run a program inside, as `ip netns exec` | [`switch_for_program`] |

mod names;
mod program;
mod survive;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::stat::{FileStat, fstat};
use nix::sys::statfs::{FsType, NSFS_MAGIC, fstatfs};

pub use names::{DIR, check};
pub use program::switch_for_program;

/// What can go wrong with namespaces.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text cannot be a file's name, so it cannot be a namespace's.
    #[error("{name:?} cannot name a network namespace: {why}")]
    Name {
        /// The text.
        name: OsString,
        /// Why not.
        why: &'static str,
    },
    /// There is a namespace of this name already.
    #[error("the network namespace {} exists already", .name.display())]
    Exists {
        /// The name.
        name: OsString,
    },
    /// There is no namespace of this name.
    #[error("there is no network namespace {}", .name.display())]
    Missing {
        /// The name.
        name: OsString,
    },
    /// There is something else.
    #[error("{} is not a network namespace", .path.display())]
    NotNetNs {
        /// Where.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{what}: {}", crate::exchange::strerror(*.errno as i32))]
    System {
        /// What was tried.
        what: String,
        /// Why it failed.
        errno: Errno,
    },
}

impl Error {
    /// For `map_err`: what was tried.
    fn system(what: impl Into<String>) -> impl FnOnce(Errno) -> Error {
        move |errno| Error::System { what: what.into(), errno }
    }

    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        move |error| Error::System { what: what.into(), errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)) }
    }

    /// The number behind the error, if there is one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Error::System { errno, .. } => Some(*errno),
            Error::Exists { .. } => Some(Errno::EEXIST),
            Error::Missing { .. } => Some(Errno::ENOENT),
            Error::Name { .. } | Error::NotNetNs { .. } => Some(Errno::EINVAL),
        }
    }
}

/// A network namespace. It lives as long as this, a name, a process or a socket in it does.
#[derive(Debug)]
pub struct NetNs {
    fd: OwnedFd,
}

impl NetNs {
    /// Makes a namespace without a name.
    ///
    /// # Errors
    /// [`Error::System`]: `EPERM` without `CAP_SYS_ADMIN`, `ENOSPC` past the user's limit.
    #[allow(clippy::new_without_default)] // it can fail
    pub fn new() -> Result<NetNs, Error> {
        on_a_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET).map_err(Error::system("make a network namespace"))?;
            NetNs::current()
        })?
    }

    /// The calling thread's namespace.
    ///
    /// # Errors
    /// [`Error::System`]: `/proc` is not there.
    pub fn current() -> Result<NetNs, Error> {
        NetNs::from_path("/proc/thread-self/ns/net")
    }

    /// The namespace of a process, or of a thread.
    ///
    /// # Errors
    /// [`Error::System`]: `ENOENT` if there is no such process, `EACCES` if it is somebody else's.
    pub fn from_pid(pid: u32) -> Result<NetNs, Error> {
        NetNs::from_path(format!("/proc/{pid}/ns/net"))
    }

    /// The namespace that a file stands for: `/proc/PID/ns/net`, or where one is mounted.
    ///
    /// # Errors
    /// [`Error::System`], and [`Error::NotNetNs`] if the file is something else.
    pub fn from_path(path: impl AsRef<Path>) -> Result<NetNs, Error> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::io(format!("open {}", path.display())))?;
        NetNs::from_fd(file.into()).map_err(|error| match error {
            Error::NotNetNs { .. } => Error::NotNetNs { path: path.into() },
            error => error,
        })
    }

    /// The namespace that a descriptor stands for.
    ///
    /// # Errors
    /// [`Error::NotNetNs`].
    pub fn from_fd(fd: OwnedFd) -> Result<NetNs, Error> {
        let kind = fstatfs(&fd).map_err(Error::system("statfs"))?.filesystem_type();
        if kind == NSFS && nstype(&fd) == libc::CLONE_NEWNET {
            return Ok(NetNs { fd });
        }
        Err(Error::NotNetNs { path: format!("/proc/self/fd/{}", fd.as_raw_fd()).into() })
    }

    /// Makes a namespace and gives it a name, as `ip netns add`. Killed at any point, it leaves either no
    /// namespace of that name or a whole one; see [`bind`](Self::bind).
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Exists`], [`Error::System`].
    pub fn create(name: impl AsRef<OsStr>) -> Result<NetNs, Error> {
        let name = name.as_ref();
        names::vacant(name)?;
        let ns = NetNs::new()?;
        ns.bind(name)?;
        Ok(ns)
    }

    /// Gives the namespace a name (one more, if it has one), as `ip netns attach`: a file under [`DIR`] onto
    /// which it is mounted. Those are the last two steps, and what is left if only the first was reached is an
    /// empty file, which nothing here takes for a namespace and the next `bind` to that name makes use of.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn bind(&self, name: impl AsRef<OsStr>) -> Result<(), Error> {
        names::bind(self, name.as_ref())
    }

    /// The namespace of a name.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Missing`], [`Error::System`].
    pub fn open(name: impl AsRef<OsStr>) -> Result<NetNs, Error> {
        names::open(name.as_ref())
    }

    /// Takes a name away. The namespace goes with it if nothing else holds it, some time later.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Missing`], [`Error::System`].
    pub fn delete(name: impl AsRef<OsStr>) -> Result<(), Error> {
        names::delete(name.as_ref())
    }

    /// Whether a name has a namespace behind it.
    pub fn exists(name: impl AsRef<OsStr>) -> bool {
        names::open(name.as_ref()).is_ok()
    }

    /// All names that have a namespace behind them, in the directory's order.
    ///
    /// # Errors
    /// [`Error::System`]: the directory cannot be read.
    pub fn list() -> Result<Vec<OsString>, Error> {
        names::list()
    }

    /// The names of this namespace.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn names(&self) -> Result<Vec<OsString>, Error> {
        let mut names = names::list()?;
        names.retain(|name| names::open(name).is_ok_and(|ns| ns == *self));
        Ok(names)
    }

    /// The processes whose main thread is inside, as far as we may know.
    ///
    /// # Errors
    /// [`Error::System`]: `/proc` cannot be read.
    pub fn pids(&self) -> Result<Vec<u32>, Error> {
        let entries = std::fs::read_dir("/proc").map_err(Error::io("read /proc"))?;
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        // processes come and go, and others' are closed to us
        Ok(pids.filter(|&pid| NetNs::from_pid(pid).is_ok_and(|ns| ns == *self)).collect())
    }

    /// Runs `work` inside, on a thread that lives as long as that takes: no thread of the caller changes its
    /// namespace, not even if something fails half-way. Files under `/proc/sys/net` and `/proc/thread-self/net` that
    /// `work` opens are this namespace's, and so are its sockets, for as long as they are open.
    ///
    /// # Errors
    /// [`Error::System`]: `EPERM` without `CAP_SYS_ADMIN` there and here, `EAGAIN` without room for a thread.
    pub fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
        on_a_thread(|| {
            self.switch()?;
            Ok(work())
        })?
    }

    /// Moves the calling thread inside until the guard is dropped. Where another thread does as well, prefer
    /// [`within`](Self::within), which has no way back that could fail.
    ///
    /// # Errors
    /// As [`within`](Self::within).
    pub fn enter(&self) -> Result<Inside, Error> {
        let before = NetNs::current()?;
        self.switch()?;
        Ok(Inside { before: Some(before), of_this_thread: PhantomData })
    }

    /// Moves the calling thread inside for good.
    ///
    /// # Errors
    /// As [`within`](Self::within).
    pub fn switch(&self) -> Result<(), Error> {
        setns(&self.fd, CloneFlags::CLONE_NEWNET).map_err(Error::system("enter a network namespace"))
    }

    fn stat(&self) -> Option<FileStat> {
        fstat(&self.fd).ok()
    }
}

/// What kind of namespace a file of nsfs is: `CLONE_NEW*`, or -1.
fn nstype(fd: &OwnedFd) -> i32 {
    /// `NS_GET_NSTYPE`, `_IO(0xb7, 3)` (linux/nsfs.h).
    const NS_GET_NSTYPE: libc::Ioctl = 0xb703;
    // SAFETY: this request takes no argument; on other files it fails.
    unsafe { libc::ioctl(fd.as_raw_fd(), NS_GET_NSTYPE) }
}

/// `NSFS_MAGIC` (linux/magic.h).
const NSFS: FsType = NSFS_MAGIC;

impl AsFd for NetNs {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl PartialEq for NetNs {
    /// Whether both are the same namespace.
    fn eq(&self, other: &NetNs) -> bool {
        match (self.stat(), other.stat()) {
            (Some(a), Some(b)) => (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino),
            _ => false,
        }
    }
}

impl Eq for NetNs {}

/// Keeps the calling thread inside a namespace. Dropping it goes back; only [`leave`](Self::leave) can say
/// whether that worked. It fails if the thread has lost its privilege over the namespace that it came from.
#[derive(Debug)]
#[must_use = "dropping it leaves the namespace"]
pub struct Inside {
    before: Option<NetNs>,
    of_this_thread: PhantomData<*const ()>,
}

impl Inside {
    /// Goes back to where the thread was.
    ///
    /// # Errors
    /// [`Error::System`]: the thread is still inside.
    pub fn leave(mut self) -> Result<(), Error> {
        self.before.take().map_or(Ok(()), |before| before.switch())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            let _ = before.switch();
        }
    }
}

/// Runs `work` on a thread of its own, and waits for it. What it does to its namespaces ends with it.
fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, work).map_err(Error::io("start a thread"))?;
        // a panic of `work` goes on in the caller
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Writes a setting, named by its path below `/proc/sys/net`, of the namespace that the thread is in.
///
/// # Errors
/// Those of opening, `ENOENT` where the kernel has no such setting, and of writing.
#[cfg(feature = "cli")]
pub(crate) fn set(setting: &str, value: &str) -> io::Result<()> {
    let path = Path::new("/proc/sys/net").join(setting);
    // not created where the kernel has none
    let mut file = File::options().write(true).open(path)?;
    io::Write::write_all(&mut file, value.as_bytes())
}
