//! `ContentPolicy::None`: nothing that was said, sent or answered leaves.

use super::facts::correlated;
use super::recording::{SCENARIOS, log};
use super::script::Log;
use agentobs::model::{Store, StrId};
use agentobs::realtime::{ContentPolicy, Conventions, CorrelatorOptions};
use agentobs::session::build;
use agentobs::wire::realtime::{EventReader, Limits};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Members of events whose text is content.
const CONTENT: &[&str] = &[
    "transcript",
    "text",
    "arguments",
    "output",
    "instructions",
    "message",
    "delta",
    "description",
];

/// All content of a log, long enough to be told from other words.
fn content_of(log: &[u8]) -> BTreeSet<String> {
    fn collect(value: &Value, all: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    match value.as_str() {
                        Some(text)
                            if CONTENT.contains(&key.as_str()) && text.trim().contains(" ") =>
                        {
                            all.insert(text.trim().to_owned());
                        }
                        _ => collect(value, all),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
            _ => {}
        }
    }
    let mut input = log;
    let mut reader = EventReader::new(&mut input, Limits::default());
    let mut all = BTreeSet::new();
    while reader.read(&mut |event| {
        if let Ok(event) = serde_json::from_slice(event.json) {
            collect(&event, &mut all);
        }
    }) {}
    all
}

/// All text of a store.
fn texts(store: &Store) -> Vec<String> {
    let mut empty = 0;
    (0u32..)
        .map(|id| store.str(StrId(id)).to_owned())
        .take_while(|text| {
            empty += usize::from(text.is_empty());
            empty < 100
        })
        .collect()
}

fn leaks(log: &[u8], words: &BTreeSet<String>) -> Vec<String> {
    let options = CorrelatorOptions {
        content: ContentPolicy::None,
        track_deltas: true,
        conventions: Conventions::Proposed,
        ..CorrelatorOptions::default()
    };
    let (store, _) = correlated(log, &options);
    assert!(store.spans().len() > 1);
    let texts = texts(&store);
    words.iter().filter(|word| texts.iter().any(|text| text.contains(*word))).cloned().collect()
}

#[test]
fn nothing_said_is_written_of_any_recording() {
    for scenario in SCENARIOS.iter().filter(|name| **name != "long_call") {
        let bytes = log(scenario);
        let words = content_of(&bytes);
        assert!(words.len() > 3, "{scenario}");
        assert_eq!(leaks(&bytes, &words), Vec::<String>::new(), "{scenario}");
        // The check sees what it looks for.
        let (store, _) = correlated(&bytes, &CorrelatorOptions::default());
        let all = texts(&store);
        assert!(words.iter().any(|word| all.iter().any(|text| text.contains(word))), "{scenario}");
    }
}

#[test]
fn errors_calls_and_outputs_keep_silent_too() {
    let secret = |what: &str| format!("SECRET of the {what}");
    let mcp = json!({"id":"mcp_1","type":"mcp_call","server_label":"srv","name":"ask","arguments":secret("mcp call"),
        "error":{"type":"tool_execution_error","message":secret("mcp error")},"output":secret("mcp output")});
    let request = json!({"id":"mcpr_1","type":"mcp_approval_request","server_label":"srv","name":"ask",
        "arguments":secret("approval")});
    let item = |response: &str, item: &Value| json!({"type":"response.output_item.done","response_id":response,"output_index":0,"item":item});
    let log = Log::vad()
        .says("item_1", &secret("user"))
        .add(json!({"type":"response.create","response":{"conversation":"none","instructions":secret("prompt"),
            "metadata":{"note":secret("metadata")}}}))
        .add(json!({"type":"response.created","response":{"id":"resp_0","conversation_id":null,
            "metadata":{"note":secret("metadata")}}}))
        .speaks("resp_0", "item_0", &secret("aside"))
        .created("resp_1")
        .calls("resp_1", "call_1", "work")
        .add(item("resp_1", &mcp))
        .add(item("resp_1", &request))
        .output("call_1", &format!("{{\"error\":\"{}\"}}", secret("output")))
        .output("call_9", &secret("loose output"))
        .add(json!({"type":"error","error":{"type":"invalid_request_error","code":"bad","message":secret("error")}}))
        .add(json!({"type":"response.done","response":{"id":"resp_1","status":"failed","conversation_id":"conv_1",
            "status_details":{"type":"failed","error":{"type":"server_error","message":secret("failure")}}}}))
        .add(json!({"type":"input_audio_buffer.dtmf_event_received","event":secret("key")}))
        .committed("item_2")
        .add(json!({"type":"conversation.item.input_audio_transcription.delta","item_id":"item_2","delta":secret("delta")}))
        .committed("item_3")
        .add(json!({"type":"conversation.item.input_audio_transcription.failed","item_id":"item_3",
            "error":{"type":"server_error","message":secret("transcription")}}))
        .add(json!({"type":"session.input_transcript.delta","delta":secret("translation"),"elapsed_ms":1}));
    let words: BTreeSet<String> = std::iter::once("SECRET".to_owned()).collect();
    assert_eq!(leaks(log.lines.join("\n").as_bytes(), &words), Vec::<String>::new());
    // Types and codes stay.
    let options =
        CorrelatorOptions { content: ContentPolicy::None, ..CorrelatorOptions::default() };
    let (store, _) = correlated(log.lines.join("\n").as_bytes(), &options);
    let session = build(&store).list.remove(0);
    let types: Vec<_> = session.errors.iter().filter_map(|e| e.error_type.as_deref()).collect();
    assert!(types.contains(&"bad"), "{types:?}");
    assert!(session.turns.iter().all(|turn| turn.text.is_none()));
}
