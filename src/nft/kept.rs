//! What `nft` keeps with a set about the expressions that its types come from, for `typeof`: entries of kind, length and
//! value inside one another. The kernel hands them back as they were (`NFTA_SET_USERDATA`).

use nlmsg::nft::{Tlv, Udata};

use super::headers::PROTOS;
use super::keys::{CT, FIB, Key, META, RT, Row, SOCKET};
use super::types;

/// `enum expr_types` of `nft`.
const VERDICT: u32 = 1;
const PAYLOAD: u32 = 7;
const META_KEY: u32 = 9;
const SOCKET_KEY: u32 = 10;
const CT_KEY: u32 = 12;
const CONCAT: u32 = 13;
const NUMGEN: u32 = 23;
const RT_KEY: u32 = 25;
const FIB_KEY: u32 = 26;
/// The direction of a key that has none.
const NO_DIRECTION: u32 = u32::MAX;

fn number(kind: u8, value: u32) -> Vec<u8> {
    [&[kind, 4][..], &value.to_ne_bytes()].concat()
}

/// `TYPEOF_EXPR` and `TYPEOF_DATA` of `nft`.
fn entry(kind: u32, inner: &[u8]) -> Option<Vec<u8>> {
    Some([&number(0, kind)[..], &[1, u8::try_from(inner.len()).ok()?], inner].concat())
}

/// What is kept of a verdict.
pub(super) fn verdict() -> Option<Vec<u8>> {
    entry(VERDICT, &[])
}

/// What is kept of these expressions, of which there are none where types were named; `None` where `nft` keeps nothing,
/// and where it would not fit.
/// Of sets without a name it keeps nothing of fields that do not fill bytes.
pub(super) fn keep(keys: &[Key], types: usize, named: bool) -> Option<Vec<u8>> {
    if types == 1 {
        return one(keys.first()?, named);
    }
    let mut inner = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        let entry = one(key, named)?;
        inner.extend([i as u8, u8::try_from(entry.len()).ok()?]);
        inner.extend(entry);
    }
    entry(CONCAT, &inner)
}

fn one(key: &Key, named: bool) -> Option<Vec<u8>> {
    let (kind, inner) = match key {
        Key::Field(proto, field) if named || field.bits % 8 == 0 && field.offset % 8 == 0 => {
            let place = proto.fields.iter().position(|other| other == *field)? as u32 + 1;
            let mut bytes = [number(0, proto.id), number(1, place)].concat();
            if *field.ty == *types::INTEGER {
                bytes.extend(number(4, field.bits));
            }
            (PAYLOAD, bytes)
        }
        Key::Raw(base, offset, bits) => {
            let fields = [0, 0, base + 1, *offset, *bits];
            (PAYLOAD, fields.iter().zip(0..).flat_map(|(value, kind)| number(kind, *value)).collect())
        }
        Key::Meta(row) => (META_KEY, number(0, row.number)),
        Key::Ct(row, dir) => (CT_KEY, [number(0, row.number), number(1, dir.map_or(NO_DIRECTION, u32::from))].concat()),
        Key::Rt(row) => (RT_KEY, number(0, row.number)),
        Key::Socket(row) => (SOCKET_KEY, number(0, row.number)),
        Key::Fib(flags, row) => (FIB_KEY, [number(0, row.number), number(1, *flags)].concat()),
        Key::Numgen { random, modulus, offset } => {
            (NUMGEN, [number(0, u32::from(*random)), number(1, *modulus), number(2, *offset)].concat())
        }
        _ => return None,
    };
    entry(kind, &inner)
}

fn entries(bytes: &[u8]) -> impl Iterator<Item = Tlv<'_>> {
    Udata::Walk(bytes).iter()
}

/// The expressions again, or none for a verdict; `None` if there is one that we do not know.
pub(super) fn kept(bytes: &[u8]) -> Option<Vec<Key>> {
    let get = |kind| entries(bytes).find(|tlv| tlv.kind == kind).map(|tlv| tlv.value());
    let inner = get(1)?;
    let value = |kind| {
        let tlv = entries(inner).find(|tlv| tlv.kind == kind)?;
        Some(u32::from_ne_bytes(tlv.value().try_into().ok()?))
    };
    let row = |rows: &'static [Row]| {
        let number = value(0)?;
        rows.iter().find(|row| row.number == number)
    };
    let key = match u32::from_ne_bytes(get(0)?.try_into().ok()?) {
        VERDICT => return Some(Vec::new()),
        CONCAT => {
            let parts = entries(inner).map(|tlv| kept(tlv.value())).collect::<Option<Vec<_>>>()?;
            return Some(parts.concat());
        }
        PAYLOAD => {
            let id = value(0)?;
            if id == 0 {
                return Some(vec![Key::Raw(value(2)?.checked_sub(1)?, value(3)?, value(4)?)]);
            }
            let proto = PROTOS.iter().find(|proto| proto.id == id)?;
            Key::Field(proto, proto.fields.get(value(1)?.checked_sub(1)? as usize)?)
        }
        META_KEY => Key::Meta(row(META)?),
        CT_KEY => Key::Ct(row(CT)?, value(1).filter(|dir| *dir != NO_DIRECTION).map(|dir| dir as u8)),
        RT_KEY => Key::Rt(row(RT)?),
        SOCKET_KEY => Key::Socket(row(SOCKET)?),
        FIB_KEY => Key::Fib(value(1)?, row(FIB)?),
        NUMGEN => Key::Numgen { random: value(0)? != 0, modulus: value(1)?, offset: value(2)? },
        _ => return None,
    };
    Some(vec![key])
}
