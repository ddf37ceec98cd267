//! `ip neighbour`: the link-layer addresses of IP addresses, made, changed, deleted, shown and flushed.

use std::net::IpAddr;

use bytes::BytesMut;

use nlmsg::Message;
use nlmsg::frame::{self, NLM_F_CREATE, NLM_F_DUMP_FILTERED, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST, NlmF};
use nlmsg::payload::Hw;
use nlmsg::route::{Nda::*, *};

use crate::ip::flush::Round;
use crate::ip::{Ip, Request, link, verb};
use crate::output::{Color, Style};
use crate::words::{EXIT_GRAMMAR, Host, Prefix, Stop, Words, abbreviates, is_any, number};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Get,
    Show,
    Flush,
    Help,
}

const HELP: &str = "\
Usage: ip neigh { add | del | change | replace }
                { ADDR [ lladdr LLADDR ] [ nud STATE ] proxy ADDR }
                [ dev DEV ] [ router ] [ use ] [ managed ] [ extern_learn ]
                [ protocol PROTO ]

	ip neigh { show | flush } [ proxy ] [ to PREFIX ] [ dev DEV ] [ nud STATE ]
				  [ vrf NAME ] [ nomaster ]
	ip neigh get { ADDR | proxy ADDR } dev DEV

STATE := { delay | failed | incomplete | noarp | none |
           permanent | probe | reachable | stale }";

