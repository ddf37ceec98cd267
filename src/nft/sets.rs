//! Sets and maps: their elements between text, messages and rules.

use std::cmp::Ordering;

use super::expr::{Expr, Value};
use super::keys::Key;
use super::lex::Span as Place;
use super::lift::unwire;
use super::lower::wire;
use super::parse::Fault;
use super::stmt::{Datum, Elem, Right};
use super::types::{self, Type};
use crate::sort::sort_by;

/// `NFT_SET_ELEM_INTERVAL_END`.
const END: u32 = 1;
/// `NFT_SET_ELEM_CATCHALL`.
pub(super) const CATCHALL: u32 = 2;

/// What a rule's reader can ask about sets.
pub(super) trait Known {
    /// Bytes of each part of a set's key.
    fn sizes(&self, set: &str) -> Option<Vec<u32>>;
    /// The elements, if the set belongs to a rule.
    fn anonymous(&self, set: &str, parts: &[Part<'_>]) -> Option<Vec<Elem>>;
    /// The word for the objects of a map to objects.
    fn object(&self, set: &str) -> Option<String>;
}

/// What a part of a set's key is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    Key(&'a Key),
    Type(&'static Type),
}

impl Part<'_> {
    pub(super) fn ty(&self) -> &'static Type {
        match self {
            Part::Key(key) => key.ty(),
            Part::Type(ty) => ty,
        }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Part::Key(key) => key.size() as usize,
            Part::Type(ty) => ty.bits.div_ceil(8) as usize,
        }
    }

    /// A value as the kernel keeps it; intervals are kept in network order.
    fn wire(&self, value: &[u8], interval: bool) -> Vec<u8> {
        match self {
            _ if interval && self.is_host() => value.to_vec(),
            Part::Key(key) => wire(key, value),
            Part::Type(ty) => ty.wire(value),
        }
    }

    fn unwire(&self, bytes: &[u8], interval: bool) -> Vec<u8> {
        match self {
            _ if interval && self.is_host() => bytes.to_vec(),
            Part::Key(key) => unwire(key, bytes),
            Part::Type(ty) => ty.wire(bytes),
        }
    }

    fn is_host(&self) -> bool {
        match self {
            Part::Key(key) => key.host(),
            Part::Type(ty) => ty.host,
        }
    }

    /// First and last value; a name that begins so means all that follow it.
    fn bounds(&self, right: &Right) -> Option<(Vec<u8>, Vec<u8>)> {
        match right {
            Right::Wild(name) => {
                let (mut from, mut to) = (name.as_bytes().to_vec(), name.as_bytes().to_vec());
                from.resize(self.size(), 0);
                to.resize(self.size(), 0xff);
                Some((from, to))
            }
            right => right.bounds(),
        }
    }

    fn spanning(&self, from: Vec<u8>, to: Vec<u8>) -> Right {
        if matches!(self.ty().kind, types::Kind::Text) && from != to {
            let len = from.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
            if to[..len.min(to.len())] == from[..len] && to[len..].iter().all(|&byte| byte == 0xff) {
                return Right::Wild(String::from_utf8_lossy(&from[..len]).into());
            }
        }
        Right::spanning(from, to, self.ty())
    }
}

/// An element as it is in messages.
#[derive(Clone, Debug, Default)]
pub(super) struct RawElem {
    pub(super) key: Vec<u8>,
    pub(super) key_end: Option<Vec<u8>>,
    pub(super) flags: u32,
    pub(super) data: Option<Value>,
    pub(super) object: Option<String>,
    pub(super) timeout: u64,
    pub(super) expires: u64,
    pub(super) comment: Option<String>,
    pub(super) exprs: Vec<Expr>,
    /// Where the text has it.
    pub(super) span: Option<Place>,
}

/// Whether these elements need a set of intervals.
pub(super) fn is_interval(elems: &[Elem]) -> bool {
    fn one(right: &Right) -> bool {
        match right {
            Right::Prefix(..) | Right::Range(..) | Right::Wild(_) => true,
            Right::Parts(parts) => parts.iter().any(one),
            _ => false,
        }
    }
    elems.iter().any(|elem| one(&elem.key))
}

/// How many edges these intervals have; where two touch it is counted for both.
pub(super) fn edges(raws: &[RawElem]) -> u32 {
    let touching = raws.windows(2).filter(|pair| pair[0].flags & END == 0 && pair[1].flags & END == 0).count();
    (raws.len() + touching) as u32
}

fn up(value: &mut [u8]) -> bool {
    for byte in value.iter_mut().rev() {
        let (more, carry) = byte.overflowing_add(1);
        *byte = more;
        if !carry {
            return true;
        }
    }
    false
}

fn down(value: &mut [u8]) {
    for byte in value.iter_mut().rev() {
        let (less, borrow) = byte.overflowing_sub(1);
        *byte = less;
        if !borrow {
            return;
        }
    }
}

