//! The system calls of interest, by the numbers and the layouts of each kind of program that runs here.

use std::ffi::c_long;

use crate::capture::Direction;
use crate::capture::Direction::{Received, Sent};

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

/// What a system call has to do with sockets, or with us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Does {
    /// It moves datagrams.
    Moves(Direction, Shape),
    /// It makes a socket.
    Makes,
    /// It closes a descriptor: the first argument, or the second.
    Closes(usize),
    /// It closes all descriptors from one to another.
    ClosesRange,
    /// It may put a socket into a group.
    Groups,
    /// It may take away the right to read memory.
    Protects,
    /// It can tell the mask of processors, or hand it on.
    Shares,
    /// `socketcall(2)`: one of the others, whose arguments are in memory.
    Multiplexes,
}

/// Which calls of a number stop: argument and value, or argument and bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    Always,
    Equal(u32, i32),
    Lacks(u32, i32),
}

use Does::{Closes, ClosesRange, Groups, Makes, Moves, Protects, Shares};
use Shape::{Addressed, Message, Messages, Plain, Vector};
use When::{Always, Equal, Lacks};

/// How a kind of program calls the kernel.
#[derive(Debug)]
pub(super) struct Abi {
    /// As seccomp and audit call it (linux/audit.h).
    pub(super) arch: u32,
    /// Bytes of a pointer and of a `size_t`.
    pub(super) word: usize,
    /// The calls of interest; most of them are asked for in this order.
    pub(super) calls: &'static [(c_long, When, Does)],
}

impl Abi {
    /// How programs of that architecture call.
    pub(super) fn of(arch: u32) -> Option<&'static Abi> {
        ABIS.iter().find(|abi| abi.arch == arch)
    }

    /// What the call of that number does; `None` if it is of no interest.
    pub(super) fn does(&self, number: u64) -> Option<Does> {
        self.calls.iter().find(|call| call.0 as u64 == number).map(|call| call.2)
    }
}

#[cfg(target_arch = "x86_64")]
const AUDIT_ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const AUDIT_ARCH: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
const AUDIT_ARCH: u32 = 0xc000_00f3;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
compile_error!("trace knows x86_64, aarch64 and riscv64");

/// The kinds of programs that are known on this machine; the first is our own.
pub(super) const ABIS: &[Abi] = &[
    Abi { arch: AUDIT_ARCH, word: 8, calls: NATIVE },
    #[cfg(target_arch = "x86_64")]
    I386,
];

const NATIVE: &[(c_long, When, Does)] = &[
    (libc::SYS_sendto, Always, Moves(Sent, Addressed)),
    (libc::SYS_sendmsg, Always, Moves(Sent, Message)),
    (libc::SYS_recvmsg, Always, Moves(Received, Message)),
    (libc::SYS_sendmmsg, Always, Moves(Sent, Messages)),
    (libc::SYS_write, Always, Moves(Sent, Plain)),
    (libc::SYS_writev, Always, Moves(Sent, Vector)),
    (libc::SYS_recvfrom, Always, Moves(Received, Addressed)),
    (libc::SYS_recvmmsg, Always, Moves(Received, Messages)),
    (libc::SYS_read, Always, Moves(Received, Plain)),
    (libc::SYS_readv, Always, Moves(Received, Vector)),
    (libc::SYS_pread64, Always, Shares),
    (libc::SYS_preadv, Always, Shares),
    (libc::SYS_preadv2, Always, Shares),
    (libc::SYS_close, Always, Closes(0)),
    (libc::SYS_close_range, Always, ClosesRange),
    (libc::SYS_dup3, Always, Closes(1)),
    (libc::SYS_socket, Equal(0, libc::AF_NETLINK), Makes),
    (libc::SYS_bind, Always, Groups),
    (libc::SYS_setsockopt, Equal(1, libc::SOL_NETLINK), Groups),
    (libc::SYS_mprotect, Lacks(2, libc::PROT_READ), Protects),
    (libc::SYS_pkey_mprotect, Lacks(2, libc::PROT_READ), Protects),
    (libc::SYS_mmap, Lacks(2, libc::PROT_READ), Protects),
    (libc::SYS_clone, Always, Shares),
    (libc::SYS_clone3, Always, Shares),
    (libc::SYS_sched_getaffinity, Always, Shares),
    (libc::SYS_sched_setaffinity, Always, Shares),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_dup2, Always, Closes(1)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_fork, Always, Shares),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_vfork, Always, Shares),
];

