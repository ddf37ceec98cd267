//! `ip link`: links made, changed, deleted and shown.

mod details;
mod kind;
mod property;
pub(crate) mod show;
mod stats;

use std::os::fd::{AsFd, AsRawFd};

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Hw, Selector, Str};
use nlmsg::route::link::kind::{IflaVrf::*, InfoData};
use nlmsg::route::{Af, Link};
use nlmsg::route::{Ifla::*, IflaInfo::*, *};

use crate::ip::{Ip, Request, netns, verb};
use crate::watch;
use crate::words::{EXIT_GRAMMAR, Stop, Words, abbreviates, atoi, number};

pub(crate) use kind::words_of as kind_words;
pub(crate) use show::{Filter, NO_MASTER, Seen, brief, event, hw, show};
pub(crate) use stats::show as stats;

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Property,
    Help,
}

pub(crate) const HELP: &str = "\
Usage: ip link add [link DEV | parentdev NAME] [ name ] NAME
		    [ txqueuelen PACKETS ]
		    [ address LLADDR ]
		    [ broadcast LLADDR ]
		    [ mtu MTU ] [index IDX ]
		    [ numtxqueues QUEUE_COUNT ]
		    [ numrxqueues QUEUE_COUNT ]
		    [ netns { PID | NETNSNAME | NETNSFILE } ]
		    type TYPE [ ARGS ]

	ip link delete { DEVICE | dev DEVICE | group DEVGROUP } type TYPE [ ARGS ]

	ip link set { DEVICE | dev DEVICE | group DEVGROUP }
			[ { up | down } ]
			[ type TYPE ARGS ]
		[ arp { on | off } ]
		[ dynamic { on | off } ]
		[ multicast { on | off } ]
		[ allmulticast { on | off } ]
		[ promisc { on | off } ]
		[ trailers { on | off } ]
		[ carrier { on | off } ]
		[ txqueuelen PACKETS ]
		[ name NEWNAME ]
		[ address LLADDR ]
		[ broadcast LLADDR ]
		[ mtu MTU ]
		[ netns { PID | NETNSNAME | NETNSFILE } ]
		[ link-netns NAME | link-netnsid ID ]
		[ alias NAME ]
		[ master DEVICE ] [ vrf NAME ]
		[ nomaster ]
		[ addrgenmode { eui64 | none | stable_secret | random } ]
		[ protodown { on | off } ]
		[ gso_max_size BYTES ] | [ gso_max_segs PACKETS ] | [ gro_max_size BYTES ]

	ip link show [ DEVICE | group GROUP ] [up] [master DEV] [vrf NAME] [type TYPE]
		[nomaster]

	ip link property add dev DEVICE [ altname NAME .. ]
	ip link property del dev DEVICE [ altname NAME .. ]

	ip link help [ TYPE ]

TYPE := { bond | bond_slave | bridge | bridge_slave | dummy | gre |
          gretap | ifb | ipip | ipvlan | ipvtap | macvlan | macvtap |
          nlmon | sit | veth | vlan | vrf | vxlan }";

/// `ip link ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL)),
        ("set", Verb::Modify(RTM_NEWLINK, NlmF(0))),
        ("change", Verb::Modify(RTM_NEWLINK, NlmF(0))),
        ("replace", Verb::Modify(RTM_NEWLINK, NLM_F_CREATE | NLM_F_REPLACE)),
        ("delete", Verb::Modify(RTM_DELLINK, NlmF(0))),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("list", Verb::Show),
        ("property", Verb::Property),
        ("help", Verb::Help),
    ];
    match verb("link", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => crate::ip::addr::list(ip, words, true),
        Verb::Property => property::command(ip, words),
        Verb::Help => match words.next().and_then(kind::find).map(|kind| kind.help()).filter(|help| !help.is_empty()) {
            // unlike all other help, it goes to standard output
            Some(help) => {
                ip.out.text(&help);
                Ok(())
            }
            None => Err(Stop::help(HELP)),
        },
    }
}

/// What the words of `ip link add|set|delete` say besides attributes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said<'a> {
    pub(crate) header: IfInfoMsg,
    dev: Option<&'a str>,
    name: Option<&'a str>,
    link: Option<&'a str>,
    kind: Option<&'a str>,
    group: bool,
    index: Option<i32>,
    /// Whether another namespace is named.
    moves: bool,
    /// Length of a link-layer address that was given.
    address: Option<usize>,
}

