//! Plugins that are called by plugins and by clients: `host-local` in this process, every other as a program that is
//! found in `CNI_PATH`.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::time::Duration;

use super::config::{Config, Node, decode};
use super::environment::{Command, Environment};
use super::error::{CniError, INVALID_CONFIG, PLUGIN};
use super::host_local;
use super::result::CniResult;

/// How often a program is tried that somebody is just writing (`ETXTBSY`), 100 ms apart.
const BUSY_TRIES: u32 = 5;

/// Does `command` with the plugin that `ipam.type` names, and gives its result if it has one.
///
/// # Errors
/// What the plugin says; [`INVALID_CONFIG`]: none is named; [`PLUGIN`]: it cannot be found or run.
pub fn ipam(command: Command, env: &Environment, config: &Config) -> Result<Option<CniResult>, CniError> {
    let root = config.root();
    let name = ipam_type(&root)?;
    if name == host_local::PLUGIN.name {
        return host_local::run(&Environment { command, ..env.clone() }, config);
    }
    let output = execute(name, command, env, &config.bytes)?;
    if command != Command::Add {
        return Ok(None);
    }
    let what = format!("the result of {name}");
    let read = |output: &[u8]| CniResult::read(&Node::root(&decode(&what, output)?)).map_err(|error| error.context(&what));
    read(&output).map(Some).inspect_err(|_| {
        // what it gave is nobody's
        let _ = execute(name, Command::Del, env, &config.bytes);
    })
}

fn ipam_type<'a>(root: &Node<'a>) -> Result<&'a str, CniError> {
    let node = root.find("ipam.type")?;
    node.words()?.ok_or_else(|| node.invalid("missing; it names the plugin that gives addresses"))
}

/// Begins an `ADD` with the plugin that `ipam.type` names: ours sets to work, and `None` is for one that [`ipam`] has to
/// run. That is to be done when the container has its interface, which `dhcp` needs.
///
/// # Errors
/// As [`ipam`].
pub fn begin(env: &Environment, config: &Config) -> Result<Option<host_local::Begun>, CniError> {
    if ipam_type(&config.root())? == host_local::PLUGIN.name {
        return host_local::begin(env, config).map(Some);
    }
    check(env, config).map(|()| None)
}

/// Whether there is the plugin that `ipam.type` names, if it names one.
///
/// # Errors
/// As [`ipam`].
pub fn check(env: &Environment, config: &Config) -> Result<(), CniError> {
    match config.root().find("ipam.type")?.words()? {
        Some(name) if name != host_local::PLUGIN.name => find(name, env).map(drop),
        _ => Ok(()),
    }
}

/// The program of a plugin, in the first of the folders that has it.
///
/// # Errors
/// [`INVALID_CONFIG`]: this can be no plugin's name. [`PLUGIN`]: there is none.
pub fn find(name: &str, env: &Environment) -> Result<PathBuf, CniError> {
    if name.is_empty() || name.contains(['/', '\0']) || matches!(name, "." | "..") {
        return Err(CniError::new(INVALID_CONFIG, format!("invalid plugin name: {name:?}")));
    }
    let programs = env.path.iter().map(|folder| folder.join(name));
    let runs = |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    let found = programs.into_iter().find(runs);
    found.ok_or_else(|| {
        let details = format!("CNI_PATH is {:?}", env.path);
        CniError::new(PLUGIN, format!("failed to find plugin {name:?} in CNI_PATH")).details(details)
    })
}

/// Runs a plugin's program with a configuration on standard input, and gives what it wrote on standard output. Its
/// standard error is ours.
///
/// # Errors
/// As [`find`]; what the plugin says; [`PLUGIN`]: it failed and said nothing that can be understood.
pub fn execute(name: &str, command: Command, env: &Environment, config: &[u8]) -> Result<Vec<u8>, CniError> {
    let program = find(name, env)?;
    let failed = |what: &str| CniError::io(format!("{what} {}", program.display()));
    let mut tries = BUSY_TRIES;
    let mut child = loop {
        let mut child = process::Command::new(&program);
        child.envs(env.variables(command)).stdin(Stdio::piped()).stdout(Stdio::piped());
        match child.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries > 1 => {
                tries -= 1;
                std::thread::sleep(Duration::from_millis(100));
            }
            child => break child.map_err(failed("run"))?,
        }
    };
    if let Some(mut stdin) = child.stdin.take() {
        // one that does not read its configuration says why
        stdin
            .write_all(config)
            .or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
            .map_err(failed("write to"))?;
    }
    let output = child.wait_with_output().map_err(failed("read from"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(said(&output.stdout).unwrap_or_else(|| {
        let details = String::from_utf8_lossy(&output.stdout);
        CniError::new(PLUGIN, format!("plugin {name} failed: {}", output.status)).details(details.trim())
    }))
}

/// The error that a plugin wrote.
fn said(output: &[u8]) -> Option<CniError> {
    let value = decode("an error", output).ok()?;
    let root = Node::root(&value);
    let text = |key| Some(root.get(key).ok()?.text().ok()?.unwrap_or_default().to_owned());
    let code = root.get("code").ok()?.number().ok()??;
    Some(CniError::new(code, text("msg")?).details(text("details")?))
}
