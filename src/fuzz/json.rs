//! Whether a text is JSON (RFC 8259).

/// Whether these bytes are JSON values, one after the other, and nothing else.
pub(super) fn is_valid(text: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(text) else { return false };
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        match value(rest, 0) {
            Some(after) => rest = after.trim_start(),
            None => return false,
        }
    }
    true
}

/// Steps over a value; `None` if there is none.
fn value(text: &str, depth: usize) -> Option<&str> {
    let text = text.trim_start();
    match text.as_bytes().first()? {
        _ if depth > 64 => None,
        b'{' => list(&text[1..], '}', |text| value(string(text)?.trim_start().strip_prefix(':')?, depth + 1)),
        b'[' => list(&text[1..], ']', |text| value(text, depth + 1)),
        b'"' => string(text),
        b'-' | b'0'..=b'9' => number(text),
        _ => ["true", "false", "null"].iter().find_map(|word| text.strip_prefix(word)),
    }
}

fn list<'a>(text: &'a str, end: char, one: impl Fn(&'a str) -> Option<&'a str>) -> Option<&'a str> {
    let mut rest = text.trim_start();
    if let Some(after) = rest.strip_prefix(end) {
        return Some(after);
    }
    loop {
        rest = one(rest.trim_start())?.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return rest.strip_prefix(end),
        }
    }
}

fn string(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some(&text[at + 1..]),
            '\\' => match chars.next()?.1 {
                '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {}
                'u' => (0..4).try_for_each(|_| chars.next()?.1.is_ascii_hexdigit().then_some(()))?,
                _ => return None,
            },
            c if c < ' ' => return None,
            _ => {}
        }
    }
    None
}

fn number(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return None;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = &fraction[Some(digits(fraction)).filter(|count| *count > 0)?..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        rest = &exponent[Some(digits(exponent)).filter(|count| *count > 0)?..];
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_what_is_not() {
        for text in ["", "[]", "{}", " [ {\"a\" : [1, -2.5e+3, null, true, \"\\u00e9\\\"\"]} ] \n", "[]\n[]\n", "0", "\"é\""] {
            assert!(is_valid(text.as_bytes()), "{text}");
        }
        for text in
            ["[", "[1,]", "{\"a\"}", "{a:1}", "01", "1.", "-", "\"\u{1}\"", "\"\\x\"", "[1 2]", "{\"a\":1,}", "nul", "[]]"]
        {
            assert!(!is_valid(text.as_bytes()), "{text}");
        }
        assert!(!is_valid(b"\"\xff\""));
        assert!(!is_valid("[".repeat(10_000).as_bytes()));
    }
}
