//! The socket against the kernel.

mod sandbox;

use std::time::Duration;

use barelink::{Error, NetNs, Protocol, Socket};
use nix::errno::Errno;
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::payload::{Headed, Nest, Selector, Str};
use nlmsg::route::link::{IfInfoMsg, Ifla, Ifla::*, IflaInfo::*, RTM_NEWLINK};

const RTM_GETLINK: u16 = 18;
const NONE: NlmF = NlmF(0);

type Link<'a> = Headed<'a, IfInfoMsg, Ifla<'a>>;

fn bridge<'a>(attrs: &'a [Ifla<'a>]) -> Link<'a> {
    Headed::new(IfInfoMsg::default(), Nest::List(attrs))
}

fn all() -> Link<'static> {
    bridge(&[])
}

fn indexes(socket: &mut Socket) -> Vec<i32> {
    let list = socket
        .list(RTM_GETLINK, NONE, &all(), |message| {
            let link: Link<'_> = message.body().map_err(Error::Answer)?;
            Ok::<_, Error>(Some(link.header.ifi_index))
        })
        .unwrap();
    assert!(!list.interrupted);
    list.items
}

#[test]
fn request_dump_get() {
    sandbox::run("request_dump_get", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        assert_eq!(indexes(&mut socket), [1]);
        let kind = [IFLA_INFO_KIND(Selector(Str::bare("bridge")))];
        let attrs = [IFLA_LINKINFO(Nest::List(&kind))];
        let mut made = 0;
        socket
            .request_echo(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &bridge(&attrs), |message| {
                made = message.body::<Link<'_>>().map_err(Error::Answer)?.header.ifi_index;
                Ok::<_, Error>(())
            })
            .unwrap();
        assert_eq!(indexes(&mut socket), [1, made]);
        let mut heard = 0;
        let header = IfInfoMsg { ifi_index: made, ..IfInfoMsg::default() };
        for flags in [NONE, nlmsg::frame::NLM_F_ACK] {
            socket
                .get(RTM_GETLINK, flags, &Headed::new(header, Nest::List(&[] as &[Ifla<'_>])), |message| {
                    heard += message.body::<Link<'_>>().map_err(Error::Answer)?.header.ifi_index;
                    Ok::<_, Error>(())
                })
                .unwrap();
        }
        assert_eq!(heard, 2 * made);
    });
}

#[test]
fn a_refusal_names_the_attribute() {
    sandbox::run("a_refusal_names_the_attribute", || {
        let mut socket = Socket::open(Protocol::Route).unwrap();
        let kind = [IFLA_INFO_KIND(Selector(Str::bare("bridge")))];
        let attrs = [IFLA_LINKINFO(Nest::List(&kind)), IFLA_MTU(9)];
        let error = socket.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &bridge(&attrs)).unwrap_err();
        let refusal = error.refusal().unwrap();
        println!("{refusal} / {:?}", refusal.detail());
        assert_eq!(refusal.to_string(), "RTM_NEWLINK: Invalid argument");
        assert_eq!(refusal.errno(), Errno::EINVAL);
        let error = socket.request(RTM_NEWLINK, NONE, &bridge(&[IFLA_MTU(1500)])).unwrap_err();
        println!("{error} / {:?}", error.refusal().unwrap().detail());
    });
}

#[test]
fn a_socket_stays_in_its_namespace() {
    sandbox::run("a_socket_stays_in_its_namespace", || {
        let ns = NetNs::new().unwrap();
        let here = NetNs::current().unwrap();
        let mut inside = Socket::open_in(&ns, Protocol::Route).unwrap();
        assert_eq!(here, NetNs::current().unwrap());
        let kind = [IFLA_INFO_KIND(Selector(Str::bare("bridge")))];
        inside.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &bridge(&[IFLA_LINKINFO(Nest::List(&kind))])).unwrap();
        assert_eq!(indexes(&mut inside).len(), 2);
        assert_eq!(indexes(&mut Socket::open(Protocol::Route).unwrap()), [1]);
        inside.set_limit(Duration::from_millis(1));
    });
}
