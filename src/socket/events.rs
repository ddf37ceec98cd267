//! What the kernel says without being asked.

use std::time::Duration;

use nlmsg::frame::{Message, Messages};

use super::wire::Patience;
use super::{Heard, Socket, options};
use crate::exchange::Error;

impl Socket {
    /// Joins a multicast group (`RTNLGRP_*`, `NFNLGRP_*`).
    ///
    /// # Errors
    /// [`Error::System`]: there is no such group, or it needs a privilege.
    pub fn join(&mut self, group: u32) -> Result<(), Error> {
        options::join(&self.fd, group)
    }

    /// Hears the events of all namespaces that have an identifier here too (`NETLINK_LISTEN_ALL_NSID`).
    ///
    /// # Errors
    /// [`Error::System`]: it needs a privilege.
    pub fn listen_all(&mut self) -> Result<(), Error> {
        options::listen_all(&self.fd)?;
        self.control = nix::cmsg_space!(i32);
        Ok(())
    }

    /// Waits for one datagram of events and gives its messages to `each`; `None` waits for ever. False if nothing
    /// came in time. [`next_event_from`](Self::next_event_from) says too from which namespace they are.
    ///
    /// # Errors
    /// [`Error::Overrun`]: events were lost, ask for the whole state; what `each` returns.
    pub fn next_event<E: From<Error>>(
        &mut self,
        limit: Option<Duration>,
        mut each: impl FnMut(Message<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        self.next_event_from(limit, |_, message| each(message))
    }

    /// As [`next_event`](Self::next_event), and `each` gets the identifier of the namespace in which the event
    /// happened; `None` is this one.
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event).
    pub fn next_event_from<E: From<Error>>(
        &mut self,
        limit: Option<Duration>,
        mut each: impl FnMut(Option<i32>, Message<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut patience = limit.map_or(Patience::Endless, Patience::Limit);
        loop {
            match self.hear(&mut patience)? {
                Heard::Nothing => return Ok(false),
                Heard::Overrun => return Err(Error::Overrun { awaited: 0 }.into()),
                Heard::Datagram { len, truncated: true, .. } => return Err(Error::Truncated { len }.into()),
                Heard::Datagram { sender: 0, len, nsid, .. } => {
                    for message in Messages::new(&self.received[..len]) {
                        each(nsid, message.map_err(Error::Answer)?)?;
                    }
                    return Ok(true);
                }
                Heard::Datagram { .. } => {}
            }
        }
    }
}
