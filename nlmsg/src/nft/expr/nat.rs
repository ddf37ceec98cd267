//! `nat`: gives packets another source or destination. Only in chains of type nat.

use crate::nft::{Family, Reg};
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
        NFTA_NAT_FAMILY(Be<Family>) = 2,
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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaNat::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn address_and_port() {
        // nft add rule ip t pnat tcp dport 80 dnat to 10.1.2.3:8080
        expr(
            "080001006e6174002c000280080001000000000108000200000000020800030000000001080005000000000208000700\
             00000002",
            "nat",
            ExprData::Nat(Nest::Nested(&[
                NFTA_NAT_TYPE(Be(NFT_NAT_DNAT)),
                NFTA_NAT_FAMILY(Be(NFPROTO_IPV4.into())),
                NFTA_NAT_REG_ADDR_MIN(Be(NFT_REG_1)),
                NFTA_NAT_REG_PROTO_MIN(Be(NFT_REG_2)),
                NFTA_NAT_FLAGS(Be(NF_NAT_RANGE_PROTO_SPECIFIED)),
            ])),
        );
        // the same from the kernel
        expr(
            "080001006e6174003c000200080001000000000108000200000000020800030000000001080004000000000108000500\
             0000000208000600000000020800070000000003",
            "nat",
            ExprData::Nat(Nest::List(&[
                NFTA_NAT_TYPE(Be(NFT_NAT_DNAT)),
                NFTA_NAT_FAMILY(Be(NFPROTO_IPV4.into())),
                NFTA_NAT_REG_ADDR_MIN(Be(NFT_REG_1)),
                NFTA_NAT_REG_ADDR_MAX(Be(NFT_REG_1)),
                NFTA_NAT_REG_PROTO_MIN(Be(NFT_REG_2)),
                NFTA_NAT_REG_PROTO_MAX(Be(NFT_REG_2)),
                NFTA_NAT_FLAGS(Be(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED)),
            ])),
        );
    }

    #[test]
    fn range() {
        // nft add rule ip t nat snat to 10.1.2.3-10.1.2.9 persistent
        expr(
            "080001006e6174002c000280080001000000000008000200000000020800030000000001080004000000000208000700\
             00000008",
            "nat",
            ExprData::Nat(Nest::Nested(&[
                NFTA_NAT_TYPE(Be(NFT_NAT_SNAT)),
                NFTA_NAT_FAMILY(Be(NFPROTO_IPV4.into())),
                NFTA_NAT_REG_ADDR_MIN(Be(NFT_REG_1)),
                NFTA_NAT_REG_ADDR_MAX(Be(NFT_REG_2)),
                NFTA_NAT_FLAGS(Be(NF_NAT_RANGE_PERSISTENT)),
            ])),
        );
        // the same from the kernel
        expr(
            "080001006e6174002c000200080001000000000008000200000000020800030000000001080004000000000208000700\
             00000009",
            "nat",
            ExprData::Nat(Nest::List(&[
                NFTA_NAT_TYPE(Be(NFT_NAT_SNAT)),
                NFTA_NAT_FAMILY(Be(NFPROTO_IPV4.into())),
                NFTA_NAT_REG_ADDR_MIN(Be(NFT_REG_1)),
                NFTA_NAT_REG_ADDR_MAX(Be(NFT_REG_2)),
                NFTA_NAT_FLAGS(Be(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PERSISTENT)),
            ])),
        );
    }
}
