//! Log records from protobuf (`opentelemetry/proto/logs/v1`).

use super::cursor::{Cursor, Damage, Field};
use super::proto::{any_value, key_value};
use super::proto_spans::{Refusal, damaged, span_id, trace_id};
use super::sink::Sink;
use crate::model::{Attrs, LogRow, Nanos, ScopeIx, StrId, Values};

/// Adds a log record. Ids that are not valid only lose the record its span.
pub(super) fn decode(bytes: &[u8], scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<(), Refusal> {
    let row = read(bytes, scope, sink).map_err(damaged)?;
    sink.part.batch.logs.push(row);
    sink.logs += 1;
    Ok(())
}

fn read(bytes: &[u8], scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<LogRow, Damage> {
    let mut cursor = Cursor::new(bytes);
    let mut attrs = Vec::new();
    let (mut trace, mut span): (&[u8], &[u8]) = (&[], &[]);
    let mut row = LogRow {
        time: Nanos::NONE,
        observed: Nanos::NONE,
        span: 0,
        trace: None,
        severity_text: StrId::EMPTY,
        severity: 0,
        body: Values::empty(),
        attrs: Attrs::default(),
        scope,
        event_name: StrId::EMPTY,
        flags: 0,
        dropped_attributes: 0,
        part: sink.part.part,
    };
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Fixed64(time)) => row.time = Nanos(time),
            (11, Field::Fixed64(time)) => row.observed = Nanos(time),
            (2, Field::Varint(number)) => row.severity = u8::try_from(number).unwrap_or(0),
            (3, Field::Bytes(text)) => row.severity_text = sink.text(text),
            (5, Field::Bytes(body)) => row.body = any_value(body, sink, 0)?,
            (6, Field::Bytes(attr)) => attrs.push(key_value(attr, sink, 0)?),
            (7, field) => row.dropped_attributes = field.integer().unwrap_or(0) as u32,
            (8, field) => row.flags = field.integer().unwrap_or(0) as u32,
            (9, Field::Bytes(id)) => trace = id,
            (10, Field::Bytes(id)) => span = id,
            (12, Field::Bytes(text)) => row.event_name = sink.text(text),
            _ => {}
        }
    }
    row.attrs = sink.part.batch.values.attrs(&attrs);
    row.trace = trace_id(trace).ok().map(|id| sink.part.batch.trace(id));
    row.span = span_id(span, "span_id").unwrap_or(0);
    Ok(row)
}