impl<'a> Said<'a> {
    /// The name that the link shall have.
    pub(crate) fn name(&self) -> Option<&'a str> {
        self.name.or(self.dev)
    }

    /// A new link has one name.
    pub(crate) fn check_one_name(&self) -> Result<(), Stop> {
        match self.name {
            Some(_) if self.dev != self.name => {
                Err(Stop::grammar("both \"name\" and \"dev\" cannot be used when creating devices."))
            }
            _ => Ok(()),
        }
    }

    /// The index that the link shall have.
    pub(crate) fn index(&self) -> Option<i32> {
        self.index
    }
}

fn flag(said: &mut Said<'_>, flag: Iff, on: bool) {
    said.header.ifi_change |= flag;
    said.header.ifi_flags = if on { said.header.ifi_flags | flag } else { said.header.ifi_flags.without(flag) };
}

/// A name that a link can have; iproute2's answer where it cannot.
pub(crate) fn check_name(words: &Words<'_>, option: &str, name: &str, max: usize) -> Result<(), Stop> {
    let odd = |byte: u8| byte == b'/' || byte.is_ascii_whitespace();
    if name.is_empty() || name.len() >= max || name.bytes().any(odd) {
        return Err(words.wrong(&format!("\"{option}\" not a valid ifname")));
    }
    Ok(())
}

/// Bytes of a link-layer address: `00:11:..`, with or without leading zeros, or an IPv4 address.
pub(crate) fn lladdr(word: &str) -> Result<Vec<u8>, Stop> {
    if word.contains('.') {
        return match crate::words::address(word, libc::AF_INET as u8) {
            Some(std::net::IpAddr::V4(ip)) => Ok(ip.octets().to_vec()),
            _ => Err(Stop::failure(format!("\"{word}\" is invalid lladdr."))),
        };
    }
    let parts = word.split(':').take(MAX_ADDR_LEN);
    parts.map(|part| hex_byte(part).ok_or_else(|| Stop::failure(format!("\"{part}\" is invalid lladdr.")))).collect()
}

/// Bytes of the longest link-layer address (linux/netdevice.h).
const MAX_ADDR_LEN: usize = 32;

/// Reads a byte as C's `sscanf` does with `%x`: blanks, a sign and `0x` may stand before it, anything after it.
fn hex_byte(part: &str) -> Option<u8> {
    let part = part.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (negative, part) = match part.strip_prefix('-') {
        Some(part) => (true, part),
        None => (false, part.strip_prefix('+').unwrap_or(part)),
    };
    let part = part.strip_prefix("0x").or(part.strip_prefix("0X")).unwrap_or(part);
    let digits = part.bytes().map_while(|byte| char::from(byte).to_digit(16));
    let value = digits.fold(None, |sum: Option<u64>, digit| {
        Some(sum.unwrap_or(0).checked_mul(16).map_or(u64::MAX, |sum| sum | u64::from(digit)))
    })?;
    // what does not fit an int is cut
    let value = if negative { value.wrapping_neg() } else { value } as i32;
    u8::try_from(value).ok()
}

/// Reads the number that an option has.
fn int(word: &str, words: &Words<'_>, option: &str) -> Result<i32, Stop> {
    number(word).ok_or_else(|| words.wrong(&format!("Invalid \"{option}\" value\n")))
}

