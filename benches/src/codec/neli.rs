//! neli: typed headers, owned attributes, values by asking. It has no nf_tables.

use std::io::Cursor;

use neli::attr::Attribute;
use neli::consts::nl::NlmF;
use neli::consts::rtnl::{Ifa, Iff, Ifla, IflaInfo, RtAddrFamily, RtScope, RtTable, Rta, RtaType, Rtm, Rtn, Rtprot};
use neli::nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder};
use neli::rtnl::{Ifaddrmsg, Ifinfomsg, IfinfomsgBuilder, Rtattr, RtattrBuilder, Rtmsg, RtmsgBuilder};
use neli::types::{Buffer, RtBuffer};
use neli::{FromBytes, FromBytesWithInput, Size, ToBytes};

use crate::requests::{RouteRequest, VethRequest};
use crate::sum::Sum;

type Boxed = Box<dyn std::error::Error>;

fn decode<P: Size + FromBytesWithInput<Input = usize>>(bytes: &[u8], visit: impl Fn(&P, &mut Sum) -> Result<(), Boxed>) -> Sum {
    let mut sum = Sum::default();
    let mut cursor = Cursor::new(bytes);
    while cursor.position() < bytes.len() as u64 {
        let Ok(message) = Nlmsghdr::<Rtm, P>::from_bytes(&mut cursor) else {
            sum.missed += 1;
            break;
        };
        sum.add(u16::from(*message.nl_type()));
        match message.get_payload().map(|payload| visit(payload, &mut sum)) {
            Some(Ok(())) => {}
            _ => sum.missed += 1,
        }
    }
    sum
}

/// An integer of the size that is there.
fn add_number<T: RtaType>(sum: &mut Sum, attr: &Rtattr<T, Buffer>) -> Result<(), Boxed> {
    match attr.payload().len() {
        1 => sum.add(attr.get_payload_as::<u8>()?),
        2 => sum.add(attr.get_payload_as::<u16>()?),
        4 => sum.add(attr.get_payload_as::<u32>()?),
        8 => sum.add(attr.get_payload_as::<u64>()?),
        _ => sum.missed += 1,
    }
    Ok(())
}

fn add_ip<T: RtaType>(sum: &mut Sum, attr: &Rtattr<T, Buffer>) -> Result<(), Boxed> {
    match attr.payload().len() {
        4 => sum.add(std::net::Ipv4Addr::from_octets(attr.get_payload_as()?)),
        16 => sum.add(std::net::Ipv6Addr::from_octets(attr.get_payload_as()?)),
        _ => sum.missed += 1,
    }
    Ok(())
}

fn add_text<T: RtaType>(sum: &mut Sum, attr: &Rtattr<T, Buffer>) -> Result<(), Boxed> {
    let text: &str = attr.get_payload_as_with_len_borrowed()?;
    sum.add(text.strip_suffix('\0').unwrap_or(text));
    Ok(())
}

fn add_all_u8(sum: &mut Sum, bytes: &[u8]) {
    bytes.iter().for_each(|&byte| sum.add(byte));
}

/// `struct rtnl_link_ifmap`, which neli does not know.
fn add_map(sum: &mut Sum, bytes: &[u8]) {
    let Some((long, [i0, i1, dma, port, ..])) = bytes.split_at_checked(24) else {
        sum.missed += 1;
        return;
    };
    sum.add_all_u64(long);
    sum.add(u16::from_ne_bytes([*i0, *i1]));
    add_all_u8(sum, &[*dma, *port]);
}

fn nest<T: RtaType, N: RtaType>(
    attr: &Rtattr<T, Buffer>,
    sum: &mut Sum,
    visit: impl Fn(&Rtattr<N, Buffer>, u16, &mut Sum) -> Result<(), Boxed>,
) -> Result<(), Boxed> {
    let inside: RtBuffer<N, Buffer> = attr.get_payload_as_with_len()?;
    inside.iter().try_for_each(|attr| {
        let nla_type: u16 = (*attr.rta_type()).into();
        // neli leaves the flag bits in
        visit(attr, nla_type & 0x3fff, sum)
    })
}

