//! The data files: lines to run, and what is said about them. `README.md` beside this file lists the forms.

use regex_lite::Regex;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Must succeed and be the same on both sides.
    Run,
    /// Must fail on both sides, and change nothing.
    Fails,
    /// The same, and the request that is refused must be the same too.
    Refused,
    /// May succeed or fail, but as the original does, and with the same first line on standard error.
    Either,
    /// Set-up with the original tools.
    Real,
    /// A command whose output belongs to the state from here on.
    State,
    /// Without it the rest of the section is left out.
    Needs,
}

/// Which requests of a line are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    /// None: the original does not speak netlink.
    None,
    /// Those that change something.
    Writes,
    /// Those that only ask, too.
    Reads,
}

impl Kind {
    /// Whether it is under test.
    pub fn is_tried(self) -> bool {
        matches!(self, Kind::Run | Kind::Fails | Kind::Refused | Kind::Either)
    }
}

/// One line that something is done for.
#[derive(Clone, Debug)]
pub struct Line {
    /// Counted from 1, as editors do.
    pub number: usize,
    pub kind: Kind,
    pub command: String,
    /// Why the requests differ on purpose.
    pub differs: Option<String>,
    /// What the subject's standard error must say.
    pub says: Vec<String>,
    /// Which requests are compared.
    pub requests: Requests,
    /// What is made equal before texts are compared.
    pub masks: Vec<Regex>,
}

/// Lines that share one pair of namespaces.
pub type Section = Vec<Line>;

/// Reads a file.
///
/// # Panics
/// A mask is no regular expression, or a word before a colon is not known: the data is wrong.
pub fn parse(name: &str, text: &str) -> Vec<Section> {
    let mut sections = vec![Section::new()];
    let (mut differs, mut says, mut requests, mut masks) = (None, Vec::new(), Requests::Writes, Vec::new());
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim_end());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (kind, command) = match line.split_once(' ') {
            _ if line == "fresh" => {
                (requests, masks) = (Requests::Writes, Vec::new());
                sections.push(Section::new());
                continue;
            }
            Some(("differs:", reason)) => {
                differs = Some(reason.to_owned());
                continue;
            }
            Some(("says:", words)) => {
                says.push(words.to_owned());
                continue;
            }
            Some(("compare:", what @ ("reads" | "writes" | "nothing"))) => {
                requests = match what {
                    "reads" => Requests::Reads,
                    "writes" => Requests::Writes,
                    _ => Requests::None,
                };
                continue;
            }
            Some(("mask:", regex)) => {
                masks.push(Regex::new(regex).unwrap_or_else(|error| panic!("{name}:{number}: {error}")));
                continue;
            }
            Some(("state:", command)) => (Kind::State, command),
            Some(("needs:", command)) => (Kind::Needs, command),
            Some(("refused:", command)) => (Kind::Refused, command),
            Some(("real", command)) => (Kind::Real, command),
            Some(("!", command)) => (Kind::Fails, command),
            Some(("?", command)) => (Kind::Either, command),
            Some((word, _)) if word.ends_with(':') => panic!("{name}:{number}: no such word: {word}"),
            _ => (Kind::Run, line),
        };
        let line = Line {
            number,
            kind,
            command: command.to_owned(),
            differs: differs.take(),
            says: std::mem::take(&mut says),
            requests,
            masks: masks.clone(),
        };
        sections.last_mut().expect("there is a first one").push(line);
    }
    sections.retain(|section| !section.is_empty());
    sections
}
