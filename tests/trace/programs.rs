//! Programs of our own under the tracer: what is shown of each of their calls, and that they do not notice.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::process::Command;

use barelink::capture::{self, Datagram, Direction};
use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::socket::*;
use nix::unistd::Pid;
use nlmsg::frame::Netlink;

use super::{sandbox, text};

/// A request for the first link.
const GET: [u8; 32] = {
    let mut get = [0; 32];
    get[0] = 32;
    get[4] = 18; // RTM_GETLINK
    get[6] = 1; // NLM_F_REQUEST
    get[20] = 1; // ifi_index
    get
};

fn open() -> OwnedFd {
    socket(AddressFamily::Netlink, SockType::Raw, SockFlag::empty(), SockProtocol::NetlinkRoute).unwrap()
}

/// Not a test of its own: a program with threads that ask, with each of the calls that there are, and with buffers
/// that are too small.
#[test]
#[ignore = "the program that another test traces"]
fn speaks() {
    let to = NetlinkAddr::new(0, 0);
    let receive = |fd: &OwnedFd| {
        let mut buffer = vec![0; 8192];
        recv(fd.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap()
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let fd = open();
                for _ in 0..3 {
                    sendto(fd.as_raw_fd(), &GET, &to, MsgFlags::empty()).unwrap();
                    receive(&fd);
                }
            });
        }
    });
    let fd = open();
    // every call that sends
    nix::unistd::write(&fd, &GET).unwrap();
    receive(&fd);
    nix::sys::uio::writev(&fd, &[std::io::IoSlice::new(&GET[..10]), std::io::IoSlice::new(&GET[10..])]).unwrap();
    receive(&fd);
    let vector = [std::io::IoSlice::new(&GET[..16]), std::io::IoSlice::new(&GET[16..])];
    sendmsg(fd.as_raw_fd(), &vector, &[], MsgFlags::empty(), Some(&to)).unwrap();
    // every call that receives, and one that only looks
    let mut small = vec![0; 100];
    assert_eq!(recv(fd.as_raw_fd(), &mut small, MsgFlags::MSG_PEEK).unwrap(), 100);
    nix::unistd::read(&fd, &mut vec![0; 8192]).unwrap();
    let mut batch = MultiHeaders::preallocate(2, None);
    let pair = [vector, vector];
    assert_eq!(sendmmsg(fd.as_raw_fd(), &mut batch, &pair, [Some(to), Some(to)], [], MsgFlags::empty()).unwrap().count(), 2);
    let (mut one, mut two) = (vec![0; 4096], vec![0; 4096]);
    nix::sys::uio::readv(&fd, &mut [std::io::IoSliceMut::new(&mut one), std::io::IoSliceMut::new(&mut two)]).unwrap();
    let mut batch = MultiHeaders::<NetlinkAddr>::preallocate(2, None);
    let mut space = [[std::io::IoSliceMut::new(&mut one)]];
    assert_eq!(recvmmsg(fd.as_raw_fd(), &mut batch, &mut space, MsgFlags::empty(), None).unwrap().count(), 1);
    // the rest of what does not fit is lost
    sendto(fd.as_raw_fd(), &GET, &to, MsgFlags::empty()).unwrap();
    let mut space = [std::io::IoSliceMut::new(&mut small)];
    let got = recvmsg::<NetlinkAddr>(fd.as_raw_fd(), &mut space, None, MsgFlags::empty()).unwrap();
    assert!(got.flags.contains(MsgFlags::MSG_TRUNC));
    // a descriptor under another number, and one that is no netlink socket any more
    let copy = fd.try_clone().unwrap();
    sendto(copy.as_raw_fd(), &GET, &to, MsgFlags::empty()).unwrap();
    receive(&copy);
    let number = copy.as_raw_fd();
    drop(copy);
    let file = File::open("/proc/self/status").unwrap();
    assert_eq!(file.as_raw_fd(), number);
    (&file).read_to_end(&mut Vec::new()).unwrap();
    // what the kernel does not take
    assert!(sendto(fd.as_raw_fd(), &GET, &NetlinkAddr::new(0x7fff_fff0, 0), MsgFlags::empty()).is_err());
    // what is seen before it is received: whole, cut, and after a look that has no room
    for (flags, sizes) in [(MsgFlags::empty(), &[8192][..]), (MsgFlags::empty(), &[100]), (MsgFlags::MSG_PEEK, &[0, 8192])] {
        sendto(fd.as_raw_fd(), &GET, &to, MsgFlags::empty()).unwrap();
        for (nth, &size) in sizes.iter().enumerate() {
            let flags = if nth == 0 && !flags.is_empty() { flags | MsgFlags::MSG_TRUNC } else { MsgFlags::empty() };
            let mut buffer = vec![0; size];
            let mut pieces = [std::io::IoSliceMut::new(&mut buffer)];
            recvmsg::<NetlinkAddr>(fd.as_raw_fd(), &mut pieces, None, flags).unwrap();
        }
    }
}

