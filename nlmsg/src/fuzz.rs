//! A kit for fuzzing netlink code, this crate's and other people's (feature `fuzz`).
//!
//! | part | what it is |
//! | --- | --- |
//! | [`TARGETS`] | what must hold for any bytes: the bodies of the fuzz targets, which tests run too |
//! | [`Mutator`] | a mutator that knows netlink, for libFuzzer's `fuzz_mutator!` |
//! | [`dictionary`] | the numbers and names of the tables, as a fuzzer's dictionary |
//! | [`Corpus`] | real messages with their stories, as `fuzz/corpus` keeps them |
//! | [`Gen`](crate::make::Gen) | a generator of messages, valid and half-valid |
//!
//! # Fuzzing somebody else's parser
//!
//! The mutator hands out messages whose lengths are right more often than not, with attributes that the protocol has,
//! nested as the protocol nests them, so that the fuzzer's time is spent behind the checks of lengths. With
//! [`libfuzzer-sys`](https://docs.rs/libfuzzer-sys) a target is this much (`fuzz/fuzz_targets/peer.rs` is a whole one,
//! of netlink-packet-route):
//!
//! ```ignore
//! #![no_main]
//! use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
//! use nlmsg::fuzz::Mutator;
//!
//! fuzz_target!(|datagram: &[u8]| {
//!     let _ = their_parser(datagram);
//! });
//!
//! fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
//!     Mutator::new(nlmsg::route::MESSAGES).mutate(data, size, max_size, seed, &mut fuzzer_mutate)
//! });
//! ```
//!
//! A fuzzer that is not libFuzzer gives a closure of its own in the place of `fuzzer_mutate`, or [`no_bytes`].

mod bodies;
mod corpus;
mod dictionary;
mod mutate;

pub use bodies::{TARGETS, Target, acknowledgement, attributes, explained, framing, generated, lossless, mutated, typed};
pub use corpus::{Corpus, Direction, Entry};
pub use dictionary::dictionary;
pub use mutate::{Bytes, Mutator, no_bytes};
