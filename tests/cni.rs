//! The CNI plugins: beside the originals, on bad input, with faults at every step, and a hundred at once.
#![cfg(feature = "cli")]

#[path = "cni/bad.rs"]
mod bad;
#[path = "cni/faults.rs"]
mod faults;
#[path = "chance/grammar.rs"]
mod grammar;
#[path = "cni/many.rs"]
mod many;
#[path = "cni/names.rs"]
mod names;
#[path = "cni/plugins.rs"]
mod plugins;
#[path = "cni/side.rs"]
mod side;
mod twin;
#[path = "cni/twins.rs"]
mod twins;

use plugins::{ORIGINALS, able, plugins};

#[test]
fn networks_by_chance() {
    twins::by_chance(include_str!("chance/cni.txt"));
}

#[test]
fn originals() {
    twins::compare_all("tests/cni/configs.txt", include_str!("cni/configs.txt"), std::env::var("TWIN").ok().as_deref(), 40);
}
