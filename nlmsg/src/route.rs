//! rtnetlink
pub mod link;
