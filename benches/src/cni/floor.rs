//! What nobody can do without: a process, what the kernel takes for a veth pair with an address and a route, and a lease that
//! is flushed. `ADD` and `DEL` can come near to this, and not below.

use std::fs::{self, File};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::time::Instant;

use barelink::{NetNs, Protocol, Socket};
use bytes::BytesMut;
use nlmsg::frame::{self, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NlmF};
use nlmsg::payload::{Low8, Nest, Selector, Str};
use nlmsg::route::{Ifa::*, Ifla::*, IflaInfo::*, InfoData, Rta::*, kind::VethInfo::*, *};

use super::{Done, LIFE, place};

const MAKE: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);
const NAME: &str = "floor0";

fn up(index: u32) -> IfInfoMsg {
    IfInfoMsg { ifi_index: index as i32, ifi_flags: IFF_UP, ifi_change: IFF_UP, ..IfInfoMsg::default() }
}

fn named(name: &str) -> [Ifla<'_>; 1] {
    [IFLA_IFNAME(Str::new(name))]
}

fn index(socket: &mut Socket, name: &str) -> Done<u32> {
    let mut index = 0;
    socket.get(RTM_GETLINK, NlmF(0), &Link::new(IfInfoMsg::default(), Nest::List(&named(name))), |message| {
        index = message.body::<Link<'_>>().map_err(barelink::exchange::Error::Answer)?.header.ifi_index as u32;
        Ok::<(), barelink::exchange::Error>(())
    })?;
    Ok(index)
}

/// Seconds of the two, without the process: the medians.
pub fn measure(folder: &Path, rounds: usize) -> Done<[f64; 2]> {
    let (_host, mut socket) = place::fresh()?;
    let info = [IFLA_INFO_KIND(Selector(Str::bare("bridge")))];
    let bridge = [IFLA_IFNAME(Str::new("bench0")), IFLA_LINKINFO(Nest::List(&info))];
    socket.request(RTM_NEWLINK, MAKE, &Link::new(up(0), Nest::List(&bridge)))?;
    let master = index(&mut socket, "bench0")?;
    let mut took = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let ns = NetNs::new()?;
        let mut inside = Socket::open_in(&ns, Protocol::Route)?;
        std::thread::sleep(LIFE);
        let start = Instant::now();
        let lease = folder.join(".lease");
        let mut file = File::create(&lease)?;
        file.write_all(b"floor\r\neth0")?;
        file.sync_data()?;
        fs::rename(&lease, folder.join("10.77.0.2"))?;
        pair(&mut socket, master, &ns)?;
        container(&mut inside)?;
        took[0].push(start.elapsed().as_secs_f64());

        std::thread::sleep(LIFE);
        let start = Instant::now();
        socket.request(RTM_DELLINK, NlmF(0), &Link::new(IfInfoMsg::default(), Nest::List(&named(NAME))))?;
        fs::remove_file(folder.join("10.77.0.2"))?;
        took[1].push(start.elapsed().as_secs_f64());
    }
    Ok(took.map(|mut took| {
        took.sort_by(f64::total_cmp);
        took[took.len() / 2]
    }))
}

/// A veth pair on the bridge, the other end in the container.
fn pair(socket: &mut Socket, master: u32, ns: &NetNs) -> Done<()> {
    let peer = [IFLA_IFNAME(Str::new("eth0")), IFLA_NET_NS_FD(ns.as_fd().as_raw_fd() as u32)];
    let peer = [VETH_INFO_PEER(Link::new(IfInfoMsg::default(), Nest::List(&peer)))];
    let info = [IFLA_INFO_KIND(Selector(Str::bare("veth"))), IFLA_INFO_DATA(InfoData::Veth(Nest::List(&peer)))];
    let attrs = [IFLA_IFNAME(Str::new(NAME)), IFLA_MASTER(master), IFLA_LINKINFO(Nest::List(&info))];
    Ok(socket.request(RTM_NEWLINK, MAKE, &Link::new(up(0), Nest::List(&attrs)))?)
}

/// Its address, up, and its default route, in one datagram.
fn container(inside: &mut Socket) -> Done<()> {
    let index = index(inside, "eth0")?;
    let [addr, gateway] = [2, 1].map(|last| IpAddr::from(Ipv4Addr::new(10, 77, 0, last)));
    let flags = NLM_F_REQUEST | NLM_F_ACK;
    let mut bytes = BytesMut::new();
    let header = IfAddrMsg { ifa_family: AF_INET, ifa_prefixlen: 16, ifa_index: index, ..IfAddrMsg::default() };
    let attrs = [IFA_LOCAL(addr), IFA_ADDRESS(addr)];
    frame::message(&mut bytes, RTM_NEWADDR, flags | MAKE, 0, &Addr::new(header, Nest::List(&attrs)))?;
    frame::message(&mut bytes, RTM_NEWLINK, flags, 0, &Link::new(up(index), Nest::List(&[])))?;
    let header = RtMsg {
        rtm_family: AF_INET,
        rtm_table: Low8::new(RT_TABLE_MAIN.0 as u8),
        rtm_protocol: RTPROT_BOOT,
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    };
    let attrs = [RTA_OIF(index), RTA_GATEWAY(gateway)];
    frame::message(&mut bytes, RTM_NEWROUTE, flags | MAKE, 0, &Route::new(header, Nest::List(&attrs)))?;
    inside.many(&mut bytes, |_, verdict| verdict.map_err(barelink::exchange::Error::Refused))?;
    Ok(())
}
