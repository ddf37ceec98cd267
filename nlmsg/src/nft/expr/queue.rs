//! `queue`: hands packets to a program that decides.

use crate::nft::Reg;
use crate::payload::Be;

names! {
    /// `NFT_QUEUE_FLAG_*`.
    pub flags QueueFlags(u16) {
        /// Accept packets while no program is there.
        NFT_QUEUE_FLAG_BYPASS = 1 => "bypass",
        /// Choose the queue by the processor.
        NFT_QUEUE_FLAG_CPU_FANOUT = 2 => "fanout",
    }
}

attrs! {
    /// `enum nft_queue_attributes`.
    pub enum NftaQueue<'a> in "netfilter/nf_tables.h" {
        /// The first queue.
        NFTA_QUEUE_NUM(Be<u16>) = 1,
        /// How many queues.
        NFTA_QUEUE_TOTAL(Be<u16>) = 2,
        /// `NFT_QUEUE_FLAG_*`.
        NFTA_QUEUE_FLAGS(Be<QueueFlags>) = 3,
        /// Where the queue's number is.
        NFTA_QUEUE_SREG_QNUM(Be<Reg>) = 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaQueue::*, *};
    use crate::payload::{Be, Nest};

    #[test]
    fn one() {
        // nft add rule ip t c queue num 3 bypass
        expr(
            "0a00010071756575650000001c000280060001000003000006000200000100000600030000010000",
            "queue",
            ExprData::Queue(Nest::Nested(&[
                NFTA_QUEUE_NUM(Be(3)),
                NFTA_QUEUE_TOTAL(Be(1)),
                NFTA_QUEUE_FLAGS(Be(NFT_QUEUE_FLAG_BYPASS)),
            ])),
        );
    }

    #[test]
    fn several() {
        // nft add rule ip t c queue flags fanout to 1-4
        expr(
            "0a00010071756575650000001c000280060001000001000006000200000400000600030000020000",
            "queue",
            ExprData::Queue(Nest::Nested(&[
                NFTA_QUEUE_NUM(Be(1)),
                NFTA_QUEUE_TOTAL(Be(4)),
                NFTA_QUEUE_FLAGS(Be(NFT_QUEUE_FLAG_CPU_FANOUT)),
            ])),
        );
    }
}
