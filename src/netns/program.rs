//! What `ip netns exec` does before it runs the program.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::statvfs::{FsFlags, statvfs};

use super::{Error, NetNs};

/// Where a namespace's own versions of files under `/etc` are: `/etc/netns/NAME/resolv.conf`, ...
const ETC: &str = "/etc/netns";

/// Moves the calling thread into the namespace `name` for good, and into a mount namespace of its own in which
/// `/sys` shows that namespace and files of `/etc/netns/NAME` lie over those of `/etc`. For a process that is
/// about to run a program.
///
/// Returns what could not be laid over `/etc`; iproute2 complains and goes on.
///
/// # Errors
/// [`Error::Missing`] and [`Error::Name`] before anything was done; [`Error::System`] half-way.
pub fn switch_for_program(name: impl AsRef<OsStr>) -> Result<Vec<Error>, Error> {
    let name = name.as_ref();
    NetNs::open(name)?.switch()?;
    unshare(CloneFlags::CLONE_NEWNS).map_err(Error::system("make a mount namespace"))?;
    let none = None::<&str>;
    mount(Some(""), "/", Some("none"), MsFlags::MS_SLAVE | MsFlags::MS_REC, none)
        .map_err(Error::system("keep mounts to ourselves"))?;
    let mut flags = MsFlags::empty();
    if umount2("/sys", MntFlags::MNT_DETACH).is_err() {
        // it can be overlaid then, but not a read-only one with a writable one
        let read_only = statvfs("/sys").is_ok_and(|fs| fs.flags().contains(FsFlags::ST_RDONLY));
        flags.set(MsFlags::MS_RDONLY, read_only);
    }
    mount(Some(name), "/sys", Some("sysfs"), flags, none).map_err(Error::system("mount /sys"))?;
    over_etc(&Path::new(ETC).join(name))
}

fn over_etc(dir: &Path) -> Result<Vec<Error>, Error> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Ok(vec![Error::io(format!("read {}", dir.display()))(error)]),
    };
    let bind = |name: &OsStr| -> Result<(), (String, Errno)> {
        let (from, to) = (dir.join(name), Path::new("/etc").join(name));
        let what = format!("bind {} to {}", from.display(), to.display());
        mount(Some(&from), &to, Some("none"), MsFlags::MS_BIND, None::<&str>).map_err(|errno| (what, errno))
    };
    let failed = entries.flatten().filter_map(|entry| bind(&entry.file_name()).err());
    Ok(failed.map(|(what, errno)| Error::System { what, errno }).collect())
}
