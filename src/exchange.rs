//! The conversation as a state machine: what was asked, what answers it, when it is over. No I/O; the
//! [`Socket`](crate::Socket) moves the bytes.
//!
//! ```text
//! request     -> [objects] NLMSG_ERROR(0)                       done; with another number: refused
//! get         -> object                                         without NLM_F_ACK the object itself is the end
//! dump        -> object, object, ... NLMSG_DONE                 NLM_F_DUMP_INTR: it changed meanwhile, once more
//! batch       -> NLMSG_ERROR for each message with NLM_F_ACK,   and for each that is refused; the end is silence
//! ```
//!
//! A conversation is created around the bytes to send, then driven: [`to_send`](Exchange::to_send) says what
//! goes out, [`receive`](Exchange::receive) takes a datagram and gives [`Event`]s, [`quiet`](Exchange::quiet)
//! says what it means that nothing came. It ends with [`Event::Done`] or [`Event::Failed`].

mod errno;
mod error;
#[cfg(test)]
mod tests;

use nlmsg::ack::Ack;
use nlmsg::explain;
use nlmsg::frame::{
    Message, Messages, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN,
};
use nlmsg::nft::{NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END};
use nlmsg::payload::MessageInfo;

pub(crate) use errno::strerror;
#[cfg(feature = "cli")]
pub(crate) use error::allowed;
pub(crate) use error::warning;
pub use error::{Error, Refusal};

/// How often a dump is asked for before its last, interrupted answer is handed out.
pub const DUMP_TRIES: u32 = 4;
/// How many messages may be unanswered before more are sent: their answers fit in the smallest usual receive
/// buffer (`net.core.rmem_default`, 212992 bytes; an acknowledgement takes about 1 KiB of it).
pub const WINDOW: usize = 128;
/// About how many bytes of many requests are sent at once.
const CHUNK: usize = 32 * 1024;
/// Of a netlink datagram's sender: the kernel.
const KERNEL: u32 = 0;
/// `ERESTART` (linux/errno.h): the batch's generation is not the ruleset's.
const ERESTART: i32 = -(nix::errno::Errno::ERESTART as i32);

/// A netlink protocol that we speak (linux/netlink.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `NETLINK_ROUTE`: links, addresses, routes, neighbours, rules.
    Route,
    /// `NETLINK_NETFILTER`: nf_tables.
    Netfilter,
}

impl Protocol {
    /// The third argument of `socket(2)`.
    pub fn number(self) -> i32 {
        match self {
            Protocol::Route => libc::NETLINK_ROUTE,
            Protocol::Netfilter => libc::NETLINK_NETFILTER,
        }
    }

    /// The protocol with this number.
    pub fn from_number(number: i32) -> Option<Protocol> {
        [Protocol::Route, Protocol::Netfilter].into_iter().find(|protocol| protocol.number() == number)
    }

    /// Its message types.
    pub fn messages(self) -> &'static [MessageInfo] {
        match self {
            Protocol::Route => nlmsg::route::MESSAGES,
            Protocol::Netfilter => nlmsg::nft::MESSAGES,
        }
    }

    /// What its tables say about a message type.
    pub fn message(self, nlmsg_type: u16) -> Option<&'static MessageInfo> {
        self.messages().iter().find(|info| info.number == nlmsg_type)
    }

    /// The name of a message type.
    pub fn message_name(self, nlmsg_type: u16) -> Option<&'static str> {
        self.message(nlmsg_type).map(|info| info.name)
    }
}

/// What a conversation says to the one who drives it.
#[derive(Debug)]
pub enum Event<'d> {
    /// An object, in answer to message `index` of those that were sent.
    Message {
        /// Which message it answers, counted from 0.
        index: usize,
        /// The object.
        message: Message<'d>,
    },
    /// The kernel did what message `index` asked, but has something to say about it.
    Warning {
        /// Which message it is about, counted from 0.
        index: usize,
        /// The answer, whose [`message`](Ack::message) is the warning.
        ack: Ack<'d>,
    },
    /// The verdict on one message of many. In a batch a yes is only final if nobody gets a no.
    Verdict {
        /// Which message, counted from 0.
        index: usize,
        /// The kernel's no.
        verdict: Result<(), Box<Refusal>>,
    },
    /// The end. `interrupted`: what a dump listed changed meanwhile, too often to ask again; objects can be
    /// missing or doubled.
    Done {
        /// Whether the last try was interrupted too.
        interrupted: bool,
    },
    /// The dump was interrupted and must be asked for again, which [`Exchange::to_send`] does. Messages that
    /// came until now are worth nothing.
    Again,
    /// The end: it did not work.
    Failed(Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One request; its refusal is the conversation's failure.
    One,
    /// The same, for a list.
    Dump,
    /// Requests that have nothing to do with each other.
    Many,
    /// All or nothing: `NFNL_MSG_BATCH_BEGIN` to `NFNL_MSG_BATCH_END`.
    Batch,
}

