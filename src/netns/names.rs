//! Namespaces with names, as iproute2 lays them out: a file `/run/netns/NAME` onto which the namespace is
//! mounted, in a directory that is a shared mount, so that other mount namespaces see them too.
//!
//! A file onto which nothing is mounted is half a name. We leave none behind (see [`survive`]), others may: it is no
//! namespace, and the next who wants the name clears it away.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::Mode;
use nix::sys::statfs::statfs;
use nix::unistd::unlink;

use super::{Error, NSFS, NetNs, survive};

/// Where the names are; `/var/run/netns` is the same place.
pub const DIR: &str = "/run/netns";

/// How old an unmounted file must be to count as left behind. iproute2 takes no lock between making the file and
/// mounting onto it, and may be at work there.
const SETTLED: Duration = Duration::from_secs(1);

/// What is behind a name.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// No file.
    Free,
    /// A namespace.
    Mounted,
    /// An empty file since then.
    Left(SystemTime),
    /// Something that we did not make.
    Foreign,
}

/// Whether a text can be a namespace's name.
///
/// # Errors
/// [`Error::Name`] says why not.
pub fn check(name: &OsStr) -> Result<(), Error> {
    let bytes = name.as_bytes();
    let why = match bytes {
        b"" => "it is empty",
        b"." | b".." => "it is a directory's",
        _ if bytes.contains(&b'/') => "it contains a slash",
        _ if bytes.contains(&0) => "it contains a NUL byte",
        _ if bytes.len() > 255 => "it is longer than 255 bytes",
        _ => return Ok(()),
    };
    Err(Error::Name { name: name.into(), why })
}

fn path_of(name: &OsStr) -> Result<PathBuf, Error> {
    check(name)?;
    Ok(Path::new(DIR).join(name))
}

fn state(path: &Path) -> Result<State, Error> {
    let looking = || format!("look at {}", path.display());
    match statfs(path) {
        Ok(fs) if fs.filesystem_type() == NSFS => return Ok(State::Mounted),
        Ok(_) => {}
        Err(Errno::ENOENT) => {}
        Err(errno) => return Err(Error::system(looking())(errno)),
    }
    match path.symlink_metadata() {
        Ok(meta) if meta.is_file() && meta.len() == 0 => {
            let changed = Duration::new(meta.ctime().max(0) as u64, meta.ctime_nsec().max(0) as u32);
            Ok(State::Left(SystemTime::UNIX_EPOCH + changed))
        }
        Ok(_) => Ok(State::Foreign),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(State::Free),
        Err(error) => Err(Error::io(looking())(error)),
    }
}

/// Says early that a name is taken; only [`bind`] can say for sure that it is not.
pub(super) fn vacant(name: &OsStr) -> Result<(), Error> {
    let path = path_of(name)?;
    match state(&path)? {
        State::Mounted => Err(Error::Exists { name: name.into() }),
        State::Foreign => Err(Error::NotNetNs { path }),
        State::Free | State::Left(_) => Ok(()),
    }
}

/// The directory, locked as iproute2 locks it: one at a time changes what is in it.
struct Lock(File);

impl Drop for Lock {
    /// Said, and not left to the closing of the file, which a helper process may hold too. The lock ends with the last of
    /// these processes at the latest.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn lock() -> Result<Lock, Error> {
    let dir = File::open(DIR).map_err(Error::io(format!("open {DIR}")))?;
    loop {
        match dir.lock() {
            Ok(()) => return Ok(Lock(dir)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(format!("lock {DIR}"))(error)),
        }
    }
}

/// Makes the directory and sees to it that it is a shared mount.
fn prepare() -> Result<Lock, Error> {
    match DirBuilder::new().mode(0o755).create(DIR) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(Error::io(format!("make {DIR}"))(error)),
        _ => {}
    }
    let lock = lock()?;
    let share = || mount(Some(""), DIR, Some("none"), MsFlags::MS_SHARED | MsFlags::MS_REC, None::<&str>);
    if share() == Err(Errno::EINVAL) {
        // it is not a mount yet
        mount(Some(DIR), DIR, Some("none"), MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)
            .map_err(Error::system(format!("mount {DIR} onto itself")))?;
    }
    share().map_err(Error::system(format!("share {DIR}")))?;
    Ok(lock)
}

