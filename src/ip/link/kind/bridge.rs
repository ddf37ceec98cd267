//! `bridge`: a switch in the kernel (`IFLA_BR_*` of linux/if_link.h).

use super::Kind;
use crate::ip::{Ip, Request};
use crate::words::{Stop, Words};

pub(super) const KIND: Kind = Kind { name: "bridge", help: "Usage: ... bridge", parse };

fn parse(_: &mut Ip<'_, '_>, words: &mut Words<'_>, _: &mut Request) -> Result<(), Stop> {
    let word = words.peek().unwrap_or("");
    Err(Stop::failure(format!("bridge: unknown command \"{word}\"?\n{}", KIND.help)).at(words.position()))
}
