//! Time and allocations of one piece of work.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Processor time of this thread, in nanoseconds: what others do on the machine does not count.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is ours, and the clock exists since Linux 2.6.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// What one contender took.
#[derive(Clone, Default)]
pub struct Took {
    /// Nanoseconds a message, one number a round.
    pub rounds: Vec<f64>,
    /// Allocations a message.
    pub allocations: f64,
}

impl Took {
    /// The fastest round: noise only ever adds.
    pub fn best(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The round in the middle.
    pub fn median(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Each contender in turn, again and again, so that all meet the same noise. Each works through `messages` messages
/// a call; a round lasts about `millis` for each.
pub fn compare(contenders: &mut [&mut dyn FnMut()], messages: u32, rounds: u32, millis: u64) -> Vec<Took> {
    let mut all = vec![Took::default(); contenders.len()];
    let calls: Vec<u64> = contenders
        .iter_mut()
        .zip(&mut all)
        .map(|(work, took)| {
            work();
            let (allocations, start) = (ALLOCATIONS.load(Ordering::Relaxed), now());
            work();
            took.allocations = (ALLOCATIONS.load(Ordering::Relaxed) - allocations) as f64 / f64::from(messages);
            (millis * 1_000_000 / (now() - start).max(1)).clamp(1, 1_000_000)
        })
        .collect();
    for _ in 0..rounds {
        for ((work, took), &calls) in contenders.iter_mut().zip(&mut all).zip(&calls) {
            let start = now();
            (0..calls).for_each(|_| work());
            took.rounds.push((now() - start) as f64 / (calls as f64 * f64::from(messages)));
        }
    }
    all
}
