//! Words for numbers: the fixed ones of the protocols, and those that the machine's files define.

use super::types::Words;

pub(super) const NFPROTO: Words = &[("ipv4", 2), ("ipv6", 10)];
pub(super) const ETHER_TYPE: Words =
    &[("ip", 0x0800), ("arp", 0x0806), ("ip6", 0x86dd), ("8021q", 0x8100), ("8021ad", 0x88a8), ("vlan", 0x8100)];
pub(super) const ARP_OP: Words =
    &[("request", 1), ("reply", 2), ("rrequest", 3), ("rreply", 4), ("inrequest", 8), ("inreply", 9), ("nak", 10)];
pub(super) const ICMP_TYPE: Words = &[
    ("echo-reply", 0),
    ("destination-unreachable", 3),
    ("source-quench", 4),
    ("redirect", 5),
    ("echo-request", 8),
    ("router-advertisement", 9),
    ("router-solicitation", 10),
    ("time-exceeded", 11),
    ("parameter-problem", 12),
    ("timestamp-request", 13),
    ("timestamp-reply", 14),
    ("info-request", 15),
    ("info-reply", 16),
    ("address-mask-request", 17),
    ("address-mask-reply", 18),
];
pub(super) const ICMPV6_TYPE: Words = &[
    ("destination-unreachable", 1),
    ("packet-too-big", 2),
    ("time-exceeded", 3),
    ("parameter-problem", 4),
    ("echo-request", 128),
    ("echo-reply", 129),
    ("mld-listener-query", 130),
    ("mld-listener-report", 131),
    ("mld-listener-done", 132),
    ("mld-listener-reduction", 132),
    ("nd-router-solicit", 133),
    ("nd-router-advert", 134),
    ("nd-neighbor-solicit", 135),
    ("nd-neighbor-advert", 136),
    ("nd-redirect", 137),
    ("router-renumbering", 138),
    ("ind-neighbor-solicit", 141),
    ("ind-neighbor-advert", 142),
    ("mld2-listener-report", 143),
];
pub(super) const IGMP_TYPE: Words = &[
    ("membership-query", 0x11),
    ("membership-report-v1", 0x12),
    ("membership-report-v2", 0x16),
    ("membership-report-v3", 0x22),
    ("leave-group", 0x17),
];
pub(super) const ICMP_CODE: Words = &[
    ("net-unreachable", 0),
    ("host-unreachable", 1),
    ("prot-unreachable", 2),
    ("port-unreachable", 3),
    ("net-prohibited", 9),
    ("host-prohibited", 10),
    ("admin-prohibited", 13),
    ("frag-needed", 4),
];
pub(super) const ICMPV6_CODE: Words = &[
    ("no-route", 0),
    ("admin-prohibited", 1),
    ("addr-unreachable", 3),
    ("port-unreachable", 4),
    ("policy-fail", 5),
    ("reject-route", 6),
];
pub(super) const ICMPX_CODE: Words =
    &[("port-unreachable", 1), ("admin-prohibited", 3), ("no-route", 0), ("host-unreachable", 2)];
