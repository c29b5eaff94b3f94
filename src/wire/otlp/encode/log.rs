//! Log records (`opentelemetry/proto/logs/v1`).

use super::packer::PackOptions;
use super::trace::{span_id, trace_id};
use super::value::{any_value, attributes};
use crate::model::{Batch, LogRow};
use opentelemetry_proto::tonic::logs::v1::LogRecord;

/// A log record.
pub(super) fn record(tables: &Batch, row: &LogRow, options: &PackOptions<'_>) -> LogRecord {
    let (attributes, left_out) = attributes(tables, row.attrs, options);
    let body = tables.values.view(&tables.strings, row.body);
    let body = (!body.is_empty() && options.keeps_free_text()).then(|| any_value(body, 0));
    LogRecord {
        time_unix_nano: row.time.0,
        observed_time_unix_nano: row.observed.0,
        severity_number: i32::from(row.severity),
        severity_text: tables.strings.get(row.severity_text).to_owned(),
        body,
        attributes,
        dropped_attributes_count: row.dropped_attributes.saturating_add(left_out),
        flags: row.flags,
        trace_id: row.trace.map(|trace| trace_id(tables, trace.index())).unwrap_or_default(),
        span_id: span_id(row.span),
        event_name: tables.strings.get(row.event_name).to_owned(),
    }
}
