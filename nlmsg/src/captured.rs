//! For the tests: captured bytes, what they mean, and back. All of them were captured on little-endian machines. Where the host is
//! big-endian, what they mean is sent instead, and read, and sent again; a test that is of the bytes alone is ignored there.

use core::fmt::Debug;
use std::format;
use std::vec::Vec;

use bytes::BytesMut;

use crate::error::Error;
use crate::frame::{Body, Messages, NLM_F_REQUEST, message};

/// The bytes of a text of hexadecimal digits.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// Captured bytes; on a big-endian host those that `say` says.
pub(crate) fn captured(text: &str, say: impl FnOnce(&mut BytesMut) -> Result<(), Error>) -> &'static [u8] {
    if cfg!(target_endian = "little") {
        return Vec::leak(hex(text));
    }
    let mut out = BytesMut::new();
    say(&mut out).unwrap();
    Vec::leak(out.to_vec())
}

/// A captured message reads as this, typed to the last attribute, and both go back to the captured bytes.
pub(crate) fn same<'a, B: Body<'a> + Debug>(nlmsg_type: u16, text: &str, expected: B) {
    let bytes = captured(text, |out| message(out, nlmsg_type, NLM_F_REQUEST, 1, &expected));
    let captured = Messages::new(bytes).next().unwrap().unwrap();
    assert_eq!(captured.header.nlmsg_type, nlmsg_type);
    let read: B = captured.body().unwrap();
    assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    for body in [read, expected] {
        let mut out = BytesMut::new();
        message(&mut out, nlmsg_type, captured.header.nlmsg_flags, captured.header.nlmsg_seq, &body).unwrap();
        assert_eq!(out, bytes);
    }
}