/// Sets that neli has no enum for are read with this one, by number.
type Any = IflaInfo;

fn add_info(attr: &Rtattr<IflaInfo, Buffer>, number: u16, sum: &mut Sum) -> Result<(), Boxed> {
    match number {
        1 | 4 => add_text(sum, attr)?,
        5 => nest::<_, Any>(attr, sum, |attr, number, sum| match number {
            13 | 14 => {
                add_all_u8(sum, attr.payload().as_ref());
                Ok(())
            }
            26 => {
                sum.add(attr.payload().as_ref());
                Ok(())
            }
            _ => add_number(sum, attr),
        })?,
        _ => sum.missed += 1,
    }
    Ok(())
}

fn add_af_spec(attr: &Rtattr<Any, Buffer>, number: u16, sum: &mut Sum) -> Result<(), Boxed> {
    match number {
        2 => nest::<_, Any>(attr, sum, |attr, _, sum| {
            sum.add_all_u32(attr.payload().as_ref());
            Ok(())
        }),
        10 => nest::<_, Any>(attr, sum, |attr, number, sum| {
            match number {
                2 => sum.add_all_s32(attr.payload().as_ref()),
                3 | 6 => sum.add_all_u64(attr.payload().as_ref()),
                5 => sum.add_all_u32(attr.payload().as_ref()),
                7 => add_ip(sum, attr)?,
                _ => add_number(sum, attr)?,
            }
            Ok(())
        }),
        _ => {
            sum.missed += 1;
            Ok(())
        }
    }
}

pub fn links(bytes: &[u8]) -> Sum {
    decode::<Ifinfomsg>(bytes, |link, sum| {
        sum.add(u8::from(*link.ifi_family()));
        sum.add(u16::from(*link.ifi_type()));
        sum.add(*link.ifi_index());
        sum.add(link.ifi_flags().bits());
        sum.add(link.ifi_change().bits());
        for attr in link.rtattrs().iter() {
            match attr.rta_type() {
                Ifla::Ifname | Ifla::Qdisc | Ifla::Ifalias | Ifla::PhysPortName => add_text(sum, attr)?,
                Ifla::Address | Ifla::Broadcast | Ifla::Pad => sum.add(attr.payload().as_ref()),
                Ifla::LinkNetnsid => sum.add(attr.get_payload_as::<i32>()?),
                Ifla::Stats => sum.add_all_u32(attr.payload().as_ref()),
                Ifla::Stats64 => sum.add_all_u64(attr.payload().as_ref()),
                Ifla::Map => add_map(sum, attr.payload().as_ref()),
                Ifla::Linkinfo => nest(attr, sum, add_info)?,
                Ifla::AfSpec => nest(attr, sum, add_af_spec)?,
                Ifla::Xdp => nest::<_, Any>(attr, sum, |attr, _, sum| add_number(sum, attr))?,
                other => match u16::from(*other) & 0x3fff {
                    54 => sum.add(attr.payload().as_ref()),
                    62 | 65 => nest::<_, Any>(attr, sum, |attr, _, sum| add_number(sum, attr))?,
                    _ => add_number(sum, attr)?,
                },
            }
        }
        Ok(())
    })
}

pub fn addrs(bytes: &[u8]) -> Sum {
    decode::<Ifaddrmsg>(bytes, |addr, sum| {
        sum.add(u8::from(*addr.ifa_family()));
        sum.add(*addr.ifa_prefixlen());
        sum.add(addr.ifa_flags().bits());
        sum.add(u8::from(*addr.ifa_scope()));
        sum.add(*addr.ifa_index());
        for attr in addr.rtattrs().iter() {
            match attr.rta_type() {
                Ifa::Address | Ifa::Local | Ifa::Broadcast => add_ip(sum, attr)?,
                Ifa::Label => add_text(sum, attr)?,
                Ifa::Cacheinfo => sum.add_all_u32(attr.payload().as_ref()),
                _ => add_number(sum, attr)?,
            }
        }
        Ok(())
    })
}

