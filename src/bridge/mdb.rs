//! `bridge mdb`: the multicast groups that bridges know, and the ports with multicast routers (linux/if_bridge.h).

use std::net::IpAddr;

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::route::link::kind::bridge::{MDB_RTR_TYPE_TEMP, MDB_RTR_TYPE_TEMP_QUERY};
use nlmsg::route::mdb::{
    Mdba::*, MdbaMdb::*, MdbaMdbEattr::*, MdbaMdbEntry::*, MdbaMdbSrcattr::*, MdbaMdbSrclist::*, MdbaRouter::*,
    MdbaRouterPattr::*, MdbaSetEntry::*, MdbeAttr::*, *,
};
use nlmsg::route::{AF_BRIDGE, Mdb, RTM_DELMDB, RTM_GETMDB, RTM_NEWMDB, RtProt};
use nlmsg::{Message, Nest, View};

use super::{Filter, Options, device, failed};
use crate::clock::Hundredths;
use crate::ip::link::lladdr;
use crate::ip::{Ip, Request, verb_of};
use crate::output::Color;
use crate::words::{Stop, Words, abbreviates, atoi};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Help,
}

const HELP: &str = "\
Usage: bridge mdb { add | del } dev DEV port PORT grp GROUP [src SOURCE] [permanent | temp] [vid VID]
       bridge mdb { show } [ dev DEV ] [ vid VID ]";

/// `bridge mdb ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, _: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWMDB, NLM_F_CREATE | NLM_F_EXCL)),
        ("delete", Verb::Modify(RTM_DELMDB, NlmF(0))),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("list", Verb::Show),
        ("help", Verb::Help),
    ];
    ip.learn_links()?;
    match verb_of("bridge", "mdb", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => show(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// A group of IPv4, IPv6 or Ethernet.
fn group(ip: &mut Ip<'_, '_>, word: &str) -> Result<BrMdbAddr, Stop> {
    if let Ok(group) = word.parse() {
        return Ok(BrMdbAddr::of(group));
    }
    let bytes = lladdr(word).unwrap_or_else(|stop| {
        ip.complain(&stop.text);
        Vec::new()
    });
    // the original has cut the word up by then
    let cut = if word.contains('.') { word } else { word.split(':').next().unwrap_or(word) };
    bytes.try_into().map(BrMdbAddr::of_mac).map_err(|_| failed(format!("Invalid address \"{cut}\"")))
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut dev, mut port, mut grp, mut src) = (None, None, None, None);
    let mut entry = BrMdbEntry::default();
    while let Some(word) = words.next() {
        match word {
            "dev" => dev = Some(words.need()?),
            "grp" => grp = Some(words.need()?),
            "port" => port = Some(words.need()?),
            "permanent" if kind == RTM_NEWMDB => entry.state = MDB_PERMANENT,
            "vid" => entry.vid = atoi(words.need()?) as u16,
            "src" => src = Some(words.need()?),
            // other words mean nothing, as in the original, `temp` among them
            word if abbreviates(word, "help") => return Err(Stop::help(HELP)),
            _ => {}
        }
    }
    let (Some(dev), Some(port), Some(grp)) = (dev, port, grp) else {
        return Err(failed("Device, group address and port name are required arguments."));
    };
    let mut request = Request::new(&BrPortMsg { family: AF_BRIDGE, ifindex: device(ip, dev)?, ..BrPortMsg::default() });
    entry.ifindex = device(ip, port)?;
    entry.addr = group(ip, grp)?;
    request.put(MDBA_SET_ENTRY(View::new(&entry.to_bytes())))?;
    if let Some(src) = src {
        let address: IpAddr = src.parse().map_err(|_| failed(format!("Invalid source address \"{src}\"")))?;
        let nest = request.begin_nested::<MdbaSetEntry<'_>>("MDBA_SET_ENTRY_ATTRS");
        request.put(MDBE_ATTR_SOURCE(address))?;
        request.end(nest)?;
    }
    ip.talk(kind, flags, &request)
}

/// `bridge mdb show`: groups, then ports with routers.
fn show(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words)?;
    let all = BrPortMsg { family: AF_BRIDGE, ..BrPortMsg::default() };
    let wanted = |bridge: u32| filter.index.is_none_or(|only| only == bridge);
    ip.out.array("");
    ip.out.object("");
    ip.out.array("mdb");
    ip.dump(RTM_GETMDB, &Request::new(&all).body(), |ip, message| match message.body::<Mdb<'_>>() {
        Ok(mdb) if wanted(mdb.header.ifindex) => groups(ip, &mdb, filter.vid),
        _ => Ok(()),
    })?;
    ip.out.end_array();
    ip.out.object("router");
    ip.dump(RTM_GETMDB, &Request::new(&all).body(), |ip, message| match message.body::<Mdb<'_>>() {
        Ok(mdb) if wanted(mdb.header.ifindex) && ip.options.details => routers(ip, &mdb),
        _ => Ok(()),
    })?;
    ip.out.end_object();
    ip.out.end_object();
    ip.out.end_list();
    Ok(())
}

