//! A network namespace as plugins see it: its devices, and changes that go to the kernel many at a time.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use bytes::BytesMut;
use nix::errno::Errno;
use nlmsg::Message;
use nlmsg::frame::{self, Body, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NlmF};
use nlmsg::payload::{Low8, Nest, Str};
use nlmsg::route::Ifa::*;
use nlmsg::route::Ifla::*;
use nlmsg::route::IflaAfSpec::AF_INET6 as AF_INET6_SPEC;
use nlmsg::route::IflaBr::IFLA_BR_VLAN_FILTERING;
use nlmsg::route::IflaInet6::IFLA_INET6_CONF;
use nlmsg::route::IflaInfo::*;
use nlmsg::route::Rta::*;
use nlmsg::route::{
    AF_INET, AF_INET6, AF_UNSPEC, Addr, DEVCONF_ACCEPT_RA, IF_OPER_UNKNOWN, IFA_F_NODAD, IFF_UP, IfAddrMsg, IfInfoMsg, IfOper,
    IfaF, Iff, InfoData, Link, LinkAfSpec, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN, RTM_DELADDR, RTM_DELLINK, RTM_GETADDR, RTM_GETLINK,
    RTM_GETROUTE, RTM_NEWADDR, RTM_NEWLINK, Route, RtMsg,
};

use super::error::{CniError, INVALID_NETNS, KERNEL};
use crate::exchange::{Error, Protocol};
use crate::words::{Prefix, bits, unspecified};
use crate::{NetNs, Socket};

/// What makes an object, and refuses if there is one.
pub const MAKE: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);

/// Opens the namespace of `CNI_NETNS`; `None` if there is none at that path, or not any more.
///
/// # Errors
/// [`INVALID_NETNS`]: it cannot be opened, or is the one that this process is in and that is not `allowed`.
pub fn open(path: &str, allowed: bool) -> Result<Option<NetNs>, CniError> {
    let invalid = |msg: String, error: &dyn std::fmt::Display| CniError::new(INVALID_NETNS, msg).details(error.to_string());
    let ns = match NetNs::from_path(path) {
        Ok(ns) => ns,
        // the file onto which a namespace was mounted can outlive it
        Err(crate::netns::Error::NotNetNs { .. }) => return Ok(None),
        Err(error) if matches!(error.errno(), Some(Errno::ENOENT | Errno::ENOTDIR)) => return Ok(None),
        Err(error) => return Err(invalid(format!("failed to open netns {path:?}"), &error)),
    };
    let own = NetNs::current().map_err(|error| invalid("failed to open the plugin's own netns".into(), &error))?;
    if ns == own && !allowed {
        let details = format!("CNI_NETNS is {path:?}; CNI_NETNS_OVERRIDE=1 allows it");
        return Err(
            CniError::new(INVALID_NETNS, "plugin's netns and netns from CNI_NETNS should not be the same").details(details)
        );
    }
    Ok(Some(ns))
}

/// As [`open`], of a namespace that must be there.
///
/// # Errors
/// As [`open`].
pub fn open_existing(path: Option<&str>, allowed: bool) -> Result<NetNs, CniError> {
    let path = path.unwrap_or_default();
    open(path, allowed)?.ok_or_else(|| {
        CniError::new(INVALID_NETNS, format!("failed to open netns {path:?}")).details("there is no network namespace")
    })
}

/// What the kernel says of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// `IFF_*`
    pub flags: Iff,
    /// Its address on the link layer, as text.
    pub mac: String,
    /// In bytes.
    pub mtu: u32,
    /// What kind of device it is: `veth`, `bridge`.
    pub kind: String,
    /// The bridge that it is a port of, or 0.
    pub master: u32,
    /// The number of its peer, in the peer's namespace, or 0.
    pub link: u32,
    /// Whether it works.
    pub operstate: IfOper,
    /// How often it was made promiscuous.
    pub promiscuity: u32,
    /// Whether it is a bridge that looks at VLANs.
    pub vlan_filtering: bool,
    /// Whether it takes routes from IPv6 routers; `None` without IPv6.
    pub accept_ra: Option<i32>,
}

