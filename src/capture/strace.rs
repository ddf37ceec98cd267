//! What strace prints: the system calls on netlink sockets, and their bytes.
//!
//! Bytes come from the dumps below a line (`-e write=all -e read=all`), which are exact, or from its strings, in any
//! of strace's notations (`-xx`, `-x`, none). Where strace has put a message into words, those that lead back to
//! bytes without a doubt are taken; a message ends before others, and at the end an error says what to record instead.
//!
//! ```text
//! 7 1795239318.3 socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3
//! 7 1795239318.4 sendto(3, "\x14\x00"..., 20, 0, NULL, 0) = 20
//!  | 00000  14 00 00 00 12 00 01 03  00 00 00 00 00 00 00 00  ................ |
//! ```

use std::collections::{HashMap, VecDeque};
use std::io::BufRead;
use std::time::Duration;

use nix::errno::Errno;
use nlmsg::frame::{NLMSG_HDRLEN, Netlink};

use super::input::{Input, limit};
use super::{Datagram, Direction, Error, LINE_LIMIT, Place, Socket, Source, What, header};

mod call;
mod route;
mod words;

use call::{Call, calls, value};

/// Sockets that are remembered.
const SOCKETS: usize = 1 << 16;
const MSG_PEEK: u64 = libc::MSG_PEEK as u64;

/// Whether a text that begins so is strace's: a line is a call with a result, or one that is not finished, or its dump.
pub(super) fn looks_like(head: &[u8]) -> bool {
    head.split(|&byte| byte == b'\n').any(|line| {
        let text = String::from_utf8_lossy(line);
        Call::parse(&text).is_some_and(|call| !call.name.is_empty() && (call.result.is_some() || call.unfinished || call.resumed))
    })
}

/// What is known of a descriptor.
#[derive(Clone, Copy, Default)]
struct Known {
    /// It is a netlink socket.
    netlink: bool,
    protocol: Option<Netlink>,
    port: Option<u32>,
}

/// A datagram with its own bytes.
#[derive(Default)]
struct Owned {
    bytes: Vec<u8>,
    len: usize,
    truncated: bool,
}

/// A call on a socket, whose dump may follow.
struct Pending {
    direction: Direction,
    known: Option<Known>,
    fd: i32,
    pid: Option<i32>,
    time: Option<Duration>,
    place: Place,
    peeked: bool,
    truncated: bool,
    peer: Option<u32>,
    groups: u32,
    errno: i32,
    /// Bytes that the call says went over.
    result: usize,
    /// One for each message of the call.
    dumps: Vec<Owned>,
    /// Whether a dump is begun whose bytes come.
    dumped: bool,
    args: String,
    name: String,
}

/// Reads strace's output.
pub struct Strace<'r> {
    input: Input<'r>,
    line: Vec<u8>,
    /// Descriptors, and since which line they are what they are; `None` is closed.
    sockets: HashMap<(i32, i32), (u64, Option<Known>)>,
    /// The first line of each process.
    begun: HashMap<i32, u64>,
    /// Lines so far.
    lines: u64,
    unfinished: HashMap<i32, String>,
    /// Bytes in `unfinished`.
    held: usize,
    pending: Option<Pending>,
    ready: VecDeque<Owned>,
    last: Option<Pending>,
    current: Owned,
    /// The first words that did not lead back to bytes.
    lost: Option<Error>,
}

