//! `-batch`: commands from a file, a line each.

use std::io::{BufRead, BufReader};

use bytes::BytesMut;
use nlmsg::Body;
use nlmsg::frame::{NLM_F_ACK, NLM_F_REQUEST, NlmF};
use nlmsg::route::{RTM_DELROUTE, RTM_NEWROUTE};

use crate::ip::{Ip, refused};
use crate::words::{EXIT_FAILURE, EXIT_KERNEL, Stop, Words};

/// Requests that are sent together at the latest: about as many answers fit in the smallest usual receive buffer,
/// read or not.
const TOGETHER: usize = 200;

/// Requests of a batch that wait to be sent, and the lines that they are from.
#[derive(Debug, Default)]
pub(super) struct Queue {
    requests: BytesMut,
    lines: Vec<usize>,
    /// The line that is read now.
    line: usize,
    /// The batch's file.
    file: String,
    /// Whether a request was refused.
    failed: bool,
}

/// Whether the kernel may have a word to say about a request that it did, in its acknowledgement. A refusal is always
/// answered; about routes there is nothing else to hear.
pub(super) fn can_warn(kind: u16) -> bool {
    !matches!(kind, RTM_NEWROUTE | RTM_DELROUTE)
}

impl Queue {
    /// Takes a request; says whether it is time to send.
    pub(super) fn push<'b, B: Body<'b>>(&mut self, kind: u16, flags: NlmF, body: &B) -> Result<bool, Stop> {
        let full = self.lines.len() + 1 >= TOGETHER;
        // where there are no warnings, only the last need say that all were done
        let ack = if full || can_warn(kind) { NLM_F_ACK } else { NlmF(0) };
        nlmsg::frame::message(&mut self.requests, kind, NLM_F_REQUEST | ack | flags, 0, body)
            .map_err(|error| Stop::failure(format!("Error: {error}")))?;
        self.lines.push(self.line);
        Ok(full)
    }
}

impl Ip<'_, '_> {
    /// Sends the requests that wait, and says which lines were refused.
    pub(super) fn settle(&mut self) -> Result<(), Stop> {
        if self.queue.lines.is_empty() {
            return Ok(());
        }
        let mut queue = std::mem::take(&mut self.queue);
        let mut refusals = Vec::new();
        // the queue is out of the way, so this does not come back here
        let socket = self.socket()?;
        let done = socket.many(&mut queue.requests, |index, verdict| {
            refusals.extend(verdict.err().map(|refusal| (index, refusal)));
            Ok::<(), crate::Error>(())
        });
        let warnings = socket.take_warnings();
        self.warn(warnings);
        queue.failed |= !refusals.is_empty() || done.is_err();
        if !refusals.is_empty() {
            self.flush();
        }
        crate::sort::sort_by(&mut refusals, |a, b| a.0.cmp(&b.0));
        for (index, refusal) in refusals {
            self.say(&refused(&crate::Error::Refused(refusal)));
            let line = queue.lines.get(index).copied().unwrap_or(queue.line);
            self.complain(&format!("Command failed {}:{line}", queue.file));
        }
        queue.requests.clear();
        queue.lines.clear();
        self.queue = queue;
        Ok(done?)
    }
}

/// What parts words, as iproute2 has it.
fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The words of a line, which take the place of those of the line before: blanks part them, quotes hold them together.
/// `None` if a quote has no end.
fn split<'w>(line: &str, words: &'w mut Vec<String>) -> Option<&'w [String]> {
    let (mut count, mut at) = (0, 0);
    let bytes = line.as_bytes();
    let find = |from: usize, wanted: &dyn Fn(&u8) -> bool| Some(from + bytes[from..].iter().position(wanted)?);
    while let Some(start) = find(at, &|byte| !is_blank(byte)) {
        let quote = bytes[start];
        let word = match quote {
            b'"' | b'\'' => start + 1..find(start + 1, &|&byte| byte == quote)?,
            _ => start..find(start, &is_blank).unwrap_or(bytes.len()),
        };
        at = word.end + usize::from(word.start > start);
        // all that was looked for is ASCII, which is never a part of another character
        let word = &line[word];
        match words.get_mut(count) {
            Some(place) => word.clone_into(place),
            None => words.push(word.to_string()),
        }
        count += 1;
    }
    Some(&words[..count])
}

/// Why there is no more line.
enum End {
    File,
    /// A backslash takes a line along that is not there.
    Missing,
    Io(std::io::Error),
}

/// Reads a line without its comment, and the lines that it takes along with a backslash at its end. `number` is that of
/// the last one then.
fn read(input: &mut dyn BufRead, line: &mut String, number: &mut usize) -> Result<(), End> {
    line.clear();
    let mut none = End::File;
    loop {
        let start = line.len();
        if input.read_line(line).map_err(End::Io)? == 0 {
            return Err(none);
        }
        *number += 1;
        // wherever it stands, in quotes too
        if let Some(comment) = line[start..].find('#') {
            line.truncate(start + comment);
        }
        match line.strip_suffix("\\\n") {
            Some(kept) => line.truncate(kept.len()),
            None => return Ok(()),
        }
        none = End::Missing;
    }
}

