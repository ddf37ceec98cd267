//! Every system call on files fails once, or is the last: what is left is whole, and `DEL` takes it away.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::place::{Done, Place};

const CALLS: &str = "openat,open,mkdir,flock,write,writev,fdatasync,fsync,linkat,link,unlinkat,unlink,renameat,rename,renameat2,getdents64,utimensat,ftruncate,pwrite64,pread64";

fn config(place: &Place) -> String {
    place.config("1.1.0", r#""ranges":[[{"subnet":"10.1.0.0/16"}],[{"subnet":"fd00::/64"}]]"#)
}

fn strace(place: &Place, inject: Option<String>) -> Command {
    let mut strace = Command::new("strace");
    strace.arg("-qq").arg("-o").arg(place.root.join("strace")).args(["-e", &format!("trace={CALLS}")]);
    if let Some(inject) = inject {
        strace.args(["-e", &format!("inject={inject}")]);
    }
    strace.arg(&place.ours);
    strace
}

/// Which of the calls `command` makes on a store with `leases`, and how often, up to `most` each.
fn calls(leases: u32, command: &str, most: usize) -> BTreeMap<String, usize> {
    let place = Place::new();
    prepare(&place, leases, command);
    let child = place.start_with(strace(&place, None), command, "c1", &config(&place));
    assert!(Done::from(child.wait_with_output().unwrap()).ok);
    let mut calls = BTreeMap::new();
    for line in fs::read_to_string(place.root.join("strace")).unwrap().lines() {
        if let Some((call, _)) = line.split_once('(') {
            *calls.entry(call.to_owned()).or_insert(0) += 1;
        }
    }
    calls.values_mut().for_each(|count| *count = most.min(*count));
    calls
}

fn prepare(place: &Place, leases: u32, command: &str) {
    place.fill(leases);
    let config = config(place);
    assert!(place.run(&place.ours, "ADD", "c0", &config).ok);
    if command == "DEL" {
        assert!(place.run(&place.ours, "ADD", "c1", &config).ok);
    }
}

/// Tries all faults of one kind.
fn each(leases: u32, command: &str, most: usize, fault: &str) {
    let tried = calls(leases, command, most);
    assert!(tried.len() > 3, "{tried:?}");
    for (call, count) in tried {
        for nth in 1..=count {
            let place = Place::new();
            prepare(&place, leases, command);
            let before = place.leases();
            let inject = format!("{call}:{fault}:when={nth}");
            let child = place.start_with(strace(&place, Some(inject.clone())), command, "c1", &config(&place));
            let done = Done::from(child.wait_with_output().unwrap());
            if done.err.contains("while loading shared libraries") {
                continue; // the fault was not ours
            }
            let what = format!("{command} with {leases} leases, {inject}: {done:?}");
            if fault.starts_with("error") && command == "ADD" && !done.ok {
                // its standard output may be what failed, or the program did not start
                let said = done.json["code"].is_u64() || call == "write" || call == "writev" || call.starts_with("open");
                assert!(said, "{what}");
                let lost = call == "write" || call == "writev" || call.starts_with("unlink");
                assert!(lost || whole(&place, &before), "{what}: {:?}", place.leases());
            }
            for name in place.leases().iter().filter(|name| !name.starts_with('.')) {
                let text = fs::read_to_string(place.lease(name)).unwrap();
                assert!(text.ends_with("\r\neth0"), "{what}: {name} is {text:?}");
            }
            assert!(place.run(&place.ours, "DEL", "c1", &config(&place)).ok, "{what}");
            let left = place.leases();
            let expected: Vec<_> = before.iter().filter(|name| !is_of(&place, name, "c1")).collect();
            let left: Vec<_> = left.iter().filter(|name| !name.starts_with('.')).collect();
            assert!(left.iter().all(|name| !is_of(&place, name, "c1")), "{what}: {left:?}");
            assert!(left.len() == leases as usize + 2 && left.iter().all(|name| expected.contains(name)), "{what}: {left:?}");
            // and the next one goes on
            assert!(place.run(&place.ours, "ADD", "c1", &config(&place)).ok, "{what}");
            assert!(!place.lease(".new").exists());
        }
    }
}

fn is_of(place: &Place, name: &str, id: &str) -> bool {
    fs::read_to_string(place.lease(name)).is_ok_and(|text| text == format!("{id}\r\neth0"))
}

/// Whether the leases are those from before.
fn whole(place: &Place, before: &[String]) -> bool {
    place.leases().iter().filter(|name| !name.starts_with('.')).eq(before)
}

fn no_strace() -> bool {
    // under a tracer of its own strace does not work either
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !works {
        println!("left out: faults of host-local: no strace");
    }
    !works
}

#[test]
fn add_fails_anywhere() {
    if !no_strace() {
        each(3, "ADD", usize::MAX, "error=EIO");
    }
}

#[test]
fn add_is_killed_anywhere() {
    if !no_strace() {
        each(3, "ADD", usize::MAX, "signal=KILL");
    }
}

#[test]
fn del_fails_and_is_killed_anywhere() {
    if !no_strace() {
        each(3, "DEL", usize::MAX, "error=EIO");
        each(3, "DEL", usize::MAX, "signal=KILL");
    }
}

#[test]
fn with_an_index() {
    if !no_strace() {
        for command in ["ADD", "DEL"] {
            each(130, command, 3, "error=EIO");
            each(130, command, 3, "signal=KILL");
        }
    }
}

/// Where a file without a name cannot get one, the lease is written under another name.
#[test]
fn without_files_that_have_no_name() {
    if no_strace() {
        return;
    }
    let place = Place::new();
    let child = place.start_with(strace(&place, None), "ADD", "c0", &config(&place));
    assert!(Done::from(child.wait_with_output().unwrap()).ok);
    let log = fs::read_to_string(place.root.join("strace")).unwrap();
    let opened: Vec<_> = log.lines().filter(|line| line.starts_with("openat(")).collect();
    let Some(nth) = opened.iter().position(|line| line.contains("O_TMPFILE")) else { panic!("{log}") };
    let inject = format!("openat:error=EOPNOTSUPP:when={}", nth + 1);
    let child = place.start_with(strace(&place, Some(inject)), "ADD", "c1", &config(&place));
    let done = Done::from(child.wait_with_output().unwrap());
    assert!(done.ok && done.address() == "10.1.0.3", "{done:?}");
    let log = fs::read_to_string(place.root.join("strace")).unwrap();
    let at = |text: &str| log.find(text).unwrap_or_else(|| panic!("no {text}: {log}"));
    assert!(at("\".new\", O_") < at("fdatasync") && at("fdatasync") < at("\nlinkat("), "{log}");
    assert_eq!(fs::read_to_string(place.lease("10.1.0.3")).unwrap(), "c1\r\neth0");
    assert_eq!(place.leases(), ["10.1.0.2", "10.1.0.3", "fd00::2", "fd00::3"]);
}
