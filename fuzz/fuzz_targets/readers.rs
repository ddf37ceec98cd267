//! Files for `barelink decode`: hex, pcap, pcapng, strace's output, raw messages.
#![no_main]

barelink_fuzz::program!("readers");
