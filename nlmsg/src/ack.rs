//! How the kernel ends a conversation: `NLMSG_ERROR`, `NLMSG_DONE`, and the extended acknowledgement in both
//! (linux/netlink.h).
//!
//! ```text
//! NLMSG_ERROR  | s32 error | nlmsghdr of the request | its payload, without NLM_F_CAPPED | NlmsgErr, with NLM_F_ACK_TLVS |
//! NLMSG_DONE   | s32 error or a count | NlmsgErr, with NLM_F_ACK_TLVS |
//! ```
//!
//! An error is a negative `errno`; 0 is an acknowledgement, and that may carry a warning. Errors of a dump
//! arrive in its `NLMSG_DONE`.

use crate::error::{Error, What};
use crate::frame::{Message, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN, NlMsgHdr, align};
use crate::payload::{Nest, Record, Span, Str};

attrs! {
    /// Extended acknowledgement: `enum nlmsgerr_attrs`.
    pub enum NlmsgErr<'a> in "netlink.h" {
        /// What is wrong, in the kernel's words.
        NLMSGERR_ATTR_MSG(Str<'a>) = 1,
        /// Bytes from the start of the request to the attribute that is wrong.
        NLMSGERR_ATTR_OFFS(u32) = 2,
        /// Data of the subsystem.
        NLMSGERR_ATTR_COOKIE(&'a [u8]) = 3,
        /// What the kernel would have accepted there.
        NLMSGERR_ATTR_POLICY(Nest<'a, NlPolicy<'a>>) = 4,
        /// Number of an attribute that is missing.
        NLMSGERR_ATTR_MISS_TYPE(u32) = 5,
        /// Bytes from the start of the request to the nest in which it is missing; absent at the top.
        NLMSGERR_ATTR_MISS_NEST(u32) = 6,
    }
}

names! {
    /// `enum netlink_attribute_type`: the shapes that the kernel's policies know.
    pub enum NlAttrType(u32) {
        NL_ATTR_TYPE_INVALID = 0,
        NL_ATTR_TYPE_FLAG = 1,
        NL_ATTR_TYPE_U8 = 2,
        NL_ATTR_TYPE_U16 = 3,
        NL_ATTR_TYPE_U32 = 4,
        NL_ATTR_TYPE_U64 = 5,
        NL_ATTR_TYPE_S8 = 6,
        NL_ATTR_TYPE_S16 = 7,
        NL_ATTR_TYPE_S32 = 8,
        NL_ATTR_TYPE_S64 = 9,
        NL_ATTR_TYPE_BINARY = 10,
        NL_ATTR_TYPE_STRING = 11,
        NL_ATTR_TYPE_NUL_STRING = 12,
        NL_ATTR_TYPE_NESTED = 13,
        NL_ATTR_TYPE_NESTED_ARRAY = 14,
        NL_ATTR_TYPE_BITFIELD32 = 15,
        NL_ATTR_TYPE_SINT = 16,
        NL_ATTR_TYPE_UINT = 17,
    }
}

attrs! {
    /// A policy: `enum netlink_policy_type_attr`.
    pub enum NlPolicy<'a> in "netlink.h" {
        /// The shape.
        NL_POLICY_TYPE_ATTR_TYPE(NlAttrType) = 1,
        /// Smallest value of a signed integer.
        NL_POLICY_TYPE_ATTR_MIN_VALUE_S(i64) = 2,
        /// Largest value of a signed integer.
        NL_POLICY_TYPE_ATTR_MAX_VALUE_S(i64) = 3,
        /// Smallest value of an unsigned integer.
        NL_POLICY_TYPE_ATTR_MIN_VALUE_U(u64) = 4,
        /// Largest value of an unsigned integer.
        NL_POLICY_TYPE_ATTR_MAX_VALUE_U(u64) = 5,
        /// Smallest length in bytes.
        NL_POLICY_TYPE_ATTR_MIN_LENGTH(u32) = 6,
        /// Largest length in bytes.
        NL_POLICY_TYPE_ATTR_MAX_LENGTH(u32) = 7,
        /// Index of the policy of what is nested.
        NL_POLICY_TYPE_ATTR_POLICY_IDX(u32) = 8,
        /// Largest attribute number of what is nested.
        NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE(u32) = 9,
        /// The bits that may be set, of a bit field.
        NL_POLICY_TYPE_ATTR_BITFIELD32_MASK(u32) = 10,
        /// Fills up to eight bytes.
        NL_POLICY_TYPE_ATTR_PAD(&'a [u8]) = 11,
        /// The bits that may be set, of an integer.
        NL_POLICY_TYPE_ATTR_MASK(u64) = 12,
    }
}

/// The kernel's verdict on a request, from `NLMSG_ERROR` or `NLMSG_DONE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ack<'a> {
    /// 0, or a negative `errno`. In an `NLMSG_DONE` a positive number means nothing.
    pub error: i32,
    /// The header of the request that is answered; `None` in `NLMSG_DONE`.
    pub request: Option<NlMsgHdr>,
    /// What followed that header, unless `NLM_F_CAPPED`.
    pub echo: &'a [u8],
    /// What the kernel has to say besides: a reason of an error, or a warning.
    pub ext: Nest<'a, NlmsgErr<'a>>,
}

