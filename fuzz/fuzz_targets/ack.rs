//! Errors, ends of dumps and extended acknowledgements.
#![no_main]

barelink_fuzz::program!("ack");
