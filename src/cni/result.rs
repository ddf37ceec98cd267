//! What `ADD` gives: interfaces, addresses and routes, in the form of each version of the protocol.
//!
//! | versions | form |
//! | --- | --- |
//! | 0.1.0, 0.2.0 | `ip4`, `ip6`: the first address of each family, with its routes |
//! | 0.3.0 to 0.4.0 | `interfaces`, `ips` with `version`, `routes`; `dns` always |
//! | 1.0.0 | `ips` without `version`; `dns` if there is something in it |
//! | 1.1.0 | more about routes and interfaces |

use std::net::IpAddr;

use super::config::{Node, version};
use super::error::{CniError, INVALID_CONFIG};
use super::json::Json;
use super::version::Version;
use crate::words::Prefix;

/// An interface that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its address on the link layer, or nothing.
    pub mac: String,
    /// Its MTU in bytes; 0 is not said.
    pub mtu: u32,
    /// The namespace that it is in, by path; nothing for the host's.
    pub sandbox: String,
    /// The socket that stands for it, or nothing.
    pub socket_path: String,
    /// The PCI device that it is, or nothing.
    pub pci_id: String,
}

impl Interface {
    fn to_json(&self, version: Version) -> Json {
        let mut json = vec![("name", Json::text(&self.name))];
        json.extend(some("mac", &self.mac));
        let since_1_1 = version >= Version::V1_1_0;
        json.extend((since_1_1 && self.mtu != 0).then(|| ("mtu", Json::Number(self.mtu.into()))));
        json.extend(some("sandbox", &self.sandbox));
        if since_1_1 {
            json.extend(some("socketPath", &self.socket_path));
            json.extend(some("pciID", &self.pci_id));
        }
        Json::Object(json)
    }
}

/// An address that an interface has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpConfig {
    /// Which of the interfaces, counted from 0.
    pub interface: Option<usize>,
    /// The address and the length of its prefix.
    pub address: Prefix,
    /// The gateway of its network.
    pub gateway: Option<IpAddr>,
}

impl IpConfig {
    fn to_json(&self, version: Version) -> Json {
        let mut json = Vec::new();
        if version < Version::V1_0_0 {
            json.push(("version", Json::text(if self.address.addr.is_ipv4() { "4" } else { "6" })));
        }
        json.extend(self.interface.map(|interface| ("interface", Json::Number(interface as i64))));
        json.push(("address", text(&self.address)));
        json.extend(self.gateway.map(|gateway| ("gateway", Json::text(gateway.to_string()))));
        Json::Object(json)
    }
}

/// A route in the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CniRoute {
    /// Where it leads.
    pub dst: Prefix,
    /// Over which gateway.
    pub gw: Option<IpAddr>,
    /// `mtu` in bytes; 0 is not said.
    pub mtu: u32,
    /// `advmss` in bytes; 0 is not said.
    pub advmss: u32,
    /// Its metric; 0 is not said.
    pub priority: u32,
    /// The table that it is in.
    pub table: Option<u32>,
    /// `RT_SCOPE_*`.
    pub scope: Option<u8>,
}

impl CniRoute {
    /// A route to `dst` over `gw`.
    pub fn new(dst: Prefix, gw: Option<IpAddr>) -> CniRoute {
        CniRoute { dst, gw, mtu: 0, advmss: 0, priority: 0, table: None, scope: None }
    }

    /// Reads a route of a result or of a configuration.
    ///
    /// # Errors
    /// As [`CniResult::read`].
    pub fn read(node: &Node<'_>) -> Result<CniRoute, CniError> {
        let dst = node.get("dst")?;
        Ok(CniRoute {
            dst: dst.prefix()?.ok_or_else(|| dst.invalid("missing"))?,
            gw: node.get("gw")?.address()?,
            mtu: node.get("mtu")?.number()?.unwrap_or_default(),
            advmss: node.get("advmss")?.number()?.unwrap_or_default(),
            priority: node.get("priority")?.number()?.unwrap_or_default(),
            table: node.get("table")?.number()?,
            scope: node.get("scope")?.number()?,
        })
    }

