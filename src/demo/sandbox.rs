//! Namespaces of our own: a place that nobody outside sees, and that is gone when the last process in it is.
//!
//! Any user may have it: in a user namespace of one's own one is root, over the network, mount and process
//! namespaces made together with it. Whoever is root already needs no user namespace.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File};
use std::io::IsTerminal;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{Uid, getgid, getuid};

use super::Error;

/// Where links with the names of our tools are, inside.
const BIN: &str = "/run/barelink";

/// Whose powers are used inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Powers {
    /// Those that root has everywhere.
    Root,
    /// Those over a user namespace that was just made, for this user.
    Own(Uid),
}

/// Moves this process, which must have one thread only, into new namespaces with a `/run/netns` of their own. What is
/// done to networks and mounts from now on is seen by this process and its children alone.
///
/// # Errors
/// [`Error::Forbidden`]: it may not; says why, as far as the system tells.
pub(super) fn enter() -> Result<Powers, Error> {
    let own = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS;
    let powers = match unshare(own) {
        Ok(()) => Powers::Root,
        Err(Errno::EPERM) => own_user(own).map_err(|errno| Error::Forbidden { errno, advice: advice() })?,
        Err(errno) => return Err(Error::Forbidden { errno, advice: advice() }),
    };
    furnish().map_err(|error| match error {
        // some systems hand out user namespaces in which nothing is allowed
        Error::System { errno: errno @ (Errno::EPERM | Errno::EACCES), .. } if powers != Powers::Root => {
            Error::Forbidden { errno, advice: advice() }
        }
        error => error,
    })?;
    Ok(powers)
}

/// The same in a user namespace in which this user is root.
fn own_user(own: CloneFlags) -> Result<Powers, Errno> {
    let (uid, gid) = (getuid(), getgid());
    unshare(own | CloneFlags::CLONE_NEWUSER)?;
    let write = |file: &str, text: &str| fs::write(file, text).map_err(|error| errno(&error));
    // older kernels have no such file; those that do want it before a group is mapped
    match write("/proc/self/setgroups", "deny") {
        Err(Errno::ENOENT) => {}
        result => result?,
    }
    write("/proc/self/uid_map", &format!("0 {uid} 1"))?;
    write("/proc/self/gid_map", &format!("0 {gid} 1"))?;
    Ok(Powers::Own(uid))
}

/// Cuts the mounts off from the outside, and puts a file system in memory over `/run`, with all that was there but
/// the names of namespaces.
fn furnish() -> Result<(), Error> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none).map_err(Error::system("keep mounts to ourselves"))?;
    let below = File::open("/run").map_err(Error::io("open /run"))?;
    let entries = fs::read_dir("/run").map_err(Error::io("read /run"))?;
    let entries: Vec<_> = entries.flatten().filter(|entry| entry.file_name() != "netns").collect();
    mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some("mode=755"))
        .map_err(Error::system("mount a tmpfs"))?;
    for entry in entries {
        let (name, kind) = (entry.file_name(), entry.file_type());
        let from = Path::new("/proc/self/fd").join(below.as_raw_fd().to_string()).join(&name);
        let to = Path::new("/run").join(&name);
        // what cannot be shown is not there: the demo needs nothing of it, and a shell seldom
        let _ = match kind {
            Ok(kind) if kind.is_symlink() => fs::read_link(&from).and_then(|target| symlink(target, &to)),
            Ok(kind) => {
                let made = if kind.is_dir() { fs::create_dir(&to) } else { File::create(&to).map(drop) };
                made.and_then(|()| Ok(mount(Some(&from), &to, none, MsFlags::MS_BIND | MsFlags::MS_REC, none)?))
            }
            Err(error) => Err(error),
        };
    }
    Ok(())
}

