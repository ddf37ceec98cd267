//! Attributes after a fixed header, once or many times.

use core::fmt;
use core::marker::PhantomData;

use bytes::BytesMut;

use super::nest::{AttrSet, Nest, Span};
use super::{Context, Form, Payload, Record, Shape};
use crate::error::{Error, What};
use crate::frame::{Body, Raw, align};

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
    cut: Option<u16>,
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
            let family = bytes.first().copied().unwrap_or(0);
            let span = Span::new(attrs, at + H::SIZE as u32, family);
            return Ok(Headed { header: H::read(bytes), attrs: Nest::Walk(span), cut: None });
        }
        Self::parse_cut(bytes, at)
    }

    #[cold]
    fn parse_cut(bytes: &'a [u8], at: u32) -> Result<Self, Error> {
        // the longest is xfrm's, `struct xfrm_user_acquire`
        const LONGEST: usize = 512;
        const { assert!(H::SIZE <= LONGEST) };
        let Some(family) = bytes.first() else {
            return Err(Error::new(at, What::Short { left: 0, need: H::SIZE as u32 }));
        };
        let mut whole = [0; LONGEST];
        whole[..bytes.len()].copy_from_slice(bytes);
        let attrs = Nest::Walk(Span::new(&[], at + bytes.len() as u32, *family));
        Ok(Headed { header: H::read(&whole), attrs, cut: Some(bytes.len() as u16) })
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
