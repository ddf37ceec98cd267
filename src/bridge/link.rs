//! `bridge link`: the ports of bridges and their settings (`IFLA_BRPORT_*` of linux/if_link.h).
//!
//! A row says all there is to say of one setting. The rows stand in the order of the view.

use nlmsg::frame::{NLA_F_NESTED, NlmF};
use nlmsg::payload::Attr;
use nlmsg::route::link::kind::{IflaBrport, bridge::BrState};
use nlmsg::route::link::{Ifla, Ifla::*, LinkAfSpec, ProtInfo};
use nlmsg::route::{
    AF_BRIDGE, AF_UNSPEC, BRIDGE_FLAGS_MASTER, BRIDGE_FLAGS_SELF, BridgeFlags, IfInfoMsg, IflaBridge::*, Link, RTM_DELLINK,
    RTM_GETLINK, RTM_SETLINK,
};
use nlmsg::{AttrSet, Message, Nest, Payload};

use super::{Options, bridge_device, device, failed};
use crate::ip::link::show::{Seen, flags, name};
use crate::ip::{Ip, Request, verb_of};
use crate::output::Shown;
use crate::words::{Stop, Words, atoi, clamped, whole};

#[derive(Clone, Copy)]
enum Verb {
    Set,
    Show,
    Help,
}

const HELP: &str = "\
Usage: bridge link set dev DEV [ cost COST ] [ priority PRIO ] [ state STATE ]
                               [ guard {on | off} ]
                               [ hairpin {on | off} ]
                               [ fastleave {on | off} ]
                               [ root_block {on | off} ]
                               [ learning {on | off} ]
                               [ learning_sync {on | off} ]
                               [ flood {on | off} ]
                               [ mcast_router MULTICAST_ROUTER ]
                               [ mcast_flood {on | off} ]
                               [ bcast_flood {on | off} ]
                               [ mcast_to_unicast {on | off} ]
                               [ neigh_suppress {on | off} ]
                               [ vlan_tunnel {on | off} ]
                               [ isolated {on | off} ]
                               [ locked {on | off} ]
                               [ hwmode {vepa | veb} ]
                               [ backup_port DEVICE ] [ nobackup_port ]
                               [ self ] [ master ]
       bridge link show [dev DEV]";

