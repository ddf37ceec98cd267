//! `ip route`: the grammar of a route. What is shown of one is in `show`.

mod get;
mod list;
mod show;

pub(super) use show::flags;
pub(crate) use show::{event, is_event};

use std::net::IpAddr;

use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Low8, Str, View};
use nlmsg::route::{Rta::*, Rtax::*, *};

use crate::ip::{Ip, Request, link, names, verb};
use crate::words::{EXIT_GRAMMAR, Stop, Words, abbreviates, number, strtod, strtol, wrapped};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Get,
    Flush,
    Help,
}

const HELP: &str = "\
Usage: ip route { list | flush } SELECTOR
       ip route get [ to ] ADDRESS [ from ADDRESS iif STRING ]
                    [ oif STRING ] [ mark NUMBER ] [ uid NUMBER ]
                    [ fibmatch ] [ ipproto PROTOCOL ]
                    [ sport NUMBER ] [ dport NUMBER ]
       ip route { add | del | change | append | replace } ROUTE
SELECTOR := [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ]
            [ table TABLE_ID ] [ vrf NAME ] [ proto RTPROTO ]
            [ type TYPE ] [ scope SCOPE ]
ROUTE := NODE_SPEC [ INFO_SPEC ]
NODE_SPEC := [ TYPE ] PREFIX [ tos TOS ]
             [ table TABLE_ID ] [ proto RTPROTO ]
             [ scope SCOPE ] [ metric METRIC ]
             [ ttl-propagate { enabled | disabled } ]
INFO_SPEC := { NH OPTIONS FLAGS [ nexthop NH ]... } | nhid ID
NH := [ via [ FAMILY ] ADDRESS ] [ dev STRING ] [ weight NUMBER ] NHFLAGS
FAMILY := [ inet | inet6 | mpls | bridge | link ]
OPTIONS := FLAGS [ mtu NUMBER ] [ advmss NUMBER ] [ as [ to ] ADDRESS ]
           [ rtt TIME ] [ rttvar TIME ] [ reordering NUMBER ]
           [ window NUMBER ] [ cwnd NUMBER ] [ initcwnd NUMBER ]
           [ ssthresh NUMBER ] [ realms REALM ] [ src ADDRESS ]
           [ rto_min TIME ] [ hoplimit NUMBER ] [ initrwnd NUMBER ]
           [ features FEATURES ] [ quickack BOOL ] [ congctl NAME ]
           [ pref PREF ] [ expires TIME ] [ fastopen_no_cookie BOOL ]
TYPE := { unicast | local | broadcast | multicast | throw |
          unreachable | prohibit | blackhole | nat }
TABLE_ID := [ local | main | default | all | NUMBER ]
SCOPE := [ host | link | global | NUMBER ]
NHFLAGS := [ onlink | pervasive ]
RTPROTO := [ kernel | boot | static | NUMBER ]
PREF := [ low | medium | high ]
TIME := NUMBER[s|ms]
BOOL := [1|0]
FEATURES := ecn";

