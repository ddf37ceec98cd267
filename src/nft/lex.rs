//! Text to tokens.

use std::net::Ipv6Addr;

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Span {
    /// From where this begins to where `other` ends.
    pub(super) fn to(self, other: Span) -> Span {
        Span { from: self.from, to: other.to.max(self.to) }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word or a number; also addresses.
    Word,
    Number,
    /// Text in quotes; the token's text is what is inside.
    Quoted,
    /// A word that ends with `*`, which is not part of its text.
    Wild,
    /// Punctuation.
    Sign,
    Newline,
    End,
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) span: Span,
}

/// Words that cannot be names where a name is expected without a quote: `nft` takes them as keywords.
const KEYWORDS: &[&str] = &[
    "accept",
    "add",
    "ah",
    "all",
    "arp",
    "auto-merge",
    "bridge",
    "cgroup",
    "chain",
    "comment",
    "comp",
    "constant",
    "continue",
    "counter",
    "cpu",
    "create",
    "ct",
    "day",
    "dccp",
    "define",
    "delete",
    "describe",
    "device",
    "devices",
    "dnat",
    "drop",
    "dst",
    "dup",
    "dynamic",
    "ecn",
    "element",
    "elements",
    "esp",
    "ether",
    "exists",
    "expires",
    "export",
    "exthdr",
    "fib",
    "flags",
    "flow",
    "flowtable",
    "flush",
    "frag",
    "fwd",
    "gc-interval",
    "get",
    "goto",
    "handle",
    "hbh",
    "hook",
    "hour",
    "ibriport",
    "ibrname",
    "icmp",
    "icmpv6",
    "igmp",
    "iif",
    "iifgroup",
    "iifname",
    "iiftype",
    "import",
    "include",
    "index",
    "inet",
    "insert",
    "interval",
    "ip",
    "ip6",
    "ipsec",
    "jhash",
    "jump",
    "limit",
    "list",
    "log",
    "map",
    "mark",
    "masquerade",
    "meta",
    "meter",
    "mh",
    "missing",
    "monitor",
    "netdev",
    "nftrace",
    "notrack",
    "numgen",
    "obriport",
    "obrname",
    "offload",
    "oif",
    "oifgroup",
    "oifname",
    "oiftype",
    "or",
    "osf",
    "pkttype",
    "policy",
    "position",
    "priority",
    "queue",
    "quota",
    "random",
    "redefine",
    "redirect",
    "reject",
    "rename",
    "replace",
    "reset",
    "return",
    "rt",
    "rt0",
    "rt2",
    "rtclassid",
    "rule",
    "ruleset",
    "sctp",
    "secmark",
    "set",
    "size",
    "skgid",
    "skuid",
    "snat",
    "socket",
    "srh",
    "symhash",
    "synproxy",
    "table",
    "tcp",
    "th",
    "time",
    "timeout",
    "tproxy",
    "type",
    "typeof",
    "udp",
    "udplite",
    "undefine",
    "update",
    "vlan",
    "vmap",
    "xt",
];

impl Token {
    /// Whether a name can be written so.
    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Word && !KEYWORDS.contains(&self.text.as_str())
    }

    /// What an error calls it.
    pub(super) fn called(&self) -> String {
        match self.kind {
            Kind::End => "end of file".into(),
            Kind::Newline => "newline".into(),
            Kind::Number => "number".into(),
            Kind::Quoted => "quoted string".into(),
            Kind::Wild => "string with a trailing asterisk".into(),
            Kind::Word if self.is_name() => "string".into(),
            Kind::Word => self.text.clone(),
            Kind::Sign => sign(&self.text),
        }
    }
}

/// What an error calls a sign.
pub(super) fn sign(text: &str) -> String {
    match text {
        ";" => "semicolon".into(),
        "," => "comma".into(),
        ":" => "colon".into(),
        "-" => "-".into(),
        sign => format!("'{sign}'"),
    }
}

/// Longest first.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "<<", ">>", "{", "}", "(", ")", "[", "]", ",", ".", ":", ";", "/", "-", "*", "!", "<", ">", "&", "|",
    "^", "=", "@", "$", "+",
];

/// How many bytes of `text` begin an IPv6 or Ethernet address.
fn address(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '.'))).unwrap_or(text.len());
    let word = text[..end].trim_end_matches('.');
    if word.matches(':').count() < 2 {
        return None;
    }
    // a port may follow in brackets only, so the longest prefix is the address
    let mac = word.split(':').count() == 6 && word.split(':').all(|part| (1..3).contains(&part.len()));
    (mac || word.parse::<Ipv6Addr>().is_ok()).then_some(word.len())
}

/// Cuts a text into tokens; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let mut push = |kind, len: usize, inner: &str| {
            tokens.push(Token { kind, text: inner.to_string(), span: Span { from: at, to: at + len } });
            len
        };
        at += match first {
            ' ' | '\t' | '\r' => 1,
            '\\' if rest[1..].starts_with('\n') => 2,
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '\n' => push(Kind::Newline, 1, ""),
            '"' => match rest[1..].find('"') {
                Some(end) => {
                    let inner = &rest[1..=end];
                    match inner.strip_suffix('*') {
                        Some(start) if !start.ends_with('\\') && !start.is_empty() && !start.contains(' ') => {
                            push(Kind::Wild, end + 2, start)
                        }
                        _ => push(Kind::Quoted, end + 2, inner),
                    }
                }
                None => push(Kind::Sign, 1, "\""),
            },
            _ => {
                if let Some(len) = address(rest) {
                    push(Kind::Word, len, &rest[..len])
                } else if first.is_ascii_digit() {
                    let (kind, len) = number(rest);
                    push(kind, len, &rest[..len])
                } else if first.is_ascii_alphabetic()
                    || matches!(first, '_' | '.') && rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                {
                    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '-' | '.')));
                    let end = end.unwrap_or(rest.len());
                    match &rest[end..] {
                        after if after.starts_with('*') => push(Kind::Wild, end + 1, &rest[..end]),
                        // a star that is part of the name
                        after if after.starts_with("\\*") => push(Kind::Quoted, end + 2, &rest[..end + 2]),
                        _ => push(Kind::Word, end, &rest[..end]),
                    }
                } else {
                    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                    let len = sign.map_or(first.len_utf8(), |sign| sign.len());
                    push(Kind::Sign, len, &rest[..len])
                }
            }
        };
    }
    tokens.push(Token { kind: Kind::End, text: String::new(), span: Span { from: text.len(), to: text.len() } });
    tokens
}

fn number(text: &str) -> (Kind, usize) {
    let dotted = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let quad = text[..dotted].split('.').filter(|part| !part.is_empty()).count() == 4 && text[..dotted].matches('.').count() == 3;
    if quad {
        return (Kind::Word, dotted);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let class = text[end..].strip_prefix(':').map_or(0, |minor| {
        let digits = minor.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(minor.len());
        if digits > 0 { digits + 1 } else { 0 }
    });
    if class > 0 && text[..end].bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return (Kind::Word, end + class);
    }
    match super::types::number(&text[..end]) {
        Some(_) => (Kind::Number, end),
        None => (Kind::Word, end),
    }
}
