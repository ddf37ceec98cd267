//! What a command prints: text or JSON, from one description.
//!
//! Each thing that is shown is said once, as iproute2 does: a JSON key, a value, and what stands before and
//! after the value in text. Which of the two comes out is decided here. Output gathers in one buffer and is
//! written in large pieces.

mod value;

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

pub(crate) use value::quoted;
pub use value::{General, Shown, Value};
use value::{padded, quote};

/// How large the buffer grows before it is written out, in bytes.
const PIECE: usize = 64 * 1024;

/// The terminal colours of iproute2, by what they mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Names of devices.
    Ifname,
    /// Link-layer addresses.
    Mac,
    /// IPv4 addresses.
    Inet,
    /// IPv6 addresses.
    Inet6,
    /// A state that is up.
    OperstateUp,
    /// A state that is down.
    OperstateDown,
}

/// How things are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `-json`: JSON instead of text.
    pub json: bool,
    /// `-pretty`: JSON in lines.
    pub pretty: bool,
    /// `-oneline`: a backslash where a line would end inside an object.
    pub oneline: bool,
    /// `-color`, or a terminal that wants it.
    pub color: bool,
    /// Colours for a dark background (`COLORFGBG`).
    pub dark: bool,
}

impl Style {
    /// Takes `-c[olor][={always|auto|never}]`; says whether the option was one of these.
    pub(crate) fn take_color(&mut self, option: &str) -> bool {
        let (name, when) = option.split_once('=').unwrap_or((option, "always"));
        let color = match when {
            "always" | "" => true,
            "auto" => io::stdout().is_terminal(),
            "never" => false,
            _ => return false,
        };
        let taken = name.len() > 1 && "-color".starts_with(name);
        if taken {
            self.color = color;
        }
        taken
    }

    /// Takes what the environment says, after the options: no colour with `NO_COLOR`, other colours on a dark terminal
    /// (`COLORFGBG`). JSON has no colour, nor has what is text in spite of it.
    pub(crate) fn take_environment(&mut self) {
        if self.json || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            self.color = false;
        }
        self.dark = std::env::var("COLORFGBG")
            .ok()
            .and_then(|value| value.rsplit(';').next().and_then(|back| back.parse::<u8>().ok()))
            .is_some_and(|back| back <= 6 || back == 8);
    }
}

/// A value, and where in the buffer it came to stand.
pub(crate) struct Placed<'c, V>(pub(crate) V, pub(crate) &'c Cell<(usize, usize)>);

impl<V: Value> Value for Placed<'_, V> {
    fn text(&self, out: &mut Vec<u8>) {
        let start = out.len();
        self.0.text(out);
        self.1.set((start, out.len()));
    }
    fn json(&self, out: &mut Vec<u8>) {
        let start = out.len();
        self.0.json(out);
        self.1.set((start, out.len()));
    }
}

/// Text that is shown again and again; copied fast if it is short.
#[derive(Default)]
pub(crate) struct Piece {
    text: Vec<u8>,
    /// The same, if it fits.
    short: Option<[[u8; 32]; 2]>,
}

impl Piece {
    /// Keeps a text.
    pub(crate) fn set(&mut self, text: &[u8]) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.short = (text.len() <= 64).then(|| {
            let mut short = [[0; 32]; 2];
            short.as_flattened_mut()[..text.len()].copy_from_slice(text);
            short
        });
    }

    #[inline]
    fn show(&self, out: &mut Vec<u8>) {
        match (&self.short, self.text.len()) {
            (_, 0) => {}
            (Some([first, _]), len @ ..=32) => padded(first, len, out),
            (Some([first, second]), len) => {
                padded(first, 32, out);
                padded(second, len - 32, out);
            }
            (None, _) => out.extend_from_slice(&self.text),
        }
    }
}

