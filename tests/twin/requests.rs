//! What a command said to the kernel: from strace's hex dumps to messages that can be compared.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

use nlmsg::frame::{NLA_HDRLEN, NLA_TYPE_MASK, NLMSG_HDRLEN};
use nlmsg::payload::MessageInfo;

use super::text;

const AF_NETLINK: u64 = 16;
const NETLINK_ROUTE: u64 = 0;
const NETLINK_NETFILTER: u64 = 12;
const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_DELROUTE: u16 = 25;
const RTM_DELNEIGH: u16 = 29;
/// Bytes of `struct ifaddrmsg`.
const IFADDRMSG: usize = 8;
/// Bytes of `struct rtmsg`.
const RTMSG: usize = 12;
const IFA_CACHEINFO: u16 = 6;
const RTA_CACHEINFO: u16 = 12;
/// Bytes of `struct ndmsg`.
const NDMSG: usize = 12;
const NDA_CACHEINFO: u16 = 3;
/// Bytes of `struct ifinfomsg`.
const IFINFOMSG: usize = 16;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_PID: u16 = 19;
const IFLA_NET_NS_FD: u16 = 28;
const RTM_NEWNSID: u16 = 88;
/// Bytes of `struct rtgenmsg`, padded.
const RTGENMSG: usize = 4;
const NETNSA_FD: u16 = 3;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const NFNL_MSG_BATCH_BEGIN: u16 = 16;
const NFNL_SUBSYS_NFTABLES: u16 = 10;
/// Bytes of `struct nlmsghdr` and `struct nfgenmsg`.
const NFGENMSG_END: usize = 20;
/// `NFT_MSG_GET*` (linux/netfilter/nf_tables.h).
const NFT_READS: [u16; 11] = [1, 4, 7, 10, 13, 16, 19, 21, 23, 25, 34];

/// One message to the kernel, sequence, port and generation set to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `NETLINK_*`: which part of the kernel it is for.
    pub protocol: u64,
    pub bytes: Vec<u8>,
}

impl Request {
    fn new(protocol: u64, bytes: &[u8], pids: &mut Pids) -> Request {
        let mut bytes = bytes.to_vec();
        bytes[8..NLMSG_HDRLEN].fill(0);
        // NFNL_BATCH_GENID is the batch's only attribute
        if protocol == NETLINK_NETFILTER
            && u16::from_ne_bytes([bytes[4], bytes[5]]) == NFNL_MSG_BATCH_BEGIN
            && let Some(generation) = bytes.get_mut(NFGENMSG_END + NLA_HDRLEN..)
        {
            generation.fill(0);
        }
        if protocol == NETLINK_ROUTE {
            forget_clocks(&mut bytes);
            if u16::from_ne_bytes([bytes[4], bytes[5]]) == RTM_NEWLINK {
                let end = bytes.len();
                rename_pids(&mut bytes, NLMSG_HDRLEN + IFINFOMSG..end, pids);
            }
        }
        Request { protocol, bytes }
    }

    fn kind(&self) -> u16 {
        u16::from_ne_bytes([self.bytes[4], self.bytes[5]])
    }

    /// Whether it only asks.
    pub fn is_read(&self) -> bool {
        match self.protocol {
            NETLINK_ROUTE => self.kind() % 4 == 2 || self.is_probe(),
            NETLINK_NETFILTER => self.kind() >> 8 == NFNL_SUBSYS_NFTABLES && NFT_READS.contains(&(self.kind() & 0xff)),
            _ => true,
        }
    }

    /// Whether it is `RTM_DELNEIGH`.
    fn deletes_neighbour(&self) -> bool {
        self.protocol == NETLINK_ROUTE && self.bytes.get(4..6) == Some(&RTM_DELNEIGH.to_ne_bytes())
    }

    /// `ip link add` and `set` first send an RTM_NEWLINK with nothing in it, to learn from the error whether the
    /// kernel knows the message at all (`iplink_have_newlink`). It changes nothing.
    fn is_probe(&self) -> bool {
        self.kind() == RTM_NEWLINK
            && self.bytes.len() == NLMSG_HDRLEN + IFINFOMSG
            && self.bytes[NLMSG_HDRLEN..].iter().all(|&byte| byte == 0)
    }

