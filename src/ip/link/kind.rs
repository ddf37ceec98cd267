//! The kinds of links: a file a kind, and in it a row an option.
//!
//! A [`Row`] says all there is to say of one option: the words that set it, the attribute, how its value is read,
//! and how it is shown. How wide the attribute is, and in which byte order, is known to nlmsg's table. The rows of
//! a kind stand in the order in which `ip -d link` shows them.

mod bond;
mod bridge;
mod bridge_slave;
mod gre;
mod iptun;
mod ipvlan;
mod macvlan;
mod tun;
mod tunnel;
mod veth;
mod vlan;
mod vrf;
mod vxlan;

use std::fmt::{self, Display};
use std::net::IpAddr;

use nlmsg::frame::{NlmF, RawAttrs};
use nlmsg::payload::{Attr, Names, Set, Shape};
use nlmsg::route::link::IflaInfo;
use nlmsg::route::{IfInfoMsg, Link, RTM_GETLINK};

use super::show::Seen;
use crate::ip::{Ip, Request};
use crate::output::Value;
use crate::words::{EXIT_FAILURE, Stop, Words, abbreviates, number};

type Parse = fn(&mut Ip<'_, '_>, &mut Words<'_>, &mut Request) -> Result<(), Stop>;
type Finish = fn(&mut Ip<'_, '_>, &mut Settings) -> Result<(), Stop>;

/// A kind of link: its grammar and its view.
pub(crate) struct Kind {
    /// `IFLA_INFO_KIND`; with `_slave` at the end, the kind of the link above.
    pub(crate) name: &'static str,
    /// nlmsg's table of its attributes.
    set: fn() -> &'static Set,
    /// Its options, in the order of the view.
    rows: &'static [Row],
    /// What `ip link help KIND` says; `{}` is the kind's name, filled up to `width`.
    help: &'static str,
    width: usize,
    /// What is said before the help of a word that is no option; `{}` is the word.
    unknown: &'static str,
    /// What is said of a value that cannot be read, unless the row knows better; `{}` is the option.
    wrong: &'static str,
    /// Whether an option may be given only once.
    once: bool,
    /// Reads the words in place of the rows.
    parse: Option<Parse>,
    /// For kinds that always say everything: the attributes in their order, with the value of those that are sent
    /// even if no word sets them. A change starts from what the link has.
    order: &'static [(&'static str, Option<i64>)],
    /// Sees what the words have set, and has the last word on what is sent.
    finish: Option<Finish>,
    /// Whether what was received is worth a view.
    shows: fn(&View<'_, '_, '_>) -> bool,
}

/// A kind without options, for those that have some to differ from.
const PLAIN: Kind = Kind {
    name: "",
    set: || const { &Set { name: "", header: "", attrs: &[], slots: None } },
    rows: &[],
    help: "Usage: ... {}\n",
    width: 0,
    unknown: "{kind}: unknown command \"{}\"?\n",
    wrong: "invalid {}",
    once: false,
    parse: None,
    order: &[],
    finish: None,
    shows: |_| true,
};

const KINDS: &[Kind] = &[
    bond::BOND,
    bond::SLAVE,
    bridge::KIND,
    bridge_slave::KIND,
    Kind { name: "dummy", ..PLAIN },
    gre::GRE,
    gre::GRETAP,
    Kind { name: "ifb", ..PLAIN },
    iptun::IPIP,
    iptun::SIT,
    ipvlan::IPVLAN,
    ipvlan::IPVTAP,
    macvlan::MACVLAN,
    macvlan::MACVTAP,
    Kind { name: "nlmon", ..PLAIN },
    tun::KIND,
    veth::KIND,
    vlan::KIND,
    vrf::VRF,
    vrf::SLAVE,
    vxlan::KIND,
];

/// One option of a kind.
pub(crate) struct Row {
    /// The words that set it, `t[tl] hoplimit`: what is in brackets may be left off from its end on. None if it
    /// cannot be set. The first is its name.
    words: &'static str,
    /// The kernel's name of the attribute.
    attr: &'static str,
    take: Take,
    show: Show,
    /// The JSON key, if not the name.
    key: &'static str,
    /// The word in text, if not the name.
    label: &'static str,
    /// What is said of a wrong value, if not what the kind says.
    wrong: &'static str,
}

