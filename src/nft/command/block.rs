//! What stands in braces: tables, chains, sets and objects with what is in them.

use super::*;

/// The end of a line in a block.
fn end_of_line(p: &mut Parser<'_>) -> Result<(), Fault> {
    if p.kind() == Kind::Newline || p.is(";") {
        p.advance();
        return Ok(());
    }
    if p.is("}") { Ok(()) } else { Err(p.expecting("newline or semicolon")) }
}

fn skip(p: &mut Parser<'_>) {
    while p.kind() == Kind::Newline || p.is(";") {
        p.advance();
    }
}

pub(super) fn table_block(
    p: &mut Parser<'_>,
    family: u8,
    table: &Name,
    verb: Verb,
    block: &mut Block,
) -> Result<(u32, Option<String>), Fault> {
    p.expect("{")?;
    let (mut flags, mut comment) = (0, None);
    loop {
        skip(p);
        let start = p.span();
        let word = p.text().to_string();
        match word.as_str() {
            "}" => {
                p.advance();
                return Ok((flags, comment));
            }
            "flags" => {
                p.advance();
                p.expect("dormant")?;
                flags |= 1;
                end_of_line(p)?;
            }
            "comment" => {
                p.advance();
                comment = Some(p.text_value()?.0);
                end_of_line(p)?;
            }
            "chain" => {
                p.advance();
                let name = p.name()?;
                let (mut spec, mut rules) = (ChainSpec::default(), Vec::new());
                p.expect("{")?;
                chain_block(p, family, &mut spec, &mut rules)?;
                let span = start.to(p.last_span());
                let subject = Subject::Chain { table: table.clone(), name: Which::Name(name.clone()), spec };
                block.chains.push(Command { verb, family, subject, span });
                for (rule, span) in rules {
                    let (table, chain) = (table.clone(), name.clone());
                    let subject = Subject::Rule { table, chain, rule: Some(rule), handle: None, index: None };
                    block.rules.push(Command { verb: Verb::Add, family, subject, span });
                }
            }
            "set" | "map" => {
                p.advance();
                let name = Which::Name(p.name()?);
                let (spec, elems) = set_block(p, family, word == "map")?;
                let subject = Subject::Set { table: table.clone(), name, spec, elems };
                block.sets.push(Command { verb, family, subject, span: start.to(p.last_span()) });
            }
            "counter" | "quota" | "limit" => {
                p.advance();
                let name = Which::Name(p.name()?);
                let (value, comment) = object_block(p, &word)?;
                let subject = Subject::Object { table: table.clone(), name, kind: object_kind(&word), value, comment };
                block.objects.push(Command { verb, family, subject, span: start.to(p.last_span()) });
            }
            _ => return Err(p.unexpected()),
        }
    }
}

pub(super) fn chain_block(
    p: &mut Parser<'_>,
    family: u8,
    spec: &mut ChainSpec,
    rules: &mut Vec<(RuleText, Span)>,
) -> Result<(), Fault> {
    loop {
        skip(p);
        let start = p.span();
        match p.text() {
            "}" => {
                p.advance();
                return Ok(());
            }
            "type" => {
                p.advance();
                spec.base = Some(base(p, family)?);
            }
            "policy" => {
                let start = p.span();
                p.advance();
                let accept = match p.text() {
                    "accept" => true,
                    "drop" => false,
                    _ => return Err(p.expecting("accept or drop or '$'")),
                };
                p.advance();
                spec.policy = Some((accept, start.to(p.last_span())));
            }
            "flags" => {
                p.advance();
                p.expect("offload")?;
                spec.offload = true;
            }
            "comment" => {
                p.advance();
                spec.comment = Some(p.text_value()?.0);
            }
            _ => {
                let rule = p.rule(family)?;
                rules.push((rule, start.to(p.last_span())));
            }
        }
        end_of_line(p)?;
    }
}

fn base(p: &mut Parser<'_>, family: u8) -> Result<Base, Fault> {
    let (kind, span) = p.word()?;
    if !matches!(kind.as_str(), "filter" | "nat" | "route") {
        return Err(Fault::new("unknown chain type", span));
    }
    p.expect("hook")?;
    let (word, span) = p.word()?;
    let hook = hook_number(family, &word).ok_or_else(|| Fault::new("unknown chain hook", span))?;
    let mut devices = Vec::new();
    if p.eat("device") {
        devices.push(p.text_value()?.0);
    } else if p.eat("devices") {
        p.expect("=")?;
        p.expect("{")?;
        loop {
            devices.push(p.text_value()?.0);
            if !p.eat(",") {
                break;
            }
        }
        p.expect("}")?;
    }
    let start = p.span();
    p.expect("priority")?;
    let named = if p.kind() == Kind::Word { Some(p.word()?.0) } else { None };
    let sign = if p.eat("-") {
        -1
    } else {
        p.eat("+");
        1
    };
    let offset = if named.is_none() || p.kind() == Kind::Number { p.number_up_to(i32::MAX as u64)? as i32 } else { 0 };
    let from = match named {
        None => 0,
        Some(word) => match priorities(family, hook).into_iter().find(|(name, _)| *name == word) {
            Some((_, value)) => value,
            None => return Err(Fault::new("invalid priority expression value in this context.", start.to(p.last_span()))),
        },
    };
    Ok(Base { kind, hook, priority: from.saturating_add(sign * offset), devices })
}

