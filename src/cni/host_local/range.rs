//! Ranges of addresses, and the order in which they are tried.

use std::fmt;
use std::net::IpAddr;

use crate::words::{Prefix, bits};

/// Some addresses of a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The subnet; no host bits are set.
    pub subnet: Prefix,
    /// The first address that is given out.
    pub start: IpAddr,
    /// The last one.
    pub end: IpAddr,
    /// Whom the container sends what leaves the subnet to. It is never given out.
    pub gateway: IpAddr,
}

impl Range {
    /// A range as it is configured; what is `None` has its default: the subnet's first address is the gateway and
    /// the start, the last before the broadcast address is the end (IPv6 has none: the last).
    ///
    /// # Errors
    /// Why there is no such range.
    pub fn new(subnet: Prefix, start: Option<IpAddr>, end: Option<IpAddr>, gateway: Option<IpAddr>) -> Result<Range, String> {
        let Prefix { addr: network, len, .. } = subnet;
        if network.to_canonical() != network {
            return Err("IPNet IP and Mask version mismatch".into());
        }
        if len > bits(&network) - 2 {
            return Err(format!("Network {network}/{len} too small to allocate from"));
        }
        let hosts = u128::MAX >> (128 - u32::from(bits(&network) - len));
        let first = number(&network) & !hosts;
        if number(&network) != first {
            let network = like(first, &network);
            return Err(format!("Network has host bits set. For a subnet mask of length {len} the network address is {network}"));
        }
        let inside = |what: &str, addr: IpAddr| {
            if addr.is_ipv4() == network.is_ipv4() && subnet.holds(&addr) {
                return Ok(addr);
            }
            Err(format!("{what} {addr} not in network {network}/{len}"))
        };
        let last = like(first + hosts - u128::from(network.is_ipv4()), &network);
        let range = Range {
            subnet,
            start: start.map_or(Ok(like(first + 1, &network)), |start| inside("RangeStart", start))?,
            end: end.map_or(Ok(last), |end| inside("RangeEnd", end))?,
            gateway: gateway.map_or(Ok(like(first + 1, &network)), |gateway| inside("Gateway", gateway))?,
        };
        if range.end < range.start {
            return Err(format!(
                "RangeEnd {} not in network {network}/{len}: it is before RangeStart {}",
                range.end, range.start
            ));
        }
        Ok(range)
    }

    /// Whether the address is one of them.
    pub fn contains(&self, addr: &IpAddr) -> bool {
        addr.is_ipv4() == self.start.is_ipv4() && *addr >= self.start && *addr <= self.end
    }

    fn overlaps(&self, other: &Range) -> bool {
        self.start.is_ipv4() == other.start.is_ipv4() && self.start <= other.end && other.start <= self.end
    }

    /// The address as a container gets it.
    pub fn address(&self, addr: IpAddr) -> Prefix {
        Prefix { addr, ..self.subnet }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.end)
    }
}

/// Ranges of one family of which a container gets one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeSet(Vec<Range>);

impl RangeSet {
    /// A set as it is configured.
    ///
    /// # Errors
    /// Why these ranges make no set.
    pub fn new(ranges: Vec<Range>) -> Result<RangeSet, String> {
        let Some(first) = ranges.first() else { return Err("empty range set".into()) };
        if ranges.iter().any(|range| range.start.is_ipv4() != first.start.is_ipv4()) {
            return Err("mixed address families".into());
        }
        for (i, range) in ranges.iter().enumerate() {
            if let Some(other) = ranges[i + 1..].iter().find(|other| range.overlaps(other)) {
                return Err(format!("subnets {range} and {other} overlap"));
            }
        }
        Ok(RangeSet(ranges))
    }

    /// Whether it is of IPv4.
    pub fn is_ipv4(&self) -> bool {
        self.0.iter().all(|range| range.start.is_ipv4())
    }

    /// The range that has the address.
    pub fn find(&self, addr: &IpAddr) -> Option<&Range> {
        self.0.iter().find(|range| range.contains(addr))
    }

    /// Whether two sets have an address in common.
    pub fn overlaps(&self, other: &RangeSet) -> bool {
        self.0.iter().any(|range| other.0.iter().any(|other| range.overlaps(other)))
    }

