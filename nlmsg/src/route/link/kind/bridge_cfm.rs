//! Connectivity fault management of a bridge: `IFLA_BRIDGE_CFM` (linux/if_bridge.h, linux/cfm_bridge.h).
//!
//! A maintenance end point (MEP) sends and expects continuity check messages (CCM).

use crate::payload::{Hw, Nest};

attrs! {
    /// Settings, and in replies what is set and seen (linux/if_bridge.h).
    pub enum IflaBridgeCfm<'a> in "if_bridge.h" {
        /// Makes an end point.
        IFLA_BRIDGE_CFM_MEP_CREATE(Nest<'a, IflaBridgeCfmMepCreate<'a>>) = 1,
        /// Removes an end point.
        IFLA_BRIDGE_CFM_MEP_DELETE(Nest<'a, IflaBridgeCfmMepDelete<'a>>) = 2,
        /// Sets up an end point.
        IFLA_BRIDGE_CFM_MEP_CONFIG(Nest<'a, IflaBridgeCfmMepConfig<'a>>) = 3,
        /// Sets up its checks.
        IFLA_BRIDGE_CFM_CC_CONFIG(Nest<'a, IflaBridgeCfmCcConfig<'a>>) = 4,
        /// Adds a peer.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_ADD(Nest<'a, IflaBridgeCfmCcPeerMep<'a>>) = 5,
        /// Removes a peer.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_REMOVE(Nest<'a, IflaBridgeCfmCcPeerMep<'a>>) = 6,
        /// Sets the remote defect indication.
        IFLA_BRIDGE_CFM_CC_RDI(Nest<'a, IflaBridgeCfmCcRdi<'a>>) = 7,
        /// Sets up the messages that it sends.
        IFLA_BRIDGE_CFM_CC_CCM_TX(Nest<'a, IflaBridgeCfmCcCcmTx<'a>>) = 8,
        /// An end point, in replies.
        IFLA_BRIDGE_CFM_MEP_CREATE_INFO(Nest<'a, IflaBridgeCfmMepCreate<'a>>) = 9,
        /// Its settings, in replies.
        IFLA_BRIDGE_CFM_MEP_CONFIG_INFO(Nest<'a, IflaBridgeCfmMepConfig<'a>>) = 10,
        /// Its checks, in replies.
        IFLA_BRIDGE_CFM_CC_CONFIG_INFO(Nest<'a, IflaBridgeCfmCcConfig<'a>>) = 11,
        /// Its remote defect indication, in replies.
        IFLA_BRIDGE_CFM_CC_RDI_INFO(Nest<'a, IflaBridgeCfmCcRdi<'a>>) = 12,
        /// The messages that it sends, in replies.
        IFLA_BRIDGE_CFM_CC_CCM_TX_INFO(Nest<'a, IflaBridgeCfmCcCcmTx<'a>>) = 13,
        /// A peer, in replies.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_INFO(Nest<'a, IflaBridgeCfmCcPeerMep<'a>>) = 14,
        /// What it saw, in replies.
        IFLA_BRIDGE_CFM_MEP_STATUS_INFO(Nest<'a, IflaBridgeCfmMepStatus<'a>>) = 15,
        /// What it saw of a peer, in replies.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_INFO(Nest<'a, IflaBridgeCfmCcPeerStatus<'a>>) = 16,
    }
}

attrs! {
    /// An end point (linux/if_bridge.h).
    pub enum IflaBridgeCfmMepCreate<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_MEP_CREATE_INSTANCE(u32) = 1,
        /// `enum br_cfm_domain`.
        IFLA_BRIDGE_CFM_MEP_CREATE_DOMAIN(u32) = 2,
        /// `enum br_cfm_mep_direction`.
        IFLA_BRIDGE_CFM_MEP_CREATE_DIRECTION(u32) = 3,
        /// Index of its port.
        IFLA_BRIDGE_CFM_MEP_CREATE_IFINDEX(u32) = 4,
    }
}

attrs! {
    /// An end point to remove (linux/if_bridge.h).
    pub enum IflaBridgeCfmMepDelete<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_MEP_DELETE_INSTANCE(u32) = 1,
    }
}

attrs! {
    /// Settings of an end point (linux/if_bridge.h).
    pub enum IflaBridgeCfmMepConfig<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_MEP_CONFIG_INSTANCE(u32) = 1,
        /// Its address.
        IFLA_BRIDGE_CFM_MEP_CONFIG_UNICAST_MAC(Hw<'a>) = 2,
        /// Its maintenance domain level, 0 to 7.
        IFLA_BRIDGE_CFM_MEP_CONFIG_MDLEVEL(u32) = 3,
        /// Its identifier.
        IFLA_BRIDGE_CFM_MEP_CONFIG_MEPID(u32) = 4,
    }
}

