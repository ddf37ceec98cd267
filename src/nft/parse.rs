//! The parser's cursor, and the grammar of statements: words to [`Stmt`]. Commands are in [`command`](super::command).

mod key;

use nlmsg::nft::*;

use super::expr::Expr;
use super::keys::Key;
use super::lex::{Kind, Span, Token};
use super::nat::Nat;
use super::simple;
use super::stmt::{Datum, Elem, Op, Right, SetRef, Source, Stmt};
use super::types::{self, Type};

/// What is wrong with the text, and where.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) text: String,
    pub(super) span: Span,
    /// What it has to do with.
    pub(super) mark: Option<Span>,
}

impl Fault {
    pub(super) fn new(text: impl Into<String>, span: Span) -> Fault {
        Fault { text: text.into(), span, mark: None }
    }
}

/// A name in the text.
pub(super) type Name = (String, Span);

/// A statement, and where it stands: all of it, and the word that an error about its first expression means.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) stmt: Stmt,
    pub(super) span: Span,
    pub(super) key: Span,
    /// The name of the set that it uses, if it does.
    pub(super) set: Span,
}

/// A rule's statements and comment.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleText {
    pub(super) stmts: Vec<At>,
    pub(super) comment: Option<String>,
    pub(super) reject_family: u8,
}

/// What a map's elements give.
#[derive(Clone, Debug)]
pub(super) enum MapTo {
    Verdict,
    Types(Vec<&'static Type>),
    Object,
}

/// A cursor over tokens.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The family that the last reject statement asks for; 0 for none.
    pub(super) reject_family: u8,
    /// Where the last name of a set stands.
    set_span: Span,
}

