//! What can be wrong with bytes, and where.
//!
//! There are two classes. A wrong *shape* spoils one attribute: the walk goes on, and the attribute stays
//! reachable as [`Raw`](crate::Raw). Broken *framing* ends a walk, because nobody can say where the next
//! attribute begins. [`What::is_framing`] tells them apart.

use core::fmt;

use crate::payload::Set;

/// What is wrong, without the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// Fewer bytes are left than a header takes.
    #[error("{left} bytes are left where a header of {need} belongs")]
    Short {
        /// Bytes that are left.
        left: u32,
        /// Bytes that the header takes.
        need: u32,
    },
    /// A length field is smaller than its own header.
    #[error("the length field says {len}, less than its own header")]
    LengthTooSmall {
        /// What the length field says.
        len: u32,
    },
    /// A length field reaches past the end of what holds it.
    #[error("the length field says {len}, but only {left} bytes are left")]
    LengthTooLarge {
        /// What the length field says.
        len: u32,
        /// Bytes that are left.
        left: u32,
    },
    /// The value does not have the shape that the table gives the attribute.
    #[error("{len} bytes do not have the shape `{shape}`")]
    Shape {
        /// Length of the value in bytes.
        len: u32,
        /// The shape that the table asks for.
        shape: &'static str,
    },
    /// The type carries flag bits that the attribute's shape never has.
    #[error("the type carries the flag bits {flags:#06x}")]
    Flags {
        /// `NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`.
        flags: u16,
    },
    /// The bytes that fill an attribute up to four are not zero, or cut off.
    #[error("the padding is not zero or cut off")]
    Padding,
    /// An attribute to be sent is longer than `nla_len` can say.
    #[error("{len} bytes do not fit in an attribute, which holds 65531")]
    TooLong {
        /// Length of the value in bytes.
        len: usize,
    },
    /// A text to be sent holds a NUL byte.
    #[error("the text holds a NUL byte")]
    Nul,
}

impl What {
    /// Whether the walk cannot go on past this.
    pub fn is_framing(&self) -> bool {
        matches!(self, What::Short { .. } | What::LengthTooSmall { .. } | What::LengthTooLarge { .. })
    }
}

/// What is wrong, and where. The text is made only when it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// Bytes from the start of the message (or of the buffer that the walk began with).
    pub offset: u32,
    /// The attribute's number, without flag bits; 0 where no attribute was reached.
    pub attr: u16,
    /// The set that the attribute belongs to, where one is known.
    pub set: Option<&'static Set>,
    /// What is wrong.
    pub what: What,
}

impl Error {
    /// Names the attribute that it lies in, unless one further in is named already.
    #[cold]
    pub(crate) fn inside(self, set: &'static Set, attr: u16) -> Error {
        if self.set.is_some() { self } else { Error { set: Some(set), attr, ..self } }
    }

    /// This, at so many bytes from the start, in no attribute.
    pub fn new(offset: u32, what: What) -> Error {
        Error { offset, attr: 0, set: None, what }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.offset)?;
        match (self.set, self.set.and_then(|set| set.get(self.attr))) {
            (_, Some(attr)) => write!(f, ", {}", attr.name)?,
            (Some(set), None) => write!(f, ", attribute {} of {}", self.attr, set.name)?,
            (None, None) => {}
        }
        write!(f, ": {}", self.what)
    }
}

impl core::error::Error for Error {}
