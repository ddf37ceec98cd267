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

/// How long to wait for a datagram that is not there yet.
pub(super) enum Patience {
    /// Not at all.
    None,
    /// So long, from the first time that there is nothing to read. Nobody asks for the time before.
    Limit(Duration),
    /// Until then.
    Until(Instant),
    /// Without end.
    Endless,
}

impl Patience {
    /// When it ends, if the wait begins `now`.
    fn deadline(&mut self, now: Instant) -> Option<Instant> {
        let end = match *self {
            Patience::None => now,
            Patience::Limit(limit) => now + limit,
            Patience::Until(end) => end,
            Patience::Endless => return None,
        };
        if let Patience::Limit(_) = self {
            *self = Patience::Until(end);
        }
        Some(end)
    }
}

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

    /// Reads one whole datagram, waiting for it as long as `patience` says.
    pub(super) fn hear(&mut self, patience: &mut Patience) -> Result<Heard, Error> {
        #[cfg(any(test, feature = "fuzz"))]
        if let Some(end) = &mut self.peer {
            let said = end.receive(patience.deadline(end.now()));
            return self.hear_peer(said);
        }
        loop {
            let result = if self.control.is_empty() { self.receive() } else { self.receive_control() };
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
                    if matches!(patience, Patience::None) || !self.wait(patience.deadline(Instant::now()))? {
                        return Ok(Heard::Nothing);
                    }
                }
                Err(errno) => return Err(Error::System { what: RECEIVE, errno }),
            }
        }
    }

    fn receive(&mut self) -> Result<Heard, Errno> {
        let (len, sender) = options::receive(&self.fd, &mut self.received)?;
        let room = self.received.len();
        Ok(Heard::Datagram { sender, len: len.min(room), truncated: len > room, nsid: None })
    }

    /// As [`receive`](Self::receive), with what the kernel says of where the datagram came from.
    fn receive_control(&mut self) -> Result<Heard, Errno> {
        let mut space = [std::io::IoSliceMut::new(&mut self.received)];
        let message =
            recvmsg::<NetlinkAddr>(self.fd.as_raw_fd(), &mut space, Some(&mut self.control[..]), MsgFlags::MSG_DONTWAIT)?;
        let sender = message.address.map_or(u32::MAX, |address| address.pid());
        let nsid = message.cmsgs().ok().and_then(|mut all| all.find_map(options::nsid));
        let truncated = message.flags.contains(MsgFlags::MSG_TRUNC);
        Ok(Heard::Datagram { sender, len: message.bytes, truncated, nsid })
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
