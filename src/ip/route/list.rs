//! `ip route show`: which routes it means, and how it goes through many of them.

use std::cell::RefCell;
use std::net::IpAddr;
use std::ops::Range;

use nix::errno::Errno;
use nlmsg::Record;
use nlmsg::route::{Rta::*, *};

use super::show::{Seen, show};
use super::{HELP, named_family, realms, vrf_table};
use crate::ip::names::Table;
use crate::ip::{Ip, Request, names};
use crate::output::{Output, Piece};
use crate::words::{EXIT_KERNEL, Prefix, Stop, Words, abbreviates, is_any, unspecified};

/// Which routes are meant.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) family: u8,
    /// `None` is all tables.
    pub(super) table: Option<u32>,
    pub(super) proto: Option<u8>,
    pub(super) scope: Option<u8>,
    pub(super) kind: Option<Rtn>,
    /// A VRF's table holds routes to itself too, which are not meant.
    pub(super) vrf: bool,
    pub(super) oif: Option<u32>,
    pub(super) iif: Option<u32>,
    pub(super) tos: Option<u8>,
    pub(super) mark: Option<u32>,
    /// Realms, and which bits of them matter: without a slash those of the destination.
    pub(super) realms: Option<(u32, u32)>,
    pub(super) via: Option<Prefix>,
    pub(super) src: Option<Prefix>,
    pub(super) metric: Option<u32>,
    pub(super) to: Within,
    pub(super) from: Within,
    pub(super) cloned: bool,
}

/// How a prefix of a route stands to one that was asked for.
#[derive(Debug, Default)]
pub(super) struct Within {
    /// It is this one or inside of it.
    pub(super) root: Option<Prefix>,
    /// It covers this one.
    pub(super) matching: Option<Prefix>,
}

impl Within {
    /// Takes `[root | match | exact] PREFIX`: one bound or both.
    fn take(&mut self, words: &mut Words<'_>, family: u8) -> Result<Prefix, Stop> {
        let word = words.need()?;
        let (root, matching) = (abbreviates(word, "root"), abbreviates(word, "match"));
        if !(root || matching || abbreviates(word, "exact")) {
            words.back();
        }
        let prefix = words.prefix(family)?;
        // `any` is any length too, but of a family it is that family's shortest, as `default` always is
        let bound = Some(prefix).filter(|_| family != 0 || words.last() == "default" || !is_any(words.last()));
        if !matching {
            self.root = bound;
        }
        if !root {
            self.matching = bound;
        }
        Ok(prefix)
    }

    fn takes(&self, addr: IpAddr, len: u8) -> bool {
        self.root.is_none_or(|root| len >= root.len && begins(root, addr))
            && self.matching.is_none_or(|to| len <= to.len && begins(Prefix { len, ..to }, addr))
    }
}

/// Takes `PREFIX`; `None` is what bounds nothing.
fn bound(words: &mut Words<'_>, family: u8) -> Result<Option<Prefix>, Stop> {
    let prefix = words.prefix(family)?;
    Ok(Some(prefix).filter(|_| family != 0 || !is_any(words.last())))
}

/// Whether an address begins with a prefix of its family.
fn begins(prefix: Prefix, addr: IpAddr) -> bool {
    prefix.addr.is_ipv4() == addr.is_ipv4() && prefix.holds(&addr)
}

impl Filter {
    /// All routes of all tables.
    pub(super) fn any() -> Filter {
        Filter::default()
    }

    pub(super) fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Filter, Stop> {
        let mut filter = Filter { family: ip.options.family, table: Some(RT_TABLE_MAIN.0), ..Filter::default() };
        while let Some(word) = words.next() {
            let is = |full: &str| abbreviates(word, full);
            if is("table") {
                filter.table = match words.need()? {
                    "all" => None,
                    "cache" => {
                        filter.cloned = true;
                        None
                    }
                    word => match ip.names.tables.value(word) {
                        // the unnamed table is all tables
                        Some(0) => None,
                        Some(table) => Some(table),
                        None => return Err(words.wrong("table id value is invalid\n")),
                    },
                };
            } else if is("vrf") {
                let name = words.need()?;
                filter.table = Some(vrf_table(ip, name)?.ok_or_else(|| words.wrong("Invalid VRF\n"))?);
                filter.vrf = true;
            } else if is("cached") || is("cloned") {
                filter.cloned = true;
            } else if word == "tos" || is("dsfield") {
                let tos = words.need()?;
                filter.tos = Some(ip.names.tos_value(tos).ok_or_else(|| words.wrong("TOS value is invalid\n"))?);
            } else if is("protocol") {
                filter.proto = one_or_all(words, &ip.names.protos, "invalid \"protocol\"\n")?;
            } else if is("scope") {
                filter.scope = one_or_all(words, &ip.names.scopes, "invalid \"scope\"\n")?;
            } else if is("type") {
                let word = words.need()?;
                let kind = names::route_type(word);
                filter.kind = Some(kind.ok_or_else(|| words.wrong("node type value is invalid\n"))?);
            } else if word == "dev" || word == "oif" {
                let dev = words.need()?;
                filter.oif = Some(ip.device(dev)?);
            } else if word == "iif" {
                let dev = words.need()?;
                filter.iif = Some(ip.device(dev)?);
            } else if word == "mark" {
                filter.mark = Some(words.number("invalid mark value")?);
            } else if word == "via" {
                let family = named_family(words).unwrap_or(ip.options.family);
                filter.via = bound(words, family)?;
            } else if word == "src" {
                filter.src = bound(words, ip.options.family)?;
            } else if is("realms") {
                let word = words.need()?;
                let value = realms(ip, word).ok_or_else(|| words.wrong("invalid realms\n"))?;
                let only_from = value & 0xffff == 0 && word.ends_with('/');
                let only_to = value >> 16 == 0 && (!word.contains('/') || word.starts_with('/'));
                let mask = if only_from { 0xffff_0000 } else { u32::MAX } & if only_to { 0xffff } else { u32::MAX };
                filter.realms = Some((value, mask));
            } else if is("from") {
                filter.from.take(words, ip.options.family)?;
            } else if is("metric") || is("priority") || word == "preference" {
                filter.metric = Some(words.number("\"metric\" value is invalid\n")?);
            } else {
                if is("help") {
                    return Err(Stop::help(HELP));
                }
                if word != "to" {
                    words.back();
                }
                filter.to.take(words, filter.family)?;
            }
        }
        Ok(filter)
    }

