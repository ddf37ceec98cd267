//! Values of many lengths that hold nothing with a name.

use core::fmt;
use core::marker::PhantomData;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::BytesMut;

use super::number::make as made;
use super::{Context, Field, Form, Payload, Shape};
use crate::error::{Error, What};
use crate::frame::{NLA_HDRLEN, Raw, align, zeros};

/// Text. It remembers whether a NUL byte ends it on the wire: the kernel sends one, iproute2 sends one with
/// `IFLA_IFNAME` and none with `IFLA_INFO_KIND`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Str<'a> {
    text: &'a [u8],
    nul: bool,
}

impl<'a> Str<'a> {
    /// Text that ends with a NUL byte on the wire.
    pub const fn new(text: &'a str) -> Str<'a> {
        Str { text: text.as_bytes(), nul: true }
    }

    /// Text that does not.
    pub const fn bare(text: &'a str) -> Str<'a> {
        Str { text: text.as_bytes(), nul: false }
    }

    /// The text's bytes without the NUL byte. The kernel promises no encoding.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The text, if it is UTF-8.
    pub fn to_str(&self) -> Option<&'a str> {
        core::str::from_utf8(self.text).ok()
    }

    #[inline]
    fn split(bytes: &[u8]) -> Option<Str<'_>> {
        let (text, nul) = match bytes {
            [text @ .., 0] => (text, true),
            _ => (bytes, false),
        };
        (!has_nul(text)).then_some(Str { text, nul })
    }
}

/// Whether a byte is 0; eight or four at a time, the last ones twice, because texts are short and many.
#[inline]
fn has_nul(bytes: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7) != 0;
    let half = |half: &[u8; 4]| u64::from(u32::from_ne_bytes(*half));
    if let Some(last) = bytes.last_chunk() {
        return bytes.as_chunks().0.iter().any(|word| zero(u64::from_ne_bytes(*word))) || zero(u64::from_ne_bytes(*last));
    }
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => zero(half(first) << 32 | half(last)),
        _ => bytes.contains(&0),
    }
}

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Str<'a> {
        Str::new(text)
    }
}

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        self.text == other.as_bytes()
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.text == other.as_bytes()
    }
}

impl fmt::Display for Str<'_> {
    /// Prints what is UTF-8 as it is, other bytes as U+FFFD.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.to_str() {
            return f.pad(text);
        }
        for chunk in self.text.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}{}\"", self.text.escape_ascii(), if self.nul { "\\0" } else { "" })
    }
}

impl<'a> Payload<'a> for Str<'a> {
    const SHAPE: &'static Shape = &Shape::leaf(
        "string",
        |bytes| Str::split(bytes).is_some(),
        |bytes, _, f| Str::split(bytes).map_or(Ok(()), |text| write!(f, "{text:?}")),
        |make, out| {
            let len = make.below(15) + 1;
            for _ in 0..len {
                out.extend_from_slice(&[b'a' + make.below(26) as u8]);
            }
            if make.below(3) > 0 {
                out.extend_from_slice(&[0]);
            }
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Str<'a>> {
        Str::split(raw.value())
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        if has_nul(self.text) {
            return Err(Error::new(out.len() as u32, What::Nul));
        }
        out.extend_from_slice(self.text);
        if self.nul {
            out.extend_from_slice(&[0]);
        }
        Ok(())
    }

    #[inline]
    fn put(&self, number: u16, out: &mut BytesMut) -> Result<(), Error> {
        let len = NLA_HDRLEN + self.text.len() + usize::from(self.nul);
        let Ok(nla_len) = u16::try_from(len) else {
            return Err(Error { attr: number, ..Error::new(out.len() as u32, What::TooLong { len: len - NLA_HDRLEN }) });
        };
        let ([l0, l1], [t0, t1]) = (nla_len.to_ne_bytes(), number.to_ne_bytes());
        out.extend_from_slice(&[l0, l1, t0, t1]);
        self.encode(out)?;
        zeros(out, align(len) - len);
        Ok(())
    }

    #[inline]
    fn key(raw: Raw<'a>) -> &'a [u8] {
        raw.value().strip_suffix(b"\0").unwrap_or(raw.value())
    }
}

