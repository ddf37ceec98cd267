//! Lists of plugins: where they are, how they are read, and what each plugin gets of them.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::cni::config::{Node, decode};
use crate::cni::error::{CniError, DECODING_FAILURE, INVALID_CONFIG};
use crate::cni::version::Version;

/// A network: plugins that are called one after the other.
#[derive(Debug)]
pub(super) struct List {
    /// As the file has it; of a single plugin's configuration what stands for it.
    pub(super) bytes: Vec<u8>,
    pub(super) name: String,
    /// What plugins get as `cniVersion`.
    pub(super) version: String,
    pub(super) disable_check: bool,
    pub(super) disable_gc: bool,
    pub(super) plugins: Vec<Plugin>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Plugin {
    pub(super) kind: String,
    /// Its own name, for messages.
    pub(super) name: String,
    conf: Map<String, Value>,
}

impl List {
    /// The network `name` in the folder: lists come before single plugins, and files are read in the order of their names
    /// until it is found.
    pub(super) fn load(dir: &Path, name: &str) -> Result<List, CniError> {
        let lists = files(dir, &["conflist"])?;
        for path in &lists {
            let list = List::read(read(path)?).and_then(|mut list| list.with_files(dir).map(|()| list));
            let list = list.map_err(|error| error.context(&path.display().to_string()))?;
            if list.name == name {
                return if list.plugins.is_empty() { Err(invalid("no plugin configs found")) } else { Ok(list) };
            }
        }
        let singles = files(dir, &["conf", "json"])?;
        if lists.is_empty() && singles.is_empty() {
            return Err(invalid(format!("no net configurations found in {}", dir.display())));
        }
        for path in &singles {
            let single = Plugin::read(&read(path)?).map_err(|error| error.context(&path.display().to_string()))?;
            if single.name == name {
                return List::single(single);
            }
        }
        Err(invalid(format!("no net configuration with name {name:?} in {}", dir.display())))
    }

    fn read(bytes: Vec<u8>) -> Result<List, CniError> {
        let value = decode("the configuration list", &bytes)?;
        let root = Node::root(&value);
        let name = root.get("name")?.text()?.ok_or_else(|| invalid("error parsing configuration list: no name"))?;
        let plugins = root.get("plugins")?;
        if plugins.is_some() && plugins.items()?.is_empty() {
            return Err(invalid("error parsing configuration list: no plugins in list"));
        }
        if !plugins.is_some() && flag(&root, "loadOnlyInlinedPlugins")? {
            return Err(invalid("error parsing configuration list: no 'plugins' key"));
        }
        let mut list = List {
            name: name.to_owned(),
            version: best(&root)?,
            disable_check: flag(&root, "disableCheck")?,
            disable_gc: flag(&root, "disableGC")?,
            plugins: Vec::new(),
            bytes: Vec::new(),
        };
        for (i, plugin) in plugins.items()?.iter().enumerate() {
            let plugin = plugin.value().cloned().unwrap_or_default();
            let context = |error: CniError| error.context(&format!("failed to parse plugin config {i}"));
            list.plugins.push(Plugin::new(plugin).map_err(context)?);
        }
        list.bytes = bytes;
        Ok(list)
    }

    /// Adds the plugins that are in files of their own, in a folder named like the network.
    fn with_files(&mut self, dir: &Path) -> Result<(), CniError> {
        let value = decode("the configuration list", &self.bytes)?;
        if flag(&Node::root(&value), "loadOnlyInlinedPlugins")? || Path::new(&self.name).components().count() != 1 {
            return Ok(());
        }
        for path in files(&dir.join(&self.name), &["conf"])? {
            let plugin = Plugin::read(&read(&path)?).map_err(|error| error.context(&path.display().to_string()))?;
            self.plugins.push(plugin);
        }
        Ok(())
    }

