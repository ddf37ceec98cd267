//! Conversations made readable: every byte of every message, in several forms.
//!
//! [`Explain`] takes datagrams, cuts them into messages, finds out which request a reply answers, and hands each
//! message to a form. One file a form: [`tree`], [`brief`], [`json`], [`hex`], [`code`], [`html`]; [`diff`] compares two
//! conversations. All of them print from bytes, through [`nlmsg::explain`](mod@nlmsg::explain).

pub mod brief;
pub mod code;
pub mod diff;
pub mod equivalent;
pub mod fault;
pub mod hex;
pub mod html;
pub mod json;
mod talk;
pub mod tree;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use nlmsg::explain::{Role, Row, Verb, explain_in, known, verb, words};
use nlmsg::frame::{
    Message, Messages, NETLINK_KOBJECT_UEVENT, NETLINK_NETFILTER, NETLINK_ROUTE, NLMSG_HDRLEN, Netlink, NlMsgHdr,
};
use nlmsg::payload::{MessageInfo, Record};

use crate::capture::{Datagram, Note, Sink};
use crate::socket::Direction;
use talk::{Asked, Talk};

/// One message, and what is known of it.
pub struct Seen<'a> {
    /// Its number among all messages, counted from 1.
    pub number: u64,
    /// The datagram that it came in.
    pub datagram: &'a Datagram<'a>,
    /// The protocol.
    pub netlink: Netlink,
    /// Its bytes, with what fills them up to four; of a broken datagram what is left of it.
    pub bytes: &'a [u8],
    /// Bytes of the datagram before it.
    pub offset: usize,
    /// Its header; `None` if the bytes are too few, or not netlink's.
    pub header: Option<NlMsgHdr>,
    /// What it is in the conversation.
    pub role: Role,
    /// The request that it answers.
    pub answers: Option<&'a Asked>,
    /// The links that were seen until now.
    pub(crate) talk: &'a Talk,
    /// What is wrong with the datagram from here on.
    pub broken: Option<nlmsg::Error>,
    /// Not sent: only planned.
    pub planned: bool,
    /// A question that a planned run has really asked.
    pub look_up: bool,
}

impl<'a> Seen<'a> {
    /// Which way it went.
    pub fn way(&self) -> Direction {
        self.datagram.way()
    }

    /// What the tables say of it.
    pub fn info(&self) -> Option<&'static MessageInfo> {
        known(self.netlink, self.header.as_ref()?, self.bytes.get(NLMSG_HDRLEN..)?)
    }

    /// The name of its type, or the number.
    pub fn name(&self) -> String {
        match (self.info(), &self.header) {
            (Some(info), _) => info.name.to_owned(),
            (None, Some(header)) => type_name(header.nlmsg_type),
            (None, None) => "no message".to_owned(),
        }
    }

    /// What it says, in plain words.
    pub fn words(&self, out: &mut String) {
        if self.header.is_none() || self.broken.is_some() {
            out.push_str(if self.netlink == NETLINK_KOBJECT_UEVENT { "an event of a device" } else { "not a netlink message" });
            return;
        }
        // a String takes all that it is given
        let _ = words(self.bytes, self.netlink, self.role, out);
        crate::watch::name_placeholders(out);
    }

    /// All its rows, in order; the bytes of all of them, joined, are the message.
    pub fn rows(&self, each: &mut dyn FnMut(Row<'a>)) {
        explain_in(self.bytes, self.netlink, each);
    }

    /// The message as such.
    pub fn message(&self) -> Option<Message<'a>> {
        Messages::new(self.bytes).next()?.ok()
    }

    /// What it is to nft, in nft's own text, and whether that is a command that would send it.
    pub fn nft(&self) -> Option<(&str, bool)> {
        let text = self.talk.nft_text()?;
        Some((text, self.role == Role::Request))
    }

    /// The command that would have sent it.
    pub fn command(&self) -> Option<String> {
        if self.role != Role::Request || self.broken.is_some() {
            return None;
        }
        match self.netlink {
            NETLINK_ROUTE => equivalent::command(self),
            NETLINK_NETFILTER => match self.nft() {
                Some((text, _)) => Some(format!("nft {}", quote(text))),
                None => equivalent::nft(self),
            },
            _ => None,
        }
    }
}

/// A text as the shell takes it for one or more words of `nft`: quoted if it has signs of the shell's in it.
fn quote(text: &str) -> String {
    if text.contains(['{', '}', ';', '"', '*', '$', '(', ')', '&', '|', '<', '>', '!', '#', '\\']) {
        format!("'{}'", text.replace('\'', "'\\''"))
    } else {
        text.to_owned()
    }
}

/// The name of a message type that no table of its protocol knows.
fn type_name(nlmsg_type: u16) -> String {
    use nlmsg::frame::NlmsgType;
    NlmsgType::TABLE.of(nlmsg_type.into()).map_or_else(|| format!("message type {nlmsg_type}"), |name| name.name.to_owned())
}

/// Prints messages one after the other.
pub trait Form {
    /// Before the first.
    ///
    /// # Errors
    /// Those of `out`.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }

