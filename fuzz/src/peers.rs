//! Other people's parsers beside ours: where both take a message, they must say the same. What they say differently is
//! triaged in `DIFFERENCES.md`, and listed here as known.

pub mod bindings;
pub mod packet;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic;
use std::sync::Once;

use nlmsg::explain::{Label, explain};
use nlmsg::fuzz::Target;
use nlmsg::payload::MessageInfo;
use nlmsg::route::MESSAGES;

/// The targets that need somebody else's parser.
pub const TARGETS: &[Target] = &[
    Target { name: "peer", body: |datagram| drop(packet::again(datagram)), protocol: Some(MESSAGES) },
    Target { name: "differential_packet", body: packet::differential, protocol: Some(MESSAGES) },
    Target { name: "differential_bindings", body: bindings::differential, protocol: Some(MESSAGES) },
];

/// A value that both have, said differently: the attribute's path, our words and theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `IFLA_LINKINFO.IFLA_INFO_KIND`.
    pub path: String,
    /// What we read.
    pub ours: String,
    /// What they read.
    pub theirs: String,
}

thread_local! {
    static FOREIGN: Cell<bool> = const { Cell::new(false) };
}

/// Runs somebody else's code; `None` if it panics, which is theirs to mend. The fuzzer's own hook would end the program.
pub fn foreign<R>(work: impl FnOnce() -> R + panic::UnwindSafe) -> Option<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !FOREIGN.get() {
                hook(info);
            }
        }));
    });
    FOREIGN.set(true);
    let result = panic::catch_unwind(work);
    FOREIGN.set(false);
    result.ok()
}

/// Each value of a message by its path, where the path is there once and the value as the table says. Names alone: places
/// in lists are not told apart.
fn values(message: &[u8], protocol: &'static [MessageInfo]) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    explain(message, protocol, &mut |row| {
        path.truncate(row.depth);
        path.push(row.label.to_string());
        if !matches!(row.label, Label::Attr(..)) || row.value.inside().is_some() {
            return;
        }
        // whether a text ends with NUL is for the kernel to ask for, and for each to choose
        let value = Some(row.value.to_string().replace("\\0\"", "\"")).filter(|_| row.value.wrong.is_none());
        values.entry(path.join(".")).and_modify(|known| *known = None).or_insert(value);
    });
    values.into_iter().filter_map(|(path, value)| Some((path, value?))).collect()
}
