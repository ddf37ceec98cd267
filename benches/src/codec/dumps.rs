//! Real dumps of the kernel that runs here, of objects made for the purpose, in namespaces that go away with the program.

use std::error::Error;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Command, Stdio};

use barelink::{NetNs, Protocol, Socket};
use bytes::BytesMut;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Uid, getgid, getuid};
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::nft::{NFPROTO_IPV4, NFT_MSG_GETRULE, NfGenMsg, NftaRule};
use nlmsg::payload::{Headed, Nest, Selector, Str};
use nlmsg::route::{Ifa::*, Ifla::*, IflaInfo::*, Rta::*, *};
use nlmsg::{Body, Record};

use crate::ours;
use crate::requests::{RouteRequest, VethRequest};

pub const PORTS: u32 = 1_000;
pub const ADDRS: u32 = 1_000;
pub const ROUTES: u32 = 100_000;
pub const RULES: u32 = 1_000;

/// All messages of a dump, one behind the other, without `NLMSG_DONE`.
pub struct Dump {
    pub bytes: BytesMut,
    pub messages: u32,
}

/// The four dumps.
pub struct Dumps {
    pub links: Dump,
    pub addrs: Dump,
    pub routes: Dump,
    pub rules: Dump,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MAKE: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);

/// Makes a bridge with ports, routes, addresses and rules in a namespace of its own, and asks the kernel for them.
pub fn take() -> Result<Dumps> {
    if !Uid::effective().is_root() {
        become_root()?;
    }
    let ns = NetNs::new()?;
    // nft, started later, inherits it
    ns.switch()?;
    let mut socket = Socket::open(Protocol::Route)?;
    let bridge = bridge(&mut socket)?;
    // a veth goes away with its peer's namespace
    let containers = NetNs::new()?;
    ports(&mut socket, bridge, &containers)?;
    let links = {
        let wanted = [IFLA_MASTER(bridge)];
        dump(&mut socket, RTM_GETLINK, &Headed::new(IfInfoMsg::default(), Nest::List(&wanted)))?
    };
    addr(&mut socket, bridge, 0)?;
    routes(&mut socket, bridge)?;
    let routes = {
        let wanted = [RTA_TABLE(RT_TABLE_MAIN), RTA_OIF(bridge)];
        let header = RtMsg { rtm_family: AF_INET, ..RtMsg::default() };
        dump(&mut socket, RTM_GETROUTE, &Headed::new(header, Nest::List(&wanted)))?
    };
    for i in 1..ADDRS {
        addr(&mut socket, bridge, i)?;
    }
    let header = IfAddrMsg { ifa_index: bridge, ..IfAddrMsg::default() };
    let none: &[Ifa<'_>] = &[];
    let addrs = dump(&mut socket, RTM_GETADDR, &Headed::new(header, Nest::List(none)))?;
    nft_rules()?;
    let none: &[NftaRule<'_>] = &[];
    let body = Headed::new(NfGenMsg::new(NFPROTO_IPV4), Nest::List(none));
    let rules = dump(&mut Socket::open(Protocol::Netfilter)?, NFT_MSG_GETRULE, &body)?;
    drop(containers);
    Ok(Dumps { links, addrs, routes, rules })
}

/// A user namespace, in which anybody may make network namespaces.
fn become_root() -> Result<()> {
    let (uid, gid) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
    Ok(())
}

fn dump<'b, B: Body<'b>>(socket: &mut Socket, nlmsg_type: u16, body: &B) -> Result<Dump> {
    let mut dump = Dump { bytes: BytesMut::new(), messages: 0 };
    let interrupted = socket.dump(nlmsg_type, NlmF(0), body, |message| {
        message.header.write(&mut dump.bytes);
        dump.bytes.extend_from_slice(message.payload);
        dump.bytes.resize(dump.bytes.len().next_multiple_of(4), 0);
        dump.messages += 1;
        Ok::<(), barelink::Error>(())
    })?;
    if interrupted { Err("the objects changed while they were listed".into()) } else { Ok(dump) }
}

/// Sends many requests; the first refusal ends it.
fn many(socket: &mut Socket, requests: &mut BytesMut) -> Result<()> {
    socket.many(requests, |_, verdict| verdict.map_err(barelink::Error::Refused))?;
    requests.clear();
    Ok(())
}

fn bridge(socket: &mut Socket) -> Result<u32> {
    let kind = [IFLA_INFO_KIND(Selector(Str::bare("bridge")))];
    let attrs = [IFLA_IFNAME(Str::new("br0")), IFLA_LINKINFO(Nest::List(&kind))];
    let header = IfInfoMsg { ifi_flags: IFF_UP, ifi_change: IFF_UP, ..IfInfoMsg::default() };
    let mut index = 0;
    socket.request_echo(RTM_NEWLINK, MAKE, &Headed::new(header, Nest::List(&attrs)), |message| {
        index = message.body::<Link<'_>>().map_err(barelink::Error::Answer)?.header.ifi_index;
        Ok::<(), barelink::Error>(())
    })?;
    Ok(index.try_into()?)
}

/// Containers' ends of the bridge, each with its peer in another namespace.
fn ports(socket: &mut Socket, master: u32, containers: &NetNs) -> Result<()> {
    let netns_fd = containers.as_fd().as_raw_fd().try_into()?;
    let mut requests = BytesMut::new();
    for i in 0..PORTS {
        let (name, peer) = (format!("veth{i:07x}"), format!("eth{i}"));
        let request = VethRequest { name: &name, peer: &peer, c_name: c"", c_peer: c"", master, netns_fd };
        ours::encode_veth(&mut requests, &request)?;
        if i % 50 == 49 {
            many(socket, &mut requests)?;
        }
    }
    many(socket, &mut requests)
}

fn addr(socket: &mut Socket, ifa_index: u32, i: u32) -> Result<()> {
    let (family, len, ip) = match i % 2 {
        0 => (AF_INET, 16, IpAddr::from(Ipv4Addr::from_bits(0xac10_0001 + i))),
        _ => (AF_INET6, 64, IpAddr::from(Ipv6Addr::from_bits(0xfd00 << 112 | u128::from(i)))),
    };
    let attrs = [IFA_LOCAL(ip), IFA_ADDRESS(ip), IFA_FLAGS(IFA_F_NODAD)];
    let header = IfAddrMsg { ifa_family: family, ifa_prefixlen: len, ifa_index, ..IfAddrMsg::default() };
    Ok(socket.request(RTM_NEWADDR, MAKE, &Headed::new(header, Nest::List(&attrs)))?)
}

fn routes(socket: &mut Socket, oif: u32) -> Result<()> {
    let mut requests = BytesMut::new();
    for i in 0..ROUTES {
        let request = RouteRequest {
            dst: Ipv4Addr::from_bits(0x0a00_0000 + (i << 6)),
            dst_len: 26,
            gateway: Ipv4Addr::from_bits(0xac10_0002 + i % 200),
            oif,
            priority: 100 + i % 3,
        };
        ours::encode_route(&mut requests, &request)?;
        if i % 200 == 199 {
            many(socket, &mut requests)?;
        }
    }
    many(socket, &mut requests)
}

/// The kinds of rules that container hosts have, written for `nft`.
fn nft_rules() -> Result<()> {
    let mut script = String::from(
        "table ip bench {\n chain pod { }\n chain out { }\n\
         chain nat { type nat hook prerouting priority dstnat; }\n chain forward { type filter hook forward priority 0;\n",
    );
    for i in 0..RULES * 9 / 10 {
        let (a, b) = (i / 200, i % 200 + 1);
        script += &match i % 9 {
            0 => format!("tcp dport {} accept\n", 1000 + i),
            1 => format!("ip saddr 10.{a}.{b}.0/24 tcp dport {{ 80, 443 }} counter accept\n"),
            2 => format!("iifname \"veth{i:07x}\" oifname \"br0\" counter accept\n"),
            3 => "ct state established,related accept\n".to_string(),
            4 => format!("ip daddr 10.{a}.{b}.7 meta mark set 0x{i:x}\n"),
            5 => format!("ip saddr != 10.{a}.{b}.0/24 log prefix \"policy {i} \" drop\n"),
            6 => format!("ip daddr 10.{a}.{b}.9 jump pod comment \"pod {i}\"\n"),
            7 => format!("udp dport {} reject\n", 1000 + i),
            _ => format!("meta mark & 0xff == 0x{:x} goto out\n", i % 255),
        };
    }
    script += "}\n chain nat {\n";
    for i in 0..RULES / 10 {
        script += &format!("ip daddr 192.0.2.{} tcp dport {} dnat to 10.1.2.{}:8080\n", i % 250, 8000 + i, i % 250 + 1);
    }
    script += "}\n}\n";
    let mut nft = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).spawn().map_err(|e| format!("nft: {e}"))?;
    nft.stdin.take().ok_or("nft has no input")?.write_all(script.as_bytes())?;
    let status = nft.wait()?;
    if status.success() { Ok(()) } else { Err(format!("nft: {status}").into()) }
}
