//! Leases on disk, as the original plugin keeps them: each of the two can go on where the other left off, or run
//! beside it.
//!
//! | file in `DATADIR/NETWORK/` | content |
//! | --- | --- |
//! | `10.1.0.2`, `fd00::2` | a lease: container and interface as `ID\r\nIFNAME`; of very old versions `ID` alone |
//! | `last_reserved_ip.0` | the last address that was given of the first range set; a new search begins after it |
//! | `lock` | is locked (`flock`) by whoever looks or changes |
//! | `.new` | what is about to be a new `last_reserved_ip`, and a lease where there are no files without a name |
//! | `.index` | see [`index`]; only where there are many leases |
//!
//! A lease is there whole or not at all: it is written to a file without a name and flushed, before the lock is taken,
//! so that many can do that at once; only then it is linked to its name, which fails if somebody has that. Between the
//! two its holder can do something else: the disk is told early, and asked late. The directory
//! is not flushed: a lease that is lost with the power is one of a container that is gone with it. All addresses of a
//! container have the same content, so they are links to one file. Which addresses are taken, the names say; only who
//! holds what takes reading.
//!
//! The original reads every file of the directory to see whether a container has a lease already, and once more to
//! delete it. So do we while there are fewer than [`index::SINCE`]; from there on a table of our own says where to look,
//! as long as nobody else has touched the directory.
//!
//! A lease that says nothing, or nothing that could be a container, is left of a crash: it keeps an address that nobody
//! has. It is deleted where it is met, and reported. What is no plain file stays, and its address with it: no link is
//! followed.

pub mod index;
pub mod lease;

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::unistd::{UnlinkatFlags, fdatasync, linkat, unlinkat};

use self::index::Index;
use self::lease::{Lease, directory};
use crate::cni::config::address;
use crate::cni::error::CniError;
use crate::cni::file;

/// What is about to be a file.
const NEW: &str = ".new";

/// Longer than any lease, in bytes: whatever fills it is none.
const LONGEST: usize = 4096;
/// Longer than any address.
const LONGEST_ADDR: usize = 64;

/// Who holds a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The container.
    pub id: &'a str,
    /// Its interface; leases of very old versions do not say.
    pub ifname: Option<&'a str>,
}

impl<'a> Holder<'a> {
    /// An interface of a container.
    pub fn new(id: &'a str, ifname: &'a str) -> Holder<'a> {
        Holder { id, ifname: Some(ifname) }
    }

    /// The same as old versions wrote it.
    fn old(self) -> Holder<'a> {
        Holder { ifname: None, ..self }
    }

    /// Reads a lease; space around it does not count.
    fn read(lease: &'a [u8]) -> Option<Holder<'a>> {
        let text = std::str::from_utf8(lease).ok()?.trim();
        let (id, ifname) = match text.split_once("\r\n") {
            Some((id, ifname)) => (id, Some(ifname)),
            None => (text, None),
        };
        let said = |text: &str| !text.is_empty() && !text.contains(char::is_control);
        (said(id) && ifname.is_none_or(said)).then_some(Holder { id, ifname })
    }

    fn lease(self) -> String {
        match self.ifname {
            Some(ifname) => format!("{}\r\n{ifname}", self.id),
            None => self.id.to_owned(),
        }
    }
}

/// What is at the name of a lease.
enum Found<'a> {
    Lease(Holder<'a>),
    /// What a crash left.
    Broken,
    /// Something that is no plain file, or cannot be read: why.
    Odd(String),
    Nothing,
}

/// The leases of a network, locked as long as this lives.
#[derive(Debug)]
pub struct Store {
    dir: OwnedFd,
    path: PathBuf,
    /// `None`: everything has to be read.
    index: Option<Index>,
    /// Whether the directory has been changed: the index has to be told.
    changed: bool,
    /// A lease that is on the disk, and has no name yet.
    lease: Option<File>,
    _lock: File,
}

