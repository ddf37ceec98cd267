//! `ip address`: addresses given, taken away and shown; the links that are shown with them.

use std::net::{IpAddr, Ipv4Addr};

use nix::errno::Errno;

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Low8, Selector, Str, View};
use nlmsg::route::{Ifa::*, Ifla::*, IflaInfo::IFLA_INFO_KIND, *};

use crate::ip::{Ip, Request, link, verb};
use crate::output::{Color, Shown};
use crate::words::{Prefix, Stop, Words, abbreviates, family, number};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Flush,
    Help,
}

const HELP: &str = "\
Usage: ip address {add|change|replace} IFADDR dev IFNAME [ LIFETIME ]
                                                      [ CONFFLAG-LIST ]
       ip address del IFADDR dev IFNAME [mngtmpaddr]
       ip address flush [ dev IFNAME ] [ scope SCOPE-ID ]
                            [ to PREFIX ] [ FLAG-LIST ] [ label LABEL ] [up]
       ip address [ show [ dev IFNAME ] [ scope SCOPE-ID ] [ master DEVICE ]
                         [ nomaster ]
                         [ type TYPE ] [ to PREFIX ] [ FLAG-LIST ]
                         [ label LABEL ] [up] [ vrf NAME ] ]
IFADDR := PREFIX | ADDR peer PREFIX
          [ broadcast ADDR ] [ anycast ADDR ]
          [ label IFNAME ] [ scope SCOPE-ID ] [ metric METRIC ]
SCOPE-ID := [ host | link | global | NUMBER ]
FLAG-LIST := [ FLAG-LIST ] FLAG
FLAG  := [ permanent | dynamic | secondary | primary |
           [-]tentative | [-]deprecated | [-]dadfailed | temporary |
           CONFFLAG-LIST ]
CONFFLAG-LIST := [ CONFFLAG-LIST ] CONFFLAG
CONFFLAG  := [ home | nodad | mngtmpaddr | noprefixroute | autojoin ]
LIFETIME := [ valid_lft LFT ] [ preferred_lft LFT ]
LFT := forever | SECONDS";

/// A time without end, in seconds.
const FOREVER: u32 = u32::MAX;

