//! Messages as byte literals of Rust or C, a line a row, with what it is as a comment.

use std::io::{self, Write};

use super::{Form, Seen, fault, tree, value_of};
use crate::capture::Note;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `const MESSAGE_1: &[u8] = &[...];`
    Rust,
    /// `static const unsigned char message_1[] = {...};`
    C,
}

/// The form.
pub struct Code {
    language: Language,
}

impl Code {
    /// In this language.
    pub fn new(language: Language) -> Code {
        Code { language }
    }
}

/// A text in a line comment: nothing in it ends the line or joins the next one to it.
fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ").trim_end_matches('\\').to_owned()
}

impl Form for Code {
    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "// {} {}", seen.name(), tree::head(seen))?;
        for line in tree::summary(seen).into_iter().chain(fault::fault(seen).map(|fault| fault.lines()).unwrap_or_default()) {
            writeln!(out, "// {}", comment(&line))?;
        }
        match self.language {
            Language::Rust => writeln!(out, "const MESSAGE_{}: &[u8] = &[", seen.number)?,
            Language::C => writeln!(out, "static const unsigned char message_{}[] = {{", seen.number)?,
        }
        let mut result = Ok(());
        seen.rows(&mut |row| {
            let mut one = || -> io::Result<()> {
                let mut first = true;
                for chunk in row.bytes.chunks(16) {
                    out.write_all(b"   ")?;
                    for byte in chunk {
                        write!(out, " 0x{byte:02x},")?;
                    }
                    if std::mem::take(&mut first) {
                        let value = value_of(&row);
                        let equal = if value.is_empty() { "" } else { " = " };
                        write!(out, " // {}{}{equal}{}", "  ".repeat(row.depth), row.label, comment(&value))?;
                    }
                    out.write_all(b"\n")?;
                }
                Ok(())
            };
            if result.is_ok() {
                result = one();
            }
        });
        result?;
        out.write_all(match self.language {
            Language::Rust => b"];\n\n",
            Language::C => b"};\n\n",
        })
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "// {}", comment(note.text))
    }
}
