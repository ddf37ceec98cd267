//! Statements that are one expression: counter, limit, quota, log, reject, queue, notrack, objects. What reads
//! one and what prints it stand together.

use nlmsg::nft::*;

use super::expr::Expr;
use super::lex::Kind;
use super::names;
use super::parse::{Fault, Parser};
use super::types::{self, Style};

/// Packets that may come at once where a limit does not say.
const BURST: u32 = 5;
/// `level` where a log statement has none.
const LEVEL: u32 = NFT_LOGLEVEL_WARNING.0;
/// All of `flags`.
const LOG_ALL: u32 = NF_LOG_TCPSEQ.0 | NF_LOG_TCPOPT.0 | NF_LOG_IPOPT.0 | NF_LOG_UID.0 | NF_LOG_MACDECODE.0;

/// Reads the statement that begins with this word; `None` if it is not one of these.
pub(super) fn parse(p: &mut Parser<'_>, family: u8) -> Result<Option<Expr>, Fault> {
    Ok(Some(match p.text() {
        "counter" => counter(p)?,
        "limit" => limit(p)?,
        "quota" => quota(p)?,
        "log" => log(p)?,
        "reject" => reject(p, family)?,
        "queue" => queue(p)?,
        "notrack" => {
            p.advance();
            Expr::Notrack
        }
        "flow" => {
            p.advance();
            if !p.eat("add") {
                p.expect("offload")?;
            }
            p.expect("@")?;
            Expr::FlowOffload { name: p.name()?.0 }
        }
        _ => return Ok(None),
    }))
}

/// The statement's text.
pub(super) fn show(expr: &Expr, style: Style) -> String {
    match expr {
        Expr::Counter { .. } if style.stateless => "counter".into(),
        Expr::Counter { packets, bytes } => format!("counter packets {packets} bytes {bytes}"),
        Expr::Limit { .. } => format!("limit {}", show_limit(expr)),
        Expr::Quota { .. } => format!("quota {}", show_quota(expr, style)),
        Expr::Connlimit { count, over } => format!("ct count {}{count}", if *over { "over " } else { "" }),
        Expr::Log { .. } => show_log(expr),
        Expr::Reject { .. } => "reject".into(),
        Expr::Queue { num, total, flags } => {
            let flags: Vec<_> =
                [(1, "bypass"), (2, "fanout")].iter().filter(|(bit, _)| flags & bit != 0).map(|(_, word)| *word).collect();
            let words = if flags.is_empty() { String::new() } else { format!(" flags {}", flags.join(",")) };
            let range = if *total > 1 { format!("-{}", num.wrapping_add(*total - 1)) } else { String::new() };
            format!("queue{words} to {num}{range}")
        }
        Expr::Notrack => "notrack".into(),
        Expr::FlowOffload { name } => format!("flow add @{name}"),
        Expr::Objref { kind, name } if *kind == NFT_OBJECT_CT_HELPER.0 => format!("ct helper set \"{name}\""),
        Expr::Objref { kind, name } if *kind == NFT_OBJECT_CT_TIMEOUT.0 => format!("ct timeout set \"{name}\""),
        Expr::Objref { kind, name } if *kind == NFT_OBJECT_CT_EXPECT.0 => format!("ct expectation set \"{name}\""),
        Expr::Objref { kind, name } => format!("{} name \"{name}\"", ObjType(*kind).word().unwrap_or("object")),
        Expr::Other(name) => format!("# unknown expression '{name}'"),
        _ => "# unknown expression".into(),
    }
}

/// A `name` of an object instead of the values.
fn object(p: &mut Parser<'_>, kind: ObjType) -> Result<Option<Expr>, Fault> {
    if !p.eat("name") {
        return Ok(None);
    }
    let name = p.text_value()?.0;
    Ok(Some(Expr::Objref { kind: kind.0, name }))
}

fn counter(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    p.advance();
    if let Some(object) = object(p, NFT_OBJECT_COUNTER)? {
        return Ok(object);
    }
    parse_counter(p)
}

