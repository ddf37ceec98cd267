//! `ip rule`: which table a packet's route is looked for in.

mod show;

use std::net::IpAddr;

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::payload::{Be, Low8, View};
use nlmsg::route::{Fra::*, *};

use crate::ip::route::realms;
use crate::ip::{Ip, Request, link, names, verb};
use crate::words::{Stop, Words, abbreviates, number, unsigned};

pub(crate) use show::event;

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Flush,
    Help,
}

const HELP: &str = "\
Usage: ip rule { add | del } SELECTOR ACTION
       ip rule flush [ SELECTOR ]
       ip rule [ list [ SELECTOR ]]
SELECTOR := [ not ] [ from PREFIX ] [ to PREFIX ] [ tos TOS ]
            [ fwmark FWMARK[/MASK] ]
            [ iif STRING ] [ oif STRING ] [ pref NUMBER ] [ l3mdev ]
            [ uidrange NUMBER-NUMBER ]
            [ ipproto PROTOCOL ]
            [ sport [ NUMBER | NUMBER-NUMBER ]
            [ dport [ NUMBER | NUMBER-NUMBER ] ]
ACTION := [ table TABLE_ID ]
          [ protocol PROTO ]
          [ nat ADDRESS ]
          [ realms [SRCREALM/]DSTREALM ]
          [ goto NUMBER ]
          SUPPRESSOR
SUPPRESSOR := [ suppress_prefixlength NUMBER ]
              [ suppress_ifgroup DEVGROUP ]
TABLE_ID := [ local | main | default | NUMBER ]";

/// `ip rule ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("list", Verb::Show),
        ("lst", Verb::Show),
        ("show", Verb::Show),
        ("add", Verb::Modify(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL)),
        ("delete", Verb::Modify(RTM_DELRULE, NlmF(0))),
        ("flush", Verb::Flush),
        ("help", Verb::Help),
    ];
    match verb("rule", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show => show::list(ip, words),
        Verb::Flush => show::flush(ip, words),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// `RTA_GATEWAY`, which shares its number with nothing of a rule's own: the address of `nat`.
const GATEWAY: u16 = 5;

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let add = kind == RTM_NEWRULE;
    if words.peek().is_none() {
        return Err(Stop::failure(format!("\"ip rule {}\" requires arguments.", if add { "add" } else { "del" })));
    }
    let family = ip.options.family;
    let action = if add { FR_ACT_TO_TBL } else { FR_ACT_UNSPEC };
    let mut header = FibRuleHdr { family: Af(family), action, ..FibRuleHdr::default() };
    let mut request = Request::new(&header);
    let (mut decided, mut l3mdev, mut table) = (false, false, 0);
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if word == "not" {
            header.flags |= FIB_RULE_INVERT;
        } else if word == "from" {
            header.src_len = prefix(words, family, "FRA_SRC", FRA_SRC, &mut request)?;
        } else if word == "to" {
            header.dst_len = prefix(words, family, "FRA_DST", FRA_DST, &mut request)?;
        } else if is("preference") || is("order") || is("priority") {
            let priority = words.number("preference value is invalid\n")?;
            request.put(FRA_PRIORITY(priority))?;
        } else if word == "tos" || is("dsfield") {
            header.tos = tos(ip, words)?;
        } else if word == "fwmark" {
            let (mark, mask) = fwmark(words)?;
            request.put(FRA_FWMARK(mark))?;
            if let Some(mask) = mask {
                request.put(FRA_FWMASK(mask))?;
            }
        } else if is("realms") {
            let word = words.need()?;
            request.put(FRA_FLOW(realms(ip, word).ok_or_else(|| words.wrong("invalid realms\n"))?))?;
        } else if is("protocol") {
            let word = words.need()?;
            let proto = ip.names.protos.value(word).and_then(|proto| u8::try_from(proto).ok());
            let proto = proto.ok_or_else(|| words.wrong("\"protocol\" value is invalid\n"))?;
            request.put(FRA_PROTOCOL(RtProt(proto)))?;
        } else if is("tun_id") {
            request.put(FRA_TUN_ID(Be(tun_id(words)?)))?;
        } else if is("table") || word == "lookup" {
            let word = words.need()?;
            table = ip.names.tables.value(word).ok_or_else(|| words.wrong("invalid table ID\n"))?;
            header.table = Low8::new(if table < 256 { table as u8 } else { RT_TABLE_UNSPEC.0 as u8 });
            if table >= 256 {
                request.put(FRA_TABLE(RtTable(table)))?;
            }
            decided = true;
        } else if is("suppress_prefixlength") || word == "sup_pl" {
            let why = "suppress_prefixlength value is invalid\n";
            let len: i32 = words.number(why)?;
            request.put(FRA_SUPPRESS_PREFIXLEN(u32::try_from(len).map_err(|_| words.wrong(why))?))?;
        } else if is("suppress_ifgroup") || word == "sup_group" {
            let word = words.need()?;
            let group = ip.names.group_value(word);
            let group = group.ok_or_else(|| words.wrong("Invalid \"suppress_ifgroup\" value\n"))?;
            request.put(FRA_SUPPRESS_IFGROUP(group))?;
        } else if word == "dev" || word == "iif" {
            request.put(FRA_IIFNAME(ifname(words, "iif\"/\"dev")?.into()))?;
        } else if word == "oif" {
            request.put(FRA_OIFNAME(ifname(words, "oif")?.into()))?;
        } else if word == "l3mdev" {
            request.put(FRA_L3MDEV(1))?;
            (decided, l3mdev) = (true, true);
        } else if word == "uidrange" {
            request.put(FRA_UID_RANGE(View::new(&users(words)?.to_bytes())))?;
        } else if word == "nat" || is("map-to") {
            let word = words.need()?;
            ip.complain("Warning: route NAT is deprecated");
            let addr = match crate::words::address(word, libc::AF_INET as u8) {
                Some(IpAddr::V4(addr)) => addr,
                _ => {
                    let text = format!("Error: an IP address is expected rather than \"{word}\"");
                    return Err(Stop::failure(text).at(words.position() - 1));
                }
            };
            request.number(GATEWAY, u32::from_ne_bytes(addr.octets()))?;
            header.action = FrAct(RTN_NAT.0);
        } else if word == "ipproto" {
            request.put(FRA_IP_PROTO(ipproto(words)?))?;
        } else if word == "sport" {
            request.put(FRA_SPORT_RANGE(View::new(&ports(words, "invalid port range\n")?.to_bytes())))?;
        } else if word == "dport" {
            request.put(FRA_DPORT_RANGE(View::new(&ports(words, "invalid dport range\n")?.to_bytes())))?;
        } else {
            let word = if word == "type" { words.need()? } else { word };
            if abbreviates(word, "help") {
                return Err(Stop::help(HELP));
            }
            header.action = if abbreviates(word, "goto") {
                let target = words.number("invalid target\n")?;
                request.put(FRA_GOTO(target))?;
                FR_ACT_GOTO
            } else if abbreviates(word, "nop") {
                FR_ACT_NOP
            } else {
                let action = names::route_type(word);
                FrAct(action.ok_or_else(|| words.wrong("Failed to parse rule type"))?.0)
            };
            decided = true;
        }
    }
    if l3mdev && table != 0 {
        return Err(Stop::failure("table can not be specified for l3mdev rules").with_status(libc::EINVAL));
    }
    if family == 0 {
        header.family = AF_INET;
    }
    if !decided && add {
        header.table = Low8::new(RT_TABLE_MAIN.0 as u8);
    }
    request.set_header(&header);
    ip.change(kind, flags, &request)
}

