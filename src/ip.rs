//! `ip`: its options, its objects, and what they share. One file an object: grammar and view side by side.

mod addr;
mod addrlabel;
pub(crate) mod batch;
mod flush;
pub(crate) mod link;
pub(crate) mod monitor;
mod names;
mod neigh;
pub(crate) mod netns;
mod nexthop;
mod options;
mod request;
mod route;
mod rule;
mod verb;

use std::collections::BTreeMap;
use std::io::Write;

use nlmsg::frame::{NlMsgHdr, NlmF};
use nlmsg::route::link::{IfInfoMsg, Iff, Ifla::*, RTEXT_FILTER_SKIP_STATS, RTEXT_FILTER_VF};
use nlmsg::route::{
    Link, RTM_DELADDRLABEL, RTM_DELLINK, RTM_DELLINKPROP, RTM_DELNEIGH, RTM_GETLINK, RTM_NEWADDRLABEL, RTM_NEWLINK,
    RTM_NEWLINKPROP, RTM_NEWNEIGH,
};
use nlmsg::{Body, Message};

use crate::output::{Color, Output, Style};
use crate::words::{EXIT_FAILURE, EXIT_KERNEL, Stop, Words, abbreviates};
use crate::{Protocol, Socket, watch};
use names::Names;
use options::{Go, USAGE};

pub(crate) use addr::settable_flags;
pub(crate) use link::kind_words;
pub use monitor::Times;
pub use options::Options;
pub(crate) use request::Request;
pub(crate) use route::metric_words;
pub(crate) use verb::{verb, verb_of};

/// Everything a command of `ip` works with.
pub struct Ip<'o, 'w> {
    pub(crate) options: Options,
    pub(crate) out: &'o mut Output<'w>,
    pub(crate) names: Names,
    err: &'o mut dyn Write,
    socket: Option<Socket>,
    links: BTreeMap<u32, Known>,
    /// The id of the namespace whose links are meant, where it is another one.
    nsid: Option<i32>,
    netns_names: Option<netns::Ids>,
    /// Next hops that were seen or asked for, as the kernel told them.
    nexthops: BTreeMap<u32, Vec<u8>>,
    /// Whether more commands follow.
    in_batch: bool,
    /// Requests of a batch that are not sent yet.
    queue: batch::Queue,
}

/// What is known of a link that was seen.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    flags: Iff,
    arp_type: u16,
    address_len: Option<usize>,
    txqlen: Option<u32>,
}

/// The line of iproute2 for what the kernel said, and the attribute that the kernel means.
pub(crate) fn refused(error: &crate::Error) -> Stop {
    match error.refusal() {
        Some(refusal) => {
            let text = match &refusal.text {
                Some(text) => format!("Error: {}{}", text, if text.ends_with('.') { "" } else { "." }),
                None => format!("RTNETLINK answers: {}", refusal.strerror()),
            };
            // what is on the first line already is not said again
            let detail = refusal.detail().filter(|detail| refusal.text.as_ref() != Some(detail));
            let mut stop = Stop::failure(text).with_status(EXIT_KERNEL).with_detail(detail);
            stop.errno = error.errno();
            stop
        }
        None => Stop::failure(format!("{error}")),
    }
}

impl<'o, 'w> Ip<'o, 'w> {
    pub(crate) fn new(out: &'o mut Output<'w>, err: &'o mut dyn Write) -> Ip<'o, 'w> {
        Ip {
            options: Options { loops: 10, ..Options::default() },
            out,
            names: Names::new(),
            err,
            socket: None,
            links: BTreeMap::new(),
            nsid: None,
            netns_names: None,
            nexthops: BTreeMap::new(),
            in_batch: false,
            queue: batch::Queue::default(),
        }
    }

