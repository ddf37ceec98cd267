//! Completeness: the tables against the kernel's own headers and specifications.
//!
//! | data | what it is |
//! | --- | --- |
//! | `names.tsv` | every enumerator and constant of the user headers of Linux 6.12, numbers from the compiler |
//! | `more_names.tsv` | names of other headers and of kernels up to 6.18 that the tables hold |
//! | `specs.tsv` | the kernel's netlink specifications of 6.12: attributes, numbers, types, byte order |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nlmsg::make;
use nlmsg::nft;
use nlmsg::payload::{Attr, Form, MessageInfo, Names, Set};
use nlmsg::route::link::kind;
use nlmsg::route::{self, *};

/// The protocols, each with its message types.
const PROTOCOLS: &[&[MessageInfo]] = &[route::MESSAGES, nft::MESSAGES];

/// Every `names!` table but `nft::DataType`, whose numbers are those of the program `nft`.
const NAMES: &[&Names] = &[
    Iff::TABLE,
    Arphrd::TABLE,
    IfOper::TABLE,
    IfLinkMode::TABLE,
    RtExtFilter::TABLE,
    IflaEventType::TABLE,
    XdpAttached::TABLE,
    XdpFlags::TABLE,
    NexthopGrpType::TABLE,
    NhaOpFlag::TABLE,
    IfPrefix::TABLE,
    In6AddrGenMode::TABLE,
    BridgeFlags::TABLE,
    BridgeVlanFlags::TABLE,
    Ipv4Devconf::TABLE,
    Ipv6Devconf::TABLE,
    kind::bridge::BrBoolopt::TABLE,
    kind::bridge::McastRouter::TABLE,
    kind::bridge::BrState::TABLE,
    kind::vlan::VlanProtocol::TABLE,
    kind::vlan::VlanFlags::TABLE,
    kind::macvlan::MacvlanMode::TABLE,
    kind::macvlan::MacvlanFlags::TABLE,
    kind::macvlan::MacvlanMacaddrMode::TABLE,
    kind::ipvlan::IpvlanMode::TABLE,
    kind::ipvlan::IpvlanFlags::TABLE,
    kind::vxlan::VxlanDf::TABLE,
    kind::vxlan::VxlanLabelPolicy::TABLE,
    kind::geneve::GeneveDf::TABLE,
    kind::gre::GreFlags::TABLE,
    kind::iptun::TunnelEncap::TABLE,
    kind::tun::TunType::TABLE,
    kind::netkit::NetkitAction::TABLE,
    kind::netkit::NetkitMode::TABLE,
    kind::netkit::NetkitScrub::TABLE,
    kind::macsec::MacsecValidate::TABLE,
    kind::macsec::MacsecOffload::TABLE,
    kind::gtp::GtpRole::TABLE,
    kind::hsr::HsrProtocol::TABLE,
    kind::bond::BondMode::TABLE,
    kind::bond::BondXmitPolicy::TABLE,
    kind::bond::BondState::TABLE,
    kind::bond::BondLink::TABLE,
    kind::bond::BondArpAllTargets::TABLE,
    kind::bond::BondPriReselect::TABLE,
    kind::bond::BondFom::TABLE,
    kind::bond::BondAdSelect::TABLE,
    kind::other::IpoibMode::TABLE,
    kind::other::OvpnMode::TABLE,
    vf::VfLinkState::TABLE,
    port::PortRequest::TABLE,
    port::PortResponse::TABLE,
    IfaF::TABLE,
    IfaProt::TABLE,
    Rtn::TABLE,
    RtProt::TABLE,
    RtScope::TABLE,
    RtTable::TABLE,
    RtmF::TABLE,
    RtnhF::TABLE,
    RtaxFeature::TABLE,
    Icmpv6RouterPref::TABLE,
    LwtunnelEncap::TABLE,
    Nud::TABLE,
    Ntf::TABLE,
    NtfExt::TABLE,
    FdbNotify::TABLE,
    FrAct::TABLE,
    FibRule::TABLE,
    BridgeVlandbDumpf::TABLE,
    TunnelMsgFlags::TABLE,
    Af::TABLE,
    RtnlGrp::TABLE,
    nft::ObjType::TABLE,
    nft::ChainFlags::TABLE,
    nft::InetHook::TABLE,
    nft::ArpHook::TABLE,
    nft::NetdevHook::TABLE,
    nft::Priority::TABLE,
    nft::BridgePriority::TABLE,
    nft::TraceType::TABLE,
    nft::Reg::TABLE,
    nft::Verdict::TABLE,
    nft::SetFlags::TABLE,
    nft::SetPolicy::TABLE,
    nft::SetElemFlags::TABLE,
    nft::RuleCompatFlags::TABLE,
    nft::FlowtableFlags::TABLE,
    nft::TableFlags::TABLE,
    nft::RangeOp::TABLE,
    nft::NgType::TABLE,
    nft::ByteorderOp::TABLE,
    nft::CtKey::TABLE,
    nft::CtDir::TABLE,
    nft::CtState::TABLE,
    nft::TunnelExprKey::TABLE,
    nft::TunnelMode::TABLE,
    nft::TunnelFlags::TABLE,
    nft::NatType::TABLE,
    nft::NatFlags::TABLE,
    nft::RtKey::TABLE,
    nft::FibResult::TABLE,
    nft::FibFlags::TABLE,
    nft::LookupFlags::TABLE,
    nft::QuotaFlags::TABLE,
    nft::XfrmKey::TABLE,
    nft::XfrmDir::TABLE,
    nft::LimitType::TABLE,
    nft::LimitFlags::TABLE,
    nft::LimitUnit::TABLE,
    nft::SynproxyFlags::TABLE,
    nft::CmpOp::TABLE,
    nft::QueueFlags::TABLE,
    nft::SocketKey::TABLE,
    nft::ExthdrFlags::TABLE,
    nft::ExthdrOp::TABLE,
    nft::PayloadBase::TABLE,
    nft::PayloadCsum::TABLE,
    nft::PayloadCsumFlags::TABLE,
    nft::RejectType::TABLE,
    nft::RejectInetCode::TABLE,
    nft::LogLevel::TABLE,
    nft::LogFlags::TABLE,
    nft::ConnlimitFlags::TABLE,
    nft::DynsetOp::TABLE,
    nft::DynsetFlags::TABLE,
    nft::BitwiseOp::TABLE,
    nft::OsfFlags::TABLE,
    nft::InnerType::TABLE,
    nft::InnerFlags::TABLE,
    nft::MetaKey::TABLE,
    nft::HashType::TABLE,
    nft::NfProto::TABLE,
    nft::NfnlSubsys::TABLE,
    nft::NfnlGroup::TABLE,
];

