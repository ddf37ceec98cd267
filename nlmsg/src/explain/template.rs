//! Sentences with places for values of a message: `link[ {IFLA_IFNAME}][ of kind {IFLA_LINKINFO.IFLA_INFO_KIND}]`.
//!
//! `{NAME.NAME}` is the value of an attribute inside another, `{NAME.field}` a field of a struct that it holds, `{.field}` a
//! field of the fixed header. `[...]` is left out if a value in it is missing; `[...|...]` is the first of these that has all
//! its values. A field that is 0 counts as missing.

use core::fmt::{self, Write};

use crate::frame::RawAttrs;
use crate::payload::{Context, FieldInfo, Form, Set, Shape};

/// Where a template's values come from.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) header: &'static [FieldInfo],
    /// The bytes of the fixed header.
    pub(super) fixed: &'a [u8],
    pub(super) set: &'static Set,
    pub(super) attrs: &'a [u8],
    pub(super) cx: Context<'a>,
}

/// A value that was found.
#[derive(Clone, Copy)]
struct Found<'a> {
    shape: &'static Shape,
    bytes: &'a [u8],
    cx: Context<'a>,
}

impl<'a> Scope<'a> {
    /// Prints a template.
    pub(super) fn print(&self, template: &str, out: &mut dyn Write) -> fmt::Result {
        let mut rest = template;
        while let Some(at) = rest.bytes().position(|byte| byte == b'{' || byte == b'[') {
            let (text, from) = rest.split_at(at);
            out.write_str(text)?;
            let value = from.starts_with('{');
            let Some((inner, after)) = cut(&from[1..], if value { b'}' } else { b']' }) else { break };
            if value {
                self.value(inner, out)?;
            } else if let Some(taken) = parts(inner).find(|part| self.has(part)) {
                self.print(taken, out)?;
            }
            rest = after;
        }
        out.write_str(rest)
    }

    /// Whether all values of a template are there.
    pub(super) fn has(&self, mut template: &str) -> bool {
        while let Some((path, after)) = cut(template, b'{').and_then(|(_, from)| cut(from, b'}')) {
            if self.find(path).is_none() {
                return false;
            }
            template = after;
        }
        true
    }

    /// The attributes inside an attribute.
    pub(super) fn inside(&self, name: &str) -> Option<Scope<'a>> {
        let found = self.find(name)?;
        let Form::Nest(set) = found.shape.form else { return None };
        Some(Scope { header: &[], fixed: &[], set: set(), attrs: found.bytes, cx: Context::new(found.cx.family) })
    }

    fn value(&self, path: &str, out: &mut dyn Write) -> fmt::Result {
        let Some(found) = self.find(path) else { return Ok(()) };
        match found.shape.name {
            "string" => {
                let text = found.bytes.strip_suffix(b"\0").unwrap_or(found.bytes);
                write!(out, "{}", text.escape_ascii())
            }
            "binary" => {
                write!(out, "{}", Show(found))?;
                match text_in(found.bytes) {
                    Some(text) => write!(out, " \"{text}\""),
                    None => Ok(()),
                }
            }
            _ => write!(out, "{}", Show(found)),
        }
    }

    fn find(&self, path: &str) -> Option<Found<'a>> {
        let field = |fields: &'static [FieldInfo], bytes: &'a [u8], name: &str, cx: Context<'a>| {
            let field = fields.iter().find(|field| field.name == name)?;
            let bytes = bytes.get(field.offset..field.offset + field.size)?;
            bytes.iter().any(|byte| *byte != 0).then_some(Found { shape: field.shape, bytes, cx })
        };
        if let Some(name) = path.strip_prefix('.') {
            return field(self.header, self.fixed, name, self.cx);
        }
        let (mut set, mut attrs, mut cx) = (self.set, self.attrs, self.cx);
        let mut path = path;
        loop {
            let (name, deeper) = cut(path, b'.').map_or((path, None), |(name, deeper)| (name, Some(deeper)));
            let number = set.by_name(name)?.number;
            let mut walk = RawAttrs::new(attrs, 0);
            let (shape, bytes) = loop {
                let raw = walk.try_next()?.ok()?;
                let shape = match set.get(raw.number()) {
                    Some(attr) => attr.shape,
                    None => continue,
                };
                cx.remember(shape, raw.value());
                if raw.number() == number {
                    break (shape.picked(&cx, raw.flags())?, raw.value());
                }
            };
            path = match deeper {
                None => return (shape.fits)(bytes).then_some(Found { shape, bytes, cx }),
                Some(next) => next,
            };
            (set, attrs, cx) = match shape.form {
                Form::Nest(set) => (set(), bytes, Context::new(cx.family)),
                Form::Headed(fields, set) => {
                    let size: usize = fields.iter().map(|field| field.size).sum();
                    (set(), bytes.get(size..)?, Context::new(bytes.first().copied()?))
                }
                Form::Record(fields) => return field(fields, bytes, path, cx),
                _ => return None,
            };
        }
    }
}

/// What is before and what is after a byte of ASCII; for texts so short that a search by words of memory is slower.
fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    Some((&text[..at], &text[at + 1..]))
}

fn parts(alternatives: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(alternatives);
    core::iter::from_fn(move || {
        let (part, after) = rest.map(|text| cut(text, b'|').map_or((text, None), |(part, after)| (part, Some(after))))?;
        rest = after;
        Some(part)
    })
}

/// What a user of the C library would have put there: text, filled up with NUL bytes.
pub(super) fn text_in(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, zeros) = bytes.split_at(end);
    let printable = text.len() > 1 && text.iter().all(u8::is_ascii_graphic) && zeros.iter().all(|byte| *byte == 0);
    core::str::from_utf8(text).ok().filter(|_| printable)
}

struct Show<'a>(Found<'a>);

impl fmt::Display for Show<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0.shape.show)(self.0.bytes, &self.0.cx, f)
    }
}
