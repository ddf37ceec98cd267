//! The events of traced threads, one after the other.

use std::collections::HashMap;
use std::ffi::c_long;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;

use super::call::{Reader, Shape, flags, moving};
use super::ptrace::{self, Call, Event, Resume};
use super::sockets::{Netlinked, Sockets};
use crate::capture::{Datagram, Direction, Note, Place, Sink, Socket};

/// The first of the numbers that the kernel uses for itself, for calls that begin anew: no program sees them.
const ERESTARTSYS: i64 = 512;
const KCMP_FILES: c_long = 2;

/// A call that has begun and whose end is awaited.
#[derive(Clone, Copy)]
enum Awaited {
    /// A datagram moves on a socket.
    Move { direction: Direction, shape: Shape, args: [u64; 6], socket: Netlinked, time: Duration },
    /// Nothing of interest, and yet every call stops.
    Other,
}

struct Thread {
    /// Its process.
    pid: i32,
    /// Whose table of descriptors it has.
    files: i32,
    awaited: Option<Awaited>,
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
    threads: HashMap<i32, Thread>,
    sockets: Sockets,
    sink: &'s mut dyn Sink,
    /// What the sink said when it could take no more; the programs go on.
    pub(super) broken: Option<std::io::Error>,
    /// The processes that are shown; all if there are none.
    shown: Vec<i32>,
    /// A filter sees to it that only calls of interest stop.
    filtered: bool,
    /// The process whose end matters, and its end.
    main: Option<i32>,
    pub(super) end: Option<End>,
}

impl<'s> Tracer<'s> {
    /// For processes that are seized already. `main` is the one that was started, and those in `shown` are shown.
    pub(super) fn new(sink: &'s mut dyn Sink, main: Option<i32>, shown: Vec<i32>, filtered: bool) -> Tracer<'s> {
        let (threads, sockets) = (HashMap::new(), Sockets::default());
        Tracer { threads, sockets, sink, broken: None, shown, filtered, main, end: None }
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
            Thread { pid, files: if shares { parent } else { pid }, awaited: None, reader: Reader::default() }
        })
    }

    fn gone(&mut self, tid: i32, end: End) -> Result<(), Errno> {
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
        if is_32_bit(tid) && self.is_shown(tid) {
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
            Call::Entry { number, args, native: true } => {
                thread.awaited = if self.filtered { None } else { Some(Awaited::Other) };
                let (pid, files) = (thread.pid, thread.files);
                match moving(number) {
                    Some((direction, shape)) => {
                        let shown = self.shown.is_empty() || self.shown.contains(&pid);
                        let socket = self.sockets.find(files, pid, tid, args[0] as i32).filter(|_| shown);
                        if let Some(socket) = socket {
                            if direction == Direction::Sent {
                                thread.reader.read(tid, direction, shape, &args, 0);
                            }
                            thread.awaited = Some(Awaited::Move { direction, shape, args, socket, time: now() });
                        }
                    }
                    None => self.changed(files, number, &args),
                }
            }
            Call::Exit(result) => {
                if let Some(Awaited::Move { direction, shape, args, socket, time }) = thread.awaited.take() {
                    return self.moved(tid, direction, shape, &args, socket, time, result);
                }
            }
            Call::Entry { .. } | Call::Neither => {}
        }
        ptrace::resume(tid, self.midway(tid), 0)
    }

    /// A call that changes what a descriptor is.
    fn changed(&mut self, files: i32, number: u64, args: &[u64; 6]) {
        match number as c_long {
            libc::SYS_close => self.sockets.forget(files, args[0] as i32),
            libc::SYS_close_range => self.sockets.forget_range(files, args[0] as u32, args[1] as u32),
            libc::SYS_dup3 => self.sockets.forget(files, args[1] as i32),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_dup2 => self.sockets.forget(files, args[1] as i32),
            _ => {}
        }
    }

    /// A call on a netlink socket has ended with `result`.
    #[allow(clippy::too_many_arguments)]
    fn moved(
        &mut self,
        tid: i32,
        direction: Direction,
        shape: Shape,
        args: &[u64; 6],
        socket: Netlinked,
        time: Duration,
        result: i64,
    ) -> Result<(), Errno> {
        let onward = self.onward();
        let Some(thread) = self.threads.get_mut(&tid) else { return ptrace::resume(tid, onward, 0) };
        let reader = &mut thread.reader;
        let (mut errno, mut when) = (0, time);
        if direction == Direction::Received && result >= 0 {
            reader.read(tid, direction, shape, args, result as u64);
            when = now();
        }
        // before anything is written: the program need not wait for it
        let resumed = ptrace::resume(tid, onward, 0);
        if result < 0 {
            // nothing was there yet, or the call begins anew
            let idle = [Errno::EAGAIN as i64, Errno::EINTR as i64].contains(&-result) || -result >= ERESTARTSYS;
            if idle {
                return resumed;
            }
            errno = -result as i32;
            if direction == Direction::Received {
                reader.bytes.clear();
                reader.moved.clear();
                reader.moved.push(super::call::Moved { bytes: 0..0, len: 0, peer: None, groups: 0, truncated: false });
            }
        } else if direction == Direction::Sent && shape == Shape::Messages {
            reader.moved.truncate(result as usize);
        }
        if self.broken.is_some() {
            return resumed;
        }
        let peeked = direction == Direction::Received && flags(shape, args) & libc::MSG_PEEK != 0;
        let (protocol, socket) = (
            Some(socket.protocol),
            Socket { fd: Some(args[0] as i32), port: socket.port, pid: Some(thread.pid), tid: Some(tid), netns: socket.netns },
        );
        for moved in &reader.moved {
            let datagram = Datagram {
                bytes: &reader.bytes[moved.bytes.clone()],
                len: moved.len.max(moved.bytes.len()),
                direction: Some(direction),
                protocol,
                time: Some(when),
                socket,
                peer: moved.peer,
                groups: moved.groups,
                peeked,
                truncated: moved.truncated,
                errno,
                place: Place::default(),
            };
            self.broken = self.sink.datagram(&datagram).err();
            if self.broken.is_some() {
                break;
            }
        }
        resumed
    }
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
