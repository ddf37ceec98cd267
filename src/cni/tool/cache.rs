//! What was given to whom, as libcni remembers it: a file for each attachment, `NETWORK-ID-IFNAME`, with which `CHECK` and
//! `DEL` tell a plugin what `ADD` gave, and from which `GC` knows who there is.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, fdatasync, fsync, unlinkat};
use serde_json::{Map, Value, json};

use super::list::List;
use crate::cni::config::{Node, decode};
use crate::cni::environment::Environment;
use crate::cni::error::{CniError, INVALID_CONFIG};
use crate::cni::file;
use crate::cni::result::CniResult;
use crate::cni::version::Version;

/// Where libcni keeps it.
pub(super) const DIR: &str = "/var/lib/cni/results";

/// What the file calls itself.
const KIND: &str = "cniCacheV1";

/// An interface of a container on a network, as the cache knows it.
#[derive(Debug)]
pub(super) struct Attachment {
    pub(super) network: String,
    pub(super) container_id: String,
    pub(super) ifname: String,
    pub(super) netns: String,
    pub(super) args: Vec<(String, String)>,
    pub(super) capabilities: Map<String, Value>,
}

/// The folder of the cache.
#[derive(Debug)]
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn new(dir: impl Into<PathBuf>) -> Cache {
        Cache(dir.into())
    }

    /// The folder, if it is there.
    fn open(&self) -> Result<Option<OwnedFd>, CniError> {
        match open(&self.0, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty()) {
            Err(Errno::ENOENT) => Ok(None),
            dir => dir.map(Some).map_err(|errno| CniError::io(format!("open {}", self.0.display()))(errno.into())),
        }
    }

    /// Remembers a result: written, flushed, renamed, flushed.
    pub(super) fn put(&self, of: &Attachment, list: &List, result: &Value) -> Result<(), CniError> {
        let mut object = vec![
            ("kind", json!(KIND)),
            ("containerId", json!(of.container_id)),
            ("config", json!(base64(&list.bytes))),
            ("ifName", json!(of.ifname)),
            ("networkName", json!(of.network)),
        ];
        if !of.netns.is_empty() {
            object.push(("netns", json!(of.netns)));
        }
        if !of.args.is_empty() {
            object.push(("cniArgs", json!(of.args)));
        }
        if !of.capabilities.is_empty() {
            object.push(("capabilityArgs", json!(of.capabilities)));
        }
        object.push(("result", result.clone()));
        // in libcni's order
        let members: Vec<String> = object.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let name = name(of)?;
        let path = self.0.join(&name);
        let failed = |error: io::Error| CniError::io(format!("write {}", path.display()))(error);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(failed)?;
        let dir = self.open()?.ok_or_else(|| failed(Errno::ENOENT.into()))?;
        let new = format!(".{name}.new");
        let write = || -> io::Result<()> {
            let mut file = file::fresh(&dir, &new)?;
            file.write_all(format!("{{{}}}", members.join(",")).as_bytes())?;
            fdatasync(&file)?;
            renameat(&dir, new.as_str(), &dir, name.as_str())?;
            Ok(fsync(&dir)?)
        };
        write().map_err(|error| {
            let _ = unlinkat(&dir, new.as_str(), UnlinkatFlags::NoRemoveDir);
            failed(error)
        })
    }

    /// What `ADD` gave, in the form of the list's version; `None` if nothing is known.
    pub(super) fn result(&self, of: &Attachment, list: &List) -> Result<Option<Value>, CniError> {
        let path = self.0.join(name(of)?);
        let bytes = match read(&path) {
            // that it cannot be read is no reason not to go on
            Err(_) => return Ok(None),
            Ok(bytes) => bytes,
        };
        let context = |error: CniError| error.context(&format!("failed to get network {:?} cached result", of.network));
        let value = decode(&path.display().to_string(), &bytes).map_err(context)?;
        let root = Node::root(&value);
        let kind = root.get("kind").and_then(|node| node.text());
        // what libcni wrote before it had kinds is a bare result
        let result = if kind == Ok(Some(KIND)) { root.get("result") } else { Ok(root) }.map_err(context)?;
        in_version(&result, &list.version).map(Some).map_err(context)
    }

    /// Forgets.
    pub(super) fn delete(&self, of: &Attachment) -> Result<(), CniError> {
        let path = self.0.join(name(of)?);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(CniError::io(format!("delete {}", path.display()))(error))
            }
            _ => Ok(()),
        }
    }

    /// All attachments of a network. Files that cannot be understood are passed over, and said to `odd`.
    pub(super) fn attachments(&self, network: &str, odd: &mut dyn FnMut(&str)) -> Result<Vec<Attachment>, CniError> {
        let failed = |error: io::Error| CniError::io(format!("read {}", self.0.display()))(error);
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            match read(&path).map_err(failed).and_then(|bytes| attachment(&decode(&path.display().to_string(), &bytes)?)) {
                Ok(attachment) => found.extend(attachment.filter(|attachment| attachment.network == network)),
                Err(error) => odd(&format!("{}: passed over: {error}", path.display())),
            }
        }
        crate::sort::sort_by(&mut found, |a, b| (&a.container_id, &a.ifname).cmp(&(&b.container_id, &b.ifname)));
        Ok(found)
    }
}

