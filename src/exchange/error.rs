//! What can go wrong when one talks to the kernel.

use std::fmt;
use std::time::Duration;

use nix::errno::Errno;
use nlmsg::Record;
use nlmsg::ack::{Ack, NlPolicy, NlmsgErr};
use nlmsg::error::What;
use nlmsg::explain;
use nlmsg::frame::{Message, NLM_F_REQUEST, NLMSG_HDRLEN, NlMsgHdr};

use super::{Protocol, strerror};

/// What can go wrong in a conversation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel said no, to a request or to a whole batch.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The kernel said no to these messages of a batch, in their order; nothing of it was done. Never empty.
    #[error("{}", Listed(.0))]
    Batch(Vec<Refusal>),
    /// The batch was written for a generation of the ruleset that is gone (`ERESTART`): read again, try again.
    #[error("the ruleset has changed since it was read")]
    Stale,
    /// Nothing came in time.
    #[error("the kernel did not answer {asked} within {limit:?} ({awaited} awaited)")]
    Silent {
        /// Name of the first message that has no answer.
        asked: String,
        /// How many messages have none.
        awaited: usize,
        /// How long we waited.
        limit: Duration,
    },
    /// The socket's receive buffer was full and the kernel dropped messages (`ENOBUFS`). A reader of events
    /// has to ask for the whole state again.
    #[error("the receive buffer was full and messages were lost ({awaited} answers awaited)")]
    Overrun {
        /// How many messages have no answer.
        awaited: usize,
    },
    /// A datagram did not fit in the buffer that was given to it, and its end is lost.
    #[error("a datagram was cut to {len} bytes")]
    Truncated {
        /// Bytes that are left of it.
        len: usize,
    },
    /// A request cannot be put in bytes.
    #[error("the request cannot be sent: {0}")]
    Request(nlmsg::Error),
    /// An answer is broken.
    #[error("the kernel's answer cannot be read: {0}")]
    Answer(nlmsg::Error),
    /// The operating system refused something besides netlink.
    #[error("{what}: {}", strerror(*.errno as i32))]
    System {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// The namespace cannot be entered.
    #[error(transparent)]
    NetNs(#[from] crate::netns::Error),
    /// The descriptor is not a netlink socket of a protocol that we speak.
    #[error("the file descriptor is not a netlink socket for rtnetlink or nf_tables")]
    NotNetlink,
}

impl From<nlmsg::Error> for Error {
    /// [`Error::Request`] if it says why something cannot be put in bytes, else [`Error::Answer`].
    fn from(error: nlmsg::Error) -> Error {
        match error.what {
            What::TooLong { .. } | What::Nul => Error::Request(error),
            _ => Error::Answer(error),
        }
    }
}

impl Error {
    /// For `map_err`: what was tried.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(Errno) -> Error {
        move |errno| Error::System { what, errno }
    }

    /// The kernel's refusal, of a batch the first one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            Error::Batch(refusals) => refusals.first(),
            _ => None,
        }
    }

    /// The number behind the error, if there is one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Error::System { errno, .. } => Some(*errno),
            Error::NetNs(error) => error.errno(),
            Error::Stale => Some(Errno::ERESTART),
            _ => self.refusal().map(Refusal::errno),
        }
    }
}

struct Listed<'a>(&'a [Refusal]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("the batch was refused"),
            [one] => one.fmt(f),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

/// One refusal of the kernel: what was asked, the answer's number, and all that the kernel said besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which message of those that were sent, counted from 0.
    pub index: usize,
    /// The kernel's `errno`, positive. Some numbers (524, `ENOTSUPP`) have no name outside the kernel.
    pub code: i32,
    /// The kernel's words (`NLMSGERR_ATTR_MSG`).
    pub text: Option<String>,
    /// Bytes from the start of the request to the attribute that is wrong, or to the nest in which one is
    /// missing.
    pub offset: Option<u32>,
    /// Number of an attribute that is missing.
    pub missing: Option<u32>,
    /// What the kernel would have accepted, if it said so: `0..=16777215`.
    pub allowed: Option<String>,
    /// The refused message as it was sent.
    pub request: Vec<u8>,
    /// The protocol that the message belongs to.
    pub protocol: Protocol,
}

impl Refusal {
    pub(crate) fn new(index: usize, protocol: Protocol, request: &[u8], ack: &Ack<'_>) -> Refusal {
        Refusal {
            index,
            code: ack.error.saturating_abs(),
            text: ack.message().map(|text| text.to_string()),
            offset: ack.offset(),
            missing: ack.missing(),
            allowed: allowed(ack),
            request: request.to_vec(),
            protocol,
        }
    }

    /// The number as a name.
    pub fn errno(&self) -> Errno {
        Errno::from_raw(self.code)
    }

    /// The message type of what was asked.
    pub fn nlmsg_type(&self) -> u16 {
        header(&self.request).nlmsg_type
    }

