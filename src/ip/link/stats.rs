//! A link's counters: `-statistics`, once or twice.

use std::fmt::Write as _;

use nlmsg::payload::{Array, Record, View};
use nlmsg::route::Link;
use nlmsg::route::link::Ifla::*;
use nlmsg::route::link::ProtInfo;
use nlmsg::route::link::af_spec::IflaInet6;
use nlmsg::route::link::stats::{RtnlLinkStats, RtnlLinkStats64};

use crate::ip::{Ip, Options};

/// A counter: its field of `struct rtnl_link_stats64`, and its head in text. Where it is 0 and `quiet`, it is not
/// shown at all. In JSON the place can belong to another field.
struct Counter {
    field: &'static str,
    head: &'static str,
    json: &'static str,
    key: &'static str,
    quiet: bool,
}

const fn counter(field: &'static str, head: &'static str, key: &'static str) -> Counter {
    Counter { field, head, json: field, key, quiet: false }
}

const fn quiet(field: &'static str, head: &'static str, key: &'static str) -> Counter {
    Counter { quiet: true, ..counter(field, head, key) }
}

/// One direction: what is counted, and what is counted of its errors.
struct Direction {
    name: &'static str,
    key: &'static str,
    counters: [Counter; 7],
    errors: [Counter; 7],
}

const DIRECTIONS: [Direction; 2] = [
    Direction {
        name: "RX",
        key: "rx",
        counters: [
            counter("rx_bytes", "bytes", "bytes"),
            counter("rx_packets", "packets", "packets"),
            counter("rx_errors", "errors", "errors"),
            counter("rx_dropped", "dropped", "dropped"),
            Counter { json: "rx_over_errors", ..counter("rx_missed_errors", "missed", "over_errors") },
            counter("multicast", "mcast", "multicast"),
            quiet("rx_compressed", "compressed", "compressed"),
        ],
        errors: [
            counter("rx_length_errors", "length", "length_errors"),
            counter("rx_crc_errors", "crc", "crc_errors"),
            counter("rx_frame_errors", "frame", "frame_errors"),
            counter("rx_fifo_errors", "fifo", "fifo_errors"),
            Counter { json: "rx_missed_errors", ..counter("rx_over_errors", "overrun", "missed_errors") },
            quiet("rx_nohandler", "nohandler", "nohandler"),
            quiet("rx_otherhost_dropped", "otherhost", "otherhost"),
        ],
    },
    Direction {
        name: "TX",
        key: "tx",
        counters: [
            counter("tx_bytes", "bytes", "bytes"),
            counter("tx_packets", "packets", "packets"),
            counter("tx_errors", "errors", "errors"),
            counter("tx_dropped", "dropped", "dropped"),
            counter("tx_carrier_errors", "carrier", "carrier_errors"),
            counter("collisions", "collsns", "collisions"),
            quiet("tx_compressed", "compressed", "compressed"),
        ],
        errors: [
            counter("tx_aborted_errors", "aborted", "aborted_errors"),
            counter("tx_fifo_errors", "fifo", "fifo_errors"),
            counter("tx_window_errors", "window", "window_errors"),
            counter("tx_heartbeat_errors", "heartbt", "heartbeat_errors"),
            counter(CHANGES, "transns", "carrier_changes"),
            counter("", "", ""),
            counter("", "", ""),
        ],
    },
];

/// Not a field: `IFLA_CARRIER_CHANGES`.
const CHANGES: &str = "IFLA_CARRIER_CHANGES";

/// What the IPv6 counters of a link, which are all that a dump for that family has, count for: places in
/// `IFLA_INET6_STATS` (linux/snmp.h, `IPSTATS_MIB_*`).
const INET6: [(&str, usize); 8] = [
    ("rx_packets", 1),
    ("rx_bytes", 2),
    ("tx_packets", 5),
    ("tx_bytes", 6),
    ("rx_errors", 13),
    ("tx_errors", 14),
    ("multicast", 23),
    ("rx_frame_errors", 31),
];

