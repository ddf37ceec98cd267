//! netlink-bindings, generated from the kernel's YAML specifications. Lazy and borrowed, as nlmsg is.

use netlink_bindings::nftables::{
    self, DataAttrs, ExprAttrs, ExprBitwiseAttrs, ExprCmpAttrs, ExprCounterAttrs, ExprCtAttrs, ExprImmediateAttrs, ExprListAttrs,
    ExprLookupAttrs, ExprMetaAttrs, ExprNatAttrs, ExprOps, ExprPayloadAttrs, ExprRejectAttrs, IterableDataAttrs, LogAttrs,
    RuleAttrs, VerdictAttrs,
};
use netlink_bindings::rt_addr::{self, AddrAttrs};
use netlink_bindings::rt_link::{
    self, AfSpecAttrs, Ifla6Attrs, IflaAttrs, IflaBridgeId, LinkAttrs, LinkDpllPinAttrs, LinkinfoAttrs, LinkinfoBrportAttrs,
    LinkinfoMemberDataMsg, XdpAttrs,
};
use netlink_bindings::rt_route::{self, RouteAttrs};
use netlink_bindings::utils::ErrorContext;

use crate::requests::{RouteRequest, VethRequest};
use crate::sum::Sum;

/// Cuts a buffer into messages, which is left to the caller here.
fn decode<'a>(mut rest: &'a [u8], visit: impl Fn(&'a [u8], &mut Sum)) -> Sum {
    let mut sum = Sum::default();
    while let [l0, l1, l2, l3, t0, t1, ..] = *rest {
        let len = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        let Some(payload) = rest.get(16..len) else {
            sum.missed += 1;
            break;
        };
        sum.add(u16::from_ne_bytes([t0, t1]));
        visit(payload, &mut sum);
        rest = rest.get(len.next_multiple_of(4)..).unwrap_or(&[]);
    }
    sum
}

/// Every attribute of a set through `visit`.
fn each<T>(sum: &mut Sum, attrs: impl Iterator<Item = Result<T, ErrorContext>>, visit: impl Fn(T, &mut Sum)) {
    for attr in attrs {
        match attr {
            Ok(attr) => visit(attr, sum),
            Err(_) => sum.missed += 1,
        }
    }
}

fn add_bridge_id(sum: &mut Sum, id: &IflaBridgeId) {
    id.prio.to_ne_bytes().iter().chain(&id.addr).for_each(|&byte| sum.add(byte));
}

fn add_port(sum: &mut Sum, attr: LinkinfoBrportAttrs<'_>) {
    use LinkinfoBrportAttrs::*;
    match attr {
        State(value)
        | Mode(value)
        | Guard(value)
        | Protect(value)
        | FastLeave(value)
        | Learning(value)
        | UnicastFlood(value)
        | Proxyarp(value)
        | LearningSync(value)
        | ProxyarpWifi(value)
        | TopologyChangeAck(value)
        | ConfigPending(value)
        | MulticastRouter(value)
        | McastFlood(value)
        | McastToUcast(value)
        | VlanTunnel(value)
        | BcastFlood(value)
        | NeighSuppress(value)
        | Isolated(value)
        | MrpRingOpen(value)
        | MrpInOpen(value)
        | Locked(value)
        | Mab(value)
        | NeighVlanSuppress(value)
        | NeighForwardGrat(value) => sum.add(value),
        Priority(value) | DesignatedPort(value) | DesignatedCost(value) | Id(value) | No(value) | GroupFwdMask(value) => {
            sum.add(value)
        }
        Cost(value)
        | BackupPort(value)
        | McastEhtHostsLimit(value)
        | McastEhtHostsCnt(value)
        | McastNGroups(value)
        | McastMaxGroups(value)
        | BackupNhid(value) => sum.add(value),
        MessageAgeTimer(value) | ForwardDelayTimer(value) | HoldTimer(value) => sum.add(value),
        RootId(id) | BridgeId(id) => add_bridge_id(sum, &id),
        Pad(bytes) => sum.add(bytes),
        Flush(()) => {}
    }
}

