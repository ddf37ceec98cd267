//! `tunnel`: reads what a packet's tunnel said; and the object that says what a tunnel is to say.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::nft::Reg;
use crate::payload::{Be, Nest};

names! {
    /// `enum nft_tunnel_keys`.
    pub enum TunnelExprKey(u32) {
        NFT_TUNNEL_PATH = 0 => "path",
        NFT_TUNNEL_ID = 1 => "id",
    }
}

names! {
    /// `enum nft_tunnel_mode`.
    pub enum TunnelMode(u32) {
        NFT_TUNNEL_MODE_NONE = 0,
        NFT_TUNNEL_MODE_RX = 1,
        NFT_TUNNEL_MODE_TX = 2,
    }
}

attrs! {
    /// The expression: `enum nft_tunnel_attributes`.
    pub enum NftaTunnel<'a> in "netfilter/nf_tables.h" {
        /// What to read.
        NFTA_TUNNEL_KEY(Be<TunnelExprKey>) = 1,
        /// Where the value goes.
        NFTA_TUNNEL_DREG(Be<Reg>) = 2,
        /// Of packets received, sent, or both.
        NFTA_TUNNEL_MODE(Be<TunnelMode>) = 3,
    }
}

attrs! {
    /// Outer IPv4 addresses: `enum nft_tunnel_key_ip_attributes`.
    pub enum NftaTunnelKeyIp<'a> in "netfilter/nf_tables.h" {
        /// From.
        NFTA_TUNNEL_KEY_IP_SRC(Ipv4Addr) = 1,
        /// To.
        NFTA_TUNNEL_KEY_IP_DST(Ipv4Addr) = 2,
    }
}

attrs! {
    /// Outer IPv6 addresses: `enum nft_tunnel_ip6_attributes`.
    pub enum NftaTunnelKeyIp6<'a> in "netfilter/nf_tables.h" {
        /// From.
        NFTA_TUNNEL_KEY_IP6_SRC(Ipv6Addr) = 1,
        /// To.
        NFTA_TUNNEL_KEY_IP6_DST(Ipv6Addr) = 2,
        /// The flow label.
        NFTA_TUNNEL_KEY_IP6_FLOWLABEL(Be<u32>) = 3,
    }
}

attrs! {
    /// Of VXLAN: `enum nft_tunnel_opts_vxlan_attributes`.
    pub enum NftaTunnelKeyVxlan<'a> in "netfilter/nf_tables.h" {
        /// The group policy.
        NFTA_TUNNEL_KEY_VXLAN_GBP(Be<u32>) = 1,
    }
}

attrs! {
    /// Of ERSPAN: `enum nft_tunnel_opts_erspan_attributes`.
    pub enum NftaTunnelKeyErspan<'a> in "netfilter/nf_tables.h" {
        /// 1 or 2.
        NFTA_TUNNEL_KEY_ERSPAN_VERSION(Be<u32>) = 1,
        /// The index, of version 1.
        NFTA_TUNNEL_KEY_ERSPAN_V1_INDEX(Be<u32>) = 2,
        /// The engine, of version 2.
        NFTA_TUNNEL_KEY_ERSPAN_V2_HWID(u8) = 3,
        /// The direction, of version 2.
        NFTA_TUNNEL_KEY_ERSPAN_V2_DIR(u8) = 4,
    }
}

attrs! {
    /// Of GENEVE: `enum nft_tunnel_opts_geneve_attributes`.
    pub enum NftaTunnelKeyGeneve<'a> in "netfilter/nf_tables.h" {
        /// Class of an option.
        NFTA_TUNNEL_KEY_GENEVE_CLASS(Be<u16>) = 1,
        /// Type of an option.
        NFTA_TUNNEL_KEY_GENEVE_TYPE(u8) = 2,
        /// An option's value.
        NFTA_TUNNEL_KEY_GENEVE_DATA(&'a [u8]) = 3,
    }
}

attrs! {
    /// What one kind of tunnel has: `enum nft_tunnel_opts_attributes`.
    pub enum NftaTunnelKeyOpts<'a> in "netfilter/nf_tables.h" {
        /// Of VXLAN.
        NFTA_TUNNEL_KEY_OPTS_VXLAN(Nest<'a, NftaTunnelKeyVxlan<'a>>) = 1,
        /// Of ERSPAN.
        NFTA_TUNNEL_KEY_OPTS_ERSPAN(Nest<'a, NftaTunnelKeyErspan<'a>>) = 2,
        /// Of GENEVE; may come several times.
        NFTA_TUNNEL_KEY_OPTS_GENEVE(Nest<'a, NftaTunnelKeyGeneve<'a>>) = 3,
    }
}

names! {
    /// `enum nft_tunnel_flags`.
    pub flags TunnelFlags(u32) {
        NFT_TUNNEL_F_ZERO_CSUM_TX = 1,
        NFT_TUNNEL_F_DONT_FRAGMENT = 2,
        NFT_TUNNEL_F_SEQ_NUMBER = 4,
    }
}

attrs! {
    /// The object: `enum nft_tunnel_key_attributes`.
    pub enum NftaTunnelKey<'a> in "netfilter/nf_tables.h" {
        /// The network's number.
        NFTA_TUNNEL_KEY_ID(Be<u32>) = 1,
        /// Outer IPv4 addresses.
        NFTA_TUNNEL_KEY_IP(Nest<'a, NftaTunnelKeyIp<'a>>) = 2,
        /// Outer IPv6 addresses.
        NFTA_TUNNEL_KEY_IP6(Nest<'a, NftaTunnelKeyIp6<'a>>) = 3,
        /// `NFT_TUNNEL_F_*`.
        NFTA_TUNNEL_KEY_FLAGS(Be<TunnelFlags>) = 4,
        /// Type of service of outer packets.
        NFTA_TUNNEL_KEY_TOS(u8) = 5,
        /// Time to live of outer packets.
        NFTA_TUNNEL_KEY_TTL(u8) = 6,
        /// Outer source port.
        NFTA_TUNNEL_KEY_SPORT(Be<u16>) = 7,
        /// Outer destination port.
        NFTA_TUNNEL_KEY_DPORT(Be<u16>) = 8,
        /// What one kind of tunnel has.
        NFTA_TUNNEL_KEY_OPTS(Nest<'a, NftaTunnelKeyOpts<'a>>) = 9,
    }
}
