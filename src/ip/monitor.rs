//! `ip monitor`: what changes, shown as it changes by the views of the objects.

use std::collections::BTreeMap;

use nlmsg::Message;
use nlmsg::frame::{Messages, NlmsgType};
use nlmsg::route::Netconfa::*;
use nlmsg::route::*;

use crate::Error;
use crate::clock;
use crate::ip::{Ip, Known, Request, addr, link, neigh, netns, nexthop, route, rule};
use crate::output::{Color, Style};
use crate::words::{Stop, Words, abbreviates};

const HELP: &str = "\
Usage: ip monitor [ all | OBJECTS ] [ FILE ] [ label ] [ all-nsid ]
                  [ dev DEVICE ]
OBJECTS :=  address | link | neigh | netconf | nexthop | nsid | prefix |
            route | rule
FILE := file FILENAME";

/// The objects in the order in which abbreviations are tried, with the groups of their events and the family that
/// each group is for; 0 is all. Those without groups iproute2 shows, and this program does not.
const OBJECTS: &[(&str, &[(Af, RtnlGrp)])] = &[
    ("link", &[(AF_UNSPEC, RTNLGRP_LINK)]),
    ("address", &[(AF_INET, RTNLGRP_IPV4_IFADDR), (AF_INET6, RTNLGRP_IPV6_IFADDR)]),
    ("route", &[(AF_INET, RTNLGRP_IPV4_ROUTE), (AF_INET6, RTNLGRP_IPV6_ROUTE)]),
    ("mroute", &[]),
    ("prefix", &[(AF_INET6, RTNLGRP_IPV6_PREFIX)]),
    ("neigh", &[(AF_UNSPEC, RTNLGRP_NEIGH)]),
    ("netconf", &[(AF_INET, RTNLGRP_IPV4_NETCONF), (AF_INET6, RTNLGRP_IPV6_NETCONF)]),
    ("rule", &[(AF_INET, RTNLGRP_IPV4_RULE), (AF_INET6, RTNLGRP_IPV6_RULE)]),
    ("nsid", &[(AF_UNSPEC, RTNLGRP_NSID)]),
    ("nexthop", &[(AF_UNSPEC, RTNLGRP_NEXTHOP)]),
    ("stats", &[]),
];

/// Whether the events of `monitor` have times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// They have none.
    #[default]
    Never,
    /// On a line before each event, as C's `asctime`.
    Long,
    /// In front of each event, as ISO 8601.
    Short,
}

/// What is to be heard, and how it is shown.
#[derive(Debug, Default)]
struct Watch<'a> {
    groups: Vec<RtnlGrp>,
    file: Option<&'a str>,
    /// Each event begins with what it is: `[LINK]`.
    labels: bool,
    all_nsid: bool,
    dev: Option<u32>,
}

impl<'a> Watch<'a> {
    fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'a>) -> Result<Watch<'a>, Stop> {
        let mut watch = Watch::default();
        while let Some(word) = words.next() {
            let is = |full: &str| abbreviates(word, full);
            let object = OBJECTS.iter().find(|(name, _)| if *name == "stats" { word == "stats" } else { is(name) });
            if is("file") {
                watch.file = Some(words.need()?);
            } else if is("label") || word == "all" {
                watch.labels = true;
            } else if let Some((name, groups)) = object {
                if groups.is_empty() {
                    return Err(Stop::failure(format!("Events of \"{name}\" are not shown here.")).at(words.position() - 1));
                }
                watch.add(groups, ip.options.family);
            } else if is("all-nsid") {
                watch.all_nsid = true;
            } else if is("help") {
                return Err(Stop::help(HELP));
            } else if word == "dev" {
                let name = words.need()?;
                watch.dev = Some(ip.index(name)?.ok_or_else(|| words.wrong("Device does not exist\n"))?);
            } else {
                let text = format!("Argument \"{word}\" is unknown, try \"ip monitor help\".");
                return Err(Stop::grammar(text).at(words.position() - 1));
            }
        }
        if watch.groups.is_empty() {
            OBJECTS.iter().for_each(|(_, groups)| watch.add(groups, ip.options.family));
        }
        Ok(watch)
    }