/// `ip route ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("list", Verb::Show),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("get", Verb::Get),
        ("add", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)),
        ("change", Verb::Modify(RTM_NEWROUTE, NLM_F_REPLACE)),
        ("chg", Verb::Modify(RTM_NEWROUTE, NLM_F_REPLACE)),
        ("replace", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE)),
        ("prepend", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE)),
        ("append", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND)),
        ("test", Verb::Modify(RTM_NEWROUTE, NLM_F_EXCL)),
        ("delete", Verb::Modify(RTM_DELROUTE, NlmF(0))),
        ("flush", Verb::Flush),
        ("help", Verb::Help),
    ];
    match verb("route", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => list::list(ip, words),
        Verb::Get => get::get(ip, words),
        Verb::Flush => get::flush(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// How a metric of a route is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metric {
    /// A number, and the largest that it can be.
    Number(u32),
    /// Milliseconds, or seconds with `s`; kept in parts of a millisecond.
    Time(u32),
    Name,
    Features,
}

/// The metrics: their word, their attribute, and how they are written. `lock` may stand before the value.
const METRICS: &[(&str, u16, Metric)] = &[
    ("mtu", 2, Metric::Number(u32::MAX)),
    ("window", 3, Metric::Number(u32::MAX)),
    ("rtt", 4, Metric::Time(8)),
    ("rttvar", 5, Metric::Time(4)),
    ("ssthresh", 6, Metric::Number(u32::MAX)),
    ("cwnd", 7, Metric::Number(u32::MAX)),
    ("advmss", 8, Metric::Number(u32::MAX)),
    ("reordering", 9, Metric::Number(u32::MAX)),
    ("hoplimit", 10, Metric::Number(255)),
    ("initcwnd", 11, Metric::Number(u32::MAX)),
    ("features", 12, Metric::Features),
    ("rto_min", 13, Metric::Time(1)),
    ("initrwnd", 14, Metric::Number(u32::MAX)),
    ("quickack", 15, Metric::Number(1)),
    ("congctl", 16, Metric::Name),
    ("fastopen_no_cookie", 17, Metric::Number(1)),
];

/// Metrics whose words cannot be cut short.
const WHOLE: [&str; 5] = ["mtu", "hoplimit", "advmss", "rtt", "rto_min"];

/// The metric that a word means.
fn named_metric(word: &str) -> Option<&'static (&'static str, u16, Metric)> {
    // which iproute2 tries before `rttvar`
    let word = if word == "r" { "reordering" } else { word };
    METRICS.iter().find(|(name, ..)| word == *name || (!WHOLE.contains(name) && abbreviates(word, name)))
}

