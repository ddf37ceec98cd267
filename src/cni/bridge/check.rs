//! `CHECK` and `STATUS`.

use std::net::IpAddr;

use super::config::{Net, parse_mac};
use super::{BRIDGE, VETH};
use crate::cni::config::Config;
use crate::cni::delegate;
use crate::cni::environment::{Command, Environment};
use crate::cni::error::{CniError, INVALID_CONFIG, NOT_AVAILABLE, STATE};
use crate::cni::firewall::{self, Wanted};
use crate::cni::place::{self, Device, Place};
use crate::cni::result::{CniResult, Interface, IpConfig};
use crate::words::Prefix;

/// Says whether what `ADD` made is still there and works: what the result shows, and what it does not.
///
/// # Errors
/// [`STATE`]: the first thing that is not.
pub(super) fn check(net: &Net, env: &Environment, config: &Config) -> Result<(), CniError> {
    let missing = || CniError::new(INVALID_CONFIG, "Required prevResult missing").details("CHECK is given what ADD printed");
    let prev = config.prev_result()?.ok_or_else(missing)?;
    let ns = place::open_existing(env.netns.as_deref(), env.netns_override)?;
    if net.ipam {
        delegate::ipam(Command::Check, env, config)?;
    }
    let mut host = Place::here()?;
    let bridge = host.device(&net.bridge)?.ok_or_else(|| gone(&net.bridge))?;
    bridge_is_right(net, &bridge)?;

    let (nth, shown) = shown(env, &prev, &ns)?;
    let mut inside = Place::inside(&ns)?;
    let cont = inside.device(&env.ifname)?.ok_or_else(|| gone(&env.ifname))?;
    require(cont.kind == VETH, || format!("container interface {} is a {}, not a veth", cont.name, cont.kind))?;
    require(net.disabled || cont.is_up(), || format!("container interface {} is down", cont.name))?;
    require(shown.mac.is_empty() || shown.mac.eq_ignore_ascii_case(&cont.mac), || {
        format!("container interface {} has the address {}, and not {}", cont.name, cont.mac, shown.mac)
    })?;
    let port = host.device_at(cont.link)?.filter(|port| port.kind == VETH && port.link == cont.index);
    let port =
        port.ok_or_else(|| CniError::new(STATE, format!("the other end of {} is not in the host's namespace", cont.name)))?;
    require(port.master == bridge.index, || format!("{} is not connected to bridge {}", port.name, bridge.name))?;
    require(port.is_up(), || format!("{} is down", port.name))?;

    let of_cont = |ip: &&IpConfig| ip.interface.is_none_or(|interface| interface == nth);
    let ips: Vec<&IpConfig> = prev.ips.iter().filter(of_cont).collect();
    addresses(&mut inside, &cont, &ips.iter().map(|ip| ip.address).collect::<Vec<_>>())?;
    routes(&mut inside, &cont, &prev, &ips)?;
    if net.gateway {
        gateways(net, &mut host, bridge, &ips)?;
    }
    let wanted = Wanted {
        network: config.name(),
        bridge: &net.bridge,
        masquerade: ips.iter().filter(|_| net.masquerade).map(|ip| ip.address).collect(),
        sender: parse_mac(&cont.mac).filter(|_| net.spoof_check).map(|mac| (port.name.as_str(), mac)),
    };
    if wanted.masquerade.is_empty() && wanted.sender.is_none() { Ok(()) } else { firewall::check(&wanted) }
}

fn require(is: bool, msg: impl FnOnce() -> String) -> Result<(), CniError> {
    if is { Ok(()) } else { Err(CniError::new(STATE, msg())) }
}

fn gone(name: &str) -> CniError {
    CniError::new(STATE, format!("interface {name} not found"))
}

fn bridge_is_right(net: &Net, bridge: &Device) -> Result<(), CniError> {
    let name = &bridge.name;
    require(bridge.kind == BRIDGE, || format!("interface {name} does not have link type of bridge"))?;
    require(bridge.is_up(), || format!("bridge {name} is down"))?;
    require(!net.promiscuous || bridge.promiscuity > 0, || format!("bridge {name} is not in promiscuous mode"))?;
    require(!net.filtering || bridge.vlan_filtering, || format!("bridge {name} does not filter VLANs"))
}

