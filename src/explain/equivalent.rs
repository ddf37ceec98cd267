//! The command that would have sent a request: `ip`, `bridge` or `nft`.
//!
//! The words come from tables, attribute by attribute; those of a kind of link from the very rows that read them. Where a
//! request holds something that no word says, there is no command: half of the truth would be none.

mod bridge;
mod nft;

use nlmsg::AttrSet;
use nlmsg::explain::shown;
use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NlmF, RawAttrs};
use nlmsg::payload::{FieldInfo, Form, Record, Set};
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
    /// It is said elsewhere, or follows from the rest.
    Nothing,
}

type Words = &'static [(&'static str, Say)];

const LINK: Words = &[
    ("IFLA_IFNAME", Say::Nothing),
    ("IFLA_LINKINFO", Say::Nothing),
    ("IFLA_LINK", Say::Nothing),
    ("IFLA_ADDRESS", Say::Is("address")),
    ("IFLA_BROADCAST", Say::Is("broadcast")),
    ("IFLA_TXQLEN", Say::Is("txqueuelen")),
    ("IFLA_MTU", Say::Is("mtu")),
    ("IFLA_MASTER", Say::Link("master")),
    ("IFLA_IFALIAS", Say::Is("alias")),
    ("IFLA_GROUP", Say::Is("group")),
    ("IFLA_CARRIER", Say::OnOff("carrier")),
    ("IFLA_NET_NS_PID", Say::Is("netns")),
    ("IFLA_NET_NS_FD", Say::Nothing),
    ("IFLA_NUM_TX_QUEUES", Say::Is("numtxqueues")),
    ("IFLA_NUM_RX_QUEUES", Say::Is("numrxqueues")),
    ("IFLA_PROTO_DOWN", Say::OnOff("protodown")),
    ("IFLA_GSO_MAX_SIZE", Say::Is("gso_max_size")),
    ("IFLA_GSO_MAX_SEGS", Say::Is("gso_max_segs")),
    ("IFLA_LINK_NETNSID", Say::Is("link-netnsid")),
];
const ADDR: Words = &[
    ("IFA_LOCAL", Say::Nothing),
    ("IFA_ADDRESS", Say::Nothing),
    ("IFA_BROADCAST", Say::Is("broadcast")),
    ("IFA_LABEL", Say::Is("label")),
    ("IFA_RT_PRIORITY", Say::Is("metric")),
    ("IFA_ANYCAST", Say::Is("anycast")),
];
const ROUTE: Words = &[
    ("RTA_DST", Say::Nothing),
    ("RTA_SRC", Say::Nothing),
    ("RTA_GATEWAY", Say::Is("via")),
    ("RTA_OIF", Say::Link("dev")),
    ("RTA_IIF", Say::Link("iif")),
    ("RTA_PREFSRC", Say::Is("src")),
    ("RTA_PRIORITY", Say::Is("metric")),
    ("RTA_TABLE", Say::Is("table")),
    ("RTA_FLOW", Say::Is("realms")),
    ("RTA_MARK", Say::Is("mark")),
    ("RTA_UID", Say::Is("uid")),
    ("RTA_NH_ID", Say::Is("nhid")),
];
const NEIGH: Words = &[("NDA_DST", Say::Nothing), ("NDA_LLADDR", Say::Is("lladdr")), ("NDA_PROTOCOL", Say::Is("protocol"))];
const FDB: Words = &[
    ("NDA_LLADDR", Say::Nothing),
    ("NDA_DST", Say::Is("dst")),
    ("NDA_VLAN", Say::Is("vlan")),
    ("NDA_PORT", Say::Is("port")),
    ("NDA_VNI", Say::Is("vni")),
    ("NDA_IFINDEX", Say::Link("via")),
];
const RULE: Words = &[
    ("FRA_SRC", Say::Nothing),
    ("FRA_DST", Say::Nothing),
    ("FRA_PRIORITY", Say::Is("priority")),
    ("FRA_FWMARK", Say::Is("fwmark")),
    ("FRA_IIFNAME", Say::Is("iif")),
    ("FRA_OIFNAME", Say::Is("oif")),
    ("FRA_TABLE", Say::Is("table")),
    ("FRA_GOTO", Say::Is("goto")),
    ("FRA_PROTOCOL", Say::Word("protocol", |value| RtProt(value as u8).word())),
    ("FRA_SUPPRESS_PREFIXLEN", Say::Is("suppress_prefixlength")),
];

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
        Some(Request { seen, flags: seen.header?.nlmsg_flags, header: info.header, fixed, set: (info.set)(), attrs })
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
                Say::Is(word) => out.extend([(*word).to_owned(), value()?]),
                Say::Link(word) => match number()? {
                    0 if *word == "master" => out.push("nomaster".to_owned()),
                    index => out.extend([(*word).to_owned(), self.link(index)]),
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
    let number = set.by_name(name)?.number;
    let mut walk = RawAttrs::new(attrs, 0);
    while let Some(Ok(raw)) = walk.try_next() {
        if raw.number() == number {
            return Some(raw.value());
        }
    }
    None
}

