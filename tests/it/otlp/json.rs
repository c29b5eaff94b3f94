//! OTLP/JSON from prost's structs, in the spellings that real senders use.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogsData;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    self as otlp, MetricsData, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{SpanFlags, TracesData, span::SpanKind};
use serde_json::{Map, Value, json};

/// How a sender spells what OTLP/JSON allows, or does not but is common.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spelling {
    /// 64-bit integers as numbers (JavaScript) rather than text.
    pub numbers: bool,
    /// Enums by name (protobuf's own JSON).
    pub names: bool,
    /// Ids in base64 (protobuf's own JSON).
    pub base64: bool,
    /// Ids in upper-case hex.
    pub upper: bool,
    /// Keys in snake_case.
    pub snake: bool,
    /// Members that hold a default are left out, else null.
    pub omit: bool,
    /// Members in reverse order.
    pub reverse: bool,
}

impl Spelling {
    pub(super) fn traces(self, data: &TracesData) -> Value {
        self.request("resourceSpans", &data.resource_spans, |r| {
            let scopes = r.scope_spans.iter().map(|s| {
                self.scope(s.scope.as_ref(), &s.schema_url, "spans", &s.spans, |s| self.span(s))
            });
            let scopes = scopes.collect();
            self.resource(r.resource.as_ref(), &r.schema_url, "scopeSpans", scopes)
        })
    }

    pub(super) fn logs(self, data: &LogsData) -> Value {
        self.request("resourceLogs", &data.resource_logs, |r| {
            let scopes = r.scope_logs.iter().map(|s| {
                let scope = s.scope.as_ref();
                self.scope(scope, &s.schema_url, "logRecords", &s.log_records, |log| {
                    self.object(json!({
                        "timeUnixNano": self.int(log.time_unix_nano),
                        "observedTimeUnixNano": self.int(log.observed_time_unix_nano),
                        "severityNumber": log.severity_number,
                        "severityText": log.severity_text,
                        "body": self.any(log.body.as_ref()),
                        "attributes": self.attrs(&log.attributes),
                        "droppedAttributesCount": log.dropped_attributes_count,
                        "flags": log.flags,
                        "traceId": self.id(&log.trace_id),
                        "spanId": self.id(&log.span_id),
                        "eventName": log.event_name,
                    }))
                })
            });
            let scopes = scopes.collect();
            self.resource(r.resource.as_ref(), &r.schema_url, "scopeLogs", scopes)
        })
    }

    pub(super) fn metrics(self, data: &MetricsData) -> Value {
        self.request("resourceMetrics", &data.resource_metrics, |r| {
            let scopes = r.scope_metrics.iter().map(|s| {
                let scope = s.scope.as_ref();
                self.scope(scope, &s.schema_url, "metrics", &s.metrics, |m| self.metric(m))
            });
            let scopes = scopes.collect();
            self.resource(r.resource.as_ref(), &r.schema_url, "scopeMetrics", scopes)
        })
    }

    fn request<T>(self, key: &str, list: &[T], of: impl Fn(&T) -> Value) -> Value {
        let list: Vec<Value> = list.iter().map(of).collect();
        // Without the list, a request says nothing of its signal.
        json!({ self.key(key): list })
    }

    fn resource(
        self,
        resource: Option<&Resource>,
        schema_url: &str,
        key: &str,
        scopes: Vec<Value>,
    ) -> Value {
        let resource = resource.map_or(Value::Null, |r| {
            self.object(json!({
                "attributes": self.attrs(&r.attributes),
                "droppedAttributesCount": r.dropped_attributes_count,
            }))
        });
        self.object(json!({ "resource": resource, key: scopes, "schemaUrl": schema_url }))
    }

