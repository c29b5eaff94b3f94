//! VideoSDK's own JSON: what the Agents SDK sends and keeps beside OTLP.
//!
//! Belongs here: the metrics post of a turn, the log post, the dump of
//! `get_context_history`. Keys keep the SDK's spelling (camel case in posts,
//! snake case in the history). What they mean is the business of
//! [`crate::session`].

mod history;
mod log;
mod turn;

use super::framework::{JsonPart, store_value};
use super::report::Found;
use crate::model::{StrId, ValueRow};
use serde_json::{Map, Value};

/// Reads a document in one of VideoSDK's shapes; `None` when it is none of them.
pub(super) fn decode(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    log::records(value, part)
        .or_else(|| turn::posts(value, part))
        .or_else(|| history::context_history(value, part))
}

/// The documents of a part: one, or those of a list.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

/// Members of an object as rows, without some.
fn facts_of(
    object: &Map<String, Value>,
    without: &[&str],
    part: &mut JsonPart<'_>,
) -> Vec<(StrId, ValueRow)> {
    object
        .iter()
        .filter(|(key, _)| !without.contains(&key.as_str()))
        .map(|(key, value)| (part.batch.text(key), store_value(part.batch, value)))
        .collect()
}

#[cfg(test)]
mod tests;
