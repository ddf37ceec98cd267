//! `ip address`: the grammar of an address. What is shown of one is in `show`.

mod show;

use std::net::{IpAddr, Ipv4Addr};

use nix::errno::Errno;

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NlmF};
use nlmsg::payload::{Low8, Str, View};
use nlmsg::route::{Ifa::*, *};

pub(crate) use show::{event, list};

use self::show::{Seen, filters};
use crate::ip::flush::Round;
use crate::ip::{Ip, Request, verb};

use crate::words::{Prefix, Stop, Words, abbreviates, number};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Flush,
    Help,
}

const HELP: &str = "\
Usage: ip address {add|change|replace} IFADDR dev IFNAME [ LIFETIME ]
                                                      [ CONFFLAG-LIST ]
       ip address del IFADDR dev IFNAME [mngtmpaddr]
       ip address flush [ dev IFNAME ] [ scope SCOPE-ID ]
                            [ to PREFIX ] [ FLAG-LIST ] [ label LABEL ] [up]
       ip address [ show [ dev IFNAME ] [ scope SCOPE-ID ] [ master DEVICE ]
                         [ nomaster ]
                         [ type TYPE ] [ to PREFIX ] [ FLAG-LIST ]
                         [ label LABEL ] [up] [ vrf NAME ] ]
IFADDR := PREFIX | ADDR peer PREFIX
          [ broadcast ADDR ] [ anycast ADDR ]
          [ label IFNAME ] [ scope SCOPE-ID ] [ metric METRIC ]
SCOPE-ID := [ host | link | global | NUMBER ]
FLAG-LIST := [ FLAG-LIST ] FLAG
FLAG  := [ permanent | dynamic | secondary | primary |
           [-]tentative | [-]deprecated | [-]dadfailed | temporary |
           CONFFLAG-LIST ]
CONFFLAG-LIST := [ CONFFLAG-LIST ] CONFFLAG
CONFFLAG  := [ home | nodad | mngtmpaddr | noprefixroute | autojoin ]
LIFETIME := [ valid_lft LFT ] [ preferred_lft LFT ]
LFT := forever | SECONDS";

/// A time without end, in seconds.
const FOREVER: u32 = u32::MAX;

