//! `ADD`.

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nlmsg::frame::{NLM_F_CREATE, NlmF};
use nlmsg::payload::{ByFlag, Hw, Low8, Nest, Selector, Slot, Str};
use nlmsg::route::Ifla::*;
use nlmsg::route::IflaAfSpec::AF_INET as AF_INET_SPEC;
use nlmsg::route::IflaBr::IFLA_BR_VLAN_FILTERING;
use nlmsg::route::IflaBrport::*;
use nlmsg::route::IflaInet::IFLA_INET_CONF;
use nlmsg::route::IflaInfo::*;
use nlmsg::route::Rta::*;
use nlmsg::route::Rtax::*;
use nlmsg::route::VethInfo::VETH_INFO_PEER;
use nlmsg::route::{
    AF_INET, AF_INET6, IF_OPER_UP, IFA_F_DADFAILED, IFA_F_TENTATIVE, IFF_PROMISC, IFF_UP, IPV4_DEVCONF_ARP_NOTIFY, IfInfoMsg,
    Iff, InfoData, InfoSlaveData, Link, LinkAfSpec, RT_SCOPE_LINK, RT_SCOPE_UNIVERSE, RTM_NEWLINK, RTM_NEWROUTE, RTM_SETLINK,
    RTN_UNICAST, RTPROT_BOOT, Route, RtMsg, RtScope, RtTable,
};

use super::config::{Net, parse_mac};
use super::undo::{self, How, Undo};
use super::{BRIDGE, VETH, name, vlan};
use crate::NetNs;
use crate::cni::config::Config;
use crate::cni::delegate;
use crate::cni::environment::{Command, Environment};
use crate::cni::error::{CniError, INVALID_CONFIG, IO_FAILURE, STATE, TRY_AGAIN};
use crate::cni::firewall::{self, Wanted};
use crate::cni::host_local::Begun;
use crate::cni::place::{self, Changes, Device, Place, dad, device};
use crate::cni::result::{CniResult, CniRoute, Interface};
use crate::words::{Prefix, bits};

/// How often the bridge is looked for and made while others make and remove it.
const TRIES: u32 = 10;
/// How long duplicate address detection may take.
const DETECTION: Duration = Duration::from_secs(10);
/// How long the bridge's port may take until it works.
const CARRIER: Duration = Duration::from_millis(2500);

/// Attaches a container.
///
/// # Errors
/// What was tried; everything is then as it was before.
pub(super) fn add(net: &Net, env: &Environment, config: &Config) -> Result<CniResult, CniError> {
    net.check_add(env, config)?;
    let ns = place::open_existing(env.netns.as_deref(), env.netns_override)?;
    // what that writes reaches the disk while we look around
    let begun = if net.ipam { delegate::begin(env, config)? } else { None };
    let mut host = Place::here()?;
    let mut undo = Undo::default();
    let done = Adding { net, env, config, ns, host: &mut host, undo: &mut undo, has_gateways: false }.run(begun);
    done.map_err(|error| undo.run(&mut host, env, config, error))
}

/// An `ADD` under way.
struct Adding<'a> {
    net: &'a Net,
    env: &'a Environment,
    config: &'a Config,
    ns: NetNs,
    host: &'a mut Place,
    undo: &'a mut Undo,
    /// The bridge was seen to have all addresses that it has to have.
    has_gateways: bool,
}