/// Shows an event.
pub(super) fn show_event(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<(), Stop> {
    let Ok(mdb) = message.body::<Mdb<'_>>() else { return Ok(()) };
    if message.header.nlmsg_type == RTM_DELMDB {
        ip.out.flag("deleted", "Deleted ");
    }
    groups(ip, &mdb, 0)?;
    if let Some(MDBA_ROUTER_PORT(port)) = router_ports(&mdb).and_then(|ports| ports.iter().next()?.ok()) {
        let (bridge, port) = (ip.name(mdb.header.ifindex)?, ip.name(port.header.ifindex)?);
        ip.out.text(&format!("router port dev {port} master {bridge}\n"));
    }
    Ok(())
}

/// The ports of a bridge with multicast routers.
fn router_ports<'a>(mdb: &Mdb<'a>) -> Option<Nest<'a, MdbaRouter<'a>>> {
    mdb.attrs.find(|attr| if let MDBA_ROUTER(ports) = attr { Some(ports) } else { None })
}

/// Shows the groups of a bridge.
fn groups(ip: &mut Ip<'_, '_>, mdb: &Mdb<'_>, vid: u16) -> Result<(), Stop> {
    let groups = mdb.attrs.find(|attr| if let MDBA_MDB(groups) = attr { Some(groups) } else { None });
    let Some(groups): Option<Nest<'_, MdbaMdb<'_>>> = groups else { return Ok(()) };
    for group in groups.iter().map_while(Result::ok) {
        let MDBA_MDB_ENTRY(ports) = group else { continue };
        for info in ports.iter().map_while(Result::ok) {
            if let MDBA_MDB_ENTRY_INFO(info) = info
                && (vid == 0 || info.header.vid == vid)
            {
                entry(ip, mdb.header.ifindex, &info.header, &info.attrs)?;
            }
        }
    }
    Ok(())
}

/// Shows a word and a value, both in colour.
fn colored(ip: &mut Ip<'_, '_>, color: Option<Color>, key: &str, before: &str, value: &str) {
    match color {
        Some(color) if !ip.out.is_json() => ip.out.put_color(color, key, "", format!("{before}{value}").as_str(), ""),
        _ => ip.out.put(key, before, value, ""),
    }
}

fn color_of(address: IpAddr) -> Color {
    if address.is_ipv4() { Color::Inet } else { Color::Inet6 }
}

