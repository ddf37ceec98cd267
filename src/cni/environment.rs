//! What the runtime says in the environment: `CNI_*`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::error::{CniError, INVALID_ENVIRONMENT, UNKNOWN_CONTAINER};

/// What is asked of a plugin: `CNI_COMMAND`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Attach a container.
    Add,
    /// Detach it.
    Del,
    /// Say whether what `ADD` made is still there.
    Check,
    /// Clean up after all containers but those that the configuration lists.
    Gc,
    /// Say whether `ADD` would work.
    Status,
    /// Say which versions of the protocol are spoken.
    Version,
}

impl Command {
    const ALL: [Command; 6] = [Command::Add, Command::Del, Command::Check, Command::Gc, Command::Status, Command::Version];

    /// The word of `CNI_COMMAND`.
    pub fn as_str(self) -> &'static str {
        match self {
            Command::Add => "ADD",
            Command::Del => "DEL",
            Command::Check => "CHECK",
            Command::Gc => "GC",
            Command::Status => "STATUS",
            Command::Version => "VERSION",
        }
    }

    /// The variables without which a command makes no sense.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Command::Add | Command::Check => &["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH"],
            Command::Del => &["CNI_CONTAINERID", "CNI_IFNAME", "CNI_PATH"],
            Command::Gc | Command::Status => &["CNI_PATH"],
            Command::Version => &[],
        }
    }

    /// Whether it is about one container.
    fn has_container(self) -> bool {
        matches!(self, Command::Add | Command::Del | Command::Check)
    }
}

/// The checked environment of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `CNI_COMMAND`
    pub command: Command,
    /// `CNI_CONTAINERID`; empty with `GC` and `STATUS`.
    pub container_id: String,
    /// `CNI_NETNS`; `None` if it is empty, which only `DEL` allows.
    pub netns: Option<String>,
    /// `CNI_IFNAME`; empty with `GC` and `STATUS`.
    pub ifname: String,
    /// `CNI_ARGS` as it is written, to be handed on.
    pub args: String,
    /// `CNI_PATH`, the folders where other plugins are.
    pub path: Vec<PathBuf>,
    /// `CNI_NETNS_OVERRIDE`: the plugin's own namespace is allowed.
    pub netns_override: bool,
}

impl Environment {
    /// Reads what `var` gives for a name: `std::env::var_os`, or what a test puts in its place. `None` without
    /// `CNI_COMMAND`.
    ///
    /// # Errors
    /// [`INVALID_ENVIRONMENT`]: a variable is missing or wrong. [`UNKNOWN_CONTAINER`]: the identifier cannot be one.
    pub fn read(var: impl Fn(&str) -> Option<OsString>) -> Result<Option<Environment>, CniError> {
        let text = |name: &str| match var(name).map(OsString::into_string) {
            None => Ok(String::new()),
            Some(Ok(text)) => Ok(text),
            Some(Err(raw)) => Err(invalid(format!("{name} is not UTF-8")).details(raw.to_string_lossy())),
        };
        let command = text("CNI_COMMAND")?;
        if command.is_empty() {
            return Ok(None);
        }
        let Some(command) = Command::ALL.into_iter().find(|known| known.as_str() == command) else {
            let known = Command::ALL.map(Command::as_str).join(", ");
            return Err(invalid(format!("unknown CNI_COMMAND: {command}")).details(format!("it can be {known}")));
        };
        let missing: Vec<&str> =
            command.needs().iter().copied().filter(|name| var(name).is_none_or(|value| value.is_empty())).collect();
        if !missing.is_empty() {
            return Err(invalid(format!("required env variables [{}] missing", missing.join(","))));
        }
        let override_ = text("CNI_NETNS_OVERRIDE")?;
        let mut environment = Environment {
            command,
            container_id: String::new(),
            netns: None,
            ifname: String::new(),
            args: text("CNI_ARGS")?,
            path: var("CNI_PATH").map(|path| folders(&path)).unwrap_or_default(),
            netns_override: override_ == "1" || override_.eq_ignore_ascii_case("true"),
        };
        if command.has_container() {
            environment.container_id = text("CNI_CONTAINERID")?;
            environment.ifname = text("CNI_IFNAME")?;
            environment.netns = Some(text("CNI_NETNS")?).filter(|netns| !netns.is_empty());
            check_container_id(&environment.container_id)?;
            check_ifname(&environment.ifname)?;
        }
        Ok(Some(environment))
    }