/// Takes a prefix and appends its address, which `all` does not have; gives its length.
fn prefix<'a>(
    words: &mut Words<'_>,
    family: u8,
    name: &str,
    attr: impl FnOnce(IpAddr) -> Fra<'a>,
    request: &mut Request,
) -> Result<u8, Stop> {
    let prefix = words.prefix(family)?;
    request.put_host(name, words.host_of(prefix.addr, family), attr)?;
    Ok(prefix.len)
}

fn tos(ip: &Ip<'_, '_>, words: &mut Words<'_>) -> Result<u8, Stop> {
    let word = words.need()?;
    let value = ip.names.tos_value(word);
    value.ok_or_else(|| words.wrong("TOS value is invalid\n"))
}

/// `MARK[/MASK]`.
fn fwmark(words: &mut Words<'_>) -> Result<(u32, Option<u32>), Stop> {
    let word = words.need()?;
    let (mark, mask) = word.split_once('/').map_or((word, None), |(mark, mask)| (mark, Some(mask)));
    let wrong = |word: &str, why: &str| {
        Stop::grammar(format!("Error: argument \"{word}\" is wrong: {why} value is invalid\n")).at(words.position() - 1)
    };
    let mark = number(mark).ok_or_else(|| wrong(mark, "fwmark"))?;
    let mask = mask.map(|mask| number(mask).ok_or_else(|| wrong(mask, "fwmask"))).transpose()?;
    Ok((mark, mask))
}

fn ifname<'a>(words: &mut Words<'a>, option: &str) -> Result<&'a str, Stop> {
    let name = words.need()?;
    link::check_name(words, option, name, 16)?;
    Ok(name)
}

fn tun_id(words: &mut Words<'_>) -> Result<u64, Stop> {
    unsigned(words.need()?).ok_or_else(|| words.wrong("\"tun_id\" value is invalid\n"))
}

fn ipproto(words: &mut Words<'_>) -> Result<u8, Stop> {
    names::protocol(words.need()?).ok_or_else(|| words.wrong("Invalid \"ipproto\" value\n"))
}

/// Reads `A` or `A-B` as C's `sscanf` does: what follows is ignored, and numbers wrap.
fn range(word: &str) -> Option<(u64, Option<u64>)> {
    fn number(word: &str) -> Option<(u64, &str)> {
        let word = word.trim_start();
        let (negative, digits) = match word.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, word.strip_prefix('+').unwrap_or(word)),
        };
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (digits, rest) = digits.split_at(end);
        let value = if digits.is_empty() { return None } else { digits.parse().unwrap_or(u64::MAX) };
        Some((if negative { value.wrapping_neg() } else { value }, rest))
    }
    let (first, rest) = number(word)?;
    Some((first, rest.strip_prefix('-').and_then(number).map(|(last, _)| last)))
}

fn users(words: &mut Words<'_>) -> Result<FibRuleUidRange, Stop> {
    match range(words.need()?) {
        Some((start, Some(end))) => Ok(FibRuleUidRange { start: start as u32, end: end as u32 }),
        _ => Err(words.wrong("invalid UID range\n")),
    }
}

fn ports(words: &mut Words<'_>, why: &str) -> Result<FibRulePortRange, Stop> {
    let (start, end) = range(words.need()?).ok_or_else(|| words.wrong(why))?;
    Ok(FibRulePortRange { start: start as u16, end: end.unwrap_or(start) as u16 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_sscanf() {
        assert_eq!(range("10-20"), Some((10, Some(20))));
        assert_eq!(range(" +10-zz"), Some((10, None)));
        assert_eq!(range("5zz"), Some((5, None)));
        assert_eq!(range("-1"), Some((u64::MAX, None)));
        assert_eq!(range("99999999999999999999"), Some((u64::MAX, None)));
        assert_eq!((range(""), range("x"), range("-")), (None, None, None));
    }
}
