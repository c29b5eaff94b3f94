//! Small logs written in tests: events in, sessions out.

use super::facts::correlated;
use agentobs::model::Store;
use agentobs::realtime::{CorrelatorOptions, Outcome};
use agentobs::session::{Role, Session, build};
use serde_json::{Value, json};

/// A log that grows, an event every 100 ms.
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    time_ms: u64,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { lines: Vec::new(), time_ms: 1_795_240_758_000 }
    }

    pub(super) fn session(detection: Value) -> Self {
        Self::new().add(json!({"type":"session.created","session":{"id":"sess_1","type":"realtime",
            "model":"gpt-realtime","instructions":"one","audio":{"input":{"turn_detection":detection},
            "output":{"format":{"type":"audio/pcmu"}}}}}))
    }

    pub(super) fn vad() -> Self {
        Self::session(json!({"type":"server_vad","silence_duration_ms":500}))
    }

    pub(super) fn add(mut self, event: Value) -> Self {
        self.time_ms += 100;
        let mut event = event;
        event["_ts"] = json!(self.time_ms);
        self.lines.push(event.to_string());
        self
    }

    pub(super) fn pause(mut self, ms: u64) -> Self {
        self.time_ms += ms;
        self
    }

    /// The user speaks; the speech becomes an item.
    pub(super) fn says(self, item: &str, text: &str) -> Self {
        self.add(json!({"type":"input_audio_buffer.speech_started","item_id":item,"audio_start_ms":1000}))
            .add(json!({"type":"input_audio_buffer.speech_stopped","item_id":item,"audio_end_ms":2000}))
            .committed(item)
            .transcribed(item, text)
    }

    pub(super) fn committed(self, item: &str) -> Self {
        self.add(json!({"type":"input_audio_buffer.committed","item_id":item,"previous_item_id":null}))
            .add(json!({"type":"conversation.item.added","item":{"id":item,"type":"message","role":"user",
                "status":"completed","content":[{"type":"input_audio","transcript":null}]}}))
    }

    pub(super) fn transcribed(self, item: &str, text: &str) -> Self {
        self.add(
            json!({"type":"conversation.item.input_audio_transcription.completed","item_id":item,
            "content_index":0,"transcript":text}),
        )
    }

    pub(super) fn types(self, item: &str, text: &str) -> Self {
        self.add(json!({"type":"conversation.item.added","item":{"id":item,"type":"message","role":"user",
            "status":"completed","content":[{"type":"input_text","text":text}]}}))
    }

    pub(super) fn created(self, response: &str) -> Self {
        self.add(json!({"type":"response.created","response":{"id":response,"status":"in_progress",
            "conversation_id":"conv_1","output_modalities":["audio"]}}))
    }

    pub(super) fn done(self, response: &str, status: &str) -> Self {
        let details = match status {
            "cancelled" => json!({"type":"cancelled","reason":"turn_detected"}),
            _ => Value::Null,
        };
        self.add(json!({"type":"response.done","response":{"id":response,"status":status,
            "status_details":details,"conversation_id":"conv_1","output":[]}}))
    }

    pub(super) fn speaks(self, response: &str, item: &str, text: &str) -> Self {
        self.add(json!({"type":"response.output_audio_transcript.delta","response_id":response,"item_id":item,
            "output_index":0,"content_index":0,"delta":text}))
            .add(json!({"type":"response.output_audio.delta","response_id":response,"item_id":item,
                "output_index":0,"content_index":0,"delta":"A".repeat(3200)}))
    }

    /// A whole spoken answer.
    pub(super) fn answers(self, response: &str, text: &str) -> Self {
        let item = format!("item_of_{response}");
        self.created(response).speaks(response, &item, text).done(response, "completed")
    }

    pub(super) fn calls(self, response: &str, call: &str, name: &str) -> Self {
        let item = format!("item_of_{call}");
        self.add(json!({"type":"response.output_item.added","response_id":response,"output_index":0,
            "item":{"id":item,"type":"function_call","name":name,"call_id":call}}))
            .add(json!({"type":"response.function_call_arguments.done","response_id":response,"item_id":item,
                "output_index":0,"call_id":call,"arguments":"{}"}))
    }

    pub(super) fn output(self, call: &str, output: &str) -> Self {
        self.add(json!({"type":"conversation.item.added","item":{"id":format!("out_{call}"),
            "type":"function_call_output","call_id":call,"output":output}}))
    }

    pub(super) fn correlate(&self) -> (Store, Outcome) {
        correlated(self.lines.join("\n").as_bytes(), &CorrelatorOptions::default())
    }

    pub(super) fn sessions(&self) -> Vec<Session> {
        build(&self.correlate().0).list
    }

    /// The only session; every event must match something.
    pub(super) fn whole(&self) -> Session {
        let (store, outcome) = self.correlate();
        assert_eq!(outcome.account.unmatched().len(), 0, "{:?}", outcome.account.unmatched());
        let mut list = build(&store).list;
        assert_eq!(list.len(), 1);
        list.remove(0)
    }
}

/// Role and text of each turn.
pub(super) fn shape(session: &Session) -> Vec<(Role, Option<&str>)> {
    session.turns.iter().map(|turn| (turn.role, turn.text.as_deref())).collect()
}
