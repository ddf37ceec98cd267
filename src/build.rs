//! How the released program is linked. Unwind tables are left out: it aborts where it panics, but std was compiled for
//! programs that unwind, and brings them along. What each run needs lies together.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=src/layout.ld");
    // what unwinds, needs them: tests, and programs that are to be debugged
    if var("PROFILE").as_deref() == Ok("release") && var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        let script = format!("{}/src/layout.ld", var("CARGO_MANIFEST_DIR").unwrap_or_default());
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{script}");
        // two mappings instead of four are sooner made and sooner gone; musl would not protect the relocated part anyway
        if var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("musl") {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,noseparate-code,-z,norelro");
        }
    }
}