/// `ip address ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("add", Verb::Modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)),
        ("change", Verb::Modify(RTM_NEWADDR, NLM_F_REPLACE)),
        ("chg", Verb::Modify(RTM_NEWADDR, NLM_F_REPLACE)),
        ("replace", Verb::Modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)),
        ("delete", Verb::Modify(RTM_DELADDR, NlmF(0))),
        ("show", Verb::Show),
        ("list", Verb::Show),
        ("lst", Verb::Show),
        ("flush", Verb::Flush),
        ("help", Verb::Help),
    ];
    match verb("address", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => list(ip, words, false),
        Verb::Flush => flush(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// The flags of an address by the word that sets one, in the order in which they are shown.
const FLAGS: &[(&str, IfaF)] = &[
    ("secondary", IFA_F_SECONDARY),
    ("nodad", IFA_F_NODAD),
    ("optimistic", IFA_F_OPTIMISTIC),
    ("dadfailed", IFA_F_DADFAILED),
    ("home", IFA_F_HOMEADDRESS),
    ("deprecated", IFA_F_DEPRECATED),
    ("tentative", IFA_F_TENTATIVE),
    ("permanent", IFA_F_PERMANENT),
    ("mngtmpaddr", IFA_F_MANAGETEMPADDR),
    ("noprefixroute", IFA_F_NOPREFIXROUTE),
    ("autojoin", IFA_F_MCAUTOJOIN),
    ("stable-privacy", IFA_F_STABLE_PRIVACY),
];

/// Flags that can be set from outside.
const SETTABLE: &[&str] = &["nodad", "optimistic", "home", "mngtmpaddr", "noprefixroute", "autojoin"];

/// The flags that can be set from outside, by their words.
pub(crate) fn settable_flags() -> impl Iterator<Item = (&'static str, IfaF)> {
    FLAGS.iter().copied().filter(|(name, _)| SETTABLE.contains(name))
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = IfAddrMsg { ifa_family: Af(ip.options.family), ..IfAddrMsg::default() };
    let mut request = Request::new(&header);
    let mut dev = None;
    let (mut local, mut peer): (Option<Prefix>, Option<Prefix>) = (None, None);
    let (mut broadcast, mut anycast) = (None, None);
    let (mut scope, mut set) = (None, IfaF(0));
    let (mut valid, mut preferred) = (None, None);
    let lifetime = |words: &mut Words<'_>, option: &str| {
        let word = words.need()?;
        let time = if word == "forever" { Some(FOREVER) } else { number(word) };
        time.ok_or_else(|| words.wrong(&format!("{option} value")))
    };
    while let Some(word) = words.next() {
        if word == "peer" || word == "remote" {
            if peer.is_some() {
                return Err(words.twice("peer"));
            }
            let prefix = words.prefix(header.ifa_family.0)?;
            let host = words.host_of(prefix.addr, header.ifa_family.0);
            header.ifa_family = Af(host.family);
            request.put_host("IFA_ADDRESS", host, IFA_ADDRESS)?;
            peer = host.addr.map(|_| prefix);
        } else if abbreviates(word, "broadcast") || word == "brd" {
            let to = words.need()?;
            if broadcast.is_some() {
                return Err(words.twice("broadcast"));
            }
            broadcast = Some(match to {
                "+" => Broadcast::Ones,
                "-" => Broadcast::Zeros,
                _ => {
                    words.back();
                    let host = words.host(header.ifa_family.0)?;
                    header.ifa_family = Af(host.family);
                    request.put_host("IFA_BROADCAST", host, IFA_BROADCAST)?;
                    if host.addr.is_none() {
                        continue;
                    }
                    Broadcast::Given
                }
            });
        } else if word == "anycast" {
            if anycast.is_some() {
                return Err(words.twice("anycast"));
            }
            let host = words.host(header.ifa_family.0)?;
            header.ifa_family = Af(host.family);
            request.put_host("IFA_ANYCAST", host, IFA_ANYCAST)?;
            anycast = host.addr;
        } else if word == "scope" {
            let word = words.need()?;
            let value = ip.names.scopes.value(word).and_then(|scope| u8::try_from(scope).ok());
            header.ifa_scope = value.map(RtScope).ok_or_else(|| words.wrong("invalid scope value."))?;
            scope = value;
        } else if word == "dev" {
            dev = Some(words.need()?);
        } else if word == "label" {
            let word = words.need()?;
            request.put(IFA_LABEL(Str::new(word)))?;
        } else if abbreviates(word, "metric") || abbreviates(word, "priority") || abbreviates(word, "preference") {
            let metric = words.number("\"metric\" value is invalid\n")?;
            request.put(IFA_RT_PRIORITY(metric))?;
        } else if abbreviates(word, "valid_lft") {
            if valid.is_some() {
                return Err(words.twice("valid_lft"));
            }
            valid = Some(lifetime(words, "valid_lft")?);
        } else if abbreviates(word, "preferred_lft") {
            if preferred.is_some() {
                return Err(words.twice("preferred_lft"));
            }
            preferred = Some(lifetime(words, "preferred_lft")?);
        } else if let Some((name, flag)) = FLAGS.iter().find(|(name, _)| SETTABLE.contains(name) && *name == word) {
            if header.ifa_family.0 != libc::AF_INET6 as u8 && matches!(*name, "nodad" | "optimistic" | "home" | "mngtmpaddr") {
                ip.complain(&format!("Warning: {name} option can be set only for IPv6 addresses"));
            } else {
                set |= *flag;
            }
        } else {
            if word == "local" {
                words.need()?;
            }
            words.back();
            if abbreviates(words.peek().unwrap_or(""), "help") {
                return Err(Stop::help(HELP));
            }
            if local.is_some() {
                words.next();
                return Err(words.twice_or_garbage("local"));
            }
            let prefix = words.prefix(header.ifa_family.0)?;
            let host = words.host_of(prefix.addr, header.ifa_family.0);
            header.ifa_family = Af(host.family);
            request.put_host("IFA_LOCAL", host, IFA_LOCAL)?;
            local = host.addr.map(|_| prefix);
        }
    }
    header.ifa_flags = Low8::new(set.0 as u8);
    if set.0 > 0xff {
        request.put(IFA_FLAGS(set))?;
    }
    let Some(dev) = dev else { return Err(Stop::failure("Not enough information: \"dev\" argument is required.")) };
    // an address without a far end is its own; a deletion without a prefix means the address alone
    if peer.is_none()
        && let Some(local) = local
    {
        if kind == RTM_DELADDR && header.ifa_family.0 == libc::AF_INET as u8 && !local.explicit {
            ip.complain(&format!(
                "Warning: Executing wildcard deletion to stay compatible with old scripts.\n         \
                 Explicitly specify the prefix length ({}/{}) to avoid this warning.\n         \
                 This special behaviour is likely to disappear in further releases,\n         fix your scripts!",
                local.addr, local.len
            ));
        } else {
            request.put(IFA_ADDRESS(local.addr))?;
            peer = Some(local);
        }
    }
    header.ifa_prefixlen = peer.filter(|peer| peer.len > 0).or(local).map_or(0, |prefix| prefix.len);
    if let Some(side @ (Broadcast::Ones | Broadcast::Zeros)) = broadcast
        && kind != RTM_DELADDR
    {
        let Some(prefix @ Prefix { addr: IpAddr::V4(addr), .. }) = peer.or(local) else {
            return Err(Stop::failure("Broadcast can be set only for IPv4 addresses"));
        };
        if prefix.len <= 30 {
            let host = u32::MAX >> prefix.len;
            let own = u32::from(addr);
            let all = Ipv4Addr::from(if matches!(side, Broadcast::Ones) { own | host } else { own & !host });
            request.put(IFA_BROADCAST(all.into()))?;
        }
    }
    if scope.is_none() && kind != RTM_DELADDR {
        let host = local.is_some_and(|local| matches!(local.addr, IpAddr::V4(addr) if addr.is_loopback()));
        header.ifa_scope = RtScope(if host { 254 } else { 0 });
    }
    header.ifa_index = ip.device(dev)?;
    if valid.is_some() || preferred.is_some() {
        let (valid, preferred) = (valid.unwrap_or(FOREVER), preferred.unwrap_or(FOREVER));
        if valid == 0 {
            return Err(Stop::failure("valid_lft is zero"));
        }
        if valid < preferred {
            return Err(Stop::failure("preferred_lft is greater than valid_lft"));
        }
        let times = IfaCacheinfo { ifa_prefered: preferred, ifa_valid: valid, ..IfaCacheinfo::default() }.to_bytes();
        request.put(IFA_CACHEINFO(View::new(&times)))?;
    }
    if set.contains(IFA_F_MCAUTOJOIN) && !local.is_some_and(|local| local.addr.is_multicast()) {
        return Err(Stop::failure("autojoin needs multicast address"));
    }
    request.set_header(&header);
    ip.change(kind, flags, &request)
}

/// What `broadcast` was given.
#[derive(Clone, Copy)]
enum Broadcast {
    /// `+`: all host bits one.
    Ones,
    /// `-`: all host bits zero.
    Zeros,
    Given,
}

/// Deletes all addresses that are meant, again and again until none is left, since the kernel may promote one
/// address when another goes.
fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.peek().is_none() {
        return Err(Stop::failure("Flush requires arguments."));
    }
    if ip.options.family == libc::AF_PACKET as u8 {
        return Err(Stop::failure("Cannot flush link addresses."));
    }
    let (_, addresses, _) = filters(ip, words, HELP)?;
    let only_primary = addresses.only_primary();
    let most = ip.options.loops;
    let complete = ip.rounds(most, |ip, round| {
        let request = Request::new(&IfAddrMsg { ifa_family: Af(addresses.family()), ..IfAddrMsg::default() });
        let mut found: Vec<Vec<u8>> = Vec::new();
        ip.dump(RTM_GETADDR, &request.body(), |ip, message| {
            let Ok(addr) = message.body::<Addr<'_>>() else { return Ok(()) };
            let seen = Seen::new(&addr);
            if addresses.takes(ip, &seen)? {
                found.push(message.payload.to_vec());
                if ip.options.stats > 1 {
                    ip.as_text(|ip| show::show(ip, &seen, true))?;
                }
            }
            Ok(())
        })?;
        if found.is_empty() {
            return Ok(Round::Nothing);
        }
        ip.flushing(round, found.len(), "addresses");
        ip.delete(RTM_DELADDR, &found, &[Errno::EADDRNOTAVAIL])?;
        Ok(if only_primary { Round::Last } else { Round::Deleted })
    })?;
    match complete {
        true => Ok(()),
        false => Err(Stop::grammar(format!("*** Flush remains incomplete after {most} rounds. ***"))),
    }
}
