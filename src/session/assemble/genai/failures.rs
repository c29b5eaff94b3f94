//! Errors, and how far they reached.

use super::exchange::Exchange;
use crate::model::{SpanStatus, SpanView};
use crate::session::assemble::Case;
use crate::session::{CallError, ErrorKind, Op};

/// Keys of error texts, beside the status and the exception's event.
const MESSAGES: &[&str] =
    &["exception.message", "langfuse.observation.status_message", "error.message"];

/// Whether a span says that it failed.
pub(super) fn failed(view: &SpanView<'_>) -> bool {
    view.row.status == SpanStatus::Error
        || view.text("error.type").is_some()
        || view.text("langfuse.observation.level") == Some("ERROR")
}

/// The text of a failure: the exception's, the status's, else the error's type.
pub(super) fn message(view: &SpanView<'_>) -> Option<String> {
    let status = view.store.str(view.row.status_message);
    in_exception(view, "exception.message")
        .or_else(|| (!status.is_empty()).then_some(status))
        .or_else(|| MESSAGES.iter().find_map(|key| view.text(key)))
        .or_else(|| view.text("error.type"))
        .map(str::to_owned)
}

fn in_exception<'a>(view: &SpanView<'a>, key: &str) -> Option<&'a str> {
    let event = view.events().iter().find(|e| view.store.str(e.name) == "exception")?;
    let text = view.store.attrs(event.attrs).get(key)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// All errors, each with the exchange it belongs to.
pub(super) fn read(
    case: &Case<'_>,
    exchanges: &[Exchange],
    owner: &[Option<usize>],
) -> Vec<(Option<usize>, CallError)> {
    let mut found = Vec::new();
    for (at, view) in case.views().filter(|(_, view)| failed(view)) {
        let above_too = case.parent(at).and_then(|up| case.view(up)).is_some_and(|v| failed(&v));
        if above_too || is_farewell(case, at, &view) {
            continue;
        }
        let exchange = owner.get(at).copied().flatten();
        let error = CallError {
            kind: kind(case, at, exchange.and_then(|number| exchanges.get(number))),
            error_type: in_exception(&view, "exception.type")
                .or_else(|| view.text("error.type"))
                .map(str::to_owned),
            message: message(&view),
            at: view.row.end.known().or(view.row.start.known()),
            source: Some(view.name().to_owned()),
            span: Some(view.ix),
        };
        found.push((exchange, error));
    }
    found
}

/// Voice Live ends each session with a failed `recv`.
fn is_farewell(case: &Case<'_>, at: usize, view: &SpanView<'_>) -> bool {
    let closed = |text: &str| text.contains("ConnectionClosed");
    case.dialect(at).is_some_and(|dialect| dialect.name == "azure-voicelive")
        && (view.text("error.type").is_some_and(closed)
            || in_exception(view, "exception.type").is_some_and(closed)
            || message(view).is_some_and(|text| closed(&text)))
}

fn kind(case: &Case<'_>, at: usize, exchange: Option<&Exchange>) -> ErrorKind {
    match case.op(at) {
        Op::Tool => ErrorKind::Tool,
        Op::Session => ErrorKind::Session,
        Op::Turn => ErrorKind::Turn,
        Op::Llm | Op::Realtime | Op::Tts | Op::Stt => {
            // What came after says whether somebody repeated it with success.
            let later = exchange.is_some_and(|exchange| {
                let mut steps = exchange.steps.iter();
                steps.any(|step| step.at > at && step.said.is_some())
            });
            if later { ErrorKind::RecoveredAttempt } else { ErrorKind::Turn }
        }
        _ => ErrorKind::Other,
    }
}
