//! The tree: offset, bytes, name and value of each header, field and attribute; what is inside is indented.

use std::io::{self, Write};

use nlmsg::explain::{Label, Role, Row};

use super::{Form, Seen, Style, arrow, clock, effect, fault, type_of, value_of};
use crate::capture::Note;

/// The form.
pub struct Tree {
    style: Style,
    first: bool,
}

/// Lines of bytes that a row takes at most.
const LINES: usize = 16;

impl Tree {
    /// With this style.
    pub fn new(style: Style) -> Tree {
        Tree { style, first: true }
    }

    /// How many bytes a line shows.
    fn bytes(&self) -> usize {
        if self.style.width >= 110 { 12 } else { 8 }
    }

    fn row(&self, seen: &Seen<'_>, row: &Row<'_>, header: &mut &'static str, out: &mut dyn Write) -> io::Result<()> {
        let (dim, bold, off) = (self.style.paint("\x1b[2m"), self.style.paint("\x1b[36m"), self.style.paint("\x1b[0m"));
        let per = self.bytes();
        let mut chunks = row.bytes.chunks(per);
        let first = chunks.next().unwrap_or_default();
        let indent = "  ".repeat(row.depth + 1);
        let mut right = format!("{indent}{}", row.label);
        let name_end = right.len();
        let value = value_of(row);
        if !value.is_empty() {
            right.push_str("  ");
            right.push_str(&value);
        }
        let mut about = type_of(row);
        let (folder, file) = row.defined_in();
        if !file.is_empty() && *header != file {
            *header = file;
            about = format!("{about}{}{folder}{file}", if about.is_empty() { "" } else { "; " });
        }
        let room = self.style.width.saturating_sub(6 + per * 3);
        write!(out, "{dim}{:5}{off} {}", row.offset, hex(first, per))?;
        let mut lines = wrap(&right, room, &format!("{indent}  ")).into_iter();
        let head = lines.next().unwrap_or_default();
        let cut = name_end.min(head.len());
        let cut = (cut..=head.len()).find(|at| head.is_char_boundary(*at)).unwrap_or(head.len());
        write!(out, "{bold}{}{off}{}", &head[..cut], &head[cut..])?;
        let mut rest: Vec<String> = lines.collect();
        if !about.is_empty() {
            if rest.is_empty() && head.chars().count() + about.len() + 4 <= room {
                write!(out, "  {dim}({about}){off}")?;
            } else {
                let (left, wide) = (format!("{indent}  "), format!("{indent}  ({about})"));
                rest.extend(wrap(&wide, room, &left));
            }
        }
        out.write_all(b"\n")?;
        let mut rest = rest.into_iter();
        let mut shown = 1;
        loop {
            let (chunk, text) = (if shown < LINES { chunks.next() } else { None }, rest.next());
            if chunk.is_none() && text.is_none() {
                break;
            }
            shown += 1;
            match text {
                Some(text) => writeln!(out, "      {}{dim}{text}{off}", hex(chunk.unwrap_or_default(), per))?,
                None => writeln!(out, "      {}", hex(chunk.unwrap_or_default(), per).trim_end())?,
            }
        }
        let left: usize = chunks.map(<[u8]>::len).sum();
        if left > 0 {
            writeln!(out, "      {dim}... {left} bytes more{off}")?;
        }
        if let Some(effect) = effect(seen, row) {
            let (green, pad) = (self.style.paint("\x1b[32m"), " ".repeat(6 + per * 3));
            for line in wrap(&format!("{indent}  : {effect}"), room, &format!("{indent}    ")) {
                writeln!(out, "{pad}{green}{line}{off}")?;
            }
        }
        Ok(())
    }
}

fn hex(bytes: &[u8], per: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(per * 3);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
        text.push(' ');
    }
    text.extend(std::iter::repeat_n(' ', (per * 3).saturating_sub(text.len())));
    text
}

/// Breaks a text into lines of at most `room` characters, at spaces and bars where there are some; all but the first
/// begin with `left`.
fn wrap(text: &str, room: usize, left: &str) -> Vec<String> {
    let room = room.max(left.len() + 16);
    let mut lines = Vec::new();
    let mut rest = text.to_owned();
    while rest.chars().count() > room {
        let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
        let start = rest.len() - rest.trim_start().len();
        let cut = rest[start..end].rfind([' ', '|']).map_or(end, |at| start + at + 1).max(start + 1);
        let cut = if cut <= left.len() { end } else { cut };
        let next = format!("{left}{}", rest[cut..].trim_start());
        rest.truncate(cut);
        lines.push(rest.trim_end().to_owned());
        rest = next;
    }
    lines.push(rest);
    lines
}

