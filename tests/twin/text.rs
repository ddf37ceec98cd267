//! Texts: what no two runs share is made equal, and what differs is shown as `diff -u` shows it.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

static MAC: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b").expect("fixed"));
/// A bridge's id in words is its priority and its MAC address, leading zeros left out.
static BRIDGE_ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b([0-9a-f]{4})\.([0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}|[0-9a-f]{12})\b").expect("fixed"));
static LINK_LOCAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bfe80::[0-9a-f:]+").expect("fixed"));
/// Clocks: bridge timers, and lifetimes that count down.
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"\b((?:[a-z_]+_timer|valid_lft|preferred_lft|expires|age|valid_life_time|preferred_life_time)"?:? *)"#,
        r"[0-9.]+(sec)?\b"
    ))
    .expect("fixed")
});
/// What never ends does not count down.
const FOREVER: &str = "4294967295";

/// Gives the addresses of one side, which the kernel made up, names in the order in which they appear.
pub struct Steady<'a> {
    /// The data file: an address that it spells out is compared as it is.
    data: &'a str,
    names: HashMap<String, String>,
}

impl<'a> Steady<'a> {
    pub fn new(data: &'a str) -> Steady<'a> {
        Steady { data, names: HashMap::new() }
    }

    fn name(&mut self, kind: &str, address: &str) -> String {
        let next = self.names.keys().filter(|key| key.starts_with(kind)).count() + 1;
        self.names.entry(format!("{kind}{address}")).or_insert_with(|| format!("<{kind}{next}>")).clone()
    }

    fn mac(&mut self, mac: &str) -> String {
        let first = u8::from_str_radix(&mac[..2], 16).unwrap_or(0);
        // made up are the local ones; those of groups and the zeros are not
        if first & 3 == 2 && !self.data.contains(mac) { self.name("mac", mac) } else { mac.to_owned() }
    }

    /// The text, as it would be on any run.
    pub fn text(&mut self, text: &str, masks: &[Regex]) -> String {
        let text = MAC.replace_all(text, |found: &Captures<'_>| self.mac(&found[0]));
        let text = BRIDGE_ID.replace_all(&text, |found: &Captures<'_>| {
            let digits = &found[2];
            let parts: Vec<String> = match digits.contains(':') {
                true => digits.split(':').map(|part| format!("{part:0>2}")).collect(),
                false => (0..6).map(|i| digits[2 * i..2 * i + 2].to_owned()).collect(),
            };
            let mac = parts.join(":");
            let steady = self.mac(&mac);
            if steady == mac { found[0].to_owned() } else { format!("{}.{steady}", &found[1]) }
        });
        let text = LINK_LOCAL.replace_all(&text, |found: &Captures<'_>| {
            if self.data.contains(&found[0]) { found[0].to_owned() } else { self.name("local", &found[0]) }
        });
        let text = CLOCK.replace_all(&text, |found: &Captures<'_>| {
            // bridge timers fill a column, whose width counts
            let (name, column) = found[1].split_at(found[1].trim_end().len());
            match column.len() {
                _ if found[0].ends_with(FOREVER) => found[0].to_owned(),
                0 | 1 => format!("{}<time>", &found[1]),
                _ => format!("{name}<time, {} wide>", found[0].len() - name.len()),
            }
        });
        let text = sort_what_has_no_order(&text);
        masks.iter().fold(text, |text, mask| mask.replace_all(&text, "*").into_owned())
    }
}

/// A neighbour's line ends with what is known of it.
static NEIGHBOUR: LazyLock<Regex> = LazyLock::new(|| {
    let state = "(INCOMPLETE|REACHABLE|STALE|DELAY|PROBE|FAILED|NOARP|PERMANENT|proxy)";
    Regex::new(&format!(r"^[0-9a-f.:]+ (dev \S+ )?(lladdr [0-9a-f:]+ )?.*\b{state} (proto \S+ )?\n$")).expect("fixed")
});

/// Sorts neighbouring lines whose order is no difference. The routes that the kernel gives every device itself, of
/// the same length and metric, stand in the order in which the devices became ready; two ends of a veth pair do so in
/// a work queue, in either order. Neighbours stand in the order of a hash with a seed.
fn sort_what_has_no_order(text: &str) -> String {
    let own = |line: &&str| {
        let route = ["fe80::/64 dev ", "ff00::/8 dev "].into_iter().find(|route| line.contains(route));
        route.or_else(|| NEIGHBOUR.is_match(line).then_some("neighbour"))
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len());
    for group in lines.chunk_by(|a, b| own(a).is_some() && own(a) == own(b)) {
        let mut group = group.to_vec();
        group.sort_unstable();
        out.extend(group);
    }
    out
}

/// The lines in which two texts differ, with up to two equal ones around them; `-` is `old`.
pub fn diff(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // longest common subsequence of the ends: [i][j] is its length for a[i..], b[j..]
    let mut common = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            rows.push((' ', a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            rows.push(('-', a[i]));
            i += 1;
        } else {
            rows.push(('+', b[j]));
            j += 1;
        }
    }
    let mut out = String::new();
    let mut gap = false;
    for (at, (sign, line)) in rows.iter().enumerate() {
        let near = rows[at.saturating_sub(2)..(at + 3).min(rows.len())].iter().any(|row| row.0 != ' ');
        if near {
            out += &format!("{sign}{line}\n");
        } else if !gap {
            out += " ...\n";
        }
        gap = !near;
    }
    if out.lines().all(|line| line == " ...") && old != new {
        out = "only the last line's end differs\n".to_owned();
    }
    out
}

#[test]
fn made_up_addresses_get_names() {
    let mut steady = Steady::new("ip link add br0 address 02:00:00:00:00:09 type bridge");
    let text = "a 02:00:00:00:00:09 b 42:ad:84:be:72:3c c 8000.42:ad:84:be:72:3c d 8000.42ad84be723c brd ff:ff:ff:ff:ff:ff";
    let want = "a 02:00:00:00:00:09 b <mac1> c 8000.<mac1> d 8000.<mac1> brd ff:ff:ff:ff:ff:ff";
    assert_eq!(steady.text(text, &[]), want);
    assert_eq!(
        steady.text("valid_lft 99sec preferred_lft forever gc_timer   12.34 gc_timer  212.34", &[]),
        "valid_lft <time> preferred_lft forever gc_timer<time, 8 wide> gc_timer<time, 8 wide>"
    );
    assert_eq!(steady.text("8000.a:b:c:d:e:f", &[]), "8000.<mac2>");
}

#[test]
fn what_has_no_order_is_sorted() {
    let text = "b\nfe80::/64 dev v2 x\nfe80::/64 dev v1 x\nmulticast ff00::/8 dev v2\na\n";
    assert_eq!(sort_what_has_no_order(text), "b\nfe80::/64 dev v1 x\nfe80::/64 dev v2 x\nmulticast ff00::/8 dev v2\na\n");
    let text = "x\n10.0.0.3 dev v1 lladdr 02:00:00:00:00:03 router STALE \n10.0.0.2 dev v1 FAILED proto bgp \n10.0.0.1 proxy \n";
    let want = "x\n10.0.0.1 proxy \n10.0.0.2 dev v1 FAILED proto bgp \n10.0.0.3 dev v1 lladdr 02:00:00:00:00:03 router STALE \n";
    assert_eq!(sort_what_has_no_order(text), want);
}

#[test]
fn a_diff_shows_what_differs() {
    assert_eq!(diff("a\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n"), " ...\n b\n c\n-d\n+D\n e\n");
}
