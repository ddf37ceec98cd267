//! Neighbours, which are link-layer addresses of IP addresses and the bridge's known addresses, and the
//! tables that hold them (linux/neighbour.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+-------------------------------+
//! |  ndm_family   |   ndm_pad1    |           ndm_pad2            |
//! +---------------+---------------+-------------------------------+
//! |                          ndm_ifindex                          |
//! +-------------------------------+---------------+---------------+
//! |           ndm_state           |   ndm_flags   |   ndm_type    |
//! +-------------------------------+---------------+---------------+
//! ```
//!
//! The header of a table is the first word alone: [`NdtMsg`].

use core::net::IpAddr;

use super::{Af, RtProt, Rtn};
use crate::payload::{Be, Flag, Hw, Nest, Str, View};

record! {
    /// `struct ndmsg` (linux/neighbour.h).
    pub struct NdMsg("ndmsg") {
        /// The address's family; `AF_BRIDGE` for addresses that a bridge knows.
        ndm_family: Af,
        /// A gap.
        ndm_pad1: u8,
        /// A gap.
        ndm_pad2: u16,
        /// The device.
        ndm_ifindex: i32,
        /// What is known.
        ndm_state: Nud,
        /// Flags.
        ndm_flags: Ntf,
        /// What the address is.
        ndm_type: Rtn,
    }
}

names! {
    /// What is known of a neighbour (linux/neighbour.h).
    pub flags Nud(u16) {
        NUD_NONE = 0x0 => "NONE",
        NUD_INCOMPLETE = 0x1 => "INCOMPLETE",
        NUD_REACHABLE = 0x2 => "REACHABLE",
        NUD_STALE = 0x4 => "STALE",
        NUD_DELAY = 0x8 => "DELAY",
        NUD_PROBE = 0x10 => "PROBE",
        NUD_FAILED = 0x20 => "FAILED",
        NUD_NOARP = 0x40 => "NOARP",
        NUD_PERMANENT = 0x80 => "PERMANENT",
    }
}

names! {
    /// Flags of a neighbour (linux/neighbour.h).
    pub flags Ntf(u8) {
        NTF_USE = 0x1 => "use",
        NTF_SELF = 0x2 => "self",
        NTF_MASTER = 0x4 => "master",
        NTF_PROXY = 0x8 => "proxy",
        NTF_EXT_LEARNED = 0x10 => "extern_learn",
        NTF_OFFLOADED = 0x20 => "offload",
        NTF_STICKY = 0x40 => "sticky",
        NTF_ROUTER = 0x80 => "router",
    }
}

names! {
    /// More flags of a neighbour (linux/neighbour.h).
    pub flags NtfExt(u32) {
        NTF_EXT_MANAGED = 0x1 => "managed",
        NTF_EXT_LOCKED = 0x2 => "locked",
        NTF_EXT_EXT_VALIDATED = 0x4 => "extern_valid",
    }
}

attrs! {
    /// Attributes that follow `struct ndmsg` (linux/neighbour.h).
    pub enum Nda<'a> in "neighbour.h" {
        /// The IP address, or the far end behind which a bridge's address is.
        NDA_DST(IpAddr) = 1,
        /// The link-layer address.
        NDA_LLADDR(Hw<'a>) = 2,
        /// Use and age.
        NDA_CACHEINFO(View<'a, NdaCacheinfo>) = 3,
        /// Questions that went unanswered.
        NDA_PROBES(u32) = 4,
        /// The VLAN.
        NDA_VLAN(u16) = 5,
        /// UDP port of the far end.
        NDA_PORT(Be<u16>) = 6,
        /// Network identifier of the far end.
        NDA_VNI(u32) = 7,
        /// Device towards the far end.
        NDA_IFINDEX(u32) = 8,
        /// The bridge.
        NDA_MASTER(u32) = 9,
        /// Namespace of the device below.
        NDA_LINK_NETNSID(i32) = 10,
        /// Network identifier that packets come with.
        NDA_SRC_VNI(u32) = 11,
        /// Who made the entry.
        NDA_PROTOCOL(RtProt) = 12,
        /// A next hop object in place of a far end.
        NDA_NH_ID(u32) = 13,
        /// What a bridge reports of the address.
        NDA_FDB_EXT_ATTRS(Nest<'a, Nfea<'a>>) = 14,
        /// More flags.
        NDA_FLAGS_EXT(NtfExt) = 15,
        /// In a request: which bits of `ndm_state` are meant.
        NDA_NDM_STATE_MASK(u16) = 16,
        /// In a request: which bits of `ndm_flags` are meant.
        NDA_NDM_FLAGS_MASK(u8) = 17,
    }
}

record! {
    /// `struct nda_cacheinfo` (linux/neighbour.h). Times are in hundredths of a second.
    pub struct NdaCacheinfo("nda_cacheinfo") {
        /// Time since it was confirmed.
        ndm_confirmed: u32,
        /// Time since it was used.
        ndm_used: u32,
        /// Time since it was changed.
        ndm_updated: u32,
        /// Users.
        ndm_refcnt: u32,
    }
}

attrs! {
    /// What a bridge reports of an address (linux/neighbour.h).
    pub enum Nfea<'a> in "neighbour.h" {
        /// When it sends a notification.
        NFEA_ACTIVITY_NOTIFY(FdbNotify) = 1,
        /// In a request: the address does not become younger.
        NFEA_DONT_REFRESH(Flag) = 2,
    }
}

