//! `bridge`: a switch in the kernel (`IFLA_BR_*` of linux/if_link.h).

use nlmsg::AttrSet;
use nlmsg::payload::{Record, View as Struct};
use nlmsg::route::link::kind::IflaBr;
use nlmsg::route::link::kind::bridge::{BR_BOOLOPT_MCAST_VLAN_SNOOPING, BR_BOOLOPT_NO_LL_LEARN, BrBooloptMulti};

use super::{Kind, PLAIN, Row, Settings, Show, Take, Told, View, bridge_id, num, row, shown, taken, vlan};
use crate::ip::Ip;
use crate::words::{Stop, Words, number};

pub(super) const KIND: Kind = Kind {
    name: "bridge",
    set: IflaBr::set,
    finish: Some(|_, settings| settings.move_last("IFLA_BR_MULTI_BOOLOPT")),
    rows: &[
        num("f[orward_delay]", "IFLA_BR_FORWARD_DELAY"),
        num("h[ello_time]", "IFLA_BR_HELLO_TIME"),
        num("m[ax_age]", "IFLA_BR_MAX_AGE"),
        num("a[geing_time]", "IFLA_BR_AGEING_TIME"),
        num("s[tp_state]", "IFLA_BR_STP_STATE"),
        num("p[riority]", "IFLA_BR_PRIORITY"),
        num("v[lan_filtering]", "IFLA_BR_VLAN_FILTERING"),
        row("vlan_p[rotocol]", "IFLA_BR_VLAN_PROTOCOL", Take::Own(vlan::take_protocol), Show::Own(vlan::show_protocol))
            .say(vlan::say_protocol),
        shown("bridge_id", "IFLA_BR_BRIDGE_ID", Show::Own(bridge_id)),
        // iproute2 6.1 shows the bridge itself here, whatever IFLA_BR_ROOT_ID says
        shown("designated_root", "IFLA_BR_BRIDGE_ID", Show::Own(bridge_id)).key("root_id"),
        shown("root_port", "IFLA_BR_ROOT_PORT", Show::Number),
        shown("root_path_cost", "IFLA_BR_ROOT_PATH_COST", Show::Number),
        shown("topology_change", "IFLA_BR_TOPOLOGY_CHANGE", Show::Number),
        shown("topology_change_detected", "IFLA_BR_TOPOLOGY_CHANGE_DETECTED", Show::Number),
        shown("hello_timer", "IFLA_BR_HELLO_TIMER", Show::Timer),
        shown("tcn_timer", "IFLA_BR_TCN_TIMER", Show::Timer),
        shown("topology_change_timer", "IFLA_BR_TOPOLOGY_CHANGE_TIMER", Show::Timer),
        shown("gc_timer", "IFLA_BR_GC_TIMER", Show::Timer),
        num("vlan_d[efault_pvid]", "IFLA_BR_VLAN_DEFAULT_PVID"),
        num("vlan_s[tats_enabled]", "IFLA_BR_VLAN_STATS_ENABLED"),
        num("vlan_stats_p[er_port]", "IFLA_BR_VLAN_STATS_PER_PORT"),
        row("g[roup_fwd_mask]", "IFLA_BR_GROUP_FWD_MASK", Take::Number, Show::Hex),
        row("group_a[ddress]", "IFLA_BR_GROUP_ADDR", Take::Hw, Show::Hw).key("group_addr"),
        num("mcast_s[nooping]", "IFLA_BR_MCAST_SNOOPING"),
        row("no_linklocal_learn", "IFLA_BR_MULTI_BOOLOPT", Take::Own(take_switch), Show::Own(show_switch)).say(say_switch),
        row("mcast_vlan_snooping", "IFLA_BR_MULTI_BOOLOPT", Take::Own(take_switch), Show::Own(show_switch)).say(say_switch),
        num("mc[ast_router]", "IFLA_BR_MCAST_ROUTER"),
        num("mcast_q[uery_use_ifaddr]", "IFLA_BR_MCAST_QUERY_USE_IFADDR"),
        num("mcast_queri[er]", "IFLA_BR_MCAST_QUERIER"),
        num("mcast_h[ash_elasticity]", "IFLA_BR_MCAST_HASH_ELASTICITY"),
        num("mcast_hash_m[ax]", "IFLA_BR_MCAST_HASH_MAX"),
        num("mcast_l[ast_member_count]", "IFLA_BR_MCAST_LAST_MEMBER_CNT").key("mcast_last_member_cnt"),
        num("mcast_st[artup_query_count]", "IFLA_BR_MCAST_STARTUP_QUERY_CNT").key("mcast_startup_query_cnt"),
        num("mcast_last_member_i[nterval]", "IFLA_BR_MCAST_LAST_MEMBER_INTVL").key("mcast_last_member_intvl"),
        num("mcast_m[embership_interval]", "IFLA_BR_MCAST_MEMBERSHIP_INTVL").key("mcast_membership_intvl"),
        num("mcast_querier_[interval]", "IFLA_BR_MCAST_QUERIER_INTVL").key("mcast_querier_intvl"),
        num("mcast_query_i[nterval]", "IFLA_BR_MCAST_QUERY_INTVL").key("mcast_query_intvl"),
        num("mcast_query_r[esponse_interval]", "IFLA_BR_MCAST_QUERY_RESPONSE_INTVL").key("mcast_query_response_intvl"),
        num("mcast_startup_query_i[nterval]", "IFLA_BR_MCAST_STARTUP_QUERY_INTVL").key("mcast_startup_query_intvl"),
        num("mcast_stat[s_enabled]", "IFLA_BR_MCAST_STATS_ENABLED"),
        num("mcast_i[gmp_version]", "IFLA_BR_MCAST_IGMP_VERSION"),
        num("mcast_ml[d_version]", "IFLA_BR_MCAST_MLD_VERSION"),
        num("n[f_call_iptables]", "IFLA_BR_NF_CALL_IPTABLES"),
        num("nf_call_ip6[tables]", "IFLA_BR_NF_CALL_IP6TABLES"),
        num("nf_call_a[rptables]", "IFLA_BR_NF_CALL_ARPTABLES"),
        taken("fd[b_flush]", "IFLA_BR_FDB_FLUSH", Take::Flag),
    ],
    help: "\
Usage: ... bridge [ fdb_flush ]
		  [ forward_delay FORWARD_DELAY ]
		  [ hello_time HELLO_TIME ]
		  [ max_age MAX_AGE ]
		  [ ageing_time AGEING_TIME ]
		  [ stp_state STP_STATE ]
		  [ priority PRIORITY ]
		  [ group_fwd_mask MASK ]
		  [ group_address ADDRESS ]
		  [ no_linklocal_learn NO_LINKLOCAL_LEARN ]
		  [ vlan_filtering VLAN_FILTERING ]
		  [ vlan_protocol VLAN_PROTOCOL ]
		  [ vlan_default_pvid VLAN_DEFAULT_PVID ]
		  [ vlan_stats_enabled VLAN_STATS_ENABLED ]
		  [ vlan_stats_per_port VLAN_STATS_PER_PORT ]
		  [ mcast_snooping MULTICAST_SNOOPING ]
		  [ mcast_vlan_snooping MULTICAST_VLAN_SNOOPING ]
		  [ mcast_router MULTICAST_ROUTER ]
		  [ mcast_query_use_ifaddr MCAST_QUERY_USE_IFADDR ]
		  [ mcast_querier MULTICAST_QUERIER ]
		  [ mcast_hash_elasticity HASH_ELASTICITY ]
		  [ mcast_hash_max HASH_MAX ]
		  [ mcast_last_member_count LAST_MEMBER_COUNT ]
		  [ mcast_startup_query_count STARTUP_QUERY_COUNT ]
		  [ mcast_last_member_interval LAST_MEMBER_INTERVAL ]
		  [ mcast_membership_interval MEMBERSHIP_INTERVAL ]
		  [ mcast_querier_interval QUERIER_INTERVAL ]
		  [ mcast_query_interval QUERY_INTERVAL ]
		  [ mcast_query_response_interval QUERY_RESPONSE_INTERVAL ]
		  [ mcast_startup_query_interval STARTUP_QUERY_INTERVAL ]
		  [ mcast_stats_enabled MCAST_STATS_ENABLED ]
		  [ mcast_igmp_version IGMP_VERSION ]
		  [ mcast_mld_version MLD_VERSION ]
		  [ nf_call_iptables NF_CALL_IPTABLES ]
		  [ nf_call_ip6tables NF_CALL_IP6TABLES ]
		  [ nf_call_arptables NF_CALL_ARPTABLES ]

Where: VLAN_PROTOCOL := { 802.1Q | 802.1ad }
",
    ..PLAIN
};

