//! What only asks: `show` of all objects, `ip route get`, `ip netns list-id`.

use nlmsg::AttrSet;
use nlmsg::frame::NLM_F_DUMP;
use nlmsg::route::link::RTEXT_FILTER_SKIP_STATS;
use nlmsg::route::*;

use super::{Request, Say, Words, get, join, named, text, u32_of};

/// The option that says a family; `None` if there is none.
fn family(family: u8) -> Option<&'static str> {
    Some(match Af(family) {
        AF_UNSPEC => "",
        AF_INET => " -4",
        AF_INET6 => " -6",
        AF_PACKET => " -0",
        AF_BRIDGE => " -B",
        AF_MPLS => " -M",
        _ => return None,
    })
}

pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
    let bridge = request.family() == AF_BRIDGE.0;
    let dump = request.has(NLM_F_DUMP);
    let show = |object: &str, table: Words, more: Vec<String>| {
        let mut words = vec![format!("ip{} {object} show", family(request.family())?)];
        request.words(table, request.attrs, request.set, &mut words)?;
        words.extend(more);
        Some(join(words))
    };
    match name {
        "RTM_GETLINK" if dump && bridge => Some("bridge link show".into()),
        "RTM_GETLINK" if dump => links(request),
        "RTM_GETLINK" => {
            let named = request.text("IFLA_IFNAME").or_else(|| request.text("IFLA_ALT_IFNAME"));
            let index = request.field("ifi_index");
            Some(format!("ip link show dev {}", named.unwrap_or_else(|| request.link(index))))
        }
        "RTM_GETADDR" if dump => show("addr", &[], dev(request, request.field("ifa_index"))),
        "RTM_GETROUTE" if dump => routes(request),
        "RTM_GETROUTE" => route(request),
        "RTM_GETNEXTHOP" if dump => {
            let table: Words = &[
                ("NHA_OIF", Say::Link("dev")),
                ("NHA_GROUPS", Say::Own(|_, value| value.is_empty().then(|| vec!["groups".into()]))),
                ("NHA_FDB", Say::Own(|_, value| value.is_empty().then(|| vec!["fdb".into()]))),
            ];
            show("nexthop", table, Vec::new())
        }
        "RTM_GETNEXTHOP" => show("nexthop", &[("NHA_ID", Say::Is("id"))], Vec::new()),
        "RTM_GETADDRLABEL" if dump && request.attrs.is_empty() && request.family() == AF_INET6.0 => {
            Some("ip addrlabel list".into())
        }
        "RTM_GETMDB" if dump && bridge && request.attrs.is_empty() && request.field("ifindex") == 0 => {
            Some("bridge mdb show".into())
        }
        "RTM_GETTUNNEL" if dump && bridge && request.attrs.is_empty() => {
            let stats = match TunnelMsgFlags(request.field("flags") as u8) {
                TunnelMsgFlags(0) => "",
                TUNNEL_MSG_FLAG_STATS => " -s",
                _ => return None,
            };
            Some(join([vec![format!("bridge{stats} vni show")], dev(request, request.field("ifindex"))].concat()))
        }
        "RTM_GETNEIGH" if dump && bridge && request.attrs.is_empty() => Some("bridge fdb show".into()),
        "RTM_GETNEIGH" if dump => {
            let table: Words = &[("NDA_IFINDEX", Say::Link("dev")), ("NDA_MASTER", Say::Link("master"))];
            let flags = Ntf(request.field("ndm_flags") as u8);
            let proxy = if flags == NTF_PROXY { vec!["proxy".to_owned()] } else { Vec::new() };
            show("neigh", table, proxy).filter(|_| flags.0 == 0 || flags == NTF_PROXY)
        }
        "RTM_GETRULE" if dump => show("rule", &[], Vec::new()),
        "RTM_GETNSID" if dump => {
            let mut words = vec!["ip netns list-id".to_owned()];
            let table: Words = &[("NETNSA_TARGET_NSID", Say::Is("target-nsid"))];
            request.words(table, request.attrs, request.set, &mut words)?;
            Some(join(words))
        }
        "RTM_GETVLAN" if dump => Some("bridge vlan show".into()),
        _ => None,
    }
}

fn dev(request: &Request<'_>, index: u32) -> Vec<String> {
    if index == 0 { Vec::new() } else { vec!["dev".to_owned(), request.link(index)] }
}

