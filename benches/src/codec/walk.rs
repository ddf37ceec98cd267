//! The bare walk: message headers and attribute headers of all levels, and nothing else.
//!
//! It reads `nlmsg_len` and `nlmsg_type` of every message, skips the fixed header, then reads `nla_len` and `nla_type`
//! of every attribute of every level that the typed walk visits, checks that the length lies in what is left, and steps
//! on by the aligned length. It descends where the tables have a nest; which expressions of a rule have nests inside
//! their data is told by two letters of the name. Values are not read. What it has seen are lengths and types, added up.

use crate::sum::Sum;

/// A level: what it descends into.
trait Level {
    /// What carries over from one attribute to the next.
    type State: Default;
    fn inside(state: &mut Self::State, number: u16, value: &[u8], sum: &mut Sum);
}

#[inline]
fn attrs<L: Level>(mut rest: &[u8], sum: &mut Sum) {
    let mut state = L::State::default();
    while let [l0, l1, t0, t1, ..] = *rest {
        let len = u16::from_ne_bytes([l0, l1]) as usize;
        let nla_type = u16::from_ne_bytes([t0, t1]);
        let Some(value) = rest.get(4..len) else {
            sum.missed += 1;
            return;
        };
        sum.total = sum.total.wrapping_add(len as u64 + u64::from(nla_type));
        L::inside(&mut state, nla_type & 0x3fff, value, sum);
        rest = rest.get((len + 3) & !3..).unwrap_or(&[]);
    }
}

/// No nests.
struct Flat;
impl Level for Flat {
    type State = ();
    #[inline]
    fn inside(_: &mut (), _: u16, _: &[u8], _: &mut Sum) {}
}

macro_rules! levels {
    ($($Level:ident { $($number:literal => $Inside:ident),* })*) => { $(
        struct $Level;
        impl Level for $Level {
            type State = ();
            #[inline]
            fn inside(_: &mut (), number: u16, value: &[u8], sum: &mut Sum) {
                match number {
                    $($number => attrs::<$Inside>(value, sum),)*
                    _ => {}
                }
            }
        }
    )* };
}
levels! {
    Link { 18 => Info, 26 => AfSpec, 43 => Flat, 52 => Flat, 55 => Flat, 62 => Flat, 65 => Flat }
    Info { 5 => Flat }
    AfSpec { 2 => Flat, 10 => Flat }
    Route { 8 => Flat }
    Rule { 4 => List }
    List { 1 => Expr }
    Cmp { 3 => Data }
    Immediate { 2 => Data }
    Bitwise { 4 => Data, 5 => Data, 7 => Data }
    Data { 2 => Flat }
}

struct Expr;
impl Level for Expr {
    type State = [u8; 2];
    #[inline]
    fn inside(name: &mut [u8; 2], number: u16, value: &[u8], sum: &mut Sum) {
        match (number, &*name, value) {
            (1, _, &[a, b, ..]) => *name = [a, b],
            (2, b"cm", _) => attrs::<Cmp>(value, sum),
            (2, b"im", _) => attrs::<Immediate>(value, sum),
            (2, b"bi", _) => attrs::<Bitwise>(value, sum),
            (2, _, _) => attrs::<Flat>(value, sum),
            _ => {}
        }
    }
}

#[inline]
fn messages<L: Level>(mut rest: &[u8], header: usize) -> Sum {
    let mut sum = Sum::default();
    while let [l0, l1, l2, l3, t0, t1, ..] = *rest {
        let len = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        let Some(payload) = rest.get(16 + header..len) else {
            sum.missed += 1;
            break;
        };
        sum.total = sum.total.wrapping_add(len as u64 + u64::from(u16::from_ne_bytes([t0, t1])));
        attrs::<L>(payload, &mut sum);
        rest = rest.get((len + 3) & !3..).unwrap_or(&[]);
    }
    sum
}

pub fn links(bytes: &[u8]) -> Sum {
    messages::<Link>(bytes, 16)
}

pub fn addrs(bytes: &[u8]) -> Sum {
    messages::<Flat>(bytes, 8)
}

pub fn routes(bytes: &[u8]) -> Sum {
    messages::<Route>(bytes, 12)
}

pub fn rules(bytes: &[u8]) -> Sum {
    messages::<Rule>(bytes, 4)
}
