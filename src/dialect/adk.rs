//! Google ADK 2.13, both span schemas. Live sessions (`run_live`) have agents
//! and tools, but no span for a response.

use super::{Dialect, Framework, Marks, Op, Words, genai};
use crate::model::SpanView;

/// Google ADK.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "google-adk",
    marks: Marks { scopes: &["gcp.vertex.agent"], keys: &[] },
    recognise: |_| true,
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words::NONE,
};

fn op(span: &SpanView<'_>) -> Op {
    match span.name() {
        "call_llm" => Op::Llm,
        // The sum of parallel calls that have spans of their own.
        "execute_tool (merged)" => Op::Other,
        _ => genai::operation(span),
    }
}
