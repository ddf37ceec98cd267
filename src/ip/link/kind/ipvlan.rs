//! `ipvlan` and `ipvtap`: links that share the MAC address of the one below (`IFLA_IPVLAN_*` of linux/if_link.h).

use nlmsg::AttrSet;
use nlmsg::route::link::kind::IflaIpvlan;
use nlmsg::route::link::kind::ipvlan::{IpvlanFlags, IpvlanMode};

use super::{Kind, PLAIN, Row, Settings, Show, Take, Told, View, row, taken};
use crate::ip::Ip;
use crate::words::{Stop, Words};

pub(super) const IPVLAN: Kind = Kind {
    name: "ipvlan",
    set: IflaIpvlan::set,
    unknown: "{kind}: unknown option \"{}\"?\n",
    rows: &[
        row("m[ode]", "IFLA_IPVLAN_MODE", Take::Own(take_mode), Show::Own(show_mode)).say(say_mode),
        row("p[rivate]", "IFLA_IPVLAN_FLAGS", Take::First(1), Show::Own(show_flags)),
        taken("v[epa]", "IFLA_IPVLAN_FLAGS", Take::First(2)),
        taken("b[ridge]", "IFLA_IPVLAN_FLAGS", Take::First(0)),
    ],
    finish: Some(finish),
    help: "\
Usage: ... {} [ mode MODE ] [ FLAGS ]

MODE: l3 | l3s | l2
FLAGS: bridge | private | vepa
(first values are the defaults if nothing is specified).
",
    ..PLAIN
};

pub(super) const IPVTAP: Kind = Kind { name: "ipvtap", ..IPVLAN };

fn take_mode(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let mode = IpvlanMode::from_word(words.need()?);
    let why = "Error: argument of \"mode\" must be either \"l2\", \"l3\" or \"l3s\"";
    let mode = mode.ok_or_else(|| Stop::failure(why).at(words.position() - 1))?;
    settings.number(row.attr, mode.0.into())
}

fn say_mode(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    Some(vec![row.name(), IpvlanMode(told.number()? as u16).word()?.into()])
}

/// The flags are said last, and always.
fn finish(_: &mut Ip<'_, '_>, settings: &mut Settings) -> Result<(), Stop> {
    let flags = settings.get_number("IFLA_IPVLAN_FLAGS").unwrap_or(0);
    settings.take("IFLA_IPVLAN_FLAGS");
    settings.number("IFLA_IPVLAN_FLAGS", flags)
}

fn show_mode(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(mode) = view.number(row.attr) {
        let word = IpvlanMode(mode as u16).word().unwrap_or("unknown");
        view.ip.out.put("mode", " mode ", word, " ");
    }
    Ok(())
}

fn show_flags(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(flags) = view.number(row.attr) {
        let flags = IpvlanFlags(flags as u16);
        let word = IpvlanFlags::TABLE.names.iter().find(|name| flags.contains(IpvlanFlags(name.value as u16)));
        let word = word.map_or("bridge", |name| name.word);
        view.ip.out.flag(word, &format!("{word} "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;

    #[test]
    fn the_mode_has_two_blanks_before_it() {
        assert_eq!(shown("ipvlan", "mode l3s private").0, " mode l3s private ");
        assert_eq!(shown("ipvtap", "mode l2 vepa"), (" mode l2 vepa ".into(), r#"{"mode":"l2","vepa":true}"#.into()));
        assert_eq!(shown("ipvlan", "bridge").0, "bridge ");
    }
}
