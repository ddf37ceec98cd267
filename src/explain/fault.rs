//! What the kernel says is wrong: the error by name and in words, and a mark under the bytes of the request that it means.

use std::fmt::Write as _;

use nlmsg::ack::{Ack, NlPolicy, NlmsgErr};
use nlmsg::errno::Errno;
use nlmsg::explain::{known, path_in};
use nlmsg::frame::{NLM_F_CAPPED, NLMSG_HDRLEN, NlMsgHdr};
use nlmsg::payload::Record;

use super::Seen;
use crate::exchange::{allowed, strerror};

/// An `errno`, positive: `EINVAL (Invalid argument)`.
pub fn errno(code: i32) -> String {
    format!("{} ({})", Errno(code), strerror(code))
}

/// What an acknowledgement says besides that all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The `errno`, positive; 0 is a warning.
    pub code: i32,
    /// The kernel's words.
    pub text: Option<String>,
    /// Which bytes of the request it means.
    pub place: Option<Place>,
    /// The attribute that is missing.
    pub missing: Option<String>,
    /// What the kernel would have taken: the type, and the range, length or bits.
    pub policy: Option<String>,
    /// The number of the request's message.
    pub request: Option<u64>,
}

/// A place in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the request before it.
    pub offset: usize,
    /// The bytes that the kernel means, with those of an attribute's header.
    pub bytes: Vec<u8>,
    /// Which attribute that is, from the outside in: `IFLA_LINKINFO.IFLA_INFO_KIND`.
    pub path: String,
    /// Its value; empty if it has attributes inside.
    pub value: String,
}

/// Most bytes of a place that are shown.
const MOST: usize = 256;

/// What an error or a warning says; `None` of other messages, and where all is well.
pub fn fault(seen: &Seen<'_>) -> Option<Fault> {
    let message = seen.message()?;
    let ack = Ack::parse(&message).ok()??;
    if ack.error >= 0 && ack.message().is_none() && ack.offset().is_none() && ack.missing().is_none() {
        return None;
    }
    // the error's own copy of the request, or the request as it was heard
    let echo = seen.bytes.get(NLMSG_HDRLEN + 4..NLMSG_HDRLEN + 4 + NLMSG_HDRLEN + ack.echo.len());
    let whole = |bytes: &&[u8]| !message.header.nlmsg_flags.contains(NLM_F_CAPPED) && bytes.len() > NLMSG_HDRLEN;
    let request = echo.filter(whole).or_else(|| Some(&seen.answers?.bytes[..])).unwrap_or_default();
    let place = ack.offset().and_then(|offset| place(request, seen, offset as usize));
    Some(Fault {
        code: ack.error.min(0).saturating_neg(),
        text: ack.message().map(|text| text.to_string()),
        missing: ack.missing().map(|number| missing(request, seen, ack.offset(), number)),
        place,
        policy: policy(&ack),
        request: seen.answers.map(|asked| asked.number),
    })
}

fn place(request: &[u8], seen: &Seen<'_>, offset: usize) -> Option<Place> {
    let path = path_in(request, seen.netlink, offset);
    let row = path.last()?;
    // the kernel's offset is that of an attribute's header; without one it means the field
    let end = (row.offset + row.scope.min(MOST)).min(request.len());
    let value = if row.value.inside().is_some() { String::new() } else { super::value_of(row) };
    Some(Place { offset: row.offset, bytes: request.get(row.offset..end)?.to_vec(), path: path.to_string(), value })
}

/// The name of an attribute that is missing in the nest at `offset`, or at the top.
fn missing(request: &[u8], seen: &Seen<'_>, offset: Option<u32>, number: u32) -> String {
    let top = || {
        let header = (request.len() >= NLMSG_HDRLEN).then(|| NlMsgHdr::read(request))?;
        Some(known(seen.netlink, &header, &request[NLMSG_HDRLEN..])?.set_of(header.nlmsg_flags))
    };
    let set = match offset {
        Some(offset) => path_in(request, seen.netlink, offset as usize).last().and_then(|row| row.value.inside()),
        None => top(),
    };
    let attr = u16::try_from(number).ok().and_then(|number| set?.get(number));
    attr.map_or_else(|| format!("attribute {number}"), |attr| attr.name.to_owned())
}

fn policy(ack: &Ack<'_>) -> Option<String> {
    let policy = ack.ext.find(|attr| match attr {
        NlmsgErr::NLMSGERR_ATTR_POLICY(policy) => Some(policy),
        _ => None,
    })?;
    let kind = policy.find(|attr| match attr {
        NlPolicy::NL_POLICY_TYPE_ATTR_TYPE(kind) => Some(kind),
        _ => None,
    });
    let mut text = kind.map_or_else(String::new, |kind| kind.to_string());
    if let Some(range) = allowed(ack) {
        let _ = write!(text, "{}{range}", if text.is_empty() { "" } else { ", " });
    }
    (!text.is_empty()).then_some(text)
}

impl Fault {
    /// The fault in lines: what, where with a mark under the bytes, and what would have been taken.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let what = if self.code == 0 { "warning".to_owned() } else { format!("error: {}", errno(self.code)) };
        lines.push(match &self.text {
            Some(text) => format!("{what}; the kernel says: {text}"),
            None => what,
        });
        let request = self.request.map_or_else(|| "the request".to_owned(), |number| format!("#{number}"));
        if let Some(place) = &self.place {
            let mut bytes = String::new();
            place.bytes.iter().take(24).for_each(|byte| {
                let _ = write!(bytes, "{byte:02x} ");
            });
            let more = place.bytes.len().saturating_sub(24);
            let value = if place.value.is_empty() { String::new() } else { format!(" = {}", place.value) };
            lines.push(format!("in {request}, at byte {}: {}{value}", place.offset, place.path));
            lines.push(format!("    {}{}", bytes.trim_end(), if more > 0 { " ..." } else { "" }));
            lines.push(format!("    {}", "^".repeat(bytes.trim_end().len())));
        }
        if let Some(missing) = &self.missing {
            lines.push(format!("{missing} is missing{}", if self.place.is_some() { " there" } else { " at the top" }));
        }
        if let Some(policy) = &self.policy {
            lines.push(format!("the kernel takes: {policy}"));
        }
        lines
    }
}
