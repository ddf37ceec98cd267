//! `cargo run --release --example compare`: how fast the main parse target is beside netlink-packet-route, with the same input
//! and the same loop, and how many messages each gives back byte for byte: of what was recorded, of the generated messages of the
//! corpus too, many of which the peer refuses early, and of those that it takes. `compare FOLDER` takes a folder of raw messages
//! (what fuzzing grew: target/grown/route) instead of the corpus.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use barelink_fuzz::peers::{foreign, packet};
use bytes::BytesMut;
use netlink_packet_core::{NetlinkDeserializable, NetlinkHeader};
use netlink_packet_route::RouteNetlinkMessage;
use nlmsg::fuzz::Corpus;
use nlmsg::payload::MessageInfo;
use nlmsg::{Messages, nft, route};

/// How long each side runs in a round; the sides take turns.
const TURN: Duration = Duration::from_millis(300);
const ROUNDS: usize = 9;

/// The files of the corpus that nobody said.
const MADE: [&str; 2] = ["made.txt", "verdicts.txt"];

/// Messages of the corpus, with those of the generator or without, or of a folder's files, that a protocol knows.
fn messages(folder: Option<&str>, protocol: &str, known: &[MessageInfo], made: bool) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut datagrams = Vec::new();
    if let Some(folder) = folder {
        for entry in fs::read_dir(folder)? {
            datagrams.push(fs::read(entry?.path())?);
        }
    } else {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"))? {
            let path = entry?.path();
            if !made && MADE.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let text = fs::read_to_string(path)?;
            datagrams.extend(Corpus::new(&text).filter(|entry| entry.protocol == protocol).map(|entry| entry.datagram.to_vec()));
        }
    }
    let mut messages = Vec::new();
    for datagram in &datagrams {
        let mut walk = Messages::new(datagram);
        let mut at = 0;
        while let Some(Ok(message)) = walk.next() {
            if known.iter().any(|info| info.number == message.header.nlmsg_type) && !message.payload.is_empty() {
                messages.push(datagram[at..at + message.header.nlmsg_len as usize].to_vec());
            }
            at = walk.offset();
        }
    }
    Ok(messages)
}

/// Whether a message comes back from us.
fn ours(whole: &[u8], known: &[MessageInfo], again: &mut BytesMut) -> bool {
    again.clear();
    let number = u16::from_ne_bytes([whole[4], whole[5]]);
    let info = known.iter().find(|info| info.number == number);
    info.is_some_and(|info| (info.again)(&whole[16..], again).is_ok() && *again == whole[16..])
}

fn theirs(whole: &[u8]) -> bool {
    let mut header = NetlinkHeader::default();
    header.message_type = u16::from_ne_bytes([whole[4], whole[5]]);
    RouteNetlinkMessage::deserialize(&header, &whole[16..]).is_ok()
}

/// Messages a second, the median of some rounds.
fn rate(messages: &[Vec<u8>], mut each: impl FnMut(&[u8])) -> f64 {
    let begin = Instant::now();
    let mut count = 0u64;
    while begin.elapsed() < TURN {
        messages.iter().for_each(|message| each(black_box(message)));
        count += messages.len() as u64;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn compared(what: &str, list: &[Vec<u8>]) {
    let mut again = BytesMut::new();
    let (mut we, mut read, mut they) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // the whole body of the target: to values and back to bytes, compared
        we.push(rate(list, |whole| assert!(ours(whole, route::MESSAGES, &mut again))));
        they.push(rate(list, |whole| _ = black_box(theirs(whole))));
        read.push(rate(list, |whole| _ = black_box(packet::written(whole))));
    }
    let (we, they, both) = (median(we), median(they), median(read));
    println!("{} rtnetlink messages, {what}, one after the other, per second:", list.len());
    println!("  nlmsg, bytes to values to bytes            {we:12.0}");
    println!("  netlink-packet-route, bytes to values      {they:12.0}   1/{:.1}", we / they);
    println!("  netlink-packet-route, bytes to values to bytes {both:8.0}   1/{:.1}", we / both);
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1);
    // what makes it panic cannot be measured
    let survived = |made: bool| -> Result<Vec<_>, Box<dyn Error>> {
        let list = messages(folder.as_deref(), "route", route::MESSAGES, made)?;
        let survives = |whole: &Vec<u8>| {
            let whole = whole.clone();
            foreign(move || theirs(&whole)).is_some()
        };
        Ok(list.into_iter().filter(survives).collect())
    };
    if folder.is_none() {
        compared("recorded", &survived(false)?);
    }
    let mut all = survived(true)?;
    compared("recorded and generated", &all);
    all.retain(|whole| packet::again(whole).is_some());
    compared("of those what both take", &all);
    let mut again = BytesMut::new();
    for (protocol, known) in [("route", route::MESSAGES), ("netfilter", nft::MESSAGES)] {
        let list = messages(folder.as_deref(), protocol, known, true)?;
        let exact = list.iter().filter(|whole| ours(whole, known, &mut again)).count();
        println!("{protocol}: nlmsg gives back {exact} of {} messages byte for byte", list.len());
        if protocol == "route" {
            let read: Vec<_> = list.iter().filter_map(|whole| Some((whole, packet::again(whole)?))).collect();
            let exact = read.iter().filter(|(whole, again)| *again == ***whole).count();
            println!("{protocol}: netlink-packet-route takes {} and gives back {exact}", read.len());
        }
    }
    Ok(())
}
