//! What a language model was given: the full input of a call, put together
//! where the SDK recorded only what was new.
//!
//! LiveKit's `record={"input_delta": True}` (`telemetry/input_delta.py`): a
//! call's record is that of `lk.input.base_span_id` minus its last
//! `lk.input.dropped_from_base` entries, plus the call's own. Chains span a
//! whole session, so they are followed with a loop, never by recursion.

use crate::model::{SpanIx, SpanView, Store};
use crate::wire::json_of;
use hashbrown::HashSet;
use serde_json::Value;

/// The input of one model call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmInput {
    /// Messages in order, in the source's own shape.
    pub messages: Vec<Value>,
    /// Whether they were put together from the inputs of earlier calls.
    pub rebuilt: bool,
    /// The span that holds the part that is missing, when it is not in the
    /// data: the messages before the first one here are not known.
    pub missing_base: Option<u64>,
}

/// Keys that hold an input, and the member of the document that is the list.
const INPUT_KEYS: &[(&str, Option<&str>)] = &[
    ("gen_ai.input.messages", None),
    ("lk.pii.chat_ctx", Some("items")),
    ("lk.chat_ctx", Some("items")),
];

/// The full input of a model call; `None` when the span records none.
#[must_use]
pub fn llm_input(store: &Store, span: SpanIx) -> Option<LlmInput> {
    let first = store.span(span)?;
    let key = INPUT_KEYS.iter().find(|(key, _)| first.attr(key).is_some())?;
    let mut chain = vec![first];
    let mut seen = HashSet::new();
    let mut input = LlmInput::default();
    while let Some(base) = chain.last().and_then(base_id) {
        input.rebuilt = true;
        let found = chain
            .last()
            .filter(|_| seen.insert(base))
            .and_then(|view| store.find_span(view.row.trace, base))
            .and_then(|ix| store.span(ix));
        match found {
            Some(view) => chain.push(view),
            None => {
                input.missing_base = Some(base);
                break;
            }
        }
    }
    for view in chain.iter().rev() {
        let dropped = view.number("lk.input.dropped_from_base").unwrap_or(0.0) as usize;
        input.messages.truncate(input.messages.len().saturating_sub(dropped));
        input.messages.extend(own_messages(view, *key));
    }
    Some(input)
}

fn base_id(view: &SpanView<'_>) -> Option<u64> {
    view.attr("lk.input.delta").and_then(|flag| flag.as_bool()).filter(|delta| *delta)?;
    u64::from_str_radix(view.text("lk.input.base_span_id")?, 16).ok()
}

fn own_messages(view: &SpanView<'_>, (key, member): (&str, Option<&str>)) -> Vec<Value> {
    let Some(value) = view.attr(key) else { return Vec::new() };
    let parsed = match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        // LiveKit Cloud's export parses JSON text into key-value lists.
        None => json_of(value),
    };
    let list = match member {
        Some(member) => parsed.get(member).cloned().unwrap_or(Value::Null),
        None => parsed,
    };
    match list {
        Value::Array(messages) => messages,
        _ => Vec::new(),
    }
}