    /// How many addresses it has to give.
    pub fn room(&self) -> u128 {
        let room = |range: &Range| {
            let all = (number(&range.end) - number(&range.start)).saturating_add(1);
            all - u128::from(range.contains(&range.gateway))
        };
        self.0.iter().fold(0, |sum, range| sum.saturating_add(room(range)))
    }

    /// Whether an address is one that can be given out.
    pub fn gives(&self, addr: &IpAddr) -> bool {
        self.find(addr).is_some_and(|range| range.gateway != *addr)
    }

    /// All addresses but the gateways, once: from the one after `last` to the end, then from the beginning.
    pub fn after(&self, last: Option<IpAddr>) -> Round<'_> {
        let at = last.and_then(|last| self.0.iter().position(|range| range.contains(&last)).zip(Some(last)));
        let (index, next) = match at {
            Some((index, last)) if last == self.0[index].end => ((index + 1) % self.0.len(), None),
            Some((index, last)) => (index, Some(like(number(&last) + 1, &last))),
            None => (0, None),
        };
        let next = next.unwrap_or(self.0[index].start);
        Round { set: self, index, next, first: Some(next), over: false }
    }
}

impl fmt::Display for RangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, range) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            range.fmt(f)?;
        }
        Ok(())
    }
}

/// One round through a set: see [`RangeSet::after`].
#[derive(Clone, Debug)]
pub struct Round<'a> {
    set: &'a RangeSet,
    index: usize,
    next: IpAddr,
    first: Option<IpAddr>,
    over: bool,
}

