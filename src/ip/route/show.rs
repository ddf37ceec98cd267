//! What `ip route show` prints of a route.

use std::cell::Cell;
use std::net::IpAddr;

use nlmsg::Message;
use nlmsg::payload::Nest;
use nlmsg::route::{Rta::*, Rtax::*, *};

use super::list::{Filter, Net};
use super::{METRICS, Metric};
use crate::ip::{Ip, nexthop};
use crate::output::{Color, General, Placed, Shown};
use crate::words::{Prefix, Stop, bits};

/// A route's attributes, found in one walk.
pub(super) struct Seen<'a> {
    pub(super) header: RtMsg,
    pub(super) table: u32,
    pub(super) dst: Option<IpAddr>,
    pub(super) src: Option<IpAddr>,
    pub(super) gateway: Option<IpAddr>,
    pub(super) via: Option<&'a [u8]>,
    pub(super) oif: Option<u32>,
    pub(super) iif: Option<u32>,
    pub(super) prefsrc: Option<IpAddr>,
    pub(super) metric: Option<u32>,
    pub(super) flow: Option<u32>,
    pub(super) mark: Option<u32>,
    pub(super) nhid: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) pref: Option<Icmpv6RouterPref>,
    pub(super) propagate: Option<u8>,
    pub(super) cache: Option<RtaCacheinfo>,
    pub(super) metrics: Option<Nest<'a, Rtax<'a>>>,
    pub(super) hops: Option<nlmsg::payload::Hops<'a, RtNextHop, Rta<'a>>>,
    /// Where in the output the destination came to stand.
    pub(super) place: Cell<(usize, usize)>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(route: &Route<'a>) -> Seen<'a> {
        let mut seen = Seen {
            header: route.header,
            table: route.header.rtm_table.get().0,
            dst: None,
            src: None,
            gateway: None,
            via: None,
            oif: None,
            iif: None,
            prefsrc: None,
            metric: None,
            flow: None,
            mark: None,
            nhid: None,
            uid: None,
            pref: None,
            propagate: None,
            cache: None,
            metrics: None,
            hops: None,
            place: Cell::default(),
        };
        for attr in route.attrs.iter().map_while(Result::ok) {
            match attr {
                RTA_TABLE(table) => seen.table = table.0,
                RTA_DST(dst) => seen.dst = Some(dst),
                RTA_SRC(src) => seen.src = Some(src),
                RTA_GATEWAY(gateway) => seen.gateway = Some(gateway),
                RTA_VIA(via) => seen.via = Some(via.as_bytes()),
                RTA_OIF(oif) => seen.oif = Some(oif),
                RTA_IIF(iif) => seen.iif = Some(iif),
                RTA_PREFSRC(src) => seen.prefsrc = Some(src),
                RTA_PRIORITY(metric) => seen.metric = Some(metric),
                RTA_FLOW(flow) => seen.flow = Some(flow),
                RTA_MARK(mark) => seen.mark = Some(mark),
                RTA_NH_ID(id) => seen.nhid = Some(id),
                RTA_UID(uid) => seen.uid = Some(uid),
                RTA_PREF(pref) => seen.pref = Some(pref),
                RTA_TTL_PROPAGATE(on) => seen.propagate = Some(on),
                RTA_CACHEINFO(cache) => seen.cache = cache.get(),
                RTA_METRICS(metrics) => seen.metrics = Some(metrics),
                RTA_MULTIPATH(hops) => seen.hops = Some(hops),
                _ => {}
            }
        }
        seen
    }
}

/// Whether an event is of a route that is kept, and for one address.
pub(crate) fn is_event(message: &Message<'_>) -> bool {
    let of = |route: Route<'_>| (route.header.rtm_family, route.header.rtm_flags.contains(RTM_F_CLONED));
    message.body().is_ok_and(|route| matches!(of(route), (AF_INET | AF_INET6, false)))
}

/// Prints the route of an event; false if it is none of `dev`.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    let filter = Filter { oif: dev, ..Filter::any() };
    let Ok(route) = message.body::<Route<'_>>() else { return Ok(false) };
    let seen = Seen::new(&route);
    if !filter.takes(&seen) {
        return Ok(false);
    }
    show(ip, &seen, &filter)?;
    Ok(true)
}

/// Whether an address was asked for, and not only how it begins.
fn whole(prefix: &Option<Prefix>) -> bool {
    prefix.as_ref().is_some_and(|prefix| prefix.len == bits(&prefix.addr))
}

