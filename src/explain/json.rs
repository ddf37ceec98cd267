//! Messages as JSON: one array, an object a message, a line each.
//!
//! | key | what it is |
//! | --- | --- |
//! | `number` | of the message, counted from 1 |
//! | `direction` | `sent` or `received` |
//! | `time` | seconds since 1970, a decimal fraction; only if known |
//! | `protocol`, `protocol_name` | of `socket(2)`: 0 and `NETLINK_ROUTE` |
//! | `socket` | `fd`, `port`, `pid`, `tid`, `netns` (an inode), each only if known |
//! | `datagram` | its `length`, the message's `offset` in it, `peeked`, `truncated`, `planned` |
//! | `type`, `name` | `nlmsg_type` and its name |
//! | `flags`, `seq`, `pid`, `length` | the other fields of `struct nlmsghdr` |
//! | `words` | the message in plain words |
//! | `answers` | the number of the request that it answers; only if that was heard |
//! | `command` | the command that would have sent it; only where there is one |
//! | `nft` | the object in nft's own text; only of nf_tables |
//! | `error` | only of errors and warnings: `code`, `name`, `text`, `offset`, `path`, `bytes`, `missing`, `policy` |
//! | `broken` | what is wrong with the framing; only if something is |
//! | `bytes` | the whole message in hex |
//! | `rows` | all rows in order: `offset`, `length`, `depth`, `name`, `value`, `type`, `header` (that defines it), `doc`; |
//! | | `unknown: true` of what nobody knows, `wrong` of what has another shape, `padding` (bytes), `effect` of nft expressions |
//!
//! What is not a message is an object with the key `note`. Keys are added in later versions, never renamed.

use std::io::{self, Write};

use super::{Form, Seen, effect, fault, label, tree, value_of};
use crate::capture::Note;
use crate::output::Value;
use crate::socket::Direction;

/// The form.
#[derive(Default)]
pub struct Json {
    any: bool,
}

/// An object that grows.
struct Object(Vec<u8>);

impl Object {
    fn new() -> Object {
        Object(vec![b'{'])
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !matches!(self.0.last(), Some(b'{')) {
            self.0.push(b',');
        }
        Value::json(&key, &mut self.0);
        self.0.push(b':');
        &mut self.0
    }

    fn text(&mut self, key: &str, text: &str) {
        Value::json(&text, self.key(key));
    }

    fn some(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    fn number(&mut self, key: &str, number: i128) {
        let out = self.key(key);
        out.extend_from_slice(number.to_string().as_bytes());
    }

    fn is(&mut self, key: &str, is: bool) {
        if is {
            self.key(key).extend_from_slice(b"true");
        }
    }

    fn object(&mut self, key: &str, object: Object) {
        let mut inner = object.0;
        inner.push(b'}');
        self.key(key).append(&mut inner);
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| DIGITS[usize::from(half)] as char).collect()
}

impl Json {
    fn element(&mut self, object: Object, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if std::mem::replace(&mut self.any, true) { b",\n" } else { b"\n" })?;
        out.write_all(&object.0)?;
        out.write_all(b"}")
    }
}

impl Form for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        let datagram = seen.datagram;
        let mut all = Object::new();
        all.number("number", seen.number.into());
        all.text("direction", if seen.way() == Direction::Sent { "sent" } else { "received" });
        if let Some(time) = datagram.time {
            let text = format!("{}.{:09}", time.as_secs(), time.subsec_nanos());
            all.key("time").extend_from_slice(text.as_bytes());
        }
        all.number("protocol", seen.netlink.0.into());
        all.text("protocol_name", &seen.netlink.to_string());
        let mut socket = Object::new();
        for (key, value) in [
            ("fd", datagram.socket.fd.map(i128::from)),
            ("port", datagram.socket.port.map(i128::from)),
            ("pid", datagram.socket.pid.map(i128::from)),
            ("tid", datagram.socket.tid.map(i128::from)),
            ("netns", datagram.socket.netns.map(i128::from)),
        ] {
            if let Some(value) = value {
                socket.number(key, value);
            }
        }
        all.object("socket", socket);
        let mut whole = Object::new();
        whole.number("length", datagram.len as i128);
        whole.number("offset", seen.offset as i128);
        whole.is("peeked", datagram.peeked);
        whole.is("truncated", datagram.truncated);
        whole.is("planned", seen.planned);
        all.object("datagram", whole);
        if let Some(header) = &seen.header {
            all.number("type", header.nlmsg_type.into());
            all.text("name", &seen.name());
            all.number("flags", header.nlmsg_flags.0.into());
            all.number("seq", header.nlmsg_seq.into());
            all.number("pid", header.nlmsg_pid.into());
            all.number("length", header.nlmsg_len.into());
        }
        let mut words = String::new();
        seen.words(&mut words);
        all.text("words", &words);
        if let Some(asked) = seen.answers {
            all.number("answers", asked.number.into());
        }
        all.some("command", &seen.command().unwrap_or_default());
        all.some("nft", seen.nft().map_or("", |(text, _)| text));
        if let Some(fault) = fault::fault(seen) {
            let mut error = Object::new();
            error.number("code", fault.code.into());
            error.some("name", &if fault.code == 0 { String::new() } else { nlmsg::errno::Errno(fault.code).to_string() });
            error.some("text", &fault.text.unwrap_or_default());
            if let Some(place) = fault.place {
                error.number("offset", place.offset as i128);
                error.text("path", &place.path);
                error.text("bytes", &hex(&place.bytes));
            }
            error.some("missing", &fault.missing.unwrap_or_default());
            error.some("policy", &fault.policy.unwrap_or_default());
            all.object("error", error);
        }
        if let Some(error) = &seen.broken {
            all.text("broken", &error.to_string());
        }
        all.text("bytes", &hex(seen.bytes));
        all.key("rows").push(b'[');
        let mut first = true;
        seen.rows(&mut |row| {
            let mut object = Object::new();
            object.number("offset", row.offset as i128);
            object.number("length", row.bytes.len() as i128);
            object.number("depth", row.depth as i128);
            object.text("name", &label(&row));
            object.some("value", &value_of(&row));
            object.some("type", row.value.shape.map_or("", |shape| shape.name));
            let (folder, file) = row.defined_in();
            object.some("header", &format!("{}{file}", if file.is_empty() { "" } else { folder }));
            object.some("doc", &nlmsg::payload::prose(row.doc()).to_string());
            object.is("unknown", tree::is_unknown(&row));
            if let Some(wrong) = row.value.wrong {
                object.text("wrong", &wrong.to_string());
            }
            if !row.padding().is_empty() {
                object.number("padding", row.padding().len() as i128);
            }
            object.some("effect", &effect(seen, &row).unwrap_or_default());
            if !std::mem::take(&mut first) {
                all.0.push(b',');
            }
            all.0.append(&mut object.0);
            all.0.push(b'}');
        });
        all.0.push(b']');
        self.element(all, out)
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut all = Object::new();
        all.text("note", note.text);
        self.element(all, out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"\n]\n")
    }
}
