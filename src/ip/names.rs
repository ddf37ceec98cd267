//! Names of numbers: those that `/etc/iproute2` gives, with iproute2's own where it gives none.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fs;
use std::path::PathBuf;

use nlmsg::route::link::*;
use nlmsg::route::{
    RTN_ANYCAST, RTN_BLACKHOLE, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_NAT, RTN_PROHIBIT, RTN_THROW, RTN_UNICAST,
    RTN_UNREACHABLE, RTN_XRESOLVE, Rtn,
};

use crate::words::{abbreviates, number, whole};

/// The flags of a link in the order in which `ip` prints them.
pub(crate) const LINK_FLAGS: &[Iff] = &[
    IFF_LOOPBACK,
    IFF_BROADCAST,
    IFF_POINTOPOINT,
    IFF_MULTICAST,
    IFF_NOARP,
    IFF_ALLMULTI,
    IFF_PROMISC,
    IFF_MASTER,
    IFF_SLAVE,
    IFF_DEBUG,
    IFF_DYNAMIC,
    IFF_AUTOMEDIA,
    IFF_PORTSEL,
    IFF_NOTRAILERS,
    IFF_UP,
    IFF_LOWER_UP,
    IFF_DORMANT,
    IFF_ECHO,
];

/// A file of `/etc/iproute2`: lines of a number and a name, `#` begins a comment. Where the file says nothing, the
/// built-in names hold. It is read when it is first asked.
#[derive(Debug)]
pub(crate) struct Table {
    /// Whether names are shown as numbers (`-Numeric`).
    pub(crate) numeric: bool,
    file: &'static str,
    own: &'static [(u32, &'static str)],
    names: OnceCell<Vec<(u32, String)>>,
}

/// All tables of names.
#[derive(Debug)]
pub(crate) struct Names {
    /// Routing tables.
    pub(crate) tables: Table,
    /// Who installed a route.
    pub(crate) protos: Table,
    /// Scopes of addresses and routes.
    pub(crate) scopes: Table,
    /// Groups of links.
    pub(crate) groups: Table,
    /// Realms of routes.
    pub(crate) realms: Table,
    /// Differentiated services.
    pub(crate) dsfield: Table,
}

impl Names {
    pub(crate) fn new() -> Names {
        let table = |file, own| Table { numeric: false, file, own, names: OnceCell::new() };
        Names {
            tables: table("rt_tables", &[(253, "default"), (254, "main"), (255, "local")]),
            protos: table(
                "rt_protos",
                &[
                    (0, "unspec"),
                    (1, "redirect"),
                    (2, "kernel"),
                    (3, "boot"),
                    (4, "static"),
                    (8, "gated"),
                    (9, "ra"),
                    (10, "mrt"),
                    (11, "zebra"),
                    (12, "bird"),
                    (13, "dnrouted"),
                    (14, "xorp"),
                    (15, "ntk"),
                    (16, "dhcp"),
                    (18, "keepalived"),
                    (42, "babel"),
                    (186, "bgp"),
                    (187, "isis"),
                    (188, "ospf"),
                    (189, "rip"),
                    (192, "eigrp"),
                ],
            ),
            scopes: table("rt_scopes", &[(0, "global"), (200, "site"), (253, "link"), (254, "host"), (255, "nowhere")]),
            groups: table("group", &[(0, "default")]),
            realms: table("rt_realms", &[(0, "unknown")]),
            dsfield: table("rt_dsfield", &[]),
        }
    }
}

impl Names {
    /// What is shown of a type of service.
    pub(crate) fn tos(&self, tos: u8) -> String {
        let name = self.dsfield.name(u32::from(tos)).filter(|_| !self.dsfield.numeric);
        name.map_or_else(|| format!("0x{tos:02x}"), str::to_string)
    }

    /// Reads a type of service: a name, or a number that is hexadecimal with and without `0x`.
    pub(crate) fn tos_value(&self, word: &str) -> Option<u8> {
        self.dsfield.named(word).map(i128::from).or_else(|| whole(word, 16))?.try_into().ok()
    }

    /// The value of a group's name or number, which is a C `int` that is not negative.
    pub(crate) fn group_value(&self, word: &str) -> Option<u32> {
        self.groups.named(word).or_else(|| u32::try_from(number::<i64>(word)? as i32).ok())
    }

    /// The name of an `IPPROTO_*`, or `ipproto-` and the number.
    pub(crate) fn protocol(&self, number: u8) -> String {
        let name = protocols().into_iter().find(|(own, _)| *own == number).filter(|_| !self.protos.numeric);
        name.and_then(|(_, names)| names.into_iter().next()).unwrap_or_else(|| format!("ipproto-{number}"))
    }

