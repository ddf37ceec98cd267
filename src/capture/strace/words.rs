//! From strace's words back to bytes, where that is possible without a doubt.
//!
//! strings             "\x14\0\0\0"
//! a message           {nlmsg_len=20, nlmsg_type=NLMSG_DONE, nlmsg_flags=0, nlmsg_seq=1, nlmsg_pid=7}
//! with a payload      [{nlmsg_len=...}, PAYLOAD, ...]; several: [[{nlmsg_len=...}, PAYLOAD], ...]
//! an attribute        [{nla_len=8, nla_type=0x1}, VALUE]; several: [[{nla_len=...}, VALUE], ...]
//! headers             {nfgen_family=AF_UNSPEC, version=NFNETLINK_V0, res_id=htons(10)}, {error=-ENOENT, msg=MESSAGE}
//!
//! Each length is compared with what came out; what does not come out right is refused, never made up.

use nix::errno::Errno;
use nlmsg::ack::NlmsgErr;
use nlmsg::explain::known::ROUTE;
use nlmsg::frame::{
    NETLINK_NETFILTER, NETLINK_ROUTE, NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_HDRLEN, NLMSG_HDRLEN, Netlink, NlMsgHdr, NlmF,
    NlmsgType, align,
};
use nlmsg::nft::{NfProto, NfnlSubsys};
use nlmsg::payload::{AttrSet, Context, FieldInfo, Form, MessageInfo, Names, Record, Set, Shape};

use super::super::hex::literal::escape;
use super::call::calls::{after, split};
use super::call::value;
use super::route;
use crate::exchange::Protocol;

/// Levels of brackets that are followed.
const DEPTH: usize = 32;
/// Flags that are no constants of their own in the tables: what they mean depends on the request.
const FLAGS: &[(&str, u16)] = &[
    ("NLM_F_ROOT", 0x100),
    ("NLM_F_MATCH", 0x200),
    ("NLM_F_DUMP", 0x300),
    ("NLM_F_ATOMIC", 0x400),
    ("NLM_F_NONREC", 0x100),
    ("NLM_F_BULK", 0x200),
    ("NLM_F_CAPPED", 0x100),
    ("NLM_F_ACK_TLVS", 0x200),
];
const NLA_BITS: &[(&str, u16)] = &[("NLA_F_NESTED", 0x8000), ("NLA_F_NET_BYTEORDER", 0x4000)];

/// The protocol that a word of strace's names: `NETLINK_ROUTE`, or `ROUTE` in a descriptor's annotation.
pub(super) fn protocol(word: &str) -> Option<Netlink> {
    let word = word.strip_prefix("NETLINK_").unwrap_or(word);
    let known = Netlink::TABLE.names.iter().find(|name| name.name.strip_prefix("NETLINK_") == Some(word));
    known.map(|name| Netlink(name.value as u16))
}

/// What `-yy` says of a descriptor: `3<NETLINK:[ROUTE:7]>`. `Some(None)` is netlink of an unknown protocol.
pub(super) fn socket(word: &str) -> Option<Option<Netlink>> {
    let (_, inside) = word.split_once("<NETLINK:[")?;
    Some(inside.split([':', ']']).next().and_then(protocol))
}

/// The number of an error: `-1 ENOBUFS (No buffer space available)`; 0 if there is none.
pub(super) fn errno(result: &str) -> i32 {
    let name = result.split_ascii_whitespace().nth(1).unwrap_or_default();
    errno_named(name).unwrap_or(0)
}

fn errno_named(name: &str) -> Option<i32> {
    (1..134).find(|&number| Errno::from_raw(number) as i32 == number && format!("{:?}", Errno::from_raw(number)) == name)
}

/// The number after `key`.
pub(super) fn number_after(text: &str, key: &str) -> Option<u64> {
    after(text, key).and_then(value)
}

/// `nl_groups`, which strace prints as hex digits.
pub(super) fn groups(text: &str) -> u32 {
    after(text, "nl_groups=").and_then(|digits| u32::from_str_radix(digits.trim_start_matches("0x"), 16).ok()).unwrap_or(0)
}

