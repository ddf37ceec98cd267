//! Runs a test in namespaces of its own: user, network and mount, with an empty `/run`. As any user, and with
//! nothing left behind.

use std::ffi::CString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};

/// Tells the copy of the test program that it is the one inside.
const INSIDE: &str = "BARELINK_TEST_INSIDE";

/// The test `name` (its full path in its program) is `body`, in a sandbox. Where namespaces cannot be made, it says so
/// and does not run.
pub(crate) fn run(name: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        furnish();
        return body();
    }
    match command(name).output() {
        Err(error) => println!("SKIPPED {name}: no namespaces here: {error}"),
        Ok(output) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            print!("{}{}", text(&output.stdout), text(&output.stderr));
            assert!(output.status.success(), "{name} failed in its sandbox: {}", output.status);
            assert!(text(&output.stdout).contains(" 1 passed"), "{name} is the name of no test");
        }
    }
}

/// This program again, for one test, inside.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.args([name, "--exact", "--nocapture", "--include-ignored", "--test-threads=2"]).env(INSIDE, "1");
    let write = |file: &str, text: String| (CString::new(file).unwrap(), text);
    let maps = [
        write("/proc/self/setgroups", "deny".into()),
        write("/proc/self/uid_map", format!("0 {} 1", getuid())),
        write("/proc/self/gid_map", format!("0 {} 1", getgid())),
    ];
    // SAFETY: between fork and exec the closure makes system calls only; what it needs was allocated before.
    unsafe {
        command.pre_exec(move || {
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS)?;
            for (file, text) in &maps {
                let fd = nix::fcntl::open(file.as_c_str(), nix::fcntl::OFlag::O_WRONLY, nix::sys::stat::Mode::empty())?;
                nix::unistd::write(&fd, text.as_bytes())?;
            }
            Ok(())
        })
    };
    command
}

fn furnish() {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none).unwrap();
    mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), none).unwrap();
}
