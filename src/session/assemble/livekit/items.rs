//! Items of the conversation as the SDK keeps them: chat history, session
//! report, the transcript of the Cloud API, and log records that repeat them.
//!
//! `ChatContext.to_dict` (`llm/chat_context.py`): times are Unix seconds,
//! latencies seconds; the log form is its proto-JSON with ISO-8601 times.

use crate::model::{List, LogRow, Nanos, Value};
use crate::session::assemble::Case;
use hashbrown::HashSet;

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ItemKind<'a> {
    /// Something said.
    Message { user: bool, text: String, interrupted: Option<bool> },
    /// A tool call asked for by the model.
    Call { call_id: Option<&'a str>, name: Option<&'a str>, arguments: Option<String> },
    /// What a tool gave back.
    Output {
        call_id: Option<&'a str>,
        name: Option<&'a str>,
        output: Option<String>,
        is_error: Option<bool>,
    },
    /// A change of agent; the first has no `from` and is the start.
    Handoff { from: Option<&'a str>, to: Option<&'a str> },
}

/// One item of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item<'a> {
    pub id: Option<&'a str>,
    pub kind: ItemKind<'a>,
    pub created: Option<Nanos>,
    pub started: Option<Nanos>,
    pub stopped: Option<Nanos>,
    pub e2e_ms: Option<f64>,
    pub eou_ms: Option<f64>,
    pub transcription_ms: Option<f64>,
    pub ttft_ms: Option<f64>,
    pub ttfb_ms: Option<f64>,
    pub model: Option<&'a str>,
}

/// All items, each once, in the conversation's order. The fullest source is
/// read first; a copy with the same id (or, without ids, the same kind, time
/// and text) is skipped.
pub(super) fn read<'a>(case: &Case<'a>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut take = |item: Item<'a>, items: &mut Vec<Item<'a>>| {
        let key = match item.id {
            Some(id) => id.to_owned(),
            None => format!("{:?} {:?}", item.created, item.kind),
        };
        if seen.insert(key) {
            items.push(item);
        }
    };
    for document in case.documents.iter().filter(|d| d.format.starts_with("livekit.")) {
        for row in &document.items {
            let attrs = case.store.attrs(row.attrs);
            if let Some(item) = from_attrs(case.store.str(row.kind), attrs, row.time.known()) {
                take(item, &mut items);
            }
        }
    }
    for log in case.logs.iter().filter_map(|ix| case.store.log(*ix)) {
        if let Some(item) = from_log(case, log) {
            take(item, &mut items);
        }
    }
    if !items.iter().any(|item| matches!(item.kind, ItemKind::Message { .. })) {
        for log in case.logs.iter().filter_map(|ix| case.store.log(*ix)) {
            if let Some(item) = from_live_log(case, log) {
                take(item, &mut items);
            }
        }
    }
    sort(&mut items);
    items
}

