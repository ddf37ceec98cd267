//! A message in a line of plain words: what it asks for, or what it says.

use core::fmt::{self, Write};

use super::flags::{Verb, verb};
use super::known;
use super::template::Scope;
use crate::ack::Ack;
use crate::errno::Errno;
use crate::frame::*;
use crate::payload::{Context, MessageInfo};

/// What a message is in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It asks.
    Request,
    /// It answers.
    Reply,
    /// It tells what has happened, unasked.
    Event,
}

/// An object: the end of its messages' names, what it is called, what many are called, and how one is told from the
/// others.
struct Object {
    key: &'static str,
    one: &'static str,
    many: &'static str,
    which: &'static str,
}

const fn object(key: &'static str, one: &'static str, many: &'static str, which: &'static str) -> Object {
    Object { key, one, many, which }
}

const ROUTE: &[Object] = &[
    object(
        "LINK",
        "link",
        "links",
        "[ {IFLA_IFNAME}][ {IFLA_ALT_IFNAME}][ with index {.ifi_index}][ of kind {IFLA_LINKINFO.IFLA_INFO_KIND}]\
         [, peer {IFLA_LINKINFO.IFLA_INFO_DATA.VETH_INFO_PEER.IFLA_IFNAME}][, on link {IFLA_LINK}][, master {IFLA_MASTER}]\
         [, mtu {IFLA_MTU}][, address {IFLA_ADDRESS}][, flags {.ifi_flags}][, of which it means {.ifi_change}]\
         [, namespace of process {IFLA_NET_NS_PID}][, namespace behind descriptor {IFLA_NET_NS_FD}]",
    ),
    object(
        "ADDR",
        "address",
        "addresses",
        "[ {IFA_LOCAL}/{.ifa_prefixlen}| {IFA_ADDRESS}/{.ifa_prefixlen}][ of link {.ifa_index}][, label {IFA_LABEL}]\
         [, broadcast {IFA_BROADCAST}]",
    ),
    object(
        "ROUTE",
        "route",
        "routes",
        "[ {.rtm_type}][ to {RTA_DST}/{.rtm_dst_len}| to {RTA_DST}][ from {RTA_SRC}/{.rtm_src_len}][ by gateway {RTA_GATEWAY}]\
         [ out of link {RTA_OIF}][, source {RTA_PREFSRC}][, metric {RTA_PRIORITY}][, table {RTA_TABLE}|, table {.rtm_table}]",
    ),
    object(
        "NEIGH",
        "neighbour",
        "neighbours",
        "[ {NDA_DST}][ at {NDA_LLADDR}][ of link {.ndm_ifindex}][, {.ndm_state}][, {.ndm_flags}][, vlan {NDA_VLAN}]",
    ),
    object(
        "RULE",
        "rule",
        "rules",
        "[ {FRA_PRIORITY}][ from {FRA_SRC}/{.src_len}][ to {FRA_DST}/{.dst_len}][ fwmark {FRA_FWMARK}][ iif {FRA_IIFNAME}]\
         [ oif {FRA_OIFNAME}][, table {FRA_TABLE}]",
    ),
    object(
        "NSID",
        "namespace identifier",
        "namespace identifiers",
        "[ {NETNSA_NSID}][ of the namespace behind descriptor {NETNSA_FD}][ of process {NETNSA_PID}]",
    ),
    object("NEIGHTBL", "neighbour table", "neighbour tables", "[ {NDTA_NAME}]"),
    object("NETCONF", "network settings", "network settings", "[ of link {NETCONFA_IFINDEX}]"),
    object("STATS", "counters", "counters", "[ of link {.ifindex}]"),
    object("LINKPROP", "properties of link", "properties of links", "[ {.ifi_index}]"),
    object("VLAN", "VLAN", "VLANs", "[ of link {.ifindex}]"),
    object("TUNNEL", "tunnel identifiers", "tunnel identifiers", "[ of link {.ifindex}]"),
    object("MULTICAST", "multicast address", "multicast addresses", "[ {IFA_MULTICAST}][ of link {.ifa_index}]"),
    object("ANYCAST", "anycast address", "anycast addresses", "[ {IFA_ANYCAST}][ of link {.ifa_index}]"),
    object("QDISC", "queueing discipline", "queueing disciplines", "[ of link {.tcm_ifindex}]"),
    object("TCLASS", "traffic class", "traffic classes", "[ of link {.tcm_ifindex}]"),
    object("TFILTER", "traffic filter", "traffic filters", "[ of link {.tcm_ifindex}]"),
    object("ACTION", "traffic action", "traffic actions", ""),
    object("CHAIN", "chain of traffic filters", "chains of traffic filters", "[ of link {.tcm_ifindex}]"),
    object("NEXTHOP", "next hop", "next hops", "[ {NHA_ID}][ of {NHA_GROUP}][, via {NHA_GATEWAY}][, at link {NHA_OIF}]"),
    object("NEXTHOPBUCKET", "bucket", "buckets", "[ {NHA_RES_BUCKET.NHA_RES_BUCKET_INDEX}][ of next hop {NHA_ID}]"),
    object(
        "MDB",
        "multicast entry",
        "multicast entries",
        "[ {MDBA_SET_ENTRY.addr}][ at link {MDBA_SET_ENTRY.ifindex}][ of link {.ifindex}]",
    ),
    object("ADDRLABEL", "address label", "address labels", "[ {IFAL_LABEL}][ of {IFAL_ADDRESS}]"),
    object("PREFIX", "announced prefix", "announced prefixes", "[ {PREFIX_ADDRESS}][ at link {.prefix_ifindex}]"),
    object("NDUSEROPT", "discovery option", "discovery options", ""),
    object("DCB", "data center bridging", "data center bridging", ""),
];

