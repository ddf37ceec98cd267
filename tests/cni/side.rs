//! What a script in `tests/cni/` printed, step by step, and states in which only what matters is left.

use std::collections::BTreeSet;

use regex_lite::Regex;
use serde_json::Value;

/// One step: a command with its exit status and output, or a look at the state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Its name, its exit status, and what it printed.
    Run(String, i32, String),
    /// One line for each thing there is.
    State(BTreeSet<String>),
}

/// Cuts output at lines that begin with `@`; `known` holds the addresses that are to be seen in states.
pub(crate) fn steps(output: &str, known: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in format!("\n{output}").split("\n@ ").skip(1) {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        match head.rsplit_once(' ') {
            None => steps.push(Step::State(state(body, known))),
            Some((name, status)) => steps.push(Step::Run(name.into(), status.parse().unwrap_or(-1), body.into())),
        }
    }
    steps
}

/// What the kernel numbers, and what time changes.
const PASSING: &[&str] = &[
    "ifindex",
    "link_index",
    "link_netnsid",
    "ifi_index",
    "valid_life_time",
    "preferred_life_time",
    "expires",
    "hello_timer",
    "tcn_timer",
    "gc_timer",
    "hold_timer",
    "message_age_timer",
    "forward_delay_timer",
    "topology_change_timer",
    "no",
    "id",
    "designated_port",
];
/// What differs on purpose, by its key.
const ON_PURPOSE: &[&str] = &["nodad", "tentative", "txqlen"];

/// The lines of a state, names and addresses that are made up replaced, objects of a list each on a line of its own.
pub(crate) fn state(text: &str, known: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for line in text.lines() {
        let (head, json) = match line.find(['[', '"']) {
            Some(at) => line.split_at(at),
            None => (line, ""),
        };
        match serde_json::from_str(json) {
            Ok(Value::Array(items)) => {
                for mut item in items {
                    forget(&mut item);
                    lines.insert(made_up(&format!("{head}{item}"), known));
                }
            }
            _ => {
                lines.insert(made_up(line, known));
            }
        }
    }
    lines
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !PASSING.contains(&key.as_str()) && !ON_PURPOSE.contains(&key.as_str()));
            map.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Replaces names and addresses that nobody chose.
pub(crate) fn made_up(text: &str, known: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in [
        (r"\bveth[0-9a-z]{8,11}\b", "<veth>"),
        (r"\b(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}\b", "<mac>"),
        (r"\bfe80::[0-9a-f:]+", "<ll>"),
    ] {
        let pattern = Regex::new(pattern).expect("a pattern");
        text = pattern
            .replace_all(
                &text,
                |found: &regex_lite::Captures<'_>| if known.contains(&found[0]) { found[0].to_owned() } else { name.into() },
            )
            .into_owned();
    }
    text
}

/// Lines that only one of two states has.
pub(crate) fn difference(theirs: &BTreeSet<String>, ours: &BTreeSet<String>) -> String {
    let only = |sign: &str, a: &BTreeSet<String>, b: &BTreeSet<String>| {
        a.difference(b).map(|line| format!("    {sign} {line}\n")).collect::<String>()
    };
    only("-", theirs, ours) + &only("+", ours, theirs)
}
