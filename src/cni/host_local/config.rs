//! The configuration of host-local: `ipam`, and what the runtime adds to it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::range::{Range, RangeSet};
use crate::cni::config::{Config, Node, address, cidr};
use crate::cni::environment::Environment;
use crate::cni::error::{CniError, INVALID_CONFIG};
use crate::cni::result::{CniRoute, Dns};
use crate::cni::version::Version;

/// Where leases are, unless `dataDir` says otherwise.
pub const DATA_DIR: &str = "/var/lib/cni/networks";

/// What containers get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipam {
    /// An address of each of these.
    pub sets: Vec<RangeSet>,
    /// These addresses in particular, each once.
    pub requested: Vec<IpAddr>,
    /// These routes.
    pub routes: Vec<CniRoute>,
    /// The file that says what their resolver should know.
    pub resolv_conf: Option<PathBuf>,
}

impl Ipam {
    /// Reads the configuration. Its form may be the old one, a single range beside the other keys.
    ///
    /// # Errors
    /// [`INVALID_CONFIG`], [`DECODING_FAILURE`](crate::cni::error::DECODING_FAILURE),
    /// [`INVALID_ENVIRONMENT`](crate::cni::error::INVALID_ENVIRONMENT).
    pub fn read(env: &Environment, config: &Config) -> Result<Ipam, CniError> {
        let ipam = ipam(config)?;
        let mut sets = Vec::new();
        let runtime = config.root().get("runtimeConfig")?;
        for set in runtime.get("ipRanges")?.items()? {
            sets.push(ranges(&set)?);
        }
        if ipam.get("subnet")?.words()?.is_some() {
            sets.push(vec![range(&ipam)?]);
        }
        for set in ipam.get("ranges")?.items()? {
            sets.push(ranges(&set)?);
        }
        let mut routes = Vec::new();
        for route in ipam.get("routes")?.items()? {
            routes.push(CniRoute::read(&route)?);
        }
        Ok(Ipam {
            sets: checked(sets, config.version())?,
            requested: requested(env, config)?,
            routes,
            resolv_conf: ipam.get("resolvConf")?.words()?.map(PathBuf::from),
        })
    }

    /// What is in `resolvConf`.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub fn dns(&self) -> Result<Dns, CniError> {
        let Some(path) = &self.resolv_conf else { return Ok(Dns::default()) };
        let text = std::fs::read(path).map_err(CniError::io(format!("read resolvConf {}", path.display())))?;
        Ok(resolver(&String::from_utf8_lossy(&text)))
    }
}

fn ipam(config: &Config) -> Result<Node<'_>, CniError> {
    let ipam = config.root().get("ipam")?;
    if ipam.is_some() { Ok(ipam) } else { Err(CniError::new(INVALID_CONFIG, "IPAM config missing 'ipam' key")) }
}

/// `dataDir`: the folder of the folder of the network's leases. No more is needed to give addresses back.
///
/// # Errors
/// As [`Ipam::read`].
pub fn data_dir(config: &Config) -> Result<PathBuf, CniError> {
    let dir = ipam(config)?.get("dataDir")?;
    Ok(Path::new(dir.words()?.unwrap_or(DATA_DIR)).into())
}

/// An item of a list of sets: `[{"subnet": ...}, ...]`.
fn ranges(node: &Node<'_>) -> Result<Vec<Result<Range, String>>, CniError> {
    node.items()?.iter().map(range).collect()
}

/// One range; the inner error says why its addresses make none.
fn range(node: &Node<'_>) -> Result<Result<Range, String>, CniError> {
    let address = |key| node.get(key)?.address();
    let (start, end, gateway) = (address("rangeStart")?, address("rangeEnd")?, address("gateway")?);
    let subnet = node.get("subnet")?;
    let Some(prefix) = subnet.read("a subnet, as 10.1.0.0/16", cidr)? else { return Ok(Err("missing subnet".into())) };
    Ok(Range::new(prefix, start, end, gateway))
}

fn checked(sets: Vec<Vec<Result<Range, String>>>, version: Version) -> Result<Vec<RangeSet>, CniError> {
    let invalid = |msg: String| CniError::new(INVALID_CONFIG, msg);
    if sets.is_empty() {
        return Err(invalid("no IP ranges specified".into()).details("ipam needs subnet, or ranges: [[{\"subnet\": ...}]]"));
    }
    let set = |(i, ranges): (usize, Vec<Result<Range, String>>)| {
        let ranges: Result<Vec<_>, _> = ranges.into_iter().collect();
        ranges.and_then(RangeSet::new).map_err(|why| invalid(format!("invalid range set {i}: {why}")))
    };
    let sets: Vec<RangeSet> = sets.into_iter().enumerate().map(set).collect::<Result<_, _>>()?;
    let of_v4 = sets.iter().filter(|set| set.is_ipv4()).count();
    if version < Version::V0_3_0 && (of_v4 > 1 || sets.len() - of_v4 > 1) {
        let version = version.as_str();
        return Err(invalid(format!("CNI version {version} does not support more than 1 address per family")));
    }
    for (i, set) in sets.iter().enumerate() {
        if let Some(j) = sets[i + 1..].iter().position(|other| set.overlaps(other)) {
            return Err(invalid(format!("range set {i} overlaps with {}", i + j + 1)));
        }
    }
    Ok(sets)
}

/// Addresses that are asked for: in `CNI_ARGS`, `args.cni.ips` and `runtimeConfig.ips`. A length of a prefix is allowed and
/// means nothing.
fn requested(env: &Environment, config: &Config) -> Result<Vec<IpAddr>, CniError> {
    let read = |text: &str| match text.contains('/') {
        true => cidr(text).map(|prefix| prefix.addr.to_canonical()),
        false => address(text),
    };
    let mut requested = Vec::new();
    let [ip] = env.args(["IP"])?;
    if let Some(text) = ip {
        let wrong = || CniError::new(INVALID_CONFIG, format!("CNI_ARGS: IP: {text:?} is not an IP address"));
        requested.push(read(text).ok_or_else(wrong)?);
    }
    let root = config.root();
    for node in [root.find("args.cni.ips")?, root.find("runtimeConfig.ips")?] {
        for item in node.items()? {
            let addr = item.read("an IP address", read)?;
            requested.push(addr.ok_or_else(|| item.invalid("missing"))?);
        }
    }
    crate::sort::sort(&mut requested);
    requested.dedup();
    Ok(requested)
}

/// resolv.conf(5); words that it does not know, the original passes over too.
fn resolver(text: &str) -> Dns {
    let mut dns = Dns::default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    for line in lines {
        let mut words = line.split_whitespace();
        let (key, mut values) = (words.next(), words.map(str::to_owned).peekable());
        if values.peek().is_none() {
            continue;
        }
        match key {
            Some("nameserver") => dns.nameservers.extend(values.next()),
            Some("domain") => dns.domain = values.next().unwrap_or_default(),
            Some("search") => dns.search.extend(values),
            Some("options") => dns.options.extend(values),
            _ => {}
        }
    }
    dns
}
