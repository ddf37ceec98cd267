//! Signals as a login shell hands them on.

use nix::sys::signal::{SigHandler, Signal, signal};

/// Whoever runs tests in the background (`nohup`, `&` in a script) has them ignore what ends other programs, and so
/// would all that they start.
pub(crate) fn end_programs() {
    for number in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: no handler is set: it is the kernel's default, as in a new process.
        unsafe { signal(number, SigHandler::SigDfl) }.unwrap();
    }
}