impl<'a> Parser<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Parser<'a> {
        Parser { tokens, at: 0, reject_family: 0, set_span: Span::default() }
    }

    fn token(&self) -> &'a Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn kind(&self) -> Kind {
        self.token().kind
    }

    /// The token's text; that of a quoted one is empty, which no word is.
    pub(super) fn text(&self) -> &'a str {
        match self.kind() {
            Kind::Quoted | Kind::Wild => "",
            _ => &self.token().text,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.token().span
    }

    /// Where the token before this one stands.
    pub(super) fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1).min(self.tokens.len() - 1)].span
    }

    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.text)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.text() == text
    }

    /// Steps over this text if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let is = self.is(text);
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn fault(&self, text: &str) -> Fault {
        Fault::new(text, self.span())
    }

    /// The error about a token that cannot stand here.
    pub(super) fn unexpected(&self) -> Fault {
        Fault::new(format!("syntax error, unexpected {}", self.token().called()), self.span())
    }

    /// The same about the token before.
    pub(super) fn unexpected_last(&self) -> Fault {
        let token = &self.tokens[self.at.saturating_sub(1)];
        Fault::new(format!("syntax error, unexpected {}", token.called()), token.span)
    }

    /// The same with what could stand here.
    pub(super) fn expecting(&self, what: &str) -> Fault {
        let fault = self.unexpected();
        Fault { text: format!("{}, expecting {what}", fault.text), ..fault }
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), Fault> {
        if self.eat(text) {
            return Ok(());
        }
        let alone = text.chars().all(|c| !c.is_alphanumeric());
        Err(self.expecting(&if alone { format!("'{text}'") } else { text.into() }))
    }

    /// A name: a word that is no keyword.
    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        if !self.token().is_name() {
            return Err(self.expecting("string"));
        }
        let name = (self.token().text.clone(), self.span());
        self.advance();
        Ok(name)
    }

    /// A word or number.
    pub(super) fn word(&mut self) -> Result<Name, Fault> {
        match self.kind() {
            Kind::Word | Kind::Number => {}
            _ => return Err(self.unexpected()),
        }
        let name = (self.token().text.clone(), self.span());
        self.advance();
        Ok(name)
    }

    /// A word or a text in quotes.
    pub(super) fn text_value(&mut self) -> Result<Name, Fault> {
        match self.kind() {
            Kind::Word | Kind::Quoted => {}
            _ => return Err(self.unexpected()),
        }
        let name = (self.token().text.clone(), self.span());
        self.advance();
        Ok(name)
    }

    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        let number = types::number(self.text()).filter(|_| self.kind() == Kind::Number);
        let number = number.ok_or_else(|| self.expecting("number"))?;
        self.advance();
        Ok(number)
    }

    pub(super) fn number_up_to(&mut self, most: u64) -> Result<u64, Fault> {
        let span = self.span();
        let number = self.number()?;
        if number > most {
            return Err(Fault::new(format!("Value {number} exceeds valid range 0-{most}"), span));
        }
        Ok(number)
    }

    /// A value of a type, as text says it.
    pub(super) fn value(&mut self, ty: &'static Type, bits: u32) -> Result<Vec<u8>, Fault> {
        let span = self.span();
        let text = match self.kind() {
            Kind::Quoted | Kind::Word | Kind::Number => self.token().text.clone(),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        let value = ty.parse(&text, bits).map_err(|text| Fault::new(text, span))?;
        Ok(value)
    }

    /// The length after `address/`; host bits are dropped.
    pub(super) fn prefix(&mut self, mut value: Vec<u8>) -> Result<Right, Fault> {
        let bits = value.len() as u32 * 8;
        let span = self.span();
        let len = self.number()?;
        if len > u64::from(bits) {
            return Err(Fault::new(format!("Prefix length {len} is invalid for type of {bits} bits width"), span));
        }
        let len = len as u32;
        for (i, byte) in value.iter_mut().enumerate() {
            *byte &= prefix_byte(len, i as u32);
        }
        Ok(if len == bits { Right::Value(value) } else { Right::Prefix(value, len) })
    }

    /// Newlines inside braces mean nothing.
    pub(super) fn skip_newlines(&mut self) {
        while self.kind() == Kind::Newline {
            self.advance();
        }
    }

    /// Whether a statement can end here.
    pub(super) fn at_end(&self) -> bool {
        matches!(self.kind(), Kind::Newline | Kind::End) || matches!(self.text(), ";" | "}")
    }

    /// Reads a rule up to its end.
    pub(super) fn rule(&mut self, family: u8) -> Result<RuleText, Fault> {
        let mut rule = RuleText::default();
        while !self.at_end() {
            if self.is("comment") && !rule.stmts.is_empty() {
                self.advance();
                rule.comment = Some(self.text_value()?.0);
                if !self.at_end() {
                    return Err(self.expecting("end of file or newline or semicolon"));
                }
                break;
            }
            let start = self.span();
            let (stmt, key) = self.stmt(family)?;
            let span = start.to(self.last_span());
            if let Some(last) = rule.stmts.last()
                && last.stmt.is_terminal()
                && matches!(stmt, Stmt::Verdict(..) | Stmt::Simple(Expr::Reject { .. }) | Stmt::Nat(_))
            {
                let text = "Statement after terminal statement has no effect";
                return Err(Fault { mark: Some(last.span), ..Fault::new(text, span) });
            }
            rule.stmts.push(At { stmt, span, key, set: self.set_span });
        }
        if rule.stmts.is_empty() {
            return Err(self.unexpected());
        }
        rule.reject_family = std::mem::take(&mut self.reject_family);
        Ok(rule)
    }

    fn stmt(&mut self, family: u8) -> Result<(Stmt, Span), Fault> {
        let start = self.span();
        if self.kind() == Kind::Word {
            if let Some((code, chain)) = self.verdict()? {
                let key = if chain.is_some() { self.last_span() } else { start };
                return Ok((Stmt::Verdict(code, chain), key));
            }
            if let Some(nat) = Nat::parse(self, family)? {
                return Ok((Stmt::Nat(nat), start));
            }
            if simple::begins(self.kind(), self.text())
                && let Some(expr) = simple::parse(self, family)?
            {
                let key = match &expr {
                    Expr::Objref { .. } => self.last_span(),
                    _ => start,
                };
                return Ok((Stmt::Simple(expr), key));
            }
            match (self.text(), self.peek(1)) {
                ("add" | "update" | "delete", "@") => return Ok((self.dynset(family)?, start)),
                ("dup" | "fwd", "to") => return Ok((self.dup(family)?, start)),
                ("ct", "count") => {
                    self.at += 2;
                    let over = self.eat("over");
                    let count = self.number_up_to(u64::from(u32::MAX))? as u32;
                    return Ok((Stmt::Simple(Expr::Connlimit { count, over }), start));
                }
                ("ct", kind @ ("helper" | "timeout" | "expectation")) if self.peek(2) == "set" => {
                    self.at += 3;
                    let kind = match kind {
                        "helper" => NFT_OBJECT_CT_HELPER,
                        "timeout" => NFT_OBJECT_CT_TIMEOUT,
                        _ => NFT_OBJECT_CT_EXPECT,
                    };
                    let (name, span) = self.text_value()?;
                    return Ok((Stmt::Simple(Expr::Objref { kind: kind.0, name }), span));
                }
                _ => {}
            }
        }
        if !self.at_key() {
            // an unknown word would be the left side of a comparison
            if self.token().is_name() {
                self.advance();
            }
            return Err(self.unexpected());
        }
        let keys = self.keys(family)?;
        let key = start.to(self.last_span());
        if keys.len() == 1 && self.eat("set") {
            let target = keys[0].clone();
            let source = self.source_of(&target, family)?;
            return Ok((Stmt::Assign { key: target, source }, key));
        }
        if self.eat("vmap") {
            let set = self.set(&keys, Some(&MapTo::Verdict))?;
            return Ok((Stmt::Vmap { keys, set }, key));
        }
        self.comparison(keys).map(|stmt| (stmt, key))
    }

    /// A verdict, if one is next.
    fn verdict(&mut self) -> Result<Option<(Verdict, Option<String>)>, Fault> {
        let code = match self.text() {
            "accept" => NF_ACCEPT,
            "drop" => NF_DROP,
            "continue" => NFT_CONTINUE,
            "return" => NFT_RETURN,
            "jump" => NFT_JUMP,
            "goto" => NFT_GOTO,
            _ => return Ok(None),
        };
        self.advance();
        let chain = if code == NFT_JUMP || code == NFT_GOTO { Some(self.name()?.0) } else { None };
        Ok(Some((code, chain)))
    }

    fn dynset(&mut self, family: u8) -> Result<Stmt, Fault> {
        let op = DynsetOp::from_word(self.text()).unwrap_or(NFT_DYNSET_OP_ADD);
        self.advance();
        let start = self.span();
        self.advance();
        let set = self.name()?.0;
        self.set_span = start.to(self.last_span());
        self.expect("{")?;
        self.skip_newlines();
        let keys = self.keys(family)?;
        let (mut timeout, mut exprs, mut data) = (0, Vec::new(), None);
        while !self.is("}") && !self.is(":") {
            if self.eat("timeout") {
                timeout = self.time()?;
            } else {
                exprs.push(simple::parse(self, family)?.ok_or_else(|| self.unexpected())?);
            }
        }
        if self.eat(":") {
            data = Some(self.source(types::HOST_INTEGER, family)?);
        }
        self.expect("}")?;
        Ok(Stmt::Dynset { op, set, keys, data, timeout, exprs })
    }

    fn dup(&mut self, family: u8) -> Result<Stmt, Fault> {
        let fwd = self.is("fwd");
        self.at += 2;
        let device = |p: &mut Self| p.source(types::IFACE_INDEX, family).map(Some);
        let ty = if family == 10 { types::IPV6_ADDR } else { types::IPV4_ADDR };
        let (addr, dev) = match family {
            2 | 10 => (Some(self.source(ty, family)?), if self.eat("device") { device(self)? } else { None }),
            _ => (None, device(self)?),
        };
        Ok(Stmt::Dup { fwd, addr, dev })
    }

    /// A time such as `1h5m`, in milliseconds.
    pub(super) fn time(&mut self) -> Result<u64, Fault> {
        let (text, span) = self.word()?;
        types::time(&text).ok_or_else(|| Fault::new("Could not parse relative time", span))
    }

    /// What follows the keys of a match.
    fn comparison(&mut self, keys: Vec<Key>) -> Result<Stmt, Fault> {
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
        if op.is_some() {
            self.advance();
        }
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
            return self.prefix(value);
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
    pub(super) fn set(&mut self, keys: &[Key], data: Option<&MapTo>) -> Result<SetRef, Fault> {
        if self.is("@") {
            let start = self.span();
            self.advance();
            let name = self.name()?.0;
            self.set_span = start.to(self.last_span());
            return Ok(SetRef::Named(name));
        }
        let types: Vec<_> = keys.iter().map(|key| (key.ty(), key.bits())).collect();
        Ok(SetRef::Anonymous(self.elements(&types, data)?))
    }

    /// Steps over braces and what is in them.
    pub(super) fn skip_braces(&mut self) -> Result<super::command::ElemText, Fault> {
        let from = self.at;
        self.expect("{")?;
        let mut depth = 1;
        while depth > 0 {
            match self.text() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ if self.kind() == Kind::End => return Err(self.unexpected()),
                _ => {}
            }
            self.advance();
        }
        Ok(super::command::ElemText { from, to: self.at })
    }

    /// The elements in braces.
    pub(super) fn elements(&mut self, types: &[(&'static Type, u32)], data: Option<&MapTo>) -> Result<Vec<Elem>, Fault> {
        self.expect("{")?;
        let mut elems = Vec::new();
        loop {
            self.skip_newlines();
            if self.eat("}") {
                return Ok(elems);
            }
            elems.push(self.element(types, data)?);
            self.skip_newlines();
            if !self.eat(",") {
                self.skip_newlines();
                self.expect("}")?;
                return Ok(elems);
            }
        }
    }

    fn element(&mut self, types: &[(&'static Type, u32)], data: Option<&MapTo>) -> Result<Elem, Fault> {
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
        let mut elem = Elem::new(key);
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
        if let Some(data) = data {
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
    fn source_of(&mut self, key: &Key, family: u8) -> Result<Source, Fault> {
        if self.at_key() {
            return self.source(key.ty(), family);
        }
        let value = self.bits_value(key.ty(), key.bits())?;
        Ok(Source::Value(Right::Value(value)))
    }

    /// A value of this type, a key that has one, or a map that gives one.
    pub(super) fn source(&mut self, ty: &'static Type, family: u8) -> Result<Source, Fault> {
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
pub(super) fn prefix_byte(len: u32, i: u32) -> u8 {
    match len.saturating_sub(i * 8) {
        0 => 0,
        bits @ 1..8 => 0xffu8 << (8 - bits),
        _ => 0xff,
    }
}

impl Right {
    /// The first and the last value that it means.
    pub(super) fn bounds(&self) -> Option<(Vec<u8>, Vec<u8>)> {
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
    pub(super) fn spanning(from: Vec<u8>, to: Vec<u8>, ty: &Type) -> Right {
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
