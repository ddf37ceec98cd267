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
//! use nlmsg::nft::{self, ExprData, HookNum, NftaChain::*, NftaExpr::*, NftaExprList::*, NftaHook::*, NftaRule::*, NftaTable::*};
//! use nlmsg::nft::{Batch, NF_INET_POST_ROUTING, NFPROTO_IPV4, NFT_MSG_DELTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWTABLE};
//! use nlmsg::payload::{Be, Headed, Low8, Nest, Selector, Str};
//! use nlmsg::route::{self, Ifa::*, Ifla::*, IflaInfo::*, InfoData, Rta::*, kind::VethInfo::*, *};
//!
//! const NEW: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);
//! const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 0, 1));
//! const POD: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 0, 2));
//!
//! fn device(index: i32, flags: Iff) -> IfInfoMsg {
//!     IfInfoMsg { ifi_index: index, ifi_flags: flags, ifi_change: flags, ..IfInfoMsg::default() }
//! }
//!
//! /// Makes a device, and gives its index.
//! fn make(socket: &mut Socket, attrs: &[Ifla<'_>]) -> Result<i32, Error> {
//!     let (request, mut index) = (Headed::new(device(0, IFF_UP), Nest::List(attrs)), 0);
//!     socket.request_echo(RTM_NEWLINK, NEW, &request, |message| {
//!         index = message.body::<Link<'_>>()?.header.ifi_index;
//!         Ok::<(), Error>(())
//!     })?;
//!     Ok(index)
//! }
//!
//! fn address(socket: &mut Socket, index: i32, address: IpAddr) -> Result<(), Error> {
//!     let header = IfAddrMsg { ifa_family: AF_INET, ifa_prefixlen: 24, ifa_index: index as u32, ..IfAddrMsg::default() };
//!     socket.request(RTM_NEWADDR, NEW, &Headed::new(header, Nest::List(&[IFA_LOCAL(address), IFA_ADDRESS(address)])))
//! }
//!
//! fn up() -> Result<(), Error> {
//!     let pod = NetNs::create("pod")?;
//!     let (mut outside, mut inside) = (Socket::open(Protocol::Route)?, Socket::open_in(&pod, Protocol::Route)?);
//!
//!     let bridge = make(&mut outside, &[
//!         IFLA_IFNAME(Str::new("br0")),
//!         IFLA_LINKINFO(Nest::List(&[IFLA_INFO_KIND(Selector(Str::new("bridge")))])),
//!     ])?;
//!     let eth0 = 2; // a new namespace has 1, lo
//!     make(&mut outside, &[
//!         IFLA_IFNAME(Str::new("pod0")),
//!         IFLA_MASTER(bridge as u32),
//!         IFLA_LINKINFO(Nest::List(&[
//!             IFLA_INFO_KIND(Selector(Str::new("veth"))),
//!             IFLA_INFO_DATA(InfoData::Veth(Nest::List(&[VETH_INFO_PEER(Headed::new(device(eth0, Iff(0)), Nest::List(&[
//!                 IFLA_IFNAME(Str::new("eth0")),
//!                 IFLA_NET_NS_FD(pod.as_fd().as_raw_fd() as u32),
//!             ])))]))),
//!         ])),
//!     ])?;
//!     inside.request(RTM_NEWLINK, NlmF(0), &Link::new(device(eth0, IFF_UP), Nest::List(&[])))?;
//!     address(&mut outside, bridge, HOST)?;
//!     address(&mut inside, eth0, POD)?;
//!     let default = RtMsg {
//!         rtm_family: AF_INET,
//!         rtm_table: Low8::new(RT_TABLE_MAIN.0 as u8),
//!         rtm_protocol: RTPROT_BOOT,
//!         rtm_type: RTN_UNICAST,
//!         ..RtMsg::default()
//!     };
//!     inside.request(RTM_NEWROUTE, NEW, &Headed::new(default, Nest::List(&[RTA_GATEWAY(HOST), RTA_OIF(eth0 as u32)])))?;
//!
//!     let (ipv4, mut bytes) = (nft::NfGenMsg::new(NFPROTO_IPV4), Default::default());
//!     let mut batch = Batch::begin(&mut bytes, 0, None)?;
//!     batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE, &Headed::new(ipv4, Nest::List(&[NFTA_TABLE_NAME(Str::new("pods"))])))?;
//!     batch.add(NFT_MSG_NEWCHAIN, NLM_F_CREATE, &Headed::new(ipv4, Nest::List(&[
//!         NFTA_CHAIN_TABLE(Str::new("pods")),
//!         NFTA_CHAIN_NAME(Str::new("out")),
//!         NFTA_CHAIN_TYPE(Str::new("nat")),
//!         NFTA_CHAIN_HOOK(Nest::Nested(&[
//!             NFTA_HOOK_HOOKNUM(HookNum::Inet(Be(NF_INET_POST_ROUTING))),
//!             NFTA_HOOK_PRIORITY(Be(100)),
//!         ])),
//!     ])))?;
//!     batch.add(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, &Headed::new(ipv4, Nest::List(&[
//!         NFTA_RULE_TABLE(Str::new("pods")),
//!         NFTA_RULE_CHAIN(Str::new("out")),
//!         NFTA_RULE_EXPRESSIONS(Nest::Nested(&[NFTA_LIST_ELEM(Nest::Nested(&[
//!             NFTA_EXPR_NAME(Selector(Str::new("masq"))),
//!             NFTA_EXPR_DATA(ExprData::Masq(Nest::Nested(&[]))),
//!         ]))])),
//!     ])))?;
//!     batch.end()?;
//!     Socket::open(Protocol::Netfilter)?.batch(&mut bytes, |_, _| Ok(()))
//! }
//!
//! fn down() -> Result<(), Error> {
//!     let (ipv4, mut bytes) = (nft::NfGenMsg::new(NFPROTO_IPV4), Default::default());
//!     let mut batch = Batch::begin(&mut bytes, 0, None)?;
//!     batch.add(NFT_MSG_DELTABLE, NlmF(0), &Headed::new(ipv4, Nest::List(&[NFTA_TABLE_NAME(Str::new("pods"))])))?;
//!     batch.end()?;
//!     Socket::open(Protocol::Netfilter)?.batch(&mut bytes, |_, _| Ok::<(), Error>(()))?;
//!     let mut outside = Socket::open(Protocol::Route)?;
//!     for name in ["pod0", "br0"] {
//!         outside.request(RTM_DELLINK, NlmF(0), &Link::new(device(0, Iff(0)), Nest::List(&[IFLA_IFNAME(Str::new(name))])))?;
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
pub mod demo;
pub mod exchange;
#[cfg(feature = "cli")]
pub mod explain;
#[cfg(feature = "cli")]
pub mod ip;
pub mod netns;
#[cfg(feature = "cli")]
pub mod nft;
#[cfg(feature = "cli")]
pub mod output;
pub mod socket;
#[cfg(feature = "cli")]
pub mod trace;
#[cfg(feature = "cli")]
pub mod watch;
#[cfg(feature = "cli")]
pub mod words;

pub use exchange::{Error, Protocol, Refusal};
pub use netns::NetNs;
pub use socket::Socket;
