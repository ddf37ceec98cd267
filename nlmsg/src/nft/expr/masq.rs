//! `masq`: gives packets the address of the device that they leave by. Only in chains of type nat at postrouting.

use crate::nft::{NatFlags, Reg};
use crate::payload::Be;

attrs! {
    /// `enum nft_masq_attributes`. None is needed.
    pub enum NftaMasq<'a> in "netfilter/nf_tables.h" {
        /// `NF_NAT_RANGE_*`.
        NFTA_MASQ_FLAGS(Be<NatFlags>) = 1,
        /// Register of the lowest port.
        NFTA_MASQ_REG_PROTO_MIN(Be<Reg>) = 2,
        /// Register of the highest port.
        NFTA_MASQ_REG_PROTO_MAX(Be<Reg>) = 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaMasq::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn plain() {
        // nft add rule ip t nat masquerade
        expr("090001006d6173710000000004000280", "masq", ExprData::Masq(Nest::Nested(&[])));
        // the same from the kernel
        expr("090001006d6173710000000004000200", "masq", ExprData::Masq(Nest::List(&[])));
    }

    #[test]
    fn random() {
        // nft add rule ip t nat masquerade random
        expr(
            "090001006d617371000000000c0002800800010000000004",
            "masq",
            ExprData::Masq(Nest::Nested(&[NFTA_MASQ_FLAGS(Be(NF_NAT_RANGE_PROTO_RANDOM))])),
        );
        // the same from the kernel
        expr(
            "090001006d617371000000000c0002000800010000000004",
            "masq",
            ExprData::Masq(Nest::List(&[NFTA_MASQ_FLAGS(Be(NF_NAT_RANGE_PROTO_RANDOM))])),
        );
    }
}
