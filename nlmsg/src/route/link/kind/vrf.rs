//! Kind `vrf`: devices with a routing table of their own (linux/if_link.h).

use crate::route::RtTable;

attrs! {
    /// Settings of a VRF (linux/if_link.h).
    pub enum IflaVrf<'a> in "if_link.h" {
        /// Its routing table.
        IFLA_VRF_TABLE(RtTable) = 1,
    }
}

attrs! {
    /// A device that belongs to a VRF (linux/if_link.h).
    pub enum IflaVrfPort<'a> in "if_link.h" {
        /// The VRF's routing table.
        IFLA_VRF_PORT_TABLE(RtTable) = 1,
    }
}