/// `ip neighbour ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL)),
        ("change", Verb::Modify(RTM_NEWNEIGH, NLM_F_REPLACE)),
        ("chg", Verb::Modify(RTM_NEWNEIGH, NLM_F_REPLACE)),
        ("replace", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)),
        ("delete", Verb::Modify(RTM_DELNEIGH, NlmF(0))),
        ("get", Verb::Get),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("list", Verb::Show),
        ("flush", Verb::Flush),
        ("help", Verb::Help),
    ];
    match verb("neigh", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Get => get(ip, words),
        Verb::Show => list(ip, words),
        Verb::Flush => flush(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// Reads the state of a neighbour; states that no neighbour has at once are refused.
fn state(word: &str) -> Option<Nud> {
    match word {
        "none" => Some(NUD_NONE),
        "noarp" => Some(NUD_NOARP),
        "stale" => Some(NUD_STALE),
        "incomplete" => Some(NUD_INCOMPLETE),
        "delay" => Some(NUD_DELAY),
        "probe" => Some(NUD_PROBE),
        _ if abbreviates(word, "permanent") => Some(NUD_PERMANENT),
        _ if abbreviates(word, "reachable") => Some(NUD_REACHABLE),
        _ if abbreviates(word, "failed") => Some(NUD_FAILED),
        _ => number::<u8>(word).filter(|bits| bits.count_ones() <= 1).map(|bits| Nud(u16::from(bits))),
    }
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let family = ip.options.family;
    let mut header = NdMsg { ndm_state: NUD_PERMANENT, ..NdMsg::default() };
    let mut request = Request::new(&header);
    let (mut host, mut dev, mut lladdr, mut managed): (Option<Host>, _, _, _) = (None, None, None, false);
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if is("lladdr") {
            words.once("lladdr", &mut lladdr)?;
        } else if word == "nud" {
            let word = words.need()?;
            header.ndm_state = state(word).ok_or_else(|| words.wrong("nud state is bad"))?;
        } else if is("proxy") {
            proxy(words, &mut host, family)?;
            header.ndm_flags |= NTF_PROXY;
        } else if word == "router" {
            header.ndm_flags |= NTF_ROUTER;
        } else if word == "use" {
            header.ndm_flags |= NTF_USE;
        } else if word == "managed" {
            managed = true;
            header.ndm_state = NUD_NONE;
        } else if is("extern_learn") {
            header.ndm_flags |= NTF_EXT_LEARNED;
        } else if word == "dev" {
            dev = Some(words.need()?);
        } else if is("protocol") {
            let word = words.need()?;
            let proto = ip.names.protos.value(word).and_then(|proto| u8::try_from(proto).ok());
            let proto = proto.ok_or_else(|| words.wrong("\"protocol\" value is invalid\n"))?;
            request.put(NDA_PROTOCOL(RtProt(proto)))?;
        } else {
            let mut word = if word == "to" { words.need()? } else { word };
            if abbreviates(word, "help") {
                word = words.need()?;
            }
            debug_assert_eq!(words.last(), word);
            to(words, &mut host, family)?;
        }
    }
    // only a proxy can do without a device
    let known = dev.is_some() || header.ndm_flags.contains(NTF_PROXY);
    let Some(host) = host.filter(|host| known && host.family != 0) else {
        return Err(Stop::grammar("Device and destination are required arguments."));
    };
    header.ndm_family = Af(host.family);
    request.put_host("NDA_DST", host, NDA_DST)?;
    if managed {
        request.put(NDA_FLAGS_EXT(NTF_EXT_MANAGED))?;
    }
    if let Some(word) = lladdr.filter(|&word| word != "null") {
        request.put(NDA_LLADDR(Hw(&link::lladdr(word)?)))?;
    }
    if let Some(dev) = dev {
        header.ndm_ifindex = ip.device(dev)? as i32;
    }
    request.set_header(&header);
    ip.change(kind, flags, &request)
}

/// Takes the word before the cursor as the address of the entry.
fn to(words: &mut Words<'_>, host: &mut Option<Host>, family: u8) -> Result<(), Stop> {
    if host.is_some() {
        return Err(words.twice_or_garbage("to"));
    }
    words.back();
    *host = Some(words.host(family)?);
    Ok(())
}

/// `proxy ADDR`.
fn proxy(words: &mut Words<'_>, host: &mut Option<Host>, family: u8) -> Result<(), Stop> {
    if abbreviates(words.need()?, "help") {
        return Err(Stop::help(HELP));
    }
    if host.is_some() {
        return Err(words.twice("address"));
    }
    words.back();
    *host = Some(words.host(family)?);
    Ok(())
}

/// `ip neighbour get ADDR dev DEV`: one entry, without a dump.
fn get(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let family = ip.options.family;
    let mut header = NdMsg::default();
    let (mut host, mut dev): (Option<Host>, _) = (None, None);
    while let Some(word) = words.next() {
        if word == "dev" {
            dev = Some(words.need()?);
        } else if abbreviates(word, "proxy") {
            proxy(words, &mut host, family)?;
            header.ndm_flags |= NTF_PROXY;
        } else {
            if abbreviates(if word == "to" { words.need()? } else { word }, "help") {
                return Err(Stop::help(HELP));
            }
            to(words, &mut host, family)?;
        }
    }
    let known = dev.is_some() || header.ndm_flags.contains(NTF_PROXY);
    let Some(host) = host.filter(|host| known && host.family != 0) else {
        return Err(Stop::failure("Device and address are required arguments."));
    };
    header.ndm_family = Af(host.family);
    if let Some(dev) = dev {
        header.ndm_ifindex = ip.device(dev)? as i32;
    }
    let mut request = Request::new(&header);
    request.put_host("NDA_DST", host, NDA_DST)?;
    let mut found = Vec::new();
    ip.socket()?.get(RTM_GETNEIGH, NlmF(0), &request.body(), |message| {
        found = message.payload.to_vec();
        Ok::<(), crate::Error>(())
    })?;
    let Ok(neigh) = Neigh::parse(&found, 16) else { return Err(Stop::failure("An error :-)")) };
    // a single entry is text, whatever was asked for
    let style = ip.out.style();
    ip.out.set_style(Style { json: false, ..style });
    let shown = show(ip, &Seen::new(&neigh), &Filter::any());
    ip.out.set_style(style);
    shown
}

/// The bit of [`Filter::states`] for entries without a state.
const NO_STATE: u16 = 0x100;

/// Which neighbours are meant.
#[derive(Debug, Default)]
struct Filter {
    family: u8,
    dev: Option<u32>,
    /// Ports of this link; all ones for links that are no port.
    master: Option<u32>,
    /// `NUD_*` and [`NO_STATE`].
    states: u16,
    prefix: Option<Prefix>,
    protocol: Option<u8>,
    unused: bool,
    proxy: bool,
}

impl Filter {
    fn any() -> Filter {
        Filter { states: u16::MAX, ..Filter::default() }
    }

    fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, flush: bool) -> Result<Filter, Stop> {
        let states = if flush { !(NUD_PERMANENT | NUD_NOARP).0 } else { 0xff & !NUD_NOARP.0 };
        let mut filter = Filter { family: ip.options.family, states, ..Filter::default() };
        let (mut dev, mut stated) = (None, false);
        while let Some(word) = words.next() {
            if word == "dev" {
                words.once("dev", &mut dev)?;
            } else if word == "master" {
                let name = words.need()?;
                filter.master = Some(ip.index(name)?.ok_or_else(|| words.wrong("Device does not exist\n"))?);
            } else if word == "vrf" {
                let name = words.need()?;
                let index = link::vrf_index(ip, name)?;
                filter.master = Some(index.ok_or_else(|| words.wrong("Not a valid VRF name\n"))?);
            } else if word == "nomaster" {
                filter.master = Some(link::NO_MASTER);
            } else if word == "unused" {
                filter.unused = true;
            } else if word == "nud" {
                let word = words.need()?;
                if !stated {
                    (stated, filter.states) = (true, 0);
                }
                filter.states |= match state(word) {
                    Some(NUD_NONE) => NO_STATE,
                    Some(state) => state.0,
                    None if word == "all" && flush => !NUD_NOARP.0,
                    None if word == "all" => u16::MAX,
                    None => return Err(words.wrong("nud state is bad")),
                };
            } else if word == "proxy" {
                filter.proxy = true;
            } else if abbreviates(word, "protocol") {
                let word = words.need()?;
                let proto = ip.names.protos.value(word).and_then(|proto| u8::try_from(proto).ok());
                filter.protocol = match proto {
                    Some(proto) => Some(proto).filter(|&proto| proto != 0),
                    None if word == "all" => None,
                    None => return Err(words.wrong("invalid \"protocol\"\n")),
                };
            } else {
                let word = if word == "to" { words.need()? } else { word };
                if abbreviates(word, "help") {
                    return Err(Stop::help(HELP));
                }
                words.back();
                let prefix = words.prefix(filter.family)?;
                if !is_any(word) {
                    filter.family = crate::words::family(&prefix.addr);
                }
                filter.prefix = Some(prefix);
            }
        }
        if let Some(dev) = dev {
            filter.dev = Some(ip.device(dev)?);
        }
        Ok(filter)
    }

    fn takes(&self, neigh: &Seen<'_>) -> bool {
        let header = &neigh.header;
        let flagged = header.ndm_flags.contains(NTF_PROXY) || header.ndm_flags.contains(NTF_EXT_LEARNED);
        let stated = self.states & if header.ndm_state.0 == 0 { NO_STATE } else { header.ndm_state.0 } != 0;
        (self.family == 0 || self.family == header.ndm_family.0)
            && self.dev.is_none_or(|dev| dev as i32 == header.ndm_ifindex)
            && (stated || flagged)
            && self.prefix.is_none_or(|prefix| neigh.dst.is_none_or(|dst| prefix.holds(&dst)))
            && self.protocol.is_none_or(|proto| proto == neigh.protocol)
            && !(self.unused && neigh.cache.is_some_and(|cache| cache.ndm_refcnt > 0))
    }

    /// Gives every neighbour that is meant to `each`.
    fn dump(
        &self,
        ip: &mut Ip<'_, '_>,
        mut each: impl FnMut(&mut Ip<'_, '_>, &Message<'_>, &Seen<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let flags = if self.proxy { NTF_PROXY } else { Ntf(0) };
        let mut request = Request::new(&NdMsg { ndm_family: Af(self.family), ndm_flags: flags, ..NdMsg::default() });
        if let Some(dev) = self.dev {
            request.put(NDA_IFINDEX(dev))?;
        }
        if let Some(master) = self.master {
            request.put(NDA_MASTER(master))?;
        }
        let mut warned = self.master.is_none();
        ip.dump(RTM_GETNEIGH, &request.body(), |ip, message| {
            let Ok(neigh) = message.body::<Neigh<'_>>() else { return Ok(()) };
            let seen = Seen::new(&neigh);
            if !self.takes(&seen) {
                return Ok(());
            }
            if !warned && !message.header.nlmsg_flags.contains(NLM_F_DUMP_FILTERED) {
                warned = true;
                ip.as_text(|ip| ip.out.text("\nWARNING: Kernel does not support filtering by master device\n\n"));
            }
            each(ip, message, &seen)
        })
    }
}

/// A neighbour's attributes, found in one walk.
#[derive(Debug)]
struct Seen<'a> {
    header: NdMsg,
    dst: Option<IpAddr>,
    lladdr: Option<Hw<'a>>,
    cache: Option<NdaCacheinfo>,
    probes: Option<u32>,
    protocol: u8,
    managed: bool,
}

