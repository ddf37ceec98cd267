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

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaFib::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn address_type() {
        // nft add rule ip t pre fib daddr type local
        expr(
            "08000100666962001c000280080003000000000208000200000000030800010000000001",
            "fib",
            ExprData::Fib(Nest::Nested(&[
                NFTA_FIB_FLAGS(Be(NFTA_FIB_F_DADDR)),
                NFTA_FIB_RESULT(Be(NFT_FIB_RESULT_ADDRTYPE)),
                NFTA_FIB_DREG(Be(NFT_REG_1)),
            ])),
        );
        // the same from the kernel
        expr(
            "08000100666962001c000200080001000000000108000200000000030800030000000002",
            "fib",
            ExprData::Fib(Nest::List(&[
                NFTA_FIB_DREG(Be(NFT_REG_1)),
                NFTA_FIB_RESULT(Be(NFT_FIB_RESULT_ADDRTYPE)),
                NFTA_FIB_FLAGS(Be(NFTA_FIB_F_DADDR)),
            ])),
        );
    }

    #[test]
    fn reverse_path() {
        // nft add rule ip t pre fib saddr . iif oif missing
        expr(
            "08000100666962001c000280080003000000002908000200000000010800010000000001",
            "fib",
            ExprData::Fib(Nest::Nested(&[
                NFTA_FIB_FLAGS(Be(NFTA_FIB_F_SADDR | NFTA_FIB_F_IIF | NFTA_FIB_F_PRESENT)),
                NFTA_FIB_RESULT(Be(NFT_FIB_RESULT_OIF)),
                NFTA_FIB_DREG(Be(NFT_REG_1)),
            ])),
        );
        // the same from the kernel
        expr(
            "08000100666962001c000200080001000000000108000200000000010800030000000029",
            "fib",
            ExprData::Fib(Nest::List(&[
                NFTA_FIB_DREG(Be(NFT_REG_1)),
                NFTA_FIB_RESULT(Be(NFT_FIB_RESULT_OIF)),
                NFTA_FIB_FLAGS(Be(NFTA_FIB_F_SADDR | NFTA_FIB_F_IIF | NFTA_FIB_F_PRESENT)),
            ])),
        );
    }
}
