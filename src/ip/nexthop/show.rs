//! What is printed of next hops: in lists, in events, below a route.

use std::net::IpAddr;

use nlmsg::Message;
use nlmsg::frame::NlmF;
use nlmsg::route::{Nha::*, NhaResBucket::*, NhaResGroup::*, *};

use crate::ip::{Ip, Request, route};
use crate::output::{Color, General};
use crate::words::Stop;

/// Prints the next hop of an event.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<bool, Stop> {
    let Ok(nexthop) = message.body::<Nexthop<'_>>() else { return Ok(false) };
    let id = nexthop.attrs.find(|attr| match attr {
        NHA_ID(id) => Some(id),
        _ => None,
    });
    match message.header.nlmsg_type {
        RTM_NEWNEXTHOPBUCKET | RTM_DELNEXTHOPBUCKET => bucket(ip, &nexthop)?,
        kind => {
            // what is known of it by now is not asked for again
            match (id, kind) {
                (Some(id), RTM_NEWNEXTHOP) => drop(ip.nexthops.insert(id, message.payload.to_vec())),
                (Some(id), _) => drop(ip.nexthops.remove(&id)),
                (None, _) => {}
            }
            show(ip, &nexthop)?;
        }
    }
    ip.out.text("\n");
    Ok(true)
}

/// Prints the next hop that a route names, below the route. Each is asked for once.
pub(crate) fn info(ip: &mut Ip<'_, '_>, id: u32) -> Result<(), Stop> {
    if !ip.nexthops.contains_key(&id) {
        let mut request = Request::new(&NhMsg { nh_family: Af(ip.options.family), ..NhMsg::default() });
        request.put(NHA_ID(id))?;
        let mut found = Vec::new();
        let got = ip.socket()?.get(RTM_GETNEXTHOP, NlmF(0), &request.body(), |message| {
            found = message.payload.to_vec();
            Ok::<(), crate::Error>(())
        });
        if let Err(error) = got {
            // it can be gone since
            ip.say(&Stop::from(error));
            return Ok(());
        }
        ip.nexthops.insert(id, found);
    }
    let Some(known) = ip.nexthops.remove(&id) else { return Ok(()) };
    if let Ok(nexthop) = Nexthop::parse(&known, 16) {
        ip.out.text("\n\tnh_info ");
        ip.out.object("nh_info");
        show(ip, &nexthop)?;
        ip.out.end_object();
    }
    ip.nexthops.insert(id, known);
    Ok(())
}

