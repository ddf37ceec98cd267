//! What `brctl` wants to know of a device: what it is as a bridge, and what it is as a port of one.

use nlmsg::frame::NlmF;
use nlmsg::payload::Bytes;
use nlmsg::route::link::kind::bridge::IflaBridgeId;
use nlmsg::route::link::kind::{IflaBr, IflaBr::*, IflaBrport, IflaBrport::*};
use nlmsg::route::{IFF_UP, IfInfoMsg, Ifla::*, IflaInfo::*, InfoData, InfoSlaveData, Link, RTM_GETLINK};
use nlmsg::{Nest, View};

use super::{Why, cut};
use crate::ip::{Ip, Request};
use crate::words::Stop;

/// A device.
#[derive(Clone, Debug, Default)]
pub(super) struct Device {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) up: bool,
    pub(super) master: Option<u32>,
    /// What it is as a bridge, if it is one.
    pub(super) bridge: Option<Bridge>,
    /// What it is as a port of a bridge, if it is one.
    pub(super) port: Option<Port>,
}

/// Priority and MAC address of a bridge.
pub(super) type Id = [u8; 8];

/// A bridge. Times are in hundredths of a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bridge {
    pub(super) id: Id,
    pub(super) root: Id,
    pub(super) root_port: u16,
    pub(super) root_path_cost: u32,
    pub(super) stp: bool,
    pub(super) max_age: u64,
    pub(super) hello_time: u64,
    pub(super) forward_delay: u64,
    pub(super) ageing_time: u64,
    pub(super) hello_timer: u64,
    pub(super) tcn_timer: u64,
    pub(super) topology_change_timer: u64,
    pub(super) gc_timer: u64,
    pub(super) topology_change: bool,
    pub(super) topology_change_detected: bool,
}

/// A port of a bridge. Times are in hundredths of a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Port {
    pub(super) no: u16,
    pub(super) id: u16,
    pub(super) state: u8,
    pub(super) cost: u32,
    pub(super) root: Id,
    pub(super) bridge: Id,
    pub(super) designated_port: u16,
    pub(super) designated_cost: u16,
    pub(super) message_age_timer: u64,
    pub(super) forward_delay_timer: u64,
    pub(super) hold_timer: u64,
    pub(super) config_pending: bool,
    pub(super) topology_change_ack: bool,
    pub(super) hairpin: bool,
}

fn id(view: View<'_, IflaBridgeId>) -> Id {
    let IflaBridgeId { prio: Bytes([a, b]), addr: Bytes([c, d, e, f, g, h]) } = view.get().unwrap_or_default();
    [a, b, c, d, e, f, g, h]
}

impl Bridge {
    fn new(attrs: &Nest<'_, IflaBr<'_>>) -> Bridge {
        let mut bridge = Bridge::default();
        for attr in attrs.iter().map_while(Result::ok) {
            match attr {
                IFLA_BR_BRIDGE_ID(view) => bridge.id = id(view),
                IFLA_BR_ROOT_ID(view) => bridge.root = id(view),
                IFLA_BR_ROOT_PORT(port) => bridge.root_port = port,
                IFLA_BR_ROOT_PATH_COST(cost) => bridge.root_path_cost = cost,
                IFLA_BR_STP_STATE(state) => bridge.stp = state != 0,
                IFLA_BR_MAX_AGE(time) => bridge.max_age = time.into(),
                IFLA_BR_HELLO_TIME(time) => bridge.hello_time = time.into(),
                IFLA_BR_FORWARD_DELAY(time) => bridge.forward_delay = time.into(),
                IFLA_BR_AGEING_TIME(time) => bridge.ageing_time = time.into(),
                IFLA_BR_HELLO_TIMER(time) => bridge.hello_timer = time,
                IFLA_BR_TCN_TIMER(time) => bridge.tcn_timer = time,
                IFLA_BR_TOPOLOGY_CHANGE_TIMER(time) => bridge.topology_change_timer = time,
                IFLA_BR_GC_TIMER(time) => bridge.gc_timer = time,
                IFLA_BR_TOPOLOGY_CHANGE(on) => bridge.topology_change = on != 0,
                IFLA_BR_TOPOLOGY_CHANGE_DETECTED(on) => bridge.topology_change_detected = on != 0,
                _ => {}
            }
        }
        bridge
    }
}

