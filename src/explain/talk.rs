//! What was asked and is not answered yet, and the names that were heard: a bounded memory of a conversation.

use std::collections::{BTreeMap, VecDeque};

use nlmsg::Messages;
use nlmsg::frame::{NETLINK_NETFILTER, NETLINK_ROUTE, NLMSG_HDRLEN, Netlink, NlMsgHdr};
use nlmsg::route::{Ifla, Link, RTM_NEWLINK};

use crate::capture::Datagram;
use crate::socket::Direction;

/// How many requests are remembered.
const REQUESTS: usize = 256;
/// How many bytes of them in all.
const BYTES: usize = 512 * 1024;
/// How many links are known by name.
const LINKS: usize = 4096;

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The message's number.
    pub number: u64,
    /// The message.
    pub bytes: Vec<u8>,
    key: Key,
}

/// By what an answer is known to belong to a request: process, descriptor, protocol, `nlmsg_seq`.
type Key = (Option<i32>, Option<i32>, Netlink, u32);

/// The memory.
#[derive(Default)]
pub(crate) struct Talk {
    asked: VecDeque<Asked>,
    bytes: usize,
    /// Names of links by namespace and index.
    links: BTreeMap<(u64, u32), String>,
    nft: crate::nft::Reader,
    nft_text: Option<String>,
}

impl Talk {
    /// Takes a message; gives the place of the request that it answers.
    pub(super) fn hear(
        &mut self,
        number: u64,
        datagram: &Datagram<'_>,
        netlink: Netlink,
        header: &NlMsgHdr,
        bytes: &[u8],
    ) -> Option<usize> {
        self.nft_text = None;
        if netlink == NETLINK_NETFILTER && header.nlmsg_type >= 16 {
            let message = Messages::new(bytes).next().and_then(Result::ok);
            self.nft_text = message.and_then(|message| self.nft.take(message));
        }
        let key = (datagram.socket.pid, datagram.socket.fd, netlink, header.nlmsg_seq);
        if datagram.peeked {
            return self.find(&key);
        }
        match datagram.way() {
            Direction::Sent => {
                while self.asked.len() >= REQUESTS || (self.bytes + bytes.len() > BYTES && !self.asked.is_empty()) {
                    let gone = self.asked.pop_front().map_or(0, |asked| asked.bytes.len());
                    self.bytes -= gone;
                }
                self.bytes += bytes.len();
                self.asked.push_back(Asked { number, bytes: bytes.to_vec(), key });
                None
            }
            Direction::Received => {
                if netlink == NETLINK_ROUTE && header.nlmsg_type == RTM_NEWLINK {
                    self.remember(datagram, bytes);
                }
                self.find(&key)
            }
        }
    }

    fn find(&self, key: &Key) -> Option<usize> {
        // events have the number 0
        (key.3 != 0).then(|| self.asked.iter().rposition(|asked| asked.key == *key)).flatten()
    }

    /// The request at that place.
    pub(super) fn asked(&self, at: usize) -> &Asked {
        &self.asked[at]
    }

    fn remember(&mut self, datagram: &Datagram<'_>, bytes: &[u8]) {
        let Ok(link) = Link::parse(bytes.get(NLMSG_HDRLEN..).unwrap_or_default(), 0) else { return };
        let name = link.attrs.find(|attr| match attr {
            Ifla::IFLA_IFNAME(name) => Some(name.to_string()),
            _ => None,
        });
        let place = (datagram.socket.netns.unwrap_or(0), link.header.ifi_index as u32);
        if let Some(name) = name
            && (self.links.len() < LINKS || self.links.contains_key(&place))
        {
            self.links.insert(place, name);
        }
    }

    /// The name of a link of the datagram's namespace; `if5` if it was not heard.
    pub(super) fn link(&self, datagram: &Datagram<'_>, index: u32) -> String {
        if let Some((_, name)) = super::placeholder((index as i32).to_ne_bytes()) {
            return name;
        }
        self.links.get(&(datagram.socket.netns.unwrap_or(0), index)).cloned().unwrap_or_else(|| format!("if{index}"))
    }

    /// The message that was heard last in the words of nft.
    pub(super) fn nft_text(&self) -> Option<&str> {
        self.nft_text.as_deref()
    }
}