/// Appends the bytes of a buffer. The error is what could not be turned back; what stands before it is there.
pub(super) fn bytes(buffer: &str, protocol: Option<Netlink>, out: &mut Vec<u8>) -> Result<(), String> {
    let buffer = buffer.trim();
    // an address: nothing was read, or strace was told not to look
    if buffer.is_empty() || buffer == "NULL" || value(buffer).is_some() {
        return Ok(());
    }
    if buffer.starts_with('"') {
        return string(buffer, out);
    }
    message(buffer, protocol, out, 0)
}

fn refuse<T>(words: &str) -> Result<T, String> {
    let short: String = words.chars().take(60).collect();
    Err(if short.len() < words.len() { format!("{short}...") } else { short })
}

/// Takes a comment off: `0xa10 /* NLMSG_??? */`.
pub(super) fn plain(word: &str) -> &str {
    word.split("/*").next().unwrap_or(word).trim()
}

pub(super) fn string(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            // what strace cut off is followed by three dots, and the length of the call tells
            b'"' => return Ok(()),
            b'\\' => match escape(&bytes[at..], out) {
                Some(len) if len > 0 => at += len,
                _ => return refuse(text),
            },
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    refuse(text)
}

/// What stands between brackets of one kind.
pub(super) fn inside(text: &str, open: char, close: char) -> Option<&str> {
    text.trim().strip_prefix(open)?.strip_suffix(close)
}

/// One or more messages.
fn message(text: &str, protocol: Option<Netlink>, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return refuse(text);
    }
    if let Some(header) = inside(text, '{', '}') {
        return one(header, &[], protocol, out, depth);
    }
    let Some(list) = inside(text, '[', ']') else { return refuse(text) };
    let items = split(list);
    match items.split_first() {
        Some((first, rest)) if first.starts_with('{') && !rest.first().is_some_and(|next| next.starts_with("{nlmsg_len=")) => {
            let Some(header) = inside(first, '{', '}') else { return refuse(first) };
            one(header, rest, protocol, out, depth)
        }
        _ => items.iter().try_for_each(|item| {
            // the last one may be the bytes that are no message
            if item.starts_with('"') { string(item, out) } else { message(item, protocol, out, depth + 1) }
        }),
    }
}

/// The number of names that are joined by `|`.
pub(super) fn flags(word: &str, named: impl Fn(&str) -> Option<u64>) -> Result<u64, String> {
    let mut sum = 0;
    for name in plain(word).split('|') {
        let number = if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) { value(name) } else { None };
        match number.or_else(|| named(name)) {
            Some(number) => sum |= number,
            None => return refuse(word),
        }
    }
    Ok(sum)
}

pub(super) fn in_table(table: &Names, name: &str) -> Option<u64> {
    table.names.iter().find(|known| known.name == name).map(|known| known.value as u64)
}

fn in_list(list: &[(&str, u16)], name: &str) -> Option<u64> {
    list.iter().find(|known| known.0 == name).map(|known| known.1.into())
}

/// The message types of a protocol, with those of which only the header is known.
fn of(protocol: Protocol) -> impl Iterator<Item = &'static MessageInfo> {
    let more = if protocol == Protocol::Route { ROUTE } else { &[] };
    protocol.messages().iter().chain(more)
}

fn message_type(word: &str, protocol: Option<Netlink>) -> Result<u16, String> {
    let word = plain(word);
    let (subsystem, word) = match word.split_once("<<8|") {
        Some((subsystem, word)) => (Some(subsystem), word),
        None => (None, word),
    };
    let known = |protocol: Protocol| of(protocol).find(|info| info.name == word).map(|info| u64::from(info.number));
    let number = value(word).or_else(|| in_table(NlmsgType::TABLE, word)).or_else(|| match protocol {
        Some(NETLINK_ROUTE) => known(Protocol::Route),
        Some(NETLINK_NETFILTER) => known(Protocol::Netfilter),
        Some(_) => None,
        None => known(Protocol::Route).or_else(|| known(Protocol::Netfilter)),
    });
    let subsystem = match subsystem {
        None => 0,
        Some(name) => flags(name, |name| in_table(NfnlSubsys::TABLE, name))? << 8,
    };
    match number {
        Some(number) => Ok((number | subsystem) as u16),
        None => refuse(word),
    }
}

