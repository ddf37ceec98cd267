//! What the encoders are asked for, and the same written by hand.

use std::ffi::CStr;
use std::net::Ipv4Addr;

/// "Add this route."
#[derive(Clone, Copy)]
pub struct RouteRequest {
    pub dst: Ipv4Addr,
    pub dst_len: u8,
    pub gateway: Ipv4Addr,
    pub oif: u32,
    pub priority: u32,
}

/// "Make this veth pair, one end up and in a bridge, the other in another namespace."
#[derive(Clone, Copy)]
pub struct VethRequest<'a> {
    pub name: &'a str,
    pub peer: &'a str,
    /// The same for peers that ask for C strings.
    pub c_name: &'a CStr,
    pub c_peer: &'a CStr,
    pub master: u32,
    pub netns_fd: u32,
}

pub const ROUTE: RouteRequest =
    RouteRequest { dst: Ipv4Addr::new(10, 20, 30, 0), dst_len: 24, gateway: Ipv4Addr::new(192, 0, 2, 1), oif: 7, priority: 100 };

pub const VETH: VethRequest<'static> =
    VethRequest { name: "veth0123abc", peer: "eth0", c_name: c"veth0123abc", c_peer: c"eth0", master: 3, netns_fd: 5 };

/// `RTM_NEWROUTE`, `NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL`.
const HEADER_OF_ROUTE: [u8; 16] = header(24, 60);
/// `RTM_NEWLINK` with the same flags; the length is filled in.
const HEADER_OF_LINK: [u8; 16] = header(16, 0);

const fn header(nlmsg_type: u16, len: u32) -> [u8; 16] {
    let (len, kind, flags, seq) = (len.to_ne_bytes(), nlmsg_type.to_ne_bytes(), 0x605u16.to_ne_bytes(), 1u32.to_ne_bytes());
    [len[0], len[1], len[2], len[3], kind[0], kind[1], flags[0], flags[1], seq[0], seq[1], seq[2], seq[3], 0, 0, 0, 0]
}

/// The route, as one would write it who has no codec: every length is known beforehand.
pub fn route_by_hand(out: &mut Vec<u8>, request: &RouteRequest) {
    let mut whole = [0; 60];
    whole[..16].copy_from_slice(&HEADER_OF_ROUTE);
    whole[16..28].copy_from_slice(&[2, request.dst_len, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]);
    for (i, (number, value)) in [
        (1u16, request.dst.octets()),
        (5, request.gateway.octets()),
        (4, request.oif.to_ne_bytes()),
        (6, request.priority.to_ne_bytes()),
    ]
    .into_iter()
    .enumerate()
    {
        let at = 28 + 8 * i;
        whole[at..at + 2].copy_from_slice(&8u16.to_ne_bytes());
        whole[at + 2..at + 4].copy_from_slice(&number.to_ne_bytes());
        whole[at + 4..at + 8].copy_from_slice(&value);
    }
    out.extend_from_slice(&whole);
}

/// The veth pair in the same way: only the two names have lengths that are not known beforehand.
pub fn veth_by_hand(out: &mut Vec<u8>, request: &VethRequest<'_>) {
    fn attr(out: &mut Vec<u8>, number: u16, value: &[u8]) {
        out.extend_from_slice(&(4 + value.len() as u16).to_ne_bytes());
        out.extend_from_slice(&number.to_ne_bytes());
        out.extend_from_slice(value);
    }
    fn text(out: &mut Vec<u8>, number: u16, text: &str) {
        out.extend_from_slice(&(5 + text.len() as u16).to_ne_bytes());
        out.extend_from_slice(&number.to_ne_bytes());
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(&[0; 4][..4 - text.len() % 4]);
    }
    let start = out.len();
    let name = 4 + request.name.len() / 4 * 4 + 4;
    let peer = 20 + 4 + request.peer.len() / 4 * 4 + 4 + 8;
    out.extend_from_slice(&HEADER_OF_LINK);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&1u32.to_ne_bytes());
    out.extend_from_slice(&1u32.to_ne_bytes());
    text(out, 3, request.name);
    attr(out, 10, &request.master.to_ne_bytes());
    for (number, len) in [(18u16, 4 + 12 + 4 + peer), (1, 0), (2, 4 + peer), (1, peer)] {
        match len {
            0 => text(out, 1, "veth"),
            _ => {
                out.extend_from_slice(&(len as u16).to_ne_bytes());
                out.extend_from_slice(&(number | 0x8000).to_ne_bytes());
            }
        }
    }
    out.extend_from_slice(&[0; 16]);
    text(out, 3, request.peer);
    attr(out, 28, &request.netns_fd.to_ne_bytes());
    let len = out.len() - start;
    debug_assert_eq!(len, 32 + name + 8 + 4 + 12 + 4 + peer);
    out[start..start + 4].copy_from_slice(&(len as u32).to_ne_bytes());
}
