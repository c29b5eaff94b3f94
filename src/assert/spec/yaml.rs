//! YAML (and so JSON) as nodes that know their place.
//!
//! Specs are read into nodes first and given meaning afterwards: only so does
//! every message have a file, a line and a column, whatever it is about.

use super::error::SpecError;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::rc::Rc;

/// A place in a file; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub file: Rc<str>,
    pub line: usize,
    pub column: usize,
}

impl Spot {
    pub(super) fn error(&self, message: impl Into<String>) -> SpecError {
        SpecError {
            message: message.into(),
            file: self.file.to_string(),
            place: Some((self.line, self.column)),
            hint: None,
        }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub value: Value,
    pub spot: Spot,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub text: String,
    pub spot: Spot,
}

impl Node {
    /// What kind of value this is, as words.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// A scalar as text.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// Reads all documents of a file. Empty ones are left out.
pub(super) fn documents(text: &str, file: &Rc<str>) -> Result<Vec<Node>, SpecError> {
    let read: Result<Vec<Spanned<Raw>>, _> = serde_saphyr::from_multiple(text);
    match read {
        Ok(all) => {
            let nodes = all.into_iter().map(|raw| node(raw, file));
            Ok(nodes.filter(|node| !matches!(node.value, Value::Null)).collect())
        }
        Err(error) => {
            let error = error.without_snippet();
            let place = error.location().map(|at| (at.line() as usize, at.column() as usize));
            let said = error.to_string();
            // The place is said in front of the message, as everywhere.
            let message = said.split(" at line ").next().unwrap_or(&said);
            let message = format!("not YAML: {}", message.trim_start_matches("error: "));
            Err(SpecError {
                message,
                file: file.to_string(),
                place: place.filter(|(line, _)| *line > 0),
                hint: None,
            })
        }
    }
}

fn node(raw: Spanned<Raw>, file: &Rc<str>) -> Node {
    let spot = |at: serde_saphyr::Location| Spot {
        file: Rc::clone(file),
        line: at.line() as usize,
        column: at.column() as usize,
    };
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(truth) => Value::Bool(truth),
        Raw::Int(number) => Value::Int(number),
        Raw::Float(number) => Value::Float(number),
        Raw::Text(text) => Value::Text(text),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, file)).collect()),
        Raw::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| {
                (Key { spot: spot(key.referenced), text: key.value }, node(value, file))
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node { value, spot: spot(raw.referenced) }
}

/// What the YAML reader gives.
enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(i64::try_from(number).map_or(Raw::Float(number as f64), Raw::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            list.push(entry);
        }
        Ok(Raw::Map(list))
    }
}
