//! Conversations through a socket with a scripted peer in the kernel's place, on a clock of their own: whatever happens on
//! the way, each ends as it should, with the right error, and in its time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::errno::Errno;
use nlmsg::frame::{
    NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP,
    NLMSG_OVERRUN, NlmF,
};
use nlmsg::nft::{NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFT_MSG_NEWTABLE};
use nlmsg::route::{RTM_GETLINK, RTM_NEWLINK};

use super::peer::{self, PORT, Peer, SEQ, Said};
use super::{Item, Socket};
use crate::exchange::{DUMP_TRIES, WINDOW};
use crate::{Error, Protocol};

/// How long the socket waits.
const LIMIT: u64 = 50;
const NONE: NlmF = NlmF(0);
const INTR: NlmF = NLM_F_DUMP_INTR;

/// What is asked.
#[derive(Clone, Copy, Debug)]
enum Ask {
    /// A change, with `NLM_F_ACK`.
    Request,
    /// The same with `NLM_F_ECHO`.
    Echo,
    /// One object.
    Get,
    /// A list, asked for once.
    Dump,
    /// A list, asked for again while it changes.
    List,
    /// So many requests at once.
    Many(usize),
    /// A batch of so many messages with `NLM_F_ACK`.
    Batch(usize),
    /// A batch whose messages ask for no answer.
    Quiet(usize),
}
use Ask::*;

/// What the peer does.
#[derive(Clone, Debug)]
enum Step {
    /// A datagram from somebody, or something else that a socket hears, after so many milliseconds.
    Says(u64, Said),
    /// It says no more until something else is sent to it.
    Listens,
}

/// A datagram of the kernel, at once.
fn say(messages: &[Vec<u8>]) -> Step {
    after(0, messages)
}

/// A datagram of the kernel, after so many milliseconds.
fn after(millis: u64, messages: &[Vec<u8>]) -> Step {
    Step::Says(millis, Said::Datagram { sender: 0, bytes: messages.concat(), truncated: false })
}

/// A datagram from somebody else.
fn stranger(millis: u64, messages: &[Vec<u8>]) -> Step {
    Step::Says(millis, Said::Datagram { sender: 4321, bytes: messages.concat(), truncated: false })
}

/// A datagram of which only so many bytes came.
fn cut(len: usize, messages: &[Vec<u8>]) -> Step {
    Step::Says(0, Said::Datagram { sender: 0, bytes: messages.concat()[..len].to_vec(), truncated: true })
}

const OVERRUN: Step = Step::Says(0, Said::Overrun);

fn from(port: u32, kind: u16, flags: NlmF, nth: i32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (16 + payload.len() as u32).to_ne_bytes().to_vec();
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&flags.0.to_ne_bytes());
    bytes.extend_from_slice(&SEQ.wrapping_add_signed(nth).to_ne_bytes());
    bytes.extend_from_slice(&port.to_ne_bytes());
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// A message for us about the `nth` thing that was asked, counted from 0.
fn message(kind: u16, flags: NlmF, nth: i32, payload: &[u8]) -> Vec<u8> {
    from(PORT, kind, flags, nth, payload)
}

/// An object.
fn object(nth: i32) -> Vec<u8> {
    message(RTM_NEWLINK, NLM_F_MULTI, nth, &[1; 16])
}

/// An object of a list that changed meanwhile.
fn changed(nth: i32) -> Vec<u8> {
    message(RTM_NEWLINK, NLM_F_MULTI | INTR, nth, &[1; 16])
}

/// The end of a list.
fn done(nth: i32, flags: NlmF, error: i32) -> Vec<u8> {
    message(NLMSG_DONE.0, NLM_F_MULTI | flags, nth, &error.to_ne_bytes())
}