    /// The socket, which is opened when it is first needed.
    pub(crate) fn socket(&mut self) -> Result<&mut Socket, Stop> {
        // what was asked before happens before
        self.settle()?;
        if self.socket.is_none() {
            self.socket = Some(self.open()?);
        }
        // just filled in
        self.socket.as_mut().ok_or_else(|| Stop::failure("Cannot open netlink socket"))
    }

    /// Another socket, as the options want it.
    pub(crate) fn open(&self) -> Result<Socket, Stop> {
        let mut socket = Socket::open(Protocol::Route)?;
        if let Some(bytes) = self.options.rcvbuf {
            socket.set_receive_buffer(bytes);
        }
        Ok(socket)
    }

    /// Sends a request that changes something, and waits for the kernel's word. Warnings go to standard error.
    pub(crate) fn talk(&mut self, kind: u16, flags: NlmF, request: &Request) -> Result<(), Stop> {
        self.ask_to_change(kind, |socket| socket.request(kind, flags, &request.body()))
    }

    fn ask_to_change(&mut self, kind: u16, ask: impl FnOnce(&mut Socket) -> Result<(), crate::Error>) -> Result<(), Stop> {
        self.forget_links(kind);
        let socket = self.socket()?;
        let done = ask(socket);
        let warnings = socket.take_warnings();
        self.warn(warnings);
        Ok(done?)
    }

    /// After a request of this kind the next command of a batch finds other links.
    fn forget_links(&mut self, kind: u16) {
        if matches!(kind, RTM_NEWLINK | RTM_DELLINK | RTM_NEWLINKPROP | RTM_DELLINKPROP) {
            self.links.clear();
        }
    }

    /// Says on standard error what the kernel had to say about requests that it did.
    fn warn(&mut self, warnings: Vec<String>) {
        for warning in warnings {
            self.complain(&format!("Warning: {warning}{}", if warning.ends_with('.') { "" } else { "." }));
        }
    }

    /// As [`talk`](Self::talk), as the last thing that a command does. In a batch nobody waits for a word that will not
    /// come, and in one that goes on past errors the request waits for others, and one `send` takes them all.
    pub(crate) fn change(&mut self, kind: u16, flags: NlmF, request: &Request) -> Result<(), Stop> {
        // iproute2 echoes neither neighbours nor labels
        if self.options.echo && !matches!(kind, RTM_NEWNEIGH | RTM_DELNEIGH | RTM_NEWADDRLABEL | RTM_DELADDRLABEL) {
            return self.echo(kind, flags, request);
        }
        // a descriptor in a request must be open as it is sent
        if !self.in_batch || request.names_open() {
            return self.talk(kind, flags, request);
        }
        if !self.options.force {
            return match batch::can_warn(kind) {
                true => self.talk(kind, flags, request),
                false => Ok(self.socket()?.request_unless_refused(kind, flags, &request.body())?),
            };
        }
        self.forget_links(kind);
        let full = self.queue.push(kind, flags, &request.body())?;
        if full { self.settle() } else { Ok(()) }
    }

    /// As [`talk`](Self::talk), and shows what the kernel echoes: of what one request made, the first.
    fn echo(&mut self, kind: u16, flags: NlmF, request: &Request) -> Result<(), Stop> {
        let mut told: Option<(NlMsgHdr, Vec<u8>)> = None;
        self.ask_to_change(kind, |socket| {
            socket.request_echo(kind, flags, &request.body(), |message| {
                told.get_or_insert_with(|| (message.header, message.payload.to_vec()));
                Ok(())
            })
        })?;
        let message = told.as_ref().map(|(header, payload)| Message { header: *header, payload });
        monitor::echo(self, message.as_ref())
    }