/// One message: its header, and what follows.
fn one(head: &str, rest: &[&str], protocol: Option<Netlink>, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    let field = |name: &str| after(head, name).map_or_else(|| refuse(head), Ok);
    // strace prints a port of the kernel's choice as negative
    let signed = |word: &str| word.parse::<i32>().ok().map(|number| u64::from(number as u32));
    let number = |name: &str| {
        let word = plain(field(name)?);
        value(word).or_else(|| signed(word)).map_or_else(|| refuse(head), |number| Ok(number as u32))
    };
    let named = |name: &str| in_table(NlmF::TABLE, name).or_else(|| in_list(FLAGS, name));
    let header = NlMsgHdr {
        nlmsg_len: number("nlmsg_len=")?,
        nlmsg_type: message_type(field("nlmsg_type=")?, protocol)?,
        nlmsg_flags: NlmF(flags(field("nlmsg_flags=")?, named)? as u16),
        nlmsg_seq: number("nlmsg_seq=")?,
        nlmsg_pid: number("nlmsg_pid=")?,
    };
    let (start, len) = (out.len(), header.nlmsg_len as usize);
    let mut buffer = bytes::BytesMut::with_capacity(NLMSG_HDRLEN);
    header.write(&mut buffer);
    out.extend_from_slice(&buffer);
    let info = of(Protocol::Route).find(|info| info.number == header.nlmsg_type);
    // nfnetlink's batches have numbers that rtnetlink's messages have too
    let is_route = rest.first().is_none_or(|first| !first.starts_with("{nfgen_family="));
    let info = info.filter(|_| matches!(protocol, None | Some(NETLINK_ROUTE)) && is_route && header.nlmsg_type >= 16);
    let mut nest = Nest::of(info.map(|info| info.set_of(header.nlmsg_flags)), 0);
    for (nth, part) in rest.iter().enumerate() {
        // what leads back stays, up to what does not
        match info.filter(|_| nth == 0 && part.starts_with('{')) {
            Some(info) => match route::record(part, info.header) {
                Some(fixed) => {
                    out.extend_from_slice(&fixed);
                    nest.family = fixed[0];
                }
                None => return refuse(part),
            },
            None => payload(part, protocol, &mut nest, out, depth)?,
        }
    }
    let got = out.len() - start;
    // what fills up the last attribute may be counted or not
    if got > align(len.max(got)) || got < len && align(got) < len {
        return refuse(head);
    }
    out.resize(start + if got > len && align(len) == align(got) { got } else { align(len) }, 0);
    Ok(())
}

/// A part of what follows a message's header.
fn payload(text: &str, protocol: Option<Netlink>, nest: &mut Nest, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    if text.starts_with('"') {
        return string(text, out);
    }
    if depth > DEPTH {
        return refuse(text);
    }
    // an acknowledgement, and what else the kernel says of it
    if text.starts_with("[{error=") {
        let parts = split(inside(text, '[', ']').unwrap_or_default());
        return parts.iter().try_for_each(|part| payload(part, protocol, nest, out, depth + 1));
    }
    if let Some(fields) = inside(text, '{', '}') {
        if fields.starts_with("error=") {
            let error = after(fields, "error=").map(plain).unwrap_or_default();
            let name = error.strip_prefix('-').unwrap_or(error);
            let Some(number) = value(name).map(|number| number as i32).or_else(|| errno_named(name)) else { return refuse(text) };
            let number = if error.starts_with('-') { -number } else { number };
            out.extend_from_slice(&number.to_ne_bytes());
            let Some(request) = after(fields, "msg=") else { return refuse(text) };
            // of a request that is not echoed whole the header stands for more than there is
            return echo(request, protocol, out, depth + 1);
        }
        if fields.starts_with("nfgen_family=") {
            return nfgenmsg(fields, out);
        }
    }
    if let Some(number) = value(plain(text)) {
        // the count or error of NLMSG_DONE
        out.extend_from_slice(&(number as i32).to_ne_bytes());
        return Ok(());
    }
    attrs(text, nest, out, depth + 1)
}

