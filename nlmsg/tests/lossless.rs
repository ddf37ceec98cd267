//! Every generated message, valid and half-valid, survives decoding and encoding, and explains byte for byte.

use bytes::BytesMut;
use nlmsg::fuzz::{explained, generated, lossless};
use nlmsg::make::Gen;
use nlmsg::payload::MessageInfo;
use nlmsg::{nft, route};

/// How many messages of each type; fewer where every step is watched.
const MESSAGES: u64 = if cfg!(miri) { 2 } else { 3000 };
/// One in how many types of messages is made.
const EACH: usize = if cfg!(miri) { 12 } else { 1 };

fn check(protocol: &'static [MessageInfo]) {
    let mut bytes = BytesMut::new();
    for info in protocol.iter().step_by(EACH) {
        for seed in 0..MESSAGES {
            bytes.clear();
            let mut make = if seed % 2 == 0 { Gen::new(seed) } else { Gen::half_valid(seed, 5) };
            make.message(info, &mut bytes);
            lossless(&bytes, protocol);
            explained(&bytes, protocol);
        }
    }
}

#[test]
fn rtnetlink() {
    check(route::MESSAGES);
}

#[test]
fn nftables() {
    check(nft::MESSAGES);
}

#[test]
fn what_is_generated_valid_is_valid() {
    for seed in 0..MESSAGES * 2 {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[9] = seed as u8;
        generated(&bytes);
    }
}

#[test]
fn anything() {
    let mut make = Gen::new(1);
    let mut bytes = [0; 200];
    for info in route::MESSAGES.iter().chain(nft::MESSAGES).step_by(EACH) {
        for _ in 0..MESSAGES.min(200) {
            make.fill(&mut bytes);
            bytes[..4].copy_from_slice(&(16 + make.below(185)).to_ne_bytes());
            bytes[4..6].copy_from_slice(&info.number.to_ne_bytes());
            let protocol = if info.number < 2560 { route::MESSAGES } else { nft::MESSAGES };
            lossless(&bytes, protocol);
            explained(&bytes, protocol);
        }
    }
}
