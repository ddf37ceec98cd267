//! Container networking over raw netlink: sockets, conversations and namespaces.
//!
//! A container's network, there and back: a namespace, a pair of devices of which one is born inside it, a
//! bridge, addresses, a default route, and masquerading. Each request is written as the tree that goes over
//! the wire; [`nlmsg`] has the tables.
//!
//! ```
//! use std::net::{IpAddr, Ipv4Addr};
//! use std::os::fd::{AsFd, AsRawFd};
//!
//! use barelink::{Error, NetNs, Protocol, Socket};
//! use bytes::BytesMut;
//! use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
//! use nlmsg::nft::{ExprData::*, NftaChain::*, NftaExpr::*, NftaExprList::*, NftaHook::*, NftaRule::*, NftaTable::*};
//! use nlmsg::nft::{self, Batch, NFPROTO_IPV4, NfGenMsg};
//! use nlmsg::payload::{Be, Headed, Nest, Selector, Str};
//! use nlmsg::route::{Ifa::*, Ifla::*, IflaInfo::*, InfoData::*, Rta::*, VethInfo::*};
//! use nlmsg::route::{self, *};
//!
//! const NEW: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);
//! const UP: IfInfoMsg = IfInfoMsg { ifi_flags: IFF_UP, ifi_change: IFF_UP, ..LINK };
//! EXAMPLE
//! ```
