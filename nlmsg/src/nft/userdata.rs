//! What the kernel keeps for user space without a look: comments, and how `nft` shows a set's keys. The format
//! is libnftnl's (`libnftnl/udata.h`).
//!
//! ```text
//! +---------------+---------------+
//! |     type      |      len      |  value, not filled up   then the next
//! +---------------+---------------+
//! ```

use core::fmt;

use bytes::BytesMut;

use crate::error::{Error, What};
use crate::frame::Raw;
use crate::payload::{Context, Payload, Shape};

/// Of a table: a comment.
pub const NFTNL_UDATA_TABLE_COMMENT: u8 = 0;
/// Of a chain: a comment.
pub const NFTNL_UDATA_CHAIN_COMMENT: u8 = 0;
/// Of an object: a comment.
pub const NFTNL_UDATA_OBJ_COMMENT: u8 = 0;
/// Of a rule: a comment.
pub const NFTNL_UDATA_RULE_COMMENT: u8 = 0;
/// Of a rule: the policy of an ebtables chain.
pub const NFTNL_UDATA_RULE_EBTABLES_POLICY: u8 = 1;
/// Of a set: the byte order in which keys are shown, `u32` in host order (1 host, 2 network).
pub const NFTNL_UDATA_SET_KEYBYTEORDER: u8 = 0;
/// Of a set: the same of the data of a map.
pub const NFTNL_UDATA_SET_DATABYTEORDER: u8 = 1;
/// Of a set: whether adjoining intervals become one, `u32` in host order.
pub const NFTNL_UDATA_SET_MERGE_ELEMENTS: u8 = 2;
/// Of a set: the expression that its keys are the type of.
pub const NFTNL_UDATA_SET_KEY_TYPEOF: u8 = 3;
/// Of a set: the expression that its data is the type of.
pub const NFTNL_UDATA_SET_DATA_TYPEOF: u8 = 4;
/// Of a set: an expression.
pub const NFTNL_UDATA_SET_EXPR: u8 = 5;
/// Of a set: whether a map's data are intervals, `u32` in host order.
pub const NFTNL_UDATA_SET_DATA_INTERVAL: u8 = 6;
/// Of a set: a comment.
pub const NFTNL_UDATA_SET_COMMENT: u8 = 7;
/// Of a set's element: a comment.
pub const NFTNL_UDATA_SET_ELEM_COMMENT: u8 = 0;
/// Of a set's element: flags, `u32` in host order (1: the end of an interval without an end).
pub const NFTNL_UDATA_SET_ELEM_FLAGS: u8 = 1;

/// One entry of user data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// `NFTNL_UDATA_*`, of the object's kind.
    pub kind: u8,
    value: &'a [u8],
    nul: bool,
}

impl<'a> Tlv<'a> {
    /// An entry of these bytes.
    pub const fn new(kind: u8, value: &'a [u8]) -> Tlv<'a> {
        Tlv { kind, value, nul: false }
    }

    /// An entry of text, which ends with a NUL byte on the wire: a comment.
    pub const fn text(kind: u8, text: &'a str) -> Tlv<'a> {
        Tlv { kind, value: text.as_bytes(), nul: true }
    }

    /// The value, without the NUL byte that ends a text.
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The value as text, if it is one.
    pub fn to_str(&self) -> Option<&'a str> {
        core::str::from_utf8(self.value).ok().filter(|_| self.nul)
    }

    fn first(bytes: &'a [u8]) -> Option<(Tlv<'a>, &'a [u8])> {
        let [kind, len, rest @ ..] = bytes else { return None };
        let (value, rest) = rest.split_at_checked(*len as usize)?;
        let text = value.strip_suffix(b"\0").filter(|text| !text.is_empty() && !text.contains(&0));
        Some((Tlv { kind: *kind, value: text.unwrap_or(value), nul: text.is_some() }, rest))
    }
}

impl fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_str() {
            Some(text) => write!(f, "{}: {text:?}", self.kind),
            None => write!(f, "{}: {:02x?}", self.kind, self.value),
        }
    }
}

/// User data: a list of entries.
#[derive(Clone, Copy)]
pub enum Udata<'a> {
    /// To be sent.
    List(&'a [Tlv<'a>]),
    /// As received; it may hold what is no entry.
    Walk(&'a [u8]),
}

impl<'a> Udata<'a> {
    /// The entries in order, up to the first whose length lies.
    pub fn iter(&self) -> impl Iterator<Item = Tlv<'a>> + use<'a> {
        let (list, mut bytes) = match *self {
            Udata::List(list) => (list, &[][..]),
            Udata::Walk(bytes) => (&[][..], bytes),
        };
        list.iter().copied().chain(core::iter::from_fn(move || {
            let (tlv, rest) = Tlv::first(bytes)?;
            bytes = rest;
            Some(tlv)
        }))
    }

    /// The text of the first entry of this kind.
    pub fn text(&self, kind: u8) -> Option<&'a str> {
        self.iter().find(|tlv| tlv.kind == kind)?.to_str()
    }
}

impl fmt::Debug for Udata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Udata<'_> {
    /// User data is equal if it is the same on the wire.
    fn eq(&self, other: &Self) -> bool {
        let bytes = |udata: &Self| {
            let mut out = BytesMut::new();
            udata.encode(&mut out).is_ok().then_some(out)
        };
        bytes(self) == bytes(other)
    }
}

impl<'a> Payload<'a> for Udata<'a> {
    const SHAPE: &'static Shape = &Shape::leaf(
        "userdata",
        |bytes| Udata::Walk(bytes).iter().map(|tlv| 2 + tlv.value.len() + usize::from(tlv.nul)).sum::<usize>() == bytes.len(),
        |bytes, _, f| write!(f, "{:?}", Udata::Walk(bytes)),
        |make, out| {
            for _ in 0..make.below(3) {
                let (kind, len) = (make.below(8) as u8, make.below(8) as u8);
                out.extend_from_slice(&[kind, len]);
                (0..len).for_each(|_| out.extend_from_slice(&[make.integer() as u8]));
            }
        },
    );

    #[inline]
    fn decode(raw: Raw<'a>, _: &mut Context<'a>) -> Option<Udata<'a>> {
        (Self::SHAPE.fits)(raw.value()).then_some(Udata::Walk(raw.value()))
    }

    fn encode(&self, out: &mut BytesMut) -> Result<(), Error> {
        let list = match self {
            Udata::List(list) => list,
            Udata::Walk(bytes) => {
                out.extend_from_slice(bytes);
                return Ok(());
            }
        };
        for tlv in *list {
            let len = tlv.value.len() + usize::from(tlv.nul);
            let at = out.len() as u32;
            let byte = u8::try_from(len).map_err(|_| Error::new(at, What::TooLong { len }))?;
            if tlv.nul && tlv.value.contains(&0) {
                return Err(Error::new(at, What::Nul));
            }
            out.extend_from_slice(&[tlv.kind, byte]);
            out.extend_from_slice(tlv.value);
            out.extend_from_slice(&[0][..usize::from(tlv.nul)]);
        }
        Ok(())
    }
}
