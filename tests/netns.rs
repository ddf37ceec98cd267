//! Namespaces against the kernel and against iproute2.

mod sandbox;

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use barelink::netns::{self, Error};
use barelink::{NetNs, Protocol, Socket};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

fn names() -> Vec<String> {
    let mut names: Vec<_> = NetNs::list().unwrap().iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Runs iproute2, if it is here.
fn ip(args: &str) -> Option<String> {
    let output = Command::new("ip").args(args.split(' ')).output().ok()?;
    assert!(output.status.success(), "ip {args}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn names_are_checked_first() {
    for name in ["", ".", "..", "a/b", "/", "a\0b", &"x".repeat(256)] {
        for result in [NetNs::create(name).map(drop), NetNs::open(name).map(drop), NetNs::delete(name)] {
            assert!(matches!(result, Err(Error::Name { .. })), "{name:?}: {result:?}");
        }
        assert!(!NetNs::exists(name));
    }
    assert_eq!(NetNs::create("a/b").unwrap_err().to_string(), r#""a/b" cannot name a network namespace: it contains a slash"#);
    assert!(netns::check("x".repeat(255).as_ref()).is_ok());
}

#[test]
fn create_open_delete() {
    sandbox::run("create_open_delete", || {
        assert!(names().is_empty());
        assert!(matches!(NetNs::delete("red"), Err(Error::Missing { .. })), "there is no directory yet");
        let red = NetNs::create("red").unwrap();
        assert!(matches!(NetNs::create("red"), Err(Error::Exists { .. })));
        NetNs::create("blue").unwrap();
        assert_eq!(names(), ["blue", "red"]);
        assert!(NetNs::exists("red") && !NetNs::exists("green"));
        assert!(NetNs::open("red").unwrap() == red && NetNs::open("blue").unwrap() != red);
        red.bind("rouge").unwrap();
        let mut both = red.names().unwrap();
        both.sort();
        assert_eq!(both, ["red", "rouge"]);
        NetNs::delete("red").unwrap();
        NetNs::delete("rouge").unwrap();
        assert!(matches!(NetNs::open("red"), Err(Error::Missing { .. })));
        assert!(matches!(NetNs::delete("red"), Err(Error::Missing { .. })));
        assert_eq!(names(), ["blue"]);
        // the descriptor still holds it
        Socket::open_in(&red, Protocol::Route).unwrap();
        fs::write("/run/netns/odd", "text").unwrap();
        assert!(matches!(NetNs::create("odd"), Err(Error::NotNetNs { .. })));
        assert!(matches!(NetNs::delete("odd"), Err(Error::NotNetNs { .. })));
        assert!(matches!(NetNs::from_path("/run/netns/odd"), Err(Error::NotNetNs { .. })));
        assert!(matches!(NetNs::from_path("/proc/self/ns/mnt"), Err(Error::NotNetNs { .. })));
        assert_eq!(names(), ["blue"]);
    });
}

#[test]
fn iproute2_and_we_see_the_same() {
    sandbox::run("iproute2_and_we_see_the_same", || {
        if ip("netns add theirs").is_none() {
            return println!("SKIPPED: there is no ip");
        }
        NetNs::create("ours").unwrap();
        assert_eq!(names(), ["ours", "theirs"]);
        let theirs = ip("netns list").unwrap();
        assert!(theirs.contains("ours") && theirs.contains("theirs"), "{theirs}");
        ip("netns exec ours ip link show lo").unwrap();
        ip("netns del ours").unwrap();
        NetNs::delete("theirs").unwrap();
        assert_eq!(ip("netns list").unwrap(), "");
        // a mount of a mount, as two of us at once might leave
        let twice = NetNs::create("twice").unwrap();
        let from = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&std::os::fd::AsFd::as_fd(&twice)));
        let none = None::<&str>;
        nix::mount::mount(Some(&*from), "/run/netns/twice", none, nix::mount::MsFlags::MS_BIND, none).unwrap();
        NetNs::delete("twice").unwrap();
        assert!(names().is_empty());
    });
}

#[test]
fn inside_and_back() {
    sandbox::run("inside_and_back", || {
        let (here, ns) = (NetNs::current().unwrap(), NetNs::new().unwrap());
        assert!(here != ns);
        assert!(ns.within(|| NetNs::current().unwrap() == ns).unwrap());
        let inside = ns.enter().unwrap();
        assert!(NetNs::current().unwrap() == ns);
        inside.leave().unwrap();
        assert!(NetNs::current().unwrap() == here);
        drop(ns.enter().unwrap());
        assert!(NetNs::current().unwrap() == here);
        let panicked = std::panic::catch_unwind(|| ns.within(|| panic!("on purpose")));
        assert!(panicked.is_err() && NetNs::current().unwrap() == here);
        // what is under /proc/sys/net is the opener's
        ns.within(|| fs::write("/proc/sys/net/ipv4/ip_forward", "1")).unwrap().unwrap();
        let forward = || fs::read_to_string("/proc/sys/net/ipv4/ip_forward").unwrap();
        assert_eq!((forward().trim(), ns.within(forward).unwrap().trim()), ("0", "1"));
    });
}

#[test]
fn a_process_has_a_namespace() {
    sandbox::run("a_process_has_a_namespace", || {
        let ns = NetNs::create("its").unwrap();
        let mut child = ns.within(|| Command::new("sleep").arg("60").spawn()).unwrap().unwrap();
        // the child may still be on its way to exec; its namespace is set already
        assert!(NetNs::from_pid(child.id()).unwrap() == ns);
        assert_eq!(NetNs::from_pid(child.id()).unwrap().names().unwrap(), ["its"]);
        assert_eq!(ns.pids().unwrap(), [child.id()]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(ns.pids().unwrap().is_empty());
        assert_eq!(NetNs::from_pid(u32::MAX).unwrap_err().errno(), Some(Errno::ENOENT));
    });
}

#[test]
fn a_program_sees_its_own_sys_and_etc() {
    sandbox::run("a_program_sees_its_own_sys_and_etc", || {
        let none = None::<&str>;
        nix::mount::mount(Some("tmpfs"), "/etc", Some("tmpfs"), nix::mount::MsFlags::empty(), none).unwrap();
        fs::create_dir_all("/etc/netns/prog").unwrap();
        fs::write("/etc/netns/prog/resolv.conf", "nameserver 192.0.2.1\n").unwrap();
        fs::write("/etc/netns/prog/nowhere", "").unwrap();
        fs::write("/etc/resolv.conf", "nameserver 192.0.2.2\n").unwrap();
        NetNs::create("prog").unwrap();
        let thread = std::thread::spawn(|| {
            let failed = netns::switch_for_program("prog").unwrap();
            assert_eq!(failed.len(), 1);
            assert_eq!(failed[0].to_string(), "bind /etc/netns/prog/nowhere to /etc/nowhere: No such file or directory");
            assert_eq!(fs::read_to_string("/etc/resolv.conf").unwrap(), "nameserver 192.0.2.1\n");
            fs::read_dir("/sys/class/net").unwrap().count()
        });
        assert_eq!(thread.join().unwrap(), 1);
        assert_eq!(fs::read_to_string("/etc/resolv.conf").unwrap(), "nameserver 192.0.2.2\n");
        assert!(matches!(netns::switch_for_program("gone"), Err(Error::Missing { .. })));
    });
}

/// The one that is killed; run only by the tests below, each time in the sandbox of its parent.
#[test]
#[ignore = "the victim of the tests that kill"]
fn victim() {
    let Some(act) = std::env::var_os("BARELINK_TEST_VICTIM") else { return };
    // from here on every system call is counted
    nix::sys::signal::raise(Signal::SIGSTOP).unwrap();
    match act.to_str() {
        Some("create") => drop(NetNs::create("x")),
        _ => drop(NetNs::delete("x")),
    }
    // SAFETY: nothing of this process is needed any more.
    unsafe { libc::_exit(0) };
}

/// Runs `act`, killing the whole process at its system call stop number `at` (each call has two: before and
/// after). False if it came to its end before.
fn kill_at(act: &str, at: usize) -> bool {
    let mut command = Command::new("/proc/self/exe");
    command.args(["victim", "--exact", "--include-ignored", "--test-threads=2"]).env("BARELINK_TEST_VICTIM", act);
    command.stdout(std::process::Stdio::null());
    // SAFETY: one system call between fork and exec.
    unsafe {
        command.pre_exec(|| {
            Errno::result(libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0))?;
            Ok(())
        })
    };
    #[allow(clippy::zombie_processes)] // waitpid below, for all its threads
    let child = command.spawn().unwrap();
    let leader = Pid::from_raw(child.id() as i32);
    let trace = |request: libc::c_uint, pid: Pid, data: i64| {
        // SAFETY: these requests touch no memory of ours.
        unsafe { libc::ptrace(request, pid.as_raw(), 0, data) };
    };
    let (mut counting, mut stops) = (false, 0);
    loop {
        let status = waitpid(None, Some(WaitPidFlag::__WALL)).unwrap();
        let (pid, signal) = match status {
            WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) if pid == leader => return stops > at,
            WaitStatus::Stopped(pid, signal) => (pid, signal),
            // threads that begin and end
            WaitStatus::PtraceEvent(pid, ..) => (pid, Signal::SIGTRAP),
            WaitStatus::PtraceSyscall(pid) => {
                stops += 1;
                (pid, Signal::SIGTRAP)
            }
            _ => continue,
        };
        if signal == Signal::SIGTRAP && !counting && pid == leader {
            let options = libc::PTRACE_O_TRACECLONE | libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
            trace(libc::PTRACE_SETOPTIONS, pid, options as i64);
        }
        let marked = signal == Signal::SIGSTOP && pid != leader && !counting && raised_itself(pid);
        counting |= marked;
        if stops > at {
            let _ = kill(leader, Signal::SIGKILL);
            continue;
        }
        let next = if counting { libc::PTRACE_SYSCALL } else { libc::PTRACE_CONT };
        let deliver = if matches!(signal, Signal::SIGTRAP | Signal::SIGSTOP) { 0 } else { signal as i64 };
        trace(next, pid, deliver);
    }
}