/// `bridge link ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, _: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("set", Verb::Set),
        ("change", Verb::Set),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("list", Verb::Show),
        ("help", Verb::Help),
    ];
    ip.learn_links()?;
    match verb_of("bridge", "link", &verbs, words, Verb::Show)? {
        Verb::Set => set(ip, words),
        Verb::Show => show(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// How a value is read and shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `on` or `off`, JSON's `true` or `false`.
    OnOff,
    /// A number.
    Number,
    /// A number; 0 is not sent.
    Positive,
    /// A spanning tree state, by name or number.
    State,
    /// The name of a link.
    Device,
}

/// One setting of a port.
struct Row {
    /// Its name, in words, text and JSON.
    word: &'static str,
    form: Form,
    attr: &'static str,
    /// Which place it has in a request.
    place: u8,
    /// Whether it is shown without `-details`.
    plain: bool,
}

const fn row(word: &'static str, form: Form, attr: &'static str, place: u8) -> Row {
    Row { word, form, attr, place, plain: false }
}

const ROWS: &[Row] = &[
    Row { plain: true, ..row("state", Form::State, "IFLA_BRPORT_STATE", 13) },
    Row { plain: true, ..row("priority", Form::Number, "IFLA_BRPORT_PRIORITY", 12) },
    Row { plain: true, ..row("cost", Form::Positive, "IFLA_BRPORT_COST", 11) },
    row("hairpin", Form::OnOff, "IFLA_BRPORT_MODE", 1),
    row("guard", Form::OnOff, "IFLA_BRPORT_GUARD", 0),
    row("root_block", Form::OnOff, "IFLA_BRPORT_PROTECT", 3),
    row("fastleave", Form::OnOff, "IFLA_BRPORT_FAST_LEAVE", 2),
    row("learning", Form::OnOff, "IFLA_BRPORT_LEARNING", 9),
    row("learning_sync", Form::OnOff, "IFLA_BRPORT_LEARNING_SYNC", 10),
    row("flood", Form::OnOff, "IFLA_BRPORT_UNICAST_FLOOD", 4),
    row("mcast_flood", Form::OnOff, "IFLA_BRPORT_MCAST_FLOOD", 6),
    row("bcast_flood", Form::OnOff, "IFLA_BRPORT_BCAST_FLOOD", 7),
    row("mcast_router", Form::Number, "IFLA_BRPORT_MULTICAST_ROUTER", 5),
    row("mcast_to_unicast", Form::OnOff, "IFLA_BRPORT_MCAST_TO_UCAST", 8),
    row("neigh_suppress", Form::OnOff, "IFLA_BRPORT_NEIGH_SUPPRESS", 14),
    row("vlan_tunnel", Form::OnOff, "IFLA_BRPORT_VLAN_TUNNEL", 15),
    row("backup_port", Form::Device, "IFLA_BRPORT_BACKUP_PORT", 18),
    row("isolated", Form::OnOff, "IFLA_BRPORT_ISOLATED", 16),
    row("locked", Form::OnOff, "IFLA_BRPORT_LOCKED", 17),
];

impl Row {
    fn attr(&self) -> Option<&'static Attr> {
        IflaBrport::set().by_name(self.attr)
    }

    /// The value that the next word says; `None` where the original does not send such a one.
    fn take(&self, ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Option<u32>, Stop> {
        if self.form == Form::OnOff {
            return Ok(Some(u32::from(on_off(words, self.word)?)));
        }
        let word = words.need()?;
        let wide = self.attr().is_some_and(|attr| attr.shape.name == "u16");
        let value = match self.form {
            Form::Positive => return Ok(Some(atoi(word) as u32).filter(|&value| value > 0)),
            Form::Device => {
                let index = ip.index(word)?;
                return Ok(Some(index.ok_or_else(|| failed(format!("Error: device {word} does not exist")))?));
            }
            Form::State => state(word).ok_or_else(|| failed("Error: invalid STP port state"))?,
            Form::OnOff | Form::Number if wide => i32::from(atoi(word) as i16),
            Form::OnOff | Form::Number => i32::from(atoi(word) as i8),
        };
        // there, -1 is what was not said
        Ok(u32::try_from(value).ok())
    }

    /// Appends the setting.
    fn put(&self, value: u32, request: &mut Request) -> Result<(), Stop> {
        let Some(attr) = self.attr() else { return Ok(()) };
        match attr.shape.name {
            "u8" => request.bytes(attr.number, &[value as u8]),
            "u16" => request.bytes(attr.number, &(value as u16).to_ne_bytes()),
            _ => request.number(attr.number, value),
        }
    }

    /// The words that say a value: what [`take`](Row::take) reads; `None` if none do.
    fn words(&self, bytes: &[u8], link: &dyn Fn(u32) -> String) -> Option<Vec<String>> {
        let value = number(bytes)?;
        let most = if bytes.len() == 1 { i8::MAX as u32 } else { i16::MAX as u32 };
        let value = match (self.form, value) {
            (Form::OnOff, 0) => "off".to_owned(),
            (Form::OnOff, 1) => "on".to_owned(),
            (Form::Positive, 1..=0x7fff_ffff) => value.to_string(),
            (Form::Device, 0) => return Some(vec!["nobackup_port".to_owned()]),
            (Form::Device, _) => link(value),
            (Form::State, _) if value <= most => BrState(value as u8).word().map_or_else(|| value.to_string(), String::from),
            (Form::Number, _) if value <= most => value.to_string(),
            _ => return None,
        };
        Some(vec![self.word.to_owned(), value])
    }

    /// Shows the setting, if the port has it.
    fn show(&self, ip: &mut Ip<'_, '_>, port: &Nest<'_, IflaBrport<'_>>) -> Result<(), Stop> {
        let number = self.attr().map(|attr| attr.number);
        let value = port.raw().find(|raw| Some(raw.number()) == number).map(|raw| raw.value());
        let Some(value) = value.and_then(self::number) else { return Ok(()) };
        let before = &format!("{} ", self.word);
        match self.form {
            Form::OnOff => ip.out.on_off(self.word, before, value != 0, " "),
            Form::Number | Form::Positive => ip.out.put(self.word, before, value, " "),
            Form::State => show_state(ip, value as u8),
            Form::Device => {
                let name = ip.name(value)?;
                ip.out.put(self.word, before, &name, " ");
            }
        }
        Ok(())
    }
}

/// A number of one, two or four bytes.
fn number(bytes: &[u8]) -> Option<u32> {
    match *bytes {
        [byte] => Some(byte.into()),
        [a, b] => Some(u16::from_ne_bytes([a, b]).into()),
        [a, b, c, d] => Some(u32::from_ne_bytes([a, b, c, d])),
        _ => None,
    }
}

/// The words of `bridge link set` that say a port's settings, `IFLA_PROTINFO`; `None` if there is one that none say.
pub(crate) fn words_of(port: &Nest<'_, IflaBrport<'_>>, link: &dyn Fn(u32) -> String) -> Option<Vec<String>> {
    // the raw walk ends without a word where something is wrong
    if port.iter().any(|attr| attr.is_err()) {
        return None;
    }
    let mut words = Vec::new();
    for raw in port.raw() {
        let attr = IflaBrport::set().get(raw.number())?;
        let row = ROWS.iter().find(|row| row.attr == attr.name).filter(|_| (attr.shape.fits)(raw.value()))?;
        words.extend(row.words(raw.value(), link)?);
    }
    Some(words)
}

/// Takes `on` or `off`.
fn on_off(words: &mut Words<'_>, option: &str) -> Result<bool, Stop> {
    // the original exits with -EINVAL
    words.off_on(option, 256 - libc::EINVAL)
}

/// A spanning tree state, by number or name; whether the number means one is the kernel's to say.
fn state(word: &str) -> Option<i32> {
    let named = || BrState::from_word(word).map(|state| i32::from(state.0));
    whole(word, 10).map(|number| i32::from(clamped(number) as i8)).or_else(named)
}

/// Shows a spanning tree state.
pub(super) fn show_state(ip: &mut Ip<'_, '_>, state: u8) {
    match BrState(state).word() {
        Some(word) => ip.out.put("state", "state ", word, " "),
        None => ip.out.put("state", "state (", state, ") "),
    }
}

fn set(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut said: [Option<u32>; ROWS.len()] = [None; ROWS.len()];
    let (mut dev, mut whom, mut mode) = (None, BridgeFlags(0), None);
    while let Some(word) = words.next() {
        if word == "dev" {
            dev = Some(words.need()?);
        } else if let Some(nth) = ROWS.iter().position(|row| row.word == word) {
            said[nth] = ROWS[nth].take(ip, words)?;
        } else if word == "nobackup_port" {
            ROWS.iter().position(|row| row.form == Form::Device).into_iter().for_each(|nth| said[nth] = Some(0));
        } else if word == "hwmode" {
            // hardware is asked, not the bridge
            whom = BRIDGE_FLAGS_SELF;
            mode = Some(match words.need()? {
                "veb" => 0,
                "vepa" => 1,
                _ => return Err(failed("Mode argument must be \"vepa\" or \"veb\".").at(words.position() - 1)),
            });
        } else if word == "self" {
            whom |= BRIDGE_FLAGS_SELF;
        } else if word == "master" {
            whom |= BRIDGE_FLAGS_MASTER;
        } else {
            return Err(Stop::help(HELP).at(words.position() - 1));
        }
    }
    let dev = dev.ok_or_else(|| failed("Device is a required argument."))?;
    let index = bridge_device(ip, dev)?;
    let mut request = Request::new(&IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: index as i32, ..IfInfoMsg::default() });
    let mut sorted: Vec<_> = ROWS.iter().zip(said).filter_map(|(row, value)| Some((row, value?))).collect();
    crate::sort::sort_by(&mut sorted, |(a, _), (b, _)| a.place.cmp(&b.place));
    let port = request.begin_nested::<Ifla<'_>>("IFLA_PROTINFO");
    for (row, value) in sorted {
        row.put(value, &mut request)?;
    }
    request.end(port)?;
    if whom.0 > 0 {
        let spec = request.begin::<Ifla<'_>>("IFLA_AF_SPEC");
        request.put(IFLA_BRIDGE_FLAGS(whom))?;
        if let Some(mode) = mode {
            request.put(IFLA_BRIDGE_MODE(mode))?;
        }
        request.end(spec)?;
    }
    ip.talk(RTM_SETLINK, NlmF(0), &request)
}