/// Reads the generic options of a link up to `type`, whose own words follow. Used for the peer of a veth too.
pub(crate) fn parse<'a>(ip: &mut Ip<'_, '_>, words: &mut Words<'a>, request: &mut Request) -> Result<Said<'a>, Stop> {
    let mut said = Said { header: IfInfoMsg { ifi_family: Af(ip.options.family), ..IfInfoMsg::default() }, ..Said::default() };
    let mut seen: Vec<&str> = Vec::new();
    // that it is the second comes before what is wrong with it
    let mut once = |words: &mut Words<'a>, option: &'static str| {
        let word = words.need()?;
        if seen.contains(&option) {
            return Err(words.twice(option));
        }
        seen.push(option);
        Ok(word)
    };
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if word == "up" || word == "down" {
            flag(&mut said, IFF_UP, word == "up");
        } else if word == "name" {
            let name = words.need()?;
            if said.name.is_some() {
                return Err(words.twice("name"));
            }
            check_name(words, "name", name, 16)?;
            said.name = Some(name);
            if said.dev.is_none() {
                said.dev = said.name;
            }
        } else if word == "index" {
            let index = Some(atoi(once(words, "index")?)).filter(|index| *index > 0);
            said.index = Some(index.ok_or_else(|| words.wrong("Invalid \"index\" value"))?);
        } else if is("link") {
            said.link = Some(words.need()?);
        } else if is("address") {
            let address = lladdr(words.need()?)?;
            said.address = Some(address.len());
            request.put(IFLA_ADDRESS(Hw(&address)))?;
        } else if is("broadcast") || word == "brd" {
            request.put(IFLA_BROADCAST(Hw(&lladdr(words.need()?)?)))?;
        } else if is("txqueuelen") || word == "qlen" || is("txqlen") {
            let len = int(once(words, "txqueuelen")?, words, "txqueuelen")?;
            request.put(IFLA_TXQLEN(len as u32))?;
        } else if word == "mtu" {
            let mtu = int(once(words, "mtu")?, words, "mtu")?;
            request.put(IFLA_MTU(mtu as u32))?;
        } else if word == "netns" {
            let name = once(words, "netns")?;
            said.moves = true;
            match netns::find(name) {
                Some(ns) => {
                    request.put(IFLA_NET_NS_FD(ns.as_fd().as_raw_fd() as u32))?;
                    request.keep(ns);
                }
                None => match (number::<i32>(name), watch::placeholder(watch::DESCRIPTOR, name)) {
                    (Some(pid), _) => request.put(IFLA_NET_NS_PID(pid as u32))?,
                    (None, Some(planned)) => request.put(IFLA_NET_NS_FD(planned as u32))?,
                    (None, None) => return Err(words.wrong("Invalid \"netns\" value\n")),
                },
            }
        } else if word == "multicast" {
            let on = words.on_off("multicast")?;
            flag(&mut said, IFF_MULTICAST, on);
        } else if word == "allmulticast" {
            let on = words.on_off("allmulticast")?;
            flag(&mut said, IFF_ALLMULTI, on);
        } else if word == "promisc" {
            let on = words.on_off("promisc")?;
            flag(&mut said, IFF_PROMISC, on);
        } else if word == "trailers" {
            let on = words.on_off("trailers")?;
            flag(&mut said, IFF_NOTRAILERS, !on);
        } else if word == "arp" {
            let on = words.on_off("arp")?;
            flag(&mut said, IFF_NOARP, !on);
        } else if abbreviates(word, "dynamic") {
            let on = words.on_off("dynamic")?;
            flag(&mut said, IFF_DYNAMIC, on);
        } else if word == "carrier" {
            let on = words.off_on("carrier", libc::EINVAL)?;
            request.put(IFLA_CARRIER(u8::from(on)))?;
        } else if is("master") {
            let master = words.need()?;
            let index = ip.index(master)?.ok_or_else(|| words.wrong("Device does not exist\n"))?;
            request.put(IFLA_MASTER(index))?;
        } else if word == "vrf" {
            let name = words.need()?;
            let index = vrf_index(ip, name)?.ok_or_else(|| words.wrong("Not a valid VRF name\n"))?;
            request.put(IFLA_MASTER(index))?;
        } else if is("nomaster") {
            request.put(IFLA_MASTER(0))?;
        } else if is("type") {
            said.kind = Some(words.need()?);
            break;
        } else if is("alias") {
            let alias = words.need()?;
            if alias.len() >= 256 {
                return Err(words.wrong("alias too long\n"));
            }
            request.put(IFLA_IFALIAS(Str::bare(alias)))?;
        } else if word == "group" {
            let group = once(words, "group")?;
            let group = ip.names.group_value(group).ok_or_else(|| words.wrong("Invalid \"group\" value\n"))?;
            request.put(IFLA_GROUP(group))?;
            said.group = true;
        } else if word == "mode" {
            let mode = words.need()?;
            let mode = IfLinkMode::from_word(&mode.to_ascii_uppercase()).ok_or_else(|| words.wrong("Invalid link mode\n"))?;
            request.put(IFLA_LINKMODE(mode))?;
        } else if word == "state" {
            let state = words.need()?;
            let state = IfOper::from_word(&state.to_ascii_uppercase()).ok_or_else(|| words.wrong("Invalid operstate\n"))?;
            request.put(IFLA_OPERSTATE(state))?;
        } else if is("numtxqueues") {
            let count = int(once(words, "numtxqueues")?, words, "numtxqueues")?;
            request.put(IFLA_NUM_TX_QUEUES(count as u32))?;
        } else if is("numrxqueues") {
            let count = int(once(words, "numrxqueues")?, words, "numrxqueues")?;
            request.put(IFLA_NUM_RX_QUEUES(count as u32))?;
        } else if is("addrgenmode") {
            let mode = words.need()?;
            let mode = In6AddrGenMode::from_word(mode).ok_or_else(|| words.wrong("Invalid address generation mode\n"))?;
            let (spec, inet6) = (request.begin::<Ifla<'_>>("IFLA_AF_SPEC"), request.begin::<IflaAfSpec<'_>>("AF_INET6"));
            request.put(IflaInet6::IFLA_INET6_ADDR_GEN_MODE(mode))?;
            request.end(inet6)?;
            request.end(spec)?;
        } else if is("link-netns") {
            let name = once(words, "link-netns/link-netnsid")?;
            let id = netns::id_of(ip, name)?.ok_or_else(|| words.wrong("Invalid \"link-netns\" value\n"))?;
            request.put(IFLA_LINK_NETNSID(id))?;
        } else if is("link-netnsid") {
            let id = int(once(words, "link-netns/link-netnsid")?, words, "link-netnsid")?;
            request.put(IFLA_LINK_NETNSID(id))?;
        } else if word == "protodown" {
            let on = words.off_on("protodown", libc::EINVAL)?;
            request.put(IFLA_PROTO_DOWN(u8::from(on)))?;
        } else if word == "gso_max_size" {
            let size: u32 = words.number("Invalid \"gso_max_size\" value\n")?;
            request.put(IFLA_GSO_MAX_SIZE(size))?;
        } else if word == "gro_max_size" {
            let size: u32 = words.number("Invalid \"gro_max_size\" value\n")?;
            request.put(IFLA_GRO_MAX_SIZE(size))?;
        } else if word == "gso_max_segs" {
            let count: u16 = words.number("Invalid \"gso_max_segs\" value\n")?;
            request.put(IFLA_GSO_MAX_SEGS(count.into()))?;
        } else {
            if is("help") {
                return Err(Stop::help(HELP));
            }
            let name = if word == "dev" { words.need()? } else { word };
            if said.dev.is_some() && said.dev != said.name {
                return Err(words.twice_or_garbage("dev"));
            }
            check_name(words, "dev", name, 128)?;
            said.dev = Some(name);
        }
    }
    Ok(said)
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut request = Request::new(&IfInfoMsg::default());
    let mut said = parse(ip, words, &mut request)?;
    let create = flags.contains(NLM_F_CREATE);
    // a group without a device means all devices of the group
    if said.group && said.dev.is_none() {
        if let Some(word) = words.peek() {
            return Err(garbage(word));
        }
        if create {
            return Err(Stop::failure("group cannot be used when creating devices."));
        }
        request.set_header(&said.header);
        return ip.change(kind, flags, &request);
    }
    let mut name = said.name;
    if create {
        said.check_one_name()?;
        name = name.or(said.dev);
        if let Some(link) = said.link {
            let link = ip.device(link)?;
            request.put(IFLA_LINK(link))?;
        }
        said.header.ifi_index = said.index.unwrap_or(0);
    } else {
        let Some(dev) = said.dev else {
            return Err(Stop::grammar("Not enough information: \"dev\" argument is required."));
        };
        if said.index.is_some() && !said.moves {
            let why = "index can be used only when creating devices or when moving device to another netns.";
            return Err(Stop::grammar(why));
        }
        let index = ip.device(dev)?;
        said.header.ifi_index = index as i32;
        if said.name == said.dev {
            name = None;
        }
        check_address(ip, index, &said)?;
        if let Some(index) = said.index {
            request.put(IFLA_NEW_IFINDEX(index))?;
        }
    }
    if let Some(name) = name {
        request.put(IFLA_IFNAME(name.into()))?;
    }
    request.set_header(&said.header);
    match said.kind {
        Some(kind) => {
            let info = request.begin::<Ifla<'_>>("IFLA_LINKINFO");
            request.put(IFLA_INFO_KIND(Selector(Str::bare(kind))))?;
            kind::parse(ip, kind, words, &mut request, (!create).then_some(said.header.ifi_index))?;
            request.end(info)?;
        }
        None if create => {
            return Err(Stop::failure("Not enough information: \"type\" argument is required"));
        }
        None => {
            if let Some(word) = words.peek() {
                return Err(garbage(word));
            }
        }
    }
    ip.change(kind, flags, &request)
}

