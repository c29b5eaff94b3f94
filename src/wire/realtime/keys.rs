//! Members of envelopes: which tell a time, which a connection.

use super::fields::{Field, Kind};
use super::stamp::Stamp;

/// A time, as an envelope has it.
pub(super) fn stamp(field: &Field<'_>) -> Option<Stamp> {
    match field.kind {
        Kind::Number => Stamp::from_text(std::str::from_utf8(field.raw).ok()?),
        Kind::String if field.raw.len() <= 64 => Stamp::from_text(&field.text()?),
        _ => None,
    }
}

/// A connection, as an envelope names it.
pub(super) fn tag(field: &Field<'_>) -> Option<String> {
    match field.kind {
        Kind::String if (1..=200).contains(&field.raw.len()) => Some(field.text()?.into_owned()),
        Kind::Number => Some(String::from_utf8_lossy(field.raw).into_owned()),
        _ => None,
    }
}

/// Keys of recorders' times. The protocol's own fields are not among them but
/// for `received_at`, which only DTMF events have, as the same instant.
pub(super) fn is_time_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"ts"
            | b"_ts"
            | b"timestamp"
            | b"_timestamp"
            | b"@timestamp"
            | b"time"
            | b"_time"
            | b"t"
            | b"at"
            | b"date"
            | b"datetime"
            | b"dateTime"
            | b"asctime"
            | b"received_at"
            | b"receivedAt"
            | b"recorded_at"
            | b"recordedAt"
            | b"logged_at"
            | b"loggedAt"
            | b"sent_at"
            | b"sentAt"
            | b"created_at"
            | b"createdAt"
            | b"ts_ms"
            | b"t_ms"
            | b"time_s"
            | b"ts_us"
            | b"ts_ns"
            | b"time_ms"
            | b"timestamp_ms"
            | b"timestampMs"
            | b"epoch_ms"
            | b"client_timestamp"
    )
}

/// Keys that tell connections apart.
pub(super) fn is_tag_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"conn"
            | b"conn_id"
            | b"connId"
            | b"connection"
            | b"connection_id"
            | b"connectionId"
            | b"socket"
            | b"socket_id"
            | b"socketId"
            | b"ws"
            | b"ws_id"
            | b"wsId"
            | b"requestId"
            | b"request_id"
            | b"session_id"
            | b"sessionId"
            | b"call_sid"
            | b"callSid"
            | b"stream_sid"
            | b"streamSid"
            | b"stream_id"
            | b"streamId"
            | b"job_id"
    )
}
