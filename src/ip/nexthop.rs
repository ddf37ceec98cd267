//! `ip nexthop`: next hops that routes name by a number, groups of them, and the buckets of a group. What is shown of them
//! is in `show`.

mod show;

pub(crate) use show::{event, info};

use bytes::BytesMut;
use nix::errno::Errno;
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Flag, Records};
use nlmsg::route::{Nha::*, NhaResBucket::*, NhaResGroup::*, *};
use nlmsg::{Message, Record};

use crate::ip::{Ip, Request, link, route, verb};
use crate::words::{EXIT_FAILURE, EXIT_KERNEL, Stop, Words, abbreviates, number};

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
                let host = words.host(of)?;
                match header.nh_family {
                    AF_UNSPEC => header.nh_family = Af(host.family),
                    of if of.0 != host.family => return Err(words.wrong("address family mismatch\n")),
                    _ => {}
                }
                request.put_host("NHA_GATEWAY", host, NHA_GATEWAY)?;
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
            link::vrf_table(ip, name)?.ok_or_else(|| words.wrong("Invalid VRF\n"))?;
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
            show::listed(ip, &nexthop, show::show)?;
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
        show::listed(ip, &nexthop, show::bucket)?;
    } else if filter.takes(&nexthop.header) {
        show::listed(ip, &nexthop, show::show)?;
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
        show::listed(ip, &nexthop, show::bucket)
    })?;
    ip.out.end_list();
    Ok(())
}