/// Where a command prints.
pub struct Output<'w> {
    sink: &'w mut dyn Write,
    buffer: Vec<u8>,
    style: Style,
    /// JSON: the comma that stands before the next value, if one does.
    comma: bool,
    depth: usize,
    /// Which of the open brackets are those of arrays; the innermost is the lowest bit.
    arrays: u64,
    failed: Option<io::Error>,
}

impl<'w> Output<'w> {
    /// Prints into `sink` in large pieces.
    pub fn new(sink: &'w mut dyn Write, style: Style) -> Output<'w> {
        Output { sink, buffer: Vec::new(), style, comma: false, depth: 0, arrays: 0, failed: None }
    }

    /// How things are shown.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Changes how things are shown from here on.
    pub fn set_style(&mut self, style: Style) {
        self.style = style;
    }

    /// Whether JSON comes out.
    pub fn is_json(&self) -> bool {
        self.style.json
    }

    /// Shows a value: `"key": value` in JSON, `before`, value, `after` in text.
    #[inline]
    pub fn put(&mut self, key: &str, before: &str, value: impl Value, after: &str) {
        if self.style.json {
            self.key(key);
            value.json(&mut self.buffer);
        } else {
            self.buffer.extend_from_slice(before.as_bytes());
            value.text(&mut self.buffer);
            self.buffer.extend_from_slice(after.as_bytes());
        }
    }

    /// Shows a value in colour. As in iproute2, what stands before it is plain, what stands after it is coloured too.
    pub fn put_color(&mut self, color: Color, key: &str, before: &str, value: impl Value, after: &str) {
        if self.style.json || !self.style.color {
            return self.put(key, before, value, after);
        }
        let code: &[u8] = match (color, self.style.dark) {
            (Color::Ifname, false) => b"\x1b[36m",
            (Color::Mac, false) => b"\x1b[33m",
            (Color::Inet, false) => b"\x1b[35m",
            (Color::Inet6, false) => b"\x1b[34m",
            (Color::OperstateUp, false) => b"\x1b[32m",
            (Color::OperstateDown, false) => b"\x1b[31m",
            (Color::Ifname, true) => b"\x1b[1;36m",
            (Color::Mac, true) => b"\x1b[1;33m",
            (Color::Inet, true) => b"\x1b[1;35m",
            (Color::Inet6, true) => b"\x1b[1;34m",
            (Color::OperstateUp, true) => b"\x1b[1;32m",
            (Color::OperstateDown, true) => b"\x1b[1;31m",
        };
        self.text(before);
        self.buffer.extend_from_slice(code);
        value.text(&mut self.buffer);
        self.text(after);
        self.buffer.extend_from_slice(b"\x1b[0m");
    }

    /// Shows words in text, and nothing in JSON.
    #[inline]
    pub fn text(&mut self, words: &str) {
        if !self.style.json {
            self.buffer.extend_from_slice(words.as_bytes());
        }
    }

    /// Shows a value in text, and nothing in JSON.
    #[inline]
    pub fn text_value(&mut self, value: impl Value) {
        if !self.style.json {
            value.text(&mut self.buffer);
        }
    }

    /// Shows a value in JSON, and nothing in text.
    #[inline]
    pub fn json(&mut self, key: &str, value: impl Value) {
        if self.style.json {
            self.put(key, "", value, "");
        }
    }

    /// Shows `"key": null` in JSON, and words in text.
    pub fn null(&mut self, key: &str, words: &str) {
        if self.style.json {
            self.key(key);
            self.buffer.extend_from_slice(b"null");
        } else {
            self.text(words);
        }
    }

    /// Shows something that is so: `"key": true` in JSON, words in text.
    pub fn flag(&mut self, key: &str, words: &str) {
        if self.style.json { self.put(key, "", true, "") } else { self.text(words) }
    }

    /// Shows something that is on or off: `"key": true` or `false` in JSON, `before` with `on` or `off` in text.
    pub fn on_off(&mut self, key: &str, before: &str, on: bool, after: &str) {
        if self.style.json {
            self.put(key, "", on, "");
        } else {
            self.put("", before, if on { "on" } else { "off" }, after);
        }
    }

    /// Ends a line inside an object: a backslash with `-oneline`.
    pub fn line(&mut self) {
        self.text(if self.style.oneline { "\\" } else { "\n" });
    }

    /// Begins a JSON object; without a key it is an element of an array.
    pub fn object(&mut self, key: &str) {
        self.open(key, b'{');
    }

    /// Ends an object. Text is untouched.
    pub fn end_object(&mut self) {
        if self.style.json {
            self.close(b'}');
        }
    }

    /// Begins a JSON array.
    pub fn array(&mut self, key: &str) {
        self.open(key, b'[');
        if self.style.json && self.style.pretty {
            self.buffer.push(b' ');
        }
    }

    /// Ends an array.
    pub fn end_array(&mut self) {
        if self.style.json {
            if self.style.pretty && self.comma {
                self.buffer.push(b' ');
            }
            self.comma = false;
            self.close(b']');
        }
    }

    fn open(&mut self, key: &str, bracket: u8) {
        if self.style.json {
            self.key(key);
            self.buffer.push(bracket);
            self.depth += 1;
            self.arrays = self.arrays << 1 | u64::from(bracket == b'[');
            self.comma = false;
        }
    }

    fn close(&mut self, bracket: u8) {
        self.depth = self.depth.saturating_sub(1);
        self.arrays >>= 1;
        if self.comma {
            self.indent();
        }
        self.buffer.push(bracket);
        self.comma = true;
    }

    /// What stands before a JSON value: comma, line, key.
    fn key(&mut self, key: &str) {
        if self.comma {
            self.buffer.push(b',');
        }
        self.comma = true;
        if !key.is_empty() {
            self.indent();
            quote(key.as_bytes(), &mut self.buffer);
            self.buffer.push(b':');
            if self.style.pretty {
                self.buffer.push(b' ');
            }
        }
    }

    fn indent(&mut self) {
        if self.style.pretty {
            self.buffer.push(b'\n');
            self.buffer.extend(std::iter::repeat_n(b' ', 4 * self.depth));
        }
    }

    /// Ends the array that a command shows, and with it the JSON document and its line.
    pub fn end_list(&mut self) {
        self.end_array();
        if self.style.json {
            self.buffer.push(b'\n');
        }
    }

    /// Ends a command: the next one begins a JSON document of its own. What an error has left open is closed.
    pub fn finish_document(&mut self) {
        let open = self.depth > 0 && self.style.json;
        while self.depth > 0 && self.style.json {
            if self.arrays & 1 != 0 { self.end_array() } else { self.end_object() }
        }
        if open {
            self.buffer.push(b'\n');
        }
        self.comma = false;
        self.done();
    }

    /// Says that an object is done: a full buffer is written out.
    pub fn done(&mut self) {
        if self.buffer.len() >= PIECE {
            self.flush();
        }
    }

    /// What was shown since [`mark`](Self::mark) gave this number, and is not written out yet.
    pub(crate) fn since(&self, mark: usize) -> &[u8] {
        &self.buffer[mark..]
    }

    /// Shows a value between pieces that an earlier object of the same array left, in text and in JSON.
    #[inline]
    pub(crate) fn again(&mut self, before: &Piece, value: impl Value, after: &Piece) {
        before.show(&mut self.buffer);
        if self.style.json {
            value.json(&mut self.buffer);
        } else {
            value.text(&mut self.buffer);
        }
        after.show(&mut self.buffer);
    }

    /// Takes back what was shown since [`mark`](Self::mark) gave this number, and is not written out yet.
    pub fn rewind(&mut self, mark: (usize, bool)) {
        self.buffer.truncate(mark.0);
        self.comma = mark.1;
    }

    /// Where the output stands, for [`rewind`](Self::rewind) before the next [`done`](Self::done).
    pub fn mark(&self) -> (usize, bool) {
        (self.buffer.len(), self.comma)
    }

    /// Writes out what is there. An error is kept for [`finish`](Self::finish).
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.sink.write_all(&self.buffer).and_then(|()| self.sink.flush()).err();
        }
        self.buffer.clear();
    }

    /// Whether something could not be written out: nobody reads any more.
    pub fn is_broken(&self) -> bool {
        self.failed.is_some()
    }

    /// Writes out the rest.
    ///
    /// # Errors
    /// The first error of any write.
    pub fn finish(&mut self) -> io::Result<()> {
        self.finish_document();
        self.flush();
        self.failed.take().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn what_an_error_leaves_open_is_closed() {
        let shown = |json| {
            let mut sink = Vec::new();
            let mut out = Output::new(&mut sink, Style { json, ..Style::default() });
            for _ in 0..2 {
                out.array("");
                out.object("");
                out.put("a", "a ", 1, " ");
                out.array("b");
                out.finish_document();
            }
            out.array("");
            out.finish().unwrap();
            String::from_utf8(sink).unwrap()
        };
        assert_eq!(shown(true), "[{\"a\":1,\"b\":[]}]\n[{\"a\":1,\"b\":[]}]\n[]\n");
        assert_eq!(shown(false), "a 1 a 1 ");
    }

    fn shown(style: Style) -> String {
        let mut sink = Vec::new();
        let mut out = Output::new(&mut sink, style);
        out.array("");
        out.object("");
        out.put("ifindex", "", 1, ": ");
        out.put("ifname", "", "l\"o", "");
        out.array("flags");
        out.put("", "<", "UP", ">");
        out.end_array();
        out.end_object();
        out.end_array();
        out.finish().unwrap();
        String::from_utf8(sink).unwrap()
    }

    #[test]
    fn addresses_and_numbers_are_as_inet_ntop_and_printf_write_them() {
        let text = |value: &dyn Value| {
            let mut out = Vec::new();
            value.text(&mut out);
            String::from_utf8(out).unwrap()
        };
        for word in ["::", "::1", "1::", "2001:db8::1", "1:0:0:2::3", "1::2:0:0:3:4", "1:0:2:3:4:5:6:7", "::ffff:10.0.0.1"] {
            assert_eq!(text(&word.parse::<Ipv6Addr>().unwrap()), word);
        }
        assert_eq!(text(&Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0x0a00, 1)), "::10.0.0.1");
        for word in ["0.0.0.0", "10.1.99.100", "255.255.255.255"] {
            assert_eq!(text(&word.parse::<Ipv4Addr>().unwrap()), word);
        }
        assert_eq!(text(&Ipv6Addr::new(0x10, 0xabc, 0, 0xffff, 1, 2, 3, 0)), "10:abc:0:ffff:1:2:3:0");
        assert_eq!(
            [text(&i64::MIN), text(&u64::MAX), text(&0u8), text(&-7i32)],
            [i64::MIN.to_string(), u64::MAX.to_string(), "0".into(), "-7".into()]
        );
    }

    #[test]
    fn strings_are_json() {
        let mut out = Vec::new();
        quote("a\"\\\n\r\t\u{8}\u{c}\u{1f}\u{7f}é".as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u001f\u{7f}é\"");
    }

    #[test]
    fn one_description_is_text_and_json() {
        assert_eq!(shown(Style::default()), "1: l\"o<UP>");
        assert_eq!(shown(Style { json: true, ..Style::default() }), r#"[{"ifindex":1,"ifname":"l\"o","flags":["UP"]}]"#);
        assert_eq!(
            shown(Style { json: true, pretty: true, ..Style::default() }),
            "[ {\n        \"ifindex\": 1,\n        \"ifname\": \"l\\\"o\",\n        \"flags\": [ \"UP\" ]\n    } ]"
        );
    }
}