/// `ip link show`, which asks with a family of its own, or `ip addr show`, which asks for the links first.
fn links(request: &Request<'_>) -> Option<String> {
    let mask = request.get("IFLA_EXT_MASK").and_then(u32_of);
    let (object, family) = match (Af(request.family()), mask) {
        (AF_PACKET, _) => ("link", ""),
        (AF_UNSPEC, _) => ("addr", ""),
        // of one family it does not say what it can do without
        (AF_INET | AF_INET6, None) => ("addr", family(request.family())?),
        (other, _) => ("link", family(other.0)?),
    };
    let counters = if mask.is_some_and(|mask| mask & RTEXT_FILTER_SKIP_STATS.0 == 0) { " -s" } else { "" };
    let mut words = vec![format!("ip{counters}{family} {object} show")];
    let table: Words =
        &[("IFLA_EXT_MASK", Say::Nothing), ("IFLA_MASTER", Say::Link("master")), ("IFLA_LINKINFO", Say::Own(kind))];
    request.words(table, request.attrs, request.set, &mut words)?;
    Some(join(words))
}

fn kind(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let set = IflaInfo::set();
    let slave = get(set, value, "IFLA_INFO_SLAVE_KIND").is_some();
    let name = text(set, value, if slave { "IFLA_INFO_SLAVE_KIND" } else { "IFLA_INFO_KIND" })?;
    Some(vec!["type".into(), if slave { format!("{name}_slave") } else { name }])
}

/// `ip route show`.
fn routes(request: &Request<'_>) -> Option<String> {
    let header = request.head::<RtMsg>()?;
    let mut words = vec![format!("ip{} route show", family(header.rtm_family.0)?)];
    match request.number("RTA_TABLE").map(RtTable) {
        None => words.push("table all".to_owned()),
        Some(RT_TABLE_MAIN) => {}
        Some(table) => words.extend(["table".into(), named(table.word(), table.0)]),
    }
    let table: Words = &[("RTA_TABLE", Say::Nothing), ("RTA_OIF", Say::Link("dev"))];
    request.words(table, request.attrs, request.set, &mut words)?;
    if header.rtm_protocol != RTPROT_UNSPEC {
        words.extend(["proto".into(), named(header.rtm_protocol.word(), header.rtm_protocol.0)]);
    }
    if header.rtm_type != RTN_UNSPEC {
        words.extend(["type".into(), header.rtm_type.word()?.into()]);
    }
    match header.rtm_flags {
        RTM_F_CLONED => words.push("cache".into()),
        flags if flags.0 == 0 => {}
        _ => return None,
    }
    Some(join(words))
}

/// `ip route get`.
fn route(request: &Request<'_>) -> Option<String> {
    let header = request.head::<RtMsg>()?;
    let mut words = vec!["ip route get".to_owned()];
    let mut flags = header.rtm_flags;
    for (flag, word) in [(RTM_F_FIB_MATCH, "fibmatch"), (RTM_F_NOTIFY, "notify")] {
        if flags.contains(flag) {
            words.push(word.to_owned());
            flags = flags.without(flag);
        }
    }
    let table: Words = &[
        ("RTA_DST", Say::Own(|request, _| Some(vec![request.prefix("RTA_DST", "rtm_dst_len")?]))),
        ("RTA_SRC", Say::Own(|request, _| Some(vec!["from".into(), request.prefix("RTA_SRC", "rtm_src_len")?]))),
        ("RTA_IIF", Say::Link("iif")),
        ("RTA_OIF", Say::Link("oif")),
        ("RTA_MARK", Say::Is("mark")),
        ("RTA_UID", Say::Is("uid")),
        ("RTA_IP_PROTO", Say::Is("ipproto")),
        ("RTA_SPORT", Say::Is("sport")),
        ("RTA_DPORT", Say::Is("dport")),
    ];
    request.words(table, request.attrs, request.set, &mut words)?;
    if header.rtm_tos != 0 {
        words.extend(["tos".into(), format!("{:#x}", header.rtm_tos)]);
    }
    // which a look-up in the tables says without any word
    (flags.without(RTM_F_LOOKUP_TABLE).0 == 0 && request.get("RTA_DST").is_some()).then(|| join(words))
}
