//! Chat history (`ChatContext.to_dict`) and session report.

use crate::model::{Nanos, StrId, ValueRow};
use crate::wire::framework::{JsonPart, store_value};
use crate::wire::report::{Found, PartKind};
use serde_json::{Map, Value};

/// Item types of `llm/chat_context.py`.
const ITEM_TYPES: &[&str] =
    &["message", "function_call", "function_call_output", "agent_handoff", "agent_config_update"];

/// `{"items":[{"type":"message",…}]}`, items of known types.
pub(super) fn chat_history(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let root = value.as_object()?;
    let items = root.get("items")?.as_array()?;
    let typed = |item: &Value| {
        let kind = item.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| ITEM_TYPES.contains(&kind))
    };
    if !items.first().is_some_and(typed) {
        return None;
    }
    let facts = facts_of(root, &["items"], part);
    let document = part.batch.add_document("livekit.chat_history", &facts, part.part);
    let mut records = 0;
    for item in items {
        records += add_chat_item(item, document, records as u32, part);
    }
    Some(Found { kind: PartKind::ChatHistory, format: "livekit-chat-history", records })
}

/// `SessionReport.to_dict`: events and chat history of one job.
pub(super) fn session_report(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let root = value.as_object()?;
    let history = root.get("chat_history")?.get("items")?.as_array()?;
    if !root.contains_key("job_id") && !root.contains_key("room_id") {
        return None;
    }
    let facts = facts_of(root, &["chat_history", "events"], part);
    let document = part.batch.add_document("livekit.session_report", &facts, part.part);
    let mut records = 0;
    for item in history {
        records += add_chat_item(item, document, records as u32, part);
    }
    for event in root.get("events").and_then(Value::as_array).into_iter().flatten() {
        records += add_event(event, document, records as u32, part);
    }
    Some(Found { kind: PartKind::SessionReport, format: "livekit-session-report", records })
}

fn add_chat_item(
    item: &Value,
    document: crate::model::DocIx,
    position: u32,
    part: &mut JsonPart<'_>,
) -> usize {
    let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
    add_item(item, kind, document, position, part)
}

fn add_event(
    event: &Value,
    document: crate::model::DocIx,
    position: u32,
    part: &mut JsonPart<'_>,
) -> usize {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    add_item(event, &format!("event.{kind}"), document, position, part)
}

/// Stores an item as it is; 0 (and a diagnostic) when it is no object.
fn add_item(
    item: &Value,
    kind: &str,
    document: crate::model::DocIx,
    position: u32,
    part: &mut JsonPart<'_>,
) -> usize {
    let Some(fields) = item.as_object() else {
        part.skip_record(&format!("item {position} is no object"));
        return 0;
    };
    let attrs = facts_of(fields, &[], part);
    let created = fields.get("created_at").and_then(Value::as_f64);
    let time = created.and_then(Nanos::from_unix_seconds).unwrap_or(Nanos::NONE);
    part.batch.add_item(document, position, kind, time, &attrs);
    1
}

/// Members of an object as rows, without some.
pub(super) fn facts_of(
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
