//! Durations: a number directly followed by a unit.

const SECOND: f64 = 1e9;

/// Units of Go's durations, which may have fractions and any order.
const FINE: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", SECOND),
    ("m", 60.0 * SECOND),
    ("h", 3600.0 * SECOND),
];

/// Units of Prometheus' durations, in the order in which they must come.
const COARSE: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000_000_000),
    ("w", 7 * 24 * 3_600_000_000_000),
    ("d", 24 * 3_600_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// Nanoseconds of a duration without sign, such as `1h30m` or `2w`.
pub(crate) fn duration(text: &str) -> Option<i64> {
    fine(text).or_else(|| coarse(text))
}

/// Splits off a number and the unit behind it.
fn piece(text: &str, number: impl Fn(char) -> bool) -> Option<(&str, &str, &str)> {
    let digits = text.find(|c| !number(c))?;
    let (number, rest) = text.split_at_checked(digits)?;
    let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(unit)?;
    Some((number, unit, rest))
}

fn fine(mut text: &str) -> Option<i64> {
    let mut total = 0i64;
    while !text.is_empty() {
        let (number, unit, rest) = piece(text, |c| c.is_ascii_digit() || c == '.')?;
        let (_, size) = FINE.iter().find(|(name, _)| *name == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        // Whole units stay exact; only the fraction is a float.
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: f64 =
            if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
        let ns = whole.checked_mul(*size as i64)?.checked_add((part * size) as i64)?;
        total = total.checked_add(ns)?;
        text = rest;
    }
    Some(total)
}

fn coarse(mut text: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut units = COARSE.iter();
    while !text.is_empty() {
        let (number, unit, rest) = piece(text, |c| c.is_ascii_digit())?;
        let (_, size) = units.find(|(name, _)| *name == unit)?;
        let ns = number.parse::<i64>().ok()?.checked_mul(*size)?;
        total = total.checked_add(ns)?;
        text = rest;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations() {
        const S: i64 = 1_000_000_000;
        for (text, ns) in [
            ("1s", Some(S)),
            ("1.5s", Some(S + S / 2)),
            ("1h30m", Some(5400 * S)),
            ("1h1us", Some(3600 * S + 1000)),
            ("10µs", Some(10_000)),
            ("1w2d", Some(9 * 86_400 * S)),
            ("1y", Some(365 * 86_400 * S)),
            ("1d12h", Some(36 * 3600 * S)),
            ("5s1m", Some(65 * S)),
            ("2d1w", None),
            ("1.5d", None),
            ("1h30", None),
            ("5x", None),
            ("1..5s", None),
            ("99999999h", None),
        ] {
            assert_eq!(duration(text), ns, "{text}");
        }
    }
}
