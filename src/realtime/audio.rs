//! Audio measured, never decoded: base64 length → bytes → milliseconds.

/// An audio format by its bytes a millisecond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AudioFormat {
    /// Bytes a millisecond.
    pub bytes_per_ms: f64,
}

impl AudioFormat {
    /// 24 kHz, one channel, 16 bits: the protocol's default.
    pub(super) const PCM16: Self = Self { bytes_per_ms: 48.0 };
    /// 8 kHz, one channel, 8 bits.
    pub(super) const G711: Self = Self { bytes_per_ms: 8.0 };

    /// The format that a session names: GA `audio/pcm` with a rate, beta words.
    #[must_use]
    pub(super) fn of(name: &str, rate: Option<f64>) -> Option<Self> {
        match name {
            "audio/pcm" => match rate {
                Some(rate) if rate > 0.0 => Some(Self { bytes_per_ms: rate * 2.0 / 1000.0 }),
                _ => Some(Self::PCM16),
            },
            "pcm16" => Some(Self::PCM16),
            "audio/pcmu" | "audio/pcma" | "g711_ulaw" | "g711_alaw" => Some(Self::G711),
            _ => None,
        }
    }

    /// Length of so many bytes.
    #[must_use]
    pub(super) fn ms(self, bytes: u64) -> f64 {
        bytes as f64 / self.bytes_per_ms
    }
}

/// Bytes of audio behind base64 text as it stands in JSON. `None` where a
/// recorder put something else there (`...`).
#[must_use]
pub(super) fn measure(base64: &[u8]) -> Option<u64> {
    if let Some(rest) = base64.strip_prefix(b"[trimmed: ") {
        // openai-realtime-console v1 keeps the length of the base64 text.
        let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).collect();
        let length: u64 = std::str::from_utf8(&digits).ok()?.parse().ok()?;
        return Some(length / 4 * 3);
    }
    let (first, last) = (base64.first(), base64.last());
    let plausible =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b'\\');
    if base64.len() < 2 || !first.is_some_and(plausible) || !last.is_some_and(plausible) {
        return (base64.is_empty()).then_some(0);
    }
    let padding = base64.iter().rev().take_while(|b| **b == b'=').count();
    // Some writers escape the slash; escapes are few, so they are counted.
    let escapes = memchr::memchr_iter(b'\\', base64).count();
    let digits = (base64.len() - padding - escapes) as u64;
    Some(digits * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::{AudioFormat, measure};

    #[test]
    fn lengths() {
        assert_eq!(measure(b"AAAA"), Some(3));
        assert_eq!(measure(b"AAA="), Some(2));
        assert_eq!(measure(b"AA=="), Some(1));
        assert_eq!(measure(b"A\\/A="), Some(2));
        assert_eq!(measure(b"..."), None);
        assert_eq!(measure(b"[trimmed: 1068 bytes]"), Some(801));
        assert_eq!(AudioFormat::of("g711_ulaw", None).map(|f| f.ms(800)), Some(100.0));
        assert_eq!(AudioFormat::of("audio/pcm", Some(24_000.0)).map(|f| f.ms(9600)), Some(200.0));
    }
}
