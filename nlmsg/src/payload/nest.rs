//! Attributes inside attributes, and lists of them.

use core::fmt;
use core::marker::PhantomData;

use bytes::BytesMut;

use super::{Context, Form, Payload, Record, Set, Shape, typed};
use crate::error::{Error, What};
use crate::frame::{Body, NLA_F_NESTED, Raw, RawAttrs, align};

/// An enum that `attrs!` made from a table: one variant an attribute, and `Unknown` for the rest.
pub trait AttrSet<'a>: Copy + fmt::Debug + 'a {
    /// The table as data.
    fn set() -> &'static Set;
    /// Reads one attribute. What the table does not know, or knows in another shape, becomes `Unknown`.
    #[inline(always)]
    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Self {
        Self::decode_to(raw, cx, &mut Give)
    }
    /// Reads one attribute as [`decode`](Self::decode) does and hands it to `visitor`. Each attribute of the table
    /// hands over its own, so that a visitor's `match` on it is decided when it is compiled.
    fn decode_to<V: Visitor<Self>>(raw: Raw<'a>, cx: &mut Context<'a>, visitor: &mut V) -> V::Out;
    /// Appends attributes, one after the other: header, value, padding.
    ///
    /// # Errors
    /// As [`Payload::put`].
    fn encode_all(attrs: &[Self], out: &mut BytesMut) -> Result<(), Error>;
    /// Appends the attribute.
    ///
    /// # Errors
    /// As [`Payload::put`].
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        Self::encode_all(core::slice::from_ref(self), out)
    }
    /// The attribute as it came, if it is `Unknown`.
    fn unknown(&self) -> Option<Raw<'a>>;
}

/// Somebody who is given the attributes of a nest, one by one ([`Nest::accept`]).
pub trait Visitor<T> {
    /// What comes of one attribute.
    type Out;
    /// Takes an attribute. With `#[inline(always)]`, what it does with an attribute is compiled into the place
    /// where that attribute is decoded.
    fn visit(&mut self, attr: T) -> Self::Out;
}

/// Gives back what it is given.
struct Give;

impl<T> Visitor<T> for Give {
    type Out = T;
    #[inline(always)]
    fn visit(&mut self, attr: T) -> T {
        attr
    }
}

/// Where received attributes lie: the bytes, and what must be known to read them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Span<'a> {
    bytes: &'a [u8],
    at: u32,
    flags: u16,
    family: u8,
}

impl<'a> Span<'a> {
    /// Attributes in `bytes`, which begin `at` bytes from where offsets count, in a message of this `AF_*`.
    pub const fn new(bytes: &'a [u8], at: u32, family: u8) -> Span<'a> {
        Span { bytes, at, flags: 0, family }
    }

    #[inline]
    fn of(raw: Raw<'a>, cx: &Context<'a>) -> Span<'a> {
        Span { bytes: raw.value(), at: raw.offset() + 4, flags: raw.flags(), family: cx.family }
    }

    /// The same, to be sent with `NLA_F_NESTED`.
    pub const fn nested(self) -> Span<'a> {
        Span { flags: NLA_F_NESTED, ..self }
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// Attributes of set `T` as a value: a list to be sent, or a received span that is walked when it is read.
///
/// The kernel of old ignores `NLA_F_NESTED`, and iproute2 leaves it out of most of its requests; libnftnl and
/// the newer parts of the kernel set it. So both are here.
#[derive(Clone, Copy)]
pub enum Nest<'a, T> {
    /// To be sent without `NLA_F_NESTED`.
    List(&'a [T]),
    /// To be sent with `NLA_F_NESTED`.
    Nested(&'a [T]),
    /// As received.
    Walk(Span<'a>),
}

impl<'a, T: AttrSet<'a>> Nest<'a, T> {
    /// The attributes in order. The walk gives what is odd as `Unknown` and goes on; it ends with an error
    /// where the framing is broken.
    #[inline]
    pub fn iter(&self) -> Attrs<'a, T> {
        Attrs(match *self {
            Nest::List(list) | Nest::Nested(list) => Source::List(list),
            Nest::Walk(span) => Source::Walk(RawAttrs::new(span.bytes, span.at), Context::new(span.family)),
        })
    }

    /// As [`iter`](Self::iter), but an attribute that the table knows in another shape is an error too; the
    /// walk goes on after it.
    pub fn strict(&self) -> impl Iterator<Item = Result<T, Error>> + use<'a, T> {
        self.iter().map(|item| {
            let item = item?;
            match item.unknown().and_then(|raw| Some((raw, T::set().get(raw.number())?))) {
                None => Ok(item),
                Some((raw, attr)) => {
                    let what = attr.shape.wrong(&raw);
                    what.map_or(Ok(item), |what| {
                        Err(Error { attr: attr.number, set: Some(T::set()), ..Error::new(raw.offset(), what) })
                    })
                }
            }
        })
    }

