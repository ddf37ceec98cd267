//! `ip route add`, `append`, `prepend`, `change`, `replace` and `del`.

use nlmsg::AttrSet;
use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RawAttrs};
use nlmsg::route::*;

use super::{Request, Say, Words, get, join, named, realms, u32_of};

const ROUTE: Words = &[
    ("RTA_DST", Say::Nothing),
    ("RTA_SRC", Say::Nothing),
    ("RTA_GATEWAY", Say::Is("via")),
    ("RTA_VIA", Say::Own(via)),
    ("RTA_OIF", Say::Link("dev")),
    ("RTA_PREFSRC", Say::Is("src")),
    ("RTA_PRIORITY", Say::Is("metric")),
    ("RTA_TABLE", Say::Is("table")),
    ("RTA_FLOW", Say::Own(realms)),
    ("RTA_EXPIRES", Say::Is("expires")),
    ("RTA_METRICS", Say::Own(metrics)),
    ("RTA_PREF", Say::Word("pref", |value| Icmpv6RouterPref(value as u8).word())),
    ("RTA_TTL_PROPAGATE", Say::Own(ttl_propagate)),
    ("RTA_NH_ID", Say::Is("nhid")),
    // at the end of the line
    ("RTA_MULTIPATH", Say::Nothing),
];

/// A gateway of another family than the route's.
fn via(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let (family, address) = value.split_first_chunk::<2>()?;
    let family = u16::from_ne_bytes(*family);
    let (name, address) = match address.len() {
        4 if family == u16::from(AF_INET.0) => ("inet", std::net::IpAddr::from(<[u8; 4]>::try_from(address).ok()?)),
        16 if family == u16::from(AF_INET6.0) => ("inet6", std::net::IpAddr::from(<[u8; 16]>::try_from(address).ok()?)),
        _ => return None,
    };
    Some(vec!["via".into(), name.into(), address.to_string()])
}

fn ttl_propagate(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let word = ["disabled", "enabled"].get(usize::from(*value.first()?))?;
    Some(vec!["ttl-propagate".into(), (*word).into()])
}

/// Metrics, each with `lock` if its bit is set in `RTAX_LOCK`, which comes last.
fn metrics(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let mut locked = get(Rtax::set(), value, "RTAX_LOCK").map_or(Some(0), u32_of)?;
    let mut words = Vec::new();
    let mut attrs = RawAttrs::new(value, 0);
    while let Some(raw) = attrs.try_next() {
        let raw = raw.ok()?;
        let attr = Rtax::set().get(raw.number())?;
        if attr.name == "RTAX_LOCK" {
            continue;
        }
        let bit = 1u32.checked_shl(raw.number().into())?;
        words.extend(crate::ip::metric_words(raw.number(), raw.value(), locked & bit != 0)?);
        locked &= !bit;
    }
    (locked == 0).then_some(words)
}

/// `nexthop`, as often as there is one.
fn multipath(request: &Request<'_>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let message = request.seen.message()?;
    let route: Route<'_> = message.body().ok()?;
    let hops = route.attrs.iter().find_map(|attr| match attr {
        Ok(Rta::RTA_MULTIPATH(hops)) => Some(hops),
        _ => None,
    });
    let Some(hops) = hops else { return Some(words) };
    for hop in hops.iter() {
        words.push("nexthop".to_owned());
        for attr in hop.attrs.iter() {
            let Rta::RTA_GATEWAY(gateway) = attr.ok()? else { return None };
            words.extend(["via".into(), gateway.to_string()]);
        }
        if hop.header.rtnh_ifindex != 0 {
            words.extend(["dev".into(), request.link(hop.header.rtnh_ifindex as u32)]);
        }
        if hop.header.rtnh_hops != 0 {
            words.extend(["weight".into(), (u32::from(hop.header.rtnh_hops) + 1).to_string()]);
        }
        match hop.header.rtnh_flags {
            RTNH_F_ONLINK => words.push("onlink".into()),
            flags if flags.0 == 0 => {}
            _ => return None,
        }
    }
    Some(words)
}

pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
    let header = request.head::<RtMsg>()?;
    let delete = name == "RTM_DELROUTE";
    let has = |name: &str| request.get(name).is_some();
    let mut words = vec!["ip route".to_owned()];
    let (create, excl, replace) = (request.has(NLM_F_CREATE), request.has(NLM_F_EXCL), request.has(NLM_F_REPLACE));
    words.push(
        match (delete, create, excl, replace, request.has(NLM_F_APPEND)) {
            (true, ..) => "del",
            (_, true, _, true, _) => "replace",
            (_, false, _, true, _) => "change",
            (_, true, true, ..) => "add",
            (_, true, _, _, true) => "append",
            (_, true, ..) => "prepend",
            (_, false, true, ..) => "test",
            _ => return None,
        }
        .to_owned(),
    );
    let (usual_type, usual_protocol) = if delete { (RTN_UNSPEC, RTPROT_UNSPEC) } else { (RTN_UNICAST, RTPROT_BOOT) };
    let typed = header.rtm_type != usual_type;
    if typed {
        words.push(header.rtm_type.word()?.to_owned());
    }
    match request.prefix("RTA_DST", "rtm_dst_len") {
        Some(prefix) => words.push(prefix),
        None if header.rtm_dst_len == 0 => words.push("default".to_owned()),
        None => return None,
    }
    if let Some(source) = request.prefix("RTA_SRC", "rtm_src_len") {
        words.extend(["from".into(), source]);
    }
    request.words(ROUTE, request.attrs, request.set, &mut words)?;
    let table = header.rtm_table.get();
    let local = typed && matches!(header.rtm_type, RTN_LOCAL | RTN_BROADCAST | RTN_NAT | RTN_ANYCAST);
    if !has("RTA_TABLE") && table != if local { RT_TABLE_LOCAL } else { RT_TABLE_MAIN } {
        words.extend(["table".into(), named(table.word(), table.0)]);
    }
    if header.rtm_protocol != usual_protocol {
        words.extend(["proto".into(), named(header.rtm_protocol.word(), header.rtm_protocol.0)]);
    }
    let direct = !["RTA_GATEWAY", "RTA_VIA", "RTA_MULTIPATH", "RTA_NH_ID"].into_iter().any(has);
    let usual = match header.rtm_type {
        _ if header.rtm_family == AF_INET6 => RT_SCOPE_UNIVERSE,
        RTN_LOCAL | RTN_NAT => RT_SCOPE_HOST,
        RTN_BROADCAST | RTN_MULTICAST | RTN_ANYCAST => RT_SCOPE_LINK,
        RTN_UNICAST | RTN_UNSPEC if delete => RT_SCOPE_NOWHERE,
        RTN_UNICAST | RTN_UNSPEC if direct => RT_SCOPE_LINK,
        _ if delete => RT_SCOPE_NOWHERE,
        _ => RT_SCOPE_UNIVERSE,
    };
    if header.rtm_scope != usual {
        words.extend(["scope".into(), named(header.rtm_scope.word(), header.rtm_scope.0)]);
    }
    if header.rtm_tos != 0 {
        words.extend(["tos".into(), format!("{:#x}", header.rtm_tos)]);
    }
    match header.rtm_flags {
        RtmF(0) => {}
        flags if flags.0 == u32::from(RTNH_F_ONLINK.0) => words.push("onlink".into()),
        _ => return None,
    }
    words.extend(multipath(request)?);
    Some(join(words))
}
