//! Spans.

use super::ids::{id, time};
use super::read::{List, Object, ReadList, ReadObject, Scalar, pay, scalar, skip};
use super::value::attributes;
use crate::model::{Attrs, EventRow, LinkRow, Nanos, ScopeIx, SpanExtra, SpanRow, StrId};
use crate::wire::otlp::sink::{Sink, cost};
use crate::wire::otlp::{add_extra, span_kind, span_status};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde::de::{MapAccess, SeqAccess};

/// Reads one span.
pub(in crate::wire) struct SpanReader<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    scope: ScopeIx,
    trace: Result<u128, String>,
    id: Result<u64, String>,
    parent: Result<u64, String>,
    name: StrId,
    start: Nanos,
    end: Nanos,
    kind: u64,
    status: u64,
    status_message: StrId,
    attrs: Attrs,
    events: Vec<EventRow>,
    links: Vec<LinkRow>,
    extra: SpanExtra,
}

impl<'x, 'a, 'b> SpanReader<'x, 'a, 'b> {
    pub(in crate::wire) fn new(sink: &'x mut Sink<'a, 'b>, scope: ScopeIx) -> Self {
        Self {
            sink,
            scope,
            trace: Err(String::new()),
            id: Err(String::new()),
            parent: Ok(0),
            name: StrId::EMPTY,
            start: Nanos::NONE,
            end: Nanos::NONE,
            kind: 0,
            status: 0,
            status_message: StrId::EMPTY,
            attrs: Attrs::default(),
            events: Vec::new(),
            links: Vec::new(),
            extra: SpanExtra::default(),
        }
    }

    /// Adds the span, or counts it as skipped with its reason.
    pub(in crate::wire) fn finish(self) {
        let missing = |why: String, field: &str| {
            if why.is_empty() { format!("{field} is missing") } else { why }
        };
        let ids = (|| {
            let trace = self.trace.map_err(|why| missing(why, "traceId"))?;
            let id = self.id.map_err(|why| missing(why, "spanId"))?;
            Ok::<_, String>((trace, id, self.parent?))
        })();
        self.sink.seen += 1;
        let (trace, id, parent) = match ids {
            Ok(ids) => ids,
            Err(why) => return self.sink.refuse(why),
        };
        let batch = &mut *self.sink.part.batch;
        let extra = add_extra(self.extra, &self.events, &self.links, batch);
        let trace = batch.trace(trace);
        batch.spans.push(SpanRow {
            id,
            parent,
            start: self.start,
            end: self.end,
            trace,
            name: self.name,
            scope: self.scope,
            status_message: self.status_message,
            attrs: self.attrs,
            part: self.sink.part.part,
            extra,
            kind: span_kind(self.kind),
            status: span_status(self.status),
        });
        self.sink.spans += 1;
    }

    fn text(&mut self, scalar: &Scalar<'_>) -> StrId {
        self.sink.part.batch.text(scalar.text())
    }
}

impl<'de> Object<'de> for SpanReader<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "traceId" | "trace_id" => self.trace = trace_id(self.sink, &scalar(map)?),
            "spanId" | "span_id" => self.id = span_id(self.sink, &scalar(map)?, "spanId"),
            "parentSpanId" | "parent_span_id" => self.parent = parent_id(self.sink, &scalar(map)?),
            "name" => {
                let name = scalar(map)?;
                self.name = self.text(&name);
            }
            "startTimeUnixNano" | "start_time_unix_nano" => self.start = time(&scalar(map)?),
            "endTimeUnixNano" | "end_time_unix_nano" => self.end = time(&scalar(map)?),
            "kind" => {
                self.kind = scalar(map)?.enumeration("SPAN_KIND_", |name| {
                    SpanKind::from_str_name(name).map(|kind| kind as i32)
                })
            }
            "attributes" => self.attrs = attributes(self.sink, map)?,
            "events" => {
                let mut events = Events { sink: self.sink, rows: Vec::new() };
                map.next_value_seed(ReadList(&mut events))?;
                self.events = events.rows;
            }
            "links" => {
                let mut links = Links { sink: self.sink, rows: Vec::new() };
                map.next_value_seed(ReadList(&mut links))?;
                self.links = links.rows;
            }
            "status" => {
                let mut status = Status { sink: self.sink, code: 0, message: StrId::EMPTY };
                map.next_value_seed(ReadObject(&mut status))?;
                (self.status, self.status_message) = (status.code, status.message);
            }
            "traceState" | "trace_state" => {
                let state = scalar(map)?;
                self.extra.trace_state = self.text(&state);
            }
            "flags" => self.extra.flags = count(&scalar(map)?),
            "droppedAttributesCount" | "dropped_attributes_count" => {
                self.extra.dropped_attributes = count(&scalar(map)?);
            }
            "droppedEventsCount" | "dropped_events_count" => {
                self.extra.dropped_events = count(&scalar(map)?);
            }
            "droppedLinksCount" | "dropped_links_count" => {
                self.extra.dropped_links = count(&scalar(map)?);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

pub(super) fn count(scalar: &Scalar<'_>) -> u32 {
    scalar.unsigned().map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX))
}

