//! The words of a command line, and what is wrong with them, in iproute2's grammar.

use std::ffi::CString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::{Deref, DerefMut};
use std::str::FromStr;

/// Exit status of a command line that cannot be understood (iproute2's `exit(-1)`).
pub const EXIT_GRAMMAR: i32 = 255;
/// Exit status of a command that could not be carried out.
pub const EXIT_FAILURE: i32 = 1;
/// Exit status of a request that the kernel refused.
pub const EXIT_KERNEL: i32 = 2;

/// Why a command stops. It is rare and goes through many hands, so that it is no larger than a pointer there.
#[derive(Debug)]
pub struct Stop(Box<Why>);

/// What to print on standard error, and the exit status.
#[derive(Debug)]
pub struct Why {
    /// What the original tool prints.
    pub text: String,
    /// What else there is to say, on lines of its own.
    pub detail: Option<String>,
    /// The exit status.
    pub status: i32,
    /// Which word is meant, counted as [`Words::position`] does.
    pub word: Option<usize>,
    /// The kernel's number, if it is the kernel that refused.
    pub errno: Option<nix::errno::Errno>,
}

impl Deref for Stop {
    type Target = Why;
    fn deref(&self) -> &Why {
        &self.0
    }
}

impl DerefMut for Stop {
    fn deref_mut(&mut self) -> &mut Why {
        &mut self.0
    }
}

impl Stop {
    /// Words that cannot be understood.
    pub fn grammar(text: impl Into<String>) -> Stop {
        Stop(Box::new(Why { text: text.into(), detail: None, status: EXIT_GRAMMAR, word: None, errno: None }))
    }

    /// A command that cannot be carried out.
    pub fn failure(text: impl Into<String>) -> Stop {
        Stop::grammar(text).with_status(EXIT_FAILURE)
    }

    /// A help text: it goes to standard error, as in iproute2, and the status is 255.
    pub fn help(text: impl Into<String>) -> Stop {
        Stop::grammar(text)
    }

    /// The same with another exit status.
    pub fn with_status(mut self, status: i32) -> Stop {
        self.status = status;
        self
    }

    /// The same with other words.
    pub fn with_text(mut self, text: impl Into<String>) -> Stop {
        self.text = text.into();
        self
    }

    /// The same with this to say on further lines, or nothing.
    pub fn with_detail(mut self, detail: Option<String>) -> Stop {
        self.detail = detail;
        self
    }

    /// The same, pointing at a word.
    pub fn at(mut self, word: usize) -> Stop {
        self.word = Some(word);
        self
    }

    /// The same with the word that is meant underlined in its command line, above what else there is to say.
    pub fn pointing(mut self, tool: &str, words: &[String]) -> Stop {
        let Some(at) = self.word.take() else { return self };
        let all: Vec<&str> =
            Some(tool).filter(|tool| !tool.is_empty()).into_iter().chain(words.iter().map(String::as_str)).collect();
        let index = at + all.len() - words.len();
        let width = |word: &str| word.chars().count();
        let before: usize = all.iter().take(index).map(|word| width(word) + 1).sum();
        let carets = all.get(index).map_or(1, |word| width(word).max(1));
        let mut detail = format!("{}\n{}{}", all.join(" "), " ".repeat(before), "^".repeat(carets));
        if let Some(more) = self.detail.take() {
            detail.push('\n');
            detail.push_str(&more);
        }
        self.with_detail(Some(detail))
    }

    /// No device has this name.
    pub fn no_device(name: &str) -> Stop {
        Stop::failure(format!("Cannot find device \"{name}\""))
    }
}

