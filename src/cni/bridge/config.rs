//! The keys of the `bridge` plugin.

use crate::cni::config::{Config, Node};
use crate::cni::delegate;
use crate::cni::environment::{Environment, check_ifname};
use crate::cni::error::{CniError, INVALID_CONFIG, UNSUPPORTED_FIELD};
use crate::cni::result::Dns;
use crate::cni::version::Version;

/// The last VLAN that there is.
const VLANS: u16 = 4094;
/// The smallest MTU that IPv4 allows, and the largest that devices take.
const MTUS: std::ops::RangeInclusive<u32> = 68..=65535;

/// A network of the `bridge` plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Net {
    /// `bridge`: the device's name.
    pub(super) bridge: String,
    /// `isGateway`, or `isDefaultGateway`: the bridge has the gateways' addresses, and the host forwards.
    pub(super) gateway: bool,
    /// `isDefaultGateway`: the container's default routes lead there.
    pub(super) default_gateway: bool,
    /// `forceAddress`: other addresses on the bridge give way.
    pub(super) force_address: bool,
    /// `ipMasq`: packets that leave the network get the host's address.
    pub(super) masquerade: bool,
    /// `mtu` in bytes; 0 leaves it to the kernel.
    pub(super) mtu: u32,
    /// `hairpinMode`: what comes from a port may go back to it.
    pub(super) hairpin: bool,
    /// `promiscMode`: the bridge itself is promiscuous.
    pub(super) promiscuous: bool,
    /// `vlan`: the port is in this VLAN, untagged; 0 is none.
    pub(super) vlan: u16,
    /// `vlanTrunk`: the port is in these VLANs, tagged; first and last of each range, in order, not touching.
    pub(super) trunk: Vec<(u16, u16)>,
    /// Whether the bridge must look at VLANs.
    pub(super) filtering: bool,
    /// `preserveDefaultVlan`: the port stays in the bridge's default VLAN too.
    pub(super) default_vlan: bool,
    /// `macspoofchk`: frames must have the container's own address.
    pub(super) spoof_check: bool,
    /// `enabledad`: duplicate address detection is done, and waited for.
    pub(super) detect: bool,
    /// `disableContainerInterface`: the container's interface stays down.
    pub(super) disabled: bool,
    /// `portIsolation`: isolated ports do not reach each other.
    pub(super) isolated: bool,
    /// `ipam.type` is there: the container gets addresses.
    pub(super) ipam: bool,
    /// `dns`, if there is something in it.
    pub(super) dns: Option<Dns>,
    /// The container's link-layer address, if one is asked for.
    pub(super) mac: Option<[u8; 6]>,
}

impl Net {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// With the place of what is wrong.
    pub(super) fn read(env: &Environment, config: &Config) -> Result<Net, CniError> {
        let root = config.root();
        let flag = |key| root.get(key)?.flag(false);
        let bridge = root.get("bridge")?;
        let name = bridge.words()?.unwrap_or("cni0");
        check_ifname(name).map_err(|error| bridge.invalid(&error))?;
        let (vlan, trunk) = (root.get("vlan")?, root.get("vlanTrunk")?);
        let default_gateway = flag("isDefaultGateway")?;
        let ipam = root.find("ipam.type")?;
        let net = Net {
            bridge: name.to_owned(),
            gateway: default_gateway || flag("isGateway")?,
            default_gateway,
            force_address: flag("forceAddress")?,
            masquerade: flag("ipMasq")?,
            mtu: root.get("mtu")?.number()?.unwrap_or_default(),
            hairpin: flag("hairpinMode")?,
            promiscuous: flag("promiscMode")?,
            vlan: vlan.number()?.unwrap_or_default(),
            trunk: ranges(&trunk)?,
            filtering: trunk.is_some() || vlan.number()? != Some(0u16) && vlan.is_some(),
            default_vlan: root.get("preserveDefaultVlan")?.flag(true)?,
            spoof_check: flag("macspoofchk")?,
            detect: flag("enabledad")?,
            disabled: flag("disableContainerInterface")?,
            isolated: flag("portIsolation")?,
            ipam: ipam.words()?.is_some(),
            dns: Some(Dns::read(&root.get("dns")?)?).filter(|dns| !dns.is_empty()),
            mac: mac(env, &root)?,
        };
        net.check(&root)?;
        Ok(net)
    }

