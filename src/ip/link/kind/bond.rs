//! `bond`: several links as one, and the links in it (`IFLA_BOND_*` of linux/if_link.h).

use bytes::BytesMut;
use nlmsg::AttrSet;
use nlmsg::frame::{RawAttrs, close, open};
use nlmsg::route::link::kind::bond::*;

use super::{Kind, OFF_ON, PLAIN, Row, Settings, Show, Take, Told, View, address, num, octets, row, shown, taken};
use crate::ip::Ip;
use crate::words::{Stop, Words};

/// What is shown of a value without a word.
const ODD: &str = "UNKNOWN";

/// An option whose values have words.
const fn word(words: &'static str, attr: &'static str, names: &'static nlmsg::payload::Names) -> Row {
    row(words, attr, Take::WordOrNumber(names), Show::Word(names, ODD))
}

pub(super) const BOND: Kind = Kind {
    name: "bond",
    set: IflaBond::set,
    rows: &[
        word("m[ode]", "IFLA_BOND_MODE", BondMode::TABLE),
        row("a[ctive_slave]", "IFLA_BOND_ACTIVE_SLAVE", Take::Device(1), Show::Device),
        num("mi[imon]", "IFLA_BOND_MIIMON"),
        num("u[pdelay]", "IFLA_BOND_UPDELAY"),
        num("d[owndelay]", "IFLA_BOND_DOWNDELAY"),
        num("p[eer_notify_delay]", "IFLA_BOND_PEER_NOTIF_DELAY"),
        num("us[e_carrier]", "IFLA_BOND_USE_CARRIER"),
        num("ar[p_interval]", "IFLA_BOND_ARP_INTERVAL"),
        num("arp_missed_max", "IFLA_BOND_MISSED_MAX"),
        row("arp_ip[_target]", "IFLA_BOND_ARP_IP_TARGET", Take::Own(take_targets), Show::Own(show_targets)).say(say_targets),
        row("ns_ip6_target", "IFLA_BOND_NS_IP6_TARGET", Take::Own(take_targets), Show::Own(show_targets)).say(say_targets),
        row("arp_v[alidate]", "IFLA_BOND_ARP_VALIDATE", Take::WordOrNumber(BondArpValidate::TABLE), Show::Own(show_validate)),
        word("arp_a[ll_targets]", "IFLA_BOND_ARP_ALL_TARGETS", BondArpAllTargets::TABLE),
        row("pr[imary]", "IFLA_BOND_PRIMARY", Take::Device(1), Show::Device),
        word("primary_[reselect]", "IFLA_BOND_PRIMARY_RESELECT", BondPriReselect::TABLE),
        word("f[ail_over_mac]", "IFLA_BOND_FAIL_OVER_MAC", BondFom::TABLE),
        word("x[mit_hash_policy]", "IFLA_BOND_XMIT_HASH_POLICY", BondXmitPolicy::TABLE),
        num("r[esend_igmp]", "IFLA_BOND_RESEND_IGMP"),
        num("n[um_grat_arp] n[um_unsol_na]", "IFLA_BOND_NUM_PEER_NOTIF")
            .key("num_peer_notif")
            .wrong("invalid num_grat_arp|num_unsol_na"),
        num("al[l_slaves_active]", "IFLA_BOND_ALL_SLAVES_ACTIVE"),
        num("min[_links]", "IFLA_BOND_MIN_LINKS"),
        num("l[p_interval]", "IFLA_BOND_LP_INTERVAL"),
        num("pa[ckets_per_slave]", "IFLA_BOND_PACKETS_PER_SLAVE"),
        word("lacp_active", "IFLA_BOND_AD_LACP_ACTIVE", OFF_ON).key("ad_lacp_active"),
        word("la[cp_rate]", "IFLA_BOND_AD_LACP_RATE", BondLacpRate::TABLE).key("ad_lacp_rate"),
        word("ad[_select]", "IFLA_BOND_AD_SELECT", BondAdSelect::TABLE),
        shown("ad_info", "IFLA_BOND_AD_INFO", Show::Own(show_aggregator)),
        num("ad_a[ctor_sys_prio]", "IFLA_BOND_AD_ACTOR_SYS_PRIO"),
        num("ad_u[ser_port_key]", "IFLA_BOND_AD_USER_PORT_KEY"),
        row("ad_actor_syst[em]", "IFLA_BOND_AD_ACTOR_SYSTEM", Take::Hw, Show::Hw),
        num("t[lb_dynamic_lb]", "IFLA_BOND_TLB_DYNAMIC_LB"),
        taken("c[lear_active_slave]", "IFLA_BOND_ACTIVE_SLAVE", Take::Is(0)),
    ],
    help: "\
Usage: ... bond [ mode BONDMODE ] [ active_slave SLAVE_DEV ]
                [ clear_active_slave ] [ miimon MIIMON ]
                [ updelay UPDELAY ] [ downdelay DOWNDELAY ]
                [ peer_notify_delay DELAY ]
                [ use_carrier USE_CARRIER ]
                [ arp_interval ARP_INTERVAL ]
                [ arp_validate ARP_VALIDATE ]
                [ arp_all_targets ARP_ALL_TARGETS ]
                [ arp_ip_target [ ARP_IP_TARGET, ... ] ]
                [ ns_ip6_target [ NS_IP6_TARGET, ... ] ]
                [ primary SLAVE_DEV ]
                [ primary_reselect PRIMARY_RESELECT ]
                [ fail_over_mac FAIL_OVER_MAC ]
                [ xmit_hash_policy XMIT_HASH_POLICY ]
                [ resend_igmp RESEND_IGMP ]
                [ num_grat_arp|num_unsol_na NUM_GRAT_ARP|NUM_UNSOL_NA ]
                [ all_slaves_active ALL_SLAVES_ACTIVE ]
                [ min_links MIN_LINKS ]
                [ lp_interval LP_INTERVAL ]
                [ packets_per_slave PACKETS_PER_SLAVE ]
                [ tlb_dynamic_lb TLB_DYNAMIC_LB ]
                [ lacp_rate LACP_RATE ]
                [ lacp_active LACP_ACTIVE]
                [ ad_select AD_SELECT ]
                [ ad_user_port_key PORTKEY ]
                [ ad_actor_sys_prio SYSPRIO ]
                [ ad_actor_system LLADDR ]
                [ arp_missed_max MISSED_MAX ]

BONDMODE := balance-rr|active-backup|balance-xor|broadcast|802.3ad|balance-tlb|balance-alb
ARP_VALIDATE := none|active|backup|all|filter|filter_active|filter_backup
ARP_ALL_TARGETS := any|all
PRIMARY_RESELECT := always|better|failure
FAIL_OVER_MAC := none|active|follow
XMIT_HASH_POLICY := layer2|layer2+3|layer3+4|encap2+3|encap3+4|vlan+srcmac
LACP_ACTIVE := off|on
LACP_RATE := slow|fast
AD_SELECT := stable|bandwidth|count
",
    ..PLAIN
};

