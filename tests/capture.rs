//! Recorded conversations: tshark reads what we write, all readers read the same, and bad files end well.

mod sandbox;
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Write};
use std::process::{Command, Stdio};

use barelink::capture::{self, Datagram, Direction, Format, PcapWriter, Sink, Source};
use nlmsg::explain::{Label, explain};
use nlmsg::frame::{NETLINK_ROUTE, Netlink};
use nlmsg::payload::MessageInfo;
use tools::{Folder, has, path};

const BARELINK: &str = env!("CARGO_BIN_EXE_barelink");

fn shell(line: &str) {
    let output = Command::new("bash").args(["-ec", line]).env("PATH", path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A datagram with its own bytes.
#[derive(Clone, Debug, PartialEq)]
struct Owned {
    bytes: Vec<u8>,
    len: usize,
    direction: Option<Direction>,
    protocol: Option<Netlink>,
}

fn collect(bytes: &[u8], from: Option<Format>) -> Result<Vec<Owned>, String> {
    let mut out = Vec::new();
    collect_into(bytes, from, &mut out).map(|()| out)
}

/// The same, with what came before an error.
fn collect_into(bytes: &[u8], from: Option<Format>, out: &mut Vec<Owned>) -> Result<(), String> {
    let mut source = capture::open(Box::new(bytes), from, None).map_err(|error| error.to_string())?;
    while let Some(datagram) = source.next().map_err(|error| error.to_string())? {
        let Datagram { bytes, len, direction, protocol, .. } = datagram;
        if !datagram.peeked && datagram.errno == 0 {
            out.push(Owned { bytes: bytes.to_vec(), len, direction, protocol });
        }
    }
    Ok(())
}

fn messages(protocol: Option<Netlink>) -> &'static [MessageInfo] {
    if protocol == Some(NETLINK_ROUTE) { nlmsg::route::MESSAGES } else { nlmsg::nft::MESSAGES }
}

/// What tshark says of one place of a packet.
type Fields = BTreeMap<(String, usize), Vec<String>>;

/// The fields of each packet, by name and by their place in the datagram.
fn tshark(file: &str) -> Vec<Fields> {
    let output = Command::new("tshark").args(["-r", file, "-T", "pdml"]).env("PATH", path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let attribute = |line: &str, name: &str| -> Option<String> {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        rest.split('"').next().map(String::from)
    };
    text.split("<packet>")
        .skip(1)
        .map(|packet| {
            let mut fields = Fields::new();
            for line in packet.lines().filter(|line| line.trim_start().starts_with("<field ")) {
                let (Some(name), Some(place)) = (attribute(line, "name"), attribute(line, "pos")) else { continue };
                let (Some(show), Ok(place)) = (attribute(line, "show"), place.parse::<usize>()) else { continue };
                // the cooked header is before the datagram
                if name.starts_with("netlink")
                    && let Some(place) = place.checked_sub(16)
                {
                    fields.entry((name, place)).or_default().push(show);
                } else if name == "netlink.family" {
                    fields.entry((name, 0)).or_default().push(show);
                }
            }
            fields
        })
        .collect()
}

fn number(text: &str) -> u64 {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap(),
        None => text.parse::<i64>().unwrap() as u64,
    }
}

/// Compares what tshark found in a datagram with the rows that we have of it. Returns how many attributes it knew, and
/// how many of those by a name of their own.
fn compare(datagram: &Owned, fields: &Fields) -> (usize, usize) {
    assert_eq!(number(&fields[&("netlink.family".into(), 0)][0]), u64::from(datagram.protocol.unwrap().0));
    // ours: headers, and attributes by their place
    let (mut headers, mut attrs) = (BTreeMap::new(), BTreeMap::new());
    let (mut at, known) = (0, messages(datagram.protocol));
    for message in nlmsg::frame::Messages::new(&datagram.bytes) {
        // the kernel reads no further either
        let Ok(message) = message else { break };
        let end = at + message.header.nlmsg_len as usize;
        explain(&datagram.bytes[at..end], known, &mut |row| match row.label {
            Label::Attr(..) | Label::UnknownAttr(_) | Label::Slot(_) => {
                attrs.insert(at + row.offset, (row.label.to_string(), row.bytes.to_vec(), row.value.as_bytes().to_vec()));
            }
            _ if row.label.to_string().starts_with("nlmsg_") => {
                headers.insert((row.label.to_string(), at + row.offset), row.value.as_bytes().to_vec());
            }
            _ => {}
        });
        at = end.next_multiple_of(4);
    }
    let integer = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    let theirs = |name: &str| -> BTreeMap<usize, u64> {
        // it reads what is behind the last message, too
        let there = fields.iter().filter(|((field, place), _)| field == name && *place < at);
        there.map(|((_, place), shown)| (*place, number(&shown[0]))).collect()
    };
    let ours = |name: &str| -> BTreeMap<usize, u64> {
        headers.iter().filter(|((field, _), _)| field == name).map(|((_, place), bytes)| (*place, integer(bytes))).collect()
    };
    for (name, field) in [
        ("nlmsg_len", "netlink.hdr_len"),
        ("nlmsg_flags", "netlink.hdr_flags"),
        ("nlmsg_seq", "netlink.hdr_seq"),
        ("nlmsg_pid", "netlink.hdr_pid"),
    ] {
        assert_eq!(ours(name), theirs(field), "{name} of {datagram:02x?}");
    }
    let mut types = theirs("netlink.hdr_type");
    types.extend(theirs("netlink-route.nltype"));
    assert_eq!(ours("nlmsg_type"), types, "types of {datagram:02x?}");
    let lens = theirs("netlink.attr_len");
    let mut named = 0;
    for (place, len) in &lens {
        let Some((label, bytes, value)) = attrs.get(place) else {
            // what it takes for attributes: it looks behind the end of a message that is not filled up
            panic!("tshark has an attribute at {place} of {datagram:02x?}");
        };
        assert_eq!(*len, integer(&bytes[..2]), "length of {label}");
        let kind = fields.get(&("netlink.attr_type".into(), place + 2)).map(|shown| number(&shown[0]));
        assert_eq!(kind.unwrap(), integer(&bytes[2..4]), "type of {label}");
        // values that it shows as such
        for ((name, at), shown) in fields.range((String::from("netlink-route."), 0)..) {
            if *at != place + 4 || !name.starts_with("netlink-route.") || name.ends_with("_attr_type") || value.is_empty() {
                continue;
            }
            let text = || String::from_utf8_lossy(value.strip_suffix(b"\0").unwrap_or(value)).into_owned();
            let address = || value.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
            let mac = || value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
            let shown = &shown[0];
            let same = *shown == text() || *shown == address() || *shown == mac() || {
                let whole =
                    shown.strip_prefix("0x").map_or(shown.parse::<i64>().ok(), |digits| i64::from_str_radix(digits, 16).ok());
                value.len() <= 8 && whole.is_some_and(|whole| whole as u64 == integer(value))
            };
            assert!(same, "{name} = {shown}, {label} = {value:02x?}");
            named += 1;
        }
    }
    (lens.len(), named)
}

#[test]
fn tshark_agrees() {
    sandbox::run("tshark_agrees", || {
        if !has("tshark reads our pcap files", &["tshark", "ip", "nft"]) {
            return;
        }
        let folder = Folder::new("tshark");
        let file = folder.file("it.pcap");
        shell(
            "mkdir /run/x; ip link add v0 address 02:00:00:00:00:01 type veth peer name v1; ip link set v0 up; ip addr add 10.1.0.1/16 dev v0",
        );
        let (mut packets, mut attrs, mut named) = (0, 0, 0);
        for line in [
            "ip link show v0",
            "ip -4 addr show",
            "ip route show table all",
            "ip link add br0 address 02:00:00:00:00:02 type bridge",
            "ip link set v0 master br0",
            "ip addr add 10.2.0.1/24 dev br0",
            "ip route add 10.5.0.0/16 via 10.1.0.2 metric 7",
            "! ip route add 10.5.0.0/16 via 10.77.0.2",
            "ip rule add from 10.0.0.0/8 lookup 100",
            "ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev v0",
            "nft add table ip t",
            "nft add chain ip t c '{ type filter hook input priority 0; }'",
            "nft add rule ip t c ip saddr 10.0.0.1 tcp dport 22 counter accept",
            "nft list ruleset",
        ] {
            let (not, line) = line.strip_prefix("! ").map_or(("", line), |line| ("! ", line));
            shell(&format!("{not}{BARELINK} trace -o /dev/null --pcap '{file}' -- {line} >/dev/null 2>&1"));
            let ours = collect(&std::fs::read(&file).unwrap(), None).unwrap();
            let theirs = tshark(&file);
            assert_eq!(ours.len(), theirs.len(), "packets of {line}");
            assert!(!ours.is_empty(), "{line}");
            for (ours, theirs) in ours.iter().zip(&theirs) {
                let found = compare(ours, theirs);
                (packets, attrs, named) = (packets + 1, attrs + found.0, named + found.1);
            }
        }
        println!("tshark and we agree on {packets} datagrams, {attrs} attributes, {named} values");
        assert!(packets > 60 && attrs > 100 && named > 20, "{packets} datagrams, {attrs} attributes, {named} values");
    });
}

/// strace's dump of a command, and its words (`-xx`) of the very same run.
fn recorded(folder: &Folder, setup: &str, line: &str) -> (Vec<u8>, Vec<u8>) {
    let file = folder.file("strace");
    let calls = "trace=socket,bind,getsockname,sendto,sendmsg,recvfrom,recvmsg,read,write,close";
    let script =
        format!("{setup}\nexec strace -f -xx -s 100000 -ttt -qq -e {calls} -e read=all -e write=all -o '{file}' -- {line}");
    let mut command = Command::new("unshare");
    let output = command.args(["-n", "-m", "bash", "-c", &script]).env("PATH", path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read(&file).unwrap();
    let is_dump = |line: &[u8]| [&b" | "[..], b" * ", b" = "].iter().any(|start| line.starts_with(start));
    let words: Vec<u8> = text.split_inclusive(|&byte| byte == b'\n').filter(|line| !is_dump(line)).flatten().copied().collect();
    (text, words)
}

fn pcap(all: &[Owned]) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new()).unwrap();
    for one in all {
        let Owned { bytes, len, direction, protocol } = one;
        writer
            .datagram(&Datagram { bytes, len: *len, direction: *direction, protocol: *protocol, ..Datagram::default() })
            .unwrap();
    }
    writer.finish().unwrap()
}

