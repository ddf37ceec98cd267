//! Which name below `/run/netns` the namespace with an id has.
//!
//! The kernel tells the id of a namespace that somebody has opened, and goes through all ids for that; nobody tells
//! the namespace of an id. A machine can have thousands of names, so the first to be tried are those that it will be:
//! the kernel gives out ids in the order in which it first needs them, which mostly is that of the names' making.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{Mode, fstatat};
use nlmsg::frame::NlmF;
use nlmsg::payload::Nest::List;
use nlmsg::route::nsid::Netnsa::*;
use nlmsg::route::nsid::{NETNSA_NSID_NOT_ASSIGNED, RtGenMsg};
use nlmsg::route::{Nsid, RTM_GETNSID};

use crate::ip::Ip;
use crate::netns::DIR;
use crate::words::Stop;

/// How often what was learned gives a better place to go on from; then it is one name after the other.
const GUESSES: u32 = 8;

/// Asks which id a namespace has here; `None` if it has none.
pub(super) fn id(ip: &mut Ip<'_, '_>, ns: &impl AsFd) -> Result<Option<i32>, Stop> {
    let fd = [NETNSA_FD(ns.as_fd().as_raw_fd() as u32)];
    let mut found = None;
    let asked = ip.socket()?.get(RTM_GETNSID, NlmF(0), &Nsid::new(RtGenMsg::default(), List(&fd)), |message| {
        found = message.body::<Nsid<'_>>().ok().and_then(|body| {
            body.attrs.find(|attr| match attr {
                NETNSA_NSID(id) => Some(id),
                _ => None,
            })
        });
        Ok::<(), crate::Error>(())
    });
    match asked {
        Ok(()) => Ok(found.filter(|&id| id != NETNSA_NSID_NOT_ASSIGNED)),
        // kernels before 4.0 have no ids; a file may be no namespace
        Err(error) if error.refusal().is_some() => {
            ip.say(&error.into());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

struct Name {
    name: CString,
    /// Its place in the folder: of several names for a namespace, iproute2 shows the first.
    rank: usize,
    /// The inode of the file upon which the namespace is mounted: the later a file is made, the higher.
    made: u64,
    asked: bool,
}

/// The names of the namespaces that have an id here, as far as they were looked at.
#[derive(Default)]
pub(crate) struct Ids {
    /// From which names are opened.
    folder: Option<OwnedFd>,
    /// In the order in which they were made.
    names: Vec<Name>,
    /// Ids, and the places in `names` of those that have them.
    known: BTreeMap<i32, usize>,
    /// For each name the place of the first one in the folder that its namespace has; empty until that matters.
    first: Vec<usize>,
}

impl Ids {
    /// The names, none of them looked at yet.
    pub(crate) fn listed() -> Result<Ids, Stop> {
        match Ids::list() {
            Err(Errno::ENOENT) => Ok(Ids::default()),
            Err(errno) => Err(Stop::failure(format!("Cannot read {DIR}: {}", crate::exchange::strerror(errno as i32)))),
            Ok(ids) => Ok(ids),
        }
    }

    fn list() -> Result<Ids, Errno> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = open(DIR, OFlag::O_PATH | flags, Mode::empty())?;
        let entries = Dir::openat(&folder, ".", OFlag::O_RDONLY | flags, Mode::empty())?.into_iter().map_while(Result::ok);
        let entries = entries.filter(|entry| ![c".", c".."].contains(&entry.file_name()));
        let name = |(rank, entry): (usize, nix::dir::Entry)| Name {
            name: entry.file_name().into(),
            rank,
            made: entry.ino(),
            asked: false,
        };
        let mut names: Vec<Name> = entries.enumerate().map(name).collect();
        names.sort_unstable_by_key(|name| name.made);
        Ok(Ids { folder: Some(folder), names, ..Ids::default() })
    }

    /// The name of the namespace that has this id, if it is known.
    pub(crate) fn name(&self, id: i32) -> Option<String> {
        self.known.get(&id).map(|&place| self.names[place].name.to_string_lossy().into_owned())
    }

    /// Looks at all names.
    pub(crate) fn read(&mut self, ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
        let mut places: Vec<usize> = (0..self.names.len()).collect();
        places.sort_unstable_by_key(|&place| self.names[place].rank);
        for place in places {
            if let Some(id) = self.ask(ip, place)? {
                self.known.entry(id).or_insert(place);
            }
        }
        Ok(())
    }

    /// Looks at names until this id is among them.
    pub(crate) fn find(&mut self, ip: &mut Ip<'_, '_>, wanted: i32) -> Result<(), Stop> {
        let (mut guesses, mut at) = (0, self.guess(wanted));
        let mut away = 0..self.names.len();
        while !self.known.contains_key(&wanted) {
            let Some(distance) = away.next() else { break };
            for place in [at.checked_sub(distance), at.checked_add(distance)].into_iter().flatten() {
                if self.names.get(place).is_none_or(|name| name.asked) {
                    continue;
                }
                let Some(id) = self.ask(ip, place)? else { continue };
                let first = self.first(place);
                self.known.insert(id, first);
                if id != wanted && guesses < GUESSES {
                    guesses += 1;
                    (at, away) = (self.guess(wanted), 0..self.names.len());
                    break;
                }
            }
        }
        Ok(())
    }

    /// Where the name of this id is, if each name that was made has the next id.
    fn guess(&self, wanted: i32) -> usize {
        let (before, after) = (self.known.range(..wanted).next_back(), self.known.range(wanted..).next());
        let nearest = before.into_iter().chain(after).min_by_key(|&(id, _)| id.abs_diff(wanted));
        let (id, place) = nearest.map_or((0, 0), |(&id, &place)| (id, place));
        let ahead = isize::try_from(i64::from(wanted) - i64::from(id)).unwrap_or(0);
        place.saturating_add_signed(ahead).min(self.names.len().saturating_sub(1))
    }

    /// Asks for the id of the namespace of a name; `None` if it has none, or if there is no namespace.
    fn ask(&mut self, ip: &mut Ip<'_, '_>, place: usize) -> Result<Option<i32>, Stop> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let name = &mut self.names[place];
        name.asked = true;
        // what is no namespace the kernel refuses: no need to look first
        let Ok(file) = openat(folder, &*name.name, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty()) else { return Ok(None) };
        id(ip, &file)
    }

    /// The place of the first name in the folder of all that the namespace of a name has.
    fn first(&mut self, place: usize) -> usize {
        if self.first.is_empty() {
            let space = |name: &Name| {
                let stat = fstatat(self.folder.as_ref()?, &*name.name, AtFlags::empty()).ok()?;
                Some((stat.st_dev, stat.st_ino))
            };
            let spaces: Vec<_> = self.names.iter().map(space).collect();
            let mut best = BTreeMap::new();
            for (place, space) in spaces.iter().enumerate() {
                let best = best.entry(space).or_insert(place);
                if self.names[place].rank < self.names[*best].rank {
                    *best = place;
                }
            }
            self.first =
                spaces.iter().enumerate().map(|(place, space)| if space.is_some() { best[space] } else { place }).collect();
        }
        self.first[place]
    }
}
