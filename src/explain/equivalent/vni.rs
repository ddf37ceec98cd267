//! `bridge vni add` and `delete`.

use std::net::IpAddr;

use nlmsg::Nest;
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL};
use nlmsg::route::{AF_BRIDGE, Tunnel, TunnelMsg, VxlanVnifilter, VxlanVnifilterEntry};

use super::{Request, join};

/// A range, and the address that its packets go to; `None` if there is something that no word says.
fn entry(entry: &Nest<'_, VxlanVnifilterEntry<'_>>) -> Option<(String, Option<IpAddr>)> {
    let (mut first, mut last, mut address) = (None, None, None);
    for attr in entry.iter() {
        match attr.ok()? {
            VxlanVnifilterEntry::VXLAN_VNIFILTER_ENTRY_START(vni) if first.is_none() => first = Some(vni),
            VxlanVnifilterEntry::VXLAN_VNIFILTER_ENTRY_END(vni) if last.is_none() && vni > 0 => last = Some(vni),
            VxlanVnifilterEntry::VXLAN_VNIFILTER_ENTRY_GROUP(group) if address.is_none() => address = Some(group.into()),
            VxlanVnifilterEntry::VXLAN_VNIFILTER_ENTRY_GROUP6(group) if address.is_none() => address = Some(group.into()),
            _ => return None,
        }
    }
    let first = first?;
    Some((last.map_or_else(|| first.to_string(), |last| format!("{first}-{last}")), address))
}

pub(super) fn command(request: &Request<'_>, delete: bool) -> Option<String> {
    let tunnel: Tunnel<'_> = request.seen.message()?.body().ok()?;
    let ifindex = tunnel.header.ifindex;
    let makes = request.has(NLM_F_CREATE) || request.has(NLM_F_EXCL);
    if makes || tunnel.header != (TunnelMsg { family: AF_BRIDGE, ifindex, ..TunnelMsg::default() }) {
        return None;
    }
    let mut entries = Vec::new();
    for attr in tunnel.attrs.iter() {
        let VxlanVnifilter::VXLAN_VNIFILTER_ENTRY(nest) = attr.ok()? else { return None };
        entries.push(entry(&nest)?);
    }
    // one address is said of all
    let address = entries.first().and_then(|(_, address)| *address);
    if entries.iter().any(|(_, other)| *other != address) {
        return None;
    }
    let list: Vec<_> = entries.into_iter().map(|(range, _)| range).collect();
    // a list of none has to be said too
    let list = if list.is_empty() { ",".to_owned() } else { list.join(",") };
    let mut words = vec![format!("bridge vni {}", if delete { "delete" } else { "add" }), "vni".into(), list];
    if let Some(address) = address {
        words.extend(["remote".into(), address.to_string()]);
    }
    words.extend(["dev".into(), request.link(ifindex)]);
    Some(join(words))
}
