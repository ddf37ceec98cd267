//! Data types: what a value means, how it is written, and how it lies in a register. The names and numbers are
//! `nft`'s, and travel with each set that is made.
//!
//! Inside this module tree a value is a big-endian number as many bytes long as its type, whatever the
//! register's byte order; [`Type::wire`] turns it round where the register is in host order.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use nlmsg::nft::{DataType, NFT_DATA_VERDICT};

use super::names;

/// How much is printed as numbers; the options of `nft`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// `-a`: handles.
    pub(super) handles: bool,
    /// `-s`: no counters, no quotas used.
    pub(super) stateless: bool,
    /// `-t`: no elements.
    pub(super) terse: bool,
    /// `-p`: protocols as numbers.
    pub(super) proto: bool,
    /// `-y`: priorities as numbers.
    pub(super) priority: bool,
    /// `-n`: all symbols as numbers.
    pub(super) symbols: bool,
    /// `-T`: times as seconds.
    pub(super) times: bool,
    /// `-S`: ports as service names.
    pub(super) services: bool,
    /// `-u`: users and groups as names.
    pub(super) users: bool,
}

/// Words and numbers that mean the same.
pub(super) type Words = &'static [(&'static str, u64)];

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A number, printed in decimal.
    Int,
    /// A number, printed in hexadecimal with all digits.
    Hex,
    /// A number that has words, printed in decimal if it has none.
    Words(Words),
    /// Bits that have words.
    Flags(Words),
    /// Text, filled up with NUL bytes.
    Text,
    Ip4,
    Ip6,
    Mac,
    /// A protocol of `/etc/protocols`.
    Protocol,
    /// A port of `/etc/services`.
    Port,
    /// An interface by its index.
    Interface,
    User,
    Group,
    /// Milliseconds, written as `1h5m`.
    Time,
    /// Seconds since midnight UTC, written as `"10:00"`.
    Hour,
    /// `major:minor` of a traffic class.
    Class,
    /// A number with names in one of iproute2's files, printed in quotes.
    Table(&'static str),
    /// Exists or is missing.
    Exists,
    /// A number of one bit in a long mask.
    Label,
    /// A verdict; never a plain value.
    Verdict,
}

/// A data type.
#[derive(Debug)]
pub(super) struct Type {
    /// The number in `NFTA_SET_KEY_TYPE`.
    pub(super) id: u32,
    /// What an error calls it.
    pub(super) about: &'static str,
    /// Bits of a value, where the key does not say otherwise.
    pub(super) bits: u32,
    /// Whether registers hold it in host order.
    pub(super) host: bool,
    pub(super) kind: Kind,
}

impl PartialEq for Type {
    fn eq(&self, other: &Type) -> bool {
        self.id == other.id
    }
}

macro_rules! types {
    ($($NAME:ident = $id:literal $about:literal $bits:literal $order:ident $kind:expr;)*) => {
        $(pub(super) const $NAME: &Type =
            &Type { id: $id, about: $about, bits: $bits, host: types!($order), kind: $kind };)*
        const TYPES: &[&Type] = &[$($NAME),*];
    };
    (host) => { true };
    (net) => { false };
}

