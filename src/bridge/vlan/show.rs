//! What `bridge vlan show`, `tunnelshow` and `bridge monitor vlan` print.

use nlmsg::route::link::{RTEXT_FILTER_BRVLAN, RTEXT_FILTER_BRVLAN_COMPRESSED};
use nlmsg::route::{
    AF_BRIDGE, BRIDGE_VLAN_INFO_BRENTRY, BRIDGE_VLAN_INFO_MASTER, BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_RANGE_BEGIN,
    BRIDGE_VLAN_INFO_RANGE_END, BRIDGE_VLAN_INFO_UNTAGGED, BRIDGE_VLANDB_DUMPF_STATS, BrVlanMsg, BridgeVlanFlags,
    BridgeVlandb::*, BridgeVlandbDump::*, BridgeVlandbDumpf, BridgeVlandbEntry, BridgeVlandbEntry::*, BridgeVlandbGopts,
    BridgeVlandbGopts::*, BridgeVlandbStats::*, BridgeXstats::*, IfInfoMsg, IfStatsMsg, Ifla::*, IflaBridge, IflaBridge::*,
    IflaBridgeVlanTunnel::*, IflaStats, IflaStats::*, Link, LinkAfSpec, LinkXstats, LinkXstats::*, RTM_DELVLAN, RTM_GETLINK,
    RTM_GETSTATS, RTM_GETVLAN, Stats, Vlan,
};
use nlmsg::{AttrSet, Message, Nest};

use crate::bridge::columns::{Port, heading, indent};
use crate::bridge::link::show_state;
use crate::bridge::{Filter, Options};
use crate::ip::{Ip, Request};
use crate::words::{Stop, Words};

/// Where a VLAN, or an end of a range, stands to the one that is wanted.
enum Place {
    Before,
    Wanted,
    After,
}

impl Filter {
    fn place(&self, vid: u16, flags: BridgeVlanFlags) -> Place {
        if self.vid > 0 && vid > self.vid && !flags.contains(BRIDGE_VLAN_INFO_RANGE_END) {
            Place::After
        } else if flags.contains(BRIDGE_VLAN_INFO_RANGE_BEGIN) || vid < self.vid {
            Place::Before
        } else {
            Place::Wanted
        }
    }
}

/// `bridge vlan show` and `tunnelshow`.
pub(super) fn show(ip: &mut Ip<'_, '_>, options: Options, words: &mut Words<'_>, tunnels: bool) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words)?;
    ip.out.array("");
    if ip.options.details && !tunnels {
        heading(ip, "port", "vlan-id  \n");
        details(ip, &filter)?;
    } else if ip.options.stats > 0 {
        heading(ip, "port", "vlan-id\n");
        statistics(ip, &filter)?;
    } else {
        heading(ip, "port", if tunnels { "vlan-id    tunnel-id\n" } else { "vlan-id  \n" });
        let mut request = Request::new(&IfInfoMsg { ifi_family: AF_BRIDGE, ..IfInfoMsg::default() });
        request.put(IFLA_EXT_MASK(if options.compress { RTEXT_FILTER_BRVLAN_COMPRESSED } else { RTEXT_FILTER_BRVLAN }))?;
        ip.dump(RTM_GETLINK, &request.body(), |ip, message| show_port(ip, message, &filter, tunnels))?;
    }
    ip.out.end_list();
    Ok(())
}

/// Shows a number, or a range of numbers; returns the width of the text.
fn range(ip: &mut Ip<'_, '_>, key: &str, first: u32, last: u32) -> usize {
    ip.out.put(key, "", first, "");
    if first == last {
        return first.to_string().len();
    }
    ip.out.put(&format!("{key}End"), "-", last, "");
    format!("{first}-{last}").len()
}

fn flags(ip: &mut Ip<'_, '_>, flags: BridgeVlanFlags) {
    if flags.0 == 0 {
        return;
    }
    ip.out.array("flags");
    for flag in [BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_UNTAGGED] {
        if flags.contains(flag) {
            ip.out.put("", " ", flag.word().unwrap_or(""), "");
        }
    }
    ip.out.end_array();
}