/// Shows one port of a group.
fn entry(ip: &mut Ip<'_, '_>, bridge: u32, entry: &BrMdbEntry, attrs: &Nest<'_, MdbaMdbEattr<'_>>) -> Result<(), Stop> {
    let mut seen = Seen::default();
    for attr in attrs.iter().map_while(Result::ok) {
        match attr {
            MDBA_MDB_EATTR_SOURCE(source) => seen.source = Some(source),
            MDBA_MDB_EATTR_GROUP_MODE(mode) => seen.mode = Some(mode),
            MDBA_MDB_EATTR_SRC_LIST(sources) => seen.sources = Some(sources),
            MDBA_MDB_EATTR_RTPROT(protocol) => seen.protocol = Some(protocol),
            MDBA_MDB_EATTR_TIMER(timer) => seen.timer = Some(timer),
            _ => {}
        }
    }
    let (name, port) = (ip.name(bridge)?, ip.name(entry.ifindex)?);
    ip.out.object("");
    ip.out.json("index", bridge);
    colored(ip, Some(Color::Ifname), "dev", "dev ", &name);
    ip.out.put("port", " port ", &*port, "");
    colored(ip, entry.addr.ip().map(color_of), "grp", " grp ", &entry.addr.to_string());
    if let Some(source) = seen.source {
        colored(ip, Some(color_of(source)), "src", " src ", &source.to_string());
    }
    let permanent = entry.state.0 & MDB_PERMANENT.0 != 0;
    let state = if permanent { MDB_PERMANENT } else { MDB_TEMPORARY };
    ip.out.put("state", " ", state.word().unwrap_or(""), "");
    if ip.options.details {
        if let Some(mode) = seen.mode {
            ip.out.put("filter_mode", " filter_mode ", mode.word().unwrap_or("exclude"), "");
        }
        if let Some(sources) = seen.sources {
            show_sources(ip, &sources);
        }
        if let Some(protocol) = seen.protocol {
            ip.out.put("protocol", " proto ", &*ip.names.protos.show(u32::from(protocol.0)), " ");
        }
    }
    ip.out.array("flags");
    for flag in [MDB_FLAGS_OFFLOAD, MDB_FLAGS_FAST_LEAVE, MDB_FLAGS_STAR_EXCL, MDB_FLAGS_BLOCKED] {
        if entry.flags.contains(flag) {
            ip.out.put("", " ", flag.word().unwrap_or(""), "");
        }
    }
    ip.out.end_array();
    if entry.vid > 0 {
        ip.out.put("vid", " vid ", entry.vid, "");
    }
    if let Some(timer) = seen.timer.filter(|_| ip.options.stats > 0) {
        ip.out.put("timer", " ", &*Hundredths(timer.into()).to_string(), "");
    }
    ip.out.line();
    ip.out.end_object();
    ip.out.done();
    Ok(())
}

/// Shows the sources of a group, each with the time that it still counts.
fn show_sources(ip: &mut Ip<'_, '_>, sources: &Nest<'_, MdbaMdbSrclist<'_>>) {
    ip.out.array("source_list");
    ip.out.text(" source_list");
    let mut before = " ";
    for source in sources.iter().map_while(Result::ok) {
        let MDBA_MDB_SRCLIST_ENTRY(source) = source else { continue };
        let (mut address, mut timer) = (None, None);
        for attr in source.iter().map_while(Result::ok) {
            match attr {
                MDBA_MDB_SRCATTR_ADDRESS(ip) => address = Some(ip),
                MDBA_MDB_SRCATTR_TIMER(time) => timer = Some(time),
                _ => {}
            }
        }
        let (Some(address), Some(timer)) = (address, timer) else { continue };
        ip.out.object("");
        ip.out.text(before);
        ip.out.put_color(color_of(address), "address", "", address, "");
        ip.out.put("timer", "/", Hundredths(timer.into()).to_string().trim_start(), "");
        ip.out.end_object();
        before = ",";
    }
    ip.out.end_array();
}

/// Shows the ports of a bridge with multicast routers.
fn routers(ip: &mut Ip<'_, '_>, mdb: &Mdb<'_>) -> Result<(), Stop> {
    let Some(ports) = router_ports(mdb) else { return Ok(()) };
    let (bridge, stats) = (ip.name(mdb.header.ifindex)?, ip.options.stats > 0);
    ip.out.array(&bridge);
    let heading = format!("router ports on {bridge}: ");
    if !stats {
        ip.out.text(&heading);
    }
    for port in ports.iter().map_while(Result::ok) {
        let MDBA_ROUTER_PORT(port) = port else { continue };
        let name = ip.name(port.header.ifindex)?;
        ip.out.object("");
        if stats {
            ip.out.put("port", &heading, &*name, "");
            router(ip, &port.attrs);
            ip.out.text("\n");
        } else {
            ip.out.put("port", "", &*name, " ");
        }
        ip.out.end_object();
    }
    if !stats {
        ip.out.line();
    }
    ip.out.end_array();
    ip.out.done();
    Ok(())
}

