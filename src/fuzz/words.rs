//! Words for `ip` and `bridge`: whatever they are, there is an answer, and what is asked of the kernel is sound.

use std::sync::{Arc, Mutex, PoisonError};

use super::json;
use super::kernel::{Kept, Kernel};
use crate::output::Style;
use crate::socket::peer;
use crate::{Protocol, bridge, ip};

/// How many bytes of words are tried.
const LONGEST: usize = 2048;

/// Commands that only show.
const SHOWS: &[&str] = &[
    "ip link show",
    "ip -d -s -s link show",
    "ip -br link",
    "ip -o -d link",
    "ip -d -s -s -j link show",
    "ip -j -p link",
    "ip addr show",
    "ip -d -s addr show",
    "ip -br addr",
    "ip -o addr",
    "ip -d -j addr show",
    "ip route show table all",
    "ip -d -s route show table all",
    "ip -d -j route show table all",
    "ip -6 route show table all",
    "ip -d -6 -j route show cache",
    "ip -N -d route show table all",
    "ip neigh show",
    "ip -d -s neigh show nud all",
    "ip -j -s neigh show nud all",
    "ip rule show",
    "ip -d -N rule show",
    "ip -j -d rule show",
    "ip -6 rule show",
    "ip route get 10.0.0.1",
    "ip -j route get fe80::1",
    "bridge -d -s link show",
    "bridge -j -d link show",
    "bridge -s -d fdb show",
    "bridge -j -s fdb show",
    "bridge vlan show",
    "bridge -d vlan show",
    "bridge -j -compressvlans vlan show",
    "bridge -s vlan show",
    "bridge -s -j vlan show",
    "bridge vlan global show",
    "ip -iec -s -h link",
    "ip -c -d addr",
];

/// Words that reach for files, other namespaces or other programs, or that wait: not to be tried at random.
fn reaches_out(words: &[String]) -> bool {
    let option = |word: &str| word.starts_with('-');
    let short = |word: &str, full: &str| !word.is_empty() && full.starts_with(word);
    let bare = |word: &str| word.trim_start_matches('-').to_owned();
    let opens =
        words.iter().filter(|word| option(word)).any(|word| ["batch", "netns"].iter().any(|full| short(&bare(word), full)));
    let path = words.windows(2).any(|pair| short(&pair[0], "netns") && pair[1].contains('/'));
    // the object comes after options, some of which have an argument
    let may_be_object = |at: usize| (0..at).all(|before| option(&words[before]) || before > 0 && option(&words[before - 1]));
    let object = (0..words.len()).filter(|&at| may_be_object(at)).any(|at| {
        let word = &words[at];
        word.len() > 1 && (short(word, "monitor") || short(word, "netns"))
    });
    opens || path || object
}

fn run(line: &str, kernel: Kernel) -> Option<(i32, Vec<u8>, Vec<u8>, Kernel)> {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let tool = match words.remove(0).as_str() {
        "ip" => ip::main,
        "bridge" => bridge::main,
        _ => return None,
    };
    if reaches_out(&words) {
        return None;
    }
    let kernel = Arc::new(Mutex::new(kernel));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = peer::with(Arc::clone(&kernel), || tool(&words, &mut out, &mut err));
    let kernel = std::mem::take(&mut *kernel.lock().unwrap_or_else(PoisonError::into_inner));
    Some((status, out, err, kernel))
}

/// Runs a line of words, separated by single spaces, of which the first is `ip` or `bridge`, beside a kernel that does all
/// that it is asked: there is an exit status, a failure says why, and every request is framed and known, and comes back.
///
/// # Panics
/// That does not hold.
pub fn words(bytes: &[u8]) {
    let Ok(line) = str::from_utf8(&bytes[..bytes.len().min(LONGEST)]) else { return };
    let Some((status, out, err, kernel)) = run(line.trim_end_matches('\n'), Kernel::with_devices()) else { return };
    assert!((0..=255).contains(&status), "exit status {status}");
    assert!(status == 0 || !err.is_empty(), "a failure says why");
    assert!(kernel.requests.len() < 1000, "{} requests for one command", kernel.requests.len());
    let _ = (out, Style::default());
}

/// Shows what a kernel could say: the first byte picks the command, the rest are the messages that the kernel's answers are
/// taken from. There is an exit status, and JSON is JSON.
///
/// # Panics
/// That does not hold.
pub fn views(bytes: &[u8]) {
    let Some((&pick, rest)) = bytes.split_first() else { return };
    let line = SHOWS[usize::from(pick) % SHOWS.len()];
    let mut kernel = Kernel::trusting();
    for message in nlmsg::Messages::new(rest).map_while(Result::ok).take(64) {
        if Protocol::Route.message(message.header.nlmsg_type).is_some() {
            kernel.objects.push(Kept { kind: message.header.nlmsg_type & !3, payload: message.payload.to_vec() });
        }
    }
    let Some((status, out, err, _)) = run(line, kernel) else { panic!("{line} only shows") };
    assert!((0..=255).contains(&status), "exit status {status}");
    assert!(status == 0 || !err.is_empty(), "a failure says why");
    // as text, a name of a bit each
    assert!(out.len() <= 4096 + 4096 * rest.len(), "{} bytes are shown of {}", out.len(), rest.len());
    if status == 0 && line.contains(" -j") {
        assert!(json::is_valid(&out), "{line} is JSON: {}", String::from_utf8_lossy(&out));
    }
}
