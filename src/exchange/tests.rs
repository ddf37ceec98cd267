//! Conversations of bytes alone. Long hex is captured from Linux 6.18.

use std::time::Duration;

use nix::errno::Errno;
use nlmsg::frame::{NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP, NLM_F_REQUEST, NlmF};

use super::*;

const PORT: u32 = 0x432;
const SEQ: u32 = 7;
const LINK: u16 = 16;
const GETLINK: u16 = 18;
const NONE: NlmF = NlmF(0);
const LIMIT: Duration = Duration::from_millis(1);

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn message(nlmsg_type: u16, flags: NlmF, seq: u32, payload: &[u8]) -> Vec<u8> {
    from(PORT, nlmsg_type, flags, seq, payload)
}

fn from(port: u32, nlmsg_type: u16, flags: NlmF, seq: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (16 + payload.len() as u32).to_ne_bytes().to_vec();
    bytes.extend_from_slice(&nlmsg_type.to_ne_bytes());
    bytes.extend_from_slice(&flags.0.to_ne_bytes());
    bytes.extend_from_slice(&seq.to_ne_bytes());
    bytes.extend_from_slice(&port.to_ne_bytes());
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// An `NLMSG_ERROR` with the kernel's words.
fn verdict(seq: u32, error: i32, text: &str) -> Vec<u8> {
    let mut payload = error.to_ne_bytes().to_vec();
    payload.extend_from_slice(&message(LINK, NONE, seq, &[]));
    let mut flags = NLM_F_CAPPED;
    if !text.is_empty() {
        flags |= NLM_F_ACK_TLVS;
        payload.extend_from_slice(&(4 + text.len() as u16 + 1).to_ne_bytes());
        payload.extend_from_slice(&[1, 0]);
        payload.extend_from_slice(text.as_bytes());
        payload.push(0);
        payload.resize(payload.len().next_multiple_of(4), 0);
    }
    message(NLMSG_ERROR.0, flags, seq, &payload)
}

fn done(seq: u32, flags: NlmF, error: i32) -> Vec<u8> {
    message(NLMSG_DONE.0, NLM_F_MULTI | flags, seq, &error.to_ne_bytes())
}

fn object(seq: u32, flags: NlmF) -> Vec<u8> {
    message(LINK, flags, seq, &[1; 16])
}

fn asked(flags: NlmF) -> Vec<u8> {
    message(LINK, NLM_F_REQUEST | flags, 0, &[0; 16])
}

/// What the datagram's events are, in short.
fn hear(exchange: &mut Exchange<'_>, datagram: &[u8]) -> Vec<String> {
    hear_from(exchange, KERNEL, datagram, false)
}

fn hear_from(exchange: &mut Exchange<'_>, sender: u32, datagram: &[u8], truncated: bool) -> Vec<String> {
    exchange.receive(sender, datagram, truncated).map(|event| short(&event)).collect()
}

fn short(event: &Event<'_>) -> String {
    match event {
        Event::Message { index, .. } => format!("message {index}"),
        Event::Warning { index, ack } => format!("warning {index} {}", ack.message().unwrap()),
        Event::Verdict { index, verdict: Ok(()) } => format!("yes {index}"),
        Event::Verdict { index, verdict: Err(refusal) } => format!("no {index} {:?}", refusal.errno()),
        Event::Done { interrupted } => format!("done{}", if *interrupted { " interrupted" } else { "" }),
        Event::Again => "again".into(),
        Event::Failed(error) => format!("failed {error}"),
    }
}

fn request(bytes: &mut [u8]) -> Exchange<'_> {
    let mut exchange = Exchange::request(Protocol::Route, PORT, SEQ, bytes).unwrap();
    exchange.to_send().unwrap();
    exchange
}

fn dump(bytes: &mut [u8], tries: u32) -> Exchange<'_> {
    let mut exchange = Exchange::dump(Protocol::Route, PORT, SEQ, bytes, tries).unwrap();
    exchange.to_send().unwrap();
    exchange
}

