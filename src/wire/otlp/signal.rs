//! Which signal a protobuf message carries.
//!
//! The three export requests look alike from outside (`repeated Resource… = 1`),
//! so the records inside decide.

use super::cursor::{Cursor, Field};

/// The signal of a message's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// Whether bytes are an OTLP message, and of which signal. `None` for anything
/// else; a message without records has no signal but may still be OTLP.
pub(in crate::wire) fn signal(message: &[u8]) -> Option<Signal> {
    first_of(message, &[1], |resource| {
        first_of(resource, &[2, 1000], |scope| first_of(scope, &[2], signal_of_record))
    })
}

/// What `look` says of the first of these fields that it understands. The last
/// one may be cut.
fn first_of(
    bytes: &[u8],
    numbers: &[u32],
    look: impl Fn(&[u8]) -> Option<Signal>,
) -> Option<Signal> {
    let mut cursor = Cursor::new(bytes);
    while let Ok(Some((number, field, _))) = cursor.next_or_rest() {
        if let Field::Bytes(inner) = field
            && numbers.contains(&number)
            && let Some(signal) = look(inner)
        {
            return Some(signal);
        }
    }
    None
}

/// Span: ids of 16 and 8 bytes, times in 7 and 8. Log record: time in 1 or 11,
/// severity number in 2, ids in 9 and 10, no text in 1. Metric: name in 1, data
/// in 5, 7, 9, 10 or 11.
fn signal_of_record(record: &[u8]) -> Option<Signal> {
    let is_id = |bytes: &[u8], len| bytes.len() == len && std::str::from_utf8(bytes).is_err();
    let mut cursor = Cursor::new(record);
    let (mut first, mut data) = (None, false);
    while let Ok(Some((number, field))) = cursor.next() {
        match (number, field) {
            (7 | 8, Field::Fixed64(_)) => return Some(Signal::Traces),
            (1, Field::Bytes(id)) if is_id(id, 16) => return Some(Signal::Traces),
            (2, Field::Bytes(id)) if is_id(id, 8) => return Some(Signal::Traces),
            (1 | 11, Field::Fixed64(_)) | (2, Field::Varint(_)) => return Some(Signal::Logs),
            (9, Field::Bytes(id)) if first.is_none() && id.len() == 16 => {
                return Some(Signal::Logs);
            }
            (1, Field::Bytes(name)) => first = Some(std::str::from_utf8(name).is_ok()),
            (5 | 7 | 9 | 10 | 11, Field::Bytes(_)) => data = true,
            _ => {}
        }
    }
    match (first, data) {
        (Some(_), true) => Some(Signal::Metrics),
        // A body or attributes, and nothing else.
        (None, true) => Some(Signal::Logs),
        // A stream without points.
        (Some(true), false) => Some(Signal::Metrics),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Signal, signal};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs};
    use prost::Message;

    #[test]
    fn a_record_with_nothing_but_a_body_is_a_log_record() {
        let record = LogRecord { body: Some(Default::default()), ..Default::default() };
        let scope = ScopeLogs { log_records: vec![record], ..Default::default() };
        let resource = ResourceLogs { scope_logs: vec![scope], ..Default::default() };
        let message = LogsData { resource_logs: vec![resource] }.encode_to_vec();
        assert_eq!(signal(&message), Some(Signal::Logs));
        assert_eq!(signal(b"\x0a\x02hi"), None);
    }
}