fn text(set: &'static Set, attrs: &[u8], name: &str) -> Option<String> {
    value(set.by_name(name)?.shape, get(set, attrs, name)?)
}

/// A value as `ip` reads it: text as it is, numbers with their names' values.
fn value(shape: &'static nlmsg::payload::Shape, bytes: &[u8]) -> Option<String> {
    match shape.name {
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

fn join(words: Vec<String>) -> String {
    words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The `ip` or `bridge` command that would have sent a request of rtnetlink.
pub(super) fn command(seen: &Seen<'_>) -> Option<String> {
    let request = Request::new(seen)?;
    let name = seen.info()?.name;
    let dump = request.has(NLM_F_DUMP);
    match name {
        "RTM_SETLINK" | "RTM_DELLINK" if request.family() == AF_BRIDGE.0 => bridge::command(&request, name == "RTM_DELLINK"),
        "RTM_NEWLINK" | "RTM_DELLINK" => link(&request, name),
        "RTM_SETLINK" => attach(&request),
        "RTM_NEWADDR" | "RTM_DELADDR" => addr(&request, name),
        "RTM_NEWROUTE" | "RTM_DELROUTE" => route(&request, name),
        "RTM_NEWNEIGH" | "RTM_DELNEIGH" => neigh(&request, name),
        "RTM_NEWRULE" | "RTM_DELRULE" => rule(&request, name),
        "RTM_GETLINK" if dump && request.family() == AF_BRIDGE.0 => Some("bridge link show".into()),
        "RTM_GETLINK" if dump => Some("ip link show".into()),
        "RTM_GETLINK" => {
            let named = request.text("IFLA_IFNAME").or_else(|| request.text("IFLA_ALT_IFNAME"));
            let index = request.field("ifi_index");
            Some(format!("ip link show dev {}", named.unwrap_or_else(|| request.link(index))))
        }
        "RTM_GETADDR" if dump => Some(format!("ip{} addr show", family(request.family()))),
        "RTM_GETROUTE" if dump => Some(format!("ip{} route show{}", family(request.family()), table(&request))),
        "RTM_GETROUTE" => Some(format!("ip route get {}", request.text("RTA_DST")?)),
        "RTM_GETNEIGH" if dump && request.family() == AF_BRIDGE.0 => Some("bridge fdb show".into()),
        "RTM_GETNEIGH" if dump => Some(format!("ip{} neigh show", family(request.family()))),
        "RTM_GETRULE" if dump => Some(format!("ip{} rule show", family(request.family()))),
        "RTM_GETNSID" if dump => Some("ip netns list-id".into()),
        "RTM_GETVLAN" if dump => Some("bridge vlan show".into()),
        _ => None,
    }
}

fn family(family: u8) -> &'static str {
    match Af(family) {
        AF_INET => " -4",
        AF_INET6 => " -6",
        _ => "",
    }
}

fn table(request: &Request<'_>) -> String {
    request.text("RTA_TABLE").map_or_else(String::new, |table| format!(" table {table}"))
}

/// Flags of a device that have words, and whether the word `off` sets the flag.
const FLAGS: &[(Iff, &str, bool)] = &[
    (IFF_MULTICAST, "multicast", false),
    (IFF_ALLMULTI, "allmulticast", false),
    (IFF_PROMISC, "promisc", false),
    (IFF_NOTRAILERS, "trailers", true),
    (IFF_NOARP, "arp", true),
    (IFF_DYNAMIC, "dynamic", false),
];

fn device_flags(flags: Iff, mut change: Iff, out: &mut Vec<String>) -> Option<()> {
    if change.contains(IFF_UP) {
        out.push(if flags.contains(IFF_UP) { "up" } else { "down" }.to_owned());
        change = change.without(IFF_UP);
    }
    for (flag, word, turned) in FLAGS {
        if change.contains(*flag) {
            let on = flags.contains(*flag) != *turned;
            out.extend([(*word).to_owned(), if on { "on" } else { "off" }.to_owned()]);
            change = change.without(*flag);
        }
    }
    (change == Iff(0)).then_some(())
}

fn link(request: &Request<'_>, name: &str) -> Option<String> {
    let delete = name == "RTM_DELLINK";
    let create = request.has(NLM_F_CREATE);
    let index = request.field("ifi_index");
    let named = request.text("IFLA_IFNAME");
    let mut words = vec!["ip link".to_owned()];
    words.push(
        if delete {
            "del"
        } else if create {
            "add"
        } else {
            "set"
        }
        .to_owned(),
    );
    match (index, &named, create) {
        (_, Some(name), true) => {
            words.extend(["name".to_owned(), name.clone()]);
            if index != 0 {
                words.extend(["index".to_owned(), index.to_string()]);
            }
        }
        (_, None, true) => return None,
        (0, Some(name), false) => words.extend(["dev".to_owned(), name.clone()]),
        (0, None, false) if request.get("IFLA_GROUP").is_some() => {}
        (0, None, false) => return None,
        (index, renamed, false) => {
            words.extend(["dev".to_owned(), request.link(index)]);
            if let Some(name) = renamed {
                words.extend(["name".to_owned(), name.clone()]);
            }
        }
    }
    if let Some(link) = request.number("IFLA_LINK") {
        words.extend(["link".to_owned(), request.link(link)]);
    }
    link_words(request, request.fixed, request.attrs, &mut words)?;
    Some(join(words))
}

/// What is said of a link after its name: of the message's own, or of a veth's peer.
fn link_words<'a>(request: &Request<'a>, fixed: &[u8], attrs: &'a [u8], words: &mut Vec<String>) -> Option<()> {
    let header = (fixed.len() >= IfInfoMsg::SIZE).then(|| IfInfoMsg::read(fixed))?;
    let set = Ifla::set();
    request.words(LINK, attrs, set, words)?;
    if let Some(bytes) = get(set, attrs, "IFLA_NET_NS_FD") {
        let fd = i32::from_ne_bytes(*bytes.first_chunk()?);
        let name = match (super::placeholder(fd.to_ne_bytes()), request.seen.datagram.socket.pid) {
            (Some((_, name)), _) => name,
            (None, Some(pid)) => format!("/proc/{pid}/fd/{fd}"),
            (None, None) => return None,
        };
        words.extend(["netns".to_owned(), name]);
    }
    device_flags(header.ifi_flags, header.ifi_change, words)?;
    let Some(info) = get(set, attrs, "IFLA_LINKINFO") else { return Some(()) };
    let info_set = IflaInfo::set();
    let mut walk = RawAttrs::new(info, 0);
    let mut kind = String::new();
    while let Some(raw) = walk.try_next() {
        let raw = raw.ok()?;
        let link = |index| request.link(index);
        match info_set.get(raw.number())?.name {
            "IFLA_INFO_KIND" => {
                kind = std::str::from_utf8(raw.value().strip_suffix(b"\0").unwrap_or(raw.value())).ok()?.to_owned();
                words.extend(["type".to_owned(), word(&kind)]);
            }
            "IFLA_INFO_SLAVE_KIND" => {
                let slave = std::str::from_utf8(raw.value().strip_suffix(b"\0").unwrap_or(raw.value())).ok()?;
                kind = format!("{slave}_slave");
                words.extend(["type".to_owned(), word(&kind)]);
            }
            "IFLA_INFO_DATA" if kind == "veth" => peer(request, raw.value(), words)?,
            "IFLA_INFO_DATA" | "IFLA_INFO_SLAVE_DATA" => words.extend(crate::ip::kind_words(&kind, raw.value(), &link)?),
            _ => return None,
        }
    }
    walk.rest().is_empty().then_some(())
}

fn peer<'a>(request: &Request<'a>, data: &'a [u8], words: &mut Vec<String>) -> Option<()> {
    let set = VethInfo::set();
    let mut walk = RawAttrs::new(data, 0);
    let Some(raw) = walk.try_next() else { return Some(()) };
    let raw = raw.ok()?;
    let attr = set.get(raw.number())?;
    if !walk.rest().is_empty() || !matches!(attr.shape.form, Form::Headed(..)) {
        return None;
    }
    let (fixed, attrs) = raw.value().split_at_checked(IfInfoMsg::SIZE)?;
    words.push("peer".to_owned());
    if let Some(name) = text(Ifla::set(), attrs, "IFLA_IFNAME") {
        words.extend(["name".to_owned(), name]);
    }
    if get(Ifla::set(), attrs, "IFLA_LINK").is_some() {
        return None;
    }
    link_words(request, fixed, attrs, words)
}

