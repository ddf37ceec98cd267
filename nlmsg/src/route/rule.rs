//! Rules, which pick the routing table (linux/fib_rules.h).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! |    family     |    dst_len    |    src_len    |      tos      |
//! +---------------+---------------+---------------+---------------+
//! |     table     |     res1      |     res2      |    action     |
//! +---------------+---------------+---------------+---------------+
//! |                             flags                             |
//! +---------------------------------------------------------------+
//! ```

use core::net::IpAddr;

use super::{Af, RtProt, RtTable};
use crate::payload::{Be, Low8, Str, View};

record! {
    /// `struct fib_rule_hdr` (linux/fib_rules.h).
    pub struct FibRuleHdr("fib_rule_hdr") {
        /// The addresses' family.
        family: Af,
        /// Bits of `FRA_DST`.
        dst_len: u8,
        /// Bits of `FRA_SRC`.
        src_len: u8,
        /// Type of service that packets must have.
        tos: u8,
        /// The table, if below 256; a larger one is in `FRA_TABLE` alone.
        table: Low8<RtTable>,
        /// A gap.
        res1: u8,
        /// A gap.
        res2: u8,
        /// What to do.
        action: FrAct,
        /// Flags.
        flags: FibRule,
    }
}

names! {
    /// What a rule does (linux/fib_rules.h).
    pub enum FrAct(u8) {
        FR_ACT_UNSPEC = 0,
        FR_ACT_TO_TBL = 1 => "lookup",
        FR_ACT_GOTO = 2 => "goto",
        FR_ACT_NOP = 3 => "nop",
        FR_ACT_RES3 = 4,
        FR_ACT_RES4 = 5,
        FR_ACT_BLACKHOLE = 6 => "blackhole",
        FR_ACT_UNREACHABLE = 7 => "unreachable",
        FR_ACT_PROHIBIT = 8 => "prohibit",
    }
}

names! {
    /// Flags of a rule (linux/fib_rules.h).
    pub flags FibRule(u32) {
        FIB_RULE_PERMANENT = 0x1 => "permanent",
        FIB_RULE_INVERT = 0x2 => "not",
        FIB_RULE_UNRESOLVED = 0x4 => "unresolved",
        FIB_RULE_IIF_DETACHED = 0x8 => "iif_detached",
        FIB_RULE_OIF_DETACHED = 0x10 => "oif_detached",
        FIB_RULE_FIND_SADDR = 0x10000,
    }
}

attrs! {
    /// Attributes that follow `struct fib_rule_hdr` (linux/fib_rules.h).
    pub enum Fra<'a> in "fib_rules.h" {
        /// The destination.
        FRA_DST(IpAddr) = 1,
        /// The source.
        FRA_SRC(IpAddr) = 2,
        /// Name of the device that packets come by.
        FRA_IIFNAME(Str<'a>) = 3,
        /// Priority of the rule to go to.
        FRA_GOTO(u32) = 4,
        /// The rule's place: the smallest is first.
        FRA_PRIORITY(u32) = 6,
        /// The mark.
        FRA_FWMARK(u32) = 10,
        /// Realms, for the classifier.
        FRA_FLOW(u32) = 11,
        /// Identifier of the tunnel that packets came by.
        FRA_TUN_ID(Be<u64>) = 12,
        /// Group of devices whose routes do not count; all ones is none.
        FRA_SUPPRESS_IFGROUP(u32) = 13,
        /// Routes of up to this many bits do not count; all ones is none.
        FRA_SUPPRESS_PREFIXLEN(u32) = 14,
        /// The table.
        FRA_TABLE(RtTable) = 15,
        /// Which bits of the mark count.
        FRA_FWMASK(u32) = 16,
        /// Name of the device that packets are bound to.
        FRA_OIFNAME(Str<'a>) = 17,
        /// Aligns what follows.
        FRA_PAD(&'a [u8]) = 18,
        /// Whether the table is that of the packet's VRF.
        FRA_L3MDEV(u8) = 19,
        /// Users.
        FRA_UID_RANGE(View<'a, FibRuleUidRange>) = 20,
        /// Who made the rule.
        FRA_PROTOCOL(RtProt) = 21,
        /// Protocol: `IPPROTO_*`.
        FRA_IP_PROTO(u8) = 22,
        /// Source ports.
        FRA_SPORT_RANGE(View<'a, FibRulePortRange>) = 23,
        /// Destination ports.
        FRA_DPORT_RANGE(View<'a, FibRulePortRange>) = 24,
        /// Differentiated services code point.
        FRA_DSCP(u8) = 25,
        /// Flow label.
        FRA_FLOWLABEL(Be<u32>) = 26,
        /// Which bits of the flow label count.
        FRA_FLOWLABEL_MASK(Be<u32>) = 27,
        /// Which bits of the source port count.
        FRA_SPORT_MASK(u16) = 28,
        /// Which bits of the destination port count.
        FRA_DPORT_MASK(u16) = 29,
        /// Which bits of the code point count.
        FRA_DSCP_MASK(u8) = 30,
    }
}

record! {
    /// `struct fib_rule_uid_range` (linux/fib_rules.h).
    pub struct FibRuleUidRange("fib_rule_uid_range") {
        /// The first.
        start: u32,
        /// The last.
        end: u32,
    }
}

record! {
    /// `struct fib_rule_port_range` (linux/fib_rules.h), in the host's order.
    pub struct FibRulePortRange("fib_rule_port_range") {
        /// The first.
        start: u16,
        /// The last.
        end: u16,
    }
}

#[cfg(test)]
mod tests {
    use crate::captured::same;
    use crate::payload::{Low8, Nest};
    use crate::route::{Fra::*, *};

    #[test]
    fn a_request() {
        // ip rule add from 10.1.0.0/24 table 300 pref 101
        same(
            RTM_NEWRULE,
            "34000000200005060100000000000000020018000000000100000000080002000a01000008000f002c01000008000600\
             65000000",
            Rule::new(
                FibRuleHdr { family: AF_INET, src_len: 24, action: FR_ACT_TO_TBL, ..Default::default() },
                Nest::List(&[FRA_SRC("10.1.0.0".parse().unwrap()), FRA_TABLE(RtTable(300)), FRA_PRIORITY(101)]),
            ),
        );
    }

    #[test]
    fn a_reply() {
        // The kernel on: ip rule add from 10.1.0.0/24 fwmark 0x5/0xff table 300 pref 100
        same(
            RTM_NEWRULE,
            "5400000020000200010000000000000002001800fc0000010000000008000f002c01000008000e00ffffffff05001500\
             00000000080006006400000008000a000500000008001000ff000000080002000a010000",
            Rule::new(
                FibRuleHdr { family: AF_INET, src_len: 24, table: Low8::new(252), action: FR_ACT_TO_TBL, ..Default::default() },
                Nest::List(&[
                    FRA_TABLE(RtTable(300)),
                    FRA_SUPPRESS_PREFIXLEN(u32::MAX),
                    FRA_PROTOCOL(RTPROT_UNSPEC),
                    FRA_PRIORITY(100),
                    FRA_FWMARK(5),
                    FRA_FWMASK(255),
                    FRA_SRC("10.1.0.0".parse().unwrap()),
                ]),
            ),
        );
    }
}
