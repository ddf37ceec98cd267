//! Kind `macsec`: encrypted Ethernet (linux/if_link.h, linux/if_macsec.h).

use crate::payload::Be;

attrs! {
    /// Settings of a MACsec device (linux/if_link.h).
    pub enum IflaMacsec<'a> in "if_link.h" {
        /// Secure channel identifier: MAC address and port.
        IFLA_MACSEC_SCI(Be<u64>) = 1,
        /// The port of the identifier.
        IFLA_MACSEC_PORT(Be<u16>) = 2,
        /// Bytes of the check value.
        IFLA_MACSEC_ICV_LEN(u8) = 3,
        /// Cipher suite: `MACSEC_CIPHER_ID_*`.
        IFLA_MACSEC_CIPHER_SUITE(u64) = 4,
        /// Replay window, in packets.
        IFLA_MACSEC_WINDOW(u32) = 5,
        /// The association that encrypts, 0 to 3.
        IFLA_MACSEC_ENCODING_SA(u8) = 6,
        /// Whether packets are encrypted and not only signed.
        IFLA_MACSEC_ENCRYPT(u8) = 7,
        /// Whether sent packets are protected.
        IFLA_MACSEC_PROTECT(u8) = 8,
        /// Whether packets carry the identifier.
        IFLA_MACSEC_INC_SCI(u8) = 9,
        /// End station bit.
        IFLA_MACSEC_ES(u8) = 10,
        /// Single copy broadcast bit.
        IFLA_MACSEC_SCB(u8) = 11,
        /// Whether replayed packets are dropped.
        IFLA_MACSEC_REPLAY_PROTECT(u8) = 12,
        /// What happens to packets that do not check.
        IFLA_MACSEC_VALIDATION(MacsecValidate) = 13,
        /// Aligns what follows.
        IFLA_MACSEC_PAD(&'a [u8]) = 14,
        /// Who encrypts.
        IFLA_MACSEC_OFFLOAD(MacsecOffload) = 15,
    }
}

names! {
    /// `enum macsec_validation_type` (linux/if_link.h).
    pub enum MacsecValidate(u8) {
        MACSEC_VALIDATE_DISABLED = 0 => "disabled",
        MACSEC_VALIDATE_CHECK = 1 => "check",
        MACSEC_VALIDATE_STRICT = 2 => "strict",
    }
}

names! {
    /// `enum macsec_offload` (linux/if_link.h).
    pub enum MacsecOffload(u8) {
        MACSEC_OFFLOAD_OFF = 0 => "off",
        MACSEC_OFFLOAD_PHY = 1 => "phy",
        MACSEC_OFFLOAD_MAC = 2 => "mac",
    }
}
