//! The rust-netlink crates: netlink-packet-core with netlink-packet-route and netlink-packet-netfilter. They make owned
//! values of a whole message at once.

use std::hint::black_box;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkDeserializable, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_netfilter::NetfilterMessage;
use netlink_packet_route::address::AddressAttribute;
use netlink_packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use crate::requests::{RouteRequest, VethRequest};
use crate::sum::Sum;

fn decode<I: NetlinkDeserializable>(mut rest: &[u8], visit: impl Fn(I, &mut Sum)) -> Sum {
    let mut sum = Sum::default();
    while !rest.is_empty() {
        let Ok(message) = NetlinkMessage::<I>::deserialize(rest) else {
            sum.missed += 1;
            break;
        };
        let (header, payload) = message.into_parts();
        sum.add(header.message_type);
        match payload {
            NetlinkPayload::InnerMessage(inner) => visit(inner, &mut sum),
            _ => sum.missed += 1,
        }
        let step = (header.length as usize).next_multiple_of(4);
        rest = rest.get(step..).unwrap_or(&[]);
    }
    sum
}

/// The values are made and dropped, and not added up: some are in shapes of the crate's own.
pub fn links(bytes: &[u8]) -> Sum {
    decode::<RouteNetlinkMessage>(bytes, |message, sum| match message {
        RouteNetlinkMessage::NewLink(link) => drop(black_box(link)),
        _ => sum.missed += 1,
    })
}

pub fn addrs(bytes: &[u8]) -> Sum {
    decode::<RouteNetlinkMessage>(bytes, |message, sum| {
        let RouteNetlinkMessage::NewAddress(addr) = message else {
            sum.missed += 1;
            return;
        };
        sum.add(u8::from(addr.header.family));
        sum.add(addr.header.prefix_len);
        sum.add(addr.header.flags.bits());
        sum.add(u8::from(addr.header.scope));
        sum.add(addr.header.index);
        for attr in &addr.attributes {
            match attr {
                AddressAttribute::Address(ip) | AddressAttribute::Local(ip) => sum.add(ip),
                AddressAttribute::Label(text) => sum.add(text.as_str()),
                AddressAttribute::Broadcast(ip) => sum.add(ip),
                AddressAttribute::CacheInfo(info) => add_fields!(sum, info; ifa_preferred ifa_valid cstamp tstamp),
                AddressAttribute::Flags(flags) => sum.add(flags.bits()),
                AddressAttribute::RoutePriority(value) => sum.add(*value),
                AddressAttribute::Protocol(protocol) => sum.add(u8::from(*protocol)),
                _ => sum.missed += 1,
            }
        }
        black_box(&addr);
    })
}

fn add_route_ip(sum: &mut Sum, ip: &RouteAddress) {
    match ip {
        RouteAddress::Inet(ip) => sum.add(ip),
        RouteAddress::Inet6(ip) => sum.add(ip),
        _ => sum.missed += 1,
    }
}

pub fn routes(bytes: &[u8]) -> Sum {
    decode::<RouteNetlinkMessage>(bytes, |message, sum| {
        let RouteNetlinkMessage::NewRoute(route) = message else {
            sum.missed += 1;
            return;
        };
        let header = &route.header;
        sum.add(u8::from(header.address_family));
        add_fields!(sum, header; destination_prefix_length source_prefix_length tos table);
        sum.add(u8::from(header.protocol));
        sum.add(u8::from(header.scope));
        sum.add(u8::from(header.kind));
        sum.add(header.flags.bits());
        for attr in &route.attributes {
            match attr {
                RouteAttribute::Destination(ip)
                | RouteAttribute::Source(ip)
                | RouteAttribute::Gateway(ip)
                | RouteAttribute::PrefSource(ip) => add_route_ip(sum, ip),
                RouteAttribute::Iif(value)
                | RouteAttribute::Oif(value)
                | RouteAttribute::Priority(value)
                | RouteAttribute::Table(value)
                | RouteAttribute::Mark(value) => sum.add(*value),
                _ => sum.missed += 1,
            }
        }
        black_box(&route);
    })
}

/// The values are made and dropped, and not added up: of most expressions the crate knows the name alone.
pub fn rules(bytes: &[u8]) -> Sum {
    decode::<NetfilterMessage>(bytes, |message, _| drop(black_box(message)))
}

fn header() -> NetlinkHeader {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    header.sequence_number = 1;
    header
}

pub fn route(request: &RouteRequest) -> NetlinkMessage<RouteNetlinkMessage> {
    let mut route = RouteMessage::default();
    route.header.address_family = AddressFamily::Inet;
    route.header.destination_prefix_length = request.dst_len;
    route.header.table = RouteHeader::RT_TABLE_MAIN;
    route.header.protocol = RouteProtocol::Static;
    route.header.scope = RouteScope::Universe;
    route.header.kind = RouteType::Unicast;
    route.attributes = vec![
        RouteAttribute::Destination(RouteAddress::Inet(request.dst)),
        RouteAttribute::Gateway(RouteAddress::Inet(request.gateway)),
        RouteAttribute::Oif(request.oif),
        RouteAttribute::Priority(request.priority),
    ];
    NetlinkMessage::new(header(), NetlinkPayload::from(RouteNetlinkMessage::NewRoute(route)))
}

pub fn veth(request: &VethRequest<'_>) -> NetlinkMessage<RouteNetlinkMessage> {
    let mut peer = LinkMessage::default();
    peer.attributes = vec![LinkAttribute::IfName(request.peer.to_string()), LinkAttribute::NetNsFd(request.netns_fd as i32)];
    let mut link = LinkMessage::default();
    link.header.flags = LinkFlags::Up;
    link.header.change_mask = LinkFlags::Up;
    link.attributes = vec![
        LinkAttribute::IfName(request.name.to_string()),
        LinkAttribute::Controller(request.master),
        LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Veth), LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer)))]),
    ];
    NetlinkMessage::new(header(), NetlinkPayload::from(RouteNetlinkMessage::NewLink(link)))
}

/// Writes a message that was made before.
pub fn emit(out: &mut [u8], message: &mut NetlinkMessage<RouteNetlinkMessage>) -> usize {
    message.finalize();
    let len = message.buffer_len();
    message.serialize(&mut out[..len]);
    len
}
