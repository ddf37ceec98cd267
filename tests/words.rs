//! What must hold for any words and any values, where inputs are made from a grammar instead of a fuzzer's bytes.
#![cfg(all(feature = "fuzz", feature = "cli"))]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use barelink::output::{Output, Style, Value};
use barelink::words::{self, Words};
use proptest::prelude::*;

fn text(value: impl Value) -> String {
    let mut out = Vec::new();
    value.text(&mut out);
    String::from_utf8(out).expect("text is UTF-8")
}

/// A string as JSON, in an array.
fn json(value: &str) -> String {
    let mut sink = Vec::new();
    let mut out = Output::new(&mut sink, Style { json: true, ..Style::default() });
    out.array("");
    out.put("", "", value, "");
    out.end_array();
    out.finish().expect("memory takes all");
    String::from_utf8(sink).expect("JSON is UTF-8")
}

/// Names as people give them.
fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9.-]{0,14}"
}

fn any_ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits)))
    ]
}

/// Commands whose words are right, with values that may be wrong.
fn command() -> impl Strategy<Value = String> {
    let number =
        prop_oneof![any::<i64>().prop_map(|n| n.to_string()), any::<u16>().prop_map(|n| format!("{n:#x}")), "[0-9a-z]{1,4}"];
    let verb = prop::sample::select(vec![
        "add", "del", "change", "replace", "append", "show", "get", "flush", "set", "list", "a", "d", "s",
    ]);
    let device = prop_oneof![Just("eth0".to_owned()), Just("lo".to_owned()), name()];
    let value = prop_oneof![
        number.clone(),
        name(),
        any_ip().prop_map(|ip| ip.to_string()),
        (any_ip(), 0u8..140).prop_map(|(ip, len)| format!("{ip}/{len}")),
        Just("on".to_owned()),
        Just("default".to_owned()),
        Just("02:00:00:00:00:01".to_owned()),
    ];
    let option = prop::sample::select(vec![
        "dev",
        "via",
        "type",
        "mtu",
        "master",
        "address",
        "name",
        "up",
        "down",
        "nomaster",
        "txqlen",
        "src",
        "table",
        "metric",
        "proto",
        "scope",
        "onlink",
        "nexthop",
        "weight",
        "mpls",
        "encap",
        "broadcast",
        "label",
        "valid_lft",
        "preferred_lft",
        "from",
        "to",
        "pref",
        "fwmark",
        "lookup",
        "lladdr",
        "nud",
        "bridge",
        "veth",
        "vxlan",
        "id",
        "dstport",
        "peer",
        "vid",
        "pvid",
        "untagged",
        "alias",
        "group",
    ]);
    let object = prop::sample::select(vec!["link", "addr", "route", "rule", "neigh", "l", "a", "r", "ru", "n"]);
    let pair = (option, prop::option::weighted(0.8, value)).prop_map(|(option, value)| match value {
        Some(value) => format!("{option} {value}"),
        None => option.to_owned(),
    });
    (object, verb, prop::option::of(device), prop::collection::vec(pair, 0..7)).prop_map(|(object, verb, device, pairs)| {
        let device = device.map(|device| format!(" {device}")).unwrap_or_default();
        format!("ip {object} {verb}{device} {}", pairs.join(" "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Addresses are written as Rust and `inet_ntop` write them, and read as they were written.
    #[test]
    fn an_address_is_read_as_it_is_written(ip in any_ip()) {
        let word = text(ip);
        prop_assert_eq!(words::address(&word, 0), Some(ip));
        prop_assert_eq!(word.parse::<IpAddr>().ok(), Some(ip));
    }

    #[test]
    fn a_prefix_is_read_as_it_is_written(ip in any_ip(), len in 0u8..=128) {
        let read = words::prefix(&format!("{}/{len}", text(ip)), 0);
        if len <= words::bits(&ip) {
            let read = read.expect("a prefix");
            prop_assert_eq!((read.addr, read.len, read.explicit), (ip, len, true));
            prop_assert!(read.holds(&ip));
        } else {
            prop_assert!(read.is_none());
        }
    }

    #[test]
    fn a_netmask_is_the_length_that_it_has(ip: u32, len in 1u32..=32) {
        let (ip, mask) = (Ipv4Addr::from(ip), Ipv4Addr::from(u32::MAX << (32 - len)));
        prop_assert_eq!(words::prefix(&format!("{ip}/{mask}"), 0).map(|prefix| u32::from(prefix.len)), Some(len));
    }

    #[test]
    fn a_number_is_read_as_it_is_written(number: i64, small: u16) {
        prop_assert_eq!(words::number::<i64>(&text(number)), Some(number));
        prop_assert_eq!(words::number::<u16>(&format!("{small:#x}")), Some(small));
        prop_assert_eq!(words::number::<u16>(&format!("0{small:o}")), Some(small));
        prop_assert_eq!(words::number::<u8>(&text(number)), u8::try_from(number).ok());
    }

    /// Whatever a text is, its JSON is one string, and that string is the text.
    #[test]
    fn a_string_is_one_string_in_json(value: String) {
        let json = json(&value);
        let inside = json.trim_end().strip_prefix("[\"").and_then(|rest| rest.strip_suffix("\"]"));
        let inside = inside.unwrap_or_else(|| panic!("{json}"));
        let mut back = String::new();
        let mut chars = inside.chars();
        while let Some(c) = chars.next() {
            prop_assert!(c != '"' && c >= ' ', "{}", json);
            if c != '\\' {
                back.push(c);
                continue;
            }
            match chars.next() {
                Some('n') => back.push('\n'),
                Some('t') => back.push('\t'),
                Some('r') => back.push('\r'),
                Some('b') => back.push('\u{8}'),
                Some('f') => back.push('\u{c}'),
                Some('u') => {
                    let code: String = chars.by_ref().take(4).collect();
                    back.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                }
                Some(other) => back.push(other),
                None => prop_assert!(false, "a backslash at the end: {}", json),
            }
        }
        prop_assert_eq!(back, value);
    }

    /// An error points at a word that is there, or right behind the last.
    #[test]
    fn an_error_points_at_a_word(all in prop::collection::vec("[ -~]{0,8}", 0..6), taken in 0usize..6) {
        let mut words = Words::new(&all);
        for _ in 0..taken {
            words.next();
        }
        prop_assert!(words.position() <= all.len());
        prop_assert_eq!(words.rest().len() + words.position(), all.len());
        if let Err(stop) = words.number::<u32>("no number") {
            prop_assert!(stop.word.is_none_or(|word| word <= all.len()));
            let pointing = stop.pointing("ip", &all);
            prop_assert!(pointing.detail.as_ref().is_some_and(|detail| detail.contains('^')));
        }
    }

    /// Commands of the grammar: an answer, and sound requests (the body of the fuzz target `words`).
    #[test]
    fn commands_are_answered(line in command()) {
        barelink::fuzz::words(line.as_bytes());
    }
}