    fn check(&self, root: &Node<'_>) -> Result<(), CniError> {
        if self.mtu != 0 && !MTUS.contains(&self.mtu) {
            let (first, last) = (MTUS.start(), MTUS.end());
            return Err(root.get("mtu")?.invalid(format_args!("{} is out of range ({first} to {last} bytes)", self.mtu)));
        }
        if self.vlan > VLANS {
            return Err(root.get("vlan")?.invalid(format_args!("invalid VLAN ID {} (must be between 0 and {VLANS})", self.vlan)));
        }
        if self.vlan > 0 && self.gateway && check_ifname(&self.vlan_device()).is_err() {
            let name = self.vlan_device();
            return Err(root
                .get("bridge")?
                .invalid(format_args!("the gateway of the VLAN would be {name:?}, which has more than 15 bytes")));
        }
        for (wrong, why) in [
            (self.hairpin && self.promiscuous, "cannot set hairpin mode and promiscuous mode at the same time"),
            (self.vlan > 0 && !self.trunk.is_empty(), "cannot set vlan and vlanTrunk at the same time"),
            (self.disabled && self.ipam, "cannot use IPAM when DisableContainerInterface flag is set"),
        ] {
            if wrong {
                return Err(CniError::new(UNSUPPORTED_FIELD, why));
            }
        }
        let backend = root.get("ipMasqBackend")?;
        if let Some(name) = backend.words()?
            && !matches!(name, "iptables" | "nftables")
        {
            return Err(backend
                .invalid(format_args!("{name:?} is unknown; it can be nftables or iptables, and both are done with nf_tables")));
        }
        Ok(())
    }

    /// What only an `ADD` needs to be sure of.
    ///
    /// # Errors
    /// [`INVALID_CONFIG`]
    pub(super) fn check_add(&self, env: &Environment, config: &Config) -> Result<(), CniError> {
        if !self.ipam && config.version() < Version::V0_3_0 {
            let details = "before cniVersion 0.3.0 a result must have an IP address";
            return Err(CniError::new(INVALID_CONFIG, "ipam.type: missing").details(details));
        }
        if self.bridge == env.ifname && env.netns_override {
            return Err(CniError::new(INVALID_CONFIG, "the bridge and the container's interface have the same name"));
        }
        delegate::check(env, config)
    }

    /// The device with the gateways' addresses, where `vlan` is given.
    pub(super) fn vlan_device(&self) -> String {
        format!("{}.{}", self.bridge, self.vlan)
    }
}

/// The ranges of `vlanTrunk`, in order and joined where they touch.
fn ranges(trunk: &Node<'_>) -> Result<Vec<(u16, u16)>, CniError> {
    let mut ranges = Vec::new();
    let vlan = |node: &Node<'_>| match node.number::<i64>()? {
        None => Ok(None),
        Some(id) => match u16::try_from(id) {
            Ok(id @ 1..=VLANS) => Ok(Some(id)),
            _ => Err(node.invalid(format_args!("{id} is no VLAN (1 to {VLANS})"))),
        },
    };
    for item in trunk.items()? {
        let [min, max, id] = [item.get("minID")?, item.get("maxID")?, item.get("id")?];
        match (vlan(&min)?, vlan(&max)?) {
            (Some(first), Some(last)) if first > last => {
                return Err(item.invalid("minID is greater than maxID in trunk parameter"));
            }
            (Some(first), Some(last)) => ranges.push((first, last)),
            (None, None) => {}
            (None, Some(_)) => return Err(min.invalid("missing; minID and maxID go together")),
            (Some(_), None) => return Err(max.invalid("missing; minID and maxID go together")),
        }
        ranges.extend(vlan(&id)?.map(|id| (id, id)));
    }
    crate::sort::sort(&mut ranges);
    let mut joined: Vec<(u16, u16)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    Ok(joined)
}

