//! Where the leases of a container are: a table in the file `.index`, so that nobody has to read them all.
//!
//! It is a hash table with open addressing, read and written in place, a few hundred bytes at a time:
//!
//! ```text
//!   0 ┌ MAGIC ─────────┬ boot_id, 36 bytes ──┬ slots ─┬ used ─┬ live ─┬ mark ──────────────┐
//!     │ 16 bytes       │ of the running kernel │ u32    │ u32   │ u32   │ s i64, ns i64 (at 72)│
//! 128 ├ hash ─┬ state ─┼ address ─────────────┼────────┴───────┴───────┴──────────────────────┘
//!     │ u64   │ u64    │ 16 bytes             │  x slots; state: FREE, GONE, 4 or 6
//!     └───────┴────────┴──────────────────────┘
//! ```
//!
//! The table must never be believed when it is wrong: an address would be given to a container that has one, or stay
//! taken after `DEL`. Others change the directory without telling it, above all the original plugin. So after each
//! change of ours, still under the lock, the directory's time of modification is set to a moment that has passed already,
//! and that moment is written in the table: the mark. Whoever makes or deletes a file there sets the time to now, and mark
//! and time differ; so they do if we are killed between the change and the mark. Then all leases are read, and
//! the table is made anew. As the table is never flushed, one from before the last start of the kernel is not used.
//!
//! To the original the table is one more file without a lease in it: it reads it, finds no container, and leaves it.

use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use nix::fcntl::{OFlag, openat, renameat};
use nix::sys::stat::{Mode, fstat, futimens};
use nix::sys::time::TimeSpec;
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::cni::file;

/// From how many leases on there is a table: below, reading them takes less than half a millisecond.
pub const SINCE: usize = 128;
/// Below how many it goes: not the same number, or it would come and go with each lease.
const UNTIL: usize = SINCE / 2;

const NAME: &str = ".index";
/// A table that is being made.
const NEW: &str = ".index.new";
const MAGIC: &[u8; 16] = b"barelink leases\n";
const HEADER: usize = 128;
const SLOT: usize = 32;
/// How many slots are read at once.
const RUN: usize = 16;
/// How far back the mark is, in seconds: more than the coarsest clock of files that there is.
const BACK: i64 = 2;

const FREE: u64 = 0;
const GONE: u64 = 1;

type BootId = [u8; 36];
type Mark = (i64, i64);

/// The table of a directory.
#[derive(Debug)]
pub struct Index {
    file: File,
    boot: BootId,
    /// A power of two.
    slots: u32,
    /// Slots that are not `FREE`: lookups pass over them.
    used: u32,
    /// Those with a lease.
    live: u32,
}