/// `ip address ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)),
        ("change", Verb::Modify(RTM_NEWADDR, NLM_F_REPLACE)),
        ("chg", Verb::Modify(RTM_NEWADDR, NLM_F_REPLACE)),
        ("replace", Verb::Modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)),
        ("delete", Verb::Modify(RTM_DELADDR, NlmF(0))),
        ("show", Verb::Show),
        ("list", Verb::Show),
        ("lst", Verb::Show),
        ("flush", Verb::Flush),
        ("help", Verb::Help),
    ];
    match verb("address", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => list(ip, words, false),
        Verb::Flush => flush(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// The flags of an address by the word that sets one, in the order in which they are shown.
const FLAGS: &[(&str, IfaF)] = &[
    ("secondary", IFA_F_SECONDARY),
    ("nodad", IFA_F_NODAD),
    ("optimistic", IFA_F_OPTIMISTIC),
    ("dadfailed", IFA_F_DADFAILED),
    ("home", IFA_F_HOMEADDRESS),
    ("deprecated", IFA_F_DEPRECATED),
    ("tentative", IFA_F_TENTATIVE),
    ("permanent", IFA_F_PERMANENT),
    ("mngtmpaddr", IFA_F_MANAGETEMPADDR),
    ("noprefixroute", IFA_F_NOPREFIXROUTE),
    ("autojoin", IFA_F_MCAUTOJOIN),
    ("stable-privacy", IFA_F_STABLE_PRIVACY),
];

/// Flags that can be set from outside.
const SETTABLE: &[&str] = &["nodad", "optimistic", "home", "mngtmpaddr", "noprefixroute", "autojoin"];

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = IfAddrMsg { ifa_family: Af(ip.options.family), ..IfAddrMsg::default() };
    let mut request = Request::new(&header);
    let (mut dev, mut label) = (None, None);
    let (mut local, mut peer): (Option<Prefix>, Option<Prefix>) = (None, None);
    let (mut broadcast, mut anycast) = (None, None);
    let (mut scope, mut set) = (None, IfaF(0));
    let (mut valid, mut preferred) = (None, None);
    let lifetime = |words: &mut Words<'_>, option: &str| {
        let word = words.need()?;
        let time = if word == "forever" { Some(FOREVER) } else { number(word) };
        time.ok_or_else(|| words.wrong(&format!("{option} value")))
    };
    while let Some(word) = words.next() {
        if word == "peer" || word == "remote" {
            if peer.is_some() {
                return Err(words.twice("peer"));
            }
            let prefix = words.prefix(header.ifa_family.0)?;
            header.ifa_family = Af(family(&prefix.addr));
            request.put(IFA_ADDRESS(prefix.addr))?;
            peer = Some(prefix);
        } else if abbreviates(word, "broadcast") || word == "brd" {
            let to = words.need()?;
            if broadcast.is_some() {
                return Err(words.twice("broadcast"));
            }
            broadcast = Some(match to {
                "+" => Broadcast::Ones,
                "-" => Broadcast::Zeros,
                _ => {
                    words.back();
                    let addr = words.address(header.ifa_family.0)?;
                    header.ifa_family = Af(family(&addr));
                    request.put(IFA_BROADCAST(addr))?;
                    Broadcast::Given
                }
            });
        } else if word == "anycast" {
            if anycast.is_some() {
                return Err(words.twice("anycast"));
            }
            let addr = words.address(header.ifa_family.0)?;
            header.ifa_family = Af(family(&addr));
            request.put(IFA_ANYCAST(addr))?;
            anycast = Some(addr);
        } else if word == "scope" {
            let word = words.need()?;
            let value = ip.names.scopes.value(word).and_then(|scope| u8::try_from(scope).ok());
            header.ifa_scope = value.map(RtScope).ok_or_else(|| words.wrong("invalid scope value."))?;
            scope = value;
        } else if word == "dev" {
            dev = Some(words.need()?);
        } else if word == "label" {
            let word = words.need()?;
            label = Some(word);
            request.put(IFA_LABEL(Str::new(word)))?;
        } else if abbreviates(word, "metric") || abbreviates(word, "priority") || abbreviates(word, "preference") {
            let metric = words.number("\"metric\" value is invalid\n")?;
            request.put(IFA_RT_PRIORITY(metric))?;
        } else if abbreviates(word, "valid_lft") {
            if valid.is_some() {
                return Err(words.twice("valid_lft"));
            }
            valid = Some(lifetime(words, "valid_lft")?);
        } else if abbreviates(word, "preferred_lft") {
            if preferred.is_some() {
                return Err(words.twice("preferred_lft"));
            }
            preferred = Some(lifetime(words, "preferred_lft")?);
        } else if let Some((name, flag)) = FLAGS.iter().find(|(name, _)| SETTABLE.contains(name) && *name == word) {
            if header.ifa_family.0 == libc::AF_INET as u8 && matches!(*name, "nodad" | "optimistic" | "home" | "mngtmpaddr") {
                ip.complain(&format!("Warning: {name} option can be set only for IPv6 addresses"));
            } else {
                set |= *flag;
            }
        } else {
            if word == "local" {
                words.need()?;
            }
            words.back();
            if abbreviates(words.peek().unwrap_or(""), "help") {
                return Err(Stop::help(HELP));
            }
            if local.is_some() {
                words.next();
                return Err(words.twice_or_garbage("local"));
            }
            let prefix = words.prefix(header.ifa_family.0)?;
            header.ifa_family = Af(family(&prefix.addr));
            request.put(IFA_LOCAL(prefix.addr))?;
            local = Some(prefix);
        }
    }
    header.ifa_flags = Low8::new(set.0 as u8);
    if set.0 > 0xff {
        request.put(IFA_FLAGS(set))?;
    }
    let Some(dev) = dev else { return Err(Stop::failure("Not enough information: \"dev\" argument is required.")) };
    if label.is_some_and(|label| !label.starts_with(dev)) {
        let label = label.unwrap_or("");
        return Err(Stop::failure(format!("\"dev\" ({dev}) must match \"label\" ({label}).")));
    }
    // an address without a far end is its own; a deletion without a prefix means the address alone
    if peer.is_none()
        && let Some(local) = local
    {
        if kind == RTM_DELADDR && header.ifa_family.0 == libc::AF_INET as u8 && !local.explicit {
            ip.complain(&format!(
                "Warning: Executing wildcard deletion to stay compatible with old scripts.\n         \
                 Explicitly specify the prefix length ({}/{}) to avoid this warning.\n         \
                 This special behaviour is likely to disappear in further releases,\n         fix your scripts!",
                local.addr, local.len
            ));
        } else {
            request.put(IFA_ADDRESS(local.addr))?;
            peer = Some(local);
        }
    }
    header.ifa_prefixlen = peer.or(local).map_or(0, |prefix| prefix.len);
    if let (Some(side @ (Broadcast::Ones | Broadcast::Zeros)), Some(prefix)) = (broadcast, peer.or(local)) {
        let (IpAddr::V4(addr), true) = (prefix.addr, kind != RTM_DELADDR) else {
            return Err(Stop::failure("Broadcast can be set only for IPv4 addresses"));
        };
        if prefix.len <= 30 {
            let host = u32::MAX >> prefix.len;
            let own = u32::from(addr);
            let all = Ipv4Addr::from(if matches!(side, Broadcast::Ones) { own | host } else { own & !host });
            request.put(IFA_BROADCAST(all.into()))?;
        }
    }
    if scope.is_none() && kind != RTM_DELADDR {
        let host = local.is_some_and(|local| matches!(local.addr, IpAddr::V4(addr) if addr.is_loopback()));
        header.ifa_scope = RtScope(if host { 254 } else { 0 });
    }
    header.ifa_index = ip.device(dev)?;
    if valid.is_some() || preferred.is_some() {
        let (valid, preferred) = (valid.unwrap_or(FOREVER), preferred.unwrap_or(FOREVER));
        if valid == 0 {
            return Err(Stop::failure("valid_lft is zero"));
        }
        if valid < preferred {
            return Err(Stop::failure("preferred_lft is greater than valid_lft"));
        }
        let times = IfaCacheinfo { ifa_prefered: preferred, ifa_valid: valid, ..IfaCacheinfo::default() }.to_bytes();
        request.put(IFA_CACHEINFO(View::new(&times)))?;
    }
    request.set_header(&header);
    ip.change(kind, flags, &request)
}