impl<'a> Seen<'a> {
    fn new(neigh: &Neigh<'a>) -> Seen<'a> {
        let mut seen =
            Seen { header: neigh.header, dst: None, lladdr: None, cache: None, probes: None, protocol: 0, managed: false };
        for attr in neigh.attrs.iter().map_while(Result::ok) {
            match attr {
                NDA_DST(dst) => seen.dst = Some(dst),
                NDA_LLADDR(lladdr) => seen.lladdr = Some(lladdr),
                NDA_CACHEINFO(cache) => seen.cache = cache.get(),
                NDA_PROBES(probes) => seen.probes = Some(probes),
                NDA_PROTOCOL(protocol) => seen.protocol = protocol.0,
                NDA_FLAGS_EXT(flags) => seen.managed = flags.contains(NTF_EXT_MANAGED),
                _ => {}
            }
        }
        seen
    }
}

/// `ip neighbour show`.
fn list(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words, false)?;
    ip.out.array("");
    filter.dump(ip, |ip, _, neigh| {
        ip.out.object("");
        show(ip, neigh, &filter)?;
        ip.out.end_object();
        ip.out.done();
        Ok(())
    })?;
    ip.out.end_list();
    Ok(())
}

/// Prints the neighbour of an event; false if it is none of `dev`.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    let filter = Filter { family: ip.options.family, dev, ..Filter::any() };
    let Ok(neigh) = message.body::<Neigh<'_>>() else { return Ok(false) };
    let seen = Seen::new(&neigh);
    if !filter.takes(&seen) {
        return Ok(false);
    }
    show(ip, &seen, &filter)?;
    Ok(true)
}

