//! nf_tables: any bytes decode without a panic, come back byte for byte, and explain byte for byte.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nlmsg::fuzz::lossless(bytes, nlmsg::nft::MESSAGES));
