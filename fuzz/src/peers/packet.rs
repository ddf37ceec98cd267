//! netlink-packet-route: owned messages, which can be written again. What it writes is read with our eyes.

use netlink_packet_core::{NetlinkDeserializable, NetlinkHeader, NetlinkSerializable};
use netlink_packet_route::RouteNetlinkMessage;
use nlmsg::{Messages, route};

use super::{Difference, foreign, values};

/// Attributes that it reads and then writes as something else, by the end of their path. `DIFFERENCES.md` says why.
pub const KNOWN: &[&str] = &["IFLA_BR_VLAN_PROTOCOL", "IFLA_VLAN_PROTOCOL", "IFLA_PHYS_PORT_ID", "IFLA_PHYS_SWITCH_ID"];

/// Whether a difference is a way of its own, which `DIFFERENCES.md` describes: it keeps a `bool`, and any number but 0 is 1 when
/// it is written again; or it knows how many numbers a list has today, and fills a shorter one up with zeros.
fn is_known(ours: &str, theirs: &str) -> bool {
    let is_bool = theirs == "1" && ours.parse::<u64>().is_ok_and(|number| number > 1);
    let filled = theirs.strip_prefix(ours).filter(|rest| ours.is_empty() || rest.starts_with(' '));
    is_bool || filled.is_some_and(|rest| rest.split(' ').all(|number| matches!(number, "" | "0")))
}

/// Reads a message as it does and writes it again; `None` if it refuses the message or panics.
pub fn again(whole: &[u8]) -> Option<Vec<u8>> {
    let message = Messages::new(whole).next()?.ok()?;
    let copy = whole[..16 + message.payload.len()].to_vec();
    let inner = foreign(move || written(&copy))??;
    let mut bytes = Vec::with_capacity(16 + inner.len());
    bytes.extend_from_slice(&(16 + inner.len() as u32).to_ne_bytes());
    bytes.extend_from_slice(whole.get(4..16)?);
    bytes.extend(inner);
    Some(bytes)
}

/// The payload of a framed message as it writes it; `None` if it refuses the message.
pub fn written(whole: &[u8]) -> Option<Vec<u8>> {
    let mut header = NetlinkHeader::default();
    header.message_type = u16::from_ne_bytes([*whole.get(4)?, *whole.get(5)?]);
    let inner = RouteNetlinkMessage::deserialize(&header, whole.get(16..)?).ok()?;
    let mut bytes = vec![0; inner.buffer_len()];
    inner.serialize(&mut bytes);
    Some(bytes)
}

/// Where it says something else than we do of a datagram's messages.
pub fn differences(datagram: &[u8]) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut messages = Messages::new(datagram);
    let mut at = 0;
    while let Some(Ok(message)) = messages.next() {
        let whole = &datagram[at..at + message.header.nlmsg_len as usize];
        at = messages.offset();
        let Some(info) = route::MESSAGES.iter().find(|info| info.number == message.header.nlmsg_type) else { continue };
        let size: usize = info.header.iter().map(|field| field.size).sum();
        if message.payload.len() < size {
            continue;
        }
        let Some(again) = again(whole) else { continue };
        let (ours, theirs) = (values(whole, route::MESSAGES), values(&again, route::MESSAGES));
        for (path, ours) in ours {
            if let Some(theirs) = theirs.get(&path)
                && *theirs != ours
                && !is_known(&ours, theirs)
                && !KNOWN.iter().any(|known| path.ends_with(known))
            {
                found.push(Difference { path, ours, theirs: theirs.clone() });
            }
        }
    }
    found
}

/// Where both read a message, they read the same.
///
/// # Panics
/// They do not, and nobody knows why yet.
pub fn differential(datagram: &[u8]) {
    let found = differences(datagram);
    assert!(found.is_empty(), "{found:#?}");
}
