//! `bridge`: ports of bridges, the addresses that bridges know, and their VLANs. One file an object: grammar and
//! view side by side.
//!
//! The original tells two kinds of failure apart: words that it cannot read end it at once, what the kernel refuses
//! fails the command. Here the first has status 255 or 1, the second [`EXIT_KERNEL`]; [`main`] makes of them what
//! the original exits with.

mod columns;
mod fdb;
mod link;
mod mdb;
mod monitor;
mod vlan;
mod vni;

pub(crate) use fdb::flush_words;
pub(crate) use link::words_of as port_words;

use std::io::Write;

use crate::ip::{Ip, batch, netns};
use crate::netns::NetNs;
use crate::output::{Output, Style};
use crate::words::{EXIT_FAILURE, EXIT_GRAMMAR, EXIT_KERNEL, Stop, Words, abbreviates, atoi};

/// Options that only `bridge` has.
#[derive(Clone, Copy, Debug, Default)]
struct Options {
    /// `-compressvlans`: VLANs that follow one another are one range.
    compress: bool,
    /// `-timestamp`: when `monitor` saw what it shows.
    timestamp: bool,
}

type Object = fn(&mut Ip<'_, '_>, Options, &mut Words<'_>) -> Result<(), Stop>;

/// The objects in the order in which abbreviations are tried.
const OBJECTS: &[(&str, Object)] = &[
    ("link", link::command),
    ("fdb", fdb::command),
    ("mdb", mdb::command),
    ("vlan", vlan::command),
    ("vni", vni::command),
    ("monitor", monitor::command),
    ("help", |_, _, _| Err(Stop::help(USAGE))),
];

const USAGE: &str = "\
Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch filename
where  OBJECT := { link | fdb | mdb | vlan | vni | monitor }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |
                    -o[neline] | -t[imestamp] | -n[etns] name |
                    -com[pressvlans] | -c[olor] | -p[retty] | -j[son] }";

/// Runs `bridge` with these words, the program's name not among them; returns the exit status.
pub fn main(args: &[String], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let mut output = Output::new(out, Style::default());
    let mut ip = Ip::new(&mut output, err);
    let mut words = Words::new(args);
    let mut refused = EXIT_GRAMMAR;
    let result = options(&mut ip, &mut words).and_then(|go| match go {
        Go::Nothing => Ok(()),
        Go::Command(options) => run(&mut ip, options, &mut words),
        Go::Batch(options, file) => {
            refused = EXIT_FAILURE;
            batch::run(&mut ip, &file, &mut |ip, words| run(ip, options, words))
        }
    });
    ip.end(result.map_err(|stop| stop.pointing("bridge", args)), |status| if status == EXIT_KERNEL { refused } else { status })
}

/// What is to be done after the options were read.
enum Go {
    /// All was said.
    Nothing,
    /// The words that are left.
    Command(Options),
    /// The commands of this file.
    Batch(Options, String),
}

