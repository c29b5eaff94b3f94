//! Names of agents.

use super::exchange::Exchange;
use crate::dialect::Words;
use crate::session::Op;
use crate::session::assemble::Case;

/// The agent that a span itself names.
pub(super) fn of_span(case: &Case<'_>, at: usize) -> Option<String> {
    let view = case.view(at)?;
    if !matches!(case.op(at), Op::Turn | Op::Session) {
        return None;
    }
    let own = case.words(at).agent.iter();
    let named = own.chain(Words::COMMON.agent).find_map(|key| view.text(key));
    let langfuse = case.dialect(at).is_some_and(|dialect| dialect.name == "langfuse");
    // Langfuse calls the span by the agent's name.
    let called = (langfuse && case.op(at) == Op::Turn).then(|| view.name());
    let hosted = || view.resource().get("elevenlabs.agent_id")?.as_str();
    named.or(called).or_else(hosted).map(str::to_owned)
}

/// The agent in whose run a span is.
pub(super) fn around(case: &Case<'_>, at: usize) -> Option<String> {
    std::iter::once(at).chain(case.ancestors(at)).find_map(|up| of_span(case, up))
}

/// The agent that spoke: the one whose step wrote the last words, else the one
/// that led.
pub(super) fn speaker(case: &Case<'_>, exchange: &Exchange) -> Option<String> {
    let spoke = exchange.steps.iter().rev().find(|step| step.said.is_some());
    spoke
        .and_then(|step| around(case, step.at))
        .or_else(|| exchange.units.iter().find_map(|at| around(case, *at)))
        .or_else(|| exchange.members.iter().find_map(|at| of_span(case, *at)))
}

/// All agents in order of appearance.
pub(super) fn all(case: &Case<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in (0..case.spans.len()).filter_map(|at| of_span(case, at)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