/// A value that picks the shape of another attribute of the same nest: `IFLA_INFO_KIND` picks what
/// `IFLA_INFO_DATA` holds. The picked attribute comes after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selector<P, const SLOT: usize = 0>(pub P);

impl<'a, const SLOT: usize> From<&'a str> for Selector<Str<'a>, SLOT> {
    fn from(name: &'a str) -> Self {
        Selector(Str::new(name))
    }
}

impl<'a, P: Payload<'a>, const SLOT: usize> Payload<'a> for Selector<P, SLOT> {
    const SHAPE: &'static Shape = &Shape { form: Form::Selector(SLOT, P::SHAPE), ..*P::SHAPE };

    #[inline]
    fn decode(raw: Raw<'a>, cx: &mut Context<'a>) -> Option<Self> {
        cx.select(SLOT, P::key(raw));
        P::decode(raw, cx).map(Selector)
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        self.0.encode(out)
    }

    #[inline]
    fn put(&self, number: u16, out: &mut BytesMut) -> Result<(), Error> {
        self.0.put(number, out)
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

impl<'a> Payload<'a> for &'a [u8] {
    const SHAPE: &'static Shape = &Shape::leaf(
        "binary",
        |_| true,
        |bytes, _, f| hex(bytes, f),
        |make, out| {
            let len = make.below(24);
            (0..len).for_each(|_| out.extend_from_slice(&[make.integer() as u8]));
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<&'a [u8]> {
        Some(raw.value())
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        out.extend_from_slice(self);
        Ok(())
    }
}

/// A link-layer address: 6 bytes on Ethernet, 4 or 16 on tunnels, up to 32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hw<'a>(pub &'a [u8]);

impl fmt::Display for Hw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, byte)| write!(f, "{}{byte:02x}", if i == 0 { "" } else { ":" }))
    }
}

impl<'a> Payload<'a> for Hw<'a> {
    const SHAPE: &'static Shape = &Shape::leaf(
        "lladdr",
        |_| true,
        |bytes, _, f| write!(f, "{}", Hw(bytes)),
        |make, out| (0..6).for_each(|_| out.extend_from_slice(&[make.integer() as u8])),
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Hw<'a>> {
        Some(Hw(raw.value()))
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        out.extend_from_slice(self.0);
        Ok(())
    }
}

#[inline]
fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(IpAddr::V4(Ipv4Addr::read(bytes))),
        16 => Some(IpAddr::V6(Ipv6Addr::read(bytes))),
        _ => None,
    }
}

