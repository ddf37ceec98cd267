//! How fast the codec is, beside its peers, on dumps of the kernel that runs here.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin codec`. See `benches/README.md`.

#[macro_use]
mod sum;
mod bindings;
mod dumps;
mod measure;
mod mnl;
mod neli;
mod ours;
mod packet;
mod requests;
mod walk;

use std::error::Error;
use std::hint::black_box;
use std::io::Cursor;
use std::process::ExitCode;

use bytes::BytesMut;
use netlink_packet_core::NetlinkMessage;
use netlink_packet_route::RouteNetlinkMessage;

use crate::dumps::{Dump, Dumps};
use crate::measure::{Took, compare};
use crate::requests::{ROUTE, VETH, route_by_hand, veth_by_hand};
use crate::sum::Sum;

const OURS: &str = "nlmsg";
const WALK: &str = "bare walk";
const PACKET: &str = "netlink-packet-*";
const BY_HAND: &str = "by hand";

/// How often each contender has its turn, and for how long.
const ROUNDS: u32 = 15;
const MILLIS: u64 = 20;

/// A decoder, and whether its sum must be ours.
struct Decoder {
    name: &'static str,
    run: fn(&[u8]) -> Sum,
    same: bool,
}

const fn same(name: &'static str, run: fn(&[u8]) -> Sum) -> Decoder {
    Decoder { name, run, same: true }
}

const fn other(name: &'static str, run: fn(&[u8]) -> Sum) -> Decoder {
    Decoder { name, run, same: false }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Dumps { links, addrs, routes, rules } = dumps::take()?;
    let mut marks = Vec::new();
    decode(
        "RTM_GETLINK, bridge ports",
        &links,
        dumps::PORTS,
        &[
            other(WALK, walk::links),
            same(OURS, ours::links),
            same("libmnl", mnl::links),
            same("netlink-bindings", bindings::links),
            same("neli", neli::links),
            other(PACKET, packet::links),
        ],
        &mut marks,
    )?;
    decode(
        "RTM_GETADDR, IPv4 and IPv6",
        &addrs,
        dumps::ADDRS,
        &[
            other(WALK, walk::addrs),
            same(OURS, ours::addrs),
            same("libmnl", mnl::addrs),
            same("netlink-bindings", bindings::addrs),
            same("neli", neli::addrs),
            same(PACKET, packet::addrs),
        ],
        &mut marks,
    )?;
    decode(
        "RTM_GETROUTE",
        &routes,
        dumps::ROUTES,
        &[
            other(WALK, walk::routes),
            same(OURS, ours::routes),
            same("libmnl", mnl::routes),
            same("netlink-bindings", bindings::routes),
            same("neli", neli::routes),
            same(PACKET, packet::routes),
        ],
        &mut marks,
    )?;
    decode(
        "NFT_MSG_GETRULE",
        &rules,
        dumps::RULES,
        &[
            other(WALK, walk::rules),
            same(OURS, ours::rules),
            same("libmnl", mnl::rules),
            same("netlink-bindings", bindings::rules),
            other(PACKET, packet::rules),
        ],
        &mut marks,
    )?;
    let route = Encoders {
        request: &ROUTE,
        by_hand: route_by_hand,
        ours: ours::encode_route,
        mnl: mnl::encode_route,
        bindings: bindings::encode_route,
        neli: neli::encode_route,
        packet: packet::route,
        same: true,
    };
    encode("RTM_NEWROUTE", &route, &mut marks)?;
    let veth = Encoders {
        request: &VETH,
        by_hand: veth_by_hand,
        ours: ours::encode_veth,
        mnl: mnl::encode_veth,
        bindings: bindings::encode_veth,
        neli: neli::encode_veth,
        packet: packet::veth,
        same: false,
    };
    encode("RTM_NEWLINK, a veth pair", &veth, &mut marks)?;
    println!();
    for mark in &marks {
        println!("{} {}", if mark.held { "held    " } else { "NOT HELD" }, mark.text);
    }
    Ok(if marks.iter().all(|mark| mark.held) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A promise, and whether it is kept.
struct Mark {
    text: String,
    held: bool,
}

fn decode(what: &str, dump: &Dump, least: u32, decoders: &[Decoder], marks: &mut Vec<Mark>) -> Result<(), Box<dyn Error>> {
    if dump.messages < least {
        return Err(format!("{what}: {} messages instead of {least}", dump.messages).into());
    }
    let ours = decoders.iter().find(|decoder| decoder.name == OURS).map(|decoder| (decoder.run)(&dump.bytes));
    for decoder in decoders {
        let sum = (decoder.run)(&dump.bytes);
        if sum.missed > 0 || decoder.same && Some(sum) != ours {
            return Err(format!("{what}: {} sees {sum:?}, {OURS} {ours:?}", decoder.name).into());
        }
    }
    let mut work: Vec<_> = decoders
        .iter()
        .map(|decoder| {
            || {
                black_box((decoder.run)(black_box(&dump.bytes)));
            }
        })
        .collect();
    let mut work: Vec<&mut dyn FnMut()> = work.iter_mut().map(|work| work as _).collect();
    let took = compare(&mut work, dump.messages, ROUNDS, MILLIS);
    let title = format!("decode {what}: {} messages, {} bytes each", dump.messages, dump.bytes.len() / dump.messages as usize);
    let names: Vec<_> = decoders.iter().map(|decoder| decoder.name).collect();
    let table = Table::print(&title, WALK, &names, &took);
    marks.push(table.at_most(what, 3.0, WALK));
    marks.push(table.times_faster(what, 10.0, PACKET));
    marks.push(Mark { text: format!("{what}: no allocation"), held: table.of(OURS).allocations == 0.0 });
    Ok(())
}

/// What a call that can fail in a peer's own way returns.
type Written = Result<(), Box<dyn Error>>;

/// Writes one request each; those that take room clear it first.
struct Encoders<R: 'static> {
    request: &'static R,
    by_hand: fn(&mut Vec<u8>, &R),
    ours: fn(&mut BytesMut, &R) -> Result<(), nlmsg::Error>,
    mnl: fn(&mut mnl::Buffer, &R) -> usize,
    bindings: fn(&mut Vec<u8>, &R),
    neli: fn(&mut Cursor<Vec<u8>>, &R) -> Written,
    packet: fn(&R) -> NetlinkMessage<RouteNetlinkMessage>,
    /// Whether all must write the same bytes; else they may differ in a NUL and in `NLA_F_NESTED`.
    same: bool,
}

fn encode<R>(what: &str, encoders: &Encoders<R>, marks: &mut Vec<Mark>) -> Result<(), Box<dyn Error>> {
    let request = encoders.request;
    let mut by_hand = Vec::with_capacity(512);
    let mut ours = BytesMut::with_capacity(512);
    let mut mnl = mnl::Buffer([0; 512]);
    let mut bindings = Vec::with_capacity(512);
    let mut neli = Cursor::new(Vec::with_capacity(512));
    let (mut packet, mut ready) = ([0; 512], [0; 512]);
    let mut made = (encoders.packet)(request);

    (encoders.by_hand)(&mut by_hand, request);
    (encoders.ours)(&mut ours, request)?;
    let mnl_len = (encoders.mnl)(&mut mnl, request);
    (encoders.bindings)(&mut bindings, request);
    (encoders.neli)(&mut neli, request)?;
    let packet_len = packet::emit(&mut packet, &mut made);
    for (name, bytes) in [
        (BY_HAND, &by_hand[..]),
        ("libmnl", &mnl.0[..mnl_len]),
        ("netlink-bindings", &bindings),
        ("neli", neli.get_ref()),
        (PACKET, &packet[..packet_len]),
    ] {
        let fits = if encoders.same { bytes == &ours[..] } else { bytes.len().abs_diff(ours.len()) <= 4 };
        if !fits {
            return Err(format!("{what}: {name} writes {bytes:02x?}, {OURS} {:02x?}", &ours[..]).into());
        }
    }
    let took = compare(
        &mut [
            &mut || {
                by_hand.clear();
                (encoders.by_hand)(&mut by_hand, black_box(request));
                black_box(&by_hand);
            },
            &mut || {
                ours.clear();
                let _ = black_box((encoders.ours)(&mut ours, black_box(request)));
                black_box(&ours);
            },
            &mut || {
                (encoders.mnl)(&mut mnl, black_box(request));
                black_box(&mnl);
            },
            &mut || {
                bindings.clear();
                (encoders.bindings)(&mut bindings, black_box(request));
                black_box(&bindings);
            },
            &mut || {
                neli.get_mut().clear();
                neli.set_position(0);
                let _ = black_box((encoders.neli)(&mut neli, black_box(request)));
                black_box(&neli);
            },
            &mut || {
                packet::emit(&mut packet, &mut (encoders.packet)(black_box(request)));
                black_box(&packet);
            },
            &mut || {
                packet::emit(&mut ready, black_box(&mut made));
                black_box(&ready);
            },
        ],
        1,
        ROUNDS,
        MILLIS,
    );
    let names = [BY_HAND, OURS, "libmnl", "netlink-bindings", "neli", PACKET, "  of that, writing"];
    let title = format!("encode {what}: {} bytes", ours.len());
    let table = Table::print(&title, BY_HAND, &names, &took);
    marks.push(table.times_faster(what, 10.0, PACKET));
    marks.push(Mark { text: format!("{what}: no allocation"), held: table.of(OURS).allocations == 0.0 });
    Ok(())
}

/// What was measured, by name.
struct Table<'a> {
    names: &'a [&'a str],
    took: &'a [Took],
}