    /// The values of the `wanted` keys of `CNI_ARGS` (`MAC=...;IP=...`), empty ones not counted; a later one
    /// overrides.
    ///
    /// # Errors
    /// [`INVALID_ENVIRONMENT`]: it is no list of pairs, or has another key, and not `IgnoreUnknown=1`.
    pub fn args<const N: usize>(&self, wanted: [&str; N]) -> Result<[Option<&str>; N], CniError> {
        let mut values = [None; N];
        let (mut unknown, mut ignore) = (Vec::new(), false);
        for pair in self.args.split(';').filter(|_| !self.args.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(invalid(format!("CNI_ARGS: invalid pair {pair:?}")).details("it is written KEY=VALUE;KEY=VALUE"));
            };
            if let Some(at) = wanted.iter().position(|wanted| *wanted == key) {
                values[at] = Some(value).filter(|value| !value.is_empty());
            } else if key == "IgnoreUnknown" {
                ignore = match value.to_ascii_lowercase().as_str() {
                    "1" | "true" => true,
                    "0" | "false" => false,
                    _ => return Err(invalid(format!("CNI_ARGS: IgnoreUnknown is {value:?}, not 1, true, 0 or false"))),
                };
            } else {
                unknown.push(key);
            }
        }
        if unknown.is_empty() || ignore {
            return Ok(values);
        }
        Err(invalid(format!("CNI_ARGS: unknown args {unknown:?}")).details("IgnoreUnknown=1 passes over them"))
    }

    /// The variables for a plugin that is to do `command` in the same surroundings, to be set over those that are
    /// inherited.
    pub fn variables(&self, command: Command) -> [(&'static str, OsString); 7] {
        let path = std::env::join_paths(&self.path).unwrap_or_default();
        let text = |text: &str| OsString::from(text);
        [
            ("CNI_COMMAND", text(command.as_str())),
            ("CNI_CONTAINERID", text(&self.container_id)),
            ("CNI_NETNS", text(self.netns.as_deref().unwrap_or_default())),
            ("CNI_IFNAME", text(&self.ifname)),
            ("CNI_ARGS", text(&self.args)),
            ("CNI_PATH", path),
            ("CNI_NETNS_OVERRIDE", text(if self.netns_override { "1" } else { "" })),
        ]
    }
}

/// The folders of a list like `PATH`; empty places do not count.
pub fn folders(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path).filter(|folder| folder != Path::new("")).collect()
}

fn invalid(msg: impl Into<String>) -> CniError {
    CniError::new(INVALID_ENVIRONMENT, msg)
}

/// Whether a text can be a container's identifier or a network's name: it becomes part of file names.
pub fn is_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

/// Checks an identifier of a container.
///
/// # Errors
/// [`UNKNOWN_CONTAINER`]
pub fn check_container_id(id: &str) -> Result<(), CniError> {
    if id.is_empty() {
        return Err(CniError::new(UNKNOWN_CONTAINER, "missing containerID"));
    }
    if !is_name(id) {
        let allowed = "letters, digits, _, . and - are allowed, a letter or digit first";
        return Err(CniError::new(UNKNOWN_CONTAINER, "invalid characters in containerID").details(format!("{id:?}: {allowed}")));
    }
    Ok(())
}

