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
mod settings;
mod tun;
mod tunnel;
mod veth;
mod view;
mod vlan;
mod vrf;
mod vxlan;
mod words;

use std::net::IpAddr;

use nlmsg::payload::{Names, Set, Shape};
use nlmsg::route::link::IflaInfo;

use self::settings::Settings;
use self::view::{Plain, View, bridge_id, hex};
use self::words::Told;
pub(crate) use self::words::words_of;
use super::show::Seen;
use crate::ip::{Ip, Request};
use crate::words::{EXIT_FAILURE, Stop, Words, abbreviates};

type Parse = fn(&mut Ip<'_, '_>, &mut Words<'_>, &mut Request) -> Result<(), Stop>;
type Say = fn(&Told<'_, '_>, &Row) -> Option<Vec<String>>;
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
    /// The way back from an attribute to this row's words, where `take` does not tell.
    say: Option<Say>,
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
    /// The same, and no word as long as the attribute is set.
    First(i64),
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
    /// As a word, or as this one if it has none; `{}` in it is the number.
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
    Row { words, attr, take, show, key: "", label: "", wrong: "", say: None }
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

    const fn say(self, say: Say) -> Row {
        Row { say: Some(say), ..self }
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

impl Kind {
    /// What `ip link help KIND` prints.
    pub(crate) fn help(&self) -> String {
        self.help.replacen("{}", &format!("{:<width$}", self.name, width = self.width), 1)
    }

    /// The same as an error, after a line that says why.
    fn usage(&self, why: &str) -> Stop {
        Stop::failure(format!("{why}{}", self.help().trim_end_matches('\n')))
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::output::{Output, Style};

    /// What the words after `type KIND` become, and how that is shown: text, then JSON.
    pub(crate) fn shown(kind: &str, words: &str) -> (String, String) {
        let words: Vec<String> = words.split(' ').map(str::to_string).collect();
        let mut bytes = Vec::new();
        let (mut sink, mut err) = (Vec::new(), Vec::new());
        let mut output = Output::new(&mut sink, Style::default());
        let mut ip = Ip::new(&mut output, &mut err);
        let settings = find(kind).unwrap().settings(&mut ip, &mut Words::new(&words), None).unwrap();
        for (attr, value) in settings.list {
            let mut request = Request::empty();
            request.bytes(attr.number, &value).unwrap();
            bytes.extend_from_slice(request.body());
        }
        view(kind, &bytes)
    }

    /// How received attributes are shown: text, then JSON.
    pub(crate) fn view(kind: &str, data: &[u8]) -> (String, String) {
        let both = [false, true].map(|json| {
            let (mut sink, mut err) = (Vec::new(), Vec::new());
            let mut output = Output::new(&mut sink, Style { json, ..Style::default() });
            let mut ip = Ip::new(&mut output, &mut err);
            let kind = find(kind).unwrap();
            ip.out.object("");
            let mut view = View { ip: &mut ip, set: (kind.set)(), data };
            if (kind.shows)(&view) {
                kind.rows.iter().try_for_each(|row| view.row(row)).unwrap();
            }
            ip.out.end_object();
            output.finish().unwrap();
            String::from_utf8(sink).unwrap()
        });
        both.into()
    }

    /// Bytes from their hexadecimal digits.
    pub(crate) fn hex_bytes(digits: &str) -> Vec<u8> {
        digits.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn every_row_has_its_attribute() {
        for kind in KINDS {
            let set = (kind.set)();
            for row in kind.rows {
                assert!(set.by_name(row.attr).is_some(), "{}: {} is not in the table", kind.name, row.attr);
            }
            kind.order.iter().for_each(|(name, _)| assert!(set.by_name(name).is_some(), "{}: {name}", kind.name));
        }
    }

    /// No two rows of a kind take the same word, however short.
    #[test]
    fn every_word_has_one_row() {
        for kind in KINDS {
            let patterns = || kind.rows.iter().flat_map(|row| row.words.split(' ')).filter(|words| !words.is_empty());
            for pattern in patterns() {
                let (least, whole) = (pattern.split('[').next().unwrap().len(), pattern.replace(['[', ']'], ""));
                for len in least..=whole.len() {
                    let takers = kind.rows.iter().filter(|row| row.takes(&whole[..len]).is_some()).count();
                    assert_eq!(takers, 1, "{}: {}", kind.name, &whole[..len]);
                }
            }
        }
    }

    /// What can be said is in the help; other words for the same need not be.
    #[test]
    fn every_option_is_in_the_help() {
        let unsaid = ["nodst", "nopromisc", "encap-udp6-csum", "isatap"];
        for kind in KINDS.iter().filter(|kind| kind.parse.is_none()) {
            for row in kind.rows.iter().filter(|row| !row.words.is_empty()) {
                let name = row.name();
                let bare = name.trim_start_matches(['i', 'o']);
                let said = kind.help.contains(&name) || kind.help.contains(&format!("[i|o]{bare}"));
                assert!(said || unsaid.contains(&name.as_str()), "{}: {name}", kind.name);
            }
        }
    }

    #[test]
    fn words_can_be_short() {
        let row = num("f[orward_delay] fd", "");
        let takes = |word| row.takes(word);
        assert_eq!((takes("f"), takes("forw"), takes("forward_delay"), takes("fd")), (Some(0), Some(0), Some(0), Some(1)));
        assert_eq!((takes(""), takes("forward_delays"), takes("fo_")), (None, None, None));
        assert_eq!(row.name(), "forward_delay");
    }
}
