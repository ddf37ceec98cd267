//! `bridge vni`: the network identifiers that a VXLAN device takes (linux/if_link.h).

use std::net::IpAddr;

use nlmsg::frame::NlmF;
use nlmsg::route::{
    AF_BRIDGE, RTM_DELTUNNEL, RTM_GETTUNNEL, RTM_NEWTUNNEL, TUNNEL_MSG_FLAG_STATS, Tunnel, TunnelMsg, TunnelMsgFlags,
    VnifilterEntryStats, VnifilterEntryStats::*, VxlanVnifilter, VxlanVnifilter::*, VxlanVnifilterEntry, VxlanVnifilterEntry::*,
};
use nlmsg::{Message, Nest};

use super::columns::{Port, heading, indent};
use super::{Options, device, failed};
use crate::ip::{Ip, Request};
use crate::words::{Stop, Words, abbreviates, atoi};

const HELP: &str = "\
Usage: bridge vni { add | del } vni VNI
                [ { group | remote } IP_ADDRESS ] dev DEV
       bridge vni { show } [ dev DEV ]
where  VNI := ID | ID-ID | VNI,VNI
       del is written in full: delete";

/// `bridge vni ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, _: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    ip.learn_links()?;
    match words.next() {
        // none of them has an abbreviation
        Some("add") => modify(ip, RTM_NEWTUNNEL, words),
        Some("delete") => modify(ip, RTM_DELTUNNEL, words),
        None | Some("show" | "lst" | "list") => show(ip, words),
        Some(word) if abbreviates(word, "help") => Err(Stop::help(HELP)),
        Some(word) => Err(failed(format!("Command \"{word}\" is unknown, try \"bridge vni help\".")).at(words.position() - 1)),
    }
}

/// Takes the address that follows `group` or `remote`.
fn take_address(words: &mut Words<'_>, address: &mut Option<IpAddr>) -> Result<(), Stop> {
    let group = words.last() == "group";
    if address.is_some() {
        return Err(words.wrong("duplicate group"));
    }
    let taken = words.address(0)?;
    if group && !taken.is_multicast() {
        return Err(words.wrong("invalid group address"));
    }
    *address = Some(taken);
    Ok(())
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut dev, mut vni, mut address) = (None, None, None);
    while let Some(word) = words.next() {
        match word {
            "dev" => dev = Some(words.need()?),
            "vni" => {
                let list = words.need()?;
                if vni.is_some() {
                    return Err(words.wrong("duplicate vni"));
                }
                vni = Some(list);
            }
            "group" | "remote" => take_address(words, &mut address)?,
            // other words mean nothing, as in the original
            word if abbreviates(word, "help") => return Err(Stop::help(HELP)),
            _ => {}
        }
    }
    let (Some(dev), Some(vni)) = (dev, vni) else {
        return Err(failed("Device and VNI ID are required arguments."));
    };
    let ifindex = ip.index(dev)?.ok_or_else(|| failed(format!("Cannot find vxlan device \"{dev}\"")))?;
    let mut request = Request::new(&TunnelMsg { family: AF_BRIDGE, ifindex, ..TunnelMsg::default() });
    for range in vni.split(',').filter(|range| !range.is_empty()) {
        let (first, last) = range.split_once('-').map_or((atoi(range), 0), |(first, last)| (atoi(first), atoi(last)));
        let nest = request.begin_nested::<VxlanVnifilter<'_>>("VXLAN_VNIFILTER_ENTRY");
        request.put(VXLAN_VNIFILTER_ENTRY_START(first as u32))?;
        if last != 0 {
            request.put(VXLAN_VNIFILTER_ENTRY_END(last as u32))?;
        }
        match address {
            Some(IpAddr::V4(address)) => request.put(VXLAN_VNIFILTER_ENTRY_GROUP(address))?,
            Some(IpAddr::V6(address)) => request.put(VXLAN_VNIFILTER_ENTRY_GROUP6(address))?,
            None => {}
        }
        request.end(nest)?;
    }
    ip.talk(kind, NlmF(0), &request)
}

