//! Media redundancy protocol of a bridge: `IFLA_BRIDGE_MRP` (linux/if_bridge.h, linux/mrp_bridge.h).
//!
//! Times are in microseconds.

use crate::payload::Nest;

attrs! {
    /// One setting, or one instance's state, each (linux/if_bridge.h).
    pub enum IflaBridgeMrp<'a> in "if_bridge.h" {
        /// Makes or removes an instance.
        IFLA_BRIDGE_MRP_INSTANCE(Nest<'a, IflaBridgeMrpInstance<'a>>) = 1,
        /// State of a port.
        IFLA_BRIDGE_MRP_PORT_STATE(Nest<'a, IflaBridgeMrpPortState<'a>>) = 2,
        /// Role of a port.
        IFLA_BRIDGE_MRP_PORT_ROLE(Nest<'a, IflaBridgeMrpPortRole<'a>>) = 3,
        /// State of a ring.
        IFLA_BRIDGE_MRP_RING_STATE(Nest<'a, IflaBridgeMrpRingState<'a>>) = 4,
        /// Role in a ring.
        IFLA_BRIDGE_MRP_RING_ROLE(Nest<'a, IflaBridgeMrpRingRole<'a>>) = 5,
        /// Starts test frames.
        IFLA_BRIDGE_MRP_START_TEST(Nest<'a, IflaBridgeMrpStartTest<'a>>) = 6,
        /// One instance, in replies.
        IFLA_BRIDGE_MRP_INFO(Nest<'a, IflaBridgeMrpInfo<'a>>) = 7,
        /// Role in an interconnect.
        IFLA_BRIDGE_MRP_IN_ROLE(Nest<'a, IflaBridgeMrpInRole<'a>>) = 8,
        /// State of an interconnect.
        IFLA_BRIDGE_MRP_IN_STATE(Nest<'a, IflaBridgeMrpInState<'a>>) = 9,
        /// Starts test frames of an interconnect.
        IFLA_BRIDGE_MRP_START_IN_TEST(Nest<'a, IflaBridgeMrpStartInTest<'a>>) = 10,
    }
}

attrs! {
    /// An instance to make or remove (linux/if_bridge.h).
    pub enum IflaBridgeMrpInstance<'a> in "if_bridge.h" {
        /// The ring.
        IFLA_BRIDGE_MRP_INSTANCE_RING_ID(u32) = 1,
        /// Index of the primary port.
        IFLA_BRIDGE_MRP_INSTANCE_P_IFINDEX(u32) = 2,
        /// Index of the secondary port.
        IFLA_BRIDGE_MRP_INSTANCE_S_IFINDEX(u32) = 3,
        /// Priority.
        IFLA_BRIDGE_MRP_INSTANCE_PRIO(u16) = 4,
    }
}

attrs! {
    /// State of a port (linux/if_bridge.h).
    pub enum IflaBridgeMrpPortState<'a> in "if_bridge.h" {
        /// `enum br_mrp_port_state_type`.
        IFLA_BRIDGE_MRP_PORT_STATE_STATE(u32) = 1,
    }
}

attrs! {
    /// Role of a port (linux/if_bridge.h).
    pub enum IflaBridgeMrpPortRole<'a> in "if_bridge.h" {
        /// `enum br_mrp_port_role_type`.
        IFLA_BRIDGE_MRP_PORT_ROLE_ROLE(u32) = 1,
    }
}

attrs! {
    /// State of a ring (linux/if_bridge.h).
    pub enum IflaBridgeMrpRingState<'a> in "if_bridge.h" {
        /// The ring.
        IFLA_BRIDGE_MRP_RING_STATE_RING_ID(u32) = 1,
        /// `enum br_mrp_ring_state_type`.
        IFLA_BRIDGE_MRP_RING_STATE_STATE(u32) = 2,
    }
}

attrs! {
    /// Role in a ring (linux/if_bridge.h).
    pub enum IflaBridgeMrpRingRole<'a> in "if_bridge.h" {
        /// The ring.
        IFLA_BRIDGE_MRP_RING_ROLE_RING_ID(u32) = 1,
        /// `enum br_mrp_ring_role_type`.
        IFLA_BRIDGE_MRP_RING_ROLE_ROLE(u32) = 2,
    }
}