/// Prints one of a list, by [`show`] or [`bucket`].
pub(super) fn listed(
    ip: &mut Ip<'_, '_>,
    nexthop: &Nexthop<'_>,
    show: fn(&mut Ip<'_, '_>, &Nexthop<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    ip.out.object("");
    show(ip, nexthop)?;
    ip.out.end_object();
    ip.out.text("\n");
    ip.out.done();
    Ok(())
}

/// Prints a next hop into the object that is open.
pub(super) fn show(ip: &mut Ip<'_, '_>, nexthop: &Nexthop<'_>) -> Result<(), Stop> {
    let header = nexthop.header;
    let (mut id, mut group, mut kind, mut res_group, mut gateway, mut oif) = (0, None, None, None, None, 0);
    let (mut blackhole, mut fdb) = (false, false);
    for attr in nexthop.attrs.iter().map_while(Result::ok) {
        match attr {
            NHA_ID(value) => id = value,
            NHA_GROUP(value) => group = Some(value),
            NHA_GROUP_TYPE(value) => kind = Some(value),
            NHA_RES_GROUP(value) => res_group = Some(value),
            NHA_GATEWAY(value) => gateway = Some(value),
            NHA_OIF(value) => oif = value,
            NHA_BLACKHOLE(_) => blackhole = true,
            NHA_FDB(_) => fdb = true,
            _ => {}
        }
    }
    ip.out.put("id", "id ", id, " ");
    if let Some(group) = group {
        ip.out.array("group");
        ip.out.text("group ");
        for (i, member) in group.iter().enumerate() {
            ip.out.object("");
            ip.out.put("id", if i == 0 { "" } else { "/" }, member.id, "");
            if member.weight > 0 {
                ip.out.put("weight", ",", u32::from(member.weight) + 1, "");
            }
            ip.out.end_object();
        }
        ip.out.text(" ");
        ip.out.end_array();
    }
    if let Some(kind) = kind.filter(|&kind| kind != NEXTHOP_GRP_TYPE_MPATH) {
        ip.out.put("type", "type ", kind.word().unwrap_or("<unknown type>"), " ");
    }
    if let Some(nest) = res_group {
        let (mut buckets, mut idle, mut timer, mut unbalanced): (u32, u64, u64, u64) = (0, 0, 0, 0);
        for attr in nest.iter().map_while(Result::ok) {
            match attr {
                NHA_RES_GROUP_BUCKETS(value) => buckets = value.into(),
                NHA_RES_GROUP_IDLE_TIMER(value) => idle = value.into(),
                NHA_RES_GROUP_UNBALANCED_TIMER(value) => timer = value.into(),
                NHA_RES_GROUP_UNBALANCED_TIME(value) => unbalanced = value,
                _ => {}
            }
        }
        ip.out.object("resilient_args");
        ip.out.put("buckets", "buckets ", buckets, " ");
        ip.out.put("idle_timer", "idle_timer ", seconds(idle), " ");
        ip.out.put("unbalanced_timer", "unbalanced_timer ", seconds(timer), " ");
        ip.out.put("unbalanced_time", "unbalanced_time ", seconds(unbalanced), " ");
        ip.out.end_object();
    }
    if let Some(gateway) = gateway {
        let color = if matches!(gateway, IpAddr::V4(_)) { Color::Inet } else { Color::Inet6 };
        ip.out.put_color(color, "gateway", "via ", gateway, " ");
    }
    if oif > 0 {
        ip.device_name("dev", "dev ", oif)?;
    }
    if header.nh_scope != RT_SCOPE_UNIVERSE || ip.options.details {
        ip.out.put("scope", "scope ", &*ip.names.scopes.show(u32::from(header.nh_scope.0)), " ");
    }
    if blackhole {
        ip.out.null("blackhole", "blackhole ");
    }
    if header.nh_protocol != RTPROT_UNSPEC || ip.options.details {
        ip.out.put("protocol", "proto ", &*ip.names.protos.show(u32::from(header.nh_protocol.0)), " ");
    }
    route::flags(ip, header.nh_flags);
    if fdb {
        ip.out.null("fdb", "fdb");
    }
    Ok(())
}

/// Prints a bucket of a resilient group into the object that is open.
pub(super) fn bucket(ip: &mut Ip<'_, '_>, nexthop: &Nexthop<'_>) -> Result<(), Stop> {
    for attr in nexthop.attrs.iter().map_while(Result::ok) {
        match attr {
            NHA_ID(id) => ip.out.put("id", "id ", id, " "),
            NHA_RES_BUCKET(nest) => {
                let (mut index, mut time, mut hop) = (None, None, None);
                for attr in nest.iter().map_while(Result::ok) {
                    match attr {
                        NHA_RES_BUCKET_INDEX(value) => index = Some(u32::from(value)),
                        NHA_RES_BUCKET_IDLE_TIME(value) => time = Some(seconds(value)),
                        NHA_RES_BUCKET_NH_ID(value) => hop = Some(value),
                        _ => {}
                    }
                }
                ip.out.object("bucket");
                if let Some(index) = index {
                    ip.out.put("index", "index ", index, " ");
                }
                if let Some(time) = time {
                    ip.out.put("idle_time", "idle_time ", time, " ");
                }
                if let Some(hop) = hop {
                    ip.out.put("nhid", "nhid ", hop, " ");
                }
                ip.out.end_object();
            }
            _ => {}
        }
    }
    route::flags(ip, nexthop.header.nh_flags);
    Ok(())
}

/// Hundredths of a second, shown in seconds.
fn seconds(hundredths: u64) -> General {
    General(hundredths as f64 / 100.0)
}