impl Store {
    /// Opens and locks the leases of a network, after whoever has them; `None` if there are none.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn open(data_dir: &Path, network: &str) -> Result<Option<Store>, CniError> {
        let path = data_dir.join(network);
        let Some(dir) = directory(&path)? else { return Ok(None) };
        Store::locked(Lease { dir, path, file: None }).map(Some)
    }

    fn locked(Lease { dir, path, file: lease }: Lease) -> Result<Store, CniError> {
        let lock_path = path.join("lock");
        let flags = OFlag::O_RDONLY | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let lock = openat(&dir, "lock", flags, Mode::from_bits_truncate(0o750)).map_err(failed("open", &lock_path))?;
        let lock = File::from(lock);
        lock.lock().map_err(failed("lock", &lock_path))?;
        let index = Index::open(&dir);
        Ok(Store { dir, path, index, changed: false, lease, _lock: lock })
    }

    /// The addresses that a container holds for this interface.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn held(&mut self, holder: Holder<'_>) -> Result<Vec<IpAddr>, CniError> {
        let mut held = Vec::new();
        if self.look_up(holder, &mut held) {
            return Ok(held);
        }
        held.clear();
        self.scan(&mut |addr, by| {
            if by == holder || by == holder.old() {
                held.push(addr);
            }
            true
        })?;
        Ok(held)
    }

    /// Whether the holder has this very address.
    pub fn holds(&self, holder: Holder<'_>, addr: &IpAddr) -> bool {
        self.find(addr, |found| matches!(found, Found::Lease(by) if by == holder || by == holder.old()))
    }

    /// Deletes all leases of a container's interface. If it has none, those of the container that name no interface.
    /// Gives how many there were.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE); what could be deleted is.
    pub fn release(&mut self, holder: Holder<'_>) -> Result<usize, CniError> {
        let held = self.held(holder)?;
        let is_of = |by| move |found: Found<'_>| matches!(found, Found::Lease(found) if found == by);
        let (new, old): (Vec<_>, Vec<_>) = held.iter().partition(|addr| self.find(addr, is_of(holder)));
        let (leases, holder) = if new.is_empty() { (old, holder.old()) } else { (new, holder) };
        let mut result = Ok(());
        for addr in &leases {
            let deleted = self.delete(addr, Some(holder));
            result = result.and(deleted);
        }
        result.map(|()| leases.len())
    }

    /// Deletes the leases of which `keep` says no.
    ///
    /// # Errors
    /// As [`release`](Self::release).
    pub fn retain(&mut self, keep: &mut dyn FnMut(Holder<'_>) -> bool) -> Result<(), CniError> {
        self.scan(&mut |_, by| keep(by))
    }

    /// Deletes leases that a crash left. Gives whether there were any.
    ///
    /// # Errors
    /// As [`release`](Self::release).
    pub fn mend(&mut self) -> Result<bool, CniError> {
        let before = self.names()?.len();
        self.scan(&mut |_, _| true)?;
        Ok(self.names()?.len() < before)
    }

    /// All addresses that have a name here, sorted.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn names(&self) -> Result<Vec<IpAddr>, CniError> {
        let mut names = Vec::new();
        self.each_name(&mut |addr| {
            names.push(addr);
            Ok(())
        })?;
        crate::sort::sort(&mut names);
        Ok(names)
    }

    /// How many of the leases are from before the machine started: their containers are gone.
    pub fn before_start(&self) -> usize {
        let mut before = 0;
        let Some(started) = started() else { return 0 };
        let _ = self.each_name(&mut |addr| {
            let stat = nix::sys::stat::fstatat(&self.dir, addr.to_string().as_str(), AtFlags::AT_SYMLINK_NOFOLLOW);
            before += usize::from(stat.is_ok_and(|stat| stat.st_mtime < started));
            Ok(())
        });
        before
    }

    /// The address that was given last from a range set; `None` if that cannot be known.
    pub fn last_reserved(&self, set: usize) -> Option<IpAddr> {
        let (name, mut buffer) = (last_reserved(set), [0; LONGEST_ADDR]);
        match self.read(&name, &mut buffer) {
            Ok(text) => {
                let last = std::str::from_utf8(text).ok().and_then(|text| address(text.trim()));
                if last.is_none() {
                    self.report(&format!("{name} is broken: the search begins with the first address"));
                }
                last
            }
            Err(Errno::ENOENT) => None,
            Err(errno) => {
                self.report(&format!("{name}: {}", crate::exchange::strerror(errno as i32)));
                None
            }
        }
    }

    /// Writes down the address that was given last from a range set. Not flushed: without it only the order of a round
    /// is lost.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn set_last_reserved(&mut self, set: usize, addr: IpAddr) -> Result<(), CniError> {
        let (name, addr) = (last_reserved(set), addr.to_string());
        if self.write_over(&name, &addr).is_ok() {
            // a crash may have left it, and to the original it would be a lease
            let _ = unlinkat(&self.dir, NEW, UnlinkatFlags::NoRemoveDir);
            return Ok(());
        }
        self.write_new(&addr)?;
        renameat(&self.dir, NEW, &self.dir, name.as_str()).map_err(failed("write", &self.path.join(name)))
    }

    /// Writes over a small plain file. A new one in its place would have the file system free the block of the old one,
    /// which can take longer than everything else here. Whoever is killed half-way leaves spaces at the end.
    fn write_over(&self, name: &str, text: &str) -> io::Result<()> {
        let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = File::from(openat(&self.dir, name, flags, Mode::empty())?);
        let stat = fstat(&file)?;
        let len = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
        // another name of it may be something that matters
        if !is_file(&stat) || stat.st_nlink != 1 || len > LONGEST_ADDR {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        file.write_all_at(format!("{text:len$}").as_bytes(), 0)?;
        if len > text.len() { file.set_len(text.len() as u64) } else { Ok(()) }
    }

    /// Begins to give addresses to the container for which this was opened.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn begin<'a>(&'a mut self, holder: Holder<'a>) -> Result<Reservation<'a>, CniError> {
        let (source, flags) = match &self.lease {
            Some(file) => (format!("/proc/self/fd/{}", file.as_raw_fd()), AtFlags::AT_SYMLINK_FOLLOW),
            None => {
                let file = self.write_new(&holder.lease())?;
                fdatasync(&file).map_err(failed("flush", &self.path.join(NEW)))?;
                (NEW.to_owned(), AtFlags::empty())
            }
        };
        Ok(Reservation { store: self, holder, source, flags, taken: Vec::new() })
    }

    /// Writes `.new`.
    fn write_new(&mut self, text: &str) -> Result<File, CniError> {
        self.changed = true;
        let path = || self.path.join(NEW);
        let mut file = file::fresh(&self.dir, NEW).map_err(failed("make", &path()))?;
        file.write_all(text.as_bytes()).map_err(failed("write", &path()))?;
        Ok(file)
    }

    /// Finds the holder's leases with the index. If that cannot be relied on it is gone afterwards, and `false` comes
    /// back.
    fn look_up(&mut self, holder: Holder<'_>, held: &mut Vec<IpAddr>) -> bool {
        let Some(index) = &self.index else { return false };
        let mut addrs = Vec::new();
        let known = [holder, holder.old()].into_iter().all(|by| index.get(by.lease().as_bytes(), &mut addrs).is_ok());
        // what it says has to be so; two holders can have one hash
        let right = known && addrs.iter().all(|addr| self.find(addr, |found| matches!(found, Found::Lease(_))));
        if !right {
            self.index = None;
            return false;
        }
        held.extend(addrs.into_iter().filter(|addr| self.holds(holder, addr)));
        true
    }

    /// Reads all leases, deletes what is broken and those of which `keep` says no, and makes the index anew.
    fn scan(&mut self, keep: &mut dyn FnMut(IpAddr, Holder<'_>) -> bool) -> Result<(), CniError> {
        self.index = None;
        let mut count = 0;
        self.each_name(&mut |_| {
            count += 1;
            Ok(())
        })?;
        // without it everything works, only slower
        let mut index = (count >= index::SINCE).then(|| Index::create(&self.dir, count).ok()).flatten();
        let mut result = Ok(());
        let mut changed = index.is_some();
        self.each_name(&mut |addr| {
            let wanted = self.find(&addr, |found| match found {
                Found::Lease(by) if keep(addr, by) => {
                    if index.as_mut().is_some_and(|index| index.insert(&self.dir, by.lease().as_bytes(), addr).is_err()) {
                        index = None;
                    }
                    true
                }
                Found::Lease(_) => false,
                Found::Broken => {
                    self.report(&format!("{addr} is held by nobody, its lease is broken: deleted"));
                    false
                }
                Found::Odd(why) => {
                    self.report(&format!("{addr} is no lease, and stays: {why}"));
                    true
                }
                Found::Nothing => true,
            });
            if !wanted {
                changed = true;
                let deleted = self.unlink(&addr);
                if result.is_ok() {
                    result = deleted;
                }
            }
            Ok(())
        })?;
        if count < index::SINCE {
            changed |= Index::delete(&self.dir);
        }
        self.index = index;
        self.changed |= changed;
        result
    }

    fn each_name(&self, see: &mut dyn FnMut(IpAddr) -> Result<(), CniError>) -> Result<(), CniError> {
        let failed = || failed("read", &self.path);
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut dir = Dir::openat(&self.dir, ".", flags, Mode::empty()).map_err(failed())?;
        for entry in dir.iter() {
            let entry = entry.map_err(failed())?;
            if let Some(addr) = entry.file_name().to_str().ok().and_then(lease_of) {
                see(addr)?;
            }
        }
        Ok(())
    }

    /// Looks at what has the name of an address.
    fn find<T>(&self, addr: &IpAddr, see: impl FnOnce(Found<'_>) -> T) -> T {
        let mut buffer = [0; LONGEST];
        match self.read(&addr.to_string(), &mut buffer) {
            Ok(text) if text.len() == LONGEST => see(Found::Broken),
            Ok(text) => see(Holder::read(text).map_or(Found::Broken, Found::Lease)),
            Err(Errno::ENOENT) => see(Found::Nothing),
            Err(Errno::ELOOP) => see(Found::Odd("a symbolic link".into())),
            Err(Errno::EISDIR) => see(Found::Odd("a directory".into())),
            Err(errno) => see(Found::Odd(crate::exchange::strerror(errno as i32))),
        }
    }

    /// The beginning of a plain file.
    fn read<'a>(&self, name: &str, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
        // without O_NONBLOCK opening a pipe waits for who writes
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let mut file = File::from(openat(&self.dir, name, flags, Mode::empty())?);
        let mut len = 0;
        while len < buffer.len() {
            match file.read(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(got) => len += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO))),
            }
            // a lease is shorter, and read whole at once
            if len < LONGEST / 2 {
                break;
            }
        }
        if len == 0 && !is_file(&fstat(&file)?) {
            return Err(Errno::EINVAL);
        }
        Ok(&buffer[..len])
    }

    /// Deletes a lease; `holder` if it is in the index. The directory comes first: its new time is what says that the
    /// index is out of date, should we be killed in between.
    fn delete(&mut self, addr: &IpAddr, holder: Option<Holder<'_>>) -> Result<(), CniError> {
        self.changed = true;
        self.unlink(addr)?;
        if let (Some(index), Some(holder)) = (&mut self.index, holder)
            && index.remove(holder.lease().as_bytes(), addr).is_err()
        {
            self.index = None;
        }
        Ok(())
    }

    fn unlink(&self, addr: &IpAddr) -> Result<(), CniError> {
        match unlinkat(&self.dir, addr.to_string().as_str(), UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(failed("delete", &self.path.join(addr.to_string()))(errno)),
        }
    }

    /// Says on standard error what is wrong here and does not keep anything from going on.
    fn report(&self, text: &str) {
        let _ = writeln!(io::stderr(), "host-local: {}: {text}", self.path.display());
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // the lock is released after this
        if let Some(index) = self.index.as_ref().filter(|_| self.changed) {
            index.mark(&self.dir);
        }
    }
}

