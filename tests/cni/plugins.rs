//! Which plugins are tried, and beside which.

use std::path::PathBuf;

use super::twin::{self, Program, Scratch};

/// Where Debian's containernetworking-plugins puts them.
pub(crate) const ORIGINALS: &str = "/usr/lib/cni";

/// Whether the plugins can be tried here; if not, says what is left out.
pub(crate) fn able(what: &str) -> bool {
    let missing = ["jq", "ip", "nft", "bridge"].into_iter().find(|tool| !twin::has(tool));
    match missing {
        Some(tool) => twin::say(&format!("left out: {what}: no {tool} on this machine")),
        None => return twin::able(what),
    }
    false
}

/// A folder with our plugins, or those that `BARELINK_SUBJECT` names.
pub(crate) fn plugins(scratch: &Scratch) -> PathBuf {
    let subject = Program::subject();
    if subject.is_original() { PathBuf::from(ORIGINALS) } else { subject.folder(&scratch.0) }
}
