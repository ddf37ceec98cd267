//! Sentences with places for values of a message: `link[ {IFLA_IFNAME}][ of kind {IFLA_LINKINFO.IFLA_INFO_KIND}]`.
//!
//! `{NAME.NAME}` is the value of an attribute inside another, `{.field}` a field of the fixed header. `[...]` is left out
//! if a value in it is missing; `[...|...]` is the first of these that has all its values. A field that is 0 counts as
//! missing.

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
        while let Some(at) = rest.find(['{', '[']) {
            out.write_str(&rest[..at])?;
            let close = if rest.as_bytes()[at] == b'{' { '}' } else { ']' };
            let Some(len) = rest[at..].find(close) else { break };
            let inner = &rest[at + 1..at + len];
            match close {
                '}' => self.value(inner, out)?,
                _ => {
                    if let Some(taken) = inner.split('|').find(|part| self.has(part)) {
                        self.print(taken, out)?;
                    }
                }
            }
            rest = &rest[at + len + 1..];
        }
        out.write_str(rest)
    }

    /// Whether all values of a template are there.
    pub(super) fn has(&self, template: &str) -> bool {
        template.split('{').skip(1).all(|part| self.find(part.split('}').next().unwrap_or_default()).is_some())
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
        if let Some(name) = path.strip_prefix('.') {
            let field = self.header.iter().find(|field| field.name == name)?;
            let bytes = self.fixed.get(field.offset..field.offset + field.size)?;
            return bytes.iter().any(|byte| *byte != 0).then_some(Found { shape: field.shape, bytes, cx: self.cx });
        }
        let (mut set, mut attrs, mut cx) = (self.set, self.attrs, self.cx);
        let mut names = path.split('.');
        let mut name = names.next()?;
        loop {
            let number = set.by_name(name)?.number;
            let mut walk = RawAttrs::new(attrs, 0);
            let (shape, bytes) = loop {
                let raw = walk.try_next()?.ok()?;
                let shape = match set.get(raw.number()) {
                    Some(attr) => attr.shape,
                    None => continue,
                };
                super::remember(shape, &raw, &mut cx);
                if raw.number() == number {
                    break (super::picked(shape, &cx, raw.flags())?, raw.value());
                }
            };
            name = match names.next() {
                None => return (shape.fits)(bytes).then_some(Found { shape, bytes, cx }),
                Some(next) => next,
            };
            (set, attrs, cx) = match shape.form {
                Form::Nest(set) => (set(), bytes, Context::new(cx.family)),
                Form::Headed(fields, set) => {
                    let size: usize = fields.iter().map(|field| field.size).sum();
                    (set(), bytes.get(size..)?, Context::new(bytes.first().copied()?))
                }
                _ => return None,
            };
        }
    }
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