types! {
    VERDICT = 1 "netfilter verdict" 0 host Kind::Verdict;
    NFPROTO = 2 "netfilter protocol" 8 host Kind::Words(names::NFPROTO);
    INTEGER = 4 "integer" 0 net Kind::Int;
    STRING = 5 "string" 0 host Kind::Text;
    IPV4_ADDR = 7 "IPv4 address" 32 net Kind::Ip4;
    IPV6_ADDR = 8 "IPv6 address" 128 net Kind::Ip6;
    ETHER_ADDR = 9 "Ethernet address" 48 net Kind::Mac;
    ETHER_TYPE = 10 "Ethernet protocol" 16 net Kind::Words(names::ETHER_TYPE);
    ARP_OP = 11 "ARP operation" 16 net Kind::Words(names::ARP_OP);
    INET_PROTO = 12 "Internet protocol" 8 net Kind::Protocol;
    INET_SERVICE = 13 "internet network service" 16 net Kind::Port;
    ICMP_TYPE = 14 "ICMP type" 8 net Kind::Words(names::ICMP_TYPE);
    TCP_FLAG = 15 "TCP flag" 8 net Kind::Flags(names::TCP_FLAG);
    TIME = 18 "relative time" 64 host Kind::Time;
    MARK = 19 "packet mark" 32 host Kind::Table("rt_marks");
    IFACE_INDEX = 20 "network interface index" 32 host Kind::Interface;
    IFACE_TYPE = 21 "network interface type" 16 host Kind::Words(names::IFACE_TYPE);
    REALM = 22 "routing realm" 32 host Kind::Table("rt_realms");
    CLASSID = 23 "TC classid" 32 host Kind::Class;
    UID = 24 "user ID" 32 host Kind::User;
    GID = 25 "group ID" 32 host Kind::Group;
    CT_STATE = 26 "conntrack state" 32 host Kind::Flags(names::CT_STATE);
    CT_DIR = 27 "conntrack direction" 8 host Kind::Words(names::CT_DIR);
    CT_STATUS = 28 "conntrack status" 32 host Kind::Flags(names::CT_STATUS);
    ICMPV6_TYPE = 29 "ICMPv6 type" 8 net Kind::Words(names::ICMPV6_TYPE);
    CT_LABEL = 30 "conntrack label" 128 host Kind::Label;
    PKT_TYPE = 31 "packet type" 8 host Kind::Words(names::PKT_TYPE);
    ICMP_CODE = 32 "icmp code" 8 net Kind::Words(names::ICMP_CODE);
    ICMPV6_CODE = 33 "icmpv6 code" 8 net Kind::Words(names::ICMPV6_CODE);
    ICMPX_CODE = 34 "icmpx code" 8 net Kind::Words(names::ICMPX_CODE);
    DEVGROUP = 35 "devgroup name" 32 host Kind::Table("group");
    DSCP = 36 "Differentiated Services Code Point" 6 net Kind::Words(names::DSCP);
    ECN = 37 "Explicit Congestion Notification" 2 net Kind::Words(names::ECN);
    FIB_ADDRTYPE = 38 "fib address type" 32 host Kind::Words(names::FIB_ADDRTYPE);
    BOOLEAN = 39 "boolean type" 1 host Kind::Exists;
    CT_EVENT = 40 "conntrack event bits" 32 host Kind::Flags(names::CT_EVENT);
    IFNAME = 41 "network interface name" 128 host Kind::Text;
    IGMP_TYPE = 42 "IGMP type" 8 net Kind::Words(names::IGMP_TYPE);
    HOUR = 44 "Hour of day of packet reception" 32 host Kind::Hour;
    DAY = 45 "Day of week of packet reception" 8 host Kind::Words(names::DAY);
}

/// A number in host order that is no type of its own (`meta length`).
pub(super) const HOST_INTEGER: &Type = &Type { host: true, ..*INTEGER_TEMPLATE };
/// A number of a raw packet field, printed in hexadecimal.
pub(super) const RAW: &Type = &Type { kind: Kind::Hex, ..*INTEGER_TEMPLATE };
const INTEGER_TEMPLATE: &Type = &Type { id: 4, about: "integer", bits: 0, host: false, kind: Kind::Int };