/// The container's interface in the result, and its place there.
fn shown<'p>(env: &Environment, prev: &'p CniResult, ns: &crate::NetNs) -> Result<(usize, &'p Interface), CniError> {
    let netns = env.netns.as_deref().unwrap_or_default();
    let mut named =
        prev.interfaces.iter().enumerate().filter(|(_, interface)| interface.name == env.ifname && !interface.sandbox.is_empty());
    // one namespace can have several paths
    let here = |interface: &Interface| {
        interface.sandbox == netns || crate::NetNs::from_path(&interface.sandbox).is_ok_and(|other| other == *ns)
    };
    let first = named.clone().next();
    named.find(|(_, interface)| here(interface)).ok_or_else(|| {
        let sandbox = first.map_or("nothing", |(_, interface)| interface.sandbox.as_str());
        CniError::new(STATE, format!("Sandbox in prevResult {sandbox} doesn't match configured netns: {netns}"))
    })
}

fn addresses(place: &mut Place, device: &Device, wanted: &[Prefix]) -> Result<(), CniError> {
    let has = place.addresses(device.index)?;
    for net in wanted {
        let is = |addr: &place::Address| (addr.prefix.addr, addr.prefix.len) == (net.addr, net.len);
        require(has.iter().any(is), || format!("{} does not have the address {}/{}", device.name, net.addr, net.len))?;
    }
    Ok(())
}

fn routes(inside: &mut Place, cont: &Device, prev: &CniResult, ips: &[&IpConfig]) -> Result<(), CniError> {
    if prev.routes.is_empty() {
        return Ok(());
    }
    let has = inside.routes()?;
    for route in &prev.routes {
        let gateway = route.gw.or_else(|| {
            let same = |gateway: &IpAddr| gateway.is_ipv4() == route.dst.addr.is_ipv4();
            ips.iter().filter_map(|ip| ip.gateway).find(same)
        });
        let dst = place::masked(route.dst);
        let is = |known: &place::KnownRoute| {
            let place = (known.dst.addr, known.dst.len, known.table) == (dst, route.dst.len, route.table.unwrap_or(place::MAIN));
            // another plugin of the chain can have moved it to an interface of its own
            place && (known.gateway == gateway || known.oif != cont.index)
        };
        require(has.iter().any(is), || {
            let via = gateway.map_or(String::new(), |gateway| format!(" via {gateway}"));
            format!("the container has no route to {}/{}{via}", route.dst.addr, route.dst.len)
        })?;
    }
    Ok(())
}

/// The gateways' addresses are on the bridge, and the host forwards.
fn gateways(net: &Net, host: &mut Place, bridge: Device, ips: &[&IpConfig]) -> Result<(), CniError> {
    let holder = match net.vlan {
        0 => bridge,
        _ => host.device(&net.vlan_device())?.ok_or_else(|| gone(&net.vlan_device()))?,
    };
    require(holder.is_up(), || format!("{} is down", holder.name))?;
    let wanted = ips.iter().filter_map(|ip| ip.gateway.map(|addr| Prefix { addr, ..ip.address }));
    let wanted: Vec<Prefix> = wanted.collect();
    addresses(host, &holder, &wanted)?;
    for (of_v4, setting) in [(true, "ipv4/ip_forward"), (false, "ipv6/conf/all/forwarding")] {
        if wanted.iter().any(|net| net.addr.is_ipv4() == of_v4) {
            let is = place::setting(setting);
            require(is.as_deref() == Some("1"), || format!("net/{setting} is {}, and not 1", is.unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// Says whether an `ADD` would work.
///
/// # Errors
/// [`NOT_AVAILABLE`], or what the IPAM plugin says.
pub(super) fn status(net: &Net, env: &Environment, config: &Config) -> Result<(), CniError> {
    let not_available = |error: CniError| error.code(NOT_AVAILABLE);
    delegate::check(env, config).map_err(not_available)?;
    if net.masquerade || net.spoof_check {
        firewall::available().map_err(not_available)?;
    }
    if net.ipam {
        delegate::ipam(Command::Status, env, config)?;
    }
    Ok(())
}
