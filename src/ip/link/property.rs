//! `ip link property`: further names of a link.

use nlmsg::Nest;
use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::route::{IfInfoMsg, Ifla::*, RTM_DELLINKPROP, RTM_NEWLINKPROP};

use super::{HELP, check_name};
use crate::ip::{Ip, Request};
use crate::words::{Stop, Words, abbreviates};

/// `add|del dev DEVICE altname NAME...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let (kind, flags) = match words.next() {
        Some(word) if abbreviates(word, "add") => (RTM_NEWLINKPROP, NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND),
        Some(word) if abbreviates(word, "del") => (RTM_DELLINKPROP, NlmF(0)),
        Some(word) if !abbreviates(word, "help") => return Err(Stop::grammar("Operator required")),
        _ => return Err(Stop::help(HELP)),
    };
    change(ip, words, kind, flags)
}

fn change(ip: &mut Ip<'_, '_>, words: &mut Words<'_>, kind: u16, flags: NlmF) -> Result<(), Stop> {
    let (mut dev, mut names) = (None, Vec::new());
    while let Some(word) = words.next() {
        if abbreviates(word, "altname") {
            let name = words.need()?;
            if name.is_empty() || name.len() >= 128 {
                return Err(words.wrong("not a valid altname"));
            }
            names.push(IFLA_ALT_IFNAME(name.into()));
        } else if abbreviates(word, "help") {
            return Err(Stop::help(HELP));
        } else {
            let name = if abbreviates(word, "dev") { words.need()? } else { word };
            if dev.is_some() {
                return Err(words.twice_or_garbage("dev"));
            }
            check_name(words, "dev", name, 16)?;
            dev = Some(name);
        }
    }
    let dev = dev.ok_or_else(|| Stop::grammar("Not enough information: \"dev\" argument is required."))?;
    let mut request = Request::new(&IfInfoMsg { ifi_index: ip.device(dev)? as i32, ..IfInfoMsg::default() });
    request.put(IFLA_PROP_LIST(Nest::Nested(&names)))?;
    ip.talk(kind, flags, &request)
}