    /// One line per header field and attribute.
    fn rows(&self) -> String {
        let known: &[MessageInfo] = if self.protocol == NETLINK_ROUTE { nlmsg::route::MESSAGES } else { nlmsg::nft::MESSAGES };
        let kind = known.iter().find(|info| info.number == self.kind()).map_or("message", |info| info.name);
        let mut out = format!("{kind} {:#x}, {} bytes, protocol {}\n", self.kind(), self.bytes.len(), self.protocol);
        nlmsg::explain::explain(&self.bytes, known, &mut |row| {
            let hex: Vec<String> = row.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let pad = row.depth * 2 + 2;
            // no offsets here: one attribute more would make every later row differ
            let _ = writeln!(out, "{:pad$}{} = {}  [{}]", "", row.label, row.value, hex.join(" "));
        });
        out
    }
}

/// The attributes of `bytes[range]`: number, and where the value is.
fn attrs(bytes: &[u8], range: Range<usize>) -> Vec<(u16, Range<usize>)> {
    let (mut at, mut out) = (range.start, Vec::new());
    while let Some(&[a, b, c, d]) = bytes.get(at..range.end).and_then(|rest| rest.first_chunk()) {
        let (len, number) = (usize::from(u16::from_ne_bytes([a, b])), u16::from_ne_bytes([c, d]) & NLA_TYPE_MASK);
        if len < NLA_HDRLEN || at + len > range.end {
            break;
        }
        out.push((number, at + NLA_HDRLEN..at + len));
        at += len.next_multiple_of(4);
    }
    out
}

/// A flush sends back what the kernel told about each object, its clocks included: `struct ifa_cacheinfo` is
/// two lifetimes and two time stamps, `struct rta_cacheinfo` and `struct nda_cacheinfo` all counters.
fn forget_clocks(bytes: &mut [u8]) {
    let (header, attr, kept) = match u16::from_ne_bytes([bytes[4], bytes[5]]) {
        RTM_NEWADDR => (IFADDRMSG, IFA_CACHEINFO, 8),
        RTM_DELADDR => (IFADDRMSG, IFA_CACHEINFO, 0),
        RTM_DELNEIGH => (NDMSG, NDA_CACHEINFO, 0),
        RTM_DELROUTE => (RTMSG, RTA_CACHEINFO, 0),
        RTM_NEWNSID => (RTGENMSG, NETNSA_FD, 0),
        _ => return,
    };
    for (number, value) in attrs(bytes, NLMSG_HDRLEN + header..bytes.len()) {
        if number == attr && value.len() > kept {
            bytes[value.start + kept..value.end].fill(0);
        }
    }
}

/// Process numbers, which no two sides share, become 1, 2, ... in the order of their appearance.
pub type Pids = HashMap<[u8; 4], u32>;

/// Renames the processes into whose namespaces a link, or the peer in it, goes, and forgets file descriptors.
fn rename_pids(bytes: &mut [u8], range: Range<usize>, pids: &mut Pids) {
    for (number, value) in attrs(bytes, range) {
        match (number, <[u8; 4]>::try_from(&bytes[value.clone()])) {
            (IFLA_NET_NS_PID, Ok(pid)) => {
                let next = pids.len() as u32 + 1;
                bytes[value].copy_from_slice(&pids.entry(pid).or_insert(next).to_ne_bytes());
            }
            (IFLA_NET_NS_FD, _) => bytes[value].fill(0),
            (IFLA_LINKINFO, _) => {
                let data = attrs(bytes, value).into_iter().filter(|attr| attr.0 == IFLA_INFO_DATA);
                let peers = data.flat_map(|(_, data)| attrs(bytes, data)).filter(|attr| attr.0 == VETH_INFO_PEER);
                for (_, peer) in peers.collect::<Vec<_>>() {
                    rename_pids(bytes, (peer.start + IFINFOMSG).min(peer.end)..peer.end, pids);
                }
            }
            _ => {}
        }
    }
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
}

