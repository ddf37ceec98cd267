//! `brctl` of bridge-utils: bridges in the words of old. The original speaks ioctl and sysfs; here it is netlink,
//! and what the original says of an error is said of the same error.

mod device;
mod show;

use std::io::Write;

use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::payload::{Selector, Str};
use nlmsg::route::link::kind::{IflaBr, IflaBr::*, IflaBrport, IflaBrport::*};
use nlmsg::route::{AF_BRIDGE, IfInfoMsg, Ifla, Ifla::*, IflaInfo, IflaInfo::*, RTM_DELLINK, RTM_NEWLINK, RTM_SETLINK};

use crate::exchange::strerror;
use crate::ip::{Ip, Request};
use crate::output::{Output, Style};
use crate::words::{Stop, clamped, strtod, strtol};
use device::Device;

/// A command: its words, how many of them it needs, what it does, and what the help says of it.
struct Command {
    name: &'static str,
    needs: usize,
    run: fn(&mut Ip<'_, '_>, &[&str]) -> Result<(), Stop>,
    help: &'static str,
}

const COMMANDS: &[Command] = &[
    Command { name: "addbr", needs: 1, run: addbr, help: "<bridge>\t\tadd bridge" },
    Command { name: "delbr", needs: 1, run: delbr, help: "<bridge>\t\tdelete bridge" },
    Command { name: "addif", needs: 2, run: addif, help: "<bridge> <device>\tadd interface to bridge" },
    Command { name: "delif", needs: 2, run: delif, help: "<bridge> <device>\tdelete interface from bridge" },
    Command { name: "hairpin", needs: 3, run: hairpin, help: "<bridge> <port> {on|off}\tturn hairpin on/off" },
    Command { name: "setageing", needs: 2, run: setageing, help: "<bridge> <time>\t\tset ageing time" },
    Command { name: "setbridgeprio", needs: 2, run: setbridgeprio, help: "<bridge> <prio>\t\tset bridge priority" },
    Command { name: "setfd", needs: 2, run: setfd, help: "<bridge> <time>\t\tset bridge forward delay" },
    Command { name: "sethello", needs: 2, run: sethello, help: "<bridge> <time>\t\tset hello time" },
    Command { name: "setmaxage", needs: 2, run: setmaxage, help: "<bridge> <time>\t\tset max message age" },
    Command { name: "setpathcost", needs: 3, run: setpathcost, help: "<bridge> <port> <cost>\tset path cost" },
    Command { name: "setportprio", needs: 3, run: setportprio, help: "<bridge> <port> <prio>\tset port priority" },
    Command { name: "show", needs: 0, run: show::show, help: "[ <bridge> ]\t\tshow a list of bridges" },
    Command { name: "showmacs", needs: 1, run: show::showmacs, help: "<bridge>\t\tshow a list of mac addrs" },
    Command { name: "showstp", needs: 1, run: show::showstp, help: "<bridge>\t\tshow bridge stp info" },
    Command { name: "stp", needs: 2, run: stp, help: "<bridge> {on|off}\tturn stp on/off" },
];

/// Runs `brctl` with these words, the program's name not among them; returns the exit status.
pub fn main(args: &[String], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let mut output = Output::new(out, Style::default());
    let mut ip = Ip::new(&mut output, err);
    let result = run(&mut ip, args);
    ip.end(result, |status| status)
}

fn help(ip: &mut Ip<'_, '_>) {
    ip.out.text("Usage: brctl [commands]\ncommands:\n");
    for command in COMMANDS {
        ip.out.text(&format!("\t{:<10}\t{}\n", command.name, command.help));
    }
}

