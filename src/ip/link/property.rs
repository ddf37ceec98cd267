//! `ip link property`: alternative names of a link, of up to 127 bytes.

use nlmsg::frame::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::payload::Nest;
use nlmsg::route::{Ifla::*, *};

use super::{HELP, check_name};
use crate::ip::{Ip, Request};
use crate::words::{Stop, Words, abbreviates};

/// The kernel says what is wrong with a name that is too long.
const ANY_LENGTH: usize = usize::MAX;

/// `ip link property add|del dev DEVICE altname NAME ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(word) = words.next() else { return Err(Stop::help(HELP)) };
    let (kind, flags) = match word {
        _ if abbreviates(word, "add") => (RTM_NEWLINKPROP, NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND),
        _ if abbreviates(word, "del") => (RTM_DELLINKPROP, NlmF(0)),
        _ if abbreviates(word, "help") => return Err(Stop::help(HELP)),
        _ => return Err(Stop::grammar("Operator required").at(words.position() - 1)),
    };
    let mut header = IfInfoMsg { ifi_family: Af(ip.options.family), ..IfInfoMsg::default() };
    let (mut dev, mut names) = (None, Vec::new());
    while let Some(word) = words.next() {
        if abbreviates(word, "altname") {
            let name = words.need()?;
            check_name(words, "altname", name, ANY_LENGTH).map_err(|_| words.wrong("not a valid altname"))?;
            names.push(IFLA_ALT_IFNAME(name.into()));
        } else if abbreviates(word, "help") {
            return Err(Stop::help(HELP));
        } else {
            let name = if word == "dev" { words.need()? } else { word };
            if dev.is_some() {
                return Err(words.twice_or_garbage("dev"));
            }
            check_name(words, "dev", name, ANY_LENGTH)?;
            dev = Some(name);
        }
    }
    let Some(dev) = dev else {
        return Err(Stop::grammar("Not enough of information: \"dev\" argument is required."));
    };
    header.ifi_index = ip.device(dev)? as i32;
    let mut request = Request::new(&header);
    request.put(IFLA_PROP_LIST(Nest::Nested(&names)))?;
    ip.talk(kind, flags, &request)
}
