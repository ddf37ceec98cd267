//! `vrf`: links with a routing table of their own, and the links in it (`IFLA_VRF_*` of linux/if_link.h).

use nlmsg::AttrSet;
use nlmsg::route::link::kind::{IflaVrf, IflaVrfPort};

use super::{Kind, PLAIN, Row, Settings, Show, Take, row, shown};
use crate::ip::Ip;
use crate::words::{Stop, Words};

pub(super) const VRF: Kind = Kind {
    name: "vrf",
    set: IflaVrf::set,
    unknown: "vrf: unknown option \"{}\"?\n",
    rows: &[row("t[able]", "IFLA_VRF_TABLE", Take::Own(take_table), Show::Number)],
    help: "Usage: ... vrf table TABLEID\n",
    ..PLAIN
};

pub(super) const SLAVE: Kind = Kind {
    name: "vrf_slave",
    set: IflaVrfPort::set,
    rows: &[shown("table", "IFLA_VRF_PORT_TABLE", Show::Number)],
    help: "",
    ..PLAIN
};

fn take_table(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, row: &Row, settings: &mut Settings) -> Result<(), Stop> {
    let table = words.need()?;
    let table = ip.names.tables.value(table).ok_or_else(|| words.wrong("invalid table ID\n"))?;
    settings.number(row.attr, table.into())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, shown, view};

    #[test]
    fn tables_are_numbers() {
        assert_eq!(shown("vrf", "table main"), ("table 254 ".into(), r#"{"table":254}"#.into()));
        assert_eq!(view("vrf_slave", &hex_bytes("080001000a000000")).0, "table 10 ");
    }
}