/// What `broadcast` was given.
#[derive(Clone, Copy)]
enum Broadcast {
    /// `+`: all host bits one.
    Ones,
    /// `-`: all host bits zero.
    Zeros,
    Given,
}

/// Which addresses are meant.
#[derive(Debug, Default)]
struct Filter {
    family: u8,
    index: Option<u32>,
    prefix: Option<Prefix>,
    /// Value and mask.
    scope: Option<u8>,
    flags: IfaF,
    mask: IfaF,
    label: Option<String>,
}

impl Filter {
    fn option(&mut self, ip: &Ip<'_, '_>, words: &mut Words<'_>) -> Result<bool, Stop> {
        let Some(word) = words.peek() else { return Ok(false) };
        if word == "to" {
            words.next();
            let prefix = words.prefix(self.family)?;
            if self.family == 0 {
                self.family = family(&prefix.addr);
            }
            self.prefix = Some(prefix);
        } else if word == "scope" {
            words.next();
            let word = words.need()?;
            self.scope = match ip.names.scopes.value(word).and_then(|scope| u8::try_from(scope).ok()) {
                Some(scope) => Some(scope),
                None if word == "all" => None,
                None => return Err(words.wrong("invalid \"scope\"\n")),
            };
        } else if word == "label" {
            words.next();
            self.label = Some(words.need()?.to_string());
        } else {
            let (not, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
            let (flag, on) = match name {
                "dynamic" => (IFA_F_PERMANENT, not),
                "primary" => (IFA_F_SECONDARY, not),
                "temporary" => (IFA_F_SECONDARY, !not),
                _ => match FLAGS.iter().find(|(own, _)| *own == name) {
                    Some((_, flag)) => (*flag, !not),
                    None => return Ok(false),
                },
            };
            words.next();
            self.mask |= flag;
            self.flags = if on { self.flags | flag } else { self.flags.without(flag) };
        }
        Ok(true)
    }

    fn takes(&self, ip: &mut Ip<'_, '_>, addr: &Seen<'_>) -> Result<bool, Stop> {
        if (self.family != 0 && self.family != addr.family)
            || self.index.is_some_and(|index| index != addr.index)
            || self.scope.is_some_and(|scope| scope != addr.scope)
            || addr.flags.0 & self.mask.0 != self.flags.0
            || self.prefix.as_ref().is_some_and(|prefix| !addr.local.is_some_and(|local| prefix.holds(&local)))
        {
            return Ok(false);
        }
        let Some(pattern) = &self.label else { return Ok(true) };
        let label = match addr.label {
            Some(label) => label.to_string(),
            None => ip.name(addr.index)?,
        };
        Ok(matches(pattern, &label))
    }
}

/// Whether a text is what a shell pattern means: `*` any, `?` one character.
fn matches(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            matches(&pattern[1..], text) || text.chars().next().is_some_and(|c| matches(pattern, &text[c.len_utf8()..]))
        }
        (Some('?'), Some(c)) => matches(&pattern[1..], &text[c.len_utf8()..]),
        (Some(p), Some(c)) if p == c => matches(&pattern[p.len_utf8()..], &text[c.len_utf8()..]),
        _ => false,
    }
}