impl From<crate::Error> for Stop {
    /// iproute2's line about what the kernel said, then the attribute that it means.
    fn from(error: crate::Error) -> Stop {
        crate::ip::refused(&error)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `word` is `full` or an abbreviation of it, as iproute2 takes them.
pub fn abbreviates(word: &str, full: &str) -> bool {
    !word.is_empty() && full.starts_with(word)
}

/// `off` or `on` where iproute2 looks for a word in a list: both can be cut short, and `o` is the first.
pub fn off_or_on(word: &str) -> Option<bool> {
    ["off", "on"].iter().position(|full| abbreviates(word, full)).map(|place| place == 1)
}

/// A cursor over the words of one command.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    all: &'a [String],
    at: usize,
}

impl<'a> Words<'a> {
    /// Starts at the first word.
    pub fn new(all: &'a [String]) -> Words<'a> {
        Words { all, at: 0 }
    }

    /// How many words were taken.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The words that are left.
    pub fn rest(&self) -> &'a [String] {
        &self.all[self.at..]
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'a str> {
        self.all.get(self.at).map(String::as_str)
    }

    /// The word before the cursor.
    pub fn last(&self) -> &'a str {
        self.all.get(self.at.wrapping_sub(1)).map_or("", String::as_str)
    }

    /// Takes the next word.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    /// Puts the last word back.
    pub fn back(&mut self) {
        self.at -= 1;
    }

    /// Takes the next word if it is exactly this one.
    pub fn take(&mut self, word: &str) -> bool {
        let taken = self.peek() == Some(word);
        self.at += usize::from(taken);
        taken
    }

    /// Takes the next word if it is an option, which a second dash does not change; `--` ends them.
    pub fn option(&mut self) -> Option<&'a str> {
        let word = self.peek().filter(|word| word.starts_with('-'))?;
        self.at += 1;
        match word.strip_prefix('-') {
            Some("-") => None,
            Some(one) if one.starts_with('-') => Some(one),
            _ => Some(word),
        }
    }

    /// Takes the word that must follow an option which can be given once.
    ///
    /// # Errors
    /// There is none, or it is the second.
    pub fn once(&mut self, option: &str, value: &mut Option<&'a str>) -> Result<(), Stop> {
        let word = self.need()?;
        match value.replace(word) {
            Some(_) => Err(self.twice(option)),
            None => Ok(()),
        }
    }

    /// Takes the word that must follow an option.
    ///
    /// # Errors
    /// There is none.
    pub fn need(&mut self) -> Result<&'a str, Stop> {
        self.next().ok_or_else(|| Stop::grammar("Command line is not complete. Try option \"help\"").at(self.at))
    }

    /// An error that points at the word before the cursor.
    pub fn wrong(&self, why: &str) -> Stop {
        let word = self.all.get(self.at.wrapping_sub(1)).map_or("", String::as_str);
        Stop::grammar(format!("Error: argument \"{word}\" is wrong: {}", why.trim_end())).at(self.at.saturating_sub(1))
    }

    /// An option that was given twice.
    pub fn twice(&self, option: &str) -> Stop {
        let word = self.all.get(self.at.wrapping_sub(1)).map_or("", String::as_str);
        Stop::grammar(format!("Error: duplicate \"{option}\": \"{word}\" is the second value.")).at(self.at.saturating_sub(1))
    }

    /// A second word where only one can be.
    pub fn twice_or_garbage(&self, option: &str) -> Stop {
        let word = self.all.get(self.at.wrapping_sub(1)).map_or("", String::as_str);
        Stop::grammar(format!("Error: either \"{option}\" is duplicate, or \"{word}\" is a garbage."))
            .at(self.at.saturating_sub(1))
    }

    /// Takes a number: decimal, `0x` or `0`-octal, as C's `strtol` with base 0.
    ///
    /// # Errors
    /// There is no word, or it is no such number; then `why` says so.
    pub fn number<N: TryFrom<i128>>(&mut self, why: &str) -> Result<N, Stop> {
        let word = self.need()?;
        number(word).ok_or_else(|| self.wrong(why))
    }

    /// Takes `on` or `off`.
    ///
    /// # Errors
    /// The word is neither.
    pub fn on_off(&mut self, option: &str) -> Result<bool, Stop> {
        match self.need()? {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(self.neither(option, "\"on\" or \"off\"")),
        }
    }

    /// As [`on_off`](Self::on_off), for options that iproute2 reads with a list of words; it exits with `status` then.
    ///
    /// # Errors
    /// The word is neither.
    pub fn off_on(&mut self, option: &str, status: i32) -> Result<bool, Stop> {
        let word = self.need()?;
        off_or_on(word).ok_or_else(|| self.neither(option, "one of \"off\", \"on\"").with_status(status))
    }

    fn neither(&self, option: &str, words: &str) -> Stop {
        Stop::failure(format!("Error: argument of \"{option}\" must be {words}, not \"{}\"", self.last())).at(self.at - 1)
    }
}