/// What keeps ordinary users from having namespaces here, and what to do about it.
fn advice() -> Vec<String> {
    /// A file of `/proc/sys`, what in it forbids, what that means, and what to write instead.
    const GATES: [(&str, &str, &str, &str); 5] = [
        ("kernel.unprivileged_userns_clone", "0", "only root may make user namespaces", "1"),
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "AppArmor takes away what a user namespace gives", "0"),
        ("user.max_user_namespaces", "0", "nobody may make user namespaces", "10000"),
        ("user.max_net_namespaces", "0", "nobody may make network namespaces", "10000"),
        ("user.max_mnt_namespaces", "0", "nobody may make mount namespaces", "10000"),
    ];
    let mut lines = Vec::new();
    for (key, forbids, means, instead) in GATES {
        let value = fs::read_to_string(format!("/proc/sys/{}", key.replace('.', "/"))).unwrap_or_default();
        if value.trim() == forbids {
            lines.push(format!("{key} = {forbids}: {means}. As root: sysctl -w {key}={instead}"));
        }
    }
    if lines.is_empty() {
        lines.push("Perhaps this is a container, whose runtime forbids unshare(2), or a limit is used up:".into());
        lines.push("kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns and".into());
        lines.push("user.max_user_namespaces, where they exist, do not forbid it.".into());
    }
    // the last two bind root as well
    if !GATES[3..].iter().any(|(key, ..)| lines.iter().any(|line| line.starts_with(key))) {
        lines.push("Or run it as root, who needs no user namespace: sudo barelink demo".into());
    }
    lines
}

/// Runs the user's shell inside until it ends, with `tools` as links to this program. All processes that were started
/// in it end with it: it is the first of a process namespace.
///
/// # Errors
/// [`Error::System`], [`Error::Output`].
pub(super) fn shell(tools: &[&str]) -> Result<(), Error> {
    let program = std::env::current_exe().map_err(Error::io("find this program"))?;
    DirBuilder::new().mode(0o755).create(BIN).map_err(Error::io(format!("make {BIN}")))?;
    for tool in tools {
        symlink(&program, Path::new(BIN).join(tool)).map_err(Error::io(format!("link {tool}")))?;
    }
    // the tools of root are not where ordinary users look
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<_> = std::env::split_paths(&path).collect();
    let more = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from).into_iter().filter(|dir| !dirs.contains(dir));
    let path = std::env::join_paths([PathBuf::from(BIN)].into_iter().chain(dirs.iter().cloned()).chain(more)).unwrap_or(path);
    let mut command = Command::new(shell_of_user());
    command.env("PATH", path).env("PS1", "demo# ");
    // children from now on; a kernel without process namespaces can do without
    let own_processes = unshare(CloneFlags::CLONE_NEWPID).is_ok();
    // SAFETY: between fork and exec the closure makes system calls only, and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            if own_processes {
                let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
                // not where /proc is partly hidden; then it shows the numbers of the outside
                let _ = mount(Some(c"proc"), c"/proc", Some(c"proc"), flags, None::<&std::ffi::CStr>);
            }
            Ok(())
        })
    };
    let mut child = command.spawn().map_err(Error::io("start a shell"))?;
    if std::io::stdin().is_terminal() {
        for key in [Signal::SIGINT, Signal::SIGQUIT] {
            // SAFETY: no handler is installed; what a key means is left to the shell.
            let _ = unsafe { signal(key, SigHandler::SigIgn) };
        }
    }
    child.wait().map_err(Error::io("wait for the shell"))?;
    Ok(())
}

/// `$SHELL`, unless it is one for those who may not log in.
fn shell_of_user() -> OsString {
    let shell = std::env::var_os("SHELL").filter(|shell| {
        let name = Path::new(shell).file_name();
        Path::new(shell).is_absolute() && ![Some(OsStr::new("nologin")), Some(OsStr::new("false"))].contains(&name)
    });
    shell.unwrap_or_else(|| "/bin/sh".into())
}

/// The number behind an error of the standard library.
pub(super) fn errno(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(0))
}
