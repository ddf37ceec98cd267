//! Where the tests of host-local are: a folder that goes away, and both plugins.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

/// Debian's plugin.
pub(crate) const THEIRS: &str = "/usr/lib/cni/host-local";

/// A folder with leases of the network `n` in `data/n`.
pub(crate) struct Place {
    pub(crate) root: PathBuf,
    pub(crate) ours: PathBuf,
}

/// What a plugin did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) ok: bool,
    pub(crate) json: Value,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn address(&self) -> &str {
        let text = self.json["ips"][0]["address"].as_str().unwrap_or_else(|| panic!("no address: {self:?}"));
        text.split('/').next().unwrap()
    }

    pub(crate) fn says(&self, code: u32, msg: &str) {
        assert!(!self.ok && self.json["code"] == code && self.json["msg"] == msg, "not {code} {msg}: {self:?}");
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Done { ok: output.status.success(), json, err: String::from_utf8_lossy(&output.stderr).into_owned() }
    }
}

impl Place {
    pub(crate) fn new() -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("barelink-host-local-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir(&root).unwrap();
        let ours = root.join("host-local");
        symlink(env!("CARGO_BIN_EXE_barelink"), &ours).unwrap();
        Place { root, ours }
    }

    /// The original, if it is here; that a test is left out is said.
    pub(crate) fn theirs(&self, test: &str) -> Option<PathBuf> {
        let theirs = Path::new(THEIRS).exists().then(|| THEIRS.into());
        if theirs.is_none() {
            println!("left out: {test}: no {THEIRS} (package containernetworking-plugins)");
        }
        theirs
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data/n")
    }

    pub(crate) fn lease(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// The configuration of the network, with `ipam` as the members of that.
    pub(crate) fn config(&self, version: &str, ipam: &str) -> String {
        let dir = json!(self.root.join("data"));
        format!(r#"{{"cniVersion":"{version}","name":"n","ipam":{{"type":"host-local","dataDir":{dir},{ipam}}}}}"#)
    }

    /// Starts a plugin on one interface of one container.
    pub(crate) fn start(&self, plugin: &Path, command: &str, id: &str, config: &str) -> Child {
        self.start_with(Command::new(plugin), command, id, config)
    }

    pub(crate) fn start_with(&self, mut program: Command, command: &str, id: &str, config: &str) -> Child {
        let vars = [("CNI_COMMAND", command), ("CNI_CONTAINERID", id), ("CNI_NETNS", "/dev/null"), ("CNI_IFNAME", "eth0")];
        program.envs(vars).env("CNI_PATH", &self.root);
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // one that is killed does not read
        let _ = child.stdin.take().unwrap().write_all(config.as_bytes());
        child
    }

    pub(crate) fn run(&self, plugin: &Path, command: &str, id: &str, config: &str) -> Done {
        self.start(plugin, command, id, config).wait_with_output().unwrap().into()
    }

    /// Runs ours on a network with one range set.
    pub(crate) fn ours(&self, command: &str, id: &str, subnet: &str) -> Done {
        self.run(&self.ours, command, id, &self.config("1.1.0", &format!("\"subnet\":\"{subnet}\"")))
    }

    /// The names in the folder of the leases, sorted, but for the lock.
    pub(crate) fn names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data()) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "lock");
        names.sort();
        names
    }

    /// The leases alone.
    pub(crate) fn leases(&self) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| !name.starts_with("last_reserved_ip.") && name != ".index");
        names
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        self.lease(name).symlink_metadata().unwrap().permissions().mode() & 0o7777
    }

    /// Writes leases as the original does, of containers `old0`, `old1`, ... from 10.1.0.2 on.
    pub(crate) fn fill(&self, count: u32) {
        std::fs::create_dir_all(self.data()).unwrap();
        for i in 0..count {
            let addr = std::net::Ipv4Addr::from(0x0a01_0002 + i);
            std::fs::write(self.lease(&addr.to_string()), format!("old{i}\r\neth0")).unwrap();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}
