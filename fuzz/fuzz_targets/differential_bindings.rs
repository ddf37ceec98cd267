//! netlink-bindings beside us.
#![no_main]

barelink_fuzz::program!("differential_bindings");