pub(super) const TCP_FLAG: Words =
    &[("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8), ("ack", 16), ("urg", 32), ("ecn", 64), ("cwr", 128)];
pub(super) const CT_STATE: Words = &[("invalid", 1), ("established", 2), ("related", 4), ("new", 8), ("untracked", 64)];
pub(super) const CT_DIR: Words = &[("original", 0), ("reply", 1)];
pub(super) const CT_STATUS: Words =
    &[("expected", 1), ("seen-reply", 2), ("assured", 4), ("confirmed", 8), ("snat", 16), ("dnat", 32), ("dying", 512)];
pub(super) const CT_EVENT: Words = &[
    ("new", 1),
    ("related", 2),
    ("destroy", 4),
    ("reply", 8),
    ("assured", 16),
    ("protoinfo", 32),
    ("helper", 64),
    ("mark", 128),
    ("seqadj", 256),
    ("secmark", 512),
    ("label", 1024),
];
pub(super) const PKT_TYPE: Words = &[("host", 0), ("unicast", 0), ("broadcast", 1), ("multicast", 2), ("other", 3)];
pub(super) const IFACE_TYPE: Words =
    &[("ether", 1), ("ppp", 512), ("ipip", 768), ("ipip6", 769), ("loopback", 772), ("sit", 776), ("ipgre", 778)];
pub(super) const DSCP: Words = &[
    ("cs0", 0x00),
    ("cs1", 0x08),
    ("cs2", 0x10),
    ("cs3", 0x18),
    ("cs4", 0x20),
    ("cs5", 0x28),
    ("cs6", 0x30),
    ("cs7", 0x38),
    ("df", 0x00),
    ("be", 0x00),
    ("lephb", 0x01),
    ("af11", 0x0a),
    ("af12", 0x0c),
    ("af13", 0x0e),
    ("af21", 0x12),
    ("af22", 0x14),
    ("af23", 0x16),
    ("af31", 0x1a),
    ("af32", 0x1c),
    ("af33", 0x1e),
    ("af41", 0x22),
    ("af42", 0x24),
    ("af43", 0x26),
    ("va", 0x2c),
    ("ef", 0x2e),
];
pub(super) const ECN: Words = &[("not-ect", 0), ("ect1", 1), ("ect0", 2), ("ce", 3)];
pub(super) const FIB_ADDRTYPE: Words = &[
    ("unspec", 0),
    ("unicast", 1),
    ("local", 2),
    ("broadcast", 3),
    ("anycast", 4),
    ("multicast", 5),
    ("blackhole", 6),
    ("unreachable", 7),
    ("prohibit", 8),
];
pub(super) const DAY: Words =
    &[("Sunday", 0), ("Monday", 1), ("Tuesday", 2), ("Wednesday", 3), ("Thursday", 4), ("Friday", 5), ("Saturday", 6)];
/// `level` of a log statement.
pub(super) const LOG_LEVEL: Words =
    &[("emerg", 0), ("alert", 1), ("crit", 2), ("err", 3), ("warn", 4), ("notice", 5), ("info", 6), ("debug", 7), ("audit", 8)];
/// Protocols that every machine knows, even one without `/etc/protocols`.
const PROTOCOLS: Words = &[
    ("icmp", 1),
    ("igmp", 2),
    ("ipencap", 4),
    ("tcp", 6),
    ("udp", 17),
    ("dccp", 33),
    ("ipv6", 41),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("comp", 108),
    ("sctp", 132),
    ("udplite", 136),
];

/// Lines of a file, without what follows `#`, cut into words.
fn lines(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let words = |line: &str| line.split('#').next().unwrap_or_default().split_whitespace().map(String::from).collect();
    text.lines().map(words).filter(|line: &Vec<String>| line.len() > 1).collect()
}

/// The number of a protocol's name.
pub(super) fn protocol(name: &str) -> Option<u64> {
    let fixed = || PROTOCOLS.iter().find(|(word, _)| *word == name).map(|&(_, number)| number);
    let named =
        |line: Vec<String>| (line[0] == name || line[2..].iter().any(|other| other == name)).then(|| line[1].parse().ok())?;
    // `ipcomp`'s and `ipv6-icmp`'s keywords
    match name {
        "icmpv6" => Some(58),
        _ => lines("/etc/protocols").into_iter().find_map(named).or_else(fixed),
    }
}

/// The name of a protocol's number.
pub(super) fn protocol_name(number: u64) -> Option<String> {
    let fixed = || PROTOCOLS.iter().find(|(_, value)| *value == number).map(|(word, _)| (*word).to_string());
    let text = number.to_string();
    lines("/etc/protocols").into_iter().find(|line| line[1] == text).map(|line| line[0].clone()).or_else(fixed)
}

/// The port of a service's name.
pub(super) fn service(name: &str) -> Option<u64> {
    lines("/etc/services").into_iter().find_map(|line| {
        (line[0] == name || line[2..].iter().any(|other| other == name)).then(|| line[1].split('/').next()?.parse().ok())?
    })
}

/// The service of a port.
pub(super) fn service_name(port: u64) -> Option<String> {
    let text = port.to_string();
    lines("/etc/services").into_iter().find(|line| line[1].split('/').next() == Some(&text)).map(|line| line[0].clone())
}

/// The number of a name in `/etc/passwd` or `/etc/group`.
pub(super) fn id_of(path: &str, name: &str) -> Option<u64> {
    accounts(path).find_map(|(known, id)| (known == name).then_some(id))
}

/// The name of a number in `/etc/passwd` or `/etc/group`.
pub(super) fn name_of(path: &str, id: u64) -> Option<String> {
    accounts(path).find_map(|(name, known)| (known == id).then_some(name))
}

fn accounts(path: &str) -> impl Iterator<Item = (String, u64)> + use<> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let entry = |line: &str| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_string(), fields.nth(1)?.parse().ok()?))
    };
    text.lines().filter_map(entry).collect::<Vec<_>>().into_iter()
}

fn table(file: &str) -> impl Iterator<Item = (u64, String)> + use<> {
    lines(&format!("/etc/iproute2/{file}"))
        .into_iter()
        .filter_map(|line| Some((super::types::number(&line[0])?, line[1].clone())))
}

/// The number of a name in one of iproute2's files.
pub(super) fn table_value(file: &str, name: &str) -> Option<u64> {
    table(file).find_map(|(number, known)| (known == name).then_some(number))
}

/// The name of a number in one of iproute2's files.
pub(super) fn table_name(file: &str, number: u64) -> Option<String> {
    table(file).find_map(|(known, name)| (known == number).then_some(name))
}