    pub(super) fn takes(&self, route: &Seen<'_>) -> bool {
        let header = &route.header;
        // an address that is not there is all zeros
        let zeros = unspecified(header.rtm_family.0);
        [0, header.rtm_family.0].contains(&self.family)
            && self.table.is_none_or(|table| table == route.table)
            && self.cloned == header.rtm_flags.contains(RTM_F_CLONED)
            && self.proto.is_none_or(|proto| proto == header.rtm_protocol.0)
            && self.scope.is_none_or(|scope| scope == header.rtm_scope.0)
            && self.kind.is_none_or(|kind| kind == header.rtm_type)
            && self.oif.is_none_or(|oif| route.oif == Some(oif))
            && !(self.vrf && matches!(header.rtm_type, RTN_LOCAL | RTN_BROADCAST))
            && self.iif.is_none_or(|iif| route.iif == Some(iif))
            && self.tos.is_none_or(|tos| header.rtm_tos == tos)
            && self.mark.is_none_or(|mark| route.mark == Some(mark))
            && self.realms.is_none_or(|(realms, mask)| (route.flow.unwrap_or(0) ^ realms) & mask == 0)
            && self.via.is_none_or(|via| begins(via, route.gateway.unwrap_or(zeros)))
            && self.src.is_none_or(|src| begins(src, route.prefsrc.unwrap_or(zeros)))
            && self.metric.is_none_or(|metric| route.metric.unwrap_or(0) == metric)
            && self.to.takes(route.dst.unwrap_or(zeros), header.rtm_dst_len)
            && self.from.takes(route.src.unwrap_or(zeros), header.rtm_src_len)
    }
}