/// `packets N bytes N`, or nothing.
pub(super) fn parse_counter(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    let (mut packets, mut bytes) = (0, 0);
    if p.eat("packets") {
        packets = p.number()?;
        p.expect("bytes")?;
        bytes = p.number()?;
    }
    Ok(Expr::Counter { packets, bytes })
}

fn limit(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    p.advance();
    match object(p, NFT_OBJECT_LIMIT)? {
        Some(object) => Ok(object),
        None => parse_limit(p),
    }
}

/// `rate [over] 10/second burst 5 packets`.
pub(super) fn parse_limit(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    p.expect("rate")?;
    let over = p.eat("over");
    if !over {
        p.eat("until");
    }
    let mut rate = p.number()?;
    let mut bytes = false;
    // a word may hold a slash, so `kbytes/second` is one
    let mut per = p.text();
    if let Some((unit, word)) = per.split_once('/')
        && let Some(factor) = factor(unit)
    {
        bytes = true;
        rate = rate.saturating_mul(factor);
        per = word;
    } else {
        if let Some(factor) = unit(p) {
            bytes = true;
            rate = rate.saturating_mul(factor);
        }
        p.expect("/")?;
        per = p.text();
    }
    let per = LimitUnit::from_word(per).ok_or_else(|| p.unexpected())?;
    p.advance();
    let mut burst = if bytes { 0 } else { BURST };
    if p.eat("burst") {
        let count = p.number()?;
        let factor = if bytes { unit(p).unwrap_or(1) } else { u64::from(p.eat("packets")).max(1) };
        burst = u32::try_from(count.saturating_mul(factor)).unwrap_or(u32::MAX);
    }
    Ok(Expr::Limit { rate, unit: per.0, burst, bytes, over })
}

fn factor(word: &str) -> Option<u64> {
    match word {
        "bytes" => Some(1),
        "kbytes" => Some(1 << 10),
        "mbytes" => Some(1 << 20),
        _ => None,
    }
}

fn unit(p: &mut Parser<'_>) -> Option<u64> {
    let factor = factor(p.text())?;
    p.advance();
    Some(factor)
}

/// A number of bytes in the largest unit that says it exactly.
fn show_bytes(bytes: u64) -> (u64, &'static str) {
    match bytes {
        bytes if bytes != 0 && bytes.is_multiple_of(1 << 20) => (bytes >> 20, "mbytes"),
        bytes if bytes != 0 && bytes.is_multiple_of(1 << 10) => (bytes >> 10, "kbytes"),
        _ => (bytes, "bytes"),
    }
}

/// What stands after `limit`.
pub(super) fn show_limit(expr: &Expr) -> String {
    let Expr::Limit { rate, unit, burst, bytes, over } = expr else { return String::new() };
    let per = LimitUnit(*unit).word().map_or_else(|| unit.to_string(), String::from);
    let over = if *over { "over " } else { "" };
    if *bytes {
        let (rate, word) = show_bytes(*rate);
        let burst = match show_bytes(u64::from(*burst)) {
            (0, _) => String::new(),
            (burst, word) => format!(" burst {burst} {word}"),
        };
        return format!("rate {over}{rate} {word}/{per}{burst}");
    }
    let burst = if *burst == 0 || *burst == BURST { String::new() } else { format!(" burst {burst} packets") };
    format!("rate {over}{rate}/{per}{burst}")
}

fn quota(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    p.advance();
    match object(p, NFT_OBJECT_QUOTA)? {
        Some(object) => Ok(object),
        None => parse_quota(p),
    }
}

/// `[over] 10 mbytes used 5 kbytes`.
pub(super) fn parse_quota(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    let over = p.eat("over");
    if !over {
        p.eat("until");
    }
    let amount = |p: &mut Parser<'_>| -> Result<u64, Fault> {
        let count = p.number()?;
        let factor = unit(p).ok_or_else(|| p.unexpected())?;
        Ok(count.saturating_mul(factor))
    };
    let bytes = amount(p)?;
    let used = if p.eat("used") { amount(p)? } else { 0 };
    Ok(Expr::Quota { bytes, used, over })
}

