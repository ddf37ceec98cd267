//! The CNI plugins: beside the originals, on bad input, with faults at every step, and a hundred at once.
#![cfg(feature = "cli")]

#[path = "cni/bad.rs"]
mod bad;
#[path = "cni/faults.rs"]
mod faults;
#[path = "cni/many.rs"]
mod many;
#[path = "cni/names.rs"]
mod names;
#[path = "cni/side.rs"]
mod side;
mod twin;
#[path = "cni/twins.rs"]
mod twins;

use std::path::PathBuf;

use twin::{Program, Scratch};

/// Where Debian's containernetworking-plugins puts them.
const ORIGINALS: &str = "/usr/lib/cni";

/// Whether the plugins can be tried here; if not, says what is left out.
fn able(what: &str) -> bool {
    let missing = ["jq", "ip", "nft", "bridge"].into_iter().find(|tool| !twin::has(tool));
    match missing {
        Some(tool) => twin::say(&format!("left out: {what}: no {tool} on this machine")),
        None => return twin::able(what),
    }
    false
}

/// A folder with our plugins, or those that `BARELINK_SUBJECT` names.
fn plugins(scratch: &Scratch) -> PathBuf {
    let subject = Program::subject();
    if subject.is_original() { PathBuf::from(ORIGINALS) } else { subject.folder(&scratch.0) }
}
