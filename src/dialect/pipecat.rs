//! Pipecat's own tracing, 0.0.68 to 1.14 (`utils/tracing/*.py`).
//!
//! `conversation` over `turn` over the services' spans. A cascade writes no
//! span for a tool: calls are found in the input of the next model call.

use super::{Dialect, Framework, Marks, Op, Part, SessionKeys, Words};
use crate::model::SpanView;

/// Pipecat's own tracing.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Pipecat,
    name: "pipecat",
    marks: Marks { scopes: &["pipecat", "pipecat.turn"], keys: &[] },
    recognise: |_| true,
    op,
    session_keys: SessionKeys { run: &[], place: &["conversation.id"], resource: &[] },
    by_name: true,
    words: Words {
        input: &[("input", Part::Messages)],
        output: &[("output", Part::Text)],
        transcript: &[("transcript", Part::Text)],
        spoken: &[("text", Part::Text)],
        tool: &["tool.function_name"],
        call_id: &["tool.call_id"],
        arguments: &["tool.arguments"],
        result: &["tool.result"],
        model: &["gen_ai.response.model", "gen_ai.request.model", "settings.model"],
        ..Words::NONE
    },
};

/// What each span does. The realtime services' spans are moments of their
/// handlers; `llm_request` holds the context that was sent.
const OPS: &[(&str, Op)] = &[
    ("conversation", Op::Session),
    ("turn", Op::Turn),
    ("stt", Op::Stt),
    ("llm", Op::Llm),
    ("tts", Op::Tts),
    ("llm_setup", Op::Lifecycle),
    ("llm_request", Op::Realtime),
    ("llm_response", Op::Realtime),
    ("llm_tool_call", Op::Tool),
    ("llm_tool_result", Op::Tool),
];

fn op(span: &SpanView<'_>) -> Op {
    let name = span.name();
    OPS.iter().find(|(known, _)| *known == name).map_or(Op::Other, |(_, op)| *op)
}
