//! `DEL` and `GC`.

use std::collections::BTreeSet;

use nix::errno::Errno;
use nlmsg::frame::NlmF;
use nlmsg::payload::Nest;
use nlmsg::route::{Iff, Link, RTM_DELLINK};

use super::config::Net;
use super::{VETH, name};
use crate::NetNs;
use crate::cni::config::Config;
use crate::cni::delegate;
use crate::cni::environment::{Command, Environment};
use crate::cni::error::CniError;
use crate::cni::firewall;
use crate::cni::place::{self, Changes, Place, device};

/// Detaches a container, as far as it is attached: with its namespace or without, with a result or without.
///
/// # Errors
/// What was tried. As long as the interface is there its addresses stay taken.
pub(super) fn del(net: &Net, env: &Environment, config: &Config) -> Result<(), CniError> {
    let ns = match &env.netns {
        Some(path) => place::open(path, env.netns_override)?,
        None => None,
    };
    let mut host = Place::here()?;
    let port = name::of_attachment(config.name(), &env.container_id, &env.ifname);
    if !host.remove(&port)?
        && let Some(ns) = ns
    {
        remove_inside(net, env, &ns, &mut host)?;
    }
    let mut errors = Errors::default();
    if net.spoof_check {
        errors.note(firewall::forget_ports(|name| name != port));
    }
    if net.ipam {
        errors.note(delegate::ipam(Command::Del, env, config).map(drop));
    }
    errors.into_result()
}

/// Removes an interface whose other end has another name: made by another program, or renamed. Only a veth whose other
/// end is here and on no other bridge can be one of this network.
fn remove_inside(net: &Net, env: &Environment, ns: &NetNs, host: &mut Place) -> Result<(), CniError> {
    let mut inside = Place::inside(ns)?;
    let Some(found) = inside.device(&env.ifname)?.filter(|found| found.kind == VETH) else { return Ok(()) };
    let peer = if found.link == 0 { None } else { host.device_at(found.link)? };
    let Some(peer) = peer.filter(|peer| peer.kind == VETH && peer.link == found.index) else { return Ok(()) };
    let master = if peer.master == 0 { None } else { host.device_at(peer.master)? };
    if master.is_none_or(|master| master.name == net.bridge) {
        inside.remove(&env.ifname)?;
    }
    Ok(())
}

/// Removes what is left of containers that are gone: all of this network but those that the configuration lists. If it
/// has no list, nothing is known of any.
///
/// # Errors
/// The first, after all was tried.
pub(super) fn gc(net: &Net, env: &Environment, config: &Config) -> Result<(), CniError> {
    let mut errors = Errors::default();
    if let Some(valid) = config.valid_attachments()? {
        let network = config.name();
        let mut kept: BTreeSet<String> = valid.iter().map(|(id, ifname)| name::of_attachment(network, id, ifname)).collect();
        // the port of the gateways' device is nobody's
        kept.insert(name::of_attachment(network, "", &net.vlan_device()));
        let prefix = name::of_network(network);
        let stale = |name: &str| name::is_of(&prefix, name) && !kept.contains(name);
        errors.note(remove_ports(net, stale));
        if net.spoof_check {
            errors.note(firewall::forget_ports(|name| !stale(name)));
        }
        if net.masquerade && valid.is_empty() {
            errors.note(firewall::forget_network(network));
        }
    }
    if net.ipam {
        errors.note(delegate::ipam(Command::Gc, env, config).map(drop));
    }
    errors.into_result()
}

/// Removes the stale ports of the bridge, and those that have lost it.
fn remove_ports(net: &Net, stale: impl Fn(&str) -> bool) -> Result<(), CniError> {
    let mut host = Place::here()?;
    let devices = host.devices()?;
    let bridge = devices.iter().find(|device| device.name == net.bridge).map_or(0, |bridge| bridge.index);
    let mut changes = Changes::default();
    for port in
        devices.iter().filter(|port| port.kind == VETH && stale(&port.name) && (port.master == bridge || port.master == 0))
    {
        changes.add(
            format!("remove {}", port.name),
            RTM_DELLINK,
            NlmF(0),
            &Link::new(device(port.index, Iff(0)), Nest::List(&[])),
        )?;
    }
    // a namespace that goes takes its devices along
    host.change(changes, |errno| errno == Errno::ENODEV)
}

/// What failed while the rest went on.
#[derive(Debug, Default)]
struct Errors(Vec<CniError>);

impl Errors {
    fn note(&mut self, done: Result<(), CniError>) {
        self.0.extend(done.err());
    }

    fn into_result(self) -> Result<(), CniError> {
        let mut errors = self.0.into_iter();
        let Some(mut first) = errors.next() else { return Ok(()) };
        for error in errors {
            let more = format!("{}{error}", if first.details.is_empty() { "" } else { "; " });
            first.details += &more;
        }
        Err(first)
    }
}
