//! rtnetlink: every way to read a message, whatever it is.
#![no_main]

barelink_fuzz::program!("typed_route");
