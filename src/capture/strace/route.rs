//! strace's words for messages of rtnetlink, back to bytes.
//!
//! headers       {ifa_family=AF_INET, ifa_prefixlen=24, ifa_flags=0, ifa_scope=RT_SCOPE_UNIVERSE, ifa_index=5}
//! values        1500, IFF_UP|0x20, "\x76\x65", inet_addr("10.1.1.1"), inet_pton(AF_INET6, "fe80::1"), 02:00:00:00:00:02,
//!               if_nametoindex("ve1"), htons(80)
//!
//! A name stands where a link had an index. Which one is told by nothing but the name of the first: for the others stands
//! a number that no kernel gives, and that is shown as what it is.

use std::net::{IpAddr, Ipv6Addr};

use nlmsg::payload::{FieldInfo, Form, Names, Shape};
use nlmsg::route::link::*;
use nlmsg::route::*;

use super::call::calls::split;
use super::call::value;
use super::words::{flags, in_table, inside, plain, string};

/// What strace has names for in headers and values. Every name of the kernel's is of one table.
const TABLES: &[&Names] = &[
    Af::TABLE,
    Arphrd::TABLE,
    Iff::TABLE,
    IfOper::TABLE,
    IfaF::TABLE,
    RtTable::TABLE,
    RtProt::TABLE,
    RtScope::TABLE,
    Rtn::TABLE,
    RtmF::TABLE,
    RtnhF::TABLE,
    Nud::TABLE,
    Ntf::TABLE,
    FrAct::TABLE,
    FibRule::TABLE,
    RtExtFilter::TABLE,
    XdpAttached::TABLE,
    In6AddrGenMode::TABLE,
    Inet6Flags::TABLE,
    BridgeVlanFlags::TABLE,
];

/// Names of places of bits: `1<<NAME`.
const PLACES: &[&Names] = &[kind::bridge::BrBoolopt::TABLE];

/// The index of the first link of every namespace.
const LO: u32 = 1;

/// A number, with or without names.
fn number(word: &str) -> Option<u64> {
    let word = plain(word);
    // of negative ones, strace prints those of 32 bits
    let negative = || word.parse::<i32>().ok().map(|number| u64::from(number as u32));
    let find = |tables: &[&Names], name: &str| tables.iter().find_map(|table| in_table(table, name));
    let named = |name: &str| match name.strip_prefix("1<<") {
        Some(place) => find(PLACES, place).and_then(|place| 1u64.checked_shl(place as u32)),
        None => find(TABLES, name),
    };
    // `value` takes what begins with a number
    let sound = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_|<".contains(&byte));
    negative().or_else(|| flags(word, named).ok().filter(|_| sound))
}

/// A number in so many bytes, if it fits.
fn sized(number: u64, size: usize) -> Option<Vec<u8>> {
    Some(match size {
        1 => vec![u8::try_from(number).ok()?],
        2 => u16::try_from(number).ok()?.to_ne_bytes().to_vec(),
        4 => u32::try_from(number).ok()?.to_ne_bytes().to_vec(),
        8 => number.to_ne_bytes().to_vec(),
        _ => return None,
    })
}

