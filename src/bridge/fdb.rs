//! `bridge fdb`: the addresses that bridges and tunnels know, and where they are (linux/neighbour.h).

mod show;

use nlmsg::frame::{NLM_F_APPEND, NLM_F_BULK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Be, Hw};
use nlmsg::route::{
    AF_BRIDGE, NTF_EXT_LEARNED, NTF_MASTER, NTF_OFFLOADED, NTF_ROUTER, NTF_SELF, NTF_STICKY, NTF_USE, NUD_NOARP, NUD_PERMANENT,
    NUD_REACHABLE, NdMsg, Nda::*, Ntf, Nud, RTM_DELNEIGH, RTM_NEWNEIGH,
};

use super::{Options, device, failed};
use crate::ip::link::lladdr;
use crate::ip::{Ip, Request, verb_of};
use crate::words::{Host, Stop, Words, abbreviates, atoi, number};

pub(super) use show::{Filter, show_one};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Get,
    Show,
    Help,
}

const HELP: &str = "\
Usage: bridge fdb { add | append | del | replace } ADDR dev DEV
              [ self ] [ master ] [ use ] [ router ] [ extern_learn ]
              [ sticky ] [ local | static | dynamic ] [ vlan VID ]
              { [ dst IPADDR ] [ port PORT] [ vni VNI ] | [ nhid NHID ] }
	       [ via DEV ] [ src_vni VNI ]
       bridge fdb [ show [ br BRDEV ] [ brport DEV ] [ vlan VID ]
              [ state STATE ] [ dynamic ] ]
       bridge fdb get [ to ] LLADDR [ br BRDEV ] { brport | dev } DEV
              [ vlan VID ] [ vni VNI ] [ self ] [ master ] [ dynamic ]
       bridge fdb flush dev DEV [ brport DEV ] [ vlan VID ]
              [ self ] [ master ] [ [no]permanent | [no]static | [no]dynamic ]
              [ [no]added_by_user ] [ [no]extern_learn ] [ [no]sticky ]
              [ [no]offloaded ]";

