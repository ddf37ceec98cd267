//! libmnl, by way of `mnl.c`.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::requests::{RouteRequest, VethRequest};
use crate::sum::Sum;

unsafe extern "C" {
    fn bench_mnl_decode(what: c_int, buf: *const c_void, len: usize) -> Sum;
    fn bench_mnl_route(buf: *mut c_void, dst: u32, dst_len: u8, gateway: u32, oif: u32, priority: u32) -> usize;
    fn bench_mnl_veth(buf: *mut c_void, name: *const c_char, peer: *const c_char, master: u32, netns_fd: u32) -> usize;
}

/// Room for a request; libmnl asks for alignment, and does not check.
#[repr(align(8))]
pub struct Buffer(pub [u8; 512]);

fn decode(what: c_int, bytes: &[u8]) -> Sum {
    assert!(bytes.as_ptr().addr().is_multiple_of(4) && bytes.len() <= c_int::MAX as usize);
    // SAFETY: the C side reads no more than `len` bytes of a buffer that outlives the call.
    unsafe { bench_mnl_decode(what, bytes.as_ptr().cast(), bytes.len()) }
}

pub fn links(bytes: &[u8]) -> Sum {
    decode(0, bytes)
}

pub fn addrs(bytes: &[u8]) -> Sum {
    decode(1, bytes)
}

pub fn routes(bytes: &[u8]) -> Sum {
    decode(2, bytes)
}

pub fn rules(bytes: &[u8]) -> Sum {
    decode(3, bytes)
}

pub fn encode_route(out: &mut Buffer, request: &RouteRequest) -> usize {
    let (dst, gateway) = (u32::from_ne_bytes(request.dst.octets()), u32::from_ne_bytes(request.gateway.octets()));
    // SAFETY: the message has 60 bytes, the buffer 512.
    unsafe { bench_mnl_route(out.0.as_mut_ptr().cast(), dst, request.dst_len, gateway, request.oif, request.priority) }
}

pub fn encode_veth(out: &mut Buffer, request: &VethRequest<'_>) -> usize {
    let text = |text: &CStr| {
        assert!(text.count_bytes() < 16);
        text.as_ptr()
    };
    // SAFETY: the texts end with NUL and outlive the call; with names below 16 bytes the message has less than 150
    // bytes, the buffer 512.
    unsafe {
        bench_mnl_veth(out.0.as_mut_ptr().cast(), text(request.c_name), text(request.c_peer), request.master, request.netns_fd)
    }
}
