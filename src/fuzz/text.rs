//! Text for `nft`: what is understood is said again in words that mean the same.

use std::sync::{Arc, Mutex, PoisonError};

use super::kernel::{Kept, Kernel};
use crate::socket::peer;
use crate::{Protocol, nft};

/// How many bytes of text are tried.
const LONGEST: usize = 4096;

/// Runs `nft` with a text beside `kernel`; gives its exit status, its output and its errors.
fn run(text: &str, kernel: &Arc<Mutex<Kernel>>) -> (i32, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = peer::with(Arc::clone(kernel), || nft::text(text, &mut out, &mut err));
    (status, String::from_utf8_lossy(&out).into_owned(), String::from_utf8_lossy(&err).into_owned())
}

/// The ruleset as text; `None` if there was more than the kernel keeps.
fn listed(kernel: &Arc<Mutex<Kernel>>) -> Option<String> {
    if kernel.lock().unwrap_or_else(PoisonError::into_inner).full {
        return None;
    }
    let (status, text, err) = run("list ruleset\n", kernel);
    assert_eq!(status, 0, "the rule set can be listed: {err}");
    Some(text)
}

/// Reads a text of `nft` beside a kernel that does all that it is asked. What it understands it can list, what it lists it
/// understands, and then it lists the same. What it does not understand it refuses in words.
///
/// # Panics
/// That does not hold.
pub fn nft_text(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(&bytes[..bytes.len().min(LONGEST)]) else { return };
    let kernel = Arc::new(Mutex::new(Kernel::default()));
    let (status, _, err) = run(&format!("{text}\n"), &kernel);
    assert!(matches!(status, 0 | 1), "exit status {status}");
    assert!(status == 0 || !err.is_empty(), "a failure says why");
    if status != 0 {
        return;
    }
    // what was listed is read and listed again; the first list may still be simplified (`{ a }` is read as `a`)
    let mut lists: Vec<String> = Vec::new();
    let mut kernel = kernel;
    for _ in 0..3 {
        let Some(list) = listed(&kernel) else { return };
        // comments that nft prints of what it cannot show are no text to be read again
        if list.contains('#') {
            return;
        }
        kernel = Arc::new(Mutex::new(Kernel::default()));
        let (status, _, err) = run(&list, &kernel);
        assert_eq!(status, 0, "what was listed is understood: {err}\n{list}");
        lists.push(list);
    }
    assert_eq!(lists[1], lists[2], "and listed the same");
}

/// Lists what a kernel could say: the messages are the kernel's tables, chains, rules, sets and objects.
///
/// # Panics
/// `nft list ruleset` does, or it fails without a word.
pub fn nft_views(bytes: &[u8]) {
    let mut kernel = Kernel::trusting();
    for message in nlmsg::Messages::new(bytes).map_while(Result::ok).take(64) {
        if Protocol::Netfilter.message(message.header.nlmsg_type).is_some() {
            kernel.objects.push(Kept { kind: message.header.nlmsg_type, payload: message.payload.to_vec() });
        }
    }
    let kernel = Arc::new(Mutex::new(kernel));
    for text in ["list ruleset\n", "list sets; list maps; list counters; list flowtables; list chains\n"] {
        let (status, out, err) = run(text, &kernel);
        assert!(matches!(status, 0 | 1) && (status == 0 || !err.is_empty()), "a failure says why");
        assert!(out.len() <= 4096 + 4096 * bytes.len(), "{} bytes are shown of {}", out.len(), bytes.len());
    }
}
