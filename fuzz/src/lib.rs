//! The fuzz targets' common part. The bodies are in `nlmsg::fuzz` and `barelink::fuzz`, and those that need a peer here.

#[cfg(feature = "peers")]
pub mod peers;
#[cfg(feature = "libfuzzer")]
pub mod program;

use nlmsg::fuzz::Target;

/// All targets.
pub fn targets() -> impl Iterator<Item = Target> {
    let targets = nlmsg::fuzz::TARGETS.iter().chain(barelink::fuzz::TARGETS);
    #[cfg(feature = "peers")]
    let targets = targets.chain(peers::TARGETS);
    targets.copied()
}

/// The target of a name.
///
/// # Panics
/// There is none.
pub fn target(name: &str) -> Target {
    targets().find(|target| target.name == name).unwrap_or_else(|| panic!("no fuzz target {name}"))
}