impl Index {
    /// Opens the table of a locked directory, if there is one that can be believed.
    pub fn open(dir: &OwnedFd) -> Option<Index> {
        let flags = OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = File::from(openat(dir, NAME, flags, Mode::empty()).ok()?);
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).ok()?;
        let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let boot: BootId = header[16..52].try_into().ok()?;
        let mark = (read_u64(&header, 72) as i64, read_u64(&header, 80) as i64);
        let index = Index { file, boot, slots: word(52), used: word(56), live: word(60) };
        let fits = index.slots.is_power_of_two() && index.file.metadata().ok()?.len() == length(index.slots);
        let sound = fits && header[..16] == *MAGIC && index.live <= index.used && index.used < index.slots;
        (sound && modified(dir).ok()? == mark && boot_id()? == boot).then_some(index)
    }

    /// Makes an empty table for about `leases` leases; [`mark`](Self::mark) says that it is complete.
    ///
    /// # Errors
    /// Of the system. Everything works without a table.
    pub fn create(dir: &OwnedFd, leases: usize) -> io::Result<Index> {
        let slots = u32::try_from(leases.saturating_mul(2).max(1024)).ok().and_then(u32::checked_next_power_of_two);
        let slots = slots.ok_or(io::ErrorKind::InvalidInput)?;
        let boot = boot_id().ok_or(io::ErrorKind::Unsupported)?;
        let file = file::fresh(dir, NEW)?;
        file.set_len(length(slots))?;
        renameat(dir, NEW, dir, NAME)?;
        Ok(Index { file, boot, slots, used: 0, live: 0 })
    }

    /// Deletes the table, if there is one; whether there was.
    pub fn delete(dir: &OwnedFd) -> bool {
        unlinkat(dir, NAME, UnlinkatFlags::NoRemoveDir).is_ok()
    }

    /// Adds the addresses of a lease to `addrs`, and maybe those of others.
    ///
    /// # Errors
    /// Of the system: the table is not to be used any more. So with the other functions.
    pub fn get(&self, lease: &[u8], addrs: &mut Vec<IpAddr>) -> io::Result<()> {
        self.walk(hash(lease), &mut |_, addr| {
            addrs.extend(addr);
            addr.is_none()
        })
    }

    /// Adds an address of a lease.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn insert(&mut self, dir: &OwnedFd, lease: &[u8], addr: IpAddr) -> io::Result<()> {
        if self.used >= self.slots / 4 * 3 {
            self.grow(dir)?;
        }
        self.put(hash(lease), addr)
    }

    fn put(&mut self, hash: u64, addr: IpAddr) -> io::Result<()> {
        let mut free = 0;
        self.walk(hash, &mut |at, addr| {
            free = at;
            addr.is_none()
        })?;
        self.used += 1;
        self.live += 1;
        self.file.write_all_at(&slot(hash, addr), free)
    }

    /// Takes an address of a lease out. That it is not there is no error.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn remove(&mut self, lease: &[u8], addr: &IpAddr) -> io::Result<()> {
        let mut found = None;
        self.walk(hash(lease), &mut |at, other| {
            if other.as_ref() == Some(addr) {
                found = Some(at);
            }
            other.is_none() || found.is_some()
        })?;
        let Some(at) = found else { return Ok(()) };
        self.live = self.live.saturating_sub(1);
        self.file.write_all_at(&GONE.to_le_bytes(), at + 8)
    }

    /// Says that the table is what the locked directory is, until somebody changes that; deletes it if few leases are left.
    pub fn mark(&self, dir: &OwnedFd) {
        if (self.live as usize) < UNTIL {
            Index::delete(dir);
        } else {
            let _ = self.try_mark(dir);
        }
    }

    fn try_mark(&self, dir: &OwnedFd) -> io::Result<()> {
        let (s, ns) = modified(dir)?;
        futimens(dir, &TimeSpec::UTIME_OMIT, &TimeSpec::new(s - BACK, ns))?;
        // what the file system made of it
        let (s, ns) = modified(dir)?;
        let mut header = [0; HEADER];
        header[..16].copy_from_slice(MAGIC);
        header[16..52].copy_from_slice(&self.boot);
        for (at, word) in [(52, self.slots), (56, self.used), (60, self.live)] {
            header[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        header[72..80].copy_from_slice(&s.to_le_bytes());
        header[80..88].copy_from_slice(&ns.to_le_bytes());
        self.file.write_all_at(&header, 0)
    }

    /// Shows `see` the slots where a hash can be: where, and the address; `None` at the free one where they end. It ends
    /// earlier if `see` says so.
    fn walk(&self, hash: u64, see: &mut dyn FnMut(u64, Option<IpAddr>) -> bool) -> io::Result<()> {
        let mut slot = hash as u32 & (self.slots - 1);
        let mut run = [0; RUN * SLOT];
        let mut seen = 0;
        while seen < self.slots {
            let count = RUN.min((self.slots - slot) as usize);
            let at = HEADER as u64 + u64::from(slot) * SLOT as u64;
            self.file.read_exact_at(&mut run[..count * SLOT], at)?;
            for (i, slot) in run[..count * SLOT].chunks_exact(SLOT).enumerate() {
                let at = at + (i * SLOT) as u64;
                match read(slot) {
                    (_, FREE, _) => {
                        see(at, None);
                        return Ok(());
                    }
                    (known, state, addr) if state != GONE && known == hash && see(at, Some(addr)) => return Ok(()),
                    _ => {}
                }
            }
            seen += count as u32;
            slot = (slot + count as u32) & (self.slots - 1);
        }
        // full: it never is
        Err(io::ErrorKind::InvalidData.into())
    }

    /// Makes a larger table of this one, or only a tidier one.
    fn grow(&mut self, dir: &OwnedFd) -> io::Result<()> {
        let mut new = Index::create(dir, self.live as usize * 2)?;
        let mut run = [0; RUN * SLOT];
        for at in (HEADER as u64..length(self.slots)).step_by(RUN * SLOT) {
            self.file.read_exact_at(&mut run, at)?;
            for slot in run.chunks_exact(SLOT) {
                let (hash, state, addr) = read(slot);
                if state != FREE && state != GONE {
                    new.put(hash, addr)?;
                }
            }
        }
        *self = new;
        Ok(())
    }
}

fn length(slots: u32) -> u64 {
    HEADER as u64 + u64::from(slots) * SLOT as u64
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn slot(hash: u64, addr: IpAddr) -> [u8; SLOT] {
    let (state, octets) = match addr {
        IpAddr::V4(addr) => (4_u64, addr.to_ipv6_mapped().octets()),
        IpAddr::V6(addr) => (6, addr.octets()),
    };
    let mut slot = [0; SLOT];
    slot[..8].copy_from_slice(&hash.to_le_bytes());
    slot[8..16].copy_from_slice(&state.to_le_bytes());
    slot[16..].copy_from_slice(&octets);
    slot
}

/// Hash, state and address of a slot.
fn read(slot: &[u8]) -> (u64, u64, IpAddr) {
    let (state, mut octets) = (read_u64(slot, 8), [0; 16]);
    octets.copy_from_slice(&slot[16..SLOT]);
    let [.., a, b, c, d] = octets;
    let addr = if state == 4 { Ipv4Addr::new(a, b, c, d).into() } else { Ipv6Addr::from(octets).into() };
    (read_u64(slot, 0), state, addr)
}

/// FNV-1a, and its bits mixed once more, as the lowest of them choose the slot.
fn hash(lease: &[u8]) -> u64 {
    let hash =
        lease.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash ^ (hash >> 32)
}

/// When the directory was changed last: seconds and nanoseconds.
fn modified(dir: &OwnedFd) -> io::Result<Mark> {
    let stat = fstat(dir)?;
    Ok((stat.st_mtime, stat.st_mtime_nsec))
}

fn boot_id() -> Option<BootId> {
    let id = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    id.get(..36)?.try_into().ok()
}
