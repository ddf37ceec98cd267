//! What `ip address show` prints, and which addresses it means.

use std::net::IpAddr;

use nlmsg::frame::NlmF;
use nlmsg::payload::{Selector, Str};
use nlmsg::route::{Ifa::*, Ifla::*, IflaInfo::IFLA_INFO_KIND, *};

use super::{FLAGS, FOREVER, HELP};
use crate::ip::{Ip, Request, link};
use crate::output::{Color, Shown};
use crate::words::{Prefix, Stop, Words, abbreviates, family, is_any};

/// Which addresses are meant.
#[derive(Debug, Default)]
pub(super) struct Filter {
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
    /// `AF_*` of the addresses that are meant; 0 is any.
    pub(super) fn family(&self) -> u8 {
        self.family
    }

    /// Whether addresses that are secondary are not meant.
    pub(super) fn only_primary(&self) -> bool {
        self.mask.contains(IFA_F_SECONDARY) && !self.flags.contains(IFA_F_SECONDARY)
    }

    fn option(&mut self, ip: &Ip<'_, '_>, words: &mut Words<'_>) -> Result<bool, Stop> {
        let Some(word) = words.peek() else { return Ok(false) };
        if word == "to" {
            words.next();
            let prefix = words.prefix(self.family)?;
            // of no family they are no filter
            if self.family == 0 && is_any(words.last()) {
                return Ok(true);
            }
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

    pub(super) fn takes(&self, ip: &mut Ip<'_, '_>, addr: &Seen<'_>) -> Result<bool, Stop> {
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
pub(super) struct Seen<'a> {
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
    pub(super) fn new(addr: &Addr<'a>) -> Seen<'a> {
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
pub(super) fn show(ip: &mut Ip<'_, '_>, addr: &Seen<'_>, alone: bool) -> Result<(), Stop> {
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
    let (filter, addresses, dev) = filters(ip, words, if links { link::HELP } else { HELP })?;
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
            alone: addresses.label.is_some() || (ip.out.style().oneline && !only && !ip.options.brief),
        };
        for one in found.iter().filter_map(|bytes| Link::parse(bytes, 16).ok()) {
            ip.remember(&one);
        }
        for one in found.iter().filter_map(|bytes| Link::parse(bytes, 16).ok()) {
            let seen = link::Seen::new(&one);
            let mut addrs = Vec::new();
            for addr in own.iter().filter(|addr| addr.index == seen.index as u32) {
                addrs.push(addresses.takes(ip, addr)?.then_some(addr));
            }
            // a link that has addresses but none that is meant is not meant either
            let bare = addrs.is_empty();
            if !only && addrs.iter().all(Option::is_none) && !(bare && addresses.family == 0) {
                continue;
            }
            ip.out.object("");
            let down = filter.up && !seen.flags.contains(IFF_UP);
            if how.alone && down {
                addrs.clear();
            }
            // which links are meant matters where links are shown
            if if how.alone { addresses.label.is_none() || !down } else { filter.takes(&seen) } {
                show_link(ip, &one, &seen, &addrs, how)?;
            }
            ip.out.end_object();
            ip.out.done();
        }
    }
    ip.out.end_list();
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
    /// Addresses without the lines of the link.
    alone: bool,
}

/// Shows a link, with its addresses; one that is not meant is an empty object, as iproute2 shows it.
fn show_link(
    ip: &mut Ip<'_, '_>,
    link: &Link<'_>,
    seen: &link::Seen<'_>,
    addrs: &[Option<&Seen<'_>>],
    how: How,
) -> Result<(), Stop> {
    let brief = ip.options.brief;
    match how.alone {
        true => {}
        false if brief => link::brief(ip, seen, !how.only)?,
        false => link::show(ip, link, seen, how.family, !how.links)?,
    }
    if !how.only {
        ip.out.array("addr_info");
        for addr in addrs {
            ip.out.object("");
            let alone = ip.out.style().oneline;
            addr.map_or(Ok(()), |addr| show(ip, addr, alone))?;
            ip.out.end_object();
        }
        ip.out.end_array();
        if brief {
            ip.out.text("\n");
        }
    }
    // `ip link` has shown them before a link's other names
    if ip.options.stats > 0 && !(how.links || how.alone || brief) {
        link::stats(ip, link);
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
        let stats = ip.options.stats > 0;
        request.put(IFLA_EXT_MASK(if stats { RTEXT_FILTER_VF } else { RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS }))?;
        let list = filter.index.is_none();
        if let Some(master) = filter.master.filter(|_| list) {
            request.put(IFLA_MASTER(master))?;
        }
        if let Some(kind) = filter.kind.as_ref().filter(|_| list) {
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
pub(super) fn filters<'a>(
    ip: &mut Ip<'_, '_>,
    words: &mut Words<'a>,
    help: &str,
) -> Result<(link::Filter, Filter, Option<&'a str>), Stop> {
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
            return Err(Stop::help(help));
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
