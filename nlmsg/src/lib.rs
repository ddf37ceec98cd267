//! The language of netlink: bytes to messages and messages to bytes, for rtnetlink ([`route`]) and nf_tables
//! ([`nft`]). No I/O, no `unsafe`, no `std`.
//!
//! # What a message looks like
//!
//! `ip link add ve1 type veth peer name ve2` says this to the kernel, 84 bytes, and nothing else:
//!
//! ```text
//!  54 00 00 00  10 00  05 06  2e 9b 3e 6b  00 00 00 00    struct nlmsghdr: 84 bytes, RTM_NEWLINK,
//! |nlmsg_len   |_type |_flags|nlmsg_seq   |nlmsg_pid  |     REQUEST ACK EXCL CREATE, number, to the kernel
//!  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00     struct ifinfomsg: no family, index, flags
//!  08 00 03 00  76 65 31 00                               IFLA_IFNAME "ve1\0"
//! |_len |_type|value      |                                 8 = 4 bytes of struct nlattr + 4 of value
//!  2c 00 12 00                                            IFLA_LINKINFO, 44 bytes: attributes inside
//!     08 00 01 00  76 65 74 68                              IFLA_INFO_KIND "veth": it picks what follows
//!     20 00 02 00                                           IFLA_INFO_DATA, 32 bytes, of a veth:
//!        1c 00 01 00                                          VETH_INFO_PEER, 28 bytes:
//!           00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00   struct ifinfomsg of the peer
//!           08 00 03 00  76 65 32 00                             IFLA_IFNAME "ve2\0"
//! ```
//!
//! So a message is a header, a fixed struct, and a tree of attributes; every attribute says its length and its
//! type, and is filled up with zeros to a multiple of four. Here the tree is written as it goes over the wire:
//!
//! ```
//! use bytes::BytesMut;
//! use nlmsg::frame::{self, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST};
//! use nlmsg::payload::{Headed, Nest, Selector, Str};
//! use nlmsg::route::{IfInfoMsg, Ifla::*, IflaInfo::*, InfoData, Link, RTM_NEWLINK, VethInfo::*};
//!
//! let nothing = IfInfoMsg::default();
//! let mut bytes = BytesMut::new();
//! frame::message(&mut bytes, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE, 1,
//!     &Link::new(nothing, Nest::List(&[
//!         IFLA_IFNAME(Str::new("ve1")),
//!         IFLA_LINKINFO(Nest::List(&[
//!             IFLA_INFO_KIND(Selector(Str::bare("veth"))),
//!             IFLA_INFO_DATA(InfoData::Veth(Nest::List(&[
//!                 VETH_INFO_PEER(Headed::new(nothing, Nest::List(&[IFLA_IFNAME(Str::new("ve2"))]))),
//!             ]))),
//!         ])),
//!     ])))?;
//! assert_eq!(bytes.len(), 84);
//! # Ok::<(), nlmsg::Error>(())
//! ```
//!
//! And here a datagram of a dump is walked, as the kernel sends it: several messages, then `NLMSG_DONE`. Nothing is
//! allocated, and nothing is read before it is asked for. What a table does not know is `Unknown`, never an error.
//!
//! ```
//! use nlmsg::ack::Ack;
//! use nlmsg::route::{Ifla::*, Link, RTM_NEWLINK};
//! use nlmsg::{Error, Messages};
//!
//! fn print_mtus(datagram: &[u8]) -> Result<(), Error> {
//!     for message in Messages::new(datagram) {
//!         let message = message?;
//!         if let Some(end) = Ack::parse(&message)? {
//!             println!("the end: error {}, {:?}", end.error, end.message());
//!         } else if message.header.nlmsg_type == RTM_NEWLINK {
//!             let link: Link<'_> = message.body()?;
//!             let (mut name, mut mtu) = (None, 0);
//!             for attr in link.attrs {
//!                 match attr? {
//!                     IFLA_IFNAME(text) => name = Some(text),
//!                     IFLA_MTU(bytes) => mtu = bytes,
//!                     _ => {}
//!                 }
//!             }
//!             println!("{}: {name:?} carries {mtu} bytes", link.header.ifi_index);
//!         }
//!     }
//!     Ok(())
//! }
//! # let datagram = [
//! #     [40u32, 0x0002_0010, 1, 0, 0, 2, 0, 0, 0x0004_0008, 1500].map(u32::to_ne_bytes).concat(),
//! #     [20u32, 0x0002_0003, 1, 0, 0].map(u32::to_ne_bytes).concat(),
//! # ].concat();
//! # if cfg!(target_endian = "little") { print_mtus(&datagram)? }
//! # Ok::<(), Error>(())
//! ```
//!
//! # Where to read on
//!
//! | floor | what it is |
//! | --- | --- |
//! | [`frame`] | headers: cutting a buffer into messages and attributes, putting them together |
//! | [`payload`] | what a value can be; a quirk of the kernel is a type there |
//! | `table.rs` | the macros that make a set of attributes out of a table |
//! | [`route`], [`nft`] | the tables |
//! | [`ack`] | how the kernel answers: errors, warnings, the end of a dump |
//! | [`error`] | what can be wrong with bytes, and where |
//! | [`mod@explain`] | any message as rows of offset, bytes, name and value, and as words; an offset as a path |
//! | [`make`] | a generator of messages |
//! | `fuzz` | a kit for fuzzing netlink code, with the feature of that name |
//!
//! Three promises hold for every table: decoding and encoding again gives the same bytes, whatever the bytes were;
//! nothing panics; and what is odd in one attribute leaves the others readable.

#![no_std]

#[cfg(feature = "fuzz")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[macro_use]
mod table;

pub mod ack;
#[cfg(test)]
mod captured;
pub mod errno;
pub mod error;
pub mod explain;
pub mod frame;
#[cfg(feature = "fuzz")]
pub mod fuzz;
// without the feature it is a source of choices, which the tables name but no program keeps
#[cfg_attr(not(feature = "fuzz"), allow(dead_code, unused_imports))]
pub mod make;
pub mod nft;
pub mod payload;
pub mod route;

pub use error::Error;
pub use frame::{Body, Message, Messages, Raw};
pub use payload::{AttrSet, Context, Field, Nest, Payload, Record, View};