/// Shows why a port counts, and for how long.
fn router(ip: &mut Ip<'_, '_>, attrs: &Nest<'_, MdbaRouterPattr<'_>>) {
    let timer = attrs.find(|attr| if let MDBA_ROUTER_PATTR_TIMER(timer) = attr { Some(timer) } else { None });
    if let Some(timer) = timer {
        ip.out.put("timer", " ", &*Hundredths(timer.into()).to_string(), "");
    }
    let kind = attrs.find(|attr| if let MDBA_ROUTER_PATTR_TYPE(kind) = attr { Some(kind) } else { None });
    if let Some(kind) = kind {
        let temporary = [MDB_RTR_TYPE_TEMP_QUERY, MDB_RTR_TYPE_TEMP].contains(&kind);
        ip.out.put("type", " ", if temporary { MDB_TEMPORARY } else { MDB_PERMANENT }.word().unwrap_or(""), "");
    }
}

/// An entry's attributes, found in one walk.
#[derive(Default)]
struct Seen<'a> {
    source: Option<IpAddr>,
    mode: Option<McastMode>,
    sources: Option<Nest<'a, MdbaMdbSrclist<'a>>>,
    protocol: Option<RtProt>,
    timer: Option<u32>,
}

#[cfg(test)]
mod tests {
    use nlmsg::payload::Headed;
    use nlmsg::route::RTPROT_KERNEL;

    use super::*;
    use crate::bridge::tests::{shown, with};

    /// What is printed of a group with sources, which no command makes. The expected texts are those of `bridge` 6.1.0
    /// for what a host of IGMPv3 had joined.
    fn sources(json: bool) -> String {
        let addr = BrMdbAddr::of([239, 5, 5, 5].into());
        let entry = BrMdbEntry { ifindex: 4, addr, flags: MDB_FLAGS_BLOCKED, ..Default::default() };
        let source = |last| [MDBA_MDB_SRCATTR_ADDRESS([10, 7, 7, last].into()), MDBA_MDB_SRCATTR_TIMER(25787)];
        let (one, two) = (source(2), source(1));
        let sources = [MDBA_MDB_SRCLIST_ENTRY(Nest::List(&one)), MDBA_MDB_SRCLIST_ENTRY(Nest::List(&two))];
        let attrs = [
            MDBA_MDB_EATTR_TIMER(0),
            MDBA_MDB_EATTR_RTPROT(RTPROT_KERNEL),
            MDBA_MDB_EATTR_SRC_LIST(Nest::List(&sources)),
            MDBA_MDB_EATTR_GROUP_MODE(MCAST_INCLUDE),
        ];
        let info = [MDBA_MDB_ENTRY_INFO(Headed::new(entry, Nest::List(&attrs)))];
        let groups = [MDBA_MDB_ENTRY(Nest::List(&info))];
        let all = [MDBA_MDB(Nest::List(&groups))];
        let body = Mdb::new(BrPortMsg { ifindex: 2, ..BrPortMsg::default() }, Nest::List(&all));
        shown(json, |ip| {
            (ip.options.details, ip.options.stats) = (true, 1);
            with(RTM_NEWMDB, &body, |message| show_event(ip, message).unwrap());
        })
    }

    #[test]
    fn sources_are_listed_with_their_times() {
        assert_eq!(
            sources(false),
            "dev br0 port v0 grp 239.5.5.5 temp filter_mode include source_list 10.7.7.2/257.87,10.7.7.1/257.87 proto kernel  \
             blocked    0.00\n"
        );
        assert_eq!(
            sources(true),
            "[{\"index\":2,\"dev\":\"br0\",\"port\":\"v0\",\"grp\":\"239.5.5.5\",\"state\":\"temp\",\
             \"filter_mode\":\"include\",\"source_list\":[{\"address\":\"10.7.7.2\",\"timer\":\"257.87\"},\
             {\"address\":\"10.7.7.1\",\"timer\":\"257.87\"}],\"protocol\":\"kernel\",\"flags\":[\"blocked\"],\
             \"timer\":\"   0.00\"}]"
        );
    }
}