    /// Reads a table, message by message.
    pub(crate) fn dump<'b, B: Body<'b>>(
        &mut self,
        kind: u16,
        body: &B,
        mut each: impl FnMut(&mut Self, &Message<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        // the socket is taken out so that what is shown can ask for names with another one, as a dump still runs
        self.socket()?;
        let Some(mut socket) = self.socket.take() else { return Ok(()) };
        let done = socket.dump(kind, NlmF(0), body, |message| each(self, &message));
        self.socket.get_or_insert(socket);
        let done = done.map_err(|stop| match stop.status {
            // the verdict on a dump has a line of its own
            EXIT_KERNEL => {
                let text = format!("{}\nDump terminated", stop.text);
                stop.with_text(text).with_status(EXIT_FAILURE)
            }
            _ => stop,
        });
        if done? {
            self.complain("Dump was interrupted and may be inconsistent.");
        }
        Ok(())
    }

    /// Learns all links of the namespace with one dump, as the tools do that show many of them.
    pub(crate) fn learn_links(&mut self) -> Result<(), Stop> {
        let mut request = Request::new(&IfInfoMsg::default());
        request.put(IFLA_EXT_MASK(RTEXT_FILTER_VF))?;
        self.dump(RTM_GETLINK, &request.body(), |ip, message| {
            if let Ok(link) = message.body::<Link<'_>>() {
                ip.remember(&link);
            }
            Ok(())
        })
    }

    /// The links of the namespace, remembered by index.
    pub(crate) fn remember(&mut self, link: &Link<'_>) {
        let name = link.attrs.find(|attr| match attr {
            IFLA_IFNAME(name) => Some(String::from_utf8_lossy(name.as_bytes()).into_owned()),
            _ => None,
        });
        let address_len = link.attrs.find(|attr| match attr {
            IFLA_ADDRESS(address) => Some(address.0.len()),
            _ => None,
        });
        let txqlen = link.attrs.find(|attr| match attr {
            IFLA_TXQLEN(len) => Some(len),
            _ => None,
        });
        if let Some(name) = name {
            let (flags, arp_type) = (link.header.ifi_flags, link.header.ifi_type.0);
            self.links.insert(link.header.ifi_index as u32, Known { name, flags, arp_type, address_len, txqlen });
        }
    }

    /// Forgets a link that is gone.
    pub(crate) fn forget(&mut self, index: u32) {
        self.links.remove(&index);
    }