    fn to_json(&self, version: Version) -> Json {
        let mut json = vec![("dst", text(&self.dst))];
        json.extend(self.gw.map(|gw| ("gw", Json::text(gw.to_string()))));
        if version >= Version::V1_1_0 {
            let numbers = [("mtu", self.mtu), ("advmss", self.advmss), ("priority", self.priority)];
            json.extend(
                numbers.iter().filter(|(_, number)| *number != 0).map(|(key, number)| (*key, Json::Number((*number).into()))),
            );
            json.extend(self.table.map(|table| ("table", Json::Number(table.into()))));
            json.extend(self.scope.map(|scope| ("scope", Json::Number(scope.into()))));
        }
        Json::Object(json)
    }
}

/// What a resolver in the container should know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// Name servers, the preferred first.
    pub nameservers: Vec<String>,
    /// The local domain, or nothing.
    pub domain: String,
    /// Domains in which short names are looked for.
    pub search: Vec<String>,
    /// Options of the resolver.
    pub options: Vec<String>,
}

impl Dns {
    /// Reads the `dns` of a result or of a configuration.
    ///
    /// # Errors
    /// As [`CniResult::read`].
    pub fn read(node: &Node<'_>) -> Result<Dns, CniError> {
        Ok(Dns {
            nameservers: node.get("nameservers")?.texts()?,
            domain: string(node, "domain")?,
            search: node.get("search")?.texts()?,
            options: node.get("options")?.texts()?,
        })
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Dns::default()
    }

    fn to_json(&self) -> Json {
        let lists = [("nameservers", &self.nameservers), ("search", &self.search), ("options", &self.options)];
        let mut json: Vec<_> = lists.iter().filter_map(|(key, texts)| list(key, texts, |text| Json::text(text))).collect();
        let at = json.iter().take_while(|(key, _)| *key == "nameservers").count();
        json.splice(at..at, some("domain", &self.domain));
        Json::Object(json)
    }
}

/// What `ADD` gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CniResult {
    /// The interfaces that were made; of an IPAM plugin none.
    pub interfaces: Vec<Interface>,
    /// The addresses.
    pub ips: Vec<IpConfig>,
    /// The routes.
    pub routes: Vec<CniRoute>,
    /// For the resolver.
    pub dns: Dns,
}

impl CniResult {
    /// Reads a result of any version; which one, its shape says.
    ///
    /// # Errors
    /// [`DECODING_FAILURE`](super::error::DECODING_FAILURE), [`INVALID_CONFIG`]: it is no result, and where;
    /// [`INCOMPATIBLE_VERSION`](super::error::INCOMPATIBLE_VERSION).
    pub fn read(node: &Node<'_>) -> Result<CniResult, CniError> {
        version(node)?;
        let mut result = CniResult { dns: Dns::read(&node.get("dns")?)?, ..CniResult::default() };
        for key in ["ip4", "ip6"] {
            let ip = node.get(key)?;
            if ip.is_some() {
                let (place, routes) = (ip.get("ip")?, ip.get("routes")?);
                let address = place.prefix()?.ok_or_else(|| place.invalid("missing"))?;
                result.ips.push(IpConfig { interface: None, address, gateway: ip.get("gateway")?.address()? });
                for route in routes.items()? {
                    result.routes.push(CniRoute::read(&route)?);
                }
            }
        }
        for item in node.get("interfaces")?.items()? {
            result.interfaces.push(Interface {
                name: string(&item, "name")?,
                mac: string(&item, "mac")?,
                mtu: item.get("mtu")?.number()?.unwrap_or_default(),
                sandbox: string(&item, "sandbox")?,
                socket_path: string(&item, "socketPath")?,
                pci_id: string(&item, "pciID")?,
            });
        }
        for item in node.get("ips")?.items()? {
            let (place, interface) = (item.get("address")?, item.get("interface")?.number()?);
            let address = place.prefix()?.ok_or_else(|| place.invalid("missing"))?;
            result.ips.push(IpConfig { interface, address, gateway: item.get("gateway")?.address()? });
        }
        for item in node.get("routes")?.items()? {
            result.routes.push(CniRoute::read(&item)?);
        }
        Ok(result)
    }