/// Items keep the SDK's order, which is that of `created_at`.
fn sort(items: &mut [Item<'_>]) {
    let mut last = None;
    // An item without a time keeps its place behind the one before it.
    for item in items.iter_mut() {
        item.created = item.created.or(last);
        last = item.created;
    }
    items.sort_by_key(|item| item.created);
}

/// An item as `ChatContext.to_dict` writes it.
fn from_attrs<'a>(kind: &str, attrs: List<'a>, time: Option<Nanos>) -> Option<Item<'a>> {
    let text = |key: &str| attrs.get(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty());
    let flag = |key: &str| attrs.get(key).and_then(|v| v.as_bool());
    let kind = match kind {
        "message" => ItemKind::Message {
            user: match text("role")?.to_ascii_lowercase().as_str() {
                "user" | "role_user" => true,
                "assistant" | "agent" | "role_agent" | "role_assistant" => false,
                _ => return None,
            },
            text: content(attrs.get("content"))?,
            interrupted: flag("interrupted"),
        },
        "function_call" => ItemKind::Call {
            call_id: text("call_id"),
            name: text("name"),
            arguments: text("arguments").map(str::to_owned),
        },
        "function_call_output" => ItemKind::Output {
            call_id: text("call_id"),
            name: text("name"),
            output: attrs.get("output").and_then(|v| v.as_str()).map(str::to_owned),
            is_error: flag("is_error"),
        },
        "agent_handoff" => {
            ItemKind::Handoff { from: text("old_agent_id"), to: text("new_agent_id") }
        }
        _ => return None,
    };
    let metrics = attrs.get("metrics").and_then(|v| v.as_list());
    let metric = |key: &str| metrics.and_then(|m| m.get(key));
    let ms = |key: &str| metric(key).and_then(|v| v.as_f64()).map(|seconds| seconds * 1e3);
    let model = ["llm_metadata", "stt_metadata"]
        .iter()
        .find_map(|key| metric(key)?.get("model_name")?.as_str());
    Some(Item {
        id: text("id"),
        kind,
        created: time.or_else(|| attrs.get("created_at").and_then(instant)),
        started: metric("started_speaking_at").and_then(instant),
        stopped: metric("stopped_speaking_at").and_then(instant),
        e2e_ms: ms("e2e_latency"),
        eou_ms: ms("end_of_turn_delay").or_else(|| ms("end_of_utterance_delay")),
        transcription_ms: ms("transcription_delay"),
        ttft_ms: ms("llm_node_ttft"),
        ttfb_ms: ms("tts_node_ttfb"),
        model,
    })
}

/// Unix seconds or ISO 8601.
fn instant(value: Value<'_>) -> Option<Nanos> {
    if let Some(text) = value.as_str()
        && let Ok(time) = text.parse::<jiff::Timestamp>()
    {
        return u64::try_from(time.as_nanosecond()).ok().map(Nanos);
    }
    value.as_f64().and_then(Nanos::from_unix_seconds)
}

/// Text of a message: its text parts, a line each. Images and audio have none.
fn content(value: Option<Value<'_>>) -> Option<String> {
    let value = value?;
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let parts: Vec<&str> = value
        .as_list()?
        .iter()
        .filter_map(|(_, part)| {
            part.as_str().or_else(|| part.get("text").and_then(|text| text.as_str()))
        })
        .collect();
    Some(parts.join("\n"))
}

/// A `chat item` record of the scope `chat_history`, sent once at the end.
fn from_log<'a>(case: &Case<'a>, log: &LogRow) -> Option<Item<'a>> {
    let scope = case.store.scope(log.scope)?;
    if case.store.str(scope.name) != "chat_history" {
        return None;
    }
    let item = case.store.attrs(log.attrs).get("chat.item")?.as_list()?;
    let (kind, value) = item.iter().find(|(_, value)| value.as_list().is_some())?;
    from_attrs(snake(kind), value.as_list()?, log.at())
}

/// Proto-JSON may spell the kinds in camel case.
fn snake(kind: &str) -> &str {
    match kind {
        "functionCall" => "function_call",
        "functionCallOutput" => "function_call_output",
        "agentHandoff" => "agent_handoff",
        other => other,
    }
}

/// `conversation_item_added`, written as the conversation goes: the only trace
/// of what was said when the process died before it could upload.
fn from_live_log<'a>(case: &Case<'a>, log: &LogRow) -> Option<Item<'a>> {
    if case.store.value(log.body).as_str() != Some("conversation_item_added") {
        return None;
    }
    let attrs = case.store.attrs(log.attrs);
    let get = |key: &str| attrs.get(key).and_then(|v| v.as_str());
    let user = match get("role")? {
        "user" => true,
        "assistant" => false,
        _ => return None,
    };
    let text = get("lk.pii.text").or_else(|| get("lk.text")).or_else(|| get("text"))?;
    Some(Item {
        id: get("item_id"),
        kind: ItemKind::Message { user, text: text.to_owned(), interrupted: None },
        created: log.at(),
        started: None,
        stopped: None,
        e2e_ms: None,
        eou_ms: None,
        transcription_ms: None,
        ttft_ms: None,
        ttfb_ms: None,
        model: None,
    })
}