/// `bridge fdb ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, _: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL)),
        ("append", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND)),
        ("replace", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)),
        ("delete", Verb::Modify(RTM_DELNEIGH, NlmF(0))),
        ("get", Verb::Get),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("list", Verb::Show),
        ("help", Verb::Help),
    ];
    ip.learn_links()?;
    // no abbreviation removes so much
    if words.take("flush") {
        return flush(ip, words);
    }
    match verb_of("bridge", "fdb", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Get => show::get(ip, words),
        Verb::Show => show::show(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// An Ethernet address.
fn mac(word: &str) -> Result<[u8; 6], Stop> {
    let bytes = lladdr(word).ok().and_then(|bytes| <[u8; 6]>::try_from(bytes).ok());
    bytes.filter(|_| word.contains(':')).ok_or_else(|| failed(format!("Invalid mac address {word}")))
}

/// Takes a network identifier, which has 24 bits.
fn vni(words: &mut Words<'_>, why: &str) -> Result<u32, Stop> {
    let word = words.need()?;
    digits(word).filter(|&vni: &u32| vni >> 24 == 0).ok_or_else(|| words.wrong(why))
}

/// A number; no digits at all are 0.
fn digits<N: TryFrom<i128> + Default>(word: &str) -> Option<N> {
    if word.is_empty() { Some(N::default()) } else { number(word) }
}

/// Takes a UDP port: a number or the name of a service.
fn port(words: &mut Words<'_>) -> Result<u16, Stop> {
    let word = words.need()?;
    if let Some(port) = digits::<u64>(word) {
        return u16::try_from(port).map_err(|_| words.wrong("invalid port\n"));
    }
    let services = std::fs::read_to_string("/etc/services").unwrap_or_default();
    let find = |line: &str| {
        let mut parts = line.split('#').next()?.split_whitespace();
        let (name, number) = (parts.next()?, parts.next()?);
        let port = number.strip_suffix("/udp")?.parse().ok()?;
        (name == word || parts.any(|alias| alias == word)).then_some(port)
    };
    services.lines().find_map(find).ok_or_else(|| words.wrong("invalid port\n"))
}

/// Takes an address, with or without `to` before it, where no option is meant.
fn take_address<'a>(words: &mut Words<'a>, addr: &mut Option<&'a str>) -> Result<(), Stop> {
    if words.last() == "to" {
        words.need()?;
    }
    let word = words.last();
    if abbreviates(word, "help") {
        return Err(Stop::help(HELP));
    }
    if addr.is_some() {
        return Err(words.twice_or_garbage("to"));
    }
    *addr = Some(word);
    Ok(())
}

/// Takes the VLAN that follows `vlan`.
fn take_vlan(words: &mut Words<'_>, vlan: &mut Option<u16>) -> Result<(), Stop> {
    if vlan.is_some() {
        return Err(words.twice_or_garbage("vlan"));
    }
    // there, negative is what was not said
    *vlan = u16::try_from(atoi(words.need()?) as i16).ok();
    Ok(())
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = NdMsg { ndm_family: AF_BRIDGE, ndm_state: NUD_NOARP, ..NdMsg::default() };
    let (mut addr, mut dev, mut dst, mut vlan): (_, _, Option<Host>, _) = (None, None, None, None);
    let (mut udp, mut to_vni, mut src_vni, mut via, mut nhid) = (0, None, None, None, 0u32);
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if word == "dev" {
            dev = Some(words.need()?);
        } else if word == "dst" {
            let given = dst.is_some();
            if given {
                words.need()?;
                return Err(words.twice_or_garbage("dst"));
            }
            dst = Some(words.host(ip.options.family)?);
        } else if word == "nhid" {
            nhid = words.number("\"id\" value is invalid\n")?;
        } else if word == "port" {
            udp = port(words)?;
        } else if word == "vni" {
            to_vni = Some(vni(words, "invalid VNI\n")?);
        } else if word == "src_vni" {
            src_vni = Some(vni(words, "invalid src VNI\n")?);
        } else if word == "via" {
            let name = words.need()?;
            via = Some(ip.device(name).map_err(|stop| Stop::grammar(stop.text.as_str()))?);
        } else if word == "self" {
            header.ndm_flags |= NTF_SELF;
        } else if is("master") {
            header.ndm_flags |= NTF_MASTER;
        } else if is("router") {
            header.ndm_flags |= NTF_ROUTER;
        } else if is("local") || is("permanent") {
            header.ndm_state |= NUD_PERMANENT;
        } else if is("temp") || is("static") {
            header.ndm_state |= NUD_REACHABLE;
        } else if is("dynamic") {
            header.ndm_state = (header.ndm_state | NUD_REACHABLE).without(NUD_NOARP);
        } else if is("vlan") {
            take_vlan(words, &mut vlan)?;
        } else if is("use") {
            header.ndm_flags |= NTF_USE;
        } else if is("extern_learn") {
            header.ndm_flags |= NTF_EXT_LEARNED;
        } else if is("sticky") {
            header.ndm_flags |= NTF_STICKY;
        } else {
            take_address(words, &mut addr)?;
        }
    }
    let (Some(dev), Some(addr)) = (dev, addr) else {
        return Err(failed("Device and address are required arguments."));
    };
    if nhid > 0 && (dst.is_some() || udp > 0 || to_vni.is_some()) {
        return Err(failed("dst, port, vni are mutually exclusive with nhid"));
    }
    if header.ndm_flags.0 & (NTF_SELF | NTF_MASTER).0 == 0 {
        header.ndm_flags |= NTF_SELF;
    }
    if header.ndm_state.0 & (NUD_PERMANENT | NUD_REACHABLE).0 == 0 {
        header.ndm_state |= NUD_PERMANENT;
    }
    let mut request = Request::new(&header);
    request.put(NDA_LLADDR(Hw(&mac(addr)?)))?;
    if let Some(dst) = dst {
        request.put_host("NDA_DST", dst, NDA_DST)?;
    }
    if let Some(vlan) = vlan {
        request.put(NDA_VLAN(vlan))?;
    }
    if nhid > 0 {
        request.put(NDA_NH_ID(nhid))?;
    }
    if udp > 0 {
        request.put(NDA_PORT(Be(udp)))?;
    }
    if let Some(vni) = to_vni {
        request.put(NDA_VNI(vni))?;
    }
    if let Some(vni) = src_vni {
        request.put(NDA_SRC_VNI(vni))?;
    }
    if let Some(via) = via {
        request.put(NDA_IFINDEX(via))?;
    }
    header.ndm_ifindex = device(ip, dev)? as i32;
    request.set_header(&header);
    ip.talk(kind, flags, &request)
}

/// The words of `flush` that say which entries are meant: bits of the state or flags, and whether they are set.
enum Mark {
    State(Nud, Nud, Nud),
    Flag(Ntf, bool),
}