/// What stands after `quota`.
pub(super) fn show_quota(expr: &Expr, style: Style) -> String {
    let Expr::Quota { bytes, used, over } = expr else { return String::new() };
    let (bytes, word) = show_bytes(*bytes);
    let used = match show_bytes(*used) {
        (0, _) => String::new(),
        _ if style.stateless => String::new(),
        (used, word) => format!(" used {used} {word}"),
    };
    format!("{}{bytes} {word}{used}", if *over { "over " } else { "" })
}

fn log(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    p.advance();
    let (mut prefix, mut group, mut snaplen, mut threshold, mut level, mut flags) = (None, None, None, None, None, 0);
    loop {
        match p.text() {
            "prefix" => {
                p.advance();
                prefix = Some(p.text_value()?.0);
            }
            "group" => {
                p.advance();
                group = Some(p.number_up_to(65535)? as u16);
            }
            "snaplen" => {
                p.advance();
                snaplen = Some(p.number_up_to(u64::from(u32::MAX))? as u32);
            }
            "queue-threshold" => {
                p.advance();
                threshold = Some(p.number_up_to(65535)? as u16);
            }
            "level" => {
                p.advance();
                let word = names::LOG_LEVEL.iter().find(|(word, _)| *word == p.text());
                let (_, number) = word.ok_or_else(|| p.fault("invalid log level"))?;
                level = Some(*number as u32);
                p.advance();
            }
            "flags" => {
                p.advance();
                flags |= log_flags(p)?;
            }
            _ => break,
        }
    }
    Ok(Expr::Log { prefix, group, snaplen, threshold, level, flags })
}

fn log_flags(p: &mut Parser<'_>) -> Result<u32, Fault> {
    let word = p.text().to_string();
    p.advance();
    Ok(match word.as_str() {
        "all" => LOG_ALL,
        "skuid" => NF_LOG_UID.0,
        "ether" => NF_LOG_MACDECODE.0,
        "ip" => {
            p.expect("options")?;
            NF_LOG_IPOPT.0
        }
        "tcp" => {
            let mut flags = 0;
            loop {
                flags |= match p.text() {
                    "sequence" => NF_LOG_TCPSEQ.0,
                    "options" => NF_LOG_TCPOPT.0,
                    _ => return Err(p.unexpected()),
                };
                p.advance();
                if !p.eat(",") {
                    return Ok(flags);
                }
            }
        }
        _ => return Err(p.unexpected_last()),
    })
}

fn show_log(expr: &Expr) -> String {
    let Expr::Log { prefix, group, snaplen, threshold, level, flags } = expr else { return String::new() };
    let mut out = String::from("log");
    if let Some(prefix) = prefix {
        out += &format!(" prefix \"{prefix}\"");
    }
    if let Some(group) = group {
        out += &format!(" group {group}");
    }
    if let Some(snaplen) = snaplen.filter(|&len| len != 0) {
        out += &format!(" snaplen {snaplen}");
    }
    if let Some(threshold) = threshold.filter(|&threshold| threshold != 0) {
        out += &format!(" queue-threshold {threshold}");
    }
    if let Some(level) = level.filter(|&level| level != LEVEL) {
        let word = names::LOG_LEVEL.iter().find(|(_, number)| *number == u64::from(level));
        out += &format!(" level {}", word.map_or("unknown", |(word, _)| word));
    }
    if *flags == LOG_ALL {
        return out + " flags all";
    }
    let tcp: Vec<_> = [(NF_LOG_TCPSEQ.0, "sequence"), (NF_LOG_TCPOPT.0, "options")]
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, word)| *word)
        .collect();
    if !tcp.is_empty() {
        out += &format!(" flags tcp {}", tcp.join(","));
    }
    for (bit, word) in [(NF_LOG_IPOPT.0, "ip options"), (NF_LOG_UID.0, "skuid"), (NF_LOG_MACDECODE.0, "ether")] {
        if flags & bit != 0 {
            out += &format!(" flags {word}");
        }
    }
    out
}

