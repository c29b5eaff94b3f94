//! Time as OTLP has it: nanoseconds since the Unix epoch, where 0 is "not known".

/// Nanoseconds since the Unix epoch. Zero means that the data has no time:
/// it is never shown and never enters arithmetic (see [`Nanos::known`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The absent time.
    pub const NONE: Self = Self(0);

    /// The time, or `None` where the data has none.
    #[must_use]
    pub fn known(self) -> Option<Self> {
        (self.0 != 0).then_some(self)
    }

    /// A time from Unix seconds as a float, as Python's `time.time()` gives it.
    /// `None` for values that are no plausible time (not finite, not positive,
    /// after the year 2262).
    #[must_use]
    pub fn from_unix_seconds(seconds: f64) -> Option<Self> {
        if !seconds.is_finite() || seconds <= 0.0 || seconds > 9.2e9 {
            return None;
        }
        // Whole seconds and the rest apart: the product would lose digits.
        let whole = seconds.trunc();
        let rest = ((seconds - whole) * 1e9).round();
        Some(Self((whole as u64) * 1_000_000_000 + rest as u64))
    }

    /// Milliseconds from `earlier` to `self`; negative when `self` is before it.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> f64 {
        (i128::from(self.0) - i128::from(earlier.0)) as f64 / 1e6
    }

    /// This time moved by `ms` milliseconds (either way, saturating).
    #[must_use]
    pub fn plus_ms(self, ms: f64) -> Self {
        let delta = (ms * 1e6).round();
        if delta >= 0.0 {
            Self(self.0.saturating_add(delta as u64))
        } else {
            Self(self.0.saturating_sub((-delta) as u64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Nanos;

    #[test]
    fn seconds_keep_microseconds() {
        let time = Nanos::from_unix_seconds(1_795_241_091.527_301_5);
        assert_eq!(time.map(|t| t.0 / 1000), Some(1_795_241_091_527_301));
        assert_eq!(Nanos::from_unix_seconds(f64::NAN), None);
        assert_eq!(Nanos::from_unix_seconds(-1.0), None);
    }

    #[test]
    fn differences_are_signed() {
        assert_eq!(Nanos(5_000_000).ms_since(Nanos(7_500_000)), -2.5);
        assert_eq!(Nanos(1_000_000).plus_ms(-2.0), Nanos(0));
    }
}
