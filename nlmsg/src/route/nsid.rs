//! Identifiers that one network namespace has for others (linux/net_namespace.h).
//!
//! The header is `struct rtgenmsg`, one byte, and attributes begin at the next multiple of four.

use super::Af;
use crate::payload::Bytes;

/// The namespace has no identifier here.
pub const NETNSA_NSID_NOT_ASSIGNED: i32 = -1;

record! {
    /// `struct rtgenmsg` (linux/rtnetlink.h), filled up to four bytes.
    pub struct RtGenMsg("rtgenmsg") {
        /// Always `AF_UNSPEC`.
        rtgen_family: Af,
        /// A gap.
        __pad: Bytes<3>,
    }
}

attrs! {
    /// Attributes that follow `struct rtgenmsg` (linux/net_namespace.h).
    pub enum Netnsa<'a> in "net_namespace.h" {
        /// The identifier; [`NETNSA_NSID_NOT_ASSIGNED`] in a request lets the kernel choose.
        NETNSA_NSID(i32) = 1,
        /// In a request: the namespace of this process.
        NETNSA_PID(u32) = 2,
        /// In a request: the namespace of this open file.
        NETNSA_FD(u32) = 3,
        /// The namespace whose identifiers are asked for.
        NETNSA_TARGET_NSID(i32) = 4,
        /// The identifier here, where another namespace was asked.
        NETNSA_CURRENT_NSID(i32) = 5,
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::Nest;
    use crate::route::{Netnsa::*, *};

    #[test]
    fn a_request() {
        // ip netns set other 7
        same(
            RTM_NEWNSID,
            "240000005800050001000000000000000000000008000300060000000800010007000000",
            Nsid::new(RtGenMsg::default(), Nest::List(&[NETNSA_FD(6), NETNSA_NSID(7)])),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on a namespace without an identifier.
        same(
            RTM_NEWNSID,
            "1c0000005800000001000000000000000000000008000100ffffffff",
            Nsid::new(RtGenMsg::default(), Nest::List(&[NETNSA_NSID(-1)])),
        );
    }
}