/// How wide the columns are before there are numbers.
const WIDTHS: [usize; 8] = [10, 7, 6, 7, 7, 7, 10, 9];

/// The counters by name.
struct Counters<'a> {
    wide: Option<View<'a, RtnlLinkStats64>>,
    narrow: Option<View<'a, RtnlLinkStats>>,
    inet6: Option<Array<'a, u64>>,
    changes: Option<u32>,
}

impl Counters<'_> {
    /// The value of a counter; 0 where the kernel does not know it.
    fn get(&self, name: &str) -> u64 {
        fn field<R: Record>(view: View<'_, R>, name: &str) -> Option<u64> {
            let field = R::FIELDS.iter().find(|field| field.name == name)?;
            let bytes = view.as_bytes().get(field.offset..field.offset + field.size)?;
            match bytes.len() {
                4 => bytes.try_into().ok().map(u32::from_ne_bytes).map(u64::from),
                _ => bytes.try_into().ok().map(u64::from_ne_bytes),
            }
        }
        if name == CHANGES {
            return self.changes.unwrap_or(0).into();
        }
        let inet6 = |counts: Array<'_, u64>| {
            let (_, place) = INET6.into_iter().find(|(field, _)| *field == name)?;
            counts.iter().nth(place)
        };
        let wide = self.wide.map(|view| field(view, name));
        let other = || self.narrow.map(|view| field(view, name)).or_else(|| self.inet6.map(inet6));
        wide.or_else(other).flatten().unwrap_or(0)
    }

    /// What is counted in one direction, and of its errors.
    fn values(&self, direction: &Direction) -> [[u64; 7]; 2] {
        [&direction.counters, &direction.errors].map(|counters| counters.each_ref().map(|counter| self.get(counter.field)))
    }

    /// Whether a counter with this value has a place in the output.
    fn shows(&self, counter: &Counter, value: u64) -> bool {
        match counter.field {
            "" => false,
            CHANGES => self.changes.is_some(),
            _ => !counter.quiet || value > 0,
        }
    }
}

/// Shows the counters of a link, from the line after the link on, without the end of the last line.
pub(crate) fn show(ip: &mut Ip<'_, '_>, link: &Link<'_>) {
    let mut all = Counters { wide: None, narrow: None, inet6: None, changes: None };
    for attr in link.attrs.iter().map_while(Result::ok) {
        match attr {
            IFLA_STATS64(view) => all.wide = Some(view),
            IFLA_STATS(view) => all.narrow = Some(view),
            IFLA_PROTINFO(ProtInfo::Inet6(settings)) => {
                all.inet6 = settings.iter().map_while(Result::ok).find_map(|setting| match setting {
                    IflaInet6::IFLA_INET6_STATS(counts) => Some(counts),
                    _ => None,
                });
            }
            IFLA_CARRIER_CHANGES(changes) => all.changes = Some(changes),
            _ => {}
        }
    }
    if all.wide.is_none() && all.narrow.is_none() && all.inet6.is_none() {
        return;
    }
    if ip.out.is_json() { json(ip, &all) } else { text(ip, &all) }
}

fn json(ip: &mut Ip<'_, '_>, all: &Counters<'_>) {
    let more = ip.options.stats > 1;
    let out = &mut ip.out;
    out.object(if all.narrow.is_some() && all.wide.is_none() { "stats" } else { "stats64" });
    for direction in &DIRECTIONS {
        out.object(direction.key);
        let errors = direction.errors.iter().filter(|_| more);
        for counter in direction.counters.iter().chain(errors) {
            if !all.shows(counter, all.get(counter.field)) {
                continue;
            }
            out.put(counter.key, "", all.get(counter.json), "");
        }
        out.end_object();
    }
    out.end_object();
}

