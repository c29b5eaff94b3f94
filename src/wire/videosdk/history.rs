//! The dump of `session.get_context_history(…)`: what the agent remembers of
//! the conversation, the only place with tool arguments, outputs and the words
//! that were heard.
//!
//! `llm/chat_context.py`: a list of `message`, `function_call` and
//! `function_call_output`; from 1.0 each with `created_at` (Unix seconds).
//! LiveKit's history has the same three kinds; what tells them apart is in
//! [`is_videosdk`].

use super::facts_of;
use crate::model::Nanos;
use crate::wire::framework::JsonPart;
use crate::wire::report::{Found, PartKind};
use serde_json::{Map, Value};

const KINDS: &[&str] = &["message", "function_call", "function_call_output"];

/// Names under which a dump may be wrapped in an object; `items` is the SDK's
/// own (`ChatContext.to_dict`).
const WRAPPERS: &[&str] =
    &["items", "context_history", "contextHistory", "history", "chat_context", "messages"];

/// Reads a dump, bare or wrapped.
pub(super) fn context_history(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let (items, wrapper) = match value {
        Value::Array(items) => (items, None),
        Value::Object(root) => {
            let name =
                WRAPPERS.iter().find(|name| root.get(**name).is_some_and(Value::is_array))?;
            (root.get(*name)?.as_array()?, Some((root, *name)))
        }
        _ => return None,
    };
    if !is_videosdk(items, wrapper.is_none()) {
        return None;
    }
    let around = wrapper.map(|(root, name)| facts_of(root, &[name], part)).unwrap_or_default();
    let document = part.batch.add_document("videosdk.context_history", &around, part.part);
    let mut records = 0;
    for (at, item) in items.iter().enumerate() {
        let Some(fields) = item.as_object() else {
            part.skip_record(&format!("item {at} of the context history is no object"));
            continue;
        };
        let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
        let created = fields.get("created_at").and_then(Value::as_f64);
        let time = created.and_then(Nanos::from_unix_seconds).unwrap_or(Nanos::NONE);
        let facts = facts_of(fields, &[], part);
        part.batch.add_item(document, at as u32, kind, time, &facts);
        records += 1;
    }
    Some(Found { kind: PartKind::ChatHistory, format: "videosdk-context-history", records })
}

/// How many items are looked at to recognise a dump.
const LOOKED_AT: usize = 32;

/// Whether a list of items is VideoSDK's. Ids start with the item's kind
/// (`msg_`, `call_`, `output_`), LiveKit's with `item_`; from 1.0 messages have
/// `audio_instructions`, which no other framework writes. A list without a
/// wrapper is VideoSDK's own form, but the items of a model's API look alike:
/// their content is a list of objects, and they have no times.
fn is_videosdk(items: &[Value], bare: bool) -> bool {
    let fields = || items.iter().take(LOOKED_AT).filter_map(Value::as_object);
    let typed = fields().all(|item| kind(item).is_some_and(|kind| KINDS.contains(&kind)));
    if fields().next().is_none() || !typed {
        return false;
    }
    let marked = fields().any(|item| {
        ["audio_instructions", "text_instructions"].iter().any(|key| item.contains_key(*key))
    });
    let own_ids = fields().all(own_id);
    let timed = fields().any(|item| item.get("created_at").is_some_and(Value::is_number));
    let plain = fields().filter_map(|item| item.get("content")).all(is_plain);
    plain && (marked || own_ids || (bare && timed && !fields().any(foreign_id)))
}

fn kind(item: &Map<String, Value>) -> Option<&str> {
    item.get("type")?.as_str()
}

fn own_id(item: &Map<String, Value>) -> bool {
    let prefix = match kind(item) {
        Some("message") => "msg_",
        Some("function_call") => "call_",
        _ => "output_",
    };
    let rest = item.get("id").and_then(Value::as_str).and_then(|id| id.strip_prefix(prefix));
    // Twelve hex digits, in 0.0.x the Unix second.
    rest.is_some_and(|rest| rest.len() <= 12 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn foreign_id(item: &Map<String, Value>) -> bool {
    item.get("id").and_then(Value::as_str).is_some_and(|id| id.starts_with("item_"))
}

/// Text, or a list that begins with text.
fn is_plain(content: &Value) -> bool {
    match content {
        Value::Array(list) => list.iter().all(|part| {
            part.is_string() || part.get("type").and_then(Value::as_str) == Some("image")
        }),
        other => other.is_string() || other.is_null(),
    }
}
