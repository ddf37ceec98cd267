//! `bridge vlan`: the VLANs of bridges and their ports (linux/if_bridge.h).

mod show;

use nlmsg::View;
use nlmsg::frame::NlmF;
use nlmsg::route::{
    AF_BRIDGE, BRIDGE_FLAGS_MASTER, BRIDGE_FLAGS_SELF, BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_RANGE_BEGIN,
    BRIDGE_VLAN_INFO_RANGE_END, BRIDGE_VLAN_INFO_UNTAGGED, BridgeFlags, BridgeVlanFlags, BridgeVlanInfo, IfInfoMsg, Ifla,
    IflaBridge, IflaBridge::*, IflaBridgeVlanTunnel::*, RTM_DELLINK, RTM_SETLINK,
};

use super::{Options, bridge_device, failed};
use crate::ip::{Ip, Request, verb_of};
use crate::words::{Stop, Words, abbreviates, atoi, number};

pub(super) use show::show_event;

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16),
    Show,
    TunnelShow,
    Help,
}

const HELP: &str = "\
Usage: bridge vlan { add | del } vid VLAN_ID dev DEV [ tunnel_info id TUNNEL_ID ]
                                                     [ pvid ] [ untagged ]
                                                     [ self ] [ master ]
       bridge vlan { show } [ dev DEV ] [ vid VLAN_ID ]
       bridge vlan { tunnelshow } [ dev DEV ] [ vid VLAN_ID ]";

/// `bridge vlan ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, options: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_SETLINK)),
        ("delete", Verb::Modify(RTM_DELLINK)),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("list", Verb::Show),
        ("tunnelshow", Verb::TunnelShow),
        ("help", Verb::Help),
    ];
    ip.learn_links()?;
    match verb_of("bridge", "vlan", &verbs, words, Verb::Show)? {
        Verb::Modify(kind) => modify(ip, kind, words),
        Verb::Show => show::show(ip, options, words, false),
        Verb::TunnelShow => show::show(ip, options, words, true),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// Takes a tunnel identifier, which has 24 bits, or a range of them; the last of no range is 0.
fn tunnel(words: &mut Words<'_>) -> Result<(u32, u32), Stop> {
    if !abbreviates(words.need()?, "id") {
        return Err(words.wrong("tunnel id expected"));
    }
    let word = words.need()?;
    let id = |word| number(word).filter(|&id: &u32| id >> 24 == 0).ok_or_else(|| words.wrong("invalid tun id"));
    match word.split_once('-') {
        Some((first, last)) => Ok((id(first)?, id(last)?)),
        None => Ok((id(word)?, 0)),
    }
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut dev, mut vid, mut last, mut ids) = (None, None, None, None);
    let (mut whom, mut flags) = (BridgeFlags(0), BridgeVlanFlags(0));
    while let Some(word) = words.next() {
        match word {
            "dev" => dev = Some(words.need()?),
            "vid" => match words.need()?.split_once('-') {
                Some((first, to)) => {
                    flags |= BRIDGE_VLAN_INFO_RANGE_BEGIN;
                    (vid, last) = (Some(atoi(first) as i16), Some(atoi(to) as i16));
                }
                None => vid = Some(atoi(words.last()) as i16),
            },
            "self" => whom |= BRIDGE_FLAGS_SELF,
            "master" => whom |= BRIDGE_FLAGS_MASTER,
            "pvid" => flags |= BRIDGE_VLAN_INFO_PVID,
            "untagged" => flags |= BRIDGE_VLAN_INFO_UNTAGGED,
            "tunnel_info" => ids = Some(tunnel(words)?),
            // other words mean nothing, as in the original; `help` hides the next one
            word if abbreviates(word, "help") => drop(words.need()?),
            _ => {}
        }
    }
    // there, -1 is what was not said
    let (Some(dev), Some(vid)) = (dev, vid.filter(|&vid| vid != -1)) else {
        return Err(failed("Device and VLAN ID are required arguments."));
    };
    let index = bridge_device(ip, dev)?;
    if vid >= 4096 {
        return Err(failed(format!("Invalid VLAN ID \"{vid}\"")));
    }
    if flags.contains(BRIDGE_VLAN_INFO_RANGE_BEGIN) {
        let to = last.unwrap_or(-1);
        if to == -1 || to >= 4096 || vid >= to {
            return Err(failed(format!("Invalid VLAN range \"{}-{}\"", vid as u16, to as u16)));
        }
        if flags.contains(BRIDGE_VLAN_INFO_PVID) {
            return Err(failed("pvid cannot be configured for a vlan range"));
        }
    }
    let ends: &[(i16, BridgeVlanFlags)] = match last {
        Some(last) => {
            let rest = flags.without(BRIDGE_VLAN_INFO_RANGE_BEGIN);
            &[(vid, rest | BRIDGE_VLAN_INFO_RANGE_BEGIN), (last, rest | BRIDGE_VLAN_INFO_RANGE_END)]
        }
        None => &[(vid, flags)],
    };
    let mut request = Request::new(&IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: index as i32, ..IfInfoMsg::default() });
    let spec = request.begin::<Ifla<'_>>("IFLA_AF_SPEC");
    if whom.0 > 0 {
        request.put(IFLA_BRIDGE_FLAGS(whom))?;
    }
    for (nth, &(vid, flags)) in ends.iter().enumerate() {
        match ids {
            Some(ids) => {
                let nest = request.begin::<IflaBridge<'_>>("IFLA_BRIDGE_VLAN_TUNNEL_INFO");
                let range = BRIDGE_VLAN_INFO_RANGE_BEGIN | BRIDGE_VLAN_INFO_RANGE_END;
                request.put(IFLA_BRIDGE_VLAN_TUNNEL_ID(if nth == 0 { ids.0 } else { ids.1 }))?;
                request.put(IFLA_BRIDGE_VLAN_TUNNEL_VID(vid as u16))?;
                request.put(IFLA_BRIDGE_VLAN_TUNNEL_FLAGS(BridgeVlanFlags(flags.0 & range.0)))?;
                request.end(nest)?;
            }
            None => {
                let info = BridgeVlanInfo { flags, vid: vid as u16 };
                request.put(IFLA_BRIDGE_VLAN_INFO(View::new(&info.to_bytes())))?;
            }
        }
    }
    request.end(spec)?;
    ip.talk(kind, NlmF(0), &request)
}