/// An address's attributes, found in one walk.
#[derive(Debug)]
struct Seen<'a> {
    family: u8,
    index: u32,
    prefix_len: u8,
    scope: u8,
    flags: IfaF,
    local: Option<IpAddr>,
    address: Option<IpAddr>,
    broadcast: Option<IpAddr>,
    anycast: Option<IpAddr>,
    label: Option<Str<'a>>,
    metric: Option<u32>,
    times: Option<IfaCacheinfo>,
    netnsid: Option<i32>,
}

impl<'a> Seen<'a> {
    fn new(addr: &Addr<'a>) -> Seen<'a> {
        let header = addr.header;
        let mut seen = Seen {
            family: header.ifa_family.0,
            index: header.ifa_index,
            prefix_len: header.ifa_prefixlen,
            scope: header.ifa_scope.0,
            flags: header.ifa_flags.get(),
            local: None,
            address: None,
            broadcast: None,
            anycast: None,
            label: None,
            metric: None,
            times: None,
            netnsid: None,
        };
        for attr in addr.attrs.iter().map_while(Result::ok) {
            match attr {
                IFA_LOCAL(addr) => seen.local = Some(addr),
                IFA_ADDRESS(addr) => seen.address = Some(addr),
                IFA_BROADCAST(addr) => seen.broadcast = Some(addr),
                IFA_ANYCAST(addr) => seen.anycast = Some(addr),
                IFA_LABEL(label) => seen.label = Some(label),
                IFA_FLAGS(flags) => seen.flags = flags,
                IFA_RT_PRIORITY(metric) => seen.metric = Some(metric),
                IFA_CACHEINFO(times) => seen.times = times.get(),
                IFA_TARGET_NETNSID(id) => seen.netnsid = Some(id),
                _ => {}
            }
        }
        seen.local = seen.local.or(seen.address);
        seen.address = seen.address.or(seen.local);
        seen
    }
}

fn color(family: u8) -> Color {
    if family == libc::AF_INET6 as u8 { Color::Inet6 } else { Color::Inet }
}

/// Prints the address of an event; false if it is none of `dev`.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &nlmsg::Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    let Ok(addr) = message.body::<Addr<'_>>() else { return Ok(false) };
    let seen = Seen::new(&addr);
    if dev.is_some_and(|dev| dev != seen.index) {
        return Ok(false);
    }
    show(ip, &seen, true)?;
    Ok(true)
}