impl<'r> Strace<'r> {
    /// Starts with the first line.
    pub fn new(reader: Box<dyn BufRead + 'r>) -> Strace<'r> {
        Strace {
            input: Input::new(reader),
            line: Vec::new(),
            sockets: HashMap::new(),
            begun: HashMap::new(),
            lines: 0,
            unfinished: HashMap::new(),
            held: 0,
            pending: None,
            ready: VecDeque::new(),
            last: None,
            current: Owned::default(),
            lost: None,
        }
    }

    /// What is known of a descriptor. One that the process did not make itself came from who started it, and is older than
    /// the process; where it is a socket for certain, a thread may share one that is younger.
    fn known(&self, pid: i32, fd: i32, socket: bool) -> Option<Known> {
        let begun = self.begun.get(&pid).copied().unwrap_or(0);
        let open = self
            .sockets
            .iter()
            .filter_map(|((_, other), (since, known))| known.filter(|_| *other == fd).map(|known| (*since, known)));
        let older = open.filter(|(since, _)| socket || *since < begun);
        let inherited = || older.max_by_key(|(since, _)| *since).map(|(_, known)| known);
        self.sockets.get(&(pid, fd)).map_or_else(inherited, |(_, known)| *known)
    }

    fn remember(&mut self, pid: i32, fd: i32, known: Option<Known>) {
        if self.sockets.len() >= SOCKETS {
            self.sockets.clear();
        }
        self.sockets.insert((pid, fd), (self.lines, known));
    }

    /// Takes a line of a dump; false if it is none.
    fn dump(&mut self) -> Result<bool, Error> {
        let text = String::from_utf8_lossy(&self.line);
        let Some(pending) = &mut self.pending else {
            return Ok(text.starts_with(" | ") || text.starts_with(" * ") || text.starts_with(" = "));
        };
        if let Some(row) = text.strip_prefix(" | ") {
            let digits = row.split_once("  ").map(|(_, rest)| rest.get(..49).unwrap_or(rest)).unwrap_or_default();
            if pending.dumps.is_empty() {
                pending.dumps.push(Owned::default());
            }
            if let Some(dump) = pending.dumps.last_mut() {
                // columns of two digits; the text begins two blanks after the sixteenth
                let words = digits.split_ascii_whitespace().map_while(|word| Some(word).filter(|word| word.len() == 2));
                dump.bytes.extend(words.map_while(|word| u8::from_str_radix(word, 16).ok()).take(16));
                limit(self.input.line_place(), "a datagram", dump.bytes.len() as u64)?;
            }
            pending.dumped = true;
            return Ok(true);
        }
        if text.starts_with(" = ") && text.contains(" buffers in vector ") {
            pending.dumps.push(Owned::default());
            return Ok(true);
        }
        Ok(text.starts_with(" * ") && text.contains(" bytes in buffer "))
    }

    /// Takes a line that is no dump.
    fn call(&mut self) -> Result<(), Error> {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        let Some(call) = Call::parse(&line) else { return Ok(()) };
        let pid = call.pid.unwrap_or(0);
        self.lines += 1;
        if self.begun.len() >= SOCKETS {
            self.begun.clear();
        }
        self.begun.entry(pid).or_insert(self.lines);
        if call.unfinished {
            self.held += call.args.len();
            if self.held as u64 > LINE_LIMIT {
                self.unfinished.clear();
                self.held = 0;
            }
            self.unfinished.insert(pid, call.args.to_owned());
            return Ok(());
        }
        let mut args = String::new();
        if call.resumed {
            args = self.unfinished.remove(&pid).unwrap_or_default();
            self.held = self.held.saturating_sub(args.len());
        }
        args.push_str(call.args);
        self.finished(&call, pid, args)
    }

    fn finished(&mut self, call: &Call<'_>, pid: i32, args: String) -> Result<(), Error> {
        let list = calls::split(&args);
        let result = call.result.and_then(value);
        let fd = |index: usize| list.get(index).copied().and_then(value).and_then(|fd| i32::try_from(fd).ok());
        match call.name {
            "socket" => {
                if let (Some(new), [family, _, protocol]) = (result, &list[..]) {
                    let netlink = *family == "AF_NETLINK" || value(family) == Some(libc::AF_NETLINK as u64);
                    let number = value(protocol).and_then(|number| u16::try_from(number).ok()).map(Netlink);
                    let protocol = number.or_else(|| words::protocol(protocol)).filter(|_| netlink);
                    self.remember(pid, new as i32, Some(Known { netlink, protocol, port: None }));
                }
            }
            "dup" | "dup2" | "dup3" | "fcntl" => {
                let copies = call.name != "fcntl" || args.contains("F_DUPFD");
                if let (true, Some(new), Some(known)) = (copies, result, fd(0).and_then(|old| self.known(pid, old, false))) {
                    self.remember(pid, new as i32, Some(known));
                }
            }
            "close" if result == Some(0) => {
                if let Some(fd) = fd(0) {
                    self.sockets.remove(&(pid, fd));
                    // another's is not its own any more
                    if self.known(pid, fd, true).is_some() {
                        self.remember(pid, fd, None);
                    }
                }
            }
            "getsockname" | "bind" if result == Some(0) => {
                if let (Some(fd), Some(port)) = (fd(0), words::number_after(&args, "nl_pid=")) {
                    let known = self.known(pid, fd, true).unwrap_or_default();
                    let port = Some(port as u32).filter(|&port| port != 0).or(known.port);
                    self.remember(pid, fd, Some(Known { netlink: true, port, ..known }));
                }
            }
            name => {
                let Some(&(_, direction, flags_at)) = calls::MOVING.iter().find(|known| known.0 == name) else { return Ok(()) };
                let Some(fd) = fd(0) else { return Ok(()) };
                let said = list.first().and_then(|word| words::socket(word));
                let said = said.map(|protocol| Known { netlink: true, protocol, port: None });
                let in_words = args.contains("sa_family=AF_NETLINK") || args.contains("{nlmsg_len=");
                let known = match (self.known(pid, fd, flags_at.is_some()), said) {
                    (Some(known), Some(said)) => {
                        Some(Known { protocol: said.protocol.or(known.protocol), netlink: true, ..known })
                    }
                    (known, said) => said.or(known),
                };
                let known = known.or(in_words.then_some(Known { netlink: true, ..Known::default() }));
                // what is not known to be netlink may be it still, if it is only for sockets
                if known.is_some_and(|known| !known.netlink) || known.is_none() && flags_at.is_none() {
                    return Ok(());
                }
                let errno = if result.is_some() { 0 } else { words::errno(call.result.unwrap_or_default()) };
                if result.is_none() && [0, Errno::EAGAIN as i32, Errno::EINTR as i32].contains(&errno) {
                    return Ok(());
                }
                let flags = flags_at.and_then(|at| list.get(at)).copied().unwrap_or_default();
                let peeked = flags.contains("MSG_PEEK") || value(flags).is_some_and(|flags| flags & MSG_PEEK != 0);
                let receives = direction == Direction::Received;
                self.pending = Some(Pending {
                    direction,
                    known,
                    fd,
                    pid: call.pid,
                    time: call.time,
                    place: self.input.line_place(),
                    peeked: peeked && receives,
                    truncated: receives && calls::after(&args, "msg_flags=").is_some_and(|flags| flags.starts_with("MSG_TRUNC")),
                    peer: words::number_after(&args, "nl_pid=").map(|peer| peer as u32),
                    groups: words::groups(&args),
                    errno,
                    result: result.unwrap_or(0) as usize,
                    dumps: Vec::new(),
                    dumped: false,
                    name: name.to_owned(),
                    args,
                });
            }
        }
        Ok(())
    }

    /// The datagrams of a call, now that its dumps were read.
    fn finish(&mut self, mut pending: Pending) {
        let mut all = std::mem::take(&mut pending.dumps);
        if !pending.dumped {
            let list = calls::split(&pending.args);
            let found = calls::buffers(&pending.name, &list);
            all = Vec::new();
            for buffers in found {
                let mut one = Owned::default();
                for buffer in buffers {
                    if let Err(words) = words::bytes(buffer, pending.known.and_then(|known| known.protocol), &mut one.bytes) {
                        self.lost.get_or_insert(Error { place: pending.place, what: What::Words(words) });
                        // shown as far as it goes, and as not recorded from there on
                        break;
                    }
                }
                all.push(one);
            }
            if pending.name.ends_with("mmsg") {
                all.truncate(pending.result);
            }
        }
        if all.is_empty() {
            all.push(Owned::default());
        }
        let single = !pending.name.ends_with("mmsg");
        for one in &mut all {
            one.truncated = pending.truncated && single;
            one.len = one.bytes.len();
            if single && pending.direction == Direction::Received {
                one.bytes.truncate(pending.result);
                one.len = pending.result;
                // strace was told to shorten strings, or the buffer was too small
                one.truncated |= pending.dumped && pending.result > one.bytes.len();
            } else if single {
                one.len = one.len.max(pending.result);
            }
        }
        let certain = pending.known.is_some();
        all.retain(|one| certain || is_netlink(&one.bytes));
        if pending.peeked || pending.errno != 0 {
            all.truncate(1);
        } else {
            // the end of a stream, and what was passed over
            all.retain(|one| one.len > 0);
        }
        self.ready.extend(all);
        self.last = Some(pending);
    }
}

/// Whether bytes of a socket that nobody has described begin with a message.
fn is_netlink(bytes: &[u8]) -> bool {
    header(bytes).is_some_and(|header| {
        let len = header.nlmsg_len as usize;
        (NLMSG_HDRLEN..=bytes.len()).contains(&len) && header.nlmsg_type != 0 && header.nlmsg_flags.0 < 0x1000
    })
}

impl Source for Strace<'_> {
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error> {
        while self.ready.is_empty() {
            let more = self.input.line(&mut self.line)?;
            if more && self.dump()? {
                continue;
            }
            if let Some(pending) = self.pending.take() {
                self.finish(pending);
            }
            if more {
                self.call()?;
            } else if self.ready.is_empty() {
                // only now: what could be read is worth more than the error
                return self.lost.take().map_or(Ok(None), Err);
            }
        }
        self.current = self.ready.pop_front().unwrap_or_default();
        let Some(last) = &self.last else { return Ok(None) };
        let one = &self.current;
        Ok(Some(Datagram {
            bytes: &one.bytes,
            len: one.len,
            direction: Some(last.direction),
            protocol: last.known.and_then(|known| known.protocol),
            time: last.time,
            socket: Socket {
                fd: Some(last.fd),
                port: last.known.and_then(|known| known.port),
                pid: None,
                tid: last.pid,
                netns: None,
            },
            peer: last.peer,
            groups: last.groups,
            peeked: last.peeked,
            truncated: one.truncated,
            errno: last.errno,
            place: last.place,
        }))
    }
}
