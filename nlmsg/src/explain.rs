//! Bytes to rows, and an offset to the path of the attribute there.
//!
//! Everything is printed from the bytes, never from a parsed value, so that broken input shows too: the bytes
//! of all rows, joined, are the message.

mod flags;
pub mod known;
mod registers;
mod template;
mod words;

use core::fmt;

use crate::ack::NlmsgErr;
use crate::error::What;
use crate::frame::{
    NLA_F_NESTED, NLA_HDRLEN, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN, Netlink, NlMsgHdr, NlmsgType,
    RawAttrs, align,
};
use crate::payload::{Attr, AttrSet, Context, Field, FieldInfo, Form, MessageInfo, Record, Set, Shape, field};

pub use flags::{Verb, verb};
pub use known::known;
pub use registers::effect;
pub use words::{Role, words};

/// How deep nests are walked; what is deeper is shown as bytes.
pub const MAX_DEPTH: usize = 24;

/// What a row is about.
#[derive(Clone, Copy, Debug)]
pub enum Label {
    /// A field of a fixed header or struct.
    Field(&'static FieldInfo),
    /// An attribute that a table knows.
    Attr(&'static Set, &'static Attr),
    /// An attribute that no table knows, by its number.
    UnknownAttr(u16),
    /// A place in a list.
    Slot(u16),
    /// A `struct rtnexthop` of a list, counted from 0.
    Hop(u16),
    /// Bytes that fill up to four.
    Padding,
    /// Bytes that cannot be cut into attributes.
    Rest,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::Field(field) => f.write_str(field.name),
            Label::Attr(_, attr) => f.write_str(attr.name),
            Label::UnknownAttr(number) => write!(f, "attribute {number}"),
            Label::Slot(number) | Label::Hop(number) => write!(f, "[{number}]"),
            Label::Padding => f.write_str("padding"),
            Label::Rest => f.write_str("rest"),
        }
    }
}

/// One line of an explained message.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// How many attributes and structs this row is inside of.
    pub depth: usize,
    /// Bytes before it.
    pub offset: usize,
    /// Its own bytes: of an attribute with rows inside the header alone.
    pub bytes: &'a [u8],
    /// How many bytes it and the rows inside it have.
    pub scope: usize,
    /// What it is about.
    pub label: Label,
    /// Type, and value.
    pub value: Value<'a>,
}

impl<'a> Row<'a> {
    /// The bytes of its `struct nlattr`; none of a field.
    pub fn header(&self) -> &'a [u8] {
        match self.label {
            Label::Attr(..) | Label::UnknownAttr(_) | Label::Slot(_) => &self.bytes[..self.bytes.len().min(NLA_HDRLEN)],
            _ => &[],
        }
    }

    /// The bytes at its end that only fill it up to four.
    pub fn padding(&self) -> &'a [u8] {
        let used = self.header().len() + self.value.bytes.len();
        match self.label {
            Label::Padding => self.bytes,
            _ => self.bytes.get(used..).unwrap_or_default(),
        }
    }

    /// What it means, in the table's words, which [`prose`](crate::payload::prose) makes readable; empty if no table
    /// knows it.
    pub fn doc(&self) -> &'static str {
        match self.label {
            Label::Field(field) => field.doc,
            Label::Attr(_, attr) => attr.doc,
            Label::Padding => "Zeros that fill up to a multiple of four.",
            Label::Hop(_) | Label::Slot(_) | Label::UnknownAttr(_) | Label::Rest => "",
        }
    }

    /// The header that defines it, `linux/if_link.h`; empty if no table knows it.
    pub fn defined_in(&self) -> (&'static str, &'static str) {
        match self.label {
            Label::Attr(set, _) => ("linux/", set.header),
            Label::Field(field) => ("", field.header()),
            _ => ("", ""),
        }
    }
}

/// A value that prints itself from its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// The shape that the table gives it; `None` where no table knows it.
    pub shape: Option<&'static Shape>,
    /// What is wrong with it.
    pub wrong: Option<What>,
    /// The type's flag bits; 0 for fields.
    pub flags: u16,
    /// The name of the value where only the message knows it: that of `nlmsg_type`.
    pub name: Option<&'static str>,
    bytes: &'a [u8],
    cx: Context<'a>,
}

/// How a number's bytes are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the host has it.
    Host,
    /// Most significant byte first.
    Network,
}