const MARKS: &[(&str, Mark)] = &[
    // bits to set, bits to clear, bits that count
    ("permanent", Mark::State(NUD_PERMANENT, Nud(0), NUD_PERMANENT)),
    ("nopermanent", Mark::State(Nud(0), NUD_PERMANENT, NUD_PERMANENT)),
    ("static", Mark::State(NUD_NOARP, Nud(0), Nud(NUD_NOARP.0 | NUD_PERMANENT.0))),
    ("nostatic", Mark::State(Nud(0), NUD_NOARP, NUD_NOARP)),
    ("dynamic", Mark::State(Nud(0), NUD_NOARP, Nud(NUD_NOARP.0 | NUD_PERMANENT.0))),
    ("nodynamic", Mark::State(NUD_NOARP, Nud(0), NUD_NOARP)),
    ("added_by_user", Mark::Flag(NTF_USE, true)),
    ("noadded_by_user", Mark::Flag(NTF_USE, false)),
    ("extern_learn", Mark::Flag(NTF_EXT_LEARNED, true)),
    ("noextern_learn", Mark::Flag(NTF_EXT_LEARNED, false)),
    ("sticky", Mark::Flag(NTF_STICKY, true)),
    ("nosticky", Mark::Flag(NTF_STICKY, false)),
    ("offloaded", Mark::Flag(NTF_OFFLOADED, true)),
    ("nooffloaded", Mark::Flag(NTF_OFFLOADED, false)),
];

/// The marks that would have set these masks and what is under them; `None` if there are none.
pub(crate) fn flush_words(state: Nud, states: Nud, mut flags: Ntf, mut masked: Ntf) -> Option<Vec<&'static str>> {
    let both = NUD_PERMANENT | NUD_NOARP;
    let mut words = match (states, state) {
        (Nud(0), Nud(0)) => vec![],
        (NUD_PERMANENT, NUD_PERMANENT) => vec!["permanent"],
        (NUD_PERMANENT, Nud(0)) => vec!["nopermanent"],
        (NUD_NOARP, NUD_NOARP) => vec!["nodynamic"],
        (NUD_NOARP, Nud(0)) => vec!["nostatic"],
        (mask, state) if mask == both && state == both => vec!["permanent", "static"],
        (mask, NUD_PERMANENT) if mask == both => vec!["permanent", "dynamic"],
        (mask, NUD_NOARP) if mask == both => vec!["static"],
        (mask, Nud(0)) if mask == both => vec!["dynamic"],
        _ => return None,
    };
    for (word, mark) in MARKS {
        if let Mark::Flag(flag, on) = *mark
            && masked.contains(flag)
            && flags.contains(flag) == on
        {
            words.push(word);
            (masked, flags) = (masked.without(flag), flags.without(flag));
        }
    }
    ((masked, flags) == (Ntf(0), Ntf(0))).then_some(words)
}

fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = NdMsg { ndm_family: AF_BRIDGE, ..NdMsg::default() };
    let (mut states, mut flags) = (Nud(0), Ntf(0));
    let (mut dev, mut port, mut vlan) = (None, None, None);
    while let Some(word) = words.next() {
        if word == "dev" {
            dev = Some(words.need()?);
        } else if word == "brport" {
            let name = words.need()?;
            if port.is_some() {
                return Err(words.twice_or_garbage("brport"));
            }
            port = Some(name);
        } else if word == "vlan" {
            take_vlan(words, &mut vlan)?;
        } else if word == "self" {
            header.ndm_flags |= NTF_SELF;
        } else if word == "master" {
            header.ndm_flags |= NTF_MASTER;
        } else if let Some((_, mark)) = MARKS.iter().find(|(name, _)| *name == word) {
            match *mark {
                Mark::State(set, clear, mask) => {
                    header.ndm_state = (header.ndm_state | set).without(clear);
                    states |= mask;
                }
                Mark::Flag(flag, on) => {
                    header.ndm_flags = if on { header.ndm_flags | flag } else { header.ndm_flags.without(flag) };
                    flags |= flag;
                }
            }
        } else if abbreviates(word, "help") {
            return Err(Stop::help(HELP));
        }
        // other words mean nothing, as in the original
    }
    let dev = dev.ok_or_else(|| failed("Device is a required argument."))?;
    header.ndm_ifindex = super::bridge_device(ip, dev)? as i32;
    if header.ndm_flags.0 & (NTF_SELF | NTF_MASTER).0 == 0 {
        header.ndm_flags |= NTF_SELF;
    }
    let mut request = Request::new(&header);
    if let Some(name) = port {
        let index = ip.index(name)?.ok_or_else(|| failed(format!("Cannot find bridge port device \"{name}\"")))?;
        request.put(NDA_IFINDEX(index))?;
    }
    if let Some(vlan) = vlan {
        if vlan >= 4096 {
            return Err(failed(format!("Invalid VLAN ID \"{vlan}\"")));
        }
        request.put(NDA_VLAN(vlan))?;
    }
    if flags.0 > 0 {
        request.put(NDA_NDM_FLAGS_MASK(flags.0))?;
    }
    if states.0 > 0 {
        request.put(NDA_NDM_STATE_MASK(states.0))?;
    }
    ip.talk(RTM_DELNEIGH, NLM_F_BULK, &request)
}
