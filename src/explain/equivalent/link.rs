//! `ip link add`, `set`, `del` and `property`, and `brctl addif`.

use nlmsg::AttrSet;
use nlmsg::frame::{NLM_F_CREATE, RawAttrs};
use nlmsg::payload::{Form, Record, View};
use nlmsg::route::*;

use super::{Request, Say, Words, get, join, text, word};

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
    ("IFLA_NEW_IFINDEX", Say::Is("index")),
    ("IFLA_NUM_TX_QUEUES", Say::Is("numtxqueues")),
    ("IFLA_NUM_RX_QUEUES", Say::Is("numrxqueues")),
    ("IFLA_OPERSTATE", Say::Own(|_, value| said("state", IfOper(*value.first()?).word()?))),
    ("IFLA_LINKMODE", Say::Own(|_, value| said("mode", IfLinkMode(*value.first()?).word()?))),
    ("IFLA_PROTO_DOWN", Say::OnOff("protodown")),
    ("IFLA_GSO_MAX_SIZE", Say::Is("gso_max_size")),
    ("IFLA_GSO_MAX_SEGS", Say::Is("gso_max_segs")),
    ("IFLA_GRO_MAX_SIZE", Say::Is("gro_max_size")),
    ("IFLA_LINK_NETNSID", Say::Is("link-netnsid")),
    ("IFLA_AF_SPEC", Say::Own(of_families)),
];

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

/// `ip link add`, `set` and `del`.
pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
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
    let header = View::<IfInfoMsg>::new(fixed).get()?;
    let set = Ifla::set();
    request.words(LINK, attrs, set, words)?;
    if let Some(bytes) = get(set, attrs, "IFLA_NET_NS_FD") {
        let fd = i32::from_ne_bytes(*bytes.first_chunk()?);
        let name = match (crate::explain::placeholder(fd.to_ne_bytes()), request.seen.datagram.socket.pid) {
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
pub(super) fn attach(request: &Request<'_>) -> Option<String> {
    let mut none = Vec::new();
    request.words(&[("IFLA_MASTER", Say::Nothing)], request.attrs, request.set, &mut none)?;
    let master = request.number("IFLA_MASTER").filter(|master| *master != 0 && request.family() == 0)?;
    Some(format!("brctl addif {} {}", request.link(master), request.link(request.field("ifi_index"))))
}

fn said(option: &str, word: &str) -> Option<Vec<String>> {
    Some(vec![option.to_owned(), word.to_lowercase()])
}

/// What a family keeps of a link: `addrgenmode`, of IPv6.
fn of_families(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let mut families = RawAttrs::new(value, 0);
    let family = families.try_next()?.ok()?;
    let mut attrs = RawAttrs::new(family.value(), 0);
    let mode = attrs.try_next()?.ok()?;
    let number = IflaInet6::set().by_name("IFLA_INET6_ADDR_GEN_MODE")?.number;
    let known = family.number() == u16::from(AF_INET6.0) && mode.number() == number;
    let word = In6AddrGenMode(*mode.value().first()?).word()?;
    let all = families.rest().is_empty() && attrs.rest().is_empty();
    (known && all).then(|| vec!["addrgenmode".into(), word.into()])
}

/// `ip link property add` and `del`: alternative names.
pub(super) fn property(request: &Request<'_>, name: &str) -> Option<String> {
    let mut words = vec!["ip link property".to_owned(), if name == "RTM_NEWLINKPROP" { "add" } else { "del" }.to_owned()];
    words.extend(["dev".to_owned(), request.link(request.field("ifi_index"))]);
    request.words(&[("IFLA_PROP_LIST", Say::Own(altnames))], request.attrs, request.set, &mut words)?;
    Some(join(words))
}

fn altnames(request: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    request.words(&[("IFLA_ALT_IFNAME", Say::Is("altname"))], value, Ifla::set(), &mut words)?;
    Some(words)
}
