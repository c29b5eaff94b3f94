//! Log records.

use super::ids::time;
use super::read::{Object, scalar, skip};
use super::span::{count, span_id, trace_id};
use super::value::{any_value, attributes};
use crate::model::{Attrs, LogRow, Nanos, ScopeIx, StrId, Values};
use crate::wire::otlp::sink::Sink;
use opentelemetry_proto::tonic::logs::v1::SeverityNumber;
use serde::de::MapAccess;

/// Reads one log record.
pub(in crate::wire) struct LogReader<'x, 'a, 'b> {
    sink: &'x mut Sink<'a, 'b>,
    row: LogRow,
}

impl<'x, 'a, 'b> LogReader<'x, 'a, 'b> {
    pub(in crate::wire) fn new(sink: &'x mut Sink<'a, 'b>, scope: ScopeIx) -> Self {
        let part = sink.part.part;
        let row = LogRow {
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
            part,
        };
        Self { sink, row }
    }

    /// Adds the record.
    pub(in crate::wire) fn finish(self) {
        self.sink.part.batch.logs.push(self.row);
        self.sink.seen += 1;
        self.sink.logs += 1;
    }
}

impl<'de> Object<'de> for LogReader<'_, '_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "timeUnixNano" | "time_unix_nano" => self.row.time = time(&scalar(map)?),
            "observedTimeUnixNano" | "observed_time_unix_nano" => {
                self.row.observed = time(&scalar(map)?);
            }
            "severityNumber" | "severity_number" => {
                let number = scalar(map)?.enumeration("SEVERITY_NUMBER_", |name| {
                    SeverityNumber::from_str_name(name).map(|number| number as i32)
                });
                self.row.severity = u8::try_from(number).unwrap_or(0);
            }
            "severityText" | "severity_text" => {
                let text = scalar(map)?;
                self.row.severity_text = self.sink.part.batch.text(text.text());
            }
            "body" => self.row.body = any_value(self.sink, map)?,
            "attributes" => self.row.attrs = attributes(self.sink, map)?,
            "traceId" | "trace_id" => {
                let id = trace_id(self.sink, &scalar(map)?).ok();
                self.row.trace = id.map(|id| self.sink.part.batch.trace(id));
            }
            "spanId" | "span_id" => {
                self.row.span = span_id(self.sink, &scalar(map)?, "spanId").unwrap_or(0);
            }
            "eventName" | "event_name" => {
                let name = scalar(map)?;
                self.row.event_name = self.sink.part.batch.text(name.text());
            }
            "flags" => self.row.flags = count(&scalar(map)?),
            "droppedAttributesCount" | "dropped_attributes_count" => {
                self.row.dropped_attributes = count(&scalar(map)?);
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}
