//! LiveKit's own JSON: what the SDK and LiveKit Cloud write beside OTLP.
//!
//! Belongs here: chat history, session report (`voice/report.py`), the shapes
//! of the Cloud API and `lk analytics … --json`, the upload header. Items keep
//! the SDK's spelling; the API's transcript is put into it, so that readers
//! know one. What items mean is the business of [`crate::session`].

mod api;
mod header;
mod history;

pub(super) use header::{header, is_header};

use super::framework::JsonPart;
use super::report::Found;
use serde_json::Value;

/// Reads a document in one of LiveKit's shapes; `None` when it is none of them.
pub(super) fn decode(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    history::session_report(value, part)
        .or_else(|| history::chat_history(value, part))
        .or_else(|| api::transcript(value, part))
        .or_else(|| api::spans(value, part))
        .or_else(|| api::logs(value, part))
        .or_else(|| api::metrics(value, part))
}
