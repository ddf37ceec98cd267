//! Bytes out, bytes in: one datagram at a time, whole, and no wait without its limit.

use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, NetlinkAddr, recvmsg, send};

#[cfg(any(test, feature = "fuzz"))]
use super::peer;
use super::{Direction, Heard, Socket, options};
use crate::exchange::Error;

/// What is tried when a datagram goes out, and when one comes in.
const SEND: &str = "send to netlink";
const RECEIVE: &str = "receive from netlink";

impl Socket {
    /// Shows a datagram to those who watch.
    pub(super) fn show(&mut self, direction: Direction, datagram: &[u8]) {
        for observer in [&mut self.observer, &mut self.watcher].into_iter().flatten() {
            observer(direction, datagram);
        }
    }

    fn show_received(&mut self, len: usize) {
        for observer in [&mut self.observer, &mut self.watcher].into_iter().flatten() {
            observer(Direction::Received, &self.received[..len]);
        }
    }

    pub(super) fn say(&mut self, datagram: &[u8]) -> Result<(), Error> {
        self.show(Direction::Sent, datagram);
        #[cfg(any(test, feature = "fuzz"))]
        if let Some(end) = &mut self.peer {
            return end.send(self.protocol, datagram).map_err(Error::system(SEND));
        }
        let mut grown = false;
        loop {
            match send(self.fd.as_raw_fd(), datagram, MsgFlags::empty()) {
                Ok(_) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(Errno::EMSGSIZE) if !grown => {
                    grown = true;
                    options::set_sndbuf(&self.fd, datagram.len() * 2);
                }
                Err(errno) => return Err(Error::System { what: SEND, errno }),
            }
        }
    }

    /// Reads one whole datagram, waiting for it until `deadline`.
    pub(super) fn hear(&mut self, deadline: Option<Instant>) -> Result<Heard, Error> {
        #[cfg(any(test, feature = "fuzz"))]
        if let Some(end) = &mut self.peer {
            let said = end.receive(deadline);
            return self.hear_peer(said);
        }
        loop {
            let mut space = [std::io::IoSliceMut::new(&mut self.received)];
            let control = Some(&mut self.control[..]).filter(|control| !control.is_empty());
            let result = recvmsg::<NetlinkAddr>(self.fd.as_raw_fd(), &mut space, control, MsgFlags::MSG_DONTWAIT);
            let result = result.map(|message| {
                let sender = message.address.map_or(u32::MAX, |address| address.pid());
                let nsid = message.cmsgs().ok().and_then(|mut all| all.find_map(options::nsid));
                let truncated = message.flags.contains(MsgFlags::MSG_TRUNC);
                Heard::Datagram { sender, len: message.bytes, truncated, nsid }
            });
            match result {
                Ok(heard) => {
                    if let Heard::Datagram { len, .. } = heard {
                        self.show_received(len);
                    }
                    return Ok(heard);
                }
                Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => return Ok(Heard::Overrun),
                Err(Errno::EAGAIN) => {
                    if !self.wait(deadline)? {
                        return Ok(Heard::Nothing);
                    }
                }
                Err(errno) => return Err(Error::System { what: RECEIVE, errno }),
            }
        }
    }

    /// What a peer said, as the kernel would have.
    #[cfg(any(test, feature = "fuzz"))]
    fn hear_peer(&mut self, said: Option<peer::Said>) -> Result<Heard, Error> {
        match said {
            None => Ok(Heard::Nothing),
            Some(peer::Said::Overrun) => Ok(Heard::Overrun),
            Some(peer::Said::Fails(errno)) => Err(Error::System { what: RECEIVE, errno }),
            Some(peer::Said::Datagram { sender, bytes, truncated }) => {
                let len = bytes.len().min(self.received.len());
                self.received[..len].copy_from_slice(&bytes[..len]);
                self.show_received(len);
                Ok(Heard::Datagram { sender, len, truncated: truncated || len < bytes.len(), nsid: None })
            }
        }
    }

    /// Waits until something can be read; false if the time is over.
    fn wait(&self, deadline: Option<Instant>) -> Result<bool, Error> {
        loop {
            let timeout = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => PollTimeout::NONE,
                Some(Duration::ZERO) => return Ok(false),
                // rounded up, or the last millisecond would be spun away
                Some(left) => {
                    i32::try_from(left.as_millis() + 1).ok().and_then(|ms| ms.try_into().ok()).unwrap_or(PollTimeout::MAX)
                }
            };
            match poll(&mut [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(true),
                Err(errno) => return Err(Error::System { what: "poll a netlink socket", errno }),
            }
        }
    }

    pub(super) fn make_room(&mut self, bytes: usize) {
        if bytes > self.rcvbuf {
            options::set_rcvbuf(&self.fd, bytes);
            self.rcvbuf = bytes;
        }
    }
}
