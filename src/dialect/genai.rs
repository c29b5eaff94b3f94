//! The GenAI conventions of OpenTelemetry in all their versions, and what the
//! dialects close to them share.
//!
//! Everything in them is in development and has been renamed before, so names
//! are data here: operations, session keys, span names. The voice operations
//! are drafts (`speech_to_text`, `realtime_inference`, `user_speech` …) with
//! their earlier spellings beside them.

use super::{Dialect, Framework, Marks, Op, SessionKeys, Words};
use crate::model::SpanView;

/// Any span with a `gen_ai.` or `mcp.` key.
pub const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "genai",
    marks: Marks { scopes: &[], keys: &["gen_ai.*", "mcp.*"] },
    recognise: |_| true,
    op: operation,
    session_keys: SESSION_KEYS,
    by_name: false,
    words: Words::NONE,
};

/// Keys by which conventions without a home of their own name the session.
pub(super) const SESSION_KEYS: SessionKeys = SessionKeys {
    run: &[],
    place: &[
        "gen_ai.conversation.id",
        "session.id",
        "langfuse.session.id",
        "traceloop.association.properties.session_id",
        "ai.telemetry.metadata.sessionId",
        "ai.settings.context.sessionId",
        "gcp.vertex.agent.session_id",
        "langsmith.metadata.thread_id",
        "gen_ai.thread.id",
    ],
    resource: &[],
};

/// `gen_ai.operation.name`, newest spellings and older ones.
const OPERATIONS: &[(&str, Op)] = &[
    ("chat", Op::Llm),
    ("text_completion", Op::Llm),
    ("generate_content", Op::Llm),
    ("execute_tool", Op::Tool),
    ("invoke_agent", Op::Turn),
    ("invoke_workflow", Op::Session),
    ("speech_to_text", Op::Stt),
    ("transcription", Op::Stt),
    ("stt", Op::Stt),
    ("text_to_speech", Op::Tts),
    ("speech", Op::Tts),
    ("speech_group", Op::Tts),
    ("tts", Op::Tts),
    ("realtime_inference", Op::Realtime),
    ("generate_live_content", Op::Realtime),
    ("realtime", Op::Realtime),
    ("user_speech", Op::Speech),
    ("user_input", Op::Speech),
    ("handoff", Op::Handoff),
    ("agent_handoff", Op::Handoff),
];

/// Span names of the conventions, for emitters that leave the operation out.
const NAMES: &[(&str, Op)] = &[
    ("chat ", Op::Llm),
    ("execute_tool ", Op::Tool),
    ("invoke_agent ", Op::Turn),
    ("invoke_workflow ", Op::Session),
];

/// Keys that only model calls have.
const MODEL_KEYS: &[&str] = &[
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.output_tokens",
];

/// What a span does by the operation it names, else by its name, else by the
/// keys it has.
pub(super) fn operation(span: &SpanView<'_>) -> Op {
    if let Some(name) = span.text("gen_ai.operation.name") {
        let known = OPERATIONS.iter().find(|(operation, _)| *operation == name);
        return known.map_or(Op::Other, |(_, op)| *op);
    }
    if span.text("mcp.method.name") == Some("tools/call") {
        return Op::Tool;
    }
    if let Some((_, op)) = NAMES.iter().find(|(prefix, _)| span.name().starts_with(prefix)) {
        return *op;
    }
    let calls_model = || MODEL_KEYS.iter().any(|key| span.attr(key).is_some());
    voice_name(span.name()).unwrap_or_else(|| if calls_model() { Op::Llm } else { Op::Other })
}

/// Names that people give to spans of their own, where a convention has no
/// word for speech.
const VOICE_NAMES: &[(&str, Op)] = &[
    ("stt", Op::Stt),
    ("asr", Op::Stt),
    ("transcribe", Op::Stt),
    ("transcription", Op::Stt),
    ("speech_to_text", Op::Stt),
    ("speech-to-text", Op::Stt),
    ("tts", Op::Tts),
    ("synthesize", Op::Tts),
    ("speech", Op::Tts),
    ("speech_group", Op::Tts),
    ("text_to_speech", Op::Tts),
    ("text-to-speech", Op::Tts),
];

/// What a span named by a person does, if its name says that it is about speech.
pub(super) fn voice_name(name: &str) -> Option<Op> {
    VOICE_NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, op)| *op)
}

/// Spans that cover one exchange, the user's half and the agent's, and begin a
/// new one whatever is in them. Other turn spans are runs of an agent: several
/// may make one reply.
#[must_use]
pub fn covers_exchange(span: &SpanView<'_>) -> bool {
    match span.name() {
        "pipecat.conversation.turn" | "conversation.turn" => true,
        "turn" => span.scope_name() == "pipecat.turn",
        name => name.starts_with("elevenlabs.turn.") || span.attr("ai.operationId").is_some(),
    }
}
