//! kill -9 at any point leaves the old state or the new one: `crash.sh` kills before every system call.

mod twin;

use twin::Program;
use twin::disturbed::{Case, FIRST_NAMESPACE, NFT_BATCH};

/// All system calls, for `torn`.
const ALL: &str = ".*";

/// The lines that `crash.sh` prints: states that are neither old nor new. `None` where it cannot run.
fn torn(subject: &Program, case: &Case<'_>, only: &str) -> Option<Vec<String>> {
    let (torn, kills) = case.disturbed(subject, "kill -9", include_str!("crash.sh"), only)?;
    assert!(kills > if only == ALL { 20 } else { 0 }, "{kills} kills are too few to have seen anything: {torn:?}");
    Some(torn)
}

const ONE_MORE_NAMESPACE: Case<'_> =
    Case { setup: "ip netns add blue", reset: "umount -l /run/netns/red; rm -f /run/netns/red", ..FIRST_NAMESPACE };

#[test]
fn first_namespace() {
    if let Some(torn) = torn(&Program::subject(), &FIRST_NAMESPACE, ALL) {
        assert!(Program::subject().is_original() || torn.is_empty(), "{}", torn.join("\n"));
    }
}

#[test]
fn one_more_namespace() {
    if let Some(torn) = torn(&Program::subject(), &ONE_MORE_NAMESPACE, ALL) {
        assert!(Program::subject().is_original() || torn.is_empty(), "{}", torn.join("\n"));
    }
}

/// The original leaves a name behind that is no namespace, if it is killed between open and mount. That it is
/// caught shows that the two tests above can fail.
#[test]
fn a_torn_namespace_is_seen() {
    if let Some(torn) = torn(&Program::Original, &ONE_MORE_NAMESPACE, "mount|unshare") {
        assert!(torn.iter().any(|line| line.starts_with("torn mount ")), "{}", torn.join("\n"));
    }
}

#[test]
fn nft_batch() {
    if let Some(torn) = torn(&Program::subject(), &NFT_BATCH, ALL) {
        assert!(torn.is_empty(), "{}", torn.join("\n"));
    }
}
