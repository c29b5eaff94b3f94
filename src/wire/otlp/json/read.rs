//! Reading JSON leniently: any value where any value is legal somewhere.
//!
//! A wrong type never fails a request: the field keeps its default, as proto3
//! JSON treats null. Only broken syntax is an error.

use crate::wire::otlp::sink::Sink;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// An object that takes its fields one by one.
pub(in crate::wire) trait Object<'de> {
    /// Reads the value of `key` from `map`; must consume it.
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// A list that takes its elements one by one.
pub(in crate::wire) trait List<'de> {
    /// Reads the next element; false at the end.
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error>;
}

/// Pays for something that takes about `bytes` in memory, or stops reading.
pub(in crate::wire) fn pay<E: serde::de::Error>(
    sink: &mut Sink<'_, '_>,
    bytes: usize,
) -> Result<(), E> {
    if sink.pay(bytes) { Ok(()) } else { Err(E::custom("too many values")) }
}

/// Reads an object; anything else is skipped.
pub(in crate::wire) struct ReadObject<'x, T>(pub &'x mut T);

impl<'de, T: Object<'de>> DeserializeSeed<'de> for ReadObject<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Object<'de>> Visitor<'de> for ReadObject<'_, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Text)? {
            self.0.field(&key, &mut map)?;
        }
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
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
}

/// Reads a list; anything else is skipped.
pub(in crate::wire) struct ReadList<'x, T>(pub &'x mut T);

impl<'de, T: List<'de>> DeserializeSeed<'de> for ReadList<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: List<'de>> Visitor<'de> for ReadList<'_, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while self.0.element(&mut seq)? {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
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
}

/// Reads a string, borrowed where it holds no escape.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// A scalar as written; lists and objects are skipped.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::wire) enum Scalar<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(Cow<'a, str>),
    /// A list or an object where a scalar belongs.
    Other,
}

/// Reads a [`Scalar`].
pub(in crate::wire) fn scalar<'de, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<Scalar<'de>, A::Error> {
    map.next_value_seed(ReadScalar)
}

/// Reads a list element as a [`Scalar`].
pub(in crate::wire) fn scalar_element<'de, A: SeqAccess<'de>>(
    seq: &mut A,
) -> Result<Option<Scalar<'de>>, A::Error> {
    seq.next_element_seed(ReadScalar)
}

/// Skips a value.
pub(in crate::wire) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

struct ReadScalar;

impl<'de> DeserializeSeed<'de> for ReadScalar {
    type Value = Scalar<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadScalar {
    type Value = Scalar<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }
    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(truth))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Signed(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Unsigned(number))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Double(number))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

impl Scalar<'_> {
    /// Text; empty for anything else.
    pub(in crate::wire) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// A scalar as text, whatever it was written as; `None` for null and for
    /// what is no scalar.
    pub(in crate::wire) fn any_text(self) -> Option<String> {
        match self {
            Self::Null | Self::Other => None,
            Self::Bool(truth) => Some(truth.to_string()),
            Self::Unsigned(number) => Some(number.to_string()),
            Self::Signed(number) => Some(number.to_string()),
            Self::Double(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.into_owned()),
        }
    }

    /// A number that is not negative, from a number or from text.
    pub(in crate::wire) fn unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            Self::Signed(number) => u64::try_from(*number).ok(),
            Self::Double(number) if *number >= 0.0 && *number < 1.9e19 => Some(*number as u64),
            Self::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| {
                    text.parse::<f64>().ok().filter(|n| *n >= 0.0 && *n < 1.9e19).map(|n| n as u64)
                })
            }
            _ => None,
        }
    }

    /// A whole number and whether it had to be cut to the range.
    pub(in crate::wire) fn signed(&self) -> Option<(i64, bool)> {
        match self {
            Self::Signed(number) => Some((*number, false)),
            Self::Unsigned(number) => match i64::try_from(*number) {
                Ok(number) => Some((number, false)),
                Err(_) => Some((i64::MAX, true)),
            },
            Self::Double(number) if number.is_finite() => {
                let exact = number.fract() == 0.0 && number.abs() < 9.2e18;
                Some((*number as i64, !exact))
            }
            Self::Text(text) => match text.trim().parse::<i64>() {
                Ok(number) => Some((number, false)),
                Err(_) => {
                    let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite())?;
                    Some((number as i64, number.fract() != 0.0 || number.abs() >= 9.2e18))
                }
            },
            _ => None,
        }
    }

    /// A double, also from text with proto3's words for what JSON lacks.
    pub(in crate::wire) fn double(&self) -> Option<f64> {
        match self {
            Self::Unsigned(number) => Some(*number as f64),
            Self::Signed(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            Self::Text(text) => match text.trim() {
                "NaN" => Some(f64::NAN),
                "Infinity" | "+Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                other => other.parse().ok(),
            },
            _ => None,
        }
    }

    /// A truth value, also from text and from 0 and 1.
    pub(in crate::wire) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Self::Unsigned(number) => Some(*number != 0),
            _ => None,
        }
    }

    /// An enum by number or by name (with or without its prefix); names are the
    /// generated code's.
    pub(in crate::wire) fn enumeration(
        &self,
        prefix: &str,
        by_name: impl Fn(&str) -> Option<i32>,
    ) -> u64 {
        if let Some(number) = self.unsigned() {
            return number;
        }
        let name = self.text().trim().to_ascii_uppercase();
        let name = if name.starts_with(prefix) { name } else { format!("{prefix}{name}") };
        by_name(&name).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
    }
}
