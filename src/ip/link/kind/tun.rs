//! `tun`: a link whose other end is an open file (`IFLA_TUN_*` of linux/if_link.h). It is made by opening a file, so
//! there is only a view.

use nlmsg::AttrSet;
use nlmsg::route::link::kind::IflaTun;
use nlmsg::route::link::kind::tun::TunType;

use super::{Kind, PLAIN, Row, Show, View, shown};
use crate::words::Stop;

pub(super) const KIND: Kind = Kind {
    name: "tun",
    set: IflaTun::set,
    rows: &[
        shown("type", "IFLA_TUN_TYPE", Show::Word(TunType::TABLE, "UNKNOWN:{}")),
        shown("pi", "IFLA_TUN_PI", Show::OnOff),
        shown("vnet_hdr", "IFLA_TUN_VNET_HDR", Show::OnOff),
        shown("multi_queue", "IFLA_TUN_MULTI_QUEUE", Show::Own(queues)),
        shown("persist", "IFLA_TUN_PERSIST", Show::OnOff),
        shown("user", "IFLA_TUN_OWNER", Show::Own(owner)),
        shown("group", "IFLA_TUN_GROUP", Show::Own(owner)),
    ],
    help: "",
    ..PLAIN
};

fn queues(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let on = view.number(row.attr).unwrap_or(0) != 0;
    view.ip.out.json("multi_queue", on);
    if on {
        view.ip.out.text("multi_queue ");
        view.row(&shown("numqueues", "IFLA_TUN_NUM_QUEUES", Show::Number))?;
        view.row(&shown("numdisabled", "IFLA_TUN_NUM_DISABLED_QUEUES", Show::Number))?;
    }
    Ok(())
}

/// The name that `/etc/passwd` or `/etc/group` has for the number.
fn owner(view: &mut View<'_, '_, '_>, row: &Row) -> Result<(), Stop> {
    let Some(id) = view.number(row.attr) else { return Ok(()) };
    let file = if row.label == "user" { "/etc/passwd" } else { "/etc/group" };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let name = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    });
    match name {
        Some(name) => view.put(row, name),
        None => view.put(row, id),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hex_bytes, view};

    #[test]
    fn an_odd_type_is_a_number() {
        let data = hex_bytes("0500030009000000050007000100000008000800040000000800090001000000");
        assert_eq!(view("tun", &data).0, "type UNKNOWN:9 multi_queue numqueues 4 numdisabled 1 ");
    }
}
