//! One reader for the ways in which messages are written: parts of the GenAI
//! conventions, OpenAI chat, items of OpenAI Responses, parts of the AI SDK,
//! and their relatives (Gemini, Anthropic, Bedrock).
//!
//! All of them become a flat list of entries in the conversation's order.
//! Reasoning and media are no entries: nobody hears them as text.

use serde_json::{Map, Value};

/// One thing in a conversation's record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    /// Instructions; no part of the conversation.
    System,
    /// What the user said.
    User(String),
    /// What the agent said.
    Agent(String),
    /// A tool call that the model asked for.
    Call(Call),
    /// What a tool gave back.
    Answer(Answer),
}

/// A tool call in a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Call {
    pub id: Option<String>,
    pub name: String,
    pub arguments: Option<String>,
}

/// A tool's result in a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub id: Option<String>,
    pub output: Option<String>,
}

/// Whose words a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    System,
    User,
    Agent,
    Tool,
}

impl Speaker {
    fn of_role(role: &str) -> Option<Self> {
        match role.to_ascii_lowercase().as_str() {
            "system" | "developer" => Some(Self::System),
            "user" | "human" => Some(Self::User),
            "assistant" | "model" | "agent" | "ai" | "bot" => Some(Self::Agent),
            "tool" | "function" => Some(Self::Tool),
            _ => None,
        }
    }
}

/// Messages nest: a request holds messages, these hold parts, these hold text.
const DEPTH: u32 = 8;

/// Entries of a message, of a list of messages, of a request or a response.
/// What says no role is `speaker`'s.
pub(super) fn entries(json: &Value, speaker: Speaker) -> Vec<Entry> {
    let mut out = Vec::new();
    collect(json, speaker, DEPTH, &mut out);
    pair_answers(&mut out);
    out
}

/// Entries of text that may be JSON.
pub(super) fn entries_of_text(text: &str, speaker: Speaker) -> Vec<Entry> {
    let looks_like_json = text.trim_start().starts_with(['[', '{', '"']);
    let parsed = if looks_like_json { serde_json::from_str(text).ok() } else { None };
    match parsed {
        Some(json) => entries(&json, speaker),
        None => {
            let mut out = Vec::new();
            push_text(text, speaker, &mut out);
            out
        }
    }
}

fn collect(json: &Value, speaker: Speaker, depth: u32, out: &mut Vec<Entry>) {
    if depth == 0 {
        return;
    }
    match json {
        Value::String(text) => push_text(text, speaker, out),
        Value::Array(items) => {
            for item in items {
                collect(item, speaker, depth - 1, out);
            }
        }
        Value::Object(object) => collect_object(object, speaker, depth, out),
        _ => {}
    }
}

/// Members that hold messages or parts, in the order in which they are said.
const INSIDE: &[&str] =
    &["messages", "contents", "choices", "candidates", "message", "parts", "content", "output"];

fn collect_object(object: &Map<String, Value>, speaker: Speaker, depth: u32, out: &mut Vec<Entry>) {
    let role = text(object, &["role"]).and_then(Speaker::of_role);
    let speaker = role.unwrap_or(speaker);
    let kind = text(object, &["type", "event.name"]).unwrap_or_default();
    if let Some(entry) = tool_entry(object, kind) {
        out.push(entry);
        return;
    }
    if is_silent(kind) {
        return;
    }
    let holds_parts =
        ["content", "parts"].iter().any(|key| object.get(*key).is_some_and(Value::is_array));
    if speaker == Speaker::Tool && !holds_parts {
        out.push(Entry::Answer(Answer {
            id: owned(object, &["tool_call_id", "id"]),
            output: object.get("content").and_then(plain),
        }));
        return;
    }
    let first = out.len();
    if let Some(said) = text(object, &["text", "transcript"]) {
        push_text(said, speaker, out);
    }
    if let Some(prompt) = text(object, &["prompt"]) {
        push_text(prompt, Speaker::User, out);
    }
    for key in INSIDE {
        if let Some(inside) = object.get(*key) {
            let inner = if *key == "output" { Speaker::Agent } else { speaker };
            collect(inside, inner, depth - 1, out);
        }
    }
    if role.is_some() {
        join_parts(out, first);
    }
    for call in object.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        out.extend(call.as_object().and_then(chat_call).map(Entry::Call));
    }
}

