//! `bridge link set`, `bridge vlan add` and `bridge vlan del`: what is asked of a port, and of its VLANs.

use nlmsg::payload::Record;
use nlmsg::route::link::{LinkAfSpec, ProtInfo};
use nlmsg::route::*;
use nlmsg::{Nest, View};

use super::{Request, join};

/// What `IFLA_AF_SPEC` holds.
#[derive(Default)]
struct Spec {
    whom: BridgeFlags,
    mode: Option<u16>,
    /// VLANs, and the identifiers of their tunnels.
    vlans: Vec<(BridgeVlanInfo, Option<u32>)>,
}

impl Spec {
    /// `None` if there is something that no word says.
    fn read(spec: &Nest<'_, IflaBridge<'_>>) -> Option<Spec> {
        let mut said = Spec::default();
        for attr in spec.iter() {
            match attr.ok()? {
                IflaBridge::IFLA_BRIDGE_FLAGS(whom) => said.whom = whom,
                IflaBridge::IFLA_BRIDGE_MODE(mode) => said.mode = Some(mode),
                IflaBridge::IFLA_BRIDGE_VLAN_INFO(info) => said.vlans.push((vlan(&info)?, None)),
                IflaBridge::IFLA_BRIDGE_VLAN_TUNNEL_INFO(tunnel) => {
                    let (mut info, mut id) = (BridgeVlanInfo::default(), None);
                    for attr in tunnel.iter() {
                        match attr.ok()? {
                            IflaBridgeVlanTunnel::IFLA_BRIDGE_VLAN_TUNNEL_ID(value) => id = Some(value),
                            IflaBridgeVlanTunnel::IFLA_BRIDGE_VLAN_TUNNEL_VID(vid) => info.vid = vid,
                            IflaBridgeVlanTunnel::IFLA_BRIDGE_VLAN_TUNNEL_FLAGS(flags) => info.flags = flags,
                            _ => return None,
                        }
                    }
                    said.vlans.push((info, Some(id?)));
                }
                _ => return None,
            }
        }
        Some(said)
    }
}

fn vlan(info: &View<'_, BridgeVlanInfo>) -> Option<BridgeVlanInfo> {
    (info.as_bytes().len() == BridgeVlanInfo::SIZE).then(|| BridgeVlanInfo::read(info.as_bytes()))
}

/// The `bridge` command of a message of `AF_BRIDGE`.
pub(super) fn command(request: &Request<'_>, delete: bool) -> Option<String> {
    let message = request.seen.message()?;
    let link: Link<'_> = message.body().ok()?;
    let header = link.header;
    if (header.ifi_flags, header.ifi_change) != (Iff(0), Iff(0)) || header.ifi_index == 0 {
        return None;
    }
    let (mut port, mut spec) = (None, Spec::default());
    for attr in link.attrs.iter() {
        match attr.ok()? {
            Ifla::IFLA_PROTINFO(ProtInfo::Bridge(settings)) => port = Some(settings),
            Ifla::IFLA_AF_SPEC(LinkAfSpec::Bridge(attrs)) => spec = Spec::read(&attrs)?,
            _ => return None,
        }
    }
    let name = request.link(header.ifi_index as u32);
    let mut words = Vec::new();
    match (port, &spec.vlans[..]) {
        (Some(port), []) if !delete => {
            words.extend(["bridge link set dev".to_owned(), name]);
            words.extend(crate::bridge::port_words(&port, &|index| request.link(index))?);
            if let Some(mode) = spec.mode {
                words.extend(["hwmode".to_owned(), ["veb", "vepa"].get(usize::from(mode))?.to_string()]);
            }
        }
        (None, vlans @ [_, ..]) if spec.mode.is_none() => {
            words.push(format!("bridge vlan {}", if delete { "del" } else { "add" }));
            vlan_words(vlans, name, &mut words)?;
        }
        _ => return None,
    }
    // `hwmode` means hardware: it says `self` itself
    for (flag, word) in [(BRIDGE_FLAGS_SELF, "self"), (BRIDGE_FLAGS_MASTER, "master")] {
        if spec.whom.contains(flag) && (flag, spec.mode.is_some()) != (BRIDGE_FLAGS_SELF, true) {
            words.push(word.to_owned());
        }
    }
    Some(join(words))
}

/// One VLAN, or the two ends of a range.
fn vlan_words(vlans: &[(BridgeVlanInfo, Option<u32>)], name: String, words: &mut Vec<String>) -> Option<()> {
    let range = BRIDGE_VLAN_INFO_RANGE_BEGIN | BRIDGE_VLAN_INFO_RANGE_END;
    let (first, last) = match vlans {
        [one] if one.0.flags.0 & range.0 == 0 => (one, None),
        [first, last]
            if first.0.flags.0 & range.0 == BRIDGE_VLAN_INFO_RANGE_BEGIN.0
                && last.0.flags.0 & range.0 == BRIDGE_VLAN_INFO_RANGE_END.0
                && first.0.flags.without(range) == last.0.flags.without(range)
                && first.1.is_some() == last.1.is_some() =>
        {
            (first, Some(last))
        }
        _ => return None,
    };
    let span = |first: u32, last: Option<u32>| last.map_or_else(|| first.to_string(), |last| format!("{first}-{last}"));
    words.extend(["vid".to_owned(), span(first.0.vid.into(), last.map(|last| last.0.vid.into())), "dev".to_owned(), name]);
    if let Some(id) = first.1 {
        // who asks for tunnels of a range with one identifier sends 0 as the last
        let to = last.and_then(|last| last.1).filter(|&to| to != 0);
        words.extend(["tunnel_info id".to_owned(), span(id, to)]);
    }
    let mut flags = first.0.flags.without(range);
    for (flag, word) in [(BRIDGE_VLAN_INFO_PVID, "pvid"), (BRIDGE_VLAN_INFO_UNTAGGED, "untagged")] {
        if flags.contains(flag) {
            words.push(word.to_owned());
            flags = flags.without(flag);
        }
    }
    (flags == BridgeVlanFlags(0)).then_some(())
}
