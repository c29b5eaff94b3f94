//! Attributes in the making.

use crate::model::{Batch, StrId, ValueRow, Values};
use std::borrow::Cow;

#[derive(Clone, Debug)]
enum Made {
    Str(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    List(Vec<String>),
}

/// Attributes of one record.
#[derive(Clone, Debug, Default)]
pub(super) struct AttrList(Vec<(Cow<'static, str>, Made)>);

impl AttrList {
    fn push(&mut self, key: impl Into<Cow<'static, str>>, value: Made) -> &mut Self {
        self.0.push((key.into(), value));
        self
    }

    /// Text.
    pub(super) fn str(&mut self, key: &'static str, text: impl Into<String>) -> &mut Self {
        self.push(key, Made::Str(text.into()))
    }

    /// Text under a key made at run time.
    pub(super) fn named(&mut self, key: String, text: impl Into<String>) -> &mut Self {
        self.push(key, Made::Str(text.into()))
    }

    /// A number under a key made at run time; whole ones stay whole.
    pub(super) fn named_number(&mut self, key: String, number: f64) -> &mut Self {
        if number.fract() == 0.0 && number.abs() < 9e15 {
            self.push(key, Made::Int(number as i64))
        } else {
            self.push(key, Made::Double(number))
        }
    }

    /// Text, where there is some.
    pub(super) fn text(&mut self, key: &'static str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.str(key, text);
        }
        self
    }

    /// A whole number.
    pub(super) fn int(&mut self, key: &'static str, number: i64) -> &mut Self {
        self.push(key, Made::Int(number))
    }

    /// A count, where it is known.
    pub(super) fn count(&mut self, key: &'static str, number: Option<u64>) -> &mut Self {
        if let Some(number) = number {
            self.int(key, number.min(i64::MAX as u64) as i64);
        }
        self
    }

    /// A number, where it is known; whole ones stay whole.
    pub(super) fn number(&mut self, key: &'static str, number: Option<f64>) -> &mut Self {
        match number {
            Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                self.int(key, number as i64)
            }
            Some(number) if number.is_finite() => self.push(key, Made::Double(number)),
            _ => self,
        }
    }

    /// A measured value, always a double, where it is known.
    pub(super) fn double(&mut self, key: &'static str, number: Option<f64>) -> &mut Self {
        if let Some(number) = number.filter(|n| n.is_finite()) {
            self.push(key, Made::Double(number));
        }
        self
    }

    /// A truth value.
    pub(super) fn bool(&mut self, key: &'static str, truth: bool) -> &mut Self {
        self.push(key, Made::Bool(truth))
    }

    /// A list of texts.
    pub(super) fn list(&mut self, key: &'static str, texts: Vec<String>) -> &mut Self {
        self.push(key, Made::List(texts))
    }

    /// Takes over other attributes.
    pub(super) fn extend(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    /// Rows in a batch.
    pub(super) fn rows(&self, batch: &mut Batch) -> Vec<(StrId, ValueRow)> {
        self.0
            .iter()
            .map(|(key, value)| {
                let value = match value {
                    Made::Str(text) => batch.str_value(text),
                    Made::Int(number) => Values::int(*number),
                    Made::Double(number) => Values::double(*number),
                    Made::Bool(truth) => Values::bool(*truth),
                    Made::List(texts) => {
                        let items: Vec<_> = texts.iter().map(|t| batch.str_value(t)).collect();
                        batch.values.array(&items)
                    }
                };
                (batch.text(key), value)
            })
            .collect()
    }
}