    /// Asks for one link, by index or by name, as iproute2 does.
    fn ask(&mut self, index: u32, name: Option<&str>) -> Result<Option<u32>, Stop> {
        let mut request = Request::new(&IfInfoMsg { ifi_index: index as i32, ..IfInfoMsg::default() });
        request.put(IFLA_EXT_MASK(RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS))?;
        if let Some(id) = self.nsid {
            request.put(IFLA_TARGET_NETNSID(id))?;
        }
        if let Some(name) = name {
            request.put(if name.len() < 16 { IFLA_IFNAME(name.into()) } else { IFLA_ALT_IFNAME(name.into()) })?;
        }
        let mut found = None;
        // the socket is out of the way of what is remembered
        self.socket()?;
        let Some(mut socket) = self.socket.take() else { return Ok(None) };
        let got = socket.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
            if let Ok(link) = message.body::<Link<'_>>() {
                self.remember(&link);
                found = Some(link.header.ifi_index as u32);
            }
            Ok::<(), crate::Error>(())
        });
        self.socket = Some(socket);
        match got {
            Ok(()) => Ok(found),
            Err(error) if error.refusal().is_some() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The index of a link; `None` if there is none of this name.
    pub(crate) fn index(&mut self, name: &str) -> Result<Option<u32>, Stop> {
        if let Some((index, _)) = self.links.iter().find(|(_, known)| known.name == name) {
            return Ok(Some(*index));
        }
        if name.is_empty() {
            return Ok(None);
        }
        if name.len() < 128
            && let Some(index) = self.ask(0, Some(name))?
        {
            return Ok(Some(index));
        }
        // `if12` is the link with index 12, whatever its name
        let numbered = name.strip_prefix("if").and_then(|digits| digits.parse().ok()).filter(|&index| index > 0);
        // a command that is only planned may name what an earlier one would have made
        Ok(numbered.or_else(|| Some(watch::placeholder(watch::INDEX, name)? as u32)))
    }

    /// The index of a link that must be there.
    pub(crate) fn device(&mut self, name: &str) -> Result<u32, Stop> {
        self.index(name)?.ok_or_else(|| Stop::no_device(name))
    }

    /// The name of a link, or `if12`.
    pub(crate) fn name(&mut self, index: u32) -> Result<String, Stop> {
        if index == 0 {
            return Ok("*".into());
        }
        if !self.links.contains_key(&index) {
            self.ask(index, None)?;
        }
        Ok(self.links.get(&index).map_or_else(|| format!("if{index}"), |known| known.name.clone()))
    }

    /// The flags of a link that was seen.
    pub(crate) fn link_flags(&self, index: u32) -> Option<Iff> {
        self.links.get(&index).map(|known| known.flags)
    }

    /// The `ARPHRD_*` of a link; 0 if there is none.
    pub(crate) fn arp_type(&mut self, index: u32) -> Result<u16, Stop> {
        if index > 0 && !self.links.contains_key(&index) {
            self.ask(index, None)?;
        }
        Ok(self.links.get(&index).map_or(0, |known| known.arp_type))
    }

    /// How long the link-layer address of a link is, in bytes.
    pub(crate) fn address_len(&mut self, index: u32) -> Result<Option<usize>, Stop> {
        if !self.links.contains_key(&index) {
            self.ask(index, None)?;
        }
        Ok(self.links.get(&index).and_then(|known| known.address_len))
    }

    /// How many packets the queue of a link holds, asked for if the dump did not say.
    pub(crate) fn txqlen(&mut self, index: u32) -> Result<Option<u32>, Stop> {
        if self.links.get(&index).is_none_or(|known| known.txqlen.is_none()) {
            self.ask(index, None)?;
        }
        Ok(self.links.get(&index).and_then(|known| known.txqlen))
    }

    /// Reads the names of the namespaces that have an id here, as they are now.
    fn read_netns_names(&mut self) -> Result<(), Stop> {
        let mut ids = netns::Ids::listed()?;
        ids.read(self)?;
        self.netns_names = Some(ids);
        Ok(())
    }

    /// The name under `/run/netns` of the namespace that has this id here. Namespaces are opened only when an id is
    /// to be shown, the likely ones first, until it is found.
    pub(crate) fn netns_name(&mut self, id: i32) -> Result<Option<String>, Stop> {
        if self.nsid.is_some() || id < 0 {
            // what another namespace calls it has no name here
            return Ok(None);
        }
        let mut ids = match self.netns_names.take() {
            Some(ids) => ids,
            None => netns::Ids::listed()?,
        };
        let found = ids.find(self, id);
        let name = ids.name(id);
        self.netns_names = Some(ids);
        found.map(|()| name)
    }
}

