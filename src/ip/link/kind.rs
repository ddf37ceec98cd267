//! The kinds of links: a file a kind, with its options.

mod bridge;
mod veth;

use nlmsg::route::link::IflaInfo;

use crate::ip::{Ip, Request};
use crate::words::{Stop, Words, abbreviates};

/// What a kind adds to the grammar of `ip link`.
pub(crate) struct Kind {
    /// `IFLA_INFO_KIND`.
    name: &'static str,
    /// What `ip link help KIND` says.
    pub(crate) help: &'static str,
    /// Reads the words after `type KIND` into `IFLA_INFO_DATA`, which is open.
    parse: fn(&mut Ip<'_, '_>, &mut Words<'_>, &mut Request) -> Result<(), Stop>,
}

const KINDS: &[Kind] = &[bridge::KIND, veth::KIND];

/// The kind of this name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Reads the words after `type NAME`. A kind without a grammar here takes no words; whether it exists is the
/// kernel's to say.
pub(crate) fn parse(ip: &mut Ip<'_, '_>, name: &str, words: &mut Words<'_>, request: &mut Request) -> Result<(), Stop> {
    let Some(word) = words.peek() else { return Ok(()) };
    let slave = name.ends_with("_slave");
    match find(name) {
        Some(kind) => {
            let data = request.begin::<IflaInfo<'_>>(if slave { "IFLA_INFO_SLAVE_DATA" } else { "IFLA_INFO_DATA" });
            (kind.parse)(ip, words, request)?;
            request.end(data)
        }
        None if abbreviates(word, "help") => Err(Stop::help(super::HELP)),
        None => Err(super::garbage(word)),
    }
}
