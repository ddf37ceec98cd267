//! Which table a message is explained with, in all netlink protocols. Those that nlmsg has no tables of are known by
//! their fixed headers, so that the attributes after them can be seen.

use crate::frame::{
    NETLINK_GENERIC, NETLINK_NETFILTER, NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_XFRM, NLM_F_REQUEST, Netlink, NlMsgHdr,
};
use crate::payload::{AttrSet, Bytes, MessageInfo, Record, Str};
use crate::{nft, route};

/// What is known of a message: the header says its type, and of a few the payload says more.
pub fn known(netlink: Netlink, header: &NlMsgHdr, payload: &[u8]) -> Option<&'static MessageInfo> {
    let find = |list: &'static [MessageInfo], number: u16| list.iter().find(|info| info.number == number);
    let number = header.nlmsg_type;
    match netlink {
        // most tables are asked for by their place; the lists are in the order of their numbers
        NETLINK_ROUTE => find(route::MESSAGES, number).or_else(|| find(ROUTE, number)),
        NETLINK_NETFILTER => find(nft::MESSAGES, number).or(match number >> 8 {
            0 => None,
            _ => Some(&NFNL),
        }),
        NETLINK_GENERIC if number == GENL_ID_CTRL => find(CTRL, number),
        NETLINK_GENERIC if number > GENL_ID_CTRL => Some(&GENERIC),
        NETLINK_XFRM => find(XFRM, number),
        NETLINK_SOCK_DIAG if number == SOCK_DIAG_BY_FAMILY => {
            let asks = header.nlmsg_flags.contains(NLM_F_REQUEST);
            DIAG.iter().find(|(family, ask, _)| payload.first() == Some(family) && *ask == asks).map(|(_, _, info)| info)
        }
        _ => None,
    }
}

attrs! {
    /// Attributes that nobody here has names for.
    pub enum Nameless<'a> in "" {}
}

