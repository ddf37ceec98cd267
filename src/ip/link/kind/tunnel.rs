//! What tunnels have in common: ends, time to live, type of service, and what is put around them.

use nlmsg::route::link::kind::iptun::TunnelEncap;

use super::{Row, Settings, Told, View, address, hex, octets};
use crate::ip::Ip;
use crate::words::{Stop, Words, number};

/// `tos VALUE`, `tos inherit` (1): a name of `/etc/iproute2/rt_dsfield`, or a hexadecimal number.
pub(super) fn take_tos(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.need()?;
    let value = if word == "inherit" { Some(1) } else { ip.names.tos_value(word) };
    settings.number(row.attr, value.ok_or_else(|| words.wrong("bad TOS value"))?.into())
}

/// `tos` of a number, which is read as a hexadecimal one.
pub(super) fn say_tos(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    Some(vec![row.name(), if told.number()? == 1 { "inherit".into() } else { hex(told.number()?) }])
}

/// The type of service, if it is not 0.
pub(super) fn show_tos(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    match view.number(row.attr).unwrap_or(0) {
        0 => {}
        1 if !view.ip.out.is_json() => view.put(row, "inherit"),
        tos => view.put(row, hex(tos).as_str()),
    }
    Ok(())
}

/// `ttl NUMBER`, `ttl inherit` (0).
pub(super) fn take_ttl(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let ttl = match words.need()? {
        "inherit" => 0,
        word => number::<u8>(word).ok_or_else(|| words.wrong("invalid TTL\n"))?,
    };
    settings.number(row.attr, ttl.into())
}

/// The time to live.
pub(super) fn show_ttl(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    match view.number(row.attr).unwrap_or(0) {
        0 if !view.ip.out.is_json() => view.put(row, "inherit"),
        ttl => view.put(row, ttl),
    }
    Ok(())
}

/// An IPv4 end of the tunnel; `any` takes it away.
pub(super) fn take_end(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let addr = words.address(libc::AF_INET as u8)?;
    settings.take(row.attr);
    if addr.is_unspecified() { Ok(()) } else { settings.put(row.attr, octets(addr)) }
}

/// An end of the tunnel, or `any`.
pub(super) fn show_end(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    match view.get(row.attr).map(address) {
        Some(Some(addr)) if !addr.is_unspecified() => view.put(row, addr),
        Some(None) => view.put(row, "unknown"),
        _ => view.put(row, "any"),
    }
    Ok(())
}

/// `encap fou|gue|none`, `noencap`.
pub(super) fn take_encap(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = if words.last() == "noencap" { "none" } else { words.need()? };
    let encap = TunnelEncap::from_word(word).ok_or_else(|| words.wrong("Invalid encap type."))?;
    settings.number(row.attr, encap.0.into())
}

/// `encap-sport PORT`, `encap-sport auto` (0).
pub(super) fn take_sport(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let port = match words.need()? {
        "auto" => 0,
        word => number::<u16>(word).ok_or_else(|| words.wrong("Invalid source port."))?,
    };
    settings.number(row.attr, port.into())
}

/// The words and bits of `TUNNEL_ENCAP_FLAG_*`, which only the kernel's own headers name.
const ENCAP_FLAGS: [(&str, &str, i64); 3] = [("csum", "csum", 1), ("csum6", "udp6-csum", 2), ("remcsum", "remcsum", 4)];

/// `encap-csum`, `noencap-csum` and so on: a bit each.
pub(super) fn take_encap_flag(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.last();
    let name = word.trim_start_matches("no").trim_start_matches("encap-");
    let bit = ENCAP_FLAGS.iter().find(|flag| flag.1 == name).map_or(0, |flag| flag.2);
    let flags = settings.get_number(row.attr).unwrap_or(0);
    settings.number(row.attr, if word.starts_with("no") { flags & !bit } else { flags | bit })
}

/// The bits that are set.
pub(super) fn say_encap_flags(told: &Told<'_, '_>, _: &Row) -> Option<Vec<String>> {
    let flags = told.number()?;
    let words = ENCAP_FLAGS.iter().filter(|flag| flags & flag.2 != 0).map(|flag| format!("encap-{}", flag.1));
    (flags & !ENCAP_FLAGS.iter().fold(0, |all, flag| all | flag.2) == 0).then(|| words.collect())
}

/// `encap` and what is put around the tunnel.
pub(super) fn say_encap(told: &Told<'_, '_>, _: &Row) -> Option<Vec<String>> {
    Some(vec!["encap".into(), TunnelEncap(told.number()? as u16).word()?.into()])
}

/// What is put around the tunnel, if anything is.
pub(super) fn show_encap(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(encap) = view.number(row.attr).filter(|&encap| encap != 0) else { return Ok(()) };
    let part = |part: &str| view.number(&row.attr.replace("TYPE", part)).unwrap_or(0);
    let (flags, sport, dport) = (part("FLAGS"), part("SPORT"), part("DPORT"));
    let out = &mut view.ip.out;
    out.object("encap");
    out.text("encap ");
    match TunnelEncap(encap as u16).word() {
        Some(word) => out.put("type", "", word, " "),
        None => out.null("type", "unknown "),
    }
    match sport {
        0 if !out.is_json() => out.text("encap-sport auto "),
        sport => out.put("sport", "encap-sport ", sport, " "),
    }
    out.put("dport", "encap-dport ", dport, " ");
    for (name, _, bit) in ENCAP_FLAGS {
        out.json(name, flags & bit != 0);
        out.text(&format!("{}encap-{name} ", if flags & bit == 0 { "no" } else { "" }));
    }
    out.end_object();
    Ok(())
}
