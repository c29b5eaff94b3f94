//! Ids of the protocol: short text, the second they carry, and the ids of
//! spans that are made from them.

use crate::model::Nanos;
use std::fmt;
use std::hash::{Hash, Hasher};

const INLINE: usize = 38;

/// An id of the protocol. Short ones (all that the service makes) need no
/// allocation: a log has a million of them.
#[derive(Clone)]
pub(super) struct Id(Repr);

#[derive(Clone)]
enum Repr {
    Inline(u8, [u8; INLINE]),
    Heap(Box<str>),
}

impl Id {
    /// An id of this text.
    #[must_use]
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match bytes.get_mut(..text.len()) {
            Some(room) => {
                room.copy_from_slice(text.as_bytes());
                Self(Repr::Inline(text.len() as u8, bytes))
            }
            None => Self(Repr::Heap(text.into())),
        }
    }

    /// The text.
    #[must_use]
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline(len, bytes) => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Repr::Heap(text) => text.as_bytes(),
        }
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
impl Eq for Id {}
impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}
impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// The epoch of the seconds in ids: 2019-12-20T00:00:00Z.
const EPOCH: u64 = 1_576_800_000;
/// First second that an id may carry: 2024-09-01, before the API was public.
const FIRST: u64 = 1_725_148_800;
/// Last one: 2040-01-01. (A bound of now would make results depend on the day.)
const LAST: u64 = 2_208_988_800;

/// The Unix second that an id carries: the first five of 21 base-62
/// characters after the prefix. `None` for ids of any other form.
///
/// The scheme holds for all of 3000 event ids of 2024-12 to 2026-07 from the
/// real service; it is documented nowhere.
#[must_use]
pub(super) fn second_of(id: &[u8]) -> Option<u64> {
    let at = memchr::memchr(b'_', id)?;
    let text = id.get(at + 1..)?;
    if text.len() != 21 || !text.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let second = text.iter().take(5).fold(0u64, |sum, c| {
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'A'..=b'Z' => c - b'A' + 10,
            _ => c - b'a' + 36,
        };
        sum * 62 + u64::from(digit)
    }) + EPOCH;
    (FIRST..LAST).contains(&second).then_some(second)
}

/// The instant at which a second begins.
#[must_use]
pub(super) fn at_second(second: u64) -> Nanos {
    Nanos(second.saturating_mul(1_000_000_000))
}

/// A 64-bit hash of text that is the same on every machine and in every
/// version: FNV-1a, then the finaliser of MurmurHash3 so that ids differ in
/// all bits.
#[must_use]
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325u64;
    for part in parts {
        for byte in part.bytes().chain([0x1f]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    state = (state ^ (state >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    state = (state ^ (state >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    state ^= state >> 33;
    // Zero is no id in OTLP.
    state.max(1)
}

/// The trace id of a session.
#[must_use]
pub(super) fn trace_id(session: &str) -> u128 {
    let high = hash(&["agentobs.realtime.trace.1", session]);
    let low = hash(&["agentobs.realtime.trace.2", session]);
    (u128::from(high) << 64) | u128::from(low)
}

/// The span id of one thing in a session.
#[must_use]
pub(super) fn span_id(session: &str, what: &str, id: &str) -> u64 {
    hash(&["agentobs.realtime.span", session, what, id])
}

#[cfg(test)]
mod tests {
    use super::{Id, second_of};

    #[test]
    fn seconds_in_ids() {
        // expires_at of that session is 1767233035, 3600 s later.
        assert_eq!(second_of(b"sess_Ct1OVAAAAAAAAAAAAAAAA"), Some(1_767_229_435));
        assert_eq!(second_of(b"event_EmYQ2PzSfldfAd0rX432C"), Some(1_795_240_758));
        for none in
            ["event_1516", "call_5Q3662WzGFljPGQq", "item_001", "event_zzzzzzzzzzzzzzzzzzzzz"]
        {
            assert_eq!(second_of(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn ids_of_any_length() {
        for text in ["", "item_EmYQ3WI14an6P6sIO4z1s", &"x".repeat(200)] {
            assert_eq!(Id::new(text).as_str(), text);
        }
    }
}