    /// The result in the form of `version`.
    ///
    /// # Errors
    /// [`INVALID_CONFIG`]: before 0.3.0 a result has an address, and this has none.
    pub fn to_json(&self, version: Version) -> Result<Json, CniError> {
        let mut json = vec![("cniVersion", Json::text(version.as_str()))];
        if version < Version::V0_3_0 {
            for (key, of_v4) in [("ip4", true), ("ip6", false)] {
                json.extend(
                    self.ips.iter().find(|ip| ip.address.addr.is_ipv4() == of_v4).map(|ip| (key, self.family(ip, version))),
                );
            }
            if json.len() == 1 {
                let details = format!("cniVersion {} cannot say that a container has none; 0.3.0 can", version.as_str());
                return Err(CniError::new(INVALID_CONFIG, "the result has no IP address").details(details));
            }
        } else {
            json.extend(list("interfaces", &self.interfaces, |interface| interface.to_json(version)));
            json.extend(list("ips", &self.ips, |ip| ip.to_json(version)));
            json.extend(list("routes", &self.routes, |route| route.to_json(version)));
        }
        if version < Version::V1_0_0 || !self.dns.is_empty() {
            json.push(("dns", self.dns.to_json()));
        }
        Ok(Json::Object(json))
    }

    /// An address and the routes of its family, as 0.1.0 and 0.2.0 have it.
    fn family(&self, ip: &IpConfig, version: Version) -> Json {
        let mut json = vec![("ip", text(&ip.address))];
        json.extend(ip.gateway.map(|gateway| ("gateway", Json::text(gateway.to_string()))));
        let of_family = |route: &&CniRoute| route.dst.addr.is_ipv4() == ip.address.addr.is_ipv4();
        let routes: Vec<_> = self.routes.iter().filter(of_family).collect();
        json.extend(list("routes", &routes, |route| route.to_json(version)));
        Json::Object(json)
    }
}

/// `ADDRESS/LEN`
fn text(prefix: &Prefix) -> Json {
    Json::text(format!("{}/{}", prefix.addr, prefix.len))
}

/// A member, unless there is nothing in it.
fn some(key: &'static str, value: &str) -> Option<(&'static str, Json)> {
    (!value.is_empty()).then(|| (key, Json::text(value)))
}

/// A list as a member, unless it is empty.
fn list<T>(key: &'static str, items: &[T], json: impl Fn(&T) -> Json) -> Option<(&'static str, Json)> {
    (!items.is_empty()).then(|| (key, Json::Array(items.iter().map(json).collect())))
}

