//! The generator's messages, there and back.
#![no_main]

barelink_fuzz::program!("generated");