/// Not a test of its own: a program that asks for the same from the same place, which it cannot read for a while.
#[test]
#[ignore = "the program that another test traces"]
fn hides_its_request() {
    let fd = open();
    let ask = |message: *const libc::msghdr| {
        // SAFETY: the kernel reads `message` and what it points to, and refuses what cannot be read.
        let sent = Errno::result(unsafe { libc::sendmsg(fd.as_raw_fd(), message, 0) });
        sent.inspect(|_| assert!(recv(fd.as_raw_fd(), &mut [0; 8192], MsgFlags::empty()).is_ok()))
    };
    let (flags, all) = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, libc::PROT_READ | libc::PROT_WRITE);
    // SAFETY: a new page, in which each piece has a place of its own that is aligned for it.
    let (page, message) = unsafe {
        let page = libc::mmap(std::ptr::null_mut(), 4096, all, flags, -1, 0);
        assert_ne!(page, libc::MAP_FAILED);
        let (message, iov) = (page.cast::<libc::msghdr>(), page.byte_add(64).cast::<libc::iovec>());
        let (name, bytes) = (page.byte_add(128).cast::<libc::sockaddr_nl>(), page.byte_add(192).cast::<[u8; 32]>());
        bytes.write(GET);
        (*name).nl_family = libc::AF_NETLINK as _;
        iov.write(libc::iovec { iov_base: bytes.cast(), iov_len: GET.len() });
        ((*message).msg_iov, (*message).msg_iovlen) = (iov, 1);
        ((*message).msg_name, (*message).msg_namelen) = (name.cast(), size_of::<libc::sockaddr_nl>() as _);
        (page, message)
    };
    (0..3).for_each(|_| assert_eq!(ask(message), Ok(32)));
    // SAFETY: nothing but the kernel reads the page until it can be read again.
    assert_eq!(unsafe { libc::mprotect(page, 4096, libc::PROT_NONE) }, 0);
    assert_eq!(ask(message), Err(Errno::EFAULT));
    // SAFETY: as above.
    assert_eq!(unsafe { libc::mprotect(page, 4096, all) }, 0);
    assert_eq!(ask(message), Ok(32));
}

#[test]
fn what_the_kernel_cannot_read_is_not_shown_as_sent() {
    sandbox::run("programs::what_the_kernel_cannot_read_is_not_shown_as_sent", || {
        let mut kept = Kept::default();
        let end =
            barelink::trace::run(&this_program("programs::hides_its_request"), &barelink::trace::Options::default(), &mut kept);
        assert_eq!(end.unwrap(), barelink::trace::End::Exited(0));
        let sent: Vec<_> = kept.0.iter().filter(|seen| seen.0 == Direction::Sent).map(|seen| (seen.1, seen.5)).collect();
        assert_eq!(sent, [(32, 0), (32, 0), (32, 0), (0, libc::EFAULT), (32, 0)]);
    });
}

/// The words that run a test of this file that is none of its own.
fn this_program(name: &str) -> Vec<String> {
    let program = std::fs::read_link("/proc/self/exe").unwrap().to_str().unwrap().to_owned();
    let words = [name, "--exact", "--ignored", "--nocapture", "--test-threads=1"].map(String::from);
    std::iter::once(program).chain(words).collect()
}

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Vec<(Direction, usize, usize, bool, bool, i32, bool)>);

