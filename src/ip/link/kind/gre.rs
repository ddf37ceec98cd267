//! `gre` and `gretap`: generic routing encapsulation over IPv4 (`IFLA_GRE_*` of linux/if_tunnel.h).

use nlmsg::AttrSet;
use nlmsg::route::link::kind::IflaGre;
use nlmsg::route::link::kind::gre::{GRE_CSUM, GRE_KEY, GRE_SEQ, GreFlags};

use super::tunnel::*;
use super::{Kind, PLAIN, Row, Settings, Show, Take, Told, View, address, num, octets, row, taken};
use crate::ip::Ip;
use crate::words::{self, Stop, Words, number};

pub(super) const GRE: Kind = Kind {
    name: "gre",
    set: IflaGre::set,
    unknown: "",
    finish: Some(finish),
    order: &[
        ("IFLA_GRE_COLLECT_METADATA", None),
        ("IFLA_GRE_IKEY", Some(0)),
        ("IFLA_GRE_OKEY", Some(0)),
        ("IFLA_GRE_IFLAGS", Some(0)),
        ("IFLA_GRE_OFLAGS", Some(0)),
        ("IFLA_GRE_LOCAL", None),
        ("IFLA_GRE_REMOTE", None),
        ("IFLA_GRE_PMTUDISC", Some(1)),
        ("IFLA_GRE_IGNORE_DF", None),
        ("IFLA_GRE_TOS", Some(0)),
        ("IFLA_GRE_LINK", None),
        ("IFLA_GRE_TTL", Some(0)),
        ("IFLA_GRE_FWMARK", Some(0)),
        ("IFLA_GRE_ENCAP_TYPE", Some(0)),
        ("IFLA_GRE_ENCAP_FLAGS", Some(0)),
        ("IFLA_GRE_ENCAP_SPORT", Some(0)),
        ("IFLA_GRE_ENCAP_DPORT", Some(0)),
    ],
    rows: &[
        row("external", "IFLA_GRE_COLLECT_METADATA", Take::Flag, Show::Present),
        row("r[emote]", "IFLA_GRE_REMOTE", Take::Own(take_end), Show::Own(show_end)),
        row("l[ocal]", "IFLA_GRE_LOCAL", Take::Own(take_end), Show::Own(show_end)),
        row("d[ev]", "IFLA_GRE_LINK", Take::Device(255), Show::Device).key("link"),
        row("t[tl] h[oplimit] hl[im]", "IFLA_GRE_TTL", Take::Own(take_ttl), Show::Own(show_ttl)),
        row("to[s] tc[lass] ds[field]", "IFLA_GRE_TOS", Take::Own(take_tos), Show::Own(show_tos)).say(say_tos),
        row("p[mtudisc] nop[mtudisc]", "IFLA_GRE_PMTUDISC", Take::Pair, Show::Own(show_pmtudisc)),
        row("ignore-df noignore-df", "IFLA_GRE_IGNORE_DF", Take::Pair, Show::Flag).key("ignore_df"),
        row("i[key] noi[key]", "IFLA_GRE_IFLAGS", Take::Own(take_flag), Show::Own(show_flag)).say(say_flags),
        row("o[key] noo[key]", "IFLA_GRE_OFLAGS", Take::Own(take_flag), Show::Own(show_flag)).say(say_flags),
        taken("k[ey] n[okey]", "IFLA_GRE_IFLAGS", Take::Own(take_flag)),
        row("is[eq] nois[eq]", "IFLA_GRE_IFLAGS", Take::Own(take_flag), Show::Own(show_flag)),
        row("os[eq] noos[eq]", "IFLA_GRE_OFLAGS", Take::Own(take_flag), Show::Own(show_flag)),
        taken("s[eq] nos[eq]", "IFLA_GRE_IFLAGS", Take::Own(take_flag)),
        row("ic[sum] noic[sum]", "IFLA_GRE_IFLAGS", Take::Own(take_flag), Show::Own(show_flag)),
        row("oc[sum] nooc[sum]", "IFLA_GRE_OFLAGS", Take::Own(take_flag), Show::Own(show_flag)),
        taken("c[sum] noc[sum]", "IFLA_GRE_IFLAGS", Take::Own(take_flag)),
        row("fwmark", "IFLA_GRE_FWMARK", Take::Number, Show::HexNotZero).wrong("invalid {}\n"),
        row("encap noencap", "IFLA_GRE_ENCAP_TYPE", Take::Own(take_encap), Show::Own(show_encap)).say(say_encap),
        taken("encap-sport", "IFLA_GRE_ENCAP_SPORT", Take::Own(take_sport)),
        Row { show: Show::No, ..num("encap-dport", "IFLA_GRE_ENCAP_DPORT").wrong("Invalid destination port.") },
        taken("encap-csum noencap-csum", "IFLA_GRE_ENCAP_FLAGS", Take::Own(take_encap_flag)).say(say_encap_flags),
        taken("encap-udp6-csum noencap-udp6-csum", "IFLA_GRE_ENCAP_FLAGS", Take::Own(take_encap_flag)),
        taken("encap-remcsum noencap-remcsum", "IFLA_GRE_ENCAP_FLAGS", Take::Own(take_encap_flag)),
    ],
    width: 9,
    help: "\
Usage: ... {}	[ remote ADDR ]
			[ local ADDR ]
			[ [no][i|o]seq ]
			[ [i|o]key KEY | no[i|o]key ]
			[ [no][i|o]csum ]
			[ ttl TTL ]
			[ tos TOS ]
			[ [no]pmtudisc ]
			[ [no]ignore-df ]
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

Where:	ADDR := { IP_ADDRESS | any }
	TOS  := { NUMBER | inherit }
	TTL  := { 1..255 | inherit }
	KEY  := { DOTTED_QUAD | NUMBER }
	MARK := { 0x0..0xffffffff }
",
    ..PLAIN
};

