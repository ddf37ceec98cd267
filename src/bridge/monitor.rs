//! `bridge monitor`: what changes, as the kernel tells it.

use std::fs;

use nlmsg::route::{
    AF_UNSPEC, IfInfoMsg, Link, RTM_DELLINK, RTM_DELMDB, RTM_DELNEIGH, RTM_DELTUNNEL, RTM_DELVLAN, RTM_NEWLINK, RTM_NEWMDB,
    RTM_NEWNEIGH, RTM_NEWTUNNEL, RTM_NEWVLAN, RTNLGRP_BRVLAN, RTNLGRP_LINK, RTNLGRP_MDB, RTNLGRP_NEIGH, RTNLGRP_TUNNEL, RtnlGrp,
};
use nlmsg::{Message, Messages, Record};

use super::{Options, failed, fdb, link, mdb, vlan, vni};
use crate::Error;
use crate::clock;
use crate::exchange::strerror;
use crate::ip::Ip;
use crate::ip::monitor::NLMSG_TSTAMP;
use crate::words::{Stop, Words, abbreviates};

const HELP: &str = "Usage: bridge monitor [file | link | fdb | mdb | vlan | vni | all]";

/// How events are shown.
#[derive(Clone, Copy)]
struct Show {
    /// What is shown says what it is.
    banner: bool,
    /// When it came.
    time: bool,
}

/// `bridge monitor ...`.
pub(super) fn command(ip: &mut Ip<'_, '_>, options: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut groups: Vec<RtnlGrp> = Vec::new();
    let mut show = Show { banner: false, time: options.timestamp };
    let mut file = None;
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        if is("file") {
            file = Some(words.need()?);
        } else if is("link") {
            groups.push(RTNLGRP_LINK);
        } else if is("fdb") {
            groups.push(RTNLGRP_NEIGH);
        } else if is("mdb") {
            groups.push(RTNLGRP_MDB);
        } else if is("vlan") {
            groups.push(RTNLGRP_BRVLAN);
        } else if word == "vni" {
            groups.push(RTNLGRP_TUNNEL);
        } else if word == "all" {
            groups.clear();
            show.banner = true;
        } else if is("help") {
            return Err(Stop::help(HELP));
        } else {
            let text = format!("Argument \"{word}\" is unknown, try \"bridge monitor help\".");
            return Err(Stop::grammar(text).at(words.position() - 1));
        }
    }
    if groups.is_empty() {
        groups.extend([RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_MDB, RTNLGRP_BRVLAN, RTNLGRP_TUNNEL]);
    }
    // events are text, whatever was asked for, as in the original
    let mut style = ip.out.style();
    style.json = false;
    ip.out.set_style(style);
    match file {
        Some(file) => read(ip, file, show),
        None => listen(ip, &groups, show),
    }
}

/// Shows the messages of a file, as `rtmon` writes it.
fn read(ip: &mut Ip<'_, '_>, file: &str, show: Show) -> Result<(), Stop> {
    let bytes = fs::read(file).map_err(|error| {
        let why = strerror(error.raw_os_error().unwrap_or(0));
        Stop::grammar(format!("Cannot fopen: {why}"))
    })?;
    for message in Messages::new(&bytes) {
        match message {
            Ok(message) => event(ip, &message, show)?,
            Err(_) => return Err(failed("rtnl-from_file: truncated message")),
        }
    }
    Ok(())
}

fn listen(ip: &mut Ip<'_, '_>, groups: &[RtnlGrp], show: Show) -> Result<(), Stop> {
    let mut socket = ip.open()?;
    for group in groups {
        socket.join(group.0)?;
    }
    ip.learn_links()?;
    loop {
        let heard = socket.next_event(None, |message| {
            event(ip, &message, show).map_err(Heard::Stop)?;
            // each event is seen at once
            ip.flush();
            Ok(())
        });
        match heard {
            Ok(_) => {}
            Err(Heard::Error(error @ (Error::Overrun { .. } | Error::Answer(_)))) => ip.complain(&error.to_string()),
            Err(Heard::Error(error)) => return Err(error.into()),
            Err(Heard::Stop(stop)) => return Err(stop),
        }
    }
}

/// Why listening was left.
enum Heard {
    Error(Error),
    Stop(Stop),
}

impl From<Error> for Heard {
    fn from(error: Error) -> Heard {
        Heard::Error(error)
    }
}

/// Shows one message.
fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>, show: Show) -> Result<(), Stop> {
    let kind = message.header.nlmsg_type;
    if show.time {
        let (now, micros) = clock::now();
        ip.out.text(&format!("Timestamp: {} {micros} usec\n", clock::asctime(&now)));
    }
    let banner = |ip: &mut Ip<'_, '_>, text| ip.out.text(if show.banner { text } else { "" });
    match kind {
        RTM_NEWLINK | RTM_DELLINK => {
            banner(ip, "[LINK]");
            link::show_one(ip, message, None)?;
            if kind == RTM_NEWLINK
                && let Ok(link) = message.body::<Link<'_>>()
                && link.header.ifi_family == AF_UNSPEC
                && message.payload.len() >= IfInfoMsg::SIZE
            {
                // names can change
                ip.remember(&link);
            }
        }
        RTM_NEWNEIGH | RTM_DELNEIGH => {
            banner(ip, "[NEIGH]");
            fdb::show_one(ip, message, &fdb::Filter::default())?;
        }
        RTM_NEWMDB | RTM_DELMDB => {
            banner(ip, "[MDB]");
            mdb::show_event(ip, message)?;
        }
        RTM_NEWVLAN | RTM_DELVLAN => {
            banner(ip, "[VLAN]");
            vlan::show_event(ip, message)?;
        }
        RTM_NEWTUNNEL | RTM_DELTUNNEL => {
            banner(ip, "[TUNNEL]");
            vni::show_one(ip, message)?;
        }
        NLMSG_TSTAMP => {
            if let Some(&[a, b, c, d, e, f, g, h]) = message.payload.get(..8) {
                let (seconds, micros) = (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h]));
                let then = clock::local(seconds.into());
                ip.out.text(&format!("Timestamp: {} {micros} us\n", clock::asctime(&then)));
            }
        }
        _ => {}
    }
    Ok(())
}
