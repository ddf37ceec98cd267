//! What `ip link show` and the first lines of `ip address show` print of a link.

use nlmsg::payload::{Hw, Str};
use nlmsg::route::link::{IFF_POINTOPOINT, IFF_RUNNING, IFF_UP};
use nlmsg::route::link::{Iff, Ifla::*, IflaEventType, IflaInfo, IflaInfo::*};
use nlmsg::route::{Link, RTM_DELLINK};
use nlmsg::{AttrSet, Message};

use super::{details, stats};
use crate::ip::{Ip, names};
use crate::output::{Color, Shown};
use crate::words::{Stop, Words};

/// In `IFLA_MASTER` of a request: links without a master (`link_master_filtered` in net/core/rtnetlink.c).
pub(crate) const NO_MASTER: u32 = u32::MAX;

/// Which links are meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only this link.
    pub(crate) index: Option<i32>,
    /// Only links that are up.
    pub(crate) up: bool,
    /// Only ports of this link; with [`NO_MASTER`], only links without a master.
    pub(crate) master: Option<u32>,
    /// Only links of this kind.
    pub(crate) kind: Option<String>,
    /// Only ports of a master of this kind.
    pub(crate) slave_kind: Option<String>,
    /// Only links of this group.
    pub(crate) group: Option<u32>,
}