/// What a message still waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    /// `NLMSG_ERROR`, with 0 if all is well.
    Ack,
    /// An object, or a refusal.
    Object,
    /// `NLMSG_DONE`.
    End,
    /// Nothing, but a refusal could come.
    Refusal,
    /// Nothing any more.
    Nothing,
}

impl Awaits {
    fn must_come(self) -> bool {
        matches!(self, Awaits::Ack | Awaits::Object | Awaits::End)
    }
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    start: usize,
    end: usize,
    awaits: Awaits,
}

/// One conversation.
#[derive(Debug)]
pub struct Exchange<'r> {
    protocol: Protocol,
    kind: Kind,
    /// Our own port; 0 if it is not known.
    port: u32,
    bytes: &'r mut [u8],
    asked: Vec<Asked>,
    /// `nlmsg_seq` of the first message.
    first: u32,
    /// Messages that are sent.
    sent: usize,
    /// Sent messages whose answer must come.
    open: usize,
    /// Whether some message is answered only if it is refused.
    ends_in_silence: bool,
    tries: u32,
    interrupted: bool,
    overrun: bool,
    over: bool,
    heard: u64,
}

impl<'r> Exchange<'r> {
    /// One request. With `NLM_F_ACK` it ends with the kernel's acknowledgement, and objects before that are
    /// handed out; without, it ends when no refusal has come (see [`quiet`](Self::quiet)).
    ///
    /// `bytes` is the framed message; its `nlmsg_seq` is set to `seq`. `port` is the `nl_pid` of the asking
    /// socket, 0 if unknown.
    ///
    /// # Errors
    /// [`Error::Request`]: `bytes` is not one message.
    pub fn request(protocol: Protocol, port: u32, seq: u32, bytes: &'r mut [u8]) -> Result<Exchange<'r>, Error> {
        Exchange::new(protocol, Kind::One, port, seq, bytes, Awaits::Refusal)
    }

    /// A request for one object. Without `NLM_F_ACK` it ends with the object.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn get(protocol: Protocol, port: u32, seq: u32, bytes: &'r mut [u8]) -> Result<Exchange<'r>, Error> {
        Exchange::new(protocol, Kind::One, port, seq, bytes, Awaits::Object)
    }