/// Reads the options before the object.
fn options(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Go, Stop> {
    let mut own = Options::default();
    let mut file = None;
    let mut style = ip.out.style();
    while let Some(option) = words.option() {
        let is = |full: &str| option.len() > 1 && abbreviates(option, full);
        if is("-help") {
            return Err(Stop::help(USAGE));
        } else if is("-Version") {
            ip.out.text(concat!("bridge utility, barelink-", env!("CARGO_PKG_VERSION"), "\n"));
            return Ok(Go::Nothing);
        } else if is("-stats") || is("-statistics") {
            ip.options.stats += 1;
        } else if is("-details") {
            ip.options.details = true;
        } else if is("-oneline") {
            style.oneline = true;
        } else if is("-timestamp") {
            own.timestamp = true;
        } else if is("-family") {
            ip.options.family = match words.next() {
                Some("inet") => libc::AF_INET as u8,
                Some("inet6") => libc::AF_INET6 as u8,
                Some("help") | None => return Err(Stop::help(USAGE)),
                Some(_) => return Err(words.wrong("invalid protocol family")),
            };
        } else if option == "-4" {
            ip.options.family = libc::AF_INET as u8;
        } else if option == "-6" {
            ip.options.family = libc::AF_INET6 as u8;
        } else if is("-netns") {
            let name = words.need()?;
            NetNs::open(name).and_then(|ns| ns.switch()).map_err(|error| netns::cannot_open(name, &error))?;
        } else if style.take_color(option) {
            // said there
        } else if is("-compressvlans") {
            own.compress = true;
        } else if is("-force") {
            ip.options.force = true;
        } else if is("-json") {
            style.json = true;
        } else if is("-pretty") {
            style.pretty = true;
        } else if is("-batch") {
            file = Some(words.next().ok_or_else(|| Stop::help(USAGE))?.to_string());
        } else {
            return Err(
                Stop::grammar(format!("Option \"{}\" is unknown, try \"bridge help\".", words.last())).at(words.position() - 1)
            );
        }
    }
    style.take_environment();
    ip.out.set_style(style);
    Ok(match file {
        Some(file) => Go::Batch(own, file),
        None => Go::Command(own),
    })
}

/// Runs one command: an object, then its own words.
fn run(ip: &mut Ip<'_, '_>, options: Options, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(object) = words.next() else { return Err(Stop::help(USAGE)) };
    match OBJECTS.iter().find(|(name, _)| abbreviates(object, name)) {
        Some((_, command)) => command(ip, options, words),
        _ => Err(failed(format!("Object \"{object}\" is unknown, try \"bridge help\".")).at(words.position() - 1)),
    }
}

/// Which VLANs or entries `show` means.
#[derive(Clone, Copy, Debug, Default)]
struct Filter {
    /// Only those of this link.
    index: Option<u32>,
    /// Only this VLAN; 0 is all.
    vid: u16,
}

impl Filter {
    /// Takes `dev` and `vid`.
    fn parse(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<Filter, Stop> {
        let (mut dev, mut filter) = (None, Filter::default());
        while let Some(word) = words.next() {
            if word == "dev" {
                words.once("dev", &mut dev)?;
            } else if word == "vid" {
                let vid = words.need()?;
                if filter.vid > 0 {
                    return Err(words.twice("vid"));
                }
                filter.vid = atoi(vid) as u16;
            }
            // other words mean nothing, as in the original
        }
        filter.index = dev.map(|name| device(ip, name)).transpose()?;
        Ok(filter)
    }
}

/// A command that failed; a batch can go on after it.
fn failed(text: impl Into<String>) -> Stop {
    Stop::failure(text).with_status(EXIT_KERNEL)
}

/// The index of a link that must be there.
fn device(ip: &mut Ip<'_, '_>, name: &str) -> Result<u32, Stop> {
    ip.index(name)?.ok_or_else(|| Stop::no_device(name).with_status(EXIT_KERNEL))
}

/// The index of a bridge or bridge port that must be there.
fn bridge_device(ip: &mut Ip<'_, '_>, name: &str) -> Result<u32, Stop> {
    ip.index(name)?.ok_or_else(|| failed(format!("Cannot find bridge device \"{name}\"")))
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use nlmsg::payload::Str;
    use nlmsg::route::{IfInfoMsg, Ifla::IFLA_IFNAME, Link};
    use nlmsg::{Body, Message, Nest};

    use super::*;

    /// What `view` prints where `br0` is 2 and `v0` is 4.
    pub(super) fn shown(json: bool, view: impl FnOnce(&mut Ip<'_, '_>)) -> String {
        let (mut sink, mut err) = (Vec::new(), Vec::new());
        let mut out = Output::new(&mut sink, Style { json, ..Style::default() });
        let mut ip = Ip::new(&mut out, &mut err);
        for (ifi_index, name) in [(2, "br0"), (4, "v0")] {
            let attrs = [IFLA_IFNAME(Str::new(name))];
            ip.remember(&Link::new(IfInfoMsg { ifi_index, ..IfInfoMsg::default() }, Nest::List(&attrs)));
        }
        ip.out.array("");
        view(&mut ip);
        ip.out.end_array();
        out.finish().unwrap();
        String::from_utf8(sink).unwrap()
    }

    /// Gives a message as the kernel would have sent it.
    pub(super) fn with<'b, B: Body<'b>>(nlmsg_type: u16, body: &B, show: impl FnOnce(&Message<'_>)) {
        let mut bytes = BytesMut::new();
        nlmsg::frame::message(&mut bytes, nlmsg_type, nlmsg::frame::NlmF(0), 0, body).unwrap();
        show(&nlmsg::Messages::new(&bytes).next().unwrap().unwrap());
    }
}
