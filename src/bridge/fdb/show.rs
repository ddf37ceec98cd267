//! What `bridge fdb show` and `get` print.

use nlmsg::Message;
use nlmsg::frame::NlmF;
use nlmsg::payload::Hw;
use nlmsg::route::{
    AF_BRIDGE, NTF_EXT_LEARNED, NTF_MASTER, NTF_OFFLOADED, NTF_ROUTER, NTF_SELF, NTF_STICKY, NUD_NOARP, NUD_PERMANENT,
    NUD_REACHABLE, NUD_STALE, NdMsg, Nda::*, NdaCacheinfo, Neigh, RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH,
};

use super::{HELP, mac, take_address, take_vlan, vni};
use crate::bridge::{bridge_device, device, failed};
use crate::ip::{Ip, Request};
use crate::output::Color;
use crate::words::{Stop, Words, abbreviates, atoi, number};

/// Which entries are meant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    /// Only those of this link; its name is then not shown.
    index: Option<u32>,
    /// Only those of this VLAN; 0 is all.
    vlan: u32,
    /// Only those with one of these bits; 0 is all.
    state: u32,
    /// None that is permanent.
    dynamic: bool,
}

/// The bits of a state by name or number.
fn state(word: &str) -> Option<u32> {
    let is = |full: &str| abbreviates(word, full);
    if is("permanent") {
        Some(NUD_PERMANENT.0.into())
    } else if is("static") || is("temp") {
        Some(NUD_NOARP.0.into())
    } else if is("stale") {
        Some(NUD_STALE.0.into())
    } else if is("reachable") || is("dynamic") {
        Some(NUD_REACHABLE.0.into())
    } else if word == "all" {
        Some(u16::MAX.into())
    } else {
        number(word)
    }
}

/// `bridge fdb show`.
pub(super) fn show(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut filter = Filter::default();
    let (mut dev, mut bridge) = (None, None);
    while let Some(word) = words.next() {
        if word == "brport" || word == "dev" {
            dev = Some(words.need()?);
        } else if word == "br" {
            bridge = Some(words.need()?);
        } else if word == "vlan" {
            let vlan = words.need()?;
            if filter.vlan > 0 {
                return Err(words.twice("vlan"));
            }
            filter.vlan = atoi(vlan) as u32;
        } else if word == "state" {
            filter.state |= state(words.need()?).ok_or_else(|| words.wrong("invalid state"))?;
        } else if word == "dynamic" {
            filter.dynamic = true;
        } else if abbreviates(word, "help") {
            return Err(Stop::help(HELP));
        }
        // other words mean nothing, as in the original
    }
    let bridge = bridge.map(|name| bridge_device(ip, name)).transpose()?;
    filter.index = dev.map(|name| device(ip, name)).transpose()?;
    let index = filter.index.unwrap_or(0) as i32;
    let mut request = Request::new(&NdMsg { ndm_family: AF_BRIDGE, ndm_ifindex: index, ..NdMsg::default() });
    if let Some(bridge) = bridge {
        request.put(NDA_MASTER(bridge))?;
    }
    ip.out.array("");
    ip.dump(RTM_GETNEIGH, &request.body(), |ip, message| show_one(ip, message, &filter))?;
    ip.out.end_list();
    Ok(())
}

/// `bridge fdb get`: one entry, which the kernel looks up.
pub(super) fn get(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = NdMsg { ndm_family: AF_BRIDGE, ..NdMsg::default() };
    let (mut addr, mut dev, mut bridge, mut vlan, mut id) = (None, None, None, None, None);
    let mut filter = Filter::default();
    while let Some(word) = words.next() {
        if word == "brport" || word == "dev" {
            dev = Some(words.need()?);
        } else if word == "br" {
            bridge = Some(words.need()?);
        } else if word == "vni" {
            id = Some(vni(words, "invalid VNI\n")?);
        } else if word == "self" {
            header.ndm_flags |= NTF_SELF;
        } else if abbreviates(word, "master") {
            header.ndm_flags |= NTF_MASTER;
        } else if abbreviates(word, "vlan") {
            take_vlan(words, &mut vlan)?;
        } else if abbreviates(word, "dynamic") {
            filter.dynamic = true;
        } else {
            take_address(words, &mut addr)?;
        }
    }
    let (Some(addr), true) = (addr, dev.is_some() || bridge.is_some()) else {
        return Err(failed("Device or master and address are required arguments."));
    };
    let mut request = Request::new(&header);
    request.put(NDA_LLADDR(Hw(&mac(addr)?)))?;
    if let Some(vlan) = vlan {
        request.put(NDA_VLAN(vlan))?;
    }
    if let Some(id) = id {
        request.put(NDA_VNI(id))?;
    }
    if let Some(name) = dev {
        header.ndm_ifindex = device(ip, name)? as i32;
        request.set_header(&header);
    }
    if let Some(name) = bridge {
        let index = bridge_device(ip, name)?;
        request.put(NDA_MASTER(index))?;
    }
    let mut found = Vec::new();
    let got = ip.socket()?.get(RTM_GETNEIGH, NlmF(0), &request.body(), |message| {
        found.push((message.header, message.payload.to_vec()));
        Ok::<(), crate::Error>(())
    });
    // the original exits with -2 here, and with -1 elsewhere
    got.map_err(|error| Stop::from(error).with_status(254))?;
    ip.out.array("");
    for (header, payload) in &found {
        show_one(ip, &Message { header: *header, payload }, &filter)?;
    }
    ip.out.end_list();
    Ok(())
}

