//! `fib`: asks the routing tables about a packet.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `enum nft_fib_result`.
    pub enum FibResult(u32) {
        NFT_FIB_RESULT_UNSPEC = 0,
        NFT_FIB_RESULT_OIF = 1 => "oif",
        NFT_FIB_RESULT_OIFNAME = 2 => "oifname",
        NFT_FIB_RESULT_ADDRTYPE = 3 => "type",
    }
}

names! {
    /// What the question is made of: `enum nft_fib_flags`.
    pub flags FibFlags(u32) {
        NFTA_FIB_F_SADDR = 1 => "saddr",
        NFTA_FIB_F_DADDR = 2 => "daddr",
        NFTA_FIB_F_MARK = 4 => "mark",
        NFTA_FIB_F_IIF = 8 => "iif",
        NFTA_FIB_F_OIF = 16 => "oif",
        /// Give only whether there is an answer.
        NFTA_FIB_F_PRESENT = 32,
    }
}

attrs! {
    /// `enum nft_fib_attributes`.
    pub enum NftaFib<'a> in "netfilter/nf_tables.h" {
        /// Where the answer goes.
        NFTA_FIB_DREG(Be<Reg>) = 1,
        /// What of the route found is the answer.
        NFTA_FIB_RESULT(Be<FibResult>) = 2,
        /// `NFTA_FIB_F_*`.
        NFTA_FIB_FLAGS(Be<FibFlags>) = 3,
    }
}
