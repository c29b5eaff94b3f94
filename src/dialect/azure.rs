//! Azure: Voice Live, Foundry voice agents, and the older agent and inference
//! clients. All share one scope, so keys tell them apart.

use super::{Dialect, Framework, Marks, Op, SessionKeys, Words, genai};
use crate::model::SpanView;

const CONVERSATION: SessionKeys =
    SessionKeys { run: &[], place: &["gen_ai.conversation.id"], resource: &[] };

/// azure-ai-voicelive: spans are an event log, one for each event sent and
/// received; a `recv` span ends when its event came.
pub const VOICE_LIVE: Dialect = Dialect {
    framework: Framework::Genai,
    name: "azure-voicelive",
    marks: Marks { scopes: &[], keys: &["gen_ai.voice.*", "gen_ai.system"] },
    recognise: |span| {
        span.text("gen_ai.system") == Some("az.ai.voicelive")
            || is_event(span) && span.text("gen_ai.voice.event_type").is_some()
    },
    op: op_voice_live,
    session_keys: CONVERSATION,
    by_name: false,
    words: Words::NONE,
};

/// azure-ai-projects, voice agents: one `invoke_agent` for each response.
pub(super) const FOUNDRY: Dialect = Dialect {
    name: "azure-voice-agents",
    marks: Marks { scopes: &[], keys: &["az.ai.voice_agents.*"] },
    recognise: |_| true,
    op: op_foundry,
    ..VOICE_LIVE
};

/// azure-ai-agents and azure-ai-inference.
pub(super) const AGENTS: Dialect = Dialect {
    name: "azure",
    marks: Marks { scopes: &[], keys: &["az.namespace"] },
    recognise: |span| span.attrs().iter().any(|(key, _)| key.starts_with("gen_ai.")),
    op: op_agents,
    session_keys: genai::SESSION_KEYS,
    ..VOICE_LIVE
};

fn is_event(span: &SpanView<'_>) -> bool {
    span.name().starts_with("send ") || span.name().starts_with("recv ")
}

fn op_voice_live(span: &SpanView<'_>) -> Op {
    match span.text("gen_ai.operation.name").unwrap_or_else(|| span.name()) {
        "connect" => Op::Session,
        "close" => Op::Lifecycle,
        _ => Op::Other,
    }
}

fn op_foundry(span: &SpanView<'_>) -> Op {
    match span.name() {
        "voice_agents.realtime.session" => Op::Session,
        "voice_agents.realtime.connect" => Op::Lifecycle,
        // One span a response of the model, not a turn.
        _ if span.text("gen_ai.operation.name") == Some("invoke_agent") => Op::Realtime,
        _ => genai::operation(span),
    }
}

fn op_agents(span: &SpanView<'_>) -> Op {
    match span.text("gen_ai.operation.name") {
        Some("start_thread_run" | "process_thread_run") => Op::Turn,
        _ => genai::operation(span),
    }
}