    fn single(plugin: Plugin) -> Result<List, CniError> {
        let version = Node::root(&Value::Object(plugin.conf.clone())).get("cniVersion")?.text()?.unwrap_or_default().to_owned();
        let list = json!({ "name": plugin.name, "cniVersion": version, "plugins": [plugin.conf] });
        List::read(list.to_string().into_bytes())
    }

    /// The version, if it is one that is spoken here.
    pub(super) fn version(&self) -> Option<Version> {
        Version::parse(&self.version)
    }

    /// What a plugin gets on standard input: its configuration with the network's name and version, with the result so
    /// far, and with those of the runtime's values that it says it can use.
    pub(super) fn input(&self, plugin: &Plugin, previous: Option<&Value>, capabilities: &Map<String, Value>) -> Vec<u8> {
        let mut conf = plugin.conf.clone();
        let mut put = |key: &str, value: Option<Value>| {
            conf.retain(|known, _| !known.eq_ignore_ascii_case(key));
            conf.extend(value.map(|value| (key.to_owned(), value)));
        };
        put("name", Some(json!(self.name)));
        put("cniVersion", Some(json!(self.version)));
        put("capabilities", None);
        if let Some(previous) = previous {
            put("prevResult", Some(previous.clone()));
        }
        let able = plugin.capabilities();
        let runtime: Map<_, _> = capabilities.clone().into_iter().filter(|(key, _)| able.contains(key)).collect();
        if !runtime.is_empty() {
            put("runtimeConfig", Some(Value::Object(runtime)));
        }
        Value::Object(conf).to_string().into_bytes()
    }
}

impl Plugin {
    fn read(bytes: &[u8]) -> Result<Plugin, CniError> {
        Plugin::new(decode("the configuration", bytes)?)
    }

    fn new(value: Value) -> Result<Plugin, CniError> {
        let root = Node::root(&value);
        let text = |key| Ok::<_, CniError>(root.get(key)?.text()?.unwrap_or_default().to_owned());
        let (kind, name) = (text("type")?, text("name")?);
        if kind.is_empty() {
            return Err(invalid("error parsing configuration: missing 'type'"));
        }
        for (_, able) in root.get("capabilities")?.value().and_then(Value::as_object).into_iter().flatten() {
            if !able.is_boolean() {
                return Err(CniError::new(DECODING_FAILURE, format!("capabilities: {able} must be true or false")));
            }
        }
        match value {
            Value::Object(conf) => Ok(Plugin { kind, name, conf }),
            _ => Err(invalid("error parsing configuration: missing 'type'")),
        }
    }

    /// What it says it can use.
    fn capabilities(&self) -> Vec<String> {
        let able =
            self.conf.iter().find(|(key, _)| key.eq_ignore_ascii_case("capabilities")).and_then(|(_, able)| able.as_object());
        able.into_iter().flatten().filter(|(_, able)| **able == Value::Bool(true)).map(|(key, _)| key.clone()).collect()
    }

    /// Which one, in messages.
    pub(super) fn description(&self) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!(" name={:?}", self.name) };
        format!("type={:?}{name}", self.kind)
    }
}

/// The newest of `cniVersions` and `cniVersion` that is spoken here; without the former, the latter, whatever it is.
fn best(root: &Node<'_>) -> Result<String, CniError> {
    let single = root.get("cniVersion")?.text()?.unwrap_or_default();
    let mut versions = root.get("cniVersions")?.texts()?;
    if !single.is_empty() {
        versions.push(single.to_owned());
    }
    let newest = versions.iter().filter_map(|version| Version::parse(version).filter(|_| !version.is_empty())).max();
    Ok(newest.map_or(single, |version| version.as_str()).to_owned())
}

/// A truth value, which may be in quotes.
fn flag(root: &Node<'_>, key: &str) -> Result<bool, CniError> {
    let node = root.get(key)?;
    match node.value() {
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => node.flag(false),
    }
}

