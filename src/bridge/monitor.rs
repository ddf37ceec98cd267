//! `bridge monitor`: what changes, as the kernel tells it.

use std::fs;

use nlmsg::route::{
    AF_BRIDGE, AF_UNSPEC, IfInfoMsg, Link, RTM_DELLINK, RTM_DELMDB, RTM_DELNEIGH, RTM_DELTUNNEL, RTM_DELVLAN, RTM_NEWLINK,
    RTM_NEWMDB, RTM_NEWNEIGH, RTM_NEWTUNNEL, RTM_NEWVLAN, RTNLGRP_BRVLAN, RTNLGRP_LINK, RTNLGRP_MDB, RTNLGRP_NEIGH,
    RTNLGRP_TUNNEL, RtnlGrp,
};
use nlmsg::{Message, Messages, Record};

use super::{Options, failed, fdb, link, mdb, vlan, vni};
use crate::Error;
use crate::clock;
use crate::exchange::strerror;
use crate::ip::Ip;
use crate::ip::monitor::NLMSG_TSTAMP;
use crate::output::Style;
use crate::words::{Stop, Words, abbreviates};

const HELP: &str = "Usage: bridge monitor [file | link | fdb | mdb | vlan | vni | all]";

/// What is shown if nothing is asked for: groups of the first 32, as the original has no bits for others.
const USUAL: &[RtnlGrp] = &[RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_MDB];
/// What comes with `all`.
const UNUSUAL: &[RtnlGrp] = &[RTNLGRP_BRVLAN, RTNLGRP_TUNNEL];

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
    // what is shown when nothing is asked for, and what is asked for
    let (mut usual, mut groups): (&[RtnlGrp], Vec<RtnlGrp>) = (USUAL, Vec::new());
    let mut show = Show { banner: false, time: options.timestamp };
    let mut file = None;
    while let Some(word) = words.next() {
        let is = |full: &str| abbreviates(word, full);
        let group = if is("file") {
            file = Some(words.need()?);
            continue;
        } else if is("link") {
            RTNLGRP_LINK
        } else if is("fdb") {
            RTNLGRP_NEIGH
        } else if is("mdb") {
            RTNLGRP_MDB
        } else if is("vlan") {
            RTNLGRP_BRVLAN
        } else if word == "vni" {
            RTNLGRP_TUNNEL
        } else if word == "all" {
            (usual, show.banner) = (USUAL, true);
            groups.extend(UNUSUAL);
            continue;
        } else if is("help") {
            return Err(Stop::help(HELP));
        } else {
            let text = format!("Argument \"{word}\" is unknown, try \"bridge monitor help\".");
            return Err(Stop::grammar(text).at(words.position() - 1));
        };
        usual = &[];
        groups.push(group);
    }
    groups.extend(usual);
    // events are text, whatever was asked for, as in the original
    ip.out.set_style(Style { json: false, ..ip.out.style() });
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
    let heading = |ip: &mut Ip<'_, '_>, banner| {
        if show.time {
            let (now, micros) = clock::now();
            ip.out.text(&format!("Timestamp: {} {micros} usec\n", clock::asctime(&now)));
        }
        if show.banner {
            ip.out.text(banner);
        }
    };
    match kind {
        RTM_NEWLINK | RTM_DELLINK => {
            heading(ip, "[LINK]");
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
        // of addresses above Ethernet there is nothing here, not even what they would be
        RTM_NEWNEIGH | RTM_DELNEIGH if message.payload.first() != Some(&AF_BRIDGE.0) => {}
        RTM_NEWNEIGH | RTM_DELNEIGH => {
            heading(ip, "[NEIGH]");
            fdb::show_one(ip, message, &fdb::Filter::default())?;
        }
        RTM_NEWMDB | RTM_DELMDB => {
            heading(ip, "[MDB]");
            mdb::show_event(ip, message)?;
        }
        RTM_NEWVLAN | RTM_DELVLAN => {
            heading(ip, "[VLAN]");
            vlan::show_event(ip, message)?;
        }
        RTM_NEWTUNNEL | RTM_DELTUNNEL => {
            heading(ip, "[TUNNEL]");
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
