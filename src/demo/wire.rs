//! What went over the wire, in a line each: what was asked, in how many bytes, and what the kernel said.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nlmsg::ack::Ack;
use nlmsg::frame::{Message, Messages};
use nlmsg::nft::{NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END};

use crate::exchange::{Error, Protocol};
use crate::socket::{Direction, Socket};

/// What holds a batch together. rtnetlink has other messages of the same numbers.
const MARKS: [u16; 2] = [NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END];

/// Keeps what its sockets say and hear until somebody takes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    talks: Vec<Talk>,
    sent: Sent,
}

/// How much was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sent {
    /// Messages, those that hold a batch together not counted.
    pub(super) messages: usize,
    /// Bytes of datagrams.
    pub(super) bytes: usize,
}

/// One message to the kernel, and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Talk {
    /// The message's name.
    asked: String,
    /// Its length, `nlmsg_len`.
    bytes: u32,
    /// Length of the datagram that it was in, if there was more in it.
    batch: Option<usize>,
    /// By which the answer is known.
    seq: u32,
    /// Objects that came: the name of the last, how many, and their bytes.
    objects: Option<(String, usize, u32)>,
    /// The verdict: `errno`, and the kernel's own words.
    verdict: Option<(i32, Option<String>)>,
}

impl Wire {
    /// Opens a socket that is listened to.
    pub(super) fn open(&self, open: impl FnOnce(Protocol) -> Result<Socket, Error>, protocol: Protocol) -> Result<Socket, Error> {
        let mut socket = open(protocol)?;
        let wire = self.clone();
        socket.set_observer(Box::new(move |direction, datagram| wire.note(protocol, direction, datagram)));
        Ok(socket)
    }

    /// What was said since this was last asked.
    pub(super) fn take(&self) -> Vec<Talk> {
        std::mem::take(&mut self.log().talks)
    }

    /// What was said in all.
    pub(super) fn sent(&self) -> Sent {
        self.log().sent
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, protocol: Protocol, direction: Direction, datagram: &[u8]) {
        let mut log = self.log();
        let Log { talks, sent } = &mut *log;
        if direction == Direction::Sent {
            sent.bytes += datagram.len();
        }
        for message in Messages::new(datagram).map_while(Result::ok) {
            let name = name(protocol, &message);
            match direction {
                // the first and last message of a batch hold it together and say nothing
                Direction::Sent if protocol == Protocol::Netfilter && MARKS.contains(&message.header.nlmsg_type) => {}
                Direction::Sent => {
                    sent.messages += 1;
                    talks.push(Talk {
                        asked: name,
                        bytes: message.header.nlmsg_len,
                        batch: (datagram.len() > message.header.nlmsg_len as usize + 3).then_some(datagram.len()),
                        seq: message.header.nlmsg_seq,
                        objects: None,
                        verdict: None,
                    });
                }
                Direction::Received => {
                    if let Some(talk) = talks.iter_mut().rev().find(|talk| talk.seq == message.header.nlmsg_seq) {
                        talk.hear(name, &message);
                    }
                }
            }
        }
    }
}

impl Talk {
    fn hear(&mut self, name: String, message: &Message<'_>) {
        match Ack::parse(message) {
            // the number in a NLMSG_DONE is a verdict only below zero
            Ok(Some(ack)) => self.verdict = Some((ack.error.min(0).saturating_neg(), ack.message().map(|text| text.to_string()))),
            _ => {
                let (_, count, bytes) = self.objects.take().unwrap_or_default();
                self.objects = Some((name, count + 1, bytes + message.header.nlmsg_len));
            }
        }
    }
}

impl fmt::Display for Talk {
    /// `RTM_NEWLINK, 84 bytes -> done`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bytes", self.asked, self.bytes)?;
        if let Some(batch) = self.batch {
            write!(f, " in a batch of {batch}")?;
        }
        match &self.objects {
            Some((name, 1, bytes)) => write!(f, " -> {name}, {bytes} bytes")?,
            Some((name, count, bytes)) => write!(f, " -> {count} {name}, {bytes} bytes")?,
            None => {}
        }
        match &self.verdict {
            Some((0, None)) if self.objects.is_some() => Ok(()),
            Some((0, None)) => f.write_str(" -> done"),
            Some((0, Some(warning))) => write!(f, " -> done, but: {warning}"),
            Some((errno, text)) => {
                write!(f, " -> {:?}", Errno::from_raw(*errno))?;
                text.as_ref().map_or(Ok(()), |text| write!(f, ", \"{text}\""))
            }
            None if self.objects.is_some() => Ok(()),
            None => f.write_str(" -> no answer"),
        }
    }
}

fn name(protocol: Protocol, message: &Message<'_>) -> String {
    let nlmsg_type = message.header.nlmsg_type;
    protocol.message_name(nlmsg_type).map_or_else(|| format!("message type {nlmsg_type}"), str::to_owned)
}