/// The string of a member; nothing if it is absent.
fn string(node: &Node<'_>, key: &str) -> Result<String, CniError> {
    Ok(node.get(key)?.text()?.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cni::config::{address, cidr, decode};

    fn whole() -> CniResult {
        let ip = |text, gateway| IpConfig { interface: Some(1), address: cidr(text).unwrap(), gateway: address(gateway) };
        let route = CniRoute { mtu: 1400, table: Some(7), ..CniRoute::new(cidr("0.0.0.0/0").unwrap(), address("10.1.0.1")) };
        CniResult {
            interfaces: vec![
                Interface { name: "br0".into(), mac: "02:00:00:00:00:01".into(), ..Interface::default() },
                Interface { name: "eth0".into(), mtu: 1500, sandbox: "/n".into(), ..Interface::default() },
            ],
            ips: vec![ip("10.1.0.2/16", "10.1.0.1"), ip("10.2.0.2/16", ""), ip("fd00::2/64", "fd00::1")],
            routes: vec![route, CniRoute::new(cidr("fd01::/64").unwrap(), None)],
            dns: Dns { nameservers: vec!["1.1.1.1".into()], domain: "d".into(), search: vec!["s".into()], options: vec![] },
        }
    }

    const DNS: &str = r#""dns":{"nameservers":["1.1.1.1"],"domain":"d","search":["s"]}"#;

    #[test]
    fn every_version_has_its_form() {
        let old = r#""ip4":{"ip":"10.1.0.2/16","gateway":"10.1.0.1","routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"}]},"ip6":{"ip":"fd00::2/64","gateway":"fd00::1","routes":[{"dst":"fd01::/64"}]},"#;
        let interfaces = r#""interfaces":[{"name":"br0","mac":"02:00:00:00:00:01"},{"name":"eth0","sandbox":"/n"}],"#;
        let routes = r#""routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"},{"dst":"fd01::/64"}],"#;
        let ips = |of: fn(&str) -> String| {
            let [four, six] = ["4", "6"].map(of);
            format!(
                r#""ips":[{{{four}"interface":1,"address":"10.1.0.2/16","gateway":"10.1.0.1"}},{{{four}"interface":1,"address":"10.2.0.2/16"}},{{{six}"interface":1,"address":"fd00::2/64","gateway":"fd00::1"}}],"#
            )
        };
        let (with, without) = (ips(|version| format!("\"version\":\"{version}\",")), ips(|_| String::new()));
        for version in Version::ALL {
            let body = match version {
                Version::V0_1_0 | Version::V0_2_0 => old.to_owned(),
                Version::V0_3_0 | Version::V0_3_1 | Version::V0_4_0 => format!("{interfaces}{with}{routes}"),
                Version::V1_0_0 => format!("{interfaces}{without}{routes}"),
                Version::V1_1_0 => format!("{interfaces}{without}{routes}")
                    .replace(r#""eth0","#, r#""eth0","mtu":1500,"#)
                    .replace(r#""gw":"10.1.0.1"}"#, r#""gw":"10.1.0.1","mtu":1400,"table":7}"#),
            };
            let expected = format!(r#"{{"cniVersion":"{}",{body}{DNS}}}"#, version.as_str());
            let text = whole().to_json(version).unwrap().compact();
            assert_eq!(text, expected);
            // what is read again is the same, as far as the version can say it
            let value = decode("a result", text.as_bytes()).unwrap();
            let again = CniResult::read(&Node::root(&value)).unwrap();
            assert_eq!(again.to_json(version).unwrap().compact(), expected);
            if version == Version::V1_1_0 {
                assert_eq!(again, whole());
            }
        }
    }

    #[test]
    fn nothing_has_a_form_too() {
        let empty = CniResult::default();
        let text = |version| empty.to_json(version).map(|json| json.compact());
        assert_eq!(text(Version::V0_4_0), Ok(r#"{"cniVersion":"0.4.0","dns":{}}"#.into()));
        assert_eq!(text(Version::V1_1_0), Ok(r#"{"cniVersion":"1.1.0"}"#.into()));
        assert_eq!(text(Version::V0_2_0).unwrap_err().code, INVALID_CONFIG);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, msg) in [
            (
                r#"{"ips":[{"address":"10.0.0.1"}]}"#,
                "ips[0].address: \"10.0.0.1\" is not an IP address with the length of its prefix, as 10.1.0.0/16",
            ),
            (r#"{"ips":[{}]}"#, "ips[0].address: missing"),
            (r#"{"ip4":[]}"#, "ip4 must be an object, not a list"),
            (r#"{"routes":[{"dst":"::/0","gw":"x"}]}"#, "routes[0].gw: \"x\" is not an IP address"),
        ] {
            let value = decode("a result", text.as_bytes()).unwrap();
            assert_eq!(CniResult::read(&Node::root(&value)).unwrap_err().msg, msg);
        }
    }
}