impl Type {
    /// The type of a name in `type ...`.
    pub(super) fn by_name(name: &str) -> Option<&'static Type> {
        match DataType::from_word(name)? {
            NFT_DATA_VERDICT => Some(VERDICT),
            DataType(id) => Type::by_id(id).filter(|ty| ty.bits != 0),
        }
    }

    /// The name in `type ...`.
    pub(super) fn name(&self) -> &'static str {
        let id = if self.id == VERDICT.id { NFT_DATA_VERDICT } else { DataType(self.id) };
        id.word().unwrap_or_default()
    }

    /// The type of a number of six bits.
    pub(super) fn by_id(id: u32) -> Option<&'static Type> {
        TYPES.iter().copied().find(|ty| ty.id == id)
    }

    /// The types of a set's key: a concatenation packs its parts, six bits each.
    pub(super) fn parts(mut id: u32) -> Option<Vec<&'static Type>> {
        let mut parts = Vec::new();
        while id != 0 {
            parts.push(Type::by_id(id & 0x3f)?);
            id >>= 6;
        }
        parts.reverse();
        Some(parts)
    }

    /// The value as a register holds it, or back.
    pub(super) fn wire(&self, value: &[u8]) -> Vec<u8> {
        let mut bytes = value.to_vec();
        if self.host && cfg!(target_endian = "little") && !matches!(self.kind, Kind::Text) {
            bytes.reverse();
        }
        bytes
    }

    /// Whether a value's bits are named one by one.
    pub(super) fn flags(&self) -> bool {
        matches!(self.kind, Kind::Flags(_))
    }

    /// Whether `/24` may follow a value.
    pub(super) fn prefixes(&self) -> bool {
        matches!(self.kind, Kind::Ip4 | Kind::Ip6) || self.id == MARK.id
    }

    /// Reads a word as a value of this many bits.
    ///
    /// # Errors
    /// What `nft` says about such a word.
    pub(super) fn parse(&self, word: &str, bits: u32) -> Result<Vec<u8>, String> {
        let unknown = || format!("Could not parse {}", self.about);
        let number = match self.kind {
            Kind::Ip4 => {
                return match word.parse::<Ipv4Addr>() {
                    Ok(ip) => Ok(ip.octets().to_vec()),
                    // a mask may be written as a number
                    Err(_) if word.starts_with("0x") && number(word).is_some_and(|mask| mask >> 32 == 0) => {
                        Ok(be(number(word).unwrap_or(0), 32))
                    }
                    Err(_) => Err(unresolved(word)),
                };
            }
            Kind::Ip6 => {
                return match word.parse::<Ipv6Addr>() {
                    Ok(ip) => Ok(ip.octets().to_vec()),
                    Err(_) if word.parse::<Ipv4Addr>().is_ok() => {
                        Err("Could not resolve hostname: Address family for hostname not supported".into())
                    }
                    Err(_) => Err(unresolved(word)),
                };
            }
            Kind::Mac => return mac(word).ok_or_else(unknown),
            Kind::Text => {
                // a star that is part of the name
                let mut text = match word.strip_suffix("\\*") {
                    Some(start) => [start.as_bytes(), b"*"].concat(),
                    None => word.as_bytes().to_vec(),
                };
                let size = (bits / 8) as usize;
                if text.len() >= size {
                    return Err(if self.id == IFNAME.id {
                        "String exceeds maximum length of 16"
                    } else {
                        "String exceeds maximum length"
                    }
                    .into());
                }
                text.resize(size, 0);
                return Ok(text);
            }
            Kind::Label => {
                let bit: u32 = word.parse().ok().filter(|&bit| bit < 128).ok_or_else(unknown)?;
                return Ok((1u128 << bit).to_be_bytes().to_vec());
            }
            Kind::Words(words) | Kind::Flags(words) => words
                .iter()
                .find(|(name, _)| *name == word || self.id == DAY.id && name.eq_ignore_ascii_case(word))
                .map(|&(_, value)| value)
                .or_else(|| number(word))
                .ok_or_else(unknown)?,
            Kind::Protocol => match number(word) {
                Some(proto) if proto > 255 => return Err("Protocol out of range".into()),
                Some(proto) => proto,
                None => names::protocol(word).ok_or("Could not resolve protocol name")?,
            },
            Kind::Port => match number(word) {
                Some(port) if port > 65535 => return Err("Service out of range".into()),
                Some(port) => port,
                None => names::service(word).ok_or("Could not resolve service: Servname not supported for ai_socktype")?,
            },
            Kind::Interface => match nix::net::if_::if_nametoindex(word) {
                Ok(index) => u64::from(index),
                Err(_) => number(word).ok_or("Interface does not exist")?,
            },
            Kind::User => number(word).or_else(|| names::id_of("/etc/passwd", word)).ok_or("User does not exist")?,
            Kind::Group => number(word).or_else(|| names::id_of("/etc/group", word)).ok_or("Group does not exist")?,
            Kind::Time => time(word).ok_or_else(unknown)?,
            Kind::Hour => hour(word).ok_or_else(unknown)?,
            Kind::Class => class(word).ok_or_else(unknown)?,
            Kind::Table(file) => number(word).or_else(|| names::table_value(file, word)).ok_or_else(unknown)?,
            Kind::Exists => match word {
                "exists" => 1,
                "missing" => 0,
                _ => number(word).filter(|&value| value < 2).ok_or_else(unknown)?,
            },
            Kind::Int | Kind::Hex => match number(word) {
                Some(value) => value,
                None => return Err(format!("Could not parse {}", self.about)),
            },
            Kind::Verdict => return Err(unknown()),
        };
        if bits < 64 && number >> bits != 0 {
            let most = (1u64 << bits) - 1;
            return Err(format!("Value {number} exceeds valid range 0-{most}"));
        }
        Ok(be(number, bits))
    }

    /// Writes a value.
    pub(super) fn show(&self, value: &[u8], style: Style) -> String {
        let number = integer(value);
        let quoted = |text: &str| format!("\"{text}\"");
        match self.kind {
            Kind::Ip4 => <[u8; 4]>::try_from(value).map_or_else(|_| hex(value), |ip| Ipv4Addr::from(ip).to_string()),
            Kind::Ip6 => <[u8; 16]>::try_from(value).map_or_else(|_| hex(value), |ip| ip6(Ipv6Addr::from(ip))),
            Kind::Mac => value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
            Kind::Text => {
                let end = value.iter().position(|&byte| byte == 0).unwrap_or(value.len());
                let text = String::from_utf8_lossy(&value[..end]);
                match text.strip_suffix('*') {
                    Some(start) => quoted(&format!("{start}\\*")),
                    None => quoted(&text),
                }
            }
            Kind::Label => {
                (0..128u32).filter(|bit| number_bit(value, *bit)).map(|bit| bit.to_string()).collect::<Vec<_>>().join(",")
            }
            Kind::Words(words) => match words.iter().find(|(_, number_of)| *number_of == number) {
                Some((name, _)) if !style.symbols => {
                    if self.id == DAY.id {
                        quoted(name)
                    } else {
                        (*name).into()
                    }
                }
                _ if self.id == ETHER_TYPE.id || matches!(self.id, 36 | 37) => {
                    format!("0x{number:0width$x}", width = self.bits.div_ceil(4) as usize)
                }
                _ => number.to_string(),
            },
            Kind::Flags(words) => {
                let mut left = number;
                let mut out = Vec::new();
                for (name, bit) in words.iter().filter(|(_, bit)| *bit != 0) {
                    if left & bit != 0 {
                        left &= !bit;
                        out.push(if style.symbols { format!("0x{bit:x}") } else { (*name).to_string() });
                    }
                }
                match words.iter().find(|(_, bit)| *bit == 0) {
                    Some((name, _)) if number == 0 && !style.symbols => out.push((*name).into()),
                    _ if left != 0 || out.is_empty() => out.push(format!("0x{left:x}")),
                    _ => {}
                }
                out.join(",")
            }
            Kind::Protocol => match names::protocol_name(number) {
                Some(name) if !style.proto => name,
                _ => number.to_string(),
            },
            Kind::Port => match names::service_name(number) {
                Some(name) if style.services => quoted(&name),
                _ => number.to_string(),
            },
            Kind::Interface => match nix::net::if_::if_indextoname(number as u32) {
                Ok(name) if !name.is_empty() => quoted(&name.to_string_lossy()),
                _ => number.to_string(),
            },
            Kind::User if style.users => names::name_of("/etc/passwd", number).map_or(number.to_string(), |name| quoted(&name)),
            Kind::Group if style.users => names::name_of("/etc/group", number).map_or(number.to_string(), |name| quoted(&name)),
            Kind::Time if style.times => format!("{}s", number / 1000),
            Kind::Time => show_time(number),
            Kind::Hour => show_hour(number),
            Kind::Class => match number {
                0 => "none".into(),
                0xffff_ffff => "root".into(),
                _ => format!("{:x}:{:x}", number >> 16, number & 0xffff),
            },
            Kind::Table(file) => match names::table_name(file, number) {
                Some(name) if !style.symbols => quoted(&name),
                _ if file == "rt_marks" => format!("0x{number:08x}"),
                _ => number.to_string(),
            },
            Kind::Exists if style.symbols => number.to_string(),
            Kind::Exists => if number == 0 { "missing" } else { "exists" }.into(),
            Kind::Hex => hex(value),
            Kind::Int | Kind::User | Kind::Group | Kind::Verdict => number.to_string(),
        }
    }
}