/// Prints one address; the device in front of it if it stands `alone`.
fn show(ip: &mut Ip<'_, '_>, addr: &Seen<'_>, alone: bool) -> Result<(), Stop> {
    let brief = ip.options.brief;
    if !brief {
        if alone {
            let dev = ip.name(addr.index)?;
            ip.out.put("index", "", addr.index, ": ");
            ip.out.put("dev", "", &dev, "");
        }
        match i32::from(addr.family) {
            libc::AF_INET => ip.out.put("family", "    ", "inet", " "),
            libc::AF_INET6 => ip.out.put("family", "    ", "inet6", " "),
            _ => ip.out.put("family_index", "    family ", addr.family, " "),
        }
    }
    if let Some(local) = addr.local {
        ip.out.put_color(color(addr.family), "local", "", local, "");
        if let Some(peer) = addr.address.filter(|&address| address != local) {
            ip.out.put_color(color(addr.family), "address", " peer ", peer, "");
        }
        ip.out.put("prefixlen", "/", addr.prefix_len, " ");
        if let Some(metric) = addr.metric {
            ip.out.put("metric", "metric ", metric, " ");
        }
    }
    if brief {
        return Ok(());
    }
    if let Some(broadcast) = addr.broadcast {
        ip.out.put_color(color(addr.family), "broadcast", "brd ", broadcast, " ");
    }
    if let Some(anycast) = addr.anycast {
        ip.out.put_color(color(addr.family), "anycast", "any ", anycast, " ");
    }
    let scope = ip.names.scopes.show(u32::from(addr.scope));
    ip.out.put("scope", "scope ", &*scope, " ");
    let mut left = addr.flags;
    for (word, flag) in FLAGS {
        let word = if *word == "secondary" && addr.family == libc::AF_INET6 as u8 { "temporary" } else { word };
        match (*flag == IFA_F_PERMANENT, left.contains(*flag)) {
            (true, false) => ip.out.flag("dynamic", "dynamic "),
            (true, true) | (false, false) => {}
            (false, true) => {
                ip.out.flag(word, word);
                ip.out.text(" ");
            }
        }
        left = left.without(*flag);
    }
    if left.0 != 0 {
        ip.out.put("ifa_flags", "flags ", Shown(format_args!("{:02x}", left.0)), " ");
    }
    if let Some(label) = addr.label {
        ip.out.put("label", "", label.as_bytes(), "");
    }
    if let Some(times) = addr.times {
        ip.out.line();
        let json = ip.out.is_json();
        let mut time = |key: &str, before: &str, seconds: u32, signed: bool| match seconds {
            FOREVER if !json => ip.out.put(key, before, "forever", ""),
            _ if signed => ip.out.put(key, before, seconds as i32, "sec"),
            _ => ip.out.put(key, before, seconds, "sec"),
        };
        time("valid_life_time", "       valid_lft ", times.ifa_valid, false);
        time("preferred_life_time", " preferred_lft ", times.ifa_prefered, addr.flags.contains(IFA_F_DEPRECATED));
    }
    ip.out.text("\n");
    Ok(())
}

