//! `ip addr add`, `change`, `replace` and `del`.

use nlmsg::frame::{NLM_F_CREATE, NLM_F_REPLACE, RawAttrs};
use nlmsg::payload::View;
use nlmsg::route::*;

use super::{Request, Say, Words, join, named, u32_of};

const ADDR: Words = &[
    ("IFA_LOCAL", Say::Own(local)),
    ("IFA_ADDRESS", Say::Own(peer)),
    ("IFA_BROADCAST", Say::Own(broadcast)),
    ("IFA_LABEL", Say::Is("label")),
    ("IFA_RT_PRIORITY", Say::Is("metric")),
    ("IFA_ANYCAST", Say::Is("anycast")),
    ("IFA_FLAGS", Say::Nothing),
    ("IFA_CACHEINFO", Say::Own(lifetimes)),
];

/// Where an attribute is among the others.
fn place(request: &Request<'_>, name: &str) -> Option<usize> {
    let number = request.set.by_name(name)?.number;
    let mut attrs = RawAttrs::new(request.attrs, 0);
    std::iter::from_fn(|| attrs.try_next()?.ok()).position(|raw| raw.number() == number)
}

/// Whether the far end is the address itself, which goes without saying: then it comes after all that has words.
fn is_alone(request: &Request<'_>) -> bool {
    let last = |name| place(request, name) < place(request, "IFA_ADDRESS");
    request.get("IFA_ADDRESS") == request.get("IFA_LOCAL")
        && ["IFA_LOCAL", "IFA_LABEL", "IFA_RT_PRIORITY", "IFA_ANYCAST", "IFA_FLAGS"].into_iter().all(last)
}

/// An address, with its length unless it is whole.
fn prefix(request: &Request<'_>, name: &str) -> Option<String> {
    request.prefix(name, "ifa_prefixlen")
}

fn local(request: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let delete = request.seen.header?.nlmsg_type == RTM_DELADDR;
    Some(vec![match request.get("IFA_ADDRESS") {
        _ if value.is_empty() => "any".to_owned(),
        // to delete an address of IPv4 without its length is to delete it whatever that is
        Some(_) if is_alone(request) && delete && value.len() == 4 => {
            format!("{}/{}", request.text("IFA_LOCAL")?, request.field("ifa_prefixlen"))
        }
        Some(_) if !is_alone(request) => request.text("IFA_LOCAL")?,
        _ => prefix(request, "IFA_LOCAL")?,
    }])
}

fn peer(request: &Request<'_>, _: &[u8]) -> Option<Vec<String>> {
    Some(if is_alone(request) { Vec::new() } else { vec!["peer".into(), prefix(request, "IFA_ADDRESS")?] })
}

/// One that was counted out comes last.
fn broadcast(request: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let host = u32::MAX.checked_shr(request.field("ifa_prefixlen")).unwrap_or(0);
    let word = match (request.get("IFA_LOCAL"), <[u8; 4]>::try_from(value)) {
        (Some(&[a, b, c, d]), Ok(given))
            if is_alone(request) && place(request, "IFA_BROADCAST") > place(request, "IFA_ADDRESS") =>
        {
            let (own, given) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes(given));
            match given {
                _ if given == own | host => "+".to_owned(),
                _ if given == own & !host => "-".to_owned(),
                _ => return None,
            }
        }
        _ => request.text("IFA_BROADCAST")?,
    };
    Some(vec!["broadcast".into(), word])
}

/// How long an address lives; without a word for ever.
fn lifetimes(_: &Request<'_>, value: &[u8]) -> Option<Vec<String>> {
    let times = View::<IfaCacheinfo>::new(value).get()?;
    let mut words = Vec::new();
    for (word, time) in [("valid_lft", times.ifa_valid), ("preferred_lft", times.ifa_prefered)] {
        words.extend([word.to_owned(), if time == u32::MAX { "forever".into() } else { time.to_string() }]);
    }
    ((times.cstamp, times.tstamp) == (0, 0)).then_some(words)
}

/// The words of flags; `None` if one has none.
fn flags(flags: IfaF) -> Option<Vec<String>> {
    let mut left = flags;
    let mut words = Vec::new();
    for (word, flag) in crate::ip::settable_flags().filter(|(_, flag)| flags.contains(*flag)) {
        words.push(word.to_owned());
        left = left.without(flag);
    }
    (left == IfaF(0)).then_some(words)
}

pub(super) fn command(request: &Request<'_>, name: &str) -> Option<String> {
    let delete = name == "RTM_DELADDR";
    let mut words = vec!["ip addr".to_owned()];
    words.push(
        match (delete, request.has(NLM_F_REPLACE), request.has(NLM_F_CREATE)) {
            (true, ..) => "del",
            (_, true, true) => "replace",
            (_, true, false) => "change",
            _ => "add",
        }
        .to_owned(),
    );
    request.words(ADDR, request.attrs, request.set, &mut words)?;
    let scope = RtScope(request.field("ifa_scope") as u8);
    let own = !delete && matches!(request.get("IFA_LOCAL"), Some([127, _, _, _]));
    if scope != if own { RT_SCOPE_HOST } else { RT_SCOPE_UNIVERSE } {
        words.extend(["scope".into(), named(scope.word(), scope.0)]);
    }
    let all = request.get("IFA_FLAGS").map_or(Some(request.field("ifa_flags")), u32_of)?;
    words.extend(flags(IfaF(all))?);
    words.extend(["dev".into(), request.link(request.field("ifa_index"))]);
    Some(join(words))
}
