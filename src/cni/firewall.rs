//! The packet filter of networks: masquerading, an accept for what is forwarded, and the check of senders' addresses.
//!
//! All of it is in tables of our own, made with nf_tables messages, each time in one batch that is done as a whole:
//!
//! ```text
//! table inet barelink_cni {
//!     set bridges { type ifname; }                          one element a network's bridge
//!     set v4-NETWORK { type ipv4_addr; flags interval; }    its subnets; v6-NETWORK likewise
//!     chain forward { type filter hook forward priority filter; policy accept;
//!         iifname @bridges accept
//!         oifname @bridges accept
//!     }
//!     chain postrouting { type nat hook postrouting priority srcnat; policy accept;
//!         ip saddr @v4-NETWORK ip daddr != @v4-NETWORK ip daddr != 224.0.0.0/4 masquerade
//!     }
//! }
//! table bridge barelink_cni {
//!     set ports { type ifname; }                            ports whose senders are checked
//!     set senders { type ifname . ether_addr; }
//!     chain prerouting { type filter hook prerouting priority dstnat; policy accept;
//!         iifname @ports iifname . ether saddr != @senders drop
//!     }
//! }
//! ```
//!
//! What belongs to a network stays when a container goes: deleting costs a process some 13 ms.

mod drops;
mod legacy;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeSet;
use std::net::IpAddr;

use bytes::BytesMut;
use nix::errno::Errno;
use nlmsg::nft::{
    Batch, DataType, MetaKey, NF_ACCEPT, NF_BR_PRI_NAT_DST_BRIDGED, NF_DROP, NF_INET_FORWARD, NF_INET_POST_ROUTING,
    NF_INET_PRE_ROUTING, NF_IP_PRI_FILTER, NF_IP_PRI_NAT_SRC, NFPROTO_BRIDGE, NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6,
    NFT_META_IIFNAME, NFT_META_NFPROTO, NFT_META_OIFNAME, NFT_MSG_DELSETELEM, NFT_SET_CONCAT, NfProto, SetFlags, TYPE_ETHERADDR,
    TYPE_IFNAME, TYPE_IP6ADDR, TYPE_IPADDR,
};

use self::read::BaseChain;
use self::write::{Edge, INTERVALS, Keys, Step, Writer, interval};
use super::error::{CniError, STATE, TRY_AGAIN};
use crate::Socket;
use crate::exchange::{Error, Protocol};
use crate::words::Prefix;

/// The name of our tables.
const TABLE: &str = "barelink_cni";
const FORWARD: &str = "forward";
const POSTROUTING: &str = "postrouting";
const PREROUTING: &str = "prerouting";
const BRIDGES: &str = "bridges";
const PORTS: &str = "ports";
const SENDERS: &str = "senders";
/// How often changes are tried while others change the rule set.
const TRIES: u32 = 200;
/// Bytes of a network's name that go into names and comments; `nft` takes comments of 128 bytes.
const LABEL: usize = 100;