    /// The first attribute that `pick` takes. Ends like [`iter`](Self::iter) does, without the error.
    pub fn find<V>(&self, pick: impl FnMut(T) -> Option<V>) -> Option<V> {
        self.iter().map_while(Result::ok).find_map(pick)
    }

    /// Gives each attribute to `visitor`, in order, as [`iter`](Self::iter) does. This is the fast way to read all of
    /// a nest: no attribute lies in memory between its bytes and what the visitor does with it.
    ///
    /// # Errors
    /// Broken framing, after all that came before it.
    #[inline(always)]
    pub fn accept<V: Visitor<T, Out = ()>>(&self, visitor: &mut V) -> Result<(), Error> {
        match *self {
            Nest::List(list) | Nest::Nested(list) => list.iter().for_each(|item| visitor.visit(*item)),
            Nest::Walk(span) => {
                let (mut attrs, mut cx) = (RawAttrs::new(span.bytes, span.at), Context::new(span.family));
                while let Some(raw) = attrs.step() {
                    T::decode_to(raw, &mut cx, visitor);
                }
                attrs.end().map_err(|error| Error { set: Some(T::set()), ..error })?;
            }
        }
        Ok(())
    }

    /// The received attributes as they came, for those who know them by number; none of a list to be sent.
    pub fn raw(&self) -> impl Iterator<Item = Raw<'a>> + use<'a, T> {
        let (bytes, at): (&[u8], u32) = match *self {
            Nest::List(_) | Nest::Nested(_) => (&[], 0),
            Nest::Walk(span) => (span.bytes, span.at),
        };
        let mut attrs = RawAttrs::new(bytes, at);
        core::iter::from_fn(move || attrs.try_next()?.ok())
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) -> Result<(), Error> {
        match self {
            Nest::List(list) | Nest::Nested(list) => T::encode_all(list, out),
            Nest::Walk(_) => self.again(out),
        }
    }

    /// Reads and appends what was received.
    #[inline(never)]
    fn again(&self, out: &mut BytesMut) -> Result<(), Error> {
        let mut attrs = self.iter();
        for item in attrs.by_ref() {
            match item {
                Ok(item) => item.encode(out)?,
                Err(_) => break,
            }
        }
        // what could not be walked goes back as it came
        out.extend_from_slice(attrs.rest());
        Ok(())
    }
}

impl<'a, T: AttrSet<'a>> fmt::Debug for Nest<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: AttrSet<'a>> PartialEq for Nest<'a, T> {
    /// Two nests are equal if they are the same on the wire.
    fn eq(&self, other: &Self) -> bool {
        let bytes = |nest: &Self| {
            let mut out = BytesMut::new();
            nest.write(&mut out).is_ok().then_some((out, Payload::flags(nest)))
        };
        bytes(self) == bytes(other)
    }
}

impl<'a, T: AttrSet<'a>> IntoIterator for Nest<'a, T> {
    type Item = Result<T, Error>;
    type IntoIter = Attrs<'a, T>;
    fn into_iter(self) -> Attrs<'a, T> {
        self.iter()
    }
}

impl<'a, T: AttrSet<'a>> Payload<'a> for Nest<'a, T> {
    const SHAPE: &'static Shape = &Shape::of("nest", Form::Nest(T::set));
    const NESTED: bool = true;

    #[inline]
    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<Self> {
        Some(Nest::Walk(Span::of(raw, cx)))
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        self.write(out)
    }

    #[inline]
    fn flags(&self) -> u16 {
        match self {
            Nest::List(_) => 0,
            Nest::Nested(_) => NLA_F_NESTED,
            Nest::Walk(span) => span.flags,
        }
    }
}

enum Source<'a, T> {
    List(&'a [T]),
    Walk(RawAttrs<'a>, Context<'a>),
}

/// The attributes of a [`Nest`], in order.
pub struct Attrs<'a, T>(Source<'a, T>);

impl<'a, T> Attrs<'a, T> {
    /// The bytes that are not walked yet; after an error, those that could not be walked.
    fn rest(&self) -> &'a [u8] {
        match &self.0 {
            Source::List(_) => &[],
            Source::Walk(raw, _) => raw.rest(),
        }
    }
}

impl<'a, T: AttrSet<'a>> Iterator for Attrs<'a, T> {
    type Item = Result<T, Error>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::List(list) => {
                let (first, rest) = list.split_first()?;
                *list = rest;
                Some(Ok(*first))
            }
            Source::Walk(attrs, cx) => Some(match attrs.try_next()? {
                Ok(raw) => Ok(T::decode(raw, cx)),
                Err(error) => Err(Error { set: Some(T::set()), ..error }),
            }),
        }
    }
}

