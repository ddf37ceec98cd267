//! `flow_offload`: lets the packets of a connection take the short way of a flowtable.

use crate::payload::Str;

attrs! {
    /// `enum nft_offload_attributes`.
    pub enum NftaFlow<'a> in "netfilter/nf_tables.h" {
        /// The name of the flowtable.
        NFTA_FLOW_TABLE_NAME(Str<'a>) = 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaFlow::*, *};
    use crate::payload::{Nest, Str};

    #[test]
    fn as_captured() {
        // nft add rule inet i c flow add @f
        expr(
            "11000100666c6f775f6f66666c6f6164000000000c0002800600010066000000",
            "flow_offload",
            ExprData::FlowOffload(Nest::Nested(&[NFTA_FLOW_TABLE_NAME(Str::new("f"))])),
        );
    }
}
