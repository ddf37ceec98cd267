//! A kernel that believes everything: it checks that what it is told is sound, keeps it, and gives it back.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use nix::errno::Errno;
use nlmsg::error::What;
use nlmsg::explain::{Label, explain};
use nlmsg::frame::{Messages, NLM_F_ACK, NLM_F_APPEND, NLM_F_DUMP, NLM_F_ECHO, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, NlmF};
use nlmsg::nft::*;
use nlmsg::payload::{Be, Nest, Selector, Str};
use nlmsg::route::{IFF_UP, IfInfoMsg, Ifla::*, IflaInfo::*, Link, RTM_NEWLINK, RTM_NEWNSID};
use nlmsg::{Message, frame};

use crate::Protocol;
use crate::socket::peer::{PORT, Peer, Said};

/// Names of sets that are to be numbered, and as long as the names that they get.
const UNNAMED: [&[u8]; 2] = [b"__set%d", b"__map%d"];

/// What is kept of a message: its type, and what follows the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) kind: u16,
    pub(super) payload: Vec<u8>,
}

/// A kernel without a network.
#[derive(Default)]
pub(super) struct Kernel {
    /// What there is.
    pub(super) objects: Vec<Kept>,
    /// All requests that were heard.
    pub(super) requests: Vec<Vec<u8>>,
    answers: VecDeque<Vec<u8>>,
    /// Sets that were numbered.
    numbered: usize,
    /// It was asked for more than it can keep.
    pub(super) full: bool,
    /// Requests need not be sound: they hold what somebody else said.
    trusting: bool,
}

impl Kernel {
    /// A kernel with two devices.
    pub(super) fn with_devices() -> Kernel {
        let mut kernel = Kernel::default();
        for (index, name, kind) in [(1, "lo", None), (2, "eth0", Some("veth")), (3, "br0", Some("bridge"))] {
            let header = IfInfoMsg { ifi_index: index, ifi_flags: IFF_UP, ..IfInfoMsg::default() };
            let kind = kind.map(|kind| IFLA_INFO_KIND(Selector(Str::new(kind))));
            let attrs = [IFLA_IFNAME(Str::new(name)), IFLA_MTU(1500), IFLA_LINKINFO(Nest::List(kind.as_slice()))];
            let mut bytes = BytesMut::new();
            if frame::Body::write(&Link::new(header, Nest::List(&attrs)), &mut bytes).is_ok() {
                kernel.objects.push(Kept { kind: RTM_NEWLINK, payload: bytes.to_vec() });
            }
        }
        kernel
    }

    /// A kernel whose objects are somebody else's, who is not asked to be sound.
    pub(super) fn trusting() -> Kernel {
        Kernel { trusting: true, ..Kernel::default() }
    }

    fn answer(&mut self, kind: u16, flags: NlmF, seq: u32, payload: &[u8]) {
        let mut bytes = BytesMut::new();
        if frame::message(&mut bytes, kind, flags, seq, &payload).is_ok() {
            bytes[12..16].copy_from_slice(&PORT.to_ne_bytes());
            self.answers.push_back(bytes.to_vec());
        }
    }

    fn verdict(&mut self, message: &Message<'_>, errno: i32) {
        let mut payload = BytesMut::from(&(-errno).to_ne_bytes()[..]);
        nlmsg::Record::write(&message.header, &mut payload);
        payload.extend_from_slice(message.payload);
        self.answer(NLMSG_ERROR.0, NlmF(0), message.header.nlmsg_seq, &payload);
    }

    /// What a request for objects gives.
    fn list(&mut self, message: &Message<'_>, new: u16) {
        let (seq, dump) = (message.header.nlmsg_seq, message.header.nlmsg_flags.contains(NLM_F_DUMP));
        let of_set = (new == NFT_MSG_NEWSETELEM).then(|| set_of(message.payload)).flatten();
        let wanted = |kept: &&Kept| kept.kind == new && (of_set.is_none() || set_of(&kept.payload) == of_set);
        let found: Vec<Kept> = self.objects.iter().filter(wanted).cloned().collect();
        if dump {
            found.iter().for_each(|kept| self.answer(kept.kind, NLM_F_MULTI, seq, &kept.payload));
            self.answer(NLMSG_DONE.0, NLM_F_MULTI, seq, &[0; 4]);
            return;
        }
        match found.first() {
            Some(kept) => self.answer(kept.kind, NlmF(0), seq, &kept.payload),
            None => self.verdict(message, Errno::ENODEV as i32),
        }
        if message.header.nlmsg_flags.contains(NLM_F_ACK) {
            self.verdict(message, 0);
        }
    }