/// Parts side by side, each filled up to four bytes.
fn joined(parts: &[Part<'_>], values: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for (part, value) in parts.iter().zip(values) {
        out.extend(part.wire(value, false));
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

fn raw(elem: &Elem, data: &[&'static Type], key: Vec<u8>) -> RawElem {
    let value = match &elem.data {
        Some(Datum::Verdict(code, chain)) => Some(Value::Verdict(*code, chain.clone())),
        Some(Datum::Value(right)) => {
            let parts: Vec<&Right> = match right {
                Right::Parts(parts) => parts.iter().collect(),
                one => vec![one],
            };
            let many = parts.len() > 1;
            let mut bytes = Vec::new();
            for (ty, right) in data.iter().zip(parts) {
                bytes.extend(right.bounds().map(|(value, _)| ty.wire(&value)).unwrap_or_default());
                if many {
                    bytes.resize(bytes.len().next_multiple_of(4), 0);
                }
            }
            Some(Value::Bytes(bytes))
        }
        _ => None,
    };
    let object = match &elem.data {
        Some(Datum::Object(name)) => Some(name.clone()),
        _ => None,
    };
    RawElem {
        key,
        key_end: None,
        flags: 0,
        data: value,
        object,
        timeout: elem.timeout,
        expires: elem.expires,
        comment: elem.comment.clone(),
        exprs: elem.exprs.clone(),
        span: elem.span,
    }
}

/// By where they begin, then by where they end.
fn by_bounds(a: &Span<'_>, b: &Span<'_>) -> Ordering {
    (&a.0, &a.1).cmp(&(&b.0, &b.1))
}

/// Makes sure that no two elements of a set of intervals have values in common, unless they are the same. The kernel
/// finds out too, but not always which.
///
/// # Errors
/// What `nft` says of them, `whole` being the text of the command.
pub(super) fn conflict(elems: &[Elem], parts: &[Part<'_>], whole: Place) -> Result<(), Fault> {
    let [part] = parts else { return Ok(()) };
    let mut spans: Vec<Span<'_>> = elems.iter().filter_map(|elem| spanned(part, elem)).collect();
    sort_by(&mut spans, by_bounds);
    for [(from, to, one), (next, last, other)] in spans.array_windows() {
        if next <= to && (from, to) != (next, last) {
            let fault = Fault::new("conflicting intervals specified", other.span.unwrap_or(whole));
            return Err(one.span.map_or(fault.clone(), |span| fault.marking(span)));
        }
    }
    Ok(())
}

/// First value, last value, and whose they are.
type Span<'e> = (Vec<u8>, Vec<u8>, &'e Elem);

fn spanned<'e>(part: &Part<'_>, elem: &'e Elem) -> Option<Span<'e>> {
    part.bounds(&elem.key).map(|(from, to)| (from, to, elem))
}

/// Elements for a message. A set that is made starts with what lies before its first interval.
pub(super) fn encode(
    elems: &[Elem],
    parts: &[Part<'_>],
    data: &[&'static Type],
    interval: bool,
    merge: bool,
    whole: bool,
) -> Vec<RawElem> {
    let mut out = Vec::new();
    if parts.len() > 1 {
        for elem in elems {
            let Right::Parts(values) = &elem.key else { continue };
            let bounds: Vec<_> = parts.iter().zip(values).filter_map(|(part, value)| part.bounds(value)).collect();
            let (from, to): (Vec<_>, Vec<_>) = bounds.into_iter().unzip();
            let mut one = raw(elem, data, joined(parts, &from));
            if interval {
                one.key_end = Some(joined(parts, &to));
            }
            out.push(one);
        }
        return out;
    }
    let Some(part) = parts.first() else { return out };
    for elem in elems.iter().filter(|elem| elem.key == Right::Rest) {
        let mut one = raw(elem, data, Vec::new());
        one.flags = CATCHALL;
        out.push(one);
    }
    let plain: Vec<&Elem> = elems.iter().filter(|elem| elem.key != Right::Rest).collect();
    if !interval {
        out.extend(plain.iter().filter_map(|elem| Some(raw(elem, data, part.wire(&part.bounds(&elem.key)?.0, false)))));
        return out;
    }
    let mut spans: Vec<Span<'_>> = plain.iter().filter_map(|elem| spanned(part, elem)).collect();
    sort_by(&mut spans, by_bounds);
    if merge {
        let mut merged: Vec<Span<'_>> = Vec::new();
        for (from, to, elem) in spans {
            if let Some(last) = merged.last_mut() {
                let mut next = last.1.clone();
                if !up(&mut next) || from <= next {
                    last.1 = to.max(last.1.clone());
                    continue;
                }
            }
            merged.push((from, to, elem));
        }
        spans = merged;
    }
    let end = |key| RawElem { key, flags: END, ..RawElem::default() };
    if whole && spans.first().is_some_and(|(from, ..)| from.iter().any(|&byte| byte != 0)) {
        out.push(end(vec![0; part.size()]));
    }
    let starts: Vec<Vec<u8>> = spans.iter().skip(1).map(|(from, ..)| from.clone()).collect();
    for (i, (from, to, elem)) in spans.into_iter().enumerate() {
        out.push(raw(elem, data, from));
        let mut next = to;
        if up(&mut next) && starts.get(i) != Some(&next) {
            out.push(end(next));
        }
    }
    out
}

/// Elements from messages, in the order in which `nft` prints them, or in which they were sent.
pub(super) fn decode(raws: &[RawElem], parts: &[Part<'_>], data: &[&'static Type], interval: bool, sort: bool) -> Vec<Elem> {
    let elem = |raw: &RawElem, key: Right| Elem {
        key,
        data: match (&raw.data, &raw.object) {
            (_, Some(name)) => Some(Datum::Object(name.clone())),
            (Some(Value::Verdict(code, chain)), _) => Some(Datum::Verdict(*code, chain.clone())),
            (Some(Value::Bytes(bytes)), _) => Some(Datum::Value(data_value(bytes, data))),
            _ => None,
        },
        timeout: raw.timeout,
        expires: raw.expires,
        comment: raw.comment.clone(),
        exprs: raw.exprs.clone(),
        span: None,
    };
    let rest = raws.iter().filter(|raw| raw.flags & CATCHALL != 0).map(|raw| elem(raw, Right::Rest));
    let plain: Vec<&RawElem> = raws.iter().filter(|raw| raw.flags & CATCHALL == 0).collect();
    let mut out = Vec::new();
    if parts.len() > 1 {
        // by the value of all parts as one number in host order
        let order =
            |raw: &RawElem| if interval || !sort { Vec::new() } else { packed(&raw.key, parts).into_iter().rev().collect() };
        let mut sorted: Vec<(Vec<u8>, &RawElem)> = plain.into_iter().map(|raw| (order(raw), raw)).collect();
        sort_by(&mut sorted, |a, b| a.0.cmp(&b.0));
        for (_, raw) in sorted {
            let to = raw.key_end.as_ref().unwrap_or(&raw.key);
            let values = split(&raw.key, parts).into_iter().zip(split(to, parts)).zip(parts);
            let values = values.map(|((from, to), part)| part.spanning(part.unwire(&from, false), part.unwire(&to, false)));
            out.push(elem(raw, Right::Parts(values.collect())));
        }
        out.extend(rest);
        return out;
    }
    let Some(part) = parts.first() else { return out };
    if !interval {
        let text = matches!(part.ty().kind, types::Kind::Text);
        let mut values: Vec<_> = plain.iter().map(|raw| (part.unwire(&raw.key, false), *raw)).collect();
        if sort {
            sort_by(&mut values, |(a, _), (b, _)| if text { a.iter().rev().cmp(b.iter().rev()) } else { a.cmp(b) });
        }
        out.extend(values.into_iter().map(|(value, raw)| elem(raw, Right::Value(value))));
        out.extend(rest);
        return out;
    }
    let mut edges: Vec<_> = plain.iter().map(|raw| (part.unwire(&raw.key, true), *raw)).collect();
    // at one place the old interval ends before the new one starts
    sort_by(&mut edges, |a, b| a.0.cmp(&b.0).then((b.1.flags & END).cmp(&(a.1.flags & END))));
    for (i, (from, raw)) in edges.iter().enumerate() {
        if raw.flags & END != 0 {
            continue;
        }
        let to = match edges[i + 1..].first() {
            Some((next, _)) => {
                let mut last = next.clone();
                down(&mut last);
                last
            }
            None => vec![0xff; from.len()],
        };
        out.push(elem(raw, part.spanning(from.clone(), to)));
    }
    out.extend(rest);
    out
}

fn split(key: &[u8], parts: &[Part<'_>]) -> Vec<Vec<u8>> {
    let mut at = 0;
    let mut out = Vec::new();
    for part in parts {
        let size = part.size();
        let mut value = key.get(at..(at + size).min(key.len())).unwrap_or_default().to_vec();
        value.resize(size, 0);
        out.push(value);
        at += size.next_multiple_of(4);
    }
    out
}

fn packed(key: &[u8], parts: &[Part<'_>]) -> Vec<u8> {
    split(key, parts).concat()
}

fn data_value(bytes: &[u8], data: &[&'static Type]) -> Right {
    match data {
        [ty] => Right::Value(ty.wire(bytes)),
        types => {
            let parts: Vec<_> = types.iter().map(|ty| Part::Type(ty)).collect();
            let values = split(bytes, &parts).into_iter().zip(types).map(|(value, ty)| Right::Value(ty.wire(&value)));
            Right::Parts(values.collect())
        }
    }
}
