//! Reading the datagrams of a system call out of the memory of the process that makes it.

use std::ops::Range;

use nix::sys::uio::RemoteIoVec;

use super::abi::{Made, Shape};
use super::ptrace::{Memory, read, read_pieces};
use super::sockets::Waiting;
use crate::capture::{Direction, LIMIT};

/// Buffers of a call, and messages of one, that are looked at; the kernel takes no more.
const MOST: usize = 1024;
/// More than this is not read on suspicion.
const PAGE: u64 = 4096;
const SOCKADDR_NL: usize = size_of::<libc::sockaddr_nl>();

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

/// Where the pieces of a `struct msghdr` are, and of which layout it is. A loop has them at the same places again, and then they are all read in
/// one go.
#[derive(Clone, Copy)]
struct Layout {
    word: usize,
    header: u64,
    name: u64,
    iov: u64,
    /// The one buffer.
    piece: (u64, u64),
}

/// A `struct` of C as words of `size` bytes, which is what its fields take here.
struct Words<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Words<'_> {
    fn word(&self, nth: usize) -> u64 {
        if self.size == 4 { self.half(nth).into() } else { self.at(nth).map_or(0, |bytes| u64::from_ne_bytes(*bytes)) }
    }

    /// A field of four bytes.
    fn half(&self, nth: usize) -> u32 {
        self.at(nth).map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    fn at<const N: usize>(&self, nth: usize) -> Option<&[u8; N]> {
        self.bytes.get(nth * self.size..)?.first_chunk()
    }
}

/// Places in [`Reader::last`]: what is sent, what is looked at before it is received, what was received.
const SENT: usize = 0;
const LOOKED: usize = 1;
const RECEIVED: usize = 2;
/// Bytes that are read for nothing rather than a piece more.
const NEAR: usize = 1024;

// the words of `struct msghdr`; the length of the name and the flags are of four bytes
const NAME: usize = 0;
const NAMELEN: usize = 1;
const IOV: usize = 2;
const IOVLEN: usize = 3;
const FLAGS: usize = 6;
const MSGHDR: usize = 7;
// in `struct mmsghdr`
const LEN: usize = 7;
const MMSGHDR: usize = 8;
// in `struct iovec`
const IOVEC: usize = 2;
#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::offset_of;
    assert!(offset_of!(libc::msghdr, msg_namelen) == NAMELEN * 8 && offset_of!(libc::msghdr, msg_iov) == IOV * 8);
    assert!(offset_of!(libc::msghdr, msg_iovlen) == IOVLEN * 8 && offset_of!(libc::msghdr, msg_flags) == FLAGS * 8);
    assert!(offset_of!(libc::mmsghdr, msg_len) == LEN * 8 && size_of::<libc::mmsghdr>() == MMSGHDR * 8);
};
/// The largest `struct mmsghdr`.
const LARGEST: usize = MMSGHDR * 8;

impl Reader {
    /// What could be read may not be readable any more.
    pub(super) fn forget(&mut self) {
        self.last = [None; 3];
    }

    /// Reads what a call has sent, or `result` bytes or messages that it has received.
    pub(super) fn read(&mut self, tid: i32, direction: Direction, made: &Made, result: u64) {
        let Made { shape, args, word } = made;
        self.moved.clear();
        let slot = match (direction, result) {
            (Direction::Sent, _) => SENT,
            (Direction::Received, 0) => LOOKED,
            _ => RECEIVED,
        };
        if *shape == Shape::Message && self.again(tid, direction, made, result, slot) {
            return;
        }
        self.bytes.clear();
        match shape {
            Shape::Plain | Shape::Addressed => {
                self.pieces.clear();
                self.pieces.push((args[1], args[2]));
                let (peer, groups) = named(tid, made);
                let truncated = direction == Direction::Received && result > args[2];
                self.gather(tid, direction, result, peer, groups, truncated);
            }
            Shape::Vector => {
                self.vector(tid, *word, args[1], args[2]);
                self.gather(tid, direction, result, None, 0, false);
            }
            Shape::Message => {
                let mut bytes = [0; LARGEST];
                read(tid, args[1], &mut bytes[..MSGHDR * word]);
                let header = Words { bytes: &bytes, size: *word };
                self.message(tid, direction, &header, result);
                let (name, iov) = (header.word(NAME), header.word(IOV));
                self.last[slot] = match self.pieces[..] {
                    [piece] => Some(Layout { word: *word, header: args[1], name, iov, piece }),
                    _ => None,
                };
            }
            Shape::Messages => {
                let count = if direction == Direction::Sent { args[2] } else { result };
                for index in 0..count.min(MOST as u64) {
                    let (mut bytes, size) = ([0; LARGEST], MMSGHDR * word);
                    if read(tid, args[1].wrapping_add(index * size as u64), &mut bytes[..size]) < size {
                        break;
                    }
                    let header = Words { bytes: &bytes, size: *word };
                    self.message(tid, direction, &header, header.half(LEN).into());
                }
            }
        }
    }

