//! The socket against the kernel.

mod sandbox;

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use barelink::socket::{Direction, Item};
use barelink::{Error, NetNs, Protocol, Socket};
use bytes::BytesMut;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, sendto, socket};
use nlmsg::frame::{self, NLM_F_ACK, NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REQUEST, NlmF};
use nlmsg::nft::{
    Batch, NFT_MSG_GETTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWTABLE, NfGenMsg, NftaChain, NftaChain::*, NftaTable::*, *,
};
use nlmsg::payload::{Headed, Nest, Selector, Str};
use nlmsg::route::{
    IfInfoMsg, Ifla, Ifla::*, IflaInfo::*, InfoData, Link, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK, kind::IflaVxlan::*,
};

const NONE: NlmF = NlmF(0);
const NEW: NlmF = NlmF(NLM_F_CREATE.0 | NLM_F_EXCL.0);

fn link<'a>(attrs: &'a [Ifla<'a>]) -> Link<'a> {
    Headed::new(IfInfoMsg::default(), Nest::List(attrs))
}

/// A bridge of this name, to be given to `RTM_NEWLINK`.
fn with_bridge<R>(name: &str, work: impl FnOnce(&Link<'_>) -> R) -> R {
    let kind = [IFLA_INFO_KIND(Selector(Str::bare("bridge")))];
    work(&link(&[IFLA_IFNAME(Str::new(name)), IFLA_LINKINFO(Nest::List(&kind))]))
}

fn bridge(socket: &mut Socket, name: &str) -> Result<(), Error> {
    with_bridge(name, |link| socket.request(RTM_NEWLINK, NEW, link))
}

fn index(message: &frame::Message<'_>) -> Result<i32, Error> {
    Ok(message.body::<Link<'_>>().map_err(Error::Answer)?.header.ifi_index)
}

fn indexes(socket: &mut Socket) -> Vec<i32> {
    let list = socket.list(RTM_GETLINK, NONE, &link(&[]), |message| index(&message).map(Some)).unwrap();
    assert!(!list.interrupted);
    list.items
}

#[test]
fn request_dump_get() {
    sandbox::run("request_dump_get", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        assert_eq!(indexes(&mut socket), [1]);
        let mut made = 0;
        let note = |message: frame::Message<'_>| {
            made = index(&message)?;
            Ok::<_, Error>(())
        };
        with_bridge("br0", |link| socket.request_echo(RTM_NEWLINK, NEW, link, note)).unwrap();
        assert_eq!(indexes(&mut socket), [1, made]);
        let mut heard = 0;
        let header = IfInfoMsg { ifi_index: made, ..IfInfoMsg::default() };
        for flags in [NONE, NLM_F_ACK] {
            let body: Link<'_> = Headed::new(header, Nest::List(&[]));
            let add = |message: frame::Message<'_>| {
                heard += index(&message)?;
                Ok::<_, Error>(())
            };
            socket.get(RTM_GETLINK, flags, &body, add).unwrap();
        }
        assert_eq!(heard, 2 * made);
        assert!(socket.take_warnings().is_empty());
    });
}

#[test]
fn a_refusal_names_the_attribute() {
    sandbox::run("a_refusal_names_the_attribute", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        let data = [IFLA_VXLAN_ID(99_999_999)];
        let info = [IFLA_INFO_KIND(Selector(Str::bare("vxlan"))), IFLA_INFO_DATA(InfoData::Vxlan(Nest::List(&data)))];
        let error = socket.request(RTM_NEWLINK, NEW, &link(&[IFLA_LINKINFO(Nest::List(&info))])).unwrap_err();
        assert_eq!(error.to_string(), "RTM_NEWLINK: Numerical result out of range");
        assert_eq!(error.errno(), Some(Errno::ERANGE));
        assert_eq!(
            error.refusal().unwrap().detail().unwrap(),
            "IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID = 99999999: VXLAN ID must be lower than 16777216"
        );
        let gone: Link<'_> = Headed::new(IfInfoMsg { ifi_index: 77, ..IfInfoMsg::default() }, Nest::List(&[]));
        let error = socket.request(RTM_DELLINK, NONE, &gone).unwrap_err();
        assert_eq!(error.to_string(), "RTM_DELLINK: No such device");
        // a dump is refused in its NLMSG_DONE
        let odd: Link<'_> = Headed::new(IfInfoMsg { ifi_index: 1, ..IfInfoMsg::default() }, Nest::List(&[]));
        let error = socket.dump(RTM_GETLINK, NONE, &odd, |_| Ok::<_, Error>(())).unwrap_err();
        println!("{error}: {:?}", error.refusal().unwrap().detail());
        assert_eq!(error.errno(), Some(Errno::EINVAL));
    });
}