/// A port is put into a bridge: `brctl` says so with a message that `ip` does not use.
fn attach(request: &Request<'_>) -> Option<String> {
    let mut none = Vec::new();
    request.words(&[("IFLA_MASTER", Say::Nothing)], request.attrs, request.set, &mut none)?;
    let master = request.number("IFLA_MASTER").filter(|master| *master != 0 && request.family() == 0)?;
    Some(format!("brctl addif {} {}", request.link(master), request.link(request.field("ifi_index"))))
}

fn addr(request: &Request<'_>, name: &str) -> Option<String> {
    let mut words = vec!["ip addr".to_owned()];
    words.push(
        match (name, request.has(NLM_F_REPLACE), request.has(NLM_F_CREATE)) {
            ("RTM_DELADDR", ..) => "del",
            (_, true, true) => "replace",
            (_, true, false) => "change",
            _ => "add",
        }
        .to_owned(),
    );
    let (local, address) = (request.get("IFA_LOCAL"), request.get("IFA_ADDRESS"));
    let len = request.field("ifa_prefixlen");
    let prefix = |name: &str| {
        let bits = request.get(name)?.len() * 8;
        let text = request.text(name)?;
        Some(if bits == len as usize { text } else { format!("{text}/{len}") })
    };
    match (local, address) {
        (Some(local), Some(address)) if local != address => {
            words.extend([request.text("IFA_LOCAL")?, "peer".into(), prefix("IFA_ADDRESS")?]);
        }
        (Some(_), _) => words.push(prefix("IFA_LOCAL")?),
        (None, Some(_)) => words.push(prefix("IFA_ADDRESS")?),
        (None, None) => return None,
    }
    request.words(ADDR, request.attrs, request.set, &mut words)?;
    let scope = RtScope(request.field("ifa_scope") as u8);
    if scope != RT_SCOPE_UNIVERSE && !(scope == RT_SCOPE_HOST && local.is_some_and(|bytes| bytes[0] == 127)) {
        words.extend(["scope".into(), scope.word().map_or_else(|| scope.0.to_string(), String::from)]);
    }
    if request.field("ifa_flags") != 0 {
        return None;
    }
    words.extend(["dev".into(), request.link(request.field("ifa_index"))]);
    Some(join(words))
}

