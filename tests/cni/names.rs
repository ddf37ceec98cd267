//! What the program is by its name and its environment.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::twin::{Program, Scratch};

fn run(program: &Path, vars: &[(&str, &str)], words: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let mut command = Command::new(program);
    command.args(words).env_remove("CNI_COMMAND").envs(vars.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("an end")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn names_and_environments() {
    let Program::Binary(binary) = Program::subject() else { return };
    let scratch = Scratch::new();
    let folder = scratch.0.join("cni");
    let install = |words: &[&str]| run(&binary, &[], &[&["cni", "install"], words, &[&folder.to_string_lossy()]].concat(), "");
    assert!(install(&[]).status.success());
    // again, over the links; over a program only by force
    assert!(install(&[]).status.success());
    let loopback = folder.join("loopback");
    std::fs::remove_file(&loopback).expect("a link");
    std::fs::write(&loopback, "a program").expect("a file");
    let refused = install(&[]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("--force"), "{refused:?}");
    assert_eq!(std::fs::read(&loopback).expect("a file"), b"a program");
    assert!(install(&["--force"]).status.success());
    assert!(loopback.is_symlink());
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["bridge", "cnitool", "host-local", "loopback"]);

    for name in ["bridge", "host-local", "loopback"] {
        let program = folder.join(name);
        if name != "bridge" {
            // somebody who tries what this is
            let about = run(&program, &[], &[], "");
            assert!(about.status.success() && about.stdout.is_empty(), "{about:?}");
            assert!(
                text(&about.stderr).contains("CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0")
            );
        }
        // podman asks like this; others with nothing on standard input
        let dummy = ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH"].map(|name| (name, "dummy"));
        let version = [&[("CNI_COMMAND", "VERSION")][..], &dummy].concat();
        for (input, echoed) in [("", "1.1.0"), ("{\"cniVersion\":\"1.0.0\"}", "1.0.0"), ("{\"cniVersion\":\"9.0.0\"}", "1.1.0")] {
            let answer = run(&program, &version, &[], input);
            let expected = format!(
                "{{\"cniVersion\":\"{echoed}\",\"supportedVersions\":[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}}\n"
            );
            assert!(answer.status.success() && answer.stderr.is_empty(), "{answer:?}");
            assert_eq!(text(&answer.stdout), expected);
        }
    }

    // bridge is iproute2's without CNI_COMMAND; and with words, when a plugin that is a script runs it
    let bridge = folder.join("bridge");
    for vars in [&[][..], &[("CNI_COMMAND", "ADD")]] {
        let tool = run(&bridge, vars, &["-V"], "");
        assert!(tool.status.success() && text(&tool.stdout).starts_with("bridge utility"), "{tool:?}");
    }
    let plugin = run(&bridge, &[("CNI_COMMAND", "ADD")], &[], "");
    assert!(!plugin.status.success() && text(&plugin.stdout).contains("\"code\": 4"), "{plugin:?}");
}