fn filtered(words: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(words[0]);
    let mut child = command.args(&words[1..]).env("PATH", path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        output.stdout
    })
}

#[test]
fn words_lead_back() {
    sandbox::run("words_lead_back", || {
        if !has("words of strace", &["strace", "ip", "nft"]) {
            return;
        }
        let folder = Folder::new("words");
        let (up, veth) = ("ip link set lo up", "ip link add v0 type veth peer name v1");
        let port = &format!("{veth}; ip link add br0 type bridge; ip link set v1 master br0");
        let route = &format!("{veth}; ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up");
        let hops = &format!("{route}; ip route add 10.6.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop dev v0 onlink");
        // the only link whose index its name tells is the first
        for (setup, line, exact) in [
            (up, "ip addr add 10.1.1.1/24 dev lo", true),
            (up, "ip route add 10.9.0.0/16 dev lo metric 7 mtu 1400 advmss 1000", true),
            (up, "ip -6 route add 2001:db8::/64 dev lo", true),
            (up, "ip link set lo mtu 1400", true),
            (up, "ip -d -s link show lo", true),
            ("", "ip rule add from 10.0.0.0/8 table 7", true),
            ("", veth, true),
            ("", "ip link add br0 type bridge stp_state 1 ageing_time 100", true),
            ("", "nft add table inet t", true),
            (veth, "ip link add x type vxlan id 5 remote 10.0.0.1 dstport 4789 dev v0", false),
            (veth, "ip addr add 10.1.1.1/24 dev v0", false),
            (veth, "ip neigh add 10.1.1.2 lladdr 02:00:00:00:00:02 dev v0", false),
            (veth, "ip link set v0 up", false),
            (veth, "ip -d link", false),
            (port, "ip -d link", false),
            (port, "ip link set v1 type bridge_slave cost 5", false),
            (route, "ip -6 route show table all", false),
            (route, "ip route add 10.6.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3 dev v0", false),
            (hops, "ip route", false),
        ] {
            let (text, words) = recorded(&folder, setup, line);
            let (all, ours) =
                (collect(&text, None).unwrap(), collect(&words, None).unwrap_or_else(|error| panic!("{line}: {error}")));
            assert_eq!(ours.len(), all.len(), "{line}");
            let mut named = 0;
            for (ours, all) in ours.iter().zip(&all) {
                assert_eq!((ours.direction, ours.protocol, ours.len), (all.direction, all.protocol, all.len), "{line}");
                let (known, behind) = all.bytes.split_at(ours.bytes.len());
                // iproute2 sends some buffers whole, and strace shows one header of zeros
                let sent = all.direction == Some(Direction::Sent);
                assert!(behind.is_empty() || sent && behind.iter().all(|&byte| byte == 0), "{line}: {behind:02x?}");
                for (ours, all) in ours.bytes.chunks(4).zip(known.chunks(4)) {
                    let placed = !exact && u32::from_ne_bytes(ours.try_into().unwrap()) >> 24 == 0x7f;
                    assert!(ours == all || placed, "{line}: {ours:02x?} {all:02x?}");
                    named += usize::from(ours != all);
                }
            }
            assert_eq!(named > 0, !exact, "{line}: {named}");
        }
    });
}

