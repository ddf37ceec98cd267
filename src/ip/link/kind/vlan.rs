//! `vlan`: one VLAN of another link (`IFLA_VLAN_*` of linux/if_link.h).

use nlmsg::AttrSet;
use nlmsg::frame::{RawAttrs, close, open};
use nlmsg::payload::{Record, View as Struct};
use nlmsg::route::link::kind::IflaVlan;
use nlmsg::route::link::kind::vlan::{IflaVlanFlags, IflaVlanQosMapping, VlanFlags, VlanProtocol};

use super::{Kind, PLAIN, Row, Settings, Show, Take, View, num, row};
use crate::ip::Ip;
use crate::words::{Stop, Words, number};

pub(super) const KIND: Kind = Kind {
    name: "vlan",
    set: IflaVlan::set,
    wrong: "{} is invalid",
    finish: Some(|_, settings| settings.move_last("IFLA_VLAN_FLAGS")),
    shows: |view| view.number("IFLA_VLAN_ID").is_some(),
    rows: &[
        row("p[rotocol]", "IFLA_VLAN_PROTOCOL", Take::Own(take_protocol), Show::Own(show_protocol)),
        num("i[d]", "IFLA_VLAN_ID"),
        row("r[eorder_hdr]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::Own(show_flags)),
        row("g[vrp]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No),
        row("m[vrp]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No),
        row("l[oose_binding]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No),
        row("b[ridge_binding]", "IFLA_VLAN_FLAGS", Take::Own(take_flag), Show::No),
        row("in[gress-qos-map]", "IFLA_VLAN_INGRESS_QOS", Take::Own(take_map), Show::Own(show_map)).key("ingress_qos"),
        row("e[gress-qos-map]", "IFLA_VLAN_EGRESS_QOS", Take::Own(take_map), Show::Own(show_map)).key("egress_qos"),
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

pub(super) fn show_protocol(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(number) = view.number(row.attr) {
        match VlanProtocol(number as u16).word() {
            Some(word) => view.put(row, word),
            None => view.put(row, format!("[{number}]").as_str()),
        }
    }
    Ok(())
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

fn show_flags(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(all) = view.get(row.attr).and_then(|bytes| Struct::<IflaVlanFlags>::new(bytes).get()) else { return Ok(()) };
    let mut left = all.flags;
    let mut words = Vec::new();
    for name in VlanFlags::TABLE.names {
        let flag = VlanFlags(name.value as u32);
        if left.contains(flag) {
            left = left.without(flag);
            words.push(name.word.to_string());
        }
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
