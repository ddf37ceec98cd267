//! Numbers: integers of both byte orders, and integers whose values have names.

use core::fmt;
use core::marker::PhantomData;
use core::net::{Ipv4Addr, Ipv6Addr};

use bytes::BytesMut;

use super::{Context, Payload, Shape};
use crate::error::Error;
use crate::frame::{NLA_HDRLEN, Raw, align};
use crate::make::Gen;

/// A value of a fixed number of bytes, which can be an attribute's value or a field of a struct.
pub trait Field: Copy + fmt::Display + 'static {
    /// Bytes that it takes.
    const SIZE: usize;
    /// What the tables call it.
    const NAME: &'static str;
    /// The names of its values, where they have some.
    const NAMES: Option<&'static Names> = None;

    /// Reads the first [`SIZE`](Self::SIZE) bytes, which the caller has made sure of.
    fn read(bytes: &[u8]) -> Self;
    /// Fills exactly [`SIZE`](Self::SIZE) bytes.
    fn write(&self, bytes: &mut [u8]);
    /// A value for tests and fuzzing: often one that has a name, often an edge.
    fn make(make: &mut Gen) -> Self {
        let mut bytes = [0; 64];
        make.fill(&mut bytes[..Self::SIZE]);
        Self::read(&bytes)
    }
}

/// Fills a place of exactly this size: as an array, so that it is a store and no call of `memcpy`.
#[inline]
fn store<const N: usize>(place: &mut [u8], bytes: [u8; N]) {
    *place.as_mut_array().expect("a field's place has its size") = bytes;
}

fn show<F: Field>(bytes: &[u8], _: &Context<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if bytes.len() < F::SIZE { Ok(()) } else { fmt::Display::fmt(&F::read(bytes), f) }
}

pub(super) fn make<F: Field>(make: &mut Gen, out: &mut BytesMut) {
    let start = out.len();
    out.resize(start + F::SIZE, 0);
    F::make(make).write(&mut out[start..]);
}

/// An attribute of at most `N` bytes, filled up with zeros.
#[inline(always)]
fn whole<const N: usize, F: Field>(value: &F, number: u16) -> [u8; N] {
    let mut whole = [0; N];
    whole[..2].copy_from_slice(&((NLA_HDRLEN + F::SIZE) as u16).to_ne_bytes());
    whole[2..4].copy_from_slice(&number.to_ne_bytes());
    value.write(&mut whole[4..4 + F::SIZE]);
    whole
}

impl<'a, F: Field> Payload<'a> for F {
    const SHAPE: &'static Shape = &Shape::leaf(F::NAME, |bytes| bytes.len() == F::SIZE, show::<F>, make::<F>);

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<F> {
        let value = raw.value();
        (value.len() == F::SIZE).then(|| F::read(value))
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        let start = out.len();
        out.resize(start + F::SIZE, 0);
        self.write(&mut out[start..]);
        Ok(())
    }