pub fn routes(bytes: &[u8]) -> Sum {
    decode::<Rtmsg>(bytes, |route, sum| {
        sum.add(u8::from(*route.rtm_family()));
        sum.add(*route.rtm_dst_len());
        sum.add(*route.rtm_src_len());
        sum.add(*route.rtm_tos());
        sum.add(u8::from(*route.rtm_table()));
        sum.add(u8::from(*route.rtm_protocol()));
        sum.add(u8::from(*route.rtm_scope()));
        sum.add(u8::from(*route.rtm_type()));
        sum.add(route.rtm_flags().bits());
        for attr in route.rtattrs().iter() {
            match attr.rta_type() {
                Rta::Dst | Rta::Src | Rta::Gateway | Rta::Prefsrc => add_ip(sum, attr)?,
                Rta::Iif | Rta::Oif | Rta::Priority | Rta::Flow | Rta::Table | Rta::Mark => {
                    sum.add(attr.get_payload_as::<u32>()?)
                }
                _ => sum.missed += 1,
            }
        }
        Ok(())
    })
}

fn attr<T: RtaType, P: Size + ToBytes>(rta_type: T, payload: P) -> Result<Rtattr<T, Buffer>, Boxed> {
    Ok(RtattrBuilder::default().rta_type(rta_type).rta_payload(payload).build()?)
}

fn message<P: Size + ToBytes>(out: &mut Cursor<Vec<u8>>, nl_type: Rtm, payload: P) -> Result<(), Boxed> {
    let message = NlmsghdrBuilder::default()
        .nl_type(nl_type)
        .nl_flags(NlmF::REQUEST | NlmF::ACK | NlmF::CREATE | NlmF::EXCL)
        .nl_seq(1)
        .nl_payload(NlPayload::Payload(payload))
        .build()?;
    message.to_bytes(out)?;
    Ok(())
}

pub fn encode_route(out: &mut Cursor<Vec<u8>>, request: &RouteRequest) -> Result<(), Boxed> {
    let mut attrs = RtBuffer::new();
    attrs.push(attr(Rta::Dst, request.dst.octets().as_slice())?);
    attrs.push(attr(Rta::Gateway, request.gateway.octets().as_slice())?);
    attrs.push(attr(Rta::Oif, request.oif)?);
    attrs.push(attr(Rta::Priority, request.priority)?);
    let route = RtmsgBuilder::default()
        .rtm_family(RtAddrFamily::Inet)
        .rtm_dst_len(request.dst_len)
        .rtm_src_len(0)
        .rtm_tos(0)
        .rtm_table(RtTable::Main)
        .rtm_protocol(Rtprot::Static)
        .rtm_scope(RtScope::Universe)
        .rtm_type(Rtn::Unicast)
        .rtattrs(attrs)
        .build()?;
    message(out, Rtm::Newroute, route)
}

pub fn encode_veth(out: &mut Cursor<Vec<u8>>, request: &VethRequest<'_>) -> Result<(), Boxed> {
    let mut attrs = RtBuffer::new();
    attrs.push(attr(Ifla::Ifname, request.peer)?);
    attrs.push(attr(Ifla::NetNsFd, request.netns_fd)?);
    let peer = IfinfomsgBuilder::default().ifi_family(RtAddrFamily::Unspecified).rtattrs(attrs).build()?;
    // VETH_INFO_PEER has number 1, as IFLA_INFO_KIND has
    let data = attr(IflaInfo::Data, attr(IflaInfo::Kind, peer)?)?;
    let mut info = RtBuffer::new();
    info.push(attr(IflaInfo::Kind, "veth")?);
    info.push(data);
    let mut attrs = RtBuffer::new();
    attrs.push(attr(Ifla::Ifname, request.name)?);
    attrs.push(attr(Ifla::Master, request.master)?);
    attrs.push(attr(Ifla::Linkinfo, info)?);
    let link = IfinfomsgBuilder::default()
        .ifi_family(RtAddrFamily::Unspecified)
        .ifi_flags(Iff::UP)
        .ifi_change(Iff::UP)
        .rtattrs(attrs)
        .build()?;
    message(out, Rtm::Newlink, link)
}