impl Adding<'_> {
    fn run(&mut self, begun: Option<Begun>) -> Result<CniResult, CniError> {
        let net = self.net;
        let mut inside = Place::inside(&self.ns)?;
        if inside.device(&self.env.ifname)?.is_some() {
            let msg = format!("container veth name ({:?}) already exists", self.env.ifname);
            return Err(CniError::new(STATE, msg).details("DEL removes what an earlier ADD made"));
        }
        let mut result = CniResult::default();
        // a program may need the interface, as `dhcp` does; ours does not, and what is wrong shows before anything is made
        let program = net.ipam && begun.is_none();
        if let Some(begun) = begun {
            result = self.addresses(begun.finish(self.env))?;
        }
        let mut wanted = gateways(net, &mut result)?;

        let shared = undo::lock(How::Shared);
        let bridge = self.bridge(&wanted)?;
        let (port, index) = self.veth(&bridge)?;
        drop(shared);

        if program {
            let given = delegate::ipam(Command::Add, self.env, self.config).map(Option::unwrap_or_default);
            result = self.addresses(given)?;
            wanted = gateways(net, &mut result)?;
        }
        self.settle_port(port.index)?;
        self.container(&mut inside, index, &result)?;
        let holder = if net.gateway && net.vlan > 0 && !wanted.is_empty() { Some(self.vlan_device(&bridge)?) } else { None };
        self.gateways(holder.as_ref().unwrap_or(&bridge), bridge.index, &wanted)?;

        let port = self.working(port)?;
        // the bridge's address can change with its first port, unless we made it
        let bridge = self.host.device_at(bridge.index)?.unwrap_or(bridge);
        let cont = inside.device_at(index)?.ok_or_else(|| gone(&self.env.ifname))?;
        if net.gateway {
            for (of_v4, setting) in [(true, "ipv4/ip_forward"), (false, "ipv6/conf/all/forwarding")] {
                if wanted.iter().any(|gateway| gateway.addr.is_ipv4() == of_v4) {
                    self.undo.set(setting, "1")?;
                }
            }
        }
        self.firewall(&result, &port, &cont)?;

        let interface = |device: &Device| Interface {
            name: device.name.clone(),
            mac: device.mac.clone(),
            mtu: device.mtu,
            ..Interface::default()
        };
        let sandbox = self.env.netns.clone().unwrap_or_default();
        result.interfaces = vec![interface(&bridge), interface(&port), Interface { sandbox, ..interface(&cont) }];
        result.interfaces.extend(holder.as_ref().map(interface));
        if let Some(dns) = &net.dns {
            result.dns = dns.clone();
        }
        Ok(result)
    }

    /// Takes what the IPAM plugin gives.
    fn addresses(&mut self, given: Result<CniResult, CniError>) -> Result<CniResult, CniError> {
        let result = given?;
        self.undo.lease = true;
        if result.ips.is_empty() {
            return Err(CniError::new(INVALID_CONFIG, "IPAM plugin returned missing IP config"));
        }
        Ok(CniResult { interfaces: Vec::new(), ..result })
    }

    /// Finds the bridge or makes it, and sees to it that it is up.
    fn bridge(&mut self, gateways: &[Prefix]) -> Result<Device, CniError> {
        let net = self.net;
        let promiscuous = if net.promiscuous { IFF_PROMISC } else { Iff(0) };
        for _ in 0..TRIES {
            if let Some(found) = self.host.device(&net.bridge)? {
                return self.use_bridge(found, IFF_UP | promiscuous, gateways);
            }
            let mac = random_mac()?;
            let data = [IFLA_BR_VLAN_FILTERING(1)];
            let info = [
                IFLA_INFO_KIND(Selector(Str::bare(BRIDGE))),
                IFLA_INFO_DATA(InfoData::Bridge(Nest::List(if net.filtering { &data } else { &[] }))),
            ];
            // an address that is given stays, whatever ports come and go
            let mut attrs = vec![IFLA_IFNAME(Str::new(&net.bridge)), IFLA_ADDRESS(Hw(&mac)), IFLA_LINKINFO(Nest::List(&info))];
            attrs.extend((net.mtu != 0).then_some(IFLA_MTU(net.mtu)));
            let request = Link::new(device(0, IFF_UP | promiscuous), Nest::List(&attrs));
            // before it is asked for: that an answer was lost does not mean that nothing was done
            self.undo.made = Some((net.bridge.clone(), mac));
            let made = self
                .host
                .make(&net.bridge, &format!("create bridge {}", net.bridge), &request)
                .map_err(|error| explain(net, error))?;
            if made.is_none() {
                self.undo.made = None;
            }
            if let Some(made) = made {
                no_router(&net.bridge);
                return Ok(made);
            }
        }
        Err(CniError::new(TRY_AGAIN, format!("others make and remove {} without a pause", net.bridge)))
    }

    /// Changes a bridge that is there to what is asked for.
    fn use_bridge(&mut self, found: Device, flags: Iff, gateways: &[Prefix]) -> Result<Device, CniError> {
        let name = &found.name;
        if found.kind != BRIDGE {
            return Err(CniError::new(STATE, format!("{name:?} already exists but is not a bridge")));
        }
        if self.net.vlan == 0 {
            // what is in the way of gateways is found before anything is made
            self.has_gateways = !gateways.is_empty() && self.lacking(&found, gateways)?.0.is_empty();
        }
        if found.accept_ra.is_some_and(|value| value != 0) {
            self.undo.set(&router(name), "0").or_else(|error| if error.code == IO_FAILURE { Ok(()) } else { Err(error) })?;
        }
        let lacking = flags.without(found.flags);
        if lacking != Iff(0) {
            let (mut changes, back) = (Changes::default(), self.undo.touch(self.host, found.index)?);
            changes.add(
                format!("raise bridge {name}"),
                RTM_NEWLINK,
                NlmF(0),
                &Link::new(device(found.index, lacking), Nest::List(&[])),
            )?;
            let lower = IfInfoMsg { ifi_flags: Iff(0), ..device(found.index, lacking) };
            back.add(format!("lower bridge {name}"), RTM_NEWLINK, NlmF(0), &Link::new(lower, Nest::List(&[])))?;
            self.host.change(changes, |_| false)?;
        }
        if self.net.filtering && !found.vlan_filtering {
            let (mut changes, back) = (Changes::default(), self.undo.touch(self.host, found.index)?);
            for (changes, value) in [(&mut changes, 1), (back, 0)] {
                let data = [IFLA_BR_VLAN_FILTERING(value)];
                let info = [IFLA_INFO_KIND(Selector(Str::bare(BRIDGE))), IFLA_INFO_DATA(InfoData::Bridge(Nest::List(&data)))];
                let attrs = [IFLA_LINKINFO(Nest::List(&info))];
                let request = Link::new(device(found.index, Iff(0)), Nest::List(&attrs));
                changes.add(format!("set vlan_filtering of {name} to {value}"), RTM_NEWLINK, NlmF(0), &request)?;
            }
            self.host.change(changes, |_| false).map_err(|error| explain(self.net, error))?;
        }
        Ok(found)
    }

    /// Makes the veth pair, with one end up on the bridge and the other in the container. Gives the host's end and the
    /// number of the container's.
    fn veth(&mut self, bridge: &Device) -> Result<(Device, u32), CniError> {
        let (env, net) = (self.env, self.net);
        let port = name::of_attachment(self.config.name(), &env.container_id, &env.ifname);
        let mut attrs = vec![IFLA_IFNAME(Str::new(&env.ifname)), IFLA_NET_NS_FD(self.ns.as_fd().as_raw_fd() as u32)];
        attrs.extend(net.mac.as_ref().map(|mac| IFLA_ADDRESS(Hw(mac))));
        self.undo.veth = Some(port.clone());
        let Some(made) = self.pair(&port, bridge, attrs)? else {
            self.undo.veth = None;
            let details =
                format!("it belongs to container {} of network {}; DEL removes it", env.container_id, self.config.name());
            return Err(CniError::new(STATE, format!("{port} already exists")).details(details));
        };
        no_router(&made.name);
        if made.link == 0 {
            return Err(gone(&env.ifname));
        }
        let link = made.link;
        Ok((made, link))
    }

    /// Makes a veth pair whose first end is on the bridge; `peer` is the other.
    fn pair(&mut self, port: &str, bridge: &Device, mut peer: Vec<nlmsg::route::Ifla<'_>>) -> Result<Option<Device>, CniError> {
        let mtu = (self.net.mtu != 0).then_some(IFLA_MTU(self.net.mtu));
        peer.extend(mtu);
        let peer = [VETH_INFO_PEER(Link::new(IfInfoMsg::default(), Nest::List(&peer)))];
        let info = [IFLA_INFO_KIND(Selector(Str::bare(VETH))), IFLA_INFO_DATA(InfoData::Veth(Nest::List(&peer)))];
        let mut attrs = vec![IFLA_IFNAME(Str::new(port)), IFLA_MASTER(bridge.index), IFLA_LINKINFO(Nest::List(&info))];
        attrs.extend(mtu);
        self.host.make(port, &format!("create {port} on {}", bridge.name), &Link::new(device(0, IFF_UP), Nest::List(&attrs)))
    }

    /// What a port is besides a port.
    fn settle_port(&mut self, port: u32) -> Result<(), CniError> {
        let net = self.net;
        let mut changes = Changes::default();
        let mut data = Vec::new();
        data.extend(net.hairpin.then_some(IFLA_BRPORT_MODE(1)));
        data.extend(net.isolated.then_some(IFLA_BRPORT_ISOLATED(1)));
        if !data.is_empty() {
            let info = [
                IFLA_INFO_SLAVE_KIND(Selector(Str::bare(BRIDGE))),
                IFLA_INFO_SLAVE_DATA(InfoSlaveData::Bridge(Nest::List(&data))),
            ];
            let attrs = [IFLA_LINKINFO(Nest::List(&info))];
            let request = Link::new(device(port, Iff(0)), Nest::List(&attrs));
            changes.add("set hairpin mode and isolation of the port", RTM_NEWLINK, NlmF(0), &request)?;
        }
        vlan::join(net, port, &mut changes)?;
        self.host.change(changes, |_| false).map_err(|error| explain(net, error))
    }

    /// Raises the interface in the container, with its addresses and routes.
    fn container(&mut self, inside: &mut Place, index: u32, result: &CniResult) -> Result<(), CniError> {
        let (net, ifname) = (self.net, self.env.ifname.as_str());
        if net.disabled {
            return Ok(());
        }
        let mut changes = Changes::default();
        let up = device(index, IFF_UP);
        if !net.ipam {
            changes.add(format!("set {ifname} up"), RTM_NEWLINK, NlmF(0), &Link::new(up, Nest::List(&[])))?;
            return inside.change(changes, |_| false);
        }
        let has_v6 = result.ips.iter().any(|ip| ip.address.addr.is_ipv6());
        place::within(&self.ns, || ipv6(ifname, has_v6, net.detect))??;
        for ip in &result.ips {
            changes.address(true, index, ip.address, dad(ip.address.addr, net.detect))?;
        }
        // announced when it goes up, so it has its addresses before
        let conf = [Slot::At(IPV4_DEVCONF_ARP_NOTIFY.0, 1)];
        let inet = [IFLA_INET_CONF(ByFlag::Nested(Nest::Nested(&conf)))];
        let families = [AF_INET_SPEC(Nest::Nested(&inet))];
        let attrs = [IFLA_AF_SPEC(LinkAfSpec::Families(Nest::Nested(&families)))];
        changes.add(format!("set {ifname} up"), RTM_NEWLINK, NlmF(0), &Link::new(up, Nest::List(&attrs)))?;
        for of in &result.routes {
            let gateway = of.gw.or_else(|| {
                let same = |gateway: &IpAddr| gateway.is_ipv4() == of.dst.addr.is_ipv4();
                result.ips.iter().filter_map(|ip| ip.gateway).find(same)
            });
            route(&mut changes, of, gateway, index)?;
        }
        inside.change(changes, |_| false)?;
        if net.detect && has_v6 {
            return detected(inside, index, ifname);
        }
        Ok(())
    }

    /// Makes the device that has the addresses of gateways in a VLAN: the peer of a port of its own.
    fn vlan_device(&mut self, bridge: &Device) -> Result<Device, CniError> {
        let name = self.net.vlan_device();
        if let Some(found) = self.host.device(&name)? {
            return Ok(found);
        }
        self.undo.touch(self.host, bridge.index)?;
        let port = name::of_attachment(self.config.name(), "", &name);
        self.undo.vlan_device = Some(name.clone());
        let made = self.pair(&port, bridge, vec![IFLA_IFNAME(Str::new(&name))])?;
        if made.is_none() {
            self.undo.vlan_device = None;
        }
        let Some(found) = self.host.device(&name)? else { return Err(gone(&name)) };
        let Some(port) = made else { return Ok(found) };
        no_router(&port.name);
        let mut changes = Changes::default();
        vlan::join(self.net, port.index, &mut changes)?;
        changes.add(format!("set {name} up"), RTM_NEWLINK, NlmF(0), &Link::new(device(found.index, IFF_UP), Nest::List(&[])))?;
        self.host.change(changes, |_| false)?;
        Ok(found)
    }

    /// The gateways' addresses that a device lacks, and those that it has and must lose.
    fn lacking(&mut self, holder: &Device, gateways: &[Prefix]) -> Result<(Vec<Prefix>, Vec<Prefix>), CniError> {
        if gateways.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let has: Vec<Prefix> =
            self.host.addresses(holder.index)?.iter().filter(|addr| !addr.of_link).map(|addr| addr.prefix).collect();
        let lacking: Vec<Prefix> = gateways.iter().filter(|gateway| !has.contains(gateway)).copied().collect();
        // another IPv4 network, or an IPv6 network that overlaps, would be the wrong one
        let in_the_way = |addr: &&Prefix| {
            let clashes = |gateway: &Prefix| {
                let of_family = addr.addr.is_ipv4() == gateway.addr.is_ipv4();
                of_family && (addr.addr.is_ipv4() || addr.holds(&gateway.addr) || gateway.holds(&addr.addr))
            };
            !gateways.contains(addr) && lacking.iter().any(clashes)
        };
        let wrong: Vec<Prefix> = has.iter().filter(in_the_way).copied().collect();
        if let (Some(wrong), false) = (wrong.first(), self.net.force_address) {
            let gateway = lacking.first().unwrap_or(wrong);
            let msg = format!("{:?} already has an IP address different from {}/{}", holder.name, gateway.addr, gateway.len);
            let details = format!("it has {}/{}; forceAddress replaces it", wrong.addr, wrong.len);
            return Err(CniError::new(STATE, msg).details(details));
        }
        Ok((lacking, wrong))
    }

    /// Gives the gateways' addresses to the device.
    fn gateways(&mut self, holder: &Device, bridge: u32, gateways: &[Prefix]) -> Result<(), CniError> {
        if self.has_gateways {
            return Ok(());
        }
        let (lacking, wrong) = self.lacking(holder, gateways)?;
        if lacking.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::default();
        let (back, detect) = (self.undo.touch(self.host, bridge)?, self.net.detect);
        for prefix in &wrong {
            changes.address(false, holder.index, *prefix, dad(prefix.addr, detect))?;
        }
        for prefix in &lacking {
            changes.address(true, holder.index, *prefix, dad(prefix.addr, detect))?;
            back.address(false, holder.index, *prefix, dad(prefix.addr, detect))?;
        }
        for prefix in &wrong {
            back.address(true, holder.index, *prefix, dad(prefix.addr, detect))?;
        }
        // a bridge of others may not have an address of its own yet, and take another one with each port
        let mac = parse_mac(&holder.mac);
        if let Some(mac) = mac.filter(|_| self.undo.made.is_none()) {
            let attrs = [IFLA_ADDRESS(Hw(&mac))];
            let request = Link::new(device(holder.index, Iff(0)), Nest::List(&attrs));
            changes.add(format!("keep the address of {}", holder.name), RTM_SETLINK, NlmF(0), &request)?;
        }
        // one that came first, from another ADD, is as good
        self.host.change(changes, |errno| errno == Errno::EEXIST)
    }

    /// Waits until the port works, which is when both ends are up; asking settles it.
    fn working(&mut self, port: Device) -> Result<Device, CniError> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            let now = self.host.device_at(port.index)?.ok_or_else(|| gone(&port.name))?;
            if now.operstate == IF_OPER_UP || self.net.disabled {
                return Ok(now);
            }
            if start.elapsed() > CARRIER {
                let state = now.operstate.word().unwrap_or("unknown").to_lowercase();
                return Err(CniError::new(STATE, format!("bridge port in error state: {state}")));
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
    }

    fn firewall(&mut self, result: &CniResult, port: &Device, cont: &Device) -> Result<(), CniError> {
        let net = self.net;
        let wanted = Wanted {
            network: self.config.name(),
            bridge: &net.bridge,
            masquerade: result.ips.iter().filter(|_| net.masquerade).map(|ip| ip.address).collect(),
            sender: parse_mac(&cont.mac).filter(|_| net.spoof_check).map(|mac| (port.name.as_str(), mac)),
        };
        if wanted.masquerade.is_empty() && wanted.sender.is_none() {
            return Ok(());
        }
        for warning in firewall::ensure(&wanted)? {
            eprintln!("warning: {warning}");
        }
        Ok(())
    }
}

