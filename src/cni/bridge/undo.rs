//! The way back from an `ADD` that failed: what it made goes, what it changed is as before.
//!
//! The bridge, its addresses and the host's settings belong to all containers. They are put back only if no other
//! container has come since; a lock sees to it that none comes meanwhile.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

use super::config::parse_mac;
use crate::cni::config::Config;
use crate::cni::delegate;
use crate::cni::environment::{Command, Environment};
use crate::cni::error::CniError;
use crate::cni::place::{self, Changes, Place};

/// Held shared from the look at the bridge until the container's port is on it, alone while a bridge is put back.
const LOCK: &str = "/run/barelink-cni.lock";

/// How the lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// With others.
    Shared,
    /// Alone.
    Alone,
}

/// Takes the lock, until the file is closed; `None` where there can be no file.
pub(super) fn lock(how: How) -> Option<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let file = options.open(LOCK).ok()?;
    match how {
        How::Shared => file.lock_shared(),
        How::Alone => file.lock(),
    }
    .ok()?;
    Some(file)
}

/// What an `ADD` has done until now.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// Addresses were given.
    pub(super) lease: bool,
    /// The host's end of the veth pair.
    pub(super) veth: Option<String>,
    /// The bridge was made, with this name and address.
    pub(super) made: Option<(String, [u8; 6])>,
    /// The device for the gateways of a VLAN was made.
    pub(super) vlan_device: Option<String>,
    /// The bridge, once something about it is changed, and the ports that it had then.
    touched: Option<(u32, Vec<u32>)>,
    /// What puts devices of the host back.
    back: Option<Changes>,
    /// Settings below `/proc/sys/net`, and their old values.
    settings: Vec<(String, String)>,
}

impl Undo {
    /// Before something about the bridge or the host is changed: what it takes to put it back.
    ///
    /// # Errors
    /// [`KERNEL`](crate::cni::error::KERNEL)
    pub(super) fn touch(&mut self, host: &mut Place, bridge: u32) -> Result<&mut Changes, CniError> {
        if self.touched.is_none() {
            let ports = if self.made.is_some() { Vec::new() } else { ports(host, bridge)? };
            self.touched = Some((bridge, ports));
        }
        Ok(self.back.get_or_insert_default())
    }

    /// Changes a setting of the host.
    ///
    /// # Errors
    /// [`IO_FAILURE`](crate::cni::error::IO_FAILURE)
    pub(super) fn set(&mut self, setting: &str, value: &str) -> Result<(), CniError> {
        match place::setting(setting) {
            Some(old) if old == value => Ok(()),
            old => {
                place::set(setting, value)?;
                self.settings.extend(old.map(|old| (setting.to_owned(), old)));
                Ok(())
            }
        }
    }

    /// Goes back. Gives the error with which the `ADD` failed, and what could not be put back.
    pub(super) fn run(mut self, host: &mut Place, env: &Environment, config: &Config, error: CniError) -> CniError {
        let mut left = Vec::new();
        let mut note = |done: Result<(), CniError>| left.extend(done.err().map(|error| error.to_string()));
        if let Some(veth) = self.veth.take() {
            note(host.remove(&veth).map(drop));
        }
        note(self.host(host));
        if self.lease {
            note(delegate::ipam(Command::Del, env, config).map(drop));
        }
        if left.is_empty() {
            return error;
        }
        let left = format!("and then, while going back: {}", left.join("; "));
        let details = if error.details.is_empty() { left } else { format!("{}; {left}", error.details) };
        error.details(details)
    }

    fn host(&mut self, host: &mut Place) -> Result<(), CniError> {
        if self.touched.is_none() && self.made.is_none() && self.settings.is_empty() {
            return Ok(());
        }
        let _alone = lock(How::Alone);
        let (bridge, before) = match (&self.touched, &self.made) {
            (Some((bridge, before)), _) => (*bridge, before.clone()),
            (None, Some((name, mac))) => match host.device(name)?.filter(|device| parse_mac(&device.mac) == Some(*mac)) {
                Some(device) => (device.index, Vec::new()),
                None => (0, Vec::new()),
            },
            (None, None) => (0, Vec::new()),
        };
        let gateway = match &self.vlan_device {
            Some(name) => host.device(name)?.map_or(0, |device| device.link),
            None => 0,
        };
        // who came since counts on what was made
        if bridge != 0 && ports(host, bridge)?.iter().any(|port| !before.contains(port) && *port != gateway) {
            return Ok(());
        }
        let mut done = Ok(());
        let mut keep = |result: Result<(), CniError>| {
            if let (Ok(()), Err(error)) = (&done, result) {
                done = Err(error);
            }
        };
        self.settings.drain(..).rev().for_each(|(setting, old)| keep(place::set(&setting, &old)));
        if let Some(name) = self.vlan_device.take() {
            keep(host.remove(&name).map(drop));
        }
        match (self.made.take(), self.back.take()) {
            (Some((name, _)), _) if bridge != 0 => keep(host.remove(&name).map(drop)),
            (_, Some(back)) => keep(host.change(back, |_| false)),
            _ => {}
        }
        done
    }
}

/// The ports of a bridge.
fn ports(host: &mut Place, bridge: u32) -> Result<Vec<u32>, CniError> {
    Ok(host.devices()?.into_iter().filter(|device| device.master == bridge).map(|device| device.index).collect())
}
