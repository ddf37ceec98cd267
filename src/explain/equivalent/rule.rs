//! `ip rule add` and `del`.

use nlmsg::payload::View;
use nlmsg::route::*;

use super::{Request, Say, Words, join, named, realms, u32_of};

const RULE: Words = &[
    ("FRA_SRC", Say::Own(|request, value| side(request, value, "FRA_SRC", "src_len", "from"))),
    ("FRA_DST", Say::Own(|request, value| side(request, value, "FRA_DST", "dst_len", "to"))),
    ("FRA_PRIORITY", Say::Is("priority")),
    ("FRA_FWMARK", Say::Own(|_, value| Some(vec!["fwmark".into(), format!("{:#x}", u32_of(value)?)]))),
    ("FRA_FWMASK", Say::Mask("fwmark")),
    ("FRA_IIFNAME", Say::Is("iif")),
    ("FRA_OIFNAME", Say::Is("oif")),
    ("FRA_TABLE", Say::Is("table")),
    ("FRA_GOTO", Say::Is("goto")),
    ("FRA_FLOW", Say::Own(realms)),
    ("FRA_TUN_ID", Say::Is("tun_id")),
    ("FRA_PROTOCOL", Say::Word("protocol", |value| RtProt(value as u8).word())),
    ("FRA_SUPPRESS_PREFIXLEN", Say::Is("suppress_prefixlength")),
    ("FRA_SUPPRESS_IFGROUP", Say::Is("suppress_ifgroup")),
    ("FRA_L3MDEV", Say::Own(|_, value| (value == [1]).then(|| vec!["l3mdev".into()]))),
    ("FRA_IP_PROTO", Say::Is("ipproto")),
    ("FRA_UID_RANGE", Say::Own(users)),
    ("FRA_SPORT_RANGE", Say::Own(|_, value| ports("sport", value))),
    ("FRA_DPORT_RANGE", Say::Own(|_, value| ports("dport", value))),
];

/// A prefix; of all addresses there is none.
fn side(request: &Request<'_>, value: &[u8], attr: &str, len: &str, word: &str) -> Option<Vec<String>> {
    Some(vec![word.to_owned(), if value.is_empty() { "all".to_owned() } else { request.prefix(attr, len)? }])
}

fn users(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let range = View::<FibRuleUidRange>::new(value).get()?;
    Some(vec!["uidrange".into(), format!("{}-{}", range.start, range.end)])
}

fn ports(word: &str, value: &[u8]) -> Option<Vec<String>> {
    let range = View::<FibRulePortRange>::new(value).get()?;
    Some(vec![word.into(), format!("{}-{}", range.start, range.end)])
}

pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
    let header = request.head::<FibRuleHdr>()?;
    let delete = name == "RTM_DELRULE";
    let mut words = vec![format!("ip{} rule", if header.family == AF_INET6 { " -6" } else { "" })];
    words.push(if delete { "del" } else { "add" }.to_owned());
    match header.flags {
        FibRule(0) => {}
        FIB_RULE_INVERT => words.push("not".into()),
        _ => return None,
    }
    request.words(RULE, request.attrs, request.set, &mut words)?;
    if header.tos != 0 {
        words.extend(["tos".into(), format!("{:#x}", header.tos)]);
    }
    let has = |name: &str| request.get(name).is_some();
    let (table, action) = (header.table.get(), header.action);
    let usual_action = if delete { FR_ACT_UNSPEC } else { FR_ACT_TO_TBL };
    // who says neither a table nor anything else that decides means the main one
    let decided = action != usual_action || has("FRA_L3MDEV") || has("FRA_TABLE");
    let usual_table = if delete || decided { RT_TABLE_UNSPEC } else { RT_TABLE_MAIN };
    if table != usual_table {
        words.extend(["table".into(), named(table.word(), table.0)]);
    }
    // the last word counts
    if action != usual_action && !(action == FR_ACT_GOTO && has("FRA_GOTO")) {
        words.push(if action == FR_ACT_NOP { "nop" } else { Rtn(action.0).word()? }.to_owned());
    }
    // who wants what goes without saying has to say something
    if words.len() == 2 && !delete {
        words.push("table main".to_owned());
    }
    Some(join(words))
}
