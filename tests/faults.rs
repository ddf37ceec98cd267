//! Each system call fails once: nothing is left half-done, and the message names what failed (`faults.sh`).
//! `FAULTS=all cargo test --test faults` lets every single call of `demo` fail; without it, the first and last of each kind.

mod twin;

use twin::{Program, Scratch};

/// What `faults.sh` found to be wrong. `None` where it cannot run.
fn wrong(command: &str, setup: &str, state: &str, reset: &str, which: &str) -> Option<Vec<String>> {
    let name = command.split('\'').next().unwrap_or_default().trim_end();
    if !twin::able(&format!("faults of {name}")) || !*twin::STRACE {
        return None;
    }
    let scratch = Scratch::new();
    let bin = Program::subject().folder(&scratch.0);
    let output = twin::in_namespaces(include_str!("faults.sh"), &bin, &[command, setup, state, reset, which])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let faults: usize = text.lines().find_map(|line| line.strip_prefix("faults ")?.parse().ok()).unwrap_or_default();
    assert!(faults > 20, "{faults} faults are too few to have seen anything\n{text}{}", String::from_utf8_lossy(&output.stderr));
    twin::say(&format!("{name}: {faults} faults"));
    Some(text.lines().filter(|line| !line.starts_with("faults ")).map(str::to_owned).collect())
}

fn check(command: &str, setup: &str, state: &str, reset: &str, which: &str) {
    if let Some(wrong) = wrong(command, setup, state, reset, which) {
        assert!(wrong.is_empty() || Program::subject().is_original(), "{}", wrong.join("\n"));
    }
}

#[test]
fn netns_add() {
    let names = "for name in /run/netns/*; do [[ -e $name ]] || continue; echo \"${name##*/}\"; \
         nsenter --net=\"$name\" ip -o link show lo 2>&1 | cut -c1-6; done";
    let reset = "umount -l /run/netns/red; rm -f /run/netns/red; while umount -l /run/netns; do :; done; rmdir /run/netns";
    check("ip netns add red", "", names, reset, "all");
}

#[test]
fn link_add() {
    let command = "ip link add ve1 type veth peer name ve2";
    check(command, "", "ip -o link show | sed 's/^[0-9]*//; s/@.*//'", "ip link del ve1", "all");
}

#[test]
fn nft_batch() {
    let command = "nft 'flush ruleset; add table ip filter; \
         add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; \
         add rule ip filter FORWARD iifname br0 accept; add table ip nat; \
         add chain ip nat POSTROUTING { type nat hook postrouting priority 100; }; \
         add rule ip nat POSTROUTING ip saddr 10.100.0.0/24 counter masquerade'";
    let old = "nft 'add table ip old; add chain ip old c; add rule ip old c counter accept'";
    check(command, old, "nft list ruleset", &format!("nft flush ruleset; {old}"), "all");
}

/// `demo` leaves what it found, whatever happens: no device, no name, no rule, no file and no process.
#[test]
fn demo() {
    let state = "ip -o link show | wc -l; ls /run/netns 2>/dev/null; nft list ruleset; ls /tmp | grep -c barelink-sandbox; \
         pgrep -P 1 -x barelink | wc -l; ls /run/work | grep -vE '^(calls|hit|out|err|again)$'";
    let which = if std::env::var("FAULTS").is_ok_and(|which| which == "all") { "all" } else { "ends" };
    check("barelink demo", "", state, "true", which);
}
