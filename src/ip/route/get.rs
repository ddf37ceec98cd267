//! `ip route get`: which route a packet would take; `ip route flush`: all routes that are meant go.

use nix::errno::Errno;
use nlmsg::frame::NlmF;
use nlmsg::payload::Be;
use nlmsg::route::{Rta::*, *};

use super::list::Filter;
use super::show::{Seen, show};
use super::{HELP, prefix};
use crate::exchange::strerror;
use crate::ip::flush::Round;
use crate::ip::{Ip, Request, link, names};
use crate::words::{Stop, Words, abbreviates};
use crate::{netns, watch};

/// `ip route get ADDRESS ...`.
pub(super) fn get(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = RtMsg { rtm_family: Af(ip.options.family), ..RtMsg::default() };
    let mut request = Request::new(&header);
    let (mut iif, mut oif, mut dst) = (None, None, false);
    let (mut connected, mut from) = (false, false);
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if word == "tos" || is("dsfield") {
            let tos = words.need()?;
            let value = ip.names.tos_value(tos);
            header.rtm_tos = value.ok_or_else(|| words.wrong("TOS value is invalid\n"))?;
        } else if is("iif") {
            iif = Some(words.need()?);
        } else if is("mark") {
            let mark = words.number("invalid mark value")?;
            request.put(RTA_MARK(mark))?;
        } else if is("oif") || word == "dev" {
            oif = Some(words.need()?);
        } else if is("vrf") {
            let name = words.need()?;
            if link::vrf_table(ip, name)?.is_none() {
                return Err(words.wrong("Invalid VRF\n"));
            }
            oif = Some(name);
        } else if is("connected") {
            connected = true;
        } else if is("notify") {
            header.rtm_flags |= RTM_F_NOTIFY;
        } else if is("uid") {
            let uid = words.number("invalid UID\n")?;
            request.put(RTA_UID(uid))?;
        } else if is("fibmatch") {
            header.rtm_flags |= RTM_F_FIB_MATCH;
        } else if is("ipproto") {
            let word = words.need()?;
            let proto = names::protocol(word);
            request.put(RTA_IP_PROTO(proto.ok_or_else(|| words.wrong("Invalid \"ipproto\" value\n"))?))?;
        } else if is("sport") {
            let port = words.number("invalid sport\n")?;
            request.put(RTA_SPORT(Be(port)))?;
        } else if is("dport") {
            let port = words.number("invalid dport\n")?;
            request.put(RTA_DPORT(Be(port)))?;
        } else if is("from") {
            header.rtm_src_len = prefix(words, &mut header, &mut request, RTA_SRC)?;
            from = true;
        } else {
            if is("help") {
                return Err(Stop::help(HELP));
            }
            if word != "to" {
                words.back();
            }
            let len = prefix(words, &mut header, &mut request, RTA_DST)?;
            let whole = match i32::from(header.rtm_family.0) {
                libc::AF_INET => 32,
                libc::AF_INET6 => 128,
                _ => len,
            };
            if len != whole {
                ip.complain(&format!("Warning: /{len} as prefix is invalid, only /{whole} (or none) is supported."));
            }
            header.rtm_dst_len = whole;
            dst = true;
        }
    }
    if !dst {
        return Err(Stop::failure("need at least a destination address"));
    }
    if let Some(dev) = iif {
        let index = ip.device(dev)?;
        request.put(RTA_IIF(index))?;
    }
    if let Some(dev) = oif {
        let index = ip.device(dev)?;
        request.put(RTA_OIF(index))?;
    }
    if header.rtm_family.0 == 0 {
        header.rtm_family = Af(libc::AF_INET as u8);
    }
    if header.rtm_family.0 == libc::AF_INET as u8 {
        header.rtm_flags |= RTM_F_LOOKUP_TABLE;
    }
    request.set_header(&header);
    if connected && !from {
        // iproute2 means to ask again with the source that was found, asks the same, and shows that as text
        if !ask(ip, &request)? {
            return Err(Stop::failure("Failed to connect the route"));
        }
        ip.as_text(|ip| ask(ip, &request))?;
    } else {
        ask(ip, &request)?;
    }
    Ok(())
}

/// Asks for a route, and shows it; says whether it has a source.
fn ask(ip: &mut Ip<'_, '_>, request: &Request) -> Result<bool, Stop> {
    let mut found = Vec::new();
    ip.socket()?.get(RTM_GETROUTE, NlmF(0), &request.body(), |message| {
        found = message.payload.to_vec();
        Ok::<(), crate::Error>(())
    })?;
    let Ok(route) = Route::parse(&found, 16) else { return Err(Stop::failure("An error :-)")) };
    let seen = Seen::new(&route);
    ip.out.array("");
    ip.out.object("");
    show(ip, &seen, &Filter::any())?;
    ip.out.end_object();
    ip.out.end_list();
    Ok(seen.prefsrc.is_some() || seen.src.is_some())
}

/// `ip route flush SELECTOR`: deletes what is meant, and looks again until nothing is left.
pub(super) fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.peek().is_none() {
        return Err(Stop::failure("\"ip route flush\" requires arguments."));
    }
    let filter = Filter::parse(ip, words)?;
    // the kernel has a cache of IPv6 routes only, but what sockets keep of IPv4 routes is checked again
    if filter.cloned && filter.family != AF_INET6.0 {
        return flush_cache(ip);
    }
    ip.rounds(0, |ip, round| {
        let mut found: Vec<Vec<u8>> = Vec::new();
        filter.dump(ip, |ip, payload, route| {
            found.push(payload.to_vec());
            if ip.options.stats > 1 { ip.as_text(|ip| show(ip, route, &filter)) } else { Ok(()) }
        })?;
        if found.is_empty() {
            return Ok(Round::Nothing);
        }
        ip.delete(RTM_DELROUTE, &found, &[Errno::ESRCH, Errno::ENOENT])?;
        ip.flushing(round, found.len(), "entries");
        Ok(Round::Deleted)
    })?;
    Ok(())
}

/// Makes every socket look for its IPv4 route anew. That it cannot be done is said, but is not an error.
fn flush_cache(ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
    let setting = "ipv4/route/flush";
    if watch::instead(|| format!("no netlink: -1 is written to /proc/sys/net/{setting}")) {
        return Ok(());
    }
    match netns::set(setting, "-1") {
        Err(error) => {
            let why = strerror(error.raw_os_error().unwrap_or(0));
            ip.complain(&format!("Cannot open \"/proc/sys/net/{setting}\": {why}"));
        }
        Ok(()) if ip.options.stats > 0 => ip.as_text(|ip| ip.out.text("*** IPv4 routing cache is flushed.\n")),
        Ok(()) => {}
    }
    Ok(())
}
