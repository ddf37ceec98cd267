//! A conversation with a peer that says anything: it ends, once, within bounds and in its time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nlmsg::frame::{
    Messages, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR, NLM_F_ECHO, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_DONE,
    NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN, NlmF,
};
use nlmsg::nft::{NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFT_MSG_NEWTABLE};
use nlmsg::route::{RTM_GETLINK, RTM_NEWLINK};

use crate::exchange::{DUMP_TRIES, Event, Exchange, WINDOW};
use crate::socket::peer::{self, PORT, Peer, SEQ, Said};
use crate::{Error, Protocol, Socket};

/// How many datagrams a script can have.
const SCRIPT: usize = 64;
/// The limit of the socket; the peer's datagrams take up to a fifth of it each.
const LIMIT: Duration = Duration::from_millis(50);

/// One thing that the peer does.
#[derive(Clone, Debug)]
enum Act {
    Says { sender: u32, truncated: bool, after: Duration, bytes: Vec<u8> },
    Overruns,
    Fails,
}

/// The bytes of a fuzzer, one choice at a time.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn bytes(&mut self, len: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

fn message(nlmsg_type: u16, flags: NlmF, seq: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (16 + payload.len() as u32).to_ne_bytes().to_vec();
    bytes.extend_from_slice(&nlmsg_type.to_ne_bytes());
    bytes.extend_from_slice(&flags.0.to_ne_bytes());
    bytes.extend_from_slice(&seq.to_ne_bytes());
    bytes.extend_from_slice(&PORT.to_ne_bytes());
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The script that a fuzzer's bytes are: acts of `kind, sequence number, detail`, some of them with bytes of their own.
fn script(choices: &mut Choices<'_>) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut datagram = Vec::new();
    while !choices.0.is_empty() && acts.len() < SCRIPT {
        let (kind, near, detail) = (choices.byte(), choices.byte(), choices.byte());
        let seq = SEQ.wrapping_add_signed(i32::from(near as i8) / 8);
        let multi = if detail & 1 == 0 { NlmF(0) } else { NLM_F_MULTI };
        let interrupted = if detail & 2 == 0 { NlmF(0) } else { NLM_F_DUMP_INTR };
        let error = -i32::from(detail >> 2);
        match kind & 15 {
            0 => datagram.extend_from_slice(choices.bytes(usize::from(detail))),
            1 | 2 => datagram.extend(message(RTM_NEWLINK, multi | interrupted, seq, &[detail; 16])),
            3 | 4 => {
                let mut payload = error.to_ne_bytes().to_vec();
                payload.extend_from_slice(&message(RTM_NEWLINK, NlmF(0), seq, &[]));
                let text = choices.bytes(usize::from(near & 7));
                let mut flags = NLM_F_CAPPED;
                if !text.is_empty() {
                    flags |= NLM_F_ACK_TLVS;
                    payload.extend_from_slice(&(4 + text.len() as u16).to_ne_bytes());
                    payload.extend_from_slice(&u16::from(detail & 7).to_ne_bytes());
                    payload.extend_from_slice(text);
                }
                datagram.extend(message(NLMSG_ERROR.0, flags, seq, &payload));
            }
            5 | 6 => datagram.extend(message(NLMSG_DONE.0, NLM_F_MULTI | interrupted, seq, &error.to_ne_bytes())),
            7 => datagram.extend(message(NLMSG_OVERRUN.0, NlmF(0), seq, &[])),
            8 => datagram.extend(message(NLMSG_NOOP.0, NlmF(0), seq, &[])),
            9 => acts.push(Act::Overruns),
            10 if detail & 0xf0 == 0xf0 => acts.push(Act::Fails),
            // the datagram goes off: from a stranger, cut, late, or as it should
            _ => acts.push(Act::Says {
                sender: if detail & 0x30 == 0x30 { 99 } else { 0 },
                truncated: detail & 0xc0 == 0xc0,
                after: Duration::from_millis(u64::from(detail & 15)),
                bytes: std::mem::take(&mut datagram),
            }),
        }
        if kind & 0x10 != 0 && !datagram.is_empty() {
            acts.push(Act::Says { sender: 0, truncated: false, after: Duration::ZERO, bytes: std::mem::take(&mut datagram) });
        }
    }
    acts
}

/// Requests of one conversation.
fn requests(shape: u8, flags: NlmF) -> Vec<u8> {
    let one = message(RTM_NEWLINK, NLM_F_REQUEST | flags, 0, &[0; 16]);
    match shape & 7 {
        0..4 => one,
        4 => one.repeat(3),
        5 => one.repeat(WINDOW + 3),
        _ => {
            let end = |kind| message(kind, NLM_F_REQUEST, 0, &[0, 0, 0, 10]);
            let table = message(NFT_MSG_NEWTABLE, NLM_F_REQUEST | flags, 0, &[2, 0, 0, 0]);
            [end(NFNL_MSG_BATCH_BEGIN), table.repeat(2), end(NFNL_MSG_BATCH_END)].concat()
        }
    }
}

/// Drives a conversation with the script that the bytes are, first as the bare state machine, then through a socket: it ends
/// with one outcome, gives at most two events a message, and a socket waits no longer than its limit after each sign of life.
///
/// # Panics
/// That does not hold.
pub fn conversation(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let (shape, flags) = (choices.byte(), choices.byte());
    let flags = [NlmF(0), NLM_F_ACK, NLM_F_ECHO | NLM_F_ACK, NLM_F_ECHO][usize::from(flags & 3)];
    let acts = script(&mut choices);
    alone(shape, flags, &acts);
    through_a_socket(shape, flags, acts);
}

fn alone(shape: u8, flags: NlmF, acts: &[Act]) {
    let mut asked = requests(shape, flags);
    let asking = asked.len();
    let exchange = match shape % 5 {
        0 => Exchange::request(Protocol::Route, PORT, SEQ, &mut asked),
        1 => Exchange::get(Protocol::Route, PORT, SEQ, &mut asked),
        2 => Exchange::dump(Protocol::Route, PORT, SEQ, &mut asked, DUMP_TRIES),
        3 => Exchange::many(Protocol::Route, PORT, SEQ, &mut asked),
        _ => Exchange::batch(PORT, SEQ, &mut asked),
    };
    let Ok(mut exchange) = exchange else { panic!("the requests are framed") };
    let (mut ends, mut again, mut verdicts) = (0, 0, vec![0; exchange.len()]);
    let mut judge = |event: Event<'_>| match event {
        Event::Done { .. } | Event::Failed(_) => ends += 1,
        Event::Again => again += 1,
        Event::Verdict { index, .. } => verdicts[index] += 1,
        Event::Message { index, .. } | Event::Warning { index, .. } => assert!(index < verdicts.len(), "an answer to nothing"),
    };
    for act in acts {
        let (mut datagrams, mut sent) = (0, 0);
        while let Some(datagram) = exchange.to_send() {
            assert!(Messages::new(datagram).all(|message| message.is_ok()));
            (datagrams, sent) = (datagrams + 1, sent + datagram.len());
        }
        assert!(datagrams <= exchange.len() && sent <= asking, "no more is sent than was asked");
        let heard = exchange.heard();
        match act {
            Act::Says { sender, truncated, bytes, .. } => {
                let mut events = 0;
                exchange.receive(*sender, bytes, *truncated).for_each(|event| {
                    events += 1;
                    judge(event);
                });
                assert!(events <= 2 * (bytes.len() / 16) + 2, "{events} events of {} bytes", bytes.len());
                assert!(*sender == 0 || events == 0, "a stranger is not heard");
            }
            Act::Overruns | Act::Fails => exchange.overrun(),
        }
        assert!(exchange.heard() >= heard && exchange.awaited() <= WINDOW.max(exchange.len()));
        if exchange.is_over() {
            break;
        }
    }
    if !exchange.is_over() {
        judge(exchange.quiet(LIMIT));
    }
    assert!(exchange.is_over());
    assert_eq!(exchange.receive(0, &message(NLMSG_DONE.0, NLM_F_MULTI, SEQ, &[0; 4]), false).count(), 0, "over is over");
    assert_eq!(ends, 1, "there is one end");
    assert!(again < DUMP_TRIES, "a dump is asked for a bounded number of times");
    assert!(verdicts.iter().all(|count| *count <= 1), "one verdict each");
}

