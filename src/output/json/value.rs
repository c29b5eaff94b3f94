//! Attribute values as native JSON.
//!
//! What JSON cannot say is spelled out: bytes are `{"bytes": "<base64>"}`,
//! `NaN`, `Infinity` and `-Infinity` are strings, an empty value is null, and a
//! key that comes twice in one list comes as `key` and `key#2`. 64-bit integers
//! stay exact numbers.

use super::format::{Layout, SafeFormatter};
use crate::model::{List, Value};
use hashbrown::HashMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// Values nested deeper than this become one string of JSON, so that readers
/// with a limit of 128 levels read the document.
const DEEPEST: usize = 64;

/// A value as JSON.
pub(crate) struct JsonValue<'a> {
    value: Value<'a>,
    depth: usize,
}

impl<'a> JsonValue<'a> {
    pub(crate) fn new(value: Value<'a>) -> Self {
        Self { value, depth: 0 }
    }
}

impl Serialize for JsonValue<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.depth > DEEPEST && self.value.as_list().is_some() {
            let inner = JsonValue { value: self.value, depth: 0 };
            let text = serde_json::to_string(&inner).map_err(serde::ser::Error::custom)?;
            return to.serialize_str(&text);
        }
        let depth = self.depth + 1;
        match self.value {
            Value::Empty => to.serialize_unit(),
            Value::Str(text) => to.serialize_str(text),
            Value::Bool(truth) => to.serialize_bool(truth),
            Value::Int(number) => to.serialize_i64(number),
            Value::Double(number) => double(number, to),
            Value::Bytes(bytes) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("bytes", &base64(bytes))?;
                map.end()
            }
            Value::Array(list) => {
                to.collect_seq(list.iter().map(|(_, value)| JsonValue { value, depth }))
            }
            Value::KvList(list) => JsonAttrs { list, depth }.serialize(to),
        }
    }
}

/// A key-value list, or the attributes of a record, as an object.
pub(crate) struct JsonAttrs<'a> {
    list: List<'a>,
    depth: usize,
}

impl<'a> JsonAttrs<'a> {
    pub(crate) fn new(list: List<'a>) -> Self {
        Self { list, depth: 0 }
    }
}

impl Serialize for JsonAttrs<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let depth = self.depth + 1;
        to.collect_map(unique_keys(self.list).map(|(key, value)| (key, JsonValue { value, depth })))
    }
}

/// A value as JSON on one line, safe to show.
pub(crate) fn compact_value(value: Value<'_>) -> String {
    let mut out = Vec::new();
    let mut to =
        serde_json::Serializer::with_formatter(&mut out, SafeFormatter::new(Layout::Compact));
    // Writing to memory cannot fail, and every value has a spelling.
    let _ = JsonValue::new(value).serialize(&mut to);
    String::from_utf8(out).unwrap_or_default()
}

/// Keys and values; the second of two equal keys is `key#2`.
fn unique_keys<'a>(list: List<'a>) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
    let mut seen: HashMap<&'a str, u32> = HashMap::with_capacity(list.len());
    list.iter().map(move |(key, value)| {
        let times = seen.entry(key).or_insert(0);
        *times += 1;
        let key = if *times == 1 { Cow::Borrowed(key) } else { format!("{key}#{times}").into() };
        (key, value)
    })
}

/// A double; what is no JSON number is a string.
pub(crate) fn double<S: Serializer>(number: f64, to: S) -> Result<S::Ok, S::Error> {
    match number {
        n if n.is_finite() => to.serialize_f64(n),
        n if n.is_nan() => to.serialize_str("NaN"),
        n if n > 0.0 => to.serialize_str("Infinity"),
        _ => to.serialize_str("-Infinity"),
    }
}

/// Bytes as base64 with padding (RFC 4648 §4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit =
        |bits: u32| DIGITS.get((bits & 0x3f) as usize).map_or('=', |&digit| char::from(digit));
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.push(digit(bits >> 18));
        out.push(digit(bits >> 12));
        out.push(if chunk.len() > 1 { digit(bits >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { digit(bits) } else { '=' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{JsonAttrs, base64};
    use crate::model::{Batch, Values};

    #[test]
    fn every_kind_has_a_spelling() {
        let mut batch = Batch::new();
        let keys: Vec<_> =
            ["s", "i", "d", "n", "b", "y", "e", "a", "k", "s"].map(|k| batch.text(k)).into();
        let text = batch.str_value("x");
        let bytes = batch.values.bytes(b"any carnal");
        let list = batch.values.array(&[Values::int(1), text]);
        let map = batch.values.kvlist(&[(keys[0], Values::bool(true))]);
        let rows = [
            text,
            Values::int(i64::MAX),
            Values::double(1.0),
            Values::double(f64::NEG_INFINITY),
            Values::bool(false),
            bytes,
            Values::empty(),
            list,
            map,
            text,
        ];
        let attrs: Vec<_> = keys.into_iter().zip(rows).collect();
        let range = batch.values.attrs(&attrs);
        let list = batch.values.list(&batch.strings, range);
        assert_eq!(
            serde_json::to_string(&JsonAttrs::new(list)).unwrap(),
            r#"{"s":"x","i":9223372036854775807,"d":1.0,"n":"-Infinity","b":false,"y":{"bytes":"YW55IGNhcm5hbA=="},"e":null,"a":[1,"x"],"k":{"s":true},"s#2":"x"}"#
        );
    }

    #[test]
    fn deep_values_become_text() {
        let mut batch = Batch::new();
        let mut value = Values::int(1);
        for _ in 0..120 {
            value = batch.values.array(&[value]);
        }
        let key = batch.text("deep");
        let range = batch.values.attrs(&[(key, value)]);
        let json = serde_json::to_string(&JsonAttrs::new(batch.values.list(&batch.strings, range)));
        assert!(serde_json::from_str::<serde_json::Value>(&json.unwrap()).is_ok());
    }

    #[test]
    fn base64_of_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
