//! The kernel as an oracle: messages that the generator and the mutator make go to the kernel of this machine, inside user,
//! network and mount namespaces that nobody else is in. Every answer must be one that we read, and what the kernel took must
//! come back as we meant it. `REPLAY=N` sends N messages of each kind (default 300); time is bounded either way.
#![cfg(feature = "fuzz")]

mod sandbox;

use std::time::{Duration, Instant};

use barelink::exchange::Error;
use barelink::{Protocol, Socket};
use bytes::BytesMut;
use nlmsg::explain::{Label, explain};
use nlmsg::frame::{self, Messages, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_ECHO, NLM_F_REQUEST, NlmF};
use nlmsg::fuzz::{Mutator, explained, lossless};
use nlmsg::make::Gen;
use nlmsg::nft::{Batch, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END};
use nlmsg::payload::{MessageInfo, Nest, Str};
use nlmsg::route::{IfInfoMsg, Ifla, Link};
use nlmsg::{Message, nft, route};

/// How long one test goes on at most.
const LONGEST: Duration = Duration::from_secs(25);
/// What the devices are called.
const NAME: &str = "replay0";
/// How long the kernel may be silent.
const SILENCE: Duration = Duration::from_millis(500);

fn rounds() -> u32 {
    std::env::var("REPLAY").ok().and_then(|count| count.parse().ok()).unwrap_or(300)
}

/// Reads an answer with all that we have.
fn read(message: &Message<'_>, protocol: &'static [MessageInfo]) {
    let mut whole = BytesMut::new();
    nlmsg::Record::write(&message.header, &mut whole);
    whole.extend_from_slice(message.payload);
    explained(&whole, protocol);
    lossless(&whole, protocol);
}

/// Whether an error means that the kernel's answer could not be understood, or that there was none.
fn is_ours(error: &Error) -> bool {
    !matches!(error, Error::Refused(_) | Error::Batch(_) | Error::Stale)
}

/// A message with a type and flags that may be sent: nothing that is asked for goes past this namespace.
fn framed(message: &[u8], flags: NlmF) -> Option<BytesMut> {
    let message = Messages::new(message).next()?.ok()?;
    let mut bytes = BytesMut::new();
    frame::message(&mut bytes, message.header.nlmsg_type, flags, 0, &message.payload).ok()?;
    Some(bytes)
}

/// Attributes of a message that leads out of the namespace: its devices are left where they are, and no process is named.
fn leads_out(message: &[u8], protocol: &'static [MessageInfo]) -> bool {
    let mut out = false;
    explain(message, protocol, &mut |row| {
        let name = match row.label {
            Label::Attr(_, attr) => attr.name,
            _ => "",
        };
        out |= name.contains("NET_NS") || name.contains("NETNSID") || name.contains("NETNSA") || name.contains("QUEUES");
        // devices of other drivers may do as they please
        out |= name == "IFLA_INFO_KIND"
            && !["bridge", "veth", "vxlan", "macvlan", "ifb", "vlan", "dummy"]
                .iter()
                .any(|kind| row.value.as_bytes().starts_with(kind.as_bytes()));
    });
    out
}

