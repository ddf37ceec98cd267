//! The events of traced threads, one after the other.

use std::collections::BTreeMap;
use std::ffi::c_long;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nlmsg::frame::{Message, Messages, NETLINK_NETFILTER, NETLINK_ROUTE, NLM_F_DUMP};
use nlmsg::route::RTM_GETLINK;

use super::abi::{ABIS, Abi, Does, Made, Shape, multiplexed};
use super::call::{Moved, Reader};
use super::pin::Pin;
use super::ptrace::{self, Call, Event, Resume};
use super::sockets::{Descriptor, Netlinked, Sockets};
use crate::capture::{Datagram, Direction, Note, Place, Sink, Socket};

/// The first of the numbers that the kernel uses for itself, for calls that begin anew: no program sees them.
const ERESTARTSYS: i64 = 512;
const KCMP_FILES: c_long = 2;
/// Bytes that fit the smallest `SO_SNDBUF` (`SOCK_MIN_SNDBUF`) with what the kernel adds.
const SMALL: usize = 4096;
/// Datagrams that a program moves before it is worth a [`Pin`].
const BUSY: u32 = 16;

/// A call that moves datagrams on a netlink socket.
#[derive(Clone, Copy)]
struct Move {
    direction: Direction,
    made: Made,
    socket: Netlinked,
    /// When it began.
    time: Duration,
}

impl Move {
    fn fd(&self) -> i32 {
        self.made.args[0] as i32
    }

    fn flags(&self) -> i32 {
        self.made.flags()
    }

    fn is_peek(&self) -> bool {
        self.direction == Direction::Received && self.flags() & libc::MSG_PEEK != 0
    }
}

/// A call that has begun and whose end is awaited.
#[derive(Clone, Copy)]
enum Awaited {
    /// A datagram moves on a socket.
    Move(Move),
    /// Nothing of interest, and yet every call stops.
    Other,
}

struct Thread {
    /// Its process.
    pid: i32,
    /// Whose table of descriptors it has.
    files: i32,
    awaited: Option<Awaited>,
    /// The socket on which the last call was a request.
    asked: Option<i32>,
    /// A look at a socket whose end was not awaited: what it found is what is received next.
    looked: Option<(i32, Duration)>,
    /// What a call that has begun sends; kept, as buffers are made once.
    reader: Reader,
}

/// How a traced process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an exit status.
    Exited(i32),
    /// By a signal.
    Killed(i32),
}

/// All threads that are traced.
pub(super) struct Tracer<'s> {
    threads: BTreeMap<i32, Thread>,
    sockets: Sockets,
    sink: &'s mut dyn Sink,
    /// What the sink said when it could take no more; the programs go on.
    pub(super) broken: Option<std::io::Error>,
    /// The processes that are shown; all if there are none.
    shown: Vec<i32>,
    /// A filter sees to it that only calls of interest stop.
    filtered: bool,
    /// Ends of calls that can tell nothing are not awaited.
    brief: bool,
    /// While one thread moves datagrams, and no other does.
    pin: Option<Pin>,
    /// Which thread, and how many since any did something else.
    moves: (i32, u32),
    /// The process whose end matters, and its end.
    main: Option<i32>,
    pub(super) end: Option<End>,
}

