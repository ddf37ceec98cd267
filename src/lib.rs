//! Container networking over raw netlink: sockets, conversations and namespaces.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`exchange`] | the conversation as a state machine without I/O, and what can go wrong in it |
//! | [`socket`] | a netlink socket around it, with a time limit on every wait |
//! | [`netns`] | network namespaces by name, pid and path, as iproute2 lays them out |
//!
//! A container's network, there and back: a namespace, a pair of devices of which one is born inside it, a
//! bridge, addresses, a default route, masquerading. Each request is written as the tree that goes over the
//! wire; [`nlmsg`] has the tables.
//!
//! ```standalone_crate
//! use std::net::{IpAddr, Ipv4Addr};
//! use std::os::fd::{AsFd, AsRawFd};
//!
//! use barelink::{Error, NetNs, Protocol, Socket};
//! use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NlmF};
//! use nlmsg::nft::{self, NftaChain::*, NftaExpr::*, NftaExprList::*, NftaHook::*, NftaRule::*, NftaTable::*, *};
//! use nlmsg::payload::{Be, Low8, Nest::List, Nest::Nested, Str};
//! use nlmsg::route::{Ifa::*, Ifla::*, IflaInfo::*, Rta::*, kind::VethInfo::*, *};
//!
//! const NEW: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);
//! const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 0, 1));
//! const POD: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 0, 2));
//! const PODS: Str<'_> = Str::new("pods");
//!
//! fn device(index: i32, flags: Iff) -> IfInfoMsg {
//!     IfInfoMsg { ifi_index: index, ifi_flags: flags, ifi_change: flags, ..IfInfoMsg::default() }
//! }
//!
//! fn up() -> Result<(), Error> {
//!     let pod = NetNs::create("pod")?;
//!     let (mut outside, mut inside) = (Socket::open(Protocol::Route)?, Socket::open_in(&pod, Protocol::Route)?);
//!     let (br0, eth0) = (900, 2); // a device is born with the index that is asked for
//!     let bridge = [IFLA_IFNAME("br0".into()), IFLA_LINKINFO(List(&[IFLA_INFO_KIND("bridge".into())]))];
//!     outside.request(RTM_NEWLINK, NEW, &Link::new(device(br0, IFF_UP), List(&bridge)))?;
//!     let peer = [IFLA_IFNAME("eth0".into()), IFLA_NET_NS_FD(pod.as_fd().as_raw_fd() as u32)];
//!     outside.request(RTM_NEWLINK, NEW, &Link::new(device(0, IFF_UP), List(&[
//!         IFLA_IFNAME("pod0".into()),
//!         IFLA_MASTER(br0 as u32),
//!         IFLA_LINKINFO(List(&[
//!             IFLA_INFO_KIND("veth".into()),
//!             IFLA_INFO_DATA(InfoData::Veth(List(&[VETH_INFO_PEER(Link::new(device(eth0, Iff(0)), List(&peer)))]))),
//!         ])),
//!     ])))?;
//!     inside.request(RTM_NEWLINK, NlmF(0), &Link::new(device(eth0, IFF_UP), List(&[])))?;
//!     for (socket, index, address) in [(&mut outside, br0, HOST), (&mut inside, eth0, POD)] {
//!         let header = IfAddrMsg { ifa_family: AF_INET, ifa_prefixlen: 24, ifa_index: index as u32, ..IfAddrMsg::default() };
//!         socket.request(RTM_NEWADDR, NEW, &Addr::new(header, List(&[IFA_LOCAL(address), IFA_ADDRESS(address)])))?;
//!     }
//!     let unicast = RtMsg { rtm_family: AF_INET, rtm_protocol: RTPROT_BOOT, rtm_type: RTN_UNICAST, ..RtMsg::default() };
//!     let default = [RTA_TABLE(RT_TABLE_MAIN), RTA_GATEWAY(HOST), RTA_OIF(eth0 as u32)];
//!     inside.request(RTM_NEWROUTE, NEW, &Route::new(unicast, List(&default)))?;
//!
//!     let (ipv4, mut bytes) = (NfGenMsg::new(NFPROTO_IPV4), Default::default());
//!     let mut batch = Batch::begin(&mut bytes, 0, None)?;
//!     batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE, &Table::new(ipv4, List(&[NFTA_TABLE_NAME(PODS)])))?;
//!     batch.add(NFT_MSG_NEWCHAIN, NLM_F_CREATE, &Chain::new(ipv4, List(&[
//!         NFTA_CHAIN_TABLE(PODS),
//!         NFTA_CHAIN_NAME("out".into()),
//!         NFTA_CHAIN_TYPE("nat".into()),
//!         NFTA_CHAIN_HOOK(Nested(&[NFTA_HOOK_HOOKNUM(HookNum::Inet(Be(NF_INET_POST_ROUTING))), NFTA_HOOK_PRIORITY(Be(100))])),
//!     ])))?;
//!     let masq = [NFTA_EXPR_NAME("masq".into()), NFTA_EXPR_DATA(ExprData::Masq(Nested(&[])))];
//!     let expressions = NFTA_RULE_EXPRESSIONS(Nested(&[NFTA_LIST_ELEM(Nested(&masq))]));
//!     let rule = [NFTA_RULE_TABLE(PODS), NFTA_RULE_CHAIN("out".into()), expressions];
//!     batch.add(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, &nft::Rule::new(ipv4, List(&rule)))?;
//!     batch.end()?;
//!     Socket::open(Protocol::Netfilter)?.batch(&mut bytes, |_, _| Ok(()))
//! }
//!
//! fn down() -> Result<(), Error> {
//!     let mut bytes = Default::default();
//!     let mut batch = Batch::begin(&mut bytes, 0, None)?;
//!     batch.add(NFT_MSG_DELTABLE, NlmF(0), &Table::new(NfGenMsg::new(NFPROTO_IPV4), List(&[NFTA_TABLE_NAME(PODS)])))?;
//!     batch.end()?;
//!     Socket::open(Protocol::Netfilter)?.batch(&mut bytes, |_, _| Ok::<(), Error>(()))?;
//!     for name in ["pod0", "br0"] {
//!         let link = [IFLA_IFNAME(name.into())];
//!         Socket::open(Protocol::Route)?.request(RTM_DELLINK, NlmF(0), &Link::new(device(0, Iff(0)), List(&link)))?;
//!     }
//!     Ok(NetNs::delete("pod")?)
//! }
//! # fn sandbox() -> Result<(), Box<dyn std::error::Error>> {
//! #     use nix::{mount::*, sched::*};
//! #     let (uid, gid, none) = (nix::unistd::getuid(), nix::unistd::getgid(), None::<&str>);
//! #     unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS)?;
//! #     std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
//! #     std::fs::write("/proc/self/setgroups", "deny")?;
//! #     std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
//! #     mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none)?;
//! #     Ok(mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), none)?)
//! # }
//! # fn main() -> Result<(), Error> {
//! #     if let Err(error) = sandbox() {
//! #         println!("SKIPPED: no namespaces here: {error}");
//! #         return Ok(());
//! #     }
//! #     for _ in 0..2 {
//! up()?;
//! down()?;
//! #     }
//! #     Ok(())
//! # }
//! ```

#[cfg(feature = "cli")]
pub mod brctl;
#[cfg(feature = "cli")]
pub mod bridge;
pub mod capture;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
mod clock;
#[cfg(feature = "cli")]
pub mod cni;
#[cfg(feature = "cli")]
pub mod demo;
pub mod exchange;
#[cfg(feature = "cli")]
pub mod explain;
#[cfg(feature = "fuzz")]
pub mod fuzz;
#[cfg(feature = "cli")]
pub mod ip;
pub mod netns;
#[cfg(feature = "cli")]
pub mod nft;
#[cfg(feature = "cli")]
pub mod output;
pub mod socket;
#[cfg(feature = "cli")]
mod sort;
#[cfg(feature = "cli")]
pub mod trace;
#[cfg(feature = "cli")]
pub mod watch;
#[cfg(feature = "cli")]
pub mod words;

pub use exchange::{Error, Protocol, Refusal};
pub use netns::NetNs;
pub use socket::Socket;
