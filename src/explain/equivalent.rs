//! The command that would have sent a request: `ip`, `bridge` or `nft`.
//!
//! The words come from tables, attribute by attribute; those of a kind of link from the very rows that read them. Where a
//! request holds something that no word says, there is no command: half of the truth would be none.

mod addr;
mod bridge;
mod link;
mod mdb;
mod neigh;
mod nexthop;
mod nft;
mod route;
mod rule;
mod show;
mod vni;

use nlmsg::explain::shown;
use nlmsg::frame::{NLM_F_ECHO, NlmF, RawAttrs};
use nlmsg::payload::{FieldInfo, Record, Set, View};
use nlmsg::route::*;

use super::Seen;
pub(super) use nft::command as nft;

/// How an attribute is said.
enum Say {
    /// A word, and the value.
    Is(&'static str),
    /// A word, and the name of a link.
    Link(&'static str),
    /// A word, and the first name that a table gives the value, as `ip` writes it.
    Word(&'static str, fn(i64) -> Option<&'static str>),
    /// `on` or `off`.
    OnOff(&'static str),
    /// The bits that count of the value that this word, the one before, has.
    Mask(&'static str),
    /// By this function, which is given the value.
    Own(fn(&Request<'_>, &[u8]) -> Option<Vec<String>>),
    /// It is said elsewhere, or follows from the rest.
    Nothing,
}

type Words = &'static [(&'static str, Say)];

/// A request as words are made of it.
struct Request<'a> {
    seen: &'a Seen<'a>,
    flags: NlmF,
    header: &'static [FieldInfo],
    fixed: &'a [u8],
    set: &'static Set,
    attrs: &'a [u8],
}

impl<'a> Request<'a> {
    fn new(seen: &'a Seen<'_>) -> Option<Request<'a>> {
        let info = seen.info()?;
        let payload = seen.message()?.payload;
        let size: usize = info.header.iter().map(|field| field.size).sum();
        let (fixed, attrs) = payload.split_at_checked(size)?;
        let flags = seen.header?.nlmsg_flags;
        Some(Request { seen, flags, header: info.header, fixed, set: info.set_of(flags), attrs })
    }

    /// The header as a whole.
    fn head<H: Record>(&self) -> Option<H> {
        View::new(self.fixed).get()
    }

    fn field(&self, name: &str) -> u32 {
        let Some(field) = self.header.iter().find(|field| field.name == name) else { return 0 };
        let bytes = self.fixed.get(field.offset..field.offset + field.size).unwrap_or_default();
        let mut own = [0; 4];
        let len = bytes.len().min(4);
        match cfg!(target_endian = "little") {
            true => own[..len].copy_from_slice(&bytes[..len]),
            false => own[4 - len..].copy_from_slice(&bytes[..len]),
        }
        u32::from_ne_bytes(own)
    }

    fn get(&self, name: &str) -> Option<&'a [u8]> {
        get(self.set, self.attrs, name)
    }

    /// The value of an attribute, as text.
    fn text(&self, name: &str) -> Option<String> {
        text(self.set, self.attrs, name)
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
    }

    fn link(&self, index: u32) -> String {
        self.seen.talk.link(self.seen.datagram, index)
    }

    /// The words of all attributes; `None` if one has none.
    fn words(&self, table: Words, attrs: &'a [u8], set: &'static Set, out: &mut Vec<String>) -> Option<()> {
        let mut walk = RawAttrs::new(attrs, 0);
        while let Some(raw) = walk.try_next() {
            let raw = raw.ok()?;
            let attr = set.get(raw.number())?;
            let (_, say) = table.iter().find(|(name, _)| *name == attr.name)?;
            let value = || self::value(attr.shape, raw.value());
            let number = || raw.value().first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
            match say {
                Say::Nothing => {}
                Say::Own(say) => out.extend(say(self, raw.value())?),
                Say::Is(word) => out.extend([(*word).to_owned(), value()?]),
                Say::Link(word) => match number()? {
                    0 if *word == "master" => out.push("nomaster".to_owned()),
                    index => out.extend([(*word).to_owned(), self.link(index)]),
                },
                Say::Mask(word) => match out.as_mut_slice() {
                    [.., before, mark] if before == word => mark.push_str(&format!("/{:#x}", number()?)),
                    _ => return None,
                },
                Say::Word(word, name) => out.extend([(*word).to_owned(), name((*raw.value().first()?).into())?.to_owned()]),
                Say::OnOff(word) => {
                    out.extend([
                        (*word).to_owned(),
                        if raw.value().iter().any(|byte| *byte != 0) { "on" } else { "off" }.to_owned(),
                    ]);
                }
            }
        }
        walk.rest().is_empty().then_some(())
    }

    /// `10.0.0.0/8` of an address and its length; a whole address without.
    fn prefix(&self, name: &str, len: &str) -> Option<String> {
        let (bytes, len) = (self.get(name)?, self.field(len));
        let address = self.text(name)?;
        Some(if len as usize == bytes.len() * 8 { address } else { format!("{address}/{len}") })
    }

    fn family(&self) -> u8 {
        self.fixed.first().copied().unwrap_or(0)
    }

    fn has(&self, flag: NlmF) -> bool {
        self.flags.contains(flag)
    }
}

fn get<'a>(set: &'static Set, attrs: &'a [u8], name: &str) -> Option<&'a [u8]> {
    RawAttrs::new(attrs, 0).find(set.by_name(name)?.number).map(|raw| raw.value())
}

fn text(set: &'static Set, attrs: &[u8], name: &str) -> Option<String> {
    value(set.by_name(name)?.shape, get(set, attrs, name)?)
}

/// A value as `ip` reads it: text as it is, numbers with their names' values.
fn value(shape: &'static nlmsg::payload::Shape, bytes: &[u8]) -> Option<String> {
    match shape.name {
        "ip" if bytes.is_empty() => Some("any".to_owned()),
        _ if !(shape.fits)(bytes) => None,
        "string" => {
            let text = std::str::from_utf8(bytes.strip_suffix(b"\0").unwrap_or(bytes)).ok()?;
            Some(word(text))
        }
        "u8" => Some(bytes.first()?.to_string()),
        "u16" => Some(u16::from_ne_bytes(*bytes.first_chunk()?).to_string()),
        "u32" => Some(u32::from_ne_bytes(*bytes.first_chunk()?).to_string()),
        "s32" => Some(i32::from_ne_bytes(*bytes.first_chunk()?).to_string()),
        "be16" => Some(u16::from_be_bytes(*bytes.first_chunk()?).to_string()),
        "be32" => Some(u32::from_be_bytes(*bytes.first_chunk()?).to_string()),
        "be64" => Some(u64::from_be_bytes(*bytes.first_chunk()?).to_string()),
        "ip" | "ipv4" | "ipv6" | "lladdr" => Some(shown(shape, bytes).to_string()),
        _ => None,
    }
}

/// A word as the shell takes it.
fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@%+,=".contains(&byte);
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// A name, or the number of what has none.
fn named(name: Option<&str>, number: impl std::fmt::Display) -> String {
    name.map_or_else(|| number.to_string(), String::from)
}

/// The value of an attribute that is one number.
fn u32_of(value: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(value.try_into().ok()?))
}

