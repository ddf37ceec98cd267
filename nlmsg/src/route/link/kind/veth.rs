//! Kind `veth`: a pair of devices, each the other end of the other (linux/veth.h).

use crate::payload::Headed;
use crate::route::link::{IfInfoMsg, Ifla};

attrs! {
    /// What a request to make a pair says of the peer (linux/veth.h). Replies hold nothing.
    pub enum VethInfo<'a> in "veth.h" {
        /// The peer as a whole link: `struct ifinfomsg`, then attributes. `IFF_UP` is refused here.
        VETH_INFO_PEER(Headed<'a, IfInfoMsg, Ifla<'a>>) = 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::{Nest, Selector, Str};
    use crate::route::{Ifla::*, IflaInfo::*, link::kind::veth::VethInfo::*, *};

    #[test]
    fn a_pair() {
        // ip link add veth0 type veth peer name veth1
        same(
            RTM_NEWLINK,
            "5c000000100005060100000000000000000000000000000000000000000000000a000300766574683000000030001200\
             08000100766574682400020020000100000000000000000000000000000000000a0003007665746831000000",
            Link::new(
                IfInfoMsg::default(),
                Nest::List(&[
                    IFLA_IFNAME(Str::new("veth0")),
                    IFLA_LINKINFO(Nest::List(&[
                        IFLA_INFO_KIND(Selector(Str::bare("veth"))),
                        IFLA_INFO_DATA(InfoData::Veth(Nest::List(&[VETH_INFO_PEER(Link::new(
                            IfInfoMsg::default(),
                            Nest::List(&[IFLA_IFNAME(Str::new("veth1"))]),
                        ))]))),
                    ])),
                ]),
            ),
        );
    }
}
