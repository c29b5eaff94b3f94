//! Spans (`opentelemetry/proto/trace/v1`).

use super::packer::PackOptions;
use super::value::attributes;
use crate::model::{Batch, EventRow, LinkRow, SpanExtra, SpanKind, SpanRow, SpanStatus};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span, status::StatusCode};

/// A span with its events and links.
pub(super) fn span(tables: &Batch, row: &SpanRow, options: &PackOptions<'_>) -> Span {
    let extra = tables.extras.get(row.extra as usize).copied().unwrap_or_default();
    let (attributes, left_out) = attributes(tables, row.attrs, options);
    Span {
        trace_id: trace_id(tables, row.trace.index()),
        span_id: span_id(row.id),
        parent_span_id: span_id(row.parent),
        trace_state: tables.strings.get(extra.trace_state).to_owned(),
        flags: extra.flags,
        name: tables.strings.get(row.name).to_owned(),
        kind: kind(row.kind) as i32,
        start_time_unix_nano: row.start.0,
        end_time_unix_nano: row.end.0,
        attributes,
        dropped_attributes_count: extra.dropped_attributes.saturating_add(left_out),
        events: events(tables, &extra, options),
        dropped_events_count: extra.dropped_events,
        links: links(tables, &extra, options),
        dropped_links_count: extra.dropped_links,
        status: status(tables, row, options),
    }
}

/// The bytes of an id; none for 0, which means that there is none.
pub(super) fn span_id(id: u64) -> Vec<u8> {
    if id == 0 { Vec::new() } else { id.to_be_bytes().to_vec() }
}

/// The bytes of a trace's id.
pub(super) fn trace_id(tables: &Batch, trace: usize) -> Vec<u8> {
    let id = tables.traces().get(trace).copied().unwrap_or(0);
    if id == 0 { Vec::new() } else { id.to_be_bytes().to_vec() }
}

fn status(tables: &Batch, row: &SpanRow, options: &PackOptions<'_>) -> Option<Status> {
    let text = tables.strings.get(row.status_message);
    let code = match row.status {
        SpanStatus::Unset => StatusCode::Unset,
        SpanStatus::Ok => StatusCode::Ok,
        SpanStatus::Error => StatusCode::Error,
    };
    if code == StatusCode::Unset && text.is_empty() {
        return None;
    }
    let message = if options.keeps_free_text() { text.to_owned() } else { String::new() };
    Some(Status { message, code: code as i32 })
}

fn kind(kind: SpanKind) -> span::SpanKind {
    match kind {
        SpanKind::Unspecified => span::SpanKind::Unspecified,
        SpanKind::Internal => span::SpanKind::Internal,
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Client => span::SpanKind::Client,
        SpanKind::Producer => span::SpanKind::Producer,
        SpanKind::Consumer => span::SpanKind::Consumer,
    }
}

/// The rows of a range of a table.
fn rows<T>(table: &[T], (start, len): (u32, u32)) -> &[T] {
    table.get(start as usize..(start as usize).saturating_add(len as usize)).unwrap_or(&[])
}

fn events(tables: &Batch, extra: &SpanExtra, options: &PackOptions<'_>) -> Vec<span::Event> {
    let event = |row: &EventRow| {
        let (attributes, left_out) = attributes(tables, row.attrs, options);
        span::Event {
            time_unix_nano: row.time.0,
            name: tables.strings.get(row.name).to_owned(),
            attributes,
            dropped_attributes_count: row.dropped_attributes.saturating_add(left_out),
        }
    };
    rows(&tables.events, extra.events).iter().map(event).collect()
}

fn links(tables: &Batch, extra: &SpanExtra, options: &PackOptions<'_>) -> Vec<span::Link> {
    let link = |row: &LinkRow| {
        let (attributes, left_out) = attributes(tables, row.attrs, options);
        span::Link {
            trace_id: trace_id(tables, row.trace.index()),
            span_id: span_id(row.span),
            trace_state: tables.strings.get(row.trace_state).to_owned(),
            attributes,
            dropped_attributes_count: row.dropped_attributes.saturating_add(left_out),
            flags: row.flags,
        }
    };
    rows(&tables.links, extra.links).iter().map(link).collect()
}
