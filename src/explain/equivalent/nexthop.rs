//! `ip nexthop` and `ip addrlabel`.

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use nlmsg::payload::Records;
use nlmsg::route::*;

use super::{Request, Say, Words, get, join, named, u32_of};

const HOP: Words = &[
    ("NHA_ID", Say::Is("id")),
    ("NHA_OIF", Say::Link("dev")),
    ("NHA_GATEWAY", Say::Is("via")),
    ("NHA_BLACKHOLE", Say::Own(|_, value| value.is_empty().then(|| vec!["blackhole".into()]))),
    ("NHA_FDB", Say::Own(|_, value| value.is_empty().then(|| vec!["fdb".into()]))),
    ("NHA_GROUP", Say::Own(group)),
    ("NHA_RES_GROUP", Say::Nothing),
    ("NHA_GROUP_TYPE", Say::Own(kind)),
];

const RESILIENT: Words = &[
    ("NHA_RES_GROUP_BUCKETS", Say::Is("buckets")),
    ("NHA_RES_GROUP_IDLE_TIMER", Say::Own(|_, value| timer("idle_timer", value))),
    ("NHA_RES_GROUP_UNBALANCED_TIMER", Say::Own(|_, value| timer("unbalanced_timer", value))),
];

fn group(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let mut members = Vec::new();
    for member in Records::<NexthopGrp>::new(value)?.iter() {
        match member {
            NexthopGrp { id, weight: 0, weight_high: 0, resvd2: 0 } => members.push(id.to_string()),
            NexthopGrp { id, weight, weight_high: 0, resvd2: 0 } => members.push(format!("{id},{}", u32::from(weight) + 1)),
            _ => return None,
        }
    }
    (!members.is_empty()).then(|| vec!["group".into(), members.join("/")])
}

/// The kind of a group; what a resilient one has besides stands before it.
fn kind(request: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let kind = NexthopGrpType(u16::from_ne_bytes(value.try_into().ok()?));
    let mut words = vec!["type".to_owned(), kind.word()?.to_owned()];
    let inner = get(request.set, request.attrs, "NHA_RES_GROUP");
    match inner {
        Some(inner) if kind == NEXTHOP_GRP_TYPE_RES => {
            request.words(RESILIENT, inner, <NhaResGroup<'_> as nlmsg::AttrSet>::set(), &mut words)?;
        }
        Some(_) => return None,
        None => {}
    }
    Some(words)
}

/// Hundredths of a second, which the words have in seconds.
fn timer(word: &str, value: &[u8]) -> Option<Vec<String>> {
    let hundredths = u32_of(value)?;
    hundredths.is_multiple_of(100).then(|| vec![word.into(), (hundredths / 100).to_string()])
}

pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
    let header = request.head::<NhMsg>()?;
    let has = |name: &str| request.get(name).is_some();
    // a nest without the kind that it is of has no words
    if header.nh_scope != RT_SCOPE_UNIVERSE || header.resvd != 0 || has("NHA_RES_GROUP") && !has("NHA_GROUP_TYPE") {
        return None;
    }
    // what the words alone would make of the family
    let usual = match request.get("NHA_GATEWAY").map(<[u8]>::len) {
        Some(4) => AF_INET,
        Some(16) => AF_INET6,
        Some(1..) => return None,
        _ if has("NHA_OIF") || has("NHA_BLACKHOLE") => AF_INET,
        _ => AF_UNSPEC,
    };
    let family = match header.nh_family {
        family if family == usual => "",
        AF_INET => " -4",
        AF_INET6 => " -6",
        _ => return None,
    };
    let verb = match (name, request.has(NLM_F_CREATE), request.has(NLM_F_EXCL), request.has(NLM_F_REPLACE)) {
        ("RTM_DELNEXTHOP", ..) => "del",
        (_, true, true, false) => "add",
        (_, true, false, true) => "replace",
        _ => return None,
    };
    let mut words = vec![format!("ip{family} nexthop {verb}")];
    // before the attributes, as more words would follow a resilient group's
    match header.nh_flags {
        0 => {}
        flags if flags == u32::from(RTNH_F_ONLINK.0) => words.push("onlink".into()),
        _ => return None,
    }
    if header.nh_protocol != RTPROT_UNSPEC {
        words.extend(["protocol".into(), named(header.nh_protocol.word(), header.nh_protocol.0)]);
    }
    request.words(HOP, request.attrs, request.set, &mut words)?;
    Some(join(words))
}

const LABEL: Words = &[("IFAL_LABEL", Say::Is("label")), ("IFAL_ADDRESS", Say::Own(prefix))];

fn prefix(request: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let (len, address) = (request.field("ifal_prefixlen") as usize, request.text("IFAL_ADDRESS")?);
    let prefix = if len == value.len() * 8 { address } else { format!("{address}/{len}") };
    Some(vec!["prefix".into(), prefix])
}

pub(super) fn label(request: &Request<'_>, delete: bool) -> Option<String> {
    let header = request.head::<IfAddrLblMsg>()?;
    if header.ifal_family != AF_INET6 || header.ifal_flags != 0 {
        return None;
    }
    let mut words = vec![format!("ip addrlabel {}", if delete { "del" } else { "add" })];
    request.words(LABEL, request.attrs, request.set, &mut words)?;
    if header.ifal_index != 0 {
        words.extend(["dev".into(), request.link(header.ifal_index)]);
    }
    // both must be said
    (request.get("IFAL_LABEL").is_some() && request.get("IFAL_ADDRESS").is_some()).then(|| join(words))
}
