//! How protobuf messages stand in a stream, and what tells them from text.

use super::otlp::cursor::{Cursor, length_prefix};
use std::ops::Range;

/// Tag of field 1 with a length: how every OTLP message begins.
const FIRST_TAG: u8 = 0x0a;

/// What stands before each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Nothing: the stream is one message (or several, which protobuf reads as
    /// one). Each of its top-level fields can be read as a message of its own.
    Single,
    /// A varint: protobuf's own delimiting.
    Varint,
    /// Four bytes, big endian: the collector's file exporter.
    BigEndian,
}

impl Framing {
    /// How a stream that begins with `head` is framed; `None` when it does not
    /// look like OTLP in any framing.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let inside = |framing: Self| {
            let message = framing.message(head)?;
            let empty = message.is_empty();
            let next = head.get(if empty { message.end } else { message.start }..)?;
            // An empty message says nothing: the next frame has to.
            let known = if empty {
                framing.message(next).is_some_and(|m| {
                    m.is_empty() || next.get(m.start..).is_some_and(begins_like_otlp)
                })
            } else {
                begins_like_otlp(next)
            };
            known.then_some(framing)
        };
        if begins_like_otlp(head) {
            return Some(Self::Single);
        }
        // Four bytes begin with 0 up to 16 MiB; a varint only for an empty message.
        let likely = if head.first() == Some(&0) {
            [Self::BigEndian, Self::Varint]
        } else {
            [Self::Varint, Self::BigEndian]
        };
        // What both readings allow is decided by which one is whole.
        let fits = |framing: &Self| framing.message(head).is_some_and(|m| m.end <= head.len());
        let known = || likely.into_iter().filter_map(inside);
        known().find(fits).or_else(|| known().next())
    }

    /// The range of the message in the first frame of `head`, which may reach
    /// past its end; `None` when there is no frame.
    pub(super) fn message(self, head: &[u8]) -> Option<Range<usize>> {
        let delimited = |(len, prefix): (usize, usize)| Some(prefix..prefix.checked_add(len)?);
        match self {
            Self::BigEndian => {
                let len = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
                delimited((usize::try_from(len).ok()?, 4))
            }
            Self::Varint => delimited(length_prefix(head)?),
            Self::Single => {
                let (tag, tag_len) = length_prefix(head)?;
                if tag & 7 == 2 {
                    let (len, prefix) = length_prefix(head.get(tag_len..)?)?;
                    return Some(0..(tag_len + prefix).checked_add(len)?);
                }
                // Fields that OTLP does not have are short.
                let mut cursor = Cursor::new(head);
                cursor.next().ok()??;
                Some(0..cursor.offset())
            }
        }
    }
}

/// Whether a message begins like OTLP: field 1, with fields of a resource's
/// list entry (resource, scopes, schema URL) in it.
fn begins_like_otlp(head: &[u8]) -> bool {
    if head.first() != Some(&FIRST_TAG) {
        return false;
    }
    let Some((len, prefix)) = length_prefix(head.get(1..).unwrap_or(&[])) else { return false };
    let inside = head.get(1 + prefix..).unwrap_or(&[]);
    let inside = inside.get(..len).unwrap_or(inside);
    let Some((first, second)) = inside.split_first() else { return true };
    // 0xc2 begins field 1000, where old collectors put the scopes.
    matches!(first, 0x0a | 0x12 | 0x1a | 0xc2) && length_prefix(second).is_some()
}

/// Whether a head whose first visible character is a bracket is JSON after all:
/// lengths of protobuf frames may look like white space and brackets.
pub(super) fn is_json(head: &[u8]) -> bool {
    if Framing::of(head).is_none() {
        return true;
    }
    let mut values =
        serde_json::Deserializer::from_slice(head).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => true,
        Some(Err(why)) => why.is_eof(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, is_json};

    /// A request with one resource of one attribute without value.
    const REQUEST: &[u8] = b"\x0a\x09\x0a\x07\x0a\x05\x0a\x03key";

    #[test]
    fn framings_are_told_apart() {
        let with = |prefix: &[u8]| [prefix, REQUEST].concat();
        assert_eq!(Framing::of(REQUEST), Some(Framing::Single));
        assert_eq!(Framing::of(&with(b"\x0b")), Some(Framing::Varint));
        assert_eq!(Framing::of(&with(b"\0\0\0\x0b")), Some(Framing::BigEndian));
        assert_eq!(Framing::of(&with(b"\0\0\0\0\0\0\0\x0b")), Some(Framing::BigEndian));
        assert_eq!(Framing::of(&with(b"\0\x0b")), Some(Framing::Varint));
        assert_eq!(Framing::of(b"\x0a\x06RM_abc"), None);
        assert_eq!(Framing::of(b"\x0a\x00"), Some(Framing::Single));
        assert_eq!(Framing::of(b"MZ\x90\0"), None);
    }

    #[test]
    fn brackets_after_line_ends_are_json() {
        for text in ["\n\n\n{\"a\":1}", "\n[", "  {\n", "{}"] {
            assert!(is_json(text.as_bytes()), "{text:?}");
        }
        // A message of 123 bytes, delimited: its length is an opening brace.
        let mut message = vec![b'{', 0x0a, 121, 0x0a, 119];
        message.resize(124, b'x');
        assert!(!is_json(&message));
    }
}
