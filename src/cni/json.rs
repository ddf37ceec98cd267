//! JSON that is written: keys in the order in which they are said.

use crate::output::Value;

/// A value to be written. What is empty is left out by whoever builds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `{...}`
    Object(Vec<(&'static str, Json)>),
    /// `[...]`
    Array(Vec<Json>),
    /// `"..."`
    Text(String),
    /// A number.
    Number(i64),
}

impl Json {
    /// A string.
    pub fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// A list of strings.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Json {
        Json::Array(texts.into_iter().map(Json::text).collect())
    }

    /// In lines with four spaces for each depth, as the original plugins print it; no newline at the end.
    pub fn pretty(&self) -> String {
        self.written(Some(0))
    }

    /// On one line, without spaces.
    pub fn compact(&self) -> String {
        self.written(None)
    }

    fn written(&self, depth: Option<usize>) -> String {
        let mut out = Vec::new();
        self.write(&mut out, depth);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn write(&self, out: &mut Vec<u8>, depth: Option<usize>) {
        match self {
            Json::Object(members) => list(out, depth, b"{}", members, |(key, value), out, depth| {
                string(out, key);
                out.extend_from_slice(if depth.is_some() { b": " } else { b":" });
                value.write(out, depth);
            }),
            Json::Array(items) => list(out, depth, b"[]", items, |item, out, depth| item.write(out, depth)),
            Json::Text(text) => string(out, text),
            Json::Number(number) => number.json(out),
        }
    }
}

fn list<T>(
    out: &mut Vec<u8>,
    depth: Option<usize>,
    [open, close]: &[u8; 2],
    items: &[T],
    write: impl Fn(&T, &mut Vec<u8>, Option<usize>),
) {
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        (0..depth).for_each(|_| out.extend_from_slice(b"    "));
    };
    out.push(*open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        if let Some(depth) = depth {
            line(out, depth + 1);
        }
        write(item, out, depth.map(|depth| depth + 1));
    }
    if let Some(depth) = depth.filter(|_| !items.is_empty()) {
        line(out, depth);
    }
    out.push(*close);
}

/// Go's encoder, whose text clients may compare, escapes what HTML could take for its own.
fn string(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    text.json(out);
    for byte in out.split_off(start) {
        match byte {
            b'<' => out.extend_from_slice(b"\\u003c"),
            b'>' => out.extend_from_slice(b"\\u003e"),
            b'&' => out.extend_from_slice(b"\\u0026"),
            byte => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_gos() {
        let json = Json::Object(vec![
            ("a", Json::Array(vec![Json::Number(-1), Json::text("<\"&>\n")])),
            ("dns", Json::Object(vec![])),
            ("none", Json::texts([])),
        ]);
        assert_eq!(
            json.pretty(),
            "{\n    \"a\": [\n        -1,\n        \"\\u003c\\\"\\u0026\\u003e\\n\"\n    ],\n    \"dns\": {},\n    \"none\": []\n}"
        );
        assert_eq!(json.compact(), r#"{"a":[-1,"\u003c\"\u0026\u003e\n"],"dns":{},"none":[]}"#);
    }
}
