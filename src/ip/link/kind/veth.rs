//! `veth`: a pair of links, each the other's far end (linux/veth.h).

use nlmsg::AttrSet;
use nlmsg::route::link::kind::VethInfo;
use nlmsg::route::{IfInfoMsg, Ifla::*};

use super::{Kind, PLAIN};
use crate::ip::{Ip, Request, link};
use crate::words::{Stop, Words};

pub(super) const KIND: Kind = Kind {
    name: "veth",
    set: VethInfo::set,
    parse: Some(parse),
    help: "\
Usage: ip link <options> type veth [peer <options>]
To get <options> type 'ip link add help'
",
    ..PLAIN
};

/// `peer`, then options of a link: a whole link inside of the link. Its header says what its flags shall be.
fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, request: &mut Request) -> Result<(), Stop> {
    if !words.take("peer") {
        // iproute2 prints this usage on standard output
        ip.out.text(KIND.help);
        let word = words.peek().unwrap_or("");
        return Err(Stop::failure(format!("veth: unknown command \"{word}\"?")).at(words.position()));
    }
    let peer = request.begin::<VethInfo<'_>>("VETH_INFO_PEER");
    let header = request.put_header(&IfInfoMsg::default());
    let mut said = link::parse(ip, words, request)?;
    said.check_one_name()?;
    said.header.ifi_index = said.index().unwrap_or(0);
    if let Some(name) = said.name() {
        request.put(IFLA_IFNAME(name.into()))?;
    }
    request.set_header_at(header, &said.header);
    request.end(peer)?;
    Ok(())
}