fn reject(p: &mut Parser<'_>, family: u8) -> Result<Expr, Fault> {
    let start = p.span();
    p.advance();
    p.expect("with")?;
    let icmp = NFT_REJECT_ICMP_UNREACH.0;
    let word = p.text().to_string();
    let ty = match word.as_str() {
        "tcp" => {
            p.advance();
            p.expect("reset")?;
            return Ok(Expr::Reject { kind: NFT_REJECT_TCP_RST.0, code: 0 });
        }
        "icmp" => types::ICMP_CODE,
        "icmpv6" => types::ICMPV6_CODE,
        "icmpx" => types::ICMPX_CODE,
        _ => return Err(p.unexpected()),
    };
    p.advance();
    p.eat("type");
    let (text, span) = p.word()?;
    let code = ty.parse(&text, 8).map_err(|message| Fault::new(message, span))?;
    let kind = if word == "icmpx" { NFT_REJECT_ICMPX_UNREACH.0 } else { icmp };
    if matches!((word.as_str(), family), ("icmp", 10) | ("icmpv6", 2)) {
        return Err(Fault::new("conflicting protocols specified: ip vs ip6", span).marking(start));
    }
    if word == "icmpx" && !matches!(family, 1 | 5 | 7) {
        return Err(Fault::new("abstracted ICMP unreachable not supported", span).marking(start));
    }
    p.reject_family = match word.as_str() {
        "icmp" => 2,
        "icmpv6" => 10,
        _ => 0,
    };
    Ok(Expr::Reject { kind, code: code.last().copied().unwrap_or(0) })
}

/// A reject statement's text; `table` is the table's family, `family` the packets'.
pub(super) fn show_reject(kind: u32, code: u8, table: u8, family: u8, style: Style) -> String {
    let with = |word: &str, ty: &types::Type| format!("reject with {word} {}", ty.show(&[code], style));
    if kind == NFT_REJECT_TCP_RST.0 {
        return "reject with tcp reset".into();
    }
    if kind == NFT_REJECT_ICMPX_UNREACH.0 {
        return if code == NFT_REJECT_ICMPX_PORT_UNREACH.0 { "reject".into() } else { with("icmpx", types::ICMPX_CODE) };
    }
    match family {
        10 if code == 4 && table == 10 => "reject".into(),
        10 => with("icmpv6", types::ICMPV6_CODE),
        _ if code == 3 && table == 2 => "reject".into(),
        _ => with("icmp", types::ICMP_CODE),
    }
}

fn queue(p: &mut Parser<'_>) -> Result<Expr, Fault> {
    p.advance();
    let (mut num, mut total, mut flags) = (0, 1, 0);
    loop {
        match p.text() {
            "num" | "to" => {
                p.advance();
                num = p.number_up_to(65535)? as u16;
                if p.eat("-") {
                    let last = p.number_up_to(65535)? as u16;
                    total = last.wrapping_sub(num).wrapping_add(1);
                }
            }
            "flags" | "," => p.advance(),
            "bypass" => {
                flags |= NFT_QUEUE_FLAG_BYPASS.0;
                p.advance();
            }
            "fanout" => {
                flags |= NFT_QUEUE_FLAG_CPU_FANOUT.0;
                p.advance();
            }
            _ => return Ok(Expr::Queue { num, total, flags }),
        }
    }
}

/// Whether a token can begin a statement of this module.
pub(super) fn begins(kind: Kind, text: &str) -> bool {
    kind == Kind::Word && matches!(text, "counter" | "limit" | "quota" | "log" | "reject" | "queue" | "notrack" | "flow")
}