#[test]
fn a_request_ends_with_its_acknowledgement() {
    let mut bytes = asked(NLM_F_ACK);
    let mut exchange = Exchange::request(Protocol::Route, PORT, SEQ, &mut bytes).unwrap();
    assert_eq!(exchange.to_send().unwrap()[8..12], SEQ.to_ne_bytes());
    assert!(exchange.to_send().is_none() && exchange.must_wait());
    // echo, a warning, and the next conversation's messages in one datagram
    let datagram = [object(SEQ, NONE), verdict(SEQ, 0, "old ways"), object(SEQ, NONE)].concat();
    assert_eq!(hear(&mut exchange, &datagram), ["message 0", "warning 0 old ways", "done"]);
    assert!(exchange.is_over());
    assert_eq!(hear(&mut exchange, &datagram), [""; 0]);
    assert_eq!(exchange.next_seq(), SEQ + 1);
}

#[test]
fn a_request_without_ack_ends_in_silence() {
    let mut bytes = asked(NONE);
    let mut exchange = request(&mut bytes);
    assert!(!exchange.must_wait());
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
    let mut exchange = request(&mut bytes);
    assert_eq!(hear(&mut exchange, &verdict(SEQ, -1, "")), ["failed RTM_NEWLINK: Operation not permitted"]);
}

#[test]
fn a_refusal_keeps_all_that_the_kernel_said() {
    // ip link add type veth, with a VETH_INFO_PEER of 4 bytes
    let mut bytes =
        hex("38000000100005060700000000000000000000000000000000000000000000001800120008000100766574680c0002000800010000000000");
    let answer = hex(
        "54000000020000030700000009030000deffffff3800000010000506070000000000000027000100417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00000800020030000000",
    );
    let sent = bytes.clone();
    let mut exchange = Exchange::request(Protocol::Route, 0x309, SEQ, &mut bytes).unwrap();
    exchange.to_send().unwrap();
    let Some(Event::Failed(Error::Refused(refusal))) = exchange.receive(KERNEL, &answer, false).next() else { panic!() };
    assert_eq!(refusal.errno(), Errno::ERANGE);
    assert_eq!(refusal.to_string(), "RTM_NEWLINK: Numerical result out of range");
    assert_eq!(refusal.request, sent);
    assert_eq!(refusal.offset, Some(48));
    assert_eq!(refusal.detail().unwrap(), "IFLA_LINKINFO.IFLA_INFO_DATA.VETH_INFO_PEER: Attribute failed policy validation");
}

#[test]
fn a_refusal_says_what_is_missing_and_what_is_allowed() {
    let mut refusal = Refusal {
        index: 0,
        code: 22,
        text: None,
        offset: Some(32),
        missing: Some(1),
        allowed: None,
        request: hex(
            "38000000100005060700000000000000000000000000000000000000000000001800120008000100766574680c0002000800010000000000",
        ),
        protocol: Protocol::Route,
    };
    assert_eq!(refusal.detail().unwrap(), "IFLA_LINKINFO lacks IFLA_INFO_KIND");
    (refusal.offset, refusal.text) = (Some(44), Some("no".into()));
    assert_eq!(refusal.detail().unwrap(), "IFLA_LINKINFO.IFLA_INFO_DATA lacks VETH_INFO_PEER: no");
    (refusal.offset, refusal.missing) = (None, Some(4));
    assert_eq!(refusal.detail().unwrap(), "RTM_NEWLINK lacks IFLA_MTU: no");
    refusal.missing = Some(999_999);
    assert_eq!(refusal.detail().unwrap(), "RTM_NEWLINK lacks attribute 999999: no");
    (refusal.missing, refusal.offset, refusal.allowed) = (None, Some(36), Some("at most 15 bytes".into()));
    assert_eq!(refusal.detail().unwrap(), "IFLA_LINKINFO.IFLA_INFO_KIND = \"veth\": no (allowed: at most 15 bytes)");
    (refusal.text, refusal.offset, refusal.allowed) = (None, None, None);
    assert_eq!(refusal.detail(), None);
    // a request that is none is no reason to fall
    for len in 0..refusal.request.len() {
        let cut = Refusal { request: refusal.request[..len].into(), offset: Some(40), missing: Some(1), ..refusal.clone() };
        let _ = (cut.to_string(), cut.detail());
    }
}

#[test]
fn a_policy_becomes_what_is_allowed() {
    // ip addr add with an IFA_FLAGS of one byte; the policy says: u32
    let mut bytes = hex("2000000014000506070000000000000002180000010000000500080001000000");
    let answer = hex(
        "78000000020000030700000009030000deffffff2000000014000506070000000000000027000100417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00000800020018000000240004800c00040000000000000000000c000500ffffffff000000000800010004000000",
    );
    let mut exchange = Exchange::request(Protocol::Route, 0x309, SEQ, &mut bytes).unwrap();
    exchange.to_send().unwrap();
    let Some(Event::Failed(Error::Refused(refusal))) = exchange.receive(KERNEL, &answer, false).next() else { panic!() };
    assert_eq!(refusal.allowed.as_deref(), Some("0..=4294967295"));
}