/// Reads a number as C's `strtol` and `strtoul` do, with spaces and a sign before it or not, and gives what follows it.
/// Base 0 is decimal, hexadecimal after `0x`, octal after `0`. What no 64 bits hold is more than they hold.
pub fn strtol(word: &str, base: u32) -> Option<(i128, &str)> {
    // what C's `isspace` takes for a space
    let word = word.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (negative, word) = match word.strip_prefix('-') {
        Some(word) => (true, word),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let hex = hex.filter(|hex| matches!(base, 0 | 16) && hex.starts_with(|c: char| c.is_ascii_hexdigit()));
    let (word, base) = match hex {
        Some(hex) => (hex, 16),
        None if base == 0 => (word, if word.starts_with('0') { 8 } else { 10 }),
        None => (word, base),
    };
    let end = word.find(|c: char| !c.is_digit(base)).unwrap_or(word.len());
    let (digits, rest) = word.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())?;
    let value = u64::from_str_radix(digits, base).map_or(i128::MAX, i128::from);
    Some((if negative { -value } else { value }, rest))
}

/// Reads a number as C's `atoi` does: what follows it does not matter, nothing at all is 0, and of what is too large the
/// lower half is kept.
pub fn atoi(word: &str) -> i32 {
    strtol(word, 10).map_or(0, |(value, _)| clamped(value) as i32)
}

/// The `long` that C takes a number for.
pub fn clamped(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Reads a number of this base, and nothing after it.
pub fn whole(word: &str, base: u32) -> Option<i128> {
    strtol(word, base).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

/// As [`whole`] with base 0.
pub fn number<N: TryFrom<i128>>(word: &str) -> Option<N> {
    whole(word, 0)?.try_into().ok()
}

/// As C's `strtoull`: what is below 0 counts down from 2^64.
pub fn unsigned(word: &str) -> Option<u64> {
    number(word).and_then(wrapped)
}

/// The `unsigned long` that C takes a number for; `None` if it does not fit.
pub fn wrapped(value: i128) -> Option<u64> {
    (value.unsigned_abs() <= u64::MAX.into()).then_some(value as u64)
}

/// Reads a number with a fraction as C's `strtod`, and gives what follows it.
pub fn strtod(word: &str) -> Option<(f64, &str)> {
    let (text, mut end) = (CString::new(word).ok()?, std::ptr::null_mut());
    // SAFETY: the text ends with NUL, and what is written is a place in it.
    let value = unsafe { libc::strtod(text.as_ptr(), &mut end) };
    let read = (end as usize).wrapping_sub(text.as_ptr() as usize);
    word.get(read..).filter(|_| read > 0).map(|rest| (value, rest))
}

/// An address with the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The address, host bits included.
    pub addr: IpAddr,
    /// Bits of the prefix.
    pub len: u8,
    /// Whether the length was written.
    pub explicit: bool,
}

impl Prefix {
    /// Whether an address begins with this prefix.
    pub fn holds(&self, addr: &IpAddr) -> bool {
        let wide = |addr: &IpAddr| match addr {
            IpAddr::V4(addr) => u128::from(u32::from(*addr)) << 96,
            IpAddr::V6(addr) => u128::from(*addr),
        };
        self.len == 0 || bits(addr) == bits(&self.addr) && (wide(addr) ^ wide(&self.addr)) >> (128 - u32::from(self.len)) == 0
    }
}

/// Bits of an address of this family.
pub fn bits(addr: &IpAddr) -> u8 {
    if addr.is_ipv4() { 32 } else { 128 }
}

/// The `AF_*` of an address.
pub fn family(addr: &IpAddr) -> u8 {
    (if addr.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 }) as u8
}

