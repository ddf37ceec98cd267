//! Any bytes as rows: nf_tables.
#![no_main]

barelink_fuzz::program!("explain_nft");