fn show(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut dev = None;
    while let Some(word) = words.next() {
        // other words mean nothing, as in the original
        if word == "dev" {
            words.once("dev", &mut dev)?;
        }
    }
    let only = dev.map(|name| device(ip, name)).transpose()?;
    let request = Request::new(&IfInfoMsg { ifi_family: AF_BRIDGE, ..IfInfoMsg::default() });
    ip.out.array("");
    ip.dump(RTM_GETLINK, &request.body(), |ip, message| show_one(ip, message, only))?;
    ip.out.end_list();
    Ok(())
}

/// Shows a link, of which a message of `AF_BRIDGE` tells the settings as a port.
pub(super) fn show_one(ip: &mut Ip<'_, '_>, message: &Message<'_>, only: Option<u32>) -> Result<(), Stop> {
    let Ok(link) = message.body::<Link<'_>>() else { return Ok(()) };
    let seen = Seen::new(&link);
    if !matches!(link.header.ifi_family, AF_BRIDGE | AF_UNSPEC) || only.is_some_and(|only| only != seen.index as u32) {
        return Ok(());
    }
    ip.out.object("");
    if message.header.nlmsg_type == RTM_DELLINK {
        ip.out.flag("deleted", "Deleted ");
    }
    ip.out.put("ifindex", "", seen.index, ": ");
    let down = name(ip, &seen, ": ")?;
    flags(ip, seen.flags, down);
    if let Some(mtu) = seen.mtu {
        ip.out.put("mtu", "mtu ", mtu, " ");
    }
    if let Some(master) = seen.master {
        let master = ip.name(master)?;
        ip.out.put("master", "master ", &master, " ");
    }
    for attr in link.attrs.iter().map_while(Result::ok) {
        match attr {
            IFLA_PROTINFO(ProtInfo::Bridge(port)) => show_port(ip, &port)?,
            IFLA_AF_SPEC(LinkAfSpec::Bridge(spec)) => {
                let mode = spec.find(|attr| match attr {
                    IFLA_BRIDGE_MODE(mode) => Some(mode),
                    _ => None,
                });
                match mode {
                    None => {}
                    Some(0) => ip.out.put("hwmode", "hwmode ", "VEB", " "),
                    Some(1) => ip.out.put("hwmode", "hwmode ", "VEPA", " "),
                    Some(mode) => ip.out.put("hwmode", "hwmode ", Shown(format_args!("{mode:#x}")), " "),
                }
            }
            _ => {}
        }
    }
    ip.out.text("\n");
    ip.out.end_object();
    ip.out.done();
    Ok(())
}

fn show_port(ip: &mut Ip<'_, '_>, port: &Nest<'_, IflaBrport<'_>>) -> Result<(), Stop> {
    if let Nest::Walk(span) = port
        && Payload::flags(port) & NLA_F_NESTED == 0
    {
        // kernels before 3.8 gave the state alone
        span.as_bytes().first().into_iter().for_each(|&state| show_state(ip, state));
        return Ok(());
    }
    for row in ROWS.iter().filter(|row| row.plain) {
        row.show(ip, port)?;
    }
    if ip.options.details {
        ip.out.line();
        ip.out.text("    ");
        for row in ROWS.iter().filter(|row| !row.plain) {
            row.show(ip, port)?;
        }
    }
    Ok(())
}
