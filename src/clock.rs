//! The time of events, as `monitor` shows it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment: seconds and microseconds of the epoch, shown in local time as C's `asctime` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
    /// Microseconds of that second.
    pub(crate) micros: u32,
}

impl Moment {
    /// Now.
    pub(crate) fn now() -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Moment { seconds: since.as_secs() as i64, micros: since.subsec_micros() }
    }
}

impl fmt::Display for Moment {
    /// `Sat Nov 21 03:26:26 2026`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        // SAFETY: `struct tm` is plain numbers and a pointer that may be null.
        let mut tm: libc::tm = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to values that live through the call, and nothing of them is kept.
        let read = unsafe { libc::localtime_r(&self.seconds, &mut tm) };
        if read.is_null() {
            return write!(f, "{}", self.seconds);
        }
        let name =
            |names: &[&'static str], at: i32| usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or("???");
        let (day, month) = (name(&DAYS, tm.tm_wday), name(&MONTHS, tm.tm_mon));
        write!(f, "{day} {month} {:2} {:02}:{:02}:{:02} ", tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec)?;
        write!(f, "{}", i64::from(tm.tm_year) + 1900)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_day_and_a_year() {
        let text = Moment { seconds: 1_700_000_000, micros: 0 }.to_string();
        assert!(text.starts_with("Tue Nov 14") || text.starts_with("Wed Nov 15"), "{text}");
        assert!(text.ends_with(" 2023") && text.len() == 24, "{text}");
    }
}
