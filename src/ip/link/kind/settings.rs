//! From words to attributes.

use nlmsg::frame::{NlmF, RawAttrs};
use nlmsg::payload::Attr;
use nlmsg::route::{IfInfoMsg, Link, RTM_GETLINK};

use super::{Kind, Row, Take, read, write};
use crate::ip::link::{self, Seen};
use crate::ip::{Ip, Request};
use crate::words::{Stop, Words, abbreviates, number, off_or_on, unsigned, whole};

/// What the words of one kind have set, in their order.
pub(crate) struct Settings {
    pub(super) kind: &'static Kind,
    /// Whether the link is to be made, if there is none yet.
    pub(super) creates: bool,
    pub(super) list: Vec<(&'static Attr, Vec<u8>)>,
}

impl Settings {
    pub(super) fn attr(&self, name: &str) -> Result<&'static Attr, Stop> {
        (self.kind.set)().by_name(name).ok_or_else(|| Stop::failure(format!("Error: {name} is not in the table")))
    }

    pub(super) fn put(&mut self, name: &str, value: Vec<u8>) -> Result<(), Stop> {
        self.list.push((self.attr(name)?, value));
        Ok(())
    }

    /// Sets a number that fits.
    pub(super) fn number(&mut self, name: &str, value: i64) -> Result<(), Stop> {
        let attr = self.attr(name)?;
        let bytes = write(attr.shape, value).ok_or_else(|| Stop::failure(format!("Error: {value} does not fit {name}")))?;
        self.list.push((attr, bytes));
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|(attr, _)| attr.name == name)
    }

    /// The last value that was set.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.list.iter().rev().find(|(attr, _)| attr.name == name).map(|(_, value)| value.as_slice())
    }

    pub(super) fn get_number(&self, name: &str) -> Option<i64> {
        self.attr(name).ok().and_then(|attr| read(attr.shape, self.get(name)?))
    }

    /// Takes all values of an attribute away; the last is returned.
    pub(super) fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let last = self.get(name).map(<[u8]>::to_vec);
        self.list.retain(|(attr, _)| attr.name != name);
        last
    }

    /// Starts from what a link has; what is 0 there and needs not be said is left out.
    pub(super) fn load(&mut self, ip: &mut Ip<'_, '_>, index: i32) -> Result<(), Stop> {
        let unknown = || Stop::failure("Failed to get existing tunnel info.");
        let request = Request::new(&IfInfoMsg { ifi_index: index, ..IfInfoMsg::default() });
        let mut found = Vec::new();
        let got = ip.socket()?.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
            found = message.payload.to_vec();
            Ok::<(), crate::Error>(())
        });
        got.map_err(|_| unknown())?;
        let link = Link::parse(&found, 16).map_err(|_| unknown())?;
        let seen = Seen::new(&link);
        // as iproute2, whatever kind the link is: of another one the kernel refuses what comes of it
        let data = seen.info_data.ok_or_else(unknown)?;
        let mut attrs = RawAttrs::new(data, 0);
        while let Some(Ok(raw)) = attrs.try_next() {
            let order = self.kind.order.iter().find(|(name, _)| self.attr(name).is_ok_and(|attr| attr.number == raw.number()));
            let Some((name, default)) = order else { continue };
            let shape = self.attr(name)?.shape;
            if shape.name.starts_with("ip") && !(shape.fits)(raw.value()) {
                return Err(unknown());
            }
            // iproute2 says all of a 6rd prefix again, a relay of 0.0.0.0/0 too
            if default.is_some() || name.contains("_6RD_") || raw.value().is_empty() || raw.value().iter().any(|&byte| byte != 0)
            {
                // a number is said in its own width again
                match read(shape, raw.value()) {
                    Some(number) => self.number(name, number)?,
                    None => self.put(name, raw.value().to_vec())?,
                }
            }
        }
        Ok(())
    }

    /// Puts everything in the kind's order, where it has one. What an external tunnel carries is said by routes, so
    /// nothing follows the word for that.
    pub(super) fn arrange(&mut self) -> Result<(), Stop> {
        let mut said = std::mem::take(&mut self.list);
        if self.kind.order.is_empty() {
            self.list = said;
            return Ok(());
        }
        said.reverse();
        for (name, default) in self.kind.order {
            let last = said.iter().find(|(attr, _)| attr.name == *name);
            match (last, default) {
                (Some((attr, value)), _) => self.list.push((attr, value.clone())),
                (None, Some(default)) => self.number(name, *default)?,
                (None, None) => {}
            }
            if last.is_some() && name.ends_with("COLLECT_METADATA") {
                break;
            }
        }
        Ok(())
    }

    /// Moves an attribute, if it is set, behind all others.
    pub(super) fn move_last(&mut self, name: &str) -> Result<(), Stop> {
        match self.take(name) {
            Some(value) => self.put(name, value),
            None => Ok(()),
        }
    }

    /// Sets what a row says of the words that follow it. `nth` is which of the row's words stood there.
    pub(super) fn option(
        &mut self,
        ip: &mut Ip<'_, '_>,
        words: &mut Words<'_>,
        row: &'static Row,
        nth: usize,
    ) -> Result<(), Stop> {
        let attr = self.attr(row.attr)?;
        let wrong = |words: &Words<'_>| {
            let pattern = if row.wrong.is_empty() { self.kind.wrong } else { row.wrong };
            words.wrong(&pattern.replace("{}", &row.name()))
        };
        let word = words.last();
        let argument = !matches!(row.take, Take::Is(_) | Take::First(_) | Take::Flag | Take::Pair | Take::Own(_));
        let value = if argument { words.need()? } else { word };
        if self.kind.once && self.has(row.attr) && !matches!(row.take, Take::Own(_)) {
            return Err(words.twice_or_garbage(&if argument { row.name() } else { word.to_string() }));
        }
        let bytes = match row.take {
            Take::No => return Ok(()),
            // the upper half of what 64 bits hold is kept as if it were negative
            Take::Number => {
                let wide = || unsigned(value).filter(|_| attr.shape.name == "u64").map(|value| value as i64);
                number(value).or_else(wide).and_then(|value| write(attr.shape, value))
            }
            Take::UpTo(most) => {
                number::<u32>(value).filter(|&value| value <= most).and_then(|value| write(attr.shape, value.into()))
            }
            Take::Is(value) | Take::First(value) => write(attr.shape, value),
            Take::Flag => Some(Vec::new()),
            Take::Pair => write(attr.shape, i64::from(nth == 0)),
            Take::OnOff => match off_or_on(value) {
                Some(on) => write(attr.shape, on.into()),
                None => return Err(must_be(words, &row.name(), &["off", "on"])),
            },
            Take::Word(names) => names.value(value).and_then(|value| write(attr.shape, value)),
            Take::WordOrNumber(names) => {
                let index = whole(value, 10).and_then(|value| value.try_into().ok());
                let index = index.filter(|&value| names.of(value).is_some());
                index.or_else(|| names.value(value)).and_then(|value| write(attr.shape, value))
            }
            Take::Device(status) => match ip.index(value)? {
                Some(index) => write(attr.shape, index.into()),
                None if row.wrong.is_empty() => return Err(Stop::no_device(value).with_status(status)),
                None => None,
            },
            Take::Hw => Some(link::lladdr(value)?),
            Take::Own(take) => return take(ip, words, row, self),
        };
        let bytes = bytes.ok_or_else(|| wrong(words))?;
        self.list.push((attr, bytes));
        Ok(())
    }
}