/// A realm, or two: `FROM/TO`.
fn realms(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let realms = u32_of(value)?;
    let (from, to) = (realms >> 16, realms & 0xffff);
    Some(vec!["realms".into(), if from == 0 { to.to_string() } else { format!("{from}/{to}") }])
}

fn join(words: Vec<String>) -> String {
    words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The `ip` or `bridge` command that would have sent a request of rtnetlink.
pub(super) fn command(seen: &Seen<'_>) -> Option<String> {
    let request = Request::new(seen)?;
    let name = seen.info()?.name;
    let command = match name {
        "RTM_SETLINK" | "RTM_DELLINK" if request.family() == AF_BRIDGE.0 => bridge::command(&request, name == "RTM_DELLINK"),
        "RTM_NEWLINK" | "RTM_DELLINK" => link::command(&request, name),
        "RTM_SETLINK" => link::attach(&request),
        "RTM_NEWLINKPROP" | "RTM_DELLINKPROP" => link::property(&request, name),
        "RTM_NEWADDR" | "RTM_DELADDR" => addr::command(&request, name),
        "RTM_NEWROUTE" | "RTM_DELROUTE" => route::command(&request, name),
        "RTM_NEWNEIGH" | "RTM_DELNEIGH" => neigh::command(&request, name),
        "RTM_NEWRULE" | "RTM_DELRULE" => rule::command(&request, name),
        "RTM_NEWNEXTHOP" | "RTM_DELNEXTHOP" => nexthop::command(&request, name),
        "RTM_NEWADDRLABEL" | "RTM_DELADDRLABEL" => nexthop::label(&request, name == "RTM_DELADDRLABEL"),
        "RTM_NEWMDB" | "RTM_DELMDB" => mdb::command(&request, name == "RTM_DELMDB"),
        "RTM_NEWTUNNEL" | "RTM_DELTUNNEL" => vni::command(&request, name == "RTM_DELTUNNEL"),
        _ if name.starts_with("RTM_GET") => show::command(&request, name),
        _ => None,
    }?;
    // all that `ip -echo` asks to be echoed
    let echoes = matches!(name.get(7..), Some("LINK" | "ADDR" | "ROUTE" | "RULE" | "NEXTHOP")) && !name.starts_with("RTM_GET");
    Some(match command.strip_prefix("ip ") {
        Some(rest) if echoes && request.has(NLM_F_ECHO) => format!("ip -echo {rest}"),
        _ => command,
    })
}
