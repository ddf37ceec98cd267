//! What `brctl show`, `showmacs` and `showstp` print.

use std::fmt;

use std::path::Path;

use nlmsg::route::link::kind::bridge::BrState;
use nlmsg::route::{AF_BRIDGE, NUD_NOARP, NUD_PERMANENT, NUD_STALE, NdMsg, Nda::*, Neigh, RTM_GETNEIGH};

use super::bridge;
use super::device::{Bridge, Device, Id, Port, all};
use crate::clock::Hundredths;
use crate::ip::{Ip, Request};
use crate::sort::sort_by;
use crate::words::Stop;

/// A bridge's identity: `8000.aabbccddeeff`.
struct Shown(Id);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, byte)| write!(f, "{}{byte:02x}", if i == 2 { "." } else { "" }))
    }
}

/// The bridge of this name among all devices; the original's answer if there is none.
fn find<'d>(devices: &'d [Device], name: &str) -> Result<(&'d Device, &'d Bridge), Stop> {
    let device = devices.iter().find(|device| device.name == name);
    let device = device.ok_or_else(|| Stop::failure(format!("bridge {name} does not exist!")))?;
    let bridge = device.bridge.as_ref();
    Ok((device, bridge.ok_or_else(|| Stop::failure(format!("device {name} is not a bridge!")))?))
}

/// The ports of a bridge.
fn ports<'d>(devices: &'d [Device], bridge: &Device) -> impl Iterator<Item = (&'d Device, &'d Port)> + use<'d> {
    let of = bridge.index;
    devices.iter().filter(move |device| device.master == Some(of)).filter_map(|device| Some((device, device.port.as_ref()?)))
}

/// `brctl show`: all bridges, or those that are named.
pub(super) fn show(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let devices = all(ip)?;
    let mut names: Vec<&str> = words.to_vec();
    if names.is_empty() {
        names.extend(devices.iter().filter(|device| device.bridge.is_some()).map(|device| device.name.as_str()));
    }
    let mut heading = "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n";
    let mut failed = false;
    for name in names {
        let (device, bridge) = match find(&devices, name) {
            Ok(found) => found,
            Err(stop) => {
                ip.say(&stop);
                failed = true;
                continue;
            }
        };
        ip.out.text(std::mem::take(&mut heading));
        let stp = if bridge.stp { "yes" } else { "no" };
        ip.out.text(&format!("{name}\t\t{}\t{stp}\t\t", Shown(bridge.id)));
        let mut ports: Vec<_> = ports(&devices, device).collect();
        // brctl reads names from /sys, or, where another namespace's is mounted, numbers from the kernel
        if !Path::new("/sys/class/net").join(name).join("brif").exists() {
            sort_by(&mut ports, |(_, a), (_, b)| a.no.cmp(&b.no));
        }
        for (nth, (port, _)) in ports.into_iter().enumerate() {
            ip.out.text(if nth == 0 { "" } else { "\n\t\t\t\t\t\t\t" });
            ip.out.text(&port.name);
        }
        ip.out.text("\n");
    }
    if failed { Err(Stop::failure("")) } else { Ok(()) }
}