/// An address of the wrong length is found before the kernel is asked, as in iproute2.
fn check_address(ip: &mut Ip<'_, '_>, index: u32, said: &Said<'_>) -> Result<(), Stop> {
    let Some(len) = said.address else { return Ok(()) };
    match ip.address_len(index)? {
        Some(need) if need != len => Err(Stop::failure(format!("Invalid address length {len} - must be {need} bytes"))),
        _ => Ok(()),
    }
}

pub(crate) fn garbage(word: &str) -> Stop {
    Stop::failure(format!("Garbage instead of arguments \"{word} ...\". Try \"ip link help\".")).with_status(EXIT_GRAMMAR)
}

/// The routing table of a VRF (`IFLA_VRF_TABLE`); `None` if no VRF has this name.
pub(crate) fn vrf_table(ip: &mut Ip<'_, '_>, name: &str) -> Result<Option<u32>, Stop> {
    let mut request = Request::new(&IfInfoMsg { ifi_family: Af(ip.options.family), ..IfInfoMsg::default() });
    request.put(IFLA_IFNAME(name.into()))?;
    let mut table = None;
    let asked = ip.socket()?.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
        let link = message.body::<Link<'_>>()?;
        let info = link.attrs.find(|attr| if let IFLA_LINKINFO(info) = attr { Some(info) } else { None });
        let data = info
            .and_then(|info| info.find(|attr| if let IFLA_INFO_DATA(InfoData::Vrf(data)) = attr { Some(data) } else { None }));
        table = data.and_then(|data| data.find(|attr| if let IFLA_VRF_TABLE(table) = attr { Some(table.0) } else { None }));
        Ok::<(), crate::Error>(())
    });
    match asked {
        Err(error) if error.refusal().is_none() => Err(error.into()),
        _ => Ok(table),
    }
}

