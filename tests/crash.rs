//! kill -9 at any point leaves the old state or the new one: `crash.sh` kills before every system call.

mod twin;

use twin::{Program, Scratch};

/// All system calls, for `torn`.
const ALL: &str = ".*";

/// The lines that `crash.sh` prints: states that are neither old nor new. `None` where it cannot run.
fn torn(subject: &Program, command: &str, setup: &str, state: &str, reset: &str, only: &str) -> Option<Vec<String>> {
    let name = command.split('\'').next().unwrap_or_default().trim_end();
    if !twin::able(&format!("kill -9 of {name}")) || !*twin::STRACE {
        return None;
    }
    let scratch = Scratch::new();
    let bin = subject.folder(&scratch.0);
    let output = twin::in_namespaces(include_str!("crash.sh"), &bin, &[command, setup, state, reset, only])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let kills: usize = text.lines().find_map(|line| line.strip_prefix("kills ")?.parse().ok()).unwrap_or_default();
    assert!(kills > if only == ALL { 20 } else { 0 }, "{kills} kills are too few to have seen anything\n{text}");
    Some(text.lines().filter(|line| !line.starts_with("kills ")).map(str::to_owned).collect())
}

/// Names, and whether each is a namespace that can be entered; a name alone is a torn state.
const NAMES: &str = "for name in /run/netns/*; do [[ -e $name ]] || continue; echo \"${name##*/}\"; \
     nsenter --net=\"$name\" ip -o link show lo 2>&1 | cut -c1-6; done";
const DELETE: &str = "umount -l /run/netns/red; rm -f /run/netns/red";

fn netns_add(subject: &Program, setup: &str, reset: &str, only: &str) -> Option<Vec<String>> {
    torn(subject, "ip netns add red", setup, NAMES, reset, only)
}

#[test]
fn first_namespace() {
    let reset = format!("{DELETE}; while umount -l /run/netns; do :; done; rmdir /run/netns");
    if let Some(torn) = netns_add(&Program::subject(), "", &reset, ALL) {
        assert!(Program::subject().is_original() || torn.is_empty(), "{}", torn.join("\n"));
    }
}

#[test]
fn one_more_namespace() {
    if let Some(torn) = netns_add(&Program::subject(), "ip netns add blue", DELETE, ALL) {
        assert!(Program::subject().is_original() || torn.is_empty(), "{}", torn.join("\n"));
    }
}

/// The original leaves a name behind that is no namespace, if it is killed between open and mount. That it is
/// caught shows that the two tests above can fail.
#[test]
fn a_torn_namespace_is_seen() {
    if let Some(torn) = netns_add(&Program::Original, "ip netns add blue", DELETE, "mount|unshare") {
        assert!(torn.iter().any(|line| line.starts_with("torn mount ")), "{}", torn.join("\n"));
    }
}

#[test]
fn nft_batch() {
    let command = "nft 'flush ruleset; add table ip filter; \
         add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; \
         add rule ip filter FORWARD iifname br0 accept; add table ip nat; \
         add chain ip nat POSTROUTING { type nat hook postrouting priority 100; }; \
         add rule ip nat POSTROUTING ip saddr 10.100.0.0/24 counter masquerade'";
    let old = "nft 'add table ip old; add chain ip old c; add rule ip old c counter accept'";
    let reset = format!("nft flush ruleset; {old}");
    if let Some(torn) = torn(&Program::subject(), command, old, "nft list ruleset", &reset, ALL) {
        assert!(torn.is_empty(), "{}", torn.join("\n"));
    }
}