pub(super) const SLAVE: Kind = Kind {
    name: "bond_slave",
    set: IflaBondSlave::set,
    unknown: "bond_slave: unknown option \"{}\"?\n",
    wrong: "{} is invalid",
    rows: &[
        shown("state", "IFLA_BOND_SLAVE_STATE", Show::Word(BondState::TABLE, "{}")),
        shown("mii_status", "IFLA_BOND_SLAVE_MII_STATUS", Show::Word(BondLink::TABLE, "{}")),
        shown("link_failure_count", "IFLA_BOND_SLAVE_LINK_FAILURE_COUNT", Show::Number),
        shown("perm_hwaddr", "IFLA_BOND_SLAVE_PERM_HWADDR", Show::Hw),
        num("q[ueue_id]", "IFLA_BOND_SLAVE_QUEUE_ID"),
        num("prio", "IFLA_BOND_SLAVE_PRIO"),
        shown("ad_aggregator_id", "IFLA_BOND_SLAVE_AD_AGGREGATOR_ID", Show::Number),
        shown("ad_actor_oper_port_state", "IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE", Show::Own(show_lacp)),
        shown("ad_partner_oper_port_state", "IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE", Show::Own(show_lacp)),
    ],
    help: "Usage: ... bond_slave [ queue_id ID ] [ prio PRIORITY ]\n",
    ..PLAIN
};