/// Tells a thread's own SIGSTOP from the one that every traced thread begins with.
fn raised_itself(pid: Pid) -> bool {
    // SAFETY: all zero bytes are a siginfo_t.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one siginfo_t to `info`.
    unsafe { libc::ptrace(libc::PTRACE_GETSIGINFO, pid.as_raw(), 0, &raw mut info) };
    info.si_code == libc::SI_TKILL
}

/// The child that makes or removes a name outlives a killed parent for a moment, and holds its lock.
fn settle() {
    if let Ok(dir) = fs::File::open("/run/netns") {
        drop(nix::fcntl::Flock::lock(dir, nix::fcntl::FlockArg::LockExclusive).unwrap());
    }
}

#[test]
fn killed_anywhere_create_leaves_nothing_or_all() {
    sandbox::run("killed_anywhere_create_leaves_nothing_or_all", || {
        let (mut nothing, mut whole) = (0, 0);
        for at in 0.. {
            let killed = kill_at("create", at);
            let file = || fs::symlink_metadata("/run/netns/x").is_ok();
            settle();
            if NetNs::exists("x") {
                whole += 1;
                assert_eq!(names(), ["x"]);
                NetNs::open("x").unwrap().within(|| ()).unwrap();
                assert!(matches!(NetNs::create("x"), Err(Error::Exists { .. })));
            } else {
                nothing += 1;
                assert!(killed && !file() && names().is_empty() && NetNs::open("x").is_err());
                NetNs::create("x").unwrap();
            }
            NetNs::delete("x").unwrap();
            assert!(fs::symlink_metadata("/run/netns/x").is_err());
            if !killed {
                break;
            }
        }
        println!("killed: {nothing} times nothing was left, {whole} times all");
        assert!(nothing > 10 && whole > 1);
    });
}

#[test]
fn killed_anywhere_delete_leaves_all_or_nothing() {
    sandbox::run("killed_anywhere_delete_leaves_all_or_nothing", || {
        let (mut nothing, mut whole) = (0, 0);
        for at in 0.. {
            NetNs::create("x").unwrap();
            let killed = kill_at("delete", at);
            settle();
            if NetNs::exists("x") {
                whole += 1;
                NetNs::open("x").unwrap().within(|| ()).unwrap();
                NetNs::delete("x").unwrap();
            } else {
                nothing += 1;
                assert!(names().is_empty());
            }
            if !killed {
                break;
            }
        }
        println!("killed: {whole} times all was there, {nothing} times nothing");
        assert!(nothing > 1 && whole > 3);
    });
}
