//! From attributes to text and JSON.

use std::fmt::{self, Display};

use nlmsg::frame::RawAttrs;
use nlmsg::payload::{Hw, Set};

use super::{Row, Show, read};
use crate::ip::Ip;
use crate::output::Value;
use crate::words::Stop;

/// A link's own attributes while they are shown.
pub(crate) struct View<'i, 'o, 'w> {
    pub(super) ip: &'i mut Ip<'o, 'w>,
    pub(super) set: &'static Set,
    pub(super) data: &'i [u8],
}

impl<'i> View<'i, '_, '_> {
    /// The value of an attribute; the first, should there be many.
    pub(super) fn get(&self, name: &str) -> Option<&'i [u8]> {
        RawAttrs::new(self.data, 0).find(self.set.by_name(name)?.number).map(|raw| raw.value())
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        read(self.set.by_name(name)?.shape, self.get(name)?)
    }

    pub(super) fn row(&mut self, row: &Row) -> Result<(), Stop> {
        if let Show::Own(show) = row.show {
            return show(self, row);
        }
        let Some(attr) = self.set.by_name(row.attr) else { return Ok(()) };
        let Some(value) = self.get(row.attr) else { return Ok(()) };
        if let Show::Hw = row.show {
            self.put(row, Hw(value).to_string().as_str());
            return Ok(());
        }
        if let Show::Present = row.show {
            self.flag(row);
            return Ok(());
        }
        let Some(number) = read(attr.shape, value) else { return Ok(()) };
        match row.show {
            Show::No | Show::Own(_) | Show::Hw | Show::Present => {}
            Show::NotZero | Show::HexNotZero | Show::Flag | Show::Device if number == 0 => {}
            Show::Number | Show::NotZero if attr.shape.name == "u64" => self.put(row, number as u64),
            Show::Number | Show::NotZero => self.put(row, number),
            Show::Hex | Show::HexNotZero => self.put(row, hex(number).as_str()),
            Show::OnOff => self.ip.out.on_off(&row.json(), &format!("{} ", row.text()), number != 0, " "),
            Show::Flag => self.flag(row),
            Show::NoFlag => {
                self.ip.out.json(&row.json(), number != 0);
                self.ip.out.text(&format!("{}{} ", if number == 0 { "no" } else { "" }, row.text()));
            }
            Show::Word(names, otherwise) => match names.word(number) {
                Some(word) => self.put(row, word),
                None if otherwise.contains("{}") => {
                    self.ip.out.json(&format!("{}_index", row.json()), number);
                    self.ip.out.text(&format!("{} {} ", row.text(), otherwise.replace("{}", &number.to_string())));
                }
                None => self.put(row, otherwise),
            },
            Show::Device => {
                let name = self.ip.name(number as u32)?;
                self.put(row, &name);
            }
            Show::Timer => {
                // hundredths of a second, as the kernel counts them: never less than none
                let number = number as u64;
                let (wide, narrow) = (format!("{:4}.{:02}", number / 100, number % 100), &row.text());
                if self.ip.out.is_json() {
                    self.ip.out.json(&row.json(), Plain(wide.trim_start()));
                } else {
                    self.ip.out.put("", &format!("{narrow} "), wide.as_str(), " ");
                }
            }
        }
        Ok(())
    }

    /// Shows the row's name and a value.
    pub(super) fn put(&mut self, row: &Row, value: impl Value) {
        self.ip.out.put(&row.json(), &format!("{} ", row.text()), value, " ");
    }

    /// Shows the row's name alone.
    pub(super) fn flag(&mut self, row: &Row) {
        self.ip.out.flag(&row.json(), &format!("{} ", row.text()));
    }
}

/// A number as C's `%#x` writes it.
pub(super) fn hex(number: i64) -> String {
    if number == 0 { "0".to_string() } else { format!("{number:#x}") }
}

/// What is the same in text and JSON.
pub(crate) struct Plain<D>(pub(crate) D);

impl<D: Display> Value for Plain<D> {
    fn text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.to_string().as_bytes());
    }

    fn json(&self, out: &mut Vec<u8>) {
        self.text(out);
    }
}

/// A bridge's identity: priority and MAC address, whose bytes have no leading zeros.
pub(super) struct BridgeId<'a>(&'a [u8]);

impl Display for BridgeId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prio, addr) = self.0.split_at(self.0.len().min(2));
        prio.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        addr.iter().enumerate().try_for_each(|(i, byte)| write!(f, "{}{byte:x}", if i == 0 { '.' } else { ':' }))
    }
}

/// Shows a bridge's identity.
pub(super) fn bridge_id(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(id) = view.get(row.attr).and_then(|id| id.get(..8)) {
        view.put(row, BridgeId(id).to_string().as_str());
    }
    Ok(())
}
