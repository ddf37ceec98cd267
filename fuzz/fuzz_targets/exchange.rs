//! The conversation: whatever datagrams come, in whatever order, it ends in bounded steps.
#![no_main]

use barelink::Protocol;
use barelink::exchange::Exchange;

libfuzzer_sys::fuzz_target!(|script: (u8, Vec<(bool, bool, Vec<u8>)>)| {
    let (kind, datagrams) = script;
    let mut request = [0u8; 20];
    request[..4].copy_from_slice(&20u32.to_ne_bytes());
    request[4..6].copy_from_slice(&18u16.to_ne_bytes());
    request[6..8].copy_from_slice(&if kind & 8 == 0 { 5u16 } else { 0x305 }.to_ne_bytes());
    let exchange = match kind & 3 {
        0 => Exchange::request(Protocol::Route, 7, 1, &mut request),
        1 => Exchange::get(Protocol::Route, 7, 1, &mut request),
        2 => Exchange::dump(Protocol::Route, 7, 1, &mut request, 3),
        _ => Exchange::many(Protocol::Route, 7, 1, &mut request),
    };
    let Ok(mut exchange) = exchange else { return };
    for (foreign, truncated, datagram) in &datagrams {
        while exchange.to_send().is_some() {}
        let sender = if *foreign { 99 } else { 0 };
        // every message of a datagram gives at most two events
        let events = exchange.receive(sender, datagram, *truncated).count();
        assert!(events <= 2 * (datagram.len() / 16 + 1));
        if exchange.is_over() {
            return;
        }
    }
    exchange.quiet(std::time::Duration::ZERO);
    assert!(exchange.is_over());
});
