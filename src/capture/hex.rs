//! Datagrams as hex digits, the way people paste them.
//!
//! | form | |
//! | --- | --- |
//! | bare | `14000000 1200 0103`, `14:00:00:00`, `0x14, 0x00` |
//! | with offsets | of `xxd`, `hexdump -C`, `od -A x -t x1`, `tcpdump -x`, Wireshark, and strace's ` \| 00000  14 00` |
//! | literals of C and Rust | `"\x14\0\0\0"`, `b"\x14"`, `{0x14, 0, 0}`, `[20u8, 0]`, with comments |
//!
//! A datagram ends with an empty line, where offsets begin anew, at a `;`, and at the end of a line if what came
//! until there is whole messages and no offsets say that more follows.

use std::io::BufRead;

use nlmsg::frame::Messages;

use super::input::Input;
use super::{Datagram, Error, LIMIT, Place, Source, What};

pub(super) mod literal;

/// Reads hex digits.
pub struct Hex<'r> {
    input: Input<'r>,
    line: Vec<u8>,
    /// The line is read and belongs to the next datagram.
    kept: bool,
    bytes: Vec<u8>,
    literal: literal::State,
    /// What the datagram is made of until now.
    made: Made,
    /// A datagram was found.
    found: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Made {
    Bare,
    Dump,
    Literal,
}

/// What a line has.
enum Line {
    /// Nothing: a datagram ends.
    Blank,
    /// Bytes of an offset on. `None`: all bytes up to it are as those of the line before.
    Dump(u64, Option<String>),
    /// `*`: what was before is repeated up to the next offset.
    Again,
    /// Digits alone.
    Bare,
    /// A literal, or a part of one.
    Literal,
}

impl<'r> Hex<'r> {
    /// Starts with the first line.
    pub fn new(reader: Box<dyn BufRead + 'r>) -> Hex<'r> {
        let (line, bytes, literal) = (Vec::new(), Vec::new(), literal::State::default());
        Hex { input: Input::new(reader), line, kept: false, bytes, literal, made: Made::Bare, found: false }
    }

    fn fail(&self, what: What) -> Error {
        Error { place: self.input.line_place(), what }
    }

    /// Fills up with what was before, as `*` says.
    fn repeat(&mut self, to: u64) -> Result<(), Error> {
        let (to, here) = (self.limited(to)?, self.bytes.len());
        let line = self.bytes[here.saturating_sub(16)..].to_vec();
        if to > here && line.is_empty() {
            return Err(self.fail(What::Gap { found: to as u64, expected: 0 }));
        }
        self.bytes.extend(line.iter().cycle().take(to.saturating_sub(here)));
        Ok(())
    }

    fn limited(&self, len: u64) -> Result<usize, Error> {
        if len > LIMIT { Err(self.fail(What::TooLong { what: "a datagram", len })) } else { Ok(len as usize) }
    }

    /// Reads one datagram; false at the end.
    fn datagram(&mut self) -> Result<Option<Place>, Error> {
        self.bytes.clear();
        let mut start = None;
        // the line before was `*`
        let mut again = false;
        self.made = Made::Bare;
        loop {
            if !std::mem::take(&mut self.kept) && !self.input.line(&mut self.line)? {
                if self.literal.is_open() {
                    return Err(self.fail(What::Unfinished { column: 1 }));
                }
                return Ok(start);
            }
            let here = self.bytes.len();
            match self.classify() {
                Line::Blank if self.bytes.is_empty() => {}
                Line::Blank => return Ok(start),
                Line::Again => again = true,
                Line::Dump(0, _) if !self.bytes.is_empty() => {
                    self.kept = true;
                    return Ok(start);
                }
                Line::Dump(offset, digits) => {
                    if again {
                        self.repeat(offset)?;
                    }
                    let expected = self.bytes.len() as u64;
                    if offset != expected {
                        return Err(self.fail(What::Gap { found: offset, expected }));
                    }
                    (again, self.made) = (false, Made::Dump);
                    if let Some(digits) = digits {
                        let column = find(&self.line, digits.as_bytes());
                        self.digits(digits.as_bytes(), column)?;
                    }
                }
                Line::Bare => {
                    let line = std::mem::take(&mut self.line);
                    let done = self.digits(&line, 0);
                    self.line = line;
                    done?;
                }
                Line::Literal => {
                    self.made = Made::Literal;
                    let ended = self.literal.line(&self.line, &mut self.bytes);
                    let ended = ended.map_err(|what| self.fail(what))?;
                    if ended && !self.bytes.is_empty() {
                        return Ok(start.or(Some(self.input.line_place())));
                    }
                }
            }
            if self.bytes.len() > here {
                start.get_or_insert(self.input.line_place());
            }
            self.limited(self.bytes.len() as u64)?;
            // offsets say themselves where a datagram ends
            if self.made != Made::Dump && !self.literal.is_open() && self.bytes.len() > here && is_whole(&self.bytes) {
                return Ok(start);
            }
        }
    }

    /// Finds out what the line is.
    fn classify(&self) -> Line {
        if self.literal.is_open() {
            return Line::Literal;
        }
        // strace draws a bar before its dumps
        let text = String::from_utf8_lossy(&self.line);
        let text = text.trim().trim_start_matches("| ").trim();
        if text.is_empty() {
            return Line::Blank;
        }
        if text == "*" {
            return Line::Again;
        }
        if let Some((offset, digits)) = dump_line(text, self.bytes.len() as u64, self.made == Made::Dump) {
            return Line::Dump(offset, digits);
        }
        let list = text.contains(',') && (self.made == Made::Literal || text.contains("0x"));
        if list || text.contains(['"', '{', '[', '\\', '}', ']', ';', '/', '=']) { Line::Literal } else { Line::Bare }
    }

    /// Takes digits; `column` bytes of the line are before them.
    fn digits(&mut self, digits: &[u8], column: usize) -> Result<(), Error> {
        let mut at = 0;
        while at < digits.len() {
            if is_separator(digits[at]) {
                at += 1;
                continue;
            }
            let end = digits[at..].iter().position(|&byte| is_separator(byte)).map_or(digits.len(), |len| at + len);
            let word = &digits[at..end];
            let skip = if word.starts_with(b"0x") || word.starts_with(b"0X") { 2 } else { 0 };
            if let Some(odd) = word[skip..].iter().position(|byte| !byte.is_ascii_hexdigit()) {
                let found = String::from_utf8_lossy(&word[skip + odd..]).chars().next().unwrap_or_default();
                return Err(self.fail(What::NotHex { column: column + at + skip + odd + 1, found }));
            }
            let (pairs, half) = word[skip..].as_chunks::<2>();
            if !half.is_empty() || pairs.is_empty() {
                let shown = &word[..word.len().min(32)];
                let found = String::from_utf8_lossy(shown).into_owned();
                return Err(self.fail(What::NotBytes { column: column + at + 1, found }));
            }
            self.bytes.extend(pairs.iter().map(|&[high, low]| nibble(high) << 4 | nibble(low)));
            at = end;
        }
        Ok(())
    }
}

impl Source for Hex<'_> {
    fn next(&mut self) -> Result<Option<Datagram<'_>>, Error> {
        let Some(place) = self.datagram()? else {
            return if self.found { Ok(None) } else { Err(Error { place: Place::Line(1), what: What::Nothing }) };
        };
        self.found = true;
        Ok(Some(Datagram { bytes: &self.bytes, len: self.bytes.len(), place, ..Datagram::default() }))
    }
}

