//! `made`: messages of the generator as a corpus file, for what no tool says on the machine at hand: valid ones, half-valid
//! ones, and some that are cut short. `made verdicts`: what a kernel could say of a request.

use std::io::{self, Write};

use bytes::BytesMut;
use nlmsg::ack::NlmsgErr;
use nlmsg::frame::{NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR, NLM_F_MULTI};
use nlmsg::frame::{NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN, NLMSG_NOOP, NLMSG_OVERRUN, NlMsgHdr, NlmF};
use nlmsg::make::Gen;
use nlmsg::payload::{AttrSet, Context, MessageInfo, Record};
use nlmsg::{nft, route};

/// How many seeds each type of message has.
const SEEDS: u64 = 2000;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    if std::env::args().nth(1).as_deref() == Some("verdicts") {
        writeln!(out, "# fuzz/examples/made.rs")?;
        return (0..1000).try_for_each(|seed| line(&mut out, &format!("verdict {seed}"), '<', "route", &mut verdict(seed)));
    }
    writeln!(out, "# nlmsg::make::Gen")?;
    for (protocol, messages) in [("route", route::MESSAGES), ("netfilter", nft::MESSAGES)] {
        for info in messages {
            for seed in 0..SEEDS {
                let odd = [0, 0, 6, 3][seed as usize % 4];
                let story = format!("{} of Gen::half_valid({seed}, {odd})", info.name);
                line(&mut out, &story, '>', protocol, &mut message(info, seed, odd))?;
            }
        }
    }
    Ok(())
}

/// Writes a datagram, which is one message, with its story.
fn line(out: &mut impl Write, story: &str, mark: char, protocol: &str, message: &mut BytesMut) -> io::Result<()> {
    let len = message.len() as u32;
    message[..4].copy_from_slice(&len.to_ne_bytes());
    let hex: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(out, "$ {story}\n{mark} {protocol} {hex}")
}

fn message(info: &MessageInfo, seed: u64, odd: u32) -> BytesMut {
    let mut message = BytesMut::new();
    Gen::half_valid(seed, odd).message(info, &mut message);
    // a header, and less than one
    if seed % 50 == 7 {
        message.truncate(NLMSG_HDRLEN + seed as usize / 50 % 5);
    }
    message
}

/// A verdict, the end of a dump, or a message that says nothing: with errors and words of all kinds, now and then cut short.
fn verdict(seed: u64) -> BytesMut {
    let mut make = Gen::half_valid(seed, 6);
    let mut one_of = |values: &[u16]| NlmF(values[make.below(values.len() as u32) as usize]);
    let flags = [[0, NLM_F_CAPPED.0], [0, NLM_F_ACK_TLVS.0], [0, NLM_F_MULTI.0 | NLM_F_DUMP_INTR.0]].map(|flag| one_of(&flag));
    let nlmsg_type = [NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN][make.below(4) as usize].0;
    let nlmsg_flags = NlmF(flags.iter().fold(0, |all, flag| all | flag.0));
    let header = NlMsgHdr { nlmsg_len: 0, nlmsg_type, nlmsg_flags, nlmsg_seq: 1, nlmsg_pid: 0 };
    let mut message = BytesMut::new();
    header.write(&mut message);
    let error: i32 = [0, 7, -22, -105, i32::MIN][make.below(5) as usize];
    message.extend_from_slice(&error.to_ne_bytes());
    if nlmsg_type == NLMSG_ERROR.0 {
        let request = route::MESSAGES[make.below(route::MESSAGES.len() as u32) as usize].number;
        NlMsgHdr { nlmsg_len: NLMSG_HDRLEN as u32, nlmsg_type: request, ..header }.write(&mut message);
    }
    if nlmsg_flags.contains(NLM_F_ACK_TLVS) {
        make.attrs(NlmsgErr::set(), Context::default(), 2, &mut message);
    }
    if make.below(4) == 0 {
        message.truncate(NLMSG_HDRLEN + make.below(20) as usize);
    }
    message
}
