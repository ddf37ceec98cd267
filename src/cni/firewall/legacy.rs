//! Tables of iptables as it was before nf_tables (`x_tables`; linux/netfilter_ipv4/ip_tables.h, linux/netfilter/x_tables.h):
//! nf_tables does not tell of them, and they drop all the same.
//!
//! ```text
//!   entry ┌ addresses, devices, and their masks ─┬ … ┬ target_offset, next_offset: u16 ┬ counters ┐ matches …
//!  target └ target_size: u16 ─ name, 29 bytes ─ revision: u8 ─┬ verdict: i32, or a chain's name ──┘
//! ```

use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use nlmsg::nft::{NF_ACCEPT, NF_DROP, NF_INET_FORWARD, NFPROTO_IPV4, NFPROTO_IPV6, NfProto};

use super::padded;
use super::read::{BaseChain, Known};

/// `IPT_SO_GET_INFO`, `IPT_SO_GET_ENTRIES`; of IPv6 likewise.
const GET_INFO: i32 = 64;
const GET_ENTRIES: i32 = 65;
const TABLE: &[u8] = b"filter";
const CHAIN: &str = "FORWARD";
/// Bytes of a table's name, `XT_TABLE_MAXNAMELEN`.
const NAME: usize = 32;
/// Bytes of `struct ipt_getinfo`, and of `struct ipt_get_entries` before the entries.
const INFO: usize = 84;
const HEAD: usize = 40;
/// Bytes of `struct xt_entry_target`.
const TARGET: usize = 32;

/// How a family lays its entries out.
struct Layout {
    family: NfProto,
    domain: AddressFamily,
    level: i32,
    /// Says which tables there are. To ask for one that is not there would make it.
    names: &'static str,
    /// Bytes of an address.
    addr: usize,
    /// Where `invflags` and `target_offset` are, and where matches begin.
    inverted: usize,
    target: usize,
    end: usize,
}

const LAYOUTS: [Layout; 2] = [
    Layout {
        family: NFPROTO_IPV4,
        domain: AddressFamily::Inet,
        level: libc::SOL_IP,
        names: "/proc/thread-self/net/ip_tables_names",
        addr: 4,
        inverted: 83,
        target: 88,
        end: 112,
    },
    Layout {
        family: NFPROTO_IPV6,
        domain: AddressFamily::Inet6,
        level: libc::SOL_IPV6,
        names: "/proc/thread-self/net/ip6_tables_names",
        addr: 16,
        inverted: 132,
        target: 140,
        end: 168,
    },
];

/// The chains at the forward hook that drop by policy, of the families that are `wanted`, and the rules of their tables. What
/// cannot be read is not there; in a user namespace the kernel lets nobody read the names of tables, and who asks for one by
/// name makes it.
pub(super) fn drops(wanted: impl Fn(NfProto) -> bool) -> Vec<(BaseChain, Vec<Known>)> {
    LAYOUTS.iter().filter(|layout| wanted(layout.family)).filter_map(Layout::drops).collect()
}

impl Layout {
    fn drops(&self) -> Option<(BaseChain, Vec<Known>)> {
        let names = std::fs::read(self.names).ok()?;
        names.split(|byte| *byte == b'\n').find(|name| *name == TABLE)?;
        let socket = socket(self.domain, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Raw).ok()?;
        let mut info = [0; INFO];
        info[..TABLE.len()].copy_from_slice(TABLE);
        get(&socket, self.level, GET_INFO, &mut info)?;
        let word = |at: usize| Some(u32::from_ne_bytes(info.get(at..at + 4)?.try_into().ok()?) as usize);
        let forward = NF_INET_FORWARD.0 as usize * 4;
        let (first, last, size) = (word(36 + forward)?, word(56 + forward)?, word(INFO - 4)?);
        let mut bytes = vec![0; HEAD + size];
        bytes[..TABLE.len()].copy_from_slice(TABLE);
        bytes[NAME..NAME + 4].copy_from_slice(&(size as u32).to_ne_bytes());
        get(&socket, self.level, GET_ENTRIES, &mut bytes)?;
        self.read(&bytes[HEAD..], first, last)
    }

    /// Reads a table of which the chain's entries are those from `first` to `last`, its policy.
    fn read(&self, table: &[u8], first: usize, last: usize) -> Option<(BaseChain, Vec<Known>)> {
        let (mut rules, mut chain, mut drops, mut at) = (Vec::new(), String::new(), false, 0);
        while let Some(entry) = table.get(at..).filter(|entry| entry.len() >= self.end) {
            let (target, next) = (u16_at(entry, self.target)?, u16_at(entry, self.target + 2)?);
            let (name, data) = (text(entry.get(target + 2..target + TARGET)?), entry.get(target + TARGET..next)?);
            let verdict = data.first_chunk().map(|bytes| i32::from_ne_bytes(*bytes)).filter(|_| name.is_empty());
            let is = |wanted: i32| verdict == Some(-wanted - 1);
            if name == "ERROR" {
                chain = text(data);
            } else if at == last {
                drops = is(NF_DROP.0);
            } else {
                let of = if (first..last).contains(&at) { CHAIN.to_owned() } else { chain.clone() };
                rules.push(self.rule(&entry[..self.end], of, is(NF_ACCEPT.0), target == self.end));
            }
            // the kernel has no entry without a length
            at += next.max(self.end);
        }
        let table = String::from_utf8_lossy(TABLE).into_owned();
        let chain = BaseChain { family: self.family, table, name: CHAIN.to_owned(), hook: NF_INET_FORWARD, drops };
        drops.then_some((chain, rules))
    }

    fn rule(&self, entry: &[u8], chain: String, accepts: bool, plain: bool) -> Known {
        let field = |number: usize| &entry[number * self.addr..(number + 1) * self.addr];
        let device = |number: usize| &entry[4 * self.addr + number * 16..4 * self.addr + (number + 1) * 16];
        let mut equal = Vec::new();
        for (name, mask) in [(device(0), device(2)), (device(1), device(3))] {
            let known = mask.iter().take_while(|bits| **bits == 0xff).count();
            let name = name[..known].to_vec();
            // a mask that covers the NUL says that the name ends there
            equal.extend((known > 0).then(|| if name.contains(&0) { padded(&text(&name)) } else { name }));
        }
        for (addr, mask) in [(field(0), field(2)), (field(1), field(3))] {
            let masked = addr.iter().zip(mask).map(|(addr, mask)| addr & mask);
            equal.extend(mask.iter().any(|bits| *bits != 0).then(|| masked.collect()));
        }
        let protocol = u16_at(entry, 4 * self.addr + 64);
        let inverted = entry[self.inverted] != 0;
        let of_all = plain && equal.is_empty() && protocol == Some(0) && !inverted;
        if inverted {
            equal.clear();
        }
        Known { chain, accepts, of_all, equal, ..Known::default() }
    }
}

/// Reads an option of a socket into all of `bytes`, which say what is wanted.
fn get(socket: &OwnedFd, level: i32, option: i32, bytes: &mut [u8]) -> Option<()> {
    let mut len = bytes.len() as libc::socklen_t;
    // SAFETY: the pointers are to live memory of ours, and the kernel writes at most `len` bytes.
    let done = unsafe { libc::getsockopt(socket.as_raw_fd(), level, option, bytes.as_mut_ptr().cast(), &raw mut len) };
    (done == 0 && len as usize == bytes.len()).then_some(())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

/// A name that ends with its first NUL.
fn text(bytes: &[u8]) -> String {
    let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}
