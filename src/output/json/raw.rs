//! JSON text found in the data: arguments and output of tools.

use super::format::{Layout, SafeFormatter};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// JSON nested deeper than this stays text: readers of our documents have
/// limits too (128 in most), and the document adds its own levels.
const DEEPEST: usize = 64;

/// What the data wrote, as JSON where it is JSON that every reader accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum JsonText<'a> {
    /// Valid JSON, kept as it was written: keys in order, numbers exact.
    Json(&'a RawValue),
    /// Anything else.
    Text(&'a str),
}

impl<'a> JsonText<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        // Numbers out of range, lone surrogates: legal by the grammar, refused
        // by readers; so the text is really read once, not only skimmed.
        let mut reader = serde_json::Deserializer::from_str(text);
        let readable =
            Readable { depth: 0 }.deserialize(&mut reader).is_ok() && reader.end().is_ok();
        match serde_json::from_str(text) {
            Ok(raw) if readable => Self::Json(raw),
            _ => Self::Text(text),
        }
    }

    /// On one line where it is JSON; else as it is.
    pub(crate) fn compact(text: &'a str) -> Cow<'a, str> {
        laid_out(text, Layout::Compact).map_or(Cow::Borrowed(text), Cow::Owned)
    }
}

/// Text with its language: indented JSON (`json`) where it is JSON with
/// something in it, else as it is.
pub(crate) fn pretty_text(text: &str) -> (&'static str, Cow<'_, str>) {
    match laid_out(text, Layout::Pretty).filter(|json| json.starts_with(['{', '['])) {
        Some(json) => ("json", json.into()),
        None => ("", text.into()),
    }
}

fn laid_out(text: &str, layout: Layout) -> Option<String> {
    let JsonText::Json(raw) = JsonText::of(text) else { return None };
    let mut out = Vec::with_capacity(text.len());
    let formatter = SafeFormatter::new(layout);
    raw.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter)).ok()?;
    String::from_utf8(out).ok()
}

impl Serialize for JsonText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(raw) => raw.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// Reads any JSON to its end and keeps nothing.
struct Readable {
    depth: usize,
}

impl Readable {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.depth >= DEEPEST { Err(E::custom("too deep")) } else { Ok(self.depth + 1) }
    }
}

impl<'de> DeserializeSeed<'de> for Readable {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        while seq.next_element_seed(Readable { depth })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        while map.next_key_seed(Readable { depth })?.is_some() {
            map.next_value_seed(Readable { depth })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::JsonText;

    #[test]
    fn only_what_every_reader_accepts_is_json() {
        for (text, json) in [
            (r#"{"item": "cortado"}"#, true),
            ("42", true),
            ("null", true),
            (" [1] ", true),
            ("", false),
            ("cortado is 4.20", false),
            ("{'item': 'cortado'}", false),
            ("[NaN]", false),
            ("1e999", false),
            (r#""\ud800""#, false),
            ("{} {}", false),
        ] {
            assert_eq!(matches!(JsonText::of(text), JsonText::Json(_)), json, "{text}");
        }
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(matches!(JsonText::of(&nested(64)), JsonText::Json(_)));
        assert!(matches!(JsonText::of(&nested(65)), JsonText::Text(_)));
        assert!(matches!(JsonText::of(&nested(100_000)), JsonText::Text(_)));
    }

    #[test]
    fn compact_keeps_order_and_numbers() {
        assert_eq!(
            JsonText::compact("{ \"b\": 1.0, \"a\": [ 12345678901234567890123 ] }"),
            r#"{"b":1.0,"a":[12345678901234567890123]}"#
        );
        assert_eq!(JsonText::compact("not json {"), "not json {");
    }
}
