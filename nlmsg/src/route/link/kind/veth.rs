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