names! {
    /// When a bridge sends a notification of an address (linux/neighbour.h).
    pub flags FdbNotify(u8) {
        FDB_NOTIFY_BIT = 0x1 => "activity_notify",
        FDB_NOTIFY_INACTIVE_BIT = 0x2 => "inactive",
    }
}

record! {
    /// `struct ndtmsg` (linux/neighbour.h).
    pub struct NdtMsg("ndtmsg") {
        /// The addresses' family.
        ndtm_family: Af,
        /// A gap.
        ndtm_pad1: u8,
        /// A gap.
        ndtm_pad2: u16,
    }
}

attrs! {
    /// A table of neighbours (linux/neighbour.h). Times are in milliseconds.
    pub enum Ndta<'a> in "neighbour.h" {
        /// Its name: `arp_cache`, `ndisc_cache`.
        NDTA_NAME(Str<'a>) = 1,
        /// Up to this number entries are kept.
        NDTA_THRESH1(u32) = 2,
        /// From this number on old entries go after five seconds.
        NDTA_THRESH2(u32) = 3,
        /// Most entries.
        NDTA_THRESH3(u32) = 4,
        /// Its state.
        NDTA_CONFIG(View<'a, NdtConfig>) = 5,
        /// Its settings, or those of one device.
        NDTA_PARMS(Nest<'a, Ndtpa<'a>>) = 6,
        /// Its counters.
        NDTA_STATS(View<'a, NdtStats>) = 7,
        /// Time between looks for old entries.
        NDTA_GC_INTERVAL(u64) = 8,
        /// Aligns what follows.
        NDTA_PAD(&'a [u8]) = 9,
    }
}

record! {
    /// `struct ndt_config` (linux/neighbour.h).
    pub struct NdtConfig("ndt_config") {
        /// Bytes of an address.
        ndtc_key_len: u16,
        /// Bytes of an entry.
        ndtc_entry_size: u16,
        /// Entries.
        ndtc_entries: u32,
        /// Milliseconds since old entries were looked for.
        ndtc_last_flush: u32,
        /// Milliseconds since the reachable time was drawn.
        ndtc_last_rand: u32,
        /// Seed of the hash.
        ndtc_hash_rnd: u32,
        /// Mask of the hash.
        ndtc_hash_mask: u32,
        /// Not used any more.
        ndtc_hash_chain_gc: u32,
        /// Packets that wait for a proxy's answer.
        ndtc_proxy_qlen: u32,
    }
}

record! {
    /// `struct ndt_stats` (linux/neighbour.h).
    pub struct NdtStats("ndt_stats") {
        /// Entries made.
        ndts_allocs: u64,
        /// Entries removed.
        ndts_destroys: u64,
        /// How often the hash grew.
        ndts_hash_grows: u64,
        /// Addresses that nobody answered for.
        ndts_res_failed: u64,
        /// Searches.
        ndts_lookups: u64,
        /// Searches that found one.
        ndts_hits: u64,
        /// Questions to a group.
        ndts_rcv_probes_mcast: u64,
        /// Questions to this host alone.
        ndts_rcv_probes_ucast: u64,
        /// Looks for old entries by time.
        ndts_periodic_gc_runs: u64,
        /// Looks for old entries by need.
        ndts_forced_gc_runs: u64,
        /// Entries that found no room.
        ndts_table_fulls: u64,
    }
}

attrs! {
    /// Settings of a table of neighbours (linux/neighbour.h). Times are in milliseconds.
    pub enum Ndtpa<'a> in "neighbour.h" {
        /// The device; absent for the table.
        NDTPA_IFINDEX(u32) = 1,
        /// Users.
        NDTPA_REFCNT(u32) = 2,
        /// How long an entry is taken as reachable, drawn around the base.
        NDTPA_REACHABLE_TIME(u64) = 3,
        /// The base of that.
        NDTPA_BASE_REACHABLE_TIME(u64) = 4,
        /// Time between questions.
        NDTPA_RETRANS_TIME(u64) = 5,
        /// How long an entry that nobody uses is kept.
        NDTPA_GC_STALETIME(u64) = 6,
        /// Time until a doubtful entry is asked for.
        NDTPA_DELAY_PROBE_TIME(u64) = 7,
        /// Packets that wait for an answer.
        NDTPA_QUEUE_LEN(u32) = 8,
        /// Questions to a program.
        NDTPA_APP_PROBES(u32) = 9,
        /// Questions to the neighbour.
        NDTPA_UCAST_PROBES(u32) = 10,
        /// Questions to all.
        NDTPA_MCAST_PROBES(u32) = 11,
        /// Time before an anycast answer.
        NDTPA_ANYCAST_DELAY(u64) = 12,
        /// Time before a proxy's answer.
        NDTPA_PROXY_DELAY(u64) = 13,
        /// Packets that wait for a proxy's answer.
        NDTPA_PROXY_QLEN(u32) = 14,
        /// Time in which an entry does not change again.
        NDTPA_LOCKTIME(u64) = 15,
        /// Bytes that wait for an answer.
        NDTPA_QUEUE_LENBYTES(u32) = 16,
        /// Questions to all after those to the neighbour.
        NDTPA_MCAST_REPROBES(u32) = 17,
        /// Aligns what follows.
        NDTPA_PAD(&'a [u8]) = 18,
        /// Time between questions for managed entries.
        NDTPA_INTERVAL_PROBE_TIME_MS(u64) = 19,
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::{Hw, Nest, Str, View};
    use crate::route::{Nda::*, Ndta::*, Ndtpa::*, *};

    #[test]
    fn a_request() {
        // ip neigh add 10.1.0.4 lladdr 02:00:00:00:00:04 dev br0
        same(
            RTM_NEWNEIGH,
            "300000001c0005060100000000000000020000000200000080000000080001000a0100040a0002000200000000040000",
            Neigh::new(
                NdMsg { ndm_family: AF_INET, ndm_ifindex: 2, ndm_state: NUD_PERMANENT, ..Default::default() },
                Nest::List(&[NDA_DST("10.1.0.4".parse().unwrap()), NDA_LLADDR(Hw(&[2, 0, 0, 0, 0, 4]))]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on: ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:02 dev br0 nud permanent
        same(
            RTM_NEWNEIGH,
            "4c0000001c0002000100000000000000020000000200000080000001080001000a0100020a0002000200000000020000\
             08000400000000001400030019000000190000001900000000000000",
            Neigh::new(
                NdMsg {
                    ndm_family: AF_INET,
                    ndm_ifindex: 2,
                    ndm_state: NUD_PERMANENT,
                    ndm_type: RTN_UNICAST,
                    ..Default::default()
                },
                Nest::List(&[
                    NDA_DST("10.1.0.2".parse().unwrap()),
                    NDA_LLADDR(Hw(&[2, 0, 0, 0, 0, 2])),
                    NDA_PROBES(0),
                    NDA_CACHEINFO(View::new(
                        &NdaCacheinfo { ndm_confirmed: 25, ndm_used: 25, ndm_updated: 25, ndm_refcnt: 0 }.to_bytes(),
                    )),
                ]),
            ),
        );
    }

    #[test]
    fn an_address_of_a_bridge() {
        // bridge fdb add 02:00:00:00:00:05 dev v0 master
        same(
            RTM_NEWNEIGH,
            "280000001c00050601000000000000000700000004000000c00004000a0002000200000000050000",
            Neigh::new(
                NdMsg {
                    ndm_family: AF_BRIDGE,
                    ndm_ifindex: 4,
                    ndm_state: NUD_NOARP | NUD_PERMANENT,
                    ndm_flags: NTF_MASTER,
                    ..Default::default()
                },
                Nest::List(&[NDA_LLADDR(Hw(&[2, 0, 0, 0, 0, 5]))]),
            ),
        );
    }

    #[test]
    fn a_table() {
        // The kernel on: ip ntable
        same(
            RTM_NEWNEIGHTBL,
            "78010000400002000100000000000000020000000e0001006172705f63616368650000000c0008003075000000000000\
             080002008000000008000300000200000800040000040000240005000400500105000000c0fd32007c5901003375cb40\
             0700000000000000000000005c00070091000000000000008c0000000000000000000000000000000100000000000000\
             9a020000000000000a0000000000000000000000000000000000000000000000d8000000000000000000000000000000\
             0000000000000000b000060008000200010000000800100000400300080008006500000008000e004000000008000900\
             0000000008000a000300000008000b000300000008001100000000000c000300ec410000000000000c00040030750000\
             000000000c00060060ea0000000000000c00070088130000000000000c000500e8030000000000000c000c00e8030000\
             000000000c000d0020030000000000000c000f00e8030000000000000c0013008813000000000000",
            NeighTbl::new(
                NdtMsg { ndtm_family: AF_INET, ..Default::default() },
                Nest::List(&[
                    NDTA_NAME(Str::new("arp_cache")),
                    NDTA_GC_INTERVAL(30000),
                    NDTA_THRESH1(128),
                    NDTA_THRESH2(512),
                    NDTA_THRESH3(1024),
                    NDTA_CONFIG(View::new(
                        &NdtConfig {
                            ndtc_key_len: 4,
                            ndtc_entry_size: 336,
                            ndtc_entries: 5,
                            ndtc_last_flush: 3341760,
                            ndtc_last_rand: 88444,
                            ndtc_hash_rnd: 1087075635,
                            ndtc_hash_mask: 7,
                            ndtc_hash_chain_gc: 0,
                            ndtc_proxy_qlen: 0,
                        }
                        .to_bytes(),
                    )),
                    NDTA_STATS(View::new(
                        &NdtStats {
                            ndts_allocs: 145,
                            ndts_destroys: 140,
                            ndts_hash_grows: 0,
                            ndts_res_failed: 1,
                            ndts_lookups: 666,
                            ndts_hits: 10,
                            ndts_rcv_probes_mcast: 0,
                            ndts_rcv_probes_ucast: 0,
                            ndts_periodic_gc_runs: 216,
                            ndts_forced_gc_runs: 0,
                            ndts_table_fulls: 0,
                        }
                        .to_bytes(),
                    )),
                    NDTA_PARMS(Nest::List(&[
                        NDTPA_REFCNT(1),
                        NDTPA_QUEUE_LENBYTES(212992),
                        NDTPA_QUEUE_LEN(101),
                        NDTPA_PROXY_QLEN(64),
                        NDTPA_APP_PROBES(0),
                        NDTPA_UCAST_PROBES(3),
                        NDTPA_MCAST_PROBES(3),
                        NDTPA_MCAST_REPROBES(0),
                        NDTPA_REACHABLE_TIME(16876),
                        NDTPA_BASE_REACHABLE_TIME(30000),
                        NDTPA_GC_STALETIME(60000),
                        NDTPA_DELAY_PROBE_TIME(5000),
                        NDTPA_RETRANS_TIME(1000),
                        NDTPA_ANYCAST_DELAY(1000),
                        NDTPA_PROXY_DELAY(800),
                        NDTPA_LOCKTIME(1000),
                        NDTPA_INTERVAL_PROBE_TIME_MS(5000),
                    ])),
                ]),
            ),
        );
    }
}
