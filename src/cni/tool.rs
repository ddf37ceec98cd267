//! cnitool: what a runtime does with a network's plugins, by hand.
//!
//! ```text
//! cnitool add|check|del|gc|status NETWORK NETNS
//! ```
//!
//! | variable | meaning |
//! | --- | --- |
//! | `NETCONFPATH` | the folder of the networks' configurations, `/etc/cni/net.d` |
//! | `CNI_PATH` | the folders of the plugins |
//! | `CNI_ARGS` | `KEY=VALUE;...` for the plugins |
//! | `CAP_ARGS` | JSON: what goes to plugins that have a capability of that name |
//! | `CNI_IFNAME` | the interface in the container, `eth0` |
//!
//! The plugins are programs, ours too: what one of them does to its process stays there.

mod cache;
mod list;
mod sha512;

use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use self::cache::{Attachment, Cache, in_version};
use self::list::{List, Plugin};
use super::config::{Node, check_name, decode, version};
use super::delegate::execute;
use super::environment::{Command, Environment, check_container_id, check_ifname, folders};
use super::error::{CniError, DECODING_FAILURE, INCOMPATIBLE_VERSION, INVALID_ENVIRONMENT};
use super::result::CniResult;
use super::version::Version;

/// Where networks are configured.
const NETWORKS: &str = "/etc/cni/net.d";

const USAGE: &str = "\
cnitool: Add, check, remove, gc or status network interfaces from a network namespace
  cnitool add    <net> <netns>
  cnitool check  <net> <netns>
  cnitool del    <net> <netns>
  cnitool gc     <net> <netns>
  cnitool status <net> <netns>
";

/// Runs cnitool; returns its exit status.
pub fn main(words: &[String], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let command = match words.first().map(String::as_str) {
        Some("add") => Command::Add,
        Some("check") => Command::Check,
        Some("del") => Command::Del,
        Some("gc") => Command::Gc,
        Some("status") => Command::Status,
        _ => Command::Version,
    };
    let (Some(network), Some(netns), true) = (words.get(1), words.get(2), command != Command::Version) else {
        let _ = err.write_all(USAGE.as_bytes());
        return 1;
    };
    let result = Call::new(network, netns).and_then(|mut call| call.run(command, err));
    let written = match result {
        Ok(Some(result)) => out.write_all(result.as_bytes()).and_then(|()| out.flush()),
        Ok(None) => Ok(()),
        Err(error) => {
            let _ = writeln!(err, "{error}");
            return 1;
        }
    };
    i32::from(written.is_err())
}

/// One call of the tool.
#[derive(Debug)]
struct Call {
    list: List,
    cache: Cache,
    env: Environment,
    attachment: Attachment,
}

impl Call {
    fn new(network: &str, netns: &str) -> Result<Call, CniError> {
        let var = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let folder = var("NETCONFPATH").unwrap_or_else(|| NETWORKS.into());
        let list = List::load(Path::new(&folder), network)?;
        let netns = absolute(Path::new(netns))?;
        let attachment = Attachment {
            network: list.name.clone(),
            container_id: container_id(&netns),
            // one that is there and empty is empty
            ifname: text("CNI_IFNAME", env::var_os("CNI_IFNAME").unwrap_or_else(|| "eth0".into()))?,
            netns,
            capabilities: var("CAP_ARGS").map(capabilities).transpose()?.unwrap_or_default(),
            args: var("CNI_ARGS").map(args).transpose()?.unwrap_or_default(),
        };
        let env = Environment {
            command: Command::Version,
            container_id: String::new(),
            netns: None,
            ifname: String::new(),
            args: String::new(),
            path: var("CNI_PATH").map(|path| folders(&path)).unwrap_or_default(),
            netns_override: var("CNI_NETNS_OVERRIDE").is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true")),
        };
        Ok(Call { list, cache: Cache::new(cache::DIR), env, attachment })
    }

