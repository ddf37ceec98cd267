//! The half of the demo that speaks rtnetlink: one namespace, and what can be asked of the kernel there.
//!
//! Each method is one of `ip`'s commands as the tree that goes over the wire. A tree begins with a fixed header
//! (`struct ifinfomsg` for links, `ifaddrmsg` for addresses, `rtmsg` for routes); attributes follow.

use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, AsRawFd};

use nlmsg::Message;
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::payload::{ByFlag, Low8, Nest, Selector, Slot, Str};
use nlmsg::route::Ifa::*;
use nlmsg::route::Ifla::*;
use nlmsg::route::IflaAfSpec::AF_INET as AF_INET_SPEC;
use nlmsg::route::IflaInet::IFLA_INET_CONF;
use nlmsg::route::Rta::*;
use nlmsg::route::link::IflaInfo::*;
use nlmsg::route::link::kind::VethInfo::VETH_INFO_PEER;
use nlmsg::route::{
    AF_INET, Addr, IFF_UP, IPV4_DEVCONF_FORWARDING, IfAddrMsg, IfInfoMsg, IfOper, Ifla, InfoData, Link, LinkAfSpec,
    RT_SCOPE_UNIVERSE, RT_TABLE_MAIN, RTM_GETADDR, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWROUTE, RTM_SETLINK, RTN_UNICAST,
    RTPROT_BOOT, Route, RtMsg,
};

use super::wire::Wire;
use crate::exchange::{Error, Protocol};
use crate::{NetNs, Socket};

/// What makes an object, and refuses if there is one already.
const MAKE: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);

/// A network namespace, and a socket inside it.
pub(super) struct Place {
    pub(super) ns: NetNs,
    route: Socket,
    /// Devices whose numbers we have asked for.
    known: Vec<(String, u32)>,
}

impl Place {
    pub(super) fn new(ns: NetNs, wire: &Wire) -> Result<Place, Error> {
        // a socket belongs to the namespace in which it was opened, wherever it is used
        let route = wire.open(|protocol| Socket::open_in(&ns, protocol), Protocol::Route)?;
        Ok(Place { ns, route, known: Vec::new() })
    }

