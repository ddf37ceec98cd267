//! Cutting a datagram into messages.
#![no_main]

barelink_fuzz::program!("framing");
