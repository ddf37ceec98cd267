//! Socket options. Those that an older kernel may not have are asked for and not insisted on.

use std::ffi::c_int;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, setsockopt, sockopt};

use crate::exchange::{Error, Protocol};

/// `SO_SNDBUF`: enough for any single request; batches ask for more.
const SNDBUF: usize = 256 * 1024;

/// Sets an option whose value is an `int`.
fn set(fd: &OwnedFd, level: c_int, option: c_int, value: c_int) -> Result<(), Errno> {
    let (pointer, len) = ((&raw const value).cast(), size_of::<c_int>() as libc::socklen_t);
    // SAFETY: `pointer` is valid for `len` bytes during the call, which keeps nothing of it.
    Errno::result(unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, pointer, len) }).map(drop)
}

/// Reads an option whose value is an `int`.
pub(crate) fn get(fd: &OwnedFd, option: c_int) -> Result<c_int, Errno> {
    let mut value: c_int = 0;
    let mut len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `len` bytes to `value`, which has as many.
    Errno::result(unsafe { libc::getsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, option, (&raw mut value).cast(), &mut len) })?;
    Ok(value)
}

/// Whether a netlink socket listens to any multicast group.
#[cfg(feature = "cli")]
pub(crate) fn is_in_group(fd: &OwnedFd) -> Result<bool, Errno> {
    // a bit a group; no protocol has as many as fit here
    let mut groups = [0u32; 32];
    let mut len = size_of_val(&groups) as libc::socklen_t;
    let option = libc::NETLINK_LIST_MEMBERSHIPS;
    // SAFETY: the kernel writes at most `len` bytes to `groups`, which has as many.
    Errno::result(unsafe { libc::getsockopt(fd.as_raw_fd(), libc::SOL_NETLINK, option, (&raw mut groups).cast(), &mut len) })?;
    Ok(groups.iter().any(|&bits| bits != 0))
}

/// The protocol of a netlink socket; `None` if it is something else.
pub(super) fn protocol(fd: &OwnedFd) -> Result<Option<Protocol>, Error> {
    let read = |option| get(fd, option).map_err(Error::system("getsockopt"));
    if read(libc::SO_DOMAIN)? != libc::AF_NETLINK {
        return Ok(None);
    }
    Ok(Protocol::from_number(read(libc::SO_PROTOCOL)?))
}

/// Buffers, extended acknowledgement (4.12), short echoes of refused requests (4.2), strict checking (4.20).
pub(super) fn prepare(fd: &OwnedFd, rcvbuf: usize) {
    set_sndbuf(fd, SNDBUF);
    set_rcvbuf(fd, rcvbuf);
    for option in [libc::NETLINK_EXT_ACK, libc::NETLINK_CAP_ACK, libc::NETLINK_GET_STRICT_CHK] {
        let _ = set(fd, libc::SOL_NETLINK, option, 1);
    }
}

/// Takes a datagram, if there is one: how long it is, though no more than `buffer` holds is kept of it, and the
/// `nl_pid` of its sender.
pub(super) fn receive(fd: &OwnedFd, buffer: &mut [u8]) -> Result<(usize, u32), Errno> {
    // SAFETY: zeros are a value of every field.
    let mut sender: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
    let mut size = size_of_val(&sender) as libc::socklen_t;
    // SAFETY: the kernel writes at most `buffer.len()` bytes to `buffer` and at most `size` to `sender`, which have as many.
    let len = Errno::result(unsafe {
        libc::recvfrom(
            fd.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            libc::MSG_DONTWAIT | libc::MSG_TRUNC,
            (&raw mut sender).cast(),
            &mut size,
        )
    })?;
    // an address that is none of netlink's is a stranger's
    let known = size as usize == size_of_val(&sender) && c_int::from(sender.nl_family) == libc::AF_NETLINK;
    Ok((len as usize, if known { sender.nl_pid } else { u32::MAX }))
}

/// Grows the send buffer, past the system's limit if that is allowed.
pub(super) fn set_sndbuf(fd: &OwnedFd, bytes: usize) {
    let _ = setsockopt(fd, sockopt::SndBufForce, &bytes).or_else(|_| setsockopt(fd, sockopt::SndBuf, &bytes));
}

/// Grows the receive buffer, past the system's limit if that is allowed.
pub(super) fn set_rcvbuf(fd: &OwnedFd, bytes: usize) {
    let _ = setsockopt(fd, sockopt::RcvBufForce, &bytes).or_else(|_| setsockopt(fd, sockopt::RcvBuf, &bytes));
}

/// Joins a multicast group.
pub(super) fn join(fd: &OwnedFd, group: u32) -> Result<(), Error> {
    let group = c_int::try_from(group).map_err(|_| Errno::EINVAL).map_err(Error::system("join a multicast group"))?;
    set(fd, libc::SOL_NETLINK, libc::NETLINK_ADD_MEMBERSHIP, group).map_err(Error::system("join a multicast group"))
}

/// Asks for the events of all namespaces that have an identifier here.
pub(super) fn listen_all(fd: &OwnedFd) -> Result<(), Error> {
    let what = "listen to all namespaces";
    set(fd, libc::SOL_NETLINK, libc::NETLINK_LISTEN_ALL_NSID, 1).map_err(Error::system(what))
}

/// The identifier of the namespace that a datagram came from, if this control message says it.
pub(super) fn nsid(message: ControlMessageOwned) -> Option<i32> {
    let ControlMessageOwned::Unknown(message) = message else { return None };
    let header = message.cmsg_header;
    let it = (header.cmsg_level, header.cmsg_type) == (libc::SOL_NETLINK, libc::NETLINK_LISTEN_ALL_NSID);
    let bytes = message.data_bytes.first_chunk().filter(|_| it)?;
    Some(i32::from_ne_bytes(*bytes))
}