impl Filter {
    /// Gives every route that is meant to `each`.
    pub(super) fn dump(
        &self,
        ip: &mut Ip<'_, '_>,
        mut each: impl FnMut(&mut Ip<'_, '_>, &[u8], &Seen<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.dump_unless(ip, |_, _| false, |ip, payload, seen| each(ip, payload, seen))
    }

    /// As [`dump`](Self::dump), but what `done` has dealt with is not looked at.
    fn dump_unless(
        &self,
        ip: &mut Ip<'_, '_>,
        mut done: impl FnMut(&mut Output<'_>, &[u8]) -> bool,
        mut each: impl FnMut(&mut Ip<'_, '_>, &[u8], &Seen<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let family = match self.family {
            0 if self.table.is_some() => libc::AF_INET as u8,
            family => family,
        };
        let header = RtMsg {
            rtm_family: Af(family),
            rtm_protocol: RtProt(self.proto.unwrap_or(0)),
            rtm_type: self.kind.unwrap_or(Rtn(0)),
            rtm_flags: if self.cloned { RTM_F_CLONED } else { RtmF(0) },
            ..RtMsg::default()
        };
        let mut request = Request::new(&header);
        if let Some(table) = self.table {
            request.put(RTA_TABLE(RtTable(table)))?;
        }
        if let Some(oif) = self.oif {
            request.put(RTA_OIF(oif))?;
        }
        let done = ip.dump(RTM_GETROUTE, &request.body(), |ip, message| {
            if done(ip.out, message.payload) {
                return Ok(());
            }
            let Ok(route) = message.body::<Route<'_>>() else { return Ok(()) };
            let seen = Seen::new(&route);
            if self.takes(&seen) { each(ip, message.payload, &seen) } else { Ok(()) }
        });
        match done {
            // the main table is made with its first route
            Err(stop) if stop.errno == Some(Errno::ENOENT) && self.table == Some(RT_TABLE_MAIN.0) => Ok(()),
            Err(stop) if stop.errno.is_some() => Err(stop.with_status(EXIT_KERNEL)),
            done => done,
        }
    }
}

/// Takes the name or number of one of them; `all` is none in particular.
fn one_or_all(words: &mut Words<'_>, names: &Table, why: &str) -> Result<Option<u8>, Stop> {
    let word = words.need()?;
    match names.value(word).and_then(|value| u8::try_from(value).ok()) {
        None if word != "all" => Err(words.wrong(why)),
        value => Ok(value),
    }
}

/// `ip route show`.
pub(super) fn list(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(ip, words)?;
    ip.out.array("");
    // a filter by destination says something else of each
    let alike = filter.to.root.is_none() && filter.to.matching.is_none();
    let shown = RefCell::new(Models::default());
    filter.dump_unless(
        ip,
        |out, payload| shown.borrow_mut().show(out, payload),
        |ip, payload, seen| {
            let (start, comma) = ip.out.mark();
            ip.out.object("");
            show(ip, seen, &filter)?;
            ip.out.end_object();
            // the first object of an array has no comma before it
            if alike && (comma || !ip.out.is_json()) {
                shown.borrow_mut().learn(ip.out, start, payload, seen);
            }
            ip.out.done();
            Ok(())
        },
    )?;
    ip.out.end_list();
    Ok(())
}

/// Routes that others are like. There are few kinds of them in a table: with a metric and without, of two devices.
#[derive(Default)]
struct Models {
    all: [Alike; 4],
    /// The one that the last route was like.
    last: usize,
}

impl Models {
    /// Shows a payload that is like one of them.
    #[inline]
    fn show(&mut self, out: &mut Output<'_>, payload: &[u8]) -> bool {
        if self.all[self.last].show(out, payload) {
            return true;
        }
        let found = (0..self.all.len()).find(|&i| i != self.last && self.all[i].show(out, payload));
        self.last = found.unwrap_or(self.last);
        found.is_some()
    }

    /// Keeps what was shown since `start`, in the place of another.
    fn learn(&mut self, out: &Output<'_>, start: usize, payload: &[u8], seen: &Seen<'_>) {
        self.last = (self.last + 1) % self.all.len();
        self.all[self.last].learn(out, start, payload, seen);
    }
}

/// A route that was shown. Most of a large table differ only in their destination: then what stands around it is
/// copied, and nothing is decoded.
#[derive(Default)]
struct Alike {
    payload: Vec<u8>,
    /// Where in the payload the destination is.
    dst: Range<usize>,
    before: Piece,
    after: Piece,
}

impl Alike {
    /// Where in `struct rtmsg` the length of the destination's prefix is.
    const LEN: usize = 1;

    /// Keeps what was shown since `start`.
    fn learn(&mut self, out: &Output<'_>, start: usize, payload: &[u8], seen: &Seen<'_>) {
        self.dst = 0..0;
        let (from, to) = seen.place.get();
        let mut at = RtMsg::SIZE;
        let Ok(route) = Route::parse(payload, 0) else { return };
        for raw in route.attrs.raw() {
            let value = at + 4..at + 4 + raw.value().len();
            if raw.number() == libc::RTA_DST && seen.dst.is_some() {
                self.payload.clear();
                self.payload.extend_from_slice(payload);
                self.before.set(&out.since(start)[..from - start]);
                self.after.set(out.since(to));
                self.dst = value;
                return;
            }
            at += nlmsg::frame::align(4 + raw.value().len());
        }
    }

    /// Shows a route that differs only in its destination; false if it is another one.
    fn show(&self, out: &mut Output<'_>, payload: &[u8]) -> bool {
        let (own, Range { start, end }) = (&self.payload[..], self.dst.clone());
        let same = end > 0
            && own.len() == payload.len()
            && [own[0], own[2], own[3]] == [payload[0], payload[2], payload[3]]
            && alike(&own[4..start], &payload[4..start])
            && alike(&own[end..], &payload[end..]);
        if !same {
            return false;
        }
        let (dst, len) = (&payload[start..end], payload[Self::LEN]);
        let (dst, host): (IpAddr, u8) = match (<[u8; 4]>::try_from(dst), <[u8; 16]>::try_from(dst)) {
            (Ok(octets), _) => (octets.into(), 32),
            (_, Ok(octets)) => (octets.into(), 128),
            _ => return false,
        };
        if len == host {
            out.again(&self.before, dst, &self.after);
        } else {
            out.again(&self.before, Net(dst, len), &self.after);
        }
        out.done();
        true
    }
}

/// Whether attributes are the same, word by word: for so few the call of `memcmp` would cost more.
#[inline]
fn alike(own: &[u8], other: &[u8]) -> bool {
    let ((own, end), (other, others)) = (own.as_chunks::<4>(), other.as_chunks::<4>());
    own.iter().zip(other).all(|(own, other)| own == other) && end.iter().eq(others)
}

/// An address and the length of its prefix.
pub(super) struct Net(pub(super) IpAddr, pub(super) u8);

impl crate::output::Value for Net {
    fn text(&self, out: &mut Vec<u8>) {
        self.0.text(out);
        out.push(b'/');
        self.1.text(out);
    }
    fn json(&self, out: &mut Vec<u8>) {
        crate::output::quoted(self, out);
    }
}
