//! What spans say of messages, transcripts and speech, wherever they say it:
//! attributes (JSON or structured), flattened attributes, span events.

use super::entries::{Entry, Speaker, entries, entries_of_text};
use crate::dialect::{Part, Words};
use crate::model::{List, SpanView, Value};
use crate::wire::json_of;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

type Keys = &'static [(&'static str, Part)];

/// Flattened lists: `llm.input_messages.0.message.role` (OpenInference),
/// `gen_ai.prompt.0.role` (OpenLLMetry).
const FLAT_INPUT: &[&str] = &["llm.input_messages.", "gen_ai.prompt."];
const FLAT_OUTPUT: &[&str] = &["llm.output_messages.", "gen_ai.completion."];

/// Calls that stand beside the text of an answer.
const CALLS_BESIDE: &str = "ai.response.toolCalls";

/// What a model or an agent was given.
pub(super) fn input(view: &SpanView<'_>, own: &Words) -> Vec<Entry> {
    let found = first(view, own.input, Speaker::User);
    let found = found.or_else(|| flattened(view.attrs(), FLAT_INPUT, Speaker::User));
    let found = found.or_else(|| first(view, Words::COMMON.input, Speaker::User));
    found.unwrap_or_else(|| from_events(view, false))
}

/// What a model or an agent answered.
pub(super) fn output(view: &SpanView<'_>, own: &Words) -> Vec<Entry> {
    let found = first(view, own.output, Speaker::Agent);
    let found = found.or_else(|| flattened(view.attrs(), FLAT_OUTPUT, Speaker::Agent));
    let found = found.or_else(|| first(view, Words::COMMON.output, Speaker::Agent));
    let mut found = found.unwrap_or_else(|| from_events(view, true));
    if let Some(calls) = view.text(CALLS_BESIDE) {
        found.extend(entries_of_text(calls, Speaker::Agent));
    }
    found
}

/// What the user said, on a span of speech recognition. Its messages are the
/// user's whatever role they name.
pub(super) fn transcript(view: &SpanView<'_>, own: &Words) -> Option<String> {
    words_of(view, own.transcript, Words::COMMON.transcript)
}

/// What the agent says, on a span of speech synthesis.
pub(super) fn spoken(view: &SpanView<'_>, own: &Words) -> Option<String> {
    words_of(view, own.spoken, Words::COMMON.spoken)
}