    #[inline]
    fn put(&self, number: u16, out: &mut BytesMut) -> Result<(), Error> {
        // header, value and padding in one go: the common case of every request
        match F::SIZE {
            ..=4 => out.extend_from_slice(&whole::<8, F>(self, number)),
            5..=8 => out.extend_from_slice(&whole::<12, F>(self, number)),
            _ => out.extend_from_slice(&whole::<68, F>(self, number)[..align(NLA_HDRLEN + F::SIZE)]),
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($int:ident $name:literal)*) => { $(
        impl Field for $int {
            const SIZE: usize = size_of::<$int>();
            const NAME: &'static str = $name;
            #[inline]
            fn read(bytes: &[u8]) -> $int {
                let mut own = [0; size_of::<$int>()];
                own.copy_from_slice(&bytes[..size_of::<$int>()]);
                $int::from_ne_bytes(own)
            }
            #[inline]
            fn write(&self, bytes: &mut [u8]) {
                store(bytes, self.to_ne_bytes());
            }
            fn make(make: &mut Gen) -> $int {
                make.integer() as $int
            }
        }
    )* };
}
integers!(u8 "u8" u16 "u16" u32 "u32" u64 "u64" i8 "s8" i16 "s16" i32 "s32" i64 "s64");

/// An integer in network byte order. Byte order is a type, never the state of a decoder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Be<F>(pub F);

impl<F> From<F> for Be<F> {
    fn from(value: F) -> Be<F> {
        Be(value)
    }
}

impl<F: fmt::Display> fmt::Display for Be<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<F: Field> Field for Be<F> {
    const SIZE: usize = F::SIZE;
    const NAME: &'static str = match F::NAME.as_bytes() {
        b"u8" => "u8",
        b"u16" => "be16",
        b"u32" => "be32",
        b"u64" => "be64",
        b"s16" => "sbe16",
        b"s32" => "sbe32",
        b"s64" => "sbe64",
        _ => F::NAME,
    };
    const NAMES: Option<&'static Names> = F::NAMES;

    #[inline]
    fn read(bytes: &[u8]) -> Be<F> {
        let mut own = [0; 8];
        let own = &mut own[..F::SIZE];
        own.copy_from_slice(&bytes[..F::SIZE]);
        if cfg!(target_endian = "little") {
            own.reverse();
        }
        Be(F::read(own))
    }

    #[inline]
    fn write(&self, bytes: &mut [u8]) {
        self.0.write(bytes);
        if cfg!(target_endian = "little") {
            bytes.reverse();
        }
    }

    fn make(make: &mut Gen) -> Be<F> {
        Be(F::make(make))
    }
}

/// The low byte of a number that is wider in an attribute: `rtm_table` of `RTA_TABLE`, `ifa_flags` of
/// `IFA_FLAGS`. It takes the names of the wide one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Low8<F> {
    byte: u8,
    of: PhantomData<F>,
}

impl<F: Field> Low8<F> {
    /// This byte.
    pub const fn new(byte: u8) -> Low8<F> {
        Low8 { byte, of: PhantomData }
    }

    /// This value; `None` if it needs more than a byte.
    pub fn of(value: F) -> Option<Low8<F>> {
        let mut own = [0; 8];
        Be(value).write(&mut own[..F::SIZE]);
        let (last, high) = own[..F::SIZE].split_last()?;
        high.iter().all(|&byte| byte == 0).then(|| Low8::new(*last))
    }

    /// The byte as the wide number.
    pub fn get(self) -> F {
        let mut own = [0; 8];
        own[F::SIZE - 1] = self.byte;
        Be::<F>::read(&own[..F::SIZE]).0
    }
}

impl<F> Default for Low8<F> {
    fn default() -> Low8<F> {
        Low8 { byte: 0, of: PhantomData }
    }
}

impl<F: Field> fmt::Display for Low8<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<F: Field> fmt::Debug for Low8<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<F: Field> Field for Low8<F> {
    const SIZE: usize = 1;
    const NAME: &'static str = "u8";
    const NAMES: Option<&'static Names> = F::NAMES;
    #[inline]
    fn read(bytes: &[u8]) -> Low8<F> {
        Low8::new(bytes[0])
    }
    #[inline]
    fn write(&self, bytes: &mut [u8]) {
        bytes[0] = self.byte;
    }
    fn make(make: &mut Gen) -> Low8<F> {
        Low8::of(F::make(make)).unwrap_or_default()
    }
}

impl Field for Ipv4Addr {
    const SIZE: usize = 4;
    const NAME: &'static str = "ipv4";
    #[inline]
    fn read(bytes: &[u8]) -> Ipv4Addr {
        Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3])
    }
    #[inline]
    fn write(&self, bytes: &mut [u8]) {
        store(bytes, self.octets());
    }
}

