//! Reading the datagrams of a system call out of the memory of the process that makes it.

use std::ffi::c_long;
use std::ops::Range;

use nix::sys::uio::RemoteIoVec;

use super::ptrace::{Memory, read, read_pieces};
use super::sockets::Waiting;
use crate::capture::{Direction, LIMIT};

/// Buffers of a call, and messages of one, that are looked at; the kernel takes no more.
const MOST: usize = 1024;
const MSGHDR: usize = size_of::<libc::msghdr>();
const MMSGHDR: usize = size_of::<libc::mmsghdr>();
const IOVEC: usize = size_of::<libc::iovec>();
/// More than this is not read on suspicion.
const PAGE: u64 = 4096;
const SOCKADDR_NL: usize = size_of::<libc::sockaddr_nl>();

/// How a call says where its bytes are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// A buffer and a length.
    Plain,
    /// The same, then flags, then an address.
    Addressed,
    /// A list of buffers.
    Vector,
    /// A `struct msghdr`, then flags.
    Message,
    /// A list of `struct mmsghdr`, then flags.
    Messages,
}

/// What a system call of a given number does, if it moves datagrams.
pub(super) fn moving(number: u64) -> Option<(Direction, Shape)> {
    use Direction::{Received, Sent};
    Some(match number as c_long {
        libc::SYS_sendto => (Sent, Shape::Addressed),
        libc::SYS_sendmsg => (Sent, Shape::Message),
        libc::SYS_sendmmsg => (Sent, Shape::Messages),
        libc::SYS_write => (Sent, Shape::Plain),
        libc::SYS_writev => (Sent, Shape::Vector),
        libc::SYS_recvfrom => (Received, Shape::Addressed),
        libc::SYS_recvmsg => (Received, Shape::Message),
        libc::SYS_recvmmsg => (Received, Shape::Messages),
        libc::SYS_read => (Received, Shape::Plain),
        libc::SYS_readv => (Received, Shape::Vector),
        _ => return None,
    })
}

/// The `MSG_*` flags that a call was given.
pub(super) fn flags(shape: Shape, args: &[u64; 6]) -> i32 {
    match shape {
        Shape::Plain | Shape::Vector => 0,
        Shape::Message => args[2] as i32,
        Shape::Addressed | Shape::Messages => args[3] as i32,
    }
}

/// A datagram of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moved {
    /// Where in [`Reader::bytes`] it is.
    pub(super) bytes: Range<usize>,
    /// Its length as the kernel says it.
    pub(super) len: usize,
    pub(super) peer: Option<u32>,
    pub(super) groups: u32,
    pub(super) truncated: bool,
}

/// What was read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) bytes: Vec<u8>,
    pub(super) moved: Vec<Moved>,
    scratch: Vec<u8>,
    pieces: Vec<(u64, u64)>,
    /// Where the pieces of the last `struct msghdr` were, by [`SENT`] and its kin.
    last: [Option<Layout>; 3],
    memory: Memory,
}

/// Where the pieces of a `struct msghdr` are. A loop has them at the same places again, and then they are all read in
/// one go.
#[derive(Clone, Copy)]
struct Layout {
    header: u64,
    name: u64,
    iov: u64,
    /// The one buffer.
    piece: (u64, u64),
}

/// The number at `at`, in the byte order and size of this machine.
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}

fn half(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_ne_bytes(*bytes))
}

/// Places in [`Reader::last`]: what is sent, what is looked at before it is received, what was received.
const SENT: usize = 0;
const LOOKED: usize = 1;
const RECEIVED: usize = 2;
/// Bytes that are read for nothing rather than a piece more.
const NEAR: usize = 1024;

/// Offsets in `struct msghdr`.
const NAME: usize = std::mem::offset_of!(libc::msghdr, msg_name);
const NAMELEN: usize = std::mem::offset_of!(libc::msghdr, msg_namelen);
const IOV: usize = std::mem::offset_of!(libc::msghdr, msg_iov);
const IOVLEN: usize = std::mem::offset_of!(libc::msghdr, msg_iovlen);
const FLAGS: usize = std::mem::offset_of!(libc::msghdr, msg_flags);
/// Offset in `struct mmsghdr`.
const LEN: usize = std::mem::offset_of!(libc::mmsghdr, msg_len);

impl Reader {
    /// What could be read may not be readable any more.
    pub(super) fn forget(&mut self) {
        self.last = [None; 3];
    }