/// The request in an acknowledgement.
fn echo(text: &str, protocol: Option<Netlink>, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    let Some(head) = inside(text, '{', '}') else { return message(text, protocol, out, depth) };
    let Some(len) = number_after(head, "nlmsg_len=") else { return refuse(text) };
    let alone = head.replacen(&format!("nlmsg_len={len}"), &format!("nlmsg_len={NLMSG_HDRLEN}"), 1);
    let start = out.len();
    one(&alone, &[], protocol, out, depth)?;
    out[start..start + 4].copy_from_slice(&(len as u32).to_ne_bytes());
    Ok(())
}

fn nfgenmsg(fields: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let field = |name: &str| after(fields, name).map_or_else(|| refuse(fields), Ok);
    let family = flags(field("nfgen_family=")?, |name| match name {
        "AF_UNSPEC" => Some(0),
        "AF_UNIX" | "AF_LOCAL" => Some(1),
        "AF_INET" => Some(2),
        "AF_AX25" => Some(3),
        "AF_IPX" => Some(4),
        "AF_APPLETALK" => Some(5),
        "AF_NETROM" => Some(6),
        "AF_BRIDGE" => Some(7),
        "AF_INET6" => Some(10),
        "AF_DECnet" => Some(12),
        name => in_table(NfProto::TABLE, name),
    })?;
    let version = flags(field("version=")?, |name| (name == "NFNETLINK_V0").then_some(0))?;
    let id = plain(field("res_id=")?);
    let id = match inside(id.strip_prefix("htons").unwrap_or(id), '(', ')') {
        Some(number) => value(number),
        None => value(id).map(|number| u64::from((number as u16).to_be())).or_else(|| in_table(NfnlSubsys::TABLE, id)),
    };
    let Some(id) = id else { return refuse(fields) };
    out.extend_from_slice(&[family as u8, version as u8]);
    out.extend_from_slice(&(id as u16).to_be_bytes());
    Ok(())
}

/// The attributes of one nest: what decides how those in it are read.
struct Nest {
    /// Their table, if it is known.
    set: Option<&'static Set>,
    family: u8,
    /// What the selectors among them have picked, by their slots.
    picked: Vec<(usize, Vec<u8>)>,
}

impl Nest {
    fn of(set: Option<&'static Set>, family: u8) -> Nest {
        Nest { set, family, picked: Vec::new() }
    }

    /// The shape that an attribute has here.
    fn shape(&self, nla_type: u16) -> Option<&'static Shape> {
        let set = self.set?;
        let of = set.get(nla_type & !(NLA_F_NESTED | NLA_F_NET_BYTEORDER)).map(|attr| attr.shape).or(set.slots)?;
        let mut cx = Context::new(self.family);
        self.picked.iter().for_each(|(slot, key)| cx.select(*slot, key));
        of.picked(&cx, nla_type)
    }

    /// An attribute of it has this value.
    fn remember(&mut self, nla_type: u16, value: &[u8]) {
        let of = self.set.and_then(|set| set.get(nla_type & !(NLA_F_NESTED | NLA_F_NET_BYTEORDER)));
        if let Some((slot, key)) = of.and_then(|of| of.shape.selects(value)) {
            self.picked.push((slot, key.to_vec()));
        }
    }
}

/// One or more attributes.
fn attrs(text: &str, nest: &mut Nest, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return refuse(text);
    }
    if let Some(head) = inside(text, '{', '}') {
        return attr(head, None, nest, out, depth);
    }
    let Some(list) = inside(text, '[', ']') else { return refuse(text) };
    let items = split(list);
    if let [head, rest @ ..] = &items[..]
        && let Some(head) = inside(head, '{', '}')
        && !rest.first().is_some_and(|next| next.starts_with("{nla_len="))
    {
        return attr(head, rest.first().copied(), nest, out, depth);
    }
    items.iter().try_for_each(|item| if item.starts_with('"') { string(item, out) } else { attrs(item, nest, out, depth + 1) })
}

