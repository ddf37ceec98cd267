//! The word after an object: what is to be done with it.

use crate::words::{Stop, Words, abbreviates};

/// The command of an object of `ip` that a word abbreviates; iproute2's answer if there is none.
pub(crate) fn verb<T: Copy>(object: &str, verbs: &[(&str, T)], words: &mut Words<'_>, default: T) -> Result<T, Stop> {
    verb_of("ip", object, verbs, words, default)
}

/// As [`verb`], of a tool.
pub(crate) fn verb_of<T: Copy>(
    tool: &str,
    object: &str,
    verbs: &[(&str, T)],
    words: &mut Words<'_>,
    default: T,
) -> Result<T, Stop> {
    let Some(word) = words.next() else { return Ok(default) };
    let found = verbs.iter().find(|(verb, _)| abbreviates(word, verb));
    found.map(|(_, verb)| *verb).ok_or_else(|| {
        let known: Vec<&str> = verbs.iter().map(|(verb, _)| *verb).collect();
        let detail = Some(format!("expected one of: {}", known.join(" ")));
        let stop = Stop::grammar(format!("Command \"{word}\" is unknown, try \"{tool} {object} help\"."));
        stop.at(words.position() - 1).with_detail(detail)
    })
}