impl Field for Ipv6Addr {
    const SIZE: usize = 16;
    const NAME: &'static str = "ipv6";
    #[inline]
    fn read(bytes: &[u8]) -> Ipv6Addr {
        let mut own = [0; 16];
        own.copy_from_slice(&bytes[..16]);
        Ipv6Addr::from(own)
    }
    #[inline]
    fn write(&self, bytes: &mut [u8]) {
        store(bytes, self.octets());
    }
}

/// A fixed number of bytes in a struct: a name, an address of some family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Bytes<N> {
        Bytes([0; N])
    }
}

impl<const N: usize> fmt::Display for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> Field for Bytes<N> {
    const SIZE: usize = N;
    const NAME: &'static str = "bytes";
    #[inline]
    fn read(bytes: &[u8]) -> Bytes<N> {
        let mut own = [0; N];
        own.copy_from_slice(&bytes[..N]);
        Bytes(own)
    }
    #[inline]
    fn write(&self, bytes: &mut [u8]) {
        store(bytes, self.0);
    }
}

/// The names of one kind of number.
#[derive(Debug)]
pub struct Names {
    /// Whether the values are bits that go together.
    pub flags: bool,
    /// Each value, its kernel name, and the word for it.
    pub names: &'static [Name],
}

/// A value that has a name.
#[derive(Debug)]
pub struct Name {
    /// The value.
    pub value: i64,
    /// The kernel's name.
    pub name: &'static str,
    /// What `ip` or `nft` call it; empty where they have no word.
    pub word: &'static str,
}

impl Names {
    /// The entry of a value.
    pub fn of(&self, value: i64) -> Option<&'static Name> {
        self.names.iter().find(|name| name.value == value)
    }

    /// The word of a value.
    pub fn word(&self, value: i64) -> Option<&'static str> {
        self.of(value).map(|name| name.word).filter(|word| !word.is_empty())
    }

    /// The value of a word.
    pub fn value(&self, word: &str) -> Option<i64> {
        self.names.iter().find(|name| name.word == word && !word.is_empty()).map(|name| name.value)
    }
}

pub(crate) fn fmt_name(value: i64, names: &Names, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match names.of(value) {
        Some(name) => f.write_str(name.name),
        None => write!(f, "{value}"),
    }
}

pub(crate) fn fmt_flags(value: i64, names: &Names, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (mut left, mut first) = (value, true);
    for name in names.names.iter().filter(|name| name.value != 0) {
        if left & name.value == name.value {
            left &= !name.value;
            write!(f, "{}{}", if first { "" } else { "|" }, name.name)?;
            first = false;
        }
    }
    match (first, left) {
        (true, 0) => f.write_str("0"),
        (true, _) => write!(f, "{left:#x}"),
        (false, 0) => Ok(()),
        (false, _) => write!(f, "|{left:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::RawAttrs;

    fn round<F: Field + PartialEq + fmt::Debug>(value: F, bytes: &[u8]) {
        let mut out = BytesMut::new();
        value.put(9, &mut out).unwrap();
        let raw = RawAttrs::new(&out, 0).try_next().unwrap().unwrap();
        assert_eq!((raw.number(), raw.value()), (9, bytes));
        assert_eq!(F::decode(raw, &mut Context::default()), Some(value));
    }

    #[test]
    fn byte_order_is_a_type() {
        round(0x0102u16, &0x0102u16.to_ne_bytes());
        round(Be(0x0102u16), &[1, 2]);
        round(Be(-2i32), &[255, 255, 255, 254]);
        round(Be(0x0102030405060708u64), &[1, 2, 3, 4, 5, 6, 7, 8]);
        round(Ipv4Addr::new(10, 1, 2, 3), &[10, 1, 2, 3]);
    }

    #[test]
    fn a_low_byte_never_cuts_what_is_wider() {
        round(Low8::<u32>::new(254), &[254]);
        assert_eq!(Low8::of(254u32).map(Low8::get), Some(254));
        assert_eq!(Low8::of(300u32), None);
    }
}