const NFT: &[Object] = &[
    object("TABLE", "table", "tables", "[ {.nfgen_family}][ {NFTA_TABLE_NAME}]"),
    object(
        "CHAIN",
        "chain",
        "chains",
        "[ {.nfgen_family}][ {NFTA_CHAIN_TABLE}][ {NFTA_CHAIN_NAME}][, type {NFTA_CHAIN_TYPE}]\
         [, hook {NFTA_CHAIN_HOOK.NFTA_HOOK_HOOKNUM}][, priority {NFTA_CHAIN_HOOK.NFTA_HOOK_PRIORITY}][, policy {NFTA_CHAIN_POLICY}]",
    ),
    object(
        "RULE",
        "rule",
        "rules",
        "[ of {.nfgen_family}][ {NFTA_RULE_TABLE}][ {NFTA_RULE_CHAIN}][, handle {NFTA_RULE_HANDLE}][, beside handle {NFTA_RULE_POSITION}]",
    ),
    object(
        "SET",
        "set",
        "sets",
        "[ {.nfgen_family}][ {NFTA_SET_TABLE}][ {NFTA_SET_NAME}][, {NFTA_SET_FLAGS}][, of {NFTA_SET_KEY_TYPE}][ to {NFTA_SET_DATA_TYPE}]",
    ),
    object(
        "SETELEM",
        "elements",
        "elements",
        "[ of set {.nfgen_family} {NFTA_SET_ELEM_LIST_TABLE} {NFTA_SET_ELEM_LIST_SET}| of set {NFTA_SET_ELEM_LIST_SET}]",
    ),
    object("GEN", "generation", "generations", "[ {NFTA_GEN_ID}][, made by process {NFTA_GEN_PROC_PID}][ {NFTA_GEN_PROC_NAME}]"),
    object("OBJ", "object", "objects", "[ {.nfgen_family}][ {NFTA_OBJ_TABLE}][ {NFTA_OBJ_NAME}][, a {NFTA_OBJ_TYPE}]"),
    object("FLOWTABLE", "flowtable", "flowtables", "[ {.nfgen_family}][ {NFTA_FLOWTABLE_TABLE}][ {NFTA_FLOWTABLE_NAME}]"),
];

/// What is called otherwise than by verb and object.
const OTHERS: &[(&str, &str)] = &[
    ("NFNL_MSG_BATCH_BEGIN", "begin a batch[, valid for generation {NFNL_BATCH_GENID} only]"),
    ("NFNL_MSG_BATCH_END", "end the batch: do all of it or nothing"),
    ("NFNL_MSG_COMPAT_GET", "look up an iptables extension[ {NFTA_COMPAT_NAME}][, revision {NFTA_COMPAT_REV}]"),
    ("NFT_MSG_TRACE", "a traced packet[ in table {NFTA_TRACE_TABLE}][ chain {NFTA_TRACE_CHAIN}]"),
    ("GENL_ID_CTRL", "generic netlink's families: {.cmd}[ {CTRL_ATTR_FAMILY_NAME}][, number {CTRL_ATTR_FAMILY_ID}]"),
    ("GENL_FAMILY", "a family of generic netlink: command {.cmd}"),
];