/// 32-bit programs on x86_64, and 64-bit ones that call by `int 0x80` (asm/unistd_32.h).
#[cfg(target_arch = "x86_64")]
const I386: Abi = Abi {
    arch: 0x4000_0003,
    word: 4,
    calls: &[
        (369, Always, Moves(Sent, Addressed)),
        (370, Always, Moves(Sent, Message)),
        (372, Always, Moves(Received, Message)),
        (345, Always, Moves(Sent, Messages)),
        (4, Always, Moves(Sent, Plain)),
        (146, Always, Moves(Sent, Vector)),
        (371, Always, Moves(Received, Addressed)),
        // recvmmsg, recvmmsg_time64
        (337, Always, Moves(Received, Messages)),
        (417, Always, Moves(Received, Messages)),
        (3, Always, Moves(Received, Plain)),
        (145, Always, Moves(Received, Vector)),
        (102, Always, Does::Multiplexes),
        // pread64, preadv, preadv2
        (180, Always, Shares),
        (333, Always, Shares),
        (378, Always, Shares),
        (6, Always, Closes(0)),
        (436, Always, ClosesRange),
        // dup2, dup3
        (63, Always, Closes(1)),
        (330, Always, Closes(1)),
        (359, Equal(0, libc::AF_NETLINK), Makes),
        (361, Always, Groups),
        (366, Equal(1, libc::SOL_NETLINK), Groups),
        // mprotect, pkey_mprotect, mmap2, and mmap, whose arguments are in memory
        (125, Lacks(2, libc::PROT_READ), Protects),
        (380, Lacks(2, libc::PROT_READ), Protects),
        (192, Lacks(2, libc::PROT_READ), Protects),
        (90, Always, Protects),
        // clone, clone3, fork, vfork, sched_setaffinity, sched_getaffinity
        (120, Always, Shares),
        (435, Always, Shares),
        (2, Always, Shares),
        (190, Always, Shares),
        (241, Always, Shares),
        (242, Always, Shares),
    ],
};

/// What `socketcall(2)` does for the first of its arguments (linux/net.h); `None` if that is of no interest. The
/// arguments of `send` and `recv` are the first ones of `sendto` and `recvfrom`; the address is missing.
pub(super) fn multiplexed(call: u64) -> Option<(Does, usize)> {
    Some(match call {
        1 => (Makes, 3),
        2 => (Groups, 3),
        9 => (Moves(Sent, Addressed), 4),
        10 => (Moves(Received, Addressed), 4),
        11 => (Moves(Sent, Addressed), 6),
        12 => (Moves(Received, Addressed), 6),
        14 => (Groups, 5),
        16 => (Moves(Sent, Message), 3),
        17 => (Moves(Received, Message), 3),
        19 => (Moves(Received, Messages), 5),
        20 => (Moves(Sent, Messages), 4),
        _ => return None,
    })
}

/// How a call that moves datagrams was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) shape: Shape,
    pub(super) args: [u64; 6],
    /// Bytes of a pointer.
    pub(super) word: usize,
}

impl Made {
    /// The `MSG_*` flags that it was given.
    pub(super) fn flags(&self) -> i32 {
        match self.shape {
            Plain | Vector => 0,
            Message => self.args[2] as i32,
            Addressed | Messages => self.args[3] as i32,
        }
    }
}