fn sets() -> Vec<&'static Set> {
    let roots: Vec<_> = PROTOCOLS.iter().flat_map(|messages| messages.iter().map(|info| info.set)).collect();
    let mut sets = Vec::new();
    make::sets(&roots, &mut |set| sets.push(set));
    sets
}

fn rows(data: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    data.lines().skip(1).map(|line| line.split('\t').collect())
}

/// One name of a header.
struct Known {
    group: usize,
    name: &'static str,
    value: i64,
}

/// The names of the headers, in groups that were enums.
fn headers() -> Vec<Known> {
    let (mut group, mut last) = (0, ("", "", 0));
    let mut known = Vec::new();
    for row in rows(include_str!("data/names.tsv")) {
        let (place, value) = ((row[0], row[1]), row[3].parse().unwrap());
        // enums without a name lie one after the other; the next begins where the numbers begin again
        if place != (last.0, last.1) || row[1] == "#define" || row[1] == "-" && value < last.2 {
            group += 1;
        }
        last = (place.0, place.1, value);
        known.push(Known { group, name: row[2], value });
    }
    known
}

/// Names of enums that the tables leave out, and why.
fn left_out(name: &str) -> bool {
    const ALIASES: &[&str] = &["IFLA_IF_NETNSID", "IFLA_DSA_MASTER", "RTM_BASE", "NFT_BITWISE_BOOL"];
    const COUNTS: &[&str] = &["NF_INET_NUMHOOKS", "NF_NETDEV_NUMHOOKS", "NFPROTO_NUMPROTO"];
    // objects that are not covered: traffic control, DCB, and notifications of router advertisements' options and of
    // multicast routing
    const OBJECTS: &[&str] = &["QDISC", "TCLASS", "TFILTER", "ACTION", "NDUSEROPT", "DCB", "CACHEREPORT", "CHAIN"];
    let object = |verb: &str| name.strip_prefix(verb).is_some_and(|object| OBJECTS.contains(&object));
    name.starts_with("__")
        || ["_UNSPEC", "_MAX", "_NONE", "_UNUSED"].iter().any(|end| name.ends_with(end))
        || name.starts_with("FRA_UNUSED")
        || ALIASES.contains(&name)
        || COUNTS.contains(&name)
        || ["RTM_NEW", "RTM_DEL", "RTM_GET", "RTM_SET"].into_iter().any(object)
}

