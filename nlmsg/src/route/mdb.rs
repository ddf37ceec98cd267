//! The multicast groups that bridges know, and the ports with multicast routers (linux/if_bridge.h).
//!
//! What is asked and what is told have the same numbers and other attributes: a request names one entry
//! ([`MdbaSetEntry`], [`MdbaGetEntry`]), an answer or event has all of a bridge ([`Mdba`]). Answers have the number of
//! the question, `RTM_GETMDB`. Times are in hundredths of a second.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Af;
use super::link::kind::bridge::McastRouter;
use super::route::RtProt;
use crate::payload::{Bytes, Field, Headed, Hw, Nest, View};

record! {
    /// `struct br_port_msg` (linux/if_bridge.h).
    pub struct BrPortMsg("br_port_msg") {
        /// `AF_BRIDGE`.
        family: Af,
        /// A gap.
        __pad: Bytes<3>,
        /// The bridge; 0 is all.
        ifindex: u32,
    }
}

record! {
    /// `struct br_mdb_entry` (linux/if_bridge.h).
    pub struct BrMdbEntry("br_mdb_entry") {
        /// The port, or the bridge itself.
        ifindex: u32,
        /// Whether it ends by itself.
        state: MdbState,
        /// What the kernel says of it.
        flags: MdbFlags,
        /// The VLAN; 0 is none.
        vid: u16,
        /// The group.
        addr: BrMdbAddr,
        /// A gap.
        __pad: Bytes<2>,
    }
}

names! {
    /// Whether an entry ends by itself, with the words of `bridge` (linux/if_bridge.h).
    pub enum MdbState(u8) {
        MDB_TEMPORARY = 0 => "temp",
        MDB_PERMANENT = 1 => "permanent",
    }
}

names! {
    /// What the kernel says of an entry, with the words of `bridge` (linux/if_bridge.h).
    pub flags MdbFlags(u8) {
        MDB_FLAGS_OFFLOAD = 0x1 => "offload",
        MDB_FLAGS_FAST_LEAVE = 0x2 => "fast_leave",
        MDB_FLAGS_STAR_EXCL = 0x4 => "added_by_star_ex",
        MDB_FLAGS_BLOCKED = 0x8 => "blocked",
        MDB_FLAGS_OFFLOAD_FAILED = 0x10 => "offload_failed",
    }
}

names! {
    /// Which sources of a group are meant, with the words of `bridge` (linux/in.h).
    pub enum McastMode(u8) {
        MCAST_EXCLUDE = 0 => "exclude",
        MCAST_INCLUDE = 1 => "include",
    }
}

// linux/if_ether.h
const ETH_P_IP: u16 = 0x0800;
const ETH_P_IPV6: u16 = 0x86dd;

/// The group of an entry: a union of addresses, and the Ethernet protocol that says which of them it is (field `addr` of
/// `struct br_mdb_entry`, linux/if_bridge.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrMdbAddr {
    /// The address, from the first byte on.
    pub u: [u8; 16],
    /// `ETH_P_*`; 0 is a group of Ethernet itself.
    pub proto: u16,
}

impl BrMdbAddr {
    /// A group of IPv4 or IPv6.
    pub fn of(group: IpAddr) -> BrMdbAddr {
        match group {
            IpAddr::V4(ip) => BrMdbAddr { proto: ETH_P_IP, ..BrMdbAddr::of_bytes(&ip.octets()) },
            IpAddr::V6(ip) => BrMdbAddr { u: ip.octets(), proto: ETH_P_IPV6 },
        }
    }

    /// A group of Ethernet.
    pub fn of_mac(group: [u8; 6]) -> BrMdbAddr {
        BrMdbAddr::of_bytes(&group)
    }

    fn of_bytes(bytes: &[u8]) -> BrMdbAddr {
        let mut u = [0; 16];
        u[..bytes.len()].copy_from_slice(bytes);
        BrMdbAddr { u, proto: 0 }
    }

    /// The group, if it is one of IPv4 or IPv6.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.proto {
            ETH_P_IP => Some(Ipv4Addr::read(&self.u).into()),
            ETH_P_IPV6 => Some(Ipv6Addr::from(self.u).into()),
            _ => None,
        }
    }
}

impl fmt::Display for BrMdbAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip() {
            Some(ip) => write!(f, "{ip}"),
            None if self.proto == 0 => write!(f, "{}", Hw(&self.u[..6])),
            None => write!(f, "{} of protocol {:#06x}", Bytes(self.u), self.proto),
        }
    }
}

