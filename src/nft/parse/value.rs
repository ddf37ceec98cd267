//! The grammar of values: the right side of a match, elements of sets, and what is assigned.

use super::super::command::ElemText;
use super::*;

impl Parser<'_> {
    /// A value of a type, as text says it.
    pub(in crate::nft) fn value(&mut self, ty: &'static Type, bits: u32) -> Result<Vec<u8>, Fault> {
        let span = self.span();
        let text = match self.kind() {
            Kind::Quoted | Kind::Word | Kind::Number => self.token().text.clone(),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        let value = ty.parse(&text, bits).map_err(|text| Fault::new(text, span))?;
        Ok(value)
    }

    /// The length after `address/`, which begins at `start`; host bits are dropped.
    pub(in crate::nft) fn prefix(&mut self, mut value: Vec<u8>, start: Span) -> Result<Right, Fault> {
        let bits = value.len() as u32 * 8;
        let len = self.number()?;
        if len > u64::from(bits) {
            return Err(Fault::new(
                format!("Prefix length {len} is invalid for type of {bits} bits width"),
                start.to(self.last_span()),
            ));
        }
        let len = len as u32;
        for (i, byte) in value.iter_mut().enumerate() {
            *byte &= prefix_byte(len, i as u32);
        }
        Ok(if len == bits { Right::Value(value) } else { Right::Prefix(value, len) })
    }

    /// What follows the keys of a match, which stand at `left`.
    pub(super) fn comparison(&mut self, keys: Vec<Key>, left: Span) -> Result<Stmt, Fault> {
        let (ty, bits) = (keys[0].ty(), keys[0].bits());
        let mut mask = None;
        if keys.len() == 1 && (self.eat("&") || self.eat("and")) {
            let explicit = self.eat("(");
            mask = Some(self.bits_value(ty, bits)?);
            if explicit {
                self.expect(")")?;
            }
        }
        if ty.flags() && mask.is_none() && self.eat("!") {
            let bits = self.bits_value(ty, bits)?;
            return Ok(Stmt::Match { keys, mask: None, op: Op::Eq, right: Right::NoneOf(bits) });
        }
        let op = match self.text() {
            "==" | "eq" => Some(Op::Eq),
            "!=" | "ne" => Some(Op::Ne),
            "<" | "lt" => Some(Op::Lt),
            ">" | "gt" => Some(Op::Gt),
            "<=" | "le" => Some(Op::Le),
            ">=" | "ge" => Some(Op::Ge),
            _ => None,
        };
        let sign = self.span();
        if op.is_some() {
            self.advance();
        }
        let start = self.at;
        let stmt = self.compared(keys, mask, op)?;
        if let Stmt::Match { op, right, .. } = &stmt
            && !matches!(op, Op::Eq | Op::Ne)
        {
            let kind = match right {
                Right::Set(SetRef::Named(_)) => "set reference",
                Right::Set(_) => "set",
                Right::Range(..) => "range",
                Right::Prefix(..) | Right::Wild(_) => "prefix",
                Right::Parts(_) => "concat",
                // one value can be less or more
                _ => return Ok(stmt),
            };
            let word = OPS.iter().find(|(_, other)| other == op).map_or("", |(word, _)| word);
            let text = format!("Relational expression ({word}) is undefined for {kind} expressions");
            // one element in braces is meant without them
            let braces = usize::from(self.tokens[start].text == "{" && kind != "set");
            let span = match kind {
                "concat" => left,
                _ => self.tokens[start + braces].span.to(self.tokens[self.at - 1 - braces].span),
            };
            return Err(Fault::new(text, span).marking(sign));
        }
        Ok(stmt)
    }

    /// What follows the sign of a comparison.
    fn compared(&mut self, keys: Vec<Key>, mask: Option<Vec<u8>>, op: Option<Op>) -> Result<Stmt, Fault> {
        let (ty, bits) = (keys[0].ty(), keys[0].bits());
        let plain = Op::Eq;
        if self.is("{") || self.is("@") {
            let set = self.set(&keys, None)?;
            // a set of one plain element is that element
            if let SetRef::Anonymous(elems) = &set
                && let [Elem { key, timeout: 0, comment: None, .. }] = elems.as_slice()
                && !matches!(key, Right::Parts(_) | Right::Rest)
            {
                let right = match key {
                    Right::Value(value) if ty.flags() && op.is_none() => Right::Any(value.clone()),
                    other => other.clone(),
                };
                return Ok(Stmt::Match { keys, mask, op: op.unwrap_or(plain), right });
            }
            return Ok(Stmt::Match { keys, mask, op: op.unwrap_or(plain), right: Right::Set(set) });
        }
        if keys.len() > 1 {
            let mut parts = Vec::new();
            for (i, key) in keys.iter().enumerate() {
                if i > 0 {
                    self.expect(".")?;
                }
                parts.push(self.atom(key.ty(), key.bits())?);
            }
            return Ok(Stmt::Match { keys, mask, op: op.unwrap_or(plain), right: Right::Parts(parts) });
        }
        if !ty.flags() {
            let right = match self.atom(ty, bits)? {
                Right::Value(value) if op.is_none() && matches!(ty.kind, types::Kind::Label) => Right::Any(value),
                right => right,
            };
            return Ok(Stmt::Match { keys, mask, op: op.unwrap_or(plain), right });
        }
        let explicit = self.eat("(");
        let value = self.bits_value(ty, bits)?;
        if explicit {
            self.expect(")")?;
        }
        let zero = value.iter().all(|&byte| byte == 0);
        if zero && mask.is_some() {
            return Ok(Stmt::Match { keys, mask, op: op.unwrap_or(plain), right: Right::Value(value) });
        }
        let (op, right) = match (mask, op) {
            (Some(mask), op) => (op.unwrap_or(plain), Right::Masked(value, mask)),
            (None, op) if self.eat("/") => (op.unwrap_or(plain), Right::Masked(value, self.bits_value(ty, bits)?)),
            (None, None) => (Op::Eq, Right::Any(value)),
            (None, Some(op)) => (op, Right::Value(value)),
        };
        Ok(Stmt::Match { keys, mask: None, op, right })
    }

    /// Named bits with `,` or `|` between them, or any one value.
    fn bits_value(&mut self, ty: &'static Type, bits: u32) -> Result<Vec<u8>, Fault> {
        let mut value = self.value(ty, bits)?;
        while ty.flags() && (self.eat(",") || self.eat("|")) {
            for (byte, more) in value.iter_mut().zip(self.value(ty, bits)?) {
                *byte |= more;
            }
        }
        Ok(value)
    }

    /// A value, prefix, range or wildcard.
    fn atom(&mut self, ty: &'static Type, bits: u32) -> Result<Right, Fault> {
        if self.kind() == Kind::Wild && matches!(ty.kind, types::Kind::Text) {
            let name = self.token().text.clone();
            self.advance();
            return Ok(Right::Wild(name));
        }
        let start = self.span();
        let value = self.value(ty, bits)?;
        if ty.prefixes() && self.eat("/") {
            return self.prefix(value, start);
        }
        if self.eat("-") {
            let to = self.value(ty, bits)?;
            if to < value {
                return Err(Fault::new("Range has zero or negative size", start.to(self.last_span())));
            }
            return Ok(if to == value { Right::Value(value) } else { Right::Range(value, to) });
        }
        Ok(Right::Value(value))
    }

    /// `{ ... }` or `@name`.
    pub(in crate::nft) fn set(&mut self, keys: &[Key], data: Option<&MapTo>) -> Result<SetRef, Fault> {
        if self.is("@") {
            let start = self.span();
            self.advance();
            let name = self.name()?.0;
            self.set_span = start.to(self.last_span());
            return Ok(SetRef::Named(name));
        }
        let types: Vec<_> = keys.iter().map(|key| (key.ty(), key.bits())).collect();
        Ok(SetRef::Anonymous(self.elements(&types, data.map(|data| (data, true)))?))
    }

    /// Steps over braces and what is in them.
    pub(in crate::nft) fn skip_braces(&mut self) -> Result<ElemText, Fault> {
        let from = self.at;
        self.expect("{")?;
        let mut depth = 1;
        while depth > 0 {
            match self.text() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ if self.kind() == Kind::End => return Err(self.expecting("comma or '}'")),
                _ => {}
            }
            self.advance();
        }
        Ok(ElemText { from, to: self.at })
    }

    /// The elements in braces; of a map, with what they give and whether each must say that.
    pub(in crate::nft) fn elements(
        &mut self,
        types: &[(&'static Type, u32)],
        data: Option<(&MapTo, bool)>,
    ) -> Result<Vec<Elem>, Fault> {
        self.expect("{")?;
        let mut elems = Vec::new();
        loop {
            self.skip_newlines();
            if !elems.is_empty() && self.eat("}") {
                return Ok(elems);
            }
            elems.push(self.element(types, data)?);
            self.skip_newlines();
            if !self.eat(",") {
                self.skip_newlines();
                return if self.eat("}") { Ok(elems) } else { Err(self.expecting("comma or '}'")) };
            }
        }
    }

    fn element(&mut self, types: &[(&'static Type, u32)], data: Option<(&MapTo, bool)>) -> Result<Elem, Fault> {
        let start = self.span();
        let key = if self.eat("*") {
            Right::Rest
        } else {
            let mut parts = Vec::new();
            for (i, &(ty, bits)) in types.iter().enumerate() {
                if i > 0 {
                    self.expect(".")?;
                }
                parts.push(self.atom(ty, bits)?);
            }
            if parts.len() == 1 { parts.remove(0) } else { Right::Parts(parts) }
        };
        let mut elem = Elem { span: Some(start.to(self.last_span())), ..Elem::new(key) };
        loop {
            self.skip_newlines();
            if self.eat("timeout") {
                elem.timeout = self.time()?;
            } else if self.eat("expires") {
                elem.expires = self.time()?;
            } else if self.eat("comment") {
                elem.comment = Some(self.text_value()?.0);
            } else if simple::begins(self.kind(), self.text()) {
                elem.exprs.extend(simple::parse(self, 0)?);
            } else {
                break;
            }
        }
        if let Some((data, _)) = data.filter(|(_, must)| *must || self.is(":")) {
            self.expect(":")?;
            self.skip_newlines();
            elem.data = Some(match data {
                MapTo::Verdict => {
                    let (code, chain) = self.verdict()?.ok_or_else(|| self.unexpected())?;
                    Datum::Verdict(code, chain)
                }
                MapTo::Object => Datum::Object(self.text_value()?.0),
                MapTo::Types(types) => {
                    let mut parts = Vec::new();
                    for (i, ty) in types.iter().enumerate() {
                        if i > 0 {
                            self.expect(".")?;
                        }
                        parts.push(self.atom(ty, ty.bits)?);
                    }
                    Datum::Value(if parts.len() == 1 { parts.remove(0) } else { Right::Parts(parts) })
                }
            });
        }
        Ok(elem)
    }

    /// What is assigned to a key.
    pub(super) fn source_of(&mut self, key: &Key, family: u8) -> Result<Source, Fault> {
        if self.at_key() {
            return self.source(key.ty(), family);
        }
        let value = self.bits_value(key.ty(), key.bits())?;
        Ok(Source::Value(Right::Value(value)))
    }

    /// A value of this type, a key that has one, or a map that gives one.
    pub(in crate::nft) fn source(&mut self, ty: &'static Type, family: u8) -> Result<Source, Fault> {
        if !self.at_key() {
            return Ok(Source::Value(Right::Value(self.value(ty, ty.bits)?)));
        }
        let keys = self.keys(family)?;
        if self.eat("map") {
            let set = self.set(&keys, Some(&MapTo::Types(vec![ty])))?;
            return Ok(Source::Map(keys, set));
        }
        let [key] = keys.as_slice() else { return Err(self.expecting("map")) };
        let (bits, size) = (key.bits(), key.size() as usize);
        let (mut mask, mut xor, mut any) = (vec![0xff; size], vec![0; size], false);
        loop {
            let sign = self.text();
            if !matches!(sign, "&" | "|" | "^" | "and" | "or" | "xor") {
                break;
            }
            self.advance();
            any = true;
            let value = self.value(key.ty(), bits)?;
            for ((mask, xor), bits) in mask.iter_mut().zip(&mut xor).zip(value) {
                match sign {
                    "&" | "and" => (*mask, *xor) = (*mask & bits, *xor & bits),
                    "|" | "or" => (*mask, *xor) = (*mask & !bits, *xor & !bits | bits),
                    _ => *xor ^= bits,
                }
            }
        }
        Ok(Source::Key(key.clone(), any.then_some((mask, xor))))
    }
}

/// The byte `i` of a mask of `len` ones.
pub(in crate::nft) fn prefix_byte(len: u32, i: u32) -> u8 {
    match len.saturating_sub(i * 8) {
        0 => 0,
        bits @ 1..8 => 0xffu8 << (8 - bits),
        _ => 0xff,
    }
}

impl Right {
    /// The first and the last value that it means.
    pub(in crate::nft) fn bounds(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        match self {
            Right::Value(value) | Right::Any(value) => Some((value.clone(), value.clone())),
            Right::Range(from, to) => Some((from.clone(), to.clone())),
            Right::Prefix(value, len) => {
                let to = value.iter().enumerate().map(|(i, byte)| byte | !prefix_byte(*len, i as u32)).collect();
                Some((value.clone(), to))
            }
            _ => None,
        }
    }

    /// What means these values: a prefix where one does.
    pub(in crate::nft) fn spanning(from: Vec<u8>, to: Vec<u8>, ty: &Type) -> Right {
        if from == to {
            return Right::Value(from);
        }
        if ty.prefixes() {
            let bits = from.len() as u32 * 8;
            for len in 0..bits {
                if Right::Prefix(from.clone(), len).bounds().is_some_and(|(_, last)| last == to)
                    && from.iter().enumerate().all(|(i, byte)| byte & !prefix_byte(len, i as u32) == 0)
                {
                    return Right::Prefix(from, len);
                }
            }
        }
        Right::Range(from, to)
    }
}