/// The bit of a row that is one of the switches by bit.
fn bit(row: &Row) -> u32 {
    let option = if row.words == "no_linklocal_learn" { BR_BOOLOPT_NO_LL_LEARN } else { BR_BOOLOPT_MCAST_VLAN_SNOOPING };
    1 << option.0
}

/// Several switches go into one attribute.
fn take_switch(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let on = number::<u8>(words.need()?).ok_or_else(|| words.wrong(&format!("invalid {}", row.name())))?;
    let mut all = settings.take(row.attr).map_or(BrBooloptMulti::default(), |bytes| BrBooloptMulti::read(&bytes));
    all.optmask |= bit(row);
    all.optval = if on > 0 { all.optval | bit(row) } else { all.optval & !bit(row) };
    settings.put(row.attr, all.to_bytes().to_vec())
}

fn say_switch(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let all = Struct::<BrBooloptMulti>::new(told.value).get()?;
    let value = u8::from(all.optval & bit(row) != 0).to_string();
    let known = KIND.rows.iter().filter(|other| other.attr == row.attr).fold(0, |all, row| all | bit(row));
    let sayable = all.optmask & !known == 0 && all.optval & !all.optmask == 0;
    sayable.then(|| if all.optmask & bit(row) != 0 { vec![row.name(), value] } else { Vec::new() })
}

fn show_switch(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let all = view.get(row.attr).map(Struct::<BrBooloptMulti>::new);
    if let Some(all) = all.and_then(|all| all.get()).filter(|all| all.optmask & bit(row) != 0) {
        view.put(row, u8::from(all.optval & bit(row) != 0));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, view};

    #[test]
    fn a_bridge_with_vlans_is_shown_as_iproute2_does() {
        let data = hex_bytes(
            "05000700010000000600080088a800000600270007000000050029000100000005002d0001000000\
             0c002e00030000000300000006000900080000000c0010003930000000000000",
        );
        assert_eq!(
            view("bridge", &data).0,
            "vlan_filtering 1 vlan_protocol 802.1ad hello_timer  123.45 vlan_default_pvid 7 vlan_stats_enabled 1 \
             vlan_stats_per_port 1 group_fwd_mask 0x8 no_linklocal_learn 1 mcast_vlan_snooping 1 "
        );
    }
}