impl<'s> Tracer<'s> {
    /// For processes that are seized already. `main` is the one that was started, and those in `shown` are shown.
    pub(super) fn new(sink: &'s mut dyn Sink, main: Option<i32>, shown: Vec<i32>, filtered: bool) -> Tracer<'s> {
        let (threads, sockets) = (BTreeMap::new(), Sockets::default());
        // SELinux can refuse single messages
        let brief = filtered && !std::path::Path::new("/sys/fs/selinux/enforce").exists();
        Tracer { threads, sockets, sink, broken: None, shown, filtered, brief, pin: None, moves: (0, 0), main, end: None }
    }

    /// Takes a thread that was seized.
    pub(super) fn add(&mut self, tid: i32) {
        self.thread(tid);
    }

    /// Whether a thread is traced.
    pub(super) fn has(&self, tid: i32) -> bool {
        self.threads.contains_key(&tid)
    }

    /// Follows all threads until none is left, or until `stop` says so.
    ///
    /// # Errors
    /// The kernel refuses what it granted before.
    pub(super) fn run(&mut self, stop: &dyn Fn() -> bool) -> Result<(), Errno> {
        while !stop() {
            match ptrace::wait() {
                Ok(None) => break,
                Ok(Some((tid, event))) => self.event(tid, event)?,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Lets all threads go on untraced.
    pub(super) fn detach(&mut self) {
        self.threads.retain(|&tid, _| ptrace::interrupt(tid).is_ok());
        while !self.threads.is_empty() {
            match ptrace::wait() {
                Ok(Some((tid, event))) => {
                    let signal = if let Event::Signal(signal) = event { signal } else { 0 };
                    self.threads.remove(&tid);
                    if !matches!(event, Event::Exited(_) | Event::Killed(_)) {
                        let _ = ptrace::detach(tid, signal);
                    }
                }
                Ok(None) => break,
                Err(_) => {}
            }
        }
    }

    /// How threads go on when nothing is awaited.
    fn onward(&self) -> Resume {
        if self.filtered { Resume::Run } else { Resume::ToSyscall }
    }

    fn event(&mut self, tid: i32, event: Event) -> Result<(), Errno> {
        let onward = self.onward();
        let done = match event {
            Event::Exited(code) => return self.gone(tid, End::Exited(code)),
            Event::Killed(signal) => return self.gone(tid, End::Killed(signal)),
            Event::Seccomp | Event::Syscall => self.call(tid),
            Event::Exec => {
                self.exec(tid)?;
                ptrace::resume(tid, onward, 0)
            }
            Event::New | Event::Ready => {
                self.thread(tid);
                ptrace::resume(tid, self.midway(tid), 0)
            }
            Event::GroupStop => ptrace::listen(tid),
            Event::Signal(signal) => ptrace::resume(tid, self.midway(tid), signal),
        };
        match done {
            // killed while it was stopped: its end is told too
            Err(Errno::ESRCH) => Ok(()),
            done => done,
        }
    }

    /// How a thread goes on that was stopped for another reason than a call.
    fn midway(&self, tid: i32) -> Resume {
        match self.threads.get(&tid) {
            Some(Thread { awaited: Some(_), .. }) => Resume::ToSyscall,
            _ => self.onward(),
        }
    }

    /// What is known of a thread; a new one is looked at.
    fn thread(&mut self, tid: i32) -> &mut Thread {
        self.threads.entry(tid).or_insert_with(|| {
            let status = std::fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
            let field = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|number| number.trim().parse::<i32>().ok())
            };
            let (pid, parent) = (field("Tgid:").unwrap_or(tid), field("PPid:").unwrap_or(0));
            // a process can share its descriptors with the one that made it
            // SAFETY: numbers only.
            let shares =
                pid == tid && unsafe { libc::syscall(libc::SYS_kcmp, parent as c_long, pid as c_long, KCMP_FILES, 0, 0) } == 0;
            Thread {
                pid,
                files: if shares { parent } else { pid },
                awaited: None,
                asked: None,
                looked: None,
                reader: Reader::default(),
            }
        })
    }

    fn gone(&mut self, tid: i32, end: End) -> Result<(), Errno> {
        self.unpin();
        let Some(thread) = self.threads.remove(&tid) else { return self.main_gone(tid, end) };
        if thread.pid == tid {
            self.sockets.gone(tid);
        }
        self.main_gone(tid, end)
    }

    fn main_gone(&mut self, tid: i32, end: End) -> Result<(), Errno> {
        if self.main == Some(tid) {
            self.end = Some(end);
        }
        Ok(())
    }

    /// A process runs another program: its other threads are gone, and descriptors were closed.
    fn exec(&mut self, tid: i32) -> Result<(), Errno> {
        let before = ptrace::event_message(tid)? as i32;
        self.threads.remove(&before);
        self.threads.remove(&tid);
        self.sockets.gone(tid);
        let thread = self.thread(tid);
        thread.files = thread.pid;
        if ABIS.iter().all(|abi| abi.word == 8) && is_32_bit(tid) && self.is_shown(tid) {
            self.note(tid, "runs a 32-bit program, whose conversation is not shown");
        }
        Ok(())
    }

    fn is_shown(&self, pid: i32) -> bool {
        self.shown.is_empty() || self.shown.contains(&pid)
    }

    fn note(&mut self, pid: i32, text: &str) {
        if self.broken.is_none() {
            self.broken = self.sink.note(&Note { time: Some(now()), pid: Some(pid), text }).err();
        }
    }

    /// A call begins or ends.
    fn call(&mut self, tid: i32) -> Result<(), Errno> {
        let call = ptrace::call(tid)?;
        let onward = self.onward();
        self.thread(tid);
        let Some(thread) = self.threads.get_mut(&tid) else { return ptrace::resume(tid, onward, 0) };
        match call {
            Call::Entry { number, args, arch } => {
                thread.awaited = if self.filtered { None } else { Some(Awaited::Other) };
                let (pid, files) = (thread.pid, thread.files);
                let abi = Abi::of(arch);
                let does = abi.and_then(|abi| abi.does(number));
                let (does, args) = if does == Some(Does::Multiplexes) { arguments(tid, args) } else { (does, args) };
                match (does, abi) {
                    (Some(Does::Moves(direction, shape)), Some(abi)) => {
                        match self.sockets.find(files, pid, tid, args[0] as i32) {
                            Descriptor::Netlink(socket) if self.is_shown(pid) => {
                                self.pin(tid);
                                let made = Made { shape, args, word: abi.word };
                                return self.begins(tid, Move { direction, made, socket, time: now() });
                            }
                            // it can tell the mask
                            Descriptor::Proc if direction == Direction::Received => self.unpin(),
                            _ => {}
                        }
                    }
                    (Some(does), _) => self.changed(files, does, &args),
                    (None, _) => {}
                }
            }
            Call::Exit(result) => {
                if let Some(Awaited::Move(it)) = thread.awaited.take() {
                    return self.ends(tid, it, result);
                }
            }
            Call::Neither => {}
        }
        ptrace::resume(tid, self.midway(tid), 0)
    }

    /// Keeps a thread that moves datagrams, and nothing else, on this processor. One that was attached to is left
    /// alone: nobody would free it if we were killed.
    fn pin(&mut self, tid: i32) {
        if !self.filtered {
            return;
        }
        if self.moves.0 != tid {
            self.unpin();
        }
        self.moves = (tid, self.moves.1.saturating_add(1));
        if self.moves.1 == BUSY {
            self.pin = Pin::new(tid);
        }
    }

    fn unpin(&mut self) {
        self.moves = (0, 0);
        self.pin = None;
    }

    /// A call that changes what a descriptor is, or that has to do with masks of processors.
    fn changed(&mut self, files: i32, does: Does, args: &[u64; 6]) {
        match does {
            Does::Closes(nth) => self.sockets.forget(files, args[nth] as i32),
            Does::ClosesRange => self.sockets.forget_range(files, args[0] as u32, args[1] as u32),
            Does::Groups => self.sockets.regrouped(files, args[0] as i32),
            Does::Protects => self.threads.values_mut().for_each(|thread| thread.reader.forget()),
            Does::Shares => self.unpin(),
            Does::Makes | Does::Moves(..) | Does::Multiplexes => {}
        }
    }

    /// A call on a netlink socket begins. Its end is of interest, unless the begin tells all.
    fn begins(&mut self, tid: i32, it: Move) -> Result<(), Errno> {
        let onward = self.onward();
        let Some(thread) = self.threads.get_mut(&tid) else { return ptrace::resume(tid, onward, 0) };
        let asked = thread.asked.take();
        if it.direction == Direction::Sent {
            thread.reader.read(tid, it.direction, &it.made, 0);
            thread.asked = Some(it.fd());
            if may_ask_for_list(&thread.reader) {
                self.sockets.dumps(thread.files, it.fd());
            }
            thread.looked = None;
            if let [moved] = &thread.reader.moved[..]
                && self.brief
                && cannot_fail(&it, moved)
            {
                let (len, resumed) = (moved.len, ptrace::resume(tid, onward, 0));
                self.show(tid, &it, len as i64, it.time);
                return resumed;
            }
        } else if self.brief && (asked == Some(it.fd()) || thread.looked.is_some_and(|looked| looked.0 == it.fd())) {
            let (files, fd) = (thread.files, it.fd());
            match thread.reader.room(tid, &it.made) {
                Some(0) if asked.is_some() && it.is_peek() && it.flags() & libc::MSG_TRUNC != 0 => {
                    thread.looked = Some((fd, it.time));
                    return ptrace::resume(tid, onward, 0);
                }
                Some(room) if it.flags() & !(libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC) == 0 => {
                    if let Some(result) = thread.reader.ahead(room, |into| self.sockets.waiting(files, fd, into)) {
                        let resumed = ptrace::resume(tid, onward, 0);
                        self.came(tid, &it, result, now());
                        return resumed;
                    }
                }
                _ => {}
            }
        }
        thread.awaited = Some(Awaited::Move(it));
        ptrace::resume(tid, Resume::ToSyscall, 0)
    }

    /// A call on a netlink socket has ended with `result`.
    fn ends(&mut self, tid: i32, mut it: Move, result: i64) -> Result<(), Errno> {
        let onward = self.onward();
        let Some(thread) = self.threads.get_mut(&tid) else { return ptrace::resume(tid, onward, 0) };
        let (reader, mut when) = (&mut thread.reader, it.time);
        if it.direction == Direction::Received {
            if result >= 0 {
                reader.read(tid, it.direction, &it.made, result as u64);
                when = now();
            } else {
                reader.bytes.clear();
                reader.moved.clear();
                reader.moved.push(Moved::default());
            }
        } else if it.made.shape == Shape::Messages && result >= 0 {
            reader.moved.truncate(result as usize);
        }
        // before its first datagram was sent, it may have had no port
        if it.socket.port.is_none()
            && let Descriptor::Netlink(socket) = self.sockets.find(thread.files, thread.pid, tid, it.fd())
        {
            it.socket = socket;
        }
        // before anything is written: the program need not wait for it
        let resumed = ptrace::resume(tid, onward, 0);
        self.came(tid, &it, result, when);
        resumed
    }

    /// Shows what a call has moved, and before it a look that has seen it.
    fn came(&mut self, tid: i32, it: &Move, result: i64, when: Duration) {
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        if let Some((_, time)) = thread.looked.take().filter(|looked| looked.0 == it.fd())
            && it.direction == Direction::Received
            && result > 0
        {
            let reader = &mut thread.reader;
            let args = [it.made.args[0], 0, libc::MSG_PEEK as u64, 0, 0, 0];
            let look = Move { made: Made { args, shape: Shape::Message, ..it.made }, ..*it };
            let (bytes, moved) = (std::mem::take(&mut reader.bytes), std::mem::take(&mut reader.moved));
            let seen = Moved { len: result as usize, truncated: true, ..moved.first().cloned().unwrap_or_default() };
            reader.moved.push(Moved { bytes: 0..0, ..seen });
            self.show(tid, &look, result, time);
            if let Some(thread) = self.threads.get_mut(&tid) {
                (thread.reader.bytes, thread.reader.moved) = (bytes, moved);
            }
        }
        self.show(tid, it, result, when);
    }

    /// Hands what a call has moved to the sink.
    fn show(&mut self, tid: i32, it: &Move, result: i64, when: Duration) {
        let Some(thread) = self.threads.get(&tid) else { return };
        let errno = if result < 0 { -result } else { 0 };
        // nothing was there yet, or the call begins anew
        if [Errno::EAGAIN as i64, Errno::EINTR as i64].contains(&errno) || errno >= ERESTARTSYS {
            return;
        }
        let socket =
            Socket { fd: Some(it.fd()), port: it.socket.port, pid: Some(thread.pid), tid: Some(tid), netns: it.socket.netns };
        for moved in &thread.reader.moved {
            if self.broken.is_some() {
                return;
            }
            let datagram = Datagram {
                bytes: &thread.reader.bytes[moved.bytes.clone()],
                len: moved.len.max(moved.bytes.len()),
                direction: Some(it.direction),
                protocol: Some(it.socket.protocol),
                time: Some(when),
                socket,
                peer: moved.peer,
                groups: moved.groups,
                peeked: it.is_peek(),
                truncated: moved.truncated,
                errno: errno as i32,
                place: Place::default(),
            };
            self.broken = self.sink.datagram(&datagram).err();
        }
    }
}

/// What a `socketcall(2)` does, with its arguments, which are in memory: four bytes each.
fn arguments(tid: i32, args: [u64; 6]) -> (Option<Does>, [u64; 6]) {
    let Some((does, count)) = multiplexed(args[0]) else { return (None, args) };
    let (mut bytes, mut read) = ([0; 24], [0; 6]);
    if ptrace::read(tid, args[1], &mut bytes[..4 * count]) < 4 * count {
        return (None, args);
    }
    for (arg, bytes) in read.iter_mut().zip(bytes.as_chunks().0) {
        *arg = u32::from_ne_bytes(*bytes).into();
    }
    (Some(does), read)
}

/// Whether a datagram that begins to be sent is sent for certain, so that the end of the call has nothing to tell: it
/// is for the kernel, which takes it within the call, it was readable, and it fits the smallest send buffer that a
/// socket can have.
fn cannot_fail(it: &Move, moved: &Moved) -> bool {
    let kernel = moved.peer == Some(0) && moved.groups == 0;
    let sound = it.flags() & !(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) == 0 && it.socket.port.is_some();
    let protocol = [NETLINK_ROUTE, NETLINK_NETFILTER].contains(&it.socket.protocol);
    let small = moved.len > 0 && moved.len <= SMALL && moved.bytes.len() == moved.len;
    kernel && sound && protocol && small && [Shape::Message, Shape::Addressed].contains(&it.made.shape)
}

/// Whether what was sent may be a request for a list of route sockets: the messages that read have every fourth number.
fn may_ask_for_list(sent: &Reader) -> bool {
    sent.moved.iter().any(|moved| {
        let mut messages = Messages::new(&sent.bytes[moved.bytes.clone()]);
        let lists = |message: Message<'_>| {
            let header = message.header;
            header.nlmsg_type & 3 == RTM_GETLINK & 3 && header.nlmsg_flags.0 & NLM_F_DUMP.0 != 0
        };
        moved.bytes.len() < moved.len || messages.any(|message| message.map_or(true, lists))
    })
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Whether a process runs a program of the other word size: the fifth byte of an ELF file.
fn is_32_bit(pid: i32) -> bool {
    use std::io::Read;
    let mut head = [0; 5];
    let read = std::fs::File::open(format!("/proc/{pid}/exe")).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *b"\x7fELF\x01"
}
