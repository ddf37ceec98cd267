//! `ip`, compared with the original line by line. The lines are in `tests/ip/*.txt`.

mod twin;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use twin::{Program, Scratch};

#[test]
fn commands() {
    twin::folder("ip");
}

/// A program that differs from `ip` in one way each must be caught at each, and nowhere else.
#[test]
fn differences_are_seen() {
    if !twin::able("the harness's own test") {
        return;
    }
    let scratch = Scratch::new();
    let script = scratch.0.join("ip");
    let original = "PATH=${PATH#*:}; ip \"$@\"";
    let text = format!(
        "#!/bin/sh\ncase $* in\n\
         *mtu*1400*) set -- link add z0 mtu 1401 type bridge; {original} ;;\n\
         *show*z0) {original} | tr a-z A-Z ;;\n\
         *nosuch0*) exit 1 ;;\n\
         *nosuch1*) {original}; exit 2 ;;\n\
         *nosuch4*) echo other >&2; exit 1 ;;\n\
         *nosuch2*) {original}; PATH=${{PATH#*:}}; ip link set lo alias changed; exit 1 ;;\n\
         *alias*extra*) {original}; {original} ;;\n\
         *) {original} ;;\nesac\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let data = "\
ip link add x0 type bridge
ip link add z0 mtu 1400 type bridge
real ip link set z0 mtu 1400
ip link show x0
ip link show z0
! ip link show nosuch0
! ip link show nosuch1
ip link set x0 alias extra
says: words that it does not say
! ip link show nosuch3
! ip link set nosuch2 up
fresh
? ip link show nosuch1
? ip link show nosuch3
? ip link show nosuch4
? ip link show lo
";
    let report = twin::compare("self", data, &Program::Folder(scratch.0.clone()));
    let caught: Vec<_> = report.failures.iter().map(|failure| failure.split(": ").next().unwrap_or_default()).collect();
    let all = report.failures.join("\n");
    let traced = if *twin::STRACE { "self:8" } else { "self:10" };
    assert_eq!(report.ran, 13);
    assert!(caught.contains(&"self:2") && caught.contains(&traced), "{all}");
    for line in [5, 6, 7, 10, 11, 13, 15] {
        assert!(caught.contains(&format!("self:{line}").as_str()), "line {line} was not caught\n{all}");
    }
    for line in [1, 4, 14, 16] {
        assert!(!caught.contains(&format!("self:{line}").as_str()), "line {line} is no difference\n{all}");
    }
    for words in ["IFLA_MTU = 1400", "IFLA_MTU = 1401", "+3: Z0:", "no message", "exit code 2", "something changed"] {
        assert!(all.contains(words) || (words.starts_with("IFLA") && !*twin::STRACE), "no {words:?} in\n{all}");
    }
}

/// The original compared with itself shows no difference, whatever `BARELINK_SUBJECT` is.
#[test]
fn twins_are_alike() {
    if twin::able("the harness's own test") {
        let report =
            twin::compare("self", "ip link add z0 type bridge\nip -d link show z0\n! ip link show x0\n", &Program::Original);
        assert_eq!((report.ran, report.failures.join("\n")), (3, String::new()));
    }
}
