//! The time of events, as monitors show it, and of timers.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a bridge says of its timers: `  15.00` seconds.
pub(crate) struct Hundredths(pub(crate) u64);

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:4}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The calendar's time now, and microseconds.
pub(crate) fn now() -> (libc::tm, u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (local(now.as_secs() as i64), now.subsec_micros())
}

/// The calendar's time of a clock's time here.
pub(crate) fn local(seconds: i64) -> libc::tm {
    // of the C library's own size
    let seconds = seconds as _;
    // SAFETY: all fields of `tm` are integers, but for one pointer that may be null.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid during the call, which keeps neither; on failure `tm` stays as it is.
    unsafe { libc::localtime_r(&seconds, &mut tm) };
    tm
}

/// As C's `asctime`, without the line's end.
pub(crate) fn asctime(tm: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = |names: &[&'static str], at: i32| usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or("???");
    let (day, month) = (name(&DAYS, tm.tm_wday), name(&MONTHS, tm.tm_mon));
    let (hour, min, sec, year) = (tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
    format!("{day} {month} {:2} {hour:02}:{min:02}:{sec:02} {year}", tm.tm_mday)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_c() {
        // SAFETY: as in `local`.
        let mut tm: libc::tm = unsafe { std::mem::zeroed() };
        (tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_wday, tm.tm_hour) = (126, 0, 3, 6, 7);
        assert_eq!(asctime(&tm), "Sat Jan  3 07:00:00 2026");
    }
}