/// How a value is read from the words.
#[derive(Clone, Copy)]
enum Take {
    /// It cannot be set.
    No,
    /// A number as wide as the attribute.
    Number,
    /// A number up to this one.
    UpTo(u32),
    /// This number, without a further word.
    Is(i64),
    /// The attribute without a value, and without a further word.
    Flag,
    /// No further word: the first word is 1, the second is 0.
    Pair,
    /// `on` or `off`.
    OnOff,
    /// A word that has a value.
    Word(&'static Names),
    /// The same, or the value itself.
    WordOrNumber(&'static Names),
    /// The name of a link, and the exit status if there is none.
    Device(i32),
    /// A link-layer address.
    Hw,
    /// By this function.
    Own(fn(&mut Ip<'_, '_>, &mut Words<'_>, &Row, &mut Settings) -> Result<(), Stop>),
}

/// How a value is shown.
#[derive(Clone, Copy)]
enum Show {
    /// Not at all.
    No,
    /// As a decimal number.
    Number,
    /// As a decimal number if it is not 0.
    NotZero,
    /// As a hexadecimal number.
    Hex,
    /// The same if it is not 0.
    HexNotZero,
    /// As `on` or `off`.
    OnOff,
    /// As its name, if it is not 0.
    Flag,
    /// As its name, if it is there at all.
    Present,
    /// As its name, with `no` before it if it is 0.
    NoFlag,
    /// As a word, or as this one if it has none.
    Word(&'static Names, &'static str),
    /// As the name of a link, if it is not 0.
    Device,
    /// As a time in seconds, from hundredths.
    Timer,
    /// As a link-layer address.
    Hw,
    /// By this function, even if it is not there.
    Own(fn(&mut View<'_, '_, '_>, &Row) -> Result<(), Stop>),
}

/// The words of a switch.
const OFF_ON: &Names = &Names {
    flags: false,
    names: &[nlmsg::payload::Name { value: 0, name: "", word: "off" }, nlmsg::payload::Name { value: 1, name: "", word: "on" }],
};

/// An option.
const fn row(words: &'static str, attr: &'static str, take: Take, show: Show) -> Row {
    Row { words, attr, take, show, key: "", label: "", wrong: "" }
}

/// An option that is a number.
const fn num(words: &'static str, attr: &'static str) -> Row {
    row(words, attr, Take::Number, Show::Number)
}

/// An option that is on or off.
const fn on_off(words: &'static str, attr: &'static str) -> Row {
    row(words, attr, Take::OnOff, Show::OnOff)
}

/// What can only be shown.
const fn shown(label: &'static str, attr: &'static str, show: Show) -> Row {
    row("", attr, Take::No, show).label(label)
}

/// What can only be set.
const fn taken(words: &'static str, attr: &'static str, take: Take) -> Row {
    row(words, attr, take, Show::No)
}

impl Row {
    const fn key(self, key: &'static str) -> Row {
        Row { key, ..self }
    }

    const fn label(self, label: &'static str) -> Row {
        Row { label, ..self }
    }

    const fn wrong(self, wrong: &'static str) -> Row {
        Row { wrong, ..self }
    }

    /// Which of the row's words this is.
    fn takes(&self, word: &str) -> Option<usize> {
        self.words.split(' ').position(|pattern| {
            let (head, tail) = pattern.split_once('[').unwrap_or((pattern, ""));
            let rest = word.strip_prefix(head).filter(|_| !pattern.is_empty());
            rest.is_some_and(|rest| tail.trim_end_matches(']').starts_with(rest))
        })
    }

    /// The option's name: its first word.
    fn name(&self) -> String {
        self.words.split(' ').next().unwrap_or("").replace(['[', ']'], "")
    }

    /// The word that stands in text.
    fn text(&self) -> String {
        if self.label.is_empty() { self.name() } else { self.label.to_string() }
    }

    /// The JSON key.
    fn json(&self) -> String {
        if self.key.is_empty() { self.text() } else { self.key.to_string() }
    }
}

/// The bytes of a number in the shape of an attribute; `None` if it is too large.
fn write(shape: &Shape, value: i64) -> Option<Vec<u8>> {
    Some(match shape.name {
        "u8" => u8::try_from(value).ok()?.to_ne_bytes().to_vec(),
        "u16" => u16::try_from(value).ok()?.to_ne_bytes().to_vec(),
        "be16" => u16::try_from(value).ok()?.to_be_bytes().to_vec(),
        "u32" => u32::try_from(value).ok()?.to_ne_bytes().to_vec(),
        "s32" => i32::try_from(value).ok()?.to_ne_bytes().to_vec(),
        "be32" => u32::try_from(value).ok()?.to_be_bytes().to_vec(),
        "u64" => value.to_ne_bytes().to_vec(),
        _ => return None,
    })
}

/// The number in the bytes of an attribute, which may be longer than its shape says.
pub(super) fn read(shape: &Shape, bytes: &[u8]) -> Option<i64> {
    fn first<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
        bytes.first_chunk::<N>().copied()
    }
    Some(match shape.name {
        "u8" | "flag-or-u8" => i64::from(*bytes.first()?),
        "u16" => u16::from_ne_bytes(first(bytes)?).into(),
        "be16" => u16::from_be_bytes(first(bytes)?).into(),
        "u32" => u32::from_ne_bytes(first(bytes)?).into(),
        "s32" => i32::from_ne_bytes(first(bytes)?).into(),
        "be32" => u32::from_be_bytes(first(bytes)?).into(),
        "u64" => i64::from_ne_bytes(first(bytes)?),
        _ => return None,
    })
}

/// What the words of one kind have set, in their order.
pub(crate) struct Settings {
    kind: &'static Kind,
    /// Whether the link is to be made, if there is none yet.
    creates: bool,
    list: Vec<(&'static Attr, Vec<u8>)>,
}

impl Settings {
    fn attr(&self, name: &str) -> Result<&'static Attr, Stop> {
        (self.kind.set)().by_name(name).ok_or_else(|| Stop::failure(format!("Error: {name} is not in the table")))
    }

    fn put(&mut self, name: &str, value: Vec<u8>) -> Result<(), Stop> {
        self.list.push((self.attr(name)?, value));
        Ok(())
    }

    /// Sets a number that fits.
    fn number(&mut self, name: &str, value: i64) -> Result<(), Stop> {
        let attr = self.attr(name)?;
        let bytes = write(attr.shape, value).ok_or_else(|| Stop::failure(format!("Error: {value} does not fit {name}")))?;
        self.list.push((attr, bytes));
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        self.list.iter().any(|(attr, _)| attr.name == name)
    }

    /// The last value that was set.
    fn get(&self, name: &str) -> Option<&[u8]> {
        self.list.iter().rev().find(|(attr, _)| attr.name == name).map(|(_, value)| value.as_slice())
    }

    fn get_number(&self, name: &str) -> Option<i64> {
        self.attr(name).ok().and_then(|attr| read(attr.shape, self.get(name)?))
    }

    /// Takes all values of an attribute away; the last is returned.
    fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let last = self.get(name).map(<[u8]>::to_vec);
        self.list.retain(|(attr, _)| attr.name != name);
        last
    }

    /// Starts from what a link has; what is 0 there and needs not be said is left out.
    fn load(&mut self, ip: &mut Ip<'_, '_>, index: i32) -> Result<(), Stop> {
        let unknown = || Stop::failure("Failed to get existing tunnel info.");
        let request = Request::new(&IfInfoMsg { ifi_index: index, ..IfInfoMsg::default() });
        let mut found = Vec::new();
        let got = ip.socket()?.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
            found = message.payload.to_vec();
            Ok::<(), crate::Error>(())
        });
        got.map_err(|_| unknown())?;
        let link = Link::parse(&found, 16).map_err(|_| unknown())?;
        let data = Seen::new(&link).info_data.ok_or_else(unknown)?;
        let mut attrs = RawAttrs::new(data, 0);
        while let Some(Ok(raw)) = attrs.try_next() {
            let order = self.kind.order.iter().find(|(name, _)| self.attr(name).is_ok_and(|attr| attr.number == raw.number()));
            let Some((name, default)) = order else { continue };
            if default.is_some() || raw.value().is_empty() || raw.value().iter().any(|&byte| byte != 0) {
                self.put(name, raw.value().to_vec())?;
            }
        }
        Ok(())
    }

    /// Puts everything in the kind's order, where it has one. What an external tunnel carries is said by routes, so
    /// nothing follows the word for that.
    fn arrange(&mut self) -> Result<(), Stop> {
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
    fn move_last(&mut self, name: &str) -> Result<(), Stop> {
        match self.take(name) {
            Some(value) => self.put(name, value),
            None => Ok(()),
        }
    }

    /// Sets what a row says of the words that follow it. `nth` is which of the row's words stood there.
    fn option(&mut self, ip: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &'static Row, nth: usize) -> Result<(), Stop> {
        let attr = self.attr(row.attr)?;
        let wrong = |words: &Words<'_>| {
            let pattern = if row.wrong.is_empty() { self.kind.wrong } else { row.wrong };
            words.wrong(&pattern.replace("{}", &row.name()))
        };
        let word = words.last();
        let argument = !matches!(row.take, Take::Is(_) | Take::Flag | Take::Pair | Take::Own(_));
        let value = if argument { words.need()? } else { word };
        if self.kind.once && self.has(row.attr) && !matches!(row.take, Take::Own(_)) {
            return Err(words.twice_or_garbage(&if argument { row.name() } else { word.to_string() }));
        }
        let bytes = match row.take {
            Take::No => return Ok(()),
            Take::Number => number(value).and_then(|value| write(attr.shape, value)),
            Take::UpTo(most) => {
                number::<u32>(value).filter(|&value| value <= most).and_then(|value| write(attr.shape, value.into()))
            }
            Take::Is(value) => write(attr.shape, value),
            Take::Flag => Some(Vec::new()),
            Take::Pair => write(attr.shape, i64::from(nth == 0)),
            Take::OnOff => match OFF_ON.value(value) {
                Some(value) => write(attr.shape, value),
                None => return Err(must_be(words, &row.name(), &["off", "on"])),
            },
            Take::Word(names) => names.value(value).and_then(|value| write(attr.shape, value)),
            Take::WordOrNumber(names) => {
                let index = number(value).filter(|&value| names.of(value).is_some());
                index.or_else(|| names.value(value)).and_then(|value| write(attr.shape, value))
            }
            Take::Device(status) => match ip.index(value)? {
                Some(index) => write(attr.shape, index.into()),
                None if row.wrong.is_empty() => return Err(Stop::no_device(value).with_status(status)),
                None => None,
            },
            Take::Hw => Some(super::lladdr(value)?),
            Take::Own(take) => return take(ip, words, row, self),
        };
        let bytes = bytes.ok_or_else(|| wrong(words))?;
        self.list.push((attr, bytes));
        Ok(())
    }
}

/// The bytes of an address.
fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// The address in some bytes.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// iproute2's answer to a word that is not one of a list.
fn must_be(words: &Words<'_>, option: &str, list: &[&str]) -> Stop {
    let list = list.iter().map(|word| format!("\"{word}\", ")).collect::<String>();
    let text = format!("Error: argument of \"{option}\" must be one of {list}not \"{}\"\n", words.last());
    Stop::failure(text).at(words.position().saturating_sub(1))
}

impl Kind {
    /// What `ip link help KIND` prints.
    pub(crate) fn help(&self) -> String {
        self.help.replacen("{}", &format!("{:<width$}", self.name, width = self.width), 1)
    }

    /// The same as an error, after a line that says why.
    fn usage(&self, why: &str) -> Stop {
        Stop::failure(format!("{why}{}", self.help().trim_end_matches('\n')))
    }

    /// What the words set, for a link that is to be made, or for the one with this index.
    fn settings(&'static self, ip: &mut Ip<'_, '_>, words: &mut Words<'_>, link: Option<i32>) -> Result<Settings, Stop> {
        let mut settings = Settings { kind: self, creates: link.is_none(), list: Vec::new() };
        if let Some(index) = link.filter(|_| !self.order.is_empty()) {
            settings.load(ip, index)?;
        }
        while let Some(word) = words.next() {
            let at = words.position() - 1;
            match self.rows.iter().find_map(|row| Some((row, row.takes(word)?))) {
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

/// The kind of this name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Reads the words after `type NAME`, for the link with this index, or for one that is to be made. A kind without a grammar here takes no words; whether it exists is the kernel's to say.
pub(crate) fn parse(
    ip: &mut Ip<'_, '_>,
    name: &str,
    words: &mut Words<'_>,
    request: &mut Request,
    link: Option<i32>,
) -> Result<(), Stop> {
    let Some(word) = words.peek() else { return Ok(()) };
    let slave = name.ends_with("_slave");
    let Some(kind) = find(name) else {
        return Err(if abbreviates(word, "help") {
            Stop::help(super::HELP)
        } else {
            super::garbage(word).with_status(EXIT_FAILURE)
        });
    };
    let data = request.begin::<IflaInfo<'_>>(if slave { "IFLA_INFO_SLAVE_DATA" } else { "IFLA_INFO_DATA" });
    if let Some(parse) = kind.parse {
        parse(ip, words, request)?;
    } else if !kind.rows.iter().any(|row| !row.words.is_empty()) {
        // iproute2 does not look at the words of a kind without options
        while words.next().is_some() {}
    } else {
        for (attr, value) in &kind.settings(ip, words, link)?.list {
            request.bytes(attr.number, value)?;
        }
    }
    request.end(data)
}

/// A link's own attributes while they are shown.
pub(crate) struct View<'i, 'o, 'w> {
    ip: &'i mut Ip<'o, 'w>,
    set: &'static Set,
    data: &'i [u8],
}

impl<'i> View<'i, '_, '_> {
    /// The value of an attribute; the first, should there be many.
    fn get(&self, name: &str) -> Option<&'i [u8]> {
        let number = self.set.by_name(name)?.number;
        let mut attrs = RawAttrs::new(self.data, 0);
        std::iter::from_fn(|| attrs.try_next()?.ok()).find(|raw| raw.number() == number).map(|raw| raw.value())
    }

    fn number(&self, name: &str) -> Option<i64> {
        read(self.set.by_name(name)?.shape, self.get(name)?)
    }

    fn row(&mut self, row: &Row) -> Result<(), Stop> {
        if let Show::Own(show) = row.show {
            return show(self, row);
        }
        let Some(attr) = self.set.by_name(row.attr) else { return Ok(()) };
        let Some(value) = self.get(row.attr) else { return Ok(()) };
        if let Show::Hw = row.show {
            self.put(row, nlmsg::payload::Hw(value).to_string().as_str());
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
                None if otherwise.is_empty() => {
                    self.ip.out.put(&format!("{}_index", row.json()), &format!("{} ", row.text()), number, " ");
                }
                None => self.put(row, otherwise),
            },
            Show::Device => {
                let name = self.ip.name(number as u32)?;
                self.put(row, &name);
            }
            Show::Timer => {
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
    fn put(&mut self, row: &Row, value: impl Value) {
        self.ip.out.put(&row.json(), &format!("{} ", row.text()), value, " ");
    }

    /// Shows the row's name alone.
    fn flag(&mut self, row: &Row) {
        self.ip.out.flag(&row.json(), &format!("{} ", row.text()));
    }
}

/// A number as C's `%#x` writes it.
fn hex(number: i64) -> String {
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
struct BridgeId<'a>(&'a [u8]);

impl Display for BridgeId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prio, addr) = self.0.split_at(self.0.len().min(2));
        prio.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        addr.iter().enumerate().try_for_each(|(i, byte)| write!(f, "{}{byte:x}", if i == 0 { '.' } else { ':' }))
    }
}

/// Shows a bridge's identity.
fn bridge_id(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(id) = view.get(row.attr).and_then(|id| id.get(..8)) {
        view.put(row, BridgeId(id).to_string().as_str());
    }
    Ok(())
}

/// Shows `IFLA_LINKINFO`: the link's own kind, and that of its master, each on a line.
pub(crate) fn show(ip: &mut Ip<'_, '_>, seen: &Seen<'_>) -> Result<(), Stop> {
    ip.out.object("linkinfo");
    for (kind, slave, data) in [(seen.kind, "", seen.info_data), (seen.slave_kind, "_slave", seen.info_slave_data)] {
        let Some(name) = kind.map(|kind| kind.to_string()) else { continue };
        ip.out.line();
        ip.out.put(if slave.is_empty() { "info_kind" } else { "info_slave_kind" }, "    ", &name, slave);
        ip.out.text(" ");
        let Some(kind) = find(&format!("{name}{slave}")).filter(|kind| !kind.rows.is_empty()) else { continue };
        ip.out.object(if slave.is_empty() { "info_data" } else { "info_slave_data" });
        if let Some(data) = data {
            let mut view = View { ip, set: (kind.set)(), data };
            if (kind.shows)(&view) {
                kind.rows.iter().try_for_each(|row| view.row(row))?;
            }
        }
        ip.out.end_object();
    }
    ip.out.end_object();
    Ok(())
}