/// Prints one route. What the filter has pinned down is not said again.
pub(super) fn show(ip: &mut Ip<'_, '_>, route: &Seen<'_>, filter: &Filter) -> Result<(), Stop> {
    let header = route.header;
    let details = ip.options.details;
    let host = if header.rtm_family.0 == libc::AF_INET6 as u8 { 128 } else { 32 };
    if header.rtm_type != RTN_UNICAST || details {
        match header.rtm_type.word().filter(|_| !ip.options.numeric) {
            Some(word) => ip.out.put("type", "", word, " "),
            None => ip.out.put("type", "", &header.rtm_type.0.to_string(), " "),
        }
    }
    let color = if header.rtm_family.0 == libc::AF_INET6 as u8 { Color::Inet6 } else { Color::Inet };
    match route.dst {
        Some(dst) if header.rtm_dst_len == host => {
            ip.out.put_color(color, "dst", "", Placed(dst, &route.place), " ");
        }
        Some(dst) => ip.out.put_color(color, "dst", "", Placed(Net(dst, header.rtm_dst_len), &route.place), " "),
        None if header.rtm_dst_len > 0 => ip.out.put("dst", "", Shown(format_args!("0/{}", header.rtm_dst_len)), " "),
        None => ip.out.put("dst", "", "default", " "),
    }
    match route.src {
        Some(src) if header.rtm_src_len == host && !ip.out.is_json() => {
            ip.out.put_color(color, "", "", Shown(format_args!("from {src}")), " ");
        }
        Some(src) if header.rtm_src_len == host => ip.out.put("from", "", src, ""),
        Some(src) if ip.out.is_json() => ip.out.put("from", "", Net(src, header.rtm_src_len), ""),
        Some(src) => ip.out.put_color(color, "", "", Shown(format_args!("from {src}/{}", header.rtm_src_len)), " "),
        None if header.rtm_src_len > 0 => ip.out.put("from", "from ", Shown(format_args!("0/{}", header.rtm_src_len)), " "),
        None => {}
    }
    if header.rtm_tos != 0 && filter.tos.is_none() {
        let tos = ip.names.tos(header.rtm_tos);
        ip.out.put("tos", "tos ", &tos, " ");
    }
    if let Some(id) = route.nhid {
        ip.out.put("nhid", "nhid ", id, " ");
    }
    way(ip, color, route.gateway.filter(|_| !whole(&filter.via)), route.via)?;
    if let Some(oif) = route.oif.filter(|_| filter.oif.is_none()) {
        ip.device_name("dev", "dev ", oif)?;
    }
    if (route.table != RT_TABLE_MAIN.0 || details) && route.table != 0 && filter.table.is_none() {
        ip.out.put("table", "table ", &*ip.names.tables.show(route.table), " ");
    }
    if !header.rtm_flags.contains(RTM_F_CLONED) {
        if (header.rtm_protocol != RTPROT_BOOT || details) && filter.proto.is_none() {
            ip.out.put("protocol", "proto ", &*ip.names.protos.show(u32::from(header.rtm_protocol.0)), " ");
        }
        if (header.rtm_scope != RT_SCOPE_UNIVERSE || details) && filter.scope.is_none() {
            ip.out.put("scope", "scope ", &*ip.names.scopes.show(u32::from(header.rtm_scope.0)), " ");
        }
    }
    if let Some(src) = route.prefsrc.filter(|_| !whole(&filter.src)) {
        ip.out.put_color(color, "prefsrc", "src ", src, " ");
    }
    if let Some(metric) = route.metric.filter(|_| filter.metric.is_none()) {
        ip.out.put("metric", "metric ", metric, " ");
    }
    flags(ip, header.rtm_flags.0);
    if let Some(mark) = route.mark.filter(|&mark| mark != 0) {
        if mark >= 16 {
            ip.out.put("mark", "mark ", Shown(format_args!("{mark:#x}")), " ");
        } else {
            ip.out.put("mark", "mark ", mark, " ");
        }
    }
    if let Some(flow) = route.flow.filter(|_| filter.realms.is_none_or(|(_, mask)| mask != u32::MAX)) {
        realms(ip, flow);
    }
    if let Some(uid) = route.uid {
        ip.out.put("uid", "uid ", uid, " ");
    }
    let v4 = header.rtm_family.0 == libc::AF_INET as u8;
    if v4 && header.rtm_flags.contains(RTM_F_CLONED) {
        cache_flags(ip, header.rtm_flags.0);
    }
    if let Some(cache) = route.cache.filter(|_| !v4 || header.rtm_flags.contains(RTM_F_CLONED)) {
        cache_info(ip, &cache);
    }
    if let Some(nest) = route.metrics {
        metrics(ip, nest);
    }
    if let Some(iif) = route.iif.filter(|_| filter.iif.is_none()) {
        ip.device_name("iif", "iif ", iif)?;
    }
    if let Some(pref) = route.pref {
        match pref.word() {
            Some(word) => ip.out.put("pref", "pref ", word, ""),
            None => ip.out.put("pref", "pref ", pref.0, ""),
        }
    }
    if let Some(on) = route.propagate {
        ip.out.put("ttl-propogate", "ttl-propagate ", if on == 0 { "disabled" } else { "enabled" }, "");
    }
    if let Some(id) = route.nhid.filter(|_| details) {
        nexthop::info(ip, id)?;
    }
    if let Some(hops) = route.hops {
        ip.out.array("nexthops");
        for hop in hops.iter() {
            let (mut gateway, mut via, mut flow) = (None, None, None);
            for attr in hop.attrs.iter().map_while(Result::ok) {
                match attr {
                    RTA_GATEWAY(addr) => gateway = Some(addr),
                    RTA_VIA(addr) => via = Some(addr.as_bytes()),
                    RTA_FLOW(realms) => flow = Some(realms),
                    _ => {}
                }
            }
            ip.out.object("");
            ip.out.line();
            ip.out.text("\tnexthop ");
            way(ip, color, gateway, via)?;
            if let Some(flow) = flow {
                realms(ip, flow);
            }
            if hop.header.rtnh_ifindex != 0 {
                let name = ip.name(hop.header.rtnh_ifindex as u32)?;
                // alone of all devices without a colour
                ip.out.put("dev", "dev ", &name, " ");
            }
            ip.out.put("weight", "weight ", u32::from(hop.header.rtnh_hops) + 1, " ");
            flags(ip, u32::from(hop.header.rtnh_flags.0));
            ip.out.end_object();
        }
        ip.out.end_array();
    }
    ip.out.text("\n");
    Ok(())
}