fn route(request: &Request<'_>, name: &str) -> Option<String> {
    let header = (request.fixed.len() >= RtMsg::SIZE).then(|| RtMsg::read(request.fixed))?;
    let delete = name == "RTM_DELROUTE";
    let mut words = vec![format!("ip{} route", if request.family() == AF_INET6.0 { " -6" } else { "" })];
    let (create, excl, replace) = (request.has(NLM_F_CREATE), request.has(NLM_F_EXCL), request.has(NLM_F_REPLACE));
    words.push(
        match (delete, create, excl, replace, request.has(NLM_F_APPEND)) {
            (true, ..) => "del",
            (_, true, _, true, _) => "replace",
            (_, false, _, true, _) => "change",
            (_, true, true, ..) => "add",
            (_, true, _, _, true) => "append",
            (_, true, ..) => "prepend",
            _ => return None,
        }
        .to_owned(),
    );
    if header.rtm_type != RTN_UNICAST && header.rtm_type.0 != 0 {
        words.push(header.rtm_type.word()?.to_owned());
    }
    words.push(request.prefix("RTA_DST", "rtm_dst_len").unwrap_or_else(|| "default".to_owned()));
    if let Some(source) = request.prefix("RTA_SRC", "rtm_src_len") {
        words.extend(["from".into(), source]);
    }
    request.words(ROUTE, request.attrs, request.set, &mut words)?;
    let table = header.rtm_table.get();
    if request.get("RTA_TABLE").is_none() && table != RT_TABLE_MAIN && table.0 != 0 {
        words.extend(["table".into(), table.word().map_or_else(|| table.0.to_string(), String::from)]);
    }
    if header.rtm_protocol != RTPROT_BOOT && header.rtm_protocol.0 != 0 {
        words
            .extend(["proto".into(), header.rtm_protocol.word().map_or_else(|| header.rtm_protocol.0.to_string(), String::from)]);
    }
    let usual = match (delete, header.rtm_type, request.get("RTA_GATEWAY").is_some() || header.rtm_family == AF_INET6) {
        (true, ..) => RT_SCOPE_NOWHERE,
        (_, RTN_LOCAL | RTN_NAT, _) => RT_SCOPE_HOST,
        (_, RTN_BROADCAST | RTN_MULTICAST | RTN_ANYCAST, _) => RT_SCOPE_LINK,
        (_, RTN_UNICAST | Rtn(0), false) => RT_SCOPE_LINK,
        _ => RT_SCOPE_UNIVERSE,
    };
    if header.rtm_scope != usual {
        words.extend(["scope".into(), header.rtm_scope.word().map_or_else(|| header.rtm_scope.0.to_string(), String::from)]);
    }
    if header.rtm_tos != 0 {
        words.extend(["tos".into(), format!("{:#x}", header.rtm_tos)]);
    }
    Some(join(words))
}