impl Field for BrMdbAddr {
    const SIZE: usize = 18;
    const NAME: &'static str = "group";
    fn read(bytes: &[u8]) -> BrMdbAddr {
        let mut u = [0; 16];
        u.copy_from_slice(&bytes[..16]);
        BrMdbAddr { u, proto: u16::from_be_bytes([bytes[16], bytes[17]]) }
    }
    fn write(&self, bytes: &mut [u8]) {
        bytes[..16].copy_from_slice(&self.u);
        bytes[16..18].copy_from_slice(&self.proto.to_be_bytes());
    }
}

attrs! {
    /// What is told of a bridge (linux/if_bridge.h).
    pub enum Mdba<'a> in "if_bridge.h" {
        /// Groups.
        MDBA_MDB(Nest<'a, MdbaMdb<'a>>) = 1,
        /// Ports with multicast routers.
        MDBA_ROUTER(Nest<'a, MdbaRouter<'a>>) = 2,
    }
}

attrs! {
    /// Groups (linux/if_bridge.h).
    pub enum MdbaMdb<'a> in "if_bridge.h" {
        /// The ports of one group; there may be many of these.
        MDBA_MDB_ENTRY(Nest<'a, MdbaMdbEntry<'a>>) = 1,
    }
}

attrs! {
    /// The ports of one group (linux/if_bridge.h).
    pub enum MdbaMdbEntry<'a> in "if_bridge.h" {
        /// One of them; there may be many of these.
        MDBA_MDB_ENTRY_INFO(Headed<'a, BrMdbEntry, MdbaMdbEattr<'a>>) = 1,
    }
}

attrs! {
    /// What more there is to an entry (linux/if_bridge.h).
    pub enum MdbaMdbEattr<'a> in "if_bridge.h" {
        /// How long it still counts.
        MDBA_MDB_EATTR_TIMER(u32) = 1,
        /// Sources that are included or excluded.
        MDBA_MDB_EATTR_SRC_LIST(Nest<'a, MdbaMdbSrclist<'a>>) = 2,
        /// Whether they are included or excluded.
        MDBA_MDB_EATTR_GROUP_MODE(McastMode) = 3,
        /// The one source that is meant.
        MDBA_MDB_EATTR_SOURCE(IpAddr) = 4,
        /// Who made it.
        MDBA_MDB_EATTR_RTPROT(RtProt) = 5,
        /// VXLAN: where it is sent to.
        MDBA_MDB_EATTR_DST(IpAddr) = 6,
        /// VXLAN: the UDP port there.
        MDBA_MDB_EATTR_DST_PORT(u16) = 7,
        /// VXLAN: the network identifier there.
        MDBA_MDB_EATTR_VNI(u32) = 8,
        /// VXLAN: the device through which it is sent.
        MDBA_MDB_EATTR_IFINDEX(u32) = 9,
        /// VXLAN: the network identifier from which it comes.
        MDBA_MDB_EATTR_SRC_VNI(u32) = 10,
    }
}

attrs! {
    /// Sources of a group (linux/if_bridge.h).
    pub enum MdbaMdbSrclist<'a> in "if_bridge.h" {
        /// One; there may be many of these.
        MDBA_MDB_SRCLIST_ENTRY(Nest<'a, MdbaMdbSrcattr<'a>>) = 1,
    }
}

attrs! {
    /// A source of a group (linux/if_bridge.h).
    pub enum MdbaMdbSrcattr<'a> in "if_bridge.h" {
        /// Its address.
        MDBA_MDB_SRCATTR_ADDRESS(IpAddr) = 1,
        /// How long it still counts.
        MDBA_MDB_SRCATTR_TIMER(u32) = 2,
    }
}

attrs! {
    /// Ports with multicast routers (linux/if_bridge.h).
    pub enum MdbaRouter<'a> in "if_bridge.h" {
        /// One; there may be many of these.
        MDBA_ROUTER_PORT(Headed<'a, MdbaRouterPort, MdbaRouterPattr<'a>>) = 1,
    }
}

record! {
    /// The index that comes before the attributes of a port.
    pub struct MdbaRouterPort("u32") {
        /// The port.
        ifindex: u32,
    }
}

