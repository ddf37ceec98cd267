//! `bridge_slave`: a port of a bridge (`IFLA_BRPORT_*` of linux/if_link.h).

use nlmsg::AttrSet;
use nlmsg::route::link::kind::IflaBrport;
use nlmsg::route::link::kind::bridge::BrState;

use super::{Kind, PLAIN, Row, Show, Take, View, bridge_id, hex, num, on_off, row, shown, taken};
use crate::words::Stop;

pub(super) const KIND: Kind = Kind {
    name: "bridge_slave",
    set: IflaBrport::set,
    unknown: "bridge_slave: unknown option \"{}\"?\n",
    wrong: "{} is invalid",
    rows: &[
        row("s[tate]", "IFLA_BRPORT_STATE", Take::Number, Show::Word(BrState::TABLE, "({})")),
        num("p[riority]", "IFLA_BRPORT_PRIORITY"),
        num("c[ost]", "IFLA_BRPORT_COST"),
        on_off("h[airpin]", "IFLA_BRPORT_MODE"),
        on_off("g[uard]", "IFLA_BRPORT_GUARD"),
        on_off("r[oot_block]", "IFLA_BRPORT_PROTECT"),
        on_off("fa[stleave]", "IFLA_BRPORT_FAST_LEAVE"),
        on_off("l[earning]", "IFLA_BRPORT_LEARNING"),
        on_off("fl[ood]", "IFLA_BRPORT_UNICAST_FLOOD"),
        shown("port_id", "IFLA_BRPORT_ID", Show::Hex).key("id"),
        shown("port_no", "IFLA_BRPORT_NO", Show::Hex).key("no"),
        shown("designated_port", "IFLA_BRPORT_DESIGNATED_PORT", Show::Number),
        shown("designated_cost", "IFLA_BRPORT_DESIGNATED_COST", Show::Number),
        shown("designated_bridge", "IFLA_BRPORT_BRIDGE_ID", Show::Own(bridge_id)).key("bridge_id"),
        shown("designated_root", "IFLA_BRPORT_ROOT_ID", Show::Own(bridge_id)).key("root_id"),
        shown("hold_timer", "IFLA_BRPORT_HOLD_TIMER", Show::Timer),
        shown("message_age_timer", "IFLA_BRPORT_MESSAGE_AGE_TIMER", Show::Timer),
        shown("forward_delay_timer", "IFLA_BRPORT_FORWARD_DELAY_TIMER", Show::Timer),
        shown("topology_change_ack", "IFLA_BRPORT_TOPOLOGY_CHANGE_ACK", Show::Number),
        shown("config_pending", "IFLA_BRPORT_CONFIG_PENDING", Show::Number),
        on_off("pro[xy_arp]", "IFLA_BRPORT_PROXYARP"),
        on_off("proxy_arp_[wifi]", "IFLA_BRPORT_PROXYARP_WIFI"),
        num("mcast_r[outer]", "IFLA_BRPORT_MULTICAST_ROUTER").key("multicast_router").wrong("invalid {}"),
        row("mcast_fa[st_leave]", "IFLA_BRPORT_FAST_LEAVE", Take::OnOff, Show::Own(fast_leave)),
        on_off("m[cast_flood]", "IFLA_BRPORT_MCAST_FLOOD"),
        on_off("b[cast_flood]", "IFLA_BRPORT_BCAST_FLOOD"),
        on_off("mcast_t[o_unicast]", "IFLA_BRPORT_MCAST_TO_UCAST"),
        on_off("n[eigh_suppress]", "IFLA_BRPORT_NEIGH_SUPPRESS"),
        row("gr[oup_fwd_mask]", "IFLA_BRPORT_GROUP_FWD_MASK", Take::Number, Show::Own(groups)).wrong("invalid {}"),
        on_off("v[lan_tunnel]", "IFLA_BRPORT_VLAN_TUNNEL"),
        on_off("i[solated]", "IFLA_BRPORT_ISOLATED"),
        on_off("lo[cked]", "IFLA_BRPORT_LOCKED"),
        row("ba[ckup_port]", "IFLA_BRPORT_BACKUP_PORT", Take::Device(0), Show::Device).wrong("Device does not exist\n"),
        taken("no[backup_port]", "IFLA_BRPORT_BACKUP_PORT", Take::Is(0)),
        taken("f[db_flush]", "IFLA_BRPORT_FLUSH", Take::Flag),
    ],
    help: "\
Usage: ... bridge_slave [ fdb_flush ]
			[ state STATE ]
			[ priority PRIO ]
			[ cost COST ]
			[ guard {on | off} ]
			[ hairpin {on | off} ]
			[ fastleave {on | off} ]
			[ root_block {on | off} ]
			[ learning {on | off} ]
			[ flood {on | off} ]
			[ proxy_arp {on | off} ]
			[ proxy_arp_wifi {on | off} ]
			[ mcast_router MULTICAST_ROUTER ]
			[ mcast_fast_leave {on | off} ]
			[ mcast_flood {on | off} ]
			[ bcast_flood {on | off} ]
			[ mcast_to_unicast {on | off} ]
			[ group_fwd_mask MASK ]
			[ neigh_suppress {on | off} ]
			[ vlan_tunnel {on | off} ]
			[ isolated {on | off} ]
			[ locked {on | off} ]
			[ backup_port DEVICE ] [ nobackup_port ]
",
    ..PLAIN
};

/// The same switch once more, under its newer name; JSON has it already.
fn fast_leave(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    if let Some(on) = view.number(row.attr) {
        view.ip.out.text(&format!("{} {} ", row.name(), if on == 0 { "off" } else { "on" }));
    }
    Ok(())
}

/// The mask as a number, then with the protocols that use the groups.
fn groups(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(mask) = view.number(row.attr) else { return Ok(()) };
    let word = |bit: u32| match bit {
        0 => "stp".to_string(),
        2 => "lacp".to_string(),
        14 => "lldp".to_string(),
        _ => format!("{:#x}", 1 << bit),
    };
    let words: Vec<String> = (0..16).filter(|bit| mask >> bit & 1 == 1).map(word).collect();
    view.put(row, hex(mask).as_str());
    let words = if words.is_empty() { "0x0".to_string() } else { words.join(",") };
    view.ip.out.put("group_fwd_mask_str", "group_fwd_mask_str ", &words, " ");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, view};

    #[test]
    fn an_odd_state_is_a_number() {
        let data = hex_bytes("050001000700000006001f00054000000500070001000000");
        assert_eq!(
            view("bridge_slave", &data),
            (
                "state (7) fastleave on mcast_fast_leave on group_fwd_mask 0x4005 group_fwd_mask_str stp,lacp,lldp ".into(),
                r#"{"state_index":7,"fastleave":true,"group_fwd_mask":"0x4005","group_fwd_mask_str":"stp,lacp,lldp"}"#.into()
            )
        );
    }
}
