//! VLANs of ports, `vlan` and `vlanTrunk`.

use nlmsg::frame::NlmF;
use nlmsg::payload::{Nest, View};
use nlmsg::route::Ifla::IFLA_AF_SPEC;
use nlmsg::route::IflaBridge::*;
use nlmsg::route::{
    AF_BRIDGE, BRIDGE_FLAGS_MASTER, BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_RANGE_BEGIN, BRIDGE_VLAN_INFO_RANGE_END,
    BRIDGE_VLAN_INFO_UNTAGGED, BridgeVlanFlags, BridgeVlanInfo, IfInfoMsg, Link, LinkAfSpec, RTM_DELLINK, RTM_SETLINK,
};

use super::config::Net;
use crate::cni::error::CniError;
use crate::cni::place::Changes;

/// Puts a port in its VLANs.
pub(super) fn join(net: &Net, port: u32, changes: &mut Changes) -> Result<(), CniError> {
    let mut change = |what: &str, nlmsg_type, vlans: &[(u16, BridgeVlanFlags)]| {
        let infos: Vec<_> = vlans.iter().map(|(vid, flags)| BridgeVlanInfo { flags: *flags, vid: *vid }.to_bytes()).collect();
        let mut spec = vec![IFLA_BRIDGE_FLAGS(BRIDGE_FLAGS_MASTER)];
        spec.extend(infos.iter().map(|info| IFLA_BRIDGE_VLAN_INFO(View::new(info))));
        let attrs = [IFLA_AF_SPEC(LinkAfSpec::Bridge(Nest::List(&spec)))];
        let header = IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: port as i32, ..IfInfoMsg::default() };
        changes.add(what, nlmsg_type, NlmF(0), &Link::new(header, Nest::List(&attrs)))
    };
    let range = |first, last| match first == last {
        true => vec![(first, BridgeVlanFlags(0))],
        false => vec![(first, BRIDGE_VLAN_INFO_RANGE_BEGIN), (last, BRIDGE_VLAN_INFO_RANGE_END)],
    };
    if !net.default_vlan && (net.vlan > 0 || !net.trunk.is_empty()) {
        change("take the port out of the default VLAN", RTM_DELLINK, &range(1, 4094))?;
    }
    if net.vlan > 0 {
        change("put the port in its VLAN", RTM_SETLINK, &[(net.vlan, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED)])?;
    }
    for (first, last) in &net.trunk {
        change("put the port in its VLANs", RTM_SETLINK, &range(*first, *last))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cni::config::Config;
    use crate::cni::environment::Environment;

    /// What is said to the kernel of a network with these keys, from the second byte row of each message on.
    fn said(keys: &str) -> Vec<String> {
        let config = Config::read(format!("{{\"name\":\"n\",{keys}}}").into()).unwrap();
        let vars = [("CNI_COMMAND", "GC"), ("CNI_PATH", "/x")];
        let var = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        let env = Environment::read(var).unwrap().unwrap();
        let mut changes = Changes::default();
        join(&Net::read(&env, &config).unwrap(), 3, &mut changes).unwrap();
        let message = |message: nlmsg::Message<'_>| {
            let body: String = message.payload.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} {body}", message.header.nlmsg_type)
        };
        nlmsg::Messages::new(changes.bytes()).map(|item| message(item.unwrap())).collect()
    }

    #[test]
    fn vlans_are_asked_for_as_by_the_tool() {
        const PORT: &str = "07000000030000000000000000000000";
        // bridge vlan add dev v0 vid 100 pvid untagged master
        assert_eq!(said("\"vlan\":100"), [format!("{} {PORT}14001a0006000000010000000800020006006400", RTM_SETLINK)]);
        // bridge vlan del dev v0 vid 1-4094 master, and then add
        let alone = said("\"vlan\":100,\"preserveDefaultVlan\":false");
        assert_eq!(alone[0], format!("{} {PORT}1c001a0006000000010000000800020008000100080002001000fe0f", RTM_DELLINK));
        assert_eq!(alone.len(), 2);
        // bridge vlan add dev v0 vid 2-9 master
        let trunk = said(r#""vlanTrunk":[{"minID":2,"maxID":7},{"id":8},{"id":9},{"id":20}]"#);
        assert_eq!(trunk[0], format!("{} {PORT}1c001a00060000000100000008000200080002000800020010000900", RTM_SETLINK));
        assert_eq!(trunk[1], format!("{} {PORT}14001a0006000000010000000800020000001400", RTM_SETLINK));
        assert_eq!(trunk.len(), 2);
    }
}