/// What runs one command of a batch.
pub(crate) type Command<'c> = dyn for<'a, 'b, 'c1, 'd> FnMut(&'a mut Ip<'b, 'c1>, &mut Words<'d>) -> Result<(), Stop> + 'c;

/// Runs the commands of a file, or of standard input for `-`, with `command`. Stops at the first that fails; with
/// `-force` it goes on, and the status says that something failed.
pub(crate) fn run(ip: &mut Ip<'_, '_>, name: &str, command: &mut Command<'_>) -> Result<(), Stop> {
    let mut input: Box<dyn BufRead> = if name == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(name).map_err(|error| {
            let why = crate::exchange::strerror(error.raw_os_error().unwrap_or(0));
            Stop::failure(format!("Cannot open file \"{name}\" for reading: {why}"))
        })?;
        Box::new(BufReader::new(file))
    };
    ip.in_batch = true;
    ip.queue.file = name.to_string();
    let (mut line, mut words, mut number, mut failed) = (String::new(), Vec::new(), 0, false);
    loop {
        match read(&mut *input, &mut line, &mut number) {
            Ok(()) => {}
            Err(End::File) => break,
            Err(End::Missing) => {
                ip.settle()?;
                ip.complain("Missing continuation line");
                break;
            }
            Err(End::Io(error)) => return Err(Stop::failure(format!("Cannot read \"{name}\": {error}"))),
        }
        let Some(words) = split(&line, &mut words) else {
            ip.settle()?;
            return Err(Stop::failure("Unterminated quoted string"));
        };
        if words.is_empty() {
            continue;
        }
        ip.queue.line = number;
        let done = command(ip, &mut Words::new(words));
        ip.out.finish_document();
        if let Err(stop) = done {
            failed = true;
            // the lines before it have the word first
            ip.settle()?;
            ip.flush();
            let stop = stop.pointing("", words);
            ip.say(&stop);
            ip.complain(&format!("Command failed {name}:{number}"));
            if !ip.options.force {
                // a refusal by the kernel is a failure like others here
                let status = if stop.status == EXIT_KERNEL { EXIT_FAILURE } else { stop.status };
                return Err(Stop::grammar("").with_status(status));
            }
        }
        ip.netns_names = None;
    }
    ip.settle()?;
    failed |= ip.queue.failed;
    if failed { Err(Stop::failure("").with_status(EXIT_FAILURE)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_iproute2_does() {
        let words = &mut Vec::new();
        let mut is = |line: &str, want: &[&str]| assert_eq!(split(line, words).unwrap(), want, "{line}");
        is("link show lo\r\n", &["link", "show", "lo"]);
        is("link set lo alias \"two words\" 'and more'\n", &["link", "set", "lo", "alias", "two words", "and more"]);
        is("  \t\n", &[]);
        is("a \"b\"c d\"e f\u{a0}g \"\"", &["a", "b", "c", "d\"e", "f\u{a0}g", ""]);
        assert_eq!(split("a \"open\n", words), None);
    }

    #[test]
    fn lines_are_read_as_iproute2_does() {
        let all = |text: &str| {
            let (mut input, mut line, mut number, mut lines) = (text.as_bytes(), String::new(), 0, Vec::new());
            loop {
                match read(&mut input, &mut line, &mut number) {
                    Ok(()) => lines.push((line.clone(), number)),
                    Err(End::File) => return (lines, true),
                    Err(_) => return (lines, false),
                }
            }
        };
        let is = |text: &str, want: &[(&str, usize)], whole| {
            let (lines, ended) = all(text);
            let lines: Vec<_> = lines.iter().map(|(line, number)| (line.as_str(), *number)).collect();
            assert_eq!((&lines[..], ended), (want, whole), "{text:?}");
        };
        is("", &[], true);
        is("a b\n\nc", &[("a b\n", 1), ("\n", 2), ("c", 3)], true);
        is("a#b\n\"c # d\"\n#\n", &[("a", 1), ("\"c ", 2), ("", 3)], true);
        is("a \\\nb\\\nc # d\ne\n", &[("a bc ", 3), ("e\n", 4)], true);
        is("a # \\\nb\n", &[("a ", 1), ("b\n", 2)], true);
        is("a \\ \nb \\", &[("a \\ \n", 1), ("b \\", 2)], true);
        is("a\nb \\\n", &[("a\n", 1)], false);
        is("\\\n", &[], false);
    }

    #[test]
    fn where_the_kernel_can_warn_its_word_is_asked_for() {
        let mut queue = Queue::default();
        let mut ask = |kind| {
            let full = queue.push(kind, NlmF(0), &&[0u8; 16][..]).unwrap();
            let last = nlmsg::frame::Messages::new(&queue.requests).last().unwrap().unwrap();
            (last.header.nlmsg_flags.contains(NLM_F_ACK), full)
        };
        assert_eq!(ask(nlmsg::route::RTM_NEWLINK), (true, false));
        (2..TOGETHER).for_each(|_| assert_eq!(ask(RTM_NEWROUTE), (false, false)));
        assert_eq!(ask(RTM_NEWROUTE), (true, true));
    }
}