impl<'a> Iterator for Round<'a> {
    type Item = (IpAddr, &'a Range);

    fn next(&mut self) -> Option<Self::Item> {
        let ranges = &self.set.0;
        while !self.over {
            let (addr, range) = (self.next, &ranges[self.index]);
            self.next = if addr == range.end {
                self.index = (self.index + 1) % ranges.len();
                ranges[self.index].start
            } else {
                like(number(&addr) + 1, &addr)
            };
            self.over = Some(self.next) == self.first;
            if addr != range.gateway {
                return Some((addr, range));
            }
        }
        None
    }
}

fn number(addr: &IpAddr) -> u128 {
    match addr {
        IpAddr::V4(addr) => u32::from(*addr).into(),
        IpAddr::V6(addr) => (*addr).into(),
    }
}

/// The address of this number, of the family of `other`.
fn like(number: u128, other: &IpAddr) -> IpAddr {
    if other.is_ipv4() { IpAddr::V4((number as u32).into()) } else { IpAddr::V6(number.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cni::config::{address, cidr};

    fn range(subnet: &str, start: &str, end: &str, gateway: &str) -> Result<Range, String> {
        Range::new(cidr(subnet).unwrap(), address(start), address(end), address(gateway))
    }

    fn set(ranges: &[[&str; 3]]) -> RangeSet {
        RangeSet::new(ranges.iter().map(|[subnet, start, end]| range(subnet, start, end, "").unwrap()).collect()).unwrap()
    }

    fn round(set: &RangeSet, last: &str) -> Vec<String> {
        set.after(address(last)).map(|(addr, _)| addr.to_string()).collect()
    }

    #[test]
    fn defaults() {
        for (subnet, text, gateway) in [
            ("10.1.0.0/16", "10.1.0.1-10.1.255.254", "10.1.0.1"),
            ("10.0.0.0/30", "10.0.0.1-10.0.0.2", "10.0.0.1"),
            ("0.0.0.0/0", "0.0.0.1-255.255.255.254", "0.0.0.1"),
            ("fd00::/64", "fd00::1-fd00::ffff:ffff:ffff:ffff", "fd00::1"),
            ("::/0", "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1"),
        ] {
            let range = range(subnet, "", "", "").unwrap();
            assert_eq!((range.to_string(), range.gateway.to_string()), (text.into(), gateway.into()));
        }
        assert_eq!(range("10.1.0.0/16", "10.1.5.0", "10.1.5.9", "10.1.255.254").unwrap().to_string(), "10.1.5.0-10.1.5.9");
    }

    #[test]
    fn what_is_no_range() {
        for (subnet, start, end, gateway, why) in [
            ("10.0.0.0/31", "", "", "", "Network 10.0.0.0/31 too small to allocate from"),
            ("fd00::/127", "", "", "", "Network fd00::/127 too small to allocate from"),
            ("::ffff:10.0.0.0/120", "", "", "", "IPNet IP and Mask version mismatch"),
            (
                "10.0.0.7/24",
                "",
                "",
                "",
                "Network has host bits set. For a subnet mask of length 24 the network address is 10.0.0.0",
            ),
            ("10.0.0.0/24", "10.0.1.1", "", "", "RangeStart 10.0.1.1 not in network 10.0.0.0/24"),
            ("10.0.0.0/24", "fd00::1", "", "", "RangeStart fd00::1 not in network 10.0.0.0/24"),
            ("0.0.0.0/0", "fd00::1", "", "", "RangeStart fd00::1 not in network 0.0.0.0/0"),
            ("10.0.0.0/24", "", "10.0.1.1", "", "RangeEnd 10.0.1.1 not in network 10.0.0.0/24"),
            (
                "10.0.0.0/24",
                "10.0.0.9",
                "10.0.0.8",
                "",
                "RangeEnd 10.0.0.8 not in network 10.0.0.0/24: it is before RangeStart 10.0.0.9",
            ),
            ("10.0.0.0/24", "", "", "10.0.1.1", "Gateway 10.0.1.1 not in network 10.0.0.0/24"),
        ] {
            assert_eq!(range(subnet, start, end, gateway).unwrap_err(), why);
        }
    }

    #[test]
    fn what_is_no_set() {
        let sets = |ranges: &[&str]| RangeSet::new(ranges.iter().map(|net| range(net, "", "", "").unwrap()).collect());
        assert_eq!(sets(&[]).unwrap_err(), "empty range set");
        assert_eq!(sets(&["10.0.0.0/24", "fd00::/64"]).unwrap_err(), "mixed address families");
        let both = "subnets 10.0.0.1-10.0.255.254 and 10.0.3.1-10.0.3.254 overlap";
        assert_eq!(sets(&["10.0.0.0/16", "10.0.3.0/24"]).unwrap_err(), both);
        assert!(set(&[["10.0.0.0/24", "", "10.0.0.9"]]).overlaps(&set(&[["10.0.0.0/24", "10.0.0.9", ""]])));
        assert!(!set(&[["10.0.0.0/24", "", "10.0.0.9"]]).overlaps(&set(&[["10.0.0.0/24", "10.0.0.10", ""]])));
        assert!(!set(&[["0.0.0.0/0", "", ""]]).overlaps(&set(&[["::/0", "", ""]])));
    }

    #[test]
    fn round_robin() {
        let small = set(&[["10.0.0.0/29", "", ""]]);
        assert_eq!(round(&small, ""), ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
        assert_eq!(round(&small, "10.0.0.4"), ["10.0.0.5", "10.0.0.6", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
        assert_eq!(round(&small, "10.0.0.6"), round(&small, ""));
        assert_eq!(round(&small, "10.0.0.1"), round(&small, ""));
        assert_eq!(round(&small, "10.9.9.9"), round(&small, ""));
        assert_eq!(small.room(), 5);
        let two = set(&[["10.0.0.0/30", "", ""], ["10.1.0.0/24", "10.1.0.7", "10.1.0.8"]]);
        assert_eq!(round(&two, ""), ["10.0.0.2", "10.1.0.7", "10.1.0.8"]);
        assert_eq!(round(&two, "10.1.0.7"), ["10.1.0.8", "10.0.0.2", "10.1.0.7"]);
        assert_eq!(two.room(), 3);
        // one address, and it is the gateway's
        let none = set(&[["10.0.0.0/24", "10.0.0.1", "10.0.0.1"]]);
        assert_eq!((round(&none, "").len(), round(&none, "10.0.0.1").len(), none.room()), (0, 0, 0));
        let whole = set(&[["::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]]);
        assert_eq!(whole.room(), u128::MAX - 1);
        assert_eq!(whole.after(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).nth(1).unwrap().0, address("::").unwrap());
    }
}
