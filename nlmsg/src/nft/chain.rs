//! Chains: lists of rules, and the hooks at which packets enter them (linux/netfilter/nf_tables.h).

use super::{Counter, Udata, Verdict};
use crate::payload::{Be, Nest, Str};

names! {
    /// `enum nft_chain_flags`.
    pub flags ChainFlags(u32) {
        /// The chain has a hook.
        NFT_CHAIN_BASE = 1,
        /// The device itself filters.
        NFT_CHAIN_HW_OFFLOAD = 2 => "offload",
        /// The chain has no name that matters: it belongs to the rule that jumps to it.
        NFT_CHAIN_BINDING = 4,
    }
}

names! {
    /// Hooks of families ip, ip6, inet and bridge: `enum nf_inet_hooks` (linux/netfilter.h).
    pub enum InetHook(u32) {
        NF_INET_PRE_ROUTING = 0 => "prerouting",
        NF_INET_LOCAL_IN = 1 => "input",
        NF_INET_FORWARD = 2 => "forward",
        NF_INET_LOCAL_OUT = 3 => "output",
        NF_INET_POST_ROUTING = 4 => "postrouting",
        NF_INET_INGRESS = 5 => "ingress",
    }
}

names! {
    /// Hooks of family arp (linux/netfilter_arp.h).
    pub enum ArpHook(u32) {
        NF_ARP_IN = 0 => "input",
        NF_ARP_OUT = 1 => "output",
        NF_ARP_FORWARD = 2 => "forward",
    }
}

names! {
    /// Hooks of family netdev: `enum nf_dev_hooks` (linux/netfilter.h).
    pub enum NetdevHook(u32) {
        NF_NETDEV_INGRESS = 0 => "ingress",
        NF_NETDEV_EGRESS = 1 => "egress",
    }
}

pick! {
    /// A hook's number, which means what the table's family says.
    pub enum HookNum<'a> by family {
        3 => Arp(Be<ArpHook>),
        5 => Netdev(Be<NetdevHook>),
        _ => Inet(Be<InetHook>),
    }
}

names! {
    /// The places in a hook's order that have names: `enum nf_ip_hook_priorities` (linux/netfilter_ipv4.h).
    /// They hold for all families but bridge. Lower comes first.
    pub enum Priority(i32) {
        NF_IP_PRI_FIRST = -2147483648,
        NF_IP_PRI_RAW_BEFORE_DEFRAG = -450,
        NF_IP_PRI_CONNTRACK_DEFRAG = -400,
        NF_IP_PRI_RAW = -300 => "raw",
        NF_IP_PRI_SELINUX_FIRST = -225,
        NF_IP_PRI_CONNTRACK = -200,
        NF_IP_PRI_MANGLE = -150 => "mangle",
        NF_IP_PRI_NAT_DST = -100 => "dstnat",
        NF_IP_PRI_FILTER = 0 => "filter",
        NF_IP_PRI_SECURITY = 50 => "security",
        NF_IP_PRI_NAT_SRC = 100 => "srcnat",
        NF_IP_PRI_SELINUX_LAST = 225,
        NF_IP_PRI_CONNTRACK_HELPER = 300,
        NF_IP_PRI_CONNTRACK_CONFIRM = 2147483647,
        NF_IP_PRI_LAST = 2147483647,
    }
}

names! {
    /// The same for family bridge: `enum nf_br_hook_priorities` (linux/netfilter_bridge.h).
    pub enum BridgePriority(i32) {
        NF_BR_PRI_FIRST = -2147483648,
        NF_BR_PRI_NAT_DST_BRIDGED = -300 => "dstnat",
        NF_BR_PRI_FILTER_BRIDGED = -200 => "filter",
        NF_BR_PRI_BRNF = 0,
        NF_BR_PRI_NAT_DST_OTHER = 100 => "out",
        NF_BR_PRI_FILTER_OTHER = 200,
        NF_BR_PRI_NAT_SRC = 300 => "srcnat",
        NF_BR_PRI_LAST = 2147483647,
    }
}

attrs! {
    /// Devices: `enum nft_devices_attributes`, repeated.
    pub enum NftaDevice<'a> in "netfilter/nf_tables.h" {
        /// A device's name.
        NFTA_DEVICE_NAME(Str<'a>) = 1,
        /// How the names of the devices meant begin. Since Linux 6.18.
        NFTA_DEVICE_PREFIX(Str<'a>) = 2,
    }
}

attrs! {
    /// Where packets enter a chain: `enum nft_hook_attributes`.
    pub enum NftaHook<'a> in "netfilter/nf_tables.h" {
        /// The hook.
        NFTA_HOOK_HOOKNUM(HookNum<'a>) = 1,
        /// Place in the hook's order: [`Priority`] or [`BridgePriority`], or any number between.
        NFTA_HOOK_PRIORITY(Be<i32>) = 2,
        /// The device whose packets enter.
        NFTA_HOOK_DEV(Str<'a>) = 3,
        /// The devices whose packets enter.
        NFTA_HOOK_DEVS(Nest<'a, NftaDevice<'a>>) = 4,
    }
}

attrs! {
    /// A chain: `enum nft_chain_attributes`.
    pub enum NftaChain<'a> in "netfilter/nf_tables.h" {
        /// The table that it is in.
        NFTA_CHAIN_TABLE(Str<'a>) = 1,
        /// Its number, given by the kernel.
        NFTA_CHAIN_HANDLE(Be<u64>) = 2,
        /// Its name.
        NFTA_CHAIN_NAME(Str<'a>) = 3,
        /// Where packets enter it; absent of a chain that is only jumped to.
        NFTA_CHAIN_HOOK(Nest<'a, NftaHook<'a>>) = 4,
        /// What happens to packets that reach its end: `NF_ACCEPT` or `NF_DROP`.
        NFTA_CHAIN_POLICY(Be<Verdict>) = 5,
        /// How many rules and jumps use it.
        NFTA_CHAIN_USE(Be<u32>) = 6,
        /// `filter`, `nat` or `route`.
        NFTA_CHAIN_TYPE(Str<'a>) = 7,
        /// Packets that the policy decided.
        NFTA_CHAIN_COUNTERS(Counter<'a>) = 8,
        /// Fills up to eight bytes.
        NFTA_CHAIN_PAD(&'a [u8]) = 9,
        /// `NFT_CHAIN_*`.
        NFTA_CHAIN_FLAGS(Be<ChainFlags>) = 10,
        /// A number of the sender's by which other messages of the batch name the chain.
        NFTA_CHAIN_ID(Be<u32>) = 11,
        /// A comment: [`NFTNL_UDATA_CHAIN_COMMENT`](super::NFTNL_UDATA_CHAIN_COMMENT).
        NFTA_CHAIN_USERDATA(Udata<'a>) = 12,
    }
}
