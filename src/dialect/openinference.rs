//! OpenInference (Arize Phoenix and others), semantic conventions 0.1.42.
//!
//! Its instrumentor for Pipecat marks speech recognition and synthesis as
//! model calls, and the one for OpenAI Agents leaves speech as plain chains;
//! their span names tell.

use super::{Dialect, Framework, Marks, Op, Part, Words, genai};
use crate::model::SpanView;

const SCOPE_AGENTS: &str = "openinference.instrumentation.openai_agents";
const SCOPE_PIPECAT: &str = "openinference.instrumentation.pipecat";

/// Spans of any instrumentor of OpenInference.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "openinference",
    marks: Marks {
        scopes: &["openinference.instrumentation.*"],
        keys: &["openinference.span.kind"],
    },
    recognise: |_| true,
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: WORDS,
};

/// The instrumentor for the OpenAI Agents SDK.
pub(super) const OPENAI_AGENTS: Dialect = Dialect {
    framework: Framework::OpenaiAgents,
    marks: Marks { scopes: &[SCOPE_AGENTS], keys: &[] },
    ..DIALECT
};

/// The instrumentor for Pipecat.
pub(super) const PIPECAT: Dialect = Dialect {
    framework: Framework::Pipecat,
    marks: Marks { scopes: &[SCOPE_PIPECAT], keys: &[] },
    ..DIALECT
};

const WORDS: Words = Words {
    transcript: &[("input.audio.transcript", Part::Text), ("input.value", Part::Text)],
    spoken: &[("output.audio.transcript", Part::Text), ("output.value", Part::Text)],
    model: &["llm.response.model_name", "llm.model_name", "metrics.model"],
    ..Words::NONE
};

/// Names that two instrumentors give to spans whose kind says too little.
const NAMES: &[(&str, &str, Op)] = &[
    (SCOPE_PIPECAT, "pipecat.conversation.turn", Op::Turn),
    (SCOPE_PIPECAT, "pipecat.stt", Op::Stt),
    (SCOPE_PIPECAT, "pipecat.tts", Op::Tts),
    (SCOPE_AGENTS, "conversation.turn", Op::Turn),
    (SCOPE_AGENTS, "transcription", Op::Stt),
    (SCOPE_AGENTS, "speech", Op::Tts),
    (SCOPE_AGENTS, "speech_group", Op::Tts),
    (SCOPE_AGENTS, "user", Op::Stt),
    (SCOPE_AGENTS, "assistant", Op::Realtime),
];

fn op(span: &SpanView<'_>) -> Op {
    let (scope, name) = (span.scope_name(), span.name());
    if let Some((.., op)) = NAMES.iter().find(|row| row.0 == scope && row.1 == name) {
        return *op;
    }
    match span.text("openinference.span.kind") {
        Some("LLM") => Op::Llm,
        // The SDK's trace is exported as an agent without a name.
        Some("AGENT") if names_agent(span) => Op::Turn,
        Some("TOOL") if name.starts_with("handoff to ") => Op::Handoff,
        Some("TOOL") => Op::Tool,
        Some("USER") => Op::Stt,
        Some("EVALUATOR") => Op::Eval,
        Some("CHAIN" | "AUDIO") => genai::voice_name(name).unwrap_or(Op::Other),
        Some(_) => Op::Other,
        None => genai::operation(span),
    }
}

fn names_agent(span: &SpanView<'_>) -> bool {
    span.text("agent.name").or_else(|| span.text("graph.node.id")).is_some()
        || span.scope_name() != SCOPE_AGENTS
}
