//! What must hold for any bytes: the bodies of the fuzz targets, which tests run too.

use bytes::BytesMut;

use crate::explain::explain;
use crate::frame::Messages;
use crate::payload::MessageInfo;

/// Decodes every message of a datagram as what its type says, and encodes it again: the bytes are the same. The rows
/// of [`explain`] joined are the message too.
///
/// # Panics
/// One of the two does not hold.
pub fn lossless(datagram: &[u8], protocol: &'static [MessageInfo]) {
    let mut again = BytesMut::new();
    let mut messages = Messages::new(datagram);
    let mut start = 0;
    while let Some(Ok(message)) = messages.next() {
        let whole = &datagram[start..start + message.header.nlmsg_len as usize];
        start = messages.offset();
        let mut at = 0;
        explain(whole, protocol, &mut |row| {
            assert_eq!(row.offset, at, "the rows leave no gap");
            assert_eq!(row.bytes, &whole[at..at + row.bytes.len()], "the rows are the message");
            assert!(row.scope >= row.bytes.len() && row.offset + row.scope <= whole.len(), "a row ends inside");
            at += row.bytes.len();
        });
        assert_eq!(at, whole.len(), "the rows are all of the message");
        let known = protocol.iter().find(|info| info.number == message.header.nlmsg_type);
        if let Some(info) = known.filter(|_| !message.payload.is_empty()) {
            again.clear();
            let read = (info.again)(message.payload, &mut again);
            assert_eq!(read, Ok(()), "{} is read", info.name);
            assert_eq!(again, message.payload, "{} comes back", info.name);
        }
    }
}
