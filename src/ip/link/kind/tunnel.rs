//! What tunnels have in common: ends, time to live, type of service, and what is put around them.

use super::{Row, Settings, View, address, hex};
use crate::ip::Ip;
use crate::words::{Stop, Words, number};

/// `tos VALUE`, `tos inherit` (1): a name of `/etc/iproute2/rt_dsfield`, or a hexadecimal number.
pub(super) fn take_tos(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.need()?;
    let named = if number::<u32>(word).is_none() { ip.names.dsfield.value(word) } else { None };
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let value = match word {
        "inherit" => Some(1),
        _ => named.or_else(|| u8::from_str_radix(digits, 16).ok().map(u32::from)),
    };
    settings.number(row.attr, value.ok_or_else(|| words.wrong("bad TOS value"))?.into())
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

/// An end of the tunnel, or `any`.
pub(super) fn show_end(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    match view.get(row.attr).map(address) {
        Some(Some(addr)) if !addr.is_unspecified() => view.put(row, addr),
        Some(None) => view.put(row, "unknown"),
        _ => view.put(row, "any"),
    }
    Ok(())
}
