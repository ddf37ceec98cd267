//! What `ip route show` prints, and which routes it means.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::ops::Range;

use nix::errno::Errno;
use nlmsg::payload::Nest;
use nlmsg::route::{Rta::*, Rtax::*, *};
use nlmsg::{Message, Record};

use super::{HELP, METRICS, Metric};
use crate::ip::{Ip, Request};
use crate::output::{Color, Output, Piece, Placed, Shown};
use crate::words::{EXIT_KERNEL, Prefix, Stop, Words, abbreviates};

/// Which routes are meant.
#[derive(Debug, Default)]
pub(super) struct Filter {
    family: u8,
    /// `None` is all tables.
    table: Option<u32>,
    proto: Option<u8>,
    scope: Option<u8>,
    kind: Option<Rtn>,
    oif: Option<u32>,
    via: Option<IpAddr>,
    src: Option<IpAddr>,
    metric: Option<u32>,
    /// The route is this prefix or inside of it.
    root: Option<Prefix>,
    /// The route covers this prefix.
    matching: Option<Prefix>,
    cloned: bool,
}

impl Filter {
    /// All routes of all tables.
    pub(super) fn any() -> Filter {
        Filter::default()
    }

    pub(super) fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Filter, Stop> {
        let mut filter = Filter { family: ip.options.family, table: Some(RT_TABLE_MAIN.0), ..Filter::default() };
        while let Some(word) = words.next() {
            let is = |full: &str| abbreviates(word, full);
            if is("table") {
                filter.table = match words.need()? {
                    "all" => None,
                    "cache" => {
                        filter.cloned = true;
                        None
                    }
                    word => match ip.names.tables.value(word) {
                        // the unnamed table is all tables
                        Some(0) => None,
                        Some(table) => Some(table),
                        None => return Err(words.wrong("table id value is invalid\n")),
                    },
                };
            } else if is("cached") || is("cloned") {
                filter.cloned = true;
            } else if is("protocol") {
                let word = words.need()?;
                let value = ip.names.protos.value(word).and_then(|value| u8::try_from(value).ok());
                filter.proto = match (value, word) {
                    (Some(proto), _) => Some(proto),
                    (None, "all") => None,
                    (None, _) => return Err(words.wrong("invalid \"protocol\"\n")),
                };
            } else if is("scope") {
                let word = words.need()?;
                let value = ip.names.scopes.value(word).and_then(|value| u8::try_from(value).ok());
                filter.scope = match (value, word) {
                    (Some(scope), _) => Some(scope),
                    (None, "all") => None,
                    (None, _) => return Err(words.wrong("invalid \"scope\"\n")),
                };
            } else if is("type") {
                let word = words.need()?;
                let kind = Rtn::from_word(word).or_else(|| crate::words::number(word).map(Rtn));
                filter.kind = Some(kind.ok_or_else(|| words.wrong("node type value is invalid\n"))?);
            } else if word == "dev" || word == "oif" {
                let dev = words.need()?;
                filter.oif = Some(ip.device(dev)?);
            } else if word == "via" {
                filter.via = Some(words.address(filter.family)?);
            } else if word == "src" {
                filter.src = Some(words.address(filter.family)?);
            } else if is("metric") || is("priority") || word == "preference" {
                filter.metric = Some(words.number("\"metric\" value is invalid\n")?);
            } else {
                if is("help") {
                    return Err(Stop::help(HELP));
                }
                let word = if word == "to" { words.need()? } else { word };
                let how = if abbreviates(word, "root") || abbreviates(word, "match") || abbreviates(word, "exact") {
                    words.need()?;
                    word
                } else {
                    "exact"
                };
                words.back();
                let prefix = words.prefix(filter.family)?;
                let own = |filter: &mut Filter| filter.family = crate::words::family(&prefix.addr);
                if filter.family == 0 && words.last() != "default" {
                    own(&mut filter);
                }
                if !abbreviates(how, "match") {
                    filter.root = Some(prefix);
                }
                if !abbreviates(how, "root") {
                    filter.matching = Some(prefix);
                }
            }
        }
        Ok(filter)
    }

