#![no_std]
#![doc = "stub"]
#[cfg(test)]
extern crate std;

#[macro_use]
mod table;

pub mod ack;
pub mod error;
pub mod explain;
pub mod frame;
pub mod make;
pub mod nft;
pub mod payload;
pub mod route;

pub use error::Error;
pub use frame::{Body, Message, Messages, Raw};
pub use payload::{AttrSet, Context, Field, Nest, Payload, Record, View};