/// One place of a nest whose attribute numbers are places in a list or other keys, not names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot<'a, P> {
    /// The place, and what is there.
    At(u16, P),
    /// What has another shape, as it came.
    Unknown(Raw<'a>),
}

impl<'a, P: Payload<'a> + Copy + fmt::Debug + 'a> AttrSet<'a> for Slot<'a, P> {
    fn set() -> &'static Set {
        const { &Set { name: "slots", header: "", attrs: &[], slots: Some(P::SHAPE) } }
    }

    #[inline(always)]
    fn decode_to<V: Visitor<Self>>(raw: Raw<'a>, cx: &mut Context<'a>, visitor: &mut V) -> V::Out {
        visitor.visit(match typed(raw, cx) {
            Some(value) => Slot::At(raw.number(), value),
            None => Slot::Unknown(raw),
        })
    }

    fn encode_all(slots: &[Self], out: &mut BytesMut) -> Result<(), Error> {
        for slot in slots {
            match slot {
                Slot::At(number, value) => value.put(*number, out)?,
                Slot::Unknown(raw) => out.extend_from_slice(raw.whole()),
            }
        }
        Ok(())
    }

    fn unknown(&self) -> Option<Raw<'a>> {
        match self {
            Slot::At(..) => None,
            Slot::Unknown(raw) => Some(*raw),
        }
    }
}

/// A value of two shapes that only `NLA_F_NESTED` tells apart: `IFLA_INET_CONF` is places in requests and a
/// bare array in replies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ByFlag<N, P> {
    /// With the flag.
    Nested(N),
    /// Without.
    Plain(P),
}

impl<'a, N: Payload<'a>, P: Payload<'a>> Payload<'a> for ByFlag<N, P> {
    const SHAPE: &'static Shape = &Shape::of("nest-or-plain", Form::ByFlag(N::SHAPE, P::SHAPE));
    const NESTED: bool = true;

    #[inline]
    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<Self> {
        if raw.flags() & NLA_F_NESTED == 0 {
            P::decode(raw, cx).map(ByFlag::Plain)
        } else {
            N::decode(raw, cx).map(ByFlag::Nested)
        }
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        match self {
            ByFlag::Nested(nested) => nested.encode(out),
            ByFlag::Plain(plain) => plain.encode(out),
        }
    }

    #[inline]
    fn flags(&self) -> u16 {
        match self {
            ByFlag::Nested(_) => NLA_F_NESTED,
            ByFlag::Plain(_) => 0,
        }
    }
}

/// A fixed header, then attributes: the payload of nearly every message, and of `VETH_INFO_PEER`.
///
/// Old senders ask with a `struct rtgenmsg` (one byte, the address family) where a longer header belongs; a
/// header that is cut short is read as far as it goes, and given back so.
#[derive(Clone, Copy, PartialEq)]
pub struct Headed<'a, H, T: AttrSet<'a>> {
    /// The fixed header; fields that did not come are 0.
    pub header: H,
    /// What follows it.
    pub attrs: Nest<'a, T>,
    /// Bytes of the header that came, if not all.
    cut: Option<u8>,
}

impl<'a, H: Record, T: AttrSet<'a>> Headed<'a, H, T> {
    /// A whole header and its attributes.
    pub const fn new(header: H, attrs: Nest<'a, T>) -> Self {
        Headed { header, attrs, cut: None }
    }

    /// Reads a header and attributes that begin `at` bytes from where offsets count.
    ///
    /// # Errors
    /// There is no byte at all.
    #[inline]
    pub fn parse(bytes: &'a [u8], at: u32) -> Result<Self, Error> {
        if let Some(attrs) = bytes.get(H::SIZE..) {
            // the address family is the first byte of every header that has one
            let span = Span::new(attrs, at + H::SIZE as u32, bytes[0]);
            return Ok(Headed { header: H::read(bytes), attrs: Nest::Walk(span), cut: None });
        }
        if bytes.is_empty() {
            return Err(Error::new(at, What::Short { left: 0, need: H::SIZE as u32 }));
        }
        let mut whole = [0; 64];
        whole[..bytes.len()].copy_from_slice(bytes);
        let attrs = Nest::Walk(Span::new(&[], at + bytes.len() as u32, bytes[0]));
        Ok(Headed { header: H::read(&whole), attrs, cut: Some(bytes.len() as u8) })
    }
}

impl<'a, H: Record + fmt::Debug, T: AttrSet<'a>> fmt::Debug for Headed<'a, H, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.header, self.attrs)
    }
}

impl<'a, H: Record, T: AttrSet<'a>> Body<'a> for Headed<'a, H, T> {
    #[inline]
    fn read(payload: &'a [u8], at: u32) -> Result<Self, Error> {
        Self::parse(payload, at)
    }

