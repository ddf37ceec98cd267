//! `vxlan`: Ethernet in UDP (`IFLA_VXLAN_*` of linux/if_link.h).

use std::net::IpAddr;

use nlmsg::AttrSet;
use nlmsg::route::link::kind::IflaVxlan;
use nlmsg::route::link::kind::vxlan::VxlanDf;

use super::{Kind, PLAIN, Row, Settings, Show, Take, Told, View, address, hex, num, octets, row, shown, taken, tunnel};
use crate::ip::Ip;
use crate::words::{Stop, Words, is_any, number};

pub(super) const KIND: Kind = Kind {
    name: "vxlan",
    set: IflaVxlan::set,
    once: true,
    finish: Some(finish),
    rows: &[
        row("e[xternal] noe[xternal]", "IFLA_VXLAN_COLLECT_METADATA", Take::Pair, Show::Flag),
        row("vnifilter novnifilter", "IFLA_VXLAN_VNIFILTER", Take::Pair, Show::Own(vnifilter)),
        row("i[d] v[ni]", "IFLA_VXLAN_ID", Take::UpTo((1 << 24) - 1), Show::Number),
        row("g[roup]", "IFLA_VXLAN_GROUP", Take::Own(take_end), Show::Own(show_end)),
        taken("r[emote]", "IFLA_VXLAN_GROUP", Take::Own(take_end)),
        row("l[ocal]", "IFLA_VXLAN_LOCAL", Take::Own(take_end), Show::Own(show_end)),
        row("d[ev]", "IFLA_VXLAN_LINK", Take::Device(255), Show::Device).key("link"),
        row("s[rcport] p[ort]", "IFLA_VXLAN_PORT_RANGE", Take::Own(take_range), Show::Own(show_range)).say(say_range),
        num("dst[port]", "IFLA_VXLAN_PORT").key("port").wrong("dst port"),
        row("le[arning] n[olearning]", "IFLA_VXLAN_LEARNING", Take::Pair, Show::Own(show_learning)),
        row("pr[oxy] nop[roxy]", "IFLA_VXLAN_PROXY", Take::Pair, Show::Flag),
        row("rs[c] nor[sc]", "IFLA_VXLAN_RSC", Take::Pair, Show::Flag),
        row("l2[miss] nol2[miss]", "IFLA_VXLAN_L2MISS", Take::Pair, Show::Flag),
        row("l3[miss] nol3[miss]", "IFLA_VXLAN_L3MISS", Take::Pair, Show::Flag),
        row("to[s] ds[field]", "IFLA_VXLAN_TOS", Take::Own(take_tos), Show::Own(tunnel::show_tos)).say(tunnel::say_tos),
        shown("ttl", "IFLA_VXLAN_TTL_INHERIT", Show::No).say(|_, _| Some(vec!["ttl".into(), "inherit".into()])),
        row("t[tl] h[oplimit]", "IFLA_VXLAN_TTL", Take::Own(take_ttl), Show::Own(show_ttl)),
        row("df", "IFLA_VXLAN_DF", Take::Word(VxlanDf::TABLE), Show::Own(show_df))
            .wrong("DF must be 'unset', 'set' or 'inherit'"),
        row("f[lowlabel] la[bel]", "IFLA_VXLAN_LABEL", Take::UpTo((1 << 20) - 1), Show::Own(show_label)),
        row("a[geing]", "IFLA_VXLAN_AGEING", Take::Own(take_or_none), Show::Own(show_ageing)).wrong("ageing timer"),
        row("m[axaddress]", "IFLA_VXLAN_LIMIT", Take::Own(take_or_none), Show::NotZero)
            .key("limit")
            .label("maxaddr")
            .wrong("max addresses"),
        row("u[dpcsum] nou[dpcsum]", "IFLA_VXLAN_UDP_CSUM", Take::Pair, Show::NoFlag).key("udp_csum"),
        row("udp6[zerocsumtx] noudp6[zerocsumtx]", "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", Take::Pair, Show::NoFlag)
            .key("udp_zero_csum6_tx"),
        row("udp6zerocsumr[x] noudp6zerocsumr[x]", "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", Take::Pair, Show::NoFlag)
            .key("udp_zero_csum6_rx"),
        row("remc[sumtx] nore[mcsumtx]", "IFLA_VXLAN_REMCSUM_TX", Take::Pair, Show::Flag).key("remcsum_tx"),
        row("remcsumr[x] noremcsumr[x]", "IFLA_VXLAN_REMCSUM_RX", Take::Pair, Show::Flag).key("remcsum_rx"),
        row("gb[p]", "IFLA_VXLAN_GBP", Take::Flag, Show::Present),
        row("gp[e]", "IFLA_VXLAN_GPE", Take::Flag, Show::Present),
    ],
    help: "\
Usage: ... vxlan id VNI
		[ { group | remote } IP_ADDRESS ]
		[ local ADDR ]
		[ ttl TTL ]
		[ tos TOS ]
		[ df DF ]
		[ flowlabel LABEL ]
		[ dev PHYS_DEV ]
		[ dstport PORT ]
		[ srcport MIN MAX ]
		[ [no]learning ]
		[ [no]proxy ]
		[ [no]rsc ]
		[ [no]l2miss ]
		[ [no]l3miss ]
		[ ageing SECONDS ]
		[ maxaddress NUMBER ]
		[ [no]udpcsum ]
		[ [no]udp6zerocsumtx ]
		[ [no]udp6zerocsumrx ]
		[ [no]remcsumtx ] [ [no]remcsumrx ]
		[ [no]external ] [ gbp ] [ gpe ]
		[ [no]vnifilter ]

Where:	VNI	:= 0-16777215
	ADDR	:= { IP_ADDRESS | any }
	TOS	:= { NUMBER | inherit }
	TTL	:= { 1..255 | auto | inherit }
	DF	:= { unset | set | inherit }
	LABEL := 0-1048575
",
    ..PLAIN
};