/// Reads the options, which can stand anywhere before `--`, then runs the command.
fn run(ip: &mut Ip<'_, '_>, args: &[String]) -> Result<(), Stop> {
    let mut words: Vec<&str> = Vec::new();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let (option, wrong) = match arg {
            "--" => {
                words.extend(args);
                break;
            }
            _ if arg.len() > 2 && "--version".starts_with(arg) => (Some('V'), String::new()),
            _ if arg.len() > 2 && "--help".starts_with(arg) => (Some('h'), String::new()),
            _ if arg.starts_with("--") => (Some('?'), format!("unrecognized option '{arg}'")),
            // the first letter decides: each one ends the program
            _ => match arg.strip_prefix('-').and_then(|letters| letters.chars().next()) {
                Some(letter) => (Some(letter), format!("invalid option -- '{letter}'")),
                None => (None, String::new()),
            },
        };
        match option {
            None => words.push(arg),
            Some('V') => {
                ip.out.text(concat!("bridge-utils, barelink-", env!("CARGO_PKG_VERSION"), "\n"));
                return Ok(());
            }
            Some('h') => {
                help(ip);
                return Ok(());
            }
            Some(_) => {
                help(ip);
                return Err(Stop::failure(format!("brctl: {wrong}\nUnknown option '?'")));
            }
        }
    }
    let Some((name, words)) = words.split_first() else {
        help(ip);
        return Err(Stop::failure(""));
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == *name) else {
        help(ip);
        return Err(Stop::failure(format!("never heard of command [{name}]")));
    };
    if words.len() < command.needs {
        ip.out.text("Incorrect number of arguments for command\n");
        ip.out.text(&format!("Usage: brctl {} {}\n", command.name, command.help));
        return Err(Stop::failure(""));
    }
    (command.run)(ip, words)
}

/// Why something was not done: a number of `errno`, and what the kernel said besides.
struct Why {
    errno: i32,
    detail: Option<String>,
}

impl Why {
    fn text(&self) -> String {
        strerror(self.errno)
    }

    /// A line of the original, then the kernel's own.
    fn stop(self, text: String) -> Stop {
        Stop::failure(text).with_detail(self.detail)
    }
}

impl From<i32> for Why {
    fn from(errno: i32) -> Why {
        Why { errno, detail: None }
    }
}

impl From<crate::Error> for Why {
    fn from(error: crate::Error) -> Why {
        match (error.refusal(), error.errno()) {
            (Some(refusal), _) => Why { errno: refusal.code, detail: refusal.detail() },
            (None, errno) => Why { errno: errno.map_or(libc::EIO, |errno| errno as i32), detail: Some(error.to_string()) },
        }
    }
}

impl From<Stop> for Why {
    fn from(stop: Stop) -> Why {
        Why { errno: libc::EIO, detail: Some(stop.text.clone()) }
    }
}

/// A name as the kernel takes it from an ioctl: what is too long is cut off.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(15)]
}

fn send(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, request: &Request) -> Result<(), Why> {
    Ok(ip.socket()?.request(kind, flags, &request.body())?)
}

/// The bridge of this name; `ENODEV` if there is no device, `EOPNOTSUPP` if it is another one.
fn bridge(ip: &mut Ip<'_, '_>, name: &str) -> Result<Device, Why> {
    let device = device::find(ip, name)?.ok_or(libc::ENODEV)?;
    if device.bridge.is_some() { Ok(device) } else { Err(libc::EOPNOTSUPP.into()) }
}

fn addbr(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let name = words[0];
    let made = (|| {
        let name = Some(cut(name)).filter(|name| !name.is_empty()).ok_or(libc::EINVAL)?;
        let mut request = Request::new(&IfInfoMsg::default());
        request.put(IFLA_IFNAME(name.into()))?;
        let info = request.begin::<Ifla<'_>>("IFLA_LINKINFO");
        request.put(IFLA_INFO_KIND(Selector(Str::bare("bridge"))))?;
        request.end(info)?;
        send(ip, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &request)
    })();
    made.map_err(|why: Why| match why.errno {
        libc::EEXIST => Stop::failure(format!("device {name} already exists; can't create bridge with the same name")),
        _ => {
            let text = format!("add bridge failed: {}", why.text());
            why.stop(text)
        }
    })
}

fn delbr(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let name = words[0];
    let deleted = (|| {
        let device = device::find(ip, name)?.ok_or(libc::ENXIO)?;
        // netlink deletes whatever it is told to
        if device.bridge.is_none() {
            return Err(libc::EPERM.into());
        }
        if device.up {
            return Err(libc::EBUSY.into());
        }
        send(ip, RTM_DELLINK, NlmF(0), &Request::new(&IfInfoMsg { ifi_index: device.index as i32, ..IfInfoMsg::default() }))
    })();
    deleted.map_err(|why: Why| match why.errno {
        libc::ENXIO => Stop::failure(format!("bridge {name} doesn't exist; can't delete it")),
        libc::EBUSY => Stop::failure(format!("bridge {name} is still up; can't delete it")),
        _ => {
            let text = format!("can't delete bridge {name}: {}", why.text());
            why.stop(text)
        }
    })
}