/// The files of a folder with one of these extensions, sorted; none if there is no folder.
fn files(dir: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, CniError> {
    let failed = |error: io::Error| CniError::io(format!("read {}", dir.display()))(error);
    let entries = match std::fs::read_dir(dir) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(OsStr::to_str);
        if extension.is_some_and(|extension| extensions.contains(&extension)) && !path.is_dir() {
            files.push(path);
        }
    }
    crate::sort::sort(&mut files);
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, CniError> {
    std::fs::read(path).map_err(CniError::io(format!("error reading {}", path.display())))
}

fn invalid(msg: impl Into<String>) -> CniError {
    CniError::new(INVALID_CONFIG, msg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<List, CniError> {
        List::read(text.into())
    }

    #[test]
    fn versions() {
        for (keys, version) in [
            ("", ""),
            (r#""cniVersion":"0.4.0","#, "0.4.0"),
            (r#""cniVersion":"9.0.0","#, "9.0.0"),
            (r#""cniVersions":["0.3.1","1.0.0","9.0.0"],"#, "1.0.0"),
            (r#""cniVersions":["0.3.1"],"cniVersion":"0.4.0","#, "0.4.0"),
        ] {
            assert_eq!(list(&format!(r#"{{{keys}"name":"n","plugins":[{{"type":"x"}}]}}"#)).unwrap().version, version);
        }
    }

    #[test]
    fn what_is_no_list() {
        for (text, msg) in [
            ("[", "the configuration list is not JSON"),
            ("{}", "error parsing configuration list: no name"),
            (r#"{"name":1}"#, "name must be a string, not 1"),
            (r#"{"name":"n","plugins":[]}"#, "error parsing configuration list: no plugins in list"),
            (r#"{"name":"n","plugins":{}}"#, "plugins must be a list, not an object"),
            (r#"{"name":"n","loadOnlyInlinedPlugins":true}"#, "error parsing configuration list: no 'plugins' key"),
            (r#"{"name":"n","plugins":[{}]}"#, "failed to parse plugin config 0: error parsing configuration: missing 'type'"),
            (r#"{"name":"n","plugins":[7]}"#, "failed to parse plugin config 0: the configuration must be an object, not 7"),
            (
                r#"{"name":"n","plugins":[{"type":"x"}],"disableCheck":"maybe"}"#,
                "disableCheck must be true or false, not \"maybe\"",
            ),
        ] {
            assert_eq!(list(text).unwrap_err().msg, msg, "{text}");
        }
        assert!(list(r#"{"name":"n","plugins":[{"type":"x"}],"disableCheck":"True"}"#).unwrap().disable_check);
    }

    #[test]
    fn what_a_plugin_gets() {
        let text = r#"{"name":"n","cniVersion":"1.0.0","plugins":[
            {"type":"x","Name":"old","capabilities":{"mac":true,"ips":false},"a":1}]}"#;
        let list = list(text).unwrap();
        let args = json!({"mac": "m", "ips": [], "other": 1});
        let input = list.input(&list.plugins[0], Some(&json!({"ips": []})), args.as_object().unwrap());
        let expected = json!({"a": 1, "cniVersion": "1.0.0", "name": "n", "prevResult": {"ips": []}, "runtimeConfig": {"mac": "m"}, "type": "x"});
        assert_eq!(String::from_utf8(input).unwrap(), expected.to_string());
        assert_eq!(list.plugins[0].description(), "type=\"x\" name=\"old\"");
    }

    #[test]
    fn a_single_plugin_becomes_a_list() {
        let plugin = Plugin::read(br#"{"type":"x","name":"n","cniVersion":"0.3.1","b":true}"#).unwrap();
        let list = List::single(plugin).unwrap();
        let expected = r#"{"cniVersion":"0.3.1","name":"n","plugins":[{"b":true,"cniVersion":"0.3.1","name":"n","type":"x"}]}"#;
        assert_eq!(String::from_utf8(list.bytes).unwrap(), expected);
        assert_eq!((list.name.as_str(), list.version.as_str()), ("n", "0.3.1"));
    }
}