/// What is between the brackets and quotes of `call("...")`.
fn quoted(text: &str, call: &str) -> Option<String> {
    let inner = inside(text.strip_prefix(call)?, '(', ')')?;
    let mut bytes = Vec::new();
    string(split(inner).last()?, &mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// The index of a link of that name; what stands for it, where it is not known.
fn index(name: &str) -> Option<u32> {
    match name {
        "lo" => Some(LO),
        #[cfg(feature = "cli")]
        name => Some(crate::watch::stand_in(crate::watch::INDEX, name)? as u32),
        #[cfg(not(feature = "cli"))]
        _ => None,
    }
}

/// A struct, field by field; `None` if one is missing or cannot be read. Padding has no words.
pub(super) fn record(text: &str, fields: &[FieldInfo]) -> Option<Vec<u8>> {
    let size = fields.iter().map(|field| field.offset + field.size).max()?;
    let mut bytes = vec![0; size];
    let mut left: Vec<&FieldInfo> = fields.iter().collect();
    for item in split(inside(text, '{', '}')?) {
        let (name, word) = item.split_once('=')?;
        let field = left.remove(left.iter().position(|field| field.name == name)?);
        let it = scalar(word, field.size)?;
        bytes[field.offset..field.offset + field.size].copy_from_slice(&it);
    }
    left.iter().all(|field| field.name.contains("pad") || field.name.starts_with("res")).then_some(bytes)
}

/// A number, an address or a link, in so many bytes.
fn scalar(text: &str, size: usize) -> Option<Vec<u8>> {
    let bytes = if let Some(name) = quoted(text, "if_nametoindex") {
        index(&name)?.to_ne_bytes().to_vec()
    } else if let Some(address) = quoted(text, "inet_addr") {
        match address.parse().ok()? {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(_) => return None,
        }
    } else if let Some(address) = quoted(text, "inet_pton") {
        address.parse::<Ipv6Addr>().ok()?.octets().to_vec()
    } else if let Some(number) = text.strip_prefix("htons").and_then(|text| inside(text, '(', ')')).and_then(value) {
        u16::try_from(number).ok()?.to_be_bytes().to_vec()
    } else if let Some(number) = text.strip_prefix("htonl").and_then(|text| inside(text, '(', ')')).and_then(value) {
        u32::try_from(number).ok()?.to_be_bytes().to_vec()
    } else if text.matches(':').count() + 1 == size && size > 1 {
        text.split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect::<Option<_>>()?
    } else if let Some(list) = inside(text, '[', ']') {
        return array(&split(list), size);
    } else {
        sized(number(text)?, size)?
    };
    (bytes.len() == size).then_some(bytes)
}

/// Numbers side by side in so many bytes: `5`, or with its place `[NAME]=5`.
fn array(list: &[&str], size: usize) -> Option<Vec<u8>> {
    let each = size.checked_div(list.len()).filter(|each| each * list.len() == size)?;
    let number = |item: &&str| {
        let named = item.starts_with('[').then(|| item.split_once("]=")).flatten();
        sized(number(named.map_or(*item, |(_, number)| number))?, each)
    };
    Some(list.iter().map(number).collect::<Option<Vec<_>>>()?.concat())
}

/// The value of an attribute, that takes so many bytes.
pub(super) fn attr_value(text: &str, size: usize, shape: Option<&Shape>) -> Option<Vec<u8>> {
    match shape.map(|shape| shape.form) {
        Some(Form::Record(fields)) => record(text, fields).filter(|bytes| bytes.len() == size),
        _ => scalar(text, size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let is = |text: &str, size, want: &[u8]| assert_eq!(scalar(text, size).as_deref(), Some(want), "{text}");
        is("1500", 4, &1500u32.to_ne_bytes());
        is("-1", 4, &[255; 4]);
        is("IFF_UP|0x20", 4, &0x21u32.to_ne_bytes());
        is("0x7b /* ARPHRD_??? */", 2, &0x7bu16.to_ne_bytes());
        is(r#"inet_addr("\x31\x30\x2e\x31\x2e\x32\x2e\x33")"#, 4, &[10, 1, 2, 3]);
        is(r#"inet_pton(AF_INET6, "::1")"#, 16, &Ipv6Addr::LOCALHOST.octets());
        is("02:00:00:00:00:fe", 6, &[2, 0, 0, 0, 0, 254]);
        is("htons(80)", 2, &[0, 80]);
        is(r#"if_nametoindex("lo")"#, 4, &1u32.to_ne_bytes());
        for (text, size) in [
            ("300", 1),
            ("NO_SUCH_NAME", 4),
            (r#"inet_addr("10.1.2.3")"#, 8),
            ("02:00:00:00:00:fe", 4),
            ("12:3g", 2),
            (r#"inet_addr("::1")"#, 4),
            ("", 4),
            ("5", 3),
            ("5-1", 4),
            ("1<<4", 4),
        ] {
            assert_eq!(scalar(text, size), None, "{text}");
        }
    }
}