    /// Reads what a call has sent, or `result` bytes or messages that it has received.
    pub(super) fn read(&mut self, tid: i32, direction: Direction, shape: Shape, args: &[u64; 6], result: u64) {
        self.moved.clear();
        let slot = match (direction, result) {
            (Direction::Sent, _) => SENT,
            (Direction::Received, 0) => LOOKED,
            _ => RECEIVED,
        };
        if shape == Shape::Message && self.again(tid, direction, args[1], result, slot) {
            return;
        }
        self.bytes.clear();
        match shape {
            Shape::Plain | Shape::Addressed => {
                self.pieces.clear();
                self.pieces.push((args[1], args[2]));
                let (peer, groups) = self.named(tid, shape, args);
                let truncated = direction == Direction::Received && result > args[2];
                self.gather(tid, direction, result, peer, groups, truncated);
            }
            Shape::Vector => {
                self.vector(tid, args[1], args[2]);
                self.gather(tid, direction, result, None, 0, false);
            }
            Shape::Message => {
                let mut header = [0; MSGHDR];
                read(tid, args[1], &mut header);
                self.message(tid, direction, &header, result);
                self.last[slot] = match self.pieces[..] {
                    [piece] => Some(Layout { header: args[1], name: word(&header, NAME), iov: word(&header, IOV), piece }),
                    _ => None,
                };
            }
            Shape::Messages => {
                let count = if direction == Direction::Sent { args[2] } else { result };
                for index in 0..count.min(MOST as u64) {
                    let mut header = [0; MMSGHDR];
                    if read(tid, args[1].wrapping_add(index * MMSGHDR as u64), &mut header) < MMSGHDR {
                        break;
                    }
                    self.message(tid, direction, &header, half(&header, LEN).into());
                }
            }
        }
    }

    /// Reads a message whose pieces are where they were the last time; false if they are not.
    fn again(&mut self, tid: i32, direction: Direction, at: u64, result: u64, slot: usize) -> bool {
        let Some(last) = self.last[slot].filter(|last| last.header == at) else { return false };
        let want = match direction {
            Direction::Received => last.piece.1.min(result),
            Direction::Sent => last.piece.1,
        };
        if want > PAGE {
            return false;
        }
        let name = if last.name == 0 || slot == LOOKED { 0 } else { SOCKADDR_NL };
        let places = [(at, MSGHDR), (last.iov, IOVEC), (last.name, name), (last.piece.0, want as usize)];
        let Some([header, iovec, name_at, data]) = self.read_places(tid, places) else { return false };
        let (header, iovec) = (&self.bytes[header..][..MSGHDR], &self.bytes[iovec..][..IOVEC]);
        let same = word(header, NAME) == last.name
            && (name == 0 || half(header, NAMELEN) as usize >= SOCKADDR_NL)
            && (word(header, IOV), word(header, IOVLEN)) == (last.iov, 1);
        if !same {
            return false;
        }
        let piece = (word(iovec, 0), word(iovec, IOVEC / 2));
        let (peer, groups) = match name {
            0 => (None, 0),
            _ => (Some(half(&self.bytes, name_at + 4)), half(&self.bytes, name_at + 8)),
        };
        let truncated = direction == Direction::Received && half(header, FLAGS) & libc::MSG_TRUNC as u32 != 0;
        self.pieces.clear();
        self.pieces.push(piece);
        if piece != last.piece {
            // only the buffer is another one
            self.bytes.clear();
            self.last[slot] = Some(Layout { piece, ..last });
            self.gather(tid, direction, result, peer, groups, truncated);
            return true;
        }
        let len = if direction == Direction::Sent { piece.1 } else { result } as usize;
        self.moved.push(Moved { bytes: data..data + want as usize, len, peer, groups, truncated });
        true
    }

    /// Reads places of another process's memory into `bytes`; gives where each begins there. Those that lie near one
    /// another are read as one, for each piece costs the kernel more than a few bytes between. `None` if not all could be
    /// read.
    fn read_places<const N: usize>(&mut self, tid: i32, places: [(u64, usize); N]) -> Option<[usize; N]> {
        let mut order: [usize; N] = std::array::from_fn(|nth| nth);
        order.sort_unstable_by_key(|&nth| places[nth].0);
        let mut remote = [RemoteIoVec { base: 0, len: 0 }; N];
        let (mut offsets, mut count, mut total, mut end) = ([0; N], 0, 0, None);
        for nth in order {
            let (base, len) = (places[nth].0 as usize, places[nth].1);
            if len == 0 {
                continue;
            }
            match end.map(|end| base.checked_sub(end)) {
                Some(None) => return None,
                // less than a page between: it is of one of the two pages on which those lie
                Some(Some(gap)) if gap <= NEAR => {
                    total += gap;
                    remote[count - 1].len += gap + len;
                }
                _ => {
                    remote[count] = RemoteIoVec { base, len };
                    count += 1;
                }
            }
            offsets[nth] = total;
            total += len;
            end = Some(base.checked_add(len)?);
        }
        self.bytes.resize(total, 0);
        let got = match remote[..count] {
            [piece] => self.memory.read(tid, piece.base as u64, &mut self.bytes),
            _ => read_pieces(tid, &remote[..count], &mut self.bytes),
        };
        (got == total).then_some(offsets)
    }