/// Most targets that the kernel takes (`BOND_MAX_ARP_TARGETS`).
const MOST_TARGETS: usize = 16;

/// Addresses with commas between them; no word at all empties the list.
fn take_targets(_: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let v6 = row.attr == "IFLA_BOND_NS_IP6_TARGET";
    let mut list = BytesMut::new();
    for (place, word) in words.next().unwrap_or("").split(',').filter(|word| !word.is_empty()).take(MOST_TARGETS).enumerate() {
        let family = if v6 { libc::AF_INET6 } else { libc::AF_INET };
        let addr = crate::words::address(word, family as u8).ok_or_else(|| {
            let kind = if v6 { "inet6 address" } else { "an IP address" };
            let why = format!("Error: {kind} is expected rather than \"{word}\"{}", if v6 { "." } else { "" });
            Stop::failure(why).at(words.position() - 1)
        })?;
        let start = open(&mut list, place as u16);
        list.extend_from_slice(&octets(addr));
        close(&mut list, start).map_err(|what| Stop::failure(format!("Error: {what}")))?;
    }
    settings.put(row.attr, list.to_vec())
}

fn say_targets(told: &Told<'_, '_>, row: &Row) -> Option<Vec<String>> {
    let mut targets = Vec::new();
    let mut attrs = RawAttrs::new(told.value, 0);
    while let Some(raw) = attrs.try_next() {
        targets.push(address(raw.ok()?.value())?.to_string());
    }
    Some(vec![row.name(), if targets.is_empty() { ",".into() } else { targets.join(",") }])
}

fn show_targets(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(data) = view.get(row.attr).filter(|data| !data.is_empty()) else { return Ok(()) };
    let (name, out) = (row.name(), &mut view.ip.out);
    let mut attrs = RawAttrs::new(data, 0);
    out.array(&name);
    out.text(&format!("{name} "));
    let mut before = "";
    while let Some(addr) = attrs.try_next().and_then(|raw| address(raw.ok()?.value())) {
        out.put("", before, addr, "");
        before = ",";
    }
    out.text(" ");
    out.end_array();
    Ok(())
}

/// In JSON, none is no word.
fn show_validate(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    match view.number(row.attr) {
        Some(0) if view.ip.out.is_json() => view.ip.out.null("arp_validate", ""),
        Some(validate) => view.put(row, BondArpValidate(validate as u32).word().unwrap_or(ODD)),
        None => {}
    }
    Ok(())
}

/// What is known of the aggregator in use.
const AGGREGATOR: &[Row] = &[
    shown("ad_aggregator", "IFLA_BOND_AD_INFO_AGGREGATOR", Show::Number).key("aggregator"),
    shown("ad_num_ports", "IFLA_BOND_AD_INFO_NUM_PORTS", Show::Number).key("num_ports"),
    shown("ad_actor_key", "IFLA_BOND_AD_INFO_ACTOR_KEY", Show::Number).key("actor_key"),
    shown("ad_partner_key", "IFLA_BOND_AD_INFO_PARTNER_KEY", Show::Number).key("partner_key"),
    shown("ad_partner_mac", "IFLA_BOND_AD_INFO_PARTNER_MAC", Show::Hw).key("partner_mac"),
];

fn show_aggregator(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(data) = view.get(row.attr) else { return Ok(()) };
    view.ip.out.object("ad_info");
    let mut inner = View { ip: view.ip, set: IflaBondAdInfo::set(), data };
    AGGREGATOR.iter().try_for_each(|row| inner.row(row))?;
    view.ip.out.end_object();
    Ok(())
}