/// `ip address show`, and `ip link show` (`links`): links with their addresses, or links alone.
pub(crate) fn list(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, links: bool) -> Result<(), Stop> {
    let (filter, addresses, dev) = filters(ip, words)?;
    // links without their addresses
    let only = links || addresses.family == libc::AF_PACKET as u8;
    ip.out.array("");
    if let (Some(dev), true, None) = (dev, links, filter.group) {
        link::show_one(ip, dev, &filter)?;
    } else {
        let found = links_found(ip, &filter, links)?;
        let own = if only { Vec::new() } else { addresses_found(ip, &addresses)? };
        let own: Vec<Seen<'_>> =
            own.iter().filter_map(|bytes| Addr::parse(bytes, 16).ok()).map(|addr| Seen::new(&addr)).collect();
        let how = How {
            links,
            only,
            family: if links { 0 } else { addresses.family },
            addresses_alone: ip.out.style().oneline || addresses.label.is_some(),
        };
        for one in found.iter().filter_map(|bytes| Link::parse(bytes, 16).ok()) {
            ip.remember(&one);
        }
        for one in found.iter().filter_map(|bytes| Link::parse(bytes, 16).ok()) {
            let seen = link::Seen::new(&one);
            let mut addrs = Vec::new();
            for addr in own.iter().filter(|addr| addr.index == seen.index as u32) {
                if addresses.takes(ip, addr)? {
                    addrs.push(addr);
                }
            }
            // a link that has addresses but none that is meant is not meant either
            let bare = !own.iter().any(|addr| addr.index == seen.index as u32);
            if !only && addrs.is_empty() && !(bare && addresses.family == 0) {
                continue;
            }
            ip.out.object("");
            if filter.takes(&seen) {
                show_link(ip, &one, &seen, &addrs, how)?;
            }
            ip.out.end_object();
            ip.out.done();
        }
    }
    ip.out.end_array();
    ip.out.text_json_end();
    Ok(())
}

/// What of a link and its addresses is shown.
#[derive(Clone, Copy)]
struct How {
    /// As `ip link` shows it.
    links: bool,
    /// Without addresses.
    only: bool,
    family: u8,
    /// Without the lines of the link.
    addresses_alone: bool,
}

fn show_link(ip: &mut Ip<'_, '_>, link: &Link<'_>, seen: &link::Seen<'_>, addrs: &[&Seen<'_>], how: How) -> Result<(), Stop> {
    if ip.options.brief {
        link::brief(ip, seen, !how.only)?;
    } else if how.only || !how.addresses_alone {
        link::show(ip, link, seen, how.family, !how.links)?;
    }
    if how.only {
        return Ok(());
    }
    ip.out.array("addr_info");
    for addr in addrs {
        ip.out.object("");
        let alone = ip.out.style().oneline;
        show(ip, addr, alone)?;
        ip.out.end_object();
    }
    ip.out.end_array();
    if ip.options.brief {
        ip.out.text("\n");
    }
    Ok(())
}

/// The links that may be meant, as the kernel gave them.
fn links_found(ip: &mut Ip<'_, '_>, filter: &link::Filter, links: bool) -> Result<Vec<Vec<u8>>, Stop> {
    let family = if links { libc::AF_PACKET as u8 } else { ip.options.family };
    let header = IfInfoMsg { ifi_family: Af(family), ifi_index: filter.index.unwrap_or(0), ..IfInfoMsg::default() };
    let mut request = Request::new(&header);
    // with another family the kernel takes no filter
    if matches!(i32::from(family), libc::AF_UNSPEC | libc::AF_PACKET) {
        let stats = ip.options.stats > 0 && links;
        request.put(IFLA_EXT_MASK(if stats { RTEXT_FILTER_VF } else { RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS }))?;
        if let Some(master) = filter.master {
            request.put(IFLA_MASTER(master))?;
        }
        if let Some(kind) = &filter.kind {
            let info = request.begin::<Ifla<'_>>("IFLA_LINKINFO");
            request.put(IFLA_INFO_KIND(Selector(Str::bare(kind))))?;
            request.end(info)?;
        }
    }
    let mut found: Vec<Vec<u8>> = Vec::new();
    if filter.index.is_some() {
        // one link is asked for, not searched for
        ip.socket()?.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
            found.push(message.payload.to_vec());
            Ok::<(), crate::Error>(())
        })?;
    } else {
        ip.dump(RTM_GETLINK, &request.body(), |_, message| {
            found.push(message.payload.to_vec());
            Ok(())
        })?;
    }
    Ok(found)
}