#[test]
fn every_name_of_the_headers_is_in_the_tables() {
    let mut faults = Vec::new();
    let headers = headers();
    let mut numbers: HashMap<&str, i64> = headers.iter().map(|known| (known.name, known.value)).collect();
    let more: Vec<_> = rows(include_str!("data/more_names.tsv")).collect();
    numbers.extend(more.iter().map(|row| (row[1], row[2].parse().unwrap())));

    let mut ours = BTreeMap::new();
    for set in sets() {
        ours.extend(set.attrs.iter().map(|attr| (attr.name, i64::from(attr.number))));
        let distinct: BTreeSet<_> = set.attrs.iter().map(|attr| attr.number).collect();
        if distinct.len() < set.attrs.len() {
            faults.push(format!("{} holds a number twice", set.name));
        }
    }
    // the high byte of a number of nfnetlink is the subsystem
    ours.extend(PROTOCOLS.iter().copied().flatten().map(|info| (info.name, i64::from(info.number & 0xff))));
    // some tables are of headers that are not for users, or of libnftnl: none of their names is known
    let known = NAMES.iter().filter(|table| table.names.iter().any(|name| numbers.contains_key(name.name)));
    ours.extend(known.flat_map(|table| table.names).map(|name| (name.name, name.value)));
    for (name, number) in &ours {
        match numbers.get(name) {
            // an enumerator of -1 is all ones on the wire
            Some(known) if *known as u32 == *number as u32 => {}
            Some(known) => faults.push(format!("{name} is {known}, not {number}")),
            None => faults.push(format!("{name} is in no header")),
        }
    }

    let covered: BTreeSet<_> = headers.iter().filter(|known| ours.contains_key(known.name)).map(|known| known.group).collect();
    for known in headers.iter().filter(|known| covered.contains(&known.group)) {
        if !ours.contains_key(known.name) && !left_out(known.name) {
            faults.push(format!("{} = {} is lacking", known.name, known.value));
        }
    }
    faults.extend(more.iter().filter(|row| !ours.contains_key(row[1])).map(|row| format!("{} is lacking", row[1])));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A set of one attribute that is repeated: here a list of places.
const LIST: &str = "slots";

/// A set of the specifications, and ours.
const SETS: &[(&str, &str)] = &[
    ("link-attrs", "Ifla"),
    ("af-spec-attrs", "IflaAfSpec"),
    ("vfinfo-list-attrs", "IflaVfInfoList"),
    ("vfinfo-attrs", "IflaVf"),
    ("vf-stats-attrs", "IflaVfStats"),
    ("vf-vlan-attrs", "IflaVfVlanList"),
    ("vf-ports-attrs", "IflaVfPorts"),
    ("port-self-attrs", "IflaPort"),
    ("prop-list-link-attrs", "Ifla"),
    ("linkinfo-attrs", "IflaInfo"),
    ("linkinfo-bond-attrs", "IflaBond"),
    ("bond-ad-info-attrs", "IflaBondAdInfo"),
    ("bond-slave-attrs", "IflaBondSlave"),
    ("linkinfo-bridge-attrs", "IflaBr"),
    ("linkinfo-brport-attrs", "IflaBrport"),
    ("linkinfo-gre-attrs", "IflaGre"),
    ("linkinfo-geneve-attrs", "IflaGeneve"),
    ("linkinfo-iptun-attrs", "IflaIptun"),
    ("linkinfo-tun-attrs", "IflaTun"),
    ("linkinfo-vlan-attrs", "IflaVlan"),
    ("ifla-vlan-qos", "IflaVlanQos"),
    ("linkinfo-vrf-attrs", "IflaVrf"),
    ("xdp-attrs", "IflaXdp"),
    ("ifla-attrs", "IflaInet"),
    ("ifla6-attrs", "IflaInet6"),
    ("mctp-attrs", "IflaMctp"),
    ("stats-attrs", "IflaStats"),
    ("link-offload-xstats", "IflaOffloadXstats"),
    ("hw-s-info-one", "IflaOffloadXstatsHwSInfo"),
    ("link-dpll-pin-attrs", "DpllA"),
    ("linkinfo-netkit-attrs", "IflaNetkit"),
    ("addr-attrs", "Ifa"),
    ("route-attrs", "Rta"),
    ("rta-metrics", "Rtax"),
    ("batch-attrs", "NfnlBatch"),
    ("table-attrs", "NftaTable"),
    ("chain-attrs", "NftaChain"),
    ("counter-attrs", "NftaCounter"),
    ("nft-hook-attrs", "NftaHook"),
    ("hook-dev-attrs", "NftaDevice"),
    ("nft-counter-attrs", "NftaCounter"),
    ("rule-attrs", "NftaRule"),
    ("expr-list-attrs", "NftaExprList"),
    ("expr-attrs", "NftaExpr"),
    ("rule-compat-attrs", "NftaRuleCompat"),
    ("set-attrs", "NftaSet"),
    ("set-desc-attrs", "NftaSetDesc"),
    ("set-desc-concat-attrs", "NftaSetFieldList"),
    ("set-field-attrs", "NftaSetField"),
    ("set-list-attrs", "NftaExprList"),
    ("setelem-attrs", "NftaSetElem"),
    ("setelem-list-elem-attrs", LIST),
    ("setelem-list-attrs", "NftaSetElemList"),
    ("gen-attrs", "NftaGen"),
    ("obj-attrs", "NftaObj"),
    ("quota-attrs", "NftaQuota"),
    ("flowtable-attrs", "NftaFlowtable"),
    ("flowtable-hook-attrs", "NftaFlowtableHook"),
    ("expr-bitwise-attrs", "NftaBitwise"),
    ("expr-cmp-attrs", "NftaCmp"),
    ("data-attrs", "NftaData"),
    ("verdict-attrs", "NftaVerdict"),
    ("expr-counter-attrs", "NftaCounter"),
    ("expr-fib-attrs", "NftaFib"),
    ("expr-ct-attrs", "NftaCt"),
    ("expr-flow-offload-attrs", "NftaFlow"),
    ("expr-immediate-attrs", "NftaImmediate"),
    ("expr-lookup-attrs", "NftaLookup"),
    ("expr-meta-attrs", "NftaMeta"),
    ("expr-nat-attrs", "NftaNat"),
    ("expr-payload-attrs", "NftaPayload"),
    ("expr-reject-attrs", "NftaReject"),
    ("expr-target-attrs", "NftaTarget"),
    ("expr-tproxy-attrs", "NftaTproxy"),
    ("expr-objref-attrs", "NftaObjref"),
];

/// Where the specifications are wrong: set, attributes, what they are here, and why.
const FAULTS: &[(&str, &[&str], &str, &str)] = &[
    ("link-attrs", &["cost", "priority", "wireless"], "binary", "the kernel does not read the first two; the third is a struct"),
    ("link-attrs", &["protinfo"], "sub-message", "it holds the attributes of a bridge port or of IPv6"),
    ("link-attrs", &["proto-down-reason"], "nest", "it holds IFLA_PROTO_DOWN_REASON_*"),
    ("bond-slave-attrs", &["prio"], "s32", "bond_fill_slave_info puts an s32"),
    ("linkinfo-bridge-attrs", &["vlan-protocol"], "be16", "br_fill_info puts a be16"),
    ("linkinfo-bridge-attrs", &["fdb-flush"], "flag", "iproute2 sends it empty, and the kernel only looks whether it is there"),
    (
        "linkinfo-brport-attrs",
        &[
            "mode",
            "guard",
            "protect",
            "fast-leave",
            "learning",
            "unicast-flood",
            "proxyarp",
            "learning-sync",
            "proxyarp-wifi",
            "mcast-flood",
            "mcast-to-ucast",
            "vlan-tunnel",
            "bcast-flood",
            "neigh-suppress",
            "isolated",
            "mrp-ring-open",
            "mrp-in-open",
            "locked",
            "mab",
            "neigh-vlan-suppress",
        ],
        "u8",
        "br_port_fill_attrs puts a u8, and br_port_policy wants one",
    ),
    ("linkinfo-gre-attrs", &["iflags", "oflags", "encap-sport", "encap-dport"], "be16", "ipgre_fill_info puts a be16"),
    ("linkinfo-gre-attrs", &["ikey", "okey", "flowinfo"], "be32", "ipgre_fill_info and ip6gre_fill_info put a be32"),
    ("linkinfo-gre-attrs", &["encap-limit"], "u8", "ip6gre_fill_info puts a u8"),
    ("linkinfo-geneve-attrs", &["port"], "be16", "geneve_fill_info puts a be16"),
    ("linkinfo-geneve-attrs", &["label"], "be32", "geneve_fill_info puts a be32"),
    ("linkinfo-iptun-attrs", &["flowinfo"], "be32", "ip6_tnl_fill_info puts a be32"),
    ("linkinfo-iptun-attrs", &["flags"], "by-size", "ipip6_fill_info puts a be16, ip6_tnl_fill_info a u32"),
    ("linkinfo-iptun-attrs", &["encap-sport", "encap-dport"], "be16", "the kernel puts a be16"),
    ("addr-attrs", &["ifa-target-netnsid"], "s32", "ifa_ipv4_policy wants an s32"),
    ("table-attrs", &["userdata"], "userdata", "NFTA_TABLE_PAD, which comes before, is left out"),
    ("chain-attrs", &["policy"], "sbe32", "it is a verdict, and those are signed"),
    ("chain-attrs", &["flags", "id"], "be32", "NFTA_CHAIN_PAD, which comes before, is left out"),
    ("chain-attrs", &["userdata"], "userdata", "NFTA_CHAIN_PAD, which comes before, is left out"),
    ("nft-hook-attrs", &["num"], "sub-message", "its names depend on the family"),
    ("nft-counter-attrs", &["bytes", "packets"], "be64", "nf_tables_fill_counters puts a be64"),
    ("rule-attrs", &["id", "position-id", "chain-id"], "be32", "NFTA_RULE_PAD is left out, and the kernel reads a be32"),
    ("rule-compat-attrs", &["proto", "flags"], "be32", "nft_rule_compat_policy wants an u32, and it is read as a be32"),
    ("set-attrs", &["id", "gc-interval"], "be32", "the kernel reads a be32"),
    ("set-attrs", &["timeout"], "be64", "the kernel reads a be64"),
    ("setelem-attrs", &["flags"], "be32", "nft_set_elem_policy wants an u32, and it is read as a be32"),
    ("setelem-attrs", &["timeout", "expiration"], "be64", "the kernel reads a be64"),
    ("setelem-attrs", &["objref"], "string", "NFTA_SET_ELEM_PAD, which comes before, is left out"),
    ("setelem-attrs", &["key-end", "expressions"], "nest", "NFTA_SET_ELEM_PAD, which comes before, is left out"),
    ("setelem-list-attrs", &["set-id"], "be32", "the kernel reads a be32"),
    ("flowtable-hook-attrs", &["priority"], "sbe32", "priorities are signed"),
    ("verdict-attrs", &["code"], "sbe32", "verdicts are signed"),
    ("verdict-attrs", &["chain-id"], "be32", "the kernel reads a be32"),
    ("expr-counter-attrs", &["bytes", "packets"], "be64", "nft_counter_do_dump puts a be64"),
    ("expr-lookup-attrs", &["set id", "sreg", "dreg"], "be32", "the enum has another order"),
    ("route-attrs", &["rta-sport", "rta-dport"], "be16", "inet_rtm_getroute reads a be16"),
];

fn ours<'s>(set: &'s Set, name: &str, number: u16) -> Option<&'s Attr> {
    let end = format!("_{}", name.to_uppercase().replace(['-', ' '], "_"));
    let mut named: Vec<_> = set.attrs.iter().filter(|attr| format!("_{}", attr.name).ends_with(&end)).collect();
    named.sort_by_key(|attr| attr.number != number);
    named.first().copied().or_else(|| set.get(number))
}

