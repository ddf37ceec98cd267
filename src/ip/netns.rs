//! `ip netns`: named network namespaces, and the identifiers that namespaces have for one another.

mod ids;

use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use nlmsg::Message;
use nlmsg::frame::NlmF;
use nlmsg::route::nsid::Netnsa::*;
use nlmsg::route::nsid::{NETNSA_NSID_NOT_ASSIGNED, RtGenMsg};
use nlmsg::route::{Nsid, RTM_GETNSID, RTM_NEWNSID};

use crate::ip::{Ip, Request, verb};
use crate::netns::{DIR, Error, NetNs, check, switch_for_program};
use crate::watch;
use crate::words::{EXIT_FAILURE, Stop, Words, number};
pub(crate) use ids::Ids;

#[derive(Clone, Copy)]
enum Verb {
    List,
    Add,
    Delete,
    Set,
    Attach,
    Identify,
    Pids,
    ListId,
    Exec,
    Monitor,
    Help,
}

const HELP: &str = "\
Usage:	ip netns list
	ip netns add NAME
	ip netns attach NAME PID
	ip netns set NAME NETNSID
	ip [-all] netns delete [NAME]
	ip netns identify [PID]
	ip netns pids NAME
	ip [-all] netns exec [NAME] cmd ...
	ip netns monitor
	ip netns list-id [target-nsid POSITIVE-INT] [nsid POSITIVE-INT]
NETNSID := auto | POSITIVE-INT";

/// `ip netns ...`.
pub(crate) fn command(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let verbs = [
        ("list", Verb::List),
        ("show", Verb::List),
        ("lst", Verb::List),
        ("list-id", Verb::ListId),
        ("help", Verb::Help),
        ("add", Verb::Add),
        ("set", Verb::Set),
        ("delete", Verb::Delete),
        ("attach", Verb::Attach),
        ("identify", Verb::Identify),
        ("pids", Verb::Pids),
        ("exec", Verb::Exec),
        ("monitor", Verb::Monitor),
    ];
    // the word after the verb, whatever it is to that
    if let Some(name) = words.rest().get(1).filter(|_| !ip.options.all) {
        valid(name)?;
    }
    match verb("netns", &verbs, words, Verb::List)? {
        Verb::List => list(ip),
        Verb::ListId => list_id(ip, words),
        Verb::Add => add(words),
        Verb::Set => set(ip, words),
        Verb::Attach => attach(words),
        Verb::Identify => identify(ip, words),
        Verb::Pids => pids(ip, words),
        Verb::Delete => delete(ip, words),
        Verb::Exec => exec(ip, words),
        Verb::Monitor => monitor(ip),
        Verb::Help => Err(Stop::help(HELP)),
    }
}

/// iproute2's words for a name that cannot be one.
fn valid(name: &str) -> Result<&str, Stop> {
    check(name.as_ref())
        .map(|()| name)
        .map_err(|error| Stop::grammar(format!("Invalid netns name \"{name}\"")).with_detail(Some(error.to_string())))
}

fn need_name<'a>(words: &mut Words<'a>) -> Result<&'a str, Stop> {
    words.next().ok_or_else(|| Stop::failure("No netns name specified"))
}

/// The words for a namespace that cannot be opened, or for a file that is none.
pub(crate) fn cannot_open(name: &str, error: &Error) -> Stop {
    if let Error::System { .. } = error {
        return Stop::grammar(format!("Cannot open network namespace \"{name}\": {}", why(error)));
    }
    let strerror = |errno| crate::exchange::strerror(errno as i32);
    let text = match has_file(name) {
        true => format!("setting the network namespace \"{name}\" failed: {}", strerror(Errno::EINVAL)),
        false => format!("Cannot open network namespace \"{name}\": {}", strerror(Errno::ENOENT)),
    };
    let detail = (!matches!(error, Error::Missing { .. })).then(|| error.to_string());
    Stop::grammar(text).with_detail(detail)
}

/// The words for a namespace that is only looked at and is not there.
fn cannot_look(error: &Error) -> Stop {
    Stop::failure(format!("Cannot open network namespace: {}", why(error))).with_detail(Some(error.to_string()))
}

/// The words for a name that has a file already.
fn exists_already(name: &str) -> Stop {
    Stop::failure(format!("Cannot create namespace file \"{DIR}/{name}\": File exists"))
}

/// The system's words for an error.
fn why(error: &Error) -> String {
    error.errno().map_or_else(String::new, |errno| crate::exchange::strerror(errno as i32))
}

/// Whether something is where a namespace of that name would be.
fn has_file(name: &str) -> bool {
    std::path::Path::new(DIR).join(name).exists()
}