impl<'a> Value<'a> {
    fn raw(bytes: &'a [u8]) -> Value<'a> {
        Value { shape: None, wrong: None, flags: 0, name: None, bytes, cx: Context::default() }
    }

    /// The order of its bytes, if it is a number of several.
    pub fn order(&self) -> Option<Order> {
        match self.shape?.name.trim_start_matches('s') {
            "be16" | "be32" | "be64" => Some(Order::Network),
            "u16" | "u32" | "u64" | "16" | "32" | "64" => Some(Order::Host),
            _ => None,
        }
    }

    /// The value's bytes.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The set that the attributes inside belong to, if the value is a nest.
    pub fn inside(&self) -> Option<&'static Set> {
        match self.shape?.picked(&self.cx, self.flags)?.form {
            Form::Nest(set) | Form::Headed(_, set) | Form::Hops(_, set) => Some(set()),
            _ => None,
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name, self.shape) {
            (Some(name), _) => f.write_str(name),
            (None, Some(shape)) if (shape.fits)(self.bytes) => (shape.show)(self.bytes, &self.cx, f),
            _ => self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// Prints bytes as a value of this shape.
pub fn shown(shape: &'static Shape, bytes: &[u8]) -> impl fmt::Display {
    // what does not fit has no text
    struct Shown<'a>(Value<'a>);
    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }
    Shown(Value { shape: Some(shape), ..Value::raw(bytes) })
}

/// Knows the message types of a protocol: by the header, and the payload.
type Find<'s> = &'s dyn Fn(&NlMsgHdr, &[u8]) -> Option<&'static MessageInfo>;

struct Walk<'s, 'a> {
    bytes: &'a [u8],
    find: Find<'s>,
    sink: &'s mut dyn FnMut(Row<'a>),
}

/// A set about which nothing is known.
const NOBODYS: &Set = &Set { name: "", header: "", attrs: &[], slots: None };

/// Gives the rows of one message, whose protocol knows these message types
/// ([`route::MESSAGES`](crate::route::MESSAGES), [`nft::MESSAGES`](crate::nft::MESSAGES)).
///
/// `bytes` may be anything: what cannot be read is a row of its own.
pub fn explain<'a>(bytes: &'a [u8], protocol: &'static [MessageInfo], sink: &mut dyn FnMut(Row<'a>)) {
    let find = |header: &NlMsgHdr, _: &[u8]| protocol.iter().find(|info| info.number == header.nlmsg_type);
    Walk { bytes, find: &find, sink }.message(0, bytes.len(), 0);
}

/// As [`explain`], of any netlink protocol: what nobody has a table of is cut as far as [`known()`] goes.
pub fn explain_in<'a>(bytes: &'a [u8], netlink: Netlink, sink: &mut dyn FnMut(Row<'a>)) {
    let find = |header: &NlMsgHdr, payload: &[u8]| known(netlink, header, payload);
    Walk { bytes, find: &find, sink }.message(0, bytes.len(), 0);
}