fn neigh(request: &Request<'_>, name: &str) -> Option<String> {
    let header = (request.fixed.len() >= NdMsg::SIZE).then(|| NdMsg::read(request.fixed))?;
    let fdb = header.ndm_family == AF_BRIDGE;
    let mut words = vec![if fdb { "bridge fdb" } else { "ip neigh" }.to_owned()];
    let verb =
        match (name, request.has(NLM_F_CREATE), request.has(NLM_F_EXCL), request.has(NLM_F_REPLACE), request.has(NLM_F_APPEND)) {
            ("RTM_DELNEIGH", ..) => "del",
            (_, true, true, ..) => "add",
            (_, true, _, true, _) => "replace",
            (_, false, _, true, _) => "change",
            (_, true, _, _, true) => "append",
            _ => return None,
        };
    words.push(verb.to_owned());
    words.push(if fdb { request.text("NDA_LLADDR")? } else { request.text("NDA_DST")? });
    request.words(if fdb { FDB } else { NEIGH }, request.attrs, request.set, &mut words)?;
    words.extend(["dev".into(), request.link(header.ndm_ifindex as u32)]);
    let state = match (fdb, header.ndm_state) {
        (true, state) if state == NUD_PERMANENT | NUD_NOARP => Some(String::new()),
        (true, NUD_PERMANENT) => Some("permanent".into()),
        (true, NUD_NOARP) => Some("static".into()),
        (true, NUD_REACHABLE) => Some("dynamic".into()),
        (false, NUD_PERMANENT) if verb != "del" => Some(String::new()),
        (false, Nud(0)) if verb == "del" => Some(String::new()),
        (false, state) => Some(format!("nud {}", state.word()?.to_lowercase())),
        _ => None,
    };
    words.push(state?);
    for (flag, name) in [(NTF_SELF, "self"), (NTF_MASTER, "master"), (NTF_ROUTER, "router")] {
        if header.ndm_flags.contains(flag) {
            words.push(name.into());
        }
    }
    Some(join(words))
}

fn rule(request: &Request<'_>, name: &str) -> Option<String> {
    let header = (request.fixed.len() >= FibRuleHdr::SIZE).then(|| FibRuleHdr::read(request.fixed))?;
    let mut words = vec![format!("ip{} rule", if header.family == AF_INET6 { " -6" } else { "" })];
    words.push(if name == "RTM_DELRULE" { "del" } else { "add" }.to_owned());
    if header.flags.contains(FIB_RULE_INVERT) {
        words.push("not".into());
    }
    for (attr, len, word) in [("FRA_SRC", "src_len", "from"), ("FRA_DST", "dst_len", "to")] {
        if let Some(prefix) = request.prefix(attr, len) {
            words.extend([word.to_owned(), prefix]);
        }
    }
    request.words(RULE, request.attrs, request.set, &mut words)?;
    if header.tos != 0 {
        words.extend(["tos".into(), format!("{:#x}", header.tos)]);
    }
    let table = header.table.get();
    if request.get("FRA_TABLE").is_none() && table.0 != 0 && header.action == FR_ACT_TO_TBL {
        words.extend(["table".into(), table.word().map_or_else(|| table.0.to_string(), String::from)]);
    }
    match header.action {
        FR_ACT_TO_TBL | FR_ACT_GOTO | FrAct(0) => {}
        action => words.push(action.word()?.to_owned()),
    }
    Some(join(words))
}
