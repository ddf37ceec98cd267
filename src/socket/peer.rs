//! Somebody else in the kernel's place, for tests and fuzzing (feature `fuzz`): sockets that this thread opens talk to it,
//! without a system call and on a clock that only moves when somebody waits.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::exchange::Protocol;

/// The `nl_pid` of every socket that talks to a peer.
pub const PORT: u32 = 0x432;
/// The first `nlmsg_seq` of every such socket.
pub const SEQ: u32 = 7;

/// What a peer does when it is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A datagram comes from this `nl_pid` (0 is the kernel), cut short if `truncated`.
    Datagram {
        /// Who sent it.
        sender: u32,
        /// The bytes.
        bytes: Vec<u8>,
        /// Whether its end is lost (`MSG_TRUNC`).
        truncated: bool,
    },
    /// The receive buffer was full (`ENOBUFS`).
    Overrun,
    /// `recvmsg(2)` fails with another number.
    Fails(nix::errno::Errno),
}

/// Who answers in the kernel's place.
pub trait Peer: Send {
    /// Hears a datagram that was sent.
    ///
    /// # Errors
    /// `send(2)` fails so.
    fn hear(&mut self, protocol: Protocol, datagram: &[u8]) -> Result<(), nix::errno::Errno>;

    /// What comes next, and how long that takes; `None` is silence.
    fn say(&mut self) -> Option<(Duration, Said)>;
}

type Shared = Arc<Mutex<dyn Peer>>;

thread_local! {
    static PEER: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// Runs `work` with `peer` in the kernel's place for all sockets that this thread opens, and gives `work`'s result.
pub fn with<P: Peer + 'static, R>(peer: Arc<Mutex<P>>, work: impl FnOnce() -> R) -> R {
    /// Takes the peer away even if `work` panics.
    struct Gone(Option<Shared>);
    impl Drop for Gone {
        fn drop(&mut self) {
            PEER.set(self.0.take());
        }
    }
    let _gone = Gone(PEER.replace(Some(peer)));
    work()
}

/// A socket's end of the conversation with a peer.
pub(super) struct End {
    peer: Shared,
    /// What was said and takes a while.
    coming: Option<(Instant, Said)>,
    now: Instant,
}

impl End {
    /// The end for a socket that this thread opens now.
    pub(super) fn open() -> Option<End> {
        let peer = PEER.with_borrow(Clone::clone)?;
        Some(End { peer, coming: None, now: Instant::now() })
    }

    pub(super) fn now(&self) -> Instant {
        self.now
    }

    pub(super) fn send(&mut self, protocol: Protocol, datagram: &[u8]) -> Result<(), nix::errno::Errno> {
        self.peer.lock().unwrap_or_else(PoisonError::into_inner).hear(protocol, datagram)
    }

    /// What comes until then; without it the clock stands at `deadline`, and a wait without end is over at once.
    pub(super) fn receive(&mut self, deadline: Option<Instant>) -> Option<Said> {
        let now = self.now;
        let next = || self.peer.lock().unwrap_or_else(PoisonError::into_inner).say().map(|(after, said)| (now + after, said));
        match self.coming.take().or_else(next) {
            Some((at, said)) if deadline.is_none_or(|deadline| at <= deadline) => {
                self.now = self.now.max(at);
                Some(said)
            }
            later => {
                self.coming = later;
                self.now = deadline.map_or(self.now, |deadline| self.now.max(deadline));
                None
            }
        }
    }
}
