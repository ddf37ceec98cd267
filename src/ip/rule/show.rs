//! What `ip rule show` prints, and which rules it means.

use std::net::IpAddr;

use nlmsg::Message;
use nlmsg::frame::NlmF;
use nlmsg::payload::Str;
use nlmsg::route::{Fra::*, *};

use super::{fwmark, ifname, ipproto, tun_id, users};
use crate::ip::{Ip, Request};
use crate::output::{Color, Shown};
use crate::words::{EXIT_GRAMMAR, Prefix, Stop, Words, abbreviates};

/// Which rules are meant.
#[derive(Debug, Default)]
struct Filter {
    /// `None` is any.
    family: Option<u8>,
    priority: Option<u32>,
    not: bool,
    src: Option<Prefix>,
    dst: Option<Prefix>,
    tos: Option<u8>,
    /// Those that are 0 are not asked for.
    mark: u32,
    mask: u32,
    iif: Option<String>,
    oif: Option<String>,
    l3mdev: bool,
    users: Option<FibRuleUidRange>,
    ipproto: u8,
    sport: Option<FibRulePortRange>,
    dport: Option<FibRulePortRange>,
    tun_id: u64,
    table: u32,
    /// Who made the rule; only a flush goes by it.
    protocol: Option<u8>,
}

impl Filter {
    fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Filter, Stop> {
        let family = Some(ip.options.family).filter(|&family| family != 0);
        let mut filter = Filter { family, ..Filter::default() };
        let family = family.unwrap_or(libc::AF_INET as u8);
        while let Some(word) = words.next() {
            let is = |full: &str| abbreviates(word, full);
            if is("preference") || is("order") || is("priority") {
                filter.priority = Some(words.number("preference value is invalid\n")?);
            } else if word == "not" {
                filter.not = true;
            } else if matches!(word, "tos" | "dsfield") {
                filter.tos = Some(super::tos(ip, words)?);
            } else if word == "fwmark" {
                let (mark, mask) = fwmark(words)?;
                (filter.mark, filter.mask) = (mark, mask.unwrap_or(filter.mask));
            } else if word == "dev" || word == "iif" {
                filter.iif = Some(ifname(words, "iif\"/\"dev")?.to_string());
            } else if word == "oif" {
                filter.oif = Some(ifname(words, "oif")?.to_string());
            } else if word == "l3mdev" {
                filter.l3mdev = true;
            } else if word == "uidrange" {
                filter.users = Some(users(words)?);
            } else if is("tun_id") {
                filter.tun_id = tun_id(words)?;
            } else if is("lookup") || is("table") {
                let word = words.need()?;
                filter.table = ip.names.tables.value(word).ok_or_else(|| words.wrong("table id value is invalid\n"))?;
            } else if is("from") || is("src") {
                filter.src = Some(words.prefix(family)?);
            } else if is("protocol") {
                let word = words.need()?;
                let proto = ip.names.protos.value(word).and_then(|proto| u8::try_from(proto).ok());
                filter.protocol = match proto {
                    Some(proto) => Some(proto),
                    None if word == "all" => None,
                    None => return Err(words.wrong("invalid \"protocol\"\n")),
                };
            } else if word == "ipproto" {
                filter.ipproto = ipproto(words)?;
            } else if word == "sport" {
                filter.sport = Some(super::ports(words, "invalid port range\n")?).filter(|ports| ports.start != 0);
            } else if word == "dport" {
                filter.dport = Some(super::ports(words, "invalid dport range\n")?).filter(|ports| ports.start != 0);
            } else {
                if !is("dst") && !is("to") {
                    words.back();
                }
                filter.dst = Some(words.prefix(family)?);
            }
        }
        Ok(filter)
    }