impl capture::Sink for Kept {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> std::io::Result<()> {
        assert_eq!(datagram.protocol, Some(Netlink(0)));
        assert!(datagram.socket.netns.is_some() && datagram.time.is_some() && datagram.socket.pid.is_some());
        let threads = datagram.socket.pid != datagram.socket.tid;
        let Datagram { bytes, len, peeked, truncated, errno, .. } = *datagram;
        self.0.push((datagram.way(), bytes.len(), len, peeked, truncated, errno, threads));
        Ok(())
    }
}

/// A system call as 32-bit programs make it.
///
/// # Safety
/// What the kernel is to read or write there must be there, below 4 GiB.
#[cfg(target_arch = "x86_64")]
unsafe fn int80(number: u32, args: [u32; 5]) -> i32 {
    let [ebx, ecx, edx, esi, edi] = args.map(u64::from);
    let result: u64;
    // SAFETY: the kernel keeps all registers but rax; rbx is the compiler's own, and is put back.
    unsafe {
        std::arch::asm!(
            "xchg rbx, {ebx}", "int 0x80", "xchg rbx, {ebx}",
            ebx = inout(reg) ebx => _, inout("rax") u64::from(number) => result,
            in("rcx") ecx, in("rdx") edx, in("rsi") esi, in("rdi") edi,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        )
    };
    result as i32
}

/// Not a test of its own: a program that asks as 32-bit programs do, with each of the calls that there are.
#[cfg(target_arch = "x86_64")]
#[test]
#[ignore = "the program that another test traces"]
fn speaks_as_32_bit_programs() {
    let (right, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT);
    // SAFETY: new memory, of which nobody else knows.
    let place = unsafe { libc::mmap(std::ptr::null_mut(), 16384, right, flags, -1, 0) }.cast::<u32>();
    assert_ne!(place.cast(), libc::MAP_FAILED);
    let low = place.addr() as u32;
    // where is what, in bytes: the request, the other side's address, an iovec, a msghdr, an mmsghdr, arguments, room
    let (get, name, iov, msg, mmsg, list, room) = (0, 64, 96, 128, 192, 256, 4096);
    // SAFETY: all of it lies in the memory from above.
    let put = |at: u32, words: &[u32]| unsafe { place.byte_add(at as usize).copy_from(words.as_ptr(), words.len()) };
    // SAFETY: as what it is given says.
    let call = |number, args| unsafe { int80(number, args) };
    put(get, &GET.as_chunks().0.iter().map(|bytes| u32::from_ne_bytes(*bytes)).collect::<Vec<_>>());
    put(name, &[libc::AF_NETLINK as u32, 0, 0]);
    let vector = |at: u32, len: u32| put(iov, &[low + at, len]);
    let message = |at| put(at, &[low + name, 12, low + iov, 1, 0, 0, 0, 0]);
    let fd = call(359, [libc::AF_NETLINK as u32, libc::SOCK_RAW as u32, 0, 0, 0]) as u32;
    let receive = || assert!(call(371, [fd, low + room, 8192, 0, 0]) > 100);
    // sendto
    assert_eq!(call(369, [fd, low + get, 32, 0, 0]), 32);
    receive();
    // write, writev
    assert_eq!(call(4, [fd, low + get, 32, 0, 0]), 32);
    receive();
    vector(get, 32);
    assert_eq!(call(146, [fd, low + iov, 1, 0, 0]), 32);
    assert!(call(3, [fd, low + room, 8192, 0, 0]) > 100);
    // sendmsg and recvmsg: a look without room, one with some, and the whole
    for _ in 0..3 {
        vector(get, 32);
        message(msg);
        assert_eq!(call(370, [fd, low + msg, 0, 0, 0]), 32);
        vector(room, 0);
        assert!(call(372, [fd, low + msg, (libc::MSG_PEEK | libc::MSG_TRUNC) as u32, 0, 0]) > 100);
        vector(room, 8192);
        assert!(call(372, [fd, low + msg, 0, 0, 0]) > 100);
    }
    // sendmmsg, recvmmsg
    vector(get, 32);
    message(mmsg);
    assert_eq!(call(345, [fd, low + mmsg, 1, 0, 0]), 1);
    vector(room, 100);
    message(mmsg);
    assert_eq!(call(337, [fd, low + mmsg, 1, 0, 0]), 1);
    // socketcall: send, recv, sendmsg, recvmsg
    let multiplexed = |number, args: &[u32]| {
        put(list, args);
        call(102, [number, low + list, 0, 0, 0])
    };
    assert_eq!(multiplexed(9, &[fd, low + get, 32, 0]), 32);
    assert!(multiplexed(10, &[fd, low + room, 8192, 0]) > 100);
    vector(get, 32);
    message(msg);
    assert_eq!(multiplexed(16, &[fd, low + msg, 0]), 32);
    vector(room, 8192);
    assert!(multiplexed(17, &[fd, low + msg, 0]) > 100);
    // closed, and another under its number
    assert_eq!(call(6, [fd, 0, 0, 0, 0]), 0);
    let null = File::open("/dev/null").unwrap();
    assert_eq!((null.as_raw_fd() as u32, call(3, [fd, low + room, 10, 0, 0])), (fd, 0));
}

