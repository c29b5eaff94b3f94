//! Errors, by how far they reached. One provider's failure is told several
//! times: by the provider and by the fallback around it, as a span beside the
//! stage, a span below it and an event on it, and in the log.

use super::diary::{Diary, Event};
use super::exchange::{Exchange, Talk};
use crate::dialect::videosdk::{error_source, text};
use crate::model::{Nanos, SpanIx, SpanStatus};
use crate::session::assemble::Case;
use crate::session::{CallError, ErrorKind, Op, Role, Session, ToolStatus};

/// Two tellings of one failure are this close.
const SAME_FAILURE_NS: u64 = 50_000_000;

/// Log records have whole milliseconds.
const LOG_STEP_NS: u64 = 1_000_000;

/// A provider's failure and the record that another one takes over.
const FALLS_BACK_NS: u64 = 1_000_000_000;

/// A failure before sorting.
#[derive(Clone, Debug)]
struct Failure {
    source: String,
    message: Option<String>,
    at: Option<Nanos>,
    span: Option<SpanIx>,
    /// Position of its span.
    position: Option<usize>,
}

/// Reads all failures into the turns they belong to, else into the session.
pub(super) fn read(case: &Case<'_>, diary: &Diary<'_>, talk: &mut Talk, session: &mut Session) {
    let mut failures: Vec<Failure> = Vec::new();
    // The span made for the purpose first: the others repeat it.
    let spans = |wanted: fn(&str) -> bool| {
        let errors = case.views().filter(|(at, _)| case.op(*at) == Op::Error);
        errors.filter(move |(_, view)| wanted(view.name())).collect::<Vec<_>>()
    };
    let own = spans(|name| name.ends_with(" Error span"));
    let below = spans(|name| !name.ends_with(" Error span"));
    for (position, view) in own.into_iter().chain(below) {
        let message = text(&view, "error message").or_else(|| text(&view, "message"));
        push(
            &mut failures,
            Failure {
                source: error_source(view.name()).unwrap_or_default().to_owned(),
                message: message.map(str::to_owned),
                at: view.row.start.known(),
                span: Some(view.ix),
                position: Some(position),
            },
        );
    }
    for (position, view) in case.views() {
        let exhausted = view.name().strip_prefix("Fallback: ");
        if let Some(source) = exhausted.filter(|_| view.row.status == SpanStatus::Error) {
            push(
                &mut failures,
                Failure {
                    source: source.to_owned(),
                    message: text(&view, "message").map(str::to_owned),
                    at: view.row.start.known(),
                    span: Some(view.ix),
                    position: Some(position),
                },
            );
        }
    }
    for entry in &diary.entries {
        if let Event::Failed(source, message) = entry.event {
            push(
                &mut failures,
                Failure {
                    source: source.to_owned(),
                    message: Some(message.to_owned()),
                    at: entry.at,
                    span: None,
                    position: None,
                },
            );
        }
    }
    let closing = diary.entries.iter().find(|entry| matches!(entry.event, Event::Ending(_)));
    let closing = closing.and_then(|entry| entry.at);
    for failure in failures {
        place(case, failure, (diary, closing), talk, session);
    }
    add_tool_errors(talk);
}

/// Adds a failure unless it was told already: same source and words at about
/// the same time, or one that quotes the other.
fn push(failures: &mut Vec<Failure>, new: Failure) {
    let same = |known: &Failure| {
        let close = match (known.at, new.at) {
            (Some(a), Some(b)) => a.0.abs_diff(b.0) <= SAME_FAILURE_NS,
            _ => true,
        };
        let words = match (&known.message, &new.message) {
            (Some(a), Some(b)) => a == b || b.contains(a.as_str()) || a.contains(b.as_str()),
            (None, None) => true,
            _ => false,
        };
        let source = known.source.eq_ignore_ascii_case(&new.source)
            || known.source.eq_ignore_ascii_case("EOU") != new.source.eq_ignore_ascii_case("EOU")
                && [&known.source, &new.source].iter().any(|s| s.as_str() == "TURN-D");
        close && words && source
    };
    if !failures.iter().any(same) {
        failures.push(new);
    }
}