impl Port {
    fn new(attrs: &Nest<'_, IflaBrport<'_>>) -> Port {
        let mut port = Port::default();
        for attr in attrs.iter().map_while(Result::ok) {
            match attr {
                IFLA_BRPORT_NO(no) => port.no = no,
                IFLA_BRPORT_ID(id) => port.id = id,
                IFLA_BRPORT_STATE(state) => port.state = state.0,
                IFLA_BRPORT_COST(cost) => port.cost = cost,
                IFLA_BRPORT_ROOT_ID(view) => port.root = id(view),
                IFLA_BRPORT_BRIDGE_ID(view) => port.bridge = id(view),
                IFLA_BRPORT_DESIGNATED_PORT(no) => port.designated_port = no,
                IFLA_BRPORT_DESIGNATED_COST(cost) => port.designated_cost = cost,
                IFLA_BRPORT_MESSAGE_AGE_TIMER(time) => port.message_age_timer = time,
                IFLA_BRPORT_FORWARD_DELAY_TIMER(time) => port.forward_delay_timer = time,
                IFLA_BRPORT_HOLD_TIMER(time) => port.hold_timer = time,
                IFLA_BRPORT_CONFIG_PENDING(on) => port.config_pending = on != 0,
                IFLA_BRPORT_TOPOLOGY_CHANGE_ACK(on) => port.topology_change_ack = on != 0,
                IFLA_BRPORT_MODE(on) => port.hairpin = on != 0,
                _ => {}
            }
        }
        port
    }
}

impl Device {
    fn new(link: &Link<'_>) -> Device {
        let header = link.header;
        let mut device = Device { index: header.ifi_index as u32, up: header.ifi_flags.contains(IFF_UP), ..Device::default() };
        for attr in link.attrs.iter().map_while(Result::ok) {
            match attr {
                IFLA_IFNAME(name) => device.name = name.to_string(),
                IFLA_MASTER(master) => device.master = Some(master),
                IFLA_LINKINFO(info) => {
                    for attr in info.iter().map_while(Result::ok) {
                        match attr {
                            IFLA_INFO_DATA(InfoData::Bridge(attrs)) => device.bridge = Some(Bridge::new(&attrs)),
                            IFLA_INFO_SLAVE_DATA(InfoSlaveData::Bridge(attrs)) => device.port = Some(Port::new(&attrs)),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        device
    }
}

/// All devices, by name.
pub(super) fn all(ip: &mut Ip<'_, '_>) -> Result<Vec<Device>, Stop> {
    let mut devices = Vec::new();
    ip.dump(RTM_GETLINK, &Request::new(&IfInfoMsg::default()).body(), |_, message| {
        devices.extend(message.body::<Link<'_>>().ok().map(|link| Device::new(&link)));
        Ok(())
    })?;
    crate::sort::sort_by(&mut devices, |a: &Device, b: &Device| a.name.cmp(&b.name));
    Ok(devices)
}

/// The device of this name.
pub(super) fn find(ip: &mut Ip<'_, '_>, name: &str) -> Result<Option<Device>, Stop> {
    let mut found = None;
    let name = cut(name);
    if name.is_empty() {
        return Ok(None);
    }
    let mut request = Request::new(&IfInfoMsg::default());
    request.put(IFLA_IFNAME(name.into()))?;
    let got = ip.socket()?.get(RTM_GETLINK, NlmF(0), &request.body(), |message| {
        found = message.body::<Link<'_>>().ok().map(|link| Device::new(&link));
        Ok::<(), crate::Error>(())
    });
    match got.map_err(Why::from) {
        Err(why) if why.errno == libc::ENODEV => Ok(None),
        Err(why) => {
            let text = format!("{name}: {}", why.text());
            Err(why.stop(text))
        }
        Ok(()) => Ok(found),
    }
}