    /// A request with `NLM_F_DUMP`. Asked up to `tries` times (at least once) if what it lists changes.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn dump(protocol: Protocol, port: u32, seq: u32, bytes: &'r mut [u8], tries: u32) -> Result<Exchange<'r>, Error> {
        let mut exchange = Exchange::new(protocol, Kind::Dump, port, seq, bytes, Awaits::End)?;
        exchange.tries = tries.max(1);
        Ok(exchange)
    }

    /// Many requests, one after the other in `bytes`, that are sent without waiting for each answer. Each gets
    /// its own [`Event::Verdict`].
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn many(protocol: Protocol, port: u32, seq: u32, bytes: &'r mut [u8]) -> Result<Exchange<'r>, Error> {
        Exchange::new(protocol, Kind::Many, port, seq, bytes, Awaits::Refusal)
    }

    /// An nf_tables batch: `NFNL_MSG_BATCH_BEGIN`, messages, `NFNL_MSG_BATCH_END` in one datagram. Messages with
    /// `NLM_F_ACK` get a verdict each; the others only if they are refused.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn batch(port: u32, seq: u32, bytes: &'r mut [u8]) -> Result<Exchange<'r>, Error> {
        Exchange::new(Protocol::Netfilter, Kind::Batch, port, seq, bytes, Awaits::Refusal)
    }

    fn new(
        protocol: Protocol,
        kind: Kind,
        port: u32,
        first: u32,
        bytes: &'r mut [u8],
        unflagged: Awaits,
    ) -> Result<Exchange<'r>, Error> {
        let single = matches!(kind, Kind::One | Kind::Dump);
        let mut asked = Vec::with_capacity(usize::from(single));
        let mut messages = Messages::new(bytes);
        loop {
            let start = messages.offset();
            let Some(message) = messages.next() else { break };
            let header = message.map_err(Error::Request)?.header;
            // only kernels since 6.10 acknowledge the ends of a batch
            let end_of_batch = kind == Kind::Batch && matches!(header.nlmsg_type, NFNL_MSG_BATCH_BEGIN | NFNL_MSG_BATCH_END);
            let awaits = match kind {
                Kind::Dump => Awaits::End,
                _ if end_of_batch => Awaits::Refusal,
                _ if header.nlmsg_flags.contains(NLM_F_ACK) => Awaits::Ack,
                _ => unflagged,
            };
            asked.push(Asked { start, end: messages.offset(), awaits });
            if single {
                break;
            }
        }
        let mut exchange = Exchange {
            protocol,
            kind,
            port,
            bytes,
            ends_in_silence: kind == Kind::Batch || asked.iter().any(|asked| asked.awaits == Awaits::Refusal),
            asked,
            first,
            sent: 0,
            open: 0,
            tries: 1,
            interrupted: false,
            overrun: false,
            over: false,
            heard: 0,
        };
        exchange.number();
        Ok(exchange)
    }

    /// Gives every message its `nlmsg_seq`.
    fn number(&mut self) {
        for (seq, asked) in (0..).map(|i| self.first.wrapping_add(i)).zip(&self.asked) {
            self.bytes[asked.start + 8..asked.start + 12].copy_from_slice(&seq.to_ne_bytes());
        }
    }

    /// The first `nlmsg_seq` that this conversation has not used.
    pub fn next_seq(&self) -> u32 {
        self.first.wrapping_add(self.asked.len() as u32)
    }

    /// How many messages are sent in all.
    pub fn len(&self) -> usize {
        self.asked.len()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// The datagram that is to be sent now; `None` if it is time to listen.
    pub fn to_send(&mut self) -> Option<&[u8]> {
        let from = self.sent;
        let start = self.asked.get(from)?.start;
        // half a window at a time, not one message for each answer
        if self.over || self.open > WINDOW / 2 {
            return None;
        }
        let mut end = start;
        for asked in &self.asked[from..] {
            let full = self.open >= WINDOW || (end > start && asked.end - start > CHUNK);
            if full && self.kind == Kind::Many {
                break;
            }
            end = asked.end;
            self.sent += 1;
            self.open += usize::from(asked.awaits.must_come());
        }
        Some(&self.bytes[start..end])
    }

    /// Whether an answer must come. If not, one could still come: look once without waiting, then say
    /// [`quiet`](Self::quiet). The kernel answers before `send(2)` returns.
    pub fn must_wait(&self) -> bool {
        self.open > 0 && !self.overrun
    }

    /// How many messages of this conversation have come; tells progress from noise.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Messages that have no answer yet, though one must come.
    pub fn awaited(&self) -> usize {
        self.open
    }

    /// Whether [`Event::Done`] or [`Event::Failed`] was given.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The socket reported `ENOBUFS`: some answer may never come.
    pub fn overrun(&mut self) {
        self.overrun = true;
        self.interrupted |= self.kind == Kind::Dump;
    }

    /// Nothing came: within `limit` if one [must wait](Self::must_wait), at once if not.
    pub fn quiet(&mut self, limit: std::time::Duration) -> Event<'static> {
        self.over = true;
        let awaited = self.open;
        // a refusal can be among what was lost; the ends of a batch are not refused if nothing between them is
        let ends = usize::from(self.kind == Kind::Batch);
        let unsure = || self.asked.iter().skip(ends).rev().skip(ends).any(|asked| asked.awaits == Awaits::Refusal);
        if self.overrun && (awaited > 0 || unsure()) {
            return Event::Failed(Error::Overrun { awaited });
        }
        if awaited == 0 {
            return Event::Done { interrupted: false };
        }
        let first = self.asked[..self.sent].iter().find(|asked| asked.awaits.must_come());
        let asked = first.map(|asked| error::asked(self.protocol, &self.bytes[asked.start..asked.end])).unwrap_or_default();
        Event::Failed(Error::Silent { asked, awaited, limit })
    }

    /// Takes a datagram that came from `sender` (`nl_pid` of its `sockaddr_nl`), `truncated` if its end is lost
    /// (`MSG_TRUNC`). What is not the kernel's, or not an answer to this conversation, gives no event.
    pub fn receive<'x, 'd>(&'x mut self, sender: u32, datagram: &'d [u8], truncated: bool) -> Events<'x, 'r, 'd> {
        let ours = sender == KERNEL && !self.over;
        let failed = (ours && truncated).then(|| self.fail(Error::Truncated { len: datagram.len() }));
        let messages = Messages::new(if ours && !truncated { datagram } else { &[] });
        Events { exchange: self, messages, next: failed }
    }

    fn fail<'d>(&mut self, error: Error) -> Event<'d> {
        self.over = true;
        Event::Failed(error)
    }

    /// Which of our messages this one answers.
    #[inline(always)]
    fn index(&self, message: &Message<'_>) -> Option<usize> {
        let header = &message.header;
        if self.port != 0 && header.nlmsg_pid != 0 && header.nlmsg_pid != self.port {
            return None;
        }
        // the kernel numbers its echoes of set elements 0 (seen on 6.18); only the port says that they are ours
        if self.kind == Kind::Batch && header.nlmsg_seq == 0 && self.port != 0 && header.nlmsg_pid == self.port {
            return (header.nlmsg_type != NLMSG_ERROR.0).then_some(0);
        }
        let index = header.nlmsg_seq.wrapping_sub(self.first) as usize;
        (index < self.sent).then_some(index)
    }

    /// Whether it asks for a change, and not only for what there is.
    pub(crate) fn changes(&self) -> bool {
        Messages::new(self.bytes).map_while(Result::ok).any(|message| {
            let info = self.protocol.message(message.header.nlmsg_type);
            explain::verb(&message.header, info) != explain::Verb::Get
        })
    }

    /// Takes all that was given out to be sent as done.
    pub(crate) fn assume_done(&mut self) {
        (0..self.sent).for_each(|index| self.settle(index));
    }

    fn settle(&mut self, index: usize) {
        self.open -= usize::from(self.asked[index].awaits.must_come());
        self.asked[index].awaits = Awaits::Nothing;
    }

    /// Takes a message as an object of our dump, if it is one: what [`step`](Self::step) would find, for the one case
    /// that comes a million times.
    #[inline(always)]
    fn listed(&mut self, message: &Message<'_>) -> bool {
        let header = &message.header;
        let listed = self.kind == Kind::Dump
            && self.open > 0
            && !self.interrupted
            && header.nlmsg_type > NLMSG_OVERRUN.0
            && !header.nlmsg_flags.contains(NLM_F_DUMP_INTR)
            && self.index(message).is_some();
        self.heard += u64::from(listed);
        listed
    }

    /// What one message means, and what that means besides.
    fn step<'d>(&mut self, message: Message<'d>) -> (Option<Event<'d>>, Option<Event<'d>>) {
        let nlmsg_type = message.header.nlmsg_type;
        if nlmsg_type == NLMSG_NOOP.0 {
            return (None, None);
        }
        if nlmsg_type == NLMSG_OVERRUN.0 {
            self.overrun();
            return (None, None);
        }
        let Some(index) = self.index(&message) else { return (None, None) };
        self.heard += 1;
        if message.header.nlmsg_flags.contains(NLM_F_DUMP_INTR) {
            self.interrupted = true;
        }
        if nlmsg_type != NLMSG_ERROR.0 && nlmsg_type != NLMSG_DONE.0 {
            return (self.object(index, message), None);
        }
        match error::verdict(&message) {
            Ok(Some(ack)) => self.ack(index, ack),
            Ok(None) => (None, None),
            Err(error) => (Some(self.fail(error)), None),
        }
    }

    fn object<'d>(&mut self, index: usize, message: Message<'d>) -> Option<Event<'d>> {
        match self.asked[index].awaits {
            // one that was answered has no more to come; but in a batch echoes may follow the acknowledgement
            Awaits::Nothing if self.kind != Kind::Batch => return None,
            Awaits::Object if message.header.nlmsg_flags.contains(NLM_F_MULTI) => self.asked[index].awaits = Awaits::End,
            Awaits::Object => self.settle(index),
            _ => {}
        }
        // the rest of an interrupted try is only read to its end
        let worthless = self.kind == Kind::Dump && self.interrupted && self.tries > 1;
        (!worthless).then_some(Event::Message { index, message })
    }

    fn ack<'d>(&mut self, index: usize, ack: Ack<'d>) -> (Option<Event<'d>>, Option<Event<'d>>) {
        let Asked { start, end, awaits } = self.asked[index];
        if awaits == Awaits::Nothing {
            return (None, None);
        }
        // the number in an NLMSG_DONE is an error only if it is negative
        let refused = ack.error < 0 || (ack.error > 0 && ack.request.is_some());
        if !refused {
            self.settle(index);
            let warning = error::warning(&ack).map(|_| Event::Warning { index, ack });
            let verdict = matches!(self.kind, Kind::Many | Kind::Batch).then_some(Event::Verdict { index, verdict: Ok(()) });
            return if warning.is_some() { (warning, verdict) } else { (verdict, None) };
        }
        self.settle(index);
        if self.kind == Kind::Batch && index == 0 && ack.error == ERESTART {
            return (Some(self.fail(Error::Stale)), None);
        }
        let refusal = Box::new(Refusal::new(index, self.protocol, &self.bytes[start..end], &ack));
        match self.kind {
            Kind::Many => (Some(Event::Verdict { index, verdict: Err(refusal) }), None),
            // a refused BEGIN is the verdict on the whole batch
            Kind::Batch if index > 0 => (Some(Event::Verdict { index, verdict: Err(refusal) }), None),
            _ => (Some(self.fail(Error::Refused(refusal))), None),
        }
    }

    /// Whether this was the last word.
    fn end<'d>(&mut self) -> Option<Event<'d>> {
        if self.over || self.open > 0 || self.sent < self.asked.len() || self.ends_in_silence {
            return None;
        }
        let interrupted = self.kind == Kind::Dump && self.interrupted;
        if !interrupted || self.tries <= 1 {
            self.over = true;
            return Some(Event::Done { interrupted });
        }
        self.tries -= 1;
        (self.interrupted, self.overrun) = (false, false);
        self.first = self.next_seq();
        self.sent = 0;
        self.asked.iter_mut().for_each(|asked| asked.awaits = Awaits::End);
        self.number();
        Some(Event::Again)
    }
}