/// iproute2's answer to a word that is not one of a list.
pub(super) fn must_be(words: &Words<'_>, option: &str, list: &[&str]) -> Stop {
    let list = list.iter().map(|word| format!("\"{word}\", ")).collect::<String>();
    let text = format!("Error: argument of \"{option}\" must be one of {list}not \"{}\"\n", words.last());
    Stop::failure(text).at(words.position().saturating_sub(1))
}

impl Kind {
    /// What the words set, for a link that is to be made, or for the one with this index.
    pub(super) fn settings(
        &'static self,
        ip: &mut Ip<'_, '_>,
        words: &mut Words<'_>,
        link: Option<i32>,
    ) -> Result<Settings, Stop> {
        let mut settings = Settings { kind: self, creates: link.is_none(), list: Vec::new() };
        if let Some(index) = link.filter(|_| !self.order.is_empty()) {
            settings.load(ip, index)?;
        }
        while let Some(word) = words.next() {
            let at = words.position() - 1;
            let free = |row: &&Row| !(matches!(row.take, Take::First(_)) && settings.get(row.attr).is_some());
            match self.rows.iter().filter(free).find_map(|row| Some((row, row.takes(word)?))) {
                Some((row, nth)) => settings.option(ip, words, row, nth)?,
                None if abbreviates(word, "help") => return Err(self.usage("")),
                None => {
                    let why = self.unknown.replace("{kind}", self.name).replace("{}", word);
                    return Err(self.usage(&why).at(at));
                }
            }
        }
        if let Some(finish) = self.finish {
            finish(ip, &mut settings)?;
        }
        settings.arrange()?;
        Ok(settings)
    }
}
