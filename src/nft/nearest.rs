//! What may have been meant by a name that is not there.

use nlmsg::nft::{NFT_SET_MAP, NfProto};

use super::lex::Span;
use super::parse::Name;
use super::ruleset::{Ruleset, Set};
use crate::exchange::strerror;

/// `NFT_NAME_MAXLEN` (linux/netfilter/nf_tables.h), the end mark left out.
const NAME_MAX: usize = 255;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Table,
    Chain,
    /// A rule, by the name of its chain.
    Rule,
    Set,
    Object,
}

/// What a command named.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) what: What,
    pub(super) table: Name,
    pub(super) name: String,
}

/// How many letters two names are apart, as `nft` counts. Its rows are one number too short, so that each begins where
/// the one before ends, and it compares from the second letter to the end mark: names of other lengths come out nearer
/// than they are.
fn distance(a: &str, b: &str) -> usize {
    let ended = |name: &str| [name.as_bytes(), &[0]].concat();
    let (lens, (a, b)) = ((a.len(), b.len()), (ended(a), ended(b)));
    let at = |i: usize, j: usize| i * lens.1 + j;
    let mut cells = vec![0; (lens.0 + 1) * (lens.1 + 1)];
    (0..=lens.0).for_each(|i| cells[at(i, 0)] = i);
    (0..=lens.1).for_each(|j| cells[at(0, j)] = j);
    for i in 1..=lens.0 {
        for j in 1..=lens.1 {
            let other = usize::from(a[i] != b[j]);
            let mut least = (cells[at(i - 1, j)] + 1).min(cells[at(i, j - 1)] + 1).min(cells[at(i - 1, j - 1)] + other);
            if i > 1 && j > 1 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(cells[at(i - 2, j - 2)] + other);
            }
            cells[at(i, j)] = least;
        }
    }
    cells[at(lens.0, lens.1)]
}

/// The first of the names that are nearest, if one is near enough.
fn nearest<'a, T>(name: &str, all: impl Iterator<Item = (&'a str, T)>) -> Option<T> {
    // no name is as long as that
    if name.len() > NAME_MAX {
        return None;
    }
    let near = |(other, thing): (&'a str, T)| {
        let (long, short) = (name.len().max(other.len()), name.len().min(other.len()));
        let most = if long - short <= 1 { long.div_ceil(3) } else { (long + 2).div_ceil(3) };
        let apart = Some(distance(other, name)).filter(|apart| long > 1 && *apart <= most)?;
        Some((apart, thing))
    };
    all.filter_map(near).reduce(|best, one| if one.0 < best.0 { one } else { best }).map(|(_, thing)| thing)
}

fn family(number: u8) -> &'static str {
    NfProto(number).word().unwrap_or("unknown")
}

/// `nft`'s words for what is not there.
pub(super) fn absent(instead: Option<String>) -> String {
    let absent = strerror(libc::ENOENT);
    match instead {
        Some(instead) => format!("{absent}; did you mean {instead}?"),
        None => absent,
    }
}

/// What may be meant, and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near<'r> {
    kind: &'static str,
    name: &'r str,
    family: u8,
    table: &'r str,
}

impl Near<'_> {
    pub(super) fn text(&self) -> String {
        format!("{} ‘{}’ in table {} ‘{}’", self.kind, self.name, family(self.family), self.table)
    }
}

/// The set that may be meant.
pub(super) fn set<'s>(sets: &'s [Set], name: &str) -> Option<Near<'s>> {
    let named = sets.iter().filter(|set| !set.is_unnamed());
    let set = nearest(name, named.map(|set| (set.name.as_str(), set)))?;
    let kind = if set.flags & NFT_SET_MAP.0 != 0 { "map" } else { "set" };
    Some(Near { kind, name: &set.name, family: set.family, table: &set.table })
}

impl Ruleset {
    /// The table that may be meant.
    pub(super) fn nearest_table(&self, name: &str) -> Option<String> {
        let table = nearest(name, self.tables.iter().map(|table| (table.name.as_str(), table)))?;
        Some(table_text(&table.name, table.family))
    }

    /// The chain that may be meant.
    pub(super) fn nearest_chain(&self, name: &str) -> Option<Near<'_>> {
        let chain = nearest(name, self.chains.iter().map(|chain| (chain.name.as_str(), chain)))?;
        Some(Near { kind: "chain", name: &chain.name, family: chain.family, table: &chain.table })
    }

    fn nearest_object(&self, name: &str) -> Option<Near<'_>> {
        let object = nearest(name, self.objects.iter().map(|object| (object.name.as_str(), object)))?;
        Some(Near { kind: "obj", name: &object.name, family: object.family, table: &object.table })
    }

    /// What may have been meant, and where the text names it, if that is the table.
    pub(super) fn nearest(&self, of: u8, sought: &Sought) -> Option<(String, Option<Span>)> {
        let (table, name) = (&sought.table.0, &sought.name);
        let no_table = self.table(of, table).is_none();
        let near = match sought.what {
            What::Table => return Some((self.nearest_table(table)?, None)),
            What::Rule if no_table => return Some((self.nearest_table(table)?, Some(sought.table.1))),
            // a chain of this name is there, so something else of the rule is not
            What::Rule => self.nearest_chain(name).filter(|near| near.name != name),
            What::Chain => self.nearest_chain(name),
            What::Set => set(&self.sets, name),
            What::Object => self.nearest_object(name),
        }?;
        Some(match no_table {
            true => (table_text(near.table, near.family), Some(sought.table.1)),
            false => (near.text(), None),
        })
    }
}

fn table_text(name: &str, of: u8) -> String {
    format!("table ‘{name}’ in family {}", family(of))
}

#[test]
fn names_are_as_far_apart_as_nft_says() {
    let far = |name: &str, other: &str| distance(other, name);
    assert_eq!([far("foward", "forward"), far("forward", "forward"), far("outpt", "outptu")], [1, 0, 1]);
    // one letter is near to much
    assert_eq!([far("f", "input"), far("c", "other"), far("c", "forward")], [2, 2, 3]);
    let names = ["forward", "input", "other"].map(|name| (name, name));
    assert_eq!(nearest("f", names.into_iter()), Some("input"));
    assert_eq!(nearest("nosuch", names.into_iter()), None);
    assert_eq!(nearest("x", [("y", ())].into_iter()), None);
    assert_eq!(nearest(&"x".repeat(1 << 20), [("x", ())].into_iter()), None);
}
