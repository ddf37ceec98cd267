//! The rows of a kind the other way round: from attributes to the words that set them.

use std::net::IpAddr;

use super::{Take, find};

/// The words that would have set the attributes of a kind's `IFLA_INFO_DATA`, or of a `_slave` kind's; `None` if one of
/// them cannot be said. `link` knows the names of links.
pub(crate) fn words_of(kind: &str, data: &[u8], link: &dyn Fn(u32) -> String) -> Option<Vec<String>> {
    let kind = find(kind)?;
    let set = (kind.set)();
    let mut words: Vec<String> = Vec::new();
    let mut attrs = nlmsg::frame::RawAttrs::new(data, 0);
    while let Some(raw) = attrs.try_next() {
        let raw = raw.ok()?;
        let (attr, value) = (set.get(raw.number())?, raw.value());
        if !(attr.shape.fits)(value) {
            return None;
        }
        let shown = || nlmsg::explain::shown(attr.shape, value).to_string();
        // most significant byte first, however it is sent
        let number = match attr.shape.name.starts_with("be") {
            true => value.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)),
            false => value.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)),
        } as i64;
        let mut said = None;
        for row in kind.rows.iter().filter(|row| row.attr == attr.name && !row.words.is_empty()) {
            let mut names = row.words.split_whitespace().map(|word| word.replace(['[', ']'], ""));
            let name = names.next()?;
            let with = |value: String| Some(vec![name.clone(), value]);
            said = match row.take {
                Take::No => None,
                Take::Number | Take::UpTo(_) if value.len() <= 8 => with(number.to_string()),
                Take::Is(value) | Take::First(value) if value == number => Some(vec![name]),
                Take::Is(_) | Take::First(_) | Take::Number | Take::UpTo(_) => None,
                Take::Flag => Some(vec![name]),
                Take::Pair => match number {
                    0 => row.words.split_whitespace().nth(1).map(|word| vec![word.replace(['[', ']'], "")]),
                    _ => Some(vec![name]),
                },
                Take::OnOff => with(if number == 0 { "off" } else { "on" }.into()),
                Take::Word(names) => names.word(number).map(String::from).and_then(with),
                Take::WordOrNumber(names) => with(names.word(number).map_or_else(|| number.to_string(), String::from)),
                Take::Device(_) => with(link(number as u32)),
                Take::Hw => with(shown()),
                Take::Own(_) => match attr.shape.name {
                    // one attribute, two words: a group is a multicast address, a remote is none
                    "ip" | "ipv4" | "ipv6" if name == "group" && !shown().parse().is_ok_and(|ip: IpAddr| ip.is_multicast()) => {
                        None
                    }
                    "ip" | "ipv4" | "ipv6" => with(shown()),
                    "u8" | "u16" | "u32" | "be16" | "be32" if value.len() <= 4 && shown() == number.to_string() => {
                        with(number.to_string())
                    }
                    _ => None,
                },
            };
            if said.is_some() {
                break;
            }
        }
        words.extend(said?);
    }
    attrs.rest().is_empty().then_some(words)
}
