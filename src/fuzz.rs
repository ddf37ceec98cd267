//! What must hold for any conversation, any words and any text (feature `fuzz`): the bodies of the fuzz targets that need
//! more than `nlmsg`. Tests run them too.

mod conversation;
#[cfg(feature = "cli")]
mod json;
#[cfg(feature = "cli")]
mod kernel;
mod readers;
mod seeds;
#[cfg(feature = "cli")]
mod text;
#[cfg(feature = "cli")]
mod words;

use nlmsg::fuzz::Target;

pub use conversation::conversation;
pub use readers::readers;
pub use seeds::seeds;
#[cfg(feature = "cli")]
pub use text::{nft_text, nft_views};
#[cfg(feature = "cli")]
pub use words::{views, words};

/// The targets of this crate, beside those of [`nlmsg::fuzz::TARGETS`].
pub const TARGETS: &[Target] = &[
    Target { name: "conversation", body: conversation, protocol: None },
    Target { name: "readers", body: readers, protocol: None },
    #[cfg(feature = "cli")]
    Target { name: "words", body: words, protocol: None },
    #[cfg(feature = "cli")]
    Target { name: "views", body: views, protocol: None },
    #[cfg(feature = "cli")]
    Target { name: "nft_text", body: nft_text, protocol: None },
    #[cfg(feature = "cli")]
    Target { name: "nft_views", body: nft_views, protocol: Some(nlmsg::nft::MESSAGES) },
];