/// Where a route goes: what stands in `INFO_SPEC`, or after `nexthop`.
#[derive(Clone, Copy, Default)]
struct Way {
    gateway: bool,
    onlink: bool,
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = RtMsg {
        rtm_family: Af(ip.options.family),
        rtm_table: Low8::new(RT_TABLE_MAIN.0 as u8),
        rtm_scope: RT_SCOPE_NOWHERE,
        ..RtMsg::default()
    };
    if kind != RTM_DELROUTE {
        header.rtm_protocol = RTPROT_BOOT;
        header.rtm_scope = RtScope(0);
        header.rtm_type = RTN_UNICAST;
    }
    let mut request = Request::new(&header);
    let mut metrics = Request::empty();
    let mut locked = 0u32;
    let mut way = Way::default();
    let (mut dst, mut dev, mut scope, mut table, mut typed) = (false, None, false, false, false);
    let (mut nexthops, mut nhid) = (false, false);
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if word == "src" {
            let host = words.host(header.rtm_family.0)?;
            settle(&mut header, host.family);
            request.put_host("RTA_PREFSRC", host, RTA_PREFSRC)?;
        } else if word == "via" {
            if way.gateway {
                return Err(words.wrong("use nexthop syntax to specify multiple via\n"));
            }
            via(words, &mut header, &mut request)?;
            way.gateway = true;
        } else if word == "from" {
            header.rtm_src_len = prefix(words, &mut header, &mut request, RTA_SRC)?;
        } else if word == "tos" || is("dsfield") {
            let tos = words.need()?;
            let value = ip.names.tos_value(tos);
            header.rtm_tos = value.ok_or_else(|| words.wrong("\"tos\" value is invalid\n"))?;
        } else if word == "expires" {
            let seconds = words.number("\"expires\" value is invalid\n")?;
            request.put(RTA_EXPIRES(seconds))?;
        } else if is("metric") || is("priority") || word == "preference" {
            let metric = words.number("\"metric\" value is invalid\n")?;
            request.put(RTA_PRIORITY(metric))?;
        } else if word == "scope" {
            let word = words.need()?;
            let value = ip.names.scopes.value(word).and_then(|scope| u8::try_from(scope).ok());
            header.rtm_scope = value.map(RtScope).ok_or_else(|| words.wrong("invalid \"scope\" value\n"))?;
            scope = true;
        } else if let Some(metric) = named_metric(word) {
            self::metric(words, metric, &mut metrics, &mut locked)?;
        } else if is("realms") {
            let word = words.need()?;
            let realms = self::realms(ip, word).ok_or_else(|| words.wrong("\"realm\" value is invalid\n"))?;
            request.put(RTA_FLOW(realms))?;
        } else if word == "onlink" {
            way.onlink = true;
            header.rtm_flags |= RtmF(u32::from(RTNH_F_ONLINK.0));
        } else if word == "nexthop" {
            words.back();
            nexthops = true;
            break;
        } else if word == "nhid" {
            let id = words.number("\"id\" value is invalid\n")?;
            request.put(RTA_NH_ID(id))?;
            nhid = id != 0;
        } else if is("protocol") {
            let word = words.need()?;
            let value = ip.names.protos.value(word).and_then(|proto| u8::try_from(proto).ok());
            header.rtm_protocol = value.map(RtProt).ok_or_else(|| words.wrong("\"protocol\" value is invalid\n"))?;
        } else if is("table") {
            let word = words.need()?;
            let value = ip.names.tables.value(word).ok_or_else(|| words.wrong("\"table\" value is invalid\n"))?;
            set_table(&mut header, &mut request, value)?;
            table = true;
        } else if is("vrf") {
            let name = words.need()?;
            let value = vrf_table(ip, name)?.ok_or_else(|| words.wrong("Invalid VRF\n"))?;
            set_table(&mut header, &mut request, value)?;
            table = true;
        } else if word == "dev" || word == "oif" {
            dev = Some(words.need()?);
        } else if is("pref") {
            let pref = match words.need()? {
                "low" => ICMPV6_ROUTER_PREF_LOW,
                "medium" => ICMPV6_ROUTER_PREF_MEDIUM,
                "high" => ICMPV6_ROUTER_PREF_HIGH,
                word => number(word).map(Icmpv6RouterPref).ok_or_else(|| words.wrong("\"pref\" value is invalid\n"))?,
            };
            request.put(RTA_PREF(pref))?;
        } else if word == "ttl-propagate" {
            let on = match words.need()? {
                "enabled" => 1,
                "disabled" => 0,
                _ => return Err(words.wrong("\"ttl-propagate\" value is invalid\n")),
            };
            request.put(RTA_TTL_PROPAGATE(on))?;
        } else {
            let word = if word == "to" { words.need()? } else { word };
            if !word.starts_with(|c: char| c.is_ascii_digit())
                && let Some(kind) = names::route_type(word)
            {
                words.need()?;
                header.rtm_type = kind;
                typed = true;
            }
            if is("help") {
                return Err(Stop::help(HELP));
            }
            if dst {
                return Err(words.twice_or_garbage("to"));
            }
            words.back();
            header.rtm_dst_len = prefix(words, &mut header, &mut request, RTA_DST)?;
            dst = true;
        }
    }
    if !dst {
        return Err(Stop::help(HELP));
    }
    if let Some(dev) = dev {
        let index = ip.device(dev)?;
        request.put(RTA_OIF(index))?;
    }
    if locked != 0 {
        metrics.put(RTAX_LOCK(locked))?;
    }
    if !metrics.body().is_empty() {
        let nest = request.begin::<Rta<'_>>("RTA_METRICS");
        request.extend(&metrics);
        request.end(nest)?;
    }
    if nexthops {
        multipath(ip, words, &mut header, &mut request)?;
    }
    let local = typed && matches!(header.rtm_type, RTN_LOCAL | RTN_BROADCAST | RTN_NAT | RTN_ANYCAST);
    if !table && local {
        header.rtm_table = Low8::new(RT_TABLE_LOCAL.0 as u8);
    }
    if !scope && header.rtm_family.0 == libc::AF_INET6 as u8 {
        // scopes of IPv6 routes mean nothing
        header.rtm_scope = RT_SCOPE_UNIVERSE;
    } else if !scope {
        header.rtm_scope = match header.rtm_type {
            RTN_LOCAL | RTN_NAT => RT_SCOPE_HOST,
            RTN_BROADCAST | RTN_MULTICAST | RTN_ANYCAST => RT_SCOPE_LINK,
            RTN_UNICAST | RTN_UNSPEC if kind == RTM_DELROUTE => RT_SCOPE_NOWHERE,
            RTN_UNICAST | RTN_UNSPEC if !way.gateway && !nexthops && !nhid => RT_SCOPE_LINK,
            _ => header.rtm_scope,
        };
    }
    if header.rtm_family.0 == 0 {
        header.rtm_family = Af(libc::AF_INET as u8);
    }
    request.set_header(&header);
    ip.change(kind, flags, &request)
}