/// The verdict on one thing, with the kernel's words if it has some.
fn verdict(nth: i32, error: i32, text: &str) -> Vec<u8> {
    let mut payload = error.to_ne_bytes().to_vec();
    payload.extend_from_slice(&message(RTM_NEWLINK, NONE, nth, &[]));
    let mut flags = NLM_F_CAPPED;
    if !text.is_empty() {
        flags |= NLM_F_ACK_TLVS;
        payload.extend_from_slice(&(4 + text.len() as u16).to_ne_bytes());
        payload.extend_from_slice(&1u16.to_ne_bytes());
        payload.extend_from_slice(text.as_bytes());
    }
    message(NLMSG_ERROR.0, flags, nth, &payload)
}

fn yes(nth: i32) -> Vec<u8> {
    verdict(nth, 0, "")
}

fn no(nth: i32, errno: Errno) -> Vec<u8> {
    verdict(nth, -(errno as i32), "")
}

/// A peer that follows its script.
struct Script {
    steps: VecDeque<Step>,
    /// Datagrams that were sent and not listened for.
    heard: usize,
}

impl Peer for Script {
    fn hear(&mut self, _: Protocol, _: &[u8]) -> Result<(), Errno> {
        self.heard += 1;
        Ok(())
    }

    fn say(&mut self) -> Option<(Duration, Said)> {
        loop {
            match self.steps.front()? {
                Step::Listens if self.heard < 2 => return None,
                Step::Listens => {
                    self.heard -= 1;
                    self.steps.pop_front();
                }
                Step::Says(millis, said) => {
                    let next = (Duration::from_millis(*millis), said.clone());
                    self.steps.pop_front();
                    return Some(next);
                }
            }
        }
    }
}

/// One line about how it ended: objects, starts anew, verdicts, then the end; and how many milliseconds it took.
fn play(ask: Ask, steps: &[Step]) -> (String, u64) {
    let peer = Arc::new(Mutex::new(Script { steps: steps.iter().cloned().collect(), heard: 0 }));
    peer::with(peer, || {
        let protocol = if matches!(ask, Batch(_) | Quiet(_)) { Protocol::Netfilter } else { Protocol::Route };
        let mut socket = Socket::open(protocol).unwrap();
        socket.set_limit(Duration::from_millis(LIMIT));
        let (begin, body) = (socket.now(), &[0; 16][..]);
        let mut told = String::new();
        let asked = message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 0, &[0; 16]);
        let mut object = |_: nlmsg::Message<'_>| {
            told.push('o');
            Ok::<(), Error>(())
        };
        let result = match ask {
            Request => socket.request(RTM_NEWLINK, NONE, &body).map(|()| false),
            Echo => socket.request_echo(RTM_NEWLINK, NONE, &body, object).map(|()| false),
            Get => socket.get(RTM_GETLINK, NONE, &body, object).map(|()| false),
            Dump => socket.dump(RTM_GETLINK, NONE, &body, object),
            List => socket.dump_again(RTM_GETLINK, NONE, &body, |item| {
                told.push(if matches!(item, Item::Again) { '/' } else { 'o' });
                Ok::<(), Error>(())
            }),
            Many(count) => socket
                .many(&mut asked.repeat(count), |_, verdict| {
                    told.push(if verdict.is_ok() { '+' } else { '-' });
                    Ok::<(), Error>(())
                })
                .map(|()| false),
            Batch(count) | Quiet(count) => {
                let flags = if matches!(ask, Batch(_)) { NLM_F_ACK } else { NONE };
                let end = |kind| message(kind, NLM_F_REQUEST, 0, &[0, 0, 0, 10]);
                let table = message(NFT_MSG_NEWTABLE, NLM_F_REQUEST | flags, 0, &[2, 0, 0, 0]);
                let mut batch = [end(NFNL_MSG_BATCH_BEGIN), table.repeat(count), end(NFNL_MSG_BATCH_END)].concat();
                socket.batch(&mut batch, |_, message| object(message)).map(|()| false)
            }
        };
        let took = socket.now() - begin;
        let end = match result {
            Ok(false) => "done".to_owned(),
            Ok(true) => "done, interrupted".to_owned(),
            Err(error) => {
                let kind = format!("{error:?}");
                let kind = kind.split(['(', ' ', '{']).next().unwrap_or_default();
                let what = match &error {
                    Error::Refused(refusal) => format!(" {:?}", refusal.errno()),
                    Error::Batch(all) => all.iter().map(|one| format!(" {}:{:?}", one.index, one.errno())).collect(),
                    Error::Silent { awaited, .. } | Error::Overrun { awaited } => format!(" {awaited}"),
                    Error::Truncated { len } => format!(" {len}"),
                    Error::System { errno, .. } => format!(" {errno:?}"),
                    _ => String::new(),
                };
                format!("{kind}{what}")
            }
        };
        (format!("{told} {end}").trim_start().to_owned(), took.as_millis() as u64)
    })
}