attrs! {
    /// Test frames of a ring (linux/if_bridge.h).
    pub enum IflaBridgeMrpStartTest<'a> in "if_bridge.h" {
        /// The ring.
        IFLA_BRIDGE_MRP_START_TEST_RING_ID(u32) = 1,
        /// Time between frames; 0 stops them.
        IFLA_BRIDGE_MRP_START_TEST_INTERVAL(u32) = 2,
        /// Frames that may be missed.
        IFLA_BRIDGE_MRP_START_TEST_MAX_MISS(u32) = 3,
        /// How long they are sent.
        IFLA_BRIDGE_MRP_START_TEST_PERIOD(u32) = 4,
        /// Whether frames are only watched for.
        IFLA_BRIDGE_MRP_START_TEST_MONITOR(u32) = 5,
    }
}

attrs! {
    /// One instance (linux/if_bridge.h).
    pub enum IflaBridgeMrpInfo<'a> in "if_bridge.h" {
        /// The ring.
        IFLA_BRIDGE_MRP_INFO_RING_ID(u32) = 1,
        /// Index of the primary port.
        IFLA_BRIDGE_MRP_INFO_P_IFINDEX(u32) = 2,
        /// Index of the secondary port.
        IFLA_BRIDGE_MRP_INFO_S_IFINDEX(u32) = 3,
        /// Priority.
        IFLA_BRIDGE_MRP_INFO_PRIO(u16) = 4,
        /// `enum br_mrp_ring_state_type`.
        IFLA_BRIDGE_MRP_INFO_RING_STATE(u32) = 5,
        /// `enum br_mrp_ring_role_type`.
        IFLA_BRIDGE_MRP_INFO_RING_ROLE(u32) = 6,
        /// Time between test frames.
        IFLA_BRIDGE_MRP_INFO_TEST_INTERVAL(u32) = 7,
        /// Test frames that may be missed.
        IFLA_BRIDGE_MRP_INFO_TEST_MAX_MISS(u32) = 8,
        /// Whether test frames are only watched for.
        IFLA_BRIDGE_MRP_INFO_TEST_MONITOR(u32) = 9,
        /// Index of the interconnect port.
        IFLA_BRIDGE_MRP_INFO_I_IFINDEX(u32) = 10,
        /// `enum br_mrp_in_state_type`.
        IFLA_BRIDGE_MRP_INFO_IN_STATE(u32) = 11,
        /// `enum br_mrp_in_role_type`.
        IFLA_BRIDGE_MRP_INFO_IN_ROLE(u32) = 12,
        /// Time between the interconnect's test frames.
        IFLA_BRIDGE_MRP_INFO_IN_TEST_INTERVAL(u32) = 13,
        /// Test frames of the interconnect that may be missed.
        IFLA_BRIDGE_MRP_INFO_IN_TEST_MAX_MISS(u32) = 14,
    }
}

attrs! {
    /// State of an interconnect (linux/if_bridge.h).
    pub enum IflaBridgeMrpInState<'a> in "if_bridge.h" {
        /// The interconnect.
        IFLA_BRIDGE_MRP_IN_STATE_IN_ID(u32) = 1,
        /// `enum br_mrp_in_state_type`.
        IFLA_BRIDGE_MRP_IN_STATE_STATE(u32) = 2,
    }
}

attrs! {
    /// Role in an interconnect (linux/if_bridge.h).
    pub enum IflaBridgeMrpInRole<'a> in "if_bridge.h" {
        /// The ring.
        IFLA_BRIDGE_MRP_IN_ROLE_RING_ID(u32) = 1,
        /// The interconnect.
        IFLA_BRIDGE_MRP_IN_ROLE_IN_ID(u16) = 2,
        /// `enum br_mrp_in_role_type`.
        IFLA_BRIDGE_MRP_IN_ROLE_ROLE(u32) = 3,
        /// Index of the interconnect port.
        IFLA_BRIDGE_MRP_IN_ROLE_I_IFINDEX(u32) = 4,
    }
}

attrs! {
    /// Test frames of an interconnect (linux/if_bridge.h).
    pub enum IflaBridgeMrpStartInTest<'a> in "if_bridge.h" {
        /// The interconnect.
        IFLA_BRIDGE_MRP_START_IN_TEST_IN_ID(u32) = 1,
        /// Time between frames; 0 stops them.
        IFLA_BRIDGE_MRP_START_IN_TEST_INTERVAL(u32) = 2,
        /// Frames that may be missed.
        IFLA_BRIDGE_MRP_START_IN_TEST_MAX_MISS(u32) = 3,
        /// How long they are sent.
        IFLA_BRIDGE_MRP_START_IN_TEST_PERIOD(u32) = 4,
    }
}