/// The address that the runtime asks for, or else the arguments in the configuration, or else `CNI_ARGS`.
fn mac(env: &Environment, root: &Node<'_>) -> Result<Option<[u8; 6]>, CniError> {
    let [from_env] = env.args(["MAC"])?;
    let what = "a unicast MAC address, as 02:00:00:00:00:01";
    for path in ["runtimeConfig.mac", "args.cni.mac"] {
        if let Some(mac) = root.find(path)?.read(what, parse_mac)? {
            return Ok(Some(mac));
        }
    }
    let wrong =
        |text: &str| CniError::new(crate::cni::error::INVALID_ENVIRONMENT, format!("CNI_ARGS: MAC: {text:?} is not {what}"));
    from_env.map(|text| parse_mac(text).ok_or_else(|| wrong(text))).transpose()
}

/// Six bytes in hexadecimal, with `:` or `-` between each, or `.` between each two.
pub(super) fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let (separator, digits) = match text.as_bytes().get(2)? {
        separator @ (b':' | b'-') => (*separator as char, 2),
        _ => ('.', 4),
    };
    let mut hex = String::new();
    for part in text.split(separator) {
        if part.len() != digits {
            return None;
        }
        hex.push_str(part);
    }
    let mut mac = [0; 6];
    if hex.len() != 12 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (i, byte) in mac.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok()?;
    }
    (mac[0] & 1 == 0 && mac != [0; 6]).then_some(mac)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn net(text: &str, args: &str) -> Result<Net, CniError> {
        let vars =
            [("CNI_COMMAND", "DEL"), ("CNI_CONTAINERID", "c"), ("CNI_IFNAME", "eth0"), ("CNI_PATH", "/x"), ("CNI_ARGS", args)];
        let var = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
        let env = Environment::read(var).unwrap().unwrap();
        Net::read(&env, &Config::read(format!("{{\"name\":\"n\",{text}}}").into()).unwrap())
    }

    #[test]
    fn defaults_and_implications() {
        let net = net(r#""isDefaultGateway":true"#, "").unwrap();
        assert_eq!((net.bridge.as_str(), net.gateway, net.default_vlan, net.filtering), ("cni0", true, true, false));
    }

    #[test]
    fn vlans() {
        let trunk =
            |text: &str| net(&format!("\"vlanTrunk\":{text}"), "").map(|net| net.trunk).map_err(|error| error.msg.clone());
        assert_eq!(
            trunk(r#"[{"id":7},{"minID":1,"maxID":3},{"minID":3,"maxID":4,"id":5},{"id":9}]"#),
            Ok(vec![(1, 5), (7, 7), (9, 9)])
        );
        assert_eq!(
            trunk(r#"[{"minID":5,"maxID":4}]"#),
            Err("vlanTrunk[0]: minID is greater than maxID in trunk parameter".into())
        );
        assert_eq!(trunk(r#"[{"minID":5}]"#), Err("vlanTrunk[0].maxID: missing; minID and maxID go together".into()));
        assert_eq!(trunk(r#"[{"id":4095}]"#), Err("vlanTrunk[0].id: 4095 is no VLAN (1 to 4094)".into()));
        assert!(net(r#""vlan":0"#, "").is_ok_and(|net| !net.filtering));
        assert!(net(r#""vlan":2"#, "").is_ok_and(|net| net.filtering && net.vlan == 2));
        assert!(net(r#""vlan":2,"vlanTrunk":[{"id":3}]"#, "").is_err_and(|error| error.code == UNSUPPORTED_FIELD));
    }

    #[test]
    fn the_runtime_overrides_args_override_the_environment() {
        let mac = |text: &str| net(text, "MAC=02:00:00:00:00:01").unwrap().mac.unwrap()[5];
        assert_eq!(mac(r#""x":1"#), 1);
        assert_eq!(mac(r#""args":{"cni":{"mac":"0200.0000.0002"}}"#), 2);
        assert_eq!(mac(r#""args":{"cni":{"mac":"02-00-00-00-00-02"}},"runtimeConfig":{"MAC":"02:00:00:00:00:03"}"#), 3);
        for wrong in
            ["02:00:00:00:00", "02:00:00:00:00:0g", "01:00:00:00:00:01", "00:00:00:00:00:00", "020000000001", "é:00:00:00:00:01"]
        {
            assert!(
                net(&format!("\"runtimeConfig\":{{\"mac\":\"{wrong}\"}}"), "").is_err_and(|error| error.code == INVALID_CONFIG),
                "{wrong}"
            );
        }
    }
}