/// Shows one entry.
pub(crate) fn show_one(ip: &mut Ip<'_, '_>, message: &Message<'_>, filter: &Filter) -> Result<(), Stop> {
    let kind = message.header.nlmsg_type;
    let Ok(entry) = message.body::<Neigh<'_>>() else { return Ok(()) };
    let header = entry.header;
    let index = header.ndm_ifindex as u32;
    let mut seen = Seen::default();
    for attr in entry.attrs.iter().map_while(Result::ok) {
        match attr {
            NDA_LLADDR(addr) => seen.addr = Some(addr),
            NDA_DST(dst) => seen.dst = Some(dst),
            NDA_VLAN(vlan) => seen.vlan = vlan,
            NDA_PORT(port) => seen.port = Some(port.0),
            NDA_VNI(vni) => seen.vni = Some(vni),
            NDA_SRC_VNI(vni) => seen.src_vni = Some(vni),
            NDA_IFINDEX(via) => seen.via = Some(via),
            NDA_NH_ID(nhid) => seen.nhid = Some(nhid),
            NDA_LINK_NETNSID(id) => seen.netnsid = Some(id),
            NDA_CACHEINFO(times) => seen.times = times.get(),
            NDA_MASTER(master) => seen.master = Some(master),
            _ => {}
        }
    }
    if !matches!(kind, RTM_NEWNEIGH | RTM_DELNEIGH)
        || header.ndm_family != AF_BRIDGE
        || filter.index.is_some_and(|only| only != index)
        || (filter.state > 0 && u32::from(header.ndm_state.0) & filter.state == 0)
        || (filter.vlan > 0 && filter.vlan != u32::from(seen.vlan))
        || (filter.dynamic && header.ndm_state.contains(NUD_PERMANENT))
    {
        return Ok(());
    }
    ip.out.object("");
    if kind == RTM_DELNEIGH {
        ip.out.flag("deleted", "Deleted ");
    }
    if let Some(addr) = seen.addr {
        ip.out.put_color(Color::Mac, "mac", "", &addr.to_string(), " ");
    }
    if filter.index.is_none() && index > 0 {
        ip.device_name("ifname", "dev ", index)?;
    }
    if let Some(dst) = seen.dst {
        let color = if dst.is_ipv4() { Color::Inet } else { Color::Inet6 };
        ip.out.put_color(color, "dst", "dst ", dst, " ");
    }
    if seen.vlan > 0 {
        ip.out.put("vlan", "vlan ", seen.vlan, " ");
    }
    if let Some(port) = seen.port {
        ip.out.put("port", "port ", port, " ");
    }
    if let Some(vni) = seen.vni {
        ip.out.put("vni", "vni ", vni, " ");
    }
    if let Some(vni) = seen.src_vni {
        ip.out.put("src_vni", "src_vni ", vni, " ");
    }
    match (seen.via, seen.netnsid) {
        (None, _) => {}
        (Some(via), Some(_)) => ip.out.put("viaIfIndex", "via ifindex ", via, " "),
        (Some(via), None) => {
            let name = ip.name(via)?;
            ip.out.put("viaIf", "via ", &name, " ");
        }
    }
    if let Some(nhid) = seen.nhid {
        ip.out.put("nhid", "nhid ", nhid, " ");
    }
    if let Some(id) = seen.netnsid {
        ip.out.json("linkNetNsId", id as u32);
        ip.out.text(&format!("link-netnsid {id} "));
    }
    if let Some(times) = seen.times.filter(|_| ip.options.stats > 0) {
        // hundredths of a second
        let (used, updated) = (times.ndm_used / 100, times.ndm_updated / 100);
        ip.out.put("used", "used ", used, "");
        ip.out.put("updated", "/", updated, " ");
    }
    ip.out.array("flags");
    for flag in [NTF_SELF, NTF_ROUTER, NTF_EXT_LEARNED, NTF_OFFLOADED, NTF_MASTER, NTF_STICKY] {
        if header.ndm_flags.contains(flag) {
            ip.out.put("", "", flag.word().unwrap_or(""), " ");
        }
    }
    ip.out.end_array();
    if let Some(master) = seen.master {
        let name = ip.name(master)?;
        ip.out.put("master", "master ", &name, " ");
    }
    let state = header.ndm_state;
    let known = [(NUD_PERMANENT, "permanent"), (NUD_NOARP, "static"), (NUD_STALE, "stale"), (NUD_REACHABLE, "")];
    match known.iter().find(|(bit, _)| state.contains(*bit)) {
        Some((_, word)) => ip.out.put("state", "", *word, "\n"),
        None => ip.out.put("state", "", &format!("state={}", hex(state.0)), "\n"),
    }
    ip.out.end_object();
    ip.out.done();
    Ok(())
}

/// As C's `%#x`, which leaves 0 alone.
fn hex(number: u16) -> String {
    if number == 0 { "0".into() } else { format!("{number:#x}") }
}

/// An entry's attributes, found in one walk.
#[derive(Default)]
struct Seen<'a> {
    addr: Option<Hw<'a>>,
    dst: Option<std::net::IpAddr>,
    vlan: u16,
    port: Option<u16>,
    vni: Option<u32>,
    src_vni: Option<u32>,
    via: Option<u32>,
    nhid: Option<u32>,
    netnsid: Option<i32>,
    times: Option<NdaCacheinfo>,
    master: Option<u32>,
}
