//! What `ip` and `bridge` show of what a kernel could say.
#![no_main]

barelink_fuzz::program!("views");
