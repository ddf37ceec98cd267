//! What `-details` adds to a link.

use nlmsg::AttrSet;
use nlmsg::route::Link;
use nlmsg::route::link::af_spec::{IflaAfSpec, IflaInet6};
use nlmsg::route::link::{Ifla, LinkAfSpec};

use super::kind;
use super::show::Seen;
use crate::ip::Ip;
use crate::words::Stop;

/// What stands before the link's kind: attribute, JSON key, text before the value.
const BEFORE: &[(&str, &str, &str)] = &[
    ("IFLA_PROMISCUITY", "promiscuity", " promiscuity "),
    ("IFLA_ALLMULTI", "allmulti", " allmulti "),
    ("IFLA_MIN_MTU", "min_mtu", "minmtu "),
    ("IFLA_MAX_MTU", "max_mtu", "maxmtu "),
];

/// What stands after it.
const AFTER: &[(&str, &str, &str)] = &[
    ("IFLA_NUM_TX_QUEUES", "num_tx_queues", "numtxqueues "),
    ("IFLA_NUM_RX_QUEUES", "num_rx_queues", "numrxqueues "),
    ("IFLA_GSO_MAX_SIZE", "gso_max_size", "gso_max_size "),
    ("IFLA_GSO_MAX_SEGS", "gso_max_segs", "gso_max_segs "),
    ("IFLA_TSO_MAX_SIZE", "tso_max_size", "tso_max_size "),
    ("IFLA_TSO_MAX_SEGS", "tso_max_segs", "tso_max_segs "),
    ("IFLA_GRO_MAX_SIZE", "gro_max_size", "gro_max_size "),
    ("IFLA_PHYS_PORT_NAME", "phys_port_name", "portname "),
    ("IFLA_PHYS_PORT_ID", "phys_port_id", "portid "),
    ("IFLA_PHYS_SWITCH_ID", "phys_switch_id", "switchid "),
    ("IFLA_PARENT_DEV_BUS_NAME", "parentbus", "parentbus "),
    ("IFLA_PARENT_DEV_NAME", "parentdev", "parentdev "),
];

/// Shows the details after the first lines of a link, or of a link with its addresses (`addresses`).
pub(super) fn show(ip: &mut Ip<'_, '_>, link: &Link<'_>, seen: &Seen<'_>, addresses: bool) -> Result<(), Stop> {
    rows(ip, link, BEFORE);
    if seen.linkinfo {
        kind::show(ip, seen)?;
    }
    if !addresses {
        addrgenmode(ip, link);
    }
    rows(ip, link, AFTER);
    Ok(())
}

fn rows(ip: &mut Ip<'_, '_>, link: &Link<'_>, rows: &[(&str, &str, &str)]) {
    for (name, key, before) in rows {
        let Some(attr) = Ifla::set().by_name(name) else { continue };
        let Some(raw) = link.attrs.raw().find(|raw| raw.number() == attr.number) else { continue };
        match (attr.shape.name, kind::read(attr.shape, raw.value())) {
            (_, Some(number)) => ip.out.put(key, before, number, " "),
            ("string", None) => ip.out.put(key, before, raw.value().strip_suffix(b"\0").unwrap_or(raw.value()), " "),
            _ => {
                let hex: String = raw.value().iter().map(|byte| format!("{byte:02x}")).collect();
                ip.out.put(key, before, &hex, " ");
            }
        }
    }
}

/// How the link makes its link-local address.
fn addrgenmode(ip: &mut Ip<'_, '_>, link: &Link<'_>) {
    let mode = link.attrs.find(|attr| match attr {
        Ifla::IFLA_AF_SPEC(LinkAfSpec::Families(families)) => families.find(|family| match family {
            IflaAfSpec::AF_INET6(inet6) => inet6.find(|attr| match attr {
                IflaInet6::IFLA_INET6_ADDR_GEN_MODE(mode) => Some(mode),
                _ => None,
            }),
            _ => None,
        }),
        _ => None,
    });
    if let Some(mode) = mode {
        let odd = format!("{:#04x}", mode.0);
        ip.out.put("inet6_addr_gen_mode", "addrgenmode ", mode.word().unwrap_or(&odd), " ");
    }
}