#[cfg(target_arch = "x86_64")]
#[test]
fn programs_of_32_bits_are_seen() {
    sandbox::run("programs::programs_of_32_bits_are_seen", || {
        use Direction::{Received, Sent};
        for no_peeks in [false, true] {
            let mut kept = Kept::default();
            let options = barelink::trace::Options { follow: true, no_peeks };
            let end = barelink::trace::run(&this_program("programs::speaks_as_32_bit_programs"), &options, &mut kept).unwrap();
            if kept.0.is_empty() && end == barelink::trace::End::Killed(libc::SIGSEGV) {
                println!("left out: programs of 32 bits: the kernel takes none of their calls");
                return;
            }
            assert_eq!(end, barelink::trace::End::Exited(0));
            let reply = kept.0[1].2;
            let (sent, came) = ((Sent, 32, 32, false, false, 0), (Received, reply, reply, false, false, 0));
            let looked = (!no_peeks).then_some((Received, 0, reply, true, true, 0));
            let seen: Vec<_> = kept.0.iter().map(|seen| (seen.0, seen.1, seen.2, seen.3, seen.4, seen.5)).collect();
            let mut want = vec![sent, came, sent, came, sent, came];
            (0..3).for_each(|_| want.extend([sent].into_iter().chain(looked).chain([came])));
            want.extend([sent, (Received, 100, 100, false, true, 0), sent, came, sent, came]);
            assert_eq!(seen, want);
        }
    });
}

#[test]
fn every_call_and_every_thread_is_seen() {
    sandbox::run("programs::every_call_and_every_thread_is_seen", || {
        use Direction::{Received, Sent};
        let mut kept = Kept::default();
        let end = barelink::trace::run(
            &this_program("programs::speaks"),
            &barelink::trace::Options { follow: true, no_peeks: false },
            &mut kept,
        )
        .unwrap();
        assert_eq!(end, barelink::trace::End::Exited(0));
        let reply = kept.0.iter().find(|seen| seen.0 == Received).unwrap().1;
        let sent = (Sent, 32, 32, false, false, 0);
        let came = (Received, reply, reply, false, false, 0);
        let plain = |seen: &(Direction, usize, usize, bool, bool, i32, bool)| (seen.0, seen.1, seen.2, seen.3, seen.4, seen.5);
        let all: Vec<_> = kept.0.iter().map(plain).collect();
        // four threads with three questions each, in any order
        assert!(kept.0[..24].iter().all(|seen| seen.6));
        assert_eq!(all[..24].iter().filter(|&&seen| seen == sent).count(), 12);
        assert_eq!(all[..24].iter().filter(|&&seen| seen == came).count(), 12);
        assert_eq!(
            all[24..],
            [
                sent,
                came,
                sent,
                came,
                sent, //
                (Received, 100, 100, true, false, 0),
                came,
                sent,
                sent,
                came,
                came,
                sent,
                (Received, 100, 100, false, true, 0),
                sent,
                came,
                (Sent, 32, 32, false, false, libc::ECONNREFUSED),
                sent,
                came,
                sent,
                (Received, 100, 100, false, true, 0),
                sent,
                (Received, 0, reply, true, true, 0),
                came,
            ]
        );
    });
}