/// Where a message went: `-> NETLINK_ROUTE, 84 bytes`, and what is known of the socket.
pub(super) fn head(seen: &Seen<'_>) -> String {
    let datagram = seen.datagram;
    let mut text = format!("{} {}, {} bytes", arrow(seen.way()), seen.netlink, seen.bytes.len());
    if datagram.bytes.len() > seen.bytes.len() {
        text += &format!(" at {} of {}", seen.offset, datagram.bytes.len());
    }
    for (is, what) in [
        (seen.planned, ", not sent"),
        (seen.look_up, ", a look-up"),
        (datagram.peeked, ", only looked at (MSG_PEEK)"),
        (datagram.truncated, ", cut by the receiver (MSG_TRUNC)"),
    ] {
        if is {
            text.push_str(what);
        }
    }
    let socket = &datagram.socket;
    if let Some(time) = datagram.time {
        text += &format!(", {}", clock(time));
    }
    for (name, value) in [
        ("socket", socket.fd.map(i64::from)),
        ("port", socket.port.map(i64::from)),
        ("process", socket.pid.map(i64::from)),
        ("thread", socket.tid.filter(|tid| socket.pid != Some(*tid)).map(i64::from)),
        ("namespace", socket.netns.map(|inode| inode as i64)),
        ("group", (datagram.groups != 0).then_some(datagram.groups.into())),
    ] {
        if let Some(value) = value {
            text += &format!(", {name} {value}");
        }
    }
    text
}

/// What a message says besides its rows: words, the request it answers, the command.
pub(super) fn summary(seen: &Seen<'_>) -> Vec<String> {
    let mut words = String::new();
    seen.words(&mut words);
    match (seen.answers, seen.role) {
        (Some(asked), _) => words += &format!("  (answers #{})", asked.number),
        (None, Role::Event) => words += "  (an event, unasked)",
        (None, Role::Reply) => words += "  (answers something that was not heard)",
        _ => {}
    }
    let mut lines = vec![words];
    if let Some(command) = seen.command() {
        lines.push(format!("$ {command}"));
    }
    if let Some(error) = &seen.broken
        && seen.netlink != nlmsg::frame::NETLINK_KOBJECT_UEVENT
    {
        lines.push(format!("broken: {error}"));
    }
    lines
}

impl Form for Tree {
    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        let (bold, red, off) = (self.style.paint("\x1b[1m"), self.style.paint("\x1b[31m"), self.style.paint("\x1b[0m"));
        if !std::mem::replace(&mut self.first, false) {
            out.write_all(b"\n")?;
        }
        for line in wrap(&format!("#{} {bold}{}{off} {}", seen.number, seen.name(), head(seen)), self.style.width, "   ") {
            writeln!(out, "{line}")?;
        }
        for line in summary(seen) {
            for line in wrap(&format!("   {line}"), self.style.width, "     ") {
                writeln!(out, "{line}")?;
            }
        }
        let mut result = Ok(());
        let mut header = "";
        seen.rows(&mut |row| {
            if result.is_ok() {
                result = self.row(seen, &row, &mut header, out);
            }
        });
        result?;
        if let Some((text, false)) = seen.nft() {
            writeln!(out, "   in the words of nft: {text}")?;
        }
        if let Some(fault) = fault::fault(seen) {
            for line in fault.lines() {
                writeln!(out, "   {red}{line}{off}")?;
            }
        }
        Ok(())
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.first = false;
        writeln!(out, "# {}", note.text)
    }
}

/// Whether a row has bytes that nobody knows.
pub(super) fn is_unknown(row: &Row<'_>) -> bool {
    matches!(row.label, Label::UnknownAttr(_) | Label::Rest)
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn long_texts_are_broken_at_spaces_and_lose_nothing() {
        assert_eq!(wrap("short", 40, "  "), ["short"]);
        let lines = wrap("one two three four five six seven eight nine ten", 20, "  ");
        assert!(lines.iter().all(|line| line.len() <= 20), "{lines:?}");
        let joined: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
        assert_eq!(joined.join(" "), "one two three four five six seven eight nine ten");
        let endless = "x".repeat(100);
        let lines = wrap(&endless, 30, "  ");
        assert_eq!(lines.iter().map(|line| line.trim().len()).sum::<usize>(), 100);
    }
}