attrs! {
    /// A port with a multicast router (linux/if_bridge.h).
    pub enum MdbaRouterPattr<'a> in "if_bridge.h" {
        /// How long it still counts.
        MDBA_ROUTER_PATTR_TIMER(u32) = 1,
        /// Why it counts.
        MDBA_ROUTER_PATTR_TYPE(McastRouter) = 2,
        /// How long it still counts for IPv4.
        MDBA_ROUTER_PATTR_INET_TIMER(u32) = 3,
        /// How long it still counts for IPv6.
        MDBA_ROUTER_PATTR_INET6_TIMER(u32) = 4,
        /// The VLAN.
        MDBA_ROUTER_PATTR_VID(u16) = 5,
    }
}

attrs! {
    /// A request to make, change or remove an entry (linux/if_bridge.h).
    pub enum MdbaSetEntry<'a> in "if_bridge.h" {
        /// The entry.
        MDBA_SET_ENTRY(View<'a, BrMdbEntry>) = 1,
        /// What more there is to it.
        MDBA_SET_ENTRY_ATTRS(Nest<'a, MdbeAttr<'a>>) = 2,
    }
}

attrs! {
    /// A request for one entry (linux/if_bridge.h).
    pub enum MdbaGetEntry<'a> in "if_bridge.h" {
        /// The entry.
        MDBA_GET_ENTRY(View<'a, BrMdbEntry>) = 1,
        /// What more there is to it.
        MDBA_GET_ENTRY_ATTRS(Nest<'a, MdbeAttr<'a>>) = 2,
    }
}

attrs! {
    /// What a request says more of an entry (linux/if_bridge.h).
    pub enum MdbeAttr<'a> in "if_bridge.h" {
        /// The one source that is meant.
        MDBE_ATTR_SOURCE(IpAddr) = 1,
        /// Sources that are included or excluded.
        MDBE_ATTR_SRC_LIST(Nest<'a, MdbeSrcList<'a>>) = 2,
        /// Whether they are included or excluded.
        MDBE_ATTR_GROUP_MODE(McastMode) = 3,
        /// Who makes it.
        MDBE_ATTR_RTPROT(RtProt) = 4,
        /// VXLAN: where it is sent to.
        MDBE_ATTR_DST(IpAddr) = 5,
        /// VXLAN: the UDP port there.
        MDBE_ATTR_DST_PORT(u16) = 6,
        /// VXLAN: the network identifier there.
        MDBE_ATTR_VNI(u32) = 7,
        /// VXLAN: the device through which it is sent.
        MDBE_ATTR_IFINDEX(u32) = 8,
        /// VXLAN: the network identifier from which it comes.
        MDBE_ATTR_SRC_VNI(u32) = 9,
        /// Which bits of the state count, where many are removed at once.
        MDBE_ATTR_STATE_MASK(u8) = 10,
    }
}

attrs! {
    /// Sources of a group, in a request (linux/if_bridge.h).
    pub enum MdbeSrcList<'a> in "if_bridge.h" {
        /// One; there may be many of these.
        MDBE_SRC_LIST_ENTRY(Nest<'a, MdbeSrcattr<'a>>) = 1,
    }
}

