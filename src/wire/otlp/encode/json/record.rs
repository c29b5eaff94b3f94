//! Spans and log records.

use super::object::object;
use super::value::{any_value, attributes};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::{Span, span};

pub(super) fn span(out: &mut Vec<u8>, span: &Span) {
    object(out, |object| {
        object.id("traceId", &span.trace_id);
        object.id("spanId", &span.span_id);
        object.text("traceState", &span.trace_state);
        object.id("parentSpanId", &span.parent_span_id);
        object.number("flags", i64::from(span.flags));
        object.text("name", &span.name);
        object.number("kind", i64::from(span.kind));
        object.long("startTimeUnixNano", span.start_time_unix_nano);
        object.long("endTimeUnixNano", span.end_time_unix_nano);
        attributes(object, "attributes", &span.attributes);
        object.number("droppedAttributesCount", i64::from(span.dropped_attributes_count));
        object.list("events", &span.events, event);
        object.number("droppedEventsCount", i64::from(span.dropped_events_count));
        object.list("links", &span.links, link);
        object.number("droppedLinksCount", i64::from(span.dropped_links_count));
        if let Some(status) = &span.status {
            object.object("status", |object| {
                object.text("message", &status.message);
                object.number("code", i64::from(status.code));
            });
        }
    });
}

fn event(out: &mut Vec<u8>, event: &span::Event) {
    object(out, |object| {
        object.long("timeUnixNano", event.time_unix_nano);
        object.text("name", &event.name);
        attributes(object, "attributes", &event.attributes);
        object.number("droppedAttributesCount", i64::from(event.dropped_attributes_count));
    });
}

fn link(out: &mut Vec<u8>, link: &span::Link) {
    object(out, |object| {
        object.id("traceId", &link.trace_id);
        object.id("spanId", &link.span_id);
        object.text("traceState", &link.trace_state);
        attributes(object, "attributes", &link.attributes);
        object.number("droppedAttributesCount", i64::from(link.dropped_attributes_count));
        object.number("flags", i64::from(link.flags));
    });
}

pub(super) fn log(out: &mut Vec<u8>, record: &LogRecord) {
    object(out, |object| {
        object.long("timeUnixNano", record.time_unix_nano);
        object.long("observedTimeUnixNano", record.observed_time_unix_nano);
        object.number("severityNumber", i64::from(record.severity_number));
        object.text("severityText", &record.severity_text);
        if record.body.is_some() {
            any_value(object.key("body"), record.body.as_ref());
        }
        attributes(object, "attributes", &record.attributes);
        object.number("droppedAttributesCount", i64::from(record.dropped_attributes_count));
        object.number("flags", i64::from(record.flags));
        object.id("traceId", &record.trace_id);
        object.id("spanId", &record.span_id);
        object.text("eventName", &record.event_name);
    });
}
