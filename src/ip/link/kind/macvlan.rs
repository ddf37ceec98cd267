//! `macvlan` and `macvtap`: links with their own MAC address on top of another (`IFLA_MACVLAN_*` of linux/if_link.h).

use bytes::BytesMut;
use nlmsg::AttrSet;
use nlmsg::frame::RawAttrs;
use nlmsg::payload::{Hw, Payload};
use nlmsg::route::link::kind::IflaMacvlan;
use nlmsg::route::link::kind::macvlan::*;

use super::{Kind, PLAIN, Plain, Row, Settings, Show, Take, Told, View, row, shown, taken};
use crate::ip::{Ip, link};
use crate::words::{Stop, Words, number};

pub(super) const MACVLAN: Kind = Kind {
    name: "macvlan",
    set: IflaMacvlan::set,
    unknown: "{kind}: unknown option \"{}\"?\n",
    finish: Some(finish),
    shows: |view| view.number("IFLA_MACVLAN_MODE").is_some(),
    rows: &[
        row("m[ode]", "IFLA_MACVLAN_MODE", Take::Own(take_mode), Show::Word(MacvlanMode::TABLE, "unknown")).say(say_mode),
        row("f[lag]", "IFLA_MACVLAN_FLAGS", Take::Own(take_flag), Show::Own(show_flags)).say(say_flags),
        taken("n[opromisc]", "IFLA_MACVLAN_FLAGS", Take::Own(take_flag)),
        taken("nod[st]", "IFLA_MACVLAN_FLAGS", Take::Own(take_flag)),
        row("b[cqueuelen]", "IFLA_MACVLAN_BC_QUEUE_LEN", Take::Own(take_queue), Show::Number),
        shown("usedbcqueuelen", "IFLA_MACVLAN_BC_QUEUE_LEN_USED", Show::Number),
        row("ma[caddr]", "IFLA_MACVLAN_MACADDR_DATA", Take::Own(take_macaddr), Show::Own(show_macaddr)).say(say_addresses),
        shown("macaddr", "IFLA_MACVLAN_MACADDR_MODE", Show::No).say(say_macaddr),
        shown("", "IFLA_MACVLAN_MACADDR", Show::No).say(say_address),
    ],
    help: "\
Usage: ... {} mode MODE [flag MODE_FLAG] MODE_OPTS [bcqueuelen BC_QUEUE_LEN]

MODE: private | vepa | bridge | passthru | source
MODE_FLAG: null | nopromisc | nodst
MODE_OPTS: for mode \"source\":
	macaddr { { add | del } <macaddr> | set [ <macaddr> [ <macaddr>  ... ] ] | flush }
BC_QUEUE_LEN: Length of the rx queue for broadcast/multicast: [0-4294967295]
",
    ..PLAIN
};

pub(super) const MACVTAP: Kind = Kind { name: "macvtap", ..MACVLAN };

/// iproute2's answer to a word that is no value of an option.
fn must_be(words: &Words<'_>, option: &str, what: &str) -> Stop {
    let text = format!("Error: argument of \"{option}\" must be {what}, not \"{}\"", words.last());
    Stop::failure(text).at(words.position() - 1)
}

fn take_mode(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let mode = MacvlanMode::from_word(words.need()?);
    let what = r#""private", "vepa", "bridge", "passthru" or "source""#;
    let mode = mode.ok_or_else(|| must_be(words, "mode", what))?;
    settings.take(row.attr);
    settings.number(row.attr, mode.0.into())
}