/// What the kernel does not say.
fn explain(net: &Net, error: CniError) -> CniError {
    if net.filtering && error.details.is_empty() {
        return error.details("vlan and vlanTrunk need a kernel with bridge VLAN filtering");
    }
    error
}

fn gone(name: &str) -> CniError {
    CniError::new(STATE, format!("{name} was removed while it was set up"))
}

/// Completes a result of an IPAM plugin, and gives the addresses that the bridge has to have.
fn gateways(net: &Net, result: &mut CniResult) -> Result<Vec<Prefix>, CniError> {
    let mut gateways = Vec::new();
    let CniResult { ips, routes, .. } = result;
    for ip in ips {
        ip.interface = Some(2);
        if !net.gateway {
            continue;
        }
        let gateway = match ip.gateway {
            Some(gateway) => gateway,
            None => first(ip.address).ok_or_else(|| {
                CniError::new(INVALID_CONFIG, format!("{}/{} has no room for a gateway", ip.address.addr, ip.address.len))
            })?,
        };
        ip.gateway = Some(gateway);
        if gateway == ip.address.addr {
            return Err(CniError::new(INVALID_CONFIG, format!("{gateway} is the container's address and its gateway's")));
        }
        let default = Prefix { addr: crate::words::unspecified(crate::words::family(&gateway)), len: 0, explicit: true };
        if net.default_gateway && !routes.iter().any(|route| route.dst.addr == default.addr && route.dst.len == 0) {
            routes.push(CniRoute::new(default, Some(gateway)));
        }
        let prefix = Prefix { addr: gateway, ..ip.address };
        if !gateways.contains(&prefix) {
            gateways.push(prefix);
        }
    }
    Ok(gateways)
}