/// Prints a message of one netlink protocol in plain words. Of what cannot be read, it prints what can.
///
/// # Errors
/// Those of `out`.
pub fn words(bytes: &[u8], netlink: Netlink, role: Role, out: &mut dyn Write) -> fmt::Result {
    let Some(Ok(message)) = Messages::new(bytes).next() else { return out.write_str("no message") };
    let header = &message.header;
    if let Ok(Some(ack)) = Ack::parse(&message) {
        return verdict(&ack, header, out);
    }
    let Some(info) = known(netlink, header, message.payload) else {
        return match NlmsgType::TABLE.of(header.nlmsg_type.into()) {
            Some(name) => out.write_str(name.name),
            None => write!(out, "message type {} of {netlink}", header.nlmsg_type),
        };
    };
    let size: usize = info.header.iter().map(|field| field.size).sum();
    let (fixed, attrs) = message.payload.split_at(size.min(message.payload.len()));
    let cx = Context::new(fixed.first().copied().unwrap_or(0));
    let scope = Scope { header: info.header, fixed, set: info.set_of(header.nlmsg_flags), attrs, cx };
    if let Some((_, line)) = OTHERS.iter().find(|(name, _)| *name == info.name) {
        return scope.print(line, out);
    }
    let (key, objects) = key(info);
    let Some(object) = objects.iter().find(|object| object.key == key) else { return out.write_str(info.name) };
    asked(header, info, role, object, out)?;
    scope.print(object.which, out)
}

/// What the name of a message type says that it is about, and the objects of its protocol.
fn key(info: &MessageInfo) -> (&'static str, &'static [Object]) {
    let strip = |rest: &'static str, verbs: &[&str]| {
        let rest = verbs.iter().find_map(|verb| rest.strip_prefix(verb)).unwrap_or(rest);
        rest.strip_suffix("_RESET").unwrap_or(rest)
    };
    const VERBS: &[&str] = &["NEW", "GET", "DEL", "SET", "DESTROY"];
    match (info.name.strip_prefix("RTM_"), info.name.strip_prefix("NFT_MSG_")) {
        (Some(rest), _) => (strip(rest, VERBS), ROUTE),
        // sets are no verb there
        (_, Some(rest)) => (strip(rest, &["NEW", "GET", "DEL", "DESTROY"]), NFT),
        _ => ("", ROUTE),
    }
}

fn asked(header: &NlMsgHdr, info: &MessageInfo, role: Role, object: &Object, out: &mut dyn Write) -> fmt::Result {
    let flags = header.nlmsg_flags;
    let rule = info.name == "NFT_MSG_NEWRULE";
    let has = |flag: NlmF| flags.contains(flag);
    let verb = match (role, verb(header, Some(info))) {
        (Role::Reply, _) | (_, Verb::Ack | Verb::Other) => "",
        (Role::Event, Verb::Del) => "gone: ",
        (Role::Event, _) => "made or changed: ",
        (_, Verb::Get) if info.name.ends_with("_RESET") => "read and reset ",
        (_, Verb::Get) if has(NLM_F_DUMP) => return write!(out, "list {}", object.many),
        (_, Verb::Get) => "look up ",
        (_, Verb::Del) if info.name.contains("DESTROY") => "delete, if it is there, ",
        (_, Verb::Del) => "delete ",
        (_, Verb::New) if info.name.contains("_SET") && info.name.starts_with("RTM") => "change ",
        (_, Verb::New) if has(NLM_F_REPLACE | NLM_F_CREATE) => "make or replace ",
        (_, Verb::New) if has(NLM_F_REPLACE) => "replace ",
        (_, Verb::New) if has(NLM_F_APPEND) && (rule || info.name == "RTM_NEWROUTE") => "append ",
        (_, Verb::New) if rule && has(NLM_F_CREATE) => "insert ",
        (_, Verb::New) if has(NLM_F_CREATE | NLM_F_EXCL) => "make ",
        // the kernel makes tables and chains without being told to
        (_, Verb::New) if has(NLM_F_CREATE) || matches!(info.name, "NFT_MSG_NEWTABLE" | "NFT_MSG_NEWCHAIN") => {
            "make, or change if it is there, "
        }
        (_, Verb::New) => "change ",
    };
    out.write_str(verb)?;
    out.write_str(object.one)
}

