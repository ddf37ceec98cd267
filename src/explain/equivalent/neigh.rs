//! `ip neigh` and `bridge fdb`, which share their messages.

use nlmsg::frame::{NLM_F_APPEND, NLM_F_BULK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use nlmsg::route::*;

use super::{Request, Say, Words, join, u32_of};

const NEIGH: Words = &[
    ("NDA_DST", Say::Nothing),
    ("NDA_LLADDR", Say::Is("lladdr")),
    ("NDA_PROTOCOL", Say::Is("protocol")),
    ("NDA_FLAGS_EXT", Say::Own(more_flags)),
];
const FDB: Words = &[
    ("NDA_LLADDR", Say::Nothing),
    ("NDA_DST", Say::Is("dst")),
    ("NDA_VLAN", Say::Is("vlan")),
    ("NDA_PORT", Say::Is("port")),
    ("NDA_VNI", Say::Is("vni")),
    ("NDA_SRC_VNI", Say::Is("src_vni")),
    ("NDA_NH_ID", Say::Is("nhid")),
    ("NDA_IFINDEX", Say::Link("via")),
];

fn more_flags(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    (NtfExt(u32_of(value)?) == NTF_EXT_MANAGED).then(|| vec!["managed".into()])
}

/// `bridge fdb flush`: what goes is said by masks.
fn flush(request: &Request<'_>, header: &NdMsg) -> Option<String> {
    let mut words = vec!["bridge fdb flush dev".to_owned(), request.link(header.ndm_ifindex as u32)];
    let masks: Words = &[
        ("NDA_IFINDEX", Say::Link("brport")),
        ("NDA_VLAN", Say::Is("vlan")),
        ("NDA_NDM_FLAGS_MASK", Say::Nothing),
        ("NDA_NDM_STATE_MASK", Say::Nothing),
    ];
    request.words(masks, request.attrs, request.set, &mut words)?;
    let mut flags = header.ndm_flags;
    for flag in [NTF_SELF, NTF_MASTER] {
        if flags.contains(flag) {
            words.push(flag.word()?.into());
            flags = flags.without(flag);
        }
    }
    let masked = Ntf(request.get("NDA_NDM_FLAGS_MASK").map_or(Some(0), |mask| mask.first().copied())?);
    let states = request.get("NDA_NDM_STATE_MASK").map_or(Some(0), |mask| Some(u16::from_ne_bytes(mask.try_into().ok()?)))?;
    words.extend(crate::bridge::flush_words(header.ndm_state, Nud(states), flags, masked)?.into_iter().map(String::from));
    (header.ndm_family == AF_BRIDGE).then(|| join(words))
}

pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
    let header = request.head::<NdMsg>()?;
    if name == "RTM_DELNEIGH" && request.has(NLM_F_BULK) {
        return flush(request, &header);
    }
    let fdb = header.ndm_family == AF_BRIDGE;
    let mut words = vec![if fdb { "bridge fdb" } else { "ip neigh" }.to_owned()];
    let verb =
        match (name, request.has(NLM_F_CREATE), request.has(NLM_F_EXCL), request.has(NLM_F_REPLACE), request.has(NLM_F_APPEND)) {
            ("RTM_DELNEIGH", ..) => "del",
            (_, true, true, ..) => "add",
            (_, true, _, true, _) => "replace",
            (_, false, _, true, _) => "change",
            (_, true, _, _, true) => "append",
            _ => return None,
        };
    words.push(verb.to_owned());
    let mut flags = header.ndm_flags;
    if !fdb && flags.contains(NTF_PROXY) {
        words.push("proxy".into());
        flags = flags.without(NTF_PROXY);
    }
    words.push(if fdb { request.text("NDA_LLADDR")? } else { request.text("NDA_DST")? });
    request.words(if fdb { FDB } else { NEIGH }, request.attrs, request.set, &mut words)?;
    words.extend(["dev".into(), request.link(header.ndm_ifindex as u32)]);
    // `managed` takes the state away
    let usual = if request.get("NDA_FLAGS_EXT").is_some() { NUD_NONE } else { NUD_PERMANENT };
    match (fdb, header.ndm_state) {
        (true, state) if state == NUD_PERMANENT | NUD_NOARP => {}
        (true, state) if state == NUD_REACHABLE | NUD_NOARP => words.push("static".into()),
        (true, state) if state == NUD_PERMANENT | NUD_REACHABLE | NUD_NOARP => words.push("permanent static".into()),
        (true, state) if state == NUD_PERMANENT | NUD_REACHABLE => words.push("permanent dynamic".into()),
        (true, NUD_REACHABLE) => words.push("dynamic".into()),
        (true, _) => return None,
        (false, state) if state == usual => {}
        (false, state) => {
            let word = state.word().map(str::to_lowercase);
            words.extend(["nud".into(), word.unwrap_or_else(|| format!("{:#x}", state.0))]);
        }
    }
    for flag in [NTF_SELF, NTF_MASTER, NTF_ROUTER, NTF_USE, NTF_EXT_LEARNED, NTF_STICKY] {
        if flags.contains(flag) && (fdb || !matches!(flag, NTF_SELF | NTF_MASTER | NTF_STICKY)) {
            words.push(flag.word()?.into());
            flags = flags.without(flag);
        }
    }
    (flags == Ntf(0)).then(|| join(words))
}
