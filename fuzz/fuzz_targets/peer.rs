//! The example of `nlmsg::fuzz`: somebody else's parser, netlink-packet-route, with our mutator. It needs nothing else of ours.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use netlink_packet_core::NetlinkMessage;
use netlink_packet_route::RouteNetlinkMessage;
use nlmsg::fuzz::Mutator;

const MUTATOR: Mutator = Mutator::new(nlmsg::route::MESSAGES);

fuzz_target!(|datagram: &[u8]| {
    if let Ok(message) = NetlinkMessage::<RouteNetlinkMessage>::deserialize(datagram) {
        let mut again = vec![0; message.buffer_len()];
        message.serialize(&mut again);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    MUTATOR.mutate(data, size, max_size, seed, &mut fuzzer_mutate)
});

fuzz_crossover!(|a: &[u8], b: &[u8], out: &mut [u8], seed: u32| { MUTATOR.crossover(a, b, out, seed) });