fn mask_of(pid: i32) -> CpuSet {
    sched_getaffinity(Pid::from_raw(pid)).unwrap()
}

/// Not a test of its own: a program that talks a lot, and minds on which processors it and its children may run.
#[test]
#[ignore = "the program that another test traces"]
fn minds_its_mask() {
    let list = |status: &str| status.lines().find(|line| line.starts_with("Cpus_allowed_list")).unwrap().to_owned();
    let own = || list(&std::fs::read_to_string("/proc/thread-self/status").unwrap());
    let (mask, said, fd) = (mask_of(0), own(), open());
    let ask = || {
        sendto(fd.as_raw_fd(), &GET, &NetlinkAddr::new(0, 0), MsgFlags::empty()).unwrap();
        recv(fd.as_raw_fd(), &mut [0; 8192], MsgFlags::empty()).unwrap();
    };
    let talk = || (0..20).for_each(|_| ask());
    talk();
    assert_eq!(mask_of(0), mask);
    talk();
    assert_eq!(mask_of(std::os::unix::process::parent_id() as i32), mask, "the tracer's, which it inherited");
    talk();
    assert_eq!(own(), said);
    talk();
    let (status, mut bytes) = (File::open("/proc/thread-self/status").unwrap(), [0; 4096]);
    let len = status.read_at(&mut bytes, 0).unwrap();
    assert_eq!(list(&text(&bytes[..len])), said);
    talk();
    let child = Command::new("cat").arg("/proc/self/status").output().unwrap();
    assert_eq!(list(&text(&child.stdout)), said);
    talk();
    assert_eq!(std::thread::scope(|scope| scope.spawn(|| mask_of(0)).join().unwrap()), mask);
    // what it asks for holds
    let mut one = CpuSet::new();
    one.set((0..CpuSet::count()).find(|&cpu| mask.is_set(cpu).unwrap()).unwrap()).unwrap();
    talk();
    sched_setaffinity(Pid::from_raw(0), &one).unwrap();
    talk();
    assert_eq!(mask_of(0), one);
    sched_setaffinity(Pid::from_raw(0), &mask).unwrap();
    talk();
    // a file that tells no mask
    let mut program = File::open(std::env::current_exe().unwrap()).unwrap();
    for _ in 0..40 {
        ask();
        program.read_exact(&mut [0; 16]).unwrap();
    }
}

/// Sees on which processors both run while something is shown.
#[derive(Default)]
struct Pinned {
    both: usize,
    /// The program runs on one that the tracer may not be on, or the other way round.
    apart: usize,
}

impl capture::Sink for Pinned {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> std::io::Result<()> {
        let single = |mask: &CpuSet| (0..CpuSet::count()).filter(|&cpu| mask.is_set(cpu).unwrap()).count() == 1;
        // it may be gone
        let program = sched_getaffinity(Pid::from_raw(datagram.socket.tid.unwrap())).unwrap_or(mask_of(0));
        self.both += usize::from(single(&program) && program == mask_of(0));
        self.apart += usize::from(!single(&program) && single(&mask_of(0)));
        Ok(())
    }
}

#[test]
fn a_busy_program_has_the_tracers_processor_and_does_not_notice() {
    sandbox::run("programs::a_busy_program_has_the_tracers_processor_and_does_not_notice", || {
        let (mask, mut pinned) = (mask_of(0), Pinned::default());
        let options = barelink::trace::Options::default();
        let end = barelink::trace::run(&this_program("programs::minds_its_mask"), &options, &mut pinned).unwrap();
        assert_eq!(end, barelink::trace::End::Exited(0));
        assert_eq!(mask_of(0), mask);
        assert_eq!(pinned.apart, 0);
        if std::thread::available_parallelism().unwrap().get() > 1 {
            // nine talks of forty datagrams, without those at their beginnings, and eighty between reads of a file
            assert!(pinned.both >= 9 * 20 + 60, "{}", pinned.both);
        }
    });
}