#[test]
fn strangers_are_not_heard() {
    let mut bytes = asked(NLM_F_ACK);
    let mut exchange = request(&mut bytes);
    let yes = verdict(SEQ, 0, "");
    assert_eq!(hear_from(&mut exchange, 99, &yes, false), [""; 0], "another process");
    assert_eq!(hear_from(&mut exchange, 99, &yes, true), [""; 0], "another process, cut");
    assert_eq!(hear(&mut exchange, &verdict(SEQ - 1, 0, "")), [""; 0], "an older answer");
    assert_eq!(hear(&mut exchange, &verdict(SEQ + 1, 0, "")), [""; 0], "an answer to nothing");
    assert_eq!(hear(&mut exchange, &from(PORT + 1, LINK, NONE, SEQ, &[0; 16])), [""; 0], "an event that another caused");
    assert_eq!(hear(&mut exchange, &message(NLMSG_NOOP.0, NONE, SEQ, &[])), [""; 0]);
    assert_eq!(exchange.heard(), 0);
    assert_eq!(hear(&mut exchange, &yes), ["done"]);
}

#[test]
fn a_get_ends_with_the_object_or_its_acknowledgement() {
    let mut bytes = message(GETLINK, NLM_F_REQUEST, 0, &[0; 16]);
    fn get(bytes: &mut [u8]) -> Exchange<'_> {
        let mut exchange = Exchange::get(Protocol::Route, PORT, SEQ, bytes).unwrap();
        exchange.to_send().unwrap();
        exchange
    }
    assert_eq!(hear(&mut get(&mut bytes), &object(SEQ, NONE)), ["message 0", "done"]);
    assert_eq!(hear(&mut get(&mut bytes), &verdict(SEQ, -19, "")), ["failed RTM_GETLINK: No such device"]);
    // an answer in parts goes on to NLMSG_DONE
    let mut exchange = get(&mut bytes);
    assert_eq!(hear(&mut exchange, &object(SEQ, NLM_F_MULTI)), ["message 0"]);
    assert_eq!(hear(&mut exchange, &[object(SEQ, NLM_F_MULTI), done(SEQ, NONE, 0)].concat()), ["message 0", "done"]);
    let mut bytes = message(GETLINK, NLM_F_REQUEST | NLM_F_ACK, 0, &[0; 16]);
    let mut exchange = get(&mut bytes);
    assert_eq!(hear(&mut exchange, &object(SEQ, NONE)), ["message 0"]);
    assert_eq!(hear(&mut exchange, &verdict(SEQ, 0, "")), ["done"]);
}

#[test]
fn a_dump_ends_with_done_and_its_error() {
    let mut bytes = message(GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, &[0; 16]);
    let mut exchange = dump(&mut bytes, 4);
    let two = [object(SEQ, NLM_F_MULTI), object(SEQ, NLM_F_MULTI)].concat();
    assert_eq!(hear(&mut exchange, &two), ["message 0", "message 0"]);
    assert_eq!(hear(&mut exchange, &done(SEQ, NONE, 0)), ["done"]);
    assert_eq!(hear(&mut dump(&mut bytes, 4), &done(SEQ, NONE, -12)), ["failed RTM_GETLINK: Cannot allocate memory"]);
    // some kernels count in NLMSG_DONE, and some answer nothing at all in it
    assert_eq!(hear(&mut dump(&mut bytes, 4), &done(SEQ, NONE, 3)), ["done"]);
    assert_eq!(hear(&mut dump(&mut bytes, 4), &message(NLMSG_DONE.0, NLM_F_MULTI, SEQ, &[])), ["done"]);
    assert_eq!(hear(&mut dump(&mut bytes, 4), &verdict(SEQ, -16, "")), ["failed RTM_GETLINK: Device or resource busy"]);
    // with strict checking, a header that holds too little: NLMSG_DONE with the kernel's words
    let answer =
        hex("38000000030002020700000009030000eaffffff21000100496e76616c69642068656164657220666f72206c696e6b2064756d7000000000");
    let mut exchange = Exchange::dump(Protocol::Route, 0x309, SEQ, &mut bytes, 1).unwrap();
    exchange.to_send().unwrap();
    let Some(Event::Failed(Error::Refused(refusal))) = exchange.receive(KERNEL, &answer, false).next() else { panic!() };
    assert_eq!(refusal.detail().as_deref(), Some("Invalid header for link dump"));
}

