//! An `AF_NETLINK` socket: it moves the bytes of an [`Exchange`], and sees to it that no wait is endless, no
//! datagram is cut, and nothing is taken from a stranger.

mod events;
pub(crate) mod options;
#[cfg(any(test, feature = "fuzz"))]
pub mod peer;
#[cfg(test)]
mod scenarios;
mod taker;
mod wire;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, getsockname, socket};
use nlmsg::frame::{self, Body, Message, NLM_F_ACK, NLM_F_DUMP, NLM_F_ECHO, NLM_F_REQUEST, NlmF};

use self::taker::{Objects, Taker};
use self::wire::Patience;
use crate::NetNs;
use crate::exchange::{DUMP_TRIES, Error, Event, Exchange, Protocol, Refusal, warning};

/// How long an answer may take unless [`Socket::set_limit`] says otherwise.
pub const LIMIT: Duration = Duration::from_secs(5);
/// Bytes of the receive buffer. The kernel fills a dump's datagram up to 32 KiB; one object can be larger, by an
/// attribute or two of at most 64 KiB each. What is never written to takes no memory.
const BUFFER: usize = 256 * 1024;
/// `SO_RCVBUF`, as iproute2 sets it.
const RCVBUF: usize = 1024 * 1024;
/// What an acknowledgement takes of the socket's receive buffer, at most.
const ACK_COST: usize = 1280;
/// Warnings that are kept until somebody asks for them.
const WARNINGS: usize = 64;

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the kernel.
    Sent,
    /// From the kernel.
    Received,
}

/// What a socket shows to its observer and does not send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Planned {
    /// Everything is sent.
    #[default]
    Nothing,
    /// What changes something is not sent, and counts as done. Questions that need a privilege which is not there count
    /// as answered with nothing.
    Changes,
    /// Nothing is sent; questions count as answered with nothing.
    All,
}

/// Sees every datagram as it goes over the wire.
pub type Observer = Box<dyn FnMut(Direction, &[u8]) + Send>;

/// What a dump gives.
#[derive(Debug)]
pub enum Item<'a> {
    /// One object.
    Message(Message<'a>),
    /// What was listed changed meanwhile and the list starts anew: drop what came until now.
    Again,
}

/// A list that [`Socket::list`] has collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    /// What came.
    pub items: Vec<T>,
    /// Whether it changed while it was listed, each time it was tried: items can be missing or doubled.
    pub interrupted: bool,
}

/// A netlink socket of one protocol in one network namespace.
///
/// Use a socket of its own for [`join`](Self::join): events that come while an answer is awaited are passed
/// over.
pub struct Socket {
    fd: OwnedFd,
    protocol: Protocol,
    port: u32,
    seq: u32,
    limit: Duration,
    received: Vec<u8>,
    request: BytesMut,
    /// `SO_RCVBUF` that was asked for.
    rcvbuf: usize,
    /// An answer was not read to its end.
    unread: bool,
    /// Room for what the kernel says of where a datagram came from, once [`listen_all`](Socket::listen_all) asked.
    control: Vec<u8>,
    observer: Option<Observer>,
    /// As `observer`, of the whole program.
    watcher: Option<Observer>,
    planned: Planned,
    warnings: Vec<String>,
    /// Who answers in the kernel's place.
    #[cfg(any(test, feature = "fuzz"))]
    peer: Option<peer::End>,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("fd", &self.fd).field("protocol", &self.protocol).field("port", &self.port).finish()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// What a look at the socket gave.
enum Heard {
    Datagram { sender: u32, len: usize, truncated: bool, nsid: Option<i32> },
    Overrun,
    Nothing,
}

impl Socket {
    /// Opens a socket in the calling thread's network namespace.
    ///
    /// # Errors
    /// [`Error::System`]: no descriptor is left, or the kernel does not have the protocol.
    pub fn open(protocol: Protocol) -> Result<Socket, Error> {
        #[cfg(any(test, feature = "fuzz"))]
        if let Some(end) = peer::End::open() {
            return Socket::with_peer(end, protocol);
        }
        Socket::prepare(Self::bare(protocol)?, protocol)
    }

    /// Opens a socket in `ns`. The socket stays there wherever it is used. The namespace is entered by a thread
    /// that lives as long as that takes, so the caller's threads never change theirs, whatever happens.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what [`NetNs::within`] says.
    pub fn open_in(ns: &NetNs, protocol: Protocol) -> Result<Socket, Error> {
        Socket::prepare(ns.within(|| Self::bare(protocol))??, protocol)
    }

    /// Takes a netlink socket that the caller made; one that is not bound yet is bound.
    ///
    /// # Errors
    /// [`Error::NotNetlink`], [`Error::System`].
    pub fn from_fd(fd: OwnedFd) -> Result<Socket, Error> {
        let protocol = options::protocol(&fd)?.ok_or(Error::NotNetlink)?;
        Socket::prepare(fd, protocol)
    }