impl Attachment {
    /// The environment of a plugin that is called for it.
    pub(super) fn environment(&self, from: &Environment) -> Environment {
        let args: Vec<String> = self.args.iter().map(|(key, value)| format!("{key}={value}")).collect();
        Environment {
            container_id: self.container_id.clone(),
            netns: Some(self.netns.clone()).filter(|netns| !netns.is_empty()),
            ifname: self.ifname.clone(),
            args: args.join(";"),
            ..from.clone()
        }
    }
}

/// What a file of the cache says; `None` of a bare result, which does not say whose it is.
fn attachment(value: &Value) -> Result<Option<Attachment>, CniError> {
    let root = Node::root(value);
    if root.get("kind")?.text()? != Some(KIND) {
        return Ok(None);
    }
    let text = |key| Ok::<_, CniError>(root.get(key)?.text()?.unwrap_or_default().to_owned());
    let mut args = Vec::new();
    for pair in root.get("cniArgs")?.items()? {
        let [key, value] = <[String; 2]>::try_from(pair.texts()?).map_err(|_| pair.invalid("is not a key and a value"))?;
        args.push((key, value));
    }
    Ok(Some(Attachment {
        network: text("networkName")?,
        container_id: text("containerId")?,
        ifname: text("ifName")?,
        netns: text("netns")?,
        args,
        capabilities: root.get("capabilityArgs")?.value().and_then(Value::as_object).cloned().unwrap_or_default(),
    }))
}

/// A result in the form of a version.
pub(super) fn in_version(result: &Node<'_>, version: &str) -> Result<Value, CniError> {
    let unknown = || CniError::new(INVALID_CONFIG, format!("unsupported CNI result version {version:?}"));
    let version = Version::parse(version).ok_or_else(unknown)?;
    decode("the result", CniResult::read(result)?.to_json(version)?.compact().as_bytes())
}

/// The name of an attachment's file.
fn name(of: &Attachment) -> Result<String, CniError> {
    let (network, id, ifname) = (&of.network, &of.container_id, &of.ifname);
    if [network, id, ifname].iter().any(|part| part.is_empty() || part.contains(['/', '\0'])) {
        let parts = format!("network name ({network:?}), container ID ({id:?}), and interface name ({ifname:?})");
        return Err(CniError::new(INVALID_CONFIG, format!("cache file path requires {parts}")));
    }
    Ok(format!("{network}-{id}-{ifname}"))
}

/// Reads a plain file.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut options = File::options();
    let file = options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut { file }, &mut bytes)?;
    Ok(bytes)
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, i| bits << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob?>", "Zm9vYj8+")] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