/// `RTA_FLOW`: the realm where packets go, and that from which they come.
fn realms(ip: &mut Ip<'_, '_>, flow: u32) {
    let (from, to) = (flow >> 16, flow & 0xffff);
    ip.out.object("flow");
    ip.out.text(if from == 0 { "realm " } else { "realms " });
    if from != 0 {
        ip.out.put("from", "", &*ip.names.realms.show(from), "/");
    }
    ip.out.put("to", "", &*ip.names.realms.show(to), " ");
    ip.out.end_object();
}

/// Ticks a second in which the kernel tells times to user space.
const USER_HZ: i32 = 100;

/// What the kernel did to find a route: the line that begins with `cache`.
fn cache_flags(ip: &mut Ip<'_, '_>, flags: u32) {
    /// `RTCF_*` (linux/in_route.h), in the high half of `rtm_flags`.
    const FLAGS: &[(u32, &str)] = &[
        (0x8000_0000, "local"),
        (0x0002_0000, "reject"),
        (0x2000_0000, "mc"),
        (0x1000_0000, "brd"),
        (0x0008_0000, "dst-nat"),
        (0x0080_0000, "src-nat"),
        (0x0040_0000, "masq"),
        (0x0400_0000, "dst-direct"),
        (0x0200_0000, "src-direct"),
        (0x0004_0000, "redirected"),
        (0x0100_0000, "redirect"),
        (0x0020_0000, "fastroute"),
        (0x0001_0000, "notify"),
        (0x0010_0000, "proxy"),
    ];
    ip.out.line();
    ip.out.text("    cache ");
    ip.out.array("cache");
    let mut before = "<";
    for (flag, word) in FLAGS.iter().filter(|(flag, _)| flags & flag != 0) {
        let _ = flag;
        ip.out.put("", before, *word, "");
        before = ",";
    }
    if before == "," {
        ip.out.text("> ");
    }
    ip.out.end_array();
}

