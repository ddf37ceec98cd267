//! Where it is measured: namespaces that nobody else sees, full of routes or links.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd};

use barelink::{NetNs, Protocol, Socket};
use bytes::BytesMut;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nlmsg::frame::{self, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST};
use nlmsg::payload::{Headed, Low8, Nest, Selector, Str};
use nlmsg::route::{Ifla::*, IflaInfo::*, InfoData, Rta::*, kind::VethInfo::*, *};

type Done<T> = Result<T, Box<dyn Error>>;

/// A network and a `/run` of our own; without root, a user namespace around them.
pub fn enter() -> Done<()> {
    let (uid, gid, none) = (nix::unistd::getuid(), nix::unistd::getgid(), None::<&str>);
    let mut flags = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS;
    if !uid.is_root() {
        flags |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(flags)?;
    if !uid.is_root() {
        fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
    }
    mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none)?;
    Ok(mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), none)?)
}

/// A namespace whose `lo` is up, and a socket in it.
pub fn fresh() -> Done<(NetNs, Socket)> {
    let ns = NetNs::new()?;
    let mut socket = Socket::open_in(&ns, Protocol::Route)?;
    let up = IfInfoMsg { ifi_index: 1, ifi_flags: IFF_UP, ifi_change: IFF_UP, ..IfInfoMsg::default() };
    socket.request(RTM_NEWLINK, frame::NlmF(0), &Link::new(up, Nest::List(&[])))?;
    Ok((ns, socket))
}

/// The route with this number: every tenth of IPv6's has a prefix that shortens to `::`.
fn destination(v6: bool, number: u32) -> IpAddr {
    let [a, b, c, d] = number.to_be_bytes();
    match v6 {
        true => Ipv6Addr::new(0x2001, 0xdb8, 0, u16::from(a), u16::from(b), 0, u16::from(c), u16::from(d) << 4 | 1).into(),
        false => Ipv4Addr::new(10 + a, b, c, d).into(),
    }
}

/// Adds routes through `lo`, of which every eighth has a metric.
pub fn routes(socket: &mut Socket, v6: bool, count: u32) -> Done<()> {
    let header = RtMsg {
        rtm_family: if v6 { AF_INET6 } else { AF_INET },
        rtm_dst_len: if v6 { 128 } else { 32 },
        rtm_table: Low8::new(RT_TABLE_MAIN.0 as u8),
        rtm_protocol: RTPROT_STATIC,
        rtm_scope: if v6 { RT_SCOPE_UNIVERSE } else { RT_SCOPE_LINK },
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    };
    for start in (0..count).step_by(2000) {
        let mut bytes = BytesMut::new();
        for number in start..count.min(start + 2000) {
            let attrs = [RTA_DST(destination(v6, number)), RTA_OIF(1), RTA_PRIORITY(100)];
            let attrs = if number % 8 == 0 { &attrs[..] } else { &attrs[..2] };
            let flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
            frame::message(&mut bytes, RTM_NEWROUTE, flags, 0, &Headed::new(header, Nest::List(attrs)))?;
        }
        socket.many(&mut bytes, |_, verdict| verdict.map_err(barelink::Error::Refused))?;
    }
    Ok(())
}

/// A file of commands that add routes.
pub fn route_batch(path: &str, count: u32) -> Done<()> {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "route add {} dev lo", destination(false, number))?;
    }
    Ok(fs::write(path, text)?)
}

/// A file of commands that make veth pairs.
pub fn veth_batch(path: &str, count: u32) -> Done<()> {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "link add a{number} type veth peer name b{number}")?;
    }
    Ok(fs::write(path, text)?)
}

/// Veth pairs, the other end of each in a namespace of its own that has a name.
pub fn containers(socket: &mut Socket, count: u32) -> Done<()> {
    for number in 0..count {
        let ns = NetNs::create(format!("c{number}"))?;
        let (name, peer) = (format!("v{number}"), IfInfoMsg::default());
        socket.request(
            RTM_NEWLINK,
            NLM_F_CREATE | NLM_F_EXCL,
            &Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_IFNAME(Str::new(&name)),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::new("veth"))),
                        IFLA_INFO_DATA(InfoData::Veth(Nest::List(&[VETH_INFO_PEER(Headed::new(
                            peer,
                            Nest::List(&[IFLA_IFNAME(Str::new("eth0")), IFLA_NET_NS_FD(ns.as_fd().as_raw_fd() as u32)]),
                        ))]))),
                    ])),
                ]),
            ),
        )?;
    }
    Ok(())
}

/// The least that a program must do to get a dump of routes: ask, and receive until `NLMSG_DONE`.
pub fn receive(v6: bool) -> Done<()> {
    let header = RtMsg { rtm_family: if v6 { AF_INET6 } else { AF_INET }, ..RtMsg::default() };
    let mut request = BytesMut::new();
    let body = Headed::new(header, Nest::List(&[RTA_TABLE(RT_TABLE_MAIN)]));
    frame::message(&mut request, RTM_GETROUTE, NLM_F_REQUEST | frame::NLM_F_DUMP, 1, &body)?;
    // opened by the library for its options; the loop itself is the system's calls alone
    let socket = Socket::open(Protocol::Route)?;
    let fd = socket.as_fd().as_raw_fd();
    let mut buffer = vec![0u8; 32 * 1024];
    // SAFETY: the pointer is valid for the bytes of the request.
    unsafe { libc::send(fd, request.as_ptr().cast(), request.len(), 0) };
    loop {
        // SAFETY: the kernel writes at most as many bytes as the buffer has.
        let len = unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), 0) };
        if len < 20 {
            return Err(std::io::Error::last_os_error().into());
        }
        let mut at = 0;
        while at + 16 <= len as usize {
            if buffer[at + 4..at + 6] == 3u16.to_ne_bytes() {
                return Ok(());
            }
            let bytes = [buffer[at], buffer[at + 1], buffer[at + 2], buffer[at + 3]];
            at += frame::align(u32::from_ne_bytes(bytes).max(16) as usize);
        }
    }
}
