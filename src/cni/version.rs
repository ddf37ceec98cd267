//! Versions of the protocol.

/// A version of the protocol, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 0.1.0, also meant by a configuration that names none.
    V0_1_0,
    /// 0.2.0
    V0_2_0,
    /// 0.3.0: interfaces, and any number of addresses.
    V0_3_0,
    /// 0.3.1
    V0_3_1,
    /// 0.4.0: `CHECK`.
    V0_4_0,
    /// 1.0.0: an address does not name its version.
    V1_0_0,
    /// 1.1.0: `GC`, `STATUS`, and more about routes and interfaces.
    V1_1_0,
}

impl Version {
    /// All that are spoken.
    pub const ALL: [Version; 7] =
        [Version::V0_1_0, Version::V0_2_0, Version::V0_3_0, Version::V0_3_1, Version::V0_4_0, Version::V1_0_0, Version::V1_1_0];

    /// The version as configurations write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V0_1_0 => "0.1.0",
            Version::V0_2_0 => "0.2.0",
            Version::V0_3_0 => "0.3.0",
            Version::V0_3_1 => "0.3.1",
            Version::V0_4_0 => "0.4.0",
            Version::V1_0_0 => "1.0.0",
            Version::V1_1_0 => "1.1.0",
        }
    }

    /// The version of this name; the empty one is 0.1.0.
    pub fn parse(text: &str) -> Option<Version> {
        if text.is_empty() {
            return Some(Version::V0_1_0);
        }
        Version::ALL.into_iter().find(|version| version.as_str() == text)
    }
}
