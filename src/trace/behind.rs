//! A [`Sink`] at work on a thread of its own: what is seen is shown while the program that is traced goes on.
//!
//! To wake a thread takes as long as to show many datagrams, so they are handed over many at once. That is for where
//! nobody waits to see them.

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, ScopedJoinHandle, scope};
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow};

use crate::capture::{Datagram, Note, Sink};

/// Datagrams and notes that are handed over at once.
const MANY: usize = 256;
/// The same in bytes.
const LARGE: usize = 256 << 10;
/// What may be handed over and not taken yet; then whoever hands over waits.
const QUEUE: usize = 4;

/// Lends `work` a sink that hands all to `sink`, which works on another thread.
///
/// # Errors
/// There can be no thread; `work` was not called.
pub(super) fn behind<R>(sink: &mut (dyn Sink + Send), work: impl FnOnce(&mut dyn Sink) -> R) -> io::Result<R> {
    scope(|scope| {
        let (to, from) = sync_channel(QUEUE);
        // signals are for the thread that waits for the program
        let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        let thread = Builder::new().name("show".into()).spawn_scoped(scope, move || show(sink, &from));
        before.thread_set_mask()?;
        let mut behind = Behind { to, thread: Some(thread?), batch: Batch::default() };
        let result = work(&mut behind);
        // who wanted to know its error has asked
        let _ = behind.flush();
        Ok(result)
    })
}

fn show(sink: &mut dyn Sink, from: &Receiver<Batch>) -> io::Result<()> {
    for batch in from {
        let shown = batch.show(sink);
        match &batch.flushed {
            Some(flushed) => _ = flushed.send(shown.and_then(|()| sink.flush())),
            None => shown?,
        }
    }
    Ok(())
}

/// What was seen, but for its bytes.
enum Seen {
    Datagram(Datagram<'static>, Range<usize>),
    Note { time: Option<Duration>, pid: Option<i32>, text: String },
}

#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    seen: Vec<Seen>,
    /// Who waits until all is written.
    flushed: Option<SyncSender<io::Result<()>>>,
}

impl Batch {
    fn show(&self, sink: &mut dyn Sink) -> io::Result<()> {
        self.seen.iter().try_for_each(|seen| match seen {
            Seen::Datagram(head, bytes) => sink.datagram(&Datagram { bytes: &self.bytes[bytes.clone()], ..*head }),
            Seen::Note { time, pid, text } => sink.note(&Note { time: *time, pid: *pid, text }),
        })
    }
}

struct Behind<'scope> {
    to: SyncSender<Batch>,
    thread: Option<ScopedJoinHandle<'scope, io::Result<()>>>,
    batch: Batch,
}

impl Behind<'_> {
    fn add(&mut self, seen: Seen) -> io::Result<()> {
        self.batch.seen.push(seen);
        if self.batch.seen.len() < MANY && self.batch.bytes.len() < LARGE { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.to.send(std::mem::take(&mut self.batch)).map_err(|_| self.failure())
    }

    /// Why the thread takes no more.
    fn failure(&mut self) -> io::Error {
        match self.thread.take().map(ScopedJoinHandle::join) {
            Some(Err(panic)) => resume_unwind(panic),
            Some(Ok(Err(error))) => error,
            _ => ErrorKind::BrokenPipe.into(),
        }
    }
}

impl Sink for Behind<'_> {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        let start = self.batch.bytes.len();
        self.batch.bytes.extend_from_slice(datagram.bytes);
        self.add(Seen::Datagram(Datagram { bytes: &[], ..*datagram }, start..self.batch.bytes.len()))
    }

    fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
        self.add(Seen::Note { time: note.time, pid: note.pid, text: note.text.to_owned() })
    }

    fn flush(&mut self) -> io::Result<()> {
        let (flushed, answer) = sync_channel(1);
        self.batch.flushed = Some(flushed);
        self.hand_over()?;
        answer.recv().unwrap_or_else(|_| Err(self.failure()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what comes, and fails at one.
    #[derive(Default)]
    struct List {
        seen: Vec<String>,
        fails_at: Option<usize>,
        flushed: usize,
    }

    impl List {
        fn push(&mut self, text: String) -> io::Result<()> {
            if self.fails_at == Some(self.seen.len()) {
                return Err(ErrorKind::StorageFull.into());
            }
            self.seen.push(text);
            Ok(())
        }
    }

    impl Sink for List {
        fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
            self.push(format!("{:?} {}", datagram.bytes, datagram.len))
        }

        fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
            self.push(format!("{:?} {}", note.pid, note.text))
        }

        fn flush(&mut self) -> io::Result<()> {
            self.flushed = self.seen.len();
            Ok(())
        }
    }

    /// As many as are told, of all lengths; with a note here and there.
    fn feed(sink: &mut dyn Sink, count: usize) -> io::Result<()> {
        (0..count).try_for_each(|i| {
            sink.datagram(&Datagram { bytes: &vec![i as u8; i % 2000], len: i, ..Datagram::default() })?;
            if i % 10 == 0 { sink.note(&Note { time: None, pid: Some(i as i32), text: "here" }) } else { Ok(()) }
        })
    }

    #[test]
    fn all_comes_in_its_order() {
        for count in [0, 1, MANY, 5000] {
            let (mut plain, mut list) = (List::default(), List::default());
            feed(&mut plain, count).unwrap();
            behind(&mut list, |sink| feed(sink, count)).unwrap().unwrap();
            assert_eq!((plain.seen.len(), &plain.seen), (list.flushed, &list.seen));
        }
    }

    #[test]
    fn what_is_flushed_has_come() {
        let mut list = List::default();
        let flushed = behind(&mut list, |sink| {
            feed(sink, 3).unwrap();
            sink.flush().unwrap();
            feed(sink, 2)
        });
        flushed.unwrap().unwrap();
        assert_eq!(list.seen.len(), 4 + 3);
    }

    #[test]
    fn its_error_is_ours() {
        for (count, fails_at) in [(5000, 700), (5000, 0), (3, 2)] {
            let mut list = List { fails_at: Some(fails_at), ..List::default() };
            let fed = behind(&mut list, |sink| feed(sink, count).and_then(|()| sink.flush())).unwrap();
            assert_eq!((fed.unwrap_err().kind(), list.seen.len()), (ErrorKind::StorageFull, fails_at));
        }
    }
}
