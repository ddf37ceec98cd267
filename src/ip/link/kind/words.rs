//! The rows of a kind the other way round: from attributes to the words that set them.

use std::net::IpAddr;

use nlmsg::frame::RawAttrs;
use nlmsg::payload::{Attr, Set};

use super::{Kind, Row, Say, Take, find, read};

/// An attribute that was sent, among those that were sent with it.
pub(crate) struct Told<'a, 'l> {
    kind: &'static Kind,
    set: &'static Set,
    data: &'a [u8],
    pub(super) value: &'a [u8],
    attr: &'static Attr,
    link: &'l dyn Fn(u32) -> String,
}

impl Told<'_, '_> {
    /// The number in the attribute of this name.
    pub(super) fn get_number(&self, name: &str) -> Option<i64> {
        let attr = self.set.by_name(name)?;
        read(attr.shape, RawAttrs::new(self.data, 0).find(attr.number)?.value())
    }

    /// The value as a number.
    pub(super) fn number(&self) -> Option<i64> {
        read(self.attr.shape, self.value)
    }

    /// The value as text.
    fn shown(&self) -> String {
        nlmsg::explain::shown(self.attr.shape, self.value).to_string()
    }

    /// The kind's name.
    pub(super) fn kind(&self) -> &'static str {
        self.kind.name
    }

    /// What one row says of the attribute; `None` if it is another row's.
    fn row(&self, row: &Row) -> Option<Vec<String>> {
        let name = row.name();
        let with = |value: String| Some(vec![name.clone(), value]);
        let number = self.number();
        match row.take {
            Take::No => None,
            Take::Number | Take::UpTo(_) => with(number?.to_string()),
            Take::Is(value) | Take::First(value) => (number == Some(value)).then(|| vec![name]),
            Take::Flag => Some(vec![name]),
            Take::Pair => {
                let word = row.words.split(' ').nth(usize::from(number? == 0))?;
                Some(vec![word.replace(['[', ']'], "")])
            }
            Take::OnOff => with(if number? == 0 { "off" } else { "on" }.into()),
            Take::Word(names) => names.word(number?).map(String::from).and_then(with),
            Take::WordOrNumber(names) => with(names.word(number?).map_or_else(|| number.unwrap_or(0).to_string(), String::from)),
            // the row that takes it away says so
            Take::Device(_) if number == Some(0) => None,
            Take::Device(_) => with((self.link)(u32::try_from(number?).ok()?)),
            Take::Hw => with(self.shown()),
            Take::Own(_) => match self.attr.shape.name {
                // one attribute, two words: a group is a multicast address, a remote is none
                "ip" | "ipv4" | "ipv6" if name == "group" && !self.shown().parse().is_ok_and(|ip: IpAddr| ip.is_multicast()) => {
                    None
                }
                "ip" | "ipv4" | "ipv6" => with(self.shown()),
                "u8" | "u16" | "u32" | "be16" | "be32" => with(number?.to_string()),
                _ => None,
            },
        }
    }

    /// What is said of it; no words if it is sent whatever the words are.
    fn words(&self) -> Option<Vec<String>> {
        let name = self.attr.name;
        let rows = || self.kind.rows.iter().filter(|row| row.attr == name);
        let own: Vec<(Say, &Row)> = rows().filter_map(|row| Some((row.say?, row))).collect();
        match self.kind.order.iter().find(|(attr, _)| *attr == name) {
            Some((_, Some(usual))) if self.number() == Some(*usual) => Some(Vec::new()),
            // another attribute's words say it as well
            Some(_) if rows().next().is_none() => Some(Vec::new()),
            // each a part of it
            _ if !own.is_empty() => {
                own.iter().map(|(say, row)| say(self, row)).collect::<Option<Vec<_>>>().map(|all| all.concat())
            }
            _ => rows().filter(|row| !row.words.is_empty()).find_map(|row| self.row(row)),
        }
    }
}

/// The words that would have set the attributes of a kind's `IFLA_INFO_DATA`, or of a `_slave` kind's; `None` if one of
/// them cannot be said. `link` knows the names of links.
pub(crate) fn words_of(kind: &str, data: &[u8], link: &dyn Fn(u32) -> String) -> Option<Vec<String>> {
    let kind = find(kind)?;
    let set = (kind.set)();
    let mut words: Vec<String> = Vec::new();
    let mut attrs = RawAttrs::new(data, 0);
    while let Some(raw) = attrs.try_next() {
        let raw = raw.ok()?;
        let attr = set.get(raw.number())?;
        if !(attr.shape.fits)(raw.value()) {
            return None;
        }
        words.extend(Told { kind, set, data, value: raw.value(), attr, link }.words()?);
    }
    if words.is_empty() && !data.is_empty() {
        // it was some word that had this sent, and it changed nothing
        words.push(kind.rows.iter().find_map(|row| matches!(row.take, Take::Pair).then(|| row.name()))?);
    }
    attrs.rest().is_empty().then_some(words)
}