#[test]
fn a_socket_stays_in_its_namespace() {
    sandbox::run("a_socket_stays_in_its_namespace", || {
        let ns = NetNs::new().unwrap();
        let here = NetNs::current().unwrap();
        let mut inside = Socket::open_in(&ns, Protocol::Route).unwrap();
        assert_eq!(here, NetNs::current().unwrap());
        bridge(&mut inside, "br0").unwrap();
        assert_eq!(indexes(&mut inside).len(), 2);
        assert_eq!(indexes(&mut Socket::open(Protocol::Route).unwrap()), [1]);
    });
}

#[test]
fn a_dump_may_be_left_half_way() {
    sandbox::run("a_dump_may_be_left_half_way", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        for i in 0..200 {
            bridge(&mut socket, &format!("br{i}")).unwrap();
        }
        for _ in 0..3 {
            let error = socket.dump(RTM_GETLINK, NONE, &link(&[]), |_| Err(Error::Stale)).unwrap_err();
            assert!(matches!(error, Error::Stale));
            // a dump that is still going on would make this EBUSY
            assert_eq!(indexes(&mut socket).len(), 201);
        }
    });
}

#[test]
fn an_interrupted_dump_is_flagged() {
    sandbox::run("an_interrupted_dump_is_flagged", || {
        let (mut lists, mut changes) = (Socket::open(Protocol::Route).unwrap(), Socket::open(Protocol::Route).unwrap());
        for i in 0..200 {
            bridge(&mut changes, &format!("br{i}")).unwrap();
        }
        // one link goes in the midst of each list
        let mut next = 0;
        let mut change = |at: usize, when: usize| {
            if at == when {
                let name = format!("br{next}");
                next += 1;
                changes.request(RTM_DELLINK, NONE, &link(&[IFLA_IFNAME(Str::new(&name))])).unwrap();
            }
        };
        let mut seen = 0;
        let interrupted = lists.dump(RTM_GETLINK, NONE, &link(&[]), |_| {
            seen += 1;
            change(seen, 5);
            Ok::<_, Error>(())
        });
        assert!(interrupted.unwrap());
        let (mut seen, mut again) = (0, 0);
        let interrupted = lists.dump_again(RTM_GETLINK, NONE, &link(&[]), |item| {
            match item {
                Item::Message(_) => seen += 1,
                Item::Again => (seen, again) = (0, again + 1),
            }
            if again == 0 {
                change(seen, 5);
            }
            Ok::<_, Error>(())
        });
        assert_eq!((interrupted.unwrap(), again, seen), (false, 1, 199));
    });
}

#[test]
fn many_requests_at_once() {
    sandbox::run("many_requests_at_once", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        let mut requests = BytesMut::new();
        for i in 0..300 {
            // every tenth twice
            let name = format!("br{}", i - i32::from(i % 10 == 9));
            with_bridge(&name, |link| {
                frame::message(&mut requests, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NEW, 0, link).unwrap();
            });
        }
        let (mut yes, mut no) = (0, 0);
        let count = |i: usize, verdict: Result<(), Box<barelink::Refusal>>| {
            match verdict {
                Ok(()) => yes += 1,
                Err(refusal) => {
                    assert_eq!((i % 10, refusal.index, refusal.errno()), (9, i, Errno::EEXIST));
                    no += 1;
                }
            }
            Ok::<_, Error>(())
        };
        socket.many(&mut requests, count).unwrap();
        assert_eq!((yes, no), (270, 30));
    });
}

#[test]
fn an_observer_sees_every_byte() {
    sandbox::run("an_observer_sees_every_byte", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        socket.set_observer(Box::new(move |direction, bytes| notes.lock().unwrap().push((direction, bytes.to_vec()))));
        bridge(&mut socket, "br0").unwrap();
        let seen = seen.lock().unwrap();
        let [(Direction::Sent, sent), (Direction::Received, received)] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(sent[8..12], received[8..12], "nlmsg_seq");
        assert_eq!(received[12..16], socket.port().to_ne_bytes(), "nlmsg_pid");
    });
}

