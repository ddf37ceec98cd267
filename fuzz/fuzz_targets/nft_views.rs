//! What `nft` lists of what a kernel could say.
#![no_main]

barelink_fuzz::program!("nft_views");
