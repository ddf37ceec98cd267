//! The options of `ip`, which stand before the object.

use super::{Ip, Times, netns};
use crate::words::{Stop, Words, abbreviates, number};

pub(super) const USAGE: &str = "\
Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | addrlabel | help | link | monitor | neighbor |
                   neighbour | netns | nexthop | route | rule }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -n[etns] name | -N[umeric] | -a[ll] |
                    -echo | -c[olor]}";

/// What the options before the object say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `AF_*` of `-family`, `-4`, `-6`, ...; 0 where none was said.
    pub family: u8,
    /// How often `-statistics` was said.
    pub stats: u32,
    /// `-details`.
    pub details: bool,
    /// `-brief`.
    pub brief: bool,
    /// `-Numeric`: numbers instead of names.
    pub numeric: bool,
    /// `-human-readable`: powers of 1000 with a suffix.
    pub human: bool,
    /// `-iec`: powers of 1024.
    pub iec: bool,
    /// `-timestamp`, `-tshort`.
    pub times: Times,
    /// `-all`.
    pub all: bool,
    /// `-force`: a batch goes on past errors.
    pub force: bool,
    /// How often a flush tries again; 0 is without end.
    pub loops: u32,
    /// `-echo`: what was made is shown as the kernel sees it.
    pub echo: bool,
    /// `-rcvbuf`: bytes of the socket's receive buffer.
    pub rcvbuf: Option<usize>,
}

/// What is to be done after the options were read.
pub(super) enum Go {
    /// All was said.
    Nothing,
    /// The words that are left.
    Command,
    /// The commands of this file.
    Batch(String),
}

impl Ip<'_, '_> {
    /// Reads the options before the object.
    pub(super) fn options(&mut self, words: &mut Words<'_>) -> Result<Go, Stop> {
        let mut batch = None;
        let mut style = self.out.style();
        while let Some(option) = words.option() {
            let is = |full: &str| option.len() > 1 && abbreviates(option, full);
            if is("-loops") {
                self.options.loops = words.number("Invalid \"loops\" value\n")?;
            } else if is("-family") {
                self.options.family = match words.need()? {
                    "inet" => libc::AF_INET as u8,
                    "inet6" => libc::AF_INET6 as u8,
                    "link" => libc::AF_PACKET as u8,
                    "mpls" => libc::AF_MPLS as u8,
                    "bridge" => libc::AF_BRIDGE as u8,
                    "help" => return Err(Stop::help(USAGE)),
                    _ => return Err(words.wrong("invalid protocol family")),
                };
            } else if let Some(family) = match option {
                "-4" => Some(libc::AF_INET),
                "-6" => Some(libc::AF_INET6),
                "-0" => Some(libc::AF_PACKET),
                "-M" => Some(libc::AF_MPLS),
                "-B" => Some(libc::AF_BRIDGE),
                _ => None,
            } {
                self.options.family = family as u8;
            } else if is("-human") || is("-human-readable") {
                self.options.human = true;
            } else if is("-iec") {
                self.options.iec = true;
            } else if is("-stats") || is("-statistics") {
                self.options.stats += 1;
            } else if is("-details") {
                self.options.details = true;
            } else if is("-resolve") {
                // names of addresses are never looked up: no packet leaves this program
            } else if is("-oneline") {
                style.oneline = true;
            } else if is("-timestamp") {
                self.options.times = Times::Long;
            } else if is("-tshort") {
                self.options.times = Times::Short;
            } else if is("-Version") {
                self.out.text(concat!("ip utility, barelink-", env!("CARGO_PKG_VERSION"), "\n"));
                return Ok(Go::Nothing);
            } else if is("-force") {
                self.options.force = true;
            } else if is("-batch") {
                batch = Some(words.need()?.to_string());
            } else if is("-brief") {
                self.options.brief = true;
            } else if is("-json") {
                style.json = true;
            } else if is("-rcvbuf") {
                let size = words.need()?;
                let bytes = number::<u32>(size).ok_or_else(|| Stop::grammar(format!("Invalid rcvbuf size '{size}'")))?;
                self.options.rcvbuf = Some(bytes as usize);
            } else if style.take_color(option) {
                // said there
            } else if is("-help") {
                return Err(Stop::help(USAGE));
            } else if is("-netns") {
                let name = words.need()?;
                netns::enter(name)?;
            } else if is("-Numeric") {
                self.options.numeric = true;
                self.names.set_numeric();
            } else if option == "-echo" {
                self.options.echo = true;
            } else if is("-all") {
                self.options.all = true;
            } else if is("-pretty") {
                style.pretty = true;
            } else {
                return Err(
                    Stop::grammar(format!("Option \"{}\" is unknown, try \"ip -help\".", words.last())).at(words.position() - 1)
                );
            }
        }
        style.take_environment();
        self.out.set_style(style);
        Ok(batch.map_or(Go::Command, Go::Batch))
    }
}