/// A socket of another process, as far as the kernel is concerned, that writes to ours.
fn stranger(to: &Socket, bytes: &[u8]) {
    let fd = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute).unwrap();
    bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0)).unwrap();
    nix::sys::socket::setsockopt(&fd, nix::sys::socket::sockopt::SndBuf, &(4 * bytes.len())).unwrap();
    sendto(fd.as_raw_fd(), bytes, &NetlinkAddr::new(to.port(), 0), MsgFlags::empty()).unwrap();
}

#[test]
fn strangers_are_passed_over_and_long_datagrams_are_whole() {
    sandbox::run("strangers_are_passed_over_and_long_datagrams_are_whole", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        let lengths = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&lengths);
        socket.set_observer(Box::new(move |_, bytes| notes.lock().unwrap().push(bytes.len())));
        stranger(&socket, &[7; 100_000]);
        bridge(&mut socket, "br0").unwrap();
        assert!(lengths.lock().unwrap().contains(&100_000), "{lengths:?}");
        stranger(&socket, &[7; 20]);
        assert!(!socket.next_event(Some(Duration::from_millis(20)), |_| -> Result<(), Error> { panic!("heard") }).unwrap());
    });
}

#[test]
fn no_wait_is_endless() {
    sandbox::run("no_wait_is_endless", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        socket.set_limit(Duration::from_millis(50));
        let start = Instant::now();
        // nobody answers a change with an object unless it is asked to
        let result = with_bridge("br1", |link| socket.get(RTM_NEWLINK, NEW, link, |_| Ok::<_, Error>(())));
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), "the kernel did not answer RTM_NEWLINK within 50ms (1 awaited)");
        assert!(start.elapsed() >= Duration::from_millis(50));
        bridge(&mut socket, "br0").unwrap();
    });
}

