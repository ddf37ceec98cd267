//! An annotated hexdump: sixteen bytes a line as `hexdump -C` shows them, and under each line, as comments, what begins in it. What it prints can be decoded again.

use std::io::{self, Write};

use super::{Form, Seen, Style, fault, tree, value_of};
use crate::capture::Note;

/// The form.
pub struct Hex {
    style: Style,
}

impl Hex {
    /// With this style.
    pub fn new(style: Style) -> Hex {
        Hex { style }
    }
}

/// Lines of a message at most.
const LINES: usize = 8192;

impl Form for Hex {
    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        let (dim, off) = (self.style.paint("\x1b[2m"), self.style.paint("\x1b[0m"));
        writeln!(out, "// {} {} {}", seen.number, seen.name(), tree::head(seen))?;
        for line in tree::summary(seen) {
            writeln!(out, "// {line}")?;
        }
        let mut at = 0;
        let mut lines = 0;
        let mut notes: Vec<String> = Vec::new();
        let mut result = Ok(());
        let mut line = |from: usize, notes: &mut Vec<String>, out: &mut dyn Write| -> io::Result<()> {
            lines += 1;
            if lines > LINES {
                notes.clear();
                return Ok(());
            }
            let chunk = &seen.bytes[from..seen.bytes.len().min(from + 16)];
            write!(out, "{from:08x}  ")?;
            for i in 0..16 {
                match chunk.get(i) {
                    Some(byte) => write!(out, "{byte:02x} ")?,
                    None => out.write_all(b"   ")?,
                }
                if i == 7 {
                    out.write_all(b" ")?;
                }
            }
            let text: String =
                chunk.iter().map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { byte as char } else { '.' }).collect();
            writeln!(out, " |{text}|")?;
            for note in notes.drain(..) {
                writeln!(out, "{dim}// {note}{off}")?;
            }
            Ok(())
        };
        seen.rows(&mut |row| {
            while result.is_ok() && row.offset >= at + 16 {
                result = line(at, &mut notes, out);
                at += 16;
            }
            let value = value_of(&row);
            let indent = "  ".repeat(row.depth);
            notes.push(format!(
                "{:>width$} {indent}{}{}{value}",
                format!("{:04x}+{}", row.offset, row.bytes.len()),
                row.label,
                if value.is_empty() { "" } else { " = " },
                width = 9
            ));
        });
        result?;
        while at < seen.bytes.len() {
            line(at, &mut notes, out)?;
            at += 16;
        }
        if lines > LINES {
            writeln!(out, "// ... {} bytes more", seen.bytes.len() - LINES * 16)?;
        }
        if let Some(fault) = fault::fault(seen) {
            for line in fault.lines() {
                writeln!(out, "// {line}")?;
            }
        }
        Ok(())
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "// {}", note.text)
    }
}
