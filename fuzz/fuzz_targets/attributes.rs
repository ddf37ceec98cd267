//! Cutting bytes into attributes.
#![no_main]

barelink_fuzz::program!("attributes");
