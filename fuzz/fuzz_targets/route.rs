//! rtnetlink: bytes to values and back, byte for byte.
#![no_main]

barelink_fuzz::program!("route");
