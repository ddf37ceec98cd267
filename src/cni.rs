//! CNI: the plugins with which Kubernetes, containerd, podman and CRI-O give a container its network, and the client
//! that drives them (specification 1.1.0).
//!
//! A runtime runs a plugin's program with `CNI_*` in the environment and the network's configuration, JSON, on standard
//! input. The plugin does what `CNI_COMMAND` says and prints its result, or an error, as JSON.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`environment`], [`config`] | what comes in, checked |
//! | [`result`](mod@result), [`error`] | what goes out |
//! | [`delegate`] | plugins that are called by others |
//! | [`bridge`], [`host_local`], [`loopback`] | plugins |
//! | [`tool`] | a client |
//! | [`place`] | a namespace as plugins see it |
//! | `firewall` | masquerading and its kin, with nf_tables |

pub mod bridge;
pub mod config;
pub mod delegate;
pub mod environment;
pub mod error;
mod file;
mod firewall;
pub mod host_local;
pub mod install;
pub mod json;
pub mod loopback;
pub mod place;
pub mod result;
pub mod tool;
pub mod version;

use std::io::{Read, Write};

use nix::sys::signal::{SigHandler, Signal, signal};

use self::config::Config;
use self::environment::{Command, Environment};
use self::error::{CniError, INCOMPATIBLE_VERSION};
use self::json::Json;
use self::result::CniResult;
use self::version::Version;

/// A plugin.
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    /// Its name, which is `type` in configurations.
    pub name: &'static str,
    /// Does what `Environment::command` says, which is never `VERSION`; what `ADD` gives is its result.
    pub run: fn(&Environment, &Config) -> Result<Option<CniResult>, CniError>,
}

/// The plugins that this program is.
pub const PLUGINS: &[Plugin] = &[bridge::PLUGIN, host_local::PLUGIN, loopback::PLUGIN];

/// The plugin of this name.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    PLUGINS.iter().find(|plugin| plugin.name == name)
}

/// Whether the environment asks for a plugin.
pub fn asked() -> bool {
    std::env::var_os("CNI_COMMAND").is_some_and(|command| !command.is_empty())
}

/// Runs a plugin with the environment and standard input of this process; returns the exit status. Without
/// `CNI_COMMAND` it says what it is on `err`.
pub fn main(plugin: &Plugin, out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    // one that hangs up, a runtime or a plugin that we call, must not end us half-way
    // SAFETY: no handler is installed, and no other thread runs.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    let mut version = None;
    let done = match Environment::read(|name| std::env::var_os(name)) {
        Ok(None) => {
            let versions = Version::ALL.map(Version::as_str).join(", ");
            let name = plugin.name;
            let about = concat!("plugin of barelink-", env!("CARGO_PKG_VERSION"));
            let said = writeln!(err, "CNI {name} {about}\nCNI protocol versions supported: {versions}");
            return i32::from(said.is_err());
        }
        Ok(Some(env)) => input().and_then(|bytes| run(plugin, &env, bytes, &mut version, out)),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            // nobody is left to be told that this fails
            let _ = say(out, &error.to_json(version).pretty());
            1
        }
    }
}

fn say(out: &mut dyn Write, text: &str) -> std::io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn input() -> Result<Vec<u8>, CniError> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(CniError::io("read the configuration from standard input"))?;
    Ok(bytes)
}

/// Does what is asked, and prints what comes of it. The configuration's version is for errors.
fn run(
    plugin: &Plugin,
    env: &Environment,
    bytes: Vec<u8>,
    version: &mut Option<Version>,
    out: &mut dyn Write,
) -> Result<(), CniError> {
    let unsaid = || CniError::io("write to standard output");
    if env.command == Command::Version {
        return say(out, &versions(&bytes)).map_err(unsaid());
    }
    let config = Config::read(bytes)?;
    *version = Some(config.version());
    let since = match env.command {
        Command::Check => Version::V0_4_0,
        Command::Gc | Command::Status => Version::V1_1_0,
        _ => Version::V0_1_0,
    };
    if config.version() < since {
        let (command, has) = (env.command.as_str(), config.version().as_str());
        let details = format!("the configuration has cniVersion {has}, and {command} is there since {}", since.as_str());
        return Err(CniError::new(INCOMPATIBLE_VERSION, format!("config version does not allow {command}")).details(details));
    }
    let result = (plugin.run)(env, &config)?;
    let Some(result) = result.filter(|_| env.command == Command::Add) else { return Ok(()) };
    let said = result.to_json(config.version()).and_then(|json| say(out, &json.pretty()).map_err(unsaid()));
    said.inspect_err(|_| {
        // what nobody knows of, nobody detaches
        let _ = (plugin.run)(&Environment { command: Command::Del, ..env.clone() }, &config);
    })
}

/// The answer to `VERSION`; the version that was asked with is given back, if it is one.
fn versions(bytes: &[u8]) -> String {
    let asked = config::decode("", bytes).ok();
    let asked = asked.as_ref().map(config::Node::root).filter(|root| root.get("cniVersion").is_ok_and(|node| node.is_some()));
    let version = asked.and_then(|root| config::version(&root).ok()).unwrap_or(Version::V1_1_0);
    let supported = Version::ALL.map(Version::as_str);
    let json = Json::Object(vec![("cniVersion", Json::text(version.as_str())), ("supportedVersions", Json::texts(supported))]);
    json.compact() + "\n"
}
