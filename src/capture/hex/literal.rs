//! Byte literals of C and Rust: strings with escapes, and lists of numbers.

use super::super::What;
use super::nibble;

/// Where in a literal the end of a line is.
#[derive(Default)]
pub(super) struct State {
    /// Inside `/* */`.
    comment: bool,
    /// Inside a string that goes on in the next line.
    string: bool,
    /// A backslash ended the line: blanks at the start of the next are no part of the string.
    joined: bool,
    /// Inside `{ }` or `[ ]`.
    list: bool,
}

impl State {
    /// Whether a string or a list goes on in the next line.
    pub(super) fn is_open(&self) -> bool {
        self.comment || self.string || self.list
    }

    /// Reads a line; true if a literal ended that is complete.
    pub(super) fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<bool, What> {
        let (mut at, mut ended) = (0, false);
        if std::mem::take(&mut self.joined) {
            at = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
        }
        while let Some(&byte) = line.get(at) {
            let rest = &line[at..];
            at += match byte {
                _ if self.comment => match rest.windows(2).position(|end| end == b"*/") {
                    Some(end) => {
                        self.comment = false;
                        end + 2
                    }
                    None => rest.len(),
                },
                b'\\' => match escape(rest, out).ok_or(What::Unfinished { column: at + 1 })? {
                    0 => {
                        self.joined = true;
                        rest.len()
                    }
                    len => len,
                },
                b'"' => {
                    self.string = !self.string;
                    1
                }
                _ if self.string => {
                    out.push(byte);
                    1
                }
                b'/' if rest.starts_with(b"//") => rest.len(),
                b'/' if rest.starts_with(b"/*") => {
                    self.comment = true;
                    2
                }
                // `[u8; 20] = [`, `char x[20] = {`: what is before the sign is a type
                b'=' => {
                    out.clear();
                    1
                }
                // a length or a type: what it declares comes after it
                b'[' if rest.contains(&b'=') => rest.iter().position(|&byte| byte == b']').map_or(rest.len(), |end| end + 1),
                b'{' | b'[' => {
                    self.list = true;
                    1
                }
                b'}' | b']' => {
                    ended |= self.list;
                    self.list = false;
                    1
                }
                b';' if self.list => return Err(What::NotBytes { column: at + 1, found: ";".into() }),
                b';' => {
                    ended = true;
                    1
                }
                b'b' if rest.starts_with(b"b\"") => 1,
                b'\'' | b'b' if rest.starts_with(b"'") || rest.starts_with(b"b'") => {
                    character(rest, out).ok_or(What::Unfinished { column: at + 1 })?
                }
                b'0'..=b'9' => number(rest, at, out)?,
                // words of a declaration
                _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                    rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(rest.len())
                }
                _ => 1,
            };
        }
        if self.string && !self.joined {
            return Err(What::Unfinished { column: 1 });
        }
        if ended {
            *self = State::default();
        }
        Ok(ended)
    }
}

/// Reads an escape; bytes that it takes, or 0 if it joins the next line.
pub(in crate::capture) fn escape(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let digits =
        |from: usize, most: usize, is: fn(&u8) -> bool| rest[from..].iter().take(most).take_while(|byte| is(byte)).count();
    let Some(&kind) = rest.get(1) else { return Some(0) };
    let simple = match kind {
        b'x' => {
            let len = digits(2, 2, u8::is_ascii_hexdigit);
            if len == 0 {
                return None;
            }
            out.push(rest[2..2 + len].iter().fold(0, |value, &digit| value << 4 | nibble(digit)));
            return Some(2 + len);
        }
        b'0'..=b'7' => {
            let len = digits(1, 3, |byte| (b'0'..=b'7').contains(byte));
            let value = rest[1..1 + len].iter().fold(0u32, |value, &digit| value << 3 | u32::from(nibble(digit)));
            out.push(u8::try_from(value).ok()?);
            return Some(1 + len);
        }
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'e' => 27,
        b'\\' | b'"' | b'\'' | b'?' => kind,
        _ => return None,
    };
    out.push(simple);
    Some(2)
}

/// Reads `'x'` or `b'x'`.
fn character(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let start = rest.iter().position(|&byte| byte == b'\'')? + 1;
    let len = match rest.get(start)? {
        b'\\' => escape(&rest[start..], out).filter(|&len| len > 0)?,
        &byte => {
            out.push(byte);
            1
        }
    };
    (rest.get(start + len) == Some(&b'\'')).then_some(start + len + 1)
}

/// Reads a number, decimal if nothing else says so.
fn number(rest: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, What> {
    let len = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(rest.len());
    let word = String::from_utf8_lossy(&rest[..len.min(32)]);
    let lower = word.to_ascii_lowercase().replace('_', "");
    let lower = ["u8", "i8"].iter().find_map(|suffix| lower.strip_suffix(suffix)).unwrap_or(&lower);
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower, 10),
    };
    let value = u8::from_str_radix(digits.trim_end_matches(['u', 'l']), base);
    out.push(value.map_err(|_| What::NotBytes { column: at + 1, found: word.clone().into_owned() })?);
    Ok(len)
}
