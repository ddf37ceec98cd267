//! A hundred containers at once, and what works on packets: `many.sh`, `works.sh`.

use super::twin::{self, Scratch};
use super::{able, plugins};

fn script(what: &str, script: &str, args: &[&str]) {
    if !able(what) {
        return;
    }
    let scratch = Scratch::new();
    let cni = plugins(&scratch);
    let folder = cni.to_string_lossy();
    let Some(output) = twin::in_namespaces(script, &cni, &[&[&*folder], args].concat()) else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    text.lines()
        .filter_map(|line| line.strip_prefix("left out: "))
        .for_each(|line| twin::say(&format!("left out: {what}: {line}")));
    let wrong: Vec<&str> = text.lines().filter(|line| *line != "done" && !line.starts_with("left out: ")).collect();
    assert!(wrong.is_empty() && text.contains("done\n"), "{text}");
}

#[test]
fn a_hundred_at_once() {
    script("a hundred containers at once", include_str!("many.sh"), &["100"]);
}

#[test]
fn packets_and_checks() {
    script("what CNI networks do with packets", include_str!("works.sh"), &[]);
}