/// Makes a device a port of a bridge, or of none (0).
fn set_master(ip: &mut Ip<'_, '_>, device: &Device, master: u32) -> Result<(), Why> {
    let mut request = Request::new(&IfInfoMsg { ifi_index: device.index as i32, ..IfInfoMsg::default() });
    request.put(IFLA_MASTER(master))?;
    send(ip, RTM_SETLINK, NlmF(0), &request)
}

/// Does something to each of the ports that are named after a bridge.
fn each_port(
    ip: &mut Ip<'_, '_>,
    words: &[&str],
    mut act: impl FnMut(&mut Ip<'_, '_>, &Device, &Device) -> Result<(), Why>,
    say: impl Fn(&str, &str, &Why) -> String,
) -> Result<(), Stop> {
    let name = words[0];
    for port in &words[1..] {
        let none = || Stop::failure(format!("interface {port} does not exist!"));
        let device = device::find(ip, port)?.ok_or_else(none)?;
        let done = bridge(ip, name).and_then(|bridge| act(ip, &bridge, &device));
        done.map_err(|why| match why.errno {
            libc::ENODEV => Stop::failure(format!("bridge {name} does not exist!")),
            _ => {
                let text = say(port, name, &why);
                why.stop(text)
            }
        })?;
    }
    Ok(())
}

fn addif(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    each_port(
        ip,
        words,
        |ip, bridge, device| match device.master {
            // netlink would take it away from there
            Some(_) => Err(libc::EBUSY.into()),
            None => set_master(ip, device, bridge.index),
        },
        |port, bridge, why| match why.errno {
            libc::EBUSY => format!("device {port} is already a member of a bridge; can't add it to bridge {bridge}."),
            libc::ELOOP => {
                format!("device {port} is a bridge device itself; can't add a bridge device to a bridge device.")
            }
            _ => format!("can't add {port} to bridge {bridge}: {}", why.text()),
        },
    )
}

fn delif(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    each_port(
        ip,
        words,
        |ip, bridge, device| match device.master {
            Some(master) if master == bridge.index => set_master(ip, device, 0),
            _ => Err(libc::EINVAL.into()),
        },
        |port, bridge, why| match why.errno {
            libc::EINVAL => format!("device {port} is not a port of {bridge}"),
            _ => format!("can't delete {port} from {bridge}: {}", why.text()),
        },
    )
}

/// Sends one setting of a bridge.
fn set_bridge(ip: &mut Ip<'_, '_>, name: &str, setting: IflaBr<'_>) -> Result<(), Why> {
    let device = bridge(ip, name)?;
    let mut request = Request::new(&IfInfoMsg { ifi_index: device.index as i32, ..IfInfoMsg::default() });
    let info = request.begin::<Ifla<'_>>("IFLA_LINKINFO");
    request.put(IFLA_INFO_KIND(Selector(Str::bare("bridge"))))?;
    let data = request.begin::<IflaInfo<'_>>("IFLA_INFO_DATA");
    request.put(setting)?;
    request.end(data)?;
    request.end(info)?;
    send(ip, RTM_NEWLINK, NlmF(0), &request)
}

/// Sends one setting of a port. As in the original, which bridge it belongs to does not matter, and the bridge is only
/// looked at where that fails; if there is one, the port's own failure counts.
fn set_port(ip: &mut Ip<'_, '_>, words: &[&str], setting: Result<IflaBrport<'_>, i32>) -> Result<(), Why> {
    let device = device::find(ip, words[1])?.ok_or(libc::ENODEV)?;
    set_this_port(ip, &device, setting).or_else(|why| bridge(ip, words[0]).and(Err(why)))
}

fn set_this_port(ip: &mut Ip<'_, '_>, device: &Device, setting: Result<IflaBrport<'_>, i32>) -> Result<(), Why> {
    if device.port.is_none() {
        return Err(libc::ENOENT.into());
    }
    let header = IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: device.index as i32, ..IfInfoMsg::default() };
    let mut request = Request::new(&header);
    let info = request.begin_nested::<Ifla<'_>>("IFLA_PROTINFO");
    request.put(setting?)?;
    request.end(info)?;
    send(ip, RTM_SETLINK, NlmF(0), &request)
}

/// An error line: what was tried, and why it failed.
fn line(what: &str) -> impl FnOnce(Why) -> Stop {
    move |why| {
        let text = format!("{what} failed: {}", why.text());
        why.stop(text)
    }
}

