//! nf_tables: tables, chains, rules, sets and objects of the packet filter (linux/netfilter/nf_tables.h), on
//! protocol `NETLINK_NETFILTER`.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+-------------------------------+
//! | nfgen_family  |    version    |            res_id             |   struct nfgenmsg; res_id is big-endian
//! +---------------+---------------+-------------------------------+
//! |  attributes of the object's set; integers are big-endian      |
//! ```
//!
//! The high byte of `nlmsg_type` is the subsystem (10), the low byte the message. What changes something
//! goes in a [`Batch`]; what reads goes alone. A rule is a list of [expressions](expr) that hand values to
//! each other in [registers](Reg) and end in a [`Verdict`].

pub mod batch;
pub mod chain;
pub mod compat;
pub mod data;
pub mod expr;
pub mod flowtable;
pub mod object;
pub mod rule;
pub mod set;
pub mod table;
pub mod trace;
pub mod userdata;

pub use batch::*;
pub use chain::*;
pub use compat::*;
pub use data::*;
pub use expr::*;
pub use flowtable::*;
pub use object::*;
pub use rule::*;
pub use set::*;
pub use table::*;
pub use trace::*;
pub use userdata::*;

use core::fmt;

use crate::make::Gen as Make;
use crate::payload::{Be, Field, Headed, Names, fmt_name};

names! {
    /// Protocol families of netfilter (linux/netfilter.h). The words are those that begin `nft`'s table names.
    pub enum NfProto(u8) {
        NFPROTO_UNSPEC = 0,
        NFPROTO_INET = 1 => "inet",
        NFPROTO_IPV4 = 2 => "ip",
        NFPROTO_ARP = 3 => "arp",
        NFPROTO_NETDEV = 5 => "netdev",
        NFPROTO_BRIDGE = 7 => "bridge",
        NFPROTO_IPV6 = 10 => "ip6",
        NFPROTO_DECNET = 12,
    }
}

/// [`NfProto`] where the kernel has a `u32` for it (`NFTA_NAT_FAMILY`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Family(pub u32);