/// The first address of a subnet after its own.
fn first(net: Prefix) -> Option<IpAddr> {
    let host = u32::from(bits(&net.addr) - net.len);
    let mask = 1u128.checked_shl(host).map_or(u128::MAX, |size| size - 1);
    match net.addr {
        _ if host == 0 => None,
        IpAddr::V4(addr) => Some(IpAddr::V4(((u32::from(addr) & !(mask as u32)) + 1).into())),
        IpAddr::V6(addr) => Some(IpAddr::V6(((u128::from(addr) & !mask) + 1).into())),
    }
}

/// Adds a route; on the link if there is no gateway.
fn route(changes: &mut Changes, of: &CniRoute, gateway: Option<IpAddr>, index: u32) -> Result<(), CniError> {
    let Prefix { addr, len, .. } = of.dst;
    let scope = match of.scope {
        Some(scope) => RtScope(scope),
        // as universe it would keep routes over gateways in it from being made
        None if gateway.is_none() && addr.is_ipv4() => RT_SCOPE_LINK,
        None => RT_SCOPE_UNIVERSE,
    };
    let table = RtTable(of.table.unwrap_or(place::MAIN));
    let header = RtMsg {
        rtm_family: if addr.is_ipv4() { AF_INET } else { AF_INET6 },
        rtm_dst_len: len,
        rtm_table: Low8::of(table).unwrap_or_default(),
        rtm_protocol: RTPROT_BOOT,
        rtm_scope: scope,
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    };
    let mut metrics = Vec::new();
    metrics.extend((of.mtu != 0).then_some(RTAX_MTU(of.mtu)));
    metrics.extend((of.advmss != 0).then_some(RTAX_ADVMSS(of.advmss)));
    let mut attrs = vec![RTA_OIF(index)];
    attrs.extend((len > 0).then(|| RTA_DST(place::masked(of.dst))));
    attrs.extend(gateway.map(RTA_GATEWAY));
    attrs.extend((of.priority != 0).then_some(RTA_PRIORITY(of.priority)));
    attrs.extend((table.0 > 255).then_some(RTA_TABLE(table)));
    attrs.extend((!metrics.is_empty()).then_some(RTA_METRICS(Nest::List(&metrics))));
    changes.add(format!("add route {addr}/{len}"), RTM_NEWROUTE, NLM_F_CREATE, &Route::new(header, Nest::List(&attrs)))
}

