//! A request that is built piece by piece.

use std::cell::Cell;
use std::net::IpAddr;

use bytes::BytesMut;
use nlmsg::frame::NLA_F_NESTED;
use nlmsg::{AttrSet, Payload, Record};

use crate::netns::NetNs;
use crate::words::{Host, Stop};

thread_local! {
    /// The memory of the last request: a batch makes one a line.
    static SPARE: Cell<Option<BytesMut>> = const { Cell::new(None) };
}

/// A request that grows attribute by attribute, in the order of the words.
#[derive(Debug)]
pub(crate) struct Request {
    body: BytesMut,
    /// Namespaces that the request names by file descriptor, open until it is sent.
    open: Vec<NetNs>,
}

impl Request {
    pub(crate) fn empty() -> Request {
        Request { body: BytesMut::new(), open: Vec::new() }
    }

    pub(crate) fn new(header: &impl Record) -> Request {
        let mut body = SPARE.take().unwrap_or_else(|| BytesMut::with_capacity(256));
        header.write(&mut body);
        Request { body, open: Vec::new() }
    }

    /// Replaces the fixed header.
    pub(crate) fn set_header(&mut self, header: &impl Record) {
        self.set_header_at(0, header);
    }

    /// Replaces a fixed header inside the request.
    pub(crate) fn set_header_at(&mut self, at: usize, header: &impl Record) {
        let end = self.put_header(header);
        self.body.copy_within(end.., at);
        self.body.truncate(end);
    }

    /// Appends an attribute.
    pub(crate) fn put<'a>(&mut self, attr: impl AttrSet<'a>) -> Result<(), Stop> {
        attr.encode(&mut self.body).map_err(|error| Stop::failure(format!("Error: {error}")))
    }

    /// Appends a fixed header where a nest begins with one.
    pub(crate) fn put_header(&mut self, header: &impl Record) -> usize {
        let at = self.body.len();
        header.write(&mut self.body);
        at
    }

    /// Begins the nest with this name in set `T`; [`end`](Self::end) ends it. As iproute2 does, without
    /// `NLA_F_NESTED`.
    pub(crate) fn begin<'a, T: AttrSet<'a>>(&mut self, name: &str) -> usize {
        let attr = T::set().by_name(name);
        debug_assert!(attr.is_some(), "{name} is not in the table");
        nlmsg::frame::open(&mut self.body, attr.map_or(0, |attr| attr.number))
    }

    /// Appends an address: what `attr` makes of it, or the attribute of that name without bytes.
    pub(crate) fn put_host<'a, T: AttrSet<'a>>(
        &mut self,
        name: &str,
        host: Host,
        attr: impl FnOnce(IpAddr) -> T,
    ) -> Result<(), Stop> {
        match host.addr {
            Some(addr) => self.put(attr(addr)),
            None => {
                let empty = self.begin::<T>(name);
                self.end(empty)
            }
        }
    }

    /// As [`begin`](Self::begin), with `NLA_F_NESTED`.
    pub(crate) fn begin_nested<'a, T: AttrSet<'a>>(&mut self, name: &str) -> usize {
        let attr = T::set().by_name(name);
        debug_assert!(attr.is_some(), "{name} is not in the table");
        nlmsg::frame::open(&mut self.body, attr.map_or(0, |attr| attr.number) | NLA_F_NESTED)
    }

    pub(crate) fn end(&mut self, start: usize) -> Result<(), Stop> {
        nlmsg::frame::close(&mut self.body, start).map_err(|what| Stop::failure(format!("Error: {what}")))
    }

    /// Appends what another request has gathered.
    pub(crate) fn extend(&mut self, other: &Request) {
        self.body.extend_from_slice(&other.body);
    }

    /// Appends an attribute that is known by its number.
    pub(crate) fn number(&mut self, number: u16, value: u32) -> Result<(), Stop> {
        value.put(number, &mut self.body).map_err(|error| Stop::failure(format!("Error: {error}")))
    }

    /// Appends an attribute that is known by its number and its bytes.
    pub(crate) fn bytes(&mut self, number: u16, value: &[u8]) -> Result<(), Stop> {
        value.put(number, &mut self.body).map_err(|error| Stop::failure(format!("Error: {error}")))
    }

    /// Whether it names files that are open only as long as it is there.
    pub(crate) fn names_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Keeps a namespace open until the request is gone.
    pub(crate) fn keep(&mut self, ns: NetNs) {
        self.open.push(ns);
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let mut body = std::mem::take(&mut self.body);
        if body.capacity() > 0 {
            body.clear();
            SPARE.set(Some(body));
        }
    }
}
