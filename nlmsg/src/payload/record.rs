//! C structs: as fixed headers ([`Record`]), and as values that grow from kernel to kernel ([`View`]).

use core::fmt;
use core::marker::PhantomData;

use bytes::BytesMut;

use super::{Context, Field, Form, Payload, Shape};
use crate::error::Error;
use crate::frame::Raw;

/// A C struct whose fields lie side by side; gaps are fields too.
pub trait Record: Copy + 'static {
    /// Bytes of all fields.
    const SIZE: usize;
    /// The struct's C name.
    const NAME: &'static str;
    /// The fields in order.
    const FIELDS: &'static [FieldInfo];

    /// Reads the first [`SIZE`](Self::SIZE) bytes, which the caller has made sure of.
    fn read(bytes: &[u8]) -> Self;
    /// Appends all fields.
    fn write(&self, out: &mut BytesMut);
}

/// A field of a [`Record`].
#[derive(Debug)]
pub struct FieldInfo {
    /// The C name.
    pub name: &'static str,
    /// Bytes from the start of the struct.
    pub offset: usize,
    /// Bytes that it takes.
    pub size: usize,
    /// How to show and make it.
    pub shape: &'static Shape,
    /// The struct that it is of, and the header that defines that, as the table says it.
    pub of: &'static str,
    /// What it means, as the table says it; [`prose`](super::prose) makes it readable.
    pub doc: &'static str,
}

impl FieldInfo {
    /// The header that defines the struct, `linux/rtnetlink.h`; empty where none does.
    pub fn header(&self) -> &'static str {
        self.of.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(header, _)| header)
    }
}

pub(crate) const fn field<F: Field>(name: &'static str, offset: usize, of: &'static str, doc: &'static str) -> FieldInfo {
    FieldInfo { name, offset, size: F::SIZE, shape: <F as Payload<'static>>::SHAPE, of, doc }
}

/// A struct as an attribute's value. Kernels append fields, so it may be shorter or longer than the record
/// that we know: each field has a getter that returns `None` where the bytes do not reach.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct View<'a, R> {
    bytes: &'a [u8],
    of: PhantomData<R>,
}

impl<'a, R: Record> View<'a, R> {
    /// The struct in these bytes. To send a record, give what its `to_bytes` returns.
    pub const fn new(bytes: &'a [u8]) -> View<'a, R> {
        View { bytes, of: PhantomData }
    }

    /// The bytes, with those that no field names.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All fields at once; `None` if one is missing.
    pub fn get(&self) -> Option<R> {
        (self.bytes.len() >= R::SIZE).then(|| R::read(self.bytes))
    }

    #[inline]
    pub(crate) fn field<F: Field>(&self, offset: usize) -> Option<F> {
        self.bytes.get(offset..offset + F::SIZE).map(F::read)
    }
}

impl<R: Record> fmt::Debug for View<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {{", R::NAME)?;
        for field in R::FIELDS {
            if let Some(bytes) = self.bytes.get(field.offset..field.offset + field.size) {
                write!(f, " {}=", field.name)?;
                (field.shape.show)(bytes, &Context::default(), f)?;
            }
        }
        f.write_str(" }")
    }
}

impl<'a, R: Record> Payload<'a> for View<'a, R> {
    const SHAPE: &'static Shape = &Shape::of("struct", Form::Record(R::FIELDS));

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<View<'a, R>> {
        Some(View::new(raw.value()))
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        out.extend_from_slice(self.bytes);
        Ok(())
    }
}

/// Structs in a row, with nothing between them (`NHA_GROUP`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Records<'a, R> {
    bytes: &'a [u8],
    of: PhantomData<R>,
}

impl<'a, R: Record> Records<'a, R> {
    /// The structs in these bytes; `None` if the last one is cut.
    pub fn new(bytes: &'a [u8]) -> Option<Records<'a, R>> {
        bytes.len().is_multiple_of(R::SIZE).then_some(Records { bytes, of: PhantomData })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = R> + use<'a, R> {
        self.bytes.chunks_exact(R::SIZE).map(R::read)
    }
}

impl<R: Record> fmt::Debug for Records<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.chunks_exact(R::SIZE).enumerate().try_for_each(|(i, bytes)| {
            f.write_str(if i == 0 { "" } else { ", " })?;
            fmt::Debug::fmt(&View::<R>::new(bytes), f)
        })
    }
}

impl<'a, R: Record> Payload<'a> for Records<'a, R> {
    const SHAPE: &'static Shape = &Shape::leaf(
        "structs",
        |bytes| bytes.len().is_multiple_of(R::SIZE),
        |bytes, _, f| Records::<R>::new(bytes).map_or(Ok(()), |all| fmt::Debug::fmt(&all, f)),
        |make, out| {
            let start = out.len();
            out.resize(start + make.below(4) as usize * R::SIZE, 0);
            make.fill(&mut out[start..]);
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Records<'a, R>> {
        Records::new(raw.value())
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

    record! {
        /// A struct that two kernels know differently.
        pub struct Grown("grown") {
            /// The first field.
            old: u32,
            /// A later one.
            newer: u16,
        }
    }

    #[test]
    fn a_view_takes_shorter_and_longer_structs() {
        let whole = Grown { old: 7, newer: 9 }.to_bytes();
        let view = |bytes| View::<Grown>::new(bytes);
        assert_eq!((view(&whole[..4]).old(), view(&whole[..4]).newer(), view(&whole[..4]).get()), (Some(7), None, None));
        let longer = [&whole[..], &[1, 2, 3]].concat();
        assert_eq!(view(&longer).get(), Some(Grown { old: 7, newer: 9 }));
        assert_eq!(view(&whole[..3]).old(), None);
    }
}