/// The value of a hex digit.
pub(super) fn nibble(digit: u8) -> u8 {
    (digit as char).to_digit(16).unwrap_or_default() as u8
}

fn is_separator(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b'-')
}

/// Whether these are whole messages and nothing else.
fn is_whole(bytes: &[u8]) -> bool {
    !bytes.is_empty() && Messages::new(bytes).all(|message| message.is_ok())
}

fn find(line: &[u8], part: &[u8]) -> usize {
    line.windows(part.len().max(1)).position(|window| window == part).unwrap_or(0)
}

/// Takes apart a line that begins with an offset, where `expected` bytes were before it: the offset, and the digits.
///
/// Digits alone can look like an offset and bytes. An offset has a colon, or it is what is expected, or the lines
/// before had offsets too.
fn dump_line(text: &str, expected: u64, dump: bool) -> Option<(u64, Option<String>)> {
    let word = text.split_ascii_whitespace().next()?;
    let rest = &text[word.len()..];
    let (number, colon) = match word.strip_suffix(':') {
        Some(number) => (number, true),
        None => (word, false),
    };
    let number = number.strip_prefix("0x").unwrap_or(number);
    if number.len() < 4 || number.len() > 16 {
        return None;
    }
    let offset = u64::from_str_radix(number, 16).ok()?;
    let rest = rest.trim_start();
    if colon {
        // digits in groups with one blank between them, then two blanks and the text
        let digits = rest.split("  ").next().unwrap_or_default();
        return Some((offset, (!digits.is_empty()).then(|| digits.to_owned())));
    }
    if rest.is_empty() {
        // the last line of hexdump and od has the length alone
        return (expected > 0 && number.len() >= 6 && offset == expected).then_some((offset, None));
    }
    if !dump && offset != expected && offset != 0 {
        return None;
    }
    // the text is behind a bar, a bracket, or blanks
    let rest = rest.split(['|', '>']).next().unwrap_or_default();
    let mut words = 0;
    let mut end = 0;
    let mut columns = rest.split_inclusive(' ');
    for column in columns.by_ref() {
        let word = column.trim_end();
        let is_byte = word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_byte && !word.is_empty() || words == 16 {
            break;
        }
        words += usize::from(is_byte);
        end += column.len();
        // three blanks or more: the text follows
        if rest[end..].starts_with("  ") {
            break;
        }
    }
    (words > 0).then(|| (offset, Some(rest[..end].trim_end().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, failure};
    use super::*;

    fn hex(text: &'static str) -> Hex<'static> {
        Hex::new(Box::new(text.as_bytes()))
    }

    /// RTM_GETLINK, whole in twenty bytes.
    const GET: [u8; 20] = [20, 0, 0, 0, 18, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    #[test]
    fn every_form_gives_the_same() {
        for text in [
            "14000000120001030700000000000000 00000000\n",
            "14 00 00 00 12 00 01 03 07 00 00 00 00 00 00 00\n00 00 00 00",
            "14:00:00:00:12:00:01:03:07:00:00:00:00:00:00:00:00:00:00:00",
            "0x14 0x00 0x00 0x00 0x12000103 0x07000000 0x00000000 0x00000000",
            "00000000: 1400 0000 1200 0103 0700 0000 0000 0000  ................\n00000010: 0000 0000                                ....\n",
            "00000000  14 00 00 00 12 00 01 03  07 00 00 00 00 00 00 00  |................|\n00000010  00 00 00 00                                       |....|\n00000014\n",
            "000000 14 00 00 00 12 00 01 03 07 00 00 00 00 00 00 00\n000010 00 00 00 00\n000014\n",
            " | 00000  14 00 00 00 12 00 01 03  07 00 00 00 00 00 00 00  ................ |\n | 00010  00 00 00 00                                       ....             |\n",
            "\t0x0000:  1400 0000 1200 0103 0700 0000 0000 0000  ................\n\t0x0010:  0000 0000                                ....\n",
            "0000   14 00 00 00 12 00 01 03 07 00 00 00 00 00 00 00   ................\n0010   00 00 00 00                                       ....\n",
            r#"char get[] = "\x14\0\0\0\x12\0\x1\3" /* nlmsghdr */ "\a\0\0\0\0\0\0\0\0\0\0\0";"#,
            "b\"\\x14\\x00\\x00\\x00\\x12\\x00\\x01\\x03\\x07\\x00\\x00\\x00\\\n      \\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
            "static const unsigned char get[20] = {\n  0x14, 0x00, 0x00, 0x00, // nlmsg_len = 20\n  18, 0, 1, 3,\n\n 7,0,0,0, 0,0,0,0, 0,0,0,0 };\n",
            "const GET: [u8; 20] = [\n    20, 0, 0, 0, 18u8, 0, 0b1, 0o3, // \"nlmsg_type\"\n 7,0,0,0,0,0,0,0,0,0,0,0,\n];",
            "&[0x14, 0, 0, 0, b'\\x12', 0, 1, 3, b'\\x07', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
            "0x14, 0, 0, 0, 0x12, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0",
            "0x14, 0x00, 0x00, 0x00, 0x12, 0x00, 0x01, 0x03,\n0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,",
        ] {
            assert_eq!(all(hex(text)), [GET.to_vec()], "{text}");
        }
    }

    #[test]
    fn messages_on_lines_of_their_own_are_datagrams() {
        let two = "1400000012000103070000000000000000000000\n\n1400000012000103070000000000000000000000\n1400000012000103070000000000000000000000";
        assert_eq!(all(hex(two)), [GET.to_vec(), GET.to_vec(), GET.to_vec()]);
        // an offset of 0 begins a datagram; a batch stays one, whatever its lines
        let dumps =
            "00000000: 10000000 03000000 00000000 00000000\n00000010: 10000000 03000000 00000000 00000000\n00000000: 1400\n";
        assert_eq!(all(hex(dumps)).iter().map(Vec::len).collect::<Vec<_>>(), [32, 2]);
        let repeated =
            "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n00000040  01\n00000041\n";
        assert_eq!(all(hex(repeated)).iter().map(Vec::len).collect::<Vec<_>>(), [65]);
    }

    #[test]
    fn odd_hex_is_refused_at_its_place() {
        for (text, message) in [
            ("14000000\n1200z1", "line 2: column 5: 'z' is no hex digit"),
            ("14000000 120", "line 1: column 10: `120` is not made of whole bytes of two hex digits"),
            ("00000000: 1400\n00000010: 00", "line 2: offset 0x10 comes where 0x2 is due: lines are missing"),
            ("00000000: 1400\n*\n40000000: 00", "line 3: a datagram of 1073741824 bytes; there is none above 16777216"),
            ("*\n00000010: 00", "line 2: offset 0x10 comes where 0x0 is due: lines are missing"),
            ("{ 0x14, 256 }", "line 1: column 9: `256` is not made of whole bytes of two hex digits"),
            ("\"\\x14", "line 1: column 1: a string or an escape in it has no end"),
            ("\"\\q\"", "line 1: column 2: a string or an escape in it has no end"),
        ] {
            assert_eq!(failure(hex(text)), message, "{text}");
        }
    }
}
