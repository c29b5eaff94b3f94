//! Errors: failed responses and tools in their turns, error events in the
//! session.

use super::facts::root;
use crate::model::{EventRow, SpanStatus, SpanView};
use crate::session::assemble::Case;
use crate::session::{CallError, ErrorKind, Op, Session};

/// Reads all errors.
pub(super) fn read(case: &Case<'_>, session: &mut Session) {
    if let Some(root) = root(case) {
        for event in root.events().iter().filter(|e| root.store.str(e.name) == "error") {
            session.errors.push(of_event(&root, event, ErrorKind::Other));
        }
    }
    for (at, view) in case.views() {
        let error = match case.op(at) {
            Op::Realtime => of_response(&view),
            Op::Tool => of_tool(&view),
            Op::Speech => {
                let failed =
                    view.events().iter().find(|e| view.store.str(e.name) == "transcription_failed");
                failed.map(|event| of_event(&view, event, ErrorKind::Other))
            }
            _ => None,
        };
        let Some(error) = error else { continue };
        match session.turns.iter_mut().find(|turn| turn.spans.contains(&view.ix)) {
            Some(turn) => turn.errors.push(error),
            None => session.errors.push(error),
        }
    }
}

/// A response that failed or broke off. One that the log does not see the end
/// of is no error: the session is incomplete then.
fn of_response(view: &SpanView<'_>) -> Option<CallError> {
    let status = view.text("agentobs.response.status");
    if view.row.status != SpanStatus::Error || !matches!(status, Some("failed" | "incomplete")) {
        return None;
    }
    let aside = view.attr("agentobs.response.out_of_band").and_then(|v| v.as_bool());
    let kind = if aside == Some(true) { ErrorKind::Other } else { ErrorKind::Turn };
    Some(of_span(view, kind))
}

fn of_tool(view: &SpanView<'_>) -> Option<CallError> {
    (view.text("agentobs.tool.status") == Some("error")).then(|| of_span(view, ErrorKind::Tool))
}

fn of_span(view: &SpanView<'_>, kind: ErrorKind) -> CallError {
    let message = view.store.str(view.row.status_message);
    CallError {
        kind,
        error_type: view.text("error.type").map(str::to_owned),
        message: Some(message.to_owned()).filter(|text| !text.is_empty()),
        at: view.row.end.known(),
        source: Some(view.name().to_owned()),
        span: Some(view.ix),
    }
}

fn of_event(view: &SpanView<'_>, event: &EventRow, kind: ErrorKind) -> CallError {
    let attrs = view.store.attrs(event.attrs);
    let text = |key: &str| attrs.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let error_type = text("error.type");
    let ends = error_type.as_deref() == Some("session_expired");
    CallError {
        kind: if ends { ErrorKind::Session } else { kind },
        error_type,
        message: text("error.message"),
        at: event.time.known(),
        source: Some(view.store.str(event.name).to_owned()),
        span: Some(view.ix),
    }
}