#[test]
fn an_interrupted_dump_is_asked_for_again() {
    let mut bytes = message(GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, &[0; 16]);
    let mut exchange = dump(&mut bytes, 3);
    let datagram = |seq, flags| [object(seq, NLM_F_MULTI), object(seq, NLM_F_MULTI | flags), object(seq, NLM_F_MULTI)].concat();
    for seq in [SEQ, SEQ + 1] {
        assert_eq!(hear(&mut exchange, &datagram(seq, NLM_F_DUMP_INTR)), ["message 0"], "the rest is worthless");
        assert!(exchange.to_send().is_none());
        assert_eq!(hear(&mut exchange, &[done(seq, NONE, 0), object(seq, NONE)].concat()), ["again"]);
        assert_eq!(exchange.to_send().unwrap()[8..12], (seq + 1).to_ne_bytes());
        assert!(exchange.must_wait());
    }
    // the last try is handed out, flagged
    assert_eq!(hear(&mut exchange, &datagram(SEQ, NONE)), [""; 0], "of an older try");
    assert_eq!(hear(&mut exchange, &datagram(SEQ + 2, NLM_F_DUMP_INTR)), ["message 0"; 3]);
    assert_eq!(hear(&mut exchange, &done(SEQ + 2, NONE, 0)), ["done interrupted"]);
    assert_eq!(exchange.next_seq(), SEQ + 3);
    // the flag can come with NLMSG_DONE alone
    assert_eq!(hear(&mut dump(&mut bytes, 1), &done(SEQ, NLM_F_DUMP_INTR, 0)), ["done interrupted"]);
}

#[test]
fn what_is_lost_is_said() {
    let mut bytes = asked(NLM_F_ACK);
    let mut exchange = request(&mut bytes);
    let silent = short(&exchange.quiet(LIMIT));
    assert_eq!(silent, "failed the kernel did not answer RTM_NEWLINK within 1ms (1 awaited)");
    let mut exchange = request(&mut bytes);
    assert_eq!(hear_from(&mut exchange, KERNEL, &[0; 20], true), ["failed a datagram was cut to 20 bytes"]);
    let mut exchange = request(&mut bytes);
    exchange.overrun();
    assert!(!exchange.must_wait(), "what is not there now does not come");
    assert_eq!(short(&exchange.quiet(LIMIT)), "failed the receive buffer was full and messages were lost (1 answers awaited)");
    // where only a refusal would be answered, that may be what is lost
    let (mut quiet, mut quiet_batch) = (asked(NONE), batch_of(&[NONE; 3], NONE));
    for mut exchange in [request(&mut quiet), batch(&mut quiet_batch)] {
        exchange.overrun();
        let said = short(&exchange.quiet(LIMIT));
        assert_eq!(said, "failed the receive buffer was full and messages were lost (0 answers awaited)");
    }
    let mut acked = batch_of(&[NLM_F_ACK], NONE);
    let mut exchange = batch(&mut acked);
    assert_eq!(hear(&mut exchange, &verdict(2, 0, "")), ["yes 1"]);
    exchange.overrun();
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
    // but what is there counts
    let mut exchange = request(&mut bytes);
    assert_eq!(hear(&mut exchange, &message(NLMSG_OVERRUN.0, NONE, 0, &[])), [""; 0]);
    assert_eq!(hear(&mut exchange, &verdict(SEQ, 0, "")), ["done"]);
    let mut bytes = message(GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, &[0; 16]);
    let mut exchange = dump(&mut bytes, 2);
    exchange.overrun();
    assert_eq!(hear(&mut exchange, &done(SEQ, NONE, 0)), ["again"]);
    exchange.to_send().unwrap();
    assert_eq!(hear(&mut exchange, &done(SEQ + 1, NONE, 0)), ["done"]);
}

#[test]
fn broken_answers_end_the_conversation() {
    let mut bytes = asked(NLM_F_ACK);
    for broken in [&[1, 2, 3][..], &[8, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0], &message(NLMSG_ERROR.0, NONE, SEQ, &[0; 4])]
    {
        let events = hear(&mut request(&mut bytes), broken);
        assert!(events[0].starts_with("failed the kernel's answer cannot be read: byte "), "{events:?}");
        assert_eq!(events.len(), 1);
    }
    assert!(matches!(Exchange::request(Protocol::Route, PORT, SEQ, &mut [1, 2, 3]), Err(Error::Request(_))));
}