    fn add(&mut self, groups: &[(Af, RtnlGrp)], family: u8) {
        let meant = groups.iter().filter(|(of, _)| family == 0 || *of == AF_UNSPEC || of.0 == family);
        self.groups.extend(meant.map(|(_, group)| *group));
    }
}

/// Why no event comes any more, or for now.
enum End {
    Socket(Error),
    Shown(Stop),
}

impl From<Error> for End {
    fn from(error: Error) -> End {
        End::Socket(error)
    }
}

/// `ip monitor ...`: ends only when nobody reads any more, or with an error.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let watch = Watch::parse(ip, words)?;
    // events are text, whatever was asked for
    ip.out.set_style(Style { json: false, ..ip.out.style() });
    if let Some(file) = watch.file {
        return replay(ip, &watch, file);
    }
    let mut socket = ip.open()?;
    for group in &watch.groups {
        socket.join(group.0)?;
    }
    if watch.all_nsid {
        socket.listen_all()?;
    }
    links(ip)?;
    ip.read_netns_names()?;
    // links of the other namespaces, by the namespace's id
    let mut others: BTreeMap<i32, BTreeMap<u32, Known>> = BTreeMap::new();
    while !ip.out.is_broken() {
        let heard = socket.next_event_from(None, |nsid, message| {
            let own = nsid.map(|id| std::mem::replace(&mut ip.links, others.remove(&id).unwrap_or_default()));
            ip.nsid = nsid;
            let shown = event(ip, &watch, &message);
            ip.nsid = None;
            if let (Some(id), Some(own)) = (nsid, own) {
                others.insert(id, std::mem::replace(&mut ip.links, own));
            }
            ip.out.flush();
            shown.map_err(End::Shown)
        });
        match heard {
            Ok(_) => {}
            Err(End::Socket(Error::Overrun { .. })) => {
                ip.complain("netlink receive error No buffer space available (105)");
                ip.complain("Events came faster than they were read, and some are lost.");
                // what is remembered may be wrong now
                ip.links.clear();
                others.clear();
                links(ip)?;
            }
            Err(End::Socket(error)) => return Err(error.into()),
            Err(End::Shown(stop)) => return Err(stop),
        }
    }
    Ok(())
}

/// Remembers all links, so that events can tell what was before.
fn links(ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
    let mut request = Request::new(&IfInfoMsg::default());
    request.put(Ifla::IFLA_EXT_MASK(RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS))?;
    ip.dump(RTM_GETLINK, &request.body(), |ip, message| {
        if let Ok(link) = message.body::<Link<'_>>() {
            ip.remember(&link);
        }
        Ok(())
    })
}

/// Shows the events that `rtmon` wrote to a file.
fn replay(ip: &mut Ip<'_, '_>, watch: &Watch<'_>, file: &str) -> Result<(), Stop> {
    let bytes = std::fs::read(file).map_err(|error| {
        let why = crate::exchange::strerror(error.raw_os_error().unwrap_or(0));
        Stop::grammar(format!("Cannot fopen: {why}"))
    })?;
    for message in Messages::new(&bytes) {
        let message = message.map_err(|error| Stop::failure(format!("Cannot read \"{file}\": {error}")))?;
        event(ip, watch, &message)?;
        ip.out.done();
    }
    Ok(())
}

/// `NLMSG_TSTAMP`: the time in front of an event, in a file of `rtmon` alone.
pub(crate) const NLMSG_TSTAMP: u16 = 15;

