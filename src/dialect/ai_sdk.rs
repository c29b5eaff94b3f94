//! Vercel AI SDK: `ai.*` spans up to version 6, GenAI spans from version 7.

use super::{Dialect, Framework, Marks, Op, Words, genai};
use crate::model::SpanView;

/// Versions 4 to 6: `ai.streamText` over `ai.streamText.doStream`, one a step.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "ai-sdk",
    marks: Marks { scopes: &["ai"], keys: &["ai.operationId"] },
    recognise: |_| true,
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words {
        // The counted and answering call names its model under both conventions.
        model: &["ai.response.model", "gen_ai.response.model", "ai.model.id"],
        ..Words::NONE
    },
};

/// Version 7 (`@ai-sdk/otel`): `invoke_agent` over `step N` over `chat` and
/// `execute_tool`.
pub(super) const DIALECT_7: Dialect = Dialect {
    marks: Marks { scopes: &["gen_ai"], keys: &[] },
    recognise: |span| span.text("gen_ai.operation.name").is_some(),
    op: genai::operation,
    words: Words::NONE,
    ..DIALECT
};

fn op(span: &SpanView<'_>) -> Op {
    let operation = span.text("ai.operationId").unwrap_or_else(|| span.name());
    let steps = [".doStream", ".doGenerate"];
    match operation {
        "ai.toolCall" => Op::Tool,
        _ if steps.iter().any(|end| operation.ends_with(end)) => Op::Llm,
        "ai.streamText" | "ai.generateText" | "ai.streamObject" | "ai.generateObject" => Op::Turn,
        "ai.transcribe" => Op::Stt,
        "ai.generateSpeech" => Op::Tts,
        _ => Op::Other,
    }
}
