//! The mutator's own messages, there and back.
#![no_main]

barelink_fuzz::program!("mutated");