fn add_inet6(sum: &mut Sum, attr: Ifla6Attrs<'_>) {
    use Ifla6Attrs::*;
    match attr {
        Flags(value) | RaMtu(value) => sum.add(value),
        AddrGenMode(value) => sum.add(value),
        Conf(array) => sum.add_all_s32(array),
        Stats(array) | Icmp6stats(array) => sum.add_all_u64(array),
        Cacheinfo(info) => add_fields!(sum, info; max_reasm_len tstamp reachable_time retrans_time),
        Token(bytes) => match bytes.try_into() {
            Ok(octets) => sum.add(std::net::Ipv6Addr::from_octets(octets)),
            Err(_) => sum.missed += 1,
        },
        Mcast(bytes) => sum.add(bytes),
    }
}

fn add_link(sum: &mut Sum, attr: LinkAttrs<'_>) {
    use LinkAttrs::*;
    match attr {
        Address(bytes) | Broadcast(bytes) | PermAddress(bytes) | Pad(bytes) => sum.add(bytes),
        Ifname(text) | Qdisc(text) | Ifalias(text) | PhysPortName(text) => sum.add(text),
        Mtu(value)
        | Link(value)
        | Master(value)
        | Txqlen(value)
        | Weight(value)
        | NumVf(value)
        | Group(value)
        | Promiscuity(value)
        | NumTxQueues(value)
        | NumRxQueues(value)
        | CarrierChanges(value)
        | GsoMaxSegs(value)
        | GsoMaxSize(value)
        | CarrierUpCount(value)
        | CarrierDownCount(value)
        | MinMtu(value)
        | MaxMtu(value)
        | GroMaxSize(value)
        | TsoMaxSize(value)
        | TsoMaxSegs(value)
        | Allmulti(value)
        | GsoIpv4MaxSize(value)
        | GroIpv4MaxSize(value)
        | MaxPacingOffloadHorizon(value) => sum.add(value),
        Operstate(value) | Linkmode(value) | Carrier(value) | ProtoDown(value) | NetnsImmutable(value) => sum.add(value),
        Headroom(value) | Tailroom(value) => sum.add(value),
        LinkNetnsid(value) | NewNetnsid(value) | TargetNetnsid(value) | NewIfindex(value) => sum.add(value),
        Stats(stats) => add_stats!(sum, stats),
        Stats64(stats) => add_stats!(sum, stats; + rx_otherhost_dropped),
        Map(map) => add_fields!(sum, map; mem_start mem_end base_addr irq dma port),
        Linkinfo(info) => each(sum, info, |attr, sum| match attr {
            LinkinfoAttrs::Kind(text) | LinkinfoAttrs::SlaveKind(text) => sum.add(text),
            LinkinfoAttrs::SlaveData(LinkinfoMemberDataMsg::Bridge(port)) => each(sum, port, |attr, sum| add_port(sum, attr)),
            _ => sum.missed += 1,
        }),
        AfSpec(families) => each(sum, families, |attr, sum| match attr {
            AfSpecAttrs::Inet(inet) => each(sum, inet, |attr, sum| match attr {
                IflaAttrs::Conf(array) => sum.add_all_u32(array),
            }),
            AfSpecAttrs::Inet6(inet6) => each(sum, inet6, |attr, sum| add_inet6(sum, attr)),
            AfSpecAttrs::Mctp(_) => sum.missed += 1,
        }),
        Xdp(xdp) => each(sum, xdp, |attr, sum| match attr {
            XdpAttrs::Attached(value) => sum.add(value),
            _ => sum.missed += 1,
        }),
        DevlinkPort(bytes) => sum.add(bytes),
        DpllPin(pin) => each(sum, pin, |LinkDpllPinAttrs::Id(value), sum| sum.add(value)),
        _ => sum.missed += 1,
    }
}

pub fn links(bytes: &[u8]) -> Sum {
    decode(bytes, |payload, sum| {
        let (header, attrs) = rt_link::OpGetlinkDump::decode_request(payload);
        add_fields!(sum, header; ifi_family ifi_type ifi_index ifi_flags ifi_change);
        each(sum, attrs, |attr, sum| add_link(sum, attr));
    })
}

