//! `made`: messages of the generator as a corpus file, for what no tool says on the machine at hand: valid ones, half-valid
//! ones, and some that are cut short.

use std::io::{self, Write};

use bytes::BytesMut;
use nlmsg::make::Gen;
use nlmsg::{nft, route};

/// How many seeds each type of message has.
const SEEDS: u64 = 400;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "# nlmsg::make::Gen")?;
    for (protocol, messages) in [("route", route::MESSAGES), ("netfilter", nft::MESSAGES)] {
        for info in messages {
            for seed in 0..SEEDS {
                let odd = [0, 0, 6, 3][seed as usize % 4];
                let mut message = BytesMut::new();
                Gen::half_valid(seed, odd).message(info, &mut message);
                // a header, and less than one
                if seed % 50 == 7 {
                    message.truncate(16 + seed as usize % 5);
                    let len = message.len() as u32;
                    message[..4].copy_from_slice(&len.to_ne_bytes());
                }
                let hex: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
                writeln!(out, "$ {} of Gen::half_valid({seed}, {odd})\n> {protocol} {hex}", info.name)?;
            }
        }
    }
    Ok(())
}