/// A trace id that is not all zero.
pub(super) fn trace_id(sink: &mut Sink<'_, '_>, scalar: &Scalar<'_>) -> Result<u128, String> {
    let (number, base64) = id::<16>(scalar, "traceId")?;
    note_base64(sink, base64);
    if number == 0 { Err("traceId is all zero".to_owned()) } else { Ok(number) }
}

/// A span id that is not all zero.
pub(super) fn span_id(
    sink: &mut Sink<'_, '_>,
    scalar: &Scalar<'_>,
    field: &str,
) -> Result<u64, String> {
    let (number, base64) = id::<8>(scalar, field)?;
    note_base64(sink, base64);
    if number == 0 { Err(format!("{field} is all zero")) } else { Ok(number as u64) }
}

/// A parent's id; null, empty and all zero are a root.
fn parent_id(sink: &mut Sink<'_, '_>, scalar: &Scalar<'_>) -> Result<u64, String> {
    if scalar.text().trim().is_empty() {
        return Ok(0);
    }
    let (number, base64) = id::<8>(scalar, "parentSpanId")?;
    note_base64(sink, base64);
    Ok(number as u64)
}

fn note_base64(sink: &mut Sink<'_, '_>, base64: bool) {
    if base64 {
        sink.part
            .note("base64-ids", "ids are base64 (protobuf's own JSON); OTLP/JSON has them as hex");
    }
}

struct Status<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    code: u64,
    message: StrId,
}

impl<'de> Object<'de> for Status<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "code" => {
                self.code = scalar(map)?.enumeration("STATUS_CODE_", |name| {
                    StatusCode::from_str_name(name).map(|code| code as i32)
                });
            }
            "message" => {
                let message = scalar(map)?;
                self.message = self.sink.part.batch.text(message.text());
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Events<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    rows: Vec<EventRow>,
}

impl<'de> List<'de> for Events<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let row = EventRow {
            time: Nanos::NONE,
            name: StrId::EMPTY,
            attrs: Attrs::default(),
            dropped_attributes: 0,
        };
        let mut event = Event { sink: self.sink, row };
        if seq.next_element_seed(ReadObject(&mut event))?.is_none() {
            return Ok(false);
        }
        let row = event.row;
        pay(self.sink, cost::VALUE)?;
        self.rows.push(row);
        Ok(true)
    }
}

struct Event<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    row: EventRow,
}

impl<'de> Object<'de> for Event<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "timeUnixNano" | "time_unix_nano" => self.row.time = time(&scalar(map)?),
            "name" => {
                let name = scalar(map)?;
                self.row.name = self.sink.part.batch.text(name.text());
            }
            "attributes" => self.row.attrs = attributes(self.sink, map)?,
            "droppedAttributesCount" | "dropped_attributes_count" => {
                self.row.dropped_attributes = count(&scalar(map)?);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Links<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    rows: Vec<LinkRow>,
}

impl<'de> List<'de> for Links<'_, '_, '_> {
    fn element<A: SeqAccess<'de>>(&mut self, seq: &mut A) -> Result<bool, A::Error> {
        let mut link = Link {
            sink: self.sink,
            trace: None,
            span: None,
            trace_state: StrId::EMPTY,
            attrs: Attrs::default(),
            dropped_attributes: 0,
            flags: 0,
        };
        if seq.next_element_seed(ReadObject(&mut link))?.is_none() {
            return Ok(false);
        }
        pay(link.sink, cost::VALUE)?;
        let (Some(trace), Some(span)) = (link.trace, link.span) else {
            self.sink.part.note("bad-link", "a link has no valid ids (link skipped)");
            return Ok(true);
        };
        let (trace_state, attrs, dropped_attributes, flags) =
            (link.trace_state, link.attrs, link.dropped_attributes, link.flags);
        let trace = self.sink.part.batch.trace(trace);
        self.rows.push(LinkRow { trace, span, trace_state, attrs, dropped_attributes, flags });
        Ok(true)
    }
}

struct Link<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    trace: Option<u128>,
    span: Option<u64>,
    trace_state: StrId,
    attrs: Attrs,
    dropped_attributes: u32,
    flags: u32,
}

impl<'de> Object<'de> for Link<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "traceId" | "trace_id" => self.trace = trace_id(self.sink, &scalar(map)?).ok(),
            "spanId" | "span_id" => self.span = span_id(self.sink, &scalar(map)?, "spanId").ok(),
            "traceState" | "trace_state" => {
                let state = scalar(map)?;
                self.trace_state = self.sink.part.batch.text(state.text());
            }
            "attributes" => self.attrs = attributes(self.sink, map)?,
            "droppedAttributesCount" | "dropped_attributes_count" => {
                self.dropped_attributes = count(&scalar(map)?);
            }
            "flags" => self.flags = count(&scalar(map)?),
            _ => skip(map)?,
        }
        Ok(())
    }
}