type Object = fn(&mut Ip<'_, '_>, &mut Words<'_>) -> Result<(), Stop>;

/// The objects in the order in which abbreviations are tried; `None` where iproute2 has one that this program
/// has not, so that no abbreviation means something else here than there.
const OBJECTS: &[(&str, Option<Object>)] = &[
    ("address", Some(addr::command)),
    ("addrlabel", Some(addrlabel::command)),
    ("maddress", None),
    ("route", Some(route::command)),
    ("rule", Some(rule::command)),
    ("neighbor", Some(neigh::command)),
    ("neighbour", Some(neigh::command)),
    ("ntable", None),
    ("ntbl", None),
    ("link", Some(link::command)),
    ("l2tp", None),
    ("fou", None),
    ("ila", None),
    ("macsec", None),
    ("tunnel", None),
    ("tunl", None),
    ("tuntap", None),
    ("tap", None),
    ("token", None),
    ("tcpmetrics", None),
    ("tcp_metrics", None),
    ("monitor", Some(monitor::command)),
    ("xfrm", None),
    ("mroute", None),
    ("mrule", None),
    ("netns", Some(netns::command)),
    ("netconf", None),
    ("vrf", None),
    ("sr", None),
    ("nexthop", Some(nexthop::command)),
    ("mptcp", None),
    ("ioam", None),
    ("help", Some(|_, _| Err(Stop::help(USAGE)))),
    ("stats", None),
];

/// Runs `ip` with these words, the program's name not among them; returns the exit status.
pub fn main(args: &[String], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let mut output = Output::new(out, Style::default());
    let mut ip = Ip::new(&mut output, err);
    let mut words = Words::new(args);
    let result = ip.options(&mut words).and_then(|go| match go {
        Go::Nothing => Ok(()),
        Go::Command => ip.run(&mut words),
        Go::Batch(file) => batch::run(&mut ip, &file, &mut |ip, words| ip.run(words)),
    });
    let status = ip.end(result.map_err(|stop| stop.pointing("ip", args)), |status| status);
    // the process ends with it, and the kernel takes all of it back at once
    std::mem::forget(ip);
    status
}

impl Ip<'_, '_> {
    /// Says how it went, writes out the rest, and returns the exit status that `exit` makes of a failure's.
    pub(crate) fn end(&mut self, result: Result<(), Stop>, exit: impl FnOnce(i32) -> i32) -> i32 {
        let finished = self.out.finish();
        let status = match result {
            Ok(()) => 0,
            Err(stop) => {
                self.say(&stop);
                exit(stop.status)
            }
        };
        match finished {
            Err(error) if status == 0 => {
                self.complain(&format!("Cannot write the output: {error}"));
                EXIT_FAILURE
            }
            _ => status,
        }
    }

    /// Runs one command: an object, then its own words.
    fn run(&mut self, words: &mut Words<'_>) -> Result<(), Stop> {
        let Some(object) = words.next() else { return Err(Stop::help(USAGE)) };
        match OBJECTS.iter().find(|(name, _)| abbreviates(object, name)) {
            Some((name, Some(command))) => {
                // these change more than what a socket is asked for
                if matches!(*name, "netns" | "monitor") {
                    self.settle()?;
                }
                command(self, words)
            }
            _ => {
                let known: Vec<&str> = OBJECTS.iter().filter(|(_, command)| command.is_some()).map(|(name, _)| *name).collect();
                let detail = Some(format!("expected one of: {}", known.join(" ")));
                let stop = Stop::failure(format!("Object \"{object}\" is unknown, try \"ip help\"."));
                Err(stop.at(words.position() - 1).with_detail(detail))
            }
        }
    }

    /// Says why a command stopped.
    pub(crate) fn say(&mut self, stop: &Stop) {
        if !stop.text.is_empty() {
            self.complain(&stop.text);
        }
        if let Some(detail) = &stop.detail {
            self.complain(detail);
        }
    }

    /// Does what shows something as text, asked for JSON or not.
    pub(crate) fn as_text<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let style = self.out.style();
        self.out.set_style(Style { json: false, ..style });
        let done = work(self);
        self.out.set_style(style);
        done
    }

    /// Says something on standard error.
    pub(crate) fn complain(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Shows the name of a link after a word.
    pub(crate) fn device_name(&mut self, key: &str, before: &str, index: u32) -> Result<(), Stop> {
        if index > 0 && !self.links.contains_key(&index) {
            self.ask(index, None)?;
        }
        match self.links.get(&index) {
            Some(known) => self.out.put_color(Color::Ifname, key, before, known.name.as_str(), " "),
            None => {
                let name = self.name(index)?;
                self.out.put_color(Color::Ifname, key, before, &name, " ");
            }
        }
        Ok(())
    }

    /// Prints into the file descriptor of standard output what is ready, before another program prints.
    pub(crate) fn flush(&mut self) {
        self.out.flush();
    }
}
