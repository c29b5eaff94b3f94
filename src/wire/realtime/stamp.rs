//! Times as recorders write them.
//!
//! A stamp says no more than the text does: with or without zone, with or
//! without date. What is missing is found later from the events' own ids
//! ([`crate::realtime`]), never guessed here.

use crate::model::Nanos;

/// A recorder's time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stamp {
    /// An instant.
    Unix(Nanos),
    /// Date and time without a zone, read as if it were UTC.
    Local(Nanos),
    /// Nanoseconds since midnight, without date and zone.
    Clock(u64),
    /// A count from an unknown start, usually in seconds.
    Count(f64),
}

const SECOND: u64 = 1_000_000_000;

impl Stamp {
    /// A number: seconds, milliseconds, microseconds or nanoseconds since 1970
    /// by magnitude (2001 to 2286), else a count from an unknown start.
    #[must_use]
    pub fn from_number(number: f64) -> Option<Self> {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        let scale = [1.0, 1e3, 1e6, 1e9].into_iter().find(|s| (1e9..1e10).contains(&(number / s)));
        match scale {
            Some(1.0) => Nanos::from_unix_seconds(number).map(Self::Unix),
            Some(scale) => {
                // Whole units and the rest apart: the product would lose digits.
                let unit = 1e9 / scale;
                let whole = (number.trunc() as u64).saturating_mul(unit as u64);
                Some(Self::Unix(Nanos(whole + (number.fract() * unit).round() as u64)))
            }
            None => Some(Self::Count(number)),
        }
    }

    /// Plain digits with an optional fraction, where they are an instant, to the
    /// last digit: a float of today's seconds knows no nanoseconds.
    fn from_decimal(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || !(10..=19).contains(&whole.len()) {
            return None;
        }
        let places = match whole.len() {
            10 => 9usize,
            13 => 6,
            16 => 3,
            19 => 0,
            _ => return None,
        };
        if whole.starts_with('0') {
            return None;
        }
        let unit = 10u64.pow(places as u32);
        let kept = fraction.get(..places.min(fraction.len())).unwrap_or_default();
        let rest = match kept {
            "" => 0,
            kept => kept.parse::<u64>().ok()? * 10u64.pow((places - kept.len()) as u32),
        };
        let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
        Some(Self::Unix(Nanos(whole.checked_add(rest)?)))
    }

    /// Text that is a time and nothing else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(stamp) = Self::from_decimal(text) {
            return Some(stamp);
        }
        if let Ok(number) = text.parse::<f64>() {
            return Self::from_number(number);
        }
        let mut cursor = Cursor { bytes: text.as_bytes(), at: 0 };
        if let Some(stamp) = cursor.date_time() {
            return Some(stamp);
        }
        find(text)
    }
}