/// What `nft` says where nobody resolves names; a name of digits and dots is none, and nobody is asked.
fn unresolved(word: &str) -> String {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let why = if digits { "Name or service not known" } else { "Temporary failure in name resolution" };
    format!("Could not resolve hostname: {why}")
}

/// A number as big-endian bytes, as many as its bits need.
pub(super) fn be(number: u64, bits: u32) -> Vec<u8> {
    let size = bits.div_ceil(8) as usize;
    let mut bytes = vec![0; size];
    for (byte, from) in bytes.iter_mut().rev().zip(number.to_le_bytes()) {
        *byte = from;
    }
    bytes
}

/// The last eight bytes as a number.
pub(super) fn integer(value: &[u8]) -> u64 {
    value.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn number_bit(value: &[u8], bit: u32) -> bool {
    let (byte, bit) = ((bit / 8) as usize, bit % 8);
    value.len() > byte && value[value.len() - 1 - byte] >> bit & 1 == 1
}

/// `0x` and the number without zeros in front.
pub(super) fn hex(value: &[u8]) -> String {
    let mut out = String::new();
    for byte in value {
        let _ = write!(out, "{byte:02x}");
    }
    let digits = out.trim_start_matches('0');
    format!("0x{}", if digits.is_empty() { "0" } else { digits })
}

/// Reads a decimal, hexadecimal or octal number.
pub(super) fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) => word.parse().ok(),
        None => None,
    }
}

