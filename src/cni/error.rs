//! What a plugin says when it cannot do what it was asked: a number, a sentence and the particulars, as JSON on
//! standard output.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::json::Json;
use super::version::Version;

/// The protocol version of the configuration is not spoken here.
pub const INCOMPATIBLE_VERSION: u32 = 1;
/// The configuration asks for something that does not go with the rest of it, or with this kernel.
pub const UNSUPPORTED_FIELD: u32 = 2;
/// The container is not known, or its identifier cannot be one.
pub const UNKNOWN_CONTAINER: u32 = 3;
/// A `CNI_*` variable is missing or wrong.
pub const INVALID_ENVIRONMENT: u32 = 4;
/// Reading or writing failed.
pub const IO_FAILURE: u32 = 5;
/// What was read is not the JSON that it should be.
pub const DECODING_FAILURE: u32 = 6;
/// The configuration is well formed and makes no sense.
pub const INVALID_CONFIG: u32 = 7;
/// `CNI_NETNS` is not a network namespace, or it is the plugin's own.
pub const INVALID_NETNS: u32 = 8;
/// Something is busy: the same again, later, can work.
pub const TRY_AGAIN: u32 = 11;
/// `STATUS`: no container can be attached.
pub const NOT_AVAILABLE: u32 = 50;
/// `STATUS`: containers that are attached may have limited connectivity.
pub const LIMITED_CONNECTIVITY: u32 = 51;
/// The kernel refused what we asked.
pub const KERNEL: u32 = 100;
/// What is there is in the way, or is not what it should be.
pub const STATE: u32 = 101;
/// Another plugin failed and did not say how.
pub const PLUGIN: u32 = 102;
/// No address is left.
pub const EXHAUSTED: u32 = 103;

/// Why a plugin failed. It goes through many hands, so that it is no larger than a pointer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CniError(Box<Why>);

/// What a plugin says of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// One of the numbers of the specification below 100, or one of our own.
    pub code: u32,
    /// One sentence.
    pub msg: String,
    /// The particulars, and what to do; can be empty.
    pub details: String,
}

impl Deref for CniError {
    type Target = Why;
    fn deref(&self) -> &Why {
        &self.0
    }
}

impl DerefMut for CniError {
    fn deref_mut(&mut self) -> &mut Why {
        &mut self.0
    }
}

impl CniError {
    /// An error that one sentence says.
    pub fn new(code: u32, msg: impl Into<String>) -> CniError {
        CniError(Box::new(Why { code, msg: msg.into(), details: String::new() }))
    }

    /// The same with particulars.
    pub fn details(mut self, details: impl Into<String>) -> CniError {
        self.details = details.into();
        self
    }

    /// The same with another number.
    pub fn code(mut self, code: u32) -> CniError {
        self.code = code;
        self
    }

    /// The same after what was tried: `what: msg`.
    pub fn context(mut self, what: &str) -> CniError {
        self.msg = format!("{what}: {}", self.msg);
        self
    }

    /// For `map_err` on files: [`IO_FAILURE`], and what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> CniError {
        move |error| {
            let code = error.raw_os_error().map(crate::exchange::strerror);
            CniError::new(IO_FAILURE, format!("{}: {}", what.into(), code.unwrap_or_else(|| error.to_string())))
        }
    }

    /// For `map_err` on conversations with the kernel: [`KERNEL`], what was tried, and all that the kernel said.
    pub fn kernel(what: impl Into<String>) -> impl FnOnce(crate::Error) -> CniError {
        move |error| {
            let details = error.refusal().and_then(crate::Refusal::detail).unwrap_or_default();
            CniError::new(KERNEL, format!("{}: {error}", what.into())).details(details)
        }
    }

    /// The error as JSON, as it goes to standard output; `version` is that of the configuration, if it is known.
    pub fn to_json(&self, version: Option<Version>) -> Json {
        let mut object = Vec::new();
        if let Some(version) = version {
            object.push(("cniVersion", Json::text(version.as_str())));
        }
        object.push(("code", Json::Number(self.code.into())));
        object.push(("msg", Json::text(&self.msg)));
        if !self.details.is_empty() {
            object.push(("details", Json::text(&self.details)));
        }
        Json::Object(object)
    }
}

impl fmt::Display for CniError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.msg)?;
        if !self.details.is_empty() {
            f.write_str("; ")?;
            f.write_str(&self.details)?;
        }
        Ok(())
    }
}

impl std::error::Error for CniError {}