/// Shows one event, if it is meant.
fn event(ip: &mut Ip<'_, '_>, watch: &Watch<'_>, message: &Message<'_>) -> Result<(), Stop> {
    let kind = message.header.nlmsg_type;
    let label = match kind {
        RTM_NEWLINK | RTM_DELLINK => "[LINK]",
        RTM_NEWADDR | RTM_DELADDR => "[ADDR]",
        // routes of multicast have messages of the same types
        RTM_NEWROUTE | RTM_DELROUTE if !route::is_event(message) => return Ok(()),
        RTM_NEWROUTE | RTM_DELROUTE => "[ROUTE]",
        // the group has all families
        RTM_NEWNEIGH | RTM_DELNEIGH | RTM_GETNEIGH
            if ip.options.family != 0 && message.payload.first() != Some(&ip.options.family) =>
        {
            return Ok(());
        }
        RTM_NEWNEIGH | RTM_DELNEIGH | RTM_GETNEIGH => "[NEIGH]",
        RTM_NEWRULE | RTM_DELRULE => "[RULE]",
        RTM_NEWNETCONF | RTM_DELNETCONF => "[NETCONF]",
        RTM_NEWNSID | RTM_DELNSID => "[NSID]",
        RTM_NEWNEXTHOP | RTM_DELNEXTHOP => "[NEXTHOP]",
        RTM_NEWNEXTHOPBUCKET | RTM_DELNEXTHOPBUCKET => "[NEXTHOPBUCKET]",
        RTM_NEWPREFIX => return prefix(ip, watch, message),
        NLMSG_TSTAMP => {
            if let Some((secs, rest)) = message.payload.split_first_chunk() {
                let micros = rest.first_chunk().map_or(0, |&bytes| u32::from_ne_bytes(bytes));
                ip.out.text(&format!(
                    "Timestamp: {} {micros} us\n",
                    clock::asctime(&clock::local(u32::from_ne_bytes(*secs).into()))
                ));
            }
            return Ok(());
        }
        _ if NlmsgType::TABLE.word(i64::from(kind)).is_some() || kind < 16 => return Ok(()),
        _ => {
            let (flags, len) = (message.header.nlmsg_flags.0, message.header.nlmsg_len);
            ip.complain(&format!(
                "Unknown message: type=0x{kind:08x}({kind}) flags=0x{flags:08x}({flags}) len=0x{len:08x}({len})"
            ));
            return Ok(());
        }
    };
    // it stands there too where the event is not meant
    heading(ip, watch, label);
    let mark = ip.out.mark();
    if !tell(ip, message, watch.dev)? {
        ip.out.rewind(mark);
    }
    Ok(())
}

/// Prints what is, or is no more; false if it has nothing to do with link `dev`.
fn tell(ip: &mut Ip<'_, '_>, message: &Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    let kind = message.header.nlmsg_type;
    match kind {
        RTM_DELLINK | RTM_DELADDR | RTM_DELROUTE | RTM_DELNEIGH | RTM_DELRULE | RTM_DELNETCONF | RTM_DELNSID | RTM_DELNEXTHOP => {
            ip.out.flag("deleted", "Deleted ");
        }
        RTM_GETNEIGH => ip.out.text("miss "),
        _ => {}
    }
    match kind {
        RTM_NEWLINK | RTM_DELLINK => link::event(ip, message, dev),
        RTM_NEWADDR | RTM_DELADDR => addr::event(ip, message, dev),
        RTM_NEWROUTE | RTM_DELROUTE => route::event(ip, message, dev),
        RTM_NEWNEIGH | RTM_DELNEIGH | RTM_GETNEIGH => neigh::event(ip, message, dev),
        RTM_NEWRULE | RTM_DELRULE => rule::event(ip, message),
        RTM_NEWNETCONF | RTM_DELNETCONF => netconf(ip, message, dev),
        RTM_NEWNSID | RTM_DELNSID => netns::event(ip, message),
        _ => nexthop::event(ip, message),
    }
}

/// `-echo`: shows what a request has made or taken away, as the kernel sees it; nothing if the kernel did not say.
pub(crate) fn echo(ip: &mut Ip<'_, '_>, message: Option<&Message<'_>>) -> Result<(), Stop> {
    ip.out.array("");
    ip.out.object("");
    if let Some(message) = message {
        tell(ip, message, None)?;
    }
    ip.out.end_object();
    ip.out.end_list();
    Ok(())
}

/// The option of neighbour discovery that announces a prefix (RFC 4861, section 4.6.2).
const ND_OPT_PREFIX_INFORMATION: u8 = 3;