fn cache_info(ip: &mut Ip<'_, '_>, cache: &RtaCacheinfo) {
    if cache.rta_expires != 0 {
        ip.out.put("expires", "expires ", cache.rta_expires / USER_HZ, "sec ");
    }
    if cache.rta_error != 0 {
        ip.out.put("error", "error ", cache.rta_error, " ");
    }
    if ip.options.stats > 0 {
        if cache.rta_clntref != 0 {
            ip.out.put("users", "users ", cache.rta_clntref, " ");
        }
        if cache.rta_used != 0 {
            ip.out.put("used", "used ", cache.rta_used, " ");
        }
        if cache.rta_lastuse != 0 {
            ip.out.put("age", "age ", cache.rta_lastuse / USER_HZ as u32, "sec ");
        }
    }
}

fn way(ip: &mut Ip<'_, '_>, color: Color, gateway: Option<IpAddr>, via: Option<&[u8]>) -> Result<(), Stop> {
    if let Some(gateway) = gateway {
        ip.out.put_color(color, "gateway", "via ", gateway, " ");
    }
    let addr = via.and_then(|via| match via.len() {
        6 => Some(IpAddr::from(<[u8; 4]>::try_from(&via[2..]).ok()?)),
        18 => Some(IpAddr::from(<[u8; 16]>::try_from(&via[2..]).ok()?)),
        _ => None,
    });
    if let Some(addr) = addr {
        ip.out.object("via");
        ip.out.put("family", "via ", if addr.is_ipv4() { "inet" } else { "inet6" }, " ");
        ip.out.put_color(if addr.is_ipv4() { Color::Inet } else { Color::Inet6 }, "host", "", addr, " ");
        ip.out.end_object();
    }
    Ok(())
}

pub(in crate::ip) fn flags(ip: &mut Ip<'_, '_>, flags: u32) {
    /// `RTNH_F_*` and `RTM_F_*` share one word.
    const FLAGS: &[(u32, &str)] = &[
        (1, "dead"),
        (4, "onlink"),
        (2, "pervasive"),
        (8, "offload"),
        (64, "trap"),
        (0x100, "notify"),
        (16, "linkdown"),
        (32, "unresolved"),
        (0x4000, "rt_offload"),
        (0x8000, "rt_trap"),
        (0x2000_0000, "rt_offload_failed"),
    ];
    ip.out.array("flags");
    for (flag, word) in FLAGS {
        if flags & flag != 0 {
            ip.out.put("", "", *word, " ");
        }
    }
    ip.out.end_array();
}

fn metrics(ip: &mut Ip<'_, '_>, nest: Nest<'_, Rtax<'_>>) {
    let lock = nest.find(|attr| match attr {
        RTAX_LOCK(lock) => Some(lock),
        _ => None,
    });
    let lock = lock.unwrap_or(0);
    ip.out.array("metrics");
    ip.out.object("");
    for &(name, number, how) in METRICS {
        let raw = nest.raw().find(|raw| raw.number() == number).map(|raw| raw.value());
        let value = raw.and_then(|bytes| bytes.first_chunk()).map(|&bytes| u32::from_ne_bytes(bytes));
        let text = raw.filter(|_| how == Metric::Name).map(|bytes| bytes.strip_suffix(b"\0").unwrap_or(bytes));
        let locked = lock & 1 << number != 0;
        if value.is_none() && text.is_none() && !locked {
            continue;
        }
        if !ip.out.is_json() {
            ip.out.text(name);
            ip.out.text(" ");
        }
        if locked {
            ip.out.text("lock ");
        }
        if let Some(text) = text {
            ip.out.put("congestion", "", text, " ");
            continue;
        }
        let value = value.unwrap_or(0);
        match how {
            Metric::Time(parts) => {
                let value = value / parts;
                if ip.out.is_json() {
                    ip.out.put(name, "", value, "");
                } else if value >= 1000 {
                    ip.out.put(name, "", General(f64::from(value) / 1000.0), "s ");
                } else {
                    ip.out.put(name, "", value, "ms ");
                }
            }
            Metric::Features => {
                if value & 1 != 0 {
                    ip.out.flag("ecn", "ecn ");
                }
                if value & !1 != 0 {
                    ip.out.put("features", "", Shown(format_args!("{:#x}", value & !1)), " ");
                }
            }
            Metric::Number(_) | Metric::Name => {
                // -1 is the hop limit that the system would choose
                if name == "hoplimit" && value == u32::MAX {
                    ip.out.put(name, "", -1, " ")
                } else {
                    ip.out.put(name, "", value, " ")
                }
            }
        }
    }
    ip.out.end_object();
    ip.out.end_array();
}