/// A peer that follows a script, whatever it hears.
struct Scripted {
    acts: std::vec::IntoIter<Act>,
    heard: usize,
    took: Duration,
}

impl Peer for Scripted {
    fn hear(&mut self, _: Protocol, _: &[u8]) -> Result<(), Errno> {
        self.heard += 1;
        Ok(())
    }

    fn say(&mut self) -> Option<(Duration, Said)> {
        Some(match self.acts.next()? {
            Act::Says { sender, truncated, after, bytes } => {
                self.took += after;
                (after, Said::Datagram { sender, bytes, truncated })
            }
            Act::Overruns => (Duration::ZERO, Said::Overrun),
            Act::Fails => (Duration::ZERO, Said::Fails(Errno::ECONNRESET)),
        })
    }
}

fn through_a_socket(shape: u8, flags: NlmF, acts: Vec<Act>) {
    let number = acts.len() as u32;
    let peer = Arc::new(Mutex::new(Scripted { acts: acts.into_iter(), heard: 0, took: Duration::ZERO }));
    let protocol = if shape & 7 >= 6 { Protocol::Netfilter } else { Protocol::Route };
    let (took, _result) = peer::with(Arc::clone(&peer), || {
        let Ok(mut socket) = Socket::open(protocol) else { return (Duration::ZERO, Ok(())) };
        socket.set_limit(LIMIT);
        let mut bytes = requests(shape, flags);
        let begin = socket.now();
        let body: &[u8] = &[0; 16];
        let result = match shape % 5 {
            0 => socket.request(RTM_NEWLINK, flags, &body),
            1 => socket.get(RTM_GETLINK, flags, &body, |_| Ok::<(), Error>(())),
            2 => socket.dump_again(RTM_GETLINK, NlmF(0), &body, |_| Ok::<(), Error>(())).map(drop),
            3 => socket.many(&mut bytes, |_, _| Ok::<(), Error>(())),
            _ => socket.batch(&mut bytes, |_, _| Ok::<(), Error>(())),
        };
        (socket.now() - begin, result)
    });
    // each datagram may be a sign of life, after which the limit begins anew
    assert!(took <= LIMIT * (number + 1), "it took {took:?} with {number} datagrams");
    let peer = peer.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(peer.heard >= 1, "something was asked");
}
