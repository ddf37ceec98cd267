//! `ip nexthop`: next hops that routes name by a number, groups of them, and the buckets of a group.

use std::net::IpAddr;

use bytes::BytesMut;
use nix::errno::Errno;
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Flag, Records};
use nlmsg::route::{Nha::*, NhaResBucket::*, NhaResGroup::*, *};
use nlmsg::{Message, Record};

use crate::ip::{Ip, Request, route, verb};
use crate::output::{Color, Value};
use crate::words::{EXIT_FAILURE, EXIT_KERNEL, Stop, Words, abbreviates, family, is_any, number};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Flush,
    Get,
    Bucket,
    Help,
}

const HELP: &str = "\
Usage: ip nexthop { list | flush } [ protocol ID ] SELECTOR
       ip nexthop { add | replace } id ID NH [ protocol ID ]
       ip nexthop { get | del } id ID
       ip nexthop bucket list BUCKET_SELECTOR
       ip nexthop bucket get id ID index INDEX
SELECTOR := [ id ID ] [ dev DEV ] [ vrf NAME ] [ master DEV ]
            [ groups ] [ fdb ]
BUCKET_SELECTOR := SELECTOR | [ nhid ID ]
NH := { blackhole | [ via ADDRESS ] [ dev DEV ] [ onlink ] |
        group GROUP [ fdb ] [ type TYPE [ TYPE_ARGS ] ] }
GROUP := [ <id[,weight]>/<id[,weight]>/... ]
TYPE := { mpath | resilient }
TYPE_ARGS := [ RESILIENT_ARGS ]
RESILIENT_ARGS := [ buckets BUCKETS ] [ idle_timer IDLE ]
                  [ unbalanced_timer UNBALANCED ]";