pub(super) fn object_block(p: &mut Parser<'_>, word: &str) -> Result<(Option<Expr>, Option<String>), Fault> {
    let (mut value, mut comment) = (None, None);
    let parse = match word {
        "counter" => simple::parse_counter,
        "quota" => simple::parse_quota,
        _ => simple::parse_limit,
    };
    if p.eat("{") {
        loop {
            skip(p);
            if p.eat("}") {
                break;
            }
            if p.eat("comment") {
                comment = Some(p.text_value()?.0);
            } else {
                value = Some(parse(p)?);
            }
            end_of_line(p)?;
        }
    } else if !p.at_end() {
        value = Some(parse(p)?);
    }
    match (value, word) {
        (None, "counter") => Ok((Some(Expr::Counter { packets: 0, bytes: 0 }), comment)),
        (None, _) => Err(p.unexpected()),
        (value, _) => Ok((value, comment)),
    }
}

/// The types between `type` and the end of the line or `:`.
fn type_list(p: &mut Parser<'_>) -> Result<Vec<&'static Type>, Fault> {
    let mut list = Vec::new();
    loop {
        let (word, span) = p.word()?;
        list.push(Type::by_name(&word).ok_or_else(|| Fault::new(format!("unknown datatype {word}"), span))?);
        if !p.eat(".") {
            return Ok(list);
        }
    }
}

pub(super) fn set_block(p: &mut Parser<'_>, family: u8, map: bool) -> Result<(SetSpec, Vec<Elem>), Fault> {
    use nlmsg::nft::*;
    let (mut spec, mut elems) = (SetSpec::default(), Vec::new());
    p.expect("{")?;
    loop {
        skip(p);
        match p.text() {
            "}" => {
                if spec.key.is_empty() {
                    return Err(p.fault("set definition does not specify key"));
                }
                p.advance();
                break;
            }
            "type" => {
                p.advance();
                spec.key = type_list(p)?;
                spec.sizes = spec.key.iter().map(|ty| ty.bits.div_ceil(8)).collect();
                if map {
                    p.expect(":")?;
                    spec.flags |= NFT_SET_MAP.0;
                    match p.text() {
                        word @ ("counter" | "quota" | "limit") => {
                            spec.object = Some(object_kind(word));
                            spec.flags = spec.flags & !NFT_SET_MAP.0 | NFT_SET_OBJECT.0;
                            p.advance();
                        }
                        _ => spec.data = Some(type_list(p)?),
                    }
                }
            }
            "typeof" => {
                p.advance();
                spec.keys = p.keys(family)?;
                spec.key = spec.keys.iter().map(|key| key.ty()).collect();
                spec.sizes = spec.keys.iter().map(|key| key.size()).collect();
                if map {
                    p.expect(":")?;
                    spec.flags |= NFT_SET_MAP.0;
                    spec.data_keys = if p.eat("verdict") { Vec::new() } else { p.keys(family)? };
                    let data: Vec<_> = spec.data_keys.iter().map(|key| key.ty()).collect();
                    spec.data = Some(if data.is_empty() { vec![types::VERDICT] } else { data });
                }
            }
            "flags" => {
                p.advance();
                loop {
                    spec.flags |= match p.text() {
                        "constant" => NFT_SET_CONSTANT.0,
                        "interval" => NFT_SET_INTERVAL.0,
                        "timeout" => NFT_SET_TIMEOUT.0,
                        "dynamic" => NFT_SET_EVAL.0,
                        _ => return Err(p.expecting("constant or interval or dynamic or timeout")),
                    };
                    p.advance();
                    if !p.eat(",") {
                        break;
                    }
                }
            }
            "timeout" => {
                p.advance();
                spec.timeout = p.time()?;
                spec.flags |= NFT_SET_TIMEOUT.0;
            }
            "gc-interval" => {
                p.advance();
                spec.gc = u32::try_from(p.time()?).unwrap_or(u32::MAX);
            }
            "size" => {
                p.advance();
                spec.size = Some(p.number_up_to(u64::from(u32::MAX))? as u32);
            }
            "policy" => {
                p.advance();
                let policy = SetPolicy::from_word(p.text()).ok_or_else(|| p.unexpected())?;
                spec.policy = Some(policy.0);
                p.advance();
            }
            "auto-merge" => {
                p.advance();
                spec.merge = true;
            }
            "comment" => {
                p.advance();
                spec.comment = Some(p.text_value()?.0);
            }
            "elements" => {
                p.advance();
                p.expect("=")?;
                let data = map_to(&spec.data, spec.object);
                let types: Vec<_> = spec.key.iter().map(|ty| (*ty, ty.bits)).collect();
                elems = p.elements(&types, data.as_ref().map(|data| (data, true)))?;
            }
            _ => match simple::parse(p, family)? {
                Some(expr) => {
                    spec.exprs.push(expr);
                    spec.flags |= NFT_SET_EVAL.0;
                }
                None => return Err(p.unexpected()),
            },
        }
        end_of_line(p)?;
    }
    if spec.flags & NFT_SET_INTERVAL.0 != 0 && spec.key.len() > 1 {
        spec.flags |= NFT_SET_CONCAT.0;
    }
    Ok((spec, elems))
}