pub fn addrs(bytes: &[u8]) -> Sum {
    use AddrAttrs::*;
    decode(bytes, |payload, sum| {
        let (header, attrs) = rt_addr::OpGetaddrDump::decode_request(payload);
        add_fields!(sum, header; ifa_family ifa_prefixlen ifa_flags ifa_scope ifa_index);
        each(sum, attrs, |attr, sum| match attr {
            Address(ip) | Local(ip) | Anycast(ip) | Multicast(ip) => sum.add(ip),
            Broadcast(ip) => sum.add(ip),
            Label(text) => sum.add(text),
            Cacheinfo(info) => add_fields!(sum, info; ifa_prefered ifa_valid cstamp tstamp),
            Flags(value) | RtPriority(value) | McUsers(value) => sum.add(value),
            Proto(value) => sum.add(value),
            TargetNetnsid(bytes) => sum.add(bytes),
        });
    })
}

pub fn routes(bytes: &[u8]) -> Sum {
    use RouteAttrs::*;
    decode(bytes, |payload, sum| {
        let (header, attrs) = rt_route::OpGetrouteDump::decode_request(payload);
        add_fields!(sum, header; rtm_family rtm_dst_len rtm_src_len rtm_tos rtm_table rtm_protocol rtm_scope rtm_type rtm_flags);
        each(sum, attrs, |attr, sum| match attr {
            Dst(ip) | Src(ip) | Gateway(ip) | Prefsrc(ip) => sum.add(ip),
            Iif(value) | Oif(value) | Priority(value) | Flow(value) | Table(value) | Mark(value) => sum.add(value),
            _ => sum.missed += 1,
        });
    })
}

fn add_data(sum: &mut Sum, data: IterableDataAttrs<'_>) {
    each(sum, data, |attr, sum| match attr {
        DataAttrs::Value(bytes) => sum.add(bytes),
        DataAttrs::Verdict(verdict) => each(sum, verdict, |attr, sum| match attr {
            VerdictAttrs::Code(code) => sum.add(code as i32),
            VerdictAttrs::Chain(text) => sum.add(text),
            VerdictAttrs::ChainId(value) => sum.add(value),
        }),
    });
}

fn add_expr(sum: &mut Sum, expr: ExprOps<'_>) {
    match expr {
        ExprOps::Bitwise(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprBitwiseAttrs::Sreg(value)
            | ExprBitwiseAttrs::Dreg(value)
            | ExprBitwiseAttrs::Len(value)
            | ExprBitwiseAttrs::Op(value) => sum.add(value),
            ExprBitwiseAttrs::Mask(data) | ExprBitwiseAttrs::Xor(data) | ExprBitwiseAttrs::Data(data) => add_data(sum, data),
        }),
        ExprOps::Cmp(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprCmpAttrs::Sreg(value) | ExprCmpAttrs::Op(value) => sum.add(value),
            ExprCmpAttrs::Data(data) => add_data(sum, data),
        }),
        ExprOps::Counter(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprCounterAttrs::Bytes(value) | ExprCounterAttrs::Packets(value) => sum.add(value),
            ExprCounterAttrs::Pad(bytes) => sum.add(bytes),
        }),
        ExprOps::Ct(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprCtAttrs::Dreg(value) | ExprCtAttrs::Key(value) | ExprCtAttrs::Sreg(value) => sum.add(value),
            ExprCtAttrs::Direction(value) => sum.add(value),
        }),
        ExprOps::Immediate(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprImmediateAttrs::Dreg(value) => sum.add(value),
            ExprImmediateAttrs::Data(data) => add_data(sum, data),
        }),
        ExprOps::Log(attrs) => each(sum, attrs, |attr, sum| match attr {
            LogAttrs::Group(value) | LogAttrs::Qthreshold(value) => sum.add(value),
            LogAttrs::Snaplen(value) | LogAttrs::Level(value) | LogAttrs::Flags(value) => sum.add(value),
            LogAttrs::Prefix(text) => sum.add(text),
        }),
        ExprOps::Lookup(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprLookupAttrs::Set(text) => sum.add(text),
            ExprLookupAttrs::SetId(value)
            | ExprLookupAttrs::Sreg(value)
            | ExprLookupAttrs::Dreg(value)
            | ExprLookupAttrs::Flags(value) => sum.add(value),
        }),
        ExprOps::Meta(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprMetaAttrs::Dreg(value) | ExprMetaAttrs::Key(value) | ExprMetaAttrs::Sreg(value) => sum.add(value),
        }),
        ExprOps::Nat(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprNatAttrs::Type(value)
            | ExprNatAttrs::Family(value)
            | ExprNatAttrs::RegAddrMin(value)
            | ExprNatAttrs::RegAddrMax(value)
            | ExprNatAttrs::RegProtoMin(value)
            | ExprNatAttrs::RegProtoMax(value)
            | ExprNatAttrs::Flags(value) => sum.add(value),
        }),
        ExprOps::Payload(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprPayloadAttrs::Dreg(value)
            | ExprPayloadAttrs::Base(value)
            | ExprPayloadAttrs::Offset(value)
            | ExprPayloadAttrs::Len(value)
            | ExprPayloadAttrs::Sreg(value)
            | ExprPayloadAttrs::CsumType(value)
            | ExprPayloadAttrs::CsumOffset(value)
            | ExprPayloadAttrs::CsumFlags(value) => sum.add(value),
        }),
        ExprOps::Reject(attrs) => each(sum, attrs, |attr, sum| match attr {
            ExprRejectAttrs::Type(value) => sum.add(value),
            ExprRejectAttrs::IcmpCode(value) => sum.add(value),
        }),
        _ => sum.missed += 1,
    }
}

