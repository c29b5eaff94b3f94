//! Spans from protobuf, straight into the batch (`opentelemetry/proto/trace/v1`).

use super::cursor::{Cursor, Damage, Field};
use super::enums::{span_kind, span_status};
use super::proto::key_value;
use super::sink::{Sink, cost};
use crate::model::{Attrs, EventRow, LinkRow, Nanos, ScopeIx, SpanExtra, SpanRow, StrId};

/// What a record is refused for.
pub(super) type Refusal = String;

pub(super) fn damaged(damage: Damage) -> Refusal {
    format!("it is no whole protobuf message (byte {})", damage.offset)
}

/// Adds a span. Rows of its attributes, events and links may stay behind
/// unused when the span is refused: they cost memory, not truth.
pub(super) fn decode(bytes: &[u8], scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<(), Refusal> {
    let mut span = SpanReader::default();
    span.read(bytes, sink).map_err(damaged)?;
    let row = span.finish(scope, sink)?;
    sink.part.batch.spans.push(row);
    sink.spans += 1;
    Ok(())
}

#[derive(Default)]
struct SpanReader<'a> {
    trace: &'a [u8],
    id: &'a [u8],
    parent: &'a [u8],
    name: StrId,
    start: u64,
    end: u64,
    kind: u64,
    status: u64,
    status_message: StrId,
    attrs: Vec<(StrId, crate::model::ValueRow)>,
    events: Vec<EventRow>,
    links: Vec<LinkRow>,
    extra: SpanExtra,
}

