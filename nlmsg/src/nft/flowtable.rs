//! Flowtables: the short way of forwarded connections past the packet filter (linux/netfilter/nf_tables.h).

use super::{NetdevHook, NftaDevice};
use crate::payload::{Be, Nest, Str};

names! {
    /// `enum nft_flowtable_flags`.
    pub flags FlowtableFlags(u32) {
        /// The devices themselves forward.
        NFT_FLOWTABLE_HW_OFFLOAD = 1 => "offload",
        /// Connections are still counted.
        NFT_FLOWTABLE_COUNTER = 2 => "counter",
        NFT_FLOWTABLE_MASK = 3,
    }
}

attrs! {
    /// Where packets enter: `enum nft_flowtable_hook_attributes`.
    pub enum NftaFlowtableHook<'a> in "netfilter/nf_tables.h" {
        /// Always `NF_NETDEV_INGRESS`.
        NFTA_FLOWTABLE_HOOK_NUM(Be<NetdevHook>) = 1,
        /// Place in the hook's order; lower comes first.
        NFTA_FLOWTABLE_HOOK_PRIORITY(Be<i32>) = 2,
        /// The devices.
        NFTA_FLOWTABLE_HOOK_DEVS(Nest<'a, NftaDevice<'a>>) = 3,
    }
}

attrs! {
    /// A flowtable: `enum nft_flowtable_attributes`.
    pub enum NftaFlowtable<'a> in "netfilter/nf_tables.h" {
        /// The table that it is in.
        NFTA_FLOWTABLE_TABLE(Str<'a>) = 1,
        /// Its name.
        NFTA_FLOWTABLE_NAME(Str<'a>) = 2,
        /// Where packets enter.
        NFTA_FLOWTABLE_HOOK(Nest<'a, NftaFlowtableHook<'a>>) = 3,
        /// How many rules use it.
        NFTA_FLOWTABLE_USE(Be<u32>) = 4,
        /// Its number, given by the kernel.
        NFTA_FLOWTABLE_HANDLE(Be<u64>) = 5,
        /// Fills up to eight bytes.
        NFTA_FLOWTABLE_PAD(&'a [u8]) = 6,
        /// `NFT_FLOWTABLE_*`.
        NFTA_FLOWTABLE_FLAGS(Be<FlowtableFlags>) = 7,
    }
}
