//! What the descriptors of traced processes are.

use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, NetlinkAddr, getsockname, recvmsg};
use nix::sys::statfs::{PROC_SUPER_MAGIC, statfs};
use nlmsg::frame::{NETLINK_ROUTE, Netlink};

use crate::socket::options;

/// Opens the namespace of a socket (linux/sockios.h).
const SIOCGSKNS: u64 = 0x894c;

/// A netlink socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Netlinked {
    pub(super) protocol: Netlink,
    /// Its port; `None` while it has none.
    pub(super) port: Option<u32>,
    /// The inode of its network namespace.
    pub(super) netns: Option<u64>,
}

/// What a descriptor is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Descriptor {
    Netlink(Netlinked),
    /// A file of `/proc`, or what cannot be looked at.
    Proc,
    Other,
}

/// A socket, and how its next datagram is seen before the program has it.
struct Known {
    netlinked: Netlinked,
    /// A descriptor of ours.
    copy: Option<OwnedFd>,
    /// It was asked for a list, which goes on when somebody receives.
    dumps: bool,
    /// It is in a group; `None` if that may have changed.
    grouped: Option<bool>,
}

/// A datagram that waits in a socket.
pub(super) struct Waiting {
    /// Its length, which may be more than what was read.
    pub(super) len: usize,
    pub(super) peer: Option<u32>,
    pub(super) groups: u32,
}

/// All descriptors that are known, by the table that they are in and their number; `None` is neither a netlink socket
/// nor a file of `/proc`.
#[derive(Default)]
pub(super) struct Sockets {
    known: BTreeMap<(i32, i32), Option<Known>>,
    pidfds: BTreeMap<i32, Option<OwnedFd>>,
}

impl Sockets {
    /// What descriptor `fd` of thread `tid` is.
    pub(super) fn find(&mut self, files: i32, pid: i32, tid: i32, fd: i32) -> Descriptor {
        let dumps = match self.known.get(&(files, fd)) {
            Some(Some(known)) if known.netlinked.port.is_none() => known.dumps,
            Some(Some(known)) => return Descriptor::Netlink(known.netlinked),
            Some(None) => return Descriptor::Other,
            None => false,
        };
        let found = self.look(pid, tid, fd).map(|known| Known { dumps, ..known });
        let descriptor = match &found {
            Some(known) => Descriptor::Netlink(known.netlinked),
            None => match statfs(format!("/proc/{tid}/fd/{fd}").as_str()) {
                Ok(of) if of.filesystem_type() != PROC_SUPER_MAGIC => Descriptor::Other,
                // it is looked at again: there may be none of this number yet
                _ => return Descriptor::Proc,
            },
        };
        self.known.insert((files, fd), found);
        descriptor
    }

    /// A list was asked for.
    pub(super) fn dumps(&mut self, files: i32, fd: i32) {
        if let Some(Some(known)) = self.known.get_mut(&(files, fd)) {
            known.dumps = true;
        }
    }

    /// A socket may join a group, or leave one.
    pub(super) fn regrouped(&mut self, files: i32, fd: i32) {
        if let Some(Some(known)) = self.known.get_mut(&(files, fd)) {
            known.grouped = None;
        }
    }