/// Messages that only ask, generated and mutated, well framed: each has an end, and all that comes is read.
#[test]
fn whatever_is_asked_the_answer_is_read() {
    sandbox::run("whatever_is_asked_the_answer_is_read", || {
        let until = Instant::now() + LONGEST;
        let (mut asked, mut heard, mut refused) = (0u32, 0u32, 0u32);
        for (protocol, messages) in [(Protocol::Route, route::MESSAGES), (Protocol::Netfilter, nft::MESSAGES)] {
            let mut socket = Socket::open(protocol).unwrap();
            socket.set_limit(SILENCE);
            let reads: Vec<_> = messages.iter().filter(|info| info.name.contains("_GET")).collect();
            for seed in 0..rounds() * 4 {
                if Instant::now() > until {
                    break;
                }
                let mut make = Gen::half_valid(seed.into(), 30);
                let mut message = BytesMut::new();
                make.message(reads[seed as usize % reads.len()], &mut message);
                if seed % 3 == 0 {
                    let (len, max) = (message.len(), message.len() + 64);
                    message.resize(max, 0);
                    let len = Mutator::new(messages).mutate(&mut message, len, max, seed, &mut nlmsg::fuzz::no_bytes);
                    message.truncate(len);
                }
                // it may be another message by now
                let Some(mut bytes) = framed(&message, NLM_F_REQUEST | NLM_F_ACK) else { continue };
                let kind = u16::from_ne_bytes([bytes[4], bytes[5]]);
                if !reads.iter().any(|info| info.number == kind) || leads_out(&bytes, messages) {
                    continue;
                }
                let payload = bytes.split_off(16);
                // rtnetlink passes over a message without a family, and says nothing if no acknowledgement is asked for
                if payload.is_empty() {
                    continue;
                }
                asked += 1;
                let mut each = |message: Message<'_>| {
                    heard += 1;
                    read(&message, messages);
                    Ok::<(), Error>(())
                };
                let result = if seed % 2 == 0 {
                    socket.dump(kind, NLM_F_DUMP, &&payload[..], &mut each).map(drop)
                } else {
                    socket.get(kind, NLM_F_ACK, &&payload[..], &mut each)
                };
                match result {
                    Err(error) if is_ours(&error) => {
                        panic!("{}: {error}\n{payload:02x?}", protocol.message_name(kind).unwrap_or_default())
                    }
                    Err(error) => {
                        refused += 1;
                        let _ = error.refusal().map(|refusal| (refusal.detail(), refusal.to_string()));
                    }
                    Ok(()) => {}
                }
            }
        }
        println!("replay: {asked} questions, {heard} answers, {refused} refusals");
        assert!(asked > rounds() / 4 && heard > 0 && refused > 0);
    });
}

/// The values of a message by the paths of their attributes.
fn values(message: &[u8], protocol: &'static [MessageInfo]) -> Vec<(String, String)> {
    let mut path: Vec<String> = Vec::new();
    let mut values = Vec::new();
    explain(message, protocol, &mut |row| {
        path.truncate(row.depth);
        path.push(row.label.to_string());
        if matches!(row.label, Label::Attr(..)) && row.value.inside().is_none() && row.value.wrong.is_none() {
            values.push((path.join("."), row.value.to_string()));
        }
    });
    values
}

/// Settings that the kernel keeps as it was told: what it took must come back so. `{}` stands for a value of the table.
const KEPT: &[(&str, &[&str])] = &[
    (
        "vxlan",
        &[
            "IFLA_VXLAN_ID",
            "IFLA_VXLAN_TTL",
            "IFLA_VXLAN_TOS",
            "IFLA_VXLAN_LEARNING",
            "IFLA_VXLAN_AGEING",
            "IFLA_VXLAN_LIMIT",
            "IFLA_VXLAN_PORT",
            "IFLA_VXLAN_PROXY",
            "IFLA_VXLAN_RSC",
            "IFLA_VXLAN_L2MISS",
            "IFLA_VXLAN_L3MISS",
            "IFLA_VXLAN_UDP_CSUM",
            "IFLA_VXLAN_LABEL",
            "IFLA_VXLAN_PORT_RANGE",
            "IFLA_VXLAN_GROUP",
            "IFLA_VXLAN_LOCAL",
        ],
    ),
    (
        "bridge",
        &[
            "IFLA_BR_FORWARD_DELAY",
            "IFLA_BR_HELLO_TIME",
            "IFLA_BR_MAX_AGE",
            "IFLA_BR_AGEING_TIME",
            "IFLA_BR_PRIORITY",
            "IFLA_BR_GROUP_FWD_MASK",
            "IFLA_BR_MCAST_ROUTER",
            "IFLA_BR_MCAST_SNOOPING",
            "IFLA_BR_MCAST_QUERIER",
            "IFLA_BR_MCAST_HASH_MAX",
            "IFLA_BR_MCAST_LAST_MEMBER_CNT",
            "IFLA_BR_MCAST_IGMP_VERSION",
            "IFLA_BR_MCAST_MLD_VERSION",
            "IFLA_BR_NF_CALL_IPTABLES",
            "IFLA_BR_NF_CALL_IP6TABLES",
            "IFLA_BR_NF_CALL_ARPTABLES",
        ],
    ),
    ("macvlan", &["IFLA_MACVLAN_MODE", "IFLA_MACVLAN_BC_QUEUE_LEN"]),
];