/// Addresses that are being given to a container. Unless it is kept, they are taken back.
#[derive(Debug)]
pub struct Reservation<'a> {
    store: &'a mut Store,
    holder: Holder<'a>,
    /// The file that gets the names.
    source: String,
    flags: AtFlags,
    taken: Vec<IpAddr>,
}

impl Reservation<'_> {
    /// The leases.
    pub fn store(&mut self) -> &mut Store {
        self.store
    }

    /// Takes an address. `false` if somebody has it.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn take(&mut self, addr: IpAddr) -> Result<bool, CniError> {
        if self.link(addr)? {
            return Ok(true);
        }
        let broken = self.store.find(&addr, |found| matches!(found, Found::Broken | Found::Nothing));
        if !broken {
            return Ok(false);
        }
        self.store.report(&format!("{addr} is held by nobody, its lease is broken: deleted"));
        self.store.delete(&addr, None)?;
        self.link(addr)
    }

    /// The same without a look at who has it.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn link(&mut self, addr: IpAddr) -> Result<bool, CniError> {
        let dir = &self.store.dir;
        match linkat(dir, self.source.as_str(), dir, addr.to_string().as_str(), self.flags) {
            Ok(()) => {}
            Err(Errno::EEXIST) => return Ok(false),
            Err(errno) => return Err(failed("make the lease", &self.store.path.join(addr.to_string()))(errno)),
        }
        self.store.changed = true;
        self.taken.push(addr);
        if let Some(index) = &mut self.store.index
            && index.insert(&self.store.dir, self.holder.lease().as_bytes(), addr).is_err()
        {
            self.store.index = None;
        }
        Ok(true)
    }

    /// Keeps what was taken: `last` are the range sets' addresses that were taken last.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE); nothing is kept then.
    pub fn keep(mut self, last: &[(usize, IpAddr)]) -> Result<(), CniError> {
        for (set, addr) in last {
            self.store.set_last_reserved(*set, *addr)?;
        }
        self.taken.clear();
        Ok(())
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if self.source == NEW {
            let _ = unlinkat(&self.store.dir, NEW, UnlinkatFlags::NoRemoveDir);
        }
        for addr in std::mem::take(&mut self.taken) {
            if let Err(error) = self.store.delete(&addr, Some(self.holder)) {
                self.store.report(&error.to_string());
            }
        }
    }
}

fn last_reserved(set: usize) -> String {
    format!("last_reserved_ip.{set}")
}

/// The address of a lease's name; a name that is written in another way is none.
fn lease_of(name: &str) -> Option<IpAddr> {
    let first = name.as_bytes().first()?;
    // most other names need no closer look
    let addr: IpAddr = (first.is_ascii_hexdigit() || *first == b':').then(|| address(name)).flatten()?;
    (addr.to_string() == name).then_some(addr)
}

fn is_file(stat: &FileStat) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG
}

/// For `map_err`: what was tried, and with which file.
fn failed<E: Into<io::Error>>(what: &str, path: &Path) -> impl FnOnce(E) -> CniError {
    let what = format!("{what} {}", path.display());
    move |error| CniError::io(what)(error.into())
}

/// When the machine started, in seconds of the clock of files.
fn started() -> Option<i64> {
    let uptime = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).ok()?.tv_sec();
    Some(nix::time::clock_gettime(nix::time::ClockId::CLOCK_REALTIME).ok()?.tv_sec() - uptime)
}