    /// `ip link add NAME type bridge`
    pub(super) fn add_bridge(&mut self, name: &str) -> Result<(), Error> {
        self.route.request(
            RTM_NEWLINK,
            MAKE,
            &Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_IFNAME(Str::new(name)),
                    IFLA_LINKINFO(Nest::List(&[IFLA_INFO_KIND(Selector(Str::bare("bridge")))])),
                ]),
            ),
        )
    }

    /// `ip link add NAME type veth peer name PEER [netns OTHER]`
    ///
    /// The peer is a whole link inside the link: a fixed header of its own, then its attributes.
    pub(super) fn add_veth(&mut self, name: &str, peer: &str, other: Option<&NetNs>) -> Result<(), Error> {
        let mut peer = vec![IFLA_IFNAME(Str::new(peer))];
        // a namespace goes over the wire as the number of an open file of ours
        peer.extend(other.map(|ns| IFLA_NET_NS_FD(ns.as_fd().as_raw_fd() as u32)));
        self.route.request(
            RTM_NEWLINK,
            MAKE,
            &Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_IFNAME(Str::new(name)),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::bare("veth"))),
                        IFLA_INFO_DATA(InfoData::Veth(Nest::List(&[VETH_INFO_PEER(Link::new(
                            IfInfoMsg::default(),
                            Nest::List(&peer),
                        ))]))),
                    ])),
                ]),
            ),
        )
    }

    /// `ip link set NAME up`
    ///
    /// `ifi_change` says which bits of `ifi_flags` are meant; without it the others would be cleared.
    pub(super) fn up(&mut self, name: &str) -> Result<(), Error> {
        let header = IfInfoMsg { ifi_flags: IFF_UP, ifi_change: IFF_UP, ..Default::default() };
        self.route.request(RTM_NEWLINK, NlmF(0), &Link::new(header, Nest::List(&[IFLA_IFNAME(Str::new(name))])))
    }

    /// `ip link set NAME master BRIDGE`
    pub(super) fn enslave(&mut self, name: &str, bridge: &str) -> Result<(), Error> {
        let master = self.index(bridge)?;
        self.set(name, IFLA_MASTER(master))
    }

    /// `ip link set NAME netns OTHER`
    pub(super) fn give(&mut self, name: &str, other: &NetNs) -> Result<(), Error> {
        self.set(name, IFLA_NET_NS_FD(other.as_fd().as_raw_fd() as u32))
    }

    /// `sysctl -w net.ipv4.conf.NAME.forwarding=1`, but without a file: `IFLA_AF_SPEC` of a link takes the same
    /// settings, by number.
    pub(super) fn forward(&mut self, name: &str) -> Result<(), Error> {
        self.set(
            name,
            IFLA_AF_SPEC(LinkAfSpec::Families(Nest::Nested(&[AF_INET_SPEC(Nest::Nested(&[IFLA_INET_CONF(ByFlag::Nested(
                Nest::Nested(&[Slot::At(IPV4_DEVCONF_FORWARDING.0, 1)]),
            ))]))]))),
        )
    }

    /// Changes one thing about a device.
    fn set(&mut self, name: &str, attr: Ifla<'_>) -> Result<(), Error> {
        let attrs = [IFLA_IFNAME(Str::new(name)), attr];
        self.route.request(RTM_SETLINK, NlmF(0), &Link::new(IfInfoMsg::default(), Nest::List(&attrs)))
    }

    /// `ip addr add ADDRESS/LEN dev NAME`
    pub(super) fn add_addr(&mut self, address: Ipv4Addr, len: u8, name: &str) -> Result<(), Error> {
        let header = IfAddrMsg { ifa_family: AF_INET, ifa_prefixlen: len, ifa_index: self.index(name)?, ..Default::default() };
        let attrs = [IFA_LOCAL(address.into()), IFA_ADDRESS(address.into())];
        self.route.request(RTM_NEWADDR, MAKE, &Addr::new(header, Nest::List(&attrs)))
    }

    /// `ip route add default via GATEWAY [dev NAME]`
    ///
    /// The default route is the one without `RTA_DST`: its destination has 0 bits.
    pub(super) fn add_default(&mut self, gateway: Ipv4Addr, name: Option<&str>) -> Result<(), Error> {
        let header = RtMsg {
            rtm_family: AF_INET,
            rtm_table: Low8::new(RT_TABLE_MAIN.0 as u8),
            rtm_protocol: RTPROT_BOOT,
            rtm_scope: RT_SCOPE_UNIVERSE,
            rtm_type: RTN_UNICAST,
            ..Default::default()
        };
        let mut attrs = vec![RTA_GATEWAY(gateway.into())];
        if let Some(name) = name {
            attrs.push(RTA_OIF(self.index(name)?));
        }
        self.route.request(RTM_NEWROUTE, MAKE, &Route::new(header, Nest::List(&attrs)))
    }

    /// The number of a device. Addresses, routes and masters are about numbers, so `ip` too asks first.
    fn index(&mut self, name: &str) -> Result<u32, Error> {
        if let Some((_, index)) = self.known.iter().find(|(known, _)| known == name) {
            return Ok(*index);
        }
        let index = self.link(name, |link| link.header.ifi_index as u32)?;
        self.known.push((name.to_owned(), index));
        Ok(index)
    }

    /// `ip link show NAME`: the `state` of it.
    pub(super) fn state(&mut self, name: &str) -> Result<IfOper, Error> {
        self.link(name, |link| {
            let state = link.attrs.find(|attr| match attr {
                IFLA_OPERSTATE(state) => Some(state),
                _ => None,
            });
            state.unwrap_or_default()
        })
    }

    /// Asks for a device, and gives what `read` makes of it.
    fn link<T: Default>(&mut self, name: &str, read: impl Fn(&Link<'_>) -> T) -> Result<T, Error> {
        let mut told = T::default();
        let attrs = [IFLA_IFNAME(Str::new(name))];
        self.route.get(RTM_GETLINK, NlmF(0), &Link::new(IfInfoMsg::default(), Nest::List(&attrs)), |answer| {
            told = read(&body(&answer)?);
            Ok::<(), Error>(())
        })?;
        Ok(told)
    }

    /// `ip -4 addr show`: the first IPv4 address of device `name`, as the kernel has it: `10.100.0.1/24`.
    pub(super) fn address(&mut self, name: &str) -> Result<Option<String>, Error> {
        let question = Addr::new(IfAddrMsg { ifa_family: AF_INET, ..Default::default() }, Nest::List(&[]));
        let found = self.route.list(RTM_GETADDR, NlmF(0), &question, |answer| {
            let addr: Addr<'_> = body(&answer)?;
            // an IPv4 address is labelled with the name of its device
            let here = addr.attrs.find(|attr| matches!(attr, IFA_LABEL(label) if label == name).then_some(()));
            let local = addr.attrs.find(|attr| match attr {
                IFA_LOCAL(IpAddr::V4(address)) => Some(address),
                _ => None,
            });
            Ok::<_, Error>(here.and(local).map(|address| format!("{address}/{}", addr.header.ifa_prefixlen)))
        })?;
        Ok(found.items.into_iter().next())
    }
}

/// What an answer says.
pub(super) fn body<'a, B: nlmsg::Body<'a>>(answer: &Message<'a>) -> Result<B, Error> {
    answer.body().map_err(Error::Answer)
}
