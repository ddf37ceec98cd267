//! `-batch`: commands from a file, a line each.

use std::io::{BufRead, BufReader};

use crate::ip::Ip;
use crate::words::{EXIT_FAILURE, Stop, Words};

/// The words of a line: blanks part them, quotes hold them together, `#` ends the line.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '#' => break,
            '"' | '\'' => {
                let inner = &rest[1..];
                let end = inner.find(first).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or(""))
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        words.push(word.to_string());
        rest = after.trim_start();
    }
    words
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
    let (mut line, mut number, mut failed) = (String::new(), 0, false);
    loop {
        let (first, start) = (number + 1, line.len());
        debug_assert_eq!(start, 0);
        // a backslash at the end takes the next line along
        loop {
            let read = input.read_line(&mut line).map_err(|error| Stop::failure(format!("Cannot read \"{name}\": {error}")))?;
            number += usize::from(read > 0);
            match line.strip_suffix("\\\n") {
                Some(start) if read > 0 => line.truncate(start.len()),
                _ => break,
            }
        }
        if line.is_empty() {
            break;
        }
        let words = split(&line);
        line.clear();
        if words.is_empty() {
            continue;
        }
        let done = command(ip, &mut Words::new(&words));
        ip.out.finish_document();
        if let Err(stop) = done {
            failed = true;
            ip.flush();
            ip.say(&stop);
            ip.complain(&format!("Command failed {name}:{first}"));
            if !ip.options.force {
                return Err(Stop { text: String::new(), detail: None, ..stop });
            }
        }
        ip.netns_names = None;
    }
    if failed { Err(Stop::failure("").with_status(EXIT_FAILURE)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_iproute2_does() {
        assert_eq!(split("link show lo # end\n"), ["link", "show", "lo"]);
        assert_eq!(
            split("link set lo alias \"two words\" 'and more'\n"),
            ["link", "set", "lo", "alias", "two words", "and more"]
        );
        assert_eq!(split("  \t\n"), [""; 0]);
        assert_eq!(split("a \"open"), ["a", "open"]);
    }
}