/// Shows a prefix that a router announced.
fn prefix(ip: &mut Ip<'_, '_>, watch: &Watch<'_>, message: &Message<'_>) -> Result<(), Stop> {
    let Ok(prefix) = message.body::<AnnouncedPrefix<'_>>() else { return Ok(()) };
    let header = prefix.header;
    if header.prefix_family != AF_INET6 {
        ip.complain(&format!("incorrect protocol family: {}", header.prefix_family.0));
        return Ok(());
    }
    if header.prefix_type != ND_OPT_PREFIX_INFORMATION {
        ip.complain(&format!("wrong ND type {}", header.prefix_type));
        return Ok(());
    }
    heading(ip, watch, "[PREFIX]");
    ip.out.text("prefix ");
    let addr = prefix.attrs.find(|attr| match attr {
        Prefix::PREFIX_ADDRESS(addr) => Some(addr),
        _ => None,
    });
    if let Some(addr) = addr {
        ip.out.text_value(addr);
    }
    let name = ip.name(header.prefix_ifindex as u32)?;
    ip.out.text(&format!("/{}dev {name} ", header.prefix_len));
    for (flag, word) in [(IF_PREFIX_ONLINK, "onlink "), (IF_PREFIX_AUTOCONF, "autoconf ")] {
        if header.prefix_flags.contains(flag) {
            ip.out.text(word);
        }
    }
    let times = prefix.attrs.find(|attr| match attr {
        Prefix::PREFIX_CACHEINFO(times) => times.get(),
        _ => None,
    });
    if let Some(times) = times {
        ip.out.text(&format!("valid {} preferred {} ", times.valid_time, times.preferred_time));
    }
    ip.out.text("\n");
    Ok(())
}

/// What stands before an event: its time, its namespace, what it is.
fn heading(ip: &mut Ip<'_, '_>, watch: &Watch<'_>, label: &str) {
    if ip.options.times != Times::Never {
        let (tm, micros) = clock::now();
        ip.out.text(&match ip.options.times {
            Times::Short => format!(
                "[{}-{:02}-{:02}T{:02}:{:02}:{:02}.{micros:06}] ",
                tm.tm_year + 1900,
                tm.tm_mon + 1,
                tm.tm_mday,
                tm.tm_hour,
                tm.tm_min,
                tm.tm_sec
            ),
            _ => format!("Timestamp: {} {micros} usec\n", clock::asctime(&tm)),
        });
    }
    if watch.all_nsid {
        ip.out.text(&ip.nsid.map_or_else(|| "[nsid current]".to_string(), |id| format!("[nsid {id}]")));
    }
    if watch.labels {
        ip.out.text(label);
    }
}

/// Prints the settings of an event; false if they are of another link than `dev`.
fn netconf(ip: &mut Ip<'_, '_>, message: &Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    /// The index of all links, and of those to come.
    const ALL: i32 = -1;
    const DEFAULT: i32 = -2;
    let Ok(conf) = message.body::<Netconf<'_>>() else { return Ok(false) };
    let index = conf.attrs.find(|attr| match attr {
        NETCONFA_IFINDEX(index) => Some(index),
        _ => None,
    });
    if dev.is_some_and(|dev| index != Some(dev as i32)) {
        return Ok(false);
    }
    match conf.header.ncm_family.word() {
        Some(word) => ip.out.put("family", "", word, " "),
        None => ip.out.put("family", "", "???", " "),
    }
    let name = match index {
        None => None,
        Some(ALL) => Some("all".to_string()),
        Some(DEFAULT) => Some("default".to_string()),
        Some(index) => Some(ip.name(index as u32)?),
    };
    if let Some(name) = name {
        ip.out.put_color(Color::Ifname, "interface", "", &name, " ");
    }
    // in this order, whatever the message's is
    let mut settings = [None; 6];
    for attr in conf.attrs.iter().map_while(Result::ok) {
        match attr {
            NETCONFA_FORWARDING(value) => settings[0] = Some(value),
            NETCONFA_RP_FILTER(value) => settings[1] = Some(value),
            NETCONFA_MC_FORWARDING(value) => settings[2] = Some(value),
            NETCONFA_PROXY_NEIGH(value) => settings[3] = Some(value),
            NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN(value) => settings[4] = Some(value),
            NETCONFA_INPUT(value) => settings[5] = Some(value),
            _ => {}
        }
    }
    let names = ["forwarding", "rp_filter", "mc_forwarding", "proxy_neigh", "ignore_routes_with_linkdown", "input"];
    for (name, value) in names.into_iter().zip(settings) {
        let Some(value) = value else { continue };
        let word = match (name, value) {
            (_, 0) => "off",
            ("rp_filter", 1) => "strict",
            ("rp_filter", 2) => "loose",
            ("rp_filter", _) => "unknown mode",
            _ => "on",
        };
        ip.out.text(name);
        ip.out.put(name, " ", word, " ");
    }
    ip.out.text("\n");
    Ok(true)
}