fn text(ip: &mut Ip<'_, '_>, all: &Counters<'_>) {
    let more = ip.options.stats > 1;
    let values = DIRECTIONS.each_ref().map(|direction| all.values(direction));
    let mut widths = WIDTHS;
    let mut fit = |column: usize, value: u64| {
        let digits = value.checked_ilog10().map_or(1, |log| log as usize + 1);
        widths[column] = widths[column].max(digits);
    };
    for (direction, [counts, errors]) in DIRECTIONS.iter().zip(&values).filter(|_| !ip.options.human) {
        counts.iter().enumerate().for_each(|(column, value)| fit(column, *value));
        // iproute2 makes room for the errors of what is sent one column further than it shows them
        let first = if direction.name == "TX" { 2 } else { 1 };
        let errors = direction.errors.iter().zip(errors).enumerate().filter(|_| more);
        errors.filter(|(_, (counter, _))| !counter.field.is_empty()).for_each(|(column, (_, value))| fit(column + first, *value));
    }
    let (mut head, mut line) = (String::new(), String::new());
    for (direction, [counts, errors]) in DIRECTIONS.iter().zip(&values) {
        if direction.name == "TX" {
            ip.out.line();
        }
        head.clear();
        line.clear();
        let _ = write!(head, "    {}: {:>2$}", direction.name, "bytes", widths[0] - 4);
        line.push_str("    ");
        for ((counter, &value), &width) in direction.counters.iter().zip(counts).zip(&widths) {
            let shows = all.shows(counter, value);
            if counter.head != "bytes" {
                let _ = write!(head, " {:>width$}", if shows { counter.head } else { "" });
            }
            if shows {
                show_count(&mut line, &ip.options, value, width);
            }
        }
        ip.out.text(&head);
        ip.out.line();
        ip.out.text(&line);
        if !more {
            continue;
        }
        ip.out.line();
        head.clear();
        line.clear();
        let _ = write!(head, "    {} errors:{:2$}", direction.name, "", widths[0] - 10);
        let _ = write!(line, "{:1$}", "", widths[0] + 5);
        for ((counter, &value), &width) in direction.errors.iter().zip(errors).zip(&widths[1..]) {
            let shows = all.shows(counter, value);
            if shows || counter.field == CHANGES {
                let _ = write!(head, " {:>width$}", if shows { counter.head } else { "" });
            }
            if shows {
                show_count(&mut line, &ip.options, value, width);
            }
        }
        ip.out.text(&head);
        ip.out.line();
        ip.out.text(&line);
    }
}

/// A number in its column, and a blank; with `-human-readable` in thousands and their powers, with `-iec` in powers of 1024.
fn show_count(line: &mut String, options: &Options, count: u64, width: usize) {
    let base: u64 = if options.iec { 1024 } else { 1000 };
    if !options.human || count < base {
        let _ = write!(line, "{count:>width$} ");
        return;
    }
    let power = count.ilog(base).min(6);
    let unit = base.pow(power);
    let precision = match count / unit {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let suffix = char::from(b"kMGTPE"[power as usize - 1]);
    let number = format!("{:.precision$}{suffix}{}", count as f64 / unit as f64, if options.iec { "i" } else { "" });
    let _ = write!(line, "{number:>width$} ");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_three_digits() {
        let human = Options { human: true, ..Options::default() };
        let iec = Options { iec: true, ..human.clone() };
        for (count, thousands, binary) in [
            (999, "    999 ", "    999 "),
            (1000, "  1.00k ", "   1000 "),
            (12345, "  12.3k ", " 12.1ki "),
            (999_999, "  1000k ", "  977ki "),
            (u64::MAX, "  18.4E ", " 16.0Ei "),
        ] {
            let [mut of_thousands, mut of_binary] = [String::new(), String::new()];
            show_count(&mut of_thousands, &human, count, 7);
            show_count(&mut of_binary, &iec, count, 7);
            assert_eq!((&*of_thousands, &*of_binary), (thousands, binary));
        }
    }
}