    fn takes(&self, rule: &Seen<'_>) -> bool {
        let header = &rule.header;
        let inside = |prefix: &Option<Prefix>, len: u8, addr: Option<IpAddr>| {
            prefix.is_none_or(|prefix| prefix.len <= len && addr.is_none_or(|addr| prefix.holds(&addr)))
        };
        let named = |want: &Option<String>, name: Option<Str<'_>>| {
            want.as_ref().is_none_or(|want| name.is_some_and(|name| name == want.as_str()))
        };
        self.family.is_none_or(|family| family == header.family.0)
            && self.priority.is_none_or(|priority| priority == rule.priority.unwrap_or(0))
            && (!self.not || header.flags.contains(FIB_RULE_INVERT))
            && inside(&self.src, header.src_len, rule.src)
            && inside(&self.dst, header.dst_len, rule.dst)
            && self.tos.is_none_or(|tos| tos == header.tos)
            && (self.mark == 0 || rule.mark == Some(self.mark))
            && (self.mask == 0 || rule.mask == Some(self.mask))
            && named(&self.iif, rule.iif)
            && named(&self.oif, rule.oif)
            && (!self.l3mdev || rule.l3mdev)
            && (self.users.is_none() || self.users == rule.users)
            && (self.ipproto == 0 || rule.ipproto == Some(self.ipproto))
            && (self.sport.is_none() || self.sport == rule.sport)
            && (self.dport.is_none() || self.dport == rule.dport)
            && (self.tun_id == 0 || rule.tun_id == Some(self.tun_id))
            && (self.table == 0 || self.table == rule.table)
    }

    /// Gives every rule that is meant to `each`.
    fn dump(
        &self,
        ip: &mut Ip<'_, '_>,
        mut each: impl FnMut(&mut Ip<'_, '_>, &Message<'_>, &Seen<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let family = Af(self.family.unwrap_or(libc::AF_INET as u8));
        let request = Request::new(&FibRuleHdr { family, ..FibRuleHdr::default() });
        let done = ip.dump(RTM_GETRULE, &request.body(), |ip, message| {
            let Ok(rule) = message.body::<Rule<'_>>() else { return Ok(()) };
            let seen = Seen::new(&rule);
            if self.takes(&seen) { each(ip, message, &seen) } else { Ok(()) }
        });
        done.map_err(|stop| stop.with_status(EXIT_GRAMMAR))
    }
}

/// A rule's attributes, found in one walk.
#[derive(Debug)]
struct Seen<'a> {
    header: FibRuleHdr,
    priority: Option<u32>,
    src: Option<IpAddr>,
    dst: Option<IpAddr>,
    mark: Option<u32>,
    mask: Option<u32>,
    iif: Option<Str<'a>>,
    oif: Option<Str<'a>>,
    l3mdev: bool,
    users: Option<FibRuleUidRange>,
    ipproto: Option<u8>,
    sport: Option<FibRulePortRange>,
    dport: Option<FibRulePortRange>,
    tun_id: Option<u64>,
    table: u32,
    suppress_len: Option<i32>,
    suppress_group: Option<u32>,
    flow: Option<u32>,
    goto: Option<u32>,
    protocol: Option<RtProt>,
}

impl<'a> Seen<'a> {
    fn new(rule: &Rule<'a>) -> Seen<'a> {
        let mut seen = Seen {
            header: rule.header,
            priority: None,
            src: None,
            dst: None,
            mark: None,
            mask: None,
            iif: None,
            oif: None,
            l3mdev: false,
            users: None,
            ipproto: None,
            sport: None,
            dport: None,
            tun_id: None,
            table: rule.header.table.get().0,
            suppress_len: None,
            suppress_group: None,
            flow: None,
            goto: None,
            protocol: None,
        };
        for attr in rule.attrs.iter().map_while(Result::ok) {
            match attr {
                FRA_PRIORITY(priority) => seen.priority = Some(priority),
                FRA_SRC(src) => seen.src = Some(src),
                FRA_DST(dst) => seen.dst = Some(dst),
                FRA_FWMARK(mark) => seen.mark = Some(mark),
                FRA_FWMASK(mask) => seen.mask = Some(mask),
                FRA_IIFNAME(name) => seen.iif = Some(name),
                FRA_OIFNAME(name) => seen.oif = Some(name),
                FRA_L3MDEV(on) => seen.l3mdev = on != 0,
                FRA_UID_RANGE(users) => seen.users = users.get(),
                FRA_IP_PROTO(proto) => seen.ipproto = Some(proto),
                FRA_SPORT_RANGE(ports) => seen.sport = ports.get(),
                FRA_DPORT_RANGE(ports) => seen.dport = ports.get(),
                FRA_TUN_ID(id) => seen.tun_id = Some(id.0),
                FRA_TABLE(table) => seen.table = table.0,
                // all ones is none
                FRA_SUPPRESS_PREFIXLEN(len) => seen.suppress_len = Some(len as i32).filter(|&len| len != -1),
                FRA_SUPPRESS_IFGROUP(group) => seen.suppress_group = Some(group).filter(|&group| group != u32::MAX),
                FRA_FLOW(flow) => seen.flow = Some(flow),
                FRA_GOTO(target) => seen.goto = Some(target),
                FRA_PROTOCOL(protocol) => seen.protocol = Some(protocol),
                _ => {}
            }
        }
        seen
    }
}

/// `ip rule show`.
pub(super) fn list(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words)?;
    ip.out.array("");
    filter.dump(ip, |ip, _, rule| {
        ip.out.object("");
        show(ip, rule);
        ip.out.end_object();
        ip.out.done();
        Ok(())
    })?;
    ip.out.end_list();
    Ok(())
}