    fn takes(&self, route: &Seen<'_>) -> bool {
        let wide = |addr: IpAddr| match addr {
            IpAddr::V4(addr) => u128::from(u32::from(addr)) << 96,
            IpAddr::V6(addr) => u128::from(addr),
        };
        let dst = route.dst.map_or(0, wide);
        let same = |prefix: &Prefix, len: u8| len == 0 || (dst ^ wide(prefix.addr)) >> (128 - u32::from(len)) == 0;
        let header = &route.header;
        self.table.is_none_or(|table| table == route.table)
            && self.cloned == header.rtm_flags.contains(RTM_F_CLONED)
            && self.proto.is_none_or(|proto| proto == header.rtm_protocol.0)
            && self.scope.is_none_or(|scope| scope == header.rtm_scope.0)
            && self.kind.is_none_or(|kind| kind == header.rtm_type)
            && self.oif.is_none_or(|oif| route.oif == Some(oif))
            && self.via.is_none_or(|via| route.gateway == Some(via))
            && self.src.is_none_or(|src| route.prefsrc == Some(src))
            && self.metric.is_none_or(|metric| route.metric.unwrap_or(0) == metric)
            && self.root.as_ref().is_none_or(|root| header.rtm_dst_len >= root.len && same(root, root.len))
            && self.matching.as_ref().is_none_or(|to| header.rtm_dst_len <= to.len && same(to, header.rtm_dst_len))
    }
}

/// A route's attributes, found in one walk.
pub(super) struct Seen<'a> {
    header: RtMsg,
    table: u32,
    dst: Option<IpAddr>,
    src: Option<IpAddr>,
    gateway: Option<IpAddr>,
    via: Option<&'a [u8]>,
    oif: Option<u32>,
    iif: Option<u32>,
    prefsrc: Option<IpAddr>,
    metric: Option<u32>,
    flow: Option<u32>,
    mark: Option<u32>,
    nhid: Option<u32>,
    uid: Option<u32>,
    pref: Option<Icmpv6RouterPref>,
    propagate: Option<u8>,
    cache: Option<RtaCacheinfo>,
    metrics: Option<Nest<'a, Rtax<'a>>>,
    hops: Option<nlmsg::payload::Hops<'a, RtNextHop, Rta<'a>>>,
    /// Where in the output the destination came to stand.
    place: Cell<(usize, usize)>,
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