pub(super) const GRETAP: Kind = Kind { name: "gretap", ..GRE };

/// The directions: flags and key of what is received, and of what is sent.
const WAYS: [(char, &str, &str); 2] = [('i', "IFLA_GRE_IFLAGS", "IFLA_GRE_IKEY"), ('o', "IFLA_GRE_OFLAGS", "IFLA_GRE_OKEY")];

/// `key`, `seq`, `csum`, with `i` or `o` before it for one direction, and `no` before that: a bit, and perhaps a key.
fn take_flag(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let on = row.takes(words.last()) == Some(0);
    let name = row.name();
    let (way, bare) = match name.strip_prefix(['i', 'o']) {
        Some(bare) => (name.chars().next(), bare),
        None => (None, name.as_str()),
    };
    let flag = GreFlags::from_word(bare).unwrap_or_default();
    let key = if flag == GRE_KEY && on { key(words, &name)? } else { vec![0; 4] };
    for (own, flags, key_attr) in WAYS {
        if way.is_some_and(|way| way != own) {
            continue;
        }
        let old = GreFlags(settings.get_number(flags).unwrap_or(0) as u16);
        settings.number(flags, if on { old | flag } else { old.without(flag) }.0.into())?;
        if flag == GRE_KEY {
            settings.put(key_attr, key.clone())?;
        }
    }
    Ok(())
}

/// All flags of a direction, with its key.
fn say_flags(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let (way, _, key) = WAYS.into_iter().find(|(_, flags, _)| *flags == row.attr)?;
    let mut left = GreFlags(told.number()? as u16);
    let mut words = Vec::new();
    for flag in [GRE_KEY, GRE_SEQ, GRE_CSUM] {
        if !left.contains(flag) {
            continue;
        }
        words.push(format!("{way}{}", flag.word()?));
        if flag == GRE_KEY {
            words.push(told.get_number(key)?.to_string());
        }
        left = left.without(flag);
    }
    (left == GreFlags(0)).then_some(words)
}

/// A key: a number, or written as an IPv4 address.
fn key(words: &mut Words<'_>, name: &str) -> Result<Vec<u8>, Stop> {
    let word = words.need()?;
    let stop = |stop: Stop| stop.at(words.position() - 1);
    if word.contains('.') {
        let why = || stop(Stop::failure(format!("Error: an IP address is expected rather than \"{word}\"")));
        return words::address(word, libc::AF_INET as u8).map(octets).ok_or_else(why);
    }
    let why = || stop(Stop::grammar(format!("invalid value for \"{name}\": \"{word}\"; it should be an unsigned integer")));
    number::<u32>(word).map(|key| key.to_be_bytes().to_vec()).ok_or_else(why)
}

fn show_flag(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let flags = GreFlags(view.number(row.attr).unwrap_or(0) as u16);
    let flag = GreFlags::from_word(&row.name()[1..]).unwrap_or_default();
    if !flags.contains(flag) {
        return Ok(());
    }
    let key = WAYS.iter().find(|way| way.1 == row.attr).and_then(|way| view.get(way.2)).and_then(address);
    match key.filter(|_| flag == GRE_KEY) {
        Some(key) => view.put(row, key),
        None if flag == GRE_KEY => {}
        None => view.flag(row),
    }
    Ok(())
}

/// Only its absence is worth a word in text.
fn show_pmtudisc(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(on) = view.number(row.attr) {
        view.ip.out.json("pmtudisc", on != 0);
        view.ip.out.text(if on == 0 { "nopmtudisc " } else { "" });
    }
    Ok(())
}

/// A group at the far end is the key too, unless there is another.
fn finish(_: &mut Ip<'_, '_>, settings: &mut Settings) -> Result<(), Stop> {
    let Some(group) = settings.get("IFLA_GRE_REMOTE").and_then(address).filter(|addr| addr.is_multicast()) else {
        return Ok(());
    };
    for (_, flags, key) in WAYS {
        if settings.get_number(key).unwrap_or(0) == 0 {
            settings.put(key, octets(group))?;
            let old = settings.get_number(flags).unwrap_or(0);
            settings.number(flags, old | i64::from(GRE_KEY.0))?;
        }
    }
    if settings.has("IFLA_GRE_LOCAL") {
        return Ok(());
    }
    Err(Stop::failure("A broadcast tunnel requires a source address."))
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;

    #[test]
    fn tunnels_are_shown_as_iproute2_does() {
        let shown = |words| shown("gre", words).0;
        assert_eq!(
            shown("remote 10.0.0.2 local 10.0.0.1 ttl 64 tos 0x10 key 7 csum seq"),
            "remote 10.0.0.2 local 10.0.0.1 ttl 64 tos 0x10 ikey 0.0.0.7 okey 0.0.0.7 iseq oseq icsum ocsum "
        );
        assert_eq!(
            shown(
                "ikey 1 okey 1.2.3.4 iseq icsum nopmtudisc ignore-df fwmark 0x55 tos inherit encap fou encap-sport 5 \
                 encap-dport 6 encap-csum"
            ),
            "remote any local any ttl inherit tos inherit nopmtudisc ignore-df ikey 0.0.0.1 okey 1.2.3.4 iseq icsum \
             fwmark 0x55 encap fou encap-sport 5 encap-dport 6 encap-csum noencap-csum6 noencap-remcsum "
        );
        assert_eq!(
            shown("encap gue"),
            "remote any local any ttl inherit encap gue encap-sport auto encap-dport 0 noencap-csum noencap-csum6 \
             noencap-remcsum "
        );
        assert_eq!(shown("external"), "external remote any local any ttl inherit ");
    }
}
