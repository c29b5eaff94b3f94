//! The GenAI conventions of OpenTelemetry, and those close to them.

use super::{Dialect, Framework, Op, SessionKeys};
use crate::model::SpanView;

/// Any span with a `gen_ai.` key.
pub const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "genai",
    recognise,
    op,
    session_keys: SessionKeys { run: &[], place: &["gen_ai.conversation.id", "session.id"] },
    by_name: false,
};

fn recognise(span: &SpanView<'_>) -> bool {
    span.attrs().iter().any(|(key, _)| key.starts_with("gen_ai."))
}

fn op(span: &SpanView<'_>) -> Op {
    match span.text("gen_ai.operation.name") {
        Some("chat" | "text_completion" | "generate_content") => Op::Llm,
        Some("execute_tool") => Op::Tool,
        Some("invoke_agent") => Op::Turn,
        _ => Op::Other,
    }
}