#[test]
fn events_come_and_lost_ones_are_told() {
    sandbox::run("events_come_and_lost_ones_are_told", || {
        const RTNLGRP_LINK: u32 = 1;
        let mut hears = Socket::open(Protocol::Route).unwrap();
        let mut acts = Socket::open(Protocol::Route).unwrap();
        hears.join(RTNLGRP_LINK).unwrap();
        assert!(hears.join(9999).is_err());
        bridge(&mut acts, "br0").unwrap();
        let mut types = Vec::new();
        let mut hear = |socket: &mut Socket| {
            socket.next_event(Some(Duration::from_secs(2)), |message| {
                types.push(message.header.nlmsg_type);
                Ok::<_, Error>(())
            })
        };
        assert!(hear(&mut hears).unwrap());
        assert_eq!(types, [RTM_NEWLINK]);
        let fd = std::os::fd::AsFd::as_fd(&hears);
        nix::sys::socket::setsockopt(&fd, nix::sys::socket::sockopt::RcvBuf, &4096).unwrap();
        for i in 1..100 {
            bridge(&mut acts, &format!("br{i}")).unwrap();
        }
        let mut lost = 0;
        loop {
            match hears.next_event(Some(Duration::ZERO), |_| Ok::<_, Error>(())) {
                Ok(true) => {}
                Ok(false) => break,
                Err(Error::Overrun { .. }) => lost += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(lost, 1);
    });
}

#[test]
fn a_descriptor_may_be_the_callers() {
    sandbox::run("a_descriptor_may_be_the_callers", || {
        let raw = |protocol| socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol).unwrap();
        let mut ours = Socket::from_fd(raw(SockProtocol::NetlinkRoute)).unwrap();
        assert_eq!(ours.protocol(), Protocol::Route);
        assert_eq!(indexes(&mut ours), [1]);
        let bound = raw(SockProtocol::NetlinkRoute);
        bind(bound.as_raw_fd(), &NetlinkAddr::new(4242, 0)).unwrap();
        let mut ours = Socket::from_fd(bound).unwrap();
        assert_eq!((ours.port(), indexes(&mut ours)), (4242, vec![1]));
        assert!(matches!(Socket::from_fd(raw(SockProtocol::NetlinkUserSock)), Err(Error::NotNetlink)));
        let file: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
        assert!(Socket::from_fd(file).is_err());
    });
}

fn table(name: &str, work: impl FnOnce(&Table<'_>)) {
    work(&Headed::new(NfGenMsg::new(NFPROTO_IPV4), Nest::List(&[NFTA_TABLE_NAME(Str::new(name))])));
}

fn tables(socket: &mut Socket) -> usize {
    let all: Table<'_> = Headed::new(NfGenMsg::new(NFPROTO_IPV4), Nest::List(&[]));
    socket.list(NFT_MSG_GETTABLE, NONE, &all, |_| Ok::<_, Error>(Some(()))).unwrap().items.len()
}

#[test]
fn batches() {
    sandbox::run("batches", || {
        let mut socket = Socket::open(Protocol::Netfilter).unwrap();
        let quiet = |_: usize, _: frame::Message<'_>| Ok::<_, Error>(());
        for flags in [NONE, NLM_F_ACK] {
            let before = tables(&mut socket);
            let mut bytes = BytesMut::new();
            let mut batch = Batch::begin(&mut bytes, 0, None).unwrap();
            table(&format!("t{before}"), |table| assert!(batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE | flags, table).is_ok()));
            batch.end().unwrap();
            socket.batch(&mut bytes, quiet).unwrap();
            assert_eq!(tables(&mut socket), before + 1);
            // two of three are refused, and so are all
            let mut bytes = BytesMut::new();
            let mut batch = Batch::begin(&mut bytes, 0, None).unwrap();
            table("new", |table| assert!(batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE | flags, table).is_ok()));
            let attrs = [NFTA_CHAIN_TABLE(Str::new("none")), NFTA_CHAIN_NAME(Str::new("c"))];
            let chain: Headed<'_, NfGenMsg, NftaChain<'_>> = Headed::new(NfGenMsg::new(NFPROTO_IPV4), Nest::List(&attrs));
            for _ in 0..2 {
                batch.add(NFT_MSG_NEWCHAIN, NLM_F_CREATE | flags, &chain).unwrap();
            }
            batch.end().unwrap();
            let error = socket.batch(&mut bytes, quiet).unwrap_err();
            assert_eq!(error.to_string(), "NFT_MSG_NEWCHAIN: No such file or directory (and 1 more)");
            let Error::Batch(refusals) = error else { panic!() };
            assert_eq!([refusals[0].index, refusals[1].index], [2, 3]);
            assert_eq!(refusals[0].detail().unwrap(), "NFTA_CHAIN_TABLE = \"none\\0\"");
            assert_eq!(tables(&mut socket), before + 1);
        }
        // a batch for a generation that is gone
        let mut bytes = BytesMut::new();
        let batch = Batch::begin(&mut bytes, 0, Some(999)).unwrap();
        batch.end().unwrap();
        assert!(matches!(socket.batch(&mut bytes, quiet), Err(Error::Stale)));
        // what was made comes back with its number
        let mut bytes = BytesMut::new();
        let mut batch = Batch::begin(&mut bytes, 0, None).unwrap();
        table("echo", |table| assert!(batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ECHO, table).is_ok()));
        batch.end().unwrap();
        let mut made = Vec::new();
        let note = |index: usize, message: frame::Message<'_>| {
            made.push((index, message.header.nlmsg_type));
            Ok::<_, Error>(())
        };
        socket.batch(&mut bytes, note).unwrap();
        // the new generation is told with the message's number too
        assert_eq!(made, [(1, NFT_MSG_NEWTABLE), (1, NFT_MSG_NEWGEN)]);
    });
}

#[test]
fn a_large_batch_has_room() {
    sandbox::run("a_large_batch_has_room", || {
        let mut socket = Socket::open(Protocol::Netfilter).unwrap();
        for flags in [NONE, NLM_F_ACK] {
            let mut bytes = BytesMut::new();
            let mut batch = Batch::begin(&mut bytes, 0, None).unwrap();
            for i in 0..2000 {
                let name = format!("{}-{i}-{}", "x".repeat(200), flags.0);
                table(&name, |table| assert!(batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE | flags, table).is_ok()));
            }
            batch.end().unwrap();
            assert!(bytes.len() >= 400_000);
            // without CAP_NET_ADMIN outside, buffers have limits; then it must be said and nothing be half done
            match socket.batch(&mut bytes, |_, _| Ok::<_, Error>(())) {
                Ok(()) => println!("done"),
                Err(error) => println!("{error}"),
            }
            assert!(tables(&mut socket).is_multiple_of(2000));
        }
    });
}
