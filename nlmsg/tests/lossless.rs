//! Every generated message, valid and half-valid, survives decoding and encoding, and explains byte for byte.

use bytes::BytesMut;
use nlmsg::fuzz::lossless;
use nlmsg::make::Gen;
use nlmsg::payload::MessageInfo;
use nlmsg::{explain, nft, route};

fn check(protocol: &'static [MessageInfo]) {
    let mut bytes = BytesMut::new();
    let mut rows = 0;
    for info in protocol {
        for seed in 0..3000 {
            bytes.clear();
            let mut make = if seed % 2 == 0 { Gen::new(seed) } else { Gen::half_valid(seed, 5) };
            make.message(info, &mut bytes);
            lossless(&bytes, protocol);
            explain::explain(&bytes, protocol, &mut |row| rows += row.value.to_string().len());
        }
    }
    assert!(rows > 0);
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
fn anything() {
    let mut make = Gen::new(1);
    let mut bytes = [0; 200];
    for info in route::MESSAGES.iter().chain(nft::MESSAGES) {
        for _ in 0..200 {
            make.fill(&mut bytes);
            bytes[..4].copy_from_slice(&(16 + make.below(185)).to_ne_bytes());
            bytes[4..6].copy_from_slice(&info.number.to_ne_bytes());
            lossless(&bytes, if info.number < 2560 { route::MESSAGES } else { nft::MESSAGES });
        }
    }
}
