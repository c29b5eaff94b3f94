//! OpenLLMetry (Traceloop), and the second bridge of the OpenAI Agents SDK that
//! uses the same scope (`otel-v2`).

use super::{Dialect, Framework, Marks, Op, Words, genai};
use crate::model::SpanView;

const SCOPE_AGENTS: &str = "opentelemetry.instrumentation.openai_agents";
const KEYS: &[&str] = &["traceloop.span.kind", "traceloop.entity.name"];

/// Any span of OpenLLMetry.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "traceloop",
    marks: Marks { scopes: &["opentelemetry.instrumentation.*"], keys: KEYS },
    recognise: |span| has_own_key(span) || span.attr("gen_ai.prompt.0.role").is_some(),
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words { tool: &["gen_ai.tool.name", "traceloop.entity.name"], ..Words::NONE },
};

/// Its bridge for the OpenAI Agents SDK. Model calls there have no key of their
/// own, only names.
pub(super) const OPENAI_AGENTS: Dialect = Dialect {
    framework: Framework::OpenaiAgents,
    marks: Marks { scopes: &[SCOPE_AGENTS], keys: &[] },
    recognise: |span| has_own_key(span) || span.name().starts_with("openai."),
    ..DIALECT
};

/// The bridge `opentelemetry-instrumentation-openai-agents-v2`: GenAI
/// conventions, with tool calls as the text of Python objects.
pub(super) const OTEL_V2: Dialect = Dialect {
    framework: Framework::OpenaiAgents,
    name: "otel-v2",
    marks: Marks { scopes: &[SCOPE_AGENTS], keys: &[] },
    recognise: |_| true,
    op: op_v2,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words::NONE,
};

fn has_own_key(span: &SpanView<'_>) -> bool {
    KEYS.iter().any(|key| span.attr(key).is_some())
}

/// `traceloop.span.kind`; model calls have `llm.request.type` instead.
const KINDS: &[(&str, Op)] = &[
    ("workflow", Op::Session),
    ("agent", Op::Turn),
    ("tool", Op::Tool),
    ("handoff", Op::Handoff),
    ("task", Op::Other),
];

fn op(span: &SpanView<'_>) -> Op {
    let kind = span.text("traceloop.span.kind");
    match KINDS.iter().find(|(known, _)| Some(*known) == kind) {
        Some((_, op)) => *op,
        None if span.text("llm.request.type").is_some() => Op::Llm,
        None => genai::operation(span),
    }
}

fn op_v2(span: &SpanView<'_>) -> Op {
    match genai::operation(span) {
        // The trace itself is exported as an agent without a name.
        Op::Turn if span.text("gen_ai.agent.name").is_none() => Op::Session,
        op => op,
    }
}
