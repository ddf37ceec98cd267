//! netlink-packet-route beside us.
#![no_main]

barelink_fuzz::program!("differential_packet");