/// Prints the rule of an event; false if it is of another family than `-family` says.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<bool, Stop> {
    let family = Some(ip.options.family).filter(|&family| family != 0);
    let Ok(rule) = message.body::<Rule<'_>>() else { return Ok(false) };
    let seen = Seen::new(&rule);
    if !(Filter { family, ..Filter::default() }).takes(&seen) {
        return Ok(false);
    }
    show(ip, &seen);
    Ok(true)
}

/// Shows one end of a rule: an address and the length of its prefix.
fn prefix(ip: &mut Ip<'_, '_>, family: Af, before: &str, [key, len_key]: [&str; 2], addr: Option<IpAddr>, len: u8) {
    let v6 = family == AF_INET6;
    match addr {
        Some(addr) => ip.out.put_color(if v6 { Color::Inet6 } else { Color::Inet }, key, before, addr, ""),
        None => ip.out.put(key, before, "0", ""),
    }
    if addr.is_none() || len != if v6 { 128 } else { 32 } {
        ip.out.put(len_key, "/", len, "");
    }
}

/// A number in hexadecimal, as C's `%#x`.
struct Hex(u32);

impl crate::output::Value for Hex {
    fn text(&self, out: &mut Vec<u8>) {
        match self.0 {
            0 => out.push(b'0'),
            number => Shown(format_args!("{number:#x}")).text(out),
        }
    }
}

/// Shows ports; the keys are those of one port, of the first and of the last.
fn ports(ip: &mut Ip<'_, '_>, before: &str, [one, first, last]: [&str; 3], ports: &FibRulePortRange) {
    if ports.start == ports.end {
        return ip.out.put(one, before, ports.start, "");
    }
    ip.out.put(first, before, ports.start, "");
    ip.out.put(last, "-", ports.end, "");
}

/// Prints one rule.
fn show(ip: &mut Ip<'_, '_>, rule: &Seen<'_>) {
    let header = &rule.header;
    ip.out.put("priority", "", rule.priority.unwrap_or(0), ":\t");
    if header.flags.contains(FIB_RULE_INVERT) {
        ip.out.null("not", "not ");
    }
    if rule.src.is_some() || header.src_len > 0 {
        prefix(ip, header.family, "from ", ["src", "srclen"], rule.src, header.src_len);
    } else {
        ip.out.put("src", "from ", "all", "");
    }
    if rule.dst.is_some() || header.dst_len > 0 {
        prefix(ip, header.family, " to ", ["dst", "dstlen"], rule.dst, header.dst_len);
    }
    if header.tos != 0 {
        ip.out.put("tos", " tos ", &ip.names.tos(header.tos), "");
    }
    if rule.mark.is_some() || rule.mask.is_some() {
        ip.out.put("fwmark", " fwmark ", Hex(rule.mark.unwrap_or(0)), "");
        if let Some(mask) = rule.mask.filter(|&mask| mask != u32::MAX) {
            ip.out.put("fwmask", "/", Hex(mask), "");
        }
    }
    for (key, before, name, detached, flag) in [
        ("iif", " iif ", rule.iif, "iif_detached", FIB_RULE_IIF_DETACHED),
        ("oif", " oif ", rule.oif, "oif_detached", FIB_RULE_OIF_DETACHED),
    ] {
        let Some(name) = name else { continue };
        ip.out.put_color(Color::Ifname, key, before, name.as_bytes(), "");
        if header.flags.contains(flag) {
            ip.out.null(detached, " [detached]");
        }
    }
    if rule.l3mdev {
        ip.out.null("l3mdev", " lookup [l3mdev-table]");
    }
    if let Some(users) = rule.users {
        ip.out.put("uid_start", " uidrange ", users.start, "");
        ip.out.put("uid_end", "-", users.end, "");
    }
    if let Some(proto) = rule.ipproto {
        ip.out.put("ipproto", " ipproto ", &ip.names.protocol(proto), "");
    }
    if let Some(range) = &rule.sport {
        ports(ip, " sport ", ["sport", "sport_start", "sport_end"], range);
    }
    if let Some(range) = &rule.dport {
        ports(ip, " dport ", ["dport", "dport_start", "dport_end"], range);
    }
    if let Some(id) = rule.tun_id {
        ip.out.put("tun_id", " tun_id ", id, "");
    }
    if rule.table != 0 {
        ip.out.put("table", " lookup ", &*ip.names.tables.show(rule.table), "");
        if let Some(len) = rule.suppress_len {
            ip.out.put("suppress_prefixlen", " suppress_prefixlength ", len, "");
        }
        if let Some(group) = rule.suppress_group {
            ip.out.put("suppress_ifgroup", " suppress_ifgroup ", &*ip.names.groups.show(group), "");
        }
    }
    if let Some(flow) = rule.flow {
        ip.out.text(" realms ");
        if flow >> 16 != 0 {
            ip.out.put("flow_from", "", &*ip.names.realms.show(flow >> 16), "/");
        }
        ip.out.put("flow_to", "", &*ip.names.realms.show(flow & 0xffff), "");
    }
    action(ip, rule);
    if let Some(protocol) = rule.protocol {
        let usual = matches!(protocol, RTPROT_UNSPEC | RTPROT_KERNEL);
        if !usual || ip.options.details {
            ip.out.put("protocol", " proto ", &*ip.names.protos.show(u32::from(protocol.0)), "");
        }
    }
    ip.out.text("\n");
}