    #[inline(always)]
    fn write(&self, out: &mut BytesMut) -> Result<(), Error> {
        let start = out.len();
        self.header.write(out);
        if let Some(len) = self.cut {
            out.truncate(start + len as usize);
        }
        self.attrs.write(out)
    }
}

impl<'a, H: Record, T: AttrSet<'a>> Payload<'a> for Headed<'a, H, T> {
    const SHAPE: &'static Shape =
        &Shape { fits: |bytes| !bytes.is_empty(), ..Shape::of(H::NAME, Form::Headed(H::FIELDS, T::set)) };
    const NESTED: bool = true;

    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Self> {
        let mut headed = Self::parse(raw.value(), raw.offset() + 4).ok()?;
        if let Nest::Walk(span) = &mut headed.attrs {
            span.flags = raw.flags();
        }
        Some(headed)
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        Body::write(self, out)
    }

    #[inline]
    fn flags(&self) -> u16 {
        Payload::flags(&self.attrs)
    }
}

/// One element of [`Hops`]. The first field of `H` is the element's length; it is filled in when it is sent.
#[derive(Clone, Copy, PartialEq)]
pub struct Hop<'a, H, T: AttrSet<'a>> {
    /// `struct rtnexthop`.
    pub header: H,
    /// The element's own attributes.
    pub attrs: Nest<'a, T>,
}

/// Elements that each say their length in a `u16`, then hold a struct and attributes (`RTA_MULTIPATH`).
#[derive(Clone, Copy)]
pub enum Hops<'a, H, T: AttrSet<'a>> {
    /// To be sent.
    List(&'a [Hop<'a, H, T>]),
    /// As received.
    Walk(Span<'a>, PhantomData<H>),
}

impl<'a, H: Record, T: AttrSet<'a>> Hops<'a, H, T> {
    /// The elements in order, up to the first whose length lies.
    pub fn iter(&self) -> impl Iterator<Item = Hop<'a, H, T>> + use<'a, H, T> {
        let (list, mut span) = match *self {
            Hops::List(list) => (list, Span::new(&[], 0, 0)),
            Hops::Walk(span, _) => (&[][..], span),
        };
        list.iter().copied().chain(core::iter::from_fn(move || Self::step(&mut span)))
    }

    fn first(bytes: &[u8]) -> Option<usize> {
        let len = u16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?]) as usize;
        (len >= H::SIZE && len <= bytes.len()).then_some(len)
    }

    /// Whether the lengths lead to the end, and what lies between the elements is zero.
    fn fits(mut bytes: &[u8]) -> bool {
        while let Some(len) = Self::first(bytes) {
            let Some(rest) = bytes.get(align(len)..) else { return false };
            if bytes[len..align(len)].iter().any(|&byte| byte != 0) {
                return false;
            }
            bytes = rest;
        }
        bytes.is_empty()
    }

    fn step(span: &mut Span<'a>) -> Option<Hop<'a, H, T>> {
        let len = Self::first(span.bytes)?;
        let attrs = Span::new(&span.bytes[H::SIZE..len], span.at + H::SIZE as u32, span.family);
        let hop = Hop { header: H::read(span.bytes), attrs: Nest::Walk(attrs) };
        let step = align(len).min(span.bytes.len());
        *span = Span { bytes: &span.bytes[step..], at: span.at + step as u32, ..*span };
        Some(hop)
    }
}

impl<'a, H: Record, T: AttrSet<'a>> fmt::Debug for Hops<'a, H, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|hop| hop.attrs)).finish()
    }
}

impl<'a, H: Record, T: AttrSet<'a>> PartialEq for Hops<'a, H, T> {
    fn eq(&self, other: &Self) -> bool {
        let bytes = |hops: &Self| {
            let mut out = BytesMut::new();
            hops.encode(&mut out).is_ok().then_some(out)
        };
        bytes(self) == bytes(other)
    }
}

impl<'a, H: Record, T: AttrSet<'a>> Payload<'a> for Hops<'a, H, T> {
    const SHAPE: &'static Shape = &Shape { fits: Self::fits, ..Shape::of("nexthops", Form::Hops(H::FIELDS, T::set)) };
    const NESTED: bool = true;

    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<Self> {
        Self::fits(raw.value()).then(|| Hops::Walk(Span::of(raw, cx), PhantomData))
    }

    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        for hop in self.iter() {
            let start = out.len();
            hop.header.write(out);
            hop.attrs.write(out)?;
            let len = out.len() - start;
            let Ok(rtnh_len) = u16::try_from(len) else {
                return Err(Error::new(start as u32, What::TooLong { len }));
            };
            out[start..start + 2].copy_from_slice(&rtnh_len.to_ne_bytes());
            out.resize(start + align(len), 0);
        }
        Ok(())
    }

    fn flags(&self) -> u16 {
        match self {
            Hops::List(_) => 0,
            Hops::Walk(span, _) => span.flags,
        }
    }
}
