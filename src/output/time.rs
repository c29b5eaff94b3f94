//! Times and lengths as text.

use crate::model::Nanos;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// A time as RFC 3339 in UTC with nanoseconds.
pub(crate) fn rfc3339(time: Nanos) -> Option<String> {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(9));
    let time = Timestamp::from_nanosecond(i128::from(time.known()?.0)).ok()?;
    Some(PRINTER.timestamp_to_string(&time))
}

/// A time for people: date and time of day in UTC, to the millisecond.
pub(crate) fn date(time: Nanos) -> Option<String> {
    let time = rfc3339(time)?;
    let (date, clock) = time.split_once('T')?;
    Some(format!("{date} {} UTC", clock.get(..12)?))
}

/// An offset from the session's start: `0:06.1`, `1:02:03.4`, `-0:00.2`.
pub(crate) fn offset(ms: f64) -> String {
    let tenths = (ms.abs() / 100.0).round();
    let sign = if ms < 0.0 && tenths > 0.0 { "-" } else { "" };
    let (seconds, tenth) = ((tenths / 10.0).floor(), tenths % 10.0);
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    if minutes < 60.0 {
        return format!("{sign}{minutes}:{rest:02}.{tenth}");
    }
    let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
    format!("{sign}{hours}:{minutes:02}:{rest:02}.{tenth}")
}

/// A length: `0.4 ms`, `210 ms`, `1.02 s`, `25.7 s`, `4:05 min`, `1:02:03 h`.
pub(crate) fn length(ms: f64) -> String {
    let size = ms.abs();
    if size > 0.0 && size < 0.05 {
        "<0.1 ms".into()
    } else if size < 9.95 && ms.fract() != 0.0 {
        format!("{ms:.1} ms")
    } else if size < 999.5 {
        format!("{ms:.0} ms")
    } else if size < 9_995.0 {
        format!("{:.2} s", ms / 1e3)
    } else if size < 59_950.0 {
        format!("{:.1} s", ms / 1e3)
    } else {
        let sign = if ms < 0.0 { "-" } else { "" };
        let seconds = (size / 1e3).round();
        let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
        if minutes < 60.0 {
            return format!("{sign}{minutes}:{rest:02} min");
        }
        let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
        format!("{sign}{hours}:{minutes:02}:{rest:02} h")
    }
}

#[cfg(test)]
mod tests {
    use super::{date, length, offset, rfc3339};
    use crate::model::Nanos;

    #[test]
    fn times() {
        let time = Nanos(1_795_241_089_655_777_000);
        assert_eq!(rfc3339(time).as_deref(), Some("2026-11-21T06:04:49.655777000Z"));
        assert_eq!(date(time).as_deref(), Some("2026-11-21 06:04:49.655 UTC"));
        assert_eq!(rfc3339(Nanos::NONE), None);
        assert!(rfc3339(Nanos(u64::MAX)).is_some());
    }

    #[test]
    fn offsets() {
        for (ms, text) in [
            (0.0, "0:00.0"),
            (6_149.0, "0:06.1"),
            (59_960.0, "1:00.0"),
            (-200.0, "-0:00.2"),
            (-20.0, "0:00.0"),
            (3_723_400.0, "1:02:03.4"),
        ] {
            assert_eq!(offset(ms), text);
        }
    }

    #[test]
    fn lengths() {
        for (ms, text) in [
            (0.0, "0 ms"),
            (0.42, "0.4 ms"),
            (0.02, "<0.1 ms"),
            (209.7, "210 ms"),
            (999.6, "1.00 s"),
            (1_020.0, "1.02 s"),
            (25_740.1, "25.7 s"),
            (245_000.0, "4:05 min"),
            (3_723_400.0, "1:02:03 h"),
            (-12.0, "-12 ms"),
        ] {
            assert_eq!(length(ms), text);
        }
    }
}