impl<'a> Table<'a> {
    fn print(title: &str, floor: &str, names: &'a [&'a str], took: &'a [Took]) -> Table<'a> {
        let table = Table { names, took };
        println!("\n{title}");
        println!("  {:<20}{:>10}{:>10}{:>14}{:>10}{:>14}", "", "ns", "median", format!("x {floor}"), "x nlmsg", "allocations");
        for (name, took) in names.iter().zip(took) {
            println!(
                "  {name:<20}{:>10.1}{:>10.1}{:>14.1}{:>10.2}{:>14.1}",
                took.best(),
                took.median(),
                took.best() / table.of(floor).best(),
                took.best() / table.of(OURS).best(),
                took.allocations
            );
        }
        table
    }

    fn of(&self, name: &str) -> &'a Took {
        let at = self.names.iter().position(|known| *known == name);
        &self.took[at.unwrap_or_else(|| panic!("no contender {name}"))]
    }

    fn at_most(&self, what: &str, times: f64, floor: &str) -> Mark {
        let ratio = self.of(OURS).best() / self.of(floor).best();
        Mark { text: format!("{what}: {ratio:.2} times the {floor}, at most {times}"), held: ratio <= times }
    }

    fn times_faster(&self, what: &str, times: f64, than: &str) -> Mark {
        let ratio = self.of(than).best() / self.of(OURS).best();
        Mark { text: format!("{what}: {ratio:.1} times faster than {than}, at least {times}"), held: ratio >= times }
    }
}