    /// Shows numbers instead of names from here on.
    pub(crate) fn set_numeric(&mut self) {
        for table in [&mut self.tables, &mut self.protos, &mut self.scopes, &mut self.groups, &mut self.realms, &mut self.dsfield]
        {
            table.numeric = true;
        }
    }
}

impl Table {
    fn names(&self) -> &[(u32, String)] {
        self.names.get_or_init(|| {
            let mut names: Vec<_> = self.own.iter().map(|&(value, name)| (value, name.to_string())).collect();
            let mut files = vec![format!("/etc/iproute2/{}", self.file).into()];
            if let Ok(entries) = fs::read_dir(format!("/etc/iproute2/{}.d", self.file)) {
                let conf = |path: &PathBuf| path.extension().is_some_and(|end| end == "conf");
                files.extend(entries.flatten().map(|entry| entry.path()).filter(conf));
            }
            for text in files.into_iter().filter_map(|file| fs::read_to_string(file).ok()) {
                for line in text.lines() {
                    let mut words = line.split('#').next().unwrap_or("").split_whitespace();
                    if let (Some(value), Some(name)) = (words.next().and_then(number), words.next()) {
                        names.push((value, name.to_string()));
                    }
                }
            }
            // the last word on a number is the one that holds
            names.reverse();
            names
        })
    }

    /// The name of a value; `None` if it has none.
    pub(crate) fn name(&self, value: u32) -> Option<&str> {
        self.names().iter().find(|(own, _)| *own == value).map(|(_, name)| name.as_str())
    }

    /// The name of a value, or the value.
    pub(crate) fn show(&self, value: u32) -> Cow<'_, str> {
        self.name(value).filter(|_| !self.numeric).map_or_else(|| value.to_string().into(), Cow::from)
    }

    /// The value of a name or number.
    pub(crate) fn value(&self, word: &str) -> Option<u32> {
        self.named(word).or_else(|| number(word))
    }

    fn named(&self, word: &str) -> Option<u32> {
        self.names().iter().find(|(_, name)| name == word).map(|(value, _)| *value)
    }
}

/// The `IPPROTO_*` with their names, the usual one first: those of `/etc/protocols`, or the most usual ones where
/// there is no such file.
fn protocols() -> Vec<(u8, Vec<String>)> {
    const OWN: &str = "ip 0 IP\nicmp 1 ICMP\nigmp 2 IGMP\nipencap 4 IP-ENCAP\ntcp 6 TCP\nudp 17 UDP\nipv6 41 IPv6\n\
        gre 47 GRE\nesp 50 IPSEC-ESP\nah 51 IPSEC-AH\nipv6-icmp 58 IPv6-ICMP\nospf 89 OSPFIGP\nsctp 132 SCTP";
    let text = fs::read_to_string("/etc/protocols").unwrap_or_else(|_| OWN.into());
    let parse = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let (name, number) = (words.next()?, words.next()?.parse().ok()?);
        Some((number, [name].into_iter().chain(words).map(str::to_string).collect()))
    };
    text.lines().filter_map(parse).collect()
}

/// The `IPPROTO_*` of a name or decimal number.
pub(crate) fn protocol(word: &str) -> Option<u8> {
    let named = || protocols().into_iter().find(|(_, names)| names.iter().any(|name| name == word));
    let number = whole(word, 10).and_then(|number| number.try_into().ok());
    number.or_else(|| named().map(|(number, _)| number))
}

/// The type of a route, or of a rule, by its name or number; iproute2 lets most of the names be cut short.
pub(crate) fn route_type(word: &str) -> Option<Rtn> {
    let whole = [RTN_LOCAL, RTN_NAT, RTN_THROW].into_iter().find(|kind| kind.word() == Some(word));
    // in the order in which they are tried
    let short =
        [RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST, RTN_PROHIBIT, RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_XRESOLVE, RTN_UNICAST];
    let short = || short.into_iter().find(|kind| kind.word().is_some_and(|name| abbreviates(word, name)));
    whole.or_else(|| (word == "brd").then_some(RTN_BROADCAST)).or_else(short).or_else(|| number(word).map(Rtn))
}

/// What `link/` shows for an `ARPHRD_*`.
pub(crate) fn link_type(arp_type: u16, numeric: bool) -> Cow<'static, str> {
    Arphrd(arp_type).word().filter(|_| !numeric).map_or_else(|| format!("[{arp_type}]").into(), Cow::from)
}