/// The first time in a text, looked for near its beginning.
#[must_use]
pub(super) fn find(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    let near = bytes.len().min(120);
    let mut clock = None;
    for at in 0..near {
        let before = at.checked_sub(1).and_then(|b| bytes.get(b));
        let inside =
            before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-'));
        if inside || !bytes.get(at).is_some_and(u8::is_ascii_digit) {
            continue;
        }
        if let Some(stamp) = (Cursor { bytes, at }).date_time() {
            return Some(stamp);
        }
        clock = clock.or_else(|| (Cursor { bytes, at }).clock().map(Stamp::Clock));
    }
    clock
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, any_of: &[u8]) -> bool {
        let hit = self.peek().is_some_and(|b| any_of.contains(&b));
        self.at += usize::from(hit);
        hit
    }

    /// A number of `least` to `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<u64> {
        let (start, mut value) = (self.at, 0u64);
        while self.at - start < most
            && let Some(digit) = self.peek().filter(u8::is_ascii_digit)
        {
            value = value * 10 + u64::from(digit - b'0');
            self.at += 1;
        }
        (self.at - start >= least).then_some(value)
    }

    /// `2026-11-21T05:59:18.100515Z` and its relatives: blank for `T`, comma
    /// for the point, `+01:00`, `+0100`, ` UTC`, no zone, `/` in the date.
    fn date_time(&mut self) -> Option<Stamp> {
        let year = self.digits(4, 4)?;
        self.skip(b"-/").then_some(())?;
        let month = self.digits(2, 2)?;
        self.skip(b"-/").then_some(())?;
        let day = self.digits(2, 2)?;
        (self.skip(b"Tt _") | self.skip(b" ")).then_some(())?;
        let time = self.clock()?;
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year < 1971 {
            return None;
        }
        let days = days_from_civil(year as i64, month as i64, day as i64);
        let ns = u64::try_from(days).ok()?.checked_mul(86_400 * SECOND)?.checked_add(time)?;
        Some(self.zone(Nanos(ns)))
    }

    fn zone(&mut self, local: Nanos) -> Stamp {
        let start = self.at;
        self.skip(b" ");
        if self.skip(b"Zz") {
            return Stamp::Unix(local);
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(b"UTC") || rest.starts_with(b"GMT") {
            return Stamp::Unix(local);
        }
        let east = self.peek() == Some(b'+');
        if !self.skip(b"+-") {
            self.at = start;
            return Stamp::Local(local);
        }
        let Some(hours) = self.digits(2, 2).filter(|h| *h <= 14) else {
            self.at = start;
            return Stamp::Local(local);
        };
        self.skip(b":");
        let minutes = self.digits(2, 2).unwrap_or(0);
        let offset = (hours * 60 + minutes) * 60 * SECOND;
        Stamp::Unix(Nanos(if east {
            local.0.saturating_sub(offset)
        } else {
            local.0.saturating_add(offset)
        }))
    }

    /// `05:59:18,100`, `5:59:18 AM`: nanoseconds since midnight.
    fn clock(&mut self) -> Option<u64> {
        let mut hours = self.digits(1, 2)?;
        self.skip(b":").then_some(())?;
        let minutes = self.digits(2, 2)?;
        self.skip(b":").then_some(())?;
        let seconds = self.digits(2, 2)?;
        let mut fraction = 0;
        if self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) && self.skip(b".,") {
            let start = self.at;
            let value = self.digits(1, 9)?;
            let digits = (self.at - start) as u32;
            fraction = value * 10u64.pow(9 - digits.min(9));
            while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
        }
        match self.half_day() {
            Some(pm) if (1..=12).contains(&hours) => hours = hours % 12 + if pm { 12 } else { 0 },
            _ => {}
        }
        let plausible = hours < 24 && minutes < 60 && seconds <= 60;
        plausible.then_some(((hours * 60 + minutes) * 60 + seconds) * SECOND + fraction)
    }

    /// `AM` or `PM` after a blank; browsers write U+202F there.
    fn half_day(&mut self) -> Option<bool> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let blank = if rest.starts_with("\u{202f}".as_bytes()) {
            3
        } else if rest.starts_with("\u{a0}".as_bytes()) {
            2
        } else {
            usize::from(rest.first() == Some(&b' '))
        };
        let word = rest.get(blank..blank + 2)?;
        let pm = word.eq_ignore_ascii_case(b"pm");
        if pm || word.eq_ignore_ascii_case(b"am") {
            self.at += blank + 2;
            return Some(pm);
        }
        None
    }
}

/// Days since 1970-01-01 of a date (Howard Hinnant, *chrono-Compatible
/// Low-Level Date Algorithms*).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{Stamp, find};
    use crate::model::Nanos;

    const T: u64 = 1_795_240_758_100_000_000;

    #[test]
    fn every_spelling() {
        let clock = Stamp::Clock(21_558_000_000_000);
        for (text, expected) in [
            ("2026-11-21T05:59:18.100Z", Stamp::Unix(Nanos(T))),
            ("2026-11-21T06:59:18.100+01:00", Stamp::Unix(Nanos(T))),
            ("2026-11-20 23:59:18.100-0600", Stamp::Unix(Nanos(T))),
            ("2026-11-21 05:59:18,100", Stamp::Local(Nanos(T))),
            ("2026-11-21T05:59:18.100000000123", Stamp::Local(Nanos(T))),
            ("1795240758100", Stamp::Unix(Nanos(T))),
            ("1795240758.1", Stamp::Unix(Nanos(T))),
            ("1795240758100000.000", Stamp::Unix(Nanos(T))),
            ("1795240758100000000", Stamp::Unix(Nanos(T))),
            ("1795240758.100000000999", Stamp::Unix(Nanos(T))),
            ("5:59:18 AM", clock),
            ("5:59:18\u{202f}am", clock),
            ("11/21/2026, 5:59:18 AM", clock),
            ("58211.5", Stamp::Count(58_211.5)),
        ] {
            assert_eq!(Stamp::from_text(text), Some(expected), "{text}");
        }
        assert_eq!(Stamp::from_text("12:01:02 AM"), Some(Stamp::Clock(62_000_000_000)));
        assert_eq!(Stamp::from_text("yesterday"), None);
    }

    #[test]
    fn numbers_by_magnitude() {
        for number in [1_795_240_758.1, 1_795_240_758_100.0, 1_795_240_758_100_000.0] {
            let Some(Stamp::Unix(time)) = Stamp::from_number(number) else { panic!() };
            assert!(time.0.abs_diff(T) < 1000, "{number} {time:?}");
        }
    }

    #[test]
    fn in_a_line_of_text() {
        assert_eq!(find("[2026-11-21 05:59:18,100] DEBUG <<< "), Some(Stamp::Local(Nanos(T))));
        assert_eq!(find("main.js:12 [vite] 127.0.0.1:50712 -> x"), None);
        assert_eq!(find("(05:59:18.000) recv "), Some(Stamp::Clock(21_558_000_000_000)));
    }
}
