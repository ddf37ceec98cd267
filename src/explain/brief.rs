//! A line a message: number, time, direction, protocol, type, length, and what it says in plain words.

use std::io::{self, Write};

use nlmsg::explain::Role;

use super::{Form, Seen, Style, arrow, clock, fault};
use crate::capture::Note;

/// The form.
pub struct Brief {
    style: Style,
    words: String,
}

impl Brief {
    /// With this style; lines are never cut.
    pub fn new(style: Style) -> Brief {
        Brief { style, words: String::new() }
    }
}

impl Form for Brief {
    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.words.clear();
        write!(out, "{}", seen.number)?;
        if let Some(time) = seen.datagram.time {
            write!(out, " {}", clock(time))?;
        }
        let (bold, off) = (self.style.paint("\x1b[1m"), self.style.paint("\x1b[0m"));
        out.write_all(b" ")?;
        out.write_all(arrow(seen.way()).as_bytes())?;
        out.write_all(b" ")?;
        out.write_all(seen.netlink.word().unwrap_or("netlink").as_bytes())?;
        out.write_all(b" ")?;
        out.write_all(bold.as_bytes())?;
        match seen.info() {
            Some(info) => out.write_all(info.name.as_bytes())?,
            None => out.write_all(seen.name().as_bytes())?,
        }
        out.write_all(off.as_bytes())?;
        write!(out, " {} ", seen.bytes.len())?;
        seen.words(&mut self.words);
        out.write_all(self.words.as_bytes())?;
        match (seen.answers, seen.role) {
            (Some(asked), _) => write!(out, " (answers #{})", asked.number)?,
            (None, Role::Event) => out.write_all(b" (an event)")?,
            _ => {}
        }
        if seen.planned {
            out.write_all(b" (not sent)")?;
        }
        if seen.datagram.peeked {
            out.write_all(b" (only looked at)")?;
        }
        // acknowledgements without an error say nothing more; most messages are none
        if seen.header.is_some_and(|header| header.nlmsg_type < 16)
            && let Some(place) = fault::fault(seen).and_then(|fault| fault.place)
        {
            write!(out, ": {} {}", place.path, place.value)?;
        }
        out.write_all(b"\n")
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# {}", note.text)
    }
}
