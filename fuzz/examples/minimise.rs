//! `minimise FOLDER FILE...`: writes corpus files anew into FOLDER, without the datagrams that show nothing new. New is an
//! attribute in a place where it was not seen, with another length or flags, a type of message with other flags, an error or its text, and for small messages the
//! order of their attributes.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use nlmsg::explain::{Label, explain};
use nlmsg::fuzz::{Corpus, Entry};
use nlmsg::payload::MessageInfo;
use nlmsg::{Messages, nft, route};

/// Datagrams past this many bytes are cut to their first messages: a dump repeats itself.
const LONG: usize = 2000;
/// Messages up to this many bytes are new if the order of their attributes is.
const SMALL: usize = 240;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("minimise FOLDER FILE...")?;
    let files: Vec<String> = args.collect();
    // what the files that stay show already
    let (mut seen, mut said) = (HashSet::new(), HashSet::new());
    let names: Vec<_> = files.iter().filter_map(|file| Path::new(file).file_name()).collect();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if !names.iter().any(|name| path.file_name() == Some(name)) {
            let text = fs::read_to_string(&path)?;
            Corpus::new(&text).for_each(|entry| seen.extend(features(&entry)));
        }
    }
    for file in &files {
        let text = fs::read_to_string(file)?;
        let mut entries: Vec<_> = Corpus::new(&text).collect();
        for entry in &mut entries {
            let len = shorter(&entry.datagram);
            entry.datagram.truncate(len);
        }
        // the small ones first: what they show the large ones need not
        let mut order: Vec<_> = (0..entries.len()).collect();
        order.sort_by_key(|&index| entries[index].datagram.len());
        let mut kept = BTreeMap::new();
        for index in order {
            let before = seen.len();
            seen.extend(features(&entries[index]));
            // the same bytes can be of two protocols
            if seen.len() > before && said.insert(entries[index].datagram.clone()) {
                kept.insert(index, &entries[index]);
            }
        }
        let (mut out, mut place, mut command) = (String::new(), "", "");
        for entry in kept.values() {
            if entry.place != place {
                writeln!(out, "# {}", entry.place)?;
                place = entry.place;
            }
            if entry.command != command {
                writeln!(out, "$ {}", entry.command)?;
                command = entry.command;
            }
            let mark = match entry.direction {
                nlmsg::fuzz::Direction::Sent => '>',
                nlmsg::fuzz::Direction::Received => '<',
                nlmsg::fuzz::Direction::Event => '*',
            };
            let hex: String = entry.datagram.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(out, "{mark} {} {hex}", entry.protocol)?;
        }
        let name = Path::new(file).file_name().ok_or("a file without a name")?;
        fs::write(Path::new(&folder).join(name), &out)?;
        eprintln!("{}: {} of {} datagrams, {} bytes", name.display(), kept.len(), entries.len(), out.len());
    }
    Ok(())
}

/// How much of a datagram is kept: whole messages.
fn shorter(datagram: &[u8]) -> usize {
    let mut messages = Messages::new(datagram);
    let mut end = 0;
    while let Some(Ok(_)) = messages.next() {
        if end > 0 && messages.offset() > LONG {
            break;
        }
        end = messages.offset();
    }
    if end == 0 { datagram.len().min(LONG) } else { end }
}

/// What a datagram shows.
fn features(entry: &Entry<'_>) -> HashSet<String> {
    let (protocol, datagram) = (entry.protocol, &entry.datagram);
    // what nobody said but a generator is there for the attributes that are not seen else
    let made = entry.place.starts_with("nlmsg");
    let messages: &[MessageInfo] = if protocol == "route" { route::MESSAGES } else { nft::MESSAGES };
    let mut features = HashSet::new();
    let mut at = 0;
    let mut walk = Messages::new(datagram);
    while let Some(Ok(message)) = walk.next() {
        let whole = &datagram[at..at + message.header.nlmsg_len as usize];
        at = walk.offset();
        let header = message.header;
        let flags = if made { 0 } else { header.nlmsg_flags.0 };
        features.insert(format!("{protocol} {} {flags:#x}", header.nlmsg_type));
        let mut path: Vec<String> = Vec::new();
        let mut layout = String::new();
        explain(whole, messages, &mut |row| {
            path.truncate(row.depth);
            path.push(match row.label {
                Label::Attr(..) | Label::Field(_) => row.label.to_string(),
                // a generator's are any number
                Label::UnknownAttr(_) if made => "?".into(),
                Label::UnknownAttr(number) => format!("?{number}"),
                // places of a list are alike
                Label::Slot(_) | Label::Hop(_) => "[]".into(),
                Label::Padding | Label::Rest => row.label.to_string(),
            });
            let len = row.scope.min(64);
            let told = match row.label {
                Label::Field(field) if field.name == "error" => true,
                Label::Attr(_, attr) => {
                    attr.name == "NLMSGERR_ATTR_MSG" || attr.name.ends_with("_KIND") || attr.name.ends_with("_EXPR_NAME")
                }
                _ => false,
            };
            let value = if told { row.value.to_string() } else { String::new() };
            layout.extend(path.last().map(|last| format!("{}{last} ", row.depth)));
            if made {
                let wrong = row.value.wrong.map(|what| std::mem::discriminant(&what));
                let empty = row.value.as_bytes().is_empty();
                features.extend(path.last().map(|last| format!("{last} {} {wrong:?} {empty}", row.value.flags)));
                return;
            }
            features.insert(format!("{} {} {len} {:#x} {value}", header.nlmsg_type, path.join("."), row.value.flags));
        });
        // what is small is kept if its attributes come in another order or number
        if whole.len() <= SMALL && !made {
            features.insert(format!("{} {layout}", header.nlmsg_type));
        }
    }
    features
}