/// A namespace by name or path; `None` if there is none.
pub(crate) fn find(name: &str) -> Option<NetNs> {
    if name.contains('/') { NetNs::from_path(name).ok() } else { NetNs::open(name).ok() }
}

/// The id that a namespace of this name has here.
pub(crate) fn id_of(ip: &mut Ip<'_, '_>, name: &str) -> Result<Option<i32>, Stop> {
    match find(name) {
        Some(ns) => ids::id(ip, &ns),
        None => Ok(None),
    }
}

/// All names, in the order of the folder. Like iproute2, even of files behind which no namespace is mounted: so
/// that they can be seen and deleted.
fn listed() -> Result<Vec<OsString>, Stop> {
    match std::fs::read_dir(DIR) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.file_name()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Stop::failure(format!("Cannot read {DIR}: {error}"))),
    }
}

fn list(ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
    ip.out.array("");
    for name in listed()? {
        let name = name.to_string_lossy().into_owned();
        let id = match std::fs::File::open(std::path::Path::new(DIR).join(&name)) {
            Ok(file) => ids::id(ip, &file)?,
            Err(_) => None,
        };
        ip.out.object("");
        ip.out.put("name", "", &name, "");
        if let Some(id) = id {
            ip.out.put("id", " (id: ", id, ")");
        }
        ip.out.text("\n");
        ip.out.end_object();
    }
    ip.out.end_list();
    Ok(())
}

fn add(words: &mut Words<'_>) -> Result<(), Stop> {
    let name = valid(need_name(words)?)?;
    let what = || {
        format!(
            "no netlink: unshare(CLONE_NEWNET) makes a namespace, mounting /proc/thread-self/ns/net onto {DIR}/{name} names it"
        )
    };
    if watch::instead(what) {
        return Ok(());
    }
    match NetNs::create(name) {
        Ok(_) => Ok(()),
        Err(Error::Exists { .. }) => Err(exists_already(name)),
        Err(error) => Err(Stop::failure(error.to_string())),
    }
}

fn delete(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    // with -all, whatever is named
    let names = match words.next() {
        _ if ip.options.all => listed()?,
        Some(name) => vec![OsString::from(valid(name)?)],
        None => return Err(Stop::failure("No netns name specified")),
    };
    for name in names {
        if watch::instead(|| format!("no netlink: {DIR}/{} is unmounted and removed", name.display())) {
            continue;
        }
        NetNs::delete(&name).map_err(|error| {
            Stop::failure(format!("Cannot remove namespace file \"{DIR}/{}\": {}", name.display(), why(&error)))
        })?;
    }
    Ok(())
}

/// `ip netns set NAME auto|ID`: gives a namespace an id here.
fn set(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let name = need_name(words)?;
    let Some(word) = words.next() else { return Err(Stop::failure("No nsid specified")) };
    let id = match word {
        "auto" => NETNSA_NSID_NOT_ASSIGNED,
        _ => match number(word) {
            Some(id @ 0..) => id,
            Some(_) => return Err(words.wrong("\"netnsid\" value should be >= 0")),
            None => return Err(words.wrong("Invalid \"netnsid\" value\n")),
        },
    };
    let ns = NetNs::open(name);
    let planned = watch::placeholder(watch::DESCRIPTOR, name).filter(|_| ns.is_err());
    let fd = match (&ns, planned) {
        (_, Some(planned)) => planned,
        (Ok(ns), _) => ns.as_fd().as_raw_fd(),
        (Err(error), _) => return Err(cannot_open(name, error).with_status(EXIT_FAILURE)),
    };
    let mut request = Request::new(&RtGenMsg::default());
    request.put(NETNSA_FD(fd as u32))?;
    request.put(NETNSA_NSID(id))?;
    ip.talk(RTM_NEWNSID, NlmF(0), &request)
}

/// `ip netns attach NAME PID`: names the namespace of a process.
fn attach(words: &mut Words<'_>) -> Result<(), Stop> {
    let (Some(name), Some(word)) = (words.next(), words.next()) else {
        return Err(Stop::failure("No netns name and PID specified"));
    };
    let (name, pid) = (valid(name)?, number(word).filter(|&pid: &u32| pid != 0));
    let pid = pid.ok_or_else(|| Stop::failure(format!("Invalid PID: {word}")))?;
    if watch::instead(|| format!("no netlink: /proc/{pid}/ns/net is mounted onto {DIR}/{name}")) {
        return Ok(());
    }
    if has_file(name) {
        return Err(exists_already(name));
    }
    NetNs::from_pid(pid).and_then(|ns| ns.bind(name)).map_err(|error| match error {
        Error::Exists { .. } => exists_already(name),
        error => Stop::failure(format!("Bind /proc/{pid}/ns/net -> {DIR}/{name} failed: {}", why(&error)))
            .with_detail(Some(error.to_string())),
    })
}