attrs! {
    /// Checks of an end point (linux/if_bridge.h).
    pub enum IflaBridgeCfmCcConfig<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_CC_CONFIG_INSTANCE(u32) = 1,
        /// Whether it checks.
        IFLA_BRIDGE_CFM_CC_CONFIG_ENABLE(u32) = 2,
        /// `enum br_cfm_ccm_interval` that it expects.
        IFLA_BRIDGE_CFM_CC_CONFIG_EXP_INTERVAL(u32) = 3,
        /// Maintenance association identifier that it expects, 48 bytes.
        IFLA_BRIDGE_CFM_CC_CONFIG_EXP_MAID(&'a [u8]) = 4,
    }
}

attrs! {
    /// A peer (linux/if_bridge.h).
    pub enum IflaBridgeCfmCcPeerMep<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_INSTANCE(u32) = 1,
        /// The peer's identifier.
        IFLA_BRIDGE_CFM_CC_PEER_MEPID(u32) = 2,
    }
}

attrs! {
    /// Remote defect indication (linux/if_bridge.h).
    pub enum IflaBridgeCfmCcRdi<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_CC_RDI_INSTANCE(u32) = 1,
        /// Whether it is sent.
        IFLA_BRIDGE_CFM_CC_RDI_RDI(u32) = 2,
    }
}

attrs! {
    /// The messages that an end point sends (linux/if_bridge.h).
    pub enum IflaBridgeCfmCcCcmTx<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_CC_CCM_TX_INSTANCE(u32) = 1,
        /// Where they go.
        IFLA_BRIDGE_CFM_CC_CCM_TX_DMAC(Hw<'a>) = 2,
        /// Whether they are numbered.
        IFLA_BRIDGE_CFM_CC_CCM_TX_SEQ_NO_UPDATE(u32) = 3,
        /// How long they are sent, in seconds; 0 stops them.
        IFLA_BRIDGE_CFM_CC_CCM_TX_PERIOD(u32) = 4,
        /// Whether they carry the interface status.
        IFLA_BRIDGE_CFM_CC_CCM_TX_IF_TLV(u32) = 5,
        /// The interface status.
        IFLA_BRIDGE_CFM_CC_CCM_TX_IF_TLV_VALUE(u8) = 6,
        /// Whether they carry the port status.
        IFLA_BRIDGE_CFM_CC_CCM_TX_PORT_TLV(u32) = 7,
        /// The port status.
        IFLA_BRIDGE_CFM_CC_CCM_TX_PORT_TLV_VALUE(u8) = 8,
    }
}

attrs! {
    /// What an end point saw (linux/if_bridge.h).
    pub enum IflaBridgeCfmMepStatus<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_MEP_STATUS_INSTANCE(u32) = 1,
        /// Whether an unexpected operation was seen.
        IFLA_BRIDGE_CFM_MEP_STATUS_OPCODE_UNEXP_SEEN(u32) = 2,
        /// Whether an unexpected version was seen.
        IFLA_BRIDGE_CFM_MEP_STATUS_VERSION_UNEXP_SEEN(u32) = 3,
        /// Whether a lower level was seen.
        IFLA_BRIDGE_CFM_MEP_STATUS_RX_LEVEL_LOW_SEEN(u32) = 4,
    }
}

attrs! {
    /// What an end point saw of a peer (linux/if_bridge.h).
    pub enum IflaBridgeCfmCcPeerStatus<'a> in "if_bridge.h" {
        /// The end point.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_INSTANCE(u32) = 1,
        /// The peer's identifier.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_PEER_MEPID(u32) = 2,
        /// Whether messages stay away.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_CCM_DEFECT(u32) = 3,
        /// Whether the peer indicates a defect.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_RDI(u32) = 4,
        /// The port status that it sent.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_PORT_TLV_VALUE(u8) = 5,
        /// The interface status that it sent.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_IF_TLV_VALUE(u8) = 6,
        /// Whether a message was seen.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_SEEN(u32) = 7,
        /// Whether a message with a status was seen.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_TLV_SEEN(u32) = 8,
        /// Whether an unexpected number was seen.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_SEQ_UNEXP_SEEN(u32) = 9,
    }
}