/// Shows the VLANs of a port from its `IFLA_AF_SPEC`.
fn show_port(ip: &mut Ip<'_, '_>, message: &Message<'_>, filter: &Filter, tunnels: bool) -> Result<(), Stop> {
    let Ok(link) = message.body::<Link<'_>>() else { return Ok(()) };
    let index = link.header.ifi_index as u32;
    if link.header.ifi_family != AF_BRIDGE || filter.index.is_some_and(|only| only != index) {
        return Ok(());
    }
    let spec = link.attrs.find(|attr| match attr {
        IFLA_AF_SPEC(LinkAfSpec::Bridge(spec)) => Some(spec),
        _ => None,
    });
    match spec {
        Some(spec) if tunnels => show_tunnels(ip, &spec, index, filter),
        Some(spec) => show_vlans(ip, &spec, index, filter),
        None => Ok(()),
    }
}

fn show_vlans(ip: &mut Ip<'_, '_>, spec: &Nest<'_, IflaBridge<'_>>, index: u32, filter: &Filter) -> Result<(), Stop> {
    let (mut port, mut first) = (Port::new(index), 0);
    for attr in spec.iter().map_while(Result::ok) {
        let IFLA_BRIDGE_VLAN_INFO(info) = attr else { continue };
        let Some(info) = info.get() else { continue };
        if !info.flags.contains(BRIDGE_VLAN_INFO_RANGE_END) {
            first = info.vid;
        }
        match filter.place(info.vid, info.flags) {
            Place::Before => continue,
            Place::Wanted => {}
            Place::After => break,
        }
        port.line(ip, "vlans")?;
        range(ip, "vlan", first.into(), info.vid.into());
        flags(ip, info.flags);
        ip.out.end_object();
        ip.out.line();
    }
    port.end(ip);
    Ok(())
}

fn show_tunnels(ip: &mut Ip<'_, '_>, spec: &Nest<'_, IflaBridge<'_>>, index: u32, filter: &Filter) -> Result<(), Stop> {
    let (mut port, mut first) = (Port::new(index), (0, 0));
    for attr in spec.iter().map_while(Result::ok) {
        let IFLA_BRIDGE_VLAN_TUNNEL_INFO(info) = attr else { continue };
        let (mut vid, mut id, mut flags) = (None, 0, BridgeVlanFlags(0));
        for attr in info.iter().map_while(Result::ok) {
            match attr {
                IFLA_BRIDGE_VLAN_TUNNEL_VID(value) => vid = Some(value),
                IFLA_BRIDGE_VLAN_TUNNEL_ID(value) => id = value,
                IFLA_BRIDGE_VLAN_TUNNEL_FLAGS(value) => flags = value,
                _ => {}
            }
        }
        let Some(vid) = vid else { continue };
        if !flags.contains(BRIDGE_VLAN_INFO_RANGE_END) {
            first = (vid, id);
        }
        match filter.place(vid, flags) {
            Place::Before => continue,
            Place::Wanted => {}
            Place::After => break,
        }
        port.line(ip, "tunnels")?;
        let width = range(ip, "vlan", first.0.into(), vid.into());
        ip.out.text(&format!("{:1$}  ", "", 9usize.saturating_sub(width)));
        range(ip, "tunid", first.1, id);
        ip.out.end_object();
        ip.out.line();
    }
    port.end(ip);
    Ok(())
}

/// Bytes and packets of a VLAN, each way.
#[derive(Clone, Copy, Default)]
struct Counters {
    rx_bytes: u64,
    rx_packets: u64,
    tx_bytes: u64,
    tx_packets: u64,
}

fn counters(ip: &mut Ip<'_, '_>, counters: Counters) {
    indent(ip, "  ");
    ip.out.put("rx_bytes", "RX: ", counters.rx_bytes, " bytes");
    ip.out.put("rx_packets", " ", counters.rx_packets, " packets\n");
    indent(ip, "  ");
    ip.out.put("tx_bytes", "TX: ", counters.tx_bytes, " bytes");
    ip.out.put("tx_packets", " ", counters.tx_packets, " packets\n");
}