/// What a datagram means, event by event. To be read to its end, or dropped with the conversation.
#[derive(Debug)]
pub struct Events<'x, 'r, 'd> {
    exchange: &'x mut Exchange<'r>,
    messages: Messages<'d>,
    next: Option<Event<'d>>,
}

impl<'d> Events<'_, '_, 'd> {
    /// Gives the objects of a list that come next to `each`, up to anything else, which [`next`](Iterator::next) then
    /// gives: what that would give too, faster.
    ///
    /// # Errors
    /// What `each` returns.
    pub(crate) fn objects<E>(&mut self, each: &mut impl FnMut(Message<'d>) -> Result<(), E>) -> Result<(), E> {
        if self.next.is_some() || self.exchange.over {
            return Ok(());
        }
        while let Some(message) = self.messages.next_if(|message| self.exchange.listed(message)) {
            each(message)?;
        }
        Ok(())
    }
}

impl<'d> Iterator for Events<'_, '_, 'd> {
    type Item = Event<'d>;

    fn next(&mut self) -> Option<Event<'d>> {
        loop {
            // an event is large, and there is seldom one
            if self.next.is_some() {
                return self.next.take();
            }
            if self.exchange.over {
                return None;
            }
            if let Some(end) = self.exchange.end() {
                return Some(end);
            }
            match self.messages.next()? {
                Ok(message) => {
                    let (event, next) = self.exchange.step(message);
                    self.next = next;
                    if event.is_some() {
                        return event;
                    }
                }
                Err(error) => return Some(self.exchange.fail(Error::Answer(error))),
            }
        }
    }
}