/// Structs that are shown whole.
macro_rules! opaque {
    ($($(#[doc = $doc:literal])* $Name:ident($c_name:literal) = $size:literal,)*) => { $(
        record! {
            $(#[doc = $doc])*
            pub struct $Name($c_name) {
                /// All of it.
                bytes: Bytes<$size>,
            }
        }
    )* };
}

opaque! {
    /// `struct dcbmsg` (linux/dcbnl.h).
    DcbMsg("dcbmsg") = 4,
    /// `struct nduseroptmsg` (linux/rtnetlink.h).
    NdUserOptMsg("nduseroptmsg") = 16,
    /// `struct inet_diag_req_v2` (linux/inet_diag.h).
    InetDiagReq("inet_diag_req_v2") = 56,
    /// `struct inet_diag_msg` (linux/inet_diag.h).
    InetDiagMsg("inet_diag_msg") = 72,
    /// `struct unix_diag_req` (linux/unix_diag.h).
    UnixDiagReq("unix_diag_req") = 24,
    /// `struct unix_diag_msg` (linux/unix_diag.h).
    UnixDiagMsg("unix_diag_msg") = 16,
    /// `struct netlink_diag_req` (linux/netlink_diag.h).
    NetlinkDiagReq("netlink_diag_req") = 20,
    /// `struct netlink_diag_msg` (linux/netlink_diag.h).
    NetlinkDiagMsg("netlink_diag_msg") = 28,
    /// `struct packet_diag_req` (linux/packet_diag.h).
    PacketDiagReq("packet_diag_req") = 20,
    /// `struct packet_diag_msg` (linux/packet_diag.h).
    PacketDiagMsg("packet_diag_msg") = 16,
    /// `struct xfrm_usersa_info` (linux/xfrm.h).
    UserSaInfo("xfrm_usersa_info") = 224,
    /// `struct xfrm_usersa_id` (linux/xfrm.h).
    UserSaId("xfrm_usersa_id") = 24,
    /// `struct xfrm_userpolicy_info` (linux/xfrm.h).
    UserPolicyInfo("xfrm_userpolicy_info") = 168,
    /// `struct xfrm_userpolicy_id` (linux/xfrm.h).
    UserPolicyId("xfrm_userpolicy_id") = 64,
    /// `struct xfrm_userspi_info` (linux/xfrm.h).
    UserSpiInfo("xfrm_userspi_info") = 232,
    /// `struct xfrm_user_acquire` (linux/xfrm.h).
    UserAcquire("xfrm_user_acquire") = 280,
    /// `struct xfrm_user_expire` (linux/xfrm.h).
    UserExpire("xfrm_user_expire") = 232,
    /// `struct xfrm_user_polexpire` (linux/xfrm.h).
    UserPolExpire("xfrm_user_polexpire") = 176,
    /// `struct xfrm_usersa_flush` (linux/xfrm.h).
    UserSaFlush("xfrm_usersa_flush") = 1,
    /// `struct xfrm_aevent_id` (linux/xfrm.h).
    AeventId("xfrm_aevent_id") = 48,
    /// `struct none` (linux/xfrm.h).
    XfrmNothing("none") = 0,
    /// `struct flags` (linux/xfrm.h).
    XfrmFlags("flags") = 4,
}

record! {
    /// `struct tcmsg` (linux/rtnetlink.h).
    pub struct TcMsg("tcmsg") {
        /// `AF_UNSPEC`.
        tcm_family: u8,
        /// A gap.
        __tcm_pad1: u8,
        /// A gap.
        __tcm_pad2: u16,
        /// The device.
        tcm_ifindex: i32,
        /// Which one: major and minor number.
        tcm_handle: u32,
        /// What it hangs on.
        tcm_parent: u32,
        /// Of a filter: priority and protocol.
        tcm_info: u32,
    }
}

record! {
    /// `struct tcamsg` (linux/rtnetlink.h).
    pub struct TcaMsg("tcamsg") {
        /// `AF_UNSPEC`.
        tca_family: u8,
        /// A gap.
        __tca_pad1: u8,
        /// A gap.
        __tca_pad2: u16,
    }
}

record! {
    /// `struct genlmsghdr` (linux/genetlink.h).
    pub struct GenlMsgHdr("genlmsghdr") {
        /// The family's own command.
        cmd: u8,
        /// The family's version.
        version: u8,
        /// Always 0.
        reserved: u16,
    }
}

names! {
    /// Commands of generic netlink's own family (linux/genetlink.h).
    pub enum CtrlCmd(u8) {
        CTRL_CMD_NEWFAMILY = 1,
        CTRL_CMD_DELFAMILY = 2,
        CTRL_CMD_GETFAMILY = 3,
        CTRL_CMD_NEWOPS = 4,
        CTRL_CMD_DELOPS = 5,
        CTRL_CMD_GETOPS = 6,
        CTRL_CMD_NEWMCAST_GRP = 7,
        CTRL_CMD_DELMCAST_GRP = 8,
        CTRL_CMD_GETMCAST_GRP = 9,
        CTRL_CMD_GETPOLICY = 10,
    }
}

record! {
    /// `struct genlmsghdr` (linux/genetlink.h) of generic netlink's own family.
    pub struct CtrlMsgHdr("genlmsghdr") {
        /// `CTRL_CMD_*`.
        cmd: CtrlCmd,
        /// The version of the family.
        version: u8,
        /// Always 0.
        reserved: u16,
    }
}

attrs! {
    /// What generic netlink says of its families (linux/genetlink.h).
    pub enum CtrlAttr<'a> in "genetlink.h" {
        /// The message type by which the family is spoken to.
        CTRL_ATTR_FAMILY_ID(u16) = 1,
        /// The family's name.
        CTRL_ATTR_FAMILY_NAME(Str<'a>) = 2,
        /// The version of its interface.
        CTRL_ATTR_VERSION(u32) = 3,
        /// Bytes of its own header.
        CTRL_ATTR_HDRSIZE(u32) = 4,
        /// The largest attribute number.
        CTRL_ATTR_MAXATTR(u32) = 5,
        /// Its commands.
        CTRL_ATTR_OPS(&'a [u8]) = 6,
        /// Its multicast groups.
        CTRL_ATTR_MCAST_GROUPS(&'a [u8]) = 7,
        /// What it takes.
        CTRL_ATTR_POLICY(&'a [u8]) = 8,
        /// Which policy a command has.
        CTRL_ATTR_OP_POLICY(&'a [u8]) = 9,
        /// One command.
        CTRL_ATTR_OP(u32) = 10,
    }
}

messages! {
    /// Messages of rtnetlink of which only the fixed header is known.
    pub ROUTE + 0 {
        /// Makes or reports a queueing discipline.
        RTM_NEWQDISC = 36: TcMsg, Nameless;
        /// Removes a queueing discipline.
        RTM_DELQDISC = 37: TcMsg, Nameless;
        /// Asks for queueing disciplines.
        RTM_GETQDISC = 38: TcMsg, Nameless;
        /// Makes or reports a traffic class.
        RTM_NEWTCLASS = 40: TcMsg, Nameless;
        /// Removes a traffic class.
        RTM_DELTCLASS = 41: TcMsg, Nameless;
        /// Asks for traffic classes.
        RTM_GETTCLASS = 42: TcMsg, Nameless;
        /// Makes or reports a traffic filter.
        RTM_NEWTFILTER = 44: TcMsg, Nameless;
        /// Removes a traffic filter.
        RTM_DELTFILTER = 45: TcMsg, Nameless;
        /// Asks for traffic filters.
        RTM_GETTFILTER = 46: TcMsg, Nameless;
        /// Makes or reports a traffic action.
        RTM_NEWACTION = 48: TcaMsg, Nameless;
        /// Removes a traffic action.
        RTM_DELACTION = 49: TcaMsg, Nameless;
        /// Asks for traffic actions.
        RTM_GETACTION = 50: TcaMsg, Nameless;
        /// Reports an option of neighbour discovery.
        RTM_NEWNDUSEROPT = 68: NdUserOptMsg, Nameless;
        /// Asks for data center bridging.
        RTM_GETDCB = 78: DcbMsg, Nameless;
        /// Changes data center bridging.
        RTM_SETDCB = 79: DcbMsg, Nameless;
        /// Makes or reports a chain of traffic filters.
        RTM_NEWCHAIN = 100: TcMsg, Nameless;
        /// Removes a chain of traffic filters.
        RTM_DELCHAIN = 101: TcMsg, Nameless;
        /// Asks for chains of traffic filters.
        RTM_GETCHAIN = 102: TcMsg, Nameless;
    }
}

messages! {
    /// Generic netlink's own family.
    pub CTRL + 0 {
        /// Generic netlink's own family: which families there are.
        GENL_ID_CTRL = 16: CtrlMsgHdr, CtrlAttr;
    }
}

messages! {
    /// IPsec.
    pub XFRM + 16 {
        /// Makes or reports a security association.
        XFRM_MSG_NEWSA = 0: UserSaInfo, Nameless;
        /// Deletes a security association.
        XFRM_MSG_DELSA = 1: UserSaId, Nameless;
        /// Asks for security associations.
        XFRM_MSG_GETSA = 2: UserSaId, Nameless;
        /// Makes or reports a policy.
        XFRM_MSG_NEWPOLICY = 3: UserPolicyInfo, Nameless;
        /// Deletes a policy.
        XFRM_MSG_DELPOLICY = 4: UserPolicyId, Nameless;
        /// Asks for policies.
        XFRM_MSG_GETPOLICY = 5: UserPolicyId, Nameless;
        /// Asks for a free number.
        XFRM_MSG_ALLOCSPI = 6: UserSpiInfo, Nameless;
        /// The kernel wants a security association.
        XFRM_MSG_ACQUIRE = 7: UserAcquire, Nameless;
        /// A security association is over.
        XFRM_MSG_EXPIRE = 8: UserExpire, Nameless;
        /// Changes a policy.
        XFRM_MSG_UPDPOLICY = 9: UserPolicyInfo, Nameless;
        /// Changes a security association.
        XFRM_MSG_UPDSA = 10: UserSaInfo, Nameless;
        /// A policy is over.
        XFRM_MSG_POLEXPIRE = 11: UserPolExpire, Nameless;
        /// Deletes all security associations.
        XFRM_MSG_FLUSHSA = 12: UserSaFlush, Nameless;
        /// Deletes all policies.
        XFRM_MSG_FLUSHPOLICY = 13: XfrmNothing, Nameless;
        /// Reports the lifetime of a security association.
        XFRM_MSG_NEWAE = 14: AeventId, Nameless;
        /// Asks for the lifetime of a security association.
        XFRM_MSG_GETAE = 15: AeventId, Nameless;
        /// Reports counters.
        XFRM_MSG_NEWSADINFO = 18: XfrmFlags, Nameless;
        /// Asks for counters.
        XFRM_MSG_GETSADINFO = 19: XfrmFlags, Nameless;
        /// Reports counters.
        XFRM_MSG_NEWSPDINFO = 20: XfrmFlags, Nameless;
        /// Asks for counters.
        XFRM_MSG_GETSPDINFO = 21: XfrmFlags, Nameless;
    }
}

/// A message of which only the fixed header is known.
macro_rules! headed {
    ($name:literal $doc:literal $number:expr, $Header:ty) => {
        MessageInfo {
            number: $number,
            name: $name,
            doc: $doc,
            header: <$Header>::FIELDS,
            set: Nameless::set,
            asked: None,
            #[cfg(feature = "fuzz")]
            again: |payload, out| {
                let body = crate::payload::Headed::<'_, $Header, Nameless<'_>>::parse(payload, 0)?;
                crate::Body::write(&body, out)
            },
        }
    };
}

/// Subsystems of netfilter that are not nf_tables.
static NFNL: MessageInfo = headed! { "NFNL_SUBSYS_*" "A subsystem of netfilter that is not nf_tables." 0, nft::NfGenMsg };
/// Families of generic netlink. Which number is whose is said only while a system runs.
static GENERIC: MessageInfo = headed! { "GENL_FAMILY" "A family of generic netlink." 0, GenlMsgHdr };

/// `AF_*`, whether it is a request, and the message.
static DIAG: [(u8, bool, MessageInfo); 10] = [
    (2, true, headed! { "SOCK_DIAG_BY_FAMILY" "Asks for sockets." SOCK_DIAG_BY_FAMILY, InetDiagReq }),
    (2, false, headed! { "SOCK_DIAG_BY_FAMILY" "Reports a socket." SOCK_DIAG_BY_FAMILY, InetDiagMsg }),
    (10, true, headed! { "SOCK_DIAG_BY_FAMILY" "Asks for sockets." SOCK_DIAG_BY_FAMILY, InetDiagReq }),
    (10, false, headed! { "SOCK_DIAG_BY_FAMILY" "Reports a socket." SOCK_DIAG_BY_FAMILY, InetDiagMsg }),
    (1, true, headed! { "SOCK_DIAG_BY_FAMILY" "Asks for sockets." SOCK_DIAG_BY_FAMILY, UnixDiagReq }),
    (1, false, headed! { "SOCK_DIAG_BY_FAMILY" "Reports a socket." SOCK_DIAG_BY_FAMILY, UnixDiagMsg }),
    (16, true, headed! { "SOCK_DIAG_BY_FAMILY" "Asks for sockets." SOCK_DIAG_BY_FAMILY, NetlinkDiagReq }),
    (16, false, headed! { "SOCK_DIAG_BY_FAMILY" "Reports a socket." SOCK_DIAG_BY_FAMILY, NetlinkDiagMsg }),
    (17, true, headed! { "SOCK_DIAG_BY_FAMILY" "Asks for sockets." SOCK_DIAG_BY_FAMILY, PacketDiagReq }),
    (17, false, headed! { "SOCK_DIAG_BY_FAMILY" "Reports a socket." SOCK_DIAG_BY_FAMILY, PacketDiagMsg }),
];
/// Sockets (linux/sock_diag.h).
const SOCK_DIAG_BY_FAMILY: u16 = 20;

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::captured::hex;
    use crate::explain::explain_in;

    fn rows(netlink: Netlink, text: &str) -> Vec<String> {
        let bytes = hex(text);
        let mut rows = Vec::new();
        let mut joined = Vec::new();
        explain_in(&bytes, netlink, &mut |row| {
            joined.extend_from_slice(row.bytes);
            rows.push(format!("{}{}={}", " ".repeat(row.depth), row.label, row.value));
        });
        assert_eq!(joined, bytes);
        rows
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn flags_mean_what_the_verb_makes_them_mean() {
        let flags = |nlmsg_type: &str| rows(NETLINK_ROUTE, &format!("10000000{nlmsg_type}0003{}", "00".repeat(8)))[2].clone();
        assert_eq!(flags("1000"), "nlmsg_flags=NLM_F_REPLACE|NLM_F_EXCL");
        assert_eq!(flags("1200"), "nlmsg_flags=NLM_F_DUMP");
        assert_eq!(flags("1100"), "nlmsg_flags=NLM_F_NONREC|NLM_F_BULK");
        assert_eq!(flags("0200"), "nlmsg_flags=NLM_F_CAPPED|NLM_F_ACK_TLVS");
        assert_eq!(flags("f700"), "nlmsg_flags=0x300");
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn other_protocols_have_a_header_and_attributes() {
        // genl ctrl getfamily: CTRL_ATTR_FAMILY_NAME "nlctrl"
        let text = "20000000100005000100000000000000030100000b0002006e6c6374726c0000";
        let genl = rows(NETLINK_GENERIC, text);
        assert_eq!(genl[1], "nlmsg_type=GENL_ID_CTRL");
        assert_eq!(genl[5..], ["cmd=CTRL_CMD_GETFAMILY", "version=1", "reserved=0", "CTRL_ATTR_FAMILY_NAME=\"nlctrl\\0\""]);
        // of a family that nobody knows, the attributes can be seen, and those inside of those that say so
        let text = "24000000150001000100000000000000010200000c00018008000200070000000400ff00";
        let genl = rows(NETLINK_GENERIC, text);
        assert_eq!(genl[8..], ["attribute 1=", " attribute 2=07000000", "attribute 255="]);
        // tc: a table for its header only
        let tc = rows(NETLINK_ROUTE, "2c00000026000103010000000000000000000000020000000000000000000000000000000800010066710000");
        assert_eq!(tc[1..3], ["nlmsg_type=RTM_GETQDISC", "nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP"]);
        assert_eq!(tc.last().unwrap(), "attribute 1=66710000");
        // a protocol that is not known at all
        assert_eq!(rows(Netlink(99), "14000000510000000000000000000000 01020304".replace(' ', "").as_str())[5], "rest=01020304");
    }
}
