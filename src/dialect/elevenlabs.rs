//! ElevenLabs Agents: OTLP inside a webhook's body, the API's answer, or the
//! monitoring stream. Times are whole seconds.

use super::{Dialect, Framework, Marks, Op, SessionKeys, Words, genai};
use crate::model::SpanView;

/// ElevenLabs Agents.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "elevenlabs",
    marks: Marks { scopes: &["elevenlabs.convai"], keys: &["elevenlabs.*"] },
    recognise: |_| true,
    op,
    session_keys: SessionKeys { resource: &["elevenlabs.conversation_id"], ..genai::SESSION_KEYS },
    by_name: false,
    words: Words { output: &[("elevenlabs.agent.text", super::Part::Text)], ..Words::NONE },
};

fn op(span: &SpanView<'_>) -> Op {
    match span.name() {
        "elevenlabs.conversation" => Op::Session,
        "elevenlabs.recv.user_transcript" => Op::Stt,
        "elevenlabs.recv.agent_response" => Op::Realtime,
        name if name.starts_with("elevenlabs.turn.") => Op::Turn,
        name if name.starts_with("elevenlabs.tool.") => Op::Tool,
        _ => Op::Other,
    }
}