fn words_of(view: &SpanView<'_>, own: Keys, common: Keys) -> Option<String> {
    let found = first(view, own, Speaker::User).or_else(|| first(view, common, Speaker::User))?;
    let texts: Vec<&str> = found
        .iter()
        .filter_map(|entry| match entry {
            Entry::User(text) | Entry::Agent(text) => Some(text.trim()),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// Entries of the first key that has any.
fn first(view: &SpanView<'_>, keys: Keys, speaker: Speaker) -> Option<Vec<Entry>> {
    keys.iter()
        .filter_map(|(key, part)| Some(of_value(view.attr(key)?, *part, speaker)))
        .find(|found| !found.is_empty())
}

fn of_value(value: Value<'_>, part: Part, speaker: Speaker) -> Vec<Entry> {
    match (value.as_str(), part) {
        (Some(text), Part::Messages) => entries_of_text(text, speaker),
        (Some(text), Part::Text) => entries(&Json::String(text.to_owned()), speaker),
        (None, _) => entries(&json_of(value), speaker),
    }
}

/// Old conventions tell each message by a span event, newer ones all by one.
fn from_events(view: &SpanView<'_>, output: bool) -> Vec<Entry> {
    let mut found = Vec::new();
    for event in view.events() {
        let attrs = view.store.attrs(event.attrs);
        let speaker = match (view.store.str(event.name), output) {
            ("gen_ai.client.inference.operation.details", _) => {
                let key = if output { "gen_ai.output.messages" } else { "gen_ai.input.messages" };
                let speaker = if output { Speaker::Agent } else { Speaker::User };
                if let Some(value) = attrs.get(key) {
                    found.extend(of_value(value, Part::Messages, speaker));
                }
                continue;
            }
            ("gen_ai.choice", true) => Speaker::Agent,
            ("gen_ai.system.message", false) => Speaker::System,
            ("gen_ai.user.message", false) => Speaker::User,
            ("gen_ai.assistant.message", false) => Speaker::Agent,
            ("gen_ai.tool.message", false) => Speaker::Tool,
            _ => continue,
        };
        found.extend(of_event(attrs, speaker));
    }
    found
}

/// A message spelled out as attributes of an event, or as JSON in one of them.
fn of_event(attrs: List<'_>, speaker: Speaker) -> Vec<Entry> {
    for key in ["gen_ai.event.content", "message"] {
        if let Some(value) = attrs.get(key) {
            return of_value(value, Part::Messages, speaker);
        }
    }
    let message: Map<String, Json> = attrs
        .iter()
        .map(|(key, value)| {
            let parsed = value.as_str().filter(|_| key == "tool_calls");
            let parsed = parsed.and_then(|text| serde_json::from_str(text).ok());
            (key.to_owned(), parsed.unwrap_or_else(|| json_of(value)))
        })
        .collect();
    entries(&Json::Object(message), speaker)
}

#[derive(Default)]
struct FlatMessage {
    fields: Map<String, Json>,
    contents: BTreeMap<usize, String>,
    calls: BTreeMap<usize, Map<String, Json>>,
}

/// Messages written as one attribute a leaf. Numbers may skip and come in any
/// order.
fn flattened(attrs: List<'_>, prefixes: &[&str], speaker: Speaker) -> Option<Vec<Entry>> {
    let mut messages: BTreeMap<usize, FlatMessage> = BTreeMap::new();
    for (key, value) in attrs.iter() {
        let Some(rest) = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix)) else {
            continue;
        };
        let Some((number, path)) = rest.split_once('.') else { continue };
        let Ok(number) = number.parse() else { continue };
        let path = path.strip_prefix("message.").unwrap_or(path);
        messages.entry(number).or_default().set(path, value);
    }
    let list: Vec<Json> = messages.into_values().map(FlatMessage::into_json).collect();
    Some(entries(&Json::Array(list), speaker)).filter(|found| !found.is_empty())
}

impl FlatMessage {
    fn set(&mut self, path: &str, value: Value<'_>) {
        if let Some((number, leaf)) = numbered(path, "contents.") {
            if let ("message_content.text", Some(text)) = (leaf, value.as_str()) {
                self.contents.insert(number, text.to_owned());
            }
        } else if let Some((number, leaf)) = numbered(path, "tool_calls.") {
            let leaf = leaf.strip_prefix("tool_call.").unwrap_or(leaf);
            let leaf = leaf.strip_prefix("function.").unwrap_or(leaf);
            self.calls.entry(number).or_default().insert(leaf.to_owned(), json_of(value));
        } else {
            self.fields.insert(path.to_owned(), json_of(value));
        }
    }

    fn into_json(mut self) -> Json {
        if !self.fields.contains_key("content") && !self.contents.is_empty() {
            let texts: Vec<String> = self.contents.into_values().collect();
            self.fields.insert("content".to_owned(), Json::String(texts.join(" ")));
        }
        if !self.calls.is_empty() {
            let calls = self.calls.into_values().map(Json::Object).collect();
            self.fields.insert("tool_calls".to_owned(), Json::Array(calls));
        }
        Json::Object(self.fields)
    }
}

/// `tool_calls.2.id` as 2 and `id`.
fn numbered<'a>(path: &'a str, list: &str) -> Option<(usize, &'a str)> {
    let (number, leaf) = path.strip_prefix(list)?.split_once('.')?;
    Some((number.parse().ok()?, leaf))
}
