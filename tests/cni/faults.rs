//! Every system call of `ADD` and of `DEL` fails once, and `kill -9` comes at each: `faults.sh`. A netlink exchange is a
//! `sendto` and its `recvmsg`s, so each of them fails before and after the kernel did what was asked.

use super::twin::{self, Scratch};
use super::{able, plugins};

/// A network with all that a container can need.
const NETWORK: &str = r#"{"cniVersion":"1.1.0","name":"n","type":"bridge","isDefaultGateway":true,"ipMasq":true,"hairpinMode":true,
"macspoofchk":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00:1::/64"}]]}}"#;

fn faults(verb: &str, fault: &str) {
    let what = format!("faults in {verb}: {fault}");
    if !able(&what) || !*twin::STRACE {
        return;
    }
    let scratch = Scratch::new();
    let cni = plugins(&scratch);
    let network = NETWORK.replace('\n', "");
    let args = [&cni.to_string_lossy(), network.as_str(), verb, fault];
    let Some(output) = twin::in_namespaces(include_str!("faults.sh"), &cni, &args) else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let count: usize = text.lines().find_map(|line| line.strip_prefix("faults ")?.parse().ok()).unwrap_or_default();
    let torn: Vec<&str> = text.lines().filter(|line| !line.starts_with("faults ")).collect();
    assert!(count > 20, "{count} faults are too few to have seen anything\n{text}");
    assert!(torn.is_empty(), "of {count} faults {} did harm:\n{}", torn.len(), torn.join("\n"));
}

#[test]
fn add_fails() {
    faults("ADD", "error=EIO");
}

#[test]
fn add_is_killed() {
    faults("ADD", "signal=SIGKILL");
}

#[test]
fn del_fails() {
    faults("DEL", "error=EIO");
}

#[test]
fn del_is_killed() {
    faults("DEL", "signal=SIGKILL");
}
