//! Logfire: span names are templates, values are attributes.

use super::{Dialect, Framework, Marks, Op, Part, SessionKeys, Words, genai};
use crate::model::SpanView;

/// Any span of Logfire.
pub(super) const DIALECT: Dialect = Dialect {
    framework: Framework::Genai,
    name: "logfire",
    marks: Marks { scopes: &["logfire", "logfire.*"], keys: &["logfire.msg_template"] },
    recognise: |_| true,
    op,
    session_keys: genai::SESSION_KEYS,
    by_name: false,
    words: Words::NONE,
};

/// Its bridge for the OpenAI Agents SDK.
pub(super) const OPENAI_AGENTS: Dialect = Dialect {
    framework: Framework::OpenaiAgents,
    marks: Marks { scopes: &["logfire.openai_agents"], keys: &[] },
    session_keys: SessionKeys {
        run: &[],
        place: &["group_id", "gen_ai.conversation.id", "session.id"],
        resource: &[],
    },
    words: Words {
        input: &[("raw_input", Part::Messages)],
        output: &[("response", Part::Messages)],
        transcript: &[("output", Part::Text)],
        spoken: &[("input", Part::Text)],
        tool: &["name"],
        arguments: &["input"],
        result: &["output"],
        agent: &["name"],
        ..Words::NONE
    },
    ..DIALECT
};

/// Beginnings of message templates. `Turn …` is a step of the model, not a
/// turn of the conversation.
const TEMPLATES: &[(&str, Op)] = &[
    ("Agent run", Op::Turn),
    ("Function", Op::Tool),
    ("Handoff", Op::Handoff),
    ("Speech → Text", Op::Stt),
    ("Text → Speech", Op::Tts),
    ("Responses API", Op::Llm),
    ("Chat completion", Op::Llm),
];

fn op(span: &SpanView<'_>) -> Op {
    let template = span.text("logfire.msg_template").unwrap_or_else(|| span.name());
    match TEMPLATES.iter().find(|(begin, _)| template.starts_with(begin)) {
        Some((_, op)) => *op,
        None => genai::operation(span),
    }
}