/// Reads seconds as C's `scanf` does, as far as they are a number; returns hundredths, cut off.
fn hundredths(word: &str) -> Option<u64> {
    let (seconds, _) = strtod(word)?;
    let micros = (seconds.fract() * 1e6) as u64;
    // a float that does not fit becomes the largest number that does
    Some((seconds as u64).saturating_mul(100).saturating_add(micros / 10_000))
}

/// Sets a time of a bridge.
fn set_time(ip: &mut Ip<'_, '_>, words: &[&str], bad: &str, what: &str, setting: fn(u32) -> IflaBr<'static>) -> Result<(), Stop> {
    let time = hundredths(words[1]).ok_or_else(|| Stop::failure(format!("bad {bad} value")))?;
    let time = u32::try_from(time).map_err(|_| Why::from(libc::ERANGE));
    time.and_then(|time| set_bridge(ip, words[0], setting(time))).map_err(line(&format!("set {what}")))
}

fn setageing(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    set_time(ip, words, "ageing time", "ageing time", IFLA_BR_AGEING_TIME)
}

fn setfd(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    set_time(ip, words, "forward delay", "forward delay", IFLA_BR_FORWARD_DELAY)
}

fn sethello(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    set_time(ip, words, "hello timer", "hello timer", IFLA_BR_HELLO_TIME)
}

fn setmaxage(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    set_time(ip, words, "max age", "max age", IFLA_BR_MAX_AGE)
}

/// Reads a number as C's `scanf("%i")` does: decimal, `0x` or `0`-octal, as far as there are digits.
fn integer(word: &str, bad: &str) -> Result<i32, Stop> {
    let (value, _) = strtol(word, 0).ok_or_else(|| Stop::failure(format!("bad {bad}")))?;
    // what is too large is the largest `long`, and then an `int`
    Ok(clamped(value) as i32)
}

fn setbridgeprio(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    // the kernel keeps 16 bits of what sysfs is given
    let priority = integer(words[1], "priority")? as u16;
    set_bridge(ip, words[0], IFLA_BR_PRIORITY(priority)).map_err(line("set bridge priority"))
}

fn setpathcost(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let cost = integer(words[2], "path cost value")?;
    set_port(ip, words, Ok(IFLA_BRPORT_COST(cost as u32))).map_err(line("set path cost"))
}

fn setportprio(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let priority = u16::try_from(integer(words[2], "path priority value")?);
    let setting = priority.map(IFLA_BRPORT_PRIORITY).map_err(|_| libc::ERANGE);
    set_port(ip, words, setting).map_err(line("set port priority"))
}

/// Reads `on`, `off` and their like.
fn on_off(word: &str) -> Result<bool, Stop> {
    match word {
        "on" | "yes" | "1" => Ok(true),
        "off" | "no" | "0" => Ok(false),
        _ => Err(Stop::failure("expect on/off for argument")),
    }
}

fn stp(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let on = on_off(words[1])?;
    set_bridge(ip, words[0], IFLA_BR_STP_STATE(on.into())).map_err(line("set stp status"))
}

fn hairpin(ip: &mut Ip<'_, '_>, words: &[&str]) -> Result<(), Stop> {
    let (bridge, port) = (words[0], words[1]);
    let on = on_off(words[2])?;
    if device::find(ip, port)?.is_none() {
        return Err(Stop::failure(format!("interface {port} does not exist!")));
    }
    if device::find(ip, bridge)?.is_none() {
        return Err(Stop::failure(format!("bridge {bridge} does not exist!")));
    }
    set_port(ip, words, Ok(IFLA_BRPORT_MODE(on.into()))).map_err(|why| {
        let text = format!("can't set {port} to hairpin on bridge {bridge}: {}", why.text());
        why.stop(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_scanf() {
        for (word, value) in [("3.7", 370), ("1.5x", 150), (" 2", 200), ("12.349", 1234), ("1e2", 10_000), ("0.029", 2)] {
            assert_eq!(hundredths(word), Some(value), "{word}");
        }
        assert_eq!(hundredths("x"), None);
        for (word, value) in [("0x10", 16), ("010", 8), ("7x", 7), ("-1", -1), ("0", 0)] {
            assert_eq!(integer(word, "").ok(), Some(value), "{word}");
        }
        assert!(integer("x", "").is_err() && integer("", "").is_err());
    }
}