/// `flag WORD`, or the word alone.
fn take_flag(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let flag = match row.name().as_str() {
        "flag" => match words.need()? {
            "null" => 0,
            word => {
                let flag = MacvlanFlags::from_word(word);
                flag.ok_or_else(|| must_be(words, "flag", r#""nopromisc", "nodst" or "null""#))?.0
            }
        },
        word => MacvlanFlags::from_word(word).unwrap_or_default().0,
    };
    let flags = settings.get_number(row.attr).unwrap_or(0) | i64::from(flag);
    settings.take(row.attr);
    settings.number(row.attr, flags)
}

fn take_queue(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let len: Option<u32> = number(words.need()?);
    let len = len.ok_or_else(|| must_be(words, "bcqueuelen", "a positive integer [0-4294967295]"))?;
    settings.number(row.attr, len.into())
}

/// `macaddr add|del ADDRESS`, `macaddr set ADDRESS...`, `macaddr flush`: what to do, then with which addresses.
fn take_macaddr(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let Some(mode) = MacvlanMacaddrMode::from_word(words.need()?) else { return Err(settings.kind.usage("")) };
    settings.number("IFLA_MACVLAN_MACADDR_MODE", mode.0.into())?;
    match mode {
        MACVLAN_MACADDR_ADD | MACVLAN_MACADDR_DEL => {
            let mac = link::lladdr(words.need()?)?;
            settings.put("IFLA_MACVLAN_MACADDR", mac)
        }
        MACVLAN_MACADDR_SET => {
            let attr = settings.attr("IFLA_MACVLAN_MACADDR")?;
            let mut list = BytesMut::new();
            // up to what is none, which iproute2 complains of and goes on with
            while let Some(word) = words.peek() {
                let mac = match link::lladdr(word) {
                    Ok(mac) if mac.len() == 6 => mac,
                    Ok(_) => break,
                    Err(stop) => {
                        ip.complain(&stop.to_string());
                        break;
                    }
                };
                words.next();
                Hw(&mac).put(attr.number, &mut list).map_err(|error| Stop::failure(format!("Error: {error}")))?;
            }
            settings.put(row.attr, list.to_vec())
        }
        _ => Ok(()),
    }
}

fn say_mode(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    Some(vec![row.name(), MacvlanMode(told.number()? as u32).word()?.into()])
}

fn say_flags(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let flags = MacvlanFlags(told.number()? as u16);
    if flags == MacvlanFlags(0) {
        return Some(vec![row.name(), "null".into()]);
    }
    let mut left = flags;
    let mut words = Vec::new();
    for name in MacvlanFlags::TABLE.names.iter().filter(|name| flags.contains(MacvlanFlags(name.value as u16))) {
        words.extend([row.name(), name.word.into()]);
        left = left.without(MacvlanFlags(name.value as u16));
    }
    (left == MacvlanFlags(0)).then_some(words)
}

/// What is done; the addresses follow.
fn say_macaddr(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    Some(vec![row.text(), MacvlanMacaddrMode(told.number()? as u32).word()?.into()])
}

fn say_address(told: &Told<'_, '_>, _: &Row) -> Option<Vec<String>> {
    Some(vec![Hw(told.value).to_string()])
}

fn say_addresses(told: &Told<'_, '_>, _: &Row) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut attrs = RawAttrs::new(told.value, 0);
    while let Some(raw) = attrs.try_next() {
        words.push(Hw(raw.ok()?.value()).to_string());
    }
    Some(words)
}

fn finish(_: &mut Ip<'_, '_>, settings: &mut Settings) -> Result<(), Stop> {
    settings.move_last("IFLA_MACVLAN_MODE")?;
    settings.move_last("IFLA_MACVLAN_FLAGS")?;
    let flags = MacvlanFlags(settings.get_number("IFLA_MACVLAN_FLAGS").unwrap_or(0) as u16);
    let passthru = settings.get_number("IFLA_MACVLAN_MODE") == Some(MACVLAN_MODE_PASSTHRU.0.into());
    if flags.contains(MACVLAN_FLAG_NOPROMISC) && !passthru {
        return Err(settings.kind.usage(&format!("{}: nopromisc flag only valid in passthru mode\n", settings.kind.name)));
    }
    Ok(())
}

fn show_flags(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let flags = MacvlanFlags(view.number(row.attr).unwrap_or(0) as u16);
    for name in MacvlanFlags::TABLE.names.iter().filter(|name| flags.contains(MacvlanFlags(name.value as u16))) {
        view.ip.out.flag(name.word, &format!("{} ", name.word));
    }
    Ok(())
}

/// Source addresses, which only mode `source` has.
fn show_macaddr(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if view.number("IFLA_MACVLAN_MODE") != Some(MACVLAN_MODE_SOURCE.0.into()) {
        return Ok(());
    }
    let Some(count) = view.number("IFLA_MACVLAN_MACADDR_COUNT") else { return Ok(()) };
    view.ip.out.put("macaddr_count", "remotes (", Plain(count), ") ");
    let Some(data) = view.get(row.attr) else { return Ok(()) };
    view.ip.out.array("macaddr_data");
    let mut attrs = RawAttrs::new(data, 0);
    while let Some(Ok(raw)) = attrs.try_next() {
        if let Some(mac) = raw.value().get(..6) {
            view.ip.out.put("", "", Hw(mac).to_string().as_str(), " ");
        }
    }
    view.ip.out.end_array();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, view};

    #[test]
    fn an_odd_mode_is_unknown() {
        let data = hex_bytes("080001006300000006000200030000000800070005000000");
        assert_eq!(view("macvlan", &data).0, "mode unknown nopromisc nodst bcqueuelen 5 ");
    }
}
