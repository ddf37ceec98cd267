//! Port profiles, which a switch or adapter keeps for virtual machines: `IFLA_VF_PORTS`, `IFLA_PORT_SELF`
//! (linux/if_link.h).

use crate::payload::{Nest, Str};

attrs! {
    /// Port profiles of virtual functions (linux/if_link.h).
    pub enum IflaVfPorts<'a> in "if_link.h" {
        /// One; there are many of these.
        IFLA_VF_PORT(Nest<'a, IflaPort<'a>>) = 1,
    }
}

attrs! {
    /// A port profile (linux/if_link.h).
    pub enum IflaPort<'a> in "if_link.h" {
        /// The virtual function.
        IFLA_PORT_VF(u32) = 1,
        /// Name of the profile.
        IFLA_PORT_PROFILE(Str<'a>) = 2,
        /// Type in the terms of IEEE 802.1Qbg.
        IFLA_PORT_VSI_TYPE(&'a [u8]) = 3,
        /// The instance, 16 bytes.
        IFLA_PORT_INSTANCE_UUID(&'a [u8]) = 4,
        /// The host, 16 bytes.
        IFLA_PORT_HOST_UUID(&'a [u8]) = 5,
        /// What to do.
        IFLA_PORT_REQUEST(PortRequest) = 6,
        /// What became of it.
        IFLA_PORT_RESPONSE(PortResponse) = 7,
    }
}

names! {
    /// What to do with a port profile (linux/if_link.h).
    pub enum PortRequest(u8) {
        PORT_REQUEST_PREASSOCIATE = 0,
        PORT_REQUEST_PREASSOCIATE_RR = 1,
        PORT_REQUEST_ASSOCIATE = 2,
        PORT_REQUEST_DISASSOCIATE = 3,
    }
}

names! {
    /// What became of a request (linux/if_link.h).
    pub enum PortResponse(u16) {
        PORT_VDP_RESPONSE_SUCCESS = 0,
        PORT_VDP_RESPONSE_INVALID_FORMAT = 1,
        PORT_VDP_RESPONSE_INSUFFICIENT_RESOURCES = 2,
        PORT_VDP_RESPONSE_UNUSED_VTID = 3,
        PORT_VDP_RESPONSE_VTID_VIOLATION = 4,
        PORT_VDP_RESPONSE_VTID_VERSION_VIOALTION = 5,
        PORT_VDP_RESPONSE_OUT_OF_SYNC = 6,
        PORT_PROFILE_RESPONSE_SUCCESS = 256,
        PORT_PROFILE_RESPONSE_INPROGRESS = 257,
        PORT_PROFILE_RESPONSE_INVALID = 258,
        PORT_PROFILE_RESPONSE_BADSTATE = 259,
        PORT_PROFILE_RESPONSE_INSUFFICIENT_RESOURCES = 260,
        PORT_PROFILE_RESPONSE_ERROR = 261,
    }
}
