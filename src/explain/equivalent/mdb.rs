//! `bridge mdb add` and `del`.

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL};
use nlmsg::route::mdb::*;
use nlmsg::route::{AF_BRIDGE, MdbRequest};

use super::{Request, join};

pub(super) fn command(request: &Request<'_>, delete: bool) -> Option<String> {
    let mdb: MdbRequest<'_> = request.seen.message()?.body().ok()?;
    let ifindex = mdb.header.ifindex;
    let usual = request.has(NLM_F_CREATE | NLM_F_EXCL) != delete;
    if !usual || mdb.header != (BrPortMsg { family: AF_BRIDGE, ifindex, ..BrPortMsg::default() }) {
        return None;
    }
    let (mut entry, mut source) = (None, None);
    for attr in mdb.attrs.iter() {
        match attr.ok()? {
            MdbaSetEntry::MDBA_SET_ENTRY(info) if entry.is_none() => entry = Some(info.get()?),
            MdbaSetEntry::MDBA_SET_ENTRY_ATTRS(more) => {
                for attr in more.iter() {
                    match attr.ok()? {
                        MdbeAttr::MDBE_ATTR_SOURCE(address) if source.is_none() => source = Some(address),
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
    }
    let entry: BrMdbEntry = entry?;
    let said = BrMdbEntry { ifindex: entry.ifindex, vid: entry.vid, addr: entry.addr, ..BrMdbEntry::default() };
    let permanent = entry == BrMdbEntry { state: MDB_PERMANENT, ..said };
    let group = entry.addr.to_string();
    // what fills up an address can be said as little as another protocol
    let whole = match entry.addr.ip() {
        Some(ip) => entry.addr == BrMdbAddr::of(ip),
        None => entry.addr.proto == 0 && entry.addr.u[6..].iter().all(|byte| *byte == 0),
    };
    if !whole || (permanent && delete) || (!permanent && entry != said) {
        return None;
    }
    let mut words = vec![format!("bridge mdb {}", if delete { "del" } else { "add" })];
    words.extend(["dev".into(), request.link(ifindex), "port".into(), request.link(entry.ifindex), "grp".into(), group]);
    if let Some(source) = source {
        words.extend(["src".into(), source.to_string()]);
    }
    if permanent {
        words.push("permanent".into());
    }
    if entry.vid > 0 {
        words.extend(["vid".into(), entry.vid.to_string()]);
    }
    Some(join(words))
}