/// The addresses that may be meant, as the kernel gave them.
fn addresses_found(ip: &mut Ip<'_, '_>, filter: &Filter) -> Result<Vec<Vec<u8>>, Stop> {
    let header = IfAddrMsg { ifa_family: Af(filter.family), ifa_index: filter.index.unwrap_or(0), ..IfAddrMsg::default() };
    let mut found = Vec::new();
    ip.dump(RTM_GETADDR, &Request::new(&header).body(), |_, message| {
        found.push(message.payload.to_vec());
        Ok(())
    })?;
    Ok(found)
}

/// The words of `show` and `flush`: which links, which addresses, and the name of the device.
fn filters<'a>(ip: &mut Ip<'_, '_>, words: &mut Words<'a>) -> Result<(link::Filter, Filter, Option<&'a str>), Stop> {
    let mut filter = link::Filter::default();
    let mut addresses = Filter { family: ip.options.family, ..Filter::default() };
    let mut dev = None;
    while words.peek().is_some() {
        if filter.option(ip, words)? || addresses.option(ip, words)? {
            continue;
        }
        let word = words.need()?;
        let name = if word == "dev" {
            words.need()?
        } else if abbreviates(word, "help") {
            return Err(Stop::help(HELP));
        } else {
            word
        };
        if dev.is_some() {
            return Err(words.twice_or_garbage("dev"));
        }
        dev = Some(name);
    }
    if let Some(dev) = dev {
        let index = ip.index(dev)?.ok_or_else(|| Stop::failure(format!("Device \"{dev}\" does not exist.")))?;
        filter.index = Some(index as i32);
        addresses.index = Some(index);
    }
    Ok((filter, addresses, dev))
}

/// Deletes all addresses that are meant, again and again until none is left, since the kernel may promote one
/// address when another goes.
fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.peek().is_none() {
        return Err(Stop::failure("Flush requires arguments."));
    }
    if ip.options.family == libc::AF_PACKET as u8 {
        return Err(Stop::failure("Cannot flush link addresses."));
    }
    let (_, addresses, _) = filters(ip, words)?;
    let only_primary = addresses.mask.contains(IFA_F_SECONDARY) && !addresses.flags.contains(IFA_F_SECONDARY);
    let mut round = 0;
    while ip.options.loops == 0 || round < ip.options.loops {
        let request = Request::new(&IfAddrMsg { ifa_family: Af(addresses.family), ..IfAddrMsg::default() });
        let mut found: Vec<Vec<u8>> = Vec::new();
        ip.dump(RTM_GETADDR, &request.body(), |ip, message| {
            if let Ok(addr) = message.body::<Addr<'_>>()
                && addresses.takes(ip, &Seen::new(&addr))?
            {
                found.push(message.payload.to_vec());
            }
            Ok(())
        })?;
        if found.is_empty() {
            return Ok(());
        }
        round += 1;
        for addr in &found {
            match ip.socket()?.request(RTM_DELADDR, NlmF(0), &addr.as_slice()) {
                Ok(()) => {}
                // an address that went with the one before it
                Err(error) if error.errno() == Some(Errno::EADDRNOTAVAIL) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if only_primary {
            return Ok(());
        }
    }
    Err(Stop::failure(format!("*** Flush remains incomplete after {} rounds. ***", ip.options.loops)))
}
