//! Words for `ip` and `bridge`.
#![no_main]

barelink_fuzz::program!("words");