#[test]
fn many_requests_have_a_verdict_each_and_a_bounded_number_unanswered() {
    let mut bytes = asked(NLM_F_ACK).repeat(WINDOW * 3);
    let mut exchange = Exchange::many(Protocol::Route, PORT, u32::MAX - 1, &mut bytes).unwrap();
    let (mut sent, mut answered, mut most) = (0, 0, 0);
    loop {
        while let Some(datagram) = exchange.to_send() {
            assert!(datagram.len() <= CHUNK + 32);
            sent += datagram.len() / 32;
        }
        most = most.max(sent - answered);
        if answered == sent {
            break;
        }
        let seq = (u32::MAX - 1).wrapping_add(answered as u32);
        let error = if answered % 100 == 50 { -17 } else { 0 };
        let mut want = vec![if error == 0 { format!("yes {answered}") } else { format!("no {answered} EEXIST") }];
        answered += 1;
        want.extend((answered == WINDOW * 3).then(|| "done".into()));
        assert_eq!(hear(&mut exchange, &verdict(seq, error, "")), want);
    }
    assert_eq!((sent, most), (WINDOW * 3, WINDOW));
    assert!(exchange.is_over());
}

const BEGIN: u16 = NFNL_MSG_BATCH_BEGIN;
const END: u16 = NFNL_MSG_BATCH_END;
const NEWTABLE: u16 = 0xa00;

fn batch_of(flags: &[NlmF], ends: NlmF) -> Vec<u8> {
    let ends = NLM_F_REQUEST | ends;
    let mut bytes = message(BEGIN, ends, 0, &[0, 0, 0, 10]);
    flags.iter().for_each(|&flags| bytes.extend(message(NEWTABLE, NLM_F_REQUEST | flags, 0, &[2, 0, 0, 0])));
    bytes.extend(message(END, ends, 0, &[0, 0, 0, 10]));
    bytes
}

fn batch(bytes: &mut [u8]) -> Exchange<'_> {
    let len = bytes.len();
    let mut exchange = Exchange::batch(PORT, 1, bytes).unwrap();
    assert_eq!(exchange.to_send().unwrap().len(), len, "in one datagram");
    exchange
}

#[test]
fn a_batch_without_acks_is_done_when_nobody_says_no() {
    let mut bytes = batch_of(&[NONE; 3], NONE);
    let mut exchange = batch(&mut bytes);
    assert!(!exchange.must_wait());
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
    let mut exchange = batch(&mut bytes);
    assert_eq!(hear(&mut exchange, &verdict(3, -2, "")), ["no 2 ENOENT"]);
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
}

#[test]
fn a_batch_has_a_verdict_for_each_message_that_asks() {
    // captured: the second of three is refused; its neighbours are acknowledged although nothing is done
    let answers = [
        "24000000020000010200000032040000000000001c000000000a05040200000000000000",
        "2c000000020000030300000032040000feffffff28000000060a050403000000000000000800020014000000",
        "24000000020000010400000032040000000000001c000000000a05040400000000000000",
    ];
    let mut bytes = batch_of(&[NLM_F_ACK; 3], NONE);
    let mut exchange = batch(&mut bytes);
    let mut events = Vec::new();
    for answer in answers {
        assert!(exchange.must_wait());
        events.extend(hear(&mut exchange, &hex(answer)));
    }
    assert_eq!(events, ["yes 1", "no 2 ENOENT", "yes 3"]);
    assert!(!exchange.must_wait());
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
    // without its acknowledgement, a message that asked for one makes the batch fail
    let mut exchange = batch(&mut bytes);
    hear(&mut exchange, &hex(answers[0]));
    assert!(short(&exchange.quiet(LIMIT)).starts_with("failed the kernel did not answer"));
}

#[test]
fn the_ends_of_a_batch_may_answer_or_not() {
    let mut bytes = batch_of(&[NLM_F_ACK], NLM_F_ACK);
    // before 6.10
    let mut exchange = batch(&mut bytes);
    assert_eq!(hear(&mut exchange, &verdict(2, 0, "")), ["yes 1"]);
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
    // since then
    let mut exchange = batch(&mut bytes);
    assert_eq!(hear(&mut exchange, &[verdict(1, 0, ""), verdict(2, 0, "")].concat()), ["yes 0", "yes 1"]);
    assert!(!exchange.must_wait());
    assert_eq!(hear(&mut exchange, &verdict(3, 0, "")), ["yes 2"]);
    assert_eq!(short(&exchange.quiet(LIMIT)), "done");
}