    /// One message.
    ///
    /// # Errors
    /// Those of `out`.
    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// Something that is no message.
    ///
    /// # Errors
    /// Those of `out`.
    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// After the last.
    ///
    /// # Errors
    /// Those of `out`.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }
}

/// How a form looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With the colours of a terminal.
    pub colour: bool,
    /// Columns of a line.
    pub width: usize,
}

impl Style {
    /// What suits a stream: colours on a terminal that wants them (`NO_COLOR`, `TERM=dumb`), and its width or `COLUMNS`.
    pub fn of(stream: &(impl io::IsTerminal + std::os::fd::AsRawFd)) -> Style {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let terminal = stream.is_terminal();
        let colour = terminal && set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb");
        let asked = set("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = asked.or_else(|| terminal_width(stream.as_raw_fd())).unwrap_or(if terminal { 80 } else { 120 });
        Style { colour, width: width.clamp(40, 400) }
    }

    /// An escape sequence, if there are colours.
    fn paint(self, code: &'static str) -> &'static str {
        if self.colour { code } else { "" }
    }
}

fn terminal_width(fd: i32) -> Option<usize> {
    // SAFETY: all zeros are a valid winsize; the kernel fills no more than that.
    let (done, size) = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (libc::ioctl(fd, libc::TIOCGWINSZ, &mut size), size)
    };
    (done == 0 && size.ws_col > 0).then_some(size.ws_col as usize)
}

/// Takes datagrams and prints their messages in one form.
pub struct Explain<F, W> {
    form: F,
    out: W,
    talk: Talk,
    number: u64,
    begun: bool,
    /// What is sent from here on is only planned.
    pub planned: bool,
}

impl<F: Form, W: Write> Explain<F, W> {
    /// Prints in this form into `out`, which should be buffered.
    pub fn new(form: F, out: W) -> Explain<F, W> {
        Explain { form, out, talk: Talk::default(), number: 0, begun: false, planned: false }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            self.form.begin(&mut self.out)?;
        }
        Ok(())
    }

    /// The same with what `change` makes of the form. Before the first message.
    pub fn in_form<G: Form>(self, change: impl FnOnce(F) -> G) -> Explain<G, W> {
        let Explain { form, out, talk, number, begun, planned } = self;
        Explain { form: change(form), out, talk, number, begun, planned }
    }

    /// Ends the form.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        self.form.end(&mut self.out)?;
        self.out.flush()
    }

    fn one(&mut self, datagram: &Datagram<'_>, bytes: &[u8], offset: usize, broken: Option<nlmsg::Error>) -> io::Result<()> {
        self.number += 1;
        let netlink = datagram.protocol.unwrap_or(NETLINK_ROUTE);
        let header = (bytes.len() >= NLMSG_HDRLEN && broken.is_none()).then(|| NlMsgHdr::read(bytes));
        let at = header.as_ref().and_then(|header| self.talk.hear(self.number, datagram, netlink, header, bytes));
        let role = match (datagram.way(), at) {
            (Direction::Sent, _) => Role::Request,
            (_, Some(_)) => Role::Reply,
            // acknowledgements answer something, even if nobody knows what
            _ if header.as_ref().is_some_and(|header| header.nlmsg_type < 16 || header.nlmsg_pid != 0) => Role::Reply,
            _ => Role::Event,
        };
        let reads = header.as_ref().map(|header| verb(header, known(netlink, header, &bytes[NLMSG_HDRLEN..]))) == Some(Verb::Get);
        let asks = self.planned && role == Role::Request;
        let (planned, look_up) = (asks && !reads, asks && reads);
        let answers = at.map(|at| self.talk.asked(at));
        let (number, talk) = (self.number, &self.talk);
        let seen = Seen { number, datagram, netlink, bytes, offset, header, role, answers, talk, broken, planned, look_up };
        self.form.message(&seen, &mut self.out)
    }
}

impl<F: Form, W: Write> Sink for Explain<F, W> {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        self.begin()?;
        if datagram.errno != 0 {
            let text = format!(
                "{} failed: {}",
                if datagram.way() == Direction::Sent { "sending" } else { "receiving" },
                fault::errno(datagram.errno)
            );
            self.note(&Note { time: datagram.time, pid: datagram.socket.pid, text: &text })?;
            if datagram.way() == Direction::Received {
                return Ok(());
            }
        }
        // many programs ask how long a datagram is before they make room for it
        if datagram.peeked && datagram.bytes.is_empty() {
            let text = format!("looks at a datagram of {} bytes, which stays to be received (MSG_PEEK)", datagram.len);
            return self.note(&Note { time: datagram.time, pid: datagram.socket.pid, text: &text });
        }
        // events of devices are text
        if datagram.protocol == Some(NETLINK_KOBJECT_UEVENT) && !datagram.bytes.is_empty() {
            let what = nlmsg::error::What::LengthTooSmall { len: 0 };
            return self.one(datagram, datagram.bytes, 0, Some(nlmsg::Error::new(0, what)));
        }
        let mut messages = Messages::new(datagram.bytes);
        loop {
            let at = messages.offset();
            match messages.next() {
                None => break,
                Some(Ok(_)) => self.one(datagram, &datagram.bytes[at..messages.offset()], at, None)?,
                Some(Err(error)) => self.one(datagram, &datagram.bytes[at..], at, Some(error))?,
            }
        }
        if datagram.missing() > 0 {
            let mut text = String::new();
            let _ = write!(text, "{} of {} bytes are here; the rest ", datagram.bytes.len(), datagram.len);
            text.push_str(if datagram.truncated { "did not fit in the receiver's buffer" } else { "was not recorded" });
            self.note(&Note { time: datagram.time, pid: datagram.socket.pid, text: &text })?;
        }
        Ok(())
    }

    fn note(&mut self, note: &Note<'_>) -> io::Result<()> {
        self.begin()?;
        self.form.note(note, &mut self.out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Form for Box<dyn Form + Send> {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        (**self).begin(out)
    }
    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        (**self).message(seen, out)
    }
    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        (**self).note(note, out)
    }
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        (**self).end(out)
    }
}

