//! The parser's cursor, and the grammar of statements: words to [`Stmt`]. Commands are in [`command`](super::command).

mod key;
mod value;

use std::ops::Deref;

use nlmsg::nft::*;

pub(super) use self::value::prefix_byte;
use super::expr::Expr;
use super::keys::Key;
use super::lex::{self, Kind, Span, Token};
use super::nat::Nat;
use super::simple;
use super::stmt::{Datum, Elem, OPS, Op, Right, SetRef, Source, Stmt};
use super::types::{self, Type};

/// What is wrong with the text, and where. A pointer, as it goes through many hands.
#[derive(Clone, Debug)]
pub(super) struct Fault(Box<Wrong>);

#[derive(Clone, Debug)]
pub(super) struct Wrong {
    pub(super) text: String,
    pub(super) span: Span,
    /// What it has to do with.
    pub(super) mark: Option<Span>,
    /// A word before it that nobody knows: nft complains only about what comes after.
    pub(super) unknown: Option<Span>,
}

impl Deref for Fault {
    type Target = Wrong;
    fn deref(&self) -> &Wrong {
        &self.0
    }
}

impl Fault {
    pub(super) fn new(text: impl Into<String>, span: Span) -> Fault {
        Fault(Box::new(Wrong { text: text.into(), span, mark: None, unknown: None }))
    }

    /// The same with what it has to do with.
    pub(super) fn marking(mut self, mark: Span) -> Fault {
        self.0.mark = Some(mark);
        self
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

impl At {
    /// What an error about the statement means: of some only the first word.
    pub(super) fn named(&self) -> Span {
        let word = match &self.stmt {
            Stmt::Nat(_) | Stmt::Refuse => true,
            Stmt::Simple(expr) => {
                matches!(expr, Expr::Reject { .. } | Expr::Queue { .. } | Expr::Log { .. } | Expr::Counter { .. })
            }
            _ => false,
        };
        if word { self.key } else { self.span }
    }
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

    pub(super) fn peek(&self, ahead: usize) -> &'a str {
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
        let mut fault = self.unexpected();
        fault.0.text = format!("{}, expecting {what}", fault.text);
        fault
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), Fault> {
        if self.eat(text) {
            return Ok(());
        }
        let alone = text.chars().all(|c| !c.is_alphanumeric());
        Err(self.expecting(&if alone { lex::sign(text) } else { text.into() }))
    }

    /// Whether a name is next.
    pub(super) fn at_name(&self) -> bool {
        self.token().is_name()
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
        self.take(&[Kind::Word, Kind::Number])
    }

    /// A word or a text in quotes.
    pub(super) fn text_value(&mut self) -> Result<Name, Fault> {
        self.take(&[Kind::Word, Kind::Quoted])
    }

    fn take(&mut self, kinds: &[Kind]) -> Result<Name, Fault> {
        if !kinds.contains(&self.kind()) {
            return Err(self.unexpected());
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
                if !matches!(self.kind(), Kind::Word | Kind::Quoted) {
                    return Err(self.expecting("string or quoted string or string with a trailing asterisk"));
                }
                rule.comment = Some(self.text_value()?.0);
                if !self.at_end() {
                    return Err(self.expecting("end of file or newline or semicolon"));
                }
                break;
            }
            let start = self.span();
            let (stmt, key) = self.stmt(family)?;
            let span = start.to(self.last_span());
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
            if self.is("reject") && self.peek(1) != "with" {
                self.advance();
                return Ok((Stmt::Refuse, start));
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
                ("add" | "update" | "delete", "@") => {
                    let stmt = self.dynset(family)?;
                    return Ok((stmt, start.to(self.last_span())));
                }
                ("set", "add" | "update" | "delete") => {
                    let stmt = self.set_statement(family)?;
                    return Ok((stmt, start.to(self.last_span())));
                }
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
            let unknown = self.token().is_name().then(|| self.span());
            if unknown.is_some() {
                self.advance();
            }
            let mut fault = self.unexpected();
            fault.0.unknown = unknown;
            return Err(fault);
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
        self.comparison(keys, key).map(|stmt| (stmt, key))
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
        let chain =
            if code == NFT_JUMP || code == NFT_GOTO { Some(self.name().map_err(|_| self.expecting("'{'"))?.0) } else { None };
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

    /// The older form: `set add KEY @name`.
    fn set_statement(&mut self, family: u8) -> Result<Stmt, Fault> {
        self.advance();
        let op = DynsetOp::from_word(self.text()).unwrap_or(NFT_DYNSET_OP_ADD);
        self.advance();
        let keys = self.keys(family)?;
        let timeout = if self.eat("timeout") { self.time()? } else { 0 };
        let start = self.span();
        self.expect("@")?;
        let set = self.name()?.0;
        self.set_span = start.to(self.last_span());
        Ok(Stmt::Dynset { op, set, keys, data: None, timeout, exprs: Vec::new() })
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
}