impl From<NfProto> for Family {
    fn from(family: NfProto) -> Family {
        Family(family.0.into())
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_name(self.0.into(), NfProto::TABLE, f)
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Field for Family {
    const SIZE: usize = 4;
    const NAME: &'static str = <u32 as Field>::NAME;
    const NAMES: Option<&'static Names> = Some(NfProto::TABLE);

    fn read(bytes: &[u8]) -> Family {
        Family(Field::read(bytes))
    }

    fn write(&self, bytes: &mut [u8]) {
        self.0.write(bytes);
    }

    fn make(make: &mut Make) -> Family {
        Family(make.named(NfProto::TABLE) as u32)
    }
}

names! {
    /// Subsystems of `NETLINK_NETFILTER` (linux/netfilter/nfnetlink.h): the high byte of `nlmsg_type`, and
    /// `res_id` of a batch's first and last message.
    pub enum NfnlSubsys(u16) {
        NFNL_SUBSYS_NONE = 0,
        NFNL_SUBSYS_CTNETLINK = 1,
        NFNL_SUBSYS_CTNETLINK_EXP = 2,
        NFNL_SUBSYS_QUEUE = 3,
        NFNL_SUBSYS_ULOG = 4,
        NFNL_SUBSYS_OSF = 5,
        NFNL_SUBSYS_IPSET = 6,
        NFNL_SUBSYS_ACCT = 7,
        NFNL_SUBSYS_CTNETLINK_TIMEOUT = 8,
        NFNL_SUBSYS_CTHELPER = 9,
        NFNL_SUBSYS_NFTABLES = 10,
        NFNL_SUBSYS_NFT_COMPAT = 11,
        NFNL_SUBSYS_HOOK = 12,
    }
}

names! {
    /// Multicast groups of `NETLINK_NETFILTER`: `enum nfnetlink_groups` (linux/netfilter/nfnetlink.h).
    pub enum NfnlGroup(u32) {
        NFNLGRP_NONE = 0,
        NFNLGRP_CONNTRACK_NEW = 1,
        NFNLGRP_CONNTRACK_UPDATE = 2,
        NFNLGRP_CONNTRACK_DESTROY = 3,
        NFNLGRP_CONNTRACK_EXP_NEW = 4,
        NFNLGRP_CONNTRACK_EXP_UPDATE = 5,
        NFNLGRP_CONNTRACK_EXP_DESTROY = 6,
        NFNLGRP_NFTABLES = 7,
        NFNLGRP_ACCT_QUOTA = 8,
        NFNLGRP_NFTRACE = 9,
    }
}

record! {
    /// `struct nfgenmsg` (linux/netfilter/nfnetlink.h).
    pub struct NfGenMsg("nfgenmsg") {
        /// `NFPROTO_*`: the family of the table.
        nfgen_family: NfProto,
        /// Always 0 (`NFNETLINK_V0`).
        version: u8,
        /// In a batch's first and last message the subsystem, in replies the generation's low 16 bits.
        res_id: Be<u16>,
    }
}

impl NfGenMsg {
    /// The header of a request about this family.
    pub const fn new(nfgen_family: NfProto) -> NfGenMsg {
        NfGenMsg { nfgen_family, version: 0, res_id: Be(0) }
    }
}

/// A table: `NFT_MSG_NEWTABLE` and neighbours.
pub type Table<'a> = Headed<'a, NfGenMsg, NftaTable<'a>>;
/// A chain: `NFT_MSG_NEWCHAIN` and neighbours.
pub type Chain<'a> = Headed<'a, NfGenMsg, NftaChain<'a>>;
/// A rule: `NFT_MSG_NEWRULE` and neighbours.
pub type Rule<'a> = Headed<'a, NfGenMsg, NftaRule<'a>>;
/// A set or map without its elements: `NFT_MSG_NEWSET` and neighbours.
pub type Set<'a> = Headed<'a, NfGenMsg, NftaSet<'a>>;
/// Elements of a set or map: `NFT_MSG_NEWSETELEM` and neighbours.
pub type SetElems<'a> = Headed<'a, NfGenMsg, NftaSetElemList<'a>>;
/// The generation of the rule set: `NFT_MSG_NEWGEN`.
pub type Gen<'a> = Headed<'a, NfGenMsg, NftaGen<'a>>;
/// A stateful object: `NFT_MSG_NEWOBJ` and neighbours.
pub type Obj<'a> = Headed<'a, NfGenMsg, NftaObj<'a>>;
/// A flowtable: `NFT_MSG_NEWFLOWTABLE` and neighbours.
pub type Flowtable<'a> = Headed<'a, NfGenMsg, NftaFlowtable<'a>>;
/// A step of a traced packet: `NFT_MSG_TRACE`.
pub type Trace<'a> = Headed<'a, NfGenMsg, NftaTrace<'a>>;
/// A batch's first or last message: `NFNL_MSG_BATCH_BEGIN`, `NFNL_MSG_BATCH_END`.
pub type BatchMark<'a> = Headed<'a, NfGenMsg, NfnlBatch<'a>>;
/// What the kernel knows of an iptables extension: `NFNL_MSG_COMPAT_GET`.
pub type Compat<'a> = Headed<'a, NfGenMsg, NftaCompat<'a>>;

messages! {
    /// The messages of nf_tables: `enum nf_tables_msg_types` in subsystem 10, the marks of a batch, and the
    /// question of subsystem 11.
    pub MESSAGES + 2560 {
        /// Makes, changes or shows a table.
        NFT_MSG_NEWTABLE = 0: NfGenMsg, NftaTable;
        /// Asks for tables.
        NFT_MSG_GETTABLE = 1: NfGenMsg, NftaTable;
        /// Deletes a table and all that is in it.
        NFT_MSG_DELTABLE = 2: NfGenMsg, NftaTable;
        /// Makes, changes or shows a chain.
        NFT_MSG_NEWCHAIN = 3: NfGenMsg, NftaChain;
        /// Asks for chains.
        NFT_MSG_GETCHAIN = 4: NfGenMsg, NftaChain;
        /// Deletes a chain.
        NFT_MSG_DELCHAIN = 5: NfGenMsg, NftaChain;
        /// Makes, replaces or shows a rule.
        NFT_MSG_NEWRULE = 6: NfGenMsg, NftaRule;
        /// Asks for rules.
        NFT_MSG_GETRULE = 7: NfGenMsg, NftaRule;
        /// Deletes a rule, or all rules of a chain or table.
        NFT_MSG_DELRULE = 8: NfGenMsg, NftaRule;
        /// Makes or shows a set.
        NFT_MSG_NEWSET = 9: NfGenMsg, NftaSet;
        /// Asks for sets.
        NFT_MSG_GETSET = 10: NfGenMsg, NftaSet;
        /// Deletes a set.
        NFT_MSG_DELSET = 11: NfGenMsg, NftaSet;
        /// Adds or shows elements of a set.
        NFT_MSG_NEWSETELEM = 12: NfGenMsg, NftaSetElemList;
        /// Asks for elements of a set.
        NFT_MSG_GETSETELEM = 13: NfGenMsg, NftaSetElemList;
        /// Deletes elements of a set.
        NFT_MSG_DELSETELEM = 14: NfGenMsg, NftaSetElemList;
        /// The generation: the answer to [`NFT_MSG_GETGEN`], and the last event of a transaction.
        NFT_MSG_NEWGEN = 15: NfGenMsg, NftaGen;
        /// Asks for the generation.
        NFT_MSG_GETGEN = 16: NfGenMsg, NftaGen;
        /// A step of a traced packet, sent to group [`NFNLGRP_NFTRACE`].
        NFT_MSG_TRACE = 17: NfGenMsg, NftaTrace;
        /// Makes, changes or shows a stateful object.
        NFT_MSG_NEWOBJ = 18: NfGenMsg, NftaObj;
        /// Asks for stateful objects.
        NFT_MSG_GETOBJ = 19: NfGenMsg, NftaObj;
        /// Deletes a stateful object.
        NFT_MSG_DELOBJ = 20: NfGenMsg, NftaObj;
        /// Asks for stateful objects, and sets them back to their start.
        NFT_MSG_GETOBJ_RESET = 21: NfGenMsg, NftaObj;
        /// Makes, changes or shows a flowtable.
        NFT_MSG_NEWFLOWTABLE = 22: NfGenMsg, NftaFlowtable;
        /// Asks for flowtables.
        NFT_MSG_GETFLOWTABLE = 23: NfGenMsg, NftaFlowtable;
        /// Deletes a flowtable.
        NFT_MSG_DELFLOWTABLE = 24: NfGenMsg, NftaFlowtable;
        /// Asks for rules, and sets their counters and quotas back to their start.
        NFT_MSG_GETRULE_RESET = 25: NfGenMsg, NftaRule;
        /// Deletes a table if there is one.
        NFT_MSG_DESTROYTABLE = 26: NfGenMsg, NftaTable;
        /// Deletes a chain if there is one.
        NFT_MSG_DESTROYCHAIN = 27: NfGenMsg, NftaChain;
        /// Deletes a rule if there is one.
        NFT_MSG_DESTROYRULE = 28: NfGenMsg, NftaRule;
        /// Deletes a set if there is one.
        NFT_MSG_DESTROYSET = 29: NfGenMsg, NftaSet;
        /// Deletes those elements of a set that there are.
        NFT_MSG_DESTROYSETELEM = 30: NfGenMsg, NftaSetElemList;
        /// Deletes a stateful object if there is one.
        NFT_MSG_DESTROYOBJ = 31: NfGenMsg, NftaObj;
        /// Deletes a flowtable if there is one.
        NFT_MSG_DESTROYFLOWTABLE = 32: NfGenMsg, NftaFlowtable;
        /// Asks for elements of a set, and sets their counters and quotas back to their start.
        NFT_MSG_GETSETELEM_RESET = 33: NfGenMsg, NftaSetElemList;
    }
    + 16 {
        /// The first message of a batch (linux/netfilter/nfnetlink.h).
        NFNL_MSG_BATCH_BEGIN = 0: NfGenMsg, NfnlBatch;
        /// The last message of a batch: commit what went before.
        NFNL_MSG_BATCH_END = 1: NfGenMsg, NfnlBatch;
    }
    + 2816 {
        /// Asks which revision of an iptables extension the kernel has (linux/netfilter/nf_tables_compat.h).
        NFNL_MSG_COMPAT_GET = 0: NfGenMsg, NftaCompat;
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use bytes::BytesMut;

    use super::*;
    pub(crate) use crate::captured::hex;
    use crate::payload::{AttrSet, Nest, Payload, Selector, Span, Str};

    /// Captured attributes read as these, typed to the last one, and both go back to the captured bytes.
    pub(crate) fn captured<'a, T: AttrSet<'a>>(family: NfProto, text: &str, expected: &'a [T]) {
        let bytes = crate::captured::captured(text, |out| Nest::List(expected).encode(out));
        let read = Nest::Walk(Span::new(bytes, 0, family.0));
        assert_eq!(format!("{read:?}"), format!("{:?}", Nest::List(expected)));
        for nest in [read, Nest::List(expected)] {
            let mut out = BytesMut::new();
            nest.encode(&mut out).unwrap();
            assert_eq!(out, bytes);
        }
    }

    /// The same for one expression.
    pub(crate) fn expr<'a>(text: &str, name: &'a str, data: ExprData<'a>) {
        let attrs = [NftaExpr::NFTA_EXPR_NAME(Selector(Str::new(name))), NftaExpr::NFTA_EXPR_DATA(data)];
        captured(NFPROTO_IPV4, text, Vec::leak(attrs.to_vec()));
    }

    /// A value as user space sends it.
    pub(crate) fn value<'a>(bytes: &'a [u8]) -> Data<'a> {
        Nest::Nested(Vec::leak(Vec::from([NftaData::NFTA_DATA_VALUE(bytes)])))
    }

    /// A value as the kernel sends it.
    pub(crate) fn value_list<'a>(bytes: &'a [u8]) -> Data<'a> {
        Nest::List(Vec::leak(Vec::from([NftaData::NFTA_DATA_VALUE(bytes)])))
    }
}