    fn route(&mut self, message: &Message<'_>) {
        let kind = message.header.nlmsg_type;
        match kind % 4 {
            2 => self.list(message, kind - 2),
            _ => {
                if message.header.nlmsg_flags.contains(NLM_F_ECHO) && kind != RTM_NEWNSID {
                    self.answer(kind, NlmF(0), message.header.nlmsg_seq, message.payload);
                }
                self.verdict(message, 0);
            }
        }
    }

    fn nft(&mut self, message: &Message<'_>) {
        let (header, kind) = (message.header, message.header.nlmsg_type);
        match kind {
            NFNL_MSG_BATCH_BEGIN | NFNL_MSG_BATCH_END => return,
            NFT_MSG_GETGEN => return self.verdict(message, Errno::EOPNOTSUPP as i32),
            NFT_MSG_GETTABLE | NFT_MSG_GETCHAIN | NFT_MSG_GETRULE | NFT_MSG_GETSET | NFT_MSG_GETSETELEM | NFT_MSG_GETOBJ
            | NFT_MSG_GETFLOWTABLE => return self.list(message, kind - 1),
            NFT_MSG_GETOBJ_RESET => return self.list(message, NFT_MSG_NEWOBJ),
            NFT_MSG_NEWTABLE | NFT_MSG_NEWCHAIN | NFT_MSG_NEWRULE | NFT_MSG_NEWSET | NFT_MSG_NEWSETELEM | NFT_MSG_NEWOBJ
            | NFT_MSG_NEWFLOWTABLE => self.keep(message),
            _ => {}
        }
        if header.nlmsg_flags.contains(NLM_F_ACK) {
            self.verdict(message, 0);
        }
    }

    fn keep(&mut self, message: &Message<'_>) {
        let mut kept = Kept { kind: message.header.nlmsg_type, payload: message.payload.to_vec() };
        if kept.kind == NFT_MSG_NEWSET && UNNAMED.iter().any(|name| message.payload.windows(name.len()).any(|part| part == *name))
        {
            self.numbered += 1;
        }
        self.full |= self.numbered > 99 || self.objects.len() > 500;
        number(&mut kept.payload, kept.kind, &self.objects, self.numbered);
        if name_of(&kept).is_some() && self.objects.iter().any(|old| old.kind == kept.kind && name_of(old) == name_of(&kept)) {
            return;
        }
        let first = self.objects.iter().position(|old| old.kind == NFT_MSG_NEWRULE);
        match first {
            Some(at) if kept.kind == NFT_MSG_NEWRULE && !message.header.nlmsg_flags.contains(NLM_F_APPEND) => {
                self.objects.insert(at, kept);
            }
            _ => self.objects.push(kept),
        }
    }
}

/// Gives a set that has no name of its own one of the same length, where it is made and where it is used. The set that is
/// used has the number that its message gave it.
fn number(payload: &mut [u8], kind: u16, objects: &[Kept], last: usize) {
    let mut framed = BytesMut::new();
    if frame::message(&mut framed, kind, NlmF(0), 0, &&*payload).is_err() {
        return;
    }
    let ids: Vec<(u32, Vec<u8>)> =
        objects.iter().filter(|kept| kept.kind == NFT_MSG_NEWSET).filter_map(|kept| id_of(&kept.payload)).collect();
    // names that wait for the number that follows them
    let mut waiting: Option<usize> = None;
    let mut renamed: Vec<(usize, Vec<u8>)> = Vec::new();
    explain(&framed, Protocol::Netfilter.messages(), &mut |row| {
        let Label::Attr(_, attr) = row.label else { return };
        let value = row.value.as_bytes();
        if UNNAMED.iter().any(|name| value.starts_with(name)) {
            if kind == NFT_MSG_NEWSET {
                let name = [&value[..5], format!("{last:02}").as_bytes()].concat();
                renamed.push((row.offset + 4, name));
            } else {
                waiting = Some(row.offset + 4);
            }
        } else if attr.name.ends_with("_SET_ID")
            && let (Some(at), Some(id)) = (waiting.take(), value.first_chunk())
            && let Some((_, name)) = ids.iter().find(|(known, _)| *known == u32::from_be_bytes(*id))
        {
            renamed.push((at, name.clone()));
        }
    });
    for (at, name) in renamed {
        if let Some(place) = payload.get_mut(at - 16..at - 16 + 7) {
            place.copy_from_slice(&name[..7]);
        }
    }
}