/// The first address of a route says its family.
fn settle(header: &mut RtMsg, family: u8) {
    if header.rtm_family.0 == 0 {
        header.rtm_family = Af(family);
    }
}

/// `PREFIX`: its address, if it has one, goes into the request; gives its length.
fn prefix<'a>(
    words: &mut Words<'_>,
    header: &mut RtMsg,
    request: &mut Request,
    attr: impl FnOnce(IpAddr) -> Rta<'a>,
) -> Result<u8, Stop> {
    let prefix = words.prefix(header.rtm_family.0)?;
    let host = words.host_of(prefix.addr, header.rtm_family.0);
    settle(header, host.family);
    if let Some(addr) = host.addr {
        request.put(attr(addr))?;
    }
    Ok(prefix.len)
}

/// Puts a table where its number fits: above 255 only `RTA_TABLE` holds it.
fn set_table(header: &mut RtMsg, request: &mut Request, table: u32) -> Result<(), Stop> {
    if table < 256 {
        header.rtm_table = Low8::new(table as u8);
        return Ok(());
    }
    header.rtm_table = Low8::new(RT_TABLE_UNSPEC.0 as u8);
    request.put(RTA_TABLE(RtTable(table)))
}

/// `via [FAMILY] ADDRESS`: a gateway of the route's family, or of another one.
fn via(words: &mut Words<'_>, header: &mut RtMsg, request: &mut Request) -> Result<(), Stop> {
    let named = named_family(words);
    let host = words.host(named.unwrap_or(header.rtm_family.0))?;
    settle(header, host.family);
    if header.rtm_family.0 == host.family {
        return request.put_host("RTA_GATEWAY", host, RTA_GATEWAY);
    }
    let octets = match host.addr {
        Some(IpAddr::V4(addr)) => addr.octets().to_vec(),
        Some(IpAddr::V6(addr)) => addr.octets().to_vec(),
        None => Vec::new(),
    };
    let bytes = [&u16::from(host.family).to_ne_bytes()[..], &octets].concat();
    request.put(RTA_VIA(View::new(&bytes)))
}

/// The table of a VRF; that of `default`, if nothing has this name, is the main one.
pub(super) fn vrf_table(ip: &mut Ip<'_, '_>, name: &str) -> Result<Option<u32>, Stop> {
    let table = link::vrf_table(ip, name)?;
    Ok(table.or((name == "default" && ip.index(name)?.is_none()).then_some(RT_TABLE_MAIN.0)))
}

/// A family's name, which may stand before an address of another one than the route's.
pub(super) fn named_family(words: &mut Words<'_>) -> Option<u8> {
    let family = match words.peek()? {
        "inet" => libc::AF_INET,
        "inet6" => libc::AF_INET6,
        _ => return None,
    };
    words.next();
    Some(family as u8)
}

/// `REALM` or `FROM/TO`.
pub(crate) fn realms(ip: &Ip<'_, '_>, word: &str) -> Option<u32> {
    // two realms may be written as one number
    let realm = |word: &str| ip.names.realms.value(word);
    let last = |word: &str| if word.is_empty() { Some(0) } else { realm(word) };
    match word.split_once('/') {
        Some((from, to)) => Some(realm(from)? << 16 | last(to)?),
        None => last(word),
    }
}

fn metric(words: &mut Words<'_>, metric: &(&str, u16, Metric), metrics: &mut Request, locked: &mut u32) -> Result<(), Stop> {
    let &(name, number, how) = metric;
    // a smallest timeout that is not locked would mean nothing
    if words.take("lock") || name == "rto_min" {
        *locked |= 1 << number;
    }
    let wrong = format!("\"{}\" value is invalid\n", if name == "advmss" { "mss" } else { name });
    let value = match how {
        Metric::Name => {
            let name = words.need()?;
            return metrics.put(RTAX_CC_ALGO(Str::bare(name)));
        }
        Metric::Features => match words.need()? {
            "ecn" => 1,
            _ => return Err(words.wrong("\"features\" value not valid\n")),
        },
        Metric::Number(most) => match words.number(&wrong)? {
            value if value <= most => value,
            _ if most == 1 => return Err(words.wrong(&format!("\"{name}\" value should be 0 or 1\n"))),
            _ => return Err(words.wrong(&wrong)),
        },
        Metric::Time(parts) => {
            let word = words.need()?;
            time(word, parts).ok_or_else(|| words.wrong(&wrong))?
        }
    };
    metrics.number(number, value)
}

