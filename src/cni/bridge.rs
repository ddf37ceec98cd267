//! `bridge`: a container gets a veth pair of which one end is in its namespace, the other a port of a bridge.
//!
//! ```text
//!   ┌ container ─┐  ┌ host ───────────────────────────────┐
//!   │       eth0 ┼──┼ vethNNNNAAAAAAA ─ cni0 (gateway) ─ … │
//!   └────────────┘  └─────────────────────────────────────┘
//! ```
//!
//! | file | what it is |
//! | --- | --- |
//! | `config` | the keys of the configuration |
//! | `name` | names of the host's ends, from what they belong to |
//! | `vlan` | VLANs of ports |
//! | `add`, `undo` | `ADD`, and the way back if it fails |
//! | `del` | `DEL` and `GC` |
//! | `check` | `CHECK` and `STATUS` |

mod add;
mod check;
mod config;
mod del;
pub(super) mod name;
mod undo;
mod vlan;

use super::Plugin;
use super::config::Config;
use super::environment::{Command, Environment};
use super::error::CniError;
use super::result::CniResult;

/// The plugin.
pub const PLUGIN: Plugin = Plugin { name: "bridge", run };

/// `IFLA_INFO_KIND` of a bridge.
const BRIDGE: &str = "bridge";
/// `IFLA_INFO_KIND` of a veth.
const VETH: &str = "veth";

fn run(env: &Environment, config: &Config) -> Result<Option<CniResult>, CniError> {
    let net = config::Net::read(env, config)?;
    match env.command {
        Command::Add => add::add(&net, env, config).map(Some),
        Command::Del => del::del(&net, env, config).map(|()| None),
        Command::Check => check::check(&net, env, config).map(|()| None),
        Command::Gc => del::gc(&net, env, config).map(|()| None),
        Command::Status => check::status(&net, env, config).map(|()| None),
        Command::Version => Ok(None),
    }
}
