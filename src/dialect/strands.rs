//! Strands Agents (AWS) 1.62. Voice sessions (`bidi_*`) write no transcripts,
//! no session id, and tokens on the session's span only.

use super::{Dialect, Framework, Marks, Op, Words, genai};
use crate::model::SpanView;

/// Strands Agents.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "strands",
    marks: Marks { scopes: &["strands.telemetry.tracer"], keys: &[] },
    recognise: |_| true,
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words::NONE,
};

const OPERATIONS: &[(&str, Op)] = &[
    ("bidi_session", Op::Session),
    ("bidi_connect", Op::Lifecycle),
    ("bidi_connection_restart", Op::Lifecycle),
    ("bidi_response", Op::Realtime),
];

fn op(span: &SpanView<'_>) -> Op {
    let operation = span.text("gen_ai.operation.name");
    let own = OPERATIONS.iter().find(|(known, _)| Some(*known) == operation);
    own.map_or_else(|| genai::operation(span), |(_, op)| *op)
}
