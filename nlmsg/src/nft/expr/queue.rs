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