/// Whether an attribute is what a row of the specifications says.
fn agrees(attr: &Attr, row: &[&str], by_spec: &HashMap<&str, &str>) -> bool {
    let (number, kind, order, of) = (row[3], row[4], row[5], row[6]);
    if number != attr.number.to_string() {
        return false;
    }
    let big = order == "big-endian";
    let name = attr.shape.name;
    let integer =
        |name: &str| name.trim_start_matches("be").trim_start_matches("sbe").trim_start_matches(['u', 's']).parse::<u8>().is_ok();
    match kind {
        "u8" | "u16" | "u32" | "u64" if big && kind != "u8" => name == kind.replace('u', "be"),
        "s16" | "s32" | "s64" if big => name == kind.replace('s', "sbe"),
        "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" | "flag" | "sub-message" | "string" => name == kind,
        "binary" | "pad" => !integer(name) && !["string", "flag"].contains(&name),
        "nest" => match attr.shape.form {
            Form::Nest(set) => by_spec.get(of).is_none_or(|ours| *ours == set().name),
            Form::Pick(_) => true,
            _ => false,
        },
        "indexed-array" => matches!(attr.shape.form, Form::Nest(set) if set().slots.is_some()),
        _ => false,
    }
}

#[test]
fn types_are_those_of_the_specifications() {
    let (mut lacking, mut stale) = (Vec::new(), Vec::new());
    let by_spec: HashMap<_, _> = SETS.iter().copied().collect();
    let sets: HashMap<_, _> = sets().into_iter().map(|set| (set.name, set)).collect();
    for row in rows(include_str!("data/specs.tsv")).filter(|row| row[4] != "unused" && row[1] != "empty-attrs") {
        let Some(&name) = by_spec.get(row[1]) else {
            lacking.push(format!("the set {} has no counterpart", row[1]));
            continue;
        };
        if name == LIST {
            continue;
        }
        let Some(set) = sets.get(name) else {
            lacking.push(format!("the set {name} ({})", row[1]));
            continue;
        };
        let Some(attr) = ours(set, row[2], row[3].parse().unwrap()) else {
            lacking.push(format!("{} of {name}", row[2]));
            continue;
        };
        let fault = FAULTS.iter().find(|fault| fault.0 == row[1] && fault.1.contains(&row[2]));
        match (agrees(attr, &row, &by_spec), fault) {
            (true, None) => {}
            (false, Some(fault)) if fault.2 == attr.shape.name => {}
            (true, Some(_)) => stale.push(format!("{} of {} is listed as a fault, but agrees", row[2], row[1])),
            (false, _) => lacking.push(format!(
                "{} ({}) is {} = {}, and here {} = {}",
                attr.name,
                row[1],
                row[4..].join(" "),
                row[3],
                attr.shape.name,
                attr.number
            )),
        }
    }
    lacking.append(&mut stale);
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}
