//! The plugin `host-local`: gives containers addresses from ranges, and remembers on this host's disk who has which.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`config`] | what is configured and asked for |
//! | [`range`] | which addresses there are, and the order in which they are tried |
//! | [`store`] | which are taken |

pub mod config;
pub mod range;
pub mod store;

use std::net::IpAddr;

use self::config::{Ipam, data_dir};
use self::range::{Range, RangeSet};
use self::store::lease::Lease;
use self::store::{Holder, Reservation, Store};
use super::Plugin;
use super::config::Config;
use super::environment::{Command, Environment};
use super::error::{CniError, EXHAUSTED, INVALID_CONFIG, NOT_AVAILABLE, STATE};
use super::result::{CniResult, Dns, IpConfig};

/// The plugin.
pub const PLUGIN: Plugin = Plugin { name: "host-local", run };

/// After so many addresses that are taken, all names are read instead of trying one by one.
const TRIES: usize = 64;

/// Does what `env.command` says.
///
/// # Errors
/// What is wrong with the configuration or the store, and [`EXHAUSTED`], [`STATE`], [`NOT_AVAILABLE`].
pub fn run(env: &Environment, config: &Config) -> Result<Option<CniResult>, CniError> {
    match env.command {
        Command::Add => add(env, config).map(Some),
        Command::Del => del(env, config).map(|()| None),
        Command::Check => check(env, config).map(|()| None),
        Command::Gc => gc(config).map(|()| None),
        Command::Status => status(env, config).map(|()| None),
        Command::Version => Ok(None),
    }
}

fn holder(env: &Environment) -> Holder<'_> {
    Holder::new(&env.container_id, &env.ifname)
}

fn add(env: &Environment, config: &Config) -> Result<CniResult, CniError> {
    begin(env, config)?.finish(env)
}

/// An `ADD` that has begun: its lease is on its way to the disk, and holds no address yet.
#[derive(Debug)]
pub struct Begun {
    ipam: Ipam,
    dns: Dns,
    lease: Lease,
}

/// Begins an `ADD`, so that something else can be done until [`finish`](Begun::finish).
///
/// # Errors
/// What is wrong with the configuration or the store.
pub fn begin(env: &Environment, config: &Config) -> Result<Begun, CniError> {
    let ipam = Ipam::read(env, config)?;
    let dns = ipam.dns()?;
    let lease = Lease::write(&data_dir(config)?, config.name(), holder(env))?;
    Ok(Begun { ipam, dns, lease })
}

impl Begun {
    /// Takes the addresses.
    ///
    /// # Errors
    /// As [`run`].
    pub fn finish(self, env: &Environment) -> Result<CniResult, CniError> {
        let Begun { ipam, dns, lease } = self;
        let mut store = lease.store()?;
        let held = store.held(holder(env))?;
        let again = |set: &RangeSet| held.iter().find(|addr| set.find(addr).is_some());
        if let Some(addr) = ipam.sets.iter().find_map(again) {
            let msg = format!("{addr} has been allocated to {}, duplicate allocation is not allowed", env.container_id);
            let details = format!("its interface {} has an address already; DEL gives it back", env.ifname);
            return Err(CniError::new(STATE, msg).details(details));
        }
        let mut requested = ipam.requested;
        let (mut ips, mut last) = (Vec::new(), Vec::new());
        let mut reservation = store.begin(holder(env))?;
        for (i, set) in ipam.sets.iter().enumerate() {
            let wanted = requested.iter().position(|addr| set.find(addr).is_some()).map(|at| requested.remove(at));
            let taken = match wanted {
                Some(addr) => take(&mut reservation, set, addr),
                None => search(&mut reservation, set, i),
            };
            let (addr, range) = taken.map_err(|error| error.context(&format!("failed to allocate for range {i}")))?;
            ips.push(IpConfig { interface: None, address: range.address(addr), gateway: Some(range.gateway) });
            last.push((i, addr));
        }
        if !requested.is_empty() {
            let requested: Vec<String> = requested.iter().map(IpAddr::to_string).collect();
            let sets: Vec<String> = ipam.sets.iter().map(RangeSet::to_string).collect();
            let msg = format!("failed to allocate all requested IPs: {}", requested.join(" "));
            let details = format!("one address of each of these can be had: {}", sets.join("; "));
            return Err(CniError::new(INVALID_CONFIG, msg).details(details));
        }
        reservation.keep(&last)?;
        Ok(CniResult { ips, routes: ipam.routes, dns, ..CniResult::default() })
    }
}