/// Ticks a second in which the kernel tells times to user space.
const USER_HZ: u32 = 100;

/// Shows words before a value of which only the text is in a column.
fn column(ip: &mut Ip<'_, '_>, color: Color, key: &str, text: &str, width: usize) {
    if ip.out.is_json() {
        ip.out.put(key, "", text, "");
    } else {
        ip.out.put_color(color, key, "", &format!("{text:<width$}"), " ");
    }
}

/// Prints one neighbour. The device is not said again if the filter has pinned it down.
fn show(ip: &mut Ip<'_, '_>, neigh: &Seen<'_>, filter: &Filter) -> Result<(), Stop> {
    let header = &neigh.header;
    let brief = ip.options.brief;
    if let Some(dst) = neigh.dst {
        let color = if dst.is_ipv4() { Color::Inet } else { Color::Inet6 };
        if brief { column(ip, color, "dst", &dst.to_string(), 39) } else { ip.out.put_color(color, "dst", "", dst, " ") }
    }
    if filter.dev.is_none() && header.ndm_ifindex > 0 {
        let name = ip.name(header.ndm_ifindex as u32)?;
        if brief {
            column(ip, Color::Ifname, "dev", &name, 16);
        } else {
            ip.out.put_color(Color::Ifname, "dev", "dev ", &name, " ");
        }
    }
    if let Some(lladdr) = neigh.lladdr {
        let text = link::hw(lladdr, ip.arp_type(header.ndm_ifindex as u32)?);
        let (before, after) = if brief { ("", "") } else { ("lladdr ", " ") };
        ip.out.put_color(Color::Mac, "lladdr", before, &text, after);
    }
    if brief {
        ip.out.text("\n");
        return Ok(());
    }
    let flags = [
        (header.ndm_flags.contains(NTF_ROUTER), "router"),
        (header.ndm_flags.contains(NTF_PROXY), "proxy"),
        (neigh.managed, "managed"),
        (header.ndm_flags.contains(NTF_EXT_LEARNED), "extern_learn"),
        (header.ndm_flags.contains(NTF_OFFLOADED), "offload"),
    ];
    for (_, word) in flags.into_iter().filter(|(set, _)| *set) {
        ip.out.null(word, word);
        ip.out.text(" ");
    }
    if ip.options.stats > 0 {
        if let Some(cache) = neigh.cache {
            if cache.ndm_refcnt > 0 {
                ip.out.put("refcnt", " ref ", cache.ndm_refcnt, "");
            }
            ip.out.put("used", " used ", cache.ndm_used / USER_HZ, "");
            ip.out.put("confirmed", "/", cache.ndm_confirmed / USER_HZ, "");
            ip.out.put("updated", "/", cache.ndm_updated / USER_HZ, "");
        }
        if let Some(probes) = neigh.probes {
            ip.out.put("probes", "probes ", probes, " ");
        }
    }
    if header.ndm_state.0 != 0 {
        ip.out.array("state");
        for state in [NUD_INCOMPLETE, NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_FAILED, NUD_NOARP, NUD_PERMANENT] {
            if header.ndm_state.contains(state) {
                ip.out.put("", "", state.word().unwrap_or(""), " ");
            }
        }
        ip.out.end_array();
    }
    if neigh.protocol != 0 {
        let name = ip.names.protos.show(u32::from(neigh.protocol));
        ip.out.put("protocol", "proto ", &*name, " ");
    }
    ip.out.text("\n");
    Ok(())
}