pub(super) fn bind(ns: &NetNs, name: &OsStr) -> Result<(), Error> {
    let path = path_of(name)?;
    let _lock = prepare()?;
    let source = format!("/proc/thread-self/fd/{}", ns.fd.as_raw_fd());
    loop {
        match state(&path)? {
            State::Free => break,
            State::Mounted => return Err(Error::Exists { name: name.into() }),
            State::Foreign => return Err(Error::NotNetNs { path }),
            // half a name: somebody is just making it, or was killed together with who would have cleaned up
            // (a clock that was set back makes no file young)
            State::Left(since) if since.elapsed().is_ok_and(|age| age < SETTLED) => std::thread::sleep(SETTLED / 100),
            State::Left(_) => std::fs::remove_file(&path).map_err(Error::io(format!("remove {}", path.display())))?,
        }
    }
    let file = c_path(&path)?;
    let source = c_path(Path::new(&source))?;
    let made = survive::run(|| {
        let flags = OFlag::O_RDONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        // it is closed with the child; no call more than the two stands between name and namespace
        nix::fcntl::open(file.as_c_str(), flags, Mode::empty()).map(std::mem::forget)?;
        let none = None::<&CStr>;
        mount(Some(source.as_c_str()), file.as_c_str(), Some(c"none"), MsFlags::MS_BIND, none).inspect_err(|_| {
            let _ = unlink(file.as_c_str());
        })
    });
    match made {
        Ok(()) => Ok(()),
        Err(Some(Errno::EEXIST)) => Err(Error::Exists { name: name.into() }),
        Err(Some(errno)) => Err(Error::system(format!("mount onto {}", path.display()))(errno)),
        // killed: what it had begun goes, unless it was all done
        Err(None) => match state(&path)? {
            State::Mounted => Ok(()),
            State::Left(_) => {
                let _ = std::fs::remove_file(&path);
                Err(Error::system(format!("mount onto {}", path.display()))(Errno::EINTR))
            }
            _ => Err(Error::system(format!("make {}", path.display()))(Errno::EINTR)),
        },
    }
}

/// A path as system calls take it, made before it is needed.
fn c_path(path: &Path) -> Result<CString, Error> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::system(format!("use {}", path.display()))(Errno::EINVAL))
}

pub(super) fn open(name: &OsStr) -> Result<NetNs, Error> {
    let path = path_of(name)?;
    match state(&path)? {
        State::Mounted => NetNs::from_path(path),
        State::Free | State::Left(_) => Err(Error::Missing { name: name.into() }),
        State::Foreign => Err(Error::NotNetNs { path }),
    }
}

pub(super) fn delete(name: &OsStr) -> Result<(), Error> {
    let path = path_of(name)?;
    let missing = || Error::Missing { name: name.into() };
    let _lock = match lock() {
        Err(Error::System { errno: Errno::ENOENT, .. }) => return Err(missing()),
        lock => lock?,
    };
    match state(&path)? {
        State::Free => return Err(missing()),
        State::Foreign => return Err(Error::NotNetNs { path }),
        // half a name goes like a whole one
        State::Mounted | State::Left(_) => {}
    }
    let file = c_path(&path)?;
    let removing = format!("remove {}", path.display());
    let gone = survive::run(|| {
        // several can lie one upon the other
        loop {
            match umount2(file.as_c_str(), MntFlags::MNT_DETACH) {
                Ok(()) => {}
                Err(Errno::EINVAL) => break unlink(file.as_c_str()),
                Err(errno) => break Err(errno),
            }
        }
    });
    match gone {
        Ok(()) => Ok(()),
        Err(Some(errno)) => Err(Error::system(removing)(errno)),
        // killed half-way: the rest of it is ours
        Err(None) => match state(&path)? {
            State::Free => Ok(()),
            State::Left(_) => std::fs::remove_file(&path).map_err(Error::io(removing)),
            _ => Err(Error::system(removing)(Errno::EINTR)),
        },
    }
}

pub(super) fn list() -> Result<Vec<OsString>, Error> {
    let entries = match std::fs::read_dir(DIR) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(format!("read {DIR}"))(error)),
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    Ok(names.filter(|name| state(&Path::new(DIR).join(name)).is_ok_and(|state| state == State::Mounted)).collect())
}
