//! LiveKit Agents, Python SDK 1.2 to 1.8.
//!
//! Names and keys: `livekit/agents/telemetry/trace_types.py` and the files that
//! open the spans. From 1.7.0 content keys carry the prefix `lk.pii.`; readers
//! here always try both spellings ([`content`]).

use super::{Dialect, Framework, Marks, Op, SessionKeys, Words};
use crate::model::{SpanView, Value};

/// LiveKit Agents.
pub const DIALECT: Dialect = Dialect {
    framework: Framework::Livekit,
    name: "livekit",
    marks: Marks { scopes: SCOPES, keys: &["lk.*"] },
    recognise,
    op,
    session_keys: SessionKeys {
        run: &["job_id", "lk.job_id"],
        place: &["lk.room_sid", "room_id", "gen_ai.conversation.id"],
        resource: &[],
    },
    by_name: true,
    words: Words::NONE,
};

const SCOPES: &[&str] = &["livekit-agents", "@livekit/agents", "livekit.agents"];

/// Span names that only LiveKit writes; with an `lk.` key they prove the
/// dialect even where an exporter lost the scope.
const OWN_NAMES: &[&str] = &[
    "agent_turn",
    "assistant_turn",
    "realtime_assistant_turn",
    "user_turn",
    "llm_node",
    "tts_node",
    "function_tool",
    "agent_session",
    "job_entrypoint",
];

/// What each span does. Names that are missing here are `other`.
const OPS: &[(&str, Op)] = &[
    ("agent_session", Op::Session),
    ("job_entrypoint", Op::Session),
    ("user_turn", Op::Turn),
    ("agent_turn", Op::Turn),
    ("assistant_turn", Op::Turn),
    ("realtime_assistant_turn", Op::Turn),
    ("user_speaking", Op::Speech),
    ("agent_speaking", Op::Speech),
    ("eou_wait", Op::Eou),
    ("eou_detection", Op::Eou),
    ("llm_node", Op::Llm),
    ("llm_request", Op::Llm),
    ("llm_request_run", Op::Llm),
    ("llm_fallback_adapter", Op::Llm),
    ("tts_node", Op::Tts),
    ("tts_request", Op::Tts),
    ("tts_request_run", Op::Tts),
    ("tts_fallback_adapter", Op::Tts),
    ("tts_stream_adapter", Op::Tts),
    ("stt_request", Op::Stt),
    ("stt_fallback_adapter", Op::Stt),
    ("realtime_inference", Op::Realtime),
    ("realtime_metrics", Op::Realtime),
    ("function_tool", Op::Tool),
    ("update_agent", Op::Handoff),
    ("on_user_turn_completed", Op::Hook),
    ("on_enter", Op::Hook),
    ("on_exit", Op::Hook),
    ("on_session_end", Op::Hook),
    ("shutdown_callback", Op::Hook),
    ("rpc_handler", Op::Hook),
    ("session_start", Op::Lifecycle),
    ("session_close", Op::Lifecycle),
    ("session_end_upload", Op::Lifecycle),
    ("start_agent_activity", Op::Lifecycle),
    ("drain_agent_activity", Op::Lifecycle),
    ("pause_agent_activity", Op::Lifecycle),
    ("resume_agent_activity", Op::Lifecycle),
    ("setup_toolsets", Op::Lifecycle),
    ("room_connect", Op::Lifecycle),
    ("room_disconnect", Op::Lifecycle),
    ("wait_for_participant", Op::Lifecycle),
    ("wait_for_audio_track", Op::Lifecycle),
    ("publish_audio_output", Op::Lifecycle),
    ("job_shutdown", Op::Lifecycle),
    ("event_loop_blocked", Op::Lifecycle),
    ("judge_evaluation", Op::Eval),
];

fn recognise(span: &SpanView<'_>) -> bool {
    if SCOPES.contains(&span.scope_name()) {
        return true;
    }
    OWN_NAMES.contains(&span.name()) && span.attrs().iter().any(|(key, _)| key.starts_with("lk."))
}

fn op(span: &SpanView<'_>) -> Op {
    let name = span.name();
    OPS.iter().find(|(known, _)| *known == name).map_or(Op::Other, |(_, op)| *op)
}

/// Whether a name is that of an agent's turn in any version.
#[must_use]
pub fn is_agent_turn(name: &str) -> bool {
    matches!(name, "agent_turn" | "assistant_turn" | "realtime_assistant_turn")
}

/// A content attribute in either spelling: `lk.pii.<key>` (1.7 and later) or
/// `lk.<key>`.
#[must_use]
pub fn content<'a>(span: &SpanView<'a>, key: &str) -> Option<Value<'a>> {
    span.attr(&format!("lk.pii.{key}")).or_else(|| span.attr(&format!("lk.{key}")))
}

/// [`content`] as text; an empty text counts as present.
#[must_use]
pub fn content_text<'a>(span: &SpanView<'a>, key: &str) -> Option<&'a str> {
    content(span, key).and_then(|value| value.as_str())
}

/// A number of seconds in milliseconds.
#[must_use]
pub fn seconds_as_ms(span: &SpanView<'_>, key: &str) -> Option<f64> {
    span.number(key).map(|seconds| seconds * 1e3)
}

/// The delay from end of speech to the turn decision, whose key was renamed in 1.3.
#[must_use]
pub fn end_of_turn_delay_ms(span: &SpanView<'_>) -> Option<f64> {
    seconds_as_ms(span, "lk.end_of_turn_delay")
        .or_else(|| seconds_as_ms(span, "lk.end_of_utterance_delay"))
}