impl<'a> Ack<'a> {
    /// Reads a verdict; `None` if the message is something else.
    ///
    /// # Errors
    /// The message is shorter than its type promises.
    pub fn parse(message: &Message<'a>) -> Result<Option<Ack<'a>>, Error> {
        let (payload, flags) = (message.payload, message.header.nlmsg_flags);
        let fixed = match message.header.nlmsg_type {
            kind if kind == NLMSG_ERROR.0 => 4 + NLMSG_HDRLEN,
            kind if kind == NLMSG_DONE.0 && payload.is_empty() => 0,
            kind if kind == NLMSG_DONE.0 => 4,
            _ => return Ok(None),
        };
        if payload.len() < fixed {
            let what = What::Short { left: payload.len() as u32, need: fixed as u32 };
            return Err(Error::new(NLMSG_HDRLEN as u32, what));
        }
        let error = payload.first_chunk().map_or(0, |&bytes| i32::from_ne_bytes(bytes));
        let request = (fixed > 4).then(|| NlMsgHdr::read(&payload[4..]));
        let end = match request {
            Some(request) if !flags.contains(NLM_F_CAPPED) => {
                let len = (request.nlmsg_len as usize).max(NLMSG_HDRLEN);
                // lengths up to 4 GiB are claimed by whoever sent the request; what is not there is not echoed
                align(len.min(payload.len())).saturating_add(4).min(payload.len())
            }
            _ => fixed,
        };
        let ext = if flags.contains(NLM_F_ACK_TLVS) { &payload[end..] } else { &[] };
        Ok(Some(Ack {
            error,
            request,
            echo: &payload[fixed..end],
            ext: Nest::Walk(Span::new(ext, (NLMSG_HDRLEN + end) as u32, 0)),
        }))
    }

    /// The kernel's words.
    pub fn message(&self) -> Option<Str<'a>> {
        self.ext.find(|attr| match attr {
            NlmsgErr::NLMSGERR_ATTR_MSG(text) => Some(text),
            _ => None,
        })
    }

    /// Bytes from the start of the request to the attribute that the kernel means: the one that is wrong, or
    /// the nest in which one is missing.
    pub fn offset(&self) -> Option<u32> {
        self.ext.find(|attr| match attr {
            NlmsgErr::NLMSGERR_ATTR_OFFS(offset) | NlmsgErr::NLMSGERR_ATTR_MISS_NEST(offset) => Some(offset),
            _ => None,
        })
    }

    /// Number of an attribute that is missing.
    pub fn missing(&self) -> Option<u32> {
        self.ext.find(|attr| match attr {
            NlmsgErr::NLMSGERR_ATTR_MISS_TYPE(number) => Some(number),
            _ => None,
        })
    }
}