#[test]
fn a_batch_as_a_whole_can_be_refused_or_stale() {
    let mut bytes = batch_of(&[NLM_F_ACK; 2], NONE);
    // captured without CAP_NET_ADMIN
    let answer = hex("24000000020000010100000010080000ffffffff14000000100001000100000000000000");
    let mut exchange = Exchange::batch(0x810, 1, &mut bytes).unwrap();
    exchange.to_send().unwrap();
    assert_eq!(hear(&mut exchange, &answer), ["failed NFNL_MSG_BATCH_BEGIN: Operation not permitted"]);
    // captured with an NFTA_GEN_ID of 9999
    let answer = hex("24000000020000010100000032040000abffffff1c000000100001000100000000000000");
    let mut exchange = batch(&mut bytes);
    assert!(matches!(exchange.receive(KERNEL, &answer, false).next(), Some(Event::Failed(Error::Stale))));
}

#[test]
fn echoes_of_a_batch_come_before_and_after_the_acknowledgement() {
    let answers = [
        "38000000000a0004020000003204000002000004070001006565000008000300000000000c00040000000000000000050800020000000000",
        "300000000f0a0000020000003204000000000004080001000000000408000200000004320c000300707974686f6e3300",
        "24000000020000010200000032040000000000001c000000000a0d040200000000000000",
        "38000000000a0004020000003204000002000004070001006565000008000300000000000c00040000000000000000050800020000000000",
    ];
    let mut bytes = batch_of(&[NLM_F_ACK], NONE);
    let mut exchange = batch(&mut bytes);
    let events: Vec<_> = answers.iter().flat_map(|answer| hear(&mut exchange, &hex(answer))).collect();
    assert_eq!(events, ["message 1", "message 1", "yes 1", "message 1"]);
}

#[test]
fn whatever_comes_there_is_one_end() {
    use nlmsg::make::Gen;
    let answers = [
        object(SEQ, NLM_F_MULTI),
        object(SEQ + 1, NLM_F_DUMP_INTR),
        verdict(SEQ, 0, "odd"),
        verdict(SEQ + 1, -17, "no"),
        verdict(SEQ + 2, -85, ""),
        done(SEQ, NLM_F_DUMP_INTR, 0),
        done(SEQ, NONE, -2),
        message(NLMSG_OVERRUN.0, NONE, SEQ, &[]),
    ];
    let requests = [batch_of(&[NLM_F_ACK, NONE], NLM_F_ACK), asked(NLM_F_ACK).repeat(3), asked(NONE)];
    let mut ends = 0;
    for seed in 0..20_000 {
        let mut make = Gen::new(seed);
        let mut pick = |below: usize| make.below(below as u32) as usize;
        let mut bytes = requests[pick(3)].clone();
        let mut exchange = match pick(5) {
            0 => Exchange::request(Protocol::Route, PORT, SEQ, &mut bytes),
            1 => Exchange::get(Protocol::Route, PORT, SEQ, &mut bytes),
            2 => Exchange::dump(Protocol::Netfilter, 0, SEQ, &mut bytes, 3),
            3 => Exchange::many(Protocol::Route, PORT, SEQ, &mut bytes),
            _ => Exchange::batch(PORT, SEQ, &mut bytes),
        }
        .unwrap();
        let mut ended = 0;
        for _ in 0..8 {
            while exchange.to_send().is_some() {}
            let mut datagram = Vec::new();
            (0..=pick(3)).for_each(|_| datagram.extend_from_slice(&answers[pick(answers.len())]));
            for _ in 0..pick(3) {
                let at = pick(datagram.len());
                datagram[at] = pick(256) as u8;
            }
            for event in exchange.receive(KERNEL, &datagram, pick(20) == 0) {
                assert_eq!(ended, 0, "seed {seed}");
                ended += usize::from(matches!(event, Event::Done { .. } | Event::Failed(_)));
            }
        }
        ended += usize::from(!exchange.is_over() && matches!(exchange.quiet(LIMIT), Event::Done { .. } | Event::Failed(_)));
        assert_eq!(ended, 1, "seed {seed}");
        ends += ended;
    }
    assert_eq!(ends, 20_000);
}