    fn run(&mut self, command: Command, err: &mut dyn Write) -> Result<Option<String>, CniError> {
        match command {
            Command::Add => return self.add(err).map(Some),
            Command::Check => self.check()?,
            Command::Del => self.del(&self.attachment, err)?,
            Command::Gc => self.gc(err)?,
            Command::Status => self.each(Command::Status)?,
            Command::Version => {}
        }
        Ok(None)
    }

    /// Whether the list's version is this or a later one.
    fn since(&self, version: Version) -> bool {
        self.list.version().is_some_and(|has| has >= version)
    }

    fn call(&self, command: Command, plugin: &Plugin, of: &Attachment, previous: Option<&Value>) -> Result<Vec<u8>, CniError> {
        let input = self.list.input(plugin, previous, &of.capabilities);
        execute(&plugin.kind, command, &of.environment(&self.env), &input)
    }

    fn add(&self, err: &mut dyn Write) -> Result<String, CniError> {
        let of = &self.attachment;
        check_container_id(&of.container_id)?;
        check_name(&of.network)?;
        check_ifname(&of.ifname)?;
        let mut previous = None;
        for (i, plugin) in self.list.plugins.iter().enumerate() {
            let done = self.call(Command::Add, plugin, of, previous.as_ref()).and_then(|output| self.result(plugin, &output));
            match done {
                Ok(result) => previous = Some(result),
                Err(error) => {
                    self.undo(i, previous.as_ref(), err);
                    return Err(error.context(&format!("plugin {} failed (add)", plugin.description())));
                }
            }
        }
        let result = previous.unwrap_or_default();
        if let Err(error) = self.cache.put(of, &self.list, &result) {
            self.undo(self.list.plugins.len(), Some(&result), err);
            return Err(error.context(&format!("failed to set network {:?} cached result", of.network)));
        }
        let root = Node::root(&result);
        Ok(CniResult::read(&root)?.to_json(version(&root)?)?.pretty())
    }

    /// A plugin's result, in the version that it says it has, or else in the list's.
    fn result(&self, plugin: &Plugin, output: &[u8]) -> Result<Value, CniError> {
        let what = format!("the result of {}", plugin.kind);
        let value = decode(&what, output)?;
        let root = Node::root(&value);
        let own = root.get("cniVersion").and_then(|node| node.words());
        let result = own.and_then(|own| in_version(&root, own.unwrap_or(&self.list.version)));
        result.map_err(|error| error.context(&what))
    }

    /// Takes back what the first `done` plugins added: nobody else knows of it.
    fn undo(&self, done: usize, previous: Option<&Value>, err: &mut dyn Write) {
        for plugin in self.list.plugins[..done].iter().rev() {
            if let Err(error) = self.call(Command::Del, plugin, &self.attachment, previous) {
                let _ = writeln!(err, "plugin {} failed (delete): {error}", plugin.description());
            }
        }
    }

    fn check(&self) -> Result<(), CniError> {
        if !self.since(Version::V0_4_0) {
            let msg = format!("configuration version {:?} does not support the CHECK command", self.list.version);
            return Err(CniError::new(INCOMPATIBLE_VERSION, msg));
        }
        if self.list.disable_check {
            return Ok(());
        }
        let result = self.cache.result(&self.attachment, &self.list)?;
        for plugin in &self.list.plugins {
            self.call(Command::Check, plugin, &self.attachment, result.as_ref())?;
        }
        Ok(())
    }

    fn del(&self, of: &Attachment, err: &mut dyn Write) -> Result<(), CniError> {
        let mut result = None;
        if self.since(Version::V0_4_0) {
            // without it the plugins have to find their way
            result = self.cache.result(of, &self.list).unwrap_or_else(|error| {
                let _ = writeln!(err, "{error}; deleted");
                None
            });
        }
        for plugin in self.list.plugins.iter().rev() {
            let done = self.call(Command::Del, plugin, of, result.as_ref());
            done.map_err(|error| error.context(&format!("plugin {} failed (delete)", plugin.description())))?;
        }
        self.cache.delete(of)
    }

