//! Changes while others change, with somebody else in the kernel's place.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nlmsg::frame::{self, Message, Messages, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, NlmF};
use nlmsg::nft::NftaGen::NFTA_GEN_ID;
use nlmsg::nft::{
    Gen, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFT_MSG_GETGEN, NFT_MSG_GETSETELEM, NFT_MSG_NEWGEN, NFT_MSG_NEWRULE,
    NFT_MSG_NEWSETELEM, NfGenMsg,
};
use nlmsg::payload::{Be, Nest};

use super::*;
use crate::socket::peer::{self, PORT, Peer, Said};

/// A kernel with one port in its sets.
struct Kernel {
    answers: VecDeque<Vec<u8>>,
    /// How many batches are refused, at messages of which type, and why.
    refuses: (u32, u16, Errno),
    batches: u32,
}

impl Kernel {
    fn answer<'a>(&mut self, to: &Message<'_>, kind: u16, flags: NlmF, body: &impl frame::Body<'a>) {
        let mut bytes = BytesMut::new();
        frame::message(&mut bytes, kind, flags, to.header.nlmsg_seq, body).unwrap();
        bytes[12..16].copy_from_slice(&PORT.to_ne_bytes());
        self.answers.push_back(bytes.to_vec());
    }

    fn refuse(&mut self, message: &Message<'_>, errno: Errno) {
        let mut payload = BytesMut::from(&(-(errno as i32)).to_ne_bytes()[..]);
        nlmsg::Record::write(&message.header, &mut payload);
        payload.extend_from_slice(message.payload);
        self.answer(message, NLMSG_ERROR.0, NlmF(0), &&payload[..]);
    }

    /// The elements of the set that the request names.
    fn elements(&mut self, message: &Message<'_>) {
        let ports = message.payload.windows(PORTS.len()).any(|part| part == PORTS.as_bytes());
        let key = if ports { padded("veth1") } else { sender("veth1", [2; 6]) };
        let mut batch = BytesMut::new();
        let mut writer = Writer(Batch::begin(&mut batch, 0, None).unwrap());
        writer.elements(true, NFPROTO_BRIDGE, if ports { PORTS } else { SENDERS }, &[(key, false)]).unwrap();
        writer.0.end().unwrap();
        let list = Messages::new(&batch).map_while(Result::ok).find(|part| part.header.nlmsg_type == NFT_MSG_NEWSETELEM);
        self.answer(message, NFT_MSG_NEWSETELEM, NLM_F_MULTI, &list.unwrap().payload);
        self.answer(message, NLMSG_DONE.0, NLM_F_MULTI, &&[0; 4][..]);
    }
}

impl Peer for Kernel {
    fn hear(&mut self, _: Protocol, datagram: &[u8]) -> Result<(), Errno> {
        for message in Messages::new(datagram).map_while(Result::ok) {
            let (times, refused, errno) = self.refuses;
            match message.header.nlmsg_type {
                NFT_MSG_GETGEN => {
                    let gen_id = Gen::new(NfGenMsg::new(NfProto(0)), Nest::List(&[NFTA_GEN_ID(Be(1))]));
                    self.answer(&message, NFT_MSG_NEWGEN, NlmF(0), &gen_id);
                }
                NFT_MSG_GETSETELEM => self.elements(&message),
                NFNL_MSG_BATCH_END => self.batches += 1,
                kind if kind == refused && self.batches < times => self.refuse(&message, errno),
                NFNL_MSG_BATCH_BEGIN | NFT_MSG_DELSETELEM => {}
                // lists of which there is nothing
                _ => self.answer(&message, NLMSG_DONE.0, NLM_F_MULTI, &&[0; 4][..]),
            }
        }
        Ok(())
    }

    fn say(&mut self) -> Option<(Duration, Said)> {
        let bytes = self.answers.pop_front()?;
        Some((Duration::ZERO, Said::Datagram { sender: 0, bytes, truncated: false }))
    }
}

/// How many batches it took to do something, and how that ended.
fn with<T>(refuses: (u32, u16, Errno), work: impl FnOnce() -> Result<T, CniError>) -> (u32, Option<String>) {
    let kernel = Arc::new(Mutex::new(Kernel { answers: VecDeque::new(), refuses, batches: 0 }));
    let ended = peer::with(kernel.clone(), work);
    (kernel.lock().unwrap().batches, ended.err().map(|error| error.msg.clone()))
}

#[test]
fn what_others_removed_is_looked_for_anew() {
    let forget = || forget_ports(|_| false);
    assert_eq!(with((0, 0, Errno::ENOENT), forget), (1, None), "nothing is refused");
    assert_eq!(with((3, NFT_MSG_DELSETELEM, Errno::ENOENT), forget), (4, None));
    let (batches, error) = with((u32::MAX, NFT_MSG_DELSETELEM, Errno::ENOENT), forget);
    assert_eq!(batches, TRIES, "not without end");
    assert!(error.is_some_and(|error| error.contains("NFT_MSG_DELSETELEM")), "and then it says what was refused");
}

#[test]
fn other_refusals_stand() {
    let (batches, error) = with((u32::MAX, NFT_MSG_DELSETELEM, Errno::EPERM), || forget_ports(|_| false));
    assert!(batches == 1 && error.is_some(), "{batches} {error:?}");
    // a kernel without the expressions of a rule says the same number
    let wanted = Wanted { network: "n", bridge: "br0", sender: Some(("veth2", [2; 6])), ..Wanted::default() };
    let (batches, error) = with((u32::MAX, NFT_MSG_NEWRULE, Errno::ENOENT), || ensure(&wanted));
    assert!(batches == 1 && error.is_some_and(|error| error.contains("NFT_MSG_NEWRULE")));
}

#[test]
fn long_names_are_cut_and_stay_apart() {
    let [a, b] = ["a", "b"].map(|end| label(&("n".repeat(200) + end)));
    assert!(a != b && a.len() < 120, "{a} {b}");
    assert_eq!(label("mynet"), "mynet");
}

#[test]
fn edges_are_intervals_again() {
    let edges = vec![(vec![9], true), (vec![5], false), (vec![0], true), (vec![9], false), (vec![7], true), (vec![7], false)];
    assert_eq!(read::intervals(edges), [(vec![5], Some(vec![7])), (vec![7], Some(vec![9])), (vec![9], None)]);
}