/// The address of all zeros of a family.
pub fn unspecified(family: u8) -> IpAddr {
    if family == libc::AF_INET6 as u8 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

/// Reads an IPv4 address as iproute2 does: one to four numbers of C, missing ones are 0 (`10.1` is `10.1.0.0`, `010.1` is
/// `8.1.0.0`).
fn ipv4(word: &str) -> Option<Ipv4Addr> {
    let (mut octets, mut rest) = ([0u8; 4], word);
    for octet in &mut octets {
        let (value, after) = strtol(rest, 0)?;
        *octet = value.try_into().ok()?;
        if after.is_empty() {
            return Some(octets.into());
        }
        rest = after.strip_prefix('.')?;
    }
    None
}

/// Whether a word means no address in particular.
pub fn is_any(word: &str) -> bool {
    matches!(word, "default" | "any" | "all")
}

/// An address, or none: `any` and `all` are of a family and have no bytes, and neither has `default` where no family is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its family; 0 if none is known.
    pub family: u8,
    /// `None` if it has no bytes.
    pub addr: Option<IpAddr>,
}

/// Reads an address of a family, or of any with `AF_UNSPEC`.
pub fn address(word: &str, family: u8) -> Option<IpAddr> {
    let v6 = family == libc::AF_INET6 as u8;
    match word {
        _ if is_any(word) => Some(unspecified(family)),
        _ if word.contains(':') => (family == 0 || v6).then(|| Ipv6Addr::from_str(word).ok().map(IpAddr::V6))?,
        _ if family == 0 || family == libc::AF_INET as u8 => ipv4(word).map(IpAddr::V4),
        _ => None,
    }
}

impl Words<'_> {
    /// Takes an address of a family, or of any with `AF_UNSPEC`.
    ///
    /// # Errors
    /// iproute2's, with status 1.
    pub fn address(&mut self, of: u8) -> Result<IpAddr, Stop> {
        self.of_family(of, "address", address)
    }

    /// Takes an address of a family, or of any with `AF_UNSPEC`, as it goes into a request.
    ///
    /// # Errors
    /// iproute2's, with status 1.
    pub fn host(&mut self, of: u8) -> Result<Host, Stop> {
        let addr = self.address(of)?;
        Ok(self.host_of(addr, of))
    }

    /// What goes into a request of an address, or of a prefix's, that was just taken.
    pub fn host_of(&self, addr: IpAddr, of: u8) -> Host {
        if is_any(self.last()) && (of == 0 || self.last() != "default") {
            return Host { family: of, addr: None };
        }
        Host { family: family(&addr), addr: Some(addr) }
    }

    /// Takes `ADDRESS[/LEN]`; a length may be a netmask too.
    ///
    /// # Errors
    /// iproute2's, with status 1.
    pub fn prefix(&mut self, of: u8) -> Result<Prefix, Stop> {
        self.of_family(of, "prefix", prefix)
    }

    fn of_family<T>(&mut self, of: u8, what: &str, read: fn(&str, u8) -> Option<T>) -> Result<T, Stop> {
        let word = self.need()?;
        let kind = match i32::from(of) {
            libc::AF_INET => "inet",
            libc::AF_INET6 => "inet6",
            libc::AF_BRIDGE => "bridge",
            libc::AF_PACKET => {
                let why = format!("Error: \"{word}\" may be inet {what}, but it is not allowed in this context.");
                return Err(Stop::failure(why).at(self.at - 1));
            }
            _ => "any valid",
        };
        read(word, of)
            .ok_or_else(|| Stop::failure(format!("Error: {kind} {what} is expected rather than \"{word}\".")).at(self.at - 1))
    }
}