/// The setting with which a device takes no routes from routers; a kernel without IPv6 has none.
fn router(name: &str) -> String {
    format!("ipv6/conf/{name}/accept_ra")
}

/// A device of ours takes no routes from routers.
fn no_router(name: &str) {
    let _ = place::set(&router(name), "0");
}

/// Prepares IPv6 in the container's namespace, in which the thread is.
fn ipv6(ifname: &str, wanted: bool, detect: bool) -> Result<(), CniError> {
    let detection = if detect { "1" } else { "0" };
    for setting in if detect { &["enhanced_dad", "accept_dad"][..] } else { &["accept_dad"] } {
        let _ = place::set(&format!("ipv6/conf/{ifname}/{setting}"), detection);
    }
    for device in ["lo", ifname].into_iter().filter(|_| wanted) {
        let setting = format!("ipv6/conf/{device}/disable_ipv6");
        if place::setting(&setting).is_some_and(|value| value == "1") {
            place::set(&setting, "0")?;
        }
    }
    Ok(())
}

/// Waits until duplicate address detection is done.
fn detected(inside: &mut Place, index: u32, ifname: &str) -> Result<(), CniError> {
    let start = Instant::now();
    loop {
        let addresses = inside.addresses(index)?;
        if let Some(failed) = addresses.iter().find(|addr| addr.flags.contains(IFA_F_DADFAILED)) {
            return Err(CniError::new(STATE, format!("another has the address {} of {ifname} already", failed.prefix.addr)));
        }
        let tentative = addresses.iter().filter(|addr| addr.flags.contains(IFA_F_TENTATIVE) && !addr.of_link).count();
        if tentative == 0 {
            return Ok(());
        }
        if start.elapsed() > DETECTION {
            return Err(CniError::new(TRY_AGAIN, format!("{tentative} addresses of {ifname} are still tentative")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An address that no card came with.
fn random_mac() -> Result<[u8; 6], CniError> {
    let mut mac = [0; 6];
    let random = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut mac));
    random.map_err(CniError::io("read /dev/urandom"))?;
    mac[0] = mac[0] & 0xfc | 2;
    Ok(mac)
}
