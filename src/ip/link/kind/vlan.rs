//! `vlan`: one VLAN of another link (`IFLA_VLAN_*` of linux/if_link.h).

use nlmsg::AttrSet;
use nlmsg::frame::{RawAttrs, close, open};
use nlmsg::payload::{Record, View as Struct};
use nlmsg::route::link::kind::vlan::*;

use super::{Kind, PLAIN, Row, Settings, Show, Take, Told, View, num, row};
use crate::ip::Ip;
use crate::words::{Stop, Words, number};

pub(super) const KIND: Kind = Kind {
    name: "vlan",
    set: IflaVlan::set,
    wrong: "{} is invalid",
    finish: Some(|_, settings| settings.move_last("IFLA_VLAN_FLAGS")),
    shows: |view| view.number("IFLA_VLAN_ID").is_some(),
    rows: &[
        row("p[rotocol]", "IFLA_VLAN_PROTOCOL", Take::Own(take_protocol), Show::Own(show_own_protocol)).say(say_protocol),
        num("i[d]", "IFLA_VLAN_ID"),
        row("r[eorder_hdr]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::Own(show_flags)).say(say_flag),
        row("g[vrp]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No).say(say_flag),
        row("m[vrp]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No).say(say_flag),
        row("l[oose_binding]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No).say(say_flag),
        row("b[ridge_binding]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No).say(say_flag),
        row("in[gress-qos-map]", "IFLA_VLAN_INGRESS_QOS", Take::Own(take_map), Show::Own(show_map))
            .key("ingress_qos")
            .say(say_map),
        row("e[gress-qos-map]", "IFLA_VLAN_EGRESS_QOS", Take::Own(take_map), Show::Own(show_map)).key("egress_qos").say(say_map),
    ],
    help: "\
Usage: ... vlan id VLANID
		[ protocol VLANPROTO ]
		[ reorder_hdr { on | off } ]
		[ gvrp { on | off } ]
		[ mvrp { on | off } ]
		[ loose_binding { on | off } ]
		[ bridge_binding { on | off } ]
		[ ingress-qos-map QOS-MAP ]
		[ egress-qos-map QOS-MAP ]

VLANID := 0-4095
VLANPROTO: [ 802.1Q | 802.1ad ]
QOS-MAP := [ QOS-MAP ] QOS-MAPPING
QOS-MAPPING := FROM:TO
",
    ..PLAIN
};

/// Which tag: its name, or the number of its Ethernet protocol.
pub(super) fn take_protocol(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.need()?;
    let named = VlanProtocol::TABLE.names.iter().find(|name| name.word.eq_ignore_ascii_case(word));
    let value = named.map(|name| name.value as u16).or_else(|| number(word));
    let value = value.ok_or_else(|| words.wrong(&settings.kind.wrong.replace("{}", &row.name())))?;
    settings.number(row.attr, value.into())
}

pub(super) fn say_protocol(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let number = told.number()?;
    let word = VlanProtocol(number as u16).word();
    Some(vec![row.name(), word.map_or_else(|| format!("{number:#x}"), String::from)])
}

pub(super) fn show_protocol(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(number) = view.number(row.attr) {
        match VlanProtocol(number as u16).word() {
            Some(word) => view.put(row, word),
            None => view.put(row, format!("[{number}]").as_str()),
        }
    }
    Ok(())
}

/// Kernels before 3.10 have but one protocol, and do not name it.
fn show_own_protocol(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if view.get(row.attr).is_none() {
        view.put(row, "802.1q");
    }
    show_protocol(view, row)
}

/// The switches share an attribute: which are on, and which are meant.
fn take_flag(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let name = row.name();
    let flag = VlanFlags::from_word(&name.to_ascii_uppercase()).unwrap_or_default();
    let mut all = settings.take(row.attr).map_or(IflaVlanFlags::default(), |bytes| IflaVlanFlags::read(&bytes));
    all.mask |= flag.0;
    all.flags = match words.need()? {
        "on" => all.flags | flag,
        "off" => all.flags.without(flag),
        word => {
            let why = format!("Error: argument of \"{name}\" must be \"on\" or \"off\", not \"{word}\"");
            return Err(Stop::failure(why).at(words.position() - 1));
        }
    };
    settings.put(row.attr, all.to_bytes().to_vec())
}

fn say_flag(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let all = Struct::<IflaVlanFlags>::new(told.value).get()?;
    let mask = VlanFlags(all.mask);
    let known = FLAGS.into_iter().fold(VlanFlags(0), |all, flag| all | flag);
    let flag = VlanFlags::from_word(&row.name().to_ascii_uppercase())?;
    let value = if all.flags.contains(flag) { "on" } else { "off" };
    let sayable = mask.without(known) == VlanFlags(0) && all.flags.without(mask) == VlanFlags(0);
    sayable.then(|| if mask.contains(flag) { vec![row.name(), value.into()] } else { Vec::new() })
}

/// The order in which iproute2 shows the switches.
const FLAGS: [VlanFlags; 5] =
    [VLAN_FLAG_REORDER_HDR, VLAN_FLAG_GVRP, VLAN_FLAG_MVRP, VLAN_FLAG_LOOSE_BINDING, VLAN_FLAG_BRIDGE_BINDING];

fn show_flags(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(all) = view.get(row.attr).and_then(|bytes| Struct::<IflaVlanFlags>::new(bytes).get()) else { return Ok(()) };
    let mut left = all.flags;
    let mut words = Vec::new();
    for flag in FLAGS.into_iter().filter(|&flag| all.flags.contains(flag)) {
        left = left.without(flag);
        words.extend(flag.word().map(str::to_string));
    }
    if left.0 != 0 {
        words.push(format!("{:x}", left.0));
    }
    view.ip.out.array("flags");
    view.ip.out.text("<");
    for (i, word) in words.iter().enumerate() {
        view.ip.out.put("", if i == 0 { "" } else { "," }, word, "");
    }
    view.ip.out.text("> ");
    view.ip.out.end_array();
    Ok(())
}

/// Pairs `FROM:TO`, as many as follow.
fn take_map(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let mut map = bytes::BytesMut::new();
    words.need()?;
    words.back();
    while let Some((from, to)) = words.peek().and_then(|word| word.split_once(':')) {
        words.next();
        let (Some(from), Some(to)) = (number(from), number(to)) else {
            let why = format!("Error: argument \"{from}\" is wrong: invalid {}", row.name());
            return Err(Stop::grammar(why).at(words.position() - 1));
        };
        let start = open(&mut map, 1);
        IflaVlanQosMapping { from, to }.write(&mut map);
        close(&mut map, start).map_err(|what| Stop::failure(format!("Error: {what}")))?;
    }
    settings.put(row.attr, map.to_vec())
}

fn say_map(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let mut words = vec![row.name()];
    let mut attrs = RawAttrs::new(told.value, 0);
    while let Some(pair) = attrs.try_next() {
        let pair = Struct::<IflaVlanQosMapping>::new(pair.ok()?.value()).get()?;
        words.push(format!("{}:{}", pair.from, pair.to));
    }
    (words.len() > 1).then_some(words)
}

fn show_map(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(map) = view.get(row.attr) else { return Ok(()) };
    let out = &mut view.ip.out;
    out.array(row.key);
    out.line();
    out.text(&format!("      {} {{ ", row.name()));
    let mut attrs = RawAttrs::new(map, 0);
    while let Some(Ok(pair)) = attrs.try_next() {
        let Some(pair) = Struct::<IflaVlanQosMapping>::new(pair.value()).get() else { continue };
        out.object("");
        out.put("from", "", pair.from, ":");
        out.put("to", "", pair.to, " ");
        out.end_object();
    }
    out.end_array();
    out.text("} ");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, shown, view};

    #[test]
    fn a_vlan_is_shown_as_iproute2_does() {
        let words = "protocol 802.1ad id 5 reorder_hdr on gvrp on mvrp on loose_binding on bridge_binding on \
                     ingress-qos-map 1:2 3:4 egress-qos-map 5:6";
        let (text, json) = shown("vlan", words);
        assert_eq!(
            text,
            "protocol 802.1ad id 5 <REORDER_HDR,GVRP,MVRP,LOOSE_BINDING,BRIDGE_BINDING> \n      \
             ingress-qos-map { 1:2 3:4 } \n      egress-qos-map { 5:6 } "
        );
        assert_eq!(
            json,
            r#"{"protocol":"802.1ad","id":5,"flags":["REORDER_HDR","GVRP","MVRP","LOOSE_BINDING","BRIDGE_BINDING"],"#.to_string()
                + r#""ingress_qos":[{"from":1,"to":2},{"from":3,"to":4}],"egress_qos":[{"from":5,"to":6}]}"#
        );
        assert_eq!(shown("vlan", "id 5").0, "protocol 802.1q id 5 ");
        assert_eq!(shown("vlan", "protocol 0x1234 id 6 gvrp off").0, "protocol [4660] id 6 <> ");
        assert_eq!(view("vlan", &hex_bytes("04000300")).0, "");
    }
}
