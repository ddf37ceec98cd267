//! `nlmsg_flags` by what the message does: the same bits mean one thing in a request that makes something, another in
//! one that reads, and a third in one that deletes.

use core::fmt;

use crate::frame::*;
use crate::payload::{Context, Field, MessageInfo, Name, Names, Shape, fmt_flags};

/// What a message does, as far as its flags go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Makes, changes or reports something.
    New,
    /// Reads.
    Get,
    /// Deletes something, or reports that.
    Del,
    /// Acknowledges or refuses.
    Ack,
    /// None of these: a mark, or the message of a protocol that nobody knows.
    Other,
}

/// The names of a verb's flags; those that all verbs share come first.
macro_rules! table {
    ($($flag:ident)*) => {
        &Names {
            flags: true,
            names: &[$(Name { value: $flag.0 as i64, name: stringify!($flag), word: "" }),*],
        }
    };
}

impl Verb {
    /// The names of the flags.
    pub fn names(self) -> &'static Names {
        match self {
            Verb::New => NlmF::TABLE,
            Verb::Get => table! {
                NLM_F_REQUEST NLM_F_MULTI NLM_F_ACK NLM_F_ECHO NLM_F_DUMP_INTR NLM_F_DUMP_FILTERED NLM_F_DUMP NLM_F_ROOT NLM_F_MATCH
                NLM_F_ATOMIC
            },
            Verb::Del => table! {
                NLM_F_REQUEST NLM_F_MULTI NLM_F_ACK NLM_F_ECHO NLM_F_DUMP_INTR NLM_F_DUMP_FILTERED NLM_F_NONREC NLM_F_BULK
            },
            Verb::Ack => table! {
                NLM_F_REQUEST NLM_F_MULTI NLM_F_ACK NLM_F_ECHO NLM_F_DUMP_INTR NLM_F_DUMP_FILTERED NLM_F_CAPPED NLM_F_ACK_TLVS
            },
            Verb::Other => table! {
                NLM_F_REQUEST NLM_F_MULTI NLM_F_ACK NLM_F_ECHO NLM_F_DUMP_INTR NLM_F_DUMP_FILTERED
            },
        }
    }

    /// `nlmsg_flags` with those names.
    pub(super) fn shape(self) -> &'static Shape {
        const fn of(show: crate::payload::Show) -> Shape {
            Shape::leaf("u16", |bytes| bytes.len() == 2, show, |_, _| {})
        }
        match self {
            Verb::New => const { &of(|bytes, _, f| show(bytes, Verb::New, f)) },
            Verb::Get => const { &of(|bytes, _, f| show(bytes, Verb::Get, f)) },
            Verb::Del => const { &of(|bytes, _, f| show(bytes, Verb::Del, f)) },
            Verb::Ack => const { &of(|bytes, _, f| show(bytes, Verb::Ack, f)) },
            Verb::Other => const { &of(|bytes: &[u8], _: &Context<'_>, f: &mut fmt::Formatter<'_>| show(bytes, Verb::Other, f)) },
        }
    }
}

fn show(bytes: &[u8], verb: Verb, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt_flags(u16::read(bytes).into(), verb.names(), f)
}

/// What a message does: from the name that a table gives its type.
pub fn verb(header: &NlMsgHdr, info: Option<&MessageInfo>) -> Verb {
    match (NlmsgType(header.nlmsg_type), info) {
        (NLMSG_ERROR | NLMSG_DONE, _) => Verb::Ack,
        (_, Some(info)) => named(info.name),
        _ => Verb::Other,
    }
}

/// What the name of a message type says that it does.
pub(super) fn named(name: &str) -> Verb {
    let word = ["RTM_", "NFT_MSG_", "XFRM_MSG_", "NFNL_MSG_COMPAT_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    match word.unwrap_or_default() {
        word if word.starts_with("GET") => Verb::Get,
        word if word.starts_with("DEL") || word.starts_with("DESTROY") => Verb::Del,
        word if word.starts_with("NEW") || word.starts_with("SET") || word.starts_with("UPD") => Verb::New,
        _ if name == "SOCK_DIAG_BY_FAMILY" => Verb::Get,
        _ => Verb::Other,
    }
}
