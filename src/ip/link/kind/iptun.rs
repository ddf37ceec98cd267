//! `ipip` and `sit`: IPv4, IPv6 or MPLS in IPv4 (`IFLA_IPTUN_*` of linux/if_tunnel.h).

use nlmsg::AttrSet;
use nlmsg::route::link::kind::IflaIptun;

use super::tunnel::*;
use super::{Kind, PLAIN, Row, Settings, Show, Take, Told, View, address, num, octets, row, taken};
use crate::ip::Ip;
use crate::words::{Stop, Words};

/// The help of both kinds, which differ in their modes.
macro_rules! help {
    ($modes:literal) => {
        concat!(
            "\
Usage: ... {}	[ remote ADDR ]
			[ local ADDR ]
			[ ttl TTL ]
			[ tos TOS ]
			[ [no]pmtudisc ]
			[ 6rd-prefix ADDR ]
			[ 6rd-relay_prefix ADDR ]
			[ 6rd-reset ]
			[ dev PHYS_DEV ]
			[ fwmark MARK ]
			[ external ]
			[ noencap ]
			[ encap { fou | gue | none } ]
			[ encap-sport PORT ]
			[ encap-dport PORT ]
			[ [no]encap-csum ]
			[ [no]encap-csum6 ]
			[ [no]encap-remcsum ]
			[ mode ",
            $modes,
            " ]

Where:	ADDR := { IP_ADDRESS | any }
	TOS  := { NUMBER | inherit }
	TTL  := { 1..255 | inherit }
	MARK := { 0x0..0xffffffff }
"
        )
    };
}

pub(super) const SIT: Kind = Kind {
    name: "sit",
    set: IflaIptun::set,
    unknown: "",
    finish: Some(finish),
    order: &[
        ("IFLA_IPTUN_PROTO", Some(0)),
        ("IFLA_IPTUN_COLLECT_METADATA", None),
        ("IFLA_IPTUN_LOCAL", None),
        ("IFLA_IPTUN_REMOTE", None),
        ("IFLA_IPTUN_PMTUDISC", Some(1)),
        ("IFLA_IPTUN_TOS", Some(0)),
        ("IFLA_IPTUN_TTL", Some(0)),
        ("IFLA_IPTUN_LINK", Some(0)),
        ("IFLA_IPTUN_FWMARK", Some(0)),
        ("IFLA_IPTUN_ENCAP_TYPE", Some(0)),
        ("IFLA_IPTUN_ENCAP_FLAGS", Some(0)),
        ("IFLA_IPTUN_ENCAP_SPORT", Some(0)),
        ("IFLA_IPTUN_ENCAP_DPORT", Some(0)),
        ("IFLA_IPTUN_FLAGS", None),
        ("IFLA_IPTUN_6RD_PREFIX", None),
        ("IFLA_IPTUN_6RD_PREFIXLEN", None),
        ("IFLA_IPTUN_6RD_RELAY_PREFIX", None),
        ("IFLA_IPTUN_6RD_RELAY_PREFIXLEN", None),
    ],
    rows: &[
        row("external", "IFLA_IPTUN_COLLECT_METADATA", Take::Flag, Show::Present),
        row("mode", "IFLA_IPTUN_PROTO", Take::Own(take_mode), Show::Own(show_mode)).say(say_mode),
        row("remote", "IFLA_IPTUN_REMOTE", Take::Own(take_end), Show::Own(show_end)),
        row("local", "IFLA_IPTUN_LOCAL", Take::Own(take_end), Show::Own(show_end)),
        row("d[ev]", "IFLA_IPTUN_LINK", Take::Device(255), Show::Device).key("link"),
        row("ttl hoplimit hlim", "IFLA_IPTUN_TTL", Take::Own(take_ttl), Show::Own(show_ttl)),
        row("tos tclass ds[field]", "IFLA_IPTUN_TOS", Take::Own(take_tos), Show::Own(show_tos)).say(say_tos),
        row("pmtudisc nopmtudisc", "IFLA_IPTUN_PMTUDISC", Take::Pair, Show::Own(show_pmtudisc)),
        row("isatap", "IFLA_IPTUN_FLAGS", Take::Own(take_isatap), Show::Own(show_isatap)).say(say_isatap),
        row("6rd-prefix", "IFLA_IPTUN_6RD_PREFIX", Take::Own(take_6rd), Show::Own(show_6rd)).key("prefix").say(say_6rd),
        row("6rd-relay_prefix", "IFLA_IPTUN_6RD_RELAY_PREFIX", Take::Own(take_6rd), Show::Own(show_6rd))
            .key("relay_prefix")
            .say(say_6rd),
        taken("6rd-reset", "IFLA_IPTUN_6RD_PREFIX", Take::Own(reset_6rd)),
        row("fwmark", "IFLA_IPTUN_FWMARK", Take::Number, Show::HexNotZero).wrong("invalid {}\n"),
        row("encap noencap", "IFLA_IPTUN_ENCAP_TYPE", Take::Own(take_encap), Show::Own(show_encap)).say(say_encap),
        taken("encap-sport", "IFLA_IPTUN_ENCAP_SPORT", Take::Own(take_sport)),
        Row { show: Show::No, ..num("encap-dport", "IFLA_IPTUN_ENCAP_DPORT").wrong("Invalid destination port.") },
        taken("encap-csum noencap-csum", "IFLA_IPTUN_ENCAP_FLAGS", Take::Own(take_encap_flag)).say(say_encap_flags),
        taken("encap-udp6-csum noencap-udp6-csum", "IFLA_IPTUN_ENCAP_FLAGS", Take::Own(take_encap_flag)),
        taken("encap-remcsum noencap-remcsum", "IFLA_IPTUN_ENCAP_FLAGS", Take::Own(take_encap_flag)),
    ],
    width: 6,
    help: help!("{ ip6ip | ipip | mplsip | any } ]\n\t\t\t[ isatap"),
    ..PLAIN
};

pub(super) const IPIP: Kind = Kind { name: "ipip", help: help!("{ ipip | mplsip | any }"), ..SIT };

/// What is inside: the words for it, the first of which is shown, and its `IPPROTO_*`.
const MODES: [(&[&str], i64); 4] = [
    (&["ip6ip", "ipv6/ipv4"], 41),
    (&["ipip", "ipv4/ipv4", "ip4ip4"], 4),
    (&["mplsip", "mpls/ipv4"], 137),
    (&["any", "any/ipv4"], 0),
];

/// `SIT_ISATAP` (linux/if_tunnel.h), in the host's order.
const SIT_ISATAP: u16 = 1;

fn take_mode(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let word = words.need()?;
    let modes = if settings.kind.name == "sit" { &MODES[..] } else { &MODES[1..] };
    let mode = modes.iter().find(|(names, _)| names.contains(&word));
    settings.number(row.attr, mode.ok_or_else(|| words.wrong("Cannot guess tunnel mode."))?.1)
}

fn show_mode(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let mode = view.number(row.attr).and_then(|proto| MODES.iter().find(|mode| mode.1 == proto));
    if let Some((names, _)) = mode {
        view.ip.out.put("proto", "", names[0], " ");
    }
    Ok(())
}

fn say_mode(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let modes = if told.kind() == "sit" { &MODES[..] } else { &MODES[1..] };
    let mode = modes.iter().find(|mode| Some(mode.1) == told.number())?;
    Some(vec![row.name(), mode.0[0].into()])
}

/// No word of the kernel is a no.
fn show_pmtudisc(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let on = view.number(row.attr).unwrap_or(0) != 0;
    view.ip.out.json("pmtudisc", on);
    view.ip.out.text(if on { "pmtudisc " } else { "nopmtudisc " });
    Ok(())
}

fn take_isatap(_: &mut Ip<'_, '_>, _: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    if settings.kind.name != "sit" {
        return Err(settings.kind.usage(""));
    }
    settings.put(row.attr, SIT_ISATAP.to_ne_bytes().to_vec())
}

fn say_isatap(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    match u16::from_ne_bytes(told.value.try_into().ok()?) {
        0 => Some(Vec::new()),
        SIT_ISATAP => Some(vec![row.name()]),
        _ => None,
    }
}

fn show_isatap(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let flags = view.get(row.attr).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    if flags.is_some_and(|flags| flags & SIT_ISATAP != 0) {
        view.flag(row);
    }
    Ok(())
}

/// A prefix, in two attributes.
fn take_6rd(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let family = if row.attr.contains("RELAY") { libc::AF_INET } else { libc::AF_INET6 };
    let prefix = words.prefix(family as u8)?;
    settings.put(row.attr, octets(prefix.addr))?;
    settings.number(&format!("{}LEN", row.attr), prefix.len.into())
}

fn say_6rd(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let len = told.get_number(&format!("{}LEN", row.attr))?;
    Some(vec![row.name(), format!("{}/{len}", address(told.value)?)])
}

/// Back to 6to4.
fn reset_6rd(_: &mut Ip<'_, '_>, _: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    settings.take("IFLA_IPTUN_6RD_RELAY_PREFIX");
    settings.take("IFLA_IPTUN_6RD_RELAY_PREFIXLEN");
    settings.put(row.attr, [[0x20, 0x02].as_slice(), &[0; 14]].concat())?;
    settings.number("IFLA_IPTUN_6RD_PREFIXLEN", 16)
}

fn show_6rd(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let len = |view: &View<'_, '_, '_>, attr: &str| view.number(&format!("{attr}LEN")).filter(|&len| len != 0);
    let prefix = view.get(row.attr).and_then(address).zip(len(view, row.attr));
    // a relay goes without saying where there is no prefix, or where it is all of IPv4
    let shows = len(view, "IFLA_IPTUN_6RD_PREFIX").is_some();
    if let Some((addr, len)) = prefix.filter(|(addr, _)| shows && (addr.is_ipv6() || !addr.is_unspecified())) {
        view.ip.out.put(row.key, &format!("{} ", row.name()), addr, "/");
        view.ip.out.put(&format!("{}len", row.key), "", len, " ");
    }
    Ok(())
}

fn finish(_: &mut Ip<'_, '_>, settings: &mut Settings) -> Result<(), Stop> {
    let set = |name, default| settings.get_number(name).unwrap_or(default);
    if set("IFLA_IPTUN_TTL", 0) != 0 && set("IFLA_IPTUN_PMTUDISC", 1) == 0 {
        return Err(Stop::grammar("ttl != 0 and nopmtudisc are incompatible"));
    }
    if settings.kind.name != "sit" {
        for name in ["FLAGS", "6RD_PREFIX", "6RD_PREFIXLEN", "6RD_RELAY_PREFIX", "6RD_RELAY_PREFIXLEN"] {
            settings.take(&format!("IFLA_IPTUN_{name}"));
        }
    } else if !settings.has("IFLA_IPTUN_FLAGS") {
        settings.put("IFLA_IPTUN_FLAGS", vec![0; 2])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;

    #[test]
    fn tunnels_are_shown_as_iproute2_does() {
        let shown = |kind, words| shown(kind, words).0;
        assert_eq!(
            shown("ipip", "remote 10.0.0.2 local 10.0.0.1 ttl 64 tos 10 mode any fwmark 5"),
            "any remote 10.0.0.2 local 10.0.0.1 ttl 64 tos 0x10 pmtudisc fwmark 0x5 "
        );
        assert_eq!(shown("ipip", "nopmtudisc mode ipip"), "ipip remote any local any ttl inherit nopmtudisc ");
        assert_eq!(
            shown("sit", "mode ip6ip isatap 6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.0.0.0/8"),
            "ip6ip remote any local any ttl inherit pmtudisc isatap 6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.0.0.0/8 "
        );
        assert_eq!(shown("sit", "external"), "external any remote any local any ttl inherit nopmtudisc ");
    }

    /// iproute2 6.1 dies of the word, so there is nothing to compare it with.
    #[test]
    fn a_prefix_can_be_reset() {
        let words = "6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.0.0.0/8 6rd-reset";
        assert_eq!(shown("sit", words).0, "any remote any local any ttl inherit pmtudisc 6rd-prefix 2002::/16 ");
    }
}
