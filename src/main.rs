//! The program: words in, exit status out. Which tool it is, [`barelink::cli`] knows.

use std::process::ExitCode;

use nix::sys::signal::{SigHandler, Signal, signal};

fn main() -> ExitCode {
    // `ip route | head -1` ends in silence: Rust ignores SIGPIPE, the tools that we stand in for do not
    // SAFETY: no handler is installed, and no other thread runs yet.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    ExitCode::from(barelink::cli::main(&args) as u8)
}