/// The index of a VRF; `None` if no VRF has this name.
pub(crate) fn vrf_index(ip: &mut Ip<'_, '_>, name: &str) -> Result<Option<u32>, Stop> {
    match ip.index(name)? {
        Some(index) => Ok(vrf_table(ip, name)?.map(|_| index)),
        None => Ok(None),
    }
}

/// Shows one link, which the kernel is asked for by name.
pub(crate) fn show_one(ip: &mut Ip<'_, '_>, name: &str, filter: &Filter) -> Result<(), Stop> {
    let mut request = Request::new(&IfInfoMsg { ifi_family: Af(libc::AF_PACKET as u8), ..IfInfoMsg::default() });
    request.put(if name.len() < 16 { IFLA_IFNAME(name.into()) } else { IFLA_ALT_IFNAME(name.into()) })?;
    request.put(IFLA_EXT_MASK(RTEXT_FILTER_VF))?;
    let mut found = Vec::new();
    ip.socket()?.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
        found = message.payload.to_vec();
        Ok::<(), crate::Error>(())
    })?;
    let Ok(link) = Link::parse(&found, 16) else { return Ok(()) };
    ip.remember(&link);
    ip.out.object("");
    let seen = Seen::new(&link);
    if filter.takes(&seen) {
        if ip.options.brief { brief(ip, &seen, false)? } else { show(ip, &link, &seen, 0, false)? }
    }
    ip.out.end_object();
    Ok(())
}