    /// For how many bytes a call that receives gives room; known of [`Shape::Message`] only.
    pub(super) fn room(&mut self, tid: i32, shape: Shape, args: &[u64; 6]) -> Option<u64> {
        if shape != Shape::Message {
            return None;
        }
        self.read(tid, Direction::Received, shape, args, 0);
        Some(self.pieces.iter().fold(0, |sum: u64, piece| sum.saturating_add(piece.1)))
    }

    /// Takes what a call with that room is about to receive from whoever can look, and says what it will return; `None`
    /// if not all can be seen. `look` must not be given more room than the call has: the kernel makes later datagrams as
    /// large as any room that it has seen.
    pub(super) fn ahead(&mut self, room: u64, look: impl FnOnce(&mut [u8]) -> Option<Waiting>) -> Option<i64> {
        let place = room.min(PAGE) as usize;
        self.scratch.resize(self.scratch.len().max(PAGE as usize), 0);
        let Waiting { len, peer, groups } = look(&mut self.scratch[..place])?;
        if len > place && room > PAGE {
            return None;
        }
        let got = len.min(place);
        self.bytes.clear();
        self.bytes.extend_from_slice(&self.scratch[..got]);
        self.moved.clear();
        self.moved.push(Moved { bytes: 0..got, len: got, peer, groups, truncated: len > got });
        Some(got as i64)
    }

    /// The address that a `sendto` or `recvfrom` has.
    fn named(&self, tid: i32, shape: Shape, args: &[u64; 6]) -> (Option<u32>, u32) {
        match shape {
            Shape::Addressed => address(tid, args[4], SOCKADDR_NL as u32),
            _ => (None, 0),
        }
    }

    fn message(&mut self, tid: i32, direction: Direction, header: &[u8], result: u64) {
        self.vector(tid, word(header, IOV), word(header, IOVLEN));
        let (peer, groups) = address(tid, word(header, NAME), half(header, NAMELEN));
        let truncated = direction == Direction::Received && half(header, FLAGS) & libc::MSG_TRUNC as u32 != 0;
        self.gather(tid, direction, result, peer, groups, truncated);
    }

    /// Reads a list of buffers.
    fn vector(&mut self, tid: i32, address: u64, count: u64) {
        let want = count.min(MOST as u64) as usize * IOVEC;
        self.scratch.resize(want.max(self.scratch.len()), 0);
        let got = if count == 0 { 0 } else { read(tid, address, &mut self.scratch[..want]) };
        self.pieces.clear();
        self.pieces.extend(self.scratch[..got].chunks_exact(IOVEC).map(|iovec| (word(iovec, 0), word(iovec, IOVEC / 2))));
    }

    /// Reads the bytes of one datagram from the buffers.
    fn gather(&mut self, tid: i32, direction: Direction, result: u64, peer: Option<u32>, groups: u32, truncated: bool) {
        let mut left = if direction == Direction::Received { result.min(LIMIT) } else { LIMIT };
        let mut remote = Vec::with_capacity(self.pieces.len());
        for &(base, len) in &self.pieces {
            let len = len.min(left);
            left -= len;
            if len > 0 {
                remote.push(RemoteIoVec { base: base as usize, len: len as usize });
            }
        }
        let (start, want) = (self.bytes.len(), remote.iter().map(|piece| piece.len).sum::<usize>());
        self.bytes.resize(start + want, 0);
        let got = if want == 0 { 0 } else { read_pieces(tid, &remote, &mut self.bytes[start..]) };
        self.bytes.truncate(start + got);
        let len = match direction {
            Direction::Sent => self.pieces.iter().fold(0u64, |sum, piece| sum.saturating_add(piece.1)) as usize,
            Direction::Received => result as usize,
        };
        self.moved.push(Moved { bytes: start..start + got, len, peer, groups, truncated });
    }
}

/// Reads a `struct sockaddr_nl`: the port and the groups.
fn address(tid: i32, at: u64, len: u32) -> (Option<u32>, u32) {
    let mut name = [0; SOCKADDR_NL];
    if at == 0 || (len as usize) < SOCKADDR_NL || read(tid, at, &mut name) < SOCKADDR_NL {
        return (None, 0);
    }
    (Some(half(&name, 4)), half(&name, 8))
}