fn id_of(payload: &[u8]) -> Option<(u32, Vec<u8>)> {
    let set = Set::parse(payload, 16).ok()?;
    let id = set.attrs.find(|attr| match attr {
        NftaSet::NFTA_SET_ID(Be(id)) => Some(id),
        _ => None,
    })?;
    let name = set.attrs.find(|attr| match attr {
        NftaSet::NFTA_SET_NAME(name) => Some(name.as_bytes().to_vec()),
        _ => None,
    })?;
    (name.len() >= 7).then_some((id, name))
}

/// By what an object is known: its family, its table and its name. Rules and elements have none.
fn name_of(kept: &Kept) -> Option<(u8, Vec<&[u8]>)> {
    let numbers: &[u16] = match kept.kind {
        NFT_MSG_NEWTABLE => &[1],
        NFT_MSG_NEWCHAIN => &[1, 3],
        NFT_MSG_NEWSET | NFT_MSG_NEWFLOWTABLE => &[1, 2],
        NFT_MSG_NEWOBJ => &[1, 2, 3],
        _ => return None,
    };
    let table = Table::parse(&kept.payload, 16).ok()?;
    let value = |number: &u16| table.attrs.raw().find(|raw| raw.number() == *number).map_or(&[][..], |raw| raw.value());
    Some((table.header.nfgen_family.0, numbers.iter().map(value).collect()))
}

fn set_of(payload: &[u8]) -> Option<(u8, Vec<u8>, Vec<u8>)> {
    let list = SetElems::parse(payload, 16).ok()?;
    let table = list.attrs.find(|attr| match attr {
        NftaSetElemList::NFTA_SET_ELEM_LIST_TABLE(name) => Some(name.as_bytes().to_vec()),
        _ => None,
    })?;
    let set = list.attrs.find(|attr| match attr {
        NftaSetElemList::NFTA_SET_ELEM_LIST_SET(name) => Some(name.as_bytes().to_vec()),
        _ => None,
    })?;
    Some((list.header.nfgen_family.0, table, set))
}

/// A request of ours has nothing odd in it: it says what it means, byte for byte, and no attribute is of a wrong shape.
fn check(request: &[u8], protocol: Protocol) {
    nlmsg::fuzz::lossless(request, protocol.messages());
    nlmsg::fuzz::explained(request, protocol.messages());
    for message in Messages::new(request) {
        let Ok(message) = message else { panic!("a request is framed: {request:02x?}") };
        assert!(protocol.message(message.header.nlmsg_type).is_some(), "a request is known: {message:?}");
    }
    explain(request, protocol.messages(), &mut |row| {
        // `ip neigh add any` says an address without bytes, as iproute2 does
        let wrong = row.value.wrong.filter(|what| !matches!(what, What::Shape { len: 0, .. }));
        assert!(wrong.is_none(), "{} of a request is sound: {wrong:?}", row.label);
    });
}

impl Peer for Kernel {
    fn hear(&mut self, protocol: Protocol, datagram: &[u8]) -> Result<(), Errno> {
        for message in Messages::new(datagram).map_while(Result::ok) {
            let end = 16 + message.payload.len();
            let mut one = BytesMut::with_capacity(end);
            nlmsg::Record::write(&message.header, &mut one);
            one.extend_from_slice(message.payload);
            if !self.trusting {
                check(&one, protocol);
            }
            self.requests.push(one.to_vec());
            match protocol {
                Protocol::Route => self.route(&message),
                Protocol::Netfilter => self.nft(&message),
            }
        }
        Ok(())
    }

    fn say(&mut self) -> Option<(Duration, Said)> {
        let bytes = self.answers.pop_front()?;
        Some((Duration::ZERO, Said::Datagram { sender: 0, bytes, truncated: false }))
    }
}
