//! netlink-bindings: lazy and borrowed, generated from the kernel's own specifications.

use std::fmt::Display;

use netlink_bindings::nftables::{self, RuleAttrs};
use netlink_bindings::rt_addr::{self, AddrAttrs};
use netlink_bindings::rt_link::{self, LinkAttrs, LinkinfoAttrs};
use netlink_bindings::rt_neigh::{self, NeighbourAttrs};
use netlink_bindings::rt_route::{self, RouteAttrs};
use netlink_bindings::rt_rule::{self, FibRuleAttrs};
use nlmsg::payload::Be;
use nlmsg::{Messages, nft, route};

use super::{Difference, foreign};

/// What each side read of each attribute, in words.
#[derive(Default)]
struct Sides {
    ours: Vec<(&'static str, String)>,
    theirs: Vec<(&'static str, String)>,
}

/// In the place of a text that one side does not take: it is not compared, and counts where there are two.
const UNREAD: &str = "\0";

/// A text without what follows a NUL byte: what its readers see.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The only text there is.
fn one(mut texts: impl Iterator<Item = String>) -> String {
    texts.next().filter(|_| texts.next().is_none()).unwrap_or_else(|| UNREAD.to_owned())
}

fn put(side: &mut Vec<(&'static str, String)>, name: &'static str, value: impl Display) {
    side.push((name, value.to_string()));
}

impl Sides {
    fn differences(self) -> Vec<Difference> {
        // of an attribute that is there twice nobody says which one is meant
        let once = |side: &[(&str, String)], name: &str| {
            let mut found = side.iter().filter(|(of, _)| *of == name).map(|(_, value)| value.clone());
            found.next().filter(|value| found.next().is_none() && value != UNREAD)
        };
        let differs = |(name, _): &(&'static str, String)| {
            let (ours, theirs) = (once(&self.ours, name)?, once(&self.theirs, name)?);
            (ours != theirs).then(|| Difference { path: (*name).to_owned(), ours, theirs })
        };
        self.ours.iter().filter_map(differs).collect()
    }
}

/// Both sides of one set of attributes: `NAME: our variant(value) => words; their variant(value) => words`.
macro_rules! both {
    ($sides:ident, $ours:expr, $theirs:expr; $($name:literal: $our:pat => $our_words:expr, $their:pat => $their_words:expr;)*) => {
        // a message that one of the two does not take whole is not compared
        for attr in $ours.strict() {
            match attr.ok()? {
                $($our => put(&mut $sides.ours, $name, $our_words),)*
                _ => {}
            }
        }
        for attr in $theirs {
            match attr.ok()? {
                $($their => put(&mut $sides.theirs, $name, $their_words),)*
                _ => {}
            }
        }
    };
}

fn link(payload: &[u8]) -> Option<Vec<Difference>> {
    use route::Ifla::*;
    let ours = route::Link::parse(payload, 0).ok()?;
    let mut sides = Sides::default();
    let (header, theirs) = rt_link::OpGetlinkDump::decode_request(payload);
    put(&mut sides.ours, "ifi_index", ours.header.ifi_index);
    put(&mut sides.theirs, "ifi_index", header.ifi_index);
    put(&mut sides.ours, "ifi_flags", ours.header.ifi_flags.0);
    put(&mut sides.theirs, "ifi_flags", header.ifi_flags);
    both! { sides, ours.attrs, theirs;
        "IFLA_IFNAME": IFLA_IFNAME(name) => text(name.as_bytes()), LinkAttrs::Ifname(name) => text(name.to_bytes());
        "IFLA_MTU": IFLA_MTU(value) => value, LinkAttrs::Mtu(value) => value;
        "IFLA_LINK": IFLA_LINK(value) => value, LinkAttrs::Link(value) => value;
        "IFLA_MASTER": IFLA_MASTER(value) => value, LinkAttrs::Master(value) => value;
        "IFLA_TXQLEN": IFLA_TXQLEN(value) => value, LinkAttrs::Txqlen(value) => value;
        "IFLA_OPERSTATE": IFLA_OPERSTATE(value) => value.0, LinkAttrs::Operstate(value) => value;
        "IFLA_GROUP": IFLA_GROUP(value) => value, LinkAttrs::Group(value) => value;
        "IFLA_PROMISCUITY": IFLA_PROMISCUITY(value) => value, LinkAttrs::Promiscuity(value) => value;
        "IFLA_NUM_TX_QUEUES": IFLA_NUM_TX_QUEUES(value) => value, LinkAttrs::NumTxQueues(value) => value;
        "IFLA_CARRIER": IFLA_CARRIER(value) => value, LinkAttrs::Carrier(value) => value;
        "IFLA_ADDRESS": IFLA_ADDRESS(value) => format!("{:02x?}", value.0), LinkAttrs::Address(value) => format!("{value:02x?}");
        "IFLA_INFO_KIND": IFLA_LINKINFO(info) => one(info.strict().map_while(Result::ok).filter_map(|attr| match attr {
            route::IflaInfo::IFLA_INFO_KIND(kind) => Some(text(kind.0.as_bytes())),
            _ => None,
        }).filter(|_| info.strict().all(|attr| attr.is_ok()))), LinkAttrs::Linkinfo(info) => one(info.map_while(Result::ok).filter_map(|attr| match attr {
            // it takes no text without a NUL byte
            LinkinfoAttrs::Kind(kind) => Some(text(kind.to_bytes())),
            _ => None,
        }));
    }
    Some(sides.differences())
}

fn addr(payload: &[u8]) -> Option<Vec<Difference>> {
    use route::Ifa::*;
    let ours = route::Addr::parse(payload, 0).ok()?;
    let mut sides = Sides::default();
    let (header, theirs) = rt_addr::OpGetaddrDump::decode_request(payload);
    put(&mut sides.ours, "ifa_prefixlen", ours.header.ifa_prefixlen);
    put(&mut sides.theirs, "ifa_prefixlen", header.ifa_prefixlen);
    put(&mut sides.ours, "ifa_index", ours.header.ifa_index);
    put(&mut sides.theirs, "ifa_index", header.ifa_index);
    both! { sides, ours.attrs, theirs;
        "IFA_ADDRESS": IFA_ADDRESS(ip) => ip, AddrAttrs::Address(ip) => ip;
        "IFA_LOCAL": IFA_LOCAL(ip) => ip, AddrAttrs::Local(ip) => ip;
        "IFA_LABEL": IFA_LABEL(name) => text(name.as_bytes()), AddrAttrs::Label(name) => text(name.to_bytes());
        "IFA_FLAGS": IFA_FLAGS(value) => value.0, AddrAttrs::Flags(value) => value;
        "IFA_RT_PRIORITY": IFA_RT_PRIORITY(value) => value, AddrAttrs::RtPriority(value) => value;
        "IFA_PROTO": IFA_PROTO(value) => value.0, AddrAttrs::Proto(value) => value;
    }
    Some(sides.differences())
}

fn route(payload: &[u8]) -> Option<Vec<Difference>> {
    use route::Rta::*;
    let ours = route::Route::parse(payload, 0).ok()?;
    let mut sides = Sides::default();
    let (header, theirs) = rt_route::OpGetrouteDump::decode_request(payload);
    put(&mut sides.ours, "rtm_dst_len", ours.header.rtm_dst_len);
    put(&mut sides.theirs, "rtm_dst_len", header.rtm_dst_len);
    put(&mut sides.ours, "rtm_flags", ours.header.rtm_flags.0);
    put(&mut sides.theirs, "rtm_flags", header.rtm_flags);
    both! { sides, ours.attrs, theirs;
        "RTA_GATEWAY": RTA_GATEWAY(ip) => ip, RouteAttrs::Gateway(ip) => ip;
        "RTA_PREFSRC": RTA_PREFSRC(ip) => ip, RouteAttrs::Prefsrc(ip) => ip;
        "RTA_OIF": RTA_OIF(value) => value, RouteAttrs::Oif(value) => value;
        "RTA_IIF": RTA_IIF(value) => value, RouteAttrs::Iif(value) => value;
        "RTA_PRIORITY": RTA_PRIORITY(value) => value, RouteAttrs::Priority(value) => value;
        "RTA_TABLE": RTA_TABLE(value) => value.0, RouteAttrs::Table(value) => value;
        "RTA_MARK": RTA_MARK(value) => value, RouteAttrs::Mark(value) => value;
    }
    Some(sides.differences())
}

fn neigh(payload: &[u8]) -> Option<Vec<Difference>> {
    use route::Nda::*;
    let ours = route::Neigh::parse(payload, 0).ok()?;
    let mut sides = Sides::default();
    let (header, theirs) = rt_neigh::OpGetneighDump::decode_request(payload);
    put(&mut sides.ours, "ndm_state", ours.header.ndm_state.0);
    put(&mut sides.theirs, "ndm_state", header.ndm_state);
    both! { sides, ours.attrs, theirs;
        "NDA_IFINDEX": NDA_IFINDEX(value) => value, NeighbourAttrs::Ifindex(value) => value;
        "NDA_MASTER": NDA_MASTER(value) => value, NeighbourAttrs::Master(value) => value;
        "NDA_VNI": NDA_VNI(value) => value, NeighbourAttrs::Vni(value) => value;
        "NDA_PROBES": NDA_PROBES(value) => value, NeighbourAttrs::Probes(value) => value;
    }
    Some(sides.differences())
}

fn rule(payload: &[u8]) -> Option<Vec<Difference>> {
    use route::Fra::*;
    let ours = route::Rule::parse(payload, 0).ok()?;
    let mut sides = Sides::default();
    let (_, theirs) = rt_rule::OpGetruleDump::decode_request(payload);
    both! { sides, ours.attrs, theirs;
        "FRA_PRIORITY": FRA_PRIORITY(value) => value, FibRuleAttrs::Priority(value) => value;
        "FRA_FWMARK": FRA_FWMARK(value) => value, FibRuleAttrs::Fwmark(value) => value;
        "FRA_TABLE": FRA_TABLE(value) => value.0, FibRuleAttrs::Table(value) => value;
        "FRA_IIFNAME": FRA_IIFNAME(name) => text(name.as_bytes()), FibRuleAttrs::Iifname(name) => text(name.to_bytes());
        "FRA_OIFNAME": FRA_OIFNAME(name) => text(name.as_bytes()), FibRuleAttrs::Oifname(name) => text(name.to_bytes());
    }
    Some(sides.differences())
}

fn nft_rule(payload: &[u8]) -> Option<Vec<Difference>> {
    use nft::NftaRule::*;
    let ours = nft::Rule::parse(payload, 0).ok()?;
    let mut sides = Sides::default();
    let (header, theirs) = nftables::OpGetruleDump::decode_request(payload);
    put(&mut sides.ours, "nfgen_family", ours.header.nfgen_family.0);
    put(&mut sides.theirs, "nfgen_family", header.nfgen_family);
    both! { sides, ours.attrs, theirs;
        "NFTA_RULE_TABLE": NFTA_RULE_TABLE(name) => text(name.as_bytes()), RuleAttrs::Table(name) => text(name.to_bytes());
        "NFTA_RULE_CHAIN": NFTA_RULE_CHAIN(name) => text(name.as_bytes()), RuleAttrs::Chain(name) => text(name.to_bytes());
        "NFTA_RULE_HANDLE": NFTA_RULE_HANDLE(Be(value)) => value, RuleAttrs::Handle(value) => value;
        "NFTA_RULE_POSITION": NFTA_RULE_POSITION(Be(value)) => value, RuleAttrs::Position(value) => value;
    }
    Some(sides.differences())
}

/// Where it says something else than we do of a datagram's messages.
pub fn differences(datagram: &[u8]) -> Vec<Difference> {
    let mut found = Vec::new();
    for message in Messages::new(datagram).map_while(Result::ok) {
        type Compare = fn(&[u8]) -> Option<Vec<Difference>>;
        let (least, compare): (usize, Compare) = match message.header.nlmsg_type {
            route::RTM_NEWLINK => (16, link),
            route::RTM_NEWADDR => (8, addr),
            route::RTM_NEWROUTE => (12, route),
            route::RTM_NEWNEIGH => (12, neigh),
            route::RTM_NEWRULE => (12, rule),
            nft::NFT_MSG_NEWRULE => (4, nft_rule),
            _ => continue,
        };
        // it panics where a header is cut short
        if message.payload.len() >= least {
            let payload = message.payload.to_vec();
            found.extend(foreign(move || compare(&payload)).flatten().into_iter().flatten());
        }
    }
    found
}

/// Where both read a message, they read the same.
///
/// # Panics
/// They do not, and nobody knows why yet.
pub fn differential(datagram: &[u8]) {
    let found = differences(datagram);
    assert!(found.is_empty(), "{found:#?}");
}