/// The words that would have set a metric; `None` if there are none.
pub(crate) fn metric_words(number: u16, value: &[u8], locked: bool) -> Option<Vec<String>> {
    let (name, _, how) = METRICS.iter().find(|(_, other, _)| *other == number)?;
    let mut words = vec![(*name).to_owned()];
    match (*name, locked) {
        ("rto_min", false) => return None,
        ("rto_min", true) | (_, false) => {}
        (_, true) => words.push("lock".to_owned()),
    }
    let number = || Some(u32::from_ne_bytes(value.try_into().ok()?));
    words.push(match how {
        // without a unit it is said in the parts that are sent
        Metric::Number(most) => number().filter(|number| number <= most)?.to_string(),
        Metric::Time(_) => number()?.to_string(),
        Metric::Features if number()? == 1 => "ecn".to_owned(),
        Metric::Features => return None,
        Metric::Name => std::str::from_utf8(value).ok().filter(|name| !name.contains(['\0', ' ']))?.to_owned(),
    });
    Some(words)
}

/// A time in parts of a millisecond: `NUMBERms`, `NUMBERs`, or `NUMBER` of parts.
fn time(word: &str, parts: u32) -> Option<u32> {
    let (count, unit) = if word.contains('.') {
        strtod(word).filter(|(count, _)| *count >= 0.0 && count.is_finite())?
    } else {
        let (count, unit) = strtol(word, 0)?;
        (wrapped(count)? as f64, unit)
    };
    let (count, parts) = match unit.to_ascii_lowercase().as_str() {
        "" => (count, 1),
        "s" | "sec" | "secs" => (count * 1000.0, parts),
        "ms" | "msec" | "msecs" => (count, parts),
        _ => return None,
    };
    // rounded up; of what is too large iproute2 keeps the lower half
    let low = if count < i64::MAX as f64 { count as i64 as u32 } else { 0 };
    Some(low.wrapping_add((f64::from(low) < count).into()).wrapping_mul(parts))
}

/// `nexthop via ... dev ... weight ...`, as often as it stands there.
fn multipath(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, header: &mut RtMsg, request: &mut Request) -> Result<(), Stop> {
    let all = request.begin::<Rta<'_>>("RTA_MULTIPATH");
    while let Some(word) = words.next() {
        if word != "nexthop" {
            return Err(Stop::grammar(format!("Error: \"nexthop\" or end of line is expected instead of \"{word}\""))
                .at(words.position() - 1));
        }
        if words.peek().is_none() {
            return Err(Stop::grammar("Error: unexpected end of line after \"nexthop\""));
        }
        let mut hop = RtNextHop::default();
        let at = request.put_header(&hop);
        while let Some(word) = words.peek().filter(|&word| word != "nexthop") {
            words.next();
            match word {
                "via" => via(words, header, request)?,
                "dev" => {
                    let dev = words.need()?;
                    hop.rtnh_ifindex = ip.device(dev).map_err(|stop| stop.with_status(EXIT_GRAMMAR))? as i32;
                }
                "weight" => {
                    let weight: u32 = words.number("\"weight\" is invalid\n")?;
                    let hops = weight.checked_sub(1).and_then(|hops| u8::try_from(hops).ok());
                    hop.rtnh_hops = hops.ok_or_else(|| words.wrong("\"weight\" is invalid\n"))?;
                }
                "onlink" => hop.rtnh_flags |= RTNH_F_ONLINK,
                _ if abbreviates(word, "realms") => {
                    let realm = realms(ip, words.need()?).ok_or_else(|| words.wrong("\"realm\" value is invalid\n"))?;
                    request.put(RTA_FLOW(realm))?;
                }
                _ => {
                    return Err(Stop::grammar(format!("Error: \"nexthop\" or end of line is expected instead of \"{word}\""))
                        .at(words.position() - 1));
                }
            }
        }
        hop.rtnh_len = u16::try_from(request.body().len() - at).map_err(|_| Stop::failure("too many words of a nexthop"))?;
        request.set_header_at(at, &hop);
    }
    request.end(all)
}
