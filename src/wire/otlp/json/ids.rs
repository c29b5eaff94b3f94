//! Ids, times and bytes as JSON writes them.

use super::read::Scalar;
use crate::model::Nanos;

/// An id of `N` bytes: hex in either case, or base64, which protobuf's own JSON
/// mapping writes and OTLP does not allow. The flag says that it was base64.
pub(super) fn id<const N: usize>(scalar: &Scalar<'_>, field: &str) -> Result<(u128, bool), String> {
    let text = scalar.text().trim();
    if text.len() == N * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let id = u128::from_str_radix(text, 16).map_err(|e| format!("{field}: {e}"))?;
        return Ok((id, false));
    }
    if let Some(bytes) = base64(text).filter(|bytes| bytes.len() == N) {
        let id = bytes.iter().fold(0u128, |id, byte| (id << 8) | u128::from(*byte));
        return Ok((id, true));
    }
    let digits = text.len();
    if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("{field} has {digits} hex digits, {} expected", N * 2));
    }
    Err(format!("{field} is no hex of {} digits", N * 2))
}

/// Nanoseconds as text or number; RFC 3339 text is understood too.
pub(super) fn time(scalar: &Scalar<'_>) -> Nanos {
    if let Some(nanos) = scalar.unsigned() {
        return Nanos(nanos);
    }
    let parsed = scalar.text().parse::<jiff::Timestamp>().ok();
    parsed.and_then(|time| u64::try_from(time.as_nanosecond()).ok()).map_or(Nanos::NONE, Nanos)
}

/// Base64, standard or URL-safe, with or without padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut buffer, mut bits) = (0u32, 0);
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = (buffer << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{base64, id};
    use crate::wire::otlp::json::read::Scalar;
    use std::borrow::Cow;

    #[test]
    fn ids_in_every_spelling() {
        let text = |text| Scalar::Text(Cow::Borrowed(text));
        assert_eq!(id::<8>(&text("00000000000000FF"), "spanId"), Ok((255, false)));
        assert_eq!(id::<8>(&text("AAAAAAAAAP8="), "spanId"), Ok((255, true)));
        let short = id::<16>(&text("00ff"), "traceId").unwrap_err();
        assert_eq!(short, "traceId has 4 hex digits, 32 expected");
        assert_eq!(base64("-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(base64("a"), None);
    }
}
