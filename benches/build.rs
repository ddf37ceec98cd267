//! Compiles the part that speaks libmnl, and links the library (Debian: libmnl-dev).

fn main() {
    println!("cargo::rerun-if-changed=src/codec/mnl.c");
    cc::Build::new().file("src/codec/mnl.c").opt_level(3).warnings(true).compile("bench_mnl");
    println!("cargo::rustc-link-lib=mnl");
}
