//! What can be shown: each value as text and as JSON, appended without a detour through `fmt` where many are shown.

use std::fmt::Display;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A value that can be shown.
pub trait Value {
    /// Appends it as text.
    fn text(&self, out: &mut Vec<u8>);
    /// Appends it as a JSON value.
    fn json(&self, out: &mut Vec<u8>) {
        let mut text = Vec::new();
        self.text(&mut text);
        quote(&text, out);
    }
}

/// Appends a JSON string. Bytes that are no UTF-8 become U+FFFD: JSON is always valid.
pub(super) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if text.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        out.extend_from_slice(text);
    } else {
        for byte in String::from_utf8_lossy(text).bytes() {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                8 => out.extend_from_slice(b"\\b"),
                12 => out.extend_from_slice(b"\\f"),
                0..b' ' => {
                    out.extend_from_slice(b"\\u00");
                    out.push(b'0' + (byte >> 4));
                    out.push(HEX[usize::from(byte & 15)]);
                }
                _ => out.push(byte),
            }
        }
    }
    out.push(b'"');
}

/// Appends the first `len` bytes of an array: a copy of a length that the compiler knows needs no call.
/// `extend_from_slice` would be one.
#[inline]
pub(super) fn padded<const N: usize>(text: &[u8; N], len: usize, out: &mut Vec<u8>) {
    out.reserve(N);
    let start = out.len();
    // SAFETY: there is room for all of the array after what is there, and no more of it counts than was written.
    unsafe {
        out.as_mut_ptr().add(start).cast::<[u8; N]>().write(*text);
        out.set_len(start + len.min(N));
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a number. `write!` would do, at several times the price.
fn decimal(negative: bool, mut value: u64, out: &mut Vec<u8>) {
    let (mut digits, mut at) = ([0; 20], 20);
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    if negative {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

macro_rules! numbers {
    ($($int:ty)*) => { $(impl Value for $int {
        fn text(&self, out: &mut Vec<u8>) {
            // no integer here is wider than 64 bits
            let wide = i128::from(*self);
            decimal(wide < 0, wide.unsigned_abs() as u64, out);
        }
        fn json(&self, out: &mut Vec<u8>) {
            self.text(out);
        }
    })* };
}
numbers!(u8 u16 u32 u64 i32 i64);

impl Value for &str {
    fn text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
    fn json(&self, out: &mut Vec<u8>) {
        quote(self.as_bytes(), out);
    }
}

impl Value for &[u8] {
    fn text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn json(&self, out: &mut Vec<u8>) {
        quote(self, out);
    }
}

impl Value for &String {
    fn text(&self, out: &mut Vec<u8>) {
        self.as_str().text(out);
    }
    fn json(&self, out: &mut Vec<u8>) {
        self.as_str().json(out);
    }
}

impl Value for bool {
    fn text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
    fn json(&self, out: &mut Vec<u8>) {
        self.text(out);
    }
}

/// Anything that prints itself, as text and as a JSON string.
pub struct Shown<D>(pub D);

impl<D: Display> Value for Shown<D> {
    fn text(&self, out: &mut Vec<u8>) {
        let _ = write!(out, "{}", self.0);
    }
}

/// A number as C's `%g` prints it, with six digits at most, in JSON too. It is not below 0.
pub struct General(pub f64);

impl Value for General {
    fn text(&self, out: &mut Vec<u8>) {
        let mut value = self.0;
        let mut power = 0;
        // from a million on, with an exponent
        if value >= 999_999.5 {
            while value >= 9.999_995 {
                (value, power) = (value / 10.0, power + 1);
            }
        }
        let digits = value.max(1.0).log10() as usize;
        let fixed = format!("{value:.*}", 5usize.saturating_sub(digits));
        let short = if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { &fixed };
        let text = if power > 0 { format!("{short}e+{power:02}") } else { short.to_string() };
        out.extend_from_slice(text.as_bytes());
    }

    fn json(&self, out: &mut Vec<u8>) {
        self.text(out);
    }
}

/// The digits of each octet and the dot after them, the first in the lowest byte. A division costs more than the cache
/// line.
static OCTETS: [u32; 256] = {
    let (mut all, mut octet) = ([0; 256], 0);
    while octet < 256 {
        let digits = [b'0' + (octet / 100) as u8, b'0' + (octet / 10 % 10) as u8, b'0' + (octet % 10) as u8];
        all[octet] = u32::from_le_bytes(match octet {
            0..10 => [digits[2], b'.', 0, 0],
            10..100 => [digits[1], digits[2], b'.', 0],
            _ => [digits[0], digits[1], digits[2], b'.'],
        });
        octet += 1;
    }
    all
};

impl Value for Ipv4Addr {
    #[inline]
    fn text(&self, out: &mut Vec<u8>) {
        // bits that are text: the dot, the last of them, has its highest one clear
        let used = |text: u64| 64 - (text.leading_zeros() & !7);
        let pair = |a: u8, b: u8| {
            let first = u64::from(OCTETS[usize::from(a)]);
            first | u64::from(OCTETS[usize::from(b)]) << used(first)
        };
        let [a, b, c, d] = self.octets();
        let (front, back) = (pair(a, b), pair(c, d));
        let text = u128::from(front) | u128::from(back) << used(front);
        let len = (used(front) + used(back)) / 8 - 1;
        padded(&text.to_le_bytes(), len as usize, out);
    }
    fn json(&self, out: &mut Vec<u8>) {
        quoted(self, out);
    }
}

/// The two digits of each byte, the first in the lowest byte.
static BYTES: [u16; 256] = {
    let (mut all, mut byte) = ([0; 256], 0);
    while byte < 256 {
        all[byte] = u16::from_le_bytes([HEX[byte >> 4], HEX[byte & 15]]);
        byte += 1;
    }
    all
};

impl Value for Ipv6Addr {
    fn text(&self, out: &mut Vec<u8>) {
        let words = self.segments();
        // the first of the longest runs of zeros, of two at least, is left out
        let (mut from, mut zeros, mut run) = (8, 1, 0);
        for (i, &word) in words.iter().enumerate() {
            run = if word == 0 { run + 1 } else { 0 };
            if run > zeros {
                (from, zeros) = (i + 1 - run, run);
            }
        }
        let v4 = from == 0 && (zeros == 6 || zeros == 5 && words[5] == 0xffff);
        // each word is written with the colon after it, whole, and as much of it counts as it has
        let start = out.len();
        padded(&[0; 48], 48, out);
        let (text, mut len, mut i) = (&mut out[start..], 0, 0);
        while i < 8 {
            if i == from {
                text[len..len + 2].copy_from_slice(b"::");
                // a colon is there already, but at the beginning
                len += 1 + usize::from(i == 0);
                i += zeros;
                continue;
            }
            if v4 && i == 6 {
                out.truncate(start + len);
                let [.., a, b, c, d] = self.octets();
                return Ipv4Addr::new(a, b, c, d).text(out);
            }
            let digits = |byte: u16| u64::from(BYTES[usize::from(byte & 255)]);
            let missing = (words[i] | 1).leading_zeros() / 4;
            let word = digits(words[i] >> 8) | digits(words[i]) << 16 | u64::from(b':') << 32;
            text[len..len + 8].copy_from_slice(&(word >> (8 * missing)).to_le_bytes());
            len += 5 - missing as usize;
            i += 1;
        }
        // the last colon is one too many if a word is before it
        out.truncate(start + len - usize::from(from + zeros != 8));
    }
    fn json(&self, out: &mut Vec<u8>) {
        quoted(self, out);
    }
}

/// Appends as a JSON string what needs no escape.
pub(crate) fn quoted(value: &impl Value, out: &mut Vec<u8>) {
    out.push(b'"');
    value.text(out);
    out.push(b'"');
}

impl Value for IpAddr {
    fn text(&self, out: &mut Vec<u8>) {
        match self {
            IpAddr::V4(ip) => ip.text(out),
            IpAddr::V6(ip) => ip.text(out),
        }
    }
    fn json(&self, out: &mut Vec<u8>) {
        quoted(self, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_c_does() {
        let shown = |number| {
            let mut text = Vec::new();
            General(number).text(&mut text);
            String::from_utf8(text).unwrap()
        };
        let is = [(0.0, "0"), (0.01, "0.01"), (1.5, "1.5"), (120.0, "120"), (12345.67, "12345.7"), (999_999.0, "999999")];
        is.iter().for_each(|&(number, text)| assert_eq!(shown(number), text));
        assert_eq!([shown(123_456.78), shown(1e6), shown(1_234_567.89)], ["123457", "1e+06", "1.23457e+06"]);
        assert_eq!(shown(u64::MAX as f64 / 100.0), "1.84467e+17");
    }

    #[test]
    fn addresses_are_written_as_the_library_writes_them() {
        let octets = [0, 1, 9, 10, 99, 100, 199, 255];
        for number in 0..octets.len().pow(4) {
            let octet = |place: u32| octets[number / octets.len().pow(place) % octets.len()];
            let addr = Ipv4Addr::new(octet(0), octet(1), octet(2), octet(3));
            let mut out = b"dev ".to_vec();
            addr.text(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("dev {addr}"));
        }
        let words = [0, 1, 0xa0, 0xffff];
        for number in 0..words.len().pow(8) {
            let word = |place: u32| words[number / words.len().pow(place) % words.len()];
            let addr = Ipv6Addr::from(std::array::from_fn::<u16, 8, _>(|place| word(place as u32)));
            // the C library writes what begins with 96 zeros as of IPv4
            if number % words.len().pow(6) == 0 {
                continue;
            }
            let mut out = b"dev ".to_vec();
            addr.text(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("dev {addr}"));
        }
    }
}
