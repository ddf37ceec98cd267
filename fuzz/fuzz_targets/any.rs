//! The target that `FUZZ_TARGET` names: all of them in one program, which is built once.
#![no_main]

barelink_fuzz::program!(std::env::var("FUZZ_TARGET").as_deref().unwrap_or("route"));
