//! What an attribute's value can be: one type for each shape, and every quirk of the kernel a type of its own.
//!
//! A [`Payload`] knows how to read itself from an attribute and how to append itself to one, and describes
//! itself with a [`Shape`] to those who work without the type: [`explain`](crate::explain) and
//! [`make`](crate::make). A table (the macros are in `table.rs`) names a payload for each of its attributes.
//!
//! | the wire | the type |
//! | --- | --- |
//! | integers in the host's order, addresses, named numbers, flag words | [`Field`] types, [`Ipv4Addr`](core::net::Ipv4Addr), `names!` types |
//! | the same in network order | [`Be`] |
//! | the low byte of a wider number | [`Low8`] |
//! | a number of two sizes | [`BySize`] |
//! | text, with or without NUL | [`Str`] |
//! | a text or number that picks what another attribute holds | [`Selector`], and `pick!` types for what it picks |
//! | bytes that mean nothing here | `&[u8]` |
//! | IPv4 or IPv6, by length | [`IpAddr`](core::net::IpAddr) |
//! | a link-layer address | [`Hw`] |
//! | presence alone | [`Flag`], [`FlagOrU8`] |
//! | a C struct, as long as the sender's kernel knows it | [`View`] |
//! | many integers in a row | [`Array`] |
//! | two shapes that `NLA_F_NESTED` tells apart | [`ByFlag`] |
//! | attributes | [`Nest`], [`Slot`] for numbered places, [`Headed`] after a struct, [`Hops`] after many |

mod headed;
mod leaf;
mod nest;
mod number;
mod record;

use core::fmt;

use bytes::BytesMut;

use crate::error::{Error, What};
use crate::frame::{NLA_F_NESTED, NLM_F_REQUEST, NlmF, Raw, close, open};
use crate::make::Gen;

pub use headed::{Headed, Hop, Hops};
pub use leaf::{Array, BySize, Flag, FlagOrU8, Hw, Selector, Str};
pub use nest::{AttrSet, Attrs, ByFlag, Nest, Slot, Span, Visitor};
pub use number::{Be, Bytes, Field, Low8, Name, Names};
pub(crate) use number::{fmt_flags, fmt_name};
pub(crate) use record::field;
pub use record::{FieldInfo, Record, Records, View};

/// How many selectors a set can have side by side.
const SELECTORS: usize = 2;

/// What a value's meaning can depend on besides its bytes: the address family of the fixed header, and what
/// the selectors before it in the same nest have picked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// `AF_*` of the message's fixed header.
    pub family: u8,
    selected: [&'a [u8]; SELECTORS],
}

impl<'a> Context<'a> {
    /// A context of which only the address family is known.
    pub const fn new(family: u8) -> Context<'a> {
        Context { family, selected: [&[]; SELECTORS] }
    }

    /// What selector `slot` has picked: its value without a NUL at the end, ready to be compared with many names. Empty
    /// before it was met.
    #[inline]
    pub(crate) fn key(&self, slot: usize) -> Key<'a> {
        let bytes = self.selected[slot];
        Key { word: word(bytes), bytes }
    }

    /// A value of this shape was met: if it is a selector's, those after it go by it.
    pub(crate) fn remember(&mut self, shape: &Shape, value: &'a [u8]) {
        if let Some((slot, key)) = shape.selects(value) {
            self.select(slot, key);
        }
    }

    /// Selector `slot` has picked `key`, as [`Shape::selects`] says.
    ///
    /// # Panics
    /// There is no such slot.
    pub fn select(&mut self, slot: usize, key: &'a [u8]) {
        self.selected[slot] = key;
    }
}

/// What a selector has picked. Names are told apart by their first eight bytes, as one number.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    word: u64,
    bytes: &'a [u8],
}

impl<const N: usize> PartialEq<&[u8; N]> for Key<'_> {
    #[inline(always)]
    fn eq(&self, name: &&[u8; N]) -> bool {
        self.word == word(*name) && self.bytes.len() == N && (N <= 8 || self.bytes == *name)
    }
}

/// The first eight bytes, filled up with zeros.
#[inline(always)]
const fn word(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk() {
        return u64::from_le_bytes(*first);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << (8 * (bytes.len() - 4));
    }
    match *bytes {
        [a] => a as u64,
        [a, b] => a as u64 | (b as u64) << 8,
        [a, b, c] => a as u64 | (b as u64) << 8 | (c as u64) << 16,
        _ => 0,
    }
}

