//! Cutting a line of strace's into process, time, call, arguments and result.

use std::time::Duration;

/// Times before this one (in 2001) are no times of day since 1970: `-r` counts from the line before.
const EPOCH: u64 = 1_000_000_000;

/// A line that is about a system call.
pub(super) struct Call<'a> {
    /// The thread, with `-f`.
    pub(super) pid: Option<i32>,
    /// With `-ttt`.
    pub(super) time: Option<Duration>,
    pub(super) name: &'a str,
    /// What stands between the brackets; of an unfinished or resumed call only one half of it.
    pub(super) args: &'a str,
    /// What stands after ` = `.
    pub(super) result: Option<&'a str>,
    pub(super) unfinished: bool,
    pub(super) resumed: bool,
}

impl<'a> Call<'a> {
    /// Takes a line apart; `None` if it is about something else.
    pub(super) fn parse(line: &'a str) -> Option<Call<'a>> {
        let (mut rest, mut pid, mut time) = (line.trim_start(), None, None);
        let is_call = |word: &str| word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '<');
        // what can stand before a call: [pid N], N, times of four kinds, the instruction pointer
        for _ in 0..6 {
            let word = rest.split([' ', '\t']).next()?;
            let after = rest[word.len()..].trim_start();
            if is_call(word) {
                break;
            } else if word == "[pid" {
                let (number, after) = after.split_once(']')?;
                pid = Some(number.trim().parse().ok()?);
                rest = after.trim_start();
                continue;
            } else if word.starts_with('[') || word.starts_with("(+") {
                rest = rest.split_once([']', ')'])?.1.trim_start();
                continue;
            } else if let Ok(number) = word.parse() {
                pid.get_or_insert(number);
            } else if let Some((seconds, fraction)) = word.split_once('.') {
                time = time.or(seconds.parse().ok().filter(|&seconds| seconds >= EPOCH).and_then(|seconds| {
                    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
                    Some(Duration::new(seconds, nanos))
                }));
            } else if !word.contains(':') {
                return None;
            }
            rest = after;
        }
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let (name, after) = resumed.split_once(" resumed>")?;
            let (args, result) = split_result(after)?;
            return Some(Call { pid, time, name, args, result, unfinished: false, resumed: true });
        }
        let (name, after) = rest.split_once('(')?;
        if !is_call(name) || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        if let Some(args) = after.trim_end().strip_suffix("<unfinished ...>") {
            return Some(Call { pid, time, name, args: args.trim_end(), result: None, unfinished: true, resumed: false });
        }
        let (args, result) = split_result(after)?;
        Some(Call { pid, time, name, args, result, unfinished: false, resumed: false })
    }
}

/// Splits `args) = result`.
fn split_result(text: &str) -> Option<(&str, Option<&str>)> {
    let (args, result) = text.rsplit_once(" = ")?;
    Some((args.trim_end().strip_suffix(')')?, Some(result)))
}

/// A number that a word begins with: `3`, `0x3`, `3<socket:[1]>`.
pub(super) fn value(word: &str) -> Option<u64> {
    let word = word.trim();
    let (digits, base) = match word.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (word, 10),
    };
    let end = digits.find(|digit: char| !digit.is_digit(base)).unwrap_or(digits.len());
    // a name follows, or a negative number stands there
    if digits[end..].starts_with(|next: char| next.is_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(&digits[..end], base).ok()
}

/// What the calls look like that move datagrams.
pub(super) mod calls {
    use super::super::Direction;

    /// The calls, which way they go, and where the argument with flags is; without one it is no call of sockets alone.
    pub(crate) const MOVING: &[(&str, Direction, Option<usize>)] = &[
        ("send", Direction::Sent, Some(3)),
        ("sendto", Direction::Sent, Some(3)),
        ("sendmsg", Direction::Sent, Some(2)),
        ("sendmmsg", Direction::Sent, Some(3)),
        ("write", Direction::Sent, None),
        ("writev", Direction::Sent, None),
        ("recv", Direction::Received, Some(3)),
        ("recvfrom", Direction::Received, Some(3)),
        ("recvmsg", Direction::Received, Some(2)),
        ("recvmmsg", Direction::Received, Some(3)),
        ("read", Direction::Received, None),
        ("readv", Direction::Received, None),
    ];

    /// The length of what a text begins with, up to a comma or a closing bracket of its own level.
    pub(crate) fn item(text: &str) -> usize {
        let bytes = text.as_bytes();
        let (mut depth, mut at) = (0usize, 0);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at += 1;
                    while bytes.get(at).is_some_and(|&byte| byte != b'"') {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                }
                b'/' if bytes[at..].starts_with(b"/*") => at += text[at..].find("*/").unwrap_or(bytes.len() - at),
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => return at,
                b')' | b']' | b'}' => depth -= 1,
                b',' if depth == 0 => return at,
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }

    /// Cuts at the commas of the outermost level.
    pub(crate) fn split(mut text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        while !text.is_empty() {
            let end = item(text);
            out.push(text[..end].trim());
            text = text.get(end + 1..).unwrap_or_default();
        }
        out
    }

    /// What stands after `key` outside of strings, up to the end of its value.
    pub(crate) fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
        let rest = &text[text.find(key)? + key.len()..];
        Some(&rest[..item(rest)])
    }

    /// The buffers of each datagram that a call moves.
    pub(crate) fn buffers<'a>(name: &str, list: &[&'a str]) -> Vec<Vec<&'a str>> {
        let vector = |text: &'a str| every(text, "iov_base=");
        match name {
            "sendmsg" | "recvmsg" => vec![list.get(1).map(|text| vector(text)).unwrap_or_default()],
            "writev" | "readv" => vec![list.get(1).map(|text| vector(text)).unwrap_or_default()],
            "sendmmsg" | "recvmmsg" => {
                list.get(1).map(|text| every(text, "msg_hdr=")).unwrap_or_default().into_iter().map(vector).collect()
            }
            _ => vec![list.get(1).copied().into_iter().collect()],
        }
    }

    /// What stands after each `key`.
    fn every<'a>(mut text: &'a str, key: &str) -> Vec<&'a str> {
        let mut out = Vec::new();
        while let Some(found) = text.find(key) {
            let rest = &text[found + key.len()..];
            let end = item(rest);
            out.push(&rest[..end]);
            text = &rest[end..];
        }
        out
    }
}