/// Reads `ADDRESS[/LEN]`, `default`, `any` and `all`.
pub fn prefix(word: &str, of: u8) -> Option<Prefix> {
    if is_any(word) {
        return Some(Prefix { addr: unspecified(of), len: 0, explicit: word != "default" });
    }
    let (host, len) = match word.split_once('/') {
        Some((host, len)) => (host, Some(len)),
        None => (word, None),
    };
    let addr = address(host, of)?;
    let max = bits(&addr);
    let Some(len) = len else { return Some(Prefix { addr, len: max, explicit: false }) };
    let len = match number::<u8>(len) {
        Some(len) if len <= max => len,
        _ => {
            let mask = u32::from(ipv4(len).filter(|_| addr.is_ipv4() && len.contains('.'))?);
            (mask.leading_ones() + mask.trailing_zeros() == 32 || mask == 0).then_some(mask.leading_ones() as u8)?
        }
    };
    Some(Prefix { addr, len, explicit: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_underlined() {
        let words = ["link", "set", "br0", "frob"].map(String::from);
        let stop = Stop::grammar("no").at(3).pointing("ip", &words);
        assert_eq!(stop.detail.as_deref(), Some("ip link set br0 frob\n                ^^^^"));
        // what is missing is after the last word
        let stop = Stop::grammar("no").at(4).with_detail(Some("more".into())).pointing("", &words);
        assert_eq!(stop.detail.as_deref(), Some("link set br0 frob\n                  ^\nmore"));
    }

    #[test]
    fn numbers_are_those_of_strtol() {
        assert_eq!(number::<u32>("0x10"), Some(16));
        assert_eq!(number::<u32>("010"), Some(8));
        assert_eq!(number::<i32>("-1"), Some(-1));
        assert_eq!(number::<u32>("-1"), None);
        assert_eq!(number::<u8>("256"), None);
        assert_eq!(number::<u32>(""), None);
        assert_eq!(number::<u32>("1x"), None);
        assert_eq!((number::<u32>("0x"), number::<u32>("08"), number(" +7")), (None, None, Some(7)));
        assert_eq!(strtol("1f.", 16), Some((31, ".")));
        for (word, value) in
            [("12", 12), (" -3x", -3), ("+7", 7), ("x", 0), ("", 0), ("4294967297", 1), ("99999999999999999999", -1)]
        {
            assert_eq!(atoi(word), value, "{word}");
        }
        assert_eq!((unsigned("-1"), unsigned("18446744073709551616")), (Some(u64::MAX), None));
        assert_eq!((strtod(" 1.5s"), strtod("0x1.8p1"), strtod("s")), (Some((1.5, "s")), Some((3.0, "")), None));
    }

    #[test]
    fn a_prefix_holds_what_begins_with_it() {
        let holds = |word: &str, addr: &str| prefix(word, 0).unwrap().holds(&addr.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.1", "10.0.0.1") && !holds("10.0.0.1", "10.0.0.0"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("2001:db8::/32", "32.1.13.184"));
        assert!(holds("all", "10.0.0.1") && holds("all", "::1"));
    }

    #[test]
    fn prefixes_are_iproute2s() {
        let v4 = |addr: [u8; 4], len| Some(Prefix { addr: IpAddr::from(addr), len, explicit: true });
        assert_eq!(prefix("10.1/16", 0), v4([10, 1, 0, 0], 16));
        assert_eq!(prefix("010.0x1. 2/16", 0), v4([8, 1, 2, 0], 16));
        assert_eq!((prefix("10./8", 0), prefix("10.0.0.0./8", 0), prefix("-1", 0)), (None, None, None));
        assert_eq!(prefix("10.0.0.1/255.255.255.0", 0), v4([10, 0, 0, 1], 24));
        assert_eq!(prefix("10.0.0.1/255.0.255.0", 0), None);
        assert_eq!(prefix("10.0.0.300/24", 0), None);
        assert_eq!(prefix("10.0.0.1/33", 0), None);
        assert_eq!(prefix("fe80::1", libc::AF_INET as u8), None);
        assert_eq!(prefix("fe80::1/64", 0).map(|p| p.len), Some(64));
    }
}