attrs! {
    /// A source of a group, in a request (linux/if_bridge.h).
    pub enum MdbeSrcattr<'a> in "if_bridge.h" {
        /// Its address.
        MDBE_SRCATTR_ADDRESS(IpAddr) = 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::same;
    use crate::route::{
        AF_BRIDGE, Mdb, MdbRequest, RTM_GETMDB, RTM_NEWMDB, RTPROT_KERNEL, link::kind::bridge::MDB_RTR_TYPE_PERM,
    };

    #[test]
    fn a_request() {
        // bridge mdb add dev br0 port v0 grp ff05::7 src 2001:db8::1 permanent
        let entry = BrMdbEntry {
            ifindex: 4,
            state: MDB_PERMANENT,
            addr: BrMdbAddr::of("ff05::7".parse().unwrap()),
            ..BrMdbEntry::default()
        };
        same(
            RTM_NEWMDB,
            "50000000540005066321026b0000000007000000020000002000010004000000010000\
             00ff05000000000000000000000000000786dd0000180002801400010020010db8000000000000000000000001",
            MdbRequest::new(
                BrPortMsg { family: AF_BRIDGE, ifindex: 2, ..BrPortMsg::default() },
                Nest::List(&[
                    MdbaSetEntry::MDBA_SET_ENTRY(View::new(&entry.to_bytes())),
                    MdbaSetEntry::MDBA_SET_ENTRY_ATTRS(Nest::Nested(&[MdbeAttr::MDBE_ATTR_SOURCE(
                        "2001:db8::1".parse().unwrap(),
                    )])),
                ]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel to: bridge mdb show, of a group that a host of IGMPv3 behind a port has joined but for one source
        let entry = BrMdbEntry { ifindex: 4, addr: BrMdbAddr::of("239.6.6.6".parse().unwrap()), ..BrMdbEntry::default() };
        let source =
            [MdbaMdbSrcattr::MDBA_MDB_SRCATTR_ADDRESS("10.7.7.3".parse().unwrap()), MdbaMdbSrcattr::MDBA_MDB_SRCATTR_TIMER(0)];
        same(
            RTM_GETMDB,
            "70000000560002006321026b00000000000000000200000058000100540001005000010004000000\
             00000000ef0606060000000000000000000000000800000008000100bb640000050005000200000018000280140001800\
             80001000a07070308000200000000000500030000000000",
            Mdb::new(
                BrPortMsg { ifindex: 2, ..BrPortMsg::default() },
                Nest::List(&[Mdba::MDBA_MDB(Nest::List(&[MdbaMdb::MDBA_MDB_ENTRY(Nest::List(&[
                    MdbaMdbEntry::MDBA_MDB_ENTRY_INFO(Headed::new(
                        entry,
                        Nest::List(&[
                            MdbaMdbEattr::MDBA_MDB_EATTR_TIMER(25787),
                            MdbaMdbEattr::MDBA_MDB_EATTR_RTPROT(RTPROT_KERNEL),
                            MdbaMdbEattr::MDBA_MDB_EATTR_SRC_LIST(Nest::Nested(&[MdbaMdbSrclist::MDBA_MDB_SRCLIST_ENTRY(
                                Nest::Nested(&source),
                            )])),
                            MdbaMdbEattr::MDBA_MDB_EATTR_GROUP_MODE(MCAST_EXCLUDE),
                        ]),
                    )),
                ]))]))]),
            ),
        );
    }

    #[test]
    fn ports_with_routers() {
        // The kernel to: bridge mdb show, with mcast_router 2 at a port
        let attrs = [
            MdbaRouterPattr::MDBA_ROUTER_PATTR_TIMER(0),
            MdbaRouterPattr::MDBA_ROUTER_PATTR_TYPE(MDB_RTR_TYPE_PERM),
            MdbaRouterPattr::MDBA_ROUTER_PATTR_INET_TIMER(0),
            MdbaRouterPattr::MDBA_ROUTER_PATTR_INET6_TIMER(0),
        ];
        same(
            RTM_GETMDB,
            "4800000056000200ad21026b000000000000000002000000040001002c00020028000100040000000800010000000000050002000200000008000300000000000800040000000000",
            Mdb::new(
                BrPortMsg { ifindex: 2, ..BrPortMsg::default() },
                Nest::List(&[
                    Mdba::MDBA_MDB(Nest::List(&[])),
                    Mdba::MDBA_ROUTER(Nest::List(&[MdbaRouter::MDBA_ROUTER_PORT(Headed::new(
                        MdbaRouterPort { ifindex: 4 },
                        Nest::List(&attrs),
                    ))])),
                ]),
            ),
        );
    }

    #[test]
    fn groups_are_of_three_kinds() {
        use std::string::ToString;
        let shown = |u: &[u8], proto| {
            let addr = BrMdbAddr { proto, ..BrMdbAddr::of_bytes(u) };
            let mut bytes = [0; BrMdbAddr::SIZE];
            addr.write(&mut bytes);
            assert_eq!(BrMdbAddr::read(&bytes), addr);
            addr.to_string()
        };
        assert_eq!(shown(&[239, 1, 1, 1], 0x800), "239.1.1.1");
        assert_eq!(shown(&[0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0x86dd), "ff05::1");
        assert_eq!(shown(&[1, 0, 0x5e, 1, 1, 1], 0), "01:00:5e:01:01:01");
        assert_eq!(shown(&[1], 0x888e), "01000000000000000000000000000000 of protocol 0x888e");
        assert_eq!(BrMdbAddr::of_mac([1, 0, 0x5e, 1, 1, 1]).ip(), None);
    }
}
