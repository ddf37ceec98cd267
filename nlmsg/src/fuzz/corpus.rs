//! Real messages as text: what was run, what was said, what was heard.
//!
//! ```text
//! # Linux 6.18.5; iproute2 6.1.0
//! $ ip link add br0 type bridge
//! > route 3c00000010000506...
//! < route 2400000002000001...
//! ```
//!
//! `>` goes to the kernel, `<` comes from it, `*` is an event that nobody asked for. A line is a datagram.

use bytes::BytesMut;

/// Which way a datagram went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the kernel.
    Sent,
    /// From the kernel, in answer.
    Received,
    /// From the kernel, to all who listen.
    Event,
}

/// A datagram, and its story.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The command that said or heard it.
    pub command: &'a str,
    /// Where it was run.
    pub place: &'a str,
    /// Which way it went.
    pub direction: Direction,
    /// The netlink protocol's name: `route`, `netfilter`.
    pub protocol: &'a str,
    /// The bytes.
    pub datagram: BytesMut,
}

/// The entries of a corpus file.
#[derive(Clone, Debug)]
pub struct Corpus<'a> {
    lines: core::str::Lines<'a>,
    command: &'a str,
    place: &'a str,
}

impl<'a> Corpus<'a> {
    /// Reads the text of a corpus file. What is no line of one is passed over.
    pub fn new(text: &'a str) -> Corpus<'a> {
        Corpus { lines: text.lines(), command: "", place: "" }
    }
}

impl<'a> Iterator for Corpus<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let line = self.lines.next()?;
            let Some((mark, rest)) = line.split_once(' ') else { continue };
            let direction = match mark {
                "#" => {
                    self.place = rest;
                    continue;
                }
                "$" => {
                    self.command = rest;
                    continue;
                }
                ">" => Direction::Sent,
                "<" => Direction::Received,
                "*" => Direction::Event,
                _ => continue,
            };
            if let Some((protocol, hex)) = rest.split_once(' ')
                && let Some(datagram) = bytes_of(hex)
            {
                return Some(Entry { command: self.command, place: self.place, direction, protocol, datagram });
            }
        }
    }
}

fn bytes_of(hex: &str) -> Option<BytesMut> {
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_datagram_with_its_story() {
        let text = "# Linux 6.18\n$ ip link\n> route 0aFF\n\nnonsense\n< route 0\n* netfilter 00\n";
        let mut corpus = Corpus::new(text);
        let first = corpus.next().unwrap();
        assert_eq!((first.place, first.command, first.direction), ("Linux 6.18", "ip link", Direction::Sent));
        assert_eq!((first.protocol, &first.datagram[..]), ("route", &[0x0a, 0xff][..]));
        assert_eq!(corpus.next().map(|entry| (entry.direction, entry.protocol)), Some((Direction::Event, "netfilter")));
        assert_eq!(corpus.next(), None);
    }
}
