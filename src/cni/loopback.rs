//! `loopback`: raises `lo` in the container.

use nlmsg::frame::NlmF;
use nlmsg::payload::Nest;
use nlmsg::route::{IFF_UP, IfInfoMsg, Iff, Link, RTM_NEWLINK};

use super::Plugin;
use super::config::Config;
use super::environment::{Command, Environment};
use super::error::{CniError, STATE};
use super::place::{self, Changes, Device, Place, device};
use super::result::{CniResult, Interface, IpConfig};

/// The plugin.
pub const PLUGIN: Plugin = Plugin { name: "loopback", run };

/// Whatever `CNI_IFNAME` says.
const LO: &str = "lo";

fn run(env: &Environment, config: &Config) -> Result<Option<CniResult>, CniError> {
    match env.command {
        Command::Add => add(env, config).map(Some),
        Command::Check => check(env).map(|()| None),
        Command::Del => del(env).map(|()| None),
        Command::Gc | Command::Status | Command::Version => Ok(None),
    }
}

fn lo(place: &mut Place) -> Result<Device, CniError> {
    place.device(LO)?.ok_or_else(|| CniError::new(STATE, "the namespace has no lo"))
}

fn set(place: &mut Place, header: IfInfoMsg) -> Result<(), CniError> {
    let mut changes = Changes::default();
    changes.add(
        format!("set {LO} {}", if header.ifi_flags == IFF_UP { "up" } else { "down" }),
        RTM_NEWLINK,
        NlmF(0),
        &Link::new(header, Nest::List(&[])),
    )?;
    place.change(changes, |_| false)
}

fn add(env: &Environment, config: &Config) -> Result<CniResult, CniError> {
    let sandbox = env.netns.as_deref();
    let mut place = Place::inside(&place::open_existing(sandbox, env.netns_override)?)?;
    let prev = config.prev_result()?;
    let lo = lo(&mut place)?;
    set(&mut place, device(lo.index, IFF_UP))?;
    if let Some(prev) = prev {
        return Ok(prev);
    }
    let ips = place.addresses(lo.index)?;
    Ok(CniResult {
        interfaces: vec![Interface {
            name: LO.into(),
            mac: lo.mac,
            sandbox: sandbox.unwrap_or_default().into(),
            ..Interface::default()
        }],
        ips: ips.iter().map(|ip| IpConfig { interface: Some(0), address: ip.prefix, gateway: None }).collect(),
        ..CniResult::default()
    })
}

fn check(env: &Environment) -> Result<(), CniError> {
    let mut place = Place::inside(&place::open_existing(env.netns.as_deref(), env.netns_override)?)?;
    if lo(&mut place)?.is_up() { Ok(()) } else { Err(CniError::new(STATE, "loopback interface is down")) }
}

fn del(env: &Environment) -> Result<(), CniError> {
    let Some(path) = &env.netns else { return Ok(()) };
    let Some(ns) = place::open(path, env.netns_override)? else { return Ok(()) };
    let mut place = Place::inside(&ns)?;
    let lo = lo(&mut place)?;
    set(&mut place, IfInfoMsg { ifi_change: IFF_UP, ..device(lo.index, Iff(0)) })
}
