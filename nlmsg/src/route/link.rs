//! x
use crate::payload::*;
record! {
    /// `struct ifinfomsg` (linux/rtnetlink.h).
    pub struct IfInfoMsg("ifinfomsg") {
        /// Family
        ifi_family: u8,
        /// pad
        __ifi_pad: u8,
        /// `ARPHRD_*`.
        ifi_type: u16,
        /// Index
        ifi_index: i32,
        /// `IFF_*`
        ifi_flags: u32,
        /// Which
        ifi_change: u32,
    }
}
attrs! {
    /// Link attributes
    pub enum Ifla<'a> in "if_link.h" {
        /// mtu
        IFLA_MTU(u32) = 4,
        /// kind
        IFLA_LINKINFO(Nest<'a, IflaInfo<'a>>) = 18,
    }
}
attrs! {
    /// Info
    pub enum IflaInfo<'a> in "if_link.h" {
        /// kind
        IFLA_INFO_KIND(Selector<Str<'a>>) = 1,
        /// data
        IFLA_INFO_DATA(InfoData<'a>) = 2,
    }
}
attrs! {
    /// veth
    pub enum VethInfo<'a> in "veth.h" {
        /// peer
        VETH_INFO_PEER(Headed<'a, IfInfoMsg, Ifla<'a>>) = 1,
    }
}
pick! {
    /// What
    pub enum InfoData<'a> by selector 0 {
        b"veth" => Veth(Nest<'a, VethInfo<'a>>),
    }
}
messages! {
    /// Messages
    pub MESSAGES + 0 {
        /// New link
        RTM_NEWLINK = 16: IfInfoMsg, Ifla;
    }
}