/// `ip nexthop ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL)),
        ("replace", Verb::Modify(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE)),
        ("delete", Verb::Modify(RTM_DELNEXTHOP, NlmF(0))),
        ("list", Verb::Show),
        ("show", Verb::Show),
        ("lst", Verb::Show),
        ("get", Verb::Get),
        ("flush", Verb::Flush),
        ("bucket", Verb::Bucket),
        ("help", Verb::Help),
    ];
    match verb("nexthop", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => match Filter::parse(ip, words)? {
            filter @ Filter { id: Some(id), .. } => ask(ip, id, None, &filter),
            filter => list(ip, &filter),
        },
        Verb::Flush => flush(ip, words),
        Verb::Get => get(ip, words),
        Verb::Bucket => bucket(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = NhMsg { nh_family: Af(ip.options.family), ..NhMsg::default() };
    let mut request = Request::new(&header);
    while let Some(word) = words.next() {
        match word {
            "id" => request.put(NHA_ID(id(words)?))?,
            "dev" => {
                let index = known_device(ip, words)?;
                request.put(NHA_OIF(index))?;
                header.nh_family = settled(header.nh_family);
            }
            "via" => {
                let of = route::named_family(words).unwrap_or(header.nh_family.0);
                let addr = words.address(of)?;
                if of == 0 && is_any(words.last()) {
                    // no address has no family, and the kernel says that it must have one
                    let empty = request.begin::<Nha<'_>>("NHA_GATEWAY");
                    request.end(empty)?;
                    continue;
                }
                match header.nh_family {
                    AF_UNSPEC => header.nh_family = Af(family(&addr)),
                    of if of.0 != family(&addr) => return Err(words.wrong("address family mismatch\n")),
                    _ => {}
                }
                request.put(NHA_GATEWAY(addr))?;
            }
            "blackhole" => {
                request.put(NHA_BLACKHOLE(Flag))?;
                header.nh_family = settled(header.nh_family);
            }
            "fdb" => request.put(NHA_FDB(Flag))?,
            "onlink" => header.nh_flags |= u32::from(RTNH_F_ONLINK.0),
            "group" => {
                let members = group(words)?;
                let records = Records::new(&members).ok_or_else(|| words.wrong("\"group\" value is invalid\n"))?;
                request.put(NHA_GROUP(records))?;
            }
            "type" => group_type(words, &mut request)?,
            "encap" => {
                words.need()?;
                // none of them is known here
                return Err(words.wrong("\"encap type\" value is invalid\n"));
            }
            "help" => return Err(Stop::help(HELP)),
            _ if abbreviates(word, "protocol") => {
                let word = words.need()?;
                let proto = ip.names.protos.value(word).and_then(|proto| u8::try_from(proto).ok());
                header.nh_protocol = RtProt(proto.ok_or_else(|| words.wrong("\"protocol\" value is invalid\n"))?);
            }
            _ => return Err(words.wrong("")),
        }
    }
    request.set_header(&header);
    ip.change(kind, flags, &request)
}

/// Without an address that says otherwise, the family is IPv4.
fn settled(family: Af) -> Af {
    if family == AF_UNSPEC { AF_INET } else { family }
}

fn id(words: &mut Words<'_>) -> Result<u32, Stop> {
    words.number("invalid id value")
}

/// The index of the device that the next word names.
fn known_device(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<u32, Stop> {
    let name = words.need()?;
    ip.index(name)?.ok_or_else(|| words.wrong("Device does not exist\n"))
}

/// `ID[,WEIGHT][/ID[,WEIGHT]]...`, as the kernel takes it.
fn group(words: &mut Words<'_>) -> Result<BytesMut, Stop> {
    let word = words.need()?;
    let wrong = |part: &str, why: &str| {
        Stop::grammar(format!("Error: argument \"{part}\" is wrong: \"{why}\" value is invalid\n")).at(words.position() - 1)
    };
    let mut members = BytesMut::new();
    for member in word.split('/') {
        let (id, weight) = member.split_once(',').map_or((member, None), |(id, weight)| (id, Some(weight)));
        // iproute2 shows what it has not read over yet
        let first = word.split(['/', ',']).next().unwrap_or(word);
        let id = number(id).ok_or_else(|| wrong(first, "group"))?;
        let weight = match weight.map(|weight| (weight, number::<u32>(weight))) {
            None => 1,
            Some((_, Some(weight @ 1..=256))) => weight,
            Some((weight, _)) => {
                let why = format!("Error: argument \"{weight}\" is wrong: \"weight\" is invalid\n");
                return Err(Stop::grammar(why).at(words.position() - 1));
            }
        };
        NexthopGrp { id, weight: (weight - 1) as u8, ..NexthopGrp::default() }.write(&mut members);
    }
    Ok(members)
}

/// `type TYPE`, and what a resilient group has besides.
fn group_type(words: &mut Words<'_>, request: &mut Request) -> Result<(), Stop> {
    let word = words.need()?;
    let kind = NexthopGrpType::from_word(word).ok_or_else(|| words.wrong("\"type\" value is invalid\n"))?;
    if kind == NEXTHOP_GRP_TYPE_RES && words.peek().is_some() {
        let nest = request.begin_nested::<Nha<'_>>("NHA_RES_GROUP");
        while let Some(word) = words.next() {
            match word {
                "buckets" => request.put(NHA_RES_GROUP_BUCKETS(words.number("invalid buckets value")?))?,
                "idle_timer" => request.put(NHA_RES_GROUP_IDLE_TIMER(timer(words, "invalid idle timer value")?))?,
                "unbalanced_timer" => {
                    request.put(NHA_RES_GROUP_UNBALANCED_TIMER(timer(words, "invalid unbalanced timer value")?))?;
                }
                _ => {
                    words.back();
                    break;
                }
            }
        }
        request.end(nest)?;
    }
    request.put(NHA_GROUP_TYPE(kind))
}

/// Seconds, as the hundredths that the kernel takes.
fn timer(words: &mut Words<'_>, why: &str) -> Result<u32, Stop> {
    let seconds: u32 = words.number(why)?;
    if seconds < u32::MAX / 100 { Ok(seconds * 100) } else { Err(words.wrong(why)) }
}

/// Which next hops are meant.
#[derive(Debug, Default)]
struct Filter {
    dev: Option<u32>,
    groups: bool,
    master: Option<u32>,
    fdb: bool,
    /// The kernel does not look at it; we do.
    protocol: Option<u32>,
    /// This one alone; nothing after it is read.
    id: Option<u32>,
}

impl Filter {
    fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Filter, Stop> {
        let mut filter = Filter::default();
        while let Some(word) = words.next() {
            let is = |full: &str| abbreviates(word, full);
            if filter.device(ip, word, words)? {
            } else if is("groups") {
                filter.groups = true;
            } else if word == "id" {
                filter.id = Some(id(words)?);
                break;
            } else if is("protocol") {
                filter.protocol = Some(words.number("invalid protocol value")?);
            } else if is("fdb") {
                filter.fdb = true;
            } else if is("help") {
                return Err(Stop::help(HELP));
            } else {
                return Err(words.wrong(""));
            }
        }
        Ok(filter)
    }

    /// Takes `dev`, `master` or `vrf`, if `word` is one of them.
    fn device(&mut self, ip: &mut Ip<'_, '_>, word: &str, words: &mut Words<'_>) -> Result<bool, Stop> {
        if abbreviates(word, "dev") {
            self.dev = Some(known_device(ip, words)?);
        } else if abbreviates(word, "master") {
            self.master = Some(known_device(ip, words)?);
        } else if abbreviates(word, "vrf") {
            let name = words.need()?;
            route::vrf_table(ip, name)?.ok_or_else(|| words.wrong("Invalid VRF\n"))?;
            self.master = Some(ip.index(name)?.ok_or_else(|| words.wrong("VRF does not exist\n"))?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn takes(&self, header: &NhMsg) -> bool {
        self.protocol.is_none_or(|protocol| protocol == 0 || protocol == u32::from(header.nh_protocol.0))
    }

    fn request(&self, ip: &Ip<'_, '_>) -> Result<Request, Stop> {
        let mut request = Request::new(&NhMsg { nh_family: Af(ip.options.family), ..NhMsg::default() });
        if let Some(dev) = self.dev {
            request.put(NHA_OIF(dev))?;
        }
        if self.groups {
            request.put(NHA_GROUPS(Flag))?;
        }
        if let Some(master) = self.master {
            request.put(NHA_MASTER(master))?;
        }
        if self.fdb {
            request.put(NHA_FDB(Flag))?;
        }
        Ok(request)
    }
}

/// Gives all messages of a dump to `each`.
fn dump(
    ip: &mut Ip<'_, '_>,
    kind: u16,
    request: &Request,
    each: impl FnMut(&mut Ip<'_, '_>, &Message<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    ip.dump(kind, &request.body(), each).map_err(|stop| match stop.errno {
        // iproute2 does not say that what is listed is not there
        Some(Errno::ENOENT) => {
            let why = stop.text.lines().next().map(str::to_string);
            stop.with_text("Dump terminated").with_detail(why).with_status(EXIT_KERNEL)
        }
        Some(_) => stop.with_status(EXIT_KERNEL),
        None => stop,
    })
}

fn list(ip: &mut Ip<'_, '_>, filter: &Filter) -> Result<(), Stop> {
    let request = filter.request(ip)?;
    ip.out.array("");
    dump(ip, RTM_GETNEXTHOP, &request, |ip, message| {
        let Ok(nexthop) = message.body::<Nexthop<'_>>() else { return Ok(()) };
        if filter.takes(&nexthop.header) {
            show(ip, "", &nexthop, false)?;
            ip.out.text("\n");
            ip.out.done();
        }
        Ok(())
    })?;
    ip.out.end_list();
    Ok(())
}

/// `flush SELECTOR`: of all, groups go first, as their members would take them along one by one.
fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let all = words.peek().is_none();
    let mut filter = Filter::parse(ip, words)?;
    if let Some(id) = filter.id {
        let mut request = Request::new(&NhMsg::default());
        request.put(NHA_ID(id))?;
        return ip.talk(RTM_DELNEXTHOP, NlmF(0), &request).map_err(|stop| stop.with_status(EXIT_FAILURE));
    }
    let mut flushed = 0;
    let rounds = if all { vec![true, false] } else { vec![filter.groups] };
    for groups in rounds {
        filter.groups = groups;
        let request = filter.request(ip)?;
        let mut found = Vec::new();
        dump(ip, RTM_GETNEXTHOP, &request, |_, message| {
            let Ok(nexthop) = message.body::<Nexthop<'_>>() else { return Ok(()) };
            if filter.takes(&nexthop.header) {
                found.extend(nexthop.attrs.find(|attr| match attr {
                    NHA_ID(id) => Some(id),
                    _ => None,
                }));
            }
            Ok(())
        })?;
        for id in found {
            let mut request = Request::new(&NhMsg::default());
            request.put(NHA_ID(id))?;
            match ip.talk(RTM_DELNEXTHOP, NlmF(0), &request) {
                Ok(()) => flushed += 1,
                Err(stop) if stop.errno.is_some() => ip.say(&stop),
                Err(stop) => return Err(stop),
            }
        }
    }
    let said = match flushed {
        0 => "Nothing to flush\n".to_string(),
        _ => format!("Flushed {flushed} nexthops\n"),
    };
    ip.as_text(|ip| ip.out.text(&said));
    Ok(())
}

fn get(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut wanted = 0;
    while let Some(word) = words.next() {
        match word {
            "id" => wanted = id(words)?,
            _ => return Err(Stop::help(HELP)),
        }
    }
    if wanted == 0 {
        return Err(Stop::help(HELP));
    }
    ask(ip, wanted, None, &Filter::default())
}

/// Asks for a next hop, or for a bucket of it, and shows what comes if it is meant.
fn ask(ip: &mut Ip<'_, '_>, id: u32, index: Option<u16>, filter: &Filter) -> Result<(), Stop> {
    let mut request = Request::new(&NhMsg { nh_family: Af(ip.options.family), ..NhMsg::default() });
    request.put(NHA_ID(id))?;
    if let Some(index) = index {
        let nest = request.begin_nested::<Nha<'_>>("NHA_RES_BUCKET");
        request.put(NHA_RES_BUCKET_INDEX(index))?;
        request.end(nest)?;
    }
    let mut found = Vec::new();
    let kind = if index.is_some() { RTM_GETNEXTHOPBUCKET } else { RTM_GETNEXTHOP };
    ip.socket()?.get(kind, NlmF(0), &request.body(), |message| {
        found = message.payload.to_vec();
        Ok::<(), crate::Error>(())
    })?;
    let nexthop = Nexthop::parse(&found, 16).map_err(|error| Stop::failure(format!("Error: {error}")))?;
    ip.out.array("");
    if index.is_some() {
        show_bucket(ip, &nexthop);
        ip.out.text("\n");
    } else if filter.takes(&nexthop.header) {
        show(ip, "", &nexthop, false)?;
        ip.out.text("\n");
    }
    ip.out.end_list();
    Ok(())
}

/// `bucket list` and `bucket get`.
fn bucket(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    match words.next() {
        None => buckets(ip, words),
        Some(word) if ["list", "show", "lst"].iter().any(|verb| abbreviates(word, verb)) => buckets(ip, words),
        Some(word) if abbreviates(word, "get") => {
            let (mut wanted, mut index) = (0, None);
            while let Some(word) = words.next() {
                match word {
                    "id" => wanted = id(words)?,
                    "index" => index = Some(words.number("invalid bucket index value")?),
                    _ => return Err(Stop::help(HELP)),
                }
            }
            match index {
                Some(index) if wanted > 0 => ask(ip, wanted, Some(index), &Filter::default()),
                _ => Err(Stop::help(HELP)),
            }
        }
        Some(word) if abbreviates(word, "help") => Err(Stop::help(HELP)),
        Some(word) => {
            let text = format!("Command \"{word}\" is unknown, try \"ip nexthop help\".");
            Err(Stop::grammar(text).at(words.position() - 1))
        }
    }
}

fn buckets(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut filter, mut wanted, mut hop) = (Filter::default(), 0, 0);
    while let Some(word) = words.next() {
        if filter.device(ip, word, words)? {
        } else if word == "id" {
            wanted = id(words)?;
        } else if word == "nhid" {
            hop = id(words)?;
        } else if abbreviates(word, "help") {
            return Err(Stop::help(HELP));
        } else {
            return Err(words.wrong(""));
        }
    }
    let mut request = filter.request(ip)?;
    if wanted > 0 {
        request.put(NHA_ID(wanted))?;
    }
    if hop > 0 {
        let nest = request.begin_nested::<Nha<'_>>("NHA_RES_BUCKET");
        request.put(NHA_RES_BUCKET_NH_ID(hop))?;
        request.end(nest)?;
    }
    ip.out.array("");
    dump(ip, RTM_GETNEXTHOPBUCKET, &request, |ip, message| {
        let Ok(nexthop) = message.body::<Nexthop<'_>>() else { return Ok(()) };
        show_bucket(ip, &nexthop);
        ip.out.text("\n");
        ip.out.done();
        Ok(())
    })?;
    ip.out.end_list();
    Ok(())
}

/// Prints the next hop of an event.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<bool, Stop> {
    let Ok(nexthop) = message.body::<Nexthop<'_>>() else { return Ok(false) };
    let id = nexthop.attrs.find(|attr| match attr {
        NHA_ID(id) => Some(id),
        _ => None,
    });
    match message.header.nlmsg_type {
        RTM_NEWNEXTHOPBUCKET | RTM_DELNEXTHOPBUCKET => show_bucket(ip, &nexthop),
        kind => {
            // what is known of it by now is not asked for again
            match (id, kind) {
                (Some(id), RTM_NEWNEXTHOP) => drop(ip.nexthops.insert(id, message.payload.to_vec())),
                (Some(id), _) => drop(ip.nexthops.remove(&id)),
                (None, _) => {}
            }
            show(ip, "", &nexthop, kind == RTM_DELNEXTHOP)?;
        }
    }
    ip.out.text("\n");
    Ok(true)
}

/// Prints the next hop that a route names, below the route. Each is asked for once.
pub(super) fn info(ip: &mut Ip<'_, '_>, id: u32) -> Result<(), Stop> {
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
        show(ip, "nh_info", &nexthop, false)?;
    }
    ip.nexthops.insert(id, known);
    Ok(())
}

fn show(ip: &mut Ip<'_, '_>, key: &str, nexthop: &Nexthop<'_>, deleted: bool) -> Result<(), Stop> {
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
    ip.out.object(key);
    if deleted {
        ip.out.flag("deleted", "Deleted ");
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
        ip.out.put("idle_timer", "idle_timer ", Seconds(idle), " ");
        ip.out.put("unbalanced_timer", "unbalanced_timer ", Seconds(timer), " ");
        ip.out.put("unbalanced_time", "unbalanced_time ", Seconds(unbalanced), " ");
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
    ip.out.end_object();
    Ok(())
}

fn show_bucket(ip: &mut Ip<'_, '_>, nexthop: &Nexthop<'_>) {
    ip.out.object("");
    for attr in nexthop.attrs.iter().map_while(Result::ok) {
        match attr {
            NHA_ID(id) => ip.out.put("id", "id ", id, " "),
            NHA_RES_BUCKET(nest) => {
                let (mut index, mut time, mut hop) = (None, None, None);
                for attr in nest.iter().map_while(Result::ok) {
                    match attr {
                        NHA_RES_BUCKET_INDEX(value) => index = Some(u32::from(value)),
                        NHA_RES_BUCKET_IDLE_TIME(value) => time = Some(Seconds(value)),
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
    ip.out.end_object();
}

/// Hundredths of a second, shown as C's `%g` shows seconds: with six digits at most, in JSON too.
struct Seconds(u64);

impl Value for Seconds {
    fn text(&self, out: &mut Vec<u8>) {
        let mut value = self.0 as f64 / 100.0;
        let mut power = 0;
        // from a million on, with an exponent
        if value >= 999_999.5 {
            while value >= 9.999_995 {
                (value, power) = (value / 10.0, power + 1);
            }
        }
        let digits = value.max(1.0).log10() as usize;
        let fixed = format!("{value:.*}", 5usize.saturating_sub(digits));
        let short = if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { &fixed };
        let text = if power > 0 { format!("{short}e+{power:02}") } else { short.to_string() };
        out.extend_from_slice(text.as_bytes());
    }

    fn json(&self, out: &mut Vec<u8>) {
        self.text(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_c_does() {
        let shown = |hundredths| {
            let mut text = Vec::new();
            Seconds(hundredths).text(&mut text);
            String::from_utf8(text).unwrap()
        };
        let is = [(0, "0"), (1, "0.01"), (150, "1.5"), (12000, "120"), (1234567, "12345.7"), (99_999_900, "999999")];
        is.iter().for_each(|&(time, text)| assert_eq!(shown(time), text));
        assert_eq!([shown(12_345_678), shown(100_000_000), shown(123_456_789)], ["123457", "1e+06", "1.23457e+06"]);
        assert_eq!(shown(u64::MAX), "1.84467e+17");
    }
}