/// What is asked, what happens, how it ends and after how many milliseconds. `o` is an object, `/` a list that begins anew,
/// `+` and `-` are verdicts.
#[test]
fn every_conversation_ends_as_it_should_and_in_its_time() {
    let all = |count: usize| (0..count as i32).map(yes).collect::<Vec<_>>();
    let list = [object(0), object(0)];
    let window = format!("{} done", "+".repeat(WINDOW + 1));
    #[rustfmt::skip]
    let scenarios: Vec<(&str, Ask, Vec<Step>, &str, u64)> = vec![
        // loss
        ("an acknowledgement is lost", Request, vec![], "Silent 1", LIMIT),
        ("the object of a get is lost", Get, vec![], "Silent 1", LIMIT),
        ("a list has no end", Dump, vec![say(&list), say(&list)], "oooo Silent 1", LIMIT),
        ("a list ends late, but after signs of life", Dump, vec![after(40, &list), after(40, &list), after(40, &[done(0, NONE, 0)])], "oooo done", 120),
        ("the second of three acknowledgements is lost", Many(3), vec![say(&[yes(0), yes(2)])], "++ Silent 1", LIMIT),
        ("an echo comes and no acknowledgement", Echo, vec![say(&[message(RTM_NEWLINK, NONE, 0, &[1; 16])])], "o Silent 1", LIMIT),
        ("a verdict of a batch is lost", Batch(2), vec![say(&[yes(1)])], "Silent 1", LIMIT),
        // silence
        ("a batch that asks for no answer is done in silence", Quiet(2), vec![], "done", 0),
        ("a refusal of such a batch is there at once", Quiet(2), vec![say(&[no(2, Errno::ENOENT)])], "Batch 2:ENOENT", 0),
        ("only noise comes", Request, vec![after(20, &[message(NLMSG_NOOP.0, NONE, 0, &[])]), after(20, &[message(NLMSG_NOOP.0, NONE, 0, &[])]), after(20, &[yes(0)])], "Silent 1", LIMIT),
        ("the answer comes at the last moment", Request, vec![after(LIMIT, &[yes(0)])], "done", LIMIT),
        ("the answer comes too late", Request, vec![after(LIMIT + 1, &[yes(0)])], "Silent 1", LIMIT),
        // order
        ("acknowledgements come in another order", Many(3), vec![say(&[yes(2)]), say(&[yes(0)]), say(&[yes(1)])], "+++ done", 0),
        ("a list's end comes before the rest of it", Dump, vec![say(&[object(0), done(0, NONE, 0), object(0)])], "o done", 0),
        ("an echo comes after the acknowledgement", Echo, vec![say(&[yes(0), message(RTM_NEWLINK, NONE, 0, &[1; 16])])], "done", 0),
        ("echoes of a batch come after its acknowledgement", Batch(1), vec![say(&[yes(1)]), say(&[message(NFT_MSG_NEWTABLE, NONE, 1, &[2, 0, 0, 0])])], "o done", 0),
        ("the answer to an older question comes first", Request, vec![say(&[no(-1, Errno::EPERM)]), say(&[yes(0)])], "done", 0),
        ("the answer to a question that was not asked", Request, vec![say(&[yes(1)]), say(&[yes(0)])], "done", 0),
        // twice
        ("an acknowledgement comes twice", Many(2), vec![say(&[yes(0), yes(0), yes(0), yes(1)])], "++ done", 0),
        ("a yes comes, then a no", Many(2), vec![say(&[yes(0), no(0, Errno::EEXIST), yes(1)])], "++ done", 0),
        ("a list ends twice", Dump, vec![say(&[object(0), done(0, NONE, 0), done(0, NONE, -5)])], "o done", 0),
        // strangers
        ("a stranger acknowledges", Request, vec![stranger(0, &[yes(0)]), say(&[no(0, Errno::EEXIST)])], "Refused EEXIST", 0),
        ("a stranger keeps talking", Request, vec![stranger(20, &[yes(0)]), stranger(20, &[yes(0)]), stranger(20, &[yes(0)])], "Silent 1", LIMIT),
        ("the answer is for another socket", Request, vec![say(&[from(PORT + 1, NLMSG_ERROR.0, NONE, 0, &[0; 20])]), say(&[yes(0)])], "done", 0),
        ("an event that somebody else caused comes in between", Get, vec![say(&[from(99, RTM_NEWLINK, NONE, 0, &[7; 16])]), say(&[message(RTM_NEWLINK, NONE, 0, &[1; 16])])], "o done", 0),
        // overrun
        ("the buffer is full before an answer", Request, vec![OVERRUN], "Overrun 1", 0),
        ("the buffer was full, but the answer is there", Request, vec![OVERRUN, say(&[yes(0)])], "done", 0),
        ("the buffer is full in a list, which is asked for again", List, vec![say(&list), OVERRUN, say(&[done(0, NONE, 0)]), Step::Listens, say(&[object(1), done(1, NONE, 0)])], "oo/o done", 0),
        ("the kernel says that it lost something", Many(2), vec![say(&[yes(0), message(NLMSG_OVERRUN.0, NONE, 0, &[])])], "+ Overrun 1", 0),
        ("the buffer is full within a batch", Batch(3), vec![say(&[yes(1)]), OVERRUN], "Overrun 2", 0),
        // interrupted lists
        ("a list changes once", List, vec![say(&[changed(0), done(0, NONE, 0)]), Step::Listens, say(&[object(1), done(1, NONE, 0)])], "/o done", 0),
        ("a list says so in its end alone", List, vec![say(&[object(0), done(0, INTR, 0)]), Step::Listens, say(&[object(1), done(1, NONE, 0)])], "o/o done", 0),
        ("a list that is asked for once is flagged", Dump, vec![say(&[changed(0), object(0), done(0, NONE, 0)])], "oo done, interrupted", 0),
        ("a list changes each time", List, (0..DUMP_TRIES as i32).flat_map(|nth| [say(&[changed(nth), done(nth, NONE, 0)]), Step::Listens]).collect(), "///o done, interrupted", 0),
        ("a list changes, and then nothing comes", List, vec![say(&[changed(0), done(0, NONE, 0)])], "/ Silent 1", LIMIT),
        // errors where lists end
        ("a list ends in an error", Dump, vec![say(&[object(0), done(0, NONE, -(Errno::ENOMEM as i32))])], "o Refused ENOMEM", 0),
        ("a list is refused before it begins", Dump, vec![say(&[no(0, Errno::EBUSY)])], "Refused EBUSY", 0),
        ("an end counts what it ends", Dump, vec![say(&[object(0), done(0, NONE, 7)])], "o done", 0),
        ("an end says nothing", Dump, vec![say(&[object(0), message(NLMSG_DONE.0, NLM_F_MULTI, 0, &[])])], "o done", 0),
        // batches
        ("a batch is acknowledged in part, then refused", Batch(3), vec![say(&[yes(1)]), say(&[no(2, Errno::ENOENT)]), say(&[yes(3)])], "Batch 2:ENOENT", 0),
        ("two messages of a batch are refused", Batch(3), vec![say(&[no(1, Errno::EEXIST), no(2, Errno::ENOENT), yes(3)])], "Batch 1:EEXIST 2:ENOENT", 0),
        ("a batch is refused as a whole", Batch(2), vec![say(&[no(0, Errno::EPERM)])], "Refused EPERM", 0),
        ("a batch comes too late for its generation", Batch(2), vec![say(&[no(0, Errno::ERESTART)])], "Stale", 0),
        ("the ends of a batch answer too", Batch(1), vec![say(&[yes(0), yes(1), yes(2)])], "done", 0),
        // short reads
        ("a datagram is cut", Request, vec![cut(20, &[yes(0)])], "Truncated 20", 0),
        ("a list's datagram is cut", Dump, vec![say(&list), cut(40, &list)], "oo Truncated 40", 0),
        ("a stranger's datagram is cut", Request, vec![Step::Says(0, Said::Datagram { sender: 9, bytes: vec![0; 3], truncated: true }), say(&[yes(0)])], "done", 0),
        ("a datagram of nothing", Request, vec![say(&[]), say(&[yes(0)])], "done", 0),
        ("half a header", Request, vec![say(&[vec![36, 0, 0, 0, 2, 0]])], "Answer", 0),
        ("a verdict that is too short", Request, vec![say(&[message(NLMSG_ERROR.0, NONE, 0, &[0; 4])])], "Answer", 0),
        ("a length that reaches past the datagram", Dump, vec![say(&[object(0), vec![0xff; 16]])], "o Answer", 0),
        // the socket itself
        ("receiving fails", Request, vec![Step::Says(0, Said::Fails(Errno::ENETDOWN))], "System ENETDOWN", 0),
        // all is well
        ("a warning is no error", Request, vec![say(&[verdict(0, 0, "old ways")])], "done", 0),
        ("an object is in two parts", Get, vec![say(&[object(0)]), say(&[object(0), done(0, NONE, 0)])], "oo done", 0),
        ("more requests than may be unanswered", Many(WINDOW + 1), vec![say(&all(WINDOW)), Step::Listens, say(&[yes(WINDOW as i32)])], &window, 0),
    ];
    let mut wrong = Vec::new();
    for (name, ask, steps, ends, millis) in &scenarios {
        let (ended, took) = play(*ask, steps);
        if (ended.as_str(), took) != (*ends, *millis) {
            wrong.push(format!("{name}: {ended:?} after {took} ms instead of {ends:?} after {millis} ms"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(scenarios.len() >= 40);
}

/// A socket whose conversation failed begins the next one with a clean slate.
#[test]
fn what_is_left_of_one_conversation_does_not_disturb_the_next() {
    let late = [say(&[object(0), no(0, Errno::EEXIST)]), say(&[object(1), done(1, NONE, 0)])];
    let steps = [vec![Step::Says(LIMIT + 10, Said::Overrun)], late.to_vec()].concat();
    let peer = Arc::new(Mutex::new(Script { steps: steps.into(), heard: 0 }));
    peer::with(peer, || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        socket.set_limit(Duration::from_millis(LIMIT));
        assert!(matches!(socket.request(RTM_NEWLINK, NONE, &&[0; 16][..]), Err(Error::Silent { .. })));
        let mut objects = 0;
        let interrupted = socket.dump(RTM_GETLINK, NONE, &&[0; 16][..], |_| {
            objects += 1;
            Ok::<(), Error>(())
        });
        assert!(matches!((interrupted, objects), (Ok(true), 1)));
    });
}
