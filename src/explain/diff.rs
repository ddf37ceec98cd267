//! Two conversations side by side: messages that belong together, and in them the rows that differ.
//!
//! Numbers that differ from run to run do not count: `nlmsg_seq` and `nlmsg_pid`.

use std::io::{self, Write};

use super::{Form, Seen, Style, arrow, value_of};
use crate::capture::Note;

/// A message as it is compared.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Direction and type, by which messages belong together.
    key: String,
    words: String,
    rows: Vec<Cell>,
}

#[derive(Clone, Debug)]
struct Cell {
    path: String,
    /// Its name, indented as deep as it lies.
    label: String,
    value: String,
    bytes: Vec<u8>,
    /// Differs from run to run.
    moves: bool,
}

impl Cell {
    fn same(&self, other: &Cell) -> bool {
        self.moves || self.bytes == other.bytes
    }
}

/// Gathers a conversation; prints nothing.
#[derive(Default)]
pub struct Gather {
    /// What was gathered.
    pub lines: std::sync::Arc<std::sync::Mutex<Vec<Line>>>,
}

/// Messages that are compared; what comes after them is left out, and said so.
pub const MOST: usize = 4000;

impl Form for Gather {
    fn message(&mut self, seen: &Seen<'_>, _: &mut dyn Write) -> io::Result<()> {
        let mut lines = self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if lines.len() >= MOST || seen.datagram.peeked {
            return Ok(());
        }
        let mut line = Line { key: format!("{} {}", arrow(seen.way()), seen.name()), ..Line::default() };
        seen.words(&mut line.words);
        let mut path: Vec<String> = Vec::new();
        seen.rows(&mut |row| {
            path.truncate(row.depth);
            path.push(row.label.to_string());
            line.rows.push(Cell {
                path: path.join("."),
                label: format!("{}{}", "  ".repeat(row.depth + 1), row.label),
                value: value_of(&row),
                bytes: row.bytes.to_vec(),
                moves: matches!(path.last().map(String::as_str), Some("nlmsg_seq" | "nlmsg_pid")),
            });
        });
        lines.push(line);
        Ok(())
    }

    fn note(&mut self, _: &Note<'_>, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Which of two lists go together: the longest common subsequence by `same`, as pairs in order.
fn align<T>(a: &[T], b: &[T], same: &dyn Fn(&T, &T) -> bool) -> Vec<(Option<usize>, Option<usize>)> {
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = match same(&a[i], &b[j]) {
                true => table[(i + 1) * width + j + 1] + 1,
                false => table[(i + 1) * width + j].max(table[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && same(&a[i], &b[j]) && table[i * width + j] == table[(i + 1) * width + j + 1] + 1 {
            pairs.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if j >= b.len() || (i < a.len() && table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            pairs.push((Some(i), None));
            i += 1;
        } else {
            pairs.push((None, Some(j)));
            j += 1;
        }
    }
    pairs
}

/// Prints two conversations side by side; says whether they are the same.
///
/// A line begins with a blank where both are the same, `!` where they differ, `<` and `>` where only one has it.
///
/// # Errors
/// Those of `out`.
pub fn show(a: &[Line], b: &[Line], style: Style, out: &mut dyn Write) -> io::Result<bool> {
    let column = style.width.saturating_sub(5) / 2;
    let mut equal = a.len() < MOST && b.len() < MOST;
    let two = |mark: char, left: &str, right: &str, out: &mut dyn Write| -> io::Result<()> {
        let (red, off) = if mark == ' ' { ("", "") } else { (style.paint("\x1b[31m"), style.paint("\x1b[0m")) };
        let (mut left, mut right) = (cut(left, column), cut(right, column));
        loop {
            let (l, r) = (left.next().unwrap_or_default(), right.next().unwrap_or_default());
            if l.is_empty() && r.is_empty() {
                return Ok(());
            }
            let line = format!("{mark} {l}{} | {r}", " ".repeat(column - l.chars().count()));
            writeln!(out, "{red}{}{off}", line.trim_end())?;
        }
    };
    for (i, j) in align(a, b, &|a, b| a.key == b.key) {
        let (left, right) = (i.map(|i| &a[i]), j.map(|j| &b[j]));
        let title = |line: Option<&Line>| line.map_or_else(String::new, |line| format!("{}: {}", line.key, line.words));
        let (Some(one), Some(other)) = (left, right) else {
            equal = false;
            two(if left.is_some() { '<' } else { '>' }, &title(left), &title(right), out)?;
            continue;
        };
        let pairs = align(&one.rows, &other.rows, &|a, b| a.path == b.path);
        let same = pairs.iter().all(|pair| matches!(pair, (Some(i), Some(j)) if one.rows[*i].same(&other.rows[*j])));
        two(if same { ' ' } else { '!' }, &title(left), &title(right), out)?;
        if same {
            continue;
        }
        equal = false;
        for (i, j) in pairs {
            let cell = |cell: &Cell| match cell.value.is_empty() {
                true => cell.label.clone(),
                false => format!("{} = {}", cell.label, cell.value),
            };
            let (left, right) = (i.map(|i| &one.rows[i]), j.map(|j| &other.rows[j]));
            let mark = match (left, right) {
                (Some(left), Some(right)) if left.same(right) => ' ',
                (Some(_), Some(_)) => '!',
                (Some(_), None) => '<',
                _ => '>',
            };
            let show = |side: Option<&Cell>| side.map_or_else(String::new, cell);
            two(mark, &show(left), &show(right), out)?;
        }
    }
    for (lines, name) in [(a, "first"), (b, "second")] {
        if lines.len() >= MOST {
            writeln!(out, "# only {MOST} messages of the {name} are compared")?;
        }
    }
    Ok(equal)
}

/// A text in pieces of so many columns.
fn cut(text: &str, columns: usize) -> impl Iterator<Item = String> + use<> {
    let all: Vec<char> = text.chars().collect();
    let lines: Vec<String> = all.chunks(columns.max(1)).map(|line| line.iter().collect()).collect();
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_is_found() {
        let pairs = align(&["a", "b", "c"], &["b", "x", "c"], &|a, b| a == b);
        assert_eq!(pairs, [(Some(0), None), (Some(1), Some(0)), (None, Some(1)), (Some(2), Some(2))]);
        assert!(align::<u8>(&[], &[], &|a, b| a == b).is_empty());
    }
}