/// Reads what `strace -f -e raw=... -e write=all` wrote about socket, sendto, sendmsg and sendmmsg.
pub fn parse(trace: &str, pids: &mut Pids) -> Vec<Request> {
    let mut protocols: HashMap<(&str, u64), Option<u64>> = HashMap::new();
    let mut pending: HashMap<&str, Vec<u64>> = HashMap::new();
    let mut sent: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut listening = false;
    for line in trace.lines() {
        if let Some(dump) = line.strip_prefix(" | ") {
            let bytes =
                dump.get(5..56).unwrap_or_default().split_whitespace().filter_map(|byte| u8::from_str_radix(byte, 16).ok());
            if let (true, Some((_, buffer))) = (listening, sent.last_mut()) {
                buffer.extend(bytes);
            }
            continue;
        }
        let Some((pid, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("* ") || pid.is_empty() {
            continue;
        }
        listening = false;
        let name = call.trim_start_matches("<... ").split([' ', '(']).next().unwrap_or_default();
        let args = match call.split_once('(') {
            Some((_, rest)) => {
                let words = rest.split([',', ')']).map_while(|word| hex(word.trim().split(' ').next()?)).collect();
                if call.ends_with("<unfinished ...>") {
                    pending.insert(pid, words);
                    continue;
                }
                words
            }
            None => pending.remove(pid).unwrap_or_default(),
        };
        let result = line.rsplit_once("= ").and_then(|(_, result)| hex(result.split(' ').next()?));
        match (name, args.as_slice(), result) {
            ("socket", &[family, _, protocol], Some(fd)) => {
                protocols.insert((pid, fd), (family == AF_NETLINK).then_some(protocol));
            }
            ("sendto" | "sendmsg" | "sendmmsg", &[fd, ..], _) => {
                // a socket that the process did not make itself came from the one that started it
                let inherited = || protocols.iter().find(|(key, _)| key.1 == fd).and_then(|(_, &protocol)| protocol);
                if let Some(protocol) = protocols.get(&(pid, fd)).copied().unwrap_or_else(inherited) {
                    sent.push((protocol, Vec::new()));
                    listening = true;
                }
            }
            _ => {}
        }
    }
    sent.iter().flat_map(|(protocol, buffer)| cut(*protocol, buffer, pids)).collect()
}

/// One buffer may hold many messages. What no length says how to cut is one message more, unless it is too short,
/// or all zeros: iproute2 sends some buffers whole, and the kernel reads nothing behind the last message.
fn cut(protocol: u64, mut buffer: &[u8], pids: &mut Pids) -> Vec<Request> {
    let mut out = Vec::new();
    while buffer.len() >= NLMSG_HDRLEN && buffer.iter().any(|&byte| byte != 0) {
        let len = u32::from_ne_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]) as usize;
        let len = if (NLMSG_HDRLEN..=buffer.len()).contains(&len) { len } else { buffer.len() };
        out.push(Request::new(protocol, &buffer[..len], pids));
        buffer = &buffer[len.next_multiple_of(4).min(buffer.len())..];
    }
    out
}

/// Where two conversations differ, field by field; `None` if they do not.
pub fn diff(original: &[Request], subject: &[Request], reads: bool) -> Option<String> {
    let compared = |requests: &[Request]| -> Vec<Request> {
        let counts = |request: &&Request| (reads && !request.is_probe()) || !request.is_read();
        let mut requests: Vec<Request> = requests.iter().filter(counts).cloned().collect();
        // a flush deletes neighbours in the order of a dump, which is that of a hash with a seed of its own
        for run in requests.chunk_by_mut(|a, b| a.deletes_neighbour() && b.deletes_neighbour()) {
            run.sort_by(|a, b| a.bytes.cmp(&b.bytes));
        }
        requests
    };
    let (original, subject) = (compared(original), compared(subject));
    (original != subject).then(|| {
        let text = |requests: &[Request]| requests.iter().map(Request::rows).collect::<String>();
        text::diff(&text(&original), &text(&subject))
    })
}

#[test]
fn strace_is_understood() {
    let trace = "\
7 socket(0x10, 0x80003, 0)          = 0x3
7 socket(0x1, 0x80002, 0)           = 0x4
7 sendto(0x4, 0x7ffc, 0x4, 0, 0, 0) = 0x4
 | 00000  41 42 43 44                                       ABCD             |
7 sendto(0x3, 0x7ffcbf578a20, 0x20, 0, 0, 0 <unfinished ...>
8 socket(0x10, 0x3, 0xc)            = 0x3
7 <... sendto resumed>)             = 0x20
 | 00000  20 00 00 00 10 00 05 00  00 00 00 00 00 00 00 00   ............... |
 | 00010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................ |
8 sendmsg(0x3, 0x7ffdbed930, 0)     = 0x24
 * 28 bytes in buffer 0
 | 00000  1c 00 00 00 10 00 01 00  07 00 00 00 01 00 00 00  ................ |
 | 00010  00 00 00 0a 08 00 01 00  00 00 00 09              ............     |
 * 20 bytes in buffer 1
 | 00000  14 00 00 00 11 00 01 00  03 00 00 00 00 00 00 00  ................ |
 | 00010  00 00 00 0a                                       ....             |
";
    let requests = parse(trace, &mut Pids::new());
    let kinds: Vec<_> = requests.iter().map(|request| (request.protocol, request.kind(), request.bytes.len())).collect();
    assert_eq!(kinds, [(0, 16, 32), (12, 16, 28), (12, 17, 20)]);
    assert!(requests[0].is_read() && !requests[1].is_read());
    assert_eq!(requests[1].bytes[8..], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 8, 0, 1, 0, 0, 0, 0, 0]);
}