pub fn rules(bytes: &[u8]) -> Sum {
    decode(bytes, |payload, sum| {
        let (header, attrs) = nftables::OpGetruleDump::decode_request(payload);
        sum.add(header.nfgen_family);
        sum.add(header.version);
        sum.add(u16::from_be(header._res_id_be));
        each(sum, attrs, |attr, sum| match attr {
            RuleAttrs::Table(text) | RuleAttrs::Chain(text) => sum.add(text),
            RuleAttrs::Handle(value) | RuleAttrs::Position(value) => sum.add(value),
            RuleAttrs::Userdata(bytes) => sum.add(bytes),
            RuleAttrs::Expressions(list) => each(sum, list, |ExprListAttrs::Elem(expr), sum| {
                each(sum, expr, |attr, sum| match attr {
                    ExprAttrs::Name(name) => sum.add(name),
                    ExprAttrs::Data(expr) => add_expr(sum, expr),
                });
            }),
            _ => sum.missed += 1,
        });
    })
}

/// `struct nlmsghdr`, which is left to the caller here.
fn framed(out: &mut Vec<u8>, nlmsg_type: u16, body: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&nlmsg_type.to_ne_bytes());
    out.extend_from_slice(&0x605u16.to_ne_bytes());
    out.extend_from_slice(&1u32.to_ne_bytes());
    out.extend_from_slice(&[0; 4]);
    body(out);
    let len = out.len() as u32;
    out[..4].copy_from_slice(&len.to_ne_bytes());
}

pub fn encode_route(out: &mut Vec<u8>, request: &RouteRequest) {
    let header = rt_route::Rtmsg {
        rtm_family: 2,
        rtm_dst_len: request.dst_len,
        rtm_table: 254,
        rtm_protocol: 4,
        rtm_type: 1,
        ..Default::default()
    };
    framed(out, 24, |out| {
        rt_route::OpNewrouteDo::encode_request(out, &header)
            .push_dst(request.dst.into())
            .push_gateway(request.gateway.into())
            .push_oif(request.oif)
            .push_priority(request.priority);
    });
}

/// The crate's tables do not know what a veth's data hold; that part is written with its lower level.
pub fn encode_veth(out: &mut Vec<u8>, request: &VethRequest<'_>) {
    use netlink_bindings::utils::{Pusher, finalize_nested_header, push_nested_header};
    let header = rt_link::Ifinfomsg { ifi_flags: 1, ifi_change: 1, ..Default::default() };
    framed(out, 16, |out| {
        let mut info = rt_link::OpNewlinkDo::encode_request(out, &header)
            .push_ifname(request.c_name)
            .push_master(request.master)
            .nested_linkinfo()
            .push_kind(c"veth");
        let buffer = info.as_vec_mut();
        let data = push_nested_header(buffer, 2);
        let peer = push_nested_header(buffer, 1);
        rt_link::OpNewlinkDo::encode_request(buffer, &Default::default())
            .push_ifname(request.c_peer)
            .push_net_ns_fd(request.netns_fd);
        finalize_nested_header(buffer, peer);
        finalize_nested_header(buffer, data);
        info.end_nested();
    });
}