/// The port that IANA has given to the generic protocol extension.
const GPE_PORT: i64 = 4790;

/// What an option says that may be given once, whatever attribute it becomes.
fn once(words: &Words<'_>, row: &Row, settings: &Settings, attrs: &[&str]) -> Result<(), Stop> {
    if attrs.iter().any(|attr| settings.has(attr)) { Err(words.twice_or_garbage(&row.name())) } else { Ok(()) }
}

/// `group`, `remote`, `local`: both ends are of one family, which picks the attribute.
fn take_end(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let (own, other) = match row.attr {
        "IFLA_VXLAN_LOCAL" => (["IFLA_VXLAN_LOCAL", "IFLA_VXLAN_LOCAL6"], ["IFLA_VXLAN_GROUP", "IFLA_VXLAN_GROUP6"]),
        _ => (["IFLA_VXLAN_GROUP", "IFLA_VXLAN_GROUP6"], ["IFLA_VXLAN_LOCAL", "IFLA_VXLAN_LOCAL6"]),
    };
    let name = row.name();
    let end = |attrs: [&str; 2]| attrs.iter().find_map(|attr| address(settings.get(attr)?));
    if name != "local" && end(own).is_some_and(|addr| addr.is_multicast() != (name == "group")) {
        return Err(Stop::failure("vxlan: both group and remote cannot be specified").at(words.position() - 1));
    }
    let family = end(other).map_or(0, |addr| crate::words::family(&addr));
    let word = words.need()?;
    once(words, row, settings, &own)?;
    words.back();
    let addr = words.address(family)?;
    // `any` says nothing of a family unless the other end does
    let any = is_any(word) && family == 0;
    if any || addr.is_multicast() != (name == "group") {
        return Err(words.wrong(&format!("invalid {name} address")));
    }
    settings.put(own[usize::from(addr.is_ipv6())], octets(addr))
}

fn show_end(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let v6 = format!("{}6", row.attr);
    let Some(addr) = view.get(row.attr).or_else(|| view.get(&v6)).and_then(address) else { return Ok(()) };
    if !addr.is_unspecified() {
        let name = if row.attr == "IFLA_VXLAN_GROUP" && !addr.is_multicast() { "remote" } else { &row.name() };
        let key = if addr.is_ipv6() { format!("{name}6") } else { name.to_string() };
        view.ip.out.put(&key, &format!("{name} "), addr, " ");
    }
    Ok(())
}

/// iproute2 leaves no blank after it.
fn vnifilter(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if view.number(row.attr).is_some_and(|on| on != 0) {
        view.ip.out.flag("vnifilter", "vnifilter");
    }
    Ok(())
}

/// `srcport MIN MAX`; no range at all is not sent.
fn take_range(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    words.need()?;
    once(words, row, settings, &[row.attr])?;
    words.back();
    let (low, high): (u16, u16) = (words.number("min port")?, words.number("max port")?);
    if (low, high) == (0, 0) {
        return Ok(());
    }
    settings.put(row.attr, [low.to_be_bytes(), high.to_be_bytes()].concat())
}

fn say_range(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let &[a, b, c, d] = told.value else { return None };
    let port = |bytes| u16::from_be_bytes(bytes).to_string();
    Some(vec![row.name(), port([a, b]), port([c, d])])
}

fn show_range(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(&[a, b, c, d]) = view.get(row.attr) {
        let out = &mut view.ip.out;
        out.object("port_range");
        out.put("low", "srcport ", u16::from_be_bytes([a, b]), " ");
        out.put("high", "", u16::from_be_bytes([c, d]), " ");
        out.end_object();
    }
    Ok(())
}

fn show_learning(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(on) = view.number(row.attr) {
        view.ip.out.json("learning", on != 0);
        view.ip.out.text(if on == 0 { "nolearning " } else { "" });
    }
    Ok(())
}

fn take_tos(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    words.need()?;
    once(words, row, settings, &[row.attr])?;
    words.back();
    tunnel::take_tos(ip, words, row, settings)
}

