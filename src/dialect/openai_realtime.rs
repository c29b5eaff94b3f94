//! OpenAI's Realtime API, as the correlator ([`crate::realtime`]) writes its
//! sessions: here the names of spans, there the rules that make them.

use super::{Dialect, Framework, Marks, Op, SessionKeys, Words};
use crate::model::SpanView;

/// OpenAI Realtime.
pub const DIALECT: Dialect = Dialect {
    framework: Framework::OpenaiRealtime,
    name: "openai-realtime",
    marks: Marks { scopes: &["agentobs.realtime"], keys: &[] },
    recognise,
    op,
    session_keys: SessionKeys {
        run: &["session.id"],
        place: &["gen_ai.conversation.id"],
        resource: &[],
    },
    by_name: true,
    words: Words::NONE,
};

/// What each span does, by its name or the word it begins with.
const OPS: &[(&str, Op)] = &[
    ("realtime_session", Op::Session),
    ("user_turn", Op::Turn),
    ("agent_turn", Op::Turn),
    ("user_speech", Op::Speech),
    ("chat", Op::Realtime),
    ("realtime_inference", Op::Realtime),
    ("execute_tool", Op::Tool),
];

fn recognise(span: &SpanView<'_>) -> bool {
    span.scope_name() == "agentobs.realtime"
}

fn op(span: &SpanView<'_>) -> Op {
    let name = span.name();
    let word = name.split(' ').next().unwrap_or(name);
    OPS.iter().find(|(known, _)| *known == word).map_or(Op::Other, |(_, op)| *op)
}
