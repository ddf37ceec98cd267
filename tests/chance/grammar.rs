//! Commands by chance: a grammar says what a command may be made of, and a seed which ones come out. The grammars are
//! data; `README.md` beside this file says how to write them.
#![allow(dead_code, unreachable_pub)] // every test program has its own copy and needs its own part of it

use std::collections::HashMap;

use nlmsg::make::Gen;
use regex_lite::Regex;

/// How often `<name>*` is repeated at most.
const MOST: u32 = 3;
/// How many commands share a pair of namespaces.
const SECTION: usize = 30;

/// Signs that mean themselves after a backslash, and what stands for them meanwhile.
const ESCAPED: [(&str, &str); 4] = [("|", "\u{1}"), ("<", "\u{2}"), ("[", "\u{3}"), ("]", "\u{4}")];

/// A part of an alternative.
#[derive(Debug)]
enum Part {
    Text(String),
    /// Another rule, once.
    Rule(String),
    /// Another rule, up to [`MOST`] times, with spaces between.
    Rules(String),
    /// Every other time.
    Maybe(Vec<Part>),
}

/// What commands are made of.
#[derive(Debug, Default)]
pub struct Grammar {
    rules: HashMap<String, Vec<Vec<Part>>>,
    /// What every section begins with.
    pub setup: String,
    /// Commands that are not for comparison.
    except: Vec<Regex>,
}

impl Grammar {
    /// Reads a grammar.
    ///
    /// # Panics
    /// The data is wrong: a bracket without its other half, or a rule that is named and not there.
    pub fn parse(text: &str) -> Grammar {
        let mut grammar = Grammar::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(regex) = line.strip_prefix("except: ") {
                grammar.except.push(Regex::new(regex).unwrap_or_else(|error| panic!("{line}: {error}")));
                continue;
            }
            let line = &ESCAPED.iter().fold(line.to_owned(), |line, (sign, hidden)| line.replace(&format!("\\{sign}"), hidden));
            if let Some((name, alternatives)) = line.split_once(" =").filter(|(name, _)| !name.contains(' ')) {
                let rule = grammar.rules.entry(name.to_owned()).or_default();
                rule.extend(alternatives.split('|').map(|alternative| {
                    let mut rest = alternative.trim();
                    let parts = parts(&mut rest);
                    assert!(rest.is_empty(), "{line}: a bracket has no beginning");
                    parts
                }));
            } else {
                grammar.setup += &format!("{line}\n");
            }
        }
        let all = grammar.rules.values().flatten();
        all.for_each(|parts| grammar.check(parts));
        grammar
    }

    fn check(&self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Rule(name) | Part::Rules(name) => assert!(self.rules.contains_key(name), "no rule {name}"),
                Part::Maybe(parts) => self.check(parts),
                Part::Text(_) => {}
            }
        }
    }

    /// So many commands, each one of the rule `command`. The same seed gives the same ones.
    pub fn commands(&self, seed: u64, count: usize) -> Vec<String> {
        let mut chance = Gen::new(seed);
        let all = std::iter::repeat_with(|| {
            let mut command = String::new();
            self.rule("command", &mut chance, &mut command);
            command.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        all.filter(|command| !self.except.iter().any(|except| except.is_match(command))).take(count).collect()
    }

    fn rule(&self, name: &str, chance: &mut Gen, out: &mut String) {
        let alternatives = &self.rules[name];
        self.parts(&alternatives[chance.below(alternatives.len() as u32) as usize], chance, out);
    }

    fn parts(&self, parts: &[Part], chance: &mut Gen, out: &mut String) {
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Rule(name) => self.rule(name, chance, out),
                Part::Rules(name) => {
                    for _ in 0..chance.below(MOST + 1) {
                        self.rule(name, chance, out);
                        out.push(' ');
                    }
                }
                Part::Maybe(parts) if chance.below(2) == 0 => self.parts(parts, chance, out),
                Part::Maybe(_) => {}
            }
        }
    }

    /// Commands as the twins read them: in sections with the set-up before each.
    pub fn twins(&self, seed: u64, count: usize) -> String {
        let commands = self.commands(seed, count);
        let section = |lines: &[String]| lines.iter().fold(self.setup.clone(), |text, line| text + "? " + line + "\n");
        commands.chunks(SECTION).map(section).collect::<Vec<_>>().join("fresh\n")
    }
}

/// Takes parts from the beginning of a text, to its end or to the bracket that closes.
fn parts(rest: &mut &str) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some(first) = rest.chars().next().filter(|first| *first != ']') {
        match first {
            '[' => {
                *rest = &rest[1..];
                parts.push(Part::Maybe(self::parts(rest)));
                *rest = rest.strip_prefix(']').expect("a bracket has its end");
            }
            '<' => {
                let (name, after) = rest[1..].split_once('>').expect("a name has its end");
                let many = after.strip_prefix('*');
                parts.push(if many.is_some() { Part::Rules(name.to_owned()) } else { Part::Rule(name.to_owned()) });
                *rest = many.unwrap_or(after);
            }
            _ => {
                let end = rest.find(['[', ']', '<']).unwrap_or(rest.len());
                let (text, after) = rest.split_at(end);
                parts.push(Part::Text(ESCAPED.iter().fold(text.to_owned(), |text, (sign, hidden)| text.replace(hidden, sign))));
                *rest = after;
            }
        }
    }
    parts
}

/// The seed and the number of commands: `CHANCE=SEED:COUNT`, or one that every run has.
///
/// # Panics
/// `CHANCE` is not of that form.
pub fn wanted(usual: usize) -> (u64, usize) {
    let Ok(text) = std::env::var("CHANCE") else { return (1, usual) };
    let both = text.split_once(':').and_then(|(seed, count)| Some((seed.parse().ok()?, count.parse().ok()?)));
    both.unwrap_or_else(|| panic!("CHANCE={text}: SEED:COUNT is expected, two numbers"))
}

#[test]
fn a_grammar_makes_all_that_it_says() {
    let grammar = Grammar::parse("real x\nword = a | b\ncommand = do <word>[ twice] <word>* | no\nexcept: a b\n");
    let commands = grammar.commands(7, 1000);
    assert_eq!(commands, grammar.commands(7, 1000));
    assert_ne!(commands, grammar.commands(8, 1000));
    for wanted in ["no", "do a", "do b", "do a twice", "do b twice b a", "do a a a a"] {
        assert!(commands.iter().any(|command| command == wanted), "{wanted}");
    }
    assert!(!commands.iter().any(|command| command.contains("a b")));
    assert_eq!(grammar.setup, "real x\n");
    assert!(grammar.twins(7, SECTION + 1).contains("fresh\nreal x\n? "));
}
