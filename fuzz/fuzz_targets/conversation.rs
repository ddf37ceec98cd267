//! A conversation with a peer that says anything.
#![no_main]

barelink_fuzz::program!("conversation");