/// Devices with random settings: those that the kernel takes come back as they were asked for.
#[test]
fn what_the_kernel_takes_of_a_link_comes_back() {
    sandbox::run("what_the_kernel_takes_of_a_link_comes_back", || {
        let until = Instant::now() + LONGEST;
        let mut socket = Socket::open(Protocol::Route).unwrap();
        socket.set_limit(SILENCE);
        let (mut taken, mut compared) = (0, 0);
        for round in 0..rounds() {
            if Instant::now() > until {
                break;
            }
            let (kind, names) = KEPT[round as usize % KEPT.len()];
            let mut make = Gen::new(round.into());
            let request = link_request(&mut make, kind, names);
            match socket.request(route::RTM_NEWLINK, NLM_F_CREATE, &&request[16..]) {
                Ok(()) => {}
                Err(error) if is_ours(&error) => panic!("{error}: {request:02x?}"),
                Err(_) => continue,
            }
            // not by an echo: of a VXLAN device that is made the kernel (6.18) sends none
            let name = [Ifla::IFLA_IFNAME(Str::new(NAME))];
            let device = Link::new(IfInfoMsg::default(), Nest::List(&name));
            let mut echo = Vec::new();
            let got = socket.get(route::RTM_GETLINK, NlmF(0), &device, |message| {
                read(&message, route::MESSAGES);
                echo = message.payload.to_vec();
                Ok::<(), Error>(())
            });
            got.unwrap();
            taken += 1;
            let mut whole = BytesMut::new();
            frame::message(&mut whole, route::RTM_NEWLINK, NlmF(0), 0, &&echo[..]).unwrap();
            let (asked, told) = (values(&request, route::MESSAGES), values(&whole, route::MESSAGES));
            for (path, value) in asked.iter().filter(|(path, _)| names.iter().any(|name| path.ends_with(name))) {
                if let Some((_, back)) = told.iter().find(|(other, _)| other == path) {
                    compared += 1;
                    assert!(same(path, value, back), "{kind}: {path} was {value} and came back as {back}");
                }
            }
            socket.request(route::RTM_DELLINK, NlmF(0), &device).unwrap();
        }
        println!("replay: the kernel took {taken} devices, {compared} settings came back");
        assert!(taken > 5 && compared > 20, "{taken} devices, {compared} settings");
    });
}

/// Times are kept in ticks of the kernel's clock, which are coarser than what is asked for.
fn same(path: &str, asked: &str, told: &str) -> bool {
    let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse::<i64>().ok());
    let coarse = ["_TIME", "_DELAY", "_AGE", "_INTVL"].iter().any(|end| path.ends_with(end));
    // what is on or off is 1 or 0
    let switch = ["_NF_CALL_", "_LEARNING", "_PROXY", "_RSC", "MISS", "_CSUM", "_SNOOPING", "_QUERIER"];
    let on = switch.iter().any(|part| path.contains(part)) && number(asked).is_some_and(|asked| asked != 0) && told == "1";
    // 0 is what the kernel prefers, and a flow label has 20 bits
    let preferred = (path.ends_with("_PORT") || path.ends_with("_VXLAN_AGEING")) && asked == "0";
    let label = path.ends_with("_LABEL") && number(asked).map(|asked| asked & 0xf_ffff) == number(told);
    let near = || number(asked).zip(number(told)).is_some_and(|(asked, told)| (asked - told).abs() <= 1);
    asked == told || on || preferred || label || coarse && near()
}