    /// The message type's name, or its number.
    pub fn asked(&self) -> String {
        asked(self.protocol, &self.request)
    }

    /// What this system's C library calls the number; what `ip` prints.
    pub fn strerror(&self) -> String {
        strerror(self.code)
    }

    /// What the kernel said besides the number: the attribute that it means with its value, or the one that is
    /// missing, and its own words. `None` if it said nothing.
    ///
    /// `IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID = 99999999: value out of range`
    pub fn detail(&self) -> Option<String> {
        let path = explain::path(&self.request, self.protocol.messages(), self.offset.unwrap_or(0) as usize);
        let last = path.last().filter(|_| self.offset.is_some());
        let mut detail = String::new();
        if let Some(row) = last {
            detail = path.to_string();
            let value = row.value.to_string();
            if row.value.inside().is_none() && !value.is_empty() {
                detail += &format!(" = {value}");
            }
        }
        if let Some(number) = self.missing {
            let set = match last {
                Some(row) => row.value.inside(),
                None => self.protocol.message(self.nlmsg_type()).map(|info| info.set_of(NLM_F_REQUEST)),
            };
            let attr = u16::try_from(number).ok().and_then(|number| set?.get(number));
            let name = attr.map_or_else(|| format!("attribute {number}"), |attr| attr.name.to_owned());
            let whole = if detail.is_empty() { self.asked() } else { detail };
            detail = format!("{whole} lacks {name}");
        }
        for (text, open, close) in [(&self.text, ": ", ""), (&self.allowed, " (allowed: ", ")")] {
            if let Some(text) = text {
                detail += &format!("{}{text}{close}", if detail.is_empty() { "" } else { open });
            }
        }
        (!detail.is_empty()).then_some(detail)
    }
}

impl fmt::Display for Refusal {
    /// What was asked, and the answer's number in words: `RTM_NEWLINK: File exists`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.asked(), self.strerror())
    }
}

impl std::error::Error for Refusal {}

fn header(request: &[u8]) -> NlMsgHdr {
    if request.len() < NLMSG_HDRLEN { NlMsgHdr::default() } else { NlMsgHdr::read(request) }
}

/// The name of a message's type, or its number.
pub(super) fn asked(protocol: Protocol, request: &[u8]) -> String {
    let nlmsg_type = header(request).nlmsg_type;
    protocol.message_name(nlmsg_type).map_or_else(|| format!("message type {nlmsg_type}"), str::to_owned)
}

/// The range, length or bits of the policy that came with the error.
pub(crate) fn allowed(ack: &Ack<'_>) -> Option<String> {
    let policy = ack.ext.find(|attr| match attr {
        NlmsgErr::NLMSGERR_ATTR_POLICY(policy) => Some(policy),
        _ => None,
    })?;
    let mut range = [None, None];
    let mut length = [None, None];
    let mut bits = None;
    for attr in policy.iter().map_while(Result::ok) {
        match attr {
            NlPolicy::NL_POLICY_TYPE_ATTR_MIN_VALUE_S(value) => range[0] = Some(i128::from(value)),
            NlPolicy::NL_POLICY_TYPE_ATTR_MAX_VALUE_S(value) => range[1] = Some(i128::from(value)),
            NlPolicy::NL_POLICY_TYPE_ATTR_MIN_VALUE_U(value) => range[0] = Some(i128::from(value)),
            NlPolicy::NL_POLICY_TYPE_ATTR_MAX_VALUE_U(value) => range[1] = Some(i128::from(value)),
            NlPolicy::NL_POLICY_TYPE_ATTR_MIN_LENGTH(value) => length[0] = Some(value),
            NlPolicy::NL_POLICY_TYPE_ATTR_MAX_LENGTH(value) => length[1] = Some(value),
            NlPolicy::NL_POLICY_TYPE_ATTR_MASK(value) => bits = Some(value),
            NlPolicy::NL_POLICY_TYPE_ATTR_BITFIELD32_MASK(value) => bits = Some(value.into()),
            _ => {}
        }
    }
    match (range, length, bits) {
        ([Some(min), Some(max)], ..) => Some(format!("{min}..={max}")),
        (_, [Some(min), Some(max)], _) => Some(format!("{min} to {max} bytes")),
        (_, [Some(min), None], _) => Some(format!("at least {min} bytes")),
        (_, [None, Some(max)], _) => Some(format!("at most {max} bytes")),
        (_, _, Some(bits)) => Some(format!("bits {bits:#x}")),
        _ => None,
    }
}

/// A warning of the kernel: the request was done, but.
pub(crate) fn warning(ack: &Ack<'_>) -> Option<String> {
    ack.message().map(|text| text.to_string())
}

/// Whether `message` answers something and how; framing errors of the answer are ours to report.
pub(super) fn verdict<'d>(message: &Message<'d>) -> Result<Option<Ack<'d>>, Error> {
    Ack::parse(message).map_err(Error::Answer)
}
