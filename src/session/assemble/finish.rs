//! What every session gets, whatever its framework: records, order, numbers,
//! logs inside turns, orphans as diagnostics.

use super::{Case, tokens};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{LogIx, Nanos, SpanIx};
use crate::session::{Op, Session, Usage};
use hashbrown::{HashMap, HashSet};

/// Completes a session that a framework's own assembly has filled with turns.
pub(super) fn finish(case: &Case<'_>, session: &mut Session) {
    session.framework = case.framework;
    session.spans = case.spans.to_vec();
    session.logs.clone_from(&case.logs);
    session.points.clone_from(&case.points);
    session.dialects = dialects(case);
    set_times(case, session);
    set_traces(case, session);
    number_turns(session);
    attach_logs(case, session);
    if session.usage.is_unknown() {
        session.usage = conversation_usage(case);
    }
    report_orphans(case, session);
    report_clashes(case, session);
    if !session.complete {
        session.diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "incomplete-session",
                "the end of the session is not in the data; what comes after its last record is not known",
            ),
        );
    }
    if session.id.is_empty() {
        session.id = fallback_id(session);
    }
}

/// Conventions found in the spans, beside the framework's own, in order of
/// appearance.
fn dialects(case: &Case<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for dialect in (0..case.spans.len()).filter_map(|at| case.dialect(at)) {
        let plain = dialect.name == case.framework.as_str() || dialect.name == "genai";
        if !plain && !names.iter().any(|name| name == dialect.name) {
            names.push(dialect.name.to_owned());
        }
    }
    names
}

/// A session without any id is named by its trace, else by its start.
fn fallback_id(session: &Session) -> String {
    if let Some(trace) = session.trace_ids.first() {
        return trace.clone();
    }
    let word = session.framework.as_str();
    match session.start {
        Some(start) => format!("{word}-{}", start.0 / 1_000_000),
        None => format!("{word}-without-id"),
    }
}

/// Tokens of the conversation: evaluations of it are left out.
fn conversation_usage(case: &Case<'_>) -> Usage {
    let mut sum = Usage::default();
    for (at, usage) in tokens::on_leaves(case).iter().enumerate() {
        let judged = case.op(at) == Op::Eval || case.is_below(at, &[Op::Eval]);
        if !judged {
            sum.add(usage);
        }
    }
    sum
}

fn set_times(case: &Case<'_>, session: &mut Session) {
    let spans = || case.views().flat_map(|(_, view)| [view.row.start, view.row.end]);
    let turns = || {
        session.turns.iter().flat_map(|turn| {
            let speech = turn.speech.iter().flat_map(|s| [s.start, s.end]);
            [turn.start, turn.end].into_iter().chain(speech).flatten()
        })
    };
    let known = || spans().filter_map(Nanos::known).chain(turns());
    // A damaged end must not move the session's start.
    let starts = || case.views().filter_map(|(_, view)| view.row.start.known());
    let began = starts().chain(session.turns.iter().filter_map(|turn| turn.start)).min();
    session.start = session.start.or(began).or(known().min());
    session.end = session.end.or(known().max());
    if session.start.is_none() {
        let times = || case.logs.iter().filter_map(|ix| case.store.log(*ix)?.at());
        session.start = times().min();
        session.end = times().max();
    }
}

fn set_traces(case: &Case<'_>, session: &mut Session) {
    let mut seen = HashSet::new();
    session.trace_ids = case
        .views()
        .filter(|(_, view)| seen.insert(view.row.trace))
        .map(|(_, view)| format!("{:032x}", case.store.trace_id(view.row.trace)))
        .collect();
}

fn number_turns(session: &mut Session) {
    for (turn, number) in session.turns.iter_mut().zip(1u32..) {
        turn.number = number;
    }
}

fn attach_logs(case: &Case<'_>, session: &mut Session) {
    let mut turn_of: HashMap<SpanIx, usize> = HashMap::new();
    for (at, turn) in session.turns.iter().enumerate() {
        turn_of.extend(turn.spans.iter().map(|ix| (*ix, at)));
    }
    let mut known: HashSet<(usize, LogIx)> = HashSet::new();
    for (at, turn) in session.turns.iter().enumerate() {
        known.extend(turn.logs.iter().map(|ix| (at, *ix)));
    }
    for ix in &case.logs {
        let Some(log) = case.store.log(*ix) else { continue };
        let span = log.trace.and_then(|trace| case.store.find_span(trace, log.span));
        let at = span.and_then(|span| turn_of.get(&span).copied());
        if let Some(at) = at
            && let Some(turn) = session.turns.get_mut(at)
            && known.insert((at, *ix))
        {
            turn.logs.push(*ix);
        }
    }
}

fn report_orphans(case: &Case<'_>, session: &mut Session) {
    for (at, view) in case.views() {
        if case.is_orphan(at) {
            let message = format!(
                "the parent {:016x} of span {} is nowhere in the input",
                view.row.parent,
                view.name()
            );
            session
                .diagnostics
                .push(Diagnostic::new(Severity::Warning, "orphan-span", message).span(view.row.id));
        }
    }
}

fn report_clashes(case: &Case<'_>, session: &mut Session) {
    let mine: HashSet<SpanIx> = case.spans.iter().copied().collect();
    let mut ids: Vec<u64> = case
        .store
        .clashes()
        .iter()
        .filter(|ix| mine.contains(*ix))
        .filter_map(|ix| Some(case.store.span(*ix)?.row.id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        session.diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "duplicate-span-id",
                format!("different spans share the id {id:016x}; all are kept"),
            )
            .span(id),
        );
    }
}