/// `ip link add type KIND` with some of these settings, each as the table makes it.
fn link_request(make: &mut Gen, kind: &str, names: &[&str]) -> BytesMut {
    let mut bytes = BytesMut::new();
    bytes.resize(32, 0);
    bytes[4..6].copy_from_slice(&route::RTM_NEWLINK.to_ne_bytes());
    if kind == "macvlan" {
        let link = frame::open(&mut bytes, 5);
        bytes.extend_from_slice(&1u32.to_ne_bytes());
        frame::close(&mut bytes, link).unwrap();
    }
    let name = frame::open(&mut bytes, 3);
    bytes.extend_from_slice(NAME.as_bytes());
    frame::close(&mut bytes, name).unwrap();
    let info = frame::open(&mut bytes, 18);
    let start = frame::open(&mut bytes, 1);
    bytes.extend_from_slice(kind.as_bytes());
    frame::close(&mut bytes, start).unwrap();
    let data = frame::open(&mut bytes, 2);
    let mut set = None;
    nlmsg::make::sets(&[<route::Ifla<'_> as nlmsg::AttrSet<'_>>::set], &mut |found| {
        if found.by_name(names[0]).is_some() {
            set = Some(found);
        }
    });
    let set = set.expect("the kind has a table");
    let mut said: Vec<&str> = Vec::new();
    for _ in 0..1 + make.below(3) {
        let name = names[make.below(names.len() as u32) as usize];
        if said.contains(&name) {
            continue;
        }
        said.push(name);
        let attr = set.by_name(name).unwrap_or_else(|| panic!("{} has no {name}", set.name));
        let start = frame::open(&mut bytes, attr.number);
        make.value(attr.shape, nlmsg::Context::new(0), 2, &mut bytes);
        frame::close(&mut bytes, start).unwrap();
    }
    frame::close(&mut bytes, data).unwrap();
    frame::close(&mut bytes, info).unwrap();
    let len = bytes.len() as u32;
    bytes[..4].copy_from_slice(&len.to_ne_bytes());
    bytes
}

/// Batches with generated rule sets: whatever the kernel says of them is read, and it says it of a message of the batch.
#[test]
fn whatever_a_batch_holds_its_verdicts_are_read() {
    sandbox::run("whatever_a_batch_holds_its_verdicts_are_read", || {
        let until = Instant::now() + LONGEST;
        let mut socket = Socket::open(Protocol::Netfilter).unwrap();
        socket.set_limit(SILENCE);
        let changes: Vec<_> =
            nft::MESSAGES.iter().filter(|info| info.name.starts_with("NFT_MSG_NEW") && info.name != "NFT_MSG_NEWGEN").collect();
        let (mut done, mut refused) = (0, 0);
        for seed in 0..rounds() * 2 {
            if Instant::now() > until {
                break;
            }
            let mut bytes = BytesMut::new();
            let mut batch = Batch::begin(&mut bytes, 0, None).unwrap();
            let mut make = Gen::half_valid(seed.into(), 40);
            for _ in 0..1 + make.below(4) {
                let mut message = BytesMut::new();
                let info = if make.below(2) == 0 { changes[0] } else { changes[make.below(changes.len() as u32) as usize] };
                make.message(info, &mut message);
                if (NFNL_MSG_BATCH_BEGIN..=NFNL_MSG_BATCH_END).contains(&info.number) || leads_out(&message, nft::MESSAGES) {
                    continue;
                }
                batch.add(info.number, NLM_F_ACK | NLM_F_CREATE | NLM_F_ECHO, &&message[16..]).unwrap();
            }
            batch.end().unwrap();
            let result = socket.batch(&mut bytes, |_, message| {
                read(&message, nft::MESSAGES);
                Ok::<(), Error>(())
            });
            match result {
                Ok(()) => done += 1,
                Err(error) if is_ours(&error) => panic!("{error}: {bytes:02x?}"),
                Err(_) => refused += 1,
            }
        }
        println!("replay: {done} batches were done, {refused} refused");
        assert!(done > 0 && refused > 0, "{done} done, {refused} refused");
    });
}