impl<'a> Walk<'_, 'a> {
    fn row(&mut self, depth: usize, from: usize, to: usize, scope_to: usize, label: Label, value: Value<'a>) {
        if to > from {
            (self.sink)(Row { depth, offset: from, bytes: &self.bytes[from..to], scope: scope_to - from, label, value });
        }
    }

    fn plain(&mut self, depth: usize, from: usize, to: usize, label: Label) {
        let value = Value::raw(&self.bytes[from..to]);
        self.row(depth, from, to, to, label, value);
    }

    fn message(&mut self, from: usize, end: usize, depth: usize) {
        if end - from < NLMSG_HDRLEN {
            return self.plain(depth, from, end, Label::Rest);
        }
        let header = NlMsgHdr::read(&self.bytes[from..]);
        let at = from + NLMSG_HDRLEN;
        let stop = (from + header.nlmsg_len as usize).clamp(at, end);
        let info = (self.find)(&header, &self.bytes[at..stop]);
        self.header(&header, info, from, depth);
        let ext = if header.nlmsg_flags.contains(NLM_F_ACK_TLVS) { Some(NlmsgErr::set()) } else { None };
        const ERROR: &FieldInfo = &field::<i32>(
            "error",
            0,
            "`struct nlmsgerr` (linux/netlink.h)",
            "0 for an acknowledgement, else a negative errno; in NLMSG_DONE of a dump too.",
        );
        match header.nlmsg_type {
            kind if kind == NLMSG_DONE.0 => {
                self.fields(core::slice::from_ref(ERROR), at, stop.min(at + 4), depth);
                self.tail(stop.min(at + 4), stop, depth, ext);
            }
            kind if kind == NLMSG_ERROR.0 => {
                let echo = stop.min(at + 4);
                self.fields(core::slice::from_ref(ERROR), at, echo, depth);
                let mut echo_end = stop.min(echo + NLMSG_HDRLEN);
                if !header.nlmsg_flags.contains(NLM_F_CAPPED) && echo_end - echo == NLMSG_HDRLEN {
                    let len = NlMsgHdr::read(&self.bytes[echo..]).nlmsg_len as usize;
                    echo_end = (echo + align(len.clamp(NLMSG_HDRLEN, stop - echo))).min(stop);
                }
                if depth > 0 {
                    self.plain(depth, echo, echo_end, Label::Rest);
                } else if header.nlmsg_flags.contains(NLM_F_CAPPED) && echo_end - echo == NLMSG_HDRLEN {
                    let request = NlMsgHdr::read(&self.bytes[echo..]);
                    let info = (self.find)(&request, &[]);
                    self.header(&request, info, echo, depth + 1);
                } else {
                    self.message(echo, echo_end, 1);
                }
                self.tail(echo_end, stop, depth, ext);
            }
            _ => match info {
                Some(info) => {
                    let size: usize = info.header.iter().map(|field| field.size).sum();
                    let attrs = stop.min(at + size);
                    self.fields(info.header, at, attrs, depth);
                    let cx = Context::new(self.bytes.get(at).copied().unwrap_or(0));
                    self.attrs(info.set_of(header.nlmsg_flags), cx, attrs, stop, depth);
                }
                None => self.plain(depth, at, stop, Label::Rest),
            },
        }
        self.plain(depth, stop, end, Label::Padding);
    }

    /// The fields of `struct nlmsghdr`, of which two mean what the message makes them mean.
    fn header(&mut self, header: &NlMsgHdr, info: Option<&'static MessageInfo>, from: usize, depth: usize) {
        let name = info.map(|info| info.name).or_else(|| Some(NlmsgType::TABLE.of(header.nlmsg_type.into())?.name));
        for field in NlMsgHdr::FIELDS {
            let (at, end) = (from + field.offset, from + field.offset + field.size);
            let mut value = Value { shape: Some(field.shape), ..Value::raw(&self.bytes[at..end]) };
            match field.name {
                "nlmsg_type" => value.name = name,
                "nlmsg_flags" => value.shape = Some(verb(header, info).shape()),
                _ => {}
            }
            self.row(depth, at, end, end, Label::Field(field), value);
        }
    }

    fn tail(&mut self, from: usize, to: usize, depth: usize, set: Option<&'static Set>) {
        match set {
            Some(set) => self.attrs(set, Context::default(), from, to, depth),
            None => self.plain(depth, from, to, Label::Rest),
        }
    }

    /// Fields as far as the bytes reach; what is left of a cut one is the rest.
    fn fields(&mut self, fields: &'static [FieldInfo], from: usize, to: usize, depth: usize) {
        let mut at = from;
        for field in fields {
            let end = at + field.size;
            if end > to {
                break;
            }
            let value = Value { shape: Some(field.shape), ..Value::raw(&self.bytes[at..end]) };
            self.row(depth, at, end, end, Label::Field(field), value);
            at = end;
        }
        self.plain(depth, at, to, Label::Rest);
    }

    fn attrs(&mut self, set: &'static Set, mut cx: Context<'a>, from: usize, to: usize, depth: usize) {
        let bytes = self.bytes;
        let mut attrs = RawAttrs::new(&bytes[from..to], from as u32);
        while let Some(Ok(raw)) = attrs.try_next() {
            let (label, shape) = match (set.get(raw.number()), set.slots) {
                (Some(attr), _) => (Label::Attr(set, attr), Some(attr.shape)),
                (None, Some(shape)) => (Label::Slot(raw.number()), Some(shape)),
                (None, None) => (Label::UnknownAttr(raw.number()), None),
            };
            if let Some(shape) = shape {
                cx.remember(shape, raw.value());
            }
            let at = raw.offset() as usize;
            let (inner, end) = (at + NLA_HDRLEN, at + raw.whole().len());
            let value_end = inner + raw.value().len();
            let picked = shape.and_then(|shape| shape.picked(&cx, raw.flags()));
            let value = Value {
                shape,
                wrong: shape.and_then(|shape| shape.wrong(&raw)),
                flags: raw.flags(),
                name: None,
                bytes: raw.value(),
                cx,
            };
            match picked {
                // nobody knows what it is, but it says that it is attributes, and it is
                None if raw.flags() & NLA_F_NESTED != 0 && depth + 1 < MAX_DEPTH && is_attrs(raw.value()) => {
                    self.row(depth, at, inner, end, label, Value { bytes: &bytes[inner..inner], ..value });
                    self.attrs(NOBODYS, Context::default(), inner, value_end, depth + 1);
                    self.plain(depth + 1, value_end, end, Label::Padding);
                }
                Some(shape) if has_rows(shape) && depth + 1 < MAX_DEPTH => {
                    self.row(depth, at, inner, end, label, Value { bytes: &bytes[inner..inner], ..value });
                    self.value(shape, cx, inner, value_end, depth + 1);
                    self.plain(depth + 1, value_end, end, Label::Padding);
                }
                _ => self.row(depth, at, end, end, label, value),
            }
        }
        let rest = to - attrs.rest().len();
        self.plain(depth, rest, to, Label::Rest);
    }

    fn value(&mut self, shape: &'static Shape, cx: Context<'a>, from: usize, to: usize, depth: usize) {
        let head = |fields: &[FieldInfo]| (from + fields.iter().map(|field| field.size).sum::<usize>()).min(to);
        match shape.form {
            Form::Nest(set) => self.attrs(set(), Context::new(cx.family), from, to, depth),
            Form::Record(fields) => {
                let end = head(fields);
                self.fields(fields, from, end, depth);
                self.plain(depth, end, to, Label::Rest);
            }
            Form::Headed(fields, set) => {
                let end = head(fields);
                self.fields(fields, from, end, depth);
                let family = if end > from { self.bytes[from] } else { 0 };
                self.attrs(set(), Context::new(family), end, to, depth);
            }
            Form::Hops(fields, set) => self.hops(fields, set(), cx, from, to, depth),
            Form::Leaf | Form::Selector(..) | Form::Pick(_) | Form::ByFlag(..) => self.plain(depth, from, to, Label::Rest),
        }
    }

    fn hops(
        &mut self,
        fields: &'static [FieldInfo],
        set: &'static Set,
        cx: Context<'a>,
        mut from: usize,
        to: usize,
        depth: usize,
    ) {
        let size: usize = fields.iter().map(|field| field.size).sum();
        while to - from >= size {
            let len = u16::read(&self.bytes[from..]) as usize;
            if len < size || len > to - from {
                break;
            }
            self.fields(fields, from, from + size, depth);
            self.attrs(set, Context::new(cx.family), from + size, from + len, depth + 1);
            let end = (from + align(len)).min(to);
            self.plain(depth, from + len, end, Label::Padding);
            from = end;
        }
        self.plain(depth, from, to, Label::Rest);
    }
}