/// Parts that are heard or seen otherwise, or by nobody.
fn is_silent(kind: &str) -> bool {
    matches!(
        kind,
        "reasoning"
            | "thinking"
            | "redacted_thinking"
            | "blob"
            | "file"
            | "uri"
            | "image"
            | "image_url"
            | "input_image"
            | "input_file"
            | "mcp_list_tools"
            | "mcp_approval_request"
    )
}

/// A part or item that is a tool's call or answer.
fn tool_entry(object: &Map<String, Value>, kind: &str) -> Option<Entry> {
    match kind {
        "tool_call" | "function_call" | "tool-call" | "tool_use" | "server_tool_call"
        | "mcp_call" => return typed_call(object).map(Entry::Call),
        "tool_call_response"
        | "function_call_output"
        | "tool-result"
        | "tool_result"
        | "server_tool_call_response" => return Some(Entry::Answer(answer(object))),
        _ => {}
    }
    let inside = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_object());
    if let Some(call) = inside(&["functionCall", "function_call", "toolUse"]) {
        return typed_call(call).map(Entry::Call);
    }
    if let Some(found) = inside(&["functionResponse", "function_response", "toolResult"]) {
        return Some(Entry::Answer(answer(found)));
    }
    None
}

fn typed_call(object: &Map<String, Value>) -> Option<Call> {
    Some(Call {
        id: owned(object, &["call_id", "toolCallId", "toolUseId", "id"]),
        name: owned(object, &["name", "toolName"])?,
        arguments: ["arguments", "input", "args"].iter().find_map(|key| plain(object.get(*key)?)),
    })
}

/// `tool_calls` of an OpenAI chat message.
fn chat_call(object: &Map<String, Value>) -> Option<Call> {
    let function = object.get("function").and_then(Value::as_object);
    let mut call = typed_call(function.unwrap_or(object))?;
    call.id = owned(object, &["id", "call_id"]);
    Some(call)
}

fn answer(object: &Map<String, Value>) -> Answer {
    Answer {
        id: owned(object, &["call_id", "toolCallId", "toolUseId", "tool_use_id", "id"]),
        output: ["response", "result", "output", "content"]
            .iter()
            .find_map(|key| plain(unwrapped(object.get(*key)?))),
    }
}

/// The AI SDK wraps results: `{"type": "json", "value": …}`.
fn unwrapped(json: &Value) -> &Value {
    let wraps = json.get("type").is_some_and(Value::is_string);
    json.get("value").filter(|_| wraps).unwrap_or(json)
}

/// Text as it is; parts as their text; everything else as JSON text.
pub(super) fn plain(json: &Value) -> Option<String> {
    match json {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts: Option<Vec<&str>> = parts
                .iter()
                .map(|part| part.as_object().filter(|o| o.len() <= 2)?.get("text")?.as_str())
                .collect();
            match texts {
                Some(texts) if !texts.is_empty() => Some(texts.join("\n")),
                _ => Some(json.to_string()),
            }
        }
        _ => Some(json.to_string()),
    }
}

fn text<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| object.get(*key)?.as_str()).filter(|text| !text.is_empty())
}

fn owned(object: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| object.get(*key)?.as_str().filter(|text| !text.is_empty()))
        .map(str::to_owned)
}

fn push_text(text: &str, speaker: Speaker, out: &mut Vec<Entry>) {
    if text.trim().is_empty() {
        return;
    }
    out.push(match speaker {
        Speaker::System => Entry::System,
        Speaker::User => Entry::User(text.to_owned()),
        Speaker::Agent => match printed_call(text) {
            Some(call) => Entry::Call(call),
            None => Entry::Agent(text.to_owned()),
        },
        Speaker::Tool => Entry::Answer(Answer { id: None, output: Some(text.to_owned()) }),
    });
}

/// A tool call printed as a Python object, as otel-v2 puts it in place of text.
fn printed_call(text: &str) -> Option<Call> {
    let fields = text.strip_prefix("ResponseFunctionToolCall(")?;
    let field = |name: &str| {
        let (_, rest) = fields.split_once(&format!("{name}='"))?;
        let (value, _) = rest.split_once("', ")?;
        Some(value.replace("\\'", "'"))
    };
    Some(Call { id: field("call_id"), name: field(" name")?, arguments: field("arguments") })
}

