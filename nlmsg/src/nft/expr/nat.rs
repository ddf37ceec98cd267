//! `nat`: gives packets another source or destination. Only in chains of type nat.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_nat_types`.
    pub enum NatType(u32) {
        NFT_NAT_SNAT = 0 => "snat",
        NFT_NAT_DNAT = 1 => "dnat",
    }
}

names! {
    /// What of a range holds, and how a port is chosen (linux/netfilter/nf_nat.h).
    pub flags NatFlags(u32) {
        NF_NAT_RANGE_MAP_IPS = 1,
        NF_NAT_RANGE_PROTO_SPECIFIED = 2,
        NF_NAT_RANGE_PROTO_RANDOM = 4 => "random",
        NF_NAT_RANGE_PERSISTENT = 8 => "persistent",
        NF_NAT_RANGE_PROTO_RANDOM_FULLY = 16 => "fully-random",
        NF_NAT_RANGE_PROTO_OFFSET = 32,
        NF_NAT_RANGE_NETMAP = 64 => "prefix",
    }
}

attrs! {
    /// `enum nft_nat_attributes`.
    pub enum NftaNat<'a> in "netfilter/nf_tables.h" {
        /// Source or destination.
        NFTA_NAT_TYPE(Be<NatType>) = 1,
        /// `NFPROTO_*` of the addresses.
        NFTA_NAT_FAMILY(Be<u32>) = 2,
        /// Register of the lowest address.
        NFTA_NAT_REG_ADDR_MIN(Be<Reg>) = 3,
        /// Register of the highest address.
        NFTA_NAT_REG_ADDR_MAX(Be<Reg>) = 4,
        /// Register of the lowest port, in network order.
        NFTA_NAT_REG_PROTO_MIN(Be<Reg>) = 5,
        /// Register of the highest port, in network order.
        NFTA_NAT_REG_PROTO_MAX(Be<Reg>) = 6,
        /// `NF_NAT_RANGE_*`.
        NFTA_NAT_FLAGS(Be<NatFlags>) = 7,
    }
}