/// `-statistics`: counters of bridges, then of their ports.
fn statistics(ip: &mut Ip<'_, '_>, filter: &Filter) -> Result<(), Stop> {
    for name in ["IFLA_STATS_LINK_XSTATS", "IFLA_STATS_LINK_XSTATS_SLAVE"] {
        // bit n - 1 asks for attribute n
        let number = IflaStats::set().by_name(name).map_or(1, |attr| attr.number);
        let request = Request::new(&IfStatsMsg { filter_mask: 1 << (number - 1), ..IfStatsMsg::default() });
        ip.dump(RTM_GETSTATS, &request.body(), |ip, message| show_statistics(ip, message, filter))?;
    }
    Ok(())
}

fn show_statistics(ip: &mut Ip<'_, '_>, message: &Message<'_>, filter: &Filter) -> Result<(), Stop> {
    let Ok(stats) = message.body::<Stats<'_>>() else { return Ok(()) };
    let index = stats.header.ifindex;
    if filter.index.is_some_and(|only| only != index) {
        return Ok(());
    }
    for attr in stats.attrs.iter().map_while(Result::ok) {
        if let IFLA_STATS_LINK_XSTATS(kinds) | IFLA_STATS_LINK_XSTATS_SLAVE(kinds) = attr {
            show_kinds(ip, &kinds, index, filter)?;
        }
    }
    Ok(())
}

fn show_kinds(ip: &mut Ip<'_, '_>, kinds: &Nest<'_, LinkXstats<'_>>, index: u32, filter: &Filter) -> Result<(), Stop> {
    let bridge = kinds.find(|attr| match attr {
        LINK_XSTATS_TYPE_BRIDGE(bridge) => Some(bridge),
        _ => None,
    });
    let mut port = Port::new(index);
    for attr in bridge.into_iter().flatten().map_while(Result::ok) {
        let BRIDGE_XSTATS_VLAN(vlan) = attr else { continue };
        let Some(vlan) = vlan.get() else { continue };
        let of = BridgeVlanFlags(vlan.flags);
        // what is the ports' alone comes with the ports
        let ports = of.contains(BRIDGE_VLAN_INFO_MASTER) && !of.contains(BRIDGE_VLAN_INFO_BRENTRY);
        if ports || (filter.vid > 0 && filter.vid != vlan.vid) {
            continue;
        }
        port.line(ip, "vlans")?;
        ip.out.put("vid", "", vlan.vid, "");
        flags(ip, of);
        ip.out.line();
        let (rx_bytes, rx_packets, tx_bytes, tx_packets) = (vlan.rx_bytes, vlan.rx_packets, vlan.tx_bytes, vlan.tx_packets);
        counters(ip, Counters { rx_bytes, rx_packets, tx_bytes, tx_packets });
        ip.out.end_object();
    }
    port.end(ip);
    Ok(())
}

/// `-details`: the state of each VLAN, which has messages of its own.
fn details(ip: &mut Ip<'_, '_>, filter: &Filter) -> Result<(), Stop> {
    let mut request = Request::new(&BrVlanMsg { family: AF_BRIDGE, ..BrVlanMsg::default() });
    let wanted = if ip.options.stats > 0 { BRIDGE_VLANDB_DUMPF_STATS } else { BridgeVlandbDumpf(0) };
    request.put(BRIDGE_VLANDB_DUMP_FLAGS(wanted))?;
    // a port can have several messages
    let mut port: Option<Port> = None;
    ip.dump(RTM_GETVLAN, &request.body(), |ip, message| {
        let Ok(vlan) = message.body::<Vlan<'_>>() else { return Ok(()) };
        let index = vlan.header.ifindex;
        if vlan.header.family != AF_BRIDGE || filter.index.is_some_and(|only| only != index) {
            return Ok(());
        }
        if port.as_ref().is_some_and(|port| port.index != index) {
            port.take().into_iter().for_each(|port| port.end(ip));
        }
        entries(ip, &vlan, port.get_or_insert_with(|| Port::new(index)), filter.vid)
    })?;
    port.into_iter().for_each(|port| port.end(ip));
    Ok(())
}