/// Takes the address that is asked for.
fn take<'s>(reservation: &mut Reservation<'_>, set: &'s RangeSet, addr: IpAddr) -> Result<(IpAddr, &'s Range), CniError> {
    let range = set.find(&addr).ok_or_else(|| CniError::new(INVALID_CONFIG, format!("{addr} not in range set {set}")))?;
    if range.gateway == addr {
        return Err(CniError::new(INVALID_CONFIG, format!("requested ip {addr} is subnet's gateway")));
    }
    if reservation.take(addr)? {
        return Ok((addr, range));
    }
    let msg = format!("requested IP address {addr} is not available in range set {set}");
    Err(CniError::new(STATE, msg).details("another container has it"))
}

/// Takes the next address that nobody has.
fn search<'s>(reservation: &mut Reservation<'_>, set: &'s RangeSet, number: usize) -> Result<(IpAddr, &'s Range), CniError> {
    let last = reservation.store().last_reserved(number);
    for (addr, range) in set.after(last).take(TRIES) {
        if reservation.take(addr)? {
            return Ok((addr, range));
        }
    }
    loop {
        let taken = reservation.store().names()?;
        for (addr, range) in set.after(last) {
            if taken.binary_search(&addr).is_err() && reservation.link(addr)? {
                return Ok((addr, range));
            }
        }
        if !reservation.store().mend()? {
            let held = taken.iter().filter(|addr| set.gives(addr)).count();
            return Err(full(reservation.store(), set, held, EXHAUSTED));
        }
    }
}

fn full(store: &Store, set: &RangeSet, held: usize, code: u32) -> CniError {
    let error = CniError::new(code, format!("no IP addresses available in range set: {set}"));
    let before = match store.before_start() {
        0 => String::new(),
        before => format!(", {before} of them from before the machine started"),
    };
    error.details(format!("{held} leases{before}; DEL of their containers, or GC, gives them back"))
}

fn del(env: &Environment, config: &Config) -> Result<(), CniError> {
    let Some(mut store) = Store::open(&data_dir(config)?, config.name())? else { return Ok(()) };
    store.release(holder(env)).map(drop)
}

fn check(env: &Environment, config: &Config) -> Result<(), CniError> {
    let ipam = Ipam::read(env, config)?;
    let prev = config.prev_result()?.unwrap_or_default();
    let missing = |what: &str| {
        let msg = format!("host-local: Failed to find address added by container {}", env.container_id);
        CniError::new(STATE, msg).details(format!("{what}; DEL and ADD again"))
    };
    let Some(mut store) = Store::open(&data_dir(config)?, config.name())? else {
        return Err(missing("the network has no leases at all"));
    };
    let ours = prev.ips.iter().map(|ip| ip.address.addr).filter(|addr| ipam.sets.iter().any(|set| set.gives(addr)));
    let mut any = false;
    for addr in ours {
        any = true;
        if !store.holds(holder(env), &addr) {
            return Err(missing(&format!("the lease of {addr} is not that of its interface {}", env.ifname)));
        }
    }
    if !any && store.held(holder(env))?.is_empty() {
        return Err(missing(&format!("its interface {} has no lease", env.ifname)));
    }
    Ok(())
}

/// Without `cni.dev/valid-attachments` nothing is known about who lives, and nothing is done.
fn gc(config: &Config) -> Result<(), CniError> {
    let Some(valid) = config.valid_attachments()? else { return Ok(()) };
    let mut valid: Vec<(&str, &str)> = valid.iter().map(|(id, ifname)| (id.as_str(), ifname.as_str())).collect();
    crate::sort::sort(&mut valid);
    let Some(mut store) = Store::open(&data_dir(config)?, config.name())? else { return Ok(()) };
    store.retain(&mut |by| match by.ifname {
        Some(ifname) => valid.binary_search(&(by.id, ifname)).is_ok(),
        None => {
            let at = valid.partition_point(|(id, _)| *id < by.id);
            valid.get(at).is_some_and(|(id, _)| *id == by.id)
        }
    })
}

fn status(env: &Environment, config: &Config) -> Result<(), CniError> {
    let ipam = Ipam::read(env, config)?;
    ipam.dns()?;
    let Some(mut store) = Store::open(&data_dir(config)?, config.name())? else { return Ok(()) };
    loop {
        let names = store.names()?;
        let held = |set: &RangeSet| names.iter().filter(|addr| set.gives(addr)).count();
        let Some(set) = ipam.sets.iter().find(|set| held(set) as u128 >= set.room()) else { return Ok(()) };
        if !store.mend()? {
            return Err(full(&store, set, held(set), NOT_AVAILABLE));
        }
    }
}