    fn bare(protocol: Protocol) -> Result<OwnedFd, Error> {
        let number = match protocol {
            Protocol::Route => SockProtocol::NetlinkRoute,
            Protocol::Netfilter => SockProtocol::NetlinkNetFilter,
        };
        socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, number).map_err(Error::system("netlink socket"))
    }

    fn prepare(fd: OwnedFd, protocol: Protocol) -> Result<Socket, Error> {
        options::prepare(&fd, RCVBUF);
        let port = match bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0)) {
            // it is bound already, to a port that is not 0
            Ok(()) | Err(Errno::EINVAL) => {
                getsockname::<NetlinkAddr>(fd.as_raw_fd()).map_err(Error::system("getsockname"))?.pid()
            }
            Err(errno) => return Err(Error::System { what: "bind a netlink socket", errno }),
        };
        // Two sockets that were given the same port one after the other should not understand each other. (The time would
        // do, but the first look at the clock is a tenth of what a command takes.)
        let seq = RandomState::new().hash_one(port) as u32;
        #[allow(unused_mut)]
        let mut socket = Socket::new(fd, protocol, port, seq);
        #[cfg(feature = "cli")]
        crate::watch::attach(&mut socket);
        Ok(socket)
    }

    /// A socket that talks to a peer; the descriptor is one of nothing.
    #[cfg(any(test, feature = "fuzz"))]
    fn with_peer(end: peer::End, protocol: Protocol) -> Result<Socket, Error> {
        let open = nix::fcntl::open("/dev/null", nix::fcntl::OFlag::O_RDWR, nix::sys::stat::Mode::empty());
        let fd = open.map_err(Error::system("open /dev/null"))?;
        Ok(Socket { peer: Some(end), ..Socket::new(fd, protocol, peer::PORT, peer::SEQ) })
    }

    fn new(fd: OwnedFd, protocol: Protocol, port: u32, seq: u32) -> Socket {
        Socket {
            fd,
            protocol,
            port,
            seq,
            limit: LIMIT,
            received: vec![0; BUFFER],
            request: BytesMut::new(),
            rcvbuf: RCVBUF,
            unread: false,
            control: Vec::new(),
            observer: None,
            watcher: None,
            planned: Planned::Nothing,
            warnings: Vec::new(),
            #[cfg(any(test, feature = "fuzz"))]
            peer: None,
        }
    }

    /// The time by which waits are limited.
    pub(crate) fn now(&self) -> Instant {
        #[cfg(any(test, feature = "fuzz"))]
        if let Some(end) = &self.peer {
            return end.now();
        }
        Instant::now()
    }

    /// The protocol.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The socket's own `nl_pid`; not a process id.
    pub fn port(&self) -> u32 {
        self.port
    }

    /// How long the kernel may stay silent before a conversation is given up. That is a limit on waiting for
    /// answers; the kernel does what a request asks within `send(2)`, which takes as long as it takes.
    pub fn set_limit(&mut self, limit: Duration) {
        self.limit = limit;
    }

    /// Asks for a receive buffer of this many bytes (`SO_RCVBUF`), instead of 1 MiB. More is asked for where the
    /// answers to many requests need it.
    pub fn set_receive_buffer(&mut self, bytes: usize) {
        options::set_rcvbuf(&self.fd, bytes);
        self.rcvbuf = bytes;
    }

    /// Shows every datagram to `observer` from now on.
    pub fn set_observer(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    /// Leaves out sending from now on; see [`Planned`].
    pub fn set_planned(&mut self, planned: Planned) {
        self.planned = planned;
    }

    /// As [`set_observer`](Self::set_observer), for those who watch the whole program.
    #[cfg(feature = "cli")]
    pub(crate) fn set_watcher(&mut self, watcher: Observer) {
        self.watcher = Some(watcher);
    }

    /// What the kernel had to say about requests that it did, since this was last asked. At most the first 64.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Asks for a change, with `NLM_F_REQUEST | NLM_F_ACK | flags`, and waits for the verdict.
    ///
    /// # Errors
    /// [`Error::Refused`], and what can go wrong with any conversation.
    pub fn request<'b, B: Body<'b>>(&mut self, nlmsg_type: u16, flags: NlmF, body: &B) -> Result<(), Error> {
        self.one(nlmsg_type, NLM_F_REQUEST | NLM_F_ACK | flags, body, |a, b, c, d| Exchange::request(a, b, c, d), &mut |_| Ok(()))
    }

    /// As [`request`](Self::request) without `NLM_F_ACK`, which spares the kernel an answer and us the reading of it: a
    /// refusal is there before `send(2)` returns, or never. What the kernel would say about a request that it did, is
    /// not heard.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn request_unless_refused<'b, B: Body<'b>>(&mut self, nlmsg_type: u16, flags: NlmF, body: &B) -> Result<(), Error> {
        self.one(nlmsg_type, NLM_F_REQUEST | flags, body, |a, b, c, d| Exchange::request(a, b, c, d), &mut |_| Ok(()))
    }

    /// As [`request`](Self::request) with `NLM_F_ECHO`: `each` gets what was made, as the kernel sees it.
    ///
    /// # Errors
    /// As [`request`](Self::request), and what `each` returns.
    pub fn request_echo<'b, B: Body<'b>, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        mut each: impl FnMut(Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.one(
            nlmsg_type,
            NLM_F_REQUEST | NLM_F_ECHO | NLM_F_ACK | flags,
            body,
            |a, b, c, d| Exchange::request(a, b, c, d),
            &mut each,
        )
    }

    /// Asks for one object, with `NLM_F_REQUEST | flags`. Without `NLM_F_ACK` the object itself is the end, as
    /// iproute2 does it.
    ///
    /// # Errors
    /// As [`request`](Self::request), and what `each` returns.
    pub fn get<'b, B: Body<'b>, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        mut each: impl FnMut(Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.one(nlmsg_type, NLM_F_REQUEST | flags, body, |a, b, c, d| Exchange::get(a, b, c, d), &mut each)
    }

    /// Asks for a list, with `NLM_F_REQUEST | NLM_F_DUMP | flags`, once, and gives every object to `each` as it
    /// comes. Returns whether the list changed meanwhile, so that objects can be missing or doubled;
    /// [`list`](Self::list) and [`dump_again`](Self::dump_again) then ask again.
    ///
    /// # Errors
    /// As [`request`](Self::request), and what `each` returns; the socket stays usable.
    pub fn dump<'b, B: Body<'b>, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        each: impl FnMut(Message<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        self.dump_tries(nlmsg_type, flags, body, 1, &mut Objects(each))
    }

    /// As [`dump`](Self::dump), but an interrupted list is asked for up to [`DUMP_TRIES`] times; each time
    /// `each` gets [`Item::Again`].
    ///
    /// # Errors
    /// As [`dump`](Self::dump).
    pub fn dump_again<'b, B: Body<'b>, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        mut each: impl FnMut(Item<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        self.dump_tries(nlmsg_type, flags, body, DUMP_TRIES, &mut |event: Event<'_>| match event {
            Event::Message { message, .. } => each(Item::Message(message)),
            Event::Again => each(Item::Again),
            _ => Ok(()),
        })
    }

    /// As [`dump_again`](Self::dump_again), collecting what `pick` makes of the objects.
    ///
    /// # Errors
    /// As [`dump`](Self::dump).
    pub fn list<'b, B: Body<'b>, T, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        mut pick: impl FnMut(Message<'_>) -> Result<Option<T>, E>,
    ) -> Result<List<T>, E> {
        let mut items = Vec::new();
        let interrupted = self.dump_again(nlmsg_type, flags, body, |item| {
            match item {
                Item::Message(message) => items.extend(pick(message)?),
                Item::Again => items.clear(),
            }
            Ok::<(), E>(())
        })?;
        Ok(List { items, interrupted })
    }

    /// Sends an nf_tables batch, `NFNL_MSG_BATCH_BEGIN` to `NFNL_MSG_BATCH_END`; `nlmsg_seq` is filled in. It is
    /// done as a whole or not at all. Messages need no `NLM_F_ACK`; with `NLM_F_ECHO`, `each` gets what was
    /// made and which message made it.
    ///
    /// # Errors
    /// [`Error::Batch`] with every refused message, [`Error::Refused`] if the batch as such was,
    /// [`Error::Stale`] if it names a generation that is gone.
    pub fn batch<E: From<Error>>(
        &mut self,
        batch: &mut [u8],
        mut each: impl FnMut(usize, Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut exchange = Exchange::batch(self.port, self.seq, batch)?;
        // each message can be answered before we read one
        self.make_room(exchange.len() * ACK_COST);
        let mut refusals: Vec<Refusal> = Vec::new();
        self.converse(&mut exchange, &mut |event: Event<'_>| {
            match event {
                Event::Message { index, message } => each(index, message)?,
                Event::Verdict { verdict: Err(refusal), .. } => refusals.push(*refusal),
                _ => {}
            }
            Ok::<(), E>(())
        })?;
        if refusals.is_empty() { Ok(()) } else { Err(E::from(Error::Batch(refusals))) }
    }

    /// Sends many framed requests, one after the other in `requests`, without waiting for each answer; their
    /// `nlmsg_seq` is filled in. `each` gets the verdict on each that has `NLM_F_ACK` or is refused. A refusal
    /// does not keep the requests after it from being done.
    ///
    /// # Errors
    /// What can go wrong with any conversation, and what `each` returns.
    pub fn many<E: From<Error>>(
        &mut self,
        requests: &mut [u8],
        mut each: impl FnMut(usize, Result<(), Box<Refusal>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut exchange = Exchange::many(self.protocol, self.port, self.seq, requests)?;
        self.converse(&mut exchange, &mut |event: Event<'_>| match event {
            Event::Verdict { index, verdict } => each(index, verdict),
            _ => Ok(()),
        })?;
        Ok(())
    }

    /// Frames one message and talks about it.
    fn one<'b, B: Body<'b>, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        start: for<'r> fn(Protocol, u32, u32, &'r mut [u8]) -> Result<Exchange<'r>, Error>,
        each: &mut dyn FnMut(Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.framed(nlmsg_type, flags, body, |socket, bytes| {
            let mut exchange = start(socket.protocol, socket.port, socket.seq, bytes)?;
            socket.converse(&mut exchange, &mut Objects(each))?;
            Ok(())
        })
    }

    fn dump_tries<'b, B: Body<'b>, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        tries: u32,
        taker: &mut dyn Taker<E>,
    ) -> Result<bool, E> {
        self.framed(nlmsg_type, NLM_F_REQUEST | NLM_F_DUMP | flags, body, |socket, bytes| {
            let mut exchange = Exchange::dump(socket.protocol, socket.port, socket.seq, bytes, tries)?;
            socket.converse(&mut exchange, taker)
        })
    }

    /// Lends the request buffer, with one message in it.
    fn framed<'b, B: Body<'b>, R, E: From<Error>>(
        &mut self,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
        talk: impl FnOnce(&mut Socket, &mut [u8]) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut request = std::mem::take(&mut self.request);
        request.clear();
        let result = match frame::message(&mut request, nlmsg_type, flags, 0, body) {
            Ok(()) => talk(self, &mut request),
            Err(error) => Err(E::from(Error::Request(error))),
        };
        self.request = request;
        result
    }

    /// Drives a conversation to its end; says whether a dump was interrupted.
    fn converse<E: From<Error>>(&mut self, exchange: &mut Exchange<'_>, taker: &mut dyn Taker<E>) -> Result<bool, E> {
        if std::mem::take(&mut self.unread) {
            self.drain()?;
        }
        let result = self.drive(exchange, taker);
        self.seq = exchange.next_seq();
        self.unread = result.is_err() && exchange.awaited() > 0;
        result
    }

    fn drive<E: From<Error>>(&mut self, exchange: &mut Exchange<'_>, taker: &mut dyn Taker<E>) -> Result<bool, E> {
        if self.planned == Planned::All || (self.planned == Planned::Changes && exchange.changes()) {
            while let Some(datagram) = exchange.to_send() {
                self.show(Direction::Sent, datagram);
                exchange.assume_done();
            }
            return Ok(false);
        }
        let mut patience = Patience::Limit(self.limit);
        loop {
            while let Some(datagram) = exchange.to_send() {
                self.say(datagram)?;
                // the kernel's work in there is not silence
                patience = Patience::Limit(self.limit);
            }
            let heard = exchange.heard();
            let mut none = Patience::None;
            match self.hear(if exchange.must_wait() { &mut patience } else { &mut none })? {
                Heard::Datagram { sender, len, truncated, .. } => {
                    let mut events = exchange.receive(sender, &self.received[..len], truncated);
                    loop {
                        events.objects(&mut |message| taker.object(message))?;
                        let Some(event) = events.next() else { break };
                        match event {
                            Event::Done { interrupted } => return Ok(interrupted),
                            Event::Failed(error)
                                if self.planned != Planned::Nothing && error.errno() == Some(nix::errno::Errno::EPERM) =>
                            {
                                return Ok(false);
                            }
                            Event::Failed(error) => return Err(error.into()),
                            Event::Warning { ack, .. } if self.warnings.len() < WARNINGS => {
                                self.warnings.extend(warning(&ack));
                            }
                            event => taker.event(event)?,
                        }
                    }
                }
                Heard::Overrun => exchange.overrun(),
                Heard::Nothing => {
                    return match exchange.quiet(self.limit) {
                        Event::Failed(error) => Err(error.into()),
                        _ => Ok(false),
                    };
                }
            }
            // noise does not prolong the wait
            if exchange.heard() > heard {
                patience = Patience::Limit(self.limit);
            }
        }
    }

    /// Reads what is left of an answer that nobody wants any more. The kernel goes on with a dump each time
    /// something is read, so this ends only with the dump; a new one would be refused (`EBUSY`) before.
    fn drain(&mut self) -> Result<(), Error> {
        let deadline = self.now() + self.limit;
        while !matches!(self.hear(&mut Patience::None)?, Heard::Nothing) && self.now() < deadline {}
        Ok(())
    }
}