impl Device {
    /// What a message says.
    pub fn read(message: &Message<'_>) -> Result<Device, Error> {
        let body: Link<'_> = message.body().map_err(Error::Answer)?;
        let header = body.header;
        let mut device =
            Device { index: header.ifi_index as u32, flags: header.ifi_flags, operstate: IF_OPER_UNKNOWN, ..Device::default() };
        for attr in body.attrs.iter() {
            match attr.map_err(Error::Answer)? {
                IFLA_IFNAME(name) => device.name = name.to_string(),
                IFLA_ADDRESS(mac) => device.mac = mac.to_string(),
                IFLA_MTU(mtu) => device.mtu = mtu,
                IFLA_MASTER(master) => device.master = master,
                IFLA_LINK(link) => device.link = link,
                IFLA_OPERSTATE(state) => device.operstate = state,
                IFLA_PROMISCUITY(count) => device.promiscuity = count,
                IFLA_AF_SPEC(LinkAfSpec::Families(families)) => {
                    let conf = families.find(|attr| match attr {
                        AF_INET6_SPEC(inet6) => inet6.find(|attr| match attr {
                            IFLA_INET6_CONF(conf) => Some(conf),
                            _ => None,
                        }),
                        _ => None,
                    });
                    device.accept_ra = conf.and_then(|conf| conf.get(DEVCONF_ACCEPT_RA.0 as usize));
                }
                IFLA_LINKINFO(info) => {
                    for attr in info.iter().map_while(Result::ok) {
                        match attr {
                            IFLA_INFO_KIND(kind) => device.kind = kind.0.to_string(),
                            IFLA_INFO_DATA(InfoData::Bridge(data)) => {
                                let on = data.find(|attr| match attr {
                                    IFLA_BR_VLAN_FILTERING(on) => Some(on != 0),
                                    _ => None,
                                });
                                device.vlan_filtering = on.unwrap_or_default();
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(device)
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.flags.contains(IFF_UP)
    }
}

/// An address that a device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address and the length of its prefix.
    pub prefix: Prefix,
    /// `IFA_F_*`
    pub flags: IfaF,
    /// Whether it is valid on this link only.
    pub of_link: bool,
}

/// The main routing table, `RT_TABLE_MAIN`.
pub const MAIN: u32 = RT_TABLE_MAIN.0;

/// What is known of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRoute {
    /// Where it leads.
    pub dst: Prefix,
    /// Over which gateway.
    pub gateway: Option<IpAddr>,
    /// The table that it is in.
    pub table: u32,
    /// The device by which packets leave, or 0.
    pub oif: u32,
}

/// The address without host bits.
pub fn masked(net: Prefix) -> IpAddr {
    let host = u32::from(bits(&net.addr) - net.len);
    match net.addr {
        IpAddr::V4(addr) => IpAddr::V4((u32::from(addr) & u32::MAX.checked_shl(host).unwrap_or(0)).into()),
        IpAddr::V6(addr) => IpAddr::V6((u128::from(addr) & u128::MAX.checked_shl(host).unwrap_or(0)).into()),
    }
}

/// Changes that are sent together and done one after the other.
#[derive(Debug, Default)]
pub struct Changes {
    bytes: BytesMut,
    what: Vec<String>,
}

impl Changes {
    /// Adds one; `what` is for the error.
    ///
    /// # Errors
    /// [`KERNEL`]: it cannot be put in bytes.
    pub fn add<'b, B: Body<'b>>(
        &mut self,
        what: impl Into<String>,
        nlmsg_type: u16,
        flags: NlmF,
        body: &B,
    ) -> Result<(), CniError> {
        let what = what.into();
        if let Err(error) = frame::message(&mut self.bytes, nlmsg_type, NLM_F_REQUEST | NLM_F_ACK | flags, 0, body) {
            return Err(CniError::new(KERNEL, format!("{what}: {error}")));
        }
        self.what.push(what);
        Ok(())
    }

    /// Adds an address to a device, or takes it away.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn address(&mut self, add: bool, index: u32, prefix: Prefix, flags: IfaF) -> Result<(), CniError> {
        let Prefix { addr, len, .. } = prefix;
        let family = if addr.is_ipv4() { AF_INET } else { AF_INET6 };
        let header = IfAddrMsg {
            ifa_family: family,
            ifa_prefixlen: len,
            ifa_index: index,
            ifa_flags: Low8::new(flags.0 as u8),
            ifa_scope: RT_SCOPE_UNIVERSE,
        };
        let mut attrs = vec![IFA_LOCAL(addr), IFA_ADDRESS(addr)];
        attrs.extend(broadcast(prefix).filter(|_| add).map(|addr| IFA_BROADCAST(addr.into())));
        let (verb, nlmsg_type, mode) = if add { ("add", RTM_NEWADDR, MAKE) } else { ("remove", RTM_DELADDR, NlmF(0)) };
        self.add(format!("{verb} address {addr}/{len}"), nlmsg_type, mode, &Addr::new(header, Nest::List(&attrs)))
    }

    /// The messages, as they go to the kernel.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.what.is_empty()
    }
}

/// The broadcast address of a network that has one.
fn broadcast(prefix: Prefix) -> Option<Ipv4Addr> {
    match prefix.addr {
        IpAddr::V4(addr) if prefix.len < 31 => {
            Some((u32::from(addr) | u32::MAX.checked_shr(prefix.len.into()).unwrap_or(0)).into())
        }
        _ => None,
    }
}

/// Flags of an address that is there at once, or after duplicate address detection.
pub fn dad(addr: IpAddr, detect: bool) -> IfaF {
    if addr.is_ipv6() && !detect { IFA_F_NODAD } else { IfaF(0) }
}

/// The header of a request about a device, with flags to set.
pub fn device(index: u32, flags: Iff) -> IfInfoMsg {
    IfInfoMsg { ifi_index: index as i32, ifi_flags: flags, ifi_change: flags, ..IfInfoMsg::default() }
}

/// A network namespace, and the socket through which it is spoken to.
#[derive(Debug)]
pub struct Place {
    route: Socket,
}

impl Place {
    /// The namespace that the calling thread is in.
    ///
    /// # Errors
    /// [`KERNEL`]: there is no socket.
    pub fn here() -> Result<Place, CniError> {
        Ok(Place { route: Socket::open(Protocol::Route).map_err(CniError::kernel("speak to the kernel"))? })
    }

    /// Another namespace; the thread is back when this returns.
    ///
    /// # Errors
    /// As [`here`](Self::here).
    pub fn inside(ns: &NetNs) -> Result<Place, CniError> {
        within(ns, Place::here)?
    }

    /// The socket.
    pub fn socket(&mut self) -> &mut Socket {
        &mut self.route
    }

    /// The device of this name.
    ///
    /// # Errors
    /// [`KERNEL`]
    pub fn device(&mut self, name: &str) -> Result<Option<Device>, CniError> {
        let attrs = [IFLA_IFNAME(Str::new(name))];
        self.get(&Link::new(IfInfoMsg::default(), Nest::List(&attrs)), &format!("look up {name}"))
    }

    /// The device of this number.
    ///
    /// # Errors
    /// [`KERNEL`]
    pub fn device_at(&mut self, index: u32) -> Result<Option<Device>, CniError> {
        self.get(&Link::new(device(index, Iff(0)), Nest::List(&[])), "look up a device")
    }

    fn get(&mut self, request: &Link<'_>, what: &str) -> Result<Option<Device>, CniError> {
        let mut found = None;
        let asked = self.route.get(RTM_GETLINK, NlmF(0), request, |message| {
            found = Some(Device::read(&message)?);
            Ok::<(), Error>(())
        });
        match asked {
            Err(error) if error.errno() == Some(Errno::ENODEV) => Ok(None),
            asked => asked.map(|()| found).map_err(CniError::kernel(what)),
        }
    }

    /// All devices.
    ///
    /// # Errors
    /// [`KERNEL`]
    pub fn devices(&mut self) -> Result<Vec<Device>, CniError> {
        let request = Link::new(IfInfoMsg::default(), Nest::List(&[]));
        let list = self.route.list(RTM_GETLINK, NlmF(0), &request, |message| Device::read(&message).map(Some));
        list.map(|list| list.items).map_err(CniError::kernel("list the devices"))
    }

    /// The addresses of a device.
    ///
    /// # Errors
    /// [`KERNEL`]
    pub fn addresses(&mut self, index: u32) -> Result<Vec<Address>, CniError> {
        let header = IfAddrMsg { ifa_family: AF_UNSPEC, ifa_index: index, ..IfAddrMsg::default() };
        let list = self.route.list(RTM_GETADDR, NlmF(0), &Addr::new(header, Nest::List(&[])), |message| {
            let body: Addr<'_> = message.body().map_err(Error::Answer)?;
            let (mut local, mut far, mut flags) = (None, None, body.header.ifa_flags.get());
            for attr in body.attrs.iter() {
                match attr.map_err(Error::Answer)? {
                    IFA_LOCAL(addr) => local = Some(addr),
                    IFA_ADDRESS(addr) => far = Some(addr),
                    IFA_FLAGS(all) => flags = all,
                    _ => {}
                }
            }
            let of_link = body.header.ifa_scope != RT_SCOPE_UNIVERSE;
            let address =
                |addr| Address { prefix: Prefix { addr, len: body.header.ifa_prefixlen, explicit: true }, flags, of_link };
            // kernels that do not filter give those of all devices
            Ok::<_, Error>(local.or(far).filter(|_| body.header.ifa_index == index).map(address))
        });
        list.map(|list| list.items).map_err(CniError::kernel("list the addresses"))
    }

    /// All routes of both families.
    ///
    /// # Errors
    /// [`KERNEL`]
    pub fn routes(&mut self) -> Result<Vec<KnownRoute>, CniError> {
        let mut all = Vec::new();
        for family in [AF_INET, AF_INET6] {
            let request = Route::new(RtMsg { rtm_family: family, ..RtMsg::default() }, Nest::List(&[]));
            let list = self.route.list(RTM_GETROUTE, NlmF(0), &request, |message| {
                let body: Route<'_> = message.body().map_err(Error::Answer)?;
                let header = body.header;
                let any = unspecified(family.0);
                let dst = Prefix { addr: any, len: header.rtm_dst_len, explicit: true };
                let mut route = KnownRoute { dst, gateway: None, table: header.rtm_table.get().0, oif: 0 };
                for attr in body.attrs.iter() {
                    match attr.map_err(Error::Answer)? {
                        RTA_DST(addr) => route.dst.addr = addr,
                        RTA_GATEWAY(addr) => route.gateway = Some(addr),
                        RTA_TABLE(table) => route.table = table.0,
                        RTA_OIF(oif) => route.oif = oif,
                        _ => {}
                    }
                }
                Ok::<_, Error>(Some(route))
            });
            match list {
                // a kernel without IPv6 has none of its routes
                Err(error) if family == AF_INET6 && error.errno() == Some(Errno::EOPNOTSUPP) => {}
                list => all.extend(list.map_err(CniError::kernel("list the routes"))?.items),
            }
        }
        Ok(all)
    }

    /// Makes the device of this name, and gives what was made; `None` if there is one already.
    ///
    /// # Errors
    /// [`KERNEL`]: and `what` was tried.
    pub fn make(&mut self, name: &str, what: &str, request: &Link<'_>) -> Result<Option<Device>, CniError> {
        let mut made = None;
        let asked = self.route.request_echo(RTM_NEWLINK, MAKE, request, |message| {
            made = Some(Device::read(&message)?);
            Ok::<(), Error>(())
        });
        match asked {
            Err(error) if error.errno() == Some(Errno::EEXIST) => Ok(None),
            Err(error) => Err(CniError::kernel(what)(error)),
            // kernels before 6.2 do not show what they made
            Ok(()) if made.is_none() => {
                self.device(name)?.map(Some).ok_or_else(|| CniError::new(KERNEL, format!("{what}: it is gone")))
            }
            Ok(()) => Ok(made),
        }
    }

    /// Removes the device of this name; whether there was one.
    ///
    /// # Errors
    /// [`KERNEL`]
    pub fn remove(&mut self, name: &str) -> Result<bool, CniError> {
        let attrs = [IFLA_IFNAME(Str::new(name))];
        match self.route.request(RTM_DELLINK, NlmF(0), &Link::new(IfInfoMsg::default(), Nest::List(&attrs))) {
            Err(error) if error.errno() == Some(Errno::ENODEV) => Ok(false),
            done => done.map(|()| true).map_err(CniError::kernel(format!("remove {name}"))),
        }
    }

    /// Does all of `changes`, whatever becomes of each.
    ///
    /// # Errors
    /// [`KERNEL`]: the first that was refused and is not `excused`.
    pub fn change(&mut self, mut changes: Changes, excused: impl Fn(Errno) -> bool) -> Result<(), CniError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut first = None;
        let sent = self.route.many(&mut changes.bytes, |index, verdict| {
            if let Err(refusal) = verdict
                && first.is_none()
                && !excused(refusal.errno())
            {
                first = Some((index, refusal));
            }
            Ok::<(), Error>(())
        });
        let what = changes.what.first().map_or("", String::as_str);
        sent.map_err(CniError::kernel(what))?;
        match first {
            None => Ok(()),
            Some((index, refusal)) => Err(CniError::kernel(changes.what.swap_remove(index))(Error::Refused(refusal))),
        }
    }
}

/// Does something in another namespace, on this thread.
///
/// # Errors
/// [`KERNEL`]: it cannot be entered, or not left; what was done there is then done.
pub fn within<T>(ns: &NetNs, work: impl FnOnce() -> T) -> Result<T, CniError> {
    let enter = |error| CniError::kernel("enter the container's namespace")(Error::NetNs(error));
    let inside = ns.enter().map_err(enter)?;
    let done = work();
    inside.leave().map_err(enter)?;
    Ok(done)
}

/// Writes a setting below `/proc/sys/net` of the namespace that the thread is in.
///
/// # Errors
/// [`IO_FAILURE`](super::error::IO_FAILURE)
pub fn set(setting: &str, value: &str) -> Result<(), CniError> {
    crate::netns::set(setting, value).map_err(CniError::io(format!("set net/{setting} to {value}")))
}

/// Reads one, without the end of the line; `None` where the kernel has no such setting.
pub fn setting(setting: &str) -> Option<String> {
    let text = std::fs::read_to_string(Path::new("/proc/sys/net").join(setting)).ok()?;
    Some(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_addresses() {
        let of = |text| broadcast(crate::cni::config::cidr(text).unwrap()).map(|addr| addr.to_string());
        assert_eq!(of("10.1.2.3/24").as_deref(), Some("10.1.2.255"));
        assert_eq!(of("10.1.2.3/30").as_deref(), Some("10.1.2.3"));
        assert_eq!(of("10.1.2.3/0").as_deref(), Some("255.255.255.255"));
        assert_eq!((of("10.1.2.3/31"), of("fd00::1/64")), (None, None));
    }
}