/// Several parts of one message are one entry.
fn join_parts(out: &mut Vec<Entry>, first: usize) {
    let parts = out.split_off(first.min(out.len()));
    for part in parts {
        let here = out.len() > first;
        match (out.last_mut().filter(|_| here), part) {
            (Some(Entry::User(text)), Entry::User(more))
            | (Some(Entry::Agent(text)), Entry::Agent(more)) => {
                text.push(' ');
                text.push_str(more.trim());
            }
            (_, part) => out.push(part),
        }
    }
}

/// Some records leave ids out of results: they answer the calls before them in
/// order.
fn pair_answers(out: &mut [Entry]) {
    let mut open: Vec<Option<String>> = Vec::new();
    for entry in out {
        match entry {
            Entry::Call(call) => open.push(call.id.clone()),
            Entry::Answer(answer) => match &answer.id {
                Some(id) => open.retain(|waiting| waiting.as_ref() != Some(id)),
                None if !open.is_empty() => answer.id = open.remove(0),
                None => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Call, Entry, Speaker, entries_of_text};

    fn call(id: &str, arguments: &str) -> Entry {
        Entry::Call(Call {
            id: Some(id.to_owned()),
            name: "slot".to_owned(),
            arguments: Some(arguments.to_owned()),
        })
    }

    fn answer(id: &str, output: &str) -> Entry {
        Entry::Answer(Answer { id: Some(id.to_owned()), output: Some(output.to_owned()) })
    }

    /// One exchange in every dialect.
    #[test]
    fn dialects_say_the_same() {
        let args = r#"{"day":"Friday"}"#;
        let out = r#"{"at":"10:30"}"#;
        let expected = vec![
            Entry::System,
            Entry::User("Friday?".to_owned()),
            call("c1", args),
            answer("c1", out),
            Entry::Agent("Half past ten.".to_owned()),
        ];
        let rows = [
            // Parts of the GenAI conventions.
            r#"[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},
                {"role":"user","parts":[{"type":"text","content":"Friday?"}]},
                {"role":"assistant","parts":[{"type":"reasoning","content":"hm"},
                  {"type":"tool_call","id":"c1","name":"slot","arguments":{"day":"Friday"}}]},
                {"role":"tool","parts":[{"type":"tool_call_response","id":"c1","result":{"at":"10:30"}}]},
                {"role":"assistant","parts":[{"type":"text","content":"Half past"},{"type":"text","content":"ten."}]}]"#,
            // OpenAI chat, with a result that leaves its id out.
            r#"[{"role":"developer","content":"Be brief."},{"role":"user","content":"Friday?"},
                {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                  "function":{"name":"slot","arguments":"{\"day\":\"Friday\"}"}}]},
                {"role":"tool","content":"{\"at\":\"10:30\"}"},
                {"role":"assistant","content":[{"type":"text","text":"Half past ten."}]}]"#,
            // Items of OpenAI Responses.
            r#"[{"role":"system","content":"Be brief."},{"role":"user","content":"Friday?"},
                {"type":"function_call","id":"fc_1","call_id":"c1","name":"slot","arguments":"{\"day\":\"Friday\"}"},
                {"type":"function_call_output","call_id":"c1","output":"{\"at\":\"10:30\"}"},
                {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Half past ten."}]}]"#,
            // Parts of the AI SDK.
            r#"[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Friday?"}]},
                {"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"slot","input":{"day":"Friday"}}]},
                {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"slot",
                  "output":{"type":"json","value":{"at":"10:30"}}}]},
                {"role":"assistant","content":"Half past ten."}]"#,
        ];
        for row in rows {
            assert_eq!(entries_of_text(row, Speaker::User), expected, "{row}");
        }
    }

    #[test]
    fn text_is_text() {
        let said = |text: &str| vec![Entry::Agent(text.to_owned())];
        assert_eq!(entries_of_text("Booked.", Speaker::Agent), said("Booked."));
        assert_eq!(entries_of_text("[sighs] no", Speaker::Agent), said("[sighs] no"));
        assert_eq!(entries_of_text(r#""Gut.""#, Speaker::Agent), said("Gut."));
        assert_eq!(entries_of_text("  ", Speaker::Agent), vec![]);
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(entries_of_text(&deep, Speaker::Agent), said(&deep));
    }

    #[test]
    fn printed_calls_are_calls() {
        let text = "ResponseFunctionToolCall(arguments='{\"day\":\"Friday\"}', call_id='c1', \
                    name='slot', type='function_call', status='completed')";
        assert_eq!(entries_of_text(text, Speaker::Agent), vec![call("c1", r#"{"day":"Friday"}"#)]);
    }
}