/// `bridge vni show`.
fn show(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut dev = None;
    while let Some(word) = words.next() {
        if word == "dev" {
            words.once("dev", &mut dev)?;
        }
        // other words mean nothing, as in the original
    }
    let ifindex = dev.map(|name| device(ip, name)).transpose()?.unwrap_or(0);
    let flags = if ip.options.stats > 0 { TUNNEL_MSG_FLAG_STATS } else { TunnelMsgFlags(0) };
    let request = Request::new(&TunnelMsg { family: AF_BRIDGE, flags, ifindex, ..TunnelMsg::default() });
    ip.out.array("");
    heading(ip, "dev", &format!("{:<15}  {:<15}\n", "vni", "group/remote"));
    ip.dump(RTM_GETTUNNEL, &request.body(), show_one)?;
    ip.out.end_list();
    Ok(())
}

/// Shows the identifiers of a device, or an event.
pub(super) fn show_one(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<(), Stop> {
    let Ok(tunnel) = message.body::<Tunnel<'_>>() else { return Ok(()) };
    if message.header.nlmsg_type == RTM_DELTUNNEL {
        ip.out.flag("deleted", "Deleted ");
    }
    let mut port = Port::new(tunnel.header.ifindex);
    for attr in tunnel.attrs.iter().map_while(Result::ok) {
        if let VXLAN_VNIFILTER_ENTRY(entry) = attr {
            show_entry(ip, &mut port, &entry)?;
        }
    }
    port.end(ip);
    ip.out.line();
    Ok(())
}

fn show_entry(ip: &mut Ip<'_, '_>, port: &mut Port, entry: &Nest<'_, VxlanVnifilterEntry<'_>>) -> Result<(), Stop> {
    let (mut first, mut last, mut address, mut stats) = (0, None, None, None);
    for attr in entry.iter().map_while(Result::ok) {
        match attr {
            VXLAN_VNIFILTER_ENTRY_START(vni) => first = vni,
            VXLAN_VNIFILTER_ENTRY_END(vni) => last = Some(vni),
            VXLAN_VNIFILTER_ENTRY_GROUP(group) => address = Some(IpAddr::from(group)),
            VXLAN_VNIFILTER_ENTRY_GROUP6(group) => address = Some(IpAddr::from(group)),
            VXLAN_VNIFILTER_ENTRY_STATS(counters) => stats = Some(counters),
            _ => {}
        }
    }
    port.line(ip, "vnis")?;
    match last.filter(|&last| last != first) {
        Some(last) => {
            ip.out.put("vni", " ", first, "");
            ip.out.json("vniEnd", last);
            ip.out.text(&format!("-{last:<14} "));
        }
        None => {
            ip.out.json("vni", first);
            ip.out.text(&format!(" {first:<14}"));
        }
    }
    if let Some(address) = address.filter(|address| !address.is_unspecified()) {
        ip.out.put(if address.is_multicast() { "group" } else { "remote" }, " ", address, "");
    }
    ip.out.line();
    if let Some(stats) = stats {
        show_stats(ip, &stats);
    }
    ip.out.end_object();
    Ok(())
}

/// Shows counters: packets and bytes, dropped and bad ones.
fn show_stats(ip: &mut Ip<'_, '_>, stats: &Nest<'_, VnifilterEntryStats<'_>>) {
    let mut seen = [0; 8];
    for attr in stats.iter().map_while(Result::ok) {
        let (place, value) = match attr {
            VNIFILTER_ENTRY_STATS_RX_BYTES(value) => (0, value),
            VNIFILTER_ENTRY_STATS_RX_PKTS(value) => (1, value),
            VNIFILTER_ENTRY_STATS_RX_DROPS(value) => (2, value),
            VNIFILTER_ENTRY_STATS_RX_ERRORS(value) => (3, value),
            VNIFILTER_ENTRY_STATS_TX_BYTES(value) => (4, value),
            VNIFILTER_ENTRY_STATS_TX_PKTS(value) => (5, value),
            VNIFILTER_ENTRY_STATS_TX_DROPS(value) => (6, value),
            VNIFILTER_ENTRY_STATS_TX_ERRORS(value) => (7, value),
            _ => continue,
        };
        seen[place] = value;
    }
    ip.out.object("stats");
    for (way, values) in [("rx", &seen[..4]), ("tx", &seen[4..])] {
        indent(ip, &format!(" {}: ", way.to_uppercase()));
        for (name, value) in ["bytes", "pkts", "drops", "errors"].into_iter().zip(values) {
            ip.out.put(&format!("{way}_{name}"), &format!("{name} "), *value, " ");
        }
        ip.out.line();
    }
    ip.out.end_object();
}
