//! Attributes inside attributes, and lists of them.

use core::fmt;

use bytes::BytesMut;

use super::{Context, Form, Payload, Set, Shape, typed};
use crate::error::Error;
use crate::frame::{NLA_F_NESTED, Raw, RawAttrs};

/// An enum that `attrs!` made from a table: one variant an attribute, and `Unknown` for the rest.
pub trait AttrSet<'a>: Copy + fmt::Debug + 'a {
    /// The table as data.
    fn set() -> &'static Set;
    /// Reads one attribute. What the table does not know, or knows in another shape, becomes `Unknown`. This is the
    /// small way: one copy for all who read the set.
    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Self;
    /// Reads one attribute as [`decode`](Self::decode) does and hands it to `visitor`: the fast way, compiled anew for
    /// each visitor. Each attribute of the table
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

/// Where received attributes lie: the bytes, and what must be known to read them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Span<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: u32,
    pub(super) flags: u16,
    pub(super) family: u8,
}

impl<'a> Span<'a> {
    /// Attributes in `bytes`, which begin `at` bytes from where offsets count, in a message of this `AF_*`.
    pub const fn new(bytes: &'a [u8], at: u32, family: u8) -> Span<'a> {
        Span { bytes, at, flags: 0, family }
    }

    #[inline]
    pub(super) fn of(raw: Raw<'a>, cx: &Context<'a>) -> Span<'a> {
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
    pub(super) fn write(&self, out: &mut BytesMut) -> Result<(), Error> {
        match self {
            Nest::List(list) | Nest::Nested(list) => T::encode_all(list, out),
            #[cfg(feature = "fuzz")]
            Nest::Walk(_) => self.again(out),
            // the same bytes, as every table promises: the fuzz targets read and append them to see that it is true
            #[cfg(not(feature = "fuzz"))]
            Nest::Walk(span) => {
                out.extend_from_slice(span.bytes);
                Ok(())
            }
        }
    }

    /// Reads and appends what was received.
    #[cfg(feature = "fuzz")]
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

#[cfg(feature = "fuzz")]
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

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::List(list) => {
                let (first, rest) = list.split_first()?;
                *list = rest;
                Some(Ok(*first))
            }
            Source::Walk(attrs, cx) => Some(match attrs.advance()? {
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

    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Self {
        typed(raw, cx).map_or(Slot::Unknown(raw), |value| Slot::At(raw.number(), value))
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

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::error::What;
    use crate::payload::{Headed, Str};

    attrs! {
        /// A number and a name.
        #[allow(unreachable_pub)]
        pub enum Two<'a> in "none.h" {
            /// A number.
            TWO_NUMBER(u16) = 1,
            /// A name.
            TWO_NAME(Str<'a>) = 2,
        }
    }
    use Two::*;

    /// Keeps what it is given, as text.
    #[derive(Default)]
    struct Seen(Vec<std::string::String>);

    impl Visitor<Two<'_>> for Seen {
        type Out = ();
        fn visit(&mut self, attr: Two<'_>) {
            self.0.push(std::format!("{attr:?}"));
        }
    }

    /// The header of an attribute.
    fn header(len: u16, nla_type: u16) -> Vec<u8> {
        [len.to_ne_bytes(), nla_type.to_ne_bytes()].concat()
    }

    fn received(bytes: &[u8]) -> Nest<'_, Two<'_>> {
        Nest::Walk(Span::new(bytes, 0, 0))
    }

    #[test]
    fn a_visitor_sees_what_the_iterator_gives() {
        let mut bytes = BytesMut::new();
        Nest::List(&[TWO_NUMBER(7), TWO_NAME(Str::new("lo"))]).encode(&mut bytes).unwrap();
        // one of another shape, and one that no table knows
        bytes.extend_from_slice(&[header(5, 1), Vec::from([9, 0, 0, 0]), header(4, 99)].concat());
        let mut seen = Seen::default();
        received(&bytes).accept(&mut seen).unwrap();
        let iterated: Vec<_> = received(&bytes).iter().map(|attr| std::format!("{:?}", attr.unwrap())).collect();
        assert_eq!((seen.0.len(), &seen.0), (4, &iterated));
        let mut listed = Seen::default();
        Nest::List(&[TWO_NUMBER(7), TWO_NAME(Str::new("lo"))]).accept(&mut listed).unwrap();
        assert_eq!(listed.0, seen.0[..2]);
    }

    #[test]
    fn a_visit_says_where_the_framing_breaks() {
        let mut seen = Seen::default();
        let bytes = [header(6, 1), Vec::from([7, 0, 0, 0]), header(3, 1)].concat();
        let error = received(&bytes).accept(&mut seen).unwrap_err();
        assert_eq!((seen.0.len(), error.offset, error.what), (1, 8, What::LengthTooSmall { len: 3 }));
        assert_eq!(error.set, Some(Two::set()));
    }

    #[test]
    fn padding_that_is_not_zero_is_kept() {
        let odd = [header(6, 1), Vec::from([7, 0, 0, 1])].concat();
        let mut again = BytesMut::new();
        let attr = received(&odd).iter().next().unwrap().unwrap();
        assert!(attr.unknown().is_some());
        attr.encode(&mut again).unwrap();
        assert_eq!(again, odd[..]);
    }

    #[test]
    fn a_name_with_a_nul_inside_is_refused_and_nothing_is_sent() {
        let mut out = BytesMut::from(&b"kept"[..]);
        let attrs = [TWO_NUMBER(7), TWO_NAME(Str::new("l\0o"))];
        let body = Headed::new(crate::route::RtGenMsg::default(), Nest::List(&attrs));
        let error = crate::frame::message(&mut out, 16, crate::frame::NlmF(0), 1, &body).unwrap_err();
        assert_eq!((error.attr, &out[..]), (2, &b"kept"[..]));
    }
}