/// Shows the entries of a message, or those alone that hold a VLAN.
fn entries(ip: &mut Ip<'_, '_>, vlan: &Vlan<'_>, port: &mut Port, only: u16) -> Result<(), Stop> {
    for attr in vlan.attrs.iter().map_while(Result::ok) {
        match attr {
            BRIDGE_VLANDB_ENTRY(entry) => show_entry(ip, &entry, port, only)?,
            BRIDGE_VLANDB_GLOBAL_OPTIONS(options) => show_global(ip, &options, port, only)?,
            _ => {}
        }
    }
    Ok(())
}

fn show_entry(ip: &mut Ip<'_, '_>, entry: &Nest<'_, BridgeVlandbEntry<'_>>, port: &mut Port, only: u16) -> Result<(), Stop> {
    let (mut info, mut last, mut state, mut router, mut count) = (None, None, 0, None, Counters::default());
    for attr in entry.iter().map_while(Result::ok) {
        match attr {
            BRIDGE_VLANDB_ENTRY_INFO(value) => info = value.get(),
            BRIDGE_VLANDB_ENTRY_RANGE(value) => last = Some(value),
            BRIDGE_VLANDB_ENTRY_STATE(value) => state = value.0,
            BRIDGE_VLANDB_ENTRY_MCAST_ROUTER(value) => router = Some(value.0),
            BRIDGE_VLANDB_ENTRY_STATS(stats) => {
                for attr in stats.iter().map_while(Result::ok) {
                    match attr {
                        BRIDGE_VLANDB_STATS_RX_BYTES(value) => count.rx_bytes = value,
                        BRIDGE_VLANDB_STATS_RX_PACKETS(value) => count.rx_packets = value,
                        BRIDGE_VLANDB_STATS_TX_BYTES(value) => count.tx_bytes = value,
                        BRIDGE_VLANDB_STATS_TX_PACKETS(value) => count.tx_packets = value,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let Some(info) = info else { return Ok(()) };
    let last = last.unwrap_or(info.vid);
    if only > 0 && !(info.vid..=last).contains(&only) {
        return Ok(());
    }
    port.line(ip, "vlans")?;
    range(ip, "vlan", info.vid.into(), last.into());
    flags(ip, info.flags);
    ip.out.line();
    indent(ip, "  ");
    show_state(ip, state);
    if let Some(router) = router {
        ip.out.put("mcast_router", "mcast_router ", router, " ");
    }
    ip.out.line();
    if ip.options.stats > 0 {
        counters(ip, count);
    }
    ip.out.end_object();
    Ok(())
}

/// Shows settings of a VLAN, or a range, that hold for the whole bridge.
fn show_global(ip: &mut Ip<'_, '_>, options: &Nest<'_, BridgeVlandbGopts<'_>>, port: &mut Port, only: u16) -> Result<(), Stop> {
    let (mut vid, mut last) = (None, None);
    let mut shown: [(&str, Option<u64>); 12] = [
        ("mcast_snooping", None),
        ("mcast_querier", None),
        ("mcast_igmp_version", None),
        ("mcast_mld_version", None),
        ("mcast_last_member_count", None),
        ("mcast_last_member_interval", None),
        ("mcast_startup_query_count", None),
        ("mcast_startup_query_interval", None),
        ("mcast_membership_interval", None),
        ("mcast_querier_interval", None),
        ("mcast_query_interval", None),
        ("mcast_query_response_interval", None),
    ];
    for attr in options.iter().map_while(Result::ok) {
        let (nth, value) = match attr {
            BRIDGE_VLANDB_GOPTS_ID(value) => {
                vid = Some(value);
                continue;
            }
            BRIDGE_VLANDB_GOPTS_RANGE(value) => {
                last = Some(value);
                continue;
            }
            BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING(value) => (0, value.into()),
            BRIDGE_VLANDB_GOPTS_MCAST_QUERIER(value) => (1, value.into()),
            BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION(value) => (2, value.into()),
            BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION(value) => (3, value.into()),
            BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT(value) => (4, value.into()),
            BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL(value) => (5, value),
            BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT(value) => (6, value.into()),
            BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL(value) => (7, value),
            BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL(value) => (8, value),
            BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL(value) => (9, value),
            BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL(value) => (10, value),
            BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL(value) => (11, value),
            _ => continue,
        };
        shown[nth].1 = Some(value);
    }
    let Some(vid) = vid else { return Ok(()) };
    let last = last.unwrap_or(vid);
    if only > 0 && !(vid..=last).contains(&only) {
        return Ok(());
    }
    port.line(ip, "vlans")?;
    range(ip, "vlan", vid.into(), last.into());
    ip.out.line();
    indent(ip, "  ");
    for (word, value) in shown {
        value.into_iter().for_each(|value| ip.out.put(word, &format!("{word} "), value, " "));
    }
    ip.out.line();
    ip.out.end_object();
    Ok(())
}

/// Shows what a notification says of VLANs.
pub(crate) fn show_event(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<(), Stop> {
    let Ok(vlan) = message.body::<Vlan<'_>>() else { return Ok(()) };
    if vlan.header.family != AF_BRIDGE {
        return Ok(());
    }
    if message.header.nlmsg_type == RTM_DELVLAN {
        ip.out.text("Deleted ");
    }
    entries(ip, &vlan, &mut Port::new(vlan.header.ifindex), 0)
}

#[cfg(test)]
mod tests {
    use nlmsg::View;
    use nlmsg::route::kind::bridge::{BR_STATE_FORWARDING, BR_STATE_LISTENING, MDB_RTR_TYPE_TEMP_QUERY};
    use nlmsg::route::{BridgeVlanInfo, BridgeVlanXstats, RTM_NEWLINK, RTM_NEWSTATS, RTM_NEWVLAN};

    use super::*;
    use crate::bridge::tests::{shown, with};

    // The expected texts are those of `bridge` 6.1.0, which was given the same messages.

    fn port(json: bool, spec: &[IflaBridge<'_>], vid: u16, tunnels: bool) -> String {
        let header = IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: 4, ..IfInfoMsg::default() };
        shown(json, |ip| {
            let attrs = [IFLA_AF_SPEC(LinkAfSpec::Bridge(Nest::List(spec)))];
            with(RTM_NEWLINK, &Link::new(header, Nest::List(&attrs)), |message| {
                show_port(ip, message, &Filter { index: None, vid }, tunnels).unwrap();
            });
        })
    }

    #[test]
    fn vlans_and_ranges_of_a_port() {
        let info = |flags, vid| BridgeVlanInfo { flags, vid }.to_bytes();
        let default = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
        let infos = [
            info(default, 1),
            info(BRIDGE_VLAN_INFO_RANGE_BEGIN, 5),
            info(BRIDGE_VLAN_INFO_RANGE_END, 7),
            info(BRIDGE_VLAN_INFO_UNTAGGED, 20),
        ];
        let spec = infos.each_ref().map(|info| IFLA_BRIDGE_VLAN_INFO(View::new(info)));
        let text = "v0                1 PVID Egress Untagged\n                  5-7\n                  20 Egress Untagged\n";
        assert_eq!(port(false, &spec, 0, false), text);
        assert_eq!(port(false, &spec, 6, false), "v0                5-7\n");
        assert_eq!(port(false, &spec, 8, false), "");
        let json = r#"[{"ifname":"v0","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":5,"vlanEnd":7,"flags":[]},{"vlan":20,"flags":["Egress Untagged"]}]}]"#;
        assert_eq!(port(true, &spec, 0, false), json);
    }

    #[test]
    fn tunnels_of_a_port() {
        let info = |id, vid, flags| {
            [IFLA_BRIDGE_VLAN_TUNNEL_ID(id), IFLA_BRIDGE_VLAN_TUNNEL_VID(vid), IFLA_BRIDGE_VLAN_TUNNEL_FLAGS(flags)]
        };
        let infos = [
            info(100, 10, BridgeVlanFlags(0)),
            info(200, 20, BRIDGE_VLAN_INFO_RANGE_BEGIN),
            info(210, 30, BRIDGE_VLAN_INFO_RANGE_END),
        ];
        let spec = infos.each_ref().map(|info| IFLA_BRIDGE_VLAN_TUNNEL_INFO(Nest::List(info)));
        assert_eq!(port(false, &spec, 0, true), "v0                10         100\n                  20-30      200-210\n");
        let json = r#"[{"ifname":"v0","tunnels":[{"vlan":20,"vlanEnd":30,"tunid":200,"tunidEnd":210}]}]"#;
        assert_eq!(port(true, &spec, 25, true), json);
    }

    #[test]
    fn counters_of_vlans() {
        let stats = |vid, flags: BridgeVlanFlags| {
            let (rx_bytes, rx_packets, tx_bytes, tx_packets) = (100, 101, 102, 103);
            BridgeVlanXstats { rx_bytes, rx_packets, tx_bytes, tx_packets, vid, flags: flags.0, pad2: 0 }.to_bytes()
        };
        let all = [
            stats(1, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_MASTER | BRIDGE_VLAN_INFO_BRENTRY),
            stats(5, BRIDGE_VLAN_INFO_MASTER),
        ];
        let vlans = all.each_ref().map(|stats| BRIDGE_XSTATS_VLAN(View::new(stats)));
        let kinds = [LINK_XSTATS_TYPE_BRIDGE(Nest::List(&vlans))];
        let attrs = [IFLA_STATS_LINK_XSTATS(Nest::List(&kinds))];
        let text = shown(false, |ip| {
            let body = Stats::new(IfStatsMsg { ifindex: 2, ..IfStatsMsg::default() }, Nest::List(&attrs));
            with(RTM_NEWSTATS, &body, |message| show_statistics(ip, message, &Filter::default()).unwrap());
        });
        let pad = " ".repeat(20);
        let lines = format!("{pad}RX: 100 bytes 101 packets\n{pad}TX: 102 bytes 103 packets\n");
        assert_eq!(text, format!("br0               1 PVID\n{lines}"));
    }

    #[test]
    fn events_of_vlans() {
        let info = BridgeVlanInfo { flags: BridgeVlanFlags(0), vid: 5 }.to_bytes();
        let range = [
            BRIDGE_VLANDB_ENTRY_INFO(View::new(&info)),
            BRIDGE_VLANDB_ENTRY_RANGE(9),
            BRIDGE_VLANDB_ENTRY_STATE(BR_STATE_LISTENING),
        ];
        let router = [
            BRIDGE_VLANDB_ENTRY_INFO(View::new(&info)),
            BRIDGE_VLANDB_ENTRY_STATE(BR_STATE_FORWARDING),
            BRIDGE_VLANDB_ENTRY_MCAST_ROUTER(MDB_RTR_TYPE_TEMP_QUERY),
        ];
        let attrs = [BRIDGE_VLANDB_ENTRY(Nest::Nested(&range)), BRIDGE_VLANDB_ENTRY(Nest::Nested(&router))];
        let body = Vlan::new(BrVlanMsg { family: AF_BRIDGE, ifindex: 4, ..BrVlanMsg::default() }, Nest::List(&attrs));
        let text = shown(false, |ip| {
            with(RTM_NEWVLAN, &body, |message| show_event(ip, message).unwrap());
            with(RTM_DELVLAN, &body, |message| show_event(ip, message).unwrap());
        });
        let pad = " ".repeat(20);
        let entries =
            format!("v0                5-9\n{pad}state listening \n                  5\n{pad}state forwarding mcast_router 1 \n");
        assert_eq!(text, format!("{entries}Deleted {entries}"));
    }
}
