//! Tables of `bridge` whose first column is a port's name.

use crate::ip::Ip;
use crate::output::Color;
use crate::words::Stop;

/// The port of which something is being shown.
pub(super) struct Port {
    pub(super) index: u32,
    open: bool,
}

impl Port {
    pub(super) fn new(index: u32) -> Port {
        Port { index, open: false }
    }

    /// Begins a line: with the port's name, where it is the first one.
    pub(super) fn line(&mut self, ip: &mut Ip<'_, '_>, key: &str) -> Result<(), Stop> {
        if self.open {
            indent(ip, "");
        } else {
            ip.out.object("");
            let name = ip.name(self.index)?;
            let wide = format!("{name:<16}");
            let shown = if ip.out.is_json() { &name } else { &wide };
            ip.out.put_color(Color::Ifname, "ifname", "", shown, "  ");
            ip.out.array(key);
            self.open = true;
        }
        ip.out.object("");
        Ok(())
    }

    pub(super) fn end(self, ip: &mut Ip<'_, '_>) {
        if self.open {
            ip.out.end_array();
            ip.out.end_object();
            ip.out.done();
        }
    }
}

/// An empty column of names.
pub(super) fn indent(ip: &mut Ip<'_, '_>, more: &str) {
    ip.out.text(&format!("{:<16}  {more}", ""));
}

/// What stands above the columns.
pub(super) fn heading(ip: &mut Ip<'_, '_>, first: &str, columns: &str) {
    ip.out.text(&format!("{first:<16}  {columns}"));
}