    /// What waits in a socket, when to look changes nothing: a list would go on, an error would be taken away, and a
    /// group could bring one at any time.
    pub(super) fn waiting(&mut self, files: i32, fd: i32, into: &mut [u8]) -> Option<Waiting> {
        let known = self.known.get_mut(&(files, fd))?.as_mut()?;
        let copy = known.copy.as_ref().filter(|_| !known.dumps)?;
        if *known.grouped.get_or_insert_with(|| options::is_in_group(copy) != Ok(false)) {
            return None;
        }
        let mut ready = [PollFd::new(copy.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ready, PollTimeout::ZERO) != Ok(1) || ready[0].revents() != Some(PollFlags::POLLIN) {
            return None;
        }
        let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT;
        let mut slices = [IoSliceMut::new(into)];
        let seen = recvmsg::<NetlinkAddr>(copy.as_raw_fd(), &mut slices, None, flags).ok()?;
        Some(Waiting {
            len: seen.bytes,
            peer: seen.address.map(|peer| peer.pid()),
            groups: seen.address.map_or(0, |peer| peer.groups()),
        })
    }

    /// A descriptor is closed, or becomes another.
    pub(super) fn forget(&mut self, files: i32, fd: i32) {
        self.known.remove(&(files, fd));
    }

    /// All descriptors of a table that are in a range are closed.
    pub(super) fn forget_range(&mut self, files: i32, first: u32, last: u32) {
        self.known.retain(|key, _| key.0 != files || !(first..=last).contains(&(key.1 as u32)));
    }

    /// A process is gone.
    pub(super) fn gone(&mut self, pid: i32) {
        self.forget_range(pid, 0, u32::MAX);
        self.pidfds.remove(&pid);
    }

    fn look(&mut self, pid: i32, tid: i32, fd: i32) -> Option<Known> {
        let link = std::fs::read_link(format!("/proc/{tid}/fd/{fd}")).ok()?;
        let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        let pidfd = self.pidfds.entry(pid).or_insert_with(|| pidfd_open(pid).ok());
        let copy = pidfd.as_ref().and_then(|pidfd| pidfd_getfd(pidfd, fd).ok());
        let Some(copy) = copy else {
            return from_list(tid, inode).map(|netlinked| Known { netlinked, copy: None, dumps: true, grouped: None });
        };
        if options::get(&copy, libc::SO_DOMAIN) != Ok(libc::AF_NETLINK) {
            return None;
        }
        let protocol = Netlink(options::get(&copy, libc::SO_PROTOCOL).ok()? as u16);
        let port = getsockname::<NetlinkAddr>(copy.as_raw_fd()).ok().map(|name| name.pid()).filter(|&port| port != 0);
        let netlinked = Netlinked { protocol, port, netns: namespace(&copy).or_else(|| own_namespace(tid)) };
        // one that another program made may be that program's too; of others than route sockets, the close matters
        let alone = protocol == NETLINK_ROUTE && port == Some(pid as u32);
        Some(Known { netlinked, copy: alone.then_some(copy), dumps: false, grouped: None })
    }
}

fn pidfd_open(pid: i32) -> Result<OwnedFd, Errno> {
    // SAFETY: no memory is involved; the descriptor is new and ours.
    unsafe { Errno::result(libc::syscall(libc::SYS_pidfd_open, pid, 0)).map(|fd| OwnedFd::from_raw_fd(fd as i32)) }
}

/// A copy of another process's descriptor.
fn pidfd_getfd(pidfd: &OwnedFd, fd: i32) -> Result<OwnedFd, Errno> {
    // SAFETY: no memory is involved; the descriptor is new and ours.
    unsafe {
        Errno::result(libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), fd, 0)).map(|fd| OwnedFd::from_raw_fd(fd as i32))
    }
}

/// The namespace of a socket; it takes a privilege there.
fn namespace(socket: &OwnedFd) -> Option<u64> {
    // SAFETY: no memory is involved; the descriptor is new and ours.
    let ns = unsafe {
        let fd = Errno::result(libc::ioctl(socket.as_raw_fd(), SIOCGSKNS as _)).ok()?;
        OwnedFd::from_raw_fd(fd)
    };
    std::fs::File::from(ns).metadata().ok().map(|file| file.ino())
}

/// The namespace in which a thread is, and in which the sockets that it makes are.
fn own_namespace(tid: i32) -> Option<u64> {
    std::fs::metadata(format!("/proc/{tid}/ns/net")).ok().map(|file| file.ino())
}

/// Looks a socket up in the kernel's list, where descriptors cannot be copied (before Linux 5.6).
fn from_list(tid: i32, inode: &str) -> Option<Netlinked> {
    let list = std::fs::read_to_string(format!("/proc/{tid}/net/netlink")).ok()?;
    // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
    list.lines().find_map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, protocol, port, .., last] = words[..] else { return None };
        if last != inode {
            return None;
        }
        let port = port.parse().ok().filter(|&port| port != 0);
        Some(Netlinked { protocol: Netlink(protocol.parse().ok()?), port, netns: own_namespace(tid) })
    })
}