    fn scope<T>(
        self,
        scope: Option<&InstrumentationScope>,
        schema_url: &str,
        key: &str,
        records: &[T],
        of: impl Fn(&T) -> Value,
    ) -> Value {
        let scope = scope.map_or(Value::Null, |s| {
            self.object(json!({
                "name": s.name,
                "version": s.version,
                "attributes": self.attrs(&s.attributes),
                "droppedAttributesCount": s.dropped_attributes_count,
            }))
        });
        let records: Vec<Value> = records.iter().map(of).collect();
        self.object(json!({ "scope": scope, key: records, "schemaUrl": schema_url }))
    }

    fn span(self, span: &opentelemetry_proto::tonic::trace::v1::Span) -> Value {
        let kind = match SpanKind::try_from(span.kind) {
            Ok(kind) if self.names => json!(kind.as_str_name()),
            _ => json!(span.kind),
        };
        let status = span.status.as_ref().map_or(Value::Null, |status| {
            let names = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];
            let code =
                if self.names { json!(names[status.code as usize]) } else { json!(status.code) };
            self.object(json!({ "message": status.message, "code": code }))
        });
        let events: Vec<Value> = span
            .events
            .iter()
            .map(|e| {
                self.object(json!({
                    "timeUnixNano": self.int(e.time_unix_nano),
                    "name": e.name,
                    "attributes": self.attrs(&e.attributes),
                    "droppedAttributesCount": e.dropped_attributes_count,
                }))
            })
            .collect();
        let links: Vec<Value> = span
            .links
            .iter()
            .map(|l| {
                self.object(json!({
                    "traceId": self.id(&l.trace_id),
                    "spanId": self.id(&l.span_id),
                    "traceState": l.trace_state,
                    "attributes": self.attrs(&l.attributes),
                    "droppedAttributesCount": l.dropped_attributes_count,
                    "flags": l.flags,
                }))
            })
            .collect();
        self.object(json!({
            "traceId": self.id(&span.trace_id),
            "spanId": self.id(&span.span_id),
            "parentSpanId": self.id(&span.parent_span_id),
            "name": span.name,
            "kind": kind,
            "startTimeUnixNano": self.int(span.start_time_unix_nano),
            "endTimeUnixNano": self.int(span.end_time_unix_nano),
            "attributes": self.attrs(&span.attributes),
            "droppedAttributesCount": span.dropped_attributes_count,
            "events": events,
            "droppedEventsCount": span.dropped_events_count,
            "links": links,
            "droppedLinksCount": span.dropped_links_count,
            "status": status,
            "traceState": span.trace_state,
            "flags": if self.numbers { json!(span.flags) } else { json!(span.flags.to_string()) },
            // A field that no version knows.
            "newField": { "list": [1, { "a": SpanFlags::DoNotUse as i32 }] },
        }))
    }

    fn metric(self, metric: &otlp::Metric) -> Value {
        let temporality = |kind: i32| {
            let names = ["UNSPECIFIED", "DELTA", "CUMULATIVE"];
            match self.names {
                true => json!(format!("AGGREGATION_TEMPORALITY_{}", names[kind as usize])),
                false => json!(kind),
            }
        };
        let numbers = |points: &[otlp::NumberDataPoint]| -> Vec<Value> {
            points.iter().map(|p| self.number_point(p)).collect()
        };
        let (key, data) = match &metric.data {
            None => ("gauge", Value::Null),
            Some(Data::Gauge(d)) => ("gauge", json!({ "dataPoints": numbers(&d.data_points) })),
            Some(Data::Sum(d)) => (
                "sum",
                json!({
                    "dataPoints": numbers(&d.data_points),
                    "aggregationTemporality": temporality(d.aggregation_temporality),
                    "isMonotonic": d.is_monotonic,
                }),
            ),
            Some(Data::Histogram(d)) => {
                let points: Vec<Value> =
                    d.data_points.iter().map(|p| self.histogram_point(p)).collect();
                let kind = temporality(d.aggregation_temporality);
                ("histogram", json!({ "dataPoints": points, "aggregationTemporality": kind }))
            }
            Some(Data::ExponentialHistogram(d)) => {
                let points: Vec<Value> =
                    d.data_points.iter().map(|p| self.exponential_point(p)).collect();
                let kind = temporality(d.aggregation_temporality);
                let data = json!({ "dataPoints": points, "aggregationTemporality": kind });
                ("exponentialHistogram", data)
            }
            Some(Data::Summary(d)) => {
                let points: Vec<Value> =
                    d.data_points.iter().map(|p| self.summary_point(p)).collect();
                ("summary", json!({ "dataPoints": points }))
            }
        };
        let (name, description, unit) = (&metric.name, &metric.description, &metric.unit);
        let data = match data {
            Value::Object(_) => self.object(data),
            other => other,
        };
        let mut object = json!({ "name": name, "description": description, "unit": unit });
        if !data.is_null() {
            object[key] = data;
        }
        self.object(object)
    }

    /// What points of every kind have.
    fn point(
        self,
        attributes: &[KeyValue],
        (start, time, flags): (u64, u64, u32),
        exemplars: &[otlp::Exemplar],
        more: Value,
    ) -> Value {
        let exemplars: Vec<Value> = exemplars
            .iter()
            .map(|e| {
                let mut object = json!({
                    "timeUnixNano": self.int(e.time_unix_nano),
                    "traceId": self.id(&e.trace_id),
                    "spanId": self.id(&e.span_id),
                    "filteredAttributes": self.attrs(&e.filtered_attributes),
                });
                match e.value {
                    None => {}
                    Some(exemplar::Value::AsInt(n)) => object["asInt"] = self.int(n),
                    Some(exemplar::Value::AsDouble(n)) => object["asDouble"] = double(n),
                }
                self.object(object)
            })
            .collect();
        let mut object = json!({
            "attributes": self.attrs(attributes),
            "startTimeUnixNano": self.int(start),
            "timeUnixNano": self.int(time),
            "flags": flags,
            "exemplars": exemplars,
        });
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        self.object(object)
    }

    fn number_point(self, p: &otlp::NumberDataPoint) -> Value {
        let value = match p.value {
            None => json!({}),
            Some(number_data_point::Value::AsInt(n)) => json!({ "asInt": self.int(n) }),
            Some(number_data_point::Value::AsDouble(n)) => json!({ "asDouble": double(n) }),
        };
        let numbers = (p.start_time_unix_nano, p.time_unix_nano, p.flags);
        self.point(&p.attributes, numbers, &p.exemplars, value)
    }

    fn histogram_point(self, p: &otlp::HistogramDataPoint) -> Value {
        let counts: Vec<Value> = p.bucket_counts.iter().map(|n| self.int(*n)).collect();
        let bounds: Vec<Value> = p.explicit_bounds.iter().map(|n| double(*n)).collect();
        let numbers = (p.start_time_unix_nano, p.time_unix_nano, p.flags);
        let more = json!({
            "count": self.int(p.count),
            "sum": p.sum.map(double),
            "min": p.min.map(double),
            "max": p.max.map(double),
            "bucketCounts": counts,
            "explicitBounds": bounds,
        });
        self.point(&p.attributes, numbers, &p.exemplars, more)
    }

    fn exponential_point(self, p: &otlp::ExponentialHistogramDataPoint) -> Value {
        let side = |side: Option<&otlp::exponential_histogram_data_point::Buckets>| {
            side.map_or(Value::Null, |side| {
                let counts: Vec<Value> = side.bucket_counts.iter().map(|n| self.int(*n)).collect();
                self.object(json!({ "offset": side.offset, "bucketCounts": counts }))
            })
        };
        let numbers = (p.start_time_unix_nano, p.time_unix_nano, p.flags);
        let more = json!({
            "count": self.int(p.count),
            "sum": p.sum.map(double),
            "min": p.min.map(double),
            "max": p.max.map(double),
            "scale": p.scale,
            "zeroCount": self.int(p.zero_count),
            "zeroThreshold": double(p.zero_threshold),
            "positive": side(p.positive.as_ref()),
            "negative": side(p.negative.as_ref()),
        });
        self.point(&p.attributes, numbers, &p.exemplars, more)
    }

    fn summary_point(self, p: &otlp::SummaryDataPoint) -> Value {
        let quantiles: Vec<Value> = p
            .quantile_values
            .iter()
            .map(|q| json!({ "quantile": double(q.quantile), "value": double(q.value) }))
            .collect();
        let numbers = (p.start_time_unix_nano, p.time_unix_nano, p.flags);
        let more = json!({
            "count": self.int(p.count),
            "sum": double(p.sum),
            "quantileValues": quantiles,
        });
        self.point(&p.attributes, numbers, &[], more)
    }

    fn attrs(self, list: &[KeyValue]) -> Value {
        list.iter()
            .map(|a| {
                let value = self.any(a.value.as_ref());
                self.object(json!({ "key": a.key, "value": value }))
            })
            .collect()
    }

    fn any(self, value: Option<&AnyValue>) -> Value {
        let Some(value) = value.and_then(|v| v.value.as_ref()) else { return json!({}) };
        let (key, value) = match value {
            Any::StringValue(text) => ("stringValue", json!(text)),
            Any::BoolValue(truth) => ("boolValue", json!(truth)),
            Any::IntValue(number) => ("intValue", self.int(*number)),
            Any::DoubleValue(number) => ("doubleValue", double(*number)),
            Any::BytesValue(bytes) => ("bytesValue", json!(base64(bytes))),
            Any::ArrayValue(list) => {
                let values: Vec<Value> = list.values.iter().map(|v| self.any(Some(v))).collect();
                ("arrayValue", json!({ "values": values }))
            }
            Any::KvlistValue(list) => {
                ("kvlistValue", json!({ "values": self.attrs(&list.values) }))
            }
            Any::StringValueStrindex(_) => return json!({}),
        };
        json!({ self.key(key): value })
    }

    fn int(self, number: impl ToString + serde::Serialize) -> Value {
        if self.numbers { json!(number) } else { json!(number.to_string()) }
    }

    fn id(self, bytes: &[u8]) -> Value {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match (self.base64, self.upper) {
            (true, _) => json!(base64(bytes)),
            (false, true) => json!(hex.to_uppercase()),
            (false, false) => json!(hex),
        }
    }

    fn key(self, key: &str) -> String {
        if !self.snake {
            return key.to_owned();
        }
        let mut out = String::new();
        for c in key.chars() {
            if c.is_ascii_uppercase() {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        }
        out
    }

    /// Spells keys, and leaves out or nulls members that hold a default.
    fn object(self, object: Value) -> Value {
        let Value::Object(object) = object else { return object };
        let mut members: Vec<(String, Value)> = Vec::new();
        for (key, value) in object {
            let default = matches!(&value, Value::Null)
                || matches!(value.as_str(), Some(""))
                || value.as_u64() == Some(0)
                || value.as_array().is_some_and(Vec::is_empty);
            // A value that was measured is no default, 0 or not.
            let counts = matches!(key.as_str(), "asInt" | "asDouble" | "sum" | "min" | "max");
            match (default && !counts, self.omit) {
                (true, true) => {}
                (true, false) => members.push((self.key(&key), Value::Null)),
                _ => members.push((self.key(&key), value)),
            }
        }
        if self.reverse {
            members.reverse();
        }
        Value::Object(members.into_iter().collect::<Map<_, _>>())
    }
}

fn double(number: f64) -> Value {
    match number {
        n if n.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        n => json!(n),
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three =
            chunk.iter().chain(&[0, 0]).take(3).fold(0u32, |n, byte| (n << 8) | u32::from(*byte));
        for at in 0..4 {
            let symbol = SYMBOLS[(three >> (18 - 6 * at)) as usize & 63] as char;
            out.push(if at <= chunk.len() { symbol } else { '=' });
        }
    }
    out
}