/// Checks the name of an interface, as the kernel would.
///
/// # Errors
/// [`INVALID_ENVIRONMENT`]
pub fn check_ifname(name: &str) -> Result<(), CniError> {
    let (msg, details) = match name {
        "" => ("interface name is empty", "CNI_IFNAME names the interface in the container"),
        "." | ".." => ("interface name is . or ..", "these name folders"),
        name if name.len() > 15 => ("interface name is too long", "interface name should be less than 16 characters"),
        name if name.contains(|char: char| matches!(char, '/' | ':') || char.is_whitespace()) => {
            ("interface name contains / or : or whitespace characters", name)
        }
        _ => return Ok(()),
    };
    Err(invalid(msg).details(details))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cni::error::*;

    fn read(vars: &[(&str, &str)]) -> Result<Option<Environment>, CniError> {
        Environment::read(|name| vars.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value)))
    }

    const ADD: [(&str, &str); 5] = [
        ("CNI_COMMAND", "ADD"),
        ("CNI_CONTAINERID", "c1"),
        ("CNI_NETNS", "/run/netns/a"),
        ("CNI_IFNAME", "eth0"),
        ("CNI_PATH", "/a::/b"),
    ];

    fn add(more: &[(&str, &str)]) -> Result<Environment, CniError> {
        Ok(read(&[&ADD, more].concat())?.expect("there is a command"))
    }

    #[test]
    fn no_command_is_no_plugin() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("CNI_COMMAND", "")]), Ok(None));
    }

    #[test]
    fn a_whole_one() {
        let env = add(&[("CNI_NETNS_OVERRIDE", "True")]).unwrap();
        assert_eq!((env.command, env.container_id.as_str(), env.ifname.as_str()), (Command::Add, "c1", "eth0"));
        assert_eq!((env.netns.as_deref(), env.netns_override), (Some("/run/netns/a"), true));
        assert_eq!(env.path, [PathBuf::from("/a"), PathBuf::from("/b")]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (name, value, code, msg) in [
            ("CNI_COMMAND", "add", INVALID_ENVIRONMENT, "unknown CNI_COMMAND: add"),
            ("CNI_NETNS", "", INVALID_ENVIRONMENT, "required env variables [CNI_NETNS] missing"),
            ("CNI_CONTAINERID", "../x", UNKNOWN_CONTAINER, "invalid characters in containerID"),
            ("CNI_CONTAINERID", ".x", UNKNOWN_CONTAINER, "invalid characters in containerID"),
            ("CNI_CONTAINERID", "x\n", UNKNOWN_CONTAINER, "invalid characters in containerID"),
            ("CNI_IFNAME", "a/b", INVALID_ENVIRONMENT, "interface name contains / or : or whitespace characters"),
            ("CNI_IFNAME", "..", INVALID_ENVIRONMENT, "interface name is . or .."),
            ("CNI_IFNAME", "0123456789abcdef", INVALID_ENVIRONMENT, "interface name is too long"),
        ] {
            let error = add(&[(name, value)]).unwrap_err();
            assert_eq!((error.code, error.msg.as_str()), (code, msg), "{name}={value}");
        }
        assert!(add(&[("CNI_IFNAME", "0123456789abcde")]).is_ok());
    }

    #[test]
    fn a_command_needs_its_own() {
        assert_eq!(read(&[("CNI_COMMAND", "VERSION")]).unwrap().unwrap().command, Command::Version);
        let del = [("CNI_COMMAND", "DEL"), ("CNI_NETNS", "")];
        assert_eq!(add(&del).unwrap().netns, None);
        let gc = read(&[("CNI_COMMAND", "GC"), ("CNI_PATH", "/x"), ("CNI_CONTAINERID", "../x")]).unwrap().unwrap();
        assert_eq!(gc.container_id, "");
        let error = read(&[("CNI_COMMAND", "CHECK")]).unwrap_err();
        assert_eq!(error.msg, "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing");
    }

    #[test]
    fn args() {
        let args = |text: &'static str| add(&[("CNI_ARGS", text)]).unwrap();
        assert_eq!(args("").args(["MAC"]), Ok([None]));
        assert_eq!(args("IP=1.2.3.4;MAC=x").args(["MAC", "IP"]), Ok([Some("x"), Some("1.2.3.4")]));
        assert_eq!(args("K8S_POD=p;IgnoreUnknown=1;MAC=").args(["MAC"]), Ok([None]));
        for (text, msg) in [
            ("K8S_POD=p;MAC=x", "CNI_ARGS: unknown args [\"K8S_POD\"]"),
            ("MAC", "CNI_ARGS: invalid pair \"MAC\""),
            ("IgnoreUnknown=maybe", "CNI_ARGS: IgnoreUnknown is \"maybe\", not 1, true, 0 or false"),
        ] {
            assert_eq!(args(text).args(["MAC"]).unwrap_err().msg, msg);
        }
    }
}