    /// Detaches whatever is attached, and has the plugins look for what nobody knows of.
    fn gc(&self, err: &mut dyn Write) -> Result<(), CniError> {
        if self.list.disable_gc {
            return Ok(());
        }
        let mut failed = Vec::new();
        let attachments = self.cache.attachments(&self.list.name, &mut |odd| {
            let _ = writeln!(err, "{odd}");
        })?;
        for of in attachments {
            if let Err(error) = self.del(&of, err) {
                failed.push(error.context(&format!("failed to delete stale attachment {}/{}", of.container_id, of.ifname)));
            }
        }
        failed.extend(self.each(Command::Gc).err());
        let Some(first) = failed.first() else { return Ok(()) };
        let all: Vec<String> = failed.iter().map(CniError::to_string).collect();
        Err(CniError::new(first.code, all.join("\n")))
    }

    /// Calls every plugin of the network as such. `GC` goes on past errors, `STATUS` ends at the first.
    fn each(&self, command: Command) -> Result<(), CniError> {
        if !self.since(Version::V1_1_0) {
            return Ok(());
        }
        let mut failed: Option<CniError> = None;
        for plugin in &self.list.plugins {
            let input = self.list.input(plugin, None, &Map::new());
            if let Err(error) = execute(&plugin.kind, command, &self.env, &input) {
                if command == Command::Status {
                    return Err(error);
                }
                let error = error.context(&format!("failed to GC plugin {}", plugin.kind));
                failed = Some(match failed {
                    None => error,
                    Some(before) => CniError::new(before.code, format!("{before}\n{error}")),
                });
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The identifier of the container whose namespace this is.
fn container_id(netns: &str) -> String {
    let digest = sha512::digest(netns.as_bytes());
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default());
    "cnitool-".chars().chain(digest[..10].iter().flat_map(digits)).collect()
}

/// The path from the root, without `.` and `..`, which go by the text and not by what is there.
fn absolute(path: &Path) -> Result<String, CniError> {
    let whole = env::current_dir().map_err(CniError::io("find out the current folder")).map(|dir| dir.join(path))?;
    let mut clean = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    text("the path of the namespace", clean.into_os_string())
}

fn text(what: &str, value: OsString) -> Result<String, CniError> {
    value
        .into_string()
        .map_err(|raw| CniError::new(INVALID_ENVIRONMENT, format!("{what} is not UTF-8")).details(raw.to_string_lossy()))
}

fn args(value: OsString) -> Result<Vec<(String, String)>, CniError> {
    let value = text("CNI_ARGS", value)?;
    let pair = |pair: &str| {
        let wrong = || CniError::new(INVALID_ENVIRONMENT, format!("invalid CNI_ARGS pair {pair:?}"));
        let (key, value) = pair.split_once('=').ok_or_else(wrong)?;
        if key.is_empty() || value.is_empty() || value.contains('=') { Err(wrong()) } else { Ok((key.into(), value.into())) }
    };
    value.split(';').map(pair).collect()
}

fn capabilities(value: OsString) -> Result<Map<String, Value>, CniError> {
    match decode("CAP_ARGS", text("CAP_ARGS", value)?.as_bytes())? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(CniError::new(DECODING_FAILURE, "CAP_ARGS is not a JSON object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        // printf /run/netns/testing1 | sha512sum
        assert_eq!(container_id("/run/netns/testing1"), "cnitool-17908618c1219f305c10");
        assert_eq!(absolute(Path::new("/run/./netns/../netns//x")).unwrap(), "/run/netns/x");
        assert_eq!(absolute(Path::new("/../x/")).unwrap(), "/x");
    }

    #[test]
    fn pairs() {
        assert_eq!(args("A=1;B=2".into()).unwrap(), [("A".into(), "1".into()), ("B".into(), "2".into())]);
        for wrong in ["A", "A=", "=1", "A=1=2", "A=1;"] {
            assert!(args(wrong.into()).unwrap_err().msg.starts_with("invalid CNI_ARGS pair"), "{wrong}");
        }
        assert!(capabilities("[]".into()).is_err());
        assert_eq!(capabilities("null".into()).unwrap(), Map::new());
    }
}
