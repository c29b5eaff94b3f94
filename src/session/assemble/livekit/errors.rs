//! Errors by how far they reached. An ERROR span is no failed turn: attempts
//! are repeated, fallbacks answer, probes run in the background.

use super::draft::Draft;
use crate::model::{SpanStatus, SpanView};
use crate::session::assemble::Case;
use crate::session::{CallError, ErrorKind, Session};

/// Reads all failed spans into the turns they belong to, else into the session.
pub(super) fn read(case: &Case<'_>, drafts: &mut [Draft], session: &mut Session) {
    for (at, view) in case.views() {
        if !failed(&view) || above_failed(case, at) {
            continue;
        }
        let error = CallError {
            kind: kind(case, at, &view),
            error_type: error_type(&view).map(str::to_owned),
            message: message(&view).map(str::to_owned),
            at: view.row.end.known().or(view.row.start.known()),
            source: Some(view.name().to_owned()),
            span: Some(view.ix),
        };
        match drafts.iter_mut().find(|draft| draft.members.binary_search(&at).is_ok()) {
            Some(draft) => draft.turn.errors.push(error),
            None => session.errors.push(error),
        }
    }
    closed_by_error(case, session);
}

fn failed(view: &SpanView<'_>) -> bool {
    view.row.status == SpanStatus::Error
}

/// Whether the span above tells of the same failure. What failed below a span
/// that succeeded was recovered from.
fn above_failed(case: &Case<'_>, at: usize) -> bool {
    case.parent(at).and_then(|up| case.view(up)).is_some_and(|view| failed(&view))
}

fn kind(case: &Case<'_>, at: usize, view: &SpanView<'_>) -> ErrorKind {
    // With the parent missing nothing says that the failure was recovered from.
    let contained = case.parent(at).is_some();
    match view.name() {
        "llm_request_run" | "tts_request_run" if contained => ErrorKind::RecoveredAttempt,
        "llm_request" | "tts_request" if contained || is_probe(view) => ErrorKind::RecoveredRequest,
        "agent_turn"
        | "assistant_turn"
        | "realtime_assistant_turn"
        | "llm_node"
        | "tts_node"
        | "realtime_inference"
        | "llm_fallback_adapter"
        | "tts_fallback_adapter"
        | "llm_request"
        | "tts_request"
        | "llm_request_run"
        | "tts_request_run" => ErrorKind::Turn,
        "on_user_turn_completed"
        | "on_enter"
        | "on_exit"
        | "on_session_end"
        | "shutdown_callback"
        | "rpc_handler" => ErrorKind::Hook,
        "agent_session" | "session_start" | "job_entrypoint" | "session_close" => {
            ErrorKind::Session
        }
        "function_tool" => ErrorKind::Tool,
        _ => ErrorKind::Other,
    }
}

/// A background request that asks whether a failed provider is back.
fn is_probe(view: &SpanView<'_>) -> bool {
    view.attr("lk.fallback.recovery").and_then(|flag| flag.as_bool()) == Some(true)
}

/// What the span's `exception` event says under a key.
fn in_event<'a>(view: &SpanView<'a>, key: &str) -> Option<&'a str> {
    let event = view.events().iter().find(|e| view.store.str(e.name) == "exception")?;
    view.store.attrs(event.attrs).get(key)?.as_str()
}

fn error_type<'a>(view: &SpanView<'a>) -> Option<&'a str> {
    view.text("error.type")
        .or_else(|| view.text("exception.type"))
        .or_else(|| in_event(view, "exception.type"))
}

fn message<'a>(view: &SpanView<'a>) -> Option<&'a str> {
    let status = view.store.str(view.row.status_message);
    view.text("exception.message")
        .or_else(|| in_event(view, "exception.message"))
        .or(Some(status))
        .filter(|text| !text.is_empty())
}

/// A session that closed itself because errors could not be recovered from.
fn closed_by_error(case: &Case<'_>, session: &mut Session) {
    let closed = case.views().find(|(_, view)| view.name() == "session_close");
    let Some((_, view)) = closed else { return };
    let reason = view.text("lk.close_reason");
    if reason != Some("error") || session.errors.iter().any(|e| e.span == Some(view.ix)) {
        return;
    }
    session.errors.push(CallError {
        kind: ErrorKind::Session,
        error_type: view.text("exception.type").map(str::to_owned),
        message: message(&view).map(str::to_owned),
        at: view.row.start.known(),
        source: Some(view.name().to_owned()),
        span: Some(view.ix),
    });
}