/// A shape that an attribute's value can have.
///
/// `encode` after `decode` gives the same bytes; what cannot be given back the same is refused by `decode`.
pub trait Payload<'a>: Sized {
    /// The same as data.
    const SHAPE: &'static Shape;
    /// Whether the attribute's type may carry `NLA_F_NESTED`.
    const NESTED: bool = false;

    /// Reads the value of `raw`; `None` if its bytes are not of this shape.
    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<Self>;

    /// Appends the value, without header and padding.
    ///
    /// # Errors
    /// A nested value is too long for its attribute, or a text holds a NUL byte.
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error>;

    /// The flag bits that the attribute's type carries.
    #[inline]
    fn flags(&self) -> u16 {
        0
    }

    /// What this value means where it is a [`Selector`].
    fn key(raw: Raw<'a>) -> &'a [u8] {
        raw.value()
    }

    /// Appends the whole attribute: header, value, padding.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and a value of more than 65531 bytes.
    #[inline]
    fn put(&self, number: u16, out: &mut BytesMut) -> Result<(), Error> {
        let start = open(out, number | self.flags());
        self.encode(out)?;
        close(out, start).map_err(|what| Error { attr: number, ..Error::new(start as u32, what) })
    }
}

/// Reads `raw` as a `P` if that loses nothing: shape, flag bits and padding fit.
#[inline(always)]
pub(crate) fn typed<'a, P: Payload<'a>>(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<P> {
    let allowed = if P::NESTED { crate::frame::NLA_F_NESTED } else { 0 };
    if raw.flags() & !allowed != 0 || !raw.is_padded() {
        return None;
    }
    P::decode(raw, cx)
}

/// The same of an attribute that is known to be [plain](Raw::is_plain).
#[inline]
pub(crate) fn of_plain<'a, P: Payload<'a>>(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<P> {
    if !P::NESTED && raw.flags() != 0 { None } else { P::decode(raw, cx) }
}

/// Prints a value from its bytes, which need not be of the right shape.
pub type Show = fn(&[u8], &Context<'_>, &mut fmt::Formatter<'_>) -> fmt::Result;

/// A payload type as data.
pub struct Shape {
    /// What the table calls it: `u32`, `be32`, `nest`.
    pub name: &'static str,
    /// What is inside.
    pub form: Form,
    /// Whether these bytes can be read so. Nests are always readable; their own walk says what is wrong inside.
    pub fits: fn(&[u8]) -> bool,
    /// Prints a value that fits.
    pub show: Show,
    /// Appends a value that fits. Not asked of forms that are made from their parts.
    #[cfg(feature = "fuzz")]
    pub make: fn(&mut Gen, &mut BytesMut),
}

/// What is inside a value, for those who walk it.
#[derive(Clone, Copy)]
pub enum Form {
    /// Nothing that has a name.
    Leaf,
    /// A leaf that selector `slot` of the context remembers.
    Selector(usize, &'static Shape),
    /// Attributes of a set.
    Nest(fn() -> &'static Set),
    /// Fields side by side.
    Record(&'static [FieldInfo]),
    /// Fields, then attributes.
    Headed(&'static [FieldInfo], fn() -> &'static Set),
    /// Elements of: `u16` length, more fields, then attributes.
    Hops(&'static [FieldInfo], fn() -> &'static Set),
    /// One of several shapes.
    Pick(&'static Pick),
    /// The first shape with `NLA_F_NESTED`, the second without.
    ByFlag(&'static Shape, &'static Shape),
}

/// A choice between shapes.
pub struct Pick {
    /// The selector that decides; `None` if the address family does.
    pub slot: Option<usize>,
    /// What the selector can say, for the generator.
    pub keys: &'static [&'static [u8]],
    /// The shape that the context asks for.
    pub pick: fn(&Context<'_>) -> Option<&'static Shape>,
}

impl Shape {
    /// A leaf.
    pub(crate) const fn leaf(
        name: &'static str,
        fits: fn(&[u8]) -> bool,
        show: Show,
        #[cfg_attr(not(feature = "fuzz"), expect(unused_variables))] make: fn(&mut Gen, &mut BytesMut),
    ) -> Shape {
        Shape {
            name,
            form: Form::Leaf,
            fits,
            show,
            #[cfg(feature = "fuzz")]
            make,
        }
    }

    /// A shape that is made from parts, each of which says itself what is wrong in it.
    pub(crate) const fn of(name: &'static str, form: Form) -> Shape {
        Shape { form, ..Shape::leaf(name, |_| true, |_, _, _| Ok(()), |_, _| {}) }
    }

    /// What a value of this shape picks for those after it: the selector's slot, and the key. `None` of other shapes.
    pub fn selects<'a>(&self, value: &'a [u8]) -> Option<(usize, &'a [u8])> {
        let Form::Selector(slot, of) = self.form else { return None };
        let nul: &[u8] = if of.name == "string" { b"\0" } else { b"" };
        Some((slot, value.strip_suffix(nul).unwrap_or(value)))
    }

    /// The shape that the context and the attribute's flag bits ask for; `None` where nothing says so.
    pub fn picked(&'static self, cx: &Context<'_>, flags: u16) -> Option<&'static Shape> {
        match self.form {
            Form::Pick(pick) => (pick.pick)(cx).and_then(|shape| shape.picked(cx, flags)),
            Form::ByFlag(nested, plain) => if flags & NLA_F_NESTED != 0 { nested } else { plain }.picked(cx, flags),
            _ => Some(self),
        }
    }

    /// Why `raw` is not typed as this shape in the table; `None` if it is.
    pub fn wrong(&self, raw: &Raw<'_>) -> Option<What> {
        let nested = match self.form {
            Form::Nest(_) | Form::Hops(..) | Form::Pick(_) | Form::Headed(..) | Form::ByFlag(..) => NLA_F_NESTED,
            _ => 0,
        };
        if raw.flags() & !nested != 0 {
            Some(What::Flags { flags: raw.flags() })
        } else if !raw.is_padded() {
            Some(What::Padding)
        } else if !(self.fits)(raw.value()) {
            Some(What::Shape { len: raw.value().len() as u32, shape: self.name })
        } else {
            None
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A set of attributes: one enum of the kernel's headers.
pub struct Set {
    /// The name of the Rust type.
    pub name: &'static str,
    /// The header that defines it, under `linux/`.
    pub header: &'static str,
    /// Its attributes.
    pub attrs: &'static [Attr],
    /// The shape of all numbers that `attrs` does not name, where the numbers are places and not names.
    pub slots: Option<&'static Shape>,
}

/// One attribute of a set.
#[derive(Debug)]
pub struct Attr {
    /// `nla_type` without flag bits.
    pub number: u16,
    /// The kernel's name for the number.
    pub name: &'static str,
    /// The shape of its value.
    pub shape: &'static Shape,
    /// What it means, as the table says it; [`prose`] makes it readable.
    pub doc: &'static str,
}

impl Set {
    /// The attribute with this number.
    pub fn get(&self, number: u16) -> Option<&'static Attr> {
        // most tables are in the order of their numbers, some with gaps
        match self.attrs.get((number as usize).wrapping_sub(self.attrs.first()?.number as usize)) {
            Some(attr) if attr.number == number => Some(attr),
            _ => self.attrs.iter().find(|attr| attr.number == number),
        }
    }

    /// The attribute with this name.
    pub fn by_name(&self, name: &str) -> Option<&'static Attr> {
        self.attrs.iter().find(|attr| attr.name == name)
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Set) -> bool {
        self.name == other.name
    }
}

impl Eq for Set {}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// One message type of a protocol.
#[derive(Debug)]
pub struct MessageInfo {
    /// `nlmsg_type`.
    pub number: u16,
    /// The kernel's name.
    pub name: &'static str,
    /// What it means, as the table says it; [`prose`] makes it readable.
    pub doc: &'static str,
    /// The fields of the fixed header.
    pub header: &'static [FieldInfo],
    /// The attributes that follow it.
    pub set: fn() -> &'static Set,
    /// Those of requests, where they are others.
    pub asked: Option<fn() -> &'static Set>,
    /// Reads a payload as what the table says, all nests included, and appends it again.
    #[cfg(feature = "fuzz")]
    pub again: fn(&[u8], &mut BytesMut) -> Result<(), Error>,
}

impl MessageInfo {
    /// The attributes of a message with these flags, of which `NLM_F_REQUEST` counts.
    pub fn set_of(&self, flags: NlmF) -> &'static Set {
        self.asked.filter(|_| flags.contains(NLM_F_REQUEST)).unwrap_or(self.set)()
    }

    /// All sets that its attributes can be of.
    pub fn sets(&self) -> impl Iterator<Item = fn() -> &'static Set> + use<> {
        core::iter::once(self.set).chain(self.asked)
    }
}

/// Prints what a table's doc comment says as plain words: without the marks of links and code.
pub fn prose(doc: &str) -> impl fmt::Display + '_ {
    struct Prose<'a>(&'a str);
    impl fmt::Display for Prose<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.trim().split(['`', '[', ']']).try_for_each(|part| f.write_str(part))
        }
    }
    Prose(doc)
}
