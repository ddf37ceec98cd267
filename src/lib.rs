//! Container networking over raw netlink: sockets, conversations and namespaces.

pub mod exchange;
#[cfg(feature = "cli")]
pub mod ip;
pub mod netns;
#[cfg(feature = "cli")]
pub mod output;
pub mod socket;
#[cfg(feature = "cli")]
pub mod words;

pub use exchange::{Error, Protocol, Refusal};
pub use netns::NetNs;
pub use socket::Socket;
