//! Next hops that routes and neighbours of a bridge name by a number, alone and in groups (linux/nexthop.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! |   nh_family   |   nh_scope    |  nh_protocol  |     resvd     |
//! +---------------+---------------+---------------+---------------+
//! |                           nh_flags                            |
//! +---------------------------------------------------------------+
//! ```

use core::net::IpAddr;

use super::{Af, LwtunnelEncap, RtProt, RtScope};
use crate::payload::{BySize, Flag, Nest, Records};

record! {
    /// `struct nhmsg` (linux/nexthop.h).
    pub struct NhMsg("nhmsg") {
        /// The gateway's family; of a group `AF_UNSPEC`.
        nh_family: Af,
        /// How far the gateway is; only told.
        nh_scope: RtScope,
        /// Who made it.
        nh_protocol: RtProt,
        /// A gap.
        resvd: u8,
        /// Flags, of which only the first eight bits are in use.
        nh_flags: u32,
    }
}

attrs! {
    /// Attributes that follow `struct nhmsg` (linux/nexthop.h).
    pub enum Nha<'a> in "nexthop.h" {
        /// The number; the kernel gives one where it is 0.
        NHA_ID(u32) = 1,
        /// The members of a group.
        NHA_GROUP(Records<'a, NexthopGrp>) = 2,
        /// How a group chooses.
        NHA_GROUP_TYPE(NexthopGrpType) = 3,
        /// Packets are dropped.
        NHA_BLACKHOLE(Flag) = 4,
        /// The device.
        NHA_OIF(u32) = 5,
        /// The gateway.
        NHA_GATEWAY(IpAddr) = 6,
        /// How packets are wrapped.
        NHA_ENCAP_TYPE(LwtunnelEncap) = 7,
        /// What they are wrapped with.
        NHA_ENCAP(&'a [u8]) = 8,
        /// A dump holds groups only.
        NHA_GROUPS(Flag) = 9,
        /// A dump holds those by ports of this device only.
        NHA_MASTER(u32) = 10,
        /// It is one of a bridge's neighbours.
        NHA_FDB(Flag) = 11,
        /// Of a resilient group.
        NHA_RES_GROUP(Nest<'a, NhaResGroup<'a>>) = 12,
        /// A bucket of a resilient group.
        NHA_RES_BUCKET(Nest<'a, NhaResBucket<'a>>) = 13,
        /// What a dump or an answer shall hold besides: `NHA_OP_FLAG_*`.
        NHA_OP_FLAGS(NhaOpFlag) = 14,
        /// Counters of a group.
        NHA_GROUP_STATS(Nest<'a, NhaGroupStats<'a>>) = 15,
        /// Whether hardware shall count.
        NHA_HW_STATS_ENABLE(u32) = 16,
        /// Whether hardware counts.
        NHA_HW_STATS_USED(u32) = 17,
    }
}

names! {
    /// How a group chooses its member (linux/nexthop.h).
    pub enum NexthopGrpType(u16) {
        NEXTHOP_GRP_TYPE_MPATH = 0 => "mpath",
        NEXTHOP_GRP_TYPE_RES = 1 => "resilient",
    }
}

names! {
    /// What shall be told besides (linux/nexthop.h).
    pub flags NhaOpFlag(u32) {
        NHA_OP_FLAG_DUMP_STATS = 0x1,
        NHA_OP_FLAG_DUMP_HW_STATS = 0x2,
        NHA_OP_FLAG_RESP_GRP_RESVD_0 = 0x8000_0000,
    }
}

record! {
    /// `struct nexthop_grp` (linux/nexthop.h): a member of a group.
    pub struct NexthopGrp("nexthop_grp") {
        /// The member's number.
        id: u32,
        /// Its weight, less one.
        weight: u8,
        /// Higher bits of the weight.
        weight_high: u8,
        /// A gap.
        resvd2: u16,
    }
}

attrs! {
    /// Of a resilient group (linux/nexthop.h). Times are in hundredths of a second.
    pub enum NhaResGroup<'a> in "nexthop.h" {
        /// Aligns what follows.
        NHA_RES_GROUP_PAD(&'a [u8]) = 0,
        /// How many buckets there are.
        NHA_RES_GROUP_BUCKETS(u16) = 1,
        /// After this time without a packet a bucket may change its next hop.
        NHA_RES_GROUP_IDLE_TIMER(u32) = 2,
        /// After this time out of balance buckets change in any case; 0 is never.
        NHA_RES_GROUP_UNBALANCED_TIMER(u32) = 3,
        /// How long the group is out of balance.
        NHA_RES_GROUP_UNBALANCED_TIME(u64) = 4,
    }
}

attrs! {
    /// A bucket of a resilient group (linux/nexthop.h).
    pub enum NhaResBucket<'a> in "nexthop.h" {
        /// Aligns what follows.
        NHA_RES_BUCKET_PAD(&'a [u8]) = 0,
        /// Its place.
        NHA_RES_BUCKET_INDEX(u16) = 1,
        /// Hundredths of a second since its last packet.
        NHA_RES_BUCKET_IDLE_TIME(u64) = 2,
        /// Its next hop.
        NHA_RES_BUCKET_NH_ID(u32) = 3,
    }
}

attrs! {
    /// Counters of a group (linux/nexthop.h).
    pub enum NhaGroupStats<'a> in "nexthop.h" {
        /// Those of a member; there may be many of these.
        NHA_GROUP_STATS_ENTRY(Nest<'a, NhaGroupStatsEntry<'a>>) = 1,
    }
}

attrs! {
    /// Counters of a member (linux/nexthop.h).
    pub enum NhaGroupStatsEntry<'a> in "nexthop.h" {
        /// The member.
        NHA_GROUP_STATS_ENTRY_ID(u32) = 1,
        /// Packets that took it.
        NHA_GROUP_STATS_ENTRY_PACKETS(BySize<u32, u64>) = 2,
        /// Of them, those that hardware sent.
        NHA_GROUP_STATS_ENTRY_PACKETS_HW(BySize<u32, u64>) = 3,
    }
}