/// One attribute, whole or not at all.
fn attr(head: &str, body: Option<&str>, nest: &mut Nest, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    let start = out.len();
    attr_into(head, body, nest, out, depth).inspect_err(|_| out.truncate(start))
}

fn attr_into(head: &str, body: Option<&str>, nest: &mut Nest, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    let (Some(len), Some(kind)) = (number_after(head, "nla_len="), after(head, "nla_type=")) else { return refuse(head) };
    let of = |set: &Set, name: &str| set.by_name(name).map(|attr| u64::from(attr.number));
    let named = |name: &str| nest.set.and_then(|set| of(set, name)).or_else(|| of(NlmsgErr::set(), name));
    let kind = flags(kind, |name| in_list(NLA_BITS, name).or_else(|| named(name)))? as u16;
    let shape = nest.shape(kind);
    let start = out.len();
    out.extend_from_slice(&(len as u16).to_ne_bytes());
    out.extend_from_slice(&kind.to_ne_bytes());
    match body {
        None => {}
        Some(text) if text.starts_with('"') => {
            string(text, out)?;
            // strace prints texts without their NUL
            if out.len() + 1 == start + len as usize {
                out.push(0);
            }
        }
        Some(text) => match shape.map(|shape| shape.form) {
            Some(Form::Hops(fields, set)) => hops(text, fields, Nest::of(Some(set()), nest.family), out, depth)?,
            Some(Form::Nest(set)) => attrs(text, &mut Nest::of(Some(set()), nest.family), out, depth + 1)?,
            _ if text.contains("{nla_len=") => attrs(text, &mut Nest::of(None, nest.family), out, depth + 1)?,
            _ => {
                let size = (len as usize).saturating_sub(NLA_HDRLEN);
                let found = match (nest.set, value(plain(text)), size) {
                    (None, Some(number), 4) => Some((number as u32).to_ne_bytes().to_vec()),
                    (None, ..) => None,
                    (Some(_), _, size) => route::attr_value(text, size, shape),
                };
                let Some(found) = found else { return refuse(text) };
                out.extend_from_slice(&found);
            }
        },
    }
    if align(out.len() - start) != align(len as usize) {
        return refuse(head);
    }
    nest.remember(kind, out.get(start + NLA_HDRLEN..start + len as usize).unwrap_or_default());
    out.resize(start + align(len as usize), 0);
    Ok(())
}

/// The ways of a route: HOP, or `[HOP, ATTRS]`; one, or a list of them.
fn hops(text: &str, fields: &[FieldInfo], mut nest: Nest, out: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return refuse(text);
    }
    let head = |text: &str, out: &mut Vec<u8>| match route::record(text, fields) {
        Some(bytes) => {
            out.extend_from_slice(&bytes);
            Ok(())
        }
        None => refuse(text),
    };
    if text.starts_with('{') {
        return head(text, out);
    }
    let Some(list) = inside(text, '[', ']') else { return refuse(text) };
    match &split(list)[..] {
        [hop, of] if hop.starts_with('{') && of.starts_with('[') => {
            head(hop, out)?;
            attrs(of, &mut nest, out, depth + 1)
        }
        list => list.iter().try_for_each(|hop| hops(hop, fields, Nest::of(nest.set, nest.family), out, depth + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_inside_of_one_another_have_an_end() {
        let head = "nlmsg_len=36, nlmsg_type=NLMSG_ERROR, nlmsg_flags=0, nlmsg_seq=1, nlmsg_pid=7";
        let ack = "{error=0, msg={nlmsg_len=20, nlmsg_type=0x12, nlmsg_flags=NLM_F_ACK, nlmsg_seq=1, nlmsg_pid=0}}";
        let mut out = Vec::new();
        assert_eq!(bytes(&format!("[{{{head}}}, [{ack}]]"), None, &mut out), Ok(()));
        assert_eq!((out.len(), out[20]), (36, 20));
        let many = 20_000;
        let nested = format!("[{{{head}}}, {}{ack}{}]", format!("[{ack}, ").repeat(many), "]".repeat(many));
        assert!(bytes(&nested, None, &mut out).is_err());
    }
}
