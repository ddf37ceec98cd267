//! Kinds `ipvlan` and `ipvtap`: a device with the MAC address of the one below (linux/if_link.h).

attrs! {
    /// Settings of an ipvlan (linux/if_link.h).
    pub enum IflaIpvlan<'a> in "if_link.h" {
        /// On which layer it works.
        IFLA_IPVLAN_MODE(IpvlanMode) = 1,
        /// Who may speak to whom.
        IFLA_IPVLAN_FLAGS(IpvlanFlags) = 2,
    }
}

names! {
    /// On which layer an ipvlan works: `enum ipvlan_mode` (linux/if_link.h).
    pub enum IpvlanMode(u16) {
        IPVLAN_MODE_L2 = 0 => "l2",
        IPVLAN_MODE_L3 = 1 => "l3",
        IPVLAN_MODE_L3S = 2 => "l3s",
    }
}

names! {
    /// Who may speak to whom; none is bridge (linux/if_link.h).
    pub flags IpvlanFlags(u16) {
        IPVLAN_F_PRIVATE = 0x1 => "private",
        IPVLAN_F_VEPA = 0x2 => "vepa",
    }
}