/// `brctl showmacs`: the addresses that a bridge knows, by address.
pub(super) fn showmacs(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let device = bridge(ip, words[0]).map_err(super::line("read of forward table"))?;
    let devices = all(ip)?;
    let number =
        |index: u32| devices.iter().find(|device| device.index == index).and_then(|device| device.port).map(|port| port.no);
    let mut entries = Vec::new();
    let mut request = Request::new(&NdMsg { ndm_family: AF_BRIDGE, ..NdMsg::default() });
    request.put(NDA_MASTER(device.index))?;
    ip.dump(RTM_GETNEIGH, &request.body(), |_, message| {
        let Ok(entry) = message.body::<Neigh<'_>>() else { return Ok(()) };
        let (mut addr, mut master, mut updated) = (None, None, 0);
        for attr in entry.attrs.iter().map_while(Result::ok) {
            match attr {
                NDA_LLADDR(own) => addr = <[u8; 6]>::try_from(own.0).ok(),
                NDA_MASTER(index) => master = Some(index),
                NDA_CACHEINFO(times) => updated = times.ndm_updated().unwrap_or(0),
                _ => {}
            }
        }
        let state = entry.header.ndm_state;
        // the bridge's own entries and those that are too old are not shown
        let port = number(entry.header.ndm_ifindex as u32).filter(|_| master == Some(device.index) && !state.contains(NUD_STALE));
        if let (Some(addr), Some(port)) = (addr, port) {
            let local = state.contains(NUD_PERMANENT);
            // what does not age has no age
            let age = if local || state.contains(NUD_NOARP) { 0 } else { updated };
            entries.push((addr, port, local, age));
        }
        Ok(())
    })?;
    sort_by(&mut entries, |a, b| a.0.cmp(&b.0));
    ip.out.text("port no\tmac addr\t\tis local?\tageing timer\n");
    for (addr, port, local, age) in entries {
        let local = if local { "yes" } else { "no" };
        ip.out.text(&format!("{port:3}\t{}\t{local}\t\t{}\n", nlmsg::payload::Hw(&addr), Hundredths(age.into())));
    }
    Ok(())
}

/// Prints two times side by side.
fn two(ip: &mut Ip<'_, '_>, left: &str, value: u64, right: &str, other: u64) {
    ip.out.text(&format!(" {left}{}\t\t\t{right}{}\n", Hundredths(value), Hundredths(other)));
}

/// `brctl showstp`: the spanning tree of a bridge.
pub(super) fn showstp(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let devices = all(ip)?;
    let (device, bridge) = find(&devices, words[0])?;
    let set = |on: bool, word: &'static str| if on { word } else { "" };
    let text = format!(
        "{}\n bridge id\t\t{}\n designated root\t{}\n root port\t\t{:4}\t\t\tpath cost\t\t{:4}\n",
        device.name,
        Shown(bridge.id),
        Shown(bridge.root),
        bridge.root_port,
        bridge.root_path_cost
    );
    ip.out.text(&text);
    two(ip, "max age\t\t", bridge.max_age, "bridge max age\t\t", bridge.max_age);
    two(ip, "hello time\t\t", bridge.hello_time, "bridge hello time\t", bridge.hello_time);
    two(ip, "forward delay\t\t", bridge.forward_delay, "bridge forward delay\t", bridge.forward_delay);
    ip.out.text(&format!(" ageing time\t\t{}\n", Hundredths(bridge.ageing_time)));
    two(ip, "hello timer\t\t", bridge.hello_timer, "tcn timer\t\t", bridge.tcn_timer);
    two(ip, "topology change timer\t", bridge.topology_change_timer, "gc timer\t\t", bridge.gc_timer);
    let changes = set(bridge.topology_change, "TOPOLOGY_CHANGE ");
    let detected = set(bridge.topology_change_detected, "TOPOLOGY_CHANGE_DETECTED ");
    ip.out.text(&format!(" flags\t\t\t{changes}{detected}\n\n\n"));
    for (device, port) in ports(&devices, device) {
        let state = BrState(port.state).word().unwrap_or("<INVALID STATE>");
        let (pending, ack) = (set(port.config_pending, "CONFIG_PENDING "), set(port.topology_change_ack, "TOPOLOGY_CHANGE_ACK "));
        let hairpin = set(port.hairpin, "\n hairpin mode\t\t   1");
        let text = format!(
            "{} ({})\n port id\t\t{:04x}\t\t\tstate\t\t{state:>15}\n designated root\t{}\tpath cost\t\t{:4}\n \
             designated bridge\t{}\tmessage age timer\t{}\n designated port\t{:04x}\t\t\tforward delay timer\t{}\n \
             designated cost\t{:4}\t\t\thold timer\t\t{}\n flags\t\t\t{pending}{ack}{hairpin}\n\n",
            device.name,
            port.no,
            port.id,
            Shown(port.root),
            port.cost,
            Shown(port.bridge),
            Hundredths(port.message_age_timer),
            port.designated_port,
            Hundredths(port.forward_delay_timer),
            port.designated_cost,
            Hundredths(port.hold_timer)
        );
        ip.out.text(&text);
    }
    Ok(())
}