impl<'a> SpanReader<'a> {
    fn read(&mut self, bytes: &'a [u8], sink: &mut Sink<'_, '_>) -> Result<(), Damage> {
        let mut cursor = Cursor::new(bytes);
        while let Some((number, field)) = cursor.next()? {
            match (number, field) {
                (1, Field::Bytes(id)) => self.trace = id,
                (2, Field::Bytes(id)) => self.id = id,
                (3, Field::Bytes(text)) => self.extra.trace_state = sink.text(text),
                (4, Field::Bytes(id)) => self.parent = id,
                (5, Field::Bytes(text)) => self.name = sink.text(text),
                (6, field) => self.kind = field.integer().unwrap_or(0),
                (7, Field::Fixed64(time)) => self.start = time,
                (8, Field::Fixed64(time)) => self.end = time,
                (9, Field::Bytes(attr)) => self.attrs.push(key_value(attr, sink, 0)?),
                (10, field) => self.extra.dropped_attributes = count(field),
                (11, Field::Bytes(event)) => self.events.push(read_event(event, sink)?),
                (12, field) => self.extra.dropped_events = count(field),
                (13, Field::Bytes(link)) => self.links.extend(read_link(link, sink)?),
                (14, field) => self.extra.dropped_links = count(field),
                (15, Field::Bytes(status)) => self.read_status(status, sink)?,
                (16, field) => self.extra.flags = count(field),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_status(&mut self, bytes: &[u8], sink: &mut Sink<'_, '_>) -> Result<(), Damage> {
        let mut cursor = Cursor::new(bytes);
        while let Some((number, field)) = cursor.next()? {
            match (number, field) {
                (2, Field::Bytes(text)) => self.status_message = sink.text(text),
                (3, field) => self.status = field.integer().unwrap_or(0),
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(self, scope: ScopeIx, sink: &mut Sink<'_, '_>) -> Result<SpanRow, Refusal> {
        let trace = trace_id(self.trace)?;
        let id = span_id(self.id, "span_id")?;
        let parent = if self.parent.iter().all(|byte| *byte == 0) {
            0
        } else {
            span_id(self.parent, "parent_span_id")?
        };
        let batch = &mut *sink.part.batch;
        let extra = add_extra(self.extra, &self.events, &self.links, batch);
        Ok(SpanRow {
            id,
            parent,
            start: Nanos(self.start),
            end: Nanos(self.end),
            trace: batch.trace(trace),
            name: self.name,
            scope,
            status_message: self.status_message,
            attrs: batch.values.attrs(&self.attrs),
            part: sink.part.part,
            extra,
            kind: span_kind(self.kind),
            status: span_status(self.status),
        })
    }
}

/// Stores what few spans have; most get no row.
pub(in crate::wire) fn add_extra(
    mut extra: SpanExtra,
    events: &[EventRow],
    links: &[LinkRow],
    batch: &mut crate::model::Batch,
) -> u32 {
    extra.events = (batch.events.len() as u32, events.len() as u32);
    extra.links = (batch.links.len() as u32, links.len() as u32);
    if events.is_empty() {
        extra.events = (0, 0);
    }
    if links.is_empty() {
        extra.links = (0, 0);
    }
    if extra == SpanExtra::default() {
        return SpanRow::NO_EXTRA;
    }
    batch.events.extend_from_slice(events);
    batch.links.extend_from_slice(links);
    batch.extras.push(extra);
    (batch.extras.len() - 1) as u32
}

fn count(field: Field<'_>) -> u32 {
    field.integer().map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX))
}

fn read_event(bytes: &[u8], sink: &mut Sink<'_, '_>) -> Result<EventRow, Damage> {
    sink.afford(cost::VALUE)?;
    let mut cursor = Cursor::new(bytes);
    let mut attrs = Vec::new();
    let mut event = EventRow {
        time: Nanos::NONE,
        name: StrId::EMPTY,
        attrs: Attrs::default(),
        dropped_attributes: 0,
    };
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Fixed64(time)) => event.time = Nanos(time),
            (2, Field::Bytes(text)) => event.name = sink.text(text),
            (3, Field::Bytes(attr)) => attrs.push(key_value(attr, sink, 0)?),
            (4, field) => event.dropped_attributes = count(field),
            _ => {}
        }
    }
    event.attrs = sink.part.batch.values.attrs(&attrs);
    Ok(event)
}

/// A link; one without valid ids points nowhere and is counted as skipped.
fn read_link(bytes: &[u8], sink: &mut Sink<'_, '_>) -> Result<Option<LinkRow>, Damage> {
    sink.afford(cost::VALUE)?;
    let mut cursor = Cursor::new(bytes);
    let mut attrs = Vec::new();
    let (mut trace, mut span): (&[u8], &[u8]) = (&[], &[]);
    let (mut trace_state, mut dropped_attributes, mut flags) = (StrId::EMPTY, 0, 0);
    while let Some((number, field)) = cursor.next()? {
        match (number, field) {
            (1, Field::Bytes(id)) => trace = id,
            (2, Field::Bytes(id)) => span = id,
            (3, Field::Bytes(text)) => trace_state = sink.text(text),
            (4, Field::Bytes(attr)) => attrs.push(key_value(attr, sink, 0)?),
            (5, field) => dropped_attributes = count(field),
            (6, field) => flags = count(field),
            _ => {}
        }
    }
    let (Ok(trace), Ok(span)) = (trace_id(trace), span_id(span, "span_id")) else {
        sink.part.note("bad-link", "a link has no valid ids (link skipped)");
        return Ok(None);
    };
    let attrs = sink.part.batch.values.attrs(&attrs);
    let trace = sink.part.batch.trace(trace);
    Ok(Some(LinkRow { trace, span, trace_state, attrs, dropped_attributes, flags }))
}

pub(super) fn trace_id(bytes: &[u8]) -> Result<u128, Refusal> {
    let id: [u8; 16] =
        bytes.try_into().map_err(|_| format!("trace_id has {} bytes, 16 expected", bytes.len()))?;
    match u128::from_be_bytes(id) {
        0 => Err("trace_id is all zero".to_owned()),
        id => Ok(id),
    }
}

pub(super) fn span_id(bytes: &[u8], field: &str) -> Result<u64, Refusal> {
    let id: [u8; 8] =
        bytes.try_into().map_err(|_| format!("{field} has {} bytes, 8 expected", bytes.len()))?;
    match u64::from_be_bytes(id) {
        0 => Err(format!("{field} is all zero")),
        id => Ok(id),
    }
}
