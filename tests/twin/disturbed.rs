//! Commands whose system calls are disturbed, one after the other (`disturbed.sh`): what must hold of the state that is left.

use super::{Program, STRACE, Scratch, able, in_namespaces};

/// A command, and how its work is seen and undone, in words for a shell.
pub struct Case<'a> {
    pub command: &'a str,
    /// Runs once before anything else.
    pub setup: &'a str,
    /// Prints what is there.
    pub state: &'a str,
    /// Undoes the command.
    pub reset: &'a str,
}

/// Names of namespaces, and whether each is one that can be entered; a name alone is a torn state.
pub const NAMES: &str = "for name in /run/netns/*; do [[ -e $name ]] || continue; echo \"${name##*/}\"; \
     nsenter --net=\"$name\" ip -o link show lo 2>&1 | cut -c1-6; done";

/// The first namespace of a machine, with the folder for their names.
pub const FIRST_NAMESPACE: Case<'_> = Case {
    command: "ip netns add red",
    setup: "",
    state: NAMES,
    reset: "umount -l /run/netns/red; rm -f /run/netns/red; while umount -l /run/netns; do :; done; rmdir /run/netns",
};

/// A ruleset in the place of another.
pub const NFT_BATCH: Case<'_> = Case {
    command: "nft 'flush ruleset; add table ip filter; \
         add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; \
         add rule ip filter FORWARD iifname br0 accept; add table ip nat; \
         add chain ip nat POSTROUTING { type nat hook postrouting priority 100; }; \
         add rule ip nat POSTROUTING ip saddr 10.100.0.0/24 counter masquerade'",
    setup: "nft 'add table ip old; add chain ip old c; add rule ip old c counter accept'",
    state: "nft list ruleset",
    reset: "nft 'flush ruleset; add table ip old; add chain ip old c; add rule ip old c counter accept'",
};

impl Case<'_> {
    /// Runs `script` after `disturbed.sh`: what it found to be wrong, and how often it disturbed the command. `None` where it cannot run.
    pub fn disturbed(&self, subject: &Program, what: &str, script: &str, which: &str) -> Option<(Vec<String>, usize)> {
        let name = self.command.split('\'').next().unwrap_or_default().trim_end();
        if !able(&format!("{what} of {name}")) || !*STRACE {
            return None;
        }
        let scratch = Scratch::new();
        let bin = subject.folder(&scratch.0);
        let script = format!("{}\n{script}", include_str!("disturbed.sh"));
        let output = in_namespaces(&script, &bin, &[self.command, self.setup, self.state, self.reset, which])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let count = text.lines().find_map(|line| line.strip_prefix("disturbed ")?.parse().ok());
        let Some(count) = count else { panic!("{name}: {text}{}", String::from_utf8_lossy(&output.stderr)) };
        Some((text.lines().filter(|line| !line.starts_with("disturbed ")).map(str::to_owned).collect(), count))
    }
}