/// `ip netns identify [PID]`: the names of a process's namespace.
fn identify(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let pid = words.next();
    if words.peek().is_some() {
        return Err(Stop::failure("extra arguments specified"));
    }
    let ns = match pid {
        None => NetNs::current(),
        Some(word) => {
            NetNs::from_pid(number(word).ok_or_else(|| Stop::failure(format!("Specified string '{word}' is not a pid")))?)
        }
    };
    let ns = ns.map_err(|error| cannot_look(&error))?;
    let names = ns.names().map_err(|error| Stop::failure(error.to_string()))?;
    let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
    ip.as_text(|ip| ip.out.text(&format!("{}\n", names.join("\n"))));
    Ok(())
}

/// `ip netns pids NAME`: the processes in a namespace.
fn pids(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let name = need_name(words)?;
    if words.peek().is_some() {
        return Err(Stop::failure("extra arguments specified"));
    }
    let ns = NetNs::open(name).map_err(|error| cannot_look(&error))?;
    for pid in ns.pids().map_err(|error| Stop::failure(error.to_string()))? {
        ip.as_text(|ip| ip.out.text(&format!("{pid}\n")));
    }
    Ok(())
}

/// `ip netns list-id`: the ids that this namespace (or the one with id `target-nsid`) has for others.
fn list_id(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut target, mut only): (Option<i32>, Option<i32>) = (None, None);
    while let Some(word) = words.next() {
        let place = match word {
            "target-nsid" => &mut target,
            "nsid" => &mut only,
            _ => return Err(Stop::help(HELP).at(words.position() - 1)),
        };
        if place.is_some() {
            return Err(words.twice(word));
        }
        let id: i32 = words.number(&format!("\"{word}\" value is invalid"))?;
        *place = Some(id);
        if id < 0 {
            return Err(words.wrong(&format!("\"{word}\" value should be >= 0")));
        }
    }
    let mut request = Request::new(&RtGenMsg::default());
    if let Some(target) = target {
        request.put(NETNSA_TARGET_NSID(target))?;
    }
    ip.out.array("");
    match only {
        None => ip.dump(RTM_GETNSID, &request.body(), show_id)?,
        Some(only) => {
            request.put(NETNSA_NSID(only))?;
            let mut answer = Vec::new();
            ip.socket()?.get(RTM_GETNSID, NlmF(0), &request.body(), |message| {
                answer = message.payload.to_vec();
                Ok::<(), crate::Error>(())
            })?;
            show_id(ip, &Message { header: Default::default(), payload: &answer })?;
        }
    }
    ip.out.end_list();
    Ok(())
}

/// Prints the id that a namespace has for another one.
fn show_id(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<(), Stop> {
    let (mut id, mut current) = (NETNSA_NSID_NOT_ASSIGNED, None);
    let Ok(body) = message.body::<Nsid<'_>>() else { return Ok(()) };
    for attr in body.attrs.iter().map_while(Result::ok) {
        match attr {
            NETNSA_NSID(own) => id = own,
            NETNSA_CURRENT_NSID(own) => current = Some(own),
            _ => {}
        }
    }
    ip.out.object("");
    for (key, before, id) in [("nsid", "nsid ", Some(id)), ("current-nsid", "current-nsid ", current)] {
        match id {
            Some(id @ 0..) => ip.out.put(key, before, id, " "),
            Some(_) => ip.out.text(&format!("{before}unassigned ")),
            None => {}
        }
    }
    if let Some(name) = ip.netns_name(current.filter(|&id| id >= 0).unwrap_or(id))? {
        ip.out.put("name", "(iproute2 netns name: ", &name, ")");
    }
    ip.out.text("\n");
    ip.out.end_object();
    Ok(())
}

/// Prints the id of an event.
pub(crate) fn event(ip: &mut Ip<'_, '_>, message: &Message<'_>) -> Result<bool, Stop> {
    if message.header.nlmsg_type == RTM_NEWNSID {
        // it may have a name too
        ip.read_netns_names()?;
    }
    show_id(ip, message)?;
    Ok(true)
}

/// `ip netns monitor`: the names that come and go, until nobody reads any more.
fn monitor(ip: &mut Ip<'_, '_>) -> Result<(), Stop> {
    let failed =
        |what: &'static str| move |errno: Errno| Stop::failure(format!("{what}: {}", crate::exchange::strerror(errno as i32)));
    match std::fs::create_dir_all(DIR) {
        Err(error) if !std::path::Path::new(DIR).is_dir() => return Err(Stop::failure(format!("mkdir {DIR} failed: {error}"))),
        _ => {}
    }
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC).map_err(failed("inotify_init failed"))?;
    inotify.add_watch(DIR, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_DELETE).map_err(failed("inotify_add_watch failed"))?;
    while !ip.out.is_broken() {
        for event in inotify.read_events().map_err(failed("read failed"))? {
            let done = if event.mask.contains(AddWatchFlags::IN_CREATE) { "add" } else { "delete" };
            if let Some(name) = event.name {
                ip.out.text(&format!("{done} {}\n", name.display()));
            }
        }
        ip.out.flush();
    }
    Ok(())
}