/// The sets by family: what their names begin with, what keys they have.
const FAMILIES: [Family; 2] = [
    Family {
        prefix: "v4-",
        keys: Keys(&[(TYPE_IPADDR, 4)], INTERVALS),
        proto: NFPROTO_IPV4,
        saddr: (12, 4),
        daddr: (16, 4),
        multicast: (&[0xf0, 0, 0, 0], &[224, 0, 0, 0]),
    },
    Family {
        prefix: "v6-",
        keys: Keys(&[(TYPE_IP6ADDR, 16)], INTERVALS),
        proto: NFPROTO_IPV6,
        saddr: (8, 16),
        daddr: (24, 16),
        multicast: (&MASK6, &MULTICAST6),
    },
];
const MASK6: [u8; 16] = [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const MULTICAST6: [u8; 16] = MASK6;

struct Family {
    prefix: &'static str,
    keys: Keys,
    proto: NfProto,
    /// Where the source address is in the network header, and how long it is.
    saddr: (u32, u32),
    daddr: (u32, u32),
    /// The bits that count, and their value.
    multicast: (&'static [u8], &'static [u8]),
}

const NAMES: &[(DataType, u32)] = &[(TYPE_IFNAME, 16)];
const OF_NAMES: Keys = Keys(NAMES, SetFlags(0));
const OF_SENDERS: Keys = Keys(&[(TYPE_IFNAME, 16), (TYPE_ETHERADDR, 6)], NFT_SET_CONCAT);

/// What a network, and one container in it, need.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted<'a> {
    pub(super) network: &'a str,
    pub(super) bridge: &'a str,
    /// The container's addresses, where what leaves their subnets is masqueraded.
    pub(super) masquerade: Vec<Prefix>,
    /// A port of the bridge, and the only link-layer address that may send there.
    pub(super) sender: Option<(&'a str, [u8; 6])>,
}

/// A network's name as far as it fits in the names of sets.
fn label(network: &str) -> String {
    match network.char_indices().nth(LABEL) {
        None => network.to_owned(),
        Some((end, _)) => format!("{}-{}", &network[..end], super::bridge::name::of_network(network)),
    }
}

/// A name as it lies in a register: `IFNAMSIZ` bytes, filled up with zeros.
fn padded(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(16, 0);
    bytes
}

fn sender(port: &str, mac: [u8; 6]) -> Vec<u8> {
    let mut key = padded(port);
    key.extend_from_slice(&mac);
    key.resize(24, 0);
    key
}

/// What is missing of what is wanted.
#[derive(Debug, Default)]
struct Missing {
    chains: Vec<&'static str>,
    /// Rules of the chain `forward`, by what they look at.
    forward: Vec<(MetaKey, &'static str)>,
    bridges: bool,
    bridge: bool,
    families: Vec<MissingOf>,
    ports: bool,
    senders: bool,
    spoof_rule: bool,
    spoof_elements: bool,
}

#[derive(Debug)]
struct MissingOf {
    family: usize,
    set: bool,
    rule: bool,
    /// Intervals that new ones contain.
    remove: Vec<Edge>,
    add: Vec<Edge>,
}

impl Missing {
    fn is_empty(&self) -> bool {
        let families = self.families.iter().all(|of| !of.set && !of.rule && of.add.is_empty());
        let spoof = self.ports || self.senders || self.spoof_rule || self.spoof_elements;
        self.chains.is_empty() && self.forward.is_empty() && !self.bridges && !self.bridge && families && !spoof
    }

    /// One thing that is missing, for an error.
    fn first(&self, wanted: &Wanted<'_>) -> String {
        let what = if !self.chains.is_empty() {
            format!("chain {}", self.chains[0])
        } else if let Some(of) = self.families.iter().find(|of| of.rule) {
            format!("the rule that masquerades {}{}", FAMILIES[of.family].prefix, label(wanted.network))
        } else if self.families.iter().any(|of| of.set || !of.add.is_empty()) {
            "the subnet".to_owned()
        } else if self.ports || self.senders || self.spoof_rule || self.spoof_elements {
            "the check of the sender's address".to_owned()
        } else {
            format!("the accept for bridge {}", wanted.bridge)
        };
        format!("table {TABLE} lacks {what}")
    }
}

const FORWARDS: [(MetaKey, &str); 2] =
    [(NFT_META_IIFNAME, "from networks of containers"), (NFT_META_OIFNAME, "to networks of containers")];

/// Finds what is missing.
fn missing(socket: &mut Socket, wanted: &Wanted<'_>, chains: &[BaseChain]) -> Result<Missing, Error> {
    let mut missing = Missing::default();
    let has_chain = |family: NfProto, name: &str| {
        chains.iter().any(|chain| chain.family == family && chain.table == TABLE && chain.name == name)
    };
    if !wanted.masquerade.is_empty() {
        missing.chains.extend([FORWARD, POSTROUTING].into_iter().filter(|name| !has_chain(NFPROTO_INET, name)));
        let rules = read::rules(socket, NFPROTO_INET, TABLE, None)?;
        let has_rule = |chain: &str, comment: &str| rules.iter().any(|rule| rule.chain == chain && rule.comment == comment);
        missing.forward.extend(FORWARDS.into_iter().filter(|(_, comment)| !has_rule(FORWARD, comment)));
        let bridges = read::elements(socket, NFPROTO_INET, BRIDGES)?;
        missing.bridges = bridges.is_none();
        missing.bridge = !bridges.unwrap_or_default().iter().any(|(key, _)| *key == padded(wanted.bridge));
        for (index, family) in FAMILIES.iter().enumerate() {
            let of_family = |net: &&Prefix| (family.proto == NFPROTO_IPV4) == net.addr.is_ipv4();
            let nets: BTreeSet<Vec<Edge>> = wanted.masquerade.iter().filter(of_family).map(|net| interval(*net)).collect();
            if nets.is_empty() {
                continue;
            }
            let name = format!("{}{}", family.prefix, label(wanted.network));
            let held = read::elements(socket, NFPROTO_INET, &name)?;
            let mut of = MissingOf {
                family: index,
                set: held.is_none(),
                rule: !has_rule(POSTROUTING, &name),
                remove: vec![],
                add: vec![],
            };
            let held = read::intervals(held.unwrap_or_default());
            for net in nets {
                // subnets lie in one another or apart
                let first = &net[0].0;
                let last = net.get(1).map(|(key, _)| key);
                let before =
                    |a: Option<&Vec<u8>>, b: Option<&Vec<u8>>| b.is_none() || a.is_some_and(|a| b.is_some_and(|b| a <= b));
                if held.iter().any(|(start, end)| start <= first && before(last, end.as_ref())) {
                    continue;
                }
                for (start, end) in held.iter().filter(|(start, end)| first <= start && before(end.as_ref(), last)) {
                    of.remove.push((start.clone(), false));
                    of.remove.extend(end.clone().map(|end| (end, true)));
                }
                of.add.extend(net);
            }
            missing.families.push(of);
        }
    }
    if let Some((port, mac)) = wanted.sender {
        if !has_chain(NFPROTO_BRIDGE, PREROUTING) {
            missing.chains.push(PREROUTING);
        }
        missing.spoof_rule =
            !read::rules(socket, NFPROTO_BRIDGE, TABLE, Some(PREROUTING))?.iter().any(|rule| rule.comment == SENDERS);
        let (ports, senders) = (read::elements(socket, NFPROTO_BRIDGE, PORTS)?, read::elements(socket, NFPROTO_BRIDGE, SENDERS)?);
        (missing.ports, missing.senders) = (ports.is_none(), senders.is_none());
        let has = |list: Option<Vec<Edge>>, wanted: Vec<u8>| list.unwrap_or_default().iter().any(|(key, _)| *key == wanted);
        let whole = has(ports, padded(port)) & has(senders, sender(port, mac));
        missing.spoof_elements = !whole;
    }
    Ok(missing)
}

/// Writes what is missing.
fn make(writer: &mut Writer<'_>, wanted: &Wanted<'_>, missing: &Missing) -> Result<(), nlmsg::Error> {
    if !wanted.masquerade.is_empty() {
        writer.table(NFPROTO_INET)?;
        writer.chain(NFPROTO_INET, FORWARD, "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER.0)?;
        writer.chain(NFPROTO_INET, POSTROUTING, "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC.0)?;
        if missing.bridges {
            writer.set(NFPROTO_INET, BRIDGES, 1, OF_NAMES)?;
        }
        if missing.bridge {
            writer.elements(true, NFPROTO_INET, BRIDGES, &[(padded(wanted.bridge), false)])?;
        }
        for (key, comment) in &missing.forward {
            writer.rule(NFPROTO_INET, FORWARD, comment, &[Step::Meta(*key), Step::In(BRIDGES), Step::Verdict(NF_ACCEPT)])?;
        }
        for of in &missing.families {
            let family = &FAMILIES[of.family];
            let name = format!("{}{}", family.prefix, label(wanted.network));
            if of.set {
                writer.set(NFPROTO_INET, &name, 2 + of.family as u32, family.keys)?;
            }
            if !of.remove.is_empty() {
                writer.elements(false, NFPROTO_INET, &name, &of.remove)?;
            }
            if !of.add.is_empty() {
                writer.elements(true, NFPROTO_INET, &name, &of.add)?;
            }
            if of.rule {
                let ((saddr, len), (daddr, _), (mask, multicast)) = (family.saddr, family.daddr, family.multicast);
                writer.rule(
                    NFPROTO_INET,
                    POSTROUTING,
                    &name,
                    &[
                        Step::Meta(NFT_META_NFPROTO),
                        Step::Is(&[family.proto.0]),
                        Step::Network(saddr, len),
                        Step::In(&name),
                        Step::Network(daddr, len),
                        Step::NotIn(&name),
                        Step::Network(daddr, len),
                        Step::Mask(mask),
                        Step::IsNot(multicast),
                        Step::Masquerade,
                    ],
                )?;
            }
        }
    }
    if let Some((port, mac)) = wanted.sender {
        writer.table(NFPROTO_BRIDGE)?;
        writer.chain(NFPROTO_BRIDGE, PREROUTING, "filter", NF_INET_PRE_ROUTING, NF_BR_PRI_NAT_DST_BRIDGED.0)?;
        for (missing, name, id, keys) in [(missing.ports, PORTS, 4, OF_NAMES), (missing.senders, SENDERS, 5, OF_SENDERS)] {
            if missing {
                writer.set(NFPROTO_BRIDGE, name, id, keys)?;
            }
        }
        writer.elements(true, NFPROTO_BRIDGE, SENDERS, &[(sender(port, mac), false)])?;
        writer.elements(true, NFPROTO_BRIDGE, PORTS, &[(padded(port), false)])?;
        if missing.spoof_rule {
            writer.rule(
                NFPROTO_BRIDGE,
                PREROUTING,
                SENDERS,
                &[
                    Step::Meta(NFT_META_IIFNAME),
                    Step::In(PORTS),
                    Step::Meta(NFT_META_IIFNAME),
                    Step::EtherSaddr,
                    Step::NotIn(SENDERS),
                    Step::Verdict(NF_DROP),
                ],
            )?;
        }
    }
    Ok(())
}

fn open() -> Result<Socket, CniError> {
    Socket::open(Protocol::Netfilter).map_err(CniError::kernel("speak to nf_tables"))
}

/// Why a change failed, and whether it may have been made all the same.
struct Failed {
    error: CniError,
    unsure: bool,
}

impl From<Failed> for CniError {
    fn from(failed: Failed) -> CniError {
        failed.error
    }
}

/// Whether the kernel has refused to remove what others had just removed: it counts a generation a moment before what goes
/// with it is gone for those who list.
fn removed_twice(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| refusal.errno() == Errno::ENOENT && refusal.nlmsg_type() == NFT_MSG_DELSETELEM)
}

/// Asks what is to be changed and changes it, anew as long as others change the rule set in between.
fn change<T>(
    socket: &mut Socket,
    what: &str,
    mut look: impl FnMut(&mut Socket) -> Result<T, Error>,
    mut write: impl FnMut(&mut Writer<'_>, &T) -> Result<bool, nlmsg::Error>,
) -> Result<T, Failed> {
    let mut bytes = BytesMut::new();
    for tried in 1..=TRIES {
        let mut sent = false;
        let mut once = || {
            let generation = read::generation(socket)?;
            let seen = look(socket)?;
            bytes.clear();
            let mut writer = Writer(Batch::begin(&mut bytes, 0, Some(generation))?);
            if write(&mut writer, &seen)? {
                writer.0.end()?;
                sent = true;
                socket.batch(&mut bytes, |_, _| Ok::<(), Error>(()))?;
            }
            Ok(seen)
        };
        match once() {
            Err(Error::Stale) => {}
            Err(error) if tried < TRIES && removed_twice(&error) => {}
            Err(error) => {
                let unsure = sent && error.refusal().is_none();
                return Err(Failed { error: CniError::kernel(what)(error), unsure });
            }
            Ok(seen) => return Ok(seen),
        }
    }
    let error = CniError::new(TRY_AGAIN, format!("{what}: others change the rule set without a pause"));
    Err(Failed { error, unsure: false })
}

/// Makes what is wanted. Gives what will drop packets all the same, as warnings.
///
/// # Errors
/// [`KERNEL`]: nothing is made; [`TRY_AGAIN`].
pub(super) fn ensure(wanted: &Wanted<'_>) -> Result<Vec<String>, CniError> {
    let mut socket = open()?;
    let (mut chains, mut first) = (Vec::new(), None);
    let look = |socket: &mut Socket| {
        chains = read::base_chains(socket)?;
        missing(socket, wanted, &chains)
    };
    let write = |writer: &mut Writer<'_>, seen: &Missing| {
        first = Some(!seen.families.is_empty() && seen.families.iter().all(|of| of.set));
        if seen.is_empty() {
            return Ok(false);
        }
        make(writer, wanted, seen).map(|()| true)
    };
    if let Err(failed) = change(&mut socket, "set up the firewall", look, write) {
        // what was made, if it was, is not wanted any more
        if failed.unsure && first == Some(true) {
            let _ = forget_network(wanted.network);
        }
        if let (true, Some((port, _))) = (failed.unsure, wanted.sender) {
            let _ = forget_ports(|name| name != port);
        }
        return Err(match failed.error.details.is_empty() {
            true => failed.error.details("the kernel may lack nf_tables, or parts of it"),
            false => failed.error,
        });
    }
    drops::find(&mut socket, wanted, &chains).map_err(CniError::kernel("look for chains that drop"))
}

/// Whether all that is wanted is there, and nothing drops what it accepts.
///
/// # Errors
/// [`STATE`]: and what is missing or drops.
pub(super) fn check(wanted: &Wanted<'_>) -> Result<(), CniError> {
    let mut socket = open()?;
    let failed = || CniError::kernel("read the firewall");
    let chains = read::base_chains(&mut socket).map_err(failed())?;
    let missing = missing(&mut socket, wanted, &chains).map_err(failed())?;
    if !missing.is_empty() {
        return Err(CniError::new(STATE, missing.first(wanted)).details("ADD makes it again"));
    }
    match drops::find(&mut socket, wanted, &chains).map_err(failed())?.into_iter().next() {
        Some(drop) => Err(CniError::new(STATE, drop)),
        None => Ok(()),
    }
}

/// Whether there is nf_tables.
///
/// # Errors
/// [`KERNEL`]
pub(super) fn available() -> Result<(), CniError> {
    read::generation(&mut open()?).map(drop).map_err(CniError::kernel("speak to nf_tables"))
}

/// Forgets the senders of the ports that are not to be `kept`.
///
/// # Errors
/// As [`ensure`].
pub(super) fn forget_ports(kept: impl Fn(&str) -> bool) -> Result<(), CniError> {
    let mut socket = open()?;
    let stale = |edges: Option<Vec<Edge>>| {
        let name = |key: &[u8]| String::from_utf8_lossy(&key[..key.len().min(16)]).trim_end_matches('\0').to_owned();
        edges.unwrap_or_default().into_iter().filter(|(key, _)| !kept(&name(key))).collect::<Vec<_>>()
    };
    let look = |socket: &mut Socket| {
        let ports = stale(read::elements(socket, NFPROTO_BRIDGE, PORTS)?);
        Ok([(PORTS, ports), (SENDERS, stale(read::elements(socket, NFPROTO_BRIDGE, SENDERS)?))])
    };
    let write = |writer: &mut Writer<'_>, seen: &[(&str, Vec<Edge>); 2]| {
        let stale = seen.iter().filter(|(_, edges)| !edges.is_empty());
        stale.clone().try_for_each(|(set, edges)| writer.elements(false, NFPROTO_BRIDGE, set, edges))?;
        Ok(stale.count() > 0)
    };
    Ok(change(&mut socket, "forget senders' addresses", look, write).map(drop)?)
}

/// Forgets a network that has no container any more; with the last one, the table.
///
/// # Errors
/// As [`ensure`].
pub(super) fn forget_network(network: &str) -> Result<(), CniError> {
    let names = FAMILIES.map(|family| format!("{}{}", family.prefix, label(network)));
    let look = |socket: &mut Socket| {
        let rules = read::rules(socket, NFPROTO_INET, TABLE, Some(POSTROUTING))?;
        let mut sets = Vec::new();
        for name in &names {
            if read::elements(socket, NFPROTO_INET, name)?.is_some() {
                sets.push(name);
            }
        }
        Ok((rules, sets))
    };
    let write = |writer: &mut Writer<'_>, (rules, sets): &(Vec<read::Known>, Vec<&String>)| {
        let (ours, others): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| names.contains(&rule.comment));
        if ours.is_empty() && sets.is_empty() {
            return Ok(false);
        }
        if others.is_empty() {
            return writer.delete_table(NFPROTO_INET).map(|()| true);
        }
        ours.iter().try_for_each(|rule| writer.delete_rule(NFPROTO_INET, POSTROUTING, rule.handle))?;
        sets.iter().try_for_each(|name| writer.delete_set(NFPROTO_INET, name))?;
        Ok(true)
    };
    Ok(change(&mut open()?, "forget the network", look, write).map(drop)?)
}

/// The bytes of an address.
fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    }
}