impl<'a> Payload<'a> for IpAddr {
    const SHAPE: &'static Shape = &Shape::leaf(
        "ip",
        |bytes| ip(bytes).is_some(),
        |bytes, _, f| ip(bytes).map_or(Ok(()), |ip| write!(f, "{ip}")),
        |make, out| {
            let len = if make.below(2) == 0 { 4 } else { 16 };
            (0..len).for_each(|_| out.extend_from_slice(&[make.integer() as u8]));
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<IpAddr> {
        ip(raw.value())
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        match self {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
        Ok(())
    }

    #[inline]
    fn put(&self, number: u16, out: &mut BytesMut) -> Result<(), Error> {
        match self {
            IpAddr::V4(ip) => ip.put(number, out),
            IpAddr::V6(ip) => ip.put(number, out),
        }
    }
}

/// Says something by being there. It has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flag;

impl<'a> Payload<'a> for Flag {
    const SHAPE: &'static Shape = &Shape::leaf("flag", <[u8]>::is_empty, |_, _, f| f.write_str("set"), |_, _| {});

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Flag> {
        raw.value().is_empty().then_some(Flag)
    }

    #[inline]
    fn encode(&self, _: &mut BytesMut) -> Result<(), Error> {
        Ok(())
    }
}

/// A [`Flag`] in requests that the kernel's replies give as a `u8` (`IFLA_VXLAN_TTL_INHERIT`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlagOrU8(pub Option<u8>);

impl<'a> Payload<'a> for FlagOrU8 {
    const SHAPE: &'static Shape = &Shape::leaf(
        "flag-or-u8",
        |bytes| bytes.len() < 2,
        |bytes, _, f| match bytes {
            [] => f.write_str("set"),
            [byte, ..] => write!(f, "{byte}"),
        },
        |make, out| {
            let n = make.below(2) as usize;
            out.extend_from_slice(&[1][..n]);
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<FlagOrU8> {
        match *raw.value() {
            [] => Some(FlagOrU8(None)),
            [byte] => Some(FlagOrU8(Some(byte))),
            _ => None,
        }
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        out.extend_from_slice(self.0.as_slice());
        Ok(())
    }
}

/// A number of two sizes, which the length tells apart: `IFLA_MAX_PACING_OFFLOAD_HORIZON` is as short as its value
/// lets it be, `IFLA_IPTUN_FLAGS` means another thing for each kind of tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BySize<A, B> {
    /// The shorter one.
    Short(A),
    /// The longer one.
    Long(B),
}

impl<A: Field, B: Field> BySize<A, B> {
    fn read(bytes: &[u8]) -> Option<BySize<A, B>> {
        const { assert!(A::SIZE < B::SIZE) };
        match bytes.len() {
            len if len == A::SIZE => Some(BySize::Short(A::read(bytes))),
            len if len == B::SIZE => Some(BySize::Long(B::read(bytes))),
            _ => None,
        }
    }
}

impl<'a, A: Field, B: Field> Payload<'a> for BySize<A, B> {
    const SHAPE: &'static Shape = &Shape::leaf(
        "by-size",
        |bytes| Self::read(bytes).is_some(),
        |bytes, _, f| match Self::read(bytes) {
            Some(BySize::Short(value)) => value.fmt(f),
            Some(BySize::Long(value)) => value.fmt(f),
            None => Ok(()),
        },
        |make, out| if make.below(2) == 0 { made::<A>(make, out) } else { made::<B>(make, out) },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Self> {
        Self::read(raw.value())
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        match self {
            BySize::Short(value) => value.encode(out),
            BySize::Long(value) => value.encode(out),
        }
    }
}

/// Any number of fields in a row, as many as the sender's kernel knows (`IFLA_INET6_CONF`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Array<'a, F> {
    bytes: &'a [u8],
    of: PhantomData<F>,
}

impl<'a, F: Field> Array<'a, F> {
    /// The array in these bytes; `None` if the last element is cut.
    pub fn new(bytes: &'a [u8]) -> Option<Array<'a, F>> {
        bytes.len().is_multiple_of(F::SIZE).then_some(Array { bytes, of: PhantomData })
    }

    /// One element; `None` past the end.
    pub fn get(&self, index: usize) -> Option<F> {
        self.iter().nth(index)
    }

    /// All elements.
    pub fn iter(&self) -> impl Iterator<Item = F> + use<'a, F> {
        self.bytes.chunks_exact(F::SIZE).map(F::read)
    }
}

impl<F: Field> fmt::Debug for Array<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().enumerate().try_for_each(|(i, value)| write!(f, "{}{value}", if i == 0 { "" } else { " " }))
    }
}

impl<'a, F: Field> Payload<'a> for Array<'a, F> {
    const SHAPE: &'static Shape = &Shape::leaf(
        "array",
        |bytes| bytes.len().is_multiple_of(F::SIZE),
        |bytes, _, f| Array::<F>::new(bytes).map_or(Ok(()), |array| fmt::Debug::fmt(&array, f)),
        |make, out| {
            for _ in 0..make.below(6) {
                let start = out.len();
                out.resize(start + F::SIZE, 0);
                F::make(make).write(&mut out[start..]);
            }
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Array<'a, F>> {
        Array::new(raw.value())
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        out.extend_from_slice(self.bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::RawAttrs;

    #[test]
    fn text_remembers_its_nul() {
        for (text, bytes) in
            [(Str::new("lo"), &b"lo\0"[..]), (Str::bare("lo"), b"lo"), (Str::new(""), b"\0"), (Str::bare(""), b"")]
        {
            let mut out = BytesMut::new();
            text.put(3, &mut out).unwrap();
            let raw = RawAttrs::new(&out, 0).try_next().unwrap().unwrap();
            assert_eq!(raw.value(), bytes);
            assert_eq!(Str::decode(raw, &mut Context::default()), Some(text));
        }
    }

    #[test]
    fn text_with_a_nul_inside_is_neither_read_nor_sent() {
        assert_eq!(Str::split(b"a\0b\0"), None);
        assert_eq!(Str::new("a\0b").put(3, &mut BytesMut::new()).unwrap_err().what, What::Nul);
    }
}
