//! Errors as `nft` prints them: the line, and a mark under the words.

use std::io::Write;

use super::parse::Fault;

/// Prints an error with the line that it is about, and a mark under the very words.
pub(super) fn report(
    text: &str,
    file: Option<&str>,
    fault: &Fault,
    words: Option<&str>,
    err: &mut dyn Write,
) -> std::io::Result<()> {
    // the end of a text is told at the beginning of its last line
    let ended = fault.span.from >= text.len() && text.ends_with('\n');
    let from = fault.span.from.min(text.len() - usize::from(ended));
    let start = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = &text[start..end];
    let column = |at: usize| text[start..at.clamp(start, end)].chars().count() + usize::from(at > end);
    let (first, last) = match ended {
        true => (0, 1),
        false => (column(from), column(fault.span.to).max(column(from) + 1)),
    };
    if let Some(file) = file {
        let number = text[..from].matches('\n').count() + 1;
        write!(err, "{file}:{number}:{}-{last}: ", first + 1)?;
    }
    writeln!(err, "Error: {}", fault.text)?;
    writeln!(err, "{}", line)?;
    let mut marks: Vec<char> = vec![' '; last];
    if let Some(mark) = fault.mark {
        let range = column(mark.from)..column(mark.to);
        marks.resize(marks.len().max(range.end), ' ');
        marks[range].fill('~');
    }
    marks[first..last].fill('^');
    // a tab stays one, so that the mark stays under its word
    for (mark, _) in marks.iter_mut().zip(line.chars()).filter(|(mark, c)| **mark == ' ' && *c == '\t') {
        *mark = '\t';
    }
    writeln!(err, "{}", marks.into_iter().collect::<String>().trim_end())?;
    if let Some(words) = words {
        writeln!(err, "{words}")?;
    }
    if let Some(word) = fault.unknown {
        let range = column(word.from)..column(word.to);
        let word = &text[word.from.min(text.len())..word.to.min(text.len())];
        writeln!(err, "\"{word}\" is no match, statement or verdict")?;
        writeln!(err, "{line}\n{}{}", " ".repeat(range.start), "^".repeat(range.len()))?;
    }
    Ok(())
}
