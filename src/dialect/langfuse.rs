//! Langfuse, Python SDK 5: values are JSON text, errors are a level.

use super::{Dialect, Framework, Marks, Op, Words, genai};
use crate::model::SpanView;

/// Spans of Langfuse's own SDK.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "langfuse",
    marks: Marks { scopes: &["langfuse-sdk"], keys: &["langfuse.observation.*"] },
    recognise: |_| true,
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words::NONE,
};

/// `langfuse.observation.type`.
const TYPES: &[(&str, Op)] =
    &[("generation", Op::Llm), ("agent", Op::Turn), ("tool", Op::Tool), ("evaluator", Op::Eval)];

fn op(span: &SpanView<'_>) -> Op {
    let kind = span.text("langfuse.observation.type");
    match TYPES.iter().find(|(known, _)| Some(*known) == kind) {
        Some((_, op)) => *op,
        None => genai::voice_name(span.name()).unwrap_or_else(|| genai::operation(span)),
    }
}
