//! Chains of others that drop what ours accept: an accept is final only in its own chain.

use nlmsg::nft::{NF_INET_FORWARD, NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6};

use super::read::{self, BaseChain, Known};
use super::write::interval;
use super::{TABLE, Wanted, legacy, octets, padded};
use crate::Socket;
use crate::exchange::Error;

/// The chain that Docker leaves to others, and before its own.
const DOCKER_USER: &str = "DOCKER-USER";

/// For each chain at the forward hook that drops by policy and has no rule that accepts something of this bridge or
/// container: what it does, and what to do.
pub(super) fn find(socket: &mut Socket, wanted: &Wanted<'_>, chains: &[BaseChain]) -> Result<Vec<String>, Error> {
    let [v4, v6] = [true, false].map(|v4| wanted.masquerade.iter().any(|net| net.addr.is_ipv4() == v4));
    let sees = |chain: &&BaseChain| {
        let family = chain.family;
        let ours = (v4 || v6) && family == NFPROTO_INET || v4 && family == NFPROTO_IPV4 || v6 && family == NFPROTO_IPV6;
        ours && chain.drops && chain.hook == NF_INET_FORWARD && chain.table != TABLE
    };
    let mut found = Vec::new();
    for chain in chains.iter().filter(sees) {
        let rules = read::rules(socket, chain.family, &chain.table, None)?;
        let insert = |place: &str, key: &str| {
            let family = chain.family.word().unwrap_or("?");
            format!("nft insert rule {family} {} {place} {}ifname {} accept", chain.table, &key[..1], wanted.bridge)
        };
        found.extend(warning(chain, &rules, wanted, "", insert));
    }
    for (chain, rules) in &legacy::drops(|family| v4 && family == NFPROTO_IPV4 || v6 && family == NFPROTO_IPV6) {
        let tool = if chain.family == NFPROTO_IPV4 { "iptables-legacy" } else { "ip6tables-legacy" };
        let insert = |place: &str, key: &str| format!("{tool} -I {place} --{key}-interface {} -j ACCEPT", wanted.bridge);
        found.extend(warning(chain, rules, wanted, " (iptables-legacy)", insert));
    }
    Ok(found)
}

/// What is to be said of a chain that drops by policy, unless a rule lets through what is forwarded; `insert` is the command
/// that adds such a rule to a chain, for what comes `in` or goes `out`.
fn warning(
    chain: &BaseChain,
    rules: &[Known],
    wanted: &Wanted<'_>,
    of: &str,
    insert: impl Fn(&str, &str) -> String,
) -> Option<String> {
    if rules.iter().any(|rule| lets_through(rule, chain, wanted)) {
        return None;
    }
    let place = if rules.iter().any(|rule| rule.chain == DOCKER_USER) { DOCKER_USER } else { &chain.name };
    Some(format!(
        "chain {} of table {} {}{of} drops by policy what is forwarded from and to {}; to let it through: {}; {}",
        chain.name,
        chain.family.word().unwrap_or("?"),
        chain.table,
        wanted.bridge,
        insert(place, "in"),
        insert(place, "out"),
    ))
}

/// Whether a rule accepts packets of the bridge, of the container or of its subnet; or all that reach the chain.
fn lets_through(rule: &Known, chain: &BaseChain, wanted: &Wanted<'_>) -> bool {
    if !rule.accepts {
        return false;
    }
    if rule.of_all {
        return rule.chain == chain.name;
    }
    let name = padded(wanted.bridge);
    // a name with a wildcard is compared as far as it goes, a subnet of whole bytes likewise
    let is_bridge = |value: &[u8]| value.len() > 1 && !value.contains(&0) && name.starts_with(value) || value == name;
    let is_container = |value: &[u8]| {
        wanted.masquerade.iter().any(|net| {
            let (addr, whole) = (octets(net.addr), usize::from(net.len / 8));
            value == addr || value == interval(*net)[0].0 || whole > 0 && value == &addr[..whole]
        })
    };
    rule.equal.iter().any(|value| is_bridge(value) || is_container(value))
}