fn place(
    case: &Case<'_>,
    failure: Failure,
    (diary, closing): (&Diary<'_>, Option<Nanos>),
    talk: &mut Talk,
    session: &mut Session,
) {
    let after_end = failure.span.is_none() && closing.is_some() && closing <= failure.at;
    let by_span = failure.position.and_then(|at| {
        let owned = |half: &super::exchange::Half| half.members.contains(&at);
        talk.iter().enumerate().find_map(|(i, exchange)| {
            let role = [Role::User, Role::Agent]
                .into_iter()
                .find(|role| exchange.half(*role).is_some_and(owned))?;
            Some((i, role))
        })
    });
    let by_time = || {
        let at = failure.at.filter(|_| !after_end)?;
        let begun = talk.iter().enumerate().filter_map(|(i, exchange)| {
            let begins = [Role::User, Role::Agent]
                .into_iter()
                .filter_map(|role| exchange.half(role)?.begins())
                .min()?;
            (begins.0 <= at.0.saturating_add(LOG_STEP_NS)).then_some((begins, i))
        });
        let (_, i) = begun.max()?;
        let exchange = talk.get(i)?;
        let speech_to_text = matches!(failure.source.as_str(), "STT" | "VAD" | "TURN-D");
        let role = if exchange.agent.is_some() && !(speech_to_text && exchange.user.is_some()) {
            Role::Agent
        } else {
            Role::User
        };
        Some((i, role))
    };
    let place = by_span.or_else(by_time);
    let kind = match place.and_then(|(i, _)| talk.get(i)) {
        Some(exchange) => kind(case, diary, &failure, exchange),
        None => ErrorKind::Other,
    };
    let error = CallError {
        kind,
        error_type: None,
        message: failure.message,
        at: failure.at,
        source: Some(failure.source.to_lowercase()),
        span: failure.span,
    };
    match place.and_then(|(i, role)| talk.get_mut(i)?.half_mut(role)) {
        Some(half) => half.turn.errors.push(error),
        None => session.errors.push(error),
    }
}

/// A failure after which another provider, or the same, gave what was asked
/// for is no failed turn.
fn kind(case: &Case<'_>, diary: &Diary<'_>, failure: &Failure, exchange: &Exchange) -> ErrorKind {
    let took_over = exchange.members().filter_map(|at| case.view(at)).any(|view| {
        let of = view.name().strip_prefix("Fallback: ");
        of.is_some_and(|of| of.eq_ignore_ascii_case(&failure.source))
            && view.row.status != SpanStatus::Error
    });
    let answered = exchange.agent.as_ref().is_some_and(|agent| {
        agent.said().is_some() && (!agent.turn.speech.is_empty() || agent.members.is_empty())
    });
    // The log says that there was another provider; the words, that it worked.
    let logged = answered
        && diary.entries.iter().any(|entry| {
            let near = entry.at.zip(failure.at);
            matches!(entry.event, Event::FellBack(of) if of.eq_ignore_ascii_case(&failure.source))
                && near.is_some_and(|(a, b)| a.0.abs_diff(b.0) <= FALLS_BACK_NS)
        });
    match (took_over || logged, answered) {
        (true, _) => ErrorKind::RecoveredRequest,
        (false, true) => ErrorKind::Other,
        (false, false) => ErrorKind::Turn,
    }
}

/// Failed tools are errors of their turn, too.
fn add_tool_errors(talk: &mut Talk) {
    for half in talk.iter_mut().filter_map(|exchange| exchange.agent.as_mut()) {
        let failed = half.turn.tools.iter().filter(|tool| tool.status == ToolStatus::Error);
        let errors: Vec<CallError> = failed
            .map(|tool| CallError {
                kind: ErrorKind::Tool,
                error_type: None,
                message: tool.error.clone(),
                at: tool.start,
                source: Some(tool.name.clone()),
                span: tool.span,
            })
            .collect();
        half.turn.errors.extend(errors);
    }
}
