//! What libFuzzer asks of a program, for any target.

use nlmsg::fuzz::{Mutator, Target};

/// How many bytes stand before the messages in what a target reads, if it reads messages.
fn before(target: &Target) -> Option<(usize, Mutator)> {
    match target.name {
        "views" => Some((1, Mutator::new(nlmsg::route::MESSAGES))),
        _ => target.protocol.map(|protocol| (0, Mutator::new(protocol))),
    }
}

/// Mutates what a target reads: messages as messages, all else as bytes.
pub fn mutate(target: &Target, data: &mut [u8], size: usize, max: usize, seed: u32) -> usize {
    let bytes = &mut libfuzzer_sys::fuzzer_mutate;
    match before(target) {
        Some((0, mutator)) => mutator.mutate(data, size, max, seed, bytes),
        Some((at, mutator)) if size > at && max > at && !seed.is_multiple_of(8) => {
            at + mutator.mutate(&mut data[at..], size - at, max - at, seed, bytes)
        }
        _ => bytes(data, size, max),
    }
}

/// Crosses two inputs of a target.
pub fn crossover(target: &Target, a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
    match before(target) {
        Some((at, mutator)) if a.len() > at && b.len() > at && out.len() > at => {
            out[..at].copy_from_slice(&a[..at]);
            at + mutator.crossover(&a[at..], &b[at..], &mut out[at..], seed)
        }
        _ => {
            // the beginning of one, the end of the other
            let cut = if a.is_empty() { 0 } else { seed as usize % a.len() };
            let tail = if b.is_empty() { 0 } else { (seed >> 8) as usize % b.len() };
            let whole: Vec<u8> = a[..cut].iter().chain(&b[tail..]).copied().take(out.len()).collect();
            out[..whole.len()].copy_from_slice(&whole);
            whole.len()
        }
    }
}

/// A libFuzzer program of the target with this name.
#[macro_export]
macro_rules! program {
    ($name:expr) => {
        static TARGET: std::sync::LazyLock<nlmsg::fuzz::Target> = std::sync::LazyLock::new(|| $crate::target($name));

        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.body)(bytes));

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::program::mutate(&TARGET, data, size, max_size, seed)
        });

        libfuzzer_sys::fuzz_crossover!(|a: &[u8], b: &[u8], out: &mut [u8], seed: u32| {
            $crate::program::crossover(&TARGET, a, b, out, seed)
        });
    };
}
