//! What `-e` tells: the events that the kernel sends for each thing that a batch has made, as commands.

use std::io::Write;

use nlmsg::Message;
use nlmsg::frame::{NLM_F_APPEND, NLM_F_EXCL, NLM_F_REQUEST};
use nlmsg::nft::*;
use nlmsg::payload::Be;

use super::expr::{get, set_name};
use super::ruleset::{self, Chain, Object, Rule, Set, Table};
use super::sets::RawElem;
use super::types::Style;
use super::{Failure, Session};

/// Something that was made.
#[derive(Debug)]
pub(super) struct Event {
    word: &'static str,
    what: What,
}

#[derive(Debug)]
enum What {
    Table(Table),
    Chain(Chain),
    Rule(Rule),
    Set(Set),
    Elements {
        family: u8,
        table: String,
        set: String,
        elems: Vec<RawElem>,
    },
    Object(Object),
    /// A replaced rule goes away.
    Gone(Rule),
    /// Whose change made which generation.
    Generation {
        id: u32,
        pid: u32,
        name: String,
    },
}

/// Reads an event; `None` if it is nothing that is told.
pub(super) fn event(message: Message<'_>) -> Option<Event> {
    let flags = message.header.nlmsg_flags;
    let mut word = if flags.contains(NLM_F_EXCL) { "create" } else { "add" };
    let what = match message.header.nlmsg_type {
        NFT_MSG_NEWTABLE => What::Table(ruleset::table(message)?),
        NFT_MSG_NEWCHAIN => What::Chain(ruleset::chain(message)?),
        NFT_MSG_NEWRULE => {
            word = if flags.contains(NLM_F_APPEND) { "add" } else { "insert" };
            What::Rule(ruleset::rule(message)?)
        }
        NFT_MSG_DELRULE => What::Gone(ruleset::rule(message)?),
        NFT_MSG_NEWSET => What::Set(ruleset::set(message)?),
        NFT_MSG_NEWSETELEM => {
            let body = message.body::<SetElems<'_>>().ok()?;
            What::Elements {
                family: body.header.nfgen_family.0,
                table: get!(body.attrs, NftaSetElemList::NFTA_SET_ELEM_LIST_TABLE)?.to_string(),
                set: set_name(
                    get!(body.attrs, NftaSetElemList::NFTA_SET_ELEM_LIST_SET)?,
                    get!(body.attrs, NftaSetElemList::NFTA_SET_ELEM_LIST_SET_ID),
                ),
                elems: ruleset::elements_in(message)?,
            }
        }
        NFT_MSG_NEWOBJ => What::Object(ruleset::object(message)?),
        NFT_MSG_NEWGEN => {
            let attrs = message.body::<Gen<'_>>().ok()?.attrs;
            What::Generation {
                id: get!(attrs, NftaGen::NFTA_GEN_ID).map(|Be(id)| id)?,
                pid: get!(attrs, NftaGen::NFTA_GEN_PROC_PID).map(|Be(pid)| pid)?,
                name: get!(attrs, NftaGen::NFTA_GEN_PROC_NAME)?.to_string(),
            }
        }
        _ => return None,
    };
    Some(Event { word, what })
}

impl Session<'_> {
    /// Prints what was made, as commands.
    pub(super) fn echo(&mut self, events: &[Event], out: &mut dyn Write) -> Result<(), Failure> {
        let style = self.options.style;
        // rules name sets whose types only the rule set knows
        self.ruleset = None;
        Ok(write_events(events, self.read()?, style, out)?)
    }
}

/// Prints what was made, as commands; the rule set knows the types of the sets that rules name.
fn write_events(events: &[Event], ruleset: &ruleset::Ruleset, style: Style, out: &mut dyn Write) -> std::io::Result<()> {
    let mut edges: Vec<RawElem> = Vec::new();
    for (i, Event { word, what }) in events.iter().enumerate() {
        match what {
            What::Table(table) => writeln!(out, "{word} {}", table.echo(style))?,
            What::Chain(chain) => writeln!(out, "{word} {}", chain.echo(style))?,
            What::Rule(rule) => writeln!(out, "{word} {}", ruleset.echo_rule(rule, style))?,
            What::Gone(rule) => writeln!(out, "delete {}", rule.place())?,
            What::Set(set) => write!(out, "{}", set.echo(word, style))?,
            What::Object(object) => writeln!(out, "{word} {}", object.echo(style))?,
            What::Generation { id, pid, name } => writeln!(out, "# new generation {id} by process {pid} ({name})")?,
            What::Elements { family, table, set: name, elems } => {
                let Some(set) = ruleset.set(*family, table, name) else { continue };
                edges.extend(elems.iter().cloned());
                // the two ends of an interval come one after the other
                let next = events.get(i + 1).map(|event| &event.what);
                if !matches!(next, Some(What::Elements { family: f, table: t, set: s, .. }) if set.is(*f, t, s)) {
                    write!(out, "{}", set.echo_elements(word, &std::mem::take(&mut edges), style))?;
                }
            }
        }
    }
    Ok(())
}

/// Reads messages in passing, and says of each object in nft's own text how it is made.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The sets that were met: rules show what is in those without a name.
    ruleset: ruleset::Ruleset,
}

/// How many sets are remembered.
const SETS: usize = 64;
/// How many elements of one.
const ELEMS: usize = 1024;

impl Reader {
    /// The command that makes what the message is about, without `nft` in front; `None` of what is no object, and where
    /// the text would leave something out.
    pub(crate) fn take(&mut self, message: Message<'_>) -> Option<String> {
        let replaces = message.header.nlmsg_flags.contains(nlmsg::frame::NLM_F_REPLACE);
        if !matches!(message.header.nlmsg_type, NFT_MSG_NEWTABLE..=NFT_MSG_NEWSETELEM | NFT_MSG_NEWOBJ) {
            return None;
        }
        let event = event(message)?;
        match &event.what {
            What::Set(set) => {
                self.ruleset.sets.retain(|old| !old.is(set.family, &set.table, &set.name));
                if self.ruleset.sets.len() >= SETS {
                    self.ruleset.sets.remove(0);
                }
                let mut known = set.clone();
                known.sent = message.header.nlmsg_flags.contains(NLM_F_REQUEST);
                self.ruleset.sets.push(known);
                if set.is_unnamed() {
                    return None;
                }
            }
            What::Elements { family, table, set: name, elems } => {
                let set = self.ruleset.sets.iter_mut().find(|set| set.is(*family, table, name))?;
                set.elems.extend(elems.iter().take(ELEMS - set.elems.len().min(ELEMS)).cloned());
                if set.is_unnamed() || set.elems.len() >= ELEMS {
                    return None;
                }
                return Some(format!("{} {}", event.word, set.with(elems, Style::default())));
            }
            What::Rule(rule) => {
                if rule.names_unknown(&self.ruleset) {
                    return None;
                }
                if replaces && rule.handle != 0 {
                    let (text, place) = (self.ruleset.echo_rule(rule, Style::default()), rule.place());
                    let before = place.rsplit_once(" handle ").map_or("", |(before, _)| before);
                    return Some(format!("replace {place}{}", text.strip_prefix(before)?));
                }
            }
            What::Gone(_) | What::Generation { .. } => return None,
            What::Table(_) | What::Chain(_) | What::Object(_) => {}
        }
        let mut out = Vec::new();
        write_events(&[event], &self.ruleset, Style::default(), &mut out).ok()?;
        let text = String::from_utf8(out).ok()?;
        let text = text.trim_end();
        (!text.is_empty()).then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