    /// Reads a message whose pieces are where they were the last time; false if they are not.
    fn again(&mut self, tid: i32, direction: Direction, made: &Made, result: u64, slot: usize) -> bool {
        let (at, word) = (made.args[1], made.word);
        let Some(last) = self.last[slot].filter(|last| (last.header, last.word) == (at, word)) else { return false };
        let want = match direction {
            Direction::Received => last.piece.1.min(result),
            Direction::Sent => last.piece.1,
        };
        if want > PAGE {
            return false;
        }
        let name = if last.name == 0 || slot == LOOKED { 0 } else { SOCKADDR_NL };
        let places = [(at, MSGHDR * word), (last.iov, IOVEC * word), (last.name, name), (last.piece.0, want as usize)];
        let Some([header, iovec, name_at, data]) = self.read_places(tid, places) else { return false };
        let words = |at: usize| Words { bytes: &self.bytes[at..], size: word };
        let (header, iovec) = (words(header), words(iovec));
        let same = header.word(NAME) == last.name
            && (name == 0 || header.half(NAMELEN) as usize >= SOCKADDR_NL)
            && (header.word(IOV), header.word(IOVLEN)) == (last.iov, 1);
        if !same {
            return false;
        }
        let piece = (iovec.word(0), iovec.word(1));
        let (peer, groups) = if name == 0 { (None, 0) } else { sockaddr(&self.bytes[name_at..]) };
        let truncated = direction == Direction::Received && header.half(FLAGS) & libc::MSG_TRUNC as u32 != 0;
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
    pub(super) fn room(&mut self, tid: i32, made: &Made) -> Option<u64> {
        if made.shape != Shape::Message {
            return None;
        }
        self.read(tid, Direction::Received, made, 0);
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

    fn message(&mut self, tid: i32, direction: Direction, header: &Words<'_>, result: u64) {
        self.vector(tid, header.size, header.word(IOV), header.word(IOVLEN));
        let (peer, groups) = address(tid, header.word(NAME), header.half(NAMELEN));
        let truncated = direction == Direction::Received && header.half(FLAGS) & libc::MSG_TRUNC as u32 != 0;
        self.gather(tid, direction, result, peer, groups, truncated);
    }

    /// Reads a list of buffers.
    fn vector(&mut self, tid: i32, word: usize, address: u64, count: u64) {
        let size = IOVEC * word;
        let want = count.min(MOST as u64) as usize * size;
        self.scratch.resize(want.max(self.scratch.len()), 0);
        let got = if count == 0 { 0 } else { read(tid, address, &mut self.scratch[..want]) };
        self.pieces.clear();
        let words = self.scratch[..got].chunks_exact(size).map(|bytes| Words { bytes, size: word });
        self.pieces.extend(words.map(|iovec| (iovec.word(0), iovec.word(1))));
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

/// The address that a `sendto` or `recvfrom` has.
fn named(tid: i32, made: &Made) -> (Option<u32>, u32) {
    match made.shape {
        Shape::Addressed => address(tid, made.args[4], SOCKADDR_NL as u32),
        _ => (None, 0),
    }
}

/// Reads a `struct sockaddr_nl`.
fn address(tid: i32, at: u64, len: u32) -> (Option<u32>, u32) {
    let mut name = [0; SOCKADDR_NL];
    if at == 0 || (len as usize) < SOCKADDR_NL || read(tid, at, &mut name) < SOCKADDR_NL {
        return (None, 0);
    }
    sockaddr(&name)
}

/// The port and the groups of a `struct sockaddr_nl`.
fn sockaddr(bytes: &[u8]) -> (Option<u32>, u32) {
    let name = Words { bytes, size: 4 };
    (Some(name.half(1)), name.half(2))
}