impl Filter {
    /// Gives every route that is meant to `each`.
    pub(super) fn dump(
        &self,
        ip: &mut Ip<'_, '_>,
        mut each: impl FnMut(&mut Ip<'_, '_>, &[u8], &Seen<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.dump_unless(ip, |_, _| false, |ip, payload, seen| each(ip, payload, seen))
    }

    /// As [`dump`](Self::dump), but what `done` has dealt with is not looked at.
    fn dump_unless(
        &self,
        ip: &mut Ip<'_, '_>,
        mut done: impl FnMut(&mut Output<'_>, &[u8]) -> bool,
        mut each: impl FnMut(&mut Ip<'_, '_>, &[u8], &Seen<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let family = match self.family {
            0 if self.table.is_some() => libc::AF_INET as u8,
            family => family,
        };
        let header = RtMsg {
            rtm_family: Af(family),
            rtm_protocol: RtProt(self.proto.unwrap_or(0)),
            rtm_type: self.kind.unwrap_or(Rtn(0)),
            rtm_flags: if self.cloned { RTM_F_CLONED } else { RtmF(0) },
            ..RtMsg::default()
        };
        let mut request = Request::new(&header);
        if let Some(table) = self.table {
            request.put(RTA_TABLE(RtTable(table)))?;
        }
        if let Some(oif) = self.oif {
            request.put(RTA_OIF(oif))?;
        }
        let done = ip.dump(RTM_GETROUTE, &request.body(), |ip, message| {
            if done(ip.out, message.payload) {
                return Ok(());
            }
            let Ok(route) = message.body::<Route<'_>>() else { return Ok(()) };
            let seen = Seen::new(&route);
            if self.takes(&seen) { each(ip, message.payload, &seen) } else { Ok(()) }
        });
        match done {
            // the main table is made with its first route
            Err(stop) if stop.errno == Some(Errno::ENOENT) && self.table == Some(RT_TABLE_MAIN.0) => Ok(()),
            Err(stop) if stop.errno.is_some() => Err(stop.with_status(EXIT_KERNEL)),
            done => done,
        }
    }
}

/// `ip route show`.
pub(super) fn list(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words)?;
    ip.out.array("");
    // a filter by destination says something else of each
    let alike = filter.root.is_none() && filter.matching.is_none();
    let shown: [RefCell<Alike>; 4] = Default::default();
    let slot = |payload: &[u8]| &shown[payload.len() / 4 % shown.len()];
    filter.dump_unless(
        ip,
        |out, payload| slot(payload).borrow().show(out, payload),
        |ip, payload, seen| {
            let (start, comma) = ip.out.mark();
            ip.out.object("");
            show(ip, seen, &filter)?;
            ip.out.end_object();
            // the first object of an array has no comma before it
            if alike && (comma || !ip.out.is_json()) {
                slot(payload).borrow_mut().learn(ip.out, start, payload, seen);
            }
            ip.out.done();
            Ok(())
        },
    )?;
    ip.out.end_array();
    ip.out.text_json_end();
    Ok(())
}

/// A route that was shown. Most of a large table differ only in their destination: then what stands around it is
/// copied, and nothing is decoded.
#[derive(Default)]
struct Alike {
    payload: Vec<u8>,
    /// Where in the payload the destination is.
    dst: Range<usize>,
    before: Piece,
    after: Piece,
}

impl Alike {
    /// Where in `struct rtmsg` the length of the destination's prefix is.
    const LEN: usize = 1;

    /// Keeps what was shown since `start`.
    fn learn(&mut self, out: &Output<'_>, start: usize, payload: &[u8], seen: &Seen<'_>) {
        self.dst = 0..0;
        let (from, to) = seen.place.get();
        let mut at = RtMsg::SIZE;
        let Ok(route) = Route::parse(payload, 0) else { return };
        for raw in route.attrs.raw() {
            let value = at + 4..at + 4 + raw.value().len();
            if raw.number() == libc::RTA_DST && seen.dst.is_some() {
                self.payload.clear();
                self.payload.extend_from_slice(payload);
                self.before.set(&out.since(start)[..from - start]);
                self.after.set(out.since(to));
                self.dst = value;
                return;
            }
            at += nlmsg::frame::align(4 + raw.value().len());
        }
    }

    /// Shows a route that differs only in its destination; false if it is another one.
    fn show(&self, out: &mut Output<'_>, payload: &[u8]) -> bool {
        let (own, Range { start, end }) = (&self.payload[..], self.dst.clone());
        let same = end > 0
            && own.len() == payload.len()
            && [own[0], own[2], own[3]] == [payload[0], payload[2], payload[3]]
            && alike(&own[4..start], &payload[4..start])
            && alike(&own[end..], &payload[end..]);
        if !same {
            return false;
        }
        let (dst, len) = (&payload[start..end], payload[Self::LEN]);
        let (dst, host): (IpAddr, u8) = match (<[u8; 4]>::try_from(dst), <[u8; 16]>::try_from(dst)) {
            (Ok(octets), _) => (octets.into(), 32),
            (_, Ok(octets)) => (octets.into(), 128),
            _ => return false,
        };
        if len == host {
            out.again(&self.before, dst, &self.after);
        } else {
            out.again(&self.before, Net(dst, len), &self.after);
        }
        out.done();
        true
    }
}

/// Whether attributes are the same, word by word: for so few the call of `memcmp` would cost more.
#[inline]
fn alike(own: &[u8], other: &[u8]) -> bool {
    let ((own, end), (other, others)) = (own.as_chunks::<4>(), other.as_chunks::<4>());
    own.iter().zip(other).all(|(own, other)| own == other) && end == others
}

/// Prints the route of an event; false if it is none of `dev`, or a cached one.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    let filter = Filter { oif: dev, ..Filter::any() };
    let Ok(route) = message.body::<Route<'_>>() else { return Ok(false) };
    let seen = Seen::new(&route);
    // routes of multicast have messages of the same types
    if !matches!(route.header.rtm_family, AF_INET | AF_INET6) || !filter.takes(&seen) {
        return Ok(false);
    }
    show(ip, &seen, &filter)?;
    Ok(true)
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
    if header.rtm_tos != 0 {
        let tos = ip.names.tos(header.rtm_tos);
        ip.out.put("tos", "tos ", &tos, " ");
    }
    if let Some(id) = route.nhid {
        ip.out.put("nhid", "nhid ", id, " ");
    }
    way(ip, color, route.gateway.filter(|_| filter.via.is_none()), route.via)?;
    if let Some(oif) = route.oif.filter(|_| filter.oif.is_none()) {
        ip.device_name("dev", "dev ", oif)?;
    }
    if !header.rtm_flags.contains(RTM_F_CLONED) {
        if (route.table != RT_TABLE_MAIN.0 || details) && filter.table.is_none() {
            ip.out.put("table", "table ", &*ip.names.tables.show(route.table), " ");
        }
        if (header.rtm_protocol != RTPROT_BOOT || details) && filter.proto.is_none() {
            ip.out.put("protocol", "proto ", &*ip.names.protos.show(u32::from(header.rtm_protocol.0)), " ");
        }
        if (header.rtm_scope != RT_SCOPE_UNIVERSE || details) && filter.scope.is_none() {
            ip.out.put("scope", "scope ", &*ip.names.scopes.show(u32::from(header.rtm_scope.0)), " ");
        }
    }
    if let Some(src) = route.prefsrc.filter(|_| filter.src.is_none()) {
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
    if let Some(flow) = route.flow {
        let (from, to) = (flow >> 16, flow & 0xffff);
        ip.out.object("flow");
        ip.out.text(if from == 0 { "realm " } else { "realms " });
        if from != 0 {
            ip.out.put("from", "", &*ip.names.realms.show(from), "/");
        }
        ip.out.put("to", "", &*ip.names.realms.show(to), " ");
        ip.out.end_object();
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
    if let Some(iif) = route.iif {
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
    if let Some(hops) = route.hops {
        ip.out.array("nexthops");
        for hop in hops.iter() {
            let (mut gateway, mut via) = (None, None);
            for attr in hop.attrs.iter().map_while(Result::ok) {
                match attr {
                    RTA_GATEWAY(addr) => gateway = Some(addr),
                    RTA_VIA(addr) => via = Some(addr.as_bytes()),
                    _ => {}
                }
            }
            ip.out.object("");
            ip.out.line();
            ip.out.text("\tnexthop ");
            way(ip, color, gateway, via)?;
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

/// Ticks a second in which the kernel tells times to user space.
const USER_HZ: i32 = 100;

/// An address and the length of its prefix.
struct Net(IpAddr, u8);

impl crate::output::Value for Net {
    fn text(&self, out: &mut Vec<u8>) {
        self.0.text(out);
        out.push(b'/');
        self.1.text(out);
    }
    fn json(&self, out: &mut Vec<u8>) {
        crate::output::quoted(self, out);
    }
}

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

fn flags(ip: &mut Ip<'_, '_>, flags: u32) {
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
                    ip.out.put(name, "", Shown(f64::from(value) / 1000.0), "s ");
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
            Metric::Number | Metric::Name => {
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
