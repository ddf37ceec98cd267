//! Any bytes as rows: rtnetlink.
#![no_main]

barelink_fuzz::program!("explain_route");
