//! What `IFLA_INFO_DATA` and `IFLA_INFO_SLAVE_DATA` hold, by kind of device: one file a kind.

pub mod bond;
pub mod bridge;
pub mod bridge_cfm;
pub mod bridge_mrp;
pub mod geneve;
pub mod gre;
pub mod gtp;
pub mod hsr;
pub mod iptun;
pub mod ipvlan;
pub mod macsec;
pub mod macvlan;
pub mod netkit;
pub mod other;
pub mod tun;
pub mod veth;
pub mod vlan;
pub mod vrf;
pub mod vxlan;

pub use bond::{IflaBond, IflaBondSlave};
pub use bridge::{IflaBr, IflaBridgeMst, IflaBrport};
pub use geneve::IflaGeneve;
pub use gre::IflaGre;
pub use gtp::IflaGtp;
pub use hsr::IflaHsr;
pub use iptun::{IflaIptun, IflaVti};
pub use ipvlan::IflaIpvlan;
pub use macsec::IflaMacsec;
pub use macvlan::IflaMacvlan;
pub use netkit::IflaNetkit;
pub use other::{IflaBareudp, IflaDsa, IflaIpoib, IflaOvpn, IflaPpp, IflaRmnet, IflaXfrm};
pub use tun::IflaTun;
pub use veth::VethInfo;
pub use vlan::IflaVlan;
pub use vrf::{IflaVrf, IflaVrfPort};
pub use vxlan::IflaVxlan;

use crate::payload::Nest;

pick! {
    /// What `IFLA_INFO_DATA` holds, by `IFLA_INFO_KIND`.
    pub enum InfoData<'a> by selector 0 {
        b"bareudp" => Bareudp(Nest<'a, IflaBareudp<'a>>),
        b"bond" => Bond(Nest<'a, IflaBond<'a>>),
        b"bridge" => Bridge(Nest<'a, IflaBr<'a>>),
        b"dsa" => Dsa(Nest<'a, IflaDsa<'a>>),
        b"geneve" => Geneve(Nest<'a, IflaGeneve<'a>>),
        b"gre" | b"gretap" | b"erspan" | b"ip6gre" | b"ip6gretap" | b"ip6erspan" => Gre(Nest<'a, IflaGre<'a>>),
        b"gtp" => Gtp(Nest<'a, IflaGtp<'a>>),
        b"hsr" => Hsr(Nest<'a, IflaHsr<'a>>),
        b"ipip" | b"sit" | b"ip6tnl" => Iptun(Nest<'a, IflaIptun<'a>>),
        b"ipoib" => Ipoib(Nest<'a, IflaIpoib<'a>>),
        b"ipvlan" | b"ipvtap" => Ipvlan(Nest<'a, IflaIpvlan<'a>>),
        b"macsec" => Macsec(Nest<'a, IflaMacsec<'a>>),
        b"macvlan" | b"macvtap" => Macvlan(Nest<'a, IflaMacvlan<'a>>),
        b"netkit" => Netkit(Nest<'a, IflaNetkit<'a>>),
        b"ovpn" => Ovpn(Nest<'a, IflaOvpn<'a>>),
        b"ppp" => Ppp(Nest<'a, IflaPpp<'a>>),
        b"rmnet" => Rmnet(Nest<'a, IflaRmnet<'a>>),
        b"tun" => Tun(Nest<'a, IflaTun<'a>>),
        b"veth" | b"vxcan" => Veth(Nest<'a, VethInfo<'a>>),
        b"vlan" => Vlan(Nest<'a, IflaVlan<'a>>),
        b"vrf" => Vrf(Nest<'a, IflaVrf<'a>>),
        b"vti" | b"vti6" => Vti(Nest<'a, IflaVti<'a>>),
        b"vxlan" => Vxlan(Nest<'a, IflaVxlan<'a>>),
        b"xfrm" => Xfrm(Nest<'a, IflaXfrm<'a>>),
    }
}

pick! {
    /// What `IFLA_INFO_SLAVE_DATA` holds, by `IFLA_INFO_SLAVE_KIND`, or else by `IFLA_INFO_KIND`.
    pub enum InfoSlaveData<'a> by selector 1 {
        b"bond" => Bond(Nest<'a, IflaBondSlave<'a>>),
        b"bridge" => Bridge(Nest<'a, IflaBrport<'a>>),
        b"vrf" => Vrf(Nest<'a, IflaVrfPort<'a>>),
        _ => Kind(SlaveKindData<'a>),
    }
}

pick! {
    /// What `IFLA_INFO_SLAVE_DATA` holds in requests of `ip`, which name a kind of their own: `bridge_slave`.
    pub enum SlaveKindData<'a> by selector 0 {
        b"bond_slave" => Bond(Nest<'a, IflaBondSlave<'a>>),
        b"bridge_slave" => Bridge(Nest<'a, IflaBrport<'a>>),
    }
}