#[test]
fn all_readers_read_the_same() {
    sandbox::run("all_readers_read_the_same", || {
        if !has("readers beside strace", &["strace", "ip", "nft"]) {
            return;
        }
        let folder = Folder::new("readers");
        let rules = "nft add table ip t; nft add chain ip t c; nft add rule ip t c ip saddr 10.0.0.1 tcp dport 22 counter accept";
        for (setup, line, in_words) in [
            ("", "ip link show", false),
            ("ip link set lo up", "ip route show table all", false),
            ("", "ip link add v0 type veth peer name v1", false),
            ("", "nft add table ip t", true),
            (rules, "nft list tables", true),
            (rules, "nft add rule ip t c 'tcp dport { 80, 443 } log prefix \"a, b] } \" accept'", true),
            (rules, "nft delete table ip t", true),
        ] {
            let (text, words) = recorded(&folder, setup, line);
            let mut all = collect(&text, None).unwrap();
            assert!(all.len() >= 2, "{line}: {} datagrams", all.len());
            assert!(all.iter().all(|one| one.bytes.len() == one.len && one.protocol.is_some()), "{line}");
            // the words of links, with names where numbers were: words_lead_back
            if in_words {
                assert_eq!(collect(&words, None).unwrap(), all, "{line}");
            }
            // iproute2 sends some buffers whole, with zeros behind the message
            for one in &mut all {
                let mut messages = nlmsg::frame::Messages::new(&one.bytes);
                let whole = messages.by_ref().take_while(|message| message.is_ok()).count();
                let len: usize = nlmsg::frame::Messages::new(&one.bytes)
                    .take(whole)
                    .flatten()
                    .map(|message| (message.header.nlmsg_len as usize).next_multiple_of(4))
                    .sum();
                one.bytes.truncate(len);
                one.len = one.bytes.len();
            }
            let recorded = pcap(&all);
            let ways: Vec<Owned> = collect(&recorded, None).unwrap();
            assert_eq!(
                ways.iter().map(|one| &one.bytes).collect::<Vec<_>>(),
                all.iter().map(|one| &one.bytes).collect::<Vec<_>>()
            );
            assert!(ways.iter().zip(&all).all(|(one, other)| one.protocol == other.protocol && one.len == other.len));
            let requests = ways.iter().filter(|one| one.direction == Some(Direction::Sent)).count();
            assert_eq!(requests, all.iter().filter(|one| one.direction == Some(Direction::Sent)).count(), "{line}");
            let whole: Vec<Vec<u8>> = all.iter().map(|one| one.bytes.clone()).collect();
            let same = |form: &str, text: &[u8], from: Option<Format>| {
                let found = collect(text, from).unwrap_or_else(|error| panic!("{line} as {form}: {error}"));
                let found: Vec<Vec<u8>> = found.into_iter().map(|one| one.bytes).collect();
                // where a datagram ends is lost in some forms, the bytes are not
                assert_eq!(found.concat(), whole.concat(), "{line} as {form}");
            };
            let each =
                |form: fn(&[u8]) -> String| -> Vec<u8> { whole.iter().flat_map(|bytes| form(bytes).into_bytes()).collect() };
            let hex = |bytes: &[u8], around: fn(u8) -> String| bytes.iter().map(|&byte| around(byte)).collect::<String>();
            same("raw", &whole.concat(), None);
            same("raw", &whole.concat(), Some(Format::Raw));
            same("hex", &each(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n"), None);
            same(
                "lines",
                &each(|bytes| {
                    bytes.chunks(7).map(|line| format!("{line:02x?}\n").replace(['[', ']', ','], "")).collect::<String>() + "\n"
                }),
                Some(Format::Hex),
            );
            let c: Vec<u8> = whole
                .iter()
                .flat_map(|bytes| {
                    format!("const char m[] = \"{}\"; /* one */\n", hex(bytes, |byte| format!("\\x{byte:02x}"))).into_bytes()
                })
                .collect();
            same("C strings", &c, None);
            let list: Vec<u8> =
                whole.iter().flat_map(|bytes| format!("const M: [u8; {}] = {bytes:?};\n", bytes.len()).into_bytes()).collect();
            same("Rust lists", &list, None);
            same("Rust strings", &each(|bytes| format!("b\"{}\"\n", bytes.escape_ascii())), None);
            for tool in [&["xxd"][..], &["hexdump", "-C"], &["od", "-A", "x", "-t", "x1z", "-v"]] {
                if has("dumps of other tools", &tool[..1]) {
                    let text: Vec<u8> = whole.iter().flat_map(|bytes| filtered(tool, bytes)).collect();
                    same(tool[0], &text, Some(Format::Hex));
                }
            }
            if has("pcapng of editcap", &["editcap"]) {
                let (from, to) = (folder.file("from.pcap"), folder.file("to.pcapng"));
                std::fs::write(&from, &recorded).unwrap();
                for format in ["pcapng", "pcap", "nsecpcap"] {
                    shell(&format!("editcap -F {format} '{from}' '{to}' 2>/dev/null"));
                    let bytes = std::fs::read(&to).unwrap();
                    same(format, &bytes, None);
                    assert_eq!(collect(&bytes, None).unwrap(), ways, "{line} as {format}");
                }
            }
        }
    });
}

/// A conversation of two messages, in each binary form.
fn samples() -> Vec<(Format, Vec<u8>)> {
    let get = [20, 0, 0, 0, 18, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
    let done = [20, 0, 0, 0, 3, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
    let one = |bytes: &Vec<u8>, way| Owned { bytes: bytes.clone(), len: 20, direction: Some(way), protocol: Some(NETLINK_ROUTE) };
    let pcap = pcap(&[one(&get, Direction::Sent), one(&done, Direction::Received)]);
    let block = |kind: u32, body: &[u8]| {
        let len = body.len() as u32 + 12;
        [&kind.to_le_bytes(), &len.to_le_bytes(), body, &len.to_le_bytes()].concat()
    };
    let section = [&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    let packet = |packet: &[u8]| {
        let len = packet.len() as u32;
        block(6, &[&[0; 12], &len.to_le_bytes()[..], &len.to_le_bytes(), packet].concat())
    };
    // the packets are those of the pcap file: its header is 24 bytes, that of a packet 16
    let packets = [packet(&pcap[40..76]), packet(&pcap[92..128])].concat();
    let pcapng = [block(0x0a0d_0d0a, &section), block(1, &[253, 0, 0, 0, 0, 0, 4, 0]), packets].concat();
    let dump = "7 socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3\n7 sendto(3, 0x1, 20, 0, NULL, 0) = 20\n | 00000  14 00 00 00 12 00 01 03  07 00 00 00 00 00 00 00  ................ |\n | 00010  00 00 00 00                                       ....             |\n7 recvmsg(3, {msg_name={sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, msg_namelen=12, msg_iov=[{iov_base=\"\\x14\\0\\0\\0\\3\\0\\2\\0\\7\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\", iov_len=20}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 20\n";
    let hex = "00000000: 1400 0000 1200 0103 0700 0000 0000 0000  ................\n00000010: 0000 0000\n\n\"\\x14\\0\\0\\0\\3\\0\\2\\0\\a\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\"\n";
    vec![
        (Format::Raw, [get, done].concat()),
        (Format::Pcap, pcap),
        (Format::PcapNg, pcapng),
        (Format::Strace, dump.into()),
        (Format::Hex, hex.into()),
    ]
}

#[test]
fn formats_are_guessed_and_named() {
    for (format, bytes) in samples() {
        assert_eq!(capture::open(Box::new(&bytes[..]), None, None).unwrap().format(), format);
        assert_eq!(Format::from_name(format.name()), Some(format));
        let all = collect(&bytes, Some(format)).unwrap();
        assert_eq!(all.len(), 2, "{format:?}");
        assert!(all.iter().all(|one| one.bytes.len() == 20 && one.protocol == Some(NETLINK_ROUTE)), "{all:02x?}");
        assert_eq!(all.iter().map(|one| one.bytes[4]).collect::<Vec<_>>(), [18, 3]);
    }
}

/// Which of the processes that strace follows have which descriptor is told by what each has done before.
#[test]
fn descriptors_of_strace_are_those_of_their_process() {
    let get = " | 00000  14 00 00 00 12 00 01 03  00 00 00 00 00 00 00 00  ................ |\n | 00010  11 00 00 00                                       ....             |\n";
    let lines = [
        // was there before the socket, and has a file of its own
        "11 write(1, \"x\", 1) = 1\n".to_owned(),
        "10 socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3\n".into(),
        format!("11 read(3, \"\", 20) = 20\n{get}"),
        // started with the socket
        format!("12 write(3, \"\", 20) = 20\n{get}"),
        // closed it, and what it opens then is nobody's business
        "12 close(3) = 0\n".into(),
        format!("12 read(3, \"\", 20) = 20\n{get}"),
        // a thread that was there before, and what only sockets do
        format!("11 sendto(3, \"\", 20, 0, NULL, 0) = 20\n{get}"),
    ];
    let all = collect(lines.concat().as_bytes(), Some(Format::Strace)).unwrap();
    let seen: Vec<_> = all.iter().map(|datagram| (datagram.protocol, datagram.bytes.len())).collect();
    assert_eq!(seen, [(Some(Netlink(0)), 20), (Some(Netlink(0)), 20)]);
}

/// Reads to the end or to an error, and checks what holds of any source.
fn exhaust(bytes: &mut dyn Read, from: Option<Format>) -> Result<usize, String> {
    let mut source = capture::open(Box::new(BufReader::new(bytes)), from, None).map_err(|error| error.to_string())?;
    let mut count = 0;
    while let Some(datagram) = source.next().map_err(|error| error.to_string())? {
        assert!(datagram.len >= datagram.bytes.len());
        count += 1;
    }
    Ok(count)
}

#[test]
fn bad_files_end_with_an_error_at_its_place() {
    let sample = |format: Format| samples().into_iter().find(|sample| sample.0 == format).unwrap().1;
    let changed = |format: Format, at: usize, byte: u8| {
        let mut bytes = sample(format);
        bytes[at] = byte;
        bytes
    };
    let cut = |format: Format, len: usize| sample(format)[..len].to_vec();
    let cases: &[(Option<Format>, Vec<u8>, &str)] = &[
        (None, Vec::new(), "byte 0: there is nothing here"),
        (None, b"-- :: ,,\n".to_vec(), "byte 0: neither hex digits nor strace's output nor a capture file; name the format"),
        (None, b"hello\n".to_vec(), "line 1: column 1: 'h' is no hex digit"),
        (None, b"14 0\n".to_vec(), "line 1: column 4: `0` is not made of whole bytes of two hex digits"),
        (None, cut(Format::Pcap, 10), "byte 0: cut off: the file's header has 24 bytes, and 10 are left"),
        (None, cut(Format::Pcap, 30), "byte 24: cut off: a packet's record has 16 bytes, and 6 are left"),
        (None, cut(Format::Pcap, 60), "byte 24: cut off: a packet has 36 bytes, and 20 are left"),
        (None, changed(Format::Pcap, 20, 1), "byte 20: link type 1, not LINKTYPE_NETLINK (253): these packets are not netlink; capture on an nlmon device"),
        (None, changed(Format::Pcap, 35, 0xff), "byte 24: a packet of 4278190116 bytes; there is none above 16777216"),
        (None, changed(Format::Pcap, 42, 0), "byte 24: a cooked header of device type 56, not ARPHRD_NETLINK (824)"),
        (None, changed(Format::Pcap, 32, 3), "byte 24: a packet of 3 bytes; there is none below 16"),
        (Some(Format::Pcap), sample(Format::Raw), "byte 0: not a pcap file: its first bytes are different"),
        (Some(Format::PcapNg), sample(Format::Raw), "byte 0: not a pcapng file: its first bytes are different"),
        (None, cut(Format::PcapNg, 20), "byte 0: cut off: a section has 28 bytes, and 20 are left"),
        (None, cut(Format::PcapNg, 100), "byte 48: cut off: a packet has 68 bytes, and 52 are left"),
        (None, changed(Format::PcapNg, 36, 1), "byte 48: link type 1, not LINKTYPE_NETLINK (253): these packets are not netlink; capture on an nlmon device"),
        (None, changed(Format::PcapNg, 56, 9), "byte 48: a packet of interface 9, which the file does not describe"),
        (Some(Format::Raw), vec![0; 64], "byte 0: a message of 0 bytes; there is none below 16"),
        (None, cut(Format::Raw, 30), "byte 20: cut off: a message's header has 16 bytes, and 10 are left"),
        (
            None,
            b"sendto(3, [{nlmsg_len=32, nlmsg_type=RTM_NEWLINK, nlmsg_flags=0, nlmsg_seq=0, nlmsg_pid=0}, {ifi_family=AF_UNSPEC}], 32, 0, NULL, 0) = 32\n".to_vec(),
            "line 1: strace has put these bytes into words ({ifi_family=AF_UNSPEC}), which do not lead back; record with -e write=all -e read=all",
        ),
    ];
    for (from, bytes, message) in cases {
        let mut bytes = &bytes[..];
        assert_eq!(exhaust(&mut bytes, *from).unwrap_err(), *message);
    }
    // the other byte order: files are read, messages are not
    let mut big = 0xa1b2_c3d4u32.to_be_bytes().to_vec();
    big.extend([0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 253]);
    big.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 36, 0, 0, 0, 36, 0, 4, 3, 56, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    big.extend([0, 0, 0, 20, 0, 18, 3, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
    if cfg!(target_endian = "little") {
        assert!(exhaust(&mut &big[..], None).unwrap_err().contains("the other byte order"));
    }
}

/// Most memory that this process ever had, in KiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_gibibyte_of_anything_takes_bounded_memory() {
    let before = peak();
    const GIB: u64 = 1 << 30;
    for format in Format::ALL.map(|(_, format)| Some(format)).into_iter().chain([None]) {
        let zeros = exhaust(&mut std::io::repeat(0).take(GIB), format);
        // a line of strace's that says nothing is passed over, but it has an end
        assert!(zeros.is_err(), "{format:?}: {zeros:?}");
    }
    for byte in [b'0', b'"', b'[', b'(', b'*'] {
        let _ = exhaust(&mut std::io::repeat(byte).take(GIB), Some(Format::Hex)).unwrap_err();
        let _ = exhaust(&mut std::io::repeat(byte).take(GIB), Some(Format::Strace)).unwrap_err();
    }
    let taken = peak() - before;
    assert!(taken < 400 << 10, "{taken} KiB");
}

#[test]
fn cut_and_spoilt_files_never_panic() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut errors = BTreeSet::new();
    for (format, bytes) in samples() {
        for len in 0..bytes.len() {
            let _ = exhaust(&mut &bytes[..len], Some(format)).map_err(|error| errors.insert(error));
        }
        for _ in 0..4000 {
            let mut spoilt = bytes.clone();
            for _ in 0..=random(4) {
                let at = random(spoilt.len());
                match random(4) {
                    0 => spoilt[at] = random(256) as u8,
                    1 => spoilt[at] ^= 1 << random(8),
                    2 => _ = spoilt.remove(at),
                    _ => spoilt.insert(at, b"0\"\\[]{}(),=*/ \n\xff\x00"[random(17)]),
                }
            }
            let _ = exhaust(&mut &spoilt[..], Some(format)).map_err(|error| errors.insert(error));
            let _ = exhaust(&mut &spoilt[..], None);
        }
    }
    assert!(errors.len() > 20);
}