/// Shows what a rule does besides looking in a table.
fn action(ip: &mut Ip<'_, '_>, rule: &Seen<'_>) {
    match rule.header.action {
        FR_ACT_TO_TBL => {}
        FR_ACT_GOTO => {
            match rule.goto {
                Some(target) => ip.out.put("goto", " goto ", target, ""),
                None => ip.out.put("goto", " goto ", "none", ""),
            }
            if rule.header.flags.contains(FIB_RULE_UNRESOLVED) {
                ip.out.null("unresolved", " [unresolved]");
            }
        }
        FR_ACT_NOP => ip.out.null("nop", " nop"),
        // actions have the numbers of the kinds of routes
        FrAct(action) if Rtn(action) == RTN_NAT => ip.out.null("masquerade", " masquerade"),
        FrAct(action) => match Rtn(action).word().filter(|_| !ip.options.numeric) {
            Some(word) => ip.out.put("action", " ", word, ""),
            None => ip.out.put("action", " ", &action.to_string(), ""),
        },
    }
}

/// `ip rule flush SELECTOR`: deletes the rules that are meant; those of priority 0 stay, as without a selector
/// nothing would be routed any more.
pub(super) fn flush(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words)?;
    let mut found: Vec<Vec<u8>> = Vec::new();
    filter.dump(ip, |_, message, rule| {
        let other = filter.protocol.is_some_and(|want| rule.protocol.is_some_and(|own| own.0 != want));
        if rule.priority.is_some() && !other {
            found.push(message.payload.to_vec());
        }
        Ok(())
    })?;
    for rule in &found {
        ip.socket()?.request(RTM_DELRULE, NlmF(0), &rule.as_slice()).map_err(|error| {
            let stop = Stop::from(error);
            let text = format!("{}\nDump terminated", stop.text);
            stop.with_text(text).with_status(EXIT_GRAMMAR)
        })?;
    }
    ip.out.array("");
    ip.out.end_list();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Output, Style};

    fn shown(bytes: &[u8]) -> String {
        let (mut sink, mut err) = (Vec::new(), Vec::new());
        let mut out = Output::new(&mut sink, Style::default());
        let mut ip = Ip::new(&mut out, &mut err);
        show(&mut ip, &Seen::new(&Rule::parse(bytes, 16).unwrap()));
        ip.out.finish().unwrap();
        String::from_utf8(sink).unwrap()
    }

    #[test]
    fn what_kernels_of_old_say_is_shown() {
        // before 2.6.19 a table was a byte alone, and prefixes of zeros had no address
        assert_eq!(shown(&[2, 8, 16, 0, 254, 0, 0, 1, 0, 0, 0, 0]), "0:\tfrom 0/16 to 0/8 lookup main\n");
        // ip rule add fwmark 0/0xff goto 9, of which the target went
        let attrs = [8, 0, 16, 0, 0xff, 0, 0, 0, 8, 0, 6, 0, 7, 0, 0, 0];
        let bytes = [&[2, 0, 0, 0, 0, 0, 0, 2, 6, 0, 0, 0][..], &attrs].concat();
        assert_eq!(shown(&bytes), "7:\tnot from all fwmark 0/0xff goto none [unresolved]\n");
        assert_eq!(shown(&[2, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0]), "0:\tfrom all 99\n");
    }
}