/// How often a flush looks for more.
const ROUNDS: u32 = 10;

/// `ip neighbour flush SELECTOR`: deletes what is meant, and looks again until nothing is left.
fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.peek().is_none() {
        return Err(Stop::failure("Flush requires arguments."));
    }
    let mut filter = Filter::parse(ip, words, true)?;
    let complete = ip.rounds(ROUNDS, |ip, round| {
        let (mut requests, mut count) = (BytesMut::new(), 0);
        filter.dump(ip, |ip, message, neigh| {
            if message.header.nlmsg_type != RTM_NEWNEIGH {
                return Ok(());
            }
            frame::message(&mut requests, RTM_DELNEIGH, NLM_F_REQUEST, 0, &message.payload).map_err(crate::Error::Request)?;
            count += 1;
            if ip.options.stats > 1 { ip.as_text(|ip| show(ip, neigh, &filter)) } else { Ok(()) }
        })?;
        if count == 0 {
            return Ok(Round::Nothing);
        }
        ip.socket()?.many(&mut requests, |_, verdict| match verdict {
            Ok(()) => Ok(()),
            // an entry that went meanwhile
            Err(refusal) if refusal.errno() == nix::errno::Errno::ENOENT => Ok(()),
            Err(refusal) => {
                let text = format!("Failed to send flush request: {}", refusal.strerror());
                Err(Stop::failure(text).with_detail(refusal.detail()))
            }
        })?;
        ip.flushing(round, count, "entries");
        // what failed now had its chance
        filter.states &= !NUD_FAILED.0;
        Ok(Round::Deleted)
    })?;
    if complete {
        return Ok(());
    }
    ip.as_text(|ip| ip.out.text(&format!("*** Flush not complete bailing out after {ROUNDS} rounds\n")));
    Err(Stop::failure("").with_status(EXIT_GRAMMAR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Output;

    fn shown(bytes: &[u8], json: bool) -> String {
        let (mut sink, mut err) = (Vec::new(), Vec::new());
        let mut out = Output::new(&mut sink, Style { json, ..Style::default() });
        let mut ip = Ip::new(&mut out, &mut err);
        show(&mut ip, &Seen::new(&Neigh::parse(bytes, 16).unwrap()), &Filter::any()).unwrap();
        ip.out.finish().unwrap();
        String::from_utf8(sink).unwrap()
    }

    #[test]
    fn flags_of_hardware_are_shown() {
        // put together by hand: no device here takes over neighbours
        let mut bytes = vec![2, 0, 0, 0, 0, 0, 0, 0, 0x84, 0, 0xb0, 1];
        bytes.extend_from_slice(&[8, 0, 1, 0, 10, 0, 0, 3, 10, 0, 2, 0, 2, 0, 0, 0, 0, 0x13, 0, 0]);
        bytes.extend_from_slice(&[8, 0, 15, 0, 1, 0, 0, 0, 5, 0, 12, 0, 186, 0, 0, 0]);
        let want = "10.0.0.3 lladdr 02:00:00:00:00:13 router managed extern_learn offload STALE PERMANENT proto bgp \n";
        assert_eq!(shown(&bytes, false), want);
        let want = r#""dst":"10.0.0.3","lladdr":"02:00:00:00:00:13","router":null,"managed":null,"extern_learn":null,"#
            .to_string()
            + r#""offload":null,"state":["STALE","PERMANENT"],"protocol":"bgp""#;
        assert_eq!(shown(&bytes, true), want);
        // attributes of the wrong shape are left out
        assert_eq!(shown(&[2, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 7, 0, 1, 0, 10, 0, 0, 0], false), "FAILED \n");
    }

    #[test]
    fn a_state_is_one() {
        assert_eq!(state("perm"), Some(NUD_PERMANENT));
        assert_eq!(state("noar"), None);
        assert_eq!(state("0x40"), Some(NUD_NOARP));
        assert_eq!((state("3"), state("0x100"), state("0")), (None, None, Some(NUD_NONE)));
    }
}