impl Filter {
    /// Takes an option of the filter, if the next word is one.
    pub(crate) fn option(&mut self, ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<bool, Stop> {
        match words.peek() {
            Some("up") => {
                words.next();
                self.up = true;
            }
            Some("nomaster") => {
                words.next();
                self.master = Some(NO_MASTER);
            }
            Some("master") => {
                words.next();
                let name = words.need()?;
                self.master = Some(ip.index(name)?.ok_or_else(|| words.wrong("Device does not exist\n"))?);
            }
            Some("vrf") => {
                words.next();
                let name = words.need()?;
                self.master = Some(super::vrf_index(ip, name)?.ok_or_else(|| words.wrong("Not a valid VRF name\n"))?);
            }
            Some("group") => {
                words.next();
                let group = words.need()?;
                self.group = Some(ip.names.group_value(group).ok_or_else(|| words.wrong("Invalid \"group\" value\n"))?);
            }
            Some("type") => {
                words.next();
                let kind = words.need()?;
                match kind.strip_suffix("_slave") {
                    Some(kind) => self.slave_kind = Some(kind.to_string()),
                    None => self.kind = Some(kind.to_string()),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether a link is meant. The kernel filters lists too, but not by everything, and one link never; only it leaves
    /// out those that have a master.
    pub(crate) fn takes(&self, link: &Seen<'_>) -> bool {
        self.index.is_none_or(|index| link.index == index)
            && (!self.up || link.flags.contains(IFF_UP))
            && self.group.is_none_or(|wanted| link.group.is_none_or(|group| group == wanted))
            && self.master.is_none_or(|master| master == NO_MASTER || link.master == Some(master))
            && self.kind.as_deref().is_none_or(|kind| link.kind.is_some_and(|own| own == kind))
            && self.slave_kind.as_deref().is_none_or(|kind| link.slave_kind.is_some_and(|own| own == kind))
    }
}

/// A link's attributes, found in one walk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen<'a> {
    /// `ifi_index`.
    pub(crate) index: i32,
    /// `ifi_flags`.
    pub(crate) flags: Iff,
    /// `ifi_type`.
    pub(crate) arp_type: u16,
    /// `IFLA_IFNAME`.
    pub(crate) name: Option<Str<'a>>,
    /// `IFLA_MASTER`.
    pub(crate) master: Option<u32>,
    /// `IFLA_INFO_KIND`.
    pub(crate) kind: Option<Str<'a>>,
    /// `IFLA_INFO_SLAVE_KIND`.
    pub(crate) slave_kind: Option<Str<'a>>,
    /// Whether there is `IFLA_LINKINFO`.
    pub(super) linkinfo: bool,
    /// What `IFLA_INFO_DATA` holds.
    pub(super) info_data: Option<&'a [u8]>,
    /// What `IFLA_INFO_SLAVE_DATA` holds.
    pub(super) info_slave_data: Option<&'a [u8]>,
    /// `IFLA_GROUP`.
    pub(crate) group: Option<u32>,
    link: Option<u32>,
    link_netnsid: Option<i32>,
    /// `IFLA_MTU`.
    pub(crate) mtu: Option<u32>,
    qdisc: Option<Str<'a>>,
    operstate: Option<u8>,
    linkmode: Option<u8>,
    txqlen: Option<u32>,
    address: Option<Hw<'a>>,
    broadcast: Option<Hw<'a>>,
    perm_address: Option<Hw<'a>>,
    proto_down: Option<u8>,
    alias: Option<Str<'a>>,
    event: Option<IflaEventType>,
    new_netnsid: Option<i32>,
    new_ifindex: Option<i32>,
}

impl<'a> Seen<'a> {
    /// Walks a link's attributes.
    pub(crate) fn new(link: &Link<'a>) -> Seen<'a> {
        let header = link.header;
        let mut seen = Seen { index: header.ifi_index, flags: header.ifi_flags, arp_type: header.ifi_type.0, ..Seen::default() };
        for attr in link.attrs.iter().map_while(Result::ok) {
            match attr {
                IFLA_IFNAME(name) => seen.name = Some(name),
                IFLA_LINK(index) => seen.link = Some(index),
                IFLA_LINK_NETNSID(id) => seen.link_netnsid = Some(id),
                IFLA_MTU(mtu) => seen.mtu = Some(mtu),
                IFLA_QDISC(qdisc) => seen.qdisc = Some(qdisc),
                IFLA_MASTER(master) => seen.master = Some(master),
                IFLA_OPERSTATE(state) => seen.operstate = Some(state.0),
                IFLA_LINKMODE(mode) => seen.linkmode = Some(mode.0),
                IFLA_GROUP(group) => seen.group = Some(group),
                IFLA_TXQLEN(len) => seen.txqlen = Some(len),
                IFLA_ADDRESS(address) => seen.address = Some(address),
                IFLA_BROADCAST(address) => seen.broadcast = Some(address),
                IFLA_PERM_ADDRESS(address) => seen.perm_address = Some(address),
                IFLA_PROTO_DOWN(down) => seen.proto_down = Some(down),
                IFLA_IFALIAS(alias) => seen.alias = Some(alias),
                IFLA_EVENT(event) => seen.event = Some(event),
                IFLA_NEW_NETNSID(id) => seen.new_netnsid = Some(id),
                IFLA_NEW_IFINDEX(index) => seen.new_ifindex = Some(index),
                IFLA_LINKINFO(info) => {
                    seen.linkinfo = true;
                    let value = |name| {
                        let number = IflaInfo::set().by_name(name)?.number;
                        info.raw().find(|raw| raw.number() == number).map(|raw| raw.value())
                    };
                    seen.info_data = value("IFLA_INFO_DATA");
                    seen.info_slave_data = value("IFLA_INFO_SLAVE_DATA");
                    for attr in info.iter().map_while(Result::ok) {
                        match attr {
                            IFLA_INFO_KIND(kind) => seen.kind = Some(kind.0),
                            IFLA_INFO_SLAVE_KIND(kind) => seen.slave_kind = Some(kind.0),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        seen
    }
}

/// Prints the link of an event; false if it is another one than `dev`.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>, dev: Option<u32>) -> Result<bool, Stop> {
    let Ok(link) = message.body::<Link<'_>>() else { return Ok(false) };
    if message.header.nlmsg_type == RTM_DELLINK {
        ip.forget(link.header.ifi_index as u32);
    } else {
        ip.remember(&link);
    }
    // nothing is said of queues
    let seen = Seen { txqlen: Some(0), ..Seen::new(&link) };
    if dev.is_some_and(|dev| dev as i32 != seen.index) {
        return Ok(false);
    }
    if ip.options.brief {
        brief(ip, &seen, true)?
    } else {
        show(ip, &link, &seen, 0, true)?
    }
    Ok(true)
}

/// Prints a link as `ip link show` does, or as the first lines of `ip address show` (`addresses`).
pub(crate) fn show(ip: &mut Ip<'_, '_>, link: &Link<'_>, seen: &Seen<'_>, family: u8, addresses: bool) -> Result<(), Stop> {
    ip.out.put("ifindex", "", seen.index, ": ");
    let down = name(ip, seen, ": ")?;
    flags(ip, seen.flags, down);
    if let Some(mtu) = seen.mtu {
        ip.out.put("mtu", "mtu ", mtu, " ");
    }
    if let Some(qdisc) = seen.qdisc {
        ip.out.put("qdisc", "qdisc ", qdisc.as_bytes(), " ");
    }
    if let Some(master) = seen.master {
        let master = ip.name(master)?;
        ip.out.put("master", "master ", &master, " ");
    }
    if let Some(state) = seen.operstate {
        operstate(ip, state, "state ", " ");
    }
    if let Some(mode) = seen.linkmode.filter(|_| !addresses) {
        match nlmsg::route::link::IfLinkMode(mode).word() {
            Some(word) => ip.out.put("linkmode", "mode ", word, " "),
            None => ip.out.put("linkmode_index", "mode ", mode, " "),
        }
    }
    if let Some(group) = seen.group {
        ip.out.put("group", "group ", &*ip.names.groups.show(group), " ");
    }
    let txqlen = match seen.txqlen {
        // what the kernel says of a link of another family than none is less
        None => ip.txqlen(seen.index as u32)?,
        known => known,
    };
    if let Some(len) = txqlen.filter(|&len| len > 0) {
        // with its sign, as iproute2 has it
        ip.out.put("txqlen", "qlen ", len as i32, "");
    }
    if let Some(event) = seen.event {
        ip.out.put("event", "event ", event.word().unwrap_or("UNKNOWN"), " ");
    }
    if family == 0 || family == libc::AF_PACKET as u8 || ip.options.details {
        ip.out.line();
        ip.out.put("link_type", "    link/", &*names::link_type(seen.arp_type, ip.options.numeric), " ");
        if let Some(address) = seen.address {
            let own = hw(address, seen.arp_type);
            ip.out.put_color(Color::Mac, "address", "", &own, "");
        }
        if let Some(address) = seen.broadcast {
            if seen.flags.contains(IFF_POINTOPOINT) {
                ip.out.flag("link_pointtopoint", " peer ");
            } else {
                ip.out.text(" brd ");
            }
            let own = hw(address, seen.arp_type);
            ip.out.put_color(Color::Mac, "broadcast", "", &own, "");
        }
        if let Some(address) = seen.perm_address.filter(|&address| Some(address) != seen.address) {
            let own = hw(address, seen.arp_type);
            ip.out.put_color(Color::Mac, "permaddr", " permaddr ", &own, "");
        }
    }
    if let Some(id) = seen.link_netnsid {
        match ip.netns_name(id)? {
            Some(name) if !ip.out.is_json() => ip.out.put("link_netns", " link-netns ", &name, ""),
            _ if id < 0 && !ip.out.is_json() => ip.out.text(" link-netnsid unknown"),
            _ => ip.out.put("link_netnsid", " link-netnsid ", id, ""),
        }
    }
    if let Some(id) = seen.new_netnsid {
        match ip.netns_name(id)? {
            Some(name) => ip.out.put("new_netns", " new-netns ", &name, ""),
            None => ip.out.put("new_netnsid", " new-netnsid ", id, ""),
        }
    }
    if let Some(index) = seen.new_ifindex {
        ip.out.put("new_ifindex", " new-ifindex ", index, "");
    }
    if seen.proto_down == Some(1) {
        ip.out.flag("proto_down", " protodown on ");
    }
    if ip.options.details {
        details::show(ip, link, seen, addresses)?;
    }
    if let Some(alias) = seen.alias.filter(|_| !addresses || ip.options.details) {
        ip.out.line();
        ip.out.put("ifalias", "    alias ", alias.as_bytes(), "");
    }
    if ip.options.stats > 0 && !addresses {
        ip.out.line();
        stats::show(ip, link);
    }
    altnames(ip, link);
    ip.out.text("\n");
    Ok(())
}

/// Prints a link in one line, as `-brief` does.
pub(crate) fn brief(ip: &mut Ip<'_, '_>, seen: &Seen<'_>, addresses: bool) -> Result<(), Stop> {
    let down = name(ip, seen, " ")?;
    if let Some(state) = seen.operstate {
        operstate(ip, state, "", " ");
    }
    if !addresses {
        if let Some(address) = seen.address {
            let own = hw(address, seen.arp_type);
            ip.out.put_color(Color::Mac, "address", "", &own, " ");
        }
        flags(ip, seen.flags, down);
        ip.out.text("\n");
    }
    Ok(())
}

/// Prints `eth0@if5`; says whether the link below is known to be down.
pub(crate) fn name(ip: &mut Ip<'_, '_>, seen: &Seen<'_>, after: &str) -> Result<bool, Stop> {
    let name = seen.name.map_or("<nil>".into(), |name| String::from_utf8_lossy(name.as_bytes()).into_owned());
    let (mut down, mut below) = (false, None);
    match (seen.link, seen.link_netnsid) {
        (None, _) => {}
        (Some(0), _) => {
            ip.out.null("link", "");
            below = Some("NONE".to_string());
        }
        (Some(index), Some(_)) => {
            ip.out.json("link_index", index);
            below = Some(format!("if{index}"));
        }
        (Some(index), None) => {
            let link = ip.name(index)?;
            ip.out.json("link", &link);
            down = ip.link_flags(index).is_some_and(|flags| !flags.contains(IFF_UP));
            below = Some(link);
        }
    }
    ip.out.json("ifname", &name);
    if !ip.out.is_json() {
        let whole = below.map_or(name.clone(), |below| format!("{name}@{below}"));
        // -brief aligns the column that follows
        let whole = if after == " " { format!("{whole:<16}") } else { whole };
        ip.out.put_color(Color::Ifname, "", "", &whole, after);
    }
    Ok(down)
}

/// Prints `<UP,...>`.
pub(crate) fn flags(ip: &mut Ip<'_, '_>, flags: Iff, down: bool) {
    let out = &mut ip.out;
    out.array("flags");
    let mut before = "<";
    let mut put = |word: &str| {
        out.put("", before, word, "");
        before = ",";
    };
    if flags.contains(IFF_UP) && !flags.contains(IFF_RUNNING) {
        put("NO-CARRIER");
    }
    let mut left = flags.without(IFF_RUNNING);
    for name in names::LINK_FLAGS {
        if left.contains(*name) {
            put(name.word().unwrap_or(""));
            left = left.without(*name);
        }
    }
    if left.0 != 0 {
        put(&format!("{:x}", left.0));
    }
    if down {
        put("M-DOWN");
    }
    out.text(if before == "<" { "<> " } else { "> " });
    out.end_array();
}

fn operstate(ip: &mut Ip<'_, '_>, state: u8, before: &str, after: &str) {
    let Some(word) = nlmsg::route::link::IfOper(state).word() else {
        let key = "operstate_index";
        return ip.out.put(key, if before.is_empty() { "" } else { "state " }, Shown(format_args!("{state:#x}")), after);
    };
    let brief = before.is_empty();
    let color = match word {
        "UP" => Some(Color::OperstateUp),
        "DOWN" => Some(Color::OperstateDown),
        _ => None,
    };
    let wide = format!("{word:<14}");
    let shown = if brief && !ip.out.is_json() { wide.as_str() } else { word };
    match color {
        Some(color) => ip.out.put_color(color, "operstate", before, shown, after),
        None => ip.out.put("operstate", before, shown, after),
    }
}

/// A link-layer address as text: an IP address on tunnels, colons elsewhere.
pub(crate) fn hw(address: Hw<'_>, arp_type: u16) -> String {
    use nlmsg::route::link::{ARPHRD_IP6GRE, ARPHRD_IPGRE, ARPHRD_SIT, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, Arphrd};
    match (Arphrd(arp_type), address.0.len()) {
        (ARPHRD_TUNNEL | ARPHRD_SIT | ARPHRD_IPGRE, 4) => {
            let octets: [u8; 4] = std::array::from_fn(|i| address.0[i]);
            std::net::Ipv4Addr::from(octets).to_string()
        }
        (ARPHRD_TUNNEL6 | ARPHRD_IP6GRE, 16) => {
            let octets: [u8; 16] = std::array::from_fn(|i| address.0[i]);
            std::net::Ipv6Addr::from(octets).to_string()
        }
        _ => address.to_string(),
    }
}

fn altnames(ip: &mut Ip<'_, '_>, link: &Link<'_>) {
    let names = link.attrs.find(|attr| match attr {
        IFLA_PROP_LIST(names) => Some(names),
        _ => None,
    });
    let Some(names) = names else { return };
    ip.out.array("altnames");
    for name in names.iter().map_while(Result::ok) {
        if let IFLA_ALT_IFNAME(name) = name {
            ip.out.line();
            ip.out.put("", "    altname ", name.as_bytes(), "");
        }
    }
    ip.out.end_array();
}