/// Whether these bytes can be cut into attributes up to their end.
fn is_attrs(bytes: &[u8]) -> bool {
    let mut attrs = RawAttrs::new(bytes, 0);
    while let Some(Ok(_)) = attrs.try_next() {}
    !bytes.is_empty() && attrs.rest().is_empty()
}

fn has_rows(shape: &Shape) -> bool {
    !matches!(shape.form, Form::Leaf | Form::Selector(..))
}

/// Where an offset of a message points: attribute names from the outside in.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    rows: [Option<Row<'a>>; MAX_DEPTH],
}

impl<'a> Path<'a> {
    /// The row that the offset is in, innermost.
    pub fn last(&self) -> Option<&Row<'a>> {
        self.rows.iter().flatten().last()
    }

    /// All rows from the outside in.
    pub fn rows(&self) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter().flatten()
    }
}

impl fmt::Display for Path<'_> {
    /// `IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows().enumerate().try_for_each(|(i, row)| write!(f, "{}{}", if i == 0 { "" } else { "." }, row.label))
    }
}

/// The path of the attribute at `offset`, which an extended acknowledgement names.
pub fn path<'a>(bytes: &'a [u8], protocol: &'static [MessageInfo], offset: usize) -> Path<'a> {
    path_of(bytes, &|header, _| protocol.iter().find(|info| info.number == header.nlmsg_type), offset)
}

/// As [`path`], of any netlink protocol.
pub fn path_in(bytes: &[u8], netlink: Netlink, offset: usize) -> Path<'_> {
    path_of(bytes, &|header, payload| known(netlink, header, payload), offset)
}

fn path_of<'a>(bytes: &'a [u8], find: Find<'_>, offset: usize) -> Path<'a> {
    let mut path = Path { rows: [None; MAX_DEPTH] };
    let mut sink = |row: Row<'a>| {
        if (row.offset..row.offset + row.scope).contains(&offset)
            && let Some(place) = path.rows.get_mut(row.depth)
        {
            *place = Some(row);
        }
    };
    Walk { bytes, find, sink: &mut sink }.message(0, bytes.len(), 0);
    path
}
