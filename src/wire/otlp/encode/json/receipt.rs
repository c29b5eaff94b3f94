//! The answer to a request.

use crate::wire::otlp::encode::message::{Receipt, Signal};
use serde_json::Value;

/// Reads `{"partialSuccess":{…}}`; `None` for an answer of any other shape.
pub(in crate::wire::otlp::encode) fn receipt(signal: Signal, body: &[u8]) -> Option<Receipt> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let part = answer.get("partialSuccess")?;
    let key = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    let rejected = part.get(key).and_then(|count| match count {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    });
    let message = part.get("errorMessage").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Receipt { rejected: rejected.unwrap_or(0), message })
}