/// `ttl NUMBER`, `ttl auto`; `ttl inherit` is an attribute of its own.
fn take_ttl(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.need()?;
    once(words, row, settings, &[row.attr, "IFLA_VXLAN_TTL_INHERIT"])?;
    let ttl = match word {
        "inherit" => return settings.put("IFLA_VXLAN_TTL_INHERIT", Vec::new()),
        "auto" => 0,
        word => number::<u32>(word).ok_or_else(|| words.wrong("invalid TTL"))?,
    };
    if ttl > 255 {
        return Err(words.wrong("TTL must be <= 255"));
    }
    settings.number(row.attr, ttl.into())
}

fn show_ttl(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if view.number("IFLA_VXLAN_TTL_INHERIT").is_some_and(|on| on != 0) {
        view.ip.out.text("ttl inherit ");
        return Ok(());
    }
    match view.number(row.attr) {
        Some(0) if !view.ip.out.is_json() => view.put(row, "auto"),
        Some(ttl) => view.put(row, ttl),
        None => {}
    }
    Ok(())
}

/// `unset` goes without saying in text.
fn show_df(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(df) = view.number(row.attr) else { return Ok(()) };
    match VxlanDf(df as u8).word() {
        Some(word) if df == 0 => view.ip.out.json("df", word),
        Some(word) => view.put(row, word),
        None => {}
    }
    Ok(())
}

fn show_label(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(label) = view.number(row.attr).filter(|&label| label != 0) {
        view.ip.out.put("label", "flowlabel ", hex(label).as_str(), " ");
    }
    Ok(())
}

/// A number, or the word that means that there is no limit.
fn take_or_none(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.need()?;
    once(words, row, settings, &[row.attr])?;
    let none = if row.attr == "IFLA_VXLAN_LIMIT" { "unlimited" } else { "none" };
    let value = if word == none { Some(0) } else { number::<u32>(word) };
    settings.number(row.attr, value.ok_or_else(|| words.wrong(row.wrong))?.into())
}

fn show_ageing(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    match view.number(row.attr) {
        Some(0) if !view.ip.out.is_json() => view.put(row, "none"),
        Some(age) => view.put(row, age),
        None => {}
    }
    Ok(())
}

/// Checks what goes together, and sends the address, the port and learning last.
fn finish(ip: &mut Ip<'_, '_>, settings: &mut Settings) -> Result<(), Stop> {
    let external = settings.get_number("IFLA_VXLAN_COLLECT_METADATA") == Some(1);
    let end = ["IFLA_VXLAN_GROUP", "IFLA_VXLAN_GROUP6"].iter().find_map(|attr| address(settings.get(attr)?));
    let why = if !external && settings.get_number("IFLA_VXLAN_VNIFILTER") == Some(1) {
        "vxlan: vnifilter is valid only when 'external' is set"
    } else if external && settings.has("IFLA_VXLAN_ID") {
        "vxlan: both 'external' and vni cannot be specified"
    } else if !external && !settings.has("IFLA_VXLAN_ID") && settings.creates {
        "vxlan: missing virtual network identifier"
    } else if end.as_ref().is_some_and(IpAddr::is_multicast) && !settings.has("IFLA_VXLAN_LINK") {
        "vxlan: 'group' requires 'dev' to be specified"
    } else {
        ""
    };
    if !why.is_empty() {
        return Err(Stop::failure(why));
    }
    // the later of the two words holds
    let at = |name: &str| settings.list.iter().position(|(attr, _)| attr.name == name);
    let (learning, metadata) = (at("IFLA_VXLAN_LEARNING"), at("IFLA_VXLAN_COLLECT_METADATA").filter(|_| external));
    let learn = if learning < metadata { 0 } else { settings.get_number("IFLA_VXLAN_LEARNING").unwrap_or(1) };
    if settings.creates || learning.is_some() {
        settings.take("IFLA_VXLAN_LEARNING");
        settings.number("IFLA_VXLAN_LEARNING", learn)?;
    }
    let port = match settings.get_number("IFLA_VXLAN_PORT") {
        Some(port) => port,
        None if settings.has("IFLA_VXLAN_GPE") => GPE_PORT,
        None => {
            if settings.creates {
                ip.complain(
                    "vxlan: destination port not specified\n\
                     Will use Linux kernel default (non-standard value)\n\
                     Use 'dstport 4789' to get the IANA assigned value\n\
                     Use 'dstport 0' to get default and quiet this message",
                );
            }
            0
        }
    };
    settings.take("IFLA_VXLAN_PORT");
    for name in ["ID", "LOCAL", "LOCAL6", "GROUP", "GROUP6", "LEARNING"] {
        settings.move_last(&format!("IFLA_VXLAN_{name}"))?;
    }
    if port > 0 { settings.number("IFLA_VXLAN_PORT", port) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, view};

    #[test]
    fn what_this_kernel_never_sends_is_shown_too() {
        let data = hex_bytes(
            "080001000700000005001500010000000500160001000000040018000500190000000000\
             080008000000000005001d000100000008001a000000012305001e0001000000",
        );
        assert_eq!(view("vxlan", &data).0, "vnifilterid 7 df set flowlabel 0x123 ageing none remcsumtx remcsumrx ");
    }
}
