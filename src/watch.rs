//! What a whole run of the program is watched with: every socket that is opened shows its datagrams here
//! (`--explain`, `--pcap`), and where a run is only planned (`--dry-run`, `explain`), nothing that changes anything is sent.
//!
//! Only the command line uses this. It is set once, before anything else runs.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use nix::sys::stat::stat;
use nlmsg::frame::Netlink;

use crate::capture::{self, Datagram, Note, Sink};
use crate::socket::{Direction, Planned, Socket};

/// Who watches.
type Watcher = Box<dyn Sink + Send>;

struct Watch {
    sinks: Mutex<Vec<Watcher>>,
    planned: bool,
    /// Questions are not sent either: this is not the namespace they are for.
    blind: AtomicBool,
}

/// Something that is not there: what stands for it, and its name.
pub(crate) type Placeholder = (&'static str, String);

/// Stands for the index of a link.
pub(crate) const INDEX: &str = "the index of";
/// Stands for the descriptor of a namespace.
pub(crate) const DESCRIPTOR: &str = "a descriptor of namespace";

static WATCH: OnceLock<Watch> = OnceLock::new();
/// What the numbers from [`FIRST`] on stand for.
static NAMES: Mutex<Vec<Placeholder>> = Mutex::new(Vec::new());

/// Watches from now on; false if something watches already. With `planned`, changes are not sent.
pub fn start(sinks: Vec<Watcher>, planned: bool) -> bool {
    WATCH.set(Watch { sinks: Mutex::new(sinks), planned, blind: AtomicBool::new(false) }).is_ok()
}

/// Whether this run is only planned: whoever changes anything must ask.
pub fn planned() -> bool {
    WATCH.get().is_some_and(|watch| watch.planned)
}

/// Whether somebody watches.
pub fn active() -> bool {
    WATCH.get().is_some()
}

/// For what a planned run would do without netlink: says so in place of doing it. False if it is to be done.
pub fn instead(what: impl FnOnce() -> String) -> bool {
    let planned = planned();
    if planned {
        note(&what());
    }
    planned
}

/// Says something to those who watch.
pub fn note(text: &str) {
    each(|sink| {
        let _ = sink.note(&Note { time: now(), pid: None, text });
    });
}

/// For a planned run that should go on in a namespace that cannot be entered: from now on no question is asked.
pub fn blind(why: &str) {
    if let Some(watch) = WATCH.get().filter(|watch| watch.planned) {
        watch.blind.store(true, Ordering::Relaxed);
        note(why);
    }
}

/// Ends the watch, and gives those who watched back. Sockets show nothing any more.
pub fn finish() -> Vec<Watcher> {
    let taken = WATCH.get().map(|watch| std::mem::take(&mut *watch.sinks.lock().unwrap_or_else(PoisonError::into_inner)));
    taken.unwrap_or_default()
}

/// Writes out what is held back, before another program takes this one's place.
pub fn flush() {
    each(|sink| {
        let _ = sink.flush();
    });
}

fn each(mut work: impl FnMut(&mut Watcher)) {
    if let Some(watch) = WATCH.get() {
        watch.sinks.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().for_each(&mut work);
    }
}

fn now() -> Option<std::time::Duration> {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()
}

/// Has a new socket show what it says and hears, and only plan if the run is planned.
pub(crate) fn attach(socket: &mut Socket) {
    let Some(watch) = WATCH.get() else { return };
    let own = capture::Socket {
        fd: Some(socket.as_fd().as_raw_fd()),
        port: Some(socket.port()),
        pid: Some(std::process::id() as i32),
        tid: None,
        netns: stat("/proc/thread-self/ns/net").ok().map(|stat| stat.st_ino),
    };
    let protocol = Some(Netlink(socket.protocol().number() as u16));
    socket.set_planned(match (watch.planned, watch.blind.load(Ordering::Relaxed)) {
        (false, _) => Planned::Nothing,
        (true, false) => Planned::Changes,
        (true, true) => Planned::All,
    });
    socket.set_watcher(Box::new(move |direction, bytes| {
        let datagram = Datagram {
            bytes,
            len: bytes.len(),
            direction: Some(direction),
            protocol,
            time: now(),
            socket: own,
            peer: (direction == Direction::Sent).then_some(0),
            ..Datagram::default()
        };
        each(|sink| {
            let _ = sink.datagram(&datagram);
        });
    }));
}

/// Numbers from here on stand for something that is not there yet. No kernel has that many links or descriptors.
const FIRST: i32 = 0x7f00_0000;

/// More of them are not given.
const MOST: usize = 1 << 12;

/// A number that stands for something that is not there, in a run that is only planned; `None` in others.
pub(crate) fn placeholder(what: &'static str, name: &str) -> Option<i32> {
    planned().then(|| stand_in(what, name))?
}

/// A number that stands for something whose own is not known; `None` if there are too many.
pub(crate) fn stand_in(what: &'static str, name: &str) -> Option<i32> {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let at = names.iter().position(|known| known.0 == what && known.1 == name).unwrap_or(names.len());
    if at == MOST {
        return None;
    }
    if at == names.len() {
        names.push((what, name.to_owned()));
    }
    i32::try_from(at).ok()?.checked_add(FIRST)
}

/// What such a number stands for.
pub(crate) fn placeholder_name(number: i32) -> Option<Placeholder> {
    let at = usize::try_from(number.checked_sub(FIRST)?).ok()?;
    NAMES.lock().unwrap_or_else(PoisonError::into_inner).get(at).cloned()
}

/// Puts the names of what is not there into a text that has the numbers that stand for it.
pub(crate) fn name_placeholders(text: &mut String) {
    for (number, (_, name)) in (FIRST..).zip(NAMES.lock().unwrap_or_else(PoisonError::into_inner).iter()) {
        let number = number.to_string();
        if text.contains(&number) {
            *text = text.replace(&number, name);
        }
    }
}
