//! Container networking over raw netlink: sockets, conversations and namespaces.

pub mod exchange;
pub mod netns;
#[cfg(feature = "cli")]
pub mod nft;
pub mod socket;

pub use exchange::{Error, Protocol, Refusal};
pub use netns::NetNs;
pub use socket::Socket;
