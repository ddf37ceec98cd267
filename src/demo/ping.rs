//! One ICMP echo (RFC 792), as `ping -c1` sends it.
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! | type: 8, 0    |     code: 0   |           checksum            |   8 asks, 0 answers
//! +---------------+---------------+-------------------------------+
//! |           identifier          |            number             |   56 more bytes follow
//! +-------------------------------+-------------------------------+
//! ```

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, recvfrom, sendto, socket};

use super::Error;
use crate::NetNs;

const ICMP_ECHO: u8 = 8;
const ICMP_ECHOREPLY: u8 = 0;
/// Bytes of an echo, as `ping` sends it; with the IPv4 header 84.
pub(super) const LEN: usize = 64;
/// A lost echo is sent again after this long: a device that was just brought up may still sleep.
const AGAIN: Duration = Duration::from_millis(200);

/// Sends echoes from `ns` to `to` until one is answered, and says how long that one took; `None` if none is
/// answered within `limit`. `id` tells one ping from another.
///
/// # Errors
/// [`Error::System`]: a raw socket needs `CAP_NET_RAW` in the namespace; the host may know no way to `to`.
pub(super) fn ping(ns: &NetNs, to: Ipv4Addr, id: u16, limit: Duration) -> Result<Option<Duration>, Error> {
    let fd = ns
        .within(|| socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Icmp))?
        .map_err(Error::system("open an ICMP socket"))?;
    let begin = Instant::now();
    for number in 0.. {
        let sent = Instant::now();
        if sent - begin >= limit {
            break;
        }
        let address = SockaddrIn::from(SocketAddrV4::new(to, 0));
        sendto(fd.as_raw_fd(), &echo(id, number), &address, MsgFlags::empty()).map_err(Error::system("send an ICMP echo"))?;
        let until = (sent + AGAIN).min(begin + limit);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let timeout = PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(0) | Err(Errno::EINTR) => continue,
                Ok(_) => {}
                Err(errno) => return Err(Error::system("wait for an ICMP echo")(errno)),
            }
            let mut packet = [0; 256];
            let (len, from) =
                recvfrom::<SockaddrIn>(fd.as_raw_fd(), &mut packet).map_err(Error::system("receive an ICMP echo"))?;
            if from.is_some_and(|from| from.ip() == to) && answers(&packet[..len], id, number) {
                return Ok(Some(sent.elapsed()));
            }
        }
    }
    Ok(None)
}

fn echo(id: u16, number: u16) -> [u8; LEN] {
    let mut packet = [0; LEN];
    packet[0] = ICMP_ECHO;
    packet[4..6].copy_from_slice(&id.to_be_bytes());
    packet[6..8].copy_from_slice(&number.to_be_bytes());
    packet[8..].iter_mut().zip(8..).for_each(|(byte, value)| *byte = value);
    let sum = checksum(&packet);
    packet[2..4].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// Whether a packet, IPv4 header and all, is the reply to that echo.
fn answers(packet: &[u8], id: u16, number: u16) -> bool {
    // the header's length, in words of four bytes, is in its first byte
    let header = packet.first().map_or(0, |first| usize::from(first & 0xf) * 4);
    let reply = packet.get(header..).unwrap_or_default();
    reply.len() == LEN
        && reply[0] == ICMP_ECHOREPLY
        && reply[4..6] == id.to_be_bytes()
        && reply[6..8] == number.to_be_bytes()
        && checksum(reply) == 0
}

/// The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum. 0 over a packet that has it.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_answer_counts() {
        let mut packet = vec![0x45; 20];
        packet.extend_from_slice(&echo(7, 1));
        assert!(!answers(&packet, 7, 1), "the question is no answer");
        packet[20] = ICMP_ECHOREPLY;
        // 8 less in the type is 8 more in the checksum's high byte
        packet[22] += 8;
        assert!(answers(&packet, 7, 1));
        assert!(!answers(&packet, 7, 2) && !answers(&packet, 8, 1));
        for len in 0..packet.len() {
            assert!(!answers(&packet[..len], 7, 1));
        }
        packet[40] ^= 1;
        assert!(!answers(&packet, 7, 1), "its checksum is wrong");
    }
}