/// The bits of a port's LACP state, from the first on (linux/if_bonding.h, `LACP_STATE_*`).
const LACP: [&str; 8] =
    ["active", "short_timeout", "aggregating", "in_sync", "collecting", "distributing", "defaulted", "expired"];

/// The state as a number, then in words.
fn show_lacp(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(state) = view.number(row.attr) else { return Ok(()) };
    view.put(row, state);
    let (name, out) = (format!("{}_str", row.label), &mut view.ip.out);
    out.array(&name);
    out.text(&format!("{name} <"));
    let mut before = "";
    for (_, word) in LACP.iter().enumerate().filter(|(bit, _)| state >> bit & 1 == 1) {
        out.put("", before, *word, "");
        before = ",";
    }
    out.text("> ");
    out.end_array();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, shown, view};

    /// All its words come back as they were said.
    #[test]
    fn a_bond_is_shown_as_it_was_said() {
        let words = "mode active-backup miimon 100 updelay 200 downdelay 300 peer_notify_delay 400 use_carrier 1 \
                     arp_interval 5 arp_missed_max 3 arp_ip_target 10.0.0.1,10.0.0.2 ns_ip6_target fd00::1,fd00::2 \
                     arp_validate filter_active arp_all_targets all primary_reselect better fail_over_mac follow \
                     xmit_hash_policy vlan+srcmac resend_igmp 4 num_grat_arp 5 all_slaves_active 1 min_links 1 \
                     lp_interval 2 packets_per_slave 3 lacp_active on lacp_rate fast ad_select bandwidth \
                     ad_actor_sys_prio 6 ad_user_port_key 5 ad_actor_system 02:00:00:00:00:01 tlb_dynamic_lb 0";
        let (text, json) = shown("bond", words);
        assert_eq!(text, format!("{words} "));
        for part in [r#""arp_ip_target":["10.0.0.1","10.0.0.2"]"#, r#""num_peer_notif":5"#, r#""ad_lacp_active":"on""#] {
            assert!(json.contains(part), "no {part} in {json}");
        }
        assert_eq!(shown("bond", "arp_validate none"), ("arp_validate none ".into(), r#"{"arp_validate":null}"#.into()));
    }

    #[test]
    fn the_aggregator_is_shown_as_iproute2_does() {
        let data = "30001700060001000100000006000200020000000600030009000000060004000a0000000a0005000200000000070000";
        assert_eq!(
            view("bond", &hex_bytes(data)).0,
            "ad_aggregator 1 ad_num_ports 2 ad_actor_key 9 ad_partner_key 10 ad_partner_mac 02:00:00:00:00:07 "
        );
    }

    #[test]
    fn a_part_of_a_bond_is_shown_as_iproute2_does() {
        let data = "0500010001000000050002000000000008000300030000000a00040002000000000900000600050004000000\
                    08000900f9ffffff0600060001000000050007003d00000006000800c3000000";
        let (text, json) = view("bond_slave", &hex_bytes(data));
        assert_eq!(
            text,
            "state BACKUP mii_status UP link_failure_count 3 perm_hwaddr 02:00:00:00:00:09 queue_id 4 prio -7 \
             ad_aggregator_id 1 ad_actor_oper_port_state 61 \
             ad_actor_oper_port_state_str <active,aggregating,in_sync,collecting,distributing> \
             ad_partner_oper_port_state 195 ad_partner_oper_port_state_str <active,short_timeout,defaulted,expired> "
        );
        assert!(json.ends_with(r#""ad_partner_oper_port_state_str":["active","short_timeout","defaulted","expired"]}"#));
        let odd = view("bond_slave", &hex_bytes("050001000900000005000200030000000500070000000000"));
        assert!(odd.0.starts_with("state 9 mii_status GOING_BACK ") && odd.1.starts_with(r#"{"state_index":9,"#));
    }
}