fn verdict(ack: &Ack<'_>, header: &NlMsgHdr, out: &mut dyn Write) -> fmt::Result {
    let done = header.nlmsg_type == NLMSG_DONE.0;
    match ack.error {
        code if code < 0 => write!(out, "refused: {}", Errno(code.saturating_neg()))?,
        _ if done => out.write_str("the end of the list")?,
        0 => out.write_str("done")?,
        code => write!(out, "done: {code}")?,
    }
    if header.nlmsg_flags.contains(NLM_F_DUMP_INTR) {
        out.write_str(", which changed meanwhile")?;
    }
    match ack.message() {
        Some(text) => write!(out, "{}{text}", if ack.error < 0 { ", " } else { ", but: " }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::captured::hex;
    use crate::make::sets;
    use crate::payload::Form;
    use crate::{nft, route};

    fn said(netlink: Netlink, role: Role, text: &str) -> String {
        let mut out = String::new();
        words(&hex(text), netlink, role, &mut out).unwrap();
        out
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn what_is_asked_is_said() {
        // ip link add ve1 type veth peer name ve2
        assert_eq!(
            said(
                NETLINK_ROUTE,
                Role::Request,
                "54000000100005062e9b3e6b000000000000000000000000000000000000000008000300766531002c001200080001007665746820000200\
                 1c000100000000000000000000000000000000000800030076653200"
            ),
            "make link ve1 of kind veth, peer ve2"
        );
        // bridge mdb add dev br0 port v0 grp 239.1.1.3
        assert_eq!(
            said(
                NETLINK_ROUTE,
                Role::Request,
                "38000000540005066321026b000000000700000002000000200001000400000000000000ef01010300000000000000000000000008000000"
            ),
            "make multicast entry 239.1.1.3 at link 4 of link 2"
        );
        assert_eq!(
            said(NETLINK_ROUTE, Role::Request, "14000000120001030000000000000000 11000000".replace(' ', "").as_str()),
            "list links"
        );
        assert_eq!(
            said(NETLINK_ROUTE, Role::Reply, "140000000300020000000000000000000000 0000".replace(' ', "").as_str()),
            "the end of the list"
        );
        assert_eq!(
            said(NETLINK_ROUTE, Role::Reply, "2400000002000001000000000000000095ffffff14000000120005000000000000000000"),
            "refused: ENOTCONN"
        );
        assert_eq!(said(Netlink(9), Role::Event, "10000000510000000000000000000000"), "message type 81 of NETLINK_AUDIT");
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow, and of tables alone")]
    fn every_place_of_a_template_is_in_a_table() {
        let lists = [route::MESSAGES, nft::MESSAGES, super::known::ROUTE, super::known::CTRL];
        let infos = || lists.iter().copied().flatten();
        let roots: Vec<_> = infos().flat_map(|info| info.sets()).collect();
        let mut names: BTreeSet<_> = infos().flat_map(|info| info.header).map(|field| field.name).collect();
        sets(&roots, &mut |set| {
            names.extend(set.attrs.iter().map(|attr| attr.name));
            let structs =
                set.attrs.iter().filter_map(|attr| if let Form::Record(fields) = attr.shape.form { Some(fields) } else { None });
            names.extend(structs.flatten().map(|field| field.name));
        });
        names.insert("cmd");
        let others = OTHERS.iter().map(|(_, line)| *line);
        for line in ROUTE.iter().chain(NFT).map(|object| object.which).chain(others) {
            for name in line.split('{').skip(1).flat_map(|part| part.split('}').next().unwrap().split('.')) {
                assert!(name.is_empty() || names.contains(name), "{name}");
            }
        }
    }

    #[test]
    fn every_message_has_an_object() {
        for info in route::MESSAGES.iter().chain(nft::MESSAGES).chain(super::known::ROUTE) {
            let (name, objects) = key(info);
            let known = objects.iter().any(|object| object.key == name) || OTHERS.iter().any(|(other, _)| *other == info.name);
            assert!(known, "{}", info.name);
        }
    }
}
