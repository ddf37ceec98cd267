//! VLANs of containers: what ports they are in, and what packets do. For a kernel that has bridge VLAN filtering.

use std::path::Path;

use super::twin::{self, Scratch};
use super::{able, plugins};

/// What `vlan.sh` prints, but for the verbs.
const EXPECTED: &str = "\
port a 1 100p
port b 100p
port c 200p
port g 1 100p
port t 100 101 300
port br0.100 1 100p
reach a b yes
reach a c no
reach c b no
reach g a yes
reach a gateway yes
reach c gateway no
reach t a yes
reach t c no
left 1
";

/// Runs it.
pub(crate) fn packets() {
    if !able("VLANs of containers") {
        return;
    }
    let scratch = Scratch::new();
    let folder = plugins(&scratch);
    let output = twin::in_namespaces(include_str!("vlan.sh"), Path::new("/nowhere"), &[&folder.to_string_lossy()])
        .expect("there are namespaces");
    let text = String::from_utf8_lossy(&output.stdout);
    let is_verb = |line: &&str| ["ADD ", "CHECK ", "DEL "].iter().any(|verb| line.starts_with(verb));
    let verbs: Vec<&str> = text.lines().filter(is_verb).collect();
    assert!(verbs.len() == 15 && verbs.iter().all(|line| line.ends_with(" 0")), "{text}{output:?}");
    let rest: String = text.lines().filter(|line| !is_verb(line)).map(|line| format!("{line}\n")).collect();
    assert_eq!(rest, EXPECTED, "{}", String::from_utf8_lossy(&output.stderr));
    twin::say(&format!("tests/cni/vlan.sh: {} lines, 0 fell short", text.lines().count()));
}
