//! `ip addrlabel`: labels of prefixes, by which IPv6 chooses a source address (RFC 6724).

use nlmsg::Message;
use nlmsg::frame::{NLM_F_CREATE, NLM_F_EXCL, NlmF};
use nlmsg::route::{Ifal::*, *};

use crate::ip::{Ip, Request, verb};
use crate::output::Color;
use crate::words::{EXIT_GRAMMAR, Stop, Words};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, NlmF),
    Show,
    Flush,
    Help,
}

const HELP: &str = "\
Usage: ip addrlabel { add | del } prefix PREFIX [ dev DEV ] [ label LABEL ]
       ip addrlabel [ list | flush | help ]";

/// `ip addrlabel ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("list", Verb::Show),
        ("show", Verb::Show),
        ("add", Verb::Modify(RTM_NEWADDRLABEL, NLM_F_CREATE | NLM_F_EXCL)),
        ("delete", Verb::Modify(RTM_DELADDRLABEL, NlmF(0))),
        ("flush", Verb::Flush),
        ("help", Verb::Help),
    ];
    match verb("addrlabel", &verbs, words, Verb::Show)? {
        Verb::Modify(kind, flags) => modify(ip, kind, flags, words),
        Verb::Show | Verb::Flush if words.peek().is_some() => Err(Stop::failure(match words.last() {
            word if "flush".starts_with(word) => "\"ip addrlabel flush\" does not allow extra arguments",
            _ => "\"ip addrlabel show\" does not take any arguments.",
        })
        .at(words.position())),
        Verb::Show => list(ip),
        Verb::Flush => flush(ip),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// The family that is meant: only IPv6 has labels.
fn family(ip: &Ip<'_, '_>) -> Af {
    if ip.options.family == 0 { AF_INET6 } else { Af(ip.options.family) }
}

fn modify(ip: &mut Ip<'_, '_>, kind: u16, flags: NlmF, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut header = IfAddrLblMsg { ifal_family: family(ip), ..IfAddrLblMsg::default() };
    let (mut prefix, mut label) = (None, None);
    // a word that is none of these means nothing, as in iproute2
    while let Some(word) = words.next() {
        match word {
            "prefix" => {
                let taken = words.prefix(ip.options.family)?;
                prefix = Some((words.host_of(taken.addr, ip.options.family), taken.len));
            }
            "dev" => {
                let name = words.need()?;
                header.ifal_index = ip.index(name)?.ok_or_else(|| words.wrong("dev is invalid\n"))?;
            }
            "label" => {
                let value = words.number("label is invalid\n")?;
                if value == u32::MAX {
                    return Err(words.wrong("label is invalid\n"));
                }
                label = Some(value);
            }
            _ => {}
        }
    }
    let lacks = |what: &str| Stop::failure(format!("Not enough information: \"{what}\" argument is required."));
    let (host, len) = prefix.ok_or_else(|| lacks("prefix"))?;
    let label = label.ok_or_else(|| lacks("label"))?;
    header.ifal_prefixlen = len;
    let mut request = Request::new(&header);
    request.put(IFAL_LABEL(label))?;
    request.put_host("IFAL_ADDRESS", host, IFAL_ADDRESS)?;
    ip.change(kind, flags, &request)
}

/// Gives every label to `each`.
fn dump(ip: &mut Ip<'_, '_>, each: impl FnMut(&mut Ip<'_, '_>, &Message<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    let request = Request::new(&IfAddrLblMsg { ifal_family: family(ip), ..IfAddrLblMsg::default() });
    ip.dump(RTM_GETADDRLABEL, &request.body(), each)
        .map_err(|stop| if stop.errno.is_some() { stop.with_status(EXIT_GRAMMAR) } else { stop })
}

fn list(ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
    ip.out.array("");
    dump(ip, |ip, message| {
        ip.out.object("");
        show(ip, message)?;
        ip.out.end_object();
        ip.out.done();
        Ok(())
    })?;
    ip.out.end_list();
    Ok(())
}

fn show(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<(), Stop> {
    let Ok(entry) = message.body::<AddrLabel<'_>>() else { return Ok(()) };
    let (mut addr, mut label) = (None, None);
    for attr in entry.attrs.iter().map_while(Result::ok) {
        match attr {
            IFAL_ADDRESS(value) => addr = Some(value),
            IFAL_LABEL(value) => label = Some(value),
            _ => {}
        }
    }
    if let Some(addr) = addr {
        ip.out.put_color(Color::Inet6, "address", "prefix ", addr, "");
        ip.out.put("prefixlen", "/", entry.header.ifal_prefixlen, " ");
    }
    if entry.header.ifal_index > 0 {
        ip.device_name("ifname", "dev ", entry.header.ifal_index)?;
    }
    if let Some(label) = label {
        ip.out.put("label", "label ", label, " ");
    }
    ip.out.text("\n");
    Ok(())
}

/// Deletes every label, until the kernel says no.
fn flush(ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
    let mut found = Vec::new();
    dump(ip, |_, message| {
        found.push(message.payload.to_vec());
        Ok(())
    })?;
    ip.delete(RTM_DELADDRLABEL, &found, &[]).map_err(|stop| {
        let text = format!("{}\nFlush terminated", stop.text);
        stop.with_text(text).with_status(EXIT_GRAMMAR)
    })
}
