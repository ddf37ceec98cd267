//! Values, verdicts and the registers that expressions pass them in (linux/netfilter/nf_tables.h).

use crate::payload::{Be, Nest, Str};

names! {
    /// Registers: `enum nft_registers`. `NFT_REG_1` to `NFT_REG_4` hold 16 bytes each, `NFT_REG32_00` to
    /// `NFT_REG32_15` are the same 64 bytes in pieces of four.
    pub enum Reg(u32) {
        NFT_REG_VERDICT = 0,
        NFT_REG_1 = 1,
        NFT_REG_2 = 2,
        NFT_REG_3 = 3,
        NFT_REG_4 = 4,
        NFT_REG32_00 = 8,
        NFT_REG32_01 = 9,
        NFT_REG32_02 = 10,
        NFT_REG32_03 = 11,
        NFT_REG32_04 = 12,
        NFT_REG32_05 = 13,
        NFT_REG32_06 = 14,
        NFT_REG32_07 = 15,
        NFT_REG32_08 = 16,
        NFT_REG32_09 = 17,
        NFT_REG32_10 = 18,
        NFT_REG32_11 = 19,
        NFT_REG32_12 = 20,
        NFT_REG32_13 = 21,
        NFT_REG32_14 = 22,
        NFT_REG32_15 = 23,
    }
}

names! {
    /// What happens to a packet: netfilter's verdicts (linux/netfilter.h) and `enum nft_verdicts`.
    pub enum Verdict(i32) {
        /// Throw the packet away.
        NF_DROP = 0 => "drop",
        /// Leave the base chain; chains of later priority still see the packet.
        NF_ACCEPT = 1 => "accept",
        NF_STOLEN = 2,
        /// Hand the packet to a program; the queue's number is in the upper 16 bits.
        NF_QUEUE = 3 => "queue",
        NF_REPEAT = 4,
        NF_STOP = 5,
        /// Go on with the next expression.
        NFT_CONTINUE = -1 => "continue",
        /// Go on with the next rule.
        NFT_BREAK = -2 => "break",
        /// Go on in another chain, and come back at its end.
        NFT_JUMP = -3 => "jump",
        /// Go on in another chain, and do not come back.
        NFT_GOTO = -4 => "goto",
        /// Go back to where the chain was jumped from.
        NFT_RETURN = -5 => "return",
    }
}

attrs! {
    /// A verdict: `enum nft_verdict_attributes`.
    pub enum NftaVerdict<'a> in "netfilter/nf_tables.h" {
        /// What happens to the packet.
        NFTA_VERDICT_CODE(Be<Verdict>) = 1,
        /// The chain, of `NFT_JUMP` and `NFT_GOTO`.
        NFTA_VERDICT_CHAIN(Str<'a>) = 2,
        /// The chain, by `NFTA_CHAIN_ID`.
        NFTA_VERDICT_CHAIN_ID(Be<u32>) = 3,
    }
}

attrs! {
    /// A value of one of two kinds: `enum nft_data_attributes`.
    pub enum NftaData<'a> in "netfilter/nf_tables.h" {
        /// Bytes as they lie in registers: packet fields in network order, marks and lengths in host order.
        NFTA_DATA_VALUE(&'a [u8]) = 1,
        /// A verdict.
        NFTA_DATA_VERDICT(Nest<'a, NftaVerdict<'a>>) = 2,
    }
}

/// A value of either kind.
pub type Data<'a> = Nest<'a, NftaData<'a>>;

impl<'a> Data<'a> {
    /// The value, if it is bytes.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.find(|attr| match attr {
            NftaData::NFTA_DATA_VALUE(value) => Some(value),
            _ => None,
        })
    }

    /// The verdict, if it is one, with the chain that a jump goes to.
    pub fn verdict(&self) -> Option<(Verdict, Option<Str<'a>>)> {
        let verdict = self.find(|attr| match attr {
            NftaData::NFTA_DATA_VERDICT(verdict) => Some(verdict),
            _ => None,
        })?;
        let code = verdict.find(|attr| match attr {
            NftaVerdict::NFTA_VERDICT_CODE(Be(code)) => Some(code),
            _ => None,
        })?;
        let chain = verdict.find(|attr| match attr {
            NftaVerdict::NFTA_VERDICT_CHAIN(chain) => Some(chain),
            _ => None,
        });
        Some((code, chain))
    }
}

names! {
    /// Types of a set's keys and a map's data: `enum nft_data_types`, and the numbers that `nft` gives its own
    /// types (its `include/datatype.h`). A concatenation is its parts' numbers, six bits each.
    pub enum DataType(u32) {
        /// Any bytes.
        NFT_DATA_VALUE = 0,
        TYPE_VERDICT = 1,
        TYPE_NFPROTO = 2 => "nf_proto",
        TYPE_BITMASK = 3 => "bitmask",
        TYPE_INTEGER = 4 => "integer",
        TYPE_STRING = 5 => "string",
        TYPE_LLADDR = 6 => "ll_addr",
        TYPE_IPADDR = 7 => "ipv4_addr",
        TYPE_IP6ADDR = 8 => "ipv6_addr",
        TYPE_ETHERADDR = 9 => "ether_addr",
        TYPE_ETHERTYPE = 10 => "ether_type",
        TYPE_ARPOP = 11 => "arp_op",
        TYPE_INET_PROTOCOL = 12 => "inet_proto",
        TYPE_INET_SERVICE = 13 => "inet_service",
        TYPE_ICMP_TYPE = 14 => "icmp_type",
        TYPE_TCP_FLAG = 15 => "tcp_flag",
        TYPE_DCCP_PKTTYPE = 16 => "dccp_pkttype",
        TYPE_MH_TYPE = 17 => "mh_type",
        TYPE_TIME = 18 => "time",
        TYPE_MARK = 19 => "mark",
        TYPE_IFINDEX = 20 => "iface_index",
        TYPE_ARPHRD = 21 => "iface_type",
        TYPE_REALM = 22 => "realm",
        TYPE_CLASSID = 23 => "classid",
        TYPE_UID = 24 => "uid",
        TYPE_GID = 25 => "gid",
        TYPE_CT_STATE = 26 => "ct_state",
        TYPE_CT_DIR = 27 => "ct_dir",
        TYPE_CT_STATUS = 28 => "ct_status",
        TYPE_ICMP6_TYPE = 29 => "icmpv6_type",
        TYPE_CT_LABEL = 30 => "ct_label",
        TYPE_PKTTYPE = 31 => "pkt_type",
        TYPE_ICMP_CODE = 32 => "icmp_code",
        TYPE_ICMPV6_CODE = 33 => "icmpv6_code",
        TYPE_ICMPX_CODE = 34 => "icmpx_code",
        TYPE_DEVGROUP = 35 => "devgroup",
        TYPE_DSCP = 36 => "dscp",
        TYPE_ECN = 37 => "ecn",
        TYPE_FIB_ADDR = 38 => "fib_addrtype",
        TYPE_BOOLEAN = 39 => "boolean",
        TYPE_CT_EVENTBIT = 40 => "ct_event",
        TYPE_IFNAME = 41 => "ifname",
        TYPE_IGMP_TYPE = 42 => "igmp_type",
        TYPE_TIME_DATE = 43 => "time",
        TYPE_TIME_HOUR = 44 => "hour",
        TYPE_TIME_DAY = 45 => "day",
        TYPE_CGROUPV2 = 46 => "cgroupsv2",
        /// Verdicts; the kernel's own number.
        NFT_DATA_VERDICT = 0xffffff00 => "verdict",
    }
}
