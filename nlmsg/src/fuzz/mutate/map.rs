//! Where in a datagram the lengths are, and what they hold.

use alloc::vec::Vec;

use crate::ack::NlmsgErr;
use crate::explain::{Label, explain};
use crate::frame::{Messages, NLA_HDRLEN, NLMSG_HDRLEN, NlmF, align};
use crate::payload::{AttrSet, MessageInfo, Set, Shape};

/// How many nodes a map has room for: a mutation of a larger datagram is as good in its first part.
const NODES: usize = 512;

/// What a length belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `nlmsg_len` of a message, or of the one that an error echoes.
    Message,
    /// `nla_len`.
    Attr,
    /// `rtnh_len`.
    Hop,
}

/// Something that says its length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Where it begins, which is where its length is.
    pub(super) at: usize,
    /// Where what is inside begins.
    pub(super) inner: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Where what follows it begins.
    pub(super) next: usize,
    /// The node that it is in.
    pub(super) parent: Option<usize>,
    /// The set that it is of.
    pub(super) own: Option<&'static Set>,
    /// The set of the attributes that it holds.
    pub(super) inside: Option<&'static Set>,
    /// The shape of its value.
    pub(super) shape: Option<&'static Shape>,
    /// `AF_*` of its message.
    pub(super) family: u8,
    /// How deep it is: more than its parent.
    level: usize,
}

impl Node {
    /// Whether it is a message with all of its header; what an error echoes can be cut short.
    pub(super) fn is_whole_message(&self) -> bool {
        self.kind == Kind::Message && self.end >= self.at + NLMSG_HDRLEN
    }

    /// Makes the length larger or smaller; it wraps.
    pub(super) fn grow(&self, datagram: &mut [u8], by: i64) {
        let len = match self.kind {
            Kind::Message => datagram.get(self.at..self.at + 4).map(|b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]])),
            _ => datagram.get(self.at..self.at + 2).map(|b| u16::from_ne_bytes([b[0], b[1]]).into()),
        };
        if let Some(len) = len {
            self.set_len(datagram, (i64::from(len) + by) as u32);
        }
    }

    /// Sets the length.
    pub(super) fn set_len(&self, datagram: &mut [u8], len: u32) {
        let (wide, narrow) = (len.to_ne_bytes(), (len as u16).to_ne_bytes());
        let bytes: &[u8] = if self.kind == Kind::Message { &wide } else { &narrow };
        if let Some(place) = datagram.get_mut(self.at..self.at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

/// The set of an extended acknowledgement.
pub(super) fn ext() -> &'static Set {
    NlmsgErr::set()
}

/// The nodes of a datagram, each behind the one that it is in.
pub(super) struct Map {
    pub(super) nodes: Vec<Node>,
}

impl Map {
    /// Reads a datagram as far as it can be cut into messages.
    pub(super) fn of(datagram: &[u8], protocol: &'static [MessageInfo]) -> Map {
        let mut map = Map { nodes: Vec::new() };
        let mut messages = Messages::new(datagram);
        loop {
            let start = messages.offset();
            let Some(Ok(message)) = messages.next() else { break };
            let end = start + message.header.nlmsg_len as usize;
            map.message(&datagram[start..end], start, messages.offset(), protocol);
            if map.nodes.len() >= NODES {
                break;
            }
        }
        map
    }

    fn message(&mut self, whole: &[u8], start: usize, next: usize, protocol: &'static [MessageInfo]) {
        let first = self.nodes.len();
        // the nodes that the row at hand could be in, from the outside in
        let mut around: Vec<usize> = Vec::new();
        explain(whole, protocol, &mut |row| {
            let at = start + row.offset;
            let (kind, level) = match row.label {
                Label::Field(field) if field.name == "nlmsg_len" => (Kind::Message, 2 * row.depth),
                Label::Field(field) if field.name == "rtnh_len" => (Kind::Hop, 2 * row.depth + 1),
                Label::Attr(..) | Label::UnknownAttr(_) | Label::Slot(_) => (Kind::Attr, 2 * row.depth + 1),
                _ => return,
            };
            if self.nodes.len() >= NODES {
                return;
            }
            while around.last().is_some_and(|&index| self.nodes[index].level >= level) {
                around.pop();
            }
            let parent = around.last().copied();
            let limit = parent.map_or(start + whole.len(), |index: usize| self.nodes[index].end);
            let node = match kind {
                Kind::Message => {
                    let len = u32::from_ne_bytes([row.bytes[0], row.bytes[1], row.bytes[2], row.bytes[3]]) as usize;
                    let end = at.saturating_add(len).clamp(at, limit.max(at));
                    let half = |at: usize| whole.get(at..at + 2).map(|b| u16::from_ne_bytes([b[0], b[1]]));
                    let (number, flags) = (half(row.offset + 4), NlmF(half(row.offset + 6).unwrap_or(0)));
                    let info = protocol.iter().find(|info| Some(info.number) == number);
                    let fixed: usize = info.iter().flat_map(|info| info.header).map(|field| field.size).sum();
                    let family = whole.get(row.offset + NLMSG_HDRLEN).copied().unwrap_or(0);
                    let inner = (at + NLMSG_HDRLEN + fixed).min(end).max(at);
                    let inside = info.map(|info| info.set_of(flags)).filter(|_| inner >= at + NLMSG_HDRLEN + fixed);
                    let next = if parent.is_none() { next } else { (at + align(end - at)).min(limit) };
                    Node { kind, at, inner, end, next, parent, own: None, inside, shape: None, family, level }
                }
                _ => {
                    let family = self.nodes.get(first).map_or(0, |message| message.family);
                    let len = usize::from(u16::from_ne_bytes([row.bytes[0], row.bytes[1]]));
                    let end = (at + len).min(limit);
                    let (own, inner) = match row.label {
                        Label::Attr(set, _) => (Some(set), at + NLA_HDRLEN),
                        _ => (None, at + NLA_HDRLEN),
                    };
                    let hop = parent.filter(|_| kind == Kind::Hop).and_then(|index| self.nodes[index].inside);
                    let (next, inside) = match kind {
                        Kind::Hop => ((at + align(len)).min(limit), hop),
                        _ => (at + row.scope, row.value.inside()),
                    };
                    let inner = inner.min(end).max(at);
                    Node {
                        kind,
                        at,
                        inner,
                        end: end.max(inner),
                        next: next.max(end),
                        parent,
                        own,
                        inside,
                        shape: row.value.shape,
                        family,
                        level,
                    }
                }
            };
            around.push(self.nodes.len());
            self.nodes.push(node);
        });
    }

    /// Which node this is.
    pub(super) fn index(&self, node: &Node) -> Option<usize> {
        self.nodes.iter().position(|other| other.at == node.at && other.level == node.level)
    }

    /// A node, the one that it is in, and so on.
    pub(super) fn around(&self, node: Option<usize>) -> impl Iterator<Item = &Node> {
        core::iter::successors(node.and_then(|index| self.nodes.get(index)), |node| self.nodes.get(node.parent?))
    }
}