fn mac(word: &str) -> Option<Vec<u8>> {
    let bytes = word.split(':').map(|part| u8::from_str_radix(part, 16).ok()).collect::<Option<Vec<_>>>()?;
    (bytes.len() == 6).then_some(bytes)
}

/// IPv6 as inet_ntop(3) writes it.
fn ip6(ip: Ipv6Addr) -> String {
    let s = ip.segments();
    // the C library keeps dotted quads for the compatible addresses as well as the mapped ones
    if s[..6] == [0; 6] && (s[6] != 0) {
        let [.., a, b, c, d] = ip.octets();
        return format!("::{a}.{b}.{c}.{d}");
    }
    ip.to_string()
}

/// Milliseconds of `1d2h3m4s5ms`, or of a number of seconds.
pub(super) fn time(word: &str) -> Option<u64> {
    if let Some(seconds) = number(word) {
        return seconds.checked_mul(1000);
    }
    let (mut rest, mut total) = (word, 0u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|&at| at > 0)?;
        let (value, unit) = rest.split_at(digits);
        let end = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let factor = match &unit[..end] {
            "w" => 604_800_000,
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        total = value.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(total)?;
        rest = &unit[end..];
    }
    Some(total)
}

/// Milliseconds as `nft` writes them.
pub(super) fn show_time(mut ms: u64) -> String {
    if ms == 0 {
        return "0s".into();
    }
    let mut out = String::new();
    for (unit, factor) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if ms / factor > 0 {
            let _ = write!(out, "{}{unit}", ms / factor);
        }
        ms %= factor;
    }
    out
}

fn hour(word: &str) -> Option<u64> {
    let parts = word.split(':').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>()?;
    match parts[..] {
        [h, m] if h < 24 && m < 60 => Some(h * 3600 + m * 60),
        [h, m, s] if h < 24 && m < 60 && s < 60 => Some(h * 3600 + m * 60 + s),
        _ => None,
    }
}

fn show_hour(seconds: u64) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if s == 0 { format!("\"{h:02}:{m:02}\"") } else { format!("\"{h:02}:{m:02}:{s:02}\"") }
}

fn class(word: &str) -> Option<u64> {
    match word {
        "none" => return Some(0),
        "root" => return Some(0xffff_ffff),
        _ => {}
    }
    let (major, minor) = word.split_once(':')?;
    let part =
        |text: &str| if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 16).ok().filter(|&part| part < 0x10000) };
    Some(part(major)? << 16 | part(minor)?)
}