/// The time of day in UTC, to the microsecond: `06:04:05.123456`.
fn clock(time: Duration) -> String {
    let day = time.as_secs() % 86400;
    format!("{:02}:{:02}:{:02}.{:06}", day / 3600, day / 60 % 60, day % 60, time.subsec_micros())
}

/// `->` to the kernel, `<-` from it.
fn arrow(way: Direction) -> &'static str {
    match way {
        Direction::Sent => "->",
        Direction::Received => "<-",
    }
}

/// What a row is called, with the names of what it is inside of left out.
fn label(row: &Row<'_>) -> String {
    row.label.to_string()
}

/// The type of a row's value, in words: `u32`, `be32, network order`, `nest`.
fn type_of(row: &Row<'_>) -> String {
    use nlmsg::explain::{Label, Order};
    use nlmsg::frame::{NLA_F_NESTED, NLA_F_NET_BYTEORDER};
    let mut text = row.value.shape.map_or(String::new(), |shape| shape.name.to_owned());
    match row.value.order() {
        Some(Order::Host) => text.push_str(", host order"),
        Some(Order::Network) => text.push_str(", network order"),
        None => {}
    }
    for (bit, name) in [(NLA_F_NESTED, "NLA_F_NESTED"), (NLA_F_NET_BYTEORDER, "NLA_F_NET_BYTEORDER")] {
        if row.value.flags & bit != 0 {
            text.push_str(if text.is_empty() { "" } else { ", " });
            text.push_str(name);
        }
    }
    let padding = row.padding().len();
    if padding > 0 && !matches!(row.label, Label::Padding) {
        let _ = write!(text, "{}{padding} of padding", if text.is_empty() { "" } else { ", " });
    }
    text
}

/// A row's value as text, long ones cut, and what is wrong with it. `placeholder` knows the names of links that are not
/// there yet.
fn value_of(row: &Row<'_>) -> String {
    /// Bytes of a value that are shown in words.
    const MOST: usize = 256;
    let bytes = row.value.as_bytes();
    let mut text = String::new();
    match row.label {
        nlmsg::explain::Label::Padding => return text,
        _ if row.value.shape.is_none() => {
            if let Some(readable) = readable(&bytes[..bytes.len().min(MOST)]) {
                let _ = write!(text, "\"{readable}\"");
            }
        }
        _ if bytes.len() > MOST && row.value.shape.is_some_and(|shape| shape.name == "binary") => {
            let _ = write!(text, "{} bytes", bytes.len());
        }
        _ if row.header().len() == row.bytes.len() && bytes.is_empty() && row.value.inside().is_some() => {}
        _ => {
            let _ = write!(text, "{}", row.value);
        }
    }
    if let Some((what, name)) = bytes.first_chunk().filter(|_| bytes.len() == 4).and_then(|bytes| placeholder(*bytes)) {
        text = format!("({what} {name})");
    }
    if let Some(what) = row.value.wrong {
        let _ = write!(text, "{}odd: {what}", if text.is_empty() { "" } else { "; " });
    }
    text
}

/// What is not there yet, if these bytes are a number that stands for it.
fn placeholder(bytes: [u8; 4]) -> Option<crate::watch::Placeholder> {
    crate::watch::placeholder_name(i32::from_ne_bytes(bytes))
}

/// Text that somebody could read, without the NUL bytes at its end, if it is such.
fn readable(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().rposition(|byte| *byte != 0)? + 1;
    let text = &bytes[..end];
    let good = text.len() > 2 && text.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\t' | 0));
    good.then(|| text.escape_ascii().to_string())
}

/// What an nft expression that begins at this row does to the registers.
fn effect(seen: &Seen<'_>, row: &Row<'_>) -> Option<String> {
    if seen.netlink != NETLINK_NETFILTER || row.value.inside().is_none_or(|set| set.name != "NftaExpr") {
        return None;
    }
    let mut text = String::new();
    let family = seen.bytes.get(NLMSG_HDRLEN).copied().unwrap_or(0);
    let bytes = seen.bytes.get(row.offset + row.bytes.len()..row.offset + row.scope)?;
    let _ = nlmsg::explain::effect(bytes, family, &mut text);
    (!text.is_empty()).then_some(text)
}
