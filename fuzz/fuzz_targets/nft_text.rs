//! Text for `nft`: read, listed, read again.
#![no_main]

barelink_fuzz::program!("nft_text");
