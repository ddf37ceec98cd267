//! Each system call fails once: nothing is left half-done, and the message names what failed (`faults.sh`).
//! `FAULTS=all cargo test --test faults demo` lets every single call of `demo` fail, `FAULTS='close|mount'` those; without it, the
//! first and last of each kind.

mod twin;

use twin::Program;
use twin::disturbed::{Case, FIRST_NAMESPACE, NFT_BATCH};

fn check(case: &Case<'_>, which: &str) {
    let Some((wrong, faults)) = case.disturbed(&Program::subject(), "faults", include_str!("faults.sh"), which) else { return };
    assert!(faults > 20, "{faults} faults are too few to have seen anything: {wrong:?}");
    twin::say(&format!("{}: {faults} faults", case.command.split('\'').next().unwrap_or_default()));
    assert!(wrong.is_empty() || Program::subject().is_original(), "{}", wrong.join("\n"));
}

#[test]
fn each_call_of_netns_add_fails() {
    check(&FIRST_NAMESPACE, "all");
}

#[test]
fn each_call_of_link_add_fails() {
    let case = Case {
        command: "ip link add ve1 type veth peer name ve2",
        setup: "",
        state: "ip -o link show | sed 's/^[0-9]*//; s/@.*//'",
        reset: "ip link del ve1",
    };
    check(&case, "all");
}

#[test]
fn each_call_of_nft_batch_fails() {
    check(&NFT_BATCH, "all");
}

/// `demo` leaves what it found, whatever happens: no device, no name, no rule, no file and no process.
#[test]
fn each_call_of_demo_fails() {
    let case = Case {
        command: "barelink demo",
        setup: "",
        state: "ip -o link show | wc -l; ls /run/netns 2>/dev/null; nft list ruleset; \
             pgrep --ns $$ --nslist mnt -P 1 -x barelink | wc -l; ls /run/work | grep -vE '^(calls|hit|out|err|again)$'",
        reset: "true",
    };
    check(&case, std::env::var("FAULTS").as_deref().unwrap_or("ends"));
}