fn exec(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    if ip.options.all {
        return exec_all(ip, words);
    }
    let name = need_name(words)?;
    let Some(program) = words.next() else { return Err(Stop::failure("No command specified")) };
    ip.flush();
    if watch::planned() {
        return exec_planned(name, program, words.rest());
    }
    watch::flush();
    if ip.in_batch {
        words.back();
        return exec_and_wait(name, words.rest());
    }
    let odd = switch_for_program(name).map_err(|error| cannot_open(name, &error))?;
    for error in odd {
        ip.complain(&error.to_string());
    }
    // another process could not go on with what watches this one
    if watch::active()
        && let Some(applet) = own_tool(program)
    {
        return end_as(applet(words.rest(), &mut crate::cli::Stdout, &mut std::io::stderr()));
    }
    // comes back only if it failed
    let error = Command::new(program).args(words.rest()).exec();
    Err(exec_failed(program, &error))
}

/// Moves this process into a namespace. A run that is only planned goes on outside, without asking anything, if there is no
/// such namespace or it may not be entered.
pub(crate) fn enter(name: &str) -> Result<(), Stop> {
    match NetNs::open(name).and_then(|ns| ns.switch()) {
        Ok(()) => Ok(()),
        Err(error) if watch::planned() => {
            watch::blind(&format!("in namespace {name}, which cannot be entered ({error}): nothing is looked up"));
            Ok(())
        }
        Err(error) => Err(cannot_open(name, &error)),
    }
}

/// A command that ends as another has.
fn end_as(status: i32) -> Result<(), Stop> {
    if status == 0 { Ok(()) } else { Err(Stop::failure("").with_status(status)) }
}

/// The tool of this program that a word starts, if it is this program that it starts.
fn own_tool(program: &str) -> Option<crate::cli::Applet> {
    let applet = crate::cli::applet(std::path::Path::new(program).file_name()?.to_str()?)?;
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = match program.contains('/') {
        true => program.into(),
        false => std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())?,
    };
    (std::fs::canonicalize(found).ok()? == std::fs::canonicalize("/proc/self/exe").ok()?).then_some(applet)
}

/// What a program would do in a namespace: of this program's own tools, what they would say there.
fn exec_planned(name: &str, program: &str, words: &[String]) -> Result<(), Stop> {
    enter(name)?;
    let tool = std::path::Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program);
    watch::note(&format!("no netlink: setns(CLONE_NEWNET) into namespace {name}, then exec of {program}"));
    match crate::cli::applet(tool) {
        Some(applet) => end_as(applet(words, &mut std::io::sink(), &mut std::io::stderr())),
        None => {
            watch::note(&format!("what {program} would say nobody knows before it runs; barelink trace shows it then"));
            Ok(())
        }
    }
}

fn exec_failed(program: &str, error: &std::io::Error) -> Stop {
    let why = crate::exchange::strerror(error.raw_os_error().unwrap_or(0));
    Stop::failure(format!("exec of \"{program}\" failed: {why}"))
}

/// Runs a program in every namespace, one after another, however it ends.
fn exec_all(ip: &mut Ip<'_, '_>, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.peek().is_none() {
        return Err(Stop::failure("No command specified"));
    }
    for name in listed()? {
        let name = name.to_string_lossy();
        ip.as_text(|ip| ip.out.text(&format!("\nnetns: {name}\n")));
        ip.flush();
        if let Err(stop) = exec_and_wait(&name, words.rest()) {
            ip.say(&stop);
        }
    }
    Ok(())
}

/// Runs a program in a namespace, in a process of its own that this program starts with `ip netns exec`.
fn exec_and_wait(name: &str, program: &[String]) -> Result<(), Stop> {
    let own = std::env::current_exe().map_err(|error| Stop::failure(format!("Cannot find this program: {error}")))?;
    let mut command = Command::new(own);
    // as `ip`, whatever this program was called
    command.arg0("ip").args(["netns", "exec", name]).args(program);
    let status = command.status().map_err(|error| exec_failed("ip", &error))?;
    // the program has said itself what is wrong
    if status.success() { Ok(()) } else { Err(Stop::failure("").with_status(status.code().unwrap_or(EXIT_FAILURE))) }
}
